//! The scanner over simulated accounts: what it reads and at what pace, and what it makes of it.

mod common;
mod fixtures;
mod pace;
mod properties;
mod reading;
mod situations;
