//! How long the backends of a plan's stages take, before its run and since: which minutes or hours
//! are asked for, and what they come to. Who reads them is not known here.

use std::collections::BTreeMap;

use jiff::Timestamp;
use unbridge_model::id::{StageName, StepId};
use unbridge_model::journal::{Direction, Event, Written};
use unbridge_model::plan::condition::Gate;
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::{Body, Plan, Step};
use unbridge_model::text::Text;
use unbridge_model::usage::{LookBack, Measure, Measured, MetricQuery, Period, Span};

use super::measured::{Chosen, Latency, Over, Percentiles};
use super::shares::{Effect, effect, shift};
use super::steps;
use super::time::{moment, text};

/// Values by the number of their period in the span that was asked for; a query without any is
/// there too.
pub type Values = BTreeMap<MetricQuery, Vec<(u32, f64)>>;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// A shorter time is looked at minute by minute: it has too few whole hours.
const SHORT: i64 = 3 * HOUR;
/// A longer time tells less of what the move changed than of what else did.
const LONGEST: i64 = 14 * DAY;

/// `IntegrationLatency` of every stage that a plan moves. `read` is asked up to three times a stage.
///
/// # Errors
/// The first that `read` has.
pub fn latency<E>(
    plan: &Plan,
    written: &Written,
    now: Timestamp,
    mut read: impl FnMut(&[MetricQuery], Span) -> Result<Values, E>,
) -> Result<Vec<Latency>, E> {
    let now = now.as_second();
    let first = first_change(written).unwrap_or(now);
    let mut all = Vec::new();
    for moved in moved(plan, written) {
        let Moved { api, stage, .. } = &moved;
        let mut told = Latency {
            api: api.clone(),
            stage: stage.clone(),
            before: None,
            before_over: None,
            after: None,
            after_over: None,
        };
        if let Some(of) = measured(&plan.body, api, stage, moved.kind) {
            let after = moved.reached().map(|reached| Window::since(reached, now));
            if let Some(window) = after.filter(|window| window.length() > 0) {
                (told.after, told.after_over) = window.ask(&of, &mut read)?;
            }
            (told.before, told.before_over) = before(after, first, &of, &mut read)?;
        }
        all.push(told);
    }
    Ok(all)
}

/// What was measured over a window, and what the window was.
type Answer = (Option<Percentiles>, Option<Over>);

/// The same hours of the day as afterwards where there was anything, else what came just before.
fn before<E>(
    after: Option<Window>,
    first: i64,
    of: &Measured,
    read: &mut impl FnMut(&[MetricQuery], Span) -> Result<Values, E>,
) -> Result<Answer, E> {
    let same = after.filter(|window| window.length() > 0);
    if let Some(window) = same.map(|after| after.days_earlier(first)) {
        let answer = window.ask(of, read)?;
        if answer.0.is_some() {
            return Ok(answer);
        }
    }
    Window::just_before(first, after).ask(of, read)
}

/// A time of whole periods. Moments are seconds since 1970.
#[derive(Debug, Clone, Copy)]
struct Window {
    from: i64,
    until: i64,
    period: Period,
    chosen: Chosen,
}

impl Window {
    /// The whole periods since a moment.
    fn since(reached: i64, now: i64) -> Self {
        let (from, period) = match now - reached {
            ..SHORT => (reached, Period::Minute),
            SHORT.. => (reached.max(now - LONGEST), Period::Hour),
        };
        let length = i64::from(period.seconds());
        let from = from + (-from).rem_euclid(length);
        let until = now - now.rem_euclid(length);
        Self {
            from,
            until: until.max(from),
            period,
            chosen: Chosen::Since,
        }
    }

    fn length(self) -> i64 {
        self.until - self.from
    }

    /// The same hours of the day, so many days earlier that they end before a moment.
    fn days_earlier(self, first: i64) -> Self {
        let later = (self.until - first).max(1);
        let shift = (later + DAY - 1) / DAY * DAY;
        Self {
            from: self.from - shift,
            until: self.until - shift,
            chosen: Chosen::SameHours,
            ..self
        }
    }

    /// As long, but an hour at least, up to a moment; a day of hours where there is nothing to be as
    /// long as.
    fn just_before(first: i64, like: Option<Self>) -> Self {
        let (length, period) = match like {
            Some(like) => (like.length().max(HOUR), like.period),
            None => (DAY, Period::Hour),
        };
        let until = first - first.rem_euclid(period.seconds().into());
        Self {
            from: until - length,
            until,
            period,
            chosen: Chosen::JustBefore,
        }
    }

    /// A span that covers it.
    fn span(self) -> Span {
        match self.period {
            Period::Minute => Span::minutes(self.from, self.until),
            Period::Hour | Period::Day => {
                let days = u16::try_from((self.length() + DAY - 1) / DAY);
                let look_back = days.ok().and_then(LookBack::of_days);
                Span::hours_before(self.until, look_back.unwrap_or_default())
            }
        }
    }

