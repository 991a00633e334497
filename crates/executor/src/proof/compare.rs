//! Two answers to one request, and what they show.

use std::fmt;

use unbridge_model::id::StageName;
use unbridge_model::port::Judgement;
use unbridge_model::text::Text;

use super::choose::Chosen;
use super::{Answer, Bodies, Shown, error, inconclusive};

/// Headers that are compared, where the live stage itself repeats them. Of `set-cookie` only the
/// names of cookies. Dates, ids of requests and traces, lengths and everything else is not.
pub const COMPARED: &[&str] = &[
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "allow",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "location",
    "set-cookie",
    "strict-transport-security",
    "vary",
    "www-authenticate",
    "x-amzn-remapped-www-authenticate",
];

/// The header by which API Gateway says that it answers itself.
const BY_GATEWAY: &str = "x-amzn-errortype";

/// So many differences are told.
const MOST_TOLD: usize = 3;

/// What the answers to a request show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The temporary stage answers as the live one.
    Same,
    /// It does not.
    Differs {
        /// How.
        how: Text,
    },
    /// Nothing about the way to the backend.
    Nothing {
        /// Why not.
        why: Text,
    },
    /// The live stage does not answer as the person said.
    Unusable {
        /// How it answers.
        why: Text,
    },
    /// It could not be sent, or there was no answer.
    Unasked {
        /// Why.
        why: Text,
    },
}

impl Found {
    /// Whether it may still turn out otherwise.
    pub(super) fn is_open(&self) -> bool {
        match self {
            Self::Differs { .. } | Self::Unasked { .. } => true,
            Self::Same | Self::Nothing { .. } | Self::Unusable { .. } => false,
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same => f.write_str("the same"),
            Self::Differs { how } => f.write_str(how),
            Self::Nothing { why } => write!(f, "shows nothing: {why}"),
            Self::Unusable { why } | Self::Unasked { why } => f.write_str(why),
        }
    }
}

/// Answers to one request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answers<'a> {
    /// Of the live stage.
    pub(super) live: &'a Answer,
    /// Of the live stage once more, where that changes nothing.
    pub(super) again: Option<&'a Answer>,
    /// Of the temporary stage.
    pub(super) new: &'a Answer,
}

/// AWS's word for why API Gateway answered by itself; `None` when the backend answered.
pub(super) fn by_gateway(answer: &Answer) -> Option<&Text> {
    let mut headers = answer.headers.iter();
    headers
        .find(|(name, _)| *name == BY_GATEWAY)
        .map(|(_, word)| word)
}

/// Whether API Gateway refused a request before its backend: 403 and 404, as of a stage that has not
/// arrived yet, or 429. When it answers by itself with another status the backend may have acted: it
/// gives up on one that takes too long (API Gateway developer guide, "Gateway response types").
pub(super) fn is_refused(answer: &Answer) -> bool {
    let by_itself = by_gateway(answer).is_some_and(|word| !word.starts_with("InternalServer"));
    by_itself && matches!(answer.status, 403 | 404 | 429)
}

/// A live stage that does not answer as the person said.
pub(super) fn unexpected(chosen: &Chosen, live: &Answer) -> Option<Found> {
    let expected = chosen.status.filter(|status| *status != live.status)?;
    let why = format!("the live stage answers {}, not {expected}", told(live));
    Some(Found::Unusable { why: why.into() })
}

