//! The sample account with what its NLBs cost: every way in which a figure is known or not.

use rust_decimal::Decimal;
use unbridge_model::assessment::{Assessment, NlbAssessment, Start};
use unbridge_model::estimate::{
    Added, Attribution, Component, Confidence, Currency, Estimate, Latency, Missing, Price,
    PriceItem, Range,
};
use unbridge_model::finding::Verdict;
use unbridge_report::view::{Costs, View};

/// What an hour, a capacity unit and an address are priced at.
const PRICES: [(PriceItem, &str); 3] = [
    (PriceItem::NlbHour, "0.0252"),
    (PriceItem::NlcuHour, "0.006"),
    (PriceItem::PublicIpv4Hour, "0.005"),
];

/// The view with an estimate for each of its NLBs; `text` stands wherever an estimate has words.
///
/// Everything is known of most. Of `billing-nlb` usage was not read, of `carts-nlb` an item has no
/// price, and `pets-nlb` has other users behind what blocks it.
pub(crate) fn priced(view: View, text: &str) -> View {
    let estimates = view.assessment.nlbs.iter();
    let estimates = estimates.map(|nlb| (nlb.arn.clone(), estimate(nlb, text)));
    let costs = Costs {
        estimates: estimates.collect(),
        prices_as_of: "2026-01-15".parse().expect("a date"),
        prices_too_old: Some(200),
    };
    view.with_costs(costs)
}

/// The account, less what is not known to the full.
pub(crate) fn known(mut assessment: Assessment) -> Assessment {
    let unknown = ["billing-nlb", "carts-nlb", "pets-nlb"];
    assessment
        .nlbs
        .retain(|nlb| nlb.verdict != Verdict::Rewirable && !unknown.contains(&nlb.name.as_str()));
    assessment
}

fn range(low: &str, expected: Option<&str>, high: Option<&str>) -> Range {
    Range {
        low: decimal(low),
        expected: expected.map(decimal),
        high: high.map(decimal),
    }
}

pub(crate) fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

fn estimate(nlb: &NlbAssessment, text: &str) -> Estimate {
    let capacity = match nlb.arn.name() {
        "billing-nlb" => Range::unknown(),
        _ => range("100", Some("146.000001"), Some("300.5")),
    };
    let mut components = vec![
        component(PriceItem::NlbHour, Range::exactly(decimal("730")), text),
        component(PriceItem::NlcuHour, capacity, text),
        component(
            PriceItem::PublicIpv4Hour,
            Range::exactly(decimal("0")),
            text,
        ),
    ];
    if nlb.arn.name() == "carts-nlb" {
        let bytes = range("0", Some("12.5"), Some("30"));
        components.push(component(PriceItem::InterZoneGb, bytes, text));
    }
    let everything: Range = components.iter().map(|one| one.monthly).sum();
    let nothing = Range::exactly(Decimal::ZERO);
    let capacity = Range {
        expected: None,
        ..range("0", None, Some("1.803"))
    };
    let (savings, potential) = match (nlb.verdict, nlb.arn.name()) {
        (Verdict::Removable | Verdict::RemovableIf | Verdict::AlreadyDirect, _) => {
            (everything, everything)
        }
        (Verdict::Rewirable, _) => (capacity, capacity),
        (Verdict::Blocked, "pets-nlb") => (nothing, capacity),
        (Verdict::Blocked, _) => (nothing, everything),
        (Verdict::NotABridge, _) => (nothing, nothing),
    };
    let missing = components.iter().flat_map(|one| one.missing.clone());
    Estimate {
        currency: Currency::Usd,
        monthly_cost: everything,
        monthly_savings: savings,
        monthly_potential: potential,
        missing: missing.collect(),
        left_out: vec![text.into()],
        double_running: (7, Range::exactly(decimal("4.2336"))),
        confidence: match nlb.arn.name() {
            "billing-nlb" => Confidence::NoUsage,
            _ => Confidence::Measured,
        },
        attribution: Attribution::NoRequests,
        latency: latency(nlb, text),
        components,
    }
}

/// Measured at one NLB, in disagreement at another, unknown at all others.
fn latency(nlb: &NlbAssessment, text: &str) -> Vec<Latency> {
    let mut starts: Vec<_> = nlb.chains.iter().map(|chain| &chain.start).collect();
    starts.dedup();
    let measured = |median: &str, below_zero| Added::Measured {
        alb: super::alb_arn("orders-alb"),
        median: decimal(median),
        hours: 312,
        below_zero,
    };
    let latency = |start: &Start| {
        Some(Latency {
            api: (*start.api).clone(),
            stage: start.stage.clone()?,
            added: match nlb.arn.name() {
                "orders-nlb" => measured("4.25", 12),
                "carts-nlb" => measured("-20.2", 300),
                _ => Added::Unknown(text.into()),
            },
        })
    };
    starts
        .into_iter()
        .filter_map(|start| latency(start))
        .collect()
}

fn component(item: PriceItem, quantity: Range, text: &str) -> Component {
    let price = PRICES.iter().find(|(priced, _)| *priced == item);
    let price = price.map(|(_, amount)| Price {
        amount: decimal(amount),
        currency: Currency::Usd,
        source: text.into(),
    });
    let mut missing = Vec::new();
    let monthly = match &price {
        Some(price) => quantity.times(price.amount),
        None => {
            let region = "eu-west-1".parse().expect("a region");
            missing.push(Missing::Price(item, region));
            Range::unknown()
        }
    };
    if quantity == Range::unknown() {
        missing.push(Missing::Usage);
    }
    Component {
        item,
        quantity,
        monthly,
        price,
        formula: text.into(),
        missing,
    }
}
