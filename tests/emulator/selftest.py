#!/usr/bin/env python3
"""Checks the emulator through boto3 over HTTP, the way the tool sees it; non-zero on failure.

    selftest.py [-k part-of-a-name]      starts its own emulator and stops it again
"""
from __future__ import annotations

import importlib
import json
import sys
import tempfile
import time
import traceback
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.exceptions import ClientError

from checking import Aws, Doc, Emulator, Raw, export, refused, words

# further checks, by subject
MODULES = ("check_apply", "check_changes", "check_organization", "check_rest", "check_s3",
           "check_seeds", "check_traffic", "check_users", "check_world")


# --------------------------------------------------------------------- the launcher itself

def test_accounts(emu: Emulator) -> None:
    one, two = Aws(emu.url, "100000000001"), Aws(emu.url, "100000000002")
    caller = one.sts.get_caller_identity()
    assert caller["Account"] == "100000000001", caller
    assert caller["Arn"] == "arn:aws:iam::100000000001:user/tester", caller
    one.apigateway.create_rest_api(name="only-in-one")
    assert not two.apigateway.get_rest_apis()["items"]
    west = Aws(emu.url, "100000000001", "eu-west-1")
    assert not west.apigateway.get_rest_apis()["items"]
    assert Aws(emu.url, "", key="unknown").sts.get_caller_identity()["Account"] == "123456789012"
    assumed = one.sts.assume_role(RoleArn="arn:aws:iam::100000000002:role/scan",
                                  RoleSessionName="scan")["Credentials"]
    session = boto3.client("sts", endpoint_url=emu.url, region_name="us-east-1",
                           aws_access_key_id=assumed["AccessKeyId"], aws_secret_access_key="x",
                           aws_session_token=assumed["SessionToken"])
    assert session.get_caller_identity()["Account"] == "100000000002"
    emu.lab("reset", {"account": "100000000001"})
    assert not one.apigateway.get_rest_apis()["items"]
    assert {"us-east-1", "eu-west-1"} <= {r["RegionName"]
                                          for r in one.ec2.describe_regions()["Regions"]}
    assert refused(one.iam.list_roles) == "ok" and refused(one.cloudwatch.list_metrics) == "ok"


def test_accounts_file_and_signatures(_emu: Emulator) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        json.dump({"AKIA1111111111111111": {"account": "222222222222", "secret": "s1"}}, f)
        f.flush()
        emu = Emulator("--accounts", f.name, "--verify-sigv4")
        try:
            good = Aws(emu.url, "", key="AKIA1111111111111111", secret="s1")
            wrong = Aws(emu.url, "", key="AKIA1111111111111111", secret="xx")
            assert good.sts.get_caller_identity()["Account"] == "222222222222"
            for service, call, kw in (
                    ("apigateway", "get_rest_apis", {"limit": 5}),
                    ("apigateway", "create_rest_api", {"name": "\u00e9"}),
                    ("elbv2", "describe_load_balancers", {}), ("ec2", "describe_vpcs", {})):
                assert refused(getattr(getattr(good, service), call), **kw) == "ok", call
                assert "SignatureDoesNotMatch" in refused(
                    getattr(getattr(wrong, service), call), **kw), call
        finally:
            emu.stop()


def test_journal(emu: Emulator) -> None:
    aws, other = Aws(emu.url, "100000000003"), Aws(emu.url, "100000000004")
    since = len(emu.lab("journal"))
    aws.elbv2.describe_load_balancers()
    other.elbv2.describe_load_balancers()
    aws.apigateway.create_rest_api(name="x")
    rows = emu.lab(f"journal?account=100000000003&since={since}")
    assert [(r["action"], r["write"], r["status"]) for r in rows] == [
        ("DescribeLoadBalancers", False, 200), ("CreateRestApi", True, 201)], rows
    assert {r["account"] for r in rows} == {"100000000003"}
    assert emu.lab(f"journal?account=100000000003&since={rows[-1]['n'] + 1}") == []


def test_throttle(emu: Emulator) -> None:
    slow, free = Aws(emu.url, "100000000005"), Aws(emu.url, "100000000006")
    emu.lab("throttle", {"account": "100000000005", "mode": "aws"})
    got = [refused(slow.apigateway.get_resources, restApiId="x") for _ in range(8)]
    assert "429 TooManyRequestsException" in got and got[0].startswith("404"), got
    assert all(refused(free.apigateway.get_resources, restApiId="x").startswith("404")
               for _ in range(8))
    emu.lab("throttle", {"account": "100000000005", "mode": "1:2"})
    assert [refused(slow.elbv2.describe_load_balancers) for _ in range(3)] == [
        "ok", "ok", "400 Throttling"]
    got = [refused(slow.ec2.describe_vpcs) for _ in range(3)]
    assert got[2] == "503 RequestLimitExceeded", got
    emu.lab("throttle", {"account": "100000000005", "mode": "off"})
    assert refused(slow.ec2.describe_vpcs) == "ok"


