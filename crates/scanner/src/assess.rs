//! From a snapshot to the finished view: a pure function.

use std::collections::BTreeSet;

use unbridge_model::apigateway::LinkReach;
use unbridge_model::assessment::{Assessment, LinkAssessment, LinkVersion, NlbAssessment};
use unbridge_model::elb::{LoadBalancerType, Scheme};
use unbridge_model::finding::{Finding, Verdict};
use unbridge_model::gap::{Gap, GapClass, Unseen};
use unbridge_model::id::Region;
use unbridge_model::snapshot::{RegionFacts, Snapshot};
use unbridge_model::text::Text;

use crate::chains::{Follower, OverNlb, Uses};
use crate::findings::{Named, Seen, Subject};
use crate::route::Router;
use crate::sight::{Concerns, Sight};
use crate::topology::{Inconsistent, Topology};
use crate::verdict::{Case, judge, unknown_users};

/// Chains, findings and verdicts of everything in a snapshot.
///
/// # Errors
/// [`Inconsistent`] when the graph contradicts the facts it was built from: a bug in this crate.
pub fn assess(snapshot: &Snapshot) -> Result<Assessment, Inconsistent> {
    let mut gaps = snapshot.gaps.clone();
    gaps.extend(
        snapshot
            .regions
            .iter()
            .filter(|(_, facts)| facts.extent.is_none())
            .map(|(region, _)| rest_of(snapshot, region)),
    );
    let mut assessment = Assessment {
        header: snapshot.header.clone(),
        gaps: Vec::new(),
        nlbs: Vec::new(),
        links: Vec::new(),
        unattached: Vec::new(),
    };
    for (region, facts) in &snapshot.regions {
        assess_region(snapshot, region, facts, &mut gaps, &mut assessment)?;
    }
    gaps.sort();
    gaps.dedup();
    assessment.gaps = gaps;
    assessment.nlbs.sort_by(|a, b| a.arn.cmp(&b.arn));
    Ok(assessment)
}

fn rest_of(snapshot: &Snapshot, region: &Region) -> Gap {
    Gap {
        account: snapshot.header.account.clone(),
        region: Some(region.clone()),
        unseen: Unseen::Rest,
        class: GapClass::Interrupted,
        message: Text::new("the scan ended before this region was read to its end"),
    }
}

fn assess_region(
    snapshot: &Snapshot,
    region: &Region,
    facts: &RegionFacts,
    gaps: &mut Vec<Gap>,
    assessment: &mut Assessment,
) -> Result<(), Inconsistent> {
    let before = gaps.clone();
    let sight = Sight::new(&before, region);
    let mut topology = Topology::build(facts, &sight);
    let mut uses = follow(snapshot, region, facts, &topology, &sight);
    for (api, stage, way) in std::mem::take(&mut uses.ways) {
        topology.add_use(&api, stage.as_ref(), &way);
    }
    topology.verify()?;

    gaps.extend(uses.unfollowed.iter().cloned());
    let all = gaps.clone();
    let sight = Sight::new(&all, region);
    let mut over = std::mem::take(&mut uses.over);
    for nlb in facts
        .load_balancers
        .values()
        .filter(|lb| lb.kind == LoadBalancerType::Network)
    {
        let subject = Subject {
            nlb,
            facts,
            topology: &topology,
            sight: &sight,
            uses: &uses,
        };
        assessment
            .nlbs
            .push(assess_nlb(snapshot, &subject, over.take(&nlb.arn)));
    }
    assessment
        .links
        .extend(links(facts, &topology, &sight, &uses));
    assessment.unattached.append(&mut uses.unattached);
    Ok(())
}

fn follow<'s>(
    snapshot: &Snapshot,
    region: &Region,
    facts: &'s RegionFacts,
    topology: &Topology<'s>,
    sight: &'s Sight<'s>,
) -> Uses {
    let router = Router::new(topology, facts, sight);
    let mut follower = Follower {
        account: &snapshot.header.account,
        region,
        router: &router,
        uses: Uses::default(),
    };
    for api in &facts.rest_apis {
        follower.rest_api(api);
    }
    for api in &facts.http_apis {
        follower.http_api(api);
    }
    follower.uses
}

