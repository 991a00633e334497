"""The questions of docs/queries, asked of DuckDB and of Spark: do both give the same rows, and do the
datasets say what the JSON report does?

    .venv/bin/python tests/queries/check.py FOLDER REPORT.json [FOLDER REPORT.json ...]

FOLDER holds datasets, REPORT.json the JSON report on the same snapshots with the same flags. The first
is the sample account: docs/queries/README.md shows what is asked of it. Leaves with 1 and a line for
each difference. Spark is started once, offline and without Hive.
"""
from __future__ import annotations

import contextlib
import io
import json
import re
import sys
import tempfile
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any, Callable, Iterable

import duckdb
from pyspark.sql import SparkSession

DOCS = Path(__file__).resolve().parents[2] / "docs/queries"
QUESTIONS = sorted((DOCS / "questions").glob("*.sql"))
FIGURES = ("monthly_cost", "monthly_savings", "monthly_potential")
# What of a chain is compared, as the report calls it.
CHAIN = ("api_id", "stage", "resource_path", "http_method", "vpc_link_id", "end", "alb_arn",
         "deployed", "draft")
BRIDGES = "verdict <> 'not-a-bridge'"
# Most of what Spark does for large data costs time with small ones.
SMALL = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.memory": "512m",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.log.level": "ERROR",
}

Row = tuple[Any, ...]
Ask = Callable[[str], tuple[list[str], list[Row]]]
differences: list[str] = []


def expect(what: str, found: Any, wanted: Any) -> None:
    if found != wanted:
        differences.append(f"{what}: {found!r}, not {wanted!r}")


def expect_rows(what: str, found: Iterable[Row], wanted: Iterable[Row]) -> None:
    """The same rows as often, in any order."""
    found, wanted = Counter(found), Counter(wanted)
    for row in (found - wanted).elements():
        differences.append(f"{what}: {row!r} is not in the report")
    for row in (wanted - found).elements():
        differences.append(f"{what}: {row!r} is in the report alone")


def views(engine: str, folder: Path) -> list[str]:
    """The statements of docs/queries that make views over a folder."""
    text = (DOCS / f"{engine}.sql").read_text(encoding="utf-8").replace("DATASETS", str(folder))
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    return [statement for statement in "\n".join(lines).split(";") if statement.strip()]


def in_duckdb(folder: Path) -> Ask:
    connection = duckdb.connect()
    for statement in views("duckdb", folder):
        connection.execute(statement)

    def ask(query: str) -> tuple[list[str], list[Row]]:
        found = connection.execute(query)
        return [name for name, *_ in found.description], found.fetchall()

    return ask


def in_spark(session: SparkSession, folder: Path) -> Ask:
    for statement in views("spark", folder):
        session.sql(statement)

    def ask(query: str) -> tuple[list[str], list[Row]]:
        found = session.sql(query)
        return found.columns, [tuple(row) for row in found.collect()]

    return ask


# --------------------------------------------------------------------- what the report says


def totals(report: dict[str, Any], by: str | None) -> dict[Row, Row]:
    """Sums by currency, and by what NLBs have in common."""
    if by is None:
        groups = [(None, report["totals"])]
    else:
        groups = [(one["value"], one["totals"]) for one in report["totals_by"][by]]
    return {
        (value, row["currency"]): tuple(
            None if row[figure][bound] is None else Decimal(row[figure][bound])
            for figure in FIGURES for bound in ("low", "expected", "high"))
        for value, rows in groups for row in rows}


def sums(by: str | None) -> str:
    """The same as a query: a sum is known when each of its parts is, but for a lower bound."""
    def known(column: str) -> str:
        return f"CASE WHEN COUNT(*) = COUNT({column}) THEN SUM({column}) END"
    columns = ", ".join(
        f"COALESCE(SUM({figure}_low), 0), {known(figure)}, {known(figure + '_high')}"
        for figure in FIGURES)
    group = "NULL" if by is None else by
    grouping = "currency" if by is None else f"{by}, currency"
    return f"SELECT {group}, currency, {columns} FROM costs WHERE {BRIDGES} GROUP BY {grouping}"


def gaps(report: dict[str, Any]) -> Iterable[Row]:
    for gap in report["gaps"]:
        kind, of = gap["unseen"], {}
        if isinstance(kind, dict):
            (kind, of), = kind.items()
        yield (gap["account"], gap.get("region") or "global", kind,
               of.get("call", of.get("source")), of.get("of"), gap["class"], gap["message"])


