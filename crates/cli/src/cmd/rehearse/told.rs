//! What a rehearsal found, as it is told: stops by their causes, a counter-example in words.

use std::collections::BTreeMap;

use unbridge_model::plan::Plan;
use unbridge_model::route::AnyApi;
use unbridge_model::text::Text;
use unbridge_rehearsal::{CounterExample, Mishap, Rehearsal, Scenario, Then, Why};
use unbridge_report::plan::{
    self, FORMAT_VERSION, Harmed, Left, Moment, RehearsalVerdict, Rehearsed, Served,
};
use unbridge_sim::account::{Account, RegionState};
use unbridge_sim::data_plane::Answer;
use unbridge_sim::live::Switches;

/// What was found, of a plan, on an account.
pub(super) fn told(rehearsal: &Rehearsal, plan: &Plan, account: &Account) -> Rehearsed {
    let state = account.regions.get(&plan.body.region);
    let example = rehearsal.counter_example.as_deref();
    Rehearsed {
        format_version: FORMAT_VERSION,
        tool_version: Text::new(env!("CARGO_PKG_VERSION")),
        plan_id: plan.plan_id.clone(),
        body_digest: plan.body_digest.clone(),
        verdict: match example {
            None => RehearsalVerdict::Proven,
            Some(_) => RehearsalVerdict::Refuted,
        },
        runs: rehearsal.runs,
        requests: rehearsal.requests,
        stops: stops(rehearsal),
        residue: Left::told(rehearsal.residue.iter()),
        counter_example: example.map(|found| counter_example(found, state)),
    }
}

/// One for each step and reason, with the smallest settings that cause it.
fn stops(rehearsal: &Rehearsal) -> Vec<plan::Stop> {
    let mut causes: BTreeMap<_, Vec<Switches>> = BTreeMap::new();
    for stop in &rehearsal.stops {
        let known = causes.entry((&stop.step, &stop.why)).or_default();
        known.push(stop.switches);
    }
    let stops = causes.into_iter().map(|((step, why), settings)| {
        let smaller = |one: &Switches, other: &Switches| one != other && is_part(*one, *other);
        let smallest = settings
            .iter()
            .filter(|setting| !settings.iter().any(|other| smaller(other, setting)));
        plan::Stop {
            step: step.clone(),
            why: why.clone(),
            causes: smallest.map(ToString::to_string).collect(),
        }
    });
    stops.collect()
}

/// Whether whatever a setting takes for true beside the likeliest, another one does too.
fn is_part(one: Switches, other: Switches) -> bool {
    let likeliest = Switches::default();
    let Switches {
        stage_in_path,
        leftover_target,
        host_resolution,
        first_canary_patch,
    } = one;
    (stage_in_path == likeliest.stage_in_path || stage_in_path == other.stage_in_path)
        && (leftover_target == likeliest.leftover_target
            || leftover_target == other.leftover_target)
        && (host_resolution == likeliest.host_resolution
            || host_resolution == other.host_resolution)
        && (first_canary_patch == likeliest.first_canary_patch
            || first_canary_patch == other.first_canary_patch)
}

fn counter_example(found: &CounterExample, state: Option<&RegionState>) -> plan::CounterExample {
    let harm = match &found.why {
        Why::Harm(harm) => Some(Harmed::new(
            &harm.request,
            state.and_then(|state| name(&harm.request.api, state)),
            served(&harm.before),
            served(&harm.now),
        )),
        Why::NothingServed
        | Why::NothingMoved(..)
        | Why::Stopped(..)
        | Why::Stuck(..)
        | Why::NotRestored(_)
        | Why::Refused(_) => None,
    };
    let lines = found.trace.lines();
    plan::CounterExample {
        why: found.why.to_string(),
        harm,
        circumstances: circumstances(found.switches, found.scenario),
        trace: lines
            .map(|(at, what)| Moment {
                seconds: at.as_secs(),
                what: what.to_owned(),
            })
            .collect(),
    }
}

fn circumstances(switches: Switches, scenario: Option<Scenario>) -> Vec<String> {
    let of_aws = match switches == Switches::default() {
        true => "AWS behaves as documented or, where it is silent, as is likeliest".to_owned(),
        false => format!("of AWS it is true that {switches}"),
    };
    let Some(Scenario { mishap, then }) = scenario else {
        return vec![of_aws, "nothing goes wrong besides".to_owned()];
    };
    let mishap = match mishap {
        Mishap::Crash(crash) => format!("the process ends {crash}"),
        Mishap::Failure(line, failure) => {
            format!("the change of line {} of the journal {failure}", line + 1)
        }
    };
    let then = match then {
        Then::Resume => "then the run goes on",
        Then::RollBack => "then the run goes back",
    };
    vec![of_aws, mishap, then.to_owned()]
}

fn served(answer: &Answer) -> Served {
    Served::new(answer.link.clone(), &answer.landing)
}

fn name(api: &AnyApi, state: &RegionState) -> Option<Text> {
    match api {
        AnyApi::Rest(id) => {
            let mut apis = state.rest_apis.iter().map(|known| &known.api);
            apis.find(|known| known.id == *id)
                .map(|known| known.name.clone())
        }
        AnyApi::Http(id) => {
            let mut apis = state.http_apis.iter().map(|known| &known.api);
            apis.find(|known| known.id == *id)
                .map(|known| known.name.clone())
        }
    }
}
