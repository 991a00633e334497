"""The AWS Price List for load balancers: shape as AWS's, prices made up and constant.

Written from the service's API model (GetProducts: Filters, MaxResults of 1 to 100, NextToken,
PriceList as texts of JSON) and the Price List guide of AWS Billing.  ASSUMED: which kinds of usage
stand under the operation of NLBs besides hours and capacity units.
"""
from __future__ import annotations

import base64
import hashlib
import json
from typing import Any, Iterator

import shelf
from wire import Answer, Request, error

Doc = dict[str, Any]
# region -> letters of its kinds of usage, where it is, an hour and a capacity unit of an NLB
COMMERCIAL = {
    "us-east-1": ("", "US East (N. Virginia)", "0.0225000000", "0.0060000000"),
    "us-east-2": ("USE2-", "US East (Ohio)", "0.0225000000", "0.0060000000"),
    "us-west-1": ("USW1-", "US West (N. California)", "0.0252000000", "0.0063000000"),
    "us-west-2": ("USW2-", "US West (Oregon)", "0.0225000000", "0.0060000000"),
    "ca-central-1": ("CAN1-", "Canada (Central)", "0.0247500000", "0.0066000000"),
    "eu-west-1": ("EU-", "EU (Ireland)", "0.0252000000", "0.0061000000"),
    "eu-west-2": ("EUW2-", "EU (London)", "0.0264600000", "0.0062000000"),
    "eu-west-3": ("EUW3-", "EU (Paris)", "0.0265000000", "0.0064000000"),
    "eu-central-1": ("EUC1-", "EU (Frankfurt)", "0.0270000000", "0.0065000000"),
    "eu-north-1": ("EUN1-", "EU (Stockholm)", "0.0239400000", "0.0059000000"),
    "eu-south-1": ("EUS1-", "EU (Milan)", "0.0265000000", "0.0067000000"),
    "ap-northeast-1": ("APN1-", "Asia Pacific (Tokyo)", "0.0243000000", "0.0060000000"),
    "ap-northeast-2": ("APN2-", "Asia Pacific (Seoul)", "0.0225000000", "0.0060000000"),
    "ap-southeast-1": ("APS1-", "Asia Pacific (Singapore)", "0.0252000000", "0.0068000000"),
    "ap-southeast-2": ("APS2-", "Asia Pacific (Sydney)", "0.0252000000", "0.0069000000"),
    "ap-south-1": ("APS3-", "Asia Pacific (Mumbai)", "0.0239000000", "0.0070000000"),
    "ap-east-1": ("APE1-", "Asia Pacific (Hong Kong)", "0.0277200000", "0.0072000000"),
    "sa-east-1": ("SAE1-", "South America (Sao Paulo)", "0.0340000000", "0.0110000000"),
    "af-south-1": ("AFS1-", "Africa (Cape Town)", "0.0300000000", "0.0071000000"),
    "me-south-1": ("MES1-", "Middle East (Bahrain)", "0.0277000000", "0.0073000000"),
    "us-gov-west-1": ("UGW1-", "AWS GovCloud (US-West)", "0.0270000000", "0.0074000000"),
    "us-gov-east-1": ("UGE1-", "AWS GovCloud (US-East)", "0.0271000000", "0.0075000000"),
}
CHINA = {
    "cn-north-1": ("CNN1-", "China (Beijing)", "0.1560000000", "0.0420000000"),
    "cn-northwest-1": ("CNW1-", "China (Ningxia)", "0.1570000000", "0.0430000000"),
}
# Where a Price List is asked; there is none anywhere else.
ENDPOINTS = {"us-east-1": (COMMERCIAL, "USD"), "eu-central-1": (COMMERCIAL, "USD"),
             "ap-south-1": (COMMERCIAL, "USD"), "cn-northwest-1": (CHINA, "CNY")}
KINDS = ("Network", "Application", "Gateway")


