//! Where what a person writes leads to.

use unbridge_model::apigateway::{ApiMapping, DomainName};
use unbridge_model::id::Region;
use unbridge_model::text::Text;

use crate::proof::address::{Located, locate};

fn domain(name: &str, mappings: Option<&[(&str, &str, &str)]>) -> DomainName {
    let mapping = |(key, api, stage): &(&str, &str, &str)| ApiMapping {
        api: Text::new(api),
        stage: Text::new(stage),
        key: (!key.is_empty()).then(|| Text::new(key)),
    };
    DomainName {
        name: Text::new(name),
        region: Region::new("eu-west-1").expect("a region"),
        mappings: mappings.map(|all| all.iter().map(mapping).collect()),
    }
}

fn domains() -> Vec<DomainName> {
    vec![
        domain(
            "api.example.com",
            Some(&[
                ("v1", "one", "prod"),
                ("v1/orders", "orders", "live"),
                ("", "all", "main"),
            ]),
        ),
        domain("*.example.org", Some(&[("", "many", "prod")])),
        domain("own.example.org", Some(&[("a", "own", "prod")])),
        domain("unread.example.com", None),
    ]
}

fn told(written: &str) -> String {
    match locate(written, &domains()) {
        Ok(Located { api, stage, path }) => {
            let word = |text: Option<Text>| text.map_or("-".to_owned(), |text| text.to_string());
            format!("{} {} {path}", word(api), word(stage))
        }
        Err(why) => why,
    }
}

#[test]
fn a_custom_domain_leads_through_its_longest_mapping() {
    let cases = [
        ("/orders/42?x=/1", "- - /orders/42?x=/1"),
        (
            "https://api.example.com/v1/orders/42?x=1",
            "orders live /42?x=1",
        ),
        ("https://api.example.com/v1/orders", "orders live /"),
        ("https://api.example.com/v1/orders?x=1", "orders live /?x=1"),
        (
            "https://api.example.com/v1/orders-old",
            "one prod /orders-old",
        ),
        ("https://API.example.com:443/v1", "one prod /"),
        ("https://api.example.com/v10", "all main /v10"),
        ("https://api.example.com", "all main /"),
        ("https://api.example.com?x=1", "all main /?x=1"),
        ("http://shop.example.org/a", "many prod /a"),
        ("https://own.example.org/a/b", "own prod /b"),
    ];
    for (written, expected) in cases {
        assert_eq!(told(written), expected, "{written}");
    }
}

#[test]
fn an_apis_own_host_names_api_and_stage() {
    let own = "https://abc123.execute-api.eu-west-1.amazonaws.com";
    assert_eq!(told(&format!("{own}/prod/orders")), "abc123 prod /orders");
    assert_eq!(told(&format!("{own}/prod")), "abc123 prod /");
    assert_eq!(told(&format!("{own}/prod?x=1")), "abc123 prod /?x=1");
    let endpoint = "https://abc123-vpce-1.execute-api.eu-west-1.amazonaws.com/prod/a";
    assert_eq!(told(endpoint), "abc123 prod /a");
}

#[test]
fn what_leads_nowhere_says_why() {
    for (written, why) in [
        ("orders", "neither a path"),
        ("ftp://api.example.com/", "neither a path"),
        ("https://example.net/", "no custom domain name"),
        ("https://a.b.example.org/", "no custom domain name"),
        ("https://unread.example.com/", "was not read"),
        ("https://own.example.org/b", "maps nothing to /b"),
    ] {
        assert!(told(written).contains(why), "{written}: {}", told(written));
    }
}
