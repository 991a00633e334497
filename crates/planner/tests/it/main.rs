//! Plans over small simulated accounts.

mod common;
mod http;
mod lint;
mod rest;
mod retire;
