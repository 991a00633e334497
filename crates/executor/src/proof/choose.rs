//! Which requests a temporary stage is proven with, and which cannot be sent.

use std::collections::BTreeSet;
use std::fmt;

use unbridge_model::apigateway::{Method, MethodField, MethodSettings, RestApi, Verb};
use unbridge_model::id::StageName;
use unbridge_model::plan::Plan;
use unbridge_model::plan::operation::Operation;
use unbridge_model::snapshot::RegionFacts;
use unbridge_model::text::Text;

use super::address::{Located, locate};
use super::{Bodies, Probe, Probes};

/// A request that is sent.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) verb: Verb,
    pub(super) path: Text,
    pub(super) headers: Vec<(Text, Text)>,
    /// The status that a person expects.
    pub(super) status: Option<u16>,
    pub(super) bodies: Bodies,
}

impl Chosen {
    /// Whether it changes nothing, by the rules of HTTP (RFC 9110, 9.2.1).
    pub(super) fn is_safe(&self) -> bool {
        match self.verb {
            Verb::Get | Verb::Head | Verb::Options => true,
            Verb::Any | Verb::Delete | Verb::Patch | Verb::Post | Verb::Put => false,
        }
    }
}

impl fmt::Display for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb, self.path)
    }
}

impl fmt::Debug for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What is sent, and what is not.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) chosen: Vec<Chosen>,
    /// Requests that are left out, and why.
    pub(super) left_out: Vec<Text>,
}

/// What a method asks of its callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Demand {
    Nothing,
    /// A key of a usage plan. Usage plans name stages, and none names the temporary one.
    Key,
    /// A signature of AWS.
    Signature,
    /// What an authorizer looks at.
    Token,
}

impl Demand {
    fn of(method: Option<&Method>) -> Self {
        let Some(settings) = method.and_then(|method| method.settings.as_deref()) else {
            return Self::Nothing;
        };
        let MethodSettings {
            authorizer, sealed, ..
        } = settings;
        let asks = |field| sealed.get(field).is_some();
        match (
            asks(MethodField::ApiKeyRequired),
            asks(MethodField::AuthorizationType),
        ) {
            (true, _) => Self::Key,
            (false, _) if authorizer.is_some() => Self::Token,
            (false, true) => Self::Signature,
            (false, false) => Self::Nothing,
        }
    }
}

/// The requests for one API and live stage: a person's first.
pub(super) fn requests(
    plan: &Plan,
    facts: &RegionFacts,
    api: &RestApi,
    like: &StageName,
    probes: &Probes,
) -> Choice {
    let mut choice = Choice::default();
    for probe in &probes.requests {
        match of_person(facts, api, like, probe, probes.bodies) {
            Ok(chosen) => choice.chosen.extend(chosen),
            Err(why) => {
                let what = format!("{} {}: {why}", probe.verb, probe.path);
                choice.left_out.push(Text::from(what));
            }
        }
    }
    replayed(plan, api, probes, &mut choice);
    choice
}

/// A person's request; `None` when it is meant for another API or stage.
fn of_person(
    facts: &RegionFacts,
    api: &RestApi,
    like: &StageName,
    probe: &Probe,
    bodies: Bodies,
) -> Result<Option<Chosen>, String> {
    let Located {
        api: at,
        stage,
        path,
    } = locate(&probe.path, &facts.domain_names)?;
    let is_this = |name: &Text| *name == api.id.as_str() || *name == api.name;
    let is_elsewhere = [&at, &probe.api]
        .into_iter()
        .flatten()
        .any(|name| !is_this(name));
    let of_other_stage = stage.is_some_and(|stage| stage != like.as_str())
        || probe.stage.as_ref().is_some_and(|stage| stage != like);
    if is_elsewhere || of_other_stage {
        return Ok(None);
    }
    let method = method(api, probe.verb, &path);
    let is_named = at.is_some() || probe.api.is_some();
    if method.is_none() && api.draft.is_some() {
        return match is_named {
            true => Err(format!("{} has no such method", api.name)),
            false => Ok(None),
        };
    }
    match Demand::of(method) {
        Demand::Key => {
            return Err("it takes an API key, and no usage plan names the temporary stage".into());
        }
        Demand::Signature => return Err("it takes a signature of AWS".into()),
        Demand::Token if probe.headers.is_empty() => {
            return Err("an authorizer looks at it: give the probe the header it takes".into());
        }
        Demand::Token | Demand::Nothing => {}
    }
    Ok(Some(Chosen {
        verb: probe.verb,
        path,
        headers: probe.headers.clone(),
        status: Some(probe.status),
        bodies,
    }))
}

