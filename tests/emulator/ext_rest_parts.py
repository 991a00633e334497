"""What a REST API has besides methods: its own settings, authorizers, models, gateway responses;
and what a deployment freezes of them.

ASSUMED marks behaviour that public documentation does not settle.
"""
from __future__ import annotations

import json
import re
from typing import Any

from moto.apigateway import models as m
from moto.apigateway.responses import APIGatewayResponse as R
from moto.utilities.utils import get_partition

from patching import swap

Doc = dict[str, Any]


# --------------------------------------------------------------------- gateway responses

# Type and status code; None: that of the error it stands for.
RESPONSES: dict[str, str | None] = {
    "ACCESS_DENIED": "403", "API_CONFIGURATION_ERROR": "500",
    "AUTHORIZER_CONFIGURATION_ERROR": "500", "AUTHORIZER_FAILURE": "500",
    "BAD_REQUEST_BODY": "400", "BAD_REQUEST_PARAMETERS": "400", "DEFAULT_4XX": None,
    "DEFAULT_5XX": None, "EXPIRED_TOKEN": "403", "INTEGRATION_FAILURE": "504",
    "INTEGRATION_TIMEOUT": "504", "INVALID_API_KEY": "403", "INVALID_SIGNATURE": "403",
    "MISSING_AUTHENTICATION_TOKEN": "403", "QUOTA_EXCEEDED": "429", "REQUEST_TOO_LARGE": "413",
    "RESOURCE_NOT_FOUND": "404", "THROTTLED": "429", "UNAUTHORIZED": "401",
    "UNSUPPORTED_MEDIA_TYPE": "415", "WAF_FILTERED": "403"}
TEMPLATE = {"application/json": "{\"message\":$context.error.messageString}"}


def response_json(self: m.GatewayResponse) -> Doc:
    doc: Doc = {"responseType": self.response_type, "defaultResponse": False,
                "responseParameters": self.response_parameters or {},
                "responseTemplates": self.response_templates or TEMPLATE}
    status = self.status_code or RESPONSES.get(self.response_type)
    return doc | ({"statusCode": str(status)} if status else {})


def default_response(api: m.RestAPI, kind: str) -> Doc:
    """One that nobody set.  ASSUMED: it takes after DEFAULT_4XX or DEFAULT_5XX if that is set."""
    status = RESPONSES[kind]
    doc: Doc = {"responseType": kind, "defaultResponse": True, "responseParameters": {},
                "responseTemplates": TEMPLATE}
    general = api.gateway_responses.get(f"DEFAULT_{status[0]}XX") if status else None
    if general is not None:
        shown = general.to_json()
        doc |= {k: shown[k] for k in ("responseParameters", "responseTemplates")}
    return doc | ({"statusCode": status} if status else {})


def get_gateway_responses(self: R) -> Any:
    api = self.backend.get_rest_api(self.path.split("/")[2])
    items = [api.gateway_responses[k].to_json() if k in api.gateway_responses
             else default_response(api, k) for k in RESPONSES]
    return 200, {}, json.dumps({"item": items})


def get_gateway_response(self: R) -> Any:
    parts = self.path.split("/")
    api, kind = self.backend.get_rest_api(parts[2]), parts[4]
    if kind not in api.gateway_responses and kind in RESPONSES:
        return 200, {}, json.dumps(default_response(api, kind))
    return 200, {}, json.dumps(api.get_gateway_response(kind).to_json())


# --------------------------------------------------------------------- models, authorizers

DRAFT4 = "http://json-schema.org/draft-04/schema#"
DEFAULT_MODELS = {
    "Empty": ("This is a default empty schema model",
              {"$schema": DRAFT4, "title": "Empty Schema", "type": "object"}),
    "Error": ("This is a default error schema model",
              {"$schema": DRAFT4, "title": "Error Schema", "type": "object",
               "properties": {"message": {"type": "string"}}})}


def backend_create(self: m.APIGatewayBackend, *args: Any, **kw: Any) -> m.RestAPI:
    """AWS gives every new API two models."""
    api = self._moto_create_rest_api(*args, **kw)
    for name, (text, schema) in DEFAULT_MODELS.items():
        api.add_model(name, text, json.dumps(schema, indent=2), "application/json")
    return api


def authorizer_json(self: m.Authorizer) -> Doc:
    doc = self._moto_to_json()
    kind = doc.get("type")
    doc.setdefault("authType", "cognito_user_pools" if kind == "COGNITO_USER_POOLS" else "custom")
    if kind == "COGNITO_USER_POOLS":            # ASSUMED: nothing is remembered, no TTL is told
        doc.pop("authorizerResultTtlInSeconds", None)
    if kind != "REQUEST":
        doc.setdefault("identitySource", "method.request.header.Authorization")
    return {k: v for k, v in doc.items() if v is not None}


def create_authorizer(self: R) -> Any:
    """moto loses the validation expression on the way."""
    answer = self._moto_create_authorizer()
    if answer[0] == 201:
        ident = json.loads(answer[2])["id"]
        made = self.backend.get_rest_api(self.path.split("/")[2]).authorizers[ident]
        made.identity_validation_expression = self._get_param("identityValidationExpression")
        answer = (201, {"status": 201}, json.dumps(made.to_json()))
    return answer


def referred(name: str) -> str:
    """The model a schema's $ref names."""
    return name.rsplit("/", 1)[-1]


