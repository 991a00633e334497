//! Markdown: what a pull request or a wiki shows.

use insta::assert_snapshot;
use pulldown_cmark::{Event, Options, Parser, Tag};
use strum::VariantArray;
use unbridge_report::markdown::markdown;
use unbridge_report::rows::{Column, GroupBy, Headers, Layout};
use unbridge_report::safe::is_hazardous;
use unbridge_report::view::View;

use crate::sample;

fn written(view: &View, layout: &Layout) -> String {
    let mut out = String::new();
    markdown(view, layout, &mut out).expect("a string takes everything");
    out
}

fn by(group: GroupBy) -> Layout {
    Layout {
        group_by: Some(group),
        ..Layout::default()
    }
}

fn chosen(columns: &[Column]) -> Layout {
    Layout {
        columns: columns.to_vec(),
        ..Layout::default()
    }
}

/// More than GitHub's own: whatever some reader of Markdown knows.
/// Whether a reader of Markdown would take some of it for markup of a page.
pub(crate) fn has_html(page: &str) -> bool {
    parsed(page).any(|event| matches!(event, Event::Html(_) | Event::InlineHtml(_)))
}

fn parsed(page: &str) -> impl Iterator<Item = Event<'_>> {
    let extensions = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_MATH
        | Options::ENABLE_GFM
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_SUPERSCRIPT
        | Options::ENABLE_SUBSCRIPT
        | Options::ENABLE_WIKILINKS
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    Parser::new_ext(page, extensions)
}

/// The tags of a page in their order, and the text that stands outside of code.
fn structure(page: &str) -> (Vec<String>, String) {
    let mut tags = Vec::new();
    let mut text = String::new();
    for event in parsed(page) {
        match event {
            Event::Start(tag) => {
                let ours = matches!(
                    tag,
                    Tag::Paragraph
                        | Tag::Heading { id: None, .. }
                        | Tag::BlockQuote(None)
                        | Tag::List(None)
                        | Tag::Item
                        | Tag::Table(_)
                        | Tag::TableHead
                        | Tag::TableRow
                        | Tag::TableCell
                        | Tag::Strong
                );
                assert!(ours, "{tag:?} in {page}");
                tags.push(format!("{tag:?}"));
            }
            Event::End(tag) => tags.push(format!("end of {tag:?}")),
            Event::Text(words) => text.push_str(&words),
            Event::Code(_) | Event::SoftBreak => text.push(' '),
            other => panic!("{other:?} in {page}"),
        }
    }
    (tags, text)
}

const LAYOUTS: [fn() -> Layout; 4] = [
    Layout::default,
    || chosen(Column::VARIANTS),
    || by(GroupBy::Severity),
    || by(GroupBy::Verdict),
];

/// Names that mean something to a reader of Markdown, or to what looks over its output.
const EVIL: &[&str] = &[
    "@everyone in @org/team #12 org/repo#12 GH-12 deadbeef1 :tada: http://x.io www.x.io a@b.c",
    "<!-- <b> &lt; <script>alert(1)</script> <https://x.io>",
    "a|b \\| \\\\| `|` ``|`` ` `` \\` \\",
    "*a* **b** _c_ __d__ ~~e~~ $f$ $$g$$ ==h== ^i^ ~j~ [[k]] [l](m) ![n](o) [p]: q [^r]",
    "# x",
    "- x",
    "1. x",
    "> x",
    ": x {#id} {{7*7}}",
    "---",
    "```",
    "| a | b |",
    "=1+1</script><img src=x onerror=alert(1)>\"'`|*_[x](javascript:y)]]>--{{7*7}}${x}\\&amp;;#%%",
    "    code",
];

