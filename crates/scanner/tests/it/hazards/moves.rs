//! What the ALB would see differently after a move.

use unbridge_model::apigateway::{LinkReach, Verb};
use unbridge_model::call::CallKind;
use unbridge_model::elb::{Action, AddressLooked, Condition};
use unbridge_model::finding::{Finding, FindingCode, Severity, Verdict};
use unbridge_model::id::SubnetId;
use unbridge_model::template::Template;
use unbridge_model::text::Text;
use unbridge_model::uri::Uri;
use unbridge_sim::account::RegionState;
use unbridge_sim::build::Estate;

use crate::common::{codes, estate, nlb};

use super::{assessment, bridge, denied, found};

fn unknown_condition() -> Condition {
    Condition::Unknown {
        field: Text::new("jwt-claim"),
    }
}

/// H6: a rule that looks at what this version does not know is a named unknown.
#[test]
fn a_rule_field_that_is_not_known_is_named_h6() {
    let estate = bridge().rule("x-alb", 80, 10, vec![unknown_condition()]);
    let (verdict, finding) = found(estate, FindingCode::UnknownRuleField);
    assert_eq!(verdict, Verdict::RemovableIf);
    let Finding::UnknownRuleField { fields, .. } = finding else {
        unreachable!("asked for by code")
    };
    assert_eq!(fields, ["jwt-claim"].map(Text::new));
}

/// H6: rules that do not look at what a move changes are no obstacle.
#[test]
fn rules_on_path_and_method_do_not_stand_in_the_way_h6() {
    let estate = bridge()
        .alb_rule("x-alb", 80, 10, |rule| {
            rule.path(&["/x/*"]).method(&["GET"])
        })
        .alb_rule("x-alb", 80, 20, |rule| {
            rule.host(&["*.corp.example"]).respond("404")
        })
        .alb_rule("x-alb", 80, 30, |rule| {
            rule.header("X-Team", &["a"])
                .redirect("#{host}", "443", "/")
        });
    let assessment = assessment(estate);
    let of = nlb(&assessment, "x-nlb");
    assert_eq!(of.verdict, Verdict::Removable, "{:?}", of.findings);
}

/// H6: a source-address rule is harmless only when it answers link and NLB alike.
#[test]
fn a_rule_on_the_source_address_blocks_unless_it_answers_alike_h6() {
    let with = |range: &str| {
        bridge().alb_rule("x-alb", 80, 10, |rule| rule.source(&[range]).respond("403"))
    };
    let (verdict, finding) = found(with("10.0.0.5/32"), FindingCode::SourceIpRule);
    assert_eq!(
        (verdict, finding.severity()),
        (Verdict::Blocked, Severity::Blocker)
    );
    for harmless in ["192.0.2.0/24", "10.0.0.0/8"] {
        let assessment = assessment(with(harmless));
        let of = nlb(&assessment, "x-nlb");
        assert!(
            !codes(of).contains(&FindingCode::SourceIpRule),
            "{harmless}"
        );
    }
}

/// H6: what a rule sees today is the NLB, wherever that stands.
#[test]
fn a_rule_that_admits_the_nlb_alone_blocks_h6() {
    let apart = |region: &mut RegionState| {
        let nlb = region.load_balancer_named("x-nlb").expect("the NLB");
        let (tail, vpc) = (Text::new(nlb.arn.tail()), nlb.vpc.clone());
        let here = region
            .vpcs
            .iter_mut()
            .find(|known| Some(&known.id) == vpc.as_ref());
        let subnets = here.and_then(|vpc| vpc.subnets.as_mut()).expect("subnets");
        let mut another = subnets[0].clone();
        another.id = SubnetId::new("subnet-0123456789abcdef0").expect("an id");
        another.cidr = Text::new("10.0.240.0/24");
        subnets.push(another);
        for interface in &mut region.network_interfaces {
            if interface.load_balancer == tail {
                interface.addresses = vec![Text::new("10.0.240.9")];
            }
        }
    };
    let admits_it = bridge().edit(apart).alb_rule("x-alb", 80, 10, |rule| {
        rule.source(&["10.0.240.0/24"]).respond("403")
    });
    assert_eq!(
        found(admits_it, FindingCode::SourceIpRule).0,
        Verdict::Blocked
    );
}

