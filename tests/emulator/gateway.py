"""The data plane: requests to APIs, answered where the oracle says that they end.

Owns: which API, stage and path a request is for, whether a canary release takes it, what its client
gets.  Where it goes is ext_route's, what is counted is meters'.

ASSUMED marks behaviour that public documentation does not settle.
"""
from __future__ import annotations

import dataclasses
import json
import re
import time
import uuid
from typing import Any, Callable, Iterable

from moto.apigateway.models import apigateway_backends
from moto.apigatewayv2.models import apigatewayv2_backends

import accounts
import backends
import ext_route
import meters
from ext_request import Client
from meters import GOLDEN

Doc = dict[str, Any]
OWN = re.compile(r"([a-z0-9]{3,})(?:-vpce-[0-9a-z]+)?\.execute-api\.([a-z0-9-]+)\.amazonaws\.com"
                 r"(?:\.cn)?")
# a VPC endpoint's own name: the API is named by a header
ENDPOINT = re.compile(r"vpce-[0-9a-z-]+\.execute-api\.([a-z0-9-]+)\.vpce\.amazonaws\.com(?:\.cn)?")
LOCAL = re.compile(r"localhost|[\d.]*|\[?[0-9a-f:]*\]?|.*\.amazonaws\.com(?:\.cn)?")
_turns: dict[tuple[str, ...], int] = {}         # requests that a stage with a canary has served


class Nowhere(Exception):
    """No API has the address; API Gateway itself answers."""

    def __init__(self, status: int, message: str):
        self.status, self.message = status, message


@dataclasses.dataclass
class Place:
    """What an address means."""
    account: str
    region: str
    api: str
    generation: str                         # REST or HTTP
    stage: str
    path: str


@dataclasses.dataclass
class Served:
    """One request and its answer."""
    place: Place
    status: int
    out: Doc                                # the oracle's answer
    by: str                                 # gateway, balancer, target
    canary: bool = False
    link: str | None = None
    group: str | None = None                # that of the target that was chosen
    message: str | None = None              # of API Gateway, or of a rule


# --------------------------------------------------------------------- whose address it is

def regional(backends_of: Any, region: str | None, account: str | None) -> Iterable[Any]:
    """(account, region, backend) of everything that has been used; makes nothing."""
    for name, held in list(dict.items(backends_of)):
        if account in (None, name):
            for where, backend in list(dict.items(held)):
                if region in (None, where):
                    yield name, where, backend


def holders(api: str, region: str | None, account: str | None) -> list[tuple[str, str, str]]:
    return [(name, where, kind) for kind, of in (("REST", apigateway_backends),
                                                 ("HTTP", apigatewayv2_backends))
            for name, where, backend in regional(of, region, account)
            if getattr(backend.apis.get(api), "protocol_type", "HTTP") == "HTTP"
            and api in backend.apis]            # a WebSocket API answers no plain request


def one(found: list[Any], what: str) -> Any:
    if len(found) > 1:
        raise Nowhere(400, f"{what} is in {len(found)} accounts: name one in x-moto-account-id")
    return found[0] if found else None


def is_ours(environ: Doc) -> bool:
    host = environ.get("HTTP_HOST", "").rsplit(":", 1)[0].lower()
    if OWN.fullmatch(host) or ENDPOINT.fullmatch(host):
        return True
    return not LOCAL.fullmatch(host) and bool(domains(host, None))


def find(environ: Doc) -> Place:
    host = environ.get("HTTP_HOST", "").rsplit(":", 1)[0].lower()
    account = environ.get("HTTP_X_MOTO_ACCOUNT_ID")
    path = environ.get("RAW_URI", environ.get("PATH_INFO", "/")).partition("?")[0] or "/"
    own, endpoint = OWN.fullmatch(host), ENDPOINT.fullmatch(host)
    if not (own or endpoint):
        return by_domain(host, path, account)
    api = own[1] if own else environ.get("HTTP_X_APIGW_API_ID", "").lower()
    found = one(holders(api, (own or endpoint)[2 if own else 1], account), f"API {api}")
    if found is None:
        raise Nowhere(403, "Forbidden")
    place = Place(found[0], found[1], api, found[2], "", path)
    held = api_of(place)
    if getattr(held, "disableExecuteApiEndpoint", None) or str(
            getattr(held, "disable_execute_api_endpoint", None)).lower() == "true":
        raise Nowhere(*((403, "Forbidden") if place.generation == "REST" else (404, "Not Found")))
    first, _, rest = path[1:].partition("/")
    if first in held.stages and first:
        place.stage, place.path = first, f"/{rest}"
    elif place.generation == "HTTP" and "$default" in held.stages:
        place.stage = "$default"
    elif place.generation == "HTTP":
        raise Nowhere(404, "Not Found")
    else:
        raise Nowhere(403, "Forbidden")
    return place


