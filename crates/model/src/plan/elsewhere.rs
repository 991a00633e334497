//! Changes that a plan does not make itself, because another tool owns the object or nobody knows
//! who does (H16): what is to be written there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::OwnedKind;
use crate::text::Text;

/// What owns an object.
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
#[expect(missing_docs, reason = "their own names")]
pub enum OwnerTool {
    Cloudformation,
    Terraform,
    Kubernetes,
    Beanstalk,
    RefactorSpaces,
    /// Nothing says who.
    Unknown,
}

/// A change to make where an object is described.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Elsewhere {
    /// Where.
    pub owner: OwnerTool,
    /// What is owned.
    pub kind: OwnedKind,
    /// Its id or ARN.
    pub id: Text,
    /// What tells its owner: a tag, or an address in a Terraform state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Text>,
    /// The owner's word for what is changed: `AWS::ApiGateway::Method`,
    /// `aws_api_gateway_integration`; AWS's own where the owner is unknown.
    pub resource: Text,
    /// Which one of it: `GET /orders`.
    pub which: Text,
    /// What is set, in the owner's words.
    pub set: Vec<PropertyChange>,
}

/// A property and its values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PropertyChange {
    /// The property, in the owner's words.
    pub property: Text,
    /// Its value now; absent when it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<Text>,
    /// Its value then. What another resource makes is written in words between `<` and `>`.
    pub new: Text,
}
