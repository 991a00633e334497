//! Which NLBs, APIs and stages the words on the command line stand for, and in which region that
//! is: each word for exactly one.

use std::collections::BTreeSet;
use std::fmt::Display;

use unbridge_model::assessment::{Assessment, NlbAssessment};
use unbridge_model::finding::Verdict;
use unbridge_model::id::{Region, StageName};
use unbridge_model::plan::choices::{Selection, StageRef};
use unbridge_model::text::Text;
use unbridge_report::explain::KnownApi;

use crate::args::ChainsArgs;
use crate::error::Failure;
use crate::near::near;

/// How many names a hint offers.
const MOST: usize = 12;

/// What was chosen, and where it is.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) region: Region,
    pub(super) selection: Selection,
}

/// What can be chosen from.
pub(super) struct Choice<'a> {
    nlbs: Vec<&'a NlbAssessment>,
    apis: Vec<&'a KnownApi<'a>>,
    regions: Vec<&'a Region>,
    /// What is planned of an NLB where nothing is chosen.
    default: fn(&NlbAssessment) -> bool,
}

/// NLBs that a migration is about unless others are named.
pub(super) fn removable(nlb: &NlbAssessment) -> bool {
    nlb.verdict == Verdict::Removable
}

/// NLBs that a retirement is about unless others are named: where they are decides the region, what
/// of them may go the planner.
pub(super) fn left_behind(nlb: &NlbAssessment) -> bool {
    nlb.verdict != Verdict::NotABridge && nlb.chains.is_empty()
}

impl<'a> Choice<'a> {
    /// What a snapshot holds, in this region or in all.
    pub(super) fn new(
        assessment: &'a Assessment,
        apis: &'a [KnownApi<'a>],
        region: Option<&'a Region>,
        default: fn(&NlbAssessment) -> bool,
    ) -> Result<Self, Failure> {
        let regions = &assessment.scanned.first().regions;
        if let Some(region) = region.filter(|region| !regions.contains(region)) {
            return Err(
                Failure::usage(format!("the snapshot does not have region {region}"))
                    .hint(format!("one of: {}", listed(regions.iter()))),
            );
        }
        let here = |of: &Region| region.is_none_or(|region| region == of);
        let nlbs = assessment.nlbs.iter();
        Ok(Self {
            nlbs: nlbs.filter(|nlb| here(&nlb.region)).collect(),
            apis: apis.iter().filter(|api| here(api.region)).collect(),
            regions: regions.iter().filter(|region| here(region)).collect(),
            default,
        })
    }

    /// What these words stand for.
    pub(super) fn chosen(&self, args: &ChainsArgs) -> Result<Chosen, Failure> {
        let nlbs = args.nlbs.iter().map(|typed| self.nlb(typed));
        let nlbs: Vec<&NlbAssessment> = nlbs.collect::<Result<_, _>>()?;
        let apis = args.apis.iter().map(|typed| self.api(typed));
        let apis: Vec<&KnownApi<'_>> = apis.collect::<Result<_, _>>()?;
        let stages = args.stages.iter();
        let stages = stages.map(|(api, stage)| Ok((self.stage(api, stage)?, stage)));
        let stages: Vec<(&KnownApi<'_>, &StageName)> = stages.collect::<Result<_, Failure>>()?;
        let tags = super::make::tags(&args.tagged)?;
        let tagged: Vec<&NlbAssessment> = self.tagged(&tags)?;

        let mut regions: BTreeSet<&Region> = BTreeSet::new();
        regions.extend(nlbs.iter().chain(&tagged).map(|nlb| &nlb.region));
        regions.extend(apis.iter().map(|api| api.region));
        regions.extend(stages.iter().map(|(api, _)| api.region));
        let region = if regions.is_empty() {
            self.default_region()?
        } else {
            only(&regions)?
        };
        let stages = stages.into_iter().map(|(api, stage)| StageRef {
            api: api.api.id.clone(),
            stage: stage.clone(),
        });
        let selection = Selection {
            nlbs: nlbs.into_iter().map(|nlb| nlb.arn.clone()).collect(),
            tags,
            apis: apis.into_iter().map(|api| api.api.id.clone()).collect(),
            stages: stages.collect(),
        };
        Ok(Chosen {
            region: region.clone(),
            selection,
        })
    }

    fn nlb(&self, typed: &str) -> Result<&'a NlbAssessment, Failure> {
        let is_it = |nlb: &&&NlbAssessment| nlb.name == *typed || nlb.arn.as_str() == typed;
        let found: Vec<_> = self.nlbs.iter().filter(is_it).copied().collect();
        let names = self.nlbs.iter().map(|nlb| nlb.name.as_str());
        one("NLB", typed, &found, |nlb| nlb.arn.to_string(), names)
    }

    fn api(&self, typed: &str) -> Result<&'a KnownApi<'a>, Failure> {
        let of = |is_it: &dyn Fn(&KnownApi<'_>) -> bool| -> Vec<_> {
            let apis = self.apis.iter().copied();
            apis.filter(|known| is_it(known)).collect()
        };
        let mut found = of(&|known| known.api.id == *typed);
        if found.is_empty() {
            found = of(&|known| known.api.name == *typed);
        }
        let names = self.apis.iter();
        let names = names.flat_map(|known| [known.api.name.as_str(), known.api.id.as_str()]);
        let told = |known: &KnownApi<'_>| format!("{} (in {})", known.api.id, known.region);
        one("API", typed, &found, told, names)
    }

    /// The API, which has such a stage.
    fn stage(&self, api: &str, stage: &StageName) -> Result<&'a KnownApi<'a>, Failure> {
        let known = self.api(api)?;
        // Where the stages were not read, the plan says so.
        let stages = known.stages.as_deref().unwrap_or_default();
        if stages.is_empty() || stages.contains(&stage) {
            return Ok(known);
        }
        Err(
            Failure::usage(format!("API {api} has no stage {stage}")).hint(format!(
                "one of: {}",
                listed(stages.iter().map(|stage| format!("--stage {api}/{stage}")))
            )),
        )
    }

    fn tagged(
        &self,
        tags: &unbridge_model::apigateway::Tags,
    ) -> Result<Vec<&'a NlbAssessment>, Failure> {
        let carries = |nlb: &&NlbAssessment| {
            let known = nlb.tags.as_ref();
            known.is_some_and(|known| {
                tags.iter()
                    .any(|(key, value)| known.get(key) == Some(value))
            })
        };
        let found: Vec<_> = self.nlbs.iter().copied().filter(carries).collect();
        if found.is_empty() && !tags.is_empty() {
            let told = tags.iter().map(|(key, value)| format!("{key}={value}"));
            let known = self
                .nlbs
                .iter()
                .filter_map(|nlb| nlb.tags.as_ref())
                .flatten();
            let known: BTreeSet<String> = known
                .map(|(key, value): (&Text, &Text)| format!("{key}={value}"))
                .collect();
            let failure = Failure::usage(format!("no NLB has the tag {}", listed(told)));
            return Err(match known.is_empty() {
                true => failure.hint("--nlb NAME"),
                false => failure.hint(format!("tags of NLBs are {}", listed(known.iter()))),
            });
        }
        Ok(found)
    }

    /// The region where something is to be planned though nothing is named.
    fn default_region(&self) -> Result<&'a Region, Failure> {
        let of = |what: &dyn Fn(&NlbAssessment) -> bool| -> BTreeSet<&'a Region> {
            let nlbs = self.nlbs.iter().filter(|nlb| what(nlb));
            nlbs.map(|nlb| &nlb.region).collect()
        };
        let mut regions = of(&|nlb| (self.default)(nlb));
        if regions.is_empty() {
            regions = of(&|nlb| nlb.verdict != Verdict::NotABridge);
        }
        if regions.is_empty() {
            let first = self.regions.first().copied();
            return first.ok_or_else(|| Failure::usage("the snapshot holds no region"));
        }
        only(&regions)
    }
}

