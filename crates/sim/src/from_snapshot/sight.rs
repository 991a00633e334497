//! What a request's way may depend on, and whether a snapshot has it.

use std::collections::BTreeSet;

use unbridge_model::apigateway::{
    HttpApi, HttpDeployed, Integration, LinkReach, Protocol, RestApi, Stage, VariableValue,
};
use unbridge_model::call::CallKind;
use unbridge_model::elb::{Action, Listener, LoadBalancer, LoadBalancerType, TargetType};
use unbridge_model::gap::{Gap, Unseen};
use unbridge_model::id::{ListenerArn, LoadBalancerArn, Region, TargetGroupArn, VpcId, VpcLinkId};
use unbridge_model::snapshot::{Extent, RegionFacts};
use unbridge_model::text::Text;

use super::{Unread, in_clear};
use crate::account::RawVariables;
use crate::data_plane::filled_in;

/// Everything that is not there, in order.
pub(super) fn unread(facts: &RegionFacts, region: &Region, gaps: &[Gap]) -> Vec<Unread> {
    let here = gaps
        .iter()
        .filter(|gap| gap.region.as_ref() == Some(region));
    let mut sight = Sight {
        facts,
        failed: here.map(|gap| &gap.unseen).collect(),
        unread: BTreeSet::new(),
        reached: BTreeSet::new(),
    };
    if facts.extent.is_none() {
        sight.unread.insert(Unread::Region);
    }
    sight.lists();
    // A region with nothing in play has no links: no request of it goes over one.
    if facts.extent != Some(Extent::NothingInPlay) {
        sight.apis();
        sight.load_balancers();
    }
    sight.unread.into_iter().collect()
}

/// Lists that hold nothing of what could not be read.
const LISTS: [Unread; 7] = [
    Unread::V1Links,
    Unread::V2Links,
    Unread::RestApis,
    Unread::HttpApis,
    Unread::LoadBalancers,
    Unread::TargetGroups,
    Unread::NetworkInterfaces,
];

/// Calls that tell settings which a deployment ships along.
const SETTINGS: [CallKind; 4] = [
    CallKind::GetAuthorizers,
    CallKind::GetGatewayResponses,
    CallKind::GetModels,
    CallKind::GetRequestValidators,
];

struct Sight<'s> {
    facts: &'s RegionFacts,
    /// What the region's gaps are about.
    failed: BTreeSet<&'s Unseen>,
    unread: BTreeSet<Unread>,
    /// Load balancers that a request may get to.
    reached: BTreeSet<LoadBalancerArn>,
}

impl<'s> Sight<'s> {
    fn has_failed(&self, call: CallKind, of: Option<&str>) -> bool {
        self.failed.contains(&Unseen::Call {
            call,
            of: of.map(Text::new),
        })
    }

    fn lists(&mut self) {
        for list in LISTS {
            if list.call().is_some_and(|call| self.has_failed(call, None)) {
                self.unread.insert(list);
            }
        }
    }

    fn apis(&mut self) {
        let facts = self.facts;
        for api in &facts.rest_apis {
            self.rest_api(api);
        }
        for api in &facts.http_apis {
            self.http_api(api);
        }
        for link in facts.v1_links.values() {
            if let LinkReach::V1 { targets } = &link.reach {
                self.reached.extend(targets.iter().cloned());
            }
        }
    }

    fn rest_api(&mut self, api: &'s RestApi) {
        let stages = || api.stages.iter().flatten();
        let drafted = api.draft.iter().flatten();
        let deployed = stages().flat_map(|stage| stage.deployed.iter().flatten());
        let integrations = drafted
            .chain(deployed)
            .filter_map(|method| method.integration.as_deref());
        let private: Vec<&Integration> = integrations
            .filter(|integration| integration.vpc_link.is_some())
            .collect();
        let in_play = api.draft.is_none()
            || !private.is_empty()
            || stages().any(|stage| self.names_link(stage));
        if !in_play {
            return;
        }
        if api.draft.is_none() {
            self.unread.insert(Unread::Draft(api.id.clone()));
        }
        if api.stages.is_none() {
            self.unread.insert(Unread::Stages(api.id.clone()));
        }
        for stage in stages().filter(|stage| stage.deployed.is_none()) {
            let what = Unread::Export(api.id.clone(), stage.name.clone());
            self.unread.insert(what);
        }
        for call in SETTINGS {
            if self.has_failed(call, Some(api.id.as_str())) {
                self.unread.insert(Unread::Settings(api.id.clone(), call));
            }
        }
        for stage in stages() {
            let mut canary = in_clear(&stage.variables);
            if let Some(release) = &stage.canary {
                canary.extend(in_clear(&release.overrides));
            }
            for variables in [in_clear(&stage.variables), canary] {
                for integration in &private {
                    self.target(integration, &variables);
                }
            }
        }
        for integration in private {
            self.target(integration, &RawVariables::new());
        }
    }

    /// Whether a stage has a variable that says a link's id.
    fn names_link(&self, stage: &Stage) -> bool {
        let overrides = stage.canary.iter();
        let overrides = overrides.flat_map(|canary| canary.overrides.values());
        let mut values = stage.variables.values().chain(overrides);
        values.any(|value| match value {
            VariableValue::Clear(text) => {
                let id = VpcLinkId::new(text.clone());
                id.is_ok_and(|id| {
                    self.facts.v1_links.contains_key(&id) || self.facts.v2_links.contains_key(&id)
                })
            }
            VariableValue::Sealed(_) => false,
        })
    }

