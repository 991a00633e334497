//! Every call a scan can make, and what it answers.
//!
//! Closed enums: pace, permissions, gaps and the test of exact calls are matches over one type.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use strum::VariantArray;

use crate::apigateway::{
    ApiMapping, Deployment, DomainName, ExportedRoute, HttpApi, HttpIntegration, HttpRoute, Method,
    RestApi, Setting, Tags, VpcLink,
};
use crate::digest::Sensitive;
use crate::elb::{
    CapacityReservation, Certificate, Listener, LoadBalancer, Rule, Target, TargetGroup, WebAclOn,
};
use crate::id::{
    AcceleratorArn, AcceleratorListenerArn, CertificateArn, DeploymentId, HostedZoneId, HttpApiId,
    ListenerArn, LoadBalancerArn, Region, RestApiId, StageName, TargetGroupArn, VpcId,
};
use crate::network::{
    EndpointConnection, EndpointService, NetworkAcl, NetworkInterface, RouteTable, SecurityGroup,
    Subnet,
};
use crate::text::Text;
use crate::usage::{Measured, MetricQuery, Period, Span};
use crate::user::User;

/// One question to AWS. Answers longer than a page are continued with a [`PageToken`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, strum::EnumDiscriminants)]
#[strum_discriminants(
    name(CallKind),
    doc = "Which call, without what it asks about.",
    derive(PartialOrd, Ord, Hash, strum::VariantArray),
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
    GetDeployments {
        api: RestApiId,
    },
    GetAuthorizers {
        api: RestApiId,
    },
    GetRequestValidators {
        api: RestApiId,
    },
    GetModels {
        api: RestApiId,
    },
    GetGatewayResponses {
        api: RestApiId,
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
    /// Custom domain names, of APIs of every type.
    GetDomainNames,
    /// What a custom domain name leads to.
    GetApiMappings {
        domain: Text,
    },
    DescribeLoadBalancers,
    DescribeTargetGroups,
    DescribeListeners {
        load_balancer: LoadBalancerArn,
    },
    DescribeRules {
        listener: ListenerArn,
    },
    /// The certificates of a listener, the default one included.
    DescribeListenerCertificates {
        listener: ListenerArn,
    },
    DescribeTargetHealth {
        group: TargetGroupArn,
    },
    DescribeLoadBalancerAttributes {
        load_balancer: LoadBalancerArn,
    },
    /// The capacity units that somebody reserved for an NLB.
    DescribeCapacityReservation {
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
    DescribeNetworkAcls {
        vpc: VpcId,
    },
    DescribeRouteTables {
        vpc: VpcId,
    },
    /// Interfaces whose description begins with `ELB `.
    DescribeNetworkInterfaces,
    DescribeVpcEndpointServiceConfigurations,
    DescribeVpcEndpointConnections,
    DescribeVerifiedAccessEndpoints,
    DescribeTrafficMirrorTargets,
    DescribeCertificate {
        certificate: CertificateArn,
    },
    /// The web ACL before an ALB.
    GetWebAclForResource {
        load_balancer: LoadBalancerArn,
    },
    /// Metric alarms; those on metrics of load balancers are kept.
    DescribeAlarms,
    /// Metrics of load balancers and stages, at most [`Span::queries_a_call`] a call.
    GetMetricData {
        queries: Vec<MetricQuery>,
        span: Span,
    },
    ListHostedZones,
    ListResourceRecordSets {
        zone: HostedZoneId,
    },
    /// Standard accelerators; custom routing ones lead to subnets.
    ListAccelerators,
    ListListeners {
        accelerator: AcceleratorArn,
    },
    ListEndpointGroups {
        listener: AcceleratorListenerArn,
    },
    ListDistributions,
    ListVpcOrigins,
}

/// The service a call goes to, as far as quotas and permissions tell services apart.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, strum::Display, strum::VariantArray,
)]
#[strum(serialize_all = "lowercase")]
pub enum Service {
    /// Certificate Manager.
    Acm,
    /// API Gateway, both generations: they share one control plane.
    ApiGateway,
    /// CloudFront; global.
    CloudFront,
    /// CloudWatch.
    CloudWatch,
    /// EC2.
    Ec2,
    /// Elastic Load Balancing v2.
    ElasticLoadBalancing,
    /// Global Accelerator; global, asked in us-west-2.
    GlobalAccelerator,
    /// Route 53; global.
    Route53,
    /// WAF.
    Wafv2,
}

