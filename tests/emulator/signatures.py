"""SigV4, recomputed with botocore for the access keys of an accounts file and for sessions of an
organization's roles; other keys pass.
"""
from __future__ import annotations

import hashlib
import re
from typing import Any
from urllib.parse import quote

import sessions
from wire import Request


def problem(r: Request, known_keys: dict[str, Any]) -> tuple[str, str] | None:
    session = sessions.of(r.key)
    known = known_keys.get(r.key) or ({"secret": session.secret} if session else None)
    if not known:
        return None
    from botocore.auth import S3SigV4Auth, SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials
    auth = r.environ["HTTP_AUTHORIZATION"]
    signed = re.search(r"SignedHeaders=([^,]+)", auth).group(1).split(";")
    headers = {h: r.environ.get("HTTP_" + h.upper().replace("-", "_"))
               or r.environ.get(h.upper().replace("-", "_"), "") for h in signed}
    raw = r.environ.get("RAW_URI") or r.environ.get("REQUEST_URI") or quote(r.path)
    req = AWSRequest(r.method, f"http://{r.environ['HTTP_HOST']}{raw}", headers=headers,
                     data=r.body)
    req.context["timestamp"] = r.environ.get("HTTP_X_AMZ_DATE", "")
    kind = S3SigV4Auth if r.service == "s3" else SigV4Auth
    sig = kind(Credentials(r.key, known["secret"]), r.service, r.region)
    sig.payload = lambda _req: r.environ.get("HTTP_X_AMZ_CONTENT_SHA256") or \
        hashlib.sha256(r.body).hexdigest()
    want = sig.signature(sig.string_to_sign(req, sig.canonical_request(req)), req)
    if f"Signature={want}" in auth:
        return None
    return "SignatureDoesNotMatch", "The request signature does not match"
