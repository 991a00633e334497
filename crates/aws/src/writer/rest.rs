//! The draft of a REST API and the deployments that freeze it.

use std::collections::HashMap;

use aws_sdk_apigateway::Client;
use aws_sdk_apigateway::types::{Op, PatchOperation, Resource};
use unbridge_model::id::{DeploymentId, RestApiId};
use unbridge_model::journal::Owner;
use unbridge_model::plan::condition::PatchedMethod;
use unbridge_model::plan::operation::{ConnectionId, IntegrationPatch, MethodRef};
use unbridge_model::plan::value::{Output, Settled};
use unbridge_model::port::{Held, ReadError};

use super::{Changed, all, found, holds, is_marked, made, no};
use crate::classify::{classify, classify_change};
use crate::convert::Subject;

/// The largest page.
const LIMIT: i32 = 500;

/// A patch operation that replaces what stands at a path.
pub(super) fn replace(path: &str, value: impl Into<String>) -> PatchOperation {
    PatchOperation::builder()
        .op(Op::Replace)
        .path(path)
        .value(value)
        .build()
}

/// What `connectionId` is set to.
pub(super) fn connection(patch: &IntegrationPatch<Settled>) -> &str {
    match &patch.connection_id {
        ConnectionId::Link(link) => link.as_str(),
        ConnectionId::Template(template) => template.as_str(),
    }
}

/// All patch operations go in one call: AWS checks what they come to together.
pub(super) async fn update_integration(
    client: &Client,
    method: &MethodRef,
    patch: &IntegrationPatch<Settled>,
) -> Changed {
    let mut operations = vec![replace("/connectionId", connection(patch))];
    if let Some(target) = &patch.integration_target {
        operations.push(replace("/integrationTarget", target.as_str()));
    }
    if let Some(uri) = &patch.uri {
        operations.push(replace("/uri", uri.to_string()));
    }
    let request = client
        .update_integration()
        .rest_api_id(method.api.as_str())
        .resource_id(method.resource.to_string())
        .http_method(method.verb.to_string())
        .set_patch_operations(Some(operations));
    request.send().await.map_err(classify_change)?;
    Ok(())
}

pub(super) async fn integration_is(
    client: &Client,
    method: &MethodRef,
    patch: &IntegrationPatch<Settled>,
) -> Result<Held, ReadError> {
    let request = client
        .get_integration()
        .rest_api_id(method.api.as_str())
        .resource_id(method.resource.to_string())
        .http_method(method.verb.to_string());
    let Some(told) = found(request.send().await.map_err(classify))? else {
        return Ok(no("there is no such integration"));
    };
    let leads = Leads {
        link: told.connection_id(),
        target: told.integration_target(),
        uri: told.uri(),
    };
    Ok(holds(leads.hold(patch), || leads.said()))
}

/// Where an integration leads to.
struct Leads<'i> {
    link: Option<&'i str>,
    target: Option<&'i str>,
    uri: Option<&'i str>,
}

impl Leads<'_> {
    /// Whether it is as a patch sets it.
    fn hold(&self, patch: &IntegrationPatch<Settled>) -> bool {
        let target = patch.integration_target.as_ref();
        let target = target.map(|target| target.as_str());
        let uri = patch.uri.as_ref().map(ToString::to_string);
        self.link == Some(connection(patch))
            && (target.is_none() || self.target == target)
            && (uri.is_none() || self.uri == uri.as_deref())
    }

    fn said(&self) -> String {
        let [link, target, uri] =
            [self.link, self.target, self.uri].map(|said| said.unwrap_or("none"));
        // Behind a question mark there may be a secret.
        let uri = uri.split('?').next().unwrap_or_default();
        format!("connectionId {link}, integrationTarget {target}, uri {uri}")
    }
}

