//! Diagrams in Mermaid and DOT: what is drawn of an NLB, how much of a large account, and that no
//! name gets out of its label.

use std::collections::BTreeSet;
use std::sync::Arc;

use unbridge_model::assessment::{Assessment, Chain, NlbAssessment, Start, Way};
use unbridge_model::finding::{ApiRef, ApiType, FindingCode, Reason, Verdict};
use unbridge_model::id::LoadBalancerArn;
use unbridge_model::route::{End, Hop};
use unbridge_report::dot::dot;
use unbridge_report::mermaid::mermaid;
use unbridge_report::safe::is_hazardous;
use unbridge_report::view::View;

use crate::sample;

fn in_mermaid(view: &View) -> String {
    let mut out = String::new();
    mermaid(view, &mut out).expect("a string takes everything");
    out
}

fn in_dot(view: &View) -> String {
    let mut out = String::new();
    dot(view, &mut out).expect("a string takes everything");
    out
}

/// The account with this NLB alone, read to the end.
fn only(name: &str, change: impl FnOnce(&mut NlbAssessment)) -> View {
    let mut assessment = sample::full();
    assessment.gaps.clear();
    assessment.links.clear();
    assessment.nlbs.retain(|nlb| nlb.arn.name() == name);
    change(&mut assessment.nlbs[0]);
    View::of(assessment)
}

/// The NLB `number` times, under other names.
fn copies(nlb: &NlbAssessment, number: usize) -> Vec<NlbAssessment> {
    let copy = |at: usize| {
        let name = format!("copy-{at:05}");
        let arn = nlb.arn.as_str().replace(nlb.arn.name(), &name);
        NlbAssessment {
            arn: LoadBalancerArn::new(arn).expect("an ARN"),
            name: name.as_str().into(),
            ..nlb.clone()
        }
    };
    (0..number).map(copy).collect()
}

/// The chain, of another API.
fn of_api(chain: &Chain, kind: ApiType, id: &str) -> Chain {
    let api = ApiRef {
        kind,
        id: id.into(),
        name: id.into(),
    };
    Chain {
        start: Arc::new(Start {
            api: Arc::new(api),
            stage: chain.start.stage.clone(),
        }),
        ..chain.clone()
    }
}

fn with_end(chain: &mut Chain, hops: usize, end: End) {
    let mut way = Way::clone(&chain.way);
    way.hops.truncate(hops);
    way.end = end;
    chain.way = Arc::new(way);
}

/// A line of Mermaid with its label and numbers taken out, and the label.
fn taken_apart(line: &str) -> (String, Option<&str>) {
    let (frame, label) = match line.split('"').collect::<Vec<_>>()[..] {
        [whole] => (whole.to_owned(), None),
        [before, label, after] => (format!("{before}\"\"{after}"), Some(label)),
        _ => panic!("quotes in a label: {line}"),
    };
    let mut skeleton = String::new();
    for c in frame.trim_start().chars() {
        if !c.is_ascii_digit() {
            skeleton.push(c);
        } else if !skeleton.ends_with('0') {
            skeleton.push('0');
        }
    }
    (skeleton, label)
}

/// Everything that a flowchart of ours is made of.
fn is_ours(skeleton: &str) -> bool {
    let whole = [
        "flowchart LR",
        "direction LR",
        "direction TB",
        "subgraph g0[\"\"]",
        "end",
        "classDef goes stroke-dasharray:0 0",
        "classDef comes stroke-width:0px",
        "classDef note stroke-dasharray:0 0",
    ];
    let node = |text: &str| {
        let text = [":::goes", ":::comes", ":::note"]
            .iter()
            .find_map(|class| text.strip_suffix(class))
            .unwrap_or(text);
        [
            "n0([\"\"])",
            "n0{{\"\"}}",
            "n0[\"\"]",
            "n0(\"\")",
            "n0[[\"\"]]",
            "n0[/\"\"/]",
            "n0>\"\"]",
        ]
        .contains(&text)
    };
    let edge = |text: &str| {
        let text = text.replace("|\"\"|", "");
        ["n0 --> n0", "n0 -.-> n0", "n0 ==> n0"].contains(&text.as_str())
    };
    whole.contains(&skeleton) || node(skeleton) || edge(skeleton)
}

