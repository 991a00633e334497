//! The meter of a run: which requests a gate is about, over which minutes, and what they come to.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use unbridge_model::elb::Target;
use unbridge_model::id::{RestApiId, StepId, TargetGroupArn};
use unbridge_model::plan::condition::Gate;
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::{Plan, Step};
use unbridge_model::port::{Judgement, Meter, ReadError};
use unbridge_model::snapshot::RegionFacts;
use unbridge_model::text::Text;
use unbridge_model::usage::{MetricQuery, Span, Statistic};

use super::site::Site;
use super::{Health, Measurement, Minutes, Place, Seen, Thresholds, judge};

/// Where numbers come from. One answer is whole, or it is an error; whoever implements it retries.
pub trait Source {
    /// Seconds since 1970 by the clock of whoever counts the minutes, not by this machine's: where they
    /// differ, minutes from before a share was set would else pass for its own.
    ///
    /// # Errors
    /// [`ReadError`] when that clock is not known.
    fn now(&self) -> Result<i64, ReadError>;

    /// Every REST API of the region, with its name.
    ///
    /// # Errors
    /// [`ReadError`] when they cannot be listed.
    fn rest_apis(&self) -> Result<Vec<(RestApiId, Text)>, ReadError>;

    /// What these queries bring over a span: values by the number of their period. A query without
    /// any value is there too.
    ///
    /// # Errors
    /// [`ReadError`] when one was not told to its end.
    fn series(
        &self,
        queries: &[MetricQuery],
        span: Span,
    ) -> Result<BTreeMap<MetricQuery, Vec<(u32, f64)>>, ReadError>;

    /// The targets of a group.
    ///
    /// # Errors
    /// [`ReadError`] when they cannot be read.
    fn targets(&self, group: &TargetGroupArn) -> Result<Vec<Target>, ReadError>;
}

/// Moments and times of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// When the run began, in seconds since 1970 by the same clock as [`Source::now`]: the base line
    /// ends there.
    pub began: i64,
    /// How long `CloudWatch` takes to show a minute. At zero, as emulators have it, the running minute
    /// counts too, less what it showed at the first look.
    pub metrics: Duration,
    /// How long after the beginning of a gate it is looked at first.
    pub slice: Duration,
}

/// Judges the gates of a plan that watch requests.
pub struct Watch<'a, S> {
    plan: &'a Plan,
    facts: &'a RegionFacts,
    source: S,
    thresholds: Thresholds,
    timing: Timing,
    /// Steps that an earlier process of the run had announced.
    announced: BTreeSet<StepId>,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    watched: Option<Watched>,
    /// Healthy targets of groups when they were looked at first.
    healthy: BTreeMap<TargetGroupArn, usize>,
    last: Option<Measurement>,
}

/// A gate that is watched.
struct Watched {
    step: StepId,
    begun: i64,
    site: Site,
    before: Vec<Minutes>,
    /// What the first of its minutes showed when it began, where that minute had begun before.
    shown: Option<Vec<Minutes>>,
}

impl<'a, S: Source> Watch<'a, S> {
    /// Watches for this plan. The facts are those of the plan's region, as they stood when the run
    /// began or was taken up.
    #[must_use]
    pub fn new(
        plan: &'a Plan,
        facts: &'a RegionFacts,
        source: S,
        thresholds: Thresholds,
        timing: Timing,
    ) -> Self {
        Self {
            plan,
            facts,
            source,
            thresholds,
            timing,
            announced: BTreeSet::new(),
            state: RefCell::default(),
        }
    }

    /// Goes on with a run that had announced these steps before the facts were read: where they moved
    /// requests, a group without a healthy target may have lost the last one to them.
    #[must_use]
    pub fn after(mut self, announced: impl IntoIterator<Item = StepId>) -> Self {
        self.announced.extend(announced);
        self
    }

    /// What the last look came to; `None` before the first, after one that could not measure, and
    /// while requests end and none was counted yet.
    #[must_use]
    pub fn last(&self) -> Option<Measurement> {
        self.state.borrow().last.clone()
    }

    /// Notes how many targets are healthy before requests move: what is lost between then and the first
    /// look at a gate would else be taken for usual. What cannot be read now counts from that look on.
    pub fn note_health(&self) {
        let Ok(named) = self.source.rest_apis() else {
            return;
        };
        let healthy = &mut self.state.borrow_mut().healthy;
        for step in &self.plan.body.steps {
            let gate = step.gate.iter().find(|gate| is_measured(step, gate));
            let site = gate.map(|gate| Site::of(&self.plan.body, self.facts, step, gate, &named));
            let Some(Ok(site)) = site else {
                continue;
            };
            for (group, _) in &site.groups {
                if !healthy.contains_key(group)
                    && let Some(before) = self.healthy_before(group, self.healthy_now(group))
                {
                    healthy.insert(group.clone(), before);
                }
            }
        }
    }

