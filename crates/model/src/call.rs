//! Every call a scan can make, and what it answers.
//!
//! Closed enums: pace, permissions, gaps and the test of exact calls are matches over one type.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::apigateway::{
    ExportedRoute, HttpApi, HttpIntegration, HttpRoute, Method, RestApi, Tags, VpcLink,
};
use crate::digest::Sensitive;
use crate::elb::{Listener, LoadBalancer, Rule, Target, TargetGroup};
use crate::id::{
    DeploymentId, HttpApiId, ListenerArn, LoadBalancerArn, Region, RestApiId, StageName,
    TargetGroupArn, VpcId,
};
use crate::network::{
    EndpointConnection, EndpointService, NetworkInterface, SecurityGroup, Subnet,
};
use crate::text::Text;

/// One question to AWS. Answers longer than a page are continued with a [`PageToken`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, strum::EnumDiscriminants)]
#[strum_discriminants(
    name(CallKind),
    doc = "Which call, without what it asks about.",
    derive(
        PartialOrd,
        Ord,
        Hash,
        Serialize,
        Deserialize,
        JsonSchema,
        strum::VariantArray
    ),
    expect(missing_docs, reason = "AWS's own names")
)]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum Call {
    /// Links of version 1.
    GetVpcLinks,
    /// Links of version 2.
    GetVpcLinksV2,
    GetRestApis,
    /// Every resource of an API with methods and integrations embedded, 500 a page.
    GetResources {
        api: RestApiId,
    },
    GetStages {
        api: RestApiId,
    },
    /// What a stage runs (`oas30`, `extensions=apigateway`).
    GetExport {
        api: RestApiId,
        stage: StageName,
    },
    /// HTTP and WebSocket APIs.
    GetApis,
    GetIntegrations {
        api: HttpApiId,
    },
    GetRoutes {
        api: HttpApiId,
    },
    /// Stages of an HTTP or WebSocket API.
    GetApiStages {
        api: HttpApiId,
    },
    /// What a stage of an HTTP API without auto-deploy runs.
    ExportApi {
        api: HttpApiId,
        stage: StageName,
    },
    DescribeLoadBalancers,
    DescribeTargetGroups,
    DescribeListeners {
        load_balancer: LoadBalancerArn,
    },
    DescribeRules {
        listener: ListenerArn,
    },
    DescribeTargetHealth {
        group: TargetGroupArn,
    },
    DescribeLoadBalancerAttributes {
        load_balancer: LoadBalancerArn,
    },
    DescribeTargetGroupAttributes {
        group: TargetGroupArn,
    },
    /// Tags of at most 20 load balancers or target groups, by ARN.
    DescribeTags {
        resources: Vec<Text>,
    },
    DescribeSubnets {
        vpc: VpcId,
    },
    DescribeSecurityGroups {
        vpc: VpcId,
    },
    /// Interfaces whose description begins with `ELB `.
    DescribeNetworkInterfaces,
    DescribeVpcEndpointServiceConfigurations,
    DescribeVpcEndpointConnections,
}

/// The service a call goes to, as far as quotas and permissions tell services apart.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, strum::Display, strum::VariantArray,
)]
#[strum(serialize_all = "lowercase")]
pub enum Service {
    /// API Gateway, both generations: they share one control plane.
    ApiGateway,
    /// EC2.
    Ec2,
    /// Elastic Load Balancing v2.
    ElasticLoadBalancing,
}

impl Call {
    /// Which call this is.
    #[must_use]
    pub fn kind(&self) -> CallKind {
        self.into()
    }

