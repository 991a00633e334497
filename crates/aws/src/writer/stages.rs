//! Stages of REST APIs and their canary releases.

use std::collections::HashMap;

use aws_sdk_apigateway::Client;
use aws_sdk_apigateway::operation::get_stage::GetStageOutput;
use aws_sdk_apigateway::types::{MethodSetting, Op, PatchOperation};
use unbridge_model::id::{DeploymentId, Region, RestApiId, StageName};
use unbridge_model::plan::operation::Percent;
use unbridge_model::port::{Held, ReadError, WriteError, WriteFailure};

use super::groups::before_change;
use super::rest::replace;
use super::{Changed, Clients, found, holds, no};
use crate::classify::{classify, classify_change};

/// The settings of all methods of a stage that have none of their own.
const ALL_METHODS: &str = "*/*";

async fn update(
    client: &Client,
    (api, stage): (&RestApiId, &StageName),
    operations: Vec<PatchOperation>,
) -> Changed {
    let request = client
        .update_stage()
        .rest_api_id(api.as_str())
        .stage_name(stage.as_str())
        .set_patch_operations(Some(operations));
    request.send().await.map_err(classify_change)?;
    Ok(())
}

/// A stage with the variables, the client certificate, the throttle and the web ACL of another one.
///
/// `CreateStage` takes only the first: the others follow, and if one cannot, the stage goes again.
pub(super) async fn create(
    clients: &Clients,
    (api, stage): (&RestApiId, &StageName),
    deployment: &DeploymentId,
    like: &StageName,
    tags: HashMap<String, String>,
) -> Changed {
    let client = &clients.apigateway;
    let told = look(client, api, like).await.map_err(|error| WriteError {
        // Nothing was sent that could change anything.
        class: before_change(error.class),
        message: error.message,
        retry_after: error.retry_after,
    })?;
    let told = told.ok_or_else(|| {
        let message = format!("NotFoundException: there is no stage {like} to be like");
        WriteError::new(WriteFailure::Refused, message)
    })?;
    let web_acl = web_acl(&told)?;
    let request = client
        .create_stage()
        .rest_api_id(api.as_str())
        .stage_name(stage.as_str())
        .deployment_id(deployment.as_str())
        .set_variables(told.variables().cloned())
        .set_tags(Some(tags));
    request.send().await.map_err(classify_change)?;
    let rest = furnish(clients, (api, stage), &told, web_acl).await;
    let Err(error) = rest else {
        return Ok(());
    };
    match delete(client, api, stage).await {
        Ok(()) => Err(error),
        Err(left) => Err(WriteError::new(
            WriteFailure::Lost,
            format!(
                "the stage was made, but could not be made like {like} ({}) nor deleted ({})",
                error.message, left.message
            ),
        )),
    }
}

/// What a stage gets besides its variables.
async fn furnish(
    clients: &Clients,
    (api, stage): (&RestApiId, &StageName),
    like: &GetStageOutput,
    web_acl: Option<&str>,
) -> Changed {
    let mut operations = Vec::new();
    if let Some(certificate) = like.client_certificate_id() {
        operations.push(replace("/clientCertificateId", certificate));
    }
    let settings = like.method_settings();
    if let Some(settings) = settings.and_then(|all| all.get(ALL_METHODS)) {
        operations.extend(throttle(settings));
    }
    if !operations.is_empty() {
        update(&clients.apigateway, (api, stage), operations).await?;
    }
    if let Some(web_acl) = web_acl {
        let request = clients.wafv2.associate_web_acl().web_acl_arn(web_acl);
        let request = request.resource_arn(arn(&clients.region, api, stage));
        request.send().await.map_err(classify_change)?;
    }
    Ok(())
}

fn throttle(settings: &MethodSetting) -> [PatchOperation; 2] {
    let rate = settings.throttling_rate_limit().to_string();
    let burst = settings.throttling_burst_limit().to_string();
    [
        replace("/*/*/throttling/rateLimit", rate),
        replace("/*/*/throttling/burstLimit", burst),
    ]
}

/// The web ACL of a stage. One of WAF Classic cannot be given to another stage here, and without it
/// the new one would let in whom the old one keeps out.
fn web_acl(stage: &GetStageOutput) -> Changed<Option<&str>> {
    match stage.web_acl_arn().filter(|arn| !arn.is_empty()) {
        None => Ok(None),
        Some(arn) if arn.contains(":wafv2:") => Ok(Some(arn)),
        Some(arn) => Err(WriteError::new(
            WriteFailure::Refused,
            format!("the stage to be like has a web ACL of WAF Classic: {arn}"),
        )),
    }
}

/// The name of a stage for other services.
fn arn(region: &Region, api: &RestApiId, stage: &StageName) -> String {
    let partition = region.partition();
    format!("arn:{partition}:apigateway:{region}::/restapis/{api}/stages/{stage}")
}

