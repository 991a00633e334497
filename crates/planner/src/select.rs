//! Which chains a plan is about.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use unbridge_model::assessment::{Chain, NlbAssessment};
use unbridge_model::finding::{ApiRef, Verdict};
use unbridge_model::plan::waiting::{Subject, Waiting, WaitingCode};
use unbridge_model::text::Text;

use crate::ground::Ground;

/// A chain that was asked for, and the NLB it passes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Picked<'a> {
    pub(crate) nlb: &'a NlbAssessment,
    pub(crate) chain: &'a Chain,
}

/// What was asked for.
#[derive(Debug, Default)]
pub(crate) struct Selected<'a> {
    pub(crate) nlbs: Vec<&'a NlbAssessment>,
    /// Chains over these NLBs, of every stage, by API.
    pub(crate) apis: BTreeMap<Arc<ApiRef>, Vec<Picked<'a>>>,
    pub(crate) waiting: Vec<Waiting>,
}

/// The chains that were asked for.
pub(crate) fn selected<'a>(ground: &Ground<'a>) -> Selected<'a> {
    let mut selected = Selected::default();
    let wanted = wanted_apis(ground);
    let here = ground.assessment.nlbs.iter();
    for nlb in here.filter(|nlb| nlb.region == *ground.region && asked_for(ground, nlb)) {
        let mut chains = 0_usize;
        let of_one_api = |one: &Chain, next: &Chain| Arc::ptr_eq(&one.start.api, &next.start.api);
        for run in nlb.chains.chunk_by(of_one_api) {
            let Some(api) = run.first().map(|chain| &chain.start.api) else {
                continue;
            };
            if wanted.as_ref().is_none_or(|ids| ids.contains(&api.id)) {
                chains += run.len();
                let known = selected.apis.entry(Arc::clone(api)).or_default();
                known.extend(run.iter().map(|chain| Picked { nlb, chain }));
            }
        }
        if chains == 0 {
            // What nobody named may well have nothing to move.
            if named(ground, nlb) {
                selected.waiting.push(nothing_to_move(nlb));
            }
            continue;
        }
        selected.nlbs.push(nlb);
    }
    selected
}

/// Ids of the APIs that are named, by themselves or by a stage; `None` when none is.
fn wanted_apis(ground: &Ground<'_>) -> Option<BTreeSet<Text>> {
    let selection = &ground.choices.selection;
    let stages = selection.stages.iter().map(|stage| stage.api.clone());
    let apis: BTreeSet<Text> = selection.apis.iter().cloned().chain(stages).collect();
    (!apis.is_empty()).then_some(apis)
}

/// Whether the NLB is named, by its ARN or one of its tags.
pub(crate) fn named(ground: &Ground<'_>, nlb: &NlbAssessment) -> bool {
    let selection = &ground.choices.selection;
    let tagged = |tags: &unbridge_model::apigateway::Tags| {
        let mut wanted = selection.tags.iter();
        wanted.any(|(key, value)| tags.get(key) == Some(value))
    };
    selection.nlbs.contains(&nlb.arn) || nlb.tags.as_ref().is_some_and(tagged)
}

fn asked_for(ground: &Ground<'_>, nlb: &NlbAssessment) -> bool {
    let selection = &ground.choices.selection;
    if !selection.nlbs.is_empty() || !selection.tags.is_empty() {
        named(ground, nlb)
    } else if !selection.apis.is_empty() || !selection.stages.is_empty() {
        true
    } else {
        nlb.verdict == Verdict::Removable
    }
}

fn nothing_to_move(nlb: &NlbAssessment) -> Waiting {
    let next = match nlb.verdict {
        Verdict::AlreadyDirect => "unbridge plan retire".to_owned(),
        _ => format!("unbridge explain {}", nlb.name),
    };
    Waiting {
        code: WaitingCode::NothingToMove,
        what: Subject::Nlb(nlb.arn.clone()),
        finding: None,
        why: Text::from(format!(
            "no API that was asked for goes over it; its verdict is {}",
            nlb.verdict
        )),
        next: Text::from(next),
        flag: None,
    }
}
