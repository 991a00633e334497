//! What a report says besides its NLBs, in sentences: shared by every format that people read. Knows
//! nothing of lines, colours and markup; every text is printable.

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::assessment::{
    ApiAccess, Assessment, LinkVersion, Pattern, PrivateIntegrations, Scanned, Unattached,
};
use unbridge_model::estimate::Range;
use unbridge_model::id::{AccountId, Region, StageName};
use unbridge_model::text::Text;

use crate::layout::{count, some};
use crate::rows::Group;
use crate::view::{Accepted, Baseline, Totals, View, Whose, is_bridge};
use crate::{gaps, words};

/// A month has 730 hours, and twelve of them are 365 days.
const MONTHS_OF_A_YEAR: u32 = 12;

/// How many accounts are named before the rest is only counted.
const ACCOUNTS: usize = 3;

/// What follows the word INCOMPLETE; `None` for a scan that saw everything.
pub(crate) fn incomplete(assessment: &Assessment) -> Option<String> {
    let headline = || gaps::headline(assessment);
    (!assessment.is_complete())
        .then(|| format!("{}. Verdicts that depend on it say so.", headline()))
}

/// What was scanned, and when.
pub(crate) fn scanned(view: &View) -> String {
    let scanned = &view.assessment.scanned;
    match scanned.only() {
        Some(header) => format!(
            "Account {} in {}; {}scanned {}",
            Whose::from(view).account(header.account.as_str()),
            regions(&header.regions),
            and_then(closed(view)),
            words::name(&header.started_at)
        ),
        None => format!(
            "{}, {}; {}{}scanned {}",
            accounts(scanned),
            count(scanned.regions().len(), "region", "regions"),
            and_then(unread(scanned)),
            and_then(closed(view)),
            span(scanned)
        ),
    }
}

/// `500 accounts`.
pub(crate) fn accounts(scanned: &Scanned) -> String {
    count(scanned.accounts(), "account", "accounts")
}

/// How many accounts were read in no region.
pub(crate) fn unread(scanned: &Scanned) -> Option<String> {
    let unread = scanned.iter().filter(|header| header.regions.is_empty());
    match unread.count() {
        0 => None,
        some => Some(format!(
            "{} read in no region",
            count(some, "account was", "accounts were")
        )),
    }
}

/// How many accounts are left out because nobody can call them.
fn closed(view: &View) -> Option<String> {
    let scanned = &view.assessment.scanned;
    let closed = view
        .accounts
        .iter()
        .filter(|member| !member.status.answers() && scanned.of(&member.account).is_none());
    match closed.count() {
        0 => None,
        some => Some(format!(
            "{} left out",
            count(some, "closed account is", "closed accounts are")
        )),
    }
}

/// One part of a sentence before the next.
fn and_then(said: Option<String>) -> String {
    said.map_or_else(String::new, |said| format!("{said}; "))
}

/// When the scans began: the first and the last, where they differ.
pub(crate) fn span(scanned: &Scanned) -> String {
    let (first, last) = times(scanned);
    if first == last {
        return words::name(first);
    }
    format!("{} to {}", words::name(first), words::name(last))
}

/// When the first scan began, and when the last did.
pub(crate) fn times(scanned: &Scanned) -> (&Text, &Text) {
    let mut times = (&scanned.first().started_at, &scanned.first().started_at);
    for header in scanned.iter() {
        times = (
            times.0.min(&header.started_at),
            times.1.max(&header.started_at),
        );
    }
    times
}

fn regions(regions: &[Region]) -> String {
    let names: Vec<String> = regions.iter().map(ToString::to_string).collect();
    match names.len() {
        0 => "no region".to_owned(),
        1..=3 => names.join(", "),
        many => format!("{many} regions"),
    }
}

/// Where a finding about chains is, behind its sentence; empty where one account was scanned.
pub(crate) fn place(one: &Unattached, whose: Whose<'_>) -> String {
    match whose.several() {
        true => format!(" (in {}{})", one.region, whose.of(one.account.as_str())),
        false => String::new(),
    }
}

/// The first few of these accounts, and how many there are: `2 accounts (111122223333,
/// 444455556666)`.
fn some_accounts(all: &[AccountId], whose: Whose<'_>) -> String {
    let names: Vec<String> = all.iter().map(|one| whose.account(one.as_str())).collect();
    let named = some(&names, ACCOUNTS);
    format!("{} ({named})", count(all.len(), "account", "accounts"))
}

