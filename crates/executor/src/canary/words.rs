//! What a look comes to, in sentences with numbers.

use std::fmt;

use unbridge_model::port::Judgement;
use unbridge_model::text::Text;
use unbridge_model::usage::Measure;

use super::{
    Compared, Counted, Health, Latency, Measurement, Place, PlaceKind, Seen, Stands, Thresholds,
    series, totals, unread,
};

/// So many reasons of a fail are told.
const MOST_REASONS: usize = 3;

/// A fail wins over everything; what is missing wins over a pass.
pub(super) fn judgement(seen: &Seen, measured: &Measurement, thresholds: &Thresholds) -> Judgement {
    let wrong = wrong(seen, measured, thresholds);
    if !wrong.is_empty() {
        let told: Vec<_> = wrong.iter().take(MOST_REASONS).cloned().collect();
        let more = wrong.len().saturating_sub(told.len());
        let more = match more {
            0 => String::new(),
            more => format!("; {more} more got worse"),
        };
        let why = Text::from(format!("{}{more}", told.join("; ")));
        return Judgement::Fail { why };
    }
    if let Some(why) = not_measured(seen) {
        let why = Text::from(why);
        return Judgement::Error { why };
    }
    match missing(seen, measured, thresholds) {
        Some(why) => Judgement::Inconclusive {
            why: Text::from(why),
        },
        None => Judgement::Pass,
    }
}

/// What got worse, the clearest first.
fn wrong(seen: &Seen, measured: &Measurement, thresholds: &Thresholds) -> Vec<String> {
    let lost = seen.health.iter().filter_map(|health| match health {
        Health {
            group,
            before: Some(before @ 1..),
            now: Some(0),
        } => Some(format!(
            "no target of {group} is healthy any more; before, {before} were"
        )),
        Health { .. } => None,
    });
    let mut worse: Vec<_> = measured
        .compared
        .iter()
        .filter(|one| one.stands == Stands::Worse)
        .collect();
    worse.sort_by(|a, b| b.deviations.total_cmp(&a.deviations));
    let worse = worse.into_iter().map(|one| risen(one, measured));
    // What namesakes' callers wait for says nothing of this API's.
    let ours = stages(seen).filter(|_| seen.namesakes.is_empty());
    let slower = ours.filter_map(|place| {
        let most = thresholds.latency_p95_rise?;
        let is_known = latency_open(place, thresholds).is_none();
        is_known.then(|| slower_than(&super::latency(place), most))?
    });
    lost.chain(worse).chain(slower).collect()
}

fn stages(seen: &Seen) -> impl Iterator<Item = &Place> {
    seen.places.iter().filter(|p| p.kind() == PlaceKind::Stage)
}

fn risen(one: &Compared, measured: &Measurement) -> String {
    let extra = (one.now.share() - one.before.share()) * one.now.of;
    let of_canary = match measured.canary_requests {
        canary if canary <= 0.0 => String::new(),
        // How many went the new way is known by chance alone.
        canary if extra > canary + 3.0 * canary.sqrt() => {
            ", which is more than the canary's requests alone could cause".to_owned()
        }
        canary => format!(
            ", as if {} of the canary's requests went wrong",
            percent((extra / canary).min(1.0))
        ),
    };
    format!(
        "{} rose from {} to {}{of_canary}; that is {:.1} standard deviations beyond what it varied by \
         before",
        one.subject(),
        one.before,
        one.now,
        one.deviations
    )
}

fn slower_than(latency: &Latency, most: f64) -> Option<String> {
    let (before, now) = (latency.p95.0?, latency.p95.1?);
    (now - before > most).then(|| {
        format!(
            "the 95th percentile of the integration latency of {} rose from {before:.0} ms to \
             {now:.0} ms, by more than {most:.0} ms",
            latency.place
        )
    })
}

