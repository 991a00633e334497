//! One file for each command.

pub(crate) mod demo;
pub(crate) mod explain;
pub(crate) mod policy;
pub(crate) mod report;
#[cfg(feature = "aws")]
pub(crate) mod scan;
pub(crate) mod schema;
