//! A plan as a shell script of AWS CLI commands.
//!
//! Owns the script's shape: a function for each step and for each way back, what is noted in its
//! file of states, and where it ends. It decides nothing: where a plan's gate judges, it asks.

mod functions;
pub(super) mod order;

use std::fmt::{self, Write};

use unbridge_model::id::StepId;
use unbridge_model::plan::condition::{Condition, Gate};
use unbridge_model::plan::operation::Effect;
use unbridge_model::plan::{Plan, Step, Undo};

use self::order::{at_no_return, drain};
use super::cli_words::{Change, State, Word, change, find, id_of, owner, said, state};
use super::gates;
use crate::layout::count;
use crate::safe::printable;
use unbridge_model::plan::order::{Back, Rank, ways_back};

/// What AWS answers when it puts a call off, as a regular expression of `grep -E`.
const LATER: &str = r"\((TooManyRequestsException|Throttling[A-Za-z]*|RequestLimitExceeded|DependencyViolation|WAFUnavailableEntityException)\)|concurrent modification";

/// Seconds for an undo to be seen.
const UNDO_WITHIN: u32 = 900;

/// Writes the script. It ends before the point of no return, and says what is left from there on.
///
/// # Errors
/// When `out` does not take it.
pub fn plan_script(plan: &Plan, out: &mut dyn Write) -> fmt::Result {
    let (steps, left) = at_no_return(plan);
    let mut body = String::new();
    recall(&mut body, steps)?;
    for (number, step) in steps.iter().enumerate() {
        forward(&mut body, plan, number + 1, step)?;
    }
    let ways = ways_back(steps);
    for way in &ways {
        backward(&mut body, plan, way)?;
    }
    run_forward(&mut body, steps, left)?;
    run_back(&mut body, steps, &ways)?;
    let frame = include_str!("frame.sh");
    head(plan, &body, left, out)?;
    out.write_str(&functions::used_in(&[&body, frame]))?;
    out.write_str(&body)?;
    write!(out, "{frame}recall\n\n")?;
    out.write_str("if [[ $mode == back ]]; then\n  run_back\nelse\n  run_forward\nfi\n")
}

fn quoted(text: &str) -> String {
    Word::text(text).shell()
}

fn head(plan: &Plan, body: &str, left: &[Step], out: &mut dyn Write) -> fmt::Result {
    let inner = &plan.body;
    let steps = count(inner.steps.len(), "step", "steps");
    let id = plan.plan_id.short();
    writeln!(out, "#!/usr/bin/env bash")?;
    writeln!(
        out,
        "# Plan {id}: {steps} in {} of account {}.",
        inner.region, inner.account
    )?;
    for line in remarks(plan) {
        writeln!(out, "# {}", printable(&line))?;
    }
    if !left.is_empty() {
        let left = count(left.len(), "step", "steps");
        writeln!(
            out,
            "# It ends before the point of no return: {left} are left to a person."
        )?;
    }
    writeln!(
        out,
        "#\n# Run it to carry the plan out, and again after any interruption; run it with \"back\" to\n\
         # take back what was done. It keeps what it has done in a file beside it: keep that file.\n\
         #   UNBRIDGE_YES=1        says yes to every question\n\
         #   UNBRIDGE_STATE=FILE   keeps what was done there\n#"
    )?;
    writeln!(
        out,
        "# Queries of the CLI and of jq are not for the shell to expand:\n\
         # shellcheck disable=SC2016"
    )?;
    writeln!(out, "set -euo pipefail\n")?;
    writeln!(
        out,
        "plan={}",
        quoted(&format!("{} {}", plan.plan_id, plan.body_digest))
    )?;
    writeln!(out, "account={}", quoted(inner.account.as_str()))?;
    writeln!(out, "region={}", quoted(inner.region.as_str()))?;
    writeln!(out, "state=${{UNBRIDGE_STATE:-unbridge-{id}.state}}")?;
    if ["  change ", "stage_like", "furnish "]
        .iter()
        .any(|word| body.contains(word))
    {
        writeln!(out, "later={}", quoted(LATER))?;
    }
    let makers = inner
        .steps
        .iter()
        .filter(|step| step.operation.makes().is_some());
    for name in makers.map(|step| id_of(&step.id)) {
        if body.contains(&format!("${name}\"")) || body.contains(&format!("${name} ")) {
            writeln!(out, "{name}=''")?;
        }
    }
    writeln!(out)
}

/// What a reader must not miss.
fn remarks(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    if plan.proven().is_none() {
        lines.push("NOT PROVEN: rehearse it before it is carried out.".to_owned());
    }
    if !plan.body.complete || !plan.body.missing.is_empty() {
        lines.push("INCOMPLETE: it was made without seeing everything.".to_owned());
        lines.extend(plan.body.missing.iter().map(|text| format!("  {text}")));
    }
    lines
}

