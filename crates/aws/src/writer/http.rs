//! HTTP APIs: integrations, routes, and the deployments of stages that do not deploy by themselves.

use aws_sdk_apigatewayv2::Client;
use aws_sdk_apigatewayv2::operation::create_integration::builders::CreateIntegrationFluentBuilder;
use aws_sdk_apigatewayv2::operation::get_integration::GetIntegrationOutput;
use aws_sdk_apigatewayv2::types::{ConnectionType, TlsConfigInput};
use unbridge_model::id::{
    DeploymentId, HttpApiId, HttpIntegrationId, ListenerArn, RouteId, StageName, VpcLinkId,
};
use unbridge_model::journal::Owner;
use unbridge_model::plan::value::Output;
use unbridge_model::port::{Held, ReadError, WriteError, WriteFailure};

use super::groups::before_change;
use super::{Changed, all, found, holds, is_marked, made, no};
use crate::classify::{classify, classify_change};
use crate::convert::Subject;

/// The largest page.
const LIMIT: &str = "100";

async fn look(
    client: &Client,
    api: &HttpApiId,
    integration: &HttpIntegrationId,
) -> Result<Option<GetIntegrationOutput>, ReadError> {
    let request = client.get_integration().api_id(api.as_str());
    let answer = request.integration_id(integration.as_str()).send().await;
    found(answer.map_err(classify))
}

pub(super) async fn create_integration(
    client: &Client,
    (api, like): (&HttpApiId, &HttpIntegrationId),
    link: &VpcLinkId,
    listener: &ListenerArn,
    description: String,
) -> Changed<Option<Output>> {
    let told = look(client, api, like).await.map_err(|error| WriteError {
        // Nothing was sent that could change anything.
        class: before_change(error.class),
        message: error.message,
        retry_after: error.retry_after,
    })?;
    let told = told.ok_or_else(|| {
        let message = format!("NotFoundException: there is no integration {like} to be like");
        WriteError::new(WriteFailure::Refused, message)
    })?;
    let request = like_that(client.create_integration(), told)
        .api_id(api.as_str())
        .connection_type(ConnectionType::VpcLink)
        .connection_id(link.as_str())
        .integration_uri(listener.as_str())
        .description(description);
    let answer = request.send().await.map_err(classify_change)?;
    let id = made::<HttpIntegrationId>(answer.integration_id())?;
    Ok(Some(Output::HttpIntegration(id)))
}

/// All that an integration says but where it leads to and what it is for.
fn like_that(
    request: CreateIntegrationFluentBuilder,
    like: GetIntegrationOutput,
) -> CreateIntegrationFluentBuilder {
    let tls = like.tls_config.map(|tls| {
        let name = tls.server_name_to_verify;
        TlsConfigInput::builder()
            .set_server_name_to_verify(name)
            .build()
    });
    request
        .set_content_handling_strategy(like.content_handling_strategy)
        .set_credentials_arn(like.credentials_arn)
        .set_integration_method(like.integration_method)
        .set_integration_subtype(like.integration_subtype)
        .set_integration_type(like.integration_type)
        .set_passthrough_behavior(like.passthrough_behavior)
        .set_payload_format_version(like.payload_format_version)
        .set_request_parameters(like.request_parameters)
        .set_request_templates(like.request_templates)
        .set_response_parameters(like.response_parameters)
        .set_template_selection_expression(like.template_selection_expression)
        .set_timeout_in_millis(like.timeout_in_millis)
        .set_tls_config(tls)
}

pub(super) async fn delete_integration(
    client: &Client,
    api: &HttpApiId,
    integration: &HttpIntegrationId,
) -> Changed {
    let request = client.delete_integration().api_id(api.as_str());
    let answer = request.integration_id(integration.as_str()).send().await;
    answer.map_err(classify_change)?;
    Ok(())
}

fn target(integration: &HttpIntegrationId) -> String {
    format!("integrations/{integration}")
}

pub(super) async fn update_route(
    client: &Client,
    api: &HttpApiId,
    route: &RouteId,
    integration: &HttpIntegrationId,
) -> Changed {
    let request = client
        .update_route()
        .api_id(api.as_str())
        .route_id(route.as_str())
        .target(target(integration));
    request.send().await.map_err(classify_change)?;
    Ok(())
}

/// Without a stage's name: no stage runs it yet.
pub(super) async fn create_deployment(
    client: &Client,
    api: &HttpApiId,
    description: String,
) -> Changed<Option<Output>> {
    let request = client.create_deployment().api_id(api.as_str());
    let answer = request.description(description).send().await;
    let answer = answer.map_err(classify_change)?;
    let id = made::<DeploymentId>(answer.deployment_id())?;
    Ok(Some(Output::Deployment(id)))
}

pub(super) async fn delete_deployment(
    client: &Client,
    api: &HttpApiId,
    deployment: &DeploymentId,
) -> Changed {
    let request = client.delete_deployment().api_id(api.as_str());
    let answer = request.deployment_id(deployment.as_str()).send().await;
    answer.map_err(classify_change)?;
    Ok(())
}

