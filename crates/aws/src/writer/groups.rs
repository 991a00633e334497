//! Security groups and their rules.

use std::collections::HashMap;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    Filter, IpPermission, IpRange, Ipv6Range, ResourceType, SecurityGroup, Tag, TagSpecification,
    UserIdGroupPair,
};
use unbridge_model::gap::GapClass;
use unbridge_model::id::{SecurityGroupId, VpcId};
use unbridge_model::journal::{Owner, RUN_TAG, STEP_TAG};
use unbridge_model::network::Direction;
use unbridge_model::plan::operation::GroupRule;
use unbridge_model::plan::value::{Output, Settled};
use unbridge_model::port::{Held, ReadError, WriteError, WriteFailure};
use unbridge_model::text::Text;

use super::{Changed, all, found, holds, made, no};
use crate::classify::{classify, classify_change};

/// Every protocol.
const ANY: &str = "-1";
const EVERYWHERE: &str = "0.0.0.0/0";
const EVERYWHERE_IPV6: &str = "::/0";

pub(super) async fn create(
    client: &Client,
    vpc: &VpcId,
    (name, description): (&Text, &Text),
    tags: &HashMap<String, String>,
) -> Changed<Option<Output>> {
    let tags = tags
        .iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build());
    let tags = TagSpecification::builder()
        .resource_type(ResourceType::SecurityGroup)
        .set_tags(Some(tags.collect()))
        .build();
    let request = client
        .create_security_group()
        .vpc_id(vpc.as_str())
        .group_name(name.as_str())
        .description(description.as_str())
        .tag_specifications(tags);
    let answer = request.send().await.map_err(classify_change)?;
    let id = made::<SecurityGroupId>(answer.group_id())?;
    Ok(Some(Output::SecurityGroup(id)))
}

/// AWS gives a new group one rule that lets everything out by IPv4, and in a VPC with IPv6 addresses
/// a second one: both go in one call.
pub(super) async fn revoke_default_egress(client: &Client, group: &SecurityGroupId) -> Changed {
    let standing = look(client, group).await.map_err(|error| {
        // Nothing was sent that could change anything.
        WriteError::new(before_change(error.class), error.message)
    })?;
    let standing: Vec<_> = standing.iter().flat_map(everything_out).collect();
    let by_ipv4 = IpPermission::builder()
        .ip_protocol(ANY)
        .ip_ranges(IpRange::builder().cidr_ip(EVERYWHERE).build())
        .build();
    // Where none stands, AWS says so.
    let rules = match standing.is_empty() {
        true => vec![by_ipv4],
        false => standing,
    };
    let request = client.revoke_security_group_egress();
    let request = request
        .group_id(group.as_str())
        .set_ip_permissions(Some(rules));
    let answer = request.send().await.map_err(classify_change)?;
    all_known(answer.unknown_ip_permissions())
}

/// What a failure to look at something means for the change that was to follow.
pub(super) fn before_change(class: GapClass) -> WriteFailure {
    match class {
        GapClass::Denied => WriteFailure::Denied,
        GapClass::Credentials => WriteFailure::Credentials,
        // It is worth another attempt, and nothing was changed.
        GapClass::Throttled | GapClass::Failed | GapClass::Unreachable => WriteFailure::Throttled,
        GapClass::Refused
        | GapClass::Vanished
        | GapClass::Unparseable
        | GapClass::Unreadable
        | GapClass::NotRead
        | GapClass::Skipped
        | GapClass::Interrupted
        | GapClass::NoSnapshot => WriteFailure::Refused,
    }
}

pub(super) async fn authorize(
    client: &Client,
    group: &SecurityGroupId,
    rule: &GroupRule<Settled>,
) -> Changed {
    match rule.direction {
        Direction::Ingress => {
            let request = client.authorize_security_group_ingress();
            let request = request
                .group_id(group.as_str())
                .ip_permissions(permission(rule));
            request.send().await.map_err(classify_change)?;
        }
        Direction::Egress => {
            let request = client.authorize_security_group_egress();
            let request = request
                .group_id(group.as_str())
                .ip_permissions(permission(rule));
            request.send().await.map_err(classify_change)?;
        }
    }
    Ok(())
}

pub(super) async fn revoke(
    client: &Client,
    group: &SecurityGroupId,
    rule: &GroupRule<Settled>,
) -> Changed {
    match rule.direction {
        Direction::Ingress => {
            let request = client.revoke_security_group_ingress();
            let request = request
                .group_id(group.as_str())
                .ip_permissions(permission(rule));
            let answer = request.send().await.map_err(classify_change)?;
            all_known(answer.unknown_ip_permissions())
        }
        Direction::Egress => {
            let request = client.revoke_security_group_egress();
            let request = request
                .group_id(group.as_str())
                .ip_permissions(permission(rule));
            let answer = request.send().await.map_err(classify_change)?;
            all_known(answer.unknown_ip_permissions())
        }
    }
}

/// In a default VPC AWS does not refuse to revoke what does not stand, but tells it.
fn all_known(unknown: &[IpPermission]) -> Changed {
    match unknown.is_empty() {
        true => Ok(()),
        false => Err(WriteError::new(
            WriteFailure::Refused,
            "InvalidPermission.NotFound: the rule does not stand in this security group",
        )),
    }
}

