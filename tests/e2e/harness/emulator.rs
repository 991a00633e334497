//! The emulator's process and its control plane (tests/emulator/README.md).

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::repository;

/// The emulator all tests share. It ends when this process does: the pipe closes.
pub(crate) fn emulator() -> &'static Emulator {
    static EMULATOR: OnceLock<Emulator> = OnceLock::new();
    EMULATOR.get_or_init(Emulator::start)
}

pub(crate) struct Emulator {
    address: String,
    _alive: ChildStdin,
}

impl Emulator {
    #[expect(
        clippy::zombie_processes,
        reason = "it ends when its stdin closes, with this process"
    )]
    fn start() -> Self {
        let root = repository();
        let python = root.join(".venv/bin/python");
        assert!(
            python.exists(),
            "{} is missing: run `make setup` first",
            python.display()
        );
        let mut child = Command::new(python)
            .arg(root.join("tests/emulator/launcher.py"))
            .args(["--port", "0", "--exit-with-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the emulator starts");
        let mut first = String::new();
        let out = child.stdout.take().expect("a piped stdout");
        BufReader::new(out)
            .read_line(&mut first)
            .expect("the emulator says where it listens");
        let ready: Value = serde_json::from_str(&first).expect("one line of JSON");
        let url = ready["ready"].as_str().expect("its address");
        let address = url
            .strip_prefix("http://")
            .expect("an http address")
            .to_owned();
        Self {
            address,
            _alive: child.stdin.take().expect("a piped stdin"),
        }
    }

    /// What `AWS_ENDPOINT_URL` must say.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A new account, filled with a scenario.
    pub(crate) fn account(&self, scenario: &str, options: Value) -> Account {
        static NEXT: AtomicU64 = AtomicU64::new(200_000_000_000);
        let id = NEXT.fetch_add(1, Ordering::Relaxed).to_string();
        let mut account = Account {
            id,
            seeded: Value::Null,
        };
        account.seeded = account.seed(scenario, options);
        account
    }

    /// The management account of a new organization: the accounts whose numbers follow are in it.
    pub(crate) fn organization(&self, options: Value) -> Account {
        const ROOM: u64 = 100;
        static NEXT: AtomicU64 = AtomicU64::new(300_000_000_000);
        self.organization_of(
            &NEXT.fetch_add(ROOM, Ordering::Relaxed).to_string(),
            options,
        )
    }

    /// One whose management account has this number.
    pub(crate) fn organization_of(&self, management: &str, options: Value) -> Account {
        let mut account = Account {
            id: management.to_owned(),
            seeded: Value::Null,
        };
        account.seeded = account.seed("organization", options);
        account
    }

    /// How often each call was made of an account, whoever owns it.
    pub(crate) fn calls_of(&self, account: &str) -> BTreeMap<String, usize> {
        let account = Account {
            id: account.to_owned(),
            seeded: Value::Null,
        };
        account.calls()
    }

    /// An account with some parts of the reference scenario.
    pub(crate) fn parts(&self, only: &[&str]) -> Account {
        self.account("reference", json!({ "only": only }))
    }

    fn get(&self, path: &str) -> Value {
        self.control("GET", path, "")
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        self.control("POST", path, &body.to_string())
    }

    fn control(&self, method: &str, path: &str, body: &str) -> Value {
        let answer = self.http(method, &format!("/_lab/{path}"), "", body);
        let parsed: Value = serde_json::from_str(&answer).expect("the control plane speaks JSON");
        assert!(
            parsed.get("error").is_none(),
            "{method} {path} {body}: {}",
            parsed["error"]
        );
        parsed
    }

    fn http(&self, method: &str, path: &str, headers: &str, body: &str) -> String {
        self.exchange(method, path, &self.address, headers, body).1
    }

    /// One request under any host name; answers with the status and the body.
    fn exchange(
        &self,
        method: &str,
        path: &str,
        host: &str,
        headers: &str,
        body: &str,
    ) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).expect("the emulator listens");
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.0\r\nHost: {host}\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
        );
        stream
            .write_all(request.as_bytes())
            .expect("the emulator takes a request");
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .expect("the emulator answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
        let status = head.split(' ').nth(1).expect("a status line");
        (status.parse().expect("a status"), body.to_owned())
    }
}

/// An AWS account in the emulator that one test has for itself.
pub(crate) struct Account {
    pub(crate) id: String,
    /// The names of what was seeded first.
    pub(crate) seeded: Value,
}

/// One request that reached the emulator.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// `service:Operation`, the two generations of API Gateway apart.
    pub(crate) call: String,
    /// Its HTTP method and path.
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) region: String,
    pub(crate) status: u64,
    pub(crate) writes: bool,
    /// When it was answered, in seconds.
    pub(crate) at: f64,
}

/// What a load has met so far.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    pub(crate) sent: u64,
    /// Requests that ended with another status than before the load began.
    pub(crate) failed: u64,
    /// Requests that ended elsewhere, or were seen otherwise by who answered them.
    pub(crate) misrouted: u64,
    /// How many went over links of version 1 and of version 2.
    pub(crate) over_v1: u64,
    pub(crate) over_v2: u64,
    /// The first few that failed or were misrouted.
    pub(crate) examples: Vec<Value>,
}

