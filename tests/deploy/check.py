"""What `docs/deploy` and `unbridge policy organization` hold: do the usual linters take it, and does it
say what the tool says?

    .venv/bin/python tests/deploy/check.py

What the tool prints is read from tests/e2e/cases, which a test holds it to. Leaves with 1 and a line for
each difference. A linter that is missing is a difference.
"""
from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jsonata
import yaml
from cfnlint.decode import cfn_yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "docs/deploy"
CASES = ROOT / "tests/e2e/cases"
# Beside the interpreter: in the virtual environment that `make setup` makes.
BIN = Path(sys.executable).parent
REGIONS = ("us-east-1", "cn-north-1", "us-gov-west-1")  # one of each partition

TEMPLATES = [DEPLOY / "batch.yaml", DEPLOY / "step-functions.yaml"]
STACK_SETS = [
    CASES / case / "stdout"
    for case in (
        "policy-organization",
        "policy-organization-asks",
        "policy-organization-china",
        "policy-organization-govcloud",
    )
]

Doc = dict[str, Any]
differences: list[str] = []


def check(holds: bool, otherwise: str) -> None:
    if not holds:
        differences.append(otherwise)


# --- Linters -----------------------------------------------------------------------------------------


def cfn_lint(*files: Path) -> list[str]:
    regions = [word for region in REGIONS for word in ("--regions", region)]
    return [str(BIN / "cfn-lint"), *regions, "--", *map(str, files)]


def kubernetes_validate(*files: Path) -> list[str]:
    return [str(BIN / "kubernetes-validate"), "--strict", "--quiet", *map(str, files)]


def hadolint(*files: Path) -> list[str]:
    return [str(BIN / "hadolint"), "--failure-threshold", "info", *map(str, files)]


def shellcheck(*files: Path) -> list[str]:
    return [str(BIN / "shellcheck"), *map(str, files)]


LINTED = [
    (cfn_lint, [*TEMPLATES, *STACK_SETS]),
    (kubernetes_validate, [DEPLOY / "kubernetes.yaml"]),
    (hadolint, [DEPLOY / "Dockerfile"]),
    (shellcheck, [DEPLOY / "entrypoint.sh"]),
]
# What a linter is there to find. One that finds nothing in these says nothing of the others.
PLANTED = [
    (cfn_lint, TEMPLATES[0], "SSEAlgorithm: AES256", "SSEAlgorithm: ROT13"),
    (cfn_lint, TEMPLATES[0], "!GetAtt ScanRole.Arn", "!GetAtt ScannRole.Arn"),
    (cfn_lint, TEMPLATES[1], "StartAt: Begin", "StartAt: Start"),
    (cfn_lint, STACK_SETS[0], "- acm:DescribeCertificate", "- acm:DescribeCertificates"),
    (cfn_lint, STACK_SETS[0], "!Ref TrustedPrincipal", "!Ref TrustedPrincipals"),
    (kubernetes_validate, DEPLOY / "kubernetes.yaml", "completionMode:", "completionsMode:"),
    (kubernetes_validate, DEPLOY / "kubernetes.yaml", "runAsUser: 65532", "runAsUser: nobody"),
    (hadolint, DEPLOY / "Dockerfile", "rust:1.95.0-trixie", "rust"),
    (shellcheck, DEPLOY / "entrypoint.sh", '"$UNBRIDGE_DIGEST_KEY"', "$UNBRIDGE_DIGEST_KEY"),
]


def told(command: list[str]) -> tuple[int, str]:
    try:
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return 127, f"{command[0]} is not there: make setup"
    return ended.returncode, ended.stdout + ended.stderr


