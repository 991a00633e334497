//! What a comparison says, part by part: shared by every format that people read. Knows nothing of
//! lines, colours and markup; every text is printable.

use std::collections::BTreeMap;

use unbridge_model::assessment::NlbAssessment;
use unbridge_model::estimate::Currency;
use unbridge_model::finding::{Finding, Severity};
use unbridge_model::id::AccountId;

use super::worth::is_bridge_of_either;
use super::{Change, Diff, Drift, Figures, Findings, NlbDiff, Seen, Sides, Worth};
use crate::layout::{count, some};
use crate::view::{View, Whose};
use crate::words::costs::money;
use crate::{gaps, said, text_of, words};

/// How many findings, or stages, are told of one thing before the rest is only counted.
const FEW: usize = 8;
/// How many accounts are named before the rest is only counted.
const ACCOUNTS: usize = 3;

/// Both saw all that they were asked for, and that was not the same.
const ONE_SIDED: &str = "one of the two did not read everything that the other did. What was seen \
                         first, was not seen again or is in doubt may not have changed at all.";

/// Things that changed alike.
pub(super) struct Part {
    pub(super) title: &'static str,
    pub(super) items: Vec<Item>,
}

/// One thing, and what changed about it.
pub(super) struct Item {
    pub(super) what: String,
    pub(super) lines: Vec<String>,
}

/// What stands above all else: what could not be seen, what was compared, and what came of it.
pub(super) struct Head {
    pub(super) incomplete: Vec<String>,
    pub(super) compared: Vec<String>,
    pub(super) summary: String,
}

pub(super) fn head(diff: &Diff<'_>) -> Head {
    let mut incomplete = Vec::new();
    let mut compared = Vec::new();
    for (which, view) in [("older", diff.old), ("newer", diff.new)] {
        let assessment = &view.assessment;
        if !assessment.is_complete() {
            let headline = gaps::headline(assessment);
            incomplete.push(format!("of the {which}, {headline}."));
        }
        compared.push(format!("The {which}: {}.", said::scanned(view)));
        for text in said::narrowed(view) {
            compared.push(format!("Of the {which}: {text}"));
        }
    }
    if incomplete.is_empty() && !diff.is_complete() {
        incomplete.push(ONE_SIDED.to_owned());
    }
    let whose = Whose::from(diff.new);
    for (accounts, which) in [
        (&diff.new_accounts, "newer"),
        (&diff.gone_accounts, "older"),
    ] {
        if !accounts.is_empty() {
            compared.push(alone(accounts, which, whose));
        }
    }
    Head {
        incomplete,
        compared,
        summary: summary(diff),
    }
}

fn alone(accounts: &[AccountId], which: &str, whose: Whose<'_>) -> String {
    let names: Vec<String> = accounts
        .iter()
        .map(|account| whose.account(account.as_str()))
        .collect();
    let number = count(accounts.len(), "account", "accounts");
    format!(
        "In the {which} alone: {number} ({}).",
        some(&names, ACCOUNTS)
    )
}

/// `2 NLBs appeared, 1 has another verdict; 3 findings appeared, 1 is solved.`
fn summary(diff: &Diff<'_>) -> String {
    if diff.is_empty() {
        return match diff.is_complete() {
            true => "Nothing changed.".to_owned(),
            false => "Nothing changed, as far as both could see.".to_owned(),
        };
    }
    let mut changes: BTreeMap<Change, usize> = BTreeMap::new();
    for one in &diff.nlbs {
        *changes.entry(Change::from(one)).or_default() += 1;
    }
    let nlbs = changes.into_iter().map(|(change, number)| {
        let (one, many) = match change {
            Change::Appeared => ("NLB appeared", "NLBs appeared"),
            Change::FirstSeen => ("NLB was seen first", "NLBs were seen first"),
            Change::Gone => ("NLB is gone", "NLBs are gone"),
            Change::NotSeen => ("NLB was not seen again", "NLBs were not seen again"),
            Change::Verdict => ("NLB has another verdict", "NLBs have another verdict"),
            Change::VerdictInDoubt => (
                "NLB has another verdict that is in doubt",
                "NLBs have other verdicts that are in doubt",
            ),
            Change::Details => (
                "NLB differs in findings or chains",
                "NLBs differ in findings or chains",
            ),
        };
        count(number, one, many)
    });
    let (mut appeared, mut solved, mut unseen) = (0, 0, 0);
    let findings = diff.nlbs.iter().map(|one| &one.findings);
    for one in findings.chain(diff.others.iter().map(|one| &one.findings)) {
        appeared += one.appeared.len();
        let whole = one.gone.iter().filter(|gone| gone.seen == Seen::Whole);
        let whole = whole.count();
        solved += whole;
        unseen += one.gone.len() - whole;
    }
    let findings = [
        (appeared, "finding appeared", "findings appeared"),
        (solved, "finding is solved", "findings are solved"),
        (
            unseen,
            "finding was not seen again",
            "findings were not seen again",
        ),
    ];
    let findings = findings.into_iter().filter(|(number, ..)| *number > 0);
    let findings = findings.map(|(number, one, many)| count(number, one, many));
    let said: Vec<String> = nlbs.chain(findings).collect();
    match said.is_empty() {
        true => "No NLB and no finding changed.".to_owned(),
        false => format!("{}.", said.join(", ")),
    }
}

