"""What AWS has and moto has no object for: documents in the shape of AWS's answers, per account.

`POST /_lab/put {"account","region","kind","items"}` comes here.  Kinds that only shelve are in
SHELVED; the others change something that moto holds.
"""
from __future__ import annotations

import hashlib
import time
from typing import Any, Callable

Doc = dict[str, Any]
SHELVED = ("accelerators", "verified_access_endpoints", "vpc_origins", "certificates", "products")
_docs: dict[tuple[str, str, str], list[Doc]] = {}


def rows(account: str, region: str, kind: str) -> list[Doc]:
    return _docs.get((account, region, kind), [])


def add(account: str, region: str, kind: str, items: list[Doc]) -> None:
    _docs.setdefault((account, region, kind), []).extend(items)


def forget(account: str | None) -> None:
    for key in [k for k in _docs if account in (None, k[0])]:
        del _docs[key]


def ident(length: int, *parts: Any) -> str:
    return hashlib.sha1("/".join(str(p) for p in parts).encode()).hexdigest()[:length]


def moment(value: Any) -> Any:
    """Seconds since 1970; a number below 10^9 (also a negative one) is seconds from now."""
    return time.time() + value if isinstance(value, (int, float)) and value < 10 ** 9 else value


def put(account: str, region: str, kind: str, items: list[Doc]) -> list[Doc]:
    import ext_edge
    import ext_elbv2
    import ext_guard
    import ext_listeners
    import ext_watch
    fill: dict[str, Callable[[str, str, Doc], Doc]] = {
        "accelerators": ext_edge.accelerator, "vpc_origins": ext_edge.vpc_origin,
        "verified_access_endpoints": verified_access, "certificates": ext_guard.certificate,
        "products": lambda _account, _region, doc: doc}
    change: dict[str, Callable[[str, str, Doc], Any]] = {
        "subnets": subnet, "rules": ext_listeners.put_rule, "listeners": ext_listeners.put_listener,
        "metrics": ext_watch.put_metric, "metric_pages": ext_watch.put_page,
        "capacity_reservations": ext_elbv2.put_reservation}
    if kind in change:
        for item in items:
            change[kind](account, region, item)
        return items
    if kind not in fill:
        raise ValueError(f"kind {kind!r}: one of {sorted([*fill, *change])}")
    made = [fill[kind](account, region, dict(item)) for item in items]
    where = {"accelerators": "us-west-2", "vpc_origins": "global"}.get(kind, region)
    add(account, where, kind, made)
    return made


# --------------------------------------------------------------------- EC2

def subnet(account: str, region: str, doc: Doc) -> None:
    from moto.ec2.models import ec2_backends
    found = ec2_backends[account][region].get_subnet(doc["SubnetId"])
    found.told_free = doc.get("AvailableIpAddressCount", getattr(found, "told_free", None))
    found.told_owner = doc.get("OwnerId", getattr(found, "told_owner", None))


def verified_access(account: str, region: str, doc: Doc) -> Doc:
    now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    key = ident(17, account, region, doc.get("LoadBalancerOptions") or doc)
    return {"VerifiedAccessEndpointId": f"vae-{key}", "VerifiedAccessInstanceId": f"vai-{key}",
            "VerifiedAccessGroupId": f"vagr-{key}", "EndpointType": "load-balancer",
            "AttachmentType": "vpc", "Status": {"Code": "active"}, "CreationTime": now,
            "LastUpdatedTime": now, **doc}
