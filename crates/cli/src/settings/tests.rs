use unbridge_executor::Limits;
use unbridge_executor::canary::Thresholds;
use unbridge_model::finding::FindingCode;

use super::*;

const WHOLE: &str = r#"
[[accept]]
finding = "canary-in-progress"
account = "111122223333"
region = "eu-west-1"
nlb = "checkout-*"
reason = " goes live in June "
expires = 2026-06-30

[[accept]]
finding = "unused-v1-link"
link = "old*"
reason = "kept for the audit"
expires = 2026-12-31
"#;

const RUNS: &str = r#"regions = ["eu-west-1", "us-east-1"]
on_fail = "rollback"
lock = "local"

[pace]
percent = 20

[probes]
address = "https://vpce-1.execute-api.eu-west-1.vpce.amazonaws.com/"
replay = 0
body = "ignore"

[[probes.request]]
path = "/orders/42?full=1"
status = 404
stage = "prod"
headers = { Accept = "text/plain", Authorization = "env:ORDERS_TOKEN" }

[[probes.request]]
path = "https://orders.example.com/v1/health"
verb = "HEAD"

[canary]
harm_percent = 5
floor_percent = 0.25
latency_p95_rise = 50

[waits]
poll = 0
back_off = 1
back_off_most = 1
metrics = 60
"#;

#[test]
fn accepted_findings_are_read_with_their_limits() {
    let read = parse(WHOLE).expect("a whole file").acceptances;
    let [canary, link] = &read[..] else {
        panic!("{read:?}")
    };
    assert_eq!(canary.finding, FindingCode::CanaryInProgress);
    assert_eq!(
        canary.scope.words(),
        ["account 111122223333", "region eu-west-1", "nlb checkout-*"]
    );
    assert_eq!(canary.reason, "goes live in June");
    assert_eq!(canary.expires.to_string(), "2026-06-30");
    assert_eq!(link.scope.words(), ["link old*"]);
}

#[test]
fn an_empty_file_settles_nothing() {
    let (nothing, standard) = (parse("").expect("a file"), Settings::default());
    assert!(nothing.acceptances.is_empty() && nothing.regions.is_empty());
    assert_eq!(nothing.waits, standard.waits);
    assert_eq!(nothing.probes, standard.probes);
    assert_eq!(nothing.canary, standard.canary);
    assert_eq!(
        (nothing.on_fail, nothing.lock),
        (OnFail::Pause, LockPlace::Ssm)
    );
    assert_eq!(u8::from(nothing.pace), 50);
}

#[test]
fn what_holds_for_runs_is_read_and_the_rest_is_the_default() {
    let read = parse(RUNS).expect("a whole file");
    let regions: Vec<&str> = read.regions.iter().map(Region::as_str).collect();
    assert_eq!(regions, ["eu-west-1", "us-east-1"]);
    assert_eq!(
        (read.on_fail, read.lock),
        (OnFail::Rollback, LockPlace::Local)
    );
    assert_eq!(u8::from(read.pace), 20);

    let limits = read.waits.limits;
    let seconds = |wait: std::time::Duration| wait.as_secs();
    assert_eq!(seconds(limits.poll), 0);
    assert_eq!(seconds(limits.back_off_most), 1);
    assert_eq!(seconds(read.waits.metrics), 60);
    assert_eq!(limits.drain, Waits::default().limits.drain);

    let (thresholds, standard) = (read.canary, Thresholds::default());
    assert_eq!(thresholds.harm_percent, 5.0);
    assert_eq!(thresholds.floor_percent, 0.25);
    assert_eq!(thresholds.latency_p95_rise, Some(50.0));
    assert_eq!(thresholds.lasting_minutes, standard.lasting_minutes);
}

#[test]
fn requests_of_a_person_have_what_they_do_not_say_by_default() {
    let Probes {
        address,
        replay,
        body,
        requests,
    } = parse(RUNS).expect("a whole file").probes;
    assert_eq!(
        address.as_deref(),
        Some("https://vpce-1.execute-api.eu-west-1.vpce.amazonaws.com")
    );
    assert_eq!((replay, body), (0, Bodies::Ignore));
    let [orders, health] = &requests[..] else {
        panic!("{requests:?}")
    };
    assert_eq!(
        (orders.verb.to_string().as_str(), orders.status),
        ("GET", 404)
    );
    assert_eq!(
        orders.stage.as_ref().map(|stage| stage.as_str()),
        Some("prod")
    );
    assert_eq!(orders.api, None);
    let headers: Vec<String> = orders
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    assert_eq!(
        headers,
        ["Accept: text/plain", "Authorization: env:ORDERS_TOKEN"]
    );
    assert_eq!(
        (health.verb.to_string().as_str(), health.status),
        ("HEAD", 200)
    );
}

