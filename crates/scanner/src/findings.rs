//! What is found about one NLB by looking at it and its surroundings.

use std::collections::BTreeSet;

use unbridge_model::assessment::LinkVersion;
use unbridge_model::call::CallKind;
use unbridge_model::elb::{Action, LoadBalancer, TargetGroup, TargetType};
use unbridge_model::finding::{Consumers, Finding, ListenerTarget};
use unbridge_model::id::{LoadBalancerArn, TargetGroupArn};
use unbridge_model::network::EndpointService;
use unbridge_model::snapshot::RegionFacts;
use unbridge_model::text::Text;

use crate::chains::Uses;
use crate::gateway_accounts::{is_api_gateway, is_listed};
use crate::sight::Sight;
use crate::topology::{Forward, GroupReach, ListenerReach, Topology};

/// One NLB and everything a finding about it may look at.
pub(crate) struct Subject<'r, 's> {
    pub(crate) nlb: &'r LoadBalancer,
    pub(crate) facts: &'r RegionFacts,
    pub(crate) topology: &'r Topology<'s>,
    pub(crate) sight: &'r Sight<'s>,
    pub(crate) uses: &'r Uses,
}

/// What an NLB's listeners lead to, taken together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Ports that lead to ALBs only.
    pub(crate) bridging: Vec<u16>,
    /// Listeners that lead, at least in part, to something else.
    pub(crate) others: Vec<ListenerTarget>,
    /// Ports that lead nowhere: no group, a missing one, or one made for an ALB that is empty.
    pub(crate) dead: Vec<u16>,
    /// ALBs behind it.
    pub(crate) albs: BTreeSet<LoadBalancerArn>,
    /// Groups on it that could not be seen, listeners that could not be read.
    pub(crate) unseen: Seen,
}

/// Whether all of a shape was seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Seen {
    #[default]
    Whole,
    Partly,
}

impl Subject<'_, '_> {
    /// What the NLB's listeners lead to; judged by its groups when listeners were not asked for.
    pub(crate) fn shape(&self) -> Shape {
        let mut shape = Shape::default();
        if let Some(listeners) = self.topology.listeners(&self.nlb.arn) {
            for listener in listeners {
                self.add_listener(&mut shape, &listener);
            }
        } else {
            let failed = |kind, of| self.sight.failed(kind, of);
            let unread = failed(CallKind::DescribeTargetGroups, None)
                || failed(CallKind::DescribeListeners, Some(self.nlb.arn.as_str()));
            // Otherwise listeners are only left unread when no group of the NLB can hold an ALB.
            let may_bridge = |group: &TargetGroup| match self.topology.group_reach(group) {
                GroupReach::Other => false,
                GroupReach::Empty => group.target_type == TargetType::Alb,
                GroupReach::Albs(_) | GroupReach::Unseen => true,
            };
            if unread || self.groups().any(may_bridge) {
                shape.unseen = Seen::Partly;
            }
        }
        shape
    }

    fn add_listener(&self, shape: &mut Shape, listener: &ListenerReach) {
        let (mut strangers, mut dead) = (false, listener.forwards.is_empty());
        for Forward { group, reach, .. } in &listener.forwards {
            match reach {
                Some(GroupReach::Albs(albs)) => {
                    let exists = |alb| self.facts.load_balancers.contains_key(alb);
                    dead |= !albs.iter().all(|(alb, _)| exists(alb));
                    shape.albs.extend(albs.iter().map(|(alb, _)| alb.clone()));
                }
                Some(GroupReach::Other) => strangers = true,
                Some(GroupReach::Unseen) => shape.unseen = Seen::Partly,
                // A group made for an ALB is a broken bridge; any other might be filled again.
                Some(GroupReach::Empty)
                    if self
                        .group(group)
                        .is_some_and(|g| g.target_type == TargetType::Alb) =>
                {
                    dead = true;
                }
                Some(GroupReach::Empty) => strangers = true,
                None => dead = true,
            }
        }
        let unknown = |action: &Action| !matches!(action, Action::Forward { .. });
        if listener.actions.iter().any(unknown) {
            shape.unseen = Seen::Partly;
        }
        let forwards = listener.forwards.first().map(|forward| &forward.group);
        if strangers {
            shape.others.push(ListenerTarget {
                port: listener.port,
                group: forwards.cloned(),
                target_type: forwards
                    .and_then(|arn| self.group(arn))
                    .map(|group| type_word(&group.target_type)),
            });
        } else if dead {
            shape.dead.push(listener.port);
        } else {
            shape.bridging.push(listener.port);
        }
    }

    fn group(&self, arn: &TargetGroupArn) -> Option<&TargetGroup> {
        self.facts.target_groups.get(arn)
    }

    fn groups(&self) -> impl Iterator<Item = &TargetGroup> {
        self.topology.groups_of(&self.nlb.arn)
    }

    /// All findings that do not come from an API.
    pub(crate) fn findings(&self, shape: &Shape, is_named: Named) -> Vec<Finding> {
        let mut found = Vec::new();
        found.extend(self.shape_finding(shape, is_named));
        found.extend(self.ip_bridges());
        found.extend(self.unused_links());
        found.extend(self.weighted());
        found.extend(self.consumers());
        found.extend(self.already_direct(shape));
        found
    }