pub(super) async fn delete(client: &Client, group: &SecurityGroupId) -> Changed {
    let request = client.delete_security_group().group_id(group.as_str());
    request.send().await.map_err(classify_change)?;
    Ok(())
}

fn permission(rule: &GroupRule<Settled>) -> IpPermission {
    let peer = UserIdGroupPair::builder().group_id(rule.peer.as_str());
    IpPermission::builder()
        .ip_protocol("tcp")
        .from_port(rule.port.into())
        .to_port(rule.port.into())
        .user_id_group_pairs(peer.build())
        .build()
}

async fn look(
    client: &Client,
    group: &SecurityGroupId,
) -> Result<Option<SecurityGroup>, ReadError> {
    let request = client.describe_security_groups().group_ids(group.as_str());
    let answer = found(request.send().await.map_err(classify))?;
    let groups = answer.and_then(|answer| answer.security_groups);
    Ok(groups.into_iter().flatten().next())
}

/// The rules of a group that let everything out, without the other ranges they may name.
fn everything_out(group: &SecurityGroup) -> Vec<IpPermission> {
    let any = group.ip_permissions_egress().iter();
    let any = any.filter(|rule| rule.ip_protocol() == Some(ANY));
    any.filter_map(|rule| {
        let mut ipv4 = rule.ip_ranges().iter().filter_map(IpRange::cidr_ip);
        let mut ipv6 = rule.ipv6_ranges().iter().filter_map(Ipv6Range::cidr_ipv6);
        let ipv4 = ipv4.any(|range| range == EVERYWHERE);
        let ipv6 = ipv6.any(|range| range == EVERYWHERE_IPV6);
        let out = IpPermission::builder().ip_protocol(ANY);
        let out = match ipv4 {
            true => out.ip_ranges(IpRange::builder().cidr_ip(EVERYWHERE).build()),
            false => out,
        };
        let out = match ipv6 {
            true => out.ipv6_ranges(Ipv6Range::builder().cidr_ipv6(EVERYWHERE_IPV6).build()),
            false => out,
        };
        (ipv4 || ipv6).then(|| out.build())
    })
    .collect()
}

/// Whether a group has this very rule: TCP on this one port with this group on the other side.
fn has(group: &SecurityGroup, rule: &GroupRule<Settled>) -> bool {
    let rules = match rule.direction {
        Direction::Ingress => group.ip_permissions(),
        Direction::Egress => group.ip_permissions_egress(),
    };
    let port = Some(i32::from(rule.port));
    rules.iter().any(|known| {
        let mut peers = known.user_id_group_pairs().iter();
        known.ip_protocol() == Some("tcp")
            && known.from_port() == port
            && known.to_port() == port
            && peers.any(|peer| peer.group_id() == Some(rule.peer.as_str()))
    })
}

pub(super) async fn stands(
    client: &Client,
    vpc: &VpcId,
    group: &SecurityGroupId,
) -> Result<Held, ReadError> {
    Ok(match look(client, group).await? {
        Some(known) => holds(known.vpc_id() == Some(vpc.as_str()), || {
            format!("it is in {}", known.vpc_id().unwrap_or("no VPC"))
        }),
        None => no("there is no such group"),
    })
}

pub(super) async fn gone(client: &Client, group: &SecurityGroupId) -> Result<Held, ReadError> {
    Ok(match look(client, group).await? {
        Some(known) => no(format!(
            "it stands, as {}",
            known.group_name().unwrap_or("?")
        )),
        None => Held::Yes,
    })
}

pub(super) async fn rule_stands(
    client: &Client,
    group: &SecurityGroupId,
    rule: &GroupRule<Settled>,
) -> Result<Held, ReadError> {
    Ok(match look(client, group).await? {
        Some(known) => holds(has(&known, rule), || {
            "the group has no such rule".to_owned()
        }),
        None => no("there is no such group"),
    })
}

pub(super) async fn rule_gone(
    client: &Client,
    group: &SecurityGroupId,
    rule: &GroupRule<Settled>,
) -> Result<Held, ReadError> {
    let known = look(client, group).await?;
    Ok(holds(!known.is_some_and(|known| has(&known, rule)), || {
        "the group has the rule".to_owned()
    }))
}

pub(super) async fn default_egress_gone(
    client: &Client,
    group: &SecurityGroupId,
) -> Result<Held, ReadError> {
    Ok(match look(client, group).await? {
        Some(known) => holds(everything_out(&known).is_empty(), || {
            "the group lets everything out".to_owned()
        }),
        None => no("there is no such group"),
    })
}

pub(super) async fn find_owned(client: &Client, owner: &Owner) -> Result<Vec<Output>, ReadError> {
    let filter = |tag: &str, value: &str| {
        Filter::builder()
            .name(format!("tag:{tag}"))
            .values(value)
            .build()
    };
    let groups = all(|next| async {
        let request = client
            .describe_security_groups()
            .filters(filter(RUN_TAG, owner.run.as_str()))
            .filters(filter(STEP_TAG, owner.step.as_str()))
            .max_results(1000)
            .set_next_token(next);
        let answer = request.send().await.map_err(classify)?;
        Ok((
            answer.security_groups.unwrap_or_default(),
            answer.next_token,
        ))
    });
    let subject = crate::convert::Subject::new("security group", None);
    let groups = groups.await?;
    let ids = groups
        .iter()
        .map(|group| subject.id("GroupId", group.group_id()));
    ids.map(|id| id.map(Output::SecurityGroup)).collect()
}
