use std::rc::Rc;

use unbridge_model::id::{AccountId, PlanId, Region, RestApiId, RunId, Sha256, StepId};
use unbridge_model::journal::{
    Direction, Event, FORMAT, FORMAT_VERSION, Header, Journal, JournalError, JournalStore, Written,
};
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::{Body, Phase, Step, Undo};
use unbridge_model::text::Text;

use super::*;

/// A writer that counts what it did.
#[derive(Debug, Default)]
struct Counting(RefCell<Vec<OperationKind>>);

impl Writer for Counting {
    fn perform(&self, change: Recorded) -> Result<Option<Output>, WriteError> {
        let kind = OperationKind::from(change.operation());
        self.0.borrow_mut().push(kind);
        Ok(None)
    }

    fn observe(&self, _: &Condition<Settled>) -> Result<Held, ReadError> {
        Ok(Held::Yes)
    }

    fn untouched(&self, _: &Untouched) -> Result<Held, ReadError> {
        Ok(Held::Yes)
    }

    fn find_owned(&self, _: &Owner, _: &Operation<Settled>) -> Result<Vec<Output>, ReadError> {
        Ok(Vec::new())
    }
}

fn api() -> RestApiId {
    RestApiId::new("abc").expect("an API")
}

fn deploy() -> Operation<Settled> {
    Operation::CreateDeployment {
        api: api(),
        description: Text::new("x"),
    }
}

fn remove() -> Operation<Settled> {
    Operation::RemoveCanary {
        api: api(),
        stage: "prod".parse().expect("a stage"),
    }
}

fn header() -> Header {
    let digest = Sha256::of(b"");
    Header {
        format: Text::new(FORMAT),
        format_version: FORMAT_VERSION,
        tool_version: Text::new("0"),
        plan_id: PlanId::from_digest(digest.clone()),
        body_digest: digest,
        account: AccountId::new("123456789012").expect("an account"),
        region: Region::new("eu-west-1").expect("a region"),
        run: RunId::new("r1").expect("a run"),
        caller: Text::new("me"),
        began_at: Text::new("2026-01-01T00:00:00Z"),
        chosen: None,
    }
}

fn step(number: usize) -> Step {
    Step {
        id: StepId::new(format!("s{number}")).expect("a step"),
        phase: Phase::Prepare,
        forward: Text::new("forward"),
        backward: Text::new("backward"),
        preconditions: Vec::new(),
        operation: Operation::CreateDeployment {
            api: api(),
            description: Text::new("x"),
        },
        verification: Vec::new(),
        verify_within: 0,
        gate: None,
        undo: Undo::Nothing,
    }
}

fn body(steps: usize) -> Body {
    Body::of_steps(
        AccountId::new("123456789012").expect("an account"),
        Region::new("eu-west-1").expect("a region"),
        Text::new("me"),
        (0..steps).map(step).collect(),
    )
}

fn at() -> Text {
    Text::new("2026-01-01T00:00:00Z")
}

/// A change that a journal of its own has announced.
fn recorded(operation: Operation<Settled>) -> Recorded {
    let store = CrashingStore::new(None);
    let mut journal = Journal::begin(store, header(), &body(1)).expect("a journal");
    let started = journal.started(at(), &step(0), Direction::Forward, operation);
    started.expect("a recorded change")
}

fn faulty(faults: impl IntoIterator<Item = (u32, Fault)>) -> Faulty<Counting> {
    Faulty::new(Counting::default(), faults.into_iter().collect())
}

fn failure(writer: &Faulty<Counting>, operation: Operation<Settled>) -> Option<WriteFailure> {
    let answer = writer.perform(recorded(operation));
    answer.err().map(|error| error.class)
}

fn done(writer: &Faulty<Counting>) -> usize {
    writer.inner().0.borrow().len()
}

fn condition() -> Condition<Settled> {
    Condition::NoCanary {
        api: api(),
        stage: "prod".parse().expect("a stage"),
    }
}

#[test]
fn a_fault_happens_at_its_call_and_only_there() {
    let once = [
        (Fault::Refuse, WriteFailure::Refused),
        (Fault::NotYet, WriteFailure::NotYet),
        (Fault::Throttle, WriteFailure::Throttled),
        (Fault::LoseBefore, WriteFailure::Lost),
    ];
    for (fault, class) in once {
        let writer = faulty([(1, fault)]);
        let classes = [0, 1, 2].map(|_| failure(&writer, deploy()));
        assert_eq!(classes, [None, Some(class), None]);
        assert_eq!((done(&writer), writer.performs()), (2, 3), "{class}");
    }
}

