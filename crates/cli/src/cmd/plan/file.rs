//! Plan files: read, and written whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use unbridge_model::plan::{BadPlan, FORMAT, Plan};

use crate::error::Failure;
use crate::output::as_others_may_read;
use crate::{place, terminal};

const NAME_A_PLACE: &str = "name a writable place with -o FILE";

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

/// Refuses a place at which no plan can ever stand, and one where the snapshot stands; what comes
/// before the plan is written may take long.
pub(crate) fn check_place(path: &Path, snapshot: &Path) -> Result<(), Failure> {
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

/// Writes a plan to its place, and says so.
pub(crate) fn write(plan: &Plan, path: &Path) -> Result<(), Failure> {
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
