//! Whether a REST API is moved the safe way: only what its stages run is changed, the difference is
//! shown and proven before a caller meets it, and each stage follows share by share (H24 to H32).

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::id::{RestApiId, StageName};
use unbridge_model::plan::Step;
use unbridge_model::plan::condition::{Condition, Gate, PatchedMethod};
use unbridge_model::plan::operation::{ConnectionId, IntegrationPatch, MethodRef, Operation};

use super::code::LintCode;
use super::findings::Findings;
use super::thing::Value;

/// Seconds in which requests that began before a change end: the longest integration timeout that
/// every account has, 29 s, and two minutes for the change to arrive everywhere (H35).
const DRAIN_SECONDS: u32 = 29 + 120;

/// What a plan does to one REST API.
#[derive(Default)]
struct Part<'p> {
    rewires: Vec<(usize, &'p MethodRef, &'p IntegrationPatch)>,
    deployments: BTreeMap<Value<'p>, usize>,
    /// Temporary stages: what they run, whose settings they have, and the steps that make them.
    temporary: BTreeMap<&'p StageName, Temporary<'p>>,
    /// Changes of stages, in order.
    moves: BTreeMap<&'p StageName, Vec<(usize, &'p Step)>>,
    /// What steps show of two stages: where, the temporary one, the other, and their difference.
    alike: Vec<(usize, &'p StageName, &'p StageName, &'p [PatchedMethod])>,
    /// Proofs: where, the temporary stage, the other.
    proofs: Vec<(usize, &'p StageName, &'p StageName)>,
}

struct Temporary<'p> {
    runs: Value<'p>,
    like: &'p StageName,
    made: usize,
    /// Where it is seen to it that it has what that stage has.
    furnished: Option<usize>,
}

pub(super) fn check(findings: &mut Findings<'_>) {
    for part in parts(findings).values() {
        furnished(findings, part);
        baseline(findings, part);
        for (stage, moves) in &part.moves {
            proven(findings, part, stage, moves);
            shares(findings, moves);
            finished(findings, stage, moves);
        }
        if let (Some((place, ..)), true) = (part.rewires.last(), part.moves.is_empty()) {
            let what = "its API's draft is changed, and no stage is moved";
            findings.at(*place, LintCode::NotFinished, what);
        }
    }
    for (place, step) in findings.steps() {
        patched(findings, place, step);
        asked(findings, place, step);
        waits(findings, place, step);
    }
}

fn parts<'p>(findings: &Findings<'p>) -> BTreeMap<&'p RestApiId, Part<'p>> {
    let mut parts: BTreeMap<&RestApiId, Part<'p>> = BTreeMap::new();
    for (place, step) in findings.steps() {
        match &step.operation {
            Operation::UpdateIntegration { method, patch } => {
                let part = parts.entry(&method.api).or_default();
                part.rewires.push((place, method, patch));
            }
            Operation::CreateDeployment { api, .. } => {
                let part = parts.entry(api).or_default();
                part.deployments.insert(Value::From(&step.id), place);
            }
            Operation::CreateStage {
                api,
                stage,
                deployment,
                like,
                ..
            } => {
                let temporary = Temporary {
                    runs: Value::deployment(deployment),
                    like,
                    made: place,
                    furnished: None,
                };
                parts
                    .entry(api)
                    .or_default()
                    .temporary
                    .insert(stage, temporary);
            }
            Operation::FurnishStage { api, stage, like } => {
                let part = parts.entry(api).or_default();
                if let Some(known) = part.temporary.get_mut(stage)
                    && known.like == like
                {
                    known.furnished.get_or_insert(place);
                }
            }
            Operation::SetCanary { api, stage, .. }
            | Operation::RemoveCanary { api, stage }
            | Operation::SetDeployment { api, stage, .. } => {
                let part = parts.entry(api).or_default();
                part.moves.entry(stage).or_default().push((place, step));
            }
            _ => {}
        }
        for condition in &step.verification {
            if let Condition::StagesAlike {
                api,
                stage,
                like,
                but,
            } = condition
            {
                let part = parts.entry(api).or_default();
                part.alike.push((place, stage, like, but));
            }
        }
        if let Some(Gate::Proof { api, stage, like }) = &step.gate {
            let part = parts.entry(api).or_default();
            part.proofs.push((place, stage, like));
        }
    }
    parts
}

