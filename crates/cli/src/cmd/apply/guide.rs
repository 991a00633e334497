//! Asking a person: before each phase, before each canary step where they want it, and for the name
//! of what is deleted.

use std::cell::Cell;
use std::io::{self, BufRead, IsTerminal};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::{Phase, Plan, Step, Undo};
use unbridge_model::port::{Approval, Approver, Waited};

use super::told::{Teller, counted};
use crate::error::Failure;
use crate::stop::Stop;
use crate::terminal;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asking {
    /// Nothing: a person said yes to all of it.
    Nothing,
    /// Before each phase.
    Phases,
    /// Before each phase and each canary step.
    CanariesToo,
}

/// Whether there is somebody to ask.
pub(crate) fn is_somebody_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// How often it is looked whether a person wants to stop instead of answering.
const GLANCE: Duration = Duration::from_millis(100);

/// What was typed; `None` at the end of what can be typed, or when told to stop.
pub(crate) fn answer(question: &str, stop: &Stop) -> Option<String> {
    terminal::tell(question);
    let (typed, answer) = mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        let _ = typed.send(read.ok().filter(|bytes| *bytes > 0).map(|_| line));
    });
    loop {
        match answer.recv_timeout(GLANCE) {
            Ok(line) => return line.map(|line| line.trim().to_owned()),
            Err(mpsc::RecvTimeoutError::Disconnected) => return None,
            Err(mpsc::RecvTimeoutError::Timeout)
                if stop.wait(Duration::ZERO) == Waited::Interrupted =>
            {
                return None;
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {}
        }
    }
}

/// Whether a person says yes.
pub(crate) fn agrees(question: &str, stop: &Stop) -> bool {
    let said = answer(&format!("{question} [y/N]"), stop);
    said.is_some_and(|said| matches!(said.to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// Has a person type each of these names; what was typed wrong is an error.
pub(crate) fn typed_names(names: &[String], stop: &Stop) -> Result<(), Failure> {
    for name in names {
        let question = format!("type the name of the NLB to be deleted, {name}:");
        let said = answer(&question, stop).unwrap_or_default();
        if said != *name {
            return Err(
                Failure::refused(format!("the name of {name} was not typed"))
                    .hint("nothing was changed"),
            );
        }
    }
    Ok(())
}

/// What a person is asked about at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "kebab-case")]
pub(super) enum Stretch {
    /// What the new way needs is added.
    Prepare,
    /// The draft is compared, changed, frozen and proven: no pause in between, for anybody's
    /// deployment would ship it half changed (H25).
    Prove,
    /// Requests move.
    Move,
    /// What only the move needed goes.
    TidyUp,
    /// The old way is deleted.
    Retire,
}

/// The stretch that each step belongs to.
fn stretches(plan: &Plan) -> Vec<Stretch> {
    let steps = plan.body.steps.iter();
    let of_steps = steps.scan(Stretch::Prepare, |now, step| {
        *now = match step.phase {
            Phase::Prepare => Stretch::Prepare,
            Phase::Baseline | Phase::Rewire => Stretch::Prove,
            Phase::Shift if moves_requests(&step.operation) => Stretch::Move,
            Phase::Shift if *now == Stretch::Move => Stretch::Move,
            Phase::Shift => Stretch::Prove,
            Phase::TidyUp => Stretch::TidyUp,
            Phase::Retire => Stretch::Retire,
        };
        Some(*now)
    });
    of_steps.collect()
}

/// Guides a person through a run.
pub(crate) struct Guide<'a> {
    plan: &'a Plan,
    asking: Asking,
    stop: &'a Stop,
    teller: &'a Teller<'a>,
    stretches: Vec<Stretch>,
    now: Cell<Option<Stretch>>,
}

impl<'a> Guide<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        asking: Asking,
        stop: &'a Stop,
        teller: &'a Teller<'a>,
    ) -> Self {
        Self {
            plan,
            asking,
            stop,
            teller,
            stretches: stretches(plan),
            now: Cell::new(None),
        }
    }
}

