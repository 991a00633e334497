//! What AWS answers, turned into nouns.
//!
//! A field that must be there and is not, or does not have the form of its kind, is an error that
//! names it: nothing is ever replaced by an empty text. Values that routing does not need are
//! sealed on the way. Knows nothing of requests.

pub(crate) mod acm;
pub(crate) mod apigateway;
mod canonical;
pub(crate) mod cloudfront;
pub(crate) mod cloudwatch;
pub(crate) mod ec2;
pub(crate) mod elb;
pub(crate) mod export;
pub(crate) mod globalaccelerator;
pub(crate) mod http_api;
mod integration;
mod method;
mod openapi;
mod policy;
pub(crate) mod route53;
mod schema;
pub(crate) mod settings;
pub(crate) mod wafv2;

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use unbridge_model::apigateway::Tags;
use unbridge_model::gap::GapClass;
use unbridge_model::id::{InvalidId, Region};
use unbridge_model::port::ReadError;
use unbridge_model::text::Text;
use unbridge_model::user::{Pointer, User, UserKind};

/// Something AWS told, or the error that says what could not be understood.
pub(crate) type Converted<T> = Result<T, ReadError>;

/// The AWS object under conversion: names it in errors.
#[derive(Debug, Clone)]
pub(crate) struct Subject(String);

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Subject {
    /// An object of a kind; AWS may have left out its name.
    pub(crate) fn new(kind: &str, name: Option<&str>) -> Self {
        Self(match name {
            Some(name) => format!("{kind} {name}"),
            None => format!("a {kind}"),
        })
    }

    /// A part of the object.
    pub(crate) fn part(&self, name: impl std::fmt::Display) -> Self {
        Self(format!("{}: {name}", self.0))
    }

    /// The error of an object that makes no sense.
    pub(crate) fn unparseable(&self, why: impl std::fmt::Display) -> ReadError {
        ReadError::new(GapClass::Unparseable, format!("{}: {why}", self.0))
    }

    /// A field that must be there.
    pub(crate) fn required<T>(&self, field: &str, value: Option<T>) -> Converted<T> {
        value.ok_or_else(|| self.unparseable(format_args!("{field} is missing")))
    }

    /// A text that must be there.
    pub(crate) fn text(&self, field: &str, value: Option<&str>) -> Converted<Text> {
        let value = value.filter(|text| !text.is_empty());
        self.required(field, value).map(Text::new)
    }

    /// An id that must be there.
    pub(crate) fn id<I>(&self, field: &str, value: Option<&str>) -> Converted<I>
    where
        I: TryFrom<Text, Error = InvalidId>,
    {
        let text = Text::new(self.required(field, value)?);
        I::try_from(text).map_err(|error| self.unparseable(format_args!("{field}: {error}")))
    }

    /// An id that may be absent, but not malformed.
    pub(crate) fn optional_id<I>(&self, field: &str, value: Option<&str>) -> Converted<Option<I>>
    where
        I: TryFrom<Text, Error = InvalidId>,
    {
        value.map(|text| self.id(field, Some(text))).transpose()
    }

    /// A list of ids.
    pub(crate) fn ids<I>(&self, field: &str, values: &[String]) -> Converted<Vec<I>>
    where
        I: TryFrom<Text, Error = InvalidId>,
    {
        let id = |text: &String| self.id(field, Some(text));
        values.iter().map(id).collect()
    }

    /// A number that AWS types wider than its range, such as a port or a weight.
    pub(crate) fn number<N>(&self, field: &str, value: Option<i32>) -> Converted<Option<N>>
    where
        N: TryFrom<i32>,
    {
        let narrow = |number| {
            N::try_from(number)
                .map_err(|_| self.unparseable(format_args!("{field} {number} is out of range")))
        };
        value.map(narrow).transpose()
    }
}

/// Texts as AWS lists them.
fn texts(values: &[String]) -> Vec<Text> {
    values.iter().map(|value| Text::new(value)).collect()
}

/// Tags as API Gateway tells them.
fn tags(told: Option<&HashMap<String, String>>) -> Tags {
    told.into_iter()
        .flatten()
        .map(|(key, value)| (Text::new(key), Text::new(value)))
        .collect()
}

/// A moment, RFC 3339 in UTC.
fn moment(field: &str, told: &DateTime, subject: &Subject) -> Converted<Text> {
    told.fmt(Format::DateTime)
        .map(Text::from)
        .map_err(|error| subject.unparseable(format_args!("{field}: {error}")))
}

/// A DNS name in the form that load balancers are listed with: lower case, without a final dot,
/// and without the `dualstack.` that stands for both kinds of addresses of one load balancer.
fn dns_name(told: &str) -> Text {
    let name = told.to_ascii_lowercase();
    let name = name.strip_suffix('.').unwrap_or(&name);
    Text::new(name.strip_prefix("dualstack.").unwrap_or(name))
}

/// An address in its shortest form, so that equal addresses are equal texts; another text as told.
fn address(told: &str) -> Text {
    told.parse::<IpAddr>().map_or_else(
        |_| Text::new(told),
        |address| Text::from(address.to_string()),
    )
}

/// A user; `None` when it leads nowhere that could be a load balancer.
fn user(
    kind: UserKind,
    region: Option<&Region>,
    id: Text,
    mut points_at: Vec<Pointer>,
) -> Option<User> {
    points_at.sort_unstable();
    points_at.dedup();
    (!points_at.is_empty()).then(|| User {
        kind,
        region: region.cloned(),
        id,
        points_at,
    })
}
