"""Checks of the data plane: addresses, canary releases, rules of backends, metrics, loads."""
from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from typing import Any

from checking import Aws, Doc, Emulator


class Site:
    """An account with the reference scenario, and plain HTTP to its APIs."""

    def __init__(self, emu: Emulator, account: str, *only: str):
        emu.lab("reset", {"account": account})
        self.emu, self.account, self.aws = emu, account, Aws(emu.url, account)
        self.made = emu.lab("seed", {"scenario": "reference", "account": account,
                                     "only": list(only)})

    def id(self, name: str) -> str:
        return self.made["apis"][name]["id"]

    def host(self, name: str) -> str:
        return f"{self.id(name)}.execute-api.us-east-1.amazonaws.com"

    def ask(self, host: str, path: str, verb: str = "GET",
            **headers: str) -> tuple[int, Any, dict[str, str]]:
        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_args: Any) -> None:
                return None
        request = urllib.request.Request(self.emu.url + path, method=verb, headers={
            "Host": host, **{k.replace("_", "-"): v for k, v in headers.items()}})
        try:
            answer = urllib.request.build_opener(Stay).open(request)
        except urllib.error.HTTPError as exc:
            answer = exc
        raw, kind = answer.read(), answer.headers.get("Content-Type", "")
        body = json.loads(raw) if raw and "json" in kind else raw.decode()
        return answer.status, body, {k.lower(): v for k, v in answer.headers.items()}

    def lab(self, path: str, **body: Any) -> Any:
        return self.emu.lab(path, {"account": self.account, **body})

    def rewire(self) -> str:
        """The billing API over a link of version 2, deployed beside what `prod` runs."""
        gw, api = self.aws.apigateway, self.id("billing-api")
        link = self.aws.apigatewayv2.create_vpc_link(
            Name="new", SubnetIds=self.made["subnets"],
            SecurityGroupIds=[self.made["security_groups"]["app-sg"]])["VpcLinkId"]
        alb = self.made["load_balancers"]["billing-alb"]["arn"]
        for resource in gw.get_resources(restApiId=api, embed=["methods"])["items"]:
            for verb in resource.get("resourceMethods", {}):
                gw.update_integration(restApiId=api, resourceId=resource["id"], httpMethod=verb,
                                      patchOperations=[
                    {"op": "replace", "path": "/connectionId", "value": link},
                    {"op": "replace", "path": "/integrationTarget", "value": alb}])
        return gw.create_deployment(restApiId=api)["id"]

    def canary(self, deployment: str | None, percent: float = 0) -> None:
        ops = [{"op": "remove", "path": "/canarySettings"}] if deployment is None else [
            {"op": "replace", "path": "/canarySettings/deploymentId", "value": deployment},
            {"op": "replace", "path": "/canarySettings/percentTraffic", "value": str(percent)}]
        self.aws.apigateway.update_stage(restApiId=self.id("billing-api"), stageName="prod",
                                         patchOperations=ops)

    def value(self, namespace: str, name: str, dims: Doc, stat: str = "Sum") -> float | None:
        """Of the last two hours; None: no data."""
        now = time.time()
        [result] = self.aws.cloudwatch.get_metric_data(
            StartTime=now - 7200, EndTime=now + 60, MetricDataQueries=[{
                "Id": "a", "MetricStat": {"Stat": stat, "Period": 60, "Metric": {
                    "Namespace": namespace, "MetricName": name, "Dimensions": [
                        {"Name": k, "Value": v} for k, v in dims.items()]}}}])["MetricDataResults"]
        return sum(result["Values"]) if result["Values"] else None

    def balancer(self, name: str) -> Doc:
        arn = self.made["load_balancers"][name]["arn"]
        return {"LoadBalancer": arn.split("loadbalancer/")[1]}


BILLING = {"stage": "prod", "verb": "GET", "path": "/invoices/7"}


