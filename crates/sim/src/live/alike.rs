//! Whether two stages run the same, as their exports tell it: by names, without any id.

use std::collections::BTreeMap;
use std::sync::Arc;

use unbridge_model::apigateway::{
    ByIdOrName, Integration, Method, MethodSettings, Setting, SettingKind, Verb,
};
use unbridge_model::id::StageName;
use unbridge_model::plan::condition::PatchedMethod;
use unbridge_model::plan::value::Settled;
use unbridge_model::port::Held;
use unbridge_model::text::Text;

use super::observe::no;
use super::rest::patched;
use crate::account::{Content, DeploymentState, RestApiState};

/// Methods of an export, by path and verb.
type Exported<'a> = BTreeMap<(&'a str, Verb), &'a Method>;

/// Rule `stages-compared`: what is deployed on two stages, method by method and setting by setting.
pub(super) fn alike(
    api: &RestApiState,
    stage: &StageName,
    like: &StageName,
    but: &[PatchedMethod<Settled>],
) -> Held {
    let (ours, theirs) = match (deployed(api, stage), deployed(api, like)) {
        (Ok(ours), Ok(theirs)) => (ours, theirs),
        (Err(held), _) | (_, Err(held)) => return held,
    };
    let difference = settings_differ(ours, theirs)
        .or_else(|| methods_differ(ours, theirs, but))
        .map(|difference| no(format!("{stage} and {like} differ: {difference}")));
    difference.unwrap_or(Held::Yes)
}

fn deployed<'a>(api: &'a RestApiState, stage: &StageName) -> Result<&'a DeploymentState, Held> {
    let Some(known) = api.stage(stage) else {
        return Err(no(format!("there is no stage {stage}")));
    };
    let frozen = api.deployments.get(&known.deployment);
    let frozen = frozen.filter(|frozen| frozen.content == Content::Known);
    frozen.map(|frozen| &**frozen).ok_or_else(|| Held::Unknown {
        why: Text::from(format!("what deployment {} holds", known.deployment)),
    })
}

fn settings_differ(ours: &DeploymentState, theirs: &DeploymentState) -> Option<String> {
    let (here, there) = (sorted(ours), sorted(theirs));
    let only =
        first_missing(ours, &here, &there).or_else(|| first_missing(theirs, &there, &here))?;
    let name = only.name.as_deref().unwrap_or_default();
    Some(format!("{} {name}", only.kind).trim_end().to_owned())
}

fn sorted(frozen: &DeploymentState) -> Vec<Setting> {
    let settings = frozen.settings.iter();
    let mut settings: Vec<_> = settings.map(|known| known.setting.clone()).collect();
    settings.sort();
    settings
}

/// A setting that the others do not have, or have otherwise. An export tells of a model, an
/// authorizer or a validator only where a method uses it: one that no method uses, and only one side
/// has, does nothing.
fn first_missing<'s>(
    frozen: &DeploymentState,
    some: &'s [Setting],
    others: &[Setting],
) -> Option<&'s Setting> {
    let is_there = |one: &Setting| {
        let mut others = others.iter();
        others.any(|other| (other.kind, &other.name) == (one.kind, &one.name))
    };
    some.iter()
        .filter(|one| !others.contains(one))
        .find(|one| is_there(one) || is_told(frozen, one))
}

/// Whether an export tells a setting. Which models a method uses stands among what is sealed of it,
/// and is compared there.
fn is_told(frozen: &DeploymentState, setting: &Setting) -> bool {
    let used = |of: fn(MethodSettings) -> Option<ByIdOrName>| {
        let mut methods = frozen.methods.iter();
        methods.any(|method| match of(asked(frozen, method)) {
            Some(ByIdOrName::Name(name)) => Some(&name) == setting.name.as_ref(),
            // Which one it is cannot be told.
            Some(ByIdOrName::Id(_)) => true,
            None => false,
        })
    };
    match setting.kind {
        SettingKind::Model => false,
        SettingKind::Authorizer => used(|settings| settings.authorizer),
        SettingKind::RequestValidator => used(|settings| settings.validator),
        SettingKind::ApiKeySource
        | SettingKind::BinaryMediaTypes
        | SettingKind::GatewayResponse
        | SettingKind::MinimumCompressionSize
        | SettingKind::ResourcePolicy => true,
    }
}

