//! Whatever is done in whatever order.

use proptest::prelude::*;

use super::*;
use crate::live::SwitchKind;

/// One of the things that may be done, by numbers that pick what it is done to.
#[derive(Debug, Clone, Copy)]
struct Act {
    what: u8,
    one: usize,
    other: usize,
}

/// How many kinds of operations there are to pick from; what is above them somebody else does.
const OPERATIONS: u8 = 28;

fn act() -> impl Strategy<Value = Act> {
    (0..OPERATIONS + 2, 0..6_usize, 0..6_usize).prop_map(|(what, one, other)| Act {
        what,
        one,
        other,
    })
}

fn site() -> Desk {
    site_under(Switches::default())
}

fn site_under(switches: Switches) -> Desk {
    let estate = estate().http_api("web", |api| {
        api.private("$default", "direct", "orders-nlb", 80)
            .auto("live")
            .freeze("still")
    });
    Desk::under(estate, switches)
}

fn pick<T: Clone>(from: Vec<T>, number: usize) -> Option<T> {
    let length = from.len();
    from.into_iter().nth(number % length.max(1))
}

/// What is done; `None` when there is nothing left to do it to.
fn operation(desk: &Desk, act: Act) -> Option<Op> {
    let state = desk.state();
    let rest = desk.rest();
    let api = rest.api.id.clone();
    let stages = rest.stages.iter().map(|stage| stage.name.clone()).collect();
    let stage_name = pick(stages, act.one)?;
    let deployment = pick(rest.deployments.keys().cloned().collect(), act.other)?;
    let links = |v2: bool| -> Vec<VpcLinkId> {
        let all: Vec<_> = if v2 {
            state.v2_links().collect()
        } else {
            state.v1_links().collect()
        };
        all.iter().map(|link| link.id.clone()).collect()
    };
    let groups: Vec<_> = super::super::groups::groups(&state)
        .map(|group| group.id.clone())
        .collect();
    let (group, peer) = (pick(groups.clone(), act.one)?, pick(groups, act.other)?);
    let direction = match act.other % 2 {
        0 => unbridge_model::network::Direction::Ingress,
        _ => unbridge_model::network::Direction::Egress,
    };
    let load_balancers: Vec<_> = state
        .load_balancers
        .iter()
        .map(|lb| lb.arn.clone())
        .collect();
    let target_groups: Vec<_> = state
        .target_groups
        .iter()
        .map(|one| one.arn.clone())
        .collect();
    let web = &state.http_api_named("web")?.api;
    let integrations = web.integrations.iter().flatten();
    let integration = pick(integrations.map(|one| one.id.clone()).collect(), act.one)?;
    let web_id = web.id.clone();
    let patch = |link: Option<VpcLinkId>| {
        Some(IntegrationPatch {
            connection_id: ConnectionId::Link(link?),
            integration_target: pick(load_balancers.clone(), act.one)
                .filter(|_| !act.other.is_multiple_of(3)),
            uri: None,
        })
    };
    Some(match act.what {
        0 => desk.new_group(&format!("ours-{}", act.one)),
        1 => Operation::RevokeDefaultEgress { group },
        2 => Operation::AuthorizeRule {
            group,
            rule: rule(direction, 80, &peer),
        },
        3 => Operation::RevokeRule {
            group,
            rule: rule(direction, 80, &peer),
        },
        4 => Operation::DeleteSecurityGroup { group },
        5 => desk.new_link("new", &[group]),
        6 => Operation::DeleteVpcLink {
            link: pick(links(true), act.one)?,
        },
        7 | 8 => desk.update(patch(pick(links(true), act.one))?),
        9 => desk.update(patch(pick(links(false), act.one))?),
        10..=12 => desk.deploy(),
        13 => Operation::DeleteDeployment { api, deployment },
        14 => desk.new_stage(&format!("s{}", act.one), &deployment),
        15 => Operation::DeleteStage {
            api,
            stage: stage_name,
        },
        16 | 17 => desk.canary(
            stage_name.as_str(),
            &deployment,
            u8::try_from(act.one * 20).unwrap_or(100),
        ),
        18 => desk.no_canary(stage_name.as_str()),
        19 | 20 => desk.set(stage_name.as_str(), &deployment),
        21 => {
            let alb = state.load_balancer_named("orders-alb")?;
            Operation::CreateHttpIntegration {
                api: web_id,
                like: integration,
                link: pick(links(true), act.one)?,
                listener: alb.listeners.as_ref()?.first()?.arn.clone(),
            }
        }
        22 => Operation::DeleteHttpIntegration {
            api: web_id,
            integration,
        },
        23 => Operation::UpdateRoute {
            api: web_id,
            route: web.routes.as_ref()?.first()?.id.clone()?,
            key: Text::new("$default"),
            integration,
        },
        24 => Operation::CreateHttpDeployment {
            api: web_id,
            description: Text::new(""),
        },
        25 => Operation::DeleteV1Link {
            link: pick(links(false), act.one)?,
        },
        26 => Operation::DeleteLoadBalancer {
            load_balancer: pick(load_balancers, act.one)?,
        },
        _ => Operation::DeleteTargetGroup {
            group: pick(target_groups, act.one)?,
        },
    })
}