def test_addresses(emu: Emulator) -> None:
    site = Site(emu, "750000000001", "orders", "billing", "web", "front", "edge")
    status, body, headers = site.ask(site.host("billing-api"), "/prod/invoices/a%20b?x=1&y=2")
    assert status == 200 and headers["content-type"] == "application/json", (status, body)
    told = emu.lab(f"route?account={site.account}&api={site.id('billing-api')}&stage=prod"
                   "&path=/invoices/a%2520b&query=x%3D1%26y%3D2")
    assert body["target_group"] == told["target_group"] is not None, (body, told)
    for key in ("scheme", "host", "path", "query", "verb"):
        assert body[key] == told[key], (key, body, told)
    assert (body["path"], body["query"]) == ("/invoices/a%20b", "x=1&y=2"), body
    again = site.ask(site.host("billing-api"), "/prod/invoices/a%20b?x=1&y=2")
    assert again[1] == body and again[2]["x-amzn-requestid"] != headers["x-amzn-requestid"]
    inside = f"{site.id('billing-api')}-vpce-0a1b2c.execute-api.us-east-1.amazonaws.com"
    assert site.ask(inside, "/prod/invoices/7")[0] == 200
    endpoint = "vpce-0a1b2c-xyz.execute-api.us-east-1.vpce.amazonaws.com"
    assert site.ask(endpoint, "/prod/invoices/7", x_apigw_api_id=site.id("billing-api"))[0] == 200
    # what there is not
    assert site.ask(site.host("billing-api"), "/nope/x")[:2] == (403, {"message": "Forbidden"})
    assert site.ask(site.host("billing-api").replace("us-east-1", "eu-west-1"), "/prod/x")[0] == 403
    assert site.ask("nobody123.execute-api.us-east-1.amazonaws.com", "/prod/x")[0] == 403
    assert site.ask(site.host("orders-api"), "/prod")[:2] == (
        403, {"message": "Missing Authentication Token"})
    # HTTP APIs: $default without, other stages with their name
    assert site.ask(site.host("web-api"), "/a/b")[1]["path"] == "/a/b"
    status, body, _ = site.ask(site.host("front-api"), "/prod/a")
    assert status == 200 and body["host"] == site.host("front-api"), body
    assert site.ask(site.host("front-api"), "/a")[:2] == (404, {"message": "Not Found"})
    # not the data plane: an AWS call, the control plane
    assert site.aws.apigateway.get_rest_apis()["items"]
    site.aws.apigateway.update_rest_api(restApiId=site.id("edge-api"), patchOperations=[
        {"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"}])
    assert site.ask(site.host("edge-api"), "/v1/x")[:2] == (403, {"message": "Forbidden"})
    assert not [r for r in emu.lab(f"journal?account={site.account}") if "execute" in r["service"]]


def test_domains(emu: Emulator) -> None:
    site = Site(emu, "750000000002", "orders", "billing", "web")
    mine = {"x_moto_account_id": site.account}
    status, body, _ = site.ask("api.example.com", "/orders/orders/7", **mine)
    assert status == 200 and body["path"].endswith("/orders/7"), body
    assert site.ask("api.example.com", "/other/7", **mine)[0] == 403
    v2 = site.aws.apigatewayv2
    v2.create_domain_name(DomainName="own.example.org", DomainNameConfigurations=[
        {"CertificateArn": site.made["certificate"], "EndpointType": "REGIONAL"}])
    for key, name, stage in (("pay/v1", "billing-api", "prod"), ("", "web-api", "$default")):
        v2.create_api_mapping(DomainName="own.example.org", ApiMappingKey=key, Stage=stage,
                              ApiId=site.id(name))
    status, body, _ = site.ask("own.example.org", "/pay/v1/invoices/7")
    assert (status, body["path"]) == (200, "/invoices/7"), body
    status, body, _ = site.ask("own.example.org", "/pay/v2/x")
    assert (status, body["path"], body["host"]) == (200, "/pay/v2/x", "own.example.org"), body
    site.aws.apigateway.create_base_path_mapping(domainName="api.example.com", basePath="all",
                                                 restApiId=site.id("billing-api"))
    assert site.ask("api.example.com", "/all/prod/invoices/7", **mine)[1]["path"] == "/invoices/7"
    assert site.ask("api.example.com", "/all/dev/invoices/7", **mine)[0] == 403


def test_guards_of_the_data_plane(emu: Emulator) -> None:
    site = Site(emu, "750000000003", "orders")
    path = "/dev/orders/1/items/2"
    assert site.ask(site.host("orders-api"), path)[:2] == (
        403, {"message": "Missing Authentication Token"})
    assert site.ask(site.host("orders-api"), path, Authorization="AWS4-HMAC-SHA256 x")[0] == 200
    gw, api = site.aws.apigateway, site.id("orders-api")
    for name, value in (("rateLimit", "0"), ("burstLimit", "0")):
        gw.update_stage(restApiId=api, stageName="dev", patchOperations=[
            {"op": "replace", "path": f"/*/*/throttling/{name}", "value": value}])
    assert site.ask(site.host("orders-api"), "/dev/orders")[:2] == (
        429, {"message": "Too Many Requests"})


