//! What the writers write, over one small account with everything in it.

mod csv;
mod datasets;
mod diagrams;
mod diff;
mod every_kind;
mod explain;
mod finops;
mod html;
mod json;
mod markdown;
mod parquet_rows;
mod plan;
mod plans_emitted;
mod policy;
mod run_latency;
mod runs;
mod sample;
mod sarif;
mod several;
mod summary;
mod table;
mod totals;
mod view;

use unbridge_model::assessment::Assessment;
use unbridge_model::finding::FindingCode;
use unbridge_report::explain::{explain_code, explain_nlb};
use unbridge_report::look::{Colour, Look};

fn plain(width: u16) -> Look {
    Look {
        width,
        colour: Colour::Never,
    }
}

fn explained(assessment: &Assessment, name: &str, look: Look) -> String {
    let nlb = assessment
        .nlbs
        .iter()
        .find(|nlb| nlb.arn.name() == name)
        .expect("an NLB of this name");
    let mut out = String::new();
    explain_nlb(assessment, nlb, look, &mut out).expect("a string takes everything");
    out
}

fn code_explained(code: FindingCode) -> String {
    let mut out = String::new();
    explain_code(code, plain(80), &mut out).expect("a string takes everything");
    out
}
