//! Runs, as they are told: journals that a test of the rehearsal keeps, and every beginning of them.

use jiff::Timestamp;
use serde_json::Value;
use unbridge_model::id::{LoadBalancerArn, StepId};
use unbridge_model::journal::{End, Entry, Event, RunState, StepState, Written};
use unbridge_model::plan::forecast::{Forecast, PhaseTime, Saving};
use unbridge_model::plan::names::NamedLink;
use unbridge_model::plan::{Body, Phase, Plan};
use unbridge_model::text::Text;
use unbridge_report::run::{
    Asked, From, Kept, Latency, Measured, NlbTraffic, Percentiles, Realised, RunTold, Setting,
    SettingsTold, Stands, Status, drafts_changed, journal, json, schema, settings, status,
};
use unbridge_report::safe::is_hazardous;

use crate::plain;

const PLAN: &str = include_str!("../../../../fixtures/plans/orders.plan.json");
const STOPPED: &str = include_str!("../../../../fixtures/journals/stopped.journal.jsonl");
const EXPIRED: &str = include_str!("../../../../fixtures/journals/expired.journal.jsonl");
const COMPLETED: &str = include_str!("../../../../fixtures/journals/completed.journal.jsonl");
const ROLLED_BACK: &str = include_str!("../../../../fixtures/journals/rolled-back.journal.jsonl");
const STUCK: &str = include_str!("../../../../fixtures/journals/stuck.journal.jsonl");
const ALL: [&str; 5] = [STOPPED, EXPIRED, COMPLETED, ROLLED_BACK, STUCK];

fn plan() -> Plan {
    Plan::parse(PLAN).expect("a plan")
}

fn nlb() -> LoadBalancerArn {
    let arn =
        "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/orders-nlb/50dc";
    LoadBalancerArn::new(arn).expect("an ARN")
}

fn saving() -> Saving {
    Saving {
        nlb: nlb(),
        currency: Some(Text::new("USD")),
        low: Some(Text::new("21.02")),
        expected: Some(Text::new("23.02")),
        high: Some(Text::new("23.65")),
        unknown: Vec::new(),
    }
}

/// The plan with a forecast and names, and its journals with it.
fn forecast(text: &str) -> (Plan, Written) {
    let Plan {
        tool_version,
        mut body,
        ..
    } = plan();
    let time = |phase, work_seconds, watch_seconds| PhaseTime {
        phase,
        calls: 10,
        work_seconds,
        watch_seconds,
    };
    body.forecast = Some(Forecast {
        phases: vec![
            time(Phase::Baseline, 8, 0),
            time(Phase::Prepare, 250, 0),
            time(Phase::Rewire, 12, 0),
            time(Phase::Shift, 26, 2158),
        ],
        savings: vec![saving()],
        ..Forecast::default()
    });
    let link = NamedLink {
        name: Text::new("orders-link"),
        nlb: Some(nlb()),
    };
    body.names
        .links
        .insert("ayryfm".parse().expect("a link"), link);
    let plan = Plan::new(tool_version, body);
    let mut written = Written::parse(text).expect("a journal");
    written.header.body_digest = plan.body_digest.clone();
    (plan, written)
}

fn told(written: &Written, plan: Option<&Plan>) -> RunTold {
    let told = RunTold::of(&Kept {
        written,
        bytes: written.whole,
        plan,
        typed: "orders.plan.json",
    });
    told.expect("a run")
}

fn at(time: &str) -> Timestamp {
    time.parse().expect("a time")
}

fn asked(plan: &Plan, written: &Written, now: &str, measured: Measured) -> Status {
    let status = Status::of(Asked {
        plan,
        journal: Some((written, written.whole)),
        typed: "orders.plan.json",
        now: at(now),
        measured,
    });
    status.expect("a status")
}

fn page(told: &Status, plan: &Plan, width: u16) -> String {
    let mut out = String::new();
    status(told, plan, plain(width), &mut out).expect("a string takes everything");
    out
}