/// Everything that changed, NLBs first.
pub(super) fn parts(diff: &Diff<'_>) -> Vec<Part> {
    let mut parts = Vec::new();
    for (change, title) in [
        (Change::Appeared, "NLBs that appeared"),
        (
            Change::FirstSeen,
            "NLBs seen first, where the older scan did not see everything",
        ),
        (Change::Gone, "NLBs that are gone"),
        (
            Change::NotSeen,
            "NLBs not seen again, where the newer scan did not see everything",
        ),
        (Change::Verdict, "NLBs with another verdict"),
        (
            Change::VerdictInDoubt,
            "NLBs with another verdict, where a scan did not see everything that decides it",
        ),
        (Change::Details, "NLBs with other findings or chains"),
    ] {
        let alike = diff.nlbs.iter();
        let alike = alike.filter(|one| Change::from(*one) == change);
        let items: Vec<Item> = alike.map(|one| nlb(diff, one)).collect();
        parts.push(Part { title, items });
    }
    let others = diff.others.iter().map(|one| Item {
        what: words::about(&one.about, diff.new.into()),
        lines: findings(&one.findings),
    });
    parts.push(Part {
        title: "Links, and chains that reach no load balancer",
        items: others.collect(),
    });
    parts.retain(|part| !part.items.is_empty());
    parts
}

fn nlb(diff: &Diff<'_>, one: &NlbDiff<'_>) -> Item {
    let nlb = one.sides.nlb();
    let of = Whose::from(diff.new).of(nlb.account.as_str());
    let verdict = match one.sides {
        Sides::Both(was, is) if was.verdict != is.verdict => {
            format!("{} -> {}", was.verdict, is.verdict)
        }
        Sides::Appeared(..) | Sides::Gone(..) | Sides::Both(..) => nlb.verdict.to_string(),
    };
    let what = format!(
        "{} in {}{of}: {verdict}",
        words::name(&nlb.name),
        nlb.region
    );
    let mut lines = Vec::new();
    match one.sides {
        Sides::Appeared(is, _) => {
            lines.extend(costs(diff.new, is));
            lines.extend(codes(one.findings.appeared.iter().map(|one| one.finding)));
        }
        Sides::Gone(was, _) => {
            lines.extend(costs(diff.old, was));
        }
        Sides::Both(..) => {
            lines.extend(findings(&one.findings));
            lines.extend(drifts(&one.drift));
        }
    }
    Item { what, lines }
}

fn costs(view: &View, nlb: &NlbAssessment) -> Option<String> {
    let estimate = view.estimate(nlb).filter(|_| crate::view::is_bridge(nlb))?;
    let money = |range| money(range, estimate.currency);
    Some(format!(
        "costs {} a month; its going saves {}",
        money(estimate.monthly_cost),
        money(estimate.monthly_savings)
    ))
}

/// The codes of these findings, each once.
fn codes<'f>(findings: impl Iterator<Item = &'f Finding>) -> Option<String> {
    let codes: std::collections::BTreeSet<String> =
        findings.map(|finding| finding.code().to_string()).collect();
    let codes: Vec<String> = codes.into_iter().collect();
    (!codes.is_empty()).then(|| format!("with {}", some(&codes, FEW)))
}

fn findings(all: &Findings<'_>) -> Vec<String> {
    let accepted = |accepted: bool| if accepted { " (accepted)" } else { "" };
    let told = |how: &str, finding: &Finding, is_accepted: bool| {
        format!(
            "{how}: {} {}: {}{}",
            finding.severity(),
            finding.code(),
            text_of(finding.code()).title,
            accepted(is_accepted)
        )
    };
    let mut lines: Vec<(std::cmp::Reverse<Severity>, String)> = Vec::new();
    let mut add = |finding: &Finding, text: String| {
        lines.push((std::cmp::Reverse(finding.severity()), text));
    };
    for one in &all.appeared {
        let how = match one.seen {
            Seen::Whole => "appeared",
            Seen::Partly | Seen::Not => "seen first",
        };
        add(one.finding, told(how, one.finding, one.accepted));
    }
    for one in &all.regraded {
        let how = format!("was {}, now", one.was);
        add(one.finding, told(&how, one.finding, one.accepted));
    }
    for one in &all.gone {
        let how = match one.seen {
            Seen::Whole => "solved",
            Seen::Partly | Seen::Not => "not seen again",
        };
        add(one.finding, told(how, one.finding, one.accepted));
    }
    lines.sort_by_key(|(severity, _)| *severity);
    few(
        lines.into_iter().map(|(_, text)| text).collect(),
        "finding",
        "findings",
    )
}

