"""Where would a request go?  A data-plane oracle over the emulator's state.

trace() follows one API request through stage variables, VPC link (v1 or v2), load balancer,
listener rules, target groups and security groups, and reports the final target group and what
the target would see.  Comparing traces before and after a migration tells, independently of the
tool, whether traffic still arrives at the same place with the same host, scheme and path.

No packets move: this is configuration reasoning, in the subset the estates here use.
"""
from __future__ import annotations

import fnmatch
import ipaddress
import re
from typing import Any
from urllib.parse import urlsplit

from moto.apigateway.models import apigateway_backends
from moto.apigatewayv2.models import apigatewayv2_backends
from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends

VAR = re.compile(r"\$\{stageVariables\.([A-Za-z0-9_]+)\}")


class Stop(Exception):
    def __init__(self, status: int, why: str):
        self.status, self.why = status, why


def expand(text: str | None, variables: dict[str, str]) -> str:
    return VAR.sub(lambda x: variables.get(x.group(1), ""), text or "")


def match_resource(snap: dict[str, Any], verb: str, path: str) -> tuple[str, dict, dict]:
    """API Gateway's choice: literal beats {param} beats {proxy+}; verb beats ANY."""
    want = [p for p in path.split("/") if p]
    best: tuple[Any, ...] | None = None
    for pattern, res in snap.items():
        have, params, score = [p for p in pattern.split("/") if p], {}, []
        ok = True
        for i, part in enumerate(have):
            if part.endswith("+}"):
                if i >= len(want):
                    ok = False
                    break
                params[part[1:-2]], score = "/".join(want[i:]), score + [0]
                break
            if i >= len(want):
                ok = False
                break
            if part.startswith("{"):
                params[part[1:-1]] = want[i]
                score.append(1)
            elif part == want[i]:
                score.append(2)
            else:
                ok = False
                break
        else:
            ok = len(have) == len(want)
        meth = res["methods"].get(verb) or res["methods"].get("ANY")
        if ok and meth and (best is None or score > best[0]):
            best = (score, pattern, meth, params)
    if best is None:
        raise Stop(403, "no method matches")
    return best[1], best[2], best[3]


def allowed(ec2: Any, target_groups: list[str], port: int, from_groups: set[str],
            from_subnets: list[str]) -> bool:
    """Do the target's security groups admit tcp/port from these groups or subnets?"""
    if not target_groups:
        return True
    nets = [ipaddress.ip_network(ec2.get_subnet(s).cidr_block) for s in from_subnets]
    for gid in target_groups:
        group = ec2.get_security_group_from_id(gid)
        for r in group.ingress_rules if group else []:
            if r.ip_protocol not in ("-1", "tcp"):
                continue
            if r.ip_protocol == "tcp" and not (int(r.from_port) <= port <= int(r.to_port)):
                continue
            if r.source_group.get("GroupId") in from_groups:
                return True
            cidr = r.ip_range.get("CidrIp")
            if cidr and nets and all(n.subnet_of(ipaddress.ip_network(cidr)) for n in nets):
                return True
    return False


def rule_matches(cond: dict[str, Any], req: dict[str, Any]) -> bool:
    field = cond["Field"]

    def values(key: str) -> list[str]:
        return (cond.get(key) or {}).get("Values") or cond.get("Values") or []
    if field == "path-pattern":
        return any(fnmatch.fnmatchcase(req["path"], v) for v in values("PathPatternConfig"))
    if field == "host-header":
        return any(fnmatch.fnmatch(req["host"], v) for v in values("HostHeaderConfig"))
    if field == "http-request-method":
        return req["verb"] in values("HttpRequestMethodConfig")
    if field == "http-header":
        name = cond["HttpHeaderConfig"]["HttpHeaderName"].lower()
        got = {k.lower(): v for k, v in req["headers"].items()}.get(name)
        return got is not None and any(fnmatch.fnmatch(got, v) for v in values("HttpHeaderConfig"))
    return False


def to_listener(elb: Any, arn: str, port: int) -> Any:
    lb = elb.load_balancers.get(arn)
    if lb is None:
        raise Stop(500, f"load balancer {arn} is gone")
    for listener in lb.listeners.values():
        if int(listener.port) == port:
            return lb, listener
    raise Stop(500, f"no listener on {lb.name}:{port}")


def forward_of(actions: list[Any]) -> str | None:
    for a in actions:
        data = a.data if hasattr(a, "data") else a
        if data["Type"] == "forward":
            return data.get("TargetGroupArn") or data["ForwardConfig"]["TargetGroups"][0][
                "TargetGroupArn"]
    return None


def alb_behind(elb: Any, ec2: Any, tg: Any) -> tuple[str, int] | None:
    """The ALB whose nodes are the targets of an `ip` group, and the port they are asked on."""
    if tg.target_type != "ip" or not tg.targets:
        return None
    owners = {e.private_ip_address: e.description.removeprefix("ELB ") for e in ec2.enis.values()
              if (e.description or "").startswith("ELB app/")}
    found = {owners.get(t["Id"]) for t in tg.targets.values()}
    if len(found) != 1 or None in found:
        return None
    tail = found.pop()
    arn = next((a for a in elb.load_balancers if a.endswith(f":loadbalancer/{tail}")), None)
    return (arn, int(next(iter(tg.targets.values()))["Port"])) if arn else None


