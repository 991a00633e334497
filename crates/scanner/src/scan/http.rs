//! HTTP and WebSocket APIs: integrations and stages of each; routes and exports where they tell
//! more.

use std::cell::RefCell;

use futures::StreamExt;
use unbridge_model::apigateway::{HttpApi, HttpDeployed, HttpStage, Integration, Protocol};
use unbridge_model::call::{AutoDeploy, Call, CallKind, HttpStageFacts};
use unbridge_model::digest::Digester;
use unbridge_model::gap::{GapClass, Unseen};
use unbridge_model::id::{HttpApiId, Region, StageName};
use unbridge_model::port::{Reader, Timer};
use unbridge_model::snapshot::Record;
use unbridge_model::text::Text;

use super::ask::{Asker, listed};
use super::region::{Links, Named, Presence};
use super::variables::{routing_variables, seal};

const APIS_AT_ONCE: usize = 16;

pub(super) async fn read<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    region: &Region,
    links: &Links,
    digester: &Digester,
) -> Named {
    let apis = asker
        .listing(region, Call::GetApis, listed!(HttpApis))
        .await
        .once(|api| api.id.clone())
        .items;
    let named = RefCell::new(Named::default());
    let one = async |api| {
        let api = read_api(asker, region, api, links, digester).await;
        named.borrow_mut().add(integrations(&api));
        asker.put(Record::HttpApi(api));
    };
    futures::stream::iter(apis)
        .for_each_concurrent(APIS_AT_ONCE, one)
        .await;
    named.into_inner()
}

async fn read_api<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    region: &Region,
    mut api: HttpApi,
    links: &Links,
    digester: &Digester,
) -> HttpApi {
    let id = || api.id.clone();
    let (integrations, stages) = futures::join!(
        asker.list(
            region,
            Call::GetIntegrations { api: id() },
            listed!(HttpIntegrations)
        ),
        asker.list(
            region,
            Call::GetApiStages { api: id() },
            listed!(HttpStages)
        ),
    );
    let private = integrations
        .as_ref()
        .is_none_or(|all| all.iter().any(|i| i.integration.vpc_link.is_some()));
    if private {
        api.routes = asker
            .list(region, Call::GetRoutes { api: id() }, listed!(HttpRoutes))
            .await;
    }
    let Some(stages) = stages else {
        return HttpApi {
            integrations,
            ..api
        };
    };
    let deployed = stages
        .iter()
        .map(|stage| deployed(asker, region, &api, stage, links));
    let deployed = futures::future::join_all(deployed).await;
    let drafted = integrations.iter().flatten().map(|i| &i.integration);
    let routing = routing_variables(drafted.chain(deployed.iter().flat_map(exported)));
    let kept = stages
        .into_iter()
        .zip(deployed)
        .map(|(facts, deployed)| HttpStage {
            name: facts.name,
            variables: seal(facts.variables, &routing, &links.ids, digester),
            deployed,
        });
    api.stages = Some(kept.collect());
    HttpApi {
        integrations,
        ..api
    }
}

async fn deployed<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    region: &Region,
    api: &HttpApi,
    stage: &HttpStageFacts,
    links: &Links,
) -> HttpDeployed {
    match (stage.auto_deploy, api.protocol) {
        (AutoDeploy::On, _) => HttpDeployed::Auto,
        (AutoDeploy::Off, Protocol::Http) => {
            let call = Call::ExportApi {
                api: api.id.clone(),
                stage: stage.name.clone(),
            };
            let routes = asker.list(region, call, listed!(ExportedRoutes)).await;
            routes.map_or(HttpDeployed::Unread, HttpDeployed::Routes)
        }
        (AutoDeploy::Off, Protocol::Websocket) => {
            // Private integrations of WebSocket APIs need a version 1 link (facts 4.6).
            if links.websocket_reach == Presence::Possible {
                unreadable(asker, region, &api.id, &stage.name);
            }
            HttpDeployed::Unread
        }
    }
}

fn unreadable<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    region: &Region,
    api: &HttpApiId,
    stage: &StageName,
) {
    let of = Some(Text::from(format!("{api}/{stage}")));
    let message =
        "AWS offers no export of WebSocket APIs: what this stage runs may differ from its routes";
    asker.gap(
        Some(region),
        Unseen::Call {
            call: CallKind::ExportApi,
            of,
        },
        GapClass::Unreadable,
        message,
    );
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
