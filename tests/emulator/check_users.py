"""Checks of what else may use a load balancer or stand around it, service by service."""
from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import Any

from checking import Aws, Doc, Emulator, cbor, refused

ACCOUNT = "710000000001"


def seeded(emu: Emulator) -> tuple[Aws, Doc]:
    if not hasattr(emu, "users"):
        emu.users = emu.lab("seed", {"scenario": "reference", "account": ACCOUNT,
                                     "only": ["billing", "tls"]})
    return Aws(emu.url, ACCOUNT), emu.users


def put(emu: Emulator, kind: str, *items: Doc, **kw: str) -> list[Doc]:
    return emu.lab("put", {"account": ACCOUNT, "kind": kind, "items": list(items), **kw})


def pages(call: Any, key: str, token: str, ask: str = "", **kw: Any) -> list[list[Doc]]:
    """All pages, following `token` in the answer as `ask` in the next request."""
    out: list[list[Doc]] = []
    while True:
        answer = call(**kw)
        for part in key.split("."):
            answer_token, answer = answer.get(token), answer[part]
            if isinstance(answer, dict):
                answer_token = answer.get(token)
        out.append(answer or [])
        if not answer_token:
            return out
        kw[ask or token] = answer_token


def test_denied_everywhere(emu: Emulator) -> None:
    """Each service says no in its own wire format; other accounts and regions see nothing."""
    account = "710000000002"
    emu.lab("faults", {"account": account, "rules": [{"kind": "deny", "times": -1}]})
    aws, west = Aws(emu.url, account), Aws(emu.url, account, "us-west-2")
    ask = "arn:aws:acm:us-east-1:710000000002:certificate/1"
    for call, kw, code in (
            (aws.acm.describe_certificate, {"CertificateArn": ask}, "400 AccessDeniedException"),
            (aws.wafv2.get_web_acl_for_resource, {"ResourceArn": ask},
             "400 AccessDeniedException"),
            (aws.elbv2.describe_listener_certificates, {"ListenerArn": ask}, "403 AccessDenied"),
            (aws.ec2.describe_network_acls, {}, "403 UnauthorizedOperation"),
            (aws.ec2.describe_verified_access_endpoints, {}, "403 UnauthorizedOperation"),
            (aws.ec2.describe_traffic_mirror_targets, {}, "403 UnauthorizedOperation"),
            (aws.route53.list_hosted_zones, {}, "403 AccessDenied"),
            (aws.route53.list_resource_record_sets, {"HostedZoneId": "Z1"}, "403 AccessDenied"),
            (west.globalaccelerator.list_accelerators, {}, "400 AccessDeniedException"),
            (aws.cloudfront.list_distributions, {}, "403 AccessDenied"),
            (aws.cloudfront.list_vpc_origins, {}, "403 AccessDenied"),
            (aws.cloudwatch.describe_alarms, {}, "400 AccessDeniedException"),
            (aws.apigateway.get_authorizers, {"restApiId": "a"}, "403 AccessDeniedException"),
            (aws.apigateway.get_gateway_responses, {"restApiId": "a"},
             "403 AccessDeniedException"),
            (aws.apigatewayv2.get_domain_names, {}, "403 AccessDeniedException")):
        assert refused(call, **kw) == code, (call, refused(call, **kw))
    rows = emu.lab(f"journal?account={account}")
    assert all(not r["write"] and r["action"] != "?" for r in rows), rows
    emu.lab("faults", {"account": account, "rules": [{"kind": "throttle", "times": -1}]})
    assert refused(west.globalaccelerator.list_accelerators) == "400 ThrottlingException"
    emu.lab("faults", {"account": account, "rules": []})
    assert west.globalaccelerator.list_accelerators()["Accelerators"] == []
    assert aws.cloudfront.list_vpc_origins()["VpcOriginList"]["Quantity"] == 0
    assert aws.ec2.describe_verified_access_endpoints()["VerifiedAccessEndpoints"] == []


