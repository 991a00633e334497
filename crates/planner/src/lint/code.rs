//! What can be wrong with a plan: a closed list, each with a section in `docs/lint.md`.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use unbridge_model::id::StepId;
use unbridge_model::text::Text;

/// Something that is wrong with a plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Lint {
    /// The step; absent when it is the plan as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<StepId>,
    /// What is wrong, as a stable code.
    pub code: LintCode,
    /// What is wrong, for a person.
    pub what: Text,
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.step {
            Some(step) => write!(f, "{}: step {step}: {}", self.code, self.what),
            None => write!(f, "{}: {}", self.code, self.what),
        }
    }
}

/// What can be wrong with a plan. Each has a section in `docs/lint.md`.
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
    JsonSchema,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum LintCode {
    /// Two steps have one name, or a step names what no step before it makes.
    DoesNotFit,
    /// The body does not have the digest that the file says.
    WrongDigest,
    /// The plan's name does not follow from what it was made from.
    WrongPlanId,
    /// It is complete and something is missing, or the other way round.
    CompletenessUnclear,
    /// A step changes what the plan says it leaves out or leaves to others.
    LeftOutButChanged,
    /// A step does not say what it does, or how it is taken back.
    Untold,
    /// Something is made without the plan's tag, or without a tag that was chosen.
    TagMissing,
    /// Something is made under a name that does not tell the plan.
    NameNotOurs,
    /// A step changes an object that the plan was not made from.
    OutOfScope,
    /// A step changes an API or a stage that was not selected.
    NotSelected,
    /// A change has no way back.
    NotUndone,
    /// The way back does not take back what was done.
    UndoMisses,
    /// The way back does not ask whether what stands there is still ours.
    UndoUnguarded,
    /// Something that the plan did not make is destroyed outside a retirement.
    DestroysTooEarly,
    /// A retirement stands in one plan with other changes.
    RetireMixed,
    /// What cannot be restored is deleted without a look at whether anything still uses it (H37 to H39).
    DisuseNotAsked,
    /// A load balancer is deleted without a look at its protection.
    ProtectionNotAsked,
    /// A change stands in a phase that it does not belong to.
    WrongPhase,
    /// The phases of an API do not follow each other.
    OutOfOrder,
    /// What a step asks for or is to show cannot be so at that place.
    CannotHold,
    /// A step brings about what is so already.
    ChangesNothing,
    /// A step names what does not stand there, or not any more.
    NamesWhatIsGone,
    /// A step deletes what is still in use.
    StillUsed,
    /// Something is made and in the end neither used nor gone.
    LeftBehind,
    /// An API or a stage is left between the old way and the new.
    NotFinished,
    /// A link gets a new security group that lets everything out (H33).
    EgressOpen,
    /// A link's new security group lets nothing out to where it leads.
    NoWayOut,
    /// A rule is changed between groups with which the plan has nothing to do (H33).
    RuleForOthers,
    /// A link is used before it was seen to be available.
    LinkNotAwaited,
    /// A REST API is changed without a look at whether its draft is what its stages run (H24).
    BaselineMissing,
    /// Nothing shows that a deployment differs from a stage in the planned patches alone (H24).
    DifferenceNotShown,
    /// A deployment meets a stage's requests without a proof on a temporary stage (H28).
    ProofMissing,
    /// A temporary stage may be reached without what keeps callers out of the one it is like.
    StageOpen,
    /// The shares of a canary release are not those that were chosen.
    CanaryNotChosen,
    /// What a change of a stage or a route brought about is not read back (H27).
    NotReadBack,
    /// A change does not ask whether what it replaces still stands there.
    BeforeNotAsked,
    /// Requests are moved without a look at whether the ALB still admits the link (H33).
    AdmissionNotAsked,
    /// A wait that belongs to a step is missing or too short (H30, H35).
    GateMissing,
    /// An address changes in its path.
    AddressChanged,
    /// What is to be seen after a step is given no time.
    NoTime,
    /// The plan is for another account or region than the snapshot.
    OtherAccount,
    /// An object is not as it was when the plan was made.
    Stale,
    /// A step names what the account does not have.
    Unknown,
    /// Requests are led to something else than an ALB.
    NotAnAlb,
    /// A link does not lie in the VPC of what it leads to.
    ForeignSubnet,
    /// There would be more of something than AWS allows.
    OverQuota,
    /// A load balancer that is to be deleted is protected.
    Protected,
}
