//! What must not be taken away while something else may use it: one rule over the plan and the
//! journal, whatever the order in which steps are taken back.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::id::{HttpApiId, RestApiId, SecurityGroupId, StepId};
use unbridge_model::journal::{Folded, Residue, StepState};
use unbridge_model::plan::operation::{ConnectionId, Operation};
use unbridge_model::plan::value::{Later, Planned};
use unbridge_model::plan::{Body, Step, Undo};

/// Whether a step may be taken back now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MayGo {
    /// Nothing that may still stand uses what it made.
    Yes,
    /// A step that is not taken back yet may use it.
    NotYet {
        /// That step.
        by: StepId,
    },
    /// A step that stays behind may use it: it stays as well.
    InUse {
        /// That step.
        by: StepId,
    },
    /// Requests that a step moved, or was to move, do not go as they did before and may use it: it
    /// stays.
    Running {
        /// That step.
        by: StepId,
    },
}

/// Which steps of a plan use what others made.
///
/// - A step uses what its operation names.
/// - A deployment holds the draft: it uses what every earlier change of its API's draft uses.
/// - A link uses its security groups and every rule of theirs, whichever group the rule stands in.
/// - Where a link is named that no step made, its groups are not known, and every rule is used.
#[derive(Debug)]
pub struct Needs {
    /// By step, the steps that use it directly.
    users: BTreeMap<StepId, Vec<StepId>>,
    /// Steps whose undo takes something away, with the step that made it: mostly the same.
    takes_away: BTreeMap<StepId, StepId>,
    /// Steps that need no undo of their own once those around them are undone.
    goes_along: BTreeSet<StepId>,
    /// Steps at whose place requests are not as they were, whatever the journal says.
    still_moved: BTreeSet<StepId>,
}

impl Needs {
    /// Those of a plan.
    #[must_use]
    pub fn of(body: &Body) -> Self {
        let mut users: BTreeMap<StepId, Vec<StepId>> = BTreeMap::new();
        let mut seen = Seen::of(body);
        for step in &body.steps {
            for used in named(&step.operation).into_iter().chain(seen.used(step)) {
                users.entry(used.clone()).or_default().push(step.id.clone());
            }
            seen.note(step);
        }
        let steps = || body.steps.iter();
        let taken = steps().filter(|step| takes_away(&step.undo)).map(|step| {
            let made = deleted(&step.undo).unwrap_or(&step.id);
            (step.id.clone(), made.clone())
        });
        let nothing = steps().filter(|step| matches!(step.undo, Undo::Nothing));
        Self {
            users,
            takes_away: taken.collect(),
            goes_along: nothing.map(|step| step.id.clone()).collect(),
            still_moved: BTreeSet::new(),
        }
    }

    /// Notes that where this step was to move requests, they do not go as they did before.
    pub fn still_moved(&mut self, step: StepId) {
        self.still_moved.insert(step);
    }

    /// Whether a step may be taken back now.
    #[must_use]
    pub fn may_go(&self, folded: &Folded, step: &StepId) -> MayGo {
        let Some(made) = self.takes_away.get(step) else {
            return MayGo::Yes;
        };
        let left = not_undone(folded);
        let mut not_yet = None;
        let mut seen = BTreeSet::from([made]);
        let mut open = vec![made];
        while let Some(used) = open.pop() {
            for user in self.users.get(used).into_iter().flatten() {
                if !seen.insert(user) {
                    continue;
                }
                open.push(user);
                if self.still_moved.contains(user) {
                    return MayGo::Running { by: user.clone() };
                }
                match folded.state(user) {
                    StepState::Left if left.contains(user) => {
                        return MayGo::InUse { by: user.clone() };
                    }
                    StepState::Waiting | StepState::Undone | StepState::Left => {}
                    StepState::Doing
                    | StepState::Made
                    | StepState::Verified
                    | StepState::Passed
                    | StepState::Undoing => {
                        if !self.goes_along.contains(user) {
                            not_yet = Some(user.clone());
                        }
                    }
                }
            }
        }
        not_yet.map_or(MayGo::Yes, |by| MayGo::NotYet { by })
    }
}

/// The needs of a plan, found once they are asked for: most steps of a large plan take nothing away.
pub(super) struct LazyNeeds<'b> {
    body: &'b Body,
    known: OnceCell<Needs>,
    /// Noted before the needs were asked for.
    still_moved: BTreeSet<StepId>,
}

