//! What `CloudWatch` measured: rhythms as they are given, or numbers that fit together, worked out
//! from what is asked of a chain.

use unbridge_model::elb::{LoadBalancer, LoadBalancerType};
use unbridge_model::id::StageName;
use unbridge_model::text::Text;
use unbridge_model::usage::{Measure, Measured};

use super::{BuildError, Estate};
use crate::account::{RegionState, Rhythm, UsageState};

/// What is asked of a chain in an average hour of a working day. Nights and weekends are quieter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Requests.
    pub requests: f64,
    /// Bytes of a request and its answer.
    pub bytes: f64,
    /// Milliseconds that half of the requests take at most, at the ALB's target.
    pub milliseconds: f64,
    /// The part of the requests that the target answers with an error of its own, 0 to 1.
    pub failing: f64,
}

impl Load {
    /// Requests of this size, answered in this time, of which one in 500 fails.
    #[must_use]
    pub fn new(requests: f64, bytes: f64, milliseconds: f64) -> Self {
        Self {
            requests,
            bytes,
            milliseconds,
            failing: 0.002,
        }
    }

    /// All that is measured of a load balancer that this load passes, `tls` of it (0 to 1) over
    /// listeners that end TLS.
    pub(crate) fn on_load_balancer(self, kind: LoadBalancerType, tls: f64) -> UsageState {
        match kind {
            LoadBalancerType::Network => of_nlb(self, tls),
            LoadBalancerType::Application => of_alb(self),
            LoadBalancerType::Gateway => UsageState::new(),
        }
    }

    /// All that is measured of a stage that this load is asked of.
    pub(crate) fn on_stage(self) -> UsageState {
        of_stage(self)
    }
}

/// How an hour of a day compares to the average one, from midnight UTC on.
const DAY: [f64; 24] = [
    0.35, 0.3, 0.25, 0.25, 0.3, 0.4, 0.6, 0.9, 1.2, 1.4, 1.5, 1.55, 1.5, 1.5, 1.55, 1.5, 1.45, 1.4,
    1.35, 1.3, 1.2, 1.0, 0.75, 0.5,
];
/// The same of the days of a week, from Thursday on: 1970 began with one.
const WEEK: [f64; 7] = [1.0, 1.0, 0.6, 0.5, 1.0, 1.0, 1.0];

/// Requests that a connection carries: API Gateway keeps them open.
const REQUESTS_A_FLOW: f64 = 50.0;
/// How long a connection stays open, in hours.
const HOURS_A_FLOW: f64 = 60.0 / 3600.0;

/// Flows that begin in a second, flows that are open, and bytes of an hour that one capacity unit
/// is good for (Elastic Load Balancing, "Pricing").
struct Unit {
    new: f64,
    active: f64,
    bytes: f64,
}

const TCP: Unit = Unit {
    new: 800.0,
    active: 100_000.0,
    bytes: 1e9,
};
const TLS: Unit = Unit {
    new: 50.0,
    active: 3000.0,
    bytes: 1e9,
};
const ALB: Unit = Unit {
    new: 25.0,
    active: 3000.0,
    bytes: 1e9,
};

impl Unit {
    /// The capacity units of an hour with these flows and bytes.
    fn consumed(&self, flows: f64, bytes: f64) -> f64 {
        let new = flows / 3600.0 / self.new;
        let active = flows * HOURS_A_FLOW / self.active;
        new.max(active).max(bytes / self.bytes)
    }
}

impl Estate {
    /// Says what was measured of a load balancer: values of a measure, hour by hour, over and over.
    /// A measure that is not said has no datapoint.
    #[must_use]
    pub fn measured(self, load_balancer: &str, measure: Measure, hours: &[Option<f64>]) -> Self {
        self.here(|site| {
            let of = Measured::LoadBalancer(site.find_mut(load_balancer)?.arn.clone());
            let usage = site.state.usage.entry(of).or_default();
            usage.insert(measure, hours.to_vec());
            Ok(())
        })
    }

    /// The same of a stage.
    #[must_use]
    pub fn measured_stage(
        self,
        api: &str,
        stage: &str,
        measure: Measure,
        hours: &[Option<f64>],
    ) -> Self {
        self.here(|site| {
            let of = measured_stage(site.state, api, stage)?;
            let usage = site.state.usage.entry(of).or_default();
            usage.insert(measure, hours.to_vec());
            Ok(())
        })
    }

    /// All that is measured of an NLB or an ALB that this load passes.
    #[must_use]
    pub fn load(self, load_balancer: &str, load: Load) -> Self {
        self.here(|site| {
            let known = site.find_mut(load_balancer)?;
            let usage = load.on_load_balancer(known.kind, tls_share(known));
            let of = Measured::LoadBalancer(known.arn.clone());
            site.state.usage.insert(of, usage);
            Ok(())
        })
    }

    /// All that is measured of a stage that this load is asked of.
    #[must_use]
    pub fn stage_load(self, api: &str, stage: &str, load: Load) -> Self {
        self.here(|site| {
            let of = measured_stage(site.state, api, stage)?;
            site.state.usage.insert(of, load.on_stage());
            Ok(())
        })
    }

    /// Nothing passes a load balancer. AWS tells its capacity units all the same.
    #[must_use]
    pub fn quiet(self, load_balancer: &str) -> Self {
        self.measured(load_balancer, Measure::ConsumedLcus, &[Some(0.0)])
    }
}