#[test]
fn a_page_holds_everything_that_the_table_does() {
    assert_snapshot!(written(&sample::accepted(), &Layout::default()), @"
    # NLBs between API Gateway and ALBs

    > **INCOMPLETE:** 4 readings failed, 1 source was left out on request, 1 source is not read by this version. Verdicts that depend on it say so.

    Account `111122223333` in eu-west-1, us-east-1; scanned `2026-03-01T09:30:00Z`

    7 bridges among 9 NLBs: 1 can go once the APIs have moved; 1 can go now, the APIs go direct; 1 could go once what is not certain has been checked; 2 are needed by something else too; 2 are blocked.

    ## NLBs

    | Verdict | NLB | Region | Chains | APIs | Findings | Why |
    | --- | --- | --- | --: | --- | --- | --- |
    | `removable` | `carts-nlb` | `eu-west-1` | 1 | `carts` | `nlb-bridges-alb` | every chain over it can move, and every other source of users was read and empty |
    | `already-direct` | `carts-nlb-old-internal-prod-eu-1` | `eu-west-1` | 0 | none | `nlb-bridges-alb`, `already-direct` | APIs reach its ALB directly |
    | `removable-if` | `billing-nlb` | `eu-west-1` | 1 | `billing` | `ip-target-bridge`, `unknown-users`, `nlb-bridges-alb` | other users could not be ruled out; not seen: `ec2:DescribeVpcEndpointConnections` in eu-west-1 (denied) |
    | `rewirable` | `chat-nlb` | `eu-west-1` | 1 | `shop` | `mixed-nlb`, `websocket-uses-v1-link`, `endpoint-service-consumer` | bridges and serves other targets too; a WebSocket API needs the NLB; an endpoint service stands on the NLB |
    | `rewirable` | `pets-nlb-2` | `eu-west-1` | 0 | none | `alb-health-check-wrong`, `static-addresses`, `dns-alias`, `accelerator-endpoint`, `cloudfront-origin`, `verified-access-endpoint`, +15 more | somebody chose its addresses; DNS records lead to it |
    | `blocked` | `orders-nlb` | `eu-west-1` | 8 | `orders` | `chain-broken`, `draft-differs-from-stage`, `canary-in-progress`, `nlb-weighted-forward`, `stage-targets-differ`, `stage-variable-link` | requests cannot arrive; unfinished work in the draft; a canary release is on the stage |
    | `blocked` | `pets-nlb` | `eu-west-1` | 0 | none | `no-alb-listener-for-port`, `port-not-allowed`, `certificate-name-mismatch`, `source-ip-rule`, `waf-on-alb`, `nacl-blocks-link`, +16 more | API Gateway cannot call this port; a rule looks at the source address |
    | `not-a-bridge` | `partners` | `eu-west-1` | 0 | none | `nlb-alb-without-gateway` | no VPC link and no API names it |
    | `not-a-bridge` | `postgres` | `us-east-1` | unknown | unknown | `nlb-direct-target` | no listener of it reaches an ALB |

    ## Links

    - `old999` (v1, `nobody`) in eu-west-1
      - warning `unused-v1-link`: a VPC link v1 that nothing uses

    ## Private integrations

    | How | Methods | Stages | APIs |
    | --- | --: | --: | --: |
    | HTTP API to an internal ALB in public subnets | 1 | 1 | 1 |
    | REST API over VPC link v1 to an internal NLB | 8 | 2 | 2 |
    | REST API over VPC link v2 to an ALB | 2 | 1 | 1 |

    Of these APIs, 1 is a private API (endpoint type PRIVATE): only VPC endpoints can call it.

    ## Chains that reach no load balancer

    - blocker `chain-broken`: forgotten (REST e1e2e3) without a stage, 2 methods: VPC link gone00 does not exist

    ## Accepted

    - `nlb-bridges-alb` on orders-nlb in eu-west-1 until 2026-12-31: known, and gone by summer

    ## Acceptances that do nothing

    - canary-in-progress: expired on 2026-01-31: what it accepted counts again
    - waf-on-alb (nlb nobody): matches no finding: remove it, or mend its limits

    ## Not seen

    - `apigateway:GetExport`, 2 times in us-east-1: throttled (such as q1/prod)
      - scan again when the account is quieter, or at a slower pace
      - Too Many Requests
    - `ec2:DescribeVpcEndpointConnections` in eu-west-1: denied
      - allow `ec2:DescribeVpcEndpointConnections` and scan again
      - You are not authorized to perform this operation.
    - the rest of us-east-1: interrupted
      - scan again
    - left out on request: CloudFront origins
      - scan without `--skip-users`
    - not read by this version: Route 53 records that point at an NLB
      - check these by hand before an NLB goes
    ");
}

#[test]
fn every_view_is_markdown_of_words_and_code_alone() {
    for (name, view) in sample::views() {
        for layout in LAYOUTS {
            let page = written(&view, &layout());
            assert!(
                !page.chars().any(|c| is_hazardous(c) && c != '\n'),
                "{name}: {page}"
            );
            let (_, text) = structure(&page);
            let risky = |c| "@#$<>|*_~[]{}`\\&".contains(c);
            assert!(!text.contains(risky), "{name}: {text}");
            assert!(!text.contains("www."), "{name}: {text}");
            assert!(!text.contains("://"), "{name}: {text}");
        }
    }
}

#[test]
fn no_name_changes_what_a_page_is_made_of() {
    for layout in LAYOUTS {
        let mut full = sample::full();
        for nlb in &mut full.nlbs {
            nlb.tags = Some([("a".into(), "b".into())].into());
        }
        let (tags, _) = structure(&written(&View::of(full), &layout()));
        for evil in EVIL {
            let page = written(&View::of(sample::hostile_with(evil)), &layout());
            let (spoilt, text) = structure(&page);
            assert_eq!(spoilt, tags, "{evil}: {page}");
            for part in [
                "@",
                "#12",
                "GH-12",
                "deadbeef1",
                ":tada:",
                "://",
                "www.",
                "{{",
            ] {
                assert!(!text.contains(part), "{part} of {evil}: {text}");
            }
        }
    }
}

#[test]
fn a_name_of_nothing_still_has_its_cell() {
    for name in ["", " "] {
        let page = written(
            &View::of(sample::hostile_with(name)),
            &chosen(&[Column::Nlb]),
        );
        let (tags, _) = structure(&page);
        let cells = tags.iter().filter(|tag| *tag == "TableRow").count();
        assert!(cells >= 9, "{page}");
        let named = page.lines().filter(|line| line.starts_with("| `"));
        assert_eq!(named.count(), 9, "{page}");
    }
}

#[test]
fn names_can_be_read_as_they_are() {
    let evil = "a|b`c*d";
    let view = View::of(sample::hostile_with(evil));
    let page = written(&view, &chosen(&[Column::Nlb]));
    let mut codes = parsed(&page).filter_map(|event| match event {
        Event::Code(code) => Some(code.into_string()),
        _ => None,
    });
    assert!(codes.any(|code| code == evil), "{page}");
}

#[test]
fn an_incomplete_scan_never_looks_clean() {
    let unread = unbridge_model::assessment::Assessment {
        gaps: sample::full().gaps,
        ..sample::empty()
    };
    let page = written(&View::of(unread), &Layout::default());
    assert!(
        page.contains("> **INCOMPLETE:** 4 readings failed"),
        "{page}"
    );
    assert!(page.contains("there may be some"), "{page}");
    assert!(page.contains("## Not seen"), "{page}");
    let page = written(&View::of(sample::empty()), &Layout::default());
    assert!(!page.contains("INCOMPLETE"), "{page}");
    assert!(page.contains("so there is no bridge"), "{page}");
}

#[test]
fn groups_are_sections_that_count() {
    let page = written(&View::of(sample::full()), &by(GroupBy::Tag("team".into())));
    let headings: Vec<&str> = page.lines().filter(|l| l.starts_with("### ")).collect();
    assert_eq!(
        headings,
        [
            "### `team=payments`: 4 NLBs",
            "### `team=shop`: 3 NLBs",
            "### tags not read: 2 NLBs",
        ]
    );
}

#[test]
fn chosen_columns_stand_in_their_order() {
    let columns = [Column::Nlb, Column::Tags, Column::Gaps];
    let page = written(&View::of(sample::full()), &chosen(&columns));
    let rows: Vec<&str> = page
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .collect();
    assert_snapshot!(rows.join("\n"), @"
    | NLB | Tags | Gaps |
    | --- | --- | --: |
    | `carts-nlb` | `env=prod`, `team=shop` | 3 |
    | `carts-nlb-old-internal-prod-eu-1` | `env=prod`, `team=shop` | 3 |
    | `billing-nlb` | `env=prod`, `team=shop` | 3 |
    | `chat-nlb` | `env=prod`, `team=payments` | 3 |
    | `pets-nlb-2` | `env=prod`, `team=payments` | 3 |
    | `orders-nlb` | `env=prod`, `team=payments` | 3 |
    | `pets-nlb` | `env=prod`, `team=payments` | 3 |
    | `partners` | unknown | 3 |
    | `postgres` | unknown | 5 |
    ");
    let hidden = Layout {
        headers: Headers::Hidden,
        ..chosen(&columns)
    };
    let page = written(&View::of(sample::full()), &hidden);
    assert!(
        page.contains("\n|  |  |  |\n| --- | --- | --: |\n"),
        "{page}"
    );
}

#[test]
fn what_was_left_out_is_said() {
    let filtered = written(&sample::filtered(), &Layout::default());
    assert!(
        filtered.contains("Only verdict blocked or rewirable, severity warning or graver;"),
        "{filtered}"
    );
    let since = written(&sample::since(), &Layout::default());
    assert!(
        since.contains("Only what is new since the scan of"),
        "{since}"
    );
    assert!(since.contains("| Previous verdict |"), "{since}");
}
