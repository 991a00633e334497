"""Scenarios `light` and `organization`: many accounts at once, each a little different.

An account is made as a world (5 ms), not call by call.  What makes many accounts more than one
account many times: some load balancers are used from another account, which nobody sees who looks
at their own account only.

    alias          a Route 53 record names an NLB of another account
    distribution   a CloudFront distribution has one as its origin
    accelerator    a Global Accelerator has one as its endpoint
"""
from __future__ import annotations

import time
from typing import Any, Callable

from moto.utilities.utils import get_partition

import accounts
import organizations
import shelf
import world
from shelf import ident

Doc = dict[str, Any]
APPS = ("payments", "catalog", "search", "billing", "reports", "mail", "stock", "carts")
# how many bridges an account has, in turn; an account with none is a likely one
BRIDGES = (4, 2, 0, 1, 1, 3, 0, 1)
ZONE = "Z26RNL4JYFTOTI"                         # of every NLB here, as ext_elbv2 has it
ROLE = "unbridge-audit"


# --------------------------------------------------------------------- one account

class Light:
    """One account and region as a document for world: so many bridges, of which the third has a
    listener, too, that bridges nothing."""

    def __init__(self, account: str, region: str, bridges: int, turn: int):
        self.account, self.region = account, region
        partition = get_partition(region)
        self.suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
        self.elb = f"arn:{partition}:elasticloadbalancing:{region}:{account}:"
        self.apps = [APPS[(turn + n) % len(APPS)] for n in range(bridges)]
        self.nlbs: dict[str, Doc] = {}          # name -> arn, dns
        vpc = f"vpc-{self.key(17, 'vpc')}"
        self.subnets = [f"subnet-{self.key(17, 'subnet', zone)}" for zone in "ab"]
        self.group = f"sg-{self.key(17, 'sg')}"
        self.doc: Doc = {
            "Vpcs": [{"VpcId": vpc, "CidrBlock": "10.40.0.0/16", "Tags": {"Name": "core"}}],
            "Subnets": [{"SubnetId": s, "VpcId": vpc, "CidrBlock": f"10.40.{n}.0/24",
                         "AvailabilityZone": f"{region}{'ab'[n]}"}
                        for n, s in enumerate(self.subnets)],
            "SecurityGroups": [{
                "GroupId": self.group, "GroupName": "balancers", "VpcId": vpc,
                "Description": "load balancers", "IpPermissions": [
                    {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80,
                     "IpRanges": [{"CidrIp": "10.40.0.0/16"}]}]}]}
        for n, app in enumerate(self.apps):
            self.bridge(app, vpc, n, half=n == 2)

    def key(self, length: int, *parts: Any) -> str:
        return ident(length, self.account, self.region, *parts)

    def add(self, section: str, doc: Doc) -> Doc:
        self.doc.setdefault(section, []).append(doc)
        return doc

    def balancer(self, app: str, kind: str, n: int) -> str:
        name, tail = f"{app}-{'nlb' if kind == 'network' else 'alb'}", self.key(16, app, kind)
        path = f"{'net' if kind == 'network' else 'app'}/{name}/{tail}"
        dns = f"{name}-{tail}.elb.{self.region}.{self.suffix}" if kind == "network" else \
            f"internal-{name}-{int(tail[:8], 16)}.{self.region}.elb.{self.suffix}"
        arn = f"{self.elb}loadbalancer/{path}"
        self.add("LoadBalancers", {
            "LoadBalancerArn": arn, "LoadBalancerName": name, "DNSName": dns, "Type": kind,
            "Scheme": "internal", "SecurityGroups": [self.group] if kind == "application" else [],
            "AvailabilityZones": [{"SubnetId": s} for s in self.subnets], "Tags": {"App": app}})
        for zone, subnet in enumerate(self.subnets):
            host = 10 + 4 * n + 2 * (kind == "network")
            self.add("NetworkInterfaces", {
                "NetworkInterfaceId": f"eni-{self.key(17, app, kind, zone)}", "SubnetId": subnet,
                "PrivateIpAddress": f"10.40.{zone}.{host}", "Description": f"ELB {path}",
                "InterfaceType": "network_load_balancer" if kind == "network" else "interface",
                "Groups": [{"GroupId": self.group}] if kind == "application" else []})
        if kind == "network":
            self.nlbs[name] = {"arn": arn, "dns": dns}
        return arn

    def target_group(self, name: str, vpc: str, kind: str, protocol: str, port: int,
                     target: str) -> str:
        arn = f"{self.elb}targetgroup/{name}/{self.key(16, name)}"
        self.add("TargetGroups", {
            "TargetGroupArn": arn, "TargetGroupName": name, "TargetType": kind,
            "Protocol": protocol, "Port": port, "VpcId": vpc,
            "TargetHealthDescriptions": [{"Target": {"Id": target, "Port": port}}]})
        return arn

    def listener(self, balancer: str, protocol: str, port: int, group: str) -> None:
        arn = balancer.replace(":loadbalancer/", ":listener/")
        self.add("Listeners", {
            "ListenerArn": f"{arn}/{self.key(16, balancer, port)}", "LoadBalancerArn": balancer,
            "Protocol": protocol, "Port": port,
            "DefaultActions": [{"Type": "forward", "TargetGroupArn": group}]})

    def bridge(self, app: str, vpc: str, n: int, half: bool) -> None:
        alb, nlb = self.balancer(app, "application", n), self.balancer(app, "network", n)
        self.listener(alb, "HTTP", 80, self.target_group(f"{app}-tasks", vpc, "ip", "HTTP", 8080,
                                                         f"10.40.0.{100 + n}"))
        self.listener(nlb, "TCP", 80, self.target_group(f"{app}-alb", vpc, "alb", "TCP", 80, alb))
        if half:
            self.listener(nlb, "TCP", 9000, self.target_group(f"{app}-raw", vpc, "ip", "TCP", 9000,
                                                              f"10.40.1.{100 + n}"))
        link = self.key(6, app, "link")
        self.add("VpcLinks", {"id": link, "name": f"{app}-link", "targetArns": [nlb]})
        self.add("RestApis", {
            "id": self.key(10, app, "api"), "name": f"{app}-api",
            "endpointConfiguration": {"types": ["REGIONAL"]},
            "resources": [{"path": "/{proxy+}", "resourceMethods": {"ANY": {
                "authorizationType": "NONE",
                "requestParameters": {"method.request.path.proxy": True},
                "methodIntegration": {
                    "type": "HTTP_PROXY", "httpMethod": "ANY", "connectionType": "VPC_LINK",
                    "uri": f"http://{self.nlbs[f'{app}-nlb']['dns']}/{{proxy}}",
                    "connectionId": link, "requestParameters": {
                        "integration.request.path.proxy": "method.request.path.proxy"}}}}}],
            "deployments": [{"id": self.key(6, app, "deployment")}],
            "stages": [{"stageName": "prod", "deploymentId": self.key(6, app, "deployment")}]})

    def build(self) -> Doc:
        world.build(self.account, self.region, self.doc)
        return {"account": self.account, "region": self.region, "bridges": len(self.apps),
                "load_balancers": self.nlbs,
                "links": {x["name"]: x["id"] for x in self.doc.get("VpcLinks", [])},
                "apis": {x["name"]: x["id"] for x in self.doc.get("RestApis", [])}}


