//! What chains say of where methods begin and end.

use std::collections::BTreeMap;

use unbridge_model::apigateway::{Method, Verb};
use unbridge_model::assessment::NlbAssessment;
use unbridge_model::id::LoadBalancerArn;
use unbridge_model::route::{End, Hop, UriScheme};
use unbridge_model::text::Text;

use crate::ground::{Destination, Ground};
use crate::select::Picked;

/// The method that a chain begins at.
pub(super) fn method_of<'c>(picked: &Picked<'c>) -> (&'c Text, Option<Verb>) {
    (&picked.chain.path, picked.chain.verb)
}

/// Those of sorted chains that begin at a method.
pub(super) fn of_method<'c, 'g, 'a>(
    sorted: &'c [&'g Picked<'a>],
    method: &Method,
) -> &'c [&'g Picked<'a>] {
    let key = (&method.path, Some(method.verb));
    let first = sorted.partition_point(|picked| method_of(picked) < key);
    let rest = &sorted[first..];
    let others = rest.iter().position(|picked| method_of(picked) != key);
    &rest[..others.unwrap_or(rest.len())]
}

/// The listener at which a chain ends; `None` when that is none of an ALB.
pub(crate) fn destination(ground: &Ground<'_>, picked: &Picked<'_>) -> Option<Destination> {
    let way = &picked.chain.way;
    let End::Alb { alb, port } = &way.end else {
        return None;
    };
    let listener = way.hops.iter().find_map(|hop| match hop {
        Hop::AlbListener { listener, .. } => Some(listener.clone()),
        Hop::VpcLinkV1(_) | Hop::VpcLinkV2(_) | Hop::NlbListener { .. } | Hop::TargetGroup(_) => {
            None
        }
    })?;
    let known = ground.facts.load_balancers.get(alb)?;
    let mut listeners = known.listeners.iter().flatten();
    let spoken = listeners.find(|known| known.arn == listener)?;
    let scheme = match spoken.protocol.as_deref() {
        Some("HTTPS") => UriScheme::Https,
        Some(_) | None => UriScheme::Http,
    };
    Some(Destination {
        alb: alb.clone(),
        port: *port,
        listener,
        scheme,
    })
}

/// NLBs of these chains.
pub(crate) fn nlbs<'a>(picked: &[Picked<'a>]) -> BTreeMap<&'a LoadBalancerArn, &'a NlbAssessment> {
    let mut last = None;
    let nlbs = picked.iter().map(|picked| picked.nlb);
    let nlbs = nlbs.filter(|nlb| {
        !last
            .replace(*nlb)
            .is_some_and(|known| std::ptr::eq(known, *nlb))
    });
    nlbs.map(|nlb| (&nlb.arn, nlb)).collect()
}
