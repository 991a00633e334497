"""Custom domain names: API Gateway keeps one list, which both of its APIs show.

Here names made through the REST API are shown by the HTTP API's calls too (GetDomainNames,
GetApiMappings), and mappings may name APIs of either kind.
"""
from __future__ import annotations

import hashlib
import json
from typing import Any

from moto.apigateway import models as m1
from moto.apigatewayv2 import models as m2
from moto.apigatewayv2.exceptions import ApiNotFound, DomainNameNotFound
from moto.apigatewayv2.responses import ApiGatewayV2Response as R
from moto.utilities.utils import get_partition

from patching import swap

Doc = dict[str, Any]


def first_generation(backend: m2.ApiGatewayV2Backend) -> m1.APIGatewayBackend:
    return m1.apigateway_backends[backend.account_id][backend.region_name]


def shown(name: m1.DomainName, region: str) -> Doc:
    doc = name.to_json()
    kind = (doc.get("endpointConfiguration") or {}).get("types", ["EDGE"])[0]
    regional = kind == "REGIONAL"
    config = {"endpointType": kind, "domainNameStatus": "AVAILABLE",
              "securityPolicy": doc.get("securityPolicy") or "TLS_1_2",
              "certificateArn": doc.get("regionalCertificateArn" if regional else "certificateArn"),
              "apiGatewayDomainName": doc["regionalDomainName" if regional
                                          else "distributionDomainName"],
              "hostedZoneId": doc["regionalHostedZoneId" if regional
                                  else "distributionHostedZoneId"]}
    return {"domainName": name.domain_name, "apiMappingSelectionExpression": "$request.basepath",
            "domainNameArn": f"arn:{get_partition(region)}:apigateway:{region}::/domainnames/"
                             f"{name.domain_name}",
            "domainNameConfigurations": [{k: v for k, v in config.items() if v}],
            "tags": doc.get("tags") or {}}


def get_domain_names(self: R) -> Any:
    backend = self.apigatewayv2_backend
    rows = {d.domain_name: {k: v for k, v in d.to_json().items() if v is not None}
            for d in backend.domain_names.values()}
    for name in first_generation(backend).domain_names.values():
        rows.setdefault(name.domain_name, shown(name, self.region))
    return 200, {}, json.dumps({"items": [rows[k] for k in sorted(rows)]})


def get_api_mappings(self: R) -> Any:
    backend, name = self.apigatewayv2_backend, self.path.split("/")[-2]
    old = first_generation(backend)
    if name not in backend.domain_names and name not in old.domain_names:
        raise DomainNameNotFound
    rows = [x.to_json() for x in backend.api_mappings.values() if x.domain_name == name]
    for path in old.base_path_mappings.get(name, {}).values():
        key = "" if path.base_path == "(none)" else path.base_path
        ident = hashlib.sha1(f"{name}/{key}".encode()).hexdigest()[:6]
        rows.append({"apiId": path.rest_api_id, "apiMappingId": ident, "apiMappingKey": key,
                     "stage": path.stage})
    return 200, {}, json.dumps({"items": [{k: v for k, v in r.items() if k != "domainName"}
                                          for r in rows]})


def create_api_mapping(self: m2.ApiGatewayV2Backend, api_id: str, **kw: Any) -> Any:
    if api_id in self.apis:
        return self._moto_create_api_mapping(api_id=api_id, **kw)
    if api_id not in first_generation(self).apis:
        raise ApiNotFound("The resource specified in the request was not found.")
    self.apis[api_id] = None                    # moto looks for HTTP APIs only
    try:
        return self._moto_create_api_mapping(api_id=api_id, **kw)
    finally:
        del self.apis[api_id]


def install() -> None:
    R.get_domain_names = get_domain_names
    R.get_api_mappings = get_api_mappings
    swap(m2.ApiGatewayV2Backend, "create_api_mapping", create_api_mapping)