impl<'b> LazyNeeds<'b> {
    pub(super) fn of(body: &'b Body) -> Self {
        Self {
            body,
            known: OnceCell::new(),
            still_moved: BTreeSet::new(),
        }
    }

    /// As [`Needs::still_moved`].
    pub(super) fn still_moved(&mut self, step: StepId) {
        match self.known.get_mut() {
            Some(known) => known.still_moved(step),
            None => drop(self.still_moved.insert(step)),
        }
    }

    /// As [`Needs::may_go`].
    pub(super) fn may_go(&self, folded: &Folded, step: &Step) -> MayGo {
        if !takes_away(&step.undo) {
            return MayGo::Yes;
        }
        let known = self.known.get_or_init(|| {
            let mut needs = Needs::of(self.body);
            needs.still_moved.clone_from(&self.still_moved);
            needs
        });
        known.may_go(folded, &step.id)
    }
}

/// Steps of which more stays behind than AWS makes it.
fn not_undone(folded: &Folded) -> BTreeSet<&StepId> {
    let residue = folded.residue().iter();
    let standing = residue.filter(|(_, residue)| match residue {
        Residue::NotUndone { .. } => true,
        Residue::IntegrationTarget { .. } => false,
    });
    standing.map(|(step, _)| step).collect()
}

/// What steps may use without naming it, as far as a plan was read.
struct Seen<'b> {
    /// Every rule of the plan.
    rules: Vec<Rule<'b>>,
    /// Changes of drafts, by API.
    drafts: BTreeMap<&'b RestApiId, Vec<&'b StepId>>,
    /// Changes of routes, by API.
    routes: BTreeMap<&'b HttpApiId, Vec<&'b StepId>>,
}

/// A step that adds a rule, the group it stands in, and the group it names.
struct Rule<'b> {
    step: &'b StepId,
    group: &'b Group,
    peer: &'b Group,
}

impl<'b> Seen<'b> {
    fn of(body: &'b Body) -> Self {
        let rules = body.steps.iter().filter_map(|step| {
            let Operation::AuthorizeRule { group, rule } = &step.operation else {
                return None;
            };
            Some(Rule {
                step: &step.id,
                group,
                peer: &rule.peer,
            })
        });
        Self {
            rules: rules.collect(),
            drafts: BTreeMap::new(),
            routes: BTreeMap::new(),
        }
    }

    fn note(&mut self, step: &'b Step) {
        if let Operation::UpdateIntegration { method, .. } = &step.operation {
            self.drafts.entry(&method.api).or_default().push(&step.id);
        }
        if let Operation::UpdateRoute { api, .. } = &step.operation {
            self.routes.entry(api).or_default().push(&step.id);
        }
    }

