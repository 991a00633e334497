"""POST /_lab/world: an account built from one JSON document, in moto's objects (no HTTP, no SDK).

Every identifier, ARN and DNS name is the caller's and is what AWS calls answer afterwards, so that
a program which generated the document can compare.  Field names are those of AWS's answers; what
the document leaves out gets AWS's default, and identifiers made here derive from the caller's.
Nothing is validated: a target group may be missing, a listener may name nothing.

This module: network and load balancers.  world_apis.py: both kinds of API Gateway.
"""
from __future__ import annotations

import hashlib
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.models.availability_zones_and_regions import Zone
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.network_acls import NetworkAcl, NetworkAclAssociation, NetworkAclEntry
from moto.ec2.models.route_tables import RouteTable
from moto.ec2.models.security_groups import SecurityGroup, SecurityGroupRule
from moto.ec2.models.subnets import Subnet
from moto.ec2.models.vpcs import VPC
from moto.elbv2 import models as elb
from moto.elbv2.models import elbv2_backends

import accounts
import ext_elbv2

Doc = dict[str, Any]
SECTIONS = ("Vpcs", "Subnets", "SecurityGroups", "NetworkAcls", "NetworkInterfaces",
            "TargetGroups", "LoadBalancers", "Listeners", "VpcLinks", "VpcLinksV2", "RestApis",
            "Apis")


def derived(length: int, *parts: Any) -> str:
    """An identifier that follows from the caller's own: the same document, the same account."""
    return hashlib.sha1("/".join(str(p) for p in parts).encode()).hexdigest()[:length]


def tags_of(doc: Doc) -> dict[str, str]:
    tags = doc.get("Tags") or doc.get("tags") or {}
    return tags if isinstance(tags, dict) else {t["Key"]: t["Value"] for t in tags}


def build(account: str, region: str, doc: Doc) -> dict[str, int]:
    import world_apis
    unknown = set(doc) - set(SECTIONS)
    if unknown:
        raise ValueError(f"world sections {sorted(unknown)}: they are {list(SECTIONS)}")
    made: dict[str, int] = {}
    with accounts.of(account).lock, accounts.without_delay(account):
        net, lbs = Network(account, region), Balancers(account, region)
        apis = world_apis.Apis(account, region)
        for section in SECTIONS:
            rows = doc.get(section) or []
            add = next(getattr(x, section) for x in (net, lbs, apis) if hasattr(x, section))
            for row in rows:
                try:
                    add(row)
                except KeyError as exc:
                    raise ValueError(f"{section}: {exc} is missing or unknown in {row}") from None
            made[section] = len(rows)
        net.settle()
    return made


