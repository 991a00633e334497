//! The steps that move a REST API: baseline, rewire, proof, and a shift for each stage.

use unbridge_model::apigateway::Stage;
use unbridge_model::id::{DeploymentId, LoadBalancerArn, RestApiId, StageName, StepId};
use unbridge_model::plan::condition::{Condition, Gate, PatchedMethod};
use unbridge_model::plan::operation::{
    ConnectionId, IntegrationPatch, MethodRef, Operation, Percent,
};
use unbridge_model::plan::value::Later;
use unbridge_model::plan::{Phase, Step, Undo};
use unbridge_model::text::Text;

use crate::ground::{Ground, back, back_if, step};
use crate::links::{Links, Reach};
use crate::rest::RestMove;

/// How long a change of a stage may take to be read back, in seconds.
const STAGE_SECONDS: u32 = 60;
/// How long a temporary stage may take to be exported like its model, in seconds.
const EXPORT_SECONDS: u32 = 120;

/// The steps of one API. Methods that lead to an ALB without a link are left out; without any
/// there is no step.
pub(crate) fn steps(ground: &Ground<'_>, mut moved: RestMove<'_>, links: &Links) -> Vec<Step> {
    let methods = std::mem::take(&mut moved.methods);
    let mut patches = Vec::with_capacity(methods.len());
    let mut admitted = Vec::new();
    let mut last: Option<(LoadBalancerArn, &Reach)> = None;
    for method in methods {
        let alb = method.to.alb;
        let reach = match last {
            Some((known, reach)) if known == alb => reach,
            Some(_) | None => {
                let Some(reach) = links.reach.get(&alb) else {
                    last = None;
                    continue;
                };
                for condition in &reach.admitted {
                    if !admitted.contains(condition) {
                        admitted.push(condition.clone());
                    }
                }
                reach
            }
        };
        last = Some((alb.clone(), reach));
        patches.push(Patch {
            method: method.method,
            old: method.old,
            new: IntegrationPatch {
                connection_id: ConnectionId::Link(reach.link.clone()),
                integration_target: Some(alb),
                uri: method.uri,
            },
        });
    }
    if patches.is_empty() {
        return Vec::new();
    }
    let mut writer = Writer {
        ground,
        moved: &moved,
        patches,
        admitted,
        steps: Vec::new(),
    };
    writer.baseline();
    writer.rewire();
    let deploy = writer.deploy();
    for stage in &moved.stages {
        writer.prove(stage, &deploy);
    }
    for stage in &moved.stages {
        writer.shift(stage, &deploy);
    }
    writer.steps
}

struct Patch {
    method: MethodRef,
    old: IntegrationPatch,
    new: IntegrationPatch,
}

struct Writer<'g, 'a> {
    ground: &'g Ground<'a>,
    moved: &'g RestMove<'a>,
    patches: Vec<Patch>,
    /// What has to hold for requests over the new links to be let in (H33).
    admitted: Vec<Condition>,
    steps: Vec<Step>,
}

impl Writer<'_, '_> {
    fn api(&self) -> RestApiId {
        self.moved.api.id.clone()
    }

    fn id(&self, words: &[&str]) -> StepId {
        let mut all = vec![self.moved.api.id.as_str()];
        all.extend(words);
        StepId::of_words(&all)
    }

    fn add(&mut self, id: StepId, phase: Phase, operation: Operation, undo: Undo) -> &mut Step {
        let at = self.steps.len();
        self.steps.push(step(id, phase, operation, undo));
        &mut self.steps[at]
    }

    fn temporary(&self, what: &str) -> Option<StageName> {
        StageName::new(self.ground.name(what)).ok()
    }

    fn deployment(&mut self, words: &[&str], phase: Phase, what: &str) -> StepId {
        let id = self.id(words);
        let api = self.api();
        let description = Text::from(format!("{}: {what}", self.ground.name("plan")));
        let create = Operation::CreateDeployment {
            api: api.clone(),
            description,
        };
        let delete = Operation::DeleteDeployment {
            api,
            deployment: Later::From(id.clone()),
        };
        self.add(id.clone(), phase, create, back(delete));
        id
    }

