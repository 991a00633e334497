//! Numbers for everything that decides what happens from now on, and for what answers requests.
//!
//! What a change leaves alone is not hashed again: things on shelves and deployments remember their
//! digests, and the digest of a draft is the sum of those of its methods.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::rc::Rc;
use std::sync::Arc;

use unbridge_model::apigateway::{Integration, Method, RestApi, Verb};
use unbridge_model::id::RestApiId;
use unbridge_model::plan::operation::{IntegrationPatch, MethodRef};
use unbridge_model::plan::value::Settled;
use unbridge_model::text::Text;
use xxhash_rust::xxh3::Xxh3;

use super::rest::{drafted, patched};
use super::switches::Switches;
use super::world::{Changed, World};
use crate::account::{DeploymentState, RegionState, RestApiState, Shelf};

/// Hashes what is written to it.
struct Hashing(Xxh3);

impl fmt::Write for Hashing {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

/// Hashes what this writes.
fn hashed(write: impl FnOnce(&mut Hashing) -> fmt::Result) -> u128 {
    let mut hashing = Hashing(Xxh3::new());
    // Hashing takes every text.
    let _ = write(&mut hashing);
    hashing.0.digest128()
}

impl Hashing {
    fn number(&mut self, number: u128) {
        self.0.update(&number.to_le_bytes());
    }

    fn all(&mut self, digests: impl Iterator<Item = u128>) {
        let mut count: u128 = 0;
        for digest in digests {
            self.number(digest);
            count += 1;
        }
        self.number(count);
    }

    /// A shelf with the digests that its things remember.
    fn shelf<T: fmt::Debug>(&mut self, shelf: &Shelf<T>) {
        self.all(shelf.digests(whole));
    }
}

fn whole<T: fmt::Debug>(thing: &T) -> u128 {
    hashed(|to| write!(to, "{thing:?}"))
}

/// How a method of a draft counts in a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum As {
    /// As it is.
    Itself,
    /// As if it had been taken back, by this patch or as it is, and had no target.
    TakenBack(Option<IntegrationPatch<Settled>>),
}

/// The digest of a method of a draft.
pub(super) fn digest_of_method(method: &Method, counts: &As) -> u128 {
    match (counts, &method.integration) {
        (As::TakenBack(patch), Some(integration)) => {
            let mut method = method.clone();
            let back = match patch {
                Some(patch) => patched(integration, patch),
                None => Integration::clone(integration),
            };
            method.integration = Some(Arc::new(Integration {
                target: None,
                ..back
            }));
            whole(&method)
        }
        (As::Itself, _) | (_, None) => whole(method),
    }
}

/// The digest of a draft. It is a sum, so that one method can be exchanged; no two methods of a
/// draft have the same path and verb, so their order does not matter.
fn digest_of_draft(api: &RestApi) -> u128 {
    let sum = |sum: u128, method| sum.wrapping_add(digest_of_method(method, &As::Itself));
    match &api.draft {
        Some(draft) => draft.iter().fold(1, sum),
        None => 0,
    }
}

/// Digests of drafts, where they are known.
type Drafts = BTreeMap<RestApiId, u128>;

impl World {
    /// Equal for worlds that go the same way from here. Times count from now. The time of day, when
    /// deployments were made, what was measured, how full quotas are, and the hour of the day on
    /// which an unused link falls asleep are not part of it, nor which switches were asked: that is
    /// about what was.
    pub(super) fn digest(&self) -> u128 {
        self.digest_under(self.switches)
    }

    /// As if everything had come about under these switches.
    pub(super) fn digest_under(&self, switches: Switches) -> u128 {
        hashed(|to| write!(to, "{}{switches:?}", self.standing()))
    }

    /// As [`World::digest`], whatever the switches are.
    pub(super) fn standing(&self) -> u128 {
        hashed(|to| self.write(to))
    }

    /// Equal for worlds that answer every request alike, as long as no time passes and the switches
    /// are the same.
    pub(super) fn served(&self) -> u128 {
        hashed(|to| {
            to.number(self.untouched());
            for (name, state) in &self.account.regions {
                writeln!(to, "{name:?}")?;
                others(state, to);
                to.all(state.rest_apis.served(served));
            }
            for (key, pasts) in &self.history.0 {
                writeln!(to, "{key:?}")?;
                for past in pasts {
                    writeln!(to, "{:?}", past.way)?;
                }
            }
            Ok(())
        })
    }

    /// The digest of the draft of an API.
    pub(super) fn draft_digest(&self, api: &RestApiId) -> Changed<u128> {
        let known = self.rest_api(api)?;
        let digest = self.drafts.get(api).copied();
        Ok(digest.unwrap_or_else(|| digest_of_draft(&known.api)))
    }

    /// How a method of a draft counts.
    pub(super) fn counts(&self, method: &MethodRef) -> As {
        if self.forgiven.is_empty() {
            return As::Itself;
        }
        let forgiven = self.forgiven.get(&place(method)).cloned();
        forgiven.map_or(As::Itself, As::TakenBack)
    }

