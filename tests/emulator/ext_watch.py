"""CloudWatch beyond what moto 5.2 does: DescribeAlarms with types and paging, GetMetricData that
is quick over long windows, aligned to periods, and paged.

ASSUMED marks behaviour that public documentation does not settle.
"""
from __future__ import annotations

import time
from collections import defaultdict
from datetime import datetime, timezone
from typing import Any

from moto.cloudwatch import models as cw
from moto.cloudwatch.exceptions import ValidationError
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

import meters
import shelf

Doc = dict[str, Any]


# --------------------------------------------------------------------- alarms

def describe_alarms(self: CloudWatchResponse) -> ActionResult:
    kinds = self._get_param("AlarmTypes", []) or ["MetricAlarm"]
    names, prefix = self._get_param("AlarmNames", []), self._get_param("AlarmNamePrefix")
    action, state = self._get_param("ActionPrefix"), self._get_param("StateValue")
    size, token = int(self._get_param("MaxRecords") or 50), self._get_param("NextToken")
    if not 1 <= size <= 100:
        raise ValidationError("1 validation error detected: Value at 'maxRecords' failed to "
                              "satisfy constraint: Member must be between 1 and 100")
    if token and not token.isdigit():
        raise ValidationError("The token is not valid")                     # ASSUMED wording
    alarms = sorted(self.cloudwatch_backend.describe_alarms(), key=lambda a: a.name)
    alarms = [a for a in alarms if ("MetricAlarm" if a.rule is None else "CompositeAlarm") in kinds
              and (not names or a.name in names) and (not prefix or a.name.startswith(prefix))
              and (not state or a.state_value == state) and (not action or any(
                  x.startswith(action) for x in a.alarm_actions or []))]
    start = int(token or 0)
    page = alarms[start:start + size]
    return ActionResult({
        "MetricAlarms": [a for a in page if a.rule is None],
        "CompositeAlarms": [a for a in page if a.rule is not None],
        "NextToken": str(start + size) if start + size < len(alarms) else None})


# --------------------------------------------------------------------- metric data

def key(metric: Doc) -> Any:
    dims = metric.get("Dimensions") or []
    if isinstance(dims, dict):
        dims = [{"Name": k, "Value": v} for k, v in dims.items()]
    return metric["Namespace"], metric["MetricName"], frozenset(
        (d["Name"], d["Value"]) for d in dims)


def lab(backend: Any) -> tuple[dict[Any, str], int]:
    """What tests chose: how the results of metrics end, and how many datapoints fit on a page."""
    if not hasattr(backend, "lab_ends"):
        backend.lab_ends, backend.lab_page = {}, 100800
    return backend.lab_ends, backend.lab_page


def seconds(moment: datetime) -> float:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return moment.timestamp()


def series(held: dict[Any, list[Any]], stat: Doc, begin: float,
           end: float) -> tuple[list[float], list[datetime]]:
    """Periods are counted from 1970, as AWS aligns them."""
    period = int(stat["Period"])
    slots: dict[int, list[Any]] = defaultdict(list)
    begin -= begin % period
    for datum in held.get(key(stat["Metric"]), []):
        at = seconds(datum.timestamp)
        if begin <= at < end and stat.get("Unit") in (None, datum.unit):
            slots[int(at - at % period)].append(datum)
    values, stamps = [], []
    for at in sorted(slots):
        made = cw.Statistics([stat["Stat"]], datetime.fromtimestamp(at, timezone.utc))
        made.metric_data = slots[at]
        value = made.get_statistics_for_type(stat["Stat"])
        if value is not None:
            values.append(float(value))
            stamps.append(made.timestamp)
    return values, stamps


