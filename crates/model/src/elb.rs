//! Elastic Load Balancing's nouns as a scan keeps them.
//!
//! Words and values AWS may add to later (conditions, actions, target types) have an `Unknown`
//! form that keeps the name, so that nothing unknown is taken for known.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::apigateway::Tags;
use crate::digest::Digest;
use crate::id::{
    CertificateArn, ListenerArn, LoadBalancerArn, Region, RuleArn, SecurityGroupId, SubnetId,
    TargetGroupArn, VpcId,
};
use crate::text::Text;

/// The kind of a load balancer.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum LoadBalancerType {
    Application,
    Gateway,
    Network,
}

/// Who can reach a load balancer's addresses.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Scheme {
    /// Only from inside its network.
    Internal,
    /// From anywhere.
    InternetFacing,
}

/// A load balancer in one zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadBalancerZone {
    /// The zone's name in this account.
    pub zone: Text,
    /// The subnet it stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subnet: Option<SubnetId>,
    /// Addresses somebody chose: elastic allocations or private addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chosen_addresses: Vec<Text>,
}

/// A load balancer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadBalancer {
    /// Its ARN.
    pub arn: LoadBalancerArn,
    /// Its region.
    pub region: Region,
    /// Its name.
    pub name: Text,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: LoadBalancerType,
    /// Its scheme; gateway load balancers have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<Scheme>,
    /// Its DNS name, lower case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dns_name: Option<Text>,
    /// Its VPC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpc: Option<VpcId>,
    /// Zones it stands in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<LoadBalancerZone>,
    /// Its security groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub security_groups: Vec<SecurityGroupId>,
    /// `on` or `off`: whether an NLB checks its inbound rules on `PrivateLink` traffic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_link_inbound_rules: Option<Text>,
    /// Listeners; `None` when not in play or not readable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listeners: Option<Vec<Listener>>,
    /// Attributes; `None` when not in play or not readable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<BTreeMap<Text, Text>>,
    /// Tags; `None` when not in play or not readable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Tags>,
    /// The web ACL on it; `None` when not in play or not readable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web_acl: Option<WebAclOn>,
    /// What passed it lately; `None` when not in play or not readable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traffic: Option<Traffic>,
    /// Capacity reserved for an NLB; `None` when not in play or not readable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity_reservation: Option<CapacityReservation>,
}

impl LoadBalancer {
    /// Gives back the memory that lists grew into when they were read.
    pub(crate) fn give_back_memory(&mut self) {
        self.zones.shrink_to_fit();
        self.listeners.iter_mut().for_each(Vec::shrink_to_fit);
        for listener in self.listeners.iter_mut().flatten() {
            listener.default_actions.shrink_to_fit();
            listener.rules.iter_mut().for_each(Vec::shrink_to_fit);
        }
    }
}

/// What stands before a load balancer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WebAclOn {
    /// No web ACL.
    Nothing,
    /// This one.
    Acl(WebAcl),
}

/// A web ACL, as far as it looks at where a request comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebAcl {
    /// Its ARN.
    pub arn: Text,
    /// Its name.
    pub name: Text,
    /// Its rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<WebAclRule>,
}

/// A rule of a web ACL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebAclRule {
    /// Its name.
    pub name: Text,
    /// Its statements, nested ones included, without the `And`, `Or` and `Not` around them.
    pub statements: Vec<WebAclStatement>,
}

/// A statement of a web ACL's rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebAclStatement {
    /// AWS's name of it, such as `IPSetReferenceStatement`.
    pub kind: Text,
    /// `VENDOR/NAME` of a managed rule group, the ARN of another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Text>,
    /// Which address it looks at.
    pub address: AddressLooked,
}

/// Which address a statement looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AddressLooked {
    /// None.
    Nothing,
    /// The address that the request comes from.
    Source,
    /// An address in a header.
    Header,
    /// It stands in a rule group that is not looked into, or this version does not know it.
    Unknown,
}

/// Capacity that somebody reserved for a load balancer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CapacityReservation {
    /// None.
    Nothing,
    /// At least so many capacity units, in all zones together.
    Units(u32),
}

/// What passed an NLB in the days before a scan, from its metrics. Days without any datapoint had
/// no traffic: AWS publishes these metrics only while there is some.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Traffic {
    /// Days looked back.
    pub days: u16,
    /// Days on which a flow began or a byte passed.
    pub active_days: u16,
    /// Flows that began (`NewFlowCount`).
    pub flows: u64,
    /// Bytes that passed (`ProcessedBytes`).
    pub bytes: u64,
}

/// A certificate that a listener shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// Its ARN.
    pub arn: CertificateArn,
    /// Its region.
    pub region: Region,
    /// The names it is good for, lower case; `*.` stands for one label.
    pub names: Vec<Text>,
    /// AWS's word for its origin: `AMAZON_ISSUED`, `IMPORTED`, `PRIVATE`.
    pub kind: Text,
    /// When it ends, RFC 3339 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Text>,
}

/// A listener of a load balancer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Listener {
    /// Its ARN.
    pub arn: ListenerArn,
    /// Its port; gateway load balancers have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// AWS's protocol word: `TCP`, `TLS`, `HTTP`, `HTTPS`, ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<Text>,
    /// Its certificates, the default one included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<CertificateArn>,
    /// Mutual authentication mode, where one is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mutual_authentication: Option<Text>,
    /// What happens when no rule matches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub default_actions: Vec<Action>,
    /// Rules besides the default, by priority; `None` when not readable. NLB listeners have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<Vec<Rule>>,
}

