//! What AWS holds for one account: plain data that anyone may edit.
//!
//! The nouns are `model`'s with every `Option` that a scan fills filled, except where AWS keeps
//! more than a scan does: deployments, canaries and stage variables in clear. Values that a scan
//! digests stand here as digests too, as stand-ins of the raw values: the reader seals them under
//! its own key. A `uri` is raw and may have a query string.

use std::collections::BTreeMap;

use unbridge_model::apigateway::{
    ExportedRoute, HttpApi, LinkReach, Method, RestApi, Tags, VpcLink,
};
use unbridge_model::elb::{Listener, LoadBalancer, TargetGroup};
use unbridge_model::id::{
    AccountId, DeploymentId, HttpApiId, ListenerArn, LoadBalancerArn, Region, RestApiId, StageName,
    TargetGroupArn, VpcId,
};
use unbridge_model::network::{EndpointConnection, EndpointService, NetworkInterface, Vpc};
use unbridge_model::text::Text;

/// Stage variables in clear.
pub type RawVariables = BTreeMap<Text, String>;

/// An account.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// What stands in its enabled regions; a region that is not here is not enabled.
    pub regions: BTreeMap<Region, RegionState>,
}

/// What stands in one region.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RegionState {
    /// VPC links of both versions.
    pub links: Vec<VpcLink>,
    /// REST APIs.
    pub rest_apis: Vec<RestApiState>,
    /// HTTP and WebSocket APIs.
    pub http_apis: Vec<HttpApiState>,
    /// Load balancers with listeners, rules, attributes and tags.
    pub load_balancers: Vec<LoadBalancer>,
    /// Target groups with targets, attributes and tags.
    pub target_groups: Vec<TargetGroup>,
    /// VPCs with subnets and security groups.
    pub vpcs: Vec<Vpc>,
    /// Network interfaces of load balancers.
    pub network_interfaces: Vec<NetworkInterface>,
    /// Endpoint services with connections.
    pub endpoint_services: Vec<EndpointService>,
}

/// A REST API.
#[derive(Debug, Clone, PartialEq)]
pub struct RestApiState {
    /// The API with its draft and without stages.
    pub api: RestApi,
    /// Frozen copies of the draft.
    pub deployments: BTreeMap<DeploymentId, Vec<Method>>,
    /// Stages.
    pub stages: Vec<StageState>,
}

/// A stage of a REST API.
#[derive(Debug, Clone, PartialEq)]
pub struct StageState {
    /// Its name.
    pub name: StageName,
    /// The deployment it runs.
    pub deployment: DeploymentId,
    /// A canary release in progress.
    pub canary: Option<CanaryState>,
    /// Its variables.
    pub variables: RawVariables,
    /// Tags.
    pub tags: Tags,
}

/// A canary release.
#[derive(Debug, Clone, PartialEq)]
pub struct CanaryState {
    /// The deployment that canary requests run.
    pub deployment: DeploymentId,
    /// Percent of requests, 0 to 100.
    pub percent: f64,
    /// Variables that differ for canary requests.
    pub overrides: RawVariables,
}

/// An HTTP or WebSocket API.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpApiState {
    /// The API with integrations and routes and without stages.
    pub api: HttpApi,
    /// Stages.
    pub stages: Vec<HttpStageState>,
}

/// A stage of an HTTP or WebSocket API.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpStageState {
    /// Its name.
    pub name: StageName,
    /// Its variables.
    pub variables: RawVariables,
    /// What it runs.
    pub runs: HttpRuns,
}

/// What a stage of an HTTP or WebSocket API runs.
#[derive(Debug, Clone, PartialEq)]
pub enum HttpRuns {
    /// The API's own routes and integrations: auto-deploy is on.
    Current,
    /// What was deployed last.
    Frozen(Vec<ExportedRoute>),
}

impl Account {
    /// An account without regions.
    #[must_use]
    pub fn new(id: AccountId) -> Self {
        Self {
            id,
            regions: BTreeMap::new(),
        }
    }
}

impl RegionState {
    /// Links of version 1.
    pub fn v1_links(&self) -> impl Iterator<Item = &VpcLink> {
        self.links
            .iter()
            .filter(|link| matches!(link.reach, LinkReach::V1 { .. }))
    }

