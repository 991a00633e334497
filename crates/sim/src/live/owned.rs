//! Whose a thing is: by its tags, or by its description where it can have none.

use std::time::Duration;

use unbridge_model::apigateway::Tags;
use unbridge_model::gap::GapClass;
use unbridge_model::journal::{Owner, RUN_TAG, STEP_TAG};
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::value::{Output, Settled};
use unbridge_model::port::{ReadError, WriteError};
use unbridge_model::text::Text;

use super::groups::groups;
use super::world::World;

/// How long a new thing is not found by those who look for it. Rule `lists-lag`.
pub const VISIBLE_AFTER: Duration = Duration::from_secs(5);

/// A description that names the owner. Rule `description-names-owner`.
pub(super) fn described(description: &Text, owner: &Owner) -> Text {
    let mark = owner.mark();
    match description.is_empty() {
        true => Text::from(mark),
        false => Text::from(format!("{description} {mark}")),
    }
}

/// Rule `tags-name-owner`.
fn is_tagged(tags: &Tags, owner: &Owner) -> bool {
    let is = |key: &str, value: &str| tags.get(key).is_some_and(|known| known == value);
    is(RUN_TAG, owner.run.as_str()) && is(STEP_TAG, owner.step.as_str())
}

impl World {
    pub(super) fn find_owned(
        &mut self,
        owner: &Owner,
        operation: &Operation<Settled>,
    ) -> Result<Vec<Output>, ReadError> {
        self.pay_for_search(operation.makes())?;
        let state = self.state().map_err(unreadable)?;
        let marked = |api: &str| -> Vec<Text> {
            let mark = owner.mark();
            let of_api = self.descriptions.iter().filter(|((of, _), _)| of == api);
            of_api
                .filter(|(_, text)| text.split(' ').any(|word| word == mark))
                .map(|((_, id), _)| id.clone())
                .collect()
        };
        let found: Vec<Output> = match operation {
            Operation::CreateSecurityGroup { .. } => groups(state)
                .filter(|group| is_tagged(&group.tags, owner))
                .map(|group| Output::SecurityGroup(group.id.clone()))
                .collect(),
            Operation::CreateVpcLink { .. } => state
                .v2_links()
                .filter(|link| is_tagged(&link.tags, owner))
                .map(|link| Output::VpcLink(link.id.clone()))
                .collect(),
            Operation::CreateDeployment { api, .. } => {
                let known = state.rest_api(api);
                let ids = known.iter().flat_map(|api| api.deployments.keys());
                let marked = marked(api.as_str());
                ids.filter(|id| marked.iter().any(|known| known == id.as_str()))
                    .map(|id| Output::Deployment(id.clone()))
                    .collect()
            }
            Operation::CreateHttpDeployment { api, .. } => {
                let marked = marked(api.as_str());
                let kept = self.http.keys().filter(|(of, _)| of == api);
                kept.filter(|(_, id)| marked.iter().any(|known| known == id.as_str()))
                    .map(|(_, id)| Output::Deployment(id.clone()))
                    .collect()
            }
            Operation::CreateHttpIntegration { api, .. } => {
                let known = state.http_api(api);
                let integrations = known.iter().flat_map(|known| &known.api.integrations);
                let marked = marked(api.as_str());
                integrations
                    .flatten()
                    .filter(|one| marked.iter().any(|known| known == one.id.as_str()))
                    .map(|one| Output::HttpIntegration(one.id.clone()))
                    .collect()
            }
            Operation::RevokeDefaultEgress { .. }
            | Operation::AuthorizeRule { .. }
            | Operation::RevokeRule { .. }
            | Operation::DeleteSecurityGroup { .. }
            | Operation::DeleteVpcLink { .. }
            | Operation::UpdateIntegration { .. }
            | Operation::DeleteDeployment { .. }
            | Operation::CreateStage { .. }
            | Operation::FurnishStage { .. }
            | Operation::DeleteStage { .. }
            | Operation::SetCanary { .. }
            | Operation::RemoveCanary { .. }
            | Operation::SetDeployment { .. }
            | Operation::DeleteHttpIntegration { .. }
            | Operation::UpdateRoute { .. }
            | Operation::DeleteHttpDeployment { .. }
            | Operation::SetHttpDeployment { .. }
            | Operation::DeleteV1Link { .. }
            | Operation::DeregisterTarget { .. }
            | Operation::RegisterTarget { .. }
            | Operation::DeleteLoadBalancer { .. }
            | Operation::DeleteTargetGroup { .. } => Vec::new(),
        };
        let is_visible = |output: &Output| {
            let made = self.fresh.get(output);
            made.is_none_or(|made| *made + VISIBLE_AFTER <= self.now)
        };
        Ok(found.into_iter().filter(is_visible).collect())
    }
}

/// A region that cannot be written cannot be read either.
pub(super) fn unreadable(error: WriteError) -> ReadError {
    ReadError::new(GapClass::Credentials, error.message)
}
