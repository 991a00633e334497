//! Making a plan: from a snapshot and what a person chose to a plan that is linted, rehearsed,
//! summed up and written.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use unbridge_model::apigateway::Tags;
use unbridge_model::assessment::NlbAssessment;
use unbridge_model::estimate::Estimate;
use unbridge_model::id::LoadBalancerArn;
use unbridge_model::plan::choices::{Choices, Retirement};
use unbridge_model::plan::forecast::Saving;
use unbridge_model::plan::operation::Percent;
use unbridge_model::plan::{Body, Plan};
use unbridge_model::quota::Pace;
use unbridge_model::snapshot::Snapshot;
use unbridge_model::text::Text;
use unbridge_planner::{Asked, lint};
use unbridge_report::explain::known_apis;
use unbridge_report::plan::{RehearsalVerdict, plan_summary};

use super::choose::{Choice, Chosen, left_behind, removable};
use super::edits;
use super::file;
use crate::args::{Accepted, ChainsArgs, PlanFromArgs, PlanMakeArgs, PlanRetireArgs, PlanToArgs};
use crate::cmd::rehearse::{self, Fit};
use crate::error::Failure;
use crate::exit::Done;
use crate::input::Single;
use crate::{costs, progress, terminal, terraform};

/// How long a share is watched unless a person says otherwise: CloudWatch shows minutes up to three
/// minutes late, and five are to be seen.
const BAKE_SECONDS: u32 = 480;
/// For how long all shares of a stage are watched together at most unless a person says otherwise:
/// meanwhile AWS refuses ordinary deployments of it (H26).
const BAKES_SECONDS: u32 = 3600;
/// A name that stands for stdout.
const STDOUT: &str = "-";

/// `unbridge plan`
pub(super) fn migration(args: &PlanMakeArgs, verbose: u8) -> Result<Done, Failure> {
    let links = &args.links;
    let choices = Choices {
        canary: ascending(&args.canary)?,
        bake_seconds: args.bake.unwrap_or_else(|| bake(args.canary.len())),
        links: links.links,
        use_links: links.use_links.iter().cloned().collect(),
        zones: links.zones.iter().cloned().collect(),
        link_quota: links.link_quota,
        stage_quota: links.stage_quota,
        tags: tags(&links.tags)?,
        ..choices(&args.from, &args.chains)
    };
    let wanted = Wanted {
        from: &args.from,
        chains: &args.chains,
        to: &args.to,
        choices,
        default: removable,
        plan: unbridge_planner::plan,
    };
    wanted.make(verbose)
}

/// `unbridge plan retire`
pub(super) fn retirement(args: &PlanRetireArgs, verbose: u8) -> Result<Done, Failure> {
    let choices = Choices {
        retirement: Retirement {
            quarantine_seconds: args.quarantine.unwrap_or_default(),
            quiet_days: args.quiet_days,
        },
        ..choices(&args.from, &args.chains)
    };
    let wanted = Wanted {
        from: &args.from,
        chains: &args.chains,
        to: &args.to,
        choices,
        default: left_behind,
        plan: unbridge_planner::retire,
    };
    wanted.make(verbose)
}

/// What both kinds of plan let a person choose, but for the selection.
fn choices(from: &PlanFromArgs, chains: &ChainsArgs) -> Choices {
    let findings = chains.accept.iter().filter_map(|accepted| match accepted {
        Accepted::Finding(code) => Some(*code),
        Accepted::Doubt(_) => None,
    });
    let doubts = chains.accept.iter().filter_map(|accepted| match accepted {
        Accepted::Doubt(doubt) => Some(*doubt),
        Accepted::Finding(_) => None,
    });
    Choices {
        findings: findings.collect(),
        doubts: doubts.collect(),
        edit: chains.edit.iter().cloned().collect(),
        pace: Pace::percent(from.pace).unwrap_or(Pace::HALF),
        ..Choices::default()
    }
}

/// Shares that grow: a canary release that shrinks proves nothing.
fn ascending(shares: &[Percent]) -> Result<Vec<Percent>, Failure> {
    if shares.is_sorted_by(|one, next| one < next) {
        return Ok(shares.to_vec());
    }
    Err(Failure::usage("the shares of --canary do not grow").hint("--canary 10,50,100"))
}

