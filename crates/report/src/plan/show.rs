//! A plan, step by step.

use std::fmt::{self, Write};

use unbridge_model::plan::{Plan, Step, Undo};

use super::{gate, meaning, summary};
use crate::layout;
use crate::look::{Look, Tone};
use crate::words;

/// Writes a plan: what it comes to, and its steps by phase.
///
/// # Errors
/// When `out` does not take it.
pub fn plan(plan: &Plan, look: Look, out: &mut dyn Write) -> fmt::Result {
    let columns = look.columns();
    let mut page = String::new();
    summary::put(&mut page, plan, None, columns);
    let body = &plan.body;
    let mut number = 0;
    for of_phase in body.steps.chunk_by(|one, next| one.phase == next.phase) {
        let phase = of_phase[0].phase;
        page.push('\n');
        let text = format!("{}: {}", Tone::Strong.of(phase), meaning(phase));
        layout::fill(&mut page, "", &text, columns);
        for step in of_phase {
            number += 1;
            put_step(&mut page, number, step, columns);
        }
    }
    look.put(&page, out)
}

fn put_step(page: &mut String, number: usize, step: &Step, columns: usize) {
    let forward = words::name(&step.forward);
    let text = format!("{}: {forward}", Tone::Strong.of(&step.id));
    layout::fill(page, &format!("{number:>4}  "), &text, columns);
    let mut told = |text: &str| layout::fill(page, "      ", text, columns);
    if let Some(known) = &step.gate {
        told(&gate(known));
    }
    match &step.undo {
        Undo::Operation { .. } => told(&format!("back: {}", words::name(&step.backward))),
        Undo::Nothing => {}
        Undo::Impossible { why } => {
            let text = format!("{}: {}", Tone::Bad.of("no way back"), words::name(why));
            told(&text);
        }
    }
}
