//! `unbridge scan` over the wire.

mod calls;
mod credentials;
mod failures;
mod files;
mod regions;
mod secrets;
mod sources;
mod usage;
mod verdicts;

use std::sync::OnceLock;

use serde_json::json;

use crate::harness::{Account, Desk, Outcome, Report, emulator};

/// One scan of the whole reference scenario, which several tests look at.
pub(crate) struct Scanned {
    pub(crate) account: Account,
    pub(crate) desk: Desk,
    pub(crate) outcome: Outcome,
    pub(crate) report: Report,
}

pub(crate) fn reference() -> &'static Scanned {
    static SCANNED: OnceLock<Scanned> = OnceLock::new();
    SCANNED.get_or_init(|| {
        let account = emulator().account("reference", json!({}));
        let desk = Desk::new();
        let outcome = desk.scan(&account, &[]).run();
        let report = outcome.report();
        Scanned {
            account,
            desk,
            outcome,
            report,
        }
    })
}
