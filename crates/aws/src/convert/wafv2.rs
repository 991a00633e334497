//! Web ACLs: which of their statements look at where a request comes from.

use aws_sdk_wafv2::types;
use aws_sdk_wafv2::types::RateBasedStatementAggregateKeyType as AggregateKey;
use unbridge_model::elb::{AddressLooked, WebAcl, WebAclOn, WebAclRule, WebAclStatement};
use unbridge_model::text::Text;

use super::{Converted, Subject};

/// What AWS's answer does not name: a statement that this version of the SDK does not know.
const UNNAMED: &str = "Statement";

/// The web ACL before a load balancer.
///
/// `OnSourceDDoSProtectionConfig` is left out: it looks for public addresses that are known to be
/// bad, and behind a link every request comes from a private one, before a move and after.
pub(crate) fn web_acl_on(told: Option<&types::WebAcl>) -> Converted<WebAclOn> {
    let Some(told) = told else {
        return Ok(WebAclOn::Nothing);
    };
    let subject = Subject::new("web ACL", Some(told.name()));
    let managed = |group: &types::FirewallManagerRuleGroup| {
        let mut statements = Vec::new();
        if let Some(told) = group.firewall_manager_statement() {
            if let Some(told) = told.managed_rule_group_statement() {
                managed_rule_group(told, &mut statements);
            }
            if let Some(told) = told.rule_group_reference_statement() {
                statements.push(rule_group(told));
            }
        }
        rule(group.name(), statements)
    };
    let own = |told: &types::Rule| {
        let mut statements = Vec::new();
        if let Some(told) = told.statement() {
            statement(told, &mut statements);
        }
        rule(told.name(), statements)
    };
    Ok(WebAclOn::Acl(WebAcl {
        arn: subject.text("ARN", Some(told.arn()))?,
        name: subject.text("Name", Some(told.name()))?,
        rules: told
            .pre_process_firewall_manager_rule_groups()
            .iter()
            .map(managed)
            .chain(told.rules().iter().map(own))
            .chain(
                told.post_process_firewall_manager_rule_groups()
                    .iter()
                    .map(managed),
            )
            .collect(),
    }))
}

/// A rule; one without any statement that is known has one that is not.
fn rule(name: &str, mut statements: Vec<WebAclStatement>) -> WebAclRule {
    if statements.is_empty() {
        statements.push(leaf(UNNAMED, AddressLooked::Unknown));
    }
    WebAclRule {
        name: Text::new(name),
        statements,
    }
}

fn leaf(kind: &str, address: AddressLooked) -> WebAclStatement {
    WebAclStatement {
        kind: Text::new(kind),
        group: None,
        address,
    }
}

/// The statements in a statement, the ones around others left out.
fn statement(told: &types::Statement, into: &mut Vec<WebAclStatement>) {
    let before = into.len();
    let around = told.and_statement().map(types::AndStatement::statements);
    let or = told.or_statement().map(types::OrStatement::statements);
    for inner in [around, or].into_iter().flatten().flatten() {
        statement(inner, into);
    }
    if let Some(inner) = told
        .not_statement()
        .and_then(types::NotStatement::statement)
    {
        statement(inner, into);
    }
    if let Some(told) = told.rate_based_statement() {
        into.push(leaf("RateBasedStatement", rate_looks_at(told)));
        if let Some(inner) = told.scope_down_statement() {
            statement(inner, into);
        }
    }
    if let Some(told) = told.managed_rule_group_statement() {
        managed_rule_group(told, into);
    }
    if let Some(told) = told.rule_group_reference_statement() {
        into.push(rule_group(told));
    }
    matches(told, into);
    if into.len() == before {
        into.push(leaf(UNNAMED, AddressLooked::Unknown));
    }
}

