//! Where one request to one stage and method ends up, hop by hop.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::apigateway::Verb;
use crate::id::{
    HttpApiId, ListenerArn, LoadBalancerArn, Region, RestApiId, StageName, TargetGroupArn,
    VpcLinkId,
};
use crate::text::Text;

/// The scheme of a request to a backend.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema, strum::Display,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum UriScheme {
    Http,
    Https,
}

impl UriScheme {
    /// The port of an address that writes none.
    #[must_use]
    pub fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// One stop of a request on its way through a private integration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hop {
    /// A link of version 1.
    VpcLinkV1(VpcLinkId),
    /// A link of version 2.
    VpcLinkV2(VpcLinkId),
    /// A listener of an NLB.
    NlbListener {
        /// The NLB.
        nlb: LoadBalancerArn,
        /// The listener's port.
        port: u16,
    },
    /// A target group behind an NLB.
    TargetGroup(TargetGroupArn),
    /// A listener of an ALB.
    AlbListener {
        /// The ALB.
        alb: LoadBalancerArn,
        /// The listener's port.
        port: u16,
        /// The listener.
        listener: ListenerArn,
    },
}

/// Where a way through a private integration ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// At a listener of an ALB.
    Alb {
        /// The ALB.
        alb: LoadBalancerArn,
        /// The listener's port.
        port: u16,
    },
    /// At targets of an NLB that are no ALB.
    OtherTargets {
        /// The group that holds them.
        group: TargetGroupArn,
    },
    /// At a Cloud Map service, which no load balancer stands before.
    CloudMap {
        /// Its ARN.
        service: Text,
    },
    /// Nowhere.
    Broken(Broken),
    /// Somewhere that this scan could not see.
    Unseen(Unfollowed),
}

/// Which requests to a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Share {
    /// Those that the stage itself answers.
    Stage,
    /// Those that its canary release answers.
    Canary,
}

/// An API of either generation that answers requests.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AnyApi {
    /// A REST API.
    Rest(RestApiId),
    /// An HTTP API.
    Http(HttpApiId),
}

impl fmt::Display for AnyApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rest(id) => id.fmt(f),
            Self::Http(id) => id.fmt(f),
        }
    }
}

/// One request to a stage of an API; of a REST API where nothing else is said.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Request<A = RestApiId> {
    /// The API's region.
    pub region: Region,
    /// The API.
    pub api: A,
    /// The stage.
    pub stage: StageName,
    /// Who answers it.
    pub share: Share,
    /// Its method; never `ANY`.
    pub verb: Verb,
    /// Its path behind the stage's name, such as `/orders/7`.
    pub path: Text,
    /// Its query string, without `?`.
    pub query: Text,
    /// Its headers, besides Host.
    pub headers: BTreeMap<Text, Text>,
}

impl<A> Request<A> {
    /// The same request with another word for its API.
    #[must_use]
    pub fn with_api<B>(self, word: impl FnOnce(A) -> B) -> Request<B> {
        let Self {
            region,
            api,
            stage,
            share,
            verb,
            path,
            query,
            headers,
        } = self;
        Request {
            region,
            api: word(api),
            stage,
            share,
            verb,
            path,
            query,
            headers,
        }
    }
}

impl From<Request> for Request<AnyApi> {
    fn from(request: Request) -> Self {
        request.with_api(AnyApi::Rest)
    }
}

/// What a listener does with a request in the end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ListenerEnd {
    /// Sends it to one of these groups: those with a weight above 0.
    Forward {
        /// The groups.
        groups: BTreeSet<TargetGroupArn>,
    },
    /// Sends the caller elsewhere.
    Redirect {
        /// Where, with host, port and path filled in.
        location: Text,
        /// `301` or `302`.
        status: Text,
    },
    /// Answers itself.
    FixedResponse {
        /// The status code.
        status: Text,
    },
    /// Signs people in first.
    Authenticate {
        /// AWS's type of the action.
        by: Text,
    },
}

