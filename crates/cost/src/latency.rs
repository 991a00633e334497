//! What the way to the targets adds to requests, stage by stage, as far as metrics tell.
//!
//! `IntegrationLatency` is what API Gateway waits for a stage's backends, `TargetResponseTime` what
//! an ALB waits for its targets: the difference is network, link, NLB and ALB together. Each is the
//! statistic of an hour that its [`Measure`] names, so the difference is an indication.

use std::sync::Arc;

use rust_decimal::Decimal;
use unbridge_model::apigateway::{HttpApi, HttpDeployed, IntegrationType, Method};
use unbridge_model::assessment::{Chain, NlbAssessment, SeenIn, Start};
use unbridge_model::estimate::{Added, Latency};
use unbridge_model::finding::{ApiRef, ApiType};
use unbridge_model::id::{LoadBalancerArn, StageName};
use unbridge_model::route::End;
use unbridge_model::text::Text;
use unbridge_model::usage::{Measure, Measured, Period, Usage};

use crate::attribution::{is_unread, measured, namesakes, not_read};
use crate::indexed::Indexed;

/// What is added to the requests of each stage over an NLB, in the order of its chains.
pub(crate) fn latency(nlb: &NlbAssessment, facts: &Indexed<'_>) -> Vec<Latency> {
    let same = |a: &Chain, b: &Chain| Arc::ptr_eq(&a.start, &b.start) || a.start == b.start;
    let runs = nlb.chains.chunk_by(same);
    runs.filter_map(|chains| of_stage(chains, facts)).collect()
}

/// `None` where the stage sends no request over the NLB.
fn of_stage(chains: &[Chain], facts: &Indexed<'_>) -> Option<Latency> {
    let start = &chains.first()?.start;
    let stage = start.stage.as_ref()?;
    let deployed: Vec<&Chain> = chains
        .iter()
        .filter(|chain| chain.seen_in != SeenIn::Draft)
        .collect();
    let mut drafts = chains.iter().filter(|chain| chain.seen_in == SeenIn::Draft);
    // Whether a stage was read is the same for all of its chains.
    let is_unread = drafts.next().is_some_and(|chain| is_unread(chain, facts));
    if deployed.is_empty() && !is_unread {
        return None;
    }
    let added = if is_unread {
        Err(not_read(&start.api))
    } else {
        added(start, stage, &deployed, facts)
    };
    Some(Latency {
        api: (*start.api).clone(),
        stage: stage.clone(),
        added: added.unwrap_or_else(|why| Added::Unknown(Text::from(why))),
    })
}

fn added(
    start: &Start,
    stage: &StageName,
    chains: &[&Chain],
    facts: &Indexed<'_>,
) -> Result<Added, String> {
    let api = &start.api;
    let alb = one_alb(chains)?;
    let elsewhere = methods(api, stage, facts)?.saturating_sub(chains.len());
    if elsewhere > 0 {
        return Err(format!(
            "{elsewhere} of its methods take another way, and metrics do not tell methods apart"
        ));
    }
    if api.kind == ApiType::Rest && facts.has_namesake(api) {
        return Err(namesakes(api));
    }
    let of = [
        (measured(api, stage), Measure::IntegrationLatencyP50),
        (
            Measured::LoadBalancer(alb.clone()),
            Measure::TargetResponseTime,
        ),
    ];
    let [waited, answered] = of.map(|(of, measure)| {
        let usage = facts.usage.get(&of);
        let values = usage.and_then(|usage| Some((usage, usage.values(measure)?)));
        values.ok_or_else(|| format!("{} was not read of {of}", measure.metric(&of)))
    });
    let (waited, answered) = (waited?, answered?);
    if !are_alike(waited.0, answered.0) {
        return Err("stage and ALB were measured over different hours".to_owned());
    }
    let mut differences = differences(waited.1, answered.1);
    let below_zero = differences.iter().filter(|ms| **ms < 0.0).count();
    let hours = differences.len();
    let median = median(&mut differences)
        .ok_or_else(|| "in no hour were both the stage and the ALB measured".to_owned())?;
    Ok(Added::Measured {
        alb: alb.clone(),
        median: milliseconds(median).ok_or_else(|| "a time too long to be one".to_owned())?,
        hours,
        below_zero,
    })
}