/// Why no NLB is shown.
pub(crate) fn no_nlb(view: &View) -> String {
    let assessment = &view.assessment;
    if view
        .narrowed
        .as_ref()
        .is_some_and(|narrowed| narrowed.nlbs > 0)
    {
        return "No Network Load Balancer is what was asked for.".to_owned();
    }
    if view
        .baseline
        .as_ref()
        .is_some_and(|baseline| baseline.nlbs > 0)
    {
        return "Nothing is new about any Network Load Balancer.".to_owned();
    }
    let scanned = &assessment.scanned;
    let place = match scanned.only() {
        Some(header) => regions(&header.regions),
        None => {
            let regions = count(scanned.regions().len(), "region", "regions");
            format!("{regions} of {}", accounts(scanned))
        }
    };
    if assessment.is_complete() {
        format!("There is no Network Load Balancer in {place}, so there is no bridge.")
    } else {
        format!(
            "No Network Load Balancer was seen in {place}, but not everything could be read: \
             there may be some."
        )
    }
}

/// What was left out, and why.
pub(crate) fn narrowed(view: &View) -> Vec<String> {
    let left_out = |nlbs, findings| {
        format!(
            "{} and {} left out.",
            count(nlbs, "NLB", "NLBs"),
            count(findings, "finding", "findings")
        )
    };
    let mut said = Vec::new();
    if let Some(baseline) = &view.baseline {
        let (of, when) = (&baseline.scanned, span(&baseline.scanned));
        let scan = match of.only() {
            Some(_) => format!("scan of {when}"),
            None => format!("scans of {}, {when}", accounts(of)),
        };
        said.push(format!(
            "Only what is new since the {scan}; {}",
            left_out(baseline.nlbs, baseline.findings)
        ));
        said.extend(compared(view, baseline));
    }
    if let Some(narrowed) = &view.narrowed {
        let by: Vec<String> = narrowed.by.iter().map(|by| words::name(by)).collect();
        let mut text = format!(
            "Only {}; {}",
            by.join(", "),
            left_out(narrowed.nlbs, narrowed.findings)
        );
        if narrowed.tags_unread > 0 {
            text.push_str(&format!(
                " The tags of {} were not read.",
                count(narrowed.tags_unread, "NLB", "NLBs")
            ));
        }
        said.push(text);
    }
    said
}

/// Accounts that could not be compared with an earlier scan.
fn compared(view: &View, baseline: &Baseline) -> Vec<String> {
    let told = |all: &[AccountId], what: &str| {
        let named = || some_accounts(all, view.into());
        (!all.is_empty()).then(|| format!("{what} {}.", named()))
    };
    let new = "Not in the earlier scan, so that all of it is new:";
    let gone = "In the earlier scan alone, so that nothing is said of it:";
    let new = told(&baseline.new_accounts, new);
    new.into_iter()
        .chain(told(&baseline.gone_accounts, gone))
        .collect()
}

/// A link's version, as people write it.
pub(crate) fn version(version: LinkVersion) -> &'static str {
    match version {
        LinkVersion::V1 => "v1",
        LinkVersion::V2 => "v2",
    }
}

/// A finding that a team has accepted, behind its code.
pub(crate) fn accepted(view: &View, one: &Accepted) -> String {
    format!(
        "on {} until {}: {}",
        words::about(&one.about, view.into()),
        one.expires,
        words::name(&one.reason)
    )
}

/// An API by account, region and id: ids are unique within an account and a region.
type ApiKey<'a> = (&'a AccountId, &'a Region, &'a Text);

/// How many methods reach their backends in one way.
#[derive(Default)]
pub(crate) struct Counted<'a> {
    pub(crate) methods: usize,
    pub(crate) apis: BTreeSet<ApiKey<'a>>,
    pub(crate) stages: BTreeSet<(ApiKey<'a>, &'a StageName)>,
}

/// Private integrations by the way they take.
pub(crate) fn patterns(all: &[PrivateIntegrations]) -> BTreeMap<Pattern, Counted<'_>> {
    let mut patterns: BTreeMap<Pattern, Counted<'_>> = BTreeMap::new();
    for one in all {
        let counted = patterns.entry(one.pattern).or_default();
        let api = (&one.account, &one.region, &one.api.id);
        counted.methods += one.methods;
        counted.apis.insert(api);
        counted
            .stages
            .extend(one.stage.as_ref().map(|stage| (api, stage)));
    }
    patterns
}

