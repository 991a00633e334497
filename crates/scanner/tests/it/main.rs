//! The scanner over simulated accounts: what it reads and at what pace, and what it makes of it.

#![expect(
    clippy::disallowed_methods,
    reason = "tests compare with files of the repository"
)]

mod bound;
mod common;
mod compare;
mod doubts;
mod fixtures;
mod hazards;
mod pace;
mod properties;
mod reading;
mod rehearsal_world;
mod routes;
mod situations;
mod sources;
mod usage;
mod ways;
mod witness;
