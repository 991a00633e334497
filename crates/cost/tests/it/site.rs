//! One NLB in one region, with usage.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use unbridge_cost::prices::PriceTable;
use unbridge_cost::{Indexed, estimate};
use unbridge_model::apigateway::{DefaultEndpoint, RestApi, Verb};
use unbridge_model::assessment::{Chain, NlbAssessment, SeenIn, Start, Way};
use unbridge_model::elb::{
    LoadBalancer, LoadBalancerType, LoadBalancerZone, Scheme, TargetGroup, TargetType,
};
use unbridge_model::estimate::Estimate;
use unbridge_model::finding::{ApiRef, ApiType, Verdict};
use unbridge_model::id::{
    AccountId, LoadBalancerArn, Region, RestApiId, StageName, TargetGroupArn,
};
use unbridge_model::route::{End, Unfollowed};
use unbridge_model::snapshot::RegionFacts;
use unbridge_model::text::Text;
use unbridge_model::usage::{Measure, Measured, Usage};

/// Reading the table takes longer than any estimate.
static PRICES: LazyLock<PriceTable> = LazyLock::new(|| PriceTable::embedded().expect("a table"));

/// An NLB, and what is known around it.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    pub(crate) nlb: NlbAssessment,
    pub(crate) facts: RegionFacts,
    pub(crate) prices: PriceTable,
}

fn arn(region: &str, name: &str) -> LoadBalancerArn {
    LoadBalancerArn::new(format!(
        "arn:aws:elasticloadbalancing:{region}:111122223333:loadbalancer/net/{name}/50dc6c495c0c9188"
    ))
    .expect("an ARN")
}

impl Site {
    /// An internal NLB in three zones, with this verdict and nothing measured.
    pub(crate) fn new(code: &str, verdict: Verdict) -> Self {
        let region = Region::new(code).expect("a region");
        let zone = |letter: char| LoadBalancerZone {
            zone: Text::from(format!("{code}{letter}")),
            subnet: None,
            chosen_addresses: Vec::new(),
        };
        let lb = LoadBalancer {
            arn: arn(code, "x"),
            region: region.clone(),
            name: Text::new("x"),
            kind: LoadBalancerType::Network,
            scheme: Some(Scheme::Internal),
            dns_name: None,
            vpc: None,
            zones: ['a', 'b', 'c'].map(zone).into(),
            security_groups: Vec::new(),
            private_link_inbound_rules: None,
            listeners: None,
            attributes: Some(BTreeMap::new()),
            tags: None,
            web_acl: None,
            traffic: None,
            capacity_reservation: None,
        };
        let nlb = NlbAssessment {
            arn: lb.arn.clone(),
            name: lb.name.clone(),
            account: AccountId::new("111122223333").expect("an account"),
            region,
            tags: None,
            verdict,
            reasons: Vec::new(),
            findings: Vec::new(),
            chains: Vec::new(),
            comparison: None,
        };
        let mut facts = RegionFacts::default();
        facts.load_balancers.insert(lb.arn.clone(), lb);
        Self {
            nlb,
            facts,
            prices: PRICES.clone(),
        }
    }

    pub(crate) fn lb(mut self, change: impl FnOnce(&mut LoadBalancer)) -> Self {
        change(
            self.facts
                .load_balancers
                .get_mut(&self.nlb.arn)
                .expect("the NLB"),
        );
        self
    }

    /// The same under another ARN.
    pub(crate) fn called(mut self, name: &str) -> Self {
        let of = |arn: &LoadBalancerArn| Measured::LoadBalancer(arn.clone());
        let arn = arn(self.nlb.region.as_str(), name);
        if let Some(mut lb) = self.facts.load_balancers.remove(&self.nlb.arn) {
            lb.arn = arn.clone();
            self.facts.load_balancers.insert(arn.clone(), lb);
        }
        if let Some(mut usage) = self.facts.usage.remove(&of(&self.nlb.arn)) {
            usage.of = of(&arn);
            self.facts.usage.insert(of(&arn), usage);
        }
        self.nlb.arn = arn;
        self
    }

    fn measured(mut self, of: Measured, measure: Measure, values: &[Option<f64>]) -> Self {
        let usage = self.facts.usage.entry(of.clone()).or_insert_with(|| Usage {
            region: self.nlb.region.clone(),
            of,
            from: Text::new("2026-01-01T00:00:00Z"),
            period: 3600,
            periods: u32::try_from(values.len()).expect("hours"),
            series: BTreeMap::new(),
        });
        usage.series.insert(measure, values.to_vec());
        self
    }

    /// Hourly values of a measure of the NLB.
    pub(crate) fn series(self, measure: Measure, values: &[Option<f64>]) -> Self {
        let of = Measured::LoadBalancer(self.nlb.arn.clone());
        self.measured(of, measure, values)
    }

    /// A target group of the NLB with this setting of its own.
    pub(crate) fn group(mut self, cross_zone: Option<&str>) -> Self {
        let arn = format!(
            "arn:aws:elasticloadbalancing:{}:111122223333:targetgroup/x/0123456789abcdef",
            self.nlb.region
        );
        let arn = TargetGroupArn::new(arn).expect("an ARN");
        let setting = |on: &str| {
            let name = Text::new("load_balancing.cross_zone.enabled");
            BTreeMap::from([(name, Text::new(on))])
        };
        let group = TargetGroup {
            arn: arn.clone(),
            region: self.nlb.region.clone(),
            name: Text::new("x"),
            target_type: TargetType::Alb,
            protocol: None,
            port: None,
            vpc: None,
            load_balancers: vec![self.nlb.arn.clone()],
            targets: None,
            attributes: cross_zone.map(setting),
            tags: None,
        };
        self.facts.target_groups.insert(arn, group);
        self
    }

    /// The same value in every hour of 30 days.
    pub(crate) fn level(self, measure: Measure, value: f64) -> Self {
        self.series(measure, &[Some(value); 720])
    }

    /// A REST API with one stage over the NLB, and how many requests the stage had, if read.
    pub(crate) fn api(mut self, id: &str, name: &str, requests: Option<f64>) -> Self {
        let stage = StageName::new("prod").expect("a stage");
        self.facts.rest_apis.push(RestApi {
            id: RestApiId::new(id).expect("an id"),
            region: self.nlb.region.clone(),
            name: Text::new(name),
            endpoint_types: Vec::new(),
            default_endpoint: DefaultEndpoint::Answers,
            tags: BTreeMap::new(),
            draft: None,
            settings: None,
            deployments: None,
            stages: None,
        });
        self.nlb.chains.push(Chain {
            start: Arc::new(Start {
                api: Arc::new(ApiRef {
                    kind: ApiType::Rest,
                    id: Text::new(id),
                    name: Text::new(name),
                }),
                stage: Some(stage.clone()),
            }),
            path: Text::new("/"),
            verb: Some(Verb::Get),
            seen_in: SeenIn::Both,
            way: Arc::new(Way {
                hops: Vec::new(),
                end: End::Unseen(Unfollowed::Variable(Text::new("x"))),
                sent: None,
            }),
        });
        match requests {
            Some(requests) => {
                let of = Measured::RestStage {
                    api_name: Text::new(name),
                    stage,
                };
                self.measured(of, Measure::Count, &[Some(requests), None])
            }
            None => self,
        }
    }

    pub(crate) fn estimate(&self) -> Estimate {
        estimate(&self.nlb, &Indexed::new(&self.facts), &self.prices)
    }
}
