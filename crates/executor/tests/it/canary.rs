//! Whole runs whose canary releases are judged by what a made-up region counts, with the thresholds
//! that hold when nobody settles others.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use unbridge_executor::canary::{Source, Thresholds, Timing, Watch};
use unbridge_executor::{Outcome, Ports, StopReason, forward};
use unbridge_model::elb::{
    Action, Listener, LoadBalancer, LoadBalancerType, Target, TargetGroup, TargetType,
    WeightedGroup,
};
use unbridge_model::id::{ListenerArn, LoadBalancerArn, Region, RestApiId, TargetGroupArn};
use unbridge_model::plan::condition::Gate;
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::{Plan, Step};
use unbridge_model::port::{Approval, Approver, Judgement, ReadError};
use unbridge_model::snapshot::RegionFacts;
use unbridge_model::text::Text;
use unbridge_model::usage::{Measure, Measured, MetricQuery, Span};

use crate::plans::{alb, shares};
use crate::runs::{Bench, context, ports, stop, stop_reason};
use crate::world::World;

/// When the world's clock is at zero.
const BEGAN: i64 = 1_767_225_600;
/// What `unbridge plan` has a share watched for.
const BAKE: u32 = 480;

/// The plan of two shares, each watched as long as plans have it.
fn plan() -> Plan {
    let Plan {
        tool_version,
        mut body,
        ..
    } = shares();
    for step in &mut body.steps {
        if let Some(Gate::Bake { seconds, .. }) = &mut step.gate {
            *seconds = BAKE;
        }
    }
    Plan::new(tool_version, body)
}

fn elb(tail: &str) -> String {
    format!("arn:aws:elasticloadbalancing:eu-west-1:111122223333:{tail}")
}

fn group() -> TargetGroupArn {
    TargetGroupArn::new(elb("targetgroup/orders/1")).unwrap()
}

fn healthy() -> Vec<Target> {
    vec![Target {
        id: Text::new("10.0.0.1"),
        port: Some(8080),
        health: Text::new("healthy"),
    }]
}

fn load_balancer(region: &Region) -> LoadBalancer {
    let forward = Action::Forward {
        groups: vec![WeightedGroup {
            group: group(),
            weight: None,
        }],
    };
    let listener = Listener {
        arn: ListenerArn::new(elb("listener/app/shop/1a2b/3c4d")).unwrap(),
        port: Some(8080),
        protocol: Some(Text::new("HTTP")),
        certificates: Vec::new(),
        mutual_authentication: None,
        default_actions: vec![forward],
        rules: Some(Vec::new()),
    };
    LoadBalancer {
        arn: alb(),
        region: region.clone(),
        name: Text::new("shop"),
        kind: LoadBalancerType::Application,
        scheme: None,
        dns_name: None,
        vpc: None,
        zones: Vec::new(),
        security_groups: Vec::new(),
        private_link_inbound_rules: None,
        listeners: Some(vec![listener]),
        attributes: None,
        tags: None,
        web_acl: None,
        traffic: None,
        capacity_reservation: None,
    }
}

fn facts() -> RegionFacts {
    let region = Region::new("eu-west-1").unwrap();
    let orders = TargetGroup {
        arn: group(),
        region: region.clone(),
        name: Text::new("orders"),
        target_type: TargetType::Ip,
        protocol: None,
        port: None,
        vpc: None,
        load_balancers: vec![alb()],
        targets: Some(healthy()),
        attributes: None,
        tags: None,
    };
    RegionFacts {
        load_balancers: BTreeMap::<LoadBalancerArn, _>::from([(alb(), load_balancer(&region))]),
        target_groups: BTreeMap::from([(group(), orders)]),
        ..RegionFacts::default()
    }
}

/// Callers of the stage, and what the new way answers them.
struct Traffic<'w> {
    world: &'w World,
    a_minute: f64,
    /// The part of the canary's requests that is answered 404.
    not_found: f64,
    /// From when on which part of the requests goes the new way.
    shares: RefCell<Vec<(i64, f64)>>,
}

/// Clients' mistakes, and failures of the backend, whichever way.
const MISTAKES: f64 = 0.01;
const FAILURES: f64 = 0.001;
/// What others ask of the ALB in a minute.
const OTHERS: f64 = 2000.0;

impl<'w> Traffic<'w> {
    fn new(world: &'w World, a_minute: f64, not_found: f64) -> Self {
        Self {
            world,
            a_minute,
            not_found,
            shares: RefCell::new(vec![(i64::MIN, 0.0)]),
        }
    }

    fn moment(&self) -> i64 {
        BEGAN + i64::try_from(self.world.elapsed().as_secs()).unwrap()
    }

    /// The part of a minute's requests that went the new way.
    fn share(&self, begins: i64) -> f64 {
        let shares = self.shares.borrow();
        let at = |second: i64| {
            let latest = shares.iter().rev().find(|(from, _)| *from <= second);
            latest.unwrap().1
        };
        (begins..begins + 60).map(at).sum::<f64>() / 60.0
    }

    fn count(&self, of: &Measured, measure: Measure, begins: i64) -> f64 {
        let dice = |what: u64| chance(begins, what);
        let all = about(self.a_minute, dice(1));
        let canary = (all * self.share(begins)).round();
        let not_found = (canary * self.not_found).round();
        let mistakes = about((all - not_found) * MISTAKES, dice(2));
        let failures = about(all * FAILURES, dice(3));
        let is_stage = matches!(of, Measured::RestStage { .. });
        // The ALB serves others too; only what went wrong of the canary's is told apart there.
        let of_others = if is_stage {
            0.0
        } else {
            about(OTHERS, dice(4))
        };
        match measure {
            Measure::Count => all,
            Measure::Count4xx => mistakes + not_found,
            Measure::Count5xx => failures,
            Measure::RequestCount => canary + of_others,
            Measure::Target2xx => canary - not_found + of_others,
            Measure::Target4xx => not_found,
            _ => 0.0,
        }
    }
}

