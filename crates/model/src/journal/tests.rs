use super::*;

#[derive(Debug, Clone, Default)]
struct Lines {
    written: String,
    full: bool,
}

impl JournalStore for &mut Lines {
    fn append(&mut self, line: &str) -> Result<(), StoreError> {
        if self.full {
            self.written.push_str(&line[..line.len() / 2]);
            return Err(StoreError("no space left on device".to_owned()));
        }
        self.written.push_str(line);
        Ok(())
    }
}

fn plan(caller: &str) -> Plan {
    let body = Body::of_steps(
        AccountId::new("111122223333").unwrap(),
        Region::new("eu-west-1").unwrap(),
        Text::new(caller),
        Vec::new(),
    );
    Plan::new(Text::new("0.1.0"), body)
}

fn header(plan: &Plan) -> Header {
    Header {
        format: Text::new(FORMAT),
        format_version: FORMAT_VERSION,
        tool_version: Text::new("0.1.0"),
        plan_id: plan.plan_id.clone(),
        body_digest: plan.body_digest.clone(),
        account: plan.body.account.clone(),
        region: plan.body.region.clone(),
        run: RunId::new("r1").unwrap(),
        caller: Text::new("Zoë"),
        began_at: Text::new("2026-01-01T00:00:00Z"),
        chosen: None,
    }
}

fn taken_up() -> Event {
    Event::TakenUp {
        caller: Text::new("Zoë"),
    }
}

fn stopped() -> Event {
    Event::Stopped {
        step: StepId::new("one").unwrap(),
        why: Text::new("it was asked for"),
    }
}

/// A header and two entries.
fn written() -> String {
    let plan = plan("ops");
    let mut lines = Lines::default();
    let mut journal = Journal::begin(&mut lines, header(&plan), &plan.body).unwrap();
    journal.note(Text::new("t1"), stopped()).unwrap();
    journal.note(Text::new("t2"), taken_up()).unwrap();
    lines.written
}

