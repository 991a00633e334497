//! Whose an NLB's cost is, API by API: pro rata by the requests of the stages over it.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use unbridge_model::apigateway::{HttpDeployed, HttpStage};
use unbridge_model::assessment::{NlbAssessment, SeenIn};
use unbridge_model::estimate::{Attribution, Range, Share};
use unbridge_model::finding::{ApiRef, ApiType};
use unbridge_model::id::StageName;
use unbridge_model::snapshot::RegionFacts;
use unbridge_model::text::Text;
use unbridge_model::usage::{Measure, Measured, metric_name};

use crate::series::seen;

/// The stages that send requests over an NLB, by API.
type Stages<'a> = BTreeMap<&'a Arc<ApiRef>, Vec<&'a StageName>>;

/// Shares of a monthly cost. A stage that sends only some of its requests over the NLB counts with
/// all of them: metrics do not tell methods apart.
pub(crate) fn attribution(nlb: &NlbAssessment, facts: &RegionFacts, monthly: Range) -> Attribution {
    if let Some(why) = unread(nlb, facts) {
        return Attribution::Unknown(Text::from(why));
    }
    let mut requests = Vec::new();
    for (api, stages) in &stages(nlb) {
        match sent(api, stages, facts) {
            Ok(sent) => requests.push((*api, stages.clone(), sent)),
            Err(why) => return Attribution::Unknown(Text::from(why)),
        }
    }
    let sum = |sum: u64, (_, _, sent): &(_, _, u64)| sum.checked_add(*sent);
    let Some(total) = requests.iter().try_fold(0, sum) else {
        return Attribution::Unknown(Text::new("more requests were told than there can be"));
    };
    if total == 0 {
        return Attribution::NoRequests;
    }
    let share = |(api, stages, sent): (&Arc<ApiRef>, Vec<&StageName>, u64)| Share {
        api: (**api).clone(),
        stages: stages.into_iter().cloned().collect(),
        requests: sent,
        monthly: monthly.times(Decimal::from(sent) / Decimal::from(total)),
    };
    Attribution::ByRequests(requests.into_iter().map(share).collect())
}

/// A stage over the NLB whose requests may pass it although no chain says so: what it runs was not
/// read.
fn unread(nlb: &NlbAssessment, facts: &RegionFacts) -> Option<String> {
    let drafts = nlb
        .chains
        .iter()
        .filter(|chain| chain.seen_in == SeenIn::Draft);
    for chain in drafts {
        let api = &chain.start.api;
        let rest = facts
            .rest_apis
            .iter()
            .find(|one| *one.id.as_str() == *api.id);
        let known = match rest {
            Some(rest) => rest.stages.as_ref().is_some_and(|stages| {
                let mut stages = stages.iter();
                let of_chain = stages.find(|stage| Some(&stage.name) == chain.start.stage.as_ref());
                of_chain.is_none_or(|stage| stage.deployed.is_some())
            }),
            None => facts.http_apis.iter().all(|http| {
                let mut stages = http.stages.iter().flatten();
                let unread = |stage: &HttpStage| stage.deployed == HttpDeployed::Unread;
                *http.id.as_str() != *api.id || http.stages.is_some() && !stages.any(unread)
            }),
        };
        if !known {
            return Some(format!("what stages of {} run was not read", api.name));
        }
    }
    None
}

fn stages(nlb: &NlbAssessment) -> Stages<'_> {
    let mut stages = Stages::new();
    let deployed = nlb
        .chains
        .iter()
        .filter(|chain| chain.seen_in != SeenIn::Draft);
    for chain in deployed {
        let start = &chain.start;
        let of_api = stages.entry(&start.api).or_default();
        if let Some(stage) = &start.stage
            && !of_api.contains(&stage)
        {
            of_api.push(stage);
        }
    }
    stages
}

/// Requests of an API's stages in the time looked at.
fn sent(api: &ApiRef, stages: &[&StageName], facts: &RegionFacts) -> Result<u64, String> {
    let name = metric_name(&api.name);
    let namesakes = || {
        let apis = facts.rest_apis.iter();
        apis.filter(|other| metric_name(&other.name) == name)
    };
    match api.kind {
        ApiType::Rest if namesakes().count() > 1 => {
            return Err(format!(
                "several REST APIs are called {name} in metrics, which know them by name only"
            ));
        }
        ApiType::Websocket => {
            return Err(format!(
                "{} is a WebSocket API, whose messages are not read",
                api.name
            ));
        }
        ApiType::Rest | ApiType::Http => {}
    }
    let mut total = 0.0;
    for stage in stages {
        let of = measured(api, stage);
        let count = facts
            .usage
            .get(&of)
            .and_then(|usage| usage.values(Measure::Count));
        let count = count
            .ok_or_else(|| format!("requests of {} on stage {stage} were not read", api.name))?;
        total += count.iter().map(|value| seen(*value)).sum::<f64>();
    }
    Ok(whole(total))
}

fn measured(api: &ApiRef, stage: &StageName) -> Measured {
    match api.kind {
        ApiType::Rest => Measured::RestStage {
            api_name: api.name.clone(),
            stage: stage.clone(),
        },
        ApiType::Http | ApiType::Websocket => Measured::HttpStage {
            api_id: api.id.clone(),
            stage: stage.clone(),
        },
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a sum of counts; a float is cast to the nearest number there is"
)]
fn whole(count: f64) -> u64 {
    count.round() as u64
}
