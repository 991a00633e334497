//! Runs on a page for people.

use unbridge_model::journal::{Direction, StepState};
use unbridge_model::plan::Plan;
use unbridge_model::text::Text;

use super::draft::DraftChanged;
use super::measured::{Chosen, Latency, Measured, NlbTraffic, Over, Percentiles, Realised};
use super::shares::{RoutesMoved, StageShare};
use super::status::{Position, Soak, Status, TimeLeft};
use super::steps::StepTold;
use super::time::{clock, long, seconds_between, with_age};
use super::{Next, RunTold, Stands};
use crate::layout::{self, count};
use crate::look::Tone;
use crate::plan::{Left, api, meaning, roughly, saved, stage};
use crate::words;

/// What stands for something that was not measured.
const NOT_MEASURED: &str = "not measured";
/// What stands for something of which a measurement showed nothing: that is not zero.
const NOT_KNOWN: &str = "not known";

/// In fewer columns a step has no room beside its state and time.
const NARROW: usize = 64;
/// Before what stands below a row.
const BELOW: &str = "      ";

/// A page that is written.
struct Page<'p> {
    text: &'p mut String,
    columns: usize,
}

/// Puts a run: where it stands, what became of its steps, what to do next.
pub(super) fn journal(text: &mut String, run: &RunTold, columns: usize) {
    let mut page = Page { text, columns };
    page.head(run);
    page.line(
        "began",
        &format!(
            "{} UTC by {}",
            clock(&run.began_at),
            words::name(&run.began_by)
        ),
    );
    for taken in &run.taken_up {
        page.line(
            "taken up",
            &format!("{} UTC by {}", clock(&taken.at), words::name(&taken.by)),
        );
    }
    let last = run.last_event_at.as_ref();
    let last = last.map_or_else(String::new, |at| {
        format!(", the last one {} UTC", clock(at))
    });
    page.line("events", &format!("{}{last}", run.events));
    if run.half_a_line {
        let told = "half a line stands behind them, of a process that ended while it wrote: it does \
                    not count, nothing was done of it";
        page.line("", told);
    }
    page.why(&run.stands);
    page.steps(run);
    page.stays(&run.stays);
    page.next(&run.next);
}

/// Puts where a run stands now.
pub(super) fn status(text: &mut String, status: &Status, plan: &Plan, columns: usize) {
    let mut page = Page { text, columns };
    let now = &status.asked_at;
    let Some(run) = &status.run else {
        page.not_begun(plan);
        page.next(&status.next);
        return;
    };
    page.head(run);
    if let Some(at) = &status.position {
        page.position(at, now);
    }
    page.line(
        "began",
        &format!(
            "{} by {}",
            with_age(&run.began_at, now),
            words::name(&run.began_by)
        ),
    );
    if let Some(last) = run.taken_up.last() {
        page.line(
            "taken up",
            &format!("{} by {}", with_age(&last.at, now), words::name(&last.by)),
        );
    }
    if let Some(at) = &run.last_event_at {
        page.line("last event", &with_age(at, now));
    }
    match run.stands {
        Stands::UnderWay { .. } | Stands::Stopped { .. } | Stands::Stuck { .. } => {
            page.line(
                "lock",
                "held: no other run begins in this region of the account",
            );
        }
        Stands::Completed { .. } | Stands::RolledBack { .. } => {}
    }
    if let Some(seconds) = status.silent_for {
        let told = format!(
            "{}: nothing was noted for {}, longer than its step takes: its process may have ended",
            Tone::Care.of("SILENT"),
            long(seconds)
        );
        page.line("", &told);
    }
    if run.half_a_line {
        page.line(
            "",
            "half a line stands at the end of the journal and does not count",
        );
    }
    page.why(&run.stands);
    page.shares(&status.stages, &status.routes, plan);
    page.drafts(&status.drafts, plan, now);
    if let Some(left) = status.left {
        page.left(left);
    }
    if let Some(soak) = &status.soak {
        page.soak(soak, now);
    }
    if status.soak.is_some() || status.measured.latency.is_some() {
        page.latency(status.measured.latency.as_deref(), plan);
    }
    if status.soak.is_some() {
        page.measured(&status.measured, plan);
    }
    page.stays(&run.stays);
    page.next(&status.next);
}

