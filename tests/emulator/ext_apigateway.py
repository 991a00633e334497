"""REST APIs (apigateway) beyond what moto 5.2 does, added from outside its source.

Owns: integrations and their patches, paging of every list call, deployments that freeze a
snapshot, stages and canaries, tags, TestInvokeMethod.  VPC links are in ext_links, exports in
ext_export.

ASSUMED marks behaviour that public documentation does not settle.
"""
from __future__ import annotations

import base64
import copy
import functools
import json
import time
from typing import Any, Callable
from urllib.parse import unquote

from moto.apigateway import exceptions as exc
from moto.apigateway import models as m
from moto.apigateway import urls
from moto.apigateway.responses import APIGatewayResponse as R
from moto.apigatewayv2 import models as m2

import accounts
from ext_rest_parts import freeze_rest
from patching import swap


class NotFound(exc.NotFoundException):
    code = 404


def bad(message: str) -> exc.BadRequestException:
    return exc.BadRequestException(message)


# --------------------------------------------------------------------- JSON-pointer patches

def pointer(path: str) -> list[str]:
    return [p.replace("~1", "/").replace("~0", "~") for p in path.split("/")[1:]]


def patch(doc: dict[str, Any], ops: list[dict[str, Any]],
          allowed: dict[str, set[str]]) -> dict[str, Any]:
    """Apply patch operations to a copy of `doc`; `allowed` maps the first path part to ops."""
    doc = copy.deepcopy(doc)
    for op in ops:
        parts = pointer(op["path"])
        if op["op"] not in allowed.get(parts[0], set()):
            raise bad(f"Invalid patch path '{op['path']}' specified for op '{op['op']}'. "
                      f"Must be one of: {sorted('/' + k for k in allowed)}")
        last = parts[-1]
        if parts[0] == "cacheKeyParameters":        # a list addressed by element
            keys = doc["cacheKeyParameters"] = list(doc.get("cacheKeyParameters") or [])
            value = op.get("value") or last
            if op["op"] == "remove":
                keys.remove(value)
            elif value not in keys:
                keys.append(value)
            continue
        at = doc
        for part in parts[:-1]:
            at[part] = at.get(part) or {}
            at = at[part]
        if op["op"] == "remove":
            at.pop(last, None)
        else:
            at[last] = op.get("value")
    return doc


# --------------------------------------------------------------------- integrations

EXTRA = ("connectionId", "integrationTarget", "responseTransferMode")
FIELD = {"uri": "uri", "httpMethod": "http_method", "connectionType": "connection_type",
         "passthroughBehavior": "passthrough_behaviour", "credentials": "credentials",
         "requestParameters": "request_parameters", "requestTemplates": "request_templates",
         "contentHandling": "content_handling", "timeoutInMillis": "timeout_in_millis",
         "cacheNamespace": "cache_namespace", "cacheKeyParameters": "cache_key_parameters",
         "tlsConfig": "tls_config"}
SET, EDIT = {"replace"}, {"add", "replace", "remove"}
INTEGRATION_OPS = {
    "uri": SET, "httpMethod": SET, "connectionType": SET, "connectionId": SET,
    "integrationTarget": SET, "passthroughBehavior": SET, "timeoutInMillis": SET,
    "cacheNamespace": SET, "contentHandling": SET, "responseTransferMode": SET, "tlsConfig": SET,
    "credentials": EDIT,            # ASSUMED: not in the published table
    "requestParameters": EDIT, "requestTemplates": EDIT, "cacheKeyParameters": EDIT}


def integration_json(self: m.Integration) -> dict[str, Any]:
    doc = {**self._moto_to_json(), "responseTransferMode": "BUFFERED"}
    doc.update(getattr(self, "extra", {}))
    return {k: v for k, v in doc.items() if v is not None}


def assign(integration: m.Integration, doc: dict[str, Any], resource_id: str) -> None:
    for name, attr in FIELD.items():
        if name in doc:
            setattr(integration, attr, doc[name])
    for name in ("requestParameters", "requestTemplates", "tlsConfig"):
        if name not in doc:
            setattr(integration, FIELD[name], None)
    if integration.tls_config:
        flag = integration.tls_config.get("insecureSkipVerification")
        integration.tls_config = {"insecureSkipVerification": str(flag).lower() == "true"}
    integration.timeout_in_millis = int(integration.timeout_in_millis or 29000)
    integration.cache_namespace = integration.cache_namespace or resource_id
    integration.passthrough_behaviour = integration.passthrough_behaviour or "WHEN_NO_MATCH"
    integration.extra = {k: doc[k] for k in EXTRA if doc.get(k)}


