//! What each finding code means and what to do about it: the one table behind `explain`.

use unbridge_model::finding::FindingCode;

/// What there is to say about a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeText {
    /// A few words.
    pub title: &'static str,
    /// What is the case.
    pub meaning: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
    /// What it does to the verdict, and until when.
    pub effect: &'static str,
}

/// The texts of a code.
#[must_use]
pub fn text_of(code: FindingCode) -> CodeText {
    match code {
        FindingCode::NlbBridgesAlb => CodeText {
            title: "every listener ends at an ALB",
            meaning: "The NLB holds no targets of its own: each listener forwards to an \
                      Application Load Balancer. VPC link v2 lets API Gateway reach an ALB \
                      without it.",
            remedy: "Move the APIs over it to a VPC link v2 that targets the ALB.",
            effect: "Makes the NLB a candidate; the other findings decide.",
        },
        FindingCode::NlbDirectTarget => CodeText {
            title: "serves targets of its own",
            meaning: "No listener of the NLB reaches an ALB: it forwards to instances, \
                      addresses or other targets itself.",
            remedy: "Nothing to do: the NLB is needed.",
            effect: "not-a-bridge.",
        },
        FindingCode::MixedNlb => CodeText {
            title: "bridges and serves other targets too",
            meaning: "Some listeners reach ALBs, others forward to other targets.",
            remedy: "Move the APIs; keep the NLB for the other listeners, or give their \
                     clients another way and delete those listeners.",
            effect: "rewirable at best, as long as the other listeners exist.",
        },
        FindingCode::IpTargetBridge => CodeText {
            title: "bridges by copied addresses",
            meaning: "A target group of type ip holds an ALB's own addresses, usually kept up \
                      to date by a function. An address that the ALB gave up stays behind as a \
                      stale target and loses requests.",
            remedy: "Move the APIs to the ALB itself; then retire whatever copies the \
                     addresses.",
            effect: "None: the NLB counts as a bridge like any other.",
        },
        FindingCode::UnusedV1Link => CodeText {
            title: "a VPC link v1 that nothing uses",
            meaning: "No stage and no draft names this link.",
            remedy: "Delete the link when it is not kept for a reason; a deleted link does not \
                     come back under the same id.",
            effect: "None: such a link does not keep its NLB, but it has to go first.",
        },
        FindingCode::ChainBroken => CodeText {
            title: "requests cannot arrive",
            meaning: "Something on the way of these methods is missing or empty, so requests \
                      fail, or would once the draft is deployed.",
            remedy: "Repair the way, or remove the methods; then scan again.",
            effect: "blocked until it is repaired.",
        },
        FindingCode::StageVariableLink => CodeText {
            title: "the link is named by a stage variable",
            meaning: "Which link a request takes depends on the stage. The way was followed \
                      for each stage with the stage's own variables.",
            remedy: "Nothing to do; check that each stage ends where you expect.",
            effect: "None.",
        },
        FindingCode::WebsocketUsesV1Link => CodeText {
            title: "a WebSocket API needs the NLB",
            meaning: "WebSocket APIs cannot use VPC link v2: their private integrations need \
                      the v1 link and its NLB.",
            remedy: "Keep link and NLB for it, or give the WebSocket API another backend.",
            effect: "rewirable at best, as long as the WebSocket API uses the link.",
        },
        FindingCode::DraftDiffersFromStage => CodeText {
            title: "unfinished work in the draft",
            meaning: "The editable API differs from what the stage runs. A move deploys the \
                      draft, so it would ship these differences too.",
            remedy: "Deploy the draft to the stage on purpose, or put the draft back to what \
                     the stage runs; then scan again.",
            effect: "blocked until draft and stage are equal.",
        },
        FindingCode::CanaryInProgress => CodeText {
            title: "a canary release is on the stage",
            meaning: "A share of the stage's requests runs another deployment or other \
                      variables. A move needs the canary for itself. A canary that changes \
                      nothing is a left-over and only a warning.",
            remedy: "Promote the canary or remove it; then scan again.",
            effect: "blocked while the canary changes anything; a left-over holds the \
                     verdict at removable-if.",
        },
        FindingCode::AlreadyDirect => CodeText {
            title: "APIs reach its ALB directly",
            meaning: "An API reaches the ALB behind this NLB without passing the NLB.",
            remedy: "Move what still passes the NLB, if anything does.",
            effect: "already-direct when an unused VPC link v1 is all that is left over the NLB.",
        },
        FindingCode::NlbAlbWithoutGateway => CodeText {
            title: "in front of an ALB, but not for API Gateway",
            meaning: "The NLB forwards to an ALB, but no link and no API uses it. Fixed \
                      addresses and endpoint services are common reasons.",
            remedy: "Nothing to do here; ask its owner what it is for.",
            effect: "not-a-bridge; blocked when not every API could be read.",
        },
        FindingCode::EndpointServiceConsumer => CodeText {
            title: "an endpoint service stands on the NLB",
            meaning: "An endpoint service offers this NLB to other VPCs, and somebody other \
                      than API Gateway connects to it or may. It needs an NLB.",
            remedy: "Ask the owners of the connections; keep the NLB for them, or give them \
                     another way and delete the endpoint service.",
            effect: "rewirable at best, as long as the endpoint service exists.",
        },
        FindingCode::NlbWeightedForward => CodeText {
            title: "a listener splits traffic by weight",
            meaning: "The listener forwards to several target groups by weight. A VPC link v2 \
                      goes to one load balancer and cannot split.",
            remedy: "Finish the shift so that one group has all the weight, or move the split \
                     into the ALB's rules; then scan again.",
            effect: "blocked while more than one group has weight; otherwise at best removable-if.",
        },
        FindingCode::StageTargetsDiffer => CodeText {
            title: "stages end at different ALB listeners",
            meaning: "The same method ends at different ALB listeners on different stages. An \
                      API's draft names one target, so one move cannot serve all stages.",
            remedy: "Let the stages end at one ALB listener, or split them into APIs of their \
                     own; then scan again.",
            effect: "blocked until the stages agree.",
        },
        FindingCode::UnknownUsers => CodeText {
            title: "other users could not be ruled out",
            meaning: "What could show another user of the NLB failed to be read or is not \
                      read by this version.",
            remedy: "Allow the calls that failed and scan again; check by hand what this \
                     version does not read.",
            effect: "At best removable-if.",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_texts_of_its_own() {
        let mut titles = Vec::new();
        for code in FindingCode::ALL {
            let text = text_of(*code);
            assert!(text.meaning.ends_with('.'), "{code}");
            assert!(text.remedy.ends_with('.'), "{code}");
            assert!(text.effect.ends_with('.'), "{code}");
            titles.push(text.title);
        }
        titles.sort_unstable();
        titles.dedup();
        assert_eq!(titles.len(), FindingCode::ALL.len());
    }
}
