//! Every method of a region and the way it takes, sorted to the NLBs it passes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use unbridge_model::apigateway::{
    HttpApi, HttpDeployed, HttpIntegration, HttpStage, Integration, Method, Methods, Protocol,
    RestApi, Stage, Variables, Verb,
};
use unbridge_model::assessment::{
    ApiAccess, Chain, LinkVersion, Pattern, PrivateIntegrations, SeenIn, Start, Way,
};
use unbridge_model::call::CallKind;
use unbridge_model::elb::LoadBalancerType;
use unbridge_model::finding::{
    ApiRef, ApiType, CanaryEffect, Difference, DifferingField, Finding, MethodRef,
    SettingDifference, StageTarget,
};
use unbridge_model::gap::{Gap, GapClass, Unseen};
use unbridge_model::id::{AccountId, LoadBalancerArn, Region, StageName, VpcLinkId};
use unbridge_model::route::{Broken, End, Hop};
use unbridge_model::snapshot::RegionFacts;
use unbridge_model::text::Text;

use crate::drift::{Pair, differing, pairs, settings};
use crate::patterns::{access, pattern};
use crate::route::{Router, Told, is_literal};

/// What the APIs of a region say about one NLB.
#[derive(Default)]
pub(crate) struct OverNlb {
    pub(crate) chains: Vec<Chain>,
    pub(crate) findings: Vec<Finding>,
}

/// What the APIs of a region say about its NLBs, by a number for each: a method is filed by number,
/// since a million of them would spend their time comparing ARNs.
#[derive(Default)]
pub(crate) struct Over {
    numbers: BTreeMap<LoadBalancerArn, usize>,
    nlbs: Vec<OverNlb>,
}

impl Over {
    fn number(&mut self, nlb: &LoadBalancerArn) -> usize {
        if let Some(number) = self.numbers.get(nlb) {
            return *number;
        }
        self.nlbs.push(OverNlb::default());
        self.numbers.insert(nlb.clone(), self.nlbs.len() - 1);
        self.nlbs.len() - 1
    }

    fn findings(&mut self, nlb: &LoadBalancerArn) -> &mut Vec<Finding> {
        let number = self.number(nlb);
        &mut self.nlbs[number].findings
    }

    /// Takes out what is said about one NLB.
    pub(crate) fn take(&mut self, nlb: &LoadBalancerArn) -> OverNlb {
        let number = self.number(nlb);
        let mut over = std::mem::take(&mut self.nlbs[number]);
        // A million chains grew in lists of twice their size at worst.
        over.chains.shrink_to_fit();
        over
    }
}

/// What the APIs of a region use.
#[derive(Default)]
pub(crate) struct Uses {
    pub(crate) over: Over,
    /// APIs that reach an ALB without passing an NLB.
    pub(crate) direct: BTreeMap<LoadBalancerArn, BTreeSet<Arc<ApiRef>>>,
    /// Methods on stages and in drafts, by link.
    pub(crate) methods: BTreeMap<(LinkVersion, VpcLinkId), usize>,
    /// Which stage takes which way, once each.
    pub(crate) ways: Vec<(Arc<ApiRef>, Option<StageName>, Arc<Way>)>,
    pub(crate) private: Vec<PrivateIntegrations>,
    pub(crate) unattached: Vec<Finding>,
    /// Ways that could not be followed to any load balancer, and what could not be compared.
    pub(crate) gaps: BTreeSet<Gap>,
}

/// Follows every method of a region.
pub(crate) struct Follower<'r, 't, 's> {
    pub(crate) account: &'r AccountId,
    pub(crate) region: &'r Region,
    pub(crate) facts: &'s RegionFacts,
    pub(crate) router: &'r Router<'t, 's>,
    pub(crate) uses: Uses,
}

/// One stage of one API while its methods are followed.
struct OnStage<'r> {
    start: Arc<Start>,
    access: ApiAccess,
    api: &'r Arc<ApiRef>,
    stage: Option<&'r StageName>,
    passed: Vec<Passed>,
    broken: BTreeMap<(Option<LoadBalancerArn>, Broken), BTreeSet<MethodRef>>,
    /// Links named through variables: the NLB, what is written, and what it means here.
    variable_links: BTreeSet<(LoadBalancerArn, Text, VpcLinkId)>,
}

/// A way that methods of a stage take. A stage has few, and equal ways are one allocation.
struct Passed {
    way: Arc<Way>,
    /// The number of the NLB on it.
    nlb: Option<usize>,
    /// The pattern of a private integration.
    pattern: Option<Pattern>,
    methods: usize,
}

