//! What an NLB is, and whether requests over it arrive.

use super::CodeText;

pub(super) const NLB_BRIDGES_ALB: CodeText = CodeText {
    title: "every listener ends at an ALB",
    meaning: "The NLB holds no targets of its own: each listener forwards to an Application Load \
              Balancer. VPC link v2 lets API Gateway reach an ALB without it.",
    remedy: "Move the APIs over it to a VPC link v2 that targets the ALB.",
    effect: "None by itself: it makes the NLB a candidate, and the other findings decide.",
};

pub(super) const NLB_DIRECT_TARGET: CodeText = CodeText {
    title: "serves targets of its own",
    meaning: "No listener of the NLB reaches an ALB: it forwards to instances, addresses or \
              other targets itself.",
    remedy: "Nothing to do: the NLB is needed.",
    effect: "not-a-bridge until a listener reaches an ALB.",
};

pub(super) const MIXED_NLB: CodeText = CodeText {
    title: "bridges and serves other targets too",
    meaning: "Some listeners reach ALBs, others forward to other targets.",
    remedy: "Move the APIs; keep the NLB for the other listeners, or give their clients another \
             way and delete those listeners.",
    effect: "rewirable at best, until the other listeners are gone.",
};

pub(super) const IP_TARGET_BRIDGE: CodeText = CodeText {
    title: "bridges by copied addresses",
    meaning: "A target group of type ip holds an ALB's own addresses, usually kept up to date by \
              a function. An address that the ALB gave up stays behind as a stale target and \
              loses requests.",
    remedy: "Move the APIs to the ALB itself; then retire whatever copies the addresses.",
    effect: "blocked while the addresses are those of several ALBs; removable-if at best while a \
             stranger stands among them; otherwise none: the NLB counts as a bridge like any \
             other.",
};

pub(super) const UNUSED_V1_LINK: CodeText = CodeText {
    title: "a VPC link v1 that nothing uses",
    meaning: "No stage and no draft names this link.",
    remedy: "Delete the link when it is not kept for a reason; a deleted link does not come back \
             under the same id.",
    effect: "None: such a link does not keep its NLB, but it has to go first.",
};

pub(super) const CHAIN_BROKEN: CodeText = CodeText {
    title: "requests cannot arrive",
    meaning: "Something on the way of these methods is missing or empty, so requests fail, or \
              would once the draft is deployed.",
    remedy: "Repair the way, or remove the methods; then scan again.",
    effect: "blocked until the way is repaired or the methods are gone.",
};

pub(super) const ALREADY_DIRECT: CodeText = CodeText {
    title: "APIs reach its ALB directly",
    meaning: "An API reaches the ALB behind this NLB without passing the NLB.",
    remedy: "Move what still passes the NLB, if anything does.",
    effect: "already-direct when an unused VPC link v1 is all that is left over the NLB; \
             otherwise none.",
};

pub(super) const NLB_ALB_WITHOUT_GATEWAY: CodeText = CodeText {
    title: "in front of an ALB, but not for API Gateway",
    meaning: "The NLB forwards to an ALB, but no link and no API uses it. Fixed addresses and \
              endpoint services are common reasons.",
    remedy: "Nothing to do here; ask its owner what it is for.",
    effect: "not-a-bridge until a link or an API names it; blocked when not every API could be \
             read.",
};

pub(super) const NLB_WEIGHTED_FORWARD: CodeText = CodeText {
    title: "a listener splits traffic by weight",
    meaning: "The listener forwards to several target groups by weight. A VPC link v2 goes to \
              one load balancer and cannot split.",
    remedy: "Finish the shift so that one group has all the weight and the others are off the \
             listener, or move the split into the ALB's rules; then scan again.",
    effect: "blocked until one group has all the weight; then removable-if at best until the \
             others are off the listener.",
};

pub(super) const ALB_HEALTH_CHECK_WRONG: CodeText = CodeText {
    title: "its ALB counts as unhealthy",
    meaning: "A group that holds an ALB has unhealthy targets and no healthy one, often because \
              the health check asks for a path that the ALB does not answer. An NLB without any \
              healthy target sends to all of them, so requests may pass all the same.",
    remedy: "Give the target group a health check that the ALB answers, or find out why the ALB \
             fails; then scan again.",
    effect: "removable-if at best until the targets are healthy, unless traffic was seen to \
             pass; then none.",
};
