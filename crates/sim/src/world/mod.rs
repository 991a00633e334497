//! A region as one JSON document, in the words of AWS's answers: what `POST /_lab/world` of the
//! emulator in `tests/emulator` builds an account from.
//!
//! Everything that a request's way depends on is in it. Left out are settings of REST APIs and
//! those properties of methods and integrations that stand for a text without structure.

mod apis;
mod rules;

use serde_json::{Map, Value, json};
use unbridge_model::apigateway::{LinkReach, Tags, VpcLink};
use unbridge_model::elb::{Listener, LoadBalancer, LoadBalancerType, TargetGroup, TargetType};
use unbridge_model::id::Region;
use unbridge_model::network::{
    AclEffect, Direction, NetworkAcl, NetworkInterface, SecurityGroup, SecurityRule, Subnet,
};
use unbridge_model::text::Text;

use crate::account::{Account, RegionState};
use crate::data_plane::Range;

/// What stands in a region; `None` when the account does not have it.
#[must_use]
pub fn world(account: &Account, region: &Region) -> Option<Value> {
    let state = account.regions.get(region)?;
    let vpcs = &state.vpcs;
    let subnets = vpcs.iter().flat_map(|vpc| vpc.subnets.iter().flatten());
    let groups = vpcs.iter().flat_map(|vpc| {
        let groups = vpc.security_groups.iter().flatten();
        groups.map(|group| security_group(group, vpc.id.as_str()))
    });
    let acls = vpcs.iter().flat_map(|vpc| {
        let acls = vpc.network_acls.iter().flatten();
        acls.map(|acl| network_acl(acl, vpc.id.as_str()))
    });
    let listeners = state.load_balancers.iter().flat_map(|lb| {
        let listeners = lb.listeners.iter().flatten();
        listeners.map(|known| listener(state, lb, known))
    });
    let of = |rows: Vec<Value>| Value::Array(rows);
    Some(json!({
        "Vpcs": of(vpcs.iter().map(|vpc| json!({
            "VpcId": vpc.id,
            "CidrBlock": "10.0.0.0/16",
        })).collect()),
        "Subnets": of(subnets.map(|known| subnet(state, region, known)).collect()),
        "SecurityGroups": of(groups.collect()),
        "NetworkAcls": of(acls.collect()),
        "NetworkInterfaces": of(state.network_interfaces.iter()
            .flat_map(|known| interfaces(state, known)).collect()),
        "TargetGroups": of(state.target_groups.iter().map(target_group).collect()),
        "LoadBalancers": of(state.load_balancers.iter().map(load_balancer).collect()),
        "Listeners": of(listeners.collect()),
        "VpcLinks": of(state.v1_links().filter_map(v1_link).collect()),
        "VpcLinksV2": of(state.v2_links().filter_map(v2_link).collect()),
        "RestApis": of(state.rest_apis.iter().map(apis::rest_api).collect()),
        "Apis": of(state.http_apis.iter().map(apis::http_api).collect()),
    }))
}

/// An object without what is null.
fn object(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .collect::<Map<_, _>>(),
        ),
        other => other,
    }
}

fn tags(tags: Option<&Tags>) -> Value {
    let tags = tags.into_iter().flatten();
    let tags = tags.map(|(key, value)| (key.to_string(), Value::from(value.as_str())));
    Value::Object(tags.collect())
}

fn subnet(state: &RegionState, region: &Region, known: &Subnet) -> Value {
    let mut zones = state.load_balancers.iter().flat_map(|lb| &lb.zones);
    let zone = zones.find(|zone| zone.subnet.as_ref() == Some(&known.id));
    let zone = zone.map_or_else(
        || Text::from(format!("{region}a")),
        |zone| zone.zone.clone(),
    );
    json!({
        "SubnetId": known.id,
        "VpcId": known.vpc,
        "CidrBlock": known.cidr,
        "AvailabilityZone": zone,
        "AvailabilityZoneId": known.zone_id,
        "AvailableIpAddressCount": known.free_addresses,
        "OwnerId": known.owner,
    })
}

fn security_group(group: &SecurityGroup, vpc: &str) -> Value {
    let permissions = |rules: &[SecurityRule]| Value::Array(rules.iter().map(permission).collect());
    json!({
        "GroupId": group.id,
        "GroupName": group.name,
        "VpcId": vpc,
        "IpPermissions": permissions(&group.ingress),
        "IpPermissionsEgress": permissions(&group.egress),
        "Tags": tags(Some(&group.tags)),
    })
}

