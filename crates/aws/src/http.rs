//! The HTTPS client under every SDK client.
//!
//! The SDK would make one for each service and region; one for all shares connections and trust
//! roots. Knows nothing of AWS.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use tokio::runtime::Handle;

/// What tells connectors apart: connect and read time-out.
type Timeouts = (Option<Duration>, Option<Duration>);

/// How long connections stay that nobody uses, so that they need no room that others want.
const IDLE: Duration = Duration::from_secs(10);

/// How many connections that nobody uses are kept for later.
#[derive(Debug, Clone, Copy, Default)]
pub enum Idle {
    /// As many as there are, for as long as the client thinks right.
    #[default]
    Any,
    /// So many for each host, for some seconds.
    PerHost(usize),
}

/// Hands out one connector per pair of time-outs. Honours `HTTPS_PROXY` and its kin.
#[derive(Debug, Default)]
pub(crate) struct HttpsClient {
    idle: Idle,
    connectors: Mutex<HashMap<Timeouts, SharedHttpConnector>>,
}

impl HttpsClient {
    pub(crate) fn keeping(idle: Idle) -> Self {
        Self {
            idle,
            ..Self::default()
        }
    }
}

impl HttpClient for HttpsClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let timeouts = (settings.connect_timeout(), settings.read_timeout());
        self.connectors
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(timeouts)
            .or_insert_with(|| SharedHttpConnector::new(connector(settings, components, self.idle)))
            .clone()
    }
}

/// A connector for requests that no SDK client makes. It has no time-outs.
pub(crate) fn connector_of(runtime: &Handle) -> SharedHttpConnector {
    let _entered = runtime.enter();
    let connector = begun(&HttpConnectorSettings::default())
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .build();
    SharedHttpConnector::new(connector)
}

fn connector(
    settings: &HttpConnectorSettings,
    components: &RuntimeComponents,
    idle: Idle,
) -> Connector {
    let mut builder = begun(settings);
    if let Idle::PerHost(most) = idle {
        builder = builder.pool_idle_timeout(IDLE).pool_max_idle_per_host(most);
    }
    builder.set_sleep_impl(components.sleep_impl());
    builder
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .build()
}

fn begun(settings: &HttpConnectorSettings) -> ConnectorBuilder {
    ConnectorBuilder::default()
        .connector_settings(settings.clone())
        .proxy_config(ProxyConfig::from_env())
}