    /// The resource it asks about, where it asks about one.
    #[must_use]
    pub fn subject(&self) -> Option<Text> {
        match self {
            Self::GetResources { api } | Self::GetStages { api } => Some(api.clone().into()),
            Self::GetExport { api, stage } => Some(Text::from(format!("{api}/{stage}"))),
            Self::GetIntegrations { api }
            | Self::GetRoutes { api }
            | Self::GetApiStages { api } => Some(api.clone().into()),
            Self::ExportApi { api, stage } => Some(Text::from(format!("{api}/{stage}"))),
            Self::DescribeListeners { load_balancer }
            | Self::DescribeLoadBalancerAttributes { load_balancer } => {
                Some(load_balancer.clone().into())
            }
            Self::DescribeRules { listener } => Some(listener.clone().into()),
            Self::DescribeTargetHealth { group }
            | Self::DescribeTargetGroupAttributes { group } => Some(group.clone().into()),
            Self::DescribeSubnets { vpc } | Self::DescribeSecurityGroups { vpc } => {
                Some(vpc.clone().into())
            }
            Self::DescribeTags { resources } => Some(Text::from(
                resources
                    .iter()
                    .map(Text::as_str)
                    .collect::<Vec<_>>()
                    .join(" "),
            )),
            Self::GetVpcLinks
            | Self::GetVpcLinksV2
            | Self::GetRestApis
            | Self::GetApis
            | Self::DescribeLoadBalancers
            | Self::DescribeTargetGroups
            | Self::DescribeNetworkInterfaces
            | Self::DescribeVpcEndpointServiceConfigurations
            | Self::DescribeVpcEndpointConnections => None,
        }
    }
}

impl CallKind {
    /// The service it goes to.
    #[must_use]
    pub fn service(self) -> Service {
        match self {
            Self::GetVpcLinks
            | Self::GetVpcLinksV2
            | Self::GetRestApis
            | Self::GetResources
            | Self::GetStages
            | Self::GetExport
            | Self::GetApis
            | Self::GetIntegrations
            | Self::GetRoutes
            | Self::GetApiStages
            | Self::ExportApi => Service::ApiGateway,
            Self::DescribeLoadBalancers
            | Self::DescribeTargetGroups
            | Self::DescribeListeners
            | Self::DescribeRules
            | Self::DescribeTargetHealth
            | Self::DescribeLoadBalancerAttributes
            | Self::DescribeTargetGroupAttributes
            | Self::DescribeTags => Service::ElasticLoadBalancing,
            Self::DescribeSubnets
            | Self::DescribeSecurityGroups
            | Self::DescribeNetworkInterfaces
            | Self::DescribeVpcEndpointServiceConfigurations
            | Self::DescribeVpcEndpointConnections => Service::Ec2,
        }
    }

    /// `service:Operation` as AWS's own journals write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GetVpcLinks => "apigateway:GetVpcLinks",
            Self::GetVpcLinksV2 => "apigatewayv2:GetVpcLinks",
            Self::GetRestApis => "apigateway:GetRestApis",
            Self::GetResources => "apigateway:GetResources",
            Self::GetStages => "apigateway:GetStages",
            Self::GetExport => "apigateway:GetExport",
            Self::GetApis => "apigatewayv2:GetApis",
            Self::GetIntegrations => "apigatewayv2:GetIntegrations",
            Self::GetRoutes => "apigatewayv2:GetRoutes",
            Self::GetApiStages => "apigatewayv2:GetStages",
            Self::ExportApi => "apigatewayv2:ExportApi",
            Self::DescribeLoadBalancers => "elasticloadbalancing:DescribeLoadBalancers",
            Self::DescribeTargetGroups => "elasticloadbalancing:DescribeTargetGroups",
            Self::DescribeListeners => "elasticloadbalancing:DescribeListeners",
            Self::DescribeRules => "elasticloadbalancing:DescribeRules",
            Self::DescribeTargetHealth => "elasticloadbalancing:DescribeTargetHealth",
            Self::DescribeLoadBalancerAttributes => {
                "elasticloadbalancing:DescribeLoadBalancerAttributes"
            }
            Self::DescribeTargetGroupAttributes => {
                "elasticloadbalancing:DescribeTargetGroupAttributes"
            }
            Self::DescribeTags => "elasticloadbalancing:DescribeTags",
            Self::DescribeSubnets => "ec2:DescribeSubnets",
            Self::DescribeSecurityGroups => "ec2:DescribeSecurityGroups",
            Self::DescribeNetworkInterfaces => "ec2:DescribeNetworkInterfaces",
            Self::DescribeVpcEndpointServiceConfigurations => {
                "ec2:DescribeVpcEndpointServiceConfigurations"
            }
            Self::DescribeVpcEndpointConnections => "ec2:DescribeVpcEndpointConnections",
        }
    }

    /// The IAM action that permits it. API Gateway's actions are HTTP verbs on paths.
    #[must_use]
    pub fn iam_action(self) -> &'static str {
        match self.service() {
            Service::ApiGateway => "apigateway:GET",
            Service::Ec2 | Service::ElasticLoadBalancing => self.name(),
        }
    }
}

