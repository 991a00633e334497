//! Documents that must keep step with the binary: findings, schemas, permissions, and every command
//! they show.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use strum::VariantArray;
use unbridge_model::call::CallKind;
use unbridge_model::finding::{FindingCode, Verdict};

use crate::harness::{Account, Desk, Report, emulator, list, read, repository, text, updates};
use crate::inputs;

fn names<T: Display>(variants: &[T]) -> BTreeSet<String> {
    variants.iter().map(ToString::to_string).collect()
}

/// The headings of one level in a document.
fn headings(document: &str, level: &str) -> BTreeSet<String> {
    let document = read(&repository().join(document));
    let heading = |line: &str| {
        line.strip_prefix(level)?
            .strip_prefix(' ')
            .map(str::to_owned)
    };
    document.lines().filter_map(heading).collect()
}

#[test]
fn every_finding_has_a_section_and_every_section_a_finding() {
    assert_eq!(
        headings("docs/findings.md", "##"),
        names(FindingCode::VARIANTS)
    );
}

#[test]
fn every_verdict_has_a_section_and_every_section_a_verdict() {
    assert_eq!(
        headings("docs/findings.md", "###"),
        names(Verdict::VARIANTS)
    );
}

/// Codes in a report, on NLBs, links and chains that reach neither.
fn codes(report: &Report) -> BTreeSet<String> {
    let owners = ["nlbs", "links"]
        .into_iter()
        .flat_map(|key| list(&report.0[key]));
    let found = owners.flat_map(|owner| list(&owner["findings"]));
    found
        .chain(list(&report.0["unattached"]))
        .map(|found| text(&found["code"]))
        .collect()
}

#[test]
fn every_finding_has_a_fixture_that_produces_it_and_every_fixture_a_finding() {
    let folder = repository().join("fixtures/findings");
    let mut produced = BTreeSet::new();
    for fixture in fs::read_dir(folder).expect("fixtures/findings") {
        let path = fixture.expect("an entry").path();
        let code = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let snapshot = path.display().to_string();
        let args = ["report", "--output", "json", "--snapshot", &snapshot];
        let outcome = Desk::new().run(args);
        assert!([0, 4].contains(&outcome.code()), "{code}: {outcome:?}");
        let found = codes(&outcome.report());
        assert!(found.contains(&code), "{} has {found:?}", path.display());
        produced.insert(code);
    }
    assert_eq!(produced, names(FindingCode::VARIANTS));
}

#[test]
fn every_finding_is_explained_by_its_code() {
    for code in FindingCode::VARIANTS {
        let outcome = Desk::new().run(["explain", &code.to_string()]);
        outcome.expect_code(0);
        assert!(
            outcome.stdout.starts_with(&format!("{code}: ")),
            "{}",
            outcome.stdout
        );
    }
}

#[test]
fn published_schemas_are_those_of_the_binary() {
    for what in [
        "snapshot",
        "report",
        "diff",
        "plan",
        "journal",
        "rehearsal",
        "status",
        "run",
        "settings",
        "events",
    ] {
        let printed = Desk::new().run(["schema", what]);
        printed.expect_code(0);
        let file = repository().join(format!("docs/schemas/{what}.schema.json"));
        if updates() {
            fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            fs::write(&file, &printed.stdout).expect("a file is written");
        }
        let hint = "UPDATE=1 writes it";
        assert!(file.exists(), "{} is missing; {hint}", file.display());
        let kept = read(&file);
        let mut lines = kept.lines().zip(printed.stdout.lines());
        let first = lines.find(|(kept, printed)| kept != printed);
        let place = file.display();
        assert!(
            printed.stdout == kept,
            "{place}: {hint}; differs first in {first:?}"
        );
    }
}

