//! Whether every step reads back what it brings about: an answer alone says that AWS took a request,
//! not that it did what was meant (H27).

use unbridge_model::plan::Step;
use unbridge_model::plan::condition::Condition;
use unbridge_model::plan::operation::{Effect, Operation};
use unbridge_model::plan::value::Later;

use super::code::LintCode;
use super::findings::Findings;

pub(super) fn check(findings: &mut Findings<'_>) {
    for (place, step) in findings.steps() {
        if !is_read_back(step) {
            let what = "it does not read back what it brings about";
            findings.at(place, LintCode::NotReadBack, what);
        }
    }
}

fn is_read_back(step: &Step) -> bool {
    let seen = &step.verification;
    match &step.operation {
        Operation::CreateSecurityGroup { vpc, .. } => seen.contains(&Condition::GroupStands {
            vpc: vpc.clone(),
            group: Later::From(step.id.clone()),
        }),
        // Nothing rests on its being gone, and one that a stage runs AWS does not delete.
        Operation::DeleteDeployment { .. } => true,
        // What it is made for says more: it is compared with a stage, or nothing uses it.
        Operation::CreateStage { .. } => true,
        // That the stage runs its own deployment alone says as much and more.
        Operation::RemoveCanary { api, stage } => seen.iter().any(|one| match one {
            Condition::NoCanary { api: a, stage: s }
            | Condition::StageRuns {
                api: a, stage: s, ..
            } => a == api && s == stage,
            _ => false,
        }),
        operation => match operation.effect() {
            Effect::Makes(_) => true,
            Effect::Brings(effect) => seen.contains(&effect),
        },
    }
}
