//! From a snapshot to the finished view: a pure function.

use std::collections::BTreeSet;

use unbridge_model::apigateway::LinkReach;
use unbridge_model::assessment::{
    Assessment, LinkAssessment, LinkVersion, NlbAssessment, Unattached,
};
use unbridge_model::elb::{LoadBalancerType, Scheme};
use unbridge_model::finding::{Finding, FindingCode, Verdict};
use unbridge_model::gap::{Gap, GapClass, Unseen};
use unbridge_model::id::Region;
use unbridge_model::snapshot::{Outcome, RegionFacts, Snapshot};
use unbridge_model::text::Text;

use crate::bundles::bundles;
use crate::chains::{Follower, OverNlb, Uses};
use crate::compare::comparison;
use crate::findings::{Named, Seen, Subject};
use crate::moves::{Destination, destinations};
use crate::network_path;
use crate::route::Router;
use crate::siblings::Siblings;
use crate::sight::{Concerns, Sight};
use crate::surroundings::{Around, RestApisById};
use crate::terraform::TerraformState;
use crate::topology::{Inconsistent, Topology};
use crate::users::Users;
use crate::verdict::{Case, judge, unknown_users};

/// Chains, findings and verdicts of everything in a snapshot.
///
/// # Errors
/// [`Inconsistent`] when the graph contradicts the facts it was built from: a bug in this crate.
pub fn assess(snapshot: &Snapshot) -> Result<Assessment, Inconsistent> {
    assess_with(snapshot, &TerraformState::default())
}

/// Like [`assess_with()`], among other accounts: what they have may lead to this one's load
/// balancers, and what was not seen of them may as well (H21).
///
/// # Errors
/// As [`assess()`].
pub fn assess_among(
    snapshot: &Snapshot,
    terraform: &TerraformState,
    siblings: &Siblings,
) -> Result<Assessment, Inconsistent> {
    assess_whole(&Whole {
        snapshot,
        users: Users::new(snapshot, siblings),
        beside: siblings.gaps_beside(&snapshot.header.account),
        terraform,
    })
}

/// Like [`assess()`], knowing what Terraform manages. That changes findings about owners, and never
/// a verdict.
///
/// # Errors
/// As [`assess()`].
pub fn assess_with(
    snapshot: &Snapshot,
    terraform: &TerraformState,
) -> Result<Assessment, Inconsistent> {
    assess_among(snapshot, terraform, &Siblings::default())
}

fn assess_whole(whole: &Whole<'_>) -> Result<Assessment, Inconsistent> {
    let snapshot = whole.snapshot;
    let mut gaps = snapshot.gaps.clone();
    gaps.extend(
        snapshot
            .regions
            .iter()
            .filter(|(_, facts)| facts.extent.is_none())
            .map(|(region, _)| rest_of(snapshot, region)),
    );
    if snapshot.outcome == Outcome::Interrupted {
        gaps.push(rest_of_account(snapshot));
    }
    let mut assessment = Assessment {
        scanned: snapshot.header.clone().into(),
        gaps: Vec::new(),
        nlbs: Vec::new(),
        links: Vec::new(),
        private_integrations: Vec::new(),
        unattached: Vec::new(),
    };
    for (region, facts) in &snapshot.regions {
        assess_region(whole, region, facts, &mut gaps, &mut assessment)?;
    }
    gaps.sort();
    gaps.dedup();
    assessment.gaps = gaps;
    assessment.nlbs.sort_by(|a, b| a.arn.cmp(&b.arn));
    assessment.private_integrations.sort_by(|a, b| {
        (&a.region, &a.api, &a.stage, a.pattern).cmp(&(&b.region, &b.api, &b.stage, b.pattern))
    });
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

/// Services without regions leave no mark when they have been read.
fn rest_of_account(snapshot: &Snapshot) -> Gap {
    Gap {
        account: snapshot.header.account.clone(),
        region: None,
        unseen: Unseen::Rest,
        class: GapClass::Interrupted,
        message: Text::new("the scan ended before every other user was looked for"),
    }
}

/// What is the same for every region.
struct Whole<'s> {
    snapshot: &'s Snapshot,
    users: Users<'s>,
    /// What was not seen of other accounts: told of those, and a gap of every verdict here.
    beside: Vec<Gap>,
    terraform: &'s TerraformState,
}

impl Whole<'_> {
    /// Everything that was not seen and may matter to a verdict.
    fn unseen(&self, own: &[Gap]) -> Vec<Gap> {
        own.iter().chain(&self.beside).cloned().collect()
    }
}

