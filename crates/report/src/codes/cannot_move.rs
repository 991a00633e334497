//! What keeps a chain from moving now.

use super::CodeText;

pub(super) const STAGE_VARIABLE_LINK: CodeText = CodeText {
    title: "the link is named by a stage variable",
    meaning: "Which link a request takes depends on the stage. The way was followed for each \
              stage with the stage's own variables.",
    remedy: "Nothing to do; check that each stage ends where you expect.",
    effect: "None: stage-targets-differ says it when stages end at different places.",
};

pub(super) const DRAFT_DIFFERS_FROM_STAGE: CodeText = CodeText {
    title: "unfinished work in the draft",
    meaning: "The editable API differs from what the stage runs, in methods or in settings. A \
              move deploys the draft, so it would ship these differences too.",
    remedy: "Deploy the draft to the stage on purpose, or put the draft back to what the stage \
             runs; then scan again.",
    effect: "blocked until draft and stage are equal.",
};

pub(super) const CANARY_IN_PROGRESS: CodeText = CodeText {
    title: "a canary release is on the stage",
    meaning: "A share of the stage's requests runs another deployment or other variables. A move \
              needs the canary for itself. A canary that changes nothing is a left-over and only \
              a warning.",
    remedy: "Promote the canary or remove it; then scan again.",
    effect: "blocked while the canary changes anything; removable-if at best while a left-over \
             stands.",
};

pub(super) const STAGE_TARGETS_DIFFER: CodeText = CodeText {
    title: "stages end at different ALB listeners",
    meaning: "The same method ends at different ALB listeners on different stages. An API's \
              draft names one target, so one move cannot serve all stages.",
    remedy: "Let the stages end at one ALB listener, or split them into APIs of their own; then \
             scan again.",
    effect: "blocked until the stages agree.",
};

pub(super) const AZ_NOT_SUPPORTED: CodeText = CodeText {
    title: "zones without VPC link v2",
    meaning: "Some subnets of the ALB stand in zones where AWS offers no VPC link v2.",
    remedy: "Put the link into subnets in other zones of the same VPC.",
    effect: "blocked while every subnet of the ALB stands in such a zone; otherwise none.",
};

pub(super) const REGION_NOT_SUPPORTED: CodeText = CodeText {
    title: "a region that AWS does not list for VPC link v2",
    meaning: "AWS's list of zones for VPC link v2 does not have this region. The list may lag \
              behind.",
    remedy: "Try to make a VPC link v2 in this region.",
    effect: "removable-if at best: somebody has to make a link there first.",
};

pub(super) const CROSS_ACCOUNT: CodeText = CodeText {
    title: "it leads to another account's load balancer",
    meaning: "A chain leads to a load balancer of another account. A VPC link v2 reaches load \
              balancers of its own account only.",
    remedy: "Give the API a load balancer in its own account, or keep the NLB.",
    effect: "blocked until the chain stays in one account.",
};

pub(super) const LINK_QUOTA: CodeText = CodeText {
    title: "no VPC link v2 left in the region",
    meaning: "The region has as many VPC links v2 as AWS allows by default. A move needs one, \
              unless an existing link stands in the right VPC.",
    remedy: "Use an existing link, delete one that is not used, or ask AWS for more; then scan \
             again.",
    effect: "blocked until the region has fewer links than the default quota; removable-if at \
             best when it has more, since the quota was raised to what is not known.",
};
