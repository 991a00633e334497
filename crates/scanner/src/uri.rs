//! The address of an integration, as far as it decides a route.

use unbridge_model::route::UriScheme;

/// An address API Gateway sends requests to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Address<'u> {
    pub(crate) scheme: UriScheme,
    pub(crate) host: &'u str,
    /// The port that picks the listener; the scheme's own where none is written.
    pub(crate) port: u16,
}

/// Reads an `http(s)` address; `None` when API Gateway could not call it.
pub(crate) fn parse(uri: &str) -> Option<Address<'_>> {
    // One byte is found many times faster than a word, and this is asked a million times.
    let (scheme, rest) = uri.split_once(':')?;
    let rest = rest.strip_prefix("//")?;
    let scheme = match scheme {
        s if s.eq_ignore_ascii_case("http") => UriScheme::Http,
        s if s.eq_ignore_ascii_case("https") => UriScheme::Https,
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority
        .rsplit_once('@')
        .map_or(authority, |(_, behind)| behind);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok().filter(|port| *port > 0)?),
        None => (authority, scheme.default_port()),
    };
    (!host.is_empty()).then_some(Address { scheme, host, port })
}

/// The load balancer names a host may mean: itself in lower case, without the dot that ends a full
/// name; and, behind a zone, the load balancer of a zonal name (`eu-west-1a.NAME`).
pub(crate) fn names_of(host: &str) -> Vec<String> {
    let whole = host.trim_end_matches('.').to_ascii_lowercase();
    let zonal = whole.split_once('.').map(|(_, rest)| rest.to_owned());
    std::iter::once(whole).chain(zonal).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(uri: &str, expect: Option<(UriScheme, &str, u16)>) {
        let got = parse(uri).map(|a| (a.scheme, a.host, a.port));
        assert_eq!(got, expect, "{uri}");
    }

    #[test]
    fn the_port_is_the_schemes_own_unless_written() {
        check(
            "http://nlb.example/orders",
            Some((UriScheme::Http, "nlb.example", 80)),
        );
        check(
            "https://nlb.example",
            Some((UriScheme::Https, "nlb.example", 443)),
        );
        check(
            "HTTPS://nlb.example:8443/{proxy}",
            Some((UriScheme::Https, "nlb.example", 8443)),
        );
        check(
            "http://user@nlb.example:81?x=1",
            Some((UriScheme::Http, "nlb.example", 81)),
        );
    }

    #[test]
    fn what_cannot_be_called_is_no_address() {
        for uri in [
            "",
            "nlb.example/x",
            "ftp://x",
            "http://",
            "http://:80",
            "http://x:0",
            "http://x:99999",
            "http://x:y",
        ] {
            check(uri, None);
        }
    }
}