/// Where an answer goes on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PageToken(pub String);

/// One page of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// What it tells.
    pub facts: Facts,
    /// Where it goes on; `None` on the last page.
    pub next: Option<PageToken>,
}

/// A stage of a REST API as `GetStages` tells it, its variables still in clear.
#[derive(Debug, Clone, PartialEq)]
pub struct StageFacts {
    /// The stage's name.
    pub name: StageName,
    /// The deployment it runs.
    pub deployment: DeploymentId,
    /// A canary release in progress.
    pub canary: Option<CanaryFacts>,
    /// Stage variables.
    pub variables: BTreeMap<Text, Sensitive>,
    /// Tags.
    pub tags: Tags,
}

/// A canary release as `GetStages` tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct CanaryFacts {
    /// The deployment that canary requests run.
    pub deployment: DeploymentId,
    /// Percent of requests, 0 to 100.
    pub percent: f64,
    /// Variables that differ for canary requests.
    pub overrides: BTreeMap<Text, Sensitive>,
}

/// A stage of an HTTP or WebSocket API as `GetStages` tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpStageFacts {
    /// The stage's name.
    pub name: StageName,
    /// Whether every edit is live at once.
    pub auto_deploy: AutoDeploy,
    /// Stage variables.
    pub variables: BTreeMap<Text, Sensitive>,
}

/// Whether edits of an API reach a stage by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AutoDeploy {
    /// At once.
    On,
    /// With the next deployment.
    Off,
}

/// What a page tells, by call.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each holds what its call lists")]
pub enum Facts {
    VpcLinks(Vec<VpcLink>),
    /// APIs without draft and stages: those are calls of their own.
    RestApis(Vec<RestApi>),
    Methods(Vec<Method>),
    Stages(Vec<StageFacts>),
    /// APIs without integrations, routes and stages.
    HttpApis(Vec<HttpApi>),
    HttpIntegrations(Vec<HttpIntegration>),
    HttpRoutes(Vec<HttpRoute>),
    HttpStages(Vec<HttpStageFacts>),
    ExportedRoutes(Vec<ExportedRoute>),
    /// Load balancers without listeners, attributes and tags.
    LoadBalancers(Vec<LoadBalancer>),
    /// Target groups without targets, attributes and tags.
    TargetGroups(Vec<TargetGroup>),
    Listeners(Vec<Listener>),
    /// Rules without the default one.
    Rules(Vec<Rule>),
    Targets(Vec<Target>),
    Attributes(BTreeMap<Text, Text>),
    /// Tags by ARN.
    Tags(BTreeMap<Text, Tags>),
    Subnets(Vec<Subnet>),
    SecurityGroups(Vec<SecurityGroup>),
    NetworkInterfaces(Vec<NetworkInterface>),
    /// Services without connections.
    EndpointServices(Vec<EndpointService>),
    EndpointConnections(Vec<EndpointConnection>),
}

/// Who is asking, and which regions the account may use: asked once, before a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account of the credentials.
    pub account: crate::id::AccountId,
    /// The identity's ARN.
    pub arn: Text,
    /// Regions enabled for the account; `None` when not asked.
    pub regions: Option<Vec<Region>>,
}

#[cfg(test)]
mod tests {
    use strum::VariantArray;

    use super::*;

    #[test]
    fn every_call_has_a_name_of_its_own_and_an_action_of_its_service() {
        let mut names: Vec<_> = CallKind::VARIANTS.iter().map(|kind| kind.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CallKind::VARIANTS.len());
        for kind in CallKind::VARIANTS {
            let service = kind.service().to_string();
            assert!(
                kind.name().starts_with(&service),
                "{} is of {service}",
                kind.name()
            );
            assert!(kind.iam_action().starts_with(&service));
        }
    }
}