/// Methods of the plan that take nothing but their path.
fn replayed(plan: &Plan, api: &RestApi, probes: &Probes, choice: &mut Choice) {
    let mut paths = BTreeSet::new();
    let mut others = 0_usize;
    for step in &plan.body.steps {
        let Operation::UpdateIntegration { method: moved, .. } = &step.operation else {
            continue;
        };
        if moved.api != api.id {
            continue;
        }
        let verb = match moved.verb {
            Verb::Get | Verb::Any => Verb::Get,
            Verb::Head => Verb::Head,
            Verb::Delete | Verb::Options | Verb::Patch | Verb::Post | Verb::Put => {
                others = others.saturating_add(1);
                continue;
            }
        };
        let known = method(api, moved.verb, &moved.path);
        if moved.path.contains('{') || Demand::of(known) != Demand::Nothing {
            others = others.saturating_add(1);
        } else {
            paths.insert((moved.path.clone(), verb));
        }
    }
    let asked = |path: &Text, verb| {
        let mut chosen = choice.chosen.iter();
        chosen.any(|one| one.path == *path && one.verb == verb)
    };
    paths.retain(|(path, verb)| !asked(path, *verb));
    others = others.saturating_add(paths.len().saturating_sub(probes.replay));
    let replayed = paths.into_iter().take(probes.replay);
    choice.chosen.extend(replayed.map(|(path, verb)| Chosen {
        verb,
        path,
        headers: Vec::new(),
        status: None,
        bodies: probes.bodies,
    }));
    if others > 0 {
        let methods = match others {
            1 => "1 method".to_owned(),
            others => format!("{others} methods"),
        };
        choice.left_out.push(Text::from(format!(
            "{methods} for a probe to ask: to change something, to take a parameter, a key or a \
             token, or too many"
        )));
    }
}

/// The method that a request of this verb and path runs; literal parts of a path come first.
fn method<'m>(api: &'m RestApi, verb: Verb, path: &str) -> Option<&'m Method> {
    let path = path.split('?').next().unwrap_or_default();
    let methods = api.draft.iter().flatten();
    let fitting = methods.filter_map(|method| {
        let is_any = method.verb == Verb::Any;
        let fits = is_any || method.verb == verb || verb == Verb::Any;
        let rank = fits.then(|| rank(&method.path, path))??;
        Some(((rank, is_any), method))
    });
    let best = fitting.min_by(|a, b| a.0.cmp(&b.0));
    best.map(|(_, method)| method)
}

/// How a template fits a path, segment by segment: less is closer. `None` when it does not.
fn rank(template: &str, path: &str) -> Option<Vec<u8>> {
    if template == path {
        return Some(Vec::new());
    }
    let mut segments = path.trim_start_matches('/').split('/');
    let mut ranks = Vec::new();
    for part in template.trim_start_matches('/').split('/') {
        if part.starts_with('{') && part.ends_with("+}") {
            let rest = segments.next()?;
            ranks.push(2);
            return (!rest.is_empty()).then_some(ranks);
        }
        let segment = segments.next()?;
        match part.starts_with('{') {
            true if !segment.is_empty() => ranks.push(1),
            false if part == segment => ranks.push(0),
            true | false => return None,
        }
    }
    segments.next().is_none().then_some(ranks)
}
