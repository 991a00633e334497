//! Usage of what is in play, hour by hour: one record for each load balancer and stage.
//!
//! No verdict depends on it. A record is written as soon as its series are there, because those of
//! a large account do not fit into memory.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;

use futures::StreamExt;
use jiff::Timestamp;
use unbridge_model::call::CallKind;
use unbridge_model::gap::{GapClass, Unseen};
use unbridge_model::id::Region;
use unbridge_model::port::{Reader, Timer};
use unbridge_model::snapshot::Record;
use unbridge_model::text::Text;
use unbridge_model::usage::{Measure, Measured, MetricQuery, Span, Usage, kept};

use super::ask::Asker;
use super::metrics::{self, Values};

/// Reads the usage of these things.
pub(super) async fn read<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    region: &Region,
    mut things: BTreeSet<Measured>,
    span: Span,
) {
    things.retain(|of| can_be_asked(asker, of));
    let queries: Vec<MetricQuery> = things.iter().flat_map(queries).collect();
    let mut open: BTreeMap<Measured, BTreeMap<Measure, Values>> = BTreeMap::new();
    let put = |(of, series): (Measured, BTreeMap<Measure, Values>)| {
        asker.put(Record::Usage(usage(region, of, series, span)));
    };
    let mut answers = pin!(metrics::read(asker, &queries, span));
    while let Some(answer) = answers.next().await {
        for (query, values) in answer {
            let series = open.entry(query.of).or_default();
            series.insert(query.measure, values);
        }
        // Answers come in the order of the things, and the last one's may go on in the next.
        while open.len() > 1 {
            open.pop_first().into_iter().for_each(put);
        }
    }
    open.into_iter().for_each(put);
}

/// Says what cannot be asked about.
fn can_be_asked<R: Reader, T: Timer>(asker: &Asker<'_, R, T>, of: &Measured) -> bool {
    let can = of.dimensions().is_some();
    if !can {
        let unseen = Unseen::Call {
            call: CallKind::GetMetricData,
            of: Some(Text::from(of.to_string())),
        };
        let message = "CloudWatch has no metrics under a name without ASCII characters";
        asker.gap(unseen, GapClass::Unreadable, message);
    }
    can
}

fn queries(of: &Measured) -> impl Iterator<Item = MetricQuery> {
    of.measures().iter().map(|measure| MetricQuery {
        of: of.clone(),
        measure: *measure,
    })
}

fn usage(region: &Region, of: Measured, series: BTreeMap<Measure, Values>, span: Span) -> Usage {
    let from = Timestamp::from_second(span.from());
    let series = series.into_iter();
    Usage {
        region: region.clone(),
        of,
        from: Text::from(from.unwrap_or(Timestamp::UNIX_EPOCH).to_string()),
        period: span.period().seconds(),
        periods: span.periods(),
        series: series
            .map(|(measure, values)| (measure, placed(&values, span)))
            .collect(),
    }
}

/// A value for each period; none at all where none was told.
fn placed(values: &[(u32, f64)], span: Span) -> Vec<Option<f64>> {
    if values.is_empty() {
        return Vec::new();
    }
    let mut series = vec![None; span.periods() as usize];
    for (index, value) in values {
        if let Some(place) = series.get_mut(*index as usize) {
            *place = Some(kept(*value));
        }
    }
    series
}
