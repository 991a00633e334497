//! Which part of the accounts this scan reads.

use unbridge_model::id::AccountId;
use xxhash_rust::xxh3::xxh3_64;

use crate::args::{ManyArgs, Shard};
use crate::error::Failure;

const BATCH_INDEX: &str = "AWS_BATCH_JOB_ARRAY_INDEX";
const BATCH_SIZE: &str = "AWS_BATCH_JOB_ARRAY_SIZE";
const KUBERNETES_INDEX: &str = "JOB_COMPLETION_INDEX";

/// The part that flags or the environment name; everything, when neither does.
pub(super) fn asked(
    many: &ManyArgs,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Shard, Failure> {
    const ALL: Shard = Shard { index: 0, of: 1 };
    if let Some(shard) = many.shard {
        return Ok(shard);
    }
    let index = [BATCH_INDEX, KUBERNETES_INDEX]
        .into_iter()
        .find_map(|name| Some((name, variable(name)?)));
    let Some((name, index)) = index else {
        return match many.shards {
            None | Some(1) => Ok(ALL),
            Some(of) => Err(Failure::usage(format!(
                "--shards {of} needs {BATCH_INDEX} or {KUBERNETES_INDEX}, and neither is set"
            ))
            .hint(format!("--shard 1/{of} to --shard {of}/{of}"))),
        };
    };
    let size = || variable(BATCH_SIZE).and_then(|size| size.parse().ok());
    let Some(of) = many.shards.or_else(size) else {
        let what = format!("{name} is set, and nothing says of how many parts");
        return Err(Failure::usage(what).hint("--shards N, with the number of the job's tasks"));
    };
    match index.parse() {
        Ok(index) if index < of => Ok(Shard { index, of }),
        Ok(_) | Err(_) => {
            let what = format!(
                "{name} is {index}, which is none of the parts 0 to {}",
                of - 1
            );
            Err(Failure::usage(what).hint("--shards N, with the number of the job's tasks"))
        }
    }
}

impl Shard {
    /// Whether an account belongs to it. That depends on nothing but the account and the number of
    /// parts.
    pub(super) fn holds(self, account: &AccountId) -> bool {
        xxh3_64(account.as_str().as_bytes()) % u64::from(self.of) == u64::from(self.index)
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-of-{}", self.index + 1, self.of)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Cli, Command};

    fn shard(flags: &[&str], variables: &[(&str, &str)]) -> Result<Shard, String> {
        let cli = Cli::try_parse_from(["unbridge", "scan"].iter().chain(flags));
        let many = match cli.expect("a command line").command {
            Command::Scan(args) => args.many,
            other => panic!("{other:?}"),
        };
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        asked(&many, variable).map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_part_is_named_by_a_flag_or_by_what_runs_the_scan() {
        let check = |flags: &[&str], variables: &[(&str, &str)], index, of| {
            assert_eq!(shard(flags, variables), Ok(Shard { index, of }));
        };
        check(&[], &[], 0, 1);
        check(&["--shard", "2/3"], &[(BATCH_INDEX, "0")], 1, 3);
        check(&[], &[(BATCH_INDEX, "4"), (BATCH_SIZE, "5")], 4, 5);
        check(&["--shards", "8"], &[(KUBERNETES_INDEX, "7")], 7, 8);
        for (flags, variables, words) in [
            (&["--shards", "8"][..], &[][..], "neither is set"),
            (&[], &[(KUBERNETES_INDEX, "1")], "nothing says of how many"),
            (
                &["--shards", "2"],
                &[(KUBERNETES_INDEX, "2")],
                "none of the parts 0 to 1",
            ),
            (
                &["--shards", "2"],
                &[(BATCH_INDEX, "one")],
                "none of the parts 0 to 1",
            ),
        ] {
            let told = shard(flags, variables).expect_err("a refusal");
            assert!(told.contains(words), "{told}");
        }
    }

    #[test]
    fn every_account_belongs_to_one_part_and_parts_are_about_equal() {
        const OF: u32 = 7;
        let mut sizes = [0_u32; OF as usize];
        for number in 0..7000 {
            let account = AccountId::new(format!("{number:012}")).expect("an account");
            let holds = |index: &u32| {
                Shard {
                    index: *index,
                    of: OF,
                }
                .holds(&account)
            };
            let holding: Vec<u32> = (0..OF).filter(holds).collect();
            let [index] = holding[..] else {
                panic!("{account} in {holding:?}")
            };
            sizes[index as usize] += 1;
        }
        assert!(
            sizes.iter().all(|size| (850..1150).contains(size)),
            "{sizes:?}"
        );
    }

    /// Shards of two versions of this tool have to agree.
    #[test]
    fn where_an_account_belongs_never_changes() {
        let of = |account: &str| {
            let account = AccountId::new(account).expect("an account");
            (0..16).find(|index| {
                Shard {
                    index: *index,
                    of: 16,
                }
                .holds(&account)
            })
        };
        let places = ["111122223333", "123456789012", "999999999999"].map(of);
        assert_eq!(places, [Some(10), Some(15), Some(12)]);
    }
}