def test_throttled_users(emu: Emulator) -> None:
    account = "710000000003"
    emu.lab("throttle", {"account": account, "mode": "aws"})
    aws = Aws(emu.url, account)
    got = [refused(aws.route53.list_hosted_zones) for _ in range(9)]
    assert got[0] == "ok" and "400 Throttling" in got, got


def test_certificates(emu: Emulator) -> None:
    aws, ref = seeded(emu)
    arn = ref["certificate"]
    shown = aws.acm.describe_certificate(CertificateArn=arn)["Certificate"]
    assert shown["Status"] == "ISSUED" and shown["Type"] == "AMAZON_ISSUED", shown
    assert shown["SubjectAlternativeNames"] == ["api.internal.example.com"], shown
    assert shown["NotAfter"] > datetime.now(timezone.utc) and shown["InUseBy"], shown
    put(emu, "certificates", {"CertificateArn": arn, "NotAfter": -86400, "Status": "EXPIRED"})
    shown = aws.acm.describe_certificate(CertificateArn=arn)["Certificate"]
    assert shown["NotAfter"] < datetime.now(timezone.utc) and shown["Status"] == "EXPIRED", shown
    [made] = put(emu, "certificates", {"DomainName": "x.example.com", "Type": "IMPORTED",
                                       "Issuer": "Own CA"})
    shown = aws.acm.describe_certificate(CertificateArn=made["CertificateArn"])["Certificate"]
    assert (shown["Type"], shown["Issuer"]) == ("IMPORTED", "Own CA"), shown
    private = aws.acm.request_certificate(
        DomainName="p.example.com", SubjectAlternativeNames=["*.p.example.com"],
        CertificateAuthorityArn="arn:aws:acm-pca:us-east-1:1:certificate-authority/1")[
            "CertificateArn"]
    shown = aws.acm.describe_certificate(CertificateArn=private)["Certificate"]
    assert shown["Type"] == "PRIVATE" and shown["SubjectAlternativeNames"] == [
        "p.example.com", "*.p.example.com"], shown
    other = Aws(emu.url, "710000000004")
    assert refused(other.acm.describe_certificate, CertificateArn=arn).startswith(
        "400 ResourceNotFound")
    listener = ref["listeners"]["tls-nlb:443"]
    assert [x["CertificateArn"] for x in aws.elbv2.describe_listeners(
        ListenerArns=[listener])["Listeners"][0]["Certificates"]] == [arn]
    extra = [aws.acm.request_certificate(DomainName=f"{n}.example.com")["CertificateArn"]
             for n in range(3)]
    aws.elbv2.add_listener_certificates(ListenerArn=listener, Certificates=[
        {"CertificateArn": x} for x in extra])
    got = pages(aws.elbv2.describe_listener_certificates, "Certificates", "NextMarker", "Marker",
                ListenerArn=listener, PageSize=2)
    assert [len(p) for p in got] == [2, 2], got
    assert [(c["CertificateArn"], c["IsDefault"]) for p in got for c in p] == [
        (arn, True), *[(x, False) for x in extra]], got
    assert len(aws.elbv2.describe_listeners(ListenerArns=[listener])["Listeners"][0][
        "Certificates"]) == 1


NONE = [{"Priority": 0, "Type": "NONE"}]
STATEMENTS: list[Doc] = [
    {"IPSetReferenceStatement": {"ARN": "arn:aws:wafv2:us-east-1:1:regional/ipset/a/1"}},
    {"RateBasedStatement": {"Limit": 500, "AggregateKeyType": "IP", "ScopeDownStatement": {
        "NotStatement": {"Statement": {"GeoMatchStatement": {"CountryCodes": ["DE"]}}}}}},
    {"RateBasedStatement": {"Limit": 500, "AggregateKeyType": "FORWARDED_IP",
                            "ForwardedIPConfig": {"HeaderName": "X-Forwarded-For",
                                                  "FallbackBehavior": "MATCH"}}},
    {"RateBasedStatement": {"Limit": 500, "AggregateKeyType": "CUSTOM_KEYS", "CustomKeys": [
        {"IP": {}}, {"Header": {"Name": "x-key", "TextTransformations": [
            {"Priority": 0, "Type": "NONE"}]}}]}},
    {"AndStatement": {"Statements": [
        {"AsnMatchStatement": {"AsnList": [64500]}},
        {"OrStatement": {"Statements": [
            {"GeoMatchStatement": {"CountryCodes": ["US"]}},
            {"ByteMatchStatement": {"SearchString": b"secret", "PositionalConstraint": "EXACTLY",
                                    "FieldToMatch": {"SingleHeader": {"Name": "x-key"}},
                                    "TextTransformations": NONE}}]}}]}},
    {"ManagedRuleGroupStatement": {
        "VendorName": "AWS", "Name": "AWSManagedRulesAmazonIpReputationList",
        "ScopeDownStatement": {"LabelMatchStatement": {"Scope": "LABEL", "Key": "a"}}}},
    {"RuleGroupReferenceStatement": {"ARN": "arn:aws:wafv2:us-east-1:1:regional/rulegroup/a/1"}}]


