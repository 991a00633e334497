"""Checks of S3 as object_store speaks to it: path style, no SDK, its headers and escapes.

What is sent here is what version 0.14 of that crate sends: `=` escaped in paths, `If-None-Match: *`
for a new object and at the end of a multipart upload, list-type=2 without an encoding-type, sums
in x-amz-checksum-sha256, DeleteObjects with Content-MD5.
"""
from __future__ import annotations

import base64
import hashlib
import http.client
import re
import threading
from typing import Any
from urllib.parse import quote, urlencode

from checking import Aws, Emulator, refused

ACCOUNT, BUCKET, REGION = "781000000000", "unbridge-snapshots", "eu-west-1"
SNAPSHOT = "tree/account=111122223333/region=eu-west-1/date=2026-11-22/snapshot.jsonl.zst"


class Answer:
    def __init__(self, status: int, headers: Any, body: bytes):
        self.status, self.headers, self.body = status, headers, body

    @property
    def code(self) -> str:
        found = re.search(rb"<Code>(.*?)</Code>", self.body)
        return f"{self.status} {found[1].decode() if found else ''}".strip()

    def all(self, tag: str) -> list[str]:
        return [x.decode() for x in re.findall(f"<{tag}>(.*?)</{tag}>".encode(), self.body)]


class Store:
    """A bucket of an account, as the crate sees it."""

    def __init__(self, emu: Emulator, account: str = ACCOUNT, region: str = REGION):
        self.emu, self.account, self.region = emu, account, region

    def ask(self, method: str, key: str = "", body: bytes = b"", query: Any = (),
            **headers: str) -> Answer:
        scope = (f"AWS4-HMAC-SHA256 Credential=AKIA{self.account}TEST/20260101/{self.region}/s3/"
                 "aws4_request, SignedHeaders=host, Signature=0")
        path = f"/{BUCKET}" + (f"/{quote(key, safe='/-_.~')}" if key else "")
        query = query if isinstance(query, str) else urlencode(query)
        host, port = self.emu.url.removeprefix("http://").split(":")
        wire = http.client.HTTPConnection(host, int(port), timeout=20)
        wire.request(method, path + (f"?{query}" if query else ""), body or None, {
            "authorization": scope, "x-amz-content-sha256": hashlib.sha256(body).hexdigest(),
            **({"content-length": str(len(body))} if method in ("PUT", "POST") else {}),
            **{k.replace("_", "-"): v for k, v in headers.items()}})
        got = wire.getresponse()
        answer = Answer(got.status, got.headers, got.read())
        wire.close()
        return answer

    def put(self, key: str, body: bytes, **headers: str) -> Answer:
        return self.ask("PUT", key, body, **headers)

    def get(self, key: str, **headers: str) -> Answer:
        return self.ask("GET", key, **headers)

    def list(self, **query: Any) -> Answer:
        return self.ask("GET", query={"list-type": 2, **{k.replace("_", "-"): v
                                                         for k, v in query.items()}})


