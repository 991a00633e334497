//! Where the new link would stand, and whether it reaches the ALB.

use unbridge_model::apigateway::Verb;
use unbridge_model::finding::{Finding, FindingCode, Verdict};
use unbridge_model::network::Direction;
use unbridge_sim::build::Estate;

use super::{bridge, found};

/// H11: a link needs a subnet with an address, in a zone that has links, that can talk to the ALB.
#[test]
fn the_network_path_of_the_new_link_is_judged_h11() {
    let full = bridge().free_addresses(0, 0);
    assert_eq!(
        found(full.clone(), FindingCode::NoFreeAddresses).0,
        Verdict::Removable
    );
    let all_full = full.free_addresses(1, 0).free_addresses(2, 0);
    assert_eq!(
        found(all_full, FindingCode::NoFreeAddresses).0,
        Verdict::Blocked
    );

    let one = bridge().zone_id(0, "euw1-az9");
    assert_eq!(
        found(one.clone(), FindingCode::AzNotSupported).0,
        Verdict::Removable
    );
    let none = one.zone_id(1, "euw1-az9").zone_id(2, "euw1-az9");
    assert_eq!(found(none, FindingCode::AzNotSupported).0, Verdict::Blocked);

    let (verdict, finding) = found(
        bridge().shared_by(0, "999999999999"),
        FindingCode::SharedVpc,
    );
    assert!(matches!(finding, Finding::SharedVpc { subnets, .. } if subnets.len() == 1));
    assert_eq!(verdict, Verdict::RemovableIf);

    let shut = bridge().deny(Direction::Ingress, "10.0.0.0/8", (80, 80));
    assert_eq!(found(shut, FindingCode::NaclBlocksLink).0, Verdict::Blocked);

    for (cidr, ports) in [("192.0.2.0/24", (80, 80)), ("0.0.0.0/0", (81, 90))] {
        let closed = bridge().admit("x-alb", cidr, ports);
        assert_eq!(
            found(closed, FindingCode::AlbSecurityGroupClosed).0,
            Verdict::Removable
        );
    }
}

/// H11: a region outside AWS's table is unknown, not refused.
#[test]
fn a_region_outside_the_table_needs_a_word_h11() {
    let elsewhere = Estate::new("123456789012")
        .region("eu-central-2")
        .bridge("x", 80)
        .rest_api("api", |api| {
            api.method(Verb::Get, "/x", "x-link").deploy("prod")
        });
    assert_eq!(
        found(elsewhere, FindingCode::RegionNotSupported).0,
        Verdict::RemovableIf
    );
}

#[test]
fn a_region_full_of_links_blocks() {
    let full = (0..10).fold(bridge(), |estate, n| estate.v2_link(&format!("v2-{n}")));
    assert_eq!(
        found(full.clone(), FindingCode::LinkQuota).0,
        Verdict::Blocked
    );
    // More than AWS allows by default: somebody had the quota raised.
    let raised = full.v2_link("v2-10");
    assert_eq!(
        found(raised, FindingCode::LinkQuota).0,
        Verdict::RemovableIf
    );
}

/// H11: a link stays out of a subnet from which it would not reach every zone.
#[test]
fn a_subnet_that_a_network_acl_cuts_off_is_not_usable_h11() {
    let cut_off = bridge().deny(Direction::Ingress, "10.0.0.0/20", (80, 80));
    let (verdict, finding) = found(cut_off, FindingCode::NaclBlocksLink);
    let Finding::NaclBlocksLink {
        blocked, usable, ..
    } = finding
    else {
        unreachable!("asked for by code")
    };
    assert_eq!(verdict, Verdict::Removable);
    assert_eq!((blocked.len(), usable.len()), (2, 2));
    assert_eq!(blocked[0].from, blocked[1].from);
    assert!(!usable.contains(&blocked[0].from));
}

/// H11: a zone without links and a subnet without addresses together leave no place for a link.
#[test]
fn a_subnet_is_usable_only_when_nothing_stands_in_the_way_there_h11() {
    let estate = bridge()
        .free_addresses(0, 0)
        .zone_id(1, "euw1-az9")
        .zone_id(2, "euw1-az9");
    let (verdict, finding) = found(estate, FindingCode::NoFreeAddresses);
    assert!(matches!(finding, Finding::NoFreeAddresses { usable, .. } if usable.is_empty()));
    assert_eq!(verdict, Verdict::Blocked);
}
