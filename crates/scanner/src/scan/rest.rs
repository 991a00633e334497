//! REST APIs: the draft in one call a page, the stages in one, and what each stage runs.
//!
//! Exports of APIs in play come as soon as they are known to be; the others follow behind, in the
//! tokens that are left over.

use std::cell::RefCell;
use std::collections::BTreeMap;

use futures::StreamExt;
use futures::channel::mpsc;
use unbridge_model::apigateway::{Canary, Integration, Method, Methods, RestApi, Stage, Variables};
use unbridge_model::call::{Call, CallKind, CanaryFacts, Export, StageFacts};
use unbridge_model::digest::Sensitive;
use unbridge_model::gap::{GapClass, Unseen};
use unbridge_model::id::RestApiId;
use unbridge_model::port::{Reader, Timer};
use unbridge_model::snapshot::Record;
use unbridge_model::text::Text;
use unbridge_model::usage::Measured;

use super::ask::{Asker, Read, listed};
use super::region::{Apis, Links, Named};
use super::settings;
use super::variables::{routing_variables, seal};

/// APIs read at the same time: enough to keep the buckets busy at any latency.
const APIS_AT_ONCE: usize = 32;
/// Exports of APIs not in play at the same time: few, so that those in play are hardly delayed.
const LATER_EXPORTS_AT_ONCE: usize = 8;

/// An API whose stages' exports are still to be read.
struct Opened {
    api: RestApi,
    stages: Option<Vec<StageFacts>>,
}

pub(super) async fn read<R: Reader, T: Timer>(apis: &Apis<'_, R, T>) -> Named {
    let mut all = apis
        .asker
        .listing(Call::GetRestApis, listed!(RestApis))
        .await
        .once(|api| api.id.clone())
        .items;
    all.retain(|api| apis.which.are_to_be_read(api.id.as_str()));
    let named = RefCell::new(Named::default());
    let close = |api: RestApi| {
        let mut named = named.borrow_mut();
        named.add(integrations(&api));
        named.stages.extend(measured(&api));
        drop(named);
        apis.asker.put(Record::RestApi(api));
    };
    let close = &close;
    let (later, waiting) = mpsc::unbounded();
    let first = async move {
        let later = &later;
        let open_one = async |api| {
            let opened = open(apis.asker, api).await;
            if is_in_play(&opened, apis.links) {
                close(read_in_play(apis, opened).await);
            } else if let Err(refused) = later.unbounded_send(opened) {
                close(read_later(apis, refused.into_inner()).await);
            }
        };
        futures::stream::iter(all)
            .for_each_concurrent(APIS_AT_ONCE, open_one)
            .await;
    };
    let close_one = async |opened| close(read_later(apis, opened).await);
    futures::join!(
        first,
        waiting.for_each_concurrent(LATER_EXPORTS_AT_ONCE, close_one)
    );
    named.into_inner()
}

/// The draft and the stages, not yet what the stages run.
async fn open<R: Reader, T: Timer>(asker: &Asker<'_, R, T>, mut api: RestApi) -> Opened {
    let id = || api.id.clone();
    let (draft, stages) = futures::join!(
        asker.list(Call::GetResources { api: id() }, listed!(Methods)),
        asker.list(Call::GetStages { api: id() }, listed!(Stages)),
    );
    api.draft = draft.map(Methods::from);
    Opened { api, stages }
}

/// Whether a private integration is known of, or could not be ruled out.
fn is_in_play(opened: &Opened, links: &Links) -> bool {
    let Some(draft) = &opened.api.draft else {
        return true;
    };
    let names_link = |stage: &StageFacts| {
        let overrides = stage
            .canary
            .iter()
            .flat_map(|canary| canary.overrides.values());
        let mut values = stage.variables.values().chain(overrides);
        values.any(|value| links.ids.contains(value.needed_for_routing()))
    };
    draft.iter().any(is_private) || opened.stages.iter().flatten().any(names_link)
}

fn is_private(method: &Method) -> bool {
    let integration = method.integration.as_ref();
    integration.is_some_and(|integration| integration.vpc_link.is_some())
}

async fn read_in_play<R: Reader, T: Timer>(apis: &Apis<'_, R, T>, opened: Opened) -> RestApi {
    apis.in_play.found();
    let id = opened.api.id.clone();
    let (mut api, besides) =
        futures::join!(read_stages(apis, opened), settings::read(apis.asker, &id));
    settings::join(&mut api, Some(besides));
    api
}

