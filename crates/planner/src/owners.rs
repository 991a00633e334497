//! Who owns what a plan would change (H16): what it may change, and what is to be changed where the
//! owner keeps it.

mod there;

use std::collections::BTreeMap;

use unbridge_model::assessment::NlbAssessment;
use unbridge_model::finding::{Finding, OwnedKind, OwnedObject};
use unbridge_model::id::StageName;
use unbridge_model::plan::choices::StageRef;
use unbridge_model::plan::elsewhere::{Elsewhere, OwnerTool, PropertyChange};
use unbridge_model::plan::waiting::{Subject, Waiting, WaitingCode};
use unbridge_model::text::Text;

use crate::ground::Ground;
use crate::http::HttpMove;
use crate::rest::RestMove;

pub(crate) use there::{Kept, there};

/// Who owns the objects around some NLBs, as far as findings tell.
#[derive(Debug, Default)]
pub(crate) struct Owners(BTreeMap<(OwnedKind, Text), (OwnerTool, Option<Text>)>);

/// An owner and what tells it.
#[derive(Debug, Clone)]
pub(crate) struct Owner {
    pub(crate) tool: OwnerTool,
    pub(crate) evidence: Option<Text>,
}

impl Owners {
    /// The owners that findings of these NLBs name.
    pub(crate) fn of<'a>(nlbs: impl Iterator<Item = &'a NlbAssessment>) -> Self {
        let mut owners = Self::default();
        for finding in nlbs.flat_map(|nlb| &nlb.findings) {
            if let Some((tool, objects)) = owned(finding) {
                for OwnedObject { kind, id, evidence } in objects {
                    owners
                        .0
                        .insert((*kind, id.clone()), (tool, evidence.clone()));
                }
            }
        }
        owners
    }

    /// The owner of an object that nobody said may be changed; `None` when it may.
    pub(crate) fn keeps(&self, ground: &Ground<'_>, kind: OwnedKind, id: &Text) -> Option<Owner> {
        if ground.choices.edit.contains(id) {
            return None;
        }
        let known = self.0.get(&(kind, id.clone()));
        let (tool, evidence) = known.cloned().unwrap_or((OwnerTool::Unknown, None));
        Some(Owner { tool, evidence })
    }
}

/// The owner that a finding names, and what of.
fn owned(finding: &Finding) -> Option<(OwnerTool, &[OwnedObject])> {
    match finding {
        Finding::OwnerUnknown { objects } => Some((OwnerTool::Unknown, objects)),
        Finding::ManagedByCloudformation { objects } => Some((OwnerTool::Cloudformation, objects)),
        Finding::ManagedByTerraform { objects } => Some((OwnerTool::Terraform, objects)),
        Finding::ManagedByKubernetes { objects } => Some((OwnerTool::Kubernetes, objects)),
        Finding::ManagedByBeanstalk { objects } => Some((OwnerTool::Beanstalk, objects)),
        Finding::ManagedByRefactorSpaces { objects } => Some((OwnerTool::RefactorSpaces, objects)),
        _ => None,
    }
}

/// What waits for owners, and what they have to change.
#[derive(Debug, Default)]
pub(crate) struct ForOwners<'a> {
    pub(crate) waiting: Vec<Waiting>,
    pub(crate) elsewhere: Vec<Elsewhere>,
    /// APIs that are moved where they are kept.
    pub(crate) kept: Vec<Kept<'a>>,
}

/// What of a move nobody else keeps: all of it, fewer stages, or nothing. Everything that waits is
/// told at once, so that one round of questions is enough.
pub(crate) fn allowed<'a>(
    ground: &Ground<'a>,
    owners: &Owners,
    mut moved: RestMove<'a>,
    told: &mut ForOwners<'a>,
) -> Option<RestMove<'a>> {
    let id: Text = moved.api.id.clone().into();
    let kept = owners.keeps(ground, OwnedKind::Api, &id);
    if let Some(owner) = &kept {
        let subject = Subject::Api {
            id: id.clone(),
            name: moved.api.name.clone(),
        };
        told.waiting.push(waiting(owner, subject, &id));
    }
    moved.stages.retain(|stage| {
        let Some((owner, named)) = stage_kept(ground, owners, &id, &stage.name) else {
            return true;
        };
        let subject = Subject::Stage(StageRef {
            api: id.clone(),
            stage: stage.name.clone(),
        });
        told.waiting.push(waiting(&owner, subject, &named));
        let row = there::shifted(&owner, &named, &stage.name, &stage.deployment);
        told.elsewhere.push(row);
        false
    });
    match kept {
        Some(owner) => {
            told.kept.push(Kept::Rest(owner, moved));
            None
        }
        None => (!moved.stages.is_empty()).then_some(moved),
    }
}

