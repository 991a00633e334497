"""Scenario `reference`: one of every topology that a scanner has to tell apart.

Each part stands alone: {"only": ["billing", "drift"]} seeds just those.

  orders    NLB TCP:80+443 -> orders-alb with rules; deletion protection; stage-variable link,
            canary on prod, a JSON null in GetResources; a DNS alias names the NLB
  billing   NLB TCP:80 -> billing-alb, nothing else uses it (the clean removable case)
  tls       NLB TLS:443 -> ip targets, no ALB (not a bridge)
  mixed     NLB TCP:80 -> ALB, TCP:9000 -> ip targets (half a bridge)
  idle      a v1 link over a bridge that no API names
  legacy    NLB TCP:80 -> ip target group of the ALB's node addresses
  broken    NLB TCP:80 -> alb target group without targets
  chat      a WebSocket API over a v1 link
  web       an HTTP API over a v2 link straight to an ALB listener
  front     an HTTP API over the v2 link to an NLB listener that bridges to an ALB
  shadow    prod runs a method over its NLB that the draft has dropped
  drift     the draft's uri was changed after prod was deployed
  plain     an NLB and an ALB that no gateway reaches
  edge      an API without private integration
"""
from __future__ import annotations

from typing import Any

from seed_parts import World


def orders(w: World) -> None:
    elb, region, account = w.aws.elbv2, w.aws.region, w.aws.account
    w.alb("orders", group="alb-sg", https=True)
    w.bridge("orders", ports=(80, 443))
    listener, tasks = w.listeners["orders-alb:80"], w.target_groups["orders-tasks"]
    elb.create_rule(ListenerArn=listener, Priority=10, Conditions=[
        {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/orders*", "/v2/*"]}}],
        Actions=[{"Type": "forward", "TargetGroupArn": tasks}])
    elb.create_rule(ListenerArn=listener, Priority=20, Conditions=[
        {"Field": "host-header", "HostHeaderConfig": {"Values": ["orders.internal.example.com"]}},
        {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Tenant",
                                                      "Values": ["gold"]}}],
        Actions=[{"Type": "fixed-response", "FixedResponseConfig": {
            "StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no"}}])
    elb.modify_load_balancer_attributes(
        LoadBalancerArn=w.load_balancers["orders-nlb"]["arn"],
        Attributes=[{"Key": "deletion_protection.enabled", "Value": "true"},
                    {"Key": "load_balancing.cross_zone.enabled", "Value": "true"}])

    link, host = w.link("orders-link", "orders-nlb"), w.dns("orders-nlb")
    variable = "${stageVariables.vpcLinkId}"
    api = w.rest_api("orders-api", description="orders", tags={"Team": "orders"})
    api.method("GET", "/orders", "HTTP_PROXY", f"http://{host}/orders", link)
    api.method("POST", "/orders", "HTTP", f"http://{host}/orders", link,
               requestTemplates={"application/json": "$input.json('$')"},
               requestParameters={
                   "integration.request.header.Host": "'orders.internal.example.com'"},
               passthroughBehavior="WHEN_NO_TEMPLATES")
    api.method("ANY", "/orders/{orderId}", "HTTP_PROXY", f"http://{host}/orders/{{orderId}}",
               variable, cacheKeyParameters=["method.request.path.orderId"],
               timeoutInMillis=15000)
    api.method("GET", "/orders/{orderId}/items/{itemId}", "HTTP_PROXY",
               f"https://{host}:443/orders/{{orderId}}/items/{{itemId}}", link, auth="AWS_IAM",
               tlsConfig={"insecureSkipVerification": True})
    api.method("ANY", "/{proxy+}", "HTTP_PROXY", "http://${stageVariables.backendHost}/{proxy}",
               variable)
    api.method("GET", "/health", "MOCK",
               requestTemplates={"application/json": '{"statusCode": 200}'})
    api.method("POST", "/hook", "AWS_PROXY",
               f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/"
               f"arn:aws:lambda:{region}:{account}:function:hook/invocations")
    variables = {"vpcLinkId": link, "backendHost": host}
    api.stage("dev", api.deploy(description="first"), variables=variables, tags={"Env": "dev"})
    api.stage("prod", api.deploy(description="second"), variables=variables, tracingEnabled=True,
              tags={"Env": "prod"})
    api.doc["canary"] = api.deploy("prod", description="canary", canarySettings={
        "percentTraffic": 10.0, "useStageCache": False,
        "stageVariableOverrides": {"backendHost": "canary.internal.example.com"}})
    api.client.update_stage(restApiId=api.id, stageName="prod", patchOperations=[
        {"op": "replace", "path": "/*/*/throttling/rateLimit", "value": "500"},
        {"op": "replace", "path": "/*/*/metrics/enabled", "value": "true"}])
    api.client.create_domain_name(
        domainName="api.example.com", regionalCertificateArn=w.certificate,
        endpointConfiguration={"types": ["REGIONAL"]}, securityPolicy="TLS_1_2")
    api.client.create_base_path_mapping(domainName="api.example.com", basePath="orders",
                                        restApiId=api.id, stage="prod")
    alias(w, "orders-nlb")


def alias(w: World, name: str) -> None:
    """A private record that points at a load balancer: a user outside API Gateway."""
    zone = w.aws.route53.create_hosted_zone(
        Name="internal.example.com", CallerReference=f"{w.aws.account}-{name}")["HostedZone"]["Id"]
    elb = w.aws.elbv2.describe_load_balancers(Names=[name])["LoadBalancers"][0]
    w.aws.route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [
        {"Action": "CREATE", "ResourceRecordSet": {
            "Name": "orders.internal.example.com", "Type": "A", "AliasTarget": {
                "HostedZoneId": elb["CanonicalHostedZoneId"], "DNSName": elb["DNSName"] + ".",
                "EvaluateTargetHealth": False}}}]})
    w.other["hosted_zone"] = zone.split("/")[-1]


