"""apigateway:GetExport: the OpenAPI document of what a stage runs, from its frozen deployment.

Written after exports that people have published: lower-case type and passthroughBehavior,
responses keyed by selection pattern, cache keys only when there are any, the default timeout
left out, only models that a method names (or that these name in turn).

ASSUMED: integrationTarget is exported under that name, beside connectionId; gateway responses
only when set, with a number as status; apiKeySource only when it is AUTHORIZER; security schemes
only when a method uses them.
"""
from __future__ import annotations

import json
import time
from typing import Any

from moto.apigateway import models as m
from moto.apigateway.responses import APIGatewayResponse as R

from ext_apigateway import bad, snapshot, snapshot_rest
from ext_rest_parts import referred, schema_of, used_models

Doc = dict[str, Any]
PLACES = {"path": "path", "querystring": "query", "header": "header"}


def integration(raw: Doc) -> Doc:
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


class Exporter:
    """One document, in one of the two dialects."""

    def __init__(self, snap: Doc, rest: Doc, kind: str, wanted: set[str]):
        self.snap, self.rest, self.oas30, self.wanted = snap, rest, kind == "oas30", wanted
        self.all = "apigateway" in wanted
        self.models = used_models(snap, rest.get("models", []))
        self.authorizers = {a["id"]: a for a in rest.get("authorizers", [])}
        self.used: set[str] = set()

    # -- models ----------------------------------------------------------------------

    def ref(self, name: str) -> Doc:
        place = "#/components/schemas/" if self.oas30 else "#/definitions/"
        return {"$ref": place + name}

    def pointed(self, schema: Any) -> Any:
        """References between models, which a model writes as URLs, inside the document."""
        if isinstance(schema, dict):
            return {k: self.ref(referred(v))["$ref"] if k == "$ref" and isinstance(v, str)
                    else self.pointed(v) for k, v in schema.items() if k != "$schema"}
        return [self.pointed(v) for v in schema] if isinstance(schema, list) else schema

    def json_kind(self, kind: str, name: str) -> bool:
        model = self.models.get(name) or {}
        return "json" in kind and "json" in (model.get("contentType") or "application/json")

    # -- operations ------------------------------------------------------------------

    def parameters(self, method: Doc) -> list[Doc]:
        out = []
        for key, required in (method.get("requestParameters") or {}).items():
            place, name = key.removeprefix("method.request.").split(".", 1)
            row: Doc = {"name": name, "in": PLACES[place]}
            if required or place == "path":
                row["required"] = True
            out.append(row | ({"schema": {"type": "string"}} if self.oas30
                              else {"type": "string"}))
        return out

    def body(self, op: Doc, method: Doc) -> None:
        models = method.get("requestModels") or {}
        if not models:
            return
        fit = {k: n for k, n in models.items() if self.json_kind(k, n)}
        if not fit and self.oas30:
            raise bad("Only found non-JSON body models for method. Cannot export to OpenAPI 3.0")
        if self.oas30:
            op["requestBody"] = {"required": True, "content": {
                k: {"schema": self.ref(n)} for k, n in fit.items()}}
        else:
            op["consumes"] = sorted(models)
            for name in sorted({*fit.values()} or {*models.values()})[:1]:
                op.setdefault("parameters", []).append(
                    {"in": "body", "name": name, "required": True, "schema": self.ref(name)})

    def answers(self, op: Doc, method: Doc) -> None:
        rows: Doc = {}
        kinds: set[str] = set()
        for code, answer in (method.get("methodResponses") or {}).items():
            row: Doc = {"description": f"{code} response"}
            headers = {k.removeprefix("method.response.header."): {"schema": {"type": "string"}}
                       if self.oas30 else {"type": "string"}
                       for k in answer.get("responseParameters") or {}}
            if headers:
                row["headers"] = headers
            models = answer.get("responseModels") or {}
            kinds |= set(models)
            if self.oas30:
                row["content"] = {k: {"schema": self.ref(n)} for k, n in models.items()}
            elif models:
                row["schema"] = self.ref(next(iter(models.values())))
            rows[code] = row
        if rows:
            op["responses"] = rows
        if kinds and not self.oas30:
            op["produces"] = sorted(kinds)

    def security(self, method: Doc) -> list[Doc]:
        rows: list[Doc] = []
        held = self.authorizers.get(method.get("authorizerId") or "")
        if method.get("authorizationType") == "AWS_IAM":
            rows.append({"sigv4": []})
        elif method.get("authorizationType") in ("CUSTOM", "COGNITO_USER_POOLS"):
            name = held["name"] if held else method.get("authorizerId")
            rows.append({name: method.get("authorizationScopes") or []})
        if method.get("apiKeyRequired"):
            rows.append({"api_key": []})
        self.used |= {name for row in rows for name in row}
        return rows

    def operation(self, method: Doc) -> Doc:
        op: Doc = {}
        if method.get("operationName"):
            op["operationId"] = method["operationName"]
        rows = self.parameters(method)
        if rows:
            op["parameters"] = rows
        self.body(op, method)
        self.answers(op, method)
        security = self.security(method)
        if security:
            op["security"] = security
        if self.all and method.get("requestValidatorId"):
            names = {v["id"]: v["name"] for v in self.rest.get("validators", [])}
            op["x-amazon-apigateway-request-validator"] = names.get(
                method["requestValidatorId"], method["requestValidatorId"])
        if self.wanted & {"integrations", "apigateway"} and method.get("methodIntegration"):
            op["x-amazon-apigateway-integration"] = integration(method["methodIntegration"])
        return op

    def paths(self) -> Doc:
        doc: Doc = {}
        for path, res in sorted(self.snap.items()):
            for verb, method in res["methods"].items():
                key = "x-amazon-apigateway-any-method" if verb == "ANY" else verb.lower()
                doc.setdefault(path, {})[key] = self.operation(method)
        return doc

    # -- the parts beside the paths ----------------------------------------------------

    def schemes(self) -> Doc:
        told = self.wanted & {"authorizers", "apigateway"}
        schemes: Doc = {}
        for a in self.authorizers.values():
            sources = [s.strip() for s in (a.get("identitySource") or "").split(",")]
            header = sources[0].removeprefix("method.request.header.")
            single = a["type"] != "REQUEST" and sources[0].startswith("method.request.header.")
            row: Doc = {"type": "apiKey", "name": header if single else "Unused", "in": "header"}
            if told:
                row["x-amazon-apigateway-authtype"] = a.get("authType", "custom")
                row["x-amazon-apigateway-authorizer"] = {
                    "type": a["type"].lower(), **{k: v for k, v in a.items() if k not in (
                        "id", "name", "type", "authType") and v is not None}}
                if a["type"] == "COGNITO_USER_POOLS":       # the scheme's name says it
                    row["x-amazon-apigateway-authorizer"].pop("identitySource", None)
                    row["x-amazon-apigateway-authorizer"].pop("authorizerResultTtlInSeconds", None)
                elif a["type"] == "TOKEN":
                    row["x-amazon-apigateway-authorizer"].pop("identitySource", None)
            schemes[a["name"]] = row
        schemes["sigv4"] = {"type": "apiKey", "name": "Authorization", "in": "header"}
        if told:
            schemes["sigv4"]["x-amazon-apigateway-authtype"] = "awsSigv4"
        schemes["api_key"] = {"type": "apiKey", "name": "x-api-key", "in": "header"}
        return {k: v for k, v in schemes.items() if k in self.used}

    def extensions(self) -> Doc:
        rest, doc = self.rest, {}
        if rest.get("validators"):
            doc["x-amazon-apigateway-request-validators"] = {v["name"]: {
                "validateRequestParameters": bool(v["validateRequestParameters"]),
                "validateRequestBody": bool(v["validateRequestBody"])}
                for v in rest["validators"]}
        if rest.get("gatewayResponses"):
            doc["x-amazon-apigateway-gateway-responses"] = {
                g["responseType"]: {k: int(v) if k == "statusCode" else v for k, v in g.items()
                                    if k in ("statusCode", "responseParameters",
                                             "responseTemplates") and v}
                for g in rest["gatewayResponses"]}
        policy = rest.get("policy")
        if policy:
            doc["x-amazon-apigateway-policy"] = json.loads(policy) if isinstance(policy, str) \
                else policy
        if rest.get("binaryMediaTypes"):
            doc["x-amazon-apigateway-binary-media-types"] = rest["binaryMediaTypes"]
        if rest.get("minimumCompressionSize") is not None:
            doc["x-amazon-apigateway-minimum-compression-size"] = int(
                rest["minimumCompressionSize"])
        if rest.get("apiKeySource") == "AUTHORIZER":
            doc["x-amazon-apigateway-api-key-source"] = "AUTHORIZER"
        return doc

    def endpoint(self) -> Doc:
        """ASSUMED: told where a server is, when there is something to tell."""
        ids = (self.rest.get("endpointConfiguration") or {}).get("vpcEndpointIds")
        told = {**({"disableExecuteApiEndpoint": True}
                   if self.rest.get("disableExecuteApiEndpoint") else {}),
                **({"vpcEndpointIds": ids} if ids else {})}
        return {"x-amazon-apigateway-endpoint-configuration": told} if told and self.all else {}


