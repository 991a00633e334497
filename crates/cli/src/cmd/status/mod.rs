//! `unbridge status`: where the run of a plan stands, from any terminal.

#[cfg(feature = "aws")]
mod measure;
mod passed;

use std::io::{self, BufWriter};

use unbridge_model::journal::Written;
use unbridge_model::plan::Plan;
use unbridge_report::run::{self, Asked, Measured, Status};

use crate::args::{StatusArgs, Told};
use crate::cmd::plan;
use crate::error::Failure;
use crate::exit::Done;
use crate::run_files::{self, journal_of};
use crate::today::now;
use crate::{files, terminal};

pub(crate) fn run(args: &StatusArgs) -> Result<Done, Failure> {
    let plan = plan::load(&args.plan)?;
    let beside = journal_of(&args.plan);
    // A plan that nobody has begun has no journal; one that is named has to be there.
    let journal = match &args.journal {
        Some(path) => Some(path),
        None => Some(&beside).filter(|path| path.exists()),
    };
    let kept = journal.map(|path| run_files::read(path)).transpose()?;
    let written = kept.as_ref().map(|kept| &kept.written);
    let measured = measured(args, &plan, written)?;
    let journal = journal.unwrap_or(&beside);
    let status = Status::of(Asked {
        plan: &plan,
        journal: kept.as_ref().map(|kept| (&kept.written, kept.bytes)),
        typed: &run_files::typed(&args.plan, journal),
        now: now()?,
        measured,
    });
    let status = status.map_err(|error| run_files::unusable(journal, &error))?;
    Done::Clean.once(match args.told.output {
        Told::Json => {
            let out = BufWriter::new(io::stdout().lock());
            run::json(&status, out).map_err(|error| terminal::unwritten(&error))
        }
        Told::Text => {
            let mut text = String::new();
            let look = terminal::look(args.told.width);
            run::status(&status, &plan, look, &mut text).map_err(Failure::unexpected)?;
            terminal::put(&text)
        }
    })
}

/// What was measured, by what was asked for.
fn measured(
    args: &StatusArgs,
    plan: &Plan,
    written: Option<&Written>,
) -> Result<Measured, Failure> {
    let passed = match &args.snapshot {
        Some(path) => passed::measured(plan, written, &files::load(path)?)?,
        None => Measured::default(),
    };
    #[cfg(feature = "aws")]
    if args.measure {
        let Some(written) = written else {
            terminal::tell("there is no run: nothing is measured");
            return Ok(passed);
        };
        let latency = measure::latency(plan, written, args.profile.as_deref(), now()?)?;
        return Ok(Measured {
            latency: Some(latency),
            ..passed
        });
    }
    Ok(passed)
}
