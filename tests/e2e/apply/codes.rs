//! Exit codes: docs/exit-codes.md, `crates/cli/src/exit.rs` and what commands do say the same.
//!
//! That each command ends with each of its codes is seen wherever a test has such a run: it says
//! `ends` of it. Here it is counted that none is missing.

use std::collections::{BTreeMap, BTreeSet};

use super::bench::{Bench, NOWHERE};
use crate::harness::{Desk, read, repository};

/// Commands whose every end is seen.
const COMMANDS: [&str; 11] = [
    "apply",
    "apply --execute",
    "journal show",
    "locks",
    "resume",
    "retire",
    "retire --execute",
    "rollback",
    "settings",
    "status",
    "unlock",
];

fn page() -> String {
    read(&repository().join("docs/exit-codes.md"))
}

/// Codes by their names, as the page has them.
fn codes_of(page: &str) -> BTreeMap<String, u8> {
    let rows = page.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let code = cells.next()?.parse().ok()?;
        Some((cells.next()?.to_owned(), code))
    });
    rows.collect()
}

/// What each command of the page may end with.
fn ends_of(page: &str) -> BTreeSet<(String, u8)> {
    let (_, rows) = page.split_once("| Command | Codes |").expect("a table");
    let rows = rows
        .lines()
        .skip(1)
        .take_while(|line| !line.is_empty() || line.starts_with('|'));
    let rows = rows.filter(|line| line.starts_with("| `"));
    rows.flat_map(|row| {
        let mut cells = row.trim_matches(['|', ' ']).split(" | ");
        let (commands, codes) = (
            cells.next().expect("commands"),
            cells.next().expect("codes"),
        );
        let codes = codes.split([':', ';']).next().expect("codes").split(", ");
        let codes: Vec<u8> = codes.map(|code| code.parse().expect("a code")).collect();
        let commands = commands.split('`').skip(1).step_by(2);
        let ends = commands.flat_map(move |command| {
            let command = command.to_owned();
            codes
                .clone()
                .into_iter()
                .map(move |code| (command.clone(), code))
        });
        ends.collect::<Vec<_>>()
    })
    .collect()
}

#[test]
fn the_page_has_the_codes_of_the_binary() {
    let source = read(&repository().join("crates/cli/src/exit.rs"));
    let constants = source.lines().filter_map(|line| {
        let (name, code) = line
            .strip_prefix("pub(crate) const ")?
            .split_once(": u8 = ")?;
        Some((
            name.to_lowercase(),
            code.trim_end_matches(';').parse().expect("a code"),
        ))
    });
    let constants: BTreeMap<String, u8> = constants.collect();
    assert_eq!(codes_of(&page()), constants);

    // However a command ends that did its work has a code of its own; the two others are failures.
    let ends = source.lines().filter_map(|line| {
        let (_, code) = line.trim().strip_prefix("Done::")?.split_once(" => ")?;
        Some(code.trim_end_matches(',').to_lowercase())
    });
    let ends: BTreeSet<String> = ends.collect();
    let failures = ["unexpected", "usage"].map(str::to_owned);
    let all: BTreeSet<String> = constants.into_keys().collect();
    assert_eq!(all, ends.iter().chain(&failures).cloned().collect());

    let known: BTreeSet<u8> = codes_of(&page()).into_values().collect();
    for (command, code) in ends_of(&page()) {
        assert!(known.contains(&code), "{command} ends with {code}");
    }
}

#[test]
fn each_command_of_a_run_is_seen_to_end_with_each_of_its_codes() {
    let mut seen = BTreeSet::new();
    let folder = repository().join("tests/e2e/apply");
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let source = read(&entry.expect("a file").path());
        let source: String = source.split_whitespace().collect();
        for end in source.split(".ends(\"").skip(1) {
            let (command, rest) = end.split_once("\",").expect("two arguments");
            let code: String = rest.chars().take_while(char::is_ascii_digit).collect();
            // Where a helper is given the code, somebody else says it.
            if let Ok(code) = code.parse::<u8>() {
                seen.insert((command.to_owned(), code));
            }
        }
    }
    let mut documented = ends_of(&page());
    for command in COMMANDS {
        let is_there = documented.iter().any(|(known, _)| known == command);
        assert!(is_there, "{command} is not on the page");
    }
    documented.retain(|(command, _)| COMMANDS.contains(&command.as_str()));
    let documented: BTreeSet<(String, u8)> = documented
        .into_iter()
        .map(|(command, code)| (command.replace(' ', ""), code))
        .collect();
    assert_eq!(seen, documented);
}

#[test]
fn what_only_looks_ends_with_0_whatever_it_sees_and_fails_as_everything_does() {
    let bench = Bench::unrehearsed();
    let desk = &bench.desk;
    bench
        .command("apply", &[])
        .env("AWS_ENDPOINT_URL", NOWHERE)
        .run()
        .ends("apply", 1);
    let at = |args: &[&str], place: &str| {
        let invocation = desk.unbridge(args.iter().copied()).account(&bench.account);
        invocation.env("AWS_ENDPOINT_URL", place).run()
    };
    at(&["locks"], NOWHERE).ends("locks", 1);
    at(&["unlock", "--run", "a"], NOWHERE).ends("unlock", 1);
    desk.run(["locks", "--lcok", "local"]).ends("locks", 2);
    desk.run(["unlock"]).ends("unlock", 2);
    desk.run(["resume", "orders.plan.json", "--yes"])
        .ends("resume", 2);
    desk.run(["rollback", "orders.plan.json", "--yes"])
        .ends("rollback", 2);

    // A run that stands in the middle.
    bench.account.next_link_fails();
    bench.execute(&["--accept", "unproven"]).expect_code(7);
    desk.run(["status", "orders.plan.json"]).ends("status", 0);
    desk.run(["journal", "show", "orders.journal.jsonl"])
        .ends("journal show", 0);
    desk.run(["settings"]).ends("settings", 0);
    desk.run(["status", "none.plan.json"]).ends("status", 2);
    desk.run(["journal", "show", "none.jsonl"])
        .ends("journal show", 2);
    desk.run(["settings", "--config", "none.toml"])
        .ends("settings", 2);
    let full = |words: &str| Desk::shell(desk, &format!("unbridge {words} > /dev/full")).run();
    full("status orders.plan.json").ends("status", 1);
    full("journal show orders.journal.jsonl").ends("journal show", 1);
    full("settings").ends("settings", 1);
}
