//! Whether the caller may do what a plan needs, as IAM's policy simulator tells it.
//!
//! The simulator reads the policies of the identity and its boundary. It knows no service control
//! policies but those of the caller's own organization, no session policies, no resource policies
//! and no VPC endpoint policies. So a right it denies is missing, while one that it allows may still
//! be refused. Source: IAM API reference, `SimulatePrincipalPolicy`; IAM user guide, "Testing IAM
//! policies".

use std::collections::BTreeMap;

use aws_sdk_iam::Client;
use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, PolicyEvaluationDecisionType};
use tokio::runtime::Handle;
use unbridge_model::gap::GapClass;
use unbridge_model::id::Region;
use unbridge_model::plan::rights::{Only, Right};
use unbridge_model::port::ReadError;

use crate::classify::classify;
use crate::session::Session;

/// How many resources one request names: AWS does not document a limit for them, so few.
const AT_ONCE: usize = 50;

/// What the simulator says of rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Simulated {
    /// It was asked about all of them; these are denied.
    Denied(Vec<Right>),
    /// It cannot be asked about this identity.
    Unknown {
        /// Why.
        why: String,
    },
}

/// Asks IAM's policy simulator.
///
/// It must not be used from within an asynchronous task.
#[derive(Debug)]
pub struct Rights {
    client: Client,
    runtime: Handle,
}

impl Rights {
    /// The simulator of the session's account, which is reached through the region's partition.
    #[must_use]
    pub fn new(session: &Session, region: &Region, runtime: Handle) -> Self {
        let client = Client::new(&session.config_at(region));
        Self { client, runtime }
    }

    /// Which of these rights the caller lacks.
    ///
    /// # Errors
    /// [`ReadError`] when the simulator could not be reached; that it must not be asked is
    /// [`Simulated::Unknown`].
    pub fn denied(&self, caller: &str, rights: &[Right]) -> Result<Simulated, ReadError> {
        self.runtime.block_on(async {
            match denied(&self.client, caller, rights).await {
                Err(error) if is_no_answer(&error) => Ok(Simulated::Unknown {
                    why: error.message.clone(),
                }),
                answer => answer,
            }
        })
    }
}

/// The simulator refuses the question; that says nothing of the rights.
fn is_no_answer(error: &ReadError) -> bool {
    matches!(
        error.class,
        GapClass::Denied | GapClass::Refused | GapClass::Vanished
    )
}

async fn denied(client: &Client, caller: &str, rights: &[Right]) -> Result<Simulated, ReadError> {
    let Some(identity) = identity(client, caller).await? else {
        return Ok(Simulated::Unknown {
            why: format!("IAM simulates no policies of {caller}"),
        });
    };
    let mut groups: BTreeMap<(&str, &Option<Only>), Vec<&Right>> = BTreeMap::new();
    for right in rights {
        let alike = groups.entry((right.action, &right.only)).or_default();
        alike.push(right);
    }
    let mut missing = Vec::new();
    for ((action, only), alike) in groups {
        for some in alike.chunks(AT_ONCE) {
            let refused = refused(client, &identity, action, only.as_ref(), some).await?;
            missing.extend(refused);
        }
    }
    missing.sort();
    Ok(Simulated::Denied(missing))
}

/// Those of these rights, all to one action, that are denied.
async fn refused(
    client: &Client,
    identity: &str,
    action: &str,
    only: Option<&Only>,
    rights: &[&Right],
) -> Result<Vec<Right>, ReadError> {
    let mut refused = Vec::new();
    let mut marker = None;
    loop {
        let request = client.simulate_principal_policy();
        let request = request.policy_source_arn(identity).action_names(action);
        let resources = rights.iter().map(|right| right.resource.clone()).collect();
        let request = request
            .set_resource_arns(Some(resources))
            .set_context_entries(only.map(|only| vec![told(only)]))
            .set_marker(marker);
        let answer = request.send().await.map_err(classify)?;
        for result in answer.evaluation_results() {
            let by_resource = result.resource_specific_results();
            // The answer's own decision is the strictest over all resources: with those told one by
            // one, it says nothing more.
            let whole = by_resource.is_empty().then(|| {
                let name = result.eval_resource_name().unwrap_or("*");
                (name, result.eval_decision())
            });
            let each = by_resource
                .iter()
                .map(|one| (one.eval_resource_name(), one.eval_resource_decision()));
            for (name, decision) in each.chain(whole) {
                if *decision != PolicyEvaluationDecisionType::Allowed {
                    let asked = rights.iter().filter(|right| right.resource == name);
                    refused.extend(asked.map(|right| (*right).clone()));
                }
            }
        }
        marker = answer.marker().map(ToOwned::to_owned);
        if !answer.is_truncated() || marker.is_none() {
            break;
        }
    }
    refused.sort();
    refused.dedup();
    Ok(refused)
}

fn told(only: &Only) -> ContextEntry {
    ContextEntry::builder()
        .context_key_name(&only.key)
        .context_key_type(ContextKeyTypeEnum::String)
        .context_key_values(&only.value)
        .build()
}

/// The user or role behind a caller; `None` where there is none.
async fn identity(client: &Client, caller: &str) -> Result<Option<String>, ReadError> {
    let mut parts = caller.splitn(6, ':').skip(5);
    let Some(resource) = parts.next() else {
        return Ok(None);
    };
    match resource.split('/').collect::<Vec<_>>().as_slice() {
        ["user" | "role", ..] => Ok(Some(caller.to_owned())),
        // The caller's ARN does not tell the role's path.
        ["assumed-role", name, ..] => {
            let answer = client.get_role().role_name(*name).send().await;
            let answer = answer.map_err(classify)?;
            Ok(answer.role().map(|role| role.arn().to_owned()))
        }
        _ => Ok(None),
    }
}