/// What is missing to judge a stage's latency by; `None` when nothing is.
fn latency_open(place: &Place, thresholds: &Thresholds) -> Option<String> {
    let known = |minutes| series::known_of(minutes, Measure::IntegrationLatencyP95);
    let (before, now) = (known(&place.before), known(&place.now));
    let (base, least) = (thresholds.base_minutes, thresholds.least_minutes);
    let is_enough = before >= base.max(1) as usize && now >= least.max(1) as usize;
    (!is_enough).then(|| {
        format!(
            "the integration latency of {} is known of {before} minutes before the run and of {now} \
             since the share was set; {base} and {least} are needed to judge it",
            place.name
        )
    })
}

/// Why nothing can be said: what was not read, or shows nothing at all.
fn not_measured(seen: &Seen) -> Option<String> {
    if !seen.places.iter().any(|p| p.kind() == PlaceKind::Stage) {
        return Some("no stage was measured".to_owned());
    }
    seen.places.iter().find_map(|place| {
        if let Some(measure) = unread(place) {
            let metric = measure.metric(&place.of);
            return Some(format!("{metric} of {} was not read", place.name));
        }
        let is_silent = is_unknown(&place.before) && is_unknown(&place.now);
        (place.kind() == PlaceKind::Stage && is_silent).then(|| {
            format!(
                "CloudWatch shows no request to {}, neither before the run nor now; that is not \
                 taken for none. Send it some and try again, or move it by hand",
                place.name
            )
        })
    })
}

fn is_unknown(minutes: &series::Minutes) -> bool {
    series::known(minutes).next().is_none()
}

/// What is missing for a pass.
fn missing(seen: &Seen, measured: &Measurement, thresholds: &Thresholds) -> Option<String> {
    if !(seen.share_percent > 0.0 && seen.share_percent <= 100.0) {
        return Some(format!("no share of the requests: {}", seen.share_percent));
    }
    if !seen.namesakes.is_empty() {
        let names: Vec<_> = seen.namesakes.iter().map(Text::as_str).collect();
        return Some(format!(
            "CloudWatch counts by name, and {} goes by the same one: whose requests these are \
             cannot be told. Rename one of them, or look at its access log and go on yourself",
            names.join(", ")
        ));
    }
    if let Some(why) = seen.health.iter().find_map(unseen) {
        return Some(why);
    }
    let places = seen.places.iter();
    let places = places.filter(|place| place.kind() != PlaceKind::TargetGroup);
    for place in places {
        if let Some(why) = too_little(place, thresholds) {
            return Some(why);
        }
    }
    if let (Some(_), Some(why)) = (
        thresholds.latency_p95_rise,
        stages(seen).find_map(|place| latency_open(place, thresholds)),
    ) {
        return Some(why);
    }
    let open = measured.compared.iter().filter_map(|one| match one.stands {
        Stands::Open { times } => Some((one, times)),
        Stands::Worse | Stands::Held | Stands::Aside => None,
    });
    let order = |times: Option<f64>| times.unwrap_or(f64::INFINITY);
    let furthest = open.rev().max_by(|a, b| order(a.1).total_cmp(&order(b.1)));
    let furthest = furthest.map(|(one, times)| too_few(one, times, measured, thresholds));
    furthest.or_else(|| stages(seen).find_map(|place| may_have_missed(place, seen.share_percent)))
}

/// A group of which it is not known whether it lost its healthy targets.
fn unseen(health: &Health) -> Option<String> {
    let Health { group, before, now } = health;
    match (before, now) {
        (Some(0), Some(_)) | (Some(_), Some(1..)) | (None, Some(1..)) => None,
        // A fail.
        (Some(1..), Some(0)) => None,
        (None, Some(0)) => Some(format!(
            "no target of {group} is healthy, and whether one was before requests moved is not \
             known: they may be failing. When one is healthy again the run can go on"
        )),
        (_, None) => Some(format!(
            "whether {group} has healthy targets could not be read"
        )),
    }
}

