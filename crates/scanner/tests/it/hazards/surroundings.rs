//! Health, traffic, proofs, owners, retirement and exposure.

use unbridge_model::apigateway::Verb;
use unbridge_model::assessment::{ApiAccess, Assessment, Pattern};
use unbridge_model::call::CallKind;
use unbridge_model::elb::TargetGroup;
use unbridge_model::finding::{
    Explained, Finding, FindingCode, OwnedKind, Severity, TrafficSeen, Verdict,
};
use unbridge_model::text::Text;
use unbridge_scanner::assess::assess_with;
use unbridge_scanner::terraform::TerraformState;
use unbridge_sim::build::Estate;

use crate::common::{codes, estate, nlb, scanned};

use super::{assessment, bridge, denied, found};

/// H12: unhealthy is not broken: an NLB without a healthy target sends to every one.
#[test]
fn unhealthy_targets_are_told_and_weighed_by_traffic_h12() {
    let sick = |estate: Estate| {
        estate.edit(|region| {
            for target in region
                .target_groups
                .iter_mut()
                .flat_map(|g| g.targets.iter_mut().flatten())
            {
                target.health = Text::new("unhealthy");
            }
        })
    };
    let (verdict, finding) = found(sick(bridge()), FindingCode::AlbHealthCheckWrong);
    assert!(matches!(
        finding,
        Finding::AlbHealthCheckWrong {
            traffic: TrafficSeen::Flowing,
            ..
        }
    ));
    assert_eq!(
        (verdict, finding.severity()),
        (Verdict::Removable, Severity::Info)
    );
    let (verdict, _) = found(
        sick(bridge().idle("x-nlb")),
        FindingCode::AlbHealthCheckWrong,
    );
    assert_eq!(verdict, Verdict::RemovableIf);
}

/// H13: what a version 2 link does with these is not documented.
#[test]
fn what_only_a_proof_can_tell_needs_one_h13() {
    let public = bridge().internet_facing("x-alb");
    assert_eq!(
        found(public.clone(), FindingCode::AlbInternetFacingTarget).0,
        Verdict::RemovableIf
    );
    found(public, FindingCode::InternetFacingAlbBehindGateway);
    let shown = bridge().rest_api("api", |api| api.client_certificate("prod", "abc123"));
    assert_eq!(
        found(shown, FindingCode::BackendClientCertificate).0,
        Verdict::RemovableIf
    );
    let asked = bridge().mutual_authentication("x-alb", 80, "verify");
    assert_eq!(
        found(asked, FindingCode::BackendClientCertificate).0,
        Verdict::RemovableIf
    );
    let off = bridge().mutual_authentication("x-alb", 80, "off");
    assert_eq!(nlb(&assessment(off), "x-nlb").verdict, Verdict::Removable);
}

/// H15: once no API passes the NLB, whatever flows is somebody else's.
#[test]
fn traffic_that_no_api_explains_keeps_the_nlb_h15() {
    let unused = estate().bridge("x", 80);
    let flowing = unused.clone().traffic("x-nlb", 60, 1000);
    assert_eq!(
        found(flowing, FindingCode::TrafficNotExplained).0,
        Verdict::Rewirable
    );
    let idle = assessment(unused.idle("x-nlb"));
    assert_eq!(nlb(&idle, "x-nlb").verdict, Verdict::Removable);
    let unread = denied(estate().bridge("x", 80), CallKind::GetMetricData);
    assert_eq!(nlb(&unread, "x-nlb").verdict, Verdict::RemovableIf);
}

