//! What time AWS has, as its answers tell it.
//!
//! Minutes are counted by AWS's clock, and a request is signed well enough by one that is minutes off:
//! so the clock of this machine says nothing about which minutes are which. Knows nothing of what the
//! time is used for.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// By how many seconds AWS's clock is ahead of this machine's, to the second; behind when below zero.
/// `None` before the first answer with a date. Its clones share what they were told.
#[derive(Debug, Clone, Default)]
pub(crate) struct ToldTime(Arc<Mutex<Option<i64>>>);

impl ToldTime {
    pub(crate) fn ahead(&self) -> Option<i64> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The latest answer counts: this machine's clock may be set meanwhile.
    fn note(&self, answer: &HttpResponse, here: i64) {
        let date = answer.headers().get("date");
        let date = date.and_then(|date| DateTime::from_str(date, Format::HttpDate).ok());
        let Some(date) = date else { return };
        let mut ahead = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *ahead = Some(date.secs().saturating_sub(here));
    }
}

/// An HTTP client that notes the date of each answer of AWS.
#[derive(Debug)]
pub(crate) struct TimeNoting {
    client: SharedHttpClient,
    told: ToldTime,
}

impl TimeNoting {
    /// Notes the answers that `client` brings.
    pub(crate) fn new(client: impl HttpClient + 'static, told: ToldTime) -> Self {
        Self {
            client: SharedHttpClient::new(client),
            told,
        }
    }
}

impl HttpClient for TimeNoting {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(NotingConnector {
            connector: self.client.http_connector(settings, components),
            told: self.told.clone(),
        })
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.client.connector_metadata()
    }
}

#[derive(Debug)]
struct NotingConnector {
    connector: SharedHttpConnector,
    told: ToldTime,
}

impl HttpConnector for NotingConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let is_signed = is_signed(&request);
        let answer = self.connector.call(request);
        let told = self.told.clone();
        HttpConnectorFuture::new(async move {
            let answer = answer.await?;
            if is_signed {
                told.note(&answer, here());
            }
            Ok(answer)
        })
    }
}

/// Whether it goes to a service of AWS: what hands out credentials on this machine has no other clock
/// than its own.
fn is_signed(request: &HttpRequest) -> bool {
    let signature = request.headers().get("authorization");
    signature.is_some_and(|signature| signature.starts_with("AWS4-"))
}

/// Seconds since 1970 by this machine's clock.
fn here() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    /// A minute past the epoch by AWS.
    const MINUTE: &str = "Thu, 01 Jan 1970 00:01:00 GMT";

    fn dated(date: Option<&str>) -> HttpResponse {
        let status = StatusCode::try_from(400).expect("a status");
        let mut answer = HttpResponse::new(status, SdkBody::empty());
        if let Some(date) = date {
            answer.headers_mut().insert("date", date.to_owned());
        }
        answer
    }

    #[test]
    fn the_latest_date_counts_and_none_leaves_it_as_it_was() {
        let told = ToldTime::default();
        told.note(&dated(None), 0);
        told.note(&dated(Some("yesterday")), 0);
        assert_eq!(told.ahead(), None);
        let shared = told.clone();
        told.note(&dated(Some(MINUTE)), 360);
        assert_eq!(shared.ahead(), Some(-300));
        told.note(&dated(None), 0);
        assert_eq!(shared.ahead(), Some(-300));
        told.note(&dated(Some(MINUTE)), 20);
        assert_eq!(shared.ahead(), Some(40));
    }

    #[derive(Debug)]
    struct Fake;

    impl HttpConnector for Fake {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            HttpConnectorFuture::ready(Ok(dated(Some(MINUTE))))
        }
    }

    #[test]
    fn only_services_of_aws_tell_the_time() {
        let told = ToldTime::default();
        let connector = NotingConnector {
            connector: SharedHttpConnector::new(Fake),
            told: told.clone(),
        };
        let ask = |authorization: Option<&str>| {
            let mut request = HttpRequest::new(SdkBody::empty());
            if let Some(authorization) = authorization {
                let authorization = authorization.to_owned();
                request.headers_mut().insert("authorization", authorization);
            }
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            let answer = runtime
                .expect("a runtime")
                .block_on(connector.call(request));
            answer.expect("an answer");
            told.ahead()
        };
        assert_eq!(ask(None), None);
        assert_eq!(ask(Some("token-of-this-machine")), None);
        let ahead = ask(Some(
            "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/sts/aws4_request",
        ));
        // It is long after 1970 here.
        assert!(
            ahead.is_some_and(|ahead| ahead < -1_000_000_000),
            "{ahead:?}"
        );
    }
}
