//! Evidence of what keeps a chain from moving now.

use unbridge_model::finding::{
    ApiRef, CanaryEffect, Difference, DifferingField, MethodRef, SettingDifference, SettingDiffers,
    StageTarget, SubnetZone,
};
use unbridge_model::id::{DeploymentId, LoadBalancerArn, Region, StageName, SubnetId, VpcLinkId};
use unbridge_model::text::Text;

use super::{
    Evidence, api, apis_in_words, load_balancer, method, name, plural, stage, usable_subnets,
};

pub(super) fn stage_variable_link(
    of: &ApiRef,
    on: &StageName,
    written: &Text,
    link: &VpcLinkId,
) -> Evidence {
    Evidence::new(format!(
        "{}: {} is VPC link {link}",
        stage(of, Some(on)),
        name(written)
    ))
}

pub(super) fn draft_differs_from_stage(
    of: &ApiRef,
    on: &StageName,
    differences: &[Difference],
    settings: &[SettingDifference],
) -> Evidence {
    let number = |number: usize, one: &str, many: &str| {
        (number > 0).then(|| format!("{number} {}", if number == 1 { one } else { many }))
    };
    let parts: Vec<String> = [
        number(differences.len(), "method", "methods"),
        number(settings.len(), "setting", "settings"),
    ]
    .into_iter()
    .flatten()
    .collect();
    Evidence::with(
        format!(
            "{}: {} {} different in the draft than on the stage",
            stage(of, Some(on)),
            parts.join(" and "),
            plural(differences.len() + settings.len(), "is", "are")
        ),
        differences
            .iter()
            .map(difference)
            .chain(settings.iter().map(setting)),
    )
}

pub(super) fn canary_in_progress(
    of: &ApiRef,
    on: &StageName,
    deployment: &DeploymentId,
    percent: f64,
    effect: CanaryEffect,
) -> Evidence {
    Evidence::new(format!(
        "{}: {percent} % of requests run deployment {deployment}, {}",
        stage(of, Some(on)),
        match effect {
            CanaryEffect::Differs => "which differs from the stage",
            CanaryEffect::None => "which is the stage's own: a left-over",
        }
    ))
}

pub(super) fn stage_targets_differ(
    of: &ApiRef,
    which: &MethodRef,
    targets: &[StageTarget],
) -> Evidence {
    Evidence::with(
        format!("{}: {}", api(of), method(which)),
        targets.iter().map(stage_target),
    )
}

pub(super) fn az_not_supported(
    alb: &LoadBalancerArn,
    subnets: &[SubnetZone],
    usable: &[SubnetId],
) -> Evidence {
    let zone = |zone: &SubnetZone| {
        let SubnetZone { subnet, zone_id } = zone;
        format!("{subnet} in {}", name(zone_id))
    };
    Evidence::with(
        format!(
            "ALB {}: {}; in zones without VPC link v2:",
            load_balancer(alb),
            usable_subnets(usable)
        ),
        subnets.iter().map(zone),
    )
}

pub(super) fn region_not_supported(region: &Region) -> Evidence {
    Evidence::new(format!("{region} is not on AWS's list"))
}

pub(super) fn cross_account(load_balancer: &Text, apis: &[ApiRef]) -> Evidence {
    Evidence::with(
        format!("{}; {}:", name(load_balancer), apis_in_words(apis.len())),
        apis.iter().map(api),
    )
}

pub(super) fn link_quota(links: u32, quota: u32) -> Evidence {
    Evidence::new(format!(
        "{links} VPC links v2 in the region; AWS allows {quota} unless told otherwise"
    ))
}

fn difference(difference: &Difference) -> String {
    let Difference {
        method: which,
        fields,
    } = difference;
    let fields: Vec<String> = fields.iter().map(field).collect();
    format!("{}: {}", method(which), fields.join(", "))
}

fn field(field: &DifferingField) -> String {
    match field {
        DifferingField::OnlyInDraft => "only in the draft".to_owned(),
        DifferingField::OnlyOnStage => "only on the stage".to_owned(),
        DifferingField::Integration => "only one has an integration".to_owned(),
        DifferingField::Type => "type".to_owned(),
        DifferingField::HttpMethod => "httpMethod".to_owned(),
        DifferingField::Uri => "uri".to_owned(),
        DifferingField::ConnectionId => "connectionId".to_owned(),
        DifferingField::IntegrationTarget => "integrationTarget".to_owned(),
        DifferingField::AuthorizerId => "authorizerId".to_owned(),
        DifferingField::RequestValidatorId => "requestValidatorId".to_owned(),
        DifferingField::Carried(carried) => carried.to_string(),
        DifferingField::Method(asked) => format!("the method's {asked}"),
    }
}

fn setting(difference: &SettingDifference) -> String {
    let SettingDifference {
        setting,
        name: called,
        differs,
    } = difference;
    let which = match called {
        Some(called) => format!("{setting} {}", name(called)),
        None => setting.to_string(),
    };
    match differs {
        SettingDiffers::OnlyInDraft => format!("{which}: only in the draft"),
        SettingDiffers::OnlyOnStage => format!("{which}: only on the stage"),
        SettingDiffers::InValue => format!("{which}: says something else"),
    }
}

fn stage_target(target: &StageTarget) -> String {
    let StageTarget {
        stage,
        alb_arn,
        alb_listener_port,
    } = target;
    match (alb_arn, alb_listener_port) {
        (None, _) => format!("{stage} ends at no ALB"),
        (Some(alb), None) => format!("{stage} ends at ALB {}", load_balancer(alb)),
        (Some(alb), Some(port)) => format!("{stage} ends at ALB {}:{port}", load_balancer(alb)),
    }
}
