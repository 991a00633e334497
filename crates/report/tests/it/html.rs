//! The HTML page as text: what it may hold, and that it holds everything. What it does in a browser
//! is tested there (`tests/browser`).

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use unbridge_model::assessment::Assessment;
use unbridge_model::estimate::Range;
use unbridge_model::finding::Verdict;
use unbridge_model::id::LoadBalancerArn;
use unbridge_report::html::html;
use unbridge_report::safe::is_hazardous;
use unbridge_report::view::View;

use crate::sample;

fn page(view: &View) -> String {
    let mut out = String::new();
    html(view, &mut out).expect("a string takes everything");
    out
}

/// The sample account with what its NLBs cost.
fn priced() -> View {
    sample::priced(View::of(sample::full()), "a test")
}

/// Every view, and the same with costs whose words are hostile.
fn views() -> Vec<(String, View)> {
    let texts = ["a price\u{202e}\u{1b}[31m", sample::MARKUP];
    let named = |(name, view): (&str, View)| {
        let with_costs = texts.map(|text| {
            let name = format!("{name}, priced");
            (name, sample::priced(view.clone(), text))
        });
        [(name.to_owned(), view)].into_iter().chain(with_costs)
    };
    sample::views().into_iter().flat_map(named).collect()
}

/// What stands between two texts.
fn between<'p>(page: &'p str, from: &str, to: &str) -> &'p str {
    let (_, rest) = page.split_once(from).unwrap_or_else(|| panic!("no {from}"));
    rest.split_once(to).unwrap_or_else(|| panic!("no {to}")).0
}

/// Tags with their attributes; text has no `<` in a page that escapes it.
fn tags(page: &str) -> Vec<&str> {
    let (head, body) = page.split_once("<style>").expect("a style");
    let (_, body) = body.split_once("</script>").expect("a script");
    let opened = head.split('<').chain(body.split('<')).skip(1);
    let tag = |opened: &'_ str| opened.split_once('>').map(|(tag, _)| tag.len());
    opened
        .map(|opened| &opened[..tag(opened).unwrap_or(opened.len())])
        .collect()
}

/// Names of tags, and of attributes with their tags.
fn words(page: &str) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for tag in tags(page) {
        let name = tag.split([' ', '/']).next().expect("a name");
        words.insert(name.to_owned());
        // Values are quoted and hold no quote.
        for (number, part) in tag.split('"').enumerate() {
            let is_value = number % 2 == 1;
            let attributes = part.split_whitespace().filter(|word| word.ends_with('='));
            if !is_value {
                words.extend(attributes.map(|attribute| format!("{name} {attribute}")));
            }
        }
    }
    words
}

/// The values of an attribute.
fn values<'p>(page: &'p str, attribute: &str) -> Vec<&'p str> {
    let lead = format!(" {attribute}=\"");
    let tags = tags(page).into_iter();
    tags.flat_map(|tag| tag.split(&lead).skip(1).collect::<Vec<_>>())
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

fn section<'p>(page: &'p str, nlb: &str) -> &'p str {
    let heading = format!("<h3><bdi>{nlb}</bdi></h3>");
    between(page, &heading, "</details>")
}

#[test]
fn names_add_no_tag_and_no_attribute() {
    let mut full = words(&page(&priced()));
    full.extend(words(&page(&View::of(sample::several::several()))));
    for (name, view) in views() {
        let found = words(&page(&view));
        let more: Vec<_> = found
            .difference(&full)
            // Where filters, acceptances or news are told, or a whole account is empty.
            .filter(|word| !["h5", "h3", "br"].contains(&word.as_str()))
            .collect();
        assert!(more.is_empty(), "{name}: {more:?}");
    }
    let risky = ["style=", "onerror=", "onclick=", "src="];
    for word in &full {
        assert!(!risky.iter().any(|risk| word.ends_with(risk)), "{word}");
    }
    for tag in ["img", "iframe", "object", "link", "base", "form"] {
        assert!(!full.contains(tag), "{tag}");
    }
}

#[test]
fn no_character_misleads() {
    for (name, view) in views() {
        let page = page(&view);
        let found = page.chars().find(|c| *c != '\n' && is_hazardous(*c));
        assert_eq!(found, None, "{name}");
    }
}

