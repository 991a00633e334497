//! Whole proofs over a scripted API.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use unbridge_model::apigateway::{
    ApiMapping, ByIdOrName, DefaultEndpoint, DomainName, Method, MethodField, MethodSettings,
    RestApi, Sealed, Verb,
};
use unbridge_model::digest::Digester;
use unbridge_model::id::{
    AccountId, LoadBalancerArn, Region, ResourceId, RestApiId, Sha256, StageName, StepId, VpcLinkId,
};
use unbridge_model::plan::condition::Gate;
use unbridge_model::plan::operation::{ConnectionId, IntegrationPatch, MethodRef, Operation};
use unbridge_model::plan::value::Later;
use unbridge_model::plan::{Body, Phase, Plan, Step, Undo};
use unbridge_model::port::{Clock, Judgement, Prober, Waited};
use unbridge_model::snapshot::RegionFacts;
use unbridge_model::text::Text;

use crate::proof::{Answer, Ask, Bodies, Patience, Probe, Probes, Proof, Request, SentTo};

fn region() -> Region {
    Region::new("eu-west-1").expect("a region")
}

fn api() -> RestApiId {
    RestApiId::new("abc123").expect("an API")
}

fn stage(name: &str) -> StageName {
    StageName::new(name).expect("a stage")
}

fn gate() -> Gate {
    Gate::Proof {
        api: api(),
        stage: stage("ub-7f3a"),
        like: stage("prod"),
    }
}

/// What a method asks of its callers.
#[derive(Clone, Copy, PartialEq)]
enum Asks {
    Nothing,
    Key,
    Signature,
    Token,
}

const METHODS: &[(Verb, &str, Asks)] = &[
    (Verb::Get, "/orders", Asks::Nothing),
    (Verb::Post, "/orders", Asks::Nothing),
    (Verb::Get, "/orders/{id}", Asks::Nothing),
    (Verb::Get, "/orders/mine", Asks::Token),
    (Verb::Get, "/keyed", Asks::Key),
    (Verb::Get, "/signed", Asks::Signature),
    (Verb::Any, "/any", Asks::Nothing),
    (Verb::Any, "/{proxy+}", Asks::Nothing),
];

fn settings(asks: Asks) -> Option<Arc<MethodSettings>> {
    let seal = |field| {
        let digest = Digester::new(&[7; 32]).seal("CUSTOM");
        Sealed::new(BTreeMap::from([(field, digest)]))
    };
    let sealed = match asks {
        Asks::Nothing => return None,
        Asks::Key => seal(MethodField::ApiKeyRequired),
        Asks::Signature | Asks::Token => seal(MethodField::AuthorizationType),
    };
    let authorizer = ByIdOrName::Name(Text::new("tokens"));
    Some(Arc::new(MethodSettings {
        authorizer: (asks == Asks::Token).then_some(authorizer),
        sealed,
        ..MethodSettings::default()
    }))
}

fn facts() -> RegionFacts {
    let methods = METHODS.iter().map(|(verb, path, asks)| Method {
        path: Text::new(path),
        verb: *verb,
        resource: None,
        integration: None,
        settings: settings(*asks),
    });
    let methods: Vec<_> = methods.collect();
    RegionFacts {
        rest_apis: vec![RestApi {
            id: api(),
            region: region(),
            name: Text::new("orders-api"),
            endpoint_types: vec![Text::new("REGIONAL")],
            default_endpoint: DefaultEndpoint::Answers,
            tags: BTreeMap::new(),
            draft: Some(methods.into()),
            settings: None,
            deployments: None,
            stages: None,
        }],
        domain_names: vec![DomainName {
            name: Text::new("api.example.com"),
            region: region(),
            mappings: Some(vec![ApiMapping {
                api: Text::new("abc123"),
                stage: Text::new("prod"),
                key: Some(Text::new("v1")),
            }]),
        }],
        ..RegionFacts::default()
    }
}

