//! Load balancers: which are in play, and everything about those.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;
use jiff::Timestamp;
use unbridge_model::apigateway::Tags;
use unbridge_model::call::Call;
use unbridge_model::elb::{LoadBalancer, LoadBalancerType, TargetGroup, TargetType};
use unbridge_model::id::{LoadBalancerArn, TargetGroupArn, VpcId};
use unbridge_model::network::NetworkInterface;
use unbridge_model::port::{Reader, Timer};
use unbridge_model::snapshot::Record;
use unbridge_model::text::Text;
use unbridge_model::usage::Measured;

use super::ask::{Asker, Listing, Read, listed};
use super::details::{self, AskedCertificates, Details};
use super::region::Named;
use super::traffic;

/// Calls of one kind at the same time.
const AT_ONCE: usize = 16;
/// ARNs a `DescribeTags` call takes.
const TAGGED_AT_ONCE: usize = 20;

/// The load balancers of a region while they are read.
pub(super) struct Balancers {
    /// Whether `all` is all.
    read: Read,
    all: BTreeMap<LoadBalancerArn, LoadBalancer>,
    groups: BTreeMap<TargetGroupArn, TargetGroup>,
    in_play: BTreeSet<LoadBalancerArn>,
    /// Groups whose targets were asked for, answered or not.
    asked: BTreeSet<TargetGroupArn>,
    certificates: AskedCertificates,
}

impl Balancers {
    pub(super) fn new(all: Listing<LoadBalancer>, groups: Vec<TargetGroup>) -> Self {
        Self {
            read: all.read,
            all: all
                .items
                .into_iter()
                .map(|lb| (lb.arn.clone(), lb))
                .collect(),
            groups: groups
                .into_iter()
                .map(|group| (group.arn.clone(), group))
                .collect(),
            in_play: BTreeSet::new(),
            asked: BTreeSet::new(),
            certificates: AskedCertificates::default(),
        }
    }

    /// Reads what can be known to be in play from links and target groups alone: NLBs that a
    /// version 1 link targets or that stand in front of an ALB, and those ALBs.
    pub(super) async fn read_linked<R: Reader, T: Timer>(
        &mut self,
        asker: &Asker<'_, R, T>,
        linked: BTreeSet<LoadBalancerArn>,
    ) {
        self.read_may_bridge(asker).await;
        let bridging = self
            .groups
            .values()
            .filter(|group| group.target_type == TargetType::Alb);
        let fronting = bridging.flat_map(|group| group.load_balancers.clone());
        let nlbs = linked.into_iter().chain(fronting).collect();
        self.read_details(asker, nlbs).await;
    }

    /// Reads what only the APIs' integrations name, and ALBs that NLBs reach by their addresses.
    pub(super) async fn read_named<R: Reader, T: Timer>(
        &mut self,
        asker: &Asker<'_, R, T>,
        named: [Named; 2],
        interfaces: &[NetworkInterface],
    ) {
        let mut wanted = self.albs_by_address(interfaces);
        for Named { arns, hosts, .. } in named {
            wanted.extend(arns);
            let by_host = self
                .all
                .values()
                .filter(|lb| lb.dns_name.as_ref().is_some_and(|dns| hosts.contains(dns)));
            wanted.extend(by_host.map(|lb| lb.arn.clone()));
        }
        self.read_details(asker, wanted).await;
    }

    /// Reads what is asked about many at once: the tags of everything in play, and what passed the
    /// NLBs among it up to this moment.
    pub(super) async fn read_in_bulk<R: Reader, T: Timer>(
        &mut self,
        asker: &Asker<'_, R, T>,
        until: Timestamp,
    ) {
        let nlbs = self.in_play.iter().filter(|arn| self.is_nlb(arn));
        let (tags, traffic) = futures::join!(
            self.tags(asker),
            traffic::read(asker, nlbs.cloned().collect(), until)
        );
        for (arn, tags) in tags {
            if let Some(lb) = self.all.get_mut(arn.as_str()) {
                lb.tags = Some(tags);
            } else if let Some(group) = self.groups.get_mut(arn.as_str()) {
                group.tags = Some(tags);
            }
        }
        for (arn, traffic) in traffic {
            if let Some(lb) = self.all.get_mut(&arn) {
                lb.traffic = Some(traffic);
            }
        }
    }

