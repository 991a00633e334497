//! What stands around the read role of every account: whom it trusts, and what the identity needs
//! that goes from account to account.

use std::collections::BTreeMap;

use super::scan::of_calls;
use super::{
    BucketPlace, ExternalId, OtherUsers, Partition, Policy, Principal, RoleName, Statement,
};

/// The statement of both policies about taking the role.
const TAKES_ROLE: &str = "UnbridgeTakesRole";

/// What lists an organization, with the units and tags by which accounts are chosen.
const LISTS: [&str; 5] = [
    "organizations:ListAccounts",
    "organizations:ListAccountsForParent",
    "organizations:ListOrganizationalUnitsForParent",
    "organizations:ListRoots",
    "organizations:ListTagsForResource",
];

/// What a scan does to the objects of its tree. A file is put under its name only when it is whole;
/// parts of one that was not finished are taken back.
const OBJECTS: [&str; 4] = [
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:PutObject",
];

/// The trust policy of the role, as indented JSON.
///
/// # Errors
/// When JSON cannot hold it, which no text of ours brings about.
pub fn trust(
    partition: Partition,
    trusted: &Principal,
    external_id: Option<&ExternalId>,
) -> serde_json::Result<String> {
    let statement = Statement {
        principal: Some(BTreeMap::from([("AWS", trusted.arn(partition))])),
        condition: external_id
            .map(|id| compared("StringEquals", "sts:ExternalId", id.as_str().to_owned())),
        ..Statement::allow(TAKES_ROLE, vec!["sts:AssumeRole"], Vec::new())
    };
    Policy::of(vec![statement]).pretty()
}

/// The policy of the identity that reads the organization, as indented JSON: it lists accounts, takes
/// the role in each, and keeps snapshots in the bucket if there is one. Its own account it reads
/// itself, so it may do there what the role may elsewhere.
///
/// # Errors
/// When JSON cannot hold it, which no text of ours brings about.
pub fn auditor(
    partition: Partition,
    users: OtherUsers,
    role: &RoleName,
    kept_in: Option<&BucketPlace>,
) -> serde_json::Result<String> {
    let word = partition.word();
    let roles = format!("arn:{word}:iam::*:role/{}", role.as_str());
    let mut statements = vec![
        Statement::allow(
            "UnbridgeListsAccounts",
            LISTS.to_vec(),
            vec!["*".to_owned()],
        ),
        Statement::allow(TAKES_ROLE, vec!["sts:AssumeRole"], vec![roles]),
    ];
    if let Some(place) = kept_in {
        statements.extend(of_bucket(word, place));
    }
    statements.extend(of_calls(word, users).statement);
    Policy::of(statements).pretty()
}

fn of_bucket(partition: &str, place: &BucketPlace) -> [Statement; 2] {
    let bucket = format!("arn:{partition}:s3:::{}", place.bucket());
    let below = match place.prefix() {
        Some(prefix) => format!("{prefix}/*"),
        None => "*".to_owned(),
    };
    let objects = format!("{bucket}/{below}");
    // Without the right to list, S3 answers 403 in place of 404 for what is not there. It compares
    // the key that was asked for as if it were the prefix of a list.
    let listed = Statement {
        condition: place
            .prefix()
            .map(|_| compared("StringLike", "s3:prefix", below)),
        ..Statement::allow("UnbridgeListsTree", vec!["s3:ListBucket"], vec![bucket])
    };
    let kept = Statement::allow("UnbridgeKeepsTree", OBJECTS.to_vec(), vec![objects]);
    [listed, kept]
}

fn compared(
    operator: &'static str,
    key: &'static str,
    value: String,
) -> BTreeMap<&'static str, BTreeMap<String, String>> {
    BTreeMap::from([(operator, BTreeMap::from([(key.to_owned(), value)]))])
}
