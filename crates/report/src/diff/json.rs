//! A comparison as JSON: what scripts rely on. A field may be added within a format version; none
//! may change its meaning or go.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde_json::Value;
use unbridge_model::estimate::Currency;
use unbridge_model::finding::{ApiRef, Severity, Verdict};
use unbridge_model::id::AccountId;

use super::{
    Change, Diff, Drift, Figures, FindingDiff, Findings, NlbDiff, OtherDiff, Regraded, Seen, Worth,
};
use crate::json::{Amount, Found, GeneratedFrom};
use crate::safe::HarmlessJson;
use crate::view::{About, View};

/// The version of the format.
pub const FORMAT_VERSION: u32 = 1;

/// Writes the comparison as one line of JSON.
///
/// # Errors
/// When `out` cannot be written.
pub fn json(diff: &Diff<'_>, mut out: impl Write) -> io::Result<()> {
    let mut harmless = HarmlessJson::new(&mut out);
    serde_json::to_writer(&mut harmless, &Compared::from(diff))?;
    harmless.flush()?;
    out.write_all(b"\n")?;
    out.flush()
}

/// The JSON Schema of what [`json()`] writes.
#[must_use]
pub fn schema() -> Value {
    crate::schema::of::<Compared<'static>>()
}

/// `unbridge diff --output json`.
#[derive(serde::Serialize, JsonSchema)]
#[schemars(rename = "Diff")]
struct Compared<'a> {
    /// The version of this format.
    format_version: u32,
    /// The older scan.
    old: Scan<'a>,
    /// The newer scan.
    new: Scan<'a>,
    /// Accounts that are in one of the two alone.
    accounts: Accounts<'a>,
    /// NLBs about which something changed, by ARN.
    nlbs: Vec<Nlb<'a>>,
    /// Links about which something changed, by account, region, version and id.
    links: Vec<Link<'a>>,
    /// Regions whose chains that reach no load balancer changed, by account and region.
    unattached: Vec<Place<'a>>,
    /// What the changes are worth, by change and currency; empty when nobody worked costs out.
    totals: Vec<Total>,
}

impl<'a> From<&'a Diff<'_>> for Compared<'a> {
    fn from(diff: &'a Diff<'_>) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            old: Scan::from(diff.old),
            new: Scan::from(diff.new),
            accounts: Accounts {
                appeared: &diff.new_accounts,
                gone: &diff.gone_accounts,
            },
            nlbs: diff.nlbs.iter().map(|one| Nlb::of(diff, one)).collect(),
            links: diff.others.iter().filter_map(Link::of).collect(),
            unattached: diff.others.iter().filter_map(Place::of).collect(),
            totals: diff.worth().into_iter().map(Total::from).collect(),
        }
    }
}

/// One of the two scans.
#[derive(serde::Serialize, JsonSchema)]
struct Scan<'a> {
    /// What it was made from.
    generated_from: GeneratedFrom<'a>,
    /// Whether it saw everything that could change a verdict.
    complete: bool,
    /// How many gaps it has.
    gaps: usize,
}

impl<'a> From<&'a View> for Scan<'a> {
    fn from(view: &'a View) -> Self {
        Self {
            generated_from: GeneratedFrom::from(view),
            complete: view.assessment.is_complete(),
            gaps: view.assessment.gaps.len(),
        }
    }
}

/// Accounts that are in one of the two alone, by id.
#[derive(serde::Serialize, JsonSchema)]
struct Accounts<'a> {
    /// In the newer alone.
    appeared: &'a [AccountId],
    /// In the older alone.
    gone: &'a [AccountId],
}

/// One NLB.
#[derive(serde::Serialize, JsonSchema)]
struct Nlb<'a> {
    /// Its ARN.
    arn: &'a str,
    /// Its name.
    name: &'a str,
    /// Its account.
    account: &'a str,
    /// Its region.
    region: &'a str,
    /// What happened to it.
    change: Change,
    /// Its verdict in the older scan; null for one that this did not have.
    previous_verdict: Option<Verdict>,
    /// Its verdict in the newer scan; null for one that this does not have.
    verdict: Option<Verdict>,
    /// How its findings changed.
    #[serde(flatten)]
    findings: Changed<'a>,
    /// Stages whose methods lead over it otherwise than before.
    drift: Vec<Stage<'a>>,
    /// What it cost and saved a month in the older scan; null when that is not known, and for one
    /// that this did not have.
    previous_costs: Option<Costs>,
    /// What it costs and saves a month in the newer scan; null when that is not known, and for one
    /// that this does not have.
    costs: Option<Costs>,
}

