//! For how long others cannot deploy an API as usual (H25, H26).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use unbridge_model::id::StageName;
use unbridge_model::plan::Step;
use unbridge_model::plan::forecast::RefusedDeployments;
use unbridge_model::plan::operation::Operation;
use unbridge_model::text::Text;

use super::seconds;

/// The times in which others cannot deploy.
pub(super) struct Refused {
    /// From when until when, by API and stage.
    spans: BTreeMap<(Text, Option<StageName>), [Duration; 2]>,
    /// APIs that are deployed. What is changed in the others is live at once and waits for nobody.
    deployed: BTreeSet<Text>,
    /// The draft of the last step's API: steps of an API follow each other.
    last: Option<Draft>,
}

/// The draft of an API, and from when until when others cannot ship it.
struct Draft {
    api: Text,
    span: Option<[Duration; 2]>,
}

/// What a step means for the deployments of others.
enum Turn<'a> {
    /// The draft begins to hold what nobody else may ship.
    Draft,
    /// The stage begins to refuse deployments, or goes on doing so.
    Canary(&'a StageName),
    /// Once this is done, the stage takes deployments again.
    Promote(&'a StageName),
    /// Something else is done to the API.
    Other,
}

impl Refused {
    pub(super) fn of(steps: &[Step]) -> Self {
        let deployed = steps.iter().filter_map(|step| match &step.operation {
            Operation::CreateDeployment { api, .. } => Some(api.clone().into()),
            Operation::CreateHttpDeployment { api, .. } => Some(api.clone().into()),
            _ => None,
        });
        Self {
            spans: BTreeMap::new(),
            deployed: deployed.collect(),
            last: None,
        }
    }

    /// A step: when it began, when its change was seen, when it was over.
    pub(super) fn note(&mut self, step: &Step, [began, seen, over]: [Duration; 3]) {
        let Some((api, turn)) = turn(&step.operation) else {
            return;
        };
        match turn {
            Turn::Draft | Turn::Other => {}
            Turn::Canary(stage) => {
                let canary = self.spans.entry((api.clone(), Some(stage.clone())));
                canary.or_insert([began, over])[1] = over;
            }
            Turn::Promote(stage) => {
                if let Some(canary) = self.spans.get_mut(&(api.clone(), Some(stage.clone()))) {
                    canary[1] = seen;
                }
            }
        }
        let mut draft = match self.last.take() {
            Some(last) if last.api == api => last,
            other => {
                self.keep(other);
                let span = self.spans.remove(&(api.clone(), None));
                Draft { api, span }
            }
        };
        let starts = draft.span.is_none() && matches!(turn, Turn::Draft);
        if starts && self.deployed.contains(&draft.api) {
            draft.span = Some([began, over]);
        }
        if let Some([_, until]) = &mut draft.span {
            *until = over;
        }
        self.last = Some(draft);
    }

    fn keep(&mut self, draft: Option<Draft>) {
        if let Some(Draft {
            api,
            span: Some(span),
        }) = draft
        {
            self.spans.insert((api, None), span);
        }
    }

    pub(super) fn told(mut self) -> Vec<RefusedDeployments> {
        let last = self.last.take();
        self.keep(last);
        let spans = self.spans.into_iter();
        spans
            .map(|((api, stage), [from, until])| RefusedDeployments {
                api,
                stage,
                seconds: seconds(until.saturating_sub(from)),
            })
            .collect()
    }
}

/// The API that an operation changes, and what that means for others; `None` when it changes none.
fn turn(operation: &Operation) -> Option<(Text, Turn<'_>)> {
    use Operation as O;
    Some(match operation {
        O::UpdateIntegration { method, .. } => (method.api.clone().into(), Turn::Draft),
        O::SetCanary { api, stage, .. } | O::RemoveCanary { api, stage } => {
            (api.clone().into(), Turn::Canary(stage))
        }
        O::SetDeployment { api, stage, .. } => (api.clone().into(), Turn::Promote(stage)),
        O::CreateDeployment { api, .. }
        | O::DeleteDeployment { api, .. }
        | O::CreateStage { api, .. }
        | O::FurnishStage { api, .. }
        | O::DeleteStage { api, .. } => (api.clone().into(), Turn::Other),
        O::UpdateRoute { api, .. } => (api.clone().into(), Turn::Draft),
        O::CreateHttpIntegration { api, .. }
        | O::DeleteHttpIntegration { api, .. }
        | O::CreateHttpDeployment { api, .. }
        | O::DeleteHttpDeployment { api, .. }
        | O::SetHttpDeployment { api, .. } => (api.clone().into(), Turn::Other),
        O::CreateSecurityGroup { .. }
        | O::RevokeDefaultEgress { .. }
        | O::AuthorizeRule { .. }
        | O::RevokeRule { .. }
        | O::DeleteSecurityGroup { .. }
        | O::CreateVpcLink { .. }
        | O::DeleteVpcLink { .. }
        | O::DeleteV1Link { .. }
        | O::DeregisterTarget { .. }
        | O::RegisterTarget { .. }
        | O::DeleteLoadBalancer { .. }
        | O::DeleteTargetGroup { .. } => return None,
    })
}
