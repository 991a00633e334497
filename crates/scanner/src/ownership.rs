//! Who owns what a move would change, as far as tags, Terraform states and deployments tell.
//!
//! A tag names an owner, and so does a state; neither means nobody, so without one the owner is
//! unknown. Judged for each
//! object that a move or a retirement writes to: APIs and stages, security groups of ALBs, the
//! version 1 link, the NLB and its target groups.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use unbridge_model::apigateway::{RestApi, Tags};
use unbridge_model::finding::{ApiRef, Finding, OwnedKind, OwnedObject};
use unbridge_model::text::Text;

use crate::terraform::TerraformState;

/// Deployments within the window that make an API look like one that a pipeline deploys.
const REGULAR: usize = 6;
/// Days of those deployments: six on one afternoon are somebody's debugging.
const REGULAR_DAYS: usize = 4;
/// How far back deployments are looked at.
const WINDOW: SignedDuration = SignedDuration::from_hours(90 * 24);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    Cloudformation,
    Terraform,
    Kubernetes,
    Beanstalk,
    RefactorSpaces,
    Unknown,
}

/// Objects by who owns them.
pub(crate) struct Owners<'t> {
    terraform: &'t TerraformState,
    found: BTreeMap<Owner, BTreeSet<OwnedObject>>,
}

impl<'t> Owners<'t> {
    /// No objects; these states tell what Terraform manages.
    pub(crate) fn new(terraform: &'t TerraformState) -> Self {
        Self {
            terraform,
            found: BTreeMap::new(),
        }
    }

    /// Adds an object with its tags; `None` when they were not read.
    pub(crate) fn add(&mut self, kind: OwnedKind, id: impl Into<Text>, tags: Option<&Tags>) {
        let id = id.into();
        let (owner, evidence) = match self.told(kind, &id, tags) {
            Some((owner, evidence)) => (owner, Some(evidence)),
            None => (Owner::Unknown, None),
        };
        self.found
            .entry(owner)
            .or_default()
            .insert(OwnedObject { kind, id, evidence });
    }

    /// The owner that tags name, else the one whose state names the object; and what tells it.
    fn told(&self, kind: OwnedKind, id: &Text, tags: Option<&Tags>) -> Option<(Owner, Text)> {
        tagged(tags).or_else(|| {
            let address = self.terraform.address(kind, id)?;
            let evidence = format!("{address} in a Terraform state");
            Some((Owner::Terraform, Text::from(evidence)))
        })
    }

    /// Adds an object that is not written but only named: nobody has to be asked for it, but a
    /// known owner may replace it one day.
    pub(crate) fn add_known(&mut self, kind: OwnedKind, id: impl Into<Text>, tags: Option<&Tags>) {
        let id = id.into();
        if self.told(kind, &id, tags).is_some() {
            self.add(kind, id, tags);
        }
    }

    /// One finding for each owner.
    pub(crate) fn findings(self) -> impl Iterator<Item = Finding> {
        self.found.into_iter().map(|(owner, objects)| {
            let objects = objects.into_iter().collect();
            match owner {
                Owner::Cloudformation => Finding::ManagedByCloudformation { objects },
                Owner::Terraform => Finding::ManagedByTerraform { objects },
                Owner::Kubernetes => Finding::ManagedByKubernetes { objects },
                Owner::Beanstalk => Finding::ManagedByBeanstalk { objects },
                Owner::RefactorSpaces => Finding::ManagedByRefactorSpaces { objects },
                Owner::Unknown => Finding::OwnerUnknown { objects },
            }
        })
    }
}

/// The owner that tags name, and the tag that does.
fn tagged(tags: Option<&Tags>) -> Option<(Owner, Text)> {
    tags.into_iter().flatten().find_map(|(key, value)| {
        let owner = owner_of(key, value)?;
        Some((owner, Text::from(format!("{key}={value}"))))
    })
}