#[test]
fn an_answer_is_lost_before_or_after_the_change() {
    let before = faulty([(0, Fault::LoseBefore)]);
    assert_eq!(failure(&before, deploy()), Some(WriteFailure::Lost));
    assert_eq!(done(&before), 0);
    let after = faulty([(0, Fault::LoseAfter)]);
    assert_eq!(failure(&after, deploy()), Some(WriteFailure::Lost));
    assert_eq!(done(&after), 1);
}

#[test]
fn what_is_denied_stays_denied_and_other_changes_are_not() {
    for (fault, class) in [
        (Fault::Deny, WriteFailure::Denied),
        (Fault::RefuseForEver, WriteFailure::Refused),
    ] {
        let writer = faulty([(0, fault)]);
        assert_eq!(failure(&writer, deploy()), Some(class));
        assert_eq!(failure(&writer, remove()), None);
        assert_eq!(failure(&writer, deploy()), Some(class));
        assert_eq!(done(&writer), 1);
        assert_eq!(writer.observe(&condition()), Ok(Held::Yes));
    }
}

#[test]
fn expired_credentials_stop_everything_until_they_are_renewed() {
    let writer = faulty([(1, Fault::Expire)]);
    let owner = Owner {
        run: RunId::new("r1").expect("a run"),
        step: StepId::new("s0").expect("a step"),
    };
    assert_eq!(failure(&writer, deploy()), None);
    for _ in 0..2 {
        let class = failure(&writer, deploy());
        assert_eq!(class, Some(WriteFailure::Credentials));
        let read = writer.observe(&condition()).map_err(|error| error.class);
        assert_eq!(read, Err(GapClass::Credentials));
        let found = writer.find_owned(&owner, &deploy());
        assert_eq!(found.map_err(|e| e.class), Err(GapClass::Credentials));
    }
    writer.renew();
    assert_eq!(failure(&writer, deploy()), None);
    assert_eq!(writer.observe(&condition()), Ok(Held::Yes));
    assert_eq!(done(&writer), 2);
}

#[test]
fn somebody_else_changes_something_just_before_a_call() {
    let seen = Rc::new(Cell::new(0));
    let edits = Rc::clone(&seen);
    let edit = Fault::Edit(Box::new(move || edits.set(edits.get() + 1)));
    let writer = faulty([(1, edit)]);
    assert_eq!(failure(&writer, deploy()), None);
    assert_eq!(seen.get(), 0);
    assert_eq!(failure(&writer, deploy()), None);
    assert_eq!(failure(&writer, deploy()), None);
    assert_eq!((seen.get(), done(&writer)), (1, 3));
}

#[test]
fn a_crash_leaves_none_half_or_all_of_a_line_and_writes_nothing_more() {
    let lines = ["{\"a\":1}\n", "{\"b\":2}\n", "{\"c\":3}\n"];
    let left = |moment| {
        let crash = Crash { line: 1, moment };
        let mut store = CrashingStore::new(Some(crash));
        let written = lines.map(|line| store.append(line).is_ok());
        assert_eq!(written, [true, false, false]);
        assert!(store.has_crashed());
        assert_eq!(store.lines(), 2);
        store.text()
    };
    assert_eq!(left(Moment::Before), "{\"a\":1}\n");
    assert_eq!(left(Moment::Torn), "{\"a\":1}\n{\"b\"");
    assert_eq!(left(Moment::After), "{\"a\":1}\n{\"b\":2}\n");
}

#[test]
fn a_journal_is_taken_up_behind_its_whole_lines_after_any_crash() {
    for line in 0..3 {
        for moment in [Moment::Before, Moment::Torn, Moment::After] {
            let store = CrashingStore::new(Some(Crash { line, moment }));
            let crashed = write(store.clone()).expect_err("a crash");
            assert!(matches!(crashed, JournalError::Store(_)), "{crashed}");
            let whole = store.text().matches('\n').count();
            let expect = match moment {
                Moment::Before | Moment::Torn => line,
                Moment::After => line + 1,
            };
            assert_eq!(whole, usize::try_from(expect).expect("small"));
            let mut again = CrashingStore::holding(store.text(), None);
            if whole > 0 {
                let written = Written::parse(&store.text()).expect("a journal");
                assert_eq!(written.entries.len() + 1, whole);
            }
            again.append("{}\n").expect("a line");
            assert!(again.text().ends_with("{}\n") && !again.text().contains("}{"));
        }
    }
    write(CrashingStore::new(None)).expect("no crash");
}

/// Three lines: a header, and two events.
fn write(store: CrashingStore) -> Result<(), JournalError> {
    let mut journal = Journal::begin(store, header(), &body(1))?;
    journal.started(at(), &step(0), Direction::Forward, deploy())?;
    journal.note(
        at(),
        Event::Lost {
            step: step(0).id,
            direction: Direction::Forward,
            why: Text::new("no answer"),
        },
    )
}
