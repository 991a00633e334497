//! Everything that is looked at before the first change. Each check holds, or refuses the run with a
//! reason and the next command, or could not be made, which is said and asked about.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;
use unbridge_aws::Simulated;
use unbridge_executor::{Limits, said};
use unbridge_model::id::Region;
use unbridge_model::plan::condition::Condition;
use unbridge_model::plan::rights::{Need, Right, rights};
use unbridge_model::plan::value::{Outputs, Planned, Settled};
use unbridge_model::plan::{Body, ObjectRef, Plan, SeenObject};
use unbridge_model::port::{Held, LockHolder, ReadError, Waited, Writer};
use unbridge_model::quota::Pace;
use unbridge_model::snapshot::Snapshot;
use unbridge_model::text::Text;
use unbridge_model::usage::LookBack;
use unbridge_planner::{Now, Stale, lint, stale};
use unbridge_scanner::scan::{UserSources, WhichApis};

use super::aws::{Account, Look, clock_is_off};
use super::locks::Locks;
use super::typed::Typed;
use crate::args::BeginWith;
use crate::cmd::scan::digest_key;
use crate::error::Failure;
use crate::progress;
use crate::stop::Stop;

/// What is checked before a run begins.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    JsonSchema,
    strum::Display,
    strum::VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub(crate) enum What {
    /// A rehearsal has proven the plan.
    Proof,
    /// The linter finds nothing in it.
    Lint,
    /// It rests on a snapshot without gaps.
    Completeness,
    /// No run of it was begun here that is not over.
    Journal,
    /// The credentials are of the plan's account.
    Account,
    /// No other run holds the lock.
    Lock,
    /// Values can be compared: they are sealed with the same key.
    DigestKey,
    /// Every object is as it was when the plan was made.
    Objects,
    /// What has to hold before a step holds, as far as it can be told before the run.
    Preconditions,
    /// Nothing of what the plan uses would go beyond a quota.
    Quotas,
    /// The identity may make every call.
    Rights,
    /// Nothing has used the old way for as long as the plan asks.
    Disuse,
}

/// What a check came to.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Check {
    /// What was checked.
    pub(crate) what: What,
    /// What it came to.
    pub(crate) came_to: CameTo,
}

/// What a check came to.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "snake_case"
)]
pub(crate) enum CameTo {
    /// It holds.
    Holds {
        /// As far as this goes.
        note: Option<String>,
    },
    /// It does not: the run does not begin.
    Refused {
        /// What is wrong, line by line.
        why: Vec<String>,
        /// What to do.
        next: String,
    },
    /// It cannot be told: the run begins only when a person says so.
    Unknown {
        /// Why not.
        why: String,
        /// What to do.
        next: String,
    },
}

/// The most lines that are told of one check.
const MOST: usize = 12;

impl Check {
    fn holds(what: What) -> Self {
        let came_to = CameTo::Holds { note: None };
        Self { what, came_to }
    }

    pub(super) fn noted(what: What, note: impl Into<String>) -> Self {
        let note = Some(note.into());
        let came_to = CameTo::Holds { note };
        Self { what, came_to }
    }

    pub(super) fn refused(what: What, mut why: Vec<String>, next: impl Into<String>) -> Self {
        let more = why.len().saturating_sub(MOST);
        why.truncate(MOST);
        if more > 0 {
            why.push(format!("+{more} more"));
        }
        let next = next.into();
        let came_to = CameTo::Refused { why, next };
        Self { what, came_to }
    }

    /// Unknown, unless a person takes it as it is.
    fn unknown(what: What, why: impl Into<String>, with: BeginWith, taken: &[BeginWith]) -> Self {
        let why = why.into();
        if taken.contains(&with) {
            return Self::noted(what, format!("accepted: {why}"));
        }
        let next = format!("--accept {with} begins all the same");
        let came_to = CameTo::Unknown { why, next };
        Self { what, came_to }
    }