def test_web_acls(emu: Emulator) -> None:
    aws, ref = seeded(emu)
    alb = ref["load_balancers"]["billing-alb"]["arn"]
    answer = aws.wafv2.get_web_acl_for_resource(ResourceArn=alb)
    assert "WebACL" not in answer, answer
    seen = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}

    def acl(name: str, statements: list[Doc]) -> str:
        rules = [{"Name": f"r{n}", "Priority": n, "Statement": s, "VisibilityConfig": seen,
                  **({"OverrideAction": {"None": {}}} if "Group" in next(iter(s))
                     else {"Action": {"Block": {}}})} for n, s in enumerate(statements)]
        return aws.wafv2.create_web_acl(Name=name, Scope="REGIONAL", DefaultAction={"Allow": {}},
                                        VisibilityConfig=seen, Rules=rules)["Summary"]["ARN"]
    first, second = acl("first", STATEMENTS), acl("second", [])
    aws.wafv2.associate_web_acl(WebACLArn=first, ResourceArn=alb)
    shown = aws.wafv2.get_web_acl_for_resource(ResourceArn=alb)["WebACL"]
    assert [r["Statement"] for r in shown["Rules"]] == STATEMENTS, shown
    aws.wafv2.associate_web_acl(WebACLArn=second, ResourceArn=alb)
    assert aws.wafv2.get_web_acl_for_resource(ResourceArn=alb)["WebACL"]["ARN"] == second
    aws.wafv2.disassociate_web_acl(ResourceArn=alb)
    assert "WebACL" not in aws.wafv2.get_web_acl_for_resource(ResourceArn=alb)
    assert refused(aws.wafv2.get_web_acl_for_resource, ResourceArn=f"{alb}0").startswith(
        "400 WAFNonexistentItem")


