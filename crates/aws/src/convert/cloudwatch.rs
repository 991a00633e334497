//! Alarms on metrics of load balancers, and metrics.

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types;
use unbridge_model::call::{Series, Told};
use unbridge_model::id::Region;
use unbridge_model::text::Text;
use unbridge_model::usage::{MetricQuery, Span};
use unbridge_model::user::{Pointer, User, UserKind};

use super::{Converted, Subject, user};

/// The alarm; `None` when it looks at no load balancer.
pub(crate) fn alarm(told: &types::MetricAlarm, region: &Region) -> Converted<Option<User>> {
    let subject = Subject::new("alarm", told.alarm_name());
    let inner = told.metrics().iter().filter_map(|query| {
        let metric = query.metric_stat()?.metric()?;
        Some(metric.dimensions())
    });
    let dimensions = inner
        .chain([told.dimensions()])
        .flatten()
        .filter(|dimension| dimension.name() == Some("LoadBalancer"))
        .filter_map(types::Dimension::value);
    let named = told
        .metrics()
        .iter()
        .filter_map(types::MetricDataQuery::expression)
        .flat_map(load_balancers_in);
    let pointers = dimensions
        .chain(named)
        .map(|value| Pointer::Metrics(Text::new(value)))
        .collect();
    let id = subject.text("AlarmName", told.alarm_name())?;
    Ok(user(UserKind::Alarm, Some(region), id, pointers))
}

/// The load balancers that a search or a query names: `net/orders/0123`.
fn load_balancers_in(expression: &str) -> impl Iterator<Item = &str> {
    let other = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '/'));
    expression.split(other).filter(|word| {
        matches!(
            word.split('/').collect::<Vec<_>>()[..],
            ["net" | "app" | "gwy", name, id] if !name.is_empty() && !id.is_empty()
        )
    })
}

/// The id of a query in its request.
pub(crate) fn query_id(number: usize) -> String {
    format!("q{number}")
}

/// What a page tells of a query.
pub(crate) fn series(
    told: &types::MetricDataResult,
    queries: &[MetricQuery],
    span: Span,
) -> Converted<Series> {
    let subject = Subject::new("metric", told.id());
    let number = |id: &str| id.strip_prefix('q')?.parse::<usize>().ok();
    let query = told.id().and_then(number).and_then(|n| queries.get(n));
    let query = query.ok_or_else(|| subject.unparseable("nothing of this id was asked for"))?;
    let subject = subject.part(format_args!(
        "{} of {}",
        query.measure.metric(&query.of),
        query.of
    ));
    let (times, values) = (told.timestamps(), told.values());
    if times.len() != values.len() {
        return Err(subject.unparseable("as many Timestamps as Values are expected"));
    }
    let place = |(time, value): (&DateTime, &f64)| {
        let whole = (time.subsec_nanos() == 0).then(|| time.secs());
        let index = whole.and_then(|moment| span.index(moment));
        let outside = || subject.unparseable(format_args!("no period begins at {time:?}"));
        let index = index.ok_or_else(outside)?;
        let number = value.is_finite().then_some(*value);
        let number = number.ok_or_else(|| subject.unparseable("a value is no number"))?;
        Ok((index, number))
    };
    let told = match told.status_code() {
        None | Some(types::StatusCode::Complete) => Told::Whole,
        Some(other) => Told::Partly(Text::new(other.as_str())),
    };
    Ok(Series {
        query: query.clone(),
        values: times
            .iter()
            .zip(values)
            .map(place)
            .collect::<Converted<_>>()?,
        told,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_balancers_are_found_in_expressions() {
        let found = |text| load_balancers_in(text).collect::<Vec<_>>();
        assert_eq!(
            found("SEARCH('{AWS/NetworkELB,LoadBalancer} \"net/orders/0a1\"', 'Sum')"),
            ["net/orders/0a1"]
        );
        assert_eq!(
            found("SELECT SUM(X) FROM \"AWS/NetworkELB\" WHERE LoadBalancer = 'net/a-b/1'"),
            ["net/a-b/1"]
        );
        assert!(found("flows0/bytes0 + net/2").is_empty());
    }
}
