//! Costs of whole NLBs, worked out by hand, and what holds for every one.

mod estimates;
mod properties;
mod published;
mod site;
