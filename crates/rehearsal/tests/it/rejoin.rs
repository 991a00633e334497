//! A run that stops where the rest is known to go well loses nothing: the verdict is that of runs
//! that all go to their end.

use unbridge_model::apigateway::Verb;
use unbridge_model::plan::{Plan, Undo};
use unbridge_rehearsal::{Branches, Rehearsal, rehearse_under};
use unbridge_sim::account::Account;
use unbridge_sim::build::Estate;
use unbridge_sim::live::Switches;
use unbridge_sim::requests::requests;

use crate::good::REGION;
use crate::plans::{Draft, Site};

fn small() -> Account {
    Estate::new("123456789012")
        .region(REGION)
        .bridge("x", 80)
        .with_security_group("x-nlb")
        .admit_only_nlb("x-alb", "x-nlb")
        .rest_api("api", |api| {
            api.method(Verb::Get, "/x", "x-link").deploy("prod")
        })
        .build()
        .expect("an account")
}

fn good(account: &Account) -> Draft {
    Draft::good(Site::of(account, REGION, "api"), &["prod"])
}

fn both(account: &Account, plan: &Plan) -> [Rehearsal; 2] {
    let requests = requests(account, &plan.body.region);
    let settings = [Switches::default()];
    [Branches::Rejoin, Branches::ToTheEnd]
        .map(|branches| rehearse_under(plan, account, &requests, branches, &settings))
}

#[test]
fn runs_that_rejoin_come_to_the_verdict_of_runs_that_go_to_their_end() {
    let account = small();
    let steps: Vec<String> = good(&account)
        .steps
        .iter()
        .map(|step| step.id.to_string())
        .collect();
    let mut refuted = 0;
    let [quick, whole] = both(&account, &good(&account).plan());
    assert!(quick.is_proven() && whole.is_proven());
    assert_eq!(quick.runs, whole.runs);
    assert!(quick.requests * 3 < whole.requests, "{}", whole.requests);
    for name in &steps {
        let spoiled = good(&account).with(name, |step| step.undo = Undo::Nothing);
        let [quick, whole] = both(&account, &spoiled.plan());
        let why = |found: &Rehearsal| {
            let found = found.counter_example.as_deref();
            found.map(|found| (found.scenario, found.why.to_string()))
        };
        assert_eq!(why(&quick), why(&whole), "no way back from {name}");
        refuted += u32::from(!quick.is_proven());
    }
    assert!(refuted > 3, "{refuted} of {}", steps.len());
}
