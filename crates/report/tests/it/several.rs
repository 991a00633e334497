//! Several accounts in one view: whose everything is, and what is told of many.

use std::collections::BTreeSet;

use insta::assert_snapshot;
use serde_json::Value;
use unbridge_model::assessment::Assessment;
use unbridge_model::finding::FindingCode;
use unbridge_model::gap::GapClass;
use unbridge_model::id::AccountId;
use unbridge_report::rows::{GroupBy, Layout};
use unbridge_report::safe::is_hazardous;
use unbridge_report::view::{About, Selection, View};
use unbridge_report::{csv, dot, finops, html, json, markdown, mermaid, sarif, table};

use crate::markdown::has_html;
use crate::plain;
use crate::sample::several::{
    CLOSED, TWIN, account_of, closed, in_account, merged, named, several,
};
use crate::sample::{self, account, empty, full, priced};

fn tabled(view: &View, layout: &Layout, width: u16) -> String {
    let mut out = String::new();
    table::table(view, layout, plain(width), &mut out).expect("a string takes everything");
    out
}

fn in_json(view: &View) -> Value {
    let mut out = Vec::new();
    json::write(view, &mut out).expect("a vector takes everything");
    serde_json::from_slice(&out).expect("JSON")
}

fn in_csv(view: &View) -> String {
    let mut out = Vec::new();
    csv::write(view, &Layout::default(), &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("UTF-8")
}

fn in_sarif(view: &View) -> Value {
    let mut out = Vec::new();
    sarif::write(view, "tree", &mut out).expect("a vector takes everything");
    serde_json::from_slice(&out).expect("JSON")
}

fn in_html(view: &View) -> String {
    let mut out = String::new();
    html::html(view, &mut out).expect("a string takes everything");
    out
}

fn in_markdown(view: &View) -> String {
    let mut out = String::new();
    markdown::markdown(view, &Layout::default(), &mut out).expect("a string takes everything");
    out
}

fn by(group_by: GroupBy) -> Layout {
    Layout {
        group_by: Some(group_by),
        ..Layout::default()
    }
}

/// So many accounts that could not be read, beside one that could.
fn many_closed(number: usize) -> Assessment {
    let ids = (0..number).map(|number| format!("7{number:011}"));
    let closed = ids.map(|id| closed(&id));
    merged(std::iter::once(full()).chain(closed))
}

#[test]
fn accounts_come_in_any_order_to_the_same_view() {
    let all = || [full(), in_account(full(), TWIN), closed(CLOSED)];
    let mut turned = all();
    turned.reverse();
    assert_eq!(merged(all()), merged(turned));
    assert_eq!(Assessment::of_many([]), None);
    assert_eq!(Assessment::of_many([full()]), Some(full()));
    let scanned = several().scanned;
    let accounts: Vec<&str> = scanned.iter().map(|one| one.account.as_str()).collect();
    assert_eq!(accounts, [account().as_str(), TWIN, CLOSED]);
    for id in accounts {
        let of = scanned.of(&account_of(id)).expect("it was scanned");
        assert_eq!(of.account.as_str(), id);
    }
    assert_eq!(scanned.of(&account_of("999988887777")), None);
}

#[test]
fn the_table_says_whose_each_nlb_is() {
    let view = View::of(several()).with_accounts(named("Payments"));
    let page = tabled(&view, &Layout::default(), 80);
    let top: Vec<&str> = page.lines().take(14).collect();
    assert_snapshot!(top.join("\n"), @"
    INCOMPLETE: 9 readings failed in 3 accounts, 1 source was left out on request, 1
    source is not read by this version. Verdicts that depend on it say so.
    3 accounts, 2 regions; 1 account was read in no region; scanned
    2026-03-01T09:30:00Z to 2026-03-01T10:30:00Z

    VERDICT         NLB                               CHAINS  APIS  FINDINGS
    removable       carts-nlb                              1     1  nlb-bridges-alb
                    111122223333 eu-west-1
                    Payments
    removable       carts-nlb                              1     1  nlb-bridges-alb
                    222233334444 eu-west-1
                    Payments
    already-direct  carts-nlb-old-internal-prod-eu-1       0     0  already-direct
                    111122223333 eu-west-1
    ");
    assert!(page.contains("old999 (v1, nobody) in eu-west-1 of account 222233334444 (Payments)"));
    for line in page.lines().filter(|line| !line.starts_with("Next:")) {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn gaps_say_of_which_accounts_they_are() {
    let page = tabled(&View::of(several()), &Layout::default(), 200);
    let not_seen = page.split("Not seen\n").nth(1).expect("a part");
    let first: Vec<&str> = not_seen
        .lines()
        .filter(|line| !line.contains("->"))
        .collect();
    assert_snapshot!(first[..6].join("\n"), @"
    apigateway:GetExport, 4 times in us-east-1 of 2 accounts (111122223333, 222233334444): throttled (such as q1/prod)
      Too Many Requests
    ec2:DescribeVpcEndpointConnections, 2 times in eu-west-1 of 2 accounts (111122223333, 222233334444): denied
      You are not authorized to perform this operation.
    the rest of account 333344445555: denied
      the role unbridge-scan does not exist or does not trust the scanner
    ");
}

#[test]
fn the_head_of_a_page_does_not_list_accounts_and_gaps_name_the_first() {
    let view = View::of(many_closed(500));
    let page = tabled(&view, &Layout::default(), 80);
    assert!(page.lines().count() < 150, "{}", page.lines().count());
    assert!(
        page.contains("501 accounts, 2 regions; 500 accounts were read in no region"),
        "{page}"
    );
    assert!(
        page.contains("of 500 accounts (700000000000, 700000000001,"),
        "{page}"
    );
    let markdown = in_markdown(&view);
    assert!(markdown.lines().count() < 150);
    let log = in_sarif(&view);
    let told = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    assert!(told.as_array().expect("a list").len() < 20, "{told}");
    // What programs read has all of them.
    assert_eq!(
        in_json(&view)["gaps"].as_array().map(Vec::len),
        Some(view.assessment.gaps.len())
    );
}

#[test]
fn groups_of_units_and_of_tags_of_accounts_say_what_is_not_known() {
    let view = View::of(merged([
        full(),
        in_account(full(), TWIN),
        in_account(full(), CLOSED),
    ]))
    .with_accounts(named("Workloads/Prod"));
    let groups = |by_what| -> Vec<String> {
        let page = tabled(&view, &by(by_what), 200);
        let lines = page.lines().filter(|line| line.ends_with(": 9 NLBs"));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(
        groups(GroupBy::Ou),
        [
            "the root: 9 NLBs",
            "Workloads/Prod: 9 NLBs",
            "not known: 9 NLBs"
        ]
    );
    let tags = "account-tag:owner".parse().expect("a grouping");
    let page = tabled(&view, &by(tags), 200);
    assert!(page.contains("owner=Workloads/Prod: 18 NLBs"), "{page}");
    assert!(page.contains("not known: 9 NLBs"), "{page}");
    let untagged = "account-tag:team".parse().expect("a grouping");
    assert!(tabled(&view, &by(untagged), 200).contains("without the tag team: 18 NLBs"));
    let accounts = groups(GroupBy::Account);
    assert_eq!(
        accounts,
        [
            "111122223333 (Workloads/Prod): 9 NLBs",
            "222233334444 (Workloads/Prod): 9 NLBs",
            "333344445555: 9 NLBs"
        ]
    );
}

#[test]
fn the_json_lists_the_accounts_and_names_the_one_of_each_thing() {
    let view = View::of(several()).with_accounts(named("Payments"));
    let report = in_json(&view);
    let from = &report["generated_from"];
    assert_eq!(from.as_object().expect("an object").len(), 1);
    let accounts = from["accounts"].as_array().expect("a list");
    assert_eq!(accounts.len(), 3);
    assert_eq!(accounts[0]["name"], "Payments");
    assert_eq!(accounts[0]["ou"], "Payments");
    assert_eq!(accounts[1]["ou"], "");
    assert_eq!(accounts[2]["name"], Value::Null);
    assert_eq!(accounts[2]["gaps"], 1);
    assert_eq!(accounts[1]["started_at"], "2026-03-01T10:30:00Z");
    for list in ["nlbs", "links", "private_integrations", "unattached"] {
        let things = report[list].as_array().expect("a list");
        let owners: BTreeSet<&str> = things
            .iter()
            .filter_map(|one| one["account"].as_str())
            .collect();
        assert_eq!(owners.len(), 2, "{list}");
        assert!(
            things.iter().all(|one| one["account"].is_string()),
            "{list}"
        );
    }
    let one = in_json(&View::of(full()));
    assert!(one["generated_from"]["accounts"].is_null());
    assert!(one["links"][0].get("account").is_none());
}

#[test]
fn filters_keep_what_is_in_the_account() {
    let view = View::of(several()).select(&Selection {
        accounts: vec![account_of(TWIN)],
        ..Selection::default()
    });
    let of_twin = |account: &AccountId| account.as_str() == TWIN;
    let left = &view.assessment;
    assert_eq!(left.nlbs.len(), full().nlbs.len());
    assert_eq!(left.links.len(), full().links.len());
    assert!(left.nlbs.iter().all(|nlb| of_twin(&nlb.account)));
    assert!(left.links.iter().all(|link| of_twin(&link.account)));
    assert!(
        left.private_integrations
            .iter()
            .all(|one| of_twin(&one.account))
    );
    assert!(left.unattached.iter().all(|one| of_twin(&one.account)));
    assert_eq!(left.gaps, several().gaps);
}

#[test]
fn an_acceptance_for_one_account_leaves_the_same_link_of_another() {
    let view = sample::several_accepted();
    let links = view.accepted.iter().filter_map(|one| match &one.about {
        About::Link(account, ..) => Some(account.as_str()),
        About::Nlb(_) | About::Chains(..) => None,
    });
    assert_eq!(links.collect::<Vec<_>>(), [TWIN]);
    let open = view.findings().filter_map(|(about, finding)| {
        let unused = finding.code() == FindingCode::UnusedV1Link;
        unused.then(|| about.account().to_owned())
    });
    assert_eq!(open.collect::<Vec<_>>(), [account().as_str()]);
    // One matches nothing; that of an account which is not here is no matter.
    assert_eq!(view.stale.len(), 1);
}

#[test]
fn a_baseline_is_compared_account_by_account() {
    let view = sample::several_since();
    let baseline = view.baseline.as_ref().expect("a baseline");
    assert_eq!(
        baseline.new_accounts,
        [account_of(TWIN), account_of(CLOSED)]
    );
    assert_eq!(baseline.gone_accounts, [account_of("444455556666")]);
    let of_twin = view
        .assessment
        .nlbs
        .iter()
        .filter(|nlb| nlb.account.as_str() == TWIN);
    assert_eq!(of_twin.count(), full().nlbs.len());
    let page = tabled(&view, &Layout::default(), 200);
    assert!(
        page.contains(
            "since the scans of 2 accounts, 2026-02-01T09:30:00Z to 2026-03-01T10:30:00Z"
        ),
        "{page}"
    );
    assert!(
        page.contains("all of it is new: 2 accounts (222233334444, 333344445555)."),
        "{page}"
    );
    assert!(
        page.contains("nothing is said of it: 1 account (444455556666)."),
        "{page}"
    );
    let since = &in_json(&view)["baseline"]["accounts"];
    assert_eq!(since["gone"][0], "444455556666");
    let foreign = View::of(several()).since(closed("444455556666"));
    assert!(foreign.is_err());
}

#[test]
fn nothing_of_two_accounts_is_one_in_code_scanning() {
    let log = in_sarif(&View::of(several()));
    let run = &log["runs"][0];
    assert_eq!(run["automationDetails"]["id"], "unbridge/accounts/");
    let results = run["results"].as_array().expect("a list");
    let prints = results
        .iter()
        .map(|one| one["partialFingerprints"]["unbridgeFinding/v1"].to_string());
    assert_eq!(prints.collect::<BTreeSet<_>>().len(), results.len());
    // The same digests as in a report on the account alone, so that a service knows them again.
    let alone = in_sarif(&View::of(in_account(full(), TWIN)));
    let alone = alone["runs"][0]["results"]
        .as_array()
        .expect("a list")
        .clone();
    let of = |all: &[Value]| -> BTreeSet<String> {
        let prints = all
            .iter()
            .map(|one| one["partialFingerprints"]["unbridgeFinding/v1"].to_string());
        prints.collect()
    };
    assert!(of(&alone).is_subset(&of(results)));
    let message = |one: &Value| one["message"]["text"].as_str().expect("a text").to_owned();
    assert!(
        results
            .iter()
            .all(|one| message(one).contains(" of account "))
    );
}

#[test]
fn the_page_has_an_overview_that_folds_the_many() {
    let view = priced(
        View::of(many_closed(40)).with_accounts(named("Payments")),
        "x",
    );
    let page = in_html(&view);
    assert!(page.contains(
        "<b>41 accounts</b> · 2 regions · 40 accounts were read in no region · scanned 1 March 2026"
    ));
    let overview = page.split("<h2 id=\"accounts\">").nth(1).expect("a part");
    let overview = overview.split("</section>").next().expect("a part");
    let shown = overview.split("<details").next().expect("a part");
    assert_eq!(shown.matches("<th scope=\"row\">").count(), 15);
    assert_eq!(overview.matches("<th scope=\"row\">").count(), 41);
    assert!(
        overview.contains("<summary>26 more accounts</summary>"),
        "{overview}"
    );
    // What saves most comes first, and its number finds its NLBs.
    let first = shown.split("<th scope=\"row\">").nth(1).expect("a row");
    assert!(
        first.starts_with("<a href=\"#all\" data-pick data-text=\"account:111122223333\">"),
        "{first}"
    );
    assert!(
        page.contains("data-find=\"account:111122223333 "),
        "rows are found by it"
    );
    assert!(!in_html(&View::of(full())).contains("id=\"accounts\""));
}

#[test]
fn finops_rows_have_the_account_and_the_time_of_their_own_scan() {
    let view = priced(View::of(several()).with_accounts(named("=Pay")), "x");
    let hub = String::from_utf8(finops::hub(&view).expect("CSV")).expect("UTF-8");
    let row = hub
        .lines()
        .find(|line| line.starts_with(TWIN))
        .expect("a row");
    assert!(row.contains("2026-03-01T10:30:00Z"), "{row}");
    assert!(row.contains(",'=Pay,"), "{row}");
    let files = finops::parquet(&view).expect("Parquet");
    let here = |part: &str| files.iter().any(|(path, _)| path.contains(part));
    assert!(here(&format!("account={TWIN}/region=eu-west-1/")));
    assert!(!here(CLOSED), "no region of it was asked for");
}

#[test]
fn csv_has_the_names_and_units_of_accounts_where_they_are_known() {
    let known = in_csv(&View::of(several()).with_accounts(named("@Payments")));
    let head = known.lines().next().expect("a line");
    assert!(
        head.starts_with("account,account-name,ou,region,"),
        "{head}"
    );
    assert!(
        known.contains("111122223333,'@Payments,'@Payments,eu-west-1,"),
        "{known}"
    );
    assert!(!in_csv(&View::of(several())).contains("account-name"));
}

#[test]
fn drawings_name_the_account() {
    let view = View::of(several()).with_accounts(named("Payments"));
    let mut out = String::new();
    dot::dot(&view, &mut out).expect("a string takes everything");
    assert!(out.contains("orders-nlb in eu-west-1 of account 222233334444 (Payments): blocked"));
    let mut ids = BTreeSet::new();
    for line in out.lines().filter(|line| line.contains(" [label=")) {
        let id = line.trim().split(' ').next().expect("an id");
        if id.starts_with('n') && !line.contains("->") {
            assert!(ids.insert(id.to_owned()), "{id}");
        }
    }
}

#[test]
fn an_organization_that_could_not_be_read_looks_like_no_other() {
    let view = View::of(merged([closed(TWIN), closed(CLOSED)]));
    let page = tabled(&view, &Layout::default(), 80);
    assert!(
        page.starts_with("INCOMPLETE: 2 readings failed in 2 accounts."),
        "{page}"
    );
    assert!(page.contains("there may be some"), "{page}");
    let all_empty = View::of(merged([empty(), in_account(empty(), TWIN)]));
    let page = tabled(&all_empty, &Layout::default(), 80);
    assert!(
        page.contains("There is no Network Load Balancer in 2 regions of 2 accounts"),
        "{page}"
    );
    assert!(
        view.assessment
            .gaps
            .iter()
            .all(|gap| gap.class == GapClass::Denied)
    );
}

#[test]
fn hostile_names_of_accounts_are_harmless_in_every_format() {
    let evil = format!("\u{202e}\u{1b}[31m{}", sample::MARKUP);
    for name in [evil.as_str(), "", "  ", "a\nb|c"] {
        let view = priced(View::of(several()).with_accounts(named(name)), "x");
        let mut texts = vec![
            tabled(&view, &Layout::default(), 80),
            tabled(&view, &by(GroupBy::Ou), 200),
            tabled(&view, &by(GroupBy::Account), 200),
            in_markdown(&view),
            in_html(&view),
            in_json(&view).to_string().replace(is_hazardous, ""),
        ];
        let mut out = Vec::new();
        json::write(&view, &mut out).expect("a vector takes everything");
        texts.push(String::from_utf8(out).expect("UTF-8"));
        let mut out = Vec::new();
        sarif::write(&view, "tree", &mut out).expect("a vector takes everything");
        texts.push(String::from_utf8(out).expect("UTF-8"));
        let mut out = String::new();
        dot::dot(&view, &mut out).expect("a string takes everything");
        texts.push(std::mem::take(&mut out));
        mermaid::mermaid(&view, &mut out).expect("a string takes everything");
        texts.push(out);
        for text in &texts {
            let raw = |c: char| is_hazardous(c) && c != '\n';
            assert!(!text.contains(raw), "{text}");
        }
        assert!(!in_html(&view).contains("<img"));
        assert!(!has_html(&in_markdown(&view)));
        assert!(!in_csv(&view).replace("\r\n", "").contains(is_hazardous));
        assert!(!in_csv(&view).lines().any(|line| line.contains(",=1+1")));
    }
}
