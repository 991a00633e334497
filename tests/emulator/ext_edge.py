"""What stands in front of load balancers from outside a region: Route 53, CloudFront, Global
Accelerator.  Read calls with AWS's order and paging.

Global Accelerator is not in moto at all: get() answers its three list calls from the shelf.
ASSUMED marks behaviour that public documentation does not settle.
"""
from __future__ import annotations

import json
import time
from typing import Any

from moto.cloudfront import models as cf
from moto.cloudfront import urls as cf_urls
from moto.cloudfront.responses import CloudFrontResponse
from moto.core.responses import ActionResult
from moto.route53 import models as r53
from moto.route53.exceptions import InvalidInput
from moto.route53.responses import Route53
from moto.utilities.utils import get_partition

import shelf
from patching import swap
from wire import Answer, Request, error

Doc = dict[str, Any]


# --------------------------------------------------------------------- Route 53

def escaped(name: str) -> str:
    """Names are kept in lower case, with a dot at the end; * is told as \\052."""
    name = name.lower().rstrip(".") + "."
    return name.replace("*", "\\052")


def order(name: str) -> list[str]:
    """Labels from the root: example.com. before a.example.com."""
    return list(reversed(escaped(name).rstrip(".").split(".")))


def record_init(self: r53.RecordSet, kwargs: Doc) -> None:
    self._moto___init__(kwargs)
    self.name = escaped(self.name)
    if self.alias_target:
        self.ttl = None
        self.alias_target = {**self.alias_target,
                             "DNSName": self.alias_target["DNSName"].lower().rstrip(".") + "."}


def new_zone(self: r53.Route53Backend, name: str, *args: Any, **kw: Any) -> Any:
    """AWS starts every zone with its own SOA and NS records; moto only some of them."""
    zone = self._moto_create_hosted_zone(name, *args, **kw)
    for kind, value in (("NS", ["ns-1.awsdns-01.org.", "ns-2.awsdns-02.co.uk."]),
                        ("SOA", ["ns-1.awsdns-01.org. awsdns-hostmaster.amazon.com. 1 7200 900 "
                                 "1209600 86400"])):
        if not any(r.type == kind for r in zone.rrsets):
            zone.add_rrset({"Name": zone.name, "Type": kind, "TTL": 900,
                            "ResourceRecords": value})
    return zone


def list_record_sets(self: Route53) -> ActionResult:
    zone = self.backend.get_hosted_zone(self._get_param("HostedZoneId"))
    name, kind = self._get_param("StartRecordName"), self._get_param("StartRecordType")
    mark, size = self._get_param("StartRecordIdentifier"), self._get_int_param("MaxItems", 300)
    if kind and not name or mark and not kind:
        raise InvalidInput("The input is not valid")
    size = min(size, 300)

    def at(r: r53.RecordSet) -> tuple[Any, ...]:
        return order(r.name), r.type, r.set_identifier or ""
    rows = sorted(zone.rrsets, key=at)
    if name:
        rows = [r for r in rows if at(r) >= (order(name), kind or "", mark or "")]
    more = rows[size] if len(rows) > size else None
    return ActionResult({
        "ResourceRecordSets": rows[:size], "IsTruncated": more is not None, "MaxItems": size,
        "NextRecordName": more.name if more else None,
        "NextRecordType": more.type if more else None,
        "NextRecordIdentifier": more.set_identifier if more else None})


def list_zones(self: Route53) -> ActionResult:
    size = min(self._get_int_param("MaxItems", 100), 100)
    marker = self._get_param("Marker")
    zones = sorted(self.backend.zones.values(), key=lambda z: z.resource_id)
    if marker and not any(z.resource_id == marker for z in zones):
        raise InvalidInput("The input is not valid")                        # ASSUMED wording
    rows = [z for z in zones if not marker or z.resource_id >= marker]
    more = rows[size].resource_id if len(rows) > size else None
    return ActionResult({"HostedZones": rows[:size], "Marker": marker, "MaxItems": size,
                         "IsTruncated": more is not None, "NextMarker": more})


# --------------------------------------------------------------------- CloudFront

def origin_init(self: cf.Origin, origin: Doc) -> None:
    self._moto___init__(origin)
    if origin.get("VpcOriginConfig"):
        self.vpc_origin_config = origin["VpcOriginConfig"]


def summary(d: cf.Distribution) -> Doc:
    c = d.distribution_config
    return {"Id": d.id, "ARN": d.arn, "Status": "Deployed", "DomainName": d.domain_name,
            "LastModifiedTime": d.last_modified_time, "Aliases": c.Aliases,
            "Origins": {"Quantity": len(c.Origins["Items"]), "Items": c.Origins["Items"]},
            "OriginGroups": c.OriginGroups, "DefaultCacheBehavior": c.DefaultCacheBehavior,
            "CacheBehaviors": c.CacheBehaviors, "CustomErrorResponses": c.CustomErrorResponses,
            "Comment": getattr(c, "Comment", ""), "PriceClass": c.PriceClass,
            "Enabled": getattr(c, "Enabled", True), "ViewerCertificate": c.ViewerCertificate,
            "Restrictions": c.Restrictions, "WebACLId": c.WebACLId, "HttpVersion": c.HttpVersion,
            "IsIPV6Enabled": c.IsIPV6Enabled, "Staging": False}


def cut(self: CloudFrontResponse, items: list[Any], key: Any) -> Doc:
    """One page after Marker, which is the last id of the page before."""
    size = int((self.querystring.get("MaxItems") or ["100"])[0])
    marker = (self.querystring.get("Marker") or [""])[0]
    items = sorted(items, key=key)
    rows = [x for x in items if key(x) > marker]
    page = rows[:size]
    return {"Marker": marker, "MaxItems": size, "IsTruncated": len(rows) > size,
            "Quantity": len(page), "Items": page or None,
            "NextMarker": key(page[-1]) if len(rows) > size else None}


