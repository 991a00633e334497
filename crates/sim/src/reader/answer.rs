//! What AWS answers to each call: a pure function from the account.

use std::collections::BTreeMap;

use unbridge_model::apigateway::{HttpApi, Method, Protocol, RestApi, Tags, VpcLink};
use unbridge_model::call::{
    AutoDeploy, Call, CanaryFacts, Facts, HttpStageFacts, Page, PageToken, StageFacts,
};
use unbridge_model::digest::{Digester, Sensitive};
use unbridge_model::elb::{Listener, LoadBalancer, TargetGroup};
use unbridge_model::gap::GapClass;
use unbridge_model::id::{HttpApiId, LoadBalancerArn, RestApiId, StageName, TargetGroupArn};
use unbridge_model::network::EndpointService;
use unbridge_model::place::Place;
use unbridge_model::port::ReadError;
use unbridge_model::text::Text;

use super::page::Window;
use super::seal::Seal;
use crate::account::{
    Account, CanaryState, HttpApiState, HttpRuns, HttpStageState, RawVariables, RegionState,
    RestApiState, StageState,
};

/// The most ARNs one call for tags may name.
const TAGGED_AT_ONCE: usize = 20;

type Answer = (Facts, Option<PageToken>);

/// The page of the answer that `window` asks for.
pub(super) fn answer(
    account: &Account,
    digester: &Digester,
    place: &Place,
    call: &Call,
    window: &Window,
) -> Result<Page, ReadError> {
    let Some(region) = place.region().filter(|_| place.account == account.id) else {
        return Err(ReadError::new(
            GapClass::Credentials,
            format!("UnrecognizedClientException: no credentials for {place}"),
        ));
    };
    let Some(state) = account.regions.get(region) else {
        return Err(ReadError::new(
            GapClass::Credentials,
            format!("UnrecognizedClientException: region {region} is not enabled"),
        ));
    };
    let desk = Desk {
        state,
        seal: Seal(digester),
        window,
    };
    let (facts, next) = desk.answer(call)?;
    Ok(Page { facts, next })
}

struct Desk<'a> {
    state: &'a RegionState,
    seal: Seal<'a>,
    window: &'a Window,
}

