use std::collections::BTreeMap;

use unbridge_model::apigateway::{DefaultEndpoint, Integration, RestApi, Stage, Verb};
use unbridge_model::assessment::Way;
use unbridge_model::finding::Verdict;
use unbridge_model::id::{AccountId, DeploymentId, Region, RestApiId};
use unbridge_model::route::Unfollowed;
use unbridge_model::snapshot::RegionFacts;

use super::*;

const NAME: &str = "orders";

fn load_balancer(tail: &str) -> LoadBalancerArn {
    let lead = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer";
    LoadBalancerArn::new(format!("{lead}/{tail}/50dc6c495c0c9188")).expect("an ARN")
}

fn region() -> Region {
    Region::new("eu-west-1").expect("a region")
}

fn prod() -> StageName {
    StageName::new("prod").expect("a stage")
}

/// A REST API whose stage runs these methods, each of this type.
fn rest(id: &str, methods: &[IntegrationType]) -> RestApi {
    let method = |kind: &IntegrationType| Method {
        path: Text::new("/"),
        verb: Verb::Get,
        resource: None,
        integration: Some(Arc::new(Integration {
            kind: *kind,
            http_method: None,
            uri: None,
            uri_rest: None,
            vpc_link: None,
            target: None,
            host_mapping: None,
            carried: Default::default(),
        })),
        settings: None,
    };
    RestApi {
        id: RestApiId::new(id).expect("an id"),
        region: region(),
        name: Text::new(NAME),
        endpoint_types: Vec::new(),
        default_endpoint: DefaultEndpoint::Answers,
        tags: BTreeMap::new(),
        draft: None,
        settings: None,
        deployments: None,
        stages: Some(vec![Stage {
            name: prod(),
            deployment: DeploymentId::new("d1").expect("an id"),
            canary: None,
            variables: BTreeMap::new(),
            tags: BTreeMap::new(),
            client_certificate: None,
            cache: None,
            deployed: Some(methods.iter().map(method).collect::<Vec<_>>().into()),
            settings: None,
        }]),
    }
}

/// An NLB with these ends of the stage's chains, and the facts of an API with as many methods.
fn over(ends: &[End]) -> (NlbAssessment, RegionFacts) {
    let chain = |end: &End| Chain {
        start: Arc::new(Start {
            api: Arc::new(ApiRef {
                kind: ApiType::Rest,
                id: Text::new("a1"),
                name: Text::new(NAME),
            }),
            stage: Some(prod()),
        }),
        path: Text::new("/"),
        verb: Some(Verb::Get),
        seen_in: SeenIn::Both,
        way: Arc::new(Way {
            hops: Vec::new(),
            end: end.clone(),
            sent: None,
        }),
    };
    let nlb = NlbAssessment {
        arn: load_balancer("net/x"),
        name: Text::new("x"),
        account: AccountId::new("111122223333").expect("an account"),
        region: region(),
        tags: None,
        verdict: Verdict::Removable,
        reasons: Vec::new(),
        findings: Vec::new(),
        chains: ends.iter().map(chain).collect(),
        comparison: None,
    };
    let mut facts = RegionFacts::default();
    let methods = vec![IntegrationType::HttpProxy; ends.len()];
    facts.rest_apis.push(rest("a1", &methods));
    (nlb, facts)
}

fn alb(name: &str) -> End {
    End::Alb {
        alb: load_balancer(&format!("app/{name}")),
        port: 80,
    }
}

/// Puts these values of the stage, in milliseconds, and of the ALB, in seconds, into the facts.
fn measure(facts: &mut RegionFacts, waited: &[Option<f64>], answered: &[Option<f64>]) {
    let stage = Measured::RestStage {
        api_name: Text::new(NAME),
        stage: prod(),
    };
    let alb = Measured::LoadBalancer(load_balancer("app/a"));
    for (of, measure, values) in [
        (stage, Measure::IntegrationLatencyP50, waited),
        (alb, Measure::TargetResponseTime, answered),
    ] {
        let usage = Usage {
            region: region(),
            of: of.clone(),
            from: Text::new("2026-01-01T00:00:00Z"),
            period: 3600,
            periods: 24,
            series: [(measure, values.to_vec())].into(),
        };
        facts.usage.insert(of, usage);
    }
}

fn told(nlb: &NlbAssessment, facts: &RegionFacts) -> String {
    let all = latency(nlb, &Indexed::new(facts));
    let told = all.iter().map(|one| match &one.added {
        Added::Measured {
            alb,
            median,
            hours,
            below_zero,
        } => format!(
            "{median} at {} in {hours} hours, {below_zero} below",
            alb.name()
        ),
        Added::Unknown(why) => why.to_string(),
    });
    told.collect::<Vec<_>>().join("; ")
}

