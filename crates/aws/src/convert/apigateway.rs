//! Links of version 1, REST APIs, their editable methods and their stages.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aws_sdk_apigateway::types;
use unbridge_model::apigateway::{
    DefaultEndpoint, Deployment, LinkReach, Method, RestApi, VpcLink,
};
use unbridge_model::call::{CanaryFacts, StageFacts};
use unbridge_model::digest::{Digester, Sensitive};
use unbridge_model::id::{DeploymentId, Region, ResourceId, RestApiId};
use unbridge_model::text::Text;

use super::integration::{
    Entries, Generation, ToldIntegration, ToldResponse, ToldTls, integration, verb,
};
use super::{Converted, Subject, method, moment, settings, tags};

pub(crate) fn vpc_link(told: &types::VpcLink, region: &Region) -> Converted<VpcLink> {
    let subject = Subject::new("VPC link", told.id());
    Ok(VpcLink {
        id: subject.id("id", told.id())?,
        region: region.clone(),
        name: subject.text("name", told.name())?,
        reach: LinkReach::V1 {
            targets: subject.ids("targetArns", told.target_arns())?,
        },
        status: subject.text("status", told.status().map(types::VpcLinkStatus::as_str))?,
        tags: tags(told.tags()),
    })
}

pub(crate) fn rest_api(
    told: &types::RestApi,
    region: &Region,
    digester: &Digester,
) -> Converted<RestApi> {
    let subject = Subject::new("REST API", told.id());
    let endpoints = told.endpoint_configuration();
    let id = subject.id("id", told.id())?;
    Ok(RestApi {
        settings: Some(settings::of_api(told, &id, digester, &subject)?),
        id,
        region: region.clone(),
        name: subject.text("name", told.name())?,
        endpoint_types: endpoints
            .map(types::EndpointConfiguration::types)
            .unwrap_or_default()
            .iter()
            .map(|kind| Text::new(kind.as_str()))
            .collect(),
        default_endpoint: match told.disable_execute_api_endpoint() {
            true => DefaultEndpoint::Disabled,
            false => DefaultEndpoint::Answers,
        },
        tags: tags(told.tags()),
        draft: None,
        deployments: None,
        stages: None,
    })
}

/// The methods of one resource, sorted by verb.
pub(crate) fn methods(
    told: &types::Resource,
    api: &RestApiId,
    digester: &Digester,
) -> Converted<Vec<Method>> {
    let subject = Subject::new(&format!("resource of API {api}:"), told.id());
    let resource: ResourceId = subject.id("id", told.id())?;
    let path = subject.text("path", told.path())?;
    let mut methods = told
        .resource_methods()
        .into_iter()
        .flatten()
        .map(|(name, told)| {
            let subject = Subject::new(
                &format!("method of API {api}:"),
                Some(&format!("{name} {path}")),
            );
            let integration = told
                .method_integration()
                .map(|told| integration(draft(told), Generation::Rest, digester, &subject))
                .transpose()?;
            Ok(Method {
                path: path.clone(),
                verb: verb(name, &subject)?,
                resource: Some(resource),
                integration: integration.map(Arc::new),
                settings: method::draft(told, digester),
            })
        })
        .collect::<Converted<Vec<_>>>()?;
    methods.sort_unstable_by_key(|method| method.verb);
    Ok(methods)
}

fn draft(told: &types::Integration) -> ToldIntegration {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    ToldIntegration {
        kind: owned(told.r#type().map(types::IntegrationType::as_str)),
        http_method: owned(told.http_method()),
        uri: owned(told.uri()),
        connection_type: owned(told.connection_type().map(types::ConnectionType::as_str)),
        connection_id: owned(told.connection_id()),
        integration_target: owned(told.integration_target()),
        credentials: owned(told.credentials()),
        request_parameters: told.request_parameters().map(entries),
        request_templates: told.request_templates().map(entries),
        passthrough_behavior: owned(told.passthrough_behavior()),
        content_handling: content_handling(told.content_handling()),
        timeout_in_millis: Some(told.timeout_in_millis().into()),
        cache_key_parameters: Some(told.cache_key_parameters().to_vec()),
        tls_config: told.tls_config().map(|tls| ToldTls {
            insecure_skip_verification: tls.insecure_skip_verification(),
            server_name_to_verify: None,
        }),
        response_transfer_mode: owned(
            told.response_transfer_mode()
                .map(types::ResponseTransferMode::as_str),
        ),
        responses: told
            .integration_responses()
            .into_iter()
            .flatten()
            .map(|(status, response)| draft_response(status, response))
            .collect(),
        response_parameters: None,
    }
}

fn draft_response(status: &str, told: &types::IntegrationResponse) -> ToldResponse {
    ToldResponse {
        selection_pattern: told.selection_pattern().map(str::to_owned),
        status_code: Some(told.status_code().unwrap_or(status).to_owned()),
        response_parameters: told.response_parameters().map(entries),
        response_templates: told.response_templates().map(entries),
        content_handling: content_handling(told.content_handling()),
    }
}

fn content_handling(told: Option<&types::ContentHandlingStrategy>) -> Option<String> {
    told.map(|strategy| strategy.as_str().to_owned())
}

fn entries(told: &HashMap<String, String>) -> Entries {
    let entry = |(key, value): (&String, &String)| (key.clone(), Some(value.clone()));
    told.iter().map(entry).collect()
}

pub(crate) fn stage(told: &types::Stage, api: &RestApiId) -> Converted<StageFacts> {
    let subject = Subject::new(&format!("stage of API {api}:"), told.stage_name());
    let deployment: DeploymentId = subject.id("deploymentId", told.deployment_id())?;
    let canary = told
        .canary_settings()
        .map(|canary| {
            // A canary that names no deployment runs the stage's own.
            let own = canary.deployment_id().or(told.deployment_id());
            Converted::Ok(CanaryFacts {
                deployment: subject.id("canarySettings.deploymentId", own)?,
                percent: canary.percent_traffic(),
                overrides: variables(canary.stage_variable_overrides()),
            })
        })
        .transpose()?;
    Ok(StageFacts {
        name: subject.id("stageName", told.stage_name())?,
        deployment,
        canary,
        variables: variables(told.variables()),
        client_certificate: told
            .client_certificate_id()
            .filter(|id| !id.is_empty())
            .map(Text::new),
        cache: if told.cache_cluster_enabled() {
            let size = told.cache_cluster_size();
            Some(subject.text(
                "cacheClusterSize",
                size.map(types::CacheClusterSize::as_str),
            )?)
        } else {
            None
        },
        tags: tags(told.tags()),
    })
}

pub(crate) fn deployment(told: &types::Deployment, api: &RestApiId) -> Converted<Deployment> {
    let subject = Subject::new(&format!("deployment of API {api}:"), told.id());
    Ok(Deployment {
        id: subject.id("id", told.id())?,
        created_at: told
            .created_date()
            .map(|time| moment("createdDate", time, &subject))
            .transpose()?,
    })
}

/// Stage variables, still in clear: whoever knows what routes read decides which stay so.
pub(super) fn variables(told: Option<&HashMap<String, String>>) -> BTreeMap<Text, Sensitive> {
    told.into_iter()
        .flatten()
        .map(|(name, value)| (Text::new(name), Sensitive::new(value)))
        .collect()
}