    fn look(&self, gate: &Gate) -> Result<Measurement, Judgement> {
        let seconds = match gate {
            Gate::Bake { seconds, .. }
            | Gate::BakeHttp { seconds, .. }
            | Gate::Drain { seconds } => *seconds,
            Gate::Proof { .. } => return Err(error("no gate to measure")),
        };
        let step = self.step_of(gate)?;
        if !is_measured(step, gate) {
            return Err(error("no gate to measure"));
        }
        let now = self.source.now();
        let now = now.map_err(|failed| unreadable("AWS's clock", &failed))?;
        let mut state = self.state.borrow_mut();
        let state = &mut *state;
        let known = state.watched.take().filter(|known| known.step == step.id);
        let watched = match known {
            Some(known) => known,
            None => self.begin(step, gate, seconds, now)?,
        };
        let watched = state.watched.insert(watched);
        let health = self.health(step, &watched.site, &mut state.healthy);
        let span = self.window(watched.begun, now);
        let mut measured = if span.periods() == 0 {
            watched.site.nothing()
        } else {
            self.read(&watched.site, span)?
        };
        for (now, shown) in measured.iter_mut().zip(watched.shown.iter().flatten()) {
            take_away(now, shown);
        }
        let places = watched.site.places.iter().zip(&watched.before);
        let places = places
            .zip(measured)
            .map(|(((of, name), before), now)| Place {
                of: of.clone(),
                name: name.clone(),
                before: before.clone(),
                now,
            });
        let seen = Seen {
            share_percent: watched.site.share_percent,
            places: places.collect(),
            health,
            namesakes: watched.site.namesakes.clone(),
        };
        Ok(judge(&seen, &self.thresholds))
    }

    /// The step whose gate this is: several may have equal ones, so that it is the very one of the
    /// plan that counts.
    fn step_of(&self, gate: &Gate) -> Result<&'a Step, Judgement> {
        let steps = || self.plan.body.steps.iter();
        let is_this = |step: &&Step| step.gate.as_ref().is_some_and(|g| std::ptr::eq(g, gate));
        if let Some(step) = steps().find(is_this) {
            return Ok(step);
        }
        let mut equal = steps().filter(|step| step.gate.as_ref() == Some(gate));
        match (equal.next(), equal.next()) {
            (Some(step), None) => Ok(step),
            (None, _) => Err(error("no step of the plan has this gate")),
            (Some(_), Some(_)) => Err(error("which step of the plan has this gate is not known")),
        }
    }

    fn begin(
        &self,
        step: &Step,
        gate: &Gate,
        seconds: u32,
        now: i64,
    ) -> Result<Watched, Judgement> {
        let named = self.source.rest_apis();
        let named = named.map_err(|failed| unreadable("the names of the REST APIs", &failed))?;
        let site = Site::of(&self.plan.body, self.facts, step, gate, &named);
        let site = site.map_err(error)?;
        let length = i64::from(seconds).saturating_add(59) / 60;
        let minutes = length.max(self.thresholds.baseline_minutes.into());
        let until = self
            .timing
            .began
            .saturating_sub(self.timing.began.rem_euclid(60));
        let from = until.saturating_sub(minutes.saturating_mul(60));
        let before = self.read(&site, Span::minutes(from, until))?;
        let (begun, shown) = if self.shows_at_once() {
            let running = Span::minutes(floor(now), now.saturating_add(1));
            (now, Some(self.read(&site, running)?))
        } else {
            let waited = whole_seconds(self.timing.slice).min(seconds.into());
            (now.saturating_sub(waited), None)
        };
        Ok(Watched {
            step: step.id.clone(),
            begun,
            site,
            before,
            shown,
        })
    }

    /// What was counted at each place of a site.
    fn read(&self, site: &Site, span: Span) -> Result<Vec<Minutes>, Judgement> {
        let queries: Vec<MetricQuery> = site.queries().collect();
        let told = self.source.series(&queries, span);
        let told = told.map_err(|failed| unreadable("CloudWatch", &failed))?;
        let mut of_places = site.unread();
        for (query, values) in told {
            let place = site.places.iter().position(|(of, _)| *of == query.of);
            let Some(minutes) = place.and_then(|place| of_places.get_mut(place)) else {
                continue;
            };
            let mut series = vec![None; span.periods() as usize];
            for (period, value) in values {
                if let Some(minute) = series.get_mut(period as usize) {
                    *minute = Some(value);
                }
            }
            minutes.insert(query.measure, series);
        }
        Ok(of_places)
    }

    fn shows_at_once(&self) -> bool {
        self.timing.metrics.is_zero()
    }

    /// Minutes in which the share was what it is, as far as `CloudWatch` shows them: whole ones, where
    /// it does so late.
    fn window(&self, begun: i64, now: i64) -> Span {
        if self.shows_at_once() {
            return Span::minutes(floor(begun), now.saturating_add(1));
        }
        let late = whole_seconds(self.timing.metrics);
        Span::minutes(
            floor(begun.saturating_add(59)),
            floor(now.saturating_sub(late)),
        )
    }

    fn health(
        &self,
        step: &Step,
        site: &Site,
        first: &mut BTreeMap<TargetGroupArn, usize>,
    ) -> Vec<Health> {
        let had_moved = self.had_moved(step);
        let of_group = |(group, name): &(TargetGroupArn, Text)| {
            let now = self.healthy_now(group);
            if let Some(before) = self.healthy_before(group, now) {
                first.entry(group.clone()).or_insert(before);
            }
            if let (Some(0), Some(seen @ 1..), true) = (first.get(group), now, had_moved) {
                first.insert(group.clone(), seen);
            }
            let before = first.get(group).copied();
            Health {
                group: name.clone(),
                // None was healthy when the run was taken up, which may have been the canary's doing.
                before: before.filter(|before| *before > 0 || !had_moved || self.is_idle(group)),
                now,
            }
        };
        site.groups.iter().map(of_group).collect()
    }

    /// Whether requests of a step's API went the new way before this process looked at anything.
    fn had_moved(&self, step: &Step) -> bool {
        let api = moved(step);
        let steps = self.plan.body.steps.iter();
        let mut earlier = steps.filter(|one| self.announced.contains(&one.id));
        earlier.any(|one| api.is_some() && moved(one) == api)
    }

    fn healthy_now(&self, group: &TargetGroupArn) -> Option<usize> {
        let targets = self.source.targets(group).ok()?;
        Some(healthy(&targets))
    }

    /// Whether nothing is registered in a group, as in the one of two that is not in use.
    fn is_idle(&self, group: &TargetGroupArn) -> bool {
        let seen = self.facts.target_groups.get(group);
        let targets = seen.and_then(|group| group.targets.as_ref());
        targets.is_some_and(Vec::is_empty)
    }

    /// What was seen before the run, or else what is seen first.
    fn healthy_before(&self, group: &TargetGroupArn, now: Option<usize>) -> Option<usize> {
        let seen = self.facts.target_groups.get(group);
        let seen = seen.and_then(|group| Some(healthy(group.targets.as_ref()?)));
        seen.or(now)
    }
}

