//! What a person types next about a run. It carries every word of this command line without which the
//! next command would find another journal, account or lock, or do something else; it never says yes
//! for them (`--yes`).
//!
//! What the journal keeps is not said again.

use std::path::Path;

use unbridge_model::id::{Region, RunId};
use unbridge_model::journal::Chosen;

use crate::args::{BeginArgs, ConfigArgs, LockPlace, OnFail, RunArgs};
use crate::run_files::{typed, word};

/// Commands about a run.
#[derive(Debug, Clone)]
pub(super) struct Typed<'a> {
    args: &'a RunArgs,
    /// The plan, and the journal where it does not stand beside it.
    about: String,
    lock: Option<LockPlace>,
    on_fail: Option<OnFail>,
}

impl<'a> Typed<'a> {
    /// About a run that this process begins: its journal keeps what is chosen.
    pub(super) fn begun(args: &'a RunArgs, journal: &Path) -> Self {
        Self {
            args,
            about: typed(&args.plan, journal),
            lock: None,
            on_fail: None,
        }
    }

    /// About a run that this process takes up: what was said otherwise than the journal keeps has to
    /// be said again.
    pub(super) fn taken_up(args: &'a RunArgs, journal: &Path, kept: Option<Chosen>) -> Self {
        let lock = args.lock;
        let on_fail = args.on_fail;
        Self {
            lock: lock.filter(|said| kept.is_none_or(|kept| LockPlace::from(kept.lock) != *said)),
            on_fail: on_fail
                .filter(|said| kept.is_none_or(|kept| OnFail::from(kept.on_fail) != *said)),
            ..Self::begun(args, journal)
        }
    }

    /// About a run that is another one than this command line is for.
    pub(super) fn earlier(args: &'a RunArgs, journal: &Path, kept: Option<Chosen>) -> Self {
        match kept {
            Some(_) => Self::begun(args, journal),
            None => Self::taken_up(args, journal, None),
        }
    }

    pub(super) fn status(&self) -> String {
        format!("unbridge status {}", self.about)
    }

    pub(super) fn resume(&self) -> String {
        let mut line = self.line("resume");
        said(&mut line, "--on-fail", self.on_fail, "WHAT");
        self.forward(&mut line);
        line
    }

    pub(super) fn rollback(&self) -> String {
        self.line("rollback")
    }

    pub(super) fn on_or_back(&self) -> String {
        format!("{}  or  {}", self.resume(), self.rollback())
    }

    /// The same command line once more, to make the changes.
    pub(super) fn execute(&self, command: &str, begin: &BeginArgs, nlbs: &[String]) -> String {
        let mut line = self.line(command);
        let BeginArgs {
            execute: _,
            accept,
            snapshot,
            terraform_states,
        } = begin;
        line.push_str(" --execute");
        said(&mut line, "--lock", self.args.lock, "WHERE");
        said(&mut line, "--on-fail", self.args.on_fail, "WHAT");
        said(&mut line, "--accept", accept, "WHAT");
        self.forward(&mut line);
        for (flag, files) in [
            ("--snapshot", snapshot.as_slice()),
            ("--terraform-state", terraform_states),
        ] {
            for file in files {
                line.push_str(&format!(" {flag} {}", word(file, "FILE")));
            }
        }
        said(&mut line, "--nlb", nlbs, "NAME");
        line
    }

    /// Takes the lock from a run that holds it.
    pub(super) fn unlock(&self, region: &Region, run: &RunId, place: LockPlace) -> String {
        let mut line = format!("unbridge unlock --region {region} --run {run} --lock {place}");
        said(&mut line, "--profile", &self.args.profile, "PROFILE");
        line
    }

    fn line(&self, command: &str) -> String {
        let mut line = format!("unbridge {command} {}", self.about);
        said(&mut line, "--profile", &self.args.profile, "PROFILE");
        let ConfigArgs { config, no_config } = &self.args.config;
        if let Some(file) = config {
            line.push_str(&format!(" --config {}", word(file, "FILE")));
        }
        if *no_config {
            line.push_str(" --no-config");
        }
        said(&mut line, "--lock", self.lock, "WHERE");
        line
    }

    /// What only the way forward takes.
    fn forward(&self, line: &mut String) {
        if self.args.confirm_each {
            line.push_str(" --confirm-each");
        }
        said(line, "--probe", &self.args.probes, "REQUEST");
        if let Some(file) = &self.args.digest_key {
            line.push_str(&format!(" --digest-key {}", word(file, "FILE")));
        }
    }
}

