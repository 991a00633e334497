//! Which runs a rehearsal makes: every crash, every failure, under every setting of what is not
//! known of AWS.

use std::fmt;

use unbridge_model::journal::Event;
use unbridge_sim::faults::Fault;

use crate::run::Then;
use crate::tape::Crash;

/// A failure of one change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Failure {
    /// AWS refuses it.
    Refused,
    /// AWS wants fewer calls.
    Throttled,
    /// The call never arrives, and nobody knows.
    LostBefore,
    /// The answer never arrives.
    LostAfter,
    /// The credentials expire.
    Expired,
}

impl Failure {
    pub(crate) const ALL: [Self; 5] = [
        Self::Refused,
        Self::Throttled,
        Self::LostBefore,
        Self::LostAfter,
        Self::Expired,
    ];

    pub(crate) fn fault(self) -> Fault {
        match self {
            Self::Refused => Fault::Refuse,
            Self::Throttled => Fault::Throttle,
            Self::LostBefore => Fault::LoseBefore,
            Self::LostAfter => Fault::LoseAfter,
            Self::Expired => Fault::Expire,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused => "is refused",
            Self::Throttled => "is throttled",
            Self::LostBefore => "never arrives, and nobody knows",
            Self::LostAfter => "is made, and its answer is lost",
            Self::Expired => "finds the credentials expired",
        })
    }
}

/// What goes wrong in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mishap {
    /// The process ends.
    Crash(Crash),
    /// A change fails, by the number of the line that announces it, from 0 for the header.
    Failure(usize, Failure),
}

/// One run of a rehearsal: as the one in which nothing goes wrong, up to a mishap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scenario {
    /// What goes wrong.
    pub mishap: Mishap,
    /// What is done then, when the run stops.
    pub then: Then,
}

/// Everything that may go wrong at a line of a run.
pub(crate) fn scenarios(number: usize, line: Line) -> Vec<Scenario> {
    let crashes = [
        Crash::After(number),
        Crash::Amid(number),
        Crash::Before(number),
    ];
    let failures = match line {
        Line::Announces => &Failure::ALL[..],
        Line::Other => &[],
    };
    let failures = failures
        .iter()
        .map(|failure| Mishap::Failure(number, *failure));
    crashes
        .into_iter()
        .map(Mishap::Crash)
        .chain(failures)
        .flat_map(|mishap| {
            [Then::Resume, Then::RollBack]
                .into_iter()
                .map(move |then| Scenario { mishap, then })
        })
        .collect()
}

/// What a line of a journal is, as far as mishaps go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// It announces a change.
    Announces,
    /// Anything else.
    Other,
}

impl Line {
    pub(crate) fn of(event: Option<&Event>) -> Self {
        match event {
            Some(Event::Started { .. }) => Self::Announces,
            Some(_) | None => Self::Other,
        }
    }
}