def test_ends_over_http(emu: Emulator) -> None:
    site = Site(emu, "750000000004", "billing", "broken")
    status, body, _ = site.ask(site.host("broken-api"), "/prod/x")
    assert (status, body) == (503, {"message": "Service Unavailable"}), (status, body)
    elb, host = site.aws.elbv2, site.host("billing-api")
    listener = site.made["listeners"]["billing-alb:80"]
    rules = [{"Type": "fixed-response", "FixedResponseConfig": {
                 "StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no"}},
             {"Type": "redirect", "RedirectConfig": {
                 "Protocol": "HTTPS", "StatusCode": "HTTP_301"}}]
    for n, action in enumerate(rules):
        elb.create_rule(ListenerArn=listener, Priority=n + 1, Actions=[action], Conditions=[
            {"Field": "path-pattern", "Values": [f"/end{n}"]}])
    status, body, headers = site.ask(host, "/prod/end0")
    assert (status, body, headers["content-type"]) == (404, "no", "text/plain"), (status, body)
    status, _, headers = site.ask(host, "/prod/end1")
    assert status == 301 and headers["location"].startswith("https://"), headers
    alb = site.balancer("billing-alb")
    for name, value in (("HTTP_Fixed_Response_Count", 1), ("HTTP_Redirect_Count", 1),
                        ("HTTPCode_ELB_4XX_Count", 1), ("HTTPCode_ELB_3XX_Count", 1),
                        ("RequestCount", None), ("HTTPCode_Target_2XX_Count", None)):
        assert site.value("AWS/ApplicationELB", name, alb) == value, name
    stage = {"ApiName": "billing-api", "Stage": "prod"}
    assert site.value("AWS/ApiGateway", "4XXError", stage) == 1
    site.ask(site.host("broken-api"), "/prod/x")
    assert site.value("AWS/NetworkELB", "NewFlowCount", site.balancer("broken-nlb")) == 1
    # nobody admits the link: no load balancer sees it
    new = site.rewire()
    [group] = elb.describe_load_balancers(LoadBalancerArns=[
        site.made["load_balancers"]["billing-alb"]["arn"]])["LoadBalancers"][0]["SecurityGroups"]
    for rule in site.aws.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0][
            "IpPermissions"]:
        site.aws.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[rule])
    before = site.value("AWS/ApplicationELB", "RequestCount", alb)
    site.canary(new, 100)
    assert site.ask(host, "/prod/invoices/7")[:2] == (
        504, {"message": "Endpoint request timed out"})
    assert site.value("AWS/ApplicationELB", "RequestCount", alb) == before


def test_canary_share(emu: Emulator) -> None:
    site = Site(emu, "750000000005", "billing")
    new = site.rewire()
    requests = [{**BILLING, "api": site.id("billing-api"), "path": f"/invoices/{n}"}
                for n in range(10)]
    for percent in (0, 5, 10, 50, 100):
        site.canary(new, percent)
        site.lab("load", requests=requests, per_second=1000)
        deadline = time.monotonic() + 10
        while (got := emu.lab(f"load?account={site.account}"))["sent"] < 200:
            assert time.monotonic() < deadline, got
            time.sleep(0.02)
        got = site.lab("load/stop")
        assert abs(got["canary"] / got["sent"] - percent / 100) < 0.015, (percent, got)
        assert got["over"] == {"v1": got["sent"] - got["canary"], "v2": got["canary"]}, got
    site.canary(None)


