"""HTTP and WebSocket APIs (apigatewayv2) beyond what moto 5.2 does, added from outside its source.

Owns: paging of every list call, deployments that freeze routes and integrations, stages with
and without auto-deploy, ExportApi, the rule which API kind takes which link kind.

ASSUMED marks behaviour that public documentation does not settle.
"""
from __future__ import annotations

import functools
import json
import re
import time
from datetime import datetime, timezone
from typing import Any
from urllib.parse import unquote

from moto.apigateway import models as m1
from moto.apigateway import urls as rest_urls
from moto.apigatewayv2 import models as m
from moto.apigatewayv2 import urls
from moto.apigatewayv2.responses import ApiGatewayV2Response as R
from moto.moto_api._internal import mock_random

from ext_apigateway import NotFound, bad
from patching import swap

LISTENER = re.compile(r"arn:aws[\w-]*:elasticloadbalancing:[\w-]+:\d{12}:listener/(app|net)/.+")
DISCOVERY = re.compile(r"arn:aws[\w-]*:servicediscovery:")


def full(method: Any) -> Any:
    """moto answers members that are not set with null; AWS leaves them out."""
    @functools.wraps(method)
    def to_json(self: Any) -> dict[str, Any]:
        return {k: v for k, v in method(self).items() if v is not None}
    return to_json


def paged(name: str) -> None:
    method = getattr(R, name)

    @functools.wraps(method)
    def wrapper(self: R) -> Any:
        status, headers, text = method(self)
        doc = json.loads(text)
        try:
            size = int((self.querystring.get("maxResults") or ["100"])[0])
            start = int((self.querystring.get("nextToken") or ["0"])[0])
        except ValueError:
            raise bad("Invalid maxResults or nextToken") from None          # ASSUMED wording
        items = doc["items"]
        doc["items"] = items[start:start + size]
        if start + size < len(items):
            doc["nextToken"] = str(start + size)
        return status, headers, json.dumps(doc)
    setattr(R, name, wrapper)


# --------------------------------------------------------------------- integrations

def check_link(backend: m.ApiGatewayV2Backend, api: m.Api, connection_type: str | None,
               connection_id: str | None, uri: str | None) -> None:
    if connection_type != "VPC_LINK":
        return
    v1 = m1.apigateway_backends[backend.account_id][backend.region_name].vpc_links
    links = v1 if api.protocol_type == "WEBSOCKET" else backend.vpc_links
    if not connection_id or (connection_id not in links and "${" not in connection_id):
        raise bad(f"VpcLink {connection_id} not found or of a kind that a {api.protocol_type} API "
                  "cannot use")                                             # ASSUMED wording
    if api.protocol_type == "HTTP" and not (LISTENER.match(uri or "") or DISCOVERY.match(uri or "")):
        raise bad("For VpcLink the integration uri should be a valid ELB listener ARN or a valid "
                  "Cloud Map service ARN")


def create_integration(self: m.ApiGatewayV2Backend, api_id: str, **kw: Any) -> m.Integration:
    check_link(self, self.get_api(api_id), kw.get("connection_type"), kw.get("connection_id"),
               kw.get("integration_uri"))
    kw["connection_type"] = kw.get("connection_type") or "INTERNET"
    return self._moto_create_integration(api_id=api_id, **kw)


def update_integration(self: m.ApiGatewayV2Backend, api_id: str, integration_id: str,
                       **kw: Any) -> m.Integration:
    now = self.get_integration(api_id, integration_id)
    check_link(self, self.get_api(api_id), kw.get("connection_type") or now.connection_type,
               kw.get("connection_id") or now.connection_id,
               kw.get("integration_uri") or now.integration_uri)
    return self._moto_update_integration(api_id=api_id, integration_id=integration_id, **kw)


# --------------------------------------------------------------------- deployments, stages

def freeze(api: m.Api) -> dict[str, Any]:
    return {"routes": [r.to_json() for r in api.routes.values()],
            "integrations": {i.id: i.to_json() for i in api.integrations.values()},
            "authorizers": {a.id: a.to_json() for a in api.authorizers.values()}}


def deployments(api: m.Api) -> dict[str, dict[str, Any]]:
    if not hasattr(api, "deployments"):
        api.deployments = {}
    return api.deployments


