//! Good plans lint clean, and every code has a plan that is spoiled so.

mod spoils;

use std::collections::BTreeSet;

use strum::VariantArray;
use unbridge_model::apigateway::Verb;
use unbridge_model::id::{LoadBalancerArn, RestApiId, StepId};
use unbridge_model::plan::choices::Doubt;
use unbridge_model::plan::operation::{Operation, OperationKind, Percent};
use unbridge_model::plan::{Phase, Plan, Step, Undo};
use unbridge_model::snapshot::{RegionFacts, Snapshot};
use unbridge_model::text::Text;
use unbridge_planner::lint::{Lint, LintCode, lint, lint_on};
use unbridge_planner::{plan, retire};
use unbridge_scanner::scan::UserSources;
use unbridge_sim::build::Estate;

use crate::common::{Case, REGION, estate, names, scanned};
use spoils::spoils;

/// Two REST APIs and an HTTP API over three bridges in one VPC.
fn bridges() -> Estate {
    estate()
        .bridge("x", 80)
        .bridge("y", 8080)
        .nlb_to_alb("w", 80)
        .v2_link("old")
        .with_security_group("x-nlb")
        .admit_only_nlb("x-alb", "x-nlb")
        .rest_api("orders", |api| {
            api.method(Verb::Get, "/x", "x-link")
                .proxy("/all", "x-link")
                .deploy("dev")
                .deploy("prod")
        })
        .rest_api("billing", |api| {
            api.method_on(Verb::Get, "/y", "y-link", 8080)
                .deploy("prod")
        })
        .http_api("shop", |api| {
            api.private("GET /w", "old", "w-nlb", 80)
                .auto("live")
                .freeze("old")
        })
}

/// What a finished migration leaves behind.
fn leftovers() -> Estate {
    estate()
        .bridge("x", 80)
        .v2_link("direct")
        .rest_api("orders", |api| {
            api.direct(Verb::Get, "/x", "direct", "x-alb")
                .deploy("prod")
        })
        .idle("x-nlb")
        .quiet("x-nlb")
}

/// A plan, and the account that it is for.
#[derive(Clone)]
struct Good {
    plan: Plan,
    snapshot: Snapshot,
}

fn migration() -> Good {
    let mut case = Case::of(scanned(bridges(), 30, UserSources::Read));
    let nlbs = case.assessment().nlbs.into_iter().map(|nlb| nlb.arn);
    case.choices.selection.nlbs.extend(nlbs);
    let groups = case.facts().vpcs.values();
    let groups = groups.flat_map(|vpc| vpc.security_groups.iter().flatten());
    let groups: Vec<Text> = groups.map(|group| group.id.clone().into()).collect();
    case.choices.edit.extend(groups);
    case.choices.canary = [10, 50, 100].into_iter().filter_map(Percent::new).collect();
    case.choices.bake_seconds = 300;
    case.choices.doubts = [Doubt::HttpSettings].into();
    case.choices.tags = [(Text::new("team"), Text::new("edge"))].into();
    let body = case.made(plan);
    assert!(body.steps.len() > 40, "{:#?}", body.waiting);
    Good {
        plan: Plan::new(Text::new("0.1.0"), body),
        snapshot: case.snapshot,
    }
}

fn retirement() -> Good {
    let mut case = Case::of(scanned(leftovers(), 35, UserSources::Read));
    case.choices.retirement.quarantine_seconds = 600;
    let body = case.made(retire);
    assert!(body.steps.len() > 3, "{:#?}", body.waiting);
    Good {
        plan: Plan::new(Text::new("0.1.0"), body),
        snapshot: case.snapshot,
    }
}

impl Good {
    /// The first step whose name ends like this.
    fn step(&mut self, end: &str) -> &mut Step {
        let place = self.place(end);
        &mut self.plan.body.steps[place]
    }

    fn place(&self, end: &str) -> usize {
        let mut steps = self.plan.body.steps.iter();
        let found = steps.position(|step| step.id.as_str().ends_with(end));
        found.unwrap_or_else(|| panic!("no step {end} in {:?}", names(&self.plan.body)))
    }

    fn remove(&mut self, end: &str) {
        let place = self.place(end);
        self.plan.body.steps.remove(place);
    }

    fn again(&mut self, end: &str) {
        let place = self.place(end);
        let mut step = self.plan.body.steps[place].clone();
        step.id = StepId::of_words(&["again", end]);
        self.plan.body.steps.insert(place + 1, step);
    }

    fn and(&mut self, phase: Phase, operation: Operation) {
        let mut step = self.plan.body.steps[0].clone();
        step.id = StepId::of_words(&["besides"]);
        step.phase = phase;
        step.operation = operation;
        step.undo = Undo::Nothing;
        (step.preconditions, step.verification, step.gate) = (Vec::new(), Vec::new(), None);
        self.plan.body.steps.push(step);
    }

    fn facts(&mut self) -> &mut RegionFacts {
        let mut regions = self.snapshot.regions.iter_mut();
        let (_, facts) = regions
            .find(|(region, _)| region.as_str() == REGION)
            .expect("the region");
        facts
    }

