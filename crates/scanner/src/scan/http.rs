//! HTTP and WebSocket APIs: integrations and stages of each; routes and exports where they tell
//! more.

use std::cell::RefCell;

use futures::StreamExt;
use unbridge_model::apigateway::{HttpApi, HttpDeployed, HttpStage, Integration, Protocol};
use unbridge_model::call::{AutoDeploy, Call, CallKind, HttpStageFacts};
use unbridge_model::gap::{GapClass, Unseen};
use unbridge_model::id::{HttpApiId, StageName};
use unbridge_model::port::{Reader, Timer};
use unbridge_model::snapshot::Record;
use unbridge_model::text::Text;
use unbridge_model::usage::Measured;

use super::ask::{Asker, listed};
use super::region::{Apis, Named, Presence};
use super::variables::{routing_variables, seal};

const APIS_AT_ONCE: usize = 16;

pub(super) async fn read<R: Reader, T: Timer>(apis: &Apis<'_, R, T>) -> Named {
    let mut all = apis
        .asker
        .listing(Call::GetApis, listed!(HttpApis))
        .await
        .once(|api| api.id.clone())
        .items;
    all.retain(|api| apis.which.are_to_be_read(api.id.as_str()));
    let named = RefCell::new(Named::default());
    let one = async |api| {
        let api = read_api(apis, api).await;
        let mut named = named.borrow_mut();
        // Stages may run a private integration that the API has dropped.
        if api.integrations.is_none() || integrations(&api).any(is_private) {
            apis.in_play.found();
            named.stages.extend(measured(&api));
        }
        named.add(integrations(&api));
        drop(named);
        apis.asker.put(Record::HttpApi(api));
    };
    futures::stream::iter(all)
        .for_each_concurrent(APIS_AT_ONCE, one)
        .await;
    named.into_inner()
}

async fn read_api<R: Reader, T: Timer>(apis: &Apis<'_, R, T>, mut api: HttpApi) -> HttpApi {
    let Apis {
        asker,
        links,
        digester,
        in_play,
        which: _,
    } = apis;
    let id = || api.id.clone();
    let (integrations, stages) = futures::join!(
        asker.listing(
            Call::GetIntegrations { api: id() },
            listed!(HttpIntegrations)
        ),
        asker.listing(Call::GetApiStages { api: id() }, listed!(HttpStages)),
    );
    let integrations = integrations.once(|known| known.id.clone()).whole();
    let stages = stages.once(|stage| stage.name.clone()).whole();
    let private = integrations
        .as_ref()
        .is_none_or(|all| all.iter().any(|known| is_private(&known.integration)));
    if private {
        in_play.found();
        let call = Call::GetRoutes { api: id() };
        api.routes = asker.list(call, listed!(HttpRoutes)).await;
    }
    let Some(stages) = stages else {
        return HttpApi {
            integrations,
            ..api
        };
    };
    let deployed = stages.iter().map(|stage| deployed(apis, &api, stage));
    let deployed = futures::future::join_all(deployed).await;
    let drafted = integrations.iter().flatten().map(|i| &i.integration);
    let routing = routing_variables(drafted.chain(deployed.iter().flat_map(exported)));
    let kept = stages
        .into_iter()
        .zip(deployed)
        .map(|(facts, deployed)| HttpStage {
            name: facts.name,
            deployment: facts.deployment,
            variables: seal(facts.variables, &routing, &links.ids, digester),
            tags: facts.tags,
            deployed,
        });
    api.stages = Some(kept.collect());
    HttpApi {
        integrations,
        ..api
    }
}

/// The stages, as they are measured; those of WebSocket APIs are not.
fn measured(api: &HttpApi) -> impl Iterator<Item = Measured> {
    let counts_requests = api.protocol == Protocol::Http;
    let stages = api.stages.iter().flatten();
    stages
        .filter(move |_| counts_requests)
        .map(|stage| Measured::HttpStage {
            api_id: api.id.clone().into(),
            stage: stage.name.clone(),
        })
}

fn is_private(integration: &Integration) -> bool {
    integration.vpc_link.is_some()
}

async fn deployed<R: Reader, T: Timer>(
    apis: &Apis<'_, R, T>,
    api: &HttpApi,
    stage: &HttpStageFacts,
) -> HttpDeployed {
    match (stage.auto_deploy, api.protocol) {
        (AutoDeploy::On, _) => HttpDeployed::Auto,
        (AutoDeploy::Off, Protocol::Http) => {
            let call = Call::ExportApi {
                api: api.id.clone(),
                stage: stage.name.clone(),
            };
            let routes = apis.asker.list(call, listed!(ExportedRoutes)).await;
            routes.map_or(HttpDeployed::Unread, HttpDeployed::Routes)
        }
        (AutoDeploy::Off, Protocol::Websocket) => {
            // Private integrations of WebSocket APIs need a version 1 link (facts 4.6).
            if apis.links.websocket_reach == Presence::Possible {
                unreadable(apis.asker, &api.id, &stage.name);
            }
            HttpDeployed::Unread
        }
    }
}

fn unreadable<R: Reader, T: Timer>(asker: &Asker<'_, R, T>, api: &HttpApiId, stage: &StageName) {
    let unseen = Unseen::Call {
        call: CallKind::ExportApi,
        of: Some(Text::from(format!("{api}/{stage}"))),
    };
    let message =
        "AWS offers no export of WebSocket APIs: what this stage runs may differ from its routes";
    asker.gap(unseen, GapClass::Unreadable, message);
}

fn exported(deployed: &HttpDeployed) -> impl Iterator<Item = &Integration> {
    let routes = match deployed {
        HttpDeployed::Routes(routes) => routes.as_slice(),
        HttpDeployed::Auto | HttpDeployed::Unread => &[],
    };
    routes.iter().map(|route| &route.integration)
}

fn integrations(api: &HttpApi) -> impl Iterator<Item = &Integration> {
    let deployed = api
        .stages
        .iter()
        .flatten()
        .flat_map(|stage| exported(&stage.deployed));
    api.integrations
        .iter()
        .flatten()
        .map(|i| &i.integration)
        .chain(deployed)
}
