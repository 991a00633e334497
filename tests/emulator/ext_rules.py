"""What an Application Load Balancer's listener does with one request: rules, transforms, actions.

Written from Elastic Load Balancing's documentation (rule condition types, transforms, action
types), for the oracle in ext_route.py.  A condition gives True, False or None: None is a field
this module does not know, or an address that is not known well enough to tell.

ASSUMED marks behaviour that public documentation does not settle.
"""
from __future__ import annotations

import functools
import ipaddress
import re
from typing import Any
from urllib.parse import unquote

Doc = dict[str, Any]


# --------------------------------------------------------------------- patterns

@functools.lru_cache(4096)
def wildcard(pattern: str, fold: bool, escapes: bool = False) -> re.Pattern[str]:
    """Only * (0 or more) and ? (exactly 1) are special; `escapes`: a backslash takes that away."""
    out, i = [], 0
    while i < len(pattern):
        c = pattern[i]
        if escapes and c == "\\" and i + 1 < len(pattern) and pattern[i + 1] in "*?\\":
            i += 1
            out.append(re.escape(pattern[i]))
        else:
            out.append({"*": ".*", "?": "."}.get(c, re.escape(c)))
        i += 1
    return re.compile("".join(out), re.DOTALL | (re.IGNORECASE if fold else 0))


def like(text: str, pattern: str, fold: bool, escapes: bool = False) -> bool:
    return wildcard(pattern, fold, escapes).fullmatch(text) is not None


def any_regex(text: str, patterns: list[str], fold: bool) -> bool | None:
    """ASSUMED: the whole value has to match; case counts where it does for plain values."""
    answers = []
    for pattern in patterns:
        try:
            hit = re.fullmatch(pattern, text, re.DOTALL | (re.IGNORECASE if fold else 0))
            answers.append(hit is not None)
        except re.error:
            answers.append(None)
    return any_of(answers)


def any_of(answers: list[bool | None]) -> bool | None:
    return True if True in answers else None if None in answers else False


def every(answers: list[bool | None]) -> bool | None:
    return False if False in answers else None if None in answers else True


# --------------------------------------------------------------------- conditions

CONFIGS = {"host-header": "HostHeaderConfig", "path-pattern": "PathPatternConfig",
           "http-header": "HttpHeaderConfig", "http-request-method": "HttpRequestMethodConfig",
           "query-string": "QueryStringConfig", "source-ip": "SourceIpConfig"}


def condition(cond: Doc, req: Doc) -> bool | None:
    """`req`: verb, host (as the Host header says it), path, query, headers, sources."""
    field = cond.get("Field")
    if field not in CONFIGS:
        return None
    config = cond.get(CONFIGS[field]) or {}
    plain = config.get("Values") or cond.get("Values") or []
    regex = config.get("RegexValues") or cond.get("RegexValues") or []
    if field == "path-pattern":
        return any_of([any(like(req["path"], v, False) for v in plain),
                       any_regex(req["path"], regex, False)])
    if field == "host-header":
        # the whole header counts, with a port if it has one: the documentation of a widely used
        # tool tells to match such headers by regex
        return any_of([any(like(req["host"], v, True) for v in plain),
                       any_regex(req["host"], regex, True)])
    if field == "http-request-method":
        return req["verb"] in plain
    if field == "http-header":
        name = config.get("HttpHeaderName", "").lower()
        got = [v for k, v in req["headers"].items() if k.lower() == name]
        return any_of([any(like(g, v, True) for g in got for v in plain),
                       *[any_regex(g, regex, True) for g in got]])
    if field == "query-string":
        return any(pair_matches(want, req["query"]) for want in plain)
    return from_address(config, plain, req["sources"])


def pair_matches(want: Doc, query: str) -> bool:
    """A key/value pair, or a value alone.  ASSUMED: compared after decoding."""
    for part in query.split("&") if query else []:
        key, _, value = part.partition("=")
        key, value = unquote(key), unquote(value)
        if want.get("Key") is not None and not like(key, want["Key"], True, True):
            continue
        # ASSUMED: without a key the value is looked for in values, and in parts without "="
        texts = [value] if "=" in part else [key] if want.get("Key") is None else [value]
        if any(like(t, want.get("Value", ""), True, True) for t in texts):
            return True
    return False


def from_address(config: Doc, cidrs: list[str], sources: list[str] | None) -> bool | None:
    """`sources`: addresses or networks the connection may come from; None: nobody knows."""
    if config.get("IpAddressType"):             # listener rules of Network Load Balancers
        return config["IpAddressType"] == "ipv4"
    nets = [ipaddress.ip_network(c, strict=False) for c in cidrs]
    if not sources:
        return None
    found = set()
    for source in sources:
        at = ipaddress.ip_network(source, strict=False)
        same = [n for n in nets if n.version == at.version]
        inside = any(at.subnet_of(n) for n in same)
        found.add(True if inside else None if any(at.overlaps(n) for n in same) else False)
    return found.pop() if len(found) == 1 else None


# --------------------------------------------------------------------- rules

