"""Where would a request go?  A data-plane oracle over the emulator's state.

trace_stage() follows one request of an API through stage variables, VPC link (v1 or v2), load
balancers, listener rules, target groups and security groups, and reports how it ends and what the
target would see.  Comparing answers before and after a migration tells, independently of the
tool, whether traffic still arrives at the same place with the same host, scheme and path.

No packets move: this is configuration reasoning.  ext_request has the API's part of it, ext_rules
the listener's.  ASSUMED marks behaviour that public documentation does not settle.
"""
from __future__ import annotations

import functools
import ipaddress
import json
from typing import Any

from moto.apigateway.models import apigateway_backends
from moto.apigatewayv2.models import apigatewayv2_backends
from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends

import ext_request
import ext_rules
from ext_request import Client, Sent, Stop

Doc = dict[str, Any]


def allowed(ec2: Any, asked: list[str], port: int, other_groups: set[str],
            other_subnets: list[str], rules: str = "ingress_rules") -> bool:
    """Do these security groups allow tcp/port from (or to) the others' groups or subnets?"""
    if not asked:
        return True
    nets = [ipaddress.ip_network(ec2.get_subnet(s).cidr_block) for s in other_subnets]
    for gid in asked:
        group = ec2.get_security_group_from_id(gid)
        for r in getattr(group, rules) if group else []:
            if r.ip_protocol not in ("-1", "tcp"):
                continue
            if r.ip_protocol == "tcp" and not (int(r.from_port) <= port <= int(r.to_port)):
                continue
            if r.source_group.get("GroupId") in other_groups:
                return True
            cidr = r.ip_range.get("CidrIp")
            if cidr and nets and all(n.subnet_of(ipaddress.ip_network(cidr)) for n in nets):
                return True
    return False


