//! Rules of an ALB's listener: conditions, in order of priority, and what a rule changes.

use std::cell::RefCell;
use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder};
use unbridge_model::digest::Digest;
use unbridge_model::elb::{Action, Condition, Listener, Rewrite, Rule, Transform};
use unbridge_model::text::Text;

use super::address::Range;
use super::balancer::end_of;
use super::gateway::{Seen, Sent, Told};
use super::{Arrival, Stop};
use crate::account::RegionState;

/// Whether something holds, as far as can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Yes,
    No,
    Maybe,
}

impl From<bool> for Holds {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

impl Holds {
    /// All of these.
    fn all(parts: impl Iterator<Item = Self>) -> Self {
        parts.fold(Self::Yes, |all, part| match (all, part) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Maybe, _) | (_, Self::Maybe) => Self::Maybe,
            (Self::Yes, Self::Yes) => Self::Yes,
        })
    }

    /// One of these.
    fn any(parts: impl Iterator<Item = Self>) -> Self {
        parts.fold(Self::No, |any, part| match (any, part) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::Maybe, _) | (_, Self::Maybe) => Self::Maybe,
            (Self::No, Self::No) => Self::No,
        })
    }
}

/// What the listener does: the end of the first rule that matches, and before it those of rules
/// that may.
pub(super) fn decide(
    state: &RegionState,
    listener: &Listener,
    sources: &[Range],
    sent: &Sent<'_>,
) -> Result<Vec<Arrival>, Stop> {
    let view = View {
        state,
        sources,
        sent,
    };
    let mut rules: Vec<&Rule> = listener.rules.iter().flatten().collect();
    rules.sort_by_key(|rule| rule.priority);
    let mut arrivals = Vec::new();
    for rule in rules {
        let holds = view.matches(rule);
        if holds == Holds::No {
            continue;
        }
        let (host, path) = changed(rule, sent)?;
        arrivals.push(Arrival {
            end: end_of(listener, &rule.actions, &host, &path)?,
            host: Text::from(host),
            path: Text::from(path),
        });
        if holds == Holds::Yes {
            return Ok(arrivals);
        }
    }
    arrivals.push(Arrival {
        host: sent.host.clone(),
        path: Text::new(&sent.path),
        end: end_of(listener, &listener.default_actions, &sent.host, &sent.path)?,
    });
    Ok(arrivals)
}

/// A request as the conditions of a listener look at it.
struct View<'a> {
    state: &'a RegionState,
    sources: &'a [Range],
    sent: &'a Sent<'a>,
}

impl View<'_> {
    fn matches(&self, rule: &Rule) -> Holds {
        Holds::all(
            rule.conditions
                .iter()
                .map(|condition| self.holds(condition)),
        )
    }

    fn holds(&self, condition: &Condition) -> Holds {
        match condition {
            Condition::QueryString { .. } if self.sent.query_is == Told::ByName => Holds::Maybe,
            Condition::HostHeader { .. } if self.sent.host_is == Told::ByName => Holds::Maybe,
            Condition::PathPattern { .. } if self.sent.path_is == Told::ByName => Holds::Maybe,
            Condition::HostHeader { values, regexes } => {
                // Whether the port in a Host header counts is not documented.
                let host = self.sent.host.as_str();
                let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
                let whole = either(host, values, regexes, Case::Ignored);
                if whole == either(name, values, regexes, Case::Ignored) {
                    whole
                } else {
                    Holds::Maybe
                }
            }
            Condition::PathPattern { values, regexes } => {
                either(&self.sent.path, values, regexes, Case::Heeded)
            }
            Condition::HttpRequestMethod { values } => values.contains(&self.sent.verb).into(),
            Condition::SourceIp { values } => self.comes_from(values),
            Condition::HttpHeader {
                name,
                values,
                regexes,
            } => self.has_header(name, values, regexes),
            Condition::QueryString { values } => self.has_pair(values),
            Condition::Unknown { .. } => Holds::Maybe,
        }
    }

    fn comes_from(&self, ranges: &[Text]) -> Holds {
        let ranges: Vec<Range> = ranges
            .iter()
            .filter_map(|text| Range::parse(text))
            .collect();
        if self.sources.is_empty() {
            return Holds::Maybe;
        }
        let within = |source: &Range| ranges.iter().any(|range| source.is_within(*range));
        let apart = |source: &Range| !ranges.iter().any(|range| source.meets(*range));
        if self.sources.iter().all(within) {
            Holds::Yes
        } else if self.sources.iter().all(apart) {
            Holds::No
        } else {
            Holds::Maybe
        }
    }

    fn has_header(&self, name: &str, values: &[Digest], regexes: &[Digest]) -> Holds {
        let value = match self.sent.header(name) {
            Seen::Value(value) => value,
            Seen::Absent => return Holds::No,
            Seen::Unknown => return Holds::Maybe,
        };
        let by_value = values
            .iter()
            .map(|digest| match self.state.raw.get(digest) {
                Some(pattern) => is_like(&value, pattern, Case::Ignored).into(),
                None => Holds::Maybe,
            });
        let by_regex = regexes
            .iter()
            .map(|digest| match self.state.raw.get(digest) {
                Some(regex) => has_match(&value, regex, Case::Ignored),
                None => Holds::Maybe,
            });
        Holds::any(by_value.chain(by_regex))
    }

    fn has_pair(&self, wanted: &[Digest]) -> Holds {
        let Some(query) = &self.sent.query else {
            return Holds::Maybe;
        };
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let pairs: Vec<_> = pairs
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .collect();
        if pairs.is_empty() {
            return Holds::No;
        }
        Holds::any(wanted.iter().map(|digest| {
            let Some(raw) = self.state.raw.get(digest) else {
                return Holds::Maybe;
            };
            let (key, value) = raw.split_once('=').unwrap_or(("", raw));
            let fits = |(k, v): &(&str, &str)| {
                (key.is_empty() || is_like(k, key, Case::Ignored))
                    && is_like(v, value, Case::Ignored)
            };
            pairs.iter().any(fits).into()
        }))
    }
}