fn drifts(all: &[Drift<'_>]) -> Vec<String> {
    let told = |one: &Drift<'_>| {
        let appeared = match one.seen.0 {
            Seen::Whole => "appeared",
            Seen::Partly | Seen::Not => "seen first",
        };
        let gone = match one.seen.1 {
            Seen::Whole => "gone",
            Seen::Partly | Seen::Not => "not seen again",
        };
        let numbers = [
            (one.appeared, appeared),
            (one.gone, gone),
            (one.changed, "led another way"),
        ];
        let numbers = numbers.into_iter().filter(|(number, _)| *number > 0);
        let numbers: Vec<String> = numbers
            .map(|(number, what)| format!("{} {what}", count(number, "method", "methods")))
            .collect();
        format!(
            "{}: {}",
            words::stage(one.api, one.stage),
            numbers.join(", ")
        )
    };
    few(all.iter().map(told).collect(), "stage", "stages")
}

/// The first few lines, and how many there are more.
fn few(mut lines: Vec<String>, one: &str, many: &str) -> Vec<String> {
    if lines.len() > FEW {
        let more = lines.len() - FEW;
        lines.truncate(FEW);
        let more = count(more, &format!("more {one}"), &format!("more {many}"));
        lines.push(format!("+{more}; --output json has them all"));
    }
    lines
}

/// What the changes are worth, a sentence for each kind of change and currency.
pub(super) fn worth(diff: &Diff<'_>) -> Vec<String> {
    if diff.old.costs.is_none() && diff.new.costs.is_none() {
        return Vec::new();
    }
    let known = diff.worth();
    let mut said: Vec<String> = known
        .iter()
        .filter(|one| one.bridges > 0)
        .map(sum)
        .collect();
    let told = |change| known.iter().any(|one| one.change == change);
    let bridges = diff
        .nlbs
        .iter()
        .filter(|one| is_bridge_of_either(&one.sides));
    let mut unknown: BTreeMap<Change, usize> = BTreeMap::new();
    for one in bridges {
        let change = Change::from(one);
        if change != Change::Details && !told(change) {
            *unknown.entry(change).or_default() += 1;
        }
    }
    said.extend(unknown.into_iter().map(|(change, number)| {
        format!(
            "{}: what they cost is not known.",
            bridges_of(change, number)
        )
    }));
    said
}

fn bridges_of(change: Change, number: usize) -> String {
    let (one, many) = match change {
        Change::Appeared => ("bridge that appeared", "bridges that appeared"),
        Change::FirstSeen => ("bridge seen first", "bridges seen first"),
        Change::Gone => ("bridge that is gone", "bridges that are gone"),
        Change::NotSeen => ("bridge not seen again", "bridges not seen again"),
        Change::Verdict => (
            "bridge with another verdict",
            "bridges with another verdict",
        ),
        Change::VerdictInDoubt => (
            "bridge whose verdict is in doubt",
            "bridges whose verdicts are in doubt",
        ),
        Change::Details => ("other bridge", "other bridges"),
    };
    count(number, one, many)
}

fn sum(one: &Worth) -> String {
    let bridges = bridges_of(one.change, one.bridges);
    let told = |figures: Figures, currency: Currency, how: &str| {
        format!(
            "{} a month{how}, of which {} could be saved",
            money(figures.cost, currency),
            money(figures.savings, currency)
        )
    };
    let less = match one.change {
        Change::Gone => " less",
        Change::NotSeen
        | Change::Appeared
        | Change::FirstSeen
        | Change::Verdict
        | Change::VerdictInDoubt
        | Change::Details => "",
    };
    match (one.was, one.is) {
        (None, None) => format!("{bridges}."),
        (None, Some(is)) => format!("{bridges}: {}.", told(is, one.currency, "")),
        (Some(was), None) => format!("{bridges}: {}.", told(was, one.currency, less)),
        (Some(was), Some(is)) if one.change == Change::VerdictInDoubt => format!(
            "{bridges}: {} a month could be saved by the newer scan, {} by the older; nothing \
             says that this changed.",
            money(is.savings, one.currency),
            money(was.savings, one.currency)
        ),
        (Some(was), Some(is)) => format!(
            "{bridges}: {} a month could be saved, {} could be before.",
            money(is.savings, one.currency),
            money(was.savings, one.currency)
        ),
    }
}