/// H6: an NLB may pass on the addresses of a version 2 link, which a new link need not share; those
/// of the internet can be any.
#[test]
fn a_rule_on_the_source_address_is_judged_by_how_requests_reach_the_nlb_h6() {
    let rule = |estate: Estate| {
        estate.alb_rule("x-alb", 80, 10, |rule| {
            rule.source(&["192.0.2.0/24"]).respond("403")
        })
    };
    let over_v2 = || {
        estate()
            .nlb_to_alb("x", 80)
            .v2_link("v2")
            .http_api("web", |api| {
                api.private("GET /x", "v2", "x-nlb", 80).auto("$default")
            })
    };
    let told = |estate: Estate| {
        let assessment = assessment(rule(estate));
        codes(nlb(&assessment, "x-nlb")).contains(&FindingCode::SourceIpRule)
    };
    assert!(!told(over_v2()), "the link stands in the ALB's subnets");
    let unknown = |subnet: &str| SubnetId::new(subnet).expect("a subnet's id");
    let elsewhere = over_v2().edit(move |region| {
        for link in &mut region.links {
            if let LinkReach::V2 { subnets, .. } = &mut link.reach {
                subnets.push(unknown("subnet-0123456789abcdef0"));
            }
        }
    });
    assert!(told(elsewhere));
    let public = estate()
        .nlb_to_alb("x", 80)
        .internet_facing("x-nlb")
        .http_api("web", |api| api.public("GET /x").auto("$default"))
        .edit(call_by_name);
    assert!(told(public));
}

/// Lets every integration of HTTP APIs call the NLB by its public name.
fn call_by_name(region: &mut RegionState) {
    let nlb = region.load_balancer_named("x-nlb");
    let dns = nlb.and_then(|nlb| nlb.dns_name.clone()).expect("a name");
    for api in &mut region.http_apis {
        for integration in api.api.integrations.iter_mut().flatten() {
            integration.integration.uri = Some(Uri::new(&format!("http://{dns}/x")));
        }
    }
}

/// H7: a listener that splits its traffic cannot be replaced by one ALB.
#[test]
fn an_nlb_that_splits_its_traffic_is_blocked_h7() {
    let estate = estate()
        .weighted_bridge("x", 80, [1, 1])
        .rest_api("api", |api| {
            api.method(Verb::Get, "/x", "x-link").deploy("prod")
        });
    let (verdict, finding) = found(estate, FindingCode::NlbWeightedForward);
    assert_eq!(
        (verdict, finding.severity()),
        (Verdict::Blocked, Severity::Blocker)
    );
}

/// A bridge whose NLB listens on 8080 before an ALB on 80.
fn other_port() -> Estate {
    estate()
        .nlb("x-nlb")
        .alb("x-alb", 80)
        .forward("x-nlb", 8080, "x-alb", 80)
        .link("x-link", "x-nlb")
        .rest_api("api", |api| {
            api.method_on(Verb::Get, "/x", "x-link", 8080)
                .deploy("prod")
        })
}

/// H8: a port that leaves the Host header is told, and doubted when a rule looks at it.
#[test]
fn a_port_in_the_host_header_is_told_h8() {
    let (verdict, finding) = found(other_port(), FindingCode::HostHeaderRuleChanges);
    let Finding::HostHeaderRuleChanges {
        before,
        after,
        rules,
        apis,
        ..
    } = &finding
    else {
        unreachable!("asked for by code")
    };
    assert_eq!(**before, format!("{after}:8080"));
    let named: Vec<_> = apis.iter().map(|api| api.name.as_str()).collect();
    assert_eq!(named, ["api"]);
    assert_eq!((verdict, rules.len()), (Verdict::Removable, 0));
    let looking = other_port().alb_rule("x-alb", 80, 10, |rule| {
        rule.host(&["api.corp.example"]).respond("404")
    });
    let (verdict, _) = found(looking, FindingCode::HostHeaderRuleChanges);
    assert_eq!(verdict, Verdict::RemovableIf);
    let mapped = other_port().rest_api("api", |api| {
        api.map_host(Verb::Get, "/x", "'api.corp.example'")
            .deploy("prod")
    });
    let assessment = assessment(mapped);
    assert!(!codes(nlb(&assessment, "x-nlb")).contains(&FindingCode::HostHeaderRuleChanges));
}