fn methods_differ(
    ours: &DeploymentState,
    theirs: &DeploymentState,
    but: &[PatchedMethod<Settled>],
) -> Option<String> {
    let (our_methods, their_methods) = (exported(ours), exported(theirs));
    if let Some((path, verb)) = our_methods
        .keys()
        .find(|key| !their_methods.contains_key(*key))
    {
        return Some(format!("only one has {verb} {path}"));
    }
    for ((path, verb), theirs_here) in &their_methods {
        let Some(ours_here) = our_methods.get(&(*path, *verb)) else {
            return Some(format!("only one has {verb} {path}"));
        };
        if asked(ours, ours_here) != asked(theirs, theirs_here) {
            return Some(format!("what {verb} {path} asks of its callers"));
        }
        let mut patches = but.iter();
        let patch = patches.find(|one| one.method.path == *path && one.method.verb == *verb);
        let is = ours_here.integration.as_deref();
        let was = theirs_here.integration.as_deref();
        let fits = match (patch, was) {
            (None, _) => {
                let same = (&ours_here.integration, &theirs_here.integration);
                matches!(same, (Some(is), Some(was)) if Arc::ptr_eq(is, was)) || is_same(is, was)
            }
            (Some(patch), Some(was)) => is_patched(is, was, patch),
            (Some(_), None) => false,
        };
        if !fits {
            return Some(format!("the integration of {verb} {path}"));
        }
    }
    let missing = but.iter().find(|one| {
        let key = (one.method.path.as_str(), one.method.verb);
        !our_methods.contains_key(&key)
    });
    missing.map(|one| format!("none has {} {}", one.method.verb, one.method.path))
}

fn exported(frozen: &DeploymentState) -> Exported<'_> {
    let methods = frozen.methods.iter();
    methods
        .map(|method| ((method.path.as_str(), method.verb), method))
        .collect()
}

/// Whether two integrations are the same. A target that only one tells is none: over a link of
/// version 2 there always is one, and over one of version 1 it is what a plan that was taken back has
/// left behind.
fn is_same(is: Option<&Integration>, was: Option<&Integration>) -> bool {
    let (Some(is), Some(was)) = (is, was) else {
        return is.is_none() && was.is_none();
    };
    if is.target.is_some() == was.target.is_some() {
        return is == was;
    }
    let without = |one: &Integration| Integration {
        target: None,
        ..one.clone()
    };
    without(is) == without(was)
}

/// Whether `is` is `was` with the patch, and `was` was something else. A query string that a new
/// address drops is a difference too.
fn is_patched(is: Option<&Integration>, was: &Integration, patch: &PatchedMethod<Settled>) -> bool {
    let expected = Integration {
        uri_rest: was.uri_rest,
        ..patched(was, &patch.patch)
    };
    is == Some(&expected) && expected != *was
}

/// What a method asks of its callers, by names.
fn asked(frozen: &DeploymentState, method: &Method) -> MethodSettings {
    let mut settings = method.settings.as_deref().cloned().unwrap_or_default();
    let named = |kind| move |id| name_of(frozen, kind, id);
    settings.authorizer = settings.authorizer.map(named(SettingKind::Authorizer));
    settings.validator = settings.validator.map(named(SettingKind::RequestValidator));
    settings
}

fn name_of(frozen: &DeploymentState, kind: SettingKind, id: ByIdOrName) -> ByIdOrName {
    let ByIdOrName::Id(id) = id else {
        return id;
    };
    let mut settings = frozen.settings.iter();
    let found = settings.find(|known| known.setting.kind == kind && known.id.as_ref() == Some(&id));
    let name = found.and_then(|known| known.setting.name.clone());
    name.map_or(ByIdOrName::Id(id), ByIdOrName::Name)
}