pub(super) async fn set_deployment(
    client: &Client,
    api: &HttpApiId,
    stage: &StageName,
    deployment: &DeploymentId,
) -> Changed {
    let request = client
        .update_stage()
        .api_id(api.as_str())
        .stage_name(stage.as_str())
        .deployment_id(deployment.as_str());
    request.send().await.map_err(classify_change)?;
    Ok(())
}

pub(super) async fn route_goes_to(
    client: &Client,
    api: &HttpApiId,
    route: &RouteId,
    integration: &HttpIntegrationId,
) -> Result<Held, ReadError> {
    let request = client.get_route().api_id(api.as_str());
    let answer = request.route_id(route.as_str()).send().await;
    let Some(told) = found(answer.map_err(classify))? else {
        return Ok(no("there is no such route"));
    };
    let is = told.target() == Some(target(integration).as_str());
    Ok(holds(is, || {
        format!("it goes to {}", told.target().unwrap_or("nowhere"))
    }))
}

pub(super) async fn integration_gone(
    client: &Client,
    api: &HttpApiId,
    integration: &HttpIntegrationId,
) -> Result<Held, ReadError> {
    let told = look(client, api, integration).await?;
    Ok(holds(told.is_none(), || "it stands".to_owned()))
}

pub(super) async fn deployment_gone(
    client: &Client,
    api: &HttpApiId,
    deployment: &DeploymentId,
) -> Result<Held, ReadError> {
    let request = client.get_deployment().api_id(api.as_str());
    let answer = request.deployment_id(deployment.as_str()).send().await;
    let told = found(answer.map_err(classify))?;
    Ok(holds(told.is_none(), || "it stands".to_owned()))
}

/// Whether no stage of an API runs a deployment.
pub(super) async fn deployment_unused(
    client: &Client,
    api: &HttpApiId,
    deployment: &DeploymentId,
) -> Result<Held, ReadError> {
    let stages = all(|next| async {
        let request = client.get_stages().api_id(api.as_str());
        let answer = request.max_results(LIMIT).set_next_token(next).send().await;
        match found(answer.map_err(classify))? {
            Some(answer) => Ok((answer.items.unwrap_or_default(), answer.next_token)),
            None => Ok((Vec::new(), None)),
        }
    });
    let stages = stages.await?;
    let mut stages = stages.iter();
    let runs = stages.find(|stage| stage.deployment_id() == Some(deployment.as_str()));
    Ok(holds(runs.is_none(), || {
        let name = runs.and_then(|stage| stage.stage_name());
        format!("stage {} runs it", name.unwrap_or("without a name"))
    }))
}

pub(super) async fn stage_runs(
    client: &Client,
    api: &HttpApiId,
    stage: &StageName,
    deployment: &DeploymentId,
) -> Result<Held, ReadError> {
    let request = client.get_stage().api_id(api.as_str());
    let answer = request.stage_name(stage.as_str()).send().await;
    let Some(told) = found(answer.map_err(classify))? else {
        return Ok(no("there is no such stage"));
    };
    if told.auto_deploy() == Some(true) {
        return Ok(no("the stage deploys by itself"));
    }
    let is = told.deployment_id() == Some(deployment.as_str());
    Ok(holds(is, || {
        format!("it runs {}", told.deployment_id().unwrap_or("nothing"))
    }))
}

pub(super) async fn find_deployments(
    client: &Client,
    api: &HttpApiId,
    owner: &Owner,
) -> Result<Vec<Output>, ReadError> {
    let deployments = all(|next| async {
        let request = client.get_deployments().api_id(api.as_str());
        let answer = request.max_results(LIMIT).set_next_token(next).send().await;
        match found(answer.map_err(classify))? {
            Some(answer) => Ok((answer.items.unwrap_or_default(), answer.next_token)),
            None => Ok((Vec::new(), None)),
        }
    });
    let deployments = deployments.await?;
    let owned = deployments
        .iter()
        .filter(|one| is_marked(one.description(), owner));
    let subject = Subject::new("deployment of API", Some(api.as_str()));
    let ids = owned.map(|one| subject.id("DeploymentId", one.deployment_id()));
    ids.map(|id| id.map(Output::Deployment)).collect()
}

pub(super) async fn find_integrations(
    client: &Client,
    api: &HttpApiId,
    owner: &Owner,
) -> Result<Vec<Output>, ReadError> {
    let integrations = all(|next| async {
        let request = client.get_integrations().api_id(api.as_str());
        let answer = request.max_results(LIMIT).set_next_token(next).send().await;
        match found(answer.map_err(classify))? {
            Some(answer) => Ok((answer.items.unwrap_or_default(), answer.next_token)),
            None => Ok((Vec::new(), None)),
        }
    });
    let integrations = integrations.await?;
    let owned = integrations
        .iter()
        .filter(|one| is_marked(one.description(), owner));
    let subject = Subject::new("integration of API", Some(api.as_str()));
    let ids = owned.map(|one| subject.id("IntegrationId", one.integration_id()));
    ids.map(|id| id.map(Output::HttpIntegration)).collect()
}
