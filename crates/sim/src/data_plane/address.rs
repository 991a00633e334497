//! Addresses: of backends, and of where a request comes from.

use unbridge_model::route::UriScheme;

/// An address that API Gateway calls, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) scheme: UriScheme,
    pub(super) name: String,
    pub(super) port: u16,
    pub(super) path: String,
    pub(super) query: String,
}

impl Address {
    /// `None` for what API Gateway cannot call: other schemes, no host, ports besides 80, 443 and
    /// 1024 up. Without a scheme it is HTTP.
    pub(super) fn parse(uri: &str) -> Option<Self> {
        let (scheme, rest) = match uri.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (UriScheme::Http, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => {
                (UriScheme::Https, rest)
            }
            Some(_) => return None,
            None => (UriScheme::Http, uri),
        };
        let (authority, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let host = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) => (name, port.parse().ok()?),
            None => (host, own_port(scheme)),
        };
        let callable = matches!(port, 80 | 443 | 1024..);
        (callable && !name.is_empty()).then(|| Self {
            scheme,
            name: name.to_owned(),
            port,
            path: if path.is_empty() { "/" } else { path }.to_owned(),
            query: query.to_owned(),
        })
    }

    /// The Host header: the port is named when it is not the scheme's own.
    pub(super) fn host(&self) -> String {
        if self.port == own_port(self.scheme) {
            self.name.clone()
        } else {
            format!("{}:{}", self.name, self.port)
        }
    }
}

fn own_port(scheme: UriScheme) -> u16 {
    match scheme {
        UriScheme::Http => 80,
        UriScheme::Https => 443,
    }
}

/// How much of a range others cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coverage {
    Whole,
    Part,
    Nothing,
}

/// A range of IPv4 addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    first: u32,
    last: u32,
}

impl Range {
    /// Every address.
    pub(super) const EVERYWHERE: Self = Self {
        first: 0,
        last: u32::MAX,
    };

    /// An address or a CIDR range; `None` for anything else, IPv6 included.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, bits.parse().ok().filter(|bits| *bits <= 32)?),
            None => (text, 32_u32),
        };
        let address: std::net::Ipv4Addr = address.parse().ok()?;
        let free = u32::MAX.checked_shr(bits).unwrap_or(0);
        let first = u32::from(address) & !free;
        Some(Self {
            first,
            last: first | free,
        })
    }

    pub(crate) fn is_within(self, other: Self) -> bool {
        other.first <= self.first && self.last <= other.last
    }

    pub(super) fn meets(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// The addresses of both.
    pub(super) fn common(self, other: Self) -> Option<Self> {
        self.meets(other).then(|| Self {
            first: self.first.max(other.first),
            last: self.last.min(other.last),
        })
    }

    /// The addresses that lie in this and not in one inside it.
    pub(super) fn without(self, inner: Self) -> Vec<Self> {
        let before = inner.first.checked_sub(1).map(|last| (self.first, last));
        let behind = inner.last.checked_add(1).map(|first| (first, self.last));
        let both = [before, behind].into_iter().flatten();
        let real = both.filter(|(first, last)| first <= last);
        real.map(|(first, last)| Self { first, last }).collect()
    }

    /// How much of this lies in any of these.
    pub(super) fn covered_by(self, ranges: &[Self]) -> Coverage {
        let mut open = vec![self];
        for range in ranges {
            let rest = |part: Self| match part.common(*range) {
                Some(met) => part.without(met),
                None => vec![part],
            };
            open = open.into_iter().flat_map(rest).collect();
        }
        match open.as_slice() {
            [] => Coverage::Whole,
            [all] if *all == self => Coverage::Nothing,
            _ => Coverage::Part,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        let told = |uri: &str| {
            Address::parse(uri).map(|address| {
                let host = address.host();
                format!(
                    "{} {host} {} {}",
                    address.scheme, address.path, address.query
                )
            })
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(told("http://nlb"), some("http nlb / "));
        assert_eq!(told("http://nlb:80/a?b=c"), some("http nlb /a b=c"));
        assert_eq!(told("https://nlb:8443/a"), some("https nlb:8443 /a "));
        assert_eq!(told("http://nlb:443"), some("http nlb:443 / "));
        assert_eq!(told("https://me:pw@nlb?x"), some("https nlb / x"));
        assert_eq!(told("nlb/a"), some("http nlb /a "));
        for bad in [
            "http://",
            "ftp://nlb",
            "http://nlb:81",
            "http://nlb:x",
            "http://:80",
        ] {
            assert_eq!(told(bad), None, "{bad}");
        }
    }

    #[test]
    fn ranges_hold_their_addresses() {
        let range = |text| Range::parse(text).expect("a range");
        assert!(range("10.0.3.4").is_within(range("10.0.0.0/16")));
        assert!(!range("10.1.0.0/16").is_within(range("10.0.0.0/16")));
        assert!(range("10.0.0.0/8").meets(range("10.9.0.0/20")));
        assert!(!range("10.0.0.0/20").meets(range("10.0.16.0/20")));
        assert!(range("192.0.2.1").is_within(range("0.0.0.0/0")));
        assert_eq!(
            range("10.0.0.0/24").covered_by(&[range("10.0.0.128/25"), range("10.0.0.0/25")]),
            Coverage::Whole
        );
        assert_eq!(
            range("10.0.0.0/24").covered_by(&[range("10.0.0.7")]),
            Coverage::Part
        );
        assert_eq!(
            range("10.0.0.0/24").covered_by(&[range("10.0.1.0/24")]),
            Coverage::Nothing
        );
        assert_eq!(
            Range::EVERYWHERE.covered_by(&[range("0.0.0.0/0")]),
            Coverage::Whole
        );
        assert_eq!(Range::parse("2001:db8::/32"), None);
        assert_eq!(Range::parse("10.0.0.0/33"), None);
    }
}
