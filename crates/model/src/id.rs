//! Typed ids: one type per kind of AWS thing, so that a listener's ARN can never stand where a
//! load balancer's is meant. Owns their shape; knows nothing of what they name.

use std::fmt;
use std::io;
use std::num::NonZeroU8;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Digest as _;

use crate::text::Text;

/// A text that is not an id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {kind}: {text:?} (expected {expected})")]
pub struct InvalidId {
    /// The kind of id that was wanted.
    pub kind: &'static str,
    /// What stood there instead.
    pub text: String,
    /// What a valid one looks like.
    pub expected: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident: $check:expr, $expected:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "Text")]
        pub struct $name(Text);

        impl $name {
            /// The id in this text.
            ///
            /// # Errors
            /// [`InvalidId`] when the text does not have the form of this kind of id.
            pub fn new(text: impl Into<Text>) -> Result<Self, InvalidId> {
                Self::try_from(text.into())
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl TryFrom<Text> for $name {
            type Error = InvalidId;

            fn try_from(text: Text) -> Result<Self, InvalidId> {
                let check: fn(&str) -> bool = $check;
                if check(&text) {
                    Ok(Self(text))
                } else {
                    Err(InvalidId { kind: stringify!($name), text: text.to_string(), expected: $expected })
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl From<$name> for Text {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                String::json_schema(generator)
            }
        }
    )*};
}

ids! {
    /// Twelve digits.
    AccountId: |t| t.len() == 12 && t.bytes().all(|b| b.is_ascii_digit()), "12 digits";
    /// A region code such as `eu-west-1`.
    Region: is_region, "a region code such as eu-west-1";
    /// A REST API's id.
    RestApiId: is_short_id, "letters and digits";
    /// An HTTP or WebSocket API's id.
    HttpApiId: is_short_id, "letters and digits";
    /// The id of an integration of an HTTP or WebSocket API.
    HttpIntegrationId: is_short_id, "letters and digits";
    /// The id of a route of an HTTP or WebSocket API.
    RouteId: is_short_id, "letters and digits";
    /// A deployment's id.
    DeploymentId: is_short_id, "letters and digits";
    /// A stage's name; `$default` for the default stage of an HTTP API.
    StageName: is_name, "printable text without spaces";
    /// The id of a VPC link of either version.
    VpcLinkId: is_short_id, "letters and digits";
    /// A load balancer's ARN, of any kind of load balancer.
    LoadBalancerArn: |t| is_elb_arn(t, "loadbalancer/"), "arn:PARTITION:elasticloadbalancing:REGION:ACCOUNT:loadbalancer/...";
    /// A listener's ARN.
    ListenerArn: |t| is_elb_arn(t, "listener/"), "arn:PARTITION:elasticloadbalancing:REGION:ACCOUNT:listener/...";
    /// A listener rule's ARN.
    RuleArn: |t| is_elb_arn(t, "listener-rule/"), "arn:PARTITION:elasticloadbalancing:REGION:ACCOUNT:listener-rule/...";
    /// A target group's ARN.
    TargetGroupArn: |t| is_elb_arn(t, "targetgroup/"), "arn:PARTITION:elasticloadbalancing:REGION:ACCOUNT:targetgroup/...";
    /// A VPC's id.
    VpcId: |t| has_prefix(t, "vpc-"), "vpc-...";
    /// A subnet's id.
    SubnetId: |t| has_prefix(t, "subnet-"), "subnet-...";
    /// A security group's id.
    SecurityGroupId: |t| has_prefix(t, "sg-"), "sg-...";
    /// A network interface's id.
    NetworkInterfaceId: |t| has_prefix(t, "eni-"), "eni-...";
    /// A Route 53 hosted zone's id, without `/hostedzone/`.
    HostedZoneId: is_short_id, "letters and digits";
    /// A Global Accelerator's ARN.
    AcceleratorArn: |t| is_accelerator_arn(t) && !t.contains("/listener/"), "arn:PARTITION:globalaccelerator::ACCOUNT:accelerator/...";
    /// The ARN of a Global Accelerator's listener.
    AcceleratorListenerArn: |t| is_accelerator_arn(t) && t.contains("/listener/"), "arn:PARTITION:globalaccelerator::ACCOUNT:accelerator/.../listener/...";
    /// A certificate's ARN, of ACM or IAM.
    CertificateArn: |t| t.starts_with("arn:") && is_name(t), "arn:PARTITION:acm:REGION:ACCOUNT:certificate/...";
    /// The name of a plan: SHA-256 over what it was made from.
    PlanId: is_sha256, "64 hexadecimal digits";
    /// The digest of a plan's body, or of an object it was made from.
    Sha256: is_sha256, "64 hexadecimal digits";
    /// The name of a step, unique within its plan.
    StepId: |t| t.len() <= 64 && is_kebab(t), "lower-case letters, digits and hyphens";
    /// The name of a run, unique among all runs.
    RunId: |t| t.len() <= 32 && is_kebab(t), "lower-case letters, digits and hyphens";
    /// The id of a VPC endpoint service.
    EndpointServiceId: |t| has_prefix(t, "vpce-svc-"), "vpce-svc-...";
}

/// The id of a resource (a path) of a REST API: at most 15 letters and digits.
///
/// Every method of an account has its own, so it is kept in place instead of interned: a million
/// of them would otherwise be a million allocations.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId {
    bytes: [u8; 15],
    length: NonZeroU8,
}

