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
from moto.elbv2.exceptions import DuplicateListenerError, ELBClientError
from moto.elbv2.responses import ELBV2Response as R

from ext_ec2 import service_on
from patching import swap

HEALTH: dict[tuple[str, str], tuple[str, str | None]] = {}     # (tg arn, target) -> state, reason

# --------------------------------------------------------------------- load balancers

def create_load_balancer(self: m.ELBv2Backend, *args: Any, **kw: Any) -> m.FakeLoadBalancer:
    lb = self._moto_create_load_balancer(*args, **kw)
    ident = lb.arn.rsplit("/", 1)[-1]
    if lb.type == "network":
        lb.dns_name = f"{lb.name}-{ident}.elb.{self.region_name}.amazonaws.com"
    else:
        digits = str(int(ident, 16))[:10]
        prefix = "internal-" if lb.scheme == "internal" else ""
        lb.dns_name = f"{prefix}{lb.name}-{digits}.{self.region_name}.elb.amazonaws.com"
    tail = lb.arn.split("loadbalancer/")[1]
    for subnet in lb.subnets:
        eni = self.ec2_backend.create_network_interface(
            subnet, [], group_ids=list(lb.security_groups or []) or None,
            description=f"ELB {tail}")
        eni.requester_managed, eni.requester_id = True, "amazon-elb"
        eni.status = "in-use"
        eni.interface_type = "network_load_balancer" if lb.type == "network" else "interface"
        if lb.type == "network" and not lb.security_groups:
            eni._group_set = []
    return lb


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
    return self._moto_create_listener(load_balancer_arn, *args, **kw)


def describe_target_groups(self: m.ELBv2Backend, load_balancer_arn: str | None, arns: Any,
                           names: Any) -> Any:
    if load_balancer_arn in self.load_balancers and not any(
            load_balancer_arn in t.load_balancer_arns for t in self.target_groups.values()):
        return []
    return self._moto_describe_target_groups(load_balancer_arn, arns, names)


def paged(name: str, key: str, named: str | None = None) -> None:
    """PageSize/Marker around a describe call; at most 20 may be `named` explicitly."""
    method = getattr(R, name)

    @functools.wraps(method)
    def wrapper(self: R) -> ActionResult:
        if named:
            at_most_20(self._get_param(named, []), named)
        asked, self.querystring = dict(self.querystring), dict(self.querystring)
        size, marker = int(self._get_param("PageSize") or 400), self._get_param("Marker")
        if not 1 <= size <= 400:
            raise ELBClientError("ValidationError", "1 validation error detected: Value "
                                 f"'{size}' at 'pageSize' failed to satisfy constraint: Member "
                                 "must have value less than or equal to 400")
        params = self._get_params()
        params["PageSize"], params["Marker"] = 10 ** 6, None
        items = list(method(self).result[key])
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