/// Why a stage's requests may all have gone the old way (H29); `None` when less than one in a
/// thousand such watches would see none of the canary's.
fn may_have_missed(place: &Place, share_percent: f64) -> Option<String> {
    const ONE_IN_A_THOUSAND: f64 = 1e-3;
    let old_way = 1.0 - share_percent / 100.0;
    let (sum, least) = totals(place.kind());
    let requests = series::total(&place.now, sum, least);
    let none = old_way.powf(requests);
    // A share of all is met by the first request.
    let is_met = requests > 0.0 && none < ONE_IN_A_THOUSAND;
    (!is_met).then(|| {
        let needed = (ONE_IN_A_THOUSAND.ln() / old_way.ln()).floor() + 1.0;
        format!(
            "{} to {}, of which {} should go the new way: the chance that none did is {}; it takes \
             {needed:.0} requests",
            count(requests, "request"),
            place.name,
            percent(share_percent / 100.0),
            percent(none)
        )
    })
}

fn too_little(place: &Place, thresholds: &Thresholds) -> Option<String> {
    let before = series::known(&place.before).count();
    if is_unknown(&place.now) {
        return Some(format!(
            "CloudWatch shows no request to {} yet since the share was set; it is some minutes \
             behind",
            place.name
        ));
    }
    let needed = thresholds.base_minutes as usize;
    (before < needed).then(|| {
        format!(
            "{} had requests in {before} minutes before the run; {needed} are needed to tell what \
             is usual there",
            place.name
        )
    })
}

fn too_few(
    one: &Compared,
    times: Option<f64>,
    measured: &Measurement,
    thresholds: &Thresholds,
) -> String {
    let Measurement {
        minutes,
        requests,
        canary_requests,
        share_percent,
        ..
    } = measured;
    let more = match times {
        Some(times) => format!(
            "it takes about {} at this rate, or a larger share",
            count((*minutes as f64 * times).ceil(), "minute")
        ),
        None => "more requests do not help: it varies too much, or too little is known of before; \
                 a larger share does, or a longer base line"
            .to_owned(),
    };
    format!(
        "{} in {}, of which {} ({:.0}) went the new way: if {} % of those went \
         wrong, {} might not show it; {more}",
        count(*requests, "request"),
        count(*minutes as f64, "minute"),
        percent(share_percent / 100.0),
        canary_requests,
        thresholds.harm_percent,
        one.subject(),
    )
}

fn count(number: f64, one: &str) -> String {
    match number {
        1.0 => format!("1 {one}"),
        number => format!("{number:.0} {one}s"),
    }
}

/// A share as people read it.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent == 0.0 {
        "0 %".to_owned()
    } else if percent < 0.095 {
        format!("{percent:.3} %")
    } else if percent < 9.95 {
        format!("{percent:.1} %")
    } else {
        format!("{percent:.0} %")
    }
}

impl Compared {
    /// `4XXError of stage prod of orders-api`.
    #[must_use]
    pub fn subject(&self) -> String {
        format!("{} of {}", self.status.metric(&self.of), self.place)
    }
}

impl fmt::Display for Counted {
    /// `0.3 % (37 of 12004)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hits, of } = self;
        write!(f, "{} ({hits:.0} of {of:.0})", percent(self.share()))
    }
}

impl fmt::Display for Compared {
    /// `4XXError of stage prod of orders-api: 0.3 % (37 of 12004) before, 2.1 % (24 of 1140) now`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { before, now, .. } = self;
        write!(f, "{}: {before} before, {now} now", self.subject())
    }
}

impl fmt::Display for Latency {
    /// `integration latency of stage prod of orders-api: p50 21 ms before, 19 ms now; p95 ...`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = |value: Option<f64>| match value {
            Some(value) => format!("{value:.0} ms"),
            None => "unknown".to_owned(),
        };
        let both = |(before, now)| format!("{} before, {} now", told(before), told(now));
        write!(
            f,
            "integration latency of {}: p50 {}; p95 {}",
            self.place,
            both(self.p50),
            both(self.p95)
        )
    }
}
