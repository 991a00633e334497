//! An HTTP API whose stage deploys by itself: each route is live at once, so they move one by one.

use serde_json::{Value, json};

use super::bench::{Bench, nothing_tagged, without};
use super::crashes::{ends, says};

/// Routes and integrations as they are set.
pub(crate) fn state(bench: &Bench) -> Value {
    let get = |path: &str| -> Value {
        let path = format!("/v2/apis/{}/{path}", bench.api);
        let text = bench.account.raw_get("apigateway", &path);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}: {text}"))
    };
    let mut state = json!({ "routes": get("routes"), "integrations": get("integrations") });
    without(&mut state, "lastUpdatedDate");
    state
}

/// Whether a request passes the NLB.
pub(crate) fn passes_nlb(bench: &Bench, path: &str) -> bool {
    let found = bench.account.route(&bench.api, "$default", "GET", path);
    assert_eq!(found["status"], 200, "{found}");
    found["hops"].to_string().contains("front-nlb")
}

/// How many requests each look saw that let a step pass.
fn seen_by_passes(events: &[Value]) -> Vec<u64> {
    let mut last: Option<u64> = None;
    let mut seen = Vec::new();
    for event in events {
        if let Some(what) = event["what"]
            .as_str()
            .filter(|_| event["event"] == "measured")
        {
            let words: Vec<&str> = what.split(' ').collect();
            let at = words.iter().position(|word| *word == "requests");
            let count = at.and_then(|at| words[at - 1].parse().ok());
            last = Some(count.unwrap_or_else(|| panic!("no number of requests: {what}")));
        }
        let entry = &event["entry"]["event"];
        if entry["kind"] == "passed" {
            seen.extend(last.take());
        }
    }
    seen
}

#[test]
fn an_http_api_moves_route_by_route_and_no_request_fares_worse() {
    let bench = Bench::http(&["--bake", "3s"]);
    let before = state(&bench);
    assert!(passes_nlb(&bench, "/a"));
    bench.flow();
    let outcome = bench.execute(&["--output", "json"]);
    outcome.expect_code(0);
    bench.ebb();
    for path in ["/a", "/a/b", "/c", "/c/d"] {
        assert!(!passes_nlb(&bench, path), "{path}");
    }
    // Each of the four was watched on what its stage counts.
    let seen = seen_by_passes(&Bench::events(&outcome));
    assert!(
        seen.len() == 4 && seen.iter().all(|count| *count > 0),
        "{seen:?}"
    );

    bench.flow();
    bench.run("rollback", &["--yes"]).expect_code(0);
    bench.ebb();
    assert_eq!(state(&bench), before);
    nothing_tagged(&bench.account);
}

#[test]
fn killed_between_its_routes_a_run_goes_on_and_goes_back() {
    let options = ["--bake", "3s", "--no-rehearsal"];
    let whole = Bench::http(&options);
    whole.flow();
    whole.execute(&["--accept", "unproven"]).expect_code(0);
    whole.ebb();
    let path = whole.desk.work().join("orders.journal.jsonl");
    let journal = std::fs::read_to_string(path).expect("a journal");
    let of_routes = says(&journal)
        .into_iter()
        .zip(ends(&journal).into_iter().skip(1));
    let mut begun =
        of_routes.filter(|((kind, event), _)| kind == "update-route" && event == "started");
    let (_, second) = begun.nth(1).expect("a second route");
    for then in ["resume", "rollback"] {
        let bench = Bench::http(&options);
        let before = state(&bench);
        bench.flow();
        bench.killed_at(second);
        bench.take_up(then).expect_code(0);
        bench.ebb();
        let old_way = ["/a", "/c/d"].map(|path| passes_nlb(&bench, path));
        assert_eq!(old_way, [then == "rollback"; 2]);
        if then == "rollback" {
            assert_eq!(state(&bench), before);
            nothing_tagged(&bench.account);
        }
    }
}
