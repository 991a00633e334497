//! What people read: the table and the explanations, over one small account with everything in it.

mod sample;

use insta::assert_snapshot;
use strum::VariantArray;
use unbridge_model::assessment::{Assessment, NlbAssessment};
use unbridge_model::finding::{FindingCode, Verdict};
use unbridge_model::gap::GapClass;
use unbridge_report::explain::{explain_code, explain_nlb};
use unbridge_report::look::{Colour, Look};
use unbridge_report::safe::is_hazardous;
use unbridge_report::table::table;
use unicode_width::UnicodeWidthStr;

fn plain(width: u16) -> Look {
    Look {
        width,
        colour: Colour::Never,
    }
}

fn tabled(assessment: &Assessment, look: Look) -> String {
    let mut out = String::new();
    table(assessment, look, &mut out).expect("a string takes everything");
    out
}

fn explained(assessment: &Assessment, name: &str, look: Look) -> String {
    let nlb = assessment
        .nlbs
        .iter()
        .find(|nlb| nlb.arn.name() == name)
        .expect("an NLB of this name");
    let mut out = String::new();
    explain_nlb(assessment, nlb, look, &mut out).expect("a string takes everything");
    out
}

fn code_explained(code: FindingCode) -> String {
    let mut out = String::new();
    explain_code(code, plain(80), &mut out).expect("a string takes everything");
    out
}

/// Everything a person can be shown of an account.
fn everything(assessment: &Assessment, look: Look) -> String {
    let mut all = tabled(assessment, look);
    for nlb in &assessment.nlbs {
        all.push_str(&explained(assessment, nlb.arn.name(), look));
    }
    all
}

