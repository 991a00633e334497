"""What targets answer when they do not answer well: rules of tests, per account.

A rule works on requests that reach a target group, over one kind of link or any; which of them
follows from their number alone, so that a share of them is the same share in every run.
"""
from __future__ import annotations

import re
import threading
from typing import Any

from meters import GOLDEN

Doc = dict[str, Any]
KNOWN = {"link", "api", "stage", "target_group", "path", "status", "share", "by", "after", "times",
         "latency_ms"}
BY = ("target", "balancer", "rejected")


class Rule:
    """link         v1 | v2; absent: any, also none
    api, stage      exact; target_group, path: regex found in the ARN, in the path as the target
                    sees it
    share           of the matching requests (default 1)
    after, times    let this many matching requests pass, then at most so many (default -1: all)
    status          the answer instead of 200; absent: the answer stays
    by              target; balancer: it got no answer; rejected: it took no connection
    latency_ms      that much later; no request really waits
    """

    def __init__(self, spec: Doc):
        unknown = set(spec) - KNOWN
        if unknown:
            raise ValueError(f"unknown keys of a backend rule: {sorted(unknown)}")
        if spec.get("link") not in (None, "v1", "v2"):
            raise ValueError("link: v1 or v2")
        if spec.get("by", "target") not in BY:
            raise ValueError(f"by: one of {BY}")
        if not 0 <= spec.get("share", 1) <= 1:
            raise ValueError("share: 0 to 1")
        if spec.get("status") is not None and not 200 <= int(spec["status"]) <= 599:
            raise ValueError("status: 200 to 599")
        self.spec, self.seen, self.done = spec, 0, 0

    def hits(self, api: str, stage: str, link: str | None, group: str, path: str) -> bool:
        s = self.spec
        if not (s.get("link") in (None, link) and s.get("api") in (None, api)
                and s.get("stage") in (None, stage)
                and re.search(s.get("target_group", ""), group)
                and re.search(s.get("path", ""), path)):
            return False
        self.seen += 1
        turn = self.seen - s.get("after", 0)
        if turn < 1 or self.done >= s.get("times", -1) >= 0:
            return False
        # not from 0: of a small share the first request would always be one
        if (turn * GOLDEN) % 1 >= s.get("share", 1):
            return False
        self.done += 1
        return True


_rules: dict[str, list[Rule]] = {}
_guard = threading.Lock()


def replace(account: str, specs: list[Doc]) -> None:
    made = [Rule(spec) for spec in specs]
    with _guard:
        _rules[account] = made


def forget(account: str | None) -> None:
    with _guard:
        for name in [account] if account else list(_rules):
            _rules.pop(name, None)


def listing(account: str) -> list[Doc]:
    return [{**r.spec, "seen": r.seen, "done": r.done} for r in _rules.get(account, [])]


def hit(account: str, api: str, stage: str, link: str | None, group: str, path: str) -> Doc:
    """The first rule that works on a request; {} when none does."""
    with _guard:
        found = next((r for r in _rules.get(account, []) if r.hits(api, stage, link, group, path)),
                     None)
    return found.spec if found else {}
