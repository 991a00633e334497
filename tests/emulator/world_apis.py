"""The sections of POST /_lab/world that are API Gateway's: links, REST, HTTP and WebSocket APIs."""
from __future__ import annotations

import json
import time
from typing import Any

from moto.apigateway import models as m
from moto.apigatewayv2 import models as m2
from moto.elbv2.models import elbv2_backends

import ext_apigatewayv2
import ext_ec2
import ext_links
from ext_apigateway import assign, freeze
from ext_rest_parts import freeze_rest
from world import derived, tags_of

Doc = dict[str, Any]
STAGE_MORE = ("clientCertificateId", "webAclArn", "documentationVersion")
INTEGRATION = ("connectionId", "connectionType", "contentHandlingStrategy", "credentialsArn",
               "description", "integrationMethod", "integrationType", "integrationUri",
               "passthroughBehavior", "payloadFormatVersion", "integrationSubtype",
               "requestParameters", "requestTemplates", "responseParameters",
               "templateSelectionExpression", "timeoutInMillis", "tlsConfig")
ROUTE = ("apiKeyRequired", "authorizationScopes", "authorizationType", "authorizerId",
         "modelSelectionExpression", "operationName", "requestModels", "requestParameters",
         "routeKey", "routeResponseSelectionExpression", "target")


def snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def method(d: Doc, verb: str, resource: str) -> m.Method:
    made = m.Method(verb, d.get("authorizationType", "NONE"), **{snake(k): d.get(k) for k in (
        "authorizerId", "authorizationScopes", "apiKeyRequired", "requestParameters",
        "requestModels", "operationName", "requestValidatorId")})
    for code, row in (d.get("methodResponses") or {}).items():
        made.create_response(code, row.get("responseModels") or {},
                             row.get("responseParameters") or {})
    i = d.get("methodIntegration")
    if i:
        made.method_integration = m.Integration(i["type"], i.get("uri"), i.get("httpMethod"))
        assign(made.method_integration, i, resource)
        for code, row in (i.get("integrationResponses") or {}).items():
            made.method_integration.create_integration_response(
                code, row.get("selectionPattern"), dict(row.get("responseTemplates") or {}),
                row.get("responseParameters"), row.get("contentHandling"))
    return made


