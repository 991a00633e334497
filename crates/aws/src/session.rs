//! Sessions: credentials and settings from the places where AWS's own tools look for them.
//!
//! Owns how SDK clients are configured; does not know what is read with them.

use std::time::Duration;

use aws_config::default_provider::region::DefaultRegionChain;
use aws_config::identity::IdentityCache;
use aws_config::meta::region::ProvideRegion;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use unbridge_model::call::Caller;
use unbridge_model::gap::GapClass;
use unbridge_model::id::{AccountId, InvalidId, Region};
use unbridge_model::port::ReadError;

use crate::classify::classify;
use crate::convert::Subject;
use crate::http::{HttpsClient, Idle};
use crate::null_stripping::NullStripping;
use crate::told_time::{TimeNoting, ToldTime};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

/// Attempts for a call that a session makes for itself. Each is made once for an account and takes
/// nothing from the quotas that a scan paces itself by; nothing above tries again.
const ATTEMPTS: u32 = 4;

/// What a person can choose. Everything else (`AWS_PROFILE`, `AWS_ENDPOINT_URL`, ...) is read
/// from the environment and the shared configuration files, as AWS's own tools do.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// A named profile of the shared configuration files. Its credentials are used even when
    /// the environment holds others.
    pub profile: Option<String>,
}

/// A role that other accounts hold ready for whoever audits them.
#[derive(Debug, Clone)]
pub struct Role {
    /// Its name, with its path if it has one.
    pub name: String,
    /// What its trust policy may ask for.
    pub external_id: Option<String>,
    /// What CloudTrail shows of who took it.
    pub session_name: String,
    /// How long it is taken for at a time; `None` for AWS's hour.
    pub duration: Option<Duration>,
}

/// Why a session cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The region that the profile or the environment names.
    #[error("the default region of the profile or the environment is not usable")]
    DefaultRegion(#[source] InvalidId),
}

/// Credentials of one identity, and how to reach AWS with them.
#[derive(Debug, Clone)]
pub struct Session {
    config: SdkConfig,
    home: Option<Region>,
    told: ToldTime,
}

impl Session {
    /// Opens a session. `home` is where the calls go that belong to no region; without it, the
    /// default region of the profile or the environment.
    ///
    /// Credentials are not fetched before the first call.
    ///
    /// # Errors
    /// [`OpenError`] when the default region is not a region.
    pub async fn open(settings: &Settings, home: Option<Region>) -> Result<Self, OpenError> {
        Self::open_keeping(settings, home, Idle::default()).await
    }

