"""What CloudWatch counts of the requests that the data plane serves, minute by minute.

Written from the metric tables of API Gateway, Application and Network Load Balancers.  Buckets are
data of moto's own CloudWatch: ListMetrics and GetMetricData show them, also the running minute's.

ASSUMED marks behaviour that public documentation does not settle.
"""
from __future__ import annotations

import itertools
import math
import time
from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import Any, Iterable

from moto.cloudwatch import models as cw
from moto.elbv2.models import elbv2_backends

Doc = dict[str, Any]
Dimensions = tuple[tuple[str, str], ...]
MINUTE = 60
GOLDEN = 0.6180339887498949                 # multiples of it lie evenly in [0, 1), however many
NEXT = itertools.count()

# ASSUMED, all of it: what one request moves through an NLB, how long answers take (milliseconds)
BYTES, REQUESTS_PER_FLOW, FLOWS = 2000, 10, 4
INTEGRATION_MS = {"v1": 12, "v2": 9, None: 7}
GATEWAY_MS, TARGET_MS = 3, 5


class Bucket(cw.MetricAggregatedDatum):
    """One metric in one minute; `spread` says how often which value came."""
    __module__ = cw.__name__                # moto files its models by where they come from

    def __init__(self, namespace: str, name: str, dims: Dimensions, at: int, unit: str | None):
        super().__init__(namespace, name, 0.0, 0.0, 0.0, 0.0,
                         [{"Name": k, "Value": v} for k, v in dims],
                         datetime.fromtimestamp(at, timezone.utc), unit)
        self.spread: Counter[float] = Counter()

    def add(self, value: float, times: int = 1) -> None:
        self.min = min(self.min, value) if self.spread else value
        self.max = max(self.max, value) if self.spread else value
        self.spread[value] += times
        self.sample_count += times
        self.sum += value * times

    def become(self, value: float) -> None:
        """A level that is measured once a minute."""
        self.spread, self.sample_count = Counter({value: 1}), 1
        self.sum = self.min = self.max = value


def quantile(spread: Iterable[tuple[float, int]], share: float) -> float | None:
    """Between the two nearest of the values, each as often as it came."""
    rows = sorted(spread)
    at = (sum(n for _v, n in rows) - 1) * share
    if at < 0:
        return None

    def value(index: int) -> float:
        for v, n in rows:
            if index < n:
                return v
            index -= n
        return rows[-1][0]
    low = value(int(at))
    return low + (value(int(at) + (at % 1 > 0)) - low) * (at % 1)


class Meter:
    """The buckets of one account and region for one minute."""

    def __init__(self, account: str, region: str, when: float):
        self.backend = cw.cloudwatch_backends[account][region]
        self.at = int(when - when % MINUTE)
        if not hasattr(self.backend, "lab_meters"):
            self.backend.lab_meters, self.backend.lab_balancers = {}, {}

    def bucket(self, namespace: str, name: str, dims: Dimensions, unit: str | None) -> Bucket:
        held, key = self.backend.lab_meters, (namespace, name, dims, self.at)
        if key not in held:
            held[key] = Bucket(namespace, name, dims, self.at, unit)
            self.backend.metric_data.append(held[key])
        return held[key]

    def count(self, namespace: str, names: dict[str, int], dims: Iterable[Dimensions],
              times: int) -> None:
        for name, value in names.items():
            for where in dims:
                self.bucket(namespace, name, where, "Count").add(value, times)


def spread_of(base: int, times: int) -> Counter[float]:
    """Latencies: most near the base, every 33rd request three times as slow."""
    def one(share: float) -> float:
        return float(base * 3 if share > 0.97 else base + int(share * 8))
    if times == 1:
        return Counter({one(next(NEXT) * GOLDEN % 1): 1})
    found: Counter[float] = Counter()
    parts = min(times, 33)
    for part in range(parts):
        found[one((part + 0.5) / parts)] += times // parts + (part < times % parts)
    return found