/// The one region of these.
fn only<'a>(regions: &BTreeSet<&'a Region>) -> Result<&'a Region, Failure> {
    match regions.iter().collect::<Vec<_>>().as_slice() {
        [region] => Ok(region),
        several => Err(Failure::usage(format!(
            "a plan is for one region, and there is something to plan in {}",
            listed(several.iter())
        ))
        .hint(format!(
            "one of: {}",
            listed(several.iter().map(|region| format!("--region {region}")))
        ))),
    }
}

/// The only thing that was found.
fn one<'a, T>(
    kind: &str,
    typed: &str,
    found: &[&'a T],
    told: impl Fn(&T) -> String,
    names: impl Iterator<Item = &'a str> + Clone,
) -> Result<&'a T, Failure> {
    match found {
        [one] => Ok(one),
        [] => {
            let failure = Failure::usage(format!("there is no {kind} {typed}"));
            let like = near(typed, names.clone());
            if !like.is_empty() {
                return Err(failure.hint(format!("one of: {}", like.join(", "))));
            }
            let names: BTreeSet<&str> = names.collect();
            Err(match names.is_empty() {
                true => failure,
                false => failure.hint(format!("one of: {}", listed(names.iter()))),
            })
        }
        several => Err(
            Failure::usage(format!("{} {kind}s are called {typed}", several.len())).hint(format!(
                "one of: {}",
                listed(several.iter().map(|one| told(one)))
            )),
        ),
    }
}

/// The first few of these, and how many more there are.
fn listed(all: impl ExactSizeIterator<Item = impl Display>) -> String {
    let more = all.len().saturating_sub(MOST);
    let mut told: Vec<String> = all.take(MOST).map(|one| one.to_string()).collect();
    if more > 0 {
        told.push(format!("+{more} more"));
    }
    told.join(", ")
}