fn either(text: &str, patterns: &[Text], regexes: &[Text], case: Case) -> Holds {
    let by_pattern = patterns
        .iter()
        .map(|pattern| is_like(text, pattern, case).into());
    let by_regex = regexes.iter().map(|regex| has_match(text, regex, case));
    Holds::any(by_pattern.chain(by_regex))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Case {
    Heeded,
    Ignored,
}

/// Whether a pattern fits a whole text: `*` stands for any characters, `?` for one, and a backslash
/// takes either its meaning.
fn is_like(text: &str, pattern: &str, case: Case) -> bool {
    let folded = |text: &str| match case {
        Case::Heeded => text.to_owned(),
        Case::Ignored => text.to_lowercase(),
    };
    let text: Vec<char> = folded(text).chars().collect();
    let parts = parts_of(&folded(pattern));
    // Which beginnings of the text the parts so far may stand for.
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for part in parts {
        let mut next = vec![false; text.len() + 1];
        for at in 0..=text.len() {
            next[at] = match part {
                Part::Any => reached[at] || (at > 0 && next[at - 1]),
                Part::One => at > 0 && reached[at - 1],
                Part::This(character) => at > 0 && reached[at - 1] && text[at - 1] == character,
            };
        }
        reached = next;
    }
    reached[text.len()]
}

/// A part of a pattern.
#[derive(Debug, Clone, Copy)]
enum Part {
    Any,
    One,
    This(char),
}

fn parts_of(pattern: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        let literal = characters.next_if(|next| character == '\\' && matches!(next, '*' | '?'));
        parts.push(match (character, literal) {
            (_, Some(literal)) => Part::This(literal),
            ('*', None) => Part::Any,
            ('?', None) => Part::One,
            (other, None) => Part::This(other),
        });
    }
    parts
}

/// An expression that cannot be read here may be one that AWS can read.
fn has_match(text: &str, regex: &str, case: Case) -> Holds {
    match compiled(regex, case) {
        Some(regex) => regex.is_match(text).into(),
        None => Holds::Maybe,
    }
}

/// Expressions that are kept compiled: more than the rules of most regions have.
const COMPILED: usize = 4096;

type Compiled = BTreeMap<(String, Case), Option<Regex>>;

thread_local! {
    /// A rehearsal asks the same rules over and over, and to compile one takes far longer than to
    /// ask it.
    static KNOWN: RefCell<Compiled> = const { RefCell::new(BTreeMap::new()) };
}

fn compiled(regex: &str, case: Case) -> Option<Regex> {
    let compile = || {
        RegexBuilder::new(regex)
            .case_insensitive(case == Case::Ignored)
            .dot_matches_new_line(true)
            .build()
            .ok()
    };
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= COMPILED {
            known.clear();
        }
        let kept = known.entry((regex.to_owned(), case));
        kept.or_insert_with(compile).clone()
    })
}

