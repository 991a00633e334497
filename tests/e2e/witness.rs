//! Three witnesses of where a request lands, each written from AWS's documentation and none from
//! another: the scanner's routes over a snapshot, the simulator's data plane, and the emulator's
//! oracle. On generated accounts they must agree, for every stage, canary and method.
//!
//! A witness that cannot know may say so, or name several ends; the one that knows must be among
//! them. A disagreement prints the request and the three answers.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;

use serde_json::{Value, json};
use unbridge_model::digest::Digester;
use unbridge_model::quota::{ApiGatewayBudget, Pace};
use unbridge_model::route::{Landing, ListenerEnd, Request, Share};
use unbridge_model::snapshot::{FORMAT, FORMAT_VERSION, Header, Outcome, Record, Snapshot};
use unbridge_model::text::Text;
use unbridge_model::usage::LookBack;
use unbridge_scanner::land::land;
use unbridge_scanner::scan::{
    Observer, ScanEvent, ScanOptions, Sink, UserSources, WhichApis, scan,
};
use unbridge_sim::account::Account;
use unbridge_sim::clock::VirtualClock;
use unbridge_sim::data_plane::answer;
use unbridge_sim::estate::{Size, generate, requests};
use unbridge_sim::reader::{Settings, SimReader};
use unbridge_sim::world::world;

use crate::harness::{budget, emulator, list, text};

#[derive(Default)]
struct Kept(RefCell<Vec<Record>>);

impl Sink for Kept {
    fn put(&self, record: Record) -> io::Result<()> {
        self.0.borrow_mut().push(record);
        Ok(())
    }
}

impl Observer for Kept {
    fn on(&self, _: ScanEvent<'_>) {}
}

pub(crate) fn snapshot(account: &Account) -> Snapshot {
    scanned(account, UserSources::Skip, LookBack::DEFAULT)
}

/// What a scan sees that looks for other users like this, and so far back.
pub(crate) fn scanned(account: &Account, users: UserSources, look_back: LookBack) -> Snapshot {
    let digester = Digester::new(&[7; 32]);
    let options = ScanOptions {
        apis: WhichApis::All,
        account: account.id.clone(),
        regions: account.regions.keys().cloned().collect(),
        users,
        began: jiff::Timestamp::constant(1_767_225_600, 0),
        look_back,
        pace: Pace::FULL,
        api_gateway: ApiGatewayBudget::PerAccount,
        digester: digester.clone(),
    };
    let header = Header {
        format: Text::new(FORMAT),
        format_version: FORMAT_VERSION,
        tool_version: Text::new("0.0.0"),
        account: account.id.clone(),
        caller: Text::new("arn:aws:iam::123456789012:user/witness"),
        regions: options.regions.clone(),
        started_at: Text::new("2026-01-01T00:00:00Z"),
        digest_key: Text::new(digester.key_id()),
    };
    let clock = VirtualClock::new();
    let reader = SimReader::new(
        account.clone(),
        digester,
        clock.clone(),
        Settings::unthrottled(),
    );
    let kept = Kept::default();
    clock
        .run(scan(&reader, &clock, &options, &kept, &Kept::default()))
        .expect("no deadlock")
        .expect("a scan");
    let mut snapshot = Snapshot::new(header);
    for record in kept.0.into_inner() {
        snapshot.add(record).expect("nothing twice");
    }
    snapshot.finish(Outcome::Finished).expect("nothing twice");
    snapshot
}

/// What a witness says, in the words that all three share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    Lands {
        scheme: String,
        host: String,
        path: String,
        ends: BTreeSet<String>,
    },
    NotPrivate,
    Refused,
    /// It does not know.
    Unseen,
}

fn end_in_words(end: &ListenerEnd) -> String {
    match end {
        ListenerEnd::Forward { groups } => {
            let groups: Vec<&str> = groups.iter().map(|group| group.as_str()).collect();
            format!("forward {}", groups.join(" "))
        }
        // The query string of a redirect is not part of a route.
        ListenerEnd::Redirect { location, status } => {
            let place = location.split('?').next().unwrap_or_default();
            format!("redirect {status} {place}")
        }
        ListenerEnd::FixedResponse { status } => format!("fixed {status}"),
        ListenerEnd::Authenticate { by } => format!("authenticate {by}"),
    }
}

pub(crate) fn by_landing(landing: &Landing) -> Said {
    match landing {
        Landing::Lands {
            scheme,
            host,
            path,
            ends,
        } => Said::Lands {
            scheme: scheme.to_string(),
            host: host.to_string(),
            path: path.to_string(),
            ends: ends.iter().map(end_in_words).collect(),
        },
        Landing::NotPrivate => Said::NotPrivate,
        Landing::Refused => Said::Refused,
        Landing::Unseen => Said::Unseen,
    }
}

pub(crate) fn by_oracle(route: &Value) -> Said {
    let end = &route["end"];
    let words = match end["kind"].as_str().expect("a kind of end") {
        "forward" => {
            let groups: Vec<String> = list(&end["groups"]).iter().map(text).collect();
            format!("forward {}", groups.join(" "))
        }
        "redirect" => {
            let (code, location) = (text(&end["code"]), text(&end["location"]));
            let place = location.split('?').next().unwrap_or_default().to_owned();
            format!("redirect {} {place}", code.trim_start_matches("HTTP_"))
        }
        "fixed-response" => format!("fixed {}", text(&end["code"])),
        by @ ("authenticate-oidc" | "authenticate-cognito" | "jwt-validation") => {
            format!("authenticate {by}")
        }
        "integration" | "internet" => return Said::NotPrivate,
        "refusal" => return Said::Refused,
        "unknown" | "split" => return Said::Unseen,
        other => panic!("an end of another kind: {other}"),
    };
    Said::Lands {
        scheme: text(&route["scheme"]),
        host: text(&route["host"]),
        path: text(&route["path"]),
        ends: BTreeSet::from([words]),
    }
}