/// The API whose requests a step moves; `None` for any other step.
fn moved(step: &Step) -> Option<&str> {
    use Operation as O;
    if let O::SetCanary { api, .. } | O::SetDeployment { api, .. } = &step.operation {
        return Some(api.as_str());
    }
    if let O::UpdateRoute { api, .. } | O::SetHttpDeployment { api, .. } = &step.operation {
        return Some(api.as_str());
    }
    None
}

/// Whether requests go the new way while a gate is awaited.
fn is_measured(step: &Step, gate: &Gate) -> bool {
    match gate {
        Gate::Bake { .. } | Gate::BakeHttp { .. } => true,
        Gate::Drain { .. } => matches!(step.operation, Operation::SetDeployment { .. }),
        Gate::Proof { .. } => false,
    }
}

/// The beginning of a moment's minute.
fn floor(moment: i64) -> i64 {
    moment.saturating_sub(moment.rem_euclid(60))
}

/// Takes what was counted before out of the first minute.
fn take_away(minutes: &mut Minutes, before: &Minutes) {
    for (measure, values) in minutes {
        let first = values.first_mut().and_then(Option::as_mut);
        let shown = before.get(measure).and_then(|values| *values.first()?);
        if let (Statistic::Sum, Some(first), Some(shown)) = (measure.statistic(), first, shown) {
            *first = (*first - shown).max(0.0);
        }
    }
}

impl<S: Source> Meter for Watch<'_, S> {
    fn judge(&self, gate: &Gate) -> Judgement {
        let looked = self.look(gate);
        let (last, judgement) = match looked {
            Ok(measurement) => {
                let judgement = measurement.judgement.clone();
                (Some(measurement), judgement)
            }
            Err(judgement) => (None, judgement),
        };
        // While requests end, little is shown yet: there is nothing to tell of that.
        let is_drain = matches!(gate, Gate::Drain { .. });
        let last = last.filter(|seen| !is_drain || seen.requests > 0.0);
        self.state.borrow_mut().last = last;
        judgement
    }
}

fn healthy(targets: &[Target]) -> usize {
    targets.iter().filter(|t| t.health == "healthy").count()
}

fn whole_seconds(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

fn error(why: impl Into<String>) -> Judgement {
    let why = Text::from(why.into());
    Judgement::Error { why }
}

fn unreadable(what: &str, failed: &ReadError) -> Judgement {
    error(format!("{what} could not be read: {failed}"))
}
