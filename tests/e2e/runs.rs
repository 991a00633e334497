//! `unbridge status` and `unbridge journal` of plans that the binary made and the executor carried
//! out, over the sample account in the simulator.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::Value;
use unbridge_executor::{Context, Limits, Outcome, Ports, begin, forward};
use unbridge_model::id::RunId;
use unbridge_model::journal::{JournalStore, StoreError};
use unbridge_model::plan::Plan;
use unbridge_model::plan::condition::Gate;
use unbridge_model::port::{ApprovedAtStart, Judgement, Meter, Prober};
use unbridge_model::text::Text;
use unbridge_sim::live::{Live, Switches};
use unbridge_sim::sample;

use crate::harness::{Desk, list, read, text};
use crate::inputs;

#[derive(Clone, Default)]
struct Store(Rc<RefCell<String>>);

impl JournalStore for Store {
    fn append(&mut self, line: &str) -> Result<(), StoreError> {
        self.0.borrow_mut().push_str(line);
        Ok(())
    }
}

/// Opens every gate.
struct Open;

impl Prober for Open {
    fn prove(&self, _: &Gate) -> Judgement {
        Judgement::Pass
    }
}

impl Meter for Open {
    fn judge(&self, _: &Gate) -> Judgement {
        Judgement::Pass
    }
}

/// The journal of a run of this plan on the sample account, in which nothing goes wrong.
fn carried_out(plan: &Plan) -> String {
    let account = sample::account().expect("the sample");
    let live = Live::new(account, plan.body.region.clone(), Switches::default());
    let context = Context {
        run: RunId::new("r1").expect("a run"),
        caller: Text::new("arn:aws:iam::111122223333:user/ada"),
        owner: Text::new("ada@laptop"),
        tool_version: Text::new("0.1.0"),
    };
    let ports = Ports {
        writer: &live,
        clock: &live,
        prober: &Open,
        meter: &Open,
        approver: &ApprovedAtStart,
        locks: &live,
    };
    let store = Store::default();
    let mut journal = begin(plan, store.clone(), &context, &ports).expect("it begins");
    let ended = forward(plan, &mut journal, &context, &ports, &Limits::default());
    assert_eq!(ended.expect("a journal"), Outcome::Completed);
    store.0.take()
}

const PLAN: [&str; 14] = [
    "plan",
    "--snapshot",
    "account.jsonl.zst",
    "--nlb",
    "orders-nlb",
    "--edit",
    "c65npcywlk",
    "--edit",
    "c65npcywlk/prod",
    "--edit",
    "c65npcywlk/staging",
    "--no-rehearsal",
    "-o",
    "made.plan.json",
];

/// A desk with a plan that was carried out.
fn carried() -> Desk {
    let desk = Desk::with_demo();
    desk.run(PLAN).expect_code(0);
    let plan = Plan::parse(&read(&desk.work().join("made.plan.json"))).expect("a plan");
    desk.write("made.journal.jsonl", carried_out(&plan));
    desk
}

/// A status as JSON, asked at a time.
fn status(desk: &Desk, options: &[&str], at: i64) -> Value {
    let args = ["status", "made.plan.json", "--output", "json"];
    let outcome = desk
        .unbridge(args.iter().chain(options))
        .env("SOURCE_DATE_EPOCH", at.to_string())
        .run();
    serde_json::from_str(&outcome.expect_code(0).stdout).expect("JSON")
}

/// 2026-01-05T09:00:00Z, when runs in the simulator begin.
const BEGAN: i64 = 1_767_603_600;
const DAY: i64 = 86_400;

