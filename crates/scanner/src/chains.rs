//! Every method of a region and the way it takes, sorted to the NLBs it passes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use unbridge_model::apigateway::{
    HttpApi, HttpDeployed, HttpStage, Integration, Protocol, RestApi, Stage, Variables,
};
use unbridge_model::assessment::{Chain, LinkVersion, SeenIn, Way};
use unbridge_model::call::CallKind;
use unbridge_model::finding::{
    ApiRef, ApiType, CanaryEffect, Difference, DifferingField, Finding, MethodRef, StageTarget,
};
use unbridge_model::gap::{Gap, GapClass, Unseen};
use unbridge_model::id::{AccountId, LoadBalancerArn, Region, StageName, VpcLinkId};
use unbridge_model::route::{Broken, End, Hop};
use unbridge_model::text::Text;

use crate::drift::{Pair, differing, pairs};
use crate::route::{Router, Told, is_literal};

/// What the APIs of a region say about one NLB.
#[derive(Default)]
pub(crate) struct OverNlb {
    pub(crate) chains: Vec<Chain>,
    pub(crate) findings: Vec<Finding>,
}

/// What the APIs of a region use.
#[derive(Default)]
pub(crate) struct Uses {
    pub(crate) over: BTreeMap<LoadBalancerArn, OverNlb>,
    /// APIs that reach an ALB without passing an NLB.
    pub(crate) direct: BTreeMap<LoadBalancerArn, BTreeSet<Arc<ApiRef>>>,
    /// Methods on stages and in drafts, by link.
    pub(crate) methods: BTreeMap<(LinkVersion, VpcLinkId), usize>,
    /// Which stage takes which way, once each.
    pub(crate) ways: Vec<(Arc<ApiRef>, Option<StageName>, Arc<Way>)>,
    pub(crate) unattached: Vec<Finding>,
    /// Ways that could not be followed to any load balancer.
    pub(crate) unfollowed: BTreeSet<Gap>,
}

/// Follows every method of a region.
pub(crate) struct Follower<'r, 't, 's> {
    pub(crate) account: &'r AccountId,
    pub(crate) region: &'r Region,
    pub(crate) router: &'r Router<'t, 's>,
    pub(crate) uses: Uses,
}

/// One stage of one API while its methods are followed.
struct OnStage<'r> {
    api: &'r Arc<ApiRef>,
    stage: Option<&'r StageName>,
    broken: BTreeMap<(Option<LoadBalancerArn>, Broken), BTreeSet<MethodRef>>,
    /// Links named through variables, by what is written and what it means here.
    variable_links: BTreeMap<(LoadBalancerArn, Text, VpcLinkId), ()>,
    touched: BTreeSet<LoadBalancerArn>,
    ways: BTreeSet<*const Way>,
}

/// A method on its way through a stage.
struct Followed<'f> {
    method: MethodRef,
    integration: &'f Integration,
    seen_in: SeenIn,
    way: Arc<Way>,
}

impl<'r> Follower<'r, '_, '_> {
    pub(crate) fn rest_api(&mut self, api: &RestApi) {
        let api_ref = Arc::new(ApiRef {
            kind: ApiType::Rest,
            id: api.id.clone().into(),
            name: api.name.clone(),
        });
        let draft = api.draft.as_deref().unwrap_or_default();
        let stages = api.stages.as_deref().unwrap_or_default();
        let mut by_variable: BTreeMap<MethodRef, Vec<(StageName, Arc<Way>)>> = BTreeMap::new();
        for stage in stages {
            self.rest_stage(&api_ref, api, stage, &mut by_variable);
        }
        if stages.is_empty() {
            let mut on = OnStage::new(&api_ref, None);
            for pair in pairs(draft, &[]) {
                self.pair(&mut on, &pair, &Variables::new());
            }
            self.close(on);
        }
        self.stage_targets(&api_ref, by_variable);
    }

    fn rest_stage(
        &mut self,
        api_ref: &Arc<ApiRef>,
        api: &RestApi,
        stage: &Stage,
        by_variable: &mut BTreeMap<MethodRef, Vec<(StageName, Arc<Way>)>>,
    ) {
        let mut on = OnStage::new(api_ref, Some(&stage.name));
        let mut differences = Vec::new();
        let deployed = stage.deployed.as_deref();
        for pair in pairs(
            api.draft.as_deref().unwrap_or_default(),
            deployed.unwrap_or_default(),
        ) {
            for followed in self.pair(&mut on, &pair, &stage.variables) {
                if followed.seen_in != SeenIn::Draft && !is_literal(followed.integration) {
                    by_variable
                        .entry(followed.method)
                        .or_default()
                        .push((stage.name.clone(), followed.way));
                }
            }
            if deployed.is_some() && api.draft.is_some() {
                differences.extend(pair.difference());
            }
        }
        self.canary_ways(&mut on, stage);
        self.drift(&on, differences);
        self.canary(&on, stage);
        self.close(on);
    }

