use unbridge_model::template::Template;

use super::*;
use crate::live::{DELETING, IDLE, PROVISIONING};

fn delete(link: &VpcLinkId) -> Op {
    Operation::DeleteVpcLink { link: link.clone() }
}

fn delete_v1(link: &VpcLinkId) -> Op {
    Operation::DeleteV1Link { link: link.clone() }
}

#[test]
fn a_link_is_pending_for_minutes_and_then_available() {
    let desk = desk();
    let link = desk.fresh_link("new", &[]);
    let available = Condition::LinkAvailable { link: link.clone() };
    assert_eq!(desk.found(&available), "it is PENDING");
    desk.wait(PROVISIONING.as_secs() - 1);
    assert_eq!(desk.found(&available), "it is PENDING");
    desk.wait(1);
    assert!(desk.holds(&available));
}

#[test]
fn links_that_were_on_their_way_before_come_to_their_end_too() {
    let desk = Desk::of(estate().edit(|state| {
        for link in &mut state.links {
            link.status = Text::new(match link.name.as_str() {
                "direct" => "PENDING",
                _ => "DELETING",
            });
        }
    }));
    let (direct, old) = (desk.link("direct"), desk.link("orders-link"));
    desk.wait(PROVISIONING.as_secs());
    assert_eq!(desk.link_status(&direct).as_deref(), Some("AVAILABLE"));
    assert_eq!(desk.link_status(&old), None);
}

#[test]
fn a_link_fails_in_a_zone_that_takes_none_and_in_a_full_subnet_h11() {
    for estate in [
        estate().zone_id(1, "use1-az3"),
        estate().free_addresses(2, 0),
    ] {
        let desk = Desk::of(estate);
        let link = desk.fresh_link("new", &[]);
        desk.wait(PROVISIONING.as_secs());
        let available = Condition::LinkAvailable { link };
        let Held::Never { found } = desk.held(&available) else {
            panic!(
                "nothing that a wait could change: {:?}",
                desk.held(&available)
            )
        };
        assert_eq!(found.as_str(), "it is FAILED");
    }
}

#[test]
fn a_region_has_at_most_ten_links_of_version_2_and_one_of_version_1_is_none_of_them() {
    let desk = desk();
    for number in 1..10 {
        desk.fresh_link(&format!("link-{number}"), &[]);
    }
    desk.wait(15);
    desk.refused(desk.new_link("one-more", &[]), "LimitExceededException");
}

#[test]
fn a_link_has_a_name_one_to_ten_subnets_and_everything_in_one_vpc() {
    let desk = Desk::of(estate().apart("other", |estate| estate.alb("far-alb", 80)));
    let link = |name: &str, subnets: Vec<SubnetId>, groups: Vec<SecurityGroupId>| {
        desk.wait(15);
        Operation::CreateVpcLink {
            name: Text::new(name),
            subnets,
            security_groups: groups,
            tags: Tags::new(),
        }
    };
    let subnets = desk.subnets();
    desk.refused(link("", subnets.clone(), Vec::new()), "1 to 128 characters");
    let long = "n".repeat(129);
    desk.refused(
        link(&long, subnets.clone(), Vec::new()),
        "1 to 128 characters",
    );
    desk.refused(link("new", Vec::new(), Vec::new()), "1 to 10 subnets");
    let eleven = vec![subnets[0].clone(); 11];
    desk.refused(link("new", eleven, Vec::new()), "1 to 10 subnets");
    let nowhere = vec![SubnetId::new("subnet-nowhere").expect("an id")];
    desk.refused(link("new", nowhere, Vec::new()), "does not exist");
    let nobody = vec![SecurityGroupId::new("sg-nobody").expect("an id")];
    desk.refused(link("new", subnets.clone(), nobody), "does not exist");
    let far = vec![desk.group_named("far-alb-sg")];
    desk.refused(link("new", subnets.clone(), far), "not of one VPC");
    let near = vec![desk.group_named("orders-alb-sg")];
    desk.done(link("new", subnets, near));
}

#[test]
fn a_link_that_is_deleted_is_deleting_for_a_while_and_carries_nothing_meanwhile() {
    let desk = desk();
    let link = desk.link("direct");
    let gone = Condition::LinkGone { link: link.clone() };
    desk.done(delete(&link));
    assert_eq!(desk.found(&gone), "it is DELETING");
    desk.wait(30);
    desk.put_off(delete(&link), "is being deleted");
    desk.wait(DELETING.as_secs());
    assert!(desk.holds(&gone));
    desk.refused(delete(&link), "NotFoundException");
}

#[test]
fn a_link_that_is_deleted_while_it_is_pending_never_stands() {
    let desk = desk();
    let link = desk.fresh_link("new", &[]);
    desk.done(delete(&link));
    desk.wait(PROVISIONING.as_secs());
    assert_eq!(desk.link_status(&link), None);
}

