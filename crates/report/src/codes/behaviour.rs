//! What a move would change for requests, and what would stop them.

use super::CodeText;

pub(super) const TLS_ENDS_AT_NLB: CodeText = CodeText {
    title: "encryption ends at the NLB",
    meaning: "A TLS listener of the NLB ends the encryption that API Gateway began. After a move \
              API Gateway speaks to the ALB's listener itself: with another certificate, or, \
              when that listener speaks HTTP, without encryption and with another \
              X-Forwarded-Proto.",
    remedy: "Give the ALB an HTTPS listener with a certificate that fits the host of the \
             integrations, or accept that the last hop is plain HTTP inside the network.",
    effect: "None by itself: certificate-name-mismatch and host-header-rule-changes say what \
             would break.",
};

pub(super) const NO_ALB_LISTENER_FOR_PORT: CodeText = CodeText {
    title: "the ALB does not listen on this port",
    meaning: "The NLB's target group delivers to a port on which the ALB has no listener that \
              API Gateway could call instead.",
    remedy: "Give the ALB a listener on the port, or correct the target group; then scan again.",
    effect: "blocked until the ALB has a listener there.",
};

pub(super) const PORT_NOT_ALLOWED: CodeText = CodeText {
    title: "API Gateway cannot call this port",
    meaning: "Behind a VPC link v2, API Gateway calls port 80, port 443 and ports from 1024 up. \
              The ALB listens on another one.",
    remedy: "Give the ALB a second listener on a port that can be called, with the same rules; \
             then scan again.",
    effect: "blocked until the ALB listens on a port that can be called.",
};

pub(super) const HOST_HEADER_RULE_CHANGES: CodeText = CodeText {
    title: "the ALB would see another Host header",
    meaning: "Without a mapping, the Host header is the host of the integration's address, with \
              its port unless that is the scheme's own. A move changes it for the ALB and its \
              targets.",
    remedy: "Map the Host header in the integrations to what it is today, or let rules and \
             targets accept the new one too.",
    effect: "removable-if at best while a rule, a transform or a redirect looks at the host; \
             otherwise none: only targets see the difference.",
};

pub(super) const CERTIFICATE_NAME_MISMATCH: CodeText = CodeText {
    title: "the ALB's certificate may not fit",
    meaning: "After a move API Gateway checks the ALB listener's certificate: it must be good \
              for the host of the integration's address, not be over, and come from a public \
              authority unless an integration skips that check. Behind a TLS listener of the NLB \
              nobody has checked it so far.",
    remedy: "Give the listener a public certificate for the host, or a host that the certificate \
             is good for; when it could not be read, allow acm:DescribeCertificate. Then scan \
             again.",
    effect: "blocked until a certificate fits; removable-if at best while certificates could not \
             be read, the one that fits was imported, or an HTTP API verifies a name of its own.",
};

pub(super) const SOURCE_IP_RULE: CodeText = CodeText {
    title: "a rule looks at the source address",
    meaning: "An ALB rule decides by the address a request comes from. Today that is an address \
              of the NLB. After a move it is one of the link's, in other subnets perhaps, and \
              the rule may decide otherwise.",
    remedy: "Let the rule admit the subnets that the link will stand in, or decide by something \
             else; then scan again.",
    effect: "blocked until no rule on the way looks at the source address.",
};

pub(super) const UNKNOWN_RULE_FIELD: CodeText = CodeText {
    title: "a rule that this version does not understand",
    meaning: "A rule or a default action has a condition, a transform or an action that this \
              version does not know. Whether it sees the same request after a move is not known.",
    remedy: "Look at the rule yourself, or use a newer version.",
    effect: "removable-if at best, until the rule is gone or a version knows it.",
};

pub(super) const WAF_ON_ALB: CodeText = CodeText {
    title: "a web ACL stands before the ALB",
    meaning: "A web ACL on the ALB checks every request. After a move all requests come from a \
              few addresses of the link: rules that allow, block or count by source address \
              decide otherwise.",
    remedy: "Let such rules look at the address in X-Forwarded-For, or admit the link's subnets; \
             look into rule groups that were not looked into; then scan again.",
    effect: "blocked while a rule looks at the source address; removable-if at best while a rule \
             may; otherwise none.",
};