    /// From now on this method of a draft counts in a digest as if it had been taken back.
    pub(super) fn forgive(&mut self, method: &MethodRef, by: Option<&IntegrationPatch<Settled>>) {
        let (Ok(digest), Ok(api)) = (self.draft_digest(&method.api), self.rest_api(&method.api))
        else {
            return;
        };
        let Some(known) = drafted(api, method) else {
            return;
        };
        let digest = digest
            .wrapping_sub(digest_of_method(known, &self.counts(method)))
            .wrapping_add(digest_of_method(known, &As::TakenBack(by.cloned())));
        self.drafts.insert(method.api.clone(), digest);
        self.forgiven.insert(place(method), by.cloned());
        // What it remembers is the digest of before.
        let _ = self.rest_api_mut(&method.api);
    }

    /// Forgets what was remembered of an account that somebody else changed.
    pub(super) fn forget_digests(&mut self) {
        self.untouched = Rc::default();
        self.drafts.clear();
        self.forgiven.clear();
    }

    fn untouched(&self) -> u128 {
        *self.untouched.get_or_init(|| {
            hashed(|to| {
                let account = &self.account;
                writeln!(to, "{:?}{:?}{:?}", account.id, account.global, self.region)?;
                account
                    .regions
                    .values()
                    .try_for_each(|state| untouched(state, to))
            })
        })
    }

    fn write(&self, to: &mut Hashing) -> fmt::Result {
        to.number(self.untouched());
        for (name, state) in &self.account.regions {
            writeln!(to, "{name:?}")?;
            others(state, to);
            to.all(state.rest_apis.digests(|api| rest_api(api, &self.drafts)));
        }
        let now = self.now;
        for (due, timer) in self.timers.iter() {
            writeln!(to, "{:?}{timer:?}", due.saturating_sub(now))?;
        }
        for (key, pasts) in &self.history.0 {
            writeln!(to, "{key:?}")?;
            for past in pasts {
                let ago = now.saturating_sub(past.until);
                writeln!(to, "{ago:?}{:?}", past.way)?;
            }
        }
        for (link, since) in &self.idle.since {
            let days = now.saturating_sub(*since).as_secs() / 86_400;
            writeln!(to, "{link:?}{days}")?;
        }
        for (output, made) in &self.fresh {
            writeln!(to, "{output:?}{:?}", now.saturating_sub(*made))?;
        }
        for (key, holder) in &self.locks {
            writeln!(to, "{key:?}{:?}", holder.run)?;
        }
        writeln!(to, "{:?}{:?}", self.http, self.descriptions)?;
        writeln!(to, "{:?}", self.unfurnished)?;
        writeln!(to, "{:?}{:?}", self.lingering, self.made())
    }
}

fn place(method: &MethodRef) -> (RestApiId, Text, Verb) {
    (method.api.clone(), method.path.clone(), method.verb)
}

/// What no change of a plan touches.
fn untouched(state: &RegionState, to: &mut Hashing) -> fmt::Result {
    let RegionState {
        links: _,
        rest_apis: _,
        http_apis: _,
        domain_names,
        load_balancers: _,
        target_groups: _,
        certificates,
        vpcs: _,
        network_interfaces: _,
        endpoint_services: _,
        verified_access_endpoints,
        traffic_mirror_targets,
        alarms,
        usage: _,
        raw,
    } = state;
    writeln!(to, "{domain_names:?}{certificates:?}{raw:?}")?;
    let users = (verified_access_endpoints, traffic_mirror_targets, alarms);
    writeln!(to, "{users:?}")
}

/// What a change may touch, but for REST APIs.
fn others(state: &RegionState, to: &mut Hashing) {
    to.shelf(&state.links);
    to.shelf(&state.http_apis);
    to.shelf(&state.load_balancers);
    to.shelf(&state.target_groups);
    to.shelf(&state.vpcs);
    to.shelf(&state.network_interfaces);
    to.shelf(&state.endpoint_services);
}

fn rest_api(state: &RestApiState, drafts: &Drafts) -> u128 {
    let draft = drafts.get(&state.api.id).copied();
    let draft = draft.unwrap_or_else(|| digest_of_draft(&state.api));
    let without = RestApi {
        draft: None,
        ..state.api.clone()
    };
    hashed(|to| {
        to.number(draft);
        to.number(served(state));
        write!(to, "{without:?}{:?}", state.settings)
    })
}

/// What requests to a REST API meet.
fn served(state: &RestApiState) -> u128 {
    let RestApiState {
        api,
        settings: _,
        deployments,
        stages,
        raw,
    } = state;
    hashed(|to| {
        writeln!(to, "{:?}{stages:?}{raw:?}", api.id)?;
        for (id, deployment) in deployments {
            writeln!(to, "{id:?}")?;
            to.number(deployment.digest(frozen));
        }
        Ok(())
    })
}

fn frozen(state: &DeploymentState) -> u128 {
    let DeploymentState {
        created_at: _,
        methods,
        settings,
        content,
    } = state;
    hashed(|to| writeln!(to, "{methods:?}{settings:?}{content:?}"))
}
