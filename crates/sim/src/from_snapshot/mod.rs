//! A snapshot as an account that can be changed.
//!
//! What AWS holds beyond a snapshot stays unknown: what a deployment holds that no stage runs, raw
//! values behind digests, users of load balancers, what was measured. What a request's way depends
//! on has to be there; [`Unfit`] says what is not, for a rehearsal on guesses proves nothing.

mod sight;
#[cfg(test)]
mod tests;
mod unfit;

use std::collections::BTreeMap;

use unbridge_model::apigateway::{
    HttpApi, HttpDeployed, HttpStage, Method, RestApi, Setting, Stage, VariableValue, Variables,
};
use unbridge_model::call::DraftSetting;
use unbridge_model::id::{DeploymentId, Region, ResourceId};
use unbridge_model::snapshot::{RegionFacts, Snapshot};
use unbridge_model::text::Text;

use crate::account::{
    Account, CanaryState, Content, DeploymentState, HttpApiState, HttpRuns, HttpStageState,
    RawValues, RawVariables, RegionState, RestApiState, Shared, StageState,
};

pub use unfit::{Unfit, Unread};

/// When a deployment was made of which AWS did not tell it.
const LONG_AGO: &str = "1970-01-01T00:00:00Z";

/// What a snapshot saw, as an account.
///
/// # Errors
/// [`Unfit`] when a part was not read that a request's way may depend on, in any region.
pub fn account(snapshot: &Snapshot) -> Result<Account, Unfit> {
    of_regions(snapshot, snapshot.regions.keys())
}

/// What a snapshot saw of one region, as an account that has no other.
///
/// # Errors
/// [`Unfit`] when a part of that region was not read that a request's way may depend on.
pub fn account_in(snapshot: &Snapshot, region: &Region) -> Result<Account, Unfit> {
    of_regions(snapshot, [region])
}

fn of_regions<'s>(
    snapshot: &Snapshot,
    regions: impl IntoIterator<Item = &'s Region>,
) -> Result<Account, Unfit> {
    let mut account = Account::new(snapshot.header.account.clone());
    let mut unread = Vec::new();
    for region in regions {
        match snapshot.regions.get(region) {
            Some(facts) => {
                let missing = sight::unread(facts, region, &snapshot.gaps);
                unread.extend(missing.into_iter().map(|what| (region.clone(), what)));
                account.regions.insert(region.clone(), region_state(facts));
            }
            None => unread.push((region.clone(), Unread::Region)),
        }
    }
    match unread.is_empty() {
        true => Ok(account),
        false => Err(Unfit { unread }),
    }
}

fn region_state(facts: &RegionFacts) -> RegionState {
    RegionState {
        links: facts
            .v1_links
            .values()
            .chain(facts.v2_links.values())
            .cloned()
            .collect(),
        rest_apis: facts.rest_apis.iter().map(rest_api).collect(),
        http_apis: facts.http_apis.iter().map(http_api).collect(),
        domain_names: facts.domain_names.clone(),
        load_balancers: facts.load_balancers.values().cloned().collect(),
        target_groups: facts.target_groups.values().cloned().collect(),
        certificates: facts.certificates.values().cloned().collect(),
        vpcs: facts.vpcs.values().cloned().collect(),
        network_interfaces: facts.network_interfaces.clone().into(),
        endpoint_services: facts.endpoint_services.clone().into(),
        ..RegionState::default()
    }
}

fn rest_api(api: &RestApi) -> RestApiState {
    RestApiState {
        settings: draft_settings(api.settings.as_deref()),
        deployments: deployments(api),
        stages: api.stages.iter().flatten().map(stage).collect(),
        raw: RawValues::new(),
        api: RestApi {
            settings: None,
            deployments: None,
            stages: None,
            ..api.clone()
        },
    }
}

fn draft_settings(settings: Option<&[Setting]>) -> Vec<DraftSetting> {
    let settings = settings.unwrap_or_default().iter().cloned();
    // A scan has put names where ids stood.
    settings
        .map(|setting| DraftSetting { id: None, setting })
        .collect()
}

