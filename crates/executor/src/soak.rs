//! The time after a change in which requests go the new way and are watched: whether they fare as
//! before, and whether what they rest on still stands.

use std::time::Duration;

use unbridge_model::journal::JournalStore;
use unbridge_model::plan::Step;
use unbridge_model::plan::condition::{Condition, Gate};
use unbridge_model::plan::value::Settled;
use unbridge_model::port::{Held, Judgement, Untouched};
use unbridge_model::text::Text;

use crate::forward::unknown;
use crate::outcome::StopReason;
use crate::run::{Halt, Run, stopped};
use crate::words;

/// A drain is looked at so often at most: a quarantine lasts for days.
const MOST_LOOKS: u32 = 60;

/// What has to stay so while a step is watched.
struct Stays {
    /// What requests rest on. Without it they fail, and go back.
    admitted: Vec<Condition<Settled>>,
    /// What the step brought about. Otherwise somebody else changed it.
    brought: Vec<Condition<Settled>>,
    /// What it left alone beside that.
    beside: Option<Untouched>,
}

/// Which look it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    /// More follow: what cannot be told now may be told then.
    Amid,
    /// None follows.
    Last,
}

impl<S: JournalStore> Run<'_, S> {
    /// Watches for the whole time, unless it fails before. Only the last look can let it pass.
    pub(crate) fn soak(&self, step: &Step, gate: &Gate) -> Result<Judgement, Halt> {
        let (whole, slice) = self.times(gate);
        let stays = self.stays(step)?;
        let mut left = whole;
        loop {
            let pause = left.min(slice);
            self.wait(&step.id, pause)?;
            left = left.saturating_sub(pause);
            let look = if left.is_zero() {
                Look::Last
            } else {
                Look::Amid
            };
            if let Some(failed) = self.first_gone(step, &stays, look)? {
                return Ok(failed);
            }
            let judgement = self.judged(gate);
            if matches!(judgement, Judgement::Fail { .. }) || look == Look::Last {
                return Ok(judgement);
            }
        }
    }

    /// How long a gate takes in all, and from one look to the next.
    fn times(&self, gate: &Gate) -> (Duration, Duration) {
        let slice = self.limits.bake_slice.max(Duration::from_secs(1));
        match gate {
            Gate::Bake { seconds, .. } | Gate::BakeHttp { seconds, .. } => {
                (Duration::from_secs((*seconds).into()), slice)
            }
            Gate::Drain { seconds } => {
                let whole = Duration::from_secs((*seconds).into()).min(self.limits.drain_most);
                (
                    whole,
                    slice.max(whole.checked_div(MOST_LOOKS).unwrap_or(whole)),
                )
            }
            Gate::Proof { .. } => (Duration::ZERO, slice),
        }
    }

    /// How requests fare. A drain waits for requests to end and needs no pass: all of them go the new
    /// way already. That they fail ends it all the same.
    fn judged(&self, gate: &Gate) -> Judgement {
        let judgement = self.ports.meter.judge(gate);
        match (gate, judgement) {
            (Gate::Drain { .. }, Judgement::Inconclusive { .. } | Judgement::Error { .. }) => {
                Judgement::Pass
            }
            (_, judgement) => judgement,
        }
    }

    fn stays(&self, step: &Step) -> Result<Stays, Halt> {
        let rests_on = |one: &&Condition| {
            matches!(
                one,
                Condition::LinkAdmitted { .. }
                    | Condition::LinkAvailable { .. }
                    | Condition::RuleStands { .. }
            )
        };
        let settled = |one: &Condition| self.settled(&step.id, one);
        let admitted = step.preconditions.iter().filter(rests_on).map(settled);
        let brought = step.verification.iter().map(settled);
        Ok(Stays {
            admitted: admitted.collect::<Result<_, _>>()?,
            brought: brought.collect::<Result<_, _>>()?,
            beside: self.beside_canary(step)?,
        })
    }

    /// What no longer stands: a failure where requests rest on it (H33), else a stop.
    fn first_gone(
        &self,
        step: &Step,
        stays: &Stays,
        look: Look,
    ) -> Result<Option<Judgement>, Halt> {
        for condition in &stays.admitted {
            if let Some(found) = self.gone(step, condition, look)? {
                let no_longer = words::holds(condition);
                let why = format!("it is no longer so that {no_longer}; found: {found}");
                let why = Text::from(why);
                return Ok(Some(Judgement::Fail { why }));
            }
        }
        for condition in &stays.brought {
            if let Some(found) = self.gone(step, condition, look)? {
                let condition = Box::new(condition.clone());
                return Err(stopped(&step.id, StopReason::Changed { condition, found }));
            }
        }
        if let Some(what) = &stays.beside {
            match look {
                Look::Last => self.refuse_touched(step, what, self.look_at(&step.id, what)?)?,
                Look::Amid => match self.ports.writer.untouched(what) {
                    Ok(held @ (Held::No { .. } | Held::Never { .. })) => {
                        self.refuse_touched(step, what, held)?;
                    }
                    Ok(Held::Yes | Held::Unknown { .. }) | Err(_) => {}
                },
            }
        }
        Ok(None)
    }

    /// What was found in place of a state that has to hold; `None` while it does, or while more looks
    /// follow and this one could not tell.
    fn gone(
        &self,
        step: &Step,
        condition: &Condition<Settled>,
        look: Look,
    ) -> Result<Option<Text>, Halt> {
        let held = match look {
            Look::Last => self.observe(&step.id, condition)?,
            Look::Amid => match self.ports.writer.observe(condition) {
                Ok(held) => held,
                Err(_) => return Ok(None),
            },
        };
        match (held, look) {
            (Held::Yes, _) | (Held::Unknown { .. }, Look::Amid) => Ok(None),
            (Held::No { found } | Held::Never { found }, _) => Ok(Some(found)),
            (Held::Unknown { why }, Look::Last) => Err(unknown(step, condition.clone(), why)),
        }
    }
}
