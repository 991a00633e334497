//! A plan: every change of a migration as data, in order, complete enough that nothing is left to
//! decide while it is carried out.
//!
//! Owns the file format. [`parse`] refuses what was edited, is of another version, or does not fit
//! together; whether a plan is wise is for the linter and the rehearsal.

pub mod budget;
pub mod choices;
pub mod condition;
pub mod elsewhere;
pub mod forecast;
pub mod left;
pub mod names;
pub mod old_way;
pub mod operation;
pub mod order;
pub mod rights;
mod settle;
#[cfg(test)]
mod tests;
pub mod value;
pub mod waiting;
pub mod words;

use std::collections::BTreeSet;
use std::io::BufWriter;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{
    AccountId, DeploymentId, Digesting, HttpApiId, HttpIntegrationId, LoadBalancerArn, PlanId,
    Region, RestApiId, SecurityGroupId, Sha256, StepId, TargetGroupArn, VpcId, VpcLinkId,
};
use crate::text::Text;
use choices::StageRef;
pub use choices::{Choices, Difference};
use condition::{Condition, Gate};
use elsewhere::Elsewhere;
use forecast::Forecast;
use left::Left;
use names::Names;
use operation::Operation;
use value::{Output, OutputKind, Outputs, Planned};
use waiting::Waiting;

/// The version of the format that this tool writes, and the newest it reads.
pub const FORMAT_VERSION: u32 = 1;

/// The word every plan file holds.
pub const FORMAT: &str = "unbridge-plan";

/// A plan file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Always [`FORMAT`].
    pub format: Text,
    /// The format's version.
    pub format_version: u32,
    /// The version of the tool that made it.
    pub tool_version: Text,
    /// SHA-256 over what it was made from: format version, account, region, objects, choices.
    pub plan_id: PlanId,
    /// What will be done.
    pub body: Body,
    /// SHA-256 over the body.
    pub body_digest: Sha256,
    /// What a rehearsal found; absent when there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
}

/// What a plan does, and what it was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// The account.
    pub account: AccountId,
    /// The region.
    pub region: Region,
    /// The identity that read what it was made from.
    pub caller: Text,
    /// Id of the key of the snapshot's digests; absent in a plan written by hand. Values are sealed
    /// with it, so objects read under another key have other digests though they say the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest_key: Option<Text>,
    /// What it was made from, as it stood then, sorted.
    pub objects: Vec<SeenObject>,
    /// What a person chose.
    pub choices: Choices,
    /// Whether everything was seen that it rests on. Written only when it was not.
    #[serde(default = "whole", skip_serializing_if = "is_whole")]
    pub complete: bool,
    /// What could not be seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Text>,
    /// What people call the things that are named by id.
    #[serde(default, skip_serializing_if = "Names::is_empty")]
    pub names: Names,
    /// What was asked for and is left out, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<Waiting>,
    /// Changes to make where others own what is changed, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<Elsewhere>,
    /// Stages of APIs that it moves which stay on the old way: the next deployment of one ships the
    /// draft, which is on the new way by then. Sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stay: Vec<StageRef>,
    /// What means nothing any more once it is carried out, and stays, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<Left>,
    /// What it will take and bring; absent in a plan written by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forecast: Option<Forecast>,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

fn whole() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_whole(complete: &bool) -> bool {
    *complete
}

/// An object that a plan was made from, and what it said.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeenObject {
    /// The object.
    pub object: ObjectRef,
    /// SHA-256 over its noun.
    pub digest: Sha256,
}

/// Names an object of an account and region.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum ObjectRef {
    HttpApi(HttpApiId),
    LoadBalancer(LoadBalancerArn),
    RestApi(RestApiId),
    SecurityGroup(SecurityGroupId),
    TargetGroup(TargetGroupArn),
    Vpc(VpcId),
    VpcLink(VpcLinkId),
}

impl std::fmt::Display for ObjectRef {
    /// Its id or ARN.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::HttpApi(id) => id.fmt(f),
            Self::LoadBalancer(arn) => arn.fmt(f),
            Self::RestApi(id) => id.fmt(f),
            Self::SecurityGroup(id) => id.fmt(f),
            Self::TargetGroup(arn) => arn.fmt(f),
            Self::Vpc(id) => id.fmt(f),
            Self::VpcLink(id) => id.fmt(f),
        }
    }
}

