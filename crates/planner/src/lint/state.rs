//! What is known to stand in the account at some place of a plan: from what the steps before it did
//! and asked for, and from what a scan saw.

use std::collections::BTreeMap;

use unbridge_model::id::{HttpApiId, LoadBalancerArn, RestApiId, RouteId, StageName};
use unbridge_model::plan::Step;
use unbridge_model::plan::condition::Condition;
use unbridge_model::plan::operation::{
    ConnectionId, IntegrationPatch, MethodRef, Operation, Percent,
};
use unbridge_model::uri::Uri;

use super::thing::{Act, RuleOf, Thing, Value};

/// What is known. What is not in it is unknown, but for what only a step can make: that stands from
/// its step on.
#[derive(Debug, Default)]
pub(super) struct State<'p> {
    stands: BTreeMap<Thing<'p>, bool>,
    stages: BTreeMap<&'p RestApiId, BTreeMap<&'p StageName, StageState<'p>>>,
    /// Temporary stages that were seen to have all of the one they are like.
    furnished: BTreeMap<Thing<'p>, &'p StageName>,
    http_stages: BTreeMap<Thing<'p>, Value<'p>>,
    drafts: BTreeMap<&'p MethodRef, Draft<'p>>,
    routes: BTreeMap<&'p HttpApiId, BTreeMap<&'p RouteId, Value<'p>>>,
    /// Integrations of HTTP APIs that the plan makes, and their links.
    integrations: BTreeMap<Thing<'p>, Value<'p>>,
    /// Links that the plan makes, and their groups.
    links: BTreeMap<Value<'p>, Vec<Value<'p>>>,
}

/// What a stage of a REST API runs.
#[derive(Debug, Default)]
struct StageState<'p> {
    runs: Option<Value<'p>>,
    canary: Canary<'p>,
}

/// A canary release.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Canary<'p> {
    #[default]
    Unknown,
    None,
    /// On this deployment, with this share where it is known.
    On(Value<'p>, Option<Percent>),
}

/// What the draft says of a method's integration.
#[derive(Debug, Default)]
pub(super) struct Draft<'p> {
    pub(super) connection: Option<Value<'p>>,
    pub(super) target: Option<&'p LoadBalancerArn>,
    pub(super) uri: Option<&'p Uri>,
}

fn connection(patch: &IntegrationPatch) -> Value<'_> {
    match &patch.connection_id {
        ConnectionId::Link(link) => Value::link(link),
        ConnectionId::Template(template) => Value::Known(template.as_str()),
    }
}

/// Both, where both are known.
fn both(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        (None, _) | (_, None) => None,
    }
}

impl<'p> State<'p> {
    /// Whether something stands there.
    pub(super) fn stands(&self, thing: Thing<'p>) -> Option<bool> {
        let known = self.stands.get(&thing).copied();
        known.or_else(|| thing.is_made().then_some(false))
    }

    pub(super) fn note(&mut self, thing: Thing<'p>, stands: bool) {
        self.stands.insert(thing, stands);
    }

    pub(super) fn note_stage(
        &mut self,
        (api, stage): (&'p RestApiId, &'p StageName),
        runs: Option<Value<'p>>,
        canary: Canary<'p>,
    ) {
        self.note(Thing::Stage(api, stage), true);
        let known = self.stage_mut(api, stage);
        known.runs = runs.or(known.runs);
        known.canary = canary;
    }

    pub(super) fn note_draft(&mut self, method: &'p MethodRef, draft: Draft<'p>) {
        self.drafts.insert(method, draft);
    }

    pub(super) fn note_route(
        &mut self,
        (api, route): (&'p HttpApiId, &'p RouteId),
        integration: Value<'p>,
    ) {
        self.routes
            .entry(api)
            .or_default()
            .insert(route, integration);
    }

    fn goes(&self, api: &HttpApiId, route: &RouteId, integration: Value<'p>) -> Option<bool> {
        Some(*self.routes.get(api)?.get(route)? == integration)
    }

    pub(super) fn note_http_stage(&mut self, stage: Thing<'p>, deployment: Value<'p>) {
        self.http_stages.insert(stage, deployment);
    }

