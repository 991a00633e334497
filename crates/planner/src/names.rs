//! What people call the APIs and links of a region, for those that a plan names by id.

use std::collections::BTreeMap;

use unbridge_model::apigateway::LinkReach;
use unbridge_model::plan::names::{NamedLink, Names};
use unbridge_model::plan::{Body, ObjectRef};
use unbridge_model::snapshot::RegionFacts;
use unbridge_model::text::Text;

use unbridge_model::plan::waiting::Subject;

/// The names of the APIs that a plan is made from or leaves out, and of the links that it is made
/// from.
pub(crate) fn names(body: &Body, facts: &RegionFacts) -> Names {
    let mut names = Names::default();
    let rest = facts
        .rest_apis
        .iter()
        .map(|api| (api.id.as_str(), &api.name));
    let http = facts
        .http_apis
        .iter()
        .map(|api| (api.id.as_str(), &api.name));
    let known: BTreeMap<&str, &Text> = rest.chain(http).collect();
    let mut api = |id: &str| {
        if let Some(name) = known.get(id) {
            names.apis.insert(Text::new(id), (*name).clone());
        }
    };
    for waiting in &body.waiting {
        if let Subject::Stage(stage) = &waiting.what {
            api(&stage.api);
        }
    }
    for seen in &body.objects {
        match &seen.object {
            ObjectRef::RestApi(id) => api(id.as_str()),
            ObjectRef::HttpApi(id) => api(id.as_str()),
            ObjectRef::LoadBalancer(_)
            | ObjectRef::SecurityGroup(_)
            | ObjectRef::TargetGroup(_)
            | ObjectRef::Vpc(_)
            | ObjectRef::VpcLink(_) => {}
        }
    }
    for seen in &body.objects {
        let ObjectRef::VpcLink(id) = &seen.object else {
            continue;
        };
        let Some(link) = facts.v1_links.get(id) else {
            continue;
        };
        let LinkReach::V1 { targets } = &link.reach else {
            continue;
        };
        let named = NamedLink {
            name: link.name.clone(),
            nlb: targets.first().cloned(),
        };
        names.links.insert(id.clone(), named);
    }
    names
}
