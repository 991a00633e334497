#!/usr/bin/env python3
"""Whether every call of the AWS CLI in a runbook is one of AWS's: its service, its command, what it
is given, and its query.  Reads the runbook from stdin; prints how many calls it saw.
"""
from __future__ import annotations

import json
import re
import sys
from functools import cache
from typing import Any

import jmespath
from botocore import xform_name
from botocore.session import get_session
from botocore.validate import ParamValidator


def word(text: str) -> str:
    """The first word of a shell command."""
    out, at = [], 0
    while at < len(text) and text[at] not in " \n)":
        quote = text[at]
        if quote in "'\"":
            end = text.index(quote, at + 1)
            out.append(text[at + 1:end])
            at = end + 1
        elif quote == "\\":
            out.append(text[at + 1])
            at += 2
        else:
            out.append(quote)
            at += 1
    return "".join(out)


@cache
def operations(service: str) -> Any:
    model = get_session().get_service_model(service)
    return {xform_name(name, "-"): model.operation_model(name) for name in model.operation_names}


def main() -> int:
    calls = 0
    for line in sys.stdin.read().split("\n"):
        found = re.search(r"aws (\S+) (\S+) --cli-input-json (?=')", line)
        if found is None:
            continue
        calls += 1
        service, command = found.groups()
        given = json.loads(word(line[found.end():]))
        operation = operations(service).get(command)
        assert operation is not None, f"{service} has no {command}"
        if operation.input_shape is not None:
            report = ParamValidator().validate(given, operation.input_shape)
            assert not report.has_errors(), f"{service} {command}: {report.generate_report()}"
        for query in re.finditer(r"--query ", line):
            jmespath.compile(word(line[query.end():]))
    print(calls)
    return 0


if __name__ == "__main__":
    sys.exit(main())