fn permission(rule: &SecurityRule) -> Value {
    let peers = |prefix: &str, field: &str| {
        let of_kind = rule.peers.iter().filter(|peer| match prefix {
            "" => !peer.starts_with("sg-") && !peer.starts_with("pl-"),
            prefix => peer.starts_with(prefix),
        });
        let rows: Vec<Value> = of_kind.map(|peer| json!({ field: peer })).collect();
        (!rows.is_empty()).then_some(rows)
    };
    object(json!({
        "IpProtocol": rule.protocol,
        "FromPort": rule.from_port,
        "ToPort": rule.to_port,
        "IpRanges": peers("", "CidrIp"),
        "UserIdGroupPairs": peers("sg-", "GroupId"),
        "PrefixListIds": peers("pl-", "PrefixListId"),
    }))
}

fn network_acl(acl: &NetworkAcl, vpc: &str) -> Value {
    let entries = acl.entries.iter().map(|entry| {
        let ports = entry.from_port.map(|from| {
            json!({
                "From": from,
                "To": entry.to_port,
            })
        });
        object(json!({
            "RuleNumber": entry.number,
            "Protocol": entry.protocol,
            "RuleAction": match entry.effect {
                AclEffect::Allow => "allow",
                AclEffect::Deny => "deny",
            },
            "Egress": entry.direction == Direction::Egress,
            "CidrBlock": entry.cidr,
            "PortRange": ports,
        }))
    });
    let associations = acl
        .subnets
        .iter()
        .map(|subnet| json!({ "SubnetId": subnet }));
    json!({
        "NetworkAclId": acl.id,
        "VpcId": vpc,
        "Entries": entries.collect::<Vec<_>>(),
        "Associations": associations.collect::<Vec<_>>(),
    })
}

/// One row for each address: an interface here may have several.
fn interfaces(state: &RegionState, known: &NetworkInterface) -> Vec<Value> {
    let mut lbs = state.load_balancers.iter();
    let Some(lb) = lbs.find(|lb| known.load_balancer == lb.arn.tail()) else {
        return Vec::new();
    };
    let kind = match lb.kind {
        LoadBalancerType::Application => "interface",
        LoadBalancerType::Gateway => "gateway_load_balancer",
        LoadBalancerType::Network => "network_load_balancer",
    };
    let rows = known.addresses.iter().enumerate().map(|(number, address)| {
        let id = match number {
            0 => known.id.to_string(),
            number => format!("{}{number}", known.id),
        };
        object(json!({
            "NetworkInterfaceId": id,
            "SubnetId": subnet_of(state, lb, address),
            "PrivateIpAddress": address,
            "Description": format!("ELB {}", known.load_balancer),
            "InterfaceType": kind,
            "Groups": lb.security_groups.iter()
                .map(|group| json!({ "GroupId": group })).collect::<Vec<_>>(),
        }))
    });
    rows.collect()
}

/// The subnet of a load balancer that an address lies in.
fn subnet_of(state: &RegionState, lb: &LoadBalancer, address: &str) -> Option<Text> {
    let address = Range::parse(address)?;
    let of_vpc = state
        .vpcs
        .iter()
        .filter(|vpc| Some(&vpc.id) == lb.vpc.as_ref());
    let mut subnets = of_vpc.flat_map(|vpc| vpc.subnets.iter().flatten());
    let found = subnets
        .find(|subnet| Range::parse(&subnet.cidr).is_some_and(|range| address.is_within(range)));
    found.map(|subnet| subnet.id.clone().into())
}

fn target_group(group: &TargetGroup) -> Value {
    let kind = match &group.target_type {
        TargetType::Alb => "alb",
        TargetType::Instance => "instance",
        TargetType::Ip => "ip",
        TargetType::Lambda => "lambda",
        TargetType::Unknown(word) => word.as_str(),
    };
    let targets = group.targets.iter().flatten().map(|target| {
        json!({
            "Target": { "Id": target.id, "Port": target.port },
            "TargetHealth": { "State": target.health },
        })
    });
    object(json!({
        "TargetGroupArn": group.arn,
        "TargetGroupName": group.name,
        "TargetType": kind,
        "Protocol": group.protocol,
        "Port": group.port,
        "VpcId": group.vpc,
        "Attributes": group.attributes,
        "TargetHealthDescriptions": targets.collect::<Vec<_>>(),
        "Tags": tags(group.tags.as_ref()),
    }))
}

fn load_balancer(lb: &LoadBalancer) -> Value {
    let zones = lb.zones.iter().map(|zone| {
        let addresses = zone.chosen_addresses.iter().map(|address| {
            let field = match address.starts_with("eipalloc-") {
                true => "AllocationId",
                false => "PrivateIPv4Address",
            };
            json!({ field: address })
        });
        json!({
            "ZoneName": zone.zone,
            "SubnetId": zone.subnet,
            "LoadBalancerAddresses": addresses.collect::<Vec<_>>(),
        })
    });
    object(json!({
        "LoadBalancerArn": lb.arn,
        "LoadBalancerName": lb.name,
        "DNSName": lb.dns_name,
        "Type": lb.kind.to_string(),
        "Scheme": lb.scheme.map(|scheme| scheme.to_string()),
        "VpcId": lb.vpc,
        "AvailabilityZones": zones.collect::<Vec<_>>(),
        "SecurityGroups": lb.security_groups,
        "Attributes": lb.attributes,
        "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic": lb.private_link_inbound_rules,
        "Tags": tags(lb.tags.as_ref()),
    }))
}

