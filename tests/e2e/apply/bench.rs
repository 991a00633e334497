//! An account with one bridge, a plan off it, and requests that flow meanwhile.

use serde_json::{Value, json};

use crate::harness::{Account, Desk, Invocation, Load, Outcome, emulator};

/// Nothing is waited for: the emulator has no quotas and no propagation, and its metrics are there at
/// once.
const AT_ONCE: &str = r#"
[pace]
percent = 100

[waits]
poll = 0
back_off = 0
back_off_most = 0
settling = 0
slow_settling = 0
lost_object = 0
drain = 0
drain_most = 0
turn_most = 0
arrival = 0
bake_slice = 1
metrics = 0
"#;

/// What a canary release is judged by when it lasts a second.
const SOON: &str = r#"
[canary]
harm_percent = 100
beyond_noise = 0.5
base_minutes = 1
least_minutes = 1
"#;

/// Where nobody answers.
pub(crate) const NOWHERE: &str = "http://127.0.0.1:1";

/// How often a run is gone on with that saw too little to tell.
const MOST_LOOKS: usize = 10;

/// What a person says to have an API planned, and how its callers ask it.
struct Ways {
    accept: &'static [&'static str],
    stage: &'static str,
    paths: &'static [&'static str],
    /// How a scan and a plan of it end.
    code: i32,
    /// What a person says to begin with such a plan.
    begin: &'static [&'static str],
}

/// `billing-api`: a REST API.
const REST: Ways = Ways {
    accept: &["--accept", "rare-traffic"],
    stage: "prod",
    paths: &["/a", "/a/b", "/c"],
    code: 0,
    begin: &[],
};

/// `front-api`: an HTTP API whose routes are live at once.
const HTTP: Ways = Ways {
    accept: &[],
    stage: "$default",
    paths: &["/a/b", "/a", "/c", "/c/d"],
    code: 0,
    begin: &[],
};

/// `front-api` again, of which a stage runs what was deployed to it by hand.
const FROZEN: Ways = Ways {
    accept: &["--accept", "http-settings"],
    stage: "prod",
    paths: &["/a/b", "/a"],
    // What its stage runs of authorizers nobody can read.
    code: 4,
    begin: &["--accept", "incomplete"],
};

/// A desk with a plan for the one bridge of an account.
pub(crate) struct Bench {
    pub(crate) desk: Desk,
    pub(crate) account: Account,
    pub(crate) api: String,
    ways: Ways,
}

impl Bench {
    /// An account with one API over one bridge, and a plan that moves it.
    pub(crate) fn new() -> Self {
        Self::planned(&["--canary", "50,100", "--bake", "3s"])
    }

    /// The same, of which nobody has proven that it goes well.
    pub(crate) fn unrehearsed() -> Self {
        Self::planned(&["--canary", "50,100", "--bake", "3s", "--no-rehearsal"])
    }

    pub(crate) fn planned(options: &[&str]) -> Self {
        let bench = Self::at_desk(emulator().parts(&["billing"]), "billing-api", REST);
        bench.plan("orders.plan.json", options).expect_code(0);
        bench
    }

    /// An HTTP API with four routes over one bridge, whose stage deploys by itself, and a plan that
    /// moves them one by one.
    pub(crate) fn http(options: &[&str]) -> Self {
        let account = emulator().parts(&["front"]);
        let known = account.seeded["apis"]["front-api"].clone();
        let text = |key: &str| known[key].as_str().expect("an id").to_owned();
        let (api, target) = (text("id"), format!("integrations/{}", text("integration")));
        for key in ["GET /a", "GET /a/b", "GET /c"] {
            let route = json!({ "routeKey": key, "target": target });
            account.raw_post("apigateway", &format!("/v2/apis/{api}/routes"), &route);
        }
        let stage = json!({ "stageName": "$default", "autoDeploy": true });
        account.raw_delete("apigateway", &format!("/v2/apis/{api}/stages/prod"));
        account.raw_post("apigateway", &format!("/v2/apis/{api}/stages"), &stage);
        let bench = Self::at_desk(account, "front-api", HTTP);
        bench.plan("orders.plan.json", options).expect_code(0);
        bench
    }

    /// An HTTP API with two routes over one bridge, whose stage does not deploy by itself, and a plan
    /// that moves them and has the stage run them so.
    pub(crate) fn frozen(options: &[&str]) -> Self {
        let account = emulator().parts(&["front"]);
        let known = account.seeded["apis"]["front-api"].clone();
        let text = |key: &str| known[key].as_str().expect("an id").to_owned();
        let (api, target) = (text("id"), format!("integrations/{}", text("integration")));
        let route = json!({ "routeKey": "GET /a", "target": target });
        account.raw_post("apigateway", &format!("/v2/apis/{api}/routes"), &route);
        let deployed = json!({ "stageName": "prod", "description": "by hand" });
        account.raw_post(
            "apigateway",
            &format!("/v2/apis/{api}/deployments"),
            &deployed,
        );
        let bench = Self::at_desk(account, "front-api", FROZEN);
        bench.plan("orders.plan.json", options).expect_code(4);
        bench
    }

