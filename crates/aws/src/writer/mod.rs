//! The changing port over the SDK: one operation at a time, in one region.
//!
//! Owns which SDK request each operation is, how a state is read back, and how a thing is found by
//! its owner. Every operation is one mutating request, except that a temporary stage takes what
//! `CreateStage` cannot give it by further ones, all of which can be sent again. Each request waits for its turn, which others give.
//! There is no policy, no pace and no retry here, and no journal: whoever calls has announced the
//! change.
//!
mod admitted;
mod alike;
mod balancers;
mod groups;
mod http;
mod links;
mod rest;
mod stages;
#[cfg(test)]
mod tests;
mod turns;
mod unused;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use tokio::runtime::Handle;
use unbridge_model::apigateway::Tags;
use unbridge_model::id::{InvalidId, Region};
use unbridge_model::journal::{Owner, RUN_TAG, Recorded, STEP_TAG};
use unbridge_model::plan::condition::Condition;
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::value::{Output, Settled};
use unbridge_model::port::{Held, ReadError, Turns, Untouched, WriteError, WriteFailure, Writer};
use unbridge_model::text::Text;

use self::turns::Waiting;
use crate::session::Session;

/// Changes one region with the credentials of one session, and blocks until AWS has answered.
///
/// It must not be used from within an asynchronous task.
pub struct AwsWriter {
    runtime: Handle,
    clients: Clients,
}

impl fmt::Debug for AwsWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AwsWriter({})", self.clients.region)
    }
}

impl AwsWriter {
    /// A writer that changes this region, each call when it is its turn. The runtime needs threads of
    /// its own, which go on between calls, its timer and its sockets.
    #[must_use]
    pub fn new(session: &Session, region: &Region, runtime: Handle, turns: Arc<dyn Turns>) -> Self {
        Self {
            runtime,
            clients: Clients::new(session, region, turns),
        }
    }
}

impl Writer for AwsWriter {
    fn perform(&self, change: Recorded) -> Result<Option<Output>, WriteError> {
        let (operation, owner) = (change.operation(), change.owner());
        let kind: &'static str = operation.into();
        tracing::debug!(kind, region = %self.clients.region, "changing");
        self.runtime
            .block_on(perform(&self.clients, operation, owner))
    }

    fn observe(&self, condition: &Condition<Settled>) -> Result<Held, ReadError> {
        self.runtime.block_on(observe(&self.clients, condition))
    }

    fn untouched(&self, what: &Untouched) -> Result<Held, ReadError> {
        let v1 = &self.clients.apigateway;
        self.runtime.block_on(async {
            match what {
                Untouched::OwnDeployment {
                    api,
                    stage,
                    deployment,
                } => stages::owns(v1, api, stage, deployment).await,
                Untouched::Draft { api, methods } => rest::draft_holds(v1, api, methods).await,
            }
        })
    }

    fn find_owned(
        &self,
        owner: &Owner,
        operation: &Operation<Settled>,
    ) -> Result<Vec<Output>, ReadError> {
        let found = find_owned(&self.clients, owner, operation);
        self.runtime.block_on(found)
    }
}

/// The SDK's clients for the region.
#[derive(Debug)]
struct Clients {
    region: Region,
    apigateway: aws_sdk_apigateway::Client,
    apigatewayv2: aws_sdk_apigatewayv2::Client,
    ec2: aws_sdk_ec2::Client,
    elb: aws_sdk_elasticloadbalancingv2::Client,
    wafv2: aws_sdk_wafv2::Client,
}

impl Clients {
    fn new(session: &Session, region: &Region, turns: Arc<dyn Turns>) -> Self {
        let config = session.config_at(region);
        let waiting = Waiting(turns);
        macro_rules! client {
            ($sdk:ident) => {{
                let config = $sdk::config::Builder::from(&config);
                $sdk::Client::from_conf(config.interceptor(waiting.clone()).build())
            }};
        }
        Self {
            region: region.clone(),
            apigateway: client!(aws_sdk_apigateway),
            apigatewayv2: client!(aws_sdk_apigatewayv2),
            ec2: client!(aws_sdk_ec2),
            elb: client!(aws_sdk_elasticloadbalancingv2),
            wafv2: client!(aws_sdk_wafv2),
        }
    }
}

