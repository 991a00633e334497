"""The control plane under /_lab/: plain HTTP, JSON in and out, no signature.

Each do_<name> is one endpoint: (query, body) -> answer.  README.md has the table.
"""
from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Callable, Iterable
from urllib.parse import parse_qs

import accounts

if TYPE_CHECKING:
    from lab import Lab

Doc = dict[str, Any]
REGION = "us-east-1"


class Control:
    def __init__(self, lab: "Lab"):
        self.lab = lab

    def __call__(self, environ: Doc, start: Callable[..., Any]) -> Iterable[bytes]:
        name = "_".join(environ["PATH_INFO"].split("/")[2:])
        if environ["REQUEST_METHOD"] == "DELETE":
            name += "_stop"
        query = {k: v[0] for k, v in parse_qs(environ.get("QUERY_STRING", "")).items()}
        raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        endpoint = getattr(self, f"do_{name}", None)
        status = "200 OK"
        try:
            if endpoint is None:
                raise LookupError(f"no control endpoint /_lab/{name}")
            doc = endpoint(query, json.loads(raw) if raw else None)
        except Exception as exc:  # noqa: BLE001 - a wrong request must not end the emulator
            status = "404 Not Found" if endpoint is None else "400 Bad Request"
            doc = {"error": f"{type(exc).__name__}: {exc}"}
        text = json.dumps(doc, default=str).encode()
        start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(text)))])
        return [text]

    def do_journal(self, q: Doc, _b: Any) -> Any:
        return self.lab.journal.since(int(q.get("since", 0)), q.get("account"))

    def do_faults(self, q: Doc, body: Any) -> Any:
        account = q.get("account")
        if isinstance(body, list):
            self.lab.faults.replace(body)
        elif isinstance(body, dict):
            account = body["account"]
            self.lab.faults.replace(body["rules"], account)
        return self.lab.faults.listing(account)

    def do_throttle(self, _q: Doc, body: Doc) -> Any:
        self.lab.throttle.set(body.get("account"), body["mode"])
        return {"account": body.get("account"), "mode": body["mode"]}

    def do_link_delay(self, _q: Doc, body: Doc) -> Any:
        account, seconds = body.get("account"), float(body["seconds"])
        then = body.get("then", "AVAILABLE")
        if then not in ("AVAILABLE", "FAILED") or (account is None and "then" in body):
            raise ValueError("then: AVAILABLE or FAILED, of an account")
        if account is None:
            accounts.default_link_delay = seconds
        else:
            accounts.of(account).link_delay = seconds
            accounts.of(account).next_link = then
        return {"account": account, "seconds": seconds, "then": then}

    def do_clock(self, _q: Doc, body: Doc) -> Any:
        accounts.of(body["account"]).clock_ahead = float(body["ahead"])
        return {"account": body["account"], "ahead": float(body["ahead"])}

    def do_link_status(self, _q: Doc, body: Doc) -> Any:
        from ext_links import force_status
        return force_status(body["account"], body.get("region", REGION), body["link"],
                            body["status"], body.get("message", ""))

    def do_health(self, _q: Doc, body: Doc) -> Any:
        from ext_elbv2 import HEALTH
        HEALTH[(body["tg"], body["target"])] = (body["state"], body.get("reason"))
        return {"tg": body["tg"], "target": body["target"], "state": body["state"]}

    def do_endpoint_connection(self, _q: Doc, body: Doc) -> Any:
        from ext_ec2 import add_consumer
        with accounts.of(body["account"]).lock:
            return add_consumer(body["account"], body.get("region", REGION), body["owner"],
                                body.get("state", "available"), body.get("service_id"),
                                body.get("nlb_arn"))

    def do_route(self, q: Doc, _b: Any) -> Any:
        from ext_request import Client
        from ext_route import told, trace_stage
        account = q.get("account", accounts.DEFAULT)
        asked = {**q, "headers": json.loads(q.get("headers") or "{}")}
        with accounts.of(account).lock:
            return told(trace_stage(account, q.get("region", REGION), q["api"], q["stage"],
                                    Client.of(asked), bool(q.get("canary"))))

    def do_routes(self, _q: Doc, body: Doc) -> Any:
        from ext_route import trace_many
        account = body.get("account", accounts.DEFAULT)
        with accounts.of(account).lock:
            return trace_many(account, body.get("region", REGION), body["requests"])

    def do_backend(self, q: Doc, body: Doc | None) -> Any:
        import backends
        account = (body or q)["account"]
        if body:
            backends.replace(account, body["rules"])
        return backends.listing(account)

    def do_load(self, q: Doc, body: Doc | None) -> Any:
        import loads
        if body:
            return loads.start(body["account"], body.get("region", REGION), body)
        return loads.of(q["account"]).shown()

    def do_load_stop(self, q: Doc, body: Doc | None) -> Any:
        import loads
        account = (body or q)["account"]
        loads.of(account).stop()
        return loads.of(account).shown()

    def do_past(self, _q: Doc, body: Doc) -> Any:
        import loads
        return loads.past(body["account"], body.get("region", REGION), body)

    def do_age(self, _q: Doc, body: Doc) -> Any:
        import meters
        account, region = body["account"], body.get("region", REGION)
        with accounts.of(account).lock:
            return {"aged": meters.age(account, region, int(body["days"]))}

    def do_denied(self, q: Doc, body: Doc | None) -> Any:
        import ext_identity
        account = (body or q)["account"]
        return ext_identity.deny(account, body["actions"]) if body else \
            ext_identity.denied(account)

    def do_organization(self, q: Doc, body: Doc | None) -> Any:
        import organizations
        if body:
            return organizations.make(body)
        found = organizations.of(q["account"])
        return found.shown() if found else None

    def do_organization_account(self, _q: Doc, body: Doc) -> Any:
        import organizations
        return organizations.change(body)

    def do_expire(self, _q: Doc, body: Doc) -> Any:
        import sessions
        return {"expired": sessions.expire(body.get("account"))}

    def do_world(self, _q: Doc, body: Doc) -> Any:
        import world
        account, started = body["account"], time.monotonic()
        made = world.build(account, body.get("region", REGION), body["world"])
        return {"account": account, "made": made, "seconds": round(time.monotonic() - started, 4)}

    def do_put(self, _q: Doc, body: Doc) -> Any:
        import shelf
        with accounts.of(body["account"]).lock:
            return shelf.put(body["account"], body.get("region", REGION), body["kind"],
                             body["items"])

    def do_seed(self, _q: Doc, body: Doc) -> Any:
        import seeding
        return seeding.seed(self.lab, body)

    def do_bulk(self, _q: Doc, body: Doc) -> Any:
        import seed_bulk
        account = body.get("account", accounts.DEFAULT)
        with accounts.of(account).lock:
            return seed_bulk.rest_apis(account, body.get("region", REGION), body["apis"],
                                       body["resources"], body["link"], body["uri"],
                                       body.get("prefix", "bulk"))

    def do_reset(self, _q: Doc, body: Doc | None) -> Any:
        import backends
        import ext_identity
        import ext_s3
        import gateway
        import loads
        import organizations
        import sessions
        account = (body or {}).get("account")
        loads.forget(account)
        for module in (backends, ext_identity, ext_s3, gateway, organizations, sessions):
            module.forget(account)
        if account is None:
            from moto.moto_api._internal.models import moto_api_backend
            moto_api_backend.reset()
            self.lab.faults.replace([])
            self.lab.journal.clear()
        else:
            from moto.core.base_backend import BackendDict
            with accounts.of(account).lock:
                for backends in list(BackendDict._instances):
                    dict.pop(backends, account, None)
                from ext_elbv2 import HEALTH
                for key in [k for k in HEALTH if f":{account}:" in k[0]]:
                    del HEALTH[key]
            self.lab.faults.replace([], account)
        import shelf
        shelf.forget(account)
        self.lab.throttle.forget(account)
        accounts.forget(account)
        return {"ok": True}
