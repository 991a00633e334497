//! Proves a temporary stage with requests (H28): the same request to it and to the live stage, and
//! what is the same about the answers.
//!
//! Owns which requests are sent, what is compared, and what is no evidence. It sends nothing itself:
//! an [`Ask`] does. Requests are those of a person, and every GET of the plan that needs nothing but
//! its path.
//!
//! What is compared: the status, the headers of [`COMPARED`], and a digest of the body. Requests that
//! change nothing are sent to the live stage twice: where its own answers differ, that part is not
//! compared. What may change something is sent to it once, after all others and only while nothing
//! differs; to the temporary stage again only while API Gateway refuses it. An answer that API Gateway
//! gives by itself, or that is an error of the backend, is the same on both stages wherever the request
//! would have gone: it is no evidence, and without any evidence nothing passes.
//!
//! A stage that was just made answers 403 or 404 until it has arrived everywhere, and a link that was
//! just made may not be reached yet. So a difference counts only when it is still there after
//! [`Patience`].

mod address;
mod choose;
mod compare;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::fmt;
use std::time::Duration;

use unbridge_model::apigateway::{DefaultEndpoint, RestApi, Verb};
use unbridge_model::id::{RestApiId, Sha256, StageName};
use unbridge_model::plan::Plan;
use unbridge_model::plan::condition::Gate;
use unbridge_model::port::{Clock, Judgement, Prober, Waited};
use unbridge_model::snapshot::RegionFacts;
use unbridge_model::text::Text;

pub use compare::{COMPARED, Found};

use choose::Chosen;
use compare::Answers;

/// Sends a request and waits for its answer. Redirects are not followed.
pub trait Ask {
    /// The answer.
    ///
    /// # Errors
    /// Why there is none, for a person.
    fn ask(&self, request: &Request) -> Result<Answer, Text>;
}

/// A request to a stage of a REST API.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The API.
    pub api: RestApiId,
    /// The stage.
    pub stage: StageName,
    /// Its verb; never `ANY`.
    pub verb: Verb,
    /// Its path without the stage, from the `/` on, with a query where there is one.
    pub path: Text,
    /// Its headers. They may be secrets.
    pub headers: Vec<(Text, Text)>,
}

impl fmt::Debug for Request {
    /// Without the values of headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            api,
            stage,
            verb,
            path,
            headers,
        } = self;
        let names: Vec<_> = headers.iter().map(|(name, _)| name.as_str()).collect();
        write!(f, "{verb} {path} to {api}/{stage} with {names:?}")
    }
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its status code.
    pub status: u16,
    /// Its headers, by name in lower case.
    pub headers: Vec<(Text, Text)>,
    /// A digest of its body, as much of it as was read.
    pub body: Sha256,
}

/// The requests that a temporary stage is proven with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probes {
    /// A person's own.
    pub requests: Vec<Probe>,
    /// How many methods of the plan are asked without being named.
    pub replay: usize,
    /// Whether bodies have to be equal.
    pub bodies: Bodies,
    /// Where requests are sent.
    pub sent_to: SentTo,
}

/// A request of a person.
#[derive(Clone, PartialEq, Eq)]
pub struct Probe {
    /// Its path, or a whole address at a custom domain or at the API's own host.
    pub path: Text,
    /// Its verb; never `ANY`.
    pub verb: Verb,
    /// The status that it is answered with.
    pub status: u16,
    /// The id or name of the API; `None` for each that has such a method.
    pub api: Option<Text>,
    /// The live stage; `None` for each.
    pub stage: Option<StageName>,
    /// Its headers. They may be secrets.
    pub headers: Vec<(Text, Text)>,
}

impl fmt::Debug for Probe {
    /// Without its headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} -> {}", self.verb, self.path, self.status)
    }
}

/// Whether bodies have to be equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bodies {
    /// Those of requests that change nothing have to.
    Equal,
    /// They may differ.
    Any,
}

/// Where requests are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SentTo {
    /// The APIs' own hosts: private APIs are not reached.
    OwnHosts,
    /// An address that a person named, which reaches private APIs too.
    Address,
}

/// For how long a difference may go away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Between two attempts.
    pub pause: Duration,
    /// In all, for one gate.
    pub within: Duration,
}

impl Default for Patience {
    /// A stage's change takes up to 120 s to arrive everywhere (assumed: AWS names no time).
    fn default() -> Self {
        Self {
            pause: Duration::from_secs(10),
            within: Duration::from_secs(120),
        }
    }
}

/// What a proof was made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// Requests that were sent, and what their answers showed.
    pub asked: Vec<(Text, Found)>,
    /// Requests that were not sent, and why.
    pub left_out: Vec<Text>,
}

/// Proves the temporary stages of a plan.
pub struct Proof<'a, A> {
    plan: &'a Plan,
    facts: &'a RegionFacts,
    probes: Probes,
    ask: A,
    clock: &'a dyn Clock,
    patience: Patience,
    last: RefCell<Option<Shown>>,
}

/// A person interrupted.
struct Interrupted;

/// Whether a request may be sent once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Again {
    /// It changes nothing, or did not get as far as the backend.
    MayBe,
    /// What it changes would be changed again.
    Never,
}

impl<'a, A: Ask> Proof<'a, A> {
    /// Proves with these probes. The facts are those of the plan's region, as they stood when the
    /// run began.
    #[must_use]
    pub fn new(
        plan: &'a Plan,
        facts: &'a RegionFacts,
        probes: Probes,
        ask: A,
        clock: &'a dyn Clock,
        patience: Patience,
    ) -> Self {
        Self {
            plan,
            facts,
            probes,
            ask,
            clock,
            patience,
            last: RefCell::default(),
        }
    }

