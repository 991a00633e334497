"""STS for accounts of an organization: AssumeRole asks the role, its trust, its external id and
its longest session; GetCallerIdentity knows the session.  Roles of all other accounts are moto's,
which gives everybody everything.

Also what a key is refused for before any service looks at the request: no or a wrong session
token, expired, of a closed account, of another partition.

ASSUMED marks behaviour that public documentation does not settle.
"""
from __future__ import annotations

import re
import time
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from moto.utilities.utils import get_partition

import accounts
import ext_identity
import organizations
import sessions
from disturbance import denial, expiry
from organizations import Member, Role
from shelf import ident
from wire import Answer, Request, error

ARN = re.compile(r"arn:(aws[\w-]*):iam::(\d{12}):role(/(?:.*/)?)([^/]+)")
NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
CHAINED = 3600                                  # the longest session of a role from a role
# by wire style: status, code, message
TOKEN = "The security token included in the request is invalid"
INVALID = {"query": (403, "InvalidClientTokenId", f"{TOKEN}."),
           "xml": (403, "InvalidClientTokenId", f"{TOKEN}."),
           "ec2": (401, "AuthFailure",
                   "AWS was not able to validate the provided access credentials"),
           "json": (400, "UnrecognizedClientException", f"{TOKEN}."),
           "rest": (403, "UnrecognizedClientException", f"{TOKEN}."),
           "s3": (403, "InvalidAccessKeyId",
                  "The AWS Access Key Id you provided does not exist in our records.")}
SUBSCRIBE = "The AWS Access Key Id needs a subscription for the service"
UNSUBSCRIBED = {"query": (403, "OptInRequired", SUBSCRIBE), "xml": (403, "OptInRequired", SUBSCRIBE),
                "ec2": (401, "OptInRequired", "You are not subscribed to this service. Please go to "
                        "http://aws.amazon.com to subscribe."),
                "json": (400, "SubscriptionRequiredException", SUBSCRIBE),
                "rest": (403, "SubscriptionRequiredException", SUBSCRIBE),
                "s3": (403, "NotSignedUp", "Your account is not signed up for the S3 service. You "
                       "must sign up before you can use S3.")}


# --------------------------------------------------------------------- keys that are not good

def refusal(r: Request) -> Answer | None:
    session = sessions.of(r.key)
    if session and sent_token(r) != session.token:
        if r.style == "s3" and sent_token(r):
            return error(r, 400, "InvalidToken",
                         "The provided token is malformed or otherwise invalid.")
        return error(r, *INVALID[r.style])
    if session and session.expired:
        return expiry(r)
    home = organizations.of(r.account)
    if home is None:
        return None
    if r.region and get_partition(r.region) != home.partition:
        return error(r, *INVALID[r.style])
    found = home.members[r.account]
    return closed(r, found) if found.closed else None


def sent_token(r: Request) -> str:
    query = parse_qs(r.query).get("X-Amz-Security-Token", [""])
    return r.environ.get("HTTP_X_AMZ_SECURITY_TOKEN", query[0])


def closed(r: Request, found: Member) -> Answer:
    """ASSUMED: nobody has published what keys of a closed account get."""
    if found.closed_as == "token":
        return error(r, *INVALID[r.style])
    if found.closed_as == "subscription":
        return error(r, *UNSUBSCRIBED[r.style])
    return denial(r)


# --------------------------------------------------------------------- the two operations

class Refused(Exception):
    def __init__(self, status: int, code: str, message: str):
        self.status, self.code, self.message = status, code, message


def answer(r: Request) -> Answer | None:
    """None where moto answers."""
    if r.action == "GetCallerIdentity" and sessions.of(r.key):
        session = sessions.of(r.key)
        return told(r.action, {"UserId": f"{session.role_id}:{session.name}",
                               "Account": session.account, "Arn": session.arn})
    ask = {k: v[0] for k, v in parse_qs(r.body.decode() or r.query).items()}
    wanted = ask.get("RoleArn", "")
    found = ARN.fullmatch(wanted)
    if r.action != "AssumeRole" or not found or organizations.of(found[2]) is None:
        return None
    try:
        return assume(r, ask, found)
    except Refused as no:
        return error(r, no.status, no.code, no.message)


