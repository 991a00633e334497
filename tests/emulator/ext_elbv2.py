"""Load balancers (elbv2) beyond what moto 5.2 does, added from outside its source.

Owns: DNS names that carry an id as AWS's do, network interfaces and addresses of load
balancers, paging, delete guards, target health that a test can force.

ASSUMED marks behaviour that public documentation does not settle.
"""
from __future__ import annotations

import functools
import ipaddress
from typing import Any

from moto.core.responses import ActionResult
from moto.elbv2 import models as m
from moto.elbv2.exceptions import (DuplicateListenerError, DuplicateLoadBalancerName,
                                   ELBClientError, LoadBalancerNotFoundError)
from moto.elbv2.responses import ELBV2Response as R
from moto.moto_api._internal import mock_random

from ext_ec2 import free_address, service_on
from patching import swap

ZONES = {"application": "Z35SXDOTRQ7X7K", "network": "Z26RNL4JYFTOTI"}     # those of us-east-1
HEALTH: dict[tuple[str, str], tuple[str, str | None]] = {}     # (tg arn, target) -> state, reason

# --------------------------------------------------------------------- load balancers

def create_load_balancer(self: m.ELBv2Backend, *args: Any, **kw: Any) -> m.FakeLoadBalancer:
    name = kw["name"]
    if any(lb.name == name for lb in self.load_balancers.values()):
        raise DuplicateLoadBalancerName()
    chosen_tags, kw["tags"] = kw.get("tags"), None
    lb = self._moto_create_load_balancer(*args, **kw)
    if lb.type == "network":                    # moto says app/ in every ARN
        del self.load_balancers[lb.arn]
        lb.arn = lb.arn.replace(":loadbalancer/app/", ":loadbalancer/net/")
        self.load_balancers[lb.arn] = lb
    self.tagging_service.tag_resource(lb.arn, chosen_tags)
    ident = lb.arn.rsplit("/", 1)[-1]
    home = f"amazonaws.com{'.cn' if self.region_name.startswith('cn-') else ''}"
    if lb.type == "network":
        lb.dns_name = f"{lb.name}-{ident}.elb.{self.region_name}.{home}"
    else:
        digits = str(int(ident, 16))[:10]
        prefix = "internal-" if lb.scheme == "internal" else ""
        lb.dns_name = f"{prefix}{lb.name}-{digits}.{self.region_name}.elb.{home}"
    lb.canonical_hosted_zone_id = ZONES[lb.type]
    if lb.type == "network" and lb.security_groups:
        lb.enforce_security_group_inbound_rules_on_private_link_traffic = "on"
    fixed = {x["SubnetId"]: fixed_address(self, x) for x in kw.get("subnet_mappings") or []}
    lb.addresses = {s: [a] for s, a in fixed.items() if a}
    tail = lb.arn.split("loadbalancer/")[1]
    for subnet in lb.subnets:
        address = fixed.get(subnet.id, {}).get("PrivateIPv4Address") or free_address(
            self.ec2_backend, subnet)
        eni = self.ec2_backend.create_network_interface(
            subnet, address or [],
            group_ids=list(lb.security_groups or []) or None, description=f"ELB {tail}")
        eni.requester_managed, eni.requester_id = True, "amazon-elb"
        eni.status = "in-use"
        eni.interface_type = "network_load_balancer" if lb.type == "network" else "interface"
        if lb.type == "network" and not lb.security_groups:
            eni._group_set = []
    return lb


def fixed_address(self: m.ELBv2Backend, mapping: dict[str, str]) -> dict[str, str]:
    """LoadBalancerAddresses holds only addresses the customer chose."""
    if mapping.get("AllocationId"):
        found = self.ec2_backend.describe_addresses([mapping["AllocationId"]])
        return {"IpAddress": found[0].public_ip, "AllocationId": mapping["AllocationId"]}
    if mapping.get("PrivateIPv4Address"):
        return {"PrivateIPv4Address": mapping["PrivateIPv4Address"]}
    return {}


def availability_zones(self: m.FakeLoadBalancer) -> list[m.AvailabilityZone]:
    zones = [m.AvailabilityZone(subnet) for subnet in self.subnets]
    for zone in zones:
        zone.load_balancer_addresses = getattr(self, "addresses", {}).get(zone.subnet_id, [])
    return zones