#[test]
fn the_median_is_in_the_middle() {
    assert_eq!(median(&mut []), None);
    assert_eq!(median(&mut [3.0]), Some(3.0));
    assert_eq!(median(&mut [9.0, 1.0]), Some(5.0));
    assert_eq!(median(&mut [9.0, -1.0, 2.0]), Some(2.0));
    assert_eq!(median(&mut [4.0, 1.0, 100.0, 2.0]), Some(3.0));
}

#[test]
fn only_hours_with_both_count_and_seconds_become_milliseconds() {
    let waited = [Some(10.0), None, Some(30.0), Some(5.0), Some(f64::NAN)];
    let answered = [Some(0.004), Some(0.1), None, Some(0.007), Some(0.0)];
    assert_eq!(differences(&waited, &answered), [6.0, -2.0]);
    assert!(differences(&waited, &[]).is_empty());
}

#[test]
fn what_is_added_is_the_median_of_the_hours() {
    let (nlb, mut facts) = over(&[alb("a"), alb("a")]);
    let waited = [Some(25.0), Some(30.5), None, Some(22.0)];
    measure(
        &mut facts,
        &waited,
        &[Some(0.020), Some(0.020), Some(0.020), Some(0.025)],
    );
    assert_eq!(told(&nlb, &facts), "5 at a in 3 hours, 1 below");
}

#[test]
fn measures_that_disagree_are_told_as_such_and_not_as_nothing() {
    let (nlb, mut facts) = over(&[alb("a")]);
    measure(&mut facts, &[Some(10.0)], &[Some(0.0302)]);
    assert_eq!(told(&nlb, &facts), "-20.2 at a in 1 hours, 1 below");
}

#[test]
fn what_was_not_read_or_not_seen_is_unknown_and_never_zero() {
    let (nlb, mut facts) = over(&[alb("a")]);
    let unread = told(&nlb, &facts);
    assert!(
        unread.contains("IntegrationLatency was not read of usage:orders/prod"),
        "{unread}"
    );
    measure(&mut facts, &[], &[]);
    assert_eq!(
        told(&nlb, &facts),
        "in no hour were both the stage and the ALB measured"
    );
    measure(&mut facts, &[Some(10.0)], &[Some(0.002)]);
    for usage in facts.usage.values_mut() {
        if usage.series.contains_key(&Measure::TargetResponseTime) {
            usage.from = Text::new("2026-01-02T00:00:00Z");
        }
    }
    assert_eq!(
        told(&nlb, &facts),
        "stage and ALB were measured over different hours"
    );
}

#[test]
fn ends_that_are_not_one_alb_cannot_be_told() {
    let unseen = End::Unseen(Unfollowed::Variable(Text::new("x")));
    for (ends, why) in [
        ([alb("a"), alb("b")], "several ALBs are behind the stage"),
        (
            [alb("a"), unseen],
            "not all of its methods are seen to reach an ALB",
        ),
    ] {
        let (nlb, mut facts) = over(&ends);
        measure(&mut facts, &[Some(10.0)], &[Some(0.002)]);
        assert_eq!(told(&nlb, &facts), why);
    }
}

#[test]
fn methods_that_go_elsewhere_are_in_the_metric_too_but_not_those_that_wait_for_nothing() {
    let (nlb, mut facts) = over(&[alb("a")]);
    measure(&mut facts, &[Some(10.0)], &[Some(0.002)]);
    let own = IntegrationType::HttpProxy;
    facts.rest_apis = vec![rest("a1", &[own, IntegrationType::Mock])];
    assert_eq!(told(&nlb, &facts), "8 at a in 1 hours, 0 below");
    facts.rest_apis = vec![rest("a1", &[own, IntegrationType::AwsProxy])];
    assert_eq!(
        told(&nlb, &facts),
        "1 of its methods take another way, and metrics do not tell methods apart"
    );
}

#[test]
fn two_apis_of_one_name_cannot_be_told_apart() {
    let (nlb, mut facts) = over(&[alb("a")]);
    measure(&mut facts, &[Some(10.0)], &[Some(0.002)]);
    facts.rest_apis.push(rest("b2", &[]));
    let told = told(&nlb, &facts);
    assert!(
        told.starts_with("several REST APIs are called orders"),
        "{told}"
    );
}

#[test]
fn a_stage_that_was_not_read_is_named_and_one_that_sends_nothing_is_not() {
    let (mut nlb, mut facts) = over(&[alb("a")]);
    nlb.chains[0].seen_in = SeenIn::Draft;
    assert_eq!(told(&nlb, &facts), "");
    facts.rest_apis[0].stages = None;
    assert_eq!(told(&nlb, &facts), "what stages of orders run was not read");
}