impl Page<'_> {
    fn fill(&mut self, lead: &str, text: &str) {
        layout::fill(self.text, lead, text, self.columns);
    }

    fn heading(&mut self, text: &str) {
        self.text
            .push_str(&format!("\n{}\n", Tone::Strong.of(text)));
    }

    /// A fact of the head, behind what it is.
    fn line(&mut self, what: &str, text: &str) {
        self.fill(&format!("  {what:<10}  "), text);
    }

    fn not_begun(&mut self, plan: &Plan) {
        let text = format!(
            "Plan {} in {} of account {}: {}, there is no journal of it.",
            Tone::Strong.of(plan.plan_id.short()),
            plan.body.region,
            plan.body.account,
            Tone::Strong.of("NOT BEGUN"),
        );
        self.fill("", &text);
    }

    fn head(&mut self, run: &RunTold) {
        let text = format!(
            "Run {} of plan {} in {} of account {}: {}.",
            Tone::Strong.of(&run.run),
            Tone::Strong.of(run.plan_id.short()),
            run.region,
            run.account,
            standing(&run.stands),
        );
        self.fill("", &text);
    }

    /// Why a run goes no further.
    fn why(&mut self, stands: &Stands) {
        let (title, step, at, why) = match stands {
            Stands::Stopped { step, at, why, .. } => ("Why it stopped", step, at, why),
            Stands::Stuck { step, at, why, .. } => ("Why it is stuck", step, at, why),
            Stands::UnderWay { .. } | Stands::Completed { .. } | Stands::RolledBack { .. } => {
                return;
            }
        };
        self.heading(title);
        self.fill("  ", &format!("{} UTC, step {step}", clock(at)));
        self.fill("  ", &words::name(why));
    }

    fn steps(&mut self, run: &RunTold) {
        if run.steps.is_empty() {
            return;
        }
        self.heading("Steps");
        let titles = format!("  {:<8}  {:<19}  {:>5}  ", "STATE", "WHEN (UTC)", "TRIED");
        self.row(&titles, "STEP");
        for step in &run.steps {
            self.step(step);
        }
    }

    fn step(&mut self, told: &StepTold) {
        let tries = match told.state {
            StepState::Undoing | StepState::Undone | StepState::Left => told.undo_tries,
            StepState::Waiting
            | StepState::Doing
            | StepState::Made
            | StepState::Verified
            | StepState::Passed => told.tries,
        };
        let at = told.at.as_ref().map_or_else(|| "-".to_owned(), clock);
        let word = told.state.to_string();
        let pad = " ".repeat(8usize.saturating_sub(word.len()));
        let lead = format!(
            "  {}{pad}  {at:<19}  {tries:>5}  ",
            tone(told.state).of(word)
        );
        self.row(&lead, &Tone::Strong.of(&told.step));
        let below = match self.is_narrow() {
            true => BELOW.to_owned(),
            false => " ".repeat(layout::width(&lead)),
        };
        if let Some(made) = &told.made {
            self.fill(&below, &format!("made {made}"));
        }
        if let Some(why) = &told.why {
            self.fill(&below, &words::name(why));
        }
        if let Some(forward) = &told.forward {
            self.fill(&below, &Tone::Faint.of(words::name(forward)));
        }
    }

    /// A row of the table of steps; where there is no room for its last cell, that goes below.
    fn row(&mut self, lead: &str, last: &str) {
        if self.is_narrow() {
            self.fill("", lead);
            self.fill(BELOW, last);
        } else {
            self.fill(lead, last);
        }
    }

    fn is_narrow(&self) -> bool {
        self.columns < NARROW
    }

    fn stays(&mut self, stays: &[Left]) {
        if stays.is_empty() {
            return;
        }
        self.heading("What stays behind");
        for left in stays {
            self.fill("  - ", &words::name(&left.sentence()));
        }
    }

    fn next(&mut self, next: &[Next]) {
        self.heading("What to do next");
        for Next { command, what } in next {
            match command {
                // It is copied, so its line is not broken.
                Some(command) => {
                    self.text.push_str(&format!("  {}\n", words::name(command)));
                    self.fill("    ", what);
                }
                None => self.fill("  ", what),
            }
        }
    }

    fn position(&mut self, at: &Position, now: &Text) {
        let done = match at.way {
            Direction::Forward => format!("{} % of the steps are done", at.percent),
            Direction::Undo => format!("{} % of what was made is taken back", at.percent),
        };
        let step = Tone::Strong.of(&at.step);
        self.line(
            "step",
            &format!("{} of {}, {step}; {done}", at.number, at.of),
        );
        self.line("", &words::name(&at.forward));
        self.line("phase", &format!("{}: {}", at.phase, meaning(at.phase)));
        if let Some(waits_for) = &at.waits_for {
            let since = at.since.as_ref();
            let since =
                since.map_or_else(String::new, |at| format!(", since {}", with_age(at, now)));
            self.line("waits for", &format!("{waits_for}{since}"));
        }
    }

    fn shares(&mut self, stages: &[StageShare], routes: &[RoutesMoved], plan: &Plan) {
        if stages.is_empty() && routes.is_empty() {
            return;
        }
        self.heading("Requests that go the new way");
        for share in stages {
            let name = stage(&plan.body, &share.api, &share.stage);
            self.fill("  ", &format!("{name}: {}", percent(share)));
        }
        for RoutesMoved {
            api: id,
            moved,
            unsure,
            of,
        } in routes
        {
            let mut text = format!(
                "{}: {moved} of {}",
                api(&plan.body, id),
                count(*of, "route", "routes")
            );
            if *unsure > 0 {
                let unsure = format!("; of {unsure} it is not known");
                text.push_str(&Tone::Care.of(unsure));
            }
            self.fill("  ", &text);
        }
    }

    fn drafts(&mut self, drafts: &[DraftChanged], plan: &Plan, now: &Text) {
        if drafts.is_empty() {
            return;
        }
        self.heading("Drafts that are changed");
        for draft in drafts {
            let (name, since) = (api(&plan.body, &draft.api), with_age(&draft.since, now));
            let text = format!(
                "{name}, since {since}: whoever deploys it now ships that, moved or half moved"
            );
            self.fill("  ", &Tone::Care.of(text));
        }
    }

    fn left(&mut self, left: TimeLeft) {
        self.heading("Left, as the plan forecasts it");
        let (work, watch) = (roughly(left.work_seconds), roughly(left.watch_seconds));
        let all = roughly(left.work_seconds + left.watch_seconds);
        self.fill("  ", &format!("{all}: {work} of work, {watch} of watching"));
    }

    fn soak(&mut self, soak: &Soak, now: &Text) {
        self.heading("Until the old way is retired");
        self.fill(
            "  ",
            &format!("the run ended {}", with_age(&soak.ended_at, now)),
        );
        let nlbs: Vec<String> = soak.nlbs.iter().map(words::load_balancer).collect();
        let of = match nlbs.as_slice() {
            [] => "the NLBs of the old way".to_owned(),
            names => format!("the NLBs of the old way ({})", names.join(", ")),
        };
        let until = soak.not_before.as_ref().map_or_else(String::new, |at| {
            let left = seconds_between(now, at);
            match left {
                Some(seconds) if seconds > 0 => {
                    format!(": not before {} UTC, in {}", clock(at), long(seconds))
                }
                Some(_) | None => format!(": that time was over on {} UTC", clock(at)),
            }
        });
        let days = count(usize::from(soak.quiet_days), "day", "days");
        self.fill(
            "  ",
            &format!("for {days} nothing may have passed {of}{until}"),
        );
        for reason in &soak.waits_for {
            self.fill("  - ", reason);
        }
        self.fill(
            "  ",
            "`unbridge plan retire` looks at all of it again, in a new scan",
        );
    }

    fn latency(&mut self, latency: Option<&[Latency]>, plan: &Plan) {
        self.heading("Integration latency, before and since");
        let Some(latency) = latency.filter(|all| !all.is_empty()) else {
            self.fill("  ", NOT_MEASURED);
            return;
        };
        for one in latency {
            self.fill("  ", &latency_told(one, plan));
            for over in [&one.before_over, &one.after_over].into_iter().flatten() {
                self.fill("    ", &over_told(over));
            }
        }
    }

    fn measured(&mut self, measured: &Measured, plan: &Plan) {
        let Measured {
            latency: _,
            nlb_traffic,
            savings,
        } = measured;
        self.heading("What still passes the NLBs");
        self.list(nlb_traffic.as_deref(), traffic_told);
        self.heading("Saved a month");
        // What the plan reckons is known without a measurement.
        let reckoned = plan.body.forecast.iter().flat_map(|known| &known.savings);
        let reckoned = reckoned.map(|saving| Realised {
            saving: saving.clone(),
            gone: None,
        });
        let savings = savings.clone().unwrap_or_else(|| reckoned.collect());
        self.list(Some(&savings), realised_told);
    }

    fn list<T>(&mut self, measured: Option<&[T]>, told: impl Fn(&T) -> String) {
        match measured {
            None | Some([]) => self.fill("  ", NOT_MEASURED),
            Some(all) => {
                for one in all {
                    self.fill("  ", &told(one));
                }
            }
        }
    }
}

