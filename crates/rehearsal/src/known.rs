//! What is known to go well: states of a run, and moments at which something goes wrong.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::id::StepId;
use unbridge_model::journal::{Event, Folded, Residue, RunState, StepState};
use unbridge_model::plan::condition::Condition;
use unbridge_model::plan::operation::{IntegrationPatch, MethodRef, Operation};
use unbridge_model::plan::value::{Settled, Values};
use unbridge_model::plan::{Plan, Step, Undo};
use unbridge_sim::live::{LeftoverTarget, Live, SwitchKind, Switches};
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use crate::run::Then;
use crate::schedule::Failure;

/// A state of a run: the world, whatever the switches are, and what the journal comes to.
pub(crate) type State = (u128, u128);

/// What the states of a plan's runs have in common.
pub(crate) struct Script<'a> {
    pub(crate) plan: &'a Plan,
    /// Whether a link of version 1 ignores an `integrationTarget`.
    leftover: LeftoverTarget,
    /// Steps that change a method of a draft at which nothing else looks on the way back.
    alone: BTreeMap<&'a StepId, Rewired<'a>>,
    /// Steps whose way back moves requests: once one of them was announced, going back takes a
    /// pause.
    moving: BTreeSet<&'a StepId>,
    /// Steps that need no way back of their own: how far they are does not matter then.
    going_along: BTreeSet<&'a StepId>,
}

/// A change of a method of a draft.
#[derive(Debug, Clone, Copy)]
struct Rewired<'a> {
    method: &'a MethodRef,
    patch: &'a IntegrationPatch,
    back: &'a Operation,
}

impl Rewired<'_> {
    /// Whether it does not matter on the way back which of the two stays behind, or both: they
    /// hold the draft of one API on one link and one load balancer.
    fn holds_as(&self, other: &Self) -> bool {
        self.method.api == other.method.api
            && self.patch.connection_id == other.patch.connection_id
            && self.patch.integration_target == other.patch.integration_target
    }
}

/// What stays behind of a step and counts as if it did not.
pub(crate) struct Forgiven<'a> {
    step: &'a StepId,
    method: &'a MethodRef,
    by: Option<IntegrationPatch<Settled>>,
}

impl Forgiven<'_> {
    pub(crate) fn on(&self, live: &Live) {
        live.forgive(self.method, self.by.as_ref());
    }
}

impl<'a> Script<'a> {
    pub(crate) fn of(plan: &'a Plan, switches: Switches) -> Self {
        let steps = || plan.body.steps.iter();
        let looks = Looks::of(&plan.body.steps);
        let alone = steps().filter_map(|step| Some((&step.id, looks.alone(step)?)));
        let moving = steps().filter(|step| match &step.undo {
            Undo::Operation { operation, .. } => moves_requests(operation),
            Undo::Nothing | Undo::Impossible { .. } => false,
        });
        let going_along = steps().filter(|step| matches!(step.undo, Undo::Nothing));
        Self {
            plan,
            leftover: switches.leftover_target,
            alone: alone.collect(),
            moving: moving.map(|step| &step.id).collect(),
            going_along: going_along.map(|step| &step.id).collect(),
        }
    }

    /// What counts as if it did not stay behind, after something of this step does.
    ///
    /// - An `integrationTarget` that is ignored: its step is as one that was never made.
    /// - A change that could not be taken back, when another one stays behind that holds the same:
    ///   the later one in the journal stands for both.
    fn forgiven(
        &self,
        step: &StepId,
        residue: &Residue,
        folded: &Folded,
        held: Option<&StepId>,
    ) -> Option<Forgiven<'a>> {
        let (own, rewired) = self.alone.get_key_value(step)?;
        match (residue, self.leftover) {
            (Residue::IntegrationTarget { .. }, LeftoverTarget::Ignored) => Some(Forgiven {
                step: own,
                method: rewired.method,
                by: None,
            }),
            (Residue::IntegrationTarget { .. }, LeftoverTarget::Refused) => None,
            (Residue::NotUndone { .. }, _) => {
                let (held, before) = self.alone.get_key_value(held?)?;
                match before.back.settle(folded.outputs()) {
                    Ok(Operation::UpdateIntegration { patch, .. }) => Some(Forgiven {
                        step: held,
                        method: before.method,
                        by: Some(patch),
                    }),
                    Ok(_) | Err(_) => None,
                }
            }
        }
    }

    /// The step behind which this one would stand for what stays behind.
    fn held_by<'h>(&self, step: &StepId, held: &'h [StepId]) -> Option<&'h StepId> {
        let rewired = self.alone.get(step)?;
        held.iter().find(|held| {
            let held = self.alone.get(*held);
            held.is_some_and(|held| held.holds_as(rewired))
        })
    }
}

