//! Which accounts are read, and how each is signed in to.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::Path;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use unbridge_aws::{Organizations, Role, Session};
use unbridge_model::id::AccountId;
use unbridge_model::organization::{Member, Organization, Wanted};
use unbridge_model::port::ReadError;
use unbridge_report::safe::printable;

use super::mark::Part;
use super::room::Room;
use super::shard;
use crate::args::{AccountArgs, ManyArgs, Shard};
use crate::cmd::scan::{advice, not_read, open};
use crate::error::Failure;
use crate::terminal;
use crate::tree::key;

/// What says the external id where no flag does.
const EXTERNAL_ID: &str = "UNBRIDGE_EXTERNAL_ID";

/// Accounts whose tags are asked for at the same time.
const TAGS_AT_ONCE: usize = 4;

/// An account that is to be read.
pub(super) struct Target {
    pub(super) account: AccountId,
    /// What it is called, where that is known.
    pub(super) name: Option<String>,
    sign_in: SignIn,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{} ({})", self.account, printable(name)),
            None => write!(f, "{}", self.account),
        }
    }
}

enum SignIn {
    /// With credentials that are its own.
    Own(Box<Session>),
    /// With a role that it holds ready.
    Role,
}

/// Everything that is to be read.
pub(super) struct Targets {
    /// Asks for roles, and reaches the bucket.
    pub(super) base: Session,
    role: Option<Role>,
    /// By account.
    pub(super) accounts: Vec<Target>,
    /// What AWS Organizations listed, if it was asked.
    pub(super) organization: Option<Organization>,
    /// Those of the wanted accounts that are closed, or not open yet.
    pub(super) closed: Vec<Member>,
    /// Those that any shard reads.
    pub(super) wanted: Wanted,
    pub(super) shard: Shard,
}

impl Targets {
    /// Those that the flags name.
    pub(super) async fn of(
        args: &AccountArgs,
        many: &ManyArgs,
        room: &Room,
    ) -> Result<Self, Failure> {
        let shard = shard::asked(many, |name| std::env::var(name).ok())?;
        let base = open(args, args.profiles.first(), room.idle()).await?;
        let mut targets = Self {
            base,
            role: many.role.as_deref().map(|name| role(name, many)),
            accounts: Vec::new(),
            organization: None,
            closed: Vec::new(),
            wanted: Wanted::of([]),
            shard,
        };
        if many.organization {
            targets.of_organization(many).await?;
        } else if !many.accounts.is_empty() {
            let named = named(&many.accounts)?.into_iter();
            targets
                .with_role(named.map(|account| (account, None)))
                .await?;
        } else {
            targets.of_profiles(args, room).await?;
        }
        let accounts = targets.accounts.iter().map(|it| it.account.clone());
        targets.wanted = Wanted::of(accounts);
        targets.accounts.retain(|it| shard.holds(&it.account));
        Ok(targets)
    }

    /// Which part of which accounts they are.
    pub(super) fn part(&self) -> Part {
        let listed = match &self.organization {
            Some(_) => None,
            None => Some(key::hash(&self.wanted)),
        };
        Part {
            listed,
            shard: self.shard,
        }
    }

    async fn of_organization(&mut self, many: &ManyArgs) -> Result<(), Failure> {
        let mut listed = list(&self.base, many).await?;
        let wanted = |member: &Member| is_wanted(member, many);
        let (open, closed): (Vec<_>, Vec<_>) = listed
            .members
            .iter()
            .filter(|member| wanted(member))
            .cloned()
            .partition(|member| member.status.answers());
        if open.is_empty() {
            let what =
                "no account of the organization is in these units, has these tags and is open";
            return Err(
                Failure::usage(what).hint("--ou, --account-tag: as AWS Organizations has them")
            );
        }
        let open = open.into_iter();
        self.with_role(open.map(|it| (it.account, Some(it.name.to_string()))))
            .await?;
        listed.members.sort_by(|a, b| a.account.cmp(&b.account));
        self.closed = closed;
        self.organization = Some(listed);
        Ok(())
    }

    /// These accounts: that of the credentials with those, the others with the role. StackSets leave
    /// the management account out, so there may be none in it.
    async fn with_role(
        &mut self,
        accounts: impl Iterator<Item = (AccountId, Option<String>)>,
    ) -> Result<(), Failure> {
        let own = self.base.caller().await;
        let own = own.map_err(|error| not_read(&error, "the caller's identity"))?;
        let targets = accounts.map(|(account, name)| Target {
            sign_in: match account == own.account {
                true => SignIn::Own(Box::new(self.base.clone())),
                false => SignIn::Role,
            },
            account,
            name,
        });
        self.accounts = targets.collect();
        Ok(())
    }

    /// The account of each profile, or of the credentials that are there anyway.
    async fn of_profiles(&mut self, args: &AccountArgs, room: &Room) -> Result<(), Failure> {
        let mut profiles: Vec<_> = args.profiles.iter().map(Some).collect();
        if profiles.is_empty() {
            profiles.push(None);
        }
        let mut known: BTreeMap<AccountId, Target> = BTreeMap::new();
        for profile in profiles {
            let session = open(args, profile, room.idle()).await?;
            let of = profile.map_or_else(String::new, |name| format!(" of profile {name}"));
            let caller = session.caller().await;
            let caller = caller.map_err(|error| not_read(&error, &format!("the identity{of}")))?;
            let target = Target {
                account: caller.account.clone(),
                name: profile.cloned(),
                sign_in: SignIn::Own(Box::new(session)),
            };
            if known.insert(caller.account.clone(), target).is_some() {
                let what = format!("two profiles are of account {}", caller.account);
                return Err(Failure::usage(what).hint("one --profile for each account"));
            }
        }
        self.accounts = known.into_values().collect();
        Ok(())
    }