impl<'p> Part<'p> {
    /// What a temporary stage runs at a place of the plan.
    fn runs(&self, temporary: &StageName, at: usize) -> Option<Value<'p>> {
        let known = self.temporary.get(temporary)?;
        (known.made <= at).then_some(known.runs)
    }

    /// The patches that a deployment holds.
    fn patches(&self, deployment: Value<'p>) -> BTreeMap<&'p MethodRef, &'p IntegrationPatch> {
        let Some(made) = self.deployments.get(&deployment) else {
            return BTreeMap::new();
        };
        let before = self.rewires.iter().filter(|(place, ..)| place < made);
        before.map(|(_, method, patch)| (*method, *patch)).collect()
    }
}

/// Nobody but the plan knows a temporary stage, but anybody may find it.
fn furnished(findings: &mut Findings<'_>, part: &Part<'_>) {
    for (stage, known) in &part.temporary {
        // The very next step: whatever waits in between, waits while it is open.
        if known.furnished != Some(known.made + 1) {
            let what = format!(
                "the next step does not see to it that it has what keeps callers out of {}",
                known.like
            );
            findings.at(known.made, LintCode::StageOpen, what);
        }
        if let Some((place, ..)) = part.proofs.iter().find(|(place, temporary, _)| {
            temporary == stage && known.furnished.is_none_or(|given| *place < given)
        }) {
            let what = "it is asked before it has what keeps callers out";
            findings.at(*place, LintCode::OutOfOrder, what);
        }
    }
}

/// H24
fn baseline(findings: &mut Findings<'_>, part: &Part<'_>) {
    let starts = part.rewires.first().map(|(place, ..)| *place);
    let moves = part.moves.values().flatten().map(|(place, _)| *place).min();
    let Some(first) = starts.or(moves) else {
        return;
    };
    let shown: BTreeSet<&StageName> = part
        .alike
        .iter()
        .filter(|(place, temporary, _, but)| {
            let runs = part.runs(temporary, *place);
            let made = runs.and_then(|runs| part.deployments.get(&runs));
            *place < first && but.is_empty() && made.is_some()
        })
        .map(|(_, _, like, _)| *like)
        .collect();
    for stage in part.moves.keys().filter(|stage| !shown.contains(*stage)) {
        let what = format!("nothing shows before it that its API's draft is what {stage} runs");
        findings.at(first, LintCode::BaselineMissing, what);
    }
}

/// What a step gives a stage to run.
fn given(step: &Step) -> Option<Value<'_>> {
    match &step.operation {
        Operation::SetCanary { deployment, .. } | Operation::SetDeployment { deployment, .. } => {
            Some(Value::deployment(deployment))
        }
        _ => None,
    }
}

/// H24, H28
fn proven(
    findings: &mut Findings<'_>,
    part: &Part<'_>,
    stage: &StageName,
    moves: &[(usize, &Step)],
) {
    let mut gives = moves
        .iter()
        .filter_map(|(place, step)| Some((*place, given(step)?)));
    let Some((first, deployment)) = gives.next() else {
        return;
    };
    if let Some((place, _)) = gives.find(|(_, other)| *other != deployment) {
        let what = "the stage is moved to another deployment than the one it was shown";
        findings.at(place, LintCode::ProofMissing, what);
    }
    let ours = |place: usize, temporary: &StageName| {
        place < first && part.runs(temporary, place) == Some(deployment)
    };
    let patches = part.patches(deployment);
    let shown = part.alike.iter().any(|(place, temporary, like, but)| {
        ours(*place, temporary) && *like == stage && says(but, &patches)
    });
    if !shown {
        let what = format!(
            "nothing shows before it that its deployment differs from {stage} in the plan's patches alone"
        );
        findings.at(first, LintCode::DifferenceNotShown, what);
    }
    let like = |temporary: &StageName| part.temporary.get(temporary).map(|known| known.like);
    let mut proofs = part.proofs.iter();
    if !proofs.any(|(place, temporary, live)| {
        ours(*place, temporary) && *live == stage && like(temporary) == Some(stage)
    }) {
        let what = format!(
            "its deployment was not proven before, with requests and the settings of {stage}"
        );
        findings.at(first, LintCode::ProofMissing, what);
    }
}

/// Whether a difference is just these patches, and there is any.
fn says(but: &[PatchedMethod], patches: &BTreeMap<&MethodRef, &IntegrationPatch>) -> bool {
    let said: BTreeMap<_, _> = but.iter().map(|one| (&one.method, &one.patch)).collect();
    !said.is_empty() && said.len() == but.len() && said == *patches
}