def products(account: str, endpoint: str) -> Iterator[str]:
    regions, currency = ENDPOINTS[endpoint]
    for code, (letters, where, hour, unit) in regions.items():
        for kind in KINDS:
            # (kind of usage, unit, price, whether on an Outpost)
            rows = [("LoadBalancerUsage", "Hrs", hour if kind != "Gateway" else "0.0125", False),
                    ("LCUUsage", "LCU-Hrs", unit if kind == "Network" else "0.0080", False),
                    ("Outposts-LoadBalancerUsage", "Hrs", hour, True),
                    ("Outposts-LCUUsage", "LCU-Hrs", "0.0000000000", True),
                    ("TS-LoadBalancerUsage", "Hrs", "0.0056000000", False),
                    ("ReservedLCUUsage", "ReservedLCU-Hr", "0.0055000000", False)]
            for usage, measure, price, outpost in rows:
                place = ("AWS Outposts" if outpost else "AWS Region", where, code)
                yield json.dumps(product(kind, f"{letters}{usage}", measure, (currency, price),
                                         place))
    for doc in shelf.rows(account, endpoint, "products"):
        yield doc["Text"] if "Text" in doc else json.dumps(product(
            "Network", doc["Usage"], doc["Unit"], (doc.get("Currency", currency), doc["Price"]),
            ("AWS Region", doc["Region"], doc["Region"])))


def product(kind: str, usage: str, unit: str, price: tuple[str, str],
            place: tuple[str, str, str]) -> Doc:
    location_type, where, code = place
    sku = hashlib.sha1(f"{kind}{usage}{code}{price}".encode()).hexdigest()[:16].upper()
    term, rate = f"{sku}.JRTCKXETXF", f"{sku}.JRTCKXETXF.6YS6EN2CT7"
    return {
        "product": {"productFamily": f"Load Balancer-{kind}", "sku": sku, "attributes": {
            "regionCode": code, "servicecode": "AWSELB", "usagetype": usage,
            "servicename": "Elastic Load Balancing", "locationType": location_type,
            "location": where, "operation": f"LoadBalancing:{kind}", "group": "ELB:Balancer"}},
        "serviceCode": "AWSELB", "version": "20260911000000",
        "publicationDate": "2026-09-11T00:00:00Z",
        "terms": {"OnDemand": {term: {
            "sku": sku, "offerTermCode": "JRTCKXETXF", "effectiveDate": "2026-09-01T00:00:00Z",
            "termAttributes": {}, "priceDimensions": {rate: {
                "rateCode": rate, "unit": unit, "beginRange": "0", "endRange": "Inf",
                "description": f"{price[1]} {price[0]} per {unit}", "appliesTo": [],
                "pricePerUnit": {price[0]: price[1]}}}}}}}


def matches(text: str, filters: list[Doc]) -> bool:
    try:
        told = json.loads(text)["product"]
    except (ValueError, LookupError, TypeError):
        return True                             # a damaged one comes along
    fields = {**told["attributes"], "productFamily": told.get("productFamily"), "sku": told["sku"]}
    return all(fields.get(f["Field"]) == f["Value"] for f in filters)


def get_products(r: Request) -> Answer:
    ask = json.loads(r.body or b"{}")
    most = ask.get("MaxResults", 100)
    if r.region not in ENDPOINTS or ask.get("ServiceCode") != "AWSELB" or not 1 <= most <= 100:
        return error(r, 400, "InvalidParameterException", "Input Parameters are invalid")
    try:
        start = int(base64.b64decode(ask["NextToken"])) if ask.get("NextToken") else 0
    except ValueError:
        return error(r, 400, "InvalidNextTokenException", "The pagination token is invalid")
    rows = [text for text in products(r.account, r.region)
            if matches(text, ask.get("Filters", []))]
    doc: Doc = {"FormatVersion": "aws_v1", "PriceList": rows[start:start + most]}
    if start + most < len(rows):
        doc["NextToken"] = base64.b64encode(str(start + most).encode()).decode()
    return 200, [("Content-Type", "application/x-amz-json-1.1")], json.dumps(doc).encode()
