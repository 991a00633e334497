//! The AWS SDK behind the ports: sessions, one SDK request per read, one change per operation, AWS's
//! answers turned into nouns, AWS's failures into classes.
//!
//! Values that routing does not need are sealed here, before anything else sees them. This crate
//! knows no policy, no pace and no retries: it makes the one request it is asked for. Only the Price
//! List and AWS Organizations, which are no part of a scan, are read to their end here; and a change may
//! take a look first.

mod bucket;
mod classify;
mod convert;
mod http;
mod locks;
mod null_stripping;
mod organizations;
mod price_list;
mod reader;
mod request;
mod rights;
mod session;
mod told_time;
mod writer;

pub use bucket::{NoBucket, bucket};
pub use http::Idle;
pub use locks::SsmLocks;
pub use organizations::Organizations;
pub use price_list::PriceList;
pub use reader::AwsReader;
pub use request::{MOST as MOST_OF_A_BODY, Request, Requester, Response, Unanswered};
pub use rights::{Rights, Simulated};
pub use session::{OpenError, Role, Session, Settings};
pub use writer::AwsWriter;
