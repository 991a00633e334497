//! Plans as scripts, runbooks and diagrams.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use unbridge_model::plan::Plan;
use unbridge_report::plan::{plan_mermaid, plan_runbook, plan_script};
use unbridge_report::safe::is_hazardous;

use crate::every_kind::{self, HOSTILE};

const STORED: &str = include_str!("../../../../fixtures/plans/orders.plan.json");

fn stored() -> Plan {
    Plan::parse(STORED).expect("a plan")
}

fn script(plan: &Plan) -> String {
    let mut out = String::new();
    plan_script(plan, &mut out).expect("a string takes everything");
    out
}

fn runbook(plan: &Plan) -> String {
    let mut out = String::new();
    plan_runbook(plan, &mut out).expect("a string takes everything");
    out
}

fn mermaid(plan: &Plan) -> String {
    let mut out = String::new();
    plan_mermaid(plan, &mut out).expect("a string takes everything");
    out
}

#[test]
fn every_form_says_what_is_not_proven_and_not_seen() {
    let plan = every_kind::plan();
    for text in [script(&plan), runbook(&plan), mermaid(&plan)] {
        assert!(text.contains("NOT PROVEN"), "{text}");
        assert!(text.contains("INCOMPLETE"), "{text}");
    }
    assert!(!script(&stored()).contains("INCOMPLETE"));
}

#[test]
fn no_form_shows_a_character_that_misleads() {
    let plan = every_kind::plan();
    for text in [script(&plan), runbook(&plan), mermaid(&plan)] {
        let shown = text.lines().find(|line| line.contains(is_hazardous));
        assert_eq!(shown, None);
        assert!(text.contains("202e") || !text.contains("touch"), "{text}");
    }
}

#[test]
fn a_script_has_every_step_and_every_way_back_before_the_point_of_no_return() {
    let plan = stored();
    let script = script(&plan);
    for step in &plan.body.steps {
        let id = &step.id;
        assert!(script.contains(&format!("  begin '{id}' ")), "{id}");
        let has_way_back = script.contains(&format!("  back_from '{id}' "));
        let expected = matches!(step.undo, unbridge_model::plan::Undo::Operation { .. });
        assert_eq!(has_way_back, expected, "{id}");
    }
    assert!(script.contains("say 'Done: every step.'"));
}

#[test]
fn a_script_ends_before_the_point_of_no_return_and_says_so() {
    let script = script(&every_kind::plan());
    for call in [
        "delete-load-balancer",
        "delete-target-group",
        "apigateway delete-vpc-link",
    ] {
        assert!(!script.contains(call), "{call}");
    }
    assert!(
        script.contains("# It ends before the point of no return: 4 steps are left to a person.")
    );
    assert!(script.contains("  say '  no-nlb: "));
    assert!(!script.contains("begin 'quarantine'"));
}

#[test]
fn a_script_takes_requests_back_first_and_deletes_last() {
    let script = script(&stored());
    let (_, back) = script.split_once("run_back() {\n").expect("the way back");
    let order: Vec<&str> = back
        .lines()
        .filter_map(|line| line.trim().strip_prefix("back_"))
        .collect();
    let at = |name: &str| {
        let found = order.iter().position(|known| *known == name);
        found.unwrap_or_else(|| panic!("{name} is not in {order:?}"))
    };
    assert!(at("id_prod_promote") < at("id_prod_canary_10"));
    assert!(at("id_staging_canary_10") < at("id_rewire_6"));
    assert!(at("id_rewire_1") < at("id_deploy"));
    assert!(at("id_deploy") < at("id_link"));
    assert!(at("id_link") < at("id_ingress") && at("id_ingress") < at("id_group"));
    let drain = back.find("pause 149 ").expect("a drain");
    assert!(back.find("back_id_rewire_1\n") < Some(drain));
    assert!(Some(drain) < back.find("back_id_proof_stage\n"));
}

#[test]
fn hostile_texts_stay_in_the_quotes_of_a_script() {
    let script = script(&every_kind::plan());
    for line in script.lines().filter(|line| line.contains("touch pwned")) {
        if line.starts_with('#') {
            continue;
        }
        let mut quoted = false;
        let mut chars = line.chars();
        let mut outside = String::new();
        while let Some(c) = chars.next() {
            match (quoted, c) {
                (_, '\'') => quoted = !quoted,
                (false, '\\') => drop(chars.next()),
                (false, c) => outside.push(c),
                (true, _) => {}
            }
        }
        assert!(!quoted, "{line}");
        assert!(!outside.contains("touch"), "{line}");
    }
}

