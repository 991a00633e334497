//! A move would change what somebody sees.

use unbridge_model::apigateway::Verb;
use unbridge_model::elb::{AddressLooked, Condition, Transform};
use unbridge_model::text::Text;

use super::Words;
use crate::build::Estate;

pub(super) fn alb_internet_facing_target(estate: Estate, words: &Words<'_>) -> Estate {
    words.bridge(estate).internet_facing(&words.alb)
}

pub(super) fn backend_client_certificate(estate: Estate, words: &Words<'_>) -> Estate {
    let certificate = format!("{}-cert", words.name);
    let host = format!("{}.example", words.name);
    estate
        .bridge(words.name, words.port)
        .certificate(&certificate, &[&host])
        .https(&words.alb, words.port, &[&certificate])
        .mutual_authentication(&words.alb, words.port, "verify")
        .rest_api(words.name, |api| {
            let address = format!("https://{host}:{}", words.port);
            api.at(Verb::Any, &words.root, &words.link, &address)
                .deploy("prod")
                .client_certificate("prod", "a1b2c3")
        })
}

pub(super) fn certificate_name_mismatch(estate: Estate, words: &Words<'_>) -> Estate {
    tls(estate, words, &["*.internal.example"])
}

/// A TLS listener with a good certificate in front of an HTTPS listener whose certificate is for
/// these names.
fn tls(estate: Estate, words: &Words<'_>, good_for: &[&str]) -> Estate {
    let [at_nlb, at_alb] = ["nlb", "alb"].map(|at| format!("{}-{at}-cert", words.name));
    let host = format!("{}.example", words.name);
    estate
        .certificate(&at_nlb, &[&host])
        .certificate(&at_alb, good_for)
        .alb(&words.alb, words.port)
        .https(&words.alb, words.port, &[&at_alb])
        .nlb(&words.nlb)
        .forward_tls(&words.nlb, 443, &words.alb, words.port, &at_nlb)
        .link(&words.link, &words.nlb)
        .rest_api(words.name, |api| {
            api.at(
                Verb::Any,
                &words.root,
                &words.link,
                &format!("https://{host}"),
            )
            .deploy("prod")
        })
}

pub(super) fn cross_account(estate: Estate, words: &Words<'_>) -> Estate {
    let arn = "arn:aws:elasticloadbalancing:eu-west-1:444455556666:loadbalancer/app/theirs/50dc6c495c0c9188";
    words
        .bridge(estate)
        .v2_link(&words.v2)
        .rest_api(words.name, |api| {
            api.at(Verb::Get, "/theirs", &words.v2, "http://theirs.example")
                .edit(Verb::Get, "/theirs", |integration| {
                    integration.target = Some(unbridge_model::template::Template::new(arn));
                })
                .deploy("prod")
        })
}

pub(super) fn host_header_rule_changes(estate: Estate, words: &Words<'_>) -> Estate {
    let host = format!("{}.example", words.name);
    let alb_port = words.port + 1000;
    estate
        .alb(&words.alb, alb_port)
        .alb_rule(&words.alb, alb_port, 10, |rule| rule.host(&[&host]))
        .nlb(&words.nlb)
        .forward(&words.nlb, words.port, &words.alb, alb_port)
        .link(&words.link, &words.nlb)
        .rest_api(words.name, |api| {
            let address = match words.port {
                80 => format!("http://{host}"),
                port => format!("http://{host}:{port}"),
            };
            api.at(Verb::Any, &words.root, &words.link, &address)
                .deploy("prod")
        })
}

pub(super) fn internet_facing_alb_behind_gateway(estate: Estate, words: &Words<'_>) -> Estate {
    let port = i32::from(words.port);
    words
        .bridge(estate)
        .internet_facing(&words.alb)
        .admit(&words.alb, "0.0.0.0/0", (port, port))
}

pub(super) fn port_not_allowed(estate: Estate, words: &Words<'_>) -> Estate {
    let bridge = estate
        .alb(&words.alb, 81)
        .nlb(&words.nlb)
        .forward(&words.nlb, words.port, &words.alb, 81)
        .link(&words.link, &words.nlb);
    super::deployed(bridge, words.name)
}

pub(super) fn source_ip_rule(estate: Estate, words: &Words<'_>) -> Estate {
    words
        .bridge(estate)
        .alb_rule(&words.alb, words.port, 10, |rule| {
            rule.source(&["10.0.0.0/28"]).respond("403")
        })
}

pub(super) fn stage_cache(estate: Estate, words: &Words<'_>) -> Estate {
    words
        .bridge(estate)
        .rest_api(words.name, |api| api.cache("prod", "0.5"))
}

pub(super) fn tls_ends_at_nlb(estate: Estate, words: &Words<'_>) -> Estate {
    tls(estate, words, &[&format!("{}.example", words.name)])
}

pub(super) fn unknown_rule_field(estate: Estate, words: &Words<'_>) -> Estate {
    words
        .bridge(estate)
        .alb_rule(&words.alb, words.port, 10, |rule| {
            rule.when(Condition::Unknown {
                field: Text::new("tls-fingerprint"),
            })
            .transform(Transform::Unknown {
                kind: Text::new("body-rewrite"),
            })
        })
}

pub(super) fn waf_on_alb(estate: Estate, words: &Words<'_>) -> Estate {
    let source = AddressLooked::Source;
    words.bridge(estate).web_acl(
        &words.alb,
        &format!("{}-acl", words.name),
        &[
            ("office-only", "IPSetReferenceStatement", source),
            ("known-bad", "SqliMatchStatement", AddressLooked::Nothing),
        ],
    )
}