/// Fenced blocks of a document: language and lines.
fn blocks(document: &str) -> Vec<(&str, Vec<&str>)> {
    let mut blocks = Vec::new();
    let mut open: Option<(&str, Vec<&str>)> = None;
    for line in document.lines() {
        match (line.strip_prefix("```"), open.as_mut()) {
            (Some(language), None) => open = Some((language, Vec::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some((_, lines))) => lines.push(line),
            (None, None) => {}
        }
    }
    blocks
}

#[test]
fn the_published_policy_allows_every_call_and_nothing_else() {
    let document = read(&repository().join("docs/permissions.md"));
    let (_, lines) = blocks(&document)
        .into_iter()
        .find(|(language, _)| *language == "json")
        .expect("a policy");
    let policy: Value = serde_json::from_str(&lines.join("\n")).expect("JSON");
    let mut allowed = BTreeSet::new();
    for statement in list(&policy["Statement"]) {
        assert_eq!(statement["Effect"], "Allow");
        match &statement["Action"] {
            Value::Array(actions) => allowed.extend(actions.iter().map(text)),
            action => allowed.extend([text(action)]),
        }
    }
    let mut needed: BTreeSet<_> = CallKind::VARIANTS
        .iter()
        .map(|kind| kind.iam_action().to_owned())
        .collect();
    // What lists regions, and what reading a web ACL by its resource needs besides itself.
    for action in [
        "ec2:DescribeRegions",
        "elasticloadbalancing:GetLoadBalancerWebACL",
        "wafv2:GetWebACL",
    ] {
        needed.insert(action.to_owned());
    }
    assert_eq!(allowed, needed);
}

/// A command that a document shows, and the output it shows below.
struct Shown {
    command: String,
    output: Vec<String>,
}

/// Lines, those that go on behind a backslash put together.
fn joined(lines: &[&str]) -> Vec<String> {
    let whole = lines.join("\n").replace("\\\n", " ");
    whole.lines().map(str::to_owned).collect()
}

/// The documents for users: where they stand, and what is in them.
fn documents() -> Vec<(PathBuf, String)> {
    let root = repository();
    let docs = fs::read_dir(root.join("docs"))
        .expect("docs")
        .map(|entry| entry.expect("an entry").path());
    let documents = docs.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    documents
        .chain([root.join("README.md")])
        .map(|path| {
            let source = read(&path);
            (path, source)
        })
        .collect()
}

/// What somebody does who reads a document from top to bottom.
enum Step {
    /// Types a command.
    Types(Shown),
    /// Writes settings.
    Writes(String),
}

/// The settings of a document, and every line `$ unbridge ...` in its fenced blocks.
fn steps(document: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for (language, lines) in blocks(document) {
        if language == "toml" {
            steps.push(Step::Writes(lines.join("\n")));
        }
        steps.extend(shown_in(language, &lines).into_iter().map(Step::Types));
    }
    steps
}

/// Every command of a block. In `sh` blocks the prompt may be left out.
fn shown_in(language: &str, lines: &[&str]) -> Vec<Shown> {
    let mut shown: Vec<Shown> = Vec::new();
    if ["sh", "console"].contains(&language) {
        let mut below: Option<&mut Shown> = None;
        for line in joined(lines) {
            let line = line.as_str();
            let typed = line
                .strip_prefix("$ ")
                .or((language == "sh").then_some(line));
            match typed {
                Some(typed) if typed.starts_with("unbridge ") => {
                    shown.push(Shown {
                        command: typed.to_owned(),
                        output: Vec::new(),
                    });
                    below = shown.last_mut();
                }
                Some(_) => below = None,
                None => {
                    if let Some(shown) = &mut below {
                        shown.output.push(line.to_owned());
                    }
                }
            }
        }
    }
    shown
}

/// What the steps of a pipeline type, one script for each: GitHub's `run`, GitLab's `script`.
fn scripts(pipeline: &[&str]) -> Vec<String> {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let item = |line: &str| line.trim_start().trim_start_matches("- ").to_owned();
    let mut scripts: Vec<String> = Vec::new();
    let mut open = None;
    for line in pipeline {
        match (open, scripts.last_mut()) {
            (Some(key), Some(script)) if depth(line) > key => {
                script.push_str(&item(line));
                script.push('\n');
            }
            _ if ["run: |", "script:"].contains(&item(line).as_str()) => {
                open = Some(depth(line));
                scripts.push(String::new());
            }
            _ => open = None,
        }
    }
    scripts
}

/// Whether the output reads as shown; a line `...` stands for any number of lines.
fn reads_as(shown: &[String], output: &[&str]) -> bool {
    let Some((first, rest)) = shown.split_first() else {
        return output.is_empty();
    };
    if first == "..." {
        return (0..=output.len()).any(|skipped| reads_as(rest, &output[skipped..]));
    }
    output
        .split_first()
        .is_some_and(|(line, output)| line.trim_end() == first.trim_end() && reads_as(rest, output))
}

/// A desk on which every documented command works: snapshots, plans, an account, and profiles.
fn documented_desk(path: &str, document: &str) -> Desk {
    if path == "organization.md" {
        return organization_desk();
    }
    let desk = Desk::with_demo();
    let last = inputs::earlier(&desk.snapshot("account.jsonl.zst"));
    desk.write("last.jsonl.zst", last);
    inputs::plans(&desk);
    inputs::journals(&desk);
    sign_in(&desk, document);
    desk
}

/// A desk in the management account of an organization that was scanned some days ago.
fn organization_desk() -> Desk {
    let word = json!({ "external_id": "our-secret-word" });
    let management = emulator().organization_of("100000000000", word);
    management.bucket_named("audit");
    let desk = Desk::new();
    keys(&desk, &management, ["default".to_owned()]);
    desk.write("accounts.txt", "100000000001\n");
    for tree in ["audit/", "s3://audit/nlb"] {
        let scan = "unbridge scan --organization --assume-role unbridge-audit --pace 100 \
                    --external-id our-secret-word --date 2026-10-22 -o";
        let outcome = desk.shell(&format!("{scan} {tree}")).emulated().run();
        outcome.expect_code(4);
    }
    desk
}

/// Gives a desk keys for an account of the emulator, under every profile that is named.
fn sign_in(desk: &Desk, document: &str) {
    let words = document.split_whitespace();
    let named = words
        .clone()
        .zip(words.skip(1))
        .filter(|(flag, _)| *flag == "--profile");
    let profiles: BTreeSet<_> = named.map(|(_, name)| format!("profile {name}")).collect();
    let account = emulator().parts(&["billing"]);
    keys(
        desk,
        &account,
        profiles.into_iter().chain(["default".to_owned()]),
    );
}

/// Writes an account's keys where AWS's tools look for them, under these sections.
fn keys(desk: &Desk, account: &Account, sections: impl IntoIterator<Item = String>) {
    fs::create_dir(desk.home().join(".aws")).expect("a folder");
    let keys = json!({
        "Version": 1, "AccessKeyId": account.access_key(), "SecretAccessKey": "secret",
    });
    let file = desk.home().join("keys.json");
    fs::write(&file, keys.to_string()).expect("a file is written");
    let file = file.display();
    let section = |name: String| {
        format!("[{name}]\nregion = us-east-1\ncredential_process = /bin/cat {file}\n")
    };
    let config: String = sections.into_iter().map(section).collect();
    fs::write(desk.home().join(".aws/config"), config).expect("a file is written");
}

fn short(path: &Path) -> String {
    path.file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned()
}

#[test]
fn every_command_of_the_documents_works_and_prints_what_they_show() {
    for (path, document) in documents() {
        let path = short(&path);
        let steps = steps(&document);
        assert!(
            path != "README.md" || !steps.is_empty(),
            "the README shows how to run it"
        );
        if steps.is_empty() {
            continue;
        }
        let desk = documented_desk(&path, &document);
        for step in steps {
            let Shown { command, output } = match step {
                Step::Types(shown) => shown,
                Step::Writes(settings) => {
                    desk.write("unbridge.toml", settings);
                    continue;
                }
            };
            let outcome = desk.shell(&command).emulated().run();
            assert!(
                [0, 3, 4, 5].contains(&outcome.code()),
                "{path}: {outcome:#?}"
            );
            let lines: Vec<_> = outcome.stdout.lines().collect();
            let fits = output.is_empty() || reads_as(&output, &lines);
            assert!(fits, "{path} shows something else: {outcome:#?}");
        }
    }
}

#[test]
fn every_pipeline_of_the_documents_works_the_first_time_and_the_next() {
    let mut seen = BTreeSet::new();
    for (path, document) in documents() {
        for (_, lines) in blocks(&document).iter().filter(|(l, _)| *l == "yaml") {
            let scripts = scripts(lines);
            let desk = Desk::new();
            sign_in(&desk, "");
            for script in scripts.iter().chain(&scripts) {
                let summary = desk.work().join("summary.md").display().to_string();
                let run = desk.shell(&format!("set -e\n{script}")).emulated();
                run.env("GITHUB_STEP_SUMMARY", summary).run().expect_code(0);
            }
            let kept = desk.snapshot("last.jsonl.zst");
            assert!(kept.contains("billing-nlb"), "{}", path.display());
            assert!(!desk.files().contains(&"account.jsonl.zst".to_owned()));
            seen.insert(scripts.concat().matches("unbridge ").count());
        }
    }
    assert_eq!(seen, BTreeSet::from([4, 5]), "commands of each pipeline");
}
