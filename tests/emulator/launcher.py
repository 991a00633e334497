#!/usr/bin/env python3
"""The AWS emulator: moto with the gaps closed that matter for VPC-link migration.

    launcher.py --port 0 --exit-with-stdin      prints {"ready": url, "pid": n} on one line

moto itself is imported unmodified; ext_*.py rebind methods at start-up and lab.py wraps its
WSGI application.  --bare skips the extensions, for comparison.
"""
from __future__ import annotations

import argparse
import functools
import json
import os
import signal
import sys
import threading
import time
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
# moto reads these when it is imported; a developer's own profile must not leak into tests
for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_CONFIG_FILE", "MOTO_ACCOUNT_ID"):
    os.environ.pop(name, None)
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"      # 0.1 s per account and region

import patching  # noqa: E402

patching.share_sdk_models()
patching.without_openapi_validator()

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: E402
from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: E402

import accounts  # noqa: E402
from lab import Lab  # noqa: E402


class Dispatcher(DomainDispatcherApplication):
    """moto lists its own directory to find a service by host name, twice per request."""

    @functools.cache
    def get_backend_for_host(self, host: str | None) -> Any:
        return super().get_backend_for_host(host)


class Quiet(WSGIRequestHandler):
    def log(self, *args: Any) -> None:
        pass

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date of an answer, by the clock of the account."""
        ahead = getattr(self, "environ", {}).get("lab.ahead", 0)
        return super().date_time_string((timestamp or time.time()) + ahead)


def install() -> None:
    import ext_apigateway
    import ext_apigatewayv2
    import ext_changes
    import ext_domains
    import ext_ec2
    import ext_edge
    import ext_elbv2
    import ext_export
    import ext_guard
    import ext_identity
    import ext_links
    import ext_listeners
    import ext_misc
    import ext_rest_parts
    import ext_watch
    # paging wraps what is there, so the modules that replace list calls come first; checks of
    # changes wrap what all others do
    for module in (ext_rest_parts, ext_domains, ext_links, ext_export, ext_apigateway,
                   ext_apigatewayv2, ext_ec2, ext_elbv2, ext_listeners, ext_misc, ext_edge,
                   ext_guard, ext_identity, ext_watch, ext_changes):
        module.install()


def exit_with_stdin() -> None:
    """The parent holds the other end of stdin: when it dies, so does the emulator."""
    def wait() -> None:
        while os.read(0, 4096):
            pass
        os._exit(0)
    threading.Thread(target=wait, daemon=True).start()


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--host", default="127.0.0.1")
    p.add_argument("--port", type=int, default=0, help="0: any free port, printed on stdout")
    p.add_argument("--exit-with-stdin", action="store_true", help="end when stdin is closed")
    p.add_argument("--link-delay", type=float, default=0.0,
                   help="seconds a VPC link stays PENDING / DELETING")
    p.add_argument("--throttle", default="off", help="off, aws or RATE:BURST")
    p.add_argument("--latency-ms", type=float, default=0)
    p.add_argument("--accounts", help='{"AKIA...": {"account": "...", "secret": "..."}}')
    p.add_argument("--verify-sigv4", action="store_true", help="for the keys of --accounts")
    p.add_argument("--journal", help="also write the journal to this file, as JSON lines")
    p.add_argument("--bare", action="store_true")
    args = p.parse_args()
    if args.exit_with_stdin:
        exit_with_stdin()
    accounts.default_link_delay = args.link_delay
    if not args.bare:
        install()
    lab = Lab(Dispatcher(create_backend_app), args)
    server = make_server(args.host, args.port, lab, threaded=True, request_handler=Quiet)
    os.environ.setdefault("MOTO_PORT", str(server.server_port))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(json.dumps({"ready": f"http://{args.host}:{server.server_port}", "pid": os.getpid()}),
          flush=True)
    if not args.bare:
        import seeding
        threading.Thread(target=seeding.warm, args=(lab,), daemon=True).start()
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