/// Parts of a migration; nothing is destroyed before the last.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Phase {
    /// Shows that the draft is what the stages run.
    Baseline,
    /// Adds what the new way needs.
    Prepare,
    /// Changes the draft.
    Rewire,
    /// Proves the change on a temporary stage and moves requests over.
    Shift,
    /// Takes away what only the move needed.
    TidyUp,
    /// Deletes the old way; a plan of its own.
    Retire,
}

/// One change, what has to hold around it, and the way back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its name, unique in the plan.
    pub id: StepId,
    /// Its phase.
    pub phase: Phase,
    /// What is done, for a person.
    pub forward: Text,
    /// What is done to take it back, for a person.
    pub backward: Text,
    /// What has to hold before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub preconditions: Vec<Condition<Planned>>,
    /// The change.
    pub operation: Operation<Planned>,
    /// What has to be seen afterwards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verification: Vec<Condition<Planned>>,
    /// How long to wait for that, in seconds.
    #[serde(default)]
    pub verify_within: u32,
    /// What takes time or traffic before the next step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Gate>,
    /// The way back.
    pub undo: Undo,
}

/// The way back from a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "snake_case",
    deny_unknown_fields
)]
pub enum Undo {
    /// Another change. It may name what the step itself made.
    Operation {
        /// The change.
        operation: Operation<Planned>,
        /// What shows that what stands there is still ours to take back.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        only_if: Vec<Condition<Planned>>,
    },
    /// Nothing is left to take back once other steps are undone.
    Nothing,
    /// There is no way back.
    Impossible {
        /// Why.
        why: Text,
    },
}

/// What a rehearsal found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The body that was rehearsed.
    pub body_digest: Sha256,
    /// The version of the tool that did.
    pub tool_version: Text,
    /// Runs: forward, with crashes, with faults, back.
    pub runs: u64,
    /// Requests that were followed.
    pub requests: u64,
}

/// A plan that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPlan {
    /// No JSON, or JSON of another shape.
    #[error("line {line}, column {column}: {message}")]
    Malformed {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// Another format, or a newer version of this one.
    #[error("format {0:?} version {1}; {FORMAT:?} version {FORMAT_VERSION} is known")]
    Format(String, u32),
    /// The body is not what its digest says.
    #[error("it was changed after it was made: its body has the digest {found}, not {written}")]
    Edited {
        /// The digest in the file.
        written: Sha256,
        /// That of the body.
        found: Sha256,
    },
    /// Its name does not follow from what it was made from.
    #[error("its plan_id does not follow from what it was made from")]
    Renamed,
    /// Two steps have one name.
    #[error("two steps are called {0}")]
    Twice(StepId),
    /// A step names what no step before it makes.
    #[error("step {step} names what {from} makes, which is no {sought} of an earlier step")]
    Dangling {
        /// The step.
        step: StepId,
        /// The step it names.
        from: StepId,
        /// What that was to make.
        sought: OutputKind,
    },
}

#[derive(Deserialize)]
struct Head {
    format: String,
    format_version: u32,
}

impl Plan {
    /// A plan with this body.
    #[must_use]
    pub fn new(tool_version: Text, body: Body) -> Self {
        Self {
            format: Text::new(FORMAT),
            format_version: FORMAT_VERSION,
            tool_version,
            plan_id: body.plan_id(),
            body_digest: body.digest(),
            body,
            proof: None,
        }
    }

    /// Reads a plan file.
    ///
    /// # Errors
    /// [`BadPlan`] when it is none, was edited, or does not fit together.
    pub fn parse(text: &str) -> Result<Self, BadPlan> {
        let head: Head = serde_json::from_str(text).map_err(|error| malformed(&error))?;
        if head.format != FORMAT || head.format_version != FORMAT_VERSION {
            return Err(BadPlan::Format(head.format, head.format_version));
        }
        let plan: Self = serde_json::from_str(text).map_err(|error| malformed(&error))?;
        let found = plan.body.digest();
        if found != plan.body_digest {
            return Err(BadPlan::Edited {
                written: plan.body_digest,
                found,
            });
        }
        if plan.body.plan_id() != plan.plan_id {
            return Err(BadPlan::Renamed);
        }
        plan.body.check()?;
        Ok(plan)
    }