def deploy(api: m.Api, description: str | None = None, auto: bool = False) -> dict[str, Any]:
    doc = {"deploymentId": mock_random.get_random_hex(6), "deploymentStatus": "DEPLOYED",
           "autoDeployed": auto, "createdDate": datetime.now(timezone.utc).strftime(
               "%Y-%m-%dT%H:%M:%SZ")}
    if description:
        doc["description"] = description
    deployments(api)[doc["deploymentId"]] = {"shown": doc, "frozen": json.dumps(freeze(api))}
    return doc


def running(api: m.Api, stage: m.Stage | None) -> dict[str, Any]:
    """The routes and integrations a stage serves; without a stage: the latest."""
    if stage is None or stage.auto_deploy:
        return freeze(api)
    held = deployments(api).get(getattr(stage, "deployment_id", None) or "")
    return json.loads(held["frozen"]) if held else {"routes": [], "integrations": {}}


def _api(self: R) -> m.Api:
    return self.apigatewayv2_backend.get_api(self.path.split("/")[3])


def create_deployment(self: R) -> Any:
    api, body = _api(self), json.loads(self.body or "{}")
    stage = api.get_stage(body["stageName"]) if body.get("stageName") else None
    doc = deploy(api, body.get("description"))
    if stage:
        stage.deployment_id = doc["deploymentId"]
    return 201, {}, json.dumps(doc)


def get_deployments(self: R) -> Any:
    return 200, {}, json.dumps({"items": [d["shown"] for d in deployments(_api(self)).values()]})


def get_authorizers(self: R) -> Any:
    return 200, {}, json.dumps({"items": [a.to_json() for a in _api(self).authorizers.values()]})


def get_deployment(self: R) -> Any:
    held = deployments(_api(self)).get(self.path.split("/")[5])
    if held is None:
        raise NotFound("Unable to find Deployment by ID")
    return 200, {}, json.dumps(held["shown"])


def delete_deployment(self: R) -> Any:
    """ASSUMED: whatever runs it; the reference names no refusal."""
    if deployments(_api(self)).pop(self.path.split("/")[5], None) is None:
        raise NotFound("Unable to find Deployment by ID")
    return 204, {}, ""


def stage_json(self: m.Stage) -> dict[str, Any]:
    doc = self._moto_to_json()
    doc |= {"autoDeploy": bool(self.auto_deploy), "apiGatewayManaged": False}
    if getattr(self, "deployment_id", None):
        doc["deploymentId"] = self.deployment_id
    return doc


def create_stage(self: R) -> Any:
    api, body = _api(self), json.loads(self.body)
    if body["stageName"] in api.stages:
        raise bad("Stage already exists")
    stage = api.create_stage(body)
    _settle(api, stage, body)
    return 201, {}, json.dumps(stage.to_json())


def update_stage(self: R) -> Any:
    api, body = _api(self), json.loads(self.body)
    stage = api.get_stage(unquote(self.path.split("/")[5]))
    for name, attr in (("autoDeploy", "auto_deploy"), ("description", "description"),
                       ("stageVariables", "stage_variables"),
                       ("routeSettings", "route_settings"),
                       ("defaultRouteSettings", "default_route_settings"),
                       ("accessLogSettings", "access_log_settings")):
        if name in body:
            setattr(stage, attr, body[name])
    _settle(api, stage, body)
    stage.updated = datetime.now()
    return 200, {}, json.dumps(stage.to_json())


def _settle(api: m.Api, stage: m.Stage, body: dict[str, Any]) -> None:
    wanted = body.get("deploymentId")
    if wanted and stage.auto_deploy:
        raise bad("Deployment ID cannot be set on stages with auto-deploy enabled")   # ASSUMED
    if wanted and wanted not in deployments(api):
        raise bad("Unable to find Deployment by ID")                        # ASSUMED wording
    if wanted:
        stage.deployment_id = wanted
    elif stage.auto_deploy:
        stage.deployment_id = deploy(api, "Automatic deployment", auto=True)["deploymentId"]


# --------------------------------------------------------------------- export