def trace(account: str, region: str, snap: dict[str, Any], variables: dict[str, str], verb: str,
          path: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    elb, ec2 = elbv2_backends[account][region], ec2_backends[account][region]
    v1 = apigateway_backends[account][region].vpc_links
    v2 = apigatewayv2_backends[account][region].vpc_links
    hops: list[str] = []
    out: dict[str, Any] = {"status": 200, "hops": hops, "target_group": None, "targets": []}
    try:
        pattern, meth, params = match_resource(snap, verb, path)
        integ = meth.get("methodIntegration") or {}
        hops.append(f"method {verb} {pattern} -> {integ.get('type')}")
        out["resource"] = pattern
        if integ.get("type") not in ("HTTP", "HTTP_PROXY"):
            return out
        uri = expand(integ.get("uri"), variables)
        sent = dict(headers or {})
        for dest, src in (integ.get("requestParameters") or {}).items():
            value = src[1:-1] if src.startswith("'") else params.get(src.rsplit(".", 1)[-1], "")
            kind, name = dest.split(".")[2], dest.split(".", 3)[3]
            if kind == "path":
                uri = uri.replace("{" + name + "}", value)
            elif kind == "header":
                sent[name] = value
        url = urlsplit(uri)
        port = url.port or (443 if url.scheme == "https" else 80)
        req = {"verb": integ["httpMethod"] if integ["httpMethod"] != "ANY" else verb,
               "path": url.path or "/", "headers": sent,
               "host": next((v for k, v in sent.items() if k.lower() == "host"), url.hostname)}
        out |= {"scheme": url.scheme, "host": req["host"], "path": req["path"]}
        if integ.get("connectionType") != "VPC_LINK":
            hops.append(f"internet {url.scheme}://{url.netloc}")
            return out
        link_id = expand(integ.get("connectionId"), variables)
        if link_id in v1 and v1[link_id].life.status() == "AVAILABLE":
            entry = v1[link_id].target_arns[0]
            src_groups, src_subnets = set(), None
            hops.append(f"vpc link v1 {link_id}")
        elif link_id in v2 and v2[link_id].life.status() == "AVAILABLE":
            entry = integ.get("integrationTarget")
            if not entry:
                raise Stop(500, "v2 link without integrationTarget")
            src_groups = set(v2[link_id].sg_ids or [])
            src_subnets = list(v2[link_id].subnet_ids)
            hops.append(f"vpc link v2 {link_id}")
        else:
            raise Stop(500, f"vpc link {link_id} does not exist or is not available")
        for _ in range(3):
            lb, listener = to_listener(elb, entry, port)
            hops.append(f"{lb.type} {lb.name}:{port} {listener.protocol}")
            if src_subnets is not None and not allowed(ec2, list(lb.security_groups or []), port,
                                                       src_groups, src_subnets):
                raise Stop(504, f"security groups of {lb.name} refuse tcp/{port}")
            if lb.type == "application":
                if {"http": "HTTP", "https": "HTTPS"}[url.scheme] != listener.protocol:
                    raise Stop(502, f"{url.scheme} sent to a {listener.protocol} listener")
                rules = sorted((r for r in listener.rules.values() if str(r.priority) != "default"),
                               key=lambda r: int(r.priority))
                actions = next((r.actions for r in rules if all(
                    rule_matches(c, req) for c in r.conditions)), listener.default_actions)
            else:
                actions = listener.default_actions
            arn = forward_of(actions)
            if arn is None:
                data = actions[0].data if hasattr(actions[0], "data") else actions[0]
                code = data.get("FixedResponseConfig", {}).get("StatusCode") or \
                    data.get("RedirectConfig", {}).get("StatusCode", "HTTP_302")[-3:]
                raise Stop(int(code), f"{data['Type']} by {lb.name}")
            tg = elb.target_groups[arn]
            hops.append(f"target group {tg.name} ({tg.target_type})")
            behind = alb_behind(elb, ec2, tg) if lb.type == "network" else None
            if behind:                          # the older bridge: ip targets that are an ALB's
                src_groups = set(lb.security_groups or [])
                src_subnets = [s.id for s in lb.subnets]
                entry, port = behind
                hops.append(f"ip targets are nodes of {entry}")
                continue
            if tg.target_type != "alb":
                states = [tg.health_for(t, ec2).status for t in tg.targets.values()]
                out |= {"target_group": tg.arn, "targets": sorted(tg.targets)}
                if "healthy" not in states:
                    raise Stop(503, f"{tg.name} has no healthy target")
                return out
            target = next(iter(tg.targets.values()), None)
            if target is None:
                raise Stop(503, f"{tg.name} is empty")
            src_groups, src_subnets = set(lb.security_groups or []), [s.id for s in lb.subnets]
            entry, port = target["Id"], int(target["Port"])
    except Stop as stop:
        hops.append(stop.why)
        out["status"] = stop.status
    return out


def trace_stage(account: str, region: str, api_id: str, stage_name: str, verb: str, path: str,
                canary: bool = False, headers: dict[str, str] | None = None) -> dict[str, Any]:
    from ext_apigateway import snapshot
    api = apigateway_backends[account][region].get_rest_api(api_id)
    stage = api.stages[stage_name]
    side = (stage.canary or {}) if canary else {}
    deployment = side.get("deploymentId") or stage.deployment_id
    variables = {**stage.variables, **side.get("stageVariableOverrides", {})}
    return {"deployment": deployment, **trace(account, region, snapshot(api, deployment),
                                              variables, verb, path, headers)}
