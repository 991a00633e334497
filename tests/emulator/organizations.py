"""Organizations that a test has made: units, accounts, and the roles that exist in each account.

Owns: what `POST /_lab/organization` and `POST /_lab/organization/account` say.  How it looks over
AWS's API is ext_organizations', who may assume which role is sessions'.

ASSUMED marks behaviour that public documentation does not settle.
"""
from __future__ import annotations

import dataclasses
import re
import threading
import time
from typing import Any, Iterator

from shelf import ident

Doc = dict[str, Any]
PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
# Status, which is being retired, and State, which has more values.  A closed account is SUSPENDED
# in the old words and CLOSED in the new ones.
STATES = {"ACTIVE": "ACTIVE", "PENDING_CLOSURE": "PENDING_CLOSURE", "SUSPENDED": "CLOSED",
          "PENDING_ACTIVATION": "PENDING_ACTIVATION"}
# what keys of a closed account are answered: nobody has published it, so a test chooses
CLOSED = ("denied", "subscription", "token")
SHOWS = ("both", "Status", "State")


@dataclasses.dataclass
class Role:
    """A role of an account, and who may assume it: account ids, ARNs, or `*`."""
    name: str
    trusts: list[str]
    external_id: str | None = None
    max_session: int = 3600
    path: str = "/"

    @classmethod
    def of(cls, doc: Doc) -> "Role":
        known_only("role", doc, {"name", "trusts", "external_id", "max_session", "path"})
        made = cls(**doc)
        if not 3600 <= made.max_session <= 43200:
            raise ValueError("max_session: 3600 to 43200 seconds, as IAM has it")
        if not re.fullmatch(r"/(.+/)?", made.path):
            raise ValueError("path: begins and ends with /")
        return made


@dataclasses.dataclass
class Unit:
    """The root, or an organizational unit."""
    id: str
    name: str
    parent: "Unit | None"
    tags: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def names(self) -> str:
        """`prod/payments`; the root has no name here."""
        above = self.parent.names if self.parent else ""
        return "/".join(x for x in (above, self.name if self.parent else "") if x)

    @property
    def chain(self) -> list[str]:
        return [*(self.parent.chain if self.parent else []), self.id]


@dataclasses.dataclass
class Member:
    """An account of an organization, the management account too."""
    id: str
    unit: Unit
    name: str
    email: str
    status: str = "ACTIVE"
    tags: dict[str, str] = dataclasses.field(default_factory=dict)
    roles: dict[str, Role] = dataclasses.field(default_factory=dict)
    joined: float = 0.0
    closed_as: str = "denied"
    # sessions of its roles that begin from now on live so long; None: as long as was asked
    session_seconds: float | None = None

    @property
    def closed(self) -> bool:
        # ASSUMED: while its closure is pending an account goes on working
        return self.status == "SUSPENDED"


class Organization:
    def __init__(self, management: str, partition: str, features: str, short_pages: bool,
                 shows: str):
        self.management, self.partition, self.features = management, partition, features
        self.short_pages, self.shows = short_pages, shows
        self.id = f"o-{ident(10, 'organization', management)}"
        self.root = Unit(f"r-{ident(4, 'root', management)}", "Root", None)
        self.units: dict[str, Unit] = {}
        self.members: dict[str, Member] = {}
        self.delegated: list[str] = []

    def arn(self, kind: str, tail: str = "") -> str:
        return (f"arn:{self.partition}:organizations::{self.management}:{kind}/{self.id}"
                + (f"/{tail}" if tail else ""))

    def path(self, unit: Unit, account: str | None = None) -> str:
        return "/".join([self.id, *unit.chain, *([account] if account else [])]) + "/"

    def shown(self) -> Doc:
        """What the control plane answers."""
        return {"id": self.id, "arn": self.arn("organization"), "root": self.root.id,
                "management": self.management, "partition": self.partition,
                "ous": {unit.names: unit.id for unit in self.units.values()},
                "accounts": {m.id: shown(m) for m in self.members.values()}}


def shown(member: Member) -> Doc:
    return {"id": member.id, "name": member.name, "email": member.email, "status": member.status,
            "ou": member.unit.names, "tags": member.tags,
            "roles": [dataclasses.asdict(role) for role in member.roles.values()]}


_guard = threading.Lock()
_held: dict[str, Organization] = {}             # by management account
_home: dict[str, Organization] = {}             # by account


def of(account: str) -> Organization | None:
    return _home.get(account)


def member(account: str) -> Member | None:
    found = _home.get(account)
    return found.members[account] if found else None