def test_networks(emu: Emulator) -> None:
    aws, ref = seeded(emu)
    ec2, subnet = aws.ec2, ref["subnets"][0]
    put(emu, "subnets", {"SubnetId": subnet, "AvailableIpAddressCount": 0,
                         "OwnerId": "999999999999"})
    [shown] = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"]
    assert shown["AvailableIpAddressCount"] == 0 and shown["OwnerId"] == "999999999999", shown
    acl = ec2.create_network_acl(VpcId=ref["vpc"])["NetworkAcl"]["NetworkAclId"]
    ec2.create_network_acl_entry(NetworkAclId=acl, RuleNumber=10, Protocol="6", RuleAction="deny",
                                 Egress=False, CidrBlock="10.0.0.0/8",
                                 PortRange={"From": 80, "To": 80})
    [held] = [a for a in ec2.describe_network_acls()["NetworkAcls"] if any(
        x["SubnetId"] == subnet for x in a["Associations"])]
    [mine] = [x for x in held["Associations"] if x["SubnetId"] == subnet]
    ec2.replace_network_acl_association(AssociationId=mine["NetworkAclAssociationId"],
                                        NetworkAclId=acl)
    [now] = ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id",
                                                "Values": [subnet]}])["NetworkAcls"]
    assert now["NetworkAclId"] == acl and now["Entries"][0]["PortRange"] == {
        "From": 80, "To": 80}, now
    assert ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [ref["vpc"]]}])[
        "RouteTables"][0]["Associations"][0]["Main"]
    for n in range(6):
        ec2.create_network_acl(VpcId=ref["vpc"])
        ec2.create_route_table(VpcId=ref["vpc"])
    for call, key in ((ec2.describe_network_acls, "NetworkAcls"),
                      (ec2.describe_route_tables, "RouteTables")):
        got = pages(call, key, "NextToken", MaxResults=5)
        assert len(got) > 1 and sum(map(len, got)) == len(call()[key]), got
    nlb = ref["load_balancers"]["billing-nlb"]["arn"]
    put(emu, "verified_access_endpoints", *[
        {"LoadBalancerOptions": {"LoadBalancerArn": nlb, "Port": 80 + n, "Protocol": "http",
                                 "SubnetIds": [subnet]}} for n in range(6)])
    got = pages(ec2.describe_verified_access_endpoints, "VerifiedAccessEndpoints", "NextToken",
                MaxResults=5)
    assert [len(p) for p in got] == [5, 1], got
    assert got[0][0]["LoadBalancerOptions"]["LoadBalancerArn"] == nlb and got[0][0][
        "VerifiedAccessEndpointId"].startswith("vae-"), got
    ec2.create_traffic_mirror_target(NetworkLoadBalancerArn=nlb, Description="mirror")
    [target] = ec2.describe_traffic_mirror_targets()["TrafficMirrorTargets"]
    assert target["NetworkLoadBalancerArn"] == nlb and target["Type"] == \
        "network-load-balancer", target


def test_names(emu: Emulator) -> None:
    aws, ref = seeded(emu)
    r53 = aws.route53
    zones = [r53.create_hosted_zone(Name=f"{n}.example.com", CallerReference=str(n))[
        "HostedZone"]["Id"].split("/")[-1] for n in range(3)]
    got = pages(r53.list_hosted_zones, "HostedZones", "NextMarker", "Marker", MaxItems="2")
    assert [len(p) for p in got] == [2, 1], got
    nlb = ref["load_balancers"]["billing-nlb"]

    def change(name: str, kind: str, **kw: Any) -> Doc:
        return {"Action": "CREATE", "ResourceRecordSet": {"Name": name, "Type": kind, **kw}}
    r53.change_resource_record_sets(HostedZoneId=zones[0], ChangeBatch={"Changes": [
        change("API.0.example.com", "A", AliasTarget={
            "HostedZoneId": "Z26RNL4JYFTOTI", "EvaluateTargetHealth": True,
            "DNSName": f"dualstack.{nlb['dns']}"}),
        change("old.0.example.com", "CNAME", TTL=60, ResourceRecords=[{"Value": nlb["dns"]}]),
        change("w.0.example.com", "A", TTL=60, SetIdentifier="a", Weight=1,
               ResourceRecords=[{"Value": "192.0.2.1"}]),
        change("w.0.example.com", "A", TTL=60, SetIdentifier="b", Weight=1,
               ResourceRecords=[{"Value": "192.0.2.2"}]),
        change("*.0.example.com", "TXT", TTL=60, ResourceRecords=[{"Value": '"text"'}])]})
    rows: list[Doc] = []
    ask: Doc = {"HostedZoneId": zones[0], "MaxItems": "2"}
    rounds = 0
    while True:
        page = r53.list_resource_record_sets(**ask)
        rows, rounds = rows + page["ResourceRecordSets"], rounds + 1
        if not page["IsTruncated"]:
            break
        ask |= {"StartRecordName": page["NextRecordName"],
                "StartRecordType": page["NextRecordType"]}
        ask.pop("StartRecordIdentifier", None)
        if page.get("NextRecordIdentifier"):
            ask["StartRecordIdentifier"] = page["NextRecordIdentifier"]
    assert rounds == 4 and [(r["Name"], r["Type"]) for r in rows] == [
        ("0.example.com.", "NS"), ("0.example.com.", "SOA"), ("\\052.0.example.com.", "TXT"),
        ("api.0.example.com.", "A"), ("old.0.example.com.", "CNAME"), ("w.0.example.com.", "A"),
        ("w.0.example.com.", "A")], rows
    assert [r.get("SetIdentifier") for r in rows[-2:]] == ["a", "b"], rows
    assert rows[3]["AliasTarget"]["DNSName"] == f"dualstack.{nlb['dns']}.", rows[3]
    assert "TTL" not in rows[3] and rows[4]["ResourceRecords"] == [{"Value": nlb["dns"]}], rows
    assert refused(r53.list_resource_record_sets, HostedZoneId="ZNONE").startswith(
        "404 NoSuchHostedZone")