impl Service {
    /// Whether it belongs to the account and not to a region.
    #[must_use]
    pub fn is_global(self) -> bool {
        match self {
            Self::CloudFront | Self::GlobalAccelerator | Self::Route53 => true,
            Self::Acm
            | Self::ApiGateway
            | Self::CloudWatch
            | Self::Ec2
            | Self::ElasticLoadBalancing
            | Self::Wafv2 => false,
        }
    }
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
            Self::GetResources { api }
            | Self::GetStages { api }
            | Self::GetDeployments { api }
            | Self::GetAuthorizers { api }
            | Self::GetRequestValidators { api }
            | Self::GetModels { api }
            | Self::GetGatewayResponses { api } => Some(api.clone().into()),
            Self::GetApiMappings { domain } => Some(domain.clone()),
            Self::DescribeCertificate { certificate } => Some(certificate.clone().into()),
            Self::ListResourceRecordSets { zone } => Some(zone.clone().into()),
            Self::ListListeners { accelerator } => Some(accelerator.clone().into()),
            Self::ListEndpointGroups { listener } => Some(listener.clone().into()),
            Self::GetExport { api, stage } => Some(Text::from(format!("{api}/{stage}"))),
            Self::GetIntegrations { api }
            | Self::GetRoutes { api }
            | Self::GetApiStages { api } => Some(api.clone().into()),
            Self::ExportApi { api, stage } => Some(Text::from(format!("{api}/{stage}"))),
            Self::DescribeListeners { load_balancer }
            | Self::GetWebAclForResource { load_balancer }
            | Self::DescribeCapacityReservation { load_balancer }
            | Self::DescribeLoadBalancerAttributes { load_balancer } => {
                Some(load_balancer.clone().into())
            }
            Self::DescribeRules { listener } | Self::DescribeListenerCertificates { listener } => {
                Some(listener.clone().into())
            }
            Self::DescribeTargetHealth { group }
            | Self::DescribeTargetGroupAttributes { group } => Some(group.clone().into()),
            Self::DescribeSubnets { vpc }
            | Self::DescribeSecurityGroups { vpc }
            | Self::DescribeNetworkAcls { vpc }
            | Self::DescribeRouteTables { vpc } => Some(vpc.clone().into()),
            Self::DescribeTags { resources } => Some(joined(resources.iter().map(Text::as_str))),
            Self::GetMetricData { queries, span } => Some(measured(queries, *span)),
            Self::GetVpcLinks
            | Self::GetVpcLinksV2
            | Self::GetRestApis
            | Self::GetApis
            | Self::DescribeLoadBalancers
            | Self::DescribeTargetGroups
            | Self::DescribeNetworkInterfaces
            | Self::DescribeVpcEndpointServiceConfigurations
            | Self::DescribeVpcEndpointConnections
            | Self::DescribeVerifiedAccessEndpoints
            | Self::DescribeTrafficMirrorTargets
            | Self::DescribeAlarms
            | Self::GetDomainNames
            | Self::ListHostedZones
            | Self::ListAccelerators
            | Self::ListDistributions
            | Self::ListVpcOrigins => None,
        }
    }
}

/// The things, once each. What passes by day bears on verdicts and is named as what it passes;
/// hours and minutes do not, and are named so that nobody takes one for the other.
fn measured(queries: &[MetricQuery], span: Span) -> Text {
    let mut things: Vec<&Measured> = queries.iter().map(|query| &query.of).collect();
    things.dedup();
    let words = things.into_iter().map(|of| match (span.period(), of) {
        (Period::Day, Measured::LoadBalancer(arn)) => arn.to_string(),
        (Period::Day | Period::Hour | Period::Minute, _) => of.to_string(),
    });
    Text::from(words.collect::<Vec<_>>().join(" "))
}

