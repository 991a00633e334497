//! `unbridge policy`

use std::io::Write;
use std::path::Path;

use unbridge_report::policy::{self, Fit, MOST, OtherUsers, Principal, Rollout};

use crate::args::{
    Partition, PolicyArgs, PolicyOf, PolicyOrganizationArgs, PolicyOutput, PolicyPlanArgs,
    PolicyScanArgs,
};
use crate::cmd::plan;
use crate::error::Failure;
use crate::exit::Done;
use crate::output::as_others_may_read;
use crate::{place, terminal};

pub(crate) fn run(args: &PolicyArgs) -> Result<Done, Failure> {
    match &args.of {
        PolicyOf::Organization(args) => of_organization(args),
        PolicyOf::Plan(args) => of_plan(args),
        PolicyOf::Scan(args) => of_scan(args),
    }
}

fn of_organization(args: &PolicyOrganizationArgs) -> Result<Done, Failure> {
    let partition = partition(args.partition);
    let other = args.trust.as_ref().and_then(Principal::partition);
    if let Some(other) = other.filter(|other| *other != partition) {
        let what = format!(
            "--trust names partition {}, not {}",
            other.word(),
            partition.word()
        );
        return Err(Failure::usage(what).hint(format!("--partition {}", other.word())));
    }
    let users = other_users(args.skip_users);
    let printed = match args.output {
        PolicyOutput::Stackset => Ok(policy::stack_set(&Rollout {
            partition,
            users,
            role: args.role_name.clone(),
            trusted: args.trust.clone(),
            external_id: args.external_id.clone(),
        })),
        PolicyOutput::Policy => policy::scan(partition, users).map(with_line_end),
        PolicyOutput::Trust => {
            let trusted = args.trust.as_ref().ok_or_else(nobody_trusted)?;
            policy::trust(partition, trusted, args.external_id.as_ref()).map(with_line_end)
        }
        PolicyOutput::Auditor => {
            policy::auditor(partition, users, &args.role_name, args.bucket.as_ref())
                .map(with_line_end)
        }
    };
    terminal::put(&printed.map_err(Failure::unexpected)?)?;
    Ok(Done::Clean)
}

fn nobody_trusted() -> Failure {
    Failure::usage("a trust policy says who may take the role")
        .hint("unbridge policy organization --output trust --trust ACCOUNT")
}

fn with_line_end(policy: String) -> String {
    policy + "\n"
}

fn partition(named: Partition) -> policy::Partition {
    match named {
        Partition::Aws => policy::Partition::Aws,
        Partition::AwsCn => policy::Partition::AwsCn,
        Partition::AwsUsGov => policy::Partition::AwsUsGov,
    }
}

fn other_users(skipped: bool) -> OtherUsers {
    if skipped {
        OtherUsers::Skip
    } else {
        OtherUsers::Read
    }
}

fn of_scan(args: &PolicyScanArgs) -> Result<Done, Failure> {
    let policy = policy::scan(partition(args.partition), other_users(args.skip_users));
    terminal::put(&with_line_end(policy.map_err(Failure::unexpected)?))?;
    Ok(Done::Clean)
}

fn of_plan(args: &PolicyPlanArgs) -> Result<Done, Failure> {
    let known = plan::load(&args.plan)?;
    if known.body.steps.is_empty() {
        let what = format!("plan {} changes nothing", args.plan.display());
        return Err(Failure::usage(what).hint("no rights are needed for it"));
    }
    let policy = policy::plan(&known.body).map_err(Failure::unexpected)?;
    let text = with_line_end(policy.text);
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
