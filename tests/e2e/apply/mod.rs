//! `unbridge apply`, `resume`, `rollback` and `retire` over the emulator: what a person is shown,
//! what is refused before any change, and that no request fares worse, whatever happens.

mod begin;
pub(crate) mod bench;
mod codes;
mod crashes;
mod faults;
mod frozen;
mod furnished;
pub(crate) mod http;
mod prompts;
mod rates;
mod retire;
mod runs;
mod terminal;