def check_private(backend: m.APIGatewayBackend, doc: dict[str, Any]) -> None:
    if doc.get("connectionType") != "VPC_LINK":
        return
    link = doc.get("connectionId")
    if not link:
        raise bad("Connection ID must be specified for connection type VPC_LINK")
    target = doc.get("integrationTarget")
    if "${stageVariables." not in link and link not in backend.vpc_links:
        if link not in m2.apigatewayv2_backends[backend.account_id][
                backend.region_name].vpc_links:
            raise bad(f"Invalid VPC link identifier specified: {link}")    # ASSUMED wording
        if not target:
            raise bad(f"IntegrationTarget is required for VpcLinkV2 {link}")
    if target and ":loadbalancer/" not in target and ":listener/" not in target:
        raise bad("Invalid integration target ARN")                         # ASSUMED wording


def _where(self: R) -> tuple[str, str, str]:
    p = self.path.split("/")
    return p[2], p[4], p[6]


def put_integration(self: R) -> Any:
    api, res, verb = _where(self)
    body = json.loads(self.body or "{}")
    check_private(self.backend, body)
    self._moto_put_integration()
    integration = self.backend.get_integration(api, res, verb)
    assign(integration, {**body, "httpMethod": integration.http_method}, res)
    return 201, {"status": 201}, json.dumps(integration.to_json())


def update_integration(self: R) -> Any:
    api, res, verb = _where(self)
    integration = self.backend.get_integration(api, res, verb)
    if integration is None:
        raise NotFound("Invalid Integration identifier specified")
    doc = patch(integration.to_json(), self._get_param("patchOperations") or [], INTEGRATION_OPS)
    check_private(self.backend, doc)
    assign(integration, doc, res)
    return 200, {}, json.dumps(integration.to_json())


def get_integration(self: R) -> Any:
    integration = self.backend.get_integration(*_where(self))
    if integration is None:
        raise NotFound("Invalid Integration identifier specified")
    return json.dumps(integration.to_json())


def method_json(self: m.Method) -> dict[str, Any]:
    for answer in self.method_responses.values():       # never null on the wire
        answer.response_models = answer.response_models or {}
        answer.response_parameters = answer.response_parameters or {}
    return {k: v for k, v in self._moto_to_json().items() if v not in (None, {})}


# --------------------------------------------------------------------- lists

def paged(method: Callable[[R], Any], size: int = 25, cap: int = 500) -> Callable[[R], Any]:
    """limit/position paging around a moto list call."""
    @functools.wraps(method)
    def wrapper(self: R) -> Any:
        answer = method(self)
        doc = json.loads(answer if isinstance(answer, str) else answer[2])
        limit = min(int(self._get_param("limit") or size), cap)
        token = self._get_param("position")
        try:
            start = int(base64.urlsafe_b64decode(token)) if token else 0
        except ValueError:
            raise bad("Invalid position specified") from None               # ASSUMED wording
        items, end = doc["item"], start + limit
        doc["item"] = items[start:end]
        if end < len(items):
            doc["position"] = base64.urlsafe_b64encode(str(end).encode()).decode()
        return 200, {}, json.dumps(doc)
    return wrapper


def get_resources(self: R) -> Any:
    api = self.backend.get_rest_api(self.path.split("/")[2])
    embed = "methods" in (self.querystring.get("embed") or [])
    items = []
    for res in sorted(api.resources.values(), key=lambda r: r.id):   # AWS order is by id
        doc = {"path": res.get_path(), "id": res.id}
        if res.parent_id:
            doc |= {"parentId": res.parent_id, "pathPart": res.path_part}
        if res.resource_methods:
            doc["resourceMethods"] = {v: (x.to_json() if embed else {})
                                      for v, x in res.resource_methods.items()}
        items.append(doc)
    return json.dumps({"item": items})


