//! What CloudWatch tells of the backends of a plan's stages. Nothing else of the account is read.

use jiff::Timestamp;
use unbridge_executor::canary::Source;
use unbridge_model::journal::Written;
use unbridge_model::place::Place;
use unbridge_model::plan::Plan;
use unbridge_report::run::{self, Latency};

use crate::cmd::apply::{Account, CloudWatch};
use crate::cmd::scan::not_read;
use crate::error::Failure;

/// How long backends took before the run and take since.
pub(super) fn latency(
    plan: &Plan,
    written: &Written,
    profile: Option<&str>,
    now: Timestamp,
) -> Result<Vec<Latency>, Failure> {
    let region = &plan.body.region;
    let account = Account::open(profile, Some(region.clone()))?;
    let (wanted, found) = (&plan.body.account, &account.caller.account);
    if wanted != found {
        return Err(Failure::usage(format!(
            "the plan is for account {wanted}, the credentials are of {found}"
        ))
        .hint("name a profile of the plan's account with --profile"));
    }
    let place = Place::regional(wanted.clone(), region.clone());
    let source = CloudWatch::new(&account, place);
    let read = |queries: &[_], span| source.series(queries, span);
    run::latency(plan, written, now, read).map_err(|error| not_read(&error, "CloudWatch"))
}