impl<'a> Nlb<'a> {
    fn of(diff: &'a Diff<'_>, one: &'a NlbDiff<'_>) -> Self {
        let nlb = one.sides.nlb();
        let (was, is) = (one.sides.was(), one.sides.is());
        let costs = |view: &View, nlb| {
            let estimate = view.estimate(nlb)?;
            Some(Costs {
                currency: estimate.currency,
                monthly_cost: estimate.monthly_cost.into(),
                monthly_savings: estimate.monthly_savings.into(),
            })
        };
        Self {
            arn: nlb.arn.as_str(),
            name: &nlb.name,
            account: nlb.account.as_str(),
            region: nlb.region.as_str(),
            change: one.into(),
            previous_verdict: was.map(|nlb| nlb.verdict),
            verdict: is.map(|nlb| nlb.verdict),
            findings: Changed::from(&one.findings),
            drift: one.drift.iter().map(Stage::from).collect(),
            previous_costs: was.and_then(|nlb| costs(diff.old, nlb)),
            costs: is.and_then(|nlb| costs(diff.new, nlb)),
        }
    }
}

/// What an NLB costs and its going saves a month.
#[derive(serde::Serialize, JsonSchema)]
struct Costs {
    /// The currency of every amount.
    currency: Currency,
    /// What it costs.
    monthly_cost: Amount,
    /// What its going saves under its verdict.
    monthly_savings: Amount,
}

/// How the findings of one thing changed.
#[derive(serde::Serialize, JsonSchema)]
struct Changed<'a> {
    /// Findings that the newer scan has alone.
    appeared: Vec<Appeared<'a>>,
    /// Findings that the older scan has alone.
    gone: Vec<Gone<'a>>,
    /// Findings with another severity than before.
    regraded: Vec<Graded<'a>>,
}

impl<'a> From<&'a Findings<'_>> for Changed<'a> {
    fn from(findings: &'a Findings<'_>) -> Self {
        Self {
            appeared: findings.appeared.iter().map(Appeared::from).collect(),
            gone: findings.gone.iter().map(Gone::from).collect(),
            regraded: findings.regraded.iter().map(Graded::from).collect(),
        }
    }
}

/// A finding that the newer scan has alone.
#[derive(serde::Serialize, JsonSchema)]
struct Appeared<'a> {
    /// The finding.
    #[serde(flatten)]
    found: Found<'a>,
    /// Whether a team has accepted it.
    accepted: bool,
    /// Whether it is new: false where the older scan did not see everything that could show it.
    new: bool,
}

impl<'a> From<&'a FindingDiff<'_>> for Appeared<'a> {
    fn from(one: &'a FindingDiff<'_>) -> Self {
        Self {
            found: Found::from(one.finding),
            accepted: one.accepted,
            new: one.seen == Seen::Whole,
        }
    }
}

/// A finding that the older scan has alone.
#[derive(serde::Serialize, JsonSchema)]
struct Gone<'a> {
    /// The finding.
    #[serde(flatten)]
    found: Found<'a>,
    /// Whether a team had accepted it.
    accepted: bool,
    /// Whether it is solved: false where the newer scan did not see everything that could show it.
    solved: bool,
}

impl<'a> From<&'a FindingDiff<'_>> for Gone<'a> {
    fn from(one: &'a FindingDiff<'_>) -> Self {
        Self {
            found: Found::from(one.finding),
            accepted: one.accepted,
            solved: one.seen == Seen::Whole,
        }
    }
}

/// A finding with another severity than before.
#[derive(serde::Serialize, JsonSchema)]
struct Graded<'a> {
    /// The finding, as the newer scan has it.
    #[serde(flatten)]
    found: Found<'a>,
    /// Whether a team has accepted it.
    accepted: bool,
    /// Its severity in the older scan.
    previous_severity: Severity,
}

