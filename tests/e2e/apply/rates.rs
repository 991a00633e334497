//! Migrations at the rates that AWS allows: the reference account under load, alone and with each
//! thing that goes wrong, and one large API that takes as long as its plan said.
//!
//! `AWS_RATES=1` runs them whole, as `make test-long` does; without it they are small.

use std::fs::read_to_string;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::bench::nothing_tagged;
use crate::harness::{
    Account, Desk, Load, Outcome, Running, emulator, for_all, list, text, wait_for,
};

/// Longer than a whole migration takes.
const PATIENCE: Duration = Duration::from_secs(1800);

/// What a canary release is judged by when it lasts seconds.
const SOON: &str = r#"
[canary]
harm_percent = 100
beyond_noise = 0.5
base_minutes = 1
least_minutes = 1
"#;

fn is_whole() -> bool {
    std::env::var_os("AWS_RATES").is_some_and(|value| value == "1")
}

/// An account at the rates of AWS, with a plan.
struct Site {
    desk: Desk,
    account: Account,
}

impl Site {
    fn new(account: Account, waits: &str) -> Self {
        let desk = Desk::new();
        desk.write("unbridge.toml", format!("{SOON}{waits}"));
        let scanned = desk.scan(&account, &[]).run();
        assert!(matches!(scanned.code(), 0 | 4), "{scanned:?}");
        Self { desk, account }
    }

    fn plan(&self, options: &[&str]) -> Value {
        let common = [
            "plan",
            "--snapshot",
            "account.jsonl",
            "-o",
            "moves.plan.json",
        ];
        let outcome = self.desk.run(common.iter().chain(options));
        assert!(matches!(outcome.code(), 0 | 4), "{outcome:?}");
        let plan = read_to_string(self.desk.work().join("moves.plan.json")).expect("a plan");
        serde_json::from_str(&plan).expect("JSON")
    }

    fn id(&self, api: &str) -> String {
        text(&self.account.seeded["apis"][api]["id"])
    }

    fn start(&self, command: &str, options: &[&str]) -> Running<'_> {
        let args = [command, "moves.plan.json", "--yes"];
        let all = args.iter().chain(options);
        self.desk.unbridge(all).account(&self.account).start()
    }

    fn run(&self, command: &str, options: &[&str]) -> Outcome {
        self.start(command, options).finish_within(PATIENCE)
    }

    fn journal(&self) -> String {
        read_to_string(self.desk.work().join("moves.journal.jsonl")).unwrap_or_default()
    }
}

/// What goes wrong, and how the run ends.
struct Trouble {
    name: &'static str,
    faults: Value,
    /// Of the first process.
    code: i32,
}

/// Services that a run changes.
const CHANGED: &str = "apigateway|ec2|elasticloadbalancing";
/// Changes by AWS's names for them.
const CHANGES: &str = "Create.*|Update.*|Delete.*|Authorize.*|Revoke.*";

fn troubles() -> Vec<Trouble> {
    let each = |actions: &[&str], rule: Value| {
        let rules = actions.iter().map(|action| {
            let mut rule = rule.clone();
            rule["action"] = json!(action);
            rule
        });
        Value::Array(rules.collect())
    };
    let once = [
        "CreateSecurityGroup",
        "AuthorizeSecurityGroupEgress",
        "CreateVpcLink",
        "UpdateIntegration",
        "CreateDeployment",
        "CreateStage",
        "DeleteStage",
        "UpdateStage",
        "UpdateRoute",
    ];
    let trouble = |name, faults, code| Trouble { name, faults, code };
    vec![
        trouble("nothing", json!([]), 0),
        trouble(
            "throttle",
            each(
                &[CHANGES, "Get.*|Describe.*"],
                json!({ "service": CHANGED, "kind": "throttle", "times": 5, "after": 20 }),
            ),
            0,
        ),
        trouble(
            "failures",
            each(&once, json!({ "status": 500, "times": 2 })),
            0,
        ),
        trouble(
            "refused connections",
            each(&once, json!({ "drop": "before", "times": 1 })),
            0,
        ),
        trouble(
            "lost answers",
            each(&once, json!({ "drop": "after", "times": 1 })),
            0,
        ),
        trouble(FAILED_LINK, json!([]), 7),
        trouble(UNHEALTHY, json!([]), 6),
    ]
}

