//! Where a link stands.

use unbridge_model::finding::FindingCode;
use unbridge_model::id::SubnetId;
use unbridge_model::network::{Direction, Vpc};
use unbridge_model::plan::Choices;
use unbridge_model::plan::choices::LinkPer;
use unbridge_model::plan::waiting::{Subject, WaitingCode};
use unbridge_model::text::Text;
use unbridge_sim::build::Estate;

use super::{ACCOUNT, REGION, Seen, bridge, estate, flag, scanned};

/// The zones, from 0 to 2, of the subnets of the only link to `x-alb`.
fn zones(estate: Estate, choices: &Choices) -> Vec<usize> {
    let seen = Seen::of(estate);
    let alb = seen.alb("x-alb");
    let zones: Vec<&SubnetId> = alb.zones.iter().filter_map(|z| z.subnet.as_ref()).collect();
    let links = seen.links(&["x-alb"], choices);
    let mut found: Vec<usize> = links
        .subnets()
        .iter()
        .map(|subnet| {
            zones
                .iter()
                .position(|known| *known == subnet)
                .expect("the ALB's")
        })
        .collect();
    found.sort_unstable();
    found
}

/// What `x-alb` waits for: the finding, and the flag.
fn waits(estate: Estate, choices: &Choices) -> (Option<FindingCode>, String) {
    let seen = Seen::of(estate);
    let links = seen.links(&["x-alb"], choices);
    let waiting = links.waits();
    assert_eq!(waiting.code, WaitingCode::NoUsableSubnet);
    assert_eq!(waiting.what, Subject::Alb(seen.alb("x-alb").arn.clone()));
    assert!(links.steps.is_empty() && links.reach.is_empty());
    (waiting.finding, flag(waiting).to_owned())
}

#[test]
fn a_link_stands_in_the_subnets_of_its_alb_where_nothing_is_in_its_way_h11_h34() {
    let plain = Choices::default();
    assert_eq!(zones(bridge(), &plain), [0, 1, 2]);
    assert_eq!(zones(bridge().free_addresses(0, 0), &plain), [1, 2]);
    assert_eq!(zones(bridge().zone_id(1, "euw1-az9"), &plain), [0, 2]);
    assert_eq!(zones(bridge().shared_by(2, "999999999999"), &plain), [0, 1]);
    // Requests from there, and answers to there, do not pass.
    for (way, ports) in [
        (Direction::Ingress, (80, 80)),
        (Direction::Egress, (1024, 65535)),
    ] {
        let cut_off = bridge().deny(way, "10.0.16.0/20", ports);
        assert_eq!(zones(cut_off, &plain), [0, 2], "{way:?}");
    }
}

#[test]
fn a_link_has_one_subnet_in_each_zone_the_one_with_the_most_room_h34() {
    let twice = bridge().subnet(1, |subnet| subnet.zone_id = Text::new("euw1-az1"));
    let twice = twice.subnet(0, |subnet| subnet.zone_id = Text::new("euw1-az1"));
    let twice = twice.zone_id(2, "euw1-az2");
    assert_eq!(zones(twice.clone(), &Choices::default()).len(), 2);
    let roomy = twice.free_addresses(0, 3);
    assert_eq!(zones(roomy, &Choices::default()), [1, 2]);
}

#[test]
fn without_a_subnet_a_link_waits_for_one_and_says_which_flag_would_do_h11() {
    let all = |change: fn(Estate, usize) -> Estate| (0..3).fold(bridge(), change);
    let plain = Choices::default();
    let full = all(|estate, zone| estate.free_addresses(zone, 0));
    assert_eq!(
        waits(full, &plain),
        (Some(FindingCode::NoFreeAddresses), String::new())
    );
    let zone = all(|estate, zone| estate.zone_id(zone, "euw1-az9"));
    assert_eq!(
        waits(zone, &plain),
        (
            Some(FindingCode::AzNotSupported),
            "--zone euw1-az9".to_owned()
        )
    );
    let shared = all(|estate, zone| estate.shared_by(zone, "999999999999"));
    assert_eq!(
        waits(shared, &plain),
        (
            Some(FindingCode::SharedVpc),
            "--accept shared-vpc".to_owned()
        )
    );
    // Nothing crosses a border, and a link would have to.
    let acls = bridge().deny(Direction::Ingress, "10.0.0.0/16", (80, 80));
    assert_eq!(
        waits(acls, &plain),
        (Some(FindingCode::NaclBlocksLink), String::new())
    );
    // Several reasons: the subnet that takes the fewest words, and no finding that says it all.
    let mixed = bridge()
        .free_addresses(0, 0)
        .zone_id(1, "euw1-az9")
        .shared_by(1, "999999999999")
        .shared_by(2, "999999999999");
    assert_eq!(
        waits(mixed, &plain),
        (None, "--accept shared-vpc".to_owned())
    );
}

