//! Three accounts in one view: two that look alike to the last id, and one that could not be read.

use unbridge_model::assessment::Assessment;
use unbridge_model::gap::{Gap, GapClass, Unseen};
use unbridge_model::id::{AccountId, LoadBalancerArn};
use unbridge_model::organization::{Member, MemberStatus, Organization, Unit};
use unbridge_model::snapshot::Header;
use unbridge_model::text::Text;
use unbridge_report::view::Accounts;

use super::parts::ACCOUNT;
use super::{empty, full};

/// The account with the same things as the first.
pub(crate) const TWIN: &str = "222233334444";
/// The account that could not be read.
pub(crate) const CLOSED: &str = "333344445555";

pub(crate) fn account_of(id: &str) -> AccountId {
    AccountId::new(id).expect("an account")
}

/// The same in another account, an hour later.
pub(crate) fn in_account(mut assessment: Assessment, id: &str) -> Assessment {
    let account = || account_of(id);
    let moved = |arn: &LoadBalancerArn| {
        LoadBalancerArn::new(arn.as_str().replace(ACCOUNT, id)).expect("an ARN")
    };
    assessment.scanned = Header {
        account: account(),
        started_at: "2026-03-01T10:30:00Z".into(),
        ..assessment.scanned.first().clone()
    }
    .into();
    for nlb in &mut assessment.nlbs {
        nlb.account = account();
        nlb.arn = moved(&nlb.arn);
    }
    for link in &mut assessment.links {
        link.account = account();
        for target in &mut link.targets {
            *target = moved(target);
        }
    }
    for one in &mut assessment.private_integrations {
        one.account = account();
    }
    for one in &mut assessment.unattached {
        one.account = account();
    }
    for gap in &mut assessment.gaps {
        gap.account = account();
    }
    assessment
}

/// An account of which nothing was read.
pub(crate) fn closed(id: &str) -> Assessment {
    let mut assessment = in_account(empty(), id);
    for header in assessment.scanned.iter_mut() {
        header.regions.clear();
    }
    assessment.gaps.push(Gap {
        account: account_of(id),
        region: None,
        unseen: Unseen::Rest,
        class: GapClass::Denied,
        message: "the role unbridge-scan does not exist or does not trust the scanner".into(),
    });
    assessment
}

/// Three accounts.
pub(crate) fn several() -> Assessment {
    merged([full(), in_account(full(), TWIN), closed(CLOSED)])
}

pub(crate) fn merged(all: impl IntoIterator<Item = Assessment>) -> Assessment {
    Assessment::of_many(all).expect("an account")
}

/// What AWS Organizations says of the first two, in these words.
pub(crate) fn named(name: &str) -> Accounts {
    let member = |id: &str, ou: &str| Member {
        account: account_of(id),
        name: name.into(),
        status: MemberStatus::Active,
        unit: Some(Unit {
            ids: vec!["r-1".into()],
            path: ou.into(),
        }),
        tags: Some([(Text::from("owner"), Text::from(name))].into()),
    };
    let members = vec![member(ACCOUNT, name), member(TWIN, "")];
    Organization::of(members).into()
}
