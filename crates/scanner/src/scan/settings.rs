//! What a deployment of a REST API ships besides its methods: authorizers, validators, models,
//! gateway responses. Only APIs in play are asked for it: five calls each, its deployments included.

use std::collections::{BTreeMap, HashSet};
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use unbridge_model::apigateway::{
    ByIdOrName, Deployment, MethodSettings, Methods, RestApi, Setting,
};
use unbridge_model::call::{Call, DraftSetting};
use unbridge_model::id::RestApiId;
use unbridge_model::port::{Reader, Timer};
use unbridge_model::text::{FastHasher, Text};

use super::ask::{Asker, listed};

/// Names of an API's authorizers or validators, by id.
type Names = BTreeMap<Text, Text>;

/// What the editable API says besides its methods, as far as that takes calls of its own.
pub(super) struct Besides {
    settings: Vec<Setting>,
    authorizers: Names,
    validators: Names,
    deployments: Option<Vec<Deployment>>,
}

pub(super) async fn read<R: Reader, T: Timer>(asker: &Asker<'_, R, T>, api: &RestApiId) -> Besides {
    let api = || api.clone();
    let deployments = Call::GetDeployments { api: api() };
    let (authorizers, validators, models, responses, deployments) = futures::join!(
        asker.list(Call::GetAuthorizers { api: api() }, listed!(Settings)),
        asker.list(Call::GetRequestValidators { api: api() }, listed!(Settings)),
        asker.list(Call::GetModels { api: api() }, listed!(Settings)),
        asker.list(Call::GetGatewayResponses { api: api() }, listed!(Settings)),
        asker.listing(deployments, listed!(Deployments)),
    );
    let (authorizers_by_id, validators_by_id) = (names(&authorizers), names(&validators));
    let all = [authorizers, validators, models, responses];
    let settings = all.into_iter().flatten().flatten();
    Besides {
        settings: settings.map(|draft| draft.setting).collect(),
        authorizers: authorizers_by_id,
        validators: validators_by_id,
        deployments: deployments.once(|deployment| deployment.id.clone()).whole(),
    }
}

fn names(read: &Option<Vec<DraftSetting>>) -> Names {
    let all = read.iter().flatten();
    all.filter_map(|draft| Some((draft.id.clone()?, draft.setting.name.clone()?)))
        .collect()
}

/// Joins the API with what was read besides; `None` when it is not in play. An API then keeps no
/// settings: those that the list of APIs tells are not all.
pub(super) fn join(api: &mut RestApi, besides: Option<Besides>) {
    let mut pool = Pool::default();
    if let Some(besides) = besides {
        if let Some(draft) = &mut api.draft {
            name(draft, &besides);
        }
        if let Some(settings) = &mut api.settings {
            settings.extend(besides.settings);
            settings.sort();
            settings.dedup();
        }
        api.deployments = besides.deployments;
    } else {
        api.settings = None;
        api.deployments = None;
    }
    let deployed = api.stages.iter_mut().flatten();
    let deployed = deployed.flat_map(|stage| &mut stage.deployed);
    for methods in api.draft.iter_mut().chain(deployed) {
        pool.share(methods);
    }
}

/// Names what the methods of a draft name by id, as exports do. An id that nothing has stays.
fn name(draft: &mut Methods, besides: &Besides) {
    for settings in draft
        .iter_mut()
        .filter_map(|method| method.settings.as_mut())
    {
        let known = |by: &Option<ByIdOrName>, names: &Names| match by {
            Some(ByIdOrName::Id(id)) => names.get(id).cloned().map(ByIdOrName::Name),
            Some(ByIdOrName::Name(_)) | None => None,
        };
        let authorizer = known(&settings.authorizer, &besides.authorizers);
        let validator = known(&settings.validator, &besides.validators);
        if authorizer.is_some() || validator.is_some() {
            let settings = Arc::make_mut(settings);
            settings.authorizer = authorizer.or(settings.authorizer.take());
            settings.validator = validator.or(settings.validator.take());
        }
    }
}

/// Equal settings of an API's methods, kept once.
#[derive(Default)]
struct Pool(HashSet<Arc<MethodSettings>, BuildHasherDefault<FastHasher>>);

impl Pool {
    fn share(&mut self, methods: &mut Methods) {
        for settings in methods
            .iter_mut()
            .filter_map(|method| method.settings.as_mut())
        {
            if let Some(known) = self.0.get(settings) {
                *settings = Arc::clone(known);
            } else {
                self.0.insert(Arc::clone(settings));
            }
        }
    }
}
