"""One AWS request as the emulator sees it, and errors in the wire format of each service."""
from __future__ import annotations

import functools
import io
import json
import re
from typing import Any
from xml.sax.saxutils import escape

from moto.core.utils import get_service_model

import accounts
import ext_cbor
import sessions

Answer = tuple[int, list[tuple[str, str]], bytes]

# How a service, by its signing name, words errors; everything else speaks awsJson.
STYLE = {"elasticloadbalancing": "query", "ec2": "ec2", "sts": "query", "cloudformation": "query",
         "iam": "query", "autoscaling": "query", "apigateway": "rest", "route53": "xml",
         "cloudfront": "xml", "s3": "s3"}
READS = ("Describe", "Get", "List", "Search", "Batch", "Lookup", "Simulate", "AssumeRole")


class Request:
    """What one AWS request is about, read from its headers without trusting them."""

    def __init__(self, environ: dict[str, Any], known_keys: dict[str, Any]):
        self.environ, self.method = environ, environ["REQUEST_METHOD"]
        self.path, self.query = environ.get("PATH_INFO", "/"), environ.get("QUERY_STRING", "")
        size = int(environ.get("CONTENT_LENGTH") or 0)
        if environ.get("wsgi.input_terminated"):            # a body in chunks tells no length
            size = -1
        self.body = environ["wsgi.input"].read(size) if size else b""
        environ["CONTENT_LENGTH"] = str(len(self.body))
        environ["wsgi.input"] = io.BytesIO(self.body)
        scope = re.search(r"Credential=([^/]+)/(\d+)/([^/]+)/([^/]+)/",
                          environ.get("HTTP_AUTHORIZATION", ""))
        self.key, _day, self.region, self.service = scope.groups() if scope else ("", "", "", "")
        self.account = self._account(known_keys)
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self.account
        self.style = STYLE.get(self.service, "json")
        self.action = self._action()

    def _account(self, known_keys: dict[str, Any]) -> str:
        if "HTTP_X_MOTO_ACCOUNT_ID" in self.environ:
            return self.environ["HTTP_X_MOTO_ACCOUNT_ID"]
        if self.key in known_keys:
            return known_keys[self.key]["account"]
        named = accounts.ACCESS_KEY.fullmatch(self.key)
        if named:
            return named.group(1)
        session = sessions.of(self.key)
        if session:
            return session.account
        if self.key.startswith("ASIA"):         # another STS session: moto remembers whose
            from moto.iam.models import get_account_id_from
            return get_account_id_from(self.key)
        return accounts.DEFAULT

    def _action(self) -> str:
        hit = ext_cbor.ROUTE.match(self.path)
        if hit:
            return hit.group(2)
        target = self.environ.get("HTTP_X_AMZ_TARGET")
        if target:
            return target.split(".")[-1]
        if self.style == "s3":
            import ext_s3
            return ext_s3.operation(self.method, self.path, self.query,
                                    "HTTP_X_AMZ_COPY_SOURCE" in self.environ)
        if self.service in ("apigateway", "route53", "cloudfront"):
            return _rest_action(self.service, self.region, self.method, self.path)
        m = re.search(rb"(?:^|&)Action=([A-Za-z0-9]+)", self.body) or \
            re.search(rb"Action=([A-Za-z0-9]+)", self.query.encode())
        return m.group(1).decode() if m else "?"

    @property
    def writes(self) -> bool:
        if self.style in ("rest", "xml", "s3"):
            return self.method not in ("GET", "HEAD")
        return not self.action.startswith(READS)


@functools.cache
def success_code(path_is_v2: bool, action: str) -> int:
    """The success status that API Gateway's published model gives an operation."""
    name = "apigatewayv2" if path_is_v2 else "apigateway"
    model = get_service_model(name)
    if action not in model.operation_names:
        return 200
    return model.operation_model(action).http.get("responseCode", 200)


def _rest_action(service: str, region: str, method: str, path: str) -> str:
    if service == "apigateway" and path.startswith("/v2/"):
        from moto.apigatewayv2.responses import ApiGatewayV2Response as Handler
    elif service == "apigateway":
        from moto.apigateway.responses import APIGatewayResponse as Handler
    elif service == "route53":
        from moto.route53.responses import Route53 as Handler
    else:
        from moto.cloudfront.responses import CloudFrontResponse as Handler
    handler = Handler()
    handler.region = region
    return handler._get_action_from_method_and_request_uri(method, path) or "?"


def error(r: Request, status: int, code: str, message: str,
          headers: list[tuple[str, str]] | None = None) -> Answer:
    """An error in the wire format of the service being called."""
    extra = [("x-amzn-RequestId", "00000000-0000-0000-0000-000000000000"), *(headers or [])]
    if "HTTP_SMITHY_PROTOCOL" in r.environ:
        return status, [("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor"),
                        *extra], ext_cbor.encode({"__type": code, "message": message})
    if r.style in ("query", "xml"):
        text = (f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>"
                f"{escape(message)}</Message></Error><RequestId>0</RequestId></ErrorResponse>")
        return status, [("Content-Type", "text/xml"), *extra], text.encode()
    if r.style == "s3":
        text = (f"<Error><Code>{code}</Code><Message>{escape(message)}</Message><Resource>"
                f"{escape(r.path)}</Resource><RequestId>0000000000000000</RequestId></Error>")
        return status, [("Content-Type", "application/xml"), *extra], text.encode()
    if r.style == "ec2":
        text = (f"<Response><Errors><Error><Code>{code}</Code><Message>{escape(message)}</Message>"
                "</Error></Errors><RequestID>0</RequestID></Response>")
        return status, [("Content-Type", "text/xml"), *extra], text.encode()
    doc = {"message": message} if r.style == "rest" else {"__type": code, "message": message}
    return status, [("Content-Type", "application/json"), ("x-amzn-ErrorType", code),
                    *extra], json.dumps(doc).encode()