def lint() -> None:
    spoiled: dict[Any, list[tuple[Path, str]]] = {}
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as side_by_side:
        for nth, (linter, file, good, bad) in enumerate(PLANTED):
            text = file.read_text()
            check(good in text, f"{file}: nothing to spoil: {good}")
            copy = Path(folder) / f"{nth}-{file.name}"
            copy.write_text(text.replace(good, bad))
            spoiled.setdefault(linter, []).append((copy, bad))
        runs = [linter(*files) for linter, files in LINTED]
        runs += [linter(*(copy for copy, _ in copies)) for linter, copies in spoiled.items()]
        ends = list(side_by_side.map(told, runs))
    for command, (code, words) in zip(runs, ends[: len(LINTED)]):
        check(code == 0, f"{Path(command[0]).name} leaves with {code}:\n{words}")
    for (linter, copies), (code, words) in zip(spoiled.items(), ends[len(LINTED):]):
        check(code != 0 and "Traceback" not in words, f"{linter.__name__} leaves with {code}: {words}")
        for copy, bad in copies:
            check(copy.name in words, f"{linter.__name__} does not mind {bad!r}")


# --- Policies ----------------------------------------------------------------------------------------


def template(path: Path) -> Doc:
    return cfn_yaml.load(str(path))


def listed(value: Any) -> list[str]:
    return sorted(value) if isinstance(value, list) else [value]


def spelled(resource: Any, names: Doc) -> str:
    """A resource of a template, as the tool prints it."""
    match resource:
        case {"Fn::GetAtt": ["Tree", "Arn"]}:
            return "arn:aws:s3:::audit-tree"
        case {"Fn::Sub": text}:
            for name, meant in names.items():
                text = text.replace("${" + name + "}", meant)
            return text
        case _:
            return resource


def allowed(policy: Doc, partition: str = "aws") -> list[tuple[str, ...]]:
    names = {
        "AWS::Partition": partition,
        "AuditRoleName": "unbridge-audit",
        "Tree.Arn": "arn:aws:s3:::audit-tree",
    }
    every = []
    for statement in policy["Statement"]:
        assert set(statement) <= {"Sid", "Effect", "Action", "Resource"}, statement
        resources = statement["Resource"]
        resources = resources if isinstance(resources, list) else [resources]
        every.append((
            statement["Sid"],
            statement["Effect"],
            *listed(statement["Action"]),
            *sorted(spelled(resource, names) for resource in resources),
        ))
    return sorted(every)


def role_policy(of: Doc, role: str) -> Doc:
    properties = of["Resources"][role]["Properties"]
    check("ManagedPolicyArns" not in properties, f"{role} has managed policies")
    [policy] = properties["Policies"]
    return policy["PolicyDocument"]


def printed(case: str) -> Doc:
    return json.loads((CASES / case / "stdout").read_text())


def policies() -> None:
    auditor = allowed(printed("policy-organization-auditor"))
    for path in TEMPLATES:
        found = allowed(role_policy(template(path), "ScanRole"))
        for extra in [one for one in found if one not in auditor]:
            check(False, f"{path.name} allows what the tool does not ask for: {extra}")
        for missing in [one for one in auditor if one not in found]:
            check(False, f"{path.name} does not allow: {missing}")
    # A kept policy without users is there for GovCloud alone.
    scans = {"policy-organization-asks": ("policy-scan-skip-users", "aws-us-gov")}
    for path in STACK_SETS:
        scan, partition = scans.get(path.parent.name, ("policy-scan", "aws"))
        role = role_policy(template(path), "AuditRole")
        same = allowed(role, partition) == allowed(printed(scan), partition)
        check(same, f"{path.parent.name} is not the role of {scan}")
    whole = (CASES / "policy-scan/stdout").read_text()
    same = whole == (CASES / "policy-organization-policy/stdout").read_text()
    check(same, "policy organization --output policy is not what policy scan prints")


# --- Commands ----------------------------------------------------------------------------------------


