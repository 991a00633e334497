//! `unbridge rehearse`: a plan in a simulated copy of the account.

mod told;

use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use unbridge_model::call::CallKind;
use unbridge_model::id::Region;
use unbridge_model::plan::{Plan, Proof};
use unbridge_model::snapshot::Snapshot;
use unbridge_rehearsal::{Branches, rehearse};
use unbridge_report::plan::{RehearsalVerdict, Rehearsed, Traced, rehearsed, rehearsed_json};
use unbridge_sim::from_snapshot::{Unfit, account_in};
use unbridge_sim::requests;

use crate::args::{RehearseArgs, RehearseOutput};
use crate::cmd::plan;
use crate::error::Failure;
use crate::exit::Done;
use crate::output::as_others_may_read;
use crate::{files, place, progress, terminal};

const NAME_A_PLACE: &str = "name a writable place with -o FILE";

pub(crate) fn run(args: &RehearseArgs, verbose: u8) -> Result<Done, Failure> {
    if let Some(path) = &args.output_file {
        check_place(path, &args.snapshot)?;
    }
    let plan = plan::load(&args.plan)?;
    let snapshot = files::load(&args.snapshot)?;
    check(&plan, &snapshot)?;
    let region = &plan.body.region;
    let account =
        account_in(&snapshot, region).map_err(|unfit| refused(&args.snapshot, &unfit, region))?;
    let load = requests::requests(&account, region);
    let rehearsal = progress::during("rehearsing", || {
        rehearse(&plan, &account, &load, Branches::Rejoin)
    });
    let found = told::told(&rehearsal, &plan, &account);
    let done = match found.verdict {
        RehearsalVerdict::Proven => Done::Clean,
        RehearsalVerdict::Refuted => Done::Refused,
    };
    if let (Some(path), Done::Clean) = (&args.output_file, done) {
        write_proven(plan, &found, path)?;
    }
    done.once(put(&found, args, verbose))
}

/// A place at which no plan can ever stand; the rehearsal may take long.
fn check_place(path: &Path, snapshot: &Path) -> Result<(), Failure> {
    let shown = path.display();
    if let Some(why) = place::refusal(path) {
        let what = format!("plan {shown} cannot be written: {why}");
        return Err(Failure::unexpected(what).hint(NAME_A_PLACE));
    }
    let here = path.canonicalize().ok();
    if here.is_some() && here == snapshot.canonicalize().ok() {
        let what = format!("{shown} is the snapshot that the plan is rehearsed on");
        return Err(Failure::usage(what).hint("another name with -o FILE"));
    }
    place::beside(path, &mut tempfile::Builder::new())
        .map(drop)
        .map_err(|error| unwritable(path, &error))
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
    let names = unfit.unread.iter().map(|(_, what)| what.to_string());
    let mut names: Vec<String> = names.collect();
    let more = names.len().saturating_sub(MOST);
    names.truncate(MOST);
    if more > 0 {
        names.push(format!("+{more} more"));
    }
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
        names.join("; ")
    ))
    .hint(format!("unbridge scan --region {region} -o FILE{allowed}"))
}

fn write_proven(mut plan: Plan, found: &Rehearsed, path: &Path) -> Result<(), Failure> {
    plan.proof = Some(Proof {
        body_digest: plan.body_digest.clone(),
        tool_version: found.tool_version.clone(),
        runs: found.runs,
        requests: found.requests,
    });
    let json = plan.to_json().map_err(Failure::unexpected)?;
    let unwritable = |error: &io::Error| unwritable(path, error);
    let mut file =
        place::beside(path, &mut as_others_may_read()).map_err(|error| unwritable(&error))?;
    file.write_all(json.as_bytes())
        .and_then(|()| file.as_file().sync_all())
        .map_err(|error| unwritable(&error))?;
    file.persist(path)
        .map_err(|refused| unwritable(&refused.error))?;
    terminal::tell(&format!("plan: {}", path.display()));
    Ok(())
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let what = format!("plan {} cannot be written", path.display());
    Failure::io(what, error).hint(NAME_A_PLACE)
}

fn put(found: &Rehearsed, args: &RehearseArgs, verbose: u8) -> Result<(), Failure> {
    match args.output {
        RehearseOutput::Json => {
            let out = BufWriter::new(io::stdout().lock());
            rehearsed_json(found, out).map_err(|error| terminal::unwritten(&error))
        }
        RehearseOutput::Text => {
            let traced = match verbose {
                0 => Traced::End,
                _ => Traced::All,
            };
            let mut text = String::new();
            rehearsed(found, traced, terminal::look(args.page.width), &mut text)
                .map_err(Failure::unexpected)?;
            terminal::put(&text)
        }
    }
}
