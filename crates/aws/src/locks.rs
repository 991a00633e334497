//! Locks that every machine sees: one parameter of the Systems Manager parameter store for each
//! region of an account.
//!
//! `PutParameter` without `Overwrite` refuses a name that exists, so that of two runs one gets the
//! lock. Source: Systems Manager API reference, `PutParameter`, `ParameterAlreadyExists`.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::types::ParameterType;
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use unbridge_model::gap::GapClass;
use unbridge_model::id::{Region, RunId};
use unbridge_model::journal::LOCK_PARAMETER;
use unbridge_model::port::{LockError, LockHolder, LockKey, LockStore, ReadError};
use unbridge_model::text::Text;

use crate::classify::classify;
use crate::session::Session;

/// Locks in the parameter store of the session's account.
///
/// It must not be used from within an asynchronous task.
#[derive(Debug)]
pub struct SsmLocks {
    session: Session,
    runtime: Handle,
}

/// What a parameter says.
#[derive(Debug, Serialize, Deserialize)]
struct Said {
    run: RunId,
    owner: Text,
    since: Text,
}

impl SsmLocks {
    /// Locks of the session's account. The runtime needs threads of its own, which go on between
    /// calls.
    #[must_use]
    pub fn new(session: &Session, runtime: Handle) -> Self {
        Self {
            session: session.clone(),
            runtime,
        }
    }

    /// Who holds the lock of a region; `None` when nobody does.
    ///
    /// # Errors
    /// [`LockError::Unreachable`] when nobody can tell.
    pub fn holder(&self, region: &Region) -> Result<Option<LockHolder>, LockError> {
        let client = self.client(region);
        self.runtime.block_on(held(&client))
    }

    /// Takes a lock away from whoever holds it.
    ///
    /// # Errors
    /// [`LockError::Held`] when it is not this run that holds it, [`LockError::Unreachable`] when
    /// it cannot be taken away.
    pub fn remove(&self, region: &Region, run: &RunId) -> Result<(), LockError> {
        let client = self.client(region);
        self.runtime.block_on(remove(&client, run))
    }

    fn client(&self, region: &Region) -> Client {
        Client::new(&self.session.config_at(region))
    }
}

impl LockStore for SsmLocks {
    /// A run goes on under its lock only on the machine that took it: a copy of its journal
    /// elsewhere could be older.
    fn acquire(&self, key: &LockKey, holder: &LockHolder) -> Result<(), LockError> {
        let client = self.client(&key.region);
        self.runtime.block_on(async {
            let LockHolder { run, owner, since } = holder.clone();
            let said = Said { run, owner, since };
            // There is nothing in it that JSON cannot say.
            let value = serde_json::to_string(&said).unwrap_or_default();
            let request = client.put_parameter().name(LOCK_PARAMETER).value(value);
            let request = request
                .r#type(ParameterType::String)
                .description("Held by a run of unbridge; `unbridge locks` tells whose it is")
                .overwrite(false);
            let Err(refused) = request.send().await else {
                return Ok(());
            };
            let exists = refused
                .as_service_error()
                .is_some_and(|error| error.is_parameter_already_exists());
            let refused = classify(refused);
            // A lost answer may be that of a lock that was taken: what stands there tells.
            match held(&client).await? {
                Some(known) if known.run == holder.run && known.owner == holder.owner => Ok(()),
                Some(known) => Err(LockError::Held(known)),
                None if exists => Err(LockError::Unreachable(
                    "it was there and is gone; another run may just have ended".to_owned(),
                )),
                None => Err(unreachable(&refused)),
            }
        })
    }

    fn release(&self, key: &LockKey, run: &RunId) -> Result<(), LockError> {
        self.remove(&key.region, run)
    }
}

async fn held(client: &Client) -> Result<Option<LockHolder>, LockError> {
    let answer = client.get_parameter().name(LOCK_PARAMETER).send().await;
    let answer = match answer.map_err(classify) {
        Ok(answer) => answer,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(unreachable(&error)),
    };
    let value = answer.parameter().and_then(|parameter| parameter.value());
    let said: Said = serde_json::from_str(value.unwrap_or_default()).map_err(|_| {
        LockError::Unreachable(format!(
            "the parameter {LOCK_PARAMETER} is not one that this tool wrote"
        ))
    })?;
    let Said { run, owner, since } = said;
    Ok(Some(LockHolder { run, owner, since }))
}

async fn remove(client: &Client, run: &RunId) -> Result<(), LockError> {
    match held(client).await? {
        None => return Ok(()),
        Some(known) if known.run != *run => return Err(LockError::Held(known)),
        Some(_) => {}
    }
    let answer = client.delete_parameter().name(LOCK_PARAMETER).send().await;
    match answer.map_err(classify) {
        Ok(_) => Ok(()),
        Err(error) if is_absent(&error) => Ok(()),
        Err(error) => Err(unreachable(&error)),
    }
}

fn is_absent(error: &ReadError) -> bool {
    error.class == GapClass::Vanished
}

fn unreachable(error: &ReadError) -> LockError {
    LockError::Unreachable(error.message.clone())
}
