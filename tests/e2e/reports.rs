//! Reports in files, settings that are found without being asked for, completions and man pages:
//! what a script on stdout alone cannot show.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::harness::{Desk, emulator};
use crate::inputs;

/// Formats, each with an ending that stands for it.
const FORMATS: [(&str, &str); 8] = [
    ("table", ".txt"),
    ("json", ".json"),
    ("csv", ".csv"),
    ("markdown", ".md"),
    ("mermaid", ".mmd"),
    ("dot", ".gv"),
    ("sarif", ".sarif.json"),
    ("html", ".html"),
];

const ACCEPT: &str = "\
[[accept]]
finding = \"idle-nlb\"
";

#[test]
fn a_file_holds_what_stdout_would() {
    let desk = Desk::with_demo();
    for (format, ending) in FORMATS {
        let common = ["report", "--snapshot", "account.jsonl.zst"];
        let shown = desk.run(common.iter().chain(&["--output", format]));
        shown.expect_code(0);
        let name = format!("bridges{ending}");
        desk.write(&name, "what stood there before");
        let written = desk.run(common.iter().chain(&["-o", name.as_str()]));
        let told = (written.stdout.as_str(), written.stderr.as_str());
        assert_eq!(told, ("", format!("report: {name}\n").as_str()));
        written.expect_code(0);
        let path = desk.work().join(&name);
        let kept = fs::read_to_string(&path).expect("a report");
        assert!(!kept.is_empty(), "{format}");
        assert_eq!(kept, shown.stdout, "{format}");
        let mode = fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o600, 0o600, "{format}");
    }
    // Nothing is left of what was written beside.
    assert_eq!(desk.files().len(), 1 + FORMATS.len());
}

#[test]
fn what_output_says_goes_before_the_ending() {
    let desk = Desk::with_demo();
    let report =
        "report --snapshot account.jsonl.zst --output json -o bridges.txt --fail-on blocked";
    let written = desk.run(report.split(' '));
    assert_eq!(written.expect_code(3).stdout, "");
    let kept = fs::read_to_string(desk.work().join("bridges.txt")).expect("a report");
    assert!(kept.starts_with("{\"format_version\":"), "{kept}");
}

#[test]
fn a_report_that_cannot_be_written_leaves_nothing() {
    let desk = Desk::with_demo();
    fs::create_dir(desk.work().join("locked")).expect("a folder");
    for place in ["locked", "nowhere/a.json", "locked/", "/dev/null"] {
        let args = [
            "report",
            "--snapshot",
            "account.jsonl.zst",
            "--output",
            "json",
            "-o",
        ];
        let outcome = desk.run(args.iter().chain(&[place]));
        outcome.expect_code(1).expect_told("\n  try: ");
        assert_eq!(outcome.stdout, "");
        assert_eq!(desk.files(), ["account.jsonl.zst", "locked"]);
    }
}

#[test]
fn whoever_closes_the_pipe_has_seen_enough_of_any_format() {
    let desk = Desk::with_demo();
    let report = ["report", "--snapshot", "account.jsonl.zst", "--output"];
    let completions = [["completions", "bash"], ["completions", "zsh"]];
    let formats = FORMATS.map(|(format, _)| report.iter().copied().chain([format]).collect());
    let others = completions.map(Vec::from).into_iter().chain([vec!["man"]]);
    for args in Vec::<Vec<&str>>::from(formats).into_iter().chain(others) {
        let mut running = desk.unbridge(&args).start();
        running.close_stdout();
        let outcome = running.finish();
        let told = (outcome.code(), outcome.stderr.as_str());
        assert_eq!(told, (0, ""), "{args:?}");
    }
}

#[test]
fn settings_of_the_current_folder_are_read_and_named() {
    let desk = inputs::desk();
    fs::copy(
        desk.work().join("accept.toml"),
        desk.work().join("unbridge.toml"),
    )
    .expect("a copy");
    let run = |more: &str| {
        let common =
            "report --snapshot account.jsonl.zst --output csv --columns nlb --fail-on alarm-on-nlb";
        desk.run(common.split(' ').chain(more.split_whitespace()))
    };
    let settings = "settings: unbridge.toml (--no-config ignores it)\n";
    assert_eq!(run("").expect_code(0).stderr, settings);
    assert_eq!(run("--no-config").expect_code(3).stderr, "");
    assert_eq!(run("--config empty.toml").expect_code(3).stderr, "");
    let verdict = desk.run("explain idle-nlb --snapshot account.jsonl.zst".split(' '));
    assert_eq!(verdict.expect_code(0).stderr, "", "explain has no settings");

    desk.write("unbridge.toml", ACCEPT);
    run("")
        .expect_code(2)
        .expect_told("unbridge.toml, line 1: ");
    run("--no-config").expect_code(3);
    fs::remove_file(desk.work().join("unbridge.toml")).expect("a file");
    fs::create_dir(desk.work().join("unbridge.toml")).expect("a folder");
    run("")
        .expect_code(2)
        .expect_told("settings unbridge.toml cannot be read");
}

