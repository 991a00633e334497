//! Where an address leads to: API, stage, and the path behind them.

use unbridge_model::apigateway::{ApiMapping, DomainName};
use unbridge_model::text::Text;

/// What an address names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Located {
    /// The API's id; `None` where it is not named.
    pub(super) api: Option<Text>,
    /// The stage; `None` where it is not named.
    pub(super) stage: Option<Text>,
    /// The path behind them, from the `/` on, with its query.
    pub(super) path: Text,
}

/// Finds out where a path, or an address at a custom domain or at an API's own host, leads to.
///
/// # Errors
/// Why it leads nowhere, for a person.
pub(super) fn locate(written: &str, domains: &[DomainName]) -> Result<Located, String> {
    if written.starts_with('/') {
        return Ok(Located {
            api: None,
            stage: None,
            path: Text::new(written),
        });
    }
    let behind = ["https://", "http://"]
        .iter()
        .find_map(|scheme| written.strip_prefix(scheme));
    let behind = behind
        .ok_or_else(|| format!("{written} is neither a path that begins with / nor an address"))?;
    let end = behind.find(['/', '?']).unwrap_or(behind.len());
    let (host, path) = behind.split_at(end);
    let host = host.split(':').next().unwrap_or_default();
    let host = host.to_ascii_lowercase();
    let path = match path.starts_with('/') {
        true => path.to_owned(),
        false => format!("/{path}"),
    };
    if let Some((label, _)) = host.split_once(".execute-api.") {
        // A VPC endpoint's own name stands behind the API's id.
        let api = label.split('-').next().unwrap_or_default();
        let (stage, path) = first_segment(&path);
        return Ok(Located {
            api: Some(Text::new(api)),
            stage: Some(Text::new(stage)),
            path: Text::from(path),
        });
    }
    let domain = domain(&host, domains).ok_or_else(|| {
        format!("{host} is no custom domain name of the region, and not an API's own host")
    })?;
    let mappings = domain.mappings.as_ref();
    let mappings = mappings.ok_or_else(|| format!("what {host} leads to was not read"))?;
    let longest = mappings
        .iter()
        .filter_map(|mapping| Some((mapping, behind_key(&path, mapping)?)))
        .min_by_key(|(_, rest)| rest.len());
    let (mapping, rest) = longest.ok_or_else(|| format!("{host} maps nothing to {path}"))?;
    Ok(Located {
        api: Some(mapping.api.clone()),
        stage: Some(mapping.stage.clone()),
        path: Text::from(rest),
    })
}

/// The domain of a host: its own before one that stands for many.
fn domain<'d>(host: &str, domains: &'d [DomainName]) -> Option<&'d DomainName> {
    let own = domains
        .iter()
        .find(|known| known.name.eq_ignore_ascii_case(host));
    own.or_else(|| {
        let (_, parent) = host.split_once('.')?;
        let of_many = |known: &&DomainName| {
            let behind = known.name.strip_prefix("*.");
            behind.is_some_and(|behind| behind.eq_ignore_ascii_case(parent))
        };
        domains.iter().find(of_many)
    })
}

/// What is left of a path behind a mapping's key; `None` when it does not begin with that.
fn behind_key(path: &str, mapping: &ApiMapping) -> Option<String> {
    let key = mapping.key.as_deref().unwrap_or_default().trim_matches('/');
    if key.is_empty() {
        return Some(path.to_owned());
    }
    let rest = path.strip_prefix('/')?.strip_prefix(key)?;
    match rest.chars().next() {
        Some('/') => Some(rest.to_owned()),
        None | Some('?') => Some(format!("/{rest}")),
        Some(_) => None,
    }
}

/// The first segment of a path, and what stands behind it.
fn first_segment(path: &str) -> (&str, String) {
    let path = path.strip_prefix('/').unwrap_or(path);
    let end = path.find(['/', '?']).unwrap_or(path.len());
    let (first, rest) = path.split_at(end);
    match rest.starts_with('/') {
        true => (first, rest.to_owned()),
        false => (first, format!("/{rest}")),
    }
}
