"""Steady traffic through the data plane, and whether any of it ends otherwise than at first.

A load's clients hold every key and token.  It takes the account's lock for one request at a time.
"""
from __future__ import annotations

import threading
import time
from typing import Any

import accounts
import ext_route
import gateway
from ext_request import Client
from gateway import Nowhere, Place, Served

Doc = dict[str, Any]
EXAMPLES = 5
SEEN = ("scheme", "host", "verb", "path", "query")


class Question:
    """One request of a load, ready to be sent again and again."""

    def __init__(self, account: str, region: str, doc: Doc):
        self.doc, self.account, self.region = doc, account, region
        self.api, self.stage = doc["api"], doc["stage"]
        self.client = Client.of(doc)

    def place(self) -> Place:
        return gateway.place_of(self.account, self.region, self.api, self.stage)

    def ask(self) -> Served:
        """A request that nothing disturbs: no canary release, no rule, nothing counted."""
        place = self.place()
        out = ext_route.trace_stage(self.account, self.region, self.api, self.stage, self.client)
        return gateway.judged(place, out, canary=False)

    def send(self) -> Served:
        return gateway.serve(self.place(), self.client, admitted=True)


def told(served: Served | None) -> Doc:
    """How a request ends, in what must not change: not by which load balancer's rule."""
    if served is None:
        return {"status": 403, "end": {"kind": "refusal"}}
    end, out = served.out["end"], served.out
    kept = {k: v for k, v in end.items() if k not in ("listener", "rule", "priority", "why")}
    seen = {} if end["kind"] == "refusal" else {k: out[k] for k in SEEN if k in out}
    return {"status": served.status, "end": kept, **seen}


class Load:
    """Requests in turn, so many a second, until it is stopped."""

    def __init__(self, account: str, region: str, requests: list[Doc], per_second: float,
                 compares: bool):
        if not requests or not 0 < per_second <= 1000:
            raise ValueError("a load has requests, and up to 1000 a second")
        self.account, self.per_second = account, per_second
        self.questions = [Question(account, region, doc) for doc in requests]
        self.expected: list[Doc] | None = None
        if compares:
            with accounts.of(account).lock:
                self.expected = [told(self.attempt(q.ask)) for q in self.questions]
        self.sent = self.failed = self.misrouted = self.canary = 0
        self.over = {"v1": 0, "v2": 0}
        self.examples: list[Doc] = []
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    @staticmethod
    def attempt(act: Any) -> Served | None:
        try:
            return act()
        except Nowhere:
            return None

    def run(self) -> None:
        due = time.monotonic()
        while not self.ended.wait(max(due - time.monotonic(), 0)):
            try:
                self.send(self.sent % len(self.questions))
            except Exception as exc:  # noqa: BLE001 - the others go on, and this one is seen
                self.failed += 1
                self.example({"error": f"{type(exc).__name__}: {exc}"})
            self.sent += 1
            # what could not be sent in time is not made up for in a burst
            due = max(due + 1 / self.per_second, time.monotonic() - 1)

    def send(self, number: int) -> None:
        question = self.questions[number]
        with accounts.of(self.account).lock:
            served = self.attempt(question.send)
        if served is not None:
            self.canary += served.canary
            if served.link:
                self.over[served.link] += 1
        if self.expected is None:
            return
        was, now = self.expected[number], told(served)
        failed = now["status"] != was["status"]
        arrived = now["end"]["kind"] != "refusal"
        apart = {**now, "status": 0} != {**was, "status": 0}
        self.failed += failed
        self.misrouted += arrived and apart
        if failed or (arrived and apart):
            self.example({"request": question.doc, "was": was, "now": now,
                          "canary": bool(served and served.canary),
                          "hops": served.out["hops"] if served else []})

    def example(self, doc: Doc) -> None:
        if len(self.examples) < EXAMPLES:
            self.examples.append({"n": self.sent, "t": round(time.time(), 3), **doc})

    def stop(self) -> None:
        self.ended.set()
        if self.thread.is_alive():
            self.thread.join()

    def shown(self) -> Doc:
        return {"running": not self.ended.is_set(), "sent": self.sent, "failed": self.failed,
                "misrouted": self.misrouted, "examples": self.examples, "over": self.over,
                "canary": self.canary, "per_second": self.per_second}


_loads: dict[str, Load] = {}
_guard = threading.Lock()


def start(account: str, region: str, body: Doc) -> Doc:
    """Instead of a load that the account has."""
    if body.get("expect") not in (None, "now"):
        raise ValueError("expect: now, or absent")
    load = Load(account, region, body["requests"], float(body.get("per_second", 50)),
                body.get("expect") == "now")
    stop(account)
    with _guard:
        _loads[account] = load
    load.thread.start()
    return load.shown()


def of(account: str) -> Load:
    if account not in _loads:
        raise ValueError(f"account {account} has had no load")
    return _loads[account]


def stop(account: str | None) -> None:
    with _guard:
        ending = [load for name, load in _loads.items() if account in (None, name)]
    for load in ending:
        load.stop()


def forget(account: str | None) -> None:
    stop(account)
    with _guard:
        for name in [account] if account else list(_loads):
            _loads.pop(name, None)


def past(account: str, region: str, body: Doc) -> Doc:
    """Metrics of the last whole minutes, as if a load had been running; with no canary release and
    no rule, as everything stands now."""
    minutes = int(body["minutes"])
    if "requests" in body:
        questions = [Question(account, region, doc) for doc in body["requests"]]
        per_second = float(body.get("per_second", 50))
    else:
        load = of(account)
        questions, per_second = load.questions, float(body.get("per_second", load.per_second))
    each, more = divmod(round(per_second * 60), len(questions))
    this_minute = int(time.time()) // 60 * 60
    lock = accounts.of(account).lock
    with lock:
        answers = [q.ask() for q in questions]
        held = [gateway.api_of(served.place) for served in answers]
    for minute in range(minutes, 0, -1):
        with lock:
            for number, served in enumerate(answers):
                times = each + (number < more)
                if times:
                    gateway.counted(served, held[number], {}, this_minute - 60 * minute, times)
    return {"minutes": minutes, "requests": minutes * round(per_second * 60)}
