//! Findings that a team has accepted, for a reason and for a time.

use std::collections::BTreeMap;

use jiff::civil::Date;
use unbridge_model::finding::{ApiRef, Finding, FindingCode};
use unbridge_model::id::{AccountId, Region};
use unbridge_model::text::Text;
use wildmatch::WildMatch;

use super::{About, Accepted, Stale, StaleAcceptance, View, identity};

/// One entry of a team's list: a finding that is known and stays.
#[derive(Debug, Clone)]
pub struct Acceptance {
    /// The code that is accepted.
    pub finding: FindingCode,
    /// Where.
    pub scope: Scope,
    /// Why; shown wherever the finding is.
    pub reason: Text,
    /// The last day on which it holds.
    pub expires: Date,
}

/// What an acceptance is limited to. A part that is not given is no limit.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// The account.
    pub account: Option<AccountId>,
    /// The region.
    pub region: Option<Region>,
    /// An NLB's name or ARN.
    pub nlb: Option<Wildcard>,
    /// A VPC link's id or name.
    pub link: Option<Wildcard>,
    /// The id or name of the API that the evidence names; of every one, when it names several.
    pub api: Option<Wildcard>,
}

impl Scope {
    /// The limits, as words: `nlb backoffice-*`.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let Self {
            account,
            region,
            nlb,
            link,
            api,
        } = self;
        let mut words = Vec::new();
        words.extend(account.as_ref().map(|account| format!("account {account}")));
        words.extend(region.as_ref().map(|region| format!("region {region}")));
        words.extend(nlb.as_ref().map(|nlb| format!("nlb {nlb}")));
        words.extend(link.as_ref().map(|link| format!("link {link}")));
        words.extend(api.as_ref().map(|api| format!("api {api}")));
        words
    }
}

/// A text in which `*` stands for any characters and `?` for one.
#[derive(Debug, Clone, PartialEq)]
pub struct Wildcard(WildMatch);

impl Wildcard {
    /// From its text.
    #[must_use]
    pub fn new(pattern: &str) -> Self {
        Self(WildMatch::new(pattern))
    }

    fn is_any_of(&self, texts: &[&str]) -> bool {
        texts.iter().any(|text| self.0.matches(text))
    }
}

impl std::fmt::Display for Wildcard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl View {
    /// Takes out the findings that are accepted on this day. Acceptances for other accounts, and
    /// for regions that were not scanned, are neither used nor stale.
    #[must_use]
    pub fn accept(mut self, acceptances: &[Acceptance], today: Date) -> Self {
        let scanned = self.assessment.scanned.clone();
        let regions = scanned.regions();
        let concerns = |acceptance: &&Acceptance| {
            let Scope {
                account, region, ..
            } = &acceptance.scope;
            let region = region.as_ref();
            match account {
                Some(account) => scanned.of(account).is_some_and(|header| {
                    region.is_none_or(|region| header.regions.contains(region))
                }),
                None => region.is_none_or(|region| regions.contains(region)),
            }
        };
        let mut entries: Vec<(&Acceptance, Used)> = acceptances
            .iter()
            .filter(concerns)
            .map(|acceptance| (acceptance, Used::Never))
            .collect();
        let names = Names::of(&self);
        let mut accepted = Vec::new();
        self.retain_findings(|about, finding| {
            let mut taken = None;
            for (acceptance, used) in &mut entries {
                if acceptance.covers(&names, about, finding) {
                    *used = Used::Matched;
                    if acceptance.expires >= today {
                        taken.get_or_insert(*acceptance);
                    }
                }
            }
            let Some(acceptance) = taken else {
                return true;
            };
            accepted.push(Accepted {
                about: about.clone(),
                finding: finding.clone(),
                reason: acceptance.reason.clone(),
                expires: acceptance.expires,
            });
            false
        });
        accepted.sort_by(|a, b| a.about.cmp(&b.about));
        self.accepted = accepted;
        let stale = entries.into_iter().filter_map(|(acceptance, used)| {
            let why = match (acceptance.expires < today, used) {
                (true, _) => Stale::Expired,
                (false, Used::Never) => Stale::MatchesNothing,
                (false, Used::Matched) => return None,
            };
            Some(StaleAcceptance {
                acceptance: acceptance.clone(),
                why,
            })
        });
        self.stale = stale.collect();
        self
    }
}

/// Whether an acceptance matched any finding.
#[derive(Clone, Copy)]
enum Used {
    Never,
    Matched,
}

/// Names of links, which a finding's place does not tell.
struct Names(BTreeMap<About, Text>);

impl Names {
    fn of(view: &View) -> Self {
        let links = view.assessment.links.iter().map(|link| {
            let about = About::of_link(link);
            (about, link.name.clone())
        });
        Self(links.collect())
    }

    fn of_link(&self, about: &About) -> Option<&Text> {
        self.0.get(about)
    }
}

impl Acceptance {
    fn covers(&self, names: &Names, about: &About, finding: &Finding) -> bool {
        let Scope {
            account,
            region,
            nlb,
            link,
            api,
        } = &self.scope;
        let is_nlb = |pattern: &Wildcard| match about {
            About::Nlb(arn) => pattern.is_any_of(&[arn.name(), arn.as_str()]),
            About::Link(..) | About::Chains(..) => false,
        };
        let is_link = |pattern: &Wildcard| match about {
            About::Link(_, _, _, id) => {
                let name = names.of_link(about).map_or("", |name| name);
                pattern.is_any_of(&[id.as_str(), name])
            }
            About::Nlb(_) | About::Chains(..) => false,
        };
        let is_api = |pattern: &Wildcard| {
            let apis = identity::apis(finding);
            let mut all = apis.iter();
            // What concerns another API too was not accepted.
            !apis.is_empty() && all.all(|ApiRef { id, name, .. }| pattern.is_any_of(&[id, name]))
        };
        finding.code() == self.finding
            && account
                .as_ref()
                .is_none_or(|account| account.as_str() == about.account())
            && region
                .as_ref()
                .is_none_or(|region| region.as_str() == about.region())
            && nlb.as_ref().is_none_or(is_nlb)
            && link.as_ref().is_none_or(is_link)
            && api.as_ref().is_none_or(is_api)
    }
}
