//! Which stage variables a request's route depends on. Those are kept; all others are sealed.

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::apigateway::{Integration, VariableValue, Variables};
use unbridge_model::digest::{Digester, Sensitive};
use unbridge_model::template::Template;
use unbridge_model::text::Text;
use unbridge_model::uri::Uri;

/// How much of a variable's value routes depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Extent {
    /// Scheme and authority: over the internet only the host can lead to a load balancer, and
    /// webhooks keep secrets in their paths.
    Authority,
    /// The path as well.
    Path,
}

/// The variables that routes depend on, by name.
pub(super) type Routing = BTreeMap<Text, Extent>;

/// The variables that an API's integrations read on the way to a backend.
pub(super) fn routing_variables<'i>(
    integrations: impl Iterator<Item = &'i Integration>,
) -> Routing {
    let mut routing = Routing::new();
    for integration in integrations {
        let extent = match integration.vpc_link {
            Some(_) => Extent::Path,
            None => Extent::Authority,
        };
        for name in variables_of(integration) {
            let known = routing.entry(Text::new(name)).or_insert(extent);
            *known = extent.max(*known);
        }
    }
    routing
}

fn variables_of(integration: &Integration) -> impl Iterator<Item = &str> {
    let Integration {
        uri,
        vpc_link,
        target,
        host_mapping,
        ..
    } = integration;
    let templates = [vpc_link, target, host_mapping].into_iter().flatten();
    // A parameter mapping names its source without braces.
    let source = host_mapping
        .as_ref()
        .and_then(|host| host.as_str().strip_prefix("stageVariables."));
    uri.iter()
        .flat_map(Uri::variables)
        .chain(templates.flat_map(Template::variables))
        .chain(source)
}

/// A value without query string and user information, should it be an address or the end of one:
/// neither leads a request anywhere. Without its path where that does not either; an ARN has none.
fn without_secrets(value: &str, extent: Extent) -> String {
    let address = value.split('?').next().unwrap_or_default();
    let (scheme, rest) = address.split_at(scheme_length(address));
    let authority = rest.split('/').next().unwrap_or_default();
    let user = authority.rfind('@').map_or(0, |at| at + 1);
    let ends = match extent {
        Extent::Authority if !address.starts_with("arn:") => authority.len(),
        Extent::Authority | Extent::Path => rest.len(),
    };
    format!("{scheme}{}", rest.get(user..ends).unwrap_or_default())
}

/// How long the scheme of an address is, slashes included.
fn scheme_length(address: &str) -> usize {
    match address.find("//") {
        Some(0) => 2,
        Some(at) if address[..at].find([':', '/']) == Some(at - 1) => at + 2,
        Some(_) | None => 0,
    }
}

/// Keeps what routing reads, and values that are link ids; seals the rest.
pub(super) fn seal(
    variables: BTreeMap<Text, Sensitive>,
    routing: &Routing,
    link_ids: &BTreeSet<Text>,
    digester: &Digester,
) -> Variables {
    let extent = |name: &Text, value: &str| {
        let of_a_link = link_ids.contains(value).then_some(Extent::Path);
        of_a_link.or(routing.get(name).copied())
    };
    variables
        .into_iter()
        .map(|(name, value)| {
            let value = value.needed_for_routing();
            let kept = match extent(&name, value) {
                Some(extent) => VariableValue::Clear(Text::from(without_secrets(value, extent))),
                None => VariableValue::Sealed(digester.seal(value)),
            };
            (name, kept)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use unbridge_model::apigateway::{Carried, IntegrationType};

    use super::*;

    #[test]
    fn user_information_and_query_leave_a_value() {
        let check = |value: &str, kept: &str| {
            assert_eq!(without_secrets(value, Extent::Path), kept);
        };
        check("nlb.example", "nlb.example");
        check("user:pw@nlb.example/p?key=1", "nlb.example/p");
        check("https://user@nlb.example:8443", "https://nlb.example:8443");
        check("//user@nlb.example/p", "//nlb.example/p");
        check("nlb.example/a@b", "nlb.example/a@b");
        check("abc123", "abc123");
    }

    #[test]
    fn the_path_leaves_a_value_that_only_leads_over_the_internet() {
        let check = |value: &str, kept: &str| {
            assert_eq!(without_secrets(value, Extent::Authority), kept);
        };
        check(
            "https://u@hooks.example:81/T/SECRET?k",
            "https://hooks.example:81",
        );
        check("hooks.example/T/SECRET", "hooks.example");
        check("//hooks.example/T/SECRET", "//hooks.example");
        check("/T/SECRET", "");
        check("T/SECRET/https://x", "T");
        check("arn:aws:sqs:path/a/b?k", "arn:aws:sqs:path/a/b");
        check("8443", "8443");
    }

    #[test]
    fn a_private_integration_keeps_the_path_of_what_it_reads() {
        let public = |uri: &str| Integration {
            kind: IntegrationType::HttpProxy,
            http_method: None,
            uri: Some(Uri::new(uri)),
            uri_rest: None,
            vpc_link: None,
            target: None,
            host_mapping: None,
            carried: Carried::default(),
        };
        let private = |uri: &str| Integration {
            vpc_link: Some(Template::new("abc123")),
            ..public(uri)
        };
        let integrations = [
            public("${stageVariables.hook}"),
            private("http://${stageVariables.both}"),
            public("https://${stageVariables.both}"),
        ];
        let digester = Digester::new(&[1; 32]);
        let names = ["hook", "both", "unread"].map(Text::new);
        let variables = names.map(|name| (name, Sensitive::new("h.example/T/SECRET")));
        let routing = routing_variables(integrations.iter());
        let kept = seal(variables.into(), &routing, &BTreeSet::new(), &digester);
        let clear = |text| VariableValue::Clear(Text::new(text));
        assert_eq!(kept["hook"], clear("h.example"));
        assert_eq!(kept["both"], clear("h.example/T/SECRET"));
        assert!(matches!(kept["unread"], VariableValue::Sealed(_)));
    }
}