class Trip:
    """One request on its way through the load balancers of an account."""

    def __init__(self, account: str, region: str, sent: Sent, source: str | None,
                 hops: list[str]):
        self.elb, self.ec2 = elbv2_backends[account][region], ec2_backends[account][region]
        self.v1 = apigateway_backends[account][region].vpc_links
        self.v2 = apigatewayv2_backends[account][region].vpc_links
        self.sent, self.source, self.hops = sent, source, hops
        self.way: list[Doc] = []            # the link and the load balancers that took it

    def run(self) -> Doc:
        sent = self.sent
        if sent.link in self.v1 and self.v1[sent.link].life.status() == "AVAILABLE":
            self.hops.append(f"vpc link v1 {sent.link}")
            self.way.append({"link": "v1", "id": sent.link})
            entry, groups, subnets, sources = self.v1[sent.link].target_arns[0], set(), None, None
        elif sent.link in self.v2 and self.v2[sent.link].life.status() == "AVAILABLE":
            link, entry = self.v2[sent.link], sent.target
            if not entry:
                raise Stop(500, "v2 link without integrationTarget")
            self.hops.append(f"vpc link v2 {sent.link}")
            self.way.append({"link": "v2", "id": sent.link})
            groups, subnets = set(link.sg_ids or []), list(link.subnet_ids)
            sources = self.addresses(f"API Gateway VPC link {link.id}", subnets)
            self.let_out(link, entry)
        else:
            raise Stop(500, f"vpc link {sent.link} does not exist or is not available")
        req = {"verb": sent.verb, "host": sent.host, "path": sent.path, "query": sent.query,
               "headers": sent.headers, "sources": sources}
        return self.enter(entry, sent.port, sent.scheme, req, groups, subnets, 0)

    def let_out(self, link: Any, entry: str) -> None:
        """A v2 link reaches load balancers of its own VPC, as far as its groups let it out."""
        lb, listener = self.listener(entry, self.sent.port)
        port = int(listener.port)
        if {self.ec2.get_subnet(s).vpc_id for s in link.subnet_ids} != {lb.vpc_id}:
            raise Stop(504, f"{lb.name} is not in the VPC of the link")    # ASSUMED; no peering
        if not allowed(self.ec2, list(link.sg_ids or []), port, set(lb.security_groups or []),
                       [s.id for s in lb.subnets], "egress_rules"):
            raise Stop(504, f"security groups of the link let nothing out to {lb.name}:{port}")

    def addresses(self, description: str, subnets: list[str]) -> list[str]:
        """Where connections come from: the interfaces of that description, else the subnets."""
        if self.source:
            return [self.source]
        found = [e.private_ip_address for e in self.ec2.enis.values()
                 if e.description == description and e.private_ip_address]
        return found or [self.ec2.get_subnet(s).cidr_block for s in subnets]

    def listener(self, arn: str, port: int) -> tuple[Any, Any]:
        if ":listener/" in arn:
            for lb in self.elb.load_balancers.values():
                if arn in lb.listeners:
                    return lb, lb.listeners[arn]
            raise Stop(500, f"listener {arn} is gone")
        lb = self.elb.load_balancers.get(arn)
        if lb is None:
            raise Stop(500, f"load balancer {arn} is gone")
        for listener in lb.listeners.values():
            if int(listener.port) == port:
                return lb, listener
        raise Stop(500, f"no listener on {lb.name}:{port}")

    def enter(self, entry: str, port: int, scheme: str, req: Doc, from_groups: set[str],
              from_subnets: list[str] | None, depth: int) -> Doc:
        """What a load balancer makes of the request: an end, with all that the target sees."""
        if depth > 2:
            raise Stop(508, "load balancers in a circle")
        lb, listener = self.listener(entry, port)
        port = int(listener.port)
        self.hops.append(f"{lb.type} {lb.name}:{port} {listener.protocol}")
        if from_subnets is not None and not allowed(
                self.ec2, list(lb.security_groups or []), port, from_groups, from_subnets):
            raise Stop(504, f"security groups of {lb.name} refuse tcp/{port}")
        self.way.append({"balancer": lb.arn, "type": lb.type})
        if self.source:
            req = {**req, "sources": [self.source]}
        if lb.type == "network":
            return self.network(lb, listener, scheme, req, depth)
        if {"http": "HTTP", "https": "HTTPS"}[scheme] != listener.protocol:
            raise Stop(502, f"{scheme} sent to a {listener.protocol} listener")
        return self.application(lb, listener, scheme, req)

    # -- network load balancers ------------------------------------------------------

    def network(self, lb: Any, listener: Any, scheme: str, req: Doc, depth: int) -> Doc:
        rule, unknown = ext_rules.choose(listener, req)
        if unknown:
            raise Stop(0, f"condition {unknown} of {lb.name}",
                       {"kind": "unknown", "what": f"condition {unknown}", "rule": rule.arn})
        end = ext_rules.end_of(rule.actions, req, int(listener.port), scheme)
        if end["kind"] != "forward":
            raise Stop(0, f"{end['kind']} on {lb.name}", {"kind": "unknown",
                                                          "what": f"action {end['kind']}"})
        if listener.protocol == "TLS" and scheme == "http":
            raise Stop(502, "http sent to a TLS listener")
        ends = []
        for arn in end["groups"]:
            try:
                ends.append(self.group(lb, listener, arn, scheme, req, depth))
            except Stop as stop:
                if len(end["groups"]) == 1:
                    raise
                self.hops.append(stop.why)
                ends.append({"end": stop.end, "status": stop.status})
        if not ends:
            raise Stop(503, f"no group of {lb.name} has a weight")
        return merged(ends)

    def group(self, lb: Any, listener: Any, arn: str, scheme: str, req: Doc, depth: int) -> Doc:
        tg = self.elb.target_groups.get(arn)
        if tg is None:
            raise Stop(503, f"target group {arn} is gone")
        if listener.protocol == "TLS":          # it ends here; a TLS group begins it anew
            scheme = "https" if tg.protocol == "TLS" else "http"
        self.hops.append(f"target group {tg.name} ({tg.target_type})")
        subnets = [s.id for s in lb.subnets]
        name = lb.arn.split("loadbalancer/")[1]
        req = {**req, "sources": self.addresses(f"ELB {name}", subnets)}
        behind = self.alb_behind(tg)
        if behind:                              # the older bridge: ip targets that are an ALB's
            self.hops.append(f"ip targets are nodes of {behind[0]}")
        elif tg.target_type == "alb":
            target = next(iter(tg.targets.values()), None)
            if target is None:
                raise Stop(503, f"{tg.name} is empty")
            behind = target["Id"], int(target["Port"])
        else:
            return self.arrived(listener, None, [arn], scheme, req)
        return self.enter(*behind, scheme, req, set(lb.security_groups or []), subnets, depth + 1)

    def alb_behind(self, tg: Any) -> tuple[str, int] | None:
        """The ALB whose nodes are the targets of an `ip` group, and the port they are asked on.

        Only targets that get traffic count: the healthy ones, or all when none is. An address
        means something within the group's VPC only."""
        if tg.target_type != "ip" or not tg.targets:
            return None
        owners = {e.private_ip_address: e.description.removeprefix("ELB ")
                  for e in self.ec2.enis.values() if (e.description or "").startswith("ELB app/")
                  and tg.vpc_id in (None, e.subnet.vpc_id)}
        targets = list(tg.targets.values())
        healthy = [t for t in targets if tg.health_for(t, self.ec2).status == "healthy"]
        asked = healthy or targets
        found = {owners.get(t["Id"]) for t in asked}
        if found == {None}:
            return None
        if len(found) != 1:
            raise Stop(0, f"{tg.name} holds nodes of an ALB and other targets",
                       {"kind": "unknown", "what": "targets of several kinds"})
        tail = found.pop()
        arn = next((a for a in self.elb.load_balancers if a.endswith(f":loadbalancer/{tail}")),
                   None)
        return (arn, int(asked[0]["Port"])) if arn else None

    # -- application load balancers --------------------------------------------------

    def application(self, lb: Any, listener: Any, scheme: str, req: Doc) -> Doc:
        rule, unknown = ext_rules.choose(listener, req)
        if unknown:
            raise Stop(0, f"condition {unknown} of {lb.name}",
                       {"kind": "unknown", "what": f"condition {unknown}", "rule": rule.arn,
                        "listener": listener.arn})
        end = ext_rules.end_of(rule.actions, req, int(listener.port), scheme)
        end |= {"listener": listener.arn, "rule": rule.arn, "priority": str(rule.priority)}
        last = end
        while last["kind"] in ext_rules.GATES:
            last = last["then"]
        if last["kind"] != "forward" or last is not end:
            self.hops.append(f"{end['kind']} by {lb.name}")
        seen, strange = ext_rules.transformed(rule, req)
        if strange:
            raise Stop(0, f"{strange} of {lb.name}", {"kind": "unknown", "what": strange,
                                                      "rule": rule.arn, "listener": listener.arn})
        if last["kind"] != "forward":
            return {"end": end, "status": ext_rules.status_of(end), **view(scheme, req)}
        done = self.arrived(listener, rule, last["groups"], scheme, seen)
        if last is not end and ext_rules.status_of(end) != 200:
            done |= {"target_group": None, "targets": [], "status": ext_rules.status_of(end)}
        return {**done, "end": end}

    def arrived(self, listener: Any, rule: Any, groups: list[str], scheme: str, req: Doc) -> Doc:
        """At the target groups.  A group whose targets are all unhealthy gets traffic anyway."""
        if not groups:
            raise Stop(503, "no target group has a weight")
        missing = [g for g in groups if g not in self.elb.target_groups]
        if missing:
            raise Stop(503, f"target group {missing[0]} is gone")
        found = [self.elb.target_groups[g] for g in groups]
        if rule is not None:
            self.hops += [f"target group {tg.name} ({tg.target_type})" for tg in found]
        empty = [tg.name for tg in found if not tg.targets]
        sick = [tg.arn for tg in found if tg.targets and not any(
            tg.health_for(t, self.ec2).status == "healthy" for t in tg.targets.values())]
        self.hops += [f"{name} has no targets" for name in empty]
        return {"end": {"kind": "forward", "groups": groups, "listener": listener.arn},
                "status": 503 if len(empty) == len(found) else 200, "target_group": groups[0],
                "targets": sorted({t for tg in found for t in tg.targets}),
                **({"unhealthy": sick} if sick else {}), **view(scheme, req)}


