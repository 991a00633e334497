//! Snapshots as large as anyone has, record by record: the memory of one API at a time.

mod usage;

use std::collections::BTreeMap;
use std::sync::Arc;

use unbridge_model::apigateway::{
    Carried, CarriedField, DefaultEndpoint, Deployment, Integration, Method, RestApi, Stage, Verb,
};
use unbridge_model::digest::Digester;
use unbridge_model::elb::{LoadBalancerType, Scheme};
use unbridge_model::id::{AccountId, Region, StageName};
use unbridge_model::snapshot::{Extent, FORMAT, FORMAT_VERSION, Header, Record, RegionDone};
use unbridge_model::text::Text;

use crate::account::RegionState;
use crate::build::{BuildError, Estate, Names, private};
use crate::sample::REGION;

pub use usage::{usage, usage_of_nlbs};

const ACCOUNT: &str = "123456789012";

/// How much a snapshot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BulkSize {
    /// REST APIs, each with one stage that runs the draft.
    pub apis: usize,
    /// Methods of each API, in the draft and on the stage.
    pub methods_per_api: usize,
    /// NLBs, each a bridge of its own.
    pub nlbs: usize,
}

impl BulkSize {
    /// A million methods.
    pub const MILLION: Self = Self {
        apis: 20_000,
        methods_per_api: 50,
        nlbs: 5_000,
    };
}

/// NLBs that stand in one VPC.
const NLBS_PER_VPC: usize = 50;

const NOUNS: [&str; 20] = [
    "orders",
    "customers",
    "invoices",
    "products",
    "carts",
    "shipments",
    "payments",
    "refunds",
    "users",
    "accounts",
    "reports",
    "tickets",
    "messages",
    "devices",
    "sensors",
    "contracts",
    "claims",
    "policies",
    "quotes",
    "events",
];
const VERBS: [Verb; 5] = [Verb::Get, Verb::Post, Verb::Put, Verb::Delete, Verb::Patch];
const SHAPES: [&str; 5] = [
    "",
    "/{id}",
    "/{id}/items",
    "/{id}/items/{itemId}",
    "/search",
];

/// The header of a bulk snapshot.
///
/// # Errors
/// Never: [`BuildError`] would be a mistake of this file.
pub fn header() -> Result<Header, BuildError> {
    Ok(Header {
        format: Text::new(FORMAT),
        format_version: FORMAT_VERSION,
        tool_version: Text::new("0.0.0"),
        account: AccountId::new(ACCOUNT)?,
        caller: Text::from(format!("arn:aws:iam::{ACCOUNT}:role/bulk")),
        regions: vec![Region::new(REGION)?],
        started_at: Text::new("2026-01-01T00:00:00Z"),
        digest_key: Text::new(digester().key_id()),
    })
}

/// The records of a bulk snapshot, made as they are asked for.
pub fn records(size: BulkSize) -> impl Iterator<Item = Result<Record, BuildError>> {
    let vpcs = size.nlbs.div_ceil(NLBS_PER_VPC);
    let bridges = (0..vpcs).flat_map(move |vpc| match bridges(vpc, size.nlbs) {
        Ok(records) => records.into_iter().map(Ok).collect(),
        Err(error) => vec![Err(error)],
    });
    let carried = carried();
    let apis = (0..size.apis).map(move |number| rest_api(number, size, &carried));
    bridges.chain(apis).chain(std::iter::once_with(done))
}

fn digester() -> Digester {
    Digester::new(&[0; 32])
}

fn done() -> Result<Record, BuildError> {
    Ok(Record::RegionDone(RegionDone {
        region: Region::new(REGION)?,
        extent: Extent::Full,
    }))
}

/// Bridges that stand in one VPC, with all that belongs to them.
fn bridges(vpc: usize, nlbs: usize) -> Result<Vec<Record>, BuildError> {
    let first = vpc * NLBS_PER_VPC;
    let here = first..nlbs.min(first + NLBS_PER_VPC);
    let estate = Estate::new(ACCOUNT)
        .region(REGION)
        .vpc(&format!("vpc-{vpc}"));
    let estate = here.fold(estate, |estate, number| estate.bridge(&bridge(number), 80));
    let regions = estate.build()?.regions;
    Ok(regions.into_values().flat_map(records_of).collect())
}

fn bridge(number: usize) -> String {
    format!("svc-{number}")
}

fn api_name(number: usize) -> Text {
    Text::from(format!("api-{number}"))
}

