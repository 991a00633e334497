//! Other accounts of the same organization: what they have that leads to load balancers, wherever
//! those are, and which accounts nobody has looked into.
//!
//! Nothing here decides anything: [`crate::users`] joins it with the users of the account itself, and
//! what was not seen counts as a gap of every account but the one it is in.

use std::collections::BTreeMap;

use unbridge_model::call::CallKind;
use unbridge_model::gap::{Gap, GapClass, Source, Unseen};
use unbridge_model::id::AccountId;
use unbridge_model::text::Text;
use unbridge_model::user::{Pointer, User, UserKind};

use crate::users::meanings;

/// Accounts that a message names before it only counts.
const NAMED: usize = 3;

/// What is known of the other accounts.
#[derive(Debug, Default)]
pub struct Siblings {
    by_pointer: BTreeMap<Pointer, Vec<Sibling>>,
    unseen: BTreeMap<CallKind, BTreeMap<AccountId, GapClass>>,
    /// Whether there may be accounts that nobody knows of.
    unlisted: bool,
}

/// Something of another account that leads to a load balancer.
#[derive(Debug)]
pub(crate) struct Sibling {
    pub(crate) account: AccountId,
    pub(crate) kind: UserKind,
    pub(crate) id: Text,
}

impl Siblings {
    /// Takes in what an account has that belongs to no region. Whatever has a region leads to load
    /// balancers of its own account alone.
    pub fn add(&mut self, account: &AccountId, users: &[User], gaps: &[Gap]) {
        for user in users.iter().filter(|user| user.kind.is_global()) {
            for pointer in user.points_at.iter().flat_map(meanings) {
                self.by_pointer.entry(pointer).or_default().push(Sibling {
                    account: account.clone(),
                    kind: user.kind,
                    id: user.id.clone(),
                });
            }
        }
        for gap in gaps.iter().filter(|gap| gap.region.is_none()) {
            let calls: &[CallKind] = match &gap.unseen {
                Unseen::Call { call, .. } => std::slice::from_ref(call),
                Unseen::Source { source } => call_of(*source),
                Unseen::Rest => FIRST_CALLS,
            };
            for call in calls
                .iter()
                .filter(|call| shows_users_of_the_account(**call))
            {
                self.mark(*call, account, gap.class);
            }
        }
    }

    /// An account that is known to be there and that nobody has looked into.
    pub fn add_unseen(&mut self, account: &AccountId) {
        for call in FIRST_CALLS {
            self.mark(*call, account, GapClass::NoSnapshot);
        }
    }

    /// Which accounts there are could not be read: any number may be missing.
    pub fn add_unlisted(&mut self) {
        self.unlisted = true;
    }

    fn mark(&mut self, call: CallKind, account: &AccountId, class: GapClass) {
        let of = self.unseen.entry(call).or_default();
        of.entry(account.clone()).or_insert(class);
    }

    /// Whether everything was seen of others than this account.
    #[must_use]
    pub fn are_seen_by(&self, account: &AccountId) -> bool {
        self.gaps_beside(account).is_empty()
    }

    /// What other accounts than this one have that leads there.
    pub(crate) fn that_point_at<'s>(
        &'s self,
        pointer: &Pointer,
        account: &AccountId,
    ) -> impl Iterator<Item = &'s Sibling> {
        let found = self.by_pointer.get(pointer).into_iter().flatten();
        found.filter(move |sibling| sibling.account != *account)
    }

    /// What was not seen of others than this account, a gap for each kind of call: of thousands of
    /// accounts a few are named.
    pub(crate) fn gaps_beside(&self, account: &AccountId) -> Vec<Gap> {
        let gap = |call, account: &AccountId, class, named| Gap {
            account: account.clone(),
            region: None,
            unseen: Unseen::Call { call, of: None },
            class,
            message: Text::from(format!("not seen in other accounts: {named}")),
        };
        let one = |(call, of): (&CallKind, &BTreeMap<AccountId, GapClass>)| {
            let mut others = of.iter().filter(|(other, _)| *other != account);
            let (first, class) = others.next()?;
            let mut named = first.to_string();
            for (other, _) in others.by_ref().take(NAMED - 1) {
                named = format!("{named}, {other}");
            }
            match others.count() {
                0 => {}
                more => named = format!("{named} and {more} more"),
            }
            Some(gap(*call, first, *class, named))
        };
        let mut gaps: Vec<Gap> = self.unseen.iter().filter_map(one).collect();
        if self.unlisted {
            let nobody = "nothing says which there are";
            let of = |call| gap(call, account, GapClass::NoSnapshot, nobody.to_owned());
            gaps.extend(FIRST_CALLS.iter().map(|call| of(*call)));
        }
        gaps
    }
}

