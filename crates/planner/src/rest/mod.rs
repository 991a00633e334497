//! REST APIs: which methods and stages can move, and where to.

mod chains;
mod steps;

use std::cell::RefCell;
use std::sync::Arc;

use unbridge_model::apigateway::{
    CarriedField, DefaultEndpoint, Integration, Method, RestApi, SettingKind, Stage,
};
use unbridge_model::assessment::{SeenIn, Way};
use unbridge_model::finding::ApiRef;
use unbridge_model::gap::{Gap, Unseen};
use unbridge_model::id::LoadBalancerArn;
use unbridge_model::plan::choices::{Doubt, StageRef};
use unbridge_model::plan::operation::{ConnectionId, IntegrationPatch, MethodRef};
use unbridge_model::plan::waiting::{Subject, Waiting, WaitingCode};
use unbridge_model::text::Text;
use unbridge_model::uri::Uri;

use crate::address::{self, Unwritable};
use crate::ground::{Destination, Ground};
use crate::obstacles::Obstacles;
use crate::quotas;
use crate::select::Picked;

pub(crate) use chains::{destination, nlbs};
pub(crate) use steps::steps;

use chains::{method_of, of_method};

/// Seconds that a request to a stage may still run, and a change may take to spread (H35): 29 by
/// default, 15 minutes where an integration streams or has a time limit of its own; and 120.
const DRAIN: u32 = 29 + 120;
const LONG_DRAIN: u32 = 15 * 60 + 120;

/// A REST API that can move.
#[derive(Debug)]
pub(crate) struct RestMove<'a> {
    pub(crate) api: &'a RestApi,
    /// Stages that run what the draft says, and are asked for.
    pub(crate) stages: Vec<&'a Stage>,
    pub(crate) methods: Vec<MethodMove>,
    pub(crate) drain_seconds: u32,
}

impl RestMove<'_> {
    /// Its stages that are not moved.
    pub(crate) fn staying(&self) -> Vec<StageRef> {
        let moves = |stage: &Stage| self.stages.iter().any(|moved| moved.name == stage.name);
        let stages = self.api.stages.iter().flatten();
        stages
            .filter(|stage| !moves(stage))
            .map(|stage| StageRef {
                api: self.api.id.clone().into(),
                stage: stage.name.clone(),
            })
            .collect()
    }

    /// The listeners that its methods lead to.
    pub(crate) fn destinations(&self) -> impl Iterator<Item = &Destination> {
        // Methods of an API lead to few.
        let mut last = None;
        let all = self.methods.iter().map(|method| &method.to);
        all.filter(move |to| last.replace(*to) != Some(*to))
    }
}

/// A method that can move.
#[derive(Debug)]
pub(crate) struct MethodMove {
    pub(crate) method: MethodRef,
    pub(crate) old: IntegrationPatch,
    pub(crate) to: Destination,
    /// The address, where it has to change.
    pub(crate) uri: Option<Uri>,
}

/// An API that is looked at.
struct Candidate<'g, 'a> {
    ground: &'g Ground<'a>,
    api_ref: &'g ApiRef,
    api: &'a RestApi,
    picked: &'g [Picked<'a>],
    obstacles: &'g Obstacles,
    waiting: &'g mut Vec<Waiting>,
    /// The way that was looked at last, and where it ends.
    last_end: RefCell<Option<(&'a Arc<Way>, Option<Destination>)>>,
}

/// What of an API can move; `None` when nothing can, which `waiting` explains.
pub(crate) fn movable<'a>(
    ground: &Ground<'a>,
    api_ref: &ApiRef,
    picked: &[Picked<'a>],
    obstacles: &Obstacles,
    waiting: &mut Vec<Waiting>,
) -> Option<RestMove<'a>> {
    let api = ground.known.rest_api(&api_ref.id)?;
    let mut candidate = Candidate {
        ground,
        api_ref,
        api,
        picked,
        obstacles,
        waiting,
        last_end: RefCell::default(),
    };
    candidate.doubts()?;
    let stages = candidate.stages()?;
    let methods = candidate.methods();
    if methods.is_empty() {
        candidate.explain_no_method();
        return None;
    }
    Some(RestMove {
        drain_seconds: drain(api),
        api,
        stages,
        methods,
    })
}

