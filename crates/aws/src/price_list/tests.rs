//! The Price List through the whole SDK against written answers.

use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;

use super::*;

/// Answers in turn, the last one again and again, and keeps the requests.
#[derive(Debug, Clone)]
struct Wire {
    answers: &'static [(u16, &'static str)],
    seen: Arc<Mutex<Vec<String>>>,
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut seen = self.seen.lock().expect("the requests");
        let body = request.body().bytes().unwrap_or_default();
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let body = String::from_utf8_lossy(body);
        seen.push(format!("{} {target} {body}", request.uri()));
        let turn = seen.len().min(self.answers.len()) - 1;
        let (status, body) = self.answers[turn];
        let status = StatusCode::try_from(status).expect("a status");
        let mut response = HttpResponse::new(status, SdkBody::from(body));
        let headers = response.headers_mut();
        headers.insert("content-type", "application/x-amz-json-1.1");
        HttpConnectorFuture::ready(Ok(response))
    }
}

/// What is handed on, how it ends, and what was asked.
fn read(
    answers: &'static [(u16, &'static str)],
    endpoint: &str,
) -> (Vec<Vec<String>>, Result<(), ReadError>, Vec<String>) {
    let wire = Wire {
        answers,
        seen: Arc::default(),
    };
    let connector = SharedHttpConnector::new(wire.clone());
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .build();
    let endpoint = Region::new(endpoint).expect("a region");
    let list = PriceList::at(&Session::with_config(config), &endpoint);
    let mut pages = Vec::new();
    let fields = [("operation", "LoadBalancing:Network")];
    let done = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime")
        .block_on(list.products("AWSELB", &fields, |page| pages.push(page.to_vec())));
    let seen = wire.seen.lock().expect("the requests").clone();
    (pages, done, seen)
}

#[test]
fn every_page_is_asked_for_where_the_last_one_ended() {
    let answers = &[
        (
            200,
            r#"{"FormatVersion":"aws_v1","NextToken":"t2","PriceList":["{}","a"]}"#,
        ),
        (
            200,
            r#"{"FormatVersion":"aws_v1","NextToken":"","PriceList":["b"]}"#,
        ),
    ];
    let (pages, done, seen) = read(answers, "cn-northwest-1");
    assert_eq!(done, Ok(()));
    assert_eq!(pages, [vec!["{}", "a"], vec!["b"]]);
    let [first, second] = &seen[..] else {
        panic!("{seen:?}");
    };
    for part in [
        "https://api.pricing.cn-northwest-1.amazonaws.com.cn/",
        "AWSPriceListService.GetProducts",
        r#""ServiceCode":"AWSELB""#,
        r#""FormatVersion":"aws_v1""#,
        r#""MaxResults":100"#,
        r#""Type":"TERM_MATCH""#,
        r#""Field":"operation""#,
        r#""Value":"LoadBalancing:Network""#,
    ] {
        assert!(first.contains(part) && second.contains(part), "{first}");
    }
    assert!(!first.contains("NextToken") && second.contains(r#""NextToken":"t2""#));
}

#[test]
fn pages_that_go_round_in_a_circle_come_to_an_end() {
    let answers = &[
        (200, r#"{"NextToken":"a","PriceList":[]}"#),
        (200, r#"{"NextToken":"b","PriceList":[]}"#),
        (200, r#"{"NextToken":"a","PriceList":[]}"#),
    ];
    let (_, done, seen) = read(answers, "us-east-1");
    let error = done.expect_err("no end");
    assert_eq!(error.class, GapClass::Unparseable);
    assert_eq!(seen.len(), 3);
}

#[test]
fn refusals_are_classified_and_a_throttled_call_is_made_again() {
    let denied = r#"{"__type":"AccessDeniedException","Message":"User: x is not authorized to perform: pricing:GetProducts"}"#;
    let answers: &'static [_] = vec![(400, &*denied.to_owned().leak())].leak();
    let (_, done, seen) = read(answers, "us-east-1");
    let error = done.expect_err("a refusal");
    assert_eq!(error.class, GapClass::Denied);
    assert!(error.message.contains("pricing:GetProducts"));
    assert_eq!(seen.len(), 1);

    let answers = &[
        (
            400,
            r#"{"__type":"ThrottlingException","Message":"Rate exceeded"}"#,
        ),
        (200, r#"{"PriceList":["a"]}"#),
    ];
    let (pages, done, seen) = read(answers, "us-east-1");
    assert_eq!((done, pages.len(), seen.len()), (Ok(()), 1, 2));
}