    /// A temporary stage, which shows that a deployment says the same as a stage but for patches,
    /// once it has all that decides who gets through; and its end.
    fn temporary_stage(&mut self, temporary: Temporary<'_>) {
        let Temporary {
            name,
            phase,
            deployment,
            like,
            alike,
            but,
            gate,
        } = temporary;
        let Some(stage) = self.temporary(name) else {
            return;
        };
        let api = self.api();
        let gone = Condition::StageGone {
            api: api.clone(),
            stage: stage.clone(),
        };
        let create = Operation::CreateStage {
            api: api.clone(),
            stage: stage.clone(),
            deployment: Later::From(deployment.clone()),
            like: like.name.clone(),
            tags: self.ground.tags(),
        };
        let furnish = Operation::FurnishStage {
            api: api.clone(),
            stage: stage.clone(),
            like: like.name.clone(),
        };
        let delete = Operation::DeleteStage {
            api: api.clone(),
            stage: stage.clone(),
        };
        let runs = Condition::StageRuns {
            api: api.clone(),
            stage: stage.clone(),
            deployment: Later::From(deployment.clone()),
        };
        let furnished = Condition::StageFurnished {
            api: api.clone(),
            stage: stage.clone(),
            like: like.name.clone(),
        };
        let ids = [
            &[name, "stage"],
            &[name, "furnish"],
            &[name, "delete-stage"],
        ];
        let [made, given, ended] = ids.map(|words| self.id(words));
        let same = alike.iter().map(|one| Condition::StagesAlike {
            api: api.clone(),
            stage: stage.clone(),
            like: one.name.clone(),
            but: but.clone(),
        });
        let same: Vec<Condition> = same.collect();
        let (gate, admitted) = match gate {
            Proven::ByExport => (None, Vec::new()),
            Proven::ByRequests => {
                let proof = Gate::Proof {
                    api: api.clone(),
                    stage: stage.clone(),
                    like: like.name.clone(),
                };
                (Some(proof), self.admitted.clone())
            }
        };
        let step = self.add(made, phase, create, back(delete.clone()));
        step.preconditions.push(gone.clone());
        // It goes with its stage.
        let step = self.add(given, phase, furnish, Undo::Nothing);
        step.preconditions.push(runs);
        step.preconditions.extend(admitted);
        step.verification.push(furnished);
        step.verification.extend(same);
        step.verify_within = EXPORT_SECONDS;
        step.gate = gate;
        let step = self.add(ended, phase, delete, Undo::Nothing);
        step.verification.push(gone);
        step.verify_within = STAGE_SECONDS;
    }

    /// Shows that the draft is what every stage runs (H24).
    fn baseline(&mut self) {
        let Some(first) = self.moved.stages.first() else {
            return;
        };
        let deployment = self.deployment(&["baseline-deploy"], Phase::Baseline, "the draft before");
        self.temporary_stage(Temporary {
            name: "baseline",
            phase: Phase::Baseline,
            deployment: &deployment,
            like: first,
            alike: &self.moved.stages,
            but: Vec::new(),
            gate: Proven::ByExport,
        });
        let delete = Operation::DeleteDeployment {
            api: self.api(),
            deployment: Later::From(deployment),
        };
        let id = self.id(&["baseline-delete-deployment"]);
        self.add(id, Phase::Baseline, delete, Undo::Nothing);
    }

    fn rewire(&mut self) {
        // Links that stand there already, and rules of theirs, may have gone since the scan.
        let mut standing = self.admitted.clone();
        let patches = std::mem::take(&mut self.patches);
        self.steps.reserve(patches.len());
        for (number, patch) in patches.iter().enumerate() {
            let Patch { method, old, new } = patch;
            let is = |patch: &IntegrationPatch| Condition::IntegrationIs {
                method: method.clone(),
                patch: patch.clone(),
            };
            let update = |patch: &IntegrationPatch| Operation::UpdateIntegration {
                method: method.clone(),
                patch: patch.clone(),
            };
            let undo = back_if(update(old), vec![is(new)]);
            let id = self.id(&["rewire", &(number + 1).to_string()]);
            let step = self.add(id, Phase::Rewire, update(new), undo);
            step.preconditions = std::mem::take(&mut standing);
            step.preconditions.reserve_exact(1);
            step.preconditions.push(is(old));
            step.verification = vec![is(new)];
            step.verify_within = STAGE_SECONDS;
        }
        self.patches = patches;
    }

    fn deploy(&mut self) -> StepId {
        self.deployment(&["deploy"], Phase::Shift, "over the new link")
    }

