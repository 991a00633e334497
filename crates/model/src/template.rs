//! Texts with stage variables in them, such as `http://${stageVariables.host}/orders`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::Text;

const OPEN: &str = "${stageVariables.";

/// A text that may name stage variables; API Gateway fills them in per stage.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Template(Text);

/// Why a template has no value on a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingVariable(pub Text);

impl Template {
    /// A template of this text.
    #[must_use]
    pub fn new(text: impl Into<Text>) -> Self {
        Self(text.into())
    }

    /// The text as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The text as written, shared.
    #[must_use]
    pub fn text(&self) -> &Text {
        &self.0
    }

    /// The names of the stage variables it reads, in order of appearance.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.0
            .as_str()
            .split(OPEN)
            .skip(1)
            .filter_map(|rest| rest.split_once('}'))
            .map(|(name, _)| name)
    }

    /// Whether it reads no stage variable.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        // A search for one byte is many times cheaper than one for a word, and most have none.
        !self.0.contains('$') || !self.0.contains(OPEN)
    }

    /// The text with variables filled in.
    ///
    /// # Errors
    /// [`MissingVariable`] names the first variable that `value_of` does not know.
    pub fn resolve<'v>(
        &self,
        value_of: impl Fn(&str) -> Option<&'v Text>,
    ) -> Result<Text, MissingVariable> {
        if self.is_literal() {
            return Ok(self.0.clone());
        }
        let mut filled = String::new();
        let mut rest = self.0.as_str();
        while let Some((before, after)) = rest.split_once(OPEN) {
            let Some((name, behind)) = after.split_once('}') else {
                break;
            };
            filled.push_str(before);
            filled.push_str(value_of(name).ok_or_else(|| MissingVariable(Text::new(name)))?);
            rest = behind;
        }
        filled.push_str(rest);
        Ok(Text::from(filled))
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Result<&str, &str>) {
        let host = Text::new("nlb.example");
        let got = Template::new(text).resolve(|name| (name == "host").then_some(&host));
        assert_eq!(
            got.as_deref().map_err(|missing| missing.0.as_str()),
            expect,
            "{text}"
        );
    }

    #[test]
    fn variables_are_filled_in() {
        check("http://nlb/x", Ok("http://nlb/x"));
        check(
            "http://${stageVariables.host}:80/${stageVariables.host}",
            Ok("http://nlb.example:80/nlb.example"),
        );
        check("${stageVariables.other}", Err("other"));
        check("${stageVariables.host", Ok("${stageVariables.host"));
        check("{proxy}", Ok("{proxy}"));
    }

    #[test]
    fn variables_are_named_in_order() {
        let template = Template::new("${stageVariables.a}/${stageVariables.b}");
        assert_eq!(template.variables().collect::<Vec<_>>(), ["a", "b"]);
        assert!(!template.is_literal());
    }
}