/// Where a run stands, in a few words.
fn standing(stands: &Stands) -> String {
    let towards = |way: &Direction| match way {
        Direction::Forward => "going forward",
        Direction::Undo => "going back",
    };
    match stands {
        Stands::UnderWay { way } => Tone::Strong.of(match way {
            Direction::Forward => "GOES FORWARD",
            Direction::Undo => "GOES BACK",
        }),
        Stands::Stopped { way, step, .. } => {
            format!(
                "{} {}, at step {step}",
                Tone::Care.of("STOPPED"),
                towards(way)
            )
        }
        Stands::Stuck { way, step, .. } => {
            format!("{} {}, at step {step}", Tone::Bad.of("STUCK"), towards(way))
        }
        Stands::Completed { at } => {
            format!("{} on {} UTC", Tone::Good.of("COMPLETED"), clock(at))
        }
        Stands::RolledBack { at } => {
            format!("{} on {} UTC", Tone::Care.of("ROLLED BACK"), clock(at))
        }
    }
}

fn tone(state: StepState) -> Tone {
    match state {
        StepState::Waiting => Tone::Faint,
        StepState::Verified | StepState::Passed => Tone::Good,
        StepState::Doing | StepState::Made | StepState::Undoing => Tone::Care,
        StepState::Undone => Tone::Strong,
        StepState::Left => Tone::Bad,
    }
}

