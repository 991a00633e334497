//! The state behind [`super::Live`]: the account, the time, and what AWS keeps besides what it
//! tells.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use unbridge_model::apigateway::{Tags, Verb};
use unbridge_model::id::{
    HttpApiId, InvalidId, Region, RestApiId, SecurityGroupId, StageName, VpcLinkId,
};
use unbridge_model::journal::{Owner, RUN_TAG, STEP_TAG};
use unbridge_model::plan::operation::IntegrationPatch;
use unbridge_model::plan::value::{Output, Settled};
use unbridge_model::port::{LockHolder, LockKey, WriteError, WriteFailure};
use unbridge_model::text::Text;

use super::history::History;
use super::http::HttpDeployments;
use super::idle::Idle;
use super::quota::Buckets;
use super::switches::{SwitchKind, Switches};
use super::time::Timers;
use crate::account::{Account, HttpApiState, RegionState, RestApiState, StageState};
use crate::build::{hashed, short};

/// What a change comes to.
pub(super) type Changed<T = ()> = Result<T, WriteError>;

/// What AWS grants an account beyond what its pages say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Granted {
    /// Links of version 2 in the region, where the quota was raised.
    pub links: Option<usize>,
    /// Stages of an API, where the quota was raised.
    pub stages: Option<usize>,
    /// Ids of zones that have such links besides those that are listed.
    pub zones: BTreeSet<Text>,
}

#[derive(Debug, Clone)]
pub(super) struct World {
    /// Forks share it until one changes.
    pub(super) account: Rc<Account>,
    pub(super) region: Region,
    pub(super) switches: Switches,
    /// The switches that have decided something.
    pub(super) asked: BTreeSet<SwitchKind>,
    pub(super) now: Duration,
    pub(super) timers: Timers,
    pub(super) buckets: Buckets,
    pub(super) history: History,
    pub(super) idle: Idle,
    pub(super) http: HttpDeployments,
    /// Descriptions of deployments and of integrations of HTTP APIs, by API and id.
    pub(super) descriptions: BTreeMap<(Text, Text), Text>,
    /// Security groups of interfaces that outlive their links.
    pub(super) lingering: BTreeMap<VpcLinkId, Vec<SecurityGroupId>>,
    /// Stages that lack what `CreateStage` does not take of the one that they are like.
    pub(super) unfurnished: BTreeSet<(RestApiId, StageName)>,
    /// When things were made that nobody finds yet.
    pub(super) fresh: BTreeMap<Output, Duration>,
    /// How many things were made of each seed of their ids.
    made: BTreeMap<u64, u64>,
    pub(super) locks: BTreeMap<LockKey, LockHolder>,
    /// What AWS grants beyond its own pages, as a person said.
    pub(super) granted: Rc<Granted>,
    /// Links of version 2 that stood there from the beginning.
    pub(super) links_before: Rc<BTreeSet<VpcLinkId>>,
    /// Digests of the drafts that were changed method by method.
    pub(super) drafts: BTreeMap<RestApiId, u128>,
    /// Methods of drafts that count in a digest as if they had been taken back so.
    pub(super) forgiven: BTreeMap<(RestApiId, Text, Verb), Option<IntegrationPatch<Settled>>>,
    /// The digest of what no change of a plan touches.
    pub(super) untouched: Rc<OnceCell<u128>>,
}

impl World {
    pub(super) fn new(account: Account, region: Region, switches: Switches) -> Self {
        let mut world = Self {
            account: Rc::new(account),
            region,
            switches,
            asked: BTreeSet::new(),
            now: Duration::ZERO,
            timers: Timers::default(),
            buckets: Buckets::default(),
            history: History::default(),
            idle: Idle::default(),
            http: HttpDeployments::default(),
            descriptions: BTreeMap::new(),
            lingering: BTreeMap::new(),
            unfurnished: BTreeSet::new(),
            fresh: BTreeMap::new(),
            made: BTreeMap::new(),
            locks: BTreeMap::new(),
            granted: Rc::default(),
            links_before: Rc::default(),
            drafts: BTreeMap::new(),
            forgiven: BTreeMap::new(),
            untouched: Rc::default(),
        };
        if let Ok(state) = world.state() {
            let links = state.v2_links().map(|link| link.id.clone());
            world.links_before = Rc::new(links.collect());
        }
        world.keep_frozen_stages();
        world.watch_links();
        world.count_uses();
        world
    }

