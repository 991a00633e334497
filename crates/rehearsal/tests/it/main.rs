//! Plans written by hand, rehearsed.

mod bad;
mod good;
mod plans;
mod seeds;
