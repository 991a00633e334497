//! The Price List Query API: products, page by page, as the texts that it tells them in.
//!
//! What a product means is not known here.

use std::collections::BTreeSet;

use aws_config::retry::RetryConfig;
use aws_sdk_pricing::Client;
use aws_sdk_pricing::config::Builder;
use aws_sdk_pricing::types::{Filter, FilterType};
use unbridge_model::gap::GapClass;
use unbridge_model::id::Region;
use unbridge_model::port::ReadError;

use crate::classify::classify;
use crate::session::Session;

/// The largest page AWS allows.
const MAX_RESULTS: i32 = 100;
/// The form of products; there is no other.
const FORMAT: &str = "aws_v1";

/// The Price List of one partition.
#[derive(Debug)]
pub struct PriceList(Client);

impl PriceList {
    /// The one whose endpoint is in this region.
    #[must_use]
    pub fn at(session: &Session, endpoint: &Region) -> Self {
        // Unlike a scan's calls these take nothing from a quota that somebody else needs, and
        // nothing counts them: the SDK may retry as it likes to.
        let config = Builder::from(&session.config_at(endpoint))
            .retry_config(RetryConfig::standard())
            .build();
        Self(Client::from_conf(config))
    }

    /// Hands on every page of a service's products whose fields are these.
    ///
    /// # Errors
    /// [`ReadError`] as AWS refuses it, and for an answer that has no end.
    pub async fn products(
        &self,
        service: &str,
        fields: &[(&str, &str)],
        mut take: impl FnMut(&[String]),
    ) -> Result<(), ReadError> {
        let filters = fields.iter().map(|(field, value)| filter(field, value));
        let filters: Vec<Filter> = filters.collect::<Result<_, _>>()?;
        let mut seen = BTreeSet::new();
        let mut from = None;
        loop {
            let request = self.0.get_products().service_code(service);
            let request = request.format_version(FORMAT).max_results(MAX_RESULTS);
            let request = request.set_filters(Some(filters.clone()));
            let answer = request.set_next_token(from).send().await;
            let answer = answer.map_err(classify)?;
            take(answer.price_list());
            let next = answer.next_token().filter(|token| !token.is_empty());
            let Some(token) = next else {
                return Ok(());
            };
            if !seen.insert(token.to_owned()) {
                let what = "a page names one that was read before, so the answer has no end";
                return Err(ReadError::new(GapClass::Unparseable, what));
            }
            from = Some(token.to_owned());
        }
    }
}

fn filter(field: &str, value: &str) -> Result<Filter, ReadError> {
    let built = Filter::builder()
        .r#type(FilterType::TermMatch)
        .field(field)
        .value(value)
        .build();
    built.map_err(|error| ReadError::new(GapClass::Refused, error.to_string()))
}

#[cfg(test)]
mod tests;
