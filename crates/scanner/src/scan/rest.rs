//! REST APIs: the draft in one call a page, the stages in one, and what each stage runs.
//!
//! Exports of APIs in play come as soon as they are known to be; the others follow behind, in the
//! tokens that are left over.

use std::cell::RefCell;

use futures::StreamExt;
use futures::channel::mpsc;
use unbridge_model::apigateway::{Canary, Integration, Method, Methods, RestApi, Stage};
use unbridge_model::call::{Call, CallKind, CanaryFacts, StageFacts};
use unbridge_model::digest::Digester;
use unbridge_model::gap::{GapClass, Unseen};
use unbridge_model::id::Region;
use unbridge_model::port::{Reader, Timer};
use unbridge_model::snapshot::Record;
use unbridge_model::text::Text;

use super::ask::{Asker, listed};
use super::region::{Links, Named};
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

pub(super) async fn read<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    region: &Region,
    links: &Links,
    digester: &Digester,
) -> Named {
    let apis = asker
        .listing(region, Call::GetRestApis, listed!(RestApis))
        .await
        .once(|api| api.id.clone())
        .items;
    let named = RefCell::new(Named::default());
    let close = async |opened: Opened| {
        let api = export(asker, region, opened, links, digester).await;
        named.borrow_mut().add(integrations(&api));
        asker.put(Record::RestApi(api));
    };
    let close = &close;
    let (later, waiting) = mpsc::unbounded();
    let first = async move {
        let later = &later;
        let open_one = async |api| {
            let opened = open(asker, region, api).await;
            if is_in_play(&opened, links) {
                close(opened).await;
            } else if let Err(refused) = later.unbounded_send(opened) {
                close(refused.into_inner()).await;
            }
        };
        futures::stream::iter(apis)
            .for_each_concurrent(APIS_AT_ONCE, open_one)
            .await;
    };
    futures::join!(
        first,
        waiting.for_each_concurrent(LATER_EXPORTS_AT_ONCE, close)
    );
    named.into_inner()
}

/// The draft and the stages, not yet what the stages run.
async fn open<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    region: &Region,
    mut api: RestApi,
) -> Opened {
    let (draft, stages) = futures::join!(
        asker.list(
            region,
            Call::GetResources {
                api: api.id.clone()
            },
            listed!(Methods)
        ),
        asker.list(
            region,
            Call::GetStages {
                api: api.id.clone()
            },
            listed!(Stages)
        ),
    );
    api.draft = draft.map(Methods::from);
    Opened { api, stages }
}

/// Whether a private integration is known of, or could not be ruled out.
fn is_in_play(opened: &Opened, links: &Links) -> bool {
    let Some(draft) = &opened.api.draft else {
        return true;
    };
    let private = |method: &Method| {
        method
            .integration
            .as_ref()
            .is_some_and(|i| i.vpc_link.is_some())
    };
    let names_link = |stage: &StageFacts| {
        let overrides = stage
            .canary
            .iter()
            .flat_map(|canary| canary.overrides.values());
        let mut values = stage.variables.values().chain(overrides);
        values.any(|value| links.ids.contains(value.needed_for_routing()))
    };
    draft.iter().any(private) || opened.stages.iter().flatten().any(names_link)
}

async fn export<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    region: &Region,
    opened: Opened,
    links: &Links,
    digester: &Digester,
) -> RestApi {
    let Opened { mut api, stages } = opened;
    let Some(stages) = stages else { return api };
    let exports = stages.iter().map(|stage| {
        let call = Call::GetExport {
            api: api.id.clone(),
            stage: stage.name.clone(),
        };
        asker.list(region, call, listed!(Methods))
    });
    let exports = futures::future::join_all(exports).await;
    for stage in &stages {
        unreadable_canary(asker, region, &api, stage);
    }
    let methods = api
        .draft
        .iter()
        .flatten()
        .chain(exports.iter().flatten().flatten());
    let routing = routing_variables(methods.filter_map(|method| method.integration.as_deref()));
    let seal = |variables| seal(variables, &routing, &links.ids, digester);
    let kept = stages.into_iter().zip(exports).map(|(facts, deployed)| {
        let StageFacts {
            name,
            deployment,
            canary,
            variables,
            tags,
        } = facts;
        let canary = canary.map(
            |CanaryFacts {
                 deployment,
                 percent,
                 overrides,
             }| Canary {
                deployment,
                percent,
                overrides: seal(overrides),
            },
        );
        Stage {
            name,
            deployment,
            canary,
            variables: seal(variables),
            tags,
            deployed: deployed.map(Methods::from),
        }
    });
    api.stages = Some(kept.collect());
    api
}

/// `GetExport` tells the stage's own deployment; a canary's cannot be chosen (facts 5.3).
fn unreadable_canary<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    region: &Region,
    api: &RestApi,
    stage: &StageFacts,
) {
    let other = stage
        .canary
        .as_ref()
        .filter(|canary| canary.deployment != stage.deployment);
    if let Some(canary) = other {
        let of = Some(Text::from(format!("{}/{}", api.id, stage.name)));
        let message = format!(
            "AWS offers no export of a canary's deployment ({})",
            canary.deployment
        );
        asker.gap(
            Some(region),
            Unseen::Call {
                call: CallKind::GetExport,
                of,
            },
            GapClass::Unreadable,
            &message,
        );
    }
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
