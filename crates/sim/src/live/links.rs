//! VPC links of both versions: how they come to be and go.

use std::collections::BTreeSet;
use std::time::Duration;

use unbridge_model::apigateway::{Integration, LinkReach, Method, Protocol, Tags, VpcLink};
use unbridge_model::id::{LoadBalancerArn, SecurityGroupId, SubnetId, VpcLinkId};
use unbridge_model::journal::Owner;
use unbridge_model::plan::value::Output;
use unbridge_model::text::Text;

use super::time::Timer;
use super::world::{Changed, World, made, not_yet, owned, refused};
use super::zones;
use crate::account::{HttpRuns, RegionState, RestApiState};

/// How long a link of version 2 is `PENDING`. Rule `link-provisioning`.
pub const PROVISIONING: Duration = Duration::from_secs(4 * 60);

/// How long a link of either version is `DELETING`. Rule `link-deleting`.
pub const DELETING: Duration = Duration::from_secs(2 * 60);

/// How long the network interfaces of a link stay after it was deleted. Rule
/// `interfaces-outlive-link`.
pub const INTERFACES_STAY: Duration = Duration::from_secs(5 * 60);

/// Links of version 2 in a region. Rule `link-quota`.
const LINKS: usize = 10;

/// Subnets of a link. Rule `link-subnets`.
const SUBNETS: usize = 10;

/// Letters of a link's name. Rule `link-name`.
const NAME: usize = 128;

impl World {
    pub(super) fn link_mut(&mut self, id: &VpcLinkId) -> Option<&mut VpcLink> {
        let state = self.state_mut().ok()?;
        state.links.find_mut(|link| link.id == *id)
    }

    /// Has links that are on their way when the account is looked at first come to an end.
    pub(super) fn watch_links(&mut self) {
        let Ok(state) = self.state() else {
            return;
        };
        let on_their_way = state.links.iter().filter_map(|link| {
            let id = link.id.clone();
            match link.status.as_str() {
                "PENDING" => Some((PROVISIONING, Timer::LinkProvisioned(id))),
                "DELETING" => Some((DELETING, Timer::LinkGone(id))),
                _ => None,
            }
        });
        for (pause, timer) in on_their_way.collect::<Vec<_>>() {
            if !self.timers.has(&timer) {
                self.timers.set(self.now + pause, timer);
            }
        }
    }

    pub(super) fn create_link(
        &mut self,
        name: &Text,
        subnets: &[SubnetId],
        groups: &[SecurityGroupId],
        tags: &Tags,
        owner: &Owner,
    ) -> Changed<Output> {
        let state = self.state()?;
        if name.is_empty() || name.chars().count() > NAME {
            return Err(refused(
                "BadRequestException: Name must have 1 to 128 characters",
            ));
        }
        if subnets.is_empty() || subnets.len() > SUBNETS {
            return Err(refused(format!(
                "BadRequestException: a VPC link takes 1 to {SUBNETS} subnets"
            )));
        }
        stand_together(state, subnets, groups)?;
        let quota = self.granted.links.unwrap_or(LINKS);
        if state.v2_links().count() >= quota {
            return Err(refused(
                "LimitExceededException: Maximum number of VPC links for this account and Region has been exceeded",
            ));
        }
        let id = made(VpcLinkId::new(self.short_id("link", owner, 10)))?;
        let region = self.region.clone();
        self.state_mut()?.links.push(VpcLink {
            id: id.clone(),
            region,
            name: name.clone(),
            reach: LinkReach::V2 {
                subnets: subnets.to_vec(),
                security_groups: groups.to_vec(),
            },
            status: Text::new("PENDING"),
            tags: owned(tags, owner),
        });
        let due = self.now + PROVISIONING;
        self.timers.set(due, Timer::LinkProvisioned(id.clone()));
        self.sort_idle_links();
        Ok(self.noted(Output::VpcLink(id)))
    }

