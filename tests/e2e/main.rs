//! End-to-end tests of the real `unbridge` binary, over an emulator of AWS and over files.
//!
//! One emulator process serves them all; every test takes an account of its own. What only code can
//! show (routes, verdicts, pages) has unit tests beside it; here stands what a person would see.

mod apply;
mod differential;
mod documents;
mod emitted;
mod finops;
mod fuzz;
mod golden;
mod harness;
mod html;
mod inputs;
mod mutations;
mod oracle;
mod organization;
mod organization_scan;
mod plan;
mod planned;
mod prices;
mod queries;
mod rehearse;
mod reports;
mod rights;
mod runs;
mod scan;
mod settings;
mod trees;
mod walls;
mod witness;
