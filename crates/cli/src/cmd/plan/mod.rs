//! `unbridge plan`: plans of migrations.

mod choose;
mod edits;
mod emit;
mod file;
mod make;

use unbridge_report::plan::{plan, plan_diff};

use crate::args::{PlanArgs, PlanDiffArgs, PlanOf, PlanShowArgs};
use crate::error::Failure;
use crate::exit::Done;
use crate::terminal;

pub(crate) use file::{check_place, load, write};

pub(crate) fn run(args: &PlanArgs, verbose: u8) -> Result<Done, Failure> {
    match &args.of {
        None => make::migration(&args.make, verbose),
        Some(PlanOf::Retire(args)) => make::retirement(args, verbose),
        Some(PlanOf::Show(args)) => show(args),
        Some(PlanOf::Diff(args)) => diff(args),
        Some(PlanOf::Emit(args)) => emit::emit(args),
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