#[test]
fn a_scan_shows_what_is_new_since_the_last_one() {
    let account = emulator().parts(&["billing"]);
    let desk = Desk::new();
    desk.scan(&account, &[]).run();
    fs::rename(
        desk.work().join("account.jsonl"),
        desk.work().join("last.jsonl"),
    )
    .expect("a file");
    account.seed("reference", json!({ "only": ["mixed"] }));
    let options = ["--baseline", "last.jsonl", "--fail-on", "mixed-nlb"];
    let outcome = desk.scan(&account, &options).run();
    let report = outcome.expect_code(3).report();
    assert!(
        report.0["baseline"]["nlbs"].as_u64() > Some(0),
        "{report:?}"
    );
    assert!(!report.rows().contains_key("billing-nlb"), "{report:?}");
    let options = ["--baseline", "account.jsonl", "--fail-on", "info"];
    let again = desk.scan(&account, &options).run();
    assert_eq!(again.expect_code(0).report().rows().len(), 0);
}

#[test]
fn a_scan_with_a_baseline_of_another_account_ends_before_it_begins() {
    let account = emulator().parts(&["billing"]);
    let desk = Desk::with_demo();
    let options = ["--baseline", "account.jsonl.zst"];
    let outcome = desk.scan(&account, &options).run();
    outcome
        .expect_code(2)
        .expect_told(&account.id)
        .expect_told("111122223333");
    let calls: Vec<String> = account.calls().into_keys().collect();
    assert_eq!(calls, ["sts:GetCallerIdentity"]);
    assert_eq!(desk.files(), ["account.jsonl.zst"]);
}

#[test]
fn completions_and_man_pages_know_every_command_and_flag() {
    let desk = Desk::new();
    desk.run(["man", "pages/man1"]).expect_code(0);
    let folder = desk.work().join("pages/man1");
    let page = |name: &str| {
        let page = fs::read_to_string(folder.join(name)).expect("a page");
        page.replace('\\', "")
    };
    let report = page("unbridge-report.1");
    let commands = [
        "scan",
        "report",
        "explain",
        "policy",
        "demo",
        "schema",
        "completions",
        "man",
    ];
    let flags = [
        "--snapshot",
        "--baseline",
        "--fail-on",
        "--group-by",
        "--no-config",
        "--tag",
    ];
    for command in commands {
        assert!(
            page("unbridge.1").contains(&format!("unbridge-{command}(1)")),
            "{command}"
        );
        assert!(
            page(&format!("unbridge-{command}.1")).contains("NAME"),
            "{command}"
        );
    }
    for flag in flags {
        assert!(report.contains(flag), "{flag}");
    }
    assert_eq!(
        desk.run(["man"]).expect_code(0).stdout.replace('\\', ""),
        page("unbridge.1")
    );
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = desk.run(["completions", shell]);
        let script = &script.expect_code(0).stdout;
        for word in commands.iter().chain(&flags) {
            let bare = word.trim_start_matches('-');
            assert!(script.contains(bare), "{shell} does not know {word}");
        }
    }
}

#[test]
fn bash_completes_commands_flags_and_values() {
    let desk = Desk::new();
    desk.write("unbridge.bash", &desk.run(["completions", "bash"]).stdout);
    let complete = |words: &str| {
        let script = format!(
            "source unbridge.bash; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _unbridge unbridge \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD - 1]}}\"; \
             printf '%s ' \"${{COMPREPLY[@]}}\""
        );
        desk.write("complete.sh", script);
        desk.shell("/bin/bash complete.sh")
            .run()
            .expect_code(0)
            .stdout
            .clone()
    };
    assert_eq!(complete("unbridge rep"), "report ");
    assert_eq!(complete("unbridge report --fail"), "--fail-on ");
    assert_eq!(complete("unbridge report --output ma"), "markdown ");
}
