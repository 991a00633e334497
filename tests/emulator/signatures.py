"""SigV4, recomputed with botocore for the access keys of an accounts file; other keys pass."""
from __future__ import annotations

import hashlib
import re
from typing import Any
from urllib.parse import quote

from wire import Request


def problem(r: Request, known_keys: dict[str, Any]) -> tuple[str, str] | None:
    known = known_keys.get(r.key)
    if not known:
        return None
    from botocore.auth import SigV4Auth
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
    sig = SigV4Auth(Credentials(r.key, known["secret"]), r.service, r.region)
    sig.payload = lambda _req: r.environ.get("HTTP_X_AMZ_CONTENT_SHA256") or \
        hashlib.sha256(r.body).hexdigest()
    want = sig.signature(sig.string_to_sign(req, sig.canonical_request(req)), req)
    if f"Signature={want}" in auth:
        return None
    return "SignatureDoesNotMatch", "The request signature does not match"
