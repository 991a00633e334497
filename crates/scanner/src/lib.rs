//! Reading an account at a decent pace, and deciding what was read: the graph of chains, the route
//! of every method, findings and verdicts.
//!
//! Everything decided here is a pure function of a snapshot. This crate knows no SDK, no files and
//! no terminal; the graph library stays inside.

pub mod assess;
mod chains;
mod drift;
mod findings;
mod gateway_accounts;
pub mod pace;
mod route;
pub mod scan;
mod sight;
mod topology;
mod uri;
mod verdict;

pub use topology::Inconsistent;