/// An API that only what a stage runs may bring into play. A stage without an export does not: its
/// gap says so, and there would be nothing to compare settings with.
async fn read_later<R: Reader, T: Timer>(apis: &Apis<'_, R, T>, opened: Opened) -> RestApi {
    let mut api = read_stages(apis, opened).await;
    let mut deployed = api.stages.iter().flatten();
    let besides = if deployed.any(|stage| stage.deployed.iter().flatten().any(is_private)) {
        apis.in_play.found();
        Some(settings::read(apis.asker, &api.id).await)
    } else {
        None
    };
    settings::join(&mut api, besides);
    api
}

/// The API with its stages and what they run.
async fn read_stages<R: Reader, T: Timer>(apis: &Apis<'_, R, T>, opened: Opened) -> RestApi {
    let Opened { mut api, stages } = opened;
    let Some(stages) = stages else { return api };
    let exports = stages
        .iter()
        .map(|stage| export(apis.asker, &api.id, stage));
    let exports = futures::future::join_all(exports).await;
    for stage in &stages {
        unreadable_canary(apis.asker, &api.id, stage);
    }
    let deployed = exports.iter().flatten().flat_map(|export| &export.methods);
    let methods = api.draft.iter().flatten().chain(deployed);
    let routing = routing_variables(methods.filter_map(|method| method.integration.as_deref()));
    let seal = |variables| seal(variables, &routing, &apis.links.ids, apis.digester);
    let kept = stages.into_iter().zip(exports);
    api.stages = Some(
        kept.map(|(facts, export)| stage(facts, export, seal))
            .collect(),
    );
    api
}

/// An export that AWS refuses in one format is told on a further page, in another.
async fn export<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    api: &RestApiId,
    stage: &StageFacts,
) -> Option<Export> {
    let call = Call::GetExport {
        api: api.clone(),
        stage: stage.name.clone(),
    };
    let mut whole = Export::default();
    let add = |more: Export| {
        whole.methods.extend(more.methods);
        whole.settings.extend(more.settings);
    };
    let read = asker.pages(call, listed!(Export), add).await;
    (read == Read::Whole).then_some(whole)
}

fn stage(
    facts: StageFacts,
    export: Option<Export>,
    seal: impl Fn(BTreeMap<Text, Sensitive>) -> Variables,
) -> Stage {
    let StageFacts {
        name,
        deployment,
        canary,
        variables,
        client_certificate,
        cache,
        tags,
    } = facts;
    let canary = canary.map(|canary| {
        let CanaryFacts {
            deployment,
            percent,
            overrides,
        } = canary;
        Canary {
            deployment,
            percent,
            overrides: seal(overrides),
        }
    });
    let (deployed, settings) = export
        .map(|export| (export.methods, export.settings))
        .unzip();
    Stage {
        name,
        deployment,
        canary,
        variables: seal(variables),
        client_certificate,
        cache,
        tags,
        deployed: deployed.map(Methods::from),
        settings,
    }
}

/// `GetExport` tells the stage's own deployment; a canary's cannot be chosen (facts 5.3).
fn unreadable_canary<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    api: &RestApiId,
    stage: &StageFacts,
) {
    let other = stage
        .canary
        .as_ref()
        .filter(|canary| canary.deployment != stage.deployment);
    if let Some(canary) = other {
        let unseen = Unseen::Call {
            call: CallKind::GetExport,
            of: Some(Text::from(format!("{api}/{}", stage.name))),
        };
        let message = format!(
            "AWS offers no export of a canary's deployment ({})",
            canary.deployment
        );
        asker.gap(unseen, GapClass::Unreadable, &message);
    }
}

/// The stages of an API in play, which is one whose settings were asked for. Metrics know the API by
/// its name alone, so that stages of two of one name are one.
fn measured(api: &RestApi) -> impl Iterator<Item = Measured> {
    let in_play = api.settings.is_some();
    let stages = api.stages.iter().flatten().filter(move |_| in_play);
    stages.map(|stage| Measured::RestStage {
        api_name: api.name.clone(),
        stage: stage.name.clone(),
    })
}

fn integrations(api: &RestApi) -> impl Iterator<Item = &Integration> {
    let deployed = api
        .stages
        .iter()
        .flatten()
        .flat_map(|stage| stage.deployed.iter().flatten());
    api.draft
        .iter()
        .flatten()
        .chain(deployed)
        .filter_map(|method| method.integration.as_deref())
}
