//! From a finished [`Assessment`](unbridge_model::assessment::Assessment) to text for people and
//! JSON for programs.
//!
//! Writers are pure: they decide nothing about an account and know no file, terminal, clock,
//! environment or SDK. Width and colour are parameters.

mod cells;
mod codes;
mod columnar;
pub mod csv;
pub mod datasets;
mod diagram;
pub mod diff;
pub mod dot;
pub mod explain;
pub mod finops;
mod gaps;
mod grid;
pub mod html;
pub mod json;
mod layout;
pub mod look;
pub mod markdown;
pub mod mermaid;
pub mod plan;
pub mod policy;
pub mod prices;
pub mod rows;
pub mod run;
pub mod safe;
mod said;
pub mod sarif;
pub mod schema;
pub mod table;
mod verdict;
pub mod view;
mod words;

pub use codes::{CodeText, text_of};
