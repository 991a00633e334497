//! Links of version 2, HTTP and WebSocket APIs, their integrations, routes and stages; custom
//! domain names of APIs of every type.

use std::collections::HashMap;

use aws_sdk_apigatewayv2::types;
use unbridge_model::apigateway::{
    ApiMapping, DomainName, HttpApi, HttpIntegration, HttpRoute, LinkReach, Protocol, VpcLink,
};
use unbridge_model::call::{AutoDeploy, HttpStageFacts};
use unbridge_model::digest::Digester;
use unbridge_model::id::{HttpApiId, Region};
use unbridge_model::text::Text;

use super::apigateway::variables;
use super::integration::{Entries, Generation, ToldIntegration, ToldTls, integration};
use super::{Converted, Subject, tags};

pub(crate) fn vpc_link(told: &types::VpcLink, region: &Region) -> Converted<VpcLink> {
    let subject = Subject::new("VPC link", told.vpc_link_id());
    let status = told.vpc_link_status().map(types::VpcLinkStatus::as_str);
    Ok(VpcLink {
        id: subject.id("vpcLinkId", told.vpc_link_id())?,
        region: region.clone(),
        name: subject.text("name", told.name())?,
        reach: LinkReach::V2 {
            subnets: subject.ids("subnetIds", told.subnet_ids())?,
            security_groups: subject.ids("securityGroupIds", told.security_group_ids())?,
        },
        status: subject.text("vpcLinkStatus", status)?,
        tags: tags(told.tags()),
    })
}

pub(crate) fn api(told: &types::Api, region: &Region) -> Converted<HttpApi> {
    let subject = Subject::new("HTTP or WebSocket API", told.api_id());
    let protocol = match subject.required("protocolType", told.protocol_type())? {
        types::ProtocolType::Http => Protocol::Http,
        types::ProtocolType::Websocket => Protocol::Websocket,
        other => {
            let word = other.as_str();
            return Err(subject.unparseable(format_args!("protocolType {word:?} is not known")));
        }
    };
    Ok(HttpApi {
        id: subject.id("apiId", told.api_id())?,
        region: region.clone(),
        name: subject.text("name", told.name())?,
        protocol,
        tags: tags(told.tags()),
        integrations: None,
        routes: None,
        stages: None,
    })
}

pub(crate) fn http_integration(
    told: &types::Integration,
    api: &HttpApiId,
    digester: &Digester,
) -> Converted<HttpIntegration> {
    let subject = Subject::new(&format!("integration of API {api}:"), told.integration_id());
    Ok(HttpIntegration {
        id: subject.id("integrationId", told.integration_id())?,
        integration: integration(told_integration(told), Generation::Http, digester, &subject)?,
    })
}

fn told_integration(told: &types::Integration) -> ToldIntegration {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    ToldIntegration {
        kind: owned(told.integration_type().map(types::IntegrationType::as_str)),
        http_method: owned(told.integration_method()),
        uri: owned(told.integration_uri()),
        connection_type: owned(told.connection_type().map(types::ConnectionType::as_str)),
        connection_id: owned(told.connection_id()),
        integration_target: None,
        credentials: owned(told.credentials_arn()),
        request_parameters: told.request_parameters().map(entries),
        request_templates: told.request_templates().map(entries),
        passthrough_behavior: owned(
            told.passthrough_behavior()
                .map(types::PassthroughBehavior::as_str),
        ),
        content_handling: owned(
            told.content_handling_strategy()
                .map(types::ContentHandlingStrategy::as_str),
        ),
        timeout_in_millis: told.timeout_in_millis().map(i64::from),
        cache_key_parameters: None,
        tls_config: told.tls_config().map(|tls| ToldTls {
            insecure_skip_verification: false,
            server_name_to_verify: owned(tls.server_name_to_verify()),
        }),
        response_transfer_mode: None,
        responses: Vec::new(),
        response_parameters: told.response_parameters().map(|told| {
            told.iter()
                .map(|(status, parameters)| (status.clone(), entries(parameters)))
                .collect()
        }),
    }
}

fn entries(told: &HashMap<String, String>) -> Entries {
    let entry = |(key, value): (&String, &String)| (key.clone(), Some(value.clone()));
    told.iter().map(entry).collect()
}

pub(crate) fn route(told: &types::Route, api: &HttpApiId) -> Converted<HttpRoute> {
    let subject = Subject::new(&format!("route of API {api}:"), told.route_key());
    let integration = told
        .target()
        .map(|target| {
            let id = target.strip_prefix("integrations/");
            let id = id.ok_or_else(|| {
                subject.unparseable(format_args!("target {target:?} is no integration"))
            })?;
            subject.id("target", Some(id))
        })
        .transpose()?;
    let id = told.route_id();
    Ok(HttpRoute {
        id: id.map(|id| subject.id("routeId", Some(id))).transpose()?,
        key: subject.text("routeKey", told.route_key())?,
        integration,
    })
}

pub(crate) fn stage(told: &types::Stage, api: &HttpApiId) -> Converted<HttpStageFacts> {
    let subject = Subject::new(&format!("stage of API {api}:"), told.stage_name());
    let deployment = told.deployment_id();
    Ok(HttpStageFacts {
        name: subject.id("stageName", told.stage_name())?,
        deployment: deployment
            .map(|id| subject.id("deploymentId", Some(id)))
            .transpose()?,
        auto_deploy: auto_deploy(told),
        variables: variables(told.stage_variables()),
        tags: tags(told.tags()),
    })
}

/// AWS tells of every deployment that it made by itself how it went. After one that failed the
/// stage goes on with its older routes.
fn auto_deploy(told: &types::Stage) -> AutoDeploy {
    const WENT_WELL: &str = "Successfully deployed";
    let last = told.last_deployment_status_message();
    let went_well = last.is_none_or(|message| message.starts_with(WENT_WELL));
    if told.auto_deploy() == Some(true) && went_well {
        AutoDeploy::On
    } else {
        AutoDeploy::Off
    }
}

pub(crate) fn domain_name(told: &types::DomainName, region: &Region) -> Converted<DomainName> {
    let subject = Subject::new("custom domain name", told.domain_name());
    Ok(DomainName {
        name: subject.text("domainName", told.domain_name())?,
        region: region.clone(),
        mappings: None,
    })
}

pub(crate) fn mapping(told: &types::ApiMapping, domain: &Text) -> Converted<ApiMapping> {
    let subject = Subject::new("mapping of", Some(domain.as_str()));
    Ok(ApiMapping {
        api: subject.text("apiId", told.api_id())?,
        stage: subject.text("stage", told.stage())?,
        key: told
            .api_mapping_key()
            .filter(|key| !key.is_empty())
            .map(Text::new),
    })
}
