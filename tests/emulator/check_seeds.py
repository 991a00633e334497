"""Checks of the scenarios: what they promise is what AWS calls answer."""
from __future__ import annotations

import json

from checking import Aws, Doc, Emulator, export


def test_sources(emu: Emulator) -> None:
    account = "730000000001"
    made = emu.lab("seed", {"scenario": "sources", "account": account})
    assert made["seconds"] < 12 and len(made["parts"]) == 34, made["seconds"]
    aws, west = Aws(emu.url, account), Aws(emu.url, account, "us-west-2")

    def nlb(app: str, what: str = "arn") -> str:
        return made["load_balancers"][f"{app}-nlb"][what]
    records = {r["Name"].split(".")[0]: r for r in aws.route53.list_resource_record_sets(
        HostedZoneId=made["hosted_zone"])["ResourceRecordSets"]}
    assert nlb("alias", "dns") in records["alias"]["AliasTarget"]["DNSName"], records
    assert records["cname"]["ResourceRecords"][0]["Value"] == nlb("cname", "dns"), records
    ga = west.globalaccelerator
    [accelerator] = ga.list_accelerators()["Accelerators"]
    [listener] = ga.list_listeners(AcceleratorArn=accelerator["AcceleratorArn"])["Listeners"]
    [group] = ga.list_endpoint_groups(ListenerArn=listener["ListenerArn"])["EndpointGroups"]
    assert group["EndpointDescriptions"][0]["EndpointId"] == nlb("accelerator"), group
    assert aws.cloudfront.list_vpc_origins()["VpcOriginList"]["Items"][0][
        "OriginEndpointArn"] == nlb("origin-vpc")
    origins = {d["Comment"]: d["Origins"]["Items"][0] for d in aws.cloudfront.list_distributions()[
        "DistributionList"]["Items"]}
    assert origins["origin-domain"]["DomainName"] == nlb("origin-domain", "dns"), origins
    assert origins["origin-vpc"]["VpcOriginConfig"]["VpcOriginId"], origins
    assert aws.ec2.describe_verified_access_endpoints()["VerifiedAccessEndpoints"][0][
        "LoadBalancerOptions"]["LoadBalancerArn"] == nlb("verified")
    assert aws.ec2.describe_traffic_mirror_targets()["TrafficMirrorTargets"][0][
        "NetworkLoadBalancerArn"] == nlb("mirror")
    assert [a["AlarmName"] for a in aws.cloudwatch.describe_alarms()["MetricAlarms"]] == [
        "alarm-low", "alarm-math-rate"]
    status = {app: aws.acm.describe_certificate(CertificateArn=arn)["Certificate"]
              for app, arn in made["certificates"].items()}
    assert {app: (c["Type"], c["Status"], c["DomainName"].split(".")[0])
            for app, c in status.items()} == {
        "tls-fit": ("AMAZON_ISSUED", "ISSUED", "api"),
        "tls-misfit": ("AMAZON_ISSUED", "ISSUED", "other"),
        "tls-expired": ("AMAZON_ISSUED", "EXPIRED", "api"),
        "tls-imported": ("IMPORTED", "ISSUED", "api"), "tls-private": ("PRIVATE", "ISSUED", "api"),
        "tls-sni": ("AMAZON_ISSUED", "ISSUED", "other")}, status
    for app, guarded in (("waf-rate", True), ("waf-header", True), ("alias", False)):
        alb = made["load_balancers"][f"{app}-alb"]["arn"]
        assert ("WebACL" in aws.wafv2.get_web_acl_for_resource(ResourceArn=alb)) is guarded, app
    subnets = {s["SubnetId"]: s for s in aws.ec2.describe_subnets()["Subnets"]}
    assert all(subnets[s]["AvailableIpAddressCount"] == 0 for s in made["vpcs"]["full"]["subnets"])
    assert all(subnets[s]["OwnerId"] == "999999999999" for s in made["vpcs"]["shared"]["subnets"])
    [acl] = aws.ec2.describe_network_acls(Filters=[
        {"Name": "association.subnet-id", "Values": made["vpcs"]["nacl"]["subnets"]}])[
        "NetworkAcls"]
    assert any(e["RuleAction"] == "deny" and e["RuleNumber"] == 90 for e in acl["Entries"]), acl
    stages = {app: aws.apigateway.get_stages(restApiId=made["apis"][f"{app}-api"]["id"])["item"][0]
              for app in ("cache", "client-certificate")}
    assert stages["cache"]["cacheClusterEnabled"] and stages["client-certificate"][
        "clientCertificateId"] == "clcert01", stages
    ends = {}
    for app in made["parts"]:
        answer = emu.lab(f"route?account={account}&api={made['apis'][f'{app}-api']['id']}"
                         "&stage=prod&path=/old/x")
        ends[app] = answer["end"]
        assert answer["end"]["kind"] == ("unknown" if app == "rule-source" else "forward"), answer
    for app in ("rule-host", "rule-regex", "rule-url", "rule-rewrite-host"):
        assert ends[app]["groups"] == [made["target_groups"][f"{app}-other"]], ends[app]


def test_secrets(emu: Emulator) -> None:
    """The marker is where the scenario says it is."""
    account, marker = "730000000002", "hunter2-of-the-check"
    made = emu.lab("seed", {"scenario": "secrets", "account": account, "marker": marker})
    aws = Aws(emu.url, account)
    api = made["apis"]["vault-api"]["id"]
    http = made["apis"]["vault-http"]["id"]
    gw, v2, elb = aws.apigateway, aws.apigatewayv2, aws.elbv2
    alb = made["load_balancers"]["vault-alb"]["arn"]
    zone = aws.route53.list_hosted_zones()["HostedZones"][0]
    answers: Doc = {
        "authorizers": gw.get_authorizers(restApiId=api), "models": gw.get_models(restApiId=api),
        "gateway responses": gw.get_gateway_responses(restApiId=api),
        "policy": gw.get_rest_apis(), "stages": gw.get_stages(restApiId=api),
        "resources": gw.get_resources(restApiId=api, embed=["methods"]),
        "export": export(aws, api, "prod"), "http authorizers": v2.get_authorizers(ApiId=http),
        "zones": aws.route53.list_hosted_zones(),
        "records": aws.route53.list_resource_record_sets(HostedZoneId=zone["Id"]),
        "alarms": aws.cloudwatch.describe_alarms(),
        "certificate": aws.acm.list_tags_for_certificate(CertificateArn=made["certificate"]),
        "acl": aws.wafv2.get_web_acl_for_resource(ResourceArn=alb),
        "distributions": aws.cloudfront.list_distributions(),
        "mirrors": aws.ec2.describe_traffic_mirror_targets()}
    rules = elb.describe_rules(ListenerArn=made["listeners"]["vault-alb:80"])["Rules"]
    answers |= {f"rule {r['Priority']}": r for r in rules if not r["IsDefault"]}
    for name, answer in answers.items():
        assert marker in json.dumps(answer, default=str), name
    seen = json.dumps(answers["export"])
    for part in ("x-amazon-apigateway-gateway-responses", "x-amazon-apigateway-policy", "auth-",
                 "schemas"):
        assert part in seen, part