def sum_of(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def fresh(emu: Emulator) -> Store:
    emu.lab("reset", {"account": ACCOUNT})
    Aws(emu.url, ACCOUNT, REGION).s3.create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return Store(emu)


def test_objects(emu: Emulator) -> None:
    store = fresh(emu)
    made = store.put(SNAPSHOT, b"abcdef", if_none_match="*", x_amz_checksum_sha256=sum_of(b"abcdef"))
    assert made.status == 200 and made.headers["x-amz-checksum-sha256"] == sum_of(b"abcdef")
    assert made.headers["etag"] == f'"{hashlib.md5(b"abcdef").hexdigest()}"', made.headers
    again = store.put(SNAPSHOT, b"other", if_none_match="*")
    assert again.code == "412 PreconditionFailed", again.body
    got = store.get(SNAPSHOT)
    assert got.body == b"abcdef" and got.headers["last-modified"] and got.headers["etag"]
    for wanted, body, told in (("bytes=1-3", b"bcd", "1-3"), ("bytes=-2", b"ef", "4-5"),
                               ("bytes=4-", b"ef", "4-5"), ("bytes=2-99", b"cdef", "2-5")):
        part = store.get(SNAPSHOT, range=wanted)
        assert (part.status, part.body) == (206, body), wanted
        assert part.headers["content-range"] == f"bytes {told}/6", wanted
    assert store.get(SNAPSHOT, range="bytes=6-").code == "416 InvalidRange"
    head = store.ask("HEAD", SNAPSHOT)
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", "6")
    assert store.get(SNAPSHOT, if_none_match=made.headers["etag"]).status == 304
    # a condition on what is there
    assert store.put(SNAPSHOT, b"2", if_match='"0"').code == "412 PreconditionFailed"
    assert store.put(SNAPSHOT, b"2", if_match=made.headers["etag"]).status == 200
    assert store.put("nothing", b"2", if_match='"0"').code == "404 NoSuchKey"
    assert store.get("nothing").code == "404 NoSuchKey"
    assert store.ask("HEAD", "nothing").code == "404"
    copied = store.ask("PUT", "copy", x_amz_copy_source=f"{BUCKET}/{quote(SNAPSHOT, safe='/')}")
    assert copied.status == 200 and copied.all("ETag") and store.get("copy").body == b"2"
    assert store.ask("PUT", "copy", x_amz_copy_source=f"{BUCKET}/no").code == "404 NoSuchKey"
    assert [store.ask("DELETE", "copy").status for _ in range(2)] == [204, 204]
    assert store.get("copy").code == "404 NoSuchKey"
    odd = "a b+c/ü&<d>=%41"
    store.put(odd, b"x", content_type="application/x-www-form-urlencoded")
    assert store.get(odd).body == b"x"
    assert "a b+c/ü&amp;&lt;d&gt;=%41" in store.list().all("Key")
    for headers, code in (({"x_amz_checksum_sha256": sum_of(b"y")}, "BadDigest"),
                          ({"content_md5": "AAAAAAAAAAAAAAAAAAAAAA=="}, "BadDigest"),
                          ({"x_amz_content_sha256": "0" * 64}, "XAmzContentSHA256Mismatch")):
        assert store.put("bad", b"x", **headers).code == f"400 {code}"
    assert store.get("bad").code == "404 NoSuchKey"
    actions = [e["action"] for e in emu.lab(f"journal?account={ACCOUNT}") if e["service"] == "s3"]
    assert actions[-3:] == ["PutObject", "PutObject", "GetObject"] and "CopyObject" in actions
    assert "?" not in actions, actions


def test_one_of_two_writers(emu: Emulator) -> None:
    """`If-None-Match: *` lets one in, however many come at once."""
    store = fresh(emu)
    got: list[int] = []
    threads = [threading.Thread(target=lambda n=n: got.append(
        store.put("lock", b"%d" % n, if_none_match="*").status)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [200] + [412] * 11, got


def test_multipart(emu: Emulator) -> None:
    store, key = fresh(emu), "tree/a=1/big"
    first, last = bytes(range(256)) * (5 << 12), b"the end"

    def upload() -> tuple[str, list[str]]:
        [ident] = store.ask("POST", key, query="uploads=").all("UploadId")
        tags = [store.ask("PUT", key, part, {"partNumber": n + 1, "uploadId": ident},
                          x_amz_checksum_sha256=sum_of(part)).headers["etag"]
                for n, part in enumerate((first, last))]
        return ident, tags

    def complete(ident: str, tags: list[str], **headers: str) -> Answer:
        parts = "".join(f"<Part><ETag>{tag}</ETag><PartNumber>{n + 1}</PartNumber></Part>"
                        for n, tag in enumerate(tags))
        return store.ask("POST", key, f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>"
                         .encode(), {"uploadId": ident}, **headers)
    ident, tags = upload()
    assert store.get(key).code == "404 NoSuchKey"           # nothing is there before the end
    done = complete(ident, tags, if_none_match="*")
    assert done.status == 200 and done.all("ETag"), done.body
    assert store.get(key, range=f"bytes={len(first)}-").body == last
    assert int(store.ask("HEAD", key).headers["content-length"]) == len(first) + len(last)
    ident, tags = upload()
    assert complete(ident, tags, if_none_match="*").code == "412 PreconditionFailed"
    assert store.ask("DELETE", key, query={"uploadId": ident}).status == 204
    assert complete(ident, tags).code == "404 NoSuchUpload"
    ident, tags = upload()
    small = store.ask("PUT", key, b"small", {"partNumber": 1, "uploadId": ident}).headers["etag"]
    assert complete(ident, [small, tags[1]]).code == "400 EntityTooSmall"


def test_listing(emu: Emulator) -> None:
    store = fresh(emu)
    keys = sorted(f"tree/account={n:012d}/region={r}/f" for n in range(40)
                  for r in ("eu-west-1", "global"))
    for key in [*keys, "other/x"]:
        store.put(key, b"1")

    def drain(**query: Any) -> tuple[list[str], int]:
        rows, pages, extra = [], 0, {}
        while True:
            page = store.list(**query, **extra)
            rows, pages = rows + page.all("Key"), pages + 1
            token = page.all("NextContinuationToken")
            assert (page.all("IsTruncated") == ["true"]) is bool(token)
            if not token:
                return rows, pages
            extra = {"continuation_token": token[0]}
    assert drain(prefix="tree/", max_keys=7) == (keys, 12)
    assert drain(prefix="tree/account=00000000001") == (
        [k for k in keys if k.startswith("tree/account=00000000001")], 1)
    assert drain(prefix="tree/", start_after=keys[30], max_keys=20) == (keys[31:], 3)
    assert drain(prefix="nothing/") == ([], 1)
    flat = store.list(prefix="tree/", delimiter="/")
    assert flat.all("Key") == [] and len(re.findall(rb"<CommonPrefixes>", flat.body)) == 40
    assert store.list().all("Size") == ["1"] * 81 and len(store.list().all("LastModified")) == 81
    gone = [keys[0], keys[1], "never there"]
    emu.lab("denied", {"account": ACCOUNT, "actions": [
        {"action": "s3:DeleteObject", "resource": f"arn:aws:s3:::{BUCKET}/{keys[1]}"}]})
    body = ('<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' + "".join(
        f"<Object><Key>{key}</Key></Object>" for key in gone) + "</Delete>").encode()
    answer = store.ask("POST", "", body, "delete", content_type="application/xml",
                       content_md5=base64.b64encode(hashlib.md5(body).digest()).decode(),
                       x_amz_checksum_sha256=sum_of(body))
    failed = re.findall(rb"<Error><Key>(.*?)</Key><Code>(.*?)<", answer.body)
    assert answer.status == 200 and failed == [(keys[1].encode(), b"AccessDenied")], answer.body
    assert re.findall(rb"<Deleted><Key>(.*?)<", answer.body) == [gone[0].encode(), b"never there"]
    assert drain(prefix="tree/")[0] == keys[1:]
    emu.lab("denied", {"account": ACCOUNT, "actions": []})


def test_buckets(emu: Emulator) -> None:
    store = fresh(emu)
    far = Store(emu, region="us-east-1")
    assert store.ask("HEAD").status == 200 and store.ask("HEAD").headers[
        "x-amz-bucket-region"] == REGION
    for method, key in (("HEAD", ""), ("GET", "x"), ("PUT", "x")):
        answer = far.ask(method, key)
        assert answer.status == 301 and "location" not in answer.headers
        assert answer.headers["x-amz-bucket-region"] == REGION, method
    assert refused(Aws(emu.url, ACCOUNT, REGION).s3.head_bucket, Bucket="none-such") == "404 404"
    assert Aws(emu.url, ACCOUNT, REGION).s3.get_bucket_location(Bucket=BUCKET)[
        "LocationConstraint"] == REGION
    # somebody else's, until its policy says otherwise
    guest = Store(emu, "781000000001")
    for answer in (guest.put("x", b"1"), guest.list(), guest.get("x"), guest.ask("HEAD")):
        assert answer.code in ("403 AccessDenied", "403"), answer.body
    Aws(emu.url, ACCOUNT, REGION).s3.put_bucket_policy(Bucket=BUCKET, Policy=(
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":'
        '"arn:aws:iam::781000000001:root"},"Action":"s3:*","Resource":"*"}]}'))
    assert guest.put("x", b"1").status == 200 and store.get("x").body == b"1"
    emu.lab("reset", {"account": ACCOUNT})
    assert store.list().code == store.put("x", b"1").code == "404 NoSuchBucket"
    assert store.ask("HEAD").status == 404


def test_disturbed_buckets(emu: Emulator) -> None:
    store = fresh(emu)
    emu.lab("denied", {"account": ACCOUNT, "actions": [
        {"action": "s3:PutObject", "resource": f"arn:aws:s3:::{BUCKET}/tree/*"}]})
    answer = store.put("tree/x", b"1")
    assert answer.code == "403 AccessDenied" and answer.headers["x-amz-bucket-region"] == REGION
    assert answer.all("Message") == [
        f"User: arn:aws:iam::{ACCOUNT}:user/tester is not authorized to perform: s3:PutObject on "
        f'resource: "arn:aws:s3:::{BUCKET}/tree/x" because no identity-based policy allows the '
        "s3:PutObject action"], answer.body
    assert store.ask("POST", "tree/x", query="uploads=").code == "403 AccessDenied"
    assert store.put("x", b"1").status == 200
    # who may not list is not told what is not there
    emu.lab("denied", {"account": ACCOUNT, "actions": ["s3:ListBucket"]})
    assert store.get("x").status == 200 and store.get("y").code == "403 AccessDenied"
    assert store.ask("HEAD", "y").status == 403 and store.list().code == "403 AccessDenied"
    emu.lab("denied", {"account": ACCOUNT, "actions": []})

    def fault(**spec: Any) -> None:
        emu.lab("faults", {"account": ACCOUNT, "rules": [
            {"service": "s3", "action": "PutObject", **spec}]})
    for spec, code in (({"kind": "throttle"}, "503 SlowDown"),
                       ({"status": 500, "code": "InternalError"}, "500 InternalError"),
                       ({"kind": "expired"}, "400 ExpiredToken"),
                       ({"kind": "deny"}, "403 AccessDenied"),
                       ({"status": 409, "code": "ConditionalRequestConflict"},
                        "409 ConditionalRequestConflict")):
        fault(**spec)
        assert store.put("y", b"1").code == code, spec
        assert store.get("y").code == "404 NoSuchKey"
        fault(times=0)
    for drop, left in (("before", 404), ("after", 200)):
        fault(drop=drop)
        try:
            store.put("z", b"1", if_none_match="*")
            raise AssertionError("answered")
        except (http.client.HTTPException, ConnectionError):
            pass
        assert store.get("z").status == left, drop
    # whoever asks again after a cut finds what was written the first time
    assert store.put("z", b"1", if_none_match="*").code == "412 PreconditionFailed"
    fault(times=0)
    emu.lab("throttle", {"account": ACCOUNT, "mode": "1:2"})
    assert [store.get("z").code for _ in range(3)] == ["200", "200", "503 SlowDown"]
    emu.lab("throttle", {"account": ACCOUNT, "mode": "off"})