def test_backend_rules(emu: Emulator) -> None:
    site = Site(emu, "750000000006", "billing")
    host, new = site.host("billing-api"), site.rewire()

    def statuses(times: int) -> list[int]:
        return [site.ask(host, "/prod/invoices/7")[0] for _ in range(times)]
    site.lab("backend", rules=[{"link": "v2", "status": 404, "share": 0.5}])
    assert statuses(4) == [200] * 4
    site.canary(new, 100)
    got = statuses(20)
    assert 9 <= got.count(404) <= 11 and got.count(200) + got.count(404) == 20, got
    [rule] = emu.lab(f"backend?account={site.account}")
    assert (rule["seen"], rule["done"]) == (20, got.count(404)), rule
    alb, group = site.balancer("billing-alb"), site.ask(host, "/prod/invoices/7")
    site.lab("backend", rules=[{"status": 502, "by": "balancer", "after": 2, "times": 1}])
    assert statuses(4) == [200, 200, 502, 200]
    assert site.value("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", alb) == 1
    site.lab("backend", rules=[{"status": 503, "by": "rejected", "path": "^/invoices/9$"}])
    before = site.value("AWS/ApplicationELB", "RequestCount", alb)
    assert site.ask(host, "/prod/invoices/9")[0] == 503
    assert site.value("AWS/ApplicationELB", "RejectedConnectionCount", alb) == 1
    assert site.value("AWS/ApplicationELB", "RequestCount", alb) == before, group
    for wrong in ({"link": "v3"}, {"share": 2}, {"odd": 1}, {"by": "me"}, {"status": 42}):
        try:
            site.lab("backend", rules=[wrong])
        except AssertionError:
            continue
        raise AssertionError(wrong)
    site.lab("backend", rules=[])
    assert statuses(2) == [200, 200]


def test_metrics_of_requests(emu: Emulator) -> None:
    site = Site(emu, "750000000007", "billing", "web")
    host = site.host("billing-api")
    stage, space = {"ApiName": "billing-api", "Stage": "prod"}, "AWS/ApiGateway"
    assert site.value(space, "Count", stage) is None
    for _ in range(12):
        site.ask(host, "/prod/invoices/7")
    nlb, alb = site.balancer("billing-nlb"), site.balancer("billing-alb")
    group = site.ask(host, "/prod/invoices/7")[1]["target_group"]
    both = {"TargetGroup": group.rsplit(":", 1)[1], **alb}
    for name, dims, value in (("Count", stage, 13), ("Count", {"ApiName": "billing-api"}, 13),
                              ("4XXError", stage, 0), ("5XXError", stage, 0)):
        assert site.value(space, name, dims) == value, (name, dims)
    for dims in (alb, both):
        assert site.value("AWS/ApplicationELB", "RequestCount", dims) == 13
        assert site.value("AWS/ApplicationELB", "HTTPCode_Target_2XX_Count", dims) == 13
    assert site.value("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", both) is None
    assert site.value("AWS/NetworkELB", "ProcessedBytes", nlb) > 0
    assert site.value("AWS/NetworkELB", "NewFlowCount", nlb) == 2
    assert site.value("AWS/NetworkELB", "ConsumedLCUs", nlb, "Average") > 0
    assert site.value("AWS/NetworkELB", "ActiveFlowCount", nlb, "Average") > 0
    old = site.value(space, "IntegrationLatency", stage, "p50")
    assert old and site.value(space, "Latency", stage, "p95") > old
    # failures: the Average of an error metric is its rate
    site.lab("backend", rules=[{"status": 500}])
    for _ in range(13):
        site.ask(host, "/prod/invoices/7")
    assert site.value(space, "5XXError", stage) == 13
    assert 0 < site.value(space, "5XXError", stage, "Average") <= 1
    assert site.value("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", both) == 13
    site.lab("backend", rules=[])
    # over a link of version 2 the NLB sees nothing more
    passed = site.value("AWS/NetworkELB", "ProcessedBytes", nlb)
    site.canary(site.rewire(), 100)
    site.ask(host, "/prod/invoices/7")
    assert site.value("AWS/NetworkELB", "ProcessedBytes", nlb) == passed
    assert site.value("AWS/ApplicationELB", "RequestCount", alb) == 27
    site.ask(site.host("web-api"), "/x")
    http = {"ApiId": site.id("web-api"), "Stage": "$default"}
    assert (site.value(space, "Count", http), site.value(space, "4xx", http)) == (1, 0)
    listed = site.aws.cloudwatch.list_metrics(Namespace=space, MetricName="5xx")["Metrics"]
    assert len(listed) == 2, listed