    async fn tags<R: Reader, T: Timer>(&self, asker: &Asker<'_, R, T>) -> Vec<(Text, Tags)> {
        let balancers = self.in_play.iter().cloned().map(Text::from);
        let groups = self
            .groups
            .values()
            .filter(|group| group.targets.is_some())
            .map(|group| group.arn.clone().into());
        let arns: Vec<Text> = balancers.chain(groups).collect();
        let calls = arns.chunks(TAGGED_AT_ONCE).map(|chunk| Call::DescribeTags {
            resources: chunk.to_vec(),
        });
        let answers: Vec<_> = futures::stream::iter(calls)
            .map(|call| asker.one(call, listed!(Tags)))
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        answers.into_iter().flatten().flatten().collect()
    }

    fn is_nlb(&self, arn: &LoadBalancerArn) -> bool {
        let lb = self.all.get(arn);
        lb.is_some_and(|lb| lb.kind == LoadBalancerType::Network)
    }

    /// What is measured of the load balancers in play.
    pub(super) fn measured(&self) -> impl Iterator<Item = Measured> {
        let all = self.in_play.iter().cloned().map(Measured::LoadBalancer);
        all.filter(|of| !of.measures().is_empty())
    }

    /// VPCs of the load balancers in play.
    pub(super) fn vpcs_in_play(&self) -> BTreeSet<VpcId> {
        self.in_play
            .iter()
            .filter_map(|arn| self.all.get(arn)?.vpc.clone())
            .collect()
    }

    /// Writes everything.
    pub(super) fn write<R: Reader, T: Timer>(self, asker: &Asker<'_, R, T>) {
        for lb in self.all.into_values() {
            asker.put(Record::LoadBalancer(lb));
        }
        for group in self.groups.into_values() {
            asker.put(Record::TargetGroup(group));
        }
    }

    /// Whether an NLB may stand in front of an ALB.
    pub(super) fn any_may_bridge(&self) -> bool {
        self.groups.values().any(|group| self.may_bridge(group))
    }

    /// Reads the targets of every group that can hold an ALB.
    pub(super) async fn read_may_bridge<R: Reader, T: Timer>(&mut self, asker: &Asker<'_, R, T>) {
        let candidates = self.groups.values().filter(|group| self.may_bridge(group));
        let unasked = candidates.filter(|group| !self.asked.contains(&group.arn));
        let groups = unasked.map(|group| group.arn.clone()).collect();
        self.read_targets(asker, groups).await;
    }

    /// Whether an NLB stands in front of an ALB, or that could not be seen.
    pub(super) fn any_bridges(&self, interfaces: &Listing<NetworkInterface>) -> bool {
        let by_address = self.albs_by_address(&interfaces.items);
        let bridges = |group: &TargetGroup| match (&group.target_type, &group.targets) {
            (TargetType::Ip, Some(targets)) if interfaces.read == Read::Whole => {
                !targets.is_empty() && !by_address.is_empty()
            }
            (TargetType::Instance | TargetType::Lambda, _) => false,
            (TargetType::Alb | TargetType::Ip | TargetType::Unknown(_), _) => true,
        };
        self.groups
            .values()
            .any(|group| self.may_bridge(group) && bridges(group))
    }

    /// Groups of an NLB that can hold an ALB: by its ARN, or, in the older pattern, by its nodes'
    /// addresses.
    fn may_bridge(&self, group: &TargetGroup) -> bool {
        let holds_alb = match group.target_type {
            TargetType::Alb | TargetType::Ip | TargetType::Unknown(_) => true,
            TargetType::Instance | TargetType::Lambda => false,
        };
        let of_nlb = |arn: &LoadBalancerArn| {
            self.all.get(arn).map_or(self.read == Read::Partly, |lb| {
                lb.kind == LoadBalancerType::Network
            })
        };
        let any_alb = self.read == Read::Partly
            || self
                .all
                .values()
                .any(|lb| lb.kind == LoadBalancerType::Application);
        any_alb && holds_alb && group.load_balancers.iter().any(of_nlb)
    }