/// What stages run are the deployments whose content is known.
fn deployments(api: &RestApi) -> BTreeMap<DeploymentId, Shared<DeploymentState>> {
    let listed = api.deployments.iter().flatten();
    let made: BTreeMap<&DeploymentId, Option<&Text>> = listed
        .map(|deployment| (&deployment.id, deployment.created_at.as_ref()))
        .collect();
    let unknown = |id: &DeploymentId| DeploymentState {
        created_at: made
            .get(id)
            .copied()
            .flatten()
            .cloned()
            .unwrap_or_else(|| Text::new(LONG_AGO)),
        methods: Vec::new(),
        settings: Vec::new(),
        content: Content::Unknown,
    };
    let stages = api.stages.iter().flatten();
    let canaries = stages.clone().filter_map(|stage| stage.canary.as_ref());
    let named = (made.keys().copied())
        .chain(stages.clone().map(|stage| &stage.deployment))
        .chain(canaries.map(|canary| &canary.deployment));
    let mut deployments: BTreeMap<_, _> = named
        .map(|id| (id.clone(), Shared::from(unknown(id))))
        .collect();
    let resources = resources(api);
    for stage in stages {
        if let (Some(methods), Some(known)) =
            (&stage.deployed, deployments.get_mut(&stage.deployment))
        {
            known.methods = methods
                .iter()
                .map(|method| with_resource(method, &resources))
                .collect();
            known.settings = draft_settings(stage.settings.as_deref());
            known.content = Content::Known;
        }
    }
    deployments
}

/// An export does not tell the ids of resources; those of paths that the draft has still are known.
fn resources(api: &RestApi) -> BTreeMap<&Text, ResourceId> {
    let methods = api.draft.iter().flatten();
    methods
        .filter_map(|method| Some((&method.path, method.resource?)))
        .collect()
}

fn with_resource(method: &Method, resources: &BTreeMap<&Text, ResourceId>) -> Method {
    let known = resources.get(&method.path).copied();
    Method {
        resource: method.resource.or(known),
        ..method.clone()
    }
}

fn stage(known: &Stage) -> StageState {
    let canary = known.canary.as_ref().map(|canary| CanaryState {
        deployment: canary.deployment.clone(),
        percent: canary.percent,
        overrides: in_clear(&canary.overrides),
    });
    StageState {
        name: known.name.clone(),
        deployment: known.deployment.clone(),
        canary,
        variables: in_clear(&known.variables),
        client_certificate: known.client_certificate.clone(),
        cache: known.cache.clone(),
        tags: known.tags.clone(),
    }
}

/// A sealed value is one that no way depends on: its digest stands for it.
fn in_clear(variables: &Variables) -> RawVariables {
    let pairs = variables.iter();
    pairs
        .map(|(name, value)| {
            let value = match value {
                VariableValue::Clear(text) => text.to_string(),
                VariableValue::Sealed(digest) => digest.to_string(),
            };
            (name.clone(), value)
        })
        .collect()
}

fn http_api(api: &HttpApi) -> HttpApiState {
    HttpApiState {
        stages: api.stages.iter().flatten().map(http_stage).collect(),
        api: HttpApi {
            integrations: Some(api.integrations.clone().unwrap_or_default()),
            routes: Some(api.routes.clone().unwrap_or_default()),
            stages: None,
            ..api.clone()
        },
    }
}

fn http_stage(stage: &HttpStage) -> HttpStageState {
    HttpStageState {
        name: stage.name.clone(),
        deployment: stage.deployment.clone(),
        variables: in_clear(&stage.variables),
        tags: stage.tags.clone(),
        runs: match &stage.deployed {
            // What a WebSocket API runs cannot be read, and no request to one is asked about.
            HttpDeployed::Auto | HttpDeployed::Unread => HttpRuns::Current,
            HttpDeployed::Routes(routes) => HttpRuns::Frozen(routes.clone()),
        },
    }
}