def test_faults(emu: Emulator) -> None:
    aws, other = Aws(emu.url, "100000000007"), Aws(emu.url, "100000000008")

    def rules(*specs: Doc) -> list[Doc]:
        return emu.lab("faults", {"account": "100000000007", "rules": list(specs)})

    emu.lab("faults", {"account": "100000000008", "rules": [
        {"action": "DescribeVpcs", "kind": "deny", "times": -1}]})
    given = ("User: arn:aws:iam::100000000007:user/x is not authorized to perform: apigateway:GET "
             "on resource: arn:aws:apigateway:us-east-1::/restapis")
    rules({"service": "apigateway", "action": "GetRestApis", "status": 403, "times": -1,
           "code": "AccessDeniedException", "message": given})
    assert refused(aws.apigateway.get_rest_apis) == "403 AccessDeniedException"
    assert words(aws.apigateway.get_rest_apis) == given
    assert refused(other.apigateway.get_rest_apis) == "ok"
    rules({"kind": "deny", "times": -1})
    assert refused(aws.apigateway.get_rest_apis) == "403 AccessDeniedException"
    assert "apigateway:GET on resource: arn:aws:apigateway:us-east-1::/apis" in words(
        aws.apigatewayv2.get_apis)
    assert refused(aws.elbv2.describe_load_balancers) == "403 AccessDenied"
    assert refused(aws.ec2.describe_vpcs) == "403 UnauthorizedOperation"
    assert refused(aws.sts.get_caller_identity) == "403 AccessDenied"
    assert refused(aws.route53.list_hosted_zones) == "403 AccessDenied"
    assert refused(aws.acm.list_certificates) == "400 AccessDeniedException"
    rules({"kind": "expired", "times": -1})
    assert refused(aws.apigateway.get_rest_apis) == "403 ExpiredTokenException"
    assert refused(aws.elbv2.describe_load_balancers) == "403 ExpiredToken"
    rules({"action": "GetRestApis", "kind": "throttle", "retry_after": 2})
    try:
        aws.apigateway.get_rest_apis()
        raise AssertionError("not throttled")
    except ClientError as exc:
        meta = exc.response["ResponseMetadata"]
        assert meta["HTTPStatusCode"] == 429 and meta["HTTPHeaders"]["retry-after"] == "2", meta
    assert refused(aws.apigateway.get_rest_apis) == "ok"
    rules({"corrupt": True, "times": -1})
    half = Raw(aws, "apigateway").get("/restapis")
    assert half == b'{"item', half
    assert refused(aws.elbv2.describe_load_balancers) == "ResponseParserError"
    rules({"action": "CreateRestApi", "body": "lost", "drop": "after"},
          {"action": "CreateRestApi", "body": "never", "drop": "before"},
          {"action": "GetRestApis", "region": "eu-west-1", "delay_ms": 300})
    assert refused(aws.apigateway.create_rest_api, name="lost") != "ok"
    assert refused(aws.apigateway.create_rest_api, name="never") != "ok"
    assert [a["name"] for a in aws.apigateway.get_rest_apis()["items"]] == ["lost"]
    begun = time.monotonic()
    Aws(emu.url, "100000000007", "eu-west-1").apigateway.get_rest_apis()
    assert time.monotonic() - begun > 0.3
    rules({"action": "DescribeVpcs", "after": 1, "times": 1, "status": 500, "code": "Internal"})
    assert [refused(aws.ec2.describe_vpcs) for _ in range(3)] == ["ok", "500 Internal", "ok"]
    listing = emu.lab("faults?account=100000000007")
    assert [(f["seen"], f["done"]) for f in listing] == [(3, 1)], listing
    rules()
    assert len(emu.lab("faults")) == 1          # the other account's rule stands


def test_parallel_accounts(emu: Emulator) -> None:
    def seed(n: int) -> str:
        account = f"2000000000{n:02d}"
        made = emu.lab("seed", {"scenario": "reference", "account": account, "only": ["billing"]})
        aws = Aws(emu.url, account)
        names = [x["LoadBalancerName"] for x in aws.elbv2.describe_load_balancers()["LoadBalancers"]]
        assert sorted(names) == ["billing-alb", "billing-nlb"], names
        assert account in made["load_balancers"]["billing-nlb"]["arn"]
        return account
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(seed, range(16)))) == 16


# --------------------------------------------------------------------- the reference account