/// Takes what steps have made from the file of states.
fn recall(body: &mut String, steps: &[Step]) -> fmt::Result {
    let mut makers = steps
        .iter()
        .filter(|step| step.operation.makes().is_some())
        .peekable();
    writeln!(body, "recall() {{")?;
    if makers.peek().is_none() {
        return writeln!(body, "  :\n}}\n");
    }
    writeln!(body, "  local name what id")?;
    writeln!(body, "  while read -r name what id; do")?;
    writeln!(
        body,
        "    [[ $what != made || $id =~ ^[A-Za-z0-9-]+$ ]] || die \"$state is damaged\""
    )?;
    writeln!(body, "    case $name/$what in")?;
    for step in makers {
        let (id, name) = (&step.id, id_of(&step.id));
        writeln!(body, "      {id}/made) {name}=$id ;;")?;
    }
    writeln!(body, "    esac\n  done <\"$state\"\n}}\n")
}

/// How a shell asks whether this is so, and what it says when it is not.
fn asked(condition: &Condition) -> (String, String) {
    let words = said(condition);
    let test = match state(condition) {
        State::True(call) => format!("is_true {}", call.shell()),
        State::Alike {
            api,
            stage,
            like,
            but,
        } => {
            let words = [api, stage, like, but].map(|word| word.shell());
            format!("alike {}", words.join(" "))
        }
        State::Furnished { api, stage, like } => {
            let words = [api, stage, like].map(|word| word.shell());
            format!("furnished {}", words.join(" "))
        }
        State::LinkUnused { link } => format!("link_unused {}", link.shell()),
        State::Admitted {
            link,
            load_balancer,
            port,
        } => format!(
            "link_admitted {} {} {port}",
            link.shell(),
            load_balancer.shell()
        ),
        State::Not(not) => {
            let words = words.then(format!("; this script cannot tell: {}", not.why));
            return (words.shell(), "false".to_owned());
        }
    };
    (words.shell(), test)
}

fn need(body: &mut String, indent: &str, conditions: &[Condition]) -> fmt::Result {
    for condition in conditions {
        let (words, test) = asked(condition);
        writeln!(body, "{indent}need {words} \\\n{indent}  {test}")?;
    }
    Ok(())
}

fn await_all(body: &mut String, seconds: u32, conditions: &[Condition]) -> fmt::Result {
    for condition in conditions {
        let (words, test) = asked(condition);
        writeln!(body, "  await {seconds} {words} \\\n    {test}")?;
    }
    Ok(())
}

fn forward(body: &mut String, plan: &Plan, number: usize, step: &Step) -> fmt::Result {
    let Some(owner) = owner(plan, &step.id) else {
        return Ok(());
    };
    let (id, forward) = (&step.id, printable(&step.forward));
    writeln!(body, "# {}: {forward}", step.phase)?;
    writeln!(body, "step_{number}() {{")?;
    writeln!(body, "  begin '{id}' {} || return 0", quoted(&step.forward))?;
    let calls = change(&step.operation, &owner, &plan.body.region);
    match (find(&step.operation, &owner), step.operation.effect()) {
        (Some(find), _) => {
            let name = id_of(id);
            writeln!(body, "  id=${name}")?;
            writeln!(
                body,
                "  if [[ -z $id ]] && ! mine '{id}' {}; then",
                find.shell()
            )?;
            need(body, "    ", &step.preconditions)?;
            writeln!(body, "    note '{id} begun'")?;
            perform(body, "    ", &calls)?;
            writeln!(body, "    id=$(jq -r . <<<\"$told\")\n  fi")?;
            writeln!(body, "  made '{id}'\n  {name}=$id")?;
        }
        // What it takes from another stage is given again where that was interrupted.
        (None, _) if matches!(calls, Change::StageLike { .. }) => {
            writeln!(body, "  if ! noted '{id} begun'; then")?;
            need(body, "    ", &step.preconditions)?;
            writeln!(body, "    note '{id} begun'\n  fi")?;
            perform(body, "  ", &calls)?;
        }
        (None, Effect::Brings(effect)) => {
            unless(body, &effect)?;
            need(body, "    ", &step.preconditions)?;
            writeln!(body, "    note '{id} begun'")?;
            perform(body, "    ", &calls)?;
            writeln!(body, "  fi")?;
        }
        // Whatever is made can be found.
        (None, Effect::Makes(_)) => {}
    }
    await_all(body, step.verify_within, &step.verification)?;
    if let Some(gate) = &step.gate {
        self::gate(body, plan, gate)?;
    }
    writeln!(body, "  note '{id} done'\n}}\n")
}

/// Begins what is done only where this is not so already.
fn unless(body: &mut String, effect: &Condition) -> fmt::Result {
    let (_, test) = asked(effect);
    writeln!(
        body,
        "  if {test}; then\n    say '   it is so already'\n  else"
    )
}

