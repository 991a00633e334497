//! Capacity units of an NLB (NLCU), from what passed it.
//!
//! Source: AWS, "Elastic Load Balancing pricing", Network Load Balancer Capacity Units: for each
//! protocol the largest of new flows a second, active flows and gigabytes an hour counts, each over
//! what one unit holds; protocols are added.

/// What decides how many units a flow takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Protocol {
    Tcp,
    Tls,
    Udp,
}

/// What one unit holds.
struct Holds {
    new_flows_a_second: f64,
    active_flows: f64,
}

/// Bytes of the gigabyte an hour that one unit holds. AWS does not say whether it is 10^9 or 2^30
/// bytes; the smaller one gives more units.
const BYTES_OF_A_UNIT: f64 = 1e9;

impl Protocol {
    /// Every protocol.
    pub const ALL: [Self; 3] = [Self::Tcp, Self::Tls, Self::Udp];

    fn holds(self) -> Holds {
        match self {
            Self::Tcp => Holds {
                new_flows_a_second: 800.0,
                active_flows: 100_000.0,
            },
            Self::Tls => Holds {
                new_flows_a_second: 50.0,
                active_flows: 3_000.0,
            },
            Self::Udp => Holds {
                new_flows_a_second: 400.0,
                active_flows: 50_000.0,
            },
        }
    }
}

/// What passed in one protocol within one hour.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Hour {
    /// Flows that began.
    pub new_flows: f64,
    /// Flows that were open, on average.
    pub active_flows: f64,
    /// Bytes.
    pub bytes: f64,
}

/// The units that this takes.
#[must_use]
pub fn units(protocol: Protocol, hour: Hour) -> f64 {
    let holds = protocol.holds();
    let new = hour.new_flows / 3600.0 / holds.new_flows_a_second;
    let active = hour.active_flows / holds.active_flows;
    let bytes = hour.bytes / BYTES_OF_A_UNIT;
    new.max(active).max(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(protocol: Protocol, [new_a_second, active, bytes]: [f64; 3], taken: f64) {
        let hour = Hour {
            new_flows: new_a_second * 3600.0,
            active_flows: active,
            bytes,
        };
        let got = units(protocol, hour);
        assert!((got - taken).abs() < 1e-9, "{protocol:?} {hour:?}: {got}");
    }

    /// One new TCP flow a second that stays open for 2 minutes and 1.08 GB an hour: 0.00125 units
    /// of new flows, 0.0012 of active ones, 1.08 of bytes.
    #[test]
    fn the_largest_dimension_counts() {
        check(Protocol::Tcp, [1.0, 120.0, 1.08e9], 1.08);
        check(Protocol::Tcp, [1600.0, 120.0, 0.0], 2.0);
        check(Protocol::Tcp, [0.0, 50_000.0, 1.0], 0.5);
    }

    #[test]
    fn protocols_have_divisors_of_their_own() {
        check(Protocol::Tls, [100.0, 0.0, 0.0], 2.0);
        check(Protocol::Tls, [0.0, 4_500.0, 0.0], 1.5);
        check(Protocol::Udp, [100.0, 0.0, 0.0], 0.25);
        check(Protocol::Udp, [0.0, 25_000.0, 0.0], 0.5);
    }

    #[test]
    fn nothing_takes_nothing() {
        for protocol in Protocol::ALL {
            check(protocol, [0.0; 3], 0.0);
        }
    }
}