def refs(schema: Any) -> set[str]:
    if isinstance(schema, dict):
        own = {referred(schema["$ref"])} if isinstance(schema.get("$ref"), str) else set()
        return own.union(*(refs(v) for v in schema.values()))
    return set().union(*(refs(v) for v in schema)) if isinstance(schema, list) else set()


def schema_of(model: Doc) -> Any:
    try:
        return json.loads(model.get("schema") or "{}")
    except ValueError:
        return {}


def used_models(snap: Doc, models: list[Doc]) -> dict[str, Doc]:
    """Models that methods name, and those that these name in turn."""
    by_name = {x["name"]: x for x in models}
    todo = [name for res in snap.values() for meth in res["methods"].values()
            for maps in [meth, *(meth.get("methodResponses") or {}).values()]
            for name in [*(maps.get("requestModels") or {}).values(),
                         *(maps.get("responseModels") or {}).values()]]
    found: dict[str, Doc] = {}
    while todo:
        name = todo.pop()
        if name in by_name and name not in found:
            found[name] = by_name[name]
            todo += refs(schema_of(by_name[name]))
    return dict(sorted(found.items()))


# --------------------------------------------------------------------- the API's own settings

def create_rest_api(self: R) -> Any:
    answer = self._moto_create_rest_api()
    body = json.loads(self.body) if self.body[:1] == "{" else {}
    if answer[0] != 200 or "openapi" in body or "swagger" in body:
        return answer
    api = self.backend.get_rest_api(json.loads(answer[2])["id"])
    api.binaryMediaTypes = list(body.get("binaryMediaTypes") or [])
    if body.get("version"):
        api.version = body["version"]
    return 201, {"status": 201}, json.dumps(api.to_dict())


def apply_patches(self: m.RestAPI, operations: list[Doc]) -> None:
    from ext_apigateway import bad, pointer
    for op in operations:
        parts, value, kind = pointer(op["path"]), op.get("value"), op["op"]
        field = parts[0]
        if field == "binaryMediaTypes":
            name = value if len(parts) < 2 else parts[1]
            kept = [x for x in self.binaryMediaTypes if x != name]
            if kind == "replace" and len(parts) > 1:
                kept.append(value or name)
            self.binaryMediaTypes = kept if kind == "remove" else kept + (
                [name] if kind == "add" or len(parts) < 2 else [])
        elif field == "minimumCompressionSize":
            self.minimum_compression_size = int(value) if value not in (None, "") and \
                kind != "remove" else None
        elif field == "disableExecuteApiEndpoint":
            self.disableExecuteApiEndpoint = str(value).lower() == "true"
        elif field == "endpointConfiguration" and parts[1:2] == ["types"]:
            self.endpoint_configuration["types"] = [value]
        elif field == "endpointConfiguration":
            ids = self.endpoint_configuration.setdefault("vpcEndpointIds", [])
            ids.remove(value) if kind == "remove" else ids.append(value)
        elif field in ("name", "description", "policy"):
            setattr(self, field, None if kind == "remove" else value)
        elif field == "apiKeySource":
            self.api_key_source = value
        else:
            raise bad(f"Invalid patch path '{op['path']}' specified for op '{kind}'")


def rest_api_dict(self: m.RestAPI) -> Doc:
    doc = self._moto_to_dict()
    if doc.get("version") == "V1":              # moto's default; AWS has none
        del doc["version"]
    if doc.get("minimumCompressionSize") is not None:
        doc["minimumCompressionSize"] = int(doc["minimumCompressionSize"])
    policy = plain_policy(self)
    # AWS escapes the policy's quotes once more: the member holds the inside of a JSON string
    doc["policy"] = json.dumps(policy)[1:-1] if policy else None
    return {k: v for k, v in doc.items() if v not in (None, "", [])}


def plain_policy(api: m.RestAPI) -> str | None:
    """The policy as it was given, but `execute-api:/...` names this API."""
    if not api.policy:
        return None
    arn = (f"arn:{get_partition(api.region_name)}:execute-api:{api.region_name}:{api.account_id}:"
           f"{api.id}/")
    return re.sub(r"(?<![\w:])execute-api:/", lambda _x: arn, api.policy)


# --------------------------------------------------------------------- what deployments keep

def freeze_rest(api: m.RestAPI) -> str:
    """What a deployment keeps besides its methods: all that another deployment would ship."""
    return json.dumps({
        "authorizers": [a.to_json() for a in api.authorizers.values()],
        "validators": [v.to_dict() for v in api.request_validators.values()],
        "models": [v.to_json() for v in api.models.values()],
        "gatewayResponses": [v.to_json() for v in api.gateway_responses.values()],
        "policy": plain_policy(api), "binaryMediaTypes": api.binaryMediaTypes,
        "minimumCompressionSize": api.minimum_compression_size,
        "apiKeySource": api.api_key_source, "description": api.description,
        "disableExecuteApiEndpoint": api.disableExecuteApiEndpoint,
        "endpointConfiguration": api.endpoint_configuration})


def install() -> None:
    swap(m.GatewayResponse, "to_json", response_json)
    swap(m.Authorizer, "to_json", authorizer_json)
    swap(m.RestAPI, "to_dict", rest_api_dict)
    m.RestAPI.apply_patch_operations = apply_patches
    swap(m.APIGatewayBackend, "create_rest_api", backend_create)
    swap(R, "create_rest_api", create_rest_api)
    swap(R, "create_authorizer", create_authorizer)
    R.get_gateway_responses = get_gateway_responses
    R.get_gateway_response = get_gateway_response