/// How long requests may run; the time limits themselves are not in a snapshot, only whether one is
/// set.
fn drain(api: &RestApi) -> u32 {
    let integrations = api.draft.iter().flat_map(|methods| methods.iter());
    let mut integrations = integrations.filter_map(|method| method.integration.as_deref());
    let long = integrations.any(|integration| {
        let set = |field| integration.carried.get(field).is_some();
        set(CarriedField::TimeoutInMillis) || set(CarriedField::ResponseTransferMode)
    });
    if long { LONG_DRAIN } else { DRAIN }
}

impl<'g, 'a> Candidate<'g, 'a> {
    fn subject(&self) -> Subject {
        Subject::Api {
            id: self.api_ref.id.clone(),
            name: self.api_ref.name.clone(),
        }
    }

    fn stage_subject(&self, stage: &Stage) -> Subject {
        Subject::Stage(StageRef {
            api: self.api_ref.id.clone(),
            stage: stage.name.clone(),
        })
    }

    fn method_subject(&self, method: &Method) -> Subject {
        Subject::Method {
            api: self.api_ref.id.clone(),
            path: method.path.clone(),
            verb: Some(method.verb),
        }
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

    fn not_seen(&mut self, what: Subject, why: String) {
        self.wait(
            WaitingCode::NotSeen,
            what,
            why,
            "unbridge scan, with the rights that `unbridge policy scan` names",
        );
    }

    /// What concerns the API as a whole.
    fn doubts(&mut self) -> Option<()> {
        let gaps = gaps_of(self.ground, self.api_ref.id.as_str());
        let settings_unread = self.api.settings.is_none();
        if self.api.draft.is_none()
            || self.api.stages.is_none()
            || settings_unread
            || !gaps.is_empty()
        {
            let told: Vec<String> = gaps.iter().map(|gap| gap.unseen.to_string()).collect();
            let what = match told.as_slice() {
                [] => "its draft, settings or stages".to_owned(),
                told => told.join(", "),
            };
            self.not_seen(
                self.subject(),
                format!("a deployment ships all of the draft, and this was not read: {what}"),
            );
            return None;
        }
        let stages = self.api.stages.as_ref().map_or(0, Vec::len);
        let most = quotas::stages(self.ground.choices);
        if stages >= most {
            let why = Text::from(format!(
                "it has {stages} stages; the proof needs a temporary one, and AWS allows {most} unless it was raised (H28)"
            ));
            let what = self.subject();
            self.waiting.push(Waiting {
                code: WaitingCode::NoRoomForStage,
                what,
                finding: None,
                why,
                next: Text::new("delete a stage that nobody uses, then scan again; or say how many AWS allows you"),
                flag: Some(Text::new("--stage-quota NUMBER")),
            });
            return None;
        }
        let doubts: Vec<(Doubt, &str)> = [
            (self.has_policy(), Doubt::ResourcePolicy, "its resource policy may name stages: a temporary one would be refused, or open to others"),
            (self.cannot_be_probed(), Doubt::ProbeNotPossible, "requests to a temporary stage need the default endpoint, a VPC endpoint, a signature, a key or a token"),
        ]
        .into_iter()
        .filter(|(holds, doubt, _)| *holds && !self.ground.choices.doubts.contains(doubt))
        .map(|(_, doubt, why)| (doubt, why))
        .collect();
        for (doubt, why) in &doubts {
            let what = self.subject();
            self.waiting.push(Waiting {
                code: WaitingCode::NeedsAWord,
                what,
                finding: None,
                why: Text::new(why),
                next: Text::from(format!(
                    "docs/plan.md, {doubt}; then say that it is all right"
                )),
                flag: Some(Text::from(format!("--accept {doubt}"))),
            });
        }
        let by_finding = self.obstacles.stop_api(&self.api_ref.id);
        (doubts.is_empty() && !by_finding).then_some(())
    }

    fn has_policy(&self) -> bool {
        let mut settings = self.api.settings.iter().flatten();
        settings.any(|setting| setting.kind == SettingKind::ResourcePolicy)
    }

    /// A private API, one without its own address, or one of which every method over the NLB asks who calls.
    fn cannot_be_probed(&self) -> bool {
        use unbridge_model::apigateway::MethodField as M;
        let private = self
            .api
            .endpoint_types
            .iter()
            .any(|kind| *kind == *"PRIVATE");
        let moved = self.moved_methods();
        let asks = |method: &&Method| {
            let settings = method.settings.as_deref();
            settings.is_some_and(|settings| {
                let sealed = |field| settings.sealed.get(field).is_some();
                settings.authorizer.is_some()
                    || sealed(M::AuthorizationType)
                    || sealed(M::ApiKeyRequired)
            })
        };
        let closed = self.api.default_endpoint == DefaultEndpoint::Disabled;
        private || closed || (!moved.is_empty() && moved.iter().all(asks))
    }

    /// Methods of the draft that go over a selected NLB.
    fn moved_methods(&self) -> Vec<&'a Method> {
        let over = self.in_draft();
        let draft = self.api.draft.iter().flat_map(|methods| methods.iter());
        draft
            .filter(|method| !of_method(&over, method).is_empty())
            .collect()
    }