const FAILED_LINK: &str = "a failed link";
const UNHEALTHY: &str = "unhealthy targets";

/// An API of the reference account, and how its callers ask it.
struct App {
    name: &'static str,
    paths: &'static [&'static str],
    moves: Moves,
}

/// Whether an API can be planned.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Moves {
    Yes,
    No,
}

const APPS: [App; 6] = [
    app("billing", &["/a", "/a/b"], Moves::Yes),
    app("front", &["/a", "/a/b"], Moves::Yes),
    app("legacy", &["/a", "/a/b"], Moves::Yes),
    // Only its first method goes over a bridge.
    app("mixed", &["/web", "/raw"], Moves::Yes),
    app("drift", &["/a"], Moves::No),
    app("shadow", &["/a"], Moves::No),
];

const fn app(name: &'static str, paths: &'static [&'static str], moves: Moves) -> App {
    App { name, paths, moves }
}

/// As on AWS, but for what would take hours in all: what was lost is looked for, and requests on their
/// way are waited for, for less long.
const NEARLY_AS_ON_AWS: &str = "
[waits]
metrics = 0
bake_slice = 5
lost_object = 20
settling = 10
slow_settling = 30
drain = 10
drain_most = 10
";

const SMALL: &str = "
[waits]
metrics = 0
bake_slice = 1
drain = 0
drain_most = 0
";

/// The reference account with all that can be planned of it, under load.
struct Reference {
    site: Site,
    /// With their ids.
    apps: Vec<(&'static App, String)>,
}

impl Reference {
    fn new() -> Self {
        let (seeded, waits, bakes) = if is_whole() {
            let bakes = ["--canary", "10,50,100", "--bake", "20s"];
            (json!({}), NEARLY_AS_ON_AWS, bakes)
        } else {
            let bakes = ["--canary", "50,100", "--bake", "3s"];
            (json!({ "only": ["billing", "front"] }), SMALL, bakes)
        };
        let site = Site::new(emulator().account("reference", seeded), waits);
        let known =
            |app: &&App| !site.account.seeded["apis"][format!("{}-api", app.name)].is_null();
        let apps = APPS.iter().filter(known);
        let apps = apps.map(|app| (app, site.id(&format!("{}-api", app.name))));
        let all = Self {
            apps: apps.collect(),
            site,
        };
        all.plan(&bakes);
        all.settle_probes(waits);
        all.flow();
        all
    }

    fn moving(&self) -> impl Iterator<Item = &(&'static App, String)> {
        let apps = self.apps.iter();
        apps.filter(|(app, _)| app.moves == Moves::Yes)
    }

    fn plan(&self, bakes: &[&str]) {
        let nlbs = self.moving().flat_map(|(app, api)| {
            let (nlb, stage) = (format!("{}-nlb", app.name), format!("{api}/prod"));
            ["--nlb", &nlb, "--edit", api, "--edit", &stage].map(str::to_owned)
        });
        let nlbs: Vec<String> = nlbs.collect();
        let accepted = ["--accept", "http-settings,rare-traffic"];
        let nlbs = nlbs.iter().map(String::as_str);
        let options: Vec<&str> = nlbs.chain(accepted).chain(bakes.iter().copied()).collect();
        self.site.plan(&options);
    }

    /// One request for each API that only its backend can answer.
    fn settle_probes(&self, waits: &str) {
        let probe = |(app, api): &(&App, String)| {
            let path = app.paths[0];
            format!("[[probes.request]]\napi = \"{api}\"\npath = \"{path}\"\n")
        };
        let probes: String = self.moving().map(probe).collect();
        let settings = format!("{SOON}{waits}{probes}");
        self.site.desk.write("unbridge.toml", settings);
    }

    fn flow(&self) {
        let requests = self.apps.iter().flat_map(|(app, api)| {
            let request =
                move |path| json!({ "api": api, "stage": "prod", "verb": "GET", "path": path });
            app.paths.iter().map(request)
        });
        let requests: Vec<Value> = requests.collect();
        self.site.account.load(&requests, 40);
        self.site.account.past(60);
        self.site.account.throttle("aws");
    }

    /// Begins the run, and goes on with it where too little came by to tell.
    fn carry_out(&self, trouble: &Trouble) -> Outcome {
        let site = &self.site;
        let fails = ["--on-fail", "rollback"];
        let begin = ["--execute", "--accept", "incomplete"];
        let running = site.start("apply", &[&begin[..], &fails].concat());
        if trouble.name == UNHEALTHY {
            wait_for("the first canary", || {
                site.journal().contains("set-canary").then_some(())
            });
            self.break_targets();
        }
        let mut outcome = running.finish_within(PATIENCE);
        for _ in 0..5 {
            if !outcome.stdout.contains("too little was seen to tell") {
                break;
            }
            outcome = site.run("resume", &fails);
        }
        outcome
    }

    fn break_targets(&self) {
        let account = &self.site.account;
        for (app, _) in self.moving() {
            let group = text(&account.seeded["target_groups"][format!("{}-tasks", app.name)]);
            for target in ["10.20.200.10", "10.20.201.11", "10.20.202.12"] {
                account.health(&group, target, "unhealthy");
            }
        }
    }

    /// Whether all of its requests went the new way, or the old one.
    fn is_moved(&self) -> bool {
        let passes_nlb = |(app, api): &(&App, String)| {
            let found = self.site.account.route(api, "prod", "GET", app.paths[0]);
            let hops = found["hops"].to_string();
            hops.contains(&format!("{}-nlb", app.name))
        };
        let still: Vec<bool> = self.moving().map(passes_nlb).collect();
        assert!(still.iter().all(|one| *one == still[0]), "{still:?}");
        !still[0]
    }
}

#[test]
#[expect(
    clippy::print_stdout,
    reason = "the figures of docs/performance.md; `--nocapture` shows them"
)]
fn the_reference_account_migrates_at_the_rates_of_aws_whatever_goes_wrong() {
    let mut troubles = troubles();
    if !is_whole() {
        troubles.truncate(1);
    }
    for_all(troubles, |trouble| {
        let Trouble { name, faults, code } = &trouble;
        let reference = Reference::new();
        let account = &reference.site.account;
        account.links_take(if is_whole() { 60 } else { 0 });
        if *name == FAILED_LINK {
            account.next_link_fails();
        }
        account.faults(faults.clone());
        let began = Instant::now();
        let outcome = reference.carry_out(&trouble);
        assert_eq!(outcome.code(), *code, "{name}: {outcome:?}");
        if *code == 7 {
            reference.site.run("rollback", &[]).expect_code(0);
        }
        let Load {
            sent,
            failed,
            misrouted,
            examples,
            ..
        } = account.stop_load();
        let seconds = began.elapsed().as_secs();
        println!("{name}: {seconds} s, {sent} requests, {failed} failed, {misrouted} misrouted");
        assert_eq!((failed, misrouted), (0, 0), "{name}: {examples:?}");
        assert_eq!(reference.is_moved(), *code == 0, "{name}");
        // Nobody else uses the account: a run that keeps its pace is never told to slow down.
        let put_off = put_off(account);
        assert!(*name != "nothing" || put_off == 0, "{put_off} calls");
        if *code != 0 {
            account.throttle("off");
            nothing_tagged(account);
        }
    });
}

