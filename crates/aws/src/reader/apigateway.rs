//! The calls of API Gateway's first generation.

use aws_sdk_apigateway::Client;
use unbridge_model::call::{Export, Facts, Page};
use unbridge_model::id::{RestApiId, StageName};
use unbridge_model::port::ReadError;
use unbridge_model::text::interned;

use super::{Asked, page, page_of_some, token, whole};
use crate::classify::classify;
use crate::convert::{Subject, apigateway, export, settings};

/// The largest page.
const LIMIT: i32 = 500;

pub(super) async fn vpc_links(client: &Client, asked: Asked<'_>) -> Result<Page, ReadError> {
    let request = client.get_vpc_links().limit(LIMIT);
    let answer = request.set_position(asked.from).send().await;
    let answer = answer.map_err(classify)?;
    let convert = |told: &_| apigateway::vpc_link(told, asked.region);
    page(answer.items(), answer.position(), convert, Facts::VpcLinks)
}

pub(super) async fn rest_apis(client: &Client, asked: Asked<'_>) -> Result<Page, ReadError> {
    let request = client.get_rest_apis().limit(LIMIT);
    let answer = request.set_position(asked.from).send().await;
    let answer = answer.map_err(classify)?;
    let convert = |told: &_| apigateway::rest_api(told, asked.region, asked.digester);
    page(answer.items(), answer.position(), convert, Facts::RestApis)
}

pub(super) async fn resources(
    client: &Client,
    api: &RestApiId,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let request = client.get_resources().rest_api_id(api.as_str());
    let request = request.embed("methods").limit(LIMIT);
    let answer = request.set_position(asked.from).send().await;
    let answer = answer.map_err(classify)?;
    let convert = |told: &_| apigateway::methods(told, api, asked.digester);
    page(answer.items(), answer.position(), convert, |methods| {
        Facts::Methods(methods.into_iter().flatten().collect())
    })
}

pub(super) async fn stages(client: &Client, api: &RestApiId) -> Result<Page, ReadError> {
    let request = client.get_stages().rest_api_id(api.as_str());
    let answer = request.send().await.map_err(classify)?;
    let convert = |told: &_| apigateway::stage(told, api);
    page(answer.item(), None, convert, Facts::Stages)
}

/// The form of an export that AWS is asked for; a page token names the second.
const OAS30: &str = "oas30";
const SWAGGER: &str = "swagger";

/// AWS refuses an OpenAPI 3 export of an API with models that are no JSON, and exports it as
/// Swagger 2. The second question is a page of its own: every request takes its turn.
pub(super) async fn export(
    client: &Client,
    api: &RestApiId,
    stage: &StageName,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let form = match asked.from.as_deref() {
        Some(SWAGGER) => SWAGGER,
        _ => OAS30,
    };
    let request = client
        .get_export()
        .rest_api_id(api.as_str())
        .stage_name(stage.as_str())
        .export_type(form)
        .parameters("extensions", "apigateway")
        .accepts("application/json");
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(error)
            if form == OAS30
                && error
                    .as_service_error()
                    .is_some_and(|error| error.is_bad_request_exception()) =>
        {
            return Ok(Page {
                facts: Facts::Export(Export::default()),
                next: token(Some(SWAGGER)),
            });
        }
        Err(error) => return Err(classify(error)),
    };
    let subject = Subject::new("export of", Some(&format!("{api}/{stage}")));
    let document = subject.required("body", answer.body())?;
    let export = interned(|| export::rest(document.as_ref(), api, stage, asked.digester))?;
    Ok(whole(Facts::Export(export)))
}

pub(super) async fn deployments(
    client: &Client,
    api: &RestApiId,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let request = client.get_deployments().rest_api_id(api.as_str());
    let request = request.limit(LIMIT).set_position(asked.from);
    let answer = request.send().await.map_err(classify)?;
    let convert = |told: &_| apigateway::deployment(told, api);
    let facts = Facts::Deployments;
    page(answer.items(), answer.position(), convert, facts)
}

pub(super) async fn authorizers(
    client: &Client,
    api: &RestApiId,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let request = client.get_authorizers().rest_api_id(api.as_str());
    let request = request.limit(LIMIT).set_position(asked.from);
    let answer = request.send().await.map_err(classify)?;
    let convert = |told: &_| settings::draft_authorizer(told, api, asked.digester);
    page(answer.items(), answer.position(), convert, Facts::Settings)
}

pub(super) async fn validators(
    client: &Client,
    api: &RestApiId,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let request = client.get_request_validators().rest_api_id(api.as_str());
    let request = request.limit(LIMIT).set_position(asked.from);
    let answer = request.send().await.map_err(classify)?;
    let convert = |told: &_| settings::draft_validator(told, api, asked.digester);
    page(answer.items(), answer.position(), convert, Facts::Settings)
}

pub(super) async fn models(
    client: &Client,
    api: &RestApiId,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let request = client.get_models().rest_api_id(api.as_str());
    let request = request.limit(LIMIT).set_position(asked.from);
    let answer = request.send().await.map_err(classify)?;
    let convert = |told: &_| settings::draft_model(told, api, asked.digester);
    let (items, next) = (answer.items(), answer.position());
    page_of_some(items, next, convert, Facts::Settings)
}

pub(super) async fn gateway_responses(
    client: &Client,
    api: &RestApiId,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let request = client.get_gateway_responses().rest_api_id(api.as_str());
    let request = request.limit(LIMIT).set_position(asked.from);
    let answer = request.send().await.map_err(classify)?;
    let convert = |told: &_| settings::draft_gateway_response(told, api, asked.digester);
    let (items, next) = (answer.items(), answer.position());
    page_of_some(items, next, convert, Facts::Settings)
}