    /// Follows both sides of a method; tells what was followed.
    fn pair<'p>(
        &mut self,
        on: &mut OnStage<'_>,
        pair: &Pair<'p>,
        variables: &Variables,
    ) -> Vec<Followed<'p>> {
        let Some(method) = pair.either() else {
            return Vec::new();
        };
        let way = |method: Option<&'p unbridge_model::apigateway::Method>, told| {
            let integration = method?.integration.as_ref()?;
            Some((
                &**integration,
                self.router.way(integration, told, variables)?,
            ))
        };
        let (draft, deployed) = (
            way(pair.draft, Told::Draft),
            way(pair.deployed, Told::Export),
        );
        let method = MethodRef {
            resource_path: method.path.clone(),
            http_method: Some(method.verb),
        };
        let sides = sides(draft, deployed);
        let followed: Vec<_> = sides
            .into_iter()
            .map(|(seen_in, integration, way)| Followed {
                method: method.clone(),
                integration,
                seen_in,
                way,
            })
            .collect();
        for followed in &followed {
            self.take(on, followed);
        }
        followed
    }

    /// Files one method under what its way passes.
    fn take(&mut self, on: &mut OnStage<'_>, followed: &Followed<'_>) {
        let Followed {
            method,
            integration,
            seen_in,
            way,
        } = followed;
        if let Some(link) = link_of(way) {
            *self.uses.methods.entry(link).or_default() += 1;
        }
        self.note_way(on, way);
        let nlb = way.nlb().map(|(nlb, _)| nlb);
        match &way.end {
            End::Broken(why) => {
                on.broken
                    .entry((nlb.cloned(), why.clone()))
                    .or_default()
                    .insert(method.clone());
            }
            End::Unseen(why) if nlb.is_none() => self.unfollowed(on, &why.to_string()),
            End::Alb { alb, .. } if nlb.is_none() => {
                self.uses
                    .direct
                    .entry(alb.clone())
                    .or_default()
                    .insert(Arc::clone(on.api));
            }
            End::Alb { .. } | End::OtherTargets { .. } | End::Unseen(_) => {}
        }
        let Some(nlb) = nlb else { return };
        on.touched.insert(nlb.clone());
        if let (Some(template), Some(link)) = (&integration.vpc_link, way.link())
            && !template.is_literal()
        {
            on.variable_links
                .insert((nlb.clone(), template.text().clone(), link.clone()), ());
        }
        self.uses
            .over
            .entry(nlb.clone())
            .or_default()
            .chains
            .push(Chain {
                api: Arc::clone(on.api),
                stage: on.stage.cloned(),
                path: method.resource_path.clone(),
                verb: method.http_method,
                seen_in: *seen_in,
                way: Arc::clone(way),
            });
    }

    fn note_way(&mut self, on: &mut OnStage<'_>, way: &Arc<Way>) {
        if on.ways.insert(Arc::as_ptr(way)) {
            self.uses
                .ways
                .push((Arc::clone(on.api), on.stage.cloned(), Arc::clone(way)));
        }
    }

    fn unfollowed(&mut self, on: &OnStage<'_>, why: &str) {
        let stage = on.stage.map_or(String::new(), |stage| format!("/{stage}"));
        self.uses.unfollowed.insert(Gap {
            account: self.account.clone(),
            region: Some(self.region.clone()),
            unseen: Unseen::Call {
                call: CallKind::GetExport,
                of: Some(Text::from(format!("{}{stage}", on.api.id))),
            },
            class: GapClass::Unreadable,
            message: Text::new(why),
        });
    }

    /// Where a canary's variables lead what the stage runs: those NLBs are in use as well.
    fn canary_ways(&mut self, on: &mut OnStage<'_>, stage: &Stage) {
        let Some(canary) = stage
            .canary
            .as_ref()
            .filter(|canary| !canary.overrides.is_empty())
        else {
            return;
        };
        let mut variables = stage.variables.clone();
        variables.extend(canary.overrides.clone());
        let deployed = stage.deployed.iter().flatten();
        let ways: Vec<_> = deployed
            .filter_map(|method| {
                self.router
                    .way(method.integration.as_ref()?, Told::Export, &variables)
            })
            .collect();
        for way in ways {
            on.touched.extend(way.nlb().map(|(nlb, _)| nlb.clone()));
            self.note_way(on, &way);
        }
    }

    fn canary(&mut self, on: &OnStage<'_>, stage: &Stage) {
        let Some(canary) = &stage.canary else { return };
        let left_over = canary.deployment == stage.deployment && canary.overrides.is_empty();
        let finding = Finding::CanaryInProgress {
            api: (**on.api).clone(),
            stage: stage.name.clone(),
            deployment_id: canary.deployment.clone(),
            percent: canary.percent,
            effect: if left_over {
                CanaryEffect::None
            } else {
                CanaryEffect::Differs
            },
        };
        self.attach(on, &finding);
    }

    fn drift(&mut self, on: &OnStage<'_>, differences: Vec<Difference>) {
        let Some(stage) = on.stage.filter(|_| !differences.is_empty()) else {
            return;
        };
        let finding = Finding::DraftDiffersFromStage {
            api: (**on.api).clone(),
            stage: stage.clone(),
            differences,
        };
        self.attach(on, &finding);
    }

    /// A finding about a stage concerns every NLB its methods pass.
    fn attach(&mut self, on: &OnStage<'_>, finding: &Finding) {
        for nlb in &on.touched {
            self.uses
                .over
                .entry(nlb.clone())
                .or_default()
                .findings
                .push(finding.clone());
        }
    }

    fn close(&mut self, on: OnStage<'_>) {
        let OnStage {
            api,
            stage,
            broken,
            variable_links,
            ..
        } = on;
        for ((nlb, why), methods) in broken {
            let finding = Finding::ChainBroken {
                api: (**api).clone(),
                stage: stage.cloned(),
                methods: methods.into_iter().collect(),
                why,
            };
            match nlb {
                Some(nlb) => self
                    .uses
                    .over
                    .entry(nlb)
                    .or_default()
                    .findings
                    .push(finding),
                None => self.uses.unattached.push(finding),
            }
        }
        for ((nlb, connection_id, vpc_link_id), ()) in variable_links {
            let Some(stage) = stage.cloned() else {
                continue;
            };
            let finding = Finding::StageVariableLink {
                api: (**api).clone(),
                stage,
                connection_id,
                vpc_link_id,
            };
            self.uses
                .over
                .entry(nlb)
                .or_default()
                .findings
                .push(finding);
        }
    }

    /// A method holds one literal target, so stages that resolve its variables differently cannot
    /// all be moved by it (H5).
    fn stage_targets(
        &mut self,
        api: &Arc<ApiRef>,
        by_variable: BTreeMap<MethodRef, Vec<(StageName, Arc<Way>)>>,
    ) {
        for (method, ways) in by_variable {
            let ends: BTreeSet<_> = ways.iter().map(|(_, way)| &way.end).collect();
            if ends.len() < 2 {
                continue;
            }
            let targets = ways.iter().map(|(stage, way)| {
                let (alb_arn, alb_listener_port) = match &way.end {
                    End::Alb { alb, port } => (Some(alb.clone()), Some(*port)),
                    End::OtherTargets { .. } | End::Broken(_) | End::Unseen(_) => (None, None),
                };
                StageTarget {
                    stage: stage.clone(),
                    alb_arn,
                    alb_listener_port,
                }
            });
            let finding = Finding::StageTargetsDiffer {
                api: (**api).clone(),
                method,
                targets: targets.collect(),
            };
            let nlbs: BTreeSet<_> = ways
                .iter()
                .filter_map(|(_, way)| way.nlb())
                .map(|(nlb, _)| nlb)
                .collect();
            for nlb in nlbs {
                self.uses
                    .over
                    .entry(nlb.clone())
                    .or_default()
                    .findings
                    .push(finding.clone());
            }
        }
    }

    pub(crate) fn http_api(&mut self, api: &HttpApi) {
        let kind = match api.protocol {
            Protocol::Http => ApiType::Http,
            Protocol::Websocket => ApiType::Websocket,
        };
        let api_ref = Arc::new(ApiRef {
            kind,
            id: api.id.clone().into(),
            name: api.name.clone(),
        });
        let routes = drafted_routes(api);
        let stages = api.stages.as_deref().unwrap_or_default();
        for stage in stages {
            self.http_stage(&api_ref, &routes, stage);
        }
        if stages.is_empty() {
            let mut on = OnStage::new(&api_ref, None);
            for (key, integration) in &routes {
                self.route(&mut on, key, Some(integration), None, &Variables::new());
            }
            self.close(on);
        }
    }

    fn http_stage(
        &mut self,
        api: &Arc<ApiRef>,
        draft: &BTreeMap<Text, &Integration>,
        stage: &HttpStage,
    ) {
        let mut on = OnStage::new(api, Some(&stage.name));
        let deployed: BTreeMap<Text, &Integration> = match &stage.deployed {
            HttpDeployed::Auto => draft.clone(),
            HttpDeployed::Routes(routes) => routes
                .iter()
                .map(|r| (r.key.clone(), &r.integration))
                .collect(),
            HttpDeployed::Unread => BTreeMap::new(),
        };
        let keys: BTreeSet<&Text> = draft.keys().chain(deployed.keys()).collect();
        let mut differences = Vec::new();
        for key in keys {
            let (a, b) = (draft.get(key).copied(), deployed.get(key).copied());
            self.route(&mut on, key, a, b, &stage.variables);
            if matches!(stage.deployed, HttpDeployed::Routes(_)) {
                differences.extend(route_difference(key, a, b));
            }
        }
        self.drift(&on, differences);
        self.close(on);
    }

    fn route(
        &mut self,
        on: &mut OnStage<'_>,
        key: &Text,
        draft: Option<&Integration>,
        deployed: Option<&Integration>,
        variables: &Variables,
    ) {
        let way = |integration, told| {
            Some((
                integration,
                Arc::new(self.router.find(integration, told, variables)?),
            ))
        };
        let draft = draft.and_then(|i| way(i, Told::Draft));
        let deployed = deployed.and_then(|i| way(i, Told::Export));
        for (seen_in, integration, way) in sides(draft, deployed) {
            let method = MethodRef {
                resource_path: key.clone(),
                http_method: None,
            };
            if let (ApiType::Websocket, Some((nlb, _)), Some(link)) =
                (on.api.kind, way.nlb(), way.link())
            {
                let finding = Finding::WebsocketUsesV1Link {
                    api: (**on.api).clone(),
                    vpc_link_id: link.clone(),
                };
                let findings = &mut self.uses.over.entry(nlb.clone()).or_default().findings;
                if !findings.contains(&finding) {
                    findings.push(finding);
                }
            }
            self.take(
                on,
                &Followed {
                    method,
                    integration,
                    seen_in,
                    way,
                },
            );
        }
    }
}