#[test]
fn a_hostile_name_is_shown_spelled_out() {
    let page = page(&View::of(sample::hostile()));
    assert!(
        page.contains("<bdi>pay\\u{1b}]0;x\\u{7}\\u{202e}"),
        "{page}"
    );
}

#[test]
fn only_the_style_and_the_script_of_the_page_itself_may_be_used() {
    for (name, view) in views() {
        let page = page(&view);
        let policy = between(&page, "Content-Security-Policy\" content=\"", "\"");
        let policy = policy.replace("&#39;", "'");
        let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
        let style = hash(between(&page, "<style>", "</style>"));
        let script = hash(between(&page, "<script>", "</script>"));
        let directives: BTreeMap<&str, &str> = policy
            .split("; ")
            .filter_map(|directive| directive.split_once(' '))
            .collect();
        let expected = [
            ("base-uri", "'none'"),
            ("default-src", "'none'"),
            ("form-action", "'none'"),
            ("require-trusted-types-for", "'script'"),
            ("script-src", &script),
            ("style-src", &style),
            ("trusted-types", "sections"),
        ];
        assert_eq!(directives, expected.into(), "{name}");
    }
}

#[test]
fn every_link_leads_somewhere_on_the_page() {
    for (name, view) in views() {
        let page = page(&view);
        let ids = values(&page, "id");
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(unique.len(), ids.len(), "{name}");
        for href in values(&page, "href") {
            let id = href
                .strip_prefix('#')
                .unwrap_or_else(|| panic!("{name}: {href}"));
            assert!(unique.contains(id), "{name}: {href}");
        }
        for label in values(&page, "aria-labelledby") {
            assert!(unique.contains(label), "{name}: {label}");
        }
    }
}

#[test]
fn every_nlb_has_a_row_and_a_section_in_the_same_order() {
    for (name, view) in views() {
        let page = page(&view);
        let nlbs = view.assessment.nlbs.len();
        assert_eq!(page.matches("<tr data-verdict=").count(), nlbs, "{name}");
        assert_eq!(
            page.matches("<details class=\"nlb\">").count(),
            nlbs,
            "{name}"
        );
        for number in 1..=nlbs {
            let list = between(&page, "id=\"list\"", "</table>");
            assert_eq!(list.matches(&format!("href=\"#nlb-{number}\"")).count(), 1);
            assert_eq!(page.matches(&format!("id=\"nlb-{number}\"")).count(), 1);
        }
    }
}

#[test]
fn the_headline_says_how_many_can_go_and_of_what() {
    let headline = |view: &View| between(&page(view), "<h1>", "</h1>").to_owned();
    let of = |mut assessment: Assessment, kept: &[Verdict]| {
        assessment.nlbs.retain(|nlb| kept.contains(&nlb.verdict));
        headline(&View::of(assessment))
    };
    let seen = |mut assessment: Assessment| {
        assessment.gaps.clear();
        assessment
    };
    let full = sample::full;
    assert_eq!(
        headline(&View::of(full())),
        "2 of 7 bridges seen can go today"
    );
    assert_eq!(
        headline(&View::of(seen(full()))),
        "2 of 7 bridges can go today"
    );
    assert_eq!(
        headline(&sample::since()),
        "None of the 3 bridges shown here can go today"
    );
    assert_eq!(headline(&View::of(sample::empty())), "There is no bridge");
    assert_eq!(of(full(), &[]), "No bridge seen");
    assert_eq!(
        of(seen(full()), &[Verdict::Removable]),
        "The one bridge can go today"
    );
    assert_eq!(
        of(seen(full()), &[Verdict::RemovableIf]),
        "The one bridge cannot go today"
    );
    assert_eq!(
        of(seen(full()), &[Verdict::Blocked]),
        "None of the 2 bridges can go today"
    );
}

#[test]
fn what_holds_bridges_back_is_counted_once_a_bridge() {
    let page = page(&View::of(sample::full()));
    let holds = between(&page, "id=\"holds\"", "</section>");
    for (title, bridges) in [
        ("unfinished work in the draft", "1 bridge: Blocked 1"),
        (
            "something could not be seen",
            "1 bridge: Can go once checked 1",
        ),
        (
            "a WebSocket API needs the NLB",
            "1 bridge: Needed by others 1",
        ),
    ] {
        let row = between(holds, &format!("{title}</a>"), "</li>");
        assert!(row.contains(&format!("aria-label=\"{bridges}\"")), "{row}");
    }
    // A reason of one that can go holds nothing back.
    assert!(!holds.contains("APIs reach its ALB directly"));
}

