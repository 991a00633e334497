//! The address of an integration after a move: scheme and port of the ALB's listener, everything
//! else as it was written.

use unbridge_model::apigateway::{Stage, VariableValue};
use unbridge_model::route::UriScheme;
use unbridge_model::text::Text;
use unbridge_model::uri::Uri;

/// Why an address cannot be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unwritable {
    /// Scheme, host or port stand in a stage variable that would have to change.
    InVariable,
    /// It is right for other stages, not for this one.
    NotOn(Text),
    /// It has a query string, which the snapshot does not hold.
    QueryString,
    /// It is no address.
    NoAddress,
}

/// What API Gateway calls.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Called<'u> {
    scheme: UriScheme,
    host: &'u str,
    port: u16,
}

/// The address that leads to a listener of this scheme and port on every one of these stages;
/// `None` when it does so as it is.
pub(crate) fn moved<'s>(
    uri: &Uri,
    has_query_string: bool,
    scheme: UriScheme,
    port: u16,
    stages: impl Iterator<Item = &'s Stage> + Clone,
) -> Result<Option<Uri>, Unwritable> {
    let leads_there = |called: &Called<'_>| called.scheme == scheme && called.port == port;
    let there_already = |filled: &Text| called(filled).is_some_and(|called| leads_there(&called));
    let as_it_is = match uri.is_literal() {
        // Most addresses read no variable, and are the same on every stage.
        true => called(uri.base().as_str()).is_some_and(|called| leads_there(&called)),
        false => {
            let mut all = stages.clone().map(|stage| filled(uri, stage));
            all.all(|filled| filled.as_ref().is_some_and(there_already))
        }
    };
    if as_it_is {
        return Ok(None);
    }
    if has_query_string {
        return Err(Unwritable::QueryString);
    }
    let new = rewritten(uri, scheme, port)?;
    for stage in stages {
        let (old, now) = (filled(uri, stage), filled(&new, stage));
        let host = old.as_deref().and_then(called).map(|called| called.host);
        let now = now.as_deref().and_then(called);
        let right = now.is_some_and(|now| leads_there(&now) && Some(now.host) == host);
        if !right {
            return Err(Unwritable::NotOn(stage.name.clone().into()));
        }
    }
    Ok(Some(new))
}

/// The address with this scheme and port, written as short as they can be.
fn rewritten(uri: &Uri, scheme: UriScheme, port: u16) -> Result<Uri, Unwritable> {
    let written = format!("{}{}", uri.base().as_str(), uri.path().as_str());
    let (old, rest) = written.split_once("://").ok_or(Unwritable::InVariable)?;
    if old.contains('$') {
        return Err(Unwritable::InVariable);
    }
    let end = end_of_authority(rest);
    let (authority, path) = rest.split_at(end);
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        Some((_, port)) if !port.contains('}') => return Err(Unwritable::InVariable),
        Some(_) | None => authority,
    };
    if host.is_empty() {
        return Err(Unwritable::NoAddress);
    }
    let port = match port == scheme.default_port() {
        true => String::new(),
        false => format!(":{port}"),
    };
    Ok(Uri::new(&format!("{scheme}://{host}{port}{path}")))
}

/// Where the authority ends; what stands in a variable's name ends nothing.
fn end_of_authority(rest: &str) -> usize {
    let mut in_variable = false;
    for (at, letter) in rest.char_indices() {
        match letter {
            '$' if rest[at..].starts_with("${") => in_variable = true,
            '}' => in_variable = false,
            '/' | '?' | '#' if !in_variable => return at,
            _ => {}
        }
    }
    rest.len()
}

/// The address on a stage; `None` when a variable is missing.
fn filled(uri: &Uri, stage: &Stage) -> Option<Text> {
    let value = |name: &str| match stage.variables.get(name) {
        Some(VariableValue::Clear(text)) => Some(text),
        Some(VariableValue::Sealed(_)) | None => None,
    };
    uri.filled(|template| template.resolve(value).map_err(|_| ()))
        .ok()
}

