"""Scenario `pages`: more than one page of every list that AWS pages, at AWS's own limits."""
from __future__ import annotations

from typing import Any

from moto.apigateway.models import apigateway_backends
from moto.apigatewayv2.models import apigatewayv2_backends
from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends

import accounts
from seed_bulk import rest_apis
from seed_parts import World


def build(aws: Any, rest: int = 505, resources: int = 510, http: int = 105, routes: int = 105,
          balancers: int = 405, rules: int = 405, groups: int = 1005) -> dict[str, Any]:
    """GetRestApis and GetResources page at 500, apigatewayv2 at 100, elbv2 at 400, EC2 at 1000;
    DescribeTags takes 20 ARNs."""
    world = World(aws)
    world.network()
    world.chain("pages")
    where = aws.account, aws.region
    link, uri = world.links["pages-link"], f"http://{world.dns('pages-nlb')}"
    with accounts.of(aws.account).lock:
        large = rest_apis(*where, 1, resources, link, uri, "pages-large")["ids"][0]
        world.apis["pages-large-00000"] = {"id": large, "type": "REST"}
        backend = apigateway_backends[aws.account][aws.region]
        for n in range(rest - 1):
            backend.create_rest_api(f"pages-small-{n:05d}", "",
                                    endpoint_configuration={"types": ["REGIONAL"]})
        world.apis["pages-http"] = http_apis(world, http, routes)
        elb = elbv2_backends[aws.account][aws.region]
        for n in range(balancers - len(world.load_balancers)):
            elb.create_load_balancer(name=f"pages-{n:05d}-nlb", security_groups=[],
                                     subnet_ids=world.subnets[:1], scheme="internal",
                                     loadbalancer_type="network", tags=[])
        for n in range(rules - 1):              # the default rule counts
            elb.create_rule(
                world.listeners["pages-alb:80"], [{"Field": "path-pattern", "PathPatternConfig":
                                                   {"Values": [f"/p{n}"]}}], n + 1,
                [{"Type": "forward", "TargetGroupArn": world.target_groups["pages-tasks"]}])
        ec2 = ec2_backends[aws.account][aws.region]
        for n in range(groups - len(world.groups) - 1):     # the VPC's default group counts
            ec2.create_security_group(f"pages-{n:05d}", "pages", world.vpc)
    world.other["counts"] = {"rest_apis": rest, "resources": resources + 1, "http_apis": http,
                             "routes": routes, "load_balancers": balancers, "rules": rules,
                             "security_groups": groups}
    return world.answer()


def http_apis(world: World, count: int, routes: int) -> dict[str, Any]:
    """`count` HTTP APIs, the first with `routes` routes, each with an integration of its own."""
    backend = apigatewayv2_backends[world.aws.account][world.aws.region]
    blank = dict.fromkeys((
        "api_key_selection_expression", "cors_configuration", "description",
        "disable_schema_validation", "disable_execute_api_endpoint", "route_selection_expression",
        "tags", "version"))
    apis = [backend.create_api(name=f"pages-http-{n:05d}", protocol_type="HTTP", **blank)
            for n in range(count)]
    for n in range(routes):
        made = apis[0].create_integration(
            connection_type="INTERNET", description="", integration_method="GET",
            integration_type="HTTP_PROXY", integration_uri=f"https://example.com/{n}")
        apis[0].create_route(False, [], f"GET /r{n}", f"integrations/{made.id}")
    return {"id": apis[0].api_id, "type": "HTTP"}