# --------------------------------------------------------------------- from account to account

def alias(aws: Any, name: str, nlb: Doc) -> None:
    zone = aws.route53.create_hosted_zone(
        Name="internal.example.com", CallerReference=f"{aws.account}-{name}-{time.time()}")
    aws.route53.change_resource_record_sets(
        HostedZoneId=zone["HostedZone"]["Id"], ChangeBatch={"Changes": [
            {"Action": "CREATE", "ResourceRecordSet": {
                "Name": f"{name}.internal.example.com", "Type": "A", "AliasTarget": {
                    "HostedZoneId": ZONE, "DNSName": f"{nlb['dns']}.",
                    "EvaluateTargetHealth": False}}}]})


def distribution(aws: Any, name: str, nlb: Doc) -> None:
    aws.cloudfront.create_distribution(DistributionConfig={
        "CallerReference": f"{aws.account}-{name}", "Comment": name, "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [{
            "Id": "backend", "DomainName": nlb["dns"], "CustomOriginConfig": {
                "HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "http-only"}}]},
        "DefaultCacheBehavior": {"TargetOriginId": "backend",
                                 "ViewerProtocolPolicy": "redirect-to-https"}})


def accelerator(aws: Any, name: str, nlb: Doc) -> None:
    with accounts.of(aws.account).lock:
        shelf.put(aws.account, aws.region, "accelerators", [{
            "Name": f"{name}-accelerator", "Listeners": [{"EndpointGroups": [
                {"EndpointGroupRegion": aws.region,
                 "EndpointDescriptions": [{"EndpointId": nlb["arn"]}]}]}]}])


USERS: dict[str, Callable[[Any, str, Doc], None]] = {
    "alias": alias, "distribution": distribution, "accelerator": accelerator}


def use(into: Callable[[str, str], Any], kind: str, user: Doc, owner: Doc, name: str) -> Doc:
    """A user in one account of an NLB in another."""
    nlb = owner["load_balancers"][name]
    USERS[kind](into(user["account"], owner["region"]), name.removesuffix("-nlb"), nlb)
    return {"kind": kind, "user": user["account"], "owner": owner["account"],
            "load_balancer": nlb["arn"], "dns": nlb["dns"]}


def light(into: Callable[[str, str], Any], wanted: list[str], regions: list[str]) -> Doc:
    """`into` gives SDK clients into an account.  The last accounts use NLBs of the first ones."""
    made = [Light(account, region, BRIDGES[(turn + n) % len(BRIDGES)], turn + n).build()
            for turn, account in enumerate(wanted) for n, region in enumerate(regions)]
    here = [row for row in made if row["region"] == regions[0]]
    # each account's first one before anybody's second
    owners = sorted(((n, row["account"], row, name) for row in here
                     for n, name in enumerate(row["load_balancers"])), key=lambda x: x[:2])
    users, crossing = here[::-1], []
    for kind, (_n, owner, row, name) in zip(kinds(regions[0]), owners):
        user = next((u for u in users if u["account"] != owner), None)
        if user:
            users.remove(user)
            crossing.append(use(into, kind, user, row, name))
    return {"accounts": made, "crossing": crossing}


def kinds(region: str) -> list[str]:
    """Global Accelerator is in the commercial partition only, CloudFront not in GovCloud."""
    return {"aws": list(USERS), "aws-cn": ["alias", "distribution"]}.get(get_partition(region),
                                                                         ["alias"])


# --------------------------------------------------------------------- an organization

def organization(into: Callable[[str, str], Any], management: str, regions: list[str],
                 members: int = 6, role: str = ROLE, external_id: str | None = None,
                 short_pages: bool = True, filled: bool = True) -> Doc:
    """Nested units; the last account is closed, the one before lacks the role, in the one before
    that the role trusts somebody else.  `filled` False: the accounts are empty."""
    if not 4 <= members <= 10000:
        raise ValueError("members: 4 to 10000")
    ids = [f"{int(management) + n + 1:012d}" for n in range(members)]
    closed, lacking, refusing = ids[-1], ids[-2], ids[-3]
    readable = ids[:-3]
    trusted: Doc = {"name": role, "trusts": [management]}
    if external_id:
        trusted["external_id"] = external_id

    def member(key: str, **kw: Any) -> Doc:
        n = ids.index(key)
        return {"id": key, "name": f"{APPS[n % len(APPS)]}-{n + 1}", "tags": {
            "env": "prod" if n % 3 else "dev", "team": APPS[n % len(APPS)]}, **kw}
    tree = {"ous": [
        {"name": "Workloads", "ous": [
            {"name": "Prod", "tags": {"tier": "1"}, "accounts": [member(k) for k in readable[0::2]],
             "ous": [{"name": "Payments", "accounts": [member(k) for k in readable[1::2]]}]},
            {"name": "Dev", "accounts": [
                member(refusing, roles=[{**trusted, "trusts": ["999999999999"]}])]}]},
        {"name": "Sandbox", "accounts": [member(lacking, roles=[])]},
        {"name": "Suspended", "accounts": [member(closed, status="SUSPENDED")]}]}
    made = organizations.make({
        "management": {"id": management, "name": "management", "roles": [trusted]},
        "partition": get_partition(regions[0]), "roles": [trusted], "short_pages": short_pages,
        "tree": tree})
    answer: Doc = {"organization": made, "role": role, "members": ids, "readable": readable,
                   "closed": closed, "lacking": lacking, "refusing": refusing,
                   "accounts": [], "crossing": []}
    if filled:
        contents = light(into, readable, regions)
        unread = light(into, [refusing, lacking], regions)
        # a user where nobody can look: its account has to be named as unseen
        owner = contents["accounts"][0]
        hidden = use(into, "alias", {"account": lacking}, owner, list(owner["load_balancers"])[-1])
        answer["accounts"] = [*contents["accounts"], *unread["accounts"]]
        answer["crossing"] = [*contents["crossing"], *unread["crossing"]]
        answer["hidden"] = [hidden]
    return answer