/// Whether a label is letters, digits and a few harmless signs, entity codes and line breaks.
fn is_harmless(label: &str) -> bool {
    let text = label.replace("<br/>", " ");
    let mut parts = text.split('#');
    let plain = |text: &str| {
        text.chars()
            .all(|c| c.is_alphanumeric() || " ,/-".contains(c))
    };
    let first = parts.next().is_some_and(plain);
    first
        && parts.all(|part| {
            let code = part.split_once(';');
            code.is_some_and(|(code, rest)| code.parse::<u32>().is_ok() && plain(rest))
        })
}

#[test]
fn no_name_gets_out_of_a_mermaid_label() {
    for (name, view) in sample::views() {
        let chart = in_mermaid(&view);
        for line in chart.lines() {
            if let Some(comment) = line.strip_prefix("%% ") {
                let harmless = |c: char| c.is_alphanumeric() || " ,/-.:;+()#".contains(c);
                assert!(comment.chars().all(harmless), "{name}: {comment}");
                continue;
            }
            let (skeleton, label) = taken_apart(line);
            assert!(is_ours(&skeleton), "{name}: {line}");
            assert!(label.is_none_or(is_harmless), "{name}: {line}");
        }
        assert!(!chart.contains("[\"-"), "{name}: a list: {chart}");
    }
}

/// What stands behind a quoted string, and the string itself, escapes and all.
fn unquoted(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('"')?;
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        match c {
            '"' if !escaped => return Some((&inside[..at], &inside[at + 1..])),
            _ => escaped = c == '\\' && !escaped,
        }
    }
    None
}

#[test]
fn no_name_gets_out_of_a_dot_label() {
    for (name, view) in sample::views() {
        let graph = in_dot(&view);
        assert!(
            !graph.chars().any(|c| c != '\n' && is_hazardous(c)),
            "{name}"
        );
        for line in graph
            .lines()
            .skip(4)
            .filter(|line| !line.trim_start().starts_with("//"))
        {
            let Some((before, label)) = line.split_once("label=") else {
                assert!(!line.contains(['"', '<', '&']), "{name}: {line}");
                continue;
            };
            assert!(!before.contains('"'), "{name}: {line}");
            let (text, after) = unquoted(label).expect("a closing quote");
            let ours = ["", ", ", "]"];
            assert!(
                ours.iter().any(|start| after.starts_with(start)) && !after.contains(['"', '<']),
                "{name}: {line}"
            );
            assert!(!text.replace("&amp;", "").contains('&'), "{name}: {line}");
        }
    }
}

/// Of each subgraph, the ids that it declares and those that its arrows name.
fn ids(chart: &str) -> Vec<(Vec<&str>, Vec<&str>)> {
    let mut all = Vec::new();
    for subgraph in chart.split("subgraph ").skip(1) {
        let (mut nodes, mut ends) = (Vec::new(), Vec::new());
        for line in subgraph.lines().map(str::trim_start) {
            let Some(digits) = line.strip_prefix('n') else {
                continue;
            };
            let digits = digits.bytes().take_while(u8::is_ascii_digit).count();
            let (id, rest) = line.split_at(digits + 1);
            let mut words = rest.split_whitespace();
            match words.next() {
                _ if digits == 0 => {}
                Some("->") => ends.extend([Some(id), words.next()]),
                Some(arrow)
                    if ["-->", "-.->", "==>"]
                        .iter()
                        .any(|ours| arrow.starts_with(ours)) =>
                {
                    ends.extend([Some(id), words.last()]);
                }
                _ => nodes.push(id),
            }
        }
        all.push((nodes, ends.into_iter().flatten().collect()));
    }
    all
}

