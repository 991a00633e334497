//! CSV: what a spreadsheet and a pipeline read.

use csv::{ReaderBuilder, StringRecord};
use insta::assert_snapshot;
use strum::VariantArray;
use unbridge_model::assessment::Assessment;
use unbridge_model::finding::{FindingCode, Verdict};
use unbridge_report::csv::write;
use unbridge_report::rows::{Column, GroupBy, Headers, Layout};
use unbridge_report::safe::is_hazardous;
use unbridge_report::view::{Acceptance, Scope, View};

use crate::sample;

fn written(view: &View, layout: &Layout) -> String {
    let mut out = Vec::new();
    write(view, layout, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("UTF-8")
}

fn read(text: &str) -> Vec<StringRecord> {
    let reader = ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let records = reader.into_records();
    records.map(|record| record.expect("a record")).collect()
}

fn chosen(columns: &[Column]) -> Layout {
    Layout {
        columns: columns.to_vec(),
        ..Layout::default()
    }
}

fn grouped(view: &View, by: GroupBy) -> Vec<(String, String)> {
    let layout = Layout {
        group_by: Some(by),
        headers: Headers::Hidden,
        ..chosen(&[Column::Nlb])
    };
    let pair = |record: &StringRecord| (record[0].to_owned(), record[1].to_owned());
    read(&written(view, &layout)).iter().map(pair).collect()
}

/// One column, by the names of NLBs.
fn column(view: &View, column: Column) -> Vec<(String, String)> {
    let text = written(view, &chosen(&[Column::Nlb, column]));
    let pair = |record: &StringRecord| (record[0].to_owned(), record[1].to_owned());
    read(&text).iter().skip(1).map(pair).collect()
}

fn cell<'c>(cells: &'c [(String, String)], nlb: &str) -> &'c str {
    let found = cells.iter().find(|(name, _)| name == nlb);
    &found.expect("an NLB of this name").1
}