def choose(listener: Any, req: Doc) -> tuple[Any, str | None]:
    """The rule that takes a request; or a rule and the condition that cannot be told."""
    rules = sorted((r for r in listener.rules.values() if str(r.priority) != "default"),
                   key=lambda r: int(r.priority))
    for rule in rules:
        answers = [condition(c, req) for c in rule.conditions]
        verdict = every(answers)
        if verdict is None:
            return rule, rule.conditions[answers.index(None)].get("Field") or "?"
        if verdict:
            return rule, None
    return next(iter(listener._default_rule.values())), None


def rewritten(text: str, rewrites: list[Doc]) -> str:
    """ASSUMED: the first match is replaced, the other text stays."""
    for row in rewrites:
        replace = re.sub(r"\$(\d)", r"\\g<\1>", (row.get("Replace") or "").replace("\\", r"\\"))
        text = re.sub(row.get("Regex") or "", replace, text, count=1)
    return text


def transformed(rule: Any, req: Doc) -> tuple[Doc, str | None]:
    """The request as targets see it, and the name of a transform that is not known."""
    out = dict(req)
    for t in getattr(rule, "transforms", None) or []:
        kind = t.get("Type")
        try:
            if kind == "host-header-rewrite":
                out["host"] = rewritten(out["host"], t["HostHeaderRewriteConfig"]["Rewrites"])
            elif kind == "url-rewrite":         # ASSUMED: path and query string together
                url = out["path"] + (f"?{out['query']}" if out["query"] else "")
                url = rewritten(url, t["UrlRewriteConfig"]["Rewrites"])
                out["path"], _, out["query"] = url.partition("?")
            else:
                return out, f"transform {kind}"
        except (re.error, IndexError):
            return out, f"transform {kind}"
    return out, None


# --------------------------------------------------------------------- actions

def location(config: Doc, req: Doc, port: int, scheme: str) -> Doc:
    """Where a redirect points.  ASSUMED: #{host} is without port, #{port} the listener's."""
    words = {"protocol": scheme, "host": req["host"].rsplit(":", 1)[0], "port": str(port),
             "path": req["path"].removeprefix("/"), "query": req["query"]}

    def fill(name: str, default: str) -> str:
        return re.sub(r"#\{(\w+)\}", lambda x: words.get(x.group(1), x.group()),
                      config.get(name) or default)
    parts = {"protocol": fill("Protocol", "#{protocol}").lower(), "host": fill("Host", "#{host}"),
             "port": fill("Port", "#{port}"), "path": fill("Path", "/#{path}"),
             "query": fill("Query", "#{query}")}
    parts["location"] = (f"{parts['protocol']}://{parts['host']}:{parts['port']}{parts['path']}"
                         + (f"?{parts['query']}" if parts["query"] else ""))
    return parts


def groups_of(action: Doc) -> list[str]:
    """The groups a forward can choose: those with a weight above 0."""
    rows = (action.get("ForwardConfig") or {}).get("TargetGroups") or [
        {"TargetGroupArn": action["TargetGroupArn"], "Weight": 1}]
    return sorted({r["TargetGroupArn"] for r in rows if int(r.get("Weight", 1)) > 0})


GATES = {"authenticate-oidc": "AuthenticateOidcConfig",
         "authenticate-cognito": "AuthenticateCognitoConfig",
         "jwt-validation": "JwtValidationConfig"}


def end_of(actions: list[Any], req: Doc, port: int, scheme: str) -> Doc:
    """What the actions of a rule amount to; a gate in front holds the rest as `then`."""
    rows = sorted((a.data if hasattr(a, "data") else a for a in actions),
                  key=lambda a: int(a.get("Order") or 99))
    if not rows:
        return {"kind": "unknown", "what": "a rule without actions"}
    row, kind = rows[0], rows[0].get("Type")
    if kind in GATES:
        config = row.get(GATES[kind]) or {}
        stop = "deny" if kind == "jwt-validation" else "authenticate"
        return {"kind": kind, "on_unauthenticated": config.get("OnUnauthenticatedRequest", stop),
                "then": end_of(rows[1:], req, port, scheme)}
    if kind == "forward":
        return {"kind": "forward", "groups": groups_of(row)}
    if kind == "redirect":
        config = row.get("RedirectConfig") or {}
        return {"kind": "redirect", "code": config.get("StatusCode", "HTTP_302"),
                **location(config, req, port, scheme)}
    if kind == "fixed-response":
        config = row.get("FixedResponseConfig") or {}
        return {"kind": "fixed-response", "code": str(config.get("StatusCode", "200")),
                "content_type": config.get("ContentType"), "body": config.get("MessageBody")}
    return {"kind": "unknown", "what": f"action {kind}"}


def status_of(end: Doc) -> int:
    """What the client of the load balancer gets; 0 when nobody can tell."""
    kind = end["kind"]
    if kind in GATES:
        denied = {"deny": 401, "authenticate": 302}
        return denied.get(end["on_unauthenticated"]) or status_of(end["then"])
    if kind == "redirect":
        return int(end["code"][-3:])
    return {"forward": 200, "unknown": 0}.get(kind) if kind != "fixed-response" \
        else int(end["code"])