def metric_data(self: CloudWatchResponse) -> ActionResult:
    params = self._get_params()
    queries = params.get("MetricDataQueries") or []
    if not queries or len(queries) > 500:
        raise ValidationError("The parameter MetricDataQueries must have 1 to 500 members")
    begin, end = seconds(params["StartTime"]), seconds(params["EndTime"])
    if begin >= end:
        raise ValidationError("The parameter StartTime must be less than the parameter EndTime.")
    told, page = lab(self.cloudwatch_backend)
    meters.idle(self.current_account, self.region)
    held: dict[Any, list[Any]] = defaultdict(list)
    for datum in self.cloudwatch_backend.get_all_metrics():
        held[datum.namespace, datum.name, frozenset(
            (d.name, d.value) for d in datum.dimensions)].append(datum)
    results: list[Doc] = []
    for n, query in enumerate(queries):
        if "MetricStat" not in query and "Expression" not in query:
            raise ValidationError(f"The parameter MetricDataQueries.member.{n + 1}.MetricStat is "
                                  "required.\n")
        if "MetricStat" in query:
            stat = query["MetricStat"]
            values, stamps = series(held, stat, begin, end)
            label = query.get("Label") or stat["Metric"]["MetricName"]
            results.append({"id": query["Id"], "label": label, "values": values,
                            "timestamps": stamps, "end": told.get(key(stat["Metric"]))})
    for query in queries:
        if "Expression" in query:
            values, stamps = cw.parse_expression(query["Expression"], results)
            results.append({"id": query["Id"], "label": query.get("Label") or query["Id"],
                            "values": values, "timestamps": stamps})
    shown = {q["Id"]: q.get("ReturnData", True) for q in queries}
    order = {q["Id"]: n for n, q in enumerate(queries)}
    out = sorted((r for r in results if shown[r["id"]]), key=lambda r: order[r["id"]])
    if (params.get("ScanBy") or "TimestampDescending") == "TimestampDescending":
        for r in out:
            r["values"], r["timestamps"] = r["values"][::-1], r["timestamps"][::-1]
    return ActionResult(paged(out, params, page))


def paged(results: list[Doc], params: Doc, page_size: int) -> Doc:
    """At most MaxDatapoints values a page; a result that is cut goes on in the next one."""
    most = min(int(params.get("MaxDatapoints") or 100800), page_size)
    token = params.get("NextToken") or "0"
    if not token.isdigit():
        raise ValidationError("Invalid NextToken")                          # ASSUMED wording
    start, seen, page = int(token), 0, []
    stop = start + most
    for r in results:
        size = len(r["values"])
        low, high = max(start - seen, 0), max(min(stop - seen, size), 0)
        if low < high or (size == 0 and start == 0):
            whole = r.get("end") or "Complete"
            page.append({"id": r["id"], "label": r["label"], "values": r["values"][low:high],
                         "timestamps": r["timestamps"][low:high],
                         "status_code": "PartialData" if high < size else whole})
        seen += size
    return {"MetricDataResults": page, "Messages": [],
            "NextToken": str(stop) if stop < seen else None}


def put_metric(account: str, region: str, doc: Doc) -> None:
    """Datapoints from StartTime to EndTime, one every Period seconds: all Value, or Values in
    turn, null for none.  For the namespaces of AWS, which PutMetricData does not take.  StatusCode
    is how GetMetricData ends the metric's results."""
    backend = cw.cloudwatch_backends[account][region]
    if "StatusCode" in doc:
        lab(backend)[0][key(doc)] = doc["StatusCode"]
    dims = doc.get("Dimensions") or []
    if isinstance(dims, dict):
        dims = [{"Name": k, "Value": v} for k, v in dims.items()]
    period, at = int(doc.get("Period", 3600)), shelf.moment(doc.get("StartTime", -86400))
    end, values = shelf.moment(doc.get("EndTime", 0)), doc.get("Values") or [doc.get("Value", 0)]
    at -= at % period
    n = 0
    while at < min(end, time.time()):
        value = values[n % len(values)]
        if value is not None:
            backend.metric_data.append(cw.MetricDatum(
                doc["Namespace"], doc["MetricName"], float(value), dims,
                datetime.fromtimestamp(at, timezone.utc), doc.get("Unit")))
        at, n = at + period, n + 1


def put_page(account: str, region: str, doc: Doc) -> None:
    """How many datapoints GetMetricData puts on a page, where fewer than AWS does."""
    backend = cw.cloudwatch_backends[account][region]
    lab(backend)
    backend.lab_page = int(doc["Datapoints"])


def install() -> None:
    CloudWatchResponse.describe_alarms = describe_alarms
    CloudWatchResponse.get_metric_data = metric_data
