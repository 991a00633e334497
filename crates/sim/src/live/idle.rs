//! Which links of version 2 nothing uses, and since when: they fall asleep.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use unbridge_model::apigateway::{Integration, LinkReach};
use unbridge_model::id::VpcLinkId;
use unbridge_model::route::AnyApi;
use unbridge_model::template::Template;
use unbridge_model::text::Text;

use super::history::{Key, Way, Ways, of_region};
use super::time::Timer;
use super::world::World;
use crate::account::{RawVariables, RegionState};

/// A link that carries nothing for so long falls asleep. Rule `link-falls-asleep`: it counts as used
/// while a stage runs a method or route over it.
pub const IDLE: Duration = Duration::from_secs(60 * 86_400);

/// Which links are used, and since when the others are not.
#[derive(Debug, Clone, Default)]
pub(super) struct Idle {
    /// The links that each stage runs methods over. Forks share it until one changes.
    by_stage: Rc<BTreeMap<Key, BTreeSet<Text>>>,
    /// How many stages use a link.
    uses: Rc<BTreeMap<Text, usize>>,
    pub(super) since: BTreeMap<VpcLinkId, Duration>,
    /// Those that sleep do not fall asleep again.
    asleep: BTreeSet<VpcLinkId>,
}

impl Idle {
    /// When the next link falls asleep, if nothing uses it until then.
    pub(super) fn first_sleep(&self) -> Option<Duration> {
        let awake = self.since.iter();
        let awake = awake.filter(|(link, _)| !self.asleep.contains(*link));
        awake.map(|(_, since)| since.saturating_add(IDLE)).min()
    }

    fn put(&mut self, key: &Key, links: BTreeSet<Text>) {
        if self.by_stage.get(key).unwrap_or(&BTreeSet::new()) == &links {
            return;
        }
        let by_stage = Rc::make_mut(&mut self.by_stage);
        let uses = Rc::make_mut(&mut self.uses);
        for link in by_stage.remove(key).into_iter().flatten() {
            let left = uses.get(&link).map_or(0, |uses| uses.saturating_sub(1));
            match left {
                0 => drop(uses.remove(&link)),
                left => drop(uses.insert(link, left)),
            }
        }
        for link in &links {
            *uses.entry(link.clone()).or_default() += 1;
        }
        if !links.is_empty() {
            by_stage.insert(key.clone(), links);
        }
    }
}

/// The links that a stage's requests may go over.
fn links_of(state: &RegionState, key: &Key, ways: &[Way]) -> BTreeSet<Text> {
    let mut links = BTreeSet::new();
    for way in ways {
        match (&key.0, way) {
            (AnyApi::Rest(api), Way::Rest(deployment, variables)) => {
                let api = state.rest_api(api);
                let frozen = api.and_then(|api| api.deployments.get(deployment));
                let methods = frozen.iter().flat_map(|frozen| &frozen.methods);
                let integrations = methods.filter_map(|method| method.integration.as_deref());
                links.extend(integrations.filter_map(|one| link_of(one, variables)));
            }
            (_, Way::Http(routes, variables)) => {
                let integrations = routes.iter().map(|route| &route.integration);
                links.extend(integrations.filter_map(|one| link_of(one, variables)));
            }
            (AnyApi::Http(_), Way::Rest(..)) => {}
        }
    }
    links
}

pub(super) fn link_of(integration: &Integration, variables: &RawVariables) -> Option<Text> {
    filled(integration.vpc_link.as_ref()?, variables)
}

/// A template with these variables; `None` when one is missing.
pub(super) fn filled(template: &Template, variables: &RawVariables) -> Option<Text> {
    if template.is_literal() {
        return Some(template.text().clone());
    }
    let known: BTreeMap<&str, Text> = variables
        .iter()
        .map(|(name, value)| (name.as_str(), Text::new(value)))
        .collect();
    template.resolve(|name| known.get(name)).ok()
}

impl World {
    /// Counts anew what every stage uses.
    pub(super) fn count_uses(&mut self) {
        let Ok(state) = self.state() else {
            return;
        };
        let after = of_region(state);
        let before = self.idle.by_stage.keys().cloned();
        let before = before.map(|key| (key, Vec::new())).collect();
        self.uses_of(&before, &after);
    }

    /// Counts anew what these stages use.
    pub(super) fn uses_of(&mut self, before: &Ways, after: &Ways) {
        let mut idle = std::mem::take(&mut self.idle);
        if let Ok(state) = self.state() {
            for key in before.keys().filter(|key| !after.contains_key(*key)) {
                idle.put(key, BTreeSet::new());
            }
            for (key, ways) in after {
                if before.get(key) != Some(ways) {
                    idle.put(key, links_of(state, key, ways));
                }
            }
        }
        self.idle = idle;
        self.sort_idle_links();
    }

    /// Starts and stops the clocks of links that came out of use or into use.
    pub(super) fn sort_idle_links(&mut self) {
        let now = self.now;
        let Some(state) = self.account.regions.get(&self.region) else {
            return;
        };
        let mut idle = std::mem::take(&mut self.idle);
        let mut known = BTreeSet::new();
        for link in &state.links {
            if !matches!(link.reach, LinkReach::V2 { .. }) {
                continue;
            }
            known.insert(link.id.clone());
            match (
                idle.uses.contains_key(link.id.as_str()),
                link.status.as_str(),
            ) {
                // Rule `link-wakes-up`: it is provisioned anew when requests come again.
                (true, "INACTIVE") => {
                    let timer = Timer::LinkProvisioned(link.id.clone());
                    if !self.timers.has(&timer) {
                        self.timers.set(now + super::links::PROVISIONING, timer);
                    }
                    idle.since.remove(&link.id);
                    idle.asleep.remove(&link.id);
                }
                (true, _) => {
                    idle.since.remove(&link.id);
                    idle.asleep.remove(&link.id);
                }
                (false, _) => {
                    idle.since.entry(link.id.clone()).or_insert(now);
                }
            }
        }
        idle.since.retain(|link, _| known.contains(link));
        idle.asleep.retain(|link| known.contains(link));
        self.idle = idle;
    }

    /// Puts to sleep whose time has come.
    pub(super) fn fall_asleep(&mut self) {
        let now = self.now;
        let due = self.idle.since.iter();
        let due = due.filter(|(_, since)| since.saturating_add(IDLE) <= now);
        let due: Vec<VpcLinkId> = due.map(|(link, _)| link.clone()).collect();
        for id in due {
            if let Some(link) = self.link_mut(&id)
                && link.status == "AVAILABLE"
            {
                link.status = Text::new("INACTIVE");
            }
            self.idle.asleep.insert(id);
        }
    }
}
