//! Who else uses an NLB.

use super::CodeText;

pub(super) const WEBSOCKET_USES_V1_LINK: CodeText = CodeText {
    title: "a WebSocket API needs the NLB",
    meaning: "WebSocket APIs cannot use VPC link v2: their private integrations need the v1 link \
              and its NLB.",
    remedy: "Keep link and NLB for it, or give the WebSocket API another backend.",
    effect: "rewirable at best, until no WebSocket API uses the NLB.",
};

pub(super) const ENDPOINT_SERVICE_CONSUMER: CodeText = CodeText {
    title: "an endpoint service stands on the NLB",
    meaning: "An endpoint service offers this NLB to other VPCs, and somebody other than API \
              Gateway connects to it or may. It needs an NLB.",
    remedy: "Ask the owners of the connections; keep the NLB for them, or give them another way \
             and delete the endpoint service.",
    effect: "rewirable at best, until the endpoint service is gone; removable-if at best where the \
             one that connects may be API Gateway itself.",
};

pub(super) const STATIC_ADDRESSES: CodeText = CodeText {
    title: "somebody chose its addresses",
    meaning: "The NLB has elastic addresses, or private addresses that somebody chose. Nobody \
              does that for a bridge alone: firewalls, partners or DNS records elsewhere may \
              name them.",
    remedy: "Find out who calls these addresses; keep the NLB for them, or give them another \
             way. An address that the NLB gives up cannot be had back for certain.",
    effect: "rewirable at best, until the NLB has no chosen addresses.",
};

pub(super) const DNS_ALIAS: CodeText = CodeText {
    title: "DNS records lead to it",
    meaning: "Route 53 records of this account name the NLB or its addresses. Whoever calls \
              these names reaches the NLB without API Gateway.",
    remedy: "Find out who uses the names; point the records at the ALB or remove them; then scan \
             again.",
    effect: "rewirable at best, until no record leads to it.",
};

pub(super) const ACCELERATOR_ENDPOINT: CodeText = CodeText {
    title: "a Global Accelerator leads to it",
    meaning: "The NLB is an endpoint of a Global Accelerator, so clients reach it without API \
              Gateway.",
    remedy: "Make the ALB the endpoint, or remove the endpoint; then scan again.",
    effect: "rewirable at best, until no endpoint group holds it.",
};

pub(super) const CLOUDFRONT_ORIGIN: CodeText = CodeText {
    title: "CloudFront leads to it",
    meaning: "A CloudFront distribution or a VPC origin names the NLB, so viewers reach it \
              without API Gateway.",
    remedy: "Make the ALB the origin, or remove the origin; then scan again.",
    effect: "rewirable at best, until no origin names it.",
};

pub(super) const VERIFIED_ACCESS_ENDPOINT: CodeText = CodeText {
    title: "a Verified Access endpoint leads to it",
    meaning: "People reach the NLB over a Verified Access endpoint, without API Gateway.",
    remedy: "Give the endpoint the ALB as load balancer, or delete it; then scan again.",
    effect: "rewirable at best, until no endpoint leads to it.",
};

pub(super) const TRAFFIC_MIRROR_TARGET: CodeText = CodeText {
    title: "mirrored traffic is sent to it",
    meaning: "The NLB is a traffic mirror target: copies of packets arrive there for inspection.",
    remedy: "Keep the NLB for it, or give the mirror sessions another target; then scan again.",
    effect: "rewirable at best, until no mirror target names it.",
};

pub(super) const ALARM_ON_NLB: CodeText = CodeText {
    title: "alarms watch it",
    meaning: "CloudWatch alarms watch metrics of the NLB. They will notice when its traffic \
              leaves: an alarm that takes silence for failure goes off, and scaling or rollbacks \
              that hang on it act.",
    remedy: "Tell whoever owns the alarms before the APIs move; let them watch the ALB instead.",
    effect: "None: alarms watch the NLB, they do not use it.",
};

pub(super) const TRAFFIC_NOT_EXPLAINED: CodeText = CodeText {
    title: "traffic that no API explains",
    meaning: "The NLB's metrics show flows or bytes, and some of its ports are used by no stage of \
              any API. Where no API passes the NLB at all, somebody else calls it; where APIs use \
              other ports, all of the traffic may be theirs.",
    remedy: "Find out who calls it, for example with flow logs of its subnets; then give them \
             another way or keep the NLB.",
    effect: "rewirable at best where no API passes the NLB, removable-if at best where some do, \
             until its metrics show no traffic over the days that are looked back.",
};

pub(super) const UNKNOWN_USERS: CodeText = CodeText {
    title: "other users could not be ruled out",
    meaning: "What could show another user of the NLB failed to be read, was left out, or is not \
              read by this version.",
    remedy: "Allow the calls that failed, scan without --skip-users, and check by hand what this \
             version does not read.",
    effect: "removable-if at best, until everything that could show another user is read.",
};
