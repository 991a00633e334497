//! Judges a canary release: from what was counted before and what is counted now to a judgement.
//!
//! Owns the noise model, the sentences about it, and which minutes of which things a gate is about
//! ([`Watch`]). It reads through a [`Source`], and knows no SDK and no clock.
//!
//! # What is compared
//!
//! AWS has no metric for a canary's requests alone, so a stage is compared with itself: the share of
//! each status among all its requests, before the run began and now. Of a request to the canary that
//! goes wrong only the canary's share shows there (H30). Redirects and answers of a load balancer
//! show on no stage, so every ALB and target group of the new way is compared too.
//!
//! # Noise
//!
//! In a minute with `n` requests of which a share `q` has a status, the number of those is taken to
//! vary as a binomial number does, times a dispersion `D`: its variance is `D n q (1 - q)`. `D` is
//! Pearson's statistic of the base line's minutes over their number less one, at least 1
//! (McCullagh and Nelder, "Generalized Linear Models", 2nd edition, 4.5). What of it exceeds chance
//! (two of its own standard deviations) is taken to last for
//! [`lasting_minutes`](Thresholds::lasting_minutes): minutes that go wrong together count as one.
//! Where the canary's own minutes differ more, their `D` counts: a single bad minute is no rise.
//! Counts are divided by `D` and compared by the arc sine of the root of their shares, which has the
//! same variance at every share and holds for small counts (Anscombe, "The transformation of
//! Poisson, binomial and negative-binomial data", Biometrika 35, 1948).
//!
//! # Verdicts
//!
//! - **fail**: a share rose by more than [`beyond_noise`](Thresholds::beyond_noise) standard
//!   deviations and by more than [`floor_percent`](Thresholds::floor_percent); or a target group lost
//!   its last healthy target.
//! - **pass**: nothing failed, a harm to [`harm_percent`](Thresholds::harm_percent) of the canary's
//!   requests would have been a fail in 999 of 1000 cases, for each status, and whatever the
//!   thresholds, the chance that no request of a stage went the new way is less than one in a
//!   thousand (H29).
//! - **inconclusive**: anything else that was measured. It never advances by itself.
//! - **error**: a measure was not read, or shows nothing at all. That is not zero.
//!
//! `docs/canary.md` says the same for people, with how much traffic it takes.

mod noise;
mod series;
mod site;
#[cfg(test)]
mod tests;
mod watch;
mod words;

use unbridge_model::port::Judgement;
use unbridge_model::text::Text;
use unbridge_model::usage::{Measure, Measured};

pub use series::{Counted, Minutes};
pub use watch::{Source, Timing, Watch};

use noise::{Bar, Noise};

/// When a canary release has failed, and when it has passed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Percent of the canary's requests. It passes only when a harm to so many of them would have
    /// been noticed.
    pub harm_percent: f64,
    /// Percent of all requests of a stage or load balancer. A smaller rise of a status never fails,
    /// however regular it was before; where half of the harm to be noticed is less, that counts.
    pub floor_percent: f64,
    /// Standard deviations that a rise has to exceed to fail.
    pub beyond_noise: f64,
    /// Minutes for which trouble is taken to last where minutes differ by more than chance.
    pub lasting_minutes: u32,
    /// Minutes with requests that a base line needs at least to pass by it.
    pub base_minutes: u32,
    /// Minutes with requests that a rise has to be seen in to fail, and that a pass takes.
    pub least_minutes: u32,
    /// Minutes that a base line goes back at least; it is longer where the watch is.
    pub baseline_minutes: u32,
    /// Milliseconds by which the 95th percentile of a stage's integration latency may rise; `None`
    /// does not judge latency. It takes as many minutes as the rest.
    pub latency_p95_rise: Option<f64>,
}

impl Default for Thresholds {
    /// | Threshold | Value | Why |
    /// |---|---|---|
    /// | `harm_percent` | 20 | what breaks in a move breaks for whole methods or targets; at 10 % of a stage it is 2 % of its requests |
    /// | `floor_percent` | 0.5 | clients' mistakes drift by as much from hour to hour |
    /// | `beyond_noise` | 5 | a bake is looked at each minute, at some twenty shares: chance alone reaches 5 once in 3.5 million looks |
    /// | `lasting_minutes` | 5 | the default period of alarms; restarts and retries last for minutes |
    /// | `base_minutes` | 10 | fewer tell nothing of how minutes differ |
    /// | `baseline_minutes` | 60 | long enough to know bursts that come every few minutes |
    /// | `least_minutes` | 2 | a single bad minute is usual somewhere in a day |
    fn default() -> Self {
        Self {
            harm_percent: 20.0,
            floor_percent: 0.5,
            beyond_noise: 5.0,
            lasting_minutes: 5,
            base_minutes: 10,
            least_minutes: 2,
            baseline_minutes: 60,
            latency_p95_rise: None,
        }
    }
}

