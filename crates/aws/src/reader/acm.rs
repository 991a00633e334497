//! The calls of Certificate Manager.

use aws_sdk_acm::Client;
use unbridge_model::call::{Facts, Page};
use unbridge_model::id::CertificateArn;
use unbridge_model::port::ReadError;

use super::{Asked, whole};
use crate::classify::classify;
use crate::convert::{Subject, acm};

pub(super) async fn certificate(
    client: &Client,
    certificate: &CertificateArn,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let request = client.describe_certificate();
    let request = request.certificate_arn(certificate.as_str());
    let answer = request.send().await.map_err(classify)?;
    let subject = Subject::new("certificate", Some(certificate.as_str()));
    let told = subject.required("Certificate", answer.certificate())?;
    Ok(whole(Facts::Certificate(acm::certificate(
        told,
        asked.region,
    )?)))
}