/// A number as if by chance, the same each time it is looked at: of mean 0 and variance 1.
fn chance(minute: i64, what: u64) -> f64 {
    let mut state = minute.cast_unsigned().wrapping_mul(31).wrapping_add(what);
    let mut part = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        f64::from(u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap()) / f64::from(u32::MAX)
    };
    (0..12).map(|_| part()).sum::<f64>() - 6.0
}

/// How many of a mean number come by in one minute.
fn about(mean: f64, chance: f64) -> f64 {
    (mean + mean.sqrt() * chance).round().max(0.0)
}

impl Source for &Traffic<'_> {
    fn now(&self) -> Result<i64, ReadError> {
        Ok(self.moment())
    }

    fn rest_apis(&self) -> Result<Vec<(RestApiId, Text)>, ReadError> {
        let named = [("api1", "orders-api"), ("api2", "billing-api")];
        let named = named.map(|(id, name)| (RestApiId::new(id).unwrap(), Text::new(name)));
        Ok(named.into())
    }

    fn series(
        &self,
        queries: &[MetricQuery],
        span: Span,
    ) -> Result<BTreeMap<MetricQuery, Vec<(u32, f64)>>, ReadError> {
        let told = queries.iter().map(|query| {
            let minutes = (0..span.periods()).map(|minute| {
                let begins = span.from() + i64::from(minute) * 60;
                (minute, self.count(&query.of, query.measure, begins))
            });
            // What was not counted has no value.
            let values = minutes.filter(|(_, value)| *value > 0.0);
            (query.clone(), values.collect())
        });
        Ok(told.collect())
    }

    fn targets(&self, _: &TargetGroupArn) -> Result<Vec<Target>, ReadError> {
        Ok(healthy())
    }
}

/// Notes which part of the requests goes the new way.
impl Approver for Traffic<'_> {
    fn approve(&self, step: &Step) -> Approval {
        let share = match &step.operation {
            Operation::SetCanary { percent, .. } => Some(f64::from(percent.get()) / 100.0),
            Operation::RemoveCanary { .. } => Some(0.0),
            Operation::SetDeployment { .. } => Some(1.0),
            _ => None,
        };
        let moment = self.moment();
        self.shares
            .borrow_mut()
            .extend(share.map(|share| (moment, share)));
        Approval::Given
    }
}

/// How a run ends with so many requests a minute, of which the new way answers a part with 404.
fn run(a_minute: f64, not_found: f64) -> (Bench, Outcome) {
    let bench = Bench::new(plan(), World::new());
    let facts = facts();
    let traffic = Traffic::new(&bench.world, a_minute, not_found);
    let timing = Timing {
        began: BEGAN,
        metrics: Duration::from_secs(180),
        slice: bench.limits.bake_slice,
    };
    let watch = Watch::new(&bench.plan, &facts, &traffic, Thresholds::default(), timing);
    watch.note_health();
    let mut journal = bench.begin().unwrap();
    let ports = Ports {
        meter: &watch,
        approver: &traffic,
        ..ports(&bench.world)
    };
    let outcome = forward(&bench.plan, &mut journal, &context(), &ports, &bench.limits).unwrap();
    drop(watch);
    (bench, outcome)
}

#[test]
fn a_new_way_that_answers_as_the_old_one_gets_all_requests_by_the_default_thresholds() {
    for a_minute in [1500.0, 20_000.0] {
        let (bench, outcome) = run(a_minute, 0.0);
        assert_eq!(outcome, Outcome::Completed, "{a_minute}");
        let stage = bench.world.account.borrow().stages["prod"].clone();
        assert_eq!((stage.deployment.as_str(), stage.canary), ("dep3", None));
        bench.assert_no_harm();
    }
}

#[test]
fn a_new_way_that_finds_nothing_fails_at_10_percent_by_the_default_thresholds_h30() {
    let (bench, outcome) = run(1500.0, 1.0);
    let (step, why) = stop(&outcome);
    assert_eq!(step, "canary");
    for words in [
        "4XXError of stage prod of orders-api rose from 1.0 %",
        "HTTPCode_Target_4XX_Count of ALB shop rose from 0 %",
    ] {
        assert!(
            why.starts_with("it failed: ") && why.contains(words),
            "{why}"
        );
    }
    // Two whole minutes of it, and the three that CloudWatch is late.
    let watched = bench.world.elapsed();
    assert!(watched < Duration::from_secs(90 + 420), "{watched:?}");
    assert!(matches!(bench.roll_back(), Outcome::RolledBack { .. }));
    assert_eq!(bench.world.account.borrow().stages["prod"].canary, None);
}

#[test]
fn a_canary_that_callers_may_all_have_missed_does_not_advance_h29() {
    // 5 minutes that are shown, 25 requests, 10 % of which go the new way.
    let (bench, outcome) = run(5.0, 0.0);
    let (step, why) = stop(&outcome);
    assert_eq!(step, "canary");
    assert!(why.starts_with("too little was seen to tell"), "{why}");
    let judged = stop_reason(outcome);
    assert!(
        matches!(judged, StopReason::Gate(Judgement::Inconclusive { .. })),
        "{judged}"
    );
    let stage = bench.world.account.borrow().stages["prod"].clone();
    assert_eq!(stage.canary.map(|(_, percent)| percent), Some(10));
}
