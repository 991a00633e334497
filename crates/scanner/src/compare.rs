//! What has to be run and looked after today, and after a move, for one NLB: counts of what the
//! graph holds. Decides nothing: a verdict says whether the move can be made.

use std::collections::BTreeSet;

use unbridge_model::bearing::Bearing;
use unbridge_model::comparison::{Comparison, Setup};
use unbridge_model::elb::{LoadBalancer, Scheme};
use unbridge_model::finding::{Finding, FindingCode, Verdict};
use unbridge_model::id::{LoadBalancerArn, VpcId};

use crate::findings::Subject;
use crate::moves::Destination;

/// Both sides of a move of everything over this NLB; `None` where there is nothing to move.
pub(crate) fn comparison(
    subject: &Subject<'_, '_>,
    destinations: &[Destination<'_>],
    verdict: Verdict,
    findings: &[Finding],
) -> Option<Comparison> {
    if verdict == Verdict::NotABridge {
        return None;
    }
    let parts = Parts::of(subject, destinations, findings);
    let today = parts.today(verdict);
    let after = parts.after(verdict, &today);
    Some(Comparison { today, after })
}

/// What stands around one NLB.
struct Parts<'a, 's> {
    subject: &'a Subject<'a, 's>,
    destinations: &'a [Destination<'a>],
    albs: Vec<&'a LoadBalancer>,
    findings: &'a [Finding],
}

impl<'a, 's> Parts<'a, 's> {
    fn of(
        subject: &'a Subject<'a, 's>,
        destinations: &'a [Destination<'a>],
        findings: &'a [Finding],
    ) -> Self {
        let behind = subject.topology.albs_behind(&subject.nlb.arn);
        let albs = behind
            .iter()
            .filter_map(|arn| subject.facts.load_balancers.get(arn))
            .collect();
        Self {
            subject,
            destinations,
            albs,
            findings,
        }
    }

    fn today(&self, verdict: Verdict) -> Setup {
        let nlb = self.subject.nlb;
        let both = || self.albs.iter().copied().chain([nlb]);
        let direct = verdict == Verdict::AlreadyDirect;
        Setup {
            v1_links: self.subject.topology.v1_links_over(&nlb.arn).count(),
            v2_links: if direct { self.vpcs() } else { 0 },
            nlbs: 1,
            nlb_listeners: nlb.listeners.as_ref().map(Vec::len),
            nlb_target_groups: self.subject.topology.groups_of(&nlb.arn).count(),
            albs: self.albs.len(),
            hops: match (direct, self.destinations) {
                (true, _) => Some(1),
                (false, []) => None,
                (false, _) => Some(2),
            },
            alb_rules: self.rules(),
            certificates: self.certificates(Some(nlb)),
            security_groups: groups(both()),
            internet_facing: facing(both()),
        }
    }

    fn after(&self, verdict: Verdict, today: &Setup) -> Setup {
        let mut bearings = self.findings.iter().map(Finding::bearing);
        // A blocked NLB may have other users besides.
        let gone = verdict != Verdict::Rewirable && !bearings.any(|one| one == Bearing::OtherUser);
        let mut codes = self.findings.iter().map(Finding::code);
        // WebSocket APIs have no other link.
        let stays_linked = codes.any(|code| code == FindingCode::WebsocketUsesV1Link);
        let new_links = match (verdict, self.destinations) {
            (Verdict::AlreadyDirect, _) => self.vpcs(),
            (_, []) => 0,
            _ => self.vpcs(),
        };
        let albs = || self.albs.iter().copied();
        let left = || albs().chain((!gone).then_some(self.subject.nlb));
        Setup {
            v1_links: if stays_linked { today.v1_links } else { 0 },
            v2_links: new_links,
            nlbs: usize::from(!gone),
            nlb_listeners: if gone { Some(0) } else { today.nlb_listeners },
            nlb_target_groups: if gone { 0 } else { today.nlb_target_groups },
            albs: today.albs,
            hops: today.hops.map(|_| 1),
            alb_rules: today.alb_rules,
            certificates: self.certificates((!gone).then_some(self.subject.nlb)),
            security_groups: groups(left()) + new_links - today.v2_links,
            internet_facing: facing(left()),
        }
    }

    /// VPCs of the ALBs: one version 2 link reaches every ALB of its VPC.
    fn vpcs(&self) -> usize {
        let vpcs: BTreeSet<&VpcId> = self
            .albs
            .iter()
            .filter_map(|alb| alb.vpc.as_ref())
            .collect();
        vpcs.len()
    }

    fn rules(&self) -> Option<usize> {
        let counts = self
            .destinations
            .iter()
            .map(|to| to.listener.rules.as_ref());
        counts.map(|rules| rules.map(Vec::len)).sum()
    }

    fn certificates(&self, nlb: Option<&LoadBalancer>) -> usize {
        let shown = nlb
            .into_iter()
            .flat_map(|nlb| nlb.listeners.iter().flatten());
        let in_use = self.destinations.iter().map(|to| to.listener);
        let all: BTreeSet<_> = shown
            .chain(in_use)
            .flat_map(|listener| &listener.certificates)
            .collect();
        all.len()
    }
}

fn groups<'a>(balancers: impl Iterator<Item = &'a LoadBalancer>) -> usize {
    let all: BTreeSet<_> = balancers.flat_map(|lb| &lb.security_groups).collect();
    all.len()
}

fn facing<'a>(balancers: impl Iterator<Item = &'a LoadBalancer>) -> Vec<LoadBalancerArn> {
    balancers
        .filter(|lb| lb.scheme == Some(Scheme::InternetFacing))
        .map(|lb| lb.arn.clone())
        .collect()
}