    fn stage(&self, api: &RestApiId, stage: &StageName) -> Option<&StageState<'p>> {
        self.stages.get(api)?.get(stage)
    }

    fn stage_mut(&mut self, api: &'p RestApiId, stage: &'p StageName) -> &mut StageState<'p> {
        let stages = self.stages.entry(api).or_default();
        stages.entry(stage).or_default()
    }

    fn runs(&self, api: &RestApiId, stage: &StageName, deployment: Value<'p>) -> Option<bool> {
        Some(self.stage(api, stage)?.runs? == deployment)
    }

    fn canary(&self, api: &RestApiId, stage: &StageName) -> Canary<'p> {
        self.stage(api, stage)
            .map_or(Canary::Unknown, |known| known.canary)
    }

    fn no_canary(&self, api: &RestApiId, stage: &StageName) -> Option<bool> {
        match self.canary(api, stage) {
            Canary::Unknown => None,
            Canary::None => Some(true),
            Canary::On(..) => Some(false),
        }
    }

    fn integration(&self, method: &MethodRef, patch: &'p IntegrationPatch) -> Option<bool> {
        let draft = self.drafts.get(method)?;
        let same = draft.connection.map(|known| known == connection(patch));
        let target = match &patch.integration_target {
            Some(wanted) => draft.target.map(|known| known == wanted),
            None => Some(true),
        };
        let uri = match &patch.uri {
            Some(wanted) => draft.uri.map(|known| known == wanted),
            None => Some(true),
        };
        both(same, both(target, uri))
    }

    /// Whether a condition holds; `None` when that is not known.
    pub(super) fn holds(&self, condition: &'p Condition) -> Option<bool> {
        use Condition as C;
        if let Some((thing, stands)) = existence(condition) {
            return Some(self.stands(thing)? == stands);
        }
        match condition {
            C::LinkUnused { link } => match self.is_used(Thing::Link(Value::link(link))) {
                true => Some(false),
                false => None,
            },
            C::V1LinkUnused { link, .. } => match self.is_used(Thing::V1Link(link)) {
                true => Some(false),
                false => None,
            },
            C::HttpDeploymentUnused { api, deployment } => {
                match self.is_used(Thing::HttpDeployment(api, Value::deployment(deployment))) {
                    true => Some(false),
                    false => None,
                }
            }
            C::IntegrationIs { method, patch } => self.integration(method, patch),
            C::StageRuns {
                api,
                stage,
                deployment,
            } => {
                let deployment = Value::deployment(deployment);
                both(
                    self.runs(api, stage, deployment),
                    self.no_canary(api, stage),
                )
            }
            C::CanaryIs {
                api,
                stage,
                deployment,
                percent,
            } => match self.canary(api, stage) {
                Canary::Unknown => None,
                Canary::None => Some(false),
                Canary::On(runs, known) => both(
                    Some(runs == Value::deployment(deployment)),
                    match (percent, known) {
                        (Some(wanted), Some(known)) => Some(*wanted == known),
                        (None, _) => Some(true),
                        (Some(_), None) => None,
                    },
                ),
            },
            C::NoCanary { api, stage } => self.no_canary(api, stage),
            C::RouteGoesTo {
                api,
                route,
                integration,
            } => self.goes(api, route, Value::integration(integration)),
            C::HttpStageRuns {
                api,
                stage,
                deployment,
            } => {
                let known = self.http_stages.get(&Thing::HttpStage(api, stage))?;
                Some(*known == Value::deployment(deployment))
            }
            _ => None,
        }
    }

    /// Takes a condition for true.
    pub(super) fn assume(&mut self, condition: &'p Condition) {
        use Condition as C;
        if let Some((thing, stands)) = existence(condition) {
            self.note(thing, stands);
            return;
        }
        match condition {
            C::IntegrationIs { method, patch } => self.patch(method, patch),
            C::StageRuns {
                api,
                stage,
                deployment,
            } => {
                let runs = Some(Value::deployment(deployment));
                self.note_stage((api, stage), runs, Canary::None);
            }
            C::CanaryIs {
                api,
                stage,
                deployment,
                percent,
            } => {
                let on = Canary::On(Value::deployment(deployment), *percent);
                self.note_stage((api, stage), None, on);
            }
            C::NoCanary { api, stage } => self.note_stage((api, stage), None, Canary::None),
            C::RouteGoesTo {
                api,
                route,
                integration,
            } => self.note_route((api, route), Value::integration(integration)),
            C::HttpStageRuns {
                api,
                stage,
                deployment,
            } => self.note_http_stage(Thing::HttpStage(api, stage), Value::deployment(deployment)),
            _ => {}
        }
    }

    fn patch(&mut self, method: &'p MethodRef, patch: &'p IntegrationPatch) {
        let draft = self.drafts.entry(method).or_default();
        draft.connection = Some(connection(patch));
        draft.target = patch.integration_target.as_ref().or(draft.target);
        draft.uri = patch.uri.as_ref().or(draft.uri);
    }

    /// What is known once the change of a step is made.
    pub(super) fn apply(&mut self, step: &'p Step) {
        match Act::of(&step.id, &step.operation) {
            Act::Makes(thing) => self.note(thing, true),
            Act::Deletes(thing) => self.note(thing, false),
            Act::Changes(_) => {}
        }
        self.apply_values(step);
    }

    fn apply_values(&mut self, step: &'p Step) {
        use Operation as O;
        let made = Value::From(&step.id);
        match &step.operation {
            O::CreateSecurityGroup { .. } => self.note(Thing::DefaultEgress(made), true),
            O::CreateVpcLink {
                security_groups, ..
            } => {
                let groups = security_groups.iter().map(Value::group).collect();
                self.links.insert(made, groups);
            }
            O::UpdateIntegration { method, patch } => self.patch(method, patch),
            O::CreateStage {
                api,
                stage,
                deployment,
                ..
            }
            | O::SetDeployment {
                api,
                stage,
                deployment,
            } => {
                let canary = match self.canary(api, stage) {
                    Canary::Unknown => Canary::None,
                    known => known,
                };
                let runs = Some(Value::deployment(deployment));
                self.note_stage((api, stage), runs, canary);
            }
            O::FurnishStage { api, stage, like } => {
                self.furnished.insert(Thing::Stage(api, stage), like);
            }
            O::DeleteStage { api, stage } => {
                self.furnished.remove(&Thing::Stage(api, stage));
                if let Some(stages) = self.stages.get_mut(api) {
                    stages.remove(stage);
                }
            }
            O::SetCanary {
                api,
                stage,
                deployment,
                percent,
            } => {
                let on = Canary::On(Value::deployment(deployment), Some(*percent));
                self.note_stage((api, stage), None, on);
            }
            O::RemoveCanary { api, stage } => {
                self.note_stage((api, stage), None, Canary::None);
            }
            O::CreateHttpIntegration { api, link, .. } => {
                let thing = Thing::HttpIntegration(api, made);
                self.integrations.insert(thing, Value::link(link));
            }
            O::UpdateRoute {
                api,
                route,
                integration,
                ..
            } => self.note_route((api, route), Value::integration(integration)),
            O::SetHttpDeployment {
                api,
                stage,
                deployment,
            } => self.note_http_stage(Thing::HttpStage(api, stage), Value::deployment(deployment)),
            O::RevokeDefaultEgress { .. }
            | O::AuthorizeRule { .. }
            | O::RevokeRule { .. }
            | O::DeleteSecurityGroup { .. }
            | O::DeleteVpcLink { .. }
            | O::CreateDeployment { .. }
            | O::DeleteDeployment { .. }
            | O::DeleteHttpIntegration { .. }
            | O::CreateHttpDeployment { .. }
            | O::DeleteHttpDeployment { .. }
            | O::DeleteV1Link { .. }
            | O::DeregisterTarget { .. }
            | O::RegisterTarget { .. }
            | O::DeleteLoadBalancer { .. }
            | O::DeleteTargetGroup { .. } => {}
        }
    }

    /// Whether an operation brings about what is so already.
    pub(super) fn is_so(&self, step: &'p Step) -> bool {
        use Operation as O;
        if let Act::Makes(thing) = Act::of(&step.id, &step.operation) {
            return self.stands(thing) == Some(true);
        }
        let so = match &step.operation {
            O::UpdateIntegration { method, patch } => self.integration(method, patch),
            O::FurnishStage { api, stage, like } => {
                let known = self.furnished.get(&Thing::Stage(api, stage));
                known.map(|known| *known == like)
            }
            O::SetCanary {
                api,
                stage,
                deployment,
                percent,
            } => {
                let on = Canary::On(Value::deployment(deployment), Some(*percent));
                Some(self.canary(api, stage) == on)
            }
            O::RemoveCanary { api, stage } => self.no_canary(api, stage),
            O::SetDeployment {
                api,
                stage,
                deployment,
            } => self.runs(api, stage, Value::deployment(deployment)),
            O::UpdateRoute {
                api,
                route,
                integration,
                ..
            } => self.goes(api, route, Value::integration(integration)),
            O::SetHttpDeployment {
                api,
                stage,
                deployment,
            } => {
                let known = self.http_stages.get(&Thing::HttpStage(api, stage));
                known.map(|known| *known == Value::deployment(deployment))
            }
            _ => None,
        };
        so == Some(true)
    }

    /// Whether something that is known to stand there uses this.
    pub(super) fn is_used(&self, thing: Thing<'p>) -> bool {
        match thing {
            Thing::Deployment(api, deployment) => {
                let stages = self.stages.get(api).into_iter().flat_map(BTreeMap::values);
                stages.into_iter().any(|stage| {
                    let canary = matches!(stage.canary, Canary::On(on, _) if on == deployment);
                    stage.runs == Some(deployment) || canary
                })
            }
            Thing::HttpDeployment(_, deployment) => {
                let mut runs = self.http_stages.values();
                runs.any(|runs| *runs == deployment)
            }
            Thing::Group(group) => {
                let standing = |link: Value<'p>| self.stands(Thing::Link(link)) != Some(false);
                let mut links = self.links.iter();
                links.any(|(link, groups)| groups.contains(&group) && standing(*link))
            }
            Thing::Link(link) => {
                let standing = |thing: Thing<'p>| self.stands(thing) != Some(false);
                let mut drafts = self.drafts.values();
                let mut https = self.integrations.iter();
                drafts.any(|draft| draft.connection == Some(link))
                    || https.any(|(thing, on)| *on == link && standing(*thing))
            }
            Thing::HttpIntegration(api, integration) => {
                let routes = self.routes.get(api).into_iter();
                routes
                    .flat_map(BTreeMap::values)
                    .any(|goes| *goes == integration)
            }
            Thing::V1Link(link) => {
                let mut drafts = self.drafts.values();
                drafts.any(|draft| draft.connection == Some(Value::Known(link.as_str())))
            }
            Thing::DefaultEgress(_)
            | Thing::HttpStage(..)
            | Thing::LoadBalancer(_)
            | Thing::Method(_)
            | Thing::Route(..)
            | Thing::Rule(RuleOf { .. })
            | Thing::Stage(..)
            | Thing::Target(..)
            | Thing::TargetGroup(_)
            | Thing::Vpc(_) => false,
        }
    }

    /// Stages that have a canary release.
    pub(super) fn in_canary(&self) -> impl Iterator<Item = (&'p RestApiId, &'p StageName)> {
        self.stages.iter().flat_map(|(api, stages)| {
            let on = stages
                .iter()
                .filter(|(_, known)| matches!(known.canary, Canary::On(_, Some(_))));
            on.map(|(stage, _)| (*api, *stage))
        })
    }
}

