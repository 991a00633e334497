"""What AWS refuses when something is changed, beyond what moto 5.2 and the other extensions refuse.

Owns checks only: each is put in front of the call it belongs to, and changes nothing itself.

ASSUMED marks behaviour that public documentation does not settle.
"""
from __future__ import annotations

import functools
import json
import re
from typing import Any
from urllib.parse import urlsplit

from moto.apigateway import exceptions as exc
from moto.apigateway.responses import APIGatewayResponse as R
from moto.apigatewayv2 import models as m2
from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.ec2.models.security_groups import SecurityGroupBackend
from moto.ec2.responses import EC2Response
from moto.elbv2 import models as lb
from moto.elbv2.exceptions import ELBClientError

from ext_apigateway import INTEGRATION_OPS, bad, patch
from ext_ec2 import Ec2Error
Doc = dict[str, Any]

STAGES = LINKS = 10                     # published quotas; an account may have more
SUBNETS = 10


class LimitExceeded(exc.ApiGatewayException):
    code = 429

    def __init__(self, message: str):
        super().__init__("LimitExceededException", message)


# --------------------------------------------------------------------- REST APIs

def check_integration(self: R, doc: Doc, ops: list[Doc]) -> None:
    """What a patched integration must be, besides what every private one is checked for."""
    paths = {op["path"] for op in ops}
    if "/connectionId" in paths and doc.get("connectionType") != "VPC_LINK":
        raise bad("Invalid patch path /connectionId: the connection type is not VPC_LINK")  # ASSUMED
    if "/integrationTarget" in paths:
        part = (doc.get("integrationTarget") or "").split(":")
        if part[3:5] != [self.region, self.current_account]:
            raise bad("Invalid integration target: not in the account and Region of the API")
    uri = doc.get("uri") or ""
    if "/uri" in paths and uri.startswith("http"):
        host = urlsplit(uri).netloc.rpartition("@")[2]
        port = re.search(r":(\d+)$", host)
        if port and not (port[1] in ("80", "443") or 1024 <= int(port[1]) <= 65535):
            raise bad(f"Invalid HTTP endpoint specified for URI: port {port[1]}")   # ASSUMED wording


def update_integration(self: R) -> Any:
    p = self.path.split("/")
    integration = self.backend.get_integration(p[2], p[4], p[6])
    if integration is not None:
        ops = self._get_param("patchOperations") or []
        check_integration(self, patch(integration.to_json(), ops, INTEGRATION_OPS), ops)
    return self._unchecked_update_integration()


def create_deployment(self: R) -> Any:
    api = self.backend.get_rest_api(self.path.split("/")[2])
    methods = [x for res in api.resources.values() for x in res.resource_methods.values()]
    if not methods:
        raise bad("The REST API doesn't contain any methods")
    if any(x.method_integration is None for x in methods):
        raise bad("No integration defined for method")
    named = {getattr(x.method_integration, "extra", {}).get("connectionId") for x in methods}
    links = m2.apigatewayv2_backends[self.current_account][self.region].vpc_links
    for link in named & set(links):
        if links[link].life.status() == "DELETING":                        # AWS: "will fail"
            raise bad(f"Vpc link '{link}' is being deleted")
    return self._unchecked_create_deployment()


def create_stage(self: R) -> Any:
    api = self.backend.get_rest_api(self.path.split("/")[2])
    name = json.loads(self.body or "{}").get("stageName") or ""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,128}", name):
        raise bad("Stage name only allows a-zA-Z0-9_-")
    if name not in api.stages and len(api.stages) >= STAGES:
        raise LimitExceeded("Maximum number of stages for this API has been reached")
    return self._unchecked_create_stage()


# --------------------------------------------------------------------- links of version 2

def create_link(self: m2.ApiGatewayV2Backend, name: str, sg_ids: Any, subnet_ids: Any,
                tags: Any) -> m2.VpcLink:
    if not 1 <= len(name or "") <= 128:
        raise bad("Name must have 1 to 128 characters")
    if len(subnet_ids or []) > SUBNETS:
        raise bad(f"A VPC link takes at most {SUBNETS} subnets")            # ASSUMED wording
    if len(self.vpc_links) >= LINKS:
        raise LimitExceeded("Maximum number of VPC links for this account and Region has been "
                            "reached")
    ec2 = ec2_backends[self.account_id][self.region_name]
    groups = [ec2.get_security_group_from_id(g) for g in sg_ids or []]
    vpcs = {s.vpc_id for s in ec2.describe_subnets() if s.id in (subnet_ids or [])}
    if len(vpcs | {g.vpc_id for g in groups if g is not None}) > 1:
        raise bad("Subnets and security groups must be in one VPC")         # ASSUMED wording
    return self._unchecked_create_vpc_link(name, sg_ids, subnet_ids, tags)


# --------------------------------------------------------------------- HTTP APIs

def delete_integration(self: m2.Api, integration_id: str) -> None:
    self.get_integration(integration_id)
    if any((r.target or "") == f"integrations/{integration_id}" for r in self.routes.values()):
        raise exc.ConflictException("Cannot delete Integration: it is the target of a route")
    self._unchecked_delete_integration(integration_id)


