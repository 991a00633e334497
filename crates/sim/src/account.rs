//! What AWS holds for one account: plain data that anyone may edit.
//!
//! The nouns are `model`'s with every `Option` that a scan fills filled, except where AWS keeps
//! more than a scan does: deployments, canaries and stage variables in clear. Values that a scan
//! digests stand here as digests too, as stand-ins of the raw values ([`stand_in`]): the reader
//! seals them under its own key. Where the data plane needs what one stands for, [`RawValues`]
//! tells it. A `uri` is raw and may have a query string.

use std::collections::BTreeMap;

use unbridge_model::apigateway::{
    DomainName, ExportedRoute, HttpApi, LinkReach, Method, RestApi, Tags, VpcLink,
};
use unbridge_model::call::DraftSetting;
use unbridge_model::digest::{Digest, Digester};
use unbridge_model::elb::{Certificate, Listener, LoadBalancer, TargetGroup};
use unbridge_model::id::{
    AcceleratorArn, AcceleratorListenerArn, AccountId, CertificateArn, DeploymentId, HostedZoneId,
    HttpApiId, ListenerArn, LoadBalancerArn, Region, RestApiId, StageName, TargetGroupArn, VpcId,
};
use unbridge_model::network::{EndpointConnection, EndpointService, NetworkInterface, Vpc};
use unbridge_model::text::Text;
use unbridge_model::usage::{Measure, Measured};
use unbridge_model::user::User;

pub use crate::shelf::{Shared, Shelf};

/// Stage variables in clear.
pub type RawVariables = BTreeMap<Text, String>;

/// The raw values that digests of an account stand for, where they are known.
pub type RawValues = BTreeMap<Digest, String>;

/// The digest that stands for a raw value in an account. Any key does: the reader seals it again.
#[must_use]
pub fn stand_in(raw: &str) -> Digest {
    Digester::new(&[0; 32]).seal(raw)
}

/// An account.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// What belongs to no region.
    pub global: GlobalState,
    /// What stands in its enabled regions; a region that is not here is not enabled.
    pub regions: BTreeMap<Region, RegionState>,
}

/// What belongs to an account and to no region.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GlobalState {
    /// Route 53's zones.
    pub hosted_zones: Vec<HostedZoneState>,
    /// Accelerators.
    pub accelerators: Vec<AcceleratorState>,
    /// `CloudFront`'s distributions, as far as their origins go.
    pub distributions: Vec<User>,
    /// `CloudFront`'s VPC origins.
    pub vpc_origins: Vec<User>,
}

/// A hosted zone.
#[derive(Debug, Clone, PartialEq)]
pub struct HostedZoneState {
    /// Its id.
    pub id: HostedZoneId,
    /// Its name, without a final dot.
    pub name: Text,
    /// Its records.
    pub records: Vec<User>,
}

/// An accelerator.
#[derive(Debug, Clone, PartialEq)]
pub struct AcceleratorState {
    /// Its ARN.
    pub arn: AcceleratorArn,
    /// Its listeners.
    pub listeners: Vec<AcceleratorListenerState>,
}

/// A listener of an accelerator.
#[derive(Debug, Clone, PartialEq)]
pub struct AcceleratorListenerState {
    /// Its ARN.
    pub arn: AcceleratorListenerArn,
    /// Its endpoint groups.
    pub endpoint_groups: Vec<User>,
}

/// What stands in one region.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RegionState {
    /// VPC links of both versions.
    pub links: Shelf<VpcLink>,
    /// REST APIs.
    pub rest_apis: Shelf<RestApiState>,
    /// HTTP and WebSocket APIs.
    pub http_apis: Shelf<HttpApiState>,
    /// Custom domain names with mappings.
    pub domain_names: Vec<DomainName>,
    /// Load balancers with listeners, rules, certificates, attributes, tags, web ACLs and traffic.
    pub load_balancers: Shelf<LoadBalancer>,
    /// Target groups with targets, attributes and tags.
    pub target_groups: Shelf<TargetGroup>,
    /// Certificates of Certificate Manager.
    pub certificates: Vec<Certificate>,
    /// VPCs with subnets, security groups, network ACLs and route tables.
    pub vpcs: Shelf<Vpc>,
    /// Network interfaces of load balancers.
    pub network_interfaces: Shelf<NetworkInterface>,
    /// Endpoint services with connections.
    pub endpoint_services: Shelf<EndpointService>,
    /// Verified Access endpoints.
    pub verified_access_endpoints: Vec<User>,
    /// Traffic mirror targets.
    pub traffic_mirror_targets: Vec<User>,
    /// Alarms on metrics of load balancers.
    pub alarms: Vec<User>,
    /// What `CloudWatch` measured, hour by hour. What passes an NLB by day is the sum of its hours, or
    /// its `traffic` where these are not here.
    pub usage: BTreeMap<Measured, UsageState>,
    /// What the digests in rules of load balancers stand for.
    pub raw: RawValues,
}