/// What a change comes to.
type Changed<T = ()> = Result<T, WriteError>;

/// Which request each operation is.
async fn perform(
    clients: &Clients,
    operation: &Operation<Settled>,
    owner: &Owner,
) -> Changed<Option<Output>> {
    use Operation as O;
    let (v1, v2) = (&clients.apigateway, &clients.apigatewayv2);
    let (ec2, elb) = (&clients.ec2, &clients.elb);
    match operation {
        O::CreateSecurityGroup {
            vpc,
            name,
            description,
            tags,
        } => return groups::create(ec2, vpc, (name, description), &owned(tags, owner)).await,
        O::RevokeDefaultEgress { group } => groups::revoke_default_egress(ec2, group).await,
        O::AuthorizeRule { group, rule } => groups::authorize(ec2, group, rule).await,
        O::RevokeRule { group, rule } => groups::revoke(ec2, group, rule).await,
        O::DeleteSecurityGroup { group } => groups::delete(ec2, group).await,
        O::CreateVpcLink {
            name,
            subnets,
            security_groups,
            tags,
        } => {
            let tags = owned(tags, owner);
            return links::create(v2, name, subnets, security_groups, tags).await;
        }
        O::DeleteVpcLink { link } => links::delete(v2, link).await,
        O::DeleteV1Link { link } => links::delete_v1(v1, link).await,
        O::UpdateIntegration { method, patch } => rest::update_integration(v1, method, patch).await,
        O::CreateDeployment { api, description } => {
            return rest::create_deployment(v1, api, described(description, owner)).await;
        }
        O::DeleteDeployment { api, deployment } => {
            rest::delete_deployment(v1, api, deployment).await
        }
        O::CreateStage {
            api,
            stage,
            deployment,
            like,
            tags,
        } => {
            let tags = owned(tags, owner);
            stages::create(clients, (api, stage), deployment, like, tags).await
        }
        O::FurnishStage { api, stage, like } => stages::furnish(clients, (api, stage), like).await,
        O::DeleteStage { api, stage } => stages::delete(v1, api, stage).await,
        O::SetCanary {
            api,
            stage,
            deployment,
            percent,
        } => stages::set_canary(v1, (api, stage), deployment, *percent).await,
        O::RemoveCanary { api, stage } => stages::remove_canary(v1, api, stage).await,
        O::SetDeployment {
            api,
            stage,
            deployment,
        } => stages::set_deployment(v1, api, stage, deployment).await,
        O::CreateHttpIntegration {
            api,
            like,
            link,
            listener,
        } => {
            let description = owner.mark();
            return http::create_integration(v2, (api, like), link, listener, description).await;
        }
        O::DeleteHttpIntegration { api, integration } => {
            http::delete_integration(v2, api, integration).await
        }
        O::UpdateRoute {
            api,
            route,
            key: _,
            integration,
        } => http::update_route(v2, api, route, integration).await,
        O::CreateHttpDeployment { api, description } => {
            return http::create_deployment(v2, api, described(description, owner)).await;
        }
        O::DeleteHttpDeployment { api, deployment } => {
            http::delete_deployment(v2, api, deployment).await
        }
        O::SetHttpDeployment {
            api,
            stage,
            deployment,
        } => http::set_deployment(v2, api, stage, deployment).await,
        O::DeregisterTarget {
            group,
            target,
            port,
        } => balancers::deregister(elb, group, target, *port).await,
        O::RegisterTarget {
            group,
            target,
            port,
        } => balancers::register(elb, group, target, *port).await,
        O::DeleteLoadBalancer { load_balancer } => {
            balancers::delete_load_balancer(elb, load_balancer).await
        }
        O::DeleteTargetGroup { group } => balancers::delete_target_group(elb, group).await,
    }?;
    Ok(None)
}

