//! Whether any API uses a link, or names a load balancer: other than AWS, which asks for literal ids
//! only, through stage variables too. Rule `link-unused`. Rule `load-balancer-unnamed`.

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::apigateway::{Integration, Protocol};
use unbridge_model::elb::LoadBalancer;
use unbridge_model::id::{DeploymentId, ListenerArn, RestApiId, VpcLinkId};
use unbridge_model::plan::condition::{Hosts, WebsocketStages};
use unbridge_model::port::Held;
use unbridge_model::template::Template;
use unbridge_model::text::Text;

use super::idle::{filled, link_of};
use super::observe::no;
use crate::account::{
    Content, HttpApiState, HttpRuns, RawVariables, RegionState, RestApiState, StageState,
};

/// What is looked for.
enum Sought<'a> {
    /// A link of version 2.
    V2Link(&'a VpcLinkId, Older<'a>),
    /// A link of version 1.
    V1Link(&'a VpcLinkId),
    /// A load balancer.
    LoadBalancer(&'a LoadBalancer, Hosts),
}

/// Who names it, and what might and cannot be read.
struct Uses<'a> {
    sought: Sought<'a>,
    websockets: WebsocketStages,
    named: BTreeSet<String>,
    unread: BTreeSet<String>,
}

/// A link of version 2. One that was made since, and not before, is named by no deployment that
/// stood there already (rule `link-is-younger`).
pub(super) fn link_unused(state: &RegionState, link: &VpcLinkId, older: Older<'_>) -> Held {
    // It could name no link of version 2.
    unnamed(
        state,
        Sought::V2Link(link, older),
        WebsocketStages::DoNotCount,
    )
}

/// The deployments that are older than a link.
#[derive(Clone, Copy)]
pub(super) enum Older<'a> {
    /// None is known to be: the link stood there from the beginning.
    None,
    /// All but those that were made since, by API and id.
    AllBut(&'a BTreeMap<(Text, Text), Text>),
}

impl Older<'_> {
    fn holds(self, api: &RestApiId, deployment: &DeploymentId) -> bool {
        let key = || (Text::from(api.clone()), Text::from(deployment.clone()));
        match self {
            Self::None => false,
            Self::AllBut(made) => !made.contains_key(&key()),
        }
    }
}

pub(super) fn v1_link_unused(
    state: &RegionState,
    link: &VpcLinkId,
    websockets: WebsocketStages,
) -> Held {
    unnamed(state, Sought::V1Link(link), websockets)
}

pub(super) fn load_balancer_unnamed(
    state: &RegionState,
    lb: &LoadBalancer,
    hosts: Hosts,
    websockets: WebsocketStages,
) -> Held {
    unnamed(state, Sought::LoadBalancer(lb, hosts), websockets)
}

fn unnamed(state: &RegionState, sought: Sought<'_>, websockets: WebsocketStages) -> Held {
    let mut uses = Uses {
        sought,
        websockets,
        named: BTreeSet::new(),
        unread: BTreeSet::new(),
    };
    for api in &state.rest_apis {
        uses.of_rest(api);
    }
    for api in &state.http_apis {
        uses.of_http(api);
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

impl Uses<'_> {
    fn of_rest(&mut self, api: &RestApiState) {
        let id = &api.api.id;
        let ways: Vec<_> = api.stages.iter().flat_map(ways).collect();
        match api.api.draft.as_deref() {
            Some(draft) => {
                // A draft is tested with, and deployed on, any of the API's stages.
                let none = RawVariables::new();
                let variables = ways.iter().map(|(_, _, variables)| variables);
                let variables: Vec<_> = variables.chain([&none]).collect();
                let integrations = draft.iter().filter_map(|one| one.integration.as_deref());
                if self.goes(integrations, &variables) {
                    self.named.insert(format!("the draft of API {id}"));
                }
            }
            None => drop(self.unread.insert(format!("the draft of API {id}"))),
        }
        for (who, deployment_id, variables) in ways {
            let Some(deployment) = api.deployments.get(deployment_id) else {
                continue;
            };
            let methods = deployment.methods.iter();
            let integrations = methods.filter_map(|one| one.integration.as_deref());
            match deployment.content {
                Content::Known if self.goes(integrations, &[&variables]) => {
                    self.named.insert(format!("{who} of API {id}"));
                }
                Content::Known => {}
                Content::Unknown if self.is_older(id, deployment_id, &variables) => {}
                Content::Unknown => drop(self.unread.insert(format!("{who} of API {id}"))),
            }
        }
    }

    /// Whether a deployment cannot name what is sought: it is older, and no variable that its
    /// requests see holds it.
    fn is_older(
        &self,
        api: &RestApiId,
        deployment: &DeploymentId,
        variables: &RawVariables,
    ) -> bool {
        match &self.sought {
            Sought::V2Link(link, older) => {
                let held = variables
                    .values()
                    .any(|value| value.contains(link.as_str()));
                !held && older.holds(api, deployment)
            }
            Sought::V1Link(_) | Sought::LoadBalancer(..) => false,
        }
    }

    fn of_http(&mut self, api: &HttpApiState) {
        let id = &api.api.id;
        let none = RawVariables::new();
        let variables = api.stages.iter().map(|stage| &stage.variables);
        let variables: Vec<_> = variables.chain([&none]).collect();
        match &api.api.integrations {
            Some(all) if self.goes(all.iter().map(|one| &one.integration), &variables) => {
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
                    if self.goes(integrations, &[&stage.variables]) {
                        self.named.insert(who);
                    }
                }
                // Rule `websocket-stage-unread`.
                (HttpRuns::Frozen(_), Protocol::Websocket) => match self.websockets {
                    WebsocketStages::DoNotCount => {}
                    WebsocketStages::Count => drop(self.unread.insert(who)),
                },
                // It runs the integrations.
                (HttpRuns::Current, _) => {}
            }
        }
    }

    /// Whether one of these leads to what is sought, with any of these variables.
    fn goes<'i>(
        &self,
        mut integrations: impl Iterator<Item = &'i Integration>,
        variables: &[&RawVariables],
    ) -> bool {
        integrations.any(|integration| {
            let mut all = variables.iter();
            all.any(|variables| self.is_named_by(integration, variables))
        })
    }

    fn is_named_by(&self, integration: &Integration, variables: &RawVariables) -> bool {
        let (lb, hosts) = match self.sought {
            Sought::V2Link(link, _) | Sought::V1Link(link) => {
                let found = link_of(integration, variables);
                return found.is_some_and(|found| found == link.as_str());
            }
            Sought::LoadBalancer(lb, hosts) => (lb, hosts),
        };
        let fill = |template: &Template| filled(template, variables).ok_or(());
        let target = integration.target.as_ref().map(fill);
        if matches!(target, Some(Ok(arn)) if arn == lb.arn.as_str()) {
            return true;
        }
        let uri = integration.uri.as_ref().map(|uri| uri.filled(fill));
        let Some(Ok(uri)) = uri else {
            return false;
        };
        // Listeners of HTTP APIs; else the whole name, that of one of its zones included.
        let listener = ListenerArn::new(uri.clone()).ok();
        let owner = listener.and_then(|listener| listener.load_balancer());
        let by_host = || {
            let name = lb.dns_name.as_deref();
            name.is_some_and(|name| uri.to_ascii_lowercase().contains(name))
        };
        owner.as_ref() == Some(&lb.arn) || (hosts == Hosts::Count && by_host())
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
