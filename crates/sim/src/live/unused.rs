//! Whether any API uses a link: other than AWS, which asks for literal ids only, through stage
//! variables too. Rule `link-unused`.

use std::collections::BTreeSet;

use unbridge_model::apigateway::{Integration, Protocol};
use unbridge_model::id::{DeploymentId, VpcLinkId};
use unbridge_model::port::Held;
use unbridge_model::text::Text;

use super::idle::link_of;
use super::observe::no;
use crate::account::{
    Content, HttpApiState, HttpRuns, RawVariables, RegionState, RestApiState, StageState,
};

/// Who names a link, and what might and cannot be read.
#[derive(Default)]
struct Uses {
    named: BTreeSet<String>,
    unread: BTreeSet<String>,
}

pub(super) fn link_unused(state: &RegionState, link: &VpcLinkId) -> Held {
    let mut uses = Uses::default();
    for api in &state.rest_apis {
        uses.of_rest(api, link);
    }
    for api in &state.http_apis {
        uses.of_http(api, link);
    }
    let said = |all: BTreeSet<String>| all.into_iter().collect::<Vec<_>>().join(", ");
    match (uses.named.is_empty(), uses.unread.is_empty()) {
        (false, _) => no(format!("it is named by {}", said(uses.named))),
        (true, false) => Held::Unknown {
            why: Text::from(format!("not known: {}", said(uses.unread))),
        },
        (true, true) => Held::Yes,
    }
}

impl Uses {
    fn of_rest(&mut self, api: &RestApiState, link: &VpcLinkId) {
        let id = &api.api.id;
        let ways: Vec<_> = api.stages.iter().flat_map(ways).collect();
        match api.api.draft.as_deref() {
            Some(draft) => {
                // A draft is tested with, and deployed on, any of the API's stages.
                let none = RawVariables::new();
                let variables = ways.iter().map(|(_, _, variables)| variables);
                let variables: Vec<_> = variables.chain([&none]).collect();
                let integrations = draft.iter().filter_map(|one| one.integration.as_deref());
                if goes(integrations, &variables, link) {
                    self.named.insert(format!("the draft of API {id}"));
                }
            }
            None => drop(self.unread.insert(format!("the draft of API {id}"))),
        }
        for (who, deployment, variables) in ways {
            let Some(deployment) = api.deployments.get(deployment) else {
                continue;
            };
            let methods = deployment.methods.iter();
            let integrations = methods.filter_map(|one| one.integration.as_deref());
            match deployment.content {
                Content::Known if goes(integrations, &[&variables], link) => {
                    self.named.insert(format!("{who} of API {id}"));
                }
                Content::Known => {}
                Content::Unknown => drop(self.unread.insert(format!("{who} of API {id}"))),
            }
        }
    }

    fn of_http(&mut self, api: &HttpApiState, link: &VpcLinkId) {
        let id = &api.api.id;
        let none = RawVariables::new();
        let variables = api.stages.iter().map(|stage| &stage.variables);
        let variables: Vec<_> = variables.chain([&none]).collect();
        match &api.api.integrations {
            Some(all) if goes(all.iter().map(|one| &one.integration), &variables, link) => {
                self.named.insert(format!("an integration of API {id}"));
            }
            Some(_) => {}
            None => drop(self.unread.insert(format!("the integrations of API {id}"))),
        }
        for stage in &api.stages {
            let who = format!("stage {} of API {id}", stage.name);
            match (&stage.runs, api.api.protocol) {
                (HttpRuns::Frozen(routes), Protocol::Http) => {
                    let integrations = routes.iter().map(|route| &route.integration);
                    if goes(integrations, &[&stage.variables], link) {
                        self.named.insert(who);
                    }
                }
                // It runs the integrations. WebSocket APIs go over links of version 1 only.
                (HttpRuns::Current, _) | (HttpRuns::Frozen(_), Protocol::Websocket) => {}
            }
        }
    }
}

/// What a stage runs for whom, with which variables. A canary release counts whatever its share: it
/// is one patch away from getting requests.
fn ways(stage: &StageState) -> Vec<(String, &DeploymentId, RawVariables)> {
    let name = &stage.name;
    let own = (
        format!("stage {name}"),
        &stage.deployment,
        stage.variables.clone(),
    );
    let canary = stage.canary.as_ref().map(|canary| {
        let mut variables = stage.variables.clone();
        variables.extend(canary.overrides.clone());
        let who = format!("the canary of stage {name}");
        (who, &canary.deployment, variables)
    });
    std::iter::once(own).chain(canary).collect()
}

/// Whether one of these goes over the link with any of these variables.
fn goes<'a>(
    mut integrations: impl Iterator<Item = &'a Integration>,
    variables: &[&RawVariables],
    link: &VpcLinkId,
) -> bool {
    integrations.any(|integration| {
        let mut links = variables.iter();
        links.any(|variables| {
            link_of(integration, variables).is_some_and(|found| found == link.as_str())
        })
    })
}