/// What is said of a file with one text in it replaced, and on which line.
fn told(of: &str, from: &str, to: &str) -> (usize, String, String) {
    assert!(of.contains(from), "{from}");
    let text = of.replacen(from, to, 1);
    let Wrong { at, what, hint } = match parse(&text) {
        Ok(read) => panic!("{to} is taken: {read:?}"),
        Err(wrong) => wrong,
    };
    assert!(!what.is_empty() && !what.contains('\n'), "{to}: {what}");
    assert!(!hint.is_empty(), "{to}");
    (line_of(&text, at), what, hint)
}

#[test]
fn what_is_wrong_with_an_accepted_finding_is_named_with_its_line() {
    for (from, to, line, words) in [
        (
            "[[accept]]",
            "[[accepted]]",
            2,
            "no key \"accepted\" at the top",
        ),
        ("nlb =", "nbl =", 6, "no key \"nbl\" in [[accept]]"),
        (
            "\"canary-in-progress\"",
            "\"canary\"",
            3,
            "no finding's code",
        ),
        (
            "reason = \" goes live in June \"\n",
            "",
            2,
            "missing field `reason`",
        ),
        ("\" goes live in June \"", "\" \"", 7, "the reason is blank"),
        ("expires = 2026-06-30", "", 2, "missing field `expires`"),
        ("2026-06-30", "2026-06-31", 8, ""),
        ("2026-06-30", "\"2026-06-30\"", 8, "invalid type: string"),
        ("2026-06-30", "2026-06-30T10:00:00Z", 8, "not a day"),
        ("2026-06-30", "10:00:00", 8, "not a day"),
        ("2026-06-30", "", 8, ""),
        ("111122223333", "1111", 4, "expected 12 digits"),
        ("eu-west-1", "eu-west", 5, "a region code"),
        ("checkout-*", "", 6, "nlb is empty"),
        (
            "nlb = \"checkout-*\"",
            "nlb = 7",
            6,
            "invalid type: integer",
        ),
    ] {
        let (at, what, _) = told(WHOLE, from, to);
        assert!(what.contains(words), "{to}: {what}");
        assert_eq!(at, line, "{to}: {what}");
    }
}

#[test]
fn what_is_wrong_with_the_rest_is_named_with_its_line() {
    for (from, to, line, words) in [
        (
            "on_fail =",
            "on_fial =",
            2,
            "no key \"on_fial\" at the top of the file",
        ),
        ("[pace]", "[paces]", 5, "no key \"paces\""),
        ("[pace]\npercent = 20", "pace = 20", 5, "a table [pace]"),
        (
            "percent = 20",
            "percent = 0",
            6,
            "a whole number from 1 to 100",
        ),
        (
            "percent = 20",
            "percent = 101",
            6,
            "a whole number from 1 to 100",
        ),
        (
            "percent = 20",
            "percent = \"20\"",
            6,
            "invalid type: string",
        ),
        (
            "percent = 20",
            "percents = 20",
            6,
            "no key \"percents\" in [pace]",
        ),
        ("\"us-east-1\"", "\"us-east\"", 1, "a region code"),
        (
            "\"us-east-1\"",
            "\"eu-west-1\"",
            1,
            "eu-west-1 stands there twice",
        ),
        (
            "[\"eu-west-1\", \"us-east-1\"]",
            "[]",
            1,
            "regions is empty",
        ),
        ("\"rollback\"", "\"roll back\"", 2, "not rollback or pause"),
        ("\"local\"", "\"s3\"", 3, "not ssm or local"),
        ("https://vpce-1", "vpce-1", 9, "address is \"vpce-1"),
        (".com/\"", ".com/prod\"", 9, "without a path"),
        ("replay = 0", "replay = -1", 10, "a whole number from 0"),
        ("\"ignore\"", "\"yes\"", 11, "not digest or ignore"),
        (
            "path = \"/orders/42?full=1\"\n",
            "",
            13,
            "missing field `path`",
        ),
        ("\"/orders", "\"orders", 14, "begins with /"),
        ("42?full", "42 full", 14, "path has ' '"),
        (
            "status = 404",
            "status = 99",
            15,
            "a whole number from 100 to 599",
        ),
        (
            "status = 404",
            "status = 600",
            15,
            "a whole number from 100 to 599",
        ),
        ("\"prod\"", "\"pr od\"", 16, "StageName"),
        ("Accept", "\"Ac cept\"", 17, "no header's name"),
        ("Accept", "Host", 17, "not yours to set"),
        (
            "env:ORDERS_TOKEN",
            "env:",
            17,
            "no name of an environment variable",
        ),
        (
            "env:ORDERS_TOKEN",
            "env:1A",
            17,
            "no name of an environment variable",
        ),
        ("text/plain", "a\\u0000b", 17, "a control character"),
        ("\"HEAD\"", "\"ANY\"", 21, "not one of GET"),
        ("\"HEAD\"", "\"get\"", 21, "not one of GET"),
        (
            "path = \"https://orders.example.com",
            "path = \"https://",
            20,
            "",
        ),
        (
            "harm_percent = 5",
            "harm_percent = 0",
            24,
            "a number above 0",
        ),
        ("harm_percent = 5", "harm_percent = 100.5", 24, "up to 100"),
        (
            "harm_percent = 5",
            "harm_percent = nan",
            24,
            "a number above 0",
        ),
        ("harm_percent = 5", "harm_percents = 5", 24, "in [canary]"),
        (
            "harm_percent = 5",
            "lasting_minutes = 2.5",
            24,
            "not a whole number",
        ),
        (
            "poll = 0",
            "poll = -1",
            29,
            "a whole number from 0 to 86400",
        ),
        (
            "poll = 0",
            "poll = 86401",
            29,
            "a whole number from 0 to 86400",
        ),
        ("poll = 0", "pol = 0", 29, "no key \"pol\" in [waits]"),
        ("poll = 0", "poll = 0.5", 29, "invalid type"),
        (
            "back_off = 1",
            "back_off = 2",
            31,
            "longer than back_off_most",
        ),
    ] {
        let (at, what, _) = told(RUNS, from, to);
        assert!(what.contains(words), "{to}: {what}");
        assert_eq!(at, line, "{to}: {what}");
    }
}