/// What was counted while a canary release is watched, and before.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The part of the stages' requests that goes the new way, in percent, above 0 to 100.
    pub share_percent: f64,
    /// The stages, and the load balancers and target groups that the new way leads to.
    pub places: Vec<Place>,
    /// The health of those groups.
    pub health: Vec<Health>,
    /// Other APIs that `CloudWatch` counts under the same name: their requests are among these.
    pub namesakes: Vec<Text>,
}

/// Where requests are counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// What it is.
    pub of: Measured,
    /// What people call it.
    pub name: Text,
    /// Minutes of the base line.
    pub before: Minutes,
    /// Minutes of the canary release.
    pub now: Minutes,
}

/// What counts requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PlaceKind {
    /// A stage: every request of its callers.
    Stage,
    /// An ALB: every request that reached it, from wherever.
    LoadBalancer,
    /// A target group of an ALB.
    TargetGroup,
}

impl Place {
    fn kind(&self) -> PlaceKind {
        match self.of {
            Measured::RestStage { .. } | Measured::HttpStage { .. } => PlaceKind::Stage,
            Measured::LoadBalancer(_) => PlaceKind::LoadBalancer,
            Measured::TargetGroup { .. } => PlaceKind::TargetGroup,
        }
    }
}

/// Healthy targets of a group; `None` when that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// What people call the group.
    pub group: Text,
    /// How many there were before.
    pub before: Option<usize>,
    /// How many there are.
    pub now: Option<usize>,
}

/// What a look came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// What it comes to.
    pub judgement: Judgement,
    /// Percent of the requests that go the new way.
    pub share_percent: f64,
    /// Minutes of the canary release in which requests were counted.
    pub minutes: usize,
    /// Requests of the stages in those minutes.
    pub requests: f64,
    /// How many of them are taken to have been the canary's.
    pub canary_requests: f64,
    /// Every share that was compared.
    pub compared: Vec<Compared>,
    /// How long backends of stages took.
    pub latency: Vec<Latency>,
}

/// A status at one place, before and now.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// What counts it.
    pub of: Measured,
    /// What people call it.
    pub place: Text,
    /// The status.
    pub status: Measure,
    /// Before the run.
    pub before: Counted,
    /// Now.
    pub now: Counted,
    /// By how many standard deviations its share is larger now.
    pub deviations: f64,
    /// What that means.
    pub stands: Stands,
}

/// What a comparison says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stands {
    /// It got worse, beyond noise and floor.
    Worse,
    /// It did not, and a harm would have been noticed.
    Held,
    /// It did not get worse so far as can be told, which is not far.
    Open {
        /// How many times as many requests it takes; `None` when more do not help.
        times: Option<f64>,
    },
    /// It did not get worse, and nothing rests on it: another place sees the same harm.
    Aside,
}

/// Integration latency of a stage: medians over the minutes, in milliseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Latency {
    /// What people call the stage.
    pub place: Text,
    /// Half of the requests took no longer, before and now.
    pub p50: (Option<f64>, Option<f64>),
    /// 95 percent of them took no longer.
    pub p95: (Option<f64>, Option<f64>),
}

/// Statuses that are compared at a place.
fn statuses(kind: PlaceKind) -> &'static [Measure] {
    match kind {
        PlaceKind::Stage => &[Measure::Count4xx, Measure::Count5xx],
        PlaceKind::LoadBalancer => &[
            Measure::Target3xx,
            Measure::Target4xx,
            Measure::Target5xx,
            Measure::Elb3xx,
            Measure::Elb4xx,
            Measure::Elb5xx,
            Measure::RedirectCount,
            Measure::FixedResponseCount,
            Measure::RejectedConnectionCount,
        ],
        PlaceKind::TargetGroup => &[Measure::Target3xx, Measure::Target4xx, Measure::Target5xx],
    }
}

/// Measures whose sum is the number of requests at a place, and one that is no more than that.
fn totals(kind: PlaceKind) -> (&'static [Measure], Measure) {
    const OF_TARGETS: &[Measure] = &[
        Measure::Target2xx,
        Measure::Target3xx,
        Measure::Target4xx,
        Measure::Target5xx,
    ];
    // What an ALB answers by itself is not in RequestCount (ALB user guide, "CloudWatch metrics").
    const OF_ALBS: &[Measure] = &[
        Measure::Target2xx,
        Measure::Target3xx,
        Measure::Target4xx,
        Measure::Target5xx,
        Measure::Elb3xx,
        Measure::Elb4xx,
        Measure::Elb5xx,
    ];
    match kind {
        PlaceKind::Stage => (&[], Measure::Count),
        PlaceKind::LoadBalancer => (OF_ALBS, Measure::RequestCount),
        PlaceKind::TargetGroup => (OF_TARGETS, Measure::RequestCount),
    }
}

