//! What security groups and network ACLs let through.

use unbridge_model::id::SecurityGroupId;
use unbridge_model::network::{AclEffect, AclEntry, Direction, SecurityGroup, SecurityRule};

use super::serve::{ALB_GROUP, LANDS, bridged, direct, group_named, served};
use super::*;

const LINK_GROUP: &str = "v2-v2-sg";

fn id_of(state: &RegionState, name: &str) -> Text {
    let vpcs = state.vpcs.iter();
    let mut groups = vpcs.flat_map(|vpc| vpc.security_groups.iter().flatten());
    let found = groups.find(|group| group.name == name).expect("a group");
    found.id.clone().into()
}

fn rule(port: i32, peers: &[&str]) -> Vec<SecurityRule> {
    vec![SecurityRule {
        protocol: Text::new("tcp"),
        from_port: Some(port),
        to_port: Some(port),
        peers: peers.iter().map(|peer| Text::new(peer)).collect(),
    }]
}

#[test]
fn an_alb_has_to_admit_the_link_by_its_group_or_its_subnets_h28() {
    let ingress = |peers: &[&str], port: i32| {
        let account = direct(80, |estate| {
            estate.edit(|state| {
                let link = id_of(state, LINK_GROUP);
                let peers: Vec<&str> = peers
                    .iter()
                    .map(|peer| if *peer == "link" { &*link } else { peer })
                    .collect();
                group_named(state, ALB_GROUP).ingress = rule(port, &peers);
            })
        });
        served(&account, "/x")
    };
    assert_eq!(ingress(&["link"], 80), LANDS);
    assert_eq!(ingress(&["10.0.0.0/16"], 80), LANDS);
    assert_eq!(
        ingress(&["10.0.0.0/20", "10.0.16.0/20", "10.0.32.0/20"], 80),
        LANDS
    );
    assert_eq!(ingress(&["link"], 8080), "refused");
    assert_eq!(ingress(&["192.0.2.0/24"], 80), "refused");
    assert_eq!(ingress(&["sg-0123"], 80), "refused");
    assert_eq!(ingress(&[], 80), "refused");
    // One of three subnets, a part of one, a list whose content nobody knows.
    assert_eq!(ingress(&["10.0.0.0/20"], 80), "unseen");
    assert_eq!(ingress(&["10.0.0.0/24"], 80), "unseen");
    assert_eq!(ingress(&["pl-0123"], 80), "unseen");
}

#[test]
fn a_link_has_to_be_let_out_to_the_albs_port() {
    let egress = |peers: &[&str], port: i32| {
        let account = direct(80, |estate| {
            estate.edit(|state| {
                let alb = id_of(state, ALB_GROUP);
                let peers: Vec<&str> = peers
                    .iter()
                    .map(|peer| if *peer == "alb" { &*alb } else { peer })
                    .collect();
                group_named(state, LINK_GROUP).egress = rule(port, &peers);
            })
        });
        served(&account, "/x")
    };
    assert_eq!(egress(&["alb"], 80), LANDS);
    assert_eq!(egress(&["10.0.0.0/16"], 80), LANDS);
    assert_eq!(egress(&["alb"], 443), "refused");
    assert_eq!(egress(&["sg-0123"], 80), "refused");
    assert_eq!(egress(&[], 80), "refused");
    // The addresses of its interface in one zone.
    assert_eq!(egress(&["10.0.0.0/20"], 80), "unseen");
}

