//! A run that stops where the rest is known to go well, and one that is not made because another
//! shows how it goes, lose nothing: the verdict is that of runs that are all made and all go to
//! their end.

use unbridge_model::apigateway::Verb;
use unbridge_model::plan::{Plan, Step, Undo};
use unbridge_rehearsal::{Branches, Rehearsal, rehearse};
use unbridge_sim::account::Account;
use unbridge_sim::build::Estate;
use unbridge_sim::random::Random;
use unbridge_sim::requests::requests;

use crate::good::REGION;
use crate::http;
use crate::plans::{Draft, Site};
use crate::seeds::{number, seeds};

/// Generated plans; `PLANS=1000` for more, `SEED=7` for one.
const PLANS: u64 = 8;

fn rest(random: &mut Random) -> (Account, Draft) {
    let methods = 1 + random.below(3);
    let stages = &["dev", "prod"][..1 + usize::from(random.percent(25))];
    let account = Estate::new("123456789012")
        .region(REGION)
        .bridge("x", 80)
        .with_security_group("x-nlb")
        .admit_only_nlb("x-alb", "x-nlb")
        .rest_api("api", |api| {
            let all = (0..methods).fold(api, |api, number| {
                api.method(Verb::Get, &format!("/x{number}"), "x-link")
            });
            stages.iter().fold(all, |api, stage| api.deploy(stage))
        })
        .build()
        .expect("an account");
    let mut draft = Draft::good(Site::of(&account, REGION, "api"), stages);
    // Shorter plans can be rehearsed to the end more often: no baseline, one canary release.
    draft.steps.retain(|step| {
        let name = step.id.as_str();
        !name.starts_with("baseline") && !name.ends_with("-50") && !name.ends_with("-100")
    });
    for step in &mut draft.steps {
        if step.id.as_str().ends_with("-end-canary") {
            step.preconditions.clear();
        }
    }
    if random.percent(30) {
        draft = draft.without("proof-stage").without("proof-delete-stage");
    }
    (account, draft)
}

/// A small account and a plan for it, good or spoiled; `None` when it does not fit together.
fn generated(seed: u64) -> Option<(Account, Plan, String)> {
    let mut random = Random::new(seed);
    let (account, mut draft) = match random.percent(20) {
        true => {
            let account = http::account();
            let draft = http::good(&account);
            (account, draft)
        }
        false => rest(&mut random),
    };
    let at = random.below(draft.steps.len());
    let name = draft.steps[at].id.to_string();
    let change: fn(&mut Step) = match random.below(8) {
        0 => |_| {},
        1 | 2 => |step| step.undo = Undo::Nothing,
        3 => |step| step.verification.clear(),
        4 => |step| {
            step.preconditions.clear();
            step.gate = None;
        },
        5 => |step| {
            if let Undo::Operation { only_if, .. } = &mut step.undo {
                only_if.clear();
            }
        },
        6 => {
            draft.steps.remove(at);
            |_| {}
        }
        _ => {
            let other = (at + 1) % draft.steps.len();
            draft.steps.swap(at, other);
            |_| {}
        }
    };
    if let Some(step) = draft.steps.get_mut(at) {
        change(step);
    }
    let plan = draft.plan();
    plan.body.check().ok()?;
    Some((account, plan, name))
}

/// What was found, but for how: under which setting, what went wrong, and why that is harm.
fn verdict(found: &Rehearsal) -> String {
    match &found.counter_example {
        Some(found) => format!("{:?} {:?} {}", found.switches, found.scenario, found.why),
        None => format!("proven {} {:?} {:?}", found.runs, found.asked, found.stops),
    }
}

fn both(account: &Account, plan: &Plan) -> [Rehearsal; 2] {
    let requests = requests(account, &plan.body.region);
    [Branches::Rejoin, Branches::ToTheEnd]
        .map(|branches| rehearse(plan, account, &requests, branches))
}

#[test]
fn runs_that_rejoin_come_to_the_verdict_of_runs_that_go_to_their_end() {
    let seeds = seeds("PLANS", PLANS);
    let (mut proven, mut refuted) = (0, 0);
    for seed in seeds {
        let Some((account, plan, name)) = generated(seed) else {
            continue;
        };
        let [quick, whole] = both(&account, &plan);
        assert_eq!(
            verdict(&quick),
            verdict(&whole),
            "seed {seed}, at {name}: SEED={seed} cargo test -p unbridge-rehearsal --test it rejoin"
        );
        match quick.is_proven() {
            true => {
                proven += 1;
                assert!(quick.made < whole.made, "{} runs", quick.made);
                assert!(quick.requests * 3 < whole.requests);
                assert_eq!(whole.made, whole.runs);
            }
            false => refuted += 1,
        }
    }
    // Each is met, or the test shows less than it seems to.
    if number("SEED").is_none() {
        assert!(proven > 0 && refuted > 1, "{proven} and {refuted}");
    }
}
