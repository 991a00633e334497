//! Which requests a gate is about, and over which minutes.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use unbridge_model::elb::{
    Action, Listener, LoadBalancer, LoadBalancerType, Rule, Target, TargetGroup, TargetType,
    WeightedGroup,
};
use unbridge_model::gap::GapClass;
use unbridge_model::id::{
    AccountId, DeploymentId, HttpApiId, HttpIntegrationId, ListenerArn, LoadBalancerArn, Region,
    ResourceId, RestApiId, RouteId, RuleArn, StageName, StepId, TargetGroupArn, VpcLinkId,
};
use unbridge_model::plan::condition::Gate;
use unbridge_model::plan::operation::{
    ConnectionId, IntegrationPatch, MethodRef, Operation, Percent,
};
use unbridge_model::plan::value::Later;
use unbridge_model::plan::{Body, Phase, Plan, Step, Undo};
use unbridge_model::port::{Judgement, Meter, ReadError};
use unbridge_model::snapshot::RegionFacts;
use unbridge_model::text::Text;
use unbridge_model::uri::Uri;
use unbridge_model::usage::{Measure, Measured, MetricQuery, Span};

use crate::canary::{Source, Thresholds, Timing, Watch};

/// 2026-01-01T10:00:30Z: when the run began.
const BEGAN: i64 = 1_767_261_630;
/// A quarter of an hour later: when the first share is set.
const SET: i64 = BEGAN + 900;
const BAKE: u32 = 600;

fn arn<T: TryFrom<Text>>(tail: &str) -> T {
    let arn = format!("arn:aws:elasticloadbalancing:eu-west-1:123456789012:{tail}");
    T::try_from(Text::from(arn)).ok().expect("an ARN")
}

fn alb() -> LoadBalancerArn {
    arn("loadbalancer/app/orders/1")
}

fn group(name: &str) -> TargetGroupArn {
    arn(&format!("targetgroup/{name}/1"))
}

fn listener(port: u16) -> ListenerArn {
    arn(&format!("listener/app/orders/1/{port}"))
}

fn rest() -> RestApiId {
    RestApiId::new("abc123").expect("an API")
}

fn http() -> HttpApiId {
    HttpApiId::new("h1").expect("an API")
}

fn prod() -> StageName {
    StageName::new("prod").expect("a stage")
}

fn id(name: &str) -> StepId {
    StepId::new(name).expect("a name")
}

fn step(name: &str, operation: Operation, gate: Option<Gate>) -> Step {
    Step {
        id: id(name),
        phase: Phase::Shift,
        forward: Text::new(""),
        backward: Text::new(""),
        preconditions: Vec::new(),
        operation,
        verification: Vec::new(),
        verify_within: 0,
        gate,
        undo: Undo::Nothing,
    }
}

fn bake() -> Gate {
    Gate::Bake {
        api: rest(),
        stage: prod(),
        seconds: BAKE,
    }
}

fn canary(percent: u8) -> Step {
    let operation = Operation::SetCanary {
        api: rest(),
        stage: prod(),
        deployment: Later::Known(DeploymentId::new("d2").expect("a deployment")),
        percent: Percent::new(percent).expect("a share"),
    };
    step(&format!("canary-{percent}"), operation, Some(bake()))
}

fn link() -> Later<VpcLinkId> {
    Later::Known(VpcLinkId::new("l2").expect("a link"))
}

/// A REST API to port 80 of the ALB by two shares, and a route of an HTTP API to port 8080 of it.
fn plan() -> Plan {
    let method = MethodRef {
        api: rest(),
        resource: ResourceId::new("r1").expect("a resource"),
        path: Text::new("/orders"),
        verb: unbridge_model::apigateway::Verb::Get,
    };
    let patch = IntegrationPatch {
        connection_id: ConnectionId::Link(link()),
        integration_target: Some(alb()),
        uri: Some(Uri::new("http://orders.example.com/orders")),
    };
    let integration = |text| HttpIntegrationId::new(text).expect("an integration");
    let steps = vec![
        step(
            "rewire",
            Operation::UpdateIntegration { method, patch },
            None,
        ),
        canary(10),
        canary(50),
        step(
            "copy",
            Operation::CreateHttpIntegration {
                api: http(),
                like: integration("i1"),
                link: link(),
                listener: listener(8080),
            },
            None,
        ),
        step(
            "route",
            Operation::UpdateRoute {
                api: http(),
                route: RouteId::new("r1").expect("a route"),
                key: Text::new("GET /a"),
                integration: Later::From(id("copy")),
            },
            Some(Gate::BakeHttp {
                api: http(),
                stages: vec![prod()],
                seconds: BAKE,
            }),
        ),
    ];
    let account = AccountId::new("123456789012").expect("an account");
    let region = Region::new("eu-west-1").expect("a region");
    Plan::new(
        Text::new("0.1.0"),
        Body::of_steps(account, region, Text::new("me"), steps),
    )
}