    /// The same, with a bound on connections that nobody uses.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_keeping(
        settings: &Settings,
        home: Option<Region>,
        idle: Idle,
    ) -> Result<Self, OpenError> {
        let home = match home {
            Some(home) => Some(home),
            None => default_region(settings).await?,
        };
        let timeouts = timeouts();
        let told = ToldTime::default();
        let client = SharedHttpClient::new(http_client(&told, idle));
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(client.clone())
            .timeout_config(timeouts.clone());
        if let Some(profile) = &settings.profile {
            // In the SDK's own chain credentials in the environment win over a profile, even one
            // that was asked for; AWS's other tools do not read the wrong account like that.
            let places = ProviderConfig::without_region()
                .with_behavior_version(Some(BehaviorVersion::latest()))
                .with_http_client(client)
                .with_region(home.as_ref().map(sdk_region))
                .with_timeout_config(timeouts);
            let credentials = ProfileFileCredentialsProvider::builder()
                .configure(&places)
                .profile_name(profile)
                .build();
            loader = loader
                .profile_name(profile)
                .credentials_provider(credentials);
        }
        if let Some(home) = &home {
            loader = loader.region(sdk_region(home));
        }
        if let Ok(name) = AppName::new("unbridge") {
            loader = loader.app_name(name);
        }
        // Only after loading: fetching credentials may retry, it takes nothing from the quotas
        // that a scan paces itself by.
        let config = loader
            .load()
            .await
            .into_builder()
            .retry_config(RetryConfig::disabled())
            .build();
        Ok(Self { config, home, told })
    }

    /// A session with these keys against one address that answers for all of AWS, as emulators do.
    pub async fn at_address(
        address: &str,
        access_key: &str,
        secret_key: &str,
        home: Region,
    ) -> Self {
        let keys = Credentials::new(access_key, secret_key, None, None, "given");
        let told = ToldTime::default();
        let config = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http_client(&told, Idle::default()))
            .timeout_config(timeouts())
            .credentials_provider(keys)
            .region(sdk_region(&home))
            .endpoint_url(address)
            .retry_config(RetryConfig::disabled())
            .load()
            .await;
        let home = Some(home);
        Self { config, home, told }
    }

    /// A session of a role in another account, taken with the credentials of this one. It is taken at
    /// the first call, and again before it expires.
    ///
    /// # Errors
    /// [`ReadError`] of class `Refused` without a home region.
    pub async fn assume(&self, account: &AccountId, role: &Role) -> Result<Self, ReadError> {
        let home = self.home.as_ref().ok_or_else(no_home)?;
        let name = role.name.trim_start_matches('/');
        let arn = format!("arn:{}:iam::{account}:role/{name}", home.partition());
        let config = self.config_at(home).into_builder();
        let config = config.retry_config(retries()).build();
        let mut provider = AssumeRoleProvider::builder(arn)
            .session_name(&role.session_name)
            .configure(&config);
        if let Some(external_id) = &role.external_id {
            provider = provider.external_id(external_id);
        }
        if let Some(duration) = role.duration {
            provider = provider.session_length(duration);
        }
        let provider = provider.build().await;
        let config = self.config.to_builder();
        let provider = SharedCredentialsProvider::new(provider);
        // The cache of the session beneath holds the keys of 64 identities; a scan of more accounts
        // would take the role again for every call.
        let config = config.identity_cache(IdentityCache::lazy().build());
        Ok(Self {
            config: config.credentials_provider(provider).build(),
            home: self.home.clone(),
            told: self.told.clone(),
        })
    }

    /// Where the calls go that belong to no region; `None` when nothing names one.
    #[must_use]
    pub fn home(&self) -> Option<&Region> {
        self.home.as_ref()
    }

    /// By how many seconds AWS's clock is ahead of this machine's, behind when below zero, as its latest
    /// answer told; `None` before the first that told.
    #[must_use]
    pub fn ahead(&self) -> Option<i64> {
        self.told.ahead()
    }

    /// Who the credentials belong to. Enabled regions are not asked for.
    ///
    /// # Errors
    /// [`ReadError`] as AWS refuses it; `Refused` without a home region.
    pub async fn caller(&self) -> Result<Caller, ReadError> {
        let client = aws_sdk_sts::Client::new(&self.config_of_its_own()?);
        let answer = client.get_caller_identity().send().await;
        let identity = answer.map_err(classify)?;
        let subject = Subject::new("caller identity", identity.arn());
        Ok(Caller {
            account: subject.id("Account", identity.account())?,
            arn: subject.text("Arn", identity.arn())?,
            regions: None,
        })
    }

    /// The regions that the account may use.
    ///
    /// # Errors
    /// [`ReadError`] as AWS refuses it; `Refused` without a home region.
    pub async fn enabled_regions(&self) -> Result<Vec<Region>, ReadError> {
        let client = aws_sdk_ec2::Client::new(&self.config_of_its_own()?);
        let answer = client.describe_regions().all_regions(false).send().await;
        let answer = answer.map_err(classify)?;
        let mut regions = answer
            .regions()
            .iter()
            .filter(|region| region.opt_in_status() != Some("not-opted-in"))
            .map(|region| {
                Subject::new("region", region.region_name()).id("RegionName", region.region_name())
            })
            .collect::<Result<Vec<_>, _>>()?;
        regions.sort_unstable();
        Ok(regions)
    }

    /// The configuration of clients that call a region.
    pub(crate) fn config_at(&self, region: &Region) -> SdkConfig {
        self.config.to_builder().region(sdk_region(region)).build()
    }

    /// The configuration of clients for what a session asks for itself.
    fn config_of_its_own(&self) -> Result<SdkConfig, ReadError> {
        let home = self.home.as_ref().ok_or_else(no_home)?;
        let config = self.config_at(home).into_builder();
        Ok(config.retry_config(retries()).build())
    }

    pub(crate) fn config(&self) -> &SdkConfig {
        &self.config
    }

    #[cfg(test)]
    pub(crate) fn with_config(config: SdkConfig) -> Self {
        Self {
            config,
            home: None,
            told: ToldTime::default(),
        }
    }
}

fn no_home() -> ReadError {
    ReadError::new(
        GapClass::Refused,
        "no region is given and none is configured",
    )
}

fn http_client(told: &ToldTime, idle: Idle) -> TimeNoting {
    TimeNoting::new(NullStripping::new(HttpsClient::keeping(idle)), told.clone())
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(ATTEMPTS)
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .build()
}

async fn default_region(settings: &Settings) -> Result<Option<Region>, OpenError> {
    let mut chain = DefaultRegionChain::builder();
    if let Some(profile) = &settings.profile {
        chain = chain.profile_name(profile);
    }
    let found = ProvideRegion::region(&chain.build()).await;
    found
        .map(|region| Region::new(region.as_ref()))
        .transpose()
        .map_err(OpenError::DefaultRegion)
}

fn sdk_region(region: &Region) -> aws_config::Region {
    aws_config::Region::new(region.as_str().to_owned())
}
