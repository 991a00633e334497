"""Checks of what changing an account for real needs: locks, rights, rates, links that fail."""
from __future__ import annotations

import json
import time
import urllib.error
import urllib.request

from checking import Aws, Doc, Emulator, refused, words

NAME = "/unbridge/lock"


def actions(emu: Emulator, account: str, service: str) -> list[tuple[str, bool, int]]:
    return [(r["action"], r["write"], r["status"]) for r in emu.lab(f"journal?account={account}")
            if r["service"] == service]


def test_parameters(emu: Emulator) -> None:
    account = "770000000001"
    emu.lab("reset", {"account": account})
    ssm = Aws(emu.url, account).ssm
    lock = {"Name": NAME, "Value": '{"run":"1"}', "Type": "String"}
    since = len(emu.lab(f"journal?account={account}"))
    assert refused(ssm.get_parameter, Name=NAME) == "400 ParameterNotFound"
    assert ssm.put_parameter(**lock, Description="d", Overwrite=False)["Version"] == 1
    assert refused(ssm.put_parameter, **lock) == "400 ParameterAlreadyExists"
    assert refused(ssm.put_parameter, **lock, Overwrite=False) == "400 ParameterAlreadyExists"
    assert ssm.get_parameter(Name=NAME)["Parameter"]["Value"] == lock["Value"]
    assert [p["Name"] for p in ssm.get_parameters_by_path(Path="/unbridge")["Parameters"]] == [NAME]
    for place in (Aws(emu.url, account, "eu-west-1"), Aws(emu.url, "770000000002")):
        assert refused(place.ssm.get_parameter, Name=NAME) == "400 ParameterNotFound"
    ssm.delete_parameter(Name=NAME)
    assert refused(ssm.delete_parameter, Name=NAME) == "400 ParameterNotFound"
    assert refused(ssm.put_parameter, **lock) == "ok"
    assert actions(emu, account, "ssm")[since:] == [
        ("GetParameter", False, 400), ("PutParameter", True, 200), ("PutParameter", True, 400),
        ("PutParameter", True, 400), ("GetParameter", False, 200),
        ("GetParametersByPath", False, 200), ("GetParameter", False, 400),
        ("DeleteParameter", True, 200), ("DeleteParameter", True, 400), ("PutParameter", True, 200)]


