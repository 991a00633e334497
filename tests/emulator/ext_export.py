"""apigateway:GetExport: the OpenAPI document of what a stage runs, from its frozen deployment.

Written after exports that people have published: lower-case type and passthroughBehavior,
responses keyed by selection pattern, cache keys only when there are any, the default timeout
left out.

ASSUMED: integrationTarget is exported under that name, beside connectionId.
"""
from __future__ import annotations

import json
import time
from typing import Any

from moto.apigateway import models as m
from moto.apigateway.responses import APIGatewayResponse as R

from ext_apigateway import bad, snapshot, snapshot_rest

PLACES = {"path": "path", "querystring": "query", "header": "header"}


def integration(raw: dict[str, Any]) -> dict[str, Any]:
    doc = {k: v for k, v in raw.items() if k != "integrationResponses" and v not in (None, {}, [])}
    for key in ("type", "passthroughBehavior"):
        if key in doc:
            doc[key] = doc[key].lower()
    if doc.get("timeoutInMillis") == 29000:
        del doc["timeoutInMillis"]
    if "cacheKeyParameters" not in doc:
        doc.pop("cacheNamespace", None)
    if doc.get("connectionType") == "INTERNET":
        del doc["connectionType"]
    answers = {}
    for answer in (raw.get("integrationResponses") or {}).values():
        kept = {k: v for k, v in answer.items() if k != "selectionPattern" and v not in (None, {})}
        answers[answer.get("selectionPattern") or "default"] = kept
    if answers:
        doc["responses"] = answers
    return doc


def parameters(method: dict[str, Any], oas30: bool) -> list[dict[str, Any]]:
    out = []
    for key, required in (method.get("requestParameters") or {}).items():
        place, name = key.removeprefix("method.request.").split(".", 1)
        row: dict[str, Any] = {"name": name, "in": PLACES[place]}
        if required or place == "path":
            row["required"] = True
        out.append(row | ({"schema": {"type": "string"}} if oas30 else {"type": "string"}))
    return out


def operation(method: dict[str, Any], oas30: bool, wanted: set[str],
              rest: dict[str, Any]) -> dict[str, Any]:
    op: dict[str, Any] = {}
    if method.get("operationName"):
        op["operationId"] = method["operationName"]
    rows = parameters(method, oas30)
    if rows:
        op["parameters"] = rows
    answers = {}
    for code, answer in (method.get("methodResponses") or {}).items():
        answers[code] = {"description": f"{code} response"}
        if oas30:
            answers[code]["content"] = {
                kind: {"schema": {"$ref": f"#/components/schemas/{name}"}}
                for kind, name in (answer.get("responseModels") or {}).items()}
    if answers:
        op["responses"] = answers
    security = []
    names = {a["id"]: a["name"] for a in rest.get("authorizers", [])}
    if method.get("authorizationType") == "AWS_IAM":
        security.append({"sigv4": []})
    elif method.get("authorizerId"):
        security.append({names.get(method["authorizerId"], method["authorizerId"]):
                         method.get("authorizationScopes") or []})
    if method.get("apiKeyRequired"):
        security.append({"api_key": []})
    if security:
        op["security"] = security
    if "apigateway" in wanted and method.get("requestValidatorId"):
        names = {v["id"]: v["name"] for v in rest.get("validators", [])}
        op["x-amazon-apigateway-request-validator"] = names.get(method["requestValidatorId"])
    if wanted & {"integrations", "apigateway"} and method.get("methodIntegration"):
        op["x-amazon-apigateway-integration"] = integration(method["methodIntegration"])
    return op


def security_schemes(rest: dict[str, Any], used: set[str]) -> dict[str, Any]:
    schemes: dict[str, Any] = {}
    for a in rest.get("authorizers", []):
        schemes[a["name"]] = {
            "type": "apiKey", "name": (a.get("identitySource") or "Unused").split(".")[-1],
            "in": "header", "x-amazon-apigateway-authtype": a.get("authType", "custom"),
            "x-amazon-apigateway-authorizer": {k: v for k, v in a.items()
                                               if k not in ("id", "name") and v is not None}}
    if "sigv4" in used:
        schemes["sigv4"] = {"type": "apiKey", "name": "Authorization", "in": "header",
                            "x-amazon-apigateway-authtype": "awsSigv4"}
    if "api_key" in used:
        schemes["api_key"] = {"type": "apiKey", "name": "x-api-key", "in": "header"}
    return {k: v for k, v in schemes.items() if k in used}