#[test]
fn an_incomplete_scan_says_so_first_and_says_what_to_do() {
    let page = page(&View::of(sample::full()));
    let banner = page
        .find("<b>INCOMPLETE</b>: 4 readings failed")
        .expect("a banner");
    assert!(banner < page.find("<h1>").expect("a headline"));
    let unseen = between(&page, "id=\"unseen\"", "</section>");
    for told in [
        "DescribeVpcEndpointConnections in eu-west-1: denied",
        "To do: allow ec2:DescribeVpcEndpointConnections and scan again.",
        "AWS: You are not authorized to perform this operation.",
        "To do: scan without --skip-users.",
    ] {
        assert!(unseen.contains(told), "{told}: {unseen}");
    }
    let complete = self::page(&View::of(sample::empty()));
    assert!(!complete.contains("INCOMPLETE") && !complete.contains("id=\"unseen\""));
}

#[test]
fn what_was_left_out_and_accepted_is_told_before_the_headline() {
    for (view, told) in [
        (
            sample::filtered(),
            "Only verdict blocked or rewirable, severity warning or graver;",
        ),
        (
            sample::since(),
            "Only what is new since the scan of 2026-02-01T09:30:00Z;",
        ),
        (sample::accepted(), "accepted and shown apart."),
    ] {
        let page = page(&view);
        let (top, _) = page.split_once("<h1>").expect("a headline");
        assert!(top.contains(told), "{told}: {top}");
    }
    let page = page(&sample::accepted());
    let accepted = between(&page, "id=\"accepted\"", "</section>");
    assert!(
        accepted.contains("<code>nlb-bridges-alb</code> on <bdi>orders-nlb in eu-west-1</bdi>")
    );
    assert!(accepted.contains("Until 2026-12-31: known, and gone by summer"));
    assert!(accepted.contains("canary-in-progress: expired on 2026-01-31"));
    let orders = section(&page, "orders-nlb");
    assert!(orders.contains("Accepted until 2026-12-31: known, and gone by summer"));
}

#[test]
fn news_since_an_earlier_scan_is_told_of_each_nlb() {
    let page = page(&sample::since());
    assert!(section(&page, "chat-nlb").contains("new since the earlier scan"));
    assert!(section(&page, "billing-nlb").contains("blocked in the earlier scan"));
}

#[test]
fn before_and_after_are_counted_and_unknown_is_no_number() {
    let page = page(&View::of(sample::full()));
    let carts = section(&page, "carts-nlb");
    let row = |section: &str, what: &str| {
        let row = between(section, &format!("{what}</th>"), "</tr>");
        row.replace("</td>", " ")
            .replace("<td>", "")
            .replace("<small>", " (")
            .replace("</small>", ")")
    };
    for (what, told) in [
        (
            "Components to run",
            "3 (1 VPC link v1, 1 NLB, 1 ALB) 2 (1 VPC link v2, 1 ALB) ",
        ),
        ("Load balancers that a request passes", "2 1 "),
        ("Rules of the ALB listeners in use", "unknown unknown "),
        ("Can be reached from the internet", "1 (carts-nlb) nothing "),
        (
            "Scales with",
            "NLB hours and NLCUs, plus ALB hours and LCUs ALB hours and LCUs ",
        ),
    ] {
        assert_eq!(row(carts, what), told);
    }
    assert!(section(&page, "partners").contains("<h4>Findings</h4>"));
    assert!(!section(&page, "partners").contains("<table"));
}

#[test]
fn a_blocked_nlb_is_told_as_it_would_be() {
    let page = page(&View::of(sample::full()));
    let orders = section(&page, "orders-nlb");
    assert!(orders.contains("<th scope=\"col\">As it would be after a move</th>"));
    let alts = values_in(orders, "aria-label");
    let today = alts.iter().find(|alt| alt.contains("NLB orders-nlb:80"));
    assert!(
        today
            .expect("a drawing of today")
            .contains("(would go away)"),
        "{alts:?}"
    );
    let carts = values_in(section(&page, "carts-nlb"), "aria-label");
    assert!(
        carts
            .iter()
            .any(|alt| alt.contains("VPC link v2 new (new)")),
        "{carts:?}"
    );
}