impl Account {
    /// Fills the account with one more scenario; answers with names.
    pub(crate) fn seed(&self, scenario: &str, options: Value) -> Value {
        let mut body = options;
        body["scenario"] = json!(scenario);
        body["account"] = json!(self.id);
        emulator().post("seed", &body)
    }

    /// The access key that belongs to this account.
    pub(crate) fn access_key(&self) -> String {
        format!("AKIA{}TEST", self.id)
    }

    /// The ARN of a seeded load balancer.
    pub(crate) fn load_balancer(&self, name: &str) -> &str {
        let arn = self.seeded["load_balancers"][name]["arn"].as_str();
        arn.unwrap_or_else(|| panic!("{name} was not seeded"))
    }

    /// Replaces the account's fault rules.
    pub(crate) fn faults(&self, rules: Value) {
        emulator().post("faults", &json!({ "account": self.id, "rules": rules }));
    }

    /// How many calls the account's only fault rule has matched.
    pub(crate) fn fault_matches(&self) -> u64 {
        let rules = emulator().get(&format!("faults?account={}", self.id));
        rules[0]["seen"].as_u64().expect("a counter")
    }

    pub(crate) fn throttle(&self, mode: &str) {
        emulator().post("throttle", &json!({ "account": self.id, "mode": mode }));
    }

    /// Makes another account the consumer of an endpoint service on a seeded NLB.
    pub(crate) fn connect_consumer(&self, nlb: &str, owner: &str) {
        let body =
            json!({ "account": self.id, "nlb_arn": self.load_balancer(nlb), "owner": owner });
        emulator().post("endpoint_connection", &body);
    }

    /// Where the emulator's own data plane sends a request.
    pub(crate) fn route(&self, api: &str, stage: &str, verb: &str, path: &str) -> Value {
        let account = &self.id;
        let query =
            format!("route?account={account}&api={api}&stage={stage}&verb={verb}&path={path}");
        emulator().get(&query)
    }

    /// Every request of this account, in order.
    pub(crate) fn journal(&self) -> Vec<Request> {
        let entries = emulator().get(&format!("journal?account={}", self.id));
        entries
            .as_array()
            .expect("a list")
            .iter()
            .map(Request::from_entry)
            .collect()
    }

    /// How often each call was made.
    pub(crate) fn calls(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for request in self.journal() {
            *counts.entry(request.call).or_default() += 1;
        }
        counts
    }

    /// The raw answer to a REST request of a service.
    pub(crate) fn raw_get(&self, service: &str, path: &str) -> String {
        self.raw("GET", service, path)
    }

    /// Takes something out of the account.
    pub(crate) fn raw_delete(&self, service: &str, path: &str) {
        self.raw("DELETE", service, path);
    }

    /// Makes something in the account by hand.
    pub(crate) fn raw_post(&self, service: &str, path: &str, body: &Value) {
        self.signed("POST", service, path, "", &body.to_string());
    }

    /// Changes something of the account by hand.
    pub(crate) fn raw_patch(&self, service: &str, path: &str, body: &Value) {
        self.signed("PATCH", service, path, "", &body.to_string());
    }

    /// A new bucket; its name.
    pub(crate) fn bucket(&self, name: &str) -> String {
        let bucket = format!("{name}-{}", self.id);
        self.bucket_named(&bucket);
        bucket
    }

    /// A new bucket of this name, which no other account has.
    pub(crate) fn bucket_named(&self, bucket: &str) {
        self.raw("PUT", "s3", &format!("/{bucket}"));
    }

    /// Puts an object of no bytes under a key as it is written here.
    pub(crate) fn put_object(&self, bucket: &str, key: &str) {
        self.raw("PUT", "s3", &format!("/{bucket}/{key}"));
    }

    /// The answer of S3 that lists all keys of a bucket.
    pub(crate) fn objects(&self, bucket: &str) -> String {
        self.raw("GET", "s3", &format!("/{bucket}?list-type=2"))
    }

    /// The raw answer to a request of a service that speaks AWS JSON.
    pub(crate) fn raw_json(&self, service: &str, target: &str, body: &Value) -> String {
        let headers =
            format!("X-Amz-Target: {target}\r\nContent-Type: application/x-amz-json-1.1\r\n");
        self.signed("POST", service, "/", &headers, &body.to_string())
    }

    /// The raw answer to a request of a service that speaks forms.
    pub(crate) fn raw_query(&self, service: &str, query: &str) -> String {
        let headers = "Content-Type: application/x-www-form-urlencoded\r\n";
        self.signed("POST", service, "/", headers, query)
    }

    fn raw(&self, method: &str, service: &str, path: &str) -> String {
        self.signed(method, service, path, "", "")
    }

