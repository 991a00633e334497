//! Reads through the whole SDK against written answers: what is asked, what becomes of answers.

mod apigateway;
mod ec2;
mod elb;
mod failures;

use std::sync::{Arc, Mutex};

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use unbridge_model::id::AccountId;

use super::*;
use crate::null_stripping::NullStripping;

/// An answer on the wire.
#[derive(Debug, Clone, Copy)]
struct Answer {
    status: u16,
    kind: &'static str,
    body: &'static str,
}

impl Answer {
    fn json(body: &'static str) -> Self {
        Self {
            status: 200,
            kind: "application/json",
            body,
        }
    }

    fn xml(body: &'static str) -> Self {
        Self {
            status: 200,
            kind: "text/xml",
            body,
        }
    }
}

/// Gives the same answer to every request and keeps the requests: method, address and body.
#[derive(Debug, Clone)]
struct Wire {
    answer: Answer,
    seen: Arc<Mutex<Vec<String>>>,
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().unwrap_or_default();
        let body = String::from_utf8_lossy(body);
        let line = format!("{} {} {body}", request.method(), request.uri());
        self.seen.lock().expect("the requests").push(line);
        let status = StatusCode::try_from(self.answer.status).expect("a status");
        let mut response = HttpResponse::new(status, SdkBody::from(self.answer.body));
        response
            .headers_mut()
            .insert("content-type", self.answer.kind);
        HttpConnectorFuture::ready(Ok(response))
    }
}

fn digester() -> Digester {
    Digester::new(&[1; 32])
}

fn id<T: TryFrom<unbridge_model::text::Text>>(text: &str) -> T {
    T::try_from(text.into()).ok().expect("a valid id")
}

/// What a read brings when AWS answers so, and the one request it made.
fn ask(call: &Call, from: Option<&str>, answer: Answer) -> (Result<Page, ReadError>, String) {
    let wire = Wire {
        answer,
        seen: Arc::default(),
    };
    let connector = SharedHttpConnector::new(wire.clone());
    let client = http_client_fn(move |_, _| connector.clone());
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(NullStripping::new(client))
        .retry_config(RetryConfig::disabled())
        .build();
    let reader = AwsReader::new(Session::with_config(config), digester());
    let place = Place::regional(
        AccountId::new("123456789012").expect("an account"),
        Region::new("eu-west-1").expect("a region"),
    );
    let token = from.map(|token| PageToken(token.to_owned()));
    let page = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime")
        .block_on(reader.read(&place, call, token.as_ref()));
    let mut seen = wire.seen.lock().expect("the requests");
    assert_eq!(seen.len(), 1, "one request per read");
    (page, seen.pop().expect("a request"))
}

/// The facts of a read that succeeds.
fn facts(call: &Call, answer: Answer) -> Facts {
    let (page, _) = ask(call, None, answer);
    page.expect("a page").facts
}

#[test]
fn a_call_without_a_region_is_refused_before_any_request() {
    let session = Session::with_config(SdkConfig::builder().build());
    let reader = AwsReader::new(session, digester());
    let place = Place {
        account: id("123456789012"),
        scope: unbridge_model::place::Scope::Global,
    };
    let error = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
        .block_on(reader.read(&place, &Call::GetApis, None))
        .expect_err("no region");
    assert_eq!(error.class, GapClass::Refused);
}
