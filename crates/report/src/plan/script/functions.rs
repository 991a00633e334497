//! The functions that a script is written with, of which it holds those that it uses.

use std::collections::BTreeSet;

const ALL: &str = include_str!("functions.sh");

/// A function as it is written, with the comment above it.
struct Function {
    name: &'static str,
    text: &'static str,
}

fn all() -> Vec<Function> {
    // Between functions there is an empty line, within them there is none.
    let blocks = ALL.split("\n\n").map(|block| block.trim_end());
    let named = blocks.filter_map(|text| {
        let mut lines = text.lines();
        let name = lines.find_map(|line| line.strip_suffix("() {"))?;
        Some(Function { name, text })
    });
    named.collect()
}

/// Whether a text has this word.
fn names(text: &str, word: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.split(|c: char| !inner(c)).any(|one| one == word)
}

/// The functions that these texts use, and those that they use.
pub(super) fn used_in(texts: &[&str]) -> String {
    let all = all();
    let mut used: BTreeSet<&str> = BTreeSet::new();
    loop {
        let known = used.len();
        for function in &all {
            let by_text = texts.iter().any(|text| names(text, function.name));
            let by_function = all
                .iter()
                .any(|other| used.contains(other.name) && names(other.text, function.name));
            if by_text || by_function {
                used.insert(function.name);
            }
        }
        if used.len() == known {
            break;
        }
    }
    let texts = all.iter().filter(|function| used.contains(function.name));
    texts
        .map(|function| format!("{}\n\n", function.text))
        .collect()
}
