//! The calls of API Gateway's second generation.

use aws_sdk_apigatewayv2::Client;
use unbridge_model::call::{Facts, Page};
use unbridge_model::id::{HttpApiId, StageName};
use unbridge_model::port::ReadError;
use unbridge_model::text::{Text, interned};

use super::{Asked, page, whole};
use crate::classify::classify;
use crate::convert::{Subject, export, http_api};

/// The largest page, which AWS takes as text.
const MAX_RESULTS: &str = "500";

pub(super) async fn vpc_links(client: &Client, asked: Asked<'_>) -> Result<Page, ReadError> {
    let request = client.get_vpc_links().set_next_token(asked.from);
    let answer = request.send().await.map_err(classify)?;
    let convert = |told: &_| http_api::vpc_link(told, asked.region);
    let (items, next) = (answer.items(), answer.next_token());
    page(items, next, convert, Facts::VpcLinks)
}

pub(super) async fn apis(client: &Client, asked: Asked<'_>) -> Result<Page, ReadError> {
    let request = client.get_apis().max_results(MAX_RESULTS);
    let answer = request.set_next_token(asked.from).send().await;
    let answer = answer.map_err(classify)?;
    let convert = |told: &_| http_api::api(told, asked.region);
    let (items, next) = (answer.items(), answer.next_token());
    page(items, next, convert, Facts::HttpApis)
}

pub(super) async fn integrations(
    client: &Client,
    api: &HttpApiId,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let request = client.get_integrations().api_id(api.as_str());
    let request = request.max_results(MAX_RESULTS).set_next_token(asked.from);
    let answer = request.send().await.map_err(classify)?;
    let convert = |told: &_| http_api::http_integration(told, api, asked.digester);
    let (items, next) = (answer.items(), answer.next_token());
    page(items, next, convert, Facts::HttpIntegrations)
}

pub(super) async fn routes(
    client: &Client,
    api: &HttpApiId,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let request = client.get_routes().api_id(api.as_str());
    let answer = request.set_next_token(asked.from).send().await;
    let answer = answer.map_err(classify)?;
    let convert = |told: &_| http_api::route(told, api);
    let (items, next) = (answer.items(), answer.next_token());
    page(items, next, convert, Facts::HttpRoutes)
}

pub(super) async fn stages(
    client: &Client,
    api: &HttpApiId,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let request = client.get_stages().api_id(api.as_str());
    let answer = request.set_next_token(asked.from).send().await;
    let answer = answer.map_err(classify)?;
    let convert = |told: &_| http_api::stage(told, api);
    let (items, next) = (answer.items(), answer.next_token());
    page(items, next, convert, Facts::HttpStages)
}

pub(super) async fn export(
    client: &Client,
    api: &HttpApiId,
    stage: &StageName,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let request = client
        .export_api()
        .api_id(api.as_str())
        .stage_name(stage.as_str())
        .specification("OAS30")
        .output_type("JSON")
        .include_extensions(true);
    let answer = request.send().await.map_err(classify)?;
    let subject = Subject::new("export of", Some(&format!("{api}/{stage}")));
    let document = subject.required("body", answer.body())?;
    let routes = interned(|| export::routes(document.as_ref(), api, stage, asked.digester))?;
    Ok(whole(Facts::ExportedRoutes(routes)))
}

pub(super) async fn domain_names(client: &Client, asked: Asked<'_>) -> Result<Page, ReadError> {
    let request = client.get_domain_names().set_next_token(asked.from);
    let answer = request.send().await.map_err(classify)?;
    let convert = |told: &_| http_api::domain_name(told, asked.region);
    let (items, next) = (answer.items(), answer.next_token());
    page(items, next, convert, Facts::DomainNames)
}

pub(super) async fn mappings(
    client: &Client,
    domain: &Text,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let request = client.get_api_mappings().domain_name(domain.as_str());
    let answer = request.set_next_token(asked.from).send().await;
    let answer = answer.map_err(classify)?;
    let convert = |told: &_| http_api::mapping(told, domain);
    let (items, next) = (answer.items(), answer.next_token());
    page(items, next, convert, Facts::ApiMappings)
}