fn journal_page(run: &RunTold, width: u16) -> String {
    let mut out = String::new();
    journal(run, plain(width), &mut out).expect("a string takes everything");
    out
}

/// Every beginning of a journal that is one.
fn beginnings(text: &str) -> Vec<Written> {
    let whole = Written::parse(text).expect("a journal");
    let parts = (0..=whole.entries.len()).map(|many| Written {
        entries: whole.entries[..many].to_vec(),
        ..whole.clone()
    });
    parts.collect()
}

#[test]
fn at_every_event_steps_and_run_are_as_the_model_has_them() {
    let plan = plan();
    for written in ALL.iter().flat_map(|text| beginnings(text)) {
        let folded = written.fold(&plan).expect("a journal of the plan");
        let run = told(&written, Some(&plan));
        let states: Vec<_> = run.steps.iter().map(|step| step.state).collect();
        assert_eq!(states, folded.states().collect::<Vec<_>>());
        let stands = match folded.run() {
            RunState::Forward | RunState::Back => {
                matches!(run.stands, Stands::UnderWay { .. } | Stands::Stopped { .. })
            }
            RunState::Stuck(step) => {
                matches!(&run.stands, Stands::Stuck { step: told, .. } if told == step)
            }
            RunState::Ended(End::Completed) => matches!(run.stands, Stands::Completed { .. }),
            RunState::Ended(End::RolledBack) => matches!(run.stands, Stands::RolledBack { .. }),
        };
        assert!(stands, "{:?}: {:?}", folded.run(), run.stands);
        for (step, output) in folded.outputs().iter() {
            let known = run.steps.iter().find(|told| told.step == *step);
            assert_eq!(known.and_then(|told| told.made.as_ref()), Some(output));
        }
    }
}

#[test]
fn without_the_plan_the_same_is_told_of_the_steps_that_were_begun() {
    let plan = plan();
    for written in ALL.iter().flat_map(|text| beginnings(text)) {
        let (with, alone) = (told(&written, Some(&plan)), told(&written, None));
        let begun = with.steps.iter().filter(|step| step.at.is_some());
        let begun: Vec<_> = begun
            .map(|step| (&step.step, step.state, step.tries))
            .collect();
        let steps = alone.steps.iter();
        let steps: Vec<_> = steps
            .map(|step| (&step.step, step.state, step.tries))
            .collect();
        assert_eq!(steps, begun);
        assert_eq!(alone.stands, with.stands);
    }
}

#[test]
fn a_step_that_was_refused_twice_was_tried_three_times() {
    let written = Written::parse(STOPPED).expect("a journal");
    let run = told(&written, Some(&plan()));
    let tries = |id: &str| {
        let step = run.steps.iter().find(|step| step.step.as_str() == id);
        step.expect("a step").tries
    };
    assert_eq!(
        (tries("group"), tries("link"), tries("prod-promote")),
        (3, 1, 0)
    );
}

/// How a stage's share goes through a run, each told once.
fn shares(text: &str, stage: &str) -> Vec<(Option<u8>, Option<u8>)> {
    let plan = plan();
    let mut all: Vec<_> = beginnings(text)
        .iter()
        .map(|written| {
            let status = asked(&plan, written, "2026-01-05T10:00:00Z", Measured::default());
            let share = status
                .stages
                .iter()
                .find(|share| share.stage.as_str() == stage);
            let share = share.expect("the stage");
            (share.percent, share.or_percent)
        })
        .collect();
    all.dedup();
    all
}

#[test]
fn the_share_of_a_stage_is_what_was_made_and_beside_it_what_was_asked_for() {
    let known = |percent| (Some(percent), None);
    let or = |percent, other| (Some(percent), Some(other));
    let forward = [
        known(0),
        or(0, 10),
        known(10),
        or(10, 50),
        known(50),
        or(50, 100),
        known(100),
        or(100, 0),
        known(0),
        or(0, 100),
        known(100),
    ];
    assert_eq!(shares(COMPLETED, "prod"), forward);
    let back = [&forward[..5], &[or(10, 50), known(10), known(0)]].concat();
    assert_eq!(shares(ROLLED_BACK, "prod"), back);
}