    fn signed(&self, method: &str, service: &str, path: &str, headers: &str, body: &str) -> String {
        let key = self.access_key();
        let credential = format!("Credential={key}/20260101/us-east-1/{service}/aws4_request");
        let headers =
            format!("Authorization: AWS4-HMAC-SHA256 {credential}, Signature=x\r\n{headers}");
        emulator().http(method, path, &headers, body)
    }
}

/// Traffic, and what is wrong with it.
impl Account {
    /// Sends these requests (`api`, `stage`, `verb`, `path`, `headers`) in turn until the load is
    /// stopped, and compares how they end with how they end now.
    pub(crate) fn load(&self, requests: &[Value], per_second: u32) {
        let body = json!({
            "account": self.id,
            "requests": requests,
            "per_second": per_second,
            "expect": "now",
        });
        emulator().post("load", &body);
    }

    pub(crate) fn stop_load(&self) -> Load {
        Load::from_answer(&emulator().post("load/stop", &json!({ "account": self.id })))
    }

    /// Fills the metrics of the last minutes as if the load had been running.
    pub(crate) fn past(&self, minutes: u32) {
        emulator().post("past", &json!({ "account": self.id, "minutes": minutes }));
    }

    /// Replaces the rules by which targets answer badly.
    pub(crate) fn backend(&self, rules: Value) {
        emulator().post("backend", &json!({ "account": self.id, "rules": rules }));
    }

    /// Replaces the actions that the caller has no right to.
    pub(crate) fn denied(&self, actions: &[&str]) {
        emulator().post("denied", &json!({ "account": self.id, "actions": actions }));
    }

    /// AWS's clock, as its answers tell it, is so many seconds ahead of this machine's.
    pub(crate) fn clock(&self, ahead: i32) {
        let body = json!({ "account": self.id, "ahead": ahead });
        emulator().post("clock", &body);
    }

    /// What requests have counted in CloudWatch lies so many days further back.
    pub(crate) fn age(&self, days: u32) {
        emulator().post("age", &json!({ "account": self.id, "days": days }));
    }

    /// A flow passed an NLB in the last hour.
    pub(crate) fn one_flow(&self, nlb: &str) {
        let (_, tail) = nlb.split_once("loadbalancer/").expect("an ARN");
        let item = json!({
            "Namespace": "AWS/NetworkELB",
            "MetricName": "NewFlowCount",
            "Dimensions": [{ "Name": "LoadBalancer", "Value": tail }],
            "StartTime": -7200,
            "EndTime": -3600,
            "Value": 1,
        });
        let body = json!({ "account": self.id, "kind": "metrics", "items": [item] });
        emulator().post("put", &body);
    }

    /// Turns an NLB's deletion protection on.
    pub(crate) fn protect(&self, nlb: &str) {
        let nlb = nlb.replace('/', "%2F").replace(':', "%3A");
        let query = format!(
            "Action=ModifyLoadBalancerAttributes&Version=2015-12-01&LoadBalancerArn={nlb}\
             &Attributes.member.1.Key=deletion_protection.enabled&Attributes.member.1.Value=true"
        );
        self.raw_query("elasticloadbalancing", &query);
    }

    /// VPC links that are made or deleted from now on take so many seconds.
    pub(crate) fn links_take(&self, seconds: u32) {
        let body = json!({ "account": self.id, "seconds": seconds });
        emulator().post("link_delay", &body);
    }

    /// What the health checks of a target group's targets come to from now on.
    pub(crate) fn health(&self, group: &str, target: &str, state: &str) {
        let body = json!({ "account": self.id, "tg": group, "target": target, "state": state });
        emulator().post("health", &body);
    }

    /// The next VPC link that is made ends FAILED.
    pub(crate) fn next_link_fails(&self) {
        let body = json!({ "account": self.id, "seconds": 0, "then": "FAILED" });
        emulator().post("link_delay", &body);
    }

    /// Every request of this account that changes something, in order.
    pub(crate) fn writes(&self) -> Vec<Request> {
        let mut requests = self.journal();
        requests.retain(|request| request.writes);
        requests
    }
}

impl Load {
    fn from_answer(answer: &Value) -> Self {
        let number = |value: &Value| value.as_u64().expect("a counter");
        Self {
            sent: number(&answer["sent"]),
            failed: number(&answer["failed"]),
            misrouted: number(&answer["misrouted"]),
            over_v1: number(&answer["over"]["v1"]),
            over_v2: number(&answer["over"]["v2"]),
            examples: answer["examples"].as_array().expect("a list").clone(),
        }
    }
}

impl Request {
    fn from_entry(entry: &Value) -> Self {
        let text = |key: &str| entry[key].as_str().expect("a text").to_owned();
        let generation = if text("path").starts_with("/v2/") {
            "v2"
        } else {
            ""
        };
        Self {
            call: format!("{}{generation}:{}", text("service"), text("action")),
            method: text("method"),
            path: text("path"),
            region: text("region"),
            status: entry["status"].as_u64().expect("a status"),
            writes: entry["write"].as_bool().expect("a flag"),
            at: entry["t"].as_f64().expect("a time"),
        }
    }
}
