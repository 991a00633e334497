//! The least an identity needs for a scan, or to carry out one plan, as an IAM policy: derived from
//! the calls there are.
//!
//! `docs/permissions.md` shows what this writes for a scan; a test compares them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use strum::VariantArray;
use unbridge_model::call::{CallKind, Service};
use unbridge_model::plan::Body;
use unbridge_model::plan::rights::{Need, Only, Right, rights};

/// AWS's partitions that have API Gateway.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, VariantArray)]
pub enum Partition {
    /// The commercial regions.
    #[default]
    Aws,
    /// China.
    AwsCn,
    /// GovCloud (US).
    AwsUsGov,
}

impl Partition {
    /// The word in ARNs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::AwsCn => "aws-cn",
            Self::AwsUsGov => "aws-us-gov",
        }
    }
}

/// Whether the scan reads what shows other users of load balancers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherUsers {
    /// It does.
    Read,
    /// It leaves them out (`--skip-users`).
    Skip,
}

/// For `--all-regions` only; asked by the session before a scan, so it is no [`CallKind`].
const DESCRIBE_REGIONS: &str = "ec2:DescribeRegions";

/// A policy that allows a scan and nothing else, as indented JSON.
///
/// Actions are sorted, so that the same calls give the same text.
///
/// # Errors
/// When JSON cannot hold it, which no text of ours brings about.
pub fn scan(partition: Partition, users: OtherUsers) -> serde_json::Result<String> {
    let mut paths: BTreeSet<&str> = BTreeSet::new();
    let mut actions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    actions
        .entry(sid(Service::Ec2))
        .or_default()
        .insert(DESCRIBE_REGIONS);
    let made = |kind: &&CallKind| users == OtherUsers::Read || !shows_only_users(**kind);
    for kind in CallKind::VARIANTS.iter().filter(made) {
        match permission(*kind) {
            Permission::Paths(needed) => paths.extend(needed),
            Permission::Actions(needed) => {
                let of = actions.entry(sid(kind.service())).or_default();
                of.extend(needed);
            }
        }
    }
    let arn = |path: &str| format!("arn:{}:apigateway:*::{path}", partition.word());
    let gateway = Statement {
        sid: sid(Service::ApiGateway).to_owned(),
        effect: "Allow",
        action: vec!["apigateway:GET"],
        resource: paths.into_iter().map(arn).collect(),
        condition: None,
    };
    let others = actions.into_iter().map(|(sid, actions)| Statement {
        sid: sid.to_owned(),
        effect: "Allow",
        action: actions.into_iter().collect(),
        resource: vec!["*".to_owned()],
        condition: None,
    });
    let policy = Policy {
        version: VERSION,
        statement: std::iter::once(gateway).chain(others).collect(),
    };
    serde_json::to_string_pretty(&policy)
}

/// What IAM takes as a managed policy, in characters, white space not counted.
/// Source: IAM user guide, "IAM and AWS STS quotas".
pub const MOST: usize = 6144;

/// The policy of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanPolicy {
    /// It, as indented JSON.
    pub text: String,
    /// How it had to be written.
    pub fit: Fit,
}

/// How a policy fits into what IAM takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// Each method that is changed is named.
    Exact,
    /// It would be too large with each method: the methods of an API are named together.
    Widened,
    /// It is too large all the same, by its characters.
    TooLarge(usize),
}

/// A policy that allows to carry out a plan and to take it back, and nothing else.
///
/// Statements say in their names when they are used ([`Need`]). The same plan gives the same text.
///
/// # Errors
/// When JSON cannot hold it, which no text of ours brings about.
pub fn plan(body: &Body) -> serde_json::Result<PlanPolicy> {
    let rights = rights(body);
    let exact = Policy::of_rights(&rights);
    if exact.size()? <= MOST {
        return exact.written(Fit::Exact);
    }
    let together = rights.into_iter().map(|right| Right {
        resource: of_all_methods(right.resource),
        ..right
    });
    let widened = Policy::of_rights(&together.collect::<Vec<_>>());
    let size = widened.size()?;
    match size <= MOST {
        true => widened.written(Fit::Widened),
        false => widened.written(Fit::TooLarge(size)),
    }
}

/// The integrations of all methods of an API instead of one.
fn of_all_methods(resource: String) -> String {
    match resource.split_once("/resources/") {
        Some((api, one)) if one.ends_with("/integration") => {
            format!("{api}/resources/*/methods/*/integration")
        }
        _ => resource,
    }
}