/// For how long each of so many shares is watched.
fn bake(shares: usize) -> u32 {
    let shares = u32::try_from(shares).unwrap_or(u32::MAX).max(1);
    (BAKES_SECONDS / shares).clamp(1, BAKE_SECONDS)
}

/// Tags, each key once.
pub(super) fn tags(typed: &[(Text, Text)]) -> Result<Tags, Failure> {
    let mut tags = Tags::default();
    for (key, value) in typed {
        if tags
            .insert(key.clone(), value.clone())
            .is_some_and(|other| other != *value)
        {
            return Err(Failure::usage(format!("tag {key} is given two values"))
                .hint("one value for each key"));
        }
    }
    Ok(tags)
}

/// A plan that is to be made.
struct Wanted<'a> {
    from: &'a PlanFromArgs,
    chains: &'a ChainsArgs,
    to: &'a PlanToArgs,
    choices: Choices,
    /// The NLBs it is about where none is named.
    default: fn(&NlbAssessment) -> bool,
    plan: fn(&Asked<'_>) -> Body,
}

impl Wanted<'_> {
    fn make(self, verbose: u8) -> Result<Done, Failure> {
        let path = match snapshot(self.from, self.choices.retirement.quiet_days)? {
            ControlFlow::Continue(path) => path,
            ControlFlow::Break(done) => return Ok(done),
        };
        let out = self.to.output_file.as_deref();
        if let Some(out) = out.filter(|out| *out != Path::new(STDOUT)) {
            file::check_place(out, &path)?;
        }
        let single = Single::read(&path, self.from.account.as_ref(), self.from.date)?;
        let snapshot = &single.snapshot;
        let mut plan = self.planned(&single)?;
        check(&plan, snapshot)?;
        let mut done = match (plan.body.steps.is_empty(), plan.body.complete) {
            (true, _) => Done::Refused,
            (false, true) => Done::Clean,
            (false, false) => Done::Incomplete,
        };
        if !plan.body.steps.is_empty() && !self.to.no_rehearsal {
            match rehearse::on(&plan, snapshot) {
                Fit::Rehearsed(found) if found.verdict == RehearsalVerdict::Refuted => {
                    terminal::tell(
                        "no plan is written: a rehearsal refutes it (--no-rehearsal writes it, \
                         marked as not proven)",
                    );
                    let look = terminal::look(self.to.page.width);
                    return Done::Refused.once(rehearse::put_text(&found, look, verbose));
                }
                Fit::Rehearsed(found) => plan.proof = Some(rehearse::proof(&plan, &found)),
                Fit::Unread(what) => {
                    terminal::tell(&format!("not rehearsed; not read: {what}"));
                    done = Done::Incomplete;
                }
            }
        }
        let command = command();
        done.once(self.put(&plan, command.as_deref()))
    }

    fn planned(&self, single: &Single) -> Result<Plan, Failure> {
        let snapshot = &single.snapshot;
        let terraform = terraform::states(&self.from.terraform_states)?;
        let prices = costs::prices(self.from.prices.as_deref())?;
        let assessment = single.assessed(&terraform)?;
        let apis = known_apis(snapshot);
        let choice = Choice::new(&assessment, &apis, self.from.region.as_ref(), self.default)?;
        let Chosen { region, selection } = choice.chosen(self.chains)?;
        let choices = Choices {
            selection,
            ..self.choices.clone()
        };
        if let Some(facts) = snapshot.regions.get(&region) {
            edits::check(facts, &choices)?;
        }
        let estimates = unbridge_cost::estimates(&assessment, snapshot, &prices);
        let asked = Asked {
            snapshot,
            assessment: &assessment,
            region: &region,
            choices: &choices,
            savings: estimates.iter().map(saving).collect(),
        };
        let body = progress::during("planning", || (self.plan)(&asked));
        Ok(Plan::new(Text::new(env!("CARGO_PKG_VERSION")), body))
    }

    /// Writes the plan to its place, and what it comes to for a person. What has no steps is kept
    /// only where a person named a place for it.
    fn put(&self, plan: &Plan, command: Option<&str>) -> Result<(), Failure> {
        let named = self.to.output_file.as_deref();
        if named == Some(Path::new(STDOUT)) {
            let json = plan.to_json().map_err(Failure::unexpected)?;
            return terminal::put(&json);
        }
        let default = || {
            let name = format!("unbridge-{}.plan.json", plan.plan_id.short());
            (!plan.body.steps.is_empty()).then(|| PathBuf::from(name))
        };
        let place = named.map(Path::to_path_buf).or_else(default);
        if let Some(place) = place {
            file::write(plan, &place)?;
        }
        let mut text = String::new();
        let look = terminal::look(self.to.page.width);
        plan_summary(plan, command, look, &mut text).map_err(Failure::unexpected)?;
        terminal::put(&text)
    }
}

