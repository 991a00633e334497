//! An account with one bridge, a plan off it, and requests that flow meanwhile.

use serde_json::{Value, json};

use crate::harness::{Account, Desk, Invocation, Load, Outcome, emulator};

/// Nothing is waited for: the emulator has no propagation, and its metrics are there at once.
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
arrival = 0
bake_slice = 1
metrics = 0
"#;

/// What a canary release is judged by when it lasts a second.
const SOON: &str = r#"
[canary]
harm_percent = 100
beyond_noise = 2
base_minutes = 1
least_minutes = 1
"#;

/// A desk with a plan for the one bridge of an account.
pub(crate) struct Bench {
    pub(crate) desk: Desk,
    pub(crate) account: Account,
    pub(crate) api: String,
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
        let account = emulator().parts(&["billing"]);
        let desk = Desk::new();
        desk.write("unbridge.toml", format!("{AT_ONCE}{SOON}"));
        desk.scan(&account, &[]).run().expect_code(0);
        let bench = Self {
            api: api_called(&account, "billing-api"),
            desk,
            account,
        };
        bench.plan("orders.plan.json", options).expect_code(0);
        bench
    }

    /// Plans with what is needed and these options.
    pub(crate) fn plan(&self, out: &str, options: &[&str]) -> Outcome {
        let (api, stage) = (&self.api, format!("{}/prod", self.api));
        let common = ["plan", "--snapshot", "account.jsonl", "--api", api];
        let accepted = ["--accept", "rare-traffic", "--edit", api, "--edit", &stage];
        let place = ["-o", out];
        let all = common.iter().chain(&accepted).chain(options);
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
        let options: Vec<&str> = ["--execute", "--yes", "--probe", "/a/b"]
            .iter()
            .chain(options)
            .copied()
            .collect();
        self.run("apply", &options)
    }

    /// Carries the plan out until the journal has so many bytes; the kernel kills the process when
    /// it writes on.
    pub(crate) fn killed_at(&self, bytes: usize) {
        let outcome = self.limited("", bytes);
        assert!(outcome.stdout.contains("ended: 153"), "{outcome:?}");
    }

    /// Carries the plan out on a disk that has room for so many bytes of the journal.
    pub(crate) fn out_of_space_at(&self, bytes: usize) -> Outcome {
        self.limited("trap '' XFSZ; ", bytes)
    }

    fn limited(&self, first: &str, bytes: usize) -> Outcome {
        let apply =
            "unbridge apply orders.plan.json --execute --yes --probe /a/b --accept unproven";
        let limits = format!("prlimit --fsize={bytes} --core=0");
        let script = format!("{first}{limits} {apply}; echo \"ended: $?\"");
        self.desk.shell(&script).account(&self.account).run()
    }

    /// Requests to the API's methods, from now on; an hour of them lies behind.
    pub(crate) fn flow(&self) {
        let requests = ["/a", "/a/b", "/c"]
            .map(|path| json!({ "api": self.api, "stage": "prod", "verb": "GET", "path": path }));
        self.account.load(&requests, 100);
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
        let query = "Action=DescribeSecurityGroups&Version=2016-11-15";
        let groups = self.account.raw_query("ec2", query);
        assert!(!groups.contains("unbridge:run"), "{groups}");
        let links = self.account.raw_get("apigateway", "/v2/vpclinks");
        assert!(!links.contains("unbridge:run"), "{links}");
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

    /// The journal's events, as `kind` of `step`.
    pub(crate) fn journal(&self) -> Vec<Value> {
        let path = self.desk.work().join("orders.journal.jsonl");
        let text = std::fs::read_to_string(path).expect("a journal");
        let lines = text.lines().skip(1);
        lines
            .map(|line| serde_json::from_str::<Value>(line).expect("an entry")["event"].clone())
            .collect()
    }
}

/// The id of an API by its name.
pub(crate) fn api_called(account: &Account, name: &str) -> String {
    let text = account.raw_get("apigateway", "/restapis?limit=500");
    let apis: Value = serde_json::from_str(&text).expect("JSON");
    let items = ["item", "items"]
        .iter()
        .find_map(|key| apis[*key].as_array());
    let found = items
        .into_iter()
        .flatten()
        .find(|api| api["name"] == name)
        .unwrap_or_else(|| panic!("no API {name}: {apis}"));
    found["id"].as_str().expect("an id").to_owned()
}

fn without(value: &mut Value, key: &str) {
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
