use unbridge_model::apigateway::{Canary, LinkReach, Verb};
use unbridge_model::call::CallKind;
use unbridge_model::gap::{Gap, GapClass, Unseen};
use unbridge_model::id::Region;
use unbridge_model::snapshot::{
    Extent, FORMAT, FORMAT_VERSION, Header, Outcome, RegionFacts, Snapshot,
};

use super::*;
use crate::account::RegionState;
use crate::build::Estate;

fn region() -> Region {
    Region::new("eu-west-1").expect("a region")
}

/// A region as a scan without gaps would tell it, were nothing sealed.
fn facts(state: &RegionState) -> RegionFacts {
    let links = |wanted: fn(&LinkReach) -> bool| {
        let links = state.links.iter().filter(|link| wanted(&link.reach));
        links.map(|link| (link.id.clone(), link.clone())).collect()
    };
    RegionFacts {
        extent: Some(Extent::Full),
        v1_links: links(|reach| matches!(reach, LinkReach::V1 { .. })),
        v2_links: links(|reach| matches!(reach, LinkReach::V2 { .. })),
        rest_apis: state.rest_apis.iter().map(told).collect(),
        http_apis: state
            .http_apis
            .iter()
            .map(|known| HttpApi {
                stages: Some(known.stages.iter().map(told_http).collect()),
                ..known.api.clone()
            })
            .collect(),
        load_balancers: state
            .load_balancers
            .iter()
            .map(|lb| (lb.arn.clone(), lb.clone()))
            .collect(),
        target_groups: state
            .target_groups
            .iter()
            .map(|group| (group.arn.clone(), group.clone()))
            .collect(),
        vpcs: state
            .vpcs
            .iter()
            .map(|vpc| (vpc.id.clone(), vpc.clone()))
            .collect(),
        network_interfaces: state.network_interfaces.iter().cloned().collect(),
        endpoint_services: state.endpoint_services.iter().cloned().collect(),
        ..RegionFacts::default()
    }
}

fn clear(variables: &RawVariables) -> Variables {
    let pairs = variables.iter();
    pairs
        .map(|(name, value)| (name.clone(), VariableValue::Clear(Text::new(value))))
        .collect()
}

fn told(known: &RestApiState) -> RestApi {
    let stages = known.stages.iter().map(|stage| {
        let running = &known.deployments[&stage.deployment];
        let methods = running.methods.iter().map(|method| Method {
            resource: None,
            ..method.clone()
        });
        Stage {
            name: stage.name.clone(),
            deployment: stage.deployment.clone(),
            canary: stage.canary.as_ref().map(|canary| Canary {
                deployment: canary.deployment.clone(),
                percent: canary.percent,
                overrides: clear(&canary.overrides),
            }),
            variables: clear(&stage.variables),
            tags: stage.tags.clone(),
            client_certificate: stage.client_certificate.clone(),
            cache: stage.cache.clone(),
            deployed: Some(methods.collect::<Vec<_>>().into()),
            settings: Some(Vec::new()),
        }
    });
    RestApi {
        stages: Some(stages.collect()),
        settings: Some(Vec::new()),
        ..known.api.clone()
    }
}

fn told_http(stage: &HttpStageState) -> HttpStage {
    HttpStage {
        name: stage.name.clone(),
        deployment: stage.deployment.clone(),
        variables: clear(&stage.variables),
        tags: stage.tags.clone(),
        deployed: match &stage.runs {
            HttpRuns::Current => HttpDeployed::Auto,
            HttpRuns::Frozen(routes) => HttpDeployed::Routes(routes.clone()),
        },
    }
}

fn snapshot(facts: RegionFacts) -> Snapshot {
    let mut snapshot = Snapshot::new(Header {
        format: Text::new(FORMAT),
        format_version: FORMAT_VERSION,
        tool_version: Text::new("0"),
        account: "123456789012".parse().expect("an account"),
        caller: Text::new("me"),
        regions: vec![region()],
        started_at: Text::new("2026-01-01T00:00:00Z"),
        digest_key: Text::new("k"),
    });
    snapshot.regions.insert(region(), facts);
    snapshot.outcome = Outcome::Finished;
    snapshot
}

