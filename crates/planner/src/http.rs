//! HTTP APIs: which routes and stages can move, where to, and the steps that move them (H14, H31).
//!
//! A route moves by going to a second integration, which is like the first but leads to the ALB's own
//! listener. Stages that deploy by themselves follow at once, so their routes move one by one and
//! each is judged; other stages get a deployment. The first integrations stay: they are the way back.

mod steps;

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::apigateway::{
    CarriedField, HttpApi, HttpDeployed, HttpRoute, HttpStage, Integration,
};
use unbridge_model::assessment::SeenIn;
use unbridge_model::finding::{ApiRef, FindingCode};
use unbridge_model::id::{DeploymentId, HttpIntegrationId, RouteId, StageName};
use unbridge_model::plan::choices::{Doubt, StageRef};
use unbridge_model::plan::waiting::{Subject, Waiting, WaitingCode};
use unbridge_model::route::UriScheme;
use unbridge_model::text::Text;
use unbridge_model::uri::Uri;

use crate::ground::{Destination, Ground};
use crate::obstacles::Obstacles;
use crate::rest::destination;
use crate::select::Picked;

pub(crate) use steps::steps;

/// The route that takes what no other does.
const DEFAULT: &str = "$default";

/// An HTTP API that can move.
#[derive(Debug)]
pub(crate) struct HttpMove<'a> {
    pub(crate) api: &'a HttpApi,
    /// Routes that can move, the one that takes everything else last.
    pub(crate) routes: Vec<RouteMove>,
    /// Stages that run the routes as they stand.
    pub(crate) auto: Vec<StageName>,
    /// Other stages that are asked for and run what the routes say, and their deployments.
    pub(crate) frozen: Vec<(StageName, DeploymentId)>,
}

/// A route that can move.
#[derive(Debug)]
pub(crate) struct RouteMove {
    pub(crate) id: RouteId,
    pub(crate) key: Text,
    pub(crate) old: HttpIntegrationId,
    pub(crate) to: Destination,
}

impl HttpMove<'_> {
    /// Its stages that are not moved.
    pub(crate) fn staying(&self) -> Vec<StageRef> {
        let moves = |stage: &HttpStage| {
            let mut frozen = self.frozen.iter().map(|(name, _)| name);
            self.auto.contains(&stage.name) || frozen.any(|name| *name == stage.name)
        };
        let stages = self.api.stages.iter().flatten();
        stages
            .filter(|stage| !moves(stage))
            .map(|stage| StageRef {
                api: self.api.id.clone().into(),
                stage: stage.name.clone(),
            })
            .collect()
    }

    /// The listeners that its routes lead to.
    pub(crate) fn destinations(&self) -> impl Iterator<Item = &Destination> {
        self.routes.iter().map(|route| &route.to)
    }
}

/// What of an API can move; `None` when nothing can, which `waiting` or an obstacle explains.
pub(crate) fn movable<'a>(
    ground: &Ground<'a>,
    api_ref: &ApiRef,
    picked: &[Picked<'a>],
    obstacles: &Obstacles,
    waiting: &mut Vec<Waiting>,
) -> Option<HttpMove<'a>> {
    let api = ground.known.http_api(&api_ref.id)?;
    let mut candidate = Candidate {
        ground,
        api,
        picked,
        obstacles,
        waiting,
    };
    candidate.was_read()?;
    let (auto, frozen) = candidate.stages()?;
    let runs: BTreeSet<&StageName> = auto
        .iter()
        .chain(frozen.iter().map(|(name, _)| name))
        .collect();
    let routes = candidate.routes(&runs);
    (!routes.is_empty()).then_some(HttpMove {
        api,
        routes,
        auto,
        frozen,
    })
}

/// Stages that deploy by themselves, and those that do not.
type Stages = (Vec<StageName>, Vec<(StageName, DeploymentId)>);

/// An API that is looked at.
struct Candidate<'g, 'a> {
    ground: &'g Ground<'a>,
    api: &'a HttpApi,
    picked: &'g [Picked<'a>],
    obstacles: &'g Obstacles,
    waiting: &'g mut Vec<Waiting>,
}

