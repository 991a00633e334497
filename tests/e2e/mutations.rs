//! Good plans, spoiled in a closed list of ways at every place: the linter or the rehearsal notices
//! each, but for those that change nothing, which are named with the reason.

mod mutants;
mod worlds;

use std::collections::{BTreeMap, BTreeSet};

use strum::VariantArray;
use unbridge_model::plan::Plan;
use unbridge_planner::lint::{lint, lint_on};
use unbridge_rehearsal::Branches;

use mutants::mutants;
use worlds::{http, leftovers, rest};

/// How a plan is spoiled.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::Display, strum::VariantArray,
)]
enum Mutation {
    /// A step is missing.
    Drop,
    /// A step is done twice.
    Duplicate,
    /// Two steps change places: neighbours, and those of which one names the other.
    Swap,
    /// One name, id or port says another one of its kind.
    Retarget,
    /// A share is another.
    ChangePercent,
    /// Something is made without one of its tags.
    DropTag,
    /// A step has no way back.
    DropUndo,
    /// A condition or a gate is missing.
    DropCheck,
    /// A digest is another; the names that follow from it follow.
    WrongDigest,
    /// More is changed, or counted in, than what was asked for.
    WidenScope,
}

/// A spoiled plan.
struct Mutant {
    mutation: Mutation,
    /// The step that is spoiled.
    step: String,
    /// Where in it, and how.
    detail: String,
    plan: Plan,
}

/// Mutants that do what the good plan does.
struct Equivalent {
    mutation: Mutation,
    /// Words of its step's name, and of what is changed.
    step: &'static [&'static str],
    detail: &'static [&'static str],
    reason: &'static str,
}

const fn same(
    mutation: Mutation,
    step: &'static [&'static str],
    detail: &'static [&'static str],
    reason: &'static str,
) -> Equivalent {
    Equivalent {
        mutation,
        step,
        detail,
        reason,
    }
}

const RULES: &str = "a link's rules have to stand before requests come, in whichever order";
const APART: &str = "neither step concerns what the other changes";

const EQUIVALENT: &[Equivalent] = &[
    same(Mutation::Swap, &["group-closed"], &["egress"], RULES),
    same(Mutation::Swap, &["egress"], &["ingress"], RULES),
    same(Mutation::Swap, &["ingress"], &["link"], RULES),
    same(Mutation::Swap, &["link"], &["baseline-deploy"], APART),
    same(Mutation::Swap, &["rewire-1"], &["rewire-2"], APART),
    same(
        Mutation::Swap,
        &["integration-1"],
        &["integration-2"],
        APART,
    ),
    same(Mutation::Swap, &["route-1"], &["route-2"], APART),
    same(
        Mutation::Swap,
        &["proof-", "-delete-stage"],
        &["canary-10"],
        "a temporary stage may go later: no caller knows it",
    ),
    same(Mutation::Swap, &["promote"], &["canary-10"], APART),
    same(Mutation::Swap, &["promote"], &["baseline-deploy"], APART),
    same(
        Mutation::DropCheck,
        &["group-closed"],
        &["group-stands"],
        "the step before has seen the group already",
    ),
    same(
        Mutation::DropCheck,
        &["rewire-"],
        &["/preconditions", "rule-stands"],
        "no request meets the draft; every step that moves requests asks again",
    ),
    same(
        Mutation::Drop,
        &["x-nlb-group-1"],
        &[],
        "an empty target group stays, which the next retirement takes",
    ),
    same(
        Mutation::WidenScope,
        &[],
        &["looks at"],
        "nothing more is changed; the plan only becomes stale with one object more",
    ),
];

impl Equivalent {
    fn is(&self, mutant: &Mutant) -> bool {
        let has = |text: &str, words: &[&str]| words.iter().all(|word| text.contains(word));
        self.mutation == mutant.mutation
            && has(&mutant.step, self.step)
            && has(&mutant.detail, self.detail)
    }
}

#[test]
fn every_spoiled_plan_is_noticed_by_the_linter_or_the_rehearsal() {
    let mut unnoticed = Vec::new();
    let mut used = BTreeSet::new();
    let mut counts: BTreeMap<(Mutation, &str), usize> = BTreeMap::new();
    for world in [rest(), http(), leftovers()] {
        assert_eq!(lint_on(&world.plan, &world.snapshot), []);
        let found = world.rehearsed(&world.plan, world.branches);
        assert!(found.is_proven(), "{:?}", found.counter_example);
        for mutation in Mutation::VARIANTS {
            for mutant in mutants(&world, *mutation) {
                let mut count = |how| *counts.entry((*mutation, how)).or_default() += 1;
                if !lint(&mutant.plan).is_empty() {
                    count("by the linter");
                    continue;
                }
                if !lint_on(&mutant.plan, &world.snapshot).is_empty() {
                    count("by the linter, with the account");
                    continue;
                }
                if !world.rehearsed(&mutant.plan, Branches::None).is_proven() {
                    count("by the rehearsal");
                    continue;
                }
                if !world.rehearsed(&mutant.plan, world.branches).is_proven() {
                    count("by the rehearsal, with mishaps");
                    continue;
                }
                let same = EQUIVALENT.iter().position(|known| known.is(&mutant));
                if let Some(place) = same {
                    used.insert(place);
                    count("equivalent");
                    continue;
                }
                unnoticed.push(format!("{mutation}: {} {}", mutant.step, mutant.detail));
            }
        }
    }
    assert!(unnoticed.is_empty(), "{}", unnoticed.join("\n"));
    for (place, known) in EQUIVALENT.iter().enumerate() {
        assert!(used.contains(&place), "no such mutant: {}", known.reason);
    }
    let every = Mutation::VARIANTS.iter();
    for mutation in every {
        assert!(
            counts.keys().any(|(known, _)| known == mutation),
            "{mutation}"
        );
    }
}