fn original() -> Account {
    Estate::new("123456789012")
        .region("eu-west-1")
        .bridge("x", 80)
        .alb_rule("x-alb", 80, 10, |rule| rule.path(&["/x"]).respond("410"))
        .v2_link("v2")
        .rest_api("api", |api| {
            api.method(Verb::Get, "/x", "x-link")
                .deploy("old")
                .method(Verb::Get, "/y", "x-link")
                .deploy("prod")
                .variable("prod", "colour", "blue")
                .method(Verb::Get, "/z", "x-link")
                .canary("prod", 10.0)
        })
        .http_api("web", |api| {
            api.private("GET /w", "v2", "x-nlb", 80)
                .auto("auto")
                .freeze("prod")
        })
        .build()
        .expect("an account")
}

fn seen() -> RegionFacts {
    facts(&original().regions[&region()])
}

/// What is told to be missing when a region was read like this.
fn lacks(change: impl FnOnce(&mut RegionFacts)) -> Vec<Unread> {
    let mut facts = seen();
    change(&mut facts);
    match account(&snapshot(facts)) {
        Ok(_) => Vec::new(),
        Err(unfit) => unfit.unread.into_iter().map(|(_, what)| what).collect(),
    }
}

#[test]
fn what_stages_run_is_the_content_of_their_deployments_and_a_canarys_is_unknown() {
    let original = original();
    let before = &original.regions[&region()].rest_apis[0];
    let account = account(&snapshot(seen())).expect("an account");
    let after = &account.regions[&region()].rest_apis[0];
    assert_eq!(after.stages, before.stages);
    assert_eq!(after.api.draft, before.api.draft);
    assert_eq!(after.deployments.len(), 3);
    for stage in &before.stages {
        let (was, is) = (
            &before.deployments[&stage.deployment],
            &after.deployments[&stage.deployment],
        );
        assert_eq!(is.content, Content::Known);
        // The ids of resources are those of the draft.
        assert_eq!(is.methods, was.methods);
    }
    let canary = before.stages.iter().find_map(|stage| stage.canary.clone());
    let canary = &after.deployments[&canary.expect("a canary").deployment];
    assert_eq!(
        (canary.content, canary.methods.len()),
        (Content::Unknown, 0)
    );
    let state = &account.regions[&region()];
    assert_eq!(state.http_apis, original.regions[&region()].http_apis);
    assert_eq!(state.links.len(), 2);
    assert_eq!(state.vpcs, original.regions[&region()].vpcs);
}

#[test]
fn a_variable_that_is_sealed_is_known_by_its_digest() {
    let digest = crate::account::stand_in("secret");
    let mut facts = seen();
    let stages = facts.rest_apis[0].stages.iter_mut().flatten();
    for stage in stages {
        let sealed = VariableValue::Sealed(digest);
        stage.variables.insert(Text::new("token"), sealed);
    }
    let account = account(&snapshot(facts)).expect("an account");
    let stage = &account.regions[&region()].rest_apis[0].stages[0];
    assert_eq!(stage.variables["token"], digest.to_string());
}

#[test]
fn what_a_requests_way_may_depend_on_has_to_be_there() {
    let original = original();
    let state = &original.regions[&region()];
    let rest = state.rest_apis[0].api.id.clone();
    let http = state.http_apis[0].api.id.clone();
    let nlb = state.load_balancer_named("x-nlb").expect("the NLB");
    let alb = state.load_balancer_named("x-alb").expect("the ALB");
    let group = state.target_group_named("x-nlb-80").expect("the group");
    let vpc = state.vpcs[0].id.clone();
    let prod = state.rest_apis[0].stages[0].name.clone();

    assert_eq!(lacks(|_| {}), []);
    assert_eq!(lacks(|f| f.extent = None), [Unread::Region]);
    assert_eq!(
        lacks(|f| f.rest_apis[0].draft = None),
        [Unread::Draft(rest.clone())]
    );
    assert_eq!(
        lacks(|f| f.rest_apis[0].stages = None),
        [Unread::Stages(rest.clone())]
    );
    assert_eq!(
        lacks(|f| {
            let stages = f.rest_apis[0].stages.iter_mut().flatten();
            stages.take(1).for_each(|stage| stage.deployed = None);
        }),
        [Unread::Export(rest, prod)]
    );
    assert_eq!(
        lacks(|f| f.http_apis[0].integrations = None),
        [Unread::HttpIntegrations(http.clone())]
    );
    assert_eq!(
        lacks(|f| f.http_apis[0].routes = None),
        [Unread::HttpRoutes(http.clone())]
    );
    assert_eq!(
        lacks(|f| {
            let stages = f.http_apis[0].stages.iter_mut().flatten();
            stages.for_each(|stage| stage.deployed = HttpDeployed::Unread);
        })
        .len(),
        2
    );
    let of = |f: &mut RegionFacts, arn| f.load_balancers.remove(arn).expect("a load balancer");
    for lb in [nlb, alb] {
        let lost = lacks(|f| {
            let mut known = of(f, &lb.arn);
            known.listeners = None;
            f.load_balancers.insert(known.arn.clone(), known);
        });
        assert_eq!(lost, [Unread::Listeners(lb.arn.clone())]);
    }
    let listener = alb.listeners.iter().flatten().next().expect("a listener");
    assert_eq!(
        lacks(|f| {
            let mut known = of(f, &alb.arn);
            let listeners = known.listeners.iter_mut().flatten();
            listeners.for_each(|listener| listener.rules = None);
            f.load_balancers.insert(known.arn.clone(), known);
        }),
        [Unread::Rules(listener.arn.clone())]
    );
    assert_eq!(
        lacks(|f| {
            let known = f.target_groups.get_mut(&group.arn);
            known.expect("the group").targets = None;
        }),
        [Unread::Targets(group.arn.clone())]
    );
    assert_eq!(
        lacks(|f| f.vpcs.clear()),
        [
            Unread::Subnets(vpc.clone()),
            Unread::SecurityGroups(vpc.clone()),
            Unread::NetworkAcls(vpc.clone()),
        ]
    );
    let part = |change: fn(&mut unbridge_model::network::Vpc)| {
        lacks(|f| f.vpcs.values_mut().for_each(change))
    };
    assert_eq!(part(|vpc| vpc.route_tables = None), []);
    assert_eq!(
        part(|vpc| vpc.security_groups = None),
        [Unread::SecurityGroups(vpc)]
    );
}

