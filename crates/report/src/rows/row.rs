//! One NLB with what its chains, its findings and the rest of a view add up to: every cell is made
//! here.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use unbridge_model::assessment::{Chain, NlbAssessment};
use unbridge_model::call::Service;
use unbridge_model::estimate::{Estimate, Range};
use unbridge_model::finding::{ApiRef, Finding, FindingCode, Severity, Verdict};
use unbridge_model::gap::{Gap, Unseen};
use unbridge_model::id::{AccountId, LoadBalancerArn, Region, StageName};
use unbridge_model::organization::Member;
use unbridge_model::route::End;

use super::{Cell, Column, shape};
use crate::view::{About, View};
use crate::{verdict, words};

/// An API, sorted by its name.
pub(crate) type Named<'v> = (&'v str, &'v ApiRef);

/// An NLB and what is known around it.
pub(crate) struct Row<'v> {
    pub(crate) nlb: &'v NlbAssessment,
    pub(crate) apis: BTreeSet<Named<'v>>,
    pub(crate) stages: BTreeSet<(Named<'v>, &'v StageName)>,
    albs: BTreeSet<&'v LoadBalancerArn>,
    ports: BTreeSet<u16>,
    accepted: Vec<FindingCode>,
    previous: Previous,
    unseen: Unread,
    left_out: LeftOut,
    pub(crate) estimate: Option<&'v Estimate>,
    /// Its account, as AWS Organizations lists it.
    pub(crate) member: Option<&'v Member>,
}

/// Whether findings were left out, which may have told what is behind an NLB.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LeftOut {
    Nothing,
    Findings,
}

impl From<&View> for LeftOut {
    fn from(view: &View) -> Self {
        let since = view.baseline.as_ref().map_or(0, |since| since.findings);
        let filtered = view.narrowed.as_ref().map_or(0, |by| by.findings);
        if since + filtered > 0 {
            Self::Findings
        } else {
            Self::Nothing
        }
    }
}

/// What a baseline says of an NLB.
#[derive(Clone, Copy)]
enum Previous {
    NoBaseline,
    New,
    Was(Verdict),
}

/// How much was not seen of a region, or of the account as a whole.
#[derive(Clone, Copy, Default)]
struct Unread {
    gaps: usize,
    of_api_gateway: usize,
    of_balancers: usize,
}

impl Unread {
    fn add(&mut self, gap: &Gap) {
        self.gaps += 1;
        match &gap.unseen {
            Unseen::Call { call, of: _ } => match call.service() {
                Service::ApiGateway => self.of_api_gateway += 1,
                Service::ElasticLoadBalancing => self.of_balancers += 1,
                Service::Acm
                | Service::CloudFront
                | Service::CloudWatch
                | Service::Ec2
                | Service::GlobalAccelerator
                | Service::Route53
                | Service::Wafv2 => {}
            },
            Unseen::Rest => {
                self.of_api_gateway += 1;
                self.of_balancers += 1;
            }
            Unseen::Source { source: _ } => {}
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            gaps: self.gaps + other.gaps,
            of_api_gateway: self.of_api_gateway + other.of_api_gateway,
            of_balancers: self.of_balancers + other.of_balancers,
        }
    }
}

/// The NLBs of a view in the order in which they are told: by verdict, name and ARN.
pub(crate) fn rows(view: &View) -> Vec<Row<'_>> {
    let mut unread: BTreeMap<(&AccountId, Option<&Region>), Unread> = BTreeMap::new();
    for gap in &view.assessment.gaps {
        let place = (&gap.account, gap.region.as_ref());
        unread.entry(place).or_default().add(gap);
    }
    let unread_at = |account, region| unread.get(&(account, region)).copied().unwrap_or_default();
    let mut nlbs: Vec<&NlbAssessment> = view.assessment.nlbs.iter().collect();
    nlbs.sort_by_key(|nlb| (verdict::rank(nlb.verdict), &nlb.name, &nlb.arn));
    nlbs.into_iter()
        .map(|nlb| {
            let of_account = unread_at(&nlb.account, None);
            let of_region = unread_at(&nlb.account, Some(&nlb.region));
            Row::of(view, nlb, of_account.and(of_region))
        })
        .collect()
}

impl<'v> Row<'v> {
    fn of(view: &'v View, nlb: &'v NlbAssessment, unseen: Unread) -> Self {
        let mut apis = BTreeSet::new();
        let mut stages = BTreeSet::new();
        let mut albs = BTreeSet::new();
        let mut ports = BTreeSet::new();
        // Chains come sorted, so nearly every one repeats the one before it.
        for chain in nlb.chains.chunk_by(is_alike).filter_map(<[_]>::first) {
            let api: Named<'_> = (&chain.start.api.name, &chain.start.api);
            apis.insert(api);
            stages.extend(chain.start.stage.as_ref().map(|stage| (api, stage)));
            if let End::Alb { alb, port: _ } = &chain.way.end {
                albs.insert(alb);
            }
            ports.extend(chain.way.nlb().map(|(_, port)| port));
        }
        let about = About::Nlb(nlb.arn.clone());
        let accepted = || view.accepted_about(&about).map(|one| &one.finding);
        for finding in nlb.findings.iter().chain(accepted()) {
            let (behind, bridging) = shape::of(finding);
            albs.extend(behind);
            ports.extend(bridging);
        }
        let previous = match &view.baseline {
            None => Previous::NoBaseline,
            Some(baseline) => match baseline.verdicts.get(&nlb.arn) {
                None => Previous::New,
                Some(verdict) => Previous::Was(*verdict),
            },
        };
        Self {
            nlb,
            apis,
            stages,
            albs,
            ports,
            accepted: codes(accepted()),
            previous,
            unseen,
            left_out: view.into(),
            estimate: view.estimate(nlb),
            member: view.accounts.of(&nlb.account),
        }
    }

