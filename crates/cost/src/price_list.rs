//! The Price List of AWS: what is asked of it, which of its products are prices of NLBs, and what
//! becomes of a table by them.
//!
//! Knows no network. A product that is not surely a price is none: it is left aside or refused with
//! a reason, and the table keeps what it had.

mod merge;
mod product;

pub use merge::{Change, Dispute, Update, merge};
pub use product::{Listing, Refused};

use unbridge_model::id::Region;

/// The service code of Elastic Load Balancing.
pub const SERVICE: &str = "AWSELB";

/// Where a Price List is asked. Each holds the prices of the partitions it sells in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Market {
    /// The commercial one, which holds those of GovCloud too. There is none in GovCloud.
    Commercial,
    /// That of China, in CNY.
    China,
}

impl Market {
    /// The market with the prices of a region.
    #[must_use]
    pub fn of(region: &Region) -> Self {
        if region.as_str().starts_with("cn-") {
            Self::China
        } else {
            Self::Commercial
        }
    }

    /// The region whose endpoint answers.
    /// Source: AWS Billing user guide, "AWS Price List Query API", endpoints.
    #[must_use]
    pub fn endpoint(self) -> &'static str {
        match self {
            Self::Commercial => "us-east-1",
            Self::China => "cn-northwest-1",
        }
    }
}

/// A question to one market.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Whom to ask.
    pub market: Market,
    /// About this region; `None` for every one.
    pub region: Option<Region>,
}

impl Query {
    /// The questions about these regions; about every region of the market at home when there are
    /// none.
    #[must_use]
    pub fn about(regions: &[Region], home: Market) -> Vec<Self> {
        if regions.is_empty() {
            let (market, region) = (home, None);
            return vec![Self { market, region }];
        }
        let about = |region: &Region| Self {
            market: Market::of(region),
            region: Some(region.clone()),
        };
        regions.iter().map(about).collect()
    }

    /// Fields, and what each has to be. The product family is not among them: where a product
    /// tells none, it would be lost.
    #[must_use]
    pub fn filters(&self) -> Vec<(&'static str, &str)> {
        let mut filters = vec![("operation", product::OPERATION)];
        filters.extend(self.region.iter().map(|one| ("regionCode", one.as_str())));
        filters
    }
}

#[cfg(test)]
mod tests;