def schemas(rest: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for model in rest.get("models", []):
        if "json" not in (model.get("contentType") or "application/json"):
            raise bad("Only found non-JSON body models")                    # ASSUMED wording
        found[model["name"]] = json.loads(model.get("schema") or "{}")
    return found


def document(api: m.RestAPI, stage: m.Stage, region: str, kind: str,
             wanted: set[str]) -> dict[str, Any]:
    oas30, rest = kind == "oas30", snapshot_rest(api, stage.deployment_id)
    host = f"{api.id}.execute-api.{region}.amazonaws.com"
    deployed = api.deployments[stage.deployment_id].created_date
    info = {"title": api.name, "version": time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                                        time.gmtime(deployed))}
    if api.description:
        info["description"] = api.description
    doc: dict[str, Any] = {"openapi": "3.0.1", "info": info, "servers": [
        {"url": f"https://{host}/{{basePath}}",
         "variables": {"basePath": {"default": stage.name}}}]} if oas30 else {
        "swagger": "2.0", "info": info, "host": host, "basePath": f"/{stage.name}",
        "schemes": ["https"]}
    doc["paths"] = {}
    used: set[str] = set()
    for path, res in sorted(snapshot(api, stage.deployment_id).items()):
        for verb, method in res["methods"].items():
            op = operation(method, oas30, wanted, rest)
            used |= {name for row in op.get("security", []) for name in row}
            key = "x-amazon-apigateway-any-method" if verb == "ANY" else verb.lower()
            doc["paths"].setdefault(path, {})[key] = op
    known, schemes = schemas(rest), security_schemes(rest, used)
    if oas30:
        doc["components"] = {k: v for k, v in (("schemas", known), ("securitySchemes", schemes))
                             if v}
    else:
        doc |= {k: v for k, v in (("definitions", known), ("securityDefinitions", schemes)) if v}
    if "apigateway" in wanted:
        doc |= top_extensions(rest)
    return doc


def top_extensions(rest: dict[str, Any]) -> dict[str, Any]:
    doc: dict[str, Any] = {}
    if rest.get("validators"):
        doc["x-amazon-apigateway-request-validators"] = {v["name"]: {
            "validateRequestParameters": v["validateRequestParameters"],
            "validateRequestBody": v["validateRequestBody"]} for v in rest["validators"]}
    if rest.get("gatewayResponses"):
        doc["x-amazon-apigateway-gateway-responses"] = {
            g["responseType"]: {k: v for k, v in g.items()
                                if k in ("statusCode", "responseParameters", "responseTemplates")}
            for g in rest["gatewayResponses"]}
    if rest.get("policy"):
        policy = rest["policy"]
        doc["x-amazon-apigateway-policy"] = json.loads(policy) if isinstance(policy, str) \
            else policy
    if rest.get("binaryMediaTypes"):
        doc["x-amazon-apigateway-binary-media-types"] = rest["binaryMediaTypes"]
    if rest.get("minimumCompressionSize") is not None:
        doc["x-amazon-apigateway-minimum-compression-size"] = rest["minimumCompressionSize"]
    return doc


def get_export(self: R) -> Any:
    p = self.path.split("/")
    api, stage = self.backend.get_rest_api(p[2]), self.backend.get_stage(p[2], p[4])
    if p[6] not in ("oas30", "swagger"):
        raise bad(f"No API exporter for type '{p[6]}'")
    wanted = {x for v in self.querystring.get("extensions") or [] for x in v.split(",")}
    doc = document(api, stage, self.region, p[6], wanted)
    text, kind = json.dumps(doc, indent=2), "application/json"
    if "yaml" in self.headers.get("Accept", ""):
        import yaml
        text, kind = yaml.safe_dump(doc, sort_keys=False), "application/yaml"
    return 200, {"Content-Type": kind, "Content-Disposition":
                 f'attachment; filename="{p[6]}_{api.id}"'}, text.encode()


def install() -> None:
    R.get_export = get_export