    /// What stands in a column. A number is zero and a list is empty only where nothing was missed
    /// that could add to it.
    pub(crate) fn cell(&self, column: Column) -> Cell {
        let nlb = self.nlb;
        match column {
            Column::Verdict => Cell::name(nlb.verdict),
            Column::PreviousVerdict => match self.previous {
                Previous::NoBaseline => Cell::Unknown,
                Previous::New => Cell::name("new"),
                Previous::Was(verdict) => Cell::name(verdict),
            },
            Column::Nlb => Cell::name(words::name(&nlb.name)),
            Column::Account => Cell::name(&nlb.account),
            Column::AccountName => match self.member {
                Some(member) => Cell::name(words::name(&member.name)),
                None => Cell::Unknown,
            },
            Column::Ou => match self.member.and_then(|member| member.unit.as_ref()) {
                Some(unit) => Cell::name(words::ou(&unit.path)),
                None => Cell::Unknown,
            },
            Column::Region => Cell::name(&nlb.region),
            Column::Arn => Cell::name(words::name(nlb.arn.as_str())),
            Column::Chains => self.of_chains(nlb.chains.len()),
            Column::Apis => {
                let names = self.apis.iter().map(|(name, _)| words::name(name));
                self.in_chains(names.collect())
            }
            Column::Stages => {
                let stages = self.stages.iter();
                let names = stages.map(|((api, _), stage)| words::name(&format!("{api}/{stage}")));
                self.in_chains(names.collect())
            }
            Column::Albs => {
                let names = self.albs.iter().map(|alb| words::load_balancer(alb));
                self.behind(names.collect())
            }
            Column::Ports => self.behind(texts(&self.ports)),
            Column::Severity => Cell::Names(texts(&nlb.gravest())),
            Column::Findings => Cell::Names(texts(&codes(nlb.findings.iter()))),
            Column::Accepted => Cell::Names(texts(&self.accepted)),
            Column::Reasons => Cell::Words(reasons(nlb)),
            Column::Tags => nlb.tags.as_ref().map_or(Cell::Unknown, |tags| {
                let tags = tags.iter();
                let texts = tags.map(|(key, value)| words::name(&format!("{key}={value}")));
                Cell::Names(texts.collect())
            }),
            Column::Gaps => Cell::Number(self.unseen.gaps),
            Column::Currency => match self.estimate {
                Some(estimate) => Cell::name(estimate.currency),
                None => Cell::Unknown,
            },
            Column::MonthlyCost => self.amount(|estimate| estimate.monthly_cost),
            Column::MonthlySavings => self.amount(|estimate| estimate.monthly_savings),
            Column::MonthlyPotential => self.amount(|estimate| estimate.monthly_potential),
        }
    }

    fn amount(&self, of: impl Fn(&Estimate) -> Range) -> Cell {
        let figure = self
            .estimate
            .and_then(|estimate| words::costs::brief(of(estimate)));
        figure.map_or(Cell::Unknown, Cell::name)
    }

    /// A count of things that chains lead to.
    pub(crate) fn of_chains(&self, number: usize) -> Cell {
        if number == 0 && self.may_have_more_chains() {
            Cell::Unknown
        } else {
            Cell::Number(number)
        }
    }

    /// Whether something of API Gateway was missed where the NLB is.
    pub(crate) fn may_have_more_chains(&self) -> bool {
        self.unseen.of_api_gateway > 0
    }

    fn in_chains(&self, names: Vec<String>) -> Cell {
        if names.is_empty() && self.may_have_more_chains() {
            Cell::Unknown
        } else {
            Cell::Names(names)
        }
    }

    fn behind(&self, names: Vec<String>) -> Cell {
        let may_be_more = self.unseen.of_balancers > 0 || self.left_out == LeftOut::Findings;
        if names.is_empty() && may_be_more {
            Cell::Unknown
        } else {
            Cell::Names(names)
        }
    }
}

/// Whether two chains have the same API, stage and way.
fn is_alike(a: &Chain, b: &Chain) -> bool {
    let (start, other) = (&a.start, &b.start);
    Arc::ptr_eq(&a.way, &b.way)
        && (Arc::ptr_eq(start, other)
            || (&start.api.id, &start.stage) == (&other.api.id, &other.stage))
}

fn texts<'t, T: ToString + 't>(things: impl IntoIterator<Item = &'t T>) -> Vec<String> {
    things.into_iter().map(ToString::to_string).collect()
}

/// The codes of these findings, gravest first, once each. That it bridges comes last of its
/// severity: it goes without saying for every bridge.
fn codes<'f>(findings: impl Iterator<Item = &'f Finding>) -> Vec<FindingCode> {
    let key = |finding: &Finding| {
        let code = finding.code();
        let says_little = code == FindingCode::NlbBridgesAlb;
        (Reverse(finding.severity()), says_little, code)
    };
    let codes: BTreeSet<(Reverse<Severity>, bool, FindingCode)> = findings.map(key).collect();
    let mut told = BTreeSet::new();
    let codes = codes.into_iter().map(|(_, _, code)| code);
    codes.filter(|code| told.insert(*code)).collect()
}

fn reasons(nlb: &NlbAssessment) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for reason in &nlb.reasons {
        let line = words::reason(reason, &nlb.account);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}