def api_of(place: Place) -> Any:
    of = apigateway_backends if place.generation == "REST" else apigatewayv2_backends
    return of[place.account][place.region].apis[place.api]


def domains(host: str, account: str | None) -> list[tuple[str, str]]:
    return sorted({(name, where) for of in (apigateway_backends, apigatewayv2_backends)
                   for name, where, backend in regional(of, None, account)
                   if host in backend.domain_names})


def by_domain(host: str, path: str, account: str | None) -> Place:
    """The longest mapping that fits the path, part by part."""
    found = one(domains(host, account), f"domain name {host}")
    if found is None:
        raise Nowhere(403, "Forbidden")
    account, region = found
    old, new = apigateway_backends[account][region], apigatewayv2_backends[account][region]
    keys = {"" if m.base_path == "(none)" else m.base_path: (m.rest_api_id, m.stage)
            for m in (old.base_path_mappings.get(host) or {}).values()}
    keys |= {m.api_mapping_key or "": (m.api_id, m.stage) for m in new.api_mappings.values()
             if m.domain_name == host}
    fits = [k for k in keys if not k or f"{path}/".startswith(f"/{k}/")]
    if not fits:
        raise Nowhere(403, "Forbidden")
    key = max(fits, key=len)
    api, stage = keys[key]
    rest = path[len(key) + 1:] if key else path
    if not stage:                               # the next part of the path names it
        stage, _, tail = rest.lstrip("/").partition("/")
        rest = f"/{tail}"
    found = one(holders(api, region, account), f"API {api}")
    if found is None:
        raise Nowhere(403, "Forbidden")
    place = Place(account, region, api, found[2], stage, rest or "/")
    if stage not in api_of(place).stages:
        raise Nowhere(403, "Forbidden")
    return place


def place_of(account: str, region: str, api: str, stage: str) -> Place:
    """For requests that name API and stage themselves."""
    found = holders(api, region, account)
    if not found:
        raise Nowhere(403, "Forbidden")
    place = Place(account, region, api, found[0][2], stage, "")
    if stage not in api_of(place).stages:
        raise Nowhere(403, "Forbidden")
    return place


# --------------------------------------------------------------------- one request

def canary_takes(place: Place, held: Any) -> bool:
    """An even share of a stage's requests, whatever their order."""
    settings = getattr(held.stages[place.stage], "canary", None)
    share = float((settings or {}).get("percentTraffic") or 0) / 100
    if share <= 0:
        return False
    key = place.account, place.region, place.api, place.stage
    _turns[key] = _turns.get(key, 0) + 1
    return (_turns[key] * GOLDEN) % 1 < share


def turned_away(place: Place, held: Any, out: Doc, client: Client) -> tuple[int, str] | None:
    """What the API asks of its clients; any key, signature or token will do."""
    names = {name.lower() for name in client.headers}
    limits = (getattr(held.stages[place.stage], "method_settings", None) or {}).get("*/*") or {}
    if 0 in (limits.get("throttlingRateLimit"), limits.get("throttlingBurstLimit")):
        return 429, "Too Many Requests"
    for guard in out["guards"]:
        if guard == "AWS_IAM" and "authorization" not in names:
            rest = place.generation == "REST"
            return 403, "Missing Authentication Token" if rest else "Forbidden"
        if guard == "API_KEY" and "x-api-key" not in names:
            return 403, "Forbidden"
        # ASSUMED: every authorizer looks at that header
        if guard not in ("AWS_IAM", "API_KEY") and "authorization" not in names:
            return 401, "Unauthorized"
    return None


def serve(place: Place, client: Client, admitted: bool) -> Served:
    """Answers a request and counts it; `admitted`: its client holds all keys and tokens.

    The caller holds the account's lock.
    """
    held = api_of(place)
    canary = place.generation == "REST" and canary_takes(place, held)
    out = ext_route.trace_stage(place.account, place.region, place.api, place.stage, client, canary)
    refused = None if admitted else turned_away(place, held, out, client)
    if refused:
        why = {"kind": "refusal", "why": refused[1]}
        served = Served(place, refused[0], {**ext_route.blank(), "end": why}, "gateway", canary,
                        message=refused[1])
        return counted(served, held, {}, time.time())
    served = judged(place, out, canary)
    rule: Doc = {}
    if served.group:
        rule = backends.hit(place.account, place.api, place.stage, served.link, served.group,
                            out["path"])
    if rule.get("status"):
        served.status, served.message = int(rule["status"]), "by a rule of the test"
        served.by = "target" if rule.get("by", "target") == "target" else "balancer"
    return counted(served, held, rule, time.time())


