"""Scenario `features`: one REST API that uses everything an API can have, just deployed.

`drift` changes exactly one named feature of the draft after the deployment (DRIFTS); `xml` adds a
method whose only body model is not JSON, which the OpenAPI 3 export refuses.
"""
from __future__ import annotations

import json
from typing import Any, Callable

from moto.apigateway import models as m

import accounts
import ext_apigateway
from seed_parts import RestApi, World
from seed_sources import flows

Doc = dict[str, Any]


def models(api: RestApi) -> None:
    url = f"https://apigateway.amazonaws.com/restapis/{api.id}/models/"
    draft = "http://json-schema.org/draft-04/schema#"
    for name, schema in (
            ("Item", {"$schema": draft, "title": "Item", "type": "object",
                      "properties": {"id": {"type": "string"}, "price": {"type": "number"}},
                      "required": ["id"]}),
            ("Order", {"$schema": draft, "title": "Order", "type": "object", "properties": {
                "items": {"type": "array", "items": {"$ref": f"{url}Item"}}}}),
            ("Unused", {"$schema": draft, "title": "Unused", "type": "string"})):
        api.client.create_model(restApiId=api.id, name=name, contentType="application/json",
                                schema=json.dumps(schema), description=f"{name} of the shop")


def authorizers(world: World, api: RestApi) -> dict[str, str]:
    account, region = world.aws.account, world.aws.region
    uri = (f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/"
           f"arn:aws:lambda:{region}:{account}:function:auth/invocations")
    pool = f"arn:aws:cognito-idp:{region}:{account}:userpool/{region}_Shop"
    kinds: dict[str, Doc] = {
        "token": {"type": "TOKEN", "authorizerUri": uri, "identitySource":
                  "method.request.header.X-Token", "identityValidationExpression": "^Bearer .+$",
                  "authorizerCredentials": f"arn:aws:iam::{account}:role/invoke-auth"},
        "request": {"type": "REQUEST", "authorizerUri": uri, "authorizerResultTtlInSeconds": 60,
                    "identitySource": "method.request.header.X-Key, "
                                      "method.request.querystring.key"},
        "pool": {"type": "COGNITO_USER_POOLS", "providerARNs": [pool], "identitySource":
                 "method.request.header.Authorization"}}
    return {name: api.client.create_authorizer(restApiId=api.id, name=f"shop-{name}", **kw)["id"]
            for name, kw in kinds.items()}


def settings(api: RestApi) -> None:
    api.client.put_gateway_response(
        restApiId=api.id, responseType="DEFAULT_4XX",
        responseParameters={"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"})
    api.client.put_gateway_response(
        restApiId=api.id, responseType="THROTTLED", statusCode="429",
        responseTemplates={"application/json": '{"slow": $context.error.messageString}'})


