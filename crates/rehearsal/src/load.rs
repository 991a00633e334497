//! The requests that flow while a plan runs, and what counts as served: as before, but for what a
//! person accepted.

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::id::StageName;
use unbridge_model::plan::Difference;
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::value::Values;
use unbridge_model::route::{AnyApi, Landing};
use unbridge_sim::data_plane::Answer;
use unbridge_sim::live::{Live, SwitchKind};

/// A request to an API of any kind.
pub type Request = unbridge_model::route::Request<AnyApi>;

/// Requests and how they were answered before the plan began.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    asked: Vec<Asked>,
    by_stage: BTreeMap<(AnyApi, StageName), Vec<usize>>,
    accepted: BTreeSet<Difference>,
    /// The switches that decided how they were answered.
    decided: BTreeSet<SwitchKind>,
}

/// A request and how it was answered before.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) request: Request,
    pub(crate) before: Vec<Answer>,
}

/// A request that is not served as before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Harm {
    /// The request.
    pub request: Request,
    /// How it was answered before.
    pub before: Answer,
    /// How it may be answered now.
    pub now: Answer,
}

/// What a change can touch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Touch {
    /// What no request meets yet.
    Nothing,
    /// Requests to this stage.
    Stage(AnyApi, StageName),
    /// All of them.
    Everything,
}

impl Touch {
    /// What a change of this kind can touch. A draft and a deployment that no stage runs are met
    /// by no request, and so are links and groups that nothing names yet; other groups, links and load
    /// balancers are met by any.
    pub(crate) fn of<V: Values>(operation: &Operation<V>) -> Self {
        match operation {
            Operation::UpdateIntegration { .. }
            | Operation::CreateDeployment { .. }
            | Operation::DeleteDeployment { .. }
            | Operation::CreateHttpDeployment { .. }
            // What is missing of it does not tell where a request lands.
            | Operation::FurnishStage { .. }
            | Operation::CreateHttpIntegration { .. }
            | Operation::CreateSecurityGroup { .. }
            | Operation::CreateVpcLink { .. } => Self::Nothing,
            Operation::CreateStage { api, stage, .. }
            | Operation::DeleteStage { api, stage }
            | Operation::SetCanary { api, stage, .. }
            | Operation::RemoveCanary { api, stage }
            | Operation::SetDeployment { api, stage, .. } => {
                Self::Stage(AnyApi::Rest(api.clone()), stage.clone())
            }
            Operation::RevokeDefaultEgress { .. }
            | Operation::AuthorizeRule { .. }
            | Operation::RevokeRule { .. }
            | Operation::DeleteSecurityGroup { .. }
            | Operation::DeleteVpcLink { .. }
            | Operation::DeleteHttpIntegration { .. }
            | Operation::DeleteHttpDeployment { .. }
            | Operation::UpdateRoute { .. }
            | Operation::SetHttpDeployment { .. }
            | Operation::DeleteV1Link { .. }
            | Operation::DeregisterTarget { .. }
            | Operation::RegisterTarget { .. }
            | Operation::DeleteLoadBalancer { .. }
            | Operation::DeleteTargetGroup { .. } => Self::Everything,
        }
    }
}

impl Load {
    /// These requests, as they are answered now. Those that land nowhere now are left out: they
    /// cannot be served worse.
    pub(crate) fn of(live: &Live, requests: &[Request], accepted: &BTreeSet<Difference>) -> Self {
        let mut load = Self {
            asked: Vec::new(),
            by_stage: BTreeMap::new(),
            accepted: accepted.clone(),
            decided: BTreeSet::new(),
        };
        for request in requests {
            let before = live.answers_noting(request, &mut load.decided);
            if before.iter().any(lands) {
                let stage = (request.api.clone(), request.stage.clone());
                let place = load.by_stage.entry(stage).or_default();
                place.push(load.asked.len());
                load.asked.push(Asked {
                    request: request.clone(),
                    before,
                });
            }
        }
        live.decided(&load.decided);
        load
    }

    /// The switches that decided how requests were answered before.
    pub(crate) fn decided(&self) -> &BTreeSet<SwitchKind> {
        &self.decided
    }

    /// The requests that a change can touch.
    pub(crate) fn touched<'l>(&'l self, touch: &Touch) -> Box<dyn Iterator<Item = &'l Asked> + 'l> {
        match touch {
            Touch::Nothing => Box::new(std::iter::empty()),
            Touch::Everything => Box::new(self.asked.iter()),
            Touch::Stage(api, stage) => {
                let places = self.by_stage.get(&(api.clone(), stage.clone()));
                let places = places.into_iter().flatten();
                Box::new(places.filter_map(|place| self.asked.get(*place)))
            }
        }
    }

    /// Requests to a stage.
    pub(crate) fn to_stage<'l>(
        &'l self,
        api: &AnyApi,
        stage: &StageName,
    ) -> impl Iterator<Item = &'l Asked> {
        self.touched(&Touch::Stage(api.clone(), stage.clone()))
    }

    /// Whether no request is served at all: then nothing can be shown.
    pub(crate) fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }

    /// An answer that is not as good as one of those before; none at all is not.
    pub(crate) fn harm(&self, asked: &Asked, answers: Vec<Answer>) -> Option<Harm> {
        let good = |now: &Answer| asked.before.iter().any(|before| self.alike(before, now));
        let bad = match answers.is_empty() {
            true => Answer {
                landing: Landing::NotPrivate,
                link: None,
            },
            false => answers.into_iter().find(|now| !good(now))?,
        };
        let before = asked.before.iter().find(|before| lands(before))?;
        Some(Harm {
            request: asked.request.clone(),
            before: before.clone(),
            now: bad,
        })
    }

    fn alike(&self, before: &Answer, now: &Answer) -> bool {
        let (
            Landing::Lands {
                scheme,
                host,
                path,
                ends,
            },
            Landing::Lands {
                scheme: new_scheme,
                host: new_host,
                path: new_path,
                ends: new_ends,
            },
        ) = (&before.landing, &now.landing)
        else {
            return before.landing == now.landing;
        };
        let accepted = |difference| self.accepted.contains(&difference);
        path == new_path
            && ends == new_ends
            && (scheme == new_scheme || accepted(Difference::Scheme))
            && (host == new_host || accepted(Difference::Host))
    }
}

fn lands(answer: &Answer) -> bool {
    matches!(answer.landing, Landing::Lands { .. })
}