    fn rest_api(&mut self, name: &str) -> RestApiId {
        let mut apis = self.facts().rest_apis.iter();
        let api = apis.find(|api| api.name == *name).expect("the API");
        api.id.clone()
    }

    fn balancer(&mut self, name: &str) -> LoadBalancerArn {
        let mut all = self.facts().load_balancers.values();
        let found = all.find(|lb| lb.name == *name).expect("a load balancer");
        found.arn.clone()
    }

    fn lints(&self) -> Vec<Lint> {
        lint_on(&self.plan, &self.snapshot)
    }
}

fn told(lints: &[Lint]) -> String {
    lints.iter().map(|lint| format!("{lint}\n")).collect()
}

#[test]
fn plans_that_were_made_lint_clean() {
    for good in [migration(), retirement()] {
        assert_eq!(told(&lint(&good.plan)), "");
        assert_eq!(told(&good.lints()), "");
    }
}

#[test]
fn a_plan_without_steps_lints_clean() {
    let mut good = migration();
    good.plan.body.steps.clear();
    good.plan.body_digest = good.plan.body.digest();
    assert_eq!(told(&good.lints()), "");
}

#[test]
fn every_code_has_a_plan_that_deserves_it() {
    let bases = (migration(), retirement());
    let mut clean = Vec::new();
    for code in LintCode::VARIANTS {
        let (migrations, retirements) = spoils(*code);
        assert!(!migrations.is_empty() || !retirements.is_empty(), "{code}");
        let of_migration = migrations.into_iter().map(|spoil| (&bases.0, spoil));
        let of_retirement = retirements.into_iter().map(|spoil| (&bases.1, spoil));
        for (number, (good, spoil)) in of_migration.chain(of_retirement).enumerate() {
            let mut spoiled = good.clone();
            spoil(&mut spoiled);
            if *code != LintCode::WrongDigest {
                spoiled.plan.body_digest = spoiled.plan.body.digest();
            }
            let lints = spoiled.lints();
            let found: BTreeSet<LintCode> = lints.iter().map(|lint| lint.code).collect();
            if !found.contains(code) {
                clean.push(format!("{code} ({number}):\n{}", told(&lints)));
            }
        }
    }
    assert!(clean.is_empty(), "{}", clean.join("\n"));
}

/// Whatever needs no look at the account is found without one.
#[test]
fn what_a_plan_itself_tells_is_found_without_the_account() {
    let good = migration();
    let mut clean = Vec::new();
    let needs_account = |code: &LintCode| {
        [
            LintCode::OtherAccount,
            LintCode::Stale,
            LintCode::Unknown,
            LintCode::NotAnAlb,
            LintCode::ForeignSubnet,
            LintCode::OverQuota,
        ]
        .contains(code)
    };
    for code in LintCode::VARIANTS
        .iter()
        .filter(|code| !needs_account(code))
    {
        for spoil in spoils(*code).0 {
            let mut spoiled = good.clone();
            spoil(&mut spoiled);
            let lints = lint(&spoiled.plan);
            if !lints.iter().any(|lint| lint.code == *code) {
                clean.push(format!("{code}: {}", told(&lints)));
            }
        }
    }
    assert!(clean.is_empty(), "{}", clean.join("\n"));
}

/// Nothing that a plan can do lifts a protection: no operation changes an attribute.
#[test]
fn no_operation_lifts_a_protection() {
    for kind in OperationKind::VARIANTS {
        let name = kind.to_string();
        for word in ["attribute", "protection", "modify", "policy"] {
            assert!(!name.contains(word), "{name}");
        }
    }
}

#[test]
fn a_lint_names_its_code_and_its_step() {
    let mut good = migration();
    good.step("dev-canary-10").gate = None;
    good.plan.body_digest = good.plan.body.digest();
    let lints = good.lints();
    let [one] = &lints[..] else {
        panic!("{}", told(&lints));
    };
    let step = one.step.as_ref().expect("a step");
    assert_eq!(
        one.to_string(),
        format!(
            "gate-missing: step {step}: what follows it does not wait: its gate is missing, of another stage, or too short"
        )
    );
}

#[test]
fn every_code_has_a_section_and_every_section_a_code() {
    let document = include_str!("../../../../docs/lint.md");
    let sections = document.lines().filter_map(|line| line.strip_prefix("## "));
    let sections: BTreeSet<String> = sections.map(str::to_owned).collect();
    let codes = LintCode::VARIANTS.iter().map(ToString::to_string);
    assert_eq!(sections, codes.collect());
}

/// What is sealed with another key differs from what it was, and nothing follows from that.
#[test]
fn a_snapshot_that_was_sealed_with_another_key_makes_no_object_stale() {
    let mut good = migration();
    good.snapshot.header.digest_key = Text::new("another");
    assert!(good.lints().is_empty(), "nothing of it is sealed");
    for api in &mut good.facts().rest_apis {
        api.name = Text::new("differs as sealed values would");
    }
    let lints = good.lints();
    let [one] = &lints[..] else {
        panic!("{}", told(&lints));
    };
    assert_eq!(one.code, LintCode::Stale);
    assert!(one.what.contains("cannot be told"), "{one}");
    assert!(one.what.contains("with another; scan"), "{one}");
}
