//! The reading port over the SDK: one request per read, in the region that is asked about.
//!
//! Owns which SDK request each call is and how pages are asked for. Pace, retries and what a gap
//! means are not known here.

mod acm;
mod apigateway;
mod apigatewayv2;
mod cloudfront;
mod cloudwatch;
mod ec2;
mod elb;
mod globalaccelerator;
mod route53;
#[cfg(test)]
mod tests;
mod wafv2;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use unbridge_model::call::{Call, CallKind, Facts, Page, PageToken, Service};
use unbridge_model::digest::Digester;
use unbridge_model::gap::GapClass;
use unbridge_model::id::Region;
use unbridge_model::place::{Place, Scope};
use unbridge_model::port::{ReadError, Reader};
use unbridge_model::text::interned;

use crate::convert::Converted;
use crate::session::Session;

/// Reads with the credentials of one session. The account of a place is not looked at: it is the
/// session's.
#[derive(Debug)]
pub struct AwsReader {
    session: Session,
    digester: Digester,
    clients: Mutex<BTreeMap<Region, Arc<Clients>>>,
}

impl AwsReader {
    /// A reader that seals with this digester.
    #[must_use]
    pub fn new(session: Session, digester: Digester) -> Self {
        Self {
            session,
            digester,
            clients: Mutex::default(),
        }
    }

    /// The session it reads with.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    fn clients(&self, region: &Region) -> Arc<Clients> {
        let mut known = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let clients = known
            .entry(region.clone())
            .or_insert_with(|| Arc::new(Clients::new(&self.session, region)));
        Arc::clone(clients)
    }

    /// The region whose endpoints answer a call at this place.
    fn region(&self, place: &Place, kind: CallKind) -> Result<Region, ReadError> {
        let service = kind.service();
        let name = kind.name();
        match (&place.scope, service.is_global()) {
            (Scope::Region(region), false) => Ok(region.clone()),
            (Scope::Global, true) => region_of_global(service, self.session.home())
                .map_err(|error| ReadError::new(GapClass::Refused, error.to_string())),
            (Scope::Global, false) => Err(ReadError::new(
                GapClass::Refused,
                format!("{name} needs a region"),
            )),
            (Scope::Region(_), true) => Err(ReadError::new(
                GapClass::Refused,
                format!("{name} belongs to no region"),
            )),
        }
    }
}

/// Where a service without regions is asked. The region stands for its partition; the SDK knows
/// the partition's endpoint. Without a home it is the partition of the commercial regions.
fn region_of_global(
    service: Service,
    home: Option<&Region>,
) -> Result<Region, unbridge_model::id::InvalidId> {
    let home = home.map_or("", Region::as_str);
    // Credentials of one partition are refused as unknown in another.
    let region = if home.starts_with("cn-") {
        "cn-northwest-1"
    } else if home.starts_with("us-gov-") {
        "us-gov-west-1"
    } else if service == Service::GlobalAccelerator {
        "us-west-2"
    } else {
        "us-east-1"
    };
    Region::new(region)
}

impl Reader for AwsReader {
    async fn read(
        &self,
        place: &Place,
        call: &Call,
        from: Option<&PageToken>,
    ) -> Result<Page, ReadError> {
        let kind = call.kind();
        let region = &self.region(place, kind)?;
        tracing::debug!(call = kind.name(), %region, more = from.is_some(), "asking");
        let clients = self.clients(region);
        let asked = Asked {
            region,
            digester: &self.digester,
            from: from.map(|token| token.0.clone()),
        };
        dispatch(&clients, call, asked).await
    }
}