/// How many calls AWS has put off.
fn put_off(account: &Account) -> usize {
    let calls = account.journal();
    calls.iter().filter(|one| one.status == 429).count()
}

/// The most memory that a process has used, in kB; it is asked until it ends.
fn peak(process: u32) -> thread::JoinHandle<u64> {
    let place = format!("/proc/{process}/status");
    thread::spawn(move || {
        let mut peak = 0;
        loop {
            let status = read_to_string(&place).unwrap_or_default();
            let mut lines = status.lines();
            let Some(line) = lines.find_map(|line| line.strip_prefix("VmHWM:")) else {
                return peak;
            };
            let kilobytes = line.trim().trim_end_matches(" kB").parse();
            peak = kilobytes.expect("a number of kB");
            thread::park_timeout(Duration::from_millis(20));
        }
    })
}

/// What carrying out a plan came to.
struct Took {
    /// Seconds from the beginning to the end of the process, without its canaries' bakes.
    seconds: f64,
    /// Seconds that the plan said, without the bakes.
    forecast: f64,
    kilobytes: u64,
    /// Calls that AWS put off.
    put_off: usize,
}

/// Carries out a plan that moves so many methods of one API.
fn methods(count: usize) -> Took {
    let drain = if is_whole() { "" } else { "drain_most = 0\n" };
    let waits = format!("[waits]\nmetrics = 0\nbake_slice = 1\n{drain}");
    let seeded = json!({ "apis": 1, "resources": count });
    let site = Site::new(emulator().account("bulk", seeded), &waits);
    let api = site.id("bulk-00000");
    let stage = format!("{api}/prod");
    let accepted = ["--accept", "rare-traffic", "--edit", &api, "--edit", &stage];
    let quick: &[&str] = if is_whole() { &[] } else { &["--pace", "90"] };
    let bakes = ["--canary", "50,100", "--bake", "5s", "--no-rehearsal"];
    let options = [&["--api", &api], &accepted[..], &bakes, quick].concat();
    let plan = site.plan(&options);
    let phases = list(&plan["body"]["forecast"]["phases"]).iter();
    let seconds = |phase: &Value, key: &str| phase[key].as_f64().expect("seconds");
    let forecast: f64 = phases
        .map(|phase| seconds(phase, "work_seconds") + seconds(phase, "watch_seconds"))
        .sum();

    let request = |at: usize| json!({ "api": api, "stage": "prod", "verb": "GET", "path": format!("/r{at}") });
    let requests: Vec<Value> = (0..count.min(8)).map(request).collect();
    site.account.load(&requests, 20);
    site.account.past(60);
    site.account.throttle("aws");
    // As long as a plan takes it to be.
    site.account.links_take(if is_whole() { 240 } else { 0 });
    let began = Instant::now();
    let running = site.start(
        "apply",
        &["--execute", "--accept", "unproven", "--probe", "/r1"],
    );
    let peak = peak(running.id());
    let outcome = running.finish_within(PATIENCE);
    let seconds = began.elapsed().as_secs_f64();
    outcome.expect_code(0);
    let load = site.account.stop_load();
    assert_eq!((load.failed, load.misrouted), (0, 0), "{load:?}");
    Took {
        seconds: seconds - 10.0,
        forecast: forecast - 10.0,
        kilobytes: peak.join().expect("the peak"),
        put_off: put_off(&site.account),
    }
}

#[test]
#[expect(
    clippy::print_stdout,
    reason = "the figures of docs/performance.md; `--nocapture` shows them"
)]
fn a_large_api_takes_as_long_as_its_plan_said_and_no_more_memory_than_a_small_one() {
    let counts = if is_whole() { [30, 300] } else { [3, 30] };
    let [small, large] = thread::scope(|scope| {
        let both = counts.map(|count| scope.spawn(move || methods(count)));
        both.map(|one| one.join().expect("a run"))
    });
    for (count, took) in counts.iter().zip([&small, &large]) {
        println!(
            "{count} methods: {:.0} s, said {:.0} s; {} kB; {} calls put off",
            took.seconds, took.forecast, took.kilobytes, took.put_off
        );
        assert!(took.seconds <= 1.15 * took.forecast, "{count} methods");
        assert_eq!(took.put_off, 0, "{count} methods");
    }
    if is_whole() {
        // A plan that says more is no better.
        assert!(large.seconds >= 0.85 * large.forecast);
    }
    let most = small.kilobytes * 11 / 10 + 8 * 1024;
    assert!(
        large.kilobytes <= most,
        "{} kB, {most} at most",
        large.kilobytes
    );
}