def proxy_api(w: World, app: str, **kw: Any) -> Any:
    """One ANY /{proxy+} over the app's link, deployed to prod."""
    api = w.rest_api(f"{app}-api", tags={"Team": app}, **kw)
    api.method("ANY", "/{proxy+}", "HTTP_PROXY", f"http://{w.dns(f'{app}-nlb')}/{{proxy}}",
               w.links[f"{app}-link"])
    api.deploy("prod")
    return api


def billing(w: World) -> None:
    w.chain("billing")
    proxy_api(w, "billing")


def tls(w: World) -> None:
    w.balancer("tls-nlb", "network")
    w.target_group("tls-tasks", "ip", "TLS", 8443, ["10.20.200.77"])
    w.listener("tls-nlb", "TLS", 443, "tls-tasks")
    w.link("tls-link", "tls-nlb")
    api = w.rest_api("tls-api")
    api.method("GET", "/secure", "HTTP_PROXY", f"https://{w.dns('tls-nlb')}/secure",
               w.links["tls-link"])
    api.deploy("prod")


def mixed(w: World) -> None:
    w.chain("mixed")
    w.target_group("mixed-raw", "ip", "TCP", 9000, ["10.20.200.51"])
    w.listener("mixed-nlb", "TCP", 9000, "mixed-raw")
    api = w.rest_api("mixed-api")
    host, link = w.dns("mixed-nlb"), w.links["mixed-link"]
    api.method("GET", "/web", "HTTP_PROXY", f"http://{host}/web", link)
    api.method("GET", "/raw", "HTTP_PROXY", f"http://{host}:9000/raw", link)
    api.deploy("prod")


def idle(w: World) -> None:
    w.chain("idle")


def legacy(w: World) -> None:
    w.alb("legacy")
    tail = w.load_balancers["legacy-alb"]["arn"].split("loadbalancer/")[1]
    found = w.aws.ec2.describe_network_interfaces(
        Filters=[{"Name": "description", "Values": [f"ELB {tail}"]}])["NetworkInterfaces"]
    w.balancer("legacy-nlb", "network", ["nlb-sg"])
    w.target_group("legacy-nodes", "ip", "TCP", 80, [e["PrivateIpAddress"] for e in found])
    w.listener("legacy-nlb", "TCP", 80, "legacy-nodes")
    w.link("legacy-link", "legacy-nlb")
    proxy_api(w, "legacy")


def broken(w: World) -> None:
    w.balancer("broken-nlb", "network", ["nlb-sg"])
    w.target_group("broken-alb-80", "alb", "TCP", 80, [])
    w.listener("broken-nlb", "TCP", 80, "broken-alb-80")
    w.link("broken-link", "broken-nlb")
    proxy_api(w, "broken")