    fn target(&mut self, integration: &Integration, variables: &RawVariables) {
        let target = integration.target.as_ref();
        let target = target.and_then(|target| filled_in(target, variables));
        self.reached
            .extend(target.and_then(|arn| LoadBalancerArn::new(arn).ok()));
    }

    fn http_api(&mut self, api: &'s HttpApi) {
        match api.protocol {
            Protocol::Http => {}
            Protocol::Websocket => return,
        }
        let Some(integrations) = &api.integrations else {
            self.unread.insert(Unread::HttpIntegrations(api.id.clone()));
            return;
        };
        let stages = || api.stages.iter().flatten();
        let exported = stages().flat_map(|stage| match &stage.deployed {
            HttpDeployed::Routes(routes) => routes.as_slice(),
            HttpDeployed::Auto | HttpDeployed::Unread => &[],
        });
        let all = integrations.iter().map(|known| &known.integration);
        let all = all.chain(exported.map(|route| &route.integration));
        let private: Vec<&Integration> = all
            .filter(|integration| integration.vpc_link.is_some())
            .collect();
        if private.is_empty() {
            return;
        }
        if api.routes.is_none() {
            self.unread.insert(Unread::HttpRoutes(api.id.clone()));
        }
        if api.stages.is_none() {
            self.unread.insert(Unread::HttpStages(api.id.clone()));
        }
        for stage in stages().filter(|stage| stage.deployed == HttpDeployed::Unread) {
            let what = Unread::HttpExport(api.id.clone(), stage.name.clone());
            self.unread.insert(what);
        }
        let variables = stages().map(|stage| in_clear(&stage.variables));
        for variables in variables {
            for integration in &private {
                self.listener(integration, &variables);
            }
        }
    }

    fn listener(&mut self, integration: &Integration, variables: &RawVariables) {
        let uri = integration.uri.as_ref();
        let arn = uri.and_then(|uri| uri.filled(|part| filled_in(part, variables).ok_or(())).ok());
        let listener = arn.and_then(|arn| ListenerArn::new(arn).ok());
        self.reached
            .extend(listener.and_then(|listener| listener.load_balancer()));
    }

    /// Load balancers that requests get to, and what is behind them.
    fn load_balancers(&mut self) {
        let mut done = BTreeSet::new();
        while let Some(arn) = self.reached.pop_first() {
            if !done.insert(arn.clone()) {
                continue;
            }
            let facts = self.facts;
            let Some(lb) = facts.load_balancers.get(&arn) else {
                continue;
            };
            self.vpc(lb);
            let Some(listeners) = &lb.listeners else {
                self.unread.insert(Unread::Listeners(arn));
                continue;
            };
            for listener in listeners {
                match lb.kind {
                    LoadBalancerType::Application => self.rules(listener),
                    LoadBalancerType::Network => {
                        for group in forwarded_to(listener) {
                            self.group(group);
                        }
                    }
                    LoadBalancerType::Gateway => {}
                }
            }
        }
    }

    fn rules(&mut self, listener: &Listener) {
        if listener.rules.is_none() {
            self.unread.insert(Unread::Rules(listener.arn.clone()));
        }
    }

    fn group(&mut self, arn: &TargetGroupArn) {
        let facts = self.facts;
        let Some(group) = facts.target_groups.get(arn) else {
            return;
        };
        let Some(targets) = &group.targets else {
            match group.target_type {
                // No ALB is an instance or a function.
                TargetType::Instance | TargetType::Lambda => {}
                TargetType::Alb | TargetType::Ip | TargetType::Unknown(_) => {
                    self.unread.insert(Unread::Targets(arn.clone()));
                }
            }
            return;
        };
        for target in targets {
            let by_address = facts
                .network_interfaces
                .iter()
                .filter(|interface| interface.addresses.contains(&target.id));
            let tails: Vec<&Text> = by_address
                .map(|interface| &interface.load_balancer)
                .collect();
            let all = facts.load_balancers.keys();
            let behind = all.filter(|lb| {
                lb.as_str() == target.id.as_str() || tails.iter().any(|tail| **tail == *lb.tail())
            });
            self.reached.extend(behind.cloned());
        }
    }

    fn vpc(&mut self, lb: &LoadBalancer) {
        let Some(id) = &lb.vpc else { return };
        let vpc = self.facts.vpcs.get(id);
        let lacks =
            |what: fn(VpcId) -> Unread, is_there: bool| (!is_there).then(|| what(id.clone()));
        let missing = [
            lacks(
                Unread::Subnets,
                vpc.is_some_and(|vpc| vpc.subnets.is_some()),
            ),
            lacks(
                Unread::SecurityGroups,
                vpc.is_some_and(|vpc| vpc.security_groups.is_some()),
            ),
            lacks(
                Unread::NetworkAcls,
                vpc.is_some_and(|vpc| vpc.network_acls.is_some()),
            ),
        ];
        self.unread.extend(missing.into_iter().flatten());
    }
}

/// Groups that a listener sends requests to.
fn forwarded_to(listener: &Listener) -> impl Iterator<Item = &TargetGroupArn> {
    let groups = listener
        .default_actions
        .iter()
        .flat_map(|action| match action {
            Action::Forward { groups } => groups.as_slice(),
            Action::Redirect { .. }
            | Action::FixedResponse { .. }
            | Action::Authenticate { .. }
            | Action::Unknown { .. } => &[],
        });
    groups
        .filter(|group| group.weight != Some(0))
        .map(|group| &group.group)
}
