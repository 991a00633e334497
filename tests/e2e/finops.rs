//! The export for FinOps, written by the binary and read with DuckDB: `tests/finops/check.py` says
//! what has to be true of it.

use std::process::Command;

use crate::harness::repository;
use crate::inputs;

#[test]
fn duckdb_reads_the_same_totals_from_the_export_as_the_report_has() {
    let desk = inputs::desk();
    let report = ["report", "--snapshot", "account.jsonl.zst", "--output"];
    let args = |last: [&'static str; 3]| report.into_iter().chain(last);
    desk.run(args(["finops", "-o", "export"])).expect_code(0);
    desk.run(args(["json", "-o", "report.json"])).expect_code(0);
    let python = repository().join(".venv/bin/python");
    let shown = python.display();
    assert!(
        python.exists(),
        "{shown} is missing: run `make setup` first"
    );
    let output = Command::new(&python)
        .arg(repository().join("tests/finops/check.py"))
        .arg(desk.work().join("export"))
        .arg(desk.work().join("report.json"))
        .output()
        .expect("the check starts");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
}
