//! APIs of both generations.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use unbridge_model::apigateway::{
    CarriedField, DefaultEndpoint, ExportedRoute, Integration, Method, Protocol,
};
use unbridge_model::digest::Digest;
use unbridge_model::id::HttpIntegrationId;
use unbridge_model::template::Template;

use super::{object, tags};
use crate::account::{
    CanaryState, DeploymentState, HttpApiState, HttpRuns, HttpStageState, RawValues, RawVariables,
    RestApiState, StageState,
};

pub(super) fn rest_api(state: &RestApiState) -> Value {
    let api = &state.api;
    let draft: Vec<&Method> = api.draft.iter().flatten().collect();
    let deployments = state.deployments.iter();
    json!({
        "id": api.id,
        "name": api.name,
        "endpointConfiguration": { "types": api.endpoint_types },
        "disableExecuteApiEndpoint": api.default_endpoint == DefaultEndpoint::Disabled,
        "resources": resources(&draft, &state.raw),
        "deployments": deployments
            .map(|(id, known)| deployment(id.as_str(), known, &state.raw)).collect::<Vec<_>>(),
        "stages": state.stages.iter().map(stage).collect::<Vec<_>>(),
        "tags": tags(Some(&api.tags)),
    })
}

fn resources(methods: &[&Method], raw: &RawValues) -> Vec<Value> {
    let mut by_path: BTreeMap<&str, Vec<&Method>> = BTreeMap::new();
    for method in methods {
        by_path
            .entry(method.path.as_str())
            .or_default()
            .push(method);
    }
    let rows = by_path.into_iter().map(|(path, methods)| {
        let id = methods.iter().find_map(|method| method.resource);
        let methods = methods.into_iter().map(|known| {
            let told = method(known, raw);
            (known.verb.to_string(), told)
        });
        object(json!({
            "path": path,
            "id": id.map(|id| id.to_string()),
            "resourceMethods": methods.collect::<Map<_, _>>(),
        }))
    });
    rows.collect()
}

fn method(method: &Method, raw: &RawValues) -> Value {
    let integration = method.integration.as_deref();
    let parameters = integration.and_then(|known| parameters(known, raw));
    let asked = parameters.iter().flatten().filter_map(|(_, source)| {
        let source = source.as_str()?;
        let is_asked = source.starts_with("method.request.");
        is_asked.then(|| (source.to_owned(), Value::from(true)))
    });
    object(json!({
        "authorizationType": "NONE",
        "requestParameters": asked.collect::<Map<_, _>>(),
        "methodIntegration": integration.map(|known| private(known, raw)),
    }))
}

fn private(known: &Integration, raw: &RawValues) -> Value {
    let carried = |field| {
        known
            .carried
            .get(field)
            .and_then(|digest| text(raw, digest))
    };
    let milliseconds = carried(CarriedField::TimeoutInMillis);
    let milliseconds = milliseconds.and_then(|text| text.parse::<u32>().ok());
    object(json!({
        "type": known.kind.to_string(),
        "httpMethod": known.http_method.map(|verb| verb.to_string()),
        "uri": known.uri.as_ref().map(ToString::to_string),
        "connectionType": match known.vpc_link {
            Some(_) => "VPC_LINK",
            None => "INTERNET",
        },
        "connectionId": known.vpc_link.as_ref().map(Template::as_str),
        "integrationTarget": known.target.as_ref().map(Template::as_str),
        "requestParameters": parameters(known, raw),
        "timeoutInMillis": milliseconds,
    }))
}

fn text(raw: &RawValues, digest: Digest) -> Option<&str> {
    raw.get(&digest).map(String::as_str)
}

/// The parameters of an integration, one a line, and its Host.
fn parameters(known: &Integration, raw: &RawValues) -> Option<Map<String, Value>> {
    let digest = known.carried.get(CarriedField::RequestParameters);
    let lines = digest
        .and_then(|digest| text(raw, digest))
        .unwrap_or_default();
    let mapped = lines.lines().filter_map(|line| line.split_once('='));
    let host = known.host_mapping.as_ref().map(Template::as_str);
    let host = host.map(|source| ("integration.request.header.Host", source));
    let all = mapped
        .chain(host)
        .map(|(key, source)| (key.to_owned(), Value::from(source)));
    let all: Map<String, Value> = all.collect();
    (!all.is_empty()).then_some(all)
}

fn deployment(id: &str, known: &DeploymentState, raw: &RawValues) -> Value {
    let methods: Vec<&Method> = known.methods.iter().collect();
    object(json!({
        "id": id,
        "createdDate": seconds(&known.created_at),
        "resources": resources(&methods, raw),
    }))
}

