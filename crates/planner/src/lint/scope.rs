//! Whether a plan keeps to what it was made from, to what was selected, and away from what it leaves
//! to others.

use std::collections::BTreeSet;

use unbridge_model::apigateway::Verb;
use unbridge_model::id::StageName;
use unbridge_model::plan::elsewhere::Elsewhere;
use unbridge_model::plan::operation::Operation;
use unbridge_model::plan::waiting::Subject;
use unbridge_model::plan::{Body, ObjectRef, Step, Undo};

use super::code::LintCode;
use super::findings::Findings;
use super::thing::{Act, Thing, Value, destination, named};

pub(super) fn check(findings: &mut Findings<'_>) {
    let body = &findings.plan.body;
    let objects = body.objects.iter().map(|seen| seen.object.clone());
    let scope: BTreeSet<ObjectRef> = objects.collect();
    let left: BTreeSet<Left<'_>> = body.waiting.iter().map(|one| left(&one.what)).collect();
    let elsewhere: BTreeSet<&str> = body.elsewhere.iter().map(owned).collect();
    let made: BTreeSet<(&str, &StageName)> = body.steps.iter().filter_map(temporary).collect();
    for (place, step) in findings.steps() {
        for object in touched(step) {
            if !scope.contains(&object) {
                let what = format!(
                    "it concerns {}, from which the plan was not made",
                    id(&object)
                );
                findings.at(place, LintCode::OutOfScope, what);
            }
        }
        let act = Act::of(&step.id, &step.operation);
        let changed = changed(act, &step.operation);
        if let Some(one) = changed.iter().find(|one| left.contains(one)) {
            let what = format!("it changes {one}, which the plan says it leaves out");
            findings.at(place, LintCode::LeftOutButChanged, what);
        }
        let owned = act.thing().object();
        if let Some(object) = owned.filter(|object| elsewhere.contains(id(object))) {
            let what = format!(
                "it changes {}, which the plan leaves to its owner",
                id(&object)
            );
            findings.at(place, LintCode::LeftOutButChanged, what);
        }
        for one in changed.iter().filter(|one| !selected(body, one, &made)) {
            let what = format!("it changes {one}, which was not selected");
            findings.at(place, LintCode::NotSelected, what);
        }
    }
}

/// Every object of the account that a step, or its way back, changes or leads to.
fn touched(step: &Step) -> BTreeSet<ObjectRef> {
    let undo = match &step.undo {
        Undo::Operation { operation, .. } => Some(operation),
        Undo::Nothing | Undo::Impossible { .. } => None,
    };
    let operations = [&step.operation].into_iter().chain(undo);
    let things = operations.clone().flat_map(|operation| {
        let act = Act::of(&step.id, operation).thing();
        named(operation).into_iter().chain([act])
    });
    let leads = operations.filter_map(destination);
    // Things are made in a VPC; it is not changed by that.
    let things = things.filter(|thing| !matches!(thing, Thing::Vpc(_)));
    things
        .filter_map(Thing::object)
        .chain(leads.map(ObjectRef::LoadBalancer))
        .collect()
}

/// Something that can be left out, as far as a step can change it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Left<'p> {
    Api(&'p str),
    Method(&'p str, &'p str, Option<Verb>),
    Stage(&'p str, &'p StageName),
    Other(String),
}

impl std::fmt::Display for Left<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Api(id) => write!(f, "API {id}"),
            Self::Method(api, path, None) => write!(f, "{path} of API {api}"),
            Self::Method(api, path, Some(verb)) => write!(f, "{verb} {path} of API {api}"),
            Self::Stage(api, stage) => write!(f, "stage {stage} of API {api}"),
            Self::Other(id) => f.write_str(id),
        }
    }
}

