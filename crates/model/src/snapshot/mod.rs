//! The snapshot: what a scan saw, as a value and as a file.
//!
//! The file is JSON Lines: a header, one line for each thing read, a footer. [`write`] puts lines
//! out as they are read; [`read`] refuses what is not whole. Compression and files are the
//! caller's.

mod parts;
pub mod read;
pub mod write;

pub use parts::Apart;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::apigateway::{DomainName, HttpApi, HttpDeployed, LinkReach, RestApi, VpcLink};
use crate::elb::{Action, Certificate, LoadBalancer, TargetGroup};
use crate::gap::Gap;
use crate::id::{
    AccountId, CertificateArn, LoadBalancerArn, Region, TargetGroupArn, VpcId, VpcLinkId,
};
use crate::network::{EndpointService, NetworkInterface, RouteTableScope, Vpc};
use crate::text::Text;
use crate::usage::{Measured, Usage};
use crate::user::User;

/// The version of the format that this tool writes, and the newest it reads.
pub const FORMAT_VERSION: u32 = 1;

/// The word every snapshot's header holds.
pub const FORMAT: &str = "unbridge-snapshot";

/// The longest line that is read, in bytes.
pub const LINE_CAP: usize = 64 << 20;

/// The first line: what was scanned, by whom, with what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Always [`FORMAT`].
    pub format: Text,
    /// The format's version.
    pub format_version: u32,
    /// The version of the tool that wrote it.
    pub tool_version: Text,
    /// The account.
    pub account: AccountId,
    /// The identity that read it.
    pub caller: Text,
    /// The regions asked for.
    pub regions: Vec<Region>,
    /// When the scan began, RFC 3339 in UTC.
    pub started_at: Text,
    /// Which key the digests were made with.
    pub digest_key: Text,
}

/// How much of a region was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Extent {
    /// Everything in play.
    Full,
    /// It has no link and no NLB in front of an ALB, so its APIs were not read.
    NothingInPlay,
}

/// Written when a region has been read to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegionDone {
    /// The region.
    pub region: Region,
    /// How much of it was read.
    pub extent: Extent,
}

/// How a scan ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It came to its end; gaps say what failed on the way.
    Finished,
    /// It was interrupted.
    Interrupted,
}

/// The last line. A file without it is truncated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Footer {
    /// How the scan ended.
    pub outcome: Outcome,
    /// Lines before this one.
    pub lines: u64,
    /// XXH3-128 of all bytes before this line, 32 hexadecimal digits (`xxhsum -H2`). It shows
    /// damage; it is no proof of who wrote the file.
    pub xxh3: Text,
}

/// One thing a scan read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the noun of that name")]
pub enum Record {
    Certificate(Certificate),
    DomainName(DomainName),
    EndpointService(EndpointService),
    Gap(Gap),
    HttpApi(HttpApi),
    LoadBalancer(LoadBalancer),
    NetworkInterface(NetworkInterface),
    RegionDone(RegionDone),
    RestApi(RestApi),
    TargetGroup(TargetGroup),
    Usage(Usage),
    User(User),
    Vpc(Vpc),
    VpcLink(VpcLink),
}

/// One line of a snapshot file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// The first line.
    Header(Header),
    /// Any line between.
    Record(Record),
    /// The last line.
    Footer(Footer),
}

impl Record {
    /// The region it belongs to; `None` for what belongs to the account as a whole.
    #[must_use]
    pub fn region(&self) -> Option<&Region> {
        match self {
            Self::Certificate(it) => Some(&it.region),
            Self::DomainName(it) => Some(&it.region),
            Self::EndpointService(it) => Some(&it.region),
            Self::Gap(it) => it.region.as_ref(),
            Self::HttpApi(it) => Some(&it.region),
            Self::LoadBalancer(it) => Some(&it.region),
            Self::NetworkInterface(it) => Some(&it.region),
            Self::RegionDone(it) => Some(&it.region),
            Self::RestApi(it) => Some(&it.region),
            Self::TargetGroup(it) => Some(&it.region),
            Self::Usage(it) => Some(&it.region),
            Self::User(it) if it.kind.is_global() => None,
            Self::User(it) => it.region.as_ref(),
            Self::Vpc(it) => Some(&it.region),
            Self::VpcLink(it) => Some(&it.region),
        }
    }
}