def list_distributions(self: CloudFrontResponse) -> ActionResult:
    rows = [summary(d) for d in self.backend.distributions.values()]
    return ActionResult({"DistributionList": cut(self, rows, lambda d: d["Id"])})


def list_vpc_origins(self: CloudFrontResponse) -> ActionResult:
    rows = shelf.rows(self.current_account, "global", "vpc_origins")
    return ActionResult({"VpcOriginList": cut(self, rows, lambda o: o["Id"])})


def vpc_origin(account: str, region: str, doc: Doc) -> Doc:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    key = f"vo_{shelf.ident(20, account, doc['OriginEndpointArn'])}"
    return {"Id": key, "Name": key, "Status": "Deployed", "CreatedTime": now,
            "LastModifiedTime": now, "AccountId": account,
            "Arn": f"arn:{get_partition(region)}:cloudfront::{account}:vpcorigin/"
                   f"{doc.get('Id', key)}", **doc}


# --------------------------------------------------------------------- Global Accelerator

def accelerator(account: str, _region: str, doc: Doc) -> Doc:
    """An accelerator with its Listeners and their EndpointGroups, completed."""
    now, name = time.time(), doc["Name"]
    key = shelf.ident(32, account, name)
    uid = f"{key[:8]}-{key[8:12]}-{key[12:16]}-{key[16:20]}-{key[20:32]}"
    arn = doc.get("AcceleratorArn") or f"arn:aws:globalaccelerator::{account}:accelerator/{uid}"
    made = {"AcceleratorArn": arn, "IpAddressType": "IPV4", "Enabled": True, "Status": "DEPLOYED",
            "IpSets": [{"IpFamily": "IPv4", "IpAddressFamily": "IPv4",
                        "IpAddresses": ["198.51.100.10", "198.51.100.11"]}],
            "DnsName": f"a{key[:16]}.awsglobalaccelerator.com", "CreatedTime": now,
            "LastModifiedTime": now, **doc}
    for n, listener in enumerate(made.setdefault("Listeners", [])):
        listener.setdefault("ListenerArn", f"{arn}/listener/{shelf.ident(8, arn, n)}")
        listener.setdefault("PortRanges", [{"FromPort": 80, "ToPort": 80}])
        listener.setdefault("Protocol", "TCP")
        listener.setdefault("ClientAffinity", "NONE")
        for k, group in enumerate(listener.setdefault("EndpointGroups", [])):
            group.setdefault("EndpointGroupArn", f"{listener['ListenerArn']}/endpoint-group/"
                             f"{shelf.ident(12, arn, n, k)}")
            group.setdefault("EndpointGroupRegion", "us-east-1")
            group.setdefault("TrafficDialPercentage", 100.0)
            for end in group.setdefault("EndpointDescriptions", []):
                end.setdefault("Weight", 128)
                end.setdefault("HealthState", "HEALTHY")
    return made


def without(doc: Doc, *keys: str) -> Doc:
    return {k: v for k, v in doc.items() if k not in keys}


def answer(r: Request) -> Answer:
    """ListAccelerators, ListListeners, ListEndpointGroups; the API lives in us-west-2 only."""
    if r.region != "us-west-2":                                             # ASSUMED wording
        return error(r, 400, "InvalidSignatureException",
                     "Credential should be scoped to a valid region.")
    ask = json.loads(r.body or b"{}")
    found = shelf.rows(r.account, "us-west-2", "accelerators")
    listeners = [x for a in found for x in a["Listeners"]]
    if r.action == "ListAccelerators":
        key, rows, low = "Accelerators", [without(a, "Listeners") for a in found], 10
    elif r.action == "ListListeners":
        owner = next((a for a in found if a["AcceleratorArn"] == ask.get("AcceleratorArn")), None)
        if owner is None:
            return error(r, 400, "AcceleratorNotFoundException", "Accelerator not found")
        key, rows, low = "Listeners", [without(x, "EndpointGroups")
                                       for x in owner["Listeners"]], 10
    elif r.action == "ListEndpointGroups":
        owner = next((x for x in listeners if x["ListenerArn"] == ask.get("ListenerArn")), None)
        if owner is None:
            return error(r, 400, "ListenerNotFoundException", "Listener not found")
        key, rows, low = "EndpointGroups", owner["EndpointGroups"], 10
    else:
        return error(r, 501, "EmulatorNotImplemented", f"{r.service}:{r.action}")
    size = int(ask.get("MaxResults") or low)
    token = ask.get("NextToken") or "0"
    if not token.isdigit():
        return error(r, 400, "InvalidNextTokenException", "The token is not valid")
    start = int(token)
    doc: Doc = {key: rows[start:start + size]}
    if start + size < len(rows):
        doc["NextToken"] = str(start + size)
    return 200, [("Content-Type", "application/x-amz-json-1.1")], json.dumps(doc).encode()


# --------------------------------------------------------------------- install

def install() -> None:
    swap(r53.RecordSet, "__init__", record_init)
    swap(r53.Route53Backend, "create_hosted_zone", new_zone)
    Route53.list_resource_record_sets = list_record_sets
    Route53.list_hosted_zones = list_zones
    swap(cf.Origin, "__init__", origin_init)
    CloudFrontResponse.list_distributions = list_distributions
    CloudFrontResponse.list_vpc_origins = list_vpc_origins
    cf_urls.url_paths["{0}/2020-05-31/vpc-origin$"] = CloudFrontResponse.dispatch
