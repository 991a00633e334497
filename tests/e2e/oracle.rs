//! A second witness: the emulator's own data plane sends every request where the report says, and
//! the report knows every request that passes a load balancer.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::harness::{list, text};
use crate::scan::reference;

/// Where a request passes: the NLB and the ALB with their listeners' ports, such as `orders-nlb:80`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Passed {
    nlb: Option<String>,
    alb: Option<String>,
}

impl Passed {
    /// By the emulator's account of a request.
    fn by_hops(route: &Value) -> Self {
        let hops: Vec<_> = list(&route["hops"]).iter().map(text).collect();
        let of = |kind: &str| {
            let hop = hops.iter().find_map(|hop| hop.strip_prefix(kind))?;
            hop.split_whitespace().next().map(str::to_owned)
        };
        Self {
            nlb: of("network "),
            alb: of("application "),
        }
    }

    /// By a chain of the report.
    fn by_chain(nlb: &str, chain: &Value) -> Self {
        let at = |name: &str, port: &Value| format!("{name}:{port}");
        let alb = chain["alb_arn"].as_str().map(|arn| {
            let name = arn.split('/').nth(2).expect("a load balancer's ARN");
            at(name, &chain["alb_listener_port"])
        });
        Self {
            nlb: Some(at(nlb, &chain["nlb_listener_port"])),
            alb,
        }
    }
}

/// One request: API, stage, the method's path and verb.
type Method = (String, String, String, String);

/// A request that the method answers.
fn request(verb: &str, path: &str) -> (String, String) {
    let parts = path
        .split('/')
        .map(|part| if part.starts_with('{') { "7" } else { part });
    let verb = if verb == "ANY" { "PATCH" } else { verb };
    (verb.to_owned(), parts.collect::<Vec<_>>().join("/"))
}

/// What the stages of REST APIs run, by the report.
fn reported() -> Vec<(Method, Passed)> {
    let mut chains = Vec::new();
    for nlb in list(&reference().report.0["nlbs"]) {
        for chain in list(&nlb["chains"]) {
            if chain["api_type"] == "REST" && chain["deployed"] == true {
                let [api, stage, path, verb] = ["api_id", "stage", "resource_path", "http_method"]
                    .map(|key| text(&chain[key]));
                chains.push((
                    (api, stage, path, verb),
                    Passed::by_chain(&text(&nlb["name"]), chain),
                ));
            }
        }
    }
    chains
}

#[test]
fn every_deployed_chain_of_the_report_is_the_way_the_emulator_takes() {
    let chains = reported();
    assert_eq!(
        chains.len(),
        18,
        "the reference account's methods over NLBs, stage by stage"
    );
    for ((api, stage, path, verb), told) in chains {
        let (asked, at) = request(&verb, &path);
        let route = reference().account.route(&api, &stage, &asked, &at);
        assert_eq!(route["resource"], path, "{route}");
        assert_eq!(
            Passed::by_hops(&route),
            told,
            "{stage} {verb} {path}: {route}"
        );
    }
}

#[test]
fn every_request_that_passes_a_load_balancer_has_a_chain_in_the_report() {
    let known: BTreeSet<(Method, Passed)> = reported().into_iter().collect();
    let apis = reference().account.seeded["apis"]
        .as_object()
        .expect("APIs by name");
    let mut passing = BTreeSet::new();
    for api in apis.values().filter(|api| api["type"] == "REST") {
        let id = text(&api["id"]);
        let keys = |key: &str| api[key].as_object().expect("a map").keys();
        for (stage, path) in keys("stages").flat_map(|s| keys("resources").map(move |p| (s, p))) {
            for verb in ["GET", "POST", "PATCH"] {
                let (_, at) = request(verb, path);
                let route = reference().account.route(&id, stage, verb, &at);
                let passed = Passed::by_hops(&route);
                if passed.nlb.is_none() && passed.alb.is_none() {
                    continue;
                }
                let resource = text(&route["resource"]);
                let chain = |verb: &str| {
                    let method = (id.clone(), stage.clone(), resource.clone(), verb.to_owned());
                    (method, passed.clone())
                };
                let found = [chain(verb), chain("ANY")]
                    .into_iter()
                    .find(|c| known.contains(c));
                let found = found.unwrap_or_else(|| panic!("{stage} {verb} {path}: {route}"));
                passing.insert(found);
            }
        }
    }
    assert_eq!(passing, known, "requests were made to every method");
}

#[test]
fn requests_of_a_canary_end_where_its_stage_does() {
    let api = text(&reference().account.seeded["apis"]["orders-api"]["id"]);
    let route = |canary| {
        let stage = if canary { "prod&canary=1" } else { "prod" };
        reference().account.route(&api, stage, "PATCH", "/anything")
    };
    assert_ne!(route(true)["deployment"], route(false)["deployment"]);
    assert_ne!(route(true)["host"], route(false)["host"]);
    assert_eq!(
        Passed::by_hops(&route(true)),
        Passed::by_hops(&route(false))
    );
}
