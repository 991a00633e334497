//! How the editable draft of an API differs from what a stage runs, like with like.

use std::collections::BTreeMap;

use unbridge_model::apigateway::{
    ByIdOrName, CarriedField, Integration, Method, MethodSettings, RestApi, Sealed, Setting,
    SettingKind, Stage,
};
use unbridge_model::call::CallKind;
use unbridge_model::finding::{
    Difference, DifferingField, MethodRef, SettingDifference, SettingDiffers,
};

/// One method as the draft and as the stage know it.
pub(crate) struct Pair<'m> {
    pub(crate) draft: Option<&'m Method>,
    pub(crate) deployed: Option<&'m Method>,
}

impl<'m> Pair<'m> {
    /// The method, from whichever side has it.
    pub(crate) fn either(&self) -> Option<&'m Method> {
        self.deployed.or(self.draft)
    }

    /// What differs; `None` when nothing does.
    pub(crate) fn difference(&self) -> Option<Difference> {
        let fields = match (self.draft, self.deployed) {
            (Some(draft), Some(deployed)) => {
                let mut fields = differing(
                    draft.integration.as_deref(),
                    deployed.integration.as_deref(),
                );
                fields.extend(differing_settings(
                    draft.settings.as_deref(),
                    deployed.settings.as_deref(),
                ));
                fields
            }
            (Some(_), None) => vec![DifferingField::OnlyInDraft],
            (None, Some(_)) => vec![DifferingField::OnlyOnStage],
            (None, None) => Vec::new(),
        };
        let method = self.either()?;
        let method = MethodRef {
            resource_path: method.path.clone(),
            http_method: Some(method.verb),
        };
        (!fields.is_empty()).then_some(Difference { method, fields })
    }
}

/// Both sides, method by method. Both lists are sorted by path and method.
pub(crate) fn pairs<'m>(
    draft: &'m [Method],
    deployed: &'m [Method],
) -> impl Iterator<Item = Pair<'m>> {
    let (mut draft, mut deployed) = (draft.iter().peekable(), deployed.iter().peekable());
    std::iter::from_fn(move || {
        let order = match (draft.peek(), deployed.peek()) {
            (Some(a), Some(b)) => (&a.path, a.verb).cmp(&(&b.path, b.verb)),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (None, None) => return None,
        };
        Some(Pair {
            draft: draft.next_if(|_| order.is_le()),
            deployed: deployed.next_if(|_| order.is_ge()),
        })
    })
}

/// The fields in which two integrations of one method differ.
pub(crate) fn differing(
    draft: Option<&Integration>,
    deployed: Option<&Integration>,
) -> Vec<DifferingField> {
    let (draft, deployed) = match (draft, deployed) {
        // Equal integrations of a snapshot are shared: no need to compare what is the same.
        (Some(draft), Some(deployed)) if std::ptr::eq(draft, deployed) => return Vec::new(),
        (Some(draft), Some(deployed)) => (draft, deployed),
        (None, None) => return Vec::new(),
        (Some(_), None) | (None, Some(_)) => return vec![DifferingField::Integration],
    };
    let Integration {
        kind,
        http_method,
        uri,
        uri_rest,
        vpc_link,
        target,
        host_mapping,
        carried,
    } = draft;
    let mut fields = Vec::new();
    let mut note = |differs, field| {
        if differs {
            fields.push(field);
        }
    };
    note(*kind != deployed.kind, DifferingField::Type);
    note(
        *http_method != deployed.http_method,
        DifferingField::HttpMethod,
    );
    note(
        *uri != deployed.uri || *uri_rest != deployed.uri_rest,
        DifferingField::Uri,
    );
    note(*vpc_link != deployed.vpc_link, DifferingField::ConnectionId);
    // An export that leaves the target out tells nothing about it.
    note(
        deployed.target.is_some() && *target != deployed.target,
        DifferingField::IntegrationTarget,
    );
    note(
        *host_mapping != deployed.host_mapping,
        DifferingField::Carried(CarriedField::RequestParameters),
    );
    let names = carried.differing(&deployed.carried);
    fields.extend(names.into_iter().map(DifferingField::Carried));
    fields.dedup();
    fields
}

/// The fields in which what two methods ask of their callers differs.
fn differing_settings(
    draft: Option<&MethodSettings>,
    deployed: Option<&MethodSettings>,
) -> Vec<DifferingField> {
    let same = match (draft, deployed) {
        (None, None) => true,
        (Some(draft), Some(deployed)) => std::ptr::eq(draft, deployed),
        (Some(_), None) | (None, Some(_)) => false,
    };
    if same {
        return Vec::new();
    }
    let none = MethodSettings {
        authorizer: None,
        validator: None,
        sealed: Sealed::default(),
    };
    let MethodSettings {
        authorizer,
        validator,
        sealed,
    } = draft.unwrap_or(&none);
    let deployed = deployed.unwrap_or(&none);
    let mut fields = Vec::new();
    if names_another(authorizer.as_ref(), deployed.authorizer.as_ref()) {
        fields.push(DifferingField::AuthorizerId);
    }
    if names_another(validator.as_ref(), deployed.validator.as_ref()) {
        fields.push(DifferingField::RequestValidatorId);
    }
    let names = sealed.differing(&deployed.sealed);
    fields.extend(names.into_iter().map(DifferingField::Method));
    fields
}

/// An id whose name is not known cannot be compared with a name: the gap beside it says so.
fn names_another(draft: Option<&ByIdOrName>, deployed: Option<&ByIdOrName>) -> bool {
    match (draft, deployed) {
        (Some(ByIdOrName::Id(_)), Some(ByIdOrName::Name(_)))
        | (Some(ByIdOrName::Name(_)), Some(ByIdOrName::Id(_))) => false,
        (draft, deployed) => draft != deployed,
    }
}

