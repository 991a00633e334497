//! How good plans are spoiled so that they deserve each code.

use unbridge_model::finding::OwnedKind;
use unbridge_model::id::{AccountId, DeploymentId, Sha256, StageName, VpcId};
use unbridge_model::plan::choices::StageRef;
use unbridge_model::plan::condition::{Condition, Gate};
use unbridge_model::plan::elsewhere::{Elsewhere, OwnerTool};
use unbridge_model::plan::operation::{Operation, Percent};
use unbridge_model::plan::value::Later;
use unbridge_model::plan::waiting::{Subject, Waiting, WaitingCode};
use unbridge_model::plan::{Phase, Step, Undo};
use unbridge_model::text::Text;
use unbridge_model::uri::Uri;
use unbridge_planner::lint::LintCode;

use super::Good;

/// How a good plan is spoiled so that it deserves a code.
pub(super) type Spoil = fn(&mut Good);

fn canary(step: &mut Step) -> &mut Percent {
    match &mut step.operation {
        Operation::SetCanary { percent, .. } => percent,
        other => panic!("{other:?}"),
    }
}

/// Ways to deserve each code: of a migration, and of a retirement.
pub(super) fn spoils(code: LintCode) -> (Vec<Spoil>, Vec<Spoil>) {
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
                *deployment = Later::Known(DeploymentId::new("another").expect("a deployment"));
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
        C::ChangesNothing => vec![|good| good.again("rewire-1"), |good| {
            good.again("proof-dev-furnish")
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
            |good| good.step("baseline-furnish").verification.truncate(1),
            |good| good.remove("baseline-stage"),
        ],
        C::DifferenceNotShown => vec![
            |good| good.step("proof-dev-furnish").verification.truncate(1),
            |good| {
                let verification = &mut good.step("proof-dev-furnish").verification;
                let Some(Condition::StagesAlike { but, .. }) = verification.last_mut() else {
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
        C::StageOpen => vec![
            |good| good.remove("proof-dev-furnish"),
            |good| good.remove("baseline-furnish"),
            |good| {
                let made = good.place("proof-dev-stage");
                good.plan.body.steps.swap(made - 1, made);
            },
            |good| {
                let Operation::FurnishStage { like, .. } =
                    &mut good.step("proof-dev-furnish").operation
                else {
                    panic!("what a stage gets");
                };
                *like = StageName::new("prod").expect("a stage");
            },
        ],
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
        C::AdmissionNotAsked => vec![
            |good| {
                let before = &mut good.step("dev-canary-10").preconditions;
                before.retain(|one| !matches!(one, Condition::RuleStands { .. }));
            },
            |good| {
                let mut asked = good.plan.body.steps.iter_mut().filter(|step| {
                    let mut before = step.preconditions.iter();
                    before.any(|one| matches!(one, Condition::LinkAdmitted { .. }))
                        && matches!(step.operation, Operation::SetCanary { .. })
                });
                let before = &mut asked
                    .next()
                    .expect("an ALB that admits it anyway")
                    .preconditions;
                before.retain(|one| !matches!(one, Condition::LinkAdmitted { .. }));
            },
            // By nobody: then what the ALB has of groups tells it.
            |good| {
                for step in &mut good.plan.body.steps {
                    let before = &mut step.preconditions;
                    before.retain(|one| !matches!(one, Condition::LinkAdmitted { .. }));
                }
            },
        ],
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