#[test]
fn what_is_not_known_of_a_group_lets_nothing_land() {
    let forget = |edit: fn(&mut RegionState)| served(&direct(80, |e| e.edit(edit)), "/x");
    let gone = |state: &mut RegionState, name: &str| {
        for vpc in &mut state.vpcs {
            let groups = vpc.security_groups.iter_mut();
            groups.for_each(|groups| groups.retain(|group| group.name != name));
        }
    };
    fn no_groups(link: &mut VpcLink) {
        if let LinkReach::V2 {
            security_groups, ..
        } = &mut link.reach
        {
            security_groups.clear();
        }
    }
    fn nobodys_subnets(link: &mut VpcLink) {
        if let LinkReach::V2 { subnets, .. } = &mut link.reach {
            *subnets = vec!["subnet-0123".parse().expect("a subnet")];
        }
    }
    assert_eq!(forget(|_| {}), LANDS);
    let account = direct(80, |e| e.edit(|state| gone(state, ALB_GROUP)));
    assert_eq!(served(&account, "/x"), "unseen");
    let account = direct(80, |e| e.edit(|state| gone(state, LINK_GROUP)));
    assert_eq!(served(&account, "/x"), "unseen");
    assert_eq!(forget(|s| s.vpcs[0].security_groups = None), "unseen");
    assert_eq!(forget(|s| s.vpcs[0].subnets = None), "unseen");
    assert_eq!(forget(|s| s.vpcs[0].network_acls = None), "unseen");
    assert_eq!(forget(|s| no_groups(&mut s.links[0])), "unseen");
    assert_eq!(forget(|s| nobodys_subnets(&mut s.links[0])), "unseen");
    assert_eq!(forget(|s| s.load_balancers[0].listeners = None), "unseen");
    // Another group that is known and lets it through is enough.
    let account = direct(80, |e| {
        e.edit(|s| {
            let more = SecurityGroupId::new("sg-0123").expect("a group");
            s.load_balancers[0].security_groups.push(more);
        })
    });
    assert_eq!(served(&account, "/x"), LANDS);
}

#[test]
fn network_acls_are_asked_on_both_sides_and_both_ways_h11() {
    let deny = |direction, ports| {
        let account = direct(80, |e| e.deny(direction, "10.0.0.0/16", ports));
        served(&account, "/x")
    };
    // Within one subnet no ACL is asked, and a link has interfaces in all of them.
    assert_eq!(deny(Direction::Egress, (80, 80)), "unseen");
    assert_eq!(deny(Direction::Ingress, (80, 80)), "unseen");
    assert_eq!(deny(Direction::Egress, (1024, 65535)), "unseen");
    assert_eq!(deny(Direction::Ingress, (1024, 65535)), "unseen");
    assert_eq!(deny(Direction::Ingress, (3389, 3389)), "unseen");
    assert_eq!(deny(Direction::Ingress, (81, 90)), LANDS);
    let apart = |direction, ports| {
        let account = direct(80, |e| {
            e.deny(direction, "10.0.0.0/16", ports).edit(|state| {
                let zones = &mut state.load_balancers[0].zones;
                zones.truncate(1);
                let LinkReach::V2 { subnets, .. } = &mut state.links[0].reach else {
                    panic!("version 2");
                };
                subnets.retain(|id| zones[0].subnet.as_ref() != Some(id));
            })
        });
        served(&account, "/x")
    };
    assert_eq!(apart(Direction::Egress, (80, 80)), "refused");
    assert_eq!(apart(Direction::Ingress, (80, 80)), "refused");
    assert_eq!(apart(Direction::Egress, (1024, 65535)), "refused");
    assert_eq!(apart(Direction::Ingress, (1024, 65535)), "refused");
    assert_eq!(apart(Direction::Ingress, (3389, 3389)), "unseen");
    assert_eq!(apart(Direction::Ingress, (81, 90)), LANDS);
}

#[test]
fn the_first_entry_of_a_network_acl_that_matches_decides() {
    let with = |entries: &[(u32, AclEffect, &str, (i32, i32))]| {
        let account = direct(80, |e| {
            e.edit(|state| {
                let acls = state.vpcs[0].network_acls.as_mut().expect("ACLs");
                let ways = [Direction::Ingress, Direction::Egress];
                acls[0].entries = ways
                    .into_iter()
                    .flat_map(|direction| {
                        entries
                            .iter()
                            .map(move |(number, effect, cidr, ports)| AclEntry {
                                direction,
                                number: *number,
                                effect: *effect,
                                protocol: Text::new("6"),
                                from_port: Some(ports.0),
                                to_port: Some(ports.1),
                                cidr: Text::new(cidr),
                            })
                    })
                    .collect();
            })
        });
        served(&account, "/x")
    };
    use AclEffect::{Allow, Deny};
    let all = "0.0.0.0/0";
    assert_eq!(with(&[(100, Allow, all, (0, 65535))]), LANDS);
    assert_eq!(
        with(&[(200, Deny, all, (80, 80)), (100, Allow, all, (0, 65535))]),
        LANDS
    );
    assert_eq!(
        with(&[
            (10, Allow, all, (80, 80)),
            (20, Allow, all, (1024, 30000)),
            (30, Allow, "10.0.0.0/17", (30001, 65535)),
            (40, Allow, "10.0.128.0/17", (30001, 65535)),
        ]),
        LANDS
    );
    assert_eq!(with(&[(100, Allow, "2001:db8::/32", (0, 65535))]), "unseen");
    assert_eq!(with(&[(100, Allow, all, (80, 80))]), "unseen");
}