/// What `CloudWatch` measured of a thing. A measure that is not here has no datapoint.
pub type UsageState = BTreeMap<Measure, Rhythm>;

/// The values of a measure, one an hour, over and over: the first is that of the hour at which 1970
/// began. `None` is an hour without datapoint.
pub type Rhythm = Vec<Option<f64>>;

/// A REST API.
#[derive(Debug, Clone, PartialEq)]
pub struct RestApiState {
    /// The API with its draft, without settings, deployments and stages. Methods name authorizers
    /// and validators by id.
    pub api: RestApi,
    /// Its editable settings: of every kind, with the ids that methods name them by.
    pub settings: Vec<DraftSetting>,
    /// Frozen copies of the draft.
    pub deployments: BTreeMap<DeploymentId, Shared<DeploymentState>>,
    /// Stages.
    pub stages: Vec<StageState>,
    /// What the digests in its integrations and settings stand for.
    pub raw: RawValues,
}

/// A frozen copy of a draft.
#[derive(Debug, Clone, PartialEq)]
pub struct DeploymentState {
    /// When it was made, RFC 3339 in UTC.
    pub created_at: Text,
    /// The methods as they were then.
    pub methods: Vec<Method>,
    /// The settings as they were then.
    pub settings: Vec<DraftSetting>,
    /// Whether methods and settings are known.
    pub content: Content,
}

/// Whether what a deployment holds is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Content {
    /// It is.
    #[default]
    Known,
    /// It is not, and its methods and settings are empty: no stage runs it, and AWS tells nobody
    /// what it holds.
    Unknown,
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
    /// The certificate it shows to its backends.
    pub client_certificate: Option<Text>,
    /// The size of its cache in GB.
    pub cache: Option<Text>,
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
    /// The deployment it runs; `None` when AWS names none.
    pub deployment: Option<DeploymentId>,
    /// Its variables.
    pub variables: RawVariables,
    /// Its tags.
    pub tags: Tags,
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
            global: GlobalState::default(),
            regions: BTreeMap::new(),
        }
    }
}

impl GlobalState {
    /// The zone with this id.
    #[must_use]
    pub fn hosted_zone(&self, id: &HostedZoneId) -> Option<&HostedZoneState> {
        self.hosted_zones.iter().find(|zone| zone.id == *id)
    }

    /// The accelerator with this ARN.
    #[must_use]
    pub fn accelerator(&self, arn: &AcceleratorArn) -> Option<&AcceleratorState> {
        self.accelerators.iter().find(|known| known.arn == *arn)
    }

    /// The listener of an accelerator with this ARN.
    #[must_use]
    pub fn accelerator_listener(
        &self,
        arn: &AcceleratorListenerArn,
    ) -> Option<&AcceleratorListenerState> {
        let listeners = self.accelerators.iter().flat_map(|known| &known.listeners);
        listeners.into_iter().find(|listener| listener.arn == *arn)
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

    /// The certificate with this ARN.
    #[must_use]
    pub fn certificate(&self, arn: &CertificateArn) -> Option<&Certificate> {
        self.certificates.iter().find(|known| known.arn == *arn)
    }

    /// The custom domain name.
    #[must_use]
    pub fn domain_name(&self, name: &str) -> Option<&DomainName> {
        self.domain_names.iter().find(|known| known.name == name)
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
    /// The stage of this name.
    #[must_use]
    pub fn stage(&self, name: &StageName) -> Option<&StageState> {
        self.stages.iter().find(|known| known.name == *name)
    }

    /// What a stage runs; `None` when there is no such stage.
    #[must_use]
    pub fn deployed(&self, stage: &StageName) -> Option<&DeploymentState> {
        self.deployments
            .get(&self.stage(stage)?.deployment)
            .map(|known| &**known)
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