def seconds_of_cpu(emu: Emulator) -> float:
    with open(f"/proc/{emu.process.pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_load(emu: Emulator) -> None:
    site = Site(emu, "750000000008", "billing", "web")
    api = site.id("billing-api")
    new = site.rewire()
    requests = [{**BILLING, "api": api}, {**BILLING, "api": api, "path": "/invoices/8?a=b"},
                {"api": site.id("web-api"), "stage": "$default", "verb": "GET", "path": "/x"}]

    def until(what: Any) -> Doc:
        deadline = time.monotonic() + 10
        while not what(got := emu.lab(f"load?account={site.account}")):
            assert time.monotonic() < deadline, got
            time.sleep(0.02)
        return got
    site.lab("load", requests=requests, per_second=50, expect="now")
    begun, used = time.monotonic(), seconds_of_cpu(emu)
    time.sleep(1)
    assert (seconds_of_cpu(emu) - used) / (time.monotonic() - begun) < 0.2
    got = until(lambda got: got["sent"] >= 60)
    assert got["running"] and (got["failed"], got["misrouted"]) == (0, 0), got
    assert got["sent"] <= 2 + 50 * (time.monotonic() - begun), got
    slowest = 0.0                               # AWS calls go on beside it
    for _ in range(20):
        one = time.monotonic()
        site.aws.apigateway.get_stages(restApiId=api)
        slowest = max(slowest, time.monotonic() - one)
    assert slowest < 0.5, slowest
    # the same way over a link of version 2 is the same end
    site.canary(new, 50)
    got = until(lambda got: got["canary"] > 20)
    assert (got["failed"], got["misrouted"]) == (0, 0) and got["over"]["v2"] > 20, got
    # failed: another status; misrouted: another place
    site.lab("backend", rules=[{"link": "v2", "api": api, "status": 500}])
    got = until(lambda got: got["failed"] > 5)
    assert got["misrouted"] == 0, got
    example = got["examples"][0]
    assert (example["was"]["status"], example["now"]["status"]) == (200, 500) and example[
        "canary"] and example["request"]["api"] == api, example
    site.lab("backend", rules=[])
    failed = got["failed"]
    [resource] = [r for r in site.aws.apigateway.get_resources(restApiId=api, embed=["methods"])[
        "items"] if r.get("resourceMethods")]
    site.aws.apigateway.update_integration(
        restApiId=api, resourceId=resource["id"], httpMethod="ANY", patchOperations=[
            {"op": "replace", "path": "/uri", "value": "http://billing/elsewhere/{proxy}"}])
    site.canary(site.aws.apigateway.create_deployment(restApiId=api)["id"], 50)
    got = until(lambda got: got["misrouted"] > 5)
    ended = site.lab("load/stop")
    assert not ended["running"] and ended["failed"] < failed + 10 and len(ended["examples"]) == 5
    assert emu.lab(f"load?account={site.account}")["sent"] == ended["sent"]
    emu.lab("reset", {"account": site.account})
    try:
        emu.lab(f"load?account={site.account}")
    except AssertionError as exc:
        assert "has had no load" in str(exc), exc
    else:
        raise AssertionError("a load outlived its account")


def test_past(emu: Emulator) -> None:
    site = Site(emu, "750000000009", "billing")
    stage = {"ApiName": "billing-api", "Stage": "prod"}
    request = {**BILLING, "api": site.id("billing-api")}
    told = site.lab("past", minutes=60, requests=[request, {**request, "path": "/invoices/8"}],
                    per_second=50)
    assert told == {"minutes": 60, "requests": 180000}, told
    nlb, alb = site.balancer("billing-nlb"), site.balancer("billing-alb")
    assert site.value("AWS/ApiGateway", "Count", stage) == 180000
    assert site.value("AWS/ApiGateway", "5XXError", stage) == 0
    assert site.value("AWS/ApplicationELB", "HTTPCode_Target_2XX_Count", alb) == 180000
    assert site.value("AWS/ApplicationELB", "RequestCount", alb, "SampleCount") == 180000
    assert site.value("AWS/NetworkELB", "NewFlowCount", nlb) == 18000
    now = time.time()
    [result] = site.aws.cloudwatch.get_metric_data(
        StartTime=now - 7200, EndTime=now, MetricDataQueries=[{
            "Id": "a", "MetricStat": {"Stat": "Sum", "Period": 60, "Metric": {
                "Namespace": "AWS/ApiGateway", "MetricName": "Count", "Dimensions": [
                    {"Name": k, "Value": v} for k, v in stage.items()]}}}])["MetricDataResults"]
    assert result["Values"] == [3000.0] * 60, result["Values"]
    assert result["Timestamps"][0].timestamp() in (now // 60 * 60 - 60, now // 60 * 60 - 120)
    # capacity units go on while the NLB stands, in the running minute without traffic, too
    units = ["AWS/NetworkELB", "ConsumedLCUs", nlb]
    assert site.value(*units, "SampleCount") in (61, 62)
    assert site.value(*units) > 0
    site.lab("load", requests=[request], per_second=1)
    assert site.lab("past", minutes=1) == {"minutes": 1, "requests": 60}
    site.lab("load/stop")
