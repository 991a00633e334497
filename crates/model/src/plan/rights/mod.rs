//! What an identity must be allowed to carry out one plan, and to take it back: IAM actions, and the
//! resources as narrow as IAM can say them before the run.
//!
//! Ids that the plan knows are named. What a step makes is `*`, with a condition on the plan's tag
//! where AWS documents one for the call; reads take none, for what is gone has no tags, and would be
//! denied instead of not found. Deployments, integrations and routes carry no tags at all.
//!
//! What a run reads of the account before it begins, as a scan does, is not among them.
//!
//! Sources: service authorization reference, "Amazon API Gateway Management" and "... Management V2"
//! (actions are HTTP verbs, both generations share one tree of paths without `/v2`), "Amazon EC2",
//! "Elastic Load Balancing V2", "AWS WAF V2"; API Gateway developer guide, "Grant permissions for API
//! Gateway to create a VPC link", "Using service-linked roles", "Using tags to control access";
//! WAF developer guide, "Permissions for AssociateWebACL"; service authorization reference, "AWS
//! Systems Manager", "Amazon CloudWatch", "AWS Identity and Access Management".

mod asked;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use crate::apigateway::Tags;
use crate::id::{AccountId, Region, StepId};
use crate::journal::{LOCK_PARAMETER, PLAN_TAG, RUN_TAG};
use crate::plan::operation::Operation;
use crate::plan::value::Later;
use crate::plan::{Body, Undo};

/// One thing that has to be allowed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    /// When it is used.
    pub need: Need,
    /// The action: `apigateway:PATCH`.
    pub action: &'static str,
    /// An ARN, or `*` where the action knows no resources.
    pub resource: String,
    /// What narrows it further.
    pub only: Option<Only>,
}

/// When a right is used.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, strum::Display, strum::VariantArray,
)]
pub enum Need {
    /// On the way forward: to see what has to hold, to change, to see the change.
    Forward,
    /// On the way forward, but only where the account is so: the stage that a temporary one is like
    /// has a web ACL, a client certificate or a throttle; AWS asks for rights of the caller to tag,
    /// to make a role on its behalf or to delete an endpoint service.
    Perhaps,
    /// To find out what became of a change whose answer was lost.
    Lost,
    /// To take the plan back.
    Back,
    /// Whatever the plan does: for the lock that keeps other runs away, for what callers get while a
    /// share of them goes the new way, and to ask IAM whether the other rights are there.
    Beside,
}

/// A condition of a policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Only {
    /// IAM's operator.
    pub operator: &'static str,
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
}

/// Everything that has to be allowed for these steps, sorted; each once, at its first need.
#[must_use]
pub fn rights(body: &Body) -> Vec<Right> {
    let mut book = Book::of(body);
    for step in &body.steps {
        for condition in step.preconditions.iter().chain(&step.verification) {
            book.look(Need::Forward, condition);
        }
        book.change(Need::Forward, &step.operation);
        if let Undo::Operation { operation, only_if } = &step.undo {
            for condition in only_if {
                book.look(Need::Back, condition);
            }
            book.change(Need::Back, operation);
        }
    }
    let can_go_back = body
        .steps
        .iter()
        .any(|step| matches!(step.undo, Undo::Operation { .. }));
    if can_go_back {
        // Once everything has moved, nothing is taken back to a way that is gone.
        for condition in body.old_way().flat_map(|part| part.gone()) {
            book.look(Need::Back, &condition);
        }
    }
    if !body.steps.is_empty() {
        book.beside();
    }
    let noted = book.noted.into_iter();
    let mut all: Vec<Right> = noted
        .map(|((action, resource, only), need)| Right {
            need,
            action,
            resource,
            only,
        })
        .collect();
    all.sort();
    all
}

type Named = (&'static str, String, Option<Only>);

/// What was noted so far.
struct Book<'a> {
    account: &'a AccountId,
    region: &'a Region,
    /// What tells a thing that a step makes from others.
    tagged: BTreeMap<&'a StepId, Only>,
    noted: BTreeMap<Named, Need>,
}

impl<'a> Book<'a> {
    fn of(body: &'a Body) -> Self {
        let tagged = body.steps.iter().filter_map(|step| match &step.operation {
            Operation::CreateSecurityGroup { tags, .. } | Operation::CreateVpcLink { tags, .. } => {
                Some((&step.id, ours(tags)))
            }
            _ => None,
        });
        Self {
            account: &body.account,
            region: &body.region,
            tagged: tagged.collect(),
            noted: BTreeMap::new(),
        }
    }

    fn note(&mut self, need: Need, action: &'static str, resource: String, only: Option<Only>) {
        let known = self.noted.entry((action, resource, only)).or_insert(need);
        *known = need.min(*known);
    }

    /// What a run needs whatever it does.
    fn beside(&mut self) {
        let lock = self.own("ssm", format_args!("parameter{LOCK_PARAMETER}"));
        for action in [
            "ssm:GetParameter",
            "ssm:PutParameter",
            "ssm:DeleteParameter",
        ] {
            self.note(Need::Beside, action, lock.clone(), None);
        }
        self.any(Need::Beside, "cloudwatch:GetMetricData");
        let (partition, account) = (self.region.partition(), self.account);
        let identities = format!("arn:{partition}:iam::{account}:*");
        for action in ["iam:SimulatePrincipalPolicy", "iam:GetRole"] {
            self.note(Need::Beside, action, identities.clone(), None);
        }
    }

    /// A verb of API Gateway on a path.
    fn path(&mut self, need: Need, action: &'static str, path: impl fmt::Display) {
        let arn = self.gateway(&path);
        self.note(need, action, arn, None);
    }

    fn gateway(&self, path: &impl fmt::Display) -> String {
        let (partition, region) = (self.region.partition(), self.region);
        format!("arn:{partition}:apigateway:{region}::{path}")
    }

    /// An ARN of the account.
    fn own(&self, service: &str, what: impl fmt::Display) -> String {
        let (partition, region, account) = (self.region.partition(), self.region, self.account);
        format!("arn:{partition}:{service}:{region}:{account}:{what}")
    }

    /// An action that knows no resources.
    fn any(&mut self, need: Need, action: &'static str) {
        self.note(need, action, "*".to_owned(), None);
    }

    /// What tells a thing that a step makes from others; nothing where its id is known.
    fn only<T>(&self, thing: &Later<T>) -> Option<Only> {
        self.tagged.get(thing.step()?).cloned()
    }
}

/// What only things carry that a run of this plan makes; of a plan that gives no tags, what only
/// things carry that any run makes.
fn ours(tags: &Tags) -> Only {
    match tags.get(PLAN_TAG) {
        Some(plan) => equals(&format!("aws:ResourceTag/{PLAN_TAG}"), plan),
        None => Only {
            operator: "Null",
            key: format!("aws:ResourceTag/{RUN_TAG}"),
            value: "false".to_owned(),
        },
    }
}

fn equals(key: &str, value: &str) -> Only {
    Only {
        operator: "StringEquals",
        key: key.to_owned(),
        // What a policy would read as a variable.
        value: value.replace("${", "${$}{"),
    }
}
