//! Links over small accounts that were scanned.

mod groups;
mod made;
mod owners;
mod reuse;
mod subnets;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;

use unbridge_model::apigateway::LinkReach;
use unbridge_model::assessment::Assessment;
use unbridge_model::digest::Digester;
use unbridge_model::elb::LoadBalancer;
use unbridge_model::id::{Region, SecurityGroupId, SubnetId, VpcLinkId};
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::waiting::{Waiting, WaitingCode};
use unbridge_model::plan::{Body, Choices, Step};
use unbridge_model::quota::{ApiGatewayBudget, Pace};
use unbridge_model::route::UriScheme;
use unbridge_model::snapshot::{
    FORMAT, FORMAT_VERSION, Header, Outcome, Record, RegionFacts, Snapshot,
};
use unbridge_model::text::Text;
use unbridge_model::usage::LookBack;
use unbridge_scanner::assess::assess;
use unbridge_scanner::scan::{
    Observer, ScanEvent, ScanOptions, Sink, UserSources, WhichApis, scan,
};
use unbridge_sim::build::Estate;
use unbridge_sim::clock::VirtualClock;
use unbridge_sim::reader::{Settings, SimReader};

use super::Links;
use crate::ground::{Destination, Ground};
use crate::objects::ById;

const ACCOUNT: &str = "123456789012";
const REGION: &str = "eu-west-1";

#[derive(Default)]
struct Kept(RefCell<Vec<Record>>);

impl Sink for Kept {
    fn put(&self, record: Record) -> io::Result<()> {
        self.0.borrow_mut().push(record);
        Ok(())
    }
}

struct Nobody;

impl Observer for Nobody {
    fn on(&self, _: ScanEvent<'_>) {}
}

fn scanned(estate: Estate) -> Snapshot {
    let account = estate.build().expect("an account");
    let digester = Digester::new(&[7; 32]);
    let began = "2026-01-01T00:00:00Z";
    let options = ScanOptions {
        apis: WhichApis::All,
        account: account.id.clone(),
        regions: account.regions.keys().cloned().collect(),
        users: UserSources::Read,
        began: began.parse().expect("a time"),
        look_back: LookBack::DEFAULT,
        pace: Pace::FULL,
        api_gateway: ApiGatewayBudget::PerAccount,
        digester: digester.clone(),
    };
    let mut snapshot = Snapshot::new(Header {
        format: Text::new(FORMAT),
        format_version: FORMAT_VERSION,
        tool_version: Text::new("0.0.0"),
        account: options.account.clone(),
        caller: Text::new("arn:aws:iam::123456789012:user/test"),
        regions: options.regions.clone(),
        started_at: Text::new(began),
        digest_key: Text::new(digester.key_id()),
    });
    let clock = VirtualClock::new();
    let settings = Settings::unthrottled();
    let reader = SimReader::new(account, digester, clock.clone(), settings);
    let kept = Kept::default();
    let done = clock.run(scan(&reader, &clock, &options, &kept, &Nobody));
    done.expect("no deadlock").expect("a scan");
    for record in kept.0.into_inner() {
        snapshot.add(record).expect("nothing twice");
    }
    snapshot.finish(Outcome::Finished).expect("nothing twice");
    snapshot
}

/// An account that was scanned.
struct Seen {
    snapshot: Snapshot,
    assessment: Assessment,
    region: Region,
}

impl Seen {
    fn of(estate: Estate) -> Self {
        Self::from(scanned(estate), REGION)
    }

    fn from(snapshot: Snapshot, region: &str) -> Self {
        Self {
            assessment: assess(&snapshot).expect("a consistent graph"),
            region: Region::new(region).expect("a region"),
            snapshot,
        }
    }

    fn facts(&self) -> &RegionFacts {
        &self.snapshot.regions[&self.region]
    }

    fn alb(&self, name: &str) -> &LoadBalancer {
        let mut all = self.facts().load_balancers.values();
        all.find(|lb| lb.name == *name).expect("the ALB")
    }

    /// The only security group of a load balancer.
    fn group(&self, name: &str) -> SecurityGroupId {
        match &self.alb(name).security_groups[..] {
            [one] => one.clone(),
            more => panic!("{more:?}"),
        }
    }

