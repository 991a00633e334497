//! Stages of REST APIs and their canary releases.

use std::collections::HashMap;
use std::fmt;

use aws_sdk_apigateway::Client;
use aws_sdk_apigateway::operation::get_stage::GetStageOutput;
use aws_sdk_apigateway::types::{Op, PatchOperation};
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
/// Where AWS puts the others off for a stage that is so new, it stays: a step of its own asks again.
pub(super) async fn create(
    clients: &Clients,
    (api, stage): (&RestApiId, &StageName),
    deployment: &DeploymentId,
    like: &StageName,
    tags: HashMap<String, String>,
) -> Changed {
    let client = &clients.apigateway;
    let told = model(client, api, like).await?;
    let wanted = Furniture::of(&told);
    wanted.can_be_given()?;
    let request = client
        .create_stage()
        .rest_api_id(api.as_str())
        .stage_name(stage.as_str())
        .deployment_id(deployment.as_str())
        .set_variables(told.variables().cloned())
        .set_tags(Some(tags));
    request.send().await.map_err(classify_change)?;
    let rest = give(clients, (api, stage), &wanted).await;
    let error = match rest {
        Ok(()) => return Ok(()),
        Err(error) if error.class == WriteFailure::NotYet => return Ok(()),
        Err(error) => error,
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

/// Gives a stage what it lacks of another one.
pub(super) async fn furnish(
    clients: &Clients,
    (api, stage): (&RestApiId, &StageName),
    like: &StageName,
) -> Changed {
    let client = &clients.apigateway;
    let model_told = model(client, api, like).await?;
    let told = model(client, api, stage).await?;
    let lacks = Furniture::of(&model_told).without(&Furniture::of(&told));
    lacks.can_be_given()?;
    let given = give(clients, (api, stage), &lacks).await;
    given.map_err(|error| WriteError {
        message: format!(
            "stage {stage} may lack {lacks} of {like}, and can be reached, until this step is done or the run is taken back: {}",
            error.message
        ),
        ..error
    })
}

/// Whether a stage has all that it is to have of another one.
pub(super) async fn furnished(
    client: &Client,
    api: &RestApiId,
    (stage, like): (&StageName, &StageName),
) -> Result<Held, ReadError> {
    let Some(wanted) = look(client, api, like).await? else {
        return Ok(no(format!("there is no stage {like}")));
    };
    on_stage(client, (api, stage), |told| {
        let lacks = Furniture::of(&wanted).without(&Furniture::of(told));
        holds(lacks.is_nothing(), || format!("it lacks {lacks}"))
    })
    .await
}

/// A stage that another one is made like, or that is to be made like another one.
async fn model(
    client: &Client,
    api: &RestApiId,
    stage: &StageName,
) -> Result<GetStageOutput, WriteError> {
    let told = look(client, api, stage).await.map_err(|error| WriteError {
        // Nothing was sent that could change anything.
        class: before_change(error.class),
        message: error.message,
        retry_after: error.retry_after,
    })?;
    told.ok_or_else(|| {
        let message = format!("NotFoundException: there is no stage {stage}");
        WriteError::new(WriteFailure::Refused, message)
    })
}

/// What decides who gets through a stage, and `CreateStage` does not take.
#[derive(Debug, Clone, PartialEq)]
struct Furniture<'s> {
    certificate: Option<&'s str>,
    /// Requests a second, and how many at once.
    throttle: Option<(f64, i32)>,
    web_acl: Option<&'s str>,
}

impl<'s> Furniture<'s> {
    fn of(stage: &'s GetStageOutput) -> Self {
        let settings = stage.method_settings();
        let all = settings.and_then(|all| all.get(ALL_METHODS));
        let named = |text: &&str| !text.is_empty();
        Self {
            certificate: stage.client_certificate_id().filter(named),
            throttle: all.map(|all| (all.throttling_rate_limit(), all.throttling_burst_limit())),
            web_acl: stage.web_acl_arn().filter(named),
        }
    }

    /// What is missing where only `given` is there.
    fn without(self, given: &Self) -> Self {
        Self {
            certificate: self
                .certificate
                .filter(|one| given.certificate != Some(*one)),
            throttle: self.throttle.filter(|one| given.throttle != Some(*one)),
            web_acl: self.web_acl.filter(|one| given.web_acl != Some(*one)),
        }
    }

    fn is_nothing(&self) -> bool {
        self.certificate.is_none() && self.throttle.is_none() && self.web_acl.is_none()
    }

    /// A web ACL of WAF Classic cannot be given to another stage here, and without it the new one
    /// would let in whom the old one keeps out.
    fn can_be_given(&self) -> Changed {
        match self.web_acl {
            Some(arn) if !arn.contains(":wafv2:") => Err(WriteError::new(
                WriteFailure::Refused,
                format!("the stage to be like has a web ACL of WAF Classic: {arn}"),
            )),
            Some(_) | None => Ok(()),
        }
    }
}

impl fmt::Display for Furniture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            self.certificate.map(|_| "the client certificate"),
            self.throttle.map(|_| "the throttle"),
            self.web_acl.map(|_| "the web ACL"),
        ];
        let parts: Vec<&str> = parts.into_iter().flatten().collect();
        f.write_str(&parts.join(", "))
    }
}

