//! `unbridge plan`: plans of migrations.

use std::fs;
use std::path::Path;

use unbridge_model::plan::{BadPlan, FORMAT, Plan};
use unbridge_report::plan::{plan, plan_diff};

use crate::args::{PlanArgs, PlanDiffArgs, PlanOf, PlanShowArgs};
use crate::error::Failure;
use crate::exit::Done;
use crate::terminal;

pub(crate) fn run(args: &PlanArgs) -> Result<Done, Failure> {
    match &args.of {
        PlanOf::Show(args) => show(args),
        PlanOf::Diff(args) => diff(args),
    }
}

fn show(args: &PlanShowArgs) -> Result<Done, Failure> {
    let known = load(&args.plan)?;
    let mut text = String::new();
    plan(&known, terminal::look(args.page.width), &mut text).map_err(Failure::unexpected)?;
    Done::Clean.once(terminal::put(&text))
}

fn diff(args: &PlanDiffArgs) -> Result<Done, Failure> {
    let (old, new) = (load(&args.old)?, load(&args.new)?);
    let mut text = String::new();
    let look = terminal::look(args.page.width);
    plan_diff(&old, &new, look, &mut text).map_err(Failure::unexpected)?;
    Done::Clean.once(terminal::put(&text))
}

/// Reads a plan file.
pub(crate) fn load(path: &Path) -> Result<Plan, Failure> {
    let shown = path.display();
    let text = fs::read_to_string(path).map_err(|error| {
        Failure::usage(format!("plan {shown} cannot be read: {error}")).hint("name a plan file")
    })?;
    Plan::parse(&text).map_err(|error| {
        let hint = match &error {
            BadPlan::Malformed { .. } => "`unbridge schema plan` says what a plan file holds",
            BadPlan::Format(format, _) if format != FORMAT => "name a plan file",
            BadPlan::Format(..) => "use the version of unbridge that made it, or a newer one",
            BadPlan::Edited { .. }
            | BadPlan::Renamed
            | BadPlan::Twice(_)
            | BadPlan::Dangling { .. } => "make the plan again: a plan is not edited by hand",
        };
        Failure::usage(format!("plan {shown}: {error}")).hint(hint)
    })
}
