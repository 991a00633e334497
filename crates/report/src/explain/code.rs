//! One finding code, explained without any account.

use std::fmt::{self, Write};

use serde_json::Value;
use unbridge_model::finding::{Finding, FindingCode};

use super::heading;
use crate::codes::{anchor, text_of};
use crate::layout;
use crate::look::{Look, Tone};
use crate::schema;

/// Explains one finding code: what it means, what its evidence holds, what to do, and what it does
/// to a verdict until when.
///
/// # Errors
/// When `out` does not take it.
pub fn explain_code(code: FindingCode, look: Look, out: &mut dyn Write) -> fmt::Result {
    let columns = look.columns();
    let text = text_of(code);
    let mut page = String::new();
    let title = format!("{}: {}", Tone::Strong.of(code), text.title);
    layout::put(&mut page, "", &title, columns);
    page.push('\n');
    layout::put(&mut page, "", text.meaning, columns);
    heading(&mut page, "Evidence");
    for (field, holds) in evidence_fields(code) {
        layout::put(&mut page, "  - ", &format!("{field}: {holds}"), columns);
    }
    for (label, words) in [
        ("What to do", text.remedy),
        ("Verdict, and what would change it", text.effect),
    ] {
        heading(&mut page, label);
        layout::put(&mut page, "  ", words, columns);
    }
    page.push('\n');
    layout::put(&mut page, "", &format!("More: {}", anchor(code)), columns);
    look.put(&page, out)
}

/// The fields of a code's evidence and what they hold, as the schema of the JSON report says.
fn evidence_fields(code: FindingCode) -> Vec<(String, String)> {
    let schema = schema::of::<Finding>();
    // The schema has the findings in the order of their codes.
    let fields = FindingCode::ALL
        .iter()
        .position(|known| *known == code)
        .and_then(|place| schema["anyOf"][place]["properties"].as_object());
    let said = |field: &Value| field["description"].as_str().unwrap_or_default().to_owned();
    fields
        .into_iter()
        .flatten()
        .map(|(name, field)| (name.clone(), said(field)))
        .collect()
}