def commands() -> dict[str, list[str]]:
    """The command line of each way to run a scan."""
    batch = template(TEMPLATES[0])["Resources"]["Job"]["Properties"]["ContainerProperties"]
    of_batch = ["REF" if isinstance(word, dict) else word for word in batch["Command"]]
    cron = list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()))[-1]
    job = cron["spec"]["jobTemplate"]["spec"]
    [container] = job["template"]["spec"]["containers"]
    shards = container["args"][container["args"].index("--shards") + 1]
    check(int(shards) == job["completions"], "kubernetes.yaml: --shards is not the completions")
    run = states()["ScanAccounts"]["ItemProcessor"]["States"]["RunTask"]["Arguments"]
    [override] = run["Overrides"]["ContainerOverrides"]
    batch_of_two = {"Items": ["111122223333", "444455556666"], "BatchInput": {"Date": "2026-01-31"}}
    of_map = evaluated(override["Command"]["Fn::Sub"], {"input": batch_of_two})
    accounts = of_map[of_map.index("--accounts") + 1]
    check(accounts == "111122223333,444455556666", f"step-functions.yaml reads {accounts}")
    return {"batch": of_batch, "kubernetes": container["args"], "step-functions": of_map}


def flags() -> None:
    known = set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", (CASES / "help-scan/stdout").read_text()))
    for way, words in commands().items():
        check(words[0] == "scan", f"{way} does not scan")
        for flag in [word for word in words if word.startswith("-")]:
            check(flag in known, f"{way}: unbridge scan has no {flag}")
        # A run that was cut short is run again, and has to go on; but not with what another day has left.
        check("--resume" in words, f"{way} does not go on after an interruption")
        day = words[words.index("--date") + 1] if "--date" in words else None
        check(day in ("today", "2026-01-31"), f"{way} scans the day {day}")
    # Each task would report on the accounts of all others as well.
    check("--no-report" in commands()["step-functions"], "tasks of the map report on the whole tree")


# --- The state machine -------------------------------------------------------------------------------


def states() -> Doc:
    machine = template(TEMPLATES[1])["Resources"]["Scan"]["Properties"]["Definition"]
    return machine["States"]


def evaluated(expression: str, told: Doc, **variables: Any) -> Any:
    text = expression.strip().removeprefix("{%").removesuffix("%}")
    compiled = jsonata.Jsonata(text)
    frame = compiled.create_frame()
    for name, value in {"states": told, **variables}.items():
        frame.bind(name, value)
    return compiled.evaluate(None, frame)


def expect(what: str, got: Any, wanted: Any) -> None:
    check(got == wanted, f"step-functions.yaml, {what}: {got!r} where {wanted!r} is right")


def reached(known: Doc) -> None:
    """Each state that is named is there."""
    for name, state in known.items():
        ways = [state, *state.get("Choices", []), *state.get("Catch", [])]
        named = [way.get(key) for way in ways for key in ("Next", "Default")]
        for following in [one for one in named if one]:
            check(following in known, f"step-functions.yaml: {name} leads to {following}, which is not there")


