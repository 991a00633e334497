//! Accounts by chance, for property tests and benches: any mix of situations, fully known by its
//! seed.

mod shuffle;
mod ways;

use unbridge_model::apigateway::Verb;
use unbridge_model::route::Request;

use crate::account::Account;
use crate::build::{Backend, BuildError, Estate, Situation, short};
use crate::random::Random;
use crate::requests::everything;

pub use shuffle::shuffle;

/// How many situations an estate consists of; each has up to two NLBs and two APIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(pub usize);

impl Size {
    /// One situation.
    pub const ONE: Self = Self(1);
    /// A handful.
    pub const SMALL: Self = Self(5);
    /// A few dozen.
    pub const LARGE: Self = Self(36);
}

const WORDS: [&str; 12] = [
    "orders", "billing", "search", "crm", "stock", "users", "media", "maps", "chat", "audit",
    "quotes", "claims",
];
const PORTS: [u16; 4] = [80, 443, 8080, 8443];

/// The account of this seed and size: the same in every version and on every machine.
///
/// # Errors
/// Never: [`BuildError`] would be a mistake of this file.
pub fn generate(seed: u64, size: Size) -> Result<Account, BuildError> {
    let mut random = Random::new(seed);
    let mut estate = Estate::new("123456789012").region("eu-west-1");
    // Names of links that stand in the region being built, for APIs that use several.
    let mut links = Vec::new();
    for number in 0..size.0 {
        if number > 0 && number == size.0 / 2 && random.percent(25) {
            estate = estate.region("us-east-1");
            links.clear();
        }
        let Some(situation) = random.pick(&Situation::ALL) else {
            break;
        };
        let word = random.pick(&WORDS).copied().unwrap_or_default();
        let port = random.pick(&PORTS).copied().unwrap_or_default();
        let name = format!("{word}-{number}");
        estate = situation.add(estate, &name, port);
        if *situation == Situation::CleanBridge {
            links.push(format!("{name}-link"));
        }
        if random.percent(20) {
            estate = wide_api(estate, &mut random, &links, number);
        }
        if random.percent(50) {
            estate = ways::add(estate, &mut random, number);
        }
    }
    estate.build()
}

/// Requests to every method of every stage and every canary of the account's REST APIs: a plain one,
/// and one with a query string and a header that rules may look at. `ANY` is asked by `GET` and by
/// `POST`.
#[must_use]
pub fn requests(account: &Account) -> Vec<Request> {
    everything(account)
}

/// An API with methods over several links, private and public.
fn wide_api(estate: Estate, random: &mut Random, links: &[String], number: usize) -> Estate {
    estate.rest_api(&format!("wide-{number}"), |mut api| {
        for method in 0..=random.below(6) {
            let path = format!("/wide/{method}/{{id}}");
            api = match random.pick(links) {
                Some(link) if random.percent(70) => api.method(Verb::Get, &path, link),
                _ => api.public(Verb::Get, &path),
            };
            if random.percent(20) {
                api = api.deploy("test");
            }
        }
        api.deploy("prod")
    })
}

