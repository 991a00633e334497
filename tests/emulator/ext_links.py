"""VPC links, v1 and v2: their life cycle, who uses them, and what they leave in the account.

A v1 link stands on a VPC endpoint service that API Gateway makes on the NLB; it shows up in
ec2:DescribeVpcEndpointServiceConfigurations with one connection owned by API Gateway's own
account.  A v2 link has network interfaces in its subnets instead.

ASSUMED marks behaviour that public documentation does not settle.
"""
from __future__ import annotations

import json
import time
from typing import Any

from moto.apigateway import models as m
from moto.apigateway.responses import APIGatewayResponse as R
from moto.apigatewayv2 import models as m2
from moto.ec2.models import ec2_backends

import accounts
import ext_ec2
from ext_apigateway import NotFound, bad, links_of, patch, snapshot
from ext_apigatewayv2 import running
from patching import swap

# API Gateway's own accounts, as published for v1 links.
GATEWAY_ACCOUNTS = {
    "us-east-1": "392220576650", "us-east-2": "718770453195", "us-west-1": "968246515281",
    "us-west-2": "109351309407", "ca-central-1": "796887884028", "eu-west-1": "631144002099",
    "eu-west-2": "544388816663", "eu-west-3": "061510835048", "eu-central-1": "474240146802",
    "eu-central-2": "166639821150", "eu-north-1": "394634713161", "eu-south-1": "753362059629",
    "eu-south-2": "359345898052", "ap-northeast-1": "969236854626",
    "ap-northeast-2": "020402002396", "ap-northeast-3": "360671645888",
    "ap-southeast-1": "195145609632", "ap-southeast-2": "798376113853",
    "ap-southeast-3": "652364314486", "ap-southeast-4": "849137399833",
    "ap-south-1": "507069717855", "ap-south-2": "644042651268", "ap-east-1": "174803364771",
    "sa-east-1": "287228555773", "me-south-1": "855739686837", "me-central-1": "614065512851"}

V1_TEXT = {"PENDING": "Your vpc link is being created", "DELETING": "Your vpc link is being deleted",
           "AVAILABLE": "Your vpc link is ready for use",
           "FAILED": "Your vpc link could not be created"}                  # ASSUMED wording
V2_TEXT = {"PENDING": "VPC link is provisioning ENIs", "DELETING": "VPC link is deleting ENIs",
           "AVAILABLE": "VPC link is ready to route traffic",
           "INACTIVE": "VPC link is inactive",                              # ASSUMED wording
           "FAILED": "VPC link could not be provisioned"}                   # ASSUMED wording


class Life:
    """Time-driven status shared by v1 and v2 links; a forced status wins over time."""

    def __init__(self, account: str):
        self.account = account
        self.ready_at = time.time() + accounts.of(account).link_delay
        self.becomes = accounts.of(account).next_link
        accounts.of(account).next_link = "AVAILABLE"
        self.gone_at: float | None = None
        self.forced: tuple[str, str] | None = None

    def status(self) -> str:
        if self.gone_at is not None:
            return "DELETING"
        if self.forced:
            return self.forced[0]
        return "PENDING" if time.time() < self.ready_at else self.becomes

    def message(self, texts: dict[str, str]) -> str:
        status = self.status()
        forced = self.forced[1] if self.forced and status == self.forced[0] else ""
        return forced or texts.get(status, status)

    def end(self) -> None:
        self.gone_at = time.time() + accounts.of(self.account).link_delay

    def gone(self) -> bool:
        return self.gone_at is not None and time.time() >= self.gone_at


def reap(account: str, region: str) -> None:
    """Remove links whose deletion is over, and what they stood on."""
    for backends in (m.apigateway_backends, m2.apigatewayv2_backends):
        if account not in backends.keys() or region not in backends[account].keys():
            continue
        links = backends[account][region].vpc_links
        for key in [k for k, v in links.items() if v.life.gone()]:
            links.pop(key, None)
            ext_ec2.remove_link(account, region, key)


def force_status(account: str, region: str, link_id: str, status: str, message: str = "") -> Any:
    for backends in (m.apigateway_backends, m2.apigatewayv2_backends):
        link = backends[account][region].vpc_links.get(link_id)
        if link is not None:
            link.life.forced = (status, message)
            return link.to_json()
    raise KeyError(f"no VPC link {link_id}")


def rest_users(account: str, region: str, link: str) -> list[str]:
    """Methods that name a link, in the draft and in what stages run: Api:METHOD:resource:stage.

    ASSUMED: a link named only through stage variables does not count.
    """
    users = []
    for api in m.apigateway_backends[account][region].apis.values():
        for res in api.resources.values():
            users += [f"{api.id}:{verb}:{res.id}" for verb, x in res.resource_methods.items()
                      if x.method_integration
                      and getattr(x.method_integration, "extra", {}).get("connectionId") == link]
        for stage in api.stages.values():
            ids = {stage.deployment_id, (stage.canary or {}).get("deploymentId")}
            for dep in ids & set(api.deployments):
                users += [f"{api.id}:{verb}:{res}:{stage.name}"
                          for l, verb, res in links_of(snapshot(api, dep)) if l == link]
    return sorted(set(users))


