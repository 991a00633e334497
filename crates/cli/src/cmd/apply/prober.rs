//! What temporary stages are proven with: HTTP requests as callers send them. What answers show is
//! the executor's.

use std::env;

use unbridge_aws::{Request as Outgoing, Requester};
use unbridge_executor::proof::{
    Answer, Ask, Bodies as Compared, Patience, Probe, Probes, Proof, Request, SentTo,
};
use unbridge_model::apigateway::Verb;
use unbridge_model::id::{Region, Sha256};
use unbridge_model::port::Clock;
use unbridge_model::snapshot::RegionFacts;
use unbridge_model::text::Text;

use super::run::Run;
use crate::error::Failure;
use crate::settings::{Bodies, HeaderValue, ProbeRequest};

/// The prober of a run. The facts are those of the plan's region.
pub(super) fn of_run<'a>(
    run: &Run<'a>,
    facts: &'a RegionFacts,
    clock: &'a dyn Clock,
) -> Result<Proof<'a, Http>, Failure> {
    let body = &run.plan.body;
    let settings = &run.settings.probes;
    let emulator = env::var("AWS_ENDPOINT_URL")
        .ok()
        .filter(|url| !url.is_empty());
    let address = settings.address.as_ref().map(Text::to_string).or(emulator);
    let typed = run.args.probes.iter();
    let typed = typed
        .map(|typed| typed_probe(typed))
        .collect::<Result<Vec<_>, _>>()?;
    let requests = settings.requests.iter().chain(&typed).map(probe);
    let probes = Probes {
        requests: requests.collect::<Result<_, _>>()?,
        replay: settings.replay.into(),
        bodies: match settings.body {
            Bodies::Digest => Compared::Equal,
            Bodies::Ignore => Compared::Any,
        },
        sent_to: match address {
            Some(_) => SentTo::Address,
            None => SentTo::OwnHosts,
        },
    };
    let ask = Http {
        requester: Requester::new(run.account.runtime()),
        address: address.map(|address| address.trim_end_matches('/').to_owned()),
        region: body.region.clone(),
    };
    let waits = &run.settings.waits;
    let patience = Patience {
        pause: 2 * waits.limits.poll,
        within: waits.arrival,
    };
    Ok(Proof::new(run.plan, facts, probes, ask, clock, patience))
}

/// A request as a person types it: `/health`, or `GET /orders/42 404`.
fn typed_probe(typed: &str) -> Result<ProbeRequest, Failure> {
    let wrong = |what: String| {
        Failure::usage(what).hint("--probe /health, or --probe 'GET /orders/42 404'")
    };
    let words: Vec<&str> = typed.split_whitespace().collect();
    let (verb, path, status) = match words.as_slice() {
        [path] => ("GET", *path, "200"),
        [verb, path] => (*verb, *path, "200"),
        [verb, path, status] => (*verb, *path, *status),
        _ => return Err(wrong(format!("{typed:?} is no request"))),
    };
    let is_address = path.starts_with("https://") || path.starts_with("http://");
    if !path.starts_with('/') && !is_address {
        return Err(wrong(format!(
            "{path:?} is no path that begins with /, and no address"
        )));
    }
    let verb: Verb = verb
        .parse()
        .map_err(|_| wrong(format!("{verb:?} is no verb")))?;
    let known = status.parse::<u16>().ok();
    let known = known.filter(|status| (100..=599).contains(status));
    let status = known.ok_or_else(|| wrong(format!("{status:?} is no status")))?;
    if verb == Verb::Any {
        return Err(wrong("a request has one verb, not ANY".to_owned()));
    }
    Ok(ProbeRequest {
        path: Text::new(path),
        verb,
        status,
        api: None,
        stage: None,
        headers: std::collections::BTreeMap::new(),
    })
}

/// A person's request, with what the environment holds for its headers.
fn probe(request: &ProbeRequest) -> Result<Probe, Failure> {
    let header = |(name, value): (&Text, &HeaderValue)| {
        let value = match value {
            HeaderValue::Literal(value) => value.to_string(),
            HeaderValue::Environment(variable) => env::var(variable.as_str()).map_err(|_| {
                let what = format!(
                    "the probe {} {} takes its header {name} from {variable}, which the \
                     environment does not hold",
                    request.verb, request.path
                );
                Failure::usage(what).hint(format!("export {variable}=..."))
            })?,
        };
        Ok((name.clone(), Text::from(value)))
    };
    let headers = request.headers.iter().map(header);
    Ok(Probe {
        path: request.path.clone(),
        verb: request.verb,
        status: request.status,
        api: request.api.clone(),
        stage: request.stage.clone(),
        headers: headers.collect::<Result<_, Failure>>()?,
    })
}