    /// The plan as a file.
    ///
    /// # Errors
    /// Those of JSON; none is known for a plan.
    pub fn to_json(&self) -> serde_json::Result<String> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        Ok(text)
    }

    /// The proof, when it is of this body.
    #[must_use]
    pub fn proven(&self) -> Option<&Proof> {
        let proof = self.proof.as_ref();
        proof.filter(|proof| proof.body_digest == self.body_digest)
    }
}

impl Body {
    /// Nothing but these steps, made from nothing.
    #[must_use]
    pub fn of_steps(account: AccountId, region: Region, caller: Text, steps: Vec<Step>) -> Self {
        Self {
            account,
            region,
            caller,
            digest_key: None,
            objects: Vec::new(),
            choices: Choices::default(),
            complete: true,
            missing: Vec::new(),
            names: Names::default(),
            waiting: Vec::new(),
            elsewhere: Vec::new(),
            stay: Vec::new(),
            left: Vec::new(),
            forecast: None,
            steps,
        }
    }

    /// SHA-256 over the body as JSON without white space.
    #[must_use]
    pub fn digest(&self) -> Sha256 {
        digest_of(self)
    }

    /// The name of a plan made from these objects with these choices.
    #[must_use]
    pub fn plan_id(&self) -> PlanId {
        let made_from = (
            FORMAT_VERSION,
            &self.account,
            &self.region,
            &self.objects,
            &self.choices,
        );
        PlanId::from_digest(digest_of(&made_from))
    }

    /// The step of this name.
    #[must_use]
    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == *id)
    }

    /// Whether every value is known or made by an earlier step.
    ///
    /// # Errors
    /// [`BadPlan::Twice`] and [`BadPlan::Dangling`].
    pub fn check(&self) -> Result<(), BadPlan> {
        let mut outputs = Outputs::default();
        let mut names = BTreeSet::new();
        for step in &self.steps {
            if !names.insert(&step.id) {
                return Err(BadPlan::Twice(step.id.clone()));
            }
            let dangling = |unsettled: value::Unsettled| BadPlan::Dangling {
                step: step.id.clone(),
                from: unsettled.step,
                sought: unsettled.sought,
            };
            let settled = |conditions: &[Condition], outputs: &Outputs| {
                conditions
                    .iter()
                    .try_for_each(|one| one.settle(outputs).map(|_| ()))
            };
            settled(&step.preconditions, &outputs).map_err(dangling)?;
            step.operation.settle(&outputs).map_err(dangling)?;
            if let Some(output) = step.operation.makes().and_then(stand_in) {
                outputs.insert(step.id.clone(), output);
            }
            settled(&step.verification, &outputs).map_err(dangling)?;
            if let Undo::Operation { operation, only_if } = &step.undo {
                operation.settle(&outputs).map_err(dangling)?;
                settled(only_if, &outputs).map_err(dangling)?;
            }
        }
        Ok(())
    }
}

/// An output of this kind; any will do to see that a reference leads somewhere.
fn stand_in(kind: OutputKind) -> Option<Output> {
    Some(match kind {
        OutputKind::VpcLink => Output::VpcLink(VpcLinkId::new("any").ok()?),
        OutputKind::SecurityGroup => Output::SecurityGroup(SecurityGroupId::new("sg-any").ok()?),
        OutputKind::Deployment => Output::Deployment(DeploymentId::new("any").ok()?),
        OutputKind::HttpIntegration => Output::HttpIntegration(HttpIntegrationId::new("any").ok()?),
    })
}

/// SHA-256 over a noun as JSON without white space.
#[must_use]
pub fn digest_of(noun: &impl Serialize) -> Sha256 {
    // JSON comes in pieces of a few bytes, and is far larger than its digest.
    let mut pieces = BufWriter::with_capacity(1 << 14, Digesting::default());
    // Nouns are maps with texts as keys: there is nothing that JSON cannot say, and memory takes all.
    let written = serde_json::to_writer(&mut pieces, noun);
    debug_assert!(written.is_ok(), "{written:?}");
    let digesting = pieces.into_inner().unwrap_or_default();
    digesting.done()
}

fn malformed(error: &serde_json::Error) -> BadPlan {
    let message = error.to_string();
    let end = message.rfind(" at line ").unwrap_or(message.len());
    BadPlan::Malformed {
        line: error.line(),
        column: error.column(),
        message: message.get(..end).unwrap_or_default().to_owned(),
    }
}
