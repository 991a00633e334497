//! Code, page and tests name the same rules.
#![expect(
    clippy::disallowed_methods,
    reason = "looks at the page and at the source code"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// A row of the page: its rule and the tests that show it.
fn rows() -> BTreeMap<String, Vec<String>> {
    let page = here().join("../../docs/semantics.md");
    let page = fs::read_to_string(page).expect("docs/semantics.md");
    let quoted = Regex::new("`([a-z0-9_-]+)`").expect("a pattern");
    let mut rows = BTreeMap::new();
    for line in page.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        assert_eq!(cells.len(), 5, "{line}");
        let [rule, _, source, confidence, shown] = cells[..] else {
            unreachable!("five cells");
        };
        let confidence = confidence.trim();
        assert!(
            ["documented", "inferred", "unknown", "ours"].contains(&confidence),
            "{confidence}"
        );
        assert!(!source.trim().is_empty(), "{line}");
        let names = |cell: &str| -> Vec<String> {
            let found = quoted.captures_iter(cell);
            found.map(|found| found[1].to_owned()).collect()
        };
        let rule = names(rule).remove(0);
        let twice = rows.insert(rule, names(shown));
        assert_eq!(twice, None, "{line} stands twice");
    }
    rows
}

fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The text of every source file in a folder.
fn sources(folder: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            texts.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            texts.push(fs::read_to_string(path).expect("a source file"));
        }
    }
    texts
}

#[test]
fn every_rule_in_the_code_is_a_row_and_every_row_a_rule_in_the_code() {
    let named = Regex::new(r"[Rr]ule\s+(?://[/!]?\s+)?`([a-z0-9-]+)`").expect("a pattern");
    let mut code = sources(&here().join("src/live"));
    code.extend(sources(&here().join("src/data_plane")));
    let coded: BTreeSet<String> = code
        .iter()
        .flat_map(|text| named.captures_iter(text))
        .map(|found| found[1].to_owned())
        .collect();
    let written: BTreeSet<String> = rows().into_keys().collect();
    let only = |these: &BTreeSet<String>, those: &BTreeSet<String>| -> Vec<String> {
        these.difference(those).cloned().collect()
    };
    assert_eq!(only(&coded, &written), [""; 0], "rules without a row");
    assert_eq!(only(&written, &coded), [""; 0], "rows without a rule");
}

#[test]
fn every_row_names_tests_that_exist() {
    let code = sources(&here().join("src")).join("\n");
    let test = Regex::new(r"#\[test\]\s+fn ([a-z0-9_]+)\(").expect("a pattern");
    let tests: BTreeSet<&str> = test
        .captures_iter(&code)
        .filter_map(|found| found.get(1))
        .map(|name| name.as_str())
        .collect();
    for (rule, shown) in rows() {
        assert!(!shown.is_empty(), "{rule} is shown by nothing");
        for name in shown {
            assert!(
                tests.contains(name.as_str()),
                "{rule}: there is no test {name}"
            );
        }
    }
}
