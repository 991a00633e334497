//! `unbridge report`, and the report at the end of `unbridge scan`.

use std::io;

use unbridge_model::assessment::Assessment;
use unbridge_model::snapshot::Snapshot;
use unbridge_report::view::View;
use unbridge_report::{json, table};
use unbridge_scanner::assess::assess;

use crate::args::{FailOn, Output, OutputArgs, ReportArgs};
use crate::error::Failure;
use crate::exit::Done;
use crate::{files, terminal};

pub(crate) fn run(args: &ReportArgs) -> Result<Done, Failure> {
    show(&files::load(&args.snapshot)?, &args.output)
}

/// Assesses a snapshot and writes the result.
pub(crate) fn show(snapshot: &Snapshot, output: &OutputArgs) -> Result<Done, Failure> {
    let view = View::of(assessed(snapshot)?);
    let done = if output.fail_on.iter().any(|what| matches(&view, *what)) {
        Done::Findings
    } else if view.assessment.is_complete() {
        Done::Clean
    } else {
        Done::Incomplete
    };
    done.once(write(&view, output))
}

fn write(view: &View, output: &OutputArgs) -> Result<(), Failure> {
    match output.output {
        Output::Table => {
            let mut text = String::new();
            let look = terminal::look(output.width);
            table::table(view, look, &mut text).map_err(Failure::unexpected)?;
            terminal::put(&text)
        }
        Output::Json => json::write(view, io::stdout().lock()).map_err(|e| terminal::unwritten(&e)),
    }
}

pub(crate) fn assessed(snapshot: &Snapshot) -> Result<Assessment, Failure> {
    assess(snapshot).map_err(|bug| {
        Failure::unexpected(format!("{bug}; please report this bug with the snapshot"))
    })
}

fn matches(view: &View, what: FailOn) -> bool {
    let mut findings = view.findings().map(|(_, finding)| finding);
    match what {
        FailOn::Severity(severity) => findings.any(|finding| finding.severity() >= severity),
        FailOn::Finding(code) => findings.any(|finding| finding.code() == code),
        FailOn::Verdict(verdict) => {
            let mut nlbs = view.assessment.nlbs.iter();
            nlbs.any(|nlb| nlb.verdict == verdict && view.is_news(&nlb.arn, verdict))
        }
    }
}