    fn rules(&self, which: impl Fn(&Rule<'b>) -> bool) -> Vec<&'b StepId> {
        let rules = self.rules.iter().filter(|rule| which(rule));
        rules.map(|rule| rule.step).collect()
    }

    /// What a step uses without naming it.
    fn used(&self, step: &Step) -> Vec<&'b StepId> {
        use Operation as O;
        match &step.operation {
            O::CreateDeployment { api, .. } => self.drafts.get(api).cloned().unwrap_or_default(),
            O::CreateHttpDeployment { api, .. } => {
                self.routes.get(api).cloned().unwrap_or_default()
            }
            O::CreateVpcLink {
                security_groups, ..
            } => self.rules(|rule| {
                security_groups.contains(rule.group) || security_groups.contains(rule.peer)
            }),
            O::UpdateIntegration { patch, .. } => match &patch.connection_id {
                ConnectionId::Link(Later::Known(_)) => self.rules(|_| true),
                ConnectionId::Link(Later::From(_)) | ConnectionId::Template(_) => Vec::new(),
            },
            O::CreateHttpIntegration {
                link: Later::Known(_),
                ..
            } => self.rules(|_| true),
            O::CreateHttpIntegration {
                link: Later::From(_),
                ..
            }
            | O::CreateSecurityGroup { .. }
            | O::RevokeDefaultEgress { .. }
            | O::AuthorizeRule { .. }
            | O::RevokeRule { .. }
            | O::DeleteSecurityGroup { .. }
            | O::DeleteVpcLink { .. }
            | O::DeleteDeployment { .. }
            | O::CreateStage { .. }
            | O::FurnishStage { .. }
            | O::DeleteStage { .. }
            | O::SetCanary { .. }
            | O::RemoveCanary { .. }
            | O::SetDeployment { .. }
            | O::DeleteHttpIntegration { .. }
            | O::UpdateRoute { .. }
            | O::DeleteHttpDeployment { .. }
            | O::SetHttpDeployment { .. }
            | O::DeleteV1Link { .. }
            | O::DeregisterTarget { .. }
            | O::RegisterTarget { .. }
            | O::DeleteLoadBalancer { .. }
            | O::DeleteTargetGroup { .. } => Vec::new(),
        }
    }
}

type Group = Later<SecurityGroupId>;

/// The steps whose things an operation names.
fn named(operation: &Operation<Planned>) -> Vec<&StepId> {
    use Operation as O;
    match operation {
        O::RevokeDefaultEgress { group } | O::DeleteSecurityGroup { group } => {
            group.step().into_iter().collect()
        }
        O::AuthorizeRule { group, rule } | O::RevokeRule { group, rule } => {
            group.step().into_iter().chain(rule.peer.step()).collect()
        }
        O::CreateVpcLink {
            security_groups, ..
        } => security_groups.iter().filter_map(Later::step).collect(),
        O::DeleteVpcLink { link } | O::CreateHttpIntegration { link, .. } => {
            link.step().into_iter().collect()
        }
        O::UpdateIntegration { patch, .. } => match &patch.connection_id {
            ConnectionId::Link(link) => link.step().into_iter().collect(),
            ConnectionId::Template(_) => Vec::new(),
        },
        O::DeleteDeployment { deployment, .. }
        | O::CreateStage { deployment, .. }
        | O::SetCanary { deployment, .. }
        | O::SetDeployment { deployment, .. }
        | O::DeleteHttpDeployment { deployment, .. }
        | O::SetHttpDeployment { deployment, .. } => deployment.step().into_iter().collect(),
        O::DeleteHttpIntegration { integration, .. } | O::UpdateRoute { integration, .. } => {
            integration.step().into_iter().collect()
        }
        O::CreateSecurityGroup { .. }
        | O::CreateDeployment { .. }
        | O::FurnishStage { .. }
        | O::DeleteStage { .. }
        | O::RemoveCanary { .. }
        | O::CreateHttpDeployment { .. }
        | O::DeleteV1Link { .. }
        | O::DeregisterTarget { .. }
        | O::RegisterTarget { .. }
        | O::DeleteLoadBalancer { .. }
        | O::DeleteTargetGroup { .. } => Vec::new(),
    }
}

/// Whether an undo takes something away that another step could be using.
fn takes_away(undo: &Undo) -> bool {
    use Operation as O;
    let operation = match undo {
        Undo::Operation { operation, .. } => operation,
        Undo::Nothing | Undo::Impossible { .. } => return false,
    };
    match operation {
        O::RevokeDefaultEgress { .. }
        | O::RevokeRule { .. }
        | O::DeleteSecurityGroup { .. }
        | O::DeleteVpcLink { .. }
        | O::DeleteDeployment { .. }
        | O::DeleteStage { .. }
        | O::DeleteHttpIntegration { .. }
        | O::DeleteHttpDeployment { .. }
        | O::DeleteV1Link { .. }
        | O::DeregisterTarget { .. }
        | O::DeleteLoadBalancer { .. }
        | O::DeleteTargetGroup { .. } => true,
        O::CreateSecurityGroup { .. }
        | O::AuthorizeRule { .. }
        | O::CreateVpcLink { .. }
        | O::UpdateIntegration { .. }
        | O::CreateDeployment { .. }
        | O::CreateStage { .. }
        | O::FurnishStage { .. }
        | O::SetCanary { .. }
        | O::RemoveCanary { .. }
        | O::SetDeployment { .. }
        | O::CreateHttpIntegration { .. }
        | O::UpdateRoute { .. }
        | O::CreateHttpDeployment { .. }
        | O::SetHttpDeployment { .. }
        | O::RegisterTarget { .. } => false,
    }
}

/// The step whose thing an undo deletes; `None` when no step made it.
fn deleted(undo: &Undo) -> Option<&StepId> {
    let Undo::Operation { operation, .. } = undo else {
        return None;
    };
    if let Operation::DeleteSecurityGroup { group } = operation {
        group.step()
    } else if let Operation::DeleteVpcLink { link } = operation {
        link.step()
    } else if let Operation::DeleteDeployment { deployment, .. } = operation {
        deployment.step()
    } else if let Operation::DeleteHttpDeployment { deployment, .. } = operation {
        deployment.step()
    } else if let Operation::DeleteHttpIntegration { integration, .. } = operation {
        integration.step()
    } else {
        None
    }
}