/// What is called at a filled-in address; `None` when it is none.
fn called(filled: &str) -> Option<Called<'_>> {
    let (scheme, rest) = filled.split_once("://")?;
    let written = |name: &str| scheme.eq_ignore_ascii_case(name);
    let scheme = match (written("http"), written("https")) {
        (true, _) => UriScheme::Http,
        (_, true) => UriScheme::Https,
        (false, false) => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (authority, scheme.default_port()),
    };
    (!host.is_empty()).then_some(Called { scheme, host, port })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use unbridge_model::id::{DeploymentId, StageName};

    use super::*;

    fn stage(name: &str, variables: &[(&str, &str)]) -> Stage {
        let clear = |(name, value): &(&str, &str)| {
            (Text::new(name), VariableValue::Clear(Text::new(value)))
        };
        Stage {
            name: StageName::new(name).unwrap(),
            deployment: DeploymentId::new("d1").unwrap(),
            canary: None,
            variables: variables.iter().map(clear).collect::<BTreeMap<_, _>>(),
            tags: BTreeMap::new(),
            client_certificate: None,
            cache: None,
            deployed: None,
            settings: None,
        }
    }

    fn to(
        uri: &str,
        scheme: UriScheme,
        port: u16,
        stages: &[Stage],
    ) -> Result<Option<String>, Unwritable> {
        let moved = moved(&Uri::new(uri), false, scheme, port, stages.iter())?;
        Ok(moved.map(|uri| format!("{}{}", uri.base().as_str(), uri.path().as_str())))
    }

    #[test]
    fn an_address_that_leads_there_already_stays_as_it_is() {
        let stages = [stage("prod", &[])];
        for same in ["http://n.example/orders", "HTTP://n.example:80/orders"] {
            assert_eq!(to(same, UriScheme::Http, 80, &stages), Ok(None));
        }
    }

    #[test]
    fn only_scheme_and_port_change() {
        let stages = [stage("prod", &[])];
        let new = to(
            "http://n.example:8080/orders/{id}",
            UriScheme::Http,
            80,
            &stages,
        );
        assert_eq!(new, Ok(Some("http://n.example/orders/{id}".to_owned())));
        let new = to("https://n.example/{proxy}", UriScheme::Http, 8080, &stages);
        assert_eq!(new, Ok(Some("http://n.example:8080/{proxy}".to_owned())));
    }

    #[test]
    fn a_variable_that_holds_what_changes_is_not_rewritten_h5() {
        let stages = [stage(
            "prod",
            &[("host", "n.example:8080"), ("url", "http://n.example:8080")],
        )];
        let host = to(
            "http://${stageVariables.host}/x",
            UriScheme::Http,
            80,
            &stages,
        );
        assert_eq!(host, Err(Unwritable::NotOn(Text::new("prod"))));
        let whole = to("${stageVariables.url}/x", UriScheme::Http, 80, &stages);
        assert_eq!(whole, Err(Unwritable::InVariable));
    }

    #[test]
    fn a_variable_that_holds_only_the_host_stays_h5() {
        let stages = [
            stage("dev", &[("host", "d.example")]),
            stage("prod", &[("host", "p.example")]),
        ];
        let new = to(
            "http://${stageVariables.host}:8080/x",
            UriScheme::Http,
            80,
            &stages,
        );
        assert_eq!(new, Ok(Some("http://${stageVariables.host}/x".to_owned())));
    }

    #[test]
    fn what_is_right_for_one_stage_only_is_not_written_h5() {
        let stages = [
            stage("dev", &[("host", "d.example")]),
            stage("prod", &[("host", "p.example:81")]),
        ];
        let new = to(
            "http://${stageVariables.host}/x",
            UriScheme::Http,
            8080,
            &stages,
        );
        assert_eq!(new, Err(Unwritable::NotOn(Text::new("prod"))));
    }

    #[test]
    fn an_address_with_a_query_string_is_not_written() {
        let stages = [stage("prod", &[])];
        let new = moved(
            &Uri::new("http://n.example:81/x"),
            true,
            UriScheme::Http,
            80,
            stages.iter(),
        );
        assert_eq!(new, Err(Unwritable::QueryString));
    }
}