fn shares(findings: &mut Findings<'_>, moves: &[(usize, &Step)]) {
    let chosen = &findings.plan.body.choices.canary;
    let rising = chosen.is_sorted_by(|one, next| one < next);
    let mut expected = chosen.iter();
    for (place, step) in moves {
        let Operation::SetCanary { percent, .. } = &step.operation else {
            continue;
        };
        if expected.next() != Some(percent) || !rising {
            let what = format!("{percent} is not the next of the shares that were chosen");
            findings.at(*place, LintCode::CanaryNotChosen, what);
        }
    }
    if let (Some(left), Some((place, _))) = (expected.next(), moves.last()) {
        let what = format!("its stage is never given the share of {left} that was chosen");
        findings.at(*place, LintCode::CanaryNotChosen, what);
    }
}

fn finished(findings: &mut Findings<'_>, stage: &StageName, moves: &[(usize, &Step)]) {
    let set = |step: &Step| matches!(step.operation, Operation::SetDeployment { .. });
    let Some((place, last)) = moves.last() else {
        return;
    };
    if !set(last) {
        let what = format!("stage {stage} is not moved to the end: it keeps its old deployment");
        findings.at(*place, LintCode::NotFinished, what);
    }
}

/// What one patch may change.
fn patched(findings: &mut Findings<'_>, place: usize, step: &Step) {
    let Operation::UpdateIntegration { method, patch } = &step.operation else {
        return;
    };
    let before = step.preconditions.iter().find_map(|one| match one {
        Condition::IntegrationIs { method: m, patch } if m == method => Some(patch),
        _ => None,
    });
    let to_link = matches!(patch.connection_id, ConnectionId::Link(_));
    if !to_link || patch.integration_target.is_none() {
        let what = "it leads to no link of version 2, or does not say to which load balancer";
        findings.at(place, LintCode::NotFinished, what);
    }
    let Some(before) = before else {
        let what = "it does not ask what the integration says before";
        findings.at(place, LintCode::BeforeNotAsked, what);
        return;
    };
    let path = |patch: &IntegrationPatch| patch.uri.as_ref().map(|uri| uri.path().clone());
    if path(patch) != path(before) {
        let what = "the path of the address changes, or its old address is not told";
        findings.at(place, LintCode::AddressChanged, what);
    }
}

/// Whether a step asks what stands there before.
fn asked(findings: &mut Findings<'_>, place: usize, step: &Step) {
    let asks = |wanted: &dyn Fn(&Condition) -> bool| step.preconditions.iter().any(wanted);
    let is_asked = match &step.operation {
        Operation::CreateStage { api, stage, .. } => asks(
            &|one| matches!(one, Condition::StageGone { api: a, stage: s } if a == api && s == stage),
        ),
        Operation::FurnishStage { api, stage, .. } => asks(&|one| runs(one, api, stage)),
        Operation::SetCanary { api, stage, .. } => {
            asks(&|one| runs(one, api, stage) || in_canary(one, api, stage))
        }
        Operation::RemoveCanary { api, stage } => asks(&|one| in_canary(one, api, stage)),
        Operation::SetDeployment { api, stage, .. } => asks(&|one| runs(one, api, stage)),
        _ => true,
    };
    if !is_asked {
        let what = "it does not ask what stands there before";
        findings.at(place, LintCode::BeforeNotAsked, what);
    }
}

/// Whether a condition says what a stage runs.
fn runs(condition: &Condition, api: &RestApiId, stage: &StageName) -> bool {
    matches!(condition, Condition::StageRuns { api: a, stage: s, .. } if a == api && s == stage)
}

/// Whether a condition says which canary release a stage has, and its share.
fn in_canary(condition: &Condition, api: &RestApiId, stage: &StageName) -> bool {
    matches!(condition, Condition::CanaryIs { api: a, stage: s, percent: Some(_), .. }
        if a == api && s == stage)
}

/// H30, H35
fn waits(findings: &mut Findings<'_>, place: usize, step: &Step) {
    let chosen = findings.plan.body.choices.bake_seconds;
    let waits = match (&step.operation, &step.gate) {
        (
            Operation::SetCanary { api, stage, .. },
            Some(Gate::Bake {
                api: a,
                stage: s,
                seconds,
            }),
        ) => a == api && s == stage && *seconds == chosen,
        (Operation::SetDeployment { .. }, Some(Gate::Drain { seconds })) => {
            *seconds >= DRAIN_SECONDS
        }
        (Operation::SetCanary { .. } | Operation::SetDeployment { .. }, _) => false,
        _ => true,
    };
    if !waits {
        let what =
            "what follows it does not wait: its gate is missing, of another stage, or too short";
        findings.at(place, LintCode::GateMissing, what);
    }
}