/// What looks at methods of drafts on the way back.
struct Looks<'a> {
    /// How many steps and conditions name a method.
    names: BTreeMap<&'a MethodRef, usize>,
    /// Whether anything looks at drafts or deployments as wholes.
    at_wholes: bool,
}

impl<'a> Looks<'a> {
    fn of(steps: &'a [Step]) -> Self {
        let mut looks = Self {
            names: BTreeMap::new(),
            at_wholes: false,
        };
        for step in steps {
            if let Operation::UpdateIntegration { method, .. } = &step.operation {
                *looks.names.entry(method).or_default() += 1;
            }
            let Undo::Operation { operation, only_if } = &step.undo else {
                continue;
            };
            looks.at_wholes |= matches!(operation, Operation::CreateDeployment { .. });
            let own = match &step.operation {
                Operation::UpdateIntegration { method, .. } => Some(method),
                _ => None,
            };
            if let Operation::UpdateIntegration { method, .. } = operation
                && own != Some(method)
            {
                *looks.names.entry(method).or_default() += 1;
            }
            for condition in only_if {
                match condition {
                    Condition::StagesAlike { .. } => looks.at_wholes = true,
                    Condition::IntegrationIs { method, .. } if own != Some(method) => {
                        *looks.names.entry(method).or_default() += 1;
                    }
                    _ => {}
                }
            }
        }
        looks
    }

    /// What a step changes, when nothing but the step itself looks at it on the way back.
    fn alone(&self, step: &'a Step) -> Option<Rewired<'a>> {
        let Operation::UpdateIntegration { method, patch } = &step.operation else {
            return None;
        };
        let Undo::Operation { operation, .. } = &step.undo else {
            return None;
        };
        if !matches!(operation, Operation::UpdateIntegration { .. }) {
            return None;
        }
        let alone = !self.at_wholes && self.names.get(method) == Some(&1);
        alone.then_some(Rewired {
            method,
            patch,
            back: operation,
        })
    }
}

fn moves_requests<V: Values>(operation: &Operation<V>) -> bool {
    matches!(
        operation,
        Operation::RemoveCanary { .. }
            | Operation::SetCanary { .. }
            | Operation::SetDeployment { .. }
            | Operation::UpdateRoute { .. }
            | Operation::SetHttpDeployment { .. }
    )
}

/// What a journal comes to, as far as the rest of the run depends on it: a sum over the steps, so
/// that an event changes one of its terms. A step that was taken back is as one that was never
/// made; on the way back it does not matter how far a step was seen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Key {
    forward: u128,
    back: u128,
    moved: bool,
    /// Steps that could not be taken back and stand for others that hold the same.
    held: Vec<StepId>,
}