class Network:
    def __init__(self, account: str, region: str):
        self.account, self.region = account, region
        self.ec2 = ec2_backends[account][region]
        for vpc in [v for v in self.ec2.vpcs.values() if v.is_default]:
            self.without(vpc)

    def without(self, vpc: VPC) -> None:
        """The default VPC goes: its identifiers would be the only random ones."""
        self.ec2.vpcs.pop(vpc.id)
        self.ec2.groups.pop(vpc.id, None)
        for zone in self.ec2.subnets.values():
            for key in [k for k, s in zone.items() if s.vpc_id == vpc.id]:
                del zone[key]
        for table in (self.ec2.network_acls, self.ec2.route_tables):
            for key in [k for k, x in table.items() if x.vpc_id == vpc.id]:
                del table[key]

    def Vpcs(self, d: Doc) -> None:
        vpc = VPC(self.ec2, d["VpcId"], d.get("CidrBlock", "10.0.0.0/8"), False)
        vpc.add_tags(tags_of(d))
        ident = f"vpc-cidr-assoc-{derived(17, vpc.id)}"
        [(_, held)] = vpc._cidr_block_association_set.items()
        vpc._cidr_block_association_set = {ident: {**held, "association_id": ident}}
        self.ec2.vpcs[vpc.id] = vpc
        table = RouteTable(self.ec2, f"rtb-{derived(17, vpc.id)}", vpc.id, main=True)
        table.main_association_id = f"rtbassoc-{derived(17, vpc.id)}"
        self.ec2.route_tables[table.id] = table
        self.ec2.create_route(table.id, vpc.cidr_block, local=True)

    def Subnets(self, d: Doc) -> None:
        name = d.get("AvailabilityZone") or f"{self.region}a"
        known = {z.name: z for z in self.ec2.zones.get(self.region, [])}
        zone = known.get(name)
        if zone is None or d.get("AvailabilityZoneId", zone.zone_id) != zone.zone_id:
            zone = Zone(name, self.region, d.get("AvailabilityZoneId") or f"{name}-id")
        subnet = Subnet(self.ec2, d["SubnetId"], d["VpcId"], d["CidrBlock"], None, zone, False,
                        False)
        subnet.add_tags(tags_of(d))
        subnet.told_free, subnet.told_owner = d.get("AvailableIpAddressCount"), d.get("OwnerId")
        self.ec2.subnets[name][subnet.id] = subnet

    def SecurityGroups(self, d: Doc) -> None:
        group = SecurityGroup(self.ec2, d["GroupId"], d.get("GroupName", d["GroupId"]),
                              d.get("Description", d["GroupId"]), d["VpcId"], tags_of(d))
        group.ingress_rules = self.permissions(group.id, d.get("IpPermissions") or [], False)
        if "IpPermissionsEgress" in d:
            group.egress_rules = self.permissions(group.id, d["IpPermissionsEgress"], True)
        for n, rule in enumerate([*group.ingress_rules, *group.egress_rules]):
            rule.id = f"sgr-{derived(17, group.id, n)}"
        self.ec2.groups[d["VpcId"]][group.id] = group

    def permissions(self, group: str, rows: list[Doc], egress: bool) -> list[SecurityGroupRule]:
        out = []
        for row in rows:
            def rule(**kw: Any) -> None:
                out.append(SecurityGroupRule(
                    self.ec2, row.get("IpProtocol", "-1"), group, row.get("FromPort"),
                    row.get("ToPort"), kw.pop("ip_range", None), is_egress=egress, **kw))
            for r in [*row.get("IpRanges", []), *row.get("Ipv6Ranges", [])]:
                rule(ip_range=r)
            for r in row.get("UserIdGroupPairs", []):
                rule(source_group={"OwnerId": self.account, "UserId": self.account, **r})
            for r in row.get("PrefixListIds", []):
                rule(prefix_list_id=r)
        return out

    def NetworkAcls(self, d: Doc) -> None:
        acl = NetworkAcl(self.ec2, d["NetworkAclId"], d["VpcId"], bool(d.get("IsDefault")))
        acl.add_tags(tags_of(d))
        for e in d.get("Entries") or []:
            ports = e.get("PortRange") or {}
            acl.network_acl_entries.append(NetworkAclEntry(
                self.ec2, acl.id, int(e["RuleNumber"]), str(e.get("Protocol", "-1")),
                e["RuleAction"], bool(e.get("Egress")), e.get("CidrBlock"), None, None,
                ports.get("From"), ports.get("To"), e.get("Ipv6CidrBlock")))
        for a in d.get("Associations") or []:
            self.associate(acl, a["SubnetId"])
        self.ec2.network_acls[acl.id] = acl

    def associate(self, acl: NetworkAcl, subnet: str) -> None:
        ident = f"aclassoc-{derived(17, acl.id, subnet)}"
        acl._associations[ident] = NetworkAclAssociation(self.ec2, ident, subnet, acl.id)

    def NetworkInterfaces(self, d: Doc) -> None:
        groups = [g["GroupId"] if isinstance(g, dict) else g for g in d.get("Groups") or []]
        subnet = self.ec2.get_subnet(d["SubnetId"])
        eni = NetworkInterface(self.ec2, subnet, d["PrivateIpAddress"], group_ids=groups or ["-"],
                               description=d.get("Description", ""), tags=tags_of(d))
        if not groups:
            eni._group_set = []
            self.ec2.groups[subnet.vpc_id].pop("-", None)
        eni.id = d["NetworkInterfaceId"]
        eni.mac_address = "02:" + ":".join(derived(10, eni.id)[i:i + 2] for i in range(0, 10, 2))
        eni.interface_type = d.get("InterfaceType", "interface")
        eni.status = d.get("Status", "in-use")
        eni.requester_id = d.get("RequesterId", "amazon-elb")
        eni.requester_managed = bool(d.get("RequesterManaged", True))
        eni.public_ip = (d.get("Association") or {}).get("PublicIp")
        self.ec2.enis[eni.id] = eni

    def settle(self) -> None:
        """The default ACL of each VPC, for the subnets that no other names."""
        acls = list(self.ec2.network_acls.values())
        bound = {a.subnet_id for acl in acls for a in acl.associations}
        for vpc in self.ec2.vpcs.values():
            acl = next((x for x in acls if x.vpc_id == vpc.id and x.default), None)
            if acl is None:
                acl = NetworkAcl(self.ec2, f"acl-{derived(17, vpc.id)}", vpc.id, True)
                self.ec2.network_acls[acl.id] = acl
                self.ec2.add_default_entries(acl.id)
            for zone in self.ec2.subnets.values():
                for subnet in zone.values():
                    if subnet.vpc_id == vpc.id and subnet.id not in bound:
                        self.associate(acl, subnet.id)


