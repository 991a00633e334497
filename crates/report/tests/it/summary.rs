//! What a plan comes to, as it is told to whoever decides about it.

use unbridge_model::finding::{FindingCode, OwnedKind};
use unbridge_model::id::{LoadBalancerArn, StageName, VpcLinkId};
use unbridge_model::plan::choices::StageRef;
use unbridge_model::plan::elsewhere::{Elsewhere, OwnerTool, PropertyChange};
use unbridge_model::plan::forecast::{Forecast, PhaseTime, RefusedDeployments, Saving};
use unbridge_model::plan::names::NamedLink;
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::waiting::{Subject, Waiting, WaitingCode};
use unbridge_model::plan::{Body, Phase, Plan, Proof};
use unbridge_model::text::Text;
use unbridge_report::look::{Colour, Look};
use unbridge_report::plan::{plan, plan_summary};
use unbridge_report::safe::is_hazardous;

use crate::plain;

const STORED: &str = include_str!("../../../../fixtures/plans/orders.plan.json");
const API: &str = "c65npcywlk";
const LINK: &str = "ayryfm";
const COMMAND: &str = "unbridge plan --snapshot account.jsonl.zst";

fn stored() -> Plan {
    Plan::parse(STORED).expect("a plan")
}

fn nlb(name: &str) -> LoadBalancerArn {
    let arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net";
    LoadBalancerArn::new(format!("{arn}/{name}/50dc6c495c0c9188")).expect("an ARN")
}

/// The stored plan with this done to its body.
fn changed(change: impl FnOnce(&mut Body)) -> Plan {
    let Plan {
        tool_version,
        mut body,
        ..
    } = stored();
    body.names
        .apis
        .insert(Text::new(API), Text::new("orders-api"));
    let link = NamedLink {
        name: Text::new("orders-link"),
        nlb: Some(nlb("orders-nlb")),
    };
    let id = VpcLinkId::new(LINK).expect("a link");
    body.names.links.insert(id, link);
    change(&mut body);
    Plan::new(tool_version, body)
}

fn told(plan: &Plan) -> String {
    let mut out = String::new();
    plan_summary(plan, Some(COMMAND), plain(80), &mut out).expect("a string takes everything");
    out
}

/// The part under a title, without it.
fn part<'t>(text: &'t str, title: &str) -> &'t str {
    let (_, rest) = text
        .split_once(&format!("\n{title}\n"))
        .unwrap_or_else(|| panic!("{text}"));
    rest.split("\n\n").next().expect("a part")
}

fn waiting(what: Subject, flag: Option<&str>) -> Waiting {
    Waiting {
        code: WaitingCode::NeedsAWord,
        what,
        finding: Some(FindingCode::TlsEndsAtNlb),
        why: Text::new("TLS ends at the NLB"),
        next: Text::new("unbridge explain tls-ends-at-nlb"),
        flag: flag.map(Text::new),
    }
}

fn forecast() -> Forecast {
    let time = |phase, calls, work_seconds, watch_seconds| PhaseTime {
        phase,
        calls,
        work_seconds,
        watch_seconds,
    };
    Forecast {
        phases: vec![
            time(Phase::Baseline, 9, 40, 0),
            time(Phase::Prepare, 12, 250, 0),
            time(Phase::Rewire, 12, 4, 0),
            time(Phase::Shift, 40, 70, 2100),
        ],
        refused_deployments: vec![
            RefusedDeployments {
                api: Text::new(API),
                stage: None,
                seconds: 7200,
            },
            RefusedDeployments {
                api: Text::new(API),
                stage: Some(StageName::new("prod").expect("a stage")),
                seconds: 930,
            },
        ],
        savings: vec![
            Saving {
                nlb: nlb("orders-nlb"),
                currency: Some(Text::new("USD")),
                low: Some(Text::new("16.43")),
                expected: Some(Text::new("18.6")),
                high: None,
                unknown: vec![Text::new("usage was not read")],
            },
            Saving {
                nlb: nlb("old-nlb"),
                currency: None,
                low: None,
                expected: None,
                high: None,
                unknown: Vec::new(),
            },
        ],
    }
}

