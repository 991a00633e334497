//! `unbridge diff`

use std::io::{self, BufWriter, Write};
use std::path::Path;

use jiff::civil::Date;
use unbridge_cost::prices::PriceTable;
use unbridge_report::diff::{self, Diff};
use unbridge_report::view::View;
use unbridge_scanner::terraform::TerraformState;

use crate::args::{DiffArgs, DiffOutput, FailOn};
use crate::cmd::report::viewed;
use crate::error::Failure;
use crate::exit::Done;
use crate::settings::Settings;
use crate::today::today;
use crate::tree::read::With;
use crate::{costs, input, settings, terminal, terraform};

pub(crate) fn run(args: &DiffArgs) -> Result<Done, Failure> {
    if args.fail_on.contains(&FailOn::StaleAcceptance) {
        let what = "an acceptance is stale or not in a report, not between two of them";
        return Err(Failure::usage(what).hint("unbridge report --fail-on stale-acceptance"));
    }
    let both = Both {
        settled: settings::read(&args.settings.file)?,
        terraform: terraform::states(&args.settings.terraform_states)?,
        prices: costs::prices(args.settings.prices.as_deref())?,
        today: today()?,
    };
    let old = both.view(&args.old, args.old_date)?;
    let new = both.view(&args.new, args.new_date)?;
    let diff = Diff::of(&old, &new).only(&args.accounts, &args.regions);
    let done = if args.fail_on.iter().any(|what| is_news(&diff, *what)) {
        Done::Findings
    } else if diff.is_complete() {
        Done::Clean
    } else {
        Done::Incomplete
    };
    done.once(put(&diff, args))
}

/// What both sides are judged with.
struct Both {
    settled: Settings,
    terraform: TerraformState,
    prices: PriceTable,
    today: Date,
}

impl Both {
    fn view(&self, path: &Path, date: Option<Date>) -> Result<View, Failure> {
        let with = With {
            terraform: &self.terraform,
            prices: &self.prices,
        };
        let judged = input::judged(path, date, &with)?;
        let view = viewed(judged, &self.prices, self.today);
        Ok(view.accept(&self.settled.acceptances, self.today))
    }
}

fn is_news(diff: &Diff<'_>, what: FailOn) -> bool {
    let mut findings = diff.news();
    match what {
        FailOn::Severity(severity) => findings.any(|finding| finding.severity() >= severity),
        FailOn::Finding(code) => findings.any(|finding| finding.code() == code),
        FailOn::Verdict(verdict) => diff.new_verdicts().any(|new| new == verdict),
        FailOn::StaleAcceptance => false,
    }
}

fn put(diff: &Diff<'_>, args: &DiffArgs) -> Result<(), Failure> {
    let mut text = String::new();
    match args.output {
        DiffOutput::Json => {
            let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
            let written = diff::json(diff, &mut out).and_then(|()| out.flush());
            return written.map_err(|error| terminal::unwritten(&error));
        }
        DiffOutput::Table => diff::table(diff, terminal::look(args.width), &mut text),
        DiffOutput::Markdown => diff::markdown(diff, &mut text),
    }
    .map_err(Failure::unexpected)?;
    terminal::put(&text)
}