/// Adds a flag with each of these values.
fn said<T: ToString>(
    line: &mut String,
    flag: &str,
    values: impl IntoIterator<Item = T>,
    otherwise: &str,
) {
    for value in values {
        line.push_str(&format!(" {flag} {}", word(value.to_string(), otherwise)));
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use unbridge_model::journal;

    use super::*;
    use crate::args::{ApplyArgs, ResumeArgs};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: ApplyArgs,
    }

    #[derive(Parser)]
    struct LaterLine {
        #[command(flatten)]
        args: ResumeArgs,
    }

    fn begun(words: &[&str]) -> ApplyArgs {
        let words = ["apply"].iter().chain(words);
        Line::try_parse_from(words).expect("a command line").args
    }

    fn later(words: &[&str]) -> ResumeArgs {
        let words = ["resume"].iter().chain(words);
        LaterLine::try_parse_from(words)
            .expect("a command line")
            .args
    }

    /// Whether a shell and this tool read the same out of what is printed.
    fn read_again(line: &str, command: &str) -> Vec<String> {
        let words = shlex::split(line).expect("words");
        assert_eq!(words[..2], ["unbridge", command]);
        LaterLine::try_parse_from(&words[1..]).expect("a command line");
        words[2..].to_vec()
    }

    const CHOSEN: Chosen = Chosen {
        lock: journal::LockPlace::Local,
        on_fail: journal::OnFail::Rollback,
    };

    #[test]
    fn what_the_next_command_would_go_without_is_said_again_as_a_shell_takes_it() {
        let words = [
            "my orders.plan.json",
            "--journal",
            "$(x).jsonl",
            "--profile",
            "a b",
            "--config",
            "team's.toml",
            "--digest-key",
            "key",
            "--confirm-each",
            "--probe",
            "GET /orders/42 404",
            "--on-fail",
            "rollback",
            "--lock",
            "local",
        ];
        let args = begun(&words).run;
        let journal = args.journal.clone().expect("a journal");
        let next = Typed::begun(&args, &journal);
        let again = read_again(&next.resume(), "resume");
        // The journal keeps what was chosen.
        let mut kept: Vec<&str> = words[..words.len() - 4].to_vec();
        let mut again: Vec<&str> = again.iter().map(String::as_str).collect();
        kept.sort_unstable();
        again.sort_unstable();
        assert_eq!(again, kept);
        let back = read_again(&next.rollback(), "rollback");
        let back: Vec<&str> = back.iter().map(String::as_str).collect();
        assert_eq!(back, words[..7]);
        assert_eq!(
            next.status(),
            "unbridge status 'my orders.plan.json' --journal '$(x).jsonl'"
        );
    }

    #[test]
    fn what_a_journal_does_not_keep_or_keeps_otherwise_is_said_again() {
        let args = later(&["a.plan.json", "--lock", "local", "--on-fail", "pause"]).run;
        let journal = Path::new("a.journal.jsonl");
        let resume = |next: Typed<'_>| next.resume();
        let plain = "unbridge resume a.plan.json";
        let all = format!("{plain} --lock local --on-fail pause");
        assert_eq!(resume(Typed::taken_up(&args, journal, None)), all);
        assert_eq!(
            resume(Typed::taken_up(&args, journal, Some(CHOSEN))),
            format!("{plain} --on-fail pause")
        );
        assert_eq!(resume(Typed::earlier(&args, journal, Some(CHOSEN))), plain);
        assert_eq!(resume(Typed::earlier(&args, journal, None)), all);
    }

    #[test]
    fn a_dry_run_says_its_whole_command_line_again() {
        let words = [
            "a.plan.json",
            "--lock",
            "local",
            "--on-fail",
            "rollback",
            "--accept",
            "unproven",
            "--probe",
            "/health",
            "--snapshot",
            "account.jsonl.zst",
            "--terraform-state",
            "a b.tfstate",
        ];
        let ApplyArgs { begin, run } = begun(&words);
        let next = Typed::begun(&run, Path::new("a.journal.jsonl"));
        assert_eq!(
            next.execute("retire", &begin, &["my-nlb".to_owned()]),
            "unbridge retire a.plan.json --execute --lock local --on-fail rollback --accept unproven \
             --probe /health --snapshot account.jsonl.zst --terraform-state 'a b.tfstate' --nlb my-nlb"
        );
        let run = RunId::new("1f0c2a9b7d3e").expect("a run");
        let region = Region::new("eu-west-1").expect("a region");
        assert_eq!(
            next.unlock(&region, &run, LockPlace::Local),
            "unbridge unlock --region eu-west-1 --run 1f0c2a9b7d3e --lock local"
        );
    }
}
