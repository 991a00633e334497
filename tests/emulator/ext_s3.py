"""S3, path style: which operation and which rights a request is about, and what moto leaves open.

    regions     a bucket is in one; elsewhere the answer is 301 and its x-amz-bucket-region
    owners      another account gets in only where the bucket's policy names it
    rights      `/_lab/denied` on bucket and key, of DeleteObjects key by key; without s3:ListBucket
                a key that is not there is 403
    checksums   of bodies, by each header that carries one

Every account's requests to S3 take turns, because a bucket is not an account's own: a conditional
write is one in the whole emulator.

ASSUMED marks behaviour that public documentation does not settle.
"""
from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import threading
from typing import Any, Callable
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape, unescape

from moto.s3.models import s3_backends
from moto.utilities.utils import get_partition

import ext_identity
import sessions
from wire import Answer, Request, error

Doc = dict[str, Any]
_turn = threading.Lock()
# (verb, what the path names): by what the query has, first match, then the plain operation
OPERATIONS: dict[tuple[str, str], list[tuple[str, str]]] = {
    ("GET", "service"): [("", "ListBuckets")],
    ("GET", "bucket"): [("location", "GetBucketLocation"), ("list-type", "ListObjectsV2"),
                        ("uploads", "ListMultipartUploads"), ("versioning", "GetBucketVersioning"),
                        ("policy", "GetBucketPolicy"), ("", "ListObjects")],
    ("HEAD", "bucket"): [("", "HeadBucket")],
    ("PUT", "bucket"): [("policy", "PutBucketPolicy"), ("versioning", "PutBucketVersioning"),
                        ("", "CreateBucket")],
    ("DELETE", "bucket"): [("policy", "DeleteBucketPolicy"), ("", "DeleteBucket")],
    ("POST", "bucket"): [("delete", "DeleteObjects")],
    ("GET", "key"): [("uploadId", "ListParts"), ("tagging", "GetObjectTagging"),
                     ("", "GetObject")],
    ("HEAD", "key"): [("", "HeadObject")],
    ("PUT", "key"): [("partNumber", "UploadPart"), ("tagging", "PutObjectTagging"),
                     ("", "PutObject")],
    ("POST", "key"): [("uploads", "CreateMultipartUpload"),
                      ("uploadId", "CompleteMultipartUpload")],
    ("DELETE", "key"): [("uploadId", "AbortMultipartUpload"), ("", "DeleteObject")]}
COPIES = {"PutObject": "CopyObject", "UploadPart": "UploadPartCopy"}
# the right that an operation asks for, where it is not called like it
RIGHTS = {"ListBuckets": "ListAllMyBuckets", "ListObjects": "ListBucket",
          "ListObjectsV2": "ListBucket", "HeadBucket": "ListBucket", "HeadObject": "GetObject",
          "ListMultipartUploads": "ListBucketMultipartUploads",
          "ListParts": "ListMultipartUploadParts", "CreateMultipartUpload": "PutObject",
          "UploadPart": "PutObject", "CompleteMultipartUpload": "PutObject",
          "CopyObject": "PutObject", "UploadPartCopy": "PutObject"}


def place(path: str) -> tuple[str, str]:
    """Bucket and key."""
    bucket, _, key = path.lstrip("/").partition("/")
    return bucket, key


def operation(method: str, path: str, query: str, copies: bool) -> str:
    bucket, key = place(path)
    names = parse_qs(query, keep_blank_values=True)
    rows = OPERATIONS.get((method, "key" if key else "bucket" if bucket else "service"), [])
    found = next((name for has, name in rows if not has or has in names), "?")
    return COPIES.get(found, found) if copies else found


# --------------------------------------------------------------------- rights

def root(r: Request) -> str:
    return f"arn:{get_partition(r.region or 'us-east-1')}:s3:::"


def rights(r: Request) -> list[tuple[str, str]]:
    """What a request must be allowed to do: (action, ARN)."""
    bucket, key = place(r.path)
    if r.action == "DeleteObjects":
        return [("s3:DeleteObject", f"{root(r)}{bucket}/*")]
    name = f"s3:{RIGHTS.get(r.action, r.action)}"
    found = [(name, root(r) + (f"{bucket}/{key}" if key else bucket or "*"))]
    if r.action in COPIES.values():
        source = unquote(r.environ["HTTP_X_AMZ_COPY_SOURCE"]).lstrip("/").partition("?")[0]
        found.append(("s3:GetObject", root(r) + source))
    return found


def not_allowed(r: Request, action: str, arn: str) -> str:
    who = sessions.caller(r.account, r.region, r.key)
    return (f'User: {who} is not authorized to perform: {action} on resource: "{arn}" because no '
            f"identity-based policy allows the {action} action")


def without_denied(r: Request) -> tuple[list[str], bytes]:
    """The keys of DeleteObjects that may not be deleted, and the body without them."""
    bucket, _key = place(r.path)
    denied: list[str] = []

    def kept(match: re.Match[str]) -> str:
        key = unescape(re.search(r"<Key>(.*?)</Key>", match[0], re.S)[1])
        if ext_identity.is_denied(r.account, "s3:DeleteObject",
                                  f"{root(r)}{bucket}/{key}"):
            denied.append(key)
            return ""
        return match[0]
    body = re.sub(r"<Object>.*?</Object>", kept, r.body.decode(), flags=re.S)
    return denied, body.encode()