fn facts() -> RegionFacts {
    let region = || Region::new("eu-west-1").expect("a region");
    let forward = |name: &str| Action::Forward {
        groups: vec![WeightedGroup {
            group: group(name),
            weight: None,
        }],
    };
    let listening = |port: u16, default: &str, ruled: &str| Listener {
        arn: listener(port),
        port: Some(port),
        protocol: Some(Text::new("HTTP")),
        certificates: Vec::new(),
        mutual_authentication: None,
        default_actions: vec![forward(default)],
        rules: Some(vec![Rule {
            arn: arn::<RuleArn>(&format!("listener-rule/app/orders/1/{port}/1")),
            priority: 1,
            conditions: Vec::new(),
            actions: vec![forward(ruled)],
            transforms: Vec::new(),
        }]),
    };
    let lb = LoadBalancer {
        arn: alb(),
        region: region(),
        name: Text::new("orders"),
        kind: LoadBalancerType::Application,
        scheme: None,
        dns_name: None,
        vpc: None,
        zones: Vec::new(),
        security_groups: Vec::new(),
        private_link_inbound_rules: None,
        listeners: Some(vec![
            listening(80, "web", "orders"),
            listening(8080, "admin", "admin"),
        ]),
        attributes: None,
        tags: None,
        web_acl: None,
        traffic: None,
        capacity_reservation: None,
    };
    let orders = TargetGroup {
        arn: group("orders"),
        region: region(),
        name: Text::new("orders"),
        target_type: TargetType::Ip,
        protocol: None,
        port: None,
        vpc: None,
        load_balancers: vec![alb()],
        targets: Some(vec![target("healthy"), target("draining")]),
        attributes: None,
        tags: None,
    };
    RegionFacts {
        load_balancers: BTreeMap::from([(alb(), lb)]),
        target_groups: BTreeMap::from([(group("orders"), orders)]),
        ..RegionFacts::default()
    }
}

fn target(health: &str) -> Target {
    Target {
        id: Text::new("10.0.0.1"),
        port: Some(80),
        health: Text::new(health),
    }
}

/// A region that counts the same in each minute until something goes wrong.
struct Counting {
    now: Cell<i64>,
    names: Vec<(&'static str, &'static str)>,
    /// From when on a tenth of the requests are answered 404.
    wrong_from: i64,
    health: Cell<&'static str>,
    fails: Cell<bool>,
    asked: RefCell<Vec<(usize, Span)>>,
}

impl Default for Counting {
    fn default() -> Self {
        Self {
            now: Cell::new(SET + 60),
            names: vec![("abc123", "orders-api"), ("def456", "other-api")],
            wrong_from: i64::MAX,
            health: Cell::new("healthy"),
            fails: Cell::new(false),
            asked: RefCell::default(),
        }
    }
}

impl Source for &Counting {
    fn now(&self) -> Result<i64, ReadError> {
        match self.now.get() {
            0 => Err(ReadError::new(GapClass::Failed, "it was not told")),
            now => Ok(now),
        }
    }

    fn rest_apis(&self) -> Result<Vec<(RestApiId, Text)>, ReadError> {
        let named = self.names.iter().map(|(id, name)| {
            let id = RestApiId::new(*id).expect("an API");
            (id, Text::new(name))
        });
        Ok(named.collect())
    }

    fn series(
        &self,
        queries: &[MetricQuery],
        span: Span,
    ) -> Result<BTreeMap<MetricQuery, Vec<(u32, f64)>>, ReadError> {
        if self.fails.get() {
            return Err(ReadError::new(GapClass::Denied, "AccessDenied"));
        }
        self.asked.borrow_mut().push((queries.len(), span));
        let value = |query: &MetricQuery, minute: u32| {
            let begins = span.from() + i64::from(minute) * 60;
            let wrong = begins >= self.wrong_from;
            match (&query.of, query.measure) {
                (_, Measure::Count | Measure::RequestCount | Measure::Target2xx) => Some(3000.0),
                (_, Measure::Count4xx) if wrong => Some(300.0),
                _ => None,
            }
        };
        let told = queries.iter().map(|query| {
            let values = (0..span.periods()).filter_map(|at| Some((at, value(query, at)?)));
            (query.clone(), values.collect())
        });
        Ok(told.collect())
    }