/// How each state is read back.
async fn observe(clients: &Clients, condition: &Condition<Settled>) -> Result<Held, ReadError> {
    use Condition as C;
    let (v1, v2) = (&clients.apigateway, &clients.apigatewayv2);
    let (ec2, elb) = (&clients.ec2, &clients.elb);
    match condition {
        C::GroupStands { vpc, group } => groups::stands(ec2, vpc, group).await,
        C::GroupGone { group } => groups::gone(ec2, group).await,
        C::RuleStands { group, rule } => groups::rule_stands(ec2, group, rule).await,
        C::RuleGone { group, rule } => groups::rule_gone(ec2, group, rule).await,
        C::DefaultEgressGone { group } => groups::default_egress_gone(ec2, group).await,
        C::LinkAvailable { link } => links::available(v2, link).await,
        C::LinkGone { link } => links::gone(v2, link).await,
        C::LinkUnused { link } => unused::link(clients, link).await,
        C::V1LinkUnused { link, websockets } => unused::v1_link(clients, link, *websockets).await,
        C::V1LinkGone { link } => links::v1_gone(v1, link).await,
        C::LinkAdmitted {
            link,
            load_balancer,
            port,
        } => admitted::link_admitted(clients, link, load_balancer, *port).await,
        C::IntegrationIs { method, patch } => rest::integration_is(v1, method, patch).await,
        C::DeploymentStands { api, deployment } => {
            rest::deployment_stands(v1, api, deployment).await
        }
        C::DeploymentGone { api, deployment } => rest::deployment_gone(v1, api, deployment).await,
        C::StageRuns {
            api,
            stage,
            deployment,
        } => stages::runs(v1, api, stage, deployment).await,
        C::CanaryIs {
            api,
            stage,
            deployment,
            percent,
        } => stages::canary_is(v1, (api, stage), deployment, *percent).await,
        C::NoCanary { api, stage } => stages::no_canary(v1, api, stage).await,
        C::StageGone { api, stage } => stages::gone(v1, api, stage).await,
        C::StageFurnished { api, stage, like } => stages::furnished(v1, api, (stage, like)).await,
        C::StagesAlike {
            api,
            stage,
            like,
            but,
        } => alike::alike(v1, api, (stage, like), but).await,
        C::RouteGoesTo {
            api,
            route,
            integration,
        } => http::route_goes_to(v2, api, route, integration).await,
        C::HttpIntegrationGone { api, integration } => {
            http::integration_gone(v2, api, integration).await
        }
        C::HttpDeploymentGone { api, deployment } => {
            http::deployment_gone(v2, api, deployment).await
        }
        C::HttpDeploymentUnused { api, deployment } => {
            http::deployment_unused(v2, api, deployment).await
        }
        C::HttpStageRuns {
            api,
            stage,
            deployment,
        } => http::stage_runs(v2, api, stage, deployment).await,
        C::TargetRegistered {
            group,
            target,
            port,
        } => balancers::registered(elb, group, target, *port).await,
        C::TargetGone {
            group,
            target,
            port,
        } => balancers::target_gone(elb, group, target, *port).await,
        C::NotProtected { load_balancer } => balancers::not_protected(elb, load_balancer).await,
        C::LoadBalancerUnnamed {
            load_balancer,
            hosts,
            websockets,
        } => unused::load_balancer(clients, load_balancer, *hosts, *websockets).await,
        C::LoadBalancerGone { load_balancer } => {
            balancers::load_balancer_gone(elb, load_balancer).await
        }
        C::TargetGroupGone { group } => balancers::target_group_gone(elb, group).await,
    }
}