/// One side of a method.
struct Side<'f> {
    path: &'f Text,
    verb: Option<Verb>,
    integration: &'f Integration,
    seen_in: SeenIn,
    way: Arc<Way>,
}

/// Where the methods that read variables end, stage by stage.
type ByVariable = BTreeMap<MethodRef, Vec<(StageName, Arc<Way>)>>;

impl<'s> Follower<'_, '_, 's> {
    pub(crate) fn rest_api(&mut self, api: &'s RestApi) {
        let api_ref = Arc::new(ApiRef {
            kind: ApiType::Rest,
            id: api.id.clone().into(),
            name: api.name.clone(),
        });
        let draft = methods(api.draft.as_ref());
        let stages = api.stages.as_deref().unwrap_or_default();
        let mut by_variable = ByVariable::new();
        for stage in stages {
            self.rest_stage(&api_ref, api, stage, &mut by_variable);
        }
        if stages.is_empty() {
            let mut on = OnStage::new(&api_ref, None, access(api));
            for pair in pairs(draft, &[]) {
                for side in self.sides(&pair, &Variables::new()).into_iter().flatten() {
                    self.take(&mut on, side);
                }
            }
            self.close(on);
        }
        self.stage_targets(&api_ref, by_variable);
    }

    fn rest_stage(
        &mut self,
        api_ref: &Arc<ApiRef>,
        api: &'s RestApi,
        stage: &'s Stage,
        by_variable: &mut ByVariable,
    ) {
        let mut on = OnStage::new(api_ref, Some(&stage.name), access(api));
        let mut differences = Vec::new();
        let deployed = stage.deployed.as_ref();
        // A stage alone differs from none.
        let stages = api.stages.as_deref().unwrap_or_default();
        for pair in pairs(methods(api.draft.as_ref()), methods(deployed)) {
            for side in self.sides(&pair, &stage.variables).into_iter().flatten() {
                if stages.len() > 1
                    && side.seen_in != SeenIn::Draft
                    && !is_literal(side.integration)
                {
                    let ends = by_variable.entry(side.method()).or_default();
                    ends.push((stage.name.clone(), Arc::clone(&side.way)));
                }
                self.take(&mut on, side);
            }
            if deployed.is_some() && api.draft.is_some() {
                differences.extend(pair.difference());
            }
        }
        self.canary_ways(&mut on, stage);
        let settings = settings(api, stage, |kind| self.router.unread(kind, api.id.as_str()));
        if api.settings.is_none() {
            self.uncompared(
                &on,
                "what its methods ask of callers was not compared with its draft",
            );
        }
        self.drift(&on, differences, settings);
        self.canary(&on, stage);
        self.cache(&on, stage);
        self.close(on);
    }

    /// Follows both sides of a method.
    fn sides(&self, pair: &Pair<'s>, variables: &Variables) -> Sides<'s> {
        let Some(method) = pair.either() else {
            return [None, None];
        };
        let way = |method: Option<&'s Method>, told| {
            let integration = method?.integration.as_deref()?;
            Some((integration, self.router.way(integration, told, variables)?))
        };
        let draft = way(pair.draft, Told::Draft);
        let deployed = match (
            &draft,
            pair.deployed
                .and_then(|method| method.integration.as_deref()),
        ) {
            // Told the same by both, the same integration takes the same way.
            (Some((known, way)), Some(same))
                if std::ptr::eq(*known, same) && !tells_no_target(way) =>
            {
                Some((same, Arc::clone(way)))
            }
            _ => way(pair.deployed, Told::Export),
        };
        sides(&method.path, Some(method.verb), draft, deployed)
    }

    /// The NLB that a way passes, or would if it went on: a version 1 link leads to one only.
    fn nlb_of(&self, way: &Way) -> Option<LoadBalancerArn> {
        let on_way = way.nlb().map(|(nlb, _)| nlb.clone());
        on_way.or_else(|| self.router.target_of(way.link()?))
    }