def forget(account: str | None) -> None:
    """An organization goes with its management account."""
    with _guard:
        for key in [account] if account else list(_held):
            found = _held.pop(key, None)
            for name in found.members if found else ():
                _home.pop(name, None)


# --------------------------------------------------------------------- making one

def known_only(what: str, doc: Doc, known: set[str]) -> None:
    unknown = set(doc) - known
    if unknown:
        raise ValueError(f"unknown keys of {what}: {sorted(unknown)}")


def make(doc: Doc) -> Doc:
    """An organization from its document; one that its management account had goes."""
    known_only("an organization", doc, {"management", "tree", "partition", "feature_set", "roles",
                                        "short_pages", "shows", "delegated"})
    head = doc["management"]
    head = {"id": head} if isinstance(head, str) else head
    made = Organization(head["id"], doc.get("partition", "aws"), doc.get("feature_set", "ALL"),
                        bool(doc.get("short_pages")), doc.get("shows", "both"))
    if made.partition not in PARTITIONS:
        raise ValueError(f"partition: one of {PARTITIONS}")
    if made.shows not in SHOWS:
        raise ValueError(f"shows: one of {SHOWS}")
    common = [Role.of(dict(row)) for row in doc.get("roles", [])]
    for unit, row in walk(made, made.root, doc.get("tree") or {}):
        add(made, unit, row, common)
    if head["id"] not in made.members:
        add(made, made.root, {"name": "management", **head}, [])
    made.delegated = list(doc.get("delegated", []))
    strangers = set(made.delegated) - set(made.members)
    if strangers:
        raise ValueError(f"delegated: {sorted(strangers)} are no accounts of it")
    with _guard:
        before = _held.get(made.management)
        taken = [a for a in made.members if _home.get(a) not in (None, before)]
        if taken:
            raise ValueError(f"accounts {taken} are in another organization")
        for name in before.members if before else ():
            _home.pop(name, None)
        _held[made.management] = made
        _home.update({name: made for name in made.members})
    return made.shown()


def walk(made: Organization, unit: Unit, doc: Doc) -> Iterator[tuple[Unit, Doc]]:
    """Makes the units below; every account with the unit that it lies in."""
    known_only("a unit", doc, {"id", "name", "tags", "accounts", "ous"})
    unit.tags = dict(doc.get("tags", {}))
    for row in doc.get("accounts", []):
        yield unit, row
    for row in doc.get("ous", []):
        names = "/".join(x for x in (unit.names, row["name"]) if x)
        root = made.root.id.removeprefix("r-")
        below = Unit(row.get("id") or f"ou-{root}-{ident(8, 'ou', made.management, names)}",
                     row["name"], unit)
        if below.id in made.units:
            raise ValueError(f"unit {names} stands there twice")
        made.units[below.id] = below
        yield from walk(made, below, row)


def add(made: Organization, unit: Unit, doc: Doc, common: list[Role]) -> None:
    known_only("an account", doc, {"id", "name", "email", "status", "tags", "roles", "joined",
                                   "closed_as", "session_seconds"})
    key = doc["id"]
    if not re.fullmatch(r"\d{12}", key):
        raise ValueError(f"account {key!r}: 12 digits")
    if key in made.members:
        raise ValueError(f"account {key} stands there twice")
    roles = [Role.of(dict(row)) for row in doc["roles"]] if "roles" in doc else common
    one = Member(key, unit, doc.get("name", f"account-{key}"),
                 doc.get("email", f"aws+{key}@example.com"), tags=dict(doc.get("tags", {})),
                 roles={role.name: role for role in roles},
                 joined=doc.get("joined", time.time() - 86400 * 100))
    edit(one, {k: doc[k] for k in ("status", "closed_as", "session_seconds") if k in doc})
    made.members[key] = one


# --------------------------------------------------------------------- changing it

def change(doc: Doc) -> Doc:
    """One account as it is from now on: closed in the middle of a scan, a role gone."""
    known_only("a change", doc, {"id", "status", "closed_as", "roles", "tags", "name",
                                 "session_seconds"})
    found = member(doc["id"])
    if found is None:
        raise ValueError(f"account {doc['id']} is in no organization")
    edit(found, {k: v for k, v in doc.items() if k != "id"})
    return shown(found)


def edit(one: Member, doc: Doc) -> None:
    if doc.get("status", "ACTIVE") not in STATES:
        raise ValueError(f"status: one of {sorted(STATES)}")
    if doc.get("closed_as", CLOSED[0]) not in CLOSED:
        raise ValueError(f"closed_as: one of {CLOSED}")
    roles = {role.name: role for role in map(Role.of, map(dict, doc.get("roles", [])))}
    for key, value in doc.items():
        setattr(one, key, roles if key == "roles" else value)
