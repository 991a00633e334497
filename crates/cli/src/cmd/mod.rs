//! One file for each command.

#[cfg(feature = "aws")]
pub(crate) mod apply;
pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod journal;
#[cfg(feature = "aws")]
pub(crate) mod locks;
pub(crate) mod man;
pub(crate) mod plan;
pub(crate) mod policy;
pub(crate) mod prices;
pub(crate) mod rehearse;
pub(crate) mod report;
#[cfg(feature = "aws")]
pub(crate) mod scan;
pub(crate) mod schema;
pub(crate) mod settings;
pub(crate) mod status;
