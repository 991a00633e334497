//! Whether any API of the region names a link of version 2, by its id or by a stage variable: AWS
//! looks for ids only, and deletes a link that is used over a variable.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_apigateway::types::{CanarySettings, Resource, Stage};
use aws_sdk_apigatewayv2::types::ProtocolType;
use unbridge_model::digest::Digester;
use unbridge_model::id::{HttpApiId, RestApiId, StageName, VpcLinkId};
use unbridge_model::port::{Held, ReadError};
use unbridge_model::template::Template;
use unbridge_model::text::Text;

use super::alike::{FORMS, Told, exported};
use super::{Clients, all, found, no};
use crate::classify::classify;
use crate::convert::{Converted, Subject, export};

/// The largest pages of the two generations.
const LIMIT: i32 = 500;
const MAX_RESULTS: &str = "500";

type Variables = HashMap<String, String>;

/// Who names the link, and what might and cannot be read.
struct Uses<'a> {
    clients: &'a Clients,
    link: &'a VpcLinkId,
    named: BTreeSet<String>,
    unread: BTreeSet<String>,
}

pub(super) async fn unused(clients: &Clients, link: &VpcLinkId) -> Result<Held, ReadError> {
    let mut uses = Uses {
        clients,
        link,
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
    /// Whether a `connectionId` stands for the link with any of these variables.
    fn is_it(&self, written: &str, variables: &[Variables]) -> bool {
        let template = Template::new(written);
        if template.is_literal() {
            return written == self.link.as_str();
        }
        variables.iter().any(|known| {
            let known: HashMap<&str, Text> = known
                .iter()
                .map(|(name, value)| (name.as_str(), Text::new(value)))
                .collect();
            let filled = template.resolve(|name| known.get(name));
            filled.is_ok_and(|filled| filled == self.link.as_str())
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
        let resources = all(|next| async {
            let request = client.get_resources().rest_api_id(api.as_str());
            let request = request.embed("methods").limit(LIMIT).set_position(next);
            let answer = request.send().await.map_err(classify)?;
            Ok((answer.items.unwrap_or_default(), answer.position))
        });
        let resources = resources.await?;
        if resources
            .iter()
            .flat_map(links)
            .any(|link| self.is_it(link, &variables))
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
        if integrations.any(|one| {
            let link = one.vpc_link.as_ref();
            link.is_some_and(|link| self.is_it(link.as_str(), &ways))
        }) {
            self.named.insert(name);
        }
        Ok(())
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
            let exports = api.protocol_type() == Some(&ProtocolType::Http);
            self.of_integrations(&id).await?;
            if exports {
                self.of_http_stages(&id).await?;
            }
        }
        Ok(())
    }

    async fn of_integrations(&mut self, api: &HttpApiId) -> Result<(), ReadError> {
        let client = &self.clients.apigatewayv2;
        let integrations = all(|next| async {
            let request = client.get_integrations().api_id(api.as_str());
            let request = request.max_results(MAX_RESULTS).set_next_token(next);
            let answer = request.send().await.map_err(classify)?;
            Ok((answer.items.unwrap_or_default(), answer.next_token))
        });
        let integrations = integrations.await?;
        let mut links = integrations.iter().filter_map(|one| one.connection_id());
        if links.any(|link| link == self.link.as_str()) {
            self.named.insert(format!("an integration of API {api}"));
        }
        Ok(())
    }

    /// A stage that deploys by itself runs the integrations that are listed.
    async fn of_http_stages(&mut self, api: &HttpApiId) -> Result<(), ReadError> {
        let client = &self.clients.apigatewayv2;
        let stages = all(|next| async {
            let request = client.get_stages().api_id(api.as_str());
            let answer = request.set_next_token(next).send().await;
            let answer = answer.map_err(classify)?;
            Ok((answer.items.unwrap_or_default(), answer.next_token))
        });
        let subject = Subject::new("stage of API", Some(api.as_str()));
        for told in stages.await? {
            if told.auto_deploy() == Some(true) {
                continue;
            }
            let stage: StageName = subject.id("stageName", told.stage_name())?;
            let request = client
                .export_api()
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
            let mut links = routes
                .iter()
                .filter_map(|one| one.integration.vpc_link.as_ref());
            if links.any(|link| link.as_str() == self.link.as_str()) {
                self.named.insert(format!("stage {stage} of API {api}"));
            }
        }
        Converted::Ok(())
    }
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

/// The links that methods of a resource name.
fn links(resource: &Resource) -> impl Iterator<Item = &str> {
    let methods = resource.resource_methods().into_iter().flatten();
    methods.filter_map(|(_, method)| method.method_integration()?.connection_id())
}
