#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test ends where something is not as it should be"
)]

mod addresses;
mod answers;
mod proofs;
