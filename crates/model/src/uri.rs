//! The address of an integration, with stage variables in it or not.
//!
//! An account repeats few hosts and few paths very often, but hardly any address: so the two are
//! kept apart. Knows nothing of what an address leads to.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use crate::template::Template;
use crate::text::Text;

/// An integration's address: `http://host:8080/orders/{id}`, or the ARN of what it calls.
#[derive(Clone, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(from = "String")]
#[schemars(into = "String")]
pub struct Uri {
    base: Template,
    path: Template,
}

impl Uri {
    /// The address that is written so.
    #[must_use]
    pub fn new(written: &str) -> Self {
        let (base, path) = written.split_at(base_length(written));
        Self {
            base: Template::new(base),
            path: Template::new(path),
        }
    }

    /// Scheme, host and port; all of it where these cannot be told from the rest.
    #[must_use]
    pub fn base(&self) -> &Template {
        &self.base
    }

    /// What stands behind the base, from its `/`, `?` or `#` on; may be empty.
    #[must_use]
    pub fn path(&self) -> &Template {
        &self.path
    }

    /// Whether it reads no stage variable.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        self.base.is_literal() && self.path.is_literal()
    }

    /// The names of the stage variables it reads, in order of appearance.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.base.variables().chain(self.path.variables())
    }

    /// The address with its variables filled in by `fill`.
    ///
    /// # Errors
    /// What `fill` says of the first part that has no value.
    pub fn filled<E>(&self, fill: impl Fn(&Template) -> Result<Text, E>) -> Result<Text, E> {
        let base = fill(&self.base)?;
        if self.path.as_str().is_empty() {
            return Ok(base);
        }
        let path = fill(&self.path)?;
        Ok(Text::from(format!("{base}{path}")))
    }
}

/// A base that reads a variable is not told from the path: the variable may hold part of it.
fn base_length(written: &str) -> usize {
    let Some(authority) = written.find("://").map(|at| at + "://".len()) else {
        return written.len();
    };
    match written[authority..].find(['/', '?', '#', '$']) {
        Some(at) if written[authority + at..].starts_with('$') => written.len(),
        Some(at) => authority + at,
        None => written.len(),
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.base, self.path)
    }
}

impl fmt::Debug for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

impl From<String> for Uri {
    fn from(written: String) -> Self {
        Self::new(&written)
    }
}

impl Serialize for Uri {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(written: &str, base: &str, path: &str) {
        let uri = Uri::new(written);
        assert_eq!((uri.base().as_str(), uri.path().as_str()), (base, path));
        assert_eq!(uri.to_string(), written);
    }

    #[test]
    fn a_path_is_told_from_its_base() {
        check("http://nlb:81/orders/{id}", "http://nlb:81", "/orders/{id}");
        check("https://nlb?x=1", "https://nlb", "?x=1");
        check("http://nlb#/x", "http://nlb", "#/x");
        check("http://nlb", "http://nlb", "");
        check(
            "http://nlb/${stageVariables.x}",
            "http://nlb",
            "/${stageVariables.x}",
        );
    }

    #[test]
    fn what_may_hold_part_of_the_path_stays_whole() {
        for written in [
            "",
            "arn:aws:elasticloadbalancing:eu-west-1:1:listener/net/n/1/2",
            "${stageVariables.url}/orders",
            "http://${stageVariables.host}/orders",
            "http://nlb:${stageVariables.port}/orders",
        ] {
            check(written, written, "");
        }
    }

    #[test]
    fn variables_of_both_parts_are_filled_in() {
        let uri = Uri::new("http://nlb/${stageVariables.x}");
        assert!(!uri.is_literal());
        assert_eq!(uri.variables().collect::<Vec<_>>(), ["x"]);
        let value = Text::new("orders");
        let filled = uri.filled(|part| part.resolve(|name| (name == "x").then_some(&value)));
        assert_eq!(filled.as_deref(), Ok("http://nlb/orders"));
        let missing = uri.filled(|part| part.resolve(|_| None));
        assert_eq!(missing.map_err(|missing| missing.0), Err(Text::new("x")));
    }
}
