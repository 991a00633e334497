//! A temporary stage has what keeps callers out of the stage it is like, whatever becomes of the calls
//! that give it that: `CreateStage` gives it none of it.

use serde_json::{Value, json};

use super::bench::Bench;

/// `prod` lets few in, and those only past a web ACL.
fn guarded() -> Bench {
    let bench = Bench::new();
    let seen = json!({
        "SampledRequestsEnabled": false,
        "CloudWatchMetricsEnabled": false,
        "MetricName": "guard",
    });
    let acl = json!({
        "Name": "guard",
        "Scope": "REGIONAL",
        "DefaultAction": { "Allow": {} },
        "VisibilityConfig": seen,
        "Rules": [],
    });
    let acl = bench
        .account
        .raw_json("wafv2", "AWSWAF_20190729.CreateWebACL", &acl);
    let acl: Value = serde_json::from_str(&acl).expect("a web ACL");
    let stage = format!("/restapis/{}/stages/prod", bench.api);
    let given = json!({
        "WebACLArn": acl["Summary"]["ARN"],
        "ResourceArn": format!("arn:aws:apigateway:us-east-1::{stage}"),
    });
    let associate = "AWSWAF_20190729.AssociateWebACL";
    bench.account.raw_json("wafv2", associate, &given);
    let few = json!({ "patchOperations": [
        { "op": "replace", "path": "/*/*/throttling/rateLimit", "value": "500" },
        { "op": "replace", "path": "/*/*/throttling/burstLimit", "value": "400" },
    ] });
    bench.account.raw_patch("apigateway", &stage, &few);
    let prod = stages(&bench).remove(0);
    assert!(prod.to_string().contains("webacl/guard"), "{prod}");
    bench
}

/// The stages of the API, the temporary one last.
fn stages(bench: &Bench) -> Vec<Value> {
    let path = format!("/restapis/{}/stages", bench.api);
    let told = bench.account.raw_get("apigateway", &path);
    let told: Value = serde_json::from_str(&told).expect("JSON");
    let mut all = told["item"].as_array().expect("a list").clone();
    all.sort_by_key(|one| one["stageName"] != "prod");
    all
}

/// What keeps callers out of a stage.
fn guards(stage: &Value) -> [Value; 3] {
    let all = &stage["methodSettings"]["*/*"];
    [
        stage["webAclArn"].clone(),
        all["throttlingRateLimit"].clone(),
        all["throttlingBurstLimit"].clone(),
    ]
}

#[test]
fn a_stage_whose_making_nobody_heard_of_gets_what_it_lacks_before_it_is_asked_h28() {
    for fault in [
        json!({ "action": "CreateStage", "drop": "after", "times": 1 }),
        // AWS WAF does not know what was made just now.
        json!({
            "service": "wafv2", "action": "AssociateWebACL", "times": 3,
            "status": 400, "code": "WAFUnavailableEntityException",
        }),
    ] {
        let bench = guarded();
        let before = bench.state();
        bench.flow();
        // The run stops before the stage goes.
        let stays = json!({ "action": "DeleteStage", "kind": "deny", "times": -1 });
        bench.account.faults(json!([fault, stays]));
        bench.execute(&[]).expect_code(7);
        let all = stages(&bench);
        assert_eq!(all.len(), 2, "{fault}: {all:?}");
        assert_eq!(guards(&all[1]), guards(&all[0]), "{fault}");
        bench.account.faults(json!([]));
        bench.take_up("resume").expect_code(0);
        bench.run("rollback", &["--yes"]).expect_code(0);
        bench.ebb();
        assert_eq!(bench.state(), before, "{fault}");
        bench.nothing_tagged();
    }
}

#[test]
fn while_a_stage_lacks_something_the_run_says_so_and_goes_on_or_back_h28() {
    for then in ["resume", "rollback"] {
        let bench = guarded();
        let before = bench.state();
        bench.flow();
        bench.account.faults(json!([
            { "action": "CreateStage", "drop": "after", "times": 1 },
            { "service": "wafv2", "action": "AssociateWebACL", "kind": "deny", "times": -1 },
        ]));
        let outcome = bench.execute(&[]);
        outcome.expect_code(7);
        let said = outcome
            .stdout
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let open = "may lack the throttle, the web ACL of prod, and can be reached";
        assert!(said.contains(open), "{outcome:?}");
        assert_eq!(stages(&bench).len(), 2);
        bench.account.faults(json!([]));
        bench.take_up(then).expect_code(0);
        bench.ebb();
        assert_eq!(stages(&bench).len(), 1);
        if then == "rollback" {
            assert_eq!(bench.state(), before);
            bench.nothing_tagged();
        }
    }
}

#[test]
fn a_stage_that_may_not_be_given_its_web_acl_goes_again_at_once_h28() {
    let bench = guarded();
    bench.flow();
    bench.account.faults(json!([
        { "service": "wafv2", "action": "AssociateWebACL", "kind": "deny", "times": -1 },
    ]));
    bench.execute(&[]).expect_code(7);
    assert_eq!(stages(&bench).len(), 1);
    bench.run("rollback", &["--yes"]).expect_code(0);
    bench.ebb();
    bench.nothing_tagged();
}
