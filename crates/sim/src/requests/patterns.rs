//! Texts that patterns fit, and paths that templates make.

use std::collections::BTreeMap;

use regex_syntax::hir::{Class, Hir, HirKind};

/// A text that a wildcard pattern fits.
pub(super) fn like(pattern: &str) -> String {
    let mut text = String::new();
    let mut rest = pattern.chars();
    while let Some(letter) = rest.next() {
        match letter {
            '\\' => text.extend(rest.next()),
            '*' | '?' => text.push('x'),
            letter => text.push(letter),
        }
    }
    text
}

/// A text that a regular expression matches; `None` when it is none, or matches none that can be
/// written.
pub(super) fn matching(regex: &str) -> Option<String> {
    let parsed = regex_syntax::parse(regex).ok()?;
    let mut text = String::new();
    write(&parsed, &mut text)?;
    Some(text)
}

fn write(hir: &Hir, text: &mut String) -> Option<()> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(()),
        HirKind::Literal(literal) => {
            text.push_str(std::str::from_utf8(&literal.0).ok()?);
            Some(())
        }
        HirKind::Class(class) => {
            text.push(one_of(class)?);
            Some(())
        }
        HirKind::Repetition(repeated) => {
            // One where it may be none: what is optional is usually what is meant.
            let times = match (repeated.min, repeated.max) {
                (_, Some(0)) => 0,
                (min, _) => min.max(1),
            };
            // Nobody writes longer paths or headers.
            (times <= 256).then_some(())?;
            (0..times).try_for_each(|_| write(&repeated.sub, text))
        }
        HirKind::Capture(group) => write(&group.sub, text),
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| write(part, text)),
        HirKind::Alternation(parts) => write(parts.first()?, text),
    }
}

/// A letter or digit where the class has one.
fn one_of(class: &Class) -> Option<char> {
    let Class::Unicode(class) = class else {
        return None;
    };
    let has = |letter: char| {
        let mut ranges = class.iter();
        ranges.any(|range| (range.start()..=range.end()).contains(&letter))
    };
    let first = class.iter().next().map(|range| range.start());
    ['x', 'X', '7']
        .into_iter()
        .find(|letter| has(*letter))
        .or(first)
}

/// What the variables of a template such as `/v1/{proxy}` have to be for it to make this path. A
/// variable in the last segment may be several segments when `greedy` says so of its name.
pub(super) fn made_by(
    template: &str,
    path: &str,
    greedy: impl Fn(&str) -> bool,
) -> Option<BTreeMap<String, String>> {
    let split = |text: &str| -> Vec<String> {
        let text = text.trim_matches('/');
        match text {
            "" => Vec::new(),
            text => text.split('/').map(str::to_owned).collect(),
        }
    };
    let (wanted, given) = (split(template), split(path));
    let mut values = BTreeMap::new();
    for (at, segment) in wanted.iter().enumerate() {
        let here = given.get(at)?;
        let Some((before, rest)) = segment.split_once('{') else {
            (segment == here).then_some(())?;
            continue;
        };
        let (name, behind) = rest.split_once('}')?;
        let is_last = at + 1 == wanted.len();
        let whole = match is_last && greedy(name) {
            true => given.get(at..)?.join("/"),
            false => here.clone(),
        };
        let value = whole.strip_prefix(before)?.strip_suffix(behind)?;
        (!value.is_empty()).then_some(())?;
        values.insert(name.to_owned(), value.to_owned());
        if is_last && greedy(name) {
            return Some(values);
        }
    }
    (wanted.len() == given.len()).then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_fits_the_text_that_is_made_for_it() {
        assert_eq!(like("/orders/*"), "/orders/x");
        assert_eq!(like("/a?/*"), "/ax/x");
        assert_eq!(like(r"/a\*"), "/a*");
    }

    #[test]
    fn a_regular_expression_matches_the_text_that_is_made_for_it() {
        for regex in [
            "^/items/[a-z]+[0-9]*$",
            "^(blue|green)\\.example$",
            "(?i)^/A{2,3}/[^/]+$",
            "^/v[0-9]/(?:x|y)?$",
            "",
        ] {
            let made = matching(regex).expect("a text");
            let compiled = regex::Regex::new(regex).expect("a regular expression");
            assert!(compiled.is_match(&made), "{regex} {made}");
        }
        assert_eq!(matching("("), None);
        assert_eq!(matching("[^\\s\\S]"), None);
    }

    #[test]
    fn a_path_is_taken_apart_by_the_template_that_makes_it() {
        let told = |template, path| {
            let values = made_by(template, path, |name| name == "proxy")?;
            let pairs = values.iter().map(|(name, value)| format!("{name}={value}"));
            Some(pairs.collect::<Vec<_>>().join(" "))
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(told("/v1/{proxy}", "/v1/a/b"), some("proxy=a/b"));
        assert_eq!(
            told("/{id}/parts/{part}", "/7/parts/8"),
            some("id=7 part=8")
        );
        assert_eq!(told("/v{version}", "/v2"), some("version=2"));
        assert_eq!(told("/fixed", "/fixed"), some(""));
        assert_eq!(told("/fixed", "/other"), None);
        assert_eq!(told("/v1/{proxy}", "/v2/a"), None);
        assert_eq!(told("/{id}", "/7/8"), None);
        assert_eq!(told("/{proxy}", "/"), None);
    }
}