impl Key {
    /// Of a journal without events, or of one whose key is not asked for.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Takes an event in, and has the fold take it in. Tells what counts as if it did not stay
    /// behind.
    pub(crate) fn take<'s>(
        &mut self,
        folded: &mut Folded,
        event: &Event,
        script: &Script<'s>,
    ) -> Option<Forgiven<'s>> {
        let Some(step) = step_of(event) else {
            // What cannot follow was refused before it came here.
            let _ = folded.take(event);
            return None;
        };
        let before = Terms::of(folded, step, script);
        let _ = folded.take(event);
        let (after, forgiven) = match event {
            Event::Left { residue, .. } => self.left(folded, step, residue, script),
            _ => (Terms::of(folded, step, script), None),
        };
        self.exchange(&before, &after);
        self.moved |= matches!(event, Event::Started { .. }) && script.moving.contains(step);
        forgiven
    }

    /// Something stays behind of a step.
    fn left<'s>(
        &mut self,
        folded: &Folded,
        step: &StepId,
        residue: &Residue,
        script: &Script<'s>,
    ) -> (Terms, Option<Forgiven<'s>>) {
        let held = script.held_by(step, &self.held).cloned();
        let forgiven = script.forgiven(step, residue, folded, held.as_ref());
        let what = match residue {
            Residue::IntegrationTarget { .. } => b"target".as_slice(),
            Residue::NotUndone { .. } => {
                self.held.push(step.clone());
                b"not undone"
            }
        };
        match &forgiven {
            Some(own) if own.step == step => return (Terms::NONE, forgiven),
            Some(other) => {
                self.exchange(&Terms::left(folded, other.step, what), &Terms::NONE);
                self.held.retain(|held| held != other.step);
            }
            None => {}
        }
        (Terms::left(folded, step, what), forgiven)
    }

    fn exchange(&mut self, before: &Terms, after: &Terms) {
        self.forward = exchanged(self.forward, before.forward, after.forward);
        self.back = exchanged(self.back, before.back, after.back);
    }

    pub(crate) fn digest(&self, folded: &Folded) -> u128 {
        let (run, sum) = match folded.run() {
            RunState::Forward => ("forward", self.forward),
            RunState::Back => ("back", self.back),
            RunState::Stuck(_) => ("stuck", self.forward),
            RunState::Ended(_) => ("ended", self.forward),
        };
        let mut hash = Xxh3::new();
        hash.update(run.as_bytes());
        hash.update(&sum.to_le_bytes());
        hash.update(&[u8::from(self.moved)]);
        hash.digest128()
    }
}

fn exchanged(sum: u128, before: u128, after: u128) -> u128 {
    sum.wrapping_sub(before).wrapping_add(after)
}

/// What a step adds to the sum, on either way.
struct Terms {
    forward: u128,
    back: u128,
}

impl Terms {
    const NONE: Self = Self {
        forward: 0,
        back: 0,
    };

    fn of(folded: &Folded, step: &StepId, script: &Script<'_>) -> Self {
        let state = folded.state(step);
        let back = match state {
            StepState::Waiting | StepState::Undone => return Self::NONE,
            StepState::Made | StepState::Verified | StepState::Passed => StepState::Made,
            StepState::Doing | StepState::Undoing | StepState::Left => state,
        };
        let does_not_matter = back == StepState::Made && script.going_along.contains(step);
        Self {
            forward: term(folded, step, &[state as u8]),
            back: match does_not_matter {
                true => 0,
                false => term(folded, step, &[back as u8]),
            },
        }
    }

    fn left(folded: &Folded, step: &StepId, what: &[u8]) -> Self {
        let term = term(folded, step, what);
        Self {
            forward: term,
            back: term,
        }
    }
}

fn term(folded: &Folded, step: &StepId, state: &[u8]) -> u128 {
    let mut hash = Xxh3::new();
    hash.update(step.as_str().as_bytes());
    hash.update(&[0]);
    hash.update(state);
    if let Some(output) = folded.outputs().get(step) {
        hash.update(&[0]);
        hash.update(output.id().as_bytes());
    }
    hash.digest128()
}

fn step_of(event: &Event) -> Option<&StepId> {
    match event {
        Event::Started { step, .. }
        | Event::Succeeded { step, .. }
        | Event::NotMade { step, .. }
        | Event::Lost { step, .. }
        | Event::Verified { step }
        | Event::Passed { step }
        | Event::NothingToUndo { step, .. }
        | Event::Left { step, .. } => Some(step),
        Event::TurnedBack { .. }
        | Event::Stopped { .. }
        | Event::Stuck { .. }
        | Event::TakenUp { .. }
        | Event::Ended { .. } => None,
    }
}

/// A moment at which something goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Start {
    /// As it was before.
    pub(crate) state: State,
    pub(crate) journal: Begun,
    /// The failure of the next change; `None` for the end of the process.
    pub(crate) failure: Option<Failure>,
    /// What is done then; `None` where the run does not stop.
    pub(crate) then: Option<Then>,
}

/// Whether there is a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Begun {
    No,
    Yes,
}

