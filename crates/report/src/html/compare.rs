//! What has to be run, looked after and paid for, today and after a move, line by line.

use unbridge_model::comparison::{Comparison, Setup};
use unbridge_model::estimate::Estimate;
use unbridge_model::finding::Verdict;

use crate::layout::{count, some};
use crate::words;

/// How many load balancers are named.
const NAMES: usize = 4;

/// One line of the comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) what: &'static str,
    pub(super) today: Cell,
    pub(super) after: Cell,
    /// The class of a line whose number changes.
    pub(super) trend: Option<&'static str>,
}

/// What stands in a line for one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) figure: String,
    pub(super) detail: Option<String>,
}

/// What the side after a move is called.
pub(super) fn after(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Removable | Verdict::NotABridge => "After the move",
        Verdict::AlreadyDirect => "Once it is gone",
        Verdict::RemovableIf => "After the move, once checked",
        Verdict::Rewirable => "After the move, while others need it",
        Verdict::Blocked => "As it would be after a move",
    }
}

/// What it costs a month, and what a month less costs afterwards.
pub(super) fn cost(verdict: Verdict, estimate: &Estimate) -> Line {
    let money = |range| words::costs::money(range, estimate.currency);
    let (saves, range) = match verdict {
        Verdict::Blocked => ("would save", estimate.monthly_potential),
        Verdict::Removable
        | Verdict::RemovableIf
        | Verdict::AlreadyDirect
        | Verdict::Rewirable
        | Verdict::NotABridge => ("saves", estimate.monthly_savings),
    };
    let parts = estimate.components.iter().map(|one| {
        let item = one.item.unit();
        format!("{item}: {}", money(one.monthly))
    });
    let parts: Vec<String> = parts.collect();
    Line {
        what: "Costs a month, before discounts",
        today: Cell {
            figure: money(estimate.monthly_cost),
            detail: Some(parts.join("; ")),
        },
        after: Cell {
            figure: format!("{saves} {}", money(range)),
            detail: words::costs::missing(&estimate.missing).map(|why| format!("not known: {why}")),
        },
        trend: None,
    }
}

/// The comparison, line by line.
pub(super) fn lines(comparison: &Comparison) -> Vec<Line> {
    let number = |what, of: fn(&Setup) -> Option<usize>| {
        line(what, comparison, of, |setup| Cell {
            figure: of(setup).map_or_else(|| "unknown".to_owned(), |number| number.to_string()),
            detail: None,
        })
    };
    vec![
        line(
            "Components to run",
            comparison,
            |s| Some(parts(s)),
            components,
        ),
        line(
            "Load balancers that a request passes",
            comparison,
            |s| s.hops,
            hops,
        ),
        number("Listeners of the NLB", |setup| setup.nlb_listeners),
        number(
            "Target groups of the NLB, each with health checks",
            |setup| Some(setup.nlb_target_groups),
        ),
        number("Rules of the ALB listeners in use", |setup| setup.alb_rules),
        number("Certificates on listeners in use", |setup| {
            Some(setup.certificates)
        }),
        number("Security groups", |setup| Some(setup.security_groups)),
        line(
            "Can be reached from the internet",
            comparison,
            |s| Some(s.internet_facing.len()),
            exposed,
        ),
        line("Scales with", comparison, |_| None, scales),
    ]
}

fn line(
    what: &'static str,
    comparison: &Comparison,
    number: impl Fn(&Setup) -> Option<usize>,
    cell: impl Fn(&Setup) -> Cell,
) -> Line {
    let Comparison { today, after } = comparison;
    let trend =
        number(today)
            .zip(number(after))
            .and_then(|(today, after)| match after.cmp(&today) {
                std::cmp::Ordering::Less => Some("less"),
                std::cmp::Ordering::Equal => None,
                std::cmp::Ordering::Greater => Some("more-of"),
            });
    Line {
        what,
        today: cell(today),
        after: cell(after),
        trend,
    }
}

fn parts(setup: &Setup) -> usize {
    setup.v1_links + setup.v2_links + setup.nlbs + setup.albs
}

fn components(setup: &Setup) -> Cell {
    let named = [
        (setup.v1_links, "VPC link v1", "VPC links v1"),
        (setup.v2_links, "VPC link v2", "VPC links v2"),
        (setup.nlbs, "NLB", "NLBs"),
        (setup.albs, "ALB", "ALBs"),
    ];
    let named: Vec<String> = named
        .into_iter()
        .filter(|(number, _, _)| *number > 0)
        .map(|(number, one, many)| count(number, one, many))
        .collect();
    Cell {
        figure: parts(setup).to_string(),
        detail: (!named.is_empty()).then(|| named.join(", ")),
    }
}

fn hops(setup: &Setup) -> Cell {
    Cell {
        figure: setup.hops.map_or_else(
            || "no API is seen to send one".to_owned(),
            |hops| hops.to_string(),
        ),
        detail: None,
    }
}

fn exposed(setup: &Setup) -> Cell {
    let names: Vec<String> = setup
        .internet_facing
        .iter()
        .map(words::load_balancer)
        .collect();
    Cell {
        figure: match names.len() {
            0 => "nothing".to_owned(),
            number => number.to_string(),
        },
        detail: (!names.is_empty()).then(|| some(&names, NAMES)),
    }
}

fn scales(setup: &Setup) -> Cell {
    let mut with = Vec::new();
    if setup.nlbs > 0 {
        with.push("NLB hours and NLCUs");
    }
    if setup.albs > 0 {
        with.push("ALB hours and LCUs");
    }
    Cell {
        figure: match with[..] {
            [] => "nothing".to_owned(),
            _ => with.join(", plus "),
        },
        detail: None,
    }
}
