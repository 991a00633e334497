//! Values that a plan knows, and values that an earlier step will have made.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::id::{DeploymentId, HttpIntegrationId, SecurityGroupId, StepId, VpcLinkId};

/// What stands where an operation names a thing that may not exist yet.
///
/// A plan is written with [`Planned`]; only what is [`Settled`] can be performed or observed.
pub trait Values: Sized {
    /// A link of version 2.
    type VpcLink: Value;
    /// A security group.
    type SecurityGroup: Value;
    /// A deployment of an API.
    type Deployment: Value;
    /// An integration of an HTTP API.
    type HttpIntegration: Value;
}

/// What every value can do.
pub trait Value:
    Clone + fmt::Debug + PartialEq + Eq + Serialize + DeserializeOwned + JsonSchema
{
}

impl<T> Value for T where
    T: Clone + fmt::Debug + PartialEq + Eq + Serialize + DeserializeOwned + JsonSchema
{
}

/// Values of a plan: some are known only when an earlier step is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Planned {}

impl Values for Planned {
    type VpcLink = Later<VpcLinkId>;
    type SecurityGroup = Later<SecurityGroupId>;
    type Deployment = Later<DeploymentId>;
    type HttpIntegration = Later<HttpIntegrationId>;
}

/// Values of a run: all of them are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {}

impl Values for Settled {
    type VpcLink = VpcLinkId;
    type SecurityGroup = SecurityGroupId;
    type Deployment = DeploymentId;
    type HttpIntegration = HttpIntegrationId;
}

/// A value that is known, or that a step makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Later<T> {
    /// This one.
    Known(T),
    /// What this step makes.
    From(StepId),
}

/// What a step that creates something has made.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::EnumDiscriminants,
)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[strum_discriminants(
    name(OutputKind),
    doc = "What a step makes, without which one.",
    derive(PartialOrd, Ord, Hash, strum::Display),
    strum(serialize_all = "kebab-case"),
    expect(missing_docs, reason = "as the outputs")
)]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum Output {
    VpcLink(VpcLinkId),
    SecurityGroup(SecurityGroupId),
    Deployment(DeploymentId),
    HttpIntegration(HttpIntegrationId),
}

impl Output {
    /// What it is.
    #[must_use]
    pub fn kind(&self) -> OutputKind {
        OutputKind::from(self)
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::VpcLink(id) => id.as_str(),
            Self::SecurityGroup(id) => id.as_str(),
            Self::Deployment(id) => id.as_str(),
            Self::HttpIntegration(id) => id.as_str(),
        }
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.id())
    }
}

/// A value that is not known yet: its step has made nothing, or something else.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("step {step} has made no {sought}")]
pub struct Unsettled {
    /// The step that was to make it.
    pub step: StepId,
    /// What was sought.
    pub sought: OutputKind,
}

/// What the steps of a run have made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outputs(BTreeMap<StepId, Output>);

impl Outputs {
    /// Notes what a step has made.
    pub fn insert(&mut self, step: StepId, output: Output) {
        self.0.insert(step, output);
    }

    /// What a step has made.
    #[must_use]
    pub fn get(&self, step: &StepId) -> Option<&Output> {
        self.0.get(step)
    }

    /// All of them, by step.
    pub fn iter(&self) -> impl Iterator<Item = (&StepId, &Output)> {
        self.0.iter()
    }

    fn settled<T: Clone>(
        &self,
        value: &Later<T>,
        sought: OutputKind,
        take: impl Fn(&Output) -> Option<T>,
    ) -> Result<T, Unsettled> {
        match value {
            Later::Known(known) => Ok(known.clone()),
            Later::From(step) => self.0.get(step).and_then(take).ok_or_else(|| Unsettled {
                step: step.clone(),
                sought,
            }),
        }
    }

    /// A link.
    ///
    /// # Errors
    /// [`Unsettled`] when its step has made none.
    pub fn link(&self, value: &Later<VpcLinkId>) -> Result<VpcLinkId, Unsettled> {
        self.settled(value, OutputKind::VpcLink, |output| match output {
            Output::VpcLink(id) => Some(id.clone()),
            _ => None,
        })
    }

    /// A security group.
    ///
    /// # Errors
    /// [`Unsettled`] when its step has made none.
    pub fn group(&self, value: &Later<SecurityGroupId>) -> Result<SecurityGroupId, Unsettled> {
        self.settled(value, OutputKind::SecurityGroup, |output| match output {
            Output::SecurityGroup(id) => Some(id.clone()),
            _ => None,
        })
    }

    /// A deployment.
    ///
    /// # Errors
    /// [`Unsettled`] when its step has made none.
    pub fn deployment(&self, value: &Later<DeploymentId>) -> Result<DeploymentId, Unsettled> {
        self.settled(value, OutputKind::Deployment, |output| match output {
            Output::Deployment(id) => Some(id.clone()),
            _ => None,
        })
    }

    /// An integration of an HTTP API.
    ///
    /// # Errors
    /// [`Unsettled`] when its step has made none.
    pub fn http_integration(
        &self,
        value: &Later<HttpIntegrationId>,
    ) -> Result<HttpIntegrationId, Unsettled> {
        self.settled(value, OutputKind::HttpIntegration, |output| match output {
            Output::HttpIntegration(id) => Some(id.clone()),
            _ => None,
        })
    }
}

impl<T> Later<T> {
    /// The step that makes it; `None` when it is known.
    #[must_use]
    pub fn step(&self) -> Option<&StepId> {
        match self {
            Self::Known(_) => None,
            Self::From(step) => Some(step),
        }
    }
}
