//! Whether any API of the region names a link or a load balancer, as written or through a stage
//! variable: AWS looks for ids of links only, and deletes a link that is used over a variable.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_apigateway::types::{CanarySettings, Resource, Stage};
use aws_sdk_apigatewayv2::types::{ProtocolType, Stage as HttpStage};
use unbridge_model::apigateway::Integration;
use unbridge_model::digest::Digester;
use unbridge_model::id::{
    HttpApiId, ListenerArn, LoadBalancerArn, RestApiId, StageName, VpcLinkId,
};
use unbridge_model::plan::condition::{Hosts, WebsocketStages};
use unbridge_model::port::{Held, ReadError};
use unbridge_model::template::Template;
use unbridge_model::text::Text;

use super::alike::{FORMS, Told, exported};
use super::{Clients, all, found, no, rest};
use crate::classify::classify;
use crate::convert::{Converted, Subject, export};

/// The largest pages of the two generations.
const LIMIT: i32 = 500;
const MAX_RESULTS: &str = "500";

type Variables = HashMap<String, String>;

/// What is looked for.
enum Sought<'a> {
    V2Link(&'a VpcLinkId),
    V1Link(&'a VpcLinkId),
    LoadBalancer {
        arn: &'a LoadBalancerArn,
        /// Its DNS name, where hosts of addresses count.
        host: Option<String>,
    },
}

/// What an integration says of where it leads to.
struct Leads<'i> {
    link: Option<&'i str>,
    target: Option<&'i str>,
    uri: Option<String>,
}

impl<'i> Leads<'i> {
    fn of(integration: &'i Integration) -> Self {
        Self {
            link: integration.vpc_link.as_ref().map(Template::as_str),
            target: integration.target.as_ref().map(Template::as_str),
            uri: integration.uri.as_ref().map(ToString::to_string),
        }
    }
}

/// Who names it, and what might and cannot be read.
struct Uses<'a> {
    clients: &'a Clients,
    sought: Sought<'a>,
    websockets: WebsocketStages,
    named: BTreeSet<String>,
    unread: BTreeSet<String>,
}

pub(super) async fn link(clients: &Clients, link: &VpcLinkId) -> Result<Held, ReadError> {
    // They go over links of version 1 only.
    let websockets = WebsocketStages::DoNotCount;
    unnamed(clients, Sought::V2Link(link), websockets).await
}

pub(super) async fn v1_link(
    clients: &Clients,
    link: &VpcLinkId,
    websockets: WebsocketStages,
) -> Result<Held, ReadError> {
    unnamed(clients, Sought::V1Link(link), websockets).await
}

pub(super) async fn load_balancer(
    clients: &Clients,
    arn: &LoadBalancerArn,
    hosts: Hosts,
    websockets: WebsocketStages,
) -> Result<Held, ReadError> {
    let Some(name) = super::balancers::dns_name(&clients.elb, arn).await? else {
        return Ok(no("there is no such load balancer"));
    };
    let host = match hosts {
        Hosts::Count => Some(name),
        Hosts::DoNotCount => None,
    };
    unnamed(clients, Sought::LoadBalancer { arn, host }, websockets).await
}

async fn unnamed(
    clients: &Clients,
    sought: Sought<'_>,
    websockets: WebsocketStages,
) -> Result<Held, ReadError> {
    let mut uses = Uses {
        clients,
        sought,
        websockets,
        named: BTreeSet::new(),
        unread: BTreeSet::new(),
    };
    uses.of_rest_apis().await?;
    uses.of_http_apis().await?;
    let said = |all: BTreeSet<String>| all.into_iter().collect::<Vec<_>>().join(", ");
    Ok(match (uses.named.is_empty(), uses.unread.is_empty()) {
        (false, _) => no(format!("it is named by {}", said(uses.named))),
        (true, false) => Held::Unknown {
            why: Text::from(format!("not known: {}", said(uses.unread))),
        },
        (true, true) => Held::Yes,
    })
}