impl ResourceId {
    /// The id in this text.
    ///
    /// # Errors
    /// [`InvalidId`] when the text is no such id.
    pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidId> {
        let text = text.as_ref();
        let refuse = || InvalidId {
            kind: "ResourceId",
            text: text.to_owned(),
            expected: "at most 15 letters and digits",
        };
        if !is_short_id(text) {
            return Err(refuse());
        }
        let mut bytes = [0; 15];
        let place = bytes.get_mut(..text.len()).ok_or_else(refuse)?;
        place.copy_from_slice(text.as_bytes());
        let length = u8::try_from(text.len())
            .ok()
            .and_then(NonZeroU8::new)
            .ok_or_else(refuse)?;
        Ok(Self { bytes, length })
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let written = self
            .bytes
            .get(..usize::from(self.length.get()))
            .unwrap_or_default();
        std::str::from_utf8(written).unwrap_or_default()
    }
}

impl TryFrom<Text> for ResourceId {
    type Error = InvalidId;

    fn try_from(text: Text) -> Result<Self, InvalidId> {
        Self::new(text)
    }
}

impl std::str::FromStr for ResourceId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::new(text)
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl Serialize for ResourceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ResourceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IdVisitor;
        impl Visitor<'_> for IdVisitor {
            type Value = ResourceId;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a resource id")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<ResourceId, E> {
                ResourceId::new(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(IdVisitor)
    }
}

impl schemars::JsonSchema for ResourceId {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ResourceId".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}

fn is_short_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 128 && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn is_sha256(text: &str) -> bool {
    let hexadecimal = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    text.len() == 64 && text.bytes().all(hexadecimal)
}

fn is_kebab(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    text.split('-').all(part)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 256 && text.bytes().all(|b| b.is_ascii_graphic())
}

fn has_prefix(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(is_short_id)
}

impl Region {
    /// The partition it belongs to, as ARNs name it.
    #[must_use]
    pub fn partition(&self) -> &'static str {
        match self.as_str() {
            name if name.starts_with("cn-") => "aws-cn",
            name if name.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }
}

/// Two or more parts of letters, then a number: `eu-west-1`, `us-gov-east-1`, `us-isob-east-1`.
fn is_region(text: &str) -> bool {
    let mut parts: Vec<&str> = text.split('-').collect();
    let number = parts.pop().unwrap_or_default();
    parts.len() >= 2
        && text.len() <= 32
        && (1..=2).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit())
        && parts
            .iter()
            .all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase()))
}

fn is_accelerator_arn(text: &str) -> bool {
    is_name(text) && text.starts_with("arn:") && text.contains(":globalaccelerator:")
}

fn is_elb_arn(text: &str, resource: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, partition, service, region, account, what] = parts[..] else {
        return false;
    };
    arn == "arn"
        && is_name(partition)
        && service == "elasticloadbalancing"
        && is_region(region)
        && account.len() == 12
        && what.strip_prefix(resource).is_some_and(is_name)
}

impl LoadBalancerArn {
    /// `net/orders-nlb/0123`: the part that names it in metrics and network interfaces.
    #[must_use]
    pub fn tail(&self) -> &str {
        let resource = self.as_str().splitn(6, ':').nth(5);
        let tail = resource.and_then(|resource| resource.strip_prefix("loadbalancer/"));
        tail.unwrap_or_default()
    }

    /// The load balancer's name.
    #[must_use]
    pub fn name(&self) -> &str {
        let mut parts = self.tail().split('/');
        match (parts.next(), parts.next()) {
            (Some("net" | "app" | "gwy"), Some(name)) => name,
            (Some(name), _) => name,
            (None, _) => "",
        }
    }