fn joined<'t>(texts: impl Iterator<Item = &'t str>) -> Text {
    Text::from(texts.collect::<Vec<_>>().join(" "))
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
            | Self::ExportApi
            | Self::GetDeployments
            | Self::GetAuthorizers
            | Self::GetRequestValidators
            | Self::GetModels
            | Self::GetGatewayResponses
            | Self::GetDomainNames
            | Self::GetApiMappings => Service::ApiGateway,
            Self::DescribeLoadBalancers
            | Self::DescribeTargetGroups
            | Self::DescribeListeners
            | Self::DescribeRules
            | Self::DescribeListenerCertificates
            | Self::DescribeTargetHealth
            | Self::DescribeLoadBalancerAttributes
            | Self::DescribeCapacityReservation
            | Self::DescribeTargetGroupAttributes
            | Self::DescribeTags => Service::ElasticLoadBalancing,
            Self::DescribeSubnets
            | Self::DescribeSecurityGroups
            | Self::DescribeNetworkAcls
            | Self::DescribeRouteTables
            | Self::DescribeNetworkInterfaces
            | Self::DescribeVpcEndpointServiceConfigurations
            | Self::DescribeVpcEndpointConnections
            | Self::DescribeVerifiedAccessEndpoints
            | Self::DescribeTrafficMirrorTargets => Service::Ec2,
            Self::DescribeCertificate => Service::Acm,
            Self::GetWebAclForResource => Service::Wafv2,
            Self::DescribeAlarms | Self::GetMetricData => Service::CloudWatch,
            Self::ListHostedZones | Self::ListResourceRecordSets => Service::Route53,
            Self::ListAccelerators | Self::ListListeners | Self::ListEndpointGroups => {
                Service::GlobalAccelerator
            }
            Self::ListDistributions | Self::ListVpcOrigins => Service::CloudFront,
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
            Self::GetDeployments => "apigateway:GetDeployments",
            Self::GetAuthorizers => "apigateway:GetAuthorizers",
            Self::GetRequestValidators => "apigateway:GetRequestValidators",
            Self::GetModels => "apigateway:GetModels",
            Self::GetGatewayResponses => "apigateway:GetGatewayResponses",
            Self::GetDomainNames => "apigatewayv2:GetDomainNames",
            Self::GetApiMappings => "apigatewayv2:GetApiMappings",
            Self::DescribeLoadBalancers => "elasticloadbalancing:DescribeLoadBalancers",
            Self::DescribeTargetGroups => "elasticloadbalancing:DescribeTargetGroups",
            Self::DescribeListeners => "elasticloadbalancing:DescribeListeners",
            Self::DescribeRules => "elasticloadbalancing:DescribeRules",
            Self::DescribeTargetHealth => "elasticloadbalancing:DescribeTargetHealth",
            Self::DescribeLoadBalancerAttributes => {
                "elasticloadbalancing:DescribeLoadBalancerAttributes"
            }
            Self::DescribeCapacityReservation => "elasticloadbalancing:DescribeCapacityReservation",
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
            Self::DescribeListenerCertificates => {
                "elasticloadbalancing:DescribeListenerCertificates"
            }
            Self::DescribeNetworkAcls => "ec2:DescribeNetworkAcls",
            Self::DescribeRouteTables => "ec2:DescribeRouteTables",
            Self::DescribeVerifiedAccessEndpoints => "ec2:DescribeVerifiedAccessEndpoints",
            Self::DescribeTrafficMirrorTargets => "ec2:DescribeTrafficMirrorTargets",
            Self::DescribeCertificate => "acm:DescribeCertificate",
            Self::GetWebAclForResource => "wafv2:GetWebACLForResource",
            Self::DescribeAlarms => "cloudwatch:DescribeAlarms",
            Self::GetMetricData => "cloudwatch:GetMetricData",
            Self::ListHostedZones => "route53:ListHostedZones",
            Self::ListResourceRecordSets => "route53:ListResourceRecordSets",
            Self::ListAccelerators => "globalaccelerator:ListAccelerators",
            Self::ListListeners => "globalaccelerator:ListListeners",
            Self::ListEndpointGroups => "globalaccelerator:ListEndpointGroups",
            Self::ListDistributions => "cloudfront:ListDistributions",
            Self::ListVpcOrigins => "cloudfront:ListVpcOrigins",
        }
    }

    /// The IAM action that permits it. API Gateway's actions are HTTP verbs on paths.
    #[must_use]
    pub fn iam_action(self) -> &'static str {
        match self.service() {
            Service::ApiGateway => "apigateway:GET",
            Service::Acm
            | Service::CloudFront
            | Service::CloudWatch
            | Service::Ec2
            | Service::ElasticLoadBalancing
            | Service::GlobalAccelerator
            | Service::Route53
            | Service::Wafv2 => self.name(),
        }
    }
}

