//! Who can get past the gateway.

use super::CodeText;

pub(super) const INTERNET_FACING_NLB: CodeText = CodeText {
    title: "the NLB can be reached from the internet",
    meaning: "The NLB is internet-facing: whoever finds its name calls the backend past the \
              gateway, its authorizers and its throttling.",
    remedy: "Let its security groups and those of the ALB admit only who needs it, until the \
             APIs have moved; then remove it.",
    effect: "removable-if at best: that nobody else calls it, such as APIs of other regions or \
             accounts, is for a person to say.",
};

pub(super) const INTERNET_FACING_ALB_BEHIND_GATEWAY: CodeText = CodeText {
    title: "the ALB can be reached from the internet",
    meaning: "An ALB behind the gateway is internet-facing: whoever finds its name gets past the \
              gateway's authorizers.",
    remedy: "Let the ALB check who calls, or put an internal ALB in its place.",
    effect: "None by itself: alb-internet-facing-target says what it means for a move.",
};

pub(super) const OPEN_SECURITY_GROUP: CodeText = CodeText {
    title: "security groups admit every address",
    meaning: "Security groups of the NLB, or of an ALB behind it, admit every address.",
    remedy: "Admit only the addresses and groups that need it.",
    effect: "None: it says who could come in, not who does.",
};