pub(super) const ALB_SECURITY_GROUP_CLOSED: CodeText = CodeText {
    title: "the ALB's security groups would not admit the link",
    meaning: "The ALB's security groups admit today's source, the NLB, but nothing from the \
              subnets that the link would stand in.",
    remedy: "Add a rule that admits the link's security group on the listener's port, before the \
             APIs move.",
    effect: "None: the rule can be added as part of the move.",
};

pub(super) const NACL_BLOCKS_LINK: CodeText = CodeText {
    title: "network ACLs stand between link and ALB",
    meaning: "Between some subnets for the link and some of the ALB's, network ACLs stop \
              requests or their answers.",
    remedy: "Put the link into the subnets that work, or let the network ACLs pass requests on \
             the listener's port and answers to ports 1024 to 65535.",
    effect: "blocked while no subnet for the link reaches every zone of the ALB; otherwise none.",
};

pub(super) const NO_FREE_ADDRESSES: CodeText = CodeText {
    title: "subnets of the ALB are full",
    meaning: "A link takes an address in each of its subnets, and some subnets of the ALB have \
              none left.",
    remedy: "Put the link into other subnets, or free addresses.",
    effect: "blocked while every subnet of the ALB is full; otherwise none.",
};

pub(super) const SHARED_VPC: CodeText = CodeText {
    title: "another account owns the ALB's subnets",
    meaning: "Subnets of the ALB are shared by another account. Whether a VPC link can stand in \
              shared subnets is not documented.",
    remedy: "Try it with a link in these subnets and a temporary stage, or use subnets of your \
             own.",
    effect: "removable-if at best: somebody has to prove first that it works.",
};

pub(super) const RARE_TRAFFIC: CodeText = CodeText {
    title: "so little traffic that a new link would fall asleep",
    meaning: "A VPC link v2 without traffic for 60 days becomes INACTIVE and its next requests \
              fail until it is back, which takes minutes. A VPC link v1 has no such rule. What \
              passes this link is that rare.",
    remedy: "Share one VPC link v2 with busier APIs, or call the API now and then from a monitor.",
    effect: "removable-if at best, until more passes it or somebody says that the link is kept \
             awake.",
};

pub(super) const STAGE_PATH_CHECK: CodeText = CodeText {
    title: "whether the path keeps as it is has to be proven",
    meaning: "Documentation and practice disagree on whether a VPC link v2 puts the stage's name \
              before the path that the backend sees.",
    remedy: "Prove it with one request over a temporary stage, before any traffic moves.",
    effect: "None: each move begins with that proof.",
};

pub(super) const STAGE_CACHE: CodeText = CodeText {
    title: "the stage's cache starts empty",
    meaning: "The stage caches answers. A new deployment starts with an empty cache, so the \
              backend gets more requests at first; and a canary behind a warm cache shows \
              little.",
    remedy: "Move at a time of little traffic, and expect more requests at the backend for a \
             while.",
    effect: "None: it is a change that somebody has to expect.",
};

pub(super) const BACKEND_CLIENT_CERTIFICATE: CodeText = CodeText {
    title: "the backend may ask for a client certificate",
    meaning: "A stage shows a client certificate to its backends, or the ALB's listener asks for \
              one. Whether API Gateway shows it over a VPC link v2 is not documented.",
    remedy: "Prove it on a temporary stage, or turn off what asks for the certificate.",
    effect: "removable-if at best, until no stage shows a certificate and no listener asks for \
             one: else somebody has to prove first that it works.",
};

pub(super) const ALB_INTERNET_FACING_TARGET: CodeText = CodeText {
    title: "the ALB is internet-facing",
    meaning: "A VPC link v2 would lead to an internet-facing ALB. Whether that works is not \
              documented.",
    remedy: "Prove it on a temporary stage, or put an internal ALB in its place.",
    effect: "removable-if at best: somebody has to prove first that it works.",
};