#[test]
fn a_stage_whose_promotion_is_taken_back_goes_the_old_way_at_once() {
    let all = shares(ROLLED_BACK, "staging");
    let promoted = all.iter().rposition(|share| *share == (Some(100), None));
    let after = &all[promoted.expect("it was promoted") + 1..];
    assert_eq!(after, [(Some(0), Some(100)), (Some(0), None)]);
}

#[test]
fn a_share_that_was_left_as_it_stands_is_not_known() {
    let plan = plan();
    let mut written = Written::parse(STUCK).expect("a journal");
    let at = written
        .entries
        .iter()
        .position(|entry| matches!(&entry.event, Event::TurnedBack { .. }))
        .expect("it went back");
    written.entries.truncate(at + 1);
    let mut left = written.entries[at].clone();
    left.number += 1;
    left.event = Event::Left {
        step: StepId::new("prod-promote").expect("a step"),
        residue: unbridge_model::journal::Residue::NotUndone {
            why: Text::new("somebody else deployed"),
        },
    };
    written.entries.push(left);
    let status = asked(&plan, &written, "2026-01-05T10:00:00Z", Measured::default());
    assert_eq!(status.stages[1].percent, None);
    let page = page(&status, &plan, 80);
    assert!(page.contains("stage prod: not known"), "{page}");
}

#[test]
fn what_is_left_shrinks_from_the_whole_forecast_to_nothing() {
    let (plan, whole) = forecast(COMPLETED);
    let seconds = |written: &Written| {
        let now = written.entries.last();
        let now = now.map_or(&written.header.began_at, |entry| &entry.at);
        let left = asked(&plan, written, now, Measured::default()).left;
        left.map(|left| left.work_seconds + left.watch_seconds)
    };
    let all = plan.body.forecast.as_ref().expect("a forecast").seconds();
    let parts = (0..whole.entries.len()).map(|many| Written {
        entries: whole.entries[..many].to_vec(),
        ..whole.clone()
    });
    let left: Vec<u64> = parts
        .map(|part| seconds(&part).expect("a forecast"))
        .collect();
    assert_eq!(left.first(), Some(&all));
    assert!(left.is_sorted_by(|one, next| one >= next), "{left:?}");
    assert_eq!(left.last(), Some(&0));
    assert_eq!(seconds(&whole), None, "it is over");
}

#[test]
fn a_watch_that_goes_on_counts_what_has_passed_of_it_and_one_that_stopped_begins_anew() {
    let (plan, mut written) = forecast(STOPPED);
    let left = |written: &Written, now| {
        let left = asked(&plan, written, now, Measured::default()).left;
        left.expect("a forecast").watch_seconds
    };
    let stopped = left(&written, "2026-01-05T09:28:44Z");
    written.entries.pop();
    assert_eq!(left(&written, "2026-01-05T09:28:44Z") + 120, stopped);
    assert_eq!(left(&written, "2026-01-05T09:26:44Z"), stopped);
}

#[test]
fn a_run_of_which_nothing_is_heard_for_long_is_said_to_be_silent() {
    let plan = plan();
    let mut written = Written::parse(STOPPED).expect("a journal");
    let status = asked(&plan, &written, "2026-01-05T12:00:00Z", Measured::default());
    assert_eq!(status.silent_for, None, "it said that it stopped");
    written.entries.pop();
    // 09:26:44 is the last event: its watch takes 5 min, and seeing it may take as long.
    let silent = |now| asked(&plan, &written, now, Measured::default()).silent_for;
    assert_eq!(silent("2026-01-05T09:40:00Z"), None);
    let status = asked(&plan, &written, "2026-01-05T12:26:44Z", Measured::default());
    assert_eq!(status.silent_for, Some(3 * 3600));
    assert!(page(&status, &plan, 80).contains("SILENT"));
    assert_eq!(
        silent("2026-01-01T00:00:00Z"),
        None,
        "a clock that is behind"
    );
}

