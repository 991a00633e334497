//! Plans and rehearsals, as they are told.

use serde_json::Value;
use unbridge_model::apigateway::Verb;
use unbridge_model::id::{RestApiId, StageName, StepId, VpcLinkId};
use unbridge_model::journal::Residue;
use unbridge_model::plan::operation::MethodRef;
use unbridge_model::plan::{Plan, Proof, Undo};
use unbridge_model::route::{AnyApi, Landing, ListenerEnd, Request, Share, UriScheme};
use unbridge_model::text::Text;
use unbridge_report::plan::{
    CounterExample, FORMAT_VERSION, Harmed, Left, Moment, RehearsalVerdict, Rehearsed, Served,
    Stop, Traced, plan, plan_diff, rehearsed, rehearsed_json, rehearsed_schema,
};
use unbridge_report::safe::is_hazardous;

use crate::plain;

const STORED: &str = include_str!("../../../../fixtures/plans/orders.plan.json");

fn stored() -> Plan {
    Plan::parse(STORED).expect("a plan")
}

/// The same plan after a change of its body.
fn changed(change: impl FnOnce(&mut Plan)) -> Plan {
    let mut plan = stored();
    change(&mut plan);
    Plan::new(plan.tool_version, plan.body)
}

fn shown(known: &Plan, width: u16) -> String {
    let mut out = String::new();
    plan(known, plain(width), &mut out).expect("a string takes everything");
    out
}

fn differ(old: &Plan, new: &Plan) -> String {
    let mut out = String::new();
    plan_diff(old, new, plain(80), &mut out).expect("a string takes everything");
    out
}

fn told(found: &Rehearsed, traced: Traced) -> String {
    let mut out = String::new();
    rehearsed(found, traced, plain(80), &mut out).expect("a string takes everything");
    out
}

fn served(link: &str, ends: &[ListenerEnd]) -> Served {
    let landing = match ends {
        [] => Landing::Refused,
        ends => Landing::Lands {
            scheme: UriScheme::Http,
            host: Text::new("orders.example"),
            path: Text::new("/orders"),
            ends: ends.iter().cloned().collect(),
        },
    };
    Served::new(Some(VpcLinkId::new(link).expect("a link")), &landing)
}

fn proven() -> Rehearsed {
    let plan = stored();
    Rehearsed {
        format_version: FORMAT_VERSION,
        tool_version: Text::new("0.1.0"),
        plan_id: plan.plan_id,
        body_digest: plan.body_digest,
        verdict: RehearsalVerdict::Proven,
        runs: 1,
        requests: 2,
        stops: Vec::new(),
        residue: Vec::new(),
        counter_example: None,
    }
}

fn refuted(lines: u64) -> Rehearsed {
    let request = Request {
        region: "eu-west-1".parse().expect("a region"),
        api: AnyApi::Rest(RestApiId::new("a1b2c3").expect("an API")),
        stage: StageName::new("prod").expect("a stage"),
        share: Share::Canary,
        verb: Verb::Get,
        path: Text::new("/orders"),
        query: Text::new(""),
        headers: Default::default(),
    };
    let before = served(
        "old",
        &[ListenerEnd::FixedResponse {
            status: Text::new("403"),
        }],
    );
    Rehearsed {
        verdict: RehearsalVerdict::Refuted,
        counter_example: Some(CounterExample {
            why: "something".to_owned(),
            harm: Some(Harmed::new(
                &request,
                Some(Text::new("orders-api")),
                before,
                served("new", &[]),
            )),
            circumstances: vec!["nothing goes wrong".to_owned()],
            trace: (0..lines)
                .map(|number| Moment {
                    seconds: number * 61,
                    what: format!("step-{number}: done"),
                })
                .collect(),
        }),
        ..proven()
    }
}

