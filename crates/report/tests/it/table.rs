//! The table, and what holds for everything that people read.

use insta::assert_snapshot;
use strum::VariantArray;
use unbridge_model::assessment::{Assessment, NlbAssessment};
use unbridge_model::call::CallKind;
use unbridge_model::finding::{FindingCode, Verdict};
use unbridge_model::gap::{GapClass, Unseen};
use unbridge_report::look::{Colour, Look};
use unbridge_report::rows::{Column, GroupBy, Headers, Layout};
use unbridge_report::safe::is_hazardous;
use unbridge_report::table::table;
use unbridge_report::view::View;
use unicode_width::UnicodeWidthStr;

use crate::{code_explained, explained, plain, sample};

fn tabled(assessment: &Assessment, look: Look) -> String {
    laid_out(&View::of(assessment.clone()), &Layout::default(), look)
}

fn laid_out(view: &View, layout: &Layout, look: Look) -> String {
    let mut out = String::new();
    table(view, layout, look, &mut out).expect("a string takes everything");
    out
}

/// The lines between what was scanned and the next heading.
fn rows(view: &View, layout: &Layout, width: u16) -> String {
    let shown = laid_out(view, layout, plain(width));
    let (_, rest) = shown.split_once("\n\n").expect("a head");
    let (rows, _) = rest.split_once("\n\nLinks").unwrap_or((rest, ""));
    rows.to_owned()
}

