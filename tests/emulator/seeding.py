"""POST /_lab/seed: fills one account, or many, and answers with the names of what it made.

Seeds are written with boto3, but its requests go straight into the emulator, past sockets,
throttling, faults and the journal.
"""
from __future__ import annotations

import functools
import io
import threading
import time
from typing import TYPE_CHECKING, Any, Callable
from urllib.parse import unquote, urlsplit

import boto3
import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.config import Config

import accounts
from wire import Request

if TYPE_CHECKING:
    from lab import Lab

_session_guard = threading.Lock()
_target = threading.local()                     # which lab and account this thread seeds


class RawBody(io.BytesIO):
    def stream(self, **_kw: Any) -> Any:
        yield self.read()


def _dispatch(request: Any, **_kw: Any) -> AWSResponse:
    """Stands in for the network: botocore's prepared request as a WSGI call."""
    url = urlsplit(request.url)
    body = request.body or b""
    body = body.encode() if isinstance(body, str) else getattr(body, "read", lambda: body)()
    raw = url.path + (f"?{url.query}" if url.query else "")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method, "PATH_INFO": unquote(url.path) or "/",
        "QUERY_STRING": url.query, "RAW_URI": raw, "REQUEST_URI": raw,
        "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http", "wsgi.errors": io.StringIO(), "wsgi.version": (1, 0),
        "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
        "SERVER_NAME": "emulator", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": url.netloc}
    for name, value in request.headers.items():
        value = value.decode() if isinstance(value, bytes) else str(value)
        key = name.upper().replace("-", "_")
        environ["CONTENT_TYPE" if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    environ["HTTP_X_MOTO_ACCOUNT_ID"] = _target.account
    status, headers, text = _target.lab.perform(Request(environ, {}))
    return AWSResponse(request.url, status, dict(headers), RawBody(text))


@functools.cache
def _session() -> botocore.session.Session:
    session = botocore.session.get_session()
    session.set_credentials("AKIASEEDSEEDSEEDSEED", "secret")
    session.register("before-send", _dispatch)
    return session


@functools.cache
def _client(service: str, region: str) -> Any:
    return boto3.Session(botocore_session=_session(), region_name=region).client(
        service, endpoint_url="http://emulator", config=Config(
            retries={"total_max_attempts": 1}, parameter_validation=False))


class Aws:
    """boto3 clients into one account and region of this emulator."""

    def __init__(self, account: str, region: str):
        self.account, self.region = account, region

    def __getattr__(self, service: str) -> Any:
        with _session_guard:                    # botocore makes clients one at a time
            return _client(service, self.region)


def warm(lab: "Lab") -> None:
    """Load the SDK's models and moto's services while nobody waits for them yet."""
    _target.lab, _target.account = lab, "000000000000"
    aws = Aws("000000000000", "us-east-1")
    for call in (aws.apigateway.get_rest_apis, aws.apigatewayv2.get_apis, aws.ec2.describe_vpcs,
                 aws.elbv2.describe_load_balancers, aws.acm.list_certificates,
                 aws.route53.list_hosted_zones):
        call()


def seed(lab: "Lab", body: dict[str, Any]) -> dict[str, Any]:
    import seed_bulk
    import seed_features
    import seed_pages
    import seed_reference
    import seed_secrets
    import seed_sources
    scenarios: dict[str, Callable[..., dict[str, Any]]] = {
        "empty": lambda _aws: {}, "reference": seed_reference.build,
        "bulk": seed_bulk.build, "pages": seed_pages.build,
        "secrets": seed_secrets.build, "features": seed_features.build,
        "sources": seed_sources.build}
    options = {k: v for k, v in body.items() if v is not None}
    name, region = options.pop("scenario"), options.pop("region", "us-east-1")
    if name not in [*scenarios, *MANY]:
        raise ValueError(f"scenario {name!r}: one of {sorted([*scenarios, *MANY])}")
    started = time.monotonic()
    if name in MANY:
        made: dict[str, Any] = many(lab, name, options, region)
        about = {"region": region}
    elif "accounts" in options:
        made = {"accounts": [seed(lab, {**body, "account": account, "accounts": None})
                             for account in options["accounts"]]}
        about = {"region": region}
    else:
        account = options.pop("account")
        _target.lab, _target.account = lab, account
        with accounts.without_delay(account):
            made = scenarios[name](Aws(account, region), **options)
        about = {"account": account, "region": region}
    return {"scenario": name, **about, **made, "seconds": round(time.monotonic() - started, 2)}


MANY = ("light", "organization")


def many(lab: "Lab", name: str, options: dict[str, Any], region: str) -> dict[str, Any]:
    """Scenarios that reach from account to account."""
    import seed_organization

    def into(account: str, where: str) -> Aws:
        _target.lab, _target.account = lab, account
        return Aws(account, where)
    regions = options.pop("regions", [region])
    if name == "organization":
        return seed_organization.organization(into, options.pop("account"), regions, **options)
    wanted = options.pop("accounts", None) or [options.pop("account")]
    return seed_organization.light(into, wanted, regions, **options)
