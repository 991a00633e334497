use super::*;
use crate::id::{DeploymentId, RestApiId, SecurityGroupId, StageName, VpcId};
use crate::plan::value::Later;
use crate::plan::{Phase, Undo};

const PAGE: &str = include_str!("../../../../../docs/journal.md");

const STATES: [StepState; 8] = [
    StepState::Waiting,
    StepState::Doing,
    StepState::Made,
    StepState::Verified,
    StepState::Passed,
    StepState::Undoing,
    StepState::Undone,
    StepState::Left,
];

fn id(name: &str) -> StepId {
    StepId::new(name).unwrap()
}

fn text() -> Text {
    Text::new("scripted")
}

fn remove_canary() -> Operation<Settled> {
    Operation::RemoveCanary {
        api: RestApiId::new("api1").unwrap(),
        stage: StageName::new("prod").unwrap(),
    }
}

fn create_group() -> Operation<Settled> {
    Operation::CreateSecurityGroup {
        vpc: VpcId::new("vpc-1").unwrap(),
        name: text(),
        description: text(),
        tags: BTreeMap::new(),
    }
}

/// Every event of a step, as the page names it.
fn events() -> Vec<(&'static str, Event)> {
    let step = || id("one");
    let both = |forward, back, make: fn(StepId, Direction) -> Event| {
        [
            (forward, make(id("one"), Direction::Forward)),
            (back, make(id("one"), Direction::Undo)),
        ]
    };
    let mut events = Vec::new();
    events.extend(both(
        "`started` forward",
        "`started` back",
        |step, direction| Event::Started {
            step,
            direction,
            operation: remove_canary(),
        },
    ));
    events.extend(both(
        "`succeeded` forward",
        "`succeeded` back",
        |step, direction| Event::Succeeded {
            step,
            direction,
            output: None,
        },
    ));
    events.extend(both(
        "`not-made` forward",
        "`not-made` back",
        |step, direction| Event::NotMade {
            step,
            direction,
            why: text(),
        },
    ));
    events.extend(both("`lost` forward", "`lost` back", |step, direction| {
        Event::Lost {
            step,
            direction,
            why: text(),
        }
    }));
    let residue = Residue::NotUndone { why: text() };
    let (verified, passed) = (
        Event::Verified { step: step() },
        Event::Passed { step: step() },
    );
    let nothing = Event::NothingToUndo {
        step: step(),
        why: text(),
    };
    let left = Event::Left {
        step: step(),
        residue,
    };
    events.extend([
        ("`verified`", verified),
        ("`passed`", passed),
        ("`nothing-to-undo`", nothing),
        ("`left`", left),
    ]);
    events
}

/// The page's table: (state, way, event) and the state after it.
fn documented() -> BTreeMap<(String, String, String), String> {
    let begin = PAGE.find("<!-- transitions -->").unwrap();
    let end = PAGE.find("<!-- end of transitions -->").unwrap();
    let rows = PAGE[begin..end]
        .lines()
        .filter(|line| line.starts_with("| `"));
    let mut table = BTreeMap::new();
    for row in rows {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, states, ways, event, after, _] = cells.as_slice() else {
            panic!("{row}");
        };
        for state in states.split(", ") {
            for way in ways.split(", ") {
                let key = (
                    state.trim_matches('`').to_owned(),
                    way.to_owned(),
                    (*event).to_owned(),
                );
                let after = after.trim_matches('`').to_owned();
                assert_eq!(table.insert(key, after), None, "{row}");
            }
        }
    }
    table
}

#[test]
fn the_documented_table_is_the_table() {
    let mut table = BTreeMap::new();
    // No state follows from any event but as what an undo leads back to.
    let marker = StepState::Waiting;
    for state in STATES {
        for way in [Direction::Forward, Direction::Undo] {
            for (name, event) in events() {
                let Some(after) = follow(state, marker, way, &event) else {
                    continue;
                };
                let as_before = name == "`not-made` back" && after == marker;
                let after = if as_before {
                    "as before `undoing".to_owned()
                } else {
                    after.to_string()
                };
                table.insert((state.to_string(), way.to_string(), name.to_owned()), after);
            }
        }
    }
    assert_eq!(documented(), table);
}

#[test]
fn every_event_is_documented() {
    let events = [
        "started",
        "succeeded",
        "not-made",
        "lost",
        "verified",
        "passed",
        "turned-back",
        "nothing-to-undo",
        "left",
        "stopped",
        "stuck",
        "taken-up",
        "ended",
    ];
    for event in events {
        assert!(PAGE.contains(&format!("\n| `{event}` | ")), "{event}");
    }
}

fn step(name: &str, operation: Operation, gate: Option<crate::plan::condition::Gate>) -> Step {
    Step {
        id: id(name),
        phase: Phase::Shift,
        forward: text(),
        backward: text(),
        preconditions: Vec::new(),
        operation,
        verification: Vec::new(),
        verify_within: 0,
        gate,
        undo: Undo::Nothing,
    }
}