def v2_api_users(account: str, region: str, link: str) -> list[str]:
    """Integrations of HTTP and WebSocket APIs that name a link of either kind, and stages that run
    such.  ASSUMED: what stages run counts, as for REST APIs.
    """
    users = []
    for api in m2.apigatewayv2_backends[account][region].apis.values():
        users += [f"{i.integration_method}:{api.api_id}" for i in api.integrations.values()
                  if i.connection_id == link]
        for stage in api.stages.values():
            state = running(api, stage)
            over = [state["integrations"].get((r.get("target") or "").split("/")[-1])
                    for r in state["routes"]]
            users += [f"{i.get('integrationMethod')}:{api.api_id}:{stage.name}" for i in over
                      if i and i.get("connectionId") == link]
    return sorted(set(users))


def refuse_if_used(backend: Any, link: str, form: str) -> None:
    where = backend.account_id, backend.region_name, link
    used = rest_users(*where) + v2_api_users(*where)
    if used:
        raise bad(f"Cannot delete vpc link. Vpc link '{link}', is referenced in "
                  f"[{', '.join(used)}] in format of [{form}].")


# --------------------------------------------------------------------- v1

def v1_json(self: m.VpcLink) -> dict[str, Any]:
    doc = {**self._moto_to_json(), "status": self.life.status(),
           "statusMessage": self.life.message(V1_TEXT)}
    return {k: v for k, v in doc.items() if v not in (None, "")}


def v1_create(self: m.APIGatewayBackend, name: str, description: str, target_arns: list[str],
              tags: Any) -> m.VpcLink:
    if len(target_arns or []) != 1:
        raise bad("More than one target arn specified for vpc link.")
    from moto.elbv2.models import elbv2_backends
    link = self._moto_create_vpc_link(name, description, target_arns, tags)
    link.life = Life(self.account_id)
    lb = elbv2_backends[self.account_id][self.region_name].load_balancers.get(target_arns[0])
    if lb is None or lb.type != "network":      # the call is accepted, the link turns FAILED
        link.life.forced = ("FAILED", f"NLB ARN {target_arns[0]} is malformed.")   # ASSUMED wording
    elif ext_ec2.service_on(self.account_id, self.region_name, lb.arn):
        link.life.forced = ("FAILED", "NLB is already associated with another VPC Endpoint "
                            "Service")
    else:
        owner = GATEWAY_ACCOUNTS.get(self.region_name, "000000000000")
        ext_ec2.add_link_service(self.account_id, self.region_name, link.id, lb.arn, owner)
    return link


def v1_delete(self: m.APIGatewayBackend, vpc_link_id: str) -> None:
    link = self.get_vpc_link(vpc_link_id)
    refuse_if_used(self, vpc_link_id, "RESTApiId:Method:Resource:Stage")
    link.life.end()
    reap(self.account_id, self.region_name)


def v1_get(self: m.APIGatewayBackend, vpc_link_id: str) -> m.VpcLink:
    if vpc_link_id not in self.vpc_links:
        raise NotFound("Invalid Vpc Link identifier specified")             # ASSUMED wording
    return self.vpc_links[vpc_link_id]


def v1_update(self: R) -> Any:
    link = self.backend.get_vpc_link(self.path.split("/")[-1])
    doc = patch({"name": link.name, "description": link.description},
                self._get_param("patchOperations") or [],
                {"name": {"replace"}, "description": {"replace"}})
    link.name, link.description = doc["name"], doc["description"]
    return 200, {}, json.dumps(link.to_json())


# --------------------------------------------------------------------- v2

def v2_json(self: m2.VpcLink) -> dict[str, Any]:
    doc = {**self._moto_to_json(), "vpcLinkStatus": self.life.status(),
           "vpcLinkStatusMessage": self.life.message(V2_TEXT)}
    return {k: (v if v is not None else []) for k, v in doc.items()}


def v2_create(self: m2.ApiGatewayV2Backend, name: str, sg_ids: Any, subnet_ids: Any,
              tags: Any) -> m2.VpcLink:
    ec2 = ec2_backends[self.account_id][self.region_name]
    known = {s.id: s for s in ec2.describe_subnets()}
    missing = [s for s in subnet_ids or [] if s not in known]
    if missing or not subnet_ids:
        raise bad(f"Invalid subnet ids: {missing}")                         # ASSUMED wording
    for g in sg_ids or []:
        if ec2.get_security_group_from_id(g) is None:
            raise bad(f"Invalid security group id: {g}")                    # ASSUMED wording
    link = self._moto_create_vpc_link(name, sg_ids or [], subnet_ids, tags or {})
    link.life = Life(self.account_id)
    ext_ec2.add_link_interfaces(self.account_id, self.region_name, link.id,
                                [known[s] for s in subnet_ids], sg_ids or [])
    return link


def v2_delete(self: m2.ApiGatewayV2Backend, vpc_link_id: str) -> None:
    link = self.get_vpc_link(vpc_link_id)
    refuse_if_used(self, vpc_link_id, "Method:Resource")
    link.life.end()
    reap(self.account_id, self.region_name)


def install() -> None:
    swap(m.VpcLink, "to_json", v1_json)
    swap(m.APIGatewayBackend, "create_vpc_link", v1_create)
    m.APIGatewayBackend.delete_vpc_link = v1_delete
    m.APIGatewayBackend.get_vpc_link = v1_get
    R.update_vpc_link = v1_update
    swap(m2.VpcLink, "to_json", v2_json)
    swap(m2.ApiGatewayV2Backend, "create_vpc_link", v2_create)
    m2.ApiGatewayV2Backend.delete_vpc_link = v2_delete
