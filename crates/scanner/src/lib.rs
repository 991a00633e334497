//! Reading an account at a decent pace, and deciding what was read: the graph of chains, the route
//! of every method, findings and verdicts.
//!
//! Everything decided here is a pure function of a snapshot. This crate knows no SDK, no files and
//! no terminal; the graph library stays inside.

pub mod assess;
mod bundles;
mod chains;
mod compare;
mod drift;
mod findings;
mod gateway_accounts;
pub mod land;
mod moves;
mod network_path;
mod ownership;
pub mod pace;
pub mod passage;
mod patterns;
mod route;
mod rules;
pub mod scan;
pub mod siblings;
mod sight;
mod surroundings;
pub mod terraform;
mod topology;
mod uri;
mod users;
mod verdict;
mod zones;

pub use rules::same_for_hosts;
pub use topology::Inconsistent;
