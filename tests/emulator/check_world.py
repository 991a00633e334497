"""Checks of POST /_lab/world and of the oracle: what the document says is what AWS calls answer."""
from __future__ import annotations

import copy
import json
import os
import re
import time
import urllib.parse

from checking import HERE, Aws, Doc, Emulator

ARN = "arn:aws:elasticloadbalancing:us-east-1:700000000001"
ALB = "app/shop-alb/2222222222222222"


def example(account: str = "700000000001") -> Doc:
    with open(os.path.join(HERE, "world.example.json")) as f:
        return json.loads(f.read().replace("700000000001", account))


def test_world(emu: Emulator) -> None:
    doc = example()
    for n in range(5):                          # built again elsewhere, quickly
        account = str(700000000001 + n)
        begun = time.monotonic()
        made = emu.lab("world", {"account": account, "world": example(account)})
        took = time.monotonic() - begun
    assert took < 0.1 and made["made"]["Listeners"] == 2, (took, made)
    aws = Aws(emu.url, "700000000001")
    elb, ec2, gw, v2 = aws.elbv2, aws.ec2, aws.apigateway, aws.apigatewayv2

    def ids(rows: list[Doc], key: str) -> set[str]:
        return {r[key] for r in rows}
    for rows, section, key in (
            (elb.describe_load_balancers()["LoadBalancers"], "LoadBalancers", "LoadBalancerArn"),
            (elb.describe_load_balancers()["LoadBalancers"], "LoadBalancers", "DNSName"),
            (elb.describe_target_groups()["TargetGroups"], "TargetGroups", "TargetGroupArn"),
            (ec2.describe_vpcs()["Vpcs"], "Vpcs", "VpcId"),
            (ec2.describe_subnets()["Subnets"], "Subnets", "SubnetId"),
            (ec2.describe_security_groups()["SecurityGroups"], "SecurityGroups", "GroupId"),
            (ec2.describe_network_interfaces()["NetworkInterfaces"], "NetworkInterfaces",
             "NetworkInterfaceId"),
            (gw.get_rest_apis()["items"], "RestApis", "id"),
            (gw.get_vpc_links()["items"], "VpcLinks", "id")):
        assert ids(rows, key) == ids(doc[section], key), (section, rows)
    assert v2.get_vpc_links()["Items"][0]["VpcLinkId"] == "link02"
    assert v2.get_apis()["Items"][0]["ApiId"] == "http000001"
    assert v2.get_routes(ApiId="http000001")["Items"][0]["RouteId"] == "route01"
    for listener in doc["Listeners"]:
        [shown] = elb.describe_listeners(ListenerArns=[listener["ListenerArn"]])["Listeners"]
        assert shown["Port"] == listener["Port"] and shown["LoadBalancerArn"] == listener[
            "LoadBalancerArn"]
        rules = elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
        assert [r["RuleArn"] for r in rules if not r["IsDefault"]] == [
            r["RuleArn"] for r in listener.get("Rules", [])]
    assert rules[0]["Transforms"] == doc["Listeners"][1]["Rules"][0]["Transforms"], rules
    assert rules[1]["Conditions"] == doc["Listeners"][1]["Rules"][1]["Conditions"], rules
    assert shown["MutualAuthentication"] == {"Mode": "off"}, shown
    [sick] = elb.describe_target_health(
        TargetGroupArn=f"{ARN}:targetgroup/tasks/4444444444444444")["TargetHealthDescriptions"]
    assert sick["TargetHealth"] == {"State": "unhealthy", "Reason": "Target.Timeout"}, sick
    resources = gw.get_resources(restApiId="api0000001", embed=["methods"])["items"]
    by_path = {r["path"]: r for r in resources}
    assert by_path["/items/{id}"]["id"] == "res0000002" and "/items" in by_path
    assert by_path["/items/{id}"]["resourceMethods"]["GET"]["methodIntegration"][
        "connectionId"] == "link01"
    [stage] = gw.get_stages(restApiId="api0000001")["item"]
    assert stage["canarySettings"]["deploymentId"] == "dep002" and stage["variables"] == {
        "host": "shop.example.com"}, stage
    services = ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"]
    assert len(services) == 1
    # what it describes can be worked with
    gw.create_deployment(restApiId="api0000001", description="later")
    assert len(gw.get_deployments(restApiId="api0000001")["items"]) == 3
    try:
        emu.lab("world", {"account": "700000000009", "world": {"Elephants": []}})
        raise AssertionError("an unknown section was taken")
    except AssertionError as exc:
        assert "Elephants" in str(exc), exc


