//! What CloudWatch measured: which queries make a call, what pages tell together, and the gap when
//! a query is not told to its end.

use std::collections::BTreeMap;

use futures::{Stream, StreamExt};
use unbridge_model::call::{Call, CallKind, Series, Told};
use unbridge_model::gap::{GapClass, Unseen};
use unbridge_model::port::{Reader, Timer};
use unbridge_model::usage::{MetricQuery, Span};

use super::ask::{Asker, Read, listed};

/// Calls at the same time: the answers to more would fill memory, and no pace is that fast.
const AT_ONCE: usize = 8;

/// Values by the number of their period.
pub(super) type Values = Vec<(u32, f64)>;

/// Asks what each query brings, as many in a call as it takes, and tells the answers in order. What
/// is not there was not told to its end; an answer without a value is one.
pub(super) fn read<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    queries: &[MetricQuery],
    span: Span,
) -> impl Stream<Item = BTreeMap<MetricQuery, Values>> {
    let calls = queries.chunks(span.queries_a_call());
    futures::stream::iter(calls)
        .map(move |asked| call(asker, asked, span))
        .buffered(AT_ONCE)
}

async fn call<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    asked: &[MetricQuery],
    span: Span,
) -> BTreeMap<MetricQuery, Values> {
    let mut told = BTreeMap::<MetricQuery, (Values, Told)>::new();
    let add = |page: Vec<Series>| {
        for series in page {
            let known = told.entry(series.query);
            let (values, how) = known.or_insert_with(|| (Values::new(), Told::Whole));
            values.extend(series.values);
            *how = series.told;
        }
    };
    let queries = asked.to_vec();
    let read = asker
        .pages(Call::GetMetricData { queries, span }, listed!(Series), add)
        .await;
    if read == Read::Whole {
        for of_one in asked.chunk_by(|a, b| a.of == b.of) {
            missing(asker, of_one, span, &told);
        }
    }
    let whole = told
        .into_iter()
        .filter(|(_, (_, how))| *how == Told::Whole)
        .map(|(query, (values, _))| (query, values));
    whole.collect()
}

/// The gap about one thing of which not every query was answered to its end.
fn missing<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    of_one: &[MetricQuery],
    span: Span,
    told: &BTreeMap<MetricQuery, (Values, Told)>,
) {
    let why = |query: &MetricQuery| {
        let metric = query.measure.metric(&query.of);
        match told.get(query) {
            Some((_, Told::Whole)) => None,
            Some((_, Told::Partly(word))) => Some((GapClass::Failed, format!("{metric}: {word}"))),
            None => Some((
                GapClass::Unparseable,
                format!("{metric}: not in the answer"),
            )),
        }
    };
    let mut found: Vec<_> = of_one.iter().filter_map(why).collect();
    found.dedup();
    let Some((class, _)) = found.first() else {
        return;
    };
    let all = Call::GetMetricData {
        queries: of_one.to_vec(),
        span,
    };
    let unseen = Unseen::Call {
        call: CallKind::GetMetricData,
        of: all.subject(),
    };
    let words: Vec<_> = found.iter().map(|(_, word)| word.as_str()).collect();
    asker.gap(unseen, *class, &words.join(", "));
}