/// Whether a path fits one with parameters in braces.
fn fits(template: &str, path: &str) -> bool {
    match template.split_once('{') {
        None => template == path,
        Some((before, rest)) => {
            let behind = rest.split_once('}').map_or("", |(_, behind)| behind);
            path.strip_prefix(before).is_some_and(|rest| {
                (0..=rest.len())
                    .filter(|at| rest.is_char_boundary(*at))
                    .any(|at| fits(behind, &rest[at..]))
            })
        }
    }
}

/// Whether one who may leave something open does not contradict one who says it.
pub(crate) fn contradicts(open: &Said, exact: &Said) -> bool {
    match (open, exact) {
        (Said::Unseen, _) | (_, Said::Unseen) => false,
        (
            Said::Lands {
                scheme,
                host,
                path,
                ends,
            },
            Said::Lands {
                scheme: scheme_2,
                host: host_2,
                path: path_2,
                ends: ends_2,
            },
        ) => {
            let seen = fits(host, host_2) && fits(path, path_2);
            let among = |end: &String| ends.iter().any(|open| fits(open, end));
            scheme != scheme_2 || !ends_2.iter().all(among) || !seen
        }
        (open, exact) => open != exact,
    }
}

fn asked(request: &Request) -> Value {
    json!({
        "api": request.api.as_str(),
        "stage": request.stage.as_str(),
        "canary": request.share == Share::Canary,
        "verb": request.verb.to_string(),
        "path": request.path.as_str(),
        "query": request.query.as_str(),
        "headers": request.headers.iter().map(|(k, v)| (k.to_string(), json!(v.as_str()))).collect::<serde_json::Map<_, _>>(),
    })
}

/// What the oracle says of the requests to one region.
fn oracle(account: &Account, requests: &[&Request]) -> Vec<Said> {
    let Some(region) = requests.first().map(|request| &request.region) else {
        return Vec::new();
    };
    let here = emulator().account("empty", json!({}));
    let document = world(account, region).expect("the region");
    let place = json!({ "account": here.id, "region": region.as_str() });
    let with = |key: &str, value: Value| {
        let mut body = place.clone();
        body[key] = value;
        body
    };
    emulator().post("world", &with("world", document));
    let questions: Vec<Value> = requests.iter().map(|request| asked(request)).collect();
    let answers = emulator().post("routes", &with("requests", json!(questions)));
    emulator().post("reset", &json!({ "account": here.id }));
    list(&answers).iter().map(by_oracle).collect()
}

/// What the three witnesses said of some requests.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) asked: usize,
    /// Of which all three said the very same.
    exact: usize,
    /// Of which all three said something.
    by_all: usize,
    pub(crate) wrong: Vec<String>,
}

impl Tally {
    /// Asks all three of every request to an account.
    pub(crate) fn ask(&mut self, account: &Account, what: &str) {
        let all = requests(account);
        let scanned = land(&snapshot(account), &all);
        for region in account.regions.keys() {
            let (here, routes): (Vec<_>, Vec<_>) = all
                .iter()
                .zip(&scanned)
                .filter(|(request, _)| request.region == *region)
                .unzip();
            for ((request, route), third) in here.iter().zip(routes).zip(oracle(account, &here)) {
                let first = by_landing(route);
                let second = by_landing(&answer(account, request));
                self.asked += 1;
                self.exact += usize::from(first == second && second == third);
                let sure = [&first, &second, &third].map(|said| *said != Said::Unseen);
                self.by_all += usize::from(sure == [true; 3]);
                let split = contradicts(&first, &second)
                    || contradicts(&first, &third)
                    || contradicts(&second, &third);
                if split {
                    self.wrong.push(format!(
                        "{what}: {request:?}\n  scanner   {first:?}\n  simulator {second:?}\n  emulator  {third:?}"
                    ));
                }
            }
        }
    }

    /// Nobody contradicts another, and most say something: witnesses that do not agree easily.
    pub(crate) fn check(&self) {
        let Self {
            asked,
            exact,
            by_all,
            wrong,
        } = self;
        let shown = wrong.iter().take(5).cloned().collect::<Vec<_>>().join("\n");
        let count = wrong.len();
        assert!(wrong.is_empty(), "{count} of {asked} requests:\n{shown}");
        assert!(
            by_all * 2 > *asked,
            "{by_all} of {asked} were known to all three"
        );
        assert!(
            exact * 4 > *asked,
            "{exact} of {asked} answers were one and the same"
        );
    }
}

#[test]
fn scanner_simulator_and_emulator_send_every_request_to_the_same_place() {
    let mut tally = Tally::default();
    for seed in 0..u64::from(budget("witness_accounts")) {
        let account = generate(seed, Size(6)).expect("an account");
        tally.ask(&account, &format!("seed {seed}"));
    }
    tally.check();
}
