//! What to know before the NLB itself goes.

use super::CodeText;

pub(super) const DELETION_PROTECTION: CodeText = CodeText {
    title: "protected from deletion",
    meaning: "Somebody turned deletion protection on, so somebody did not want this NLB to go.",
    remedy: "Ask its owner why; turn it off when the APIs have moved and nothing uses the NLB \
             any more.",
    effect: "None: it stops the deletion, not the move.",
};

pub(super) const URI_NAMES_NLB: CodeText = CodeText {
    title: "addresses of integrations name the NLB",
    meaning: "The address of an integration behind a VPC link is also what API Gateway sends as \
              Host header and checks a certificate against. It names the NLB, which will be \
              gone. Whether API Gateway looks that name up for a VPC link v2 is not documented.",
    remedy: "Give the integrations a name that stays, before the NLB goes; keep Host header and \
             certificate in mind.",
    effect: "None: it concerns the time when the NLB is gone.",
};

pub(super) const HISTORY_NAMES_V1_LINK: CodeText = CodeText {
    title: "old deployments may name the link",
    meaning: "Deployments that no stage runs may name the VPC link v1. With the link gone there \
              is no way back to them.",
    remedy: "Keep the link until nobody wants to go back to these deployments.",
    effect: "None: no stage runs them.",
};
