//! Things as the lists tell them: without what is a call of its own.

use std::collections::BTreeMap;

use unbridge_model::apigateway::{Deployment, DomainName, HttpApi, RestApi, SettingKind};
use unbridge_model::call::{AutoDeploy, CanaryFacts, HttpStageFacts, StageFacts};
use unbridge_model::digest::Sensitive;
use unbridge_model::elb::{Listener, LoadBalancer, TargetGroup};
use unbridge_model::id::DeploymentId;
use unbridge_model::network::EndpointService;
use unbridge_model::text::Text;

use super::seal::Seal;
use crate::account::{
    CanaryState, DeploymentState, HttpApiState, HttpRuns, HttpStageState, RawVariables,
    RestApiState, Shared, StageState,
};

pub(super) fn rest_api(known: &RestApiState, seal: &Seal<'_>) -> RestApi {
    let RestApi {
        id,
        region,
        name,
        endpoint_types,
        default_endpoint,
        tags,
        draft: _,
        settings: _,
        deployments: _,
        stages: _,
    } = &known.api;
    let settings = known.settings.iter();
    let told = settings.filter(|known| is_told_with_the_api(known.setting.kind));
    RestApi {
        id: id.clone(),
        region: region.clone(),
        name: name.clone(),
        endpoint_types: endpoint_types.clone(),
        default_endpoint: *default_endpoint,
        tags: tags.clone(),
        draft: None,
        settings: Some(told.map(|known| seal.setting(&known.setting)).collect()),
        deployments: None,
        stages: None,
    }
}

/// Whether `GetRestApis` tells a setting; the others are calls of their own.
fn is_told_with_the_api(kind: SettingKind) -> bool {
    match kind {
        SettingKind::ApiKeySource
        | SettingKind::BinaryMediaTypes
        | SettingKind::MinimumCompressionSize
        | SettingKind::ResourcePolicy => true,
        SettingKind::Authorizer
        | SettingKind::GatewayResponse
        | SettingKind::Model
        | SettingKind::RequestValidator => false,
    }
}

pub(super) fn deployment((id, known): (&DeploymentId, &Shared<DeploymentState>)) -> Deployment {
    Deployment {
        id: id.clone(),
        created_at: Some(known.created_at.clone()),
    }
}

pub(super) fn domain_name(known: &DomainName) -> DomainName {
    DomainName {
        mappings: None,
        ..known.clone()
    }
}

pub(super) fn http_api(known: &HttpApiState) -> HttpApi {
    HttpApi {
        integrations: None,
        routes: None,
        stages: None,
        ..known.api.clone()
    }
}

pub(super) fn load_balancer(known: &LoadBalancer) -> LoadBalancer {
    LoadBalancer {
        listeners: None,
        attributes: None,
        tags: None,
        web_acl: None,
        traffic: None,
        capacity_reservation: None,
        ..known.clone()
    }
}

/// Only the default certificate is told; it stands first.
pub(super) fn listener(known: &Listener) -> Listener {
    let certificates = known.certificates.iter().take(1);
    Listener {
        certificates: certificates.cloned().collect(),
        rules: None,
        ..known.clone()
    }
}

pub(super) fn group(known: &TargetGroup) -> TargetGroup {
    TargetGroup {
        targets: None,
        attributes: None,
        tags: None,
        ..known.clone()
    }
}

pub(super) fn service(known: &EndpointService) -> EndpointService {
    EndpointService {
        connections: None,
        ..known.clone()
    }
}

fn sensitive(variables: &RawVariables) -> BTreeMap<Text, Sensitive> {
    variables
        .iter()
        .map(|(name, value)| (name.clone(), Sensitive::new(value.clone())))
        .collect()
}

pub(super) fn stage(known: &StageState) -> StageFacts {
    StageFacts {
        name: known.name.clone(),
        deployment: known.deployment.clone(),
        canary: known.canary.as_ref().map(canary),
        variables: sensitive(&known.variables),
        client_certificate: known.client_certificate.clone(),
        cache: known.cache.clone(),
        tags: known.tags.clone(),
    }
}

fn canary(known: &CanaryState) -> CanaryFacts {
    CanaryFacts {
        deployment: known.deployment.clone(),
        percent: known.percent,
        overrides: sensitive(&known.overrides),
    }
}

pub(super) fn http_stage(known: &HttpStageState) -> HttpStageFacts {
    HttpStageFacts {
        name: known.name.clone(),
        deployment: known.deployment.clone(),
        auto_deploy: match known.runs {
            HttpRuns::Current => AutoDeploy::On,
            HttpRuns::Frozen(_) => AutoDeploy::Off,
        },
        variables: sensitive(&known.variables),
        tags: known.tags.clone(),
    }
}
