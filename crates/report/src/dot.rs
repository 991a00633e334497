//! A graph in DOT, for Graphviz.
//!
//! Owns DOT's spelling. What is drawn is [`diagram`](crate::diagram)'s.

use std::fmt::{self, Write};

use crate::diagram::{Fate, Kind, LEGEND, Picture, Sheet};
use crate::view::View;

const HEAD: &str = "digraph unbridge {
  graph [rankdir=LR, fontname=\"Helvetica\", fontsize=11, nodesep=0.25, ranksep=0.55]
  node [fontname=\"Helvetica\", fontsize=10, shape=box, margin=\"0.12,0.06\"]
  edge [fontname=\"Helvetica\", fontsize=9, arrowsize=0.7]
";

/// Writes one graph with a cluster for each NLB.
///
/// # Errors
/// When `out` does not take it.
pub fn dot(view: &View, out: &mut dyn Write) -> fmt::Result {
    let sheet = Sheet::of(view);
    let notes = sheet.notes();
    out.write_str(HEAD)?;
    for text in notes.remarks() {
        writeln!(out, "  // {text}")?;
    }
    let cautions: Vec<&str> = notes.cautions.iter().map(String::as_str).collect();
    let legend = [&[LEGEND][..], &cautions].concat();
    writeln!(out, "  label={}", quoted(&legend, LineEnd::Left))?;
    writeln!(out, "  labelloc=t\n  labeljust=l")?;
    let mut first = 1;
    let mut clusters = Vec::new();
    for (number, nlb) in (1..).zip(&sheet.nlbs) {
        let picture = sheet.picture(nlb);
        let mut text = String::new();
        cluster(&picture, number, first, &mut text)?;
        clusters.push(text);
        first += picture.nodes.len();
    }
    // Graphviz stacks clusters from the last to the first.
    for text in clusters.iter().rev() {
        out.write_str(text)?;
    }
    out.write_str("}\n")
}

/// Writes a picture whose nodes are numbered from `first` on.
fn cluster(picture: &Picture, number: usize, first: usize, out: &mut dyn Write) -> fmt::Result {
    let text = quoted(&[&picture.title, &picture.subtitle], LineEnd::Left);
    writeln!(out, "  subgraph cluster_{number} {{\n    label={text}")?;
    writeln!(out, "    labeljust=l\n    color=gray40")?;
    for (id, node) in (first..).zip(&picture.nodes) {
        let text = quoted(&node.lines, LineEnd::Centre);
        writeln!(
            out,
            "    n{id} [label={text}, {}{}]",
            shape(node.kind),
            match node.fate {
                Fate::Stays => "",
                Fate::Goes => ", style=dashed",
                Fate::Comes => ", style=bold, penwidth=2",
            }
        )?;
    }
    let links = (first..).zip(&picture.nodes);
    let links = links.filter(|(_, node)| node.kind == Kind::Link);
    let links: Vec<String> = links.map(|(id, _)| format!("n{id}")).collect();
    if links.len() > 1 {
        writeln!(out, "    {{ rank=same; {} }}", links.join("; "))?;
    }
    for edge in &picture.edges {
        let (from, to) = (first + edge.from, first + edge.to);
        let style = match edge.fate {
            Fate::Stays => "style=solid",
            Fate::Goes => "style=dashed",
            Fate::Comes => "style=bold, penwidth=2",
        };
        let text = edge.label.as_deref();
        let text = text.map(|text| format!(", label={}", quoted(&[text], LineEnd::Centre)));
        let text = text.unwrap_or_default();
        writeln!(out, "    n{from} -> n{to} [{style}{text}]")?;
    }
    out.write_str("  }\n")
}

fn shape(kind: Kind) -> &'static str {
    match kind {
        Kind::Api => "shape=box, style=rounded",
        Kind::Link => "shape=hexagon",
        Kind::Nlb | Kind::Group | Kind::More => "shape=box",
        Kind::Alb => "shape=box, peripheries=2",
        Kind::Other => "shape=parallelogram",
        Kind::Broken | Kind::Unseen => "shape=octagon",
    }
}

/// Lines as one quoted string, each ended by `end`. A backslash in a name would begin an escape of
/// DOT's, an ampersand an entity.
fn quoted(lines: &[impl AsRef<str>], end: LineEnd) -> String {
    let escaped = lines.iter().map(|line| {
        let line = line.as_ref().replace('\\', "\\\\");
        line.replace('"', "\\\"").replace('&', "&amp;")
    });
    let lines: Vec<String> = escaped.collect();
    match end {
        LineEnd::Left => format!("\"{}\\l\"", lines.join("\\l")),
        LineEnd::Centre => format!("\"{}\"", lines.join("\\n")),
    }
}

/// DOT says of each line where it stands.
#[derive(Debug, Clone, Copy)]
enum LineEnd {
    Left,
    Centre,
}