/// A group without a gate, and a deployment of a stage with one.
fn folded() -> Folded {
    let create = Operation::CreateSecurityGroup {
        vpc: VpcId::new("vpc-1").unwrap(),
        name: text(),
        description: text(),
        tags: BTreeMap::new(),
    };
    let set = Operation::SetDeployment {
        api: RestApiId::new("api1").unwrap(),
        stage: StageName::new("prod").unwrap(),
        deployment: Later::Known(DeploymentId::new("d1").unwrap()),
    };
    let drain = crate::plan::condition::Gate::Drain { seconds: 1 };
    Folded::new(&Body::of_steps(
        crate::id::AccountId::new("111122223333").unwrap(),
        crate::id::Region::new("eu-west-1").unwrap(),
        text(),
        vec![
            step("group", create, None),
            step("promote", set, Some(drain)),
        ],
    ))
}

fn started(step: &str, direction: Direction, operation: Operation<Settled>) -> Event {
    Event::Started {
        step: id(step),
        direction,
        operation,
    }
}

fn succeeded(step: &str, direction: Direction, output: Option<Output>) -> Event {
    Event::Succeeded {
        step: id(step),
        direction,
        output,
    }
}

fn group() -> Output {
    Output::SecurityGroup(SecurityGroupId::new("sg-1").unwrap())
}

fn after(events: &[Event]) -> Folded {
    events
        .iter()
        .fold(folded(), |folded, event| folded.next(event).unwrap())
}

fn refused(folded: &Folded, event: &Event) -> String {
    folded.next(event).unwrap_err().to_string()
}

fn whole_run() -> Vec<Event> {
    use Direction::Forward;
    vec![
        started("group", Forward, create_group()),
        succeeded("group", Forward, Some(group())),
        Event::Verified { step: id("group") },
        started("promote", Forward, remove_canary()),
        succeeded("promote", Forward, None),
        Event::Verified {
            step: id("promote"),
        },
        Event::Passed {
            step: id("promote"),
        },
        Event::Ended {
            end: End::Completed,
        },
    ]
}

#[test]
fn a_run_is_over_once_every_step_is_verified_and_every_gate_open() {
    let events = whole_run();
    assert_eq!(*after(&events).run(), RunState::Ended(End::Completed));
    let before_the_gate = after(&events[..6]);
    let end = events.last().unwrap();
    assert_eq!(
        refused(&before_the_gate, end),
        "ended cannot follow here: step promote is verified"
    );
}

#[test]
fn a_step_without_a_gate_passes_none() {
    let passed = Event::Passed { step: id("group") };
    assert_eq!(
        refused(&after(&whole_run()[..3]), &passed),
        "passed cannot follow here: step group has no gate"
    );
}

#[test]
fn what_a_step_made_is_of_the_kind_that_was_announced() {
    let announced = after(&whole_run()[..1]);
    let deployment = Output::Deployment(DeploymentId::new("d1").unwrap());
    for output in [None, Some(deployment)] {
        let event = succeeded("group", Direction::Forward, output);
        assert!(announced.next(&event).is_err());
    }
    assert_eq!(
        after(&whole_run()[..2]).outputs().get(&id("group")),
        Some(&group())
    );
}

#[test]
fn a_completed_run_can_be_turned_back_and_a_rolled_back_one_cannot() {
    let turned = Event::TurnedBack { why: text() };
    let mut events = whole_run();
    events.push(Event::TakenUp { caller: text() });
    events.push(turned.clone());
    for step in ["group", "promote"] {
        events.push(Event::NothingToUndo {
            step: id(step),
            why: text(),
        });
    }
    events.push(Event::Ended {
        end: End::RolledBack,
    });
    let over = after(&events);
    assert_eq!(*over.run(), RunState::Ended(End::RolledBack));
    assert_eq!(
        refused(&over, &turned),
        "turned-back cannot follow here: the run is over (rolled-back)"
    );
    assert!(over.next(&Event::TakenUp { caller: text() }).is_err());
}

#[test]
fn only_being_taken_up_follows_on_stuck_and_leads_back_to_the_way_it_went() {
    let stuck = Event::Stuck {
        step: id("group"),
        why: Text::new("two groups"),
    };
    let taken_up = Event::TakenUp { caller: text() };
    let forward = after(&whole_run()[..1]).next(&stuck).unwrap();
    assert_eq!(forward.stuck(), Some(&Text::new("two groups")));
    assert_eq!(forward.way(), Direction::Forward);
    assert!(forward.next(&Event::TurnedBack { why: text() }).is_err());
    let forward = forward.next(&taken_up).unwrap();
    assert_eq!((forward.run(), forward.stuck()), (&RunState::Forward, None));
    let back = forward.next(&Event::TurnedBack { why: text() }).unwrap();
    let back = back.next(&stuck).unwrap();
    assert_eq!(back.way(), Direction::Undo);
    let back = back.next(&taken_up).unwrap();
    assert_eq!(*back.run(), RunState::Back);
}

#[test]
fn an_undo_that_was_not_made_leads_back_to_where_it_began() {
    let mut events = whole_run();
    events.truncate(7);
    events.push(Event::TurnedBack { why: text() });
    events.push(started("promote", Direction::Undo, remove_canary()));
    let not_made = Event::NotMade {
        step: id("promote"),
        direction: Direction::Undo,
        why: text(),
    };
    events.push(not_made);
    assert_eq!(after(&events).state(&id("promote")), StepState::Passed);
}

#[test]
fn an_event_of_a_step_that_the_plan_does_not_have_is_refused() {
    let event = Event::Verified { step: id("other") };
    assert_eq!(
        refused(&folded(), &event),
        "verified cannot follow here: the plan has no step other"
    );
}