def document(api: m.RestAPI, stage: m.Stage, region: str, kind: str, wanted: set[str]) -> Doc:
    rest = snapshot_rest(api, stage.deployment_id)
    maker = Exporter(snapshot(api, stage.deployment_id), rest, kind, wanted)
    home = f"amazonaws.com{'.cn' if region.startswith('cn-') else ''}"
    host = f"{api.id}.execute-api.{region}.{home}"
    deployed = api.deployments[stage.deployment_id].created_date
    info = {"title": api.name, "version": time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                                        time.gmtime(deployed))}
    if api.description:
        info["description"] = api.description
    doc: Doc = {"openapi": "3.0.1", "info": info, "servers": [
        {"url": f"https://{host}/{{basePath}}", "variables": {"basePath": {"default": stage.name}},
         **maker.endpoint()}]} if maker.oas30 else {
        "swagger": "2.0", "info": info, "host": host, "basePath": f"/{stage.name}",
        "schemes": ["https"], **maker.endpoint()}
    doc["paths"] = maker.paths()
    known = {name: maker.pointed(schema_of(x)) for name, x in maker.models.items()
             if "json" in (x.get("contentType") or "application/json") or not maker.oas30}
    schemes = maker.schemes()
    if maker.oas30:
        doc["components"] = {k: v for k, v in (("schemas", known), ("securitySchemes", schemes))
                             if v}
    else:
        doc |= {k: v for k, v in (("definitions", known), ("securityDefinitions", schemes)) if v}
    return doc | (maker.extensions() if maker.all else {})


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