/// What was read of one region.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RegionFacts {
    /// How much was read; `None` when the scan did not come to the region's end.
    pub extent: Option<Extent>,
    /// Version 1 links.
    pub v1_links: BTreeMap<VpcLinkId, VpcLink>,
    /// Version 2 links.
    pub v2_links: BTreeMap<VpcLinkId, VpcLink>,
    /// REST APIs, by id.
    pub rest_apis: Vec<RestApi>,
    /// HTTP and WebSocket APIs, by id.
    pub http_apis: Vec<HttpApi>,
    /// Load balancers.
    pub load_balancers: BTreeMap<LoadBalancerArn, LoadBalancer>,
    /// Target groups.
    pub target_groups: BTreeMap<TargetGroupArn, TargetGroup>,
    /// VPCs in play.
    pub vpcs: BTreeMap<VpcId, Vpc>,
    /// Network interfaces of load balancers, by id.
    pub network_interfaces: Vec<NetworkInterface>,
    /// Endpoint services, by id.
    pub endpoint_services: Vec<EndpointService>,
    /// Certificates of listeners in play.
    pub certificates: BTreeMap<CertificateArn, Certificate>,
    /// Custom domain names, by name.
    pub domain_names: Vec<DomainName>,
    /// What was measured of load balancers and stages in play.
    pub usage: BTreeMap<Measured, Usage>,
}

/// What a scan saw of one account.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// What was scanned.
    pub header: Header,
    /// What was read, by region.
    pub regions: BTreeMap<Region, RegionFacts>,
    /// Other users of load balancers, of the account and of its regions, sorted.
    pub users: Vec<User>,
    /// What was not seen, sorted.
    pub gaps: Vec<Gap>,
    /// How the scan ended.
    pub outcome: Outcome,
}

/// What no account can hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// The same thing twice.
    #[error("{0} stands there twice")]
    Twice(String),
    /// A listener under a load balancer that its ARN does not name.
    #[error("listener {0} stands under another load balancer")]
    Misplaced(String),
}

impl Snapshot {
    /// An empty snapshot of what this header announces.
    #[must_use]
    pub fn new(header: Header) -> Self {
        let regions = header
            .regions
            .iter()
            .map(|region| (region.clone(), RegionFacts::default()))
            .collect();
        Self {
            header,
            regions,
            users: Vec::new(),
            gaps: Vec::new(),
            outcome: Outcome::Interrupted,
        }
    }

