"""Scenario `sources`: one bridge for each thing that may use an NLB or stand in a move's way.

Every part is an app of its own: <app>-link -> <app>-nlb -> <app>-alb, and <app>-api with
ANY /{proxy+} deployed to prod, with the one peculiarity that PARTS names.  `only` picks parts.
"""
from __future__ import annotations

from typing import Any, Callable

import accounts
import shelf
from seed_parts import World
from seed_reference import proxy_api

Doc = dict[str, Any]
HOST = "api.internal.example.com"


def put(w: World, kind: str, *items: Doc) -> list[Doc]:
    with accounts.of(w.aws.account).lock:
        return shelf.put(w.aws.account, w.aws.region, kind, list(items))


def bridge(w: World, app: str, **kw: Any) -> Any:
    w.chain(app, **kw)
    return proxy_api(w, app)


def arn(w: World, app: str, kind: str = "nlb") -> str:
    return w.load_balancers[f"{app}-{kind}"]["arn"]


# --------------------------------------------------------------------- other users of the NLB

def zone(w: World) -> str:
    if "hosted_zone" not in w.other:
        made = w.aws.route53.create_hosted_zone(
            Name="sources.example.com", CallerReference=w.aws.account)["HostedZone"]["Id"]
        w.other["hosted_zone"] = made.split("/")[-1]
    return w.other["hosted_zone"]


def record(w: World, name: str, kind: str, **kw: Any) -> None:
    w.aws.route53.change_resource_record_sets(HostedZoneId=zone(w), ChangeBatch={"Changes": [
        {"Action": "CREATE", "ResourceRecordSet": {
            "Name": f"{name}.sources.example.com", "Type": kind, **kw}}]})


def alias(w: World, app: str) -> None:
    bridge(w, app)
    record(w, app, "A", AliasTarget={"HostedZoneId": "Z26RNL4JYFTOTI", "DNSName":
                                     f"dualstack.{w.dns(f'{app}-nlb')}.",
                                     "EvaluateTargetHealth": True})


def cname(w: World, app: str) -> None:
    bridge(w, app)
    record(w, app, "CNAME", TTL=60, ResourceRecords=[{"Value": w.dns(f"{app}-nlb")}])


def accelerator(w: World, app: str) -> None:
    bridge(w, app)
    put(w, "accelerators", {"Name": f"{app}-accelerator", "Listeners": [{"EndpointGroups": [
        {"EndpointGroupRegion": w.aws.region,
         "EndpointDescriptions": [{"EndpointId": arn(w, app)}]}]}]})


def distribution(w: World, app: str, origin: Doc) -> None:
    w.aws.cloudfront.create_distribution(DistributionConfig={
        "CallerReference": app, "Comment": app, "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [{"Id": "backend", **origin}]},
        "DefaultCacheBehavior": {"TargetOriginId": "backend",
                                 "ViewerProtocolPolicy": "redirect-to-https"}})


