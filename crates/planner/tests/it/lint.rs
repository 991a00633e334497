//! Good plans lint clean, and every code has a plan that is spoiled so.

use std::collections::BTreeSet;

use strum::VariantArray;
use unbridge_model::apigateway::Verb;
use unbridge_model::finding::OwnedKind;
use unbridge_model::id::{AccountId, LoadBalancerArn, Sha256, StageName, StepId, VpcId};
use unbridge_model::plan::choices::{Doubt, StageRef};
use unbridge_model::plan::condition::{Condition, Gate};
use unbridge_model::plan::elsewhere::{Elsewhere, OwnerTool};
use unbridge_model::plan::operation::{Operation, OperationKind, Percent};
use unbridge_model::plan::value::Later;
use unbridge_model::plan::{Phase, Plan, Step, Undo};
use unbridge_model::snapshot::{RegionFacts, Snapshot};
use unbridge_model::text::Text;
use unbridge_model::uri::Uri;
use unbridge_planner::lint::{Lint, LintCode, lint, lint_on};
use unbridge_planner::{plan, retire};
use unbridge_scanner::scan::UserSources;
use unbridge_sim::build::Estate;

use crate::common::{Case, REGION, estate, scanned};

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
        found.unwrap_or_else(|| {
            panic!(
                "no step {end} in {:?}",
                crate::common::names(&self.plan.body)
            )
        })
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

    fn rest_api(&mut self, name: &str) -> unbridge_model::id::RestApiId {
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

/// How a good plan is spoiled so that it deserves a code.
type Spoil = fn(&mut Good);

fn canary(step: &mut Step) -> &mut Percent {
    match &mut step.operation {
        Operation::SetCanary { percent, .. } => percent,
        other => panic!("{other:?}"),
    }
}

/// Ways to deserve each code: of a migration, and of a retirement.
fn spoils(code: LintCode) -> (Vec<Spoil>, Vec<Spoil>) {
    use LintCode as C;
    let migrations: Vec<Spoil> = match code {
        C::DoesNotFit => vec![
            |good| {
                let first = good.plan.body.steps[0].clone();
                good.plan.body.steps.push(first);
            },
            |good| good.remove("deploy"),
        ],
        C::WrongDigest => vec![|good| good.plan.body_digest = Sha256::of(b"another body")],
        C::WrongPlanId => vec![|good| good.plan.body.choices.bake_seconds += 1],
        C::CompletenessUnclear => vec![
            |good| {
                good.plan.body.complete = false;
                good.plan.body.missing.clear();
            },
            |good| {
                good.plan.body.complete = true;
                good.plan.body.missing.push(Text::new("tags"));
            },
        ],
        C::LeftOutButChanged => vec![
            |good| {
                let api = good.rest_api("orders");
                good.plan.body.elsewhere.push(Elsewhere {
                    owner: OwnerTool::Terraform,
                    kind: OwnedKind::Api,
                    id: Text::from(api.to_string()),
                    evidence: None,
                    resource: Text::new("aws_api_gateway_integration"),
                    which: Text::new("GET /x"),
                    set: Vec::new(),
                });
            },
            |good| {
                use unbridge_model::plan::waiting::{Subject, Waiting, WaitingCode};
                let api = Text::from(good.rest_api("orders").to_string());
                let stage = StageName::new("dev").expect("a stage");
                good.plan.body.waiting.push(Waiting {
                    code: WaitingCode::StageLags,
                    what: Subject::Stage(StageRef { api, stage }),
                    finding: None,
                    why: Text::new("it lags"),
                    next: Text::new("deploy it"),
                    flag: None,
                });
            },
        ],
        C::Untold => vec![|good| good.step("rewire-1").forward = Text::new(" ")],
        C::NoTime => vec![|good| good.step("prod-promote").verify_within = 0],
        C::TagMissing => vec![|good| {
            let Operation::CreateStage { tags, .. } = &mut good.step("baseline-stage").operation
            else {
                panic!("a stage");
            };
            tags.remove("team");
        }],
        C::NameNotOurs => vec![|good| {
            let Operation::CreateDeployment { description, .. } =
                &mut good.step("baseline-deploy").operation
            else {
                panic!("a deployment");
            };
            *description = Text::new("a baseline");
        }],
        C::OutOfScope => vec![|good| {
            good.plan.body.objects.remove(0);
        }],
        C::NotSelected => vec![
            |good| {
                let api = Text::from(good.rest_api("orders").to_string());
                good.plan.body.choices.selection.apis.insert(api);
            },
            |good| {
                let api = Text::from(good.rest_api("orders").to_string());
                let stage = StageName::new("dev").expect("a stage");
                let stages = &mut good.plan.body.choices.selection.stages;
                stages.insert(StageRef { api, stage });
            },
        ],
        C::NotUndone => vec![
            |good| good.step("rewire-1").undo = Undo::Nothing,
            |good| good.step("baseline-stage").undo = Undo::Nothing,
            |good| {
                let why = Text::new("nobody wants to");
                good.step("prod-promote").undo = Undo::Impossible { why };
            },
        ],
        C::UndoMisses => vec![
            |good| good.step("rewire-1").undo = good.step("rewire-2").undo.clone(),
            |good| {
                let Undo::Operation { operation, .. } = &mut good.step("prod-promote").undo else {
                    panic!("an operation");
                };
                let Operation::SetDeployment { deployment, .. } = operation else {
                    panic!("a deployment");
                };
                *deployment = Later::Known(
                    unbridge_model::id::DeploymentId::new("another").expect("a deployment"),
                );
            },
        ],
        C::UndoUnguarded => vec![|good| {
            let Undo::Operation { only_if, .. } = &mut good.step("prod-canary-10").undo else {
                panic!("an operation");
            };
            only_if.clear();
        }],
        C::DestroysTooEarly => vec![|good| {
            let api = good.rest_api("orders");
            let stage = StageName::new("dev").expect("a stage");
            good.and(Phase::TidyUp, Operation::DeleteStage { api, stage });
        }],
        C::RetireMixed => vec![|good| {
            let load_balancer = good.balancer("x-nlb");
            good.and(
                Phase::Retire,
                Operation::DeleteLoadBalancer { load_balancer },
            );
        }],
        C::WrongPhase => vec![|good| good.step("rewire-1").phase = Phase::Prepare],
        C::OutOfOrder => vec![|good| {
            let place = good.place("baseline-delete-deployment");
            good.plan.body.steps.swap(place, place + 1);
        }],
        C::CannotHold => vec![|good| good.remove("dev-canary-50"), |good| {
            let place = good.place("dev-end-canary");
            good.plan.body.steps.swap(place, place + 1);
        }],
        C::ChangesNothing => vec![|good| {
            good.again("rewire-1");
        }],
        C::NamesWhatIsGone => vec![|good| good.again("baseline-delete-stage")],
        C::StillUsed => vec![|good| {
            let place = good.place("baseline-delete-stage");
            good.plan.body.steps.swap(place, place + 1);
        }],
        C::LeftBehind => vec![|good| good.remove("proof-dev-delete-stage"), |good| {
            good.remove("baseline-delete-deployment")
        }],
        C::NotFinished => vec![|good| good.remove("prod-promote"), |good| {
            let steps = &mut good.plan.body.steps;
            steps.retain(|step| !step.id.as_str().contains("-prod-"));
        }],
        C::EgressOpen => vec![|good| {
            let steps = &mut good.plan.body.steps;
            steps.retain(|step| !matches!(step.operation, Operation::RevokeDefaultEgress { .. }));
        }],
        C::NoWayOut => vec![|good| {
            let steps = &mut good.plan.body.steps;
            steps.retain(|step| match &step.operation {
                Operation::AuthorizeRule { group, .. } => matches!(group, Later::Known(_)),
                _ => true,
            });
        }],
        C::RuleForOthers => vec![|good| {
            let mut steps = good.plan.body.steps.iter_mut();
            let rule = steps.find_map(|step| match &mut step.operation {
                Operation::AuthorizeRule {
                    group: Later::Known(group),
                    rule,
                } => Some((group.clone(), rule)),
                _ => None,
            });
            let (group, rule) = rule.expect("a rule");
            rule.peer = Later::Known(group);
        }],
        C::LinkNotAwaited => vec![|good| {
            let mut steps = good.plan.body.steps.iter_mut();
            let link = steps.find(|step| matches!(step.operation, Operation::CreateVpcLink { .. }));
            link.expect("a link").verification.clear();
        }],
        C::BaselineMissing => vec![
            |good| good.step("baseline-stage").verification.clear(),
            |good| good.remove("baseline-stage"),
        ],
        C::DifferenceNotShown => vec![
            |good| good.step("proof-dev-stage").verification.clear(),
            |good| {
                let verification = &mut good.step("proof-dev-stage").verification;
                let Some(Condition::StagesAlike { but, .. }) = verification.first_mut() else {
                    panic!("a difference");
                };
                but.pop();
            },
        ],
        C::ProofMissing => vec![|good| {
            for step in &mut good.plan.body.steps {
                step.gate = step
                    .gate
                    .take()
                    .filter(|gate| !matches!(gate, Gate::Proof { .. }));
            }
        }],
        C::CanaryNotChosen => vec![
            |good| *canary(good.step("dev-canary-50")) = Percent::new(60).expect("a share"),
            |good| good.remove("dev-canary-100"),
        ],
        C::NotReadBack => vec![
            |good| good.step("dev-canary-10").verification.clear(),
            |good| good.step("-route-1").verification.clear(),
        ],
        C::BeforeNotAsked => vec![
            |good| good.step("dev-canary-10").preconditions.clear(),
            |good| good.step("rewire-1").preconditions.clear(),
            |good| good.step("-route-1").preconditions.clear(),
        ],
        C::AdmissionNotAsked => vec![|good| {
            let before = &mut good.step("dev-canary-10").preconditions;
            before.retain(|one| !matches!(one, Condition::RuleStands { .. }));
        }],
        C::GateMissing => vec![
            |good| good.step("dev-canary-10").gate = None,
            |good| good.step("dev-promote").gate = Some(Gate::Drain { seconds: 100 }),
            |good| good.step("-set").gate = None,
        ],
        C::AddressChanged => vec![|good| {
            let Operation::UpdateIntegration { patch, .. } = &mut good.step("rewire-1").operation
            else {
                panic!("an integration");
            };
            patch.uri = Some(Uri::new("http://x.example/elsewhere"));
        }],
        C::OtherAccount => vec![|good| {
            good.plan.body.account = AccountId::new("999988887777").expect("an account");
        }],
        C::Stale => vec![|good| {
            good.plan.body.objects[0].digest = Sha256::of(b"something else");
        }],
        C::Unknown => vec![|good| good.facts().rest_apis.clear(), |good| {
            let Operation::UpdateIntegration { method, .. } = &mut good.step("rewire-1").operation
            else {
                panic!("an integration");
            };
            method.path = Text::new("/nowhere");
        }],
        C::NotAnAlb => vec![|good| {
            let nlb = good.balancer("x-nlb");
            let Operation::UpdateIntegration { patch, .. } = &mut good.step("rewire-1").operation
            else {
                panic!("an integration");
            };
            patch.integration_target = Some(nlb);
        }],
        C::ForeignSubnet => vec![|good| {
            let other = VpcId::new("vpc-0123456789abcdef0").expect("a VPC");
            let mut steps = good.plan.body.steps.iter_mut();
            let vpc = steps.find_map(|step| match &mut step.operation {
                Operation::CreateSecurityGroup { vpc, .. } => Some(vpc),
                _ => None,
            });
            *vpc.expect("a group") = other;
        }],
        C::OverQuota => vec![|good| good.plan.body.choices.link_quota = Some(1), |good| {
            let mut apis = good.facts().rest_apis.iter_mut();
            let api = apis.find(|api| api.name == *"orders").expect("the API");
            let stages = api.stages.as_mut().expect("stages");
            while stages.len() < 10 {
                let mut more = stages[0].clone();
                more.name = StageName::new(format!("s{}", stages.len())).expect("a stage");
                stages.push(more);
            }
        }],
        C::DisuseNotAsked | C::ProtectionNotAsked | C::Protected => Vec::new(),
    };
    let retirements: Vec<Spoil> = match code {
        C::DisuseNotAsked => vec![
            |good| {
                let before = &mut good.step("-link-1").preconditions;
                before.retain(|one| !matches!(one, Condition::V1LinkUnused { .. }));
            },
            |good| {
                let before = &mut good.step("-nlb-nlb").preconditions;
                before.retain(|one| !matches!(one, Condition::LoadBalancerUnnamed { .. }));
            },
        ],
        C::ProtectionNotAsked => vec![|good| {
            let before = &mut good.step("-nlb-nlb").preconditions;
            before.retain(|one| !matches!(one, Condition::NotProtected { .. }));
        }],
        C::Protected => vec![|good| {
            let balancers = good.facts().load_balancers.values_mut();
            for balancer in balancers {
                let attributes = balancer.attributes.get_or_insert_default();
                attributes.insert(Text::new("deletion_protection.enabled"), Text::new("true"));
            }
        }],
        C::NotUndone => vec![|good| good.step("-link-1").undo = Undo::Nothing],
        C::UndoUnguarded => vec![|good| {
            let Undo::Operation { only_if, .. } = &mut good.step("quarantine-1").undo else {
                panic!("an operation");
            };
            only_if.clear();
        }],
        C::OutOfOrder => vec![|good| {
            let step = good.plan.body.steps.remove(0);
            good.plan.body.steps.push(step);
        }],
        C::GateMissing => vec![|good| {
            for step in &mut good.plan.body.steps {
                step.gate = None;
            }
        }],
        C::DestroysTooEarly => vec![|good| good.step("-link-1").phase = Phase::TidyUp],
        _ => Vec::new(),
    };
    (migrations, retirements)
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