    pub(crate) fn lets_begin(&self) -> bool {
        matches!(self.came_to, CameTo::Holds { .. })
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.what.to_string();
        match &self.came_to {
            CameTo::Holds { note: None } => write!(f, "  ok       {what}"),
            CameTo::Holds { note: Some(note) } => write!(f, "  ok       {what}: {note}"),
            CameTo::Refused { why, next } => {
                write!(f, "  refused  {what}: ")?;
                for (number, line) in why.iter().enumerate() {
                    let lead = if number == 0 { "" } else { "\n             " };
                    write!(f, "{lead}{line}")?;
                }
                write!(f, "\n           try: {next}")
            }
            CameTo::Unknown { why, next } => {
                write!(f, "  unknown  {what}: {why}\n           try: {next}")
            }
        }
    }
}

/// What can be told of the plan alone.
pub(crate) fn of_plan(plan: &Plan, taken: &[BeginWith]) -> Vec<Check> {
    let proof = match plan.proven() {
        Some(proof) => Check::noted(What::Proof, format!("{} runs", proof.runs)),
        None => {
            let why =
                "no rehearsal has proven it; `unbridge rehearse PLAN --snapshot FILE -o PLAN` does";
            Check::unknown(What::Proof, why, BeginWith::Unproven, taken)
        }
    };
    let found = lint::lint(plan);
    let lint = if found.is_empty() {
        Check::holds(What::Lint)
    } else {
        let why = found.iter().map(ToString::to_string).collect();
        Check::refused(What::Lint, why, "make the plan again: unbridge plan")
    };
    let complete = if plan.body.complete {
        Check::holds(What::Completeness)
    } else {
        let missing: Vec<&str> = plan.body.missing.iter().map(Text::as_str).collect();
        let why = format!("the plan rests on gaps: {}", missing.join("; "));
        Check::unknown(What::Completeness, why, BeginWith::Incomplete, taken)
    };
    vec![proof, lint, complete]
}

/// Whether the credentials are of the plan's account.
pub(crate) fn of_account(plan: &Plan, account: &Account) -> Check {
    let (wanted, found) = (&plan.body.account, &account.caller.account);
    if wanted == found {
        let note = format!("{found}, {}, as {}", plan.body.region, account.caller.arn);
        let off = clock_is_off(account.session.ahead());
        let note = [Some(note), off].into_iter().flatten().collect::<Vec<_>>();
        return Check::noted(What::Account, note.join("; "));
    }
    let why = format!("the plan is for account {wanted}, the credentials are of {found}");
    let next = "name a profile of the plan's account with --profile";
    Check::refused(What::Account, vec![why], next)
}

/// What to do about a lock that cannot be reached.
pub(super) const LOCK_RIGHTS: &str = "allow ssm:GetParameter, PutParameter and DeleteParameter of \
     parameter /unbridge/lock (unbridge policy plan PLAN)";

/// Whether the lock of the plan's region is free.
pub(super) fn of_lock(locks: &Locks, region: &Region, typed: &Typed<'_>) -> Check {
    match locks.holder(region) {
        Ok(None) => match locks {
            Locks::Ssm(_) => Check::holds(What::Lock),
            Locks::Local(_) => Check::noted(
                What::Lock,
                "only of this machine: runs on other machines are not kept away",
            ),
        },
        Ok(Some(LockHolder { run, owner, since })) => {
            let why = format!("run {run} of {owner} holds it since {since}");
            let unlock = typed.unlock(region, &run, locks.place());
            let next = format!("let it end, or, when it is over for sure: {unlock}");
            Check::refused(What::Lock, vec![why], next)
        }
        Err(error) => {
            let next = match locks {
                Locks::Ssm(_) => format!("{LOCK_RIGHTS}, or --lock local"),
                Locks::Local(_) => "mend that place".to_owned(),
            };
            Check::refused(What::Lock, vec![error.to_string()], next)
        }
    }
}

/// What a second look at the account is made with.
pub(crate) struct Again<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) account: &'a Account,
    pub(crate) key: Option<&'a Path>,
    pub(crate) pace: Pace,
    /// What the plan was made from.
    pub(crate) before: Option<&'a Snapshot>,
}

