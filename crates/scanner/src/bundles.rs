//! Chains that differ in their methods alone, together: an NLB has few bundles where it has
//! hundreds of chains.

use std::sync::Arc;

use unbridge_model::assessment::{Chain, SeenIn, Start, Way};

/// Chains of one stage, seen in one place, that take one way.
pub(crate) struct Bundle {
    pub(crate) start: Arc<Start>,
    pub(crate) seen_in: SeenIn,
    pub(crate) way: Arc<Way>,
    pub(crate) methods: u32,
}

impl Bundle {
    fn holds(&self, chain: &Chain) -> bool {
        Arc::ptr_eq(&self.way, &chain.way) && self.seen_in == chain.seen_in
    }
}

/// The bundles of these chains. Those of a stage must follow each other.
pub(crate) fn bundles(chains: &[Chain]) -> Vec<Bundle> {
    let mut bundles: Vec<Bundle> = Vec::new();
    for chain in chains {
        let of_stage = bundles
            .iter_mut()
            .rev()
            .take_while(|bundle| Arc::ptr_eq(&bundle.start, &chain.start));
        match of_stage.into_iter().find(|bundle| bundle.holds(chain)) {
            Some(bundle) => bundle.methods += 1,
            None => bundles.push(Bundle {
                start: Arc::clone(&chain.start),
                seen_in: chain.seen_in,
                way: Arc::clone(&chain.way),
                methods: 1,
            }),
        }
    }
    bundles
}

#[cfg(test)]
mod tests {
    use unbridge_model::finding::{ApiRef, ApiType};
    use unbridge_model::id::StageName;
    use unbridge_model::route::{End, Unfollowed};
    use unbridge_model::text::Text;

    use super::*;

    #[test]
    fn chains_that_differ_in_their_methods_alone_are_one_bundle() {
        let api = Arc::new(ApiRef {
            kind: ApiType::Rest,
            id: Text::new("a1b2c3"),
            name: Text::new("orders"),
        });
        let [prod, test] = ["prod", "test"].map(|stage| {
            Arc::new(Start {
                api: Arc::clone(&api),
                stage: StageName::new(stage).ok(),
            })
        });
        let [one, other] = ["one", "other"].map(|name| {
            Arc::new(Way {
                hops: Vec::new(),
                end: End::Unseen(Unfollowed::Variable(Text::new(name))),
                sent: None,
            })
        });
        let chain = |start: &Arc<Start>, way: &Arc<Way>, seen_in| Chain {
            start: Arc::clone(start),
            path: Text::new("/"),
            verb: None,
            seen_in,
            way: Arc::clone(way),
        };
        let chains = [
            chain(&prod, &one, SeenIn::Both),
            chain(&prod, &other, SeenIn::Both),
            chain(&prod, &one, SeenIn::Both),
            chain(&prod, &one, SeenIn::Draft),
            chain(&test, &one, SeenIn::Both),
        ];
        let told: Vec<_> = bundles(&chains)
            .iter()
            .map(|bundle| {
                let stage = bundle.start.stage.as_ref().map(ToString::to_string);
                let is_one = Arc::ptr_eq(&bundle.way, &one);
                (
                    stage.unwrap_or_default(),
                    is_one,
                    bundle.seen_in,
                    bundle.methods,
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("prod".to_owned(), true, SeenIn::Both, 2),
                ("prod".to_owned(), false, SeenIn::Both, 1),
                ("prod".to_owned(), true, SeenIn::Draft, 1),
                ("test".to_owned(), true, SeenIn::Both, 1),
            ]
        );
    }
}