fn records_of(region: RegionState) -> impl Iterator<Item = Record> {
    let RegionState {
        links,
        rest_apis: _,
        http_apis: _,
        domain_names: _,
        load_balancers,
        target_groups,
        certificates: _,
        vpcs,
        network_interfaces,
        endpoint_services,
        verified_access_endpoints: _,
        traffic_mirror_targets: _,
        alarms: _,
        usage: _,
        raw: _,
    } = region;
    (vpcs.into_iter().map(Record::Vpc))
        .chain(links.into_iter().map(Record::VpcLink))
        .chain(load_balancers.into_iter().map(Record::LoadBalancer))
        .chain(target_groups.into_iter().map(Record::TargetGroup))
        .chain(network_interfaces.into_iter().map(Record::NetworkInterface))
        .chain(endpoint_services.into_iter().map(Record::EndpointService))
}

/// A few sets of carried properties, as an account's APIs repeat them.
fn carried() -> Vec<Carried> {
    let digester = digester();
    (0..16)
        .map(|number| {
            let seal = |what: &str| digester.seal(&format!("{what} {number}"));
            let mut fields =
                BTreeMap::from([(CarriedField::RequestParameters, seal("parameters"))]);
            if number % 4 == 0 {
                fields.insert(CarriedField::TimeoutInMillis, seal("timeout"));
            }
            Carried::new(fields)
        })
        .collect()
}

/// The links an API uses: every eighth uses two.
fn links_of(api: usize, nlbs: usize) -> [usize; 2] {
    let nlbs = nlbs.max(1);
    let first = api % nlbs;
    let second = match api % 8 {
        0 => (first + 1) % nlbs,
        _ => first,
    };
    [first, second]
}

fn rest_api(number: usize, size: BulkSize, carried: &[Carried]) -> Result<Record, BuildError> {
    let names = Names {
        account: AccountId::new(ACCOUNT)?,
        region: Region::new(REGION)?,
    };
    let name = api_name(number);
    let id = names.rest_api(&name)?;
    let mut ways = Vec::new();
    for nlb in links_of(number, size.nlbs) {
        let link = names.link(&format!("{}-link", bridge(nlb)))?;
        let name = format!("{}-nlb", bridge(nlb));
        let dns = names.dns(LoadBalancerType::Network, Scheme::Internal, &name);
        ways.push((link, dns));
    }
    let mut draft = Vec::with_capacity(size.methods_per_api);
    for index in 0..size.methods_per_api {
        let (verb, path) = method(number, index);
        let (link, dns) = &ways[index % ways.len()];
        let carried = match (number * 7 + index * 3) % 10 {
            0..3 => carried[(number + index) % carried.len()].clone(),
            _ => Carried::default(),
        };
        draft.push(Method {
            resource: Some(names.resource(&id, &path)?),
            path: Text::from(path.clone()),
            verb,
            integration: Some(Arc::new(Integration {
                http_method: Some(verb),
                carried,
                ..private(link.as_str(), dns, 80, &path)
            })),
            settings: None,
        });
    }
    let exported = draft.iter().map(|method| Method {
        resource: None,
        integration: method.integration.as_ref().map(Arc::clone),
        ..method.clone()
    });
    let mut deployed: Vec<Method> = exported.collect();
    deployed.sort_by(|a, b| (&a.path, a.verb).cmp(&(&b.path, b.verb)));
    let deployment = Deployment {
        id: names.deployment(&id, 0)?,
        created_at: Some(Text::new("2024-03-01T09:30:00Z")),
    };
    let stage = Stage {
        name: StageName::new("prod")?,
        deployment: deployment.id.clone(),
        canary: None,
        variables: BTreeMap::new(),
        tags: BTreeMap::new(),
        client_certificate: None,
        cache: None,
        deployed: Some(deployed.into()),
        settings: Some(Vec::new()),
    };
    Ok(Record::RestApi(RestApi {
        id,
        region: names.region,
        name,
        endpoint_types: vec![Text::new("REGIONAL")],
        default_endpoint: DefaultEndpoint::Answers,
        tags: BTreeMap::new(),
        draft: Some(draft.into()),
        settings: Some(Vec::new()),
        deployments: Some(vec![deployment]),
        stages: Some(vec![stage]),
    }))
}