#[test]
fn what_no_request_over_a_link_depends_on_may_be_missing() {
    let original = Estate::new("123456789012")
        .region("eu-west-1")
        .alb("other-alb", 80)
        .rest_api("public", |api| api.public(Verb::Get, "/p").deploy("prod"))
        .http_api("web", |api| api.public("GET /w").freeze("prod"))
        .build()
        .expect("an account");
    let mut facts = facts(&original.regions[&region()]);
    let stages = facts.rest_apis[0].stages.iter_mut().flatten();
    stages.for_each(|stage| stage.deployed = None);
    facts.http_apis[0].routes = None;
    facts.vpcs.clear();
    facts
        .load_balancers
        .values_mut()
        .for_each(|lb| lb.listeners = None);
    let account = account(&snapshot(facts)).expect("an account");
    let deployments = &account.regions[&region()].rest_apis[0].deployments;
    let mut contents = deployments.values().map(|known| known.content);
    assert_eq!(contents.next(), Some(Content::Unknown));
}

#[test]
fn a_list_that_failed_is_told_with_the_call_that_would_read_it() {
    let rest = original().regions[&region()].rest_apis[0].api.id.clone();
    let gap = |call, of: Option<&str>| Gap {
        account: "123456789012".parse().expect("an account"),
        region: Some(region()),
        unseen: Unseen::Call {
            call,
            of: of.map(Text::new),
        },
        class: GapClass::Denied,
        message: Text::new("no"),
    };
    let mut snapshot = snapshot(seen());
    snapshot.gaps = vec![
        gap(CallKind::GetVpcLinks, None),
        gap(CallKind::DescribeTargetGroups, None),
        gap(CallKind::DescribeTags, None),
        gap(CallKind::GetModels, Some(rest.as_str())),
    ];
    let unfit = account(&snapshot).expect_err("not enough");
    let told = unfit.to_string();
    assert_eq!(unfit.unread.len(), 3, "{told}");
    assert_eq!(
        told,
        format!(
            "the snapshot does not tell enough to rehearse on; not read: VPC links of version 1 \
             (eu-west-1); target groups (eu-west-1); settings of REST API {rest} that \
             apigateway:GetModels tells (eu-west-1); scan again where these calls are answered: \
             apigateway:GetModels, apigateway:GetVpcLinks, \
             elasticloadbalancing:DescribeTargetGroups"
        )
    );
    // A region by itself does not suffer from another one's gaps.
    for gap in &mut snapshot.gaps {
        gap.region = Some(Region::new("us-east-1").expect("a region"));
    }
    assert!(account_in(&snapshot, &region()).is_ok());
    let nowhere = Region::new("us-east-1").expect("a region");
    let unfit = account_in(&snapshot, &nowhere).expect_err("not read");
    assert!(
        unfit.to_string().ends_with("scan again, to the end"),
        "{unfit}"
    );
}