    /// Files one method under what its way passes.
    fn take(&mut self, on: &mut OnStage<'_>, side: Side<'_>) {
        let nlb = self.pass(on, &side.way, 1);
        if let End::Broken(why) = &side.way.end {
            let place = (self.nlb_of(&side.way), why.clone());
            on.broken.entry(place).or_default().insert(side.method());
        }
        let Some(number) = nlb else {
            self.note_direct(on, &side);
            return;
        };
        if let (Some(template), Some(link), Some((nlb, _))) =
            (&side.integration.vpc_link, side.way.link(), side.way.nlb())
            && !template.is_literal()
        {
            on.variable_links
                .insert((nlb.clone(), template.text().clone(), link.clone()));
        }
        self.uses.over.nlbs[number].chains.push(Chain {
            start: Arc::clone(&on.start),
            path: side.path.clone(),
            verb: side.verb,
            seen_in: side.seen_in,
            way: side.way,
        });
    }

    /// Notes that methods of a stage take a way; tells the number of the NLB on it.
    fn pass(&mut self, on: &mut OnStage<'_>, way: &Arc<Way>, methods: usize) -> Option<usize> {
        if let Some(passed) = on
            .passed
            .iter_mut()
            .find(|passed| Arc::ptr_eq(&passed.way, way))
        {
            passed.methods += methods;
            return passed.nlb;
        }
        let nlb = self.nlb_of(way).map(|nlb| self.uses.over.number(&nlb));
        match &way.end {
            End::Unseen(why) if nlb.is_none() => self.unfollowed(on, &why.to_string()),
            End::Alb { .. }
            | End::OtherTargets { .. }
            | End::CloudMap { .. }
            | End::Unseen(_)
            | End::Broken(_) => {}
        }
        on.passed.push(Passed {
            way: Arc::clone(way),
            nlb,
            pattern: pattern(on.api.kind, way, self.facts),
            methods,
        });
        nlb
    }

    /// An API goes direct when a stage of it reaches an ALB over a version 2 link that works.
    fn note_direct(&mut self, on: &OnStage<'_>, side: &Side<'_>) {
        if let End::Alb { alb, .. } = &side.way.end
            && side.seen_in != SeenIn::Draft
            && self.router.works_over_v2(&side.way)
        {
            let apis = self.uses.direct.entry(alb.clone()).or_default();
            apis.insert(Arc::clone(on.api));
        }
    }

    fn unfollowed(&mut self, on: &OnStage<'_>, why: &str) {
        let stage = on.stage.map_or(String::new(), |stage| format!("/{stage}"));
        let of = Text::from(format!("{}{stage}", on.api.id));
        self.gap(
            CallKind::GetExport,
            of,
            GapClass::Unreadable,
            Text::new(why),
        );
    }

    fn gap(&mut self, call: CallKind, of: Text, class: GapClass, message: Text) {
        self.uses.gaps.insert(Gap {
            account: self.account.clone(),
            region: Some(self.region.clone()),
            unseen: Unseen::Call { call, of: Some(of) },
            class,
            message,
        });
    }