    /// Chains of the draft, by path and method.
    fn in_draft(&self) -> Vec<&'g Picked<'a>> {
        let of_draft = |picked: &&Picked<'_>| {
            picked.chain.seen_in != SeenIn::Stage && picked.chain.verb.is_some()
        };
        let mut chains: Vec<&'g Picked<'a>> = self.picked.iter().filter(of_draft).collect();
        chains.sort_by(|one, other| method_of(one).cmp(&method_of(other)));
        chains
    }

    /// Stages that can be shifted; `None` when there is none.
    fn stages(&mut self) -> Option<Vec<&'a Stage>> {
        let selection = &self.ground.choices.selection.stages;
        let of_api = |stage: &&StageRef| stage.api == self.api_ref.id;
        let narrowed = selection.iter().any(|stage| of_api(&stage));
        let mut found = Vec::new();
        for stage in self.api.stages.iter().flatten() {
            let wanted = selection
                .iter()
                .filter(of_api)
                .any(|known| known.stage == stage.name);
            if narrowed && !wanted {
                continue;
            }
            if self.obstacles.stop_stage(&self.api_ref.id, &stage.name) {
                continue;
            }
            if stage.deployed.is_none() || stage.settings.is_none() {
                let why =
                    "what it runs was not read, so nobody knows whether the draft is the same (H3)";
                self.not_seen(self.stage_subject(stage), why.to_owned());
                continue;
            }
            found.push(stage);
        }
        (!found.is_empty()).then_some(found)
    }

    /// Methods that can be moved, in the draft's order.
    fn methods(&mut self) -> Vec<MethodMove> {
        let over = self.in_draft();
        let draft = self.api.draft.iter().flat_map(|methods| methods.iter());
        let mut moves = Vec::with_capacity(over.len());
        for method in draft {
            let chains = of_method(&over, method);
            if chains.is_empty() {
                continue;
            }
            let stopped = chains.iter().any(|picked| self.obstacles.stop(picked));
            if !stopped {
                moves.extend(self.method(method, chains));
            }
        }
        moves
    }

    fn method(&mut self, method: &Method, chains: &[&Picked<'a>]) -> Option<MethodMove> {
        let integration = method.integration.as_deref()?;
        let to = self.destination(method, integration, chains)?;
        let Some(resource) = method.resource else {
            let why = "the id of its resource was not read".to_owned();
            self.not_seen(self.method_subject(method), why);
            return None;
        };
        let old = self.as_it_is(method, integration)?;
        let uri = self.address(method, integration, &to)?;
        let method = MethodRef {
            api: self.api.id.clone(),
            resource,
            path: method.path.clone(),
            verb: method.verb,
        };
        let old = IntegrationPatch {
            uri: uri.as_ref().and(integration.uri.clone()),
            ..old
        };
        Some(MethodMove {
            method,
            old,
            to,
            uri,
        })
    }

    /// The one listener at which the method ends on every stage (H5).
    fn destination(
        &mut self,
        method: &Method,
        integration: &Integration,
        chains: &[&Picked<'a>],
    ) -> Option<Destination> {
        let stages = self.api.stages.as_ref().map_or(0, Vec::len);
        let literal = integration.uri.as_ref().is_none_or(Uri::is_literal)
            && integration
                .vpc_link
                .as_ref()
                .is_none_or(|link| link.is_literal());
        let everywhere = literal || chains.len() >= stages;
        let mut ends = chains.iter().map(|picked| self.end(picked));
        let end = ends.next().flatten();
        match (&end, ends.all(|other| other == end)) {
            (Some(_), true) if everywhere => end,
            // A chain that is broken or ends at other targets has a finding, or nothing to move to.
            (None, true) => None,
            _ => {
                let why = "it does not end at one ALB listener on every stage (H5)";
                self.wait(
                    WaitingCode::Blocked,
                    self.method_subject(method),
                    why,
                    "have every stage end at the same listener, then scan again",
                );
                None
            }
        }
    }

    /// The listener at which a chain ends. Chains of an API share few ways.
    fn end(&self, picked: &Picked<'a>) -> Option<Destination> {
        let mut last = self.last_end.borrow_mut();
        match &*last {
            Some((way, end)) if Arc::ptr_eq(way, &picked.chain.way) => end.clone(),
            Some(_) | None => {
                let end = destination(self.ground, picked);
                *last = Some((&picked.chain.way, end.clone()));
                end
            }
        }
    }

    /// What the patch replaces.
    fn as_it_is(&mut self, method: &Method, integration: &Integration) -> Option<IntegrationPatch> {
        let target = integration
            .target
            .as_ref()
            .map(|target| LoadBalancerArn::new(target.text().clone()));
        let Ok(target) = target.transpose() else {
            let why = "it names its target by a stage variable, which nobody documents";
            self.not_seen(self.method_subject(method), why.to_owned());
            return None;
        };
        Some(IntegrationPatch {
            connection_id: ConnectionId::Template(integration.vpc_link.clone()?),
            integration_target: target,
            uri: None,
        })
    }

    /// The new address: the inner `None` keeps the old one.
    #[expect(clippy::option_option, reason = "the outer one waits")]
    fn address(
        &mut self,
        method: &Method,
        integration: &Integration,
        to: &Destination,
    ) -> Option<Option<Uri>> {
        let uri = integration.uri.as_ref()?;
        let stages = self.api.stages.iter().flatten();
        let has_query = integration.uri_rest.is_some();
        match address::moved(uri, has_query, to.scheme, to.port, stages) {
            Ok(uri) => Some(uri),
            Err(why) => {
                let why = match why {
                    Unwritable::InVariable => "a stage variable holds its scheme".to_owned(),
                    Unwritable::NotOn(stage) => {
                        format!("what is right for other stages is not for {stage}")
                    }
                    Unwritable::QueryString => {
                        "it has a query string, which the snapshot does not hold".to_owned()
                    }
                    Unwritable::NoAddress => "it names no host".to_owned(),
                };
                let why = format!(
                    "its address has to lead to {} port {}, and cannot be written: {why}",
                    to.scheme, to.port
                );
                self.wait(
                    WaitingCode::UriNotWritable,
                    self.method_subject(method),
                    why,
                    "change the address by hand, deploy it, then scan again",
                );
                None
            }
        }
    }

    /// Nothing moves although nothing was said of a method: obstacles of the NLB say why.
    fn explain_no_method(&mut self) {
        let said = self.waiting.iter().any(|one| match &one.what {
            Subject::Api { id: api, .. } | Subject::Method { api, .. } => *api == self.api_ref.id,
            _ => false,
        });
        if said || self.picked.iter().any(|picked| self.obstacles.stop(picked)) {
            return;
        }
        let why = "none of its methods ends at an ALB that can be told";
        self.wait(
            WaitingCode::NothingToMove,
            self.subject(),
            why,
            "unbridge report",
        );
    }
}

/// What was not read of an object, by its id or ARN.
pub(crate) fn gaps_of<'a>(ground: &Ground<'a>, id: &str) -> Vec<&'a Gap> {
    let of = |gap: &&Gap| match &gap.unseen {
        Unseen::Call { of: Some(of), .. } => {
            of.as_str() == id
                || of
                    .strip_prefix(id)
                    .is_some_and(|rest| rest.starts_with('/'))
        }
        Unseen::Call { of: None, .. } | Unseen::Source { .. } | Unseen::Rest => false,
    };
    let here = |gap: &&Gap| gap.region.as_ref() == Some(ground.region);
    ground
        .assessment
        .gaps
        .iter()
        .filter(here)
        .filter(of)
        .collect()
}
