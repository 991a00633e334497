"""Listeners and rules (elbv2) beyond what moto 5.2 does: every kind of condition, transforms,
mutual authentication, certificates; and what /_lab/put changes without any check.

ASSUMED marks behaviour that public documentation does not settle.
"""
from __future__ import annotations

import functools
from typing import Any

from moto.core.responses import ActionResult
from moto.elbv2 import models as m
from moto.elbv2 import responses
from moto.elbv2.exceptions import (InvalidConditionFieldError, InvalidConditionValueError,
                                   RuleNotFoundError)
from moto.elbv2.responses import ELBV2Response as R

from ext_elbv2 import both_spellings, paged
from ext_rules import CONFIGS
from patching import swap

Doc = dict[str, Any]
REGEX = ("host-header", "path-pattern", "http-header")


def check_conditions(_self: Any, conditions: list[Doc]) -> None:
    """moto's checks know no RegexValues."""
    for cond in conditions or []:
        field = cond.get("Field")
        if field not in CONFIGS:
            raise InvalidConditionFieldError(field)
        if cond.get("Values") and field not in ("host-header", "path-pattern"):
            raise InvalidConditionValueError(f"The 'Values' field is not compatible with "
                                             f"'{field}'")
        config = cond.get(CONFIGS[field]) or {}
        plain = config.get("Values") or cond.get("Values")
        regex = config.get("RegexValues") or cond.get("RegexValues")
        if regex and field not in REGEX:
            raise InvalidConditionValueError(f"The 'RegexValues' field is not compatible with "
                                             f"'{field}'")                  # ASSUMED wording
        if plain and regex:
            raise InvalidConditionValueError("You cannot provide both 'Values' and 'RegexValues'")
        if not plain and not regex and not config.get("IpAddressType"):
            raise InvalidConditionValueError("A condition value must be specified")
        longest = 40 if field == "http-request-method" else 128
        for value in [*(plain or []), *(regex or [])]:
            text = value.get("Value", "") if isinstance(value, dict) else value
            if len(text) > longest:
                raise InvalidConditionValueError(f"The '{field}' value is too long; the limit is "
                                                 f"'{longest}'")


def check_actions(self: m.ELBv2Backend, actions: list[m.FakeAction]) -> None:
    self._moto__validate_actions([a for a in actions if a.type != "jwt-validation"])


def create_rule(self: R) -> ActionResult:
    result = self._moto_create_rule()
    for rule in result.result["Rules"]:
        rule.transforms = self._get_params().get("Transforms") or []
    return result


def modify_rule(self: R) -> ActionResult:
    params = self._get_params()
    change = "Transforms" in params or params.get("ResetTransforms")
    if change and not (params.get("Conditions") or params.get("Actions")):
        found = self.elbv2_backend.describe_rules(listener_arn=None,
                                                  rule_arns=[params["RuleArn"]])
        if not found:
            raise RuleNotFoundError()
        result = ActionResult({"Rules": found[:1]})
    else:
        result = self._moto_modify_rule()
    for rule in result.result["Rules"]:
        rule.conditions = both_spellings(rule.conditions)
        if change:
            rule.transforms = params.get("Transforms") or []
    return result


def with_mutual_authentication(name: str) -> None:
    method = getattr(R, name)

    @functools.wraps(method)
    def wrapper(self: R) -> ActionResult:
        result = method(self)
        config = self._get_params().get("MutualAuthentication")
        for listener in result.result["Listeners"]:
            if config:
                listener.mutual_authentication = config
            elif not getattr(listener, "mutual_authentication", None):
                https = listener.protocol == "HTTPS"
                listener.mutual_authentication = {"Mode": "off"} if https else None
        return result
    setattr(R, name, wrapper)


def certificates_shown(data: list[str]) -> list[Doc] | None:
    """Listeners tell their default certificate only; DescribeListenerCertificates tells all."""
    return [{"CertificateArn": arn} for arn in data[:1]] or None


# --------------------------------------------------------------------- /_lab/put

def rule_of(backend: m.ELBv2Backend, arn: str) -> Any:
    for lb in backend.load_balancers.values():
        for listener in lb.listeners.values():
            for rule in listener.rules.values():
                if rule.arn == arn:
                    return rule
    raise KeyError(f"no rule {arn}")


def put_rule(account: str, region: str, doc: Doc) -> None:
    """Conditions, Actions, Transforms of a rule as given: also what AWS may add one day."""
    rule = rule_of(m.elbv2_backends[account][region], doc["RuleArn"])
    if "Conditions" in doc:
        rule.conditions = both_spellings(doc["Conditions"])
    if "Actions" in doc:
        rule.actions = [m.FakeAction(a) for a in doc["Actions"]]
    if "Transforms" in doc:
        rule.transforms = doc["Transforms"]


def put_listener(account: str, region: str, doc: Doc) -> None:
    for lb in m.elbv2_backends[account][region].load_balancers.values():
        listener = lb.listeners.get(doc["ListenerArn"])
        if listener is None:
            continue
        if "MutualAuthentication" in doc:
            listener.mutual_authentication = doc["MutualAuthentication"]
        if "DefaultActions" in doc:
            listener.default_actions = [m.FakeAction(a) for a in doc["DefaultActions"]]
            listener._default_rule[0].actions = listener.default_actions
        if "Certificates" in doc:
            listener.certificates = [c["CertificateArn"] for c in doc["Certificates"]]
        return
    raise KeyError(f"no listener {doc['ListenerArn']}")


def install() -> None:
    m.ELBv2Backend._validate_conditions = check_conditions
    swap(m.ELBv2Backend, "_validate_actions", check_actions)
    m.ALLOWED_ACTIONS.append("jwt-validation")
    swap(R, "create_rule", create_rule)
    swap(R, "modify_rule", modify_rule)
    with_mutual_authentication("create_listener")
    with_mutual_authentication("modify_listener")
    for key in [k for k, f in R.RESPONSE_KEY_PATH_TO_TRANSFORMER.items()
                if f is responses.transform_certificates]:
        R.RESPONSE_KEY_PATH_TO_TRANSFORMER[key] = certificates_shown
    paged("describe_listener_certificates", "Certificates")