def update_route(self: m2.Api, route_id: str, **kw: Any) -> m2.Route:
    self.get_route(route_id)
    target = kw.get("target") or ""
    if target.startswith("integrations/") and target.split("/", 1)[1] not in self.integrations:
        raise bad(f"Unable to find Integration by ID {target}")             # ASSUMED wording
    return self._unchecked_update_route(route_id=route_id, **kw)


# --------------------------------------------------------------------- security groups

def create_group(self: Any, name: str, description: str, vpc_id: str | None = None,
                 *args: Any, **kw: Any) -> Any:
    if vpc_id and vpc_id not in self.vpcs:
        raise Ec2Error("InvalidVpcID.NotFound", f"The vpc ID '{vpc_id}' does not exist")
    if not kw.get("force") and (not name or len(name) > 255 or name.startswith("sg-")):
        raise Ec2Error("InvalidParameterValue",
                       f"Value ({name}) for parameter GroupName is invalid")
    return self._unchecked_create_security_group(name, description, vpc_id, *args, **kw)


def delete_group(self: Any, name: str | None = None, group_id: str | None = None) -> None:
    """Also a link that was built without interfaces uses its groups."""
    links = m2.apigatewayv2_backends[self.account_id][self.region_name].vpc_links.values()
    if any(group_id in (link.sg_ids or []) and link.life.status() != "INACTIVE" for link in links):
        raise Ec2Error("DependencyViolation", f"resource {group_id} has a dependent object")
    self._unchecked_delete_security_group(name, group_id)


def peers_exist(name: str) -> None:
    method = getattr(EC2Response, name)

    @functools.wraps(method)
    def handler(self: EC2Response) -> ActionResult:
        for permission in self._get_param("IpPermissions", []):
            for pair in permission.get("UserIdGroupPairs") or permission.get("Groups") or []:
                peer = pair.get("GroupId")
                if peer and self.ec2_backend.get_security_group_from_id(peer) is None:
                    raise Ec2Error("InvalidGroup.NotFound",
                                   f"The security group '{peer}' does not exist")
        return method(self)
    setattr(EC2Response, name, handler)


# --------------------------------------------------------------------- load balancers

def delete_load_balancer(self: lb.ELBv2Backend, arn: str) -> None:
    protected = arn in self.load_balancers and self.load_balancers[arn].attrs.get(
        "deletion_protection.enabled") == "true"
    if not protected and any(arn in tg.targets for tg in self.target_groups.values()):
        raise ELBClientError("ResourceInUse", f"Load balancer '{arn}' cannot be deleted because "
                             "it is registered with a target group")
    self._unchecked_delete_load_balancer(arn)


def delete_target_group(self: lb.ELBv2Backend, target_group_arn: str) -> Any:
    if target_group_arn not in self.target_groups:      # the call names no such error
        return None
    return self._unchecked_delete_target_group(target_group_arn)


def deregister(self: lb.FakeTargetGroup, targets: list[Doc]) -> None:
    """What is not registered is passed over."""
    def known(target: Doc) -> bool:
        have = self.targets.get(target["Id"])
        return have is not None and str(target.get("Port", have["Port"])) == str(have["Port"])
    self._unchecked_deregister([t for t in targets if known(t)])


def register(self: lb.ELBv2Backend, target_group_arn: str, instances: list[Doc]) -> None:
    group = self.target_groups.get(target_group_arn)
    if group is not None and group.target_type == "alb":
        for target in instances:
            check_alb(self, group, target)
    self._unchecked_register_targets(target_group_arn, instances)


def check_alb(self: lb.ELBv2Backend, group: lb.FakeTargetGroup, target: Doc) -> None:
    """One ALB of the group's VPC with a listener on the group's port."""
    def wrong(why: str) -> ELBClientError:
        return ELBClientError("InvalidTarget", f"The target '{target['Id']}' {why}")
    alb = self.load_balancers.get(target["Id"])
    port = str(target.get("Port", group.port))
    if alb is None or alb.type != "application":
        raise wrong("is not an Application Load Balancer")
    if alb.vpc_id != group.vpc_id:
        raise wrong("is not in the VPC of the target group")
    if port != str(group.port) or port not in {str(x.port) for x in alb.listeners.values()}:
        raise wrong("has no listener on the port of the target group")
    if set(group.targets) - {target["Id"]}:
        raise wrong("cannot be registered besides another one")


# --------------------------------------------------------------------- install

def checked(cls: type, name: str, new: Any) -> None:
    """Put a check in front of a method; it goes on to `_unchecked_<name>`."""
    setattr(cls, f"_unchecked_{name}", getattr(cls, name))
    setattr(cls, name, new)


def install() -> None:
    for cls, name, new in (
            (R, "update_integration", update_integration), (R, "create_deployment", create_deployment),
            (R, "create_stage", create_stage),
            (m2.ApiGatewayV2Backend, "create_vpc_link", create_link),
            (m2.Api, "delete_integration", delete_integration), (m2.Api, "update_route", update_route),
            (SecurityGroupBackend, "create_security_group", create_group),
            (SecurityGroupBackend, "delete_security_group", delete_group),
            (lb.ELBv2Backend, "delete_load_balancer", delete_load_balancer),
            (lb.ELBv2Backend, "delete_target_group", delete_target_group),
            (lb.FakeTargetGroup, "deregister", deregister),
            (lb.ELBv2Backend, "register_targets", register)):
        checked(cls, name, new)
    for direction in ("ingress", "egress"):
        peers_exist(f"authorize_security_group_{direction}")
