//! Other users of load balancers: whatever leads to one without API Gateway.
//!
//! Regional sources are asked once in each region in play, sources of the account once in a scan.
//! Most of what they tell leads elsewhere, so every page is sifted as it comes. What names a load
//! balancer of another region or account is kept: whoever reads that one as well can join them.

use std::collections::BTreeSet;
use std::net::IpAddr;

use futures::StreamExt;
use unbridge_model::call::Call;
use unbridge_model::gap::{GapClass, Source, Unseen};
use unbridge_model::id::{AcceleratorArn, AcceleratorListenerArn};
use unbridge_model::port::{Reader, Timer};
use unbridge_model::snapshot::Record;
use unbridge_model::user::{Pointer, User};

use super::UserSources;
use super::ask::{Asker, listed};

/// Calls of one kind at the same time: more than their services answer in a second at any pace.
const AT_ONCE: usize = 8;

/// Addresses that may be those of load balancers.
pub(super) enum Addresses {
    /// Those of the load balancers that this scan has seen.
    Seen(BTreeSet<IpAddr>),
    /// Any.
    Any,
}

impl Addresses {
    fn hold(&self, address: &str) -> bool {
        let parsed = address.parse::<IpAddr>();
        match self {
            Self::Seen(seen) => parsed.is_ok_and(|address| seen.contains(&address)),
            Self::Any => parsed.is_ok(),
        }
    }
}

/// Reads the sources of the place where `asker` asks: those of a region, or those of the account.
pub(super) async fn read<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    users: UserSources,
    addresses: &Addresses,
) {
    let here = Source::USERS
        .iter()
        .filter(|source| source.is_global() == asker.is_global());
    let each = here.map(async |source| match users {
        UserSources::Read | UserSources::ReadForSiblings => {
            read_source(asker, *source, addresses).await
        }
        UserSources::Skip | UserSources::SkipForSiblings => asker.gap(
            Unseen::Source { source: *source },
            GapClass::Skipped,
            "the scan was told to leave it out",
        ),
    });
    futures::future::join_all(each).await;
}

async fn read_source<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    source: Source,
    addresses: &Addresses,
) {
    let told_by = |call| sift(asker, call, addresses);
    match source {
        Source::DnsRecords => read_records(asker, addresses).await,
        Source::Accelerators => read_accelerators(asker, addresses).await,
        Source::CloudfrontOrigins => {
            futures::join!(
                told_by(Call::ListDistributions),
                told_by(Call::ListVpcOrigins)
            );
        }
        Source::VerifiedAccessEndpoints => told_by(Call::DescribeVerifiedAccessEndpoints).await,
        Source::TrafficMirrorTargets => told_by(Call::DescribeTrafficMirrorTargets).await,
        Source::Alarms => told_by(Call::DescribeAlarms).await,
        // These show no users and are read elsewhere.
        Source::Certificates
        | Source::WebAcls
        | Source::NetworkAcls
        | Source::RouteTables
        | Source::ApiSettings
        | Source::DomainNames
        | Source::MoveComparison => {}
    }
}

async fn read_records<R: Reader, T: Timer>(asker: &Asker<'_, R, T>, addresses: &Addresses) {
    let zones = asker
        .listing(Call::ListHostedZones, listed!(HostedZones))
        .await
        .once(Clone::clone);
    let one = async |zone| sift(asker, Call::ListResourceRecordSets { zone }, addresses).await;
    futures::stream::iter(zones.items)
        .for_each_concurrent(AT_ONCE, one)
        .await;
}

async fn read_accelerators<R: Reader, T: Timer>(asker: &Asker<'_, R, T>, addresses: &Addresses) {
    let endpoints = async |listener: AcceleratorListenerArn| {
        sift(asker, Call::ListEndpointGroups { listener }, addresses).await;
    };
    let one = async |accelerator: AcceleratorArn| {
        let listeners = asker
            .listing(
                Call::ListListeners { accelerator },
                listed!(AcceleratorListeners),
            )
            .await
            .once(Clone::clone);
        futures::stream::iter(listeners.items)
            .for_each_concurrent(AT_ONCE, endpoints)
            .await;
    };
    let accelerators = asker
        .listing(Call::ListAccelerators, listed!(Accelerators))
        .await
        .once(Clone::clone);
    futures::stream::iter(accelerators.items)
        .for_each_concurrent(AT_ONCE, one)
        .await;
}

/// Writes the users that a call tells of and that may lead to a load balancer.
async fn sift<R: Reader, T: Timer>(asker: &Asker<'_, R, T>, call: Call, addresses: &Addresses) {
    let keep = |users: Vec<User>| {
        for mut user in users {
            user.points_at
                .retain(|pointer| may_be_a_load_balancer(pointer, addresses));
            if !user.points_at.is_empty() {
                asker.put(Record::User(user));
            }
        }
    };
    asker.pages(call, listed!(Users), keep).await;
}

/// By ARN and by metrics always, by name when Elastic Load Balancing gives such names, by address
/// only when it was seen at one.
fn may_be_a_load_balancer(pointer: &Pointer, addresses: &Addresses) -> bool {
    match pointer {
        Pointer::Arn(_) => true,
        Pointer::Metrics(dimension) => dimension.starts_with("net/"),
        Pointer::DnsName(name) => {
            let of_aws = name.ends_with(".amazonaws.com") || name.ends_with(".amazonaws.com.cn");
            of_aws && name.contains(".elb.")
        }
        Pointer::Address(address) => addresses.hold(address),
    }
}

#[cfg(test)]
mod tests {
    use unbridge_model::text::Text;

    use super::*;

    #[test]
    fn names_of_load_balancers_are_told_from_others() {
        let check = |name: &str, kept: bool| {
            let pointer = Pointer::DnsName(Text::new(name));
            assert_eq!(
                may_be_a_load_balancer(&pointer, &Addresses::Seen(BTreeSet::new())),
                kept,
                "{name}"
            );
        };
        check("orders-0123.elb.eu-west-1.amazonaws.com", true);
        check("dualstack.orders-0123.elb.eu-west-1.amazonaws.com", true);
        check("orders-0123.elb.cn-north-1.amazonaws.com.cn", true);
        check("bucket.s3.amazonaws.com", false);
        check("orders.elb.example.com", false);
        check("evilamazonaws.com", false);
    }

    #[test]
    fn addresses_are_compared_as_addresses() {
        let seen = ["10.0.0.7", "2001:db8::7"].map(|text| text.parse().expect("an address"));
        let seen = Addresses::Seen(BTreeSet::from(seen));
        let check = |address: &str, known: bool, any: bool| {
            let pointer = Pointer::Address(Text::new(address));
            let kept = |addresses| may_be_a_load_balancer(&pointer, addresses);
            assert_eq!(
                (kept(&seen), kept(&Addresses::Any)),
                (known, any),
                "{address}"
            );
        };
        check("10.0.0.7", true, true);
        check("2001:0DB8:0:0::7", true, true);
        check("10.0.0.8", false, true);
        check("no address", false, false);
    }

    #[test]
    fn only_metrics_of_nlbs_count() {
        let pointer = |dimension: &str| Pointer::Metrics(Text::new(dimension));
        let none = Addresses::Seen(BTreeSet::new());
        assert!(may_be_a_load_balancer(&pointer("net/orders/0123"), &none));
        assert!(!may_be_a_load_balancer(&pointer("app/orders/0123"), &none));
    }
}