/// The IAM actions that one call needs.
pub(crate) fn actions(kind: CallKind) -> Vec<&'static str> {
    match permission(kind) {
        Permission::Paths(_) => vec![kind.iam_action()],
        Permission::Actions(actions) => actions,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    version: &'static str,
    statement: Vec<Statement>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    sid: String,
    effect: &'static str,
    action: Vec<&'static str>,
    resource: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<BTreeMap<&'static str, BTreeMap<String, String>>>,
}

/// The version of the language.
const VERSION: &str = "2012-10-17";

/// What a statement of a plan is about.
type About = (Need, &'static str, Option<Only>);

impl Policy {
    /// One statement for the resources that the same actions are allowed on.
    fn of_rights(rights: &[Right]) -> Self {
        let mut on: BTreeMap<(About, &str), BTreeSet<&'static str>> = BTreeMap::new();
        for right in rights {
            let about = (right.need, sid_of(right.action), right.only.clone());
            on.entry((about, &right.resource))
                .or_default()
                .insert(right.action);
        }
        let mut alike: BTreeMap<(About, Vec<&'static str>), Vec<String>> = BTreeMap::new();
        for ((about, resource), actions) in on {
            let actions = actions.into_iter().collect();
            let resources = alike.entry((about, actions)).or_default();
            resources.push(resource.to_owned());
        }
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        let statement = alike
            .into_iter()
            .map(|(((need, sid, only), action), resource)| {
                let name = format!("{sid}{need}");
                let number = names.entry(name.clone()).or_default();
                *number += 1;
                Statement {
                    sid: format!("{name}{number}"),
                    effect: "Allow",
                    action,
                    resource,
                    condition: only.map(|only| {
                        let compared = BTreeMap::from([(only.key, only.value)]);
                        BTreeMap::from([(only.operator, compared)])
                    }),
                }
            });
        Self {
            version: VERSION,
            statement: statement.collect(),
        }
    }

    /// Its characters as IAM counts them.
    fn size(&self) -> serde_json::Result<usize> {
        Ok(serde_json::to_string(self)?.chars().count())
    }

    fn written(&self, fit: Fit) -> serde_json::Result<PlanPolicy> {
        let text = serde_json::to_string_pretty(self)?;
        Ok(PlanPolicy { text, fit })
    }
}

/// The name of the statements that hold an action.
fn sid_of(action: &str) -> &'static str {
    match action.split_once(':') {
        Some(("apigateway", _)) => sid(Service::ApiGateway),
        Some(("ec2", _)) => sid(Service::Ec2),
        Some(("elasticloadbalancing", _)) => sid(Service::ElasticLoadBalancing),
        Some(("wafv2", _)) => sid(Service::Wafv2),
        Some(("cloudwatch", _)) => sid(Service::CloudWatch),
        Some(("ssm", _)) => "UnbridgeLock",
        _ => "UnbridgeRoles",
    }
}

/// The statement that holds a service's actions. IAM takes letters and digits only.
fn sid(service: Service) -> &'static str {
    match service {
        Service::Acm => "UnbridgeCertificates",
        Service::ApiGateway => "UnbridgeApiGateway",
        Service::CloudFront => "UnbridgeCloudFront",
        Service::CloudWatch => "UnbridgeCloudWatch",
        Service::Ec2 => "UnbridgeNetworks",
        Service::ElasticLoadBalancing => "UnbridgeLoadBalancers",
        Service::GlobalAccelerator => "UnbridgeGlobalAccelerator",
        Service::Route53 => "UnbridgeRoute53",
        Service::Wafv2 => "UnbridgeWebAcls",
    }
}

/// What allows a call.
enum Permission {
    /// `apigateway:GET` on these paths: API Gateway's actions are HTTP verbs. In IAM both of its
    /// generations share one tree of paths, without `/v2`. Source: service authorization
    /// reference, "Amazon API Gateway Management" and "... Management V2", resource types.
    Paths(&'static [&'static str]),
    /// These actions on everything: hardly one of them knows smaller resources.
    Actions(Vec<&'static str>),
}

