"""Checks of what is refused when something is changed."""
from __future__ import annotations

from checking import Aws, Doc, Emulator, refused


def orders(emu: Emulator, account: str) -> tuple[Aws, Doc]:
    emu.lab("reset", {"account": account})
    made = emu.lab("seed", {"scenario": "reference", "account": account,
                            "only": ["billing", "web", "idle"]})
    return Aws(emu.url, account), made


def test_changed_integrations(emu: Emulator) -> None:
    aws, made = orders(emu, "760000000001")
    api, link = made["apis"]["billing-api"], made["v2_links"]["web-link"]
    resource = next(r for r in aws.apigateway.get_resources(restApiId=api["id"], embed="methods")[
        "items"] if r.get("resourceMethods"))
    where = {"restApiId": api["id"], "resourceId": resource["id"],
             "httpMethod": next(iter(resource["resourceMethods"]))}

    def patched(**values: str) -> str:
        return refused(aws.apigateway.update_integration, **where, patchOperations=[
            {"op": "replace", "path": f"/{k}", "value": v} for k, v in values.items()])
    alb = made["load_balancers"]["billing-alb"]["arn"]
    assert patched(connectionId=link) == "400 BadRequestException"
    for other in (alb.replace("us-east-1", "eu-west-1"), alb.replace("760000000001", "9" * 12)):
        assert patched(connectionId=link, integrationTarget=other) == "400 BadRequestException"
    assert patched(uri="http://billing:81/x") == "400 BadRequestException"
    assert patched(connectionId=link, integrationTarget=alb, uri="http://billing:8080/x") == "ok"


def test_changed_stages(emu: Emulator) -> None:
    aws, made = orders(emu, "760000000002")
    gw, api = aws.apigateway, made["apis"]["billing-api"]["id"]
    deployed = gw.get_stages(restApiId=api)["item"][0]["deploymentId"]
    new = {"restApiId": api, "deploymentId": deployed}
    assert refused(gw.create_stage, **new, stageName="two words") == "400 BadRequestException"
    have = len(gw.get_stages(restApiId=api)["item"])
    answers = [refused(gw.create_stage, **new, stageName=f"s{n}") for n in range(11 - have)]
    assert answers == ["ok"] * (10 - have) + ["429 LimitExceededException"], answers
    empty = gw.create_rest_api(name="empty")["id"]
    assert refused(gw.create_deployment, restApiId=empty) == "400 BadRequestException"


def test_changed_links(emu: Emulator) -> None:
    aws, made = orders(emu, "760000000003")
    v2, ec2, subnets = aws.apigatewayv2, aws.ec2, made["subnets"]
    vpc = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
    assert refused(v2.create_vpc_link, Name="", SubnetIds=subnets) != "ok"
    assert refused(v2.create_vpc_link, Name="n", SubnetIds=subnets,
                   SecurityGroupIds=[group]) == "400 BadRequestException"
    have = len(v2.get_vpc_links()["Items"])
    answers = [refused(v2.create_vpc_link, Name="n", SubnetIds=subnets) for _ in range(11 - have)]
    assert answers == ["ok"] * (10 - have) + ["429 LimitExceededException"], answers


def test_changed_routes(emu: Emulator) -> None:
    aws, made = orders(emu, "760000000004")
    v2, api = aws.apigatewayv2, made["apis"]["web-api"]["id"]
    route = next(r for r in v2.get_routes(ApiId=api)["Items"] if r.get("Target"))
    used = route["Target"].split("/")[1]
    assert refused(v2.delete_integration, ApiId=api, IntegrationId=used) == "409 ConflictException"
    assert refused(v2.delete_integration, ApiId=api, IntegrationId="zzz") == "404 NotFoundException"
    assert refused(v2.update_route, ApiId=api, RouteId=route["RouteId"],
                   Target="integrations/zzz") == "400 BadRequestException"


def test_changed_groups(emu: Emulator) -> None:
    aws, made = orders(emu, "760000000005")
    ec2 = aws.ec2
    vpc = made["vpc"]
    assert refused(ec2.create_security_group, GroupName="g", Description="d",
                   VpcId="vpc-0") == "400 InvalidVpcID.NotFound"
    assert refused(ec2.create_security_group, GroupName="sg-g", Description="d",
                   VpcId=vpc) == "400 InvalidParameterValue"
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80,
            "UserIdGroupPairs": [{"GroupId": "sg-0123456789abcdef0"}]}
    assert refused(ec2.authorize_security_group_ingress, GroupId=group,
                   IpPermissions=[rule]) == "400 InvalidGroup.NotFound"


def test_changed_balancers(emu: Emulator) -> None:
    aws, made = orders(emu, "760000000006")
    elb, lbs = aws.elbv2, made["load_balancers"]
    alb = lbs["billing-alb"]["arn"]
    assert refused(elb.delete_load_balancer, LoadBalancerArn=alb) == "400 ResourceInUse"
    group = next(g for g in elb.describe_target_groups()["TargetGroups"]
                 if g["TargetType"] == "alb" and lbs["billing-nlb"]["arn"] in g["LoadBalancerArns"])
    where = {"TargetGroupArn": group["TargetGroupArn"]}
    other = [{"Id": lbs["idle-alb"]["arn"], "Port": group["Port"]}]
    assert refused(elb.register_targets, **where, Targets=other) == "400 InvalidTarget"
    assert refused(elb.deregister_targets, **where, Targets=other) == "ok"
    assert len(elb.describe_target_health(**where)["TargetHealthDescriptions"]) == 1
    gone = where["TargetGroupArn"].replace("billing", "nobody")
    assert refused(elb.delete_target_group, TargetGroupArn=gone) == "ok"