    fn link(&self, name: &str) -> VpcLinkId {
        let facts = self.facts();
        let mut all = facts.v1_links.values().chain(facts.v2_links.values());
        all.find(|link| link.name == *name)
            .expect("the link")
            .id
            .clone()
    }

    /// The first security group of a link of version 2.
    fn group_of_link(&self, name: &str) -> SecurityGroupId {
        match &self.facts().v2_links[&self.link(name)].reach {
            LinkReach::V2 {
                security_groups, ..
            } => security_groups[0].clone(),
            LinkReach::V1 { .. } => panic!("{name} is of version 1"),
        }
    }

    fn destination(&self, alb: &str, port: u16) -> Destination {
        let alb = self.alb(alb);
        let mut listeners = alb.listeners.iter().flatten();
        let listener = listeners.find(|known| known.port == Some(port));
        Destination {
            alb: alb.arn.clone(),
            port,
            listener: listener.expect("the listener").arn.clone(),
            scheme: UriScheme::Http,
        }
    }

    /// Links to port 80 of these ALBs. Whatever is made is sound: names are of one step, and every
    /// value is known before it is used.
    fn links(&self, albs: &[&str], choices: &Choices) -> Links {
        let wanted = albs.iter().map(|alb| self.destination(alb, 80)).collect();
        self.links_to(&wanted, choices)
    }

    fn links_to(&self, wanted: &BTreeSet<Destination>, choices: &Choices) -> Links {
        let account = &self.snapshot.header.account;
        let plan_id = Body::of_steps(
            account.clone(),
            self.region.clone(),
            Text::new("x"),
            Vec::new(),
        )
        .plan_id();
        let ground = Ground {
            account,
            region: &self.region,
            facts: self.facts(),
            known: ById::of(self.facts()),
            assessment: &self.assessment,
            choices,
            plan_id,
        };
        let links = super::links(&ground, wanted);
        let body = Body::of_steps(
            account.clone(),
            self.region.clone(),
            Text::new("x"),
            links.steps.clone(),
        );
        body.check().expect("steps that fit together");
        for to in wanted {
            let told = links.reach.contains_key(&to.alb) || !links.waiting.is_empty();
            assert!(told, "{} is neither reached nor waits", to.alb);
        }
        links
    }
}

fn estate() -> Estate {
    Estate::new(ACCOUNT).region(REGION)
}

/// `x-alb` and what leads to it today.
fn bridge() -> Estate {
    estate().bridge("x", 80)
}

/// The groups of this load balancer let nobody in who could be a link.
fn shut(estate: Estate, alb: &str) -> Estate {
    estate.admit(alb, "192.0.2.0/24", (80, 80))
}

/// These objects may be changed.
fn editing(ids: &[&SecurityGroupId]) -> Choices {
    Choices {
        edit: ids.iter().map(|id| Text::new(id.as_str())).collect(),
        ..Choices::default()
    }
}

impl Links {
    fn codes(&self) -> Vec<WaitingCode> {
        self.waiting.iter().map(|waiting| waiting.code).collect()
    }

    /// The only thing that waits.
    fn waits(&self) -> &Waiting {
        match &self.waiting[..] {
            [one] => one,
            more => panic!("{more:?}"),
        }
    }

    fn ids(&self) -> Vec<&str> {
        self.steps.iter().map(|step| step.id.as_str()).collect()
    }

    fn step(&self, begins: &str) -> &Step {
        let mut all = self.steps.iter();
        let found = all.find(|step| step.id.as_str().starts_with(begins));
        found.unwrap_or_else(|| panic!("{begins}: {:?}", self.ids()))
    }

    fn count(&self, begins: &str) -> usize {
        let ids = self.ids().into_iter();
        ids.filter(|id| id.starts_with(begins)).count()
    }

    /// The subnets of the only link that is made.
    fn subnets(&self) -> Vec<SubnetId> {
        let made: Vec<_> = self
            .steps
            .iter()
            .filter_map(|step| match &step.operation {
                Operation::CreateVpcLink { subnets, .. } => Some(subnets.clone()),
                _ => None,
            })
            .collect();
        match &made[..] {
            [one] => one.clone(),
            more => panic!("{more:?}"),
        }
    }
}

fn flag(waiting: &Waiting) -> &str {
    waiting.flag.as_deref().unwrap_or("")
}