fn assess_region(
    whole: &Whole<'_>,
    region: &Region,
    facts: &RegionFacts,
    gaps: &mut Vec<Gap>,
    assessment: &mut Assessment,
) -> Result<(), Inconsistent> {
    let before = whole.unseen(gaps);
    let sight = Sight::new(&before, region);
    let mut topology = Topology::build(facts, &sight);
    let mut uses = follow(whole.snapshot, region, facts, &topology, &sight);
    for (api, stage, way) in std::mem::take(&mut uses.ways) {
        topology.add_use(&api, stage.as_ref(), &way);
    }
    topology.verify()?;

    gaps.extend(uses.gaps.iter().cloned());
    let all = whole.unseen(gaps);
    let sight = Sight::new(&all, region);
    let mut over = std::mem::take(&mut uses.over);
    let rest_apis = facts
        .rest_apis
        .iter()
        .map(|api| (api.id.as_str(), api))
        .collect();
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
            .push(assess_nlb(whole, &subject, &rest_apis, over.take(&nlb.arn)));
    }
    assessment
        .links
        .extend(links(whole.snapshot, facts, &topology, &sight, &uses));
    assessment.private_integrations.append(&mut uses.private);
    let unattached = uses.unattached.drain(..).map(|finding| Unattached {
        account: whole.snapshot.header.account.clone(),
        region: region.clone(),
        finding,
    });
    assessment.unattached.extend(unattached);
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
        facts,
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

fn assess_nlb(
    whole: &Whole<'_>,
    subject: &Subject<'_, '_>,
    rest_apis: &RestApisById<'_>,
    over: OverNlb,
) -> NlbAssessment {
    let OverNlb {
        chains,
        mut findings,
    } = over;
    let (nlb, snapshot) = (subject.nlb, whole.snapshot);
    let shape = subject.shape();
    let linked = subject.topology.v1_links_over(&nlb.arn).next().is_some();
    let named = if linked || !chains.is_empty() || !findings.is_empty() {
        Named::Yes
    } else {
        Named::No
    };
    findings.extend(subject.findings(&shape, named));
    let bundles = bundles(&chains);
    let destinations = destinations(subject.facts, &bundles);
    if named == Named::Yes {
        findings.extend(of_the_move(snapshot, subject, &destinations));
        findings.extend(whole.users.findings(nlb));
        let around = Around {
            nlb,
            facts: subject.facts,
            topology: subject.topology,
            shape: &shape,
            bundles: &bundles,
            destinations: &destinations,
            rest_apis,
            scanned_at: &snapshot.header.started_at,
            terraform: whole.terraform,
        };
        findings.extend(around.findings());
    }
    let apis = every_api(subject, linked);
    let concerns = || concerns(subject, &destinations, &findings);
    let gaps = subject.sight.that_matter(concerns);
    let case = Case {
        shape: &shape,
        bundles: &bundles,
        findings: &findings,
        named,
        apis,
        gaps: &gaps,
    };
    let (verdict, reasons) = judge(&case);
    if verdict != Verdict::NotABridge {
        findings.extend(unknown_users(&gaps));
    }
    findings.sort_by_key(|finding| (std::cmp::Reverse(finding.severity()), finding.code()));
    NlbAssessment {
        comparison: comparison(subject, &destinations, verdict, &findings),
        arn: nlb.arn.clone(),
        name: nlb.name.clone(),
        account: snapshot.header.account.clone(),
        region: nlb.region.clone(),
        tags: nlb.tags.clone(),
        verdict,
        reasons,
        findings,
        chains,
    }
}

/// Whether every API was read that could lead to this NLB.
fn every_api(subject: &Subject<'_, '_>, linked: bool) -> Seen {
    let by_websocket = linked || subject.nlb.scheme != Some(Scheme::Internal);
    let saw_every_api = match by_websocket {
        true => subject.sight.saw_every_api(),
        false => subject.sight.saw_every_api_but_websockets(),
    };
    if saw_every_api {
        Seen::Whole
    } else {
        Seen::Partly
    }
}

/// What a move would change, or trip over. One finding may come from several destinations.
fn of_the_move(
    snapshot: &Snapshot,
    subject: &Subject<'_, '_>,
    destinations: &[Destination<'_>],
) -> Vec<Finding> {
    let (nlb, facts) = (subject.nlb, subject.facts);
    let mut found: Vec<Finding> = Vec::new();
    for to in destinations {
        let path = network_path::findings(to, nlb, facts, &snapshot.header.account);
        for finding in to
            .findings(nlb, facts, &snapshot.header.started_at)
            .into_iter()
            .chain(path)
        {
            if !found.contains(&finding) {
                found.push(finding);
            }
        }
    }
    found
}

/// The resources whose gaps matter to an NLB: itself, the ALBs behind it, their listeners, its
/// groups, the VPCs they stand in, the APIs over it; and certificates where they will be checked.
fn concerns(
    subject: &Subject<'_, '_>,
    destinations: &[Destination<'_>],
    findings: &[Finding],
) -> Concerns {
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
    let apis = destinations.iter().flat_map(|to| &to.apis);
    resources.extend(apis.map(|api| api.id.to_string()));
    let tls_ends = |finding: &Finding| finding.code() == FindingCode::TlsEndsAtNlb;
    if findings.iter().any(tls_ends) {
        let certificates = destinations.iter().flat_map(|to| &to.listener.certificates);
        resources.extend(certificates.map(ToString::to_string));
    }
    Concerns { resources }
}

fn links(
    snapshot: &Snapshot,
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
            account: snapshot.header.account.clone(),
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
