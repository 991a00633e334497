"""EC2 beyond what moto 5.2 does, added from outside its source.

Owns: paging of describe calls, security-group semantics, endpoint services and their
consumers (also the hidden ones of v1 VPC links), interfaces of v2 VPC links.

ASSUMED marks behaviour that public documentation does not settle.
"""
from __future__ import annotations

import fnmatch
import functools
import ipaddress
import itertools
import time
from typing import Any, Callable

from moto.core.responses import ActionResult
from moto.ec2 import exceptions as ec2_exc
from moto.ec2.models import ec2_backends
from moto.ec2.models.security_groups import SecurityGroupBackend
from moto.ec2.models.subnets import Subnet
from moto.ec2.models.vpc_service_configuration import (VPCServiceConfiguration,
                                                       VPCServiceConfigurationBackend)
from moto.ec2.responses import EC2Response
from moto.moto_api._internal import mock_random
from moto.utilities.utils import get_partition

import shelf
from patching import swap


class Ec2Error(ec2_exc.EC2ClientError):
    pass


# --------------------------------------------------------------------- paging, filters

def cut(self: EC2Response, items: list[Any], low: int = 5, high: int = 1000) -> tuple[list[Any],
                                                                                     str | None]:
    """One page of a describe call, and the token of the next one."""
    size, token = self._get_param("MaxResults"), self._get_param("NextToken")
    if not size:
        return items, None
    if not low <= int(size) <= high:
        raise Ec2Error("InvalidParameterValue", f"Value ( {size} ) for parameter maxResults is "
                       f"invalid. Expecting a value between {low} and {high}.")
    try:
        start = int(token or 0)
    except ValueError:
        raise Ec2Error("InvalidNextToken", "The token is invalid") from None
    end = start + int(size)
    return items[start:end], str(end) if end < len(items) else None


def paged(name: str, key: str) -> None:
    method = getattr(EC2Response, name)

    @functools.wraps(method)
    def wrapper(self: EC2Response) -> ActionResult:
        items, token = cut(self, list(method(self).result[key]))
        return ActionResult({key: items, "NextToken": token})
    setattr(EC2Response, name, wrapper)


def kept(self: EC2Response, items: list[Any], fields: dict[str, Callable[[Any], Any]]) -> list[Any]:
    """Items that match the request's filters; * and ? are wildcards."""
    for name, wanted in (self._filters_from_querystring() or {}).items():
        if name not in fields:
            raise Ec2Error("InvalidParameterValue", f"The filter '{name}' is invalid")
        items = [x for x in items
                 if any(fnmatch.fnmatchcase(str(fields[name](x)), str(w)) for w in wanted)]
    return items


# --------------------------------------------------------------------- endpoint services

def service_on(account: str, region: str, nlb_arn: str) -> VPCServiceConfiguration | None:
    return next((c for c in ec2_backends[account][region].configurations.values()
                 if nlb_arn in c.network_load_balancer_arns), None)


def connections_of(service: VPCServiceConfiguration) -> list[dict[str, Any]]:
    if not hasattr(service, "connections"):
        service.connections = []
    return service.connections


def connect(service: VPCServiceConfiguration, owner: str, state: str) -> dict[str, Any]:
    made = {"ServiceId": service.id, "VpcEndpointOwner": owner, "VpcEndpointState": state,
            "VpcEndpointId": f"vpce-{mock_random.get_random_hex(17)}",
            "VpcEndpointConnectionId": f"vpce-con-{mock_random.get_random_hex(17)}",
            "CreationTimestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
            "NetworkLoadBalancerArns": list(service.network_load_balancer_arns),
            "IpAddressType": "ipv4"}
    connections_of(service).append(made)
    return made


def add_consumer(account: str, region: str, owner: str, state: str = "available",
                 service_id: str | None = None, nlb_arn: str | None = None) -> dict[str, Any]:
    """A consumer on an endpoint service, which is made when the NLB has none."""
    ec2 = ec2_backends[account][region]
    if service_id is None and nlb_arn is None:
        raise ValueError("service_id or nlb_arn")
    service = ec2.configurations[service_id] if service_id else service_on(account, region, nlb_arn)
    if service is None:
        service = ec2.create_vpc_endpoint_service_configuration([nlb_arn], True, None, [], [])
    return connect(service, owner, state)


def add_link_service(account: str, region: str, link_id: str, nlb_arn: str, owner: str) -> None:
    """What API Gateway makes behind a v1 link."""
    # ASSUMED: no tags, acceptance not required, AWS's account root as the principal
    service = ec2_backends[account][region]._moto_create_vpc_endpoint_service_configuration(
        [nlb_arn], False, None, [], [])
    service.principals = [f"arn:{get_partition(region)}:iam::{owner}:root"]
    service.link_id = link_id
    connect(service, owner, "available")


