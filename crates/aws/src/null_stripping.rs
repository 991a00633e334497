//! Takes null members out of JSON answers before the SDK parses them.
//!
//! API Gateway answers `"responseTemplates": {"application/json": null}` once an empty template
//! was set. The SDK refuses a map with a null value, and with it the whole page. A null member
//! means the same as an absent one everywhere in the APIs that are read here.

use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use serde_json::Value;

/// An HTTP client whose JSON answers hold no null members.
#[derive(Debug)]
pub(crate) struct NullStripping(SharedHttpClient);

impl NullStripping {
    /// Strips the answers that `client` brings.
    pub(crate) fn new(client: impl HttpClient + 'static) -> Self {
        Self(SharedHttpClient::new(client))
    }
}

impl HttpClient for NullStripping {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(StrippingConnector(
            self.0.http_connector(settings, components),
        ))
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.0.connector_metadata()
    }
}

#[derive(Debug)]
struct StrippingConnector(SharedHttpConnector);

impl HttpConnector for StrippingConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self.0.call(request);
        HttpConnectorFuture::new(async move {
            let response = answer.await?;
            if is_json(&response) {
                strip(response).await
            } else {
                Ok(response)
            }
        })
    }
}

fn is_json(response: &HttpResponse) -> bool {
    let kind = response.headers().get("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.ends_with("/json") || kind.ends_with("+json") || kind.contains("/x-amz-json")
}

async fn strip(mut response: HttpResponse) -> Result<HttpResponse, ConnectorError> {
    let body = ByteStream::new(response.take_body())
        .collect()
        .await
        .map_err(|error| ConnectorError::io(error.into()))?
        .to_vec();
    let body = match without_null_members(&body) {
        None => body,
        Some(stripped) => {
            if response.headers().contains_key("content-length") {
                let length = stripped.len().to_string();
                response.headers_mut().insert("content-length", length);
            }
            stripped
        }
    };
    *response.body_mut() = SdkBody::from(body);
    Ok(response)
}

/// `body` without null members of objects; `None` when it has none, or is no JSON document.
fn without_null_members(body: &[u8]) -> Option<Vec<u8>> {
    if !body.windows(4).any(|word| word == b"null") {
        return None;
    }
    let mut document: Value = serde_json::from_slice(body).ok()?;
    if !drop_null_members(&mut document) {
        return None;
    }
    serde_json::to_vec(&document).ok()
}

/// Drops them at every depth, and tells whether there were any. Nulls in arrays stay: their place
/// counts.
fn drop_null_members(value: &mut Value) -> bool {
    match value {
        Value::Object(members) => {
            let before = members.len();
            members.retain(|_, member| !member.is_null());
            let mut dropped = members.len() < before;
            for member in members.values_mut() {
                dropped |= drop_null_members(member);
            }
            dropped
        }
        Value::Array(items) => items
            .iter_mut()
            .fold(false, |dropped, item| drop_null_members(item) | dropped),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;

    use super::*;

    fn check(body: &str, expect: Option<&str>) {
        let stripped = without_null_members(body.as_bytes());
        let stripped = stripped.map(|bytes| String::from_utf8(bytes).expect("text"));
        assert_eq!(stripped.as_deref(), expect, "{body}");
    }

    #[test]
    fn null_members_go_and_everything_else_stays() {
        check(r#"{"a":{"b":null,"c":1}}"#, Some(r#"{"a":{"c":1}}"#));
        check(
            r#"{"a":[null,{"b":null}],"c":"null"}"#,
            Some(r#"{"a":[null,{}],"c":"null"}"#),
        );
        check(r#"{"a":"null"}"#, None);
        check(r#"{"a":[null]}"#, None);
        check(r#"{"a":1}"#, None);
        check("null", None);
        check("<html>null", None);
    }

    #[derive(Debug)]
    struct Fake {
        kind: &'static str,
        body: &'static str,
    }

    impl HttpConnector for Fake {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            let status = StatusCode::try_from(200).expect("a status");
            let mut response = HttpResponse::new(status, SdkBody::from(self.body));
            response.headers_mut().insert("content-type", self.kind);
            let length = self.body.len().to_string();
            response.headers_mut().insert("content-length", length);
            HttpConnectorFuture::ready(Ok(response))
        }
    }

    fn answer(kind: &'static str, body: &'static str) -> HttpResponse {
        let connector = StrippingConnector(SharedHttpConnector::new(Fake { kind, body }));
        tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime")
            .block_on(connector.call(HttpRequest::new(SdkBody::empty())))
            .expect("an answer")
    }

    #[test]
    fn a_json_answer_is_stripped_and_its_length_corrected() {
        let response = answer(
            "application/json; charset=utf-8",
            r#"{"responseTemplates":{"application/json":null}}"#,
        );
        let body = response.body().bytes().expect("a whole body");
        assert_eq!(body, br#"{"responseTemplates":{}}"#);
        assert_eq!(response.headers().get("content-length"), Some("24"));
    }

    #[test]
    fn an_answer_of_another_kind_passes_untouched() {
        let response = answer("text/xml", r#"{"a":null}"#);
        assert_eq!(response.body().bytes(), Some(br#"{"a":null}"#.as_slice()));
        assert_eq!(response.headers().get("content-length"), Some("10"));
    }
}