    /// The region in the ARN.
    #[must_use]
    pub fn region(&self) -> &str {
        self.as_str().split(':').nth(3).unwrap_or_default()
    }

    /// The account in the ARN.
    #[must_use]
    pub fn account(&self) -> &str {
        self.as_str().split(':').nth(4).unwrap_or_default()
    }
}

impl StepId {
    /// The longest part of a name that words are given.
    const WORDS: usize = 48;

    /// The name that these words make: in lower case, with hyphens for what no name has. Words that
    /// lose something by that, or are too long, are told apart by what a digest of them says.
    #[must_use]
    pub fn of_words(words: &[&str]) -> Self {
        let written = words.join("-");
        let kept = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
        let mut name = String::new();
        for letter in written.chars().map(|letter| letter.to_ascii_lowercase()) {
            if kept(letter) {
                name.push(letter);
            } else if !name.is_empty() && !name.ends_with('-') {
                name.push('-');
            }
        }
        name.truncate(Self::WORDS);
        let name = name.trim_end_matches('-');
        if name == written {
            return Self(Text::new(name));
        }
        let digest = Sha256::of(written.as_bytes());
        let few = digest.as_str().get(..8).unwrap_or_default();
        Self(Text::from(
            format!("{name}-{few}").trim_start_matches('-').to_owned(),
        ))
    }
}

impl PlanId {
    /// The plan that was made from what has this digest.
    #[must_use]
    pub fn from_digest(digest: Sha256) -> Self {
        Self(digest.0)
    }

    /// Its first twelve digits, for names that people read.
    #[must_use]
    pub fn short(&self) -> &str {
        self.as_str().get(..12).unwrap_or_default()
    }
}

impl Sha256 {
    /// The digest of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut digesting = Digesting::default();
        digesting.0.update(bytes);
        digesting.done()
    }
}

/// A digest of what is written to it.
#[derive(Default)]
pub(crate) struct Digesting(sha2::Sha256);

impl Digesting {
    /// The digest of all that was written.
    pub(crate) fn done(self) -> Sha256 {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let bytes = self.0.finalize();
        let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let digits = halves.map(|half| char::from(DIGITS[usize::from(half)]));
        Sha256(Text::from(digits.collect::<String>()))
    }
}

impl io::Write for Digesting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl ListenerArn {
    /// The load balancer this listener belongs to.
    ///
    /// A listener's ARN is its load balancer's with `listener/` in place of `loadbalancer/` and
    /// its own id behind.
    #[must_use]
    pub fn load_balancer(&self) -> Option<LoadBalancerArn> {
        let (whole, _) = self.as_str().rsplit_once('/')?;
        LoadBalancerArn::new(whole.replacen(":listener/", ":loadbalancer/", 1)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LB: &str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/orders/50dc6c495c0c9188";

    #[test]
    fn an_arn_of_another_kind_is_refused() {
        assert!(LoadBalancerArn::new(LB).is_ok());
        assert!(ListenerArn::new(LB).is_err());
        assert!(LoadBalancerArn::new(LB.replace(":123456789012:", "::")).is_err());
        assert!(LoadBalancerArn::new("arn:aws:elasticloadbalancing").is_err());
    }

    #[test]
    fn a_resource_id_is_kept_in_place() {
        let id = ResourceId::new("a1b2c3d4e5").expect("an id");
        assert_eq!(id.as_str(), "a1b2c3d4e5");
        assert_eq!(size_of::<Option<ResourceId>>(), 16);
        for bad in ["", "sixteen0letters0", "a-b"] {
            assert!(ResourceId::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_listener_names_its_load_balancer() {
        let listener = ListenerArn::new(format!(
            "{}/f2f7dc8efc522ab2",
            LB.replace("loadbalancer", "listener")
        ));
        let owner = listener
            .expect("a listener")
            .load_balancer()
            .expect("a load balancer");
        assert_eq!(owner.as_str(), LB);
        assert_eq!(
            (owner.name(), owner.region(), owner.account()),
            ("orders", "eu-west-1", "123456789012")
        );
    }

    #[test]
    fn regions_of_every_partition_are_accepted_and_typos_are_not() {
        for good in [
            "us-east-1",
            "ap-southeast-7",
            "us-gov-west-1",
            "us-isob-east-1",
            "cn-north-1",
        ] {
            assert!(Region::new(good).is_ok(), "{good}");
        }
        for bad in [
            "us-east1",
            "useast-1",
            "US-EAST-1",
            "",
            "us-east-1; rm",
            "us-east-",
        ] {
            assert!(Region::new(bad).is_err(), "{bad}");
        }
    }
}