def free_address(ec2: Any, subnet: Any) -> str | None:
    """The lowest address of a subnet that no interface has: moto draws them blindly."""
    taken = {eni.private_ip_address for eni in ec2.enis.values()}
    hosts = itertools.islice(ipaddress.ip_network(subnet.cidr_block).hosts(), 3, None)
    return next((str(host) for host in hosts if str(host) not in taken), None)


def add_link_interfaces(account: str, region: str, link_id: str, subnets: list[Any],
                        groups: list[str]) -> None:
    ec2 = ec2_backends[account][region]
    for subnet in subnets:
        eni = ec2.create_network_interface(
            subnet, free_address(ec2, subnet) or [], group_ids=groups or None,
            description=f"API Gateway VPC link {link_id}",                  # ASSUMED wording
            tags={"VpcLinkId": link_id, "Owner": "API Gateway"})
        eni.requester_managed, eni.requester_id, eni.status = True, "amazon-apigateway", "in-use"
        eni.interface_type = "api_gateway_managed"


def remove_link(account: str, region: str, link_id: str) -> None:
    """Remove what a link of either kind left here."""
    ec2 = ec2_backends[account][region]
    for service in list(ec2.configurations.values()):
        if getattr(service, "link_id", None) == link_id:
            ec2.configurations.pop(service.id)
    tail = f"API Gateway VPC link {link_id}"
    for eni in [e for e in ec2.enis.values() if e.description == tail]:
        ec2.enis.pop(eni.id)


def create_service(self: Any, lb_arns: list[str], *args: Any, **kw: Any) -> Any:
    """A customer's own service; an NLB belongs to one endpoint service at most."""
    for arn in lb_arns:
        if service_on(self.account_id, self.region_name, arn):
            raise Ec2Error("InvalidParameter", f"Load balancer {arn} is already associated with "
                           "another VPC endpoint service")                  # ASSUMED wording
    return self._moto_create_vpc_endpoint_service_configuration(lb_arns, *args, **kw)


def delete_services(self: EC2Response) -> ActionResult:
    ids = self._get_param("ServiceIds", [])
    pinned = [i for i in ids if i in self.ec2_backend.configurations and any(
        c["VpcEndpointState"] in ("available", "pendingAcceptance")
        for c in connections_of(self.ec2_backend.configurations[i]))]
    failed = [{"ResourceId": i, "Error": {
        "Code": "ExistingVpcEndpointConnections",
        "Message": f"Service {i} has existing active VPC Endpoint connections!"}} for i in pinned]
    missing = self.ec2_backend.delete_vpc_endpoint_service_configurations(
        [i for i in ids if i not in pinned])
    failed += [{"ResourceId": i, "Error": {
        "Code": "InvalidVpcEndpointService.NotFound",
        "Message": f"The VpcEndpointService Id '{i}' does not exist"}} for i in missing]
    return ActionResult({"Unsuccessful": failed})


def describe_services(self: EC2Response) -> ActionResult:
    items = self._moto_describe_vpc_endpoint_service_configurations().result[
        "ServiceConfigurations"]
    items = kept(self, list(items), {"service-id": lambda c: c.id,
                                     "service-name": lambda c: c.service_name,
                                     "service-state": lambda c: c.service_state})
    items, token = cut(self, items)
    return ActionResult({"ServiceConfigurations": items, "NextToken": token})


def describe_connections(self: EC2Response) -> ActionResult:
    items = [c for s in self.ec2_backend.configurations.values() for c in connections_of(s)]
    items = kept(self, items, {"service-id": lambda c: c["ServiceId"],
                               "vpc-endpoint-owner": lambda c: c["VpcEndpointOwner"],
                               "vpc-endpoint-state": lambda c: c["VpcEndpointState"],
                               "vpc-endpoint-id": lambda c: c["VpcEndpointId"]})
    items, token = cut(self, items)
    return ActionResult({"VpcEndpointConnections": items, "NextToken": token})


# --------------------------------------------------------------------- security groups

def revoke(direction: str) -> Callable[[EC2Response], ActionResult]:
    """Honour SecurityGroupRuleIds, which moto's handler only half parses."""
    name = f"revoke_security_group_{direction}"
    original = getattr(EC2Response, name)

    def handler(self: EC2Response) -> ActionResult:
        ids = self._get_param("SecurityGroupRuleIds", [])
        if not ids:
            return original(self)
        group = self.ec2_backend.get_security_group_from_id(self._get_param("GroupId"))
        attr = f"{direction}_rules"
        have = {r.id for r in getattr(group, attr)}
        for i in ids:
            if i not in have:
                raise Ec2Error("InvalidSecurityGroupRuleId.NotFound",
                               f"The security group rule ID '{i}' does not exist")
        setattr(group, attr, [r for r in getattr(group, attr) if r.id not in ids])
        return ActionResult({"Return": True})
    handler.__name__ = name
    return handler


