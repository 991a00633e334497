//! `unbridge rehearse`: a plan in a simulated copy of the account.

use std::io::Write;
use std::path::Path;

use unbridge_model::journal::Residue;
use unbridge_model::plan::{Plan, Proof};
use unbridge_model::snapshot::Snapshot;
use unbridge_model::text::Text;
use unbridge_rehearsal::{Branches, CounterExample, Mishap, Rehearsal, Then, rehearse};
use unbridge_report::plan::{Finding, Rehearsed, rehearsed};
use unbridge_sim::{from_snapshot, requests};

use crate::args::RehearseArgs;
use crate::cmd::plan;
use crate::error::Failure;
use crate::exit::Done;
use crate::output::as_others_may_read;
use crate::{files, place, terminal};

pub(crate) fn run(args: &RehearseArgs) -> Result<Done, Failure> {
    if let Some(problem) = args.output_file.as_deref().and_then(place::refusal) {
        return Err(Failure::usage(format!("no plan can be written: {problem}")));
    }
    let mut plan = plan::load(&args.plan)?;
    let snapshot = files::load(&args.snapshot)?;
    check(&plan, &snapshot)?;
    let account = from_snapshot::account(&snapshot).map_err(|unfit| {
        Failure::usage(format!("{}: {unfit}", args.snapshot.display()))
            .hint("scan again with an identity that may read it: `unbridge policy scan`")
    })?;
    let load = requests::requests(&account, &plan.body.region);
    let rehearsal = rehearse(&plan, &account, &load, Branches::Rejoin);
    let mut text = String::new();
    rehearsed(
        &told(&rehearsal),
        terminal::look(args.page.width),
        &mut text,
    )
    .map_err(Failure::unexpected)?;
    let done = match rehearsal.is_proven() {
        true => Done::Clean,
        false => Done::Refused,
    };
    if let (Some(path), true) = (&args.output_file, rehearsal.is_proven()) {
        plan.proof = Some(Proof {
            body_digest: plan.body_digest.clone(),
            tool_version: Text::new(env!("CARGO_PKG_VERSION")),
            runs: rehearsal.runs,
            requests: rehearsal.requests,
        });
        write(&plan, path)?;
    }
    done.once(terminal::put(&text))
}

/// A plan is rehearsed on the account that it is for.
fn check(plan: &Plan, snapshot: &Snapshot) -> Result<(), Failure> {
    let (body, header) = (&plan.body, &snapshot.header);
    if body.account != header.account {
        return Err(Failure::usage(format!(
            "the plan is for account {}, the snapshot is of account {}",
            body.account, header.account
        ))
        .hint("name a snapshot of the plan's account"));
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

fn write(plan: &Plan, path: &Path) -> Result<(), Failure> {
    let unwritable = |error: &std::io::Error| {
        Failure::io(format!("plan {} cannot be written", path.display()), error)
            .hint("name a writable place with -o FILE")
    };
    let json = plan.to_json().map_err(Failure::unexpected)?;
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

/// What was found, in sentences.
fn told(rehearsal: &Rehearsal) -> Rehearsed {
    let stops = rehearsal.stops.iter();
    let residue = rehearsal.residue.iter();
    Rehearsed {
        runs: rehearsal.runs,
        requests: rehearsal.requests,
        stops: stops
            .map(|stop| format!("at step {}, if {}: {}", stop.step, stop.switches, stop.why))
            .collect(),
        residue: residue.map(left).collect(),
        finding: rehearsal.counter_example.as_deref().map(finding),
    }
}

fn left(residue: &Residue) -> String {
    match residue {
        Residue::IntegrationTarget { method } => format!(
            "integrationTarget of {} {} in the draft of API {}, which AWS lets nobody take away",
            method.verb, method.path, method.api
        ),
        Residue::NotUndone { why } => why.to_string(),
    }
}

fn finding(found: &CounterExample) -> Finding {
    let mut circumstances = vec![format!("AWS behaves so: {}", found.switches)];
    if let Some(scenario) = found.scenario {
        circumstances.push(match scenario.mishap {
            Mishap::None => "nothing goes wrong".to_owned(),
            Mishap::Crash(crash) => format!("the process ends {crash}"),
            Mishap::Failure(number, failure) => format!("change {} {failure}", number + 1),
        });
        circumstances.push(match scenario.then {
            Then::Resume => "then the run goes on".to_owned(),
            Then::RollBack => "then the run goes back".to_owned(),
        });
    }
    Finding {
        why: found.why.to_string(),
        circumstances,
        trace: found.trace.to_string().lines().map(str::to_owned).collect(),
    }
}
