"""What can go wrong on purpose: throttling at AWS's rates, and faults by rule, per account."""
from __future__ import annotations

import re
import threading
import time
from typing import Any, Iterable
from urllib.parse import unquote

from moto.utilities.utils import get_partition

import sessions
from wire import Answer, Request, error

# --------------------------------------------------------------------- throttling

# (requests per second, burst).  "*" counts all calls, "write" those changes that have no rate of
# their own.  API Gateway publishes per-account quotas; bursts of its single operations are not
# published, 1 is the strict reading.  EC2's differ by call: ASSUMED, as PutParameter's.
RATES: dict[str, dict[str, tuple[float, float]]] = {
    "apigateway": {
        "CreateDeployment": (1 / 5, 1), "CreateVpcLink": (1 / 15, 1), "DeleteVpcLink": (1 / 30, 1),
        "GetResources": (5 / 2, 5), "CreateResource": (5, 5), "CreateRestApi": (1 / 3, 1),
        "DeleteRestApi": (1 / 30, 1), "PutRestApi": (1, 1), "UpdateUsagePlan": (1 / 20, 1),
        "*": (10, 40)},
    "elasticloadbalancing": {"*": (10, 40), "write": (3, 20), "RegisterTargets": (4, 20),
                             "DeregisterTargets": (4, 20), "CreateLoadBalancer": (1 / 5, 10),
                             "SetSubnets": (1 / 5, 10)},
    "ec2": {"*": (20, 100), "write": (5, 50)},
    "ssm": {"GetParameter": (40, 40), "GetParameters": (40, 40), "GetParametersByPath": (40, 40),
            "PutParameter": (3, 3)},
    "route53": {"*": (5, 5)},
    # STS: 600 calls a second and account.  Organizations: ASSUMED, and low
    "sts": {"*": (600, 600)},
    "organizations": {"*": (5, 10)},
    "s3": {"*": (5500, 5500), "write": (3500, 3500)},
    "monitoring": {"DescribeAlarms": (9, 9), "GetMetricData": (500, 500)},
    "acm": {"DescribeCertificate": (10, 10)}}
THROTTLED = {"rest": (429, "TooManyRequestsException"), "query": (400, "Throttling"),
             "xml": (400, "Throttling"), "ec2": (503, "RequestLimitExceeded"),
             "json": (400, "ThrottlingException"), "s3": (503, "SlowDown")}
TOO_MANY = (400, "TooManyRequestsException")    # of Organizations


class Bucket:
    def __init__(self, rate: float, burst: float):
        self.rate, self.burst, self.level, self.at = rate, burst, burst, time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        self.level = min(self.burst, self.level + (now - self.at) * self.rate)
        self.at = now
        if self.level < 1:
            return False
        self.level -= 1
        return True


class Throttle:
    """Modes: off, aws (RATES), or RATE:BURST for all calls of a service together."""

    def __init__(self, mode: str):
        self.default = check_mode(mode)
        self.modes: dict[str, str] = {}
        self.buckets: dict[tuple[str, ...], Bucket] = {}
        self.lock = threading.Lock()

    def set(self, account: str | None, mode: str) -> None:
        check_mode(mode)
        with self.lock:
            if account is None:
                self.default = mode
            else:
                self.modes[account] = mode
            for key in [k for k in self.buckets if account in (None, k[0])]:
                del self.buckets[key]           # a new mode starts with full buckets

    def forget(self, account: str | None) -> None:
        with self.lock:
            for key in [k for k in self.buckets if account in (None, k[0])]:
                del self.buckets[key]
            if account is None:
                self.modes.clear()
            else:
                self.modes.pop(account, None)

    def answer(self, r: Request) -> Answer | None:
        with self.lock:
            mode = self.modes.get(r.account, self.default)
            if mode == "off" or not r.service:
                return None
            if mode == "aws":
                rates = RATES.get(r.service, {})
            else:
                rate, burst = (float(x) for x in mode.split(":"))
                rates = {"*": (rate, burst)}
            # API Gateway counts an account's regions together; the VPC link rates are V2's own
            place = "" if r.service in ("apigateway", "organizations") else r.region
            own = r.action if "VpcLink" not in r.action or r.path.startswith("/v2/") else "*"
            names = {"*", own if own in rates or not r.writes else "write"}
            buckets = [self.buckets.setdefault((r.account, r.service, place, name),
                                               Bucket(*rates[name]))
                       for name in sorted(names & set(rates))]
            if all([b.take() for b in buckets]):
                return None
        return worded(r, "throttle")


def check_mode(mode: str) -> str:
    if mode not in ("off", "aws") and not re.fullmatch(r"[\d.]+:[\d.]+", mode):
        raise ValueError(f"throttle mode {mode!r}: off, aws or RATE:BURST")
    return mode


# --------------------------------------------------------------------- faults

DENIED = {"rest": (403, "AccessDeniedException"), "query": (403, "AccessDenied"),
          "xml": (403, "AccessDenied"), "ec2": (403, "UnauthorizedOperation"),
          "json": (400, "AccessDeniedException"), "s3": (403, "AccessDenied")}
EXPIRED = {"rest": (403, "ExpiredTokenException"), "query": (403, "ExpiredToken"),
           "xml": (403, "ExpiredToken"), "ec2": (400, "RequestExpired"),
           "json": (400, "ExpiredTokenException"), "s3": (400, "ExpiredToken")}