/// The headings, and the languages of the blocks of code.
fn outline(markdown: &str) -> (Vec<String>, Vec<String>) {
    let (mut headings, mut blocks) = (Vec::new(), Vec::new());
    let mut heading = None;
    for event in Parser::new_ext(markdown, Options::all()) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => headings.extend(heading.take()),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                blocks.push(language.to_string());
            }
            Event::Html(html) | Event::InlineHtml(html) => panic!("{html}"),
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => panic!("{event:?}"),
            _ => {}
        }
    }
    (headings, blocks)
}

#[test]
fn hostile_texts_make_no_heading_no_link_and_no_block_of_a_runbook() {
    let plan = every_kind::plan();
    let text = runbook(&plan);
    let (headings, blocks) = outline(&text);
    let steps = plan.body.steps.len();
    let numbered = headings
        .iter()
        .filter(|heading| heading.starts_with(|c: char| c.is_ascii_digit()));
    assert_eq!(numbered.count(), steps, "{headings:?}");
    assert!(
        blocks
            .iter()
            .all(|language| language == "sh" || language == "text"),
        "{blocks:?}"
    );
    for heading in &headings {
        assert!(!heading.contains("touch"), "{heading}");
    }
}

#[test]
fn a_runbook_has_the_point_of_no_return_before_what_cannot_be_taken_back() {
    let text = runbook(&every_kind::plan());
    let at = |words: &str| {
        text.find(words)
            .unwrap_or_else(|| panic!("{words}\n{text}"))
    };
    assert!(at("### 23. `target`") < at("## The point of no return"));
    assert!(at("**From here on there is no way back.** The 4 steps") < at("`no-link`"));
    assert!(text.contains("**There is no way back:**"));
    assert!(runbook(&stored()).contains("This plan has none: every step"));
}

#[test]
fn a_step_of_a_runbook_has_its_command_its_check_its_gate_and_its_way_back() {
    let text = runbook(&stored());
    let (_, step) = text.split_once("`prod-canary-10`\n").expect("the step");
    let (step, _) = step.split_once("\n### ").expect("the next step");
    for words in [
        "Before, this has to be so:",
        "aws apigateway update-stage --cli-input-json",
        "Afterwards, within 1 min, this has to be so:",
        "canarySettings.percentTraffic == `10`",
        "Then wait. For 5 min:",
        "Way back: End the canary release on stage prod",
    ] {
        assert!(step.contains(words), "{words}\n{step}");
    }
    assert!(text.contains("id_link=$(aws apigatewayv2 create-vpc-link "));
}

#[test]
fn a_diagram_shows_the_ways_before_and_after() {
    insta::assert_snapshot!(mermaid(&stored()), @r#"
    flowchart LR
    %% Plan 65b86f11890d: eu-west-1 in account 111122223333
    %% NOT PROVEN: rehearse it before it is carried out.
      subgraph g1["After"]
        direction LR
        n1(["API c65npcywlk"])
        n2{{"VPC link v2 unbridge, new"}}
        n3[["ALB orders-alb"]]
        n1 -->|"6 methods"| n2
        n2 -->|"6 methods"| n3
      end
      subgraph g2["Today"]
        direction LR
        n4(["API c65npcywlk"])
        n5{{"VPC link v1 ayryfm"}}
        n6["NLB"]
        n7[["ALB orders-alb"]]
        n4 -->|"6 methods"| n5
        n5 -->|"6 methods"| n6
        n6 -->|"6 methods"| n7
      end
    "#);
}

#[test]
fn hostile_texts_stay_in_the_labels_of_a_diagram() {
    let text = mermaid(&every_kind::plan());
    assert!(!HOSTILE.is_empty() && !text.contains("<script>") && !text.contains("`"));
    for line in text.lines().map(str::trim_start) {
        let known = [
            "flowchart LR",
            "%% ",
            "subgraph g",
            "direction LR",
            "end",
            "n",
        ];
        assert!(known.iter().any(|start| line.starts_with(start)), "{line}");
    }
}
