"""What the emulator knows per AWS account besides moto's own state: its lock and its timing.

moto is not thread safe within one account, so requests of one account take turns while
different accounts run side by side.
"""
from __future__ import annotations

import contextlib
import re
import threading
import time
from typing import Iterator

DEFAULT = "123456789012"
# An access key can name its account, so that a test needs nothing but credentials.
ACCESS_KEY = re.compile(r"AKIA(\d{12}).{4}")


class Account:
    def __init__(self, link_delay: float):
        self.lock = threading.Lock()
        self.link_delay = link_delay        # seconds a VPC link stays PENDING / DELETING
        self.next_link = "AVAILABLE"        # what the next link that is made becomes
        self.clock_ahead = 0.0              # seconds by which answers are dated ahead


default_link_delay = 0.0
_known: dict[str, Account] = {}
_guard = threading.Lock()


def of(account: str) -> Account:
    with _guard:
        if account not in _known:
            _known[account] = Account(default_link_delay)
        return _known[account]


def forget(account: str | None = None) -> None:
    """Back to the defaults.  Locks survive: a request may be holding one."""
    with _guard:
        for name in [account] if account else list(_known):
            if name in _known:
                _known[name].link_delay = default_link_delay
                _known[name].next_link = "AVAILABLE"
                _known[name].clock_ahead = 0.0


def pause(account: str, seconds: float) -> None:
    """Sleep inside a request without holding up the account's other requests."""
    lock = of(account).lock
    lock.release()
    try:
        time.sleep(seconds)
    finally:
        lock.acquire()


@contextlib.contextmanager
def without_delay(account: str) -> Iterator[None]:
    """Links made meanwhile are ready at once."""
    state = of(account)
    before = state.link_delay, state.next_link
    state.link_delay, state.next_link = 0.0, "AVAILABLE"
    try:
        yield
    finally:
        state.link_delay, state.next_link = before