impl Uses<'_> {
    /// Whether an integration leads to what is sought, with any of these variables.
    fn is_it(&self, leads: &Leads<'_>, variables: &[Variables]) -> bool {
        let holds = |written: Option<&str>, wanted: &dyn Fn(&str) -> bool| {
            written.is_some_and(|written| {
                let all = values(written, variables);
                all.iter().any(|value| wanted(value))
            })
        };
        let (arn, host) = match &self.sought {
            Sought::V2Link(link) | Sought::V1Link(link) => {
                return holds(leads.link, &|value| value == link.as_str());
            }
            Sought::LoadBalancer { arn, host } => (*arn, host.as_deref()),
        };
        holds(leads.target, &|value| value == arn.as_str())
            || holds(leads.uri.as_deref(), &|value| {
                let listener = ListenerArn::new(value).ok();
                let owner = listener.and_then(|listener| listener.load_balancer());
                // The whole name, that of one of its zones included.
                let named = |host: &str| value.to_ascii_lowercase().contains(host);
                owner.as_ref() == Some(arn) || host.is_some_and(named)
            })
    }

    async fn of_rest_apis(&mut self) -> Result<(), ReadError> {
        let client = &self.clients.apigateway;
        let apis = all(|next| async {
            let request = client.get_rest_apis().limit(LIMIT).set_position(next);
            let answer = request.send().await.map_err(classify)?;
            Ok((answer.items.unwrap_or_default(), answer.position))
        });
        let subject = Subject::new("REST API", None);
        for api in apis.await? {
            self.of_rest_api(&subject.id("id", api.id())?).await?;
        }
        Ok(())
    }

    async fn of_rest_api(&mut self, api: &RestApiId) -> Result<(), ReadError> {
        let client = &self.clients.apigateway;
        let request = client.get_stages().rest_api_id(api.as_str());
        // An API that is gone by now names nothing.
        let Some(stages) = found(request.send().await.map_err(classify))? else {
            return Ok(());
        };
        let stages = stages.item();
        // A draft is tested with, and deployed on, any of the API's stages.
        let variables: Vec<Variables> = stages.iter().flat_map(ways).collect();
        let resources = rest::drafted(client, api).await?;
        if resources
            .iter()
            .flat_map(drafted)
            .any(|leads| self.is_it(&leads, &variables))
        {
            self.named.insert(format!("the draft of API {api}"));
        }
        for stage in stages {
            self.of_stage(api, stage).await?;
        }
        Ok(())
    }

    async fn of_stage(&mut self, api: &RestApiId, told: &Stage) -> Result<(), ReadError> {
        let subject = Subject::new("stage of API", Some(api.as_str()));
        let stage: StageName = subject.id("stageName", told.stage_name())?;
        let name = format!("stage {stage} of API {api}");
        let mut read = None;
        for form in FORMS {
            match exported(&self.clients.apigateway, api, &stage, form).await? {
                Told::Export(export) => {
                    read = Some(export);
                    break;
                }
                Told::NotInThisForm => {}
                Told::NoStage => return Ok(()),
            }
        }
        // What a canary release runs beside its stage cannot be exported.
        if let Some(canary) = told.canary_settings()
            && canary.deployment_id() != told.deployment_id()
            && !self.is_older(api, canary.deployment_id(), told).await?
        {
            self.unread.insert(format!("the canary of {name}"));
        }
        let Some(export) = read else {
            self.unread.insert(name);
            return Ok(());
        };
        let ways = ways(told);
        let mut integrations = export
            .methods
            .iter()
            .filter_map(|one| one.integration.as_ref());
        if integrations.any(|one| self.is_it(&Leads::of(one), &ways)) {
            self.named.insert(name);
        }
        Ok(())
    }

    /// Whether a deployment cannot name what is sought: it was made before the link, and no variable
    /// that requests to its stage see holds the link.
    async fn is_older(
        &self,
        api: &RestApiId,
        deployment: Option<&str>,
        stage: &Stage,
    ) -> Result<bool, ReadError> {
        let (Sought::V2Link(link), Some(deployment)) = (&self.sought, deployment) else {
            return Ok(false);
        };
        let seen = ways(stage);
        let mut values = seen.iter().flat_map(HashMap::values);
        if values.any(|value| value.contains(link.as_str())) {
            return Ok(false);
        }
        let request = self.clients.apigatewayv2.get_vpc_link();
        let link = found(
            request
                .vpc_link_id(link.as_str())
                .send()
                .await
                .map_err(classify),
        )?;
        let request = self.clients.apigateway.get_deployment();
        let request = request.rest_api_id(api.as_str()).deployment_id(deployment);
        let deployment = found(request.send().await.map_err(classify))?;
        let link = link.and_then(|link| link.created_date().copied());
        let deployment = deployment.and_then(|deployment| deployment.created_date().copied());
        Ok(match (deployment, link) {
            (Some(deployment), Some(link)) => deployment < link,
            (None, _) | (_, None) => false,
        })
    }

    async fn of_http_apis(&mut self) -> Result<(), ReadError> {
        let client = &self.clients.apigatewayv2;
        let apis = all(|next| async {
            let request = client.get_apis().max_results(MAX_RESULTS);
            let answer = request.set_next_token(next).send().await;
            let answer = answer.map_err(classify)?;
            Ok((answer.items.unwrap_or_default(), answer.next_token))
        });
        let subject = Subject::new("HTTP or WebSocket API", None);
        for api in apis.await? {
            let id: HttpApiId = subject.id("apiId", api.api_id())?;
            let is_http = api.protocol_type() == Some(&ProtocolType::Http);
            let stages = self.http_stages(&id).await?;
            self.of_integrations(&id, &stages).await?;
            // A stage that deploys by itself runs the integrations that are listed.
            for told in stages.iter().filter(|one| one.auto_deploy() != Some(true)) {
                match is_http {
                    true => self.of_http_stage(&id, told).await?,
                    false => self.of_websocket_stage(&id, told)?,
                }
            }
        }
        Ok(())
    }

    async fn http_stages(&self, api: &HttpApiId) -> Result<Vec<HttpStage>, ReadError> {
        let client = &self.clients.apigatewayv2;
        all(|next| async {
            let request = client.get_stages().api_id(api.as_str());
            let answer = request.set_next_token(next).send().await;
            let answer = answer.map_err(classify)?;
            Ok((answer.items.unwrap_or_default(), answer.next_token))
        })
        .await
    }

    async fn of_integrations(
        &mut self,
        api: &HttpApiId,
        stages: &[HttpStage],
    ) -> Result<(), ReadError> {
        let client = &self.clients.apigatewayv2;
        let integrations = all(|next| async {
            let request = client.get_integrations().api_id(api.as_str());
            let request = request.max_results(MAX_RESULTS).set_next_token(next);
            let answer = request.send().await.map_err(classify)?;
            Ok((answer.items.unwrap_or_default(), answer.next_token))
        });
        let integrations = integrations.await?;
        let variables: Vec<Variables> = stages.iter().map(variables).collect();
        let mut all = integrations.iter().map(|one| Leads {
            link: one.connection_id(),
            target: None,
            uri: one.integration_uri().map(str::to_owned),
        });
        if all.any(|leads| self.is_it(&leads, &variables)) {
            self.named.insert(format!("an integration of API {api}"));
        }
        Ok(())
    }

    /// AWS offers no export of WebSocket APIs.
    fn of_websocket_stage(&mut self, api: &HttpApiId, told: &HttpStage) -> Converted<()> {
        let subject = Subject::new("stage of API", Some(api.as_str()));
        let stage: StageName = subject.id("stageName", told.stage_name())?;
        match self.websockets {
            WebsocketStages::DoNotCount => {}
            WebsocketStages::Count => {
                self.unread.insert(format!("stage {stage} of API {api}"));
            }
        }
        Ok(())
    }

    async fn of_http_stage(&mut self, api: &HttpApiId, told: &HttpStage) -> Result<(), ReadError> {
        let subject = Subject::new("stage of API", Some(api.as_str()));
        let stage: StageName = subject.id("stageName", told.stage_name())?;
        let request = self.clients.apigatewayv2.export_api();
        let request = request
            .api_id(api.as_str())
            .stage_name(stage.as_str())
            .specification("OAS30")
            .output_type("JSON")
            .include_extensions(true);
        let answer = request.send().await.map_err(classify)?;
        let document = subject.required("body", answer.body())?;
        // The digests are forgotten at once: any key does.
        let digester = Digester::new(&[0; 32]);
        let routes = export::routes(document.as_ref(), api, &stage, &digester)?;
        let variables = [variables(told)];
        let mut all = routes.iter().map(|one| Leads::of(&one.integration));
        if all.any(|leads| self.is_it(&leads, &variables)) {
            self.named.insert(format!("stage {stage} of API {api}"));
        }
        Ok(())
    }
}