/// Whether a pass rests on this: no other place would see a harm of this kind.
fn decides(kind: PlaceKind, status: Measure) -> bool {
    match kind {
        PlaceKind::Stage => true,
        // A stage counts neither redirects nor the answers that an ALB gives in place of a target's.
        PlaceKind::LoadBalancer => matches!(
            status,
            Measure::Target3xx
                | Measure::Elb3xx
                | Measure::RedirectCount
                | Measure::FixedResponseCount
        ),
        PlaceKind::TargetGroup => false,
    }
}

/// What was seen, measured against the thresholds.
#[must_use]
pub fn judge(seen: &Seen, thresholds: &Thresholds) -> Measurement {
    let share = (seen.share_percent / 100.0).clamp(0.0, 1.0);
    let stages = seen.places.iter().filter(|p| p.kind() == PlaceKind::Stage);
    let of_stages = stages.clone().map(|place| {
        let (sum, least) = totals(place.kind());
        series::total(&place.now, sum, least)
    });
    // Of nothing, the sum would be written as -0.
    let requests = of_stages.fold(0.0, std::ops::Add::add);
    let minutes = stages
        .clone()
        .map(|place| series::known(&place.now).count());
    let mut measurement = Measurement {
        judgement: Judgement::Pass,
        share_percent: seen.share_percent,
        minutes: minutes.max().unwrap_or_default(),
        requests,
        canary_requests: requests * share,
        compared: Vec::new(),
        latency: stages.map(latency).collect(),
    };
    let compared = seen.places.iter().filter(|place| {
        // What namesakes' callers get says nothing of this API's.
        let is_ours = place.kind() != PlaceKind::Stage || seen.namesakes.is_empty();
        is_ours && unread(place).is_none()
    });
    let canary = measurement.canary_requests;
    let compared = compared.flat_map(|place| compare(place, share, canary, thresholds));
    measurement.compared = compared.collect();
    measurement.judgement = words::judgement(seen, &measurement, thresholds);
    measurement
}

/// Every status of one place.
fn compare<'p>(
    place: &'p Place,
    share: f64,
    canary_requests: f64,
    thresholds: &'p Thresholds,
) -> impl Iterator<Item = Compared> + 'p {
    let (sum, least) = totals(place.kind());
    let harm = thresholds.harm_percent / 100.0;
    statuses(place.kind()).iter().filter_map(move |status| {
        let before = series::counted(&place.before, *status, sum, least)?;
        let now = series::counted(&place.now, *status, sum, least)?;
        let here: f64 = now.iter().map(|minute| minute.of).sum();
        let harm = match place.kind() {
            PlaceKind::Stage => harm * share,
            // The canary's requests are some of those that come here.
            PlaceKind::LoadBalancer | PlaceKind::TargetGroup if here > 0.0 => {
                harm * canary_requests / here
            }
            PlaceKind::LoadBalancer | PlaceKind::TargetGroup => 0.0,
        };
        let bar = Bar {
            deviations: thresholds.beyond_noise,
            floor: (thresholds.floor_percent / 100.0).min(harm / 2.0),
            harm,
        };
        let noise = Noise::of(&before, &now, thresholds.lasting_minutes);
        let is_long = now.len() >= thresholds.least_minutes as usize;
        let stands = match (
            is_long && noise.is_worse(bar),
            decides(place.kind(), *status),
        ) {
            (true, _) => Stands::Worse,
            (false, false) => Stands::Aside,
            (false, true) if is_long && noise.would_notice(bar) => Stands::Held,
            (false, true) => Stands::Open {
                times: noise.times_needed(bar, thresholds.least_minutes),
            },
        };
        Some(Compared {
            of: place.of.clone(),
            place: place.name.clone(),
            status: *status,
            before: noise.before,
            now: noise.now,
            deviations: noise.deviations(),
            stands,
        })
    })
}

fn latency(place: &Place) -> Latency {
    let both = |measure| {
        (
            series::median(&place.before, measure),
            series::median(&place.now, measure),
        )
    };
    Latency {
        place: place.name.clone(),
        p50: both(Measure::IntegrationLatencyP50),
        p95: both(Measure::IntegrationLatencyP95),
    }
}

/// Every measure that a place is judged by, and whether it was read.
fn unread(place: &Place) -> Option<Measure> {
    let (sum, least) = totals(place.kind());
    let needed = statuses(place.kind()).iter().chain(sum).chain([&least]);
    let is_read =
        |measure: &Measure| place.before.contains_key(measure) && place.now.contains_key(measure);
    needed.copied().find(|measure| !is_read(measure))
}