#[test]
fn an_nlb_with_groups_is_asked_as_its_settings_say() {
    let account = bridged(|e| e);
    assert_eq!(served(&account, "/x"), LANDS);
    let with = |word: Option<&str>, edit: fn(&mut SecurityGroup)| {
        let account = bridged(|e| {
            e.with_security_group("orders-nlb").edit(|state| {
                let mut lbs = state.load_balancers.iter_mut();
                let nlb = lbs.find(|lb| lb.name == "orders-nlb").expect("the NLB");
                nlb.private_link_inbound_rules = word.map(Text::new);
                edit(group_named(state, "orders-nlb-sg"));
            })
        });
        served(&account, "/x")
    };
    let open = |group: &mut SecurityGroup| group.ingress = rule(80, &["0.0.0.0/0"]);
    let inside = |group: &mut SecurityGroup| group.ingress = rule(80, &["10.0.0.0/16"]);
    let other = |group: &mut SecurityGroup| group.ingress = rule(81, &["0.0.0.0/0"]);
    let shut = |group: &mut SecurityGroup| group.egress.clear();
    assert_eq!(with(Some("off"), other), LANDS);
    assert_eq!(with(Some("on"), open), LANDS);
    assert_eq!(with(Some("on"), inside), "unseen");
    assert_eq!(with(Some("on"), other), "refused");
    assert_eq!(with(None, other), "refused");
    assert_eq!(with(Some("off"), shut), "refused");
}

#[test]
fn an_alb_may_admit_nobody_but_the_nlb_h33() {
    let only_nlb = |e: Estate| {
        e.with_security_group("orders-nlb")
            .admit_only_nlb(ALB, "orders-nlb")
    };
    let account = bridged(only_nlb);
    assert_eq!(served(&account, "/x"), LANDS);
    // The same ALB over a link of version 2 straight to it.
    let moved = with_api(only_nlb(bridge(80, 80)).v2_link("v2"), |api| {
        api.direct_at(Verb::Get, "/x", "v2", ALB, "http://o.example")
    });
    assert_eq!(served(&moved, "/x"), "refused");
    let none = bridged(|e| e.admit(ALB, "192.0.2.0/24", (80, 80)));
    assert_eq!(served(&none, "/x"), "refused");
}

#[test]
fn over_a_version_2_link_and_an_nlb_the_alb_may_see_the_links_address() {
    let with = |edit: fn(&mut RegionState)| {
        let account = with_api(bridge(80, 80).v2_link("v2").edit(edit), |api| {
            api.direct_at(Verb::Get, "/x", "v2", "orders-nlb", "http://o.example")
        });
        served(&account, "/x")
    };
    assert_eq!(with(|_| {}), LANDS);
    // The NLB's addresses and nothing else.
    let nlb_only = |state: &mut RegionState| {
        let mut lbs = state.load_balancers.iter();
        let nlb = lbs.find(|lb| lb.name == "orders-nlb").expect("the NLB");
        let tail = nlb.arn.tail().to_owned();
        let interfaces = state.network_interfaces.iter();
        let own: Vec<Text> = interfaces
            .filter(|interface| interface.load_balancer == *tail)
            .flat_map(|interface| interface.addresses.clone())
            .collect();
        let peers: Vec<&str> = own.iter().map(|address| &**address).collect();
        group_named(state, ALB_GROUP).ingress = rule(80, &peers);
    };
    assert_eq!(with(nlb_only), "unseen");
}
