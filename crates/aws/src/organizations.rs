//! AWS Organizations: its accounts, and the units they stand in, read to the end.
//!
//! Which accounts are wanted is not known here.

use std::collections::{BTreeMap, BTreeSet};

use aws_config::retry::RetryConfig;
use aws_sdk_organizations::Client;
use aws_sdk_organizations::config::Builder;
use aws_sdk_organizations::types::Account;
use unbridge_model::apigateway::Tags;
use unbridge_model::gap::GapClass;
use unbridge_model::id::{AccountId, Region};
use unbridge_model::organization::{Member, MemberStatus, Unit};
use unbridge_model::port::ReadError;
use unbridge_model::text::Text;

use crate::classify::classify;
use crate::convert::{Converted, Subject};
use crate::session::Session;

/// Attempts for one call. AWS publishes no rates; the SDK slows down when it is refused.
const ATTEMPTS: u32 = 8;

/// The organization that a session's account manages, or may look at as a delegated administrator.
#[derive(Debug)]
pub struct Organizations(Client);

/// A unit whose accounts and units are to be listed.
struct Place {
    id: String,
    unit: Unit,
}

impl Organizations {
    /// Asked with the credentials of this session.
    #[must_use]
    pub fn of(session: &Session, region: &Region) -> Self {
        let config = Builder::from(&session.config_at(region))
            .retry_config(RetryConfig::adaptive().with_max_attempts(ATTEMPTS))
            .build();
        Self(Client::from_conf(config))
    }

    /// Every account, without its unit and tags.
    ///
    /// # Errors
    /// [`ReadError`] as AWS refuses it, and for an answer that has no end.
    pub async fn accounts(&self) -> Result<Vec<Member>, ReadError> {
        let mut members = Vec::new();
        let mut pages = Pages::default();
        loop {
            let request = self.0.list_accounts();
            let answer = request.set_next_token(pages.token()).send().await;
            let answer = answer.map_err(classify)?;
            for account in answer.accounts() {
                members.push(member(account)?);
            }
            if !pages.has_next(answer.next_token())? {
                return Ok(members);
            }
        }
    }

    /// Where each account stands.
    ///
    /// # Errors
    /// As [`Self::accounts`].
    pub async fn units(&self) -> Result<BTreeMap<AccountId, Unit>, ReadError> {
        let mut found = BTreeMap::new();
        let mut open = self.roots().await?;
        while let Some(place) = open.pop() {
            self.accounts_in(&place, &mut found).await?;
            open.extend(self.units_in(&place).await?);
        }
        Ok(found)
    }

    async fn roots(&self) -> Result<Vec<Place>, ReadError> {
        let mut roots = Vec::new();
        let mut pages = Pages::default();
        loop {
            let request = self.0.list_roots();
            let answer = request.set_next_token(pages.token()).send().await;
            let answer = answer.map_err(classify)?;
            for root in answer.roots() {
                let subject = Subject::new("root", root.name());
                let id = subject.text("Id", root.id())?;
                let unit = Unit {
                    ids: vec![id.clone()],
                    path: Text::new(""),
                };
                let id = id.to_string();
                roots.push(Place { id, unit });
            }
            if !pages.has_next(answer.next_token())? {
                return Ok(roots);
            }
        }
    }

    async fn units_in(&self, place: &Place) -> Result<Vec<Place>, ReadError> {
        let mut units = Vec::new();
        let mut pages = Pages::default();
        loop {
            let request = self.0.list_organizational_units_for_parent();
            let request = request.parent_id(&place.id).set_next_token(pages.token());
            let answer = request.send().await.map_err(classify)?;
            for below in answer.organizational_units() {
                let subject = Subject::new("organizational unit", below.id());
                let id = subject.text("Id", below.id())?;
                let name = subject.text("Name", below.name())?;
                let mut unit = place.unit.clone();
                unit.ids.push(id.clone());
                unit.path = match unit.path.as_str() {
                    "" => name,
                    above => Text::from(format!("{above}/{name}")),
                };
                let id = id.to_string();
                units.push(Place { id, unit });
            }
            if !pages.has_next(answer.next_token())? {
                return Ok(units);
            }
        }
    }

    async fn accounts_in(
        &self,
        place: &Place,
        found: &mut BTreeMap<AccountId, Unit>,
    ) -> Result<(), ReadError> {
        let mut pages = Pages::default();
        loop {
            let request = self.0.list_accounts_for_parent();
            let request = request.parent_id(&place.id).set_next_token(pages.token());
            let answer = request.send().await.map_err(classify)?;
            for account in answer.accounts() {
                let id = Subject::new("account", account.name()).id("Id", account.id())?;
                found.insert(id, place.unit.clone());
            }
            if !pages.has_next(answer.next_token())? {
                return Ok(());
            }
        }
    }

    /// The tags of one account.
    ///
    /// # Errors
    /// As [`Self::accounts`].
    pub async fn tags(&self, account: &AccountId) -> Result<Tags, ReadError> {
        let mut tags = Tags::new();
        let mut pages = Pages::default();
        loop {
            let request = self.0.list_tags_for_resource();
            let request = request
                .resource_id(account.as_str())
                .set_next_token(pages.token());
            let answer = request.send().await.map_err(classify)?;
            for tag in answer.tags() {
                tags.insert(Text::new(tag.key()), Text::new(tag.value()));
            }
            if !pages.has_next(answer.next_token())? {
                return Ok(tags);
            }
        }
    }
}

/// Where a listing stands. A page may be empty and have a next one all the same.
#[derive(Default)]
struct Pages {
    seen: BTreeSet<String>,
    next: Option<String>,
}

impl Pages {
    fn token(&self) -> Option<String> {
        self.next.clone()
    }

    fn has_next(&mut self, token: Option<&str>) -> Result<bool, ReadError> {
        self.next = token.filter(|token| !token.is_empty()).map(str::to_owned);
        match &self.next {
            None => Ok(false),
            Some(token) if self.seen.insert(token.clone()) => Ok(true),
            Some(_) => {
                let what = "a page names one that was read before, so the answer has no end";
                Err(ReadError::new(GapClass::Unparseable, what))
            }
        }
    }
}

fn member(account: &Account) -> Converted<Member> {
    let subject = Subject::new("account", account.id());
    // The newer field tells more; AWS says that the older one goes in September 2026.
    let state = account.state().map(|state| state.as_str());
    let status = account.status().map(|status| status.as_str());
    Ok(Member {
        account: subject.id("Id", account.id())?,
        // An account that somebody is signing up for may have none yet.
        name: Text::new(account.name().unwrap_or_default()),
        status: status_of(state.or(status)),
        unit: None,
        tags: None,
    })
}

fn status_of(word: Option<&str>) -> MemberStatus {
    match word {
        Some("ACTIVE") => MemberStatus::Active,
        Some("SUSPENDED" | "PENDING_CLOSURE" | "CLOSED") => MemberStatus::Suspended,
        Some("PENDING_ACTIVATION") => MemberStatus::Pending,
        Some(_) | None => MemberStatus::Unknown,
    }
}