/// Seconds since 1970 of a moment such as `2025-12-29T09:00:00Z`.
fn seconds(moment: &str) -> Option<i64> {
    let part = |from: usize, to: usize| moment.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
    // The year begins in March, so that a leap day is its last one.
    let (year, month) = match month {
        1 | 2 => (year - 1, month + 9),
        _ => (year, month - 3),
    };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days = year * 365 + leaps + (month * 153 + 2) / 5 + day - 1 - 719_468;
    let time = part(11, 13)? * 3600 + part(14, 16)? * 60 + part(17, 19)?;
    Some(days * 86_400 + time)
}

fn variables(known: &RawVariables) -> Value {
    let pairs = known.iter();
    let pairs = pairs.map(|(name, value)| (name.to_string(), Value::from(value.as_str())));
    Value::Object(pairs.collect())
}

fn stage(known: &StageState) -> Value {
    object(json!({
        "stageName": known.name,
        "deploymentId": known.deployment,
        "variables": variables(&known.variables),
        "canarySettings": known.canary.as_ref().map(canary),
        "cacheClusterEnabled": known.cache.is_some(),
        "cacheClusterSize": known.cache,
        "clientCertificateId": known.client_certificate,
        "tags": tags(Some(&known.tags)),
    }))
}

fn canary(known: &CanaryState) -> Value {
    json!({
        "percentTraffic": known.percent,
        "deploymentId": known.deployment,
        "stageVariableOverrides": variables(&known.overrides),
        "useStageCache": false,
    })
}

pub(super) fn http_api(state: &HttpApiState) -> Value {
    let api = &state.api;
    let protocol = match api.protocol {
        Protocol::Http => "HTTP",
        Protocol::Websocket => "WEBSOCKET",
    };
    let integrations = api.integrations.iter().flatten();
    let routes = api.routes.iter().flatten().enumerate();
    let frozen = state.stages.iter().filter_map(|stage| match &stage.runs {
        HttpRuns::Current => None,
        HttpRuns::Frozen(routes) => Some(http_deployment(&deployment_of(stage), routes)),
    });
    json!({
        "apiId": api.id,
        "name": api.name,
        "protocolType": protocol,
        "integrations": integrations
            .map(|known| http_integration(known.id.as_str(), &known.integration))
            .collect::<Vec<_>>(),
        "routes": routes.map(|(number, route)| {
            let integration = route.integration.as_ref().map(HttpIntegrationId::as_str);
            let id = route.id.as_ref().map(ToString::to_string);
            let id = id.unwrap_or_else(|| format!("route{number}"));
            http_route(&id, &route.key, integration)
        }).collect::<Vec<_>>(),
        "deployments": frozen.collect::<Vec<_>>(),
        "stages": state.stages.iter().map(|stage| object(json!({
            "stageName": stage.name,
            "autoDeploy": stage.runs == HttpRuns::Current,
            "deploymentId": match &stage.runs {
                HttpRuns::Current => None,
                HttpRuns::Frozen(_) => Some(deployment_of(stage)),
            },
            "stageVariables": variables(&stage.variables),
        }))).collect::<Vec<_>>(),
        "tags": tags(Some(&api.tags)),
    })
}

/// The deployment that a stage runs; one of its own where the account names none.
fn deployment_of(stage: &HttpStageState) -> String {
    let named = stage.deployment.as_ref().map(ToString::to_string);
    named.unwrap_or_else(|| {
        let letters = stage.name.as_str().chars();
        let letters: String = letters.filter(char::is_ascii_alphanumeric).collect();
        format!("of{letters}")
    })
}

fn http_deployment(id: &str, routes: &[ExportedRoute]) -> Value {
    let rows = routes.iter().enumerate();
    let integration = |number: usize| format!("frozen{number}");
    json!({
        "deploymentId": id,
        "integrations": rows.clone()
            .map(|(number, route)| http_integration(&integration(number), &route.integration))
            .collect::<Vec<_>>(),
        "routes": rows
            .map(|(number, route)| {
                let id = format!("route{number}");
                http_route(&id, &route.key, Some(&integration(number)))
            })
            .collect::<Vec<_>>(),
    })
}

fn http_integration(id: &str, known: &Integration) -> Value {
    object(json!({
        "integrationId": id,
        "integrationType": known.kind.to_string(),
        "integrationMethod": known.http_method.map(|verb| verb.to_string()),
        "integrationUri": known.uri.as_ref().map(ToString::to_string),
        "connectionType": match known.vpc_link {
            Some(_) => "VPC_LINK",
            None => "INTERNET",
        },
        "connectionId": known.vpc_link.as_ref().map(Template::as_str),
        "payloadFormatVersion": "1.0",
    }))
}

fn http_route(id: &str, key: &str, integration: Option<&str>) -> Value {
    object(json!({
        "routeId": id,
        "routeKey": key,
        "target": integration.map(|id| format!("integrations/{id}")),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_counted_from_1970() {
        assert_eq!(seconds("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(seconds("2000-02-29T12:00:00Z"), Some(951_825_600));
        assert_eq!(seconds("2025-12-29T09:00:00Z"), Some(1_766_998_800));
        assert_eq!(seconds("soon"), None);
    }
}
