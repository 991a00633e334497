//! One account for each way a verdict could be wrong, and what must be said of it. Each test names
//! the hazard's number.

mod certificates;
mod drift;
mod moves;
mod network;
mod surroundings;
mod users;

use unbridge_model::apigateway::Verb;
use unbridge_model::assessment::Assessment;
use unbridge_model::call::CallKind;
use unbridge_model::finding::{Finding, FindingCode, Verdict};
use unbridge_model::quota::Pace;
use unbridge_sim::build::Estate;
use unbridge_sim::reader::{Fault, Settings, Times};

use crate::common::{assessed, codes, estate, nlb, scan_with, scanned};

/// A bridge `x-nlb` before `x-alb` under one REST API with the stage `prod`, in whose way nothing
/// stands.
pub(super) fn bridge() -> Estate {
    estate().bridge("x", 80).rest_api("api", |api| {
        api.method(Verb::Get, "/x", "x-link").deploy("prod")
    })
}

pub(super) fn assessment(estate: Estate) -> Assessment {
    assessed(&scanned(estate.build().expect("an account")).snapshot)
}

/// The verdict on `x-nlb` and one finding on it.
pub(super) fn found(estate: Estate, code: FindingCode) -> (Verdict, Finding) {
    let assessment = assessment(estate);
    let of = nlb(&assessment, "x-nlb");
    let finding = of.findings.iter().find(|finding| finding.code() == code);
    let finding = finding.unwrap_or_else(|| panic!("{code} among {:?}", codes(of)));
    (of.verdict, finding.clone())
}

pub(super) fn denied(estate: Estate, kind: CallKind) -> Assessment {
    let settings = Settings {
        faults: vec![Fault::denied(kind).times(Times::Always)],
        ..Settings::unthrottled()
    };
    let account = estate.build().expect("an account");
    let scanned = scan_with(account, settings, Pace::FULL).expect("a scan");
    assessed(&scanned.snapshot)
}
