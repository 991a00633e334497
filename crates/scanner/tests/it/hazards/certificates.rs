//! Certificates that a move lets be checked for the first time.

use unbridge_model::apigateway::{CarriedField, Verb};
use unbridge_model::call::CallKind;
use unbridge_model::finding::{CertificateProblem, Finding, FindingCode, Verdict};
use unbridge_model::text::Text;
use unbridge_sim::build::Estate;

use crate::common::{codes, estate, nlb};

use super::{assessment, denied, found};

/// A TLS listener of the NLB before an HTTPS listener of the ALB, called as `api.corp.example`.
fn tls(good_for: &str) -> Estate {
    estate()
        .certificate("front", &["api.corp.example"])
        .certificate("back", &[good_for])
        .nlb("x-nlb")
        .alb("x-alb", 443)
        .https("x-alb", 443, &["back"])
        .forward_tls("x-nlb", 443, "x-alb", 443, "front")
        .link("x-link", "x-nlb")
        .rest_api("api", |api| {
            api.at(Verb::Get, "/x", "x-link", "https://api.corp.example/x")
                .deploy("prod")
        })
}

fn problem(estate: Estate) -> (Verdict, CertificateProblem) {
    let (verdict, finding) = found(estate, FindingCode::CertificateNameMismatch);
    let Finding::CertificateNameMismatch { problem, .. } = finding else {
        unreachable!("asked for by code")
    };
    (verdict, problem)
}

/// H10: behind a TLS listener of the NLB nobody ever checked the ALB's certificate.
#[test]
fn a_certificate_that_will_be_checked_for_the_first_time_is_judged_h10() {
    let fits = assessment(tls("*.corp.example"));
    let of = nlb(&fits, "x-nlb");
    assert!(codes(of).contains(&FindingCode::TlsEndsAtNlb));
    assert!(!codes(of).contains(&FindingCode::CertificateNameMismatch));
    assert_eq!(of.verdict, Verdict::Removable, "{:?}", of.findings);

    let (verdict, told) = problem(tls("other.example"));
    assert!(matches!(told, CertificateProblem::NoName { .. }));
    assert_eq!(verdict, Verdict::Blocked);

    let ended = tls("*.corp.example").edit_certificate("back", |certificate| {
        certificate.not_after = Some(Text::new("2025-12-31T23:59:59Z"));
    });
    let (verdict, told) = problem(ended);
    assert!(matches!(told, CertificateProblem::Expired { .. }));
    assert_eq!(verdict, Verdict::Blocked);

    let private =
        || tls("*.corp.example").edit_certificate("back", |c| c.kind = Text::new("PRIVATE"));
    let (verdict, told) = problem(private());
    assert!(matches!(told, CertificateProblem::NotPublic { .. }));
    assert_eq!(verdict, Verdict::Blocked);
    let unchecked = private().rest_api("api", |api| {
        api.carry(Verb::Get, "/x", CarriedField::TlsConfig, "insecure")
            .deploy("prod")
    });
    let assessment = assessment(unchecked);
    assert!(!codes(nlb(&assessment, "x-nlb")).contains(&FindingCode::CertificateNameMismatch));

    let imported =
        tls("*.corp.example").edit_certificate("back", |c| c.kind = Text::new("IMPORTED"));
    assert_eq!(
        problem(imported),
        (Verdict::RemovableIf, CertificateProblem::Imported)
    );

    let unread = denied(tls("*.corp.example"), CallKind::DescribeCertificate);
    let of = nlb(&unread, "x-nlb");
    assert!(codes(of).contains(&FindingCode::CertificateNameMismatch));
    assert_eq!(of.verdict, Verdict::RemovableIf);
}

/// H10: where the NLB passes TLS on, a move changes nothing of what is checked: a certificate that
/// could not be read is no doubt then.
#[test]
fn a_certificate_that_is_checked_today_need_not_be_read_h10() {
    let passed_on = estate()
        .certificate("back", &["api.corp.example"])
        .nlb("x-nlb")
        .alb("x-alb", 443)
        .https("x-alb", 443, &["back"])
        .forward("x-nlb", 443, "x-alb", 443)
        .link("x-link", "x-nlb")
        .rest_api("api", |api| {
            api.at(Verb::Get, "/x", "x-link", "https://api.corp.example/x")
                .deploy("prod")
        });
    let unread = denied(passed_on, CallKind::DescribeCertificate);
    assert!(!unread.gaps.is_empty());
    let of = nlb(&unread, "x-nlb");
    assert_eq!(of.verdict, Verdict::Removable, "{:?}", of.findings);
}

/// H10: the name that an HTTP API verifies is not kept, so the certificate cannot be judged by it.
#[test]
fn an_http_api_before_a_certificate_nobody_checked_leaves_a_doubt_h10() {
    let estate = tls("*.corp.example").v2_link("v2").http_api("web", |api| {
        api.private("GET /x", "v2", "x-nlb", 443).auto("$default")
    });
    let (verdict, told) = problem(estate);
    assert_eq!(
        (verdict, told),
        (Verdict::RemovableIf, CertificateProblem::NameSealed)
    );
}