impl<'a> Candidate<'_, 'a> {
    fn subject(&self) -> Subject {
        Subject::Api {
            id: self.api.id.clone().into(),
            name: self.api.name.clone(),
        }
    }

    fn route_subject(&self, key: &str) -> Subject {
        Subject::Method {
            api: self.api.id.clone().into(),
            path: Text::new(key),
            verb: None,
        }
    }

    fn stage_subject(&self, stage: &StageName) -> Subject {
        Subject::Stage(StageRef {
            api: self.api.id.clone().into(),
            stage: stage.clone(),
        })
    }

    fn wait(&mut self, code: WaitingCode, what: Subject, why: impl Into<String>, next: &str) {
        self.waiting.push(Waiting {
            code,
            what,
            finding: None,
            why: Text::from(why.into()),
            next: Text::new(next),
            flag: None,
        });
    }

    fn not_seen(&mut self, what: Subject, why: impl Into<String>) {
        let next = "unbridge scan, with the rights that `unbridge policy scan` names";
        self.wait(WaitingCode::NotSeen, what, why, next);
    }

    fn was_read(&mut self) -> Option<()> {
        let unread: Vec<&str> = [
            ("integrations", self.api.integrations.is_none()),
            ("routes", self.api.routes.is_none()),
            ("stages", self.api.stages.is_none()),
        ]
        .into_iter()
        .filter_map(|(what, unread)| unread.then_some(what))
        .collect();
        if unread.is_empty() {
            return Some(());
        }
        let why = format!("not read: its {}", unread.join(", its "));
        self.not_seen(self.subject(), why);
        None
    }

    /// The stages that move; `None` when none can.
    fn stages(&mut self) -> Option<Stages> {
        let id = self.api.id.as_str();
        let all: Vec<&'a HttpStage> = self.api.stages.iter().flatten().collect();
        let (mut auto, mut frozen, mut stays) = (Vec::new(), Vec::new(), Vec::new());
        for stage in all {
            let moves = self.is_asked_for(&stage.name) && !self.is_stopped(&stage.name);
            match (&stage.deployed, moves) {
                (HttpDeployed::Auto, true) => auto.push(stage.name.clone()),
                (HttpDeployed::Auto, false) => stays.push(stage.name.as_str()),
                (HttpDeployed::Routes(_), true) => frozen.extend(self.frozen(stage)),
                (HttpDeployed::Unread, true) => {
                    let why = "what it runs was not read, so nobody knows whether it is what the routes say (H3)";
                    self.not_seen(self.stage_subject(&stage.name), why);
                }
                (HttpDeployed::Routes(_) | HttpDeployed::Unread, false) => {}
            }
        }
        if self.obstacles.stop_api(id) {
            return None;
        }
        if auto.is_empty() && frozen.is_empty() {
            return None;
        }
        if !stays.is_empty() {
            let why = format!(
                "{} deploys by itself and would move along, and is not to be moved now (H31)",
                stays.join(", ")
            );
            let next = "ask for all stages that deploy by themselves, and see to what stops them";
            self.wait(WaitingCode::StagesMoveTogether, self.subject(), why, next);
            return None;
        }
        Some((auto, frozen))
    }

    /// Whether the selection has this stage.
    fn is_asked_for(&self, stage: &StageName) -> bool {
        let selection = self.ground.choices.selection.stages.iter();
        let mut of_api = selection
            .filter(|known| *known.api == *self.api.id.as_str())
            .peekable();
        of_api.peek().is_none() || of_api.any(|known| known.stage == *stage)
    }

    fn is_stopped(&self, stage: &StageName) -> bool {
        let id = self.api.id.clone().into();
        self.obstacles.stop_stage(&id, stage)
    }

    /// A stage that runs what the routes say; that authorizers and mappings are the same takes a word.
    fn frozen(&mut self, stage: &HttpStage) -> Option<(StageName, DeploymentId)> {
        let what = self.stage_subject(&stage.name);
        let Some(deployment) = &stage.deployment else {
            let why = "AWS names no deployment that it runs, so nothing could be put back";
            self.wait(
                WaitingCode::NotSeen,
                what,
                why,
                "deploy the API to it, then scan again",
            );
            return None;
        };
        let doubt = Doubt::HttpSettings;
        if !self.ground.choices.doubts.contains(&doubt) {
            self.waiting.push(Waiting {
                code: WaitingCode::NeedsAWord,
                what,
                finding: None,
                why: Text::new(
                    "a deployment ships authorizers and mappings of its routes as well, and nothing tells what it runs of them (H4)",
                ),
                next: Text::from(format!(
                    "see that nobody changed them since it was deployed; docs/plan.md, {doubt}"
                )),
                flag: Some(Text::from(format!("--accept {doubt}"))),
            });
            return None;
        }
        Some((stage.name.clone(), deployment.clone()))
    }

    /// The routes that move on these stages.
    fn routes(&mut self, stages: &BTreeSet<&StageName>) -> Vec<RouteMove> {
        let mut by_key: BTreeMap<&Text, Vec<&Picked<'a>>> = BTreeMap::new();
        for picked in self.picked {
            if picked.chain.seen_in != SeenIn::Stage {
                by_key.entry(&picked.chain.path).or_default().push(picked);
            }
        }
        let mut routes: Vec<&'a HttpRoute> = self.api.routes.iter().flatten().collect();
        routes.sort_by_key(|route| (route.key == DEFAULT, &route.key));
        let mut moves = Vec::new();
        for route in routes {
            let chains = by_key.get(&route.key).map_or(&[][..], Vec::as_slice);
            if !chains.is_empty() && !chains.iter().any(|picked| self.obstacles.stop(picked)) {
                moves.extend(self.route(route, chains, stages));
            }
        }
        moves
    }

    fn route(
        &mut self,
        route: &HttpRoute,
        chains: &[&Picked<'a>],
        stages: &BTreeSet<&StageName>,
    ) -> Option<RouteMove> {
        let old = route.integration.as_ref()?;
        let mut known = self.api.integrations.iter().flatten();
        let integration = &known.find(|known| known.id == *old)?.integration;
        let to = self.destination(integration, chains, stages, &route.key)?;
        self.speaks_the_same(integration, &to, &route.key)?;
        let Some(id) = &route.id else {
            let why = format!(
                "the id of route {} is not in the snapshot: an older version made it",
                route.key
            );
            let what = self.route_subject(&route.key);
            self.wait(WaitingCode::NotSeen, what, why, "unbridge scan");
            return None;
        };
        Some(RouteMove {
            id: id.clone(),
            key: route.key.clone(),
            old: old.clone(),
            to,
        })
    }

    /// The one listener at which a route ends on every stage that moves (H5).
    fn destination(
        &mut self,
        integration: &Integration,
        chains: &[&Picked<'a>],
        stages: &BTreeSet<&StageName>,
        key: &str,
    ) -> Option<Destination> {
        let of_moved = |picked: &&&Picked<'_>| {
            let stage = picked.chain.start.stage.as_ref();
            stage.is_none_or(|stage| stages.contains(stage))
        };
        let chains: Vec<_> = chains.iter().filter(of_moved).collect();
        let ends: BTreeSet<_> = chains
            .iter()
            .map(|picked| destination(self.ground, picked))
            .collect();
        let literal = integration.uri.as_ref().is_none_or(Uri::is_literal)
            && integration
                .vpc_link
                .as_ref()
                .is_none_or(|link| link.is_literal());
        let everywhere = literal || chains.len() >= stages.len();
        let mut ends = ends.into_iter();
        match (ends.next(), ends.next()) {
            (Some(Some(one)), None) if everywhere => Some(one),
            // A chain that is broken or ends at other targets has a finding, or nothing to move to.
            (Some(None), None) | (None, _) => None,
            _ => {
                let why =
                    format!("route {key} does not end at one ALB listener on every stage (H5)");
                let next = "have every stage end at the same listener, then scan again";
                self.wait(WaitingCode::Blocked, self.route_subject(key), why, next);
                None
            }
        }
    }

    /// An integration speaks TLS when it says which name to verify, and a copy of it speaks the same:
    /// that has to be what the listener speaks.
    fn speaks_the_same(
        &mut self,
        integration: &Integration,
        to: &Destination,
        key: &str,
    ) -> Option<()> {
        let speaks = match integration.carried.get(CarriedField::TlsConfig) {
            Some(_) => UriScheme::Https,
            None => UriScheme::Http,
        };
        if speaks == to.scheme {
            return Some(());
        }
        let ends = speaks == UriScheme::Https;
        self.waiting.push(Waiting {
            code: WaitingCode::CannotMove,
            what: self.route_subject(key),
            finding: ends.then_some(FindingCode::TlsEndsAtNlb),
            why: Text::from(format!(
                "the integration of route {key} speaks {speaks}, and port {} of {} speaks {}: a copy would not be understood",
                to.port,
                to.alb.name(),
                to.scheme
            )),
            next: Text::from(format!(
                "give {} a listener that speaks {speaks}, or move the route by hand",
                to.alb.name()
            )),
            flag: None,
        });
        None
    }
}