    fn targets(&self, _: &TargetGroupArn) -> Result<Vec<Target>, ReadError> {
        match self.health.get() {
            "unreadable" => Err(ReadError::new(GapClass::Denied, "AccessDenied")),
            health => Ok(vec![target(health)]),
        }
    }
}

fn timing(metrics: u64) -> Timing {
    Timing {
        began: BEGAN,
        metrics: Duration::from_secs(metrics),
        slice: Duration::from_secs(60),
    }
}

fn gate_of<'p>(plan: &'p Plan, step: &str) -> &'p Gate {
    let step = plan.body.step(&id(step)).expect("the step");
    step.gate.as_ref().expect("its gate")
}

fn why(judgement: &Judgement) -> &str {
    match judgement {
        Judgement::Pass => "pass",
        Judgement::Fail { why } | Judgement::Inconclusive { why } | Judgement::Error { why } => why,
    }
}

#[test]
fn a_watch_compares_the_hour_before_the_run_with_the_whole_minutes_since_the_share() {
    let (plan, facts, counting) = (plan(), facts(), Counting::default());
    let watch = Watch::new(&plan, &facts, &counting, Thresholds::default(), timing(180));
    let gate = gate_of(&plan, "canary-10");
    let early = watch.judge(gate);
    assert!(
        why(&early).contains("no request to stage prod of orders-api yet"),
        "{early:?}"
    );
    counting.now.set(SET + 600);
    assert_eq!(watch.judge(gate), Judgement::Pass);
    let measured = watch.last().expect("a measurement");
    assert_eq!((measured.share_percent, measured.minutes), (10.0, 6));
    let spans: Vec<_> = counting
        .asked
        .borrow()
        .iter()
        .map(|(_, span)| *span)
        .collect();
    let whole = BEGAN - 30;
    let expected = [
        Span::minutes(whole - 3600, whole),
        // The run began half a minute after a whole one, and so did the share.
        Span::minutes(SET + 30, SET + 390),
    ];
    assert_eq!(spans, expected);
}

#[test]
fn a_longer_watch_has_as_long_a_base_line() {
    let (mut plan, facts, counting) = (plan(), facts(), Counting::default());
    for step in &mut plan.body.steps {
        if let Some(Gate::Bake { seconds, .. }) = &mut step.gate {
            *seconds = 7200;
        }
    }
    let watch = Watch::new(&plan, &facts, &counting, Thresholds::default(), timing(0));
    watch.judge(gate_of(&plan, "canary-10"));
    assert_eq!(counting.asked.borrow()[0].1.periods(), 120);
}

#[test]
fn each_share_is_watched_from_its_own_beginning_against_the_same_base_line() {
    let (plan, facts, counting) = (plan(), facts(), Counting::default());
    let watch = Watch::new(&plan, &facts, &counting, Thresholds::default(), timing(180));
    for (step, share, moment) in [
        ("canary-10", 10.0, SET + 600),
        ("canary-50", 50.0, SET + 1500),
    ] {
        counting.now.set(moment - 540);
        watch.judge(gate_of(&plan, step));
        counting.now.set(moment);
        watch.judge(gate_of(&plan, step));
        let measured = watch.last().expect("a measurement");
        assert_eq!(
            (measured.share_percent, measured.minutes),
            (share, 6),
            "{step}"
        );
    }
    let asked = counting.asked.borrow();
    let base: Vec<_> = asked
        .iter()
        .filter(|(_, span)| span.until() <= BEGAN)
        .collect();
    assert!(base.len() == 2 && base[0] == base[1], "{base:?}");
}

#[test]
fn a_gate_that_is_no_ones_or_several_steps_is_not_measured() {
    let (plan, facts, counting) = (plan(), facts(), Counting::default());
    let watch = Watch::new(&plan, &facts, &counting, Thresholds::default(), timing(0));
    let copied = watch.judge(&bake());
    assert_eq!(
        why(&copied),
        "which step of the plan has this gate is not known"
    );
    let drain = watch.judge(&Gate::Drain { seconds: 1 });
    assert!(matches!(drain, Judgement::Error { .. }));
    assert_eq!(watch.last(), None);
}