    /// Where a canary's variables lead what the stage runs: those NLBs are in use as well.
    fn canary_ways(&mut self, on: &mut OnStage<'_>, stage: &'s Stage) {
        let Some(canary) = stage
            .canary
            .as_ref()
            .filter(|canary| !canary.overrides.is_empty())
        else {
            return;
        };
        let mut variables = stage.variables.clone();
        variables.extend(canary.overrides.clone());
        for method in stage.deployed.iter().flatten() {
            let integration = method.integration.as_deref();
            let way = integration.and_then(|i| self.router.way(i, Told::Export, &variables));
            if let Some(way) = way {
                self.pass(on, &way, 0);
            }
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

    fn cache(&mut self, on: &OnStage<'_>, stage: &Stage) {
        if let Some(size) = &stage.cache {
            let finding = Finding::StageCache {
                api: (**on.api).clone(),
                stage: stage.name.clone(),
                size: size.clone(),
            };
            self.attach(on, &finding);
        }
    }

    fn drift(
        &mut self,
        on: &OnStage<'_>,
        differences: Vec<Difference>,
        settings: Vec<SettingDifference>,
    ) {
        let Some(stage) = on
            .stage
            .filter(|_| !differences.is_empty() || !settings.is_empty())
        else {
            return;
        };
        let finding = Finding::DraftDiffersFromStage {
            api: (**on.api).clone(),
            stage: stage.clone(),
            differences,
            settings,
        };
        self.attach(on, &finding);
    }

    /// A finding about a stage concerns every NLB its methods pass.
    fn attach(&mut self, on: &OnStage<'_>, finding: &Finding) {
        let numbers: BTreeSet<usize> = on.passed.iter().filter_map(|passed| passed.nlb).collect();
        for number in numbers {
            self.uses.over.nlbs[number].findings.push(finding.clone());
        }
    }

    fn close(&mut self, on: OnStage<'_>) {
        let OnStage {
            start: _,
            access,
            api,
            stage,
            passed,
            broken,
            variable_links,
        } = on;
        let mut patterns: BTreeMap<Pattern, usize> = BTreeMap::new();
        for Passed {
            way,
            methods,
            pattern,
            ..
        } in passed
        {
            if let Some(pattern) = pattern.filter(|_| methods > 0) {
                *patterns.entry(pattern).or_default() += methods;
            }
            if let Some(link) = link_of(&way) {
                *self.uses.methods.entry(link).or_default() += methods;
            }
            self.uses.ways.push((Arc::clone(api), stage.cloned(), way));
        }
        let private = patterns
            .into_iter()
            .map(|(pattern, methods)| PrivateIntegrations {
                account: self.account.clone(),
                api: Arc::clone(api),
                region: self.region.clone(),
                access,
                stage: stage.cloned(),
                pattern,
                methods,
            });
        self.uses.private.extend(private);
        for ((nlb, why), methods) in broken {
            let methods = methods.into_iter().collect();
            let finding = self.broken(api, stage, methods, why);
            let known = match nlb {
                Some(nlb) => self.uses.over.findings(&nlb),
                None => &mut self.uses.unattached,
            };
            if !known.contains(&finding) {
                known.push(finding);
            }
        }
        for (nlb, connection_id, vpc_link_id) in variable_links {
            let Some(stage) = stage.cloned() else {
                continue;
            };
            let finding = Finding::StageVariableLink {
                api: (**api).clone(),
                stage,
                connection_id,
                vpc_link_id,
            };
            self.uses.over.findings(&nlb).push(finding);
        }
    }

    /// A chain that cannot arrive, under the name that says most.
    fn broken(
        &self,
        api: &ApiRef,
        stage: Option<&StageName>,
        methods: Vec<MethodRef>,
        why: Broken,
    ) -> Finding {
        let is_alb = |arn: &LoadBalancerArn| {
            let lb = self.facts.load_balancers.get(arn);
            lb.is_some_and(|lb| lb.kind == LoadBalancerType::Application)
        };
        let foreign = |arn: &Text| {
            let arn = LoadBalancerArn::new(arn.clone());
            arn.is_ok_and(|arn| arn.account() != self.account.as_str())
        };
        match why {
            Broken::ListenerMissing {
                load_balancer,
                port,
            } if is_alb(&load_balancer) => Finding::NoAlbListenerForPort {
                alb: load_balancer,
                port,
                apis: vec![api.clone()],
            },
            Broken::LoadBalancerMissing { arn } if foreign(&arn) => Finding::CrossAccount {
                load_balancer: arn,
                apis: vec![api.clone()],
            },
            why => Finding::ChainBroken {
                api: api.clone(),
                stage: stage.cloned(),
                methods,
                why,
            },
        }
    }

    /// A method holds one literal target, so stages that resolve its variables differently cannot
    /// all be moved by it (H5).
    fn stage_targets(&mut self, api: &Arc<ApiRef>, by_variable: ByVariable) {
        for (method, ways) in by_variable {
            let ends: BTreeSet<_> = ways.iter().map(|(_, way)| &way.end).collect();
            if ends.len() < 2 {
                continue;
            }
            let targets = ways.iter().map(|(stage, way)| {
                let (alb_arn, alb_listener_port) = match &way.end {
                    End::Alb { alb, port } => (Some(alb.clone()), Some(*port)),
                    End::OtherTargets { .. }
                    | End::CloudMap { .. }
                    | End::Broken(_)
                    | End::Unseen(_) => (None, None),
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
                self.uses.over.findings(nlb).push(finding.clone());
            }
        }
    }

    pub(crate) fn http_api(&mut self, api: &'s HttpApi) {
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
            let mut on = OnStage::new(&api_ref, None, ApiAccess::Public);
            for (key, integration) in &routes {
                self.route(&mut on, key, Some(integration), None, &Variables::new());
            }
            self.close(on);
        }
    }

    fn http_stage(
        &mut self,
        api: &Arc<ApiRef>,
        draft: &BTreeMap<Text, &'s Integration>,
        stage: &'s HttpStage,
    ) {
        let mut on = OnStage::new(api, Some(&stage.name), ApiAccess::Public);
        let deployed: BTreeMap<Text, &'s Integration> = match &stage.deployed {
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
        if matches!(stage.deployed, HttpDeployed::Routes(_)) {
            self.uncompared(
                &on,
                "authorizers and mappings of its routes were not compared",
            );
        }
        self.drift(&on, differences, Vec::new());
        self.close(on);
    }

    /// A move deploys the draft with all that stands in it: where that was not compared with what
    /// a stage over an NLB runs, nobody knows what a move would ship.
    fn uncompared(&mut self, on: &OnStage<'_>, why: &str) {
        if on.passed.iter().any(|passed| passed.nlb.is_some()) {
            let message = Text::from(format!("{} ({}): {why}", on.api.name, on.api.id));
            let of = on.api.id.clone();
            self.gap(CallKind::GetAuthorizers, of, GapClass::NotRead, message);
        }
    }

    fn route(
        &mut self,
        on: &mut OnStage<'_>,
        key: &Text,
        draft: Option<&'s Integration>,
        deployed: Option<&'s Integration>,
        variables: &Variables,
    ) {
        let way =
            |integration, told| Some((integration, self.router.way(integration, told, variables)?));
        let draft = draft.and_then(|i| way(i, Told::Draft));
        let deployed = deployed.and_then(|i| way(i, Told::Export));
        for side in sides(key, None, draft, deployed).into_iter().flatten() {
            if let (ApiType::Websocket, Some(nlb)) = (on.api.kind, self.nlb_of(&side.way)) {
                let (api, vpc_link_id) = ((**on.api).clone(), side.way.link().cloned());
                let finding = Finding::WebsocketUsesV1Link { api, vpc_link_id };
                let nlb = &nlb;
                let findings = self.uses.over.findings(nlb);
                if !findings.contains(&finding) {
                    findings.push(finding);
                }
            }
            self.take(on, side);
        }
    }
}

/// At most two rows for a method.
type Sides<'f> = [Option<Side<'f>>; 2];

/// One row where draft and stage agree, two where they do not.
fn sides<'f>(
    path: &'f Text,
    verb: Option<Verb>,
    draft: Option<(&'f Integration, Arc<Way>)>,
    deployed: Option<(&'f Integration, Arc<Way>)>,
) -> Sides<'f> {
    let side = |seen_in| {
        move |(integration, way)| Side {
            path,
            verb,
            integration,
            seen_in,
            way,
        }
    };
    match (draft, deployed) {
        (Some((_, a)), Some((integration, b))) if a == b => {
            [Some(side(SeenIn::Both)((integration, b))), None]
        }
        (draft, deployed) => [
            deployed.map(side(SeenIn::Stage)),
            draft.map(side(SeenIn::Draft)),
        ],
    }
}

impl Side<'_> {
    fn method(&self) -> MethodRef {
        MethodRef {
            resource_path: self.path.clone(),
            http_method: self.verb,
        }
    }
}

impl<'r> OnStage<'r> {
    fn new(api: &'r Arc<ApiRef>, stage: Option<&'r StageName>, access: ApiAccess) -> Self {
        let (broken, variable_links) = (BTreeMap::new(), BTreeSet::new());
        let start = Arc::new(Start {
            api: Arc::clone(api),
            stage: stage.cloned(),
        });
        Self {
            start,
            access,
            api,
            stage,
            passed: Vec::new(),
            broken,
            variable_links,
        }
    }
}

fn methods(list: Option<&Methods>) -> &[Method] {
    list.map_or(&[], |list| list)
}

/// Routes of the editable API with the integration each goes to.
fn drafted_routes<'a>(api: &'a HttpApi) -> BTreeMap<Text, &'a Integration> {
    let integrations = api.integrations.as_deref().unwrap_or_default();
    let by_id: BTreeMap<_, _> = integrations
        .iter()
        .map(|i| (&i.id, &i.integration))
        .collect();
    // Where routes were not read, because no link is in sight, any integration may be in use.
    if api.routes.is_none() {
        let named =
            |i: &'a HttpIntegration| (Text::from(format!("integration {}", i.id)), &i.integration);
        return integrations.iter().map(named).collect();
    }
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
            fields.retain(|field| !matches!(field, DifferingField::Carried(_)));
            fields
        }
    };
    let method = MethodRef {
        resource_path: key.clone(),
        http_method: None,
    };
    (!fields.is_empty()).then_some(Difference { method, fields })
}

/// Only here does it matter whether a draft or an export told the integration.
fn tells_no_target(way: &Way) -> bool {
    matches!(way.end, End::Broken(Broken::TargetMissing { .. }))
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
