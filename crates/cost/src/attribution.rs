//! Whose an NLB's cost is, API by API: pro rata by the requests of the stages over it.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use unbridge_model::apigateway::{HttpDeployed, HttpStage};
use unbridge_model::assessment::{Chain, NlbAssessment, SeenIn};
use unbridge_model::estimate::{Attribution, Range, Share};
use unbridge_model::finding::{ApiRef, ApiType};
use unbridge_model::id::StageName;
use unbridge_model::text::Text;
use unbridge_model::usage::{Measure, Measured, metric_name};

use crate::indexed::Indexed;
use crate::series::seen;

/// The stages that send requests over an NLB, by API.
type Stages<'a> = BTreeMap<&'a Arc<ApiRef>, Vec<&'a StageName>>;

/// Shares of a monthly cost. A stage that sends only some of its requests over the NLB counts with
/// all of them: metrics do not tell methods apart.
pub(crate) fn attribution(nlb: &NlbAssessment, facts: &Indexed<'_>, monthly: Range) -> Attribution {
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

/// Says that requests may pass the NLB although no chain does: what a stage runs was not read.
fn unread(nlb: &NlbAssessment, facts: &Indexed<'_>) -> Option<String> {
    let mut chains = nlb.chains.iter();
    let chain = chains.find(|chain| is_unread(chain, facts))?;
    Some(not_read(&chain.start.api))
}

/// Whether a chain of the draft is told because what its stage runs was not read.
pub(crate) fn is_unread(chain: &Chain, facts: &Indexed<'_>) -> bool {
    if chain.seen_in != SeenIn::Draft {
        return false;
    }
    let api = &chain.start.api;
    let known = match facts.rest_api(api) {
        Some(rest) => rest.stages.as_ref().is_some_and(|stages| {
            let mut stages = stages.iter();
            let of_chain = stages.find(|stage| Some(&stage.name) == chain.start.stage.as_ref());
            of_chain.is_none_or(|stage| stage.deployed.is_some())
        }),
        None => facts.http_api(api).is_none_or(|http| {
            let mut stages = http.stages.iter().flatten();
            let unread = |stage: &HttpStage| stage.deployed == HttpDeployed::Unread;
            http.stages.is_some() && !stages.any(unread)
        }),
    };
    !known
}

/// Says that what an API's stages run was not read.
pub(crate) fn not_read(api: &ApiRef) -> String {
    format!("what stages of {} run was not read", api.name)
}

/// Says that metrics know several REST APIs by the name of this one.
pub(crate) fn namesakes(api: &ApiRef) -> String {
    let name = metric_name(&api.name);
    format!("several REST APIs are called {name} in metrics, which know them by name only")
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
fn sent(api: &ApiRef, stages: &[&StageName], facts: &Indexed<'_>) -> Result<u64, String> {
    match api.kind {
        ApiType::Rest if facts.has_namesake(api) => return Err(namesakes(api)),
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

/// How metrics name a stage.
pub(crate) fn measured(api: &ApiRef, stage: &StageName) -> Measured {
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