fn chosen(columns: &[Column]) -> Layout {
    Layout {
        columns: columns.to_vec(),
        ..Layout::default()
    }
}

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
    INCOMPLETE: 4 readings failed, 1 source was left out on request, 1 source is not
    read by this version. Verdicts that depend on it say so.
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
    rewirable       pets-nlb-2                             0     0  alb-health-
                    eu-west-1                                         check-wrong
                                                                    static-addresses
                                                                    +19 more
    blocked         orders-nlb                             8     1  chain-broken
                    eu-west-1                                       draft-differs-
                                                                      from-stage
                                                                    +4 more
    blocked         pets-nlb                               0     0  no-alb-listener-
                    eu-west-1                                         for-port
                                                                    port-not-allowed
                                                                    +21 more
    not-a-bridge    partners                               0     0  nlb-alb-without-
                    eu-west-1                                         gateway
    not-a-bridge    postgres                               ?     ?  nlb-direct-
                    us-east-1                                         target

    Links
      old999 (v1, nobody) in eu-west-1
        warning unused-v1-link: a VPC link v1 that nothing uses

    Private integrations
      HTTP API to an internal ALB in public subnets: 1 method, 1 stage, 1 API
      REST API over VPC link v1 to an internal NLB: 8 methods, 2 stages, 2 APIs
      REST API over VPC link v2 to an ALB: 2 methods, 1 stage, 1 API
      of these APIs, 1 is a private API (endpoint type PRIVATE): only VPC endpoints
      can call it

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
      left out on request: CloudFront origins
        -> scan without --skip-users
      not read by this version: Route 53 records that point at an NLB
        -> check these by hand before an NLB goes

    7 bridges among 9 NLBs: 1 can go once the APIs have moved; 1 can go now, the
    APIs go direct; 1 could go once what is not certain has been checked; 2 are
    needed by something else too; 2 are blocked.
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
    rewirable       pets-nlb-2                        eu-west-1       0     0       0                          alb-health-check-wrong     somebody chose its addresses
                                                                                                               static-addresses           DNS records lead to it
                                                                                                               +19 more
    blocked         orders-nlb                        eu-west-1       8     1       2  80, 8080  orders-alb    chain-broken               requests cannot arrive
                                                                                                               draft-differs-from-stage   unfinished work in the draft
                                                                                                               +4 more                    a canary release is on the stage
    blocked         pets-nlb                          eu-west-1       0     0       0                          no-alb-listener-for-port   API Gateway cannot call this port
                                                                                                               port-not-allowed           a rule looks at the source address
                                                                                                               +21 more
    not-a-bridge    partners                          eu-west-1       0     0       0            partners-alb  nlb-alb-without-gateway    no VPC link and no API names it
    not-a-bridge    postgres                          us-east-1       ?     ?       ?  ?         ?             nlb-direct-target          no listener of it reaches an ALB
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
fn chosen_columns_stand_in_their_order() {
    let columns = [
        Column::Nlb,
        Column::Verdict,
        Column::Severity,
        Column::Apis,
        Column::Tags,
        Column::Gaps,
    ];
    let view = View::of(sample::full());
    assert_snapshot!(rows(&view, &chosen(&columns), 80), @"
    NLB                      VERDICT         SEVERITY  APIS     TAGS          GAPS
    carts-nlb                removable       warning   carts    env=prod         3
                                                                team=shop
    carts-nlb-old-internal-  already-direct  warning   -        env=prod         3
      prod-eu-1                                                 team=shop
    billing-nlb              removable-if    warning   billing  env=prod         3
                                                                team=shop
    chat-nlb                 rewirable       warning   shop     env=prod         3
                                                                team=payment
                                                                  s
    pets-nlb-2               rewirable       warning   -        env=prod         3
                                                                team=payment
                                                                  s
    orders-nlb               blocked         blocker   orders   env=prod         3
                                                                team=payment
                                                                  s
    pets-nlb                 blocked         blocker   -        env=prod         3
                                                                team=payment
                                                                  s
    partners                 not-a-bridge    info      -        ?                3
    postgres                 not-a-bridge    info      ?        ?                5
    ");
}

#[test]
fn names_give_way_last() {
    let columns = [Column::Nlb, Column::Findings, Column::Reasons, Column::Albs];
    let view = View::of(sample::full());
    assert_snapshot!(rows(&view, &chosen(&columns), 80), @"
    NLB                      FINDINGS      WHY                       ALBS
    carts-nlb                nlb-bridges-  every chain over it can   carts-alb
                               alb           move, and every other
                                             source of users was
                                             read and empty
    carts-nlb-old-internal-  nlb-bridges-  APIs reach its ALB        carts-alb
      prod-eu-1                alb           directly
                             already-
                               direct
    billing-nlb              ip-target-    other users could not be  billing-alb
                               bridge        ruled out
                             unknown-      not seen:
                               users         ec2:DescribeVpcEndpoin
                             nlb-bridges-    tConnections in
                               alb           eu-west-1 (denied)
    chat-nlb                 mixed-nlb     bridges and serves other  shop-alb
                             websocket-      targets too
                               uses-v1-    a WebSocket API needs
                               link          the NLB
                             endpoint-     an endpoint service
                               service-      stands on the NLB
                               consumer
    pets-nlb-2               alb-health-   somebody chose its        -
                               check-        addresses
                               wrong       DNS records lead to it
                             static-
                               addresses
                             +19 more
    orders-nlb               chain-broken  requests cannot arrive    orders-alb
                             draft-        unfinished work in the
                               differs-      draft
                               from-stage  a canary release is on
                             +5 more         the stage
    pets-nlb                 no-alb-       API Gateway cannot call   -
                               listener-     this port
                               for-port    a rule looks at the
                             port-not-       source address
                               allowed
                             +20 more
    partners                 nlb-alb-      no VPC link and no API    partners-alb
                               without-      names it
                               gateway
    postgres                 nlb-direct-   no listener of it         ?
                               target        reaches an ALB
    ");
}

#[test]
fn columns_that_do_not_fit_side_by_side_stand_below_each_other() {
    let view = View::of(sample::full());
    let shown = rows(&view, &chosen(Column::VARIANTS), 80);
    let first = shown.split("\n\n").next().unwrap_or_default();
    assert_snapshot!(first, @"
    VERDICT            removable
    PREVIOUS VERDICT   ?
    NLB                carts-nlb
    ACCOUNT            111122223333
    ACCOUNT NAME       ?
    OU                 ?
    REGION             eu-west-1
    ARN                arn:aws:elasticloadbalancing:eu-west-
                       1:111122223333:loadbalancer/net/carts-nlb/50dc6c495c0c9188
    CHAINS             1
    APIS               carts
    STAGES             carts/prod
    ALBS               carts-alb
    PORTS              80
    SEVERITY           warning
    FINDINGS           nlb-bridges-alb
    ACCEPTED           -
    WHY                every chain over it can move, and every other source of users
                       was read and empty
    TAGS               env=prod, team=shop
    GAPS               3
    CURRENCY           ?
    MONTHLY COST       ?
    MONTHLY SAVINGS    ?
    MONTHLY POTENTIAL  ?
    ");
    assert_eq!(shown.split("\n\n").count(), view.assessment.nlbs.len());
}

#[test]
fn no_line_of_chosen_columns_is_wider_than_asked() {
    for (name, view) in sample::views() {
        for number in [1, 2, 5, Column::VARIANTS.len()] {
            for columns in Column::VARIANTS.windows(number) {
                for width in [40, 80, 200] {
                    let shown = rows(&view, &chosen(columns), width);
                    for line in shown.lines().filter(|line| !line.starts_with("Next: ")) {
                        assert!(line.width() <= usize::from(width), "{name} {width}: {line}");
                    }
                }
            }
        }
    }
}

#[test]
fn columns_need_not_be_named() {
    let view = View::of(sample::full());
    let hidden = |columns: &[Column]| Layout {
        headers: Headers::Hidden,
        ..chosen(columns)
    };
    let first = |layout: &Layout| {
        let shown = rows(&view, layout, 80);
        shown.lines().next().unwrap_or_default().to_owned()
    };
    assert!(first(&chosen(&[])).starts_with("VERDICT "));
    assert!(first(&hidden(&[])).starts_with("removable "));
    assert_eq!(first(&chosen(&[Column::Gaps, Column::Nlb])), "GAPS  NLB");
    assert_eq!(
        first(&hidden(&[Column::Gaps, Column::Nlb])),
        "   3  carts-nlb"
    );
    assert_eq!(first(&hidden(Column::VARIANTS)), "removable");
}

#[test]
fn groups_are_tables_in_line_with_each_other() {
    let layout = Layout {
        group_by: Some(GroupBy::Region),
        ..Layout::default()
    };
    assert_snapshot!(rows(&View::of(sample::full()), &layout, 80), @"
    eu-west-1: 8 NLBs
    VERDICT         NLB                               CHAINS  APIS  FINDINGS
    removable       carts-nlb                              1     1  nlb-bridges-alb
    already-direct  carts-nlb-old-internal-prod-eu-1       0     0  already-direct
    removable-if    billing-nlb                            1     1  ip-target-bridge
    rewirable       chat-nlb                               1     1  mixed-nlb
                                                                    websocket-uses-
                                                                      v1-link
                                                                    endpoint-
                                                                      service-
                                                                      consumer
    rewirable       pets-nlb-2                             0     0  alb-health-
                                                                      check-wrong
                                                                    static-addresses
                                                                    +19 more
    blocked         orders-nlb                             8     1  chain-broken
                                                                    draft-differs-
                                                                      from-stage
                                                                    +4 more
    blocked         pets-nlb                               0     0  no-alb-listener-
                                                                      for-port
                                                                    port-not-allowed
                                                                    +21 more
    not-a-bridge    partners                               0     0  nlb-alb-without-
                                                                      gateway

    us-east-1: 1 NLB
    VERDICT         NLB                               CHAINS  APIS  FINDINGS
    not-a-bridge    postgres                               ?     ?  nlb-direct-
                                                                      target
    ");
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
fn a_denied_call_names_every_action_it_needs() {
    let mut assessment = sample::full();
    assessment.gaps.truncate(1);
    assessment.gaps[0].unseen = Unseen::Call {
        call: CallKind::GetWebAclForResource,
        of: None,
    };
    assessment.gaps[0].class = GapClass::Denied;
    let shown = tabled(&assessment, plain(200));
    let remedy = "-> allow wafv2:GetWebACLForResource, wafv2:GetWebACL, \
                  elasticloadbalancing:GetLoadBalancerWebACL and scan again";
    assert!(shown.contains(remedy), "{shown}");
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
    let section = shown.split("Not seen").nth(1).expect("a section");
    let lines = section.split("\n\n").next().map(str::lines);
    assert!(lines.is_some_and(|lines| lines.count() < 6), "{section}");
}

#[test]
fn an_nlb_with_many_findings_stays_a_short_row() {
    for width in [80, 120, 200] {
        let shown = tabled(&sample::full(), plain(width));
        let row = shown
            .lines()
            .skip_while(|line| !line.contains("pets-nlb-2"))
            .take_while(|line| !line.starts_with("blocked"));
        let row: Vec<&str> = row.collect();
        assert!(row.len() <= 6, "{width}: {row:#?}");
        assert!(row.iter().any(|line| line.contains("+19 more")), "{row:#?}");
    }
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
