//! The reading port over the SDK: one request per read, in the region that is asked about.
//!
//! Owns which SDK request each call is and how pages are asked for. Pace, retries and what a gap
//! means are not known here.

mod apigateway;
mod ec2;
mod elb;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use unbridge_model::call::{Call, Facts, Page, PageToken, Service};
use unbridge_model::digest::Digester;
use unbridge_model::gap::GapClass;
use unbridge_model::id::Region;
use unbridge_model::place::Place;
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
}

impl Reader for AwsReader {
    async fn read(
        &self,
        place: &Place,
        call: &Call,
        from: Option<&PageToken>,
    ) -> Result<Page, ReadError> {
        let kind = call.kind();
        let region = place.region().ok_or_else(|| {
            let name = kind.name();
            ReadError::new(GapClass::Refused, format!("{name} needs a region"))
        })?;
        tracing::debug!(call = kind.name(), %region, more = from.is_some(), "asking");
        let clients = self.clients(region);
        let asked = Asked {
            region,
            digester: &self.digester,
            from: from.map(|token| token.0.clone()),
        };
        match kind.service() {
            Service::ApiGateway => apigateway::read(&clients, call, asked).await,
            Service::ElasticLoadBalancing => elb::read(&clients.elb, call, asked).await,
            Service::Ec2 => ec2::read(&clients.ec2, call, asked).await,
        }
    }
}

/// The SDK's clients for one region.
#[derive(Debug)]
struct Clients {
    apigateway: aws_sdk_apigateway::Client,
    apigatewayv2: aws_sdk_apigatewayv2::Client,
    elb: aws_sdk_elasticloadbalancingv2::Client,
    ec2: aws_sdk_ec2::Client,
}

impl Clients {
    fn new(session: &Session, region: &Region) -> Self {
        let config = session.config_at(region);
        Self {
            apigateway: aws_sdk_apigateway::Client::new(&config),
            apigatewayv2: aws_sdk_apigatewayv2::Client::new(&config),
            elb: aws_sdk_elasticloadbalancingv2::Client::new(&config),
            ec2: aws_sdk_ec2::Client::new(&config),
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

fn whole(facts: Facts) -> Page {
    Page { facts, next: None }
}

/// EC2 tells the end by an empty token.
fn token(next: Option<&str>) -> Option<PageToken> {
    next.filter(|token| !token.is_empty())
        .map(|token| PageToken(token.to_owned()))
}

/// The error of a call that was sent to the wrong service; the match over services rules it out.
fn of_another_service(call: &Call) -> ReadError {
    let name = call.kind().name();
    ReadError::new(GapClass::Refused, format!("{name} is of another service"))
}
