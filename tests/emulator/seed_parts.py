"""The building blocks of every seeded account: network, chains, REST APIs."""
from __future__ import annotations

import json
from typing import Any

Doc = dict[str, Any]


def tags(**kv: str) -> list[dict[str, str]]:
    return [{"Key": k, "Value": v} for k, v in kv.items()]


class World:
    """What has been made so far, by name; `answer()` is what a seed returns."""

    def __init__(self, aws: Any):
        self.aws = aws
        self.vpc = ""
        self.subnets: list[str] = []
        self.certificate = ""
        self.groups: dict[str, str] = {}
        self.load_balancers: dict[str, Doc] = {}
        self.target_groups: dict[str, str] = {}
        self.listeners: dict[str, str] = {}
        self.links: dict[str, str] = {}
        self.v2_links: dict[str, str] = {}
        self.apis: dict[str, Doc] = {}
        self.other: Doc = {}

    def answer(self) -> Doc:
        return {"vpc": self.vpc, "subnets": self.subnets, "security_groups": self.groups,
                "certificate": self.certificate, "load_balancers": self.load_balancers,
                "target_groups": self.target_groups, "listeners": self.listeners,
                "links": self.links, "v2_links": self.v2_links, "apis": self.apis, **self.other}

    def dns(self, name: str) -> str:
        return self.load_balancers[name]["dns"]

    # -- network -------------------------------------------------------------------

    def network(self) -> None:
        ec2 = self.aws.ec2
        self.vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16", TagSpecifications=[
            {"ResourceType": "vpc", "Tags": tags(Name="core", Env="prod")}])["Vpc"]["VpcId"]
        for i, zone in enumerate("abc"):
            self.subnets.append(ec2.create_subnet(
                VpcId=self.vpc, CidrBlock=f"10.20.{i}.0/24",
                AvailabilityZone=f"{self.aws.region}{zone}", TagSpecifications=[
                    {"ResourceType": "subnet", "Tags": tags(Name=f"private-{zone}")}],
            )["Subnet"]["SubnetId"])
        for name, text in (("nlb-sg", "NLB front"), ("alb-sg", "ALB front"), ("app-sg", "tasks"),
                           ("alb-cidr-sg", "ALB by CIDR")):
            self.groups[name] = ec2.create_security_group(
                GroupName=name, Description=text, VpcId=self.vpc, TagSpecifications=[
                    {"ResourceType": "security-group", "Tags": tags(Name=name)}])["GroupId"]
        # alb-sg trusts only the NLB's group: the rule that breaks when the NLB goes away
        for group, ports, source in (
                ("alb-sg", (80, 443), {"UserIdGroupPairs": [
                    {"GroupId": self.groups["nlb-sg"], "Description": "from NLB"}]}),
                ("alb-cidr-sg", (80, 443), {"IpRanges": [
                    {"CidrIp": "10.20.0.0/16", "Description": "VPC"}]}),
                ("nlb-sg", (80, 443), {"IpRanges": [
                    {"CidrIp": "10.20.0.0/16", "Description": "VPC"}]}),
                ("app-sg", (8080,), {"UserIdGroupPairs": [{"GroupId": self.groups["alb-sg"]}]})):
            ec2.authorize_security_group_ingress(GroupId=self.groups[group], IpPermissions=[
                {"IpProtocol": "tcp", "FromPort": p, "ToPort": p, **source} for p in ports])
        self.certificate = self.aws.acm.request_certificate(
            DomainName="api.internal.example.com")["CertificateArn"]

    # -- load balancers ------------------------------------------------------------

    def balancer(self, name: str, kind: str, groups: list[str] | None = None,
                 **kw: Any) -> str:
        if groups:
            kw["SecurityGroups"] = [self.groups[g] for g in groups]
        made = self.aws.elbv2.create_load_balancer(
            Name=name, Type=kind, Scheme=kw.pop("Scheme", "internal"), Subnets=self.subnets,
            Tags=tags(App=name.rsplit("-", 1)[0]), **kw)["LoadBalancers"][0]
        if groups and kind == "network":
            # Its group names addresses of the VPC, and what comes over a link has none of those.
            self.aws.elbv2.set_security_groups(
                LoadBalancerArn=made["LoadBalancerArn"], SecurityGroups=kw["SecurityGroups"],
                EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic="off")
        self.load_balancers[name] = {"arn": made["LoadBalancerArn"], "dns": made["DNSName"],
                                     "type": kind}
        return made["LoadBalancerArn"]

    def target_group(self, name: str, kind: str, protocol: str, port: int,
                     targets: list[str], **kw: Any) -> str:
        elb = self.aws.elbv2
        arn = elb.create_target_group(
            Name=name, TargetType=kind, Protocol=protocol, Port=port, VpcId=self.vpc,
            **kw)["TargetGroups"][0]["TargetGroupArn"]
        if targets:
            elb.register_targets(TargetGroupArn=arn,
                                 Targets=[{"Id": t, "Port": port} for t in targets])
        self.target_groups[name] = arn
        return arn

    def listener(self, balancer: str, protocol: str, port: int, group: str) -> str:
        kw: Doc = {}
        if protocol in ("HTTPS", "TLS"):
            kw = {"Certificates": [{"CertificateArn": self.certificate}],
                  "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"}
        arn = self.aws.elbv2.create_listener(
            LoadBalancerArn=self.load_balancers[balancer]["arn"], Protocol=protocol, Port=port,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": self.target_groups[group]}],
            **kw)["Listeners"][0]["ListenerArn"]
        self.listeners[f"{balancer}:{port}"] = arn
        return arn

    def alb(self, app: str, group: str = "alb-cidr-sg", https: bool = False, **kw: Any) -> str:
        """An ALB in front of ip targets; returns its ARN."""
        arn = self.balancer(f"{app}-alb", "application", [group], **kw)
        self.target_group(f"{app}-tasks", "ip", "HTTP", 8080,
                          [f"10.20.{200 + i}.{10 + i}" for i in range(3)], HealthCheckPath="/healthz")
        self.listener(f"{app}-alb", "HTTP", 80, f"{app}-tasks")
        if https:
            self.listener(f"{app}-alb", "HTTPS", 443, f"{app}-tasks")
        return arn

    def bridge(self, app: str, ports: tuple[int, ...] = (80,), alb: str | None = None) -> None:
        """An NLB whose TCP listeners forward to `alb` target groups of the app's ALB."""
        name = alb or f"{app}-alb"
        self.balancer(f"{app}-nlb", "network", ["nlb-sg"])
        for port in ports:
            self.target_group(f"{app}-alb-{port}", "alb", "TCP", port,
                              [self.load_balancers[name]["arn"]], HealthCheckProtocol="HTTP",
                              HealthCheckPath="/healthz")
            self.listener(f"{app}-nlb", "TCP", port, f"{app}-alb-{port}")

    def link(self, name: str, nlb: str) -> str:
        self.links[name] = self.aws.apigateway.create_vpc_link(
            name=name, description=f"v1 link to {nlb}",
            targetArns=[self.load_balancers[nlb]["arn"]],
            tags={"Team": name.rsplit("-", 1)[0], "ManagedBy": "terraform"})["id"]
        return self.links[name]

    def chain(self, app: str, **kw: Any) -> None:
        """Link v1 -> NLB TCP:80 -> ALB HTTP:80, admitted by CIDR."""
        self.alb(app, **kw)
        self.bridge(app)
        self.link(f"{app}-link", f"{app}-nlb")

    # -- REST APIs -----------------------------------------------------------------

    def rest_api(self, name: str, **kw: Any) -> "RestApi":
        return RestApi(self, name, **kw)


