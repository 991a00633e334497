//! What could not be seen of a region, asked the way verdicts need it.

use std::collections::BTreeSet;

use unbridge_model::call::CallKind;
use unbridge_model::gap::{Gap, GapClass, Unseen};
use unbridge_model::id::Region;

/// The gaps that concern one region.
pub(crate) struct Sight<'s> {
    gaps: Vec<&'s Gap>,
}

/// What an NLB's verdict depends on: resources whose gaps matter to it.
#[derive(Default)]
pub(crate) struct Concerns {
    /// Load balancers, listeners, target groups, VPCs, certificates and APIs on its chains, by id.
    pub(crate) resources: BTreeSet<String>,
}

impl<'s> Sight<'s> {
    pub(crate) fn new(all: &'s [Gap], region: &Region) -> Self {
        let here = |gap: &&Gap| gap.region.as_ref().is_none_or(|r| r == region);
        Self {
            gaps: all.iter().filter(here).collect(),
        }
    }

    /// Whether this call failed, for `of` or as a whole.
    pub(crate) fn failed(&self, kind: CallKind, of: Option<&str>) -> bool {
        self.gaps.iter().any(|gap| match &gap.unseen {
            Unseen::Call { call, of: failed } => {
                *call == kind && (of.is_none() || failed.as_deref() == of)
            }
            Unseen::Rest => true,
            Unseen::Source { .. } => false,
        })
    }

    /// Whether every API, and all that every stage runs, was read: only then is "no API names it"
    /// known.
    pub(crate) fn saw_every_api(&self) -> bool {
        !self.gaps.iter().any(|gap| could_hide_an_api(gap))
    }

    /// The same for what no version 1 link and no public address leads to: a WebSocket API, whose
    /// stages cannot be exported, cannot reach that.
    pub(crate) fn saw_every_api_but_websockets(&self) -> bool {
        !self
            .gaps
            .iter()
            .any(|gap| could_hide_an_api(gap) && !is_websocket_stage(gap))
    }

    /// The gaps that could change the verdict of an NLB with these concerns, which are only asked for
    /// where there are gaps.
    pub(crate) fn that_matter(&self, concerns: impl FnOnce() -> Concerns) -> Vec<&'s Gap> {
        if self.gaps.is_empty() {
            return Vec::new();
        }
        let concerns = concerns();
        let matters = |gap: &&&Gap| match &gap.unseen {
            Unseen::Rest | Unseen::Source { .. } => true,
            Unseen::Call { call, of } => match call {
                // Tags say who owns a thing, reservations what it costs, deployments what there was,
                // domain names what callers call; that never changes a verdict.
                CallKind::DescribeTags
                | CallKind::DescribeCapacityReservation
                | CallKind::GetDeployments
                | CallKind::GetDomainNames
                | CallKind::GetApiMappings => false,
                CallKind::DescribeListeners
                | CallKind::DescribeRules
                | CallKind::DescribeListenerCertificates
                | CallKind::DescribeCertificate
                | CallKind::GetWebAclForResource
                | CallKind::DescribeNetworkAcls
                | CallKind::GetAuthorizers
                | CallKind::GetRequestValidators
                | CallKind::GetModels
                | CallKind::GetGatewayResponses
                | CallKind::DescribeTargetHealth
                | CallKind::DescribeLoadBalancerAttributes
                | CallKind::DescribeTargetGroupAttributes
                | CallKind::DescribeSubnets
                | CallKind::DescribeSecurityGroups => of
                    .as_ref()
                    .is_none_or(|of| concerns.resources.contains(of.as_str())),
                // One call asks about many.
                CallKind::GetMetricData => of.as_ref().is_none_or(|of| {
                    of.as_str()
                        .split(' ')
                        .any(|of| concerns.resources.contains(of))
                }),
                // Route tables tell public subnets from private ones, for people to know.
                CallKind::DescribeRouteTables => false,
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
                | CallKind::GetApis
                | CallKind::GetIntegrations
                | CallKind::GetRoutes
                | CallKind::GetApiStages
                | CallKind::ExportApi
                | CallKind::DescribeLoadBalancers
                | CallKind::DescribeTargetGroups
                | CallKind::DescribeNetworkInterfaces
                | CallKind::DescribeVpcEndpointServiceConfigurations
                | CallKind::DescribeVpcEndpointConnections => true,
            },
        };
        self.gaps.iter().filter(matters).copied().collect()
    }
}

fn could_hide_an_api(gap: &Gap) -> bool {
    match &gap.unseen {
        Unseen::Call { call, .. } => tells_of_apis(*call),
        Unseen::Rest => true,
        Unseen::Source { .. } => false,
    }
}

/// Whether a call tells which APIs there are, or where their requests go.
fn tells_of_apis(call: CallKind) -> bool {
    match call {
        CallKind::GetVpcLinks
        | CallKind::GetVpcLinksV2
        | CallKind::GetRestApis
        | CallKind::GetResources
        | CallKind::GetStages
        | CallKind::GetExport
        | CallKind::GetApis
        | CallKind::GetIntegrations
        | CallKind::GetRoutes
        | CallKind::GetApiStages
        | CallKind::ExportApi => true,
        CallKind::GetDeployments
        | CallKind::GetAuthorizers
        | CallKind::GetRequestValidators
        | CallKind::GetModels
        | CallKind::GetGatewayResponses
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
        | CallKind::DescribeVerifiedAccessEndpoints
        | CallKind::DescribeTrafficMirrorTargets
        | CallKind::DescribeCertificate
        | CallKind::GetWebAclForResource
        | CallKind::DescribeAlarms
        | CallKind::GetMetricData
        | CallKind::ListHostedZones
        | CallKind::ListResourceRecordSets
        | CallKind::ListAccelerators
        | CallKind::ListListeners
        | CallKind::ListEndpointGroups
        | CallKind::ListDistributions
        | CallKind::ListVpcOrigins => false,
    }
}

fn is_websocket_stage(gap: &Gap) -> bool {
    let export = matches!(
        gap.unseen,
        Unseen::Call {
            call: CallKind::ExportApi,
            ..
        }
    );
    export && gap.class == GapClass::Unreadable
}