/// H8: only 80, 443 and 1024 up can be called.
#[test]
fn a_port_that_api_gateway_cannot_call_blocks() {
    let estate = estate()
        .nlb("x-nlb")
        .alb("x-alb", 81)
        .forward("x-nlb", 80, "x-alb", 81)
        .link("x-link", "x-nlb")
        .rest_api("api", |api| {
            api.method(Verb::Get, "/x", "x-link").deploy("prod")
        });
    assert_eq!(
        found(estate, FindingCode::PortNotAllowed).0,
        Verdict::Blocked
    );
}

#[test]
fn an_alb_without_a_listener_on_the_port_blocks() {
    let estate = bridge().drop_listener("x-alb", 80);
    let (verdict, finding) = found(estate, FindingCode::NoAlbListenerForPort);
    assert!(matches!(
        finding,
        Finding::NoAlbListenerForPort { port: 80, .. }
    ));
    assert_eq!(verdict, Verdict::Blocked);
}

/// H9: after a move everything comes from the link's few addresses.
#[test]
fn a_web_acl_that_looks_at_the_source_blocks_h9() {
    let acl = |kind: &str, address| bridge().web_acl("x-alb", "guard", &[("one", kind, address)]);
    let check = |estate: Estate, verdict| {
        assert_eq!(found(estate, FindingCode::WafOnAlb).0, verdict);
    };
    check(
        acl("RateBasedStatement", AddressLooked::Source),
        Verdict::Blocked,
    );
    check(
        acl("RuleGroupReferenceStatement", AddressLooked::Unknown),
        Verdict::RemovableIf,
    );
    check(
        acl("GeoMatchStatement", AddressLooked::Header),
        Verdict::Removable,
    );
    check(
        acl("SqliMatchStatement", AddressLooked::Nothing),
        Verdict::Removable,
    );
    let unread = denied(bridge(), CallKind::GetWebAclForResource);
    assert_eq!(nlb(&unread, "x-nlb").verdict, Verdict::RemovableIf);
}

#[test]
fn a_load_balancer_of_another_account_blocks() {
    let estate = bridge().v2_link("v2").edit(|region| {
        let link = region
            .links
            .iter()
            .find(|link| link.name == *"v2")
            .map(|link| link.id.clone());
        let draft = region.rest_apis[0].api.draft.as_ref().expect("a draft");
        let mut foreign = (**draft[0].integration.as_ref().expect("one")).clone();
        foreign.vpc_link = link.map(Template::new);
        foreign.target = Some(Template::new(
            "arn:aws:elasticloadbalancing:eu-west-1:999999999999:loadbalancer/app/other/0123456789abcdef",
        ));
        let mut method = draft[0].clone();
        method.path = Text::new("/foreign");
        method.integration = Some(std::sync::Arc::new(foreign));
        region.rest_apis[0].api.draft.as_mut().expect("a draft").push(method);
    });
    let assessment = assessment(estate);
    let codes: Vec<_> = assessment
        .unattached
        .iter()
        .map(|one| one.finding.code())
        .collect();
    assert_eq!(codes, [FindingCode::CrossAccount]);
}

/// Default actions are looked at like rules.
#[test]
fn a_redirect_by_default_that_names_the_port_is_looked_at_h6() {
    let redirect = Action::Redirect {
        host: Text::new("#{host}"),
        port: Text::new("#{port}"),
        protocol: Text::new("HTTPS"),
        path: Text::new("/#{path}"),
        query_reads: Vec::new(),
        status: Text::new("HTTP_301"),
    };
    let estate = other_port().default_action("x-alb", 80, redirect);
    let (verdict, _) = found(estate, FindingCode::HostHeaderRuleChanges);
    assert_eq!(verdict, Verdict::RemovableIf);
}