    /// A link's interfaces stand, or it fails. Rule `link-fails`: a zone that links do not stand in
    /// or a subnet without a free address fails it.
    pub(super) fn link_provisioned(&mut self, id: &VpcLinkId) {
        let Ok(state) = self.state() else {
            return;
        };
        let Some(link) = state.links.iter().find(|link| link.id == *id) else {
            return;
        };
        let stands = match &link.reach {
            LinkReach::V1 { .. } => true,
            LinkReach::V2 { subnets, .. } => subnets_of(state, subnets).all(|subnet| {
                let zone = &subnet.zone_id;
                let granted = self.granted.zones.contains(zone);
                subnet.free_addresses > 0 && (granted || zones::takes_links(zone))
            }),
        };
        let status = if stands { "AVAILABLE" } else { "FAILED" };
        if let Some(link) = self.link_mut(id)
            && matches!(link.status.as_str(), "PENDING" | "INACTIVE")
        {
            link.status = Text::new(status);
        }
    }

    pub(super) fn delete_v2_link(&mut self, id: &VpcLinkId) -> Changed {
        let link = self.state()?.v2_links().find(|link| link.id == *id);
        let groups = match link.map(|link| &link.reach) {
            Some(LinkReach::V2 {
                security_groups, ..
            }) => security_groups.clone(),
            Some(LinkReach::V1 { .. }) | None => {
                return Err(refused(format!(
                    "NotFoundException: Unable to find VpcLink by ID {id}"
                )));
            }
        };
        self.start_deleting(id)?;
        if !groups.is_empty() {
            let due = self.now + INTERFACES_STAY;
            let timer = Timer::InterfacesGone(id.clone());
            self.timers.set(due, timer);
            self.lingering.insert(id.clone(), groups);
        }
        Ok(())
    }

    pub(super) fn delete_v1_link(&mut self, id: &VpcLinkId) -> Changed {
        if !self.state()?.v1_links().any(|link| link.id == *id) {
            return Err(refused(
                "NotFoundException: Invalid Vpc Link identifier specified",
            ));
        }
        self.start_deleting(id)
    }

    fn start_deleting(&mut self, id: &VpcLinkId) -> Changed {
        let named = references(self.state()?, id);
        if !named.is_empty() {
            let named = named.join(", ");
            return Err(not_yet(format!(
                "BadRequestException: Cannot delete vpc link. Vpc link '{id}', is referenced in [{named}] in format of [RESTApiId:Method:Resource:Stage]"
            )));
        }
        if let Some(link) = self.link_mut(id) {
            // Rule `link-deleted-twice`.
            if link.status == "DELETING" {
                return Err(not_yet(format!(
                    "ConflictException: Vpc link '{id}' is being deleted"
                )));
            }
            link.status = Text::new("DELETING");
        }
        self.timers.cancel(&Timer::LinkProvisioned(id.clone()));
        let due = self.now + DELETING;
        self.timers.set(due, Timer::LinkGone(id.clone()));
        Ok(())
    }

    /// Rule `v1-link-takes-service`: the endpoint service of a version 1 link goes with it.
    pub(super) fn link_gone(&mut self, id: &VpcLinkId) {
        let Ok(state) = self.state_mut() else {
            return;
        };
        let gone = state.links.iter().find(|link| link.id == *id);
        let targets: Vec<LoadBalancerArn> = match gone.map(|link| &link.reach) {
            Some(LinkReach::V1 { targets }) => targets.clone(),
            Some(LinkReach::V2 { .. }) | None => Vec::new(),
        };
        state.links.retain(|link| link.id != *id);
        let is_its = |nlb: &LoadBalancerArn| targets.contains(nlb);
        let services = &mut state.endpoint_services;
        services.retain(|service| !service.load_balancers.iter().any(is_its));
        self.sort_idle_links();
    }

    /// Security groups of interfaces that stand: those of links, and of links that are just gone.
    pub(super) fn groups_of_links(&self) -> Changed<BTreeSet<SecurityGroupId>> {
        let links = self.state()?.links.iter();
        let standing = links.filter(|link| link.status != "INACTIVE");
        let mut groups = BTreeSet::new();
        for link in standing {
            if let LinkReach::V2 {
                security_groups, ..
            } = &link.reach
            {
                groups.extend(security_groups.iter().cloned());
            }
        }
        groups.extend(self.lingering.values().flatten().cloned());
        Ok(groups)
    }
}