def view(scheme: str, req: Doc) -> Doc:
    """What the one at the end sees; the scheme is that of X-Forwarded-Proto."""
    return {"scheme": scheme, "host": req["host"], "path": req["path"], "query": req["query"],
            "headers": req["headers"]}


def merged(ends: list[Doc]) -> Doc:
    """One answer for several groups of a Network Load Balancer."""
    first = ends[0]
    kinds = {e["end"]["kind"] for e in ends}
    if len(ends) == 1 or all(e == first for e in ends):
        return first
    if kinds == {"forward"} and len({json.dumps([e[k] for k in (
            "scheme", "host", "path", "query", "status")]) for e in ends}) == 1:
        groups = sorted({g for e in ends for g in e["end"]["groups"]})
        return {**first, "end": {**first["end"], "groups": groups},
                "targets": sorted({t for e in ends for t in e["targets"]})}
    return {**first, "end": {"kind": "split", "ends": [e["end"] for e in ends]}}


# --------------------------------------------------------------------- from the API on

def follow(account: str, region: str, out: Doc, step: Any, client: Client) -> Doc:
    """Completes `out` by what `step` says the API sends."""
    hops = out["hops"]
    try:
        sent = step()
        if sent is None:
            return out
        out |= {"scheme": sent.scheme, "host": sent.host, "path": sent.path, "query": sent.query,
                "verb": sent.verb}
        if sent.unsure:
            out["unsure"] = sent.unsure
        if sent.link is None:
            hops.append(f"internet {sent.scheme}://{sent.url.partition('://')[2].split('/')[0]}")
            out["end"] = {"kind": "internet", "url": sent.url}
            return out
        trip = Trip(account, region, sent, client.source, hops)
        out["way"] = trip.way
        out |= trip.run()
    except Stop as stop:
        hops.append(stop.why)
        out |= {"status": stop.status, "end": stop.end}
    return out