def test_accelerators(emu: Emulator) -> None:
    aws, ref = seeded(emu)
    nlb = ref["load_balancers"]["billing-nlb"]["arn"]
    put(emu, "accelerators", *[{"Name": f"a{n}", "Listeners": [
        {"EndpointGroups": [{"EndpointDescriptions": [{"EndpointId": nlb}]}]}]}
        for n in range(3)])
    west = Aws(emu.url, ACCOUNT, "us-west-2").globalaccelerator
    got = pages(west.list_accelerators, "Accelerators", "NextToken", MaxResults=2)
    assert [a["Name"] for p in got for a in p] == ["a0", "a1", "a2"] and len(got) == 2, got
    assert got[0][0]["Status"] == "DEPLOYED" and got[0][0]["CreatedTime"].year > 2000, got
    [listener] = west.list_listeners(AcceleratorArn=got[0][0]["AcceleratorArn"])["Listeners"]
    [group] = west.list_endpoint_groups(ListenerArn=listener["ListenerArn"])["EndpointGroups"]
    assert group["EndpointDescriptions"][0]["EndpointId"] == nlb, group
    assert refused(west.list_listeners, AcceleratorArn="none") == \
        "400 AcceleratorNotFoundException"
    assert refused(aws.globalaccelerator.list_accelerators).startswith("400 InvalidSignature")


def test_distributions(emu: Emulator) -> None:
    aws, ref = seeded(emu)
    cf, nlb = aws.cloudfront, ref["load_balancers"]["billing-nlb"]
    origins = put(emu, "vpc_origins", *[{"OriginEndpointArn": nlb["arn"], "Id": f"vo_{n}"}
                                        for n in range(3)])
    got = pages(cf.list_vpc_origins, "VpcOriginList.Items", "NextMarker", "Marker", MaxItems="2")
    assert [o["Id"] for p in got for o in p] == ["vo_0", "vo_1", "vo_2"] and len(got) == 2, got
    assert got[0][0]["OriginEndpointArn"] == nlb["arn"], got

    def origin(**kw: Any) -> Doc:
        return {"Id": "o", "DomainName": nlb["dns"], **kw}
    for n, one in enumerate((
            origin(CustomOriginConfig={"HTTPPort": 80, "HTTPSPort": 443,
                                       "OriginProtocolPolicy": "http-only"}),
            origin(VpcOriginConfig={"VpcOriginId": origins[0]["Id"]}),
            {"Id": "o", "DomainName": "b.s3.amazonaws.com",
             "S3OriginConfig": {"OriginAccessIdentity": ""}})):
        cf.create_distribution(DistributionConfig={
            "CallerReference": str(n), "Comment": f"d{n}", "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [one]},
            "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all"}})
    got = pages(cf.list_distributions, "DistributionList.Items", "NextMarker", "Marker",
                MaxItems="2")
    rows = {d["Comment"]: d for p in got for d in p}
    assert len(got) == 2 and set(rows) == {"d0", "d1", "d2"}, rows
    assert rows["d0"]["Origins"]["Items"][0]["DomainName"] == nlb["dns"], rows["d0"]
    assert rows["d0"]["Origins"]["Items"][0]["CustomOriginConfig"]["HTTPPort"] == 80, rows["d0"]
    assert rows["d1"]["Origins"]["Items"][0]["VpcOriginConfig"]["VpcOriginId"] == "vo_0", \
        rows["d1"]


