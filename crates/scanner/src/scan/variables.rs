//! Which stage variables a request's route depends on. Those are kept; all others are sealed.

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::apigateway::{Integration, VariableValue, Variables};
use unbridge_model::digest::{Digester, Sensitive};
use unbridge_model::text::Text;
use unbridge_model::uri::Uri;

/// Names of the variables that an API's integrations read on the way to a backend.
pub(super) fn routing_variables<'i>(
    integrations: impl Iterator<Item = &'i Integration>,
) -> BTreeSet<Text> {
    let mut names = BTreeSet::new();
    for integration in integrations {
        let Integration {
            uri,
            vpc_link,
            target,
            host_mapping,
            ..
        } = integration;
        names.extend(uri.iter().flat_map(Uri::variables).map(Text::new));
        for template in [vpc_link, target, host_mapping].into_iter().flatten() {
            names.extend(template.variables().map(Text::new));
        }
        // A parameter mapping names its source without braces.
        let source = host_mapping
            .as_ref()
            .and_then(|host| host.as_str().strip_prefix("stageVariables."));
        names.extend(source.map(Text::new));
    }
    names
}

/// A value without query string and user information, should it be an address or the end of one:
/// neither leads a request anywhere.
fn without_secrets(value: &str) -> String {
    let address = value.split('?').next().unwrap_or_default();
    let (scheme, rest) = match address.find("://") {
        Some(at) => address.split_at(at + 3),
        None => ("", address),
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let user = authority.rfind('@').map_or(0, |at| at + 1);
    format!("{scheme}{}", rest.get(user..).unwrap_or_default())
}

/// Keeps what routing reads, and values that are link ids; seals the rest.
pub(super) fn seal(
    variables: BTreeMap<Text, Sensitive>,
    routing: &BTreeSet<Text>,
    link_ids: &BTreeSet<Text>,
    digester: &Digester,
) -> Variables {
    let keep = |name: &Text, value: &str| routing.contains(name) || link_ids.contains(value);
    variables
        .into_iter()
        .map(|(name, value)| {
            let value = value.needed_for_routing();
            let kept = if keep(&name, value) {
                VariableValue::Clear(Text::from(without_secrets(value)))
            } else {
                VariableValue::Sealed(digester.seal(value))
            };
            (name, kept)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_information_and_query_leave_a_value() {
        let check = |value: &str, kept: &str| assert_eq!(without_secrets(value), kept);
        check("nlb.example", "nlb.example");
        check("user:pw@nlb.example/p?key=1", "nlb.example/p");
        check("https://user@nlb.example:8443", "https://nlb.example:8443");
        check("nlb.example/a@b", "nlb.example/a@b");
        check("abc123", "abc123");
    }
}