def reference(emu: Emulator) -> tuple[Aws, Doc]:
    if not hasattr(emu, "reference"):
        emu.reference = emu.lab("seed", {"scenario": "reference", "account": "300000000001"})
        assert emu.reference["seconds"] < 3, emu.reference["seconds"]
    return Aws(emu.url, "300000000001"), emu.reference


def test_rest(emu: Emulator) -> None:
    aws, ref = reference(emu)
    api = ref["apis"]["orders-api"]
    apis = aws.apigateway.get_rest_apis(limit=500)["items"]
    assert {a["name"] for a in apis} == {n for n, a in ref["apis"].items() if a["type"] == "REST"}
    links = aws.apigateway.get_vpc_links(limit=500)["items"]
    assert {x["name"]: x["id"] for x in links} == ref["links"]
    assert all(x["status"] == "AVAILABLE" and len(x["targetArns"]) == 1 for x in links), links
    raw = Raw(aws, "apigateway").get(f"/restapis/{api['id']}/resources?limit=500&embed=methods")
    assert b'"responseTemplates": {"application/json": null}' in raw
    items = {r["path"]: r for r in json.loads(raw)["item"]}
    get = items["/orders"]["resourceMethods"]["GET"]["methodIntegration"]
    assert get["connectionId"] == ref["links"]["orders-link"], get
    assert get["connectionType"] == "VPC_LINK" and get["timeoutInMillis"] == 29000, get
    secure = items["/orders/{orderId}/items/{itemId}"]["resourceMethods"]["GET"]
    assert secure["authorizationType"] == "AWS_IAM"
    assert secure["methodIntegration"]["tlsConfig"] == {"insecureSkipVerification": True}
    stages = {s["stageName"]: s for s in aws.apigateway.get_stages(restApiId=api["id"])["item"]}
    assert stages["prod"]["canarySettings"]["deploymentId"] == api["canary"], stages["prod"]
    assert stages["prod"]["deploymentId"] == api["stages"]["prod"]
    assert stages["dev"]["variables"]["vpcLinkId"] == ref["links"]["orders-link"]
    assert stages["dev"]["tags"] == {"Env": "dev"} and "canarySettings" not in stages["dev"]


def test_export(emu: Emulator) -> None:
    aws, ref = reference(emu)
    doc = export(aws, ref["apis"]["orders-api"]["id"], "dev")
    key = "x-amazon-apigateway-integration"
    get = doc["paths"]["/orders"]["get"][key]
    assert get["type"] == "http_proxy" and get["passthroughBehavior"] == "when_no_match", get
    assert get["connectionId"] == ref["links"]["orders-link"] and "timeoutInMillis" not in get
    post = doc["paths"]["/orders"]["post"][key]
    assert post["responses"] == {"default": {
        "statusCode": "200", "responseTemplates": {"application/json": None}}}, post
    order = doc["paths"]["/orders/{orderId}"]["x-amazon-apigateway-any-method"][key]
    assert order["timeoutInMillis"] == 15000 and order["cacheKeyParameters"], order
    item = doc["paths"]["/orders/{orderId}/items/{itemId}"]["get"]
    assert item["security"] == [{"sigv4": []}], item
    assert [p["name"] for p in item["parameters"]] == ["orderId", "itemId"], item
    assert "sigv4" in doc["components"]["securitySchemes"]

    def uri(app: str) -> tuple[str, str]:
        api = ref["apis"][f"{app}-api"]
        live = export(aws, api["id"], "prod")["paths"]["/{proxy+}"][
            "x-amazon-apigateway-any-method"][key]["uri"]
        draft = {r["path"]: r.get("resourceMethods", {}) for r in aws.apigateway.get_resources(
            restApiId=api["id"], embed=["methods"])["items"]}["/{proxy+}"]
        return live, draft.get("ANY", {}).get("methodIntegration", {}).get("uri", "")
    live, draft = uri("drift")
    assert "/unfinished/" in draft and "/unfinished/" not in live
    live, draft = uri("shadow")
    assert "shadow-nlb" in live and draft == ""
    assert refused(aws.apigateway.get_export, restApiId=ref["apis"]["edge-api"]["id"],
                   stageName="none", exportType="oas30").startswith("404")