/// Each of these can be given twice.
async fn give(
    clients: &Clients,
    (api, stage): (&RestApiId, &StageName),
    furniture: &Furniture<'_>,
) -> Changed {
    let mut operations = Vec::new();
    if let Some(certificate) = furniture.certificate {
        operations.push(replace("/clientCertificateId", certificate));
    }
    if let Some(throttle) = furniture.throttle {
        operations.extend(throttled(throttle));
    }
    if !operations.is_empty() {
        update(&clients.apigateway, (api, stage), operations).await?;
    }
    if let Some(web_acl) = furniture.web_acl {
        let request = clients.wafv2.associate_web_acl().web_acl_arn(web_acl);
        let request = request.resource_arn(arn(&clients.region, api, stage));
        request.send().await.map_err(classify_change)?;
    }
    Ok(())
}

fn throttled((rate, burst): (f64, i32)) -> [PatchOperation; 2] {
    [
        replace("/*/*/throttling/rateLimit", rate.to_string()),
        replace("/*/*/throttling/burstLimit", burst.to_string()),
    ]
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
    tell: impl FnOnce(&GetStageOutput) -> Held,
) -> Result<Held, ReadError> {
    Ok(match look(client, api, stage).await? {
        Some(told) => tell(&told),
        None => no("there is no such stage"),
    })
}

/// What a stage runs, where it is not so.
fn runs_so(is: bool, told: &GetStageOutput) -> Held {
    holds(is, || said(told))
}

pub(super) async fn runs(
    client: &Client,
    api: &RestApiId,
    stage: &StageName,
    deployment: &DeploymentId,
) -> Result<Held, ReadError> {
    on_stage(client, (api, stage), |told| {
        let own = told.deployment_id() == Some(deployment.as_str());
        runs_so(own && told.canary_settings().is_none(), told)
    })
    .await
}

/// Whether a stage's own deployment is this, with or without a canary release.
pub(super) async fn owns(
    client: &Client,
    api: &RestApiId,
    stage: &StageName,
    deployment: &DeploymentId,
) -> Result<Held, ReadError> {
    on_stage(client, (api, stage), |told| {
        runs_so(told.deployment_id() == Some(deployment.as_str()), told)
    })
    .await
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
    on_stage(client, stage, |told| runs_so(is(told), told)).await
}

pub(super) async fn no_canary(
    client: &Client,
    api: &RestApiId,
    stage: &StageName,
) -> Result<Held, ReadError> {
    on_stage(client, (api, stage), |told| {
        runs_so(told.canary_settings().is_none(), told)
    })
    .await
}

pub(super) async fn gone(
    client: &Client,
    api: &RestApiId,
    stage: &StageName,
) -> Result<Held, ReadError> {
    let told = look(client, api, stage).await?;
    Ok(told.map_or(Held::Yes, |told| no(said(&told))))
}
