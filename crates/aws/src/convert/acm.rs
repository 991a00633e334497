//! Certificates of listeners.

use aws_sdk_acm::types;
use unbridge_model::elb::Certificate;
use unbridge_model::id::Region;
use unbridge_model::text::Text;

use super::{Converted, Subject, moment};

pub(crate) fn certificate(
    told: &types::CertificateDetail,
    region: &Region,
) -> Converted<Certificate> {
    let subject = Subject::new("certificate", told.certificate_arn());
    // AWS repeats the first name among the alternative ones, except in some imported certificates.
    let alternatives = told.subject_alternative_names().iter().map(String::as_str);
    let mut names: Vec<Text> = told
        .domain_name()
        .into_iter()
        .chain(alternatives)
        .map(|name| Text::from(name.to_ascii_lowercase()))
        .collect();
    names.sort_unstable();
    names.dedup();
    Ok(Certificate {
        arn: subject.id("CertificateArn", told.certificate_arn())?,
        region: region.clone(),
        names,
        kind: subject.text("Type", told.r#type().map(types::CertificateType::as_str))?,
        not_after: told
            .not_after()
            .map(|time| moment("NotAfter", time, &subject))
            .transpose()?,
    })
}
