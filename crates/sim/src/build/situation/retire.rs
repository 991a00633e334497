//! What a deployment ships along, and what stands in the way of an NLB's end.

use unbridge_model::apigateway::{SettingKind, Verb};

use super::Words;
use crate::build::Estate;

pub(super) fn deletion_protection(estate: Estate, words: &Words<'_>) -> Estate {
    words
        .bridge(estate)
        .attribute(&words.nlb, "deletion_protection.enabled", "true")
}

pub(super) fn draft_settings_edited(estate: Estate, words: &Words<'_>) -> Estate {
    let (authorizer, model) = (SettingKind::Authorizer, SettingKind::Model);
    words.bridge(estate).rest_api(words.name, |api| {
        api.setting(authorizer, Some("staff"), "issuer=https://id.example")
            .setting(model, Some("Order"), "{\"type\":\"object\"}")
            .authorize(Verb::Any, &words.root, "staff")
            .deploy("prod")
            .setting(authorizer, Some("staff"), "issuer=https://new.example")
            .drop_setting(model, Some("Order"))
    })
}

pub(super) fn history_names_v1_link(estate: Estate, words: &Words<'_>) -> Estate {
    words
        .bridge(estate)
        .rest_api(words.name, |api| api.deploy("prod").deploy("prod"))
}

pub(super) fn rare_traffic(estate: Estate, words: &Words<'_>) -> Estate {
    words.bridge(estate).traffic(&words.nlb, 2, 30)
}