fn percent(share: &StageShare) -> String {
    match (share.percent, share.or_percent) {
        (Some(known), None) => format!("{known} %"),
        (Some(known), Some(other)) => Tone::Care.of(format!(
            "{known} % or {other} %: of the last change nothing was heard yet"
        )),
        (None, _) => Tone::Care.of("not known: a step that moved them was left as it stands"),
    }
}

fn latency_told(latency: &Latency, plan: &Plan) -> String {
    let told = |known: Option<Percentiles>| match known {
        Some(Percentiles { p50, p95 }) => format!("p50 {p50:.0} ms, p95 {p95:.0} ms"),
        None => NOT_KNOWN.to_owned(),
    };
    let name = stage(&plan.body, &latency.api, &latency.stage);
    let (before, after) = (told(latency.before), told(latency.after));
    format!("{name}: {before} before; {after} since")
}

/// The time that percentiles stand for.
fn over_told(over: &Over) -> String {
    let (word, which) = match over.chosen {
        Chosen::Since => ("since", ""),
        Chosen::SameHours => ("before", ", the same hours of the day"),
        Chosen::JustBefore => ("before", ", which came just before the run"),
    };
    let period = match over.period_seconds {
        60 => "minutes",
        _ => "hours",
    };
    let (from, until) = (clock(&over.from), clock(&over.until));
    format!(
        "{word}: {} {period} with requests, of {from} to {until} UTC{which}",
        over.values
    )
}

fn traffic_told(traffic: &NlbTraffic) -> String {
    let name = words::load_balancer(&traffic.nlb);
    let known = |what: &str, value: Option<f64>| match value {
        Some(value) => format!("{value:.0} {what}"),
        None => format!("{what} {NOT_MEASURED}"),
    };
    let hours = usize::try_from(traffic.hours).unwrap_or(usize::MAX);
    let text = format!(
        "NLB {name}: {}, {} in {}",
        known("new flows", traffic.flows),
        known("bytes", traffic.bytes),
        count(hours, "hour", "hours"),
    );
    match traffic.passes() {
        Some(true) => Tone::Care.of(text),
        Some(false) => Tone::Good.of(text),
        None => text,
    }
}

fn realised_told(realised: &Realised) -> String {
    let name = words::load_balancer(&realised.saving.nlb);
    let amount = saved(&realised.saving);
    let mut text = match realised.gone {
        Some(true) => format!("NLB {name}, which is gone: {amount}"),
        Some(false) => format!("NLB {name}: nothing yet, it stands; {amount} once it is gone"),
        None => format!("NLB {name}: not known whether it is gone; {amount} once it is"),
    };
    if !realised.saving.unknown.is_empty() {
        let unknown: Vec<&str> = realised.saving.unknown.iter().map(Text::as_str).collect();
        text.push_str(&format!(
            "; not known: {}",
            words::name(&unknown.join("; "))
        ));
    }
    text
}
