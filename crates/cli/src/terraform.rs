//! Terraform's states, from files.

use std::fs;
use std::path::PathBuf;

use unbridge_scanner::terraform::TerraformState;

use crate::error::Failure;

/// What the states of these files manage together.
pub(crate) fn states(files: &[PathBuf]) -> Result<TerraformState, Failure> {
    let mut states = TerraformState::default();
    for path in files {
        let told = |what: String| {
            let what = format!("Terraform state {}: {what}", path.display());
            Failure::usage(what).hint("terraform show -json > state.json, and that file")
        };
        let json = fs::read(path).map_err(|error| told(error.to_string()))?;
        states.add(&json).map_err(|error| told(error.to_string()))?;
    }
    Ok(states)
}