/// How many of the APIs with private integrations are private APIs: two things that share a word.
/// It follows "of these APIs".
pub(crate) fn private_apis(all: &[PrivateIntegrations]) -> Option<String> {
    let private = all
        .iter()
        .filter(|one| one.access == ApiAccess::PrivateApi)
        .map(|one| (&one.account, &one.region, &one.api.id));
    let private: BTreeSet<ApiKey<'_>> = private.collect();
    let them = match private.len() {
        0 => return None,
        1 => "it",
        _ => "them",
    };
    Some(format!(
        "{} (endpoint type PRIVATE): only VPC endpoints can call {them}",
        count(private.len(), "is a private API", "are private APIs")
    ))
}

/// What the bridges that are shown cost, and what their going would save; empty when nobody worked
/// it out.
pub(crate) fn costs(view: &View) -> Vec<String> {
    let mut said = sums(view);
    said.extend(cost_notes(view));
    said
}

/// The same without what the figures rest on: a sentence for each currency.
pub(crate) fn sums(view: &View) -> Vec<String> {
    let sum = |totals: &Totals| sum("The bridges", totals);
    totals(view).iter().map(sum).collect()
}

/// What these figures leave out, and whose prices they are.
pub(crate) fn cost_notes(view: &View) -> Vec<String> {
    let Some(costs) = view.costs.as_ref().filter(|_| !totals(view).is_empty()) else {
        return Vec::new();
    };
    let mut said = Vec::new();
    let bridges = view.assessment.nlbs.iter().filter(|nlb| is_bridge(nlb));
    let unestimated = bridges.clone().filter(|nlb| costs.of(nlb).is_none());
    match unestimated.count() {
        0 => {}
        some => said.push(format!(
            "Of {} it is not known what they cost.",
            count(some, "bridge", "bridges")
        )),
    }
    if let Some(missing) = words::costs::missing(&costs.missing(bridges)) {
        said.push(format!("Not in these figures: {missing}."));
    }
    said.push(match costs.prices_too_old {
        None => format!(
            "Prices of {}, before discounts and taxes.",
            costs.prices_as_of
        ),
        Some(days) => format!(
            "Prices of {}, {days} days old: `unbridge prices update` asks AWS. Before discounts \
             and taxes.",
            costs.prices_as_of
        ),
    });
    said
}

/// What the bridges of a group cost; `None` when nobody worked it out.
pub(crate) fn group_costs(view: &View, group: &Group<'_, '_>) -> Option<String> {
    let costs = view.costs.as_ref()?;
    if !group.nlbs().any(is_bridge) {
        return Some("No bridge among them.".to_owned());
    }
    let totals = costs.totals(group.nlbs());
    if totals.is_empty() {
        return Some("What its bridges cost is not known.".to_owned());
    }
    let mut said: Vec<String> = totals.iter().map(|one| sum("Its bridges", one)).collect();
    if group.shared > 0 {
        let shared = count(group.shared, "bridge", "bridges");
        said.push(format!("{shared} of other APIs too, counted in full here."));
    }
    Some(said.join(" "))
}

fn totals(view: &View) -> Vec<Totals> {
    let costs = view.costs.iter();
    costs
        .flat_map(|costs| costs.totals(&view.assessment.nlbs))
        .collect()
}

fn sum(whose: &str, totals: &Totals) -> String {
    let money = |range| words::costs::money(range, totals.currency);
    let mut text = format!(
        "{whose} cost {} a month; what can go would save {}",
        money(totals.monthly_cost),
        money(totals.monthly_savings)
    );
    if totals.monthly_potential != totals.monthly_savings {
        text.push_str(&format!(
            ", and {} if nothing were blocked",
            money(totals.monthly_potential)
        ));
    }
    text + "."
}

/// What somebody who pays wants to know first: a month and a year of it, a sentence for each
/// currency.
pub(crate) fn savings(view: &View) -> Vec<String> {
    let of = |totals: &Totals| {
        let money = |range: Range| {
            let money = |range| words::costs::money(range, totals.currency);
            let year = range.times(MONTHS_OF_A_YEAR.into());
            format!("{} a month, {} a year", money(range), money(year))
        };
        let (savings, potential) = (totals.monthly_savings, totals.monthly_potential);
        let nothing = Range::exactly(rust_decimal::Decimal::ZERO);
        if savings == Range::unknown() {
            format!(
                "What the going of bridges would save is not known in {}",
                totals.currency
            )
        } else if savings != nothing {
            format!("What can go would save {}", money(savings))
        } else if potential == nothing {
            "Nothing would be saved".to_owned()
        } else if potential == Range::unknown() {
            "Nothing would be saved today; how much if nothing were blocked is not known".to_owned()
        } else {
            format!(
                "Nothing would be saved today; {} if nothing were blocked",
                money(potential)
            )
        }
    };
    totals(view).iter().map(of).collect()
}
