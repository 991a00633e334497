//! Where requests land, by the scanner's routes and by the simulator's data plane: each written
//! from AWS's documentation, neither from the other. The emulator's oracle is the third witness, in
//! the tests of the whole.

use std::collections::BTreeSet;

use unbridge_model::apigateway::Verb;
use unbridge_model::route::{Landing, ListenerEnd, Request};
use unbridge_scanner::land::land;
use unbridge_sim::build::Estate;
use unbridge_sim::data_plane::answer;
use unbridge_sim::estate::{Size, generate, requests};

use crate::common::{estate, scanned};

/// Accounts that are compared.
const ACCOUNTS: u64 = 24;

/// What is compared of a landing: of a redirect all but its query string.
fn told(landing: &Landing) -> (String, BTreeSet<String>) {
    match landing {
        Landing::Lands {
            scheme,
            host,
            path,
            ends,
        } => {
            let end = |end: &ListenerEnd| match end {
                ListenerEnd::Redirect { location, status } => {
                    let place = location.split('?').next().unwrap_or_default();
                    format!("redirect {status} {place}")
                }
                other => format!("{other:?}"),
            };
            (
                format!("{scheme} {host} {path}"),
                ends.iter().map(end).collect(),
            )
        }
        other => (format!("{other:?}"), BTreeSet::new()),
    }
}

/// Whether a text fits one with what only a request tells in braces.
fn fits(open: &str, exact: &str) -> bool {
    let Some((before, rest)) = open.split_once('{') else {
        return open == exact;
    };
    let behind = rest.split_once('}').map_or("", |(_, behind)| behind);
    exact.strip_prefix(before).is_some_and(|rest| {
        let mut ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
        ends.any(|at| fits(behind, &rest[at..]))
    })
}

#[test]
fn scanner_and_simulator_send_requests_to_the_same_place() {
    let (mut asked, mut one, mut several, mut refused, mut open) = (0, 0, 0, 0, 0);
    for seed in 0..ACCOUNTS {
        let account = generate(seed, Size(6)).expect("an account");
        let requests = requests(&account);
        let routes = land(&scanned(account.clone()).snapshot, &requests);
        for (request, route) in requests.iter().zip(&routes) {
            let simulated = answer(&account, request);
            asked += 1;
            refused += u32::from(*route == Landing::Refused);
            if *route == Landing::Unseen {
                continue;
            }
            let ((sent, ends), (seen, end)) = (told(route), told(&simulated));
            let among = |end: &String| ends.iter().any(|open| fits(open, end));
            assert!(
                simulated == Landing::Unseen || fits(&sent, &seen) && end.iter().all(among),
                "seed {seed}: {request:?}\n  scanner   {route:?}\n  simulator {simulated:?}"
            );
            one += u32::from(ends.len() < 2);
            several += u32::from(ends.len() > 1);
            open += u32::from(sent.contains('{'));
        }
    }
    // A witness that leaves much open is easily right: nothing may be left open that was not.
    assert_eq!(
        (asked, one, several, refused, open),
        (4024, 2442, 1238, 36, 1689)
    );
}

/// Requests to a group that holds an ALB's addresses among others go to either.
#[test]
fn a_group_of_an_albs_addresses_and_others_leaves_open_where_requests_land() {
    let account = estate()
        .ip_bridge("x", 80)
        .foreign_target("x-nlb", 80)
        .rest_api("api", |api| {
            api.method(Verb::Get, "/x", "x-link").deploy("prod")
        })
        .build()
        .expect("an account");
    let asked = requests(&account);
    assert!(!asked.is_empty());
    let to_x = |request: &&Request| request.path.starts_with("/x");
    let asked: Vec<_> = asked.iter().filter(to_x).cloned().collect();
    let landed = land(&scanned(account).snapshot, &asked);
    assert!(landed.contains(&Landing::Unseen), "{landed:?}");
    let lands = |landing: &Landing| matches!(landing, Landing::Lands { .. });
    assert!(!landed.iter().any(lands), "{landed:?}");
}

/// Requests that the simulator makes up never meet these; here the answers are written down.
fn landed(estate: Estate, verb: Verb) -> Landing {
    let account = estate.build().expect("an account");
    let asked = requests(&account);
    let of_verb = |request: &&Request| request.path == *"/x";
    let request = asked.iter().find(of_verb).expect("a request to /x").clone();
    let request = Request { verb, ..request };
    let simulated = answer(&account, &request);
    let ours = land(&scanned(account).snapshot, &[request]).remove(0);
    assert_eq!(told(&ours), told(&simulated));
    ours
}

fn lands_at(landing: &Landing, group: &str) -> bool {
    let Landing::Lands { ends, .. } = landing else {
        return false;
    };
    ends.iter().all(|end| match end {
        ListenerEnd::Forward { groups } => groups.iter().all(|arn| arn.as_str().contains(group)),
        _ => false,
    })
}

#[test]
fn a_method_of_its_own_beats_any() {
    let estate = || {
        estate()
            .bridge("one", 80)
            .bridge("two", 80)
            .rest_api("api", |api| {
                api.method(Verb::Any, "/x", "one-link")
                    .method(Verb::Get, "/x", "two-link")
                    .deploy("prod")
            })
    };
    let own = landed(estate(), Verb::Get);
    assert!(lands_at(&own, "two"), "{own:?}");
    let any = landed(estate(), Verb::Post);
    assert!(lands_at(&any, "one"), "{any:?}");
}

#[test]
fn a_link_that_is_not_available_carries_nothing() {
    let estate = estate()
        .bridge("x", 80)
        .rest_api("api", |api| {
            api.method(Verb::Get, "/x", "x-link").deploy("prod")
        })
        .edit(|region| {
            for link in &mut region.links {
                link.status = "FAILED".into();
            }
        });
    assert_eq!(landed(estate, Verb::Get), Landing::Refused);
}

#[test]
fn tls_that_an_nlb_ends_begins_anew_only_towards_a_group_that_speaks_it() {
    let behind = |alb_speaks_tls: bool| {
        let site = estate()
            .certificate("front", &["api.corp.example"])
            .certificate("back", &["api.corp.example"])
            .nlb("x-nlb")
            .alb("x-alb", 8443);
        let site = if alb_speaks_tls {
            site.https("x-alb", 8443, &["back"])
        } else {
            site
        };
        site.forward_tls("x-nlb", 443, "x-alb", 8443, "front")
            .link("x-link", "x-nlb")
            .rest_api("api", |api| {
                api.at(Verb::Get, "/x", "x-link", "https://api.corp.example/x")
                    .deploy("prod")
            })
    };
    for alb_speaks_tls in [true, false] {
        let landing = landed(behind(alb_speaks_tls), Verb::Get);
        assert!(matches!(landing, Landing::Lands { .. }), "{landing:?}");
    }
}