fn values_in<'p>(part: &'p str, attribute: &str) -> Vec<&'p str> {
    let lead = format!(" {attribute}=\"");
    let rests = part.split(&lead).skip(1).collect::<Vec<_>>();
    rests
        .into_iter()
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

#[test]
fn a_finding_has_its_evidence_its_effect_and_what_to_do() {
    let page = page(&View::of(sample::full()));
    let orders = section(&page, "orders-nlb");
    let canary = between(
        orders,
        "a canary release is on the stage <code>canary-in-progress</code>",
        "</li>",
    );
    for told in [
        "effect on the verdict: blocked while the canary changes anything",
        "12.5",
        "<b>To do:</b> Promote the canary or remove it; then scan again.",
    ] {
        assert!(canary.contains(told), "{told}: {canary}");
    }
}

#[test]
fn a_shape_that_many_nlbs_have_is_written_once() {
    let mut assessment = sample::full();
    let carts = assessment.nlbs.iter().find(|nlb| nlb.name == "carts-nlb");
    let carts = carts.expect("it").clone();
    let shapes = |assessment: &Assessment| {
        page(&View::of(assessment.clone()))
            .matches("<g id=\"p")
            .count()
    };
    let before = shapes(&assessment);
    assert!(before > 2);
    assessment.nlbs.extend(std::iter::repeat_n(carts, 50));
    assert_eq!(shapes(&assessment), before);
}

/// The bars of the chart, in their order.
fn bars(page: &str) -> Vec<&str> {
    let chart = between(page, "<figure class=\"bill\">", "</figure>");
    let bars = chart.split("<li class=").skip(1);
    bars.collect()
}

/// The percent at which a shape of a bar ends.
fn reaches(bar: &str, lead: &str) -> f64 {
    between(bar, lead, "%").parse().expect("a percent")
}

#[test]
fn the_chart_has_the_dearest_first_each_with_its_numbers_and_its_verdict() {
    let page = page(&priced());
    let bars = bars(&page);
    let names: Vec<&str> = bars
        .iter()
        .map(|bar| between(bar, "<bdi>", "</bdi>"))
        .collect();
    assert_eq!(names.len(), 7, "every bridge and nothing else: {names:?}");
    let widths: Vec<f64> = bars
        .iter()
        .map(|bar| reaches(bar, "\"cost\" width=\""))
        .collect();
    assert!(widths.is_sorted_by(|a, b| a >= b), "{widths:?}");
    let bar = |name: &str| bars[names.iter().position(|one| *one == name).expect(name)];
    let old = bar("carts-nlb-old-internal-prod-eu-1");
    assert!(old.starts_with("\"v-already-direct\""), "{old}");
    for told in [
        "<b>19.27 USD (19.00 to 20.20)</b><small>saves 19.27 USD (19.00 to 20.20)</small>",
        "<title>carts-nlb-old-internal-prod-eu-1: Already bypassed</title>",
        "<desc>Costs 19.27 USD (19.00 to 20.20) a month, saves 19.27 USD (19.00 to 20.20)</desc>",
    ] {
        assert!(old.contains(told), "{told}: {old}");
    }
    // All of it goes; the line leads from low to high.
    assert!((reaches(old, "\"saved\" width=\"") - reaches(old, "\"cost\" width=\"")).abs() < 1e-9);
    assert!((reaches(old, "x1=\"") - 94.04).abs() < 1e-9, "{old}");
    assert!((reaches(old, "x2=\"") - 100.0).abs() < 1e-9, "{old}");
    let orders = bar("orders-nlb");
    assert!(reaches(orders, "\"saved\" width=\"").abs() < 1e-9);
    assert!(orders.contains("saves nothing yet, 19.27 USD (19.00 to 20.20) if nothing blocked it"));
}

