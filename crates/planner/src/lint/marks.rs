//! Whether everything that is made tells whose it is (H36).

use unbridge_model::apigateway::Tags;
use unbridge_model::journal::PLAN_TAG;
use unbridge_model::plan::operation::Operation;
use unbridge_model::text::Text;

use super::code::LintCode;
use super::findings::Findings;

/// What an operation calls what it makes, and the tags it gives it where AWS takes any.
struct Marks<'p> {
    words: Vec<&'p str>,
    tags: Option<&'p Tags>,
}

pub(super) fn check(findings: &mut Findings<'_>) {
    let plan = findings.plan;
    let mut wanted = plan.body.choices.tags.clone();
    wanted.insert(
        Text::new(PLAN_TAG),
        Text::from(plan.plan_id.as_str().to_owned()),
    );
    for (place, step) in findings.steps() {
        let Some(marks) = marks(&step.operation) else {
            continue;
        };
        for (key, value) in marks.tags.iter().flat_map(|tags| missing(tags, &wanted)) {
            let what = format!("what it makes does not carry the tag {key}={value}");
            findings.at(place, LintCode::TagMissing, what);
        }
        let short = plan.plan_id.short();
        for word in marks.words.iter().filter(|word| !word.contains(short)) {
            let what = format!("what it makes is called {word:?}, which does not hold {short}");
            findings.at(place, LintCode::NameNotOurs, what);
        }
    }
}

fn missing<'w>(tags: &Tags, wanted: &'w Tags) -> Vec<(&'w Text, &'w Text)> {
    let wanted = wanted.iter();
    wanted
        .filter(|(key, value)| tags.get(*key) != Some(*value))
        .collect()
}

fn marks(operation: &Operation) -> Option<Marks<'_>> {
    use Operation as O;
    match operation {
        O::CreateSecurityGroup {
            name,
            description,
            tags,
            ..
        } => Some(Marks {
            words: vec![name.as_str(), description.as_str()],
            tags: Some(tags),
        }),
        O::CreateVpcLink { name, tags, .. } => Some(Marks {
            words: vec![name.as_str()],
            tags: Some(tags),
        }),
        O::CreateStage { stage, tags, .. } => Some(Marks {
            words: vec![stage.as_str()],
            tags: Some(tags),
        }),
        O::CreateDeployment { description, .. } | O::CreateHttpDeployment { description, .. } => {
            Some(Marks {
                words: vec![description.as_str()],
                tags: None,
            })
        }
        // AWS takes neither name nor tags for an integration; its description is the executor's.
        O::CreateHttpIntegration { .. }
        | O::RevokeDefaultEgress { .. }
        | O::AuthorizeRule { .. }
        | O::RevokeRule { .. }
        | O::DeleteSecurityGroup { .. }
        | O::DeleteVpcLink { .. }
        | O::UpdateIntegration { .. }
        | O::DeleteDeployment { .. }
        | O::FurnishStage { .. }
        | O::DeleteStage { .. }
        | O::SetCanary { .. }
        | O::RemoveCanary { .. }
        | O::SetDeployment { .. }
        | O::DeleteHttpIntegration { .. }
        | O::UpdateRoute { .. }
        | O::DeleteHttpDeployment { .. }
        | O::SetHttpDeployment { .. }
        | O::DeleteV1Link { .. }
        | O::DeregisterTarget { .. }
        | O::RegisterTarget { .. }
        | O::DeleteLoadBalancer { .. }
        | O::DeleteTargetGroup { .. } => None,
    }
}
