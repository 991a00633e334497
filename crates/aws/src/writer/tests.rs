//! Changes through the whole SDK against written answers: what is sent, what becomes of answers.

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
use unbridge_model::id::{RunId, StepId};
use unbridge_model::plan::operation::{ConnectionId, IntegrationPatch, MethodRef, Percent};
use unbridge_model::port::AtOnce;
use unbridge_model::uri::Uri;

use super::*;

/// What AWS answers, one request after the other: status and body.
type Answers<'a> = &'a [(u16, &'static str)];

#[derive(Debug, Clone)]
struct Wire {
    answers: Vec<(u16, &'static str)>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().unwrap_or_default();
        let body = String::from_utf8_lossy(body);
        let mut seen = self.seen.lock().expect("the requests");
        let (status, answer) = self.answers[seen.len()];
        let address = request.uri().split_once("amazonaws.com");
        let path = address.map_or("", |(_, path)| path);
        seen.push(
            format!("{} {path} {body}", request.method())
                .trim_end()
                .to_owned(),
        );
        let status = StatusCode::try_from(status).expect("a status");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(answer))))
    }
}

fn id<T: TryFrom<Text>>(text: &str) -> T {
    T::try_from(text.into()).ok().expect("a valid id")
}

/// Clients that are answered so, and what is sent to them.
fn wired(answers: Answers<'_>) -> (Clients, Arc<Mutex<Vec<String>>>) {
    let wire = Wire {
        answers: answers.to_vec(),
        seen: Arc::default(),
    };
    let seen = wire.seen.clone();
    let connector = SharedHttpConnector::new(wire.clone());
    let client = http_client_fn(move |_, _| connector.clone());
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(client)
        .retry_config(RetryConfig::disabled())
        .build();
    let clients = Clients::new(
        &Session::with_config(config),
        &id("eu-west-1"),
        Arc::new(AtOnce),
    );
    (clients, seen)
}

fn run<T>(asked: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.expect("a runtime").block_on(asked)
}

/// What a look at a state comes to when AWS answers so.
fn look(condition: &Condition<Settled>, answers: Answers<'_>) -> Result<Held, ReadError> {
    let (clients, _) = wired(answers);
    run(observe(&clients, condition))
}

/// What a change comes to when AWS answers so, and what was sent.
fn change(
    operation: &Operation<Settled>,
    answers: Answers<'_>,
) -> (Changed<Option<Output>>, Vec<String>) {
    let (clients, seen) = wired(answers);
    let owner = Owner {
        run: RunId::new("run-1").expect("a run"),
        step: StepId::new("a-step").expect("a step"),
    };
    let made = run(perform(&clients, operation, &owner));
    let seen = seen.lock().expect("the requests").clone();
    (made, seen)
}

fn set_canary() -> Operation<Settled> {
    Operation::SetCanary {
        api: id("api1"),
        stage: id("prod"),
        deployment: id("new111"),
        percent: Percent::new(10).expect("a share"),
    }
}

fn create_stage() -> Operation<Settled> {
    Operation::CreateStage {
        api: id("api1"),
        stage: id("proof"),
        deployment: id("new111"),
        like: id("prod"),
        tags: Tags::new(),
    }
}

#[test]
fn deployment_and_share_of_a_canary_are_sent_in_one_call() {
    let (made, seen) = change(&set_canary(), &[(200, "{}")]);
    assert_eq!(made, Ok(None));
    assert_eq!(
        seen,
        [
            r#"PATCH /restapis/api1/stages/prod {"patchOperations":[{"op":"replace","path":"/canarySettings/deploymentId","value":"new111"},{"op":"replace","path":"/canarySettings/percentTraffic","value":"10"}]}"#
        ]
    );
}

#[test]
fn all_that_changes_of_an_integration_is_sent_in_one_call() {
    let alb = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/a/1";
    let operation = Operation::UpdateIntegration {
        method: MethodRef {
            api: id("api1"),
            resource: "abc123".parse().expect("a resource"),
            path: Text::new("/orders"),
            verb: unbridge_model::apigateway::Verb::Any,
        },
        patch: IntegrationPatch {
            connection_id: ConnectionId::Link(id("link01")),
            integration_target: Some(id(alb)),
            uri: Some(Uri::new("https://shop.example:8443/orders")),
        },
    };
    let (made, seen) = change(&operation, &[(200, "{}")]);
    assert_eq!(made, Ok(None));
    let expect = format!(
        r#"PATCH /restapis/api1/resources/abc123/methods/ANY/integration {{"patchOperations":[{{"op":"replace","path":"/connectionId","value":"link01"}},{{"op":"replace","path":"/integrationTarget","value":"{alb}"}},{{"op":"replace","path":"/uri","value":"https://shop.example:8443/orders"}}]}}"#
    );
    assert_eq!(seen, [expect]);
}

