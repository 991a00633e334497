//! What stands beside the NLBs: what was left out, accepted, found about links, and not seen.

use unbridge_model::assessment::{LinkAssessment, Unattached};
use unbridge_model::finding::{Finding, FindingCode, Severity};

use crate::layout::count;
use crate::look::{Colour, Look};
use crate::said;
use crate::view::{self, View, Whose};
use crate::{gaps, text_of, words};

/// How many things of a kind are listed before the rest is only counted.
const MOST: usize = 100;

/// The parts below the NLBs.
pub(super) struct Aside {
    pub(super) accepted: Vec<Accepted>,
    pub(super) stale: Vec<String>,
    pub(super) links: Vec<Link>,
    pub(super) more_links: usize,
    pub(super) unattached: Vec<Found>,
    pub(super) more_unattached: usize,
    pub(super) patterns: Vec<Counted>,
    pub(super) private_apis: Option<String>,
}

/// A finding that a team has accepted.
pub(super) struct Accepted {
    pub(super) code: FindingCode,
    pub(super) title: &'static str,
    pub(super) about: String,
    pub(super) sentence: String,
    pub(super) reason: String,
    pub(super) expires: String,
}

impl Accepted {
    pub(super) fn of(view: &View, one: &view::Accepted) -> Self {
        let code = one.finding.code();
        Self {
            code,
            title: text_of(code).title,
            about: words::about(&one.about, view.into()),
            sentence: words::evidence(&one.finding).sentence,
            reason: one.reason.to_string(),
            expires: one.expires.to_string(),
        }
    }
}

/// A finding that is only named.
pub(super) struct Found {
    pub(super) code: FindingCode,
    pub(super) title: &'static str,
    pub(super) severity: Severity,
    pub(super) sentence: String,
}

impl Found {
    fn of(finding: &Finding) -> Self {
        Self {
            code: finding.code(),
            title: text_of(finding.code()).title,
            severity: finding.severity(),
            sentence: words::evidence(finding).sentence,
        }
    }

    fn on_chains(one: &Unattached, whose: Whose<'_>) -> Self {
        let mut found = Self::of(&one.finding);
        found.sentence.push_str(&said::place(one, whose));
        found
    }
}

/// A link with findings.
pub(super) struct Link {
    pub(super) name: String,
    pub(super) what: String,
    pub(super) findings: Vec<Found>,
}

impl Link {
    fn of(link: &LinkAssessment, whose: Whose<'_>) -> Self {
        Self {
            name: link.name.to_string(),
            what: format!(
                "{} ({}) in {}{}",
                link.id,
                said::version(link.version),
                link.region,
                whose.of(link.account.as_str())
            ),
            findings: link.findings.iter().map(Found::of).collect(),
        }
    }
}

/// How many methods reach their backends in one way.
pub(super) struct Counted {
    pub(super) what: &'static str,
    pub(super) apis: usize,
    pub(super) methods: usize,
}

impl Aside {
    pub(super) fn of(view: &View) -> Self {
        let (assessment, whose) = (&view.assessment, Whose::from(view));
        let with_findings = |link: &&LinkAssessment| !link.findings.is_empty();
        let links = assessment.links.iter().filter(with_findings);
        let unattached = &assessment.unattached;
        let private = &assessment.private_integrations;
        Self {
            accepted: {
                let accepted = view.accepted.iter();
                accepted.map(|one| Accepted::of(view, one)).collect()
            },
            stale: view.stale.iter().map(words::stale).collect(),
            more_links: links.clone().count().saturating_sub(MOST),
            links: links.take(MOST).map(|link| Link::of(link, whose)).collect(),
            more_unattached: unattached.len().saturating_sub(MOST),
            unattached: unattached
                .iter()
                .take(MOST)
                .map(|one| Found::on_chains(one, whose))
                .collect(),
            patterns: said::patterns(private)
                .into_iter()
                .map(|(pattern, counted)| Counted {
                    what: words::pattern(pattern),
                    apis: counted.apis.len(),
                    methods: counted.methods,
                })
                .collect(),
            private_apis: said::private_apis(private),
        }
    }
}

/// What filters and a baseline took away, and that findings were accepted: nothing that is missing
/// may look like nothing.
pub(super) fn notices(view: &View) -> Vec<String> {
    let mut notices = said::narrowed(view);
    if !view.accepted.is_empty() {
        notices.push(format!(
            "{} accepted and shown apart.",
            count(view.accepted.len(), "finding was", "findings were")
        ));
    }
    notices
}

/// What was not seen.
pub(super) struct Unseen {
    pub(super) headline: String,
    pub(super) kinds: Vec<gaps::Told>,
}

impl Unseen {
    /// `None` when everything was seen.
    pub(super) fn of(view: &View) -> Option<Self> {
        let assessment = &view.assessment;
        if assessment.is_complete() {
            return None;
        }
        Some(Self {
            headline: gaps::headline(assessment),
            kinds: gaps::told(assessment.gaps.iter(), view.into()),
        })
    }
}

/// A text that was made for a terminal, without its colours.
pub(super) fn unmarked(text: &str) -> String {
    let look = Look {
        width: u16::MAX,
        colour: Colour::Never,
    };
    let mut plain = String::with_capacity(text.len());
    // A string takes everything.
    let put = look.put(text, &mut plain);
    debug_assert!(put.is_ok());
    plain.truncate(plain.trim_end().len());
    plain
}