/// What of a move of an HTTP API nobody else keeps: all of it, fewer stages, or nothing. A stage that
/// deploys by itself is not written to: what it runs is its API's.
pub(crate) fn allowed_http<'a>(
    ground: &Ground<'a>,
    owners: &Owners,
    mut moved: HttpMove<'a>,
    told: &mut ForOwners<'a>,
) -> Option<HttpMove<'a>> {
    let id: Text = moved.api.id.clone().into();
    let kept = owners.keeps(ground, OwnedKind::Api, &id);
    if let Some(owner) = &kept {
        let subject = Subject::Api {
            id: id.clone(),
            name: moved.api.name.clone(),
        };
        told.waiting.push(waiting(owner, subject, &id));
    }
    moved.frozen.retain(|(stage, deployment)| {
        let Some((owner, named)) = stage_kept(ground, owners, &id, stage) else {
            return true;
        };
        let subject = Subject::Stage(StageRef {
            api: id.clone(),
            stage: stage.clone(),
        });
        told.waiting.push(waiting(&owner, subject, &named));
        let row = there::shifted_http(&owner, &named, stage, deployment);
        told.elsewhere.push(row);
        false
    });
    let any = !moved.auto.is_empty() || !moved.frozen.is_empty();
    match kept {
        Some(owner) => {
            told.kept.push(Kept::Http(owner, moved));
            None
        }
        None => any.then_some(moved),
    }
}

/// The owner that keeps a stage. Who lets an API be changed lets its stages be, unless something
/// names another owner of theirs.
fn stage_kept(
    ground: &Ground<'_>,
    owners: &Owners,
    api: &Text,
    stage: &StageName,
) -> Option<(Owner, Text)> {
    let named = Text::from(format!("{api}/{stage}"));
    let owner = owners.keeps(ground, OwnedKind::Stage, &named)?;
    (owner.tool != OwnerTool::Unknown).then_some((owner, named))
}

/// What people call an owner.
fn name(tool: OwnerTool) -> &'static str {
    match tool {
        OwnerTool::Cloudformation => "CloudFormation",
        OwnerTool::Terraform => "Terraform",
        OwnerTool::Kubernetes => "Kubernetes",
        OwnerTool::Beanstalk => "Elastic Beanstalk",
        OwnerTool::RefactorSpaces => "Refactor Spaces",
        OwnerTool::Unknown => "nobody known",
    }
}

pub(crate) fn waiting(owner: &Owner, what: Subject, id: &Text) -> Waiting {
    let evidence = owner.evidence.as_deref();
    let (why, next) = match owner.tool {
        OwnerTool::Unknown => (
            "nothing says who owns it".to_owned(),
            "find out who does, and change it there; or say that it may be changed here",
        ),
        tool => (
            format!(
                "{} owns it ({})",
                name(tool),
                evidence.unwrap_or("by its tags")
            ),
            "make the change there, apply it and scan again; or say that it may be changed here as well",
        ),
    };
    Waiting {
        code: WaitingCode::OwnedElsewhere,
        what,
        finding: None,
        why: Text::from(why),
        next: Text::new(next),
        flag: Some(Text::from(format!("--edit {id}"))),
    }
}

pub(crate) fn row(
    owner: &Owner,
    kind: OwnedKind,
    id: &Text,
    resource: &str,
    which: Text,
) -> Elsewhere {
    Elsewhere {
        owner: owner.tool,
        kind,
        id: id.clone(),
        evidence: owner.evidence.clone(),
        resource: Text::new(resource),
        which,
        set: Vec::new(),
    }
}

pub(crate) fn set(property: &str, old: Option<Text>, new: impl Into<String>) -> PropertyChange {
    PropertyChange {
        property: Text::new(property),
        old,
        new: Text::from(new.into()),
    }
}