def export_api(self: R) -> Any:
    api = _api(self)
    if api.protocol_type != "HTTP":
        raise bad(f"Export is not supported for {api.protocol_type} APIs")  # ASSUMED wording
    ask = {k: v[0] for k, v in self.querystring.items()}
    name = ask.get("stageName")
    state = running(api, api.get_stage(name) if name else None)
    doc: dict[str, Any] = {"openapi": "3.0.1", "info": {
        "title": api.name, "version": time.strftime("%Y-%m-%d %H:%M:%SUTC", time.gmtime())},
        "paths": {}}
    if name:
        doc["servers"] = [{"url": api.api_endpoint + "/{basePath}",
                           "variables": {"basePath": {"default": name}}}]
    extended = ask.get("includeExtensions", "true").lower() != "false"
    for route in state["routes"]:
        key, op = route["routeKey"], {"responses": {"default": {
            "description": f"Default response for {route['routeKey']}"}}}
        verb, path = key.split(" ", 1) if " " in key else ("ANY", "/$default")
        held = state["integrations"].get((route.get("target") or "").split("/")[-1])
        if extended and held:
            op["x-amazon-apigateway-integration"] = _exported(held)
        if key == "$default":
            op["isDefaultRoute"] = True
        guard = (state.get("authorizers") or {}).get(route.get("authorizerId") or "")
        if guard:
            op["security"] = [{guard["name"]: route.get("authorizationScopes") or []}]
            doc.setdefault("components", {}).setdefault("securitySchemes", {})[
                guard["name"]] = _scheme(guard, extended)
        elif route.get("authorizationType") == "AWS_IAM" and extended:
            op["x-amazon-apigateway-auth"] = {"type": "AWS_IAM"}            # ASSUMED
        doc["paths"].setdefault(path, {})[
            "x-amazon-apigateway-any-method" if verb == "ANY" else verb.lower()] = op
    if extended:
        doc["x-amazon-apigateway-importexport-version"] = "1.0"
    text, kind = json.dumps(doc), "application/json"
    if ask.get("outputType") == "YAML":
        import yaml
        text, kind = yaml.safe_dump(doc, sort_keys=False), "application/yaml"
    return 200, {"Content-Type": kind}, text.encode()


def _scheme(guard: dict[str, Any], extended: bool) -> dict[str, Any]:
    """An authorizer as an exported security scheme."""
    jwt = guard["authorizerType"] == "JWT"
    row: dict[str, Any] = {"type": "oauth2"} if jwt else {
        "type": "apiKey", "in": "header", "name": (guard.get("identitySource") or [
            "$request.header.Unused"])[0].rsplit(".", 1)[-1]}
    if extended:
        source = guard.get("identitySource") or []
        kept = {k: v for k, v in guard.items() if k not in (
            "authorizerId", "name", "authorizerType", "identitySource") and v is not None}
        row["x-amazon-apigateway-authorizer"] = {
            "type": guard["authorizerType"].lower(), "identitySource":
            source if isinstance(source, str) else ",".join(source), **kept}
    return row


def _exported(held: dict[str, Any]) -> dict[str, Any]:
    names = {"payloadFormatVersion": "payloadFormatVersion", "integrationType": "type",
             "integrationMethod": "httpMethod", "integrationUri": "uri",
             "connectionId": "connectionId", "connectionType": "connectionType",
             "requestParameters": "requestParameters", "responseParameters": "responseParameters",
             "timeoutInMillis": "timeoutInMillis", "tlsConfig": "tlsConfig"}
    doc = {new: held[old] for old, new in names.items() if held.get(old) not in (None, {})}
    doc["type"] = doc["type"].lower()
    return doc


# --------------------------------------------------------------------- install

def install() -> None:
    for cls in (m.Api, m.Route, m.Integration, m.Authorizer):
        cls.to_json = full(cls.to_json)
    swap(m.Stage, "to_json", stage_json)
    swap(m.ApiGatewayV2Backend, "create_integration", create_integration)
    swap(m.ApiGatewayV2Backend, "update_integration", update_integration)
    for fn in (create_deployment, get_deployments, get_deployment, delete_deployment, create_stage,
               update_stage, get_authorizers, export_api):
        setattr(R, fn.__name__, fn)
    for name in ("get_apis", "get_routes", "get_integrations", "get_stages", "get_vpc_links",
                 "get_deployments", "get_domain_names", "get_api_mappings", "get_authorizers"):
        paged(name)
    for tail in ("exports/(?P<specification>[^/]+)$", "deployments$",
                 "deployments/(?P<deployment_id>[^/]+)$"):
        for table in (urls.url_paths, rest_urls.url_paths):     # moto serves both from the latter
            table["{0}/v2/apis/(?P<api_id>[^/]+)/" + tail] = R.dispatch