    /// The details of these load balancers, and of the ALBs behind them.
    async fn read_details<R: Reader, T: Timer>(
        &mut self,
        asker: &Asker<'_, R, T>,
        wanted: BTreeSet<LoadBalancerArn>,
    ) {
        let mut wanted: Vec<_> = wanted
            .into_iter()
            .filter(|arn| self.all.contains_key(arn))
            .collect();
        while !wanted.is_empty() {
            let fresh: Vec<_> = wanted
                .into_iter()
                .filter(|arn| self.in_play.insert(arn.clone()))
                .collect();
            let details: Vec<_> = futures::stream::iter(&fresh)
                .filter_map(async |arn| self.all.get(arn))
                .map(|lb| details::read(asker, lb, &self.certificates))
                .buffer_unordered(AT_ONCE)
                .collect()
                .await;
            for Details {
                arn,
                listeners,
                attributes,
                web_acl,
                capacity_reservation,
            } in details
            {
                if let Some(lb) = self.all.get_mut(&arn) {
                    lb.listeners = listeners;
                    lb.attributes = attributes;
                    lb.web_acl = web_acl;
                    lb.capacity_reservation = capacity_reservation;
                }
            }
            let groups = self
                .groups_of(&fresh)
                .filter(|group| !self.asked.contains(&group.arn))
                .map(|group| group.arn.clone())
                .collect();
            self.read_targets(asker, groups).await;
            wanted = self.albs_behind(&fresh);
        }
    }

    fn groups_of<'s>(
        &'s self,
        nlbs: &'s [LoadBalancerArn],
    ) -> impl Iterator<Item = &'s TargetGroup> {
        self.groups.values().filter(move |group| {
            group
                .load_balancers
                .iter()
                .any(|arn| self.is_nlb(arn) && nlbs.contains(arn))
        })
    }

    fn albs_behind(&self, nlbs: &[LoadBalancerArn]) -> Vec<LoadBalancerArn> {
        let targets = self
            .groups_of(nlbs)
            .flat_map(|group| group.targets.iter().flatten());
        let albs: BTreeSet<_> = targets
            .filter_map(|target| LoadBalancerArn::new(target.id.clone()).ok())
            .collect();
        albs.into_iter()
            .filter(|arn| self.all.contains_key(arn) && !self.in_play.contains(arn))
            .collect()
    }

    fn albs_by_address(&self, interfaces: &[NetworkInterface]) -> BTreeSet<LoadBalancerArn> {
        let targets = self
            .groups
            .values()
            .flat_map(|group| group.targets.iter().flatten());
        let ids: BTreeSet<&str> = targets.map(|target| target.id.as_str()).collect();
        let albs = self
            .all
            .values()
            .filter(|lb| lb.kind == LoadBalancerType::Application);
        let by_tail: BTreeMap<_, _> = albs.map(|lb| (lb.arn.tail(), &lb.arn)).collect();
        interfaces
            .iter()
            .filter(|interface| {
                interface
                    .addresses
                    .iter()
                    .any(|address| ids.contains(address.as_str()))
            })
            .filter_map(|interface| {
                by_tail
                    .get(interface.load_balancer.as_str())
                    .map(|lb| (*lb).clone())
            })
            .collect()
    }

    /// Targets and attributes of these groups.
    async fn read_targets<R: Reader, T: Timer>(
        &mut self,
        asker: &Asker<'_, R, T>,
        groups: Vec<TargetGroupArn>,
    ) {
        self.asked.extend(groups.iter().cloned());
        let one = async |group: TargetGroupArn| {
            let asked = || group.clone();
            let (targets, attributes) = futures::join!(
                asker.list(
                    Call::DescribeTargetHealth { group: asked() },
                    listed!(Targets)
                ),
                asker.one(
                    Call::DescribeTargetGroupAttributes { group: asked() },
                    listed!(Attributes)
                ),
            );
            (group, targets, attributes)
        };
        let answers: Vec<_> = futures::stream::iter(groups)
            .map(one)
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        for (arn, targets, attributes) in answers {
            if let Some(group) = self.groups.get_mut(&arn) {
                group.targets = targets;
                group.attributes = attributes;
            }
        }
    }
}