/// What a run joined that is known to go well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Joined {
    State(State),
    Start(Start),
}

/// What is known to go well under one setting.
#[derive(Debug, Default)]
pub(crate) struct Known {
    states: BTreeSet<State>,
    starts: BTreeSet<Start>,
}

impl Known {
    pub(crate) fn has(&self, joined: &Joined) -> bool {
        match joined {
            Joined::State(state) => self.states.contains(state),
            Joined::Start(start) => self.starts.contains(start),
        }
    }

    pub(crate) fn states(&mut self, states: impl IntoIterator<Item = State>) {
        self.states.extend(states);
    }
}

/// Runs that went well under any setting. One of them shows how it goes under another, too, as long
/// as it asked for no switch that is set otherwise there, and what it joined goes well there.
#[derive(Debug, Default)]
pub(crate) struct Records(BTreeMap<Start, Vec<Record>>);

/// A run that went well.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) switches: Switches,
    pub(crate) asked: BTreeSet<SwitchKind>,
    pub(crate) states: Vec<State>,
    pub(crate) joined: Option<Joined>,
}

impl Records {
    /// Whether a run from there is known to go well, under this setting; what it comes through is
    /// known then.
    pub(crate) fn show(&self, start: Start, switches: Switches, known: &mut Known) -> bool {
        // Whether the run stops is not known beforehand.
        let starts = [
            Start {
                then: None,
                ..start
            },
            start,
        ];
        if starts.iter().any(|start| known.starts.contains(start)) {
            return true;
        }
        for start in starts {
            let records = self.0.get(&start).into_iter().flatten();
            let mut fitting = records.filter(|record| {
                is_alike(record.switches, switches, &record.asked)
                    && record.joined.is_none_or(|joined| known.has(&joined))
            });
            if let Some(record) = fitting.next() {
                known.states.extend(&record.states);
                known.starts.insert(start);
                return true;
            }
        }
        false
    }

    pub(crate) fn note(&mut self, start: Start, record: Record, known: &mut Known) {
        known.states.extend(&record.states);
        known.starts.insert(start);
        self.0.entry(start).or_default().push(record);
    }
}

/// Whether these settings differ in nothing that was asked for.
fn is_alike(one: Switches, other: Switches, asked: &BTreeSet<SwitchKind>) -> bool {
    asked.iter().all(|kind| match kind {
        SwitchKind::StageInPath => one.stage_in_path == other.stage_in_path,
        SwitchKind::LeftoverTarget => one.leftover_target == other.leftover_target,
        SwitchKind::HostResolution => one.host_resolution == other.host_resolution,
        SwitchKind::FirstCanaryPatch => one.first_canary_patch == other.first_canary_patch,
    })
}

/// Requests that were served as before in states of the world, by what answers them.
#[derive(Debug, Default)]
pub(crate) struct Served(RefCell<BTreeMap<u128, Vec<Asked>>>);

#[derive(Debug, Clone)]
struct Asked {
    switches: Switches,
    decided: BTreeSet<SwitchKind>,
    /// Those that decided how they were served before.
    before: BTreeSet<SwitchKind>,
}

impl Served {
    /// The switches that decide something of them, if they are known to be served as before.
    pub(crate) fn known(&self, place: u128, switches: Switches) -> Option<BTreeSet<SwitchKind>> {
        let known = self.0.borrow();
        let mut asked = known.get(&place)?.iter();
        let found = asked.find(|asked| {
            is_alike(asked.switches, switches, &asked.decided)
                && is_alike(asked.switches, switches, &asked.before)
        });
        found.map(|asked| asked.decided.clone())
    }

    pub(crate) fn note(
        &self,
        place: u128,
        switches: Switches,
        decided: BTreeSet<SwitchKind>,
        before: &BTreeSet<SwitchKind>,
    ) {
        let mut known = self.0.borrow_mut();
        known.entry(place).or_default().push(Asked {
            switches,
            decided,
            before: before.clone(),
        });
    }
}

/// One number for what answers requests and which of them.
pub(crate) fn place(served: u128, which: &str) -> u128 {
    xxh3_128(format!("{served} {which}").as_bytes())
}
