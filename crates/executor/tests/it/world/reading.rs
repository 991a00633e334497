//! Whether a state holds in the small account.

use std::time::Duration;

use unbridge_model::id::StageName;
use unbridge_model::plan::condition::Condition;
use unbridge_model::plan::operation::{ConnectionId, IntegrationPatch, Percent};
use unbridge_model::plan::value::Settled;

use super::{ALB_GROUP, Account, Rule, plain};

pub(super) fn state(
    account: &Account,
    now: Duration,
    condition: &Condition<Settled>,
) -> (bool, String) {
    use Condition as C;
    let old = |id: &str| account.old_way.contains(id);
    let stage = |name: &StageName| account.stages.get(name.as_str());
    match condition {
        C::GroupStands { group, .. } => (
            account.groups.contains_key(group.as_str()),
            "no group".to_owned(),
        ),
        C::GroupGone { group } => (
            !account.groups.contains_key(group.as_str()),
            "the group".to_owned(),
        ),
        C::RuleStands { group, rule } => (
            account.rules.contains(&plain(group, rule)),
            "no rule".to_owned(),
        ),
        C::RuleGone { group, rule } => (
            !account.rules.contains(&plain(group, rule)),
            "the rule".to_owned(),
        ),
        C::DefaultEgressGone { group } => (
            !account.open_egress.contains(group.as_str()),
            "all is let out".to_owned(),
        ),
        C::LinkAvailable { link } => {
            let link = account.links.get(link.as_str());
            let available = link.is_some_and(|link| link.available_at <= now);
            (available, "PENDING".to_owned())
        }
        C::LinkGone { link } => (
            !account.links.contains_key(link.as_str()),
            "the link".to_owned(),
        ),
        C::LinkAdmitted { link, .. } => {
            let ingress = |(group, way, ..): &Rule| group == ALB_GROUP && *way == "ingress";
            let admitted = account.rules.iter().any(ingress);
            (
                admitted && account.links.contains_key(link.as_str()),
                "the group has no such rule".to_owned(),
            )
        }
        C::IntegrationIs { patch, .. } => {
            let target = patch.integration_target.as_ref();
            let holds = account.draft.connection == connection(patch)
                && target
                    .is_none_or(|target| account.draft.target.as_deref() == Some(target.as_str()))
                && patch
                    .uri
                    .as_ref()
                    .is_none_or(|uri| account.draft.uri == written(uri));
            (
                holds,
                format!("{} {}", account.draft.connection, account.draft.uri),
            )
        }
        C::DeploymentStands { deployment, .. } => (
            account.deployments.contains_key(deployment.as_str()),
            "no deployment".to_owned(),
        ),
        C::DeploymentGone { deployment, .. } => (
            !account.deployments.contains_key(deployment.as_str()),
            "the deployment".to_owned(),
        ),
        C::StageRuns {
            stage: name,
            deployment,
            ..
        } => {
            let holds = stage(name).is_some_and(|stage| {
                stage.deployment == deployment.as_str() && stage.canary.is_none()
            });
            (holds, format!("{:?}", stage(name)))
        }
        C::CanaryIs {
            stage: name,
            deployment,
            percent,
            ..
        } => {
            let canary = stage(name).and_then(|stage| stage.canary.as_ref());
            let holds = canary.is_some_and(|(id, share)| {
                let same = percent.is_none_or(|percent: Percent| percent.get() == *share);
                id == deployment.as_str() && same
            });
            (holds, format!("{canary:?}"))
        }
        C::NoCanary { stage: name, .. } => (
            stage(name).is_some_and(|stage| stage.canary.is_none()),
            "a canary".to_owned(),
        ),
        C::StageGone { stage: name, .. } => (stage(name).is_none(), "the stage".to_owned()),
        C::V1LinkGone { link } => (!old(link.as_str()), "the link".to_owned()),
        C::LoadBalancerGone { load_balancer } => {
            (!old(load_balancer.as_str()), "the load balancer".to_owned())
        }
        other => panic!("no plan of these tests asks {other:?}"),
    }
}

pub(super) fn connection(patch: &IntegrationPatch<Settled>) -> String {
    match &patch.connection_id {
        ConnectionId::Link(link) => link.as_str().to_owned(),
        ConnectionId::Template(template) => template.as_str().to_owned(),
    }
}

pub(super) fn written(uri: &unbridge_model::uri::Uri) -> String {
    format!("{}{}", uri.base().as_str(), uri.path().as_str())
}