    /// What the last proof was made of; `None` before the first.
    #[must_use]
    pub fn last(&self) -> Option<Shown> {
        self.last.borrow().clone()
    }

    fn judged(&self, gate: &Gate) -> Judgement {
        let Gate::Proof { api, stage, like } = gate else {
            return error("no gate to prove");
        };
        let known = self.facts.rest_apis.iter().find(|known| known.id == *api);
        let Some(known) = known else {
            return error(format!("REST API {api} was not found"));
        };
        if let Some(why) = self.unreachable(known) {
            return inconclusive(why);
        }
        let choice = choose::requests(self.plan, self.facts, known, like, &self.probes);
        let mut shown = Shown {
            asked: Vec::new(),
            left_out: choice.left_out,
        };
        let mut left = self.patience.within;
        let (safe, others): (Vec<_>, Vec<_>) = choice.chosen.iter().partition(|one| one.is_safe());
        for chosen in safe.into_iter().chain(others) {
            if !chosen.is_safe() && shown.asked.iter().any(|(_, found)| found.is_open()) {
                let what = format!("{chosen}: not sent, for another request failed already");
                shown.left_out.push(Text::from(what));
                continue;
            }
            let stages = (stage, like);
            let found = self.one(api, stages, chosen, &mut left);
            let found = match found {
                Ok(found) => found,
                Err(Interrupted) => return inconclusive("a person interrupted the proof"),
            };
            shown.asked.push((chosen.to_string().into(), found));
        }
        let judgement = compare::judgement(&shown);
        *self.last.borrow_mut() = Some(shown);
        judgement
    }

    /// Why no request can be sent to an API from here.
    fn unreachable(&self, api: &RestApi) -> Option<String> {
        let is_private = api.endpoint_types.iter().any(|kind| *kind == "PRIVATE");
        let never = is_private && self.probes.sent_to == SentTo::OwnHosts;
        if never {
            return Some(format!(
                "{} is a private API, which only its VPC endpoints reach. Name one under [probes] \
                 address in unbridge.toml, on a machine that reaches it",
                api.name
            ));
        }
        match api.default_endpoint {
            DefaultEndpoint::Answers => None,
            DefaultEndpoint::Disabled => Some(format!(
                "the default endpoint of {} is disabled, and no domain name leads to a temporary stage",
                api.name
            )),
        }
    }

    /// Sends one request to both stages until the answers agree or patience is used up. What it may
    /// change is changed once over the live stage, and once over the temporary one.
    fn one(
        &self,
        api: &RestApiId,
        (stage, like): (&StageName, &StageName),
        chosen: &Chosen,
        left: &mut Duration,
    ) -> Result<Found, Interrupted> {
        let to = |stage: &StageName| {
            self.ask.ask(&Request {
                api: api.clone(),
                stage: stage.clone(),
                verb: chosen.verb,
                path: chosen.path.clone(),
                headers: chosen.headers.clone(),
            })
        };
        if chosen.is_safe() {
            return self.patiently(left, || {
                // The live stage before and behind, so that what it changes meanwhile is seen.
                let found = match (to(like), to(stage), to(like)) {
                    (Ok(live), Ok(new), Ok(again)) => {
                        let answers = Answers {
                            live: &live,
                            again: Some(&again),
                            new: &new,
                        };
                        compare::compare(chosen, &answers, (stage, like))
                    }
                    (Err(why), ..) | (_, Err(why), _) | (.., Err(why)) => Found::Unasked { why },
                };
                (found, Again::MayBe)
            });
        }
        let live = match to(like) {
            Ok(live) => live,
            Err(why) => return Ok(Found::Unasked { why }),
        };
        if let Some(found) = compare::unexpected(chosen, &live) {
            return Ok(found);
        }
        self.patiently(left, || match to(stage) {
            Ok(new) => {
                let answers = Answers {
                    live: &live,
                    again: None,
                    new: &new,
                };
                let again = match compare::is_refused(&new) {
                    true => Again::MayBe,
                    false => Again::Never,
                };
                (compare::compare(chosen, &answers, (stage, like)), again)
            }
            Err(why) => (Found::Unasked { why }, Again::Never),
        })
    }

    /// Asks until it is answered for good, or patience is used up.
    fn patiently(
        &self,
        left: &mut Duration,
        ask: impl Fn() -> (Found, Again),
    ) -> Result<Found, Interrupted> {
        loop {
            let (found, again) = ask();
            let pause = self.patience.pause.max(Duration::from_millis(1));
            if !found.is_open() || again == Again::Never || *left < pause {
                return Ok(found);
            }
            *left = left.saturating_sub(pause);
            match self.clock.wait(pause) {
                Waited::Passed => {}
                Waited::Interrupted => return Err(Interrupted),
            }
        }
    }
}

impl<A: Ask> Prober for Proof<'_, A> {
    fn prove(&self, gate: &Gate) -> Judgement {
        *self.last.borrow_mut() = None;
        self.judged(gate)
    }
}

fn error(why: impl Into<String>) -> Judgement {
    let why = Text::from(why.into());
    Judgement::Error { why }
}

fn inconclusive(why: impl Into<String>) -> Judgement {
    let why = Text::from(why.into());
    Judgement::Inconclusive { why }
}