def findings(report: dict[str, Any]) -> Iterable[Row]:
    def told(found: dict[str, Any], accepted: bool, *of: Any) -> Row:
        evidence = json.dumps(found["evidence"], sort_keys=True)
        return (*of, found["code"], found["severity"], evidence, accepted)
    for nlb in report["nlbs"]:
        for found in nlb["findings"]:
            yield told(found, False, "nlb", nlb["arn"])
        for found in nlb["accepted"]:
            yield told(found, True, "nlb", nlb["arn"])
    for link in report["links"]:
        for found in link["findings"]:
            yield told(found, False, "link", link["id"])
        for found in link["accepted"]:
            yield told(found, True, "link", link["id"])
    for found in report["unattached"]:
        yield told(found, False, "chains", None)
    for found in report["unattached_accepted"]:
        yield told(found, True, "chains", None)


# --------------------------------------------------------------------- what the datasets say


def check_sums(name: str, ask: Ask, report: dict[str, Any]) -> None:
    verdicts = dict(ask("SELECT verdict, COUNT(*) FROM nlbs GROUP BY verdict")[1])
    wanted = {verdict: n for verdict, n in report["summary"]["verdicts"].items() if n}
    expect(f"{name}: NLBs by verdict", verdicts, wanted)
    for by in (None, "account", "region", "verdict"):
        found = {row[:2]: row[2:] for row in ask(sums(by))[1]}
        expect(f"{name}: totals by {by}", found, totals(report, by))


def check_rows(name: str, ask: Ask, report: dict[str, Any]) -> None:
    chains = ((nlb["arn"], *(chain[key] for key in CHAIN))
              for nlb in report["nlbs"] for chain in nlb["chains"])
    found = ask("SELECT nlb_arn, api_id, stage, resource_path, http_method, vpc_link_id, ends_at, "
                "alb_arn, deployed, in_draft FROM chains")[1]
    expect_rows(f"{name}: chains", found, chains)
    found = ask("SELECT account, region, kind, what, resource, class, message FROM gaps")[1]
    expect_rows(f"{name}: gaps", found, gaps(report))
    found = ask("SELECT about, COALESCE(nlb_arn, vpc_link_id), code, severity, evidence, accepted "
                "FROM findings")[1]
    told = ((*row[:4], json.dumps(json.loads(row[4]), sort_keys=True), row[5]) for row in found)
    expect_rows(f"{name}: findings", told, findings(report))
    links = ((link["region"], link["id"], link["version"], link["methods"],
              " ".join(link["targets"]) or None) for link in report["links"])
    found = ask("SELECT region, vpc_link_id, link_version, methods, target_arns FROM links")[1]
    expect_rows(f"{name}: links", found, links)
    tags = ((nlb["arn"], key, value)
            for nlb in report["nlbs"] for key, value in (nlb["tags"] or {}).items())
    found = ask("SELECT nlb_arn, key, value FROM tags WHERE about = 'nlb'")[1]
    expect_rows(f"{name}: tags", found, tags)
    reasons = ((nlb["arn"], why["kind"]) for nlb in report["nlbs"] for why in nlb["reasons"])
    found = ask("SELECT nlb_arn, kind FROM reasons")[1]
    expect_rows(f"{name}: reasons", found, reasons)


def check_costs(name: str, ask: Ask) -> None:
    """Parts add up to the whole, and what is not known has a reason."""
    for bound in ("_low", "", "_high"):
        column = f"monthly_cost{bound}"
        # A lower bound adds up what is known, the others only what is known of every part.
        known = "" if bound == "_low" else f"OR (p.parts = p.known) <> (c.{column} IS NOT NULL)"
        astray = ask(
            f"SELECT c.nlb_arn FROM costs c JOIN (SELECT nlb_arn, COUNT(*) AS parts, "
            f"COUNT({column}) AS known, SUM({column}) AS whole FROM components GROUP BY nlb_arn) p "
            f"ON p.nlb_arn = c.nlb_arn "
            f"WHERE (p.parts = p.known AND p.whole <> c.{column}) {known}")[1]
        expect(f"{name}: {column} that its parts do not add up to", astray, [])
    silent = ask("SELECT nlb_arn FROM costs WHERE missing IS NULL AND (monthly_cost IS NULL "
                 "OR monthly_savings IS NULL OR monthly_potential IS NULL)")[1]
    expect(f"{name}: costs that are unknown without a reason", silent, [])


def check_accounts(name: str, ask: Ask, report: dict[str, Any]) -> None:
    found = ask("SELECT SUM(gaps), COUNT(CASE WHEN seen AND NOT complete THEN 1 END) FROM accounts")
    counted, incomplete = found[1][0]
    expect(f"{name}: gaps of accounts", counted, len(report["gaps"]))
    if report["complete"]:
        expect(f"{name}: accounts that are not complete", incomplete, 0)
    astray = ask("SELECT n.account FROM nlbs n LEFT JOIN accounts a ON a.account = n.account "
                 "WHERE a.account IS NULL OR a.nlbs IS NULL")[1]
    expect(f"{name}: accounts that have NLBs and are not there", astray, [])


