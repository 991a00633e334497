//! Whether a plan is whole: its digests, its references, what it says of itself.

use super::code::LintCode;
use super::findings::Findings;

pub(super) fn check(findings: &mut Findings<'_>) {
    let plan = findings.plan;
    let body = &plan.body;
    if let Err(bad) = body.check() {
        findings.whole(LintCode::DoesNotFit, bad.to_string());
    }
    let digest = body.digest();
    if digest != plan.body_digest {
        let what = format!("its body has the digest {digest}, not {}", plan.body_digest);
        findings.whole(LintCode::WrongDigest, what);
    }
    if body.plan_id() != plan.plan_id {
        let what = "its plan_id does not follow from what it was made from";
        findings.whole(LintCode::WrongPlanId, what);
    }
    if body.complete != body.missing.is_empty() {
        let what = if body.complete {
            "it calls itself complete and names what was not seen"
        } else {
            "it calls itself incomplete and does not say what was not seen"
        };
        findings.whole(LintCode::CompletenessUnclear, what);
    }
    for (place, step) in findings.steps() {
        if step.forward.as_str().trim().is_empty() || step.backward.as_str().trim().is_empty() {
            let what = "it does not say what is done and how that is taken back";
            findings.at(place, LintCode::Untold, what);
        }
        if !step.verification.is_empty() && step.verify_within == 0 {
            let what = "what has to be seen afterwards is given no time";
            findings.at(place, LintCode::NoTime, what);
        }
    }
}
