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
use unbridge_model::id::Region;

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
    let region = match (&address, home.partition()) {
        // Only of the commercial partition's buckets is told where they are, and of one that has the
        // same name in another partition it would be told wrongly.
        (None, "aws") => resolve_bucket_region(name, &ClientOptions::new())
            .await
            .unwrap_or_else(|_| home.to_string()),
        (Some(_), _) | (None, _) => home.to_string(),
    };
    let builder = at(name, region, address).with_credentials(Arc::new(FromSession {
        provider,
        known: Mutex::default(),
    }));
    Ok(Arc::new(builder.build()?))
}

/// A bucket in a region, or at an address that is told.
fn at(name: &str, region: String, address: Option<String>) -> AmazonS3Builder {
    // The client knows no names but those that end in `amazonaws.com`.
    let china = Region::new(region.as_str()).is_ok_and(|region| region.partition() == "aws-cn");
    let address = address.or(china.then(|| format!("https://s3.{region}.amazonaws.com.cn")));
    let builder = AmazonS3Builder::new()
        .with_bucket_name(name)
        .with_region(region);
    match address {
        Some(address) => builder
            .with_allow_http(address.starts_with("http://"))
            .with_endpoint(address),
        None => builder,
    }
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

#[cfg(test)]
mod tests {
    use object_store::aws::AmazonS3ConfigKey;

    use super::*;

    #[test]
    fn buckets_in_china_have_names_of_their_own_and_an_address_that_is_told_wins() {
        let endpoint = |region: &str, address: Option<&str>| {
            let builder = at("audit", region.to_owned(), address.map(str::to_owned));
            builder.get_config_value(&AmazonS3ConfigKey::Endpoint)
        };
        let known = |address: &str| Some(address.to_owned());
        for region in ["cn-north-1", "cn-northwest-1"] {
            let address = format!("https://s3.{region}.amazonaws.com.cn");
            assert_eq!(endpoint(region, None), Some(address));
        }
        for region in ["eu-west-1", "us-gov-west-1"] {
            assert_eq!(endpoint(region, None), None, "{region}");
        }
        let own = "http://127.0.0.1:9000";
        assert_eq!(endpoint("cn-north-1", Some(own)), known(own));
    }
}