    /// Takes in one record.
    ///
    /// # Errors
    /// [`Contradiction`] when it holds the same thing already; lists are checked by [`Self::finish`].
    pub fn add(&mut self, record: Record) -> Result<(), Contradiction> {
        match record {
            Record::Gap(gap) => self.gaps.push(gap),
            Record::User(user) => self.users.push(user),
            Record::Certificate(certificate) => once(
                &mut self.facts(&certificate.region).certificates,
                certificate.arn.clone(),
                certificate,
            )?,
            Record::DomainName(domain) => self.facts(&domain.region).domain_names.push(domain),
            Record::RegionDone(done) => {
                let facts = self.facts(&done.region);
                if facts.extent.replace(done.extent).is_some() {
                    return Err(Contradiction::Twice(done.region.to_string()));
                }
            }
            Record::VpcLink(link) => {
                let facts = self.facts(&link.region);
                let links = match link.reach {
                    LinkReach::V1 { .. } => &mut facts.v1_links,
                    LinkReach::V2 { .. } => &mut facts.v2_links,
                };
                once(links, link.id.clone(), link)?;
            }
            Record::RestApi(mut api) => {
                // Now, not at the end: methods are what fills memory.
                api.put_in_order();
                self.facts(&api.region).rest_apis.push(api);
            }
            Record::HttpApi(api) => self.facts(&api.region).http_apis.push(api),
            Record::LoadBalancer(mut lb) => {
                lb.give_back_memory();
                let known = &mut self.facts(&lb.region).load_balancers;
                once(known, lb.arn.clone(), lb)?;
            }
            Record::TargetGroup(group) => once(
                &mut self.facts(&group.region).target_groups,
                group.arn.clone(),
                group,
            )?,
            Record::Usage(usage) => once(
                &mut self.facts(&usage.region).usage,
                usage.of.clone(),
                usage,
            )?,
            Record::Vpc(vpc) => once(&mut self.facts(&vpc.region).vpcs, vpc.id.clone(), vpc)?,
            Record::NetworkInterface(interface) => self
                .facts(&interface.region)
                .network_interfaces
                .push(interface),
            Record::EndpointService(service) => {
                self.facts(&service.region).endpoint_services.push(service)
            }
        }
        Ok(())
    }

    /// Puts everything in its order, whatever order it was read in.
    ///
    /// # Errors
    /// [`Contradiction`] when a list holds the same thing twice.
    pub fn finish(&mut self, outcome: Outcome) -> Result<(), Contradiction> {
        self.outcome = outcome;
        for user in &mut self.users {
            user.points_at.sort();
        }
        self.users.sort();
        self.users.dedup();
        self.gaps.sort();
        self.gaps.dedup();
        for facts in self.regions.values_mut() {
            facts.sort()?;
        }
        Ok(())
    }

    fn facts(&mut self, region: &Region) -> &mut RegionFacts {
        self.regions.entry(region.clone()).or_default()
    }
}

impl RegionFacts {
    /// Every list whose order AWS leaves open, ordered by what names its items.
    fn sort(&mut self) -> Result<(), Contradiction> {
        for link in self.v1_links.values_mut().chain(self.v2_links.values_mut()) {
            match &mut link.reach {
                LinkReach::V1 { targets } => targets.sort(),
                LinkReach::V2 {
                    subnets,
                    security_groups,
                } => {
                    subnets.sort();
                    security_groups.sort();
                }
            }
        }
        sort_once(&mut self.rest_apis, |api| &api.id)?;
        sort_once(&mut self.http_apis, |api| &api.id)?;
        sort_once(&mut self.network_interfaces, |interface| &interface.id)?;
        sort_once(&mut self.endpoint_services, |service| &service.id)?;
        sort_once(&mut self.domain_names, |domain| &domain.name)?;
        for domain in &mut self.domain_names {
            domain.mappings.iter_mut().for_each(|all| all.sort());
        }
        self.rest_apis.iter_mut().try_for_each(sort_rest_api)?;
        self.http_apis.iter_mut().try_for_each(sort_http_api)?;
        self.load_balancers
            .values_mut()
            .try_for_each(sort_load_balancer)?;
        for group in self.target_groups.values_mut() {
            group.load_balancers.sort();
            group
                .targets
                .iter_mut()
                .for_each(|targets| targets.sort_by(|a, b| (&a.id, a.port).cmp(&(&b.id, b.port))));
        }
        for vpc in self.vpcs.values_mut() {
            vpc.subnets
                .iter_mut()
                .try_for_each(|subnets| sort_once(subnets, |subnet| &subnet.id))?;
            vpc.security_groups
                .iter_mut()
                .try_for_each(|groups| sort_once(groups, |group| &group.id))?;
            vpc.network_acls
                .iter_mut()
                .try_for_each(|acls| sort_once(acls, |acl| &acl.id))?;
            for acl in vpc.network_acls.iter_mut().flatten() {
                acl.subnets.sort();
                acl.entries.sort();
            }
            vpc.route_tables
                .iter_mut()
                .try_for_each(|tables| sort_once(tables, |table| &table.id))?;
            for table in vpc.route_tables.iter_mut().flatten() {
                table.routes.sort();
                match &mut table.serves {
                    RouteTableScope::Main(subnets) | RouteTableScope::Subnets(subnets) => {
                        subnets.sort();
                    }
                }
            }
        }
        self.network_interfaces
            .iter_mut()
            .for_each(|interface| interface.addresses.sort());
        for service in &mut self.endpoint_services {
            service.load_balancers.sort();
            service
                .connections
                .iter_mut()
                .for_each(|all| all.sort_by(|a, b| a.endpoint.cmp(&b.endpoint)));
        }
        Ok(())
    }
}