#[test]
fn methods_that_change_alike_stand_together_with_the_old_way_and_the_new() {
    let text = told(&changed(|_| {}));
    insta::assert_snapshot!(part(&text, "What changes"), @"
    REST API orders-api (c65npcywlk), stages staging, prod: 6 methods
      GET /orders, POST /orders, GET /orders/{id}, PUT /orders/{id}, GET
      /orders/{id}/items, ANY /returns/{proxy+}
        - over link v1 orders-link (ayryfm) and NLB orders-nlb
        + over the link v2 of step link to ALB orders-alb
    ");
}

#[test]
fn three_hundred_methods_stay_readable() {
    let plan = changed(|body| {
        let step = body.steps.iter().find(|step| step.phase == Phase::Rewire);
        let step = step.expect("a rewired method").clone();
        for number in 0..300 {
            let mut more = step.clone();
            more.id = format!("more-{number}").parse().expect("a name");
            if let Operation::UpdateIntegration { method, .. } = &mut more.operation {
                method.path = Text::from(format!("/more/{number}"));
            }
            body.steps.push(more);
        }
    });
    let text = told(&plan);
    assert!(text.contains(": 306 methods\n"), "{text}");
    assert!(text.lines().count() < 60, "{text}");
}

#[test]
fn a_change_of_scheme_or_port_shows_the_address_before_and_after() {
    let plan = changed(|body| {
        for step in &mut body.steps {
            let unbridge_model::plan::Undo::Operation {
                operation: undo, ..
            } = &mut step.undo
            else {
                continue;
            };
            if let (
                Operation::UpdateIntegration { patch: new, .. },
                Operation::UpdateIntegration { patch: old, .. },
            ) = (&mut step.operation, undo)
            {
                new.uri = Some(unbridge_model::uri::Uri::new(
                    "http://orders.example:8080/a",
                ));
                old.uri = Some(unbridge_model::uri::Uri::new("https://orders.example/a"));
            }
        }
    });
    let text = told(&plan);
    let changes = part(&text, "What changes");
    assert!(
        changes.contains("- address https://orders.example\n"),
        "{text}"
    );
    assert!(
        changes.contains("+ address http://orders.example:8080"),
        "{text}"
    );
}

#[test]
fn time_for_work_is_told_apart_from_time_for_watching() {
    let text = told(&changed(|body| body.forecast = Some(forecast())));
    insta::assert_snapshot!(part(&text, "Steps"), @"
    baseline   4 steps  9 calls, 40 s
    prepare    5 steps  12 calls, 5 min
    rewire     6 steps  12 calls, 4 s
    shift     13 steps  40 calls, 70 s; 35 min of watching
    in all    28 steps  73 calls, 7 min; 35 min of watching
    ");
    insta::assert_snapshot!(part(&text, "While it runs, others do not deploy"), @"
    orders-api (c65npcywlk): for 2 h whoever deploys it would ship a draft that is
    half moved
    orders-api (c65npcywlk) stage prod: AWS refuses ordinary deployments for 16
    min (canary releases)
    ");
}

#[test]
fn savings_that_are_not_known_are_not_nothing() {
    let text = told(&changed(|body| body.forecast = Some(forecast())));
    insta::assert_snapshot!(part(&text, "Saved a month once they are gone (unbridge plan retire)"), @"
    NLB orders-nlb  18.60 USD (16.43 or more); not known: usage was not read
    NLB old-nlb  an unknown amount
    ");
}

#[test]
fn what_waits_is_told_with_why_and_next_and_one_command_for_all_flags() {
    let stage = Subject::Stage(StageRef {
        api: Text::new(API),
        stage: StageName::new("prod").expect("a stage"),
    });
    let text = told(&changed(|body| {
        body.waiting = vec![
            waiting(Subject::Nlb(nlb("a-nlb")), Some("--accept tls-ends-at-nlb")),
            waiting(Subject::Nlb(nlb("a-nlb")), Some("--accept rare-traffic")),
            waiting(stage, Some("--edit c65npcywlk")),
            waiting(Subject::Nlb(nlb("z-nlb")), None),
        ];
    }));
    let (_, left_out) = text.split_once("\nWAITING").expect("what waits");
    insta::assert_snapshot!(left_out, @"
    : 4 things left out
      needs-a-word (tls-ends-at-nlb): TLS ends at the NLB
        NLB a-nlb
          or: --accept tls-ends-at-nlb
          or: --accept rare-traffic
        API orders-api (c65npcywlk) stage prod
          or: --edit c65npcywlk
        NLB z-nlb
        next: unbridge explain tls-ends-at-nlb

    Whoever takes all of that upon themselves plans it with
      unbridge plan --snapshot account.jsonl.zst --accept rare-traffic,tls-ends-at-nlb --edit c65npcywlk
    ");
}

#[test]
fn changes_elsewhere_are_told_in_the_owners_words_and_alike_ones_together() {
    let text = told(&changed(|body| {
        let change = |which: &str| Elsewhere {
            owner: OwnerTool::Cloudformation,
            kind: OwnedKind::Api,
            id: Text::new(API),
            evidence: Some(Text::new("aws:cloudformation:stack-name=orders")),
            resource: Text::new("AWS::ApiGateway::Method"),
            which: Text::new(which),
            set: vec![
                PropertyChange {
                    property: Text::new("Integration.ConnectionId"),
                    old: Some(Text::new(LINK)),
                    new: Text::new("<the new link>"),
                },
                PropertyChange {
                    property: Text::new("Integration.IntegrationTarget"),
                    old: None,
                    new: Text::new("<the ALB>"),
                },
            ],
        };
        body.elsewhere = vec![change("GET /orders"), change("POST /orders")];
    }));
    let (_, elsewhere) = text.split_once("\nELSEWHERE").expect("changes elsewhere");
    insta::assert_snapshot!(elsewhere, @"
    : 2 changes for others to make
      API orders-api (c65npcywlk), which CloudFormation owns
      (aws:cloudformation:stack-name=orders)
        AWS::ApiGateway::Method: GET /orders, POST /orders
          - Integration.ConnectionId: ayryfm
          + Integration.ConnectionId: <the new link>
          + Integration.IntegrationTarget: <the ALB>
    ");
}

#[test]
fn a_plan_without_steps_says_that_and_nothing_of_a_proof() {
    let nothing = |body: &mut Body| body.steps.clear();
    let text = told(&changed(nothing));
    assert!(!text.contains("PROVEN"), "{text}");
    assert!(text.contains("NOTHING TO CARRY OUT: nothing of what was asked for has to move."));
    let text = told(&changed(|body| {
        nothing(body);
        body.waiting = vec![waiting(Subject::Nlb(nlb("a-nlb")), None)];
    }));
    assert!(text.contains("NOTHING TO CARRY OUT: everything that was asked for waits"));
    assert!(!text.contains("with\n"), "no flag helps: {text}");
}

#[test]
fn what_was_not_seen_is_named_and_a_proof_counts() {
    let mut plan = changed(|body| {
        body.complete = false;
        body.missing = vec![Text::new("GetExport of prod (denied)")];
    });
    assert!(told(&plan).contains("\nNOT PROVEN: "));
    plan.proof = Some(Proof {
        body_digest: plan.body_digest.clone(),
        tool_version: Text::new("0.1.0"),
        runs: 1200,
        requests: 1,
    });
    let text = told(&plan);
    assert!(text.contains("\nPROVEN: rehearsed in 1200 runs with 1 request.\n"));
    assert!(
        text.contains("\nINCOMPLETE: it was made without seeing everything.\n  GetExport of prod")
    );
}

#[test]
fn plan_show_tells_the_same_and_the_steps() {
    let known = changed(|body| body.forecast = Some(forecast()));
    let mut shown = String::new();
    plan(&known, plain(80), &mut shown).expect("a string takes everything");
    let summary = told(&known);
    assert!(shown.starts_with(&summary), "{shown}");
    assert!(
        shown[summary.len()..].contains("\n   1  baseline-deploy: "),
        "{shown}"
    );
}

#[test]
fn hostile_names_are_harmless_and_lines_keep_their_width() {
    let evil = "evil\u{1b}[31m\u{202e}\r\nPROVEN";
    let plan = changed(|body| {
        body.names.apis.insert(Text::new(API), Text::new(evil));
        for link in body.names.links.values_mut() {
            link.name = Text::new(evil);
        }
        let mut left = waiting(
            Subject::Api {
                id: Text::new(evil),
                name: Text::new(evil),
            },
            Some(evil),
        );
        left.why = Text::new(evil);
        left.next = Text::new(evil);
        body.waiting = vec![left];
        body.elsewhere = vec![Elsewhere {
            owner: OwnerTool::Unknown,
            kind: OwnedKind::Stage,
            id: Text::new(evil),
            evidence: Some(Text::new(evil)),
            resource: Text::new(evil),
            which: Text::new(evil),
            set: vec![PropertyChange {
                property: Text::new(evil),
                old: Some(Text::new(evil)),
                new: Text::new(evil),
            }],
        }];
        for step in &mut body.steps {
            step.forward = Text::new(evil);
            if let Operation::UpdateIntegration { method, .. } = &mut step.operation {
                method.path = Text::new(evil);
            }
        }
    });
    for width in [40, 80] {
        let mut out = String::new();
        plan_summary(&plan, None, plain(width), &mut out).expect("a string takes everything");
        assert!(!out.chars().any(|c| c != '\n' && is_hazardous(c)), "{out}");
        assert!(!out.lines().any(|line| line.starts_with("PROVEN")), "{out}");
        // Flags are to be copied whole.
        let (page, _) = out.split_once("\nWhoever takes").expect("flags");
        let mut lines = page.lines().filter(|line| !line.contains(" or: "));
        let wide = lines.find(|line| line.chars().count() > usize::from(width));
        assert_eq!(wide, None);
    }
}

#[test]
fn colours_say_what_goes_and_what_comes() {
    let look = Look {
        width: 80,
        colour: Colour::Always,
    };
    let mut out = String::new();
    plan_summary(&changed(|_| {}), None, look, &mut out).expect("a string takes everything");
    assert!(
        out.contains("\u{1b}[31m-\u{1b}[0m over link v1 orders-link"),
        "{out}"
    );
    assert!(
        out.contains("\u{1b}[32m+\u{1b}[0m over the link v2"),
        "{out}"
    );
    assert!(out.contains("\u{1b}[33mNOT PROVEN\u{1b}[0m"), "{out}");
}