fn variables(stage: &HttpStage) -> Variables {
    stage.stage_variables().cloned().unwrap_or_default()
}

/// What a text stands for with any of these variables; itself where it reads none.
fn values(written: &str, variables: &[Variables]) -> Vec<Text> {
    let template = Template::new(written);
    if template.is_literal() {
        return vec![template.text().clone()];
    }
    let filled = variables.iter().filter_map(|known| {
        let known: HashMap<&str, Text> = known
            .iter()
            .map(|(name, value)| (name.as_str(), Text::new(value)))
            .collect();
        template.resolve(|name| known.get(name)).ok()
    });
    filled.collect()
}

/// The variables that requests to a stage see, and those to its canary release, whatever its share.
fn ways(stage: &Stage) -> Vec<Variables> {
    let own = stage.variables().cloned().unwrap_or_default();
    let overrides = stage
        .canary_settings()
        .map(CanarySettings::stage_variable_overrides);
    let canary = overrides.map(|overrides| {
        let mut variables = own.clone();
        variables.extend(overrides.cloned().unwrap_or_default());
        variables
    });
    std::iter::once(own).chain(canary).collect()
}

/// Where methods of a resource lead to.
fn drafted(resource: &Resource) -> impl Iterator<Item = Leads<'_>> {
    let methods = resource.resource_methods().into_iter().flatten();
    methods.filter_map(|(_, method)| {
        let told = method.method_integration()?;
        Some(Leads {
            link: told.connection_id(),
            target: told.integration_target(),
            uri: told.uri().map(str::to_owned),
        })
    })
}