/// Sends requests to the APIs' own hosts, or all of them to one address.
pub(super) struct Http {
    requester: Requester,
    address: Option<String>,
    region: Region,
}

impl Ask for Http {
    fn ask(&self, request: &Request) -> Result<Answer, Text> {
        let sent = outgoing(request, &self.region, self.address.as_deref());
        let answer = self.requester.send(&sent);
        let answer = answer.map_err(|error| Text::from(error.to_string()))?;
        let headers = answer.headers.iter();
        let headers = headers.map(|(name, value)| (Text::new(name), Text::new(value)));
        Ok(Answer {
            status: answer.status,
            headers: headers.collect(),
            body: Sha256::of(&answer.body),
        })
    }
}

fn outgoing(request: &Request, region: &Region, address: Option<&str>) -> Outgoing {
    let Request {
        api,
        stage,
        verb,
        path,
        headers,
    } = request;
    let host = format!("{api}.execute-api.{region}.{}", suffix(region));
    let own = format!("https://{host}");
    let mut sent = vec![
        ("host".to_owned(), host),
        (
            "user-agent".to_owned(),
            format!("unbridge/{}", env!("CARGO_PKG_VERSION")),
        ),
    ];
    if address.is_some() {
        // A VPC endpoint finds a private API by either (API Gateway developer guide, "Invoke a
        // private API"); over HTTP/2 only this one can differ from the address.
        sent.push(("x-apigw-api-id".to_owned(), api.to_string()));
    }
    let given = headers.iter();
    sent.extend(given.map(|(name, value)| (name.to_ascii_lowercase(), value.to_string())));
    Outgoing {
        method: <&'static str>::from(*verb),
        url: format!("{}/{stage}{path}", address.unwrap_or(&own)),
        headers: sent,
    }
}

/// What names of AWS end with in the region's partition.
fn suffix(region: &Region) -> &'static str {
    match region.as_str() {
        region if region.starts_with("cn-") => "amazonaws.com.cn",
        region if region.starts_with("eusc-") => "amazonaws.eu",
        _ => "amazonaws.com",
    }
}

#[cfg(test)]
mod tests {
    use unbridge_model::id::{RestApiId, StageName};

    use super::*;

    fn sent(region: &str, address: Option<&str>) -> Outgoing {
        let request = Request {
            api: RestApiId::new("abc123").expect("an API"),
            stage: StageName::new("prod").expect("a stage"),
            verb: Verb::Get,
            path: Text::new("/orders?open=1"),
            headers: vec![(Text::new("X-Token"), Text::new("t"))],
        };
        outgoing(&request, &Region::new(region).expect("a region"), address)
    }

    fn header<'o>(sent: &'o Outgoing, name: &str) -> Option<&'o str> {
        let mut headers = sent.headers.iter();
        let found = headers.find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    #[test]
    fn a_request_goes_to_the_apis_own_host() {
        let own = sent("eu-west-1", None);
        let host = "abc123.execute-api.eu-west-1.amazonaws.com";
        assert_eq!(own.url, format!("https://{host}/prod/orders?open=1"));
        assert_eq!(header(&own, "host"), Some(host));
        assert_eq!(header(&own, "x-token"), Some("t"));
        assert_eq!(header(&own, "x-apigw-api-id"), None);
        let chinese = sent("cn-north-1", None);
        assert!(
            chinese
                .url
                .starts_with("https://abc123.execute-api.cn-north-1.amazonaws.com.cn/")
        );
    }

    #[test]
    fn at_another_address_the_host_is_still_the_apis() {
        let through = sent("eu-west-1", Some("http://127.0.0.1:4566"));
        assert_eq!(through.url, "http://127.0.0.1:4566/prod/orders?open=1");
        let host = header(&through, "host");
        assert_eq!(host, Some("abc123.execute-api.eu-west-1.amazonaws.com"));
        assert_eq!(header(&through, "x-apigw-api-id"), Some("abc123"));
    }
}
