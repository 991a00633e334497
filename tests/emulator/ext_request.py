"""From a client's request to what an API sends to its backend, for the oracle in ext_route.py.

REST: choice of the resource, stage variables, parameter mapping.  HTTP APIs: choice of the route,
overwrites.  Both end in one `Sent`: link, load balancer or listener, and the HTTP request.

ASSUMED marks behaviour that public documentation does not settle.
"""
from __future__ import annotations

import dataclasses
import re
from typing import Any
from urllib.parse import urlsplit

Doc = dict[str, Any]
VAR = re.compile(r"\$\{stageVariables\.([A-Za-z0-9_]+)\}")


class Stop(Exception):
    """The request ends here: refused, or nobody knows how it goes on."""

    def __init__(self, status: int, why: str, end: Doc | None = None):
        self.status, self.why = status, why
        self.end = end or {"kind": "refusal", "why": why}


@dataclasses.dataclass
class Client:
    """The request as its client made it."""
    verb: str
    path: str
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    query: str = ""
    source: str | None = None               # what load balancers see; None: as the network has it

    @staticmethod
    def of(doc: Doc) -> "Client":
        path, _, inline = doc["path"].partition("?")
        query, headers = doc.get("query") or inline, doc.get("headers") or {}
        if isinstance(query, dict):
            query = "&".join(f"{k}={v}" for k, v in query.items())
        if isinstance(headers, str):
            pairs = (line.split(":", 1) for line in headers.splitlines() if ":" in line)
            headers = {k.strip(): v.strip() for k, v in pairs}
        return Client(doc.get("verb") or "GET", path, dict(headers), query, doc.get("source"))

    def parameters(self) -> dict[str, str]:
        return dict(p.partition("=")[::2] for p in self.query.split("&")) if self.query else {}


@dataclasses.dataclass
class Sent:
    """What leaves API Gateway."""
    verb: str
    scheme: str
    host: str                               # as in the Host header: with its port if unusual
    port: int
    path: str
    query: str
    headers: dict[str, str]
    link: str | None                        # None: over the internet
    target: str | None                      # an ARN beside the link
    url: str
    unsure: list[str]                       # what may make it different


def expand(text: str | None, variables: dict[str, str]) -> str:
    return VAR.sub(lambda x: variables.get(x.group(1), ""), text or "")


# --------------------------------------------------------------------- which resource

def fit(pattern: str, want: list[str]) -> tuple[list[int], dict[str, str]] | None:
    """How exactly a path pattern fits, part by part (2 literal, 1 {param}, 0 {proxy+})."""
    have, params, score = [p for p in pattern.split("/") if p], {}, []
    for i, part in enumerate(have):
        if i >= len(want):
            return None
        if part.endswith("+}"):
            params[part[1:-2]] = "/".join(want[i:])
            return score + [0], params
        if part.startswith("{"):
            params[part[1:-1]] = want[i]
            score.append(1)
        elif part == want[i]:
            score.append(2)
        else:
            return None
    return (score, params) if len(have) == len(want) else None


def match_resource(snap: Doc, verb: str, path: str) -> tuple[str, Doc, dict[str, str]]:
    """Literal beats {param} beats {proxy+}; the verb beats ANY.

    ASSUMED: a resource that has neither the verb nor ANY leaves the request to a wider one.
    """
    want = [p for p in path.split("/") if p]
    best: tuple[Any, ...] | None = None
    for pattern, res in snap.items():
        found = fit(pattern, want)
        meth = res["methods"].get(verb) or res["methods"].get("ANY")
        if found and meth and (best is None or found[0] > best[0]):
            best = (found[0], pattern, meth, found[1])
    if best is None:
        raise Stop(403, "no method matches")
    return best[1], best[2], best[3]


def match_route(routes: list[Doc], verb: str, path: str) -> tuple[Doc, dict[str, str]]:
    """HTTP APIs: the same by path, then $default."""
    want = [p for p in path.split("/") if p]
    best: tuple[Any, ...] | None = None
    for route in routes:
        if " " not in route["routeKey"]:
            continue
        method, pattern = route["routeKey"].split(" ", 1)
        found = fit(pattern, want)
        if found is None or method not in (verb, "ANY"):
            continue
        rank = (found[0], method != "ANY")
        if best is None or rank > best[0]:
            best = (rank, route, found[1])
    if best is None:
        default = next((r for r in routes if r["routeKey"] == "$default"), None)
        if default is None:
            raise Stop(404, "no route matches")
        return default, {}
    return best[1], best[2]


# --------------------------------------------------------------------- REST integrations

def mapped(source: str, client: Client, params: dict[str, str],
           variables: dict[str, str]) -> str | None:
    """The value of one mapping expression; None: not given, or not known here."""
    if source.startswith("'"):
        return source[1:-1]
    if source.startswith("stageVariables."):
        return variables.get(source.split(".", 1)[1])
    m = re.fullmatch(r"method\.request\.(?:multivalue)?(path|querystring|header)\.(.+)", source)
    if not m:
        return None                             # body and context
    place, name = m.groups()
    if place == "path":
        return params.get(name)
    if place == "querystring":
        return client.parameters().get(name)
    return next((v for k, v in client.headers.items() if k.lower() == name.lower()), None)


