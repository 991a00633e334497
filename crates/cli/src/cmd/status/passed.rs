//! What a snapshot tells of the time since a run ended: what passes the NLBs of the old way, and
//! whether they still stand.

use jiff::Timestamp;
use unbridge_model::call::CallKind;
use unbridge_model::gap::{Gap, Unseen};
use unbridge_model::id::{LoadBalancerArn, Region};
use unbridge_model::journal::{End, Event, Written};
use unbridge_model::plan::Plan;
use unbridge_model::snapshot::{RegionFacts, Snapshot};
use unbridge_model::usage::{self, Measure, Usage};
use unbridge_report::run::{Measured, NlbTraffic, Realised, old_way};

use crate::error::Failure;
use crate::terminal;

/// What a snapshot of the plan's account tells. What it does not tell is not measured.
pub(super) fn measured(
    plan: &Plan,
    written: Option<&Written>,
    snapshot: &Snapshot,
) -> Result<Measured, Failure> {
    let (body, header) = (&plan.body, &snapshot.header);
    if body.account != header.account {
        return Err(Failure::usage(format!(
            "the plan is for account {}, the snapshot is of account {}",
            body.account, header.account
        ))
        .hint("name a snapshot of the plan's account with --snapshot FILE"));
    }
    let Some(facts) = snapshot.regions.get(&body.region) else {
        return Err(Failure::usage(format!(
            "the plan is for {}, which the snapshot does not have",
            body.region
        ))
        .hint(format!("unbridge scan --region {} -o FILE", body.region)));
    };
    let scanned = header.started_at.parse::<Timestamp>().ok();
    let ended = written.and_then(ended_at);
    let is_after = matches!((scanned, ended), (Some(scanned), Some(ended)) if scanned >= ended);
    let (Some(ended), true) = (ended, is_after) else {
        terminal::tell("the snapshot is not from after a completed run: it tells nothing of it");
        return Ok(Measured::default());
    };
    let nlbs = old_way(body);
    let traffic = nlbs.iter().map(|nlb| traffic(nlb, facts, ended));
    let savings = body.forecast.iter().flat_map(|known| &known.savings);
    let is_whole = facts.extent.is_some() && !has_unread_balancers(snapshot, &body.region);
    let savings = savings.map(|saving| Realised {
        saving: saving.clone(),
        gone: match facts.load_balancers.contains_key(&saving.nlb) {
            true => Some(false),
            // That it is not among some of them says nothing.
            false => is_whole.then_some(true),
        },
    });
    Ok(Measured {
        latency: None,
        nlb_traffic: Some(traffic.collect()),
        savings: Some(savings.collect()),
    })
}

/// When a run was completed.
fn ended_at(written: &Written) -> Option<Timestamp> {
    let last = written.entries.last()?;
    match &last.event {
        Event::Ended {
            end: End::Completed,
        } => last.at.parse().ok(),
        _ => None,
    }
}

/// What has passed an NLB in the whole periods since then.
fn traffic(nlb: &LoadBalancerArn, facts: &RegionFacts, since: Timestamp) -> NlbTraffic {
    let of = usage::Measured::LoadBalancer(nlb.clone());
    let usage = facts.usage.get(&of);
    let whole = usage.and_then(|usage| Some((usage, periods_before(usage, since)?)));
    let sum = |measure| {
        let (usage, before) = whole?;
        let values = usage.values(measure)?;
        // The metric was read: a period without a datapoint had nothing to count.
        Some(values.iter().skip(before).flatten().sum())
    };
    let hours = whole.map_or(0, |(usage, before)| {
        let periods = u64::from(usage.periods).saturating_sub(before as u64);
        periods * u64::from(usage.period) / 3600
    });
    NlbTraffic {
        nlb: nlb.clone(),
        hours,
        flows: sum(Measure::NewFlowCount),
        bytes: sum(Measure::ProcessedBytes),
    }
}

/// How many periods begin before a moment; `None` when they are not known.
fn periods_before(usage: &Usage, since: Timestamp) -> Option<usize> {
    let from = usage.from.parse::<Timestamp>().ok()?;
    let seconds = since.as_second() - from.as_second();
    let periods = u64::try_from(seconds).unwrap_or(0);
    let periods = periods.div_ceil(u64::from(usage.period).max(1));
    usize::try_from(periods).ok()
}

/// Whether some load balancers of a region were not read.
fn has_unread_balancers(snapshot: &Snapshot, region: &Region) -> bool {
    let of_region = |gap: &&Gap| gap.region.as_ref() == Some(region);
    snapshot
        .gaps
        .iter()
        .filter(of_region)
        .any(|gap| match gap.unseen {
            Unseen::Call { call, .. } => call == CallKind::DescribeLoadBalancers,
            Unseen::Source { .. } => false,
            Unseen::Rest => true,
        })
}