impl Approver for Guide<'_> {
    fn approve(&self, step: &Step) -> Approval {
        let mut steps = self.plan.body.steps.iter();
        let place = steps.position(|known| known.id == step.id);
        let stretch = place.and_then(|place| self.stretches.get(place).copied());
        let (Some(place), Some(stretch)) = (place, stretch) else {
            return Approval::Withheld;
        };
        if self.asking == Asking::Nothing {
            return Approval::Given;
        }
        if self.now.replace(Some(stretch)) != Some(stretch) {
            return self.begins(stretch, place);
        }
        if self.asking == Asking::CanariesToo && moves_requests(&step.operation) {
            self.teller.say(&format!("next: {}", step.forward));
            self.teller.say(&format!("way back: {}", step.backward));
            return given(agrees("go on?", self.stop));
        }
        Approval::Given
    }
}

impl Guide<'_> {
    /// What is about to happen, and the way back.
    fn begins(&self, stretch: Stretch, first: usize) -> Approval {
        const SHOWN: usize = 6;
        let steps = self.plan.body.steps.iter().zip(&self.stretches).skip(first);
        let steps = steps.take_while(|(_, of)| **of == stretch);
        let steps: Vec<&Step> = steps.map(|(step, _)| step).collect();
        let say = |line: &str| self.teller.say(line);
        say(&format!("\n{stretch}: {}", counted(steps.len(), "step")));
        for step in steps.iter().take(SHOWN) {
            say(&format!("  {}", step.forward));
        }
        if steps.len() > SHOWN {
            say(&format!("  and {} more", steps.len() - SHOWN));
        }
        if stretch == Stretch::Prove {
            say(
                "without a pause: until it is over, anybody's deployment would ship the changed draft",
            );
        }
        let end = steps.iter().find_map(|step| match &step.undo {
            Undo::Impossible { why } => Some(why),
            Undo::Operation { .. } | Undo::Nothing => None,
        });
        match end {
            Some(why) => say(&format!("there is no way back from here: {why}")),
            None => say("way back: unbridge rollback, at any time until the old way is deleted"),
        }
        given(agrees(&format!("begin to {}?", verb(stretch)), self.stop))
    }
}

fn verb(stretch: Stretch) -> &'static str {
    match stretch {
        Stretch::Prepare => "prepare",
        Stretch::Prove => "change the draft and prove it",
        Stretch::Move => "move requests",
        Stretch::TidyUp => "tidy up",
        Stretch::Retire => "delete the old way",
    }
}

fn given(yes: bool) -> Approval {
    if yes {
        Approval::Given
    } else {
        Approval::Withheld
    }
}

/// Whether requests go another way afterwards.
fn moves_requests(operation: &Operation) -> bool {
    use Operation as O;
    match operation {
        O::SetCanary { .. }
        | O::RemoveCanary { .. }
        | O::SetDeployment { .. }
        | O::UpdateRoute { .. }
        | O::SetHttpDeployment { .. } => true,
        O::CreateSecurityGroup { .. }
        | O::RevokeDefaultEgress { .. }
        | O::AuthorizeRule { .. }
        | O::RevokeRule { .. }
        | O::DeleteSecurityGroup { .. }
        | O::CreateVpcLink { .. }
        | O::DeleteVpcLink { .. }
        | O::UpdateIntegration { .. }
        | O::CreateDeployment { .. }
        | O::DeleteDeployment { .. }
        | O::CreateStage { .. }
        | O::FurnishStage { .. }
        | O::DeleteStage { .. }
        | O::CreateHttpIntegration { .. }
        | O::DeleteHttpIntegration { .. }
        | O::CreateHttpDeployment { .. }
        | O::DeleteHttpDeployment { .. }
        | O::DeleteV1Link { .. }
        | O::DeregisterTarget { .. }
        | O::RegisterTarget { .. }
        | O::DeleteLoadBalancer { .. }
        | O::DeleteTargetGroup { .. } => false,
    }
}
