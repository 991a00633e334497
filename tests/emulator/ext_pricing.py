"""The AWS Price List for load balancers: shape as AWS's, prices made up and constant."""
from __future__ import annotations

import hashlib
import json

from wire import Answer, Request

ROWS = (("Load Balancer-Network", "LoadBalancerUsage", "0.0225000000", "Hrs"),
        ("Load Balancer-Network", "LCUUsage", "0.0060000000", "LCU-Hrs"),
        ("Load Balancer-Application", "LoadBalancerUsage", "0.0225000000", "Hrs"),
        ("Load Balancer-Application", "LCUUsage", "0.0080000000", "LCU-Hrs"))


def get_products(r: Request) -> Answer:
    ask = json.loads(r.body or b"{}")
    where = {f["Field"]: f["Value"] for f in ask.get("Filters", [])}
    rows = []
    for family, usage, usd, unit in ROWS:
        attrs = {"servicecode": "AWSELB", "regionCode": where.get("regionCode", "us-east-1"),
                 "usagetype": usage, "locationType": "AWS Region"}
        if any(attrs.get(k, family if k == "productFamily" else v) != v
               for k, v in where.items()):
            continue
        sku = hashlib.sha1(f"{family}{usage}{attrs['regionCode']}".encode()).hexdigest()[:16]
        rows.append(json.dumps({
            "product": {"productFamily": family, "attributes": attrs, "sku": sku.upper()},
            "serviceCode": "AWSELB", "version": "lab", "terms": {"OnDemand": {f"{sku}.T": {
                "priceDimensions": {f"{sku}.T.D": {
                    "unit": unit, "beginRange": "0", "endRange": "Inf",
                    "pricePerUnit": {"USD": usd}}}}}}}))
    return 200, [("Content-Type", "application/x-amz-json-1.1")], json.dumps(
        {"FormatVersion": "aws_v1", "PriceList": rows}).encode()