#[test]
fn a_link_that_drafts_or_stages_name_cannot_be_deleted_and_all_of_them_are_listed() {
    let desk = desk();
    let link = desk.link("orders-link");
    let (api, resource) = (desk.api(), desk.proxy().resource);
    let place = format!("{api}:ANY:{resource}");
    let words = format!(
        "Cannot delete vpc link. Vpc link '{link}', is referenced in [{place}, {place}:dev, {place}:prod] in format of [RESTApiId:Method:Resource:Stage]"
    );
    desk.put_off(delete_v1(&link), &words);
    let moved = desk.moved();
    desk.done(desk.set("prod", &moved));
    desk.put_off(delete_v1(&link), &format!("is referenced in [{place}:dev]"));
    desk.put_off(
        delete(&desk.link("direct")),
        &format!("{place}, {place}:prod"),
    );
    desk.done(desk.set("dev", &moved));
    desk.done(delete_v1(&link));
    let gone = Condition::V1LinkGone { link };
    assert!(!desk.holds(&gone));
    desk.wait(DELETING.as_secs());
    assert!(desk.holds(&gone));
}

#[test]
fn a_link_that_only_stage_variables_name_is_deleted_while_it_is_used_h3() {
    let desk = Desk::of(estate().rest_api("shop", |api| {
        api.by_variable(Verb::Any, "/{proxy+}", "link", 80)
            .deploy("dev")
            .deploy("prod")
            .link_variable("prod", "link", "orders-link")
    }));
    let link = desk.link("orders-link");
    desk.done(delete_v1(&link));
    desk.wait(DELETING.as_secs());
    let answers = desk.0.answers(&desk.request("prod"));
    assert!(
        matches!(&answers[..], [one] if one.landing == unbridge_model::route::Landing::Refused)
    );
}

#[test]
fn a_canary_and_old_deployments_do_not_keep_a_link() {
    let desk = desk();
    let own = desk.runs("prod");
    let moved = desk.moved();
    desk.done(desk.set("dev", &moved));
    desk.done(desk.set("prod", &moved));
    desk.done(desk.canary("prod", &own, 10));
    desk.done(delete_v1(&desk.link("orders-link")));
}

#[test]
fn the_endpoint_service_of_a_version_1_link_goes_with_it_h39() {
    let desk = desk();
    let (link, nlb) = (desk.link("orders-link"), desk.load_balancer("orders-nlb"));
    let moved = desk.moved();
    desk.done(desk.set("dev", &moved));
    desk.done(desk.set("prod", &moved));
    let drop_nlb = Operation::DeleteLoadBalancer {
        load_balancer: nlb.clone(),
    };
    desk.put_off(drop_nlb.clone(), "ResourceInUse");
    desk.done(delete_v1(&link));
    desk.put_off(drop_nlb.clone(), "ResourceInUse");
    assert_eq!(desk.state().endpoint_services.len(), 1);
    desk.wait(DELETING.as_secs());
    assert_eq!(desk.state().endpoint_services.len(), 0);
    desk.done(drop_nlb);
    // Old deployments name a link that no longer is.
    desk.refused(delete_v1(&link), "Invalid Vpc Link identifier");
    desk.refused(
        desk.update(desk.to_nlb_by_id(&link)),
        "Invalid Vpc Link identifier",
    );
}

#[test]
fn a_link_is_deleted_by_its_own_versions_call() {
    let desk = desk();
    desk.refused(delete(&desk.link("orders-link")), "NotFoundException");
    desk.wait(30);
    desk.refused(delete_v1(&desk.link("direct")), "NotFoundException");
}

#[test]
fn a_link_that_nothing_runs_over_for_sixty_days_falls_asleep_and_wakes_up_slowly() {
    let desk = desk();
    let link = desk.link("direct");
    desk.wait(IDLE.as_secs() - 1);
    assert_eq!(desk.link_status(&link).as_deref(), Some("AVAILABLE"));
    desk.wait(1);
    assert_eq!(desk.link_status(&link).as_deref(), Some("INACTIVE"));
    let moved = desk.moved();
    desk.done(desk.set("prod", &moved));
    desk.wait(60);
    let answers = desk.0.answers(&desk.request("prod"));
    assert!(
        matches!(&answers[..], [one] if one.landing == unbridge_model::route::Landing::Refused)
    );
    desk.wait(PROVISIONING.as_secs());
    assert_eq!(desk.link_status(&link).as_deref(), Some("AVAILABLE"));
    // As long as a stage runs over it, it stays awake.
    desk.wait(2 * IDLE.as_secs());
    assert_eq!(desk.link_status(&link).as_deref(), Some("AVAILABLE"));
    let old = {
        desk.done(desk.update(desk.to_nlb()));
        desk.deployed()
    };
    desk.done(desk.set("prod", &old));
    desk.wait(IDLE.as_secs());
    assert_eq!(desk.link_status(&link).as_deref(), Some("INACTIVE"));
}

#[test]
fn a_link_behind_a_stage_variable_is_used() {
    let desk = Desk::of(estate().rest_api("shop", |api| {
        api.by_variable(Verb::Any, "/{proxy+}", "link", 80)
            .deploy("prod")
            .link_variable("prod", "link", "direct")
    }));
    desk.wait(IDLE.as_secs());
    let link = desk.link("direct");
    assert_eq!(desk.link_status(&link).as_deref(), Some("AVAILABLE"));
}

impl Desk {
    fn to_nlb_by_id(&self, link: &VpcLinkId) -> IntegrationPatch<Settled> {
        IntegrationPatch {
            connection_id: ConnectionId::Template(Template::new(link.as_str())),
            integration_target: None,
            uri: None,
        }
    }
}