#[test]
fn what_was_chosen_is_kept_and_need_not_have_been() {
    let plan = plan("ops");
    let chosen = Some(Chosen {
        lock: LockPlace::Local,
        on_fail: OnFail::Rollback,
    });
    for (chosen, kept) in [
        (
            chosen,
            r#","chosen":{"lock":"local","on_fail":"rollback"}}"#,
        ),
        // As journals were before it was kept.
        (None, r#""began_at":"2026-01-01T00:00:00Z"}"#),
    ] {
        let header = Header {
            chosen,
            ..header(&plan)
        };
        let mut lines = Lines::default();
        Journal::begin(&mut lines, header.clone(), &plan.body).unwrap();
        assert!(
            lines.written.trim_end().ends_with(kept),
            "{}",
            lines.written
        );
        assert_eq!(Written::parse(&lines.written).unwrap().header, header);
    }
    let mut lines = Lines::default();
    let header = Header {
        chosen,
        ..header(&plan)
    };
    Journal::begin(&mut lines, header, &plan.body).unwrap();
    let other = lines.written.replace("local", "elsewhere");
    assert!(Written::parse(&other).is_err());
}

#[test]
fn what_was_written_is_read() {
    let text = written();
    let read = Written::parse(&text).unwrap();
    assert_eq!(read.header, header(&plan("ops")));
    let events: Vec<_> = read
        .entries
        .iter()
        .map(|entry| entry.event.clone())
        .collect();
    assert_eq!(events, [stopped(), taken_up()]);
    assert_eq!(read.whole, text.len());
}

#[test]
fn a_half_line_does_not_count_wherever_it_ends() {
    let text = written();
    let second = text.match_indices('\n').nth(1).unwrap().0 + 1;
    // Every byte of the last line, also within a letter of two bytes.
    for end in second..text.len() {
        let read = Written::read(&text.as_bytes()[..end]).unwrap();
        assert_eq!((read.entries.len(), read.whole), (1, second), "{end}");
    }
}

#[test]
fn a_journal_without_a_whole_header_is_none() {
    for text in ["", "{\"format\":\"unbridge-journal\""] {
        let error = Written::parse(text).unwrap_err().to_string();
        assert_eq!(error, "line 1 of the journal: there is no whole line");
    }
}

#[test]
fn damage_is_refused_by_line() {
    let text = written();
    let lines: Vec<&str> = text.lines().collect();
    let hole = format!("{}\n{}\n", lines[0], lines[2]);
    let error = Written::parse(&hole).unwrap_err().to_string();
    assert_eq!(error, "line 2 of the journal: number 1 was expected, not 2");
    let broken = format!("{}\n{}\nnot json\n", lines[0], lines[1]);
    let error = Written::parse(&broken).unwrap_err().to_string();
    assert!(error.starts_with("line 3 of the journal: "), "{error}");
    let mut bytes = text.into_bytes();
    let end = bytes.len() - 2;
    bytes[end] = 0xff;
    let error = Written::read(&bytes).unwrap_err().to_string();
    assert_eq!(error, "line 3 of the journal: it is not UTF-8");
}

#[test]
fn another_format_and_a_newer_one_are_refused() {
    let text = written();
    let newer = text.replacen("\"format_version\":1", "\"format_version\":2", 1);
    let error = Written::parse(&newer).unwrap_err();
    assert_eq!(error, JournalError::Format(FORMAT.to_owned(), 2));
    let other = text.replacen("unbridge-journal", "unbridge-snapshot", 1);
    let error = Written::parse(&other).unwrap_err();
    assert_eq!(
        error,
        JournalError::Format("unbridge-snapshot".to_owned(), 1)
    );
}

#[test]
fn a_newer_format_with_other_fields_is_told_from_damage() {
    let newer = "{\"format\":\"unbridge-journal\",\"format_version\":2,\"news\":true}\n";
    let error = Written::parse(newer).unwrap_err();
    assert_eq!(error, JournalError::Format(FORMAT.to_owned(), 2));
}

#[test]
fn the_journal_of_another_plan_is_refused() {
    let read = Written::parse(&written()).unwrap();
    let error = read.fold(&plan("somebody else")).unwrap_err();
    assert!(matches!(error, JournalError::OtherPlan { .. }), "{error}");
    assert!(read.fold(&plan("ops")).is_ok());
}

#[test]
fn an_event_that_cannot_follow_is_refused_by_line_and_not_written() {
    let plan = plan("ops");
    let mut lines = Lines::default();
    let mut journal = Journal::begin(&mut lines, header(&plan), &plan.body).unwrap();
    let step = StepId::new("one").unwrap();
    let error = journal
        .note(Text::new("t1"), Event::Verified { step })
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 2 of the journal: verified cannot follow here: the plan has no step one"
    );
    assert_eq!(lines.written.lines().count(), 1);
}

#[test]
fn nothing_is_written_behind_a_line_that_may_not_be_on_disk() {
    let plan = plan("ops");
    let mut lines = Lines::default();
    Journal::begin(&mut lines, header(&plan), &plan.body).unwrap();
    lines.full = true;
    let read = Written::parse(&lines.written).unwrap();
    let mut journal = Journal::take_up(&mut lines, &read, &plan).unwrap();
    let first = journal.note(Text::new("t1"), stopped()).unwrap_err();
    journal.store.full = false;
    assert_eq!(journal.note(Text::new("t2"), stopped()).unwrap_err(), first);
    assert_eq!(Written::parse(&lines.written).unwrap().entries, []);
}

#[test]
fn a_journal_that_is_taken_up_goes_on_counting() {
    let plan = plan("ops");
    let mut lines = Lines {
        written: written(),
        full: false,
    };
    let read = Written::parse(&lines.written).unwrap();
    let mut journal = Journal::take_up(&mut lines, &read, &plan).unwrap();
    journal.note(Text::new("t3"), stopped()).unwrap();
    let numbers: Vec<u64> = Written::parse(&lines.written)
        .unwrap()
        .entries
        .iter()
        .map(|entry| entry.number)
        .collect();
    assert_eq!(numbers, [1, 2, 3]);
}