def test_world_again(emu: Emulator) -> None:
    """The same document gives the same answers, but for times."""
    def told() -> str:
        emu.lab("reset", {"account": "700000000001"})
        emu.lab("world", {"account": "700000000001", "world": example()})
        ec2 = Aws(emu.url, "700000000001").ec2
        answers = [getattr(ec2, f"describe_{x}")() for x in (
            "vpcs", "subnets", "security_groups", "security_group_rules", "network_interfaces",
            "network_acls", "route_tables", "vpc_endpoint_service_configurations",
            "vpc_endpoint_connections")]
        for answer in answers:
            del answer["ResponseMetadata"]
        return re.sub(r"datetime\.datetime\([^()]*(\(\))?\)", "", str(answers))
    first = told()
    assert first == told() and "vpce-con-" in first, first


def test_world_routes(emu: Emulator) -> None:
    emu.lab("world", {"account": "700000000001", "world": example()})
    rest, http = {"api": "api0000001", "stage": "prod"}, {"api": "http000001", "verb": "GET"}
    answers = emu.lab("routes", {"account": "700000000001", "requests": [
        {**rest, "verb": "GET", "path": "/items/7", "query": "a=1"},
        {**rest, "path": "/items/7", "canary": True},
        {**rest, "verb": "POST", "path": "/items/7"},
        {**http, "stage": "prod", "path": "/x/7"},
        {**http, "stage": "$default", "path": "/x/7", "headers": {"Host": "shop.example.com"}},
        {"api": "nope", "stage": "prod", "path": "/"}]})
    first = answers[0]
    assert first["status"] == 200 and first["deployment"] == "dep001", first
    assert first["end"] == {
        "kind": "forward", "listener": f"{ARN}:listener/{ALB}/bbbbbbbbbbbbbbbb", "priority": "10",
        "rule": f"{ARN}:listener-rule/{ALB}/bbbbbbbbbbbbbbbb/0000000000000001",
        "groups": [f"{ARN}:targetgroup/blue/5555555555555555",
                   f"{ARN}:targetgroup/tasks/4444444444444444"]}, first
    assert (first["scheme"], first["host"], first["path"], first["query"]) == (
        "http", "shop.example.com", "/v2/7", "a=1"), first
    assert answers[1]["end"]["kind"] == "redirect" and answers[1]["status"] == 301, answers[1]
    assert answers[1]["end"]["location"] == "https://www.x:443/old/shoes", answers[1]
    assert answers[2]["end"] == {"kind": "refusal", "why": "no method matches"}, answers[2]
    assert answers[3]["path"] == "/v2/7" and answers[3]["resource"] == "GET /x/{id}", answers[3]
    assert answers[4]["host"] == "shop.example.com", answers[4]
    assert "Invalid Rest API" in answers[5]["error"], answers[5]
    single = emu.lab("route?account=700000000001&api=api0000001&stage=prod&path=/items/7%3Fa%3D1")
    assert single == first, single


# --------------------------------------------------------------------- one rule at a time

def asked(emu: Emulator, rule: Doc, request: Doc, protocol: str = "HTTP", uri: str = "",
          mapping: Doc | None = None) -> Doc:
    """The example with one rule alone on its ALB, and one request to it."""
    doc = copy.deepcopy(example())
    listener = doc["Listeners"][1]
    kept = {"RuleArn": f"{ARN}:listener-rule/{ALB}/bbbbbbbbbbbbbbbb/0000000000000003",
            "Priority": "5", "Actions": [{"Type": "forward", "TargetGroupArn":
                                          f"{ARN}:targetgroup/blue/5555555555555555"}]}
    listener["Rules"], listener["Protocol"] = [{**kept, **rule}], protocol
    method = doc["RestApis"][0]["resources"][1]["resourceMethods"]["GET"]
    if uri:
        doc["Listeners"][0]["Port"] = urllib.parse.urlsplit(uri).port or 80
        method["methodIntegration"]["uri"] = uri
    method["methodIntegration"]["requestParameters"] |= mapping or {}
    emu.lab("reset", {"account": "700000000001"})
    emu.lab("world", {"account": "700000000001", "world": doc})
    return emu.lab("routes", {"account": "700000000001", "requests": [
        {"api": "api0000001", "stage": "prod", "verb": "GET", **request}]})[0]


