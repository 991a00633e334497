//! What a scan asks, as a policy.

use std::collections::{BTreeMap, BTreeSet};

use strum::VariantArray;
use unbridge_model::call::{CallKind, Service};

use super::{OtherUsers, Partition, Policy, Statement, sid};

/// For `--all-regions` only; asked by the session before a scan, so it is no [`CallKind`].
const DESCRIBE_REGIONS: &str = "ec2:DescribeRegions";

/// A policy that allows a scan and nothing else, as indented JSON.
///
/// Actions are sorted, so that the same calls give the same text.
///
/// # Errors
/// When JSON cannot hold it, which no text of ours brings about.
pub fn scan(partition: Partition, users: OtherUsers) -> serde_json::Result<String> {
    of_calls(partition.word(), users).pretty()
}

/// The same, with this in its ARNs for the partition.
pub(super) fn of_calls(partition: &str, users: OtherUsers) -> Policy {
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
    let arn = |path: &str| format!("arn:{partition}:apigateway:*::{path}");
    let arns = paths.into_iter().map(arn).collect();
    let gateway = Statement::allow(sid(Service::ApiGateway), vec!["apigateway:GET"], arns);
    let others = actions.into_iter().map(|(sid, actions)| {
        Statement::allow(sid, actions.into_iter().collect(), vec!["*".to_owned()])
    });
    Policy::of(std::iter::once(gateway).chain(others).collect())
}

/// The IAM actions that one call needs.
pub(crate) fn actions(kind: CallKind) -> Vec<&'static str> {
    match permission(kind) {
        Permission::Paths(_) => vec![kind.iam_action()],
        Permission::Actions(actions) => actions,
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