/// Compares; the stages are the temporary one and the live one.
pub(super) fn compare(
    chosen: &Chosen,
    answers: &Answers<'_>,
    stages: (&StageName, &StageName),
) -> Found {
    let Answers { live, again, new } = *answers;
    if let Some(found) = unexpected(chosen, live) {
        return found;
    }
    if let Some(again) = again.filter(|again| again.status != live.status) {
        let (one, other) = (told(live), told(again));
        let why = format!("the live stage itself answers now {one}, now {other}");
        return Found::Unusable { why: why.into() };
    }
    if new.status != live.status || by_gateway(new) != by_gateway(live) {
        let how = format!("it is answered {}, and {} before", told(new), told(live));
        return Found::Differs { how: how.into() };
    }
    if let Some(word) = by_gateway(live) {
        let why = format!("API Gateway answers it by itself on both stages ({word})");
        return Found::Nothing { why: why.into() };
    }
    if live.status >= 500 {
        let why = format!("the backend answers {} on both stages", live.status);
        return Found::Nothing { why: why.into() };
    }
    let differing = COMPARED.iter().find_map(|name| {
        let of = |answer, stage| values(answer, name, stage, stages.1);
        let (live, new) = (of(live, stages.1), of(new, stages.0));
        let varies = again.is_some_and(|again| of(again, stages.1) != live);
        (live != new && !varies).then(|| {
            format!(
                "its header {name} is {}, and {} before",
                listed(&new),
                listed(&live)
            )
        })
    });
    if let Some(how) = differing {
        return Found::Differs { how: how.into() };
    }
    // Without a second answer of the live stage nobody knows whether bodies repeat themselves.
    let repeats = again.is_some_and(|again| again.body == live.body);
    if chosen.bodies == Bodies::Equal && repeats && new.body != live.body {
        let how = "its body differs; the live stage repeats its own ([probes] body = \"ignore\" \
                   lets bodies differ)";
        return Found::Differs { how: how.into() };
    }
    Found::Same
}

/// `500 by API Gateway itself (InternalServerErrorException)`.
fn told(answer: &Answer) -> String {
    match by_gateway(answer) {
        Some(word) => format!("{} by API Gateway itself ({word})", answer.status),
        None => answer.status.to_string(),
    }
}

fn listed(values: &[String]) -> String {
    match values {
        [] => "absent".to_owned(),
        values => format!("{:?}", values.join(", ")),
    }
}

/// The values of a header that can be compared: the stage's name in an address is the live one's.
fn values(answer: &Answer, header: &str, stage: &StageName, like: &StageName) -> Vec<String> {
    let all = answer.headers.iter().filter(|(name, _)| *name == header);
    let values = all.map(|(_, value)| match header {
        "set-cookie" => value.split('=').next().unwrap_or_default().to_owned(),
        "location" => in_stage(value, stage, like),
        _ => value.to_string(),
    });
    values.collect()
}

/// An address in which a stage goes by the name of another.
fn in_stage(address: &str, stage: &StageName, like: &StageName) -> String {
    let is_it = |segment: &str| segment.split(['?', '#']).next() == Some(stage.as_str());
    let mut renamed = false;
    let segments = address.split('/').map(|segment| {
        if renamed || !is_it(segment) {
            return segment.to_owned();
        }
        renamed = true;
        segment.replacen(stage.as_str(), like.as_str(), 1)
    });
    segments.collect::<Vec<_>>().join("/")
}

/// What all answers together come to.
pub(super) fn judgement(shown: &Shown) -> Judgement {
    let of = |is: fn(&Found) -> bool| {
        let found = shown.asked.iter().filter(move |(_, found)| is(found));
        found
            .map(|(what, found)| format!("{what}: {found}"))
            .collect::<Vec<_>>()
    };
    let differs = of(|found| matches!(found, Found::Differs { .. }));
    if !differs.is_empty() {
        let told: Vec<_> = differs.iter().take(MOST_TOLD).cloned().collect();
        let more = differs.len().saturating_sub(told.len());
        let more = match more {
            0 => String::new(),
            more => format!("; {more} more differ"),
        };
        let why = Text::from(format!("on the temporary stage, {}{more}", told.join("; ")));
        return Judgement::Fail { why };
    }
    if let Some(first) = of(|found| matches!(found, Found::Unasked { .. })).first() {
        return error(first.as_str());
    }
    if let Some(first) = of(|found| matches!(found, Found::Unusable { .. })).first() {
        return inconclusive(first.as_str());
    }
    if shown.asked.iter().any(|(_, found)| *found == Found::Same) {
        return Judgement::Pass;
    }
    let mut reasons = of(|found| matches!(found, Found::Nothing { .. }));
    reasons.extend(shown.left_out.iter().map(Text::to_string));
    reasons.truncate(MOST_TOLD);
    let reasons = match reasons.is_empty() {
        true => "there is none to send".to_owned(),
        false => reasons.join("; "),
    };
    inconclusive(format!(
        "no request shows where the temporary stage leads: {reasons}. Give one whose answer only the \
         backend can give: --probe, or [[probes.request]] in unbridge.toml"
    ))
}
