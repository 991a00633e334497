//! One number for everything that decides what happens from now on.

use std::fmt::{self, Write as _};

use xxhash_rust::xxh3::Xxh3;

use super::switches::Switches;
use super::world::World;
use crate::account::{Account, DeploymentState, RegionState, RestApiState, Shelf};

/// Hashes what is written to it.
struct Hashing(Xxh3);

impl fmt::Write for Hashing {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

impl Hashing {
    /// A shelf with the digests that its things remember.
    fn shelf<T>(&mut self, shelf: &Shelf<T>, write: impl Fn(&T, &mut Self) -> fmt::Result) {
        let digests = shelf.digests(|thing| {
            let mut hashing = Self(Xxh3::new());
            // Hashing takes every text.
            let _ = write(thing, &mut hashing);
            hashing.0.digest128()
        });
        for digest in digests {
            self.0.update(&digest.to_le_bytes());
        }
        self.0.update(&shelf.len().to_le_bytes());
    }
}

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
        let mut hashing = Hashing(Xxh3::new());
        // Hashing takes every text.
        let _ = self.write(switches, &mut hashing);
        hashing.0.digest128()
    }

    fn write(&self, switches: Switches, to: &mut Hashing) -> fmt::Result {
        account(&self.account, to)?;
        let now = self.now;
        writeln!(to, "{:?}{switches:?}", self.region)?;
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
        writeln!(to, "{:?}{:?}", self.lingering, self.made())
    }
}

fn account(account: &Account, to: &mut Hashing) -> fmt::Result {
    let Account {
        id,
        global,
        regions,
    } = account;
    writeln!(to, "{id:?}{global:?}")?;
    for (name, state) in regions {
        writeln!(to, "{name:?}")?;
        region(state, to)?;
    }
    Ok(())
}

fn region(state: &RegionState, to: &mut Hashing) -> fmt::Result {
    let RegionState {
        links,
        rest_apis,
        http_apis,
        domain_names,
        load_balancers,
        target_groups,
        certificates,
        vpcs,
        network_interfaces,
        endpoint_services,
        verified_access_endpoints,
        traffic_mirror_targets,
        alarms,
        usage: _,
        raw,
    } = state;
    to.shelf(links, whole);
    to.shelf(rest_apis, rest_api);
    to.shelf(http_apis, whole);
    to.shelf(load_balancers, whole);
    to.shelf(target_groups, whole);
    to.shelf(vpcs, whole);
    to.shelf(network_interfaces, whole);
    to.shelf(endpoint_services, whole);
    writeln!(to, "{domain_names:?}{certificates:?}{raw:?}")?;
    let users = (verified_access_endpoints, traffic_mirror_targets, alarms);
    writeln!(to, "{users:?}")
}

fn whole<T: fmt::Debug>(thing: &T, to: &mut Hashing) -> fmt::Result {
    write!(to, "{thing:?}")
}

fn rest_api(state: &RestApiState, to: &mut Hashing) -> fmt::Result {
    let RestApiState {
        api,
        settings,
        deployments,
        stages,
        raw,
    } = state;
    writeln!(to, "{api:?}{settings:?}{stages:?}{raw:?}")?;
    for (id, deployment) in deployments {
        let DeploymentState {
            created_at: _,
            methods,
            settings,
            content,
        } = deployment;
        writeln!(to, "{id:?}{methods:?}{settings:?}{content:?}")?;
    }
    Ok(())
}
