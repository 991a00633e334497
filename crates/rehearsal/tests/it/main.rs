//! Plans written by hand, rehearsed.

mod bad;
mod fixtures;
mod good;
mod plans;
mod rejoin;
mod seeds;
mod sentences;
