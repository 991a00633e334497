"""The WSGI application around moto: every AWS request passes through here.

Order: who and what, signature, keys, throttle, denied actions, fault, moto, journal.  /_lab/ is the
control plane, and requests to a host of API Gateway are the data plane's.
"""
from __future__ import annotations

import argparse
import json
import threading
import time
import traceback
from typing import Any, Callable, Iterable

import accounts
import ext_cbor
import signatures
from control import Control
from disturbance import FaultBook, Throttle, denial
from wire import Answer, Request, error, success_code

CRASH = b"<!doctype html>moto raised"            # moto has no such operation, or broke in it
SEES_LINKS = ("apigateway", "ec2", "elasticloadbalancing")


class Journal:
    """Every AWS request seen, numbered from 0."""

    def __init__(self, path: str | None):
        self.entries: list[dict[str, Any]] = []
        self.sink = open(path, "a", buffering=1) if path else None
        self.lock = threading.Lock()

    def add(self, entry: dict[str, Any]) -> None:
        with self.lock:
            entry["n"] = len(self.entries)
            self.entries.append(entry)
            if self.sink:
                self.sink.write(json.dumps(entry) + "\n")

    def since(self, n: int, account: str | None) -> list[dict[str, Any]]:
        with self.lock:
            return [e for e in self.entries[n:] if account in (None, e["account"])]

    def clear(self) -> None:
        with self.lock:
            self.entries = []


class Lab:
    def __init__(self, app: Callable[..., Any], args: argparse.Namespace):
        self.app, self.args = app, args
        self.known_keys = json.load(open(args.accounts)) if args.accounts else {}
        self.faults, self.throttle = FaultBook(), Throttle(args.throttle)
        self.journal = Journal(args.journal)
        self.control = Control(self)
        if not args.bare:
            import ext_identity
            import ext_sts
            import gateway
            self.gateway, self.identity, self.sts = gateway, ext_identity, ext_sts

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not self.args.bare and self.gateway.is_ours(environ):
            return self.gateway.answer(environ, start)
        if path.startswith("/_lab/"):
            return self.control(environ, start)
        if path.startswith("/moto-api/"):        # moto's own: seed, reset
            return self.app(environ, start)
        t0 = time.monotonic()
        r = Request(environ, self.known_keys)
        status, headers, body, cut = self.answer(r)
        self.journal.add({
            "n": 0, "t": round(time.time(), 3), "account": r.account, "region": r.region,
            "service": r.service, "action": r.action, "method": r.method, "path": r.path,
            "query": r.query, "write": r.writes, "status": status, "bytes": len(body),
            "ms": round((time.monotonic() - t0) * 1000, 1)})
        if cut:
            try:
                environ["werkzeug.socket"].shutdown(2)
            except (KeyError, OSError):
                pass
        length = str(len(body))
        if r.method == "HEAD":                  # tells the length of what it does not send
            length = next((v for k, v in headers if k.lower() == "content-length"), length)
            body = b""
        headers = [h for h in headers if h[0].lower() != "content-length"]
        environ["lab.ahead"] = accounts.of(r.account).clock_ahead
        start(f"{status} X", [*headers, ("Content-Length", length)])
        return [body]

    def answer(self, r: Request) -> tuple[int, list[tuple[str, str]], bytes, bool]:
        if self.args.verify_sigv4:
            wrong = signatures.problem(r, self.known_keys)
            if wrong:
                return (*error(r, 403, *wrong), False)
        refused = (None if self.args.bare else self.sts.refusal(r)) or self.throttle.answer(r)
        if refused:
            return (*refused, False)
        if not self.args.bare and self.identity.refuses(r):
            return (*denial(r), False)
        fault = self.faults.hit(r)
        spec = fault.spec if fault else {}
        delay = self.args.latency_ms + spec.get("delay_ms", 0)
        if delay:
            time.sleep(delay / 1000)
        if spec.get("drop") == "before":
            return 0, [], b"", True
        refused = fault.refusal(r) if fault else None
        if refused:
            return (*refused, bool(spec.get("drop")))
        status, headers, body = self.perform(r)
        if spec.get("corrupt"):
            status, body = 200, body[:len(body) // 2]
        return status, headers, body, spec.get("drop") == "after"

    def perform(self, r: Request) -> Answer:
        """The undisturbed answer; seeding comes in here."""
        if self.args.bare:
            return self.moto(r.environ)
        if r.service == "pricing":
            import ext_pricing
            return ext_pricing.get_products(r)
        if r.service == "globalaccelerator":
            import ext_edge
            return ext_edge.answer(r)
        if r.service == "organizations":
            import ext_organizations
            return ext_organizations.answer(r)
        if r.service == "s3":
            import ext_s3
            made = ext_s3.answer(r, self.moto)
            return self.lacking(r) if made[2] is CRASH else made
        told = self.sts.answer(r) if r.service == "sts" else None
        if told:
            return told
        cbor = ext_cbor.unwrap(r.environ, r.service, r.body)
        with accounts.of(r.account).lock:
            if r.service in SEES_LINKS:
                import ext_links
                ext_links.reap(r.account, r.region)
            status, headers, body = self.moto(r.environ)
        if body is CRASH:
            return self.lacking(r)
        if cbor:
            body = ext_cbor.wrap(r.service, cbor[0], status, body)
            headers = [("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")]
        if r.service == "apigateway" and status < 300:
            status = success_code(r.path.startswith("/v2/"), r.action)
            body = b"" if status == 204 else body
        if r.service == "apigateway" and body[:1] in (b"{", b"["):
            headers = [h for h in headers if h[0].lower() != "content-type"] + [
                ("Content-Type", "application/json")]        # moto leaves Flask's text/html
        return status, headers, body

    def lacking(self, r: Request) -> Answer:
        """Says so plainly, and does not invite retries."""
        return error(r, 501, "EmulatorNotImplemented", f"{r.service}:{r.action}")

    def moto(self, environ: dict[str, Any]) -> Answer:
        got: dict[str, Any] = {}

        def start(status: str, headers: list[tuple[str, str]], _exc: Any = None) -> None:
            got["status"], got["headers"] = int(status.split()[0]), headers
        try:
            chunks = self.app(environ, start)
            body = b"".join(chunks)
            getattr(chunks, "close", lambda: None)()
        except Exception as exc:  # noqa: BLE001 - moto raises through Flask's debug mode
            if not isinstance(exc, NotImplementedError):
                traceback.print_exc()
            return 500, [("Content-Type", "text/html")], CRASH
        return got["status"], got["headers"], body