fn plan() -> Plan {
    let alb = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/orders/1";
    let steps = METHODS
        .iter()
        .enumerate()
        .map(|(number, (verb, path, _))| Step {
            id: StepId::new(format!("rewire-{number}")).expect("a name"),
            phase: Phase::Rewire,
            forward: Text::new(""),
            backward: Text::new(""),
            preconditions: Vec::new(),
            operation: Operation::UpdateIntegration {
                method: MethodRef {
                    api: api(),
                    resource: ResourceId::new("r1").expect("a resource"),
                    path: Text::new(path),
                    verb: *verb,
                },
                patch: IntegrationPatch {
                    connection_id: ConnectionId::Link(Later::Known(
                        VpcLinkId::new("l2").expect("a link"),
                    )),
                    integration_target: Some(LoadBalancerArn::new(alb).expect("an ARN")),
                    uri: None,
                },
            },
            verification: Vec::new(),
            verify_within: 0,
            gate: None,
            undo: Undo::Nothing,
        });
    let account = AccountId::new("123456789012").expect("an account");
    let body = Body::of_steps(account, region(), Text::new("me"), steps.collect());
    Plan::new(Text::new("0.1.0"), body)
}

fn probes(replay: usize, requests: Vec<Probe>) -> Probes {
    Probes {
        requests,
        replay,
        bodies: Bodies::Equal,
        sent_to: SentTo::OwnHosts,
    }
}

fn probe(verb: Verb, path: &str) -> Probe {
    Probe {
        path: Text::new(path),
        verb,
        status: 200,
        api: None,
        stage: None,
        headers: Vec::new(),
    }
}

fn ok() -> Answer {
    Answer {
        status: 200,
        headers: Vec::new(),
        body: Sha256::of(b"orders"),
    }
}

fn by_gateway(status: u16) -> Answer {
    let header = (
        Text::new("x-amzn-errortype"),
        Text::new("ForbiddenException"),
    );
    Answer {
        status,
        headers: vec![header],
        body: Sha256::of(b"no"),
    }
}

/// An API that answers by what it is asked, and keeps the time.
struct Api<F> {
    answers: F,
    heard: RefCell<Vec<String>>,
    waited: Cell<Duration>,
    interrupts: Waited,
}

impl<F: Fn(&Request, Duration) -> Result<Answer, Text>> Ask for &Api<F> {
    fn ask(&self, request: &Request) -> Result<Answer, Text> {
        let Request {
            stage, verb, path, ..
        } = request;
        self.heard
            .borrow_mut()
            .push(format!("{stage} {verb} {path}"));
        (self.answers)(request, self.waited.get())
    }
}

impl<F> Clock for Api<F> {
    fn now(&self) -> Duration {
        self.waited.get()
    }

    fn wall(&self) -> Text {
        Text::new("2026-01-01T00:00:00Z")
    }

    fn wait(&self, pause: Duration) -> Waited {
        self.waited.set(self.waited.get() + pause);
        self.interrupts
    }
}

fn answering<F: Fn(&Request, Duration) -> Result<Answer, Text>>(answers: F) -> Api<F> {
    Api {
        answers,
        heard: RefCell::default(),
        waited: Cell::default(),
        interrupts: Waited::Passed,
    }
}

fn is_new(request: &Request) -> bool {
    request.stage.as_str() == "ub-7f3a"
}

fn proven<F>(api: &Api<F>, facts: &RegionFacts, probes: &Probes) -> Judgement
where
    F: Fn(&Request, Duration) -> Result<Answer, Text>,
{
    let plan = plan();
    let proof = Proof::new(&plan, facts, probes.clone(), api, api, Patience::default());
    proof.prove(&gate())
}

fn why(judgement: Judgement) -> String {
    match judgement {
        Judgement::Pass => "pass".to_owned(),
        Judgement::Fail { why } => format!("fail: {why}"),
        Judgement::Inconclusive { why } => format!("inconclusive: {why}"),
        Judgement::Error { why } => format!("error: {why}"),
    }
}

#[test]
fn methods_that_take_nothing_are_asked_by_themselves_on_both_stages() {
    let api = answering(|_, _| Ok(ok()));
    assert_eq!(
        proven(&api, &facts(), &probes(20, Vec::new())),
        Judgement::Pass
    );
    assert_eq!(
        *api.heard.borrow(),
        [
            "prod GET /any",
            "ub-7f3a GET /any",
            "prod GET /any",
            "prod GET /orders",
            "ub-7f3a GET /orders",
            "prod GET /orders",
        ]
    );
}