/// What a condition says to stand there or to be gone, where it says just that.
fn existence(condition: &Condition) -> Option<(Thing<'_>, bool)> {
    use Condition as C;
    Some(match condition {
        C::GroupStands { group, .. } => (Thing::Group(Value::group(group)), true),
        C::GroupGone { group } => (Thing::Group(Value::group(group)), false),
        C::RuleStands { group, rule } => (Thing::Rule(RuleOf::of(group, rule)), true),
        C::RuleGone { group, rule } => (Thing::Rule(RuleOf::of(group, rule)), false),
        C::DefaultEgressGone { group } => (Thing::DefaultEgress(Value::group(group)), false),
        C::LinkAvailable { link } => (Thing::Link(Value::link(link)), true),
        C::LinkGone { link } => (Thing::Link(Value::link(link)), false),
        C::DeploymentStands { api, deployment } => {
            (Thing::Deployment(api, Value::deployment(deployment)), true)
        }
        C::DeploymentGone { api, deployment } => {
            (Thing::Deployment(api, Value::deployment(deployment)), false)
        }
        C::StageGone { api, stage } => (Thing::Stage(api, stage), false),
        C::HttpIntegrationGone { api, integration } => (
            Thing::HttpIntegration(api, Value::integration(integration)),
            false,
        ),
        C::HttpDeploymentGone { api, deployment } => (
            Thing::HttpDeployment(api, Value::deployment(deployment)),
            false,
        ),
        C::V1LinkGone { link } => (Thing::V1Link(link), false),
        C::TargetRegistered {
            group,
            target,
            port,
        } => (Thing::Target(group, target.as_str(), *port), true),
        C::TargetGone {
            group,
            target,
            port,
        } => (Thing::Target(group, target.as_str(), *port), false),
        C::LoadBalancerGone { load_balancer } => (Thing::LoadBalancer(load_balancer), false),
        C::TargetGroupGone { group } => (Thing::TargetGroup(group), false),
        C::LinkUnused { .. }
        | C::LinkAdmitted { .. }
        | C::IntegrationIs { .. }
        | C::StageRuns { .. }
        | C::CanaryIs { .. }
        | C::NoCanary { .. }
        | C::StageFurnished { .. }
        | C::StagesAlike { .. }
        | C::RouteGoesTo { .. }
        | C::HttpDeploymentUnused { .. }
        | C::HttpStageRuns { .. }
        | C::NotProtected { .. }
        | C::V1LinkUnused { .. }
        | C::LoadBalancerUnnamed { .. } => return None,
    })
}
