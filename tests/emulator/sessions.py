"""Keys that AssumeRole has handed out for accounts of an organization: whose they are, until when.

A key is good with its own session token only.  Who gets one is ext_sts' business.
"""
from __future__ import annotations

import base64
import dataclasses
import os
import secrets
import string
import threading
import time

from moto.utilities.utils import get_partition


@dataclasses.dataclass
class Session:
    account: str
    role_arn: str
    role_id: str
    name: str                                   # the session's
    key: str
    secret: str
    token: str
    expires: float                              # seconds since 1970

    @property
    def arn(self) -> str:
        partition, role = self.role_arn.split(":")[1], self.role_arn.rsplit("/", 1)[1]
        return f"arn:{partition}:sts::{self.account}:assumed-role/{role}/{self.name}"

    @property
    def expired(self) -> bool:
        return time.time() >= self.expires


_guard = threading.Lock()
_issued: dict[str, Session] = {}


def issue(account: str, role_arn: str, role_id: str, name: str, seconds: float) -> Session:
    letters = string.ascii_uppercase + string.digits
    key = "ASIA" + "".join(secrets.choice(letters) for _ in range(16))
    made = Session(account, role_arn, role_id, name, key, secrets.token_urlsafe(30),
                   base64.b64encode(os.urandom(330)).decode(), time.time() + seconds)
    with _guard:
        _issued[key] = made
    return made


def of(key: str) -> Session | None:
    return _issued.get(key)


def expire(account: str | None) -> int:
    """Everything handed out so far, of one account or of all, is at its end."""
    with _guard:
        found = [s for s in _issued.values() if account in (None, s.account) and not s.expired]
        for session in found:
            session.expires = 0.0
    return len(found)


def forget(account: str | None) -> None:
    with _guard:
        for key in [k for k, s in _issued.items() if account in (None, s.account)]:
            del _issued[key]


def caller(account: str, region: str, key: str) -> str:
    """The ARN of who holds a key: a session, or the user that every other key belongs to."""
    session = of(key)
    if session:
        return session.arn
    partition = get_partition(region or "us-east-1")
    if key.startswith("ASIA"):                  # of an account that is in no organization
        from moto.sts.models import sts_backends
        found = sts_backends[account][partition].get_assumed_role_from_access_key(key)
        if found:
            return found.arn
    return f"arn:{partition}:iam::{account}:user/tester"
