//! `unbridge rehearse`: a plan in a simulated copy of the account.

mod told;

use std::collections::BTreeSet;
use std::io::{self, BufWriter};
use std::path::Path;

use unbridge_model::call::CallKind;
use unbridge_model::id::Region;
use unbridge_model::plan::{Plan, Proof};
use unbridge_model::snapshot::Snapshot;
use unbridge_rehearsal::{Branches, rehearse_telling};
use unbridge_report::look::Look;
use unbridge_report::plan::{RehearsalVerdict, Rehearsed, Traced, rehearsed, rehearsed_json};
use unbridge_sim::from_snapshot::{Unfit, account_in};
use unbridge_sim::requests;

use crate::args::{RehearseArgs, RehearseOutput};
use crate::cmd::plan;
use crate::error::Failure;
use crate::exit::Done;
use crate::input::Single;
use crate::{progress, terminal};

pub(crate) fn run(args: &RehearseArgs, verbose: u8) -> Result<Done, Failure> {
    if let Some(path) = &args.output_file {
        plan::check_place(path, &args.snapshot)?;
    }
    let mut plan = plan::load(&args.plan)?;
    let single = Single::read(&args.snapshot, Some(&plan.body.account), None)?;
    let snapshot = single.snapshot;
    check(&plan, &snapshot)?;
    let found = rehearsed_on(&plan, &snapshot)
        .map_err(|unfit| refused(&args.snapshot, &unfit, &plan.body.region))?;
    let done = match found.verdict {
        RehearsalVerdict::Proven => Done::Clean,
        RehearsalVerdict::Refuted => Done::Refused,
    };
    if let (Some(path), Done::Clean) = (&args.output_file, done) {
        plan.proof = Some(proof(&plan, &found));
        plan::write(&plan, path)?;
    }
    done.once(put(&found, args, verbose))
}

/// How far a rehearsal came.
pub(crate) enum Fit {
    /// To its end.
    Rehearsed(Box<Rehearsed>),
    /// Nowhere: the snapshot does not tell this.
    Unread(String),
}

/// Rehearses a plan on the snapshot that it was made from.
pub(crate) fn on(plan: &Plan, snapshot: &Snapshot) -> Fit {
    match rehearsed_on(plan, snapshot) {
        Ok(found) => Fit::Rehearsed(Box::new(found)),
        Err(unfit) => Fit::Unread(unread(&unfit)),
    }
}

fn rehearsed_on(plan: &Plan, snapshot: &Snapshot) -> Result<Rehearsed, Unfit> {
    let region = &plan.body.region;
    let account = account_in(snapshot, region)?;
    let load = requests::requests(&account, region);
    let runs = progress::Runs::start();
    let rehearsal = rehearse_telling(plan, &account, &load, Branches::Rejoin, &mut |at| {
        runs.are(at.runs, at.known, at.setting);
    });
    runs.end();
    Ok(told::told(&rehearsal, plan, &account))
}

/// What a rehearsal that found nothing wrong is worth.
pub(crate) fn proof(plan: &Plan, found: &Rehearsed) -> Proof {
    Proof {
        body_digest: plan.body_digest.clone(),
        tool_version: found.tool_version.clone(),
        runs: found.runs,
        requests: found.requests,
    }
}

/// A plan is rehearsed on the account that it is for.
fn check(plan: &Plan, snapshot: &Snapshot) -> Result<(), Failure> {
    let (body, header) = (&plan.body, &snapshot.header);
    if body.account != header.account {
        return Err(Failure::usage(format!(
            "the plan is for account {}, the snapshot is of account {}",
            body.account, header.account
        ))
        .hint("name a snapshot of the plan's account with --snapshot FILE"));
    }
    if !snapshot.regions.contains_key(&body.region) {
        return Err(Failure::usage(format!(
            "the plan is for {}, which the snapshot does not have",
            body.region
        ))
        .hint(format!("unbridge scan --region {} -o FILE", body.region)));
    }
    Ok(())
}

/// How many things that were not read are named before the rest is only counted.
const MOST: usize = 8;

/// A snapshot on which a rehearsal would rest on guesses.
fn refused(snapshot: &Path, unfit: &Unfit, region: &Region) -> Failure {
    let calls = unfit.unread.iter().filter_map(|(_, what)| what.call());
    let calls: BTreeSet<&str> = calls.map(CallKind::name).collect();
    let calls: Vec<&str> = calls.into_iter().collect();
    let allowed = match calls.as_slice() {
        [] => String::new(),
        calls => format!(
            ", where {} is answered (`unbridge policy scan` says what to allow)",
            calls.join(", ")
        ),
    };
    Failure::usage(format!(
        "{} does not tell enough of {region} to rehearse on; not read: {}",
        snapshot.display(),
        unread(unfit)
    ))
    .hint(format!("unbridge scan --region {region} -o FILE{allowed}"))
}

/// What a snapshot does not tell, in words.
fn unread(unfit: &Unfit) -> String {
    let names = unfit.unread.iter().map(|(_, what)| what.to_string());
    let mut names: Vec<String> = names.collect();
    let more = names.len().saturating_sub(MOST);
    names.truncate(MOST);
    if more > 0 {
        names.push(format!("+{more} more"));
    }
    names.join("; ")
}

fn put(found: &Rehearsed, args: &RehearseArgs, verbose: u8) -> Result<(), Failure> {
    match args.output {
        RehearseOutput::Json => {
            let out = BufWriter::new(io::stdout().lock());
            rehearsed_json(found, out).map_err(|error| terminal::unwritten(&error))
        }
        RehearseOutput::Text => put_text(found, terminal::look(args.page.width), verbose),
    }
}

/// Writes what was found for a person.
pub(crate) fn put_text(found: &Rehearsed, look: Look, verbose: u8) -> Result<(), Failure> {
    let traced = match verbose {
        0 => Traced::End,
        _ => Traced::All,
    };
    let mut text = String::new();
    rehearsed(found, traced, look, &mut text).map_err(Failure::unexpected)?;
    terminal::put(&text)
}