impl<'a> From<&'a Regraded<'_>> for Graded<'a> {
    fn from(one: &'a Regraded<'_>) -> Self {
        Self {
            found: Found::from(one.finding),
            accepted: one.accepted,
            previous_severity: one.was,
        }
    }
}

/// How the methods of one stage changed that lead over one NLB.
#[derive(serde::Serialize, JsonSchema)]
struct Stage<'a> {
    /// The API.
    #[serde(flatten)]
    api: &'a ApiRef,
    /// The stage; null for an API without stages.
    stage: Option<&'a str>,
    /// Methods that the newer scan has alone.
    appeared: usize,
    /// Whether they are new: false where the older scan did not see everything there.
    new: bool,
    /// Methods that the older scan has alone.
    gone: usize,
    /// Whether they are gone for certain: false where the newer scan did not see everything there.
    certain: bool,
    /// Methods of both that lead another way.
    changed: usize,
}

impl<'a> From<&'a Drift<'_>> for Stage<'a> {
    fn from(drift: &'a Drift<'_>) -> Self {
        Self {
            api: drift.api,
            stage: drift.stage.map(|stage| stage.as_str()),
            appeared: drift.appeared,
            new: drift.seen.0 == Seen::Whole,
            gone: drift.gone,
            certain: drift.seen.1 == Seen::Whole,
            changed: drift.changed,
        }
    }
}

/// One VPC link.
#[derive(serde::Serialize, JsonSchema)]
struct Link<'a> {
    /// Its id.
    id: &'a str,
    /// Its version: `V1` or `V2`.
    version: String,
    /// Where it is, and how its findings changed.
    #[serde(flatten)]
    place: Place<'a>,
}

impl<'a> Link<'a> {
    fn of(one: &'a OtherDiff<'_>) -> Option<Self> {
        match &one.about {
            About::Link(_, _, version, id) => Some(Self {
                id: id.as_str(),
                version: version.to_string(),
                place: Place::here(one),
            }),
            About::Nlb(_) | About::Chains(..) => None,
        }
    }
}

/// A region, and how the findings there changed.
#[derive(serde::Serialize, JsonSchema)]
struct Place<'a> {
    /// The account.
    account: &'a str,
    /// The region.
    region: &'a str,
    /// How the findings changed.
    #[serde(flatten)]
    findings: Changed<'a>,
}

impl<'a> Place<'a> {
    fn of(one: &'a OtherDiff<'_>) -> Option<Self> {
        match &one.about {
            About::Chains(..) => Some(Self::here(one)),
            About::Nlb(_) | About::Link(..) => None,
        }
    }

    fn here(one: &'a OtherDiff<'_>) -> Self {
        Self {
            account: one.about.account(),
            region: one.about.region(),
            findings: Changed::from(&one.findings),
        }
    }
}

/// What the bridges cost and save a month that changed in one way.
#[derive(serde::Serialize, JsonSchema)]
struct Total {
    /// How they changed.
    change: Change,
    /// The currency of every amount.
    currency: Currency,
    /// How many NLBs of this change are bridges in one of the scans.
    bridges: usize,
    /// What they cost and saved in the older scan; null for those that it did not have.
    old: Option<Sums>,
    /// What they cost and save in the newer scan; null for those that it does not have.
    new: Option<Sums>,
}

impl From<Worth> for Total {
    fn from(worth: Worth) -> Self {
        Self {
            change: worth.change,
            currency: worth.currency,
            bridges: worth.bridges,
            old: worth.was.map(Sums::from),
            new: worth.is.map(Sums::from),
        }
    }
}

/// Two amounts of a month.
#[derive(serde::Serialize, JsonSchema)]
struct Sums {
    /// What bridges cost.
    monthly_cost: Amount,
    /// What the going of those that can go would save.
    monthly_savings: Amount,
}

impl From<Figures> for Sums {
    fn from(figures: Figures) -> Self {
        Self {
            monthly_cost: figures.cost.into(),
            monthly_savings: figures.savings.into(),
        }
    }
}