/// The owner that a tag names. CloudFormation's tags are reserved; Kubernetes' are those of the AWS
/// Load Balancer Controller and the in-tree provider; Elastic Beanstalk's are its own. Terraform
/// sets none, so only what people write by habit can be seen. That Refactor Spaces puts its name
/// into a key is inferred.
fn owner_of(key: &str, value: &str) -> Option<Owner> {
    let lower = key.to_ascii_lowercase();
    let says = |word: &str| value.to_ascii_lowercase().contains(word);
    let by_habit = matches!(
        lower.as_str(),
        "managed-by" | "managedby" | "managed_by" | "provisioner" | "iac" | "tool"
    );
    if key.starts_with("aws:cloudformation:") {
        Some(Owner::Cloudformation)
    } else if key.starts_with("elasticbeanstalk:") {
        Some(Owner::Beanstalk)
    } else if lower.contains("refactor-spaces") {
        Some(Owner::RefactorSpaces)
    } else if [
        "elbv2.k8s.aws/",
        "ingress.k8s.aws/",
        "service.k8s.aws/",
        "kubernetes.io/",
    ]
    .iter()
    .any(|prefix| key.starts_with(prefix))
    {
        Some(Owner::Kubernetes)
    } else if lower.contains("terraform")
        || lower.contains("opentofu")
        || (by_habit && (says("terraform") || says("opentofu")))
    {
        Some(Owner::Terraform)
    } else {
        None
    }
}

/// Whether an API's deployments come so regularly that a pipeline seems to make them.
pub(crate) fn deployed_by_pipeline(
    api_ref: &ApiRef,
    api: &RestApi,
    scanned_at: &str,
) -> Option<Finding> {
    let now: Timestamp = scanned_at.parse().ok()?;
    let recent: Vec<Timestamp> = api
        .deployments
        .iter()
        .flatten()
        .filter_map(|deployment| deployment.created_at.as_ref()?.parse().ok())
        .filter(|made: &Timestamp| now.duration_since(*made) <= WINDOW)
        .collect();
    let day = |made: &Timestamp| made.as_second().div_euclid(86_400);
    let days: BTreeSet<i64> = recent.iter().map(day).collect();
    let regular = recent.len() >= REGULAR && days.len() >= REGULAR_DAYS;
    regular.then(|| Finding::DeployedByPipeline {
        api: api_ref.clone(),
        deployments: u32::try_from(recent.len()).unwrap_or(u32::MAX),
    })
}

/// Deployments that no stage runs: whatever they name stays named.
pub(crate) fn history(api_ref: &ApiRef, api: &RestApi) -> Option<Finding> {
    let running: BTreeSet<_> = api
        .stages
        .iter()
        .flatten()
        .flat_map(|stage| {
            let canary = stage.canary.iter().map(|canary| &canary.deployment);
            canary.chain([&stage.deployment])
        })
        .collect();
    let old = api
        .deployments
        .iter()
        .flatten()
        .filter(|deployment| !running.contains(&deployment.id))
        .count();
    (old > 0).then(|| Finding::HistoryNamesV1Link {
        api: api_ref.clone(),
        deployments: u32::try_from(old).unwrap_or(u32::MAX),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_names_its_owner() {
        let check = |key, value, owner| assert_eq!(owner_of(key, value), owner, "{key}={value}");
        check(
            "aws:cloudformation:stack-name",
            "x",
            Some(Owner::Cloudformation),
        );
        check("ManagedBy", "Terraform Cloud", Some(Owner::Terraform));
        check("terraform", "true", Some(Owner::Terraform));
        check("managed-by", "hand", None);
        check("elbv2.k8s.aws/cluster", "prod", Some(Owner::Kubernetes));
        check(
            "kubernetes.io/cluster/prod",
            "owned",
            Some(Owner::Kubernetes),
        );
        check(
            "elasticbeanstalk:environment-id",
            "e-1",
            Some(Owner::Beanstalk),
        );
        check(
            "refactor-spaces:environment-id",
            "env-1",
            Some(Owner::RefactorSpaces),
        );
        check("team", "payments", None);
    }
}