def set_security_groups(self: R) -> ActionResult:
    result = self._moto_set_security_groups().result
    flag = self._get_param("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic")
    lb = self.elbv2_backend.load_balancers[self._get_param("LoadBalancerArn")]
    name = "enforce_security_group_inbound_rules_on_private_link_traffic"
    if flag and lb.type == "network":
        setattr(lb, name, flag)
    return ActionResult({**result, "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic":
                         getattr(lb, name, None)})


def delete_load_balancer(self: m.ELBv2Backend, arn: str) -> None:
    lb = self.load_balancers.get(arn)
    if lb is None:
        return
    if lb.attrs.get("deletion_protection.enabled") == "true":
        raise ELBClientError("OperationNotPermitted", f"Load balancer '{arn}' cannot be deleted "
                             "because deletion protection is enabled")
    if service_on(self.account_id, self.region_name, arn):      # also that of a v1 VPC link
        raise ELBClientError("ResourceInUse", f"Load balancer '{arn}' cannot be deleted because "
                             "it is currently associated with another service")
    self._moto_delete_load_balancer(arn)
    for tg in self.target_groups.values():
        tg.load_balancer_arns = [a for a in tg.load_balancer_arns if a != arn]
    tail = f"ELB {arn.split('loadbalancer/')[1]}"
    for eni in [e for e in self.ec2_backend.enis.values() if e.description == tail]:
        self.ec2_backend.enis.pop(eni.id)


def create_listener(self: m.ELBv2Backend, load_balancer_arn: str, *args: Any, **kw: Any) -> Any:
    lb = self.load_balancers.get(load_balancer_arn)
    port = kw.get("port") if "port" in kw else args[1]
    if lb and any(str(x.port) == str(port) for x in lb.listeners.values()):
        raise DuplicateListenerError()
    listener = self._moto_create_listener(load_balancer_arn, *args, **kw)
    if listener.protocol not in ("HTTPS", "TLS"):
        listener.ssl_policy = listener.alpn_policy = None
    for rule in listener._default_rule.values():
        rule.arn = rule.arn.rsplit("/", 1)[0] + f"/{mock_random.get_random_hex(16)}"
    return listener


def describe_capacity_reservation(self: R) -> ActionResult:
    """ASSUMED: without a reservation there is no MinimumLoadBalancerCapacity in the answer."""
    lb = self.elbv2_backend.load_balancers.get(self._get_param("LoadBalancerArn"))
    if lb is None:
        raise LoadBalancerNotFoundError()
    units = getattr(lb, "reserved_units", 0)
    if not units:
        return ActionResult({"CapacityReservationState": [], "DecreaseRequestsRemaining": 2})
    zones = [subnet.availability_zone for subnet in lb.subnets]
    return ActionResult({
        "DecreaseRequestsRemaining": 2, "LastModifiedTime": "2026-10-01T00:00:00Z",
        "MinimumLoadBalancerCapacity": {"CapacityUnits": units},
        "CapacityReservationState": [
            {"State": {"Code": "provisioned"}, "AvailabilityZone": zone,
             "EffectiveCapacityUnits": units / len(zones)} for zone in zones]})


def put_reservation(account: str, region: str, doc: dict[str, Any]) -> None:
    balancers = m.elbv2_backends[account][region].load_balancers
    balancers[doc["LoadBalancerArn"]].reserved_units = doc["CapacityUnits"]


def action_init(self: m.FakeAction, data: dict[str, Any]) -> None:
    """AWS answers a forward to one group in both of its spellings."""
    if data.get("Type") == "forward":
        config = dict(data.get("ForwardConfig") or {})
        config["TargetGroups"] = config.get("TargetGroups") or [
            {"TargetGroupArn": data["TargetGroupArn"], "Weight": 1}]
        data = {**data, "ForwardConfig": config}
        if len(config["TargetGroups"]) == 1:
            data["TargetGroupArn"] = config["TargetGroups"][0]["TargetGroupArn"]
    self._moto___init__(data)