fn listener(state: &RegionState, lb: &LoadBalancer, known: &Listener) -> Value {
    let certificates = known.certificates.iter();
    let mode = known.mutual_authentication.as_ref();
    object(json!({
        "ListenerArn": known.arn,
        "LoadBalancerArn": lb.arn,
        "Protocol": known.protocol,
        "Port": known.port,
        "DefaultActions": rules::actions(&known.default_actions),
        "Certificates": certificates
            .map(|arn| json!({ "CertificateArn": arn })).collect::<Vec<_>>(),
        "MutualAuthentication": mode.map(|mode| json!({ "Mode": mode })),
        "Rules": known.rules.iter().flatten()
            .map(|rule| rules::rule(state, rule)).collect::<Vec<_>>(),
    }))
}

fn v1_link(link: &VpcLink) -> Option<Value> {
    let LinkReach::V1 { targets } = &link.reach else {
        return None;
    };
    Some(json!({
        "id": link.id,
        "name": link.name,
        "targetArns": targets,
        "status": link.status,
        "tags": tags(Some(&link.tags)),
    }))
}

fn v2_link(link: &VpcLink) -> Option<Value> {
    let LinkReach::V2 {
        subnets,
        security_groups,
    } = &link.reach
    else {
        return None;
    };
    Some(json!({
        "vpcLinkId": link.id,
        "name": link.name,
        "subnetIds": subnets,
        "securityGroupIds": security_groups,
        "vpcLinkStatus": link.status,
        "tags": tags(Some(&link.tags)),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::{Estate, Situation};
    use crate::sample;

    #[test]
    fn a_document_names_everything_that_stands_in_a_region() {
        let account = sample::account().expect("the sample");
        for (region, state) in &account.regions {
            let document = world(&account, region).expect("a document");
            let rows = |section: &str| document[section].as_array().map_or(0, Vec::len);
            assert_eq!(rows("LoadBalancers"), state.load_balancers.len());
            assert_eq!(rows("TargetGroups"), state.target_groups.len());
            assert_eq!(rows("RestApis"), state.rest_apis.len());
            assert_eq!(rows("Apis"), state.http_apis.len());
            assert_eq!(rows("VpcLinks") + rows("VpcLinksV2"), state.links.len());
            assert_eq!(
                rows("NetworkInterfaces"),
                state.network_interfaces.len(),
                "one address each"
            );
        }
        let nowhere = Region::new("eu-south-1").expect("a region");
        assert_eq!(world(&account, &nowhere), None);
    }

    #[test]
    fn a_document_tells_raw_values_where_digests_stand() {
        let account = Situation::CleanBridge
            .add(Estate::new("123456789012").region("eu-west-1"), "x", 80)
            .alb_rule("x-alb", 80, 10, |rule| {
                rule.header("x-tenant", &["gold*"])
                    .query(&["version=2", "=beta"])
                    .rewrite_url("^/a$", "/b")
                    .redirect("www.#{host}", "443", "/#{path}")
            })
            .build()
            .expect("an account");
        let region = Region::new("eu-west-1").expect("a region");
        let document = world(&account, &region).expect("a document");
        let listeners = document["Listeners"].as_array().expect("listeners");
        let rule = listeners
            .iter()
            .find_map(|listener| listener["Rules"].get(0))
            .expect("a rule");
        assert_eq!(
            rule["Conditions"],
            json!([
                { "Field": "http-header", "HttpHeaderConfig":
                    { "HttpHeaderName": "x-tenant", "Values": ["gold*"] } },
                { "Field": "query-string", "QueryStringConfig": { "Values":
                    [{ "Key": "version", "Value": "2" }, { "Value": "beta" }] } },
            ])
        );
        assert_eq!(rule["Priority"], "10");
        let resources = document["RestApis"][0]["resources"].as_array();
        let item = resources.into_iter().flatten();
        let item = item
            .map(|resource| &resource["resourceMethods"]["GET"]["methodIntegration"])
            .find(|integration| integration.is_object())
            .expect("GET");
        assert_eq!(item["connectionType"], "VPC_LINK");
        assert_eq!(item["timeoutInMillis"], 9000);
        assert_eq!(
            item["requestParameters"],
            json!({ "integration.request.path.id": "method.request.path.id" })
        );
    }
}