def test_v2(emu: Emulator) -> None:
    aws, ref = reference(emu)
    v2 = aws.apigatewayv2
    apis = {a["Name"]: a for a in v2.get_apis()["Items"]}
    assert {n: a["ProtocolType"] for n, a in apis.items()} == {
        "chat-api": "WEBSOCKET", "web-api": "HTTP", "front-api": "HTTP"}
    [link] = v2.get_vpc_links()["Items"]
    assert (link["VpcLinkId"], link["VpcLinkStatus"]) == (ref["v2_links"]["web-link"], "AVAILABLE")
    chat = ref["apis"]["chat-api"]["id"]
    [made] = v2.get_integrations(ApiId=chat)["Items"]
    assert made["ConnectionId"] == ref["links"]["chat-link"] and made["ConnectionType"] == "VPC_LINK"
    assert refused(v2.export_api, ApiId=chat, OutputType="JSON", Specification="OAS30",
                   StageName="prod") == "400 BadRequestException"
    assert refused(v2.create_integration, ApiId=chat, IntegrationType="HTTP_PROXY",
                   ConnectionType="VPC_LINK", ConnectionId=link["VpcLinkId"],
                   IntegrationUri="http://x") == "400 BadRequestException"
    front = ref["apis"]["front-api"]
    [made] = v2.get_integrations(ApiId=front["id"])["Items"]
    assert made["IntegrationUri"] == ref["listeners"]["front-nlb:80"]
    [route] = v2.get_routes(ApiId=front["id"])["Items"]
    assert route["Target"] == f"integrations/{made['IntegrationId']}"
    [stage] = v2.get_stages(ApiId=front["id"])["Items"]
    assert stage["DeploymentId"] == front["stages"]["prod"] and stage["AutoDeploy"] is False
    [stage] = v2.get_stages(ApiId=ref["apis"]["web-api"]["id"])["Items"]
    assert stage["StageName"] == "$default" and stage["AutoDeploy"] is True, stage

    def deployed() -> Doc:
        doc = json.loads(v2.export_api(ApiId=front["id"], OutputType="JSON", StageName="prod",
                                       Specification="OAS30")["body"].read())
        return doc["paths"]["/{proxy+}"]["x-amazon-apigateway-any-method"][
            "x-amazon-apigateway-integration"]
    assert deployed()["uri"] == ref["listeners"]["front-nlb:80"], deployed()
    v2.update_integration(ApiId=front["id"], IntegrationId=made["IntegrationId"],
                          IntegrationUri=ref["listeners"]["front-alb:80"])
    assert deployed()["uri"] == ref["listeners"]["front-nlb:80"], "not deployed yet"
    v2.update_integration(ApiId=front["id"], IntegrationId=made["IntegrationId"],
                          IntegrationUri=ref["listeners"]["front-nlb:80"])


