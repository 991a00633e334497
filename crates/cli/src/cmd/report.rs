//! `unbridge report`, and the report at the end of `unbridge scan`.

use std::path::Path;

use jiff::civil::Date;
use unbridge_cost::prices::PriceTable;
use unbridge_model::assessment::Assessment;
use unbridge_model::snapshot::Snapshot;
use unbridge_report::view::{Acceptance, Accounts, Costs, ForeignBaseline, Selection, View};
use unbridge_scanner::assess::assess_with;
use unbridge_scanner::terraform::TerraformState;

use crate::args::{FailOn, PipelineArgs, ReportArgs, SettingsArgs};
use crate::error::Failure;
use crate::exit::Done;
use crate::output::Sheet;
use crate::settings::Settings;
use crate::today::today;
#[cfg(feature = "aws")]
use crate::tree::Tree;
use crate::tree::read::{Judged, With};
use crate::{costs, input, settings, terminal, terraform};

pub(crate) fn run(args: &ReportArgs) -> Result<Done, Failure> {
    let ReportArgs {
        snapshot,
        date,
        settings,
        output_file,
        output,
        filters,
        pipeline,
    } = args;
    let inputs = [
        Some(snapshot),
        pipeline.baseline.as_ref(),
        settings.file.config.as_ref(),
        settings.prices.as_ref(),
    ];
    let inputs = inputs
        .into_iter()
        .flatten()
        .chain(&settings.terraform_states);
    let sheet = match output_file {
        Some(path) => Sheet::in_file(output, path, inputs)?,
        None => Sheet::on_stdout(output)?,
    };
    let settled = settings::read(&settings.file)?;
    let asked = Asked::new(settled, settings, pipeline, filters.into())?;
    asked.answer(snapshot, *date, sheet)
}

/// What is to be reported, but for the snapshot: read and checked before that is.
pub(crate) struct Asked<'a> {
    acceptances: Vec<Acceptance>,
    terraform: TerraformState,
    prices: PriceTable,
    today: Date,
    baseline: Option<Assessment>,
    selection: Selection,
    fail_on: &'a [FailOn],
}

impl<'a> Asked<'a> {
    /// Reads the files that the flags name.
    pub(crate) fn new(
        settled: Settings,
        settings: &SettingsArgs,
        pipeline: &'a PipelineArgs,
        selection: Selection,
    ) -> Result<Self, Failure> {
        let terraform = terraform::states(&settings.terraform_states)?;
        let prices = costs::prices(settings.prices.as_deref())?;
        let with = With {
            terraform: &terraform,
            prices: &prices,
        };
        let read = |path| input::judged(path, None, &with).map(|judged| judged.assessment);
        let baseline = pipeline.baseline.as_deref().map(read).transpose()?;
        Ok(Self {
            acceptances: settled.acceptances,
            prices,
            today: today()?,
            terraform,
            baseline,
            selection,
            fail_on: &pipeline.fail_on,
        })
    }

    /// Refuses a baseline of another account, which is known before a scan and not only after it.
    #[cfg(feature = "aws")]
    pub(crate) fn check(&self, account: &unbridge_model::id::AccountId) -> Result<(), Failure> {
        match &self.baseline {
            Some(baseline) if baseline.scanned.first().account != *account => {
                Err(foreign(&ForeignBaseline {
                    of: account.clone(),
                    baseline: baseline.scanned.first().account.clone(),
                }))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Assesses what is kept there and writes the result.
    pub(crate) fn answer(
        self,
        path: &Path,
        date: Option<Date>,
        sheet: Sheet<'_>,
    ) -> Result<Done, Failure> {
        let judged = input::judged(path, date, &self.with())?;
        self.tell(judged, path, sheet)
    }

    /// The same of a tree that has just been written.
    #[cfg(feature = "aws")]
    pub(crate) fn answer_tree(
        self,
        runtime: &tokio::runtime::Runtime,
        tree: &Tree,
        date: Option<Date>,
        sheet: Sheet<'_>,
    ) -> Result<Done, Failure> {
        let judged = input::judged_tree(runtime, tree, date, &self.with())?;
        let path = tree.at().to_string();
        self.tell(judged, Path::new(&path), sheet)
    }

    fn with(&self) -> With<'_> {
        With {
            terraform: &self.terraform,
            prices: &self.prices,
        }
    }

    fn tell(self, judged: Judged, path: &Path, sheet: Sheet<'_>) -> Result<Done, Failure> {
        let Self {
            acceptances,
            prices,
            today,
            baseline,
            selection,
            fail_on,
            ..
        } = self;
        let mut view = viewed(judged, &prices, today).accept(&acceptances, today);
        if let Some(baseline) = baseline {
            view = view.since(baseline).map_err(|error| foreign(&error))?;
        }
        let view = view.select(&selection);
        if !sheet.has_room_for_notes() {
            tell_notes(&view);
        }
        let done = if fail_on.iter().any(|what| matches(&view, *what)) {
            Done::Findings
        } else if view.assessment.is_complete() {
            Done::Clean
        } else {
            Done::Incomplete
        };
        done.once(sheet.write(&view, path))
    }
}

/// Everything that was judged, with what it costs and whose it is.
pub(crate) fn viewed(judged: Judged, prices: &PriceTable, today: Date) -> View {
    let Judged {
        assessment,
        estimates,
        organization,
    } = judged;
    let accounts = organization.map(Accounts::from).unwrap_or_default();
    View::of(assessment)
        .with_costs(Costs {
            estimates,
            prices_as_of: prices.as_of,
            prices_too_old: prices.too_old(today),
        })
        .with_accounts(accounts)
}

fn foreign(error: &ForeignBaseline) -> Failure {
    let hint = format!("--baseline with an older snapshot of account {}", error.of);
    Failure::usage(error).hint(hint)
}

/// Says what a report of rows alone cannot.
fn tell_notes(view: &View) {
    let gaps = view.assessment.gaps.len();
    if gaps > 0 {
        terminal::tell(&format!(
            "INCOMPLETE: gaps: {gaps}; --output table lists them"
        ));
    }
    for stale in &view.stale {
        let mut scope = stale.acceptance.scope.words();
        scope.insert(0, stale.acceptance.finding.to_string());
        let (what, why) = (scope.join(", "), stale.why);
        terminal::tell(&format!("acceptance that does nothing: {what}: {why}"));
    }
}

pub(crate) fn assessed(
    snapshot: &Snapshot,
    terraform: &TerraformState,
) -> Result<Assessment, Failure> {
    assess_with(snapshot, terraform).map_err(|bug| {
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
        FailOn::StaleAcceptance => !view.stale.is_empty(),
    }
}