#[test]
fn what_a_run_waits_for_is_said_while_it_goes_on() {
    let plan = plan();
    let waits: Vec<String> = beginnings(STOPPED)
        .iter()
        .map(|written| {
            let status = asked(&plan, written, "2026-01-05T09:00:00Z", Measured::default());
            let at = status.position.expect("it is not over");
            at.waits_for.unwrap_or_default()
        })
        .collect();
    for words in [
        "what has to hold before it",
        "AWS's answer",
        "the next attempt; the last one was not made: ",
        "the change to be found: there was no answer",
        "its effect to be seen, for up to ",
        "goes on when prod did well for 5 min",
        "goes on after 149 s, when requests have ended",
    ] {
        assert!(
            waits.iter().any(|told| told.contains(words)),
            "{words}: {waits:#?}"
        );
    }
    assert_eq!(waits.last().map(String::as_str), Some(""), "it stopped");
}

fn passed(hours: u64, flows: Option<f64>, bytes: Option<f64>) -> Measured {
    Measured {
        nlb_traffic: Some(vec![NlbTraffic {
            nlb: nlb(),
            hours,
            flows,
            bytes,
        }]),
        ..Measured::default()
    }
}

#[test]
fn a_retirement_waits_for_quiet_days_and_for_what_was_not_measured() {
    let (plan, written) = forecast(COMPLETED);
    let soak = |measured| {
        let status = asked(&plan, &written, "2026-01-08T09:38:58Z", measured);
        (
            page(&status, &plan, 80),
            status.soak.expect("it is complete"),
        )
    };
    let (text, nothing) = soak(Measured::default());
    assert_eq!(nothing.not_before, Some(Text::new("2026-02-09T09:38:58Z")));
    assert!(
        text.contains("2026-01-05 09:38:58 UTC, 3 days ago"),
        "{text}"
    );
    assert!(text.contains("in 32 days"), "{text}");
    assert_eq!(text.matches("\n  not measured\n").count(), 2, "{text}");
    let reckoned = "not known whether it is gone; 23.02 USD";
    assert!(text.contains(reckoned), "{text}");
    let waits = |measured| soak(measured).1.waits_for.join("; ");
    assert!(waits(Measured::default()).contains("was not measured"));
    assert!(waits(passed(0, Some(0.0), Some(0.0))).contains("was not measured"));
    assert!(waits(passed(72, None, Some(0.0))).contains("was not measured"));
    assert!(waits(passed(72, Some(0.0), Some(8.0))).contains("something still passes"));
    assert!(waits(passed(0, Some(2.0), None)).contains("something still passes"));
    assert_eq!(waits(passed(72, Some(0.0), Some(0.0))), "");
}