#[test]
fn what_a_person_says_of_zones_and_shared_subnets_is_taken_h11() {
    let odd = (0..3).fold(bridge(), |estate, zone| estate.zone_id(zone, "euw1-az9"));
    let said = Choices {
        zones: [Text::new("euw1-az9")].into(),
        ..Choices::default()
    };
    assert_eq!(zones(odd, &said).len(), 1);
    let shared = (0..3).fold(bridge(), |estate, zone| {
        estate.shared_by(zone, "999999999999")
    });
    let said = Choices {
        findings: [FindingCode::SharedVpc].into(),
        ..Choices::default()
    };
    assert_eq!(zones(shared, &said), [0, 1, 2]);
}

#[test]
fn a_region_outside_awss_table_needs_a_word_or_its_zones_h11_h34() {
    let region = "eu-central-2";
    let estate = Estate::new(ACCOUNT).region(region).bridge("x", 80);
    let seen = Seen::from(scanned(estate), region);
    let links = seen.links(&["x-alb"], &Choices::default());
    let waiting = links.waits();
    assert_eq!(waiting.finding, Some(FindingCode::RegionNotSupported));
    assert_eq!(flag(waiting), "--accept region-not-supported");
    let said = Choices {
        findings: [FindingCode::RegionNotSupported].into(),
        ..Choices::default()
    };
    assert_eq!(seen.links(&["x-alb"], &said).subnets().len(), 3);
    let vpc = seen.facts().vpcs.values().next().expect("the VPC");
    let subnet = &vpc.subnets.as_ref().expect("subnets")[0];
    let said = Choices {
        zones: [subnet.zone_id.clone()].into(),
        ..Choices::default()
    };
    assert_eq!(
        seen.links(&["x-alb"], &said).subnets(),
        std::slice::from_ref(&subnet.id)
    );
}

/// An ALB stands in one zone only.
fn only_in(estate: Estate, alb: &str, zone: usize) -> Estate {
    estate.edit(|state| {
        let mut all = state.load_balancers.iter_mut();
        let alb = all.find(|lb| lb.name == *alb).expect("the ALB");
        alb.zones = vec![alb.zones[zone].clone()];
    })
}

#[test]
fn albs_that_no_subnet_reaches_together_wait_for_links_of_their_own_h34() {
    let two = bridge().bridge("y", 80);
    let two = only_in(only_in(two, "x-alb", 0), "y-alb", 2);
    let apart = two.deny(Direction::Ingress, "10.0.0.0/16", (80, 80));
    let seen = Seen::of(apart);
    let links = seen.links(&["x-alb", "y-alb"], &Choices::default());
    assert_eq!(links.reach.len(), 1);
    let waiting = links.waits();
    assert_eq!(waiting.code, WaitingCode::NoUsableSubnet);
    assert_eq!(flag(waiting), "--links alb");
    let each = Choices {
        links: LinkPer::Alb,
        ..Choices::default()
    };
    let links = seen.links(&["x-alb", "y-alb"], &each);
    assert_eq!((links.reach.len(), links.count("link-")), (2, 2));
    assert!(links.waiting.is_empty());
}

#[test]
fn an_alb_in_a_place_without_links_is_reached_from_the_subnets_of_others_h34() {
    let two = estate().bridge("x", 80).bridge("y", 80);
    let two = only_in(only_in(two, "x-alb", 0), "y-alb", 2).free_addresses(2, 0);
    let seen = Seen::of(two);
    let links = seen.links(&["x-alb", "y-alb"], &Choices::default());
    assert_eq!((links.reach.len(), links.subnets().len()), (2, 1));
    // Alone it waits.
    let links = seen.links(&["y-alb"], &Choices::default());
    assert_eq!(links.waits().finding, Some(FindingCode::NoFreeAddresses));
}

type Forget = fn(&mut Vpc);

#[test]
fn what_was_not_read_around_an_alb_makes_it_wait_h11() {
    let unread: [(&str, Forget); 3] = [
        ("subnets", |vpc| vpc.subnets = None),
        ("security groups", |vpc| vpc.security_groups = None),
        ("network ACLs", |vpc| vpc.network_acls = None),
    ];
    let whole = scanned(bridge());
    for (what, forget) in unread {
        let mut snapshot = whole.clone();
        let facts = snapshot.regions.values_mut().next().expect("a region");
        facts.vpcs.values_mut().for_each(forget);
        let seen = Seen::from(snapshot, REGION);
        let links = seen.links(&["x-alb"], &Choices::default());
        let waiting = links.waits();
        assert_eq!(waiting.code, WaitingCode::NotSeen, "{what}");
        assert!(waiting.why.contains(what), "{}", waiting.why);
    }
    let mut snapshot = whole.clone();
    let facts = snapshot.regions.values_mut().next().expect("a region");
    facts.vpcs.clear();
    let seen = Seen::from(snapshot, REGION);
    let links = seen.links(&["x-alb"], &Choices::default());
    assert_eq!(links.codes(), [WaitingCode::NotSeen]);
    // Subnets and their ACLs are known one by one.
    let mut snapshot = whole;
    let facts = snapshot.regions.values_mut().next().expect("a region");
    for vpc in facts.vpcs.values_mut() {
        vpc.network_acls = Some(Vec::new());
    }
    let seen = Seen::from(snapshot, REGION);
    let links = seen.links(&["x-alb"], &Choices::default());
    assert_eq!(links.codes(), [WaitingCode::NoUsableSubnet]);
    assert!(links.waits().why.contains("was not read"));
}
