//! An HTTP API whose stage does not deploy by itself: its routes move unseen, and a deployment of the
//! plan makes that live. Taken back, nothing of it stays.

use serde_json::{Map, Value};

use super::bench::{Bench, nothing_tagged, without};
use super::crashes::{ends, says};
use crate::harness::for_all;

const OPTIONS: [&str; 3] = ["--bake", "3s", "--no-rehearsal"];

/// All that the API is.
fn state(bench: &Bench) -> Value {
    let parts = ["routes", "integrations", "deployments", "stages"];
    let parts = parts.map(|part| {
        let path = format!("/v2/apis/{}/{part}", bench.api);
        let text = bench.account.raw_get("apigateway", &path);
        let told = serde_json::from_str(&text);
        let mut told: Value = told.unwrap_or_else(|error| panic!("{path}: {error}: {text}"));
        without(&mut told, "lastUpdatedDate");
        (part.to_owned(), told)
    });
    Value::Object(Map::from_iter(parts))
}

fn passes_nlb(bench: &Bench, path: &str) -> bool {
    let found = bench.account.route(&bench.api, "prod", "GET", path);
    assert_eq!(found["status"], 200, "{found}");
    found["hops"].to_string().contains("front-nlb")
}

/// Whether the API has a deployment that a run made.
fn has_ours(bench: &Bench) -> bool {
    state(bench)["deployments"]
        .to_string()
        .contains("unbridge:")
}

#[test]
fn a_frozen_stage_moves_at_once_and_goes_back_without_a_trace_h31() {
    let bench = Bench::frozen(&["--bake", "3s"]);
    let before = state(&bench);
    assert!(passes_nlb(&bench, "/a"));
    bench.flow();
    bench.execute(&[]).expect_code(0);
    bench.ebb();
    assert!(!passes_nlb(&bench, "/a") && !passes_nlb(&bench, "/a/b"));
    assert!(has_ours(&bench));
    bench.flow();
    bench.run("rollback", &["--yes"]).expect_code(0);
    bench.ebb();
    assert_eq!(state(&bench), before);
    nothing_tagged(&bench.account);
}

#[test]
fn killed_while_a_frozen_stage_moves_a_run_goes_on_and_goes_back_h31() {
    let whole = Bench::frozen(&OPTIONS);
    whole.flow();
    whole.execute(&["--accept", "unproven"]).expect_code(0);
    let forward = whole.journal_text();
    whole.run("rollback", &["--yes"]).expect_code(0);
    whole.ebb();
    let journal = whole.journal_text();
    let began = |text: &str, kinds: &[&str]| -> Vec<usize> {
        let lines = says(text).into_iter().zip(ends(text).into_iter().skip(1));
        let begun =
            lines.filter(|((kind, event), _)| event == "started" && kinds.contains(&kind.as_str()));
        begun.map(|(_, end)| end).collect()
    };
    let there = [
        "create-http-integration",
        "create-http-deployment",
        "set-http-deployment",
    ];
    let mut cases: Vec<(usize, &str)> = Vec::new();
    for end in began(&forward, &there) {
        cases.extend([(end, "resume"), (end, "rollback")]);
    }
    assert_eq!(cases.len(), 6, "{journal}");
    // A way back that is interrupted is gone on with.
    let back = ["set-http-deployment", "delete-http-deployment"];
    let ends = began(&journal, &back).into_iter();
    let back: Vec<usize> = ends.filter(|end| *end > forward.len()).collect();
    assert_eq!(back.len(), 2, "{journal}");
    cases.extend(back.iter().map(|end| (*end - forward.len(), "back")));
    for_all(cases, |(end, then)| {
        let bench = Bench::frozen(&OPTIONS);
        let before = state(&bench);
        bench.flow();
        if then == "back" {
            bench.execute(&["--accept", "unproven"]).expect_code(0);
            bench.killed_on_the_way_back_at(bench.journal_text().len() + end);
            bench.run("rollback", &["--yes"]).expect_code(0);
        } else {
            bench.killed_at(end);
            bench.take_up(then).expect_code(0);
        }
        bench.ebb();
        assert_eq!(passes_nlb(&bench, "/a"), then != "resume", "{end}, {then}");
        if then != "resume" {
            assert_eq!(state(&bench), before, "{end}, {then}");
            nothing_tagged(&bench.account);
        }
    });
}

#[test]
fn a_deployment_that_another_stage_was_given_meanwhile_stays_and_is_told_h31() {
    let bench = Bench::frozen(&OPTIONS);
    bench.flow();
    bench.execute(&["--accept", "unproven"]).expect_code(0);
    let deployments = state(&bench)["deployments"]["items"].clone();
    let deployments = deployments.as_array().expect("a list").iter();
    let mut ours = deployments.filter(|one| one.to_string().contains("unbridge:"));
    let ours = ours.next().expect("a deployment")["deploymentId"].clone();
    let beta = serde_json::json!({ "stageName": "beta", "deploymentId": ours });
    let stages = format!("/v2/apis/{}/stages", bench.api);
    bench.account.raw_post("apigateway", &stages, &beta);
    let outcome = bench.run("rollback", &["--yes"]);
    outcome.expect_code(0);
    bench.ebb();
    assert!(outcome.stdout.contains("stage beta runs it"), "{outcome:?}");
    assert!(has_ours(&bench));
    assert!(passes_nlb(&bench, "/a"));
}