KINDS = {"deny": DENIED, "expired": EXPIRED, "throttle": THROTTLED}
KNOWN = {"account", "region", "service", "action", "path", "body", "after", "times", "kind",
         "status", "code", "message", "retry_after", "delay_ms", "drop", "corrupt"}


class Fault:
    """Which calls go wrong and how.

    account, region: exact; service, action: whole-string regex; path, body: regex found in it
    after, times   let this many matching calls pass, then fail so many (default 1, -1: all)
    kind           deny | expired | throttle: status, code and message as the service words them
    status, code, message, retry_after    the answer, in the service's wire format
    delay_ms       wait before going on
    drop           before: cut the connection; after: act, then cut (tests idempotency)
    corrupt        act, then answer 200 with the first half of the body
    """

    def __init__(self, spec: dict[str, Any]):
        unknown = set(spec) - KNOWN
        if unknown:
            raise ValueError(f"unknown fault keys: {sorted(unknown)}")
        if spec.get("kind") and spec["kind"] not in KINDS:
            raise ValueError(f"fault kind {spec['kind']!r}: one of {sorted(KINDS)}")
        if spec.get("drop") not in (None, "before", "after"):
            raise ValueError("drop: before or after")
        self.spec, self.seen, self.done = spec, 0, 0

    def hits(self, r: Request) -> bool:
        s = self.spec
        if not (s.get("account") in (None, r.account) and s.get("region") in (None, r.region)
                and re.fullmatch(s.get("service", ".*"), r.service)
                and re.fullmatch(s.get("action", ".*"), r.action)
                and re.search(s.get("path", ""), r.path)
                and re.search(s.get("body", "").encode(), r.body)):
            return False
        self.seen += 1
        if self.seen <= s.get("after", 0) or self.done >= s.get("times", 1) >= 0:
            return False
        self.done += 1
        return True

    def refusal(self, r: Request) -> Answer | None:
        s = self.spec
        if "kind" not in s and "status" not in s:
            return None
        status, code = codes(r, s["kind"]) if "kind" in s else (500, "InternalFailure")
        code = s.get("code", code)
        message = s.get("message") or default_message(r, s.get("kind"), code)
        extra = [("Retry-After", str(s["retry_after"]))] if "retry_after" in s else []
        return error(r, s.get("status", status), code, message, extra)


def codes(r: Request, kind: str) -> tuple[int, str]:
    """Status and code, as the service has them."""
    own = kind == "throttle" and r.service == "organizations"
    return TOO_MANY if own else KINDS[kind][r.style]


def worded(r: Request, kind: str) -> Answer:
    status, code = codes(r, kind)
    return error(r, status, code, default_message(r, kind, code))


def default_message(r: Request, kind: str | None, code: str) -> str:
    if code == "SlowDown":
        return "Please reduce your request rate."
    if kind == "throttle":
        return "You have sent too many requests in too short a period of time. Try again later." \
            if r.service == "organizations" else "Rate exceeded"
    if kind == "expired" or code.startswith("ExpiredToken"):
        return "The provided token has expired." if r.style == "s3" else \
            "The security token included in the request is expired"
    if kind != "deny" and code not in {c for _s, c in DENIED.values()}:
        return "injected fault"
    if r.style == "s3":
        import ext_s3
        return ext_s3.not_allowed(r, *ext_s3.rights(r)[0])
    user = f"User: {sessions.caller(r.account, r.region, r.key)} is not authorized to perform: "
    if r.service == "apigateway":       # IAM there knows verbs on paths, not operations
        action = f"apigateway:{r.method}"
        path = r.path.removeprefix("/v2")
        user += (f"{action} on resource: arn:{get_partition(r.region)}:apigateway:{r.region}::"
                 f"{path}")
    else:
        action = f"{r.service}:{r.action}"
        user += action
        role = re.search(rb"(?:^|&)RoleArn=([^&]+)", r.body) if r.action == "AssumeRole" else None
        if role:
            return f"{user} on resource: {unquote(role[1].decode())}"
    start = "You are not authorized to perform this operation. " if r.style == "ec2" else ""
    return f"{start}{user} because no identity-based policy allows the {action} action"


def denial(r: Request) -> Answer:
    """What a call without the right to it gets."""
    return worded(r, "deny")


def expiry(r: Request) -> Answer:
    """What a call with keys that have expired gets."""
    return worded(r, "expired")


class FaultBook:
    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.lock = threading.Lock()

    def replace(self, specs: Iterable[dict[str, Any]], account: str | None = None) -> None:
        """All rules, or only those of one account."""
        new = [Fault({**s, "account": account} if account else s) for s in specs]
        with self.lock:
            kept = [f for f in self.faults if account and f.spec.get("account") != account]
            self.faults = kept + new

    def hit(self, r: Request) -> Fault | None:
        with self.lock:
            return next((f for f in self.faults if f.hits(r)), None)

    def listing(self, account: str | None = None) -> list[dict[str, Any]]:
        with self.lock:
            return [{**f.spec, "seen": f.seen, "done": f.done} for f in self.faults
                    if account in (None, f.spec.get("account"))]