def admits(bucket: str, account: str) -> bool:
    """Whether the bucket is the account's, or its policy allows the account anything.

    ASSUMED: actions, resources and conditions of a policy are not read.
    """
    if s3_backends.bucket_accounts[bucket][1] == account:
        return True
    text = held(bucket).policy
    for row in json.loads(text)["Statement"] if text else []:
        named = row.get("Principal")
        named = named.get("AWS", []) if isinstance(named, dict) else named
        named = named if isinstance(named, list) else [named]
        if row["Effect"] == "Allow" and any(p == "*" or account in re.findall(r"\d{12}", p or "")
                                            for p in named):
            return True
    return False


# --------------------------------------------------------------------- answering

def held(bucket: str) -> Any:
    """moto's object; None when there is no such bucket."""
    if bucket not in s3_backends.bucket_accounts:
        return None
    partition, owner = s3_backends.bucket_accounts[bucket]
    return s3_backends[owner][partition].buckets.get(bucket)


def region_of(bucket: str) -> str | None:
    return getattr(held(bucket), "region_name", None)


def uploads(bucket: str) -> Any:
    return getattr(held(bucket), "multiparts", {})


def wrong_sum(r: Request) -> Answer | None:
    """Of the body as it came; aws-chunked bodies carry sums of their own, which are not looked at."""
    sent = r.environ.get("HTTP_X_AMZ_CONTENT_SHA256", "")
    if sent.startswith("STREAMING-"):
        return None
    digest = hashlib.sha256(r.body).digest()
    if re.fullmatch(r"[0-9a-f]{64}", sent) and sent != digest.hex():
        return error(r, 400, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' "
                     "header does not match what was computed.")
    told = r.environ.get("HTTP_X_AMZ_CHECKSUM_SHA256")
    if told and r.method in ("PUT", "POST") and told != base64.b64encode(digest).decode():
        return error(r, 400, "BadDigest",
                     "The SHA256 you specified did not match the calculated checksum.")
    told = r.environ.get("HTTP_CONTENT_MD5")
    if told and told != base64.b64encode(hashlib.md5(r.body).digest()).decode():
        return error(r, 400, "BadDigest",
                     "The Content-MD5 you specified did not match what we received.")
    return None


def answer(r: Request, moto: Callable[[Doc], Answer]) -> Answer:
    bucket, _key = place(r.path)
    with _turn:
        where = region_of(bucket)
        status, headers, body = refused(r, bucket, where) or wrong_sum(r) or acted(r, moto)
        where = region_of(bucket)
    if status == 404 and b"<Code>NoSuchKey" in body or status == 404 and r.action == "HeadObject":
        listing = "s3:ListBucket", f"{root(r)}{bucket}"
        if ext_identity.is_denied(r.account, *listing):
            status, headers, body = error(r, 403, "AccessDenied", not_allowed(r, *listing))
    names = {k.lower() for k, _v in headers}
    extra = [("x-amz-request-id", "0000000000000000"), ("x-amz-bucket-region", where)]
    if r.method == "PUT" and status == 200:     # what was sent along is confirmed
        extra += [(f"x-amz-checksum-{kind}", r.environ.get(f"HTTP_X_AMZ_CHECKSUM_{kind.upper()}"))
                  for kind in ("sha256", "crc64nvme")]
    headers = headers + [(k, v) for k, v in extra if v and k not in names]
    return status, headers, body


def refused(r: Request, bucket: str, where: str | None) -> Answer | None:
    """Before anything is done: the region that a request was signed for, whose bucket it is, and
    the rights."""
    there = where is not None and r.action != "CreateBucket"
    if there and r.region and r.region != where:
        # ASSUMED: AWS answers some of these 400 AuthorizationHeaderMalformed, by endpoint
        return error(r, 301, "PermanentRedirect", "The bucket you are attempting to access must be "
                     "addressed using the specified endpoint. Please send all future requests to "
                     "this endpoint.")
    wanted = rights(r)
    amiss = wanted if there and not admits(bucket, r.account) else [
        right for right in wanted
        if r.action != "DeleteObjects" and ext_identity.is_denied(r.account, *right)]
    return error(r, 403, "AccessDenied", not_allowed(r, *amiss[0])) if amiss else None


def acted(r: Request, moto: Callable[[Doc], Answer]) -> Answer:
    # moto would take the body for a form
    if r.environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        r.environ["CONTENT_TYPE"] = "binary/octet-stream"
    upload = parse_qs(r.query).get("uploadId")
    if upload and upload[0] not in uploads(place(r.path)[0]):
        return error(r, 404, "NoSuchUpload", "The specified upload does not exist. The upload ID may "
                     "be invalid, or the upload may have been aborted or completed.")
    if r.action != "DeleteObjects":
        return moto(r.environ)
    denied, body = without_denied(r)
    if not denied:
        return moto(r.environ)
    status, headers = 200, [("Content-Type", "application/xml")]
    out = b"<DeleteResult></DeleteResult>"
    if b"<Object>" in body:
        r.environ["wsgi.input"], r.environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))
        r.environ.pop("HTTP_CONTENT_MD5", None)
        r.environ.pop("HTTP_X_AMZ_CHECKSUM_SHA256", None)
        status, headers, out = moto(r.environ)
    told = "".join(f"<Error><Key>{escape(key)}</Key><Code>AccessDenied</Code><Message>Access Denied"
                   "</Message></Error>" for key in denied)
    return status, headers, out.replace(b"</DeleteResult>", told.encode() + b"</DeleteResult>")


def forget(account: str | None) -> None:
    """The buckets' names go with their account, and the files that their objects are in."""
    with _turn:
        for name in [b for b, (_p, owner) in s3_backends.bucket_accounts.items()
                     if account in (None, owner)]:
            for key in held(name).keys.values():
                key.dispose()
            for part in held(name).multiparts.values():
                part.dispose()
            s3_backends.bucket_accounts.pop(name, None)