impl Again<'_> {
    /// Looks at the plan's objects again.
    pub(crate) fn look(&self) -> Result<Snapshot, Failure> {
        let digester = digest_key::load(self.key)?;
        let body = &self.plan.body;
        let apis = body.objects.iter().filter_map(|seen| match &seen.object {
            ObjectRef::RestApi(id) => Some(Text::new(id.as_str())),
            ObjectRef::HttpApi(id) => Some(Text::new(id.as_str())),
            ObjectRef::LoadBalancer(_)
            | ObjectRef::SecurityGroup(_)
            | ObjectRef::TargetGroup(_)
            | ObjectRef::Vpc(_)
            | ObjectRef::VpcLink(_) => None,
        });
        let (apis, users, look_back) = if is_retirement(body) {
            let days = LookBack::of_days(body.choices.retirement.quiet_days);
            (WhichApis::All, UserSources::Read, days)
        } else {
            (WhichApis::Only(apis.collect()), UserSources::Skip, None)
        };
        self.account.look(&Look {
            region: &body.region,
            apis,
            users,
            digester: &digester,
            pace: self.pace,
            look_back: look_back.unwrap_or(LookBack::DEFAULT),
        })
    }

    /// Whether the objects are as they were.
    pub(crate) fn of_objects(&self, live: &Snapshot) -> Vec<Check> {
        let body = &self.plan.body;
        let Some(now) = live.regions.get(&body.region) else {
            let why = vec![format!("nothing could be read of {}", body.region)];
            return vec![Check::refused(
                What::Objects,
                why,
                "run again with -v to see more",
            )];
        };
        if let Some(known) = &body.digest_key
            && *known != live.header.digest_key
        {
            let why = format!(
                "the plan's snapshot was made with digest key {known}, this machine has {}",
                live.header.digest_key
            );
            let next = "--digest-key FILE names the key of that snapshot; or scan and plan again";
            return vec![Check::refused(What::DigestKey, vec![why], next)];
        }
        let before = self
            .before
            .and_then(|before| before.regions.get(&body.region));
        let changed = stale(body, now, before);
        let objects = if changed.is_empty() {
            Check::noted(
                What::Objects,
                format!("{} as they were", body.objects.len()),
            )
        } else {
            let why = changed.iter().flat_map(words).collect();
            let next = if before.is_some() {
                "scan and plan again"
            } else {
                "scan and plan again; --snapshot FILE, the one that the plan was made from, tells \
                 what changed field by field"
            };
            Check::refused(What::Objects, why, next)
        };
        let quotas = of_quotas(self.plan, live);
        vec![Check::holds(What::DigestKey), objects, quotas]
    }
}

fn words(stale: &Stale) -> Vec<String> {
    let object = &stale.object;
    match &stale.now {
        Now::NotThere => vec![format!("{object} is gone, or could not be read")],
        Now::Changed(fields) if fields.is_empty() => vec![format!("{object} has changed")],
        Now::Changed(fields) => fields
            .iter()
            .map(|field| format!("{object}: {field}"))
            .collect(),
    }
}

/// What the linter says of the plan beside the account as it is now.
fn of_quotas(plan: &Plan, live: &Snapshot) -> Check {
    let found = lint::lint_on(plan, live);
    if found.is_empty() {
        return Check::holds(What::Quotas);
    }
    let why = found.iter().map(ToString::to_string).collect();
    Check::refused(What::Quotas, why, "scan and plan again")
}

/// Whether a plan deletes the old way.
pub(crate) fn is_retirement(body: &Body) -> bool {
    use unbridge_model::plan::Phase;
    body.steps.iter().any(|step| step.phase == Phase::Retire)
}

