//! What people call the things that a plan names by id. Nothing in a run follows from it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{LoadBalancerArn, VpcLinkId};
use crate::text::Text;

/// What people call the things that a plan names by id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// APIs, by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub apis: BTreeMap<Text, Text>,
    /// Links of version 1, by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub links: BTreeMap<VpcLinkId, NamedLink>,
}

/// A link of version 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedLink {
    /// Its name.
    pub name: Text,
    /// The NLB it leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nlb: Option<LoadBalancerArn>,
}

impl Names {
    /// Whether nothing is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.apis.is_empty() && self.links.is_empty()
    }
}