def chat(w: World) -> None:
    w.chain("chat")
    v2 = w.aws.apigatewayv2
    api = v2.create_api(Name="chat-api", ProtocolType="WEBSOCKET",
                        RouteSelectionExpression="$request.body.action")["ApiId"]
    made = v2.create_integration(
        ApiId=api, IntegrationType="HTTP_PROXY", IntegrationMethod="POST",
        ConnectionType="VPC_LINK", ConnectionId=w.links["chat-link"],
        IntegrationUri=f"http://{w.dns('chat-nlb')}/messages")["IntegrationId"]
    v2.create_route(ApiId=api, RouteKey="$default", Target=f"integrations/{made}")
    deployed = v2.create_deployment(ApiId=api)["DeploymentId"]
    v2.create_stage(ApiId=api, StageName="prod", DeploymentId=deployed)
    w.apis["chat-api"] = {"id": api, "type": "WEBSOCKET", "integration": made,
                          "stages": {"prod": deployed}}


def v2_link(w: World) -> str:
    if "web-link" not in w.v2_links:
        w.v2_links["web-link"] = w.aws.apigatewayv2.create_vpc_link(
            Name="web-link", SubnetIds=w.subnets, SecurityGroupIds=[w.groups["nlb-sg"]],
            Tags={"Team": "web"})["VpcLinkId"]
    return w.v2_links["web-link"]


def http_api(w: World, name: str, listener: str, auto: bool) -> None:
    v2 = w.aws.apigatewayv2
    api = v2.create_api(Name=name, ProtocolType="HTTP")["ApiId"]
    made = v2.create_integration(
        ApiId=api, IntegrationType="HTTP_PROXY", IntegrationMethod="ANY",
        ConnectionType="VPC_LINK", ConnectionId=v2_link(w), PayloadFormatVersion="1.0",
        IntegrationUri=w.listeners[listener])["IntegrationId"]
    v2.create_route(ApiId=api, RouteKey="ANY /{proxy+}", Target=f"integrations/{made}")
    if auto:
        stage = v2.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    else:
        deployed = v2.create_deployment(ApiId=api)["DeploymentId"]
        stage = v2.create_stage(ApiId=api, StageName="prod", DeploymentId=deployed)
    w.apis[name] = {"id": api, "type": "HTTP", "integration": made,
                    "stages": {stage["StageName"]: stage["DeploymentId"]}}


def web(w: World) -> None:
    w.alb("web")
    http_api(w, "web-api", "web-alb:80", auto=True)


def front(w: World) -> None:
    w.alb("front")
    w.bridge("front")
    http_api(w, "front-api", "front-nlb:80", auto=False)


def shadow(w: World) -> None:
    w.chain("shadow")
    api = proxy_api(w, "shadow")
    api.client.delete_method(restApiId=api.id, resourceId=api.paths["/{proxy+}"],
                             httpMethod="ANY")


def drift(w: World) -> None:
    w.chain("drift")
    api = proxy_api(w, "drift")
    api.client.update_integration(
        restApiId=api.id, resourceId=api.paths["/{proxy+}"], httpMethod="ANY", patchOperations=[
            {"op": "replace", "path": "/uri",
             "value": f"http://{w.dns('drift-nlb')}/unfinished/{{proxy}}"}])


def plain(w: World) -> None:
    w.balancer("plain-nlb", "network", ["nlb-sg"])
    w.target_group("plain-tcp", "ip", "TCP", 5432, ["10.20.200.60"])
    w.listener("plain-nlb", "TCP", 5432, "plain-tcp")
    w.alb("plain")


def edge(w: World) -> None:
    api = w.rest_api("edge-api", endpointConfiguration={"types": ["EDGE"]})
    api.method("GET", "/status", "HTTP_PROXY", "https://status.example.com/")
    api.deploy("v1")


PARTS = {f.__name__: f for f in (orders, billing, tls, mixed, idle, legacy, broken, chat, web,
                                 front, shadow, drift, plain, edge)}


def build(aws: Any, only: list[str] | None = None) -> dict[str, Any]:
    unknown = set(only or []) - set(PARTS)
    if unknown:
        raise ValueError(f"unknown parts {sorted(unknown)}: of {sorted(PARTS)}")
    world = World(aws)
    world.network()
    for name, part in PARTS.items():
        if only is None or name in only:
            part(world)
    # the endpoint services that API Gateway made behind the v1 links, by the NLB
    services = {tuple(s["NetworkLoadBalancerArns"]): s["ServiceId"] for s in
                aws.ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"]}
    nlbs = {name: x["arn"] for name, x in world.load_balancers.items()}
    world.other["endpoint_services"] = {
        name: services[(arn,)] for name, arn in nlbs.items() if (arn,) in services}
    return world.answer()
