//! Pages: which part of a list an attempt asks for, and the tokens that go from one to the next.

use unbridge_model::call::{Call, CallKind, PageToken};
use unbridge_model::gap::GapClass;
use unbridge_model::port::ReadError;

use super::Settings;

/// The order in which lists are answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// By id or ARN.
    #[default]
    ById,
    /// As the account stores them; AWS promises no order.
    AsStored,
}

/// The part of a list that one attempt asks for.
#[derive(Debug, Clone)]
pub(super) struct Window {
    start: usize,
    size: usize,
    order: Order,
    token: String,
}

/// The most items AWS puts on a page; `None` for calls without pages.
///
/// API Gateway's second generation publishes no limit, so that of the first stands for it. Metrics
/// are counted in datapoints, so that a page holds fewer series the longer they are.
fn limit(call: &Call) -> Option<usize> {
    match call.kind() {
        CallKind::GetVpcLinks
        | CallKind::GetVpcLinksV2
        | CallKind::GetRestApis
        | CallKind::GetResources
        | CallKind::GetApis
        | CallKind::GetIntegrations
        | CallKind::GetRoutes
        | CallKind::GetApiStages
        | CallKind::GetDeployments
        | CallKind::GetAuthorizers
        | CallKind::GetRequestValidators
        | CallKind::GetModels
        | CallKind::GetGatewayResponses
        | CallKind::GetDomainNames
        | CallKind::GetApiMappings => Some(500),
        CallKind::DescribeLoadBalancers
        | CallKind::DescribeTargetGroups
        | CallKind::DescribeListeners
        | CallKind::DescribeRules
        | CallKind::DescribeListenerCertificates => Some(400),
        CallKind::DescribeSubnets
        | CallKind::DescribeSecurityGroups
        | CallKind::DescribeNetworkInterfaces
        | CallKind::DescribeVpcEndpointServiceConfigurations
        | CallKind::DescribeVpcEndpointConnections
        | CallKind::DescribeNetworkAcls
        | CallKind::DescribeVerifiedAccessEndpoints
        | CallKind::DescribeTrafficMirrorTargets => Some(1000),
        CallKind::ListResourceRecordSets => Some(300),
        CallKind::DescribeRouteTables
        | CallKind::DescribeAlarms
        | CallKind::ListHostedZones
        | CallKind::ListAccelerators
        | CallKind::ListListeners
        | CallKind::ListEndpointGroups
        | CallKind::ListDistributions
        | CallKind::ListVpcOrigins => Some(100),
        CallKind::GetStages
        | CallKind::GetExport
        | CallKind::ExportApi
        | CallKind::DescribeTargetHealth
        | CallKind::DescribeLoadBalancerAttributes
        | CallKind::DescribeCapacityReservation
        | CallKind::DescribeTargetGroupAttributes
        | CallKind::DescribeTags
        | CallKind::DescribeCertificate
        | CallKind::GetWebAclForResource => None,
        CallKind::GetMetricData => match call {
            Call::GetMetricData { span, .. } => Some(span.queries_a_call()),
            _ => None,
        },
    }
}

impl Window {
    /// What `from` asks for; refused when it is no token of this very call.
    pub(super) fn new(
        call: &Call,
        from: Option<&PageToken>,
        settings: &Settings,
    ) -> Result<Self, ReadError> {
        let size = limit(call).map_or(usize::MAX, |limit| {
            settings.page_size.unwrap_or(limit).max(1)
        });
        let subject = call.subject();
        let subject = subject.as_ref().map_or("", |subject| subject.as_str());
        let token = format!("{} {subject} ", call.kind().name());
        let start = from.map_or(Some(0), |from| {
            from.0.strip_prefix(&token)?.parse::<usize>().ok()
        });
        let refuse = || ReadError::new(GapClass::Refused, "BadRequestException: invalid position");
        Ok(Self {
            start: start.ok_or_else(refuse)?,
            size,
            order: settings.order,
            token,
        })
    }

    /// The number of the page, from 1.
    pub(super) fn page(&self) -> usize {
        self.start / self.size + 1
    }

    /// This part of a list, and where it goes on.
    pub(super) fn cut<T: Copy, K: Ord>(
        &self,
        items: impl Iterator<Item = T>,
        id: impl Fn(T) -> K,
    ) -> (Vec<T>, Option<PageToken>) {
        let mut items: Vec<T> = items.collect();
        match self.order {
            Order::ById => items.sort_by_key(|item| id(*item)),
            Order::AsStored => {}
        }
        let end = self.start.saturating_add(self.size);
        let next = (end < items.len()).then(|| PageToken(format!("{}{end}", self.token)));
        items.truncate(end);
        (items.split_off(self.start.min(items.len())), next)
    }
}
