//! `unbridge explain`

use unbridge_model::assessment::{Assessment, NlbAssessment};
use unbridge_model::finding::FindingCode;
use unbridge_report::explain::{explain_code, explain_nlb};

use crate::args::ExplainArgs;
use crate::cmd::report::assessed;
use crate::error::Failure;
use crate::exit::Done;
use crate::{files, terminal};

pub(crate) fn run(args: &ExplainArgs) -> Result<Done, Failure> {
    let look = terminal::look(args.width);
    let mut text = String::new();
    if let Ok(code) = args.what.parse::<FindingCode>() {
        explain_code(code, look, &mut text).map_err(Failure::unexpected)?;
        terminal::put(&text)?;
        return Ok(Done::Clean);
    }
    let Some(path) = &args.snapshot else {
        return Err(Failure::usage(format!(
            "{} is no finding's code, and no snapshot is given to look for an NLB",
            args.what
        ))
        .hint(format!("unbridge explain {} --snapshot FILE", args.what)));
    };
    let assessment = assessed(&files::load(path)?)?;
    for (nth, nlb) in find(&assessment, &args.what)?.into_iter().enumerate() {
        if nth > 0 {
            text.push('\n');
        }
        explain_nlb(&assessment, nlb, look, &mut text).map_err(Failure::unexpected)?;
    }
    terminal::put(&text)?;
    Ok(if assessment.is_complete() {
        Done::Clean
    } else {
        Done::Incomplete
    })
}

/// NLBs of this name, one a region, or the one with this ARN.
fn find<'a>(assessment: &'a Assessment, what: &str) -> Result<Vec<&'a NlbAssessment>, Failure> {
    let named = |nlb: &&NlbAssessment| nlb.name == *what || nlb.arn.as_str() == what;
    let found: Vec<_> = assessment.nlbs.iter().filter(named).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let mut names: Vec<&str> = assessment
        .nlbs
        .iter()
        .map(|nlb| nlb.name.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    const SHOWN: usize = 20;
    let more = if names.len() > SHOWN { ", ..." } else { "" };
    names.truncate(SHOWN);
    let failure = Failure::usage(format!(
        "the snapshot has no NLB {what}, and no finding has that code"
    ));
    Err(if names.is_empty() {
        failure
    } else {
        failure.hint(format!("one of: {}{more}", names.join(", ")))
    })
}
