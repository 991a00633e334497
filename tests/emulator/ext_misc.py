"""Small gaps outside API Gateway and load balancing, closed from outside moto's source.

    cloudwatch     percentile statistics, metric math (+ - * / and parentheses)
    tagging        resourcegroupstaggingapi:GetResources also returns REST APIs, stages, v1 links
    cloudformation DescribeStackResources by PhysicalResourceId alone
    service quotas a table for apigateway and elasticloadbalancing (QUOTAS)
    sts            the caller is an IAM user of the account
"""
from __future__ import annotations

import ast
import functools
import json
import operator
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from moto.cloudformation.responses import CloudFormationResponse, StackResourceDTO
from moto.cloudwatch import models as cw
from moto.core.base_backend import AccountSpecificBackend
from moto.core.exceptions import ServiceException as CfnError
from moto.core.responses import ActionResult
from moto.iam import models as iam
from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend as Tagging
from moto.servicequotas.models import ServiceQuotasBackend
from moto.servicequotas.responses import ServiceQuotasResponse
from moto.sts.models import STSBackend

from meters import quantile
from patching import swap

# (service, code): (name, default value)
QUOTAS = {("apigateway", "L-A4C7274F"): ("VPC links", 20.0),
          ("apigateway", "L-608BDCD4"): ("VPC links(V2)", 10.0),
          ("apigateway", "L-668C9B28"): ("Subnets per VPC link(V2)", 10.0),
          ("apigateway", "L-01C8A9E0"): ("Resources/Routes per REST/WebSocket API", 300.0),
          ("apigateway", "L-379E48B0"): ("Stages per API", 10.0),
          ("elasticloadbalancing", "L-69A177A2"): ("Network Load Balancers per Region", 50.0),
          ("elasticloadbalancing", "L-53DA6B97"): ("Application Load Balancers per Region", 50.0)}


def statistic(self: cw.Statistics, stat: str) -> Any:
    if not (stat[:1] == "p" and stat[1:].replace(".", "", 1).isdigit()):
        return self._moto_get_statistics_for_type(stat)
    values = [(v, 1) for v in self.metric_single_values_list]
    for bucket in self.metric_aggregated_list:
        values += getattr(bucket, "spread", {}).items()
    return quantile(values, float(stat[1:]) / 100)


OPS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
       ast.Div: lambda a, b: a / b if b else 0.0}


def expression(text: str, results: list[dict[str, Any]]) -> tuple[list[float], list[Any]]:
    series = {r["id"]: dict(zip(r["timestamps"], r["values"])) for r in results}

    def run(node: ast.AST, when: Any) -> float:
        if isinstance(node, ast.Expression):
            return run(node.body, when)
        if isinstance(node, ast.Constant):
            return float(node.value)
        if isinstance(node, ast.Name):
            return float(series[node.id][when])
        if isinstance(node, ast.UnaryOp):
            return -run(node.operand, when)
        if isinstance(node, ast.BinOp):
            return OPS[type(node.op)](run(node.left, when), run(node.right, when))
        raise ValueError(f"unsupported metric math: {text}")
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError:
        return [], []                           # SEARCH(...) and friends: not emulated
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} & set(series)
    stamps = sorted(set.intersection(*(set(series[n]) for n in names))) if names else []
    return [run(tree, t) for t in stamps], stamps


def tagged(self: Tagging, tag_filters: Any = None, resource_type_filters: Any = None) -> Any:
    yield from self._moto__get_resources_generator(tag_filters, resource_type_filters)
    kinds = resource_type_filters or ["apigateway"]
    from moto.apigateway.models import apigateway_backends
    back = apigateway_backends[self.account_id][self.region_name]
    base = f"arn:{self.partition}:apigateway:{self.region_name}::"
    found = []
    if {"apigateway", "apigateway:restapis"} & set(kinds):
        found += [(f"{base}/restapis/{a.id}", a.tags) for a in back.apis.values()]
        found += [(f"{base}/restapis/{a.id}/stages/{s.name}", s.tags)
                  for a in back.apis.values() for s in a.stages.values()]
    if {"apigateway", "apigateway:vpclinks"} & set(kinds):
        found += [(f"{base}/vpclinks/{l.id}", l.tags) for l in back.vpc_links.values()]
    for arn, tags in found:
        tags = tags or {}
        if tags and all(f["Key"] in tags and (not f.get("Values") or tags[f["Key"]] in f["Values"])
                        for f in tag_filters or []):
            yield {"ResourceARN": arn, "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}


def describe_stack_resources(self: CloudFormationResponse) -> Any:
    physical = self._get_param("PhysicalResourceId")
    if not physical or self._get_param("StackName"):
        return self._moto_describe_stack_resources()
    for stack in self.cloudformation_backend.stacks.values():
        hits = [r for r in stack.stack_resources if r.physical_resource_id == physical]
        if hits:                                # AWS answers with the whole stack
            return ActionResult({"StackResources": [StackResourceDTO(stack, r)
                                                    for r in stack.stack_resources]})
    raise CfnError("ValidationError", f"Stack for {physical} does not exist")


def get_quota(self: ServiceQuotasBackend, service_code: str, quota_code: str) -> dict[str, Any]:
    row = QUOTAS.get((service_code, quota_code))
    return quota(service_code, quota_code, *row) if row else \
        self._moto_get_service_quota(service_code, quota_code)


def quota(service: str, code: str, name: str, value: float) -> dict[str, Any]:
    return {"ServiceCode": service, "QuotaCode": code, "QuotaName": name, "Value": value,
            "Unit": "None", "Adjustable": True, "GlobalQuota": False}


def list_quotas(self: ServiceQuotasResponse) -> str:
    service = json.loads(self.body)["ServiceCode"]
    return json.dumps({"Quotas": [quota(s, c, *row) for (s, c), row in QUOTAS.items()
                                  if s == service]})


def caller(self: STSBackend, access_key_id: str, region: str) -> tuple[str, str, str]:
    """moto words a plain caller as an STS user; AWS as the IAM user that holds the key."""
    user_id, arn, account = self._moto_get_caller_identity(access_key_id, region)
    if arn.endswith(":user/moto"):
        arn = f"arn:{self.partition}:iam::{account}:user/tester"
    return user_id, arn, account


@functools.cache
def regions_of(service: str) -> list[str]:
    session = AccountSpecificBackend.get_session()
    return [r for p in session.get_available_partitions()
            for r in session.get_available_regions(service, partition_name=p)]


def install() -> None:
    # moto works these out again for every account, and makes an IAM backend with all managed
    # policies for each just to note a visit
    AccountSpecificBackend._generate_regions = lambda self, service: regions_of(service)
    iam.mark_account_as_visited = lambda **_kw: None
    # one key for every ACM certificate: making one takes 0.1 s
    rsa.generate_private_key = functools.cache(rsa.generate_private_key)

    swap(STSBackend, "get_caller_identity", caller)
    swap(CloudFormationResponse, "describe_stack_resources", describe_stack_resources)
    swap(cw.Statistics, "get_statistics_for_type", statistic)
    cw.parse_expression = expression
    swap(Tagging, "_get_resources_generator", tagged)
    swap(ServiceQuotasBackend, "get_service_quota", get_quota)
    ServiceQuotasResponse.list_service_quotas = list_quotas