    fn at_desk(account: Account, name: &str, ways: Ways) -> Self {
        let api = account.seeded["apis"][name]["id"].as_str();
        let api = api.expect("an API").to_owned();
        let desk = Desk::new();
        desk.write("unbridge.toml", format!("{AT_ONCE}{SOON}"));
        desk.scan(&account, &[]).run().expect_code(ways.code);
        Self {
            desk,
            account,
            api,
            ways,
        }
    }

    /// Plans with what is needed and these options.
    pub(crate) fn plan(&self, out: &str, options: &[&str]) -> Outcome {
        let Ways { accept, stage, .. } = &self.ways;
        let (api, stage) = (&self.api, format!("{}/{stage}", self.api));
        let common = ["plan", "--snapshot", "account.jsonl", "--api", api];
        let edited = ["--edit", api, "--edit", &stage];
        let place = ["-o", out];
        let all = common.iter().chain(*accept).chain(&edited).chain(options);
        let all = all.chain(&place).copied();
        self.desk.unbridge(all).run()
    }

    /// A command about the plan, with the account's keys.
    pub(crate) fn command(&self, command: &str, options: &[&str]) -> Invocation<'_> {
        let args = [command, "orders.plan.json"];
        let args = args.iter().chain(options).copied();
        self.desk.unbridge(args).account(&self.account)
    }

    pub(crate) fn run(&self, command: &str, options: &[&str]) -> Outcome {
        self.command(command, options).run()
    }

    /// Carries the plan out.
    pub(crate) fn execute(&self, options: &[&str]) -> Outcome {
        let begin = [&["--execute"], self.ways.begin, options].concat();
        let begun = self.run("apply", &probed(&begin));
        let later = options
            .iter()
            .filter(|word| !["--accept", "unproven"].contains(word));
        let later: Vec<&str> = later.copied().collect();
        self.patiently(begun, |bench| bench.run("resume", &probed(&later)))
    }

    /// Goes on with the run, or takes it back.
    pub(crate) fn take_up(&self, command: &str) -> Outcome {
        self.gone_on_with(self.run(command, &probed(&[])))
    }

    /// How a run ends that was begun otherwise.
    pub(crate) fn gone_on_with(&self, outcome: Outcome) -> Outcome {
        self.patiently(outcome, |bench| bench.run("resume", &probed(&[])))
    }

    /// What a person does at a busier time: how many requests come by while a canary is watched
    /// depends on how busy this machine is.
    fn patiently(&self, mut outcome: Outcome, again: impl Fn(&Self) -> Outcome) -> Outcome {
        let saw_too_little =
            |outcome: &Outcome| outcome.stdout.contains("too little was seen to tell");
        let mut goes_on = saw_too_little(&outcome);
        for _ in 0..MOST_LOOKS {
            if !goes_on {
                break;
            }
            let later = again(self);
            goes_on = saw_too_little(&later);
            outcome = outcome.gone_on_with(later);
        }
        outcome
    }

    /// Carries the plan out until the journal has so many bytes; the kernel kills the process when
    /// it writes on.
    pub(crate) fn killed_at(&self, bytes: usize) {
        let resume = "resume orders.plan.json --yes --probe /a/b";
        let outcome = self.limited("", bytes, &self.begin());
        let outcome = self.patiently(outcome, |bench| bench.limited("", bytes, resume));
        assert!(outcome.stdout.contains("ended: 153"), "{outcome:?}");
    }

    /// Takes the run back until the journal has so many bytes.
    pub(crate) fn killed_on_the_way_back_at(&self, bytes: usize) {
        let outcome = self.limited("", bytes, "rollback orders.plan.json --yes");
        assert!(outcome.stdout.contains("ended: 153"), "{outcome:?}");
    }

    /// Carries the plan out on a disk that has room for so many bytes of the journal.
    pub(crate) fn out_of_space_at(&self, bytes: usize) -> Outcome {
        self.limited("trap '' XFSZ; ", bytes, &self.begin())
    }

    /// What begins a run of a plan that nobody has proven.
    fn begin(&self) -> String {
        [&[BEGIN], self.ways.begin].concat().join(" ")
    }

    fn limited(&self, first: &str, bytes: usize, command: &str) -> Outcome {
        let limits = format!("prlimit --fsize={bytes} --core=0");
        let script = format!("{first}{limits} unbridge {command}; echo \"ended: $?\"");
        self.desk.shell(&script).account(&self.account).run()
    }

    /// Requests to the API's methods, from now on; an hour of them lies behind.
    pub(crate) fn flow(&self) {
        let Ways { stage, paths, .. } = &self.ways;
        let request =
            |path| json!({ "api": self.api, "stage": stage, "verb": "GET", "path": path });
        let requests: Vec<Value> = paths.iter().map(request).collect();
        self.account.load(&requests, 50);
        self.account.past(60);
    }

    /// Ends them: none may have fared worse.
    pub(crate) fn ebb(&self) -> Load {
        let load = self.account.stop_load();
        assert!(load.sent > 0, "nothing was asked");
        assert_eq!((load.failed, load.misrouted), (0, 0), "{:?}", load.examples);
        load
    }

    /// Everything of the account that a run could leave behind or change, without what AWS keeps of
    /// the past.
    pub(crate) fn state(&self) -> Value {
        let get = |service: &str, path: &str| -> Value {
            let text = self.account.raw_get(service, path);
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}: {text}"))
        };
        let api = &self.api;
        let mut resources = get(
            "apigateway",
            &format!("/restapis/{api}/resources?embed=methods"),
        );
        without(&mut resources, "integrationTarget");
        let mut stages = get("apigateway", &format!("/restapis/{api}/stages"));
        without(&mut stages, "lastUpdatedDate");
        json!({
            "resources": resources,
            "stages": stages,
            "deployments": get("apigateway", &format!("/restapis/{api}/deployments")),
            "links": get("apigateway", "/vpclinks"),
            "links_v2": get("apigateway", "/v2/vpclinks"),
        })
    }

    /// Nothing that a run makes stands in the account any more, nor the lock.
    pub(crate) fn nothing_tagged(&self) {
        nothing_tagged(&self.account);
        let deployments = format!("/restapis/{}/deployments", self.api);
        let deployments = self.account.raw_get("apigateway", &deployments);
        assert!(!deployments.contains("unbridge:"), "{deployments}");
        let locks = self.desk.unbridge(["locks"]).account(&self.account).run();
        assert!(locks.stdout.contains("free"), "{locks:?}");
    }

    /// What a run told, line by line.
    pub(crate) fn events(outcome: &Outcome) -> Vec<Value> {
        let lines = outcome.stdout.lines();
        lines
            .map(|line| {
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
            })
            .collect()
    }

    /// Settles something otherwise; answers with the settings as they were.
    pub(crate) fn settle(&self, from: &str, to: &str) -> String {
        let path = self.desk.work().join("unbridge.toml");
        let before = std::fs::read_to_string(path).expect("settings");
        assert!(before.contains(from), "{from:?} is not settled: {before}");
        self.desk.write("unbridge.toml", before.replace(from, to));
        before
    }

    /// Whether these words stand in the journal by now.
    pub(crate) fn journal_has(&self, words: &str) -> bool {
        let path = self.desk.work().join("orders.journal.jsonl");
        std::fs::read_to_string(path).is_ok_and(|text| text.contains(words))
    }

    /// The journal as it stands in its file.
    pub(crate) fn journal_text(&self) -> String {
        let path = self.desk.work().join("orders.journal.jsonl");
        std::fs::read_to_string(path).expect("a journal")
    }

    /// The journal's events, as `kind` of `step`.
    pub(crate) fn journal(&self) -> Vec<Value> {
        let text = self.journal_text();
        let lines = text.lines().skip(1);
        lines
            .map(|line| serde_json::from_str::<Value>(line).expect("an entry")["event"].clone())
            .collect()
    }
}

/// No group and no link of a run stands in the account any more.
pub(crate) fn nothing_tagged(account: &Account) {
    let query = "Action=DescribeSecurityGroups&Version=2016-11-15";
    let groups = account.raw_query("ec2", query);
    assert!(!groups.contains("unbridge:run"), "{groups}");
    let links = account.raw_get("apigateway", "/v2/vpclinks");
    assert!(!links.contains("unbridge:run"), "{links}");
}

/// What begins a run of a plan that has no other gaps.
const BEGIN: &str = "apply orders.plan.json --execute --yes --probe /a/b --accept unproven";

/// Options of a run that asks nothing and has a request to prove the new way with.
fn probed<'o>(options: &[&'o str]) -> Vec<&'o str> {
    let all = ["--yes", "--probe", "/a/b"].iter().chain(options);
    all.copied().collect()
}

/// Takes a field out wherever it stands.
pub(crate) fn without(value: &mut Value, key: &str) {
    match value {
        Value::Object(fields) => {
            fields.remove(key);
            for inner in fields.values_mut() {
                without(inner, key);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| without(item, key)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
