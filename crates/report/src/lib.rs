//! From a finished [`Assessment`](unbridge_model::assessment::Assessment) to text for people and
//! JSON for programs.
//!
//! Writers are pure: they decide nothing about an account and know no file, terminal, clock,
//! environment or SDK. Width and colour are parameters.

mod codes;
pub mod explain;
mod gaps;
mod grid;
pub mod json;
mod layout;
pub mod look;
pub mod policy;
pub mod safe;
pub mod schema;
pub mod table;
mod verdict;
pub mod view;
mod words;

pub use codes::{CodeText, text_of};
