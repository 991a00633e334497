//! Costs: the price table, capacity units, and from measured usage to money.
//!
//! Pure: files, clocks and AWS are elsewhere. Amounts are decimals from the price on; a float that
//! CloudWatch measured becomes one as soon as it is read, and no amount becomes a float again.

mod attribution;
pub mod capacity;
mod estimate;
mod indexed;
mod latency;
pub mod price_list;
pub mod prices;
mod series;

pub use estimate::{SOAK_DAYS, estimate, estimates};
pub use indexed::Indexed;