def test_elbv2(emu: Emulator) -> None:
    aws, ref = reference(emu)
    elb = aws.elbv2
    found = {x["LoadBalancerName"]: x for x in elb.describe_load_balancers()["LoadBalancers"]}
    assert {n: x["LoadBalancerArn"] for n, x in found.items()} == {
        n: x["arn"] for n, x in ref["load_balancers"].items()}
    nlb = found["orders-nlb"]
    assert ":loadbalancer/net/orders-nlb/" in nlb["LoadBalancerArn"], nlb
    assert nlb["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] == "off", nlb
    assert nlb["DNSName"].startswith("orders-nlb-") and nlb["State"]["Code"] == "active"
    assert ":listener/net/orders-nlb/" in ref["listeners"]["orders-nlb:80"]
    assert not found["tls-nlb"].get("SecurityGroups")
    ports = {x["Port"]: x["Protocol"] for x in elb.describe_listeners(
        LoadBalancerArn=nlb["LoadBalancerArn"])["Listeners"]}
    assert ports == {80: "TCP", 443: "TCP"}
    rules = elb.describe_rules(ListenerArn=ref["listeners"]["orders-alb:80"])["Rules"]
    assert [r["Priority"] for r in rules] == ["10", "20", "default"], rules
    forward = rules[0]["Actions"][0]
    assert forward["ForwardConfig"]["TargetGroups"] == [
        {"TargetGroupArn": forward["TargetGroupArn"], "Weight": 1}], forward
    assert rules[0]["Conditions"][0]["Values"] == ["/orders*", "/v2/*"], rules[0]
    groups = {g["TargetGroupName"]: g for g in elb.describe_target_groups()["TargetGroups"]}
    assert groups["orders-alb-443"]["TargetType"] == "alb"
    assert groups["orders-alb-443"]["LoadBalancerArns"] == [nlb["LoadBalancerArn"]]
    [health] = elb.describe_target_health(
        TargetGroupArn=ref["target_groups"]["orders-alb-80"])["TargetHealthDescriptions"]
    assert health["Target"]["Id"] == ref["load_balancers"]["orders-alb"]["arn"]
    emu.lab("health", {"tg": ref["target_groups"]["orders-alb-80"], "state": "unhealthy",
                       "target": health["Target"]["Id"], "reason": "Target.ResponseCodeMismatch"})
    [health] = elb.describe_target_health(
        TargetGroupArn=ref["target_groups"]["orders-alb-80"])["TargetHealthDescriptions"]
    assert health["TargetHealth"]["State"] == "unhealthy"
    assert not elb.describe_target_health(
        TargetGroupArn=ref["target_groups"]["broken-alb-80"])["TargetHealthDescriptions"]
    attributes = {a["Key"]: a["Value"] for a in elb.describe_load_balancer_attributes(
        LoadBalancerArn=nlb["LoadBalancerArn"])["Attributes"]}
    assert attributes["deletion_protection.enabled"] == "true"
    assert elb.describe_target_group_attributes(
        TargetGroupArn=ref["target_groups"]["orders-alb-80"])["Attributes"]
    arns = [x["arn"] for x in ref["load_balancers"].values()]
    assert len(arns) > 20 and refused(elb.describe_tags, ResourceArns=arns) == "400 ValidationError"
    [tags] = elb.describe_tags(ResourceArns=[nlb["LoadBalancerArn"]])["TagDescriptions"]
    assert tags["Tags"] == [{"Key": "App", "Value": "orders"}]
    assert refused(elb.delete_load_balancer, LoadBalancerArn=nlb["LoadBalancerArn"]) == \
        "400 OperationNotPermitted"
    assert refused(elb.delete_load_balancer, LoadBalancerArn=ref["load_balancers"]["billing-nlb"][
        "arn"]) == "400 ResourceInUse"
    fixed = elb.create_load_balancer(
        Name="fixed-nlb", Type="network", Scheme="internet-facing", SubnetMappings=[
            {"SubnetId": ref["subnets"][0], "AllocationId": aws.ec2.allocate_address(
                Domain="vpc")["AllocationId"]}])["LoadBalancers"][0]
    [address] = fixed["AvailabilityZones"][0]["LoadBalancerAddresses"]
    assert address["IpAddress"] and address["AllocationId"], fixed
    elb.delete_load_balancer(LoadBalancerArn=fixed["LoadBalancerArn"])


def test_ec2(emu: Emulator) -> None:
    aws, ref = reference(emu)
    ec2 = aws.ec2
    in_vpc = [{"Name": "vpc-id", "Values": [ref["vpc"]]}]
    subnets = ec2.describe_subnets(Filters=in_vpc)["Subnets"]
    assert {s["SubnetId"] for s in subnets} == set(ref["subnets"])
    assert all(s["AvailabilityZoneId"].startswith("use1-az") and s["OwnerId"] == "300000000001"
               and 0 < s["AvailableIpAddressCount"] < 251 for s in subnets), subnets
    assert refused(ec2.describe_subnets, MaxResults=4) == "400 InvalidParameterValue"
    names = {g["GroupName"] for page in ec2.get_paginator("describe_security_groups").paginate(
        Filters=in_vpc, PaginationConfig={"PageSize": 5}) for g in page["SecurityGroups"]}
    assert names == {*ref["security_groups"], "default"}, names
    enis = [e for page in ec2.get_paginator("describe_network_interfaces").paginate(
        Filters=[{"Name": "description", "Values": ["ELB *"]}], PaginationConfig={"PageSize": 5})
        for e in page["NetworkInterfaces"]]
    assert len(enis) == 3 * len(ref["load_balancers"]), len(enis)
    alb_tail = ref["load_balancers"]["legacy-alb"]["arn"].split("loadbalancer/")[1]
    nodes = {e["PrivateIpAddress"] for e in enis if e["Description"] == f"ELB {alb_tail}"}
    targets = {t["Target"]["Id"] for t in aws.elbv2.describe_target_health(
        TargetGroupArn=ref["target_groups"]["legacy-nodes"])["TargetHealthDescriptions"]}
    assert nodes == targets and len(nodes) == 3
    kinds = {e["InterfaceType"] for e in enis}
    assert kinds == {"interface", "network_load_balancer"}, kinds
    [zone] = aws.route53.list_hosted_zones()["HostedZones"]
    records = aws.route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    assert [r["AliasTarget"]["DNSName"] for r in records if "AliasTarget" in r] == [
        ref["load_balancers"]["orders-nlb"]["dns"] + "."]
    assert aws.acm.describe_certificate(CertificateArn=ref["certificate"])["Certificate"][
        "DomainName"] == "api.internal.example.com"


def test_endpoint_services(emu: Emulator) -> None:
    aws, ref = reference(emu)
    services = aws.ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"]
    assert len(services) == len(ref["links"]) == len(ref["endpoint_services"])
    by_nlb = {s["NetworkLoadBalancerArns"][0]: s["ServiceId"] for s in services}
    assert by_nlb[ref["load_balancers"]["billing-nlb"]["arn"]] == \
        ref["endpoint_services"]["billing-nlb"]
    owned = [{"Name": "service-id", "Values": [ref["endpoint_services"]["billing-nlb"]]}]
    [hidden] = aws.ec2.describe_vpc_endpoint_connections(Filters=owned)["VpcEndpointConnections"]
    assert hidden["VpcEndpointOwner"] == "392220576650", hidden
    emu.lab("endpoint_connection", {
        "account": aws.account, "region": "us-east-1", "owner": "999999999999",
        "nlb_arn": ref["load_balancers"]["billing-nlb"]["arn"], "state": "available"})
    both = aws.ec2.describe_vpc_endpoint_connections(Filters=owned)["VpcEndpointConnections"]
    assert [c["VpcEndpointOwner"] for c in both] == ["392220576650", "999999999999"]
    pages = list(aws.ec2.get_paginator("describe_vpc_endpoint_service_configurations").paginate(
        PaginationConfig={"PageSize": 5}))
    assert len(pages) > 1 and sum(len(p["ServiceConfigurations"]) for p in pages) == len(services)
    emu.lab("endpoint_connection", {
        "account": aws.account, "owner": "999999999999", "state": "pendingAcceptance",
        "nlb_arn": ref["load_balancers"]["plain-nlb"]["arn"]})
    assert len(aws.ec2.describe_vpc_endpoint_service_configurations()[
        "ServiceConfigurations"]) == len(services) + 1


def test_route(emu: Emulator) -> None:
    aws, ref = reference(emu)

    def route(app: str, stage: str, path: str, extra: str = "") -> Doc:
        return emu.lab(f"route?account={aws.account}&api={ref['apis'][app]['id']}&stage={stage}"
                       f"&path={path}{extra}")
    assert route("billing-api", "prod", "/a")["target_group"] == ref["target_groups"][
        "billing-tasks"]
    assert route("legacy-api", "prod", "/a")["target_group"] == ref["target_groups"]["legacy-tasks"]
    assert route("shadow-api", "prod", "/a")["status"] == 200
    assert route("broken-api", "prod", "/a")["status"] == 503
    canary = route("orders-api", "prod", "/x/y", "&canary=1")
    assert canary["host"] == "canary.internal.example.com", canary


# --------------------------------------------------------------------- links, patches, stages

def test_link_life(emu: Emulator) -> None:
    account = "300000000002"
    ref = emu.lab("seed", {"scenario": "reference", "account": account, "only": ["front"]})
    aws = Aws(emu.url, account)
    gw, v2, ec2 = aws.apigateway, aws.apigatewayv2, aws.ec2
    nlb = ref["load_balancers"]["front-nlb"]["arn"]
    api = gw.create_rest_api(name="r")
    where = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "GET"}
    gw.put_method(**where, authorizationType="NONE")
    emu.lab("link_delay", {"account": account, "seconds": 0.5})
    first = gw.create_vpc_link(name="a", targetArns=[nlb])
    assert first["status"] == "PENDING", first
    assert len(ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"]) == 1
    second = gw.get_vpc_link(vpcLinkId=gw.create_vpc_link(name="b", targetArns=[nlb])["id"])
    assert second["status"] == "FAILED" and "already associated" in second["statusMessage"], second
    wrong = gw.create_vpc_link(name="c", targetArns=[ref["load_balancers"]["front-alb"]["arn"]])
    assert wrong["status"] == "FAILED"
    gw.put_integration(**where, type="HTTP_PROXY", integrationHttpMethod="GET", uri="http://x",
                       connectionType="VPC_LINK", connectionId=first["id"])
    begun = time.monotonic()
    gw.create_deployment(restApiId=api["id"], stageName="prod")
    assert time.monotonic() - begun > 0.1, "deploying waits for a PENDING link"
    assert "Cannot delete vpc link" in words(gw.delete_vpc_link, vpcLinkId=first["id"])
    link = v2.create_vpc_link(Name="n", SubnetIds=ref["subnets"],
                              SecurityGroupIds=[ref["security_groups"]["app-sg"]])["VpcLinkId"]
    patch = [{"op": "replace", "path": "/connectionId", "value": link}]
    assert "IntegrationTarget is required for VpcLinkV2" in words(
        gw.update_integration, **where, patchOperations=patch)
    target = ref["load_balancers"]["front-alb"]["arn"]
    assert refused(gw.update_integration, **where, patchOperations=[
        *patch, {"op": "add", "path": "/integrationTarget", "value": target}]).startswith("400")
    done = gw.update_integration(**where, patchOperations=[
        *patch, {"op": "replace", "path": "/integrationTarget", "value": target}])
    assert (done["connectionId"], done["integrationTarget"]) == (link, target), done
    assert "Cannot delete vpc link" in words(gw.delete_vpc_link, vpcLinkId=first["id"]), "deployed"
    time.sleep(0.5)
    gw.create_deployment(restApiId=api["id"], stageName="prod")
    assert export(aws, api["id"], "prod")["paths"]["/"]["get"]["x-amazon-apigateway-integration"][
        "integrationTarget"] == target
    gw.delete_vpc_link(vpcLinkId=first["id"])
    assert gw.get_vpc_link(vpcLinkId=first["id"])["status"] == "DELETING"
    time.sleep(0.55)
    assert refused(gw.get_vpc_link, vpcLinkId=first["id"]).startswith("404")
    assert not ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"]
    gw.update_vpc_link(vpcLinkId=second["id"], patchOperations=[
        {"op": "replace", "path": "/name", "value": "renamed"}])
    emu.lab("link_status", {"account": account, "link": link, "status": "INACTIVE"})
    assert v2.get_vpc_link(VpcLinkId=link)["VpcLinkStatus"] == "INACTIVE"
    assert refused(ec2.delete_security_group, GroupId=ref["security_groups"]["app-sg"]) == \
        "400 DependencyViolation"
    emu.lab("link_delay", {"account": account, "seconds": 0})
    instant = v2.create_vpc_link(Name="i", SubnetIds=ref["subnets"])["VpcLinkId"]
    assert v2.get_vpc_link(VpcLinkId=instant)["VpcLinkStatus"] == "AVAILABLE"
    v2.delete_vpc_link(VpcLinkId=instant)
    assert refused(v2.get_vpc_link, VpcLinkId=instant).startswith("404")


def test_canary(emu: Emulator) -> None:
    aws = Aws(emu.url, "300000000003")
    gw = aws.apigateway
    api = gw.create_rest_api(name="c")
    where = {"restApiId": api["id"], "stageName": "prod"}
    gw.put_method(restApiId=api["id"], resourceId=api["rootResourceId"], httpMethod="GET",
                  authorizationType="NONE")
    gw.put_integration(restApiId=api["id"], resourceId=api["rootResourceId"], httpMethod="GET",
                       type="MOCK")
    one = gw.create_deployment(restApiId=api["id"], stageName="prod")["id"]
    two = gw.create_deployment(restApiId=api["id"])["id"]

    def ops(*given: tuple[str, str, str]) -> str:
        return refused(gw.update_stage, **where, patchOperations=[
            {"op": o, "path": p, **({"value": v} if v else {})} for o, p, v in given])
    assert ops(("add", "/canarySettings/deploymentId", two)).startswith("400")
    assert ops(("replace", "/canarySettings/deploymentId", two),
               ("replace", "/canarySettings/percentTraffic", "10")) == "ok"
    assert gw.get_stage(**where)["canarySettings"] == {
        "percentTraffic": 10.0, "deploymentId": two, "stageVariableOverrides": {},
        "useStageCache": False}
    assert refused(gw.create_deployment, restApiId=api["id"], stageName="prod").startswith("400")
    assert refused(gw.delete_deployment, restApiId=api["id"], deploymentId=two).startswith("400")
    assert ops(("remove", "/canarySettings", "")) == "ok"
    assert ops(("replace", "/deploymentId", two)) == "ok"
    assert gw.get_stage(**where)["deploymentId"] == two
    gw.delete_deployment(restApiId=api["id"], deploymentId=one)


# --------------------------------------------------------------------- volume

def test_pages(emu: Emulator) -> None:
    made = emu.lab("seed", {"scenario": "pages", "account": "300000000004"})
    counts, aws = made["counts"], Aws(emu.url, "300000000004")
    gw = aws.apigateway

    def drain(call: Callable[..., Doc], key: str, token_in: str, token_out: str,
              **kw: Any) -> tuple[int, int]:
        total, pages, extra = 0, 0, {}
        while True:
            answer = call(**kw, **extra)
            total, pages = total + len(answer[key]), pages + 1
            if not answer.get(token_out):
                return total, pages
            extra = {token_in: answer[token_out]}
    large = made["apis"]["pages-large-00000"]["id"]
    assert drain(gw.get_rest_apis, "items", "position", "position", limit=500) == (
        counts["rest_apis"], 2)
    assert drain(gw.get_resources, "items", "position", "position", limit=500, restApiId=large,
                 embed=["methods"]) == (counts["resources"], 2)
    assert refused(gw.get_rest_apis, position="nonsense") == "400 BadRequestException"
    assert refused(aws.elbv2.describe_load_balancers, Marker="x") == "400 ValidationError"
    v2, many = aws.apigatewayv2, made["apis"]["pages-http"]["id"]
    for call, kw, name in ((v2.get_apis, {}, "http_apis"), (v2.get_routes, {"ApiId": many}, "routes"),
                           (v2.get_integrations, {"ApiId": many}, "routes")):
        assert drain(call, "Items", "NextToken", "NextToken", MaxResults="100", **kw) == (
            counts[name], 2), name
    elb = aws.elbv2
    assert drain(elb.describe_load_balancers, "LoadBalancers", "Marker", "NextMarker",
                 PageSize=400) == (counts["load_balancers"], 2)
    assert drain(elb.describe_rules, "Rules", "Marker", "NextMarker",
                 ListenerArn=made["listeners"]["pages-alb:80"]) == (counts["rules"], 2)
    assert drain(aws.ec2.describe_security_groups, "SecurityGroups", "NextToken", "NextToken",
                 MaxResults=1000, Filters=[{"Name": "vpc-id", "Values": [made["vpc"]]}]) == (
        counts["security_groups"], 2)


def test_bulk(emu: Emulator) -> None:
    made = emu.lab("seed", {"scenario": "bulk", "account": "300000000005", "apis": 20,
                            "resources": 30})
    aws = Aws(emu.url, "300000000005")
    api = made["apis"]["bulk-00019"]["id"]
    items = aws.apigateway.get_resources(restApiId=api, limit=500, embed=["methods"])["items"]
    assert sum("resourceMethods" in i for i in items) == 30
    assert len(export(aws, api, "prod")["paths"]) == 30
    assert emu.lab("seed", {"scenario": "empty", "account": "300000000006"})["scenario"] == "empty"


def test_reset(emu: Emulator) -> None:
    aws = Aws(emu.url, "300000000008")
    emu.lab("seed", {"scenario": "reference", "account": "300000000008", "only": ["web"]})
    emu.lab("reset", {})
    assert emu.lab("journal") == [] and emu.lab("faults") == []
    assert not aws.elbv2.describe_load_balancers()["LoadBalancers"]
    assert refused(aws.apigateway.get_rest_apis) == "ok"


def test_cbor_and_pricing(emu: Emulator) -> None:
    import ext_cbor
    sent = ext_cbor.encode({"Namespace": "AWS/NetworkELB"})
    scope = ("AWS4-HMAC-SHA256 Credential=AKIA300000000007TEST/20260101/us-east-1/monitoring/"
             "aws4_request, SignedHeaders=host, Signature=0")
    ask = urllib.request.Request(
        f"{emu.url}/service/GraniteServiceVersion20100801/operation/ListMetrics", data=sent,
        headers={"Authorization": scope, "smithy-protocol": "rpc-v2-cbor",
                 "Content-Type": "application/cbor"})
    with urllib.request.urlopen(ask) as answer:
        assert answer.headers["smithy-protocol"] == "rpc-v2-cbor" and answer.read()
    rows = Aws(emu.url, "300000000007").pricing.get_products(
        ServiceCode="AWSELB", FormatVersion="aws_v1", Filters=[
            {"Type": "TERM_MATCH", "Field": "productFamily", "Value": "Load Balancer-Network"}])
    assert len(rows["PriceList"]) == 100 and rows["NextToken"]


def test_capacity_reservations(emu: Emulator) -> None:
    account = "300000000008"
    aws = Aws(emu.url, account)
    seeded = emu.lab("seed", {"scenario": "reference", "account": account, "only": ["billing"]})
    nlb = seeded["load_balancers"]["billing-nlb"]["arn"]
    ask = aws.elbv2.describe_capacity_reservation
    assert "MinimumLoadBalancerCapacity" not in ask(LoadBalancerArn=nlb)
    emu.lab("put", {"account": account, "kind": "capacity_reservations",
                    "items": [{"LoadBalancerArn": nlb, "CapacityUnits": 5500}]})
    told = ask(LoadBalancerArn=nlb)
    assert told["MinimumLoadBalancerCapacity"] == {"CapacityUnits": 5500}
    zones = told["CapacityReservationState"]
    assert sum(zone["EffectiveCapacityUnits"] for zone in zones) == 5500
    assert "LoadBalancerNotFound" in refused(ask, LoadBalancerArn=nlb + "0")


def main() -> int:
    wanted = sys.argv[2] if sys.argv[1:2] == ["-k"] else ""
    emu = Emulator()
    print(f"started in {emu.started_in:.1f} s")
    failed = 0
    try:
        tests = dict(globals())
        for module in MODULES:
            tests |= vars(importlib.import_module(module))
        for name, test in [(n, f) for n, f in tests.items() if n.startswith("test_")]:
            if wanted not in name:
                continue
            begun = time.monotonic()
            try:
                test(emu)
                print(f"ok   {name} ({time.monotonic() - begun:.1f} s)")
            except Exception:  # noqa: BLE001 - report, go on
                failed += 1
                print(f"FAIL {name}")
                traceback.print_exc()
    finally:
        emu.stop()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
