//! `unbridge policy`

use std::io::Write;
use std::path::Path;

use unbridge_report::policy::{self, Fit, MOST, OtherUsers};

use crate::args::{Partition, PolicyArgs, PolicyOf, PolicyPlanArgs, PolicyScanArgs};
use crate::cmd::plan;
use crate::error::Failure;
use crate::exit::Done;
use crate::output::as_others_may_read;
use crate::{place, terminal};

pub(crate) fn run(args: &PolicyArgs) -> Result<Done, Failure> {
    match &args.of {
        PolicyOf::Plan(args) => of_plan(args),
        PolicyOf::Scan(args) => of_scan(args),
    }
}

fn of_scan(args: &PolicyScanArgs) -> Result<Done, Failure> {
    let partition = match args.partition {
        Partition::Aws => policy::Partition::Aws,
        Partition::AwsCn => policy::Partition::AwsCn,
        Partition::AwsUsGov => policy::Partition::AwsUsGov,
    };
    let users = if args.skip_users {
        OtherUsers::Skip
    } else {
        OtherUsers::Read
    };
    let policy = policy::scan(partition, users).map_err(Failure::unexpected)?;
    terminal::put(&format!("{policy}\n"))?;
    Ok(Done::Clean)
}

fn of_plan(args: &PolicyPlanArgs) -> Result<Done, Failure> {
    let known = plan::load(&args.plan)?;
    if known.body.steps.is_empty() {
        let what = format!("plan {} changes nothing", args.plan.display());
        return Err(Failure::usage(what).hint("no rights are needed for it"));
    }
    let policy = policy::plan(&known.body).map_err(Failure::unexpected)?;
    let text = format!("{}\n", policy.text);
    match &args.output_file {
        None => terminal::put(&text)?,
        Some(path) => write(path, &args.plan, &text)?,
    }
    match policy.fit {
        Fit::Exact => {}
        Fit::Widened => terminal::tell(
            "note: IAM takes no policy that names each method of this plan; it names all methods \
             of its APIs",
        ),
        Fit::TooLarge(size) => terminal::tell(&format!(
            "warning: IAM takes policies of up to {MOST} characters, and this one has {size}; plan \
             fewer APIs at a time, or divide its statements among policies"
        )),
    }
    Ok(Done::Clean)
}

fn write(path: &Path, plan: &Path, text: &str) -> Result<(), Failure> {
    const NAME_A_PLACE: &str = "name a writable place with -o FILE";
    let shown = path.display();
    let unwritable = |why: &dyn std::fmt::Display| {
        let what = format!("policy {shown} cannot be written: {why}");
        Failure::unexpected(what).hint(NAME_A_PLACE)
    };
    if let Some(why) = place::refusal(path) {
        return Err(unwritable(&why));
    }
    let here = path.canonicalize().ok();
    if here.is_some() && here == plan.canonicalize().ok() {
        let what = format!("{shown} is the plan that the policy is for");
        return Err(Failure::usage(what).hint("another name with -o FILE"));
    }
    let mut file = place::beside(path, &mut as_others_may_read()).map_err(|e| unwritable(&e))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.as_file().sync_all())
        .map_err(|error| unwritable(&error))?;
    file.persist(path)
        .map_err(|refused| unwritable(&refused.error))?;
    terminal::tell(&format!("policy: {shown}"));
    Ok(())
}