fn sort_rest_api(api: &mut RestApi) -> Result<(), Contradiction> {
    api.settings.iter_mut().for_each(|all| all.sort());
    api.deployments
        .iter_mut()
        .try_for_each(|all| sort_once(all, |deployment| &deployment.id))?;
    for stage in api.stages.iter_mut().flatten() {
        stage.settings.iter_mut().for_each(|all| all.sort());
    }
    api.stages
        .iter_mut()
        .try_for_each(|stages| sort_once(stages, |stage| &stage.name))
}

fn sort_http_api(api: &mut HttpApi) -> Result<(), Contradiction> {
    api.integrations
        .iter_mut()
        .try_for_each(|all| sort_once(all, |integration| &integration.id))?;
    api.routes
        .iter_mut()
        .for_each(|routes| routes.sort_by(|a, b| a.key.cmp(&b.key)));
    if let Some(stages) = &mut api.stages {
        sort_once(stages, |stage| &stage.name)?;
        for stage in stages {
            if let HttpDeployed::Routes(routes) = &mut stage.deployed {
                routes.sort_by(|a, b| a.key.cmp(&b.key));
            }
        }
    }
    Ok(())
}

fn sort_load_balancer(lb: &mut LoadBalancer) -> Result<(), Contradiction> {
    lb.zones.sort_by(|a, b| a.zone.cmp(&b.zone));
    lb.security_groups.sort();
    if let Some(listeners) = &mut lb.listeners {
        sort_once(listeners, |listener| &listener.arn)?;
        let stray = listeners
            .iter()
            .find(|listener| listener.arn.load_balancer().as_ref() != Some(&lb.arn));
        if let Some(listener) = stray {
            return Err(Contradiction::Misplaced(listener.arn.to_string()));
        }
        for listener in listeners {
            listener.certificates.sort();
            let rules = listener
                .rules
                .iter_mut()
                .flatten()
                .flat_map(|rule| &mut rule.actions);
            for action in listener.default_actions.iter_mut().chain(rules) {
                if let Action::Forward { groups } = action {
                    groups.sort_by(|a, b| a.group.cmp(&b.group));
                }
            }
            listener
                .rules
                .iter_mut()
                .for_each(|rules| rules.sort_by_key(|rule| rule.priority));
        }
    }
    Ok(())
}

fn once<K: Ord + std::fmt::Display, V>(
    map: &mut BTreeMap<K, V>,
    key: K,
    value: V,
) -> Result<(), Contradiction> {
    match map.entry(key) {
        std::collections::btree_map::Entry::Occupied(known) => {
            Err(Contradiction::Twice(known.key().to_string()))
        }
        std::collections::btree_map::Entry::Vacant(free) => {
            free.insert(value);
            Ok(())
        }
    }
}

fn sort_once<T, K: Ord + std::fmt::Display>(
    list: &mut [T],
    key: impl Fn(&T) -> &K,
) -> Result<(), Contradiction> {
    list.sort_by(|a, b| key(a).cmp(key(b)));
    match list.windows(2).find(|pair| key(&pair[0]) == key(&pair[1])) {
        Some(pair) => Err(Contradiction::Twice(key(&pair[0]).to_string())),
        None => Ok(()),
    }
}