#[test]
fn every_id_is_one_node_and_every_arrow_stays_in_its_subgraph() {
    for (name, view) in sample::views() {
        for chart in [in_mermaid(&view), in_dot(&view)] {
            let mut seen = BTreeSet::new();
            for (nodes, ends) in ids(&chart) {
                for end in ends {
                    assert!(nodes.contains(&end), "{name}: {end} in {chart}");
                }
                for node in nodes {
                    assert!(seen.insert(node), "{name}: {node} twice");
                }
            }
            let drawn = seen.len() > 4;
            assert_eq!(drawn, name != "empty", "{name}: {chart}");
        }
    }
}

#[test]
fn a_move_takes_the_way_over_the_nlb_and_brings_a_new_link() {
    let view = only("carts-nlb", |_| ());
    insta::assert_snapshot!(in_mermaid(&view), @r#"
    flowchart LR
    %% Account 111122223333 in eu-west-1, us-east-1; scanned 2026-03-01T09:30:00Z
      subgraph g1["carts-nlb in eu-west-1#58; removable#46; Dashed goes away with the move#46;"]
        direction LR
        n1(["carts<br/>REST c1c2c3<br/>stage prod"])
        n2{{"VPC link v1 abc123"}}:::goes
        n3["NLB carts-nlb#58;80"]:::goes
        n4("target group<br/>carts-nlb-to-alb"):::goes
        n5[["ALB carts-alb#58;80"]]
        n6{{"VPC link v2<br/>new"}}:::comes
        n1 -.->|"1 method"| n2
        n1 ==>|"1 method"| n6
        n2 -.-> n3
        n3 -.-> n4
        n4 -.-> n5
        n6 ==> n5
      end
      subgraph g0["How to read this"]
        direction TB
        n7["Dashed goes away with a move, thick is new#46; A method counts once a stage#46;"]:::note
      end
      classDef goes stroke-dasharray:6 4
      classDef comes stroke-width:3px
      classDef note stroke-dasharray:1 3
    "#);
    insta::assert_snapshot!(in_dot(&view), @r#"
    digraph unbridge {
      graph [rankdir=LR, fontname="Helvetica", fontsize=11, nodesep=0.25, ranksep=0.55]
      node [fontname="Helvetica", fontsize=10, shape=box, margin="0.12,0.06"]
      edge [fontname="Helvetica", fontsize=9, arrowsize=0.7]
      // Account 111122223333 in eu-west-1, us-east-1; scanned 2026-03-01T09:30:00Z
      label="Dashed goes away with a move, thick is new. A method counts once a stage.\l"
      labelloc=t
      labeljust=l
      subgraph cluster_1 {
        label="carts-nlb in eu-west-1: removable\lDashed goes away with the move.\l"
        labeljust=l
        color=gray40
        n1 [label="carts\nREST c1c2c3\nstage prod", shape=box, style=rounded]
        n2 [label="VPC link v1 abc123", shape=hexagon, style=dashed]
        n3 [label="NLB carts-nlb:80", shape=box, style=dashed]
        n4 [label="target group\ncarts-nlb-to-alb", shape=box, style=dashed]
        n5 [label="ALB carts-alb:80", shape=box, peripheries=2]
        n6 [label="VPC link v2\nnew", shape=hexagon, style=bold, penwidth=2]
        { rank=same; n2; n6 }
        n1 -> n2 [style=dashed, label="1 method"]
        n1 -> n6 [style=bold, penwidth=2, label="1 method"]
        n2 -> n3 [style=dashed]
        n3 -> n4 [style=dashed]
        n4 -> n5 [style=dashed]
        n6 -> n5 [style=bold, penwidth=2]
      }
    }
    "#);
}

/// The lines of a flowchart that say this.
fn saying<'c>(chart: &'c str, what: &str) -> Vec<&'c str> {
    let lines = chart.lines().map(str::trim_start);
    lines.filter(|line| line.contains(what)).collect()
}