/// One row where draft and stage agree, two where they do not.
fn sides<'i>(
    draft: Option<(&'i Integration, Arc<Way>)>,
    deployed: Option<(&'i Integration, Arc<Way>)>,
) -> Vec<(SeenIn, &'i Integration, Arc<Way>)> {
    match (draft, deployed) {
        (Some((_, a)), Some((integration, b))) if Arc::ptr_eq(&a, &b) || a == b => {
            vec![(SeenIn::Both, integration, b)]
        }
        (draft, deployed) => {
            let row = |seen_in| move |(integration, way)| (seen_in, integration, way);
            deployed
                .map(row(SeenIn::Stage))
                .into_iter()
                .chain(draft.map(row(SeenIn::Draft)))
                .collect()
        }
    }
}

impl<'r> OnStage<'r> {
    fn new(api: &'r Arc<ApiRef>, stage: Option<&'r StageName>) -> Self {
        let (broken, variable_links) = (BTreeMap::new(), BTreeMap::new());
        Self {
            api,
            stage,
            broken,
            variable_links,
            touched: BTreeSet::new(),
            ways: BTreeSet::new(),
        }
    }
}

/// Routes of the editable API with the integration each goes to.
fn drafted_routes(api: &HttpApi) -> BTreeMap<Text, &Integration> {
    let integrations = api.integrations.as_deref().unwrap_or_default();
    let by_id: BTreeMap<_, _> = integrations
        .iter()
        .map(|i| (&i.id, &i.integration))
        .collect();
    let routes = api.routes.iter().flatten();
    routes
        .filter_map(|route| Some((route.key.clone(), *by_id.get(route.integration.as_ref()?)?)))
        .collect()
}

/// Routes are compared by where they lead: the rest of an export is worded differently.
fn route_difference(
    key: &Text,
    draft: Option<&Integration>,
    deployed: Option<&Integration>,
) -> Option<Difference> {
    let fields = match (draft, deployed) {
        (Some(_), None) => vec![DifferingField::OnlyInDraft],
        (None, Some(_)) => vec![DifferingField::OnlyOnStage],
        (draft, deployed) => {
            let mut fields = differing(draft, deployed);
            fields.retain(|field| {
                matches!(field, DifferingField::Uri | DifferingField::ConnectionId)
            });
            fields
        }
    };
    let method = MethodRef {
        resource_path: key.clone(),
        http_method: None,
    };
    (!fields.is_empty()).then_some(Difference { method, fields })
}

fn link_of(way: &Way) -> Option<(LinkVersion, VpcLinkId)> {
    match way.hops.first() {
        Some(Hop::VpcLinkV1(id)) => Some((LinkVersion::V1, id.clone())),
        Some(Hop::VpcLinkV2(id)) => Some((LinkVersion::V2, id.clone())),
        Some(Hop::NlbListener { .. } | Hop::TargetGroup(_) | Hop::AlbListener { .. }) | None => {
            None
        }
    }
}
