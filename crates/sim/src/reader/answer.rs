//! What AWS answers to each call: a pure function from the account.

use std::collections::BTreeMap;

use unbridge_model::apigateway::{DomainName, Method, Protocol, SettingKind, Tags, VpcLink};
use unbridge_model::call::{Call, Facts, Page, PageToken, Series, Told};
use unbridge_model::digest::Digester;
use unbridge_model::elb::{CapacityReservation, Listener, LoadBalancer, TargetGroup, WebAclOn};
use unbridge_model::gap::GapClass;
use unbridge_model::id::{
    CertificateArn, HttpApiId, ListenerArn, LoadBalancerArn, RestApiId, StageName, TargetGroupArn,
};
use unbridge_model::place::{Place, Scope};
use unbridge_model::port::ReadError;
use unbridge_model::text::Text;
use unbridge_model::usage::{MetricQuery, Span};
use unbridge_model::user::User;

use super::listed::{
    deployment, domain_name, group, http_api, http_stage, listener, load_balancer, rest_api,
    service, stage,
};
use super::metrics::measured;
use super::page::Window;
use super::seal::Seal;
use crate::account::{Account, GlobalState, HttpApiState, RegionState, RestApiState};

/// The most ARNs one call for tags may name.
const TAGGED_AT_ONCE: usize = 20;

/// The most queries one call for metrics may have.
const QUERIES: usize = 500;

type Answer = (Facts, Option<PageToken>);

/// The page of the answer that `window` asks for.
pub(super) fn answer(
    account: &Account,
    digester: &Digester,
    place: &Place,
    call: &Call,
    window: &Window,
) -> Result<Page, ReadError> {
    let refuse = |why: String| Err(ReadError::new(GapClass::Credentials, why));
    if place.account != account.id {
        return refuse(format!(
            "UnrecognizedClientException: no credentials for {place}"
        ));
    }
    let (facts, next) = match &place.scope {
        Scope::Global if call.kind().service().is_global() => {
            let state = &account.global;
            GlobalDesk { state, window }.answer(call)?
        }
        Scope::Region(region) if !call.kind().service().is_global() => {
            let Some(state) = account.regions.get(region) else {
                return refuse(format!(
                    "UnrecognizedClientException: region {region} is not enabled"
                ));
            };
            let seal = Seal(digester);
            Desk {
                state,
                seal,
                window,
            }
            .answer(call)?
        }
        Scope::Global | Scope::Region(_) => {
            return Err(elsewhere(call));
        }
    };
    Ok(Page { facts, next })
}

/// A call of a global service at a region, or the other way round.
fn elsewhere(call: &Call) -> ReadError {
    let name = call.kind().name();
    ReadError::new(
        GapClass::Unreachable,
        format!("no endpoint of {name} stands there"),
    )
}

/// What is answered for the account as a whole.
struct GlobalDesk<'a> {
    state: &'a GlobalState,
    window: &'a Window,
}