#[test]
fn what_goes_wrong_since_the_share_was_set_is_failed() {
    let (plan, facts) = (plan(), facts());
    let counting = Counting {
        wrong_from: SET + 30,
        ..Counting::default()
    };
    let watch = Watch::new(&plan, &facts, &counting, Thresholds::default(), timing(180));
    let gate = gate_of(&plan, "canary-10");
    watch.judge(gate);
    counting.now.set(SET + 360);
    let judgement = watch.judge(gate);
    let Judgement::Fail { why } = &judgement else {
        panic!("{judgement:?}");
    };
    assert!(
        why.starts_with("4XXError of stage prod of orders-api rose from 0 %"),
        "{why}"
    );
}

#[test]
fn an_emulator_shows_the_running_minute_and_what_it_showed_before_does_not_count() {
    let (plan, facts, counting) = (plan(), facts(), Counting::default());
    let watch = Watch::new(&plan, &facts, &counting, Thresholds::default(), timing(0));
    let gate = gate_of(&plan, "canary-10");
    let requests = |moment: i64| {
        counting.now.set(moment);
        watch.judge(gate);
        let measured = watch.last().expect("a measurement");
        assert_eq!(measured.share_percent, 10.0);
        (measured.requests, measured.minutes)
    };
    // Every minute shows as many from its first second on.
    assert_eq!(requests(SET + 60), (0.0, 1));
    let (one, minutes) = requests(SET + 120);
    assert!(one > 0.0 && minutes == 2, "{one} in {minutes}");
    assert_eq!(requests(SET + 180), (2.0 * one, 3));
}

#[test]
fn only_groups_behind_the_port_that_is_used_are_watched() {
    let (plan, facts, counting) = (plan(), facts(), Counting::default());
    let watch = Watch::new(&plan, &facts, &counting, Thresholds::default(), timing(0));
    let places = |gate| {
        watch.judge(gate);
        let measured = watch.last().expect("a measurement");
        let mut places: Vec<_> = measured
            .compared
            .iter()
            .map(|one| one.place.to_string())
            .collect();
        places.dedup();
        places
    };
    let orders = format!("target group {}", group("web"));
    assert_eq!(
        places(gate_of(&plan, "canary-10")),
        [
            "stage prod of orders-api",
            "ALB orders",
            "target group orders",
            &orders
        ]
    );
    let admin = format!("target group {}", group("admin"));
    assert_eq!(
        places(gate_of(&plan, "route")),
        ["stage prod of h1", "ALB orders", &admin]
    );
}

#[test]
fn an_http_api_is_known_by_its_id_and_a_route_by_its_part() {
    let (plan, mut facts, counting) = (plan(), facts(), Counting::default());
    let route = |key: &str| unbridge_model::apigateway::HttpRoute {
        id: None,
        key: Text::new(key),
        integration: None,
    };
    facts.http_apis.push(unbridge_model::apigateway::HttpApi {
        id: http(),
        region: Region::new("eu-west-1").expect("a region"),
        name: Text::new("shop"),
        protocol: unbridge_model::apigateway::Protocol::Http,
        tags: BTreeMap::new(),
        integrations: None,
        routes: Some(["a", "b", "c", "d"].map(route).into()),
        stages: None,
    });
    let watch = Watch::new(&plan, &facts, &counting, Thresholds::default(), timing(180));
    watch.judge(gate_of(&plan, "route"));
    let measured = watch.last().expect("a measurement");
    assert_eq!(measured.share_percent, 25.0);
    let of = Measured::HttpStage {
        api_id: Text::new("h1"),
        stage: prod(),
    };
    assert_eq!(
        (
            &measured.compared[0].of,
            measured.compared[0].place.as_str()
        ),
        (&of, "stage prod of shop")
    );
}

#[test]
fn apis_that_cloudwatch_cannot_tell_apart_are_found_among_all_of_the_region() {
    let (plan, facts) = (plan(), facts());
    let counting = Counting {
        names: vec![("abc123", "orders-api"), ("zzz999", "orders-apié")],
        ..Counting::default()
    };
    let watch = Watch::new(&plan, &facts, &counting, Thresholds::default(), timing(180));
    let gate = gate_of(&plan, "canary-10");
    watch.judge(gate);
    counting.now.set(SET + 600);
    let judgement = watch.judge(gate);
    assert!(
        why(&judgement).contains("zzz999 goes by the same one"),
        "{judgement:?}"
    );
}

