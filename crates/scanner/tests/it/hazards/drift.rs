//! What a deployment of the draft would ship besides the move.

use unbridge_model::apigateway::{MethodField, SettingKind, Verb};
use unbridge_model::call::CallKind;
use unbridge_model::finding::{DifferingField, Finding, FindingCode, SettingDiffers, Verdict};
use unbridge_sim::build::Estate;

use crate::common::{codes, estate, nlb};

use super::{assessment, bridge, denied, found};

/// H4: what a deployment would ship besides the integrations is compared as well.
#[test]
fn settings_that_differ_between_draft_and_stage_are_named_h4() {
    for kind in [
        SettingKind::ApiKeySource,
        SettingKind::BinaryMediaTypes,
        SettingKind::GatewayResponse,
        SettingKind::MinimumCompressionSize,
        SettingKind::ResourcePolicy,
    ] {
        let estate = bridge().rest_api("api", |api| api.setting(kind, None, "new"));
        let (verdict, finding) = found(estate, FindingCode::DraftDiffersFromStage);
        let Finding::DraftDiffersFromStage {
            settings,
            differences,
            ..
        } = finding
        else {
            unreachable!("asked for by code")
        };
        assert_eq!(verdict, Verdict::Blocked, "{kind}");
        assert_eq!(differences, [], "{kind}");
        let told: Vec<_> = settings.iter().map(|s| (s.setting, s.differs)).collect();
        assert_eq!(told, [(kind, SettingDiffers::OnlyInDraft)]);
    }
}

/// H4: an authorizer that was half removed would go live with the next deployment.
#[test]
fn a_method_that_lost_its_authorizer_in_the_draft_differs_h4() {
    let estate = estate().bridge("x", 80).rest_api("api", |api| {
        api.setting(SettingKind::Authorizer, Some("tokens"), "v1")
            .setting(SettingKind::RequestValidator, Some("strict"), "v1")
            .method(Verb::Get, "/x", "x-link")
            .authorize(Verb::Get, "/x", "tokens")
            .validate(Verb::Get, "/x", "strict")
            .deploy("prod")
    });
    assert_eq!(
        nlb(&assessment(estate.clone()), "x-nlb").verdict,
        Verdict::Removable
    );
    let edited = |estate: Estate| {
        let (_, finding) = found(estate, FindingCode::DraftDiffersFromStage);
        let Finding::DraftDiffersFromStage {
            differences,
            settings,
            ..
        } = finding
        else {
            unreachable!("asked for by code")
        };
        let fields: Vec<_> = differences.into_iter().flat_map(|d| d.fields).collect();
        let settings: Vec<_> = settings
            .into_iter()
            .map(|s| (s.setting, s.differs))
            .collect();
        (fields, settings)
    };
    let without = estate.clone().edit(|region| {
        let draft = region.rest_apis[0].api.draft.as_mut().expect("a draft");
        draft[0].settings = None;
    });
    let fields = [
        DifferingField::AuthorizerId,
        DifferingField::RequestValidatorId,
        DifferingField::Method(MethodField::AuthorizationType),
    ];
    assert_eq!(edited(without).0, fields);
    let changed = estate.clone().rest_api("api", |api| {
        api.setting(SettingKind::Authorizer, Some("tokens"), "v2")
    });
    let in_value = (SettingKind::Authorizer, SettingDiffers::InValue);
    assert_eq!(edited(changed), (vec![], vec![in_value]));
    let keyed = estate.rest_api("api", |api| {
        api.method_field(Verb::Get, "/x", MethodField::ApiKeyRequired, "true")
    });
    assert_eq!(
        edited(keyed).0,
        [DifferingField::Method(MethodField::ApiKeyRequired)]
    );
}

/// H4: a kind of setting that could not be read is a gap, not a difference.
#[test]
fn settings_that_could_not_be_read_leave_a_doubt_h4() {
    let estate = || {
        bridge().rest_api("api", |api| {
            api.setting(SettingKind::GatewayResponse, Some("DEFAULT_4XX"), "v1")
                .deploy("prod")
        })
    };
    assert_eq!(
        nlb(&assessment(estate()), "x-nlb").verdict,
        Verdict::Removable
    );
    for kind in [
        CallKind::GetAuthorizers,
        CallKind::GetRequestValidators,
        CallKind::GetModels,
        CallKind::GetGatewayResponses,
    ] {
        let assessment = denied(estate(), kind);
        let of = nlb(&assessment, "x-nlb");
        assert_eq!(of.verdict, Verdict::RemovableIf, "{}", kind.name());
        assert!(
            !codes(of).contains(&FindingCode::DraftDiffersFromStage),
            "{}",
            kind.name()
        );
    }
}