def test_watch(emu: Emulator) -> None:
    aws, ref = seeded(emu)
    cw, arn = aws.cloudwatch, ref["load_balancers"]["billing-nlb"]["arn"]
    dims = [{"Name": "LoadBalancer", "Value": arn.split("loadbalancer/")[1]}]
    cw.put_metric_alarm(AlarmName="plain", Namespace="AWS/NetworkELB", MetricName="NewFlowCount",
                        Dimensions=dims, Statistic="Sum", Period=60, EvaluationPeriods=1,
                        Threshold=1.0, ComparisonOperator="LessThanThreshold",
                        AlarmActions=["arn:aws:sns:us-east-1:1:ops"], AlarmDescription="d")
    cw.put_metric_alarm(AlarmName="math", EvaluationPeriods=1, Threshold=1.0,
                        ComparisonOperator="LessThanThreshold", Metrics=[
                            {"Id": "e", "Expression": "m1 / 2", "ReturnData": True},
                            {"Id": "m1", "ReturnData": False, "MetricStat": {
                                "Metric": {"Namespace": "AWS/NetworkELB",
                                           "MetricName": "ProcessedBytes", "Dimensions": dims},
                                "Period": 60, "Stat": "Sum"}}])
    for n in range(3):
        cw.put_metric_alarm(AlarmName=f"other{n}", Namespace="X", MetricName="m", Statistic="Sum",
                            Period=60, EvaluationPeriods=1, Threshold=1.0,
                            ComparisonOperator="LessThanThreshold")
    got = pages(cw.describe_alarms, "MetricAlarms", "NextToken", MaxRecords=2)
    rows = {a["AlarmName"]: a for p in got for a in p}
    assert [len(p) for p in got] == [2, 2, 1], got
    assert rows["plain"]["Dimensions"] == dims and rows["plain"]["Threshold"] == 1.0, rows
    inner = {m["Id"]: m for m in rows["math"]["Metrics"]}
    assert inner["m1"]["MetricStat"]["Metric"]["Dimensions"] == dims, inner
    assert inner["e"]["Expression"] == "m1 / 2" and inner["m1"]["ReturnData"] is False, inner
    assert cw.describe_alarms(AlarmTypes=["CompositeAlarm"])["MetricAlarms"] == []
    put(emu, "metrics", {"Namespace": "AWS/NetworkELB", "MetricName": "ActiveFlowCount",
                         "Dimensions": dims, "StartTime": -40 * 86400, "Value": 7},
        {"Namespace": "AWS/NetworkELB", "MetricName": "ProcessedBytes",
         "Dimensions": {d["Name"]: d["Value"] for d in dims}, "StartTime": -7200,
         "Period": 60, "Values": [10, 30]})

    def query(ident: str, name: str, stat: str, period: int) -> Doc:
        return {"Id": ident, "MetricStat": {"Stat": stat, "Period": period, "Metric": {
            "Namespace": "AWS/NetworkELB", "MetricName": name, "Dimensions": dims}}}
    end = datetime.now(timezone.utc)
    begun = time.monotonic()
    answer = cw.get_metric_data(
        StartTime=end - timedelta(days=35), EndTime=end, ScanBy="TimestampAscending",
        MetricDataQueries=[query("a", "ActiveFlowCount", "Average", 3600),
                           query("b", "ProcessedBytes", "Sum", 3600),
                           query("c", "NewFlowCount", "Sum", 3600)])
    took = time.monotonic() - begun
    a, b, c = answer["MetricDataResults"]
    assert took < 1 and 839 <= len(a["Values"]) <= 841 and set(a["Values"]) == {7.0}, (took, a)
    assert 2400 <= sum(b["Values"]) <= 2440 and c["Values"] == [], (b, c)
    assert a["Timestamps"] == sorted(a["Timestamps"]) and all(
        t.minute == 0 and t.tzinfo for t in a["Timestamps"]), a
    ask: Doc = {"StartTime": end - timedelta(days=35), "EndTime": end, "MaxDatapoints": 500,
                "MetricDataQueries": [query("a", "ActiveFlowCount", "Average", 3600)]}
    first = cw.get_metric_data(**ask)
    assert first["MetricDataResults"][0]["StatusCode"] == "PartialData", first
    rest = cw.get_metric_data(**ask, NextToken=first["NextToken"])
    assert len(first["MetricDataResults"][0]["Values"]) == 500 and "NextToken" not in rest
    assert len(rest["MetricDataResults"][0]["Values"]) == len(a["Values"]) - 500
    stage = {"ApiName": "billing-api", "Stage": "prod"}
    put(emu, "metrics", {"Namespace": "AWS/ApiGateway", "MetricName": "Latency",
                         "Dimensions": stage, "StartTime": -7200, "EndTime": -3600, "Period": 60,
                         "Values": [10, 20, None, 300], "StatusCode": "InternalError"})
    put(emu, "metric_pages", {"Datapoints": 1})
    wanted = [{"Id": f"s{n}", "MetricStat": {"Stat": stat, "Period": 86400, "Metric": {
        "Namespace": "AWS/ApiGateway", "MetricName": "Latency", "Dimensions": [
            {"Name": k, "Value": v} for k, v in stage.items()]}}}
        for n, stat in enumerate(("p50", "p95", "SampleCount"))]
    ask = {"StartTime": end - timedelta(hours=3), "EndTime": end, "MetricDataQueries": wanted}
    got = pages(cw.get_metric_data, "MetricDataResults", "NextToken", **ask)
    assert len(got) >= 3 and {r["StatusCode"] for p in got for r in p} <= {
        "InternalError", "PartialData"}, got
    rows = {n: [v for p in got for r in p if r["Id"] == f"s{n}" for v in r["Values"]]
            for n in range(3)}
    assert min(rows[0]) >= 10 and max(rows[1]) > 200 and 44 <= sum(rows[2]) <= 46, rows
    put(emu, "metric_pages", {"Datapoints": 100800})
    status, told = cbor(aws, "DescribeAlarms", {"MaxRecords": 2})
    assert status == 200 and [x["AlarmName"] for x in told["MetricAlarms"]] == [
        "math", "other0"], told
    assert told["MetricAlarms"][0]["Metrics"][1]["MetricStat"]["Metric"]["Dimensions"] == dims
    assert cbor(aws, "DescribeAlarms", {"NextToken": told["NextToken"]})[1]["MetricAlarms"]
    status, told = cbor(aws, "GetMetricData", {
        "StartTime": time.time() - 35 * 86400, "EndTime": time.time(), "MetricDataQueries": [
            query("a", "ActiveFlowCount", "Average", 3600),
            query("b", "ProcessedBytes", "Sum", 3600)]})
    assert status == 200 and told["MetricDataResults"][0]["Values"][:2] == [7.0, 7.0], told
    assert told["MetricDataResults"][0]["Timestamps"][0] % 3600 == 0, told
    status, told = cbor(aws, "GetMetricData", {"StartTime": 2.0, "EndTime": 1.0,
                                               "MetricDataQueries": []})
    assert status == 400 and told["__type"], told
    emu.lab("faults", {"account": ACCOUNT, "rules": [{"service": "monitoring", "kind": "deny"}]})
    assert cbor(aws, "DescribeAlarms", {})[1]["__type"] == "AccessDeniedException"
    emu.lab("faults", {"account": ACCOUNT, "rules": []})
    assert Aws(emu.url, ACCOUNT, "eu-west-1").cloudwatch.describe_alarms()["MetricAlarms"] == []