/// The calls without which nothing of a source can be known.
const FIRST_CALLS: &[CallKind] = &[
    CallKind::ListHostedZones,
    CallKind::ListAccelerators,
    CallKind::ListDistributions,
    CallKind::ListVpcOrigins,
];

fn call_of(source: Source) -> &'static [CallKind] {
    match source {
        Source::DnsRecords => &[CallKind::ListHostedZones],
        Source::Accelerators => &[CallKind::ListAccelerators],
        Source::CloudfrontOrigins => &[CallKind::ListDistributions, CallKind::ListVpcOrigins],
        Source::VerifiedAccessEndpoints
        | Source::TrafficMirrorTargets
        | Source::Alarms
        | Source::Certificates
        | Source::WebAcls
        | Source::NetworkAcls
        | Source::RouteTables
        | Source::ApiSettings
        | Source::DomainNames
        | Source::MoveComparison => &[],
    }
}

fn shows_users_of_the_account(call: CallKind) -> bool {
    FIRST_CALLS.contains(&call)
        || matches!(
            call,
            CallKind::ListResourceRecordSets
                | CallKind::ListListeners
                | CallKind::ListEndpointGroups
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(number: u64) -> AccountId {
        AccountId::new(format!("{number:012}")).expect("an account")
    }

    #[test]
    fn of_many_unseen_accounts_a_few_are_named_and_never_the_one_that_asks() {
        let mut siblings = Siblings::default();
        assert_eq!(siblings.gaps_beside(&account(1)), []);
        siblings.add_unseen(&account(1));
        assert_eq!(siblings.gaps_beside(&account(1)), []);
        for number in 2..=6 {
            siblings.add_unseen(&account(number));
        }
        let told = |asking| {
            let gaps = siblings.gaps_beside(&account(asking));
            assert_eq!(gaps.len(), FIRST_CALLS.len());
            gaps[0].message.to_string()
        };
        assert_eq!(
            told(1),
            "not seen in other accounts: 000000000002, 000000000003, 000000000004 and 2 more"
        );
        assert_eq!(
            told(7),
            "not seen in other accounts: 000000000001, 000000000002, 000000000003 and 3 more"
        );
    }

    #[test]
    fn accounts_that_nobody_can_list_may_hold_anything() {
        let mut siblings = Siblings::default();
        assert!(siblings.are_seen_by(&account(1)));
        siblings.add_unlisted();
        assert!(!siblings.are_seen_by(&account(1)));
        let gaps = siblings.gaps_beside(&account(1));
        assert_eq!(gaps.len(), FIRST_CALLS.len());
        assert!(gaps[0].message.contains("nothing says which there are"));
    }

    #[test]
    fn what_an_account_could_not_tell_is_a_gap_of_its_siblings() {
        let told = |unseen| {
            let mut siblings = Siblings::default();
            let gap = Gap {
                account: account(1),
                region: None,
                unseen,
                class: GapClass::Denied,
                message: Text::new("no"),
            };
            siblings.add(&account(1), &[], &[gap]);
            let gaps = siblings.gaps_beside(&account(2));
            gaps.into_iter().map(|gap| gap.unseen).collect::<Vec<_>>()
        };
        let call = |call| Unseen::Call { call, of: None };
        let of = Some(Text::new("Z1"));
        let records = Unseen::Call {
            call: CallKind::ListResourceRecordSets,
            of,
        };
        assert_eq!(told(records), [call(CallKind::ListResourceRecordSets)]);
        let source = Source::Accelerators;
        assert_eq!(
            told(Unseen::Source { source }),
            [call(CallKind::ListAccelerators)]
        );
        assert_eq!(
            told(Unseen::Rest),
            FIRST_CALLS.iter().map(|it| call(*it)).collect::<Vec<_>>()
        );
        let source = Source::Alarms;
        assert_eq!(told(Unseen::Source { source }), []);
    }
}