    fn ask<E>(
        self,
        of: &Measured,
        read: &mut impl FnMut(&[MetricQuery], Span) -> Result<Values, E>,
    ) -> Result<Answer, E> {
        let query = |measure| MetricQuery {
            of: of.clone(),
            measure,
        };
        let queries = [
            query(Measure::IntegrationLatencyP50),
            query(Measure::IntegrationLatencyP95),
        ];
        let span = self.span();
        let told = read(&queries, span)?;
        let [p50, p95] = queries.map(|query| self.within(span, told.get(&query)));
        let over = Over {
            from: written(self.from),
            until: written(self.until),
            period_seconds: self.period.seconds(),
            values: p50.len().min(p95.len()),
            chosen: self.chosen,
        };
        let percentiles = median(p50).zip(median(p95));
        let percentiles = percentiles.map(|(p50, p95)| Percentiles { p50, p95 });
        Ok((percentiles, Some(over)))
    }

    /// The values of periods that lie in it.
    fn within(self, span: Span, values: Option<&Vec<(u32, f64)>>) -> Vec<f64> {
        let period = i64::from(span.period().seconds());
        let values = values.into_iter().flatten();
        let inside = values.filter(|(number, value)| {
            let at = span.from() + i64::from(*number) * period;
            (self.from..self.until).contains(&at) && value.is_finite() && *value >= 0.0
        });
        inside.map(|(_, value)| *value).collect()
    }
}

fn written(at: i64) -> Text {
    Timestamp::from_second(at).map_or_else(|_| Text::new(""), text)
}

/// The middle of the values; `None` without any.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = values.len() / 2;
    let lower = values.len().saturating_sub(1) / 2;
    Some(f64::midpoint(*values.get(lower)?, *values.get(upper)?))
}

/// When the first change of a run was announced.
fn first_change(written: &Written) -> Option<i64> {
    let mut entries = written.entries.iter();
    let first = entries.find(|entry| matches!(entry.event, Event::Started { .. }))?;
    Some(moment(&first.at)?.as_second())
}

/// The generation of an API: it says how metrics name it.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Rest,
    Http,
}

/// A stage that a plan moves.
struct Moved {
    api: Text,
    stage: StageName,
    kind: Kind,
    /// Since when all of its requests go the new way, as far as that is known.
    since: Option<i64>,
    /// Whether some of them surely or perhaps do not.
    is_partly: bool,
}

impl Moved {
    fn reached(&self) -> Option<i64> {
        self.since.filter(|_| !self.is_partly)
    }

    /// Takes in what a step that moves this share of the requests comes to.
    fn take(&mut self, percent: u8, effect: Effect, seen: Option<i64>) {
        match (effect, percent) {
            (Effect::Yes, 100) => {
                self.since = self.since.or(seen);
                self.is_partly = false;
            }
            (Effect::Yes | Effect::Unsure | Effect::Unknown, _) => {
                self.since = None;
                self.is_partly = true;
            }
            (Effect::No, _) => {}
        }
    }

    /// Takes in what became of a route, beside others.
    fn take_route(&mut self, effect: Effect, seen: Option<i64>) {
        match effect {
            Effect::Yes => self.since = self.since.max(seen),
            Effect::No | Effect::Unsure | Effect::Unknown => self.is_partly = true,
        }
    }
}

/// The stages of a plan, in the order in which it moves them.
fn moved(plan: &Plan, written: &Written) -> Vec<Moved> {
    let told = steps::steps(written, Some(plan));
    let seen = seen(written);
    let mut all = Vec::new();
    for (step, told) in plan.body.steps.iter().zip(&told) {
        let (effect, seen) = (effect(step, told.state), seen.get(&step.id).copied());
        if let Some((api, stage, percent)) = shift(step) {
            of(&mut all, &api, stage, kind(step)).take(percent, effect, seen);
        }
        if let (Operation::UpdateRoute { api, .. }, Some(Gate::BakeHttp { stages, .. })) =
            (&step.operation, &step.gate)
        {
            let api = Text::from(api.clone());
            for stage in stages {
                of(&mut all, &api, stage, Kind::Http).take_route(effect, seen);
            }
        }
    }
    all
}

fn of<'m>(all: &'m mut Vec<Moved>, api: &Text, stage: &StageName, kind: Kind) -> &'m mut Moved {
    let known = all
        .iter()
        .position(|one| one.api == *api && one.stage == *stage);
    let at = known.unwrap_or_else(|| {
        all.push(Moved {
            api: api.clone(),
            stage: stage.clone(),
            kind,
            since: None,
            is_partly: false,
        });
        all.len() - 1
    });
    &mut all[at]
}

fn kind(step: &Step) -> Kind {
    match step.operation {
        Operation::SetHttpDeployment { .. } => Kind::Http,
        _ => Kind::Rest,
    }
}

/// When the effect of each step was seen; or heard of, where it was not seen.
fn seen(written: &Written) -> BTreeMap<&StepId, i64> {
    let mut seen = BTreeMap::new();
    for entry in &written.entries {
        let (Event::Succeeded {
            step,
            direction: Direction::Forward,
            ..
        }
        | Event::Verified { step }) = &entry.event
        else {
            continue;
        };
        if let Some(at) = moment(&entry.at) {
            seen.insert(step, at.as_second());
        }
    }
    seen
}

/// A stage as metrics name it; `None` where the plan does not know the API's name.
fn measured(body: &Body, api: &Text, stage: &StageName, kind: Kind) -> Option<Measured> {
    let stage = stage.clone();
    let of = match kind {
        Kind::Rest => Measured::RestStage {
            api_name: body.names.apis.get(api)?.clone(),
            stage,
        },
        Kind::Http => Measured::HttpStage {
            api_id: api.clone(),
            stage,
        },
    };
    of.dimensions().is_some().then_some(of)
}