#[test]
fn a_pipeline_reads_a_line_for_each_nlb() {
    let columns = [
        Column::Nlb,
        Column::Verdict,
        Column::Chains,
        Column::Apis,
        Column::Albs,
        Column::Ports,
        Column::Severity,
        Column::Tags,
        Column::Gaps,
    ];
    let text = written(&View::of(sample::full()), &chosen(&columns));
    assert_snapshot!(text.replace("\r\n", "\n"), @"
    nlb,verdict,chains,apis,albs,ports,severity,tags,gaps
    carts-nlb,removable,1,carts,carts-alb,80,warning,env=prod; team=shop,3
    carts-nlb-old-internal-prod-eu-1,already-direct,0,,carts-alb,80,warning,env=prod; team=shop,3
    billing-nlb,removable-if,1,billing,billing-alb,80,warning,env=prod; team=shop,3
    chat-nlb,rewirable,1,shop,shop-alb,80,warning,env=prod; team=payments,3
    pets-nlb-2,rewirable,0,,,,warning,env=prod; team=payments,3
    orders-nlb,blocked,8,orders,orders-alb,80; 8080,blocker,env=prod; team=payments,3
    pets-nlb,blocked,0,,,,blocker,env=prod; team=payments,3
    partners,not-a-bridge,0,,partners-alb,,info,unknown,3
    postgres,not-a-bridge,unknown,unknown,unknown,unknown,info,unknown,5
    ");
}

#[test]
fn every_view_is_a_table_with_a_line_for_each_nlb() {
    for (name, view) in sample::views() {
        for layout in [Layout::default(), chosen(Column::VARIANTS)] {
            let text = written(&view, &layout);
            assert!(
                !text.replace("\r\n", "").chars().any(is_hazardous),
                "{name}: {text}"
            );
            assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
            let records = read(&text);
            assert_eq!(records.len(), 1 + view.assessment.nlbs.len(), "{name}");
        }
    }
}

#[test]
fn no_cell_is_a_formula() {
    for (name, view) in sample::views() {
        for by in [None, Some(GroupBy::Api), Some(GroupBy::Tag("team".into()))] {
            let layout = Layout {
                group_by: by,
                ..chosen(Column::VARIANTS)
            };
            for record in &read(&written(&view, &layout)) {
                for text in record.iter().flat_map(|cell| cell.split("; ")) {
                    assert!(!text.starts_with(['=', '+', '-', '@']), "{name}: {text}");
                }
            }
        }
    }
    let markup = View::of(sample::hostile_with("=1+1"));
    let names = read(&written(&markup, &chosen(&[Column::Nlb])));
    assert_eq!(&names[1][0], "'=1+1");
}

#[test]
fn columns_come_in_the_order_they_were_asked_for() {
    let view = View::of(sample::full());
    let records = read(&written(&view, &chosen(&[Column::Gaps, Column::Nlb])));
    assert_eq!(records[0], vec!["gaps", "nlb"]);
    assert_eq!(records[1], vec!["3", "carts-nlb"]);
    let hidden = Layout {
        headers: Headers::Hidden,
        ..chosen(&[Column::Gaps, Column::Nlb])
    };
    assert_eq!(read(&written(&view, &hidden))[..], records[1..]);
}

#[test]
fn the_columns_nobody_chose_say_what_was_not_seen_and_what_was_accepted() {
    let text = written(&sample::accepted(), &Layout::default());
    assert_snapshot!(text.lines().next().unwrap_or_default(), @"
    account,region,nlb,verdict,severity,chains,apis,albs,findings,accepted,reasons,gaps,currency,monthly-cost,monthly-savings,monthly-potential,tags,arn
    ");
    let accepted = column(&sample::accepted(), Column::Accepted);
    assert_eq!(cell(&accepted, "orders-nlb"), "nlb-bridges-alb");
    assert_eq!(cell(&accepted, "chat-nlb"), "");
    let findings = column(&sample::accepted(), Column::Findings);
    assert!(!cell(&findings, "orders-nlb").contains("nlb-bridges-alb"));
}

#[test]
fn gaps_are_those_of_the_region_and_of_the_account() {
    let gaps = column(&View::of(sample::full()), Column::Gaps);
    // One call of the region and two sources of the account; three of its own region and the two.
    assert_eq!(cell(&gaps, "orders-nlb"), "3");
    assert_eq!(cell(&gaps, "postgres"), "5");
    let complete = View::of(Assessment {
        gaps: Vec::new(),
        ..sample::full()
    });
    let gaps = column(&complete, Column::Gaps);
    assert!(gaps.iter().all(|(_, gaps)| gaps == "0"), "{gaps:?}");
}

#[test]
fn what_was_not_read_is_neither_empty_nor_zero() {
    let full = View::of(sample::full());
    let complete = View::of(Assessment {
        gaps: Vec::new(),
        ..sample::full()
    });
    // Exports failed in its region, and a part of the region was not read at all.
    for (wanted, known) in [
        (Column::Chains, "0"),
        (Column::Apis, ""),
        (Column::Stages, ""),
        (Column::Albs, ""),
        (Column::Ports, ""),
    ] {
        assert_eq!(cell(&column(&full, wanted), "postgres"), "unknown");
        assert_eq!(cell(&column(&complete, wanted), "postgres"), known);
    }
    // No call to API Gateway failed in the other region.
    assert_eq!(cell(&column(&full, Column::Chains), "partners"), "0");
    assert_eq!(cell(&column(&full, Column::Tags), "postgres"), "unknown");
    let mut untagged = sample::full();
    for nlb in &mut untagged.nlbs {
        nlb.tags = Some([].into());
    }
    let tags = column(&View::of(untagged), Column::Tags);
    assert_eq!(cell(&tags, "postgres"), "");
}

#[test]
fn what_findings_tell_of_albs_is_not_lost_with_them() {
    let nlb = "carts-nlb-old-internal-prod-eu-1";
    let albs = |view: &View| cell(&column(view, Column::Albs), nlb).to_owned();
    let mut full = sample::full();
    full.gaps.clear();
    assert_eq!(albs(&View::of(full.clone())), "carts-alb");
    // Only findings tell which ALB it leads to.
    let acceptance = |finding| Acceptance {
        finding,
        scope: Scope::default(),
        reason: "known".into(),
        expires: "2026-12-31".parse().expect("a date"),
    };
    let accepted = View::of(full.clone()).accept(
        &[FindingCode::NlbBridgesAlb, FindingCode::AlreadyDirect].map(acceptance),
        "2026-03-02".parse().expect("a date"),
    );
    assert_eq!(albs(&accepted), "carts-alb");
    let mut old = full.clone();
    let found = old.nlbs.iter_mut().find(|old| old.name == nlb);
    found.expect("an NLB of this name").verdict = Verdict::Blocked;
    let since = View::of(full).since(old).expect("one account");
    assert_eq!(albs(&since), "unknown");
}

#[test]
fn the_verdict_before_is_new_for_an_nlb_that_was_not_there() {
    let before = column(&sample::since(), Column::PreviousVerdict);
    assert_eq!(cell(&before, "chat-nlb"), "new");
    assert_eq!(cell(&before, "billing-nlb"), "blocked");
    let without = column(&View::of(sample::full()), Column::PreviousVerdict);
    assert!(without.iter().all(|(_, before)| before == "unknown"));
}

#[test]
fn groups_stand_in_the_order_in_which_they_are_told() {
    let names = |by| {
        let mut names: Vec<String> = Vec::new();
        for (group, _) in grouped(&View::of(sample::full()), by) {
            if names.last() != Some(&group) {
                names.push(group);
            }
        }
        names
    };
    assert_eq!(
        names(GroupBy::Verdict),
        [
            "removable",
            "already-direct",
            "removable-if",
            "rewirable",
            "blocked",
            "not-a-bridge"
        ]
    );
    assert_eq!(names(GroupBy::Region), ["eu-west-1", "us-east-1"]);
    assert_eq!(names(GroupBy::Account), ["111122223333"]);
    assert_eq!(names(GroupBy::Severity), ["blocker", "warning", "info"]);
    assert_eq!(
        names(GroupBy::Api),
        [
            "billing (REST b1b2b3)",
            "carts (REST c1c2c3)",
            "orders (REST a1b2c3d4e5)",
            "shop (HTTP h1h2h3)",
            "no API over it",
            "no API seen over it, but not all were read",
        ]
    );
}

#[test]
fn an_nlb_without_the_tag_is_not_one_whose_tags_were_not_read() {
    let mut assessment = sample::full();
    for nlb in &mut assessment.nlbs {
        match nlb.name.as_str() {
            "carts-nlb" => nlb.tags = Some([("env".into(), "prod".into())].into()),
            "postgres" => nlb.tags = None,
            _ => nlb.tags = Some([("team".into(), "shop".into())].into()),
        }
    }
    let groups = grouped(&View::of(assessment), GroupBy::Tag("team".into()));
    let of = |nlb: &str| {
        let found = groups.iter().find(|(_, name)| name == nlb);
        found.expect("an NLB of this name").0.clone()
    };
    assert_eq!(of("orders-nlb"), "team=shop");
    assert_eq!(of("carts-nlb"), "without the tag team");
    assert_eq!(of("postgres"), "tags not read");
    let order: Vec<&str> = groups.iter().map(|(group, _)| group.as_str()).collect();
    assert_eq!(order.first(), Some(&"team=shop"));
    assert_eq!(order.last(), Some(&"tags not read"));
}

#[test]
fn an_nlb_of_several_apis_is_in_the_group_of_each() {
    let mut assessment = sample::full();
    let of = |name: &str| {
        let found = assessment.nlbs.iter().position(|nlb| nlb.name == name);
        found.expect("an NLB of this name")
    };
    let (orders, carts) = (of("orders-nlb"), of("carts-nlb"));
    let more = assessment.nlbs[carts].chains.clone();
    assessment.nlbs[orders].chains.extend(more);
    let groups = grouped(&View::of(assessment), GroupBy::Api);
    let with = |group: &str| {
        let found = groups.iter().filter(|(name, _)| name == group);
        found.map(|(_, nlb)| nlb.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(with("carts (REST c1c2c3)"), ["carts-nlb", "orders-nlb"]);
    assert_eq!(with("orders (REST a1b2c3d4e5)"), ["orders-nlb"]);
}

#[test]
fn lines_come_as_the_table_tells_them() {
    let view = View::of(sample::full());
    let verdicts = column(&view, Column::Verdict);
    let first = verdicts.first().map(|(_, verdict)| verdict.as_str());
    assert_eq!(first, Some(Verdict::Removable.to_string().as_str()));
    let last = verdicts.last().map(|(_, verdict)| verdict.as_str());
    assert_eq!(last, Some(Verdict::NotABridge.to_string().as_str()));
}