/// Where one request lands: what three implementations, written apart, must agree on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Landing {
    /// At a listener that decides.
    Lands {
        /// The scheme it is sent with.
        scheme: UriScheme,
        /// The Host header that the target or the redirect sees, transforms applied.
        host: Text,
        /// The path that the target sees, transforms applied, without query string.
        path: Text,
        /// What the listener does. One end where everything is known of the request; several where
        /// a rule looks at something that is not.
        ends: BTreeSet<ListenerEnd>,
    },
    /// No method of the stage answers it, or it passes no link.
    NotPrivate,
    /// It cannot arrive.
    Refused,
    /// It could not be followed.
    Unseen,
}

/// Why a request cannot arrive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Broken {
    /// The stage has no variable of this name.
    VariableMissing {
        /// The variable.
        name: Text,
    },
    /// No link of either version has this id.
    LinkMissing {
        /// The id.
        link: Text,
    },
    /// A version 1 link without target.
    LinkEmpty {
        /// The link.
        link: VpcLinkId,
    },
    /// A version 2 link used without `integrationTarget`.
    TargetMissing {
        /// The link.
        link: VpcLinkId,
    },
    /// The address is not one API Gateway can call.
    UriInvalid {
        /// The address.
        uri: Text,
    },
    /// The load balancer does not exist.
    LoadBalancerMissing {
        /// Its ARN.
        arn: Text,
    },
    /// The load balancer has no listener on this port.
    ListenerMissing {
        /// The load balancer.
        load_balancer: LoadBalancerArn,
        /// The port.
        port: u16,
    },
    /// The listener forwards nowhere.
    ListenerForwardsNowhere {
        /// The load balancer.
        load_balancer: LoadBalancerArn,
        /// The port.
        port: u16,
    },
    /// The target group does not exist.
    GroupMissing {
        /// The group.
        group: TargetGroupArn,
    },
    /// The target group has no target.
    GroupEmpty {
        /// The group.
        group: TargetGroupArn,
    },
}

/// Why a request could not be followed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unfollowed {
    /// Links of one version could not be read, and the id is none of those known.
    Links(Text),
    /// A load balancer's listeners, or load balancers at all, could not be read.
    LoadBalancer(Text),
    /// Target groups, or this one's targets, could not be read.
    TargetGroup(TargetGroupArn),
    /// The variable's value was not kept.
    Variable(Text),
    /// What a stage runs does not tell this version 2 link's target; whether exports name
    /// `integrationTarget` is not documented.
    ExportedTarget(VpcLinkId),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::VariableMissing { name } => write!(f, "the stage has no variable {name}"),
            Self::LinkMissing { link } => write!(f, "VPC link {link} does not exist"),
            Self::LinkEmpty { link } => write!(f, "VPC link {link} has no target"),
            Self::TargetMissing { link } => write!(
                f,
                "the integration names no target for version 2 link {link}"
            ),
            Self::UriInvalid { uri } => write!(f, "{uri} is not an address API Gateway can call"),
            Self::LoadBalancerMissing { arn } => write!(f, "load balancer {arn} does not exist"),
            Self::ListenerMissing {
                load_balancer,
                port,
            } => write!(f, "{} has no listener on port {port}", load_balancer.name()),
            Self::ListenerForwardsNowhere {
                load_balancer,
                port,
            } => write!(
                f,
                "the listener of {} on port {port} forwards nowhere",
                load_balancer.name()
            ),
            Self::GroupMissing { group } => write!(f, "target group {group} does not exist"),
            Self::GroupEmpty { group } => write!(f, "target group {group} is empty"),
        }
    }
}

impl fmt::Display for Unfollowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Links(id) => write!(f, "link {id} was not among the links that could be read"),
            Self::LoadBalancer(arn) => write!(f, "load balancer {arn} could not be read"),
            Self::TargetGroup(arn) => write!(f, "target group {arn} could not be read"),
            Self::Variable(name) => write!(f, "the value of stage variable {name} was not kept"),
            Self::ExportedTarget(link) => write!(
                f,
                "the stage's export does not tell the target of version 2 link {link}"
            ),
        }
    }
}