def test_conditions(emu: Emulator) -> None:
    def cond(field: str, config: str, **kw: object) -> Doc:
        return {"Conditions": [{"Field": field, config: kw}]}

    def takes(rule: Doc, expect: bool | None, path: str = "/items/7", **kw: object) -> None:
        extra = {k: kw.pop(k) for k in ("uri", "mapping") if k in kw}
        got = asked(emu, rule, {"path": path, **kw}, **extra)["end"]
        found = {"forward": True, "fixed-response": False, "unknown": None}[got["kind"]]
        assert found is expect, (rule, path, kw, got)
    at, host = "PathPatternConfig", "HostHeaderConfig"
    takes(cond("path-pattern", at, Values=["/no", "/items/?"]), True)
    takes(cond("path-pattern", at, Values=["/ITEMS/*"]), False)
    takes(cond("path-pattern", at, Values=["/items/[0-9]"]), False)         # no brackets
    takes(cond("path-pattern", at, Values=["/items/[7]"]), True, "/items/[7]")
    takes(cond("path-pattern", at, RegexValues=["/items/[0-9]+"]), True)
    takes(cond("path-pattern", at, RegexValues=["/items"]), False)          # not the whole path
    takes({"Conditions": [{"Field": "path-pattern", "Values": ["/items/*"]}]}, True)
    takes(cond("host-header", host, Values=["SHOP.*.com"]), True)
    takes(cond("host-header", host, Values=["shop.example.com"]), False,
          uri="http://shop.example.com:81/items/{id}")
    takes(cond("host-header", host, RegexValues=["shop[.]example[.]com"]), True)
    takes(cond("host-header", host, Values=["other.example.com"]), True,
          mapping={"integration.request.header.Host": "'other.example.com'"})
    takes(cond("http-request-method", "HttpRequestMethodConfig", Values=["GET", "HEAD"]), True)
    takes(cond("http-request-method", "HttpRequestMethodConfig", Values=["get"]), False)
    takes(cond("http-header", "HttpHeaderConfig", HttpHeaderName="X-KEY", Values=["AB*"]), True,
          headers={"x-key": "abc"})
    takes(cond("http-header", "HttpHeaderConfig", HttpHeaderName="X-KEY", Values=["*"]), False)
    pairs = cond("query-string", "QueryStringConfig", Values=[{"Key": "v", "Value": "1?"},
                                                              {"Value": r"a\*b"}])
    takes(pairs, True, query="x=1&V=12")
    takes(pairs, True, query="z=a*b")
    takes(pairs, False, query="z=aab&v=1")
    near = cond("source-ip", "SourceIpConfig", Values=["10.0.0.0/24", "192.0.2.0/24"])
    takes(near, True)                           # the NLB's subnet
    takes(near, False, source="198.51.100.7")
    takes(near, True, source="192.0.2.9")
    takes(cond("source-ip", "SourceIpConfig", Values=["10.0.0.0/25"]), None)
    takes({"Conditions": [{"Field": "ja4-fingerprint", "Values": ["x"]}]}, None)
    takes({"Conditions": [{"Field": "ja4-fingerprint", "Values": ["x"]},
                          {"Field": "path-pattern", "Values": ["/no"]}]}, False)


def test_actions(emu: Emulator) -> None:
    every = {"Conditions": [{"Field": "path-pattern", "Values": ["*"]}]}
    blue, tasks = (f"{ARN}:targetgroup/{x}" for x in ("blue/5555555555555555",
                                                      "tasks/4444444444444444"))

    def got(actions: list[Doc], path: str = "/items/7", **kw: object) -> Doc:
        return asked(emu, {**every, "Actions": actions, **kw}, {"path": path, "query": "a=b"})
    weighted = {"Type": "forward", "ForwardConfig": {"TargetGroups": [
        {"TargetGroupArn": blue, "Weight": 0}, {"TargetGroupArn": tasks, "Weight": 3}]}}
    answer = got([weighted])
    assert answer["end"]["groups"] == [tasks] and answer["unhealthy"] == [tasks], answer
    answer = got([{"Type": "redirect", "RedirectConfig": {
        "StatusCode": "HTTP_302", "Path": "/x/#{path}", "Query": "#{query}&h=#{host}&p=#{port}"}}])
    assert answer["end"]["location"] == (
        "http://shop.example.com:80/x/items/7?a=b&h=shop.example.com&p=80"), answer
    answer = got([{"Type": "fixed-response", "FixedResponseConfig": {
        "StatusCode": "403", "ContentType": "text/plain", "MessageBody": "no"}}])
    assert answer["status"] == 403 and answer["end"]["body"] == "no", answer
    oidc = {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": {
        "Issuer": "https://i.example.com", "OnUnauthenticatedRequest": "deny"}}
    answer = got([{**weighted, "Order": 2}, oidc])
    assert answer["status"] == 401 and answer["end"]["kind"] == "authenticate-oidc", answer
    assert answer["end"]["then"] == {"kind": "forward", "groups": [tasks]}, answer
    answer = got([{"Type": "mirror", "Order": 1}])
    assert answer["end"]["kind"] == "unknown" and answer["end"]["what"] == "action mirror", answer
    rewrites = [{"Type": "host-header-rewrite", "HostHeaderRewriteConfig": {"Rewrites": [
        {"Regex": r"^(.+)\.example\.com$", "Replace": "$1.internal"}]}},
        {"Type": "url-rewrite", "UrlRewriteConfig": {"Rewrites": [
            {"Regex": "^/items/([0-9]+)", "Replace": "/by?id=$1"}]}}]
    answer = got([weighted], Transforms=rewrites)
    assert (answer["host"], answer["path"], answer["query"]) == (
        "shop.internal", "/by", "id=7?a=b"), answer
    answer = got([weighted], Transforms=[{"Type": "body-rewrite"}])
    assert answer["end"]["what"] == "transform body-rewrite", answer