/// H16: no tag is not "unmanaged", and each object that is written has an owner of its own.
#[test]
fn owners_are_told_for_each_object_h16() {
    let (verdict, finding) = found(bridge(), FindingCode::OwnerUnknown);
    let Finding::OwnerUnknown { objects } = finding else {
        unreachable!("asked for by code")
    };
    for kind in [
        OwnedKind::Api,
        OwnedKind::Stage,
        OwnedKind::SecurityGroup,
        OwnedKind::VpcLink,
        OwnedKind::LoadBalancer,
        OwnedKind::TargetGroup,
    ] {
        assert!(objects.iter().any(|object| object.kind == kind), "{kind}");
    }
    assert_eq!(verdict, Verdict::Removable);
    for (key, value, code) in [
        (
            "aws:cloudformation:stack-name",
            "s",
            FindingCode::ManagedByCloudformation,
        ),
        ("ManagedBy", "terraform", FindingCode::ManagedByTerraform),
        (
            "elbv2.k8s.aws/cluster",
            "c",
            FindingCode::ManagedByKubernetes,
        ),
        (
            "elasticbeanstalk:environment-id",
            "e",
            FindingCode::ManagedByBeanstalk,
        ),
        (
            "refactor-spaces:environment-id",
            "e",
            FindingCode::ManagedByRefactorSpaces,
        ),
    ] {
        let tagged = bridge().tag("x-nlb", key, value);
        assert_eq!(found(tagged.clone(), code).0, Verdict::Removable, "{code}");
        found(tagged, FindingCode::OwnerUnknown);
    }
}

/// H16: a pipeline puts the version 1 link back.
#[test]
fn an_api_that_is_deployed_every_week_looks_like_a_pipelines_h16() {
    let weekly = bridge().rest_api("api", |api| api.deploy_weekly("prod", 12));
    found(weekly, FindingCode::DeployedByPipeline);
    let once = assessment(bridge());
    assert!(!codes(nlb(&once, "x-nlb")).contains(&FindingCode::DeployedByPipeline));
    // On enough days, but too few.
    let few = assessment(bridge().rest_api("api", |api| api.deploy_weekly("prod", 4)));
    assert!(!codes(nlb(&few, "x-nlb")).contains(&FindingCode::DeployedByPipeline));
}

/// H17: judged for the link, over all chains that share it.
#[test]
fn a_link_that_hardly_anything_passes_is_told_h17() {
    let rare = bridge().traffic("x-nlb", 2, 3);
    assert_eq!(
        found(rare, FindingCode::RareTraffic).0,
        Verdict::RemovableIf
    );
}

/// H18: an alarm does not keep the NLB, but it will go off.
#[test]
fn an_alarm_on_the_nlb_warns_h18() {
    let (verdict, finding) = found(bridge().alarm("no-flows", "x-nlb"), FindingCode::AlarmOnNlb);
    assert_eq!(
        (verdict, finding.severity()),
        (Verdict::Removable, Severity::Warning)
    );
}

/// H19: a new deployment starts with an empty cache.
#[test]
fn a_stage_with_a_cache_warns_h19() {
    let cached = bridge().rest_api("api", |api| api.cache("prod", "0.5"));
    assert_eq!(found(cached, FindingCode::StageCache).0, Verdict::Removable);
}

#[test]
fn what_stands_in_the_way_of_a_retirement_is_told() {
    let protected = bridge().attribute("x-nlb", "deletion_protection.enabled", "true");
    assert_eq!(
        found(protected, FindingCode::DeletionProtection).0,
        Verdict::Removable
    );
    let (_, named) = found(bridge(), FindingCode::UriNamesNlb);
    assert!(matches!(named, Finding::UriNamesNlb { methods: 1, .. }));
    let deployed_twice = bridge().rest_api("api", |api| api.deploy("prod"));
    let (_, history) = found(deployed_twice, FindingCode::HistoryNamesV1Link);
    assert!(matches!(
        history,
        Finding::HistoryNamesV1Link { deployments: 1, .. }
    ));
}

