//! The executor over a small account in memory, whose answers are scripted.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test ends where something is not as it should be"
)]

mod canary;
mod crash;
mod forward;
mod lock;
mod lost;
mod needs;
mod old_journals;
mod plans;
mod properties;
mod rollback;
mod runs;
mod soak;
mod transcript;
mod world;
