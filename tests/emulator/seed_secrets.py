"""Scenario `secrets`: one marker in every value that may be a secret and that no route depends on."""
from __future__ import annotations

import json
from typing import Any

from seed_parts import RestApi, World


def build(aws: Any, marker: str) -> dict[str, Any]:
    """A bridge with a REST, an HTTP and a WebSocket API; the marker stands in stage variables,
    mappings, templates, query strings, user information, rule conditions, bodies, descriptions,
    authorizers, models, gateway responses, policies, and in what stands around the NLB."""
    world = World(aws)
    world.network()
    world.chain("vault")
    rules(world, marker)
    rest(world, marker)
    http(world, marker)
    websocket(world, marker)
    around(world, marker)
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
    gate = {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": {
        "Issuer": "https://login.example.com", "ClientId": marker, "ClientSecret": marker,
        "AuthorizationEndpoint": "https://login.example.com/a", "Scope": marker,
        "TokenEndpoint": "https://login.example.com/t", "SessionCookieName": marker,
        "UserInfoEndpoint": "https://login.example.com/u",
        "AuthenticationRequestExtraParams": {"key": marker}}}
    regex = [{"Field": "http-header", "HttpHeaderConfig": {
        "HttpHeaderName": "X-Origin-Key", "RegexValues": [f"{marker}.*"]}}]
    w.aws.elbv2.create_rule(
        ListenerArn=w.listeners["vault-alb:80"], Priority=20, Conditions=regex,
        Actions=[gate, {**actions[0], "Order": 2}], Transforms=[
            {"Type": "url-rewrite", "UrlRewriteConfig": {"Rewrites": [
                {"Regex": "^/(.*)$", "Replace": f"/$1?key={marker}"}]}}])


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
    guarded(w, api, marker)
    api.stage("prod", api.deploy(), variables={"apiKey": marker, "unused": marker})
    api.deploy("prod", canarySettings={"percentTraffic": 5.0, "useStageCache": False,
                                       "stageVariableOverrides": {"apiKey": f"{marker}-canary"}})


def guarded(w: World, api: RestApi, marker: str) -> None:
    """What takes effect with the next deployment besides methods."""
    account, region = w.aws.account, w.aws.region
    fn = f"arn:aws:lambda:{region}:{account}:function:auth-{marker}"
    guard = api.client.create_authorizer(
        restApiId=api.id, name="vault-guard", type="TOKEN",
        authorizerUri=f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{fn}/"
                      "invocations", identitySource="method.request.header.Authorization",
        authorizerCredentials=f"arn:aws:iam::{account}:role/{marker}",
        identityValidationExpression=f"^{marker}$")["id"]
    api.client.create_model(
        restApiId=api.id, name="Vault", contentType="application/json", description=marker,
        schema=json.dumps({"type": "object", "properties": {"key": {"enum": [marker]}}}))
    api.client.put_gateway_response(
        restApiId=api.id, responseType="DEFAULT_5XX",
        responseParameters={"gatewayresponse.header.X-Key": f"'{marker}'"},
        responseTemplates={"application/json": f'{{"key": "{marker}"}}'})
    where = {"restApiId": api.id, "resourceId": api.resource("/guarded"), "httpMethod": "POST"}
    api.client.put_method(**where, authorizationType="CUSTOM", authorizerId=guard,
                          requestModels={"application/json": "Vault"})
    api.client.put_integration(
        **where, type="HTTP", integrationHttpMethod="POST", connectionType="VPC_LINK",
        connectionId=w.links["vault-link"], uri=f"http://{w.dns('vault-nlb')}/guarded",
        credentials=f"arn:aws:iam::{account}:role/{marker}")
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke",
         "Resource": "execute-api:/*",
         "Condition": {"StringEquals": {"aws:Referer": marker}}}]}
    api.client.update_rest_api(restApiId=api.id, patchOperations=[
        {"op": "replace", "path": "/policy", "value": json.dumps(policy)}])