impl<'a> Desk<'a> {
    fn answer(&self, call: &Call) -> Result<Answer, ReadError> {
        let state = self.state;
        let id = |link: &'a VpcLink| &link.id;
        Ok(match call {
            Call::GetVpcLinks => self.list(state.v1_links(), id, VpcLink::clone, Facts::VpcLinks),
            Call::GetVpcLinksV2 => self.list(state.v2_links(), id, VpcLink::clone, Facts::VpcLinks),
            Call::GetRestApis => self.list(
                state.rest_apis.iter(),
                |known| &known.api.id,
                listed_rest_api,
                Facts::RestApis,
            ),
            Call::GetResources { api } => self.resources(self.rest_api(api)?),
            Call::GetStages { api } => self.list(
                self.rest_api(api)?.stages.iter(),
                |stage| &stage.name,
                stage,
                Facts::Stages,
            ),
            Call::GetExport { api, stage } => {
                let methods = self
                    .rest_api(api)?
                    .deployed(stage)
                    .ok_or_else(|| vanished("NotFoundException: Invalid stage identifier"))?;
                self.list(
                    methods.iter(),
                    |method| (&method.path, method.verb),
                    |method| self.seal.exported(method),
                    Facts::Methods,
                )
            }
            Call::GetApis => self.list(
                state.http_apis.iter(),
                |known| &known.api.id,
                listed_http_api,
                Facts::HttpApis,
            ),
            Call::GetIntegrations { api } => self.list(
                self.http_api(api)?.api.integrations.iter().flatten(),
                |integration| &integration.id,
                |integration| self.seal.http_integration(integration),
                Facts::HttpIntegrations,
            ),
            Call::GetRoutes { api } => self.list(
                self.http_api(api)?.api.routes.iter().flatten(),
                |route| &route.key,
                Clone::clone,
                Facts::HttpRoutes,
            ),
            Call::GetApiStages { api } => self.list(
                self.http_api(api)?.stages.iter(),
                |stage| &stage.name,
                http_stage,
                Facts::HttpStages,
            ),
            Call::ExportApi { api, stage } => self.exported(self.http_api(api)?, stage)?,
            Call::DescribeLoadBalancers => self.list(
                state.load_balancers.iter(),
                |lb| &lb.arn,
                listed_load_balancer,
                Facts::LoadBalancers,
            ),
            Call::DescribeTargetGroups => self.list(
                state.target_groups.iter(),
                |group| &group.arn,
                listed_group,
                Facts::TargetGroups,
            ),
            Call::DescribeListeners { load_balancer } => self.list(
                self.load_balancer(load_balancer)?
                    .listeners
                    .iter()
                    .flatten(),
                |listener| &listener.arn,
                listed_listener,
                Facts::Listeners,
            ),
            Call::DescribeRules { listener } => {
                let listener = state
                    .listener(listener)
                    .ok_or_else(|| vanished("ListenerNotFoundException: one or more not found"))?;
                self.list(
                    listener.rules.iter().flatten(),
                    |rule| &rule.arn,
                    |rule| self.seal.rule(rule),
                    Facts::Rules,
                )
            }
            Call::DescribeTargetHealth { group } => self.list(
                self.group(group)?.targets.iter().flatten(),
                |target| (&target.id, target.port),
                Clone::clone,
                Facts::Targets,
            ),
            Call::DescribeLoadBalancerAttributes { load_balancer } => {
                let attributes = &self.load_balancer(load_balancer)?.attributes;
                (
                    Facts::Attributes(attributes.clone().unwrap_or_default()),
                    None,
                )
            }
            Call::DescribeTargetGroupAttributes { group } => {
                let attributes = &self.group(group)?.attributes;
                (
                    Facts::Attributes(attributes.clone().unwrap_or_default()),
                    None,
                )
            }
            Call::DescribeTags { resources } => (Facts::Tags(self.tags(resources)?), None),
            // These two are filters on a list, so that an unknown VPC is an empty list.
            Call::DescribeSubnets { vpc } => self.list(
                state
                    .vpcs_of(vpc)
                    .flat_map(|vpc| vpc.subnets.iter().flatten()),
                |subnet| &subnet.id,
                Clone::clone,
                Facts::Subnets,
            ),
            Call::DescribeSecurityGroups { vpc } => self.list(
                state
                    .vpcs_of(vpc)
                    .flat_map(|vpc| vpc.security_groups.iter().flatten()),
                |group| &group.id,
                Clone::clone,
                Facts::SecurityGroups,
            ),
            Call::DescribeNetworkInterfaces => self.list(
                state.network_interfaces.iter(),
                |interface| &interface.id,
                Clone::clone,
                Facts::NetworkInterfaces,
            ),
            Call::DescribeVpcEndpointServiceConfigurations => self.list(
                state.endpoint_services.iter(),
                |service| &service.id,
                listed_service,
                Facts::EndpointServices,
            ),
            Call::DescribeVpcEndpointConnections => self.list(
                state.connections(),
                |connection| (&connection.service, &connection.endpoint),
                Clone::clone,
                Facts::EndpointConnections,
            ),
        })
    }

    fn list<'s, T: 's, K: Ord, U>(
        &self,
        items: impl Iterator<Item = &'s T>,
        id: impl Fn(&'s T) -> K,
        tell: impl Fn(&'s T) -> U,
        facts: impl FnOnce(Vec<U>) -> Facts,
    ) -> Answer {
        let (items, next) = self.window.cut(items, id);
        (facts(items.into_iter().map(tell).collect()), next)
    }

    /// Pages count resources, and a resource brings all its methods.
    fn resources(&self, api: &RestApiState) -> Answer {
        let mut order = Vec::new();
        let mut methods: BTreeMap<_, Vec<&Method>> = BTreeMap::new();
        for method in api.api.draft.iter().flatten() {
            let resource = (&method.resource, &method.path);
            let known = methods.entry(resource).or_default();
            if known.is_empty() {
                order.push(resource);
            }
            known.push(method);
        }
        let (resources, next) = self.window.cut(order.into_iter(), |resource| resource);
        let told = resources
            .into_iter()
            .flat_map(|resource| methods.remove(&resource).unwrap_or_default())
            .map(|method| self.seal.method(method));
        (Facts::Methods(told.collect()), next)
    }

    fn exported(&self, api: &HttpApiState, stage: &StageName) -> Result<Answer, ReadError> {
        if api.api.protocol == Protocol::Websocket {
            return Err(ReadError::new(
                GapClass::Refused,
                "BadRequestException: Only HTTP APIs can be exported",
            ));
        }
        let routes = api
            .deployed(stage)
            .ok_or_else(|| vanished("NotFoundException: Invalid stage identifier"))?;
        Ok(self.list(
            routes.iter(),
            |route| &route.key,
            |route| self.seal.route(route),
            Facts::ExportedRoutes,
        ))
    }

    fn tags(&self, resources: &[Text]) -> Result<BTreeMap<Text, Tags>, ReadError> {
        if resources.is_empty() || resources.len() > TAGGED_AT_ONCE {
            return Err(ReadError::new(
                GapClass::Refused,
                "ValidationError: name 1 to 20 resources",
            ));
        }
        resources
            .iter()
            .map(|arn| Ok((arn.clone(), self.tags_of(arn)?)))
            .collect()
    }

    fn tags_of(&self, arn: &Text) -> Result<Tags, ReadError> {
        let lbs = &mut self.state.load_balancers.iter();
        let groups = &mut self.state.target_groups.iter();
        let tags = lbs
            .find(|lb| lb.arn.as_str() == arn.as_str())
            .map(|lb| &lb.tags)
            .or_else(|| {
                groups
                    .find(|group| group.arn.as_str() == arn.as_str())
                    .map(|group| &group.tags)
            });
        tags.map(|tags| tags.clone().unwrap_or_default())
            .ok_or_else(|| vanished(format!("LoadBalancerNotFoundException: {arn} not found")))
    }

    fn rest_api(&self, id: &RestApiId) -> Result<&'a RestApiState, ReadError> {
        self.state
            .rest_api(id)
            .ok_or_else(|| vanished("NotFoundException: Invalid API identifier specified"))
    }

    fn http_api(&self, id: &HttpApiId) -> Result<&'a HttpApiState, ReadError> {
        self.state
            .http_api(id)
            .ok_or_else(|| vanished("NotFoundException: Invalid API identifier specified"))
    }

