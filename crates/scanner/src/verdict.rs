//! How the verdict of one NLB follows from what was found and what was not seen: the table of
//! `docs/findings.md`, first match wins.

use std::collections::BTreeSet;

use unbridge_model::bearing::Bearing;
use unbridge_model::finding::{Finding, FindingCode, Reason, Verdict};
use unbridge_model::gap::{Gap, Source, Unseen};
use unbridge_model::route::End;

use crate::bundles::Bundle;
use crate::findings::{Named, Seen, Shape};

/// Everything a verdict depends on.
pub(crate) struct Case<'c> {
    pub(crate) shape: &'c Shape,
    pub(crate) bundles: &'c [Bundle],
    pub(crate) findings: &'c [Finding],
    /// Whether a link or an API names the NLB.
    pub(crate) named: Named,
    /// Whether every API was read, so that [`Named::No`] is certain.
    pub(crate) apis: Seen,
    /// Gaps that could change the verdict.
    pub(crate) gaps: &'c [&'c Gap],
}

/// The verdict, and why.
pub(crate) fn judge(case: &Case<'_>) -> (Verdict, Vec<Reason>) {
    let gaps = || {
        representatives(case.gaps)
            .into_iter()
            .map(|gap| Reason::Gap(gap.clone()))
    };
    let unfollowed = case
        .bundles
        .iter()
        .any(|bundle| matches!(bundle.way.end, End::Unseen(_)));
    let seen = case.shape.unseen == Seen::Whole && !unfollowed;
    let shape = case.shape;
    let broken = |finding: &Finding| finding.code() == FindingCode::ChainBroken;
    let bridges_nothing = seen
        && shape.albs.is_empty()
        && shape.bridging.is_empty()
        // A dead listener beside one that serves targets is no reason to take the NLB away.
        && (shape.dead.is_empty() || !shape.others.is_empty())
        && !case.findings.iter().any(broken);
    if case.named == Named::No && case.apis == Seen::Whole {
        return (Verdict::NotABridge, vec![Reason::NoGateway]);
    }
    if bridges_nothing {
        return (Verdict::NotABridge, vec![Reason::NoAlb]);
    }
    if case.named == Named::No {
        // It may serve something that has nothing to do with API Gateway: never "can go".
        return (Verdict::Blocked, gaps().collect());
    }

    let blockers = codes(case.findings, Bearing::Blocks);
    if !blockers.is_empty() || !seen {
        let unseen = if seen { Vec::new() } else { gaps().collect() };
        return (
            Verdict::Blocked,
            blockers.into_iter().chain(unseen).collect(),
        );
    }

    let users = codes(case.findings, Bearing::OtherUser);
    if !users.is_empty() {
        return (Verdict::Rewirable, users);
    }

    let dead = case
        .shape
        .dead
        .iter()
        .map(|port| Reason::ListenerLeadsNowhere(*port));
    let doubts: Vec<_> = codes(case.findings, Bearing::NeedsAWord)
        .into_iter()
        .chain(dead)
        .chain(gaps())
        .collect();
    if !doubts.is_empty() {
        return (Verdict::RemovableIf, doubts);
    }
    let goes_direct = case
        .findings
        .iter()
        .any(|finding| finding.code() == FindingCode::AlreadyDirect);
    if goes_direct && case.bundles.is_empty() {
        return (
            Verdict::AlreadyDirect,
            vec![Reason::Finding(FindingCode::AlreadyDirect)],
        );
    }
    (Verdict::Removable, vec![Reason::EverythingMoves])
}

fn codes(findings: &[Finding], bearing: Bearing) -> Vec<Reason> {
    let mut codes: Vec<_> = findings
        .iter()
        .filter(|finding| finding.bearing() == bearing)
        .map(Finding::code)
        .collect();
    codes.sort_unstable();
    codes.dedup();
    codes.into_iter().map(Reason::Finding).collect()
}

/// One gap for each kind of call and failure: an NLB names what was not seen, and the report lists
/// every single one once.
fn representatives<'g>(gaps: &[&'g Gap]) -> Vec<&'g Gap> {
    let kind = |gap: &Gap| match &gap.unseen {
        Unseen::Call { call, .. } => (Some(*call), None, gap.class),
        Unseen::Source { source } => (None, Some(*source), gap.class),
        Unseen::Rest => (None, None, gap.class),
    };
    let mut told = BTreeSet::new();
    gaps.iter()
        .copied()
        .filter(|gap| told.insert(kind(gap)))
        .collect()
}

/// The finding that names what could show another user and was not seen.
pub(crate) fn unknown_users(gaps: &[&Gap]) -> Option<Finding> {
    let (mut calls, mut sources) = (Vec::new(), Vec::new());
    for gap in representatives(gaps) {
        match &gap.unseen {
            Unseen::Source { source } if shows_users(*source) => sources.push(*source),
            Unseen::Source { .. } => {}
            Unseen::Call { .. } | Unseen::Rest => calls.push(gap.clone()),
        }
    }
    let any = !calls.is_empty() || !sources.is_empty();
    any.then_some(Finding::UnknownUsers {
        gaps: calls,
        sources,
    })
}

fn shows_users(source: Source) -> bool {
    match source {
        Source::DnsRecords
        | Source::Accelerators
        | Source::CloudfrontOrigins
        | Source::VerifiedAccessEndpoints
        | Source::TrafficMirrorTargets
        | Source::Alarms => true,
        Source::Certificates
        | Source::WebAcls
        | Source::NetworkAcls
        | Source::RouteTables
        | Source::ApiSettings
        | Source::DomainNames
        | Source::MoveComparison => false,
    }
}
