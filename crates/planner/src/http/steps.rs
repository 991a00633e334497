//! The steps that move an HTTP API: second integrations, then route by route, then a deployment for
//! stages that do not deploy by themselves.

use unbridge_model::id::{HttpApiId, HttpIntegrationId, StageName, StepId};
use unbridge_model::plan::condition::{Condition, Gate};
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::value::Later;
use unbridge_model::plan::{Phase, Step, Undo};
use unbridge_model::text::Text;

use super::{HttpMove, RouteMove};
use crate::ground::{Destination, Ground, back, back_if, step};
use crate::links::{Links, Reach};

/// How long a change may take to be read back, in seconds.
const READ_BACK_SECONDS: u32 = 60;

/// The steps of one API. Routes that lead to an ALB without a link are left out; without any there
/// is no step.
pub(crate) fn steps(ground: &Ground<'_>, moved: &HttpMove<'_>, links: &Links) -> Vec<Step> {
    let mut writer = Writer {
        ground,
        moved,
        admitted: Vec::new(),
        steps: Vec::new(),
    };
    let new = writer.integrations(links);
    if new.is_empty() {
        return Vec::new();
    }
    writer.routes(&new);
    writer.deployments();
    writer.steps
}

/// A second integration: the one it is like, where it leads to, and the step that makes it.
struct Second<'m> {
    like: &'m HttpIntegrationId,
    to: &'m Destination,
    reach: &'m Reach,
    made_by: StepId,
}

struct Writer<'g, 'a> {
    ground: &'g Ground<'a>,
    moved: &'g HttpMove<'a>,
    /// What has to hold for requests over the new links to be let in (H33).
    admitted: Vec<Condition>,
    steps: Vec<Step>,
}

impl<'g> Writer<'g, '_> {
    fn api(&self) -> HttpApiId {
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

    /// One for each pair of an integration and a listener that it leads to.
    fn integrations(&mut self, links: &'g Links) -> Vec<Second<'g>> {
        let mut all: Vec<Second<'g>> = Vec::new();
        for route in &self.moved.routes {
            let known = all
                .iter()
                .any(|one| *one.like == route.old && *one.to == route.to);
            let Some(reach) = links.reach.get(&route.to.alb).filter(|_| !known) else {
                continue;
            };
            let number = (all.len() + 1).to_string();
            let id = self.id(&["integration", &number]);
            let (api, made) = (self.api(), Later::From(id.clone()));
            let create = Operation::CreateHttpIntegration {
                api: api.clone(),
                like: route.old.clone(),
                link: reach.link.clone(),
                listener: route.to.listener.clone(),
            };
            let delete = Operation::DeleteHttpIntegration {
                api,
                integration: made,
            };
            self.add(id.clone(), Phase::Rewire, create, back(delete));
            for condition in &reach.admitted {
                if !self.admitted.contains(condition) {
                    self.admitted.push(condition.clone());
                }
            }
            all.push(Second {
                like: &route.old,
                to: &route.to,
                reach,
                made_by: id,
            });
        }
        all
    }

    fn routes(&mut self, new: &[Second<'_>]) {
        let mut number = 0_usize;
        for route in &self.moved.routes {
            let mut ours = new.iter();
            let Some(second) = ours.find(|one| *one.like == route.old && *one.to == route.to)
            else {
                continue;
            };
            number += 1;
            self.route(route, second, number);
        }
    }

    fn route(&mut self, route: &RouteMove, second: &Second<'_>, number: usize) {
        let id = self.id(&["route", &number.to_string()]);
        let (old, new) = (
            Later::Known(route.old.clone()),
            Later::From(second.made_by.clone()),
        );
        let goes_to = |integration: &Later<HttpIntegrationId>| Condition::RouteGoesTo {
            api: self.api(),
            route: route.id.clone(),
            integration: integration.clone(),
        };
        let update = |integration: &Later<HttpIntegrationId>| Operation::UpdateRoute {
            api: self.api(),
            route: route.id.clone(),
            key: route.key.clone(),
            integration: integration.clone(),
        };
        let (before, after) = (goes_to(&old), goes_to(&new));
        let undo = back_if(update(&old), vec![after.clone()]);
        let operation = update(&new);
        // Without a stage that follows at once no request meets it yet.
        let gate = (!self.moved.auto.is_empty()).then(|| self.bake(self.moved.auto.clone()));
        let admitted = second.reach.admitted.clone();
        let step = self.add(id, Phase::Shift, operation, undo);
        step.preconditions.push(before);
        step.preconditions.extend(admitted);
        step.verification.push(after);
        step.verify_within = READ_BACK_SECONDS;
        step.gate = gate;
    }

    fn bake(&self, stages: Vec<StageName>) -> Gate {
        Gate::BakeHttp {
            api: self.api(),
            stages,
            seconds: self.ground.choices.bake_seconds,
        }
    }

    /// One deployment for all stages that do not deploy by themselves.
    fn deployments(&mut self) {
        if self.moved.frozen.is_empty() {
            return;
        }
        let deploy = self.id(&["deploy"]);
        let create = Operation::CreateHttpDeployment {
            api: self.api(),
            description: Text::from(format!(
                "{}: routes over the new link",
                self.ground.name("plan")
            )),
        };
        let (api, made) = (self.api(), Later::From(deploy.clone()));
        let delete = Operation::DeleteHttpDeployment {
            api: api.clone(),
            deployment: made.clone(),
        };
        // AWS does not say that it refuses to delete what a stage runs.
        let unused = Condition::HttpDeploymentUnused {
            api,
            deployment: made,
        };
        let undo = back_if(delete, vec![unused]);
        self.add(deploy.clone(), Phase::Shift, create, undo);
        for (stage, old) in &self.moved.frozen {
            let runs = |deployment| Condition::HttpStageRuns {
                api: self.api(),
                stage: stage.clone(),
                deployment,
            };
            let set = |deployment| Operation::SetHttpDeployment {
                api: self.api(),
                stage: stage.clone(),
                deployment,
            };
            let (old, new) = (Later::Known(old.clone()), Later::From(deploy.clone()));
            let (before, after) = (runs(old.clone()), runs(new.clone()));
            let undo = back_if(set(old), vec![after.clone()]);
            let operation = set(new);
            let gate = self.bake(vec![stage.clone()]);
            let admitted = self.admitted.clone();
            let id = self.id(&[stage.as_str(), "set"]);
            let step = self.add(id, Phase::Shift, operation, undo);
            step.preconditions.push(before);
            step.preconditions.extend(admitted);
            step.verification.push(after);
            step.verify_within = READ_BACK_SECONDS;
            step.gate = Some(gate);
        }
    }
}
