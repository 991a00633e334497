//! Evidence of who else uses an NLB.

use unbridge_model::finding::{ApiRef, Consumers, TrafficTold};
use unbridge_model::gap::{Gap, Source};
use unbridge_model::id::{AccountId, EndpointServiceId, VpcLinkId};
use unbridge_model::text::Text;

use super::{Evidence, MOST, api, gap, names, source_in_words, traffic};
use crate::layout::{count, some};

pub(super) fn websocket_uses_v1_link(websocket: &ApiRef, link: Option<&VpcLinkId>) -> Evidence {
    Evidence::new(match link {
        Some(link) => format!("{} uses VPC link v1 {link}", api(websocket)),
        None => format!("{} calls the NLB by its public name", api(websocket)),
    })
}

pub(super) fn endpoint_service_consumer(
    service: &EndpointServiceId,
    owners: &[AccountId],
    known_as: Consumers,
) -> Evidence {
    let accounts: Vec<String> = owners.iter().map(ToString::to_string).collect();
    let accounts = accounts.as_slice();
    Evidence::new(match (known_as, accounts) {
        (Consumers::MaybeApiGateway, _) => format!(
            "account {} connects to endpoint service {service}: API Gateway itself, or somebody \
             else; its account in this region is not published",
            some(accounts, MOST)
        ),
        (Consumers::Strangers, []) => {
            format!("endpoint service {service}: nobody is connected yet")
        }
        (Consumers::Strangers, [one]) => {
            format!("account {one} connects to endpoint service {service}")
        }
        (Consumers::Strangers, _) => format!(
            "accounts {} connect to endpoint service {service}",
            some(accounts, MOST)
        ),
    })
}

pub(super) fn static_addresses(addresses: &[Text]) -> Evidence {
    Evidence::with(
        format!(
            "{}:",
            count(addresses.len(), "chosen address", "chosen addresses")
        ),
        names(addresses),
    )
}

/// Users that say themselves what they are.
pub(super) fn listed(users: &[Text], (one, many): (&str, &str)) -> Evidence {
    Evidence::with(format!("{}:", count(users.len(), one, many)), names(users))
}

pub(super) fn traffic_not_explained(told: TrafficTold, ports: &[u16]) -> Evidence {
    let ports: Vec<_> = ports.iter().map(ToString::to_string).collect();
    let one_or_many = if ports.len() == 1 { "port" } else { "ports" };
    Evidence::new(format!(
        "{}; no stage uses {one_or_many} {}",
        traffic(told),
        ports.join(", ")
    ))
}

pub(super) fn unknown_users(gaps: &[Gap], sources: &[Source]) -> Evidence {
    let sources = sources
        .iter()
        .map(|source| source_in_words(*source).to_owned());
    Evidence::with("not seen:".to_owned(), by_account(gaps).chain(sources))
}

/// A line for each gap; where they are of several accounts, each says whose it is.
fn by_account(gaps: &[Gap]) -> impl Iterator<Item = String> {
    let mut accounts = gaps.iter().map(|gap| &gap.account);
    let first = accounts.next();
    let several = accounts.any(|account| Some(account) != first);
    gaps.iter().map(move |one| {
        let whose = match several {
            true => format!(" of account {}", one.account),
            false => String::new(),
        };
        gap(one, &whose)
    })
}