/// The settings of an API in which its draft differs from what a stage runs. Kinds for which
/// `unread` says that reading the draft's failed are left out: they are gaps.
///
/// An export tells only the authorizers, validators and models that methods use, so one that only
/// the draft has differs by the methods that use it, or does nothing.
pub(crate) fn settings(
    api: &RestApi,
    stage: &Stage,
    unread: impl Fn(CallKind) -> bool,
) -> Vec<SettingDifference> {
    let (Some(draft), Some(deployed)) = (&api.settings, &stage.settings) else {
        return Vec::new();
    };
    if draft == deployed {
        return Vec::new();
    }
    let by_name = |settings: &'_ [Setting]| -> BTreeMap<_, _> {
        settings
            .iter()
            .map(|setting| ((setting.kind, setting.name.clone()), setting.digest))
            .collect()
    };
    let (draft, deployed) = (by_name(draft), by_name(deployed));
    let mut found = Vec::new();
    for key in draft
        .keys()
        .chain(deployed.keys().filter(|key| !draft.contains_key(*key)))
    {
        let (setting, name) = key;
        let differs = match (draft.get(key), deployed.get(key)) {
            (Some(a), Some(b)) if a == b => continue,
            (Some(_), Some(_)) => SettingDiffers::InValue,
            (Some(_), None) if is_exported_by_use(*setting) => continue,
            (Some(_), None) => SettingDiffers::OnlyInDraft,
            // A model in use cannot be deleted; one that is not JSON is not kept of the draft.
            (None, _) if *setting == SettingKind::Model => continue,
            (None, _) => SettingDiffers::OnlyOnStage,
        };
        if !told_by(*setting).is_some_and(&unread) {
            found.push(SettingDifference {
                setting: *setting,
                name: name.clone(),
                differs,
            });
        }
    }
    found.sort();
    found
}

fn is_exported_by_use(kind: SettingKind) -> bool {
    match kind {
        SettingKind::Authorizer | SettingKind::Model | SettingKind::RequestValidator => true,
        SettingKind::ApiKeySource
        | SettingKind::BinaryMediaTypes
        | SettingKind::GatewayResponse
        | SettingKind::MinimumCompressionSize
        | SettingKind::ResourcePolicy => false,
    }
}

/// The call of its own that tells a kind of setting.
fn told_by(kind: SettingKind) -> Option<CallKind> {
    match kind {
        SettingKind::Authorizer => Some(CallKind::GetAuthorizers),
        SettingKind::GatewayResponse => Some(CallKind::GetGatewayResponses),
        SettingKind::Model => Some(CallKind::GetModels),
        SettingKind::RequestValidator => Some(CallKind::GetRequestValidators),
        SettingKind::ApiKeySource
        | SettingKind::BinaryMediaTypes
        | SettingKind::MinimumCompressionSize
        | SettingKind::ResourcePolicy => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use unbridge_model::apigateway::{Carried, IntegrationType, Verb};
    use unbridge_model::digest::Digester;
    use unbridge_model::template::Template;
    use unbridge_model::uri::Uri;

    use super::*;

    fn integration() -> Integration {
        Integration {
            kind: IntegrationType::HttpProxy,
            http_method: Some(Verb::Get),
            uri: Some(Uri::new("http://nlb/x")),
            uri_rest: None,
            vpc_link: Some(Template::new("abc123")),
            target: Some(Template::new("alb")),
            host_mapping: None,
            carried: Carried::default(),
        }
    }

    /// What is told when the stage runs the plain integration changed by `change`.
    fn check(change: impl FnOnce(&mut Integration), expect: &[DifferingField]) {
        let mut deployed = integration();
        change(&mut deployed);
        assert_eq!(differing(Some(&integration()), Some(&deployed)), expect);
    }

    fn carry(field: CarriedField, value: &str) -> Carried {
        Carried::new(BTreeMap::from([(
            field,
            Digester::new(&[7; 32]).seal(value),
        )]))
    }

    #[test]
    fn every_field_that_differs_is_named() {
        check(|_| {}, &[]);
        check(|i| i.kind = IntegrationType::Http, &[DifferingField::Type]);
        check(|i| i.http_method = None, &[DifferingField::HttpMethod]);
        check(|i| i.uri = None, &[DifferingField::Uri]);
        check(
            |i| i.uri_rest = Some(Digester::new(&[7; 32]).seal("?k")),
            &[DifferingField::Uri],
        );
        check(|i| i.vpc_link = None, &[DifferingField::ConnectionId]);
        check(
            |i| i.target = Some(Template::new("other")),
            &[DifferingField::IntegrationTarget],
        );
        let parameters = DifferingField::Carried(CarriedField::RequestParameters);
        check(
            |i| i.host_mapping = Some(Template::new("'h'")),
            std::slice::from_ref(&parameters),
        );
        check(
            |i| i.carried = carry(CarriedField::RequestParameters, "x"),
            &[parameters],
        );
        let timeout = DifferingField::Carried(CarriedField::TimeoutInMillis);
        check(
            |i| i.carried = carry(CarriedField::TimeoutInMillis, "x"),
            &[timeout],
        );
    }

    #[test]
    fn a_target_that_an_export_leaves_out_is_no_difference() {
        check(|i| i.target = None, &[]);
    }

    #[test]
    fn a_missing_integration_is_a_difference_unless_both_miss_it() {
        let one = integration();
        assert_eq!(differing(Some(&one), None), [DifferingField::Integration]);
        assert_eq!(differing(None, Some(&one)), [DifferingField::Integration]);
        assert_eq!(differing(None, None), []);
    }
}
