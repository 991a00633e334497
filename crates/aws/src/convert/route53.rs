//! Hosted zones, and the records that can lead to a load balancer.

use aws_sdk_route53::types;
use aws_sdk_route53::types::RrType;
use unbridge_model::id::HostedZoneId;
use unbridge_model::text::Text;
use unbridge_model::user::{Pointer, User, UserKind};

use super::{Converted, Subject, address, dns_name, user};

pub(crate) fn hosted_zone(told: &types::HostedZone) -> Converted<HostedZoneId> {
    let id = told.id();
    let bare = id.strip_prefix("/hostedzone/").unwrap_or(id);
    Subject::new("hosted zone", Some(id)).id("Id", Some(bare))
}

/// The record; `None` when it leads to no name and no address. Values of other records, such as
/// `TXT`, are not looked at.
pub(crate) fn record(
    told: &types::ResourceRecordSet,
    zone: &HostedZoneId,
) -> Converted<Option<User>> {
    let alias = told
        .alias_target()
        .map(|alias| Pointer::DnsName(dns_name(alias.dns_name())));
    let values = told
        .resource_records()
        .iter()
        .filter_map(|record| target(told.r#type(), record.value()));
    let pointers = alias.into_iter().chain(values).collect();
    let name = unescaped(told.name()).to_lowercase();
    let name = name.strip_suffix('.').unwrap_or(&name);
    let mut id = format!("{zone} {name} {}", told.r#type().as_str());
    if let Some(set) = told.set_identifier() {
        id.push(' ');
        id.push_str(set);
    }
    Ok(user(UserKind::DnsRecord, None, Text::from(id), pointers))
}

/// What a value of a record leads to.
fn target(kind: &RrType, value: &str) -> Option<Pointer> {
    // Numbers stand before the target: priorities, weights, ports.
    let numbers = match kind {
        RrType::A | RrType::Aaaa => return Some(Pointer::Address(address(value))),
        RrType::Cname => 0,
        RrType::Mx | RrType::Https | RrType::Svcb => 1,
        RrType::Srv => 3,
        _ => return None,
    };
    let name = value.split_whitespace().nth(numbers)?;
    Some(Pointer::DnsName(dns_name(name)))
}

/// A name as Route 53 was told it: the answer writes `*` and others as `\052`, in octal.
fn unescaped(name: &str) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let code = behind
            .get(..3)
            .filter(|digits| *first == b'\\' && digits.iter().all(u8::is_ascii_digit))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match code {
            Some(byte) => {
                bytes.push(byte);
                rest = behind.get(3..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octal_codes_are_undone() {
        assert_eq!(unescaped("\\052.example.com."), "*.example.com.");
        assert_eq!(unescaped("a\\100b\\"), "a@b\\");
        assert_eq!(unescaped("\\303\\244.de"), "ä.de");
        assert_eq!(unescaped("\\999\\+12x"), "\\999\\+12x");
    }

    #[test]
    fn targets_stand_behind_their_numbers() {
        let name = |kind: RrType, value: &str| match target(&kind, value) {
            Some(Pointer::DnsName(name)) => name.to_string(),
            other => format!("{other:?}"),
        };
        let nlb = "N-1.elb.eu-west-1.amazonaws.com.";
        let clean = "n-1.elb.eu-west-1.amazonaws.com";
        assert_eq!(name(RrType::Cname, nlb), clean);
        assert_eq!(name(RrType::Srv, &format!("1 10 443 {nlb}")), clean);
        assert_eq!(name(RrType::Https, &format!("1 {nlb} alpn=h2")), clean);
        assert_eq!(target(&RrType::Txt, "\"hunter2\""), None);
        assert_eq!(target(&RrType::Srv, "1 10"), None);
    }
}