/// The account with things beside it that change nothing for what was there: APIs without private
/// integrations, load balancers in a VPC of their own, a version 2 link that nobody uses. The VPC
/// has the same address range as the others, so equal addresses in it mean nothing.
///
/// # Errors
/// When the account holds things from the same seed already.
pub fn unrelated(account: Account, seed: u64) -> Result<Account, BuildError> {
    let mut random = Random::new(seed);
    let regions: Vec<String> = account.regions.keys().map(ToString::to_string).collect();
    let mut estate = Estate::extend(account);
    let prefix = format!("x{}", short(random.number(), 5));
    for region in regions {
        estate = estate.region(&region).vpc(&prefix);
        for number in 0..=random.below(3) {
            let name = format!("{prefix}-{number}");
            let port = random.pick(&PORTS).copied().unwrap_or_default();
            let backend = match random.below(2) {
                0 => Backend::Addresses,
                _ => Backend::Instances,
            };
            estate = estate
                .alb(&format!("{name}-alb"), port)
                .nlb(&format!("{name}-nlb"))
                .serve(&format!("{name}-nlb"), port, backend);
            estate = Situation::PublicApi.add(estate, &name, port);
        }
        estate = estate
            .v2_link(&format!("{prefix}-v2"))
            .http_api(&format!("{prefix}-http"), |api| {
                api.public("GET /").auto("$default")
            });
    }
    estate.build()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use unbridge_model::elb::LoadBalancerType;

    use super::*;
    use crate::coherent::complaints;

    fn of(seed: u64, size: Size) -> Account {
        generate(seed, size).unwrap_or_else(|error| panic!("seed {seed}: {error}"))
    }

    #[test]
    fn any_estate_could_stand_in_aws() {
        for seed in 0..200 {
            let size = Size(1 + usize::try_from(seed).expect("small") % 40);
            assert_eq!(complaints(&of(seed, size)), [""; 0], "seed {seed}");
        }
    }

    #[test]
    fn a_seed_has_one_estate_and_seeds_differ() {
        assert_eq!(of(7, Size::LARGE), of(7, Size::LARGE));
        assert_ne!(of(7, Size::LARGE), of(8, Size::LARGE));
        let nlbs = |account: Account| {
            let regions = account.regions.into_values();
            let lbs = regions.flat_map(|region| region.load_balancers);
            lbs.filter(|lb| lb.kind == LoadBalancerType::Network)
                .count()
        };
        assert!(nlbs(of(1, Size::LARGE)) > 20);
    }

    #[test]
    fn unrelated_things_leave_everything_else_as_it_was() {
        for seed in 0..50 {
            let account = of(seed, Size::SMALL);
            let more = unrelated(account.clone(), seed).expect("an account");
            assert_eq!(complaints(&more), [""; 0], "seed {seed}");
            for (region, before) in &account.regions {
                let after = &more.regions[region];
                let load_balancers = before.load_balancers.iter();
                assert!(
                    load_balancers.eq(after
                        .load_balancers
                        .iter()
                        .take(before.load_balancers.len()))
                );
                let apis = after.rest_apis.iter().take(before.rest_apis.len());
                assert!(before.rest_apis.iter().eq(apis));
                assert!(after.load_balancers.len() >= before.load_balancers.len() + 2);
            }
            let twice = unrelated(more, seed + 1000).expect("an account");
            assert_eq!(complaints(&twice), [""; 0], "seed {seed}");
        }
    }

    #[test]
    fn a_shuffle_changes_order_and_nothing_else() {
        let account = of(3, Size::LARGE);
        let other = shuffle(account.clone(), 1);
        assert_ne!(account, other);
        assert_eq!(other, shuffle(account.clone(), 1));
        assert_eq!(complaints(&other), [""; 0]);
        let ids = |account: &Account| -> Vec<_> {
            let regions = account.regions.values();
            regions
                .flat_map(|region| &region.load_balancers)
                .map(|lb| lb.arn.clone())
                .collect()
        };
        assert_ne!(ids(&account), ids(&other));
        let set = |account: &Account| ids(account).into_iter().collect::<BTreeSet<_>>();
        assert_eq!(set(&account), set(&other));
    }

    #[test]
    fn the_requests_of_estates_land_in_every_way_there_is() {
        use unbridge_model::route::{Landing, ListenerEnd};

        use crate::data_plane::answer;

        let mut seen = BTreeSet::new();
        let mut unseen = 0;
        let mut all = 0;
        for seed in 0..25 {
            let account = of(seed, Size(8));
            for request in requests(&account) {
                all += 1;
                let word = match answer(&account, &request) {
                    Landing::Lands { ends, .. } if ends.len() > 1 => "several",
                    Landing::Lands { ends, .. } => match ends.first() {
                        Some(ListenerEnd::Forward { groups }) if groups.len() > 1 => "weighted",
                        Some(ListenerEnd::Forward { .. }) => "forward",
                        Some(ListenerEnd::Redirect { .. }) => "redirect",
                        Some(ListenerEnd::FixedResponse { .. }) => "fixed",
                        Some(ListenerEnd::Authenticate { .. }) => "authenticate",
                        None => "nothing",
                    },
                    Landing::NotPrivate => "not private",
                    Landing::Refused => "refused",
                    Landing::Unseen => {
                        unseen += 1;
                        "unseen"
                    }
                };
                seen.insert(word);
            }
        }
        let expect = [
            "authenticate",
            "fixed",
            "forward",
            "not private",
            "redirect",
            "refused",
            "several",
            "unseen",
            "weighted",
        ];
        assert_eq!(seen, BTreeSet::from(expect));
        assert!(unseen * 20 < all, "{unseen} of {all} are not seen");
    }
}