/// The snapshot that was named, or that of a scan, which may be interrupted.
#[cfg(feature = "aws")]
fn snapshot(from: &PlanFromArgs, quiet_days: u16) -> Result<ControlFlow<Done, PathBuf>, Failure> {
    if let Some(path) = &from.snapshot {
        return Ok(ControlFlow::Continue(path.clone()));
    }
    let account = crate::args::AccountArgs {
        profiles: from.profile.iter().cloned().collect(),
        regions: from.region.iter().cloned().collect(),
        all_regions: false,
        pace: Some(from.pace),
        pace_per_region: false,
        skip_users: false,
        look_back: quiet_days,
        digest_key: from.digest_key.clone(),
    };
    let read = crate::cmd::scan::into_file(&account)?;
    Ok(read.map_or(ControlFlow::Break(Done::Interrupted), ControlFlow::Continue))
}

#[cfg(not(feature = "aws"))]
fn snapshot(from: &PlanFromArgs, _: u16) -> Result<ControlFlow<Done, PathBuf>, Failure> {
    let none = || Failure::usage("no snapshot is given").hint("--snapshot FILE");
    let named = from.snapshot.clone().ok_or_else(none)?;
    Ok(ControlFlow::Continue(named))
}

/// A plan that this tool made and its own linter refuses is a bug of this tool.
fn check(plan: &Plan, snapshot: &Snapshot) -> Result<(), Failure> {
    let found = lint::lint_on(plan, snapshot);
    let Some(first) = found.first() else {
        return Ok(());
    };
    let more = found.len() - 1;
    let more = if more > 0 {
        format!(" (+{more} more)")
    } else {
        String::new()
    };
    Err(Failure::unexpected(format!(
        "the plan is not written: {first}{more}; please report this bug with the snapshot"
    )))
}

/// What the going of an NLB saves: of what a plan moves nothing is in the way any more.
fn saving((nlb, estimate): (&LoadBalancerArn, &Estimate)) -> Saving {
    let range = estimate.monthly_potential;
    let amount = |amount: rust_decimal::Decimal| Text::from(amount.normalize().to_string());
    let missing = estimate.missing.iter();
    Saving {
        nlb: nlb.clone(),
        currency: Some(Text::from(estimate.currency.to_string())),
        low: Some(amount(range.low)),
        expected: range.expected.map(amount),
        high: range.high.map(amount),
        unknown: missing.map(|one| Text::from(one.to_string())).collect(),
    }
}

/// The command as a shell takes it, to be typed again; `None` when it cannot be told.
fn command() -> Option<String> {
    let words: Vec<String> = std::env::args_os()
        .skip(1)
        .map(std::ffi::OsString::into_string)
        .collect::<Result<_, _>>()
        .ok()?;
    let words = std::iter::once("unbridge").chain(words.iter().map(String::as_str));
    shlex::try_join(words).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_of_a_stage_are_watched_for_an_hour_at_most_together() {
        assert_eq!([0, 1, 3, 7].map(bake), [480; 4]);
        assert_eq!(bake(13) * 13, 3588);
        assert_eq!(bake(100) * 100, 3600);
    }

    #[test]
    fn shares_grow() {
        let shares = |all: &[u8]| {
            let all: Vec<Percent> = all.iter().copied().filter_map(Percent::new).collect();
            ascending(&all).is_ok()
        };
        assert!(shares(&[10, 50, 100]) && shares(&[100]));
        assert!(!shares(&[50, 10]) && !shares(&[10, 10]));
    }

    #[test]
    fn a_tag_has_one_value() {
        let tag = |key: &str, value: &str| (Text::new(key), Text::new(value));
        assert!(tags(&[tag("team", "a"), tag("team", "a"), tag("of", "b")]).is_ok());
        assert!(tags(&[tag("team", "a"), tag("team", "b")]).is_err());
    }
}
