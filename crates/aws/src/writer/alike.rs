//! Whether two stages run the same, as their exports tell it.

use std::collections::BTreeMap;

use aws_sdk_apigateway::Client;
use unbridge_model::apigateway::{Integration, Method, Verb};
use unbridge_model::call::Export;
use unbridge_model::digest::Digester;
use unbridge_model::id::{RestApiId, StageName};
use unbridge_model::plan::condition::PatchedMethod;
use unbridge_model::plan::operation::IntegrationPatch;
use unbridge_model::plan::value::Settled;
use unbridge_model::port::{Held, ReadError};
use unbridge_model::template::Template;

use super::rest::connection;
use super::{found, no};
use crate::classify::classify;
use crate::convert::{Subject, export};

/// The forms of an export: AWS refuses the first for an API with models that are no JSON.
pub(super) const FORMS: [&str; 2] = ["oas30", "swagger"];

pub(super) async fn alike(
    client: &Client,
    api: &RestApiId,
    (stage, like): (&StageName, &StageName),
    but: &[PatchedMethod<Settled>],
) -> Result<Held, ReadError> {
    // Two forms of an export cannot be compared.
    for form in FORMS {
        let ours = exported(client, api, stage, form).await?;
        let theirs = exported(client, api, like, form).await?;
        let (ours, theirs) = match (ours, theirs) {
            (Told::Export(ours), Told::Export(theirs)) => (ours, theirs),
            (Told::NoStage, _) => return Ok(no(format!("there is no stage {stage}"))),
            (_, Told::NoStage) => return Ok(no(format!("there is no stage {like}"))),
            (Told::NotInThisForm, _) | (_, Told::NotInThisForm) => continue,
        };
        let difference = settings_differ(&ours, &theirs);
        let difference = difference.or_else(|| methods_differ(&ours, &theirs, but));
        let differ = |what| no(format!("{stage} and {like} differ: {what}"));
        return Ok(difference.map_or(Held::Yes, differ));
    }
    Ok(Held::Unknown {
        why: "the stages cannot be exported".into(),
    })
}

/// What AWS tells of a stage that is exported.
pub(super) enum Told {
    Export(Export),
    NotInThisForm,
    NoStage,
}

pub(super) async fn exported(
    client: &Client,
    api: &RestApiId,
    stage: &StageName,
    form: &str,
) -> Result<Told, ReadError> {
    let request = client
        .get_export()
        .rest_api_id(api.as_str())
        .stage_name(stage.as_str())
        .export_type(form)
        .parameters("extensions", "apigateway")
        .accepts("application/json");
    let answer = match request.send().await {
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_bad_request_exception()) =>
        {
            return Ok(Told::NotInThisForm);
        }
        answer => found(answer.map_err(classify))?,
    };
    let Some(answer) = answer else {
        return Ok(Told::NoStage);
    };
    let subject = Subject::new("export of", Some(&format!("{api}/{stage}")));
    let document = subject.required("body", answer.body())?;
    // The digests are compared and forgotten: any key does.
    let digester = Digester::new(&[0; 32]);
    export::rest(document.as_ref(), api, stage, &digester).map(Told::Export)
}

fn settings_differ(ours: &Export, theirs: &Export) -> Option<String> {
    let sorted = |export: &Export| {
        let mut settings = export.settings.clone();
        settings.sort();
        settings
    };
    let (ours, theirs) = (sorted(ours), sorted(theirs));
    let mut only = ours.iter().filter(|one| !theirs.contains(one));
    let mut missing = theirs.iter().filter(|one| !ours.contains(one));
    let one = only.next().or_else(|| missing.next())?;
    let name = one.name.as_deref().unwrap_or_default();
    Some(format!("{} {name}", one.kind).trim_end().to_owned())
}

fn methods_differ(
    ours: &Export,
    theirs: &Export,
    but: &[PatchedMethod<Settled>],
) -> Option<String> {
    let (ours, theirs) = (by_place(ours), by_place(theirs));
    let mut keys: Vec<_> = ours.keys().chain(theirs.keys()).collect();
    keys.sort();
    keys.dedup();
    for key @ (path, verb) in keys {
        let (Some(is), Some(was)) = (ours.get(key), theirs.get(key)) else {
            return Some(format!("only one has {verb} {path}"));
        };
        if is.settings != was.settings {
            return Some(format!("what {verb} {path} asks of its callers"));
        }
        let mut patches = but.iter();
        let patch = patches.find(|one| one.method.path == *path && one.method.verb == *verb);
        let (is, was) = (is.integration.as_deref(), was.integration.as_deref());
        let fits = match (patch, is, was) {
            (None, is, was) => is_same(is, was),
            (Some(one), Some(is), Some(was)) => is_patched(is, was, &one.patch),
            (Some(_), _, _) => false,
        };
        if !fits {
            return Some(format!("the integration of {verb} {path}"));
        }
    }
    let missing = but.iter().find(|one| {
        let key = (one.method.path.as_str(), one.method.verb);
        !ours.contains_key(&key)
    })?;
    let (verb, path) = (missing.method.verb, &missing.method.path);
    Some(format!("none has {verb} {path}"))
}

fn by_place(export: &Export) -> BTreeMap<(&str, Verb), &Method> {
    let methods = export.methods.iter();
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

/// Whether `is` is `was` with the patch, and `was` was something else. What stands behind a question
/// mark may go with the old address. An export may not name the target: then it says nothing of it.
fn is_patched(is: &Integration, was: &Integration, patch: &IntegrationPatch<Settled>) -> bool {
    let target = patch.integration_target.as_ref();
    let target = target.map(|target| Template::new(target.as_str()));
    let mut expected = was.clone();
    expected.vpc_link = Some(Template::new(connection(patch)));
    expected.target = target.or(expected.target);
    if let Some(uri) = &patch.uri {
        expected.uri = Some(uri.clone());
    }
    let changed = expected != *was;
    if is.target.is_none() {
        expected.target = None;
    }
    changed && *is == expected
}