impl Serialize for CallKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for CallKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        // The first files of this format wrote our own names.
        let means =
            |kind: &&Self| kind.name() == text.as_str() || format!("{kind:?}") == text.as_str();
        Self::VARIANTS
            .iter()
            .find(means)
            .copied()
            .ok_or_else(|| serde::de::Error::custom("not a call that a scan makes"))
    }
}

impl JsonSchema for CallKind {
    fn schema_name() -> Cow<'static, str> {
        "CallKind".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let names: Vec<&str> = Self::VARIANTS.iter().map(|kind| kind.name()).collect();
        schemars::json_schema!({
            "description": "Which call, as `service:Operation`.",
            "type": "string",
            "enum": names,
        })
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
    /// The certificate that the stage shows to its backends.
    pub client_certificate: Option<Text>,
    /// The size of its cache in GB, when it has one.
    pub cache: Option<Text>,
    /// Tags.
    pub tags: Tags,
}

/// What a stage of a REST API runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Export {
    /// Its methods.
    pub methods: Vec<Method>,
    /// Its settings.
    pub settings: Vec<Setting>,
}

/// A setting of the editable API, and the id that methods name it by, where it has one.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftSetting {
    /// The id of an authorizer or a validator.
    pub id: Option<Text>,
    /// What it says.
    pub setting: Setting,
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
    /// The deployment it runs; `None` when AWS names none.
    pub deployment: Option<DeploymentId>,
    /// Whether its API's routes are what it runs.
    pub auto_deploy: AutoDeploy,
    /// Stage variables.
    pub variables: BTreeMap<Text, Sensitive>,
    /// Tags.
    pub tags: Tags,
}

/// Whether edits of an API reach a stage by themselves, and the last ones did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AutoDeploy {
    /// At once.
    On,
    /// With the next deployment; or at once, but the last one did not go well, so that the stage
    /// may still run older routes.
    Off,
}

/// What a page tells of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The query.
    pub query: MetricQuery,
    /// Values by the number of their period in the span, in no order.
    pub values: Vec<(u32, f64)>,
    /// Whether that is all.
    pub told: Told,
}

/// Whether a series was told to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// With this page and those before it, it was.
    Whole,
    /// Not yet, or not at all; AWS's word for it.
    Partly(Text),
}

/// What a page tells, by call.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each holds what its call lists")]
pub enum Facts {
    VpcLinks(Vec<VpcLink>),
    /// APIs without draft and stages, which are calls of their own; their settings are those that
    /// `GetRestApis` tells.
    RestApis(Vec<RestApi>),
    Methods(Vec<Method>),
    Export(Export),
    /// Authorizers, validators, models, or gateway responses that are not AWS's default.
    Settings(Vec<DraftSetting>),
    Deployments(Vec<Deployment>),
    Stages(Vec<StageFacts>),
    /// Names without mappings.
    DomainNames(Vec<DomainName>),
    ApiMappings(Vec<ApiMapping>),
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
    CapacityReservation(CapacityReservation),
    /// Tags by ARN.
    Tags(BTreeMap<Text, Tags>),
    Subnets(Vec<Subnet>),
    SecurityGroups(Vec<SecurityGroup>),
    NetworkInterfaces(Vec<NetworkInterface>),
    /// Services without connections.
    EndpointServices(Vec<EndpointService>),
    EndpointConnections(Vec<EndpointConnection>),
    /// All certificates of a listener.
    ListenerCertificates(Vec<CertificateArn>),
    NetworkAcls(Vec<NetworkAcl>),
    RouteTables(Vec<RouteTable>),
    Certificate(Certificate),
    WebAcl(WebAclOn),
    /// A query may be told on several pages.
    Series(Vec<Series>),
    HostedZones(Vec<HostedZoneId>),
    Accelerators(Vec<AcceleratorArn>),
    AcceleratorListeners(Vec<AcceleratorListenerArn>),
    /// Other users, whether or not a load balancer of this account is meant.
    Users(Vec<User>),
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
    use super::*;

    #[test]
    fn files_name_calls_as_aws_does_and_may_name_them_as_we_did() {
        let kind = CallKind::GetApiStages;
        let written = serde_json::to_string(&kind).expect("a name");
        assert_eq!(written, r#""apigatewayv2:GetStages""#);
        for text in [written.as_str(), r#""GetApiStages""#] {
            let read: CallKind = serde_json::from_str(text).expect("a call");
            assert_eq!(read, kind);
        }
        serde_json::from_str::<CallKind>(r#""GetEverything""#).expect_err("no such call");
    }

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
