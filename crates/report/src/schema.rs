//! JSON Schemas of what others may rely on, derived from the very types that are written.

use schemars::generate::SchemaSettings;
use serde_json::Value;

/// The schema of one line of a snapshot file.
#[must_use]
pub fn snapshot() -> Value {
    of::<unbridge_model::snapshot::Line>()
}

/// The schema of a plan file.
#[must_use]
pub fn plan() -> Value {
    of::<unbridge_model::plan::Plan>()
}

/// The schema of one line of a journal behind its header.
#[must_use]
pub fn journal() -> Value {
    of::<unbridge_model::journal::Entry>()
}

pub(crate) fn of<T: schemars::JsonSchema>() -> Value {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}
