//! Good plans, and the accounts they are for.

use std::collections::BTreeSet;

use serde_json::Value;
use unbridge_model::apigateway::Verb;
use unbridge_model::elb::LoadBalancerType;
use unbridge_model::id::Region;
use unbridge_model::plan::choices::Doubt;
use unbridge_model::plan::operation::Percent;
use unbridge_model::plan::{Body, Choices, Plan};
use unbridge_model::snapshot::{RegionFacts, Snapshot};
use unbridge_model::text::Text;
use unbridge_model::usage::LookBack;
use unbridge_planner::{Asked, plan, retire};
use unbridge_rehearsal::{Branches, Rehearsal, rehearse};
use unbridge_scanner::assess::assess;
use unbridge_scanner::scan::UserSources;
use unbridge_sim::account::Account;
use unbridge_sim::build::Estate;
use unbridge_sim::requests::requests;

use crate::witness::scanned;

pub(super) const REGION: &str = "eu-west-1";

/// A plan, and what it is for.
pub(super) struct World {
    pub(super) account: Account,
    pub(super) snapshot: Snapshot,
    pub(super) plan: Plan,
    /// How far it is rehearsed. Nothing goes back from a retirement once it deletes.
    pub(super) branches: Branches,
}

impl World {
    /// The plan that is made so, by a person who says yes to everything.
    fn of(estate: Estate, make: fn(&Asked<'_>) -> Body) -> Self {
        let account = estate.build().expect("an account");
        let look_back = LookBack::of_days(35).expect("days");
        let snapshot = scanned(&account, UserSources::Read, look_back);
        let region = Region::new(REGION).expect("a region");
        let assessment = assess(&snapshot).expect("a consistent graph");
        let choices = everything(&snapshot.regions[&region]);
        let body = make(&Asked {
            snapshot: &snapshot,
            assessment: &assessment,
            region: &region,
            choices: &choices,
            savings: Vec::new(),
        });
        assert!(!body.steps.is_empty(), "{:#?}", body.waiting);
        let plan = Plan::new(Text::new("0.1.0"), body);
        let branches = Branches::Rejoin;
        Self {
            account,
            snapshot,
            plan,
            branches,
        }
    }

    pub(super) fn body(&self) -> Value {
        serde_json::to_value(&self.plan.body).expect("JSON")
    }

    pub(super) fn rehearsed(&self, plan: &Plan, branches: Branches) -> Rehearsal {
        let requests = requests(&self.account, &plan.body.region);
        rehearse(plan, &self.account, &requests, branches)
    }
}

/// Whatever stands there may be changed and deleted.
fn everything(facts: &RegionFacts) -> Choices {
    let groups = facts.vpcs.values();
    let groups = groups.flat_map(|vpc| vpc.security_groups.iter().flatten());
    let mut edit: BTreeSet<Text> = groups.map(|group| group.id.clone().into()).collect();
    edit.extend(facts.rest_apis.iter().map(|api| api.id.clone().into()));
    edit.extend(facts.http_apis.iter().map(|api| api.id.clone().into()));
    edit.extend(facts.v1_links.keys().map(|link| link.clone().into()));
    edit.extend(facts.load_balancers.keys().map(|arn| arn.clone().into()));
    edit.extend(facts.target_groups.keys().map(|arn| arn.clone().into()));
    let balancers = facts.load_balancers.values();
    let nlbs = balancers.filter(|lb| lb.kind == LoadBalancerType::Network);
    let mut choices = Choices {
        canary: [10, 100].into_iter().filter_map(Percent::new).collect(),
        bake_seconds: 60,
        tags: [(Text::new("team"), Text::new("edge"))].into(),
        edit,
        doubts: [Doubt::HttpSettings].into(),
        ..Choices::default()
    };
    choices
        .selection
        .nlbs
        .extend(nlbs.map(|nlb| nlb.arn.clone()));
    choices.retirement.quarantine_seconds = 600;
    choices
}

/// One REST API on two stages.
pub(super) fn rest() -> World {
    let estate = Estate::new("123456789012")
        .region(REGION)
        .bridge("x", 80)
        .alb("other-alb", 80)
        .with_security_group("x-nlb")
        .admit_only_nlb("x-alb", "x-nlb")
        .rest_api("api", |api| {
            api.method(Verb::Get, "/x", "x-link")
                .proxy("/all", "x-link")
                .deploy("dev")
                .deploy("prod")
        })
        .rest_api("bystander", |api| {
            api.method(Verb::Get, "/b", "x-link").deploy("prod")
        });
    World::of(estate, plan)
}

/// An HTTP API with a stage that deploys by itself and one that does not.
pub(super) fn http() -> World {
    let estate = Estate::new("123456789012")
        .region(REGION)
        .nlb_to_alb("w", 80)
        .alb("other-alb", 80)
        .v2_link("old")
        .http_api("web", |api| {
            api.private("GET /w", "old", "w-nlb", 80)
                .private("GET /v", "old", "w-nlb", 80)
                .auto("live")
                .freeze("kept")
        });
    World::of(estate, plan)
}

/// What a migration leaves behind.
pub(super) fn leftovers() -> World {
    let estate = Estate::new("123456789012")
        .region(REGION)
        .bridge("x", 80)
        .v2_link("direct")
        .rest_api("api", |api| {
            api.direct(Verb::Get, "/x", "direct", "x-alb")
                .deploy("prod")
        })
        .idle("x-nlb")
        .quiet("x-nlb");
    World::of(estate, retire)
}
