"""IAM as far as a tool asks what its caller may do: SimulatePrincipalPolicy, GetRole of an assumed
role; and actions that a test has denied, which are refused when they are called, too.

No policy is read: everything is allowed but what is denied here.

ASSUMED marks behaviour that public documentation does not settle.
"""
from __future__ import annotations

import fnmatch
import re
from typing import Any
from urllib.parse import unquote

from moto.core.responses import ActionResult
from moto.iam.exceptions import InvalidInput, NotFoundException, ValidationError
from moto.iam.models import IAMBackend, iam_backends
from moto.iam.responses import IamResponse
from moto.sts.models import STSBackend
from moto.utilities.utils import get_partition

from patching import swap
from wire import Request

Doc = dict[str, Any]
# by signing name, where the actions have another prefix
PREFIX = {"monitoring": "cloudwatch"}
_denied: dict[str, list[tuple[str, str]]] = {}


def deny(account: str, actions: list[Any]) -> list[Doc]:
    """Replaces the account's denied actions: `service:Action` or {"action", "resource"}, with
    wildcards."""
    rules = []
    for row in actions:
        action, resource = (row, "*") if isinstance(row, str) else (row["action"],
                                                                    row.get("resource", "*"))
        if not re.fullmatch(r"[a-z0-9*-]+:[A-Za-z0-9*?]+|\*", action):
            raise ValueError(f"action {action!r}: service:Action")
        rules.append((action, resource))
    _denied[account] = rules
    return denied(account)


def denied(account: str) -> list[Doc]:
    return [{"action": a, "resource": r} for a, r in _denied.get(account, [])]


def forget(account: str | None) -> None:
    for name in [account] if account else list(_denied):
        _denied.pop(name, None)


def is_denied(account: str, action: str, resource: str | None) -> bool:
    """`resource` None: not known, then every rule for the action counts."""
    return any(fnmatch.fnmatchcase(action.lower(), a.lower())
               and (resource is None or fnmatch.fnmatchcase(resource, r))
               for a, r in _denied.get(account, []))


def refuses(r: Request) -> bool:
    """A call as IAM sees it: API Gateway's are verbs on paths.  S3 looks at its own."""
    if not _denied.get(r.account) or r.style == "s3":
        return False
    if r.service == "apigateway":
        arn = f"arn:{get_partition(r.region)}:apigateway:{r.region}::{r.path.removeprefix('/v2')}"
        return is_denied(r.account, f"apigateway:{r.method}", arn)
    role = re.search(rb"(?:^|&)RoleArn=([^&]+)", r.body) if r.action == "AssumeRole" else None
    return is_denied(r.account, f"{PREFIX.get(r.service, r.service)}:{r.action}",
                     unquote(role[1].decode()) if role else None)


# --------------------------------------------------------------------- the simulator

def no_such(kind: str, name: str) -> NotFoundException:
    return NotFoundException(f"The {kind} with name {name} cannot be found.")


def check_identity(account: str, backend: IAMBackend, arn: str) -> None:
    known = re.fullmatch(r"arn:aws[\w-]*:iam::(\d{12}):(user|role|group)/(?:.*/)?([^/]+)", arn)
    if not known:                               # also assumed roles, root, federated users
        raise InvalidInput(f"Invalid Entity Arn: {arn}")                    # ASSUMED wording
    owner, kind, name = known.groups()
    held = {"user": backend.users, "group": backend.groups, "role": backend.roles}[kind]
    # the caller of every key is this user, whom nobody has made
    named = {getattr(x, "name", None) for x in held.values()} | ({"tester"} if kind == "user"
                                                                 else set())
    if owner != account or name not in named:
        raise no_such(kind, name)


def simulate(self: IamResponse) -> ActionResult:
    """One result per action: `EvalDecision` is the most restrictive one, each resource has its own
    in `ResourceSpecificResults`.  Context is not looked at."""
    account = self.current_account
    check_identity(account, self.backend, self._get_param("PolicySourceArn") or "")
    actions = self._get_param("ActionNames", [])
    resources = self._get_param("ResourceArns", []) or ["*"]
    if not actions:
        raise InvalidInput("ActionNames must not be empty")                 # ASSUMED wording
    results = []
    for action in actions:
        each = [{"EvalResourceName": r, "EvalResourceDecision": "implicitDeny" if is_denied(
            account, action, r) else "allowed", "MatchedStatements": [],
            "MissingContextValues": []} for r in resources]
        decisions = {row["EvalResourceDecision"] for row in each}
        results.append({
            "EvalActionName": action,
            # ASSUMED: of several resources it names the first
            "EvalResourceName": resources[0],
            "EvalDecision": "implicitDeny" if "implicitDeny" in decisions else "allowed",
            "MatchedStatements": [], "MissingContextValues": [],
            "ResourceSpecificResults": each})
    size, token = int(self._get_param("MaxItems") or 100), self._get_param("Marker")
    if not 1 <= size <= 1000 or (token and not token.isdigit()):
        raise ValidationError("Invalid MaxItems or Marker")                 # ASSUMED wording
    begin = int(token or 0)
    more = begin + size < len(results)
    return ActionResult({"EvaluationResults": results[begin:begin + size], "IsTruncated": more,
                         **({"Marker": str(begin + size)} if more else {})})


# --------------------------------------------------------------------- roles

def ensure_role(account: str, partition: str, path: str, name: str, longest: int) -> None:
    backend = iam_backends[account][partition]
    if name not in {role.name for role in backend.roles.values()}:
        backend.create_role(name, "{}", path, None, "made by AssumeRole", [], str(longest))


def assume_role(self: STSBackend, *args: Any, **kw: Any) -> Any:
    """A role that somebody assumes is there."""
    found = re.fullmatch(r"arn:(aws[\w-]*):iam::(\d{12}):role(/(?:.*/)?)([^/]+)",
                         kw.get("role_arn") or "")
    if found:
        partition, account, path, name = found.groups()
        ensure_role(account, partition, path, name, 3600)
    return self._moto_assume_role(*args, **kw)


def install() -> None:
    IamResponse.simulate_principal_policy = simulate
    swap(STSBackend, "assume_role", assume_role)