#[test]
fn no_more_methods_are_asked_by_themselves_than_wanted_and_the_rest_is_said() {
    let api = answering(|_, _| Ok(ok()));
    let (plan, facts, probes) = (plan(), facts(), probes(1, Vec::new()));
    let proof = Proof::new(&plan, &facts, probes, &api, &api, Patience::default());
    assert_eq!(proof.prove(&gate()), Judgement::Pass);
    let shown = proof.last().expect("a proof");
    assert_eq!(shown.asked.len(), 1);
    assert!(
        shown.left_out[0].starts_with("7 methods for a probe"),
        "{:?}",
        shown.left_out
    );
}

#[test]
fn without_any_request_nothing_passes() {
    let api = answering(|_, _| Ok(ok()));
    let told = why(proven(&api, &facts(), &probes(0, Vec::new())));
    assert!(
        told.starts_with("inconclusive: no request shows") && told.contains("--probe"),
        "{told}"
    );
    assert!(api.heard.borrow().is_empty());
    let mut unknown = facts();
    unknown.rest_apis.clear();
    let told = why(proven(&api, &unknown, &probes(20, Vec::new())));
    assert_eq!(told, "error: REST API abc123 was not found");
}

#[test]
fn answers_that_show_nothing_do_not_pass() {
    let api = answering(|_, _| Ok(by_gateway(403)));
    let told = why(proven(&api, &facts(), &probes(20, Vec::new())));
    assert!(told.starts_with("inconclusive: no request shows"), "{told}");
}

#[test]
fn a_stage_that_has_not_arrived_yet_is_waited_for() {
    let arrived = Duration::from_secs(45);
    let api = answering(
        |request, waited| match is_new(request) && waited < arrived {
            true => Ok(by_gateway(403)),
            false => Ok(ok()),
        },
    );
    assert_eq!(
        proven(&api, &facts(), &probes(20, Vec::new())),
        Judgement::Pass
    );
    assert_eq!(api.waited.get(), Duration::from_secs(50));
}

#[test]
fn a_stage_that_leads_elsewhere_fails_when_patience_is_used_up_for_all_requests() {
    let wrong = Answer {
        status: 404,
        ..ok()
    };
    let api = answering(|request, _| Ok(if is_new(request) { wrong.clone() } else { ok() }));
    assert_eq!(
        why(proven(&api, &facts(), &probes(20, Vec::new()))),
        "fail: on the temporary stage, GET /any: it is answered 404, and 200 before; GET /orders: \
         it is answered 404, and 200 before"
    );
    assert_eq!(api.waited.get(), Patience::default().within);
}

#[test]
fn what_changes_something_is_sent_once_to_each_unless_it_surely_did_not_arrive() {
    let post = || probes(0, vec![probe(Verb::Post, "/orders")]);
    let wrong = Answer {
        status: 404,
        ..ok()
    };
    let reached = answering(|request, _| Ok(if is_new(request) { wrong.clone() } else { ok() }));
    assert!(why(proven(&reached, &facts(), &post())).starts_with("fail"));
    assert_eq!(
        *reached.heard.borrow(),
        ["prod POST /orders", "ub-7f3a POST /orders"]
    );
    let lost = answering(|request, _| match is_new(request) {
        true => Err(Text::new("the connection broke")),
        false => Ok(ok()),
    });
    let told = why(proven(&lost, &facts(), &post()));
    assert_eq!(told, "error: POST /orders: the connection broke");
    assert_eq!(lost.heard.borrow().len(), 2);
    let early = answering(
        |request, waited| match is_new(request) && waited.as_secs() < 20 {
            true => Ok(by_gateway(403)),
            false => Ok(ok()),
        },
    );
    assert_eq!(proven(&early, &facts(), &post()), Judgement::Pass);
    assert_eq!(
        *early.heard.borrow(),
        [
            "prod POST /orders",
            "ub-7f3a POST /orders",
            "ub-7f3a POST /orders",
            "ub-7f3a POST /orders",
        ]
    );
}