/// Removes a load balancer as somebody else would, whatever names it.
fn somebody_removes(desk: &Desk, act: Act) {
    let state = desk.state();
    let load_balancers = state.load_balancers.iter();
    let Some(gone) = pick(load_balancers.map(|lb| lb.arn.clone()).collect(), act.one) else {
        return;
    };
    desk.edit(|state| state.load_balancers.retain(|lb| lb.arn != gone));
}

/// A twin under another setting of one switch goes the same way until that switch is asked.
fn same_until_asked(
    switches: Switches,
    kind: SwitchKind,
    acts: &[(Act, u64)],
) -> Result<(), TestCaseError> {
    let (desk, twin) = (site_under(switches), site_under(switches.turned(kind)));
    for &(act, pause) in acts {
        if act.what >= OPERATIONS {
            somebody_removes(&desk, act);
            somebody_removes(&twin, act);
        } else if let Some(operation) = operation(&desk, act) {
            let answer = desk.does("a-step", operation.clone());
            let other = twin.does("a-step", operation.clone());
            if desk.0.asked().contains(&kind) {
                return Ok(());
            }
            prop_assert_eq!(answer, other, "{:?}", operation);
        }
        for name in ["dev", "prod"] {
            let answers = desk.0.answers(&desk.request(name));
            let others = twin.0.answers(&twin.request(name));
            if desk.0.asked().contains(&kind) {
                return Ok(());
            }
            prop_assert_eq!(answers, others);
        }
        desk.wait(pause);
        twin.wait(pause);
        prop_assert_eq!(desk.0.asked(), twin.0.asked());
        let as_if = |desk: &Desk| desk.0.0.borrow().digest_under(switches);
        prop_assert_eq!(as_if(&desk), as_if(&twin));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn a_switch_that_was_not_asked_decides_nothing(
        number in 0..16_usize,
        kind in prop::sample::select(SwitchKind::ALL.to_vec()),
        acts in prop::collection::vec((act(), 0..400_u64), 1..40)
    ) {
        same_until_asked(Switches::all()[number], kind, &acts)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn whatever_is_done_refusals_change_nothing_and_forks_agree(
        acts in prop::collection::vec((act(), 0..400_u64), 1..40)
    ) {
        let desk = site();
        for (act, pause) in acts {
            let Some(operation) = operation(&desk, act).filter(|_| act.what < OPERATIONS) else {
                continue;
            };
            let fork = Desk(desk.0.fork());
            let before = desk.0.digest();
            prop_assert_eq!(fork.0.digest(), before);
            let answer = desk.does("a-step", operation.clone());
            let again = fork.does("a-step", operation.clone());
            prop_assert_eq!(&answer, &again);
            prop_assert_eq!(desk.0.digest(), fork.0.digest());
            // What is remembered of parts is what they come to when all of it is looked at again.
            let anew = desk.0.fork();
            anew.edit(|account| {
                let regions = account.regions.values_mut();
                regions.for_each(|state| state.rest_apis.iter_mut().for_each(drop));
            });
            prop_assert_eq!(anew.digest(), desk.0.digest());
            prop_assert_eq!(anew.served(), desk.0.served());
            if answer.is_err() {
                prop_assert_eq!(desk.0.digest(), before, "{:?}", operation);
            }
            let held = match operation.effect() {
                unbridge_model::plan::operation::Effect::Brings(condition) => {
                    desk.0.observe(&condition).ok()
                }
                unbridge_model::plan::operation::Effect::Makes(_) => None,
            };
            // What was made is seen, unless it takes time or AWS took the patch for another.
            let at_once = !matches!(
                operation,
                Operation::DeleteVpcLink { .. }
                    | Operation::DeleteV1Link { .. }
                    | Operation::SetCanary { .. }
                    | Operation::SetDeployment { .. }
            );
            if answer.is_ok() && at_once {
                prop_assert!(
                    held.is_none_or(|held| held == Held::Yes),
                    "{:?}", operation
                );
            }
            for name in ["dev", "prod"] {
                prop_assert!(!desk.0.answers(&desk.request(name)).is_empty());
            }
            desk.wait(pause);
            fork.wait(pause);
            prop_assert_eq!(desk.0.digest(), fork.0.digest());
        }
    }
}