def state_machine() -> None:
    known = states()
    reached(known)
    reached(known["ScanAccounts"]["ItemProcessor"]["States"])
    begun = {"context": {"Execution": {"StartTime": "2026-01-31T23:59:59.123Z"}}}
    expect("date", evaluated(known["Begin"]["Assign"]["date"], begun), "2026-01-31")
    page = {"Accounts": [
        {"Id": "1", "State": "ACTIVE", "Status": "ACTIVE"},
        {"Id": "2", "State": "CLOSED"},
        {"Id": "3", "Status": "ACTIVE"},
        {"Id": "4", "State": "PENDING_CLOSURE", "Status": "ACTIVE"},
    ]}
    gather = known["ListAccounts"]["Assign"]["accounts"]
    for before in ([], ["8"], ["8", "9"]):
        expect("accounts", evaluated(gather, {"result": page}, accounts=before), [*before, "1", "3"])
        none = {"result": {"Accounts": []}}
        expect("accounts", evaluated(gather, none, accounts=before), before)
    following = known["ListAccounts"]["Output"]
    more = known["HasMore"]["Choices"][0]["Condition"]
    for result, has_more in (({"NextToken": "n"}, True), ({}, False)):
        told = evaluated(following, {"result": result})
        expect("next page", told, result)
        expect("has more", evaluated(more, {"input": told}), has_more)
    check(known["HasMore"]["Default"] == "KeepList", "step-functions.yaml does not keep the list")
    kept = known["KeepList"]["Arguments"]
    place = evaluated(kept["Key"], {}, date="2026-01-31")
    expect("list", place, "organization/date=2026-01-31/wanted-0000000020260131.json")
    for accounts in (["1"], ["1", "2"]):
        wanted = {"format": "unbridge-wanted", "format_version": 1, "accounts": accounts}
        expect("list", evaluated(kept["Body"], {}, accounts=accounts), wanted)
    run = known["ScanAccounts"]["ItemProcessor"]["States"]["RunTask"]
    ended = run["Catch"][0]["Output"]
    for cause, code in (
        ('{"Containers":[{"ExitCode":4,"Name":"unbridge"}]}', 4),
        ('{"Containers":[{"Name":"unbridge","ExitCode":4}]}', 4),
        ('{"Containers":[{"ExitCode":41}]}', 1),
        ('{"Containers":[{"ExitCode":1}]}', 1),
        ("the image cannot be pulled", 1),
    ):
        expect("how a task ended", evaluated(ended, {"errorOutput": {"Cause": cause}}), code)
    choices = known["HowItEnded"]["Choices"]
    for codes, end in (([0, 0], "Done"), ([0, 4], "Incomplete"), ([4, 1, 0], "Failed"), ([0], "Done")):
        taken = (c["Next"] for c in choices if evaluated(c["Condition"], {"input": codes}) is True)
        expect("end", next(taken, known["HowItEnded"]["Default"]), end)


# --- The image ---------------------------------------------------------------------------------------


def image() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    [channel] = re.findall(r'channel = "(.*)"', (ROOT / "rust-toolchain.toml").read_text())
    for wanted in (f"FROM rust:{channel}-", f"RUSTUP_TOOLCHAIN={channel}\n"):
        check(wanted in dockerfile, f"Dockerfile does not build with Rust {channel}")
    user = re.findall(r"^USER (\S+)$", dockerfile, re.M)
    check(user == ["65532:65532"], f"the image is run by {user}")
    key = "0f" * 32
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fake = folder / "unbridge"
        fake.write_text('#!/bin/sh\nenv > "$TMPDIR/env"; printf "%s\\n" "$@" > "$TMPDIR/words"\nexit 4\n')
        fake.chmod(0o755)
        environment = {"PATH": f"{folder}:{os.environ['PATH']}", "TMPDIR": name}
        for given in ({"DIGEST_KEY": key}, {}):
            ended = subprocess.run(
                ["sh", str(DEPLOY / "entrypoint.sh"), "scan", "a b"],
                env=environment | given, check=False)
            check(ended.returncode == 4, f"the entrypoint leaves with {ended.returncode}, not as the tool")
            words = (folder / "words").read_text()
            check(words == "scan\na b\n", f"the entrypoint hands over {words!r}")
            left = (folder / "env").read_text()
            check(key not in left, "the entrypoint leaves the key in the environment")
            held = folder / "digest.key"
            named = f"UNBRIDGE_DIGEST_KEY={held}\n" in left
            check(named == bool(given), f"given {given}, the entrypoint names the key's file: {named}")
            if given:
                mode = stat.S_IMODE(held.stat().st_mode)
                check(mode == 0o600, f"others may see the key's file: {mode:o}")
                check(held.read_text().strip() == key, "the key's file holds something else")


for part in (lint, policies, flags, state_machine, image):
    part()
for difference in differences:
    print(difference)
sys.exit(1 if differences else 0)
