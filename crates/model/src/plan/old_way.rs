//! The way that a plan leads away from, and what shows that a part of it is gone: then nothing can
//! be taken back to it.

use std::fmt::{self, Display};

use super::condition::Condition;
use super::value::{Later, Planned};
use super::{Body, ObjectRef};
use crate::id::{LoadBalancerArn, VpcLinkId};

/// A part of the old way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldPart<'a> {
    /// A VPC link, of either version.
    Link(&'a VpcLinkId),
    /// A Network Load Balancer.
    Nlb(&'a LoadBalancerArn),
}

impl Display for OldPart<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link(link) => write!(f, "VPC link {link}"),
            Self::Nlb(nlb) => write!(f, "load balancer {}", nlb.name()),
        }
    }
}

impl OldPart<'_> {
    /// What holds, all of it, once this part is gone.
    #[must_use]
    pub fn gone(&self) -> Vec<Condition<Planned>> {
        match *self {
            Self::Link(link) => vec![
                Condition::V1LinkGone { link: link.clone() },
                // A plan does not say of which version a link is that it was made from.
                Condition::LinkGone {
                    link: Later::Known(link.clone()),
                },
            ],
            Self::Nlb(nlb) => vec![Condition::LoadBalancerGone {
                load_balancer: nlb.clone(),
            }],
        }
    }
}

impl Body {
    /// The parts of the old way: links and NLBs among what the plan was made from.
    pub fn old_way(&self) -> impl Iterator<Item = OldPart<'_>> {
        self.objects.iter().filter_map(|seen| match &seen.object {
            ObjectRef::VpcLink(link) => Some(OldPart::Link(link)),
            ObjectRef::LoadBalancer(arn) if arn.tail().starts_with("net/") => {
                Some(OldPart::Nlb(arn))
            }
            ObjectRef::LoadBalancer(_)
            | ObjectRef::HttpApi(_)
            | ObjectRef::RestApi(_)
            | ObjectRef::SecurityGroup(_)
            | ObjectRef::TargetGroup(_)
            | ObjectRef::Vpc(_) => None,
        })
    }
}
