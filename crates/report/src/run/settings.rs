//! What is settled, each value with where it comes from.

use std::fmt::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::layout::{self, width};
use crate::look::{Look, Tone};
use crate::words;

/// Everything that is settled.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SettingsTold {
    /// The version of this format.
    pub format_version: u32,
    /// The file that was read; null when there is none.
    pub file: Option<String>,
    /// Every key, sorted; an entry of a list has its number behind the list's key.
    pub settings: Vec<Setting>,
}

/// A value that is in force where no flag says otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Setting {
    /// The key, such as `pace.percent`.
    pub key: String,
    /// Its value; null where nothing is set and nothing is assumed.
    pub value: Value,
    /// What the value counts, such as `s` or `%`.
    pub unit: Option<&'static str>,
    /// Where it comes from.
    pub from: From,
    /// The flag that wins over it.
    pub flag: Option<&'static str>,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum From {
    /// Nothing is said of it.
    Default,
    /// The file says it.
    File {
        /// On this line, from 1.
        line: usize,
    },
}

impl fmt::Display for From {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { line } => write!(f, "line {line}"),
        }
    }
}

impl Setting {
    /// The value as a person reads it.
    fn shown(&self) -> String {
        let value = match &self.value {
            Value::Null => return "-".to_owned(),
            Value::String(text) => words::name(text),
            Value::Array(list) => {
                let items = list.iter().map(|item| match item {
                    Value::String(text) => words::name(text),
                    other => words::name(&other.to_string()),
                });
                items.collect::<Vec<_>>().join(", ")
            }
            // Without a point where it is a whole number, as it is typed.
            Value::Number(number) => match number.as_f64() {
                Some(number) => number.to_string(),
                None => number.to_string(),
            },
            other @ (Value::Bool(_) | Value::Object(_)) => words::name(&other.to_string()),
        };
        match self.unit {
            Some(unit) => format!("{value} {unit}"),
            None => value,
        }
    }
}

/// Writes it as a table.
///
/// # Errors
/// When `out` does not take it.
pub fn settings(told: &SettingsTold, look: Look, out: &mut dyn Write) -> fmt::Result {
    let columns = look.columns();
    let mut page = String::new();
    let head = match &told.file {
        Some(file) => format!(
            "Settings of {}; what it does not say is the default.",
            words::name(file)
        ),
        None => "No settings are read; every value is the default.".to_owned(),
    };
    layout::fill(&mut page, "", &head, columns);
    page.push('\n');
    let rows: Vec<[String; 3]> = told.settings.iter().map(row).collect();
    let titles = ["KEY", "FROM", "VALUE"].map(str::to_owned);
    let widest = |column: usize| {
        let cells = rows.iter().chain([&titles]).map(|row| width(&row[column]));
        cells.max().unwrap_or(0)
    };
    let (first, second) = (widest(0), widest(1));
    let mut put = |[key, from, value]: &[String; 3], tone: fn(&str) -> String| {
        let lead = format!("{key:<first$}  {from:<second$}  ");
        // Where two columns leave no room, the value goes below them.
        if width(&lead) + LEAST > columns {
            layout::fill(&mut page, "", &tone(&format!("{key}  {from}")), columns);
            layout::fill(&mut page, "    ", &tone(value), columns);
        } else {
            layout::fill(&mut page, &tone(&lead), &tone(value), columns);
        }
    };
    put(&titles, |text| Tone::Strong.of(text));
    for row in &rows {
        put(row, str::to_owned);
    }
    let flags: Vec<String> = told
        .settings
        .iter()
        .filter_map(|setting| Some(format!("{} over {}", setting.flag?, setting.key)))
        .collect();
    if !flags.is_empty() {
        page.push('\n');
        let text = format!("Flags win: {}.", flags.join(", "));
        layout::fill(&mut page, "", &text, columns);
    }
    look.put(&page, out)
}

/// The least that is worth giving to values.
const LEAST: usize = 16;

fn row(setting: &Setting) -> [String; 3] {
    let key = words::name(&setting.key);
    [key, setting.from.to_string(), setting.shown()]
}