    fn shape_finding(&self, shape: &Shape, is_named: Named) -> Option<Finding> {
        let Shape {
            bridging,
            others,
            albs,
            ..
        } = shape;
        match (albs.is_empty(), others.is_empty(), is_named) {
            (true, true, _) => None,
            (true, false, _) => Some(Finding::NlbDirectTarget {
                listeners: others.clone(),
            }),
            (false, false, _) => Some(Finding::MixedNlb {
                bridging_ports: bridging.clone(),
                others: others.clone(),
            }),
            (false, true, Named::No) => Some(Finding::NlbAlbWithoutGateway {
                albs: albs.iter().cloned().collect(),
            }),
            (false, true, Named::Yes) => Some(Finding::NlbBridgesAlb {
                albs: albs.iter().cloned().collect(),
                ports: bridging.clone(),
            }),
        }
    }

    fn ip_bridges(&self) -> Vec<Finding> {
        let groups = self
            .groups()
            .filter(|group| group.target_type == TargetType::Ip);
        let bridge = |group: &TargetGroup| match self.topology.group_reach(group) {
            GroupReach::Albs(albs) => Some(Finding::IpTargetBridge {
                group: group.arn.clone(),
                albs: albs
                    .into_iter()
                    .map(|(alb, _)| alb)
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .collect(),
                stale_targets: self.topology.stale_targets(group),
            }),
            GroupReach::Other | GroupReach::Empty | GroupReach::Unseen => None,
        };
        groups.filter_map(bridge).collect()
    }

    /// "Unused" is only said when every API, and what every stage runs, was read.
    fn unused_links(&self) -> Vec<Finding> {
        if !self.sight.saw_every_api() {
            return Vec::new();
        }
        let links = self.topology.v1_links_over(&self.nlb.arn);
        let unused = links.filter(|link| !self.topology.is_used(LinkVersion::V1, link));
        unused
            .filter_map(|id| self.facts.v1_links.get(id))
            .map(|link| Finding::UnusedV1Link {
                vpc_link_id: link.id.clone(),
                name: link.name.clone(),
            })
            .collect()
    }

    fn weighted(&self) -> Vec<Finding> {
        let listeners = self.topology.listeners(&self.nlb.arn).unwrap_or_default();
        let spread = listeners
            .into_iter()
            .filter(|listener| listener.forwards.len() > 1);
        let finding = |listener: ListenerReach| Finding::NlbWeightedForward {
            port: listener.port,
            groups: listener
                .forwards
                .into_iter()
                .map(|forward| (forward.group, forward.weight))
                .collect(),
        };
        spread.map(finding).collect()
    }

    /// The service behind a version 1 link has API Gateway as consumer. One without is somebody's
    /// own, whether or not anybody connects to it today.
    fn consumers(&self) -> Vec<Finding> {
        let finding = |service: &EndpointService| {
            let connections = service.connections.as_ref()?;
            let live = connections
                .iter()
                .filter(|connection| is_live(&connection.state));
            let (gateway, strangers): (Vec<_>, Vec<_>) =
                live.partition(|connection| is_api_gateway(&service.region, &connection.owner));
            let owners: BTreeSet<_> = strangers.into_iter().map(|c| c.owner.clone()).collect();
            let linked = self.topology.v1_links_over(&self.nlb.arn).next().is_some();
            let known_as = if linked && owners.len() == 1 && !is_listed(&service.region) {
                Consumers::MaybeApiGateway
            } else {
                Consumers::Strangers
            };
            (!owners.is_empty() || gateway.is_empty()).then(|| Finding::EndpointServiceConsumer {
                service: service.id.clone(),
                owners: owners.into_iter().collect(),
                known_as,
            })
        };
        self.topology
            .services_on(&self.nlb.arn)
            .filter_map(finding)
            .collect()
    }

    fn already_direct(&self, shape: &Shape) -> Option<Finding> {
        let direct = |alb| Some((alb, self.uses.direct.get(alb)?));
        let reached: Vec<_> = shape.albs.iter().filter_map(direct).collect();
        let apis: BTreeSet<_> = reached
            .iter()
            .flat_map(|(_, apis)| apis.iter())
            .map(|api| (**api).clone())
            .collect();
        let albs = reached.into_iter().map(|(alb, _)| alb.clone()).collect();
        (!apis.is_empty()).then(|| Finding::AlreadyDirect {
            apis: apis.into_iter().collect(),
            albs,
        })
    }
}

/// Whether a link or an API names an NLB, as far as could be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    Yes,
    No,
}

fn is_live(state: &str) -> bool {
    !matches!(
        state.to_ascii_lowercase().as_str(),
        "rejected" | "deleted" | "deleting" | "failed" | "expired"
    )
}

fn type_word(target_type: &TargetType) -> Text {
    match target_type {
        TargetType::Alb => Text::new("alb"),
        TargetType::Instance => Text::new("instance"),
        TargetType::Ip => Text::new("ip"),
        TargetType::Lambda => Text::new("lambda"),
        TargetType::Unknown(word) => word.clone(),
    }
}
