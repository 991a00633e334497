//! Reads through the whole SDK against written answers: what is asked, what becomes of answers.

mod apigateway;
mod ec2;
mod elb;
mod failures;
mod metrics;
mod settings;
mod users;
mod waf;

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
use serde_json::Value;

use super::*;
use crate::null_stripping::NullStripping;

/// An answer on the wire.
#[derive(Debug, Clone, Copy)]
struct Answer {
    status: u16,
    kind: &'static str,
    body: &'static [u8],
}

impl Answer {
    fn new(status: u16, kind: &'static str, body: &'static str) -> Self {
        Self {
            status,
            kind,
            body: body.as_bytes(),
        }
    }

    fn json(body: &'static str) -> Self {
        Self::new(200, "application/json", body)
    }

    fn xml(body: &'static str) -> Self {
        Self::new(200, "text/xml", body)
    }

    /// An answer of CloudWatch, which speaks CBOR, in the form of JSON.
    fn cbor(status: u16, body: &Value) -> Self {
        let mut bytes = Vec::new();
        put_cbor(body, &mut bytes);
        Self {
            status,
            kind: "application/cbor",
            body: bytes.leak(),
        }
    }
}

/// Encodes a document of texts, numbers, lists and maps. `{"$time": 5}` is a moment.
fn put_cbor(value: &Value, into: &mut Vec<u8>) {
    let mut head = |kind: u8, length: usize| {
        let length = u32::try_from(length).expect("a small document");
        into.push(kind << 5 | 26);
        into.extend(length.to_be_bytes());
    };
    match value {
        Value::Object(members) if members.contains_key("$time") => {
            into.push(0xc1);
            put_cbor(&members["$time"], into);
        }
        Value::Object(members) => {
            head(5, members.len());
            for (name, member) in members {
                put_cbor(&Value::from(name.as_str()), into);
                put_cbor(member, into);
            }
        }
        Value::Array(items) => {
            head(4, items.len());
            items.iter().for_each(|item| put_cbor(item, into));
        }
        Value::String(text) => {
            head(3, text.len());
            into.extend(text.as_bytes());
        }
        Value::Number(number) if number.is_u64() => {
            let number = number.as_u64().and_then(|number| number.try_into().ok());
            head(0, number.expect("a small number"));
        }
        Value::Number(number) => {
            into.push(0xfb);
            into.extend(number.as_f64().expect("a number").to_be_bytes());
        }
        Value::Bool(_) | Value::Null => panic!("not needed yet"),
    }
}

/// Gives the same answer to every request and keeps the requests: method, address, target of
/// those that name one in a header, and body.
#[derive(Debug, Clone)]
struct Wire {
    answer: Answer,
    seen: Arc<Mutex<Vec<String>>>,
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().unwrap_or_default();
        let body = String::from_utf8_lossy(body);
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let line = format!("{} {} {target} {body}", request.method(), request.uri());
        self.seen.lock().expect("the requests").push(line);
        let status = StatusCode::try_from(self.answer.status).expect("a status");
        let mut response = HttpResponse::new(status, SdkBody::from(self.answer.body));
        response
            .headers_mut()
            .insert("content-type", self.answer.kind);
        if self.answer.kind == "application/cbor" {
            let headers = response.headers_mut();
            headers.insert("smithy-protocol", "rpc-v2-cbor");
        }
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
    let place = if call.kind().service().is_global() {
        Place::global(id("123456789012"))
    } else {
        Place::regional(id("123456789012"), id("eu-west-1"))
    };
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

/// How a call fails that is made at a place where it cannot be.
fn refused(place: &Place, call: &Call) -> ReadError {
    let session = Session::with_config(SdkConfig::builder().build());
    let reader = AwsReader::new(session, digester());
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
        .block_on(reader.read(place, call, None))
        .expect_err("no page")
}

#[test]
fn a_call_at_the_wrong_place_is_refused_before_any_request() {
    let global = Place::global(id("123456789012"));
    let regional = Place::regional(id("123456789012"), id("eu-west-1"));
    for (place, call, words) in [
        (&global, Call::GetApis, "needs a region"),
        (&regional, Call::ListHostedZones, "belongs to no region"),
    ] {
        let error = refused(place, &call);
        assert_eq!(error.class, GapClass::Refused);
        assert!(error.message.ends_with(words), "{}", error.message);
    }
}

#[test]
fn services_without_regions_are_asked_in_the_partition_of_the_home() {
    let check = |home: Option<&str>, service, expect: &str| {
        let home = home.map(id::<Region>);
        let region = region_of_global(service, home.as_ref()).expect("a region");
        assert_eq!(region.as_str(), expect);
    };
    check(None, Service::Route53, "us-east-1");
    check(Some("eu-west-1"), Service::CloudFront, "us-east-1");
    check(Some("eu-west-1"), Service::GlobalAccelerator, "us-west-2");
    check(Some("cn-north-1"), Service::Route53, "cn-northwest-1");
    check(Some("us-gov-east-1"), Service::Route53, "us-gov-west-1");
}