#[test]
fn what_can_be_reached_from_the_internet_is_told() {
    let public = bridge().internet_facing("x-nlb");
    found(public, FindingCode::InternetFacingNlb);
    let open = bridge().admit("x-alb", "0.0.0.0/0", (80, 80));
    let (verdict, finding) = found(open, FindingCode::OpenSecurityGroup);
    let Finding::OpenSecurityGroup { groups } = finding else {
        unreachable!("asked for by code")
    };
    assert_eq!(
        (verdict, groups[0].ports.as_str()),
        (Verdict::Removable, "80")
    );
}

#[test]
fn private_integrations_are_named_by_pattern_and_apart_from_private_apis() {
    let estate = bridge()
        .rest_api("inside", |api| {
            api.endpoint("PRIVATE")
                .method(Verb::Get, "/x", "x-link")
                .deploy("prod")
        })
        .bridge("pub", 80)
        .internet_facing("pub-nlb")
        .v2_link("v2")
        .rest_api("public-nlb", |api| {
            api.method(Verb::Get, "/x", "pub-link").deploy("prod")
        })
        .rest_api("direct", |api| {
            api.direct(Verb::Get, "/x", "v2", "x-alb").deploy("prod")
        })
        .http_api("web", |api| {
            api.private("GET /", "v2", "x-alb", 80).auto("$default")
        })
        .websocket_api("chat", |api| api.over_v1("$default", "x-link").auto("live"));
    let check = |assessment: &Assessment, name: &str, access, pattern| {
        let told: Vec<_> = assessment
            .private_integrations
            .iter()
            .filter(|private| private.api.name == *name)
            .map(|private| (private.access, private.pattern, private.methods))
            .collect();
        assert_eq!(told, [(access, pattern, 1)], "{name}");
    };
    let told = assessment(estate.clone());
    check(
        &told,
        "api",
        ApiAccess::Public,
        Pattern::RestApiToInternalNlb,
    );
    check(
        &told,
        "inside",
        ApiAccess::PrivateApi,
        Pattern::RestApiToInternalNlb,
    );
    check(
        &told,
        "public-nlb",
        ApiAccess::Public,
        Pattern::RestApiToInternetFacingNlb,
    );
    check(
        &told,
        "direct",
        ApiAccess::Public,
        Pattern::RestApiToAlbOverV2,
    );
    check(
        &told,
        "web",
        ApiAccess::Public,
        Pattern::HttpApiToAlbInPrivateSubnets,
    );
    check(&told, "chat", ApiAccess::Public, Pattern::Other);
    let public = assessment(estate.clone().public_subnets());
    check(
        &public,
        "web",
        ApiAccess::Public,
        Pattern::HttpApiToAlbInPublicSubnets,
    );
    let exposed = assessment(estate.clone().internet_facing("x-alb"));
    check(&exposed, "web", ApiAccess::Public, Pattern::Other);
    let unread = denied(estate, CallKind::DescribeRouteTables);
    check(&unread, "web", ApiAccess::Public, Pattern::Unknown);
}

/// H15: while APIs pass the NLB, a port that none of them uses stays in doubt.
#[test]
fn traffic_that_may_be_on_a_port_no_api_uses_leaves_a_doubt_h15() {
    let two_ports = bridge().forward("x-nlb", 8080, "x-alb", 80);
    let (verdict, finding) = found(two_ports.clone(), FindingCode::TrafficNotExplained);
    let Finding::TrafficNotExplained {
        ports, explained, ..
    } = finding
    else {
        unreachable!("asked for by code")
    };
    assert_eq!((ports, explained), (vec![8080], Explained::InPart));
    assert_eq!(verdict, Verdict::RemovableIf);
    let idle = assessment(two_ports.idle("x-nlb"));
    assert!(!codes(nlb(&idle, "x-nlb")).contains(&FindingCode::TrafficNotExplained));
}

