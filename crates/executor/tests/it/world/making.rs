//! What a change does to the small account.

use unbridge_model::id::{DeploymentId, SecurityGroupId, StageName, VpcLinkId};
use unbridge_model::journal::Owner;
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::value::{Output, Settled};
use unbridge_model::port::{WriteError, WriteFailure};

use super::reading::{connection, written};
use super::{Account, Link, Stage, World, plain};

impl World {
    pub(super) fn make(
        &self,
        owner: &Owner,
        operation: &Operation<Settled>,
    ) -> Result<Option<Output>, WriteError> {
        use Operation as O;
        let now = self.now.get();
        let mut account = self.account.borrow_mut();
        let account = &mut *account;
        let missing =
            |what: &str| WriteError::new(WriteFailure::Refused, format!("no such {what}"));
        match operation {
            O::CreateSecurityGroup { .. } => {
                let id = self.id("sg-");
                account.groups.insert(id.clone(), Some(owner.clone()));
                account.open_egress.insert(id.clone());
                return Ok(Some(Output::SecurityGroup(
                    SecurityGroupId::new(id).unwrap(),
                )));
            }
            O::RevokeDefaultEgress { group } => {
                if !account.open_egress.remove(group.as_str()) {
                    return Err(missing("rule"));
                }
            }
            O::AuthorizeRule { group, rule } => {
                if !account.rules.insert(plain(group, rule)) {
                    let message = "the rule exists already";
                    return Err(WriteError::new(WriteFailure::Refused, message));
                }
            }
            O::RevokeRule { group, rule } => {
                if !account.rules.remove(&plain(group, rule)) {
                    return Err(missing("rule"));
                }
            }
            O::DeleteSecurityGroup { group } => {
                let id = group.as_str();
                let linked = account
                    .links
                    .values()
                    .any(|link| link.groups.iter().any(|one| one == id));
                let named = account.rules.iter().any(|(_, _, _, peer)| peer == id);
                if linked || named {
                    return Err(WriteError::new(WriteFailure::NotYet, "it has dependents"));
                }
                account.groups.remove(id).ok_or_else(|| missing("group"))?;
                account.rules.retain(|(of, ..)| of != id);
                account.open_egress.remove(id);
            }
            O::CreateVpcLink {
                security_groups, ..
            } => {
                let id = self.id("link");
                let groups = security_groups.iter().map(|id| id.as_str().to_owned());
                let link = Link {
                    owner: owner.clone(),
                    groups: groups.collect(),
                    available_at: now + self.link_takes.get(),
                };
                account.links.insert(id.clone(), link);
                return Ok(Some(Output::VpcLink(VpcLinkId::new(id).unwrap())));
            }
            O::DeleteVpcLink { link } => {
                if account.draft.connection == link.as_str() {
                    let message = "it is referenced in [ANY:abc]";
                    return Err(WriteError::new(WriteFailure::NotYet, message));
                }
                account
                    .links
                    .remove(link.as_str())
                    .ok_or_else(|| missing("link"))?;
            }
            O::UpdateIntegration { patch, .. } => {
                account.draft.connection = connection(patch);
                if let Some(target) = &patch.integration_target {
                    account.draft.target = Some(target.as_str().to_owned());
                }
                if let Some(uri) = &patch.uri {
                    account.draft.uri = written(uri);
                }
            }
            O::CreateDeployment { .. } => {
                let id = self.id("dep");
                let connection = account.draft.connection.clone();
                account
                    .deployments
                    .insert(id.clone(), (owner.mark(), connection));
                return Ok(Some(Output::Deployment(DeploymentId::new(id).unwrap())));
            }
            O::DeleteDeployment { deployment, .. } => {
                let id = deployment.as_str();
                let runs = |stage: &Stage| {
                    stage.deployment == id || stage.canary.iter().any(|(canary, _)| canary == id)
                };
                if account.stages.values().any(runs) {
                    let message = "Active stages pointing to this deployment must be moved";
                    return Err(WriteError::new(WriteFailure::Refused, message));
                }
                account
                    .deployments
                    .remove(id)
                    .ok_or_else(|| missing("deployment"))?;
            }
            O::CreateStage {
                stage, deployment, ..
            } => {
                let made = Stage {
                    deployment: deployment.as_str().to_owned(),
                    canary: None,
                };
                account.stages.insert(stage.as_str().to_owned(), made);
            }
            O::DeleteStage { stage, .. } => {
                let gone = account.stages.remove(stage.as_str());
                gone.ok_or_else(|| missing("stage"))?;
            }
            O::SetCanary {
                stage,
                deployment,
                percent,
                ..
            } => {
                let stage = find(account, stage).ok_or_else(|| missing("stage"))?;
                stage.canary = Some((deployment.as_str().to_owned(), percent.get()));
            }
            O::RemoveCanary { stage, .. } => {
                let stage = find(account, stage).ok_or_else(|| missing("stage"))?;
                stage.canary.take().ok_or_else(|| missing("canary"))?;
            }
            O::SetDeployment {
                stage, deployment, ..
            } => {
                let stage = find(account, stage).ok_or_else(|| missing("stage"))?;
                stage.deployment = deployment.as_str().to_owned();
            }
            O::DeleteV1Link { .. } => {}
            other => panic!("no plan of these tests does {other:?}"),
        }
        Ok(None)
    }
}

fn find<'a>(account: &'a mut Account, stage: &StageName) -> Option<&'a mut Stage> {
    account.stages.get_mut(stage.as_str())
}