def assume(r: Request, ask: dict[str, str], wanted: re.Match[str]) -> Answer:
    partition, account, path, name = wanted.groups()
    seconds = check_words(ask)
    if partition != get_partition(r.region or "us-east-1"):
        raise Refused(400, "ValidationError", "Request ARN is invalid")         # ASSUMED wording
    arn = wanted[0]
    target = organizations.member(account)
    role = target.roles.get(name) if target else None
    who = sessions.caller(r.account, r.region, r.key)
    if role is None or role.path != path or target.closed or not trusts(role, r, who) or (
            role.external_id is not None and ask.get("ExternalId") != role.external_id):
        # in the same words, whatever was amiss
        raise Refused(403, "AccessDenied", f"User: {who} is not authorized to perform: "
                      f"sts:AssumeRole on resource: {arn}")
    if seconds > CHAINED and ":assumed-role/" in who:
        raise Refused(400, "ValidationError", "The requested DurationSeconds exceeds the 1 hour "
                      "session limit for roles assumed by role chaining.")
    if seconds > role.max_session:
        raise Refused(400, "ValidationError", "The requested DurationSeconds exceeds the "
                      "MaxSessionDuration set for this role.")
    with accounts.of(account).lock:
        ext_identity.ensure_role(account, partition, path, name, role.max_session)
    role_id = f"AROA{ident(17, arn).upper()}"
    lives = seconds if target.session_seconds is None else target.session_seconds
    made = sessions.issue(account, arn, role_id, ask["RoleSessionName"], lives)
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(made.expires))
    return told(r.action, {
        "AssumedRoleUser": {"AssumedRoleId": f"{role_id}:{made.name}", "Arn": made.arn},
        "Credentials": {"AccessKeyId": made.key, "SecretAccessKey": made.secret,
                        "SessionToken": made.token, "Expiration": until},
        "PackedPolicySize": 6})


def trusts(role: Role, r: Request, who: str) -> bool:
    partition = get_partition(r.region or "us-east-1")
    names = {"*", r.account, f"arn:{partition}:iam::{r.account}:root", who}
    session = sessions.of(r.key)
    if session:
        names.add(session.role_arn)
    elif ":assumed-role/" in who:               # of an account that is in no organization
        names.add(f"arn:{partition}:iam::{r.account}:role/{who.split('/')[1]}")
    return not names.isdisjoint(role.trusts)


def check_words(ask: dict[str, str]) -> int:
    """What STS's model says of the parameters; the seconds that are asked for."""
    def violated(value: str | None, at: str, what: str) -> Refused:
        shown = "null" if value is None else f"'{value}'"
        where = "Value null" if value is None else f"Value {shown}"
        return Refused(400, "ValidationError", f"1 validation error detected: {where} at '{at}' "
                       f"failed to satisfy constraint: Member must {what}")
    name = ask.get("RoleSessionName")
    if name is None:
        raise violated(None, "roleSessionName", "not be null")
    for value, at, most, pattern in ((name, "roleSessionName", 64, r"[\w+=,.@-]*"),
                                     (ask.get("ExternalId"), "externalId", 1224,
                                      r"[\w+=,.@:\/-]*")):
        if value is None:
            continue
        if not re.fullmatch(pattern, value, re.ASCII):
            raise violated(value, at, f"satisfy regular expression pattern: {pattern}")
        if len(value) < 2:
            raise violated(value, at, "have length greater than or equal to 2")
        if len(value) > most:
            raise violated(value, at, f"have length less than or equal to {most}")
    text = ask.get("DurationSeconds", "3600")
    if not text.isdigit():
        raise Refused(400, "MalformedInput", f"Invalid integer {text!r}")       # ASSUMED
    if int(text) < 900:
        raise violated(text, "durationSeconds", "have value greater than or equal to 900")
    if int(text) > 43200:
        raise violated(text, "durationSeconds", "have value less than or equal to 43200")
    return int(text)


def told(action: str, result: dict[str, Any]) -> Answer:
    def xml(value: Any) -> str:
        if isinstance(value, dict):
            return "".join(f"<{k}>{xml(v)}</{k}>" for k, v in value.items())
        return escape(str(value))
    text = (f'<{action}Response xmlns="{NAMESPACE}"><{action}Result>{xml(result)}</{action}Result>'
            "<ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000000</RequestId>"
            f"</ResponseMetadata></{action}Response>")
    return 200, [("Content-Type", "text/xml")], text.encode()