#[test]
fn a_word_that_is_nearly_one_gets_those_that_look_alike() {
    let hint = |of, from, to| told(of, from, to).2;
    assert_eq!(
        hint(WHOLE, "canary-in-progress", "canary-in-progres"),
        "one of: canary-in-progress"
    );
    assert_eq!(hint(RUNS, "poll =", "pol ="), "one of: poll");
    assert_eq!(hint(RUNS, "on_fail", "on_fial"), "one of: on_fail");
    assert_eq!(
        hint(RUNS, "poll = 0", "xyzzy = 0").split(", ").count(),
        waits::keys().count()
    );
}

#[test]
fn a_secret_in_the_file_is_refused_and_not_repeated() {
    let (line, what, hint) = told(RUNS, "env:ORDERS_TOKEN", "Bearer s3cr3t");
    assert_eq!(line, 17);
    assert!(
        !what.contains("s3cr3t") && !hint.contains("s3cr3t"),
        "{what}"
    );
    assert!(hint.contains("env:NAME"), "{hint}");
}

/// Without `..`: a new wait or threshold has to get its key.
#[test]
fn every_wait_and_threshold_has_a_key() {
    let Limits {
        poll: _,
        back_off: _,
        back_off_most: _,
        throttled_for: _,
        not_yet_for: _,
        unreadable_for: _,
        lost_object: _,
        settling: _,
        slow_settling: _,
        undo_within: _,
        bake_slice: _,
        drain: _,
        drain_most: _,
    } = Limits::default();
    assert_eq!(
        waits::keys().count(),
        13 + 3,
        "and arrival, metrics, turn_most"
    );
    let Thresholds {
        harm_percent: _,
        floor_percent: _,
        beyond_noise: _,
        lasting_minutes: _,
        base_minutes: _,
        least_minutes: _,
        latency_p95_rise: _,
        baseline_minutes: _,
    } = Thresholds::default();
    assert_eq!(canary::keys().count(), 8);
}

/// A key that the file may hold and nothing reads would be taken and do nothing.
#[test]
fn every_key_of_a_file_is_listed_with_the_line_that_it_stands_on() {
    let read = parse(RUNS).expect("a whole file");
    let told = listed(&read);
    let text = |line: usize| RUNS.lines().nth(line - 1).expect("a line");
    let mut of_file = 0;
    for setting in &told.settings {
        let unbridge_report::run::From::File { line } = setting.from else {
            continue;
        };
        of_file += 1;
        let last = setting.key.rsplit('.').next().expect("a key");
        let entry = last.parse::<usize>().is_ok();
        let stands = text(line).starts_with(last) || entry && text(line).starts_with("[[");
        assert!(stands, "{} on line {line}: {}", setting.key, text(line));
    }
    let keys = RUNS.lines().filter(|line| line.contains(" = ")).count();
    let in_requests = 6;
    let requests = 2;
    assert_eq!(of_file, keys - in_requests + requests);
}
