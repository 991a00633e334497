//! Somebody else uses the NLB.

use super::Words;
use crate::build::Estate;

pub(super) fn accelerator_endpoint(estate: Estate, words: &Words<'_>) -> Estate {
    words
        .bridge(estate)
        .accelerator(&format!("{}-global", words.name), &words.nlb)
}

pub(super) fn alarm_on_nlb(estate: Estate, words: &Words<'_>) -> Estate {
    words
        .bridge(estate)
        .alarm(&format!("{}-unhealthy-hosts", words.name), &words.nlb)
}

pub(super) fn cloudfront_origin(estate: Estate, words: &Words<'_>) -> Estate {
    words
        .bridge(estate)
        .distribution(&format!("{}-cdn", words.name), &words.nlb)
        .vpc_origin(&format!("{}-origin", words.name), &words.nlb)
}

pub(super) fn dns_alias(estate: Estate, words: &Words<'_>) -> Estate {
    words
        .bridge(estate)
        .dns_alias(&format!("{}.corp.example", words.name), &words.nlb)
}

pub(super) fn internet_facing_nlb(estate: Estate, words: &Words<'_>) -> Estate {
    let bridge = estate.bridge(words.name, words.port);
    super::deployed(bridge.internet_facing(&words.nlb), words.name)
}

pub(super) fn static_addresses(estate: Estate, words: &Words<'_>) -> Estate {
    words.bridge(estate).elastic_addresses(&words.nlb)
}

pub(super) fn traffic_mirror_target(estate: Estate, words: &Words<'_>) -> Estate {
    words
        .bridge(estate)
        .mirror_target(&format!("{}-mirror", words.name), &words.nlb)
}

pub(super) fn traffic_not_explained(estate: Estate, words: &Words<'_>) -> Estate {
    estate.bridge(words.name, words.port)
}

pub(super) fn verified_access_endpoint(estate: Estate, words: &Words<'_>) -> Estate {
    words
        .bridge(estate)
        .verified_access(&format!("{}-access", words.name), &words.nlb)
}