#[test]
fn health_is_compared_with_what_it_was_before_the_run_or_at_the_first_look() {
    let (plan, facts, counting) = (plan(), facts(), Counting::default());
    let watch = Watch::new(&plan, &facts, &counting, Thresholds::default(), timing(180));
    let gate = gate_of(&plan, "canary-10");
    counting.health.set("unhealthy");
    // The snapshot knows only of the group orders that a target of it was healthy.
    assert_eq!(
        why(&watch.judge(gate)),
        "no target of target group orders is healthy any more; before, 1 were"
    );
    let watch = Watch::new(&plan, &facts, &counting, Thresholds::default(), timing(180));
    counting.health.set("healthy");
    watch.judge(gate);
    counting.health.set("unhealthy");
    let judgement = watch.judge(gate);
    assert_eq!(
        why(&judgement).matches("is healthy any more").count(),
        2,
        "{judgement:?}"
    );
    counting.health.set("unreadable");
    counting.now.set(SET + 600);
    let judgement = watch.judge(gate);
    assert!(
        matches!(judgement, Judgement::Inconclusive { .. }),
        "{judgement:?}"
    );
}

#[test]
fn what_turns_unhealthy_before_the_first_look_was_healthy_before_requests_moved() {
    let (plan, facts, counting) = (plan(), facts(), Counting::default());
    let watch = || Watch::new(&plan, &facts, &counting, Thresholds::default(), timing(180));
    let lost = |watch: &Watch<'_, &Counting>| {
        let judgement = watch.judge(gate_of(&plan, "canary-10"));
        why(&judgement).matches("is healthy any more").count()
    };
    let (noted, not_noted) = (watch(), watch());
    noted.note_health();
    counting.health.set("unhealthy");
    // Of one of the two groups the snapshot knows.
    assert_eq!((lost(&noted), lost(&not_noted)), (2, 1));
    counting.health.set("unreadable");
    let unread = watch();
    unread.note_health();
    counting.health.set("unhealthy");
    assert_eq!(lost(&unread), 1);
}

#[test]
fn a_watch_that_is_taken_up_does_not_take_lost_health_for_usual() {
    let (plan, mut facts, counting) = (plan(), facts(), Counting::default());
    // As the region stands when the run is taken up: the share that stands has cost the group its
    // last healthy target, of which an ALB lets requests through all the same.
    let orders = facts.target_groups.get_mut(&group("orders"));
    orders.expect("the group").targets = Some(vec![target("unhealthy")]);
    counting.health.set("unhealthy");
    let judged = |announced: &[&str], step: &str| {
        let watch = Watch::new(&plan, &facts, &counting, Thresholds::default(), timing(180));
        let watch = watch.after(announced.iter().map(|step| id(step)));
        watch.note_health();
        counting.now.set(SET + 60);
        watch.judge(gate_of(&plan, step));
        counting.now.set(SET + 600);
        watch.judge(gate_of(&plan, step))
    };
    for (announced, step) in [
        (&["rewire", "canary-10"][..], "canary-10"),
        (&["rewire", "canary-10"], "canary-50"),
        (&["route"], "route"),
    ] {
        let judgement = judged(announced, step);
        let Judgement::Inconclusive { why } = &judgement else {
            panic!("{judgement:?}");
        };
        assert!(
            why.contains("whether one was before requests moved is not known"),
            "{why}"
        );
    }
    // Nothing of this API had moved: it was so before.
    for announced in [&[][..], &["rewire"], &["route"]] {
        assert_eq!(judged(announced, "canary-10"), Judgement::Pass);
    }
    // A healthy target shows that requests are answered, until it is lost as well.
    counting.health.set("healthy");
    let watch = Watch::new(&plan, &facts, &counting, Thresholds::default(), timing(180));
    let watch = watch.after([id("canary-10")]);
    let gate = gate_of(&plan, "canary-10");
    counting.now.set(SET + 60);
    watch.judge(gate);
    counting.now.set(SET + 600);
    assert_eq!(watch.judge(gate), Judgement::Pass);
    counting.health.set("unhealthy");
    let judgement = watch.judge(gate);
    assert!(
        why(&judgement).starts_with("no target of target group orders is healthy any more"),
        "{judgement:?}"
    );
}

