//! Certificates and web ACLs.

use unbridge_model::elb::{AddressLooked, WebAclOn};

use super::*;

const ALB: &str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/a/1";

fn web_acl(answer: &'static str) -> WebAclOn {
    let call = Call::GetWebAclForResource {
        load_balancer: id(ALB),
    };
    let answer = Answer::new(200, "application/x-amz-json-1.1", answer);
    let (page, request) = ask(&call, None, answer);
    assert!(
        request.contains("AWSWAF_20190729.GetWebACLForResource") && request.contains(ALB),
        "{request}"
    );
    let Facts::WebAcl(on) = page.expect("a page").facts else {
        panic!("a web ACL");
    };
    on
}

#[test]
fn no_web_acl_is_told_from_one() {
    assert_eq!(web_acl("{}"), WebAclOn::Nothing);
}

#[test]
fn nested_statements_are_laid_flat_and_tell_which_address_they_look_at() {
    let on = web_acl(
        r#"{"WebACL":{"Name":"edge","Id":"1","ARN":"arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/edge/1",
        "PreProcessFirewallManagerRuleGroups":[{"Name":"fms","Priority":0,
          "FirewallManagerStatement":{"ManagedRuleGroupStatement":{"VendorName":"AWS","Name":"Common"}}}],
        "Rules":[
          {"Name":"office","Priority":1,"Statement":{"NotStatement":{"Statement":{"OrStatement":{"Statements":[
            {"IPSetReferenceStatement":{"ARN":"arn:aws:wafv2:x"}},
            {"AndStatement":{"Statements":[
              {"GeoMatchStatement":{"CountryCodes":["DE"],"ForwardedIPConfig":{"HeaderName":"X-Forwarded-For","FallbackBehavior":"MATCH"}}},
              {"ByteMatchStatement":{"SearchString":"aHVudGVyMg==","FieldToMatch":{"UriPath":{}},
                "TextTransformations":[{"Priority":0,"Type":"NONE"}],"PositionalConstraint":"EXACTLY"}}]}}]}}}}},
          {"Name":"rate","Priority":2,"Statement":{"RateBasedStatement":{"Limit":100,"AggregateKeyType":"IP",
            "ScopeDownStatement":{"LabelMatchStatement":{"Scope":"LABEL","Key":"k"}}}}},
          {"Name":"rate-by-keys","Priority":3,"Statement":{"RateBasedStatement":{"Limit":100,
            "AggregateKeyType":"CUSTOM_KEYS","CustomKeys":[{"HTTPMethod":{}},{"IP":{}}]}}},
          {"Name":"rate-by-method","Priority":4,"Statement":{"RateBasedStatement":{"Limit":100,
            "AggregateKeyType":"CUSTOM_KEYS","CustomKeys":[{"HTTPMethod":{}}]}}},
          {"Name":"group","Priority":5,"Statement":{"RuleGroupReferenceStatement":{"ARN":"arn:aws:wafv2:group"}}},
          {"Name":"new","Priority":6,"Statement":{"PhaseOfTheMoonStatement":{}}}]}}"#,
    );
    let WebAclOn::Acl(acl) = on else {
        panic!("a web ACL");
    };
    let told: Vec<_> = acl
        .rules
        .iter()
        .flat_map(|rule| {
            let name = rule.name.as_str();
            let statements = rule.statements.iter();
            statements.map(move |s| (name, s.kind.as_str(), s.group.as_deref(), s.address))
        })
        .collect();
    use AddressLooked::{Header, Nothing, Source, Unknown};
    assert_eq!(
        told,
        [
            (
                "fms",
                "ManagedRuleGroupStatement",
                Some("AWS/Common"),
                Unknown
            ),
            ("office", "IPSetReferenceStatement", None, Source),
            ("office", "GeoMatchStatement", None, Header),
            ("office", "ByteMatchStatement", None, Nothing),
            ("rate", "RateBasedStatement", None, Source),
            ("rate", "LabelMatchStatement", None, Nothing),
            ("rate-by-keys", "RateBasedStatement", None, Source),
            ("rate-by-method", "RateBasedStatement", None, Nothing),
            (
                "group",
                "RuleGroupReferenceStatement",
                Some("arn:aws:wafv2:group"),
                Unknown
            ),
            ("new", "Statement", None, Unknown),
        ]
    );
    assert!(!format!("{acl:?}").contains("hunter2"));
}

#[test]
fn a_key_of_a_rate_that_is_not_known_may_look_at_any_address() {
    let on = web_acl(
        r#"{"WebACL":{"Name":"edge","Id":"1","ARN":"arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/edge/1",
        "Rules":[
          {"Name":"new","Priority":1,"Statement":{"RateBasedStatement":{"Limit":100,
            "AggregateKeyType":"CUSTOM_KEYS","CustomKeys":[{"ForwardedIP":{}},{"PhaseOfTheMoon":{}}]}}},
          {"Name":"forwarded","Priority":2,"Statement":{"RateBasedStatement":{"Limit":100,
            "AggregateKeyType":"CUSTOM_KEYS","CustomKeys":[{"ForwardedIP":{}},{"HTTPMethod":{}}]}}},
          {"Name":"network","Priority":3,"Statement":{"RateBasedStatement":{"Limit":100,
            "ForwardedIPConfig":{"HeaderName":"X-Forwarded-For","FallbackBehavior":"MATCH"},
            "AggregateKeyType":"CUSTOM_KEYS","CustomKeys":[{"ASN":{}}]}}},
          {"Name":"source","Priority":4,"Statement":{"RateBasedStatement":{"Limit":100,
            "AggregateKeyType":"CUSTOM_KEYS","CustomKeys":[{"PhaseOfTheMoon":{}},{"IP":{}}]}}}]}}"#,
    );
    let WebAclOn::Acl(acl) = on else {
        panic!("a web ACL");
    };
    let looked: Vec<_> = acl
        .rules
        .iter()
        .map(|rule| rule.statements[0].address)
        .collect();
    use AddressLooked::{Header, Source, Unknown};
    assert_eq!(looked, [Unknown, Header, Header, Source]);
}

#[test]
fn a_certificate_tells_its_names_and_its_end() {
    let arn = "arn:aws:acm:eu-west-1:123456789012:certificate/x";
    let call = Call::DescribeCertificate {
        certificate: id(arn),
    };
    let answer = Answer::new(
        200,
        "application/x-amz-json-1.1",
        r#"{"Certificate":{"CertificateArn":"arn:aws:acm:eu-west-1:123456789012:certificate/x",
            "DomainName":"Orders.example.com","Type":"AMAZON_ISSUED","NotAfter":1767225600,
            "SubjectAlternativeNames":["orders.example.com","*.example.com"]}}"#,
    );
    let (page, request) = ask(&call, None, answer);
    assert!(
        request.contains("CertificateManager.DescribeCertificate") && request.contains(arn),
        "{request}"
    );
    let Facts::Certificate(certificate) = page.expect("a page").facts else {
        panic!("a certificate");
    };
    assert_eq!(certificate.names, ["*.example.com", "orders.example.com"]);
    assert_eq!(certificate.kind, "AMAZON_ISSUED");
    assert_eq!(
        certificate.not_after.as_deref(),
        Some("2026-01-01T00:00:00Z")
    );
}