/// The verb and path of a method of an API: no two of an API are the same.
fn method(api: usize, index: usize) -> (Verb, String) {
    let verb = VERBS[index % VERBS.len()];
    let index = index / VERBS.len();
    let shape = SHAPES[index % SHAPES.len()];
    let index = index / SHAPES.len();
    let noun = NOUNS[(api + index) % NOUNS.len()];
    match index / NOUNS.len() {
        0 => (verb, format!("/{noun}{shape}")),
        version => (verb, format!("/v{version}/{noun}{shape}")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use unbridge_model::apigateway::LinkReach;
    use unbridge_model::snapshot::{Outcome, Snapshot};
    use unbridge_model::usage::Measured;

    use super::*;

    fn snapshot(size: BulkSize) -> Snapshot {
        let mut snapshot = Snapshot::new(header().expect("a header"));
        for record in records(size) {
            snapshot.add(record.expect("a record")).expect("a new one");
        }
        snapshot.finish(Outcome::Finished).expect("all different");
        snapshot
    }

    #[test]
    fn every_integration_names_a_link_and_its_nlb() {
        let snapshot = snapshot(BulkSize {
            apis: 200,
            methods_per_api: 50,
            nlbs: 70,
        });
        let region = &snapshot.regions[&Region::new(REGION).expect("a region")];
        assert_eq!(region.extent, Some(Extent::Full));
        assert_eq!(region.load_balancers.len(), 140);
        let (mut two_links, mut carried) = (0, 0);
        for api in &region.rest_apis {
            let draft = api.draft.as_ref().expect("a draft");
            let deployed = &api.stages.as_ref().expect("stages")[0].deployed;
            let deployed = deployed.as_ref().expect("an export");
            assert_eq!((draft.len(), deployed.len()), (50, 50));
            assert!(deployed.is_shared_with(draft));
            let mut links = BTreeSet::new();
            for method in draft {
                let integration = method.integration.as_ref().expect("an integration");
                let link = integration.vpc_link.as_ref().expect("a link");
                links.insert(link.as_str());
                carried += usize::from(integration.carried != Carried::default());
                let known = region.v1_links.values();
                let mut known = known.filter(|known| known.id.as_str() == link.as_str());
                let LinkReach::V1 { targets } = &known.next_back().expect("a link").reach else {
                    panic!("a version 1 link");
                };
                let nlb = &region.load_balancers[&targets[0]];
                let dns = nlb.dns_name.as_ref().expect("a name");
                let uri = integration.uri.as_ref().expect("a uri").to_string();
                assert!(uri.starts_with(&format!("http://{dns}/")), "{uri}");
            }
            let paths: BTreeSet<_> = draft.iter().map(|m| (&m.path, m.verb)).collect();
            assert_eq!(paths.len(), 50);
            two_links += usize::from(links.len() == 2);
        }
        assert_eq!(two_links, 25);
        assert!((2500..3500).contains(&carried), "{carried} of 10000");
    }

    #[test]
    fn usage_is_of_every_nlb_alb_and_stage_and_of_nothing_else() {
        let size = BulkSize {
            apis: 20,
            methods_per_api: 1,
            nlbs: 7,
        };
        let mut snapshot = Snapshot::new(header().expect("a header"));
        for record in records(size).chain(usage(size)) {
            snapshot.add(record.expect("a record")).expect("a new one");
        }
        let region = &snapshot.regions[&Region::new(REGION).expect("a region")];
        let balancers = region.load_balancers.keys().cloned();
        let stages = region.rest_apis.iter().map(|api| Measured::RestStage {
            api_name: api.name.clone(),
            stage: api.stages.as_ref().expect("stages")[0].name.clone(),
        });
        let measured: BTreeSet<Measured> = balancers
            .map(Measured::LoadBalancer)
            .chain(stages)
            .collect();
        assert!(region.usage.keys().eq(&measured));
        for usage in region.usage.values() {
            let read: Vec<_> = usage.series.keys().copied().collect();
            let mut all = usage.of.measures().to_vec();
            all.sort();
            assert_eq!(read, all);
            let whole = |values: &&Vec<Option<f64>>| values.len() == 720;
            let seen = match &usage.of {
                Measured::LoadBalancer(arn) if arn.tail().starts_with("net/") => 8,
                _ => 7,
            };
            assert_eq!(usage.series.values().filter(whole).count(), seen);
        }
    }

    #[test]
    fn the_largest_has_no_two_things_of_one_id() {
        let snapshot = snapshot(BulkSize {
            methods_per_api: 0,
            ..BulkSize::MILLION
        });
        let region = &snapshot.regions[&Region::new(REGION).expect("a region")];
        assert_eq!(region.v1_links.len(), 5_000);
        assert_eq!(region.rest_apis.len(), 20_000);
        assert_eq!(region.endpoint_services.len(), 5_000);
    }
}