fn subnets_of<'s>(
    state: &'s RegionState,
    ids: &'s [SubnetId],
) -> impl Iterator<Item = &'s unbridge_model::network::Subnet> {
    let known = state
        .vpcs
        .iter()
        .flat_map(|vpc| vpc.subnets.iter().flatten());
    known.filter(|subnet| ids.contains(&subnet.id))
}

/// Rule `link-one-vpc`: subnets and groups exist and are of one VPC.
fn stand_together(
    state: &RegionState,
    subnets: &[SubnetId],
    groups: &[SecurityGroupId],
) -> Changed {
    let mut vpcs = BTreeSet::new();
    for id in subnets {
        let found = subnets_of(state, std::slice::from_ref(id)).next();
        let found = found.ok_or_else(|| {
            refused(format!(
                "BadRequestException: The subnet ID '{id}' does not exist"
            ))
        })?;
        vpcs.insert(&found.vpc);
    }
    for id in groups {
        let home = state.vpcs.iter().find(|vpc| {
            let mut known = vpc.security_groups.iter().flatten();
            known.any(|group| group.id == *id)
        });
        let home = home.ok_or_else(|| {
            refused(format!(
                "BadRequestException: The security group '{id}' does not exist"
            ))
        })?;
        vpcs.insert(&home.id);
    }
    match vpcs.len() {
        1 => Ok(()),
        _ => Err(refused(
            "BadRequestException: subnets and security groups are not of one VPC",
        )),
    }
}

/// What names a link by its id, as AWS lists it. Rule `link-in-use`: drafts and what stages run
/// count. Rule `link-by-variable`: who names it by a stage variable does not. Rule
/// `link-of-canary`: neither does a canary release, nor a deployment that no stage runs.
fn references(state: &RegionState, id: &VpcLinkId) -> Vec<String> {
    let mut named = Vec::new();
    for api in &state.rest_apis {
        let draft = api.api.draft.as_deref();
        name_methods(
            api,
            draft.map_or(&[][..], Vec::as_slice),
            None,
            id,
            &mut named,
        );
        for stage in &api.stages {
            if let Some(runs) = api.deployed(&stage.name) {
                let stage = Some(stage.name.as_str());
                name_methods(api, &runs.methods, stage, id, &mut named);
            }
        }
    }
    // Rule `link-in-use-by-http`: integrations of HTTP and WebSocket APIs count too.
    for http in &state.http_apis {
        let api = &http.api;
        let integrations = api.integrations.iter().flatten();
        let names = integrations.filter(|one| goes_over(&one.integration, id));
        named.extend(names.map(|one| format!("{}:{}", api.id, one.id)));
        if api.protocol == Protocol::Websocket {
            continue;
        }
        for stage in &http.stages {
            if let HttpRuns::Frozen(routes) = &stage.runs {
                let names = routes.iter().filter(|one| goes_over(&one.integration, id));
                named.extend(names.map(|one| format!("{}:{}:{}", api.id, one.key, stage.name)));
            }
        }
    }
    named
}

fn name_methods(
    api: &RestApiState,
    methods: &[Method],
    stage: Option<&str>,
    id: &VpcLinkId,
    named: &mut Vec<String>,
) {
    for method in methods {
        let over = method.integration.as_deref();
        if !over.is_some_and(|one| goes_over(one, id)) {
            continue;
        }
        let resource = method.resource.map(|id| id.to_string());
        let resource = resource.unwrap_or_else(|| method.path.to_string());
        let place = format!("{}:{}:{resource}", api.api.id, method.verb);
        named.push(match stage {
            Some(stage) => format!("{place}:{stage}"),
            None => place,
        });
    }
}

fn goes_over(integration: &Integration, id: &VpcLinkId) -> bool {
    let link = integration.vpc_link.as_ref();
    link.is_some_and(|link| link.as_str() == id.as_str())
}
