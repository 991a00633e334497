//! Verdicts for a reader: which comes first, what each means, what all of them add up to.

use unbridge_model::assessment::Assessment;
use unbridge_model::finding::Verdict;

use crate::layout::count;
use crate::look::Tone;

/// The order in which a reader needs them: what can go, what needs a hand, what is none of this
/// tool's business.
pub(crate) const ORDER: [Verdict; 6] = [
    Verdict::Removable,
    Verdict::AlreadyDirect,
    Verdict::RemovableIf,
    Verdict::Rewirable,
    Verdict::Blocked,
    Verdict::NotABridge,
];

/// The verdict's place in [`ORDER`].
pub(crate) fn rank(verdict: Verdict) -> usize {
    match verdict {
        Verdict::Removable => 0,
        Verdict::AlreadyDirect => 1,
        Verdict::RemovableIf => 2,
        Verdict::Rewirable => 3,
        Verdict::Blocked => 4,
        Verdict::NotABridge => 5,
    }
}

/// The colour that says the same as the word.
pub(crate) fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Removable | Verdict::AlreadyDirect => Tone::Good,
        Verdict::RemovableIf | Verdict::Rewirable => Tone::Care,
        Verdict::Blocked => Tone::Bad,
        Verdict::NotABridge => Tone::Faint,
    }
}

/// What it means, in a sentence.
pub(crate) fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Removable => {
            "Everything over it can move to the ALB, and nothing else uses it: it can go."
        }
        Verdict::RemovableIf => {
            "As far as could be seen it can go, but something could not be seen or needs a \
             person's word."
        }
        Verdict::AlreadyDirect => {
            "Its APIs reach the ALB directly already, and nothing uses it any more: it can go."
        }
        Verdict::Rewirable => {
            "Its APIs can move to the ALB, but something else needs it: it stays for now."
        }
        Verdict::Blocked => "At least one chain over it cannot move now.",
        Verdict::NotABridge => "It does not carry requests from API Gateway to an ALB.",
    }
}

/// What all verdicts add up to: `7 bridges among 11 NLBs: 2 can go now; 3 are blocked`.
pub(crate) fn summary(assessment: &Assessment) -> String {
    let nlbs = assessment.nlbs.len();
    let bridges = nlbs - assessment.count(Verdict::NotABridge);
    let among = count(nlbs, "NLB", "NLBs");
    if bridges == 0 {
        let was_seen = if assessment.is_complete() {
            ""
        } else {
            " was seen"
        };
        return format!("No bridge{was_seen} among {among}.");
    }
    let parts: Vec<String> = ORDER
        .into_iter()
        .filter_map(|verdict| phrase(verdict, assessment.count(verdict)))
        .collect();
    format!(
        "{} among {among}: {}.",
        count(bridges, "bridge", "bridges"),
        parts.join("; ")
    )
}

fn phrase(verdict: Verdict, number: usize) -> Option<String> {
    let are = match number {
        0 => return None,
        1 => "is",
        _ => "are",
    };
    match verdict {
        Verdict::Removable => Some(format!("{number} can go once the APIs have moved")),
        Verdict::AlreadyDirect => Some(format!("{number} can go now, the APIs go direct")),
        Verdict::RemovableIf => Some(format!(
            "{number} could go once what is not certain has been checked"
        )),
        Verdict::Rewirable => Some(format!("{number} {are} needed by something else too")),
        Verdict::Blocked => Some(format!("{number} {are} blocked")),
        Verdict::NotABridge => None,
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray as _;

    use super::*;

    #[test]
    fn every_verdict_has_its_place() {
        assert_eq!(ORDER.len(), Verdict::VARIANTS.len());
        for (place, verdict) in ORDER.into_iter().enumerate() {
            assert_eq!(rank(verdict), place);
        }
    }
}