# --------------------------------------------------------------------- deployments and stages

def freeze(api: m.RestAPI) -> str:
    """What a deployment keeps: every method with its integration, by path."""
    paths = {}
    for res in api.resources.values():
        parent = api.resources.get(res.parent_id)
        if parent is not None and parent.parent_id is None:
            path = f"/{res.path_part}"          # spares bulk estates moto's walk to the root
        else:
            path = res.get_path()
        paths[path] = {"id": res.id, "methods": {
            v: x.to_json() for v, x in res.resource_methods.items()}}
    return json.dumps(paths)


def deploy(backend: m.APIGatewayBackend, api: m.RestAPI, description: str = "") -> m.Deployment:
    d = backend.create_deployment(api.id, None, description)
    d.frozen, d.frozen_rest = freeze(api), freeze_rest(api)
    return d


def snapshot(api: m.RestAPI, deployment_id: str) -> dict[str, Any]:
    return json.loads(getattr(api.deployments[deployment_id], "frozen", "{}"))


def snapshot_rest(api: m.RestAPI, deployment_id: str) -> dict[str, Any]:
    return json.loads(getattr(api.deployments[deployment_id], "frozen_rest", "{}"))


def links_of(snap: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(link id, verb, resource id) of every literal VPC link in a snapshot."""
    return [(i["connectionId"], verb, res["id"]) for res in snap.values()
            for verb, meth in res["methods"].items()
            for i in [meth.get("methodIntegration") or {}] if i.get("connectionId")]


def create_deployment(self: R) -> Any:
    api_id = self.path.split("/")[2]
    body = json.loads(self.body or "{}")
    api = self.backend.get_rest_api(api_id)
    links = {l for l, _v, _r in links_of(json.loads(freeze(api)))}
    for link in links & set(self.backend.vpc_links):
        while self.backend.vpc_links[link].life.status() == "PENDING":     # AWS: "will wait"
            accounts.pause(self.current_account, 0.05)
        if self.backend.vpc_links[link].life.status() == "DELETING":       # AWS: "will fail"
            raise bad(f"Vpc link '{link}' is being deleted")
    name, canary = body.get("stageName"), body.get("canarySettings")
    if canary and not name:
        raise bad("Invalid deployment content specified. Non null and non empty stageName must be "
                  "provided for canary deployment")
    if canary and name not in api.stages:
        raise bad(f"Invalid deployment content specified. Stage {name} must already be created "
                  "before making a canary release deployment")
    if name in api.stages and api.stages[name].canary and not canary:
        raise bad(f"Stage {name} has a canary; promote or remove it first")   # ASSUMED wording
    d = deploy(self.backend, api, body.get("description", ""))
    if name and canary:
        api.stages[name].canary = {
            "percentTraffic": float(canary.get("percentTraffic", 0)), "deploymentId": d.id,
            "stageVariableOverrides": canary.get("stageVariableOverrides") or {},
            "useStageCache": bool(canary.get("useStageCache", False))}
    elif name and name in api.stages:
        stage = api.stages[name]
        stage.deployment_id, stage.updated = d.id, int(time.time())
        stage.variables.update(body.get("variables") or {})
    elif name:
        api.create_stage(name, d.id, body.get("variables"), body.get("stageDescription", ""),
                         None, None, None, body.get("tracingEnabled"))
    return 201, {"status": 201}, json.dumps(d.to_json())


def deployment_json(self: m.Deployment) -> dict[str, Any]:
    doc = {"id": self.id, "description": self.description, "createdDate": self.created_date}
    return {k: v for k, v in doc.items() if v not in (None, "")}


def get_deployment(self: R) -> Any:
    p = self.path.split("/")
    api = self.backend.get_rest_api(p[2])
    if p[4] not in api.deployments:
        raise NotFound("Invalid Deployment identifier specified")
    doc = api.deployments[p[4]].to_json()
    if "apisummary" in (self.querystring.get("embed") or []):
        doc["apiSummary"] = {path: {v: {"authorizationType": x.get("authorizationType"),
                                        "apiKeyRequired": x.get("apiKeyRequired", False)}
                                    for v, x in res["methods"].items()}
                             for path, res in snapshot(api, p[4]).items() if res["methods"]}
    return json.dumps(doc)


def delete_deployment(self: m.RestAPI, deployment_id: str) -> m.Deployment:
    if deployment_id not in self.deployments:
        raise NotFound("Invalid Deployment identifier specified")
    for s in self.stages.values():
        side = (getattr(s, "canary", None) or {}).get("deploymentId")
        if deployment_id in (s.deployment_id, side):
            raise bad("Active stages pointing to this deployment must be moved or deleted")
    return self.deployments.pop(deployment_id)


def stage_json(self: m.Stage) -> dict[str, Any]:
    doc = self._moto_to_json()
    doc |= {"createdDate": getattr(self, "created", None),
            "lastUpdatedDate": getattr(self, "updated", None),
            "canarySettings": getattr(self, "canary", None)}
    doc |= getattr(self, "more", {})
    if not doc["variables"]:
        del doc["variables"]
    return {k: v for k, v in doc.items() if v not in (None, "")}


def stage_init(self: m.Stage, *args: Any, **kw: Any) -> None:
    m.Stage._moto___init__(self, *args, **kw)
    self.created = self.updated = int(time.time())
    self.canary = None
    self.more = {}                              # members that moto has no attribute for


MORE = ("clientCertificateId", "documentationVersion")


def create_stage(self: R) -> Any:
    api = self.backend.get_rest_api(self.path.split("/")[2])
    body = json.loads(self.body or "{}")
    if body["stageName"] in api.stages:
        raise exc.ConflictException("Stage already exists")
    _known(api, body.get("deploymentId"))
    self._moto_create_stage()
    stage, canary = api.stages[body["stageName"]], body.get("canarySettings")
    stage.more = {k: body[k] for k in MORE if body.get(k)}
    if canary:
        stage.canary = {"percentTraffic": 0.0, "deploymentId": stage.deployment_id,
                        "stageVariableOverrides": {}, "useStageCache": False, **canary}
    return 201, {"status": 201}, json.dumps(stage.to_json())


def update_stage(self: R) -> Any:
    p = self.path.split("/")
    api = self.backend.get_rest_api(p[2])
    stage = copy.deepcopy(self.backend.get_stage(p[2], p[4]))       # all or nothing
    rest: list[dict[str, Any]] = []
    for op in self._get_param("patchOperations") or []:
        path, value = op["path"], op.get("value")
        if op["op"] == "copy":
            if not stage.canary:
                raise bad("Stage has no canary settings")                   # ASSUMED wording
            if (op.get("from"), path) == ("/canarySettings/deploymentId", "/deploymentId"):
                stage.deployment_id = stage.canary["deploymentId"]
            elif (op.get("from"), path) == ("/canarySettings/stageVariableOverrides", "/variables"):
                stage.variables.update(stage.canary["stageVariableOverrides"])
            else:
                raise bad(f"Invalid patch path '{path}' specified for op 'copy'")
        elif path[1:] in MORE:
            stage.more = {**stage.more, path[1:]: value if op["op"] == "replace" else None}
        elif path == "/canarySettings" and op["op"] == "remove":
            stage.canary = None
        elif path.startswith("/canarySettings"):
            field = pointer(path)[1:]
            if op["op"] == "add" or not field or (op["op"] == "remove" and len(field) < 2):
                raise bad(f"Invalid {op['op']} operation with path: {path}")
            stage.canary = stage.canary or {
                "percentTraffic": 0.0, "deploymentId": stage.deployment_id,
                "stageVariableOverrides": {}, "useStageCache": False}
            if field[0] == "percentTraffic":
                stage.canary["percentTraffic"] = float(value)
            elif field[0] == "useStageCache":
                stage.canary["useStageCache"] = str(value).lower() == "true"
            elif field[0] == "deploymentId":
                _known(api, value)
                stage.canary["deploymentId"] = value
            elif field[0] == "stageVariableOverrides" and len(field) == 2:
                over = stage.canary["stageVariableOverrides"]
                over.pop(field[1], None) if op["op"] == "remove" else over.update({field[1]: value})
            else:
                raise bad(f"Invalid patch path '{path}' specified for op '{op['op']}'")
        else:
            if path == "/deploymentId":
                _known(api, value)
                if stage.canary and value not in (stage.canary["deploymentId"], stage.deployment_id):
                    raise bad("Cannot change the deployment of a stage while it has a canary of "
                              "another deployment")                         # ASSUMED wording
            rest.append(op)
    if rest:
        stage.apply_operations(rest)
    stage.updated = int(time.time())
    api.stages[p[4]] = stage
    return json.dumps(stage.to_json())


def _known(api: m.RestAPI, deployment_id: str | None) -> None:
    if deployment_id not in api.deployments:
        raise bad("Invalid Deployment identifier specified")                # ASSUMED wording


# --------------------------------------------------------------------- tags, test invoke

def _tagged(self: R) -> tuple[Any, str]:
    """The object a tag ARN names, and its tag attribute."""
    arn = unquote(self.path.split("/tags/", 1)[1])
    part = arn.split("::", 1)[-1].strip("/").split("/")
    if part[0] == "restapis" and len(part) >= 4:
        return self.backend.get_stage(part[1], part[3]), "tags"
    if part[0] == "restapis":
        return self.backend.get_rest_api(part[1]), "tags"
    if part[0] == "vpclinks":
        return self.backend.get_vpc_link(part[1]), "tags"
    if part[0] == "domainnames":
        return self.backend.get_domain_name(part[1]), "tags"
    raise NotFound("Invalid resource ARN specified")


def get_tags(self: R) -> Any:
    obj, attr = _tagged(self)
    return json.dumps({"tags": getattr(obj, attr) or {}})


def tag_resource(self: R) -> Any:
    obj, attr = _tagged(self)
    setattr(obj, attr, {**(getattr(obj, attr) or {}), **json.loads(self.body)["tags"]})
    return 204, {"status": 204}, ""


def untag_resource(self: R) -> Any:
    obj, attr = _tagged(self)
    drop = self.querystring.get("tagKeys") or []
    setattr(obj, attr, {k: v for k, v in (getattr(obj, attr) or {}).items() if k not in drop})
    return 204, {"status": 204}, ""


def test_invoke_method(self: R) -> Any:
    from ext_request import Client
    from ext_route import told, trace
    api_id, res_id, verb = _where(self)
    api = self.backend.get_rest_api(api_id)
    body = json.loads(self.body or "{}")
    path = body.get("pathWithQueryString") or api.resources[res_id].get_path()
    out = told(trace(self.current_account, self.region, json.loads(freeze(api)),
                     body.get("stageVariables") or {}, Client.of({
                         "verb": body.get("httpMethod") or verb, "path": path,
                         "headers": body.get("headers") or {}})))
    return json.dumps({"status": out["status"], "latency": 7, "body": json.dumps(out),
                       "headers": {}, "multiValueHeaders": {},
                       "log": "\n".join(f"Execution log: {s}" for s in out["hops"])})


# --------------------------------------------------------------------- install

def install() -> None:
    # moto mocks execute-api URLs per resource for in-process tests; a server never uses them,
    # and they are the larger part of its memory.
    m.RestAPI.update_integration_mocks = lambda self, stage_name: None

    swap(m.Integration, "to_json", integration_json)
    swap(m.Method, "to_json", method_json)
    swap(m.Stage, "to_json", stage_json)
    swap(m.Stage, "__init__", stage_init)
    m.Deployment.to_json = deployment_json
    m.RestAPI.delete_deployment = delete_deployment
    swap(R, "put_integration", put_integration)
    swap(R, "create_stage", create_stage)
    for fn in (update_integration, get_integration, get_resources, create_deployment,
               get_deployment, update_stage, get_tags, tag_resource, untag_resource,
               test_invoke_method):
        setattr(R, fn.__name__, fn)
    for name in ("get_rest_apis", "get_resources", "get_vpc_links", "get_deployments",
                 "get_domain_names", "get_base_path_mappings", "get_usage_plans", "get_models",
                 "get_authorizers", "get_request_validators", "get_gateway_responses"):
        setattr(R, name, paged(getattr(R, name)))
    urls.url_paths = {"{0}/tags/(?P<arn>arn:.+)$": R.dispatch,
                      **{k: v for k, v in urls.url_paths.items() if "/tags/" not in k
                         or k.startswith("{0}/v2/")}}
