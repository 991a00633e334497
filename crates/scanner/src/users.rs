//! Other users of an NLB: what leads to it without API Gateway.

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::elb::LoadBalancer;
use unbridge_model::finding::Finding;
use unbridge_model::id::AccountId;
use unbridge_model::network::NetworkInterface;
use unbridge_model::snapshot::Snapshot;
use unbridge_model::text::Text;
use unbridge_model::user::{Pointer, User, UserKind};

use crate::siblings::{Sibling, Siblings};
use crate::uri::names_of;

/// Everything that leads to load balancers of an account, by what it names.
pub(crate) struct Users<'s> {
    account: &'s AccountId,
    siblings: &'s Siblings,
    by_pointer: BTreeMap<Pointer, Vec<&'s User>>,
    /// Interfaces by the load balancer they belong to: a search for each NLB would take its time.
    interfaces: BTreeMap<&'s str, Vec<&'s NetworkInterface>>,
}

impl<'s> Users<'s> {
    pub(crate) fn new(snapshot: &'s Snapshot, siblings: &'s Siblings) -> Self {
        let mut by_pointer: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for user in &snapshot.users {
            for pointer in &user.points_at {
                for meant in meanings(pointer) {
                    by_pointer.entry(meant).or_default().push(user);
                }
            }
        }
        let mut interfaces: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for interface in snapshot
            .regions
            .values()
            .flat_map(|facts| &facts.network_interfaces)
        {
            let of = interface.load_balancer.as_str();
            interfaces.entry(of).or_default().push(interface);
        }
        Self {
            account: &snapshot.header.account,
            siblings,
            by_pointer,
            interfaces,
        }
    }

    /// Every way to name an NLB.
    fn pointers_to(&self, nlb: &LoadBalancer) -> Vec<Pointer> {
        let tail = nlb.arn.tail();
        let interfaces = self.interfaces.get(tail).into_iter().flatten();
        let own = interfaces.flat_map(|interface| &interface.addresses);
        let chosen = nlb.zones.iter().flat_map(|zone| &zone.chosen_addresses);
        let names = nlb
            .dns_name
            .iter()
            .map(|name| Pointer::DnsName(name.clone()));
        own.chain(chosen)
            .map(|address| Pointer::Address(address.clone()))
            .chain(names)
            .chain([
                Pointer::Arn(nlb.arn.clone()),
                Pointer::Metrics(Text::new(tail)),
            ])
            .collect()
    }

    /// What leads to this NLB, kind by kind.
    pub(crate) fn findings(&self, nlb: &LoadBalancer) -> Vec<Finding> {
        let mut by_kind: BTreeMap<UserKind, BTreeSet<Text>> = BTreeMap::new();
        for pointer in self.pointers_to(nlb) {
            for user in self.by_pointer.get(&pointer).into_iter().flatten() {
                by_kind
                    .entry(user.kind)
                    .or_default()
                    .insert(user.id.clone());
            }
            for sibling in self.siblings.that_point_at(&pointer, self.account) {
                let Sibling { account, kind, id } = sibling;
                let id = Text::from(format!("{id} (account {account})"));
                by_kind.entry(*kind).or_default().insert(id);
            }
        }
        // Both kinds of CloudFront's origins are one finding.
        if let Some(of_vpc) = by_kind.remove(&UserKind::CloudfrontVpcOrigin) {
            by_kind
                .entry(UserKind::CloudfrontOrigin)
                .or_default()
                .extend(of_vpc);
        }
        by_kind
            .into_iter()
            .map(|(kind, users)| finding(kind, users.into_iter().collect()))
            .collect()
    }
}

/// A name may be a zonal one, or carry a prefix that Route 53 puts before it.
pub(crate) fn meanings(pointer: &Pointer) -> Vec<Pointer> {
    match pointer {
        Pointer::DnsName(name) => {
            let plain = name.strip_prefix("dualstack.").unwrap_or(name);
            let names = names_of(plain).into_iter();
            names
                .map(|name| Pointer::DnsName(Text::from(name)))
                .collect()
        }
        Pointer::Arn(_) | Pointer::Address(_) | Pointer::Metrics(_) => vec![pointer.clone()],
    }
}

fn finding(kind: UserKind, users: Vec<Text>) -> Finding {
    match kind {
        UserKind::DnsRecord => Finding::DnsAlias { users },
        UserKind::AcceleratorEndpoint => Finding::AcceleratorEndpoint { users },
        UserKind::CloudfrontOrigin | UserKind::CloudfrontVpcOrigin => {
            Finding::CloudfrontOrigin { users }
        }
        UserKind::VerifiedAccessEndpoint => Finding::VerifiedAccessEndpoint { users },
        UserKind::TrafficMirrorTarget => Finding::TrafficMirrorTarget { users },
        UserKind::Alarm => Finding::AlarmOnNlb { users },
    }
}