/// A rule of an ALB listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its ARN.
    pub arn: RuleArn,
    /// Its priority, 1 to 50000; lower is asked first.
    pub priority: u32,
    /// All of these must hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// What happens then.
    pub actions: Vec<Action>,
    /// What it changes of a request before the action, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transforms: Vec<Transform>,
}

/// A change that a rule makes to a request before its action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Transform {
    /// Of the Host header.
    HostHeaderRewrite {
        /// The first that matches is applied.
        rewrites: Vec<Rewrite>,
    },
    /// Of the path and the query string.
    UrlRewrite {
        /// The first that matches is applied.
        rewrites: Vec<Rewrite>,
    },
    /// A transform this version does not know.
    Unknown {
        /// AWS's name of it.
        kind: Text,
    },
}

/// A regular expression and what its matches become.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rewrite {
    /// The regular expression.
    pub regex: Text,
    /// The new text without a query string; `$1` stands for the first group.
    pub replace: Text,
    /// Digest of the query string that the new text has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<Digest>,
}

/// A condition of a rule. Values that only a secret-bearing request matches are digests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// The Host header is one of these patterns.
    HostHeader {
        /// Wildcard patterns.
        values: Vec<Text>,
        /// Regular expressions.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        regexes: Vec<Text>,
    },
    /// The path is one of these patterns.
    PathPattern {
        /// Wildcard patterns.
        values: Vec<Text>,
        /// Regular expressions.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        regexes: Vec<Text>,
    },
    /// The method is one of these.
    HttpRequestMethod {
        /// Methods.
        values: Vec<Text>,
    },
    /// The source address is in one of these ranges.
    SourceIp {
        /// CIDR ranges.
        values: Vec<Text>,
    },
    /// A header has one of these values.
    HttpHeader {
        /// The header's name.
        name: Text,
        /// Digests of the values.
        values: Vec<Digest>,
        /// Digests of the regular expressions.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        regexes: Vec<Digest>,
    },
    /// The query string holds one of these pairs.
    QueryString {
        /// Digests of `key=value`.
        values: Vec<Digest>,
    },
    /// A condition this version does not know.
    Unknown {
        /// AWS's name of it.
        field: Text,
    },
}

/// A target group and its share of the traffic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WeightedGroup {
    /// The target group.
    pub group: TargetGroupArn,
    /// Its weight; a single group may have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<u16>,
}

/// What a listener or rule does with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// To target groups, by weight.
    Forward {
        /// The groups.
        groups: Vec<WeightedGroup>,
    },
    /// To another address.
    Redirect {
        /// Host of the new address; `#{host}` keeps the old one.
        host: Text,
        /// Port of the new address; `#{port}` keeps the old one.
        port: Text,
        /// Protocol of the new address.
        protocol: Text,
        /// Path of the new address.
        path: Text,
        /// Reserved keywords that its query string reads, such as `#{host}`. The query string
        /// itself is not kept.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        query_reads: Vec<Text>,
        /// `HTTP_301` or `HTTP_302`.
        status: Text,
    },
    /// A fixed answer.
    FixedResponse {
        /// Its status code.
        status: Text,
    },
    /// Signs people in first; the word is AWS's type of the action.
    Authenticate {
        /// `authenticate-cognito`, `authenticate-oidc`, `jwt-validation`.
        by: Text,
    },
    /// An action this version does not know.
    Unknown {
        /// AWS's name of it.
        action: Text,
    },
}

/// What a target group holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum TargetType {
    Alb,
    Instance,
    Ip,
    Lambda,
    /// A type this version does not know, by AWS's name.
    Unknown(Text),
}

/// A registered target and its health.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// An address, an instance id, or an ALB's ARN.
    pub id: Text,
    /// The port it receives traffic on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// AWS's health word: `healthy`, `unhealthy`, `initial`, `draining`, `unused`, ...
    pub health: Text,
}

/// A target group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetGroup {
    /// Its ARN.
    pub arn: TargetGroupArn,
    /// Its region.
    pub region: Region,
    /// Its name.
    pub name: Text,
    /// What it holds.
    pub target_type: TargetType,
    /// AWS's protocol word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<Text>,
    /// Default port of its targets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Its VPC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpc: Option<VpcId>,
    /// Load balancers that forward to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub load_balancers: Vec<LoadBalancerArn>,
    /// Targets; `None` when not in play or not readable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<Vec<Target>>,
    /// Attributes; `None` when not in play or not readable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<BTreeMap<Text, Text>>,
    /// Tags; `None` when not in play or not readable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Tags>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_balancers_of_older_files_tell_nothing_of_reserved_capacity() {
        let old = r#"{"arn":"arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/n/1","region":"eu-west-1","name":"n","type":"network"}"#;
        let mut lb: LoadBalancer = serde_json::from_str(old).expect("a load balancer");
        assert_eq!(lb.capacity_reservation, None);
        for known in [CapacityReservation::Nothing, CapacityReservation::Units(9)] {
            lb.capacity_reservation = Some(known);
            let written = serde_json::to_string(&lb).expect("JSON");
            assert_eq!(
                serde_json::from_str::<LoadBalancer>(&written).ok(),
                Some(lb.clone())
            );
        }
    }
}
