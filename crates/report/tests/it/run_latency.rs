//! How long backends take before a run and since: which time is looked at, and what it comes to.

use std::collections::BTreeMap;

use jiff::Timestamp;
use unbridge_model::journal::Written;
use unbridge_model::plan::Plan;
use unbridge_model::text::Text;
use unbridge_model::usage::{Measure, Measured, MetricQuery, Period, Span};
use unbridge_report::run::{Chosen, Latency, Over, Values, latency};

const PLAN: &str = include_str!("../../../../fixtures/plans/orders.plan.json");
const COMPLETED: &str = include_str!("../../../../fixtures/journals/completed.journal.jsonl");
const STOPPED: &str = include_str!("../../../../fixtures/journals/stopped.journal.jsonl");
const ROLLED_BACK: &str = include_str!("../../../../fixtures/journals/rolled-back.journal.jsonl");

const API: &str = "c65npcywlk";

/// The plan as planners make it: it knows its API's name.
fn plan() -> Plan {
    let Plan {
        tool_version,
        mut body,
        ..
    } = Plan::parse(PLAN).expect("a plan");
    let names = &mut body.names.apis;
    names.insert(Text::new(API), Text::new("orders-api"));
    Plan::new(tool_version, body)
}

fn at(time: &str) -> i64 {
    time.parse::<Timestamp>().expect("a time").as_second()
}

/// What CloudWatch holds: how long backends took in these times, every period the same.
type Held<'a> = &'a [(&'a str, &'a str, f64)];

fn read(held: Held<'_>, queries: &[MetricQuery], span: Span) -> Values {
    let period = i64::from(span.period().seconds());
    let values = |query: &MetricQuery| {
        let more = match query.measure {
            Measure::IntegrationLatencyP95 => 10.0,
            _ => 0.0,
        };
        let begins = |number: u32| span.from() + i64::from(number) * period;
        let of = |number: u32| {
            let here = |(from, until, _): &&(&str, &str, f64)| {
                (at(from)..at(until)).contains(&begins(number))
            };
            let (_, _, value) = held.iter().find(here)?;
            Some((number, value + more))
        };
        (0..span.periods()).filter_map(of).collect()
    };
    let told = queries.iter().map(|query| (query.clone(), values(query)));
    told.collect::<BTreeMap<_, _>>()
}

fn asked(journal: &str, now: &str, held: Held<'_>) -> Vec<Latency> {
    let written = Written::parse(journal).expect("a journal");
    let now = now.parse().expect("a time");
    let told = latency(&plan(), &written, now, |queries, span| {
        Ok::<_, ()>(read(held, queries, span))
    });
    told.expect("everything is read")
}

fn of(all: &[Latency], stage: &str) -> Latency {
    let found = all.iter().find(|one| one.stage.as_str() == stage);
    found.expect("a stage").clone()
}

fn times(over: Option<&Over>) -> (&str, &str, u32, usize, Chosen) {
    let over = over.expect("a time was looked at");
    (
        over.from.as_str(),
        over.until.as_str(),
        over.period_seconds,
        over.values,
        over.chosen,
    )
}

/// Twelve milliseconds over the old way, nine over the new one.
const BOTH_WAYS: Held<'_> = &[
    ("2026-01-01T00:00:00Z", "2026-01-05T09:10:00Z", 12.0),
    ("2026-01-05T09:10:00Z", "2026-02-01T00:00:00Z", 9.0),
];

#[test]
fn hours_since_the_move_are_held_against_the_same_hours_of_the_day_before_it() {
    let all = asked(COMPLETED, "2026-01-06T15:20:00Z", BOTH_WAYS);
    let prod = of(&all, "prod");
    // Promoted at 09:36:29; the run's first change was at 09:00:00.
    assert_eq!(
        times(prod.after_over.as_ref()),
        (
            "2026-01-05T10:00:00Z",
            "2026-01-06T15:00:00Z",
            3600,
            29,
            Chosen::Since
        )
    );
    assert_eq!(
        times(prod.before_over.as_ref()),
        (
            "2026-01-03T10:00:00Z",
            "2026-01-04T15:00:00Z",
            3600,
            29,
            Chosen::SameHours
        )
    );
    let (before, after) = (prod.before.expect("known"), prod.after.expect("known"));
    assert_eq!((before.p50, before.p95), (12.0, 22.0));
    assert_eq!((after.p50, after.p95), (9.0, 19.0));
    // Staging moved earlier, and counts from then.
    let staging = of(&all, "staging").after_over.expect("a time");
    assert_eq!(staging.from, Text::new("2026-01-05T10:00:00Z"));
}