pub(super) async fn delete(client: &Client, api: &RestApiId, stage: &StageName) -> Changed {
    let request = client.delete_stage().rest_api_id(api.as_str());
    let answer = request.stage_name(stage.as_str()).send().await;
    answer.map_err(classify_change)?;
    Ok(())
}

/// Both patch operations go in one call: the first alone makes a release without requests, the
/// second alone one on the stage's own deployment.
pub(super) async fn set_canary(
    client: &Client,
    stage: (&RestApiId, &StageName),
    deployment: &DeploymentId,
    percent: Percent,
) -> Changed {
    let operations = vec![
        replace("/canarySettings/deploymentId", deployment.as_str()),
        replace("/canarySettings/percentTraffic", percent.get().to_string()),
    ];
    update(client, stage, operations).await
}

pub(super) async fn remove_canary(client: &Client, api: &RestApiId, stage: &StageName) -> Changed {
    let remove = PatchOperation::builder()
        .op(Op::Remove)
        .path("/canarySettings")
        .build();
    update(client, (api, stage), vec![remove]).await
}

pub(super) async fn set_deployment(
    client: &Client,
    api: &RestApiId,
    stage: &StageName,
    deployment: &DeploymentId,
) -> Changed {
    let operations = vec![replace("/deploymentId", deployment.as_str())];
    update(client, (api, stage), operations).await
}

pub(super) async fn look(
    client: &Client,
    api: &RestApiId,
    stage: &StageName,
) -> Result<Option<GetStageOutput>, ReadError> {
    let request = client.get_stage().rest_api_id(api.as_str());
    let answer = request.stage_name(stage.as_str()).send().await;
    found(answer.map_err(classify))
}

/// What a stage runs, in words.
fn said(stage: &GetStageOutput) -> String {
    let runs = format!("it runs {}", stage.deployment_id().unwrap_or("nothing"));
    let Some(canary) = stage.canary_settings() else {
        return format!("{runs} and has no canary release");
    };
    let overrides = canary.stage_variable_overrides();
    let own = match overrides.is_none_or(HashMap::is_empty) {
        true => "",
        false => " with variables of its own",
    };
    let percent = canary.percent_traffic();
    let deployment = canary.deployment_id().unwrap_or("nothing");
    format!("{runs} and has a canary release of {percent} % on {deployment}{own}")
}

async fn on_stage(
    client: &Client,
    (api, stage): (&RestApiId, &StageName),
    is: impl FnOnce(&GetStageOutput) -> bool,
) -> Result<Held, ReadError> {
    Ok(match look(client, api, stage).await? {
        Some(told) => holds(is(&told), || said(&told)),
        None => no("there is no such stage"),
    })
}

pub(super) async fn runs(
    client: &Client,
    api: &RestApiId,
    stage: &StageName,
    deployment: &DeploymentId,
) -> Result<Held, ReadError> {
    let is = |told: &GetStageOutput| {
        told.deployment_id() == Some(deployment.as_str()) && told.canary_settings().is_none()
    };
    on_stage(client, (api, stage), is).await
}

/// Whether a stage's own deployment is this, with or without a canary release.
pub(super) async fn owns(
    client: &Client,
    api: &RestApiId,
    stage: &StageName,
    deployment: &DeploymentId,
) -> Result<Held, ReadError> {
    let is = |told: &GetStageOutput| told.deployment_id() == Some(deployment.as_str());
    on_stage(client, (api, stage), is).await
}

pub(super) async fn canary_is(
    client: &Client,
    stage: (&RestApiId, &StageName),
    deployment: &DeploymentId,
    percent: Option<Percent>,
) -> Result<Held, ReadError> {
    let is = |told: &GetStageOutput| {
        told.canary_settings().is_some_and(|canary| {
            let share = percent.map(|share| f64::from(share.get()));
            canary.deployment_id() == Some(deployment.as_str())
                && share.is_none_or(|share| canary.percent_traffic() == share)
                && canary
                    .stage_variable_overrides()
                    .is_none_or(HashMap::is_empty)
        })
    };
    on_stage(client, stage, is).await
}

pub(super) async fn no_canary(
    client: &Client,
    api: &RestApiId,
    stage: &StageName,
) -> Result<Held, ReadError> {
    let is = |told: &GetStageOutput| told.canary_settings().is_none();
    on_stage(client, (api, stage), is).await
}

pub(super) async fn gone(
    client: &Client,
    api: &RestApiId,
    stage: &StageName,
) -> Result<Held, ReadError> {
    let told = look(client, api, stage).await?;
    Ok(told.map_or(Held::Yes, |told| no(said(&told))))
}
