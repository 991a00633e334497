//! A bucket of S3 as a store of objects, with the credentials of a session.
//!
//! What is kept in it is not known here.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use object_store::aws::{AmazonS3Builder, AwsCredential, resolve_bucket_region};
use object_store::{ClientOptions, CredentialProvider, ObjectStore};
use tokio::sync::Mutex;

use crate::session::Session;

/// Credentials are asked for again so long before they expire.
const BEFORE_EXPIRY: Duration = Duration::from_secs(300);

/// The variable by which AWS's tools are told another address for S3 alone.
const ADDRESS: &str = "AWS_ENDPOINT_URL_S3";

/// Why a bucket cannot be reached.
#[derive(Debug, thiserror::Error)]
pub enum NoBucket {
    /// Nothing says in which region to look for it.
    #[error("no region is given and none is configured")]
    NoRegion,
    /// The session has no credentials.
    #[error("there are no credentials")]
    NoCredentials,
    /// As the client says.
    #[error(transparent)]
    Store(#[from] object_store::Error),
}

/// The bucket of this name. Nothing is written or read yet, but for AWS being asked where it is.
///
/// # Errors
/// [`NoBucket`].
pub async fn bucket(session: &Session, name: &str) -> Result<Arc<dyn ObjectStore>, NoBucket> {
    let home = session.home().ok_or(NoBucket::NoRegion)?;
    let config = session.config();
    let provider = config
        .credentials_provider()
        .ok_or(NoBucket::NoCredentials)?;
    let address = std::env::var(ADDRESS).ok().filter(|url| !url.is_empty());
    let address = address.or_else(|| config.endpoint_url().map(str::to_owned));
    let region = match address {
        Some(_) => home.to_string(),
        // Another partition's buckets are not told of; there the session's own region has to do.
        None => resolve_bucket_region(name, &ClientOptions::new())
            .await
            .unwrap_or_else(|_| home.to_string()),
    };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(name)
        .with_region(region)
        .with_credentials(Arc::new(FromSession {
            provider,
            known: Mutex::default(),
        }));
    if let Some(address) = address {
        builder = builder
            .with_allow_http(address.starts_with("http://"))
            .with_endpoint(address);
    }
    Ok(Arc::new(builder.build()?))
}

/// The session's credentials, kept until shortly before they expire.
#[derive(Debug)]
struct FromSession {
    provider: SharedCredentialsProvider,
    known: Mutex<Option<Known>>,
}

#[derive(Debug)]
struct Known {
    credential: Arc<AwsCredential>,
    until: Option<SystemTime>,
}

#[async_trait]
impl CredentialProvider for FromSession {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let mut known = self.known.lock().await;
        let still = SystemTime::now() + BEFORE_EXPIRY;
        if let Some(known) = known.as_ref()
            && known.until.is_none_or(|until| until > still)
        {
            return Ok(Arc::clone(&known.credential));
        }
        let fresh = self.provider.provide_credentials().await;
        let fresh = fresh.map_err(|error| object_store::Error::Generic {
            store: "S3",
            source: Box::new(error),
        })?;
        let credential = Arc::new(as_wanted(&fresh));
        *known = Some(Known {
            credential: Arc::clone(&credential),
            until: fresh.expiry(),
        });
        Ok(credential)
    }
}

fn as_wanted(credentials: &Credentials) -> AwsCredential {
    AwsCredential {
        key_id: credentials.access_key_id().to_owned(),
        secret_key: credentials.secret_access_key().to_owned(),
        token: credentials.session_token().map(str::to_owned),
    }
}