def test_network_balancers(emu: Emulator) -> None:
    """Weights and TLS on the NLB; the address the ALB sees; groups that lead to different ends."""
    def ask(change: object, **request: object) -> Doc:
        doc = example()
        change(doc)
        emu.lab("reset", {"account": "700000000001"})
        emu.lab("world", {"account": "700000000001", "world": doc})
        return emu.lab("routes", {"account": "700000000001", "requests": [
            {"api": "api0000001", "stage": "prod", "verb": "GET", "path": "/items/7",
             **request}]})[0]

    def forward(*weights: int) -> Doc:
        names = ("to-alb/3333333333333333", "raw/6666666666666666")
        return {"Type": "forward", "ForwardConfig": {"TargetGroups": [
            {"TargetGroupArn": f"{ARN}:targetgroup/{n}", "Weight": w}
            for n, w in zip(names, weights)]}}
    raw = {"TargetGroupArn": f"{ARN}:targetgroup/raw/6666666666666666", "TargetGroupName": "raw",
           "TargetType": "ip", "Protocol": "TCP", "Port": 80, "VpcId": "vpc-1",
           "TargetHealthDescriptions": [{"Target": {"Id": "10.0.1.50", "Port": 80}}]}

    def weights(*given: int) -> object:
        def change(doc: Doc) -> None:
            doc["TargetGroups"].append(raw)
            doc["Listeners"][0]["DefaultActions"] = [forward(*given)]
        return change
    assert ask(weights(1, 0))["end"]["priority"] == "10"
    assert ask(weights(0, 1))["end"]["groups"] == [raw["TargetGroupArn"]]
    both = ask(weights(1, 1))["end"]
    assert both["kind"] == "split" and [e["kind"] for e in both["ends"]] == [
        "forward", "forward"], both
    assert ask(weights(0, 0))["end"]["why"].endswith("has a weight")

    def tls(doc: Doc) -> None:
        doc["Listeners"][0] |= {"Protocol": "TLS", "Port": 443}
        method = doc["RestApis"][0]["resources"][1]["resourceMethods"]["GET"]
        method["methodIntegration"]["uri"] = "https://shop.example.com/items/{id}"
    answer = ask(tls)
    assert (answer["scheme"], answer["host"]) == ("http", "shop.example.com"), answer
    assert answer["end"]["kind"] == "forward", answer

    def nodes(doc: Doc) -> None:
        doc["NetworkInterfaces"].append({
            "NetworkInterfaceId": "eni-2", "SubnetId": "subnet-a", "PrivateIpAddress": "10.0.0.99",
            "Description": "ELB net/shop-nlb/1111111111111111"})
        doc["Listeners"][1]["Rules"] = doc["Listeners"][1]["Rules"][:1]
        doc["Listeners"][1]["Rules"][0]["Conditions"] = [
            {"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.99/32"]}}]
    assert ask(nodes)["end"]["kind"] == "forward"
    assert ask(nodes, source="10.0.0.98")["end"]["kind"] == "fixed-response"

    def variables(doc: Doc) -> None:
        api = doc["RestApis"][0]
        del api["deployments"][1]["resources"]
        api["stages"][0]["canarySettings"]["stageVariableOverrides"] = {"host": "b.example.com"}
    assert ask(variables)["host"] == "shop.example.com"
    assert ask(variables, canary=True)["host"] == "b.example.com"

    def mapped(doc: Doc) -> None:
        method = doc["RestApis"][0]["resources"][1]["resourceMethods"]["GET"]
        method["methodIntegration"]["requestParameters"] |= {
            "integration.request.header.Host": "stageVariables.host",
            "integration.request.header.X-From": "method.request.querystring.from",
            "integration.request.header.X-Who": "context.identity.sourceIp"}
    answer = ask(mapped, query="from=here")
    assert answer["headers"]["X-From"] == "here" and answer["unsure"], answer