def host_port(url: Any) -> tuple[str, int]:
    """The Host header of a URL, and its port."""
    usual = 443 if url.scheme == "https" else 80
    netloc = url.netloc.rsplit("@", 1)[-1]
    port = url.port or usual
    host = netloc.rsplit(":", 1)[0] if url.port else netloc.rstrip(":")
    return (host if port == usual else f"{host}:{port}"), port


def rest(integ: Doc, client: Client, params: dict[str, str], variables: dict[str, str]) -> Sent:
    uri, unsure = expand(integ.get("uri"), variables), []
    proxy = integ.get("type") == "HTTP_PROXY"
    # a proxy passes headers and query string on; Host is always the backend's
    headers = {k: v for k, v in client.headers.items() if k.lower() != "host"} if proxy else {}
    extra = [client.query] if proxy and client.query else []
    host = None
    for dest, source in (integ.get("requestParameters") or {}).items():
        value = mapped(source, client, params, variables)
        kind, name = dest.split(".")[2], dest.split(".", 3)[3]
        if value is None and not source.startswith(("method.request.path", "method.request.query",
                                                    "method.request.header", "stageVariables")):
            unsure.append(f"{dest} from {source}")
            continue
        if kind == "path":
            uri = uri.replace("{" + name + "}", value or "").replace("{" + name + "+}", value or "")
        elif value is not None and kind == "header":
            if name.lower() == "host":
                host = value
            else:
                headers = {k: v for k, v in headers.items() if k.lower() != name.lower()}
                headers[name] = value
        elif value is not None:
            extra = [e for e in extra if e.partition("=")[0] != name] + [f"{name}={value}"]
    for template in (integ.get("requestTemplates") or {}).values():
        if "requestOverride" in (template or ""):
            unsure.append("requestOverride in a template")
    try:
        url = urlsplit(uri)
        own, port = host_port(url)
    except ValueError as exc:
        raise Stop(500, f"uri {uri!r}: {exc}") from None
    if url.scheme not in ("http", "https"):
        raise Stop(500, f"uri {uri!r} is not an HTTP URL")
    private = integ.get("connectionType") == "VPC_LINK"
    return Sent(verb=client.verb if integ.get("httpMethod") in ("ANY", None) else
                integ["httpMethod"], scheme=url.scheme, host=host if host is not None else own,
                port=port, path=url.path or "/", query="&".join([q for q in (url.query,) if q]
                                                                + extra),
                headers=headers, target=integ.get("integrationTarget"), url=uri, unsure=unsure,
                link=expand(integ.get("connectionId"), variables) if private else None)


# --------------------------------------------------------------------- HTTP API integrations

PLACE = re.compile(r"\$\{?(request\.(?:path|header|querystring)(?:\.[\w-]+)?|"
                   r"stageVariables\.\w+)\}?")


def http(integ: Doc, client: Client, params: dict[str, str], variables: dict[str, str],
         stage: str, domain: str) -> Sent:
    """A private integration of an HTTP API: the path carries the stage, unless it is $default."""
    unsure: list[str] = []

    def value(text: str) -> str:
        def one(x: re.Match[str]) -> str:
            parts = x.group(1).split(".", 2)
            if parts[0] == "stageVariables":
                return variables.get(parts[1], "")
            if parts[1] == "path":
                return params.get(parts[2], "") if len(parts) > 2 else client.path
            if parts[1] == "querystring":
                return client.parameters().get(parts[2], "")
            return next((v for k, v in client.headers.items() if k.lower() == parts[2].lower()), "")
        if "$context." in text or "$request.body" in text:
            unsure.append(text)
        return PLACE.sub(one, text)
    # ASSUMED: the client's Host header is passed on
    host = next((v for k, v in client.headers.items() if k.lower() == "host"), domain)
    headers = {k: v for k, v in client.headers.items() if k.lower() != "host"}
    path = client.path if stage == "$default" else f"/{stage}{client.path}"
    query = client.query
    for key, text in (integ.get("requestParameters") or {}).items():
        how, _, what = key.partition(":")
        place, _, name = what.partition(".")
        if place == "path":
            path = value(text)
        elif place == "header":
            kept = {k: v for k, v in headers.items() if k.lower() != name.lower()}
            old = next((v for k, v in headers.items() if k.lower() == name.lower()), None)
            if name.lower() == "host" and how == "overwrite":
                host = value(text)
            elif how == "overwrite" or (how == "append" and old is None):
                headers = kept | {name: value(text)}
            elif how == "append":
                headers = kept | {name: f"{old},{value(text)}"}
            else:
                headers = kept
        elif place == "querystring":
            rows = [q for q in query.split("&") if q and q.partition("=")[0] != name]
            if how != "remove":
                rows.append(f"{name}={value(text)}")
            query = "&".join(rows)
    tls = bool((integ.get("tlsConfig") or {}).get("serverNameToVerify"))
    method = integ.get("integrationMethod") or "ANY"
    target = VAR.sub(lambda x: variables.get(x.group(1), ""), integ.get("integrationUri") or "")
    private = integ.get("connectionType") == "VPC_LINK"
    port = 443 if tls else 80                   # a listener's ARN says which; this is for URLs
    if not private:
        url = urlsplit(target)
        host, port = host_port(url)
        tls = url.scheme == "https"
    return Sent(verb=client.verb if method == "ANY" else method,
                scheme="https" if tls else "http", host=host, port=port, path=path, query=query,
                headers=headers, link=expand(integ.get("connectionId"), variables)
                if private else None, target=target if private else None, url=target,
                unsure=unsure)