/// The statements that look at the request itself.
fn matches(told: &types::Statement, into: &mut Vec<WebAclStatement>) {
    let address = |forwarded: bool| {
        if forwarded {
            AddressLooked::Header
        } else {
            AddressLooked::Source
        }
    };
    if let Some(told) = told.ip_set_reference_statement() {
        let forwarded = told.ip_set_forwarded_ip_config().is_some();
        into.push(leaf("IPSetReferenceStatement", address(forwarded)));
    }
    if let Some(told) = told.geo_match_statement() {
        let forwarded = told.forwarded_ip_config().is_some();
        into.push(leaf("GeoMatchStatement", address(forwarded)));
    }
    if let Some(told) = told.asn_match_statement() {
        let forwarded = told.forwarded_ip_config().is_some();
        into.push(leaf("AsnMatchStatement", address(forwarded)));
    }
    let others = [
        ("ByteMatchStatement", told.byte_match_statement().is_some()),
        ("SqliMatchStatement", told.sqli_match_statement().is_some()),
        ("XssMatchStatement", told.xss_match_statement().is_some()),
        (
            "SizeConstraintStatement",
            told.size_constraint_statement().is_some(),
        ),
        (
            "RegexPatternSetReferenceStatement",
            told.regex_pattern_set_reference_statement().is_some(),
        ),
        (
            "RegexMatchStatement",
            told.regex_match_statement().is_some(),
        ),
        (
            "LabelMatchStatement",
            told.label_match_statement().is_some(),
        ),
    ];
    for (kind, _) in others.iter().filter(|(_, told)| *told) {
        into.push(leaf(kind, AddressLooked::Nothing));
    }
}

fn managed_rule_group(told: &types::ManagedRuleGroupStatement, into: &mut Vec<WebAclStatement>) {
    let group = format!("{}/{}", told.vendor_name(), told.name());
    into.push(WebAclStatement {
        group: Some(Text::from(group)),
        ..leaf("ManagedRuleGroupStatement", AddressLooked::Unknown)
    });
    if let Some(inner) = told.scope_down_statement() {
        statement(inner, into);
    }
}

fn rule_group(told: &types::RuleGroupReferenceStatement) -> WebAclStatement {
    WebAclStatement {
        group: Some(Text::new(told.arn())),
        ..leaf("RuleGroupReferenceStatement", AddressLooked::Unknown)
    }
}

/// Which address requests are counted by.
fn rate_looks_at(told: &types::RateBasedStatement) -> AddressLooked {
    match told.aggregate_key_type() {
        AggregateKey::Ip => AddressLooked::Source,
        AggregateKey::ForwardedIp => AddressLooked::Header,
        AggregateKey::Constant => AddressLooked::Nothing,
        AggregateKey::CustomKeys => {
            let keys = told.custom_keys();
            // The number of the network that an address belongs to comes from the source address
            // unless a header is configured.
            let by_source = |key: &types::RateBasedStatementCustomKey| {
                key.ip().is_some() || (key.asn().is_some() && told.forwarded_ip_config().is_none())
            };
            let by_header = |key: &types::RateBasedStatementCustomKey| {
                key.forwarded_ip().is_some() || key.asn().is_some()
            };
            // A key that is not known may look at the source address.
            if keys.iter().any(by_source) {
                AddressLooked::Source
            } else if !keys.iter().all(names_a_known_key) {
                AddressLooked::Unknown
            } else if keys.iter().any(by_header) {
                AddressLooked::Header
            } else {
                AddressLooked::Nothing
            }
        }
        _ => AddressLooked::Unknown,
    }
}

fn names_a_known_key(key: &types::RateBasedStatementCustomKey) -> bool {
    key.ip().is_some()
        || key.forwarded_ip().is_some()
        || key.asn().is_some()
        || key.header().is_some()
        || key.cookie().is_some()
        || key.query_argument().is_some()
        || key.query_string().is_some()
        || key.http_method().is_some()
        || key.label_namespace().is_some()
        || key.uri_path().is_some()
        || key.ja3_fingerprint().is_some()
        || key.ja4_fingerprint().is_some()
}