def _same(a: Any, b: Any) -> bool:
    """AWS compares rules without their description."""
    def key(r: Any) -> Any:
        return (r.ip_protocol, r.from_port, r.to_port, r.ip_range.get("CidrIp"),
                r.ip_range.get("CidrIpv6"), r.source_group.get("GroupId"), r.prefix_list_id)
    return key(a) == key(b)


def no_duplicates(direction: str) -> Callable[..., Any]:
    name = f"authorize_security_group_{direction}"
    original = getattr(SecurityGroupBackend, name)

    def method(self: Any, group_name_or_id: str, *args: Any, **kw: Any) -> Any:
        group = self.get_security_group_by_name_or_id(group_name_or_id, kw.get("vpc_id"))
        before = list(getattr(group, f"{direction}_rules")) if group else []
        rules, group = original(self, group_name_or_id, *args, **kw)
        for new in rules:
            if any(_same(new, old) for old in before):
                setattr(group, f"{direction}_rules", before)
                raise Ec2Error("InvalidPermission.Duplicate",
                               "the specified rule already exists")
        return rules, group
    method.__name__ = name
    return method


def authorize(direction: str) -> Callable[[EC2Response], ActionResult]:
    """moto returns only the rules of the last permission; AWS returns all of them."""
    name = f"authorize_security_group_{direction}"

    def handler(self: EC2Response) -> ActionResult:
        self.error_on_dryrun()
        out: list[Any] = []
        for kw in self._process_rules_from_querystring():
            rules, _ = getattr(self.ec2_backend, name)(**kw)
            out += rules
        return ActionResult({"Return": True, "SecurityGroupRules": out})
    handler.__name__ = name
    return handler


def create_security_group(self: EC2Response) -> ActionResult:
    result = dict(self._moto_create_security_group().result)
    tags = self._parse_tag_specification().get("security-group", {})
    result["Tags"] = [{"Key": k, "Value": v} for k, v in tags.items()]
    return ActionResult(result)


def delete_security_group(self: Any, name: str | None = None, group_id: str | None = None) -> None:
    if group_id:
        used = [e.id for e in self.enis.values() if group_id in [g.id for g in e._group_set]]
        used += [g.id for gs in self.groups.values() for g in gs.values() if g.id != group_id
                 for r in [*g.ingress_rules, *g.egress_rules]
                 if r.source_group.get("GroupId") == group_id]
        if used:
            raise Ec2Error("DependencyViolation", f"resource {group_id} has a dependent object")
    self._moto_delete_security_group(name, group_id)


# --------------------------------------------------------------------- subnets

def free_count(self: Subnet) -> int:
    told = getattr(self, "told_free", None)
    return self._moto_available_ip_address_count if told is None else int(told)


def subnet_owner(self: Subnet) -> str:
    """Another account's when the VPC is shared."""
    return getattr(self, "told_owner", None) or self.ec2_backend.account_id


# --------------------------------------------------------------------- others who use an NLB

def describe_verified_access_endpoints(self: EC2Response) -> ActionResult:
    rows = shelf.rows(self.current_account, self.region, "verified_access_endpoints")
    ids = self._get_param("VerifiedAccessEndpointIds", [])
    items, token = cut(self, [r for r in rows if not ids or r["VerifiedAccessEndpointId"] in ids])
    return ActionResult({"VerifiedAccessEndpoints": items, "NextToken": token})


# --------------------------------------------------------------------- install

def install() -> None:
    swap(Subnet, "available_ip_address_count", property(free_count))
    swap(Subnet, "owner_id", property(subnet_owner))
    for direction in ("ingress", "egress"):
        setattr(SecurityGroupBackend, f"authorize_security_group_{direction}",
                no_duplicates(direction))
        setattr(EC2Response, f"authorize_security_group_{direction}", authorize(direction))
        setattr(EC2Response, f"revoke_security_group_{direction}", revoke(direction))
    swap(SecurityGroupBackend, "delete_security_group", delete_security_group)
    swap(EC2Response, "create_security_group", create_security_group)
    swap(VPCServiceConfigurationBackend, "create_vpc_endpoint_service_configuration", create_service)
    swap(EC2Response, "describe_vpc_endpoint_service_configurations", describe_services)
    EC2Response.describe_verified_access_endpoints = describe_verified_access_endpoints
    EC2Response.describe_vpc_endpoint_connections = describe_connections
    EC2Response.delete_vpc_endpoint_service_configurations = delete_services
    for name, key in (("describe_subnets", "Subnets"), ("describe_vpcs", "Vpcs"),
                      ("describe_security_groups", "SecurityGroups"),
                      ("describe_network_interfaces", "NetworkInterfaces"),
                      ("describe_network_acls", "NetworkAcls"),
                      ("describe_route_tables", "RouteTables"),
                      ("describe_traffic_mirror_targets", "TrafficMirrorTargets")):
        paged(name, key)