def judged(place: Place, out: Doc, canary: bool) -> Served:
    """Who answers what, as the oracle has it."""
    link = next((step["link"] for step in out["way"] if "link" in step), None)
    end = out["end"]
    while end["kind"] in ext_route.ext_rules.GATES and out.get("target_group"):
        end = end["then"]
    served = Served(place, out["status"] or 501, out, "gateway", canary, link)
    balancers = [step for step in out["way"] if step.get("type") == "application"]
    if end["kind"] == "forward" and out["status"] == 200:
        # ASSUMED: a rule's groups take turns; weights but 0 do not count
        groups = end["groups"]
        served.group = groups[int(next(meters.NEXT) * GOLDEN % 1 * len(groups))]
        served.by = "target"
    elif balancers and (end["kind"] not in ("refusal", "unknown") or out["status"] == 503):
        served.by = "balancer"
    return served


def counted(served: Served, held: Any, rule: Doc, when: float, times: int = 1) -> Served:
    place, out = served.place, served.out
    if place.generation == "REST":              # by name, of which only ASCII is shown
        name = ("ApiName", held.name.encode("ascii", "ignore").decode())
    else:
        name = ("ApiId", place.api)
    asked = bool(out["way"]) or out["end"]["kind"] == "internet" or \
        out["end"].get("type") in ("AWS", "AWS_PROXY")
    meters.serve(place.account, place.region, place.generation,
                 [(name,), (name, ("Stage", place.stage))],
                 {"status": served.status, "by": served.by, "link": served.link,
                  "way": out["way"], "end": out["end"],
                  "groups": [served.group] if served.group else [], "asked": asked,
                  "extra_ms": rule.get("latency_ms", 0), "rejected": rule.get("by") == "rejected"},
                 when, times)
    return served


# --------------------------------------------------------------------- over HTTP

def headers_of(environ: Doc) -> dict[str, str]:
    names = {k: k[5:].replace("_", "-").title() for k in environ if k.startswith("HTTP_")}
    names |= {k: k.replace("_", "-").title() for k in ("CONTENT_TYPE",) if environ.get(k)}
    return {title: environ[k] for k, title in names.items() if k != "HTTP_X_MOTO_ACCOUNT_ID"}


def answer(environ: Doc, start: Callable[..., Any]) -> Iterable[bytes]:
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    try:
        place = find(environ)
        client = Client.of({"verb": environ["REQUEST_METHOD"], "path": place.path,
                            "query": environ.get("QUERY_STRING", ""),
                            "headers": headers_of(environ)})
        with accounts.of(place.account).lock:
            served = serve(place, client, admitted=False)
        status, headers, body = shown(served)
    except Nowhere as no:
        status, headers, body = no.status, [], json.dumps({"message": no.message}).encode()
    ident = str(uuid.uuid4())                   # new with every answer, as AWS has it
    headers = [("Content-Type", "application/json"), *headers,
               ("x-amzn-RequestId", ident), ("x-amz-apigw-id", ident[:15])]
    names = [k.lower() for k, _v in headers]
    headers = [h for n, h in enumerate(headers) if h[0].lower() not in names[n + 1:]]
    start(f"{status} X", [*headers, ("Content-Length", str(len(body)))])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def shown(served: Served) -> tuple[int, list[tuple[str, str]], bytes]:
    """The answer as its client sees it; the body is that of the one at the end."""
    out, end = served.out, served.out["end"]
    if served.message:
        return served.status, [], json.dumps({"message": served.message}).encode()
    if served.group:
        seen = {k: out[k] for k in ("verb", "scheme", "host", "path", "query", "headers")}
        return served.status, [("x-target-group", served.group.split("/")[-2])], json.dumps(
            {"target_group": served.group, **seen}).encode()
    if end["kind"] == "redirect":
        return served.status, [("Location", end["location"])], b""
    if end["kind"] == "fixed-response":
        kind = [("Content-Type", end["content_type"])] if end["content_type"] else []
        return served.status, kind, (end["body"] or "").encode()
    if end["kind"] in ("integration", "internet"):
        return served.status, [], json.dumps({k: v for k, v in end.items()}).encode()
    words = {403: "Missing Authentication Token", 404: "Not Found", 503: "Service Unavailable",
             504: "Endpoint request timed out"}.get(served.status, "Internal server error")
    return served.status, [], json.dumps({"message": words}).encode()


def forget(account: str | None) -> None:
    for key in [k for k in _turns if account in (None, k[0])]:
        _turns.pop(key, None)
