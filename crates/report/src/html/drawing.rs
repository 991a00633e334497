//! A picture as SVG: where its stops stand, and which way its arrows take.
//!
//! Stops stand in columns, in the order in which a request meets them; columns stand at the same
//! place before and after a move. What has the same shape, names left aside, is one pattern that is
//! written once: an account has thousands of NLBs and few shapes.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::route::{Grid, Place, Route};
use crate::diagram::{Fate, Kind, Node, Picture};
use crate::layout::{self, Break};

/// Width of a stop, in pixels, as everything here.
const WIDTH: usize = 178;
/// Between columns: room for a label.
const GAP: usize = 62;
/// From line to line in a stop.
const LINE: usize = 15;
/// Above and below the lines of a stop.
const PADDING: usize = 11;
/// Between a stop's border and its text.
const INDENT: usize = 12;
/// Around everything: badges and thick lines stand out.
const MARGIN: usize = 12;
/// What a line of this many columns nearly fills; a wider one is squeezed.
const FITTING: usize = 25;
/// Columns of a line of a label.
const LABEL: usize = 12;
/// From line to line of a label.
const LABEL_LINE: usize = 11;
/// Stops that are named in the text alternative.
const TOLD: usize = 24;

/// Which side of a move is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Today,
    After,
}

impl Side {
    fn shows(self, fate: Fate) -> bool {
        match fate {
            Fate::Stays => true,
            Fate::Goes => self == Self::Today,
            Fate::Comes => self == Self::After,
        }
    }
}

/// What stands at a stop that goes or comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    /// A move would do it.
    Will,
    /// Something blocks the move.
    Would,
}

/// One side of a picture: a shape, and the texts in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Drawing {
    /// The shape, by its number among the [`Patterns`].
    pub(super) pattern: usize,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) texts: Vec<Words>,
    /// The same for who cannot see it.
    pub(super) alt: String,
}

/// A line of text in a drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) is_label: bool,
    /// The width that a long line is made to fit.
    pub(super) squeezed_to: Option<usize>,
    pub(super) text: String,
}

/// Every shape that was drawn, once. Nothing from AWS is in a shape.
#[derive(Debug, Default)]
pub(super) struct Patterns(BTreeMap<String, usize>);

impl Patterns {
    fn number(&mut self, shape: String) -> usize {
        let next = self.0.len() + 1;
        *self.0.entry(shape).or_insert(next)
    }

    /// The shapes as symbols.
    pub(super) fn shapes(&self) -> impl Iterator<Item = String> {
        let symbol =
            |(shape, number): (&String, &usize)| format!("<g id=\"p{number}\">{shape}</g>");
        self.0.iter().map(symbol)
    }
}

/// Draws a side of a picture; `None` when nothing stands on it.
pub(super) fn draw(
    picture: &Picture,
    side: Side,
    mood: Mood,
    patterns: &mut Patterns,
) -> Option<Drawing> {
    let columns = columns(picture);
    let mut grid = Grid::new(columns.len());
    let mut places: BTreeMap<usize, Place> = BTreeMap::new();
    for (at, node) in picture.nodes.iter().enumerate() {
        let column = columns
            .iter()
            .position(|column| *column == node.kind.column());
        if let Some(column) = column.filter(|_| side.shows(node.fate)) {
            places.insert(at, grid.add(column, height(node)));
        }
    }
    if places.is_empty() {
        return None;
    }
    let mut edges = Vec::new();
    for edge in picture.edges.iter().filter(|edge| side.shows(edge.fate)) {
        if let (Some(from), Some(to)) = (places.get(&edge.from), places.get(&edge.to)) {
            edges.push((edge, grid.connect(*from, *to)));
        }
    }
    grid.arrange();
    let mut shape = String::new();
    let mut texts = Vec::new();
    for (edge, route) in &edges {
        arrow(&mut shape, &grid, route, edge.fate);
        if let Some(label) = &edge.label {
            texts.extend(label_of(&grid, route, label));
        }
    }
    for (at, place) in &places {
        let node = &picture.nodes[*at];
        let (left, top) = (x(place.column), MARGIN + grid.top(*place));
        stop(&mut shape, node, (left, top), tag(node.fate, mood));
        texts.extend(lines(node, left, top));
    }
    Some(Drawing {
        pattern: patterns.number(shape),
        width: x(columns.len() - 1) + WIDTH + MARGIN,
        height: grid.height() + 2 * MARGIN,
        texts,
        alt: alt(picture, side, mood),
    })
}

/// The columns in which anything stands, before or after.
fn columns(picture: &Picture) -> Vec<usize> {
    let used = |column: &usize| {
        picture
            .nodes
            .iter()
            .any(|node| node.kind.column() == *column)
    };
    (0..=Kind::LAST_COLUMN).filter(used).collect()
}

fn x(column: usize) -> usize {
    MARGIN + column * (WIDTH + GAP)
}

fn height(node: &Node) -> usize {
    2 * PADDING + LINE * node.lines.len()
}

