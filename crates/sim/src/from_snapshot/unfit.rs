//! What a snapshot lacks for a rehearsal.

use std::collections::BTreeSet;
use std::fmt;

use unbridge_model::call::CallKind;
use unbridge_model::id::{
    HttpApiId, ListenerArn, LoadBalancerArn, Region, RestApiId, StageName, TargetGroupArn, VpcId,
};

/// A snapshot that does not tell enough to rehearse on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// What was not read, by region; never empty.
    pub unread: Vec<(Region, Unread)>,
}

/// Something that a request's way may depend on and that was not read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unread {
    /// The region: the scan did not come to its end, or was not asked to read it.
    Region,
    /// Links of version 1.
    V1Links,
    /// Links of version 2.
    V2Links,
    /// The list of REST APIs.
    RestApis,
    /// The list of HTTP and WebSocket APIs.
    HttpApis,
    /// The list of load balancers.
    LoadBalancers,
    /// The list of target groups.
    TargetGroups,
    /// Network interfaces of load balancers.
    NetworkInterfaces,
    /// The draft of a REST API.
    Draft(RestApiId),
    /// The stages of a REST API.
    Stages(RestApiId),
    /// What a stage of a REST API runs.
    Export(RestApiId, StageName),
    /// Settings of a REST API that a deployment ships along, by the call that tells them.
    Settings(RestApiId, CallKind),
    /// The integrations of an HTTP API.
    HttpIntegrations(HttpApiId),
    /// The routes of an HTTP API.
    HttpRoutes(HttpApiId),
    /// The stages of an HTTP API.
    HttpStages(HttpApiId),
    /// What a stage of an HTTP API runs.
    HttpExport(HttpApiId, StageName),
    /// The listeners of a load balancer.
    Listeners(LoadBalancerArn),
    /// The rules of an ALB's listener.
    Rules(ListenerArn),
    /// The targets of a group.
    Targets(TargetGroupArn),
    /// The subnets of a VPC.
    Subnets(VpcId),
    /// The security groups of a VPC.
    SecurityGroups(VpcId),
    /// The network ACLs of a VPC.
    NetworkAcls(VpcId),
}

impl Unread {
    /// The call that tells it; `None` for a region as a whole.
    #[must_use]
    pub fn call(&self) -> Option<CallKind> {
        Some(match self {
            Self::Region => return None,
            Self::V1Links => CallKind::GetVpcLinks,
            Self::V2Links => CallKind::GetVpcLinksV2,
            Self::RestApis => CallKind::GetRestApis,
            Self::HttpApis => CallKind::GetApis,
            Self::LoadBalancers => CallKind::DescribeLoadBalancers,
            Self::TargetGroups => CallKind::DescribeTargetGroups,
            Self::NetworkInterfaces => CallKind::DescribeNetworkInterfaces,
            Self::Draft(_) => CallKind::GetResources,
            Self::Stages(_) => CallKind::GetStages,
            Self::Export(..) => CallKind::GetExport,
            Self::Settings(_, call) => *call,
            Self::HttpIntegrations(_) => CallKind::GetIntegrations,
            Self::HttpRoutes(_) => CallKind::GetRoutes,
            Self::HttpStages(_) => CallKind::GetApiStages,
            Self::HttpExport(..) => CallKind::ExportApi,
            Self::Listeners(_) => CallKind::DescribeListeners,
            Self::Rules(_) => CallKind::DescribeRules,
            Self::Targets(_) => CallKind::DescribeTargetHealth,
            Self::Subnets(_) => CallKind::DescribeSubnets,
            Self::SecurityGroups(_) => CallKind::DescribeSecurityGroups,
            Self::NetworkAcls(_) => CallKind::DescribeNetworkAcls,
        })
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Region => f.write_str("the region as a whole"),
            Self::V1Links => f.write_str("VPC links of version 1"),
            Self::V2Links => f.write_str("VPC links of version 2"),
            Self::RestApis => f.write_str("REST APIs"),
            Self::HttpApis => f.write_str("HTTP APIs"),
            Self::LoadBalancers => f.write_str("load balancers"),
            Self::TargetGroups => f.write_str("target groups"),
            Self::NetworkInterfaces => f.write_str("network interfaces"),
            Self::Draft(api) => write!(f, "the draft of REST API {api}"),
            Self::Stages(api) => write!(f, "the stages of REST API {api}"),
            Self::Export(api, stage) => write!(f, "what stage {stage} of REST API {api} runs"),
            Self::Settings(api, call) => {
                write!(f, "settings of REST API {api} that {} tells", call.name())
            }
            Self::HttpIntegrations(api) => write!(f, "the integrations of HTTP API {api}"),
            Self::HttpRoutes(api) => write!(f, "the routes of HTTP API {api}"),
            Self::HttpStages(api) => write!(f, "the stages of HTTP API {api}"),
            Self::HttpExport(api, stage) => write!(f, "what stage {stage} of HTTP API {api} runs"),
            Self::Listeners(lb) => write!(f, "the listeners of load balancer {lb}"),
            Self::Rules(listener) => write!(f, "the rules of listener {listener}"),
            Self::Targets(group) => write!(f, "the targets of group {group}"),
            Self::Subnets(vpc) => write!(f, "the subnets of {vpc}"),
            Self::SecurityGroups(vpc) => write!(f, "the security groups of {vpc}"),
            Self::NetworkAcls(vpc) => write!(f, "the network ACLs of {vpc}"),
        }
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the snapshot does not tell enough to rehearse on; not read: ")?;
        for (number, (region, what)) in self.unread.iter().enumerate() {
            let between = if number == 0 { "" } else { "; " };
            write!(f, "{between}{what} ({region})")?;
        }
        let calls = self.unread.iter().filter_map(|(_, what)| what.call());
        let calls: BTreeSet<&str> = calls.map(CallKind::name).collect();
        let calls = calls.into_iter().collect::<Vec<_>>().join(", ");
        match calls.as_str() {
            "" => f.write_str("; scan again, to the end"),
            calls => write!(f, "; scan again where these calls are answered: {calls}"),
        }
    }
}

impl std::error::Error for Unfit {}