#[test]
fn without_the_time_of_whoever_counts_nothing_is_measured() {
    let (plan, facts, counting) = (plan(), facts(), Counting::default());
    let watch = Watch::new(&plan, &facts, &counting, Thresholds::default(), timing(180));
    counting.now.set(0);
    let judgement = watch.judge(gate_of(&plan, "canary-10"));
    assert_eq!(
        judgement,
        Judgement::Error {
            why: Text::new("AWS's clock could not be read: it was not told")
        }
    );
    assert!(counting.asked.borrow().is_empty());
}

#[test]
fn what_cannot_be_read_is_an_error_that_a_later_look_may_mend() {
    let (plan, facts, counting) = (plan(), facts(), Counting::default());
    let watch = Watch::new(&plan, &facts, &counting, Thresholds::default(), timing(180));
    let gate = gate_of(&plan, "canary-10");
    counting.fails.set(true);
    assert_eq!(
        why(&watch.judge(gate)),
        "CloudWatch could not be read: AccessDenied"
    );
    assert_eq!(watch.last(), None);
    counting.fails.set(false);
    watch.judge(gate);
    assert!(watch.last().is_some());
    counting.now.set(SET + 1200);
    counting.fails.set(true);
    assert!(matches!(watch.judge(gate), Judgement::Error { .. }));
    counting.fails.set(false);
    assert_eq!(watch.judge(gate), Judgement::Pass);
}

#[test]
fn a_site_that_is_not_known_is_an_error() {
    let (plan, facts) = (plan(), facts());
    let told = |facts: &RegionFacts, counting: &Counting| {
        let watch = Watch::new(&plan, facts, counting, Thresholds::default(), timing(0));
        why(&watch.judge(gate_of(&plan, "canary-10"))).to_owned()
    };
    let nameless = Counting {
        names: Vec::new(),
        ..Counting::default()
    };
    assert_eq!(told(&facts, &nameless), "there is no REST API abc123");
    assert!(told(&RegionFacts::default(), &Counting::default()).ends_with("was not found"));
    let mut unread = facts.clone();
    let lb = unread.load_balancers.get_mut(&alb()).expect("the ALB");
    lb.listeners = None;
    assert_eq!(
        told(&unread, &Counting::default()),
        "the listeners of orders were not read"
    );
}

/// The plan with one more step, which waits for requests to end.
fn draining(operation: Operation) -> Plan {
    let Plan {
        tool_version,
        mut body,
        ..
    } = plan();
    let drain = Gate::Drain { seconds: 149 };
    body.steps.push(step("promote", operation, Some(drain)));
    Plan::new(tool_version, body)
}

#[test]
fn while_requests_end_after_a_promotion_all_of_the_stages_requests_count() {
    let plan = draining(Operation::SetDeployment {
        api: rest(),
        stage: prod(),
        deployment: Later::Known(DeploymentId::new("d2").expect("a deployment")),
    });
    let facts = facts();
    let counting = Counting {
        wrong_from: SET + 30,
        ..Counting::default()
    };
    let watch = Watch::new(&plan, &facts, &counting, Thresholds::default(), timing(0));
    let gate = gate_of(&plan, "promote");
    watch.judge(gate);
    assert_eq!(watch.last(), None, "none was counted yet");
    counting.now.set(SET + 240);
    let judgement = watch.judge(gate);
    assert!(
        why(&judgement).starts_with("4XXError of stage prod of orders-api rose"),
        "{judgement:?}"
    );
    assert_eq!(watch.last().expect("a measurement").share_percent, 100.0);
    counting.health.set("unhealthy");
    let judgement = watch.judge(gate);
    assert!(
        why(&judgement).contains("is healthy any more"),
        "{judgement:?}"
    );
}

#[test]
fn a_quarantine_has_nothing_to_measure_and_asks_nothing() {
    let plan = draining(Operation::DeregisterTarget {
        group: group("orders"),
        target: Text::new("alb"),
        port: 80,
    });
    let (facts, counting) = (facts(), Counting::default());
    let watch = Watch::new(&plan, &facts, &counting, Thresholds::default(), timing(0));
    let judgement = watch.judge(gate_of(&plan, "promote"));
    assert_eq!(why(&judgement), "no gate to measure");
    assert!(counting.asked.borrow().is_empty());
}