#[test]
fn an_answer_that_does_not_say_what_was_made_is_lost() {
    let operation = Operation::CreateDeployment {
        api: id("api1"),
        description: Text::new("over links"),
    };
    let (made, seen) = change(&operation, &[(201, "{}")]);
    assert_eq!(made.expect_err("nobody knows").class, WriteFailure::Lost);
    let sent =
        r#"POST /restapis/api1/deployments {"description":"over links unbridge:run-1:a-step"}"#;
    assert_eq!(seen, [sent]);
    let (made, _) = change(&operation, &[(500, "{}")]);
    assert_eq!(made.expect_err("nobody knows").class, WriteFailure::Lost);
    let (made, _) = change(&operation, &[(201, r#"{"id":"new111"}"#)]);
    assert_eq!(made, Ok(Some(Output::Deployment(id("new111")))));
}

#[test]
fn a_temporary_stage_gets_all_that_lets_callers_in_or_out() {
    let like = r#"{"stageName":"prod","deploymentId":"old111","variables":{"a":"b"},"clientCertificateId":"cert1","webAclArn":"arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/w/1","methodSettings":{"*/*":{"throttlingBurstLimit":5,"throttlingRateLimit":2.5}}}"#;
    let answers = [(200, like), (201, "{}"), (200, "{}"), (200, "{}")];
    let (made, seen) = change(&create_stage(), &answers);
    assert_eq!(made, Ok(None));
    assert_eq!(seen[0], "GET /restapis/api1/stages/prod");
    assert!(
        seen[1].contains(r#""deploymentId":"new111""#),
        "{}",
        seen[1]
    );
    assert!(seen[1].contains(r#""variables":{"a":"b"}"#), "{}", seen[1]);
    assert!(seen[1].contains(r#""unbridge:run":"run-1""#), "{}", seen[1]);
    assert_eq!(
        seen[2],
        r#"PATCH /restapis/api1/stages/proof {"patchOperations":[{"op":"replace","path":"/clientCertificateId","value":"cert1"},{"op":"replace","path":"/*/*/throttling/rateLimit","value":"2.5"},{"op":"replace","path":"/*/*/throttling/burstLimit","value":"5"}]}"#
    );
    assert!(
        seen[3].contains("arn:aws:apigateway:eu-west-1::/restapis/api1/stages/proof"),
        "{}",
        seen[3]
    );
}

#[test]
fn a_temporary_stage_that_cannot_be_made_like_another_goes_again() {
    let like = r#"{"stageName":"prod","deploymentId":"old111","clientCertificateId":"cert1"}"#;
    let refused = r#"{"__type":"BadRequestException","message":"no such certificate"}"#;
    let answers = [(200, like), (201, "{}"), (400, refused), (202, "")];
    let (made, seen) = change(&create_stage(), &answers);
    let error = made.expect_err("a refusal");
    assert_eq!(error.class, WriteFailure::Refused, "{error}");
    assert_eq!(seen[3], "DELETE /restapis/api1/stages/proof");
    // Where it cannot go, it may be there.
    let answers = [(200, like), (201, "{}"), (400, refused), (500, "{}")];
    let (made, _) = change(&create_stage(), &answers);
    assert_eq!(made.expect_err("it is there").class, WriteFailure::Lost);
}

/// A stage as AWS tells it, and all that lets callers in or out of it.
const PROD: &str = r#"{"stageName":"prod","deploymentId":"old111","clientCertificateId":"cert1","webAclArn":"arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/w/1","methodSettings":{"*/*":{"throttlingBurstLimit":5,"throttlingRateLimit":2.5}}}"#;
const BARE: &str = r#"{"stageName":"proof","deploymentId":"new111"}"#;
const TOO_NEW: &str = r#"{"__type":"WAFUnavailableEntityException","message":"AWS WAF couldn't retrieve the resource"}"#;

fn furnish_stage() -> Operation<Settled> {
    Operation::FurnishStage {
        api: id("api1"),
        stage: id("proof"),
        like: id("prod"),
    }
}

fn is_furnished(answers: Answers<'_>) -> Held {
    let condition = Condition::StageFurnished {
        api: id("api1"),
        stage: id("proof"),
        like: id("prod"),
    };
    look(&condition, answers).expect("an answer")
}

#[test]
fn a_temporary_stage_that_aws_waf_does_not_know_yet_stays_and_is_given_its_web_acl_later() {
    let answers = [(200, PROD), (201, "{}"), (200, "{}"), (400, TOO_NEW)];
    let (made, seen) = change(&create_stage(), &answers);
    assert_eq!(made, Ok(None));
    assert_eq!(seen.len(), 4, "it is not deleted");
    let half = r#"{"stageName":"proof","deploymentId":"new111","clientCertificateId":"cert1","methodSettings":{"*/*":{"throttlingBurstLimit":5,"throttlingRateLimit":2.5}}}"#;
    let (made, seen) = change(
        &furnish_stage(),
        &[(200, PROD), (200, half), (400, TOO_NEW)],
    );
    let error = made.expect_err("it is still too new");
    assert_eq!(error.class, WriteFailure::NotYet, "{error}");
    let said = "stage proof may lack the web ACL of prod, and can be reached, until";
    assert!(error.message.starts_with(said), "{error}");
    assert!(
        seen[2].contains("restapis/api1/stages/proof"),
        "{}",
        seen[2]
    );
}

#[test]
fn a_stage_is_given_what_it_lacks_of_another_one_and_nothing_else() {
    let answers = [(200, PROD), (200, BARE), (200, "{}"), (200, "{}")];
    let (made, seen) = change(&furnish_stage(), &answers);
    assert_eq!(made, Ok(None));
    assert!(
        seen[2].starts_with("PATCH /restapis/api1/stages/proof"),
        "{}",
        seen[2]
    );
    for path in [
        "/clientCertificateId",
        "/*/*/throttling/rateLimit",
        "/*/*/throttling/burstLimit",
    ] {
        assert!(seen[2].contains(path), "{path}: {}", seen[2]);
    }
    assert!(seen[3].contains("regional/webacl/w/1"), "{}", seen[3]);
    let (made, seen) = change(&furnish_stage(), &[(200, PROD), (200, PROD)]);
    assert_eq!((made, seen.len()), (Ok(None), 2));
    let gone = [(200, PROD), (404, "{}")];
    let (made, _) = change(&furnish_stage(), &gone);
    assert_eq!(made.expect_err("it is gone").class, WriteFailure::Refused);
}

#[test]
fn a_stage_that_lacks_something_of_another_one_is_told_from_one_that_has_it_all() {
    assert_eq!(is_furnished(&[(200, PROD), (200, PROD)]), Held::Yes);
    assert_eq!(is_furnished(&[(200, BARE), (200, PROD)]), Held::Yes);
    let found = "it lacks the client certificate, the throttle, the web ACL";
    assert_eq!(is_furnished(&[(200, PROD), (200, BARE)]), no(found));
    assert_eq!(
        is_furnished(&[(200, PROD), (404, "{}")]),
        no("there is no such stage")
    );
}

#[test]
fn a_deployment_of_an_http_api_is_unused_once_no_stage_names_it() {
    let unused = Condition::HttpDeploymentUnused {
        api: id("http1"),
        deployment: id("new111"),
    };
    let first = (
        200,
        r#"{"items":[{"stageName":"a","deploymentId":"old111"}],"nextToken":"t"}"#,
    );
    let other = (
        200,
        r#"{"items":[{"stageName":"b","deploymentId":"old222"}]}"#,
    );
    let ours = (
        200,
        r#"{"items":[{"stageName":"b","deploymentId":"new111"}]}"#,
    );
    assert_eq!(look(&unused, &[first, other]), Ok(Held::Yes));
    assert_eq!(look(&unused, &[first, ours]), Ok(no("stage b runs it")));
    let gone = Condition::HttpDeploymentGone {
        api: id("http1"),
        deployment: id("new111"),
    };
    assert_eq!(look(&gone, &[(404, "{}")]), Ok(Held::Yes));
    assert_eq!(
        look(&gone, &[(200, r#"{"deploymentId":"new111"}"#)]),
        Ok(no("it stands"))
    );
}

#[test]
fn a_web_acl_that_cannot_be_given_on_stops_a_temporary_stage_before_it_is_made() {
    let like = r#"{"stageName":"prod","deploymentId":"old111","webAclArn":"arn:aws:waf-regional:eu-west-1:123456789012:webacl/1"}"#;
    let answers = [(200, like)];
    let (made, seen) = change(&create_stage(), &answers);
    assert_eq!(made.expect_err("a refusal").class, WriteFailure::Refused);
    assert_eq!(seen.len(), 1);
}

#[test]
fn a_look_that_fails_before_a_change_is_no_change() {
    for (status, class) in [
        (500, WriteFailure::Throttled),
        (403, WriteFailure::Denied),
        (404, WriteFailure::Refused),
    ] {
        let answers = [(status, "{}")];
        let (made, seen) = change(&create_stage(), &answers);
        assert_eq!(made.expect_err("a failure").class, class, "{status}");
        assert_eq!(seen.len(), 1);
    }
}

#[test]
fn what_a_default_vpc_says_of_a_rule_that_does_not_stand_is_a_refusal() {
    let answer = "<RevokeSecurityGroupIngressResponse><return>true</return>\
                  <unknownIpPermissionSet><item><ipProtocol>tcp</ipProtocol></item>\
                  </unknownIpPermissionSet></RevokeSecurityGroupIngressResponse>";
    let operation = Operation::RevokeRule {
        group: id("sg-1"),
        rule: unbridge_model::plan::operation::GroupRule {
            direction: unbridge_model::network::Direction::Ingress,
            port: 80,
            peer: id("sg-2"),
        },
    };
    let answers = [(200, answer)];
    let (made, _) = change(&operation, &answers);
    assert_eq!(made.expect_err("a refusal").class, WriteFailure::Refused);
}
