//! The nouns of unbridge: ids, what a scan keeps of an AWS account, gaps, findings and verdicts,
//! the snapshot's file format, and the ports through which the other crates reach the world.
//!
//! Everything here is plain data and pure functions. This crate knows no AWS SDK, no graph, no
//! async runtime, no files and no clock.

pub mod apigateway;
pub mod assessment;
pub mod bearing;
pub mod call;
pub mod comparison;
pub mod digest;
pub mod elb;
pub mod estimate;
pub mod evidence;
pub mod finding;
pub mod gap;
pub mod id;
pub mod journal;
pub mod network;
pub mod organization;
pub mod place;
pub mod plan;
pub mod port;
pub mod quota;
pub mod route;
pub mod snapshot;
pub mod template;
pub mod text;
pub mod uri;
pub mod usage;
pub mod user;