#[test]
fn what_was_measured_is_shown_with_what_was_not() {
    let (plan, written) = forecast(COMPLETED);
    let percentiles = |p50, p95| Some(Percentiles { p50, p95 });
    let latency = |stage: &str, after| Latency {
        api: Text::new("c65npcywlk"),
        stage: stage.parse().expect("a stage"),
        before: percentiles(12.4, 40.0),
        before_over: None,
        after,
        after_over: None,
    };
    let realised = |gone| Realised {
        saving: saving(),
        gone,
    };
    let measured = Measured {
        latency: Some(vec![
            latency("prod", percentiles(9.6, 31.0)),
            latency("staging", None),
        ]),
        savings: Some(vec![
            realised(Some(true)),
            realised(Some(false)),
            realised(None),
        ]),
        ..passed(72, Some(3.0), None)
    };
    let status = asked(&plan, &written, "2026-01-08T09:38:58Z", measured);
    let text = page(&status, &plan, 120);
    for words in [
        "stage prod: p50 12 ms, p95 40 ms before; p50 10 ms, p95 31 ms since",
        "stage staging: p50 12 ms, p95 40 ms before; not known since",
        "NLB orders-nlb: 3 new flows, bytes not measured in 72 hours",
        "NLB orders-nlb, which is gone: 23.02 USD (21.02 to 23.65)",
        "NLB orders-nlb: nothing yet, it stands; 23.02 USD (21.02 to 23.65) once it is gone",
        "NLB orders-nlb: not known whether it is gone;",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn a_plan_that_nobody_began_says_how_it_begins() {
    let plan = plan();
    let status = Status::of(Asked {
        plan: &plan,
        journal: None,
        typed: "orders.plan.json",
        now: at("2026-01-05T09:00:00Z"),
        measured: Measured::default(),
    });
    let status = status.expect("a status");
    assert_eq!((&status.run, &status.position), (&None, &None));
    let page = page(&status, &plan, 80);
    assert!(page.contains("NOT BEGUN"), "{page}");
    assert!(
        page.contains("\n  unbridge apply orders.plan.json\n"),
        "{page}"
    );
}

#[test]
fn each_end_says_what_to_type_next() {
    let commands = |text: &str| {
        let run = told(&Written::parse(text).expect("a journal"), Some(&plan()));
        let next = run.next.into_iter().filter_map(|next| next.command);
        next.collect::<Vec<_>>().join("; ")
    };
    let (resume, rollback) = (
        "unbridge resume orders.plan.json",
        "unbridge rollback orders.plan.json",
    );
    assert_eq!(commands(STOPPED), format!("{resume}; {rollback}"));
    assert_eq!(commands(COMPLETED), rollback);
    assert_eq!(commands(STUCK), resume);
    assert_eq!(commands(ROLLED_BACK), "unbridge apply orders.plan.json");
}

#[test]
fn a_changed_draft_is_said_until_all_of_its_stages_run_it_h25() {
    let plan = plan();
    let place = |step: &str| {
        let step = StepId::new(step).expect("a step");
        let found = plan.body.steps.iter().position(|one| one.id == step);
        found.expect("a step of the plan")
    };
    let (first, last) = (place("rewire-1"), place("prod-promote"));
    for written in beginnings(COMPLETED) {
        let status = asked(&plan, &written, "2026-01-05T12:00:00Z", Measured::default());
        let steps = status.run.as_ref().expect("a run").steps.iter();
        let begun: Vec<bool> = steps.map(|step| step.state != StepState::Waiting).collect();
        let is_promoted = written.entries.iter().any(|entry| {
            matches!(&entry.event, Event::Succeeded { step, .. } if step.as_str() == "prod-promote")
        });
        let changed = begun[first] && !is_promoted;
        assert_eq!(status.drafts.len(), usize::from(changed), "{begun:?}");
        assert!(begun[last] || !is_promoted);
        let text = page(&status, &plan, 80);
        assert_eq!(text.contains("Drafts that are changed"), changed, "{text}");
        let told = drafts_changed(&plan, &written, at("2026-01-05T12:00:00Z"));
        assert_eq!(told.len(), usize::from(changed));
    }
    let written = Written::parse(ROLLED_BACK).expect("a journal");
    let status = asked(&plan, &written, "2026-01-05T12:00:00Z", Measured::default());
    assert_eq!(status.drafts, [], "it was put back");
}

#[test]
fn a_proof_that_tells_too_little_says_for_how_long_the_draft_is_changed_and_both_ways_on_h25() {
    let plan = plan();
    let mut written = Written::parse(COMPLETED).expect("a journal");
    let proof = StepId::new("proof-stage").expect("a step");
    let seen = written
        .entries
        .iter()
        .position(|entry| matches!(&entry.event, Event::Verified { step } if *step == proof));
    written.entries.truncate(seen.expect("it was seen") + 1);
    let last = written.entries.last().expect("an entry").clone();
    written.entries.push(Entry {
        number: last.number + 1,
        at: last.at.clone(),
        event: Event::Stopped {
            step: proof,
            why: Text::new("too little was seen to tell: no method was asked"),
        },
    });
    let changed = written.entries.iter().find(
        |entry| matches!(&entry.event, Event::Started { step, .. } if step.as_str() == "rewire-1"),
    );
    let changed = moment(&changed.expect("the draft was changed").at);
    let now = changed + jiff::SignedDuration::from_mins(17);
    let told = drafts_changed(&plan, &written, now);
    assert_eq!(
        told,
        ["the draft of c65npcywlk has been changed for 17 min: whoever deploys it now ships that"]
    );
    let status = asked(&plan, &written, &now.to_string(), Measured::default());
    assert_eq!(status.drafts[0].seconds, Some(17 * 60));
    let text = page(&status, &plan, 100);
    for words in [
        "UTC, 17 min ago: whoever deploys it now ships that",
        "unbridge resume orders.plan.json\n    asks the temporary stage again",
        "unbridge rollback orders.plan.json\n    puts the draft back",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

fn moment(at: &Text) -> Timestamp {
    at.parse().expect("a time")
}

#[test]
fn the_journal_of_another_plan_and_an_event_that_cannot_follow_are_refused() {
    let mut written = Written::parse(STOPPED).expect("a journal");
    let (other, _) = forecast(STOPPED);
    let refused = |written: &Written, plan: &Plan| {
        let told = RunTold::of(&Kept {
            written,
            bytes: written.whole,
            plan: Some(plan),
            typed: "",
        });
        told.expect_err("a refusal").to_string()
    };
    assert!(refused(&written, &other).contains("the journal of plan"));
    written.entries.remove(3);
    let told = refused(&written, &plan());
    assert!(told.starts_with("line 5 of the journal"), "{told}");
}

#[test]
fn texts_of_a_journal_cannot_mislead_whoever_reads_it() {
    let mut written = Written::parse(STOPPED).expect("a journal");
    let hostile = Text::new("a\u{1b}[31m\u{202e}b\nSTOPPED: nothing");
    written.header.caller = hostile.clone();
    written.header.began_at = hostile.clone();
    for entry in &mut written.entries {
        match &mut entry.event {
            Event::Stopped { why, .. } | Event::NotMade { why, .. } => *why = hostile.clone(),
            Event::Succeeded { .. } => entry.at = hostile.clone(),
            _ => {}
        }
    }
    let plan = plan();
    let misleads = |text: &str| text.lines().any(|line| line.contains(is_hazardous));
    assert!(!misleads(&journal_page(&told(&written, Some(&plan)), 80)));
    let status = asked(&plan, &written, "2026-01-05T12:00:00Z", Measured::default());
    let text = page(&status, &plan, 80);
    assert!(!misleads(&text), "{text}");
    assert!(text.contains("\\u{202e}"), "{text}");
    let mut bytes = Vec::new();
    json(&status, &mut bytes).expect("memory");
    assert!(!misleads(std::str::from_utf8(&bytes).expect("UTF-8")));
}

#[test]
fn half_a_line_is_told_and_does_not_count() {
    let half = &STOPPED[..STOPPED.len() - 20];
    let written = Written::parse(half).expect("a journal");
    let run = RunTold::of(&Kept {
        written: &written,
        bytes: half.len(),
        plan: Some(&plan()),
        typed: "",
    });
    let run = run.expect("a run");
    assert!(run.half_a_line);
    assert!(
        matches!(run.stands, Stands::UnderWay { .. }),
        "{:?}",
        run.stands
    );
    assert!(journal_page(&run, 80).contains("half a line"));
    assert!(!told(&written, None).half_a_line);
}

#[test]
fn no_line_but_a_command_is_wider_than_the_page() {
    let (plan, completed) = forecast(COMPLETED);
    for width in [40, 80, 120] {
        let fits = |text: &str| {
            let mut lines = text.lines().filter(|line| !line.starts_with("  unbridge "));
            lines.all(|line| line.chars().count() <= usize::from(width))
        };
        for text in ALL {
            let written = Written::parse(text).expect("a journal");
            let known = Plan::parse(PLAN).expect("a plan");
            assert!(fits(&journal_page(&told(&written, Some(&known)), width)));
            let status = asked(
                &known,
                &written,
                "2026-01-05T12:00:00Z",
                Measured::default(),
            );
            assert!(
                fits(&page(&status, &known, width)),
                "{}",
                page(&status, &known, width)
            );
        }
        let status = asked(
            &plan,
            &completed,
            "2026-01-08T09:00:00Z",
            passed(1, None, None),
        );
        assert!(fits(&page(&status, &plan, width)));
    }
}

#[test]
fn what_is_written_as_json_is_what_the_schemas_say() {
    let valid = |schema: &Value, bytes: &[u8]| {
        let value: Value = serde_json::from_slice(bytes).expect("JSON");
        let validator = jsonschema::validator_for(schema).expect("a schema");
        let errors: Vec<String> = validator
            .iter_errors(&value)
            .map(|e| e.to_string())
            .collect();
        assert_eq!(errors, [""; 0], "{value}");
        value
    };
    let (runs, statuses) = (schema::<RunTold>(), schema::<Status>());
    let (plan, completed) = forecast(COMPLETED);
    let status = asked(
        &plan,
        &completed,
        "2026-01-08T09:00:00Z",
        passed(1, None, None),
    );
    let mut bytes = Vec::new();
    json(&status, &mut bytes).expect("memory");
    valid(&statuses, &bytes);
    for text in ALL {
        let written = Written::parse(text).expect("a journal");
        let known = Plan::parse(PLAN).expect("a plan");
        let mut bytes = Vec::new();
        json(&told(&written, Some(&known)), &mut bytes).expect("memory");
        let value = valid(&runs, &bytes);
        let state = value["steps"][0]["state"].as_str();
        assert!(
            ["verified", "undone"].contains(&state.expect("a word")),
            "{value}"
        );
    }
}

fn body_of(told: &SettingsTold, width: u16) -> String {
    let mut out = String::new();
    settings(told, plain(width), &mut out).expect("a string takes everything");
    out
}

#[test]
fn settings_show_value_unit_and_place_and_are_harmless() {
    let setting = |key: &str, value: Value, from| Setting {
        key: key.to_owned(),
        value,
        unit: None,
        from,
        flag: None,
    };
    let told = SettingsTold {
        format_version: 1,
        file: Some("a\u{1b}[31m.toml".to_owned()),
        settings: vec![
            Setting {
                unit: Some("%"),
                flag: Some("--pace"),
                ..setting("pace.percent", Value::from(20), From::File { line: 12 })
            },
            setting("canary.beyond_noise", Value::from(5.0), From::Default),
            setting("probes.address", Value::Null, From::Default),
            setting(
                "probes.request.1",
                Value::from("GET /a\u{202e}b -> 200"),
                From::File { line: 3 },
            ),
            setting(
                "regions",
                serde_json::json!(["eu-west-1", "us-east-1"]),
                From::Default,
            ),
        ],
    };
    let text = body_of(&told, 80);
    insta::assert_snapshot!(text, @r"
    Settings of a\u{1b}[31m.toml; what it does not say is the default.

    KEY                  FROM     VALUE
    pace.percent         line 12  20 %
    canary.beyond_noise  default  5
    probes.address       default  -
    probes.request.1     line 3   GET /a\u{202e}b -> 200
    regions              default  eu-west-1, us-east-1

    Flags win: --pace over pace.percent.
    ");
    for width in [40, 60] {
        let text = body_of(&told, width);
        assert!(
            text.lines()
                .all(|line| line.chars().count() <= usize::from(width)),
            "{text}"
        );
    }
}

/// A plan whose old way nobody named has no NLB to wait for.
#[test]
fn the_old_way_is_what_the_plan_names() {
    let of = |body: &Body| unbridge_report::run::old_way(body);
    assert_eq!(of(&plan().body), []);
    assert_eq!(of(&forecast(STOPPED).0.body), [nlb()]);
}