/// Which request each call is.
async fn dispatch(clients: &Clients, call: &Call, asked: Asked<'_>) -> Result<Page, ReadError> {
    let Clients {
        accelerator: edge,
        acm,
        apigateway: v1,
        apigatewayv2: v2,
        cloudfront,
        cloudwatch,
        ec2,
        elb,
        route53,
        wafv2,
    } = clients;
    match call {
        Call::GetVpcLinks => apigateway::vpc_links(v1, asked).await,
        Call::GetRestApis => apigateway::rest_apis(v1, asked).await,
        Call::GetResources { api } => apigateway::resources(v1, api, asked).await,
        Call::GetStages { api } => apigateway::stages(v1, api).await,
        Call::GetExport { api, stage } => apigateway::export(v1, api, stage, asked).await,
        Call::GetDeployments { api } => apigateway::deployments(v1, api, asked).await,
        Call::GetAuthorizers { api } => apigateway::authorizers(v1, api, asked).await,
        Call::GetRequestValidators { api } => apigateway::validators(v1, api, asked).await,
        Call::GetModels { api } => apigateway::models(v1, api, asked).await,
        Call::GetGatewayResponses { api } => apigateway::gateway_responses(v1, api, asked).await,
        Call::GetVpcLinksV2 => apigatewayv2::vpc_links(v2, asked).await,
        Call::GetApis => apigatewayv2::apis(v2, asked).await,
        Call::GetIntegrations { api } => apigatewayv2::integrations(v2, api, asked).await,
        Call::GetRoutes { api } => apigatewayv2::routes(v2, api, asked).await,
        Call::GetApiStages { api } => apigatewayv2::stages(v2, api, asked).await,
        Call::ExportApi { api, stage } => apigatewayv2::export(v2, api, stage, asked).await,
        Call::GetDomainNames => apigatewayv2::domain_names(v2, asked).await,
        Call::GetApiMappings { domain } => apigatewayv2::mappings(v2, domain, asked).await,
        Call::DescribeLoadBalancers => elb::load_balancers(elb, asked).await,
        Call::DescribeTargetGroups => elb::target_groups(elb, asked).await,
        Call::DescribeListeners { load_balancer } => {
            elb::listeners(elb, load_balancer, asked).await
        }
        Call::DescribeRules { listener } => elb::rules(elb, listener, asked).await,
        Call::DescribeListenerCertificates { listener } => {
            elb::listener_certificates(elb, listener, asked).await
        }
        Call::DescribeTargetHealth { group } => elb::targets(elb, group).await,
        Call::DescribeLoadBalancerAttributes { load_balancer } => {
            elb::load_balancer_attributes(elb, load_balancer).await
        }
        Call::DescribeCapacityReservation { load_balancer } => {
            elb::capacity_reservation(elb, load_balancer).await
        }
        Call::DescribeTargetGroupAttributes { group } => {
            elb::target_group_attributes(elb, group).await
        }
        Call::DescribeTags { resources } => elb::tags(elb, resources).await,
        Call::DescribeSubnets { vpc } => ec2::subnets(ec2, vpc, asked).await,
        Call::DescribeSecurityGroups { vpc } => ec2::security_groups(ec2, vpc, asked).await,
        Call::DescribeNetworkAcls { vpc } => ec2::network_acls(ec2, vpc, asked).await,
        Call::DescribeRouteTables { vpc } => ec2::route_tables(ec2, vpc, asked).await,
        Call::DescribeNetworkInterfaces => ec2::network_interfaces(ec2, asked).await,
        Call::DescribeVpcEndpointServiceConfigurations => ec2::endpoint_services(ec2, asked).await,
        Call::DescribeVpcEndpointConnections => ec2::endpoint_connections(ec2, asked).await,
        Call::DescribeVerifiedAccessEndpoints => ec2::verified_access_endpoints(ec2, asked).await,
        Call::DescribeTrafficMirrorTargets => ec2::traffic_mirror_targets(ec2, asked).await,
        Call::DescribeCertificate { certificate } => {
            acm::certificate(acm, certificate, asked).await
        }
        Call::GetWebAclForResource { load_balancer } => wafv2::web_acl(wafv2, load_balancer).await,
        Call::DescribeAlarms => cloudwatch::alarms(cloudwatch, asked).await,
        Call::GetMetricData { queries, span } => {
            cloudwatch::metrics(cloudwatch, queries, *span, asked).await
        }
        Call::ListHostedZones => route53::hosted_zones(route53, asked).await,
        Call::ListResourceRecordSets { zone } => route53::records(route53, zone, asked).await,
        Call::ListAccelerators => globalaccelerator::accelerators(edge, asked).await,
        Call::ListListeners { accelerator } => {
            globalaccelerator::listeners(edge, accelerator, asked).await
        }
        Call::ListEndpointGroups { listener } => {
            globalaccelerator::endpoint_groups(edge, listener, asked).await
        }
        Call::ListDistributions => cloudfront::distributions(cloudfront, asked).await,
        Call::ListVpcOrigins => cloudfront::vpc_origins(cloudfront, asked).await,
    }
}

/// The SDK's clients for one region. Those of services without regions are used in one region
/// only; an unused client holds no connection.
#[derive(Debug)]
struct Clients {
    accelerator: aws_sdk_globalaccelerator::Client,
    acm: aws_sdk_acm::Client,
    apigateway: aws_sdk_apigateway::Client,
    apigatewayv2: aws_sdk_apigatewayv2::Client,
    cloudfront: aws_sdk_cloudfront::Client,
    cloudwatch: aws_sdk_cloudwatch::Client,
    ec2: aws_sdk_ec2::Client,
    elb: aws_sdk_elasticloadbalancingv2::Client,
    route53: aws_sdk_route53::Client,
    wafv2: aws_sdk_wafv2::Client,
}

impl Clients {
    fn new(session: &Session, region: &Region) -> Self {
        let config = session.config_at(region);
        Self {
            accelerator: aws_sdk_globalaccelerator::Client::new(&config),
            acm: aws_sdk_acm::Client::new(&config),
            apigateway: aws_sdk_apigateway::Client::new(&config),
            apigatewayv2: aws_sdk_apigatewayv2::Client::new(&config),
            cloudfront: aws_sdk_cloudfront::Client::new(&config),
            cloudwatch: aws_sdk_cloudwatch::Client::new(&config),
            ec2: aws_sdk_ec2::Client::new(&config),
            elb: aws_sdk_elasticloadbalancingv2::Client::new(&config),
            route53: aws_sdk_route53::Client::new(&config),
            wafv2: aws_sdk_wafv2::Client::new(&config),
        }
    }
}

/// What a read is made with besides the call.
struct Asked<'a> {
    region: &'a Region,
    digester: &'a Digester,
    from: Option<String>,
}

/// The page of these items; equal texts in it share one allocation.
fn page<S, T>(
    told: &[S],
    next: Option<&str>,
    convert: impl Fn(&S) -> Converted<T>,
    facts: impl FnOnce(Vec<T>) -> Facts,
) -> Result<Page, ReadError> {
    let items = interned(|| told.iter().map(convert).collect::<Converted<Vec<T>>>())?;
    Ok(Page {
        facts: facts(items),
        next: token(next),
    })
}

/// The same where some items tell nothing that is kept.
fn page_of_some<S, T>(
    told: &[S],
    next: Option<&str>,
    convert: impl Fn(&S) -> Converted<Option<T>>,
    facts: impl FnOnce(Vec<T>) -> Facts,
) -> Result<Page, ReadError> {
    page(told, next, convert, |items| {
        facts(items.into_iter().flatten().collect())
    })
}

fn whole(facts: Facts) -> Page {
    Page { facts, next: None }
}

/// EC2 tells the end by an empty token.
fn token(next: Option<&str>) -> Option<PageToken> {
    next.filter(|token| !token.is_empty())
        .map(|token| PageToken(token.to_owned()))
}