#[test]
fn the_table_fits_eighty_columns() {
    assert_snapshot!(tabled(&sample::full(), plain(80)), @"
    INCOMPLETE: 4 readings failed, 1 source is not read by this version. Verdicts
    that depend on it say so.
    Account 111122223333 in eu-west-1, us-east-1; scanned 2026-03-01T09:30:00Z

    VERDICT         NLB                               CHAINS  APIS  FINDINGS
    removable       carts-nlb                              1     1  nlb-bridges-alb
                    eu-west-1
    already-direct  carts-nlb-old-internal-prod-eu-1       0     0  already-direct
                    eu-west-1
    removable-if    billing-nlb                            1     1  ip-target-bridge
                    eu-west-1
    rewirable       chat-nlb                               1     1  mixed-nlb
                    eu-west-1                                       websocket-uses-
                                                                      v1-link
                                                                    endpoint-
                                                                      service-
                                                                      consumer
    blocked         orders-nlb                             8     1  chain-broken
                    eu-west-1                                       draft-differs-
                                                                      from-stage
                                                                    +4 more
    not-a-bridge    partners                               0     0  nlb-alb-without-
                    eu-west-1                                         gateway
    not-a-bridge    postgres                               0     0  nlb-direct-
                    us-east-1                                         target

    Links
      old999 (v1, nobody) in eu-west-1
        warning unused-v1-link: a VPC link v1 that nothing uses

    Chains that reach no load balancer
      blocker chain-broken: forgotten (REST e1e2e3) without a stage, 2 methods: VPC
      link gone00 does not exist

    Not seen
      apigateway:GetExport, 2 times in us-east-1: throttled (such as q1/prod)
        -> scan again when the account is quieter, or at a slower pace
        Too Many Requests
      ec2:DescribeVpcEndpointConnections in eu-west-1: denied
        -> allow ec2:DescribeVpcEndpointConnections and scan again
        You are not authorized to perform this operation.
      the rest of us-east-1: interrupted
        -> scan again
      not read by this version: Route 53 records that point at an NLB
        -> check these by hand before an NLB goes

    5 bridges among 7 NLBs: 1 can go once the APIs have moved; 1 can go now, the
    APIs go direct; 1 could go if what was not seen holds no surprise; 1 is needed
    by something else too; 1 is blocked.
    Next: unbridge explain carts-nlb --snapshot FILE
    ");
}

#[test]
fn the_table_uses_a_wide_terminal() {
    let wide = tabled(&sample::full(), plain(200));
    let rows: Vec<&str> = wide
        .lines()
        .skip_while(|line| !line.starts_with("VERDICT"))
        .take_while(|line| !line.is_empty())
        .collect();
    assert_snapshot!(rows.join("\n"), @"
    VERDICT         NLB                               REGION     CHAINS  APIS  STAGES  PORTS     ALB           FINDINGS                   WHY
    removable       carts-nlb                         eu-west-1       1     1       1  80        carts-alb     nlb-bridges-alb            every chain over it can move, and every other source of users was
                                                                                                                                            read and empty
    already-direct  carts-nlb-old-internal-prod-eu-1  eu-west-1       0     0       0  80        carts-alb     already-direct             APIs reach its ALB directly
    removable-if    billing-nlb                       eu-west-1       1     1       1  80        billing-alb   ip-target-bridge           other users could not be ruled out
                                                                                                                                          not seen: ec2:DescribeVpcEndpointConnections in eu-west-1 (denied)
    rewirable       chat-nlb                          eu-west-1       1     1       1  80        shop-alb      mixed-nlb                  bridges and serves other targets too
                                                                                                               websocket-uses-v1-link     a WebSocket API needs the NLB
                                                                                                               endpoint-service-consumer  an endpoint service stands on the NLB
    blocked         orders-nlb                        eu-west-1       8     1       2  80, 8080  orders-alb    chain-broken               requests cannot arrive
                                                                                                               draft-differs-from-stage   unfinished work in the draft
                                                                                                               +4 more                    a canary release is on the stage
    not-a-bridge    partners                          eu-west-1       0     0       0            partners-alb  nlb-alb-without-gateway    no VPC link and no API names it
    not-a-bridge    postgres                          us-east-1       0     0       0                          nlb-direct-target          no listener of it reaches an ALB
    ");
}

#[test]
fn no_line_of_the_table_is_wider_than_asked() {
    for assessment in [sample::full(), sample::empty(), sample::hostile()] {
        for width in [40, 60, 72, 80, 90, 100, 120, 160, 200, 400] {
            let shown = tabled(&assessment, plain(width));
            // The command stays whole, to be copied.
            for line in shown.lines().filter(|line| !line.starts_with("Next: ")) {
                assert!(line.width() <= usize::from(width), "{width}: {line}");
            }
        }
    }
}

#[test]
fn an_account_without_nlbs_is_a_sentence() {
    assert_snapshot!(tabled(&sample::empty(), plain(80)), @"
    Account 111122223333 in eu-west-1, us-east-1; scanned 2026-03-01T09:30:00Z

    There is no Network Load Balancer in eu-west-1, us-east-1, so there is no
    bridge.
    ");
}

#[test]
fn an_incomplete_scan_never_looks_clean() {
    let gaps = sample::full().gaps;
    let unread = Assessment {
        gaps,
        ..sample::empty()
    };
    let shown = tabled(&unread, plain(80));
    assert!(shown.starts_with("INCOMPLETE: "), "{shown}");
    assert!(shown.contains("there may be some"), "{shown}");
    assert!(!shown.contains("There is no"), "{shown}");
    assert!(
        shown.contains("allow ec2:DescribeVpcEndpointConnections"),
        "{shown}"
    );
    let full = sample::full();
    for nlb in &full.nlbs {
        let shown = explained(&full, nlb.arn.name(), plain(80));
        assert!(shown.starts_with("INCOMPLETE: "), "{shown}");
    }
}

#[test]
fn nothing_seen_is_not_nothing_there() {
    let full = sample::full();
    let other = |nlb: &&NlbAssessment| nlb.verdict == Verdict::NotABridge;
    let mut assessment = Assessment {
        nlbs: full.nlbs.iter().filter(other).cloned().collect(),
        ..sample::empty()
    };
    assert!(tabled(&assessment, plain(80)).contains("No bridge among 2 NLBs."));
    assessment.gaps = full.gaps;
    assert!(tabled(&assessment, plain(80)).contains("No bridge was seen among 2 NLBs."));
}

#[test]
fn a_thousand_failures_of_one_kind_are_one_line() {
    let mut assessment = sample::full();
    let throttled = assessment
        .gaps
        .iter()
        .find(|gap| gap.class == GapClass::Throttled)
        .expect("a throttled call")
        .clone();
    assessment.gaps = vec![throttled; 1000];
    let shown = tabled(&assessment, plain(80));
    assert!(
        shown.contains("apigateway:GetExport, 1000 times in us-east-1: throttled"),
        "{shown}"
    );
    assert!(shown.lines().count() < 50, "{shown}");
}

#[test]
fn a_blocked_nlb_is_explained_hop_by_hop() {
    assert_snapshot!(explained(&sample::full(), "orders-nlb", plain(80)), @"
    INCOMPLETE: 4 readings failed, 1 source is not read by this version.

    orders-nlb: blocked
    At least one chain over it cannot move now.
    arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/orders-nlb/50dc6c495c0c9188

    Why
      - requests cannot arrive (chain-broken)
      - unfinished work in the draft (draft-differs-from-stage)
      - a canary release is on the stage (canary-in-progress)

    Chains
      orders (REST a1b2c3d4e5) stage dev (not in the draft): GET /orders
      orders (REST a1b2c3d4e5) stage prod: GET /orders, POST /orders,
      DELETE /orders/{id}, +2 methods
        -> VPC link v1 abc123 -> NLB orders-nlb:80 -> target group orders-nlb-to-alb
        -> ALB orders-alb:80

      orders (REST a1b2c3d4e5) stage prod: ANY /legacy
        -> VPC link v1 abc123 -> NLB orders-nlb:8080
        -> BROKEN: orders-nlb has no listener on port 8080

      orders (REST a1b2c3d4e5) stage prod (only in the draft): ANY /other
        -> VPC link v1 abc123 -> NLB orders-nlb:8080
        -> NOT SEEN: target group
        arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/orders-other/50dc6c495c0c9188
        could not be read

    Findings
      blocker chain-broken: requests cannot arrive
        orders (REST a1b2c3d4e5) stage prod, 1 method: orders-nlb has no listener on
        port 8080
          ANY /legacy
      blocker draft-differs-from-stage: unfinished work in the draft
        orders (REST a1b2c3d4e5) stage dev: 2 methods are different in the draft
        than on the stage
          GET /orders: uri, timeoutInMillis
          POST /orders: only in the draft
      blocker canary-in-progress: a canary release is on the stage
        orders (REST a1b2c3d4e5) stage prod: 12.5 % of requests run deployment
        d4e5f6, which differs from the stage
      blocker stage-targets-differ: stages end at different ALB listeners
        orders (REST a1b2c3d4e5): GET /orders
          dev ends at ALB orders-alb:8443
          prod ends at no ALB
      blocker nlb-weighted-forward: a listener splits traffic by weight
        port 80 forwards by weight:
          90 to target group orders-blue
          10 to target group orders-green
      warning nlb-bridges-alb: every listener ends at an ALB
        port 80 at ALB orders-alb
      info stage-variable-link: the link is named by a stage variable
        orders (REST a1b2c3d4e5) stage prod: ${stageVariables.link} is VPC link
        abc123

    What would change it
      - Repair the way, or remove the methods; then scan again.
      - Deploy the draft to the stage on purpose, or put the draft back to what the
        stage runs; then scan again.
      - Promote the canary or remove it; then scan again.

    Not seen
      2 other gaps in eu-west-1 or of the account that this verdict does not name;
      unbridge report lists them
    ");
}

#[test]
fn what_was_not_seen_is_said_beside_the_verdict_it_holds_back() {
    assert_snapshot!(explained(&sample::full(), "billing-nlb", plain(80)), @"
    INCOMPLETE: 4 readings failed, 1 source is not read by this version.

    billing-nlb: removable-if
    As far as could be seen it can go, but something could not be seen or needs a
    person's word.
    arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/billing-nlb/50dc6c495c0c9188

    Why
      - other users could not be ruled out (unknown-users)
      - not seen: ec2:DescribeVpcEndpointConnections in eu-west-1 (denied)

    Chains
      billing (REST b1b2b3) stage live: ANY /{proxy+}
        -> VPC link v1 abc123 -> NLB billing-nlb:80
        -> target group billing-nlb-to-alb -> ALB billing-alb:80

    Findings
      warning nlb-bridges-alb: every listener ends at an ALB
        port 80 at ALB billing-alb
      warning ip-target-bridge: bridges by copied addresses
        target group billing-copied holds addresses of ALB billing-alb; stale
        addresses:
          10.0.1.17
      warning unknown-users: other users could not be ruled out
        not seen:
          ec2:DescribeVpcEndpointConnections in eu-west-1 (denied)
          Route 53 records that point at an NLB
          Global Accelerator endpoints

    What would change it
      - Allow the calls that failed and scan again; check by hand what this version
        does not read.
      - Let a scan see what stands under Not seen.

    Not seen
      ec2:DescribeVpcEndpointConnections in eu-west-1: denied
        -> allow ec2:DescribeVpcEndpointConnections and scan again
        You are not authorized to perform this operation.
      1 other gap in eu-west-1 or of the account that this verdict does not name;
      unbridge report lists them
    ");
}

#[test]
fn a_rewirable_nlb_names_who_else_needs_it() {
    assert_snapshot!(explained(&sample::full(), "chat-nlb", plain(80)), @"
    INCOMPLETE: 4 readings failed, 1 source is not read by this version.

    chat-nlb: rewirable
    Its APIs can move to the ALB, but something else needs it: it stays for now.
    arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/chat-nlb/50dc6c495c0c9188

    Why
      - bridges and serves other targets too (mixed-nlb)
      - a WebSocket API needs the NLB (websocket-uses-v1-link)
      - an endpoint service stands on the NLB (endpoint-service-consumer)

    Chains
      shop (HTTP h1h2h3) stage $default: ANY /shop/{proxy+}
        -> VPC link v1 abc123 -> NLB chat-nlb:80 -> target group chat-nlb-to-alb
        -> ALB shop-alb:80

    Findings
      warning mixed-nlb: bridges and serves other targets too
        port 80 to ALBs; other listeners:
          port 9000 to target group metrics (instance)
          port 9001 forwards nowhere
      warning websocket-uses-v1-link: a WebSocket API needs the NLB
        chat (WEBSOCKET w1w2w3) uses VPC link v1 abc123
      warning endpoint-service-consumer: an endpoint service stands on the NLB
        account 444455556666 connects to endpoint service vpce-svc-0a1b2c3d

    What would change it
      - Move the APIs; keep the NLB for the other listeners, or give their clients
        another way and delete those listeners.
      - Keep link and NLB for it, or give the WebSocket API another backend.
      - Ask the owners of the connections; keep the NLB for them, or give them
        another way and delete the endpoint service.

    Not seen
      2 other gaps in eu-west-1 or of the account that this verdict does not name;
      unbridge report lists them
    ");
}

#[test]
fn a_code_is_explained() {
    assert_snapshot!(code_explained(FindingCode::DraftDiffersFromStage), @"
    draft-differs-from-stage: unfinished work in the draft

    The editable API differs from what the stage runs. A move deploys the draft, so
    it would ship these differences too.

    What to do
      Deploy the draft to the stage on purpose, or put the draft back to what the
      stage runs; then scan again.

    Verdict
      blocked until draft and stage are equal.
    ");
}

#[test]
fn the_sample_shows_every_verdict_and_every_finding() {
    let all = everything(&sample::full(), plain(200));
    for verdict in Verdict::VARIANTS {
        assert!(all.contains(&format!("\n{verdict} ")), "{verdict}");
    }
    for code in FindingCode::ALL {
        assert!(all.contains(&code.to_string()), "{code}");
        assert!(code_explained(*code).starts_with(&format!("{code}: ")));
    }
}

#[test]
fn nothing_is_coloured_unless_asked_for() {
    let full = sample::full();
    let never = everything(&full, plain(100));
    assert!(!never.chars().any(|c| is_hazardous(c) && c != '\n'));
    let always = everything(
        &full,
        Look {
            width: 100,
            colour: Colour::Always,
        },
    );
    assert!(always.contains("\u{1b}[31mblocked\u{1b}[0m"));
    assert!(always.contains("\u{1b}[32mremovable\u{1b}[0m"));
    assert_eq!(without_colours(&always), never);
}

#[test]
fn hostile_names_never_reach_the_terminal_raw() {
    let hostile = sample::hostile();
    for (width, colour) in [
        (80, Colour::Never),
        (200, Colour::Never),
        (200, Colour::Always),
    ] {
        let shown = everything(&hostile, Look { width, colour });
        let raw = without_colours(&shown);
        assert!(!raw.chars().any(|c| is_hazardous(c) && c != '\n'));
        assert!(raw.contains("\\u{1b}]0;x\\u{7}"), "{raw}");
        assert!(!raw.contains("explain pay"), "{raw}");
    }
}

/// The text without the sequences this crate writes; any other escape stays in it.
fn without_colours(text: &str) -> String {
    ["0", "1", "2", "31", "32", "33"]
        .iter()
        .fold(text.to_owned(), |text, code| {
            text.replace(&format!("\u{1b}[{code}m"), "")
        })
}
