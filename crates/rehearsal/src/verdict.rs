//! What a rehearsal found.

use std::collections::BTreeSet;
use std::fmt;

use unbridge_model::id::{Region, StageName, StepId};
use unbridge_model::journal::Residue;
use unbridge_model::route::AnyApi;
use unbridge_model::text::Text;
use unbridge_sim::account::{Account, RegionState};
use unbridge_sim::live::{FirstCanaryPatch, LeftoverTarget, SwitchKind, Switches};

use crate::load::Harm;
use crate::run::Played;
use crate::schedule::Scenario;
use crate::trace::{Trace, difference};

/// What a rehearsal found.
#[derive(Debug, Default)]
pub struct Rehearsal {
    /// Runs of which is known how they go: each was made, or one that goes the same way.
    pub runs: u64,
    /// Those that were made.
    pub made: u64,
    /// Requests that were followed.
    pub requests: u64,
    /// What is not known of AWS and could have changed something.
    pub asked: BTreeSet<SwitchKind>,
    /// Settings under which the plan stops and goes back, no request harmed.
    pub stops: BTreeSet<Stop>,
    /// What may stay behind when it is rolled back.
    pub residue: BTreeSet<Residue>,
    /// The first run that did not go well; `None` when the plan is proven.
    pub counter_example: Option<Box<CounterExample>>,
}

/// A setting under which a plan does not come to its end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stop {
    /// The setting.
    pub switches: Switches,
    /// Where it stops.
    pub step: StepId,
    /// Why.
    pub why: String,
}

/// A run that did not go well.
#[derive(Debug)]
pub struct CounterExample {
    /// What was taken for true of AWS.
    pub switches: Switches,
    /// What went wrong besides; `None` for nothing.
    pub scenario: Option<Scenario>,
    /// What is wrong.
    pub why: Why,
    /// What was done.
    pub trace: Trace,
}

/// What is wrong with a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// A request was not served as before.
    Harm(Box<Harm>),
    /// No request is served before the plan begins, as far as the account tells.
    NothingServed,
    /// The plan completes, and nothing of a stage that it moves goes another way.
    NothingMoved(AnyApi, StageName),
    /// It stops at a step.
    Stopped(StepId, String),
    /// It can go neither on nor back.
    Stuck(StepId, String),
    /// It was rolled back, and this is not as it was.
    NotRestored(String),
    /// The executor refused to run it.
    Refused(String),
}

impl Rehearsal {
    /// Whether no run went wrong.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.counter_example.is_none()
    }

    pub(crate) fn count(&mut self, played: &Played) {
        self.made += 1;
        self.requests += played.requests;
        self.asked.extend(played.asked.iter().copied());
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Harm(harm) => f.write_str(&difference(harm)),
            Self::NothingServed => {
                f.write_str("no request is served before the plan begins: there is nothing to show")
            }
            Self::NothingMoved(api, stage) => write!(
                f,
                "the plan comes to its end, and no request to stage {stage} of API {api} goes \
                 another way"
            ),
            Self::Stopped(step, why) => write!(f, "it stops at step {step}: {why}"),
            Self::Stuck(step, why) => {
                write!(f, "it can go neither on nor back at step {step}: {why}")
            }
            Self::NotRestored(what) => write!(f, "it was rolled back, and {what}"),
            Self::Refused(why) => f.write_str(why),
        }
    }
}

/// What stays behind of a step, with the step's name where it does not say what it is by itself.
pub(crate) fn of_step(step: &StepId, left: &Residue) -> Residue {
    match left {
        Residue::IntegrationTarget { .. } => left.clone(),
        Residue::NotUndone { why } => Residue::NotUndone {
            why: Text::from(format!("step {step} is not undone: {why}")),
        },
    }
}

/// What is not as it was, but for what is named.
pub(crate) fn changed(
    before: &Account,
    after: &Account,
    region: &Region,
    residue: &[(StepId, Residue)],
    switches: Switches,
) -> Option<String> {
    let (Some(before), Some(after)) = (before.regions.get(region), after.regions.get(region))
    else {
        return Some("the region is gone".to_owned());
    };
    let mut after = after.clone();
    for (step, left) in residue {
        match left {
            Residue::IntegrationTarget { method } => {
                let mut apis = after.rest_apis.iter_mut();
                let Some(api) = apis.find(|api| api.api.id == method.api) else {
                    continue;
                };
                for known in api.api.draft.iter_mut().flat_map(|draft| draft.iter_mut()) {
                    if known.path == method.path
                        && known.verb == method.verb
                        && let Some(integration) = &mut known.integration
                    {
                        std::sync::Arc::make_mut(integration).target = None;
                    }
                }
            }
            // Under these settings AWS itself lets nobody restore it.
            Residue::NotUndone { .. }
                if switches.leftover_target == LeftoverTarget::Refused
                    || switches.first_canary_patch == FirstCanaryPatch::OnOwnDeployment =>
            {
                return None;
            }
            Residue::NotUndone { why } => return Some(format!("{step} is not undone: {why}")),
        }
    }
    part_that_differs(before, &after)
}

fn part_that_differs(before: &RegionState, after: &RegionState) -> Option<String> {
    let parts = [
        ("VPC links", before.links == after.links),
        ("REST APIs", before.rest_apis == after.rest_apis),
        ("HTTP APIs", before.http_apis == after.http_apis),
        (
            "load balancers",
            before.load_balancers == after.load_balancers,
        ),
        ("target groups", before.target_groups == after.target_groups),
        ("VPCs", before.vpcs == after.vpcs),
        (
            "endpoint services",
            before.endpoint_services == after.endpoint_services,
        ),
    ];
    let differing = parts.into_iter().find(|(_, same)| !same);
    differing.map(|(part, _)| format!("{part} are not as they were"))
}
