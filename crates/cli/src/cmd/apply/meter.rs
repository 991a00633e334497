//! What callers get while requests move over: CloudWatch and target health, read until an answer is
//! whole. What the numbers come to is the executor's.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::runtime::Handle;
use unbridge_aws::AwsReader;
use unbridge_executor::canary::{Source, Timing, Watch};
use unbridge_model::call::{Call, Facts, Page, Series, Told};
use unbridge_model::digest::Digester;
use unbridge_model::elb::Target;
use unbridge_model::gap::GapClass;
use unbridge_model::id::{RestApiId, TargetGroupArn};
use unbridge_model::place::Place;
use unbridge_model::port::{ReadError, Reader};
use unbridge_model::snapshot::RegionFacts;
use unbridge_model::text::Text;
use unbridge_model::usage::{MetricQuery, Span};

use super::aws::{Account, told_time};
use super::run::Run;

/// Attempts for one page: a look comes again a minute later.
const ATTEMPTS: u32 = 4;
/// After the first failed attempt; it doubles.
const PAUSE: Duration = Duration::from_millis(500);

/// The meter of a run that began at this moment, in seconds since 1970 by AWS's clock. The facts are those of the
/// plan's region.
pub(super) fn of_run<'a>(
    run: &Run<'a>,
    facts: &'a RegionFacts,
    began: i64,
) -> Watch<'a, CloudWatch> {
    let waits = &run.settings.waits;
    let timing = Timing {
        began,
        metrics: waits.metrics,
        slice: waits.limits.bake_slice,
    };
    let place = Place::regional(run.plan.body.account.clone(), run.plan.body.region.clone());
    let source = CloudWatch::new(run.account, place);
    let watch = Watch::new(run.plan, facts, source, run.settings.canary, timing);
    watch.after(run.announced.iter().cloned())
}

/// Numbers of one region of an account.
pub(crate) struct CloudWatch {
    reader: AwsReader,
    place: Place,
    runtime: Handle,
}

impl CloudWatch {
    pub(crate) fn new(account: &Account, place: Place) -> Self {
        // Nothing that is read here is sealed.
        let reader = AwsReader::new(account.session.clone(), Digester::new(&[0; 32]));
        Self {
            reader,
            place,
            runtime: account.runtime(),
        }
    }

    /// Every page of an answer.
    fn pages(&self, call: &Call) -> Result<Vec<Facts>, ReadError> {
        self.runtime.block_on(async {
            let mut all = Vec::new();
            let mut from = None;
            loop {
                let Page { facts, next } = self.page(call, from.as_ref()).await?;
                all.push(facts);
                if next.is_none() {
                    return Ok(all);
                }
                from = next;
            }
        })
    }

    async fn page(
        &self,
        call: &Call,
        from: Option<&unbridge_model::call::PageToken>,
    ) -> Result<Page, ReadError> {
        let mut pause = PAUSE;
        for _ in 1..ATTEMPTS {
            match self.reader.read(&self.place, call, from).await {
                Err(error) if error.is_transient() => {
                    tokio::time::sleep(error.retry_after.unwrap_or(pause)).await;
                    pause *= 2;
                }
                answer => return answer,
            }
        }
        self.reader.read(&self.place, call, from).await
    }
}

/// An answer of another kind than was asked for.
fn unexpected(call: &str) -> ReadError {
    ReadError::new(
        GapClass::Unparseable,
        format!("{call} was answered with something else"),
    )
}

impl Source for CloudWatch {
    fn now(&self) -> Result<i64, ReadError> {
        let now = told_time(self.reader.session());
        let now = now.map(jiff::Timestamp::as_second);
        now.ok_or_else(|| {
            let what = "no answer of AWS told the time";
            ReadError::new(GapClass::Unparseable, what)
        })
    }

    fn rest_apis(&self) -> Result<Vec<(RestApiId, Text)>, ReadError> {
        let mut apis = Vec::new();
        for facts in self.pages(&Call::GetRestApis)? {
            let Facts::RestApis(page) = facts else {
                return Err(unexpected("GetRestApis"));
            };
            apis.extend(page.into_iter().map(|api| (api.id, api.name)));
        }
        Ok(apis)
    }

    fn series(
        &self,
        queries: &[MetricQuery],
        span: Span,
    ) -> Result<BTreeMap<MetricQuery, Vec<(u32, f64)>>, ReadError> {
        let mut told: BTreeMap<MetricQuery, (Vec<(u32, f64)>, Told)> = BTreeMap::new();
        for asked in queries.chunks(span.queries_a_call().max(1)) {
            let queries = asked.to_vec();
            for facts in self.pages(&Call::GetMetricData { queries, span })? {
                let Facts::Series(page) = facts else {
                    return Err(unexpected("GetMetricData"));
                };
                for Series {
                    query,
                    values,
                    told: how,
                } in page
                {
                    let known = told
                        .entry(query)
                        .or_insert_with(|| (Vec::new(), Told::Whole));
                    known.0.extend(values);
                    known.1 = how;
                }
            }
        }
        let whole = queries.iter().map(|query| match told.remove(query) {
            Some((values, Told::Whole)) => Ok((query.clone(), values)),
            Some((_, Told::Partly(word))) => Err(ReadError::new(
                GapClass::Failed,
                format!("{}: {word}", query.measure.metric(&query.of)),
            )),
            None => Err(ReadError::new(
                GapClass::Unparseable,
                format!("{} is not in the answer", query.measure.metric(&query.of)),
            )),
        });
        whole.collect()
    }

    fn targets(&self, group: &TargetGroupArn) -> Result<Vec<Target>, ReadError> {
        let group = group.clone();
        let mut targets = Vec::new();
        for facts in self.pages(&Call::DescribeTargetHealth { group })? {
            let Facts::Targets(page) = facts else {
                return Err(unexpected("DescribeTargetHealth"));
            };
            targets.extend(page);
        }
        Ok(targets)
    }
}
