//! `unbridge report`, and the report at the end of `unbridge scan`.

use std::io;

use unbridge_model::assessment::Assessment;
use unbridge_model::snapshot::Snapshot;
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
    let assessment = assessed(snapshot)?;
    let done = if output
        .fail_on
        .iter()
        .any(|what| matches(&assessment, *what))
    {
        Done::Findings
    } else if assessment.is_complete() {
        Done::Clean
    } else {
        Done::Incomplete
    };
    done.once(write(&assessment, output))
}

fn write(assessment: &Assessment, output: &OutputArgs) -> Result<(), Failure> {
    match output.output {
        Output::Table => {
            let mut text = String::new();
            let look = terminal::look(output.width);
            table::table(assessment, look, &mut text).map_err(Failure::unexpected)?;
            terminal::put(&text)
        }
        Output::Json => {
            json::write(assessment, io::stdout().lock()).map_err(|e| terminal::unwritten(&e))
        }
    }
}

pub(crate) fn assessed(snapshot: &Snapshot) -> Result<Assessment, Failure> {
    assess(snapshot).map_err(|bug| {
        Failure::unexpected(format!("{bug}; please report this bug with the snapshot"))
    })
}

fn matches(assessment: &Assessment, what: FailOn) -> bool {
    let of_nlbs = assessment.nlbs.iter().flat_map(|nlb| &nlb.findings);
    let of_links = assessment.links.iter().flat_map(|link| &link.findings);
    let mut findings = of_nlbs.chain(of_links).chain(&assessment.unattached);
    match what {
        FailOn::Severity(severity) => findings.any(|finding| finding.severity() >= severity),
        FailOn::Finding(code) => findings.any(|finding| finding.code() == code),
        FailOn::Verdict(verdict) => assessment.count(verdict) > 0,
    }
}