#[test]
fn a_blocked_move_is_drawn_as_one_that_would_be() {
    let chart = in_mermaid(&only("orders-nlb", |_| ()));
    assert_eq!(saying(&chart, "would be new").len(), 1, "{chart}");
    assert!(
        chart.contains("Cannot move now, drawn as it would be"),
        "{chart}"
    );
    assert!(chart.contains("chain-broken, draft-differs-from-stage, canary-in-progress"));
    let chart = in_mermaid(&only("carts-nlb", |_| ()));
    assert!(saying(&chart, "would be").is_empty(), "{chart}");
}

#[test]
fn ends_that_are_no_alb_are_shown_as_what_they_are() {
    let chart = in_mermaid(&only("orders-nlb", |_| ()));
    assert_eq!(saying(&chart, ">\"BROKEN#58; ").len(), 1, "{chart}");
    assert_eq!(saying(&chart, ">\"NOT SEEN#58; ").len(), 1, "{chart}");
    let label = "|\"7 methods, 1 only in the draft\"|";
    assert_eq!(saying(&chart, label).len(), 1, "{chart}");

    let other = only("carts-nlb", |nlb| {
        let mut chain = of_api(&nlb.chains[0], ApiType::Rest, "metrics");
        let Hop::TargetGroup(group) = chain.way.hops[2].clone() else {
            panic!("a target group");
        };
        with_end(&mut chain, 3, End::OtherTargets { group });
        nlb.chains = vec![chain];
    });
    let chart = in_mermaid(&other);
    assert_eq!(saying(&chart, "[/\"targets of ").len(), 1, "{chart}");
    assert!(saying(&chart, "==>").is_empty(), "it cannot move: {chart}");
}