class Balancers:
    def __init__(self, account: str, region: str):
        self.account, self.region = account, region
        self.elb, self.ec2 = elbv2_backends[account][region], ec2_backends[account][region]

    def TargetGroups(self, d: Doc) -> None:
        group = elb.FakeTargetGroup(
            d["TargetGroupName"], self.account, self.region, d.get("VpcId"), d.get("Protocol"),
            d.get("Port"), d.get("ProtocolVersion"), d.get("HealthCheckProtocol"),
            d.get("HealthCheckPort"), d.get("HealthCheckPath"),
            matcher=d.get("Matcher"), target_type=d.get("TargetType"))
        group.arn = d["TargetGroupArn"]
        group.load_balancer_arns = list(d.get("LoadBalancerArns") or [])
        group.attributes |= {k: v for k, v in (d.get("Attributes") or {}).items()}
        for row in d.get("TargetHealthDescriptions") or []:
            target, health = row["Target"], row.get("TargetHealth") or {}
            port = int(target.get("Port") or d.get("Port") or 0)
            group.targets[target["Id"]] = {"Id": target["Id"], "Port": port}
            if health.get("State", "healthy") != "healthy":
                ext_elbv2.HEALTH[(group.arn, target["Id"])] = (health["State"],
                                                               health.get("Reason"))
            else:
                ext_elbv2.HEALTH.pop((group.arn, target["Id"]), None)
        self.elb.target_groups[group.arn] = group
        self.elb.tagging_service.tag_resource(group.arn, [
            {"Key": k, "Value": v} for k, v in tags_of(d).items()])

    def LoadBalancers(self, d: Doc) -> None:
        ids = [z["SubnetId"] for z in d.get("AvailabilityZones") or []]
        subnets = [self.ec2.get_subnet(s) for s in ids]
        lb = elb.FakeLoadBalancer(
            d["LoadBalancerName"], list(d.get("SecurityGroups") or []), subnets,
            d.get("VpcId") or (subnets[0].vpc_id if subnets else None), d["LoadBalancerArn"],
            d["DNSName"], (d.get("State") or {}).get("Code", "active"),
            d.get("Scheme", "internal"), d["Type"], d.get("IpAddressType", "ipv4"))
        lb.canonical_hosted_zone_id = d.get("CanonicalHostedZoneId") or ext_elbv2.ZONES[lb.type]
        lb.attrs |= {k: str(v) for k, v in (d.get("Attributes") or {}).items()}
        lb.addresses = {z["SubnetId"]: z["LoadBalancerAddresses"]
                        for z in d.get("AvailabilityZones") or [] if z.get("LoadBalancerAddresses")}
        enforced = "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"
        if lb.type == "network" and (lb.security_groups or d.get(enforced)):
            lb.enforce_security_group_inbound_rules_on_private_link_traffic = d.get(enforced, "on")
        self.elb.load_balancers[lb.arn] = lb
        self.elb.tagging_service.tag_resource(lb.arn, [
            {"Key": k, "Value": v} for k, v in tags_of(d).items()])

    def Listeners(self, d: Doc) -> None:
        chosen = [c["CertificateArn"] for c in d.get("Certificates") or []]
        listener = elb.FakeListener(
            d["LoadBalancerArn"], d["ListenerArn"], d["Protocol"], int(d["Port"]),
            d.get("SslPolicy"), chosen[0] if chosen else None,
            self.actions(d["LoadBalancerArn"], d.get("DefaultActions") or []), None)
        listener.certificates, listener.alpn_policy = chosen, d.get("AlpnPolicy")
        listener.mutual_authentication = d.get("MutualAuthentication")
        for rule in listener._default_rule.values():
            base = listener.arn.replace(":listener/", ":listener-rule/")
            rule.arn = f"{base}/{derived(16, listener.arn)}"
        for row in d.get("Rules") or []:
            if row.get("IsDefault") or row["Priority"] == "default":
                for rule in listener._default_rule.values():
                    rule.arn = row.get("RuleArn", rule.arn)
                continue
            rule = elb.FakeListenerRule(
                listener.arn, row["RuleArn"],
                ext_elbv2.both_spellings(row.get("Conditions") or []), str(row["Priority"]),
                self.actions(d["LoadBalancerArn"], row.get("Actions") or []))
            rule.transforms = row.get("Transforms") or []
            listener._non_default_rules[rule.arn] = rule
        self.elb.load_balancers[d["LoadBalancerArn"]].listeners[listener.arn] = listener
        self.elb.tagging_service.tag_resource(listener.arn, [
            {"Key": k, "Value": v} for k, v in tags_of(d).items()])

    def actions(self, balancer: str, rows: list[Doc]) -> list[elb.FakeAction]:
        made = []
        for row in rows:
            action = elb.FakeAction(row)
            for group in (action.data.get("ForwardConfig") or {}).get("TargetGroups") or []:
                known = self.elb.target_groups.get(group["TargetGroupArn"])
                if known is not None and balancer not in known.load_balancer_arns:
                    known.load_balancer_arns.append(balancer)
            made.append(action)
        return made
