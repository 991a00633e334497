//! What people read: the table and the explanations, over one small account with everything in it.

mod sample;

use insta::assert_snapshot;
use strum::VariantArray;
use unbridge_model::assessment::Assessment;
use unbridge_model::finding::{FindingCode, Verdict};
use unbridge_model::gap::GapClass;
use unbridge_report::explain::{explain_code, explain_nlb};
use unbridge_report::look::{Colour, Look};
use unbridge_report::safe::is_hazardous;
use unbridge_report::table::table;
use unicode_width::UnicodeWidthStr;

fn plain(width: u16) -> Look {
    Look {
        width,
        colour: Colour::Never,
    }
}

fn tabled(assessment: &Assessment, look: Look) -> String {
    let mut out = String::new();
    table(assessment, look, &mut out).expect("a string takes everything");
    out
}

fn explained(assessment: &Assessment, name: &str, look: Look) -> String {
    let nlb = assessment
        .nlbs
        .iter()
        .find(|nlb| nlb.arn.name() == name)
        .expect("an NLB of this name");
    let mut out = String::new();
    explain_nlb(assessment, nlb, look, &mut out).expect("a string takes everything");
    out
}

fn code_explained(code: FindingCode) -> String {
    let mut out = String::new();
    explain_code(code, plain(80), &mut out).expect("a string takes everything");
    out
}

/// Everything a person can be shown of an account.
fn everything(assessment: &Assessment, look: Look) -> String {
    let mut all = tabled(assessment, look);
    for nlb in &assessment.nlbs {
        all.push_str(&explained(assessment, nlb.arn.name(), look));
    }
    all
}

#[test]
fn the_table_fits_eighty_columns() {
    assert_snapshot!(tabled(&sample::full(), plain(80)), @"@@TABLE80@@");
}

#[test]
fn the_table_uses_a_wide_terminal() {
    let wide = tabled(&sample::full(), plain(200));
    let rows: Vec<&str> = wide
        .lines()
        .skip_while(|line| !line.starts_with("VERDICT"))
        .take_while(|line| !line.is_empty())
        .collect();
    assert_snapshot!(rows.join("\n"), @"@@TABLE200@@");
}

#[test]
fn no_line_of_the_table_is_wider_than_asked() {
    for assessment in [sample::full(), sample::empty(), sample::hostile()] {
        for width in [40, 60, 72, 80, 90, 100, 120, 160, 200, 400] {
            for line in tabled(&assessment, plain(width)).lines() {
                assert!(line.width() <= usize::from(width), "{width}: {line}");
            }
        }
    }
}

#[test]
fn an_account_without_nlbs_is_a_sentence() {
    assert_snapshot!(tabled(&sample::empty(), plain(80)), @"@@EMPTY@@");
}

#[test]
fn an_incomplete_scan_never_looks_clean() {
    let gaps = sample::full().gaps;
    let unread = Assessment {
        gaps,
        ..sample::empty()
    };
    let shown = tabled(&unread, plain(80));
    assert!(shown.starts_with("INCOMPLETE: "), "{shown}");
    assert!(shown.contains("there may be some"), "{shown}");
    assert!(!shown.contains("There is no"), "{shown}");
    assert!(
        shown.contains("allow ec2:DescribeVpcEndpointConnections"),
        "{shown}"
    );
    let full = sample::full();
    for nlb in &full.nlbs {
        let shown = explained(&full, nlb.arn.name(), plain(80));
        assert!(shown.starts_with("INCOMPLETE: "), "{shown}");
    }
}

#[test]
fn a_thousand_failures_of_one_kind_are_one_line() {
    let mut assessment = sample::full();
    let throttled = assessment
        .gaps
        .iter()
        .find(|gap| gap.class == GapClass::Throttled)
        .expect("a throttled call")
        .clone();
    assessment.gaps = vec![throttled; 1000];
    let shown = tabled(&assessment, plain(80));
    assert!(
        shown.contains("apigateway:GetExport, 1000 times in us-east-1: throttled"),
        "{shown}"
    );
    assert!(shown.lines().count() < 50, "{shown}");
}

#[test]
fn a_blocked_nlb_is_explained_hop_by_hop() {
    assert_snapshot!(explained(&sample::full(), "orders-nlb", plain(80)), @"@@ORDERS@@");
}

#[test]
fn what_was_not_seen_is_said_beside_the_verdict_it_holds_back() {
    assert_snapshot!(explained(&sample::full(), "billing-nlb", plain(80)), @"@@BILLING@@");
}

#[test]
fn a_rewirable_nlb_names_who_else_needs_it() {
    assert_snapshot!(explained(&sample::full(), "chat-nlb", plain(80)), @"@@CHAT@@");
}

#[test]
fn a_code_is_explained() {
    assert_snapshot!(code_explained(FindingCode::DraftDiffersFromStage), @"@@CODE@@");
}

#[test]
fn the_sample_shows_every_verdict_and_every_finding() {
    let all = everything(&sample::full(), plain(200));
    for verdict in Verdict::VARIANTS {
        assert!(all.contains(&format!("\n{verdict} ")), "{verdict}");
    }
    for code in FindingCode::ALL {
        assert!(all.contains(&code.to_string()), "{code}");
        assert!(code_explained(*code).starts_with(&format!("{code}: ")));
    }
}

#[test]
fn nothing_is_coloured_unless_asked_for() {
    let full = sample::full();
    let never = everything(&full, plain(100));
    assert!(!never.chars().any(|c| is_hazardous(c) && c != '\n'));
    let always = everything(
        &full,
        Look {
            width: 100,
            colour: Colour::Always,
        },
    );
    assert!(always.contains("\u{1b}[31mblocked\u{1b}[0m"));
    assert!(always.contains("\u{1b}[32mremovable\u{1b}[0m"));
    assert_eq!(without_colours(&always), never);
}

#[test]
fn hostile_names_never_reach_the_terminal_raw() {
    let hostile = sample::hostile();
    for (width, colour) in [
        (80, Colour::Never),
        (200, Colour::Never),
        (200, Colour::Always),
    ] {
        let shown = everything(&hostile, Look { width, colour });
        let raw = without_colours(&shown);
        assert!(!raw.chars().any(|c| is_hazardous(c) && c != '\n'));
        assert!(raw.contains("\\u{1b}]0;x\\u{7}"), "{raw}");
        assert!(!raw.contains("explain pay"), "{raw}");
    }
}

/// The text without the sequences this crate writes; any other escape stays in it.
fn without_colours(text: &str) -> String {
    ["0", "1", "2", "31", "32", "33"]
        .iter()
        .fold(text.to_owned(), |text, code| {
            text.replace(&format!("\u{1b}[{code}m"), "")
        })
}
