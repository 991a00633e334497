//! `unbridge.toml`: what a team has settled for all who work in a folder. Owns the file's form, its
//! defaults and what is said of a wrong one. A flag wins over the file, the file over the default.

mod accept;
mod canary;
mod file;
mod listed;
mod probes;
mod waits;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;
use unbridge_executor::canary::Thresholds;
use unbridge_model::id::Region;
use unbridge_model::quota::Pace;
use unbridge_report::view::Acceptance;

use crate::args::{ConfigArgs, LockPlace, OnFail};
use crate::error::Failure;
use crate::terminal;
use file::{Lines, Wrong, line_of, lines, parsed, unreadable, whole};

pub(crate) use listed::listed;
pub(crate) use probes::Probes;
#[cfg(feature = "aws")]
pub(crate) use probes::{Bodies, HeaderValue, ProbeRequest};
pub(crate) use waits::Waits;

/// The file that is read without being asked for, in the current folder.
const DEFAULT: &str = "unbridge.toml";

/// What holds where no flag says otherwise.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The file that they were read from; `None` when there is none.
    pub(crate) file: Option<PathBuf>,
    /// Findings that a team has accepted.
    pub(crate) acceptances: Vec<Acceptance>,
    /// The regions that a scan reads; empty: the profile's.
    pub(crate) regions: Vec<Region>,
    /// The share of AWS's quotas that a scan takes.
    pub(crate) pace: Pace,
    /// How a temporary stage is proven.
    pub(crate) probes: Probes,
    /// How a canary release is judged.
    pub(crate) canary: Thresholds,
    /// How long a run waits for what.
    pub(crate) waits: Waits,
    /// What follows when a gate does not open.
    pub(crate) on_fail: OnFail,
    /// Where the lock is.
    pub(crate) lock: LockPlace,
    lines: Lines,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            file: None,
            acceptances: Vec::new(),
            regions: Vec::new(),
            pace: Pace::HALF,
            probes: Probes::default(),
            canary: Thresholds::default(),
            waits: Waits::default(),
            on_fail: OnFail::Pause,
            lock: LockPlace::Ssm,
            lines: Lines::default(),
        }
    }
}

/// The settings of the file that the flags name, or of the one in the current folder.
pub(crate) fn read(args: &ConfigArgs) -> Result<Settings, Failure> {
    let path = match &args.config {
        Some(path) => path.as_path(),
        None if args.no_config => return Ok(Settings::default()),
        None => Path::new(DEFAULT),
    };
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if args.config.is_none() && error.kind() == io::ErrorKind::NotFound => {
            return Ok(Settings::default());
        }
        Err(error) => {
            let what = format!("settings {} cannot be read: {error}", path.display());
            return Err(
                Failure::usage(what).hint("--config FILE names another file, --no-config none")
            );
        }
    };
    if args.config.is_none() {
        terminal::tell(&format!("settings: {DEFAULT} (--no-config ignores it)"));
    }
    let settings = parse(&text).map_err(|wrong| {
        let Wrong { at, what, hint } = wrong;
        let line = line_of(&text, at);
        Failure::usage(format!("{}, line {line}: {what}", path.display())).hint(hint)
    })?;
    Ok(Settings {
        file: Some(path.to_owned()),
        ..settings
    })
}

/// The file as it is written; its keys are known.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    accept: Vec<accept::Entry>,
    regions: Option<Spanned<Vec<Spanned<String>>>>,
    #[serde(default)]
    pace: PaceTable,
    #[serde(default)]
    probes: probes::Table,
    #[serde(default)]
    canary: BTreeMap<String, Spanned<toml::Value>>,
    #[serde(default)]
    waits: BTreeMap<String, Spanned<i64>>,
    on_fail: Option<Spanned<String>>,
    lock: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table [pace] with percent")]
struct PaceTable {
    percent: Option<Spanned<i64>>,
}

fn parse(text: &str) -> Result<Settings, Wrong> {
    let lines = lines(text)?;
    let file: File = toml::from_str(text).map_err(|error| {
        let wrong = unreadable(&error);
        match is_in_entry(text, wrong.at) {
            true => wrong.hint(accept::FORM),
            false => wrong,
        }
    })?;
    let standard = Settings::default();
    let acceptances = file.accept.iter().map(accept::acceptance);
    Ok(Settings {
        acceptances: acceptances.collect::<Result<_, _>>()?,
        regions: file.regions.as_ref().map_or(Ok(Vec::new()), regions)?,
        pace: file.pace.percent.as_ref().map_or(Ok(standard.pace), pace)?,
        probes: probes::read(&file.probes)?,
        canary: canary::read(&file.canary)?,
        waits: waits::read(&file.waits)?,
        on_fail: word("on_fail", file.on_fail.as_ref(), standard.on_fail)?,
        lock: word("lock", file.lock.as_ref(), standard.lock)?,
        lines,
        file: None,
    })
}

/// Whether a byte stands in an entry of accepted findings.
fn is_in_entry(text: &str, at: usize) -> bool {
    let mut lines: Vec<&str> = text.lines().take(line_of(text, at)).collect();
    lines.reverse();
    let table = lines.iter().find(|line| line.starts_with('['));
    table.is_some_and(|line| line.starts_with("[[accept]]"))
}

fn regions(list: &Spanned<Vec<Spanned<String>>>) -> Result<Vec<Region>, Wrong> {
    if list.get_ref().is_empty() {
        let what = "regions is empty: leave it out for the profile's region";
        return Err(Wrong::in_value(list, what));
    }
    let mut regions: Vec<Region> = Vec::new();
    for text in list.get_ref() {
        let region = parsed(text)?;
        if regions.contains(&region) {
            return Err(Wrong::in_value(
                text,
                format!("{region} stands there twice"),
            ));
        }
        regions.push(region);
    }
    Ok(regions)
}

fn pace(percent: &Spanned<i64>) -> Result<Pace, Wrong> {
    let share = whole("percent", percent, 1..=100)?;
    Pace::percent(share).ok_or_else(|| Wrong::in_value(percent, "no pace"))
}

/// One of the words that a flag takes too.
fn word<T: clap::ValueEnum>(
    key: &str,
    word: Option<&Spanned<String>>,
    standard: T,
) -> Result<T, Wrong> {
    let Some(word) = word else {
        return Ok(standard);
    };
    T::from_str(word.get_ref(), false).map_err(|_| {
        let known = T::value_variants().iter();
        let known =
            known.filter_map(|value| Some(value.to_possible_value()?.get_name().to_owned()));
        let known: Vec<String> = known.collect();
        let what = format!(
            "{key} is {:?}, and not {}",
            word.get_ref(),
            known.join(" or ")
        );
        Wrong::in_value(word, what)
    })
}

#[cfg(test)]
mod tests;
