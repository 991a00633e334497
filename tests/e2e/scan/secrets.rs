//! No value that routing does not need leaves the account (H20).
