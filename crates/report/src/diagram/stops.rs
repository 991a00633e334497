//! The stops of a picture: which are one node, what kind each is, what stands in it.

use unbridge_model::id::{LoadBalancerArn, TargetGroupArn, VpcLinkId};
use unbridge_model::route::{End, Hop};

use super::Kind;
use crate::layout::{self, Break};
use crate::safe::printable;

/// Columns of a line in a node.
const COLUMNS: usize = 24;
/// Lines of one text in a node.
const LINES: usize = 6;

/// A stop that is one node, however many ways lead over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stop<'a> {
    Caller(usize),
    LinkV1(&'a VpcLinkId),
    LinkV2(&'a VpcLinkId),
    NewLink,
    DirectLink,
    Listener(&'a LoadBalancerArn, u16),
    Nlb,
    Group(&'a TargetGroupArn),
    Alb(&'a LoadBalancerArn, u16),
    WholeAlb(&'a LoadBalancerArn),
    SomeAlbs,
    End(&'a End),
    MoreWays,
    MoreLinks,
}

pub(super) fn kind(stop: Stop<'_>) -> Kind {
    match stop {
        Stop::Caller(_) => Kind::Api,
        Stop::LinkV1(_) | Stop::LinkV2(_) | Stop::NewLink | Stop::DirectLink | Stop::MoreLinks => {
            Kind::Link
        }
        Stop::Listener(..) | Stop::Nlb => Kind::Nlb,
        Stop::Group(_) => Kind::Group,
        Stop::Alb(..) | Stop::WholeAlb(_) | Stop::SomeAlbs => Kind::Alb,
        Stop::End(End::Broken(_)) => Kind::Broken,
        Stop::End(End::Unseen(_)) => Kind::Unseen,
        Stop::End(End::OtherTargets { .. } | End::CloudMap { .. } | End::Alb { .. }) => Kind::Other,
        Stop::MoreWays => Kind::More,
    }
}

pub(super) fn of_hop(hop: &Hop) -> Stop<'_> {
    match hop {
        Hop::VpcLinkV1(id) => Stop::LinkV1(id),
        Hop::VpcLinkV2(id) => Stop::LinkV2(id),
        Hop::NlbListener { nlb, port } => Stop::Listener(nlb, *port),
        Hop::TargetGroup(group) => Stop::Group(group),
        Hop::AlbListener {
            alb,
            port,
            listener: _,
        } => Stop::Alb(alb, *port),
    }
}

pub(super) fn of_end(end: &End) -> Stop<'_> {
    match end {
        End::Alb { alb, port } => Stop::Alb(alb, *port),
        End::OtherTargets { .. } | End::CloudMap { .. } | End::Broken(_) | End::Unseen(_) => {
            Stop::End(end)
        }
    }
}

/// What stands at an end that fails, without the marks of a terminal.
pub(super) fn failing(stop: Stop<'_>) -> Option<String> {
    let Stop::End(end) = stop else { return None };
    let (what, why) = match end {
        End::Broken(why) => ("BROKEN", why.to_string()),
        End::Unseen(why) => ("NOT SEEN", why.to_string()),
        End::Alb { .. } | End::OtherTargets { .. } | End::CloudMap { .. } => return None,
    };
    let words: Vec<&str> = why.split(' ').map(name_of_arn).collect();
    Some(format!("{what}: {}", printable(&words.join(" "))))
}

/// The name in an ARN of load balancing, which ends in a name and an id; other words as they are.
fn name_of_arn(word: &str) -> &str {
    let of_elb = word.starts_with("arn:") && word.contains(":elasticloadbalancing:");
    let name = || word.rsplit('/').nth(1);
    if of_elb { name().unwrap_or(word) } else { word }
}

/// `text` in a few lines of a node's width.
pub(super) fn fit(text: &str) -> Vec<String> {
    let mut lines = layout::wrap(text, COLUMNS, 0, Break::Anywhere);
    if lines.len() > LINES {
        lines.truncate(LINES);
        lines
            .iter_mut()
            .skip(LINES - 1)
            .for_each(|last| last.push_str("..."));
    }
    lines
}
