//! A flowchart for Mermaid, as GitHub and other viewers of Markdown draw it.
//!
//! Owns Mermaid's spelling and limits. What is drawn is [`diagram`](crate::diagram)'s.

use std::fmt::{self, Write};

use crate::diagram::{Fate, Kind, LEGEND, Notes, Picture, Sheet};
use crate::layout::count;
use crate::view::View;

/// Edges in one flowchart: Mermaid draws 500 (`maxEdges`), and far fewer can be read.
const MOST_EDGES: usize = 400;
/// Bytes of one flowchart: Mermaid reads 50 000 characters (`maxTextSize`).
const MOST_TEXT: usize = 48_000;
/// Kept of these for what stands around the subgraphs, besides comments.
const FRAME: usize = 6_000;

/// What may stand in a label as it is, besides letters and digits. All else becomes an entity code:
/// labels are read as Markdown and HTML.
const IN_LABELS: &str = " ,/-";
/// The same for comments, which people read, and the search for directives.
const IN_COMMENTS: &str = " ,/-.:;+()";

const CLASSES: &str = "  classDef goes stroke-dasharray:6 4
  classDef comes stroke-width:3px
  classDef note stroke-dasharray:1 3
";

/// Writes one flowchart with a subgraph for each NLB.
///
/// # Errors
/// When `out` does not take it.
pub fn mermaid(view: &View, out: &mut dyn Write) -> fmt::Result {
    let sheet = Sheet::of(view);
    let mut notes = sheet.notes();
    let head = comments(&notes);
    let mut chart = Chart {
        bytes: head.len() + FRAME,
        ..Chart::default()
    };
    let left_out = sheet
        .nlbs
        .iter()
        .filter(|nlb| !chart.take(&sheet.picture(nlb)))
        .count();
    if left_out > 0 {
        notes.cautions.push(format!(
            "Left out: {}, because one flowchart holds no more. Filters choose what is drawn.",
            count(left_out, "NLB", "NLBs")
        ));
    }
    out.write_str("flowchart LR\n")?;
    out.write_str(&comments(&notes))?;
    // Mermaid stacks subgraphs from the last to the first.
    for subgraph in chart.subgraphs.iter().rev() {
        out.write_str(subgraph)?;
    }
    out.write_str(&chart.legend(&notes.cautions))?;
    out.write_str(CLASSES)
}

fn comments(notes: &Notes) -> String {
    let texts = notes.remarks().map(|text| escaped(text, IN_COMMENTS));
    texts.map(|text| format!("%% {text}\n")).collect()
}

/// A flowchart in the making. Its ids are its own: no name from AWS is one.
#[derive(Default)]
struct Chart {
    subgraphs: Vec<String>,
    nodes: usize,
    edges: usize,
    bytes: usize,
}

impl Chart {
    /// Adds a picture, if there is room for all of it.
    fn take(&mut self, picture: &Picture) -> bool {
        let edges = self.edges + picture.edges.len();
        if edges > MOST_EDGES {
            return false;
        }
        let text = self.subgraph(picture);
        let bytes = self.bytes + text.len();
        let fits = bytes <= MOST_TEXT;
        if fits {
            self.subgraphs.push(text);
            self.nodes += picture.nodes.len();
            (self.edges, self.bytes) = (edges, bytes);
        }
        fits
    }

    fn subgraph(&self, picture: &Picture) -> String {
        let Picture {
            title,
            subtitle,
            nodes,
            edges,
        } = picture;
        let id = self.subgraphs.len() + 1;
        // A title of two lines would hide what is below it.
        let text = label(&[format!("{title}. {subtitle}")]);
        let mut graph = format!("  subgraph g{id}[{text}]\n    direction LR\n");
        let first = self.nodes + 1;
        for (id, node) in (first..).zip(nodes) {
            let (open, close) = shape(node.kind);
            let text = label(&node.lines);
            let class = match node.fate {
                Fate::Stays => "",
                Fate::Goes => ":::goes",
                Fate::Comes => ":::comes",
            };
            graph.push_str(&format!("    n{id}{open}{text}{close}{class}\n"));
        }
        for edge in edges {
            let arrow = match edge.fate {
                Fate::Stays => "-->",
                Fate::Goes => "-.->",
                Fate::Comes => "==>",
            };
            let text = edge.label.as_deref().map(|text| label(&[text]));
            let text = text.map_or_else(String::new, |text| format!("|{text}|"));
            let (from, to) = (first + edge.from, first + edge.to);
            graph.push_str(&format!("    n{from} {arrow}{text} n{to}\n"));
        }
        graph.push_str("  end\n");
        graph
    }

    /// How to read it, and what a reader must not miss.
    fn legend(&self, cautions: &[String]) -> String {
        let mut graph = "  subgraph g0[\"How to read this\"]\n    direction TB\n".to_owned();
        let texts = cautions.iter().map(String::as_str).chain([LEGEND]);
        for (id, text) in (self.nodes + 1..).zip(texts) {
            graph.push_str(&format!("    n{id}[{}]:::note\n", label(&[text])));
        }
        graph.push_str("  end\n");
        graph
    }
}

fn shape(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Api => ("([", "])"),
        Kind::Link => ("{{", "}}"),
        Kind::Nlb => ("[", "]"),
        Kind::Group | Kind::More => ("(", ")"),
        Kind::Alb => ("[[", "]]"),
        Kind::Other => ("[/", "/]"),
        Kind::Broken | Kind::Unseen => (">", "]"),
    }
}

/// A comment of one line, without what stands before it.
pub(crate) fn comment(text: &str) -> String {
    escaped(text, IN_COMMENTS)
}

/// Lines in the quotes of a label.
pub(crate) fn label(lines: &[impl AsRef<str>]) -> String {
    let lines: Vec<String> = lines
        .iter()
        .map(|line| escaped(line.as_ref().trim(), IN_LABELS))
        .collect();
    format!("\"{}\"", lines.join("<br/>"))
}

/// `text` with all but letters, digits and `plain` as entity codes, which Mermaid takes back only
/// after it has read everything else.
fn escaped(text: &str, plain: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        // A line that begins with a hyphen would be a list.
        let lists = escaped.is_empty() && c == '-';
        if c.is_alphanumeric() || (plain.contains(c) && !lists) {
            escaped.push(c);
        } else {
            escaped.push_str(&format!("#{};", u32::from(c)));
        }
    }
    escaped
}