    /// Links of version 2.
    pub fn v2_links(&self) -> impl Iterator<Item = &VpcLink> {
        self.links
            .iter()
            .filter(|link| matches!(link.reach, LinkReach::V2 { .. }))
    }

    /// The link of this name.
    #[must_use]
    pub fn link_named(&self, name: &str) -> Option<&VpcLink> {
        self.links.iter().find(|link| link.name == name)
    }

    /// The REST API with this id.
    #[must_use]
    pub fn rest_api(&self, id: &RestApiId) -> Option<&RestApiState> {
        self.rest_apis.iter().find(|state| state.api.id == *id)
    }

    /// The REST API of this name.
    #[must_use]
    pub fn rest_api_named(&self, name: &str) -> Option<&RestApiState> {
        self.rest_apis.iter().find(|state| state.api.name == name)
    }

    /// The HTTP or WebSocket API with this id.
    #[must_use]
    pub fn http_api(&self, id: &HttpApiId) -> Option<&HttpApiState> {
        self.http_apis.iter().find(|state| state.api.id == *id)
    }

    /// The HTTP or WebSocket API of this name.
    #[must_use]
    pub fn http_api_named(&self, name: &str) -> Option<&HttpApiState> {
        self.http_apis.iter().find(|state| state.api.name == name)
    }

    /// The load balancer with this ARN.
    #[must_use]
    pub fn load_balancer(&self, arn: &LoadBalancerArn) -> Option<&LoadBalancer> {
        self.load_balancers.iter().find(|lb| lb.arn == *arn)
    }

    /// The load balancer of this name.
    #[must_use]
    pub fn load_balancer_named(&self, name: &str) -> Option<&LoadBalancer> {
        self.load_balancers.iter().find(|lb| lb.name == name)
    }

    /// The listener with this ARN.
    #[must_use]
    pub fn listener(&self, arn: &ListenerArn) -> Option<&Listener> {
        self.load_balancers
            .iter()
            .flat_map(|lb| lb.listeners.iter().flatten())
            .find(|listener| listener.arn == *arn)
    }

    /// The VPC with this id, if there is one.
    pub fn vpcs_of<'s>(&'s self, id: &'s VpcId) -> impl Iterator<Item = &'s Vpc> {
        self.vpcs.iter().filter(move |vpc| vpc.id == *id)
    }

    /// Connections to all endpoint services.
    pub fn connections(&self) -> impl Iterator<Item = &EndpointConnection> {
        let services = self.endpoint_services.iter();
        services.flat_map(|service| service.connections.iter().flatten())
    }

    /// The target group with this ARN.
    #[must_use]
    pub fn target_group(&self, arn: &TargetGroupArn) -> Option<&TargetGroup> {
        self.target_groups.iter().find(|group| group.arn == *arn)
    }

    /// The target group of this name.
    #[must_use]
    pub fn target_group_named(&self, name: &str) -> Option<&TargetGroup> {
        self.target_groups.iter().find(|group| group.name == name)
    }
}

impl RestApiState {
    /// What a stage runs; `None` when there is no such stage.
    #[must_use]
    pub fn deployed(&self, stage: &StageName) -> Option<&[Method]> {
        let stage = self.stages.iter().find(|known| known.name == *stage)?;
        self.deployments
            .get(&stage.deployment)
            .map(|methods| methods.as_slice())
    }
}

impl HttpApiState {
    /// What a stage runs; `None` when there is no such stage.
    #[must_use]
    pub fn deployed(&self, stage: &StageName) -> Option<Vec<ExportedRoute>> {
        let stage = self.stages.iter().find(|known| known.name == *stage)?;
        Some(match &stage.runs {
            HttpRuns::Current => self.current(),
            HttpRuns::Frozen(routes) => routes.clone(),
        })
    }

    /// The routes as they would be deployed now.
    #[must_use]
    pub fn current(&self) -> Vec<ExportedRoute> {
        let routes = self.api.routes.iter().flatten();
        routes
            .filter_map(|route| {
                let id = route.integration.as_ref()?;
                let mut integrations = self.api.integrations.iter().flatten();
                let found = integrations.find(|known| known.id == *id)?;
                Some(ExportedRoute {
                    key: route.key.clone(),
                    integration: found.integration.clone(),
                })
            })
            .collect()
    }
}
