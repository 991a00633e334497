//! Which runs a rehearsal makes: every crash, every failure, under every setting of what is not
//! known of AWS.

use std::collections::BTreeMap;
use std::fmt;

use unbridge_sim::faults::Fault;

use crate::run::{Script, Then};
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
    /// Nothing.
    None,
    /// The process ends.
    Crash(Crash),
    /// A change fails, by its number in the run, from 0.
    Failure(u32, Failure),
}

/// One run of a rehearsal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scenario {
    /// What goes wrong.
    pub mishap: Mishap,
    /// What is done then.
    pub then: Then,
}

impl Scenario {
    pub(crate) fn script(self) -> Script {
        let (crash, faults) = match self.mishap {
            Mishap::None => (None, BTreeMap::new()),
            Mishap::Crash(crash) => (Some(crash), BTreeMap::new()),
            Mishap::Failure(number, failure) => (None, BTreeMap::from([(number, failure.fault())])),
        };
        Script {
            faults,
            crash,
            then: Some(self.then),
        }
    }
}

/// Every mishap of a run that writes so many lines and makes so many changes, from its end to its
/// beginning: what goes well late is what an earlier run comes to.
pub(crate) fn mishaps(lines: usize, changes: u32) -> impl Iterator<Item = Scenario> {
    let crashes = (0..lines).rev().flat_map(|line| {
        let places = [Crash::After(line), Crash::Amid(line), Crash::Before(line)];
        places.into_iter().map(Mishap::Crash)
    });
    let failures = (0..changes).rev().flat_map(|number| {
        let all = Failure::ALL.into_iter();
        all.map(move |failure| Mishap::Failure(number, failure))
    });
    crashes.chain(failures).flat_map(|mishap| {
        [Then::Resume, Then::RollBack]
            .into_iter()
            .map(move |then| Scenario { mishap, then })
    })
}