/// Host and path of a request behind a rule. Transforms are for targets: nobody sees the host and
/// path of a request that is answered, and whether a redirect sees them changed is not documented.
fn changed(rule: &Rule, sent: &Sent<'_>) -> Result<(String, String), Stop> {
    let as_sent = (sent.host.to_string(), sent.path.clone());
    match rule.actions.last() {
        Some(Action::FixedResponse { .. }) => Ok(as_sent),
        Some(Action::Redirect { .. }) => match transformed(rule, sent)? == as_sent {
            true => Ok(as_sent),
            false => Err(Stop::Unseen),
        },
        Some(Action::Forward { .. } | Action::Authenticate { .. } | Action::Unknown { .. })
        | None => transformed(rule, sent),
    }
}

fn transformed(rule: &Rule, sent: &Sent<'_>) -> Result<(String, String), Stop> {
    let (mut host, mut path) = (sent.host.to_string(), sent.path.clone());
    for transform in &rule.transforms {
        match transform {
            Transform::HostHeaderRewrite { .. } if sent.host_is == Told::ByName => {
                return Err(Stop::Unseen);
            }
            Transform::UrlRewrite { .. } if sent.path_is == Told::ByName => {
                return Err(Stop::Unseen);
            }
            Transform::HostHeaderRewrite { rewrites } => {
                host = rewritten(&host, rewrites, Case::Ignored)?;
            }
            Transform::UrlRewrite { rewrites } => {
                let query = sent.query.as_ref().ok_or(Stop::Unseen)?;
                let url = match query.as_str() {
                    "" => path,
                    query => format!("{path}?{query}"),
                };
                let url = rewritten(&url, rewrites, Case::Heeded)?;
                path = url.split('?').next().unwrap_or_default().to_owned();
            }
            Transform::Unknown { .. } => return Err(Stop::Unseen),
        }
    }
    Ok((host, path))
}

/// The text after the first rewrite that matches it.
fn rewritten(text: &str, rewrites: &[Rewrite], case: Case) -> Result<String, Stop> {
    for rewrite in rewrites {
        let regex = compiled(&rewrite.regex, case).ok_or(Stop::Unseen)?;
        if regex.is_match(text) {
            let replace = numbered(&rewrite.replace);
            return Ok(regex.replace(text, replace.as_str()).into_owned());
        }
    }
    Ok(text.to_owned())
}

/// `$1` as AWS writes it: only digits name a group, whatever stands behind them.
fn numbered(replace: &str) -> String {
    let mut out = String::new();
    let mut rest = replace;
    while let Some((before, after)) = rest.split_once('$') {
        let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
        out.push_str(before);
        if digits.is_empty() {
            out.push_str("$$");
        } else {
            out.push_str(&format!("${{{digits}}}"));
        }
        rest = after.get(digits.len()..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_stars_and_question_marks_are_wild() {
        let like = |text, pattern| is_like(text, pattern, Case::Heeded);
        assert!(like("/orders/7", "/orders/*"));
        assert!(like("/orders/", "/orders/*"));
        assert!(!like("/orders", "/orders/*"));
        assert!(like("/a7", "/a?") && !like("/a77", "/a?"));
        assert!(!like("/axb", "/a.b") && like("/a.b", "/a.b"));
        assert!(!like("/Orders", "/orders"));
        assert!(is_like("API.Example", "api.*", Case::Ignored));
        assert!(like("a*", r"a\*") && !like("ab", r"a\*"));
        assert!(like("[x]+", "[x]+"));
    }

    #[test]
    fn a_group_is_named_by_digits_alone() {
        let one = |regex: &str, replace: &str, text: &str| {
            let rewrites = [Rewrite {
                query: None,
                regex: Text::new(regex),
                replace: Text::new(replace),
            }];
            rewritten(text, &rewrites, Case::Heeded)
        };
        assert_eq!(one("^/a/(.*)$", "/b/$1x", "/a/c"), Ok("/b/cx".to_owned()));
        assert_eq!(one("^/a$", "/$b", "/a"), Ok("/$b".to_owned()));
        assert_eq!(one("^/a$", "/b", "/c"), Ok("/c".to_owned()));
        assert_eq!(one("(", "/b", "/c"), Err(Stop::Unseen));
    }
}