    fn load_balancer(&self, arn: &LoadBalancerArn) -> Result<&'a LoadBalancer, ReadError> {
        self.state
            .load_balancer(arn)
            .ok_or_else(|| vanished(format!("LoadBalancerNotFoundException: {arn} not found")))
    }

    fn group(&self, arn: &TargetGroupArn) -> Result<&'a TargetGroup, ReadError> {
        self.state
            .target_group(arn)
            .ok_or_else(|| vanished(format!("TargetGroupNotFoundException: {arn} not found")))
    }
}

fn vanished(message: impl Into<String>) -> ReadError {
    ReadError::new(GapClass::Vanished, message)
}

fn listed_rest_api(known: &RestApiState) -> RestApi {
    let RestApi {
        id,
        region,
        name,
        endpoint_types,
        tags,
        draft: _,
        stages: _,
    } = &known.api;
    RestApi {
        id: id.clone(),
        region: region.clone(),
        name: name.clone(),
        endpoint_types: endpoint_types.clone(),
        tags: tags.clone(),
        draft: None,
        stages: None,
    }
}

fn listed_http_api(known: &HttpApiState) -> HttpApi {
    HttpApi {
        integrations: None,
        routes: None,
        stages: None,
        ..known.api.clone()
    }
}

fn listed_load_balancer(known: &LoadBalancer) -> LoadBalancer {
    LoadBalancer {
        listeners: None,
        attributes: None,
        tags: None,
        ..known.clone()
    }
}

fn listed_listener(known: &Listener) -> Listener {
    Listener {
        rules: None,
        ..known.clone()
    }
}

fn listed_group(known: &TargetGroup) -> TargetGroup {
    TargetGroup {
        targets: None,
        attributes: None,
        tags: None,
        ..known.clone()
    }
}

fn listed_service(known: &EndpointService) -> EndpointService {
    EndpointService {
        connections: None,
        ..known.clone()
    }
}

fn sensitive(variables: &RawVariables) -> BTreeMap<Text, Sensitive> {
    variables
        .iter()
        .map(|(name, value)| (name.clone(), Sensitive::new(value.clone())))
        .collect()
}

fn stage(known: &StageState) -> StageFacts {
    StageFacts {
        name: known.name.clone(),
        deployment: known.deployment.clone(),
        canary: known.canary.as_ref().map(canary),
        variables: sensitive(&known.variables),
        tags: known.tags.clone(),
    }
}

fn canary(known: &CanaryState) -> CanaryFacts {
    CanaryFacts {
        deployment: known.deployment.clone(),
        percent: known.percent,
        overrides: sensitive(&known.overrides),
    }
}

fn http_stage(known: &HttpStageState) -> HttpStageFacts {
    HttpStageFacts {
        name: known.name.clone(),
        auto_deploy: match known.runs {
            HttpRuns::Current => AutoDeploy::On,
            HttpRuns::Frozen(_) => AutoDeploy::Off,
        },
        variables: sensitive(&known.variables),
    }
}
