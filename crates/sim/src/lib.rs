//! AWS in memory, behind the ports: accounts as values, a reader that answers from one, a data plane
//! that says where a request lands, virtual time, and generators of accounts.
//!
//! An independent witness: it shares nouns and ports with the rest through `model` and nothing
//! else, so that one misunderstanding cannot pass on both sides. It knows no scanner, no files, no
//! sockets and no real clock.

pub mod account;
pub mod build;
pub mod bulk;
pub mod clock;
#[cfg(test)]
mod coherent;
pub mod data_plane;
pub mod estate;
pub mod faults;
pub mod from_snapshot;
pub mod live;
pub mod random;
pub mod reader;
pub mod requests;
pub mod sample;
pub mod shelf;
pub mod world;