#[test]
fn a_plan_is_told_phase_by_phase_with_the_way_back() {
    let text = shown(&stored(), 200);
    let lines: Vec<&str> = text.lines().collect();
    let at = |words: &str| {
        let found = lines.iter().position(|line| line.starts_with(words));
        found.unwrap_or_else(|| panic!("{words} is not in {text}"))
    };
    assert!(at("prepare: ") < at("   8  ingress: ") && at("   8  ingress: ") < at("rewire: "));
    assert!(lines[at("   8  ingress: ") + 1].starts_with("      back: No longer let "));
    assert!(text.contains("goes on when prod did well for 5 min"));
    assert!(text.contains("goes on after 149 s, when requests have ended"));
    let steps = stored().body.steps;
    for step in &steps {
        assert!(text.contains(&format!("  {}: ", step.id)), "{}", step.id);
    }
}

#[test]
fn only_a_proof_of_this_very_body_counts() {
    let mut plan = stored();
    let proof = |body_digest| Proof {
        body_digest,
        tool_version: Text::new("0.1.0"),
        runs: 7,
        requests: 1,
    };
    assert!(shown(&plan, 80).contains("NOT PROVEN"));
    plan.proof = Some(proof(plan.body_digest.clone()));
    assert!(shown(&plan, 80).contains("PROVEN: rehearsed in 7 runs with 1 request."));
    let other = changed(|plan| drop(plan.body.steps.pop()));
    plan.proof = Some(proof(other.body_digest));
    assert!(shown(&plan, 80).contains("NOT PROVEN"));
}

#[test]
fn a_plan_over_gaps_and_a_step_without_way_back_are_told() {
    let plan = changed(|plan| {
        plan.body.missing.push(Text::new("what stage prod runs"));
        let last = plan.body.steps.last_mut().expect("a step");
        last.undo = Undo::Impossible {
            why: Text::new("it is gone for good"),
        };
    });
    let text = shown(&plan, 80);
    assert!(text.contains("INCOMPLETE") && text.contains("\n  what stage prod runs\n"));
    assert!(text.contains("no way back: it is gone for good"));
}

