//! What goes wrong, by rule.

use std::time::Duration;

use unbridge_model::call::{Call, CallKind};
use unbridge_model::gap::GapClass;
use unbridge_model::id::Region;
use unbridge_model::place::Place;
use unbridge_model::port::ReadError;
use unbridge_model::text::Text;

/// A rule by which calls fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Calls of this kind.
    pub kind: CallKind,
    /// About this resource; `None` for every one. A call about several fits with each of them.
    pub subject: Option<Text>,
    /// In this region; `None` for every one.
    pub region: Option<Region>,
    /// What kind of failure.
    pub class: GapClass,
    /// AWS's words.
    pub message: String,
    /// How long AWS asks to wait.
    pub retry_after: Option<Duration>,
    /// How often.
    pub times: Times,
}

/// How many of the attempts that fit a rule fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// The first.
    Once,
    /// So many, from the first on.
    First(u32),
    /// Every one.
    Always,
}

impl Fault {
    /// Every call of a kind fails, always.
    #[must_use]
    pub fn new(kind: CallKind, class: GapClass, message: impl Into<String>) -> Self {
        Self {
            kind,
            subject: None,
            region: None,
            class,
            message: message.into(),
            retry_after: None,
            times: Times::Always,
        }
    }

    /// The identity may not make calls of this kind.
    #[must_use]
    pub fn denied(kind: CallKind) -> Self {
        let action = kind.iam_action();
        Self::new(
            kind,
            GapClass::Denied,
            format!("AccessDeniedException: not authorized to perform: {action}"),
        )
    }

    /// Only calls about this resource.
    #[must_use]
    pub fn of(mut self, subject: impl Into<Text>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Only calls in this region.
    #[must_use]
    pub fn within(mut self, region: Region) -> Self {
        self.region = Some(region);
        self
    }

    /// Only so often.
    #[must_use]
    pub fn times(mut self, times: Times) -> Self {
        self.times = times;
        self
    }

    fn fits(&self, place: &Place, call: &Call) -> bool {
        let about = |subject: &Text| match call {
            Call::DescribeTags { resources } => resources.contains(subject),
            Call::GetMetricData { .. } => call
                .subject()
                .is_some_and(|all| all.split(' ').any(|of| of == subject.as_str())),
            _ => call.subject().as_ref() == Some(subject),
        };
        call.kind() == self.kind
            && self.subject.as_ref().is_none_or(about)
            && (self.region.as_ref()).is_none_or(|region| place.region() == Some(region))
    }
}

/// How often each rule has struck.
#[derive(Debug, Default)]
pub(super) struct Tally(Vec<u32>);

impl Tally {
    /// The failure that a rule has for this attempt.
    pub(super) fn check(
        &mut self,
        faults: &[Fault],
        place: &Place,
        call: &Call,
    ) -> Result<(), ReadError> {
        self.0.resize(faults.len(), 0);
        for (fault, struck) in faults.iter().zip(&mut self.0) {
            let left = match fault.times {
                Times::Once => *struck < 1,
                Times::First(times) => *struck < times,
                Times::Always => true,
            };
            if left && fault.fits(place, call) {
                *struck = struck.saturating_add(1);
                return Err(ReadError {
                    class: fault.class,
                    message: fault.message.clone(),
                    retry_after: fault.retry_after,
                });
            }
        }
        Ok(())
    }
}
