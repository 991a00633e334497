//! The network path of a new link.

use unbridge_model::network::Direction;

use super::Words;
use crate::build::Estate;

pub(super) fn alb_security_group_closed(estate: Estate, words: &Words<'_>) -> Estate {
    words
        .bridge(estate)
        .with_security_group(&words.nlb)
        .admit_only_nlb(&words.alb, &words.nlb)
}

pub(super) fn az_not_supported(estate: Estate, words: &Words<'_>) -> Estate {
    let zone = |estate: Estate| estate.zone_id(2, "use1-az3");
    estate.within("us-east-1", |estate| words.bridge_apart(estate, zone))
}

/// AWS's default quota of version 2 links in a region.
const LINKS: usize = 10;

pub(super) fn link_quota(estate: Estate, words: &Words<'_>) -> Estate {
    // In a region of its own: the quota is the region's.
    estate.within("eu-north-1", |estate| {
        (0..LINKS).fold(words.bridge(estate), |estate, number| {
            estate.v2_link(&format!("{}-{number}", words.v2))
        })
    })
}

pub(super) fn nacl_blocks_link(estate: Estate, words: &Words<'_>) -> Estate {
    words.bridge_apart(estate, |estate| {
        estate.deny(Direction::Ingress, "10.0.0.0/16", (1024, 65_535))
    })
}

pub(super) fn no_free_addresses(estate: Estate, words: &Words<'_>) -> Estate {
    words.bridge_apart(estate, |estate| estate.free_addresses(1, 0))
}

pub(super) fn open_security_group(estate: Estate, words: &Words<'_>) -> Estate {
    let port = i32::from(words.port);
    words
        .bridge(estate)
        .admit(&words.alb, "0.0.0.0/0", (port, port))
}

pub(super) fn region_not_supported(estate: Estate, words: &Words<'_>) -> Estate {
    estate.within("af-south-1", |estate| words.bridge(estate))
}

pub(super) fn shared_vpc(estate: Estate, words: &Words<'_>) -> Estate {
    words.bridge_apart(estate, |estate| estate.shared_by(0, "444455556666"))
}
