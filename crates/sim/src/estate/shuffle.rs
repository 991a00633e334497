//! Lists in another order, where AWS promises none.

use unbridge_model::elb::{Action, Listener, LoadBalancer};
use unbridge_model::user::User;

use crate::account::{
    Account, GlobalState, HttpApiState, HttpRuns, RegionState, RestApiState, Shelf,
};
use crate::random::Random;

/// The same account with every list in another order where AWS promises none.
#[must_use]
pub fn shuffle(mut account: Account, seed: u64) -> Account {
    let random = &mut Random::new(seed);
    shuffle_global(&mut account.global, random);
    for region in account.regions.values_mut() {
        shuffle_region(region, random);
    }
    account
}

fn shuffle_global(global: &mut GlobalState, random: &mut Random) {
    let GlobalState {
        hosted_zones,
        accelerators,
        distributions,
        vpc_origins,
    } = global;
    random.shuffle(hosted_zones);
    for zone in hosted_zones {
        shuffle_users(&mut zone.records, random);
    }
    random.shuffle(accelerators);
    for accelerator in accelerators {
        random.shuffle(&mut accelerator.listeners);
        for listener in &mut accelerator.listeners {
            shuffle_users(&mut listener.endpoint_groups, random);
        }
    }
    shuffle_users(distributions, random);
    shuffle_users(vpc_origins, random);
}

fn shuffle_users(users: &mut [User], random: &mut Random) {
    random.shuffle(users);
    for user in users {
        random.shuffle(&mut user.points_at);
    }
}

fn shuffle_shelf<T: Clone>(shelf: &mut Shelf<T>, random: &mut Random) {
    shelf.reorder(|things| random.shuffle(things));
}

fn shuffle_region(region: &mut RegionState, random: &mut Random) {
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
        raw: _,
    } = region;
    random.shuffle(domain_names);
    for domain in domain_names {
        shuffle_some(&mut domain.mappings, random);
    }
    random.shuffle(certificates);
    shuffle_users(verified_access_endpoints, random);
    shuffle_users(traffic_mirror_targets, random);
    shuffle_users(alarms, random);
    shuffle_shelf(links, random);
    shuffle_shelf(rest_apis, random);
    rest_apis
        .iter_mut()
        .for_each(|api| shuffle_rest_api(api, random));
    shuffle_shelf(http_apis, random);
    http_apis
        .iter_mut()
        .for_each(|api| shuffle_http_api(api, random));
    shuffle_shelf(load_balancers, random);
    load_balancers
        .iter_mut()
        .for_each(|lb| shuffle_load_balancer(lb, random));
    shuffle_shelf(target_groups, random);
    for group in target_groups {
        random.shuffle(&mut group.load_balancers);
        shuffle_some(&mut group.targets, random);
    }
    shuffle_shelf(vpcs, random);
    for vpc in vpcs {
        shuffle_some(&mut vpc.subnets, random);
        shuffle_some(&mut vpc.security_groups, random);
        shuffle_some(&mut vpc.network_acls, random);
        for acl in vpc.network_acls.iter_mut().flatten() {
            random.shuffle(&mut acl.subnets);
            random.shuffle(&mut acl.entries);
        }
        shuffle_some(&mut vpc.route_tables, random);
        for table in vpc.route_tables.iter_mut().flatten() {
            random.shuffle(&mut table.routes);
        }
    }
    shuffle_shelf(network_interfaces, random);
    for interface in network_interfaces {
        random.shuffle(&mut interface.addresses);
    }
    shuffle_shelf(endpoint_services, random);
    for service in endpoint_services {
        shuffle_some(&mut service.connections, random);
    }
}

fn shuffle_rest_api(api: &mut RestApiState, random: &mut Random) {
    if let Some(draft) = &mut api.api.draft {
        random.shuffle(draft);
    }
    random.shuffle(&mut api.settings);
    for deployment in api.deployments.values_mut() {
        random.shuffle(&mut deployment.methods);
        random.shuffle(&mut deployment.settings);
    }
    random.shuffle(&mut api.stages);
}

fn shuffle_http_api(api: &mut HttpApiState, random: &mut Random) {
    shuffle_some(&mut api.api.integrations, random);
    shuffle_some(&mut api.api.routes, random);
    random.shuffle(&mut api.stages);
    for stage in &mut api.stages {
        match &mut stage.runs {
            HttpRuns::Current => {}
            HttpRuns::Frozen(routes) => random.shuffle(routes),
        }
    }
}

fn shuffle_load_balancer(lb: &mut LoadBalancer, random: &mut Random) {
    random.shuffle(&mut lb.zones);
    random.shuffle(&mut lb.security_groups);
    shuffle_some(&mut lb.listeners, random);
    for listener in lb.listeners.iter_mut().flatten() {
        shuffle_listener(listener, random);
    }
}

/// Actions keep their order: an authentication stands before what it protects.
fn shuffle_listener(listener: &mut Listener, random: &mut Random) {
    shuffle_some(&mut listener.rules, random);
    let rules = listener.rules.iter_mut().flatten();
    let actions = rules.flat_map(|rule| &mut rule.actions);
    for action in actions.chain(&mut listener.default_actions) {
        match action {
            Action::Forward { groups } => random.shuffle(groups),
            Action::Redirect { .. }
            | Action::FixedResponse { .. }
            | Action::Authenticate { .. }
            | Action::Unknown { .. } => {}
        }
    }
}

fn shuffle_some<T>(list: &mut Option<Vec<T>>, random: &mut Random) {
    if let Some(list) = list {
        random.shuffle(list);
    }
}
