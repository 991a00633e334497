//! From what a scan saw, what was found and what a person chose, to a plan; and, apart from that,
//! what makes a plan unfit to be carried out.
//!
//! Owns which steps a migration has and in which order. Pure: the same snapshot and choices give
//! the same bytes. It knows no files, no clock and no prices: savings come in as values.

mod forecast;
mod ground;
mod links;
pub mod lint;

pub use forecast::forecast;