/// Where what an operation makes is listed. A stage is found by its name: it is an effect.
async fn find_owned(
    clients: &Clients,
    owner: &Owner,
    operation: &Operation<Settled>,
) -> Result<Vec<Output>, ReadError> {
    use Operation as O;
    let (v1, v2) = (&clients.apigateway, &clients.apigatewayv2);
    match operation {
        O::CreateSecurityGroup { .. } => groups::find_owned(&clients.ec2, owner).await,
        O::CreateVpcLink { .. } => links::find_owned(v2, owner).await,
        O::CreateDeployment { api, .. } => rest::find_owned(v1, api, owner).await,
        O::CreateHttpDeployment { api, .. } => http::find_deployments(v2, api, owner).await,
        O::CreateHttpIntegration { api, .. } => http::find_integrations(v2, api, owner).await,
        O::RevokeDefaultEgress { .. }
        | O::AuthorizeRule { .. }
        | O::RevokeRule { .. }
        | O::DeleteSecurityGroup { .. }
        | O::DeleteVpcLink { .. }
        | O::UpdateIntegration { .. }
        | O::DeleteDeployment { .. }
        | O::CreateStage { .. }
        | O::FurnishStage { .. }
        | O::DeleteStage { .. }
        | O::SetCanary { .. }
        | O::RemoveCanary { .. }
        | O::SetDeployment { .. }
        | O::DeleteHttpIntegration { .. }
        | O::UpdateRoute { .. }
        | O::DeleteHttpDeployment { .. }
        | O::SetHttpDeployment { .. }
        | O::DeleteV1Link { .. }
        | O::DeregisterTarget { .. }
        | O::RegisterTarget { .. }
        | O::DeleteLoadBalancer { .. }
        | O::DeleteTargetGroup { .. } => Ok(Vec::new()),
    }
}

/// Tags with those that name the owner.
fn owned(tags: &Tags, owner: &Owner) -> HashMap<String, String> {
    let given = tags
        .iter()
        .map(|(key, value)| (key.to_string(), value.to_string()));
    let mut all: HashMap<_, _> = given.collect();
    all.insert(RUN_TAG.to_owned(), owner.run.to_string());
    all.insert(STEP_TAG.to_owned(), owner.step.to_string());
    all
}

/// Whether tags name this owner.
fn is_tagged(tags: Option<&HashMap<String, String>>, owner: &Owner) -> bool {
    let is = |key: &str, value: &str| {
        let found = tags.and_then(|tags| tags.get(key));
        found.is_some_and(|found| found == value)
    };
    is(RUN_TAG, owner.run.as_str()) && is(STEP_TAG, owner.step.as_str())
}

/// A description that names the owner.
fn described(description: &Text, owner: &Owner) -> String {
    match description.is_empty() {
        true => owner.mark(),
        false => format!("{description} {}", owner.mark()),
    }
}

/// Whether a description names this owner.
fn is_marked(description: Option<&str>, owner: &Owner) -> bool {
    let mark = owner.mark();
    description.is_some_and(|text| text.split(' ').any(|word| word == mark))
}

/// The id of what was made. Without a usable one nobody knows what was made.
fn made<T>(id: Option<&str>) -> Changed<T>
where
    T: TryFrom<Text, Error = InvalidId>,
{
    let lost = |message: String| WriteError::new(WriteFailure::Lost, message);
    let id = id.ok_or_else(|| lost("the answer does not say what was made".to_owned()))?;
    T::try_from(Text::new(id))
        .map_err(|invalid| lost(format!("the answer says what was made as {invalid}")))
}

fn no(found: impl Into<String>) -> Held {
    Held::No {
        found: Text::from(found.into()),
    }
}

fn holds(is: bool, found: impl FnOnce() -> String) -> Held {
    match is {
        true => Held::Yes,
        false => no(found()),
    }
}

/// What stands there; `None` where AWS says that there is nothing.
fn found<T>(answer: Result<T, ReadError>) -> Result<Option<T>, ReadError> {
    use unbridge_model::gap::GapClass;
    match answer {
        Ok(told) => Ok(Some(told)),
        Err(error) if error.class == GapClass::Vanished => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads all pages: `read` is given the token of the next one.
async fn all<T, F>(mut read: impl FnMut(Option<String>) -> F) -> Result<Vec<T>, ReadError>
where
    F: Future<Output = Result<(Vec<T>, Option<String>), ReadError>>,
{
    let mut items = Vec::new();
    let mut next = None;
    loop {
        let (page, token) = read(next).await?;
        items.extend(page);
        // EC2 tells the end by an empty token.
        next = token.filter(|token| !token.is_empty());
        if next.is_none() {
            return Ok(items);
        }
    }
}
