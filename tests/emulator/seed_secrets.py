"""Scenario `secrets`: one marker in every value that may be a secret and that no route depends on."""
from __future__ import annotations

from typing import Any

from seed_parts import World


def build(aws: Any, marker: str) -> dict[str, Any]:
    """A bridge with a REST, an HTTP and a WebSocket API; the marker stands in stage variables,
    mappings, templates, query strings, user information, rule conditions, bodies, descriptions."""
    world = World(aws)
    world.network()
    world.chain("vault")
    rules(world, marker)
    rest(world, marker)
    http(world, marker)
    websocket(world, marker)
    return world.answer()


def rules(w: World, marker: str) -> None:
    tasks = w.target_groups["vault-tasks"]
    conditions = [
        {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Origin-Key",
                                                      "Values": [marker]}},
        {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "key",
                                                                    "Value": marker}]}}]
    actions = [
        {"Type": "forward", "TargetGroupArn": tasks},
        {"Type": "fixed-response", "FixedResponseConfig": {
            "StatusCode": "403", "ContentType": "text/plain", "MessageBody": marker}},
        {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_302", "Protocol": "HTTPS",
                                                "Query": f"key={marker}"}}]
    for n, action in enumerate(actions):
        w.aws.elbv2.create_rule(ListenerArn=w.listeners["vault-alb:80"], Priority=10 + n,
                                Conditions=conditions, Actions=[action])


def rest(w: World, marker: str) -> None:
    host, link = w.dns("vault-nlb"), w.links["vault-link"]
    api = w.rest_api("vault-api", description=marker)
    api.method("POST", "/mapped", "HTTP", f"http://{host}/mapped", link,
               requestTemplates={"application/json": f'{{"key": "{marker}"}}'},
               requestParameters={
                   "integration.request.header.X-Api-Key": f"'{marker}'",
                   "integration.request.header.X-Stage-Key": "stageVariables.apiKey",
                   "integration.request.querystring.key": f"'{marker}'"})
    where = {"restApiId": api.id, "resourceId": api.paths["/mapped"], "httpMethod": "POST"}
    api.client.put_integration_response(
        **where, statusCode="200", responseTemplates={"application/json": marker},
        responseParameters={"method.response.header.X-Key": f"'{marker}'"})
    api.method("GET", "/query", "HTTP_PROXY",
               f"http://{host}/query?key={marker}&stage=${{stageVariables.apiKey}}", link)
    api.method("GET", "/user", "HTTP_PROXY", f"http://user:{marker}@{host}/user", link)
    api.stage("prod", api.deploy(), variables={"apiKey": marker, "unused": marker})
    api.deploy("prod", canarySettings={"percentTraffic": 5.0, "useStageCache": False,
                                       "stageVariableOverrides": {"apiKey": f"{marker}-canary"}})


def http(w: World, marker: str) -> None:
    v2 = w.aws.apigatewayv2
    link = v2.create_vpc_link(Name="vault-v2", SubnetIds=w.subnets,
                              SecurityGroupIds=[w.groups["nlb-sg"]])["VpcLinkId"]
    api = v2.create_api(Name="vault-http", ProtocolType="HTTP", Description=marker)["ApiId"]
    made = v2.create_integration(
        ApiId=api, IntegrationType="HTTP_PROXY", IntegrationMethod="ANY",
        ConnectionType="VPC_LINK", ConnectionId=link, PayloadFormatVersion="1.0",
        IntegrationUri=w.listeners["vault-nlb:80"], Description=marker,
        RequestParameters={"overwrite:header.x-api-key": marker},
        ResponseParameters={"200": {"overwrite:header.x-key": marker}})["IntegrationId"]
    v2.create_route(ApiId=api, RouteKey="ANY /{proxy+}", Target=f"integrations/{made}")
    deployed = v2.create_deployment(ApiId=api, Description=marker)["DeploymentId"]
    v2.create_stage(ApiId=api, StageName="prod", DeploymentId=deployed,
                    StageVariables={"apiKey": marker})
    w.apis["vault-http"] = {"id": api, "type": "HTTP", "integration": made}


def websocket(w: World, marker: str) -> None:
    v2 = w.aws.apigatewayv2
    api = v2.create_api(Name="vault-chat", ProtocolType="WEBSOCKET",
                        RouteSelectionExpression="$request.body.action")["ApiId"]
    made = v2.create_integration(
        ApiId=api, IntegrationType="HTTP", IntegrationMethod="POST", ConnectionType="VPC_LINK",
        ConnectionId=w.links["vault-link"], TemplateSelectionExpression="default",
        RequestTemplates={"default": f'{{"key": "{marker}"}}'},
        RequestParameters={"integration.request.header.X-Api-Key": f"'{marker}'"},
        IntegrationUri=f"http://user:{marker}@{w.dns('vault-nlb')}/chat?key={marker}",
    )["IntegrationId"]
    v2.create_route(ApiId=api, RouteKey="$default", Target=f"integrations/{made}")
    deployed = v2.create_deployment(ApiId=api)["DeploymentId"]
    v2.create_stage(ApiId=api, StageName="prod", DeploymentId=deployed,
                    StageVariables={"apiKey": marker})
    w.apis["vault-chat"] = {"id": api, "type": "WEBSOCKET", "integration": made}