fn measured_stage(state: &RegionState, api: &str, stage: &str) -> Result<Measured, BuildError> {
    let stage = StageName::new(stage)?;
    if let Some(known) = state.rest_api_named(api) {
        let api_name = known.api.name.clone();
        return Ok(Measured::RestStage { api_name, stage });
    }
    let known = state.http_api_named(api);
    let known = known.ok_or_else(|| BuildError::missing("API", api))?;
    let api_id = Text::from(known.api.id.clone());
    Ok(Measured::HttpStage { api_id, stage })
}

/// The part of an NLB's listeners that end TLS.
fn tls_share(nlb: &LoadBalancer) -> f64 {
    let listeners = nlb.listeners.as_deref().unwrap_or_default();
    let part = |tls: usize| f64::from(u8::try_from(tls).unwrap_or(u8::MAX));
    let tls = listeners
        .iter()
        .filter(|listener| listener.protocol.as_deref() == Some("TLS"));
    part(tls.count()) / part(listeners.len().max(1))
}

/// A value of each hour of a week, from how busy the hour is.
fn week(value: impl Fn(f64) -> Option<f64>) -> Rhythm {
    let busy = WEEK.iter().flat_map(|day| DAY.map(|hour| hour * day));
    busy.map(value).collect()
}

/// A count of the hour; AWS tells no zeros of it.
fn counted(average: f64) -> Rhythm {
    week(|busy| Some((average * busy).round()).filter(|count| *count > 0.0))
}

/// A level of the hour, to four places.
fn level(of: impl Fn(f64) -> f64) -> Rhythm {
    week(|busy| Some((of(busy) * 1e4).round() / 1e4))
}

fn of_nlb(load: Load, tls: f64) -> UsageState {
    use Measure as M;
    let (flows, bytes) = (load.requests / REQUESTS_A_FLOW, load.requests * load.bytes);
    let consumed = move |unit: &Unit, part: f64, busy: f64| {
        unit.consumed(flows * part * busy, bytes * part * busy)
    };
    let mut usage = UsageState::from([
        (M::ProcessedBytes, counted(bytes)),
        (M::NewFlowCount, counted(flows)),
        (
            M::ActiveFlowCount,
            level(|busy| flows * busy * HOURS_A_FLOW),
        ),
        (
            M::ConsumedLcus,
            level(|busy| consumed(&TCP, 1.0 - tls, busy) + consumed(&TLS, tls, busy)),
        ),
    ]);
    let protocols = [
        (
            1.0 - tls,
            TCP,
            [
                M::ProcessedBytesTcp,
                M::NewFlowCountTcp,
                M::ActiveFlowCountTcp,
                M::ConsumedLcusTcp,
            ],
        ),
        (
            tls,
            TLS,
            [
                M::ProcessedBytesTls,
                M::NewFlowCountTls,
                M::ActiveFlowCountTls,
                M::ConsumedLcusTls,
            ],
        ),
    ];
    for (part, unit, [of_bytes, of_new, of_active, of_units]) in protocols {
        if part > 0.0 {
            usage.insert(of_bytes, counted(bytes * part));
            usage.insert(of_new, counted(flows * part));
            let active = level(|busy| flows * part * busy * HOURS_A_FLOW);
            usage.insert(of_active, active);
            usage.insert(of_units, level(|busy| consumed(&unit, part, busy)));
        }
    }
    usage
}

fn of_alb(load: Load) -> UsageState {
    use Measure as M;
    let Load {
        requests,
        bytes,
        milliseconds,
        failing,
    } = load;
    let well = 1.0 - failing;
    let consumed = |busy| {
        let flows = requests * busy / REQUESTS_A_FLOW;
        ALB.consumed(flows, requests * busy * bytes)
    };
    UsageState::from([
        (M::ConsumedLcus, level(consumed)),
        (M::RequestCount, counted(requests)),
        (M::Target2xx, counted(requests * well * 0.97)),
        (M::Target3xx, counted(requests * well * 0.01)),
        (M::Target4xx, counted(requests * well * 0.02)),
        (M::Target5xx, counted(requests * failing)),
        (
            M::TargetResponseTime,
            level(|busy| slower(milliseconds, busy) / 1000.0),
        ),
    ])
}

fn of_stage(load: Load) -> UsageState {
    use Measure as M;
    let Load {
        requests,
        bytes: _,
        milliseconds,
        failing,
    } = load;
    // AWS tells how many of the requests failed, also when none did.
    let part = |part: f64| week(move |busy| Some((requests * part * busy).round()));
    let time =
        |factor: f64, more: f64| level(move |busy| slower(milliseconds, busy) * factor + more);
    UsageState::from([
        (M::Count, counted(requests)),
        (M::Count4xx, part((1.0 - failing) * 0.02)),
        (M::Count5xx, part(failing)),
        (M::IntegrationLatencyP50, time(1.0, 4.0)),
        (M::IntegrationLatencyP95, time(3.2, 9.0)),
        (M::LatencyP50, time(1.0, 7.0)),
        (M::LatencyP95, time(3.2, 24.0)),
    ])
}

/// Milliseconds grow a little with the load.
fn slower(milliseconds: f64, busy: f64) -> f64 {
    milliseconds * (0.9 + 0.1 * busy)
}