#[test]
fn however_long_a_stage_takes_to_arrive_the_live_one_is_changed_once() {
    let never = answering(|request, _| {
        Ok(if is_new(request) {
            by_gateway(404)
        } else {
            ok()
        })
    });
    let post = probes(0, vec![probe(Verb::Post, "/orders")]);
    assert!(why(proven(&never, &facts(), &post)).starts_with("fail"));
    let heard = never.heard.borrow();
    let live = heard.iter().filter(|one| one.starts_with("prod")).count();
    assert_eq!((live, heard.len()), (1, 14));
}

#[test]
fn what_the_backend_may_have_done_is_not_sent_again_though_the_gateway_answers() {
    for (status, word) in [
        (504, "InternalServerErrorException"),
        (500, "InternalServerErrorException"),
        (404, "InternalServerErrorException"),
        (502, "BadGatewayException"),
    ] {
        let gave_up = answering(|request, _| {
            let header = (Text::new("x-amzn-errortype"), Text::new(word));
            Ok(match is_new(request) {
                true => Answer {
                    status,
                    headers: vec![header],
                    ..ok()
                },
                false => ok(),
            })
        });
        let post = probes(0, vec![probe(Verb::Post, "/orders")]);
        assert!(why(proven(&gave_up, &facts(), &post)).starts_with("fail"));
        assert_eq!(
            *gave_up.heard.borrow(),
            ["prod POST /orders", "ub-7f3a POST /orders"],
            "{status} {word}"
        );
    }
}

#[test]
fn what_changes_something_is_sent_last_and_only_while_nothing_differs() {
    let both = || {
        let requests = vec![probe(Verb::Delete, "/any"), probe(Verb::Get, "/orders")];
        probes(0, requests)
    };
    let good = answering(|_, _| Ok(ok()));
    assert_eq!(proven(&good, &facts(), &both()), Judgement::Pass);
    assert_eq!(
        *good.heard.borrow(),
        [
            "prod GET /orders",
            "ub-7f3a GET /orders",
            "prod GET /orders",
            "prod DELETE /any",
            "ub-7f3a DELETE /any",
        ]
    );
    let wrong = Answer {
        status: 404,
        ..ok()
    };
    let bad = answering(|request, _| Ok(if is_new(request) { wrong.clone() } else { ok() }));
    let (plan, facts, both) = (plan(), facts(), both());
    let proof = Proof::new(&plan, &facts, both, &bad, &bad, Patience::default());
    assert!(why(proof.prove(&gate())).starts_with("fail: on the temporary stage, GET /orders"));
    let heard = bad.heard.borrow();
    assert!(heard.iter().all(|one| !one.contains("DELETE")), "{heard:?}");
    let left_out = proof.last().expect("a proof").left_out;
    assert_eq!(
        left_out.last().map(Text::as_str),
        Some("DELETE /any: not sent, for another request failed already")
    );
}

#[test]
fn what_a_live_stage_refuses_is_not_sent_to_the_temporary_one() {
    let refused = Answer {
        status: 409,
        ..ok()
    };
    let api = answering(|_, _| Ok(refused.clone()));
    let post = probes(0, vec![probe(Verb::Post, "/orders")]);
    assert_eq!(
        why(proven(&api, &facts(), &post)),
        "inconclusive: POST /orders: the live stage answers 409, not 200"
    );
    assert_eq!(*api.heard.borrow(), ["prod POST /orders"]);
    let lost = answering(|_, _| Err(Text::new("the connection broke")));
    let told = why(proven(&lost, &facts(), &post));
    assert_eq!(told, "error: POST /orders: the connection broke");
    assert_eq!(*lost.heard.borrow(), ["prod POST /orders"]);
}