/// The class of what has this fate.
fn class(fate: Fate) -> &'static str {
    match fate {
        Fate::Stays => "stays",
        Fate::Goes => "goes",
        Fate::Comes => "comes",
    }
}

/// The words for what happens to a stop: colour alone would not say it.
fn tag(fate: Fate, mood: Mood) -> Option<&'static str> {
    match (fate, mood) {
        (Fate::Stays, _) => None,
        (Fate::Goes, Mood::Will) => Some("goes away"),
        (Fate::Goes, Mood::Would) => Some("would go away"),
        (Fate::Comes, Mood::Will) => Some("new"),
        (Fate::Comes, Mood::Would) => Some("would be new"),
    }
}

fn glyph(kind: Kind) -> &'static str {
    match kind {
        Kind::Api => "api",
        Kind::Link => "link",
        Kind::Nlb => "nlb",
        Kind::Group => "group",
        Kind::Alb => "alb",
        Kind::Other => "other",
        Kind::Broken => "broken",
        Kind::Unseen => "unseen",
        Kind::More => "more",
    }
}

fn stop(shape: &mut String, node: &Node, (left, top): (usize, usize), tag: Option<&str>) {
    let class = class(node.fate);
    let drawn = write!(
        shape,
        "<rect class=\"b {class}\" x=\"{left}\" y=\"{top}\" width=\"{WIDTH}\" height=\"{}\" \
         rx=\"7\"/><use href=\"#k-{}\" x=\"{}\" y=\"{}\" width=\"20\" height=\"20\"/>",
        height(node),
        glyph(node.kind),
        left + 6,
        top - 10,
    );
    // A string takes everything.
    debug_assert!(drawn.is_ok());
    if let Some(tag) = tag {
        let (x, y) = (left + WIDTH - 10, top + 4);
        shape.push_str(&format!(
            "<text class=\"tag {class}\" x=\"{x}\" y=\"{y}\">{tag}</text>"
        ));
    }
}

fn lines(node: &Node, left: usize, top: usize) -> impl Iterator<Item = Words> {
    let line = move |(number, text): (usize, &String)| Words {
        x: left + INDENT,
        y: top + PADDING + LINE * number + 11,
        is_label: false,
        squeezed_to: (layout::width(text) > FITTING).then_some(WIDTH - 2 * INDENT),
        text: text.clone(),
    };
    node.lines.iter().enumerate().map(line)
}

/// An arrow, level where it passes a column and curved between columns.
fn arrow(shape: &mut String, grid: &Grid, route: &Route, fate: Fate) {
    let class = class(fate);
    let mut path = String::new();
    for (from, to) in route.steps() {
        let (x1, y1) = (x(from.column) + WIDTH, MARGIN + grid.middle(from));
        let (x2, y2) = (x(to.column), MARGIN + grid.middle(to));
        if path.is_empty() {
            path.push_str(&format!("M{x1} {y1}"));
        } else {
            path.push_str(&format!("H{x1}"));
        }
        if y1 == y2 {
            path.push_str(&format!("H{x2}"));
        } else {
            let bend = x1.midpoint(x2);
            path.push_str(&format!("C{bend} {y1} {bend} {y2} {x2} {y2}"));
        }
    }
    shape.push_str(&format!(
        "<path class=\"e {class}\" d=\"{path}\" marker-end=\"url(#tip-{class})\"/>"
    ));
}

/// A label at the beginning of an arrow: above it, or below one that goes down, where arrows of one
/// stop part.
fn label_of(grid: &Grid, route: &Route, label: &str) -> Vec<Words> {
    let Some((from, to)) = route.steps().next() else {
        return Vec::new();
    };
    let lines = layout::wrap(label, LABEL, 0, Break::Anywhere);
    let (y1, y2) = (grid.middle(from), grid.middle(to));
    let middle = MARGIN + (y1 + 3 * y2) / 4;
    let first = if y2 > y1 {
        middle + LABEL_LINE
    } else {
        (middle - 5).saturating_sub(LABEL_LINE * lines.len().saturating_sub(1))
    };
    let line = |(number, text)| Words {
        x: x(from.column) + WIDTH + GAP / 2 - 3,
        y: first + LABEL_LINE * number,
        is_label: true,
        squeezed_to: None,
        text,
    };
    lines.into_iter().enumerate().map(line).collect()
}

/// What stands in the drawing, in the order in which a request meets it.
fn alt(picture: &Picture, side: Side, mood: Mood) -> String {
    let mut shown: Vec<&Node> = picture.nodes.iter().collect();
    shown.retain(|node| side.shows(node.fate));
    shown.sort_by_key(|node| node.kind.column());
    let told = |node: &Node| {
        let name = node.lines.join(" ");
        tag(node.fate, mood).map_or(name.clone(), |tag| format!("{name} ({tag})"))
    };
    let names: Vec<String> = shown.into_iter().map(told).collect();
    format!("From left to right: {}.", layout::some(&names, TOLD))
}