def around(w: World, marker: str) -> None:
    """Records, alarms, certificates, web ACLs, distributions."""
    zone = w.aws.route53.create_hosted_zone(
        Name="vault.example.com", CallerReference=w.aws.account,
        HostedZoneConfig={"Comment": marker, "PrivateZone": False})["HostedZone"]["Id"]
    w.aws.route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [
        {"Action": "CREATE", "ResourceRecordSet": {
            "Name": "vault.example.com", "Type": kind, "TTL": 60,
            "ResourceRecords": [{"Value": value}]}}
        for kind, value in (("TXT", f'"{marker}"'), ("CAA", f'0 issue "{marker}"'))]})
    tail = w.load_balancers["vault-nlb"]["arn"].split("loadbalancer/")[1]
    w.aws.cloudwatch.put_metric_alarm(
        AlarmName="vault-flows", Namespace="AWS/NetworkELB", MetricName="NewFlowCount",
        Dimensions=[{"Name": "LoadBalancer", "Value": tail}], Statistic="Sum", Period=60,
        EvaluationPeriods=1, Threshold=1.0, ComparisonOperator="LessThanThreshold",
        AlarmDescription=marker,
        AlarmActions=[f"arn:aws:sns:{w.aws.region}:{w.aws.account}:{marker}"],
        OKActions=[f"arn:aws:sns:{w.aws.region}:{w.aws.account}:{marker}"])
    w.aws.acm.add_tags_to_certificate(CertificateArn=w.certificate,
                                      Tags=[{"Key": "key", "Value": marker}])
    w.aws.elbv2.create_listener(
        LoadBalancerArn=w.load_balancers["vault-alb"]["arn"], Protocol="HTTPS", Port=443,
        Certificates=[{"CertificateArn": w.certificate}], DefaultActions=[
            {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200",
                                                               "MessageBody": marker}}])
    seen = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "v"}
    none = [{"Priority": 0, "Type": "NONE"}]
    acl = w.aws.wafv2.create_web_acl(
        Name="vault-acl", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=seen,
        Description=marker, CustomResponseBodies={"no": {"ContentType": "TEXT_PLAIN",
                                                         "Content": marker}},
        Rules=[{"Name": "key", "Priority": 0, "VisibilityConfig": seen,
                "Action": {"Allow": {"CustomRequestHandling": {"InsertHeaders": [
                    {"Name": "x-key", "Value": marker}]}}},
                "Statement": {"ByteMatchStatement": {
                    "SearchString": marker.encode(), "PositionalConstraint": "EXACTLY",
                    "FieldToMatch": {"SingleHeader": {"Name": "x-key"}},
                    "TextTransformations": none}}},
               {"Name": "regex", "Priority": 1, "VisibilityConfig": seen, "Action": {"Block": {}},
                "Statement": {"RegexMatchStatement": {
                    "RegexString": marker, "FieldToMatch": {"QueryString": {}},
                    "TextTransformations": none}}}])["Summary"]["ARN"]
    w.aws.wafv2.associate_web_acl(WebACLArn=acl,
                                  ResourceArn=w.load_balancers["vault-alb"]["arn"])
    w.aws.cloudfront.create_distribution(DistributionConfig={
        "CallerReference": "vault", "Comment": marker, "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [{
            "Id": "o", "DomainName": w.dns("vault-nlb"), "OriginPath": f"/{marker}",
            "CustomHeaders": {"Quantity": 1, "Items": [{"HeaderName": "X-Key",
                                                        "HeaderValue": marker}]},
            "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443,
                                   "OriginProtocolPolicy": "http-only"}}]},
        "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all"}})
    w.aws.ec2.create_traffic_mirror_target(
        NetworkLoadBalancerArn=w.load_balancers["vault-nlb"]["arn"], Description=marker)


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
    guard = v2.create_authorizer(
        ApiId=api, Name="vault-guard", AuthorizerType="REQUEST", AuthorizerPayloadFormatVersion="2.0",
        AuthorizerUri=f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{marker}/"
                      "invocations", IdentitySource=["$request.header.Authorization"],
        AuthorizerCredentialsArn=f"arn:aws:iam::{w.aws.account}:role/{marker}")["AuthorizerId"]
    v2.create_route(ApiId=api, RouteKey="ANY /{proxy+}", Target=f"integrations/{made}",
                    AuthorizationType="CUSTOM", AuthorizerId=guard)
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