def origin_domain(w: World, app: str) -> None:
    bridge(w, app)
    distribution(w, app, {"DomainName": w.dns(f"{app}-nlb"), "CustomOriginConfig": {
        "HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "http-only"}})


def origin_vpc(w: World, app: str) -> None:
    bridge(w, app)
    [made] = put(w, "vpc_origins", {"OriginEndpointArn": arn(w, app), "Name": app})
    distribution(w, app, {"DomainName": w.dns(f"{app}-nlb"),
                          "VpcOriginConfig": {"VpcOriginId": made["Id"]}})


def verified(w: World, app: str) -> None:
    bridge(w, app)
    put(w, "verified_access_endpoints", {"LoadBalancerOptions": {
        "LoadBalancerArn": arn(w, app), "Protocol": "http", "Port": 80,
        "SubnetIds": w.subnets}})


def mirror(w: World, app: str) -> None:
    bridge(w, app)
    w.aws.ec2.create_traffic_mirror_target(NetworkLoadBalancerArn=arn(w, app), Description=app)


def dimension(w: World, app: str) -> list[Doc]:
    return [{"Name": "LoadBalancer", "Value": arn(w, app).split("loadbalancer/")[1]}]


def alarm(w: World, app: str) -> None:
    bridge(w, app)
    w.aws.cloudwatch.put_metric_alarm(
        AlarmName=f"{app}-low", Namespace="AWS/NetworkELB", MetricName="NewFlowCount",
        Dimensions=dimension(w, app), Statistic="Sum", Period=300, EvaluationPeriods=3,
        Threshold=1.0, ComparisonOperator="LessThanThreshold", TreatMissingData="breaching",
        AlarmActions=[f"arn:aws:sns:{w.aws.region}:{w.aws.account}:pager"])


def alarm_math(w: World, app: str) -> None:
    bridge(w, app)
    w.aws.cloudwatch.put_metric_alarm(
        AlarmName=f"{app}-rate", EvaluationPeriods=1, Threshold=10.0,
        ComparisonOperator="LessThanThreshold", Metrics=[
            {"Id": "rate", "Expression": "bytes / 60", "ReturnData": True},
            {"Id": "bytes", "ReturnData": False, "MetricStat": {"Stat": "Sum", "Period": 60,
             "Metric": {"Namespace": "AWS/NetworkELB", "MetricName": "ProcessedBytes",
                        "Dimensions": dimension(w, app)}}}])


def flows(w: World, app: str) -> None:
    """Traffic of 40 days in the NLB's metrics."""
    put(w, "metrics", *[
        {"Namespace": "AWS/NetworkELB", "MetricName": name, "StartTime": -40 * 86400,
         "Period": 3600, "Value": value, "Dimensions": dimension(w, app)}
        for name, value in (("ActiveFlowCount", 12), ("NewFlowCount", 40),
                            ("ProcessedBytes", 1e6), ("ConsumedLCUs", 0.1))])


# --------------------------------------------------------------------- TLS

def tls(w: World, app: str, **certificate: Any) -> None:
    """API https -> NLB TLS:443 -> the ALB's nodes, HTTPS:443 with a certificate of its own."""
    made = w.aws.acm.request_certificate(
        DomainName=certificate.pop("DomainName", HOST))["CertificateArn"]
    if certificate:
        put(w, "certificates", {"CertificateArn": made, **certificate})
    fitting, w.certificate = w.certificate, made
    w.alb(app, https=True)
    w.certificate = fitting
    tail = arn(w, app, "alb").split("loadbalancer/")[1]
    nodes = w.aws.ec2.describe_network_interfaces(
        Filters=[{"Name": "description", "Values": [f"ELB {tail}"]}])["NetworkInterfaces"]
    w.balancer(f"{app}-nlb", "network", ["nlb-sg"])
    w.target_group(f"{app}-nodes", "ip", "TLS", 443, [n["PrivateIpAddress"] for n in nodes])
    w.listener(f"{app}-nlb", "TLS", 443, f"{app}-nodes")
    w.link(f"{app}-link", f"{app}-nlb")
    api = w.rest_api(f"{app}-api")
    api.method("ANY", "/{proxy+}", "HTTP_PROXY", f"https://{HOST}/{{proxy}}",
               w.links[f"{app}-link"])
    api.deploy("prod")
    w.other.setdefault("certificates", {})[app] = made


def tls_sni(w: World, app: str) -> None:
    """The default certificate does not fit, an additional one does."""
    tls(w, app, DomainName="other.example.com")
    w.aws.elbv2.add_listener_certificates(
        ListenerArn=w.listeners[f"{app}-alb:443"],
        Certificates=[{"CertificateArn": w.certificate}])


def mutual(w: World, app: str) -> None:
    """The ALB's HTTPS listener asks for client certificates."""
    w.alb(app, https=True)
    w.bridge(app, ports=(443,))
    w.link(f"{app}-link", f"{app}-nlb")
    put(w, "listeners", {"ListenerArn": w.listeners[f"{app}-alb:443"], "MutualAuthentication": {
        "Mode": "verify", "TrustStoreArn": f"arn:aws:elasticloadbalancing:{w.aws.region}:"
        f"{w.aws.account}:truststore/t/1", "IgnoreClientCertificateExpiry": False}})
    api = w.rest_api(f"{app}-api")
    api.method("ANY", "/{proxy+}", "HTTP_PROXY", f"https://{HOST}/{{proxy}}",
               w.links[f"{app}-link"])
    api.deploy("prod")


# --------------------------------------------------------------------- web ACLs

def acl(w: World, app: str, *statements: Doc) -> None:
    bridge(w, app)
    seen = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": app}
    made = w.aws.wafv2.create_web_acl(
        Name=f"{app}-acl", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=seen,
        Rules=[{"Name": f"rule-{n}", "Priority": n, "Statement": s, "Action": {"Block": {}},
                "VisibilityConfig": seen} for n, s in enumerate(statements)])["Summary"]["ARN"]
    w.aws.wafv2.associate_web_acl(WebACLArn=made, ResourceArn=arn(w, app, "alb"))


def waf_address(w: World, app: str) -> None:
    made = w.aws.wafv2.create_ip_set(Name=f"{app}-set", Scope="REGIONAL", IPAddressVersion="IPV4",
                                     Addresses=["10.20.0.0/16"])["Summary"]["ARN"]
    acl(w, app, {"NotStatement": {"Statement": {"IPSetReferenceStatement": {"ARN": made}}}})


def waf_rate(w: World, app: str) -> None:
    acl(w, app, {"RateBasedStatement": {"Limit": 2000, "AggregateKeyType": "IP"}})


def waf_forwarded(w: World, app: str) -> None:
    acl(w, app, {"RateBasedStatement": {
        "Limit": 2000, "AggregateKeyType": "FORWARDED_IP",
        "ForwardedIPConfig": {"HeaderName": "X-Forwarded-For", "FallbackBehavior": "MATCH"}}})


def waf_header(w: World, app: str) -> None:
    acl(w, app, {"ByteMatchStatement": {
        "SearchString": b"bot", "PositionalConstraint": "CONTAINS",
        "FieldToMatch": {"SingleHeader": {"Name": "user-agent"}},
        "TextTransformations": [{"Priority": 0, "Type": "LOWERCASE"}]}})


# --------------------------------------------------------------------- networks

def elsewhere(w: World, app: str) -> World:
    """The app in a VPC of its own."""
    other = World(w.aws)
    other.network()
    bridge(other, app)
    for name in ("load_balancers", "target_groups", "listeners", "links", "apis"):
        getattr(w, name).update(getattr(other, name))
    w.other.setdefault("vpcs", {})[app] = {"vpc": other.vpc, "subnets": other.subnets}
    return other


def nacl(w: World, app: str) -> None:
    """Nothing may leave the subnets for port 80."""
    ec2, other = w.aws.ec2, elsewhere(w, app)
    made = ec2.create_network_acl(VpcId=other.vpc)["NetworkAcl"]["NetworkAclId"]
    for number, action, egress, ports in (
            (90, "deny", True, {"From": 80, "To": 80}), (90, "deny", False, {"From": 80, "To": 80}),
            (100, "allow", True, {"From": 0, "To": 65535}),
            (100, "allow", False, {"From": 0, "To": 65535})):
        ec2.create_network_acl_entry(NetworkAclId=made, RuleNumber=number, Protocol="6",
                                     RuleAction=action, Egress=egress, CidrBlock="0.0.0.0/0",
                                     PortRange=ports)
    for held in ec2.describe_network_acls(Filters=[
            {"Name": "vpc-id", "Values": [other.vpc]}])["NetworkAcls"]:
        for row in held["Associations"]:
            ec2.replace_network_acl_association(AssociationId=row["NetworkAclAssociationId"],
                                                NetworkAclId=made)


def full(w: World, app: str) -> None:
    other = elsewhere(w, app)
    put(w, "subnets", *[{"SubnetId": s, "AvailableIpAddressCount": 0} for s in other.subnets])


def shared(w: World, app: str) -> None:
    other = elsewhere(w, app)
    put(w, "subnets", *[{"SubnetId": s, "OwnerId": "999999999999"} for s in other.subnets])


def public(w: World, app: str) -> None:
    bridge(w, app, Scheme="internet-facing")


def open_group(w: World, app: str) -> None:
    made = w.groups[f"{app}-sg"] = w.aws.ec2.create_security_group(
        GroupName=f"{app}-sg", Description="open", VpcId=w.vpc)["GroupId"]
    w.aws.ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=[
        {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
    bridge(w, app, group=f"{app}-sg")


# --------------------------------------------------------------------- stages, rules

def stage(w: World, app: str, *changes: tuple[str, str]) -> None:
    api = bridge(w, app)
    api.client.update_stage(restApiId=api.id, stageName="prod", patchOperations=[
        {"op": "replace", "path": path, "value": value} for path, value in changes])


def cache(w: World, app: str) -> None:
    stage(w, app, ("/cacheClusterEnabled", "true"), ("/cacheClusterSize", "0.5"),
          ("/*/*/caching/enabled", "true"), ("/*/*/caching/ttlInSeconds", "60"))


def client_certificate(w: World, app: str) -> None:
    stage(w, app, ("/clientCertificateId", "clcert01"))


def rule(w: World, app: str, condition: Doc, transforms: list[Doc] | None = None,
         unknown: bool = False) -> None:
    bridge(w, app)
    w.target_group(f"{app}-other", "ip", "HTTP", 8080, ["10.20.210.10"])
    plain = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/ruled/*"]}}
    made = w.aws.elbv2.create_rule(
        ListenerArn=w.listeners[f"{app}-alb:80"], Priority=10,
        Conditions=[plain if unknown else condition], Transforms=transforms or [],
        Actions=[{"Type": "forward", "TargetGroupArn": w.target_groups[f"{app}-other"]}])
    if unknown:
        put(w, "rules", {"RuleArn": made["Rules"][0]["RuleArn"],
                         "Conditions": [plain, condition]})


def parts() -> dict[str, Callable[[World, str], None]]:
    host = {"Field": "host-header", "HostHeaderConfig": {"Values": ["*.elb.*.amazonaws.com"]}}
    path = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/old/*"]}}
    rewrite = [{"Type": "url-rewrite", "UrlRewriteConfig": {"Rewrites": [
        {"Regex": "^/old/(.*)$", "Replace": "/new/$1"}]}}]
    new_host = [{"Type": "host-header-rewrite", "HostHeaderRewriteConfig": {"Rewrites": [
        {"Regex": "^(.*)$", "Replace": "backend.internal"}]}}]
    return {
        "alias": alias, "cname": cname, "accelerator": accelerator,
        "origin-domain": origin_domain, "origin-vpc": origin_vpc, "verified": verified,
        "mirror": mirror, "alarm": alarm, "alarm-math": alarm_math, "flows": bridge,
        "tls-fit": lambda w, a: tls(w, a),
        "tls-misfit": lambda w, a: tls(w, a, DomainName="other.example.com"),
        "tls-expired": lambda w, a: tls(w, a, NotAfter=-86400, Status="EXPIRED"),
        "tls-imported": lambda w, a: tls(w, a, Type="IMPORTED", Issuer="Own CA"),
        "tls-private": lambda w, a: tls(
            w, a, Type="PRIVATE", Issuer="Company CA", CertificateAuthorityArn=(
                f"arn:aws:acm-pca:{w.aws.region}:{w.aws.account}:certificate-authority/1")),
        "tls-sni": tls_sni, "mutual": mutual, "waf-address": waf_address, "waf-rate": waf_rate,
        "waf-forwarded": waf_forwarded, "waf-header": waf_header, "nacl": nacl, "full": full,
        "shared": shared, "public": public, "open": open_group, "cache": cache,
        "client-certificate": client_certificate,
        "rule-source": lambda w, a: rule(w, a, {"Field": "source-ip", "SourceIpConfig": {
            "Values": ["10.20.0.0/24"]}}),
        "rule-host": lambda w, a: rule(w, a, host),
        "rule-regex": lambda w, a: rule(w, a, {"Field": "host-header", "HostHeaderConfig": {
            "RegexValues": [".*[.]elb[.].*"]}}),
        "rule-url": lambda w, a: rule(w, a, path, rewrite),
        "rule-rewrite-host": lambda w, a: rule(w, a, path, new_host),
        "rule-unknown": lambda w, a: rule(w, a, {"Field": "ja4-fingerprint", "Values": ["x"]},
                                          unknown=True)}


# Parts whose NLB nothing passes.
QUIET = {"open"}


def build(aws: Any, only: list[str] | None = None) -> Doc:
    makers = parts()
    wanted = list(makers) if only is None else only
    unknown = set(wanted) - set(makers)
    if unknown:
        raise ValueError(f"parts {sorted(unknown)}: they are {sorted(makers)}")
    world = World(aws)
    world.network()
    for name in wanted:
        makers[name](world, name)
        if name not in QUIET and f"{name}-nlb" in world.load_balancers:
            flows(world, name)
    world.other["parts"] = wanted
    return world.answer()