def blank() -> Doc:
    return {"status": 200, "hops": [], "way": [], "guards": [], "target_group": None,
            "targets": [], "end": None}


def trace(account: str, region: str, snap: Doc, variables: dict[str, str],
          client: Client) -> Doc:
    """A request of a REST API whose methods are `snap`."""
    out = blank()

    def step() -> Sent | None:
        pattern, meth, params = ext_request.match_resource(snap, client.verb, client.path)
        integ = meth.get("methodIntegration") or {}
        out["hops"].append(f"method {client.verb} {pattern} -> {integ.get('type')}")
        out["resource"] = pattern
        guards = [meth.get("authorizationType") or "NONE"] + ["API_KEY"] * bool(
            meth.get("apiKeyRequired"))
        out["guards"] = [g for g in guards if g != "NONE"]
        if integ.get("type") not in ("HTTP", "HTTP_PROXY"):
            out["end"] = {"kind": "integration", "type": integ.get("type")}
            return None
        return ext_request.rest(integ, client, params, variables)
    return follow(account, region, out, step, client)


def trace_http(account: str, region: str, api: Any, stage: Any, client: Client) -> Doc:
    """A request of an HTTP API."""
    from ext_apigatewayv2 import running
    state = running(api, stage)
    out = {**blank(), "deployment": getattr(stage, "deployment_id", None)}

    def step() -> Sent | None:
        route, params = ext_request.match_route(state["routes"], client.verb, client.path)
        out["resource"] = route["routeKey"]
        out["guards"] = [g for g in [route.get("authorizationType") or "NONE"] if g != "NONE"]
        integ = state["integrations"].get((route.get("target") or "").split("/")[-1])
        if integ is None:
            raise Stop(500, f"route {route['routeKey']} has no integration")
        kind = integ["integrationType"]
        out["hops"].append(f"route {route['routeKey']} -> {kind}")
        if kind != "HTTP_PROXY":
            out["end"] = {"kind": "integration", "type": kind}
            return None
        return ext_request.http(integ, client, params, stage.stage_variables or {}, stage.name,
                                api.api_endpoint.removeprefix("https://"))
    return follow(account, region, out, step, client)


@functools.lru_cache(256)
def methods_of(frozen: str) -> Doc:
    """A deployment's snapshot, read once for many requests; nobody changes it."""
    return json.loads(frozen)


def trace_stage(account: str, region: str, api_id: str, stage_name: str, client: Client,
                canary: bool = False) -> Doc:
    v2 = apigatewayv2_backends[account][region].apis
    if api_id in v2:
        return trace_http(account, region, v2[api_id], v2[api_id].get_stage(stage_name), client)
    api = apigateway_backends[account][region].get_rest_api(api_id)
    stage = api.stages[stage_name]
    side = (stage.canary or {}) if canary else {}
    deployment = side.get("deploymentId") or stage.deployment_id
    variables = {**stage.variables, **side.get("stageVariableOverrides", {})}
    snap = methods_of(getattr(api.deployments[deployment], "frozen", "{}"))
    return {"deployment": deployment, **trace(account, region, snap, variables, client)}


def told(out: Doc) -> Doc:
    """Where a request ends; by which way is in the hops, and the data plane's own business."""
    return {k: v for k, v in out.items() if k != "way"}


def trace_many(account: str, region: str, requests: list[Doc]) -> list[Doc]:
    """POST /_lab/routes; a request that cannot be asked about is answered with its error."""
    answers = []
    for doc in requests:
        try:
            answers.append(told(trace_stage(account, region, doc["api"], doc["stage"],
                                            Client.of(doc), bool(doc.get("canary")))))
        except Exception as exc:  # noqa: BLE001 - the others are answered
            answers.append({"error": f"{type(exc).__name__}: {exc}"})
    return answers
