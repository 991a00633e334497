#![expect(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    reason = "a test ends where something is not as it should be"
)]

mod power;
mod properties;
mod traffic;
mod verdicts;
