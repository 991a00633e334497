//! `unbridge journal`: the journal of a run, for people and programs.

use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use unbridge_model::plan::Plan;
use unbridge_report::run::{self, Kept, RunTold};

use crate::args::{JournalArgs, JournalOf, JournalShowArgs, Told};
use crate::cmd::plan;
use crate::error::Failure;
use crate::exit::Done;
use crate::{run_files, terminal};

pub(crate) fn run(args: &JournalArgs) -> Result<Done, Failure> {
    match &args.of {
        JournalOf::Show(args) => show(args),
    }
}

fn show(args: &JournalShowArgs) -> Result<Done, Failure> {
    let journal = &args.journal;
    let kept = run_files::read(journal)?;
    let known = plan_of(args)?;
    let typed = match &known {
        Some((path, _)) => run_files::typed(path, journal),
        None => "PLAN".to_owned(),
    };
    let told = RunTold::of(&Kept {
        written: &kept.written,
        bytes: kept.bytes,
        plan: known.as_ref().map(|(_, plan)| plan),
        typed: &typed,
    });
    let told = told.map_err(|error| run_files::unusable(journal, &error))?;
    Done::Clean.once(match args.told.output {
        Told::Json => {
            let out = BufWriter::new(io::stdout().lock());
            run::json(&told, out).map_err(|error| terminal::unwritten(&error))
        }
        Told::Text => {
            let mut text = String::new();
            let look = terminal::look(args.told.width);
            run::journal(&told, look, &mut text).map_err(Failure::unexpected)?;
            terminal::put(&text)
        }
    })
}

/// The plan that is named, or the one that stands beside the journal.
fn plan_of(args: &JournalShowArgs) -> Result<Option<(PathBuf, Plan)>, Failure> {
    let read = |path: &Path| Ok(Some((path.to_owned(), plan::load(path)?)));
    if let Some(path) = &args.plan {
        return read(path);
    }
    let beside = run_files::plan_of(&args.journal);
    match beside.exists() {
        true => read(&beside),
        false => {
            terminal::tell(&format!(
                "no plan {}: the journal is shown without it (--plan FILE names one)",
                beside.display()
            ));
            Ok(None)
        }
    }
}