#[test]
fn where_nothing_was_measured_in_the_same_hours_the_time_just_before_counts() {
    let held: Held<'_> = &[
        ("2026-01-05T07:00:00Z", "2026-01-05T09:00:00Z", 12.0),
        ("2026-01-05T09:37:00Z", "2026-01-07T00:00:00Z", 9.0),
    ];
    let prod = of(&asked(COMPLETED, "2026-01-05T16:00:00Z", held), "prod");
    assert_eq!(
        times(prod.before_over.as_ref()),
        (
            "2026-01-05T03:00:00Z",
            "2026-01-05T09:00:00Z",
            3600,
            2,
            Chosen::JustBefore
        )
    );
    assert_eq!(prod.before.expect("known").p50, 12.0);
}

#[test]
fn soon_after_the_move_minutes_are_looked_at_and_none_of_them_is_of_both_ways() {
    let prod = of(&asked(COMPLETED, "2026-01-05T09:45:10Z", BOTH_WAYS), "prod");
    assert_eq!(
        times(prod.after_over.as_ref()),
        (
            "2026-01-05T09:37:00Z",
            "2026-01-05T09:45:00Z",
            60,
            8,
            Chosen::Since
        )
    );
    assert_eq!(
        times(prod.before_over.as_ref()),
        (
            "2026-01-04T09:37:00Z",
            "2026-01-04T09:45:00Z",
            60,
            8,
            Chosen::SameHours
        )
    );
}

#[test]
fn no_datapoint_is_not_known_and_never_zero() {
    let all = asked(COMPLETED, "2026-01-06T15:20:00Z", &[]);
    assert_eq!(all.len(), 2);
    for one in &all {
        assert_eq!((one.before, one.after), (None, None), "{one:?}");
        assert_eq!(times(one.before_over.as_ref()).3, 0);
        assert_eq!(times(one.after_over.as_ref()).3, 0);
    }
}

#[test]
fn a_stage_that_is_not_wholly_moved_has_no_time_since() {
    // Staging went over; of prod half of the requests do.
    let all = asked(STOPPED, "2026-01-05T12:30:00Z", BOTH_WAYS);
    assert!(of(&all, "staging").after.is_some());
    let prod = of(&all, "prod");
    assert_eq!((prod.after, prod.after_over), (None, None));
    assert_eq!(
        times(prod.before_over.as_ref()),
        (
            "2026-01-04T09:00:00Z",
            "2026-01-05T09:00:00Z",
            3600,
            24,
            Chosen::JustBefore
        )
    );
    for one in asked(ROLLED_BACK, "2026-01-06T12:30:00Z", BOTH_WAYS) {
        assert_eq!(one.after_over, None, "{one:?}: it was taken back");
    }
}

#[test]
fn long_after_the_move_only_the_last_days_count() {
    let held: Held<'_> = &[("2025-01-01T00:00:00Z", "2027-01-01T00:00:00Z", 9.0)];
    let prod = of(&asked(COMPLETED, "2026-03-05T15:20:00Z", held), "prod");
    let (from, until, _, values, _) = times(prod.after_over.as_ref());
    assert_eq!(
        (from, until, values),
        ("2026-02-19T16:00:00Z", "2026-03-05T15:00:00Z", 14 * 24 - 1)
    );
    let (_, until, ..) = times(prod.before_over.as_ref());
    assert_eq!(until, "2026-01-04T15:00:00Z");
}

#[test]
fn metrics_know_an_api_by_its_name_and_without_one_nothing_is_asked() {
    let written = Written::parse(COMPLETED).expect("a journal");
    let mut names = Vec::new();
    let mut spans = Vec::new();
    let mut plan = plan();
    let read = |queries: &[MetricQuery], span: Span| {
        names.extend(queries.iter().map(|query| query.of.clone()));
        spans.push(span.period());
        Ok::<_, ()>(Values::new())
    };
    let now = "2026-01-06T15:20:00Z".parse().expect("a time");
    latency(&plan, &written, now, read).expect("everything is read");
    assert!(names.iter().all(
        |of| matches!(of, Measured::RestStage { api_name, .. } if *api_name == *"orders-api")
    ));
    assert!(spans.iter().all(|period| *period == Period::Hour));
    plan.body.names.apis.clear();
    let told = latency(&plan, &written, now, |_, _| Err(()));
    let told = told.expect("nothing is asked");
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|one| one.before_over.is_none()));
}