fn assess_nlb(snapshot: &Snapshot, subject: &Subject<'_, '_>, over: OverNlb) -> NlbAssessment {
    let OverNlb {
        chains,
        mut findings,
    } = over;
    let nlb = subject.nlb;
    let shape = subject.shape();
    let linked = subject.topology.v1_links_over(&nlb.arn).next().is_some();
    let named = if linked || !chains.is_empty() || !findings.is_empty() {
        Named::Yes
    } else {
        Named::No
    };
    findings.extend(subject.findings(&shape, named));
    let by_websocket = linked || nlb.scheme != Some(Scheme::Internal);
    let saw_every_api = match by_websocket {
        true => subject.sight.saw_every_api(),
        false => subject.sight.saw_every_api_but_websockets(),
    };
    let apis = if saw_every_api {
        Seen::Whole
    } else {
        Seen::Partly
    };
    let gaps = subject.sight.that_matter(&concerns(subject));
    let case = |findings| Case {
        shape: &shape,
        chains: &chains,
        findings,
        named,
        apis,
        gaps: &gaps,
    };
    let (verdict, reasons) = judge(&case(&findings));
    if verdict != Verdict::NotABridge {
        findings.extend(unknown_users(&gaps));
    }
    findings.sort_by_key(|finding| (std::cmp::Reverse(finding.severity()), finding.code()));
    NlbAssessment {
        arn: nlb.arn.clone(),
        name: nlb.name.clone(),
        account: snapshot.header.account.clone(),
        region: nlb.region.clone(),
        verdict,
        reasons,
        findings,
        chains,
    }
}

/// The resources whose gaps matter to an NLB: itself, the ALBs behind it, their listeners, its
/// groups, and the VPCs they stand in.
fn concerns(subject: &Subject<'_, '_>) -> Concerns {
    let albs = subject.topology.albs_behind(&subject.nlb.arn);
    let mut resources = BTreeSet::new();
    let balancers = albs
        .iter()
        .filter_map(|alb| subject.facts.load_balancers.get(alb))
        .chain([subject.nlb]);
    for lb in balancers {
        resources.insert(lb.arn.to_string());
        resources.extend(lb.vpc.as_ref().map(ToString::to_string));
        resources.extend(
            lb.listeners
                .iter()
                .flatten()
                .map(|listener| listener.arn.to_string()),
        );
    }
    resources.extend(
        subject
            .topology
            .groups_of(&subject.nlb.arn)
            .map(|group| group.arn.to_string()),
    );
    Concerns { resources }
}

fn links(
    facts: &RegionFacts,
    topology: &Topology<'_>,
    sight: &Sight<'_>,
    uses: &Uses,
) -> Vec<LinkAssessment> {
    let all = facts.v1_links.values().chain(facts.v2_links.values());
    all.map(|link| {
        let (version, targets) = match &link.reach {
            LinkReach::V1 { targets } => (LinkVersion::V1, targets.clone()),
            LinkReach::V2 { .. } => (LinkVersion::V2, Vec::new()),
        };
        let unused = version == LinkVersion::V1
            && !topology.is_used(version, &link.id)
            && sight.saw_every_api();
        let finding = || Finding::UnusedV1Link {
            vpc_link_id: link.id.clone(),
            name: link.name.clone(),
        };
        LinkAssessment {
            id: link.id.clone(),
            name: link.name.clone(),
            region: link.region.clone(),
            version,
            status: link.status.clone(),
            targets,
            methods: uses
                .methods
                .get(&(version, link.id.clone()))
                .copied()
                .unwrap_or(0),
            findings: unused.then(finding).into_iter().collect(),
        }
    })
    .collect()
}
