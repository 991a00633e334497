//! Plans written by hand, rehearsed.
#![expect(
    clippy::disallowed_methods,
    reason = "seeds are chosen outside, and fixtures are files"
)]

mod bad;
mod fixtures;
mod foreign;
mod good;
mod http;
mod journals;
mod plans;
mod rejoin;
mod seeds;
mod sentences;