impl GlobalDesk<'_> {
    fn answer(&self, call: &Call) -> Result<Answer, ReadError> {
        let state = self.state;
        Ok(match call {
            Call::ListHostedZones => self.window.list(
                state.hosted_zones.iter(),
                |zone| &zone.id,
                |zone| zone.id.clone(),
                Facts::HostedZones,
            ),
            Call::ListResourceRecordSets { zone } => {
                let zone = state.hosted_zone(zone).ok_or_else(|| {
                    vanished(format!("NoSuchHostedZone: no hosted zone with id {zone}"))
                })?;
                self.window.users(&zone.records)
            }
            Call::ListAccelerators => self.window.list(
                state.accelerators.iter(),
                |known| &known.arn,
                |known| known.arn.clone(),
                Facts::Accelerators,
            ),
            Call::ListListeners { accelerator } => {
                let known = state
                    .accelerator(accelerator)
                    .ok_or_else(|| vanished("AcceleratorNotFoundException: it does not exist"))?;
                self.window.list(
                    known.listeners.iter(),
                    |listener| &listener.arn,
                    |listener| listener.arn.clone(),
                    Facts::AcceleratorListeners,
                )
            }
            Call::ListEndpointGroups { listener } => {
                let known = state
                    .accelerator_listener(listener)
                    .ok_or_else(|| vanished("ListenerNotFoundException: it does not exist"))?;
                self.window.users(&known.endpoint_groups)
            }
            Call::ListDistributions => self.window.users(&state.distributions),
            Call::ListVpcOrigins => self.window.users(&state.vpc_origins),
            regional => return Err(elsewhere(regional)),
        })
    }
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
                |known| rest_api(known, &self.seal),
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
                let deployed = self
                    .rest_api(api)?
                    .deployed(stage)
                    .ok_or_else(|| vanished("NotFoundException: Invalid stage identifier"))?;
                (Facts::Export(self.seal.export(deployed)), None)
            }
            Call::GetDeployments { api } => self.list(
                self.rest_api(api)?.deployments.iter(),
                |(id, _)| id,
                deployment,
                Facts::Deployments,
            ),
            Call::GetAuthorizers { api } => self.settings(api, SettingKind::Authorizer)?,
            Call::GetRequestValidators { api } => {
                self.settings(api, SettingKind::RequestValidator)?
            }
            Call::GetModels { api } => self.settings(api, SettingKind::Model)?,
            Call::GetGatewayResponses { api } => {
                self.settings(api, SettingKind::GatewayResponse)?
            }
            Call::GetDomainNames => self.list(
                state.domain_names.iter(),
                |domain| &domain.name,
                domain_name,
                Facts::DomainNames,
            ),
            Call::GetApiMappings { domain } => self.list(
                self.domain_name(domain)?.mappings.iter().flatten(),
                |mapping| (&mapping.api, &mapping.stage, &mapping.key),
                Clone::clone,
                Facts::ApiMappings,
            ),
            Call::GetApis => self.list(
                state.http_apis.iter(),
                |known| &known.api.id,
                http_api,
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
                load_balancer,
                Facts::LoadBalancers,
            ),
            Call::DescribeTargetGroups => self.list(
                state.target_groups.iter(),
                |group| &group.arn,
                group,
                Facts::TargetGroups,
            ),
            Call::DescribeListeners { load_balancer } => self.list(
                self.load_balancer(load_balancer)?
                    .listeners
                    .iter()
                    .flatten(),
                |listener| &listener.arn,
                listener,
                Facts::Listeners,
            ),
            Call::DescribeRules { listener } => self.list(
                self.listener(listener)?.rules.iter().flatten(),
                |rule| &rule.arn,
                |rule| self.seal.rule(rule),
                Facts::Rules,
            ),
            Call::DescribeListenerCertificates { listener } => self.list(
                self.listener(listener)?.certificates.iter(),
                |certificate| certificate,
                Clone::clone,
                Facts::ListenerCertificates,
            ),
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
            Call::DescribeCapacityReservation { load_balancer } => {
                let known = self.load_balancer(load_balancer)?.capacity_reservation;
                let reserved = known.unwrap_or(CapacityReservation::Nothing);
                (Facts::CapacityReservation(reserved), None)
            }
            Call::DescribeTargetGroupAttributes { group } => {
                let attributes = &self.group(group)?.attributes;
                (
                    Facts::Attributes(attributes.clone().unwrap_or_default()),
                    None,
                )
            }
            Call::DescribeTags { resources } => (Facts::Tags(self.tags(resources)?), None),
            // These four are filters on a list, so that an unknown VPC is an empty list.
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
            Call::DescribeNetworkAcls { vpc } => self.list(
                state
                    .vpcs_of(vpc)
                    .flat_map(|vpc| vpc.network_acls.iter().flatten()),
                |acl| &acl.id,
                Clone::clone,
                Facts::NetworkAcls,
            ),
            Call::DescribeRouteTables { vpc } => self.list(
                state
                    .vpcs_of(vpc)
                    .flat_map(|vpc| vpc.route_tables.iter().flatten()),
                |table| &table.id,
                Clone::clone,
                Facts::RouteTables,
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
                service,
                Facts::EndpointServices,
            ),
            Call::DescribeVpcEndpointConnections => self.list(
                state.connections(),
                |connection| (&connection.service, &connection.endpoint),
                Clone::clone,
                Facts::EndpointConnections,
            ),
            Call::DescribeVerifiedAccessEndpoints => {
                self.window.users(&state.verified_access_endpoints)
            }
            Call::DescribeTrafficMirrorTargets => self.window.users(&state.traffic_mirror_targets),
            Call::DescribeAlarms => self.window.users(&state.alarms),
            Call::DescribeCertificate { certificate } => (self.certificate(certificate)?, None),
            Call::GetWebAclForResource { load_balancer } => {
                let known = &self.load_balancer(load_balancer)?.web_acl;
                let web_acl = known.clone().unwrap_or(WebAclOn::Nothing);
                (Facts::WebAcl(web_acl), None)
            }
            Call::GetMetricData { queries, span } => self.metrics(queries, *span)?,
            Call::ListHostedZones
            | Call::ListResourceRecordSets { .. }
            | Call::ListAccelerators
            | Call::ListListeners { .. }
            | Call::ListEndpointGroups { .. }
            | Call::ListDistributions
            | Call::ListVpcOrigins => return Err(elsewhere(call)),
        })
    }

    fn list<'s, T: 's + Copy, K: Ord, U>(
        &self,
        items: impl Iterator<Item = T>,
        id: impl Fn(T) -> K,
        tell: impl Fn(T) -> U,
        facts: impl FnOnce(Vec<U>) -> Facts,
    ) -> Answer {
        self.window.list(items, id, tell, facts)
    }

    fn settings(&self, api: &RestApiId, kind: SettingKind) -> Result<Answer, ReadError> {
        let settings = self.rest_api(api)?.settings.iter();
        Ok(self.list(
            settings.filter(|known| known.setting.kind == kind),
            |known| (&known.setting.name, &known.id),
            |known| self.seal.draft_setting(known),
            Facts::Settings,
        ))
    }

    fn certificate(&self, arn: &CertificateArn) -> Result<Facts, ReadError> {
        if arn.as_str().contains(":iam:") {
            return Err(ReadError::new(
                GapClass::Refused,
                format!("ValidationException: {arn} is no certificate of ACM"),
            ));
        }
        let known = self.state.certificate(arn);
        known
            .map(|known| Facts::Certificate(known.clone()))
            .ok_or_else(|| vanished(format!("ResourceNotFoundException: {arn} not found")))
    }

    /// A thing that is not there has no datapoints, and that is no error.
    fn metrics(&self, queries: &[MetricQuery], span: Span) -> Result<Answer, ReadError> {
        if queries.is_empty() || queries.len() > QUERIES {
            return Err(ReadError::new(
                GapClass::Refused,
                "ValidationError: 1 to 500 queries",
            ));
        }
        Ok(self.list(
            queries.iter().enumerate(),
            |(number, _)| number,
            |(_, query)| Series {
                query: query.clone(),
                values: measured(self.state, query, span),
                told: Told::Whole,
            },
            Facts::Series,
        ))
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

    fn domain_name(&self, name: &Text) -> Result<&'a DomainName, ReadError> {
        self.state
            .domain_name(name)
            .ok_or_else(|| vanished("NotFoundException: Invalid domain name identifier specified"))
    }

    fn listener(&self, arn: &ListenerArn) -> Result<&'a Listener, ReadError> {
        self.state
            .listener(arn)
            .ok_or_else(|| vanished("ListenerNotFoundException: one or more not found"))
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

impl Window {
    fn list<T: Copy, K: Ord, U>(
        &self,
        items: impl Iterator<Item = T>,
        id: impl Fn(T) -> K,
        tell: impl Fn(T) -> U,
        facts: impl FnOnce(Vec<U>) -> Facts,
    ) -> Answer {
        let (items, next) = self.cut(items, id);
        (facts(items.into_iter().map(tell).collect()), next)
    }

    fn users(&self, users: &[User]) -> Answer {
        self.list(users.iter(), |user| user, Clone::clone, Facts::Users)
    }
}