def both_spellings(conditions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """AWS answers host and path conditions as Values and as a config."""
    out = []
    for c in conditions or []:
        key = {"path-pattern": "PathPatternConfig", "host-header": "HostHeaderConfig"}.get(
            c.get("Field"))
        values = c.get("Values") or (c.get(key) or {}).get("Values") if key else None
        out.append({**c, "Values": values, key: {"Values": values}} if values else c)
    return out


def create_rule(self: m.ELBv2Backend, listener_arn: str, conditions: list[dict[str, Any]],
                *args: Any, **kw: Any) -> Any:
    rule = self._moto_create_rule(listener_arn, conditions, *args, **kw)
    rule.conditions = both_spellings(rule.conditions)
    return rule


def describe_target_groups(self: m.ELBv2Backend, load_balancer_arn: str | None, arns: Any,
                           names: Any) -> Any:
    if load_balancer_arn in self.load_balancers and not any(
            load_balancer_arn in t.load_balancer_arns for t in self.target_groups.values()):
        return []
    return self._moto_describe_target_groups(load_balancer_arn, arns, names)


def at_most_20(values: list[str], field: str) -> None:
    if len(values) > 20:
        raise ELBClientError("ValidationError", f"1 validation error detected: Value '{values}' at "
                             f"'{field}' failed to satisfy constraint: Member must have length "
                             "less than or equal to 20")


def describe_tags(self: R) -> ActionResult:
    at_most_20(self._get_param("ResourceArns", []), "resourceArns")
    return self._moto_describe_tags()


def paged(name: str, key: str, named: str | None = None) -> None:
    """PageSize/Marker around a describe call; `named` takes at most 20 explicit ARNs."""
    method = getattr(R, name)

    @functools.wraps(method)
    def wrapper(self: R) -> ActionResult:
        if named:
            at_most_20(self._get_param(named, []), named)
        size, marker = int(self._get_param("PageSize") or 400), self._get_param("Marker")
        if not 1 <= size <= 400:
            raise ELBClientError("ValidationError", "1 validation error detected: Value "
                                 f"'{size}' at 'pageSize' failed to satisfy constraint: Member "
                                 "must have value between 1 and 400")
        self.params["PageSize"] = 10 ** 6           # all from moto, the page is cut here
        self.params.pop("Marker", None)
        items = list(method(self).result[key])
        if marker and not marker.isdigit():
            raise ELBClientError("ValidationError", f"Marker '{marker}' is not valid")
        start = int(marker or 0)
        more = start + size < len(items)
        return ActionResult({key: items[start:start + size],
                             "NextMarker": str(start + size) if more else None})
    setattr(R, name, wrapper)


def health_for(self: m.FakeTargetGroup, target: dict[str, Any], ec2: Any) -> Any:
    status = self._moto_health_for(target, ec2)
    forced = HEALTH.get((self.arn, target["Id"]))
    if forced:
        status.status, status.reason = forced
    try:
        ip = ipaddress.ip_address(target["Id"])
        for subnet in ec2.describe_subnets():
            if subnet.vpc_id == self.vpc_id and ip in ipaddress.ip_network(subnet.cidr_block):
                status.zone = subnet.availability_zone
    except ValueError:
        pass
    return status


def health_target(self: m.FakeHealthStatus) -> dict[str, Any]:
    doc = {"Id": self.instance_id, "Port": self.port}
    if getattr(self, "zone", None):
        doc["AvailabilityZone"] = self.zone
    return doc


# --------------------------------------------------------------------- install

def install() -> None:
    swap(m.ELBv2Backend, "create_load_balancer", create_load_balancer)
    swap(m.ELBv2Backend, "delete_load_balancer", delete_load_balancer)
    swap(m.ELBv2Backend, "create_listener", create_listener)
    swap(m.ELBv2Backend, "create_rule", create_rule)
    swap(m.FakeAction, "__init__", action_init)
    swap(m.ELBv2Backend, "describe_target_groups", describe_target_groups)
    swap(m.FakeTargetGroup, "health_for", health_for)
    swap(R, "set_security_groups", set_security_groups)
    swap(R, "describe_tags", describe_tags)
    R.describe_capacity_reservation = describe_capacity_reservation
    m.FakeHealthStatus.target = property(health_target)
    m.FakeLoadBalancer.availability_zones = property(availability_zones)
    paged("describe_load_balancers", "LoadBalancers", named="LoadBalancerArns")
    paged("describe_target_groups", "TargetGroups")
    paged("describe_listeners", "Listeners")
    paged("describe_rules", "Rules")
