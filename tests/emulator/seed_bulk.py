"""Scenario `bulk`: many REST APIs over one chain, made in moto's objects (no HTTP, no SDK)."""
from __future__ import annotations

import time
from typing import Any

from moto.apigateway.models import apigateway_backends

import accounts
from ext_apigateway import assign, deploy
from seed_parts import World


def rest_apis(account: str, region: str, apis: int, resources: int, link: str, uri: str,
              prefix: str = "bulk") -> dict[str, Any]:
    """Each with `resources` resources of one VPC_LINK method, deployed to stage prod."""
    backend = apigateway_backends[account][region]
    started, ids = time.monotonic(), []
    for n in range(apis):
        api = backend.create_rest_api(f"{prefix}-{n:05d}", "",
                                      endpoint_configuration={"types": ["REGIONAL"]})
        ids.append(api.id)
        for k in range(resources):
            res = backend.create_resource(api.id, api.root_resource_id, f"r{k}")
            verb = "ANY" if k % 3 == 0 else "GET"
            backend.put_method(api.id, res.id, verb, "NONE")
            made = backend.put_integration(api.id, res.id, verb, "HTTP_PROXY", f"{uri}/r{k}", verb,
                                           connection_type="VPC_LINK")
            assign(made, {"connectionId": link}, res.id)
        api.create_stage("prod", deploy(backend, api).id, {}, "", None, None, None, None)
    return {"apis": apis, "ids": ids, "seconds": round(time.monotonic() - started, 2)}


def build(aws: Any, apis: int, resources: int, prefix: str = "bulk") -> dict[str, Any]:
    world = World(aws)
    world.network()
    world.chain("bulk")
    with accounts.of(aws.account).lock:
        made = rest_apis(aws.account, aws.region, apis, resources, world.links["bulk-link"],
                         f"http://{world.dns('bulk-nlb')}", prefix)
    for n, api in enumerate(made["ids"]):
        world.apis[f"{prefix}-{n:05d}"] = {"id": api, "type": "REST"}
    return world.answer()