fn permission(kind: CallKind) -> Permission {
    match kind {
        CallKind::GetVpcLinks | CallKind::GetVpcLinksV2 => Permission::Paths(&["/vpclinks"]),
        CallKind::GetRestApis => Permission::Paths(&["/restapis"]),
        CallKind::GetResources
        | CallKind::GetStages
        | CallKind::GetExport
        | CallKind::GetDeployments
        | CallKind::GetAuthorizers
        | CallKind::GetRequestValidators
        | CallKind::GetModels
        | CallKind::GetGatewayResponses => Permission::Paths(&["/restapis/*"]),
        CallKind::GetApis => Permission::Paths(&["/apis"]),
        CallKind::GetIntegrations
        | CallKind::GetRoutes
        | CallKind::GetApiStages
        | CallKind::ExportApi => Permission::Paths(&["/apis/*"]),
        CallKind::GetDomainNames => Permission::Paths(&["/domainnames"]),
        CallKind::GetApiMappings => Permission::Paths(&["/domainnames/*"]),
        // It asks for the right to see the ACL itself and for the ALB's side of the association.
        // Sources: WAF API reference, `GetWebACLForResource` ("uses GetWebACL, to verify that your
        // account has permission"); service authorization reference, "AWS WAF V2", operation
        // `GetWebACLForResource` (`elasticloadbalancing:GetLoadBalancerWebACL`).
        CallKind::GetWebAclForResource => Permission::Actions(vec![
            kind.iam_action(),
            "wafv2:GetWebACL",
            "elasticloadbalancing:GetLoadBalancerWebACL",
        ]),
        CallKind::DescribeLoadBalancers
        | CallKind::DescribeTargetGroups
        | CallKind::DescribeListeners
        | CallKind::DescribeRules
        | CallKind::DescribeListenerCertificates
        | CallKind::DescribeTargetHealth
        | CallKind::DescribeLoadBalancerAttributes
        | CallKind::DescribeCapacityReservation
        | CallKind::DescribeTargetGroupAttributes
        | CallKind::DescribeTags
        | CallKind::DescribeSubnets
        | CallKind::DescribeSecurityGroups
        | CallKind::DescribeNetworkAcls
        | CallKind::DescribeRouteTables
        | CallKind::DescribeNetworkInterfaces
        | CallKind::DescribeVpcEndpointServiceConfigurations
        | CallKind::DescribeVpcEndpointConnections
        | CallKind::DescribeVerifiedAccessEndpoints
        | CallKind::DescribeTrafficMirrorTargets
        | CallKind::DescribeCertificate
        | CallKind::DescribeAlarms
        | CallKind::GetMetricData
        | CallKind::ListHostedZones
        | CallKind::ListResourceRecordSets
        | CallKind::ListAccelerators
        | CallKind::ListListeners
        | CallKind::ListEndpointGroups
        | CallKind::ListDistributions
        | CallKind::ListVpcOrigins => Permission::Actions(vec![kind.iam_action()]),
    }
}

/// Whether `--skip-users` leaves the call out: it only shows who else leads to load balancers.
fn shows_only_users(kind: CallKind) -> bool {
    match kind {
        CallKind::DescribeVerifiedAccessEndpoints
        | CallKind::DescribeTrafficMirrorTargets
        | CallKind::DescribeAlarms
        | CallKind::ListHostedZones
        | CallKind::ListResourceRecordSets
        | CallKind::ListAccelerators
        | CallKind::ListListeners
        | CallKind::ListEndpointGroups
        | CallKind::ListDistributions
        | CallKind::ListVpcOrigins => true,
        CallKind::GetVpcLinks
        | CallKind::GetVpcLinksV2
        | CallKind::GetRestApis
        | CallKind::GetResources
        | CallKind::GetStages
        | CallKind::GetExport
        | CallKind::GetDeployments
        | CallKind::GetAuthorizers
        | CallKind::GetRequestValidators
        | CallKind::GetModels
        | CallKind::GetGatewayResponses
        | CallKind::GetApis
        | CallKind::GetIntegrations
        | CallKind::GetRoutes
        | CallKind::GetApiStages
        | CallKind::ExportApi
        | CallKind::GetDomainNames
        | CallKind::GetApiMappings
        | CallKind::DescribeLoadBalancers
        | CallKind::DescribeTargetGroups
        | CallKind::DescribeListeners
        | CallKind::DescribeRules
        | CallKind::DescribeListenerCertificates
        | CallKind::DescribeTargetHealth
        | CallKind::DescribeLoadBalancerAttributes
        | CallKind::DescribeCapacityReservation
        | CallKind::DescribeTargetGroupAttributes
        | CallKind::DescribeTags
        | CallKind::DescribeSubnets
        | CallKind::DescribeSecurityGroups
        | CallKind::DescribeNetworkAcls
        | CallKind::DescribeRouteTables
        | CallKind::DescribeNetworkInterfaces
        | CallKind::DescribeVpcEndpointServiceConfigurations
        | CallKind::DescribeVpcEndpointConnections
        | CallKind::DescribeCertificate
        | CallKind::GetWebAclForResource
        // Traffic shows users nobody lists, and what else depends on it: rare traffic, bad health.
        | CallKind::GetMetricData => false,
    }
}