def rest(world: World, xml: bool) -> RestApi:
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke",
         "Resource": "execute-api:/*"},
        {"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke",
         "Resource": "execute-api:/*/POST/orders",
         "Condition": {"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}}}]}
    api = world.rest_api("features-api", description="every feature", apiKeySource="AUTHORIZER",
                         binaryMediaTypes=["image/png", "application/pdf"],
                         minimumCompressionSize=1024, policy=json.dumps(policy))
    models(api)
    settings(api)
    guards = authorizers(world, api)
    check = {name: api.client.create_request_validator(
        restApiId=api.id, name=f"check-{name}", validateRequestBody=body,
        validateRequestParameters=params)["id"]
        for name, body, params in (("all", True, True), ("parameters", False, True))}
    host, link, account = world.dns("features-nlb"), world.links["features-link"], world.aws.account
    role = f"arn:aws:iam::{account}:role/features"
    fn = (f"arn:aws:apigateway:{world.aws.region}:lambda:path/2015-03-31/functions/arn:aws:lambda:"
          f"{world.aws.region}:{account}:function:work/invocations")

    def method(verb: str, path: str, integration: Doc, auth: str = "NONE", **kw: Any) -> Doc:
        where = {"restApiId": api.id, "resourceId": api.resource(path), "httpMethod": verb}
        api.client.put_method(**where, authorizationType=auth, **kw)
        if integration.get("uri", "").startswith("http"):
            integration = {"connectionType": "VPC_LINK", "connectionId": link,
                           "integrationHttpMethod": verb, **integration}
        api.client.put_integration(**where, **integration)
        return where

    where = method(
        "POST", "/orders", {
            "type": "HTTP", "uri": f"http://{host}/orders", "timeoutInMillis": 5000,
            "passthroughBehavior": "NEVER", "contentHandling": "CONVERT_TO_TEXT",
            "requestTemplates": {"application/json": '{"order": $input.json("$")}'},
            "requestParameters": {"integration.request.header.X-Stage": "stageVariables.name",
                                  "integration.request.header.X-Source": "'gateway'"}},
        "CUSTOM", authorizerId=guards["token"], requestValidatorId=check["all"],
        requestModels={"application/json": "Order"}, apiKeyRequired=True,
        requestParameters={"method.request.header.X-Token": True,
                           "method.request.querystring.dry": False}, operationName="createOrder")
    for code, pattern, model in (("201", None, "Order"), ("400", "4\\d{2}", "Error")):
        api.client.put_method_response(
            **where, statusCode=code, responseModels={"application/json": model},
            responseParameters={"method.response.header.X-Id": False})
        api.client.put_integration_response(
            **where, statusCode=code, **({"selectionPattern": pattern} if pattern else {}),
            responseTemplates={"application/json": "$input.json('$')"},
            responseParameters={"method.response.header.X-Id": "integration.response.header.Id"})
    method("GET", "/orders/{id}", {
        "type": "HTTP_PROXY", "uri": f"http://{host}/orders/{{id}}",
        "cacheKeyParameters": ["method.request.path.id", "method.request.querystring.page"],
        "cacheNamespace": "orders",
        "requestParameters": {"integration.request.path.id": "method.request.path.id"}},
        "COGNITO_USER_POOLS", authorizerId=guards["pool"],
        authorizationScopes=["shop/read", "shop/admin"], requestValidatorId=check["parameters"],
        requestParameters={"method.request.path.id": True, "method.request.querystring.page": False})
    method("GET", "/secure", {
        "type": "HTTP_PROXY", "uri": f"https://{host}/secure",
        "tlsConfig": {"insecureSkipVerification": True}}, "CUSTOM", authorizerId=guards["request"])
    method("GET", "/stream", {"type": "HTTP_PROXY", "uri": f"http://{host}/stream",
                              "responseTransferMode": "STREAM", "timeoutInMillis": 60000},
           "AWS_IAM")
    method("ANY", "/{proxy+}", {
        "type": "HTTP_PROXY", "uri": f"http://{host}/{{proxy}}",
        "requestParameters": {"integration.request.path.proxy": "method.request.path.proxy"}},
        requestParameters={"method.request.path.proxy": True})
    method("POST", "/work", {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": fn})
    method("PUT", "/work", {"type": "AWS", "integrationHttpMethod": "POST", "uri": fn,
                            "credentials": role, "requestTemplates": {"application/json": "{}"}})
    where = method("OPTIONS", "/orders", {
        "type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}})
    headers = ("Access-Control-Allow-Origin", "Access-Control-Allow-Methods")
    api.client.put_method_response(
        **where, statusCode="200", responseModels={"application/json": "Empty"},
        responseParameters={f"method.response.header.{h}": False for h in headers})
    api.client.put_integration_response(
        **where, statusCode="200", responseTemplates={"application/json": ""},
        responseParameters={f"method.response.header.{h}": "'*'" for h in headers})
    if xml:
        api.client.create_model(restApiId=api.id, name="Letter", contentType="application/xml",
                                schema="<letter/>")
        method("POST", "/letters", {"type": "HTTP_PROXY", "uri": f"http://{host}/letters"},
               requestModels={"application/xml": "Letter"})
    api.stage("prod", api.deploy(description="release 1"), variables={"name": "prod"})
    return api


# --------------------------------------------------------------------- one change

def at(api: m.RestAPI, path: str, verb: str) -> m.Method:
    return next(r.resource_methods[verb] for r in api.resources.values() if r.get_path() == path)


def guard(api: m.RestAPI, name: str) -> m.Authorizer:
    return next(a for a in api.authorizers.values() if a.name == f"shop-{name}")


def sent(path: str, verb: str, **values: Any) -> Callable[[m.RestAPI], None]:
    """A change of an integration's members."""
    def change(api: m.RestAPI) -> None:
        held = at(api, path, verb).method_integration
        doc = {**held.to_json(), **values}
        ext_apigateway.assign(held, {k: v for k, v in doc.items() if v is not None}, "r")
    return change


def method_set(path: str, verb: str, **values: Any) -> Callable[[m.RestAPI], None]:
    def change(api: m.RestAPI) -> None:
        for name, value in values.items():
            setattr(at(api, path, verb), name, value)
    return change


def schema(name: str, **values: Any) -> Callable[[m.RestAPI], None]:
    def change(api: m.RestAPI) -> None:
        api.models[name].schema = json.dumps({**json.loads(api.models[name].schema), **values})
    return change


def validator(api: m.RestAPI) -> None:
    next(v for v in api.request_validators.values()
         if v.name == "check-all").validate_request_body = False


def answered(path: str, verb: str, code: str, **values: Any) -> Callable[[m.RestAPI], None]:
    """A change of an integration response."""
    def change(api: m.RestAPI) -> None:
        for name, value in values.items():
            setattr(at(api, path, verb).method_integration.integration_responses[code], name, value)
    return change


def response_model(api: m.RestAPI) -> None:
    at(api, "/orders", "POST").method_responses["201"].response_models = {
        "application/json": "Item"}


def new_path(api: m.RestAPI) -> None:
    made = api.add_child("later", api.root_resource_id)
    method = made.add_method("GET", "NONE", False)
    method.method_integration = m.Integration("MOCK", "", "GET")
    ext_apigateway.assign(method.method_integration, {"type": "MOCK"}, made.id)


def new_response(api: m.RestAPI) -> None:
    api.put_gateway_response("UNAUTHORIZED", "401", {}, {"application/json": "{}"})


def without(path: str, verb: str) -> Callable[[m.RestAPI], None]:
    def change(api: m.RestAPI) -> None:
        for res in api.resources.values():
            if res.get_path() == path:
                del res.resource_methods[verb]
    return change


def own(**values: Any) -> Callable[[m.RestAPI], None]:
    def change(api: m.RestAPI) -> None:
        for name, value in values.items():
            setattr(api, name, value)
    return change


def no_pool(api: m.RestAPI) -> None:
    """Half removed: the authorizer is gone, the method still names it."""
    del api.authorizers[guard(api, "pool").id]


DRIFTS: dict[str, Callable[[m.RestAPI], None]] = {
    "auth-type": method_set("/orders", "POST", authorization_type="NONE", authorizer_id=None),
    "authorizer-uri": lambda api: setattr(guard(api, "token"), "authorizer_uri",
                                          f"{guard(api, 'token').authorizer_uri}/2"),
    "authorizer-credentials": lambda api: setattr(
        guard(api, "token"), "authorizer_credentials",
        f"arn:aws:iam::{api.account_id}:role/other"),
    "authorizer-source": lambda api: setattr(guard(api, "request"), "identity_source",
                                             "method.request.header.X-Other"),
    "authorizer-ttl": lambda api: setattr(guard(api, "request"), "authorizer_result_ttl", 0),
    "authorizer-expression": lambda api: setattr(guard(api, "token"),
                                                 "identity_validation_expression", ".*"),
    "authorizer-pool": lambda api: setattr(guard(api, "pool"), "provider_arns", [
        f"arn:aws:cognito-idp:{api.region_name}:{api.account_id}:userpool/other"]),
    "authorizer-removed": no_pool,
    "authorizer-swapped": lambda api: setattr(at(api, "/orders", "POST"), "authorizer_id",
                                              guard(api, "request").id),
    "scopes": method_set("/orders/{id}", "GET", authorization_scopes=["shop/read"]),
    "iam": method_set("/stream", "GET", authorization_type="NONE"),
    "api-key": method_set("/orders", "POST", api_key_required=False),
    "api-key-source": own(api_key_source="HEADER"),
    "validator": validator,
    "method-validator": method_set("/orders", "POST", request_validator_id=None),
    "request-model": method_set("/orders", "POST", request_models={"application/json": "Item"}),
    "request-parameter": method_set("/orders", "POST", request_parameters={
        "method.request.header.X-Token": True}),
    "operation-name": method_set("/orders", "POST", operation_name="other"),
    "model": schema("Order", description="changed"),
    "model-inside": schema("Item", required=["id", "price"]),
    "response-model": response_model,
    "gateway-response": lambda api: setattr(api.gateway_responses["THROTTLED"], "status_code",
                                            "503"),
    "gateway-response-new": new_response,
    "gateway-response-removed": lambda api: api.delete_gateway_response("DEFAULT_4XX"),
    "policy": lambda api: setattr(api, "policy", api.policy.replace("192.0.2.0", "198.51.100.0")),
    "policy-removed": own(policy=None),
    "binary-types": own(binaryMediaTypes=["image/png"]),
    "compression": own(minimum_compression_size=2048),
    "template": sent("/orders", "POST", requestTemplates={"application/json": "{}"}),
    "response-template": answered("/orders", "POST", "201", response_templates={
        "application/json": "changed"}),
    "response-parameter": answered("/orders", "POST", "201", response_parameters={
        "method.response.header.X-Id": "'1'"}),
    "selection-pattern": answered("/orders", "POST", "400", selection_pattern="400"),
    "mapping": sent("/orders", "POST", requestParameters={
        "integration.request.header.X-Stage": "stageVariables.name"}),
    "passthrough": sent("/orders", "POST", passthroughBehavior="WHEN_NO_MATCH"),
    "content-handling": sent("/orders", "POST", contentHandling="CONVERT_TO_BINARY"),
    "timeout": sent("/orders", "POST", timeoutInMillis=6000),
    "cache-keys": sent("/orders/{id}", "GET", cacheKeyParameters=["method.request.path.id"]),
    "cache-namespace": sent("/orders/{id}", "GET", cacheNamespace="other"),
    "tls": sent("/secure", "GET", tlsConfig={"insecureSkipVerification": False}),
    "streaming": sent("/stream", "GET", responseTransferMode="BUFFERED"),
    "credentials": lambda api: setattr(at(api, "/work", "PUT").method_integration, "credentials",
                                       f"arn:aws:iam::{api.account_id}:role/other"),
    "uri": sent("/{proxy+}", "ANY", uri="http://elsewhere.example.com/{proxy}"),
    "http-method": sent("/orders", "POST", httpMethod="PUT"),
    "integration-type": lambda api: setattr(at(api, "/{proxy+}", "ANY").method_integration,
                                            "integration_type", "HTTP"),
    "cors": answered("/orders", "OPTIONS", "200", response_parameters={
        "method.response.header.Access-Control-Allow-Origin": "'https://a.example.com'",
        "method.response.header.Access-Control-Allow-Methods": "'*'"}),
    "method-removed": without("/work", "POST"),
    "path-new": new_path}


def build(aws: Any, drift: str | None = None, xml: bool = False) -> dict[str, Any]:
    if drift is not None and drift not in DRIFTS:
        raise ValueError(f"drift {drift!r}: one of {sorted(DRIFTS)}")
    world = World(aws)
    world.network()
    world.alb("features", https=True)
    world.bridge("features", (80, 443))
    world.link("features-link", "features-nlb")
    flows(world, "features")
    made = rest(world, xml)
    if drift:
        with accounts.of(aws.account).lock:
            DRIFTS[drift](m.apigateway_backends[aws.account][aws.region].apis[made.id])
    world.other["drift"] = drift
    world.other["drifts"] = sorted(DRIFTS)
    return world.answer()