#[test]
fn a_plan_differs_in_what_was_seen_chosen_and_done() {
    let old = stored();
    assert_eq!(differ(&old, &old), "The plans do the same.\n");
    let new = changed(|plan| {
        let body = &mut plan.body;
        body.region = "us-east-1".parse().expect("a region");
        body.objects[0].digest = plan.body_digest.clone();
        body.choices.bake_seconds = 600;
        body.steps.retain(|step| step.id.as_str() != "ingress");
        body.steps[0].verify_within = 9;
    });
    let text = differ(&old, &new);
    for line in [
        "The plans differ.",
        "~ eu-west-1 in account 111122223333 -> us-east-1 in account 111122223333",
        "~ load balancer orders-alb has changed in AWS",
        "~ choice bake_seconds: 300 -> 600",
        "~ step baseline-deploy: verify_within: 0 -> 9",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(text.contains("\n- step ingress: "), "{text}");
    assert!(differ(&new, &old).contains("\n+ step ingress: "));
}

#[test]
fn steps_in_another_order_differ() {
    let moved = changed(|plan| plan.body.steps.swap(9, 10));
    let text = differ(&stored(), &moved);
    assert!(text.contains("another order"), "{text}");
}

#[test]
fn a_refuted_plan_shows_the_request_before_and_now() {
    let text = told(&refuted(2), Traced::End);
    insta::assert_snapshot!(text, @"
    REFUTED: a request is not served as before.
    Plan 65b86f11890d: 1 run, 2 requests followed.

    The request
      GET /orders to stage prod of orders-api (a1b2c3), answered by its canary
      release
      before  over VPC link old, as http://orders.example/orders, answered with 403
      now     over VPC link new, it cannot arrive

    When
      - nothing goes wrong

    What was done
      00:00:00  step-0: done
      00:01:01  step-1: done
    ");
}

#[test]
fn a_long_trace_is_cut_to_its_end_unless_all_is_asked_for() {
    let text = told(&refuted(40), Traced::End);
    assert!(
        text.contains("  ... 10 lines before; --verbose shows them\n  00:10:10  step-10: done\n")
    );
    assert!(text.contains("step-39: done") && !text.contains("step-9: done"));
    let text = told(&refuted(40), Traced::All);
    assert!(text.contains("step-0: done") && !text.contains("lines before"));
    assert!(!told(&refuted(30), Traced::End).contains("before; --verbose"));
}

#[test]
fn stops_and_what_stays_behind_are_told_once() {
    let residue = |path: &str| Residue::IntegrationTarget {
        method: MethodRef {
            api: RestApiId::new("a1b2c3").expect("an API"),
            resource: "r1".parse().expect("a resource"),
            path: Text::new(path),
            verb: Verb::Get,
        },
    };
    let why = Text::new("AWS refused it");
    let left = [
        residue("/a"),
        residue("/b"),
        Residue::NotUndone { why: why.clone() },
        Residue::NotUndone { why },
    ];
    let found = Rehearsed {
        stops: vec![Stop {
            step: StepId::new("proof").expect("a step"),
            why: "it failed".to_owned(),
            causes: vec!["this".to_owned(), "that".to_owned()],
        }],
        residue: Left::told(left.iter()),
        ..proven()
    };
    let text = told(&found, Traced::End);
    insta::assert_snapshot!(text, @"
    PROVEN: no request was served otherwise than before.
    Plan 65b86f11890d: 1 run, 2 requests followed.

    Where it would stop and go back, without harm
      - at step proof, if this; or that: it failed

    What may stay behind after going back
      - integrationTarget of 2 methods in the draft of REST API a1b2c3 (GET /a, GET
        /b): AWS lets nobody take it away
      - AWS refused it
    ");
}

#[test]
fn no_plan_and_no_rehearsal_shows_a_character_that_misleads() {
    let hostile = "\u{1b}[2Jproven\u{202e}\r\n\u{200b}";
    let plan = changed(|plan| {
        plan.body.missing.push(Text::new(hostile));
        for step in &mut plan.body.steps {
            step.forward = Text::new(hostile);
            step.backward = Text::new(hostile);
            step.undo = Undo::Impossible {
                why: Text::new(hostile),
            };
        }
    });
    let mut found = refuted(1);
    found.residue.push(Left::NotUndone {
        why: Text::new(hostile),
    });
    found.stops.push(Stop {
        step: StepId::new("proof").expect("a step"),
        why: hostile.to_owned(),
        causes: vec![hostile.to_owned()],
    });
    if let Some(example) = &mut found.counter_example {
        example.circumstances.push(hostile.to_owned());
        example.trace[0].what = hostile.to_owned();
        if let Some(harm) = &mut example.harm {
            harm.api_name = Some(Text::new(hostile));
            harm.path = Text::new(hostile);
            harm.now.ends.push(hostile.to_owned());
        }
    }
    let mut without_harm = found.clone();
    if let Some(example) = &mut without_harm.counter_example {
        example.harm = None;
        example.why = hostile.to_owned();
    }
    let mut json = Vec::new();
    rehearsed_json(&found, &mut json).expect("a vector takes everything");
    for text in [
        shown(&plan, 80),
        differ(&stored(), &plan),
        differ(&plan, &stored()),
        told(&found, Traced::All),
        told(&without_harm, Traced::End),
        String::from_utf8(json).expect("UTF-8"),
    ] {
        let shown = text.lines().find(|line| line.contains(is_hazardous));
        assert_eq!(shown, None);
        assert!(text.contains("202e"), "{text}");
    }
}

#[test]
fn no_line_of_a_plan_is_wider_than_asked() {
    for width in [40, 60, 80, 120] {
        let text = shown(&stored(), width);
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(usize::from(width)), "{width}: {widest:?}");
    }
}

#[test]
fn the_json_of_a_rehearsal_fits_its_schema() {
    let validator = jsonschema::validator_for(&rehearsed_schema()).expect("a schema");
    for found in [proven(), refuted(2)] {
        let mut json = Vec::new();
        rehearsed_json(&found, &mut json).expect("a vector takes everything");
        let value: Value = serde_json::from_slice(&json).expect("JSON");
        assert!(validator.is_valid(&value), "{value}");
        assert_eq!(value["format_version"], 1);
        let refuted = found.counter_example.is_some();
        assert_eq!(value["verdict"] == "refuted", refuted);
        assert_eq!(value["counter_example"].is_null(), !refuted);
    }
}
