//! The bridge itself is not what it should be.

use super::Words;
use crate::build::Estate;

pub(super) fn alb_health_check_wrong(estate: Estate, words: &Words<'_>) -> Estate {
    words.bridge(estate).unhealthy(&words.nlb, words.port)
}

pub(super) fn no_alb_listener_for_port(estate: Estate, words: &Words<'_>) -> Estate {
    words
        .bridge(estate)
        .alb_listener(&words.alb, words.port + 1)
        .drop_listener(&words.alb, words.port)
}