#[test]
fn the_forecast_of_a_plan_is_what_is_left_before_its_first_step_and_nothing_is_afterwards() {
    let desk = carried();
    let journal = read(&desk.work().join("made.journal.jsonl"));
    let (header, _) = journal.split_once('\n').expect("lines");
    desk.write("begun.jsonl", format!("{header}\n"));
    let begun = status(&desk, &["--journal", "begun.jsonl"], BEGAN);
    let plan: Value =
        serde_json::from_str(&read(&desk.work().join("made.plan.json"))).expect("JSON");
    let seconds = |field: &str| -> u64 {
        let phases = list(&plan["body"]["forecast"]["phases"]).iter();
        phases
            .map(|phase| phase[field].as_u64().expect("seconds"))
            .sum()
    };
    assert_eq!(begun["left"]["work_seconds"], seconds("work_seconds"));
    assert_eq!(begun["left"]["watch_seconds"], seconds("watch_seconds"));
    assert_eq!(begun["position"]["percent"], 0);

    let ended = status(&desk, &[], BEGAN + DAY);
    assert_eq!(ended["run"]["stands"]["kind"], "completed");
    assert_eq!(
        (&ended["left"], &ended["position"]),
        (&Value::Null, &Value::Null)
    );
    let shares: Vec<&Value> = list(&ended["stages"])
        .iter()
        .map(|one| &one["percent"])
        .collect();
    assert_eq!(shares, [100, 100]);
}

#[test]
fn a_snapshot_from_afterwards_tells_what_still_passes_the_nlb() {
    let desk = carried();
    let plain = desk.snapshot("account.jsonl.zst");
    desk.write("later.jsonl", inputs::later(&plain));
    let soak = |options: &[&str]| {
        let told = status(&desk, options, BEGAN + 45 * DAY);
        let waits = list(&told["soak"]["waits_for"]).iter().map(text);
        (waits.collect::<Vec<_>>().join("; "), told)
    };
    let (waits, told) = soak(&[]);
    assert!(waits.contains("NLB orders-nlb was not measured"), "{waits}");
    assert_eq!(told["measured"]["nlb_traffic"], Value::Null);
    assert_eq!(text(&told["soak"]["not_before"])[..10], *"2026-02-09");

    // The simulated metrics do not know that the run took place: requests go on over the NLB.
    let (waits, told) = soak(&["--snapshot", "later.jsonl"]);
    assert!(
        waits.contains("something still passes NLB orders-nlb"),
        "{waits}"
    );
    let traffic = &list(&told["measured"]["nlb_traffic"])[0];
    assert!(traffic["flows"].as_f64().expect("flows") > 0.0, "{traffic}");
    assert_eq!(list(&told["measured"]["savings"])[0]["gone"], false);
    assert_eq!(told["measured"]["latency"], Value::Null);
}

#[test]
fn a_journal_is_shown_the_same_while_a_line_of_it_is_written() {
    let desk = carried();
    let journal = read(&desk.work().join("made.journal.jsonl"));
    let lines: Vec<&str> = journal.split_inclusive('\n').collect();
    // Every line that could be the last one, with half of the next behind it.
    for whole in [1, 2, 3, lines.len() / 2, lines.len() - 1] {
        let next = lines[whole];
        let begun: String = lines[..whole].concat();
        desk.write("whole.jsonl", &begun);
        desk.write("torn.jsonl", format!("{begun}{}", &next[..next.len() / 2]));
        let shown = |name: &str| {
            let args = [
                "journal",
                "show",
                name,
                "--plan",
                "made.plan.json",
                "--output",
                "json",
            ];
            let outcome = desk.run(args);
            let told: Value = serde_json::from_str(&outcome.expect_code(0).stdout).expect("JSON");
            told
        };
        let (whole, mut torn) = (shown("whole.jsonl"), shown("torn.jsonl"));
        assert_eq!(
            (&whole["half_a_line"], &torn["half_a_line"]),
            (&false.into(), &true.into())
        );
        torn["half_a_line"] = false.into();
        torn["next"] = whole["next"].clone();
        assert_eq!(torn, whole);
    }
}

#[test]
fn a_damaged_journal_is_refused_with_its_line_by_both_commands() {
    let desk = carried();
    let journal = read(&desk.work().join("made.journal.jsonl"));
    let mut lines: Vec<&str> = journal.split_inclusive('\n').collect();
    lines[6] = "{}\n";
    desk.write("made.journal.jsonl", lines.concat());
    for args in [
        &["status", "made.plan.json"][..],
        &["journal", "show", "made.journal.jsonl"],
    ] {
        let outcome = desk.run(args);
        outcome
            .expect_code(2)
            .expect_told("made.journal.jsonl: line 7 of the journal: ");
        assert_eq!(outcome.stdout, "");
    }
}
