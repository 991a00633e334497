//! Usage of what is in play in a bulk snapshot, as a scan with the usual look-back reads it: 720 hours
//! of each.

use std::collections::BTreeMap;

use unbridge_model::elb::LoadBalancerType;
use unbridge_model::id::{AccountId, Region, StageName};
use unbridge_model::snapshot::Record;
use unbridge_model::text::Text;
use unbridge_model::usage::{LookBack, Measured, Statistic, Usage, kept};

use super::{ACCOUNT, BulkSize, api_name, bridge};
use crate::account::{Rhythm, UsageState};
use crate::build::{BuildError, Load, Names};
use crate::random::Random;
use crate::sample::REGION;

/// Seconds in a period.
const HOUR: u32 = 3600;

/// One record for each NLB of a bulk snapshot of this size.
pub fn usage_of_nlbs(size: BulkSize) -> impl Iterator<Item = Result<Record, BuildError>> {
    balancers(size, LoadBalancerType::Network)
}

/// One record for each NLB, ALB and stage.
pub fn usage(size: BulkSize) -> impl Iterator<Item = Result<Record, BuildError>> {
    let stages = (0..size.apis).map(|number| stage(number).map(Record::Usage));
    usage_of_nlbs(size)
        .chain(balancers(size, LoadBalancerType::Application))
        .chain(stages)
}

fn balancers(
    size: BulkSize,
    kind: LoadBalancerType,
) -> impl Iterator<Item = Result<Record, BuildError>> {
    (0..size.nlbs).map(move |number| load_balancer(number, kind).map(Record::Usage))
}

fn load_balancer(number: usize, kind: LoadBalancerType) -> Result<Usage, BuildError> {
    let names = Names {
        account: AccountId::new(ACCOUNT)?,
        region: Region::new(REGION)?,
    };
    let suffix = match kind {
        LoadBalancerType::Network => "nlb",
        LoadBalancerType::Application => "alb",
        LoadBalancerType::Gateway => "gwlb",
    };
    let arn = names.load_balancer(kind, &format!("{}-{suffix}", bridge(number)))?;
    let of = Measured::LoadBalancer(arn);
    measured(of, load(number, 4).on_load_balancer(kind, 0.0), number)
}

fn stage(number: usize) -> Result<Usage, BuildError> {
    let of = Measured::RestStage {
        api_name: api_name(number),
        stage: StageName::new("prod")?,
    };
    measured(of, load(number, 1).on_stage(), number)
}

/// Between 25 and some 13 000 requests an hour, for so many APIs at once.
fn load(number: usize, apis: u32) -> Load {
    let busy = u8::try_from(number % 10).unwrap_or(0);
    let requests = 25.0 * f64::from(apis) * f64::from(1_u16 << busy);
    Load::new(requests, 4_000.0, 30.0)
}

/// Every measure that a scan reads of a thing, hour by hour; nothing of what it does not have.
fn measured(of: Measured, known: UsageState, seed: usize) -> Result<Usage, BuildError> {
    let mut random = Random::new(u64::try_from(seed).unwrap_or(u64::MAX));
    let hours = usize::from(LookBack::DEFAULT.days()) * 24;
    let mut series = BTreeMap::new();
    for measure in of.measures() {
        let values = known.get(measure).map(|rhythm| {
            let statistic = measure.statistic();
            uneven(rhythm, statistic, &mut random).take(hours).collect()
        });
        series.insert(*measure, values.unwrap_or_default());
    }
    Ok(Usage {
        region: Region::new(REGION)?,
        of,
        from: Text::new("2025-12-02T00:00:00Z"),
        period: HOUR,
        periods: u32::from(LookBack::DEFAULT.days()) * 24,
        series,
    })
}

/// A rhythm over and over, a third more or less: whole numbers where things are counted, as many
/// digits as a snapshot keeps where they are not.
fn uneven<'a>(
    rhythm: &'a Rhythm,
    statistic: Statistic,
    random: &'a mut Random,
) -> impl Iterator<Item = Option<f64>> + use<'a> {
    rhythm.iter().cycle().map(move |value| {
        let part = u32::try_from(random.number() >> 32).unwrap_or(u32::MAX);
        let factor = 2.0 / 3.0 + f64::from(part) / f64::from(u32::MAX) * 2.0 / 3.0;
        value.map(|value| match statistic {
            Statistic::Sum => (value * factor).round(),
            Statistic::Average | Statistic::P50 | Statistic::P95 => kept(value * factor),
        })
    })
}
