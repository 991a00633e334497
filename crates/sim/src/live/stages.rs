//! Stages of REST APIs and their canary releases.

use unbridge_model::apigateway::Tags;
use unbridge_model::id::{DeploymentId, RestApiId, StageName};
use unbridge_model::journal::Owner;
use unbridge_model::plan::operation::Percent;
use unbridge_model::route::AnyApi;

use super::switches::{FirstCanaryPatch, SwitchKind};
use super::world::{Changed, World, not_yet, owned, refused};
use crate::account::{CanaryState, RawVariables, StageState};

/// Stages of one API. Rule `stage-quota`.
const STAGES: usize = 10;

impl World {
    /// Changes a stage, and remembers what it ran before.
    fn changing_stage(
        &mut self,
        api: &RestApiId,
        name: &StageName,
        change: impl FnOnce(&mut StageState),
    ) -> Changed {
        self.changing(&AnyApi::Rest(api.clone()), |world| {
            change(world.stage_mut(api, name)?);
            Ok(())
        })
    }

    pub(super) fn create_stage(
        &mut self,
        api: &RestApiId,
        name: &StageName,
        deployment: &DeploymentId,
        like: &StageName,
        tags: &Tags,
        owner: &Owner,
    ) -> Changed {
        let known = self.rest_api(api)?;
        // Rule `stage-name`.
        let letter = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        if !name.as_str().chars().all(letter) || name.as_str().len() > 128 {
            return Err(refused(
                "BadRequestException: Stage name only allows a-zA-Z0-9_- and at most 128 of them",
            ));
        }
        // Rule `stage-exists`.
        if known.stage(name).is_some() {
            return Err(refused("ConflictException: Stage already exists"));
        }
        if known.stages.len() >= self.granted.stages.unwrap_or(STAGES) {
            return Err(refused(
                "LimitExceededException: Maximum number of stages for this API has been reached",
            ));
        }
        self.deployment_exists(api, deployment)?;
        // Rule `stage-like-another`: variables and client certificate; no cache, no canary release.
        // Rule `stage-unfurnished`: the rest takes calls of its own, whose fate is not known.
        let like = self.stage(api, like)?;
        let stage = StageState {
            name: name.clone(),
            deployment: deployment.clone(),
            canary: None,
            variables: like.variables.clone(),
            client_certificate: like.client_certificate.clone(),
            cache: None,
            tags: owned(tags, owner),
        };
        self.changing(&AnyApi::Rest(api.clone()), |world| {
            world.rest_api_mut(api)?.stages.push(stage);
            world.unfurnished.insert((api.clone(), name.clone()));
            Ok(())
        })
    }

    /// Rule `stage-furnished`: whatever it lacks, as often as it is sent.
    pub(super) fn furnish_stage(
        &mut self,
        api: &RestApiId,
        name: &StageName,
        like: &StageName,
    ) -> Changed {
        let certificate = self.stage(api, like)?.client_certificate.clone();
        let stage = self.stage_mut(api, name)?;
        stage.client_certificate = certificate.or(stage.client_certificate.take());
        self.unfurnished.remove(&(api.clone(), name.clone()));
        Ok(())
    }

    pub(super) fn delete_stage(&mut self, api: &RestApiId, name: &StageName) -> Changed {
        self.stage(api, name)?;
        self.changing(&AnyApi::Rest(api.clone()), |world| {
            let stages = &mut world.rest_api_mut(api)?.stages;
            stages.retain(|stage| stage.name != *name);
            world.unfurnished.remove(&(api.clone(), name.clone()));
            Ok(())
        })
    }

    /// Both patches in one call: `/canarySettings/deploymentId` and `/percentTraffic`.
    pub(super) fn set_canary(
        &mut self,
        api: &RestApiId,
        name: &StageName,
        deployment: &DeploymentId,
        percent: Percent,
    ) -> Changed {
        let stage = self.stage(api, name)?;
        self.deployment_exists(api, deployment)?;
        // With the stage's own deployment both settings come to the same.
        if stage.canary.is_none() && stage.deployment != *deployment {
            self.asked.insert(SwitchKind::FirstCanaryPatch);
        }
        let first = self.switches.first_canary_patch;
        self.changing_stage(api, name, |stage| {
            let percent = f64::from(percent.get());
            match (&mut stage.canary, first) {
                // Rule `canary-patch-replaces`: somebody else's release is taken over, and its
                // variables stay.
                (Some(canary), _) => {
                    canary.deployment = deployment.clone();
                    canary.percent = percent;
                }
                // Rule `canary-patch-creates`.
                (canary @ None, FirstCanaryPatch::AsSent) => {
                    *canary = Some(release(deployment.clone(), percent));
                }
                // Rule `canary-patch-on-own-deployment`.
                (canary @ None, FirstCanaryPatch::OnOwnDeployment) => {
                    *canary = Some(release(stage.deployment.clone(), percent));
                }
            }
        })
    }

    pub(super) fn remove_canary(&mut self, api: &RestApiId, name: &StageName) -> Changed {
        // Rule `canary-to-remove`.
        if self.stage(api, name)?.canary.is_none() {
            return Err(refused(
                "BadRequestException: Invalid patch path /canarySettings: the stage has no canary release",
            ));
        }
        // Rule `canary-removal`: all requests run the stage's own deployment.
        self.changing_stage(api, name, |stage| stage.canary = None)
    }

    pub(super) fn set_deployment(
        &mut self,
        api: &RestApiId,
        name: &StageName,
        deployment: &DeploymentId,
    ) -> Changed {
        let stage = self.stage(api, name)?;
        // First: what is not there will not be there once the canary release is gone.
        self.deployment_exists(api, deployment)?;
        // Rule `canary-holds-stage`: only the canary's own deployment may be put on the stage.
        let held = stage.canary.as_ref().is_some_and(|canary| {
            canary.deployment != *deployment && stage.deployment != *deployment
        });
        if held {
            return Err(not_yet(
                "BadRequestException: Cannot set a non-canary deployment on a stage with canary settings",
            ));
        }
        // Rule `stage-runs-any-deployment`: an old one as well, at once.
        self.changing_stage(api, name, |stage| stage.deployment = deployment.clone())
    }
}

fn release(deployment: DeploymentId, percent: f64) -> CanaryState {
    CanaryState {
        deployment,
        percent,
        overrides: RawVariables::new(),
    }
}