#[test]
fn a_websocket_api_stays_on_its_link_while_others_leave_it() {
    let view = only("carts-nlb", |nlb| {
        let socket = of_api(&nlb.chains[0], ApiType::Websocket, "chat");
        nlb.chains.push(socket);
        let comparison = nlb.comparison.as_mut().expect("a bridge");
        comparison.after.v1_links = comparison.today.v1_links;
        nlb.verdict = Verdict::Rewirable;
        nlb.reasons = vec![Reason::Finding(FindingCode::WebsocketUsesV1Link)];
    });
    let chart = in_mermaid(&view);
    insta::assert_snapshot!(chart, @r#"
    flowchart LR
    %% Account 111122223333 in eu-west-1, us-east-1; scanned 2026-03-01T09:30:00Z
      subgraph g1["carts-nlb in eu-west-1#58; rewirable#46; The APIs can move#59; it stays for#58; websocket-uses-v1-link"]
        direction LR
        n1(["carts<br/>REST c1c2c3<br/>stage prod"])
        n2{{"VPC link v1 abc123"}}
        n3["NLB carts-nlb#58;80"]
        n4("target group<br/>carts-nlb-to-alb")
        n5[["ALB carts-alb#58;80"]]
        n6{{"VPC link v2<br/>new"}}:::comes
        n7(["chat<br/>WEBSOCKET chat<br/>stage prod"])
        n1 -.->|"1 method"| n2
        n1 ==>|"1 method"| n6
        n2 --> n3
        n3 --> n4
        n4 --> n5
        n6 ==> n5
        n7 -->|"1 method"| n2
      end
      subgraph g0["How to read this"]
        direction TB
        n8["Dashed goes away with a move, thick is new#46; A method counts once a stage#46;"]:::note
      end
      classDef goes stroke-dasharray:6 4
      classDef comes stroke-width:3px
      classDef note stroke-dasharray:1 3
    "#);
}

#[test]
fn an_nlb_that_something_else_needs_stays_and_its_link_goes() {
    let view = only("carts-nlb", |nlb| nlb.verdict = Verdict::Rewirable);
    let chart = in_mermaid(&view);
    let nlb = saying(&chart, "[\"NLB carts-nlb#58;80\"]");
    assert!(nlb[0].ends_with("\"]"), "{chart}");
    let link = saying(&chart, "VPC link v1");
    assert!(link[0].ends_with(":::goes"), "{chart}");
}

#[test]
fn an_api_that_calls_the_nlb_by_its_public_name_gets_a_link() {
    let view = only("carts-nlb", |nlb| {
        let chain = &mut nlb.chains[0];
        let mut way = Way::clone(&chain.way);
        way.hops.remove(0);
        chain.way = Arc::new(way);
    });
    let chart = in_mermaid(&view);
    assert!(saying(&chart, "VPC link v1").is_empty(), "{chart}");
    assert_eq!(saying(&chart, "VPC link v2<br/>new").len(), 1, "{chart}");
}

#[test]
fn an_http_api_keeps_its_version_2_link() {
    let view = only("carts-nlb", |nlb| {
        let mut chain = of_api(&nlb.chains[0], ApiType::Http, "shop");
        let mut way = Way::clone(&chain.way);
        let Hop::VpcLinkV1(id) = way.hops[0].clone() else {
            panic!("a link");
        };
        way.hops[0] = Hop::VpcLinkV2(id);
        chain.way = Arc::new(way);
        nlb.chains = vec![chain];
    });
    insta::assert_snapshot!(in_mermaid(&view), @r#"
    flowchart LR
    %% Account 111122223333 in eu-west-1, us-east-1; scanned 2026-03-01T09:30:00Z
      subgraph g1["carts-nlb in eu-west-1#58; removable#46; Dashed goes away with the move#46;"]
        direction LR
        n1(["shop<br/>HTTP shop<br/>stage prod"])
        n2{{"VPC link v2 abc123"}}
        n3["NLB carts-nlb#58;80"]:::goes
        n4("target group<br/>carts-nlb-to-alb"):::goes
        n5[["ALB carts-alb#58;80"]]
        n1 -->|"1 method"| n2
        n2 -.->|"1 method"| n3
        n2 ==>|"1 method"| n5
        n3 -.-> n4
        n4 -.-> n5
      end
      subgraph g0["How to read this"]
        direction TB
        n6["Dashed goes away with a move, thick is new#46; A method counts once a stage#46;"]:::note
      end
      classDef goes stroke-dasharray:6 4
      classDef comes stroke-width:3px
      classDef note stroke-dasharray:1 3
    "#);
}

#[test]
fn an_nlb_without_chains_shows_its_idle_link_and_its_albs() {
    let mut assessment = sample::full();
    assessment.nlbs.retain(|nlb| nlb.arn.name() == "carts-nlb");
    assessment.nlbs[0].chains.clear();
    let chart = in_mermaid(&View::of(assessment));
    assert_eq!(
        saying(&chart, "VPC link v1 old999<br/>no method seen on it").len(),
        1
    );
    assert_eq!(saying(&chart, "[[\"ALB carts-alb\"]]").len(), 1, "{chart}");
    // No finding names the ALB of this one: it is counted all the same.
    let chart = in_mermaid(&only("pets-nlb", |nlb| nlb.findings.clear()));
    assert_eq!(saying(&chart, "[[\"1 ALB\"]]").len(), 1, "{chart}");
}

#[test]
fn hundreds_of_apis_over_one_nlb_stay_one_small_picture() {
    let view = only("carts-nlb", |nlb| {
        let chain = nlb.chains[0].clone();
        for number in 0..300 {
            let api = of_api(&chain, ApiType::Rest, &format!("api{number:03}"));
            // The last one has most methods.
            nlb.chains.extend(vec![api; 1 + number / 299]);
        }
    });
    let chart = in_mermaid(&view);
    let (nodes, _) = &ids(&chart)[1];
    assert!(nodes.len() < 20, "{chart}");
    assert!(
        chart.contains("api299<br/>REST api299<br/>stage prod"),
        "{chart}"
    );
    assert_eq!(
        saying(&chart, "#43;294 more stages of 294<br/>APIs").len(),
        1,
        "{chart}"
    );
    assert_eq!(saying(&chart, "-.->|\"294 methods\"|").len(), 1, "{chart}");
}

#[test]
fn many_ways_over_one_nlb_are_counted() {
    let view = only("carts-nlb", |nlb| {
        let chain = nlb.chains[0].clone();
        for port in 1..=30 {
            let mut other = chain.clone();
            let mut way = Way::clone(&chain.way);
            if let Hop::NlbListener { port: at, .. } = &mut way.hops[1] {
                *at = 9000 + port;
            }
            other.way = Arc::new(way);
            nlb.chains.push(other);
        }
    });
    let chart = in_mermaid(&view);
    assert_eq!(saying(&chart, "(\"#43;23 more ways\")").len(), 1, "{chart}");
    assert_eq!(saying(&chart, "-.->|\"23 methods\"|").len(), 1, "{chart}");
    assert_eq!(saying(&chart, "==>|\"31 methods\"|").len(), 1, "{chart}");
}

#[test]
fn a_flowchart_keeps_within_the_limits_of_mermaid_and_says_what_is_left_out() {
    let mut assessment = sample::full();
    assessment.nlbs.retain(|nlb| nlb.arn.name() == "orders-nlb");
    assessment.nlbs = copies(&assessment.nlbs[0], 300);
    for evil in ["orders", "\"&<%".repeat(60).as_str()] {
        for nlb in &mut assessment.nlbs {
            nlb.name = evil.into();
        }
        let chart = in_mermaid(&View::of(assessment.clone()));
        assert!(chart.len() < 50_000, "{} bytes", chart.len());
        let edges = chart.lines().filter(|line| is_edge(line)).count();
        assert!(edges < 500, "{edges} edges");
        let drawn = saying(&chart, "subgraph g").len() - 1;
        assert!(drawn > 0);
        let left_out = format!("Left out#58; {} NLBs", 300 - drawn);
        assert_eq!(saying(&chart, &left_out).len(), 1, "{chart}");
        assert!(chart.contains(&format!("%% Left out: {} NLBs", 300 - drawn)));
    }
}

fn is_edge(line: &str) -> bool {
    [" -->", " -.->", " ==>"]
        .iter()
        .any(|arrow| line.contains(arrow))
}

#[test]
fn what_is_missing_is_said_in_the_drawing() {
    let views = sample::views();
    let view = |wanted: &str| {
        let found = views.iter().find(|(name, _)| *name == wanted);
        &found.expect("a view").1
    };
    for (name, comment, text) in [
        (
            "full",
            "%% INCOMPLETE: ",
            "INCOMPLETE#58; 4 readings failed",
        ),
        ("full", "%% Not drawn: 2 NLBs", "Not drawn#58; 2 NLBs"),
        ("filtered", "%% Only verdict ", "Only verdict "),
        (
            "since",
            "%% Only what is new since ",
            "Only what is new since ",
        ),
    ] {
        let chart = in_mermaid(view(name));
        assert_eq!(saying(&chart, comment).len(), 1, "{name}: {chart}");
        let notes: Vec<&str> = saying(&chart, text);
        assert!(
            notes.iter().any(|line| line.ends_with(":::note")),
            "{chart}"
        );
        let graph = in_dot(view(name));
        assert_eq!(
            saying(&graph, &comment.replace("%%", "//")).len(),
            1,
            "{graph}"
        );
        let label = saying(&graph, "label=").into_iter().next();
        let said = comment.trim_start_matches("%% ");
        assert!(label.is_some_and(|label| label.contains(said)), "{graph}");
    }
    for chart in [in_mermaid(view("accepted")), in_dot(view("accepted"))] {
        assert_eq!(
            saying(&chart, "Accepted: nlb-bridges-alb on orders-nlb").len(),
            1
        );
        assert_eq!(saying(&chart, "Acceptance that does nothing: ").len(), 2);
    }
}

#[test]
fn a_complete_scan_without_nlbs_says_so_and_an_incomplete_one_does_not() {
    let chart = in_mermaid(&View::of(sample::empty()));
    assert!(chart.contains("so there is no bridge"), "{chart}");
    let blind = Assessment {
        gaps: sample::full().gaps,
        ..sample::empty()
    };
    let chart = in_mermaid(&View::of(blind));
    assert!(chart.contains("there may be some"), "{chart}");
    assert!(chart.contains("INCOMPLETE"), "{chart}");
}
