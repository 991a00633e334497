//! What simulator and emulator are known to do differently, and why that is left so. The names are
//! those of the rules in `docs/semantics.md`.

use unbridge_model::plan::operation::{Operation, OperationKind};

use super::both::{Both, Kind, Links, Split, What};
use super::scripts;

/// A difference that is known.
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) why: &'static str,
    operation: OperationKind,
    answers: (Kind, Kind),
    /// Words of the answer of the one that does not make the change.
    words: &'static str,
    pub(super) then: Then,
    /// Operations on the plain account that show it.
    pub(super) shown_by: fn(&Both<'_>) -> Vec<Operation>,
    pub(super) links: Links,
}

/// Whether the two stand alike after a difference.
#[derive(Debug, Clone, Copy)]
pub(super) enum Then {
    /// They do.
    GoOn,
    /// They do not, and what follows cannot be compared.
    Stop,
}

pub(super) static ALL: [Known; 3] = [
    Known {
        name: "canary-to-remove",
        why: "nobody says what AWS answers where there is no canary release: the simulator refuses, which stops a plan, and the emulator does nothing",
        operation: OperationKind::RemoveCanary,
        answers: (Kind::Refused, Kind::Made),
        words: "no canary release",
        then: Then::GoOn,
        shown_by: scripts::no_canary_to_remove,
        links: Links::Awaited,
    },
    Known {
        name: "link-of-canary",
        why: "nobody says whether a canary release keeps a link: the simulator lets requests fail, the emulator refuses to delete it",
        operation: OperationKind::DeleteVpcLink,
        answers: (Kind::Made, Kind::NotYet),
        words: "is referenced in",
        then: Then::Stop,
        shown_by: scripts::link_of_canary,
        links: Links::Awaited,
    },
    Known {
        name: "link-deleted-twice",
        why: "nobody says what deleting a link again comes to: the simulator puts it off, the emulator does nothing",
        operation: OperationKind::DeleteVpcLink,
        answers: (Kind::NotYet, Kind::Made),
        words: "is being deleted",
        then: Then::GoOn,
        shown_by: scripts::link_deleted_twice,
        links: Links::OnTheirWay,
    },
];

/// The known difference that this is.
pub(super) fn of(operation: &Operation, split: &Split) -> Option<&'static Known> {
    let What::Answer(ours, theirs) = split.what else {
        return None;
    };
    ALL.iter().find(|known| {
        known.operation == OperationKind::from(operation)
            && known.answers == (ours, theirs)
            && split.says(known.words)
    })
}