/// H16: Terraform sets no tags, so its state is asked; who owns an object changes no verdict.
#[test]
fn a_terraform_state_names_the_owner_where_no_tag_does_h16() {
    let account = bridge()
        .tag("x-nlb", "aws:cloudformation:stack-name", "edge")
        .build()
        .expect("an account");
    let snapshot = scanned(account).snapshot;
    let plain = assess_with(&snapshot, &TerraformState::default()).expect("a consistent graph");
    let facts = snapshot.regions.values().next().expect("a region");
    let mut groups = facts.target_groups.values();
    let of_nlb = |group: &&TargetGroup| group.name == *"x-nlb-80";
    let group = &groups.find(of_nlb).expect("a group").arn;
    let nlb_arn = &nlb(&plain, "x-nlb").arn;
    let resource = |kind: &str, arn: &str| {
        format!(
            r#"{{"mode": "managed", "type": "{kind}", "name": "x", "instances": [{{"attributes": {{"arn": "{arn}"}}}}]}}"#
        )
    };
    let json = format!(
        r#"{{"version": 4, "resources": [{}, {}]}}"#,
        resource("aws_lb", nlb_arn.as_str()),
        resource("aws_lb_target_group", group.as_str())
    );
    let mut state = TerraformState::default();
    state.add(json.as_bytes()).expect("a state");
    let told = assess_with(&snapshot, &state).expect("a consistent graph");
    let of = |finding: &Finding| match finding {
        Finding::ManagedByTerraform { objects } => Some(objects.clone()),
        _ => None,
    };
    assert_eq!(nlb(&plain, "x-nlb").findings.iter().find_map(of), None);
    let objects = nlb(&told, "x-nlb").findings.iter().find_map(of);
    let objects = objects.expect("a finding");
    // A tag of CloudFormation's is reserved: it is the better proof for the NLB.
    let [only] = &objects[..] else {
        panic!("{objects:?}")
    };
    assert_eq!(only.kind, OwnedKind::TargetGroup);
    let evidence = only.evidence.as_deref();
    assert_eq!(evidence, Some("aws_lb_target_group.x in a Terraform state"));
    assert_eq!(nlb(&told, "x-nlb").verdict, nlb(&plain, "x-nlb").verdict);
}

/// H16: a deployment is put on a stage that does not deploy by itself, so its owner is asked for; a
/// stage that runs its API's routes as they stand is not written to.
#[test]
fn stages_of_http_apis_that_are_written_to_have_owners_h16() {
    let account = estate()
        .nlb_to_alb("x", 80)
        .v2_link("old")
        .http_api("shop", |api| {
            api.private("GET /x", "old", "x-nlb", 80)
                .auto("$default")
                .freeze("prod")
                .freeze("test")
                .tag_stage("test", "aws:cloudformation:stack-name", "shop")
        })
        .build()
        .expect("an account");
    let snapshot = scanned(account).snapshot;
    let api = &snapshot
        .regions
        .values()
        .next()
        .expect("a region")
        .http_apis[0]
        .id;
    let json = format!(
        r#"{{"version": 4, "resources": [{{"mode": "managed", "type": "aws_apigatewayv2_stage", "name": "x", "instances": [{{"attributes": {{"api_id": "{api}", "name": "prod"}}}}]}}]}}"#
    );
    let mut state = TerraformState::default();
    state.add(json.as_bytes()).expect("a state");
    let told = assess_with(&snapshot, &state).expect("a consistent graph");
    let mut stages: Vec<(FindingCode, String)> = Vec::new();
    for finding in &nlb(&told, "x-nlb").findings {
        if let Finding::ManagedByTerraform { objects }
        | Finding::ManagedByCloudformation { objects }
        | Finding::OwnerUnknown { objects } = finding
        {
            let of_kind = objects.iter().filter(|one| one.kind == OwnedKind::Stage);
            stages.extend(of_kind.map(|one| (finding.code(), one.id.to_string())));
        }
    }
    stages.sort();
    let mut expected = vec![
        (FindingCode::ManagedByTerraform, format!("{api}/prod")),
        (FindingCode::ManagedByCloudformation, format!("{api}/test")),
    ];
    expected.sort();
    assert_eq!(stages, expected);
}