class RestApi:
    """One REST API, built path by path; it enters World.apis as it grows."""

    def __init__(self, world: World, name: str, **kw: Any):
        kw.setdefault("endpointConfiguration", {"types": ["REGIONAL"]})
        self.client = world.aws.apigateway
        made = self.client.create_rest_api(name=name, **kw)
        self.id = made["id"]
        self.paths = {"/": made["rootResourceId"]}
        self.stages: dict[str, str] = {}
        self.doc = world.apis[name] = {"id": self.id, "type": "REST", "resources": self.paths,
                                       "stages": self.stages}

    def resource(self, path: str) -> str:
        if path not in self.paths:
            parent, part = path.rsplit("/", 1)
            self.paths[path] = self.client.create_resource(
                restApiId=self.id, parentId=self.resource(parent or "/"), pathPart=part)["id"]
        return self.paths[path]

    def method(self, verb: str, path: str, kind: str, uri: str | None = None,
               link: str | None = None, auth: str = "NONE", **integration: Any) -> None:
        where = {"restApiId": self.id, "resourceId": self.resource(path), "httpMethod": verb}
        names = [part.strip("{}+") for part in path.split("/") if part.startswith("{")]
        params = {f"method.request.path.{n}": True for n in names}
        self.client.put_method(**where, authorizationType=auth,
                               **({"requestParameters": params} if params else {}))
        if kind != "MOCK":
            integration.setdefault("integrationHttpMethod", verb)
        if uri:
            integration["uri"] = uri
        if link:
            integration |= {"connectionType": "VPC_LINK", "connectionId": link}
        if names and kind.startswith("HTTP"):
            integration["requestParameters"] = {
                f"integration.request.path.{n}": f"method.request.path.{n}" for n in names
            } | integration.get("requestParameters", {})
        self.client.put_integration(**where, type=kind, **integration)
        if kind == "HTTP":
            # the empty template comes back as JSON null, as on AWS
            self.client.put_method_response(**where, statusCode="200")
            self.client.put_integration_response(**where, statusCode="200",
                                                 responseTemplates={"application/json": ""})

    def deploy(self, stage: str | None = None, **kw: Any) -> str:
        if stage:
            kw["stageName"] = stage
        made = self.client.create_deployment(restApiId=self.id, **kw)["id"]
        if stage and "canarySettings" not in kw:
            self.stages[stage] = made
        return made

    def stage(self, name: str, deployment: str, **kw: Any) -> None:
        self.client.create_stage(restApiId=self.id, stageName=name, deploymentId=deployment, **kw)
        self.stages[name] = deployment


def policy(effect: str = "Allow") -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": effect, "Principal": "*", "Action": "execute-api:Invoke",
         "Resource": "execute-api:/*"}]})
