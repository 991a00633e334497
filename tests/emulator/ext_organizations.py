"""AWS Organizations: the read calls, in the words of its API, over what organizations holds.

Who may ask: the management account and delegated administrators, DescribeOrganization every
account.  Lists come in AWS's pages of 20; of an organization with `short_pages` they come short or
empty with a token, as AWS reserves.

ASSUMED marks behaviour that public documentation does not settle.
"""
from __future__ import annotations

import base64
import json
import re
from typing import Any, Callable

import organizations
from organizations import STATES, Member, Organization, Unit
from shelf import ident
from wire import Answer, Request, error

Doc = dict[str, Any]
PAGE = 20
NOBODY = "Your account is not a member of an organization."
DENIED = "You don't have permissions to access this resource."


class Refused(Exception):
    def __init__(self, code: str, message: str):
        self.code, self.message = code, message


def invalid(message: str = "You specified an invalid value.") -> Refused:
    return Refused("InvalidInputException", message)


def missing(what: str, code: str) -> Refused:                           # ASSUMED wording
    return Refused(code, f"You specified {what} that doesn't exist.")


# --------------------------------------------------------------------- as AWS shows it

def account_doc(o: Organization, m: Member) -> Doc:
    doc = {"Id": m.id, "Arn": o.arn("account", m.id), "Email": m.email, "Name": m.name,
           "Paths": [o.path(m.unit, m.id)],
           "JoinedMethod": "INVITED" if m.id == o.management else "CREATED",
           "JoinedTimestamp": round(m.joined, 3)}
    if o.shows != "State" and m.status != "PENDING_ACTIVATION":        # Status has no such value
        doc["Status"] = m.status
    if o.shows != "Status":
        doc["State"] = STATES[m.status]
    return doc


def unit_doc(o: Organization, u: Unit) -> Doc:
    return {"Id": u.id, "Arn": o.arn("ou", u.id), "Name": u.name, "Path": o.path(u)}


def in_no_order(rows: list[Any]) -> list[Any]:
    """AWS promises none, so it is none that a program could rely on."""
    return sorted(rows, key=lambda row: ident(8, "order", row.id))


# --------------------------------------------------------------------- pages

