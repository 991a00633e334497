//! A request that is not served as before, and how.

use schemars::JsonSchema;
use serde::Serialize;
use unbridge_model::apigateway::Verb;
use unbridge_model::id::{StageName, VpcLinkId};
use unbridge_model::route::{AnyApi, Landing, ListenerEnd, Request, Share};
use unbridge_model::text::Text;

/// A request that is not served as before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Harmed {
    /// The API.
    pub api_id: String,
    /// The API's name; null when it is not known.
    pub api_name: Option<Text>,
    /// The stage.
    pub stage: StageName,
    /// Whether only requests of the stage's canary release are meant.
    pub canary: bool,
    /// Its method.
    pub http_method: Verb,
    /// Its path behind the stage's name.
    pub path: Text,
    /// How it was served before.
    pub before: Served,
    /// How it may be served now.
    pub now: Served,
}

/// How a request is served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Served {
    /// Over which link; null for none.
    pub link: Option<VpcLinkId>,
    /// As what a target sees it; null when it does not arrive.
    pub address: Option<String>,
    /// What becomes of it there, one of these.
    pub ends: Vec<String>,
}

impl Harmed {
    /// A request to an API of this name, before and now.
    #[must_use]
    pub fn new(
        request: &Request<AnyApi>,
        api_name: Option<Text>,
        before: Served,
        now: Served,
    ) -> Self {
        Self {
            api_id: request.api.to_string(),
            api_name,
            stage: request.stage.clone(),
            canary: match request.share {
                Share::Stage => false,
                Share::Canary => true,
            },
            http_method: request.verb,
            path: request.path.clone(),
            before,
            now,
        }
    }

    pub(super) fn name(&self) -> String {
        let api = match &self.api_name {
            Some(name) => format!("{name} ({})", self.api_id),
            None => format!("API {}", self.api_id),
        };
        let share = if self.canary {
            ", answered by its canary release"
        } else {
            ""
        };
        format!(
            "{} {} to stage {} of {api}{share}",
            self.http_method, self.path, self.stage
        )
    }
}

impl Served {
    /// Over this link, to there.
    #[must_use]
    pub fn new(link: Option<VpcLinkId>, landing: &Landing) -> Self {
        let (address, ends) = match landing {
            Landing::Lands {
                scheme,
                host,
                path,
                ends,
            } => (
                Some(format!("{scheme}://{host}{path}")),
                ends.iter().map(end).collect(),
            ),
            Landing::NotPrivate => (None, vec!["no private integration answers it".to_owned()]),
            Landing::Refused => (None, vec!["it cannot arrive".to_owned()]),
            Landing::Unseen => (None, vec!["nobody can tell where it goes".to_owned()]),
        };
        Self {
            link,
            address,
            ends,
        }
    }

    pub(super) fn told(&self) -> String {
        let link = match &self.link {
            Some(link) => format!("over VPC link {link}"),
            None => "over no link".to_owned(),
        };
        let address = self.address.iter().map(|address| format!("as {address}"));
        let parts: Vec<String> = [link]
            .into_iter()
            .chain(address)
            .chain([self.ends.join(" or ")])
            .collect();
        parts.join(", ")
    }
}

fn end(end: &ListenerEnd) -> String {
    match end {
        ListenerEnd::Forward { groups } => {
            let name = |arn: &str| {
                let name = arn.split(":targetgroup/").nth(1).unwrap_or(arn);
                name.split('/').next().unwrap_or(name).to_owned()
            };
            let names: Vec<String> = groups.iter().map(|group| name(group.as_str())).collect();
            format!("forwarded to target group {}", names.join(", "))
        }
        ListenerEnd::Redirect { location, status } => {
            format!("redirected to {location} with {status}")
        }
        ListenerEnd::FixedResponse { status } => format!("answered with {status}"),
        ListenerEnd::Authenticate { by } => format!("asked to sign in by {by}"),
    }
}
