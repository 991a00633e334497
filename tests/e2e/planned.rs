//! Plans of generated accounts: each is fit by the linter and proven by the rehearsal, under every
//! setting of what is not known of AWS; and while one is carried out, the three witnesses of where a
//! request lands go on agreeing.

use std::time::Duration;

use strum::VariantArray;
use unbridge_model::finding::FindingCode;
use unbridge_model::plan::choices::{Choices, Doubt};
use unbridge_model::plan::operation::{Operation, Percent};
use unbridge_model::plan::value::Outputs;
use unbridge_model::plan::{Phase, Plan};
use unbridge_model::port::{Clock, Writer};
use unbridge_model::snapshot::Snapshot;
use unbridge_model::text::Text;
use unbridge_planner::lint::lint_on;
use unbridge_planner::{Asked, plan};
use unbridge_rehearsal::{Branches, rehearse};
use unbridge_scanner::assess::assess;
use unbridge_sim::account::Account;
use unbridge_sim::estate::{Size, generate};
use unbridge_sim::from_snapshot::account_in;
use unbridge_sim::live::{Live, Switches};
use unbridge_sim::requests::requests;

use crate::differential::both::recorded;
use crate::harness::budget;
use crate::witness::{Tally, snapshot};

/// Everything over every NLB moves, and whoever has to be asked says yes. But a rule that this
/// version does not know proves nothing.
fn everything(snapshot: &Snapshot) -> Choices {
    let known = |code: &FindingCode| *code != FindingCode::UnknownRuleField;
    let mut choices = Choices {
        canary: [10, 100].into_iter().filter_map(Percent::new).collect(),
        bake_seconds: 60,
        findings: FindingCode::ALL.iter().copied().filter(known).collect(),
        doubts: Doubt::VARIANTS.iter().copied().collect(),
        ..Choices::default()
    };
    for facts in snapshot.regions.values() {
        let balancers = facts.load_balancers.keys().cloned();
        choices.selection.nlbs.extend(balancers);
        for api in &facts.rest_apis {
            choices.edit.insert(api.id.clone().into());
            let stages = api.stages.iter().flatten();
            let stages = stages.map(|stage| Text::from(format!("{}/{}", api.id, stage.name)));
            choices.edit.extend(stages);
        }
        let apis = facts.http_apis.iter();
        choices
            .edit
            .extend(apis.map(|api| Text::from(api.id.clone())));
        let groups = facts.vpcs.values();
        let groups = groups.flat_map(|vpc| vpc.security_groups.iter().flatten());
        choices
            .edit
            .extend(groups.map(|group| Text::from(group.id.clone())));
    }
    choices
}

/// The plans of an account that have steps, one for each region.
fn plans(snapshot: &Snapshot) -> Vec<Plan> {
    let assessment = assess(snapshot).expect("a consistent graph");
    let choices = everything(snapshot);
    let bodies = snapshot.regions.keys().map(|region| {
        plan(&Asked {
            snapshot,
            assessment: &assessment,
            region,
            choices: &choices,
            savings: Vec::new(),
        })
    });
    bodies
        .filter(|body| !body.steps.is_empty())
        .map(|body| Plan::new(Text::new("0.0.0"), body))
        .collect()
}

/// How many accounts: `PLANNED` of them, or as many as the budget says.
fn accounts() -> u64 {
    let asked = std::env::var("PLANNED").ok();
    let asked = asked.map(|many| many.parse().expect("a number of accounts"));
    asked.unwrap_or_else(|| u64::from(budget("planned_accounts")))
}

#[test]
fn every_plan_of_a_generated_account_is_fit_and_proven() {
    let mut made = 0_u32;
    let accounts = accounts();
    for seed in 0..accounts {
        // Mostly small ones, and some in which situations meet.
        let size = if seed % 16 == 0 { Size(5) } else { Size(2) };
        let account = generate(seed, size).expect("an account");
        let snapshot = snapshot(&account);
        for plan in plans(&snapshot) {
            let region = &plan.body.region;
            assert_eq!(plan.body.check(), Ok(()), "seed {seed}");
            let found = lint_on(&plan, &snapshot);
            assert!(found.is_empty(), "seed {seed} {region}: {found:?}");
            let part = account_in(&snapshot, region).expect("what a plan needs was read");
            let load = requests(&part, region);
            let rehearsal = rehearse(&plan, &part, &load, Branches::Rejoin);
            if let Some(found) = rehearsal.counter_example {
                panic!(
                    "seed {seed} {region}: {}\nif {}\n{:?}\n{}",
                    found.why, found.switches, found.scenario, found.trace
                );
            }
            made += 1;
        }
    }
    // Plans of nothing are proven easily.
    assert!(u64::from(made) * 2 > accounts, "{made} plans");
}

/// The account as it stands before the plan, when everything is prepared, when the draft is
/// rewired, in the middle of a canary release, and at the end.
fn moments(account: &Account, plan: &Plan) -> Vec<(&'static str, Account)> {
    let live = Live::new(
        account.clone(),
        plan.body.region.clone(),
        Switches::default(),
    );
    let mut found = vec![("before", live.account())];
    let mut outputs = Outputs::default();
    let mut seen = |what: &'static str, live: &Live| {
        if found.iter().all(|(known, _)| *known != what) {
            found.push((what, live.account()));
        }
    };
    for step in &plan.body.steps {
        match step.phase {
            Phase::Rewire => seen("prepared", &live),
            Phase::Shift => seen("rewired", &live),
            Phase::Baseline | Phase::Prepare | Phase::TidyUp | Phase::Retire => {}
        }
        let operation = step.operation.settle(&outputs).expect("known values");
        let made = live.perform(recorded(&step.id, operation));
        let made = made.unwrap_or_else(|error| panic!("{}: {error:?}", step.id));
        if let Some(output) = made {
            outputs.insert(step.id.clone(), output);
        }
        // A link takes minutes.
        live.wait(Duration::from_secs(900));
        if let Operation::SetCanary { .. } = &step.operation {
            seen("in a canary release", &live);
        }
    }
    found.push(("after", live.account()));
    found
}

#[test]
fn the_three_witnesses_agree_before_during_and_after_a_plan() {
    let mut tally = Tally::default();
    let mut told = 0_u32;
    for seed in 0..u64::from(budget("planned_witnesses")) {
        let account = generate(seed, Size(2)).expect("an account");
        let snapshot = snapshot(&account);
        for plan in plans(&snapshot) {
            for (when, account) in moments(&account, &plan) {
                tally.ask(&account, &format!("seed {seed}, {when}"));
                told += 1;
            }
        }
    }
    assert!(told > 4 * budget("planned_witnesses") / 2, "{told} moments");
    tally.check();
}