fn left(subject: &Subject) -> Left<'_> {
    match subject {
        Subject::Nlb(arn) | Subject::Alb(arn) => Left::Other(arn.to_string()),
        Subject::Api { id, .. } => Left::Api(id.as_str()),
        Subject::Method { api, path, verb } => Left::Method(api.as_str(), path.as_str(), *verb),
        Subject::Stage(of) => Left::Stage(of.api.as_str(), &of.stage),
        Subject::Vpc(vpc) => Left::Other(vpc.to_string()),
        Subject::VpcLink(link) => Left::Other(link.to_string()),
        Subject::SecurityGroup(group) => Left::Other(group.to_string()),
    }
}

fn owned(elsewhere: &Elsewhere) -> &str {
    elsewhere.id.as_str()
}

/// What can be left out and is changed by this.
fn changed<'p>(act: Act<'p>, operation: &'p Operation) -> Vec<Left<'p>> {
    let mut changed = match act.thing() {
        Thing::Deployment(api, _) => vec![Left::Api(api.as_str())],
        Thing::Method(method) => vec![
            Left::Api(method.api.as_str()),
            Left::Method(method.api.as_str(), method.path.as_str(), Some(method.verb)),
        ],
        Thing::Stage(api, stage) => {
            vec![Left::Api(api.as_str()), Left::Stage(api.as_str(), stage)]
        }
        Thing::HttpDeployment(api, _) | Thing::HttpIntegration(api, _) | Thing::Route(api, _) => {
            vec![Left::Api(api.as_str())]
        }
        Thing::HttpStage(api, stage) => {
            vec![Left::Api(api.as_str()), Left::Stage(api.as_str(), stage)]
        }
        thing => {
            let object = thing.object();
            object
                .iter()
                .map(|object| Left::Other(id(object).to_owned()))
                .collect()
        }
    };
    if let Operation::UpdateRoute { api, key, .. } = operation {
        changed.push(Left::Method(api.as_str(), key.as_str(), None));
    }
    let leads = destination(operation).map(|arn| Left::Other(arn.to_string()));
    let links = named(operation)
        .into_iter()
        .filter_map(|thing| match thing {
            Thing::Link(Value::Known(id)) => Some(Left::Other(id.to_owned())),
            Thing::Vpc(vpc) => Some(Left::Other(vpc.to_string())),
            _ => None,
        });
    changed.extend(leads.into_iter().chain(links));
    changed
}

/// Whether the selection leaves room for a change of this.
fn selected(body: &Body, one: &Left<'_>, made: &BTreeSet<(&str, &StageName)>) -> bool {
    let selection = &body.choices.selection;
    let stages = &selection.stages;
    match one {
        Left::Api(id) => {
            let named = selection.apis.iter().any(|api| api.as_str() == *id);
            (selection.apis.is_empty() || named)
                && (stages.is_empty() || stages.iter().any(|stage| stage.api.as_str() == *id))
        }
        Left::Stage(api, stage) => {
            let same = |of: &unbridge_model::plan::choices::StageRef| {
                of.api.as_str() == *api && of.stage == **stage
            };
            stages.is_empty() || made.contains(&(*api, *stage)) || stages.iter().any(same)
        }
        Left::Method(..) | Left::Other(_) => true,
    }
}

/// The temporary stage that a step makes.
fn temporary(step: &Step) -> Option<(&str, &StageName)> {
    match &step.operation {
        Operation::CreateStage { api, stage, .. } => Some((api.as_str(), stage)),
        _ => None,
    }
}

fn id(object: &ObjectRef) -> &str {
    match object {
        ObjectRef::HttpApi(id) => id.as_str(),
        ObjectRef::LoadBalancer(arn) => arn.as_str(),
        ObjectRef::RestApi(id) => id.as_str(),
        ObjectRef::SecurityGroup(id) => id.as_str(),
        ObjectRef::TargetGroup(arn) => arn.as_str(),
        ObjectRef::Vpc(id) => id.as_str(),
        ObjectRef::VpcLink(id) => id.as_str(),
    }
}
