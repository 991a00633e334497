//! What leaves the account: secrets as digests under the reader's key, as the real adapter has it.

use std::sync::Arc;

use unbridge_model::apigateway::{Carried, ExportedRoute, HttpIntegration, Integration, Method};
use unbridge_model::digest::{Digest, Digester};
use unbridge_model::elb::{Condition, Rule};
use unbridge_model::template::Template;

/// Seals values under one key.
pub(super) struct Seal<'k>(pub(super) &'k Digester);

impl Seal<'_> {
    /// A digest in an account stands for a raw value; this is the digest a scan would make of it.
    fn stand_in(&self, raw: Digest) -> Digest {
        self.0.seal(&raw.to_string())
    }

    pub(super) fn integration(&self, raw: &Integration) -> Integration {
        let uri = raw.uri.as_ref().map(|uri| split(uri.as_str()));
        let secret = uri.as_ref().and_then(|(_, secret)| secret.as_ref());
        let carried = raw.carried.iter();
        Integration {
            uri_rest: secret
                .map(|secret| self.0.seal(secret))
                .or(raw.uri_rest.map(|rest| self.stand_in(rest))),
            uri: uri.map(|(address, _)| Template::new(address)),
            carried: Carried::new(
                carried
                    .map(|(field, value)| (field, self.stand_in(value)))
                    .collect(),
            ),
            ..raw.clone()
        }
    }

    pub(super) fn method(&self, raw: &Method) -> Method {
        Method {
            integration: raw.integration.as_deref().map(|raw| self.shared(raw)),
            ..raw.clone()
        }
    }

    /// A method as an export tells it: without the resource's id.
    pub(super) fn exported(&self, raw: &Method) -> Method {
        Method {
            resource: None,
            ..self.method(raw)
        }
    }

    pub(super) fn http_integration(&self, raw: &HttpIntegration) -> HttpIntegration {
        HttpIntegration {
            id: raw.id.clone(),
            integration: self.integration(&raw.integration),
        }
    }

    pub(super) fn route(&self, raw: &ExportedRoute) -> ExportedRoute {
        ExportedRoute {
            key: raw.key.clone(),
            integration: self.integration(&raw.integration),
        }
    }

    pub(super) fn rule(&self, raw: &Rule) -> Rule {
        let conditions = raw.conditions.iter().cloned();
        Rule {
            conditions: conditions
                .map(|condition| self.condition(condition))
                .collect(),
            ..raw.clone()
        }
    }

    fn condition(&self, mut raw: Condition) -> Condition {
        match &mut raw {
            Condition::HttpHeader { values, .. } | Condition::QueryString { values } => {
                values
                    .iter_mut()
                    .for_each(|value| *value = self.stand_in(*value));
            }
            Condition::HostHeader { .. }
            | Condition::PathPattern { .. }
            | Condition::HttpRequestMethod { .. }
            | Condition::SourceIp { .. }
            | Condition::Unknown { .. } => {}
        }
        raw
    }

    fn shared(&self, raw: &Integration) -> Arc<Integration> {
        Arc::new(self.integration(raw))
    }
}

/// An address without its query string and user information, and those where it has any.
fn split(uri: &str) -> (String, Option<String>) {
    let (address, query) = uri
        .split_once('?')
        .map_or((uri, None), |(address, query)| (address, Some(query)));
    let (scheme, rest) = address
        .split_once("://")
        .map_or(("", address), |(scheme, rest)| (scheme, rest));
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let Some((user, host)) = host.rsplit_once('@').filter(|_| !scheme.is_empty()) else {
        return (address.to_owned(), query.map(|query| format!("?{query}")));
    };
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    (
        format!("{scheme}://{host}{path}"),
        Some(format!("{user}@{query}")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_an_address_are_split_off() {
        let check = |uri: &str, address: &str, secret: Option<&str>| {
            assert_eq!(split(uri), (address.to_owned(), secret.map(str::to_owned)));
        };
        check("http://nlb:80/a", "http://nlb:80/a", None);
        check("http://nlb/a?k=v@x", "http://nlb/a", Some("?k=v@x"));
        check("http://me:pw@nlb/a@b", "http://nlb/a@b", Some("me:pw@"));
        check("https://u@nlb?k", "https://nlb", Some("u@?k"));
        check("${stageVariables.u}", "${stageVariables.u}", None);
        let arn = "arn:aws:lambda:eu-west-1:1:function:f";
        check(arn, arn, None);
    }
}