/// What has to hold before the steps, as far as it can be told now: a state that an earlier step of
/// the plan brings about is left to the run.
pub(crate) fn of_preconditions(
    plan: &Plan,
    writer: &dyn Writer,
    stop: &Stop,
    limits: &Limits,
) -> Check {
    let (conditions, objects, later) = askable(&plan.body);
    let asked = conditions.len();
    let mut wrong = Vec::new();
    progress::during("looking at what has to hold", || {
        for (step, condition) in conditions {
            let holds = said(&condition);
            match observed(writer, &condition, stop, limits) {
                Ok(Held::Yes) => {}
                Ok(Held::No { found } | Held::Never { found }) => {
                    wrong.push(format!(
                        "before step {step} it has to hold that {holds}; found: {found}"
                    ));
                }
                Ok(Held::Unknown { why }) => {
                    wrong.push(format!(
                        "before step {step} it cannot be told whether {holds}: {why}"
                    ));
                }
                Err(error) => {
                    wrong.push(format!(
                        "before step {step} it cannot be read whether {holds}: {error}"
                    ));
                }
            }
        }
    });
    if wrong.is_empty() {
        let note = format!(
            "{asked} hold, {objects} in objects as they were, {later} follow from steps of the plan"
        );
        Check::noted(What::Preconditions, note)
    } else {
        let next = "put right what is said, or scan and plan again";
        Check::refused(What::Preconditions, wrong, next)
    }
}

/// Attempts for one state that cannot be read just now.
const ATTEMPTS: u32 = 4;

fn observed(
    writer: &dyn Writer,
    condition: &Condition<Settled>,
    stop: &Stop,
    limits: &Limits,
) -> Result<Held, ReadError> {
    for _ in 1..ATTEMPTS {
        match writer.observe(condition) {
            Err(error) if error.is_transient() => {
                if stop.wait(error.retry_after.unwrap_or(limits.poll)) == Waited::Interrupted {
                    return Err(error);
                }
            }
            answer => return answer,
        }
    }
    writer.observe(condition)
}

/// Preconditions that are asked about before the run, each once, with the first step that has it; how
/// many need not be, for they say what an object of the plan says; and how many cannot be.
fn askable(body: &Body) -> (Vec<(String, Condition<Settled>)>, usize, usize) {
    let nothing = Outputs::default();
    let mut brought: Vec<&Condition<Planned>> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let (mut asked, mut objects, mut later) = (Vec::new(), 0, 0);
    for step in &body.steps {
        for condition in &step.preconditions {
            if brought.contains(&condition) {
                later += 1;
                continue;
            }
            let Ok(settled) = condition.settle(&nothing) else {
                later += 1;
                continue;
            };
            if is_part_of_an_object(body, &settled) {
                objects += 1;
                continue;
            }
            if seen.insert(format!("{settled:?}")) {
                asked.push((step.id.to_string(), settled));
            }
        }
        brought.extend(&step.verification);
    }
    (asked, objects, later)
}

/// Whether a state is part of an object that the plan was made from. Then it holds while the object is
/// as it was, which is looked at in few calls: a draft may have thousands of methods.
fn is_part_of_an_object(body: &Body, condition: &Condition<Settled>) -> bool {
    let Condition::IntegrationIs { method, .. } = condition else {
        return false;
    };
    let is_it =
        |seen: &SeenObject| matches!(&seen.object, ObjectRef::RestApi(id) if *id == method.api);
    body.objects.iter().any(is_it)
}

/// Whether the identity may make the calls.
pub(crate) fn of_rights(plan: &Plan, account: &Account, taken: &[BeginWith]) -> Check {
    let needed: Vec<Right> = rights(&plan.body)
        .into_iter()
        .filter(|right| right.need != Need::Perhaps)
        .collect();
    let caller = account.caller.arn.as_str();
    let simulator = account.rights(&plan.body.region);
    let asked = progress::during("asking IAM", || simulator.denied(caller, &needed));
    match asked {
        Ok(Simulated::Denied(denied)) if denied.is_empty() => {
            let note = format!("{} by the identity's own policies", needed.len());
            Check::noted(What::Rights, note)
        }
        Ok(Simulated::Denied(denied)) => {
            let why = denied
                .iter()
                .map(|right| format!("{} on {}", right.action, right.resource))
                .collect();
            Check::refused(
                What::Rights,
                why,
                "allow what `unbridge policy plan PLAN` prints",
            )
        }
        Ok(Simulated::Unknown { why }) => {
            let why = format!("IAM did not tell: {why}");
            Check::unknown(What::Rights, why, BeginWith::UncheckedRights, taken)
        }
        Err(error) => {
            let why = format!("IAM could not be asked: {error}");
            Check::unknown(What::Rights, why, BeginWith::UncheckedRights, taken)
        }
    }
}
