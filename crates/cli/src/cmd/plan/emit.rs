//! `unbridge plan emit`: a plan for hands other than this tool's.

use std::io::{self, Write};
use std::path::Path;

use unbridge_report::plan::{plan_mermaid, plan_runbook, plan_script};

use super::load;
use crate::args::{Emitted, PlanEmitArgs};
use crate::error::Failure;
use crate::exit::Done;
use crate::output::as_others_may_read;
use crate::{place, terminal};

pub(super) fn emit(args: &PlanEmitArgs) -> Result<Done, Failure> {
    let plan = load(&args.plan)?;
    let mut text = String::new();
    match args.form {
        Emitted::Runbook => plan_runbook(&plan, &mut text),
        Emitted::Script => plan_script(&plan, &mut text),
        Emitted::Mermaid => plan_mermaid(&plan, &mut text),
    }
    .map_err(Failure::unexpected)?;
    match &args.output_file {
        None => Done::Clean.once(terminal::put(&text)),
        Some(path) => Done::Clean.once(write(&text, args, path)),
    }
}

fn write(text: &str, args: &PlanEmitArgs, path: &Path) -> Result<(), Failure> {
    let shown = path.display();
    const HINT: &str = "name a writable place with -o FILE";
    if let Some(why) = place::refusal(path) {
        let what = format!("{shown} cannot be written: {why}");
        return Err(Failure::unexpected(what).hint(HINT));
    }
    let here = path.canonicalize().ok();
    if here.is_some() && here == args.plan.canonicalize().ok() {
        return Err(
            Failure::usage(format!("{shown} is the plan")).hint("another name with -o FILE")
        );
    }
    let unwritable =
        |error: &io::Error| Failure::io(format!("{shown} cannot be written"), error).hint(HINT);
    let mut file =
        place::beside(path, &mut as_others_may_read()).map_err(|error| unwritable(&error))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.as_file().sync_all())
        .map_err(|error| unwritable(&error))?;
    file.persist(path)
        .map_err(|refused| unwritable(&refused.error))?;
    terminal::tell(&format!("{}: {shown}", args.form.name()));
    Ok(())
}