#[test]
fn probes_are_for_their_own_api_and_stage() {
    let heard = |probe: Probe| {
        let api = answering(|_, _| Ok(ok()));
        let judgement = proven(&api, &facts(), &probes(0, vec![probe]));
        let heard = api.heard.borrow();
        (judgement == Judgement::Pass, heard.first().cloned())
    };
    let asked = |what: &str| (true, Some(what.to_owned()));
    let get = |path| probe(Verb::Get, path);
    assert_eq!(
        heard(get("/orders/42?x=1")),
        asked("prod GET /orders/42?x=1")
    );
    assert_eq!(
        heard(get("https://api.example.com/v1/orders/42")),
        asked("prod GET /orders/42")
    );
    assert_eq!(
        heard(get("/whatever/else")),
        asked("prod GET /whatever/else")
    );
    for api in ["abc123", "orders-api"] {
        let api = Some(Text::new(api));
        assert_eq!(heard(Probe { api, ..get("/any") }), asked("prod GET /any"));
    }
    for elsewhere in [
        Probe {
            api: Some(Text::new("other")),
            ..get("/any")
        },
        Probe {
            stage: Some(stage("dev")),
            ..get("/any")
        },
        get("https://zzz.execute-api.eu-west-1.amazonaws.com/prod/any"),
        get("https://abc123.execute-api.eu-west-1.amazonaws.com/dev/any"),
        get("https://nowhere.example.com/any"),
    ] {
        assert_eq!(heard(elsewhere), (false, None));
    }
}

#[test]
fn what_a_temporary_stage_cannot_be_asked_is_left_out_with_the_reason() {
    let told = |path, headers: Vec<(Text, Text)>| {
        let asked = Probe {
            headers,
            ..probe(Verb::Get, path)
        };
        let api = answering(|_, _| Ok(ok()));
        why(proven(&api, &facts(), &probes(0, vec![asked])))
    };
    let token = || vec![(Text::new("authorization"), Text::new("Bearer t"))];
    assert!(told("/keyed", token()).contains("no usage plan names the temporary stage"));
    assert!(told("/signed", token()).contains("a signature of AWS"));
    assert!(told("/orders/mine", Vec::new()).contains("an authorizer looks at it"));
    assert_eq!(told("/orders/mine", token()), "pass");
    assert_eq!(told("/orders/42", Vec::new()), "pass");
}

#[test]
fn a_private_api_needs_an_address_and_one_without_its_own_cannot_be_proven_h28() {
    let mut private = facts();
    private.rest_apis[0].endpoint_types = vec![Text::new("PRIVATE")];
    let api = answering(|_, _| Ok(ok()));
    let told = why(proven(&api, &private, &probes(20, Vec::new())));
    assert!(
        told.starts_with("inconclusive: orders-api is a private API"),
        "{told}"
    );
    assert!(api.heard.borrow().is_empty());
    let mut closed = facts();
    closed.rest_apis[0].default_endpoint = DefaultEndpoint::Disabled;
    let told = why(proven(&api, &closed, &probes(20, Vec::new())));
    assert!(
        told.starts_with("inconclusive: the default endpoint of orders-api is disabled"),
        "{told}"
    );
    assert!(api.heard.borrow().is_empty());
    let through = Probes {
        sent_to: SentTo::Address,
        ..probes(20, Vec::new())
    };
    assert_eq!(proven(&api, &private, &through), Judgement::Pass);
}

#[test]
fn a_live_stage_that_does_not_answer_as_said_leaves_it_undecided() {
    let api = answering(|_, _| Ok(ok()));
    let asked = Probe {
        status: 201,
        ..probe(Verb::Get, "/any")
    };
    assert_eq!(
        why(proven(&api, &facts(), &probes(20, vec![asked]))),
        "inconclusive: GET /any: the live stage answers 200, not 201"
    );
}

#[test]
fn an_interrupted_proof_does_not_pass() {
    let mut api = answering(|request, _| {
        Ok(if is_new(request) {
            by_gateway(403)
        } else {
            ok()
        })
    });
    api.interrupts = Waited::Interrupted;
    let told = why(proven(&api, &facts(), &probes(20, Vec::new())));
    assert_eq!(told, "inconclusive: a person interrupted the proof");
}

#[test]
fn secrets_are_in_no_text() {
    let secret = vec![(Text::new("authorization"), Text::new("hunter2"))];
    let asked = Probe {
        headers: secret.clone(),
        ..probe(Verb::Get, "/any")
    };
    let request = Request {
        api: api(),
        stage: stage("prod"),
        verb: Verb::Get,
        path: Text::new("/any"),
        headers: secret,
    };
    let told = format!("{asked:?} {request:?} {:?}", probes(0, vec![asked.clone()]));
    assert!(!told.contains("hunter2"), "{told}");
}
