"""What `unbridge report --output finops` wrote, read with DuckDB: does it say what the JSON does?

    .venv/bin/python tests/finops/check.py FOLDER REPORT.json

FOLDER holds the export, REPORT.json the JSON report on the same snapshot with the same flags.
Leaves with 1 and a line for each difference.
"""
from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

FOLDER, REPORT = (Path(argument) for argument in sys.argv[1:3])
AMOUNT = "DECIMAL(38, 12)"
# The figures of a total: the table and the columns that have to add up to it.
FIGURES = {
    "monthly_cost": ("evidence", "x_list_cost_low", "ListCost", "x_list_cost_high"),
    "monthly_savings": (
        "recommendations",
        "x_monthly_savings_low",
        "estimated_monthly_savings_before_discount",
        "x_monthly_savings_high",
    ),
    "monthly_potential": (
        "recommendations",
        "x_monthly_potential_low",
        "x_monthly_potential_expected",
        "x_monthly_potential_high",
    ),
}
CURRENCY = {"evidence": "BillingCurrency", "recommendations": "currency_code"}
KEYS = {"evidence": "ResourceId || x_item", "recommendations": "resource_arn"}

differences: list[str] = []


def expect(what: str, found: Any, wanted: Any) -> None:
    if found != wanted:
        differences.append(f"{what}: {found!r}, not {wanted!r}")


def sources(table: str) -> dict[str, str]:
    """The same table in each format; numbers of CSV are texts until they are asked for."""
    parts = FOLDER / table / "*" / "*" / "*.parquet"
    return {
        "csv": f"read_csv('{FOLDER / table}.csv', all_varchar = true, header = true)",
        "parquet": f"read_parquet('{parts}', hive_partitioning = true, "
        "hive_types = {'account': VARCHAR, 'region': VARCHAR})",
    }


def ask(query: str) -> list[tuple[Any, ...]]:
    return duckdb.sql(query).fetchall()


def columns(source: str) -> dict[str, str]:
    return {name: str(kind) for name, kind, *_ in ask(f"DESCRIBE SELECT * FROM {source}")}


def total(source: str, currency: str, code: str, figure: tuple[str, str, str]) -> dict[str, Any]:
    """A sum is known when each of its parts is. A lower bound that is not known adds nothing."""
    low, expected, high = (f'CAST("{column}" AS {AMOUNT})' for column in figure)

    def known(column: str) -> str:
        return f"CASE WHEN count(*) = count({column}) THEN coalesce(sum({column}), 0) END"

    found = ask(
        f"SELECT coalesce(sum({low}), 0), {known(expected)}, {known(high)} "
        f"FROM {source} WHERE {currency} = '{code}'"
    )
    return dict(zip(("low", "expected", "high"), found[0]))


def check_totals(report: dict[str, Any]) -> None:
    for row in report["totals"]:
        for figure, (table, *names) in FIGURES.items():
            wanted = {key: None if row[figure][key] is None else Decimal(row[figure][key])
                      for key in ("low", "expected", "high")}
            for kind, source in sources(table).items():
                found = total(source, CURRENCY[table], row["currency"], tuple(names))
                expect(f"{figure} of {kind} in {row['currency']}", found, wanted)


def check_rows(report: dict[str, Any]) -> None:
    bridges = [nlb for nlb in report["nlbs"] if nlb["verdict"] != "not-a-bridge"]
    wanted = sorted(
        nlb["arn"] + line["item"]
        for nlb in bridges if nlb["monthly_cost"]
        for line in nlb["monthly_cost"]["components"]
    )
    for kind, source in sources("evidence").items():
        found = [key for key, in ask(f"SELECT {KEYS['evidence']} FROM {source}")]
        expect(f"components of {kind}", sorted(found), wanted)
    arns = {nlb["arn"] for nlb in bridges}
    for kind, source in sources("recommendations").items():
        found = [key for key, in ask(f"SELECT {KEYS['recommendations']} FROM {source}")]
        expect(f"recommendations of {kind} twice", len(found) - len(set(found)), 0)
        expect(f"recommendations of {kind} for no bridge", set(found) - arns, set())


def check_places() -> None:
    """What the path says is what the file says, and what only the path says is not lost."""
    for table, (account, arn) in {
        "recommendations": ("account_id", "resource_arn"),
        "evidence": ("SubAccountId", "ResourceId"),
    }.items():
        source = sources(table)["parquet"]
        astray = ask(
            f"SELECT {arn} FROM {source} WHERE account <> {account} "
            f"OR split_part({arn}, ':', 4) <> region OR split_part({arn}, ':', 5) <> account"
        )
        expect(f"{table} in a partition of another place", astray, [])


def check_columns() -> None:
    for table in CURRENCY:
        text, typed = (columns(source) for source in sources(table).values())
        # The path takes the place of one column and adds the other.
        expect(f"columns of {table}", set(typed), set(text) | {"account", "region"})
        amounts = {kind for name, kind in typed.items() if "cost" in name.lower()}
        expect(f"amounts of {table}", amounts, {AMOUNT.replace(" ", "")})
    for table, moment in (("recommendations", "last_refresh_timestamp"),
                          ("evidence", "ChargePeriodStart")):
        kind = columns(sources(table)["parquet"])[moment]
        expect(f"times of {table}", kind, "TIMESTAMP WITH TIME ZONE")


def main() -> int:
    report = json.loads(REPORT.read_text(encoding="utf-8"))
    if not report["totals"]:
        differences.append("the report has no totals to compare with")
    check_totals(report)
    check_rows(report)
    check_places()
    check_columns()
    for difference in differences:
        print(difference, file=sys.stderr)
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