fn perform(body: &mut String, indent: &str, change: &Change) -> fmt::Result {
    match change {
        Change::Call(call) => writeln!(body, "{indent}change {}", call.shell()),
        Change::StageLike {
            look,
            create,
            api,
            stage,
            arn,
        } => {
            let words = [api, stage, arn].map(|word| quoted(word));
            let words = words.join(" ");
            let (input, look) = (create.input(), look.shell());
            writeln!(
                body,
                "{indent}stage_like {words} \\\n{indent}  {input} \\\n{indent}  {look}"
            )
        }
        Change::Furnish {
            look,
            own: _,
            api,
            stage,
            arn,
        } => {
            let words = [api, stage, arn].map(|word| quoted(word));
            let (words, look) = (words.join(" "), look.shell());
            writeln!(body, "{indent}furnish {words} \\\n{indent}  {look}")
        }
        Change::IntegrationLike { look, set } => {
            let (set, look) = (set.shell(), look.shell());
            writeln!(body, "{indent}integration_like {set} \\\n{indent}  {look}")
        }
        Change::CloseEgress { look, group } => {
            let (group, look) = (group.shell(), look.shell());
            writeln!(body, "{indent}close_egress {group} {look}")
        }
    }
}

fn gate(body: &mut String, plan: &Plan, gate: &Gate) -> fmt::Result {
    let told = gates::told(gate, &plan.body.region);
    match gate {
        Gate::Proof { .. } => {
            writeln!(body, "  say {}", quoted(&format!("   {}", told.watch)))?;
        }
        Gate::Bake { seconds, .. } | Gate::BakeHttp { seconds, .. } | Gate::Drain { seconds } => {
            writeln!(body, "  pause {seconds} {}", quoted(&told.watch))?;
        }
    }
    match told.question {
        Some(question) => writeln!(body, "  ask {}", quoted(&question)),
        None => Ok(()),
    }
}

fn backward(body: &mut String, plan: &Plan, way: &Back<'_>) -> fmt::Result {
    let step = way.step;
    let (Undo::Operation { operation, only_if }, Some(owner)) = (&step.undo, owner(plan, &step.id))
    else {
        return Ok(());
    };
    let id = &step.id;
    let name = id_of(id);
    writeln!(body, "# back: {}", printable(&step.backward))?;
    writeln!(body, "back_{name}() {{")?;
    writeln!(
        body,
        "  back_from '{id}' {} || return 0",
        quoted(&step.backward)
    )?;
    if let Some(find) = find(&step.operation, &owner) {
        writeln!(body, "  if [[ -z ${name} ]]; then")?;
        writeln!(body, "    if ! mine '{id}' {}; then", find.shell())?;
        writeln!(body, "      note '{id} undone'\n      return\n    fi")?;
        writeln!(body, "    made '{id}'\n    {name}=$id\n  fi")?;
    }
    match operation.effect() {
        Effect::Brings(effect) => {
            unless(body, &effect)?;
            need(body, "    ", only_if)?;
            perform(body, "    ", &change(operation, &owner, &plan.body.region))?;
            writeln!(body, "  fi")?;
            await_all(body, UNDO_WITHIN, &[*effect])?;
        }
        Effect::Makes(_) => {
            let why = "a person takes this back: what is made anew has another id";
            writeln!(body, "  need {} false", quoted(why))?;
        }
    }
    writeln!(body, "  note '{id} undone'\n}}\n")
}

fn run_forward(body: &mut String, steps: &[Step], left: &[Step]) -> fmt::Result {
    writeln!(body, "run_forward() {{")?;
    writeln!(
        body,
        "  ! noted back || die \"this run was taken back, or half of it; once it is, a new one begins without $state\""
    )?;
    for number in 1..=steps.len() {
        writeln!(body, "  step_{number}")?;
    }
    writeln!(body, "  say ''")?;
    if left.is_empty() {
        writeln!(body, "  say 'Done: every step.'")?;
    } else {
        let text = "Done, up to the point of no return. Not done here, and for a person to do:";
        writeln!(body, "  say {}", quoted(text))?;
        for step in left {
            let text = format!("  {}: {}", step.id, step.forward);
            writeln!(body, "  say {}", quoted(&text))?;
        }
    }
    writeln!(body, "}}\n")
}

fn run_back(body: &mut String, steps: &[Step], ways: &[Back<'_>]) -> fmt::Result {
    writeln!(body, "run_back() {{")?;
    writeln!(body, "  noted back || note back")?;
    let moved: Vec<&StepId> = ways
        .iter()
        .filter(|way| way.rank == Rank::Requests)
        .map(|way| &way.step.id)
        .collect();
    let deletes = ways.iter().position(|way| way.rank > Rank::Draft);
    for (place, way) in ways.iter().enumerate() {
        if deletes == Some(place) && !moved.is_empty() {
            let was = moved.iter().map(|id| format!("noted '{id} begun'"));
            let was: Vec<String> = was.collect();
            writeln!(
                body,
                "  if ! noted drained && {{ {}; }}; then",
                was.join(" || ")
            )?;
            writeln!(
                body,
                "    pause {} 'requests that are on their way end'\n    note drained\n  fi",
                drain(steps)
            )?;
        }
        writeln!(body, "  back_{}", id_of(&way.step.id))?;
    }
    writeln!(body, "  say ''\n  say 'Taken back.'\n}}\n")
}