def page(o: Organization, r: Request, ask: Doc, key: str, rows: list[Any]) -> Doc:
    """`rows` from where the token says.  A token is good for its own question only."""
    size = ask.get("MaxResults", PAGE)
    if not isinstance(size, int) or not 1 <= size <= PAGE:
        raise invalid()
    about = [r.action, *(ask.get(k) for k in ("ParentId", "ChildId", "ResourceId"))]
    begin, turn = 0, 0
    if ask.get("NextToken"):
        try:
            was, begin, turn = json.loads(base64.b64decode(ask["NextToken"], validate=True))
        except ValueError:
            raise invalid() from None
        if was != about:
            raise invalid()
    if o.short_pages:                           # half of what was asked for, or of what there is
        size = 0 if turn % 3 == 1 else max(1, min(size + 1, len(rows) + 1) // 2)
    end = begin + size
    doc: Doc = {key: rows[begin:end]}
    # short pages end with an empty one when they come out even: a token promises nothing
    if end < len(rows) or (o.short_pages and end == len(rows) and size):
        token = json.dumps([about, end, turn + 1])
        doc["NextToken"] = base64.b64encode(token.encode()).decode()
    return doc


# --------------------------------------------------------------------- the operations

def parent(o: Organization, ask: Doc) -> Unit:
    key = ask.get("ParentId") or ""
    if not re.fullmatch(r"r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}", key):
        raise invalid()
    found = o.root if key == o.root.id else o.units.get(key)
    if found is None:
        raise missing("a parent", "ParentNotFoundException")
    return found


def describe_organization(o: Organization, r: Request, _ask: Doc) -> Doc:
    head = o.members[o.management]
    return {"Organization": {
        "Id": o.id, "Arn": o.arn("organization"), "FeatureSet": o.features,
        "MasterAccountArn": o.arn("account", o.management), "MasterAccountId": o.management,
        "MasterAccountEmail": head.email,
        "AvailablePolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]
        if r.account == o.management else []}}


def list_accounts(o: Organization, r: Request, ask: Doc) -> Doc:
    rows = [account_doc(o, m) for m in in_no_order(list(o.members.values()))]
    return page(o, r, ask, "Accounts", rows)


def describe_account(o: Organization, _r: Request, ask: Doc) -> Doc:
    found = o.members.get(ask.get("AccountId") or "")
    if found is None:
        raise missing("an account", "AccountNotFoundException")
    return {"Account": account_doc(o, found)}


def list_roots(o: Organization, r: Request, ask: Doc) -> Doc:
    return page(o, r, ask, "Roots", [{"Id": o.root.id, "Arn": o.arn("root", o.root.id),
                                      "Name": "Root", "PolicyTypes": []}])


def list_units(o: Organization, r: Request, ask: Doc) -> Doc:
    above = parent(o, ask)
    rows = [unit_doc(o, u) for u in in_no_order(list(o.units.values())) if u.parent is above]
    return page(o, r, ask, "OrganizationalUnits", rows)


def list_accounts_of(o: Organization, r: Request, ask: Doc) -> Doc:
    """Those that lie in the unit itself, not in units below."""
    above = parent(o, ask)
    rows = [account_doc(o, m) for m in in_no_order(list(o.members.values())) if m.unit is above]
    return page(o, r, ask, "Accounts", rows)


def describe_unit(o: Organization, _r: Request, ask: Doc) -> Doc:
    found = o.units.get(ask.get("OrganizationalUnitId") or "")
    if found is None:
        raise missing("an organizational unit", "OrganizationalUnitNotFoundException")
    return {"OrganizationalUnit": unit_doc(o, found)}


def list_parents(o: Organization, r: Request, ask: Doc) -> Doc:
    key = ask.get("ChildId") or ""
    above = o.members[key].unit if key in o.members else (
        o.units[key].parent if key in o.units else None)
    if above is None:
        raise missing("a child", "ChildNotFoundException")
    kind = "ROOT" if above is o.root else "ORGANIZATIONAL_UNIT"
    return page(o, r, ask, "Parents", [{"Id": above.id, "Type": kind}])


def list_tags(o: Organization, r: Request, ask: Doc) -> Doc:
    key = ask.get("ResourceId") or ""
    found = o.root if key == o.root.id else o.units.get(key) or o.members.get(key)
    if found is None:
        raise missing("a target", "TargetNotFoundException")
    rows = [{"Key": k, "Value": v} for k, v in found.tags.items()]
    return page(o, r, ask, "Tags", rows)


def list_delegated(o: Organization, r: Request, ask: Doc) -> Doc:
    rows = [account_doc(o, o.members[a]) for a in o.delegated]
    return page(o, r, ask, "DelegatedAdministrators", rows)


OPERATIONS: dict[str, Callable[[Organization, Request, Doc], Doc]] = {
    "DescribeOrganization": describe_organization, "ListAccounts": list_accounts,
    "DescribeAccount": describe_account, "ListRoots": list_roots,
    "ListOrganizationalUnitsForParent": list_units, "ListAccountsForParent": list_accounts_of,
    "DescribeOrganizationalUnit": describe_unit, "ListParents": list_parents,
    "ListTagsForResource": list_tags, "ListDelegatedAdministrators": list_delegated}


def answer(r: Request) -> Answer:
    operation = OPERATIONS.get(r.action)
    if operation is None:
        return error(r, 501, "EmulatorNotImplemented", f"{r.service}:{r.action}")
    o = organizations.of(r.account)
    if o is None:
        return error(r, 400, "AWSOrganizationsNotInUseException", NOBODY)
    if r.account not in (o.management, *o.delegated) and r.action != "DescribeOrganization":
        return error(r, 400, "AccessDeniedException", DENIED)
    try:
        doc = operation(o, r, json.loads(r.body or b"{}"))
    except Refused as no:
        return error(r, 400, no.code, no.message)
    return 200, [("Content-Type", "application/x-amz-json-1.1")], json.dumps(doc).encode()
