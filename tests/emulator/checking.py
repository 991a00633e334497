"""What the checks share: an emulator of their own, and boto3 clients into its accounts."""
from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import Any, Callable

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

import patching

patching.share_sdk_models()
HERE = os.path.dirname(os.path.abspath(__file__))
Doc = dict[str, Any]


class Emulator:
    def __init__(self, *args: str):
        begun = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, f"{HERE}/launcher.py", "--port", "0", "--exit-with-stdin", *args],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = json.loads(self.process.stdout.readline())["ready"]
        self.started_in = time.monotonic() - begun

    def lab(self, path: str, body: Any = None) -> Any:
        data = json.dumps(body).encode() if body is not None else None
        try:
            with urllib.request.urlopen(urllib.request.Request(
                    f"{self.url}/_lab/{path}", data=data,
                    method="POST" if data else "GET")) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as exc:
            raise AssertionError(f"/_lab/{path}: {exc.read().decode()}") from None

    def stop(self) -> None:
        self.process.stdin.close()
        assert self.process.wait(5) == 0


class Aws:
    """boto3 clients without retries, into the account that the access key names."""

    def __init__(self, url: str, account: str, region: str = "us-east-1", key: str = "",
                 secret: str = "secret"):
        self.url, self.account = url, account
        self.session = boto3.Session(key or f"AKIA{account}TEST", secret, region_name=region)
        self.clients: Doc = {}

    def __getattr__(self, service: str) -> Any:
        if service not in self.clients:
            self.clients[service] = self.session.client(
                service, endpoint_url=self.url,
                config=Config(retries={"total_max_attempts": 1}, read_timeout=20,
                              parameter_validation=False))     # wrong requests are tests too
        return self.clients[service]


def refused(call: Callable[..., Any], **kw: Any) -> str:
    try:
        call(**kw)
    except ClientError as exc:
        meta = exc.response["ResponseMetadata"]
        return f"{meta['HTTPStatusCode']} {exc.response['Error']['Code']}"
    except (BotoCoreError, ResponseParserError) as exc:
        return type(exc).__name__
    return "ok"


def words(call: Callable[..., Any], **kw: Any) -> str:
    try:
        call(**kw)
    except ClientError as exc:
        return exc.response["Error"]["Message"]
    raise AssertionError("not refused")


class Raw:
    """What the wire says, before an SDK tidies it up."""

    def __init__(self, aws: Aws, service: str):
        self.aws, self.scope = aws, (f"AWS4-HMAC-SHA256 Credential=AKIA{aws.account}TEST/20260101/"
                                     f"us-east-1/{service}/aws4_request, SignedHeaders=host, "
                                     "Signature=0")

    def get(self, path: str) -> bytes:
        ask = urllib.request.Request(self.aws.url + path, headers={"Authorization": self.scope})
        with urllib.request.urlopen(ask) as answer:
            assert answer.headers["Content-Type"] == "application/json", answer.headers
            return answer.read()


def export(aws: Aws, api: str, stage: str, **kw: Any) -> Doc:
    asked = {"exportType": "oas30", "parameters": {"extensions": "apigateway"},
             "accepts": "application/json", **kw}
    return json.loads(aws.apigateway.get_export(restApiId=api, stageName=stage,
                                                **asked)["body"].read())


def cbor(aws: Aws, op: str, doc: Doc) -> tuple[int, Doc]:
    """One CloudWatch call as aws-sdk-rust makes it: rpc-v2-cbor."""
    import io

    import ext_cbor
    shape = ext_cbor.model("cloudwatch").operation_model(op).input_shape
    scope = (f"AWS4-HMAC-SHA256 Credential=AKIA{aws.account}TEST/20260101/us-east-1/monitoring/"
             "aws4_request, SignedHeaders=host, Signature=0")
    ask = urllib.request.Request(
        f"{aws.url}/service/GraniteServiceVersion20100801/operation/{op}",
        data=ext_cbor.encode(doc, shape), headers={
            "Authorization": scope, "smithy-protocol": "rpc-v2-cbor",
            "Content-Type": "application/cbor"})
    try:
        with urllib.request.urlopen(ask) as answer:
            status, headers, body = answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as exc:
        status, headers, body = exc.code, exc.headers, exc.read()
    assert headers["smithy-protocol"] == "rpc-v2-cbor", headers
    return status, ext_cbor.decode(io.BytesIO(body))