/// Every resource of a draft with its methods; none of an API that is gone.
pub(super) async fn drafted(client: &Client, api: &RestApiId) -> Result<Vec<Resource>, ReadError> {
    all(|next| async {
        let request = client.get_resources().rest_api_id(api.as_str());
        let request = request.embed("methods").limit(LIMIT).set_position(next);
        match found(request.send().await.map_err(classify))? {
            Some(answer) => Ok((answer.items.unwrap_or_default(), answer.position)),
            None => Ok((Vec::new(), None)),
        }
    })
    .await
}

/// Whether methods of a draft are as these patches set them.
pub(super) async fn draft_holds(
    client: &Client,
    api: &RestApiId,
    methods: &[PatchedMethod<Settled>],
) -> Result<Held, ReadError> {
    let resources = drafted(client, api).await?;
    let by_id: HashMap<&str, &Resource> = resources
        .iter()
        .filter_map(|resource| Some((resource.id()?, resource)))
        .collect();
    for PatchedMethod { method, patch } in methods {
        let MethodRef { path, verb, .. } = method;
        let resource = by_id.get(method.resource.as_str());
        let methods = resource.and_then(|resource| resource.resource_methods());
        let told = methods.and_then(|methods| methods.get(&verb.to_string()));
        let Some(told) = told.and_then(|told| told.method_integration()) else {
            return Ok(no(format!("{verb} {path} has no integration")));
        };
        let leads = Leads {
            link: told.connection_id(),
            target: told.integration_target(),
            uri: told.uri(),
        };
        if !leads.hold(patch) {
            return Ok(no(format!("{verb} {path}: {}", leads.said())));
        }
    }
    Ok(Held::Yes)
}

/// Without a stage's name: no stage runs it yet.
pub(super) async fn create_deployment(
    client: &Client,
    api: &RestApiId,
    description: String,
) -> Changed<Option<Output>> {
    let request = client.create_deployment().rest_api_id(api.as_str());
    let answer = request.description(description).send().await;
    let answer = answer.map_err(classify_change)?;
    let id = made::<DeploymentId>(answer.id())?;
    Ok(Some(Output::Deployment(id)))
}

pub(super) async fn delete_deployment(
    client: &Client,
    api: &RestApiId,
    deployment: &DeploymentId,
) -> Changed {
    let request = client.delete_deployment().rest_api_id(api.as_str());
    let answer = request.deployment_id(deployment.as_str()).send().await;
    answer.map_err(classify_change)?;
    Ok(())
}

async fn stands(
    client: &Client,
    api: &RestApiId,
    deployment: &DeploymentId,
) -> Result<bool, ReadError> {
    let request = client.get_deployment().rest_api_id(api.as_str());
    let answer = request.deployment_id(deployment.as_str()).send().await;
    Ok(found(answer.map_err(classify))?.is_some())
}

pub(super) async fn deployment_stands(
    client: &Client,
    api: &RestApiId,
    deployment: &DeploymentId,
) -> Result<Held, ReadError> {
    let stands = stands(client, api, deployment).await?;
    Ok(holds(stands, || "there is no such deployment".to_owned()))
}

pub(super) async fn deployment_gone(
    client: &Client,
    api: &RestApiId,
    deployment: &DeploymentId,
) -> Result<Held, ReadError> {
    let stands = stands(client, api, deployment).await?;
    Ok(holds(!stands, || "it stands".to_owned()))
}

pub(super) async fn find_owned(
    client: &Client,
    api: &RestApiId,
    owner: &Owner,
) -> Result<Vec<Output>, ReadError> {
    let deployments = all(|next| async {
        let request = client.get_deployments().rest_api_id(api.as_str());
        let answer = request.limit(LIMIT).set_position(next).send().await;
        match found(answer.map_err(classify))? {
            Some(answer) => Ok((answer.items.unwrap_or_default(), answer.position)),
            None => Ok((Vec::new(), None)),
        }
    });
    let deployments = deployments.await?;
    let owned = deployments
        .iter()
        .filter(|one| is_marked(one.description(), owner));
    let subject = Subject::new("deployment of API", Some(api.as_str()));
    owned
        .map(|one| subject.id("id", one.id()).map(Output::Deployment))
        .collect()
}