    pub(super) fn state(&self) -> Changed<&RegionState> {
        let found = self.account.regions.get(&self.region);
        found.ok_or_else(|| not_enabled(&self.region))
    }

    pub(super) fn state_mut(&mut self) -> Changed<&mut RegionState> {
        let found = Rc::make_mut(&mut self.account)
            .regions
            .get_mut(&self.region);
        found.ok_or_else(|| not_enabled(&self.region))
    }

    pub(super) fn rest_api(&self, id: &RestApiId) -> Changed<&RestApiState> {
        let found = self.state()?.rest_api(id);
        found.ok_or_else(|| refused("NotFoundException: Invalid API identifier specified"))
    }

    pub(super) fn rest_api_mut(&mut self, id: &RestApiId) -> Changed<&mut RestApiState> {
        let apis = &mut self.state_mut()?.rest_apis;
        let found = apis.find_mut(|known| known.api.id == *id);
        found.ok_or_else(|| refused("NotFoundException: Invalid API identifier specified"))
    }

    pub(super) fn stage(&self, api: &RestApiId, name: &StageName) -> Changed<&StageState> {
        let found = self.rest_api(api)?.stage(name);
        found.ok_or_else(|| refused("NotFoundException: Invalid stage identifier specified"))
    }

    pub(super) fn stage_mut(
        &mut self,
        api: &RestApiId,
        name: &StageName,
    ) -> Changed<&mut StageState> {
        let mut stages = self.rest_api_mut(api)?.stages.iter_mut();
        let found = stages.find(|known| known.name == *name);
        found.ok_or_else(|| refused("NotFoundException: Invalid stage identifier specified"))
    }

    pub(super) fn http_api(&self, id: &HttpApiId) -> Changed<&HttpApiState> {
        let found = self.state()?.http_api(id);
        found.ok_or_else(|| refused("NotFoundException: Invalid API identifier specified"))
    }

    pub(super) fn http_api_mut(&mut self, id: &HttpApiId) -> Changed<&mut HttpApiState> {
        let apis = &mut self.state_mut()?.http_apis;
        let found = apis.find_mut(|known| known.api.id == *id);
        found.ok_or_else(|| refused("NotFoundException: Invalid API identifier specified"))
    }

    /// A number for the id of a new thing: the same for the same owner, unless there was one
    /// already. So a run that is taken up makes what it would have made.
    pub(super) fn number(&mut self, kind: &str, owner: &Owner) -> u64 {
        let mark = owner.mark();
        let parts = [self.region.as_str(), kind, &mark];
        let seed = hashed(parts.iter().flat_map(|part| part.bytes().chain([0])));
        let nth = self.made.entry(seed).or_default();
        *nth += 1;
        let text = format!("{seed} {nth}");
        hashed(text.bytes())
    }

    /// An id of letters and digits.
    pub(super) fn short_id(&mut self, kind: &str, owner: &Owner, length: usize) -> Text {
        Text::from(short(self.number(kind, owner), length))
    }

    /// Notes that a thing was made just now.
    pub(super) fn noted(&mut self, output: Output) -> Output {
        self.fresh.insert(output.clone(), self.now);
        output
    }

    pub(super) fn made(&self) -> &BTreeMap<u64, u64> {
        &self.made
    }
}

/// Tags with those that name the owner.
pub(super) fn owned(tags: &Tags, owner: &Owner) -> Tags {
    let mut tags = tags.clone();
    tags.insert(Text::new(RUN_TAG), Text::new(owner.run.as_str()));
    tags.insert(Text::new(STEP_TAG), Text::new(owner.step.as_str()));
    tags
}

/// A failure that stays one.
pub(super) fn refused(words: impl Into<String>) -> WriteError {
    WriteError::new(WriteFailure::Refused, words)
}

/// A failure for what else there is.
pub(super) fn not_yet(words: impl Into<String>) -> WriteError {
    WriteError::new(WriteFailure::NotYet, words)
}

fn not_enabled(region: &Region) -> WriteError {
    refused(format!(
        "UnrecognizedClientException: region {region} is not enabled"
    ))
}

/// What an id of AWS's own form is made of cannot be wrong; told as a refusal all the same.
pub(super) fn made<T>(id: Result<T, InvalidId>) -> Changed<T> {
    id.map_err(|invalid| refused(format!("InternalFailure: {invalid}")))
}