#[test]
fn what_is_not_known_is_an_open_line_and_no_number_in_the_chart() {
    let page = page(&priced());
    for bar in bars(&page) {
        let is_open = bar.contains("class=\"whisker open\"");
        let name = between(bar, "<bdi>", "</bdi>");
        assert_eq!(
            is_open,
            ["billing-nlb", "carts-nlb"].contains(&name),
            "{bar}"
        );
        if is_open {
            assert!(bar.contains("<b>at least "), "{bar}");
        }
    }
    let costs = between(&page, "id=\"costs\"", "</section>");
    assert!(
        costs.contains("Not in these figures: no price of inter-zone-gb"),
        "{costs}"
    );
    assert!(costs.contains("200 days old"), "{costs}");
}

#[test]
fn of_many_bridges_the_dearest_are_drawn_and_the_others_added_up() {
    let mut assessment = sample::known(sample::full());
    let carts = assessment
        .nlbs
        .iter()
        .find(|nlb| nlb.name == "orders-nlb")
        .expect("it");
    let (carts, name) = (carts.clone(), carts.arn.to_string());
    assessment.nlbs = (0..20)
        .map(|number| {
            let mut nlb = carts.clone();
            let arn = name.replace("/orders-nlb/", &format!("/orders-nlb-{number}/"));
            nlb.arn = LoadBalancerArn::new(arn).expect("an ARN");
            nlb
        })
        .collect();
    let page = page(&sample::priced(View::of(assessment), "a test"));
    assert_eq!(bars(&page).len(), 15);
    let others = between(&page, "<p class=\"others\">", "</p>");
    assert_eq!(
        others,
        "5 others cost 96.36 USD (94.98 to 101.00) a month together; \
         what can go of them would save 0.00 USD."
    );
}

#[test]
fn a_month_and_a_year_of_savings_stand_under_the_headline() {
    let saves = |view: &View| between(&page(view), "<p class=\"saves\">", "</p>").to_owned();
    let known = || sample::known(sample::full());
    let of = |assessment| sample::priced(View::of(assessment), "a test");
    assert_eq!(
        saves(&of(known())),
        "What can go would save 19.27 USD (19.00 to 20.20) a month, \
         231.26 USD (227.95 to 242.39) a year"
    );
    assert_eq!(
        saves(&priced()),
        "What can go would save at least 56.39 USD a month, at least 676.66 USD a year"
    );
    let mut blocked = known();
    blocked.nlbs.retain(|nlb| nlb.verdict == Verdict::Blocked);
    assert_eq!(
        saves(&of(blocked)),
        "Nothing would be saved today; 19.27 USD (19.00 to 20.20) a month, \
         231.26 USD (227.95 to 242.39) a year if nothing were blocked"
    );
}

#[test]
fn savings_sort_by_what_is_known_and_unknown_is_below_nothing() {
    let mut assessment = sample::full();
    assessment.nlbs.truncate(1);
    let mut view = sample::priced(View::of(assessment), "a test");
    let mut cell = |low: &str, expected: Option<&str>, high: Option<&str>| {
        let costs = view.costs.as_mut().expect("costs");
        for estimate in costs.estimates.values_mut() {
            estimate.monthly_savings = Range {
                low: sample::decimal(low),
                expected: expected.map(sample::decimal),
                high: high.map(sample::decimal),
            };
        }
        let page = page(&view);
        let cell = between(&page, "data-label=\"saves a month\" data-key=\"", "</td>");
        cell.replace("\">", " ")
    };
    assert_eq!(cell("1", Some("2.5"), Some("3")), "2.5 2.50 USD");
    assert_eq!(cell("1.25", None, None), "1.25 at least 1.25 USD");
    assert_eq!(cell("0", None, Some("2.19")), "0 0.00 to 2.19 USD");
    assert_eq!(cell("0", None, None), "-1 unknown");
}

#[test]
fn time_beside_the_targets_is_told_with_what_speaks_against_it() {
    let page = page(&priced());
    let orders = section(&page, "orders-nlb");
    assert!(
        orders.contains(
            "4.3 ms, over 312 hours, to the ALB orders-alb; \
             below zero in 12 hours, where the measures disagree"
        ),
        "{orders}"
    );
    let carts = section(&page, "carts-nlb");
    assert!(carts.contains("-20.2 ms, over 312 hours, to the ALB orders-alb; below zero: the two"));
    assert!(section(&page, "billing-nlb").contains("stage live: unknown: a test"));
    let words = between(&page, "id=\"added\"", "</dd>");
    assert!(words.contains("the difference is an indication"), "{words}");
}
