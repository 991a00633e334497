"""Certificates and web ACLs beyond what moto 5.2 does: acm:DescribeCertificate, wafv2.

ASSUMED marks behaviour that public documentation does not settle.
"""
from __future__ import annotations

import json
from typing import Any

from moto.acm.models import AWSCertificateManagerBackend
from moto.acm.responses import AWSCertificateManagerResponse
from moto.elbv2.models import elbv2_backends
from moto.utilities.utils import get_partition
from moto.wafv2 import models as waf
from moto.wafv2.exceptions import WAFNonexistentItemException
from moto.wafv2.responses import WAFV2Response

import shelf
from patching import swap

Doc = dict[str, Any]


# --------------------------------------------------------------------- certificates

def certificate(account: str, region: str, doc: Doc) -> Doc:
    """What /_lab/put says of a certificate; it need not exist otherwise."""
    for key in ("NotAfter", "NotBefore", "IssuedAt", "CreatedAt", "ImportedAt"):
        if key in doc:
            doc[key] = shelf.moment(doc[key])
    doc.setdefault("CertificateArn", "arn:{}:acm:{}:{}:certificate/{}".format(
        get_partition(region), region, account, shelf.ident(36, account, doc.get("DomainName"))))
    return doc


def describe_certificate(self: AWSCertificateManagerResponse) -> Any:
    arn = self._get_param("CertificateArn")
    said = [d for d in shelf.rows(self.current_account, self.region, "certificates")
            if d["CertificateArn"] == arn]
    known = self.acm_backend._certificates.get(arn)
    if known is None and said:
        name = said[-1].get("DomainName", "example.com")
        held: Doc = {"DomainName": name, "SubjectAlternativeNames": [name], "InUseBy": [],
                     "Status": "ISSUED", "Type": "AMAZON_ISSUED", "Issuer": "Amazon",
                     "Subject": f"CN={name}", "KeyAlgorithm": "RSA_2048",
                     "NotBefore": shelf.moment(-86400), "NotAfter": shelf.moment(300 * 86400)}
    else:
        answer = self._moto_describe_certificate()
        if not isinstance(answer, str):
            return answer
        held = json.loads(answer)["Certificate"]
        names = held.get("SubjectAlternativeNames") or []
        held["SubjectAlternativeNames"] = sorted(names, key=lambda n: n != held["DomainName"])
        if held["Type"] == "IMPORTED":
            held.pop("RenewalEligibility", None)
    for doc in said:
        held |= doc
    return json.dumps({"Certificate": {k: v for k, v in held.items() if v is not None}})


def request_certificate(self: AWSCertificateManagerBackend, *args: Any, **kw: Any) -> str:
    """Issued at once: load balancers take no others."""
    arn = self._moto_request_certificate(*args, **kw)
    self._certificates[arn].status = "ISSUED"
    return arn


# --------------------------------------------------------------------- web ACLs

def bare(value: Any) -> Any:
    """Without the members that are not set, which moto tells as null."""
    if isinstance(value, dict):
        return {k: bare(v) for k, v in value.items() if v is not None}
    return [bare(v) for v in value] if isinstance(value, list) else value


def acl_for_resource(self: WAFV2Response) -> Any:
    arn = json.loads(self.body)["ResourceArn"]
    if ":loadbalancer/app/" in arn and arn not in elbv2_backends[self.current_account][
            self.region].load_balancers:
        raise WAFNonexistentItemException()
    acl = self.wafv2_backend.get_web_acl_for_resource(arn)
    doc = {"WebACL": bare({k: v for k, v in acl.to_dict().items() if k != "LockToken"})} \
        if acl else {}
    return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(doc)


def associate(self: waf.WAFV2Backend, web_acl_arn: str, resource_arn: str) -> None:
    """A resource has one web ACL; the last association wins."""
    if web_acl_arn in self.wacls:
        for acl in self.wacls.values():
            if resource_arn in acl.associated_resources:
                acl.associated_resources.remove(resource_arn)
    self._moto_associate_web_acl(web_acl_arn, resource_arn)


def install() -> None:
    swap(AWSCertificateManagerResponse, "describe_certificate", describe_certificate)
    swap(AWSCertificateManagerBackend, "request_certificate", request_certificate)
    WAFV2Response.get_web_acl_for_resource = acl_for_resource
    swap(waf.WAFV2Backend, "associate_web_acl", associate)