def test_rules(emu: Emulator) -> None:
    aws, ref = seeded(emu)
    elb, listener = aws.elbv2, ref["listeners"]["billing-alb:80"]
    tasks = ref["target_groups"]["billing-tasks"]
    other = elb.create_target_group(Name="other", Protocol="HTTP", Port=80, VpcId=ref["vpc"],
                                    TargetType="ip")["TargetGroups"][0]["TargetGroupArn"]
    conditions = [
        {"Field": "host-header", "HostHeaderConfig": {"RegexValues": ["a[0-9]+[.]example[.]com"]}},
        {"Field": "path-pattern", "PathPatternConfig": {"RegexValues": ["/v[0-9]/.*"]}},
        {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-A",
                                                      "RegexValues": ["x.*"]}},
        {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["GET"]}},
        {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "k", "Value": "v"},
                                                                   {"Value": "w*"}]}},
        {"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8"]}}]
    transforms = [{"Type": "host-header-rewrite", "HostHeaderRewriteConfig": {"Rewrites": [
        {"Regex": "^a(.*)$", "Replace": "b$1"}]}},
        {"Type": "url-rewrite", "UrlRewriteConfig": {"Rewrites": [
            {"Regex": "^/v1/(.*)$", "Replace": "/$1"}]}}]
    weighted = {"Type": "forward", "ForwardConfig": {"TargetGroups": [
        {"TargetGroupArn": tasks, "Weight": 90}, {"TargetGroupArn": other, "Weight": 10}]}}
    made = elb.create_rule(ListenerArn=listener, Priority=7, Conditions=conditions,
                           Actions=[weighted], Transforms=transforms)["Rules"][0]
    [shown] = elb.describe_rules(RuleArns=[made["RuleArn"]])["Rules"]
    assert shown["Conditions"] == conditions and shown["Transforms"] == transforms, shown
    assert [t["Weight"] for t in shown["Actions"][0]["ForwardConfig"]["TargetGroups"]] == [90, 10]
    elb.modify_rule(RuleArn=made["RuleArn"], ResetTransforms=True)
    assert not elb.describe_rules(RuleArns=[made["RuleArn"]])["Rules"][0].get("Transforms")
    for n, action in enumerate((
            {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", "Host": "x.#{host}"}},
            {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}})):
        elb.create_rule(ListenerArn=listener, Priority=20 + n, Actions=[action],
                        Conditions=[{"Field": "path-pattern", "Values": [f"/{n}"]}])
    gate = {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": {
        "Issuer": "https://i", "AuthorizationEndpoint": "https://i/a", "TokenEndpoint":
        "https://i/t", "UserInfoEndpoint": "https://i/u", "ClientId": "c", "ClientSecret": "s"}}
    pool = {"Type": "authenticate-cognito", "Order": 1, "AuthenticateCognitoConfig": {
        "UserPoolArn": "arn:aws:cognito-idp:us-east-1:1:userpool/p", "UserPoolClientId": "c",
        "UserPoolDomain": "d"}}
    for n, action in enumerate((gate, pool)):
        rule = elb.create_rule(
            ListenerArn=listener, Priority=30 + n, Actions=[action, {**weighted, "Order": 2}],
            Conditions=[{"Field": "path-pattern", "Values": [f"/auth{n}"]}])["Rules"][0]
        assert [a["Type"] for a in rule["Actions"]] == [action["Type"], "forward"], rule
    assert refused(elb.create_rule, ListenerArn=listener, Priority=50, Actions=[weighted],
                   Conditions=[{"Field": "ja4", "Values": ["x"]}]).startswith("400")
    put(emu, "rules", {"RuleArn": made["RuleArn"], "Conditions": [
        {"Field": "ja4-fingerprint", "Values": ["x"]}]})
    [shown] = elb.describe_rules(RuleArns=[made["RuleArn"]])["Rules"]
    assert shown["Conditions"] == [{"Field": "ja4-fingerprint", "Values": ["x"]}], shown
    put(emu, "listeners", {"ListenerArn": listener, "MutualAuthentication": {
        "Mode": "verify", "TrustStoreArn": "arn:t", "IgnoreClientCertificateExpiry": False}})
    [shown] = elb.describe_listeners(ListenerArns=[listener])["Listeners"]
    assert shown["MutualAuthentication"]["Mode"] == "verify", shown
    got = pages(elb.describe_rules, "Rules", "NextMarker", "Marker", ListenerArn=listener,
                PageSize=2)
    assert len(got) == 3 and got[-1][-1]["IsDefault"], got
