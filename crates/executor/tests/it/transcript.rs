//! A journal as short lines.

use unbridge_model::journal::{Direction, Event, Residue, Written};

/// One line for each event, `>` for the way forward and `<` for the way back.
pub(crate) fn transcript(text: &str) -> String {
    let written = Written::read(text.as_bytes()).unwrap();
    let lines = written.entries.iter().map(|entry| told(&entry.event));
    lines.collect::<Vec<_>>().join("\n")
}

fn told(event: &Event) -> String {
    let way = |direction: &Direction| match direction {
        Direction::Forward => '>',
        Direction::Undo => '<',
    };
    match event {
        Event::Started {
            step,
            direction,
            operation,
        } => {
            let operation: &'static str = operation.into();
            format!("{} {step}: {operation}", way(direction))
        }
        Event::Succeeded {
            step,
            direction,
            output,
        } => {
            let output = output.as_ref().map(|output| format!(": {output}"));
            format!(
                "{} {step} succeeded{}",
                way(direction),
                output.unwrap_or_default()
            )
        }
        Event::NotMade {
            step,
            direction,
            why,
        } => format!("{} {step} not made: {why}", way(direction)),
        Event::Lost {
            step,
            direction,
            why,
        } => format!("{} {step} lost: {why}", way(direction)),
        Event::Verified { step } => format!("{step} verified"),
        Event::Passed { step } => format!("{step} passed"),
        Event::TurnedBack { why } => format!("turned back: {why}"),
        Event::NothingToUndo { step, why } => format!("{step} nothing to undo: {why}"),
        Event::Left { step, residue } => match residue {
            Residue::IntegrationTarget { method } => {
                format!("{step} left: integrationTarget of {}", method.path)
            }
            Residue::NotUndone { why } => format!("{step} left: {why}"),
        },
        Event::Stopped { step, why } => format!("{step} stopped: {why}"),
        Event::Stuck { step, why } => format!("{step} stuck: {why}"),
        Event::TakenUp { .. } => "taken up".to_owned(),
        Event::Ended { end } => format!("ended: {end}"),
    }
}