/// The ALB at which every one of these chains ends.
fn one_alb<'c>(chains: &[&'c Chain]) -> Result<&'c LoadBalancerArn, String> {
    let mut found = None;
    for chain in chains {
        match &chain.way.end {
            End::Alb { alb, port: _ } if found.is_none_or(|known| known == alb) => {
                found = Some(alb);
            }
            End::Alb { .. } => return Err("several ALBs are behind the stage".to_owned()),
            End::OtherTargets { .. } | End::CloudMap { .. } | End::Broken(_) | End::Unseen(_) => {
                return Err("not all of its methods are seen to reach an ALB".to_owned());
            }
        }
    }
    found.ok_or_else(|| "no ALB is seen behind the stage".to_owned())
}

/// How many methods of a stage wait for a backend.
fn methods(api: &ApiRef, stage: &StageName, facts: &Indexed<'_>) -> Result<usize, String> {
    let number = match api.kind {
        ApiType::Rest => facts.rest_api(api).and_then(|rest| {
            let mut stages = rest.stages.iter().flatten();
            let stage = stages.find(|one| one.name == *stage)?;
            let waits = |method: &&Method| {
                let integration = method.integration.as_ref();
                integration.is_some_and(|one| one.kind != IntegrationType::Mock)
            };
            Some(stage.deployed.as_ref()?.iter().filter(waits).count())
        }),
        ApiType::Http => facts.http_api(api).and_then(|http| routes(http, stage)),
        ApiType::Websocket => {
            return Err("requests of WebSocket APIs are not measured".to_owned());
        }
    };
    number.ok_or_else(|| not_read(api))
}

fn routes(http: &HttpApi, stage: &StageName) -> Option<usize> {
    let mut stages = http.stages.iter().flatten();
    match &stages.find(|one| one.name == *stage)?.deployed {
        HttpDeployed::Auto => {
            let routes = http.routes.as_ref()?.iter();
            Some(routes.filter(|route| route.integration.is_some()).count())
        }
        HttpDeployed::Routes(routes) => Some(routes.len()),
        HttpDeployed::Unread => None,
    }
}

/// Whether values at one place of both are of one hour.
fn are_alike(a: &Usage, b: &Usage) -> bool {
    let hour = Period::Hour.seconds();
    a.from == b.from && [a.period, b.period] == [hour, hour]
}

/// Milliseconds waited less seconds to the answer, in the hours that have both.
fn differences(waited: &[Option<f64>], answered: &[Option<f64>]) -> Vec<f64> {
    let is_time = |time: &f64| time.is_finite() && *time >= 0.0;
    let hours = waited.iter().zip(answered);
    let both = hours.filter_map(|(waited, answered)| {
        let (waited, answered) = (waited.filter(is_time)?, answered.filter(is_time)?);
        Some(waited - answered * 1000.0)
    });
    both.collect()
}

/// The middle one, or the mean of both that are; `None` of nothing.
fn median(values: &mut [f64]) -> Option<f64> {
    let middle = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    let is_even = values.len().is_multiple_of(2);
    let (below, upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let lower = below.iter().copied().max_by(f64::total_cmp);
    let lower = lower.filter(|_| is_even).unwrap_or(*upper);
    Some(lower / 2.0 + *upper / 2.0)
}

/// To a thousandth; `None` when it is too large for a decimal.
fn milliseconds(time: f64) -> Option<Decimal> {
    Some(Decimal::try_from(time).ok()?.round_dp(3).normalize())
}

#[cfg(test)]
mod tests;