    /// Signs in to an account.
    pub(super) async fn session(&self, target: &Target) -> Result<Session, ReadError> {
        match (&target.sign_in, &self.role) {
            (SignIn::Own(session), _) => Ok(Session::clone(session)),
            (SignIn::Role, Some(role)) => self.base.assume(&target.account, role).await,
            // The flags that lead here ask for a role.
            (SignIn::Role, None) => Ok(self.base.clone()),
        }
    }
}

fn role(name: &str, many: &ManyArgs) -> Role {
    Role {
        name: name.to_owned(),
        external_id: many.external_id.clone().or_else(|| {
            let told = std::env::var(EXTERNAL_ID).ok();
            told.filter(|text| !text.is_empty())
        }),
        session_name: many.session_name.clone(),
        duration: many
            .role_duration
            .map(|seconds| Duration::from_secs(seconds.into())),
    }
}

/// The organization's accounts. Their units are told as well, where the identity may see them.
async fn list(base: &Session, many: &ManyArgs) -> Result<Organization, Failure> {
    let Some(home) = base.home() else {
        return Err(crate::cmd::scan::no_region());
    };
    let asked = Organizations::of(base, home);
    let unreadable = |error: &ReadError, what: &str| {
        Failure::unexpected(format!("{what} cannot be listed: {error}")).hint(format!(
            "{}; only the management account and delegated administrators may: \
             `unbridge policy organization` prints what they need, and --accounts does without",
            advice(error.class)
        ))
    };
    let accounts = asked.accounts().await;
    let mut members =
        accounts.map_err(|error| unreadable(&error, "the accounts of the organization"))?;
    match asked.units().await {
        Ok(units) => {
            for member in &mut members {
                member.unit = units.get(&member.account).cloned();
            }
        }
        Err(error) if many.units.is_empty() => terminal::tell(&format!(
            "note: the organizational units cannot be listed, so accounts are told without theirs: \
             {error}"
        )),
        Err(error) => return Err(unreadable(&error, "the organizational units")),
    }
    if !many.account_tags.is_empty() {
        let tagged = futures::stream::iter(members).map(async |mut member| {
            member.tags = Some(asked.tags(&member.account).await?);
            Ok(member)
        });
        let tagged: Result<Vec<Member>, ReadError> =
            tagged.buffered(TAGS_AT_ONCE).try_collect().await;
        members = tagged.map_err(|error| unreadable(&error, "the tags of accounts"))?;
    }
    Ok(Organization::of(members))
}

fn is_wanted(member: &Member, many: &ManyArgs) -> bool {
    let in_unit = || {
        let unit = member.unit.as_ref();
        unit.is_some_and(|unit| many.units.iter().any(|wanted| unit.is_under(wanted)))
    };
    let tagged = || {
        let tags = member.tags.as_ref();
        tags.is_some_and(|tags| many.account_tags.iter().any(|wanted| wanted.is_in(tags)))
    };
    (many.units.is_empty() || in_unit()) && (many.account_tags.is_empty() || tagged())
}

/// Accounts by their ids, or in files that hold one a line.
fn named(texts: &[String]) -> Result<BTreeSet<AccountId>, Failure> {
    const HINT: &str = "--accounts 111122223333,444455556666, or a file with one a line";
    let mut accounts = BTreeSet::new();
    for text in texts {
        let ids = text.split(',').map(str::trim).filter(|id| !id.is_empty());
        let ids: Result<Vec<_>, _> = ids.map(AccountId::new).collect();
        match ids {
            Ok(ids) if !ids.is_empty() => accounts.extend(ids),
            Ok(_) => {}
            Err(_) if Path::new(text).exists() => accounts.extend(in_file(Path::new(text))?),
            Err(error) => {
                let what = format!("{text} names neither accounts nor a file: {error}");
                return Err(Failure::usage(what).hint(HINT));
            }
        }
    }
    match accounts.is_empty() {
        true => Err(Failure::usage("no account is named").hint(HINT)),
        false => Ok(accounts),
    }
}

/// One account a line; what stands behind a `#` is a remark.
fn in_file(path: &Path) -> Result<Vec<AccountId>, Failure> {
    let shown = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::io(format!("accounts {shown} cannot be read"), &error))?;
    let lines = text.lines().enumerate();
    let lines =
        lines.map(|(nth, line)| (nth + 1, line.split('#').next().unwrap_or_default().trim()));
    lines
        .filter(|(_, line)| !line.is_empty())
        .map(|(nth, line)| {
            AccountId::new(line).map_err(|error| {
                Failure::usage(format!("accounts {shown}, line {nth}: {error}"))
                    .hint("one account a line: 12 digits")
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn texts(accounts: &BTreeSet<AccountId>) -> Vec<&str> {
        accounts.iter().map(AccountId::as_str).collect()
    }

    #[test]
    fn accounts_are_named_by_ids_and_by_files() {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        write!(file, "# ours\n333333333333\n\n111111111111 # twice\n").expect("room");
        let path = file.path().to_str().expect("a name").to_owned();
        let known = named(&["111111111111, 222222222222".to_owned(), path]).expect("accounts");
        assert_eq!(
            texts(&known),
            ["111111111111", "222222222222", "333333333333"]
        );
    }

    #[test]
    fn what_names_no_account_is_told_with_its_place() {
        let told = |text: &str| {
            let refused = named(&[text.to_owned()]);
            refused.expect_err("a refusal").to_string()
        };
        assert!(told("11112222333").contains("11112222333 names neither"));
        assert!(told(",").contains("no account is named"));
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        write!(file, "111111111111\n2222\n").expect("room");
        assert!(told(file.path().to_str().expect("a name")).contains("line 2: "));
    }
}
