//! What leaves the account: secrets as digests under the reader's key, as the real adapter has it.

use std::sync::Arc;

use unbridge_model::apigateway::{
    ByIdOrName, ExportedRoute, HttpIntegration, Integration, Method, MethodSettings, Sealed,
    Setting, SettingKind,
};
use unbridge_model::call::{DraftSetting, Export};
use unbridge_model::digest::{Digest, Digester};
use unbridge_model::elb::{Condition, Rule};
use unbridge_model::uri::Uri;

use crate::account::DeploymentState;

/// Seals values under one key.
pub(super) struct Seal<'k>(pub(super) &'k Digester);

impl Seal<'_> {
    /// A digest in an account stands for a raw value; this is the digest a scan would make of it.
    fn stand_in(&self, raw: Digest) -> Digest {
        self.0.seal(&raw.to_string())
    }

    pub(super) fn integration(&self, raw: &Integration) -> Integration {
        let uri = raw.uri.as_ref().map(|uri| split(&uri.to_string()));
        let secret = uri.as_ref().and_then(|(_, secret)| secret.as_ref());
        Integration {
            uri_rest: secret
                .map(|secret| self.0.seal(secret))
                .or(raw.uri_rest.map(|rest| self.stand_in(rest))),
            uri: uri.map(|(address, _)| Uri::new(&address)),
            carried: self.sealed(&raw.carried),
            ..raw.clone()
        }
    }

    fn sealed<F: Copy + Ord>(&self, raw: &Sealed<F>) -> Sealed<F> {
        let fields = raw.iter();
        Sealed::new(
            fields
                .map(|(field, value)| (field, self.stand_in(value)))
                .collect(),
        )
    }

    pub(super) fn method(&self, raw: &Method) -> Method {
        let settings = raw.settings.as_deref();
        Method {
            integration: raw.integration.as_deref().map(|raw| self.shared(raw)),
            settings: settings.map(|raw| {
                Arc::new(MethodSettings {
                    sealed: self.sealed(&raw.sealed),
                    ..raw.clone()
                })
            }),
            ..raw.clone()
        }
    }

    pub(super) fn setting(&self, raw: &Setting) -> Setting {
        Setting {
            digest: self.stand_in(raw.digest),
            ..raw.clone()
        }
    }

    pub(super) fn draft_setting(&self, raw: &DraftSetting) -> DraftSetting {
        DraftSetting {
            id: raw.id.clone(),
            setting: self.setting(&raw.setting),
        }
    }

    /// What a stage runs, as its export tells it: by names, without any id.
    pub(super) fn export(&self, raw: &DeploymentState) -> Export {
        let settings = raw.settings.iter();
        let mut export = Export {
            methods: raw
                .methods
                .iter()
                .map(|method| self.exported(method, &raw.settings))
                .collect(),
            settings: settings.map(|known| self.setting(&known.setting)).collect(),
        };
        // An export is a document whose keys come sorted.
        export
            .methods
            .sort_by(|a, b| (&a.path, a.verb).cmp(&(&b.path, b.verb)));
        export.settings.sort();
        export
    }

    fn exported(&self, raw: &Method, settings: &[DraftSetting]) -> Method {
        let mut told = Method {
            resource: None,
            ..self.method(raw)
        };
        if let Some(method) = told.settings.as_mut().map(Arc::make_mut) {
            let of = |kind| move |id| named(settings, kind, id);
            method.authorizer = method.authorizer.take().map(of(SettingKind::Authorizer));
            method.validator = method
                .validator
                .take()
                .map(of(SettingKind::RequestValidator));
        }
        told
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
            Condition::HttpHeader {
                name: _,
                values,
                regexes,
            } => {
                let values = values.iter_mut().chain(regexes);
                values.for_each(|value| *value = self.stand_in(*value));
            }
            Condition::QueryString { values } => {
                let values = values.iter_mut();
                values.for_each(|value| *value = self.stand_in(*value));
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

/// What an export calls an authorizer or validator: its name; the id of one that was not there when
/// the draft was frozen stays what it is.
fn named(settings: &[DraftSetting], kind: SettingKind, id: ByIdOrName) -> ByIdOrName {
    let ByIdOrName::Id(id) = id else {
        return id;
    };
    let mut of_kind = settings.iter().filter(|known| known.setting.kind == kind);
    let found = of_kind.find(|known| known.id.as_ref() == Some(&id));
    let name = found.and_then(|known| known.setting.name.clone());
    name.map_or(ByIdOrName::Id(id), ByIdOrName::Name)
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