def serve(account: str, region: str, name: str, dims: list[Dimensions], served: Doc,
          when: float, times: int = 1) -> None:
    """One request, or many that end alike.  `name` is the API's generation: REST or HTTP.

    `served`: `status`; `by` (gateway, balancer, target); `link`; `way`; `end`; `groups` (that of the
    chosen target); `extra_ms`; `asked` (whether the integration was called); `rejected`.
    """
    meter, status = Meter(account, region, when), served["status"]
    four, five = ("4XXError", "5XXError") if name == "REST" else ("4xx", "5xx")
    # 4XXError and 5XXError are 1 or 0 of each request, so that their Average is a rate
    meter.count("AWS/ApiGateway", {"Count": 1, four: int(400 <= status < 500),
                                   five: int(status >= 500)}, dims, times)
    base = INTEGRATION_MS[served["link"]] + served["extra_ms"]
    for value, n in spread_of(base, times).items():
        for where in dims:
            if served["asked"]:
                meter.bucket("AWS/ApiGateway", "IntegrationLatency", where, "Milliseconds").add(
                    value, n)
            meter.bucket("AWS/ApiGateway", "Latency", where, "Milliseconds").add(
                (value if served["asked"] else 0.0) + GATEWAY_MS, n)
    for step in served["way"]:
        if step.get("type") == "network":
            network(meter, step["balancer"], times)
        elif step.get("type") == "application":
            application(meter, step["balancer"], served, times)


def tail(arn: str) -> str:
    """A load balancer as its metrics name it."""
    return arn.split("loadbalancer/")[1]


def application(meter: Meter, arn: str, served: Doc, times: int) -> None:
    space, balancer = "AWS/ApplicationELB", ("LoadBalancer", tail(arn))
    alone: list[Dimensions] = [(balancer,)]
    kind, status = served["end"]["kind"], served["status"]
    family = f"{status // 100}XX_Count"
    if served["rejected"]:
        meter.count(space, {"RejectedConnectionCount": 1}, alone, times)
        return
    if served["groups"]:                                        # a target was chosen
        both: list[Dimensions] = alone + [
            (("TargetGroup", g.rsplit(":", 1)[1]), balancer) for g in served["groups"][:1]]
        meter.count(space, {"RequestCount": 1}, both, times)
        if served["by"] == "target":
            meter.count(space, {f"HTTPCode_Target_{family}": 1}, both, times)
            for where in both:
                meter.bucket(space, "TargetResponseTime", where, "Seconds").add(
                    (TARGET_MS + served["extra_ms"]) / 1000, times)
    if kind == "redirect":
        meter.count(space, {"HTTP_Redirect_Count": 1}, alone, times)
    if kind == "fixed-response":
        meter.count(space, {"HTTP_Fixed_Response_Count": 1}, alone, times)
    if served["by"] == "balancer" and status >= 300:            # ASSUMED: fixed responses as well
        meter.count(space, {f"HTTPCode_ELB_{family}": 1}, alone, times)


def network(meter: Meter, arn: str, times: int) -> None:
    """Only with traffic, but for ConsumedLCUs: see `idle`."""
    space, where = "AWS/NetworkELB", (("LoadBalancer", tail(arn)),)
    known = meter.backend.lab_balancers.setdefault(arn, {"requests": 0, "since": meter.at})
    meter.bucket(space, "ProcessedBytes", where, "Bytes").add(BYTES, times)
    flows = math.ceil((known["requests"] + times) / REQUESTS_PER_FLOW) - math.ceil(
        known["requests"] / REQUESTS_PER_FLOW)
    if flows:
        meter.bucket(space, "NewFlowCount", where, "Count").add(flows)
    meter.bucket(space, "ActiveFlowCount", where, "Count").become(FLOWS)
    units = meter.bucket(space, "ConsumedLCUs", where, None)
    units.become(units.sum + BYTES * times * 60 / 1e9)          # bytes lead, a GB an hour is one
    known["requests"] += times
    known["since"] = min(known["since"], meter.at)


def idle(account: str, region: str) -> None:
    """ConsumedLCUs are reported always: of an NLB that has had traffic, also since then."""
    now = time.time()
    balancers = getattr(cw.cloudwatch_backends[account][region], "lab_balancers", {})
    for arn, known in balancers.items():
        if arn not in elbv2_backends[account][region].load_balancers:
            continue
        where = (("LoadBalancer", tail(arn)),)
        begin = known.get("until", known["since"])
        for at in range(begin, int(now) + 1, MINUTE):
            units = Meter(account, region, at).bucket("AWS/NetworkELB", "ConsumedLCUs", where, None)
            if not units.spread:
                units.become(0.0)
            known["until"] = at


def age(account: str, region: str, days: int) -> int:
    """What was counted lies so many days further back."""
    backend, shift = cw.cloudwatch_backends[account][region], days * 24 * 60 * MINUTE
    held = getattr(backend, "lab_meters", {})
    for bucket in held.values():
        bucket.timestamp -= timedelta(seconds=shift)
    aged = {(space, name, dims, at - shift): bucket
            for (space, name, dims, at), bucket in held.items()}
    held.clear()
    held.update(aged)
    for known in getattr(backend, "lab_balancers", {}).values():
        known["until"] = known.get("until", known["since"]) - shift
        known["since"] -= shift
    return len(aged)