    /// Proves the change with requests, under the variables and the certificate of a stage (H28).
    fn prove(&mut self, stage: &Stage, deployment: &StepId) {
        let but = self.patches.iter().map(|patch| PatchedMethod {
            method: patch.method.clone(),
            patch: patch.new.clone(),
        });
        let but = but.collect();
        let name = format!("proof-{}", stage.name);
        self.temporary_stage(Temporary {
            name: &name,
            phase: Phase::Shift,
            deployment,
            like: stage,
            alike: &[stage],
            but,
            gate: Proven::ByRequests,
        });
    }

    /// Moves the requests of a stage over, share by share.
    fn shift(&mut self, stage: &Stage, deployment: &StepId) {
        let shift = Shift {
            api: self.api(),
            stage: stage.name.clone(),
            old: Later::Known(stage.deployment.clone()),
            new: Later::From(deployment.clone()),
        };
        let name = stage.name.as_str();
        let shares = self.ground.choices.canary.clone();
        let mut before = shift.runs(&shift.old);
        for percent in &shares {
            let id = self.id(&[name, "canary", &percent.get().to_string()]);
            let admitted = self.admitted.clone();
            let bake = Gate::Bake {
                api: shift.api.clone(),
                stage: shift.stage.clone(),
                seconds: self.ground.choices.bake_seconds,
            };
            let step = self.add(
                id,
                Phase::Shift,
                shift.set_canary(*percent),
                shift.no_canary(),
            );
            step.preconditions.push(before);
            step.preconditions.extend(admitted);
            before = shift.canary(Some(*percent));
            step.verification.push(before.clone());
            step.verify_within = STAGE_SECONDS;
            step.gate = Some(bake);
        }
        if !shares.is_empty() {
            let id = self.id(&[name, "end-canary"]);
            let step = self.add(id, Phase::Shift, shift.remove_canary(), Undo::Nothing);
            step.preconditions.push(before);
            step.verification.push(shift.runs(&shift.old));
            step.verify_within = STAGE_SECONDS;
        }
        let undo = back_if(shift.set(&shift.old), vec![shift.runs(&shift.new)]);
        let (id, admitted) = (self.id(&[name, "promote"]), self.admitted.clone());
        let seconds = self.moved.drain_seconds;
        let step = self.add(id, Phase::Shift, shift.set(&shift.new), undo);
        step.preconditions.push(shift.runs(&shift.old));
        step.preconditions.extend(admitted);
        step.verification.push(shift.runs(&shift.new));
        step.verify_within = STAGE_SECONDS;
        step.gate = Some(Gate::Drain { seconds });
    }
}

/// How a temporary stage is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proven {
    ByExport,
    ByRequests,
}

struct Temporary<'a> {
    name: &'a str,
    phase: Phase,
    deployment: &'a StepId,
    like: &'a Stage,
    /// The stages it is compared with.
    alike: &'a [&'a Stage],
    but: Vec<PatchedMethod>,
    gate: Proven,
}

/// A stage between two deployments.
struct Shift {
    api: RestApiId,
    stage: StageName,
    old: Later<DeploymentId>,
    new: Later<DeploymentId>,
}

impl Shift {
    fn runs(&self, deployment: &Later<DeploymentId>) -> Condition {
        Condition::StageRuns {
            api: self.api.clone(),
            stage: self.stage.clone(),
            deployment: deployment.clone(),
        }
    }

    fn canary(&self, percent: Option<Percent>) -> Condition {
        Condition::CanaryIs {
            api: self.api.clone(),
            stage: self.stage.clone(),
            deployment: self.new.clone(),
            percent,
        }
    }

    fn set_canary(&self, percent: Percent) -> Operation {
        Operation::SetCanary {
            api: self.api.clone(),
            stage: self.stage.clone(),
            deployment: self.new.clone(),
            percent,
        }
    }

    fn remove_canary(&self) -> Operation {
        Operation::RemoveCanary {
            api: self.api.clone(),
            stage: self.stage.clone(),
        }
    }

    fn no_canary(&self) -> Undo {
        back_if(self.remove_canary(), vec![self.canary(None)])
    }

    fn set(&self, deployment: &Later<DeploymentId>) -> Operation {
        Operation::SetDeployment {
            api: self.api.clone(),
            stage: self.stage.clone(),
            deployment: deployment.clone(),
        }
    }
}