def check_questions(folder: Path, one: Ask, other: Ask) -> dict[str, list[Row]]:
    answers = {}
    for path in QUESTIONS:
        query = path.read_text(encoding="utf-8")
        columns, rows = one(query)
        expect(f"{folder}: {path.name} in Spark", other(query), (columns, rows))
        answers[path.stem[:2]] = [dict(zip(columns, row)) for row in rows]
    return answers


def check_answers(name: str, answers: dict[str, Any], report: dict[str, Any]) -> None:
    """What questions tell, worked out from the report in another way."""
    verdicts = report["summary"]["verdicts"]
    going = ("removable", "already-direct", "removable-if")
    expect(f"{name}: 01", sum(row["nlbs"] for row in answers["01"]),
           sum(verdicts[verdict] for verdict in going))
    bridges = [nlb for nlb in report["nlbs"] if nlb["verdict"] != "not-a-bridge"]
    expect(f"{name}: 02", sum(row["bridges"] for row in answers["02"]), len(bridges))
    for verdict, number in verdicts.items():
        column = verdict.replace("-", "_")
        expect(f"{name}: 03 {verdict}", sum(row[column] for row in answers["03"]), number)
    blockers = {(nlb["arn"], found["code"]) for nlb in bridges
                for found in nlb["findings"] if found["severity"] == "blocker"}
    expect(f"{name}: 04", {row["code"]: row["nlbs"] for row in answers["04"]},
           dict(Counter(code for _, code in blockers)))
    expect(f"{name}: 05", sum(row["gaps"] for row in answers["05"]), len(report["gaps"]))
    names = {nlb["arn"]: nlb["name"] for nlb in bridges}
    expect(f"{name}: 06", {(row["nlb_name"], row["blocked_by"]) for row in answers["06"]},
           {(names[arn], code) for arn, code in blockers})
    links = {(link["region"], link["id"]) for link in report["links"] if link["version"] == 1}
    expect(f"{name}: 07", {(row["region"], row["vpc_link_id"]) for row in answers["07"]}, links)
    shared = {nlb["name"] for nlb in report["nlbs"] if nlb["verdict"] == "rewirable"}
    missed = shared - {row["nlb_name"] for row in answers["08"]}
    expect(f"{name}: 08 misses", missed, set())
    dear = sorted(Decimal(nlb["monthly_cost"]["expected"] or nlb["monthly_cost"]["low"])
                  for nlb in bridges)
    found = sorted(row["monthly_cost"] or row["monthly_cost_low"] for row in answers["09"])
    expect(f"{name}: 09", found, dear[-10:])
    unsure = {nlb["name"] for nlb in report["nlbs"] if nlb["verdict"] == "removable-if"}
    expect(f"{name}: 10", {row["nlb_name"] for row in answers["10"]}, unsure)


def check_page(folder: Path) -> None:
    """The snippets of the page work, and print what stands below them."""
    page = (DOCS / "README.md").read_text(encoding="utf-8")
    snippets = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", page, re.DOTALL)
    expect("snippets of README.md", len(snippets), 2)
    Path("docs").symlink_to(DOCS.parent)
    Path("datasets").symlink_to(folder)
    for code, shown in snippets:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "README.md", "exec"), {})
        expect("what README.md shows", printed.getvalue().strip(), shown.strip())


def check(pairs: list[Path]) -> None:
    expect("questions", [path.name[:2] for path in QUESTIONS], [f"{n:02}" for n in range(1, 11)])
    builder = SparkSession.builder.master("local[1]").appName("queries")
    for key, value in SMALL.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    for folder, path in zip(pairs[::2], pairs[1::2]):
        report = json.loads(path.read_text(encoding="utf-8"))
        one, other = in_duckdb(folder), in_spark(session, folder)
        answers = check_questions(folder, one, other)
        check_answers(str(folder), answers, report)
        for engine, ask in (("duckdb", one), ("spark", other)):
            check_sums(f"{folder} in {engine}", ask, report)
        check_rows(str(folder), one, report)
        check_costs(str(folder), one)
        check_accounts(str(folder), one, report)
    check_page(pairs[0])
    session.stop()


def main() -> int:
    pairs = [Path(argument).resolve() for argument in sys.argv[1:]]
    # Spark leaves files where it is started.
    with tempfile.TemporaryDirectory() as place, contextlib.chdir(place):
        check(pairs)
    for difference in differences:
        print(difference, file=sys.stderr)
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