class Apis:
    def __init__(self, account: str, region: str):
        self.account, self.region = account, region
        self.rest = m.apigateway_backends[account][region]
        self.v2 = m2.apigatewayv2_backends[account][region]

    # -- links ---------------------------------------------------------------------

    def VpcLinks(self, d: Doc) -> None:
        link = m.VpcLink(d["id"], d.get("name", d["id"]), d.get("description", ""),
                         list(d["targetArns"]), tags_of(d))
        link.life = ext_links.Life(self.account)
        if d.get("status", "AVAILABLE") != "AVAILABLE":
            link.life.forced = (d["status"], d.get("statusMessage", ""))
        self.rest.vpc_links[link.id] = link
        nlb = link.target_arns[0]
        if nlb in elbv2_backends[self.account][self.region].load_balancers and \
                ext_ec2.service_on(self.account, self.region, nlb) is None:
            ext_ec2.add_link_service(self.account, self.region, link.id, nlb,
                                     ext_links.GATEWAY_ACCOUNTS.get(self.region, "000000000000"))
            self.name_service(ext_ec2.service_on(self.account, self.region, nlb), link.id)

    def name_service(self, service: Any, link: str) -> None:
        """The hidden service's identifiers, and its connection's, follow from the link's."""
        held = service.ec2_backend.configurations
        old, new = service.id, f"vpce-svc-{derived(17, link)}"
        held[new] = held.pop(old)
        for name in ("id", "service_name", "endpoint_dns_name"):
            setattr(service, name, getattr(service, name).replace(old, new))
        for made in ext_ec2.connections_of(service):
            made |= {"ServiceId": new, "VpcEndpointId": f"vpce-{derived(17, link)}",
                     "VpcEndpointConnectionId": f"vpce-con-{derived(17, link)}"}

    def VpcLinksV2(self, d: Doc) -> None:
        link = m2.VpcLink(d.get("name", d["vpcLinkId"]), list(d.get("securityGroupIds") or []),
                          list(d.get("subnetIds") or []), {}, self.v2)
        link.id = d["vpcLinkId"]
        link.arn = f"{link.arn.rsplit('/', 1)[0]}/{link.id}"
        self.v2.tag_resource(link.arn, tags_of(d))
        link.life = ext_links.Life(self.account)
        if d.get("vpcLinkStatus", "AVAILABLE") != "AVAILABLE":
            link.life.forced = (d["vpcLinkStatus"], d.get("vpcLinkStatusMessage", ""))
        self.v2.vpc_links[link.id] = link

    # -- REST APIs -----------------------------------------------------------------

    def RestApis(self, d: Doc) -> None:
        api = m.RestAPI(
            d["id"], self.account, self.region, d.get("name", d["id"]), d.get("description", ""),
            version=d.get("version"), binaryMediaTypes=list(d.get("binaryMediaTypes") or []),
            api_key_source=d.get("apiKeySource"), policy=d.get("policy"), tags=tags_of(d),
            endpoint_configuration=d.get("endpointConfiguration") or {"types": ["REGIONAL"]},
            disable_execute_api_endpoint=d.get("disableExecuteApiEndpoint"),
            minimum_compression_size=d.get("minimumCompressionSize"))
        api.create_date = d.get("createdDate", api.create_date)
        self.rest.apis[api.id] = api
        self.resources(api, d.get("resources") or [])
        self.besides(api, d)
        for row in d.get("deployments") or []:
            self.deployment(api, row)
        for row in d.get("stages") or []:
            self.stage(api, row)

    def resources(self, api: m.RestAPI, rows: list[Doc]) -> None:
        api.resources.clear()
        wanted = {row["path"]: row for row in rows}
        for path in sorted({p for full in ("/", *wanted) for p in parents(full)}, key=depth):
            row = wanted.get(path) or {}
            ident = row.get("id") or derived(10, api.id, path)
            above = None
            if path != "/":
                parent = path.rsplit("/", 1)[0] or "/"
                above = (wanted.get(parent) or {}).get("id") or derived(10, api.id, parent)
            res = m.Resource(ident, self.account, self.region, api.id,
                             path.rsplit("/", 1)[1] or "/", above)
            api.resources[ident] = res
            if path == "/":
                api.default, api.root_resource_id = res, ident
            for verb, x in (row.get("resourceMethods") or {}).items():
                res.resource_methods[verb] = method(x, verb, ident)

    def besides(self, api: m.RestAPI, d: Doc) -> None:
        """What an API has next to its methods; also what a deployment says it has."""
        for a in d.get("authorizers") or []:
            api.authorizers[a["id"]] = m.Authorizer(
                a["id"], a["name"], a["type"], provider_arns=a.get("providerARNs"),
                auth_type=a.get("authType"), authorizer_uri=a.get("authorizerUri"),
                authorizer_credentials=a.get("authorizerCredentials"),
                identity_source=a.get("identitySource"),
                identity_validation_expression=a.get("identityValidationExpression"),
                authorizer_result_ttl=a.get("authorizerResultTtlInSeconds", 300))
        for v in d.get("requestValidators") or []:
            api.request_validators[v["id"]] = m.RequestValidator(
                v["id"], v["name"], v.get("validateRequestBody", False),
                v.get("validateRequestParameters", False))
        for x in d.get("models") or []:
            api.models[x["name"]] = m.Model(
                x.get("id") or derived(10, api.id, x["name"]), x["name"],
                description=x.get("description"), schema=x.get("schema"),
                content_type=x.get("contentType", "application/json"))
        for g in d.get("gatewayResponses") or []:
            api.gateway_responses[g["responseType"]] = m.GatewayResponse(
                g["responseType"], g.get("statusCode"), g.get("responseParameters") or {},
                g.get("responseTemplates") or {})

    def deployment(self, api: m.RestAPI, d: Doc) -> None:
        made = m.Deployment(d["id"], "", d.get("description", ""))
        made.created_date = d.get("createdDate", made.created_date)
        held = api
        if "resources" in d:                    # not what the draft is now
            held = m.RestAPI(api.id, self.account, self.region, api.name, "")
            self.rest.apis[api.id] = held       # a path is found through the backend
            self.resources(held, d["resources"])
            self.besides(held, {})
            held.authorizers, held.request_validators = api.authorizers, api.request_validators
            held.models, held.gateway_responses = api.models, api.gateway_responses
            held.policy, held.binaryMediaTypes = api.policy, api.binaryMediaTypes
            held.minimum_compression_size = api.minimum_compression_size
            held.api_key_source, held.description = api.api_key_source, api.description
            held.disableExecuteApiEndpoint = api.disableExecuteApiEndpoint
            held.endpoint_configuration = api.endpoint_configuration
        made.frozen, made.frozen_rest = freeze(held), freeze_rest(held)
        self.rest.apis[api.id] = api
        api.deployments[made.id] = made

    def stage(self, api: m.RestAPI, d: Doc) -> None:
        stage = m.Stage(d["stageName"], d["deploymentId"], dict(d.get("variables") or {}),
                        d.get("description", ""), bool(d.get("cacheClusterEnabled")),
                        d.get("cacheClusterSize"), tags_of(d), d.get("tracingEnabled"))
        stage.method_settings = d.get("methodSettings") or {}
        stage.more = {k: d[k] for k in STAGE_MORE if d.get(k)}
        canary = d.get("canarySettings")
        if canary:
            stage.canary = {"percentTraffic": 0.0, "deploymentId": stage.deployment_id,
                            "stageVariableOverrides": {}, "useStageCache": False, **canary}
        api.stages[stage.name] = stage

    # -- HTTP and WebSocket APIs -----------------------------------------------------

    def Apis(self, d: Doc) -> None:
        api = m2.Api(self.region, d.get("name", d["apiId"]), None, d.get("corsConfiguration"),
                     d.get("description"), d.get("disableExecuteApiEndpoint"), None,
                     d.get("protocolType", "HTTP"), d.get("routeSelectionExpression"), {},
                     d.get("version"), self.v2)
        fresh, api.api_id = api.api_id, d["apiId"]
        api.api_endpoint = d.get("apiEndpoint") or api.api_endpoint.replace(fresh, api.api_id)
        api.arn = api.arn.replace(fresh, api.api_id)
        self.v2.tag_resource(api.arn, tags_of(d))
        self.v2.apis[api.api_id] = api
        self.fill(api, d)
        for row in d.get("deployments") or []:
            held = api
            if "routes" in row or "integrations" in row:
                held = m2.Api(self.region, "", None, None, None, None, None, api.protocol_type,
                              None, {}, None, self.v2)
                self.fill(held, {"routes": row.get("routes", d.get("routes")),
                                 "integrations": row.get("integrations", d.get("integrations"))})
            shown = {"deploymentStatus": "DEPLOYED", "autoDeployed": False, "createdDate":
                     time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())} | {
                k: v for k, v in row.items() if k not in ("routes", "integrations")}
            ext_apigatewayv2.deployments(api)[row["deploymentId"]] = {
                "shown": shown, "frozen": json.dumps(ext_apigatewayv2.freeze(held))}
        for row in d.get("stages") or []:
            stage = m2.Stage(api, row)
            stage.deployment_id = row.get("deploymentId")
            api.stages[stage.name] = stage

    def fill(self, api: m2.Api, d: Doc) -> None:
        for row in d.get("integrations") or []:
            made = m2.Integration(**{snake(k): row.get(k) for k in INTEGRATION})
            made.id = row["integrationId"]
            made.connection_type = made.connection_type or "INTERNET"
            api.integrations[made.id] = made
        for row in d.get("routes") or []:
            made = m2.Route(**{snake(k): row.get(k) for k in ROUTE})
            made.route_id = row["routeId"]
            made.authorization_type = made.authorization_type or "NONE"
            made.api_key_required = bool(made.api_key_required)
            api.routes[made.route_id] = made


def depth(path: str) -> int:
    return 0 if path == "/" else path.count("/")


def parents(path: str) -> list[str]:
    """A path and every path above it."""
    parts = [p for p in path.split("/") if p]
    return ["/", *("/" + "/".join(parts[:n + 1]) for n in range(len(parts)))]