def test_parameters_on_the_wire(emu: Emulator) -> None:
    account = "770000000003"
    emu.lab("reset", {"account": account})

    def ask(action: str, doc: Doc) -> tuple[int, Doc, str]:
        scope = (f"AWS4-HMAC-SHA256 Credential=AKIA{account}TEST/20260101/us-east-1/ssm/"
                 "aws4_request, SignedHeaders=host, Signature=0")
        request = urllib.request.Request(emu.url + "/", data=json.dumps(doc).encode(), headers={
            "Authorization": scope, "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"AmazonSSM.{action}"})
        try:
            answer = urllib.request.urlopen(request)
        except urllib.error.HTTPError as exc:
            answer = exc
        return answer.status, json.loads(answer.read()), answer.headers["Content-Type"]
    put = {"Name": NAME, "Value": "v", "Type": "String", "Overwrite": False}
    status, doc, kind = ask("PutParameter", put)
    assert (status, doc["Version"]) == (200, 1) and "json" in kind, (status, doc, kind)
    status, doc, _ = ask("PutParameter", put)
    assert (status, doc["__type"].split("#")[-1]) == (400, "ParameterAlreadyExists"), doc
    status, doc, _ = ask("GetParameter", {"Name": NAME})
    assert status == 200 and doc["Parameter"]["Value"] == "v", doc
    assert isinstance(doc["Parameter"]["LastModifiedDate"], float), doc
    assert ask("DeleteParameter", {"Name": NAME})[:2] == (200, {})
    emu.lab("faults", {"account": account, "rules": [
        {"service": "ssm", "action": "PutParameter", "drop": "after"},
        {"service": "ssm", "action": "GetParameter", "kind": "deny"}]})
    ssm = Aws(emu.url, account).ssm
    lost = {"Name": NAME, "Value": "v", "Type": "String"}
    assert refused(ssm.put_parameter, **lost) != "ok"
    assert refused(ssm.get_parameter, Name=NAME) == "400 AccessDeniedException"
    assert refused(ssm.get_parameter, Name=NAME) == "ok"       # the lost one was taken
    emu.lab("throttle", {"account": account, "mode": "1:1"})
    assert [refused(ssm.get_parameter, Name=NAME) for _ in range(2)] == [
        "ok", "400 ThrottlingException"]


def test_rights(emu: Emulator) -> None:
    account = "770000000004"
    emu.lab("reset", {"account": account})
    aws = Aws(emu.url, account)
    user = f"arn:aws:iam::{account}:user/tester"
    api = "arn:aws:apigateway:us-east-1::/restapis/"
    asked = {"PolicySourceArn": user, "ActionNames": ["apigateway:PATCH", "ssm:PutParameter"],
             "ResourceArns": [f"{api}a", f"{api}b"]}

    def decisions(**kw: object) -> Doc:
        results = aws.iam.simulate_principal_policy(**{**asked, **kw})["EvaluationResults"]
        return {r["EvalActionName"]: (r["EvalDecision"], [x["EvalResourceDecision"] for x in r[
            "ResourceSpecificResults"]]) for r in results}
    free, stopped = "allowed", "implicitDeny"
    assert decisions() == {"apigateway:PATCH": (free, [free] * 2),
                           "ssm:PutParameter": (free, [free] * 2)}
    told = emu.lab("denied", {"account": account, "actions": [
        {"action": "apigateway:PATCH", "resource": f"{api}b*"}, "SSM:put*".lower()]})
    assert told == emu.lab(f"denied?account={account}") and len(told) == 2, told
    assert decisions() == {"apigateway:PATCH": (stopped, [free, stopped]),
                           "ssm:PutParameter": (stopped, [stopped] * 2)}
    assert decisions(ResourceArns=None)["ssm:PutParameter"] == (stopped, [stopped])
    first = aws.iam.simulate_principal_policy(**asked, MaxItems=1)
    assert first["IsTruncated"] and len(first["EvaluationResults"]) == 1
    last = aws.iam.simulate_principal_policy(**asked, MaxItems=1, Marker=first["Marker"])
    assert not last["IsTruncated"] and "Marker" not in last
    assert [r["EvalActionName"] for r in first["EvaluationResults"] + last[
        "EvaluationResults"]] == asked["ActionNames"]
    # who cannot be simulated
    for arn, code in ((f"arn:aws:sts::{account}:assumed-role/scan/x", "400 InvalidInput"),
                      (f"arn:aws:iam::{account}:root", "400 InvalidInput"),
                      (f"arn:aws:iam::{account}:role/scan", "404 NoSuchEntity"),
                      ("arn:aws:iam::999999999999:user/tester", "404 NoSuchEntity")):
        got = refused(aws.iam.simulate_principal_policy, **{**asked, "PolicySourceArn": arn})
        assert got == code, (arn, got)
    # what is denied is refused as well, and nothing else
    ssm = {"Name": NAME, "Value": "v", "Type": "String"}
    assert refused(aws.ssm.put_parameter, **ssm) == "400 AccessDeniedException"
    assert refused(aws.ssm.get_parameter, Name=NAME) == "400 ParameterNotFound"
    ops = [{"op": "replace", "path": "/name", "value": "x"}]
    gw = aws.apigateway
    assert refused(gw.update_rest_api, restApiId="b", patchOperations=ops) == \
        "403 AccessDeniedException"
    assert "apigateway:PATCH on resource: arn:aws:apigateway:us-east-1::/restapis/b" in words(
        gw.update_rest_api, restApiId="b", patchOperations=ops)
    assert refused(gw.update_rest_api, restApiId="a", patchOperations=ops).startswith("404")
    assert refused(gw.get_rest_apis) == "ok"
    emu.lab("denied", {"account": account, "actions": ["iam:*", "cloudwatch:GetMetricData",
                                                       "elasticloadbalancing:Delete*"]})
    assert refused(aws.iam.simulate_principal_policy, **asked) == "403 AccessDenied"
    assert refused(aws.elbv2.delete_rule, RuleArn="x") == "403 AccessDenied"
    assert refused(aws.cloudwatch.get_metric_data, MetricDataQueries=[], StartTime=0, EndTime=1) \
        .endswith("AccessDeniedException")
    emu.lab("denied", {"account": account, "actions": []})
    assert refused(aws.iam.simulate_principal_policy, **asked) == "ok"
    assert {a: w for a, w, _s in actions(emu, account, "iam")} == {"SimulatePrincipalPolicy": False}


def test_roles(emu: Emulator) -> None:
    account = "770000000005"
    emu.lab("reset", {"account": account})
    aws, arn = Aws(emu.url, account), f"arn:aws:iam::{account}:role/teams/blue/mover"
    assert refused(aws.iam.get_role, RoleName="mover") == "404 NoSuchEntity"
    assumed = aws.sts.assume_role(RoleArn=arn, RoleSessionName="s")
    assert aws.iam.get_role(RoleName="mover")["Role"]["Arn"] == arn
    aws.sts.assume_role(RoleArn=arn, RoleSessionName="again")
    keys = assumed["Credentials"]
    mover = Aws(emu.url, account, key=keys["AccessKeyId"])
    assert mover.sts.get_caller_identity()["Arn"] == f"arn:aws:sts::{account}:assumed-role/mover/s"
    got = aws.iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["ec2:CreateTags"])
    assert got["EvaluationResults"][0]["EvalDecision"] == "allowed"
    assert ("AssumeRole", False, 200) in actions(emu, account, "sts")


def test_rates_of_writes(emu: Emulator) -> None:
    """How many of each go through at once, from a full bucket."""
    account, busy = "770000000006", "429 TooManyRequestsException"
    aws = Aws(emu.url, account)
    gw, v2 = aws.apigateway, aws.apigatewayv2
    stage = {"restApiId": "x", "stageName": "s"}
    ops = {"patchOperations": []}

    def through(most: int, call: object, **kw: object) -> int:
        emu.lab("throttle", {"account": account, "mode": "aws"})       # full buckets
        got = [refused(call, **kw) for _ in range(most)]
        limited = [x in (busy, "400 Throttling", "400 ThrottlingException") for x in got]
        assert not limited[0] and limited[-1], got
        return limited.count(False)
    for call, kw in ((gw.create_deployment, {"restApiId": "x"}),
                     (v2.create_vpc_link, {"Name": "n", "SubnetIds": ["subnet-0"]}),
                     (v2.delete_vpc_link, {"VpcLinkId": "x"})):
        assert through(2, call, **kw) == 1, call
    # no rate of their own: ten a second, 40 at once, all together
    for call, kw in ((gw.update_integration, {"restApiId": "x", "resourceId": "r",
                                              "httpMethod": "GET", **ops}),
                     (gw.update_stage, {**stage, **ops}), (gw.delete_stage, stage),
                     (gw.create_stage, {**stage, "deploymentId": "d"}),
                     (gw.delete_deployment, {"restApiId": "x", "deploymentId": "d"}),
                     (gw.delete_vpc_link, {"vpcLinkId": "x"}),
                     (v2.update_route, {"ApiId": "x", "RouteId": "r"})):
        begun = time.monotonic()
        assert 40 <= through(60, call, **kw) <= 41 + 10 * (time.monotonic() - begun), call
    for most, call, kw in ((20, aws.elbv2.delete_rule, {"RuleArn": "x"}),
                           (20, aws.elbv2.deregister_targets, {"TargetGroupArn": "x",
                                                               "Targets": []}),
                           (10, aws.elbv2.set_subnets, {"LoadBalancerArn": "x"}),
                           (3, aws.ssm.put_parameter, {"Name": "n", "Value": "v"})):
        begun = time.monotonic()
        assert most <= through(most + 15, call, **kw) <= most + 1 + 4 * (
            time.monotonic() - begun), call
    emu.lab("throttle", {"account": account, "mode": "off"})


def test_link_that_fails(emu: Emulator) -> None:
    account = "770000000007"
    emu.lab("reset", {"account": account})
    made = emu.lab("seed", {"scenario": "reference", "account": account, "only": ["billing"]})
    aws = Aws(emu.url, account)
    v2, new = aws.apigatewayv2, {"Name": "n", "SubnetIds": made["subnets"]}

    def status(link: str) -> str:
        return v2.get_vpc_link(VpcLinkId=link)["VpcLinkStatus"]
    emu.lab("link_delay", {"account": account, "seconds": 0.3, "then": "FAILED"})
    first, second = (v2.create_vpc_link(**new)["VpcLinkId"] for _ in range(2))
    assert (status(first), status(second)) == ("PENDING", "PENDING")
    time.sleep(0.35)
    assert (status(first), status(second)) == ("FAILED", "AVAILABLE")
    assert v2.get_vpc_link(VpcLinkId=first)["VpcLinkStatusMessage"]
    emu.lab("link_delay", {"account": account, "seconds": 0})
    v2.delete_vpc_link(VpcLinkId=first)
    assert refused(v2.get_vpc_link, VpcLinkId=first).startswith("404")
    emu.lab("link_delay", {"account": account, "seconds": 0, "then": "FAILED"})
    assert emu.lab("seed", {"scenario": "reference", "account": account, "only": ["idle"]})["links"]
    links = aws.apigateway.get_vpc_links()["items"]
    assert {x["status"] for x in links} == {"AVAILABLE"}, links    # seeds are spared
    assert status(v2.create_vpc_link(**new)["VpcLinkId"]) == "FAILED"
    assert status(v2.create_vpc_link(**new)["VpcLinkId"]) == "AVAILABLE"
