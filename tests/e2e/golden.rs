//! Golden scripts: `cases/NAME/cmd` is a command line; `stdout`, `stderr` and `code` beside it are
//! what it must bring. `UPDATE=1 cargo test --test e2e golden` writes them anew.

use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::{Desk, Outcome, for_all, misleads, read, repository, updates};
use crate::inputs;

fn cases() -> Vec<PathBuf> {
    let folder = repository().join("tests/e2e/cases");
    let entries = fs::read_dir(folder)
        .expect("the cases")
        .map(|entry| entry.expect("an entry"));
    let mut cases: Vec<_> = entries.map(|entry| entry.path()).collect();
    cases.sort();
    cases
}

/// Runs a case's command.
fn run(desk: &Desk, case: &Path) -> Outcome {
    let command = read(&case.join("cmd"));
    let mut words = command.split_whitespace();
    assert_eq!(words.next(), Some("unbridge"), "{}", case.display());
    desk.run(words)
}

/// A file of a case; what stands there is compared, or with `UPDATE=1` replaced.
fn check(case: &Path, name: &str, got: &str) -> Option<String> {
    let file = case.join(name);
    if updates() {
        fs::write(&file, got).expect("a file is written");
    }
    let expected = fs::read_to_string(&file).unwrap_or_default();
    let different = || {
        format!(
            "{}\n--- expected\n{expected}\n--- got\n{got}",
            file.display()
        )
    };
    (expected != got).then(different)
}

#[test]
fn every_script_brings_what_is_written_beside_it() {
    let desk = inputs::desk();
    let wrong = std::sync::Mutex::new(Vec::new());
    for_all(cases(), |case| {
        let outcome = run(&desk, &case);
        let code = format!("{}\n", outcome.code());
        let files = [
            ("stdout", &outcome.stdout),
            ("stderr", &outcome.stderr),
            ("code", &code),
        ];
        let found = files
            .into_iter()
            .filter_map(|(name, got)| check(&case, name, got));
        wrong.lock().expect("no panic holds it").extend(found);
    });
    let wrong = wrong.into_inner().expect("no panic holds it");
    assert!(
        wrong.is_empty(),
        "{}\nUPDATE=1 accepts this",
        wrong.join("\n\n")
    );
}

#[test]
fn no_script_shows_a_character_that_misleads() {
    for case in cases() {
        for name in ["stdout", "stderr"] {
            let text = read(&case.join(name));
            let shown = text.lines().find(|line| line.contains(misleads));
            assert_eq!(shown, None, "{} {name}", case.display());
        }
    }
}

#[test]
fn every_refusal_says_what_is_wrong_and_nothing_on_stdout() {
    let refusals = cases().into_iter().filter(|case| {
        case.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("fail-"))
    });
    let mut seen = 0;
    for case in refusals {
        let (stdout, stderr) = (read(&case.join("stdout")), read(&case.join("stderr")));
        assert_eq!(
            (stdout.as_str(), read(&case.join("code")).as_str()),
            ("", "2\n"),
            "{case:?}"
        );
        assert!(stderr.starts_with("error: "), "{case:?}: {stderr}");
        let next_step = ["\n  try: ", "For more information, try", "\n  tip: "];
        assert!(
            next_step.iter().any(|words| stderr.contains(words)),
            "{case:?}: {stderr}"
        );
        seen += 1;
    }
    assert!(seen > 30, "{seen} refusals");
}

#[test]
fn every_bad_input_has_a_script() {
    let commands: Vec<_> = cases().iter().map(|case| read(&case.join("cmd"))).collect();
    for fixture in fs::read_dir(repository().join("fixtures/bad")).expect("fixtures/bad") {
        let name = fixture
            .expect("an entry")
            .file_name()
            .to_string_lossy()
            .into_owned();
        let used = commands
            .iter()
            .any(|command| command.split_whitespace().any(|w| w == name));
        assert!(used, "no script reads fixtures/bad/{name}");
    }
}

#[test]
fn what_was_typed_is_not_echoed_raw() {
    let desk = Desk::with_demo();
    let typed = "nlb\u{1b}]0;owned\u{7}\u{202e}";
    for args in [
        &["explain", typed][..],
        &["explain", typed, "--snapshot", "account.jsonl.zst"],
        &["report", "--snapshot", typed],
        &["scan", "--region", typed],
        &["scan", "--pace", typed],
        &[
            "report",
            "--snapshot",
            "account.jsonl.zst",
            "--fail-on",
            typed,
        ],
        &["schema", typed],
        &["completions", typed],
        &[typed],
    ] {
        let outcome = desk.run(args);
        outcome.expect_code(2);
        let shown = outcome.stderr.lines().find(|line| line.contains(misleads));
        assert_eq!(shown, None, "{args:?}");
    }
    for flag in [
        "-o",
        "--account",
        "--baseline",
        "--columns",
        "--config",
        "--group-by",
        "--output",
        "--region",
        "--severity",
        "--verdict",
    ] {
        let outcome = desk.run(["report", "--snapshot", "account.jsonl.zst", flag, typed]);
        outcome.expect_code(2);
        let shown = outcome.stderr.lines().find(|line| line.contains(misleads));
        assert_eq!(shown, None, "{flag}");
    }
    for flag in ["--api", "--tag"] {
        let outcome = desk.run(["report", "--snapshot", "account.jsonl.zst", flag, typed]);
        let shown = outcome.stdout.lines().find(|line| line.contains(misleads));
        assert_eq!(outcome.expect_code(0).stderr, "");
        assert_eq!(shown, None, "{flag}");
    }
}
