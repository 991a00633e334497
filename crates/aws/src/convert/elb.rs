//! Load balancers, listeners, rules, target groups, targets, attributes and tags.

use std::collections::BTreeMap;

use aws_sdk_elasticloadbalancingv2::operation::describe_capacity_reservation::DescribeCapacityReservationOutput;
use aws_sdk_elasticloadbalancingv2::types;
use unbridge_model::apigateway::Tags;
use unbridge_model::digest::Digester;
use unbridge_model::elb::{
    Action, CapacityReservation, Condition, Listener, LoadBalancer, LoadBalancerType,
    LoadBalancerZone, Rewrite, Rule, Scheme, Target, TargetGroup, TargetType, Transform,
    WeightedGroup,
};
use unbridge_model::id::{CertificateArn, Region};
use unbridge_model::text::Text;

use super::{Converted, Subject, address, texts};

pub(crate) fn load_balancer(
    told: &types::LoadBalancer,
    region: &Region,
) -> Converted<LoadBalancer> {
    let subject = Subject::new("load balancer", told.load_balancer_arn());
    let kind = match subject.required("Type", told.r#type())? {
        types::LoadBalancerTypeEnum::Application => LoadBalancerType::Application,
        types::LoadBalancerTypeEnum::Gateway => LoadBalancerType::Gateway,
        types::LoadBalancerTypeEnum::Network => LoadBalancerType::Network,
        other => {
            let word = other.as_str();
            return Err(subject.unparseable(format_args!("Type {word:?} is not known")));
        }
    };
    let scheme = match told.scheme() {
        None => None,
        Some(types::LoadBalancerSchemeEnum::Internal) => Some(Scheme::Internal),
        Some(types::LoadBalancerSchemeEnum::InternetFacing) => Some(Scheme::InternetFacing),
        Some(other) => {
            let word = other.as_str();
            return Err(subject.unparseable(format_args!("Scheme {word:?} is not known")));
        }
    };
    Ok(LoadBalancer {
        arn: subject.id("LoadBalancerArn", told.load_balancer_arn())?,
        region: region.clone(),
        name: subject.text("LoadBalancerName", told.load_balancer_name())?,
        kind,
        scheme,
        dns_name: told
            .dns_name()
            .map(|name| Text::from(name.to_ascii_lowercase())),
        vpc: subject.optional_id("VpcId", told.vpc_id())?,
        zones: told
            .availability_zones()
            .iter()
            .map(|told| zone(told, &subject))
            .collect::<Converted<_>>()?,
        security_groups: subject.ids("SecurityGroups", told.security_groups())?,
        private_link_inbound_rules: told
            .enforce_security_group_inbound_rules_on_private_link_traffic()
            .map(Text::new),
        listeners: None,
        attributes: None,
        tags: None,
        web_acl: None,
        traffic: None,
        capacity_reservation: None,
    })
}

fn zone(told: &types::AvailabilityZone, subject: &Subject) -> Converted<LoadBalancerZone> {
    // `IpAddress` is left out: it is the address of an allocation, or one that AWS chose.
    let chosen = |told: &types::LoadBalancerAddress| {
        [
            told.allocation_id().map(Text::new),
            told.private_ipv4_address().map(address),
            told.ipv6_address().map(address),
        ]
    };
    Ok(LoadBalancerZone {
        zone: subject.text("ZoneName", told.zone_name())?,
        subnet: subject.optional_id("SubnetId", told.subnet_id())?,
        chosen_addresses: told
            .load_balancer_addresses()
            .iter()
            .flat_map(chosen)
            .flatten()
            .collect(),
    })
}

pub(crate) fn listener(told: &types::Listener) -> Converted<Listener> {
    let subject = Subject::new("listener", told.listener_arn());
    Ok(Listener {
        arn: subject.id("ListenerArn", told.listener_arn())?,
        port: subject.number("Port", told.port())?,
        protocol: told.protocol().map(|protocol| Text::new(protocol.as_str())),
        certificates: told
            .certificates()
            .iter()
            .map(|told| certificate(told, &subject))
            .collect::<Converted<_>>()?,
        mutual_authentication: told
            .mutual_authentication()
            .and_then(types::MutualAuthenticationAttributes::mode)
            .filter(|mode| *mode != "off")
            .map(Text::new),
        default_actions: actions(told.default_actions(), &subject)?,
        rules: None,
    })
}

/// A certificate of a listener.
pub(crate) fn certificate(
    told: &types::Certificate,
    subject: &Subject,
) -> Converted<CertificateArn> {
    subject.id("CertificateArn", told.certificate_arn())
}

/// The rule; `None` for the default one, which the listener's default actions tell.
pub(crate) fn rule(told: &types::Rule, digester: &Digester) -> Converted<Option<Rule>> {
    if told.is_default() == Some(true) {
        return Ok(None);
    }
    let subject = Subject::new("rule", told.rule_arn());
    let priority = subject.text("Priority", told.priority())?;
    let priority = priority
        .parse()
        .map_err(|_| subject.unparseable(format_args!("Priority {priority:?} is no number")))?;
    Ok(Some(Rule {
        arn: subject.id("RuleArn", told.rule_arn())?,
        priority,
        conditions: told
            .conditions()
            .iter()
            .map(|told| condition(told, digester, &subject))
            .collect::<Converted<_>>()?,
        actions: actions(told.actions(), &subject)?,
        transforms: told
            .transforms()
            .iter()
            .map(|told| transform(told, digester, &subject))
            .collect::<Converted<_>>()?,
    }))
}

fn condition(
    told: &types::RuleCondition,
    digester: &Digester,
    subject: &Subject,
) -> Converted<Condition> {
    // AWS tells values in the field's own configuration, and for some fields also beside it.
    let either = |own: Option<&[String]>, beside: &[String]| {
        let own = own.unwrap_or_default();
        texts(if own.is_empty() { beside } else { own })
    };
    Ok(match subject.required("Field", told.field())? {
        "host-header" => {
            let own = told.host_header_config();
            Condition::HostHeader {
                values: either(own.map(|c| c.values()), told.values()),
                regexes: either(own.map(|c| c.regex_values()), told.regex_values()),
            }
        }
        "path-pattern" => {
            let own = told.path_pattern_config();
            Condition::PathPattern {
                values: either(own.map(|c| c.values()), told.values()),
                regexes: either(own.map(|c| c.regex_values()), told.regex_values()),
            }
        }
        "http-request-method" => Condition::HttpRequestMethod {
            values: either(
                told.http_request_method_config().map(|c| c.values()),
                told.values(),
            ),
        },
        "source-ip" => Condition::SourceIp {
            values: either(told.source_ip_config().map(|c| c.values()), told.values()),
        },
        "http-header" => {
            let own = subject.required("HttpHeaderConfig", told.http_header_config())?;
            let values = own.values().iter().map(|value| digester.seal(value));
            let beside = own.regex_values().is_empty().then(|| told.regex_values());
            let regexes = own
                .regex_values()
                .iter()
                .chain(beside.into_iter().flatten());
            Condition::HttpHeader {
                name: subject.text("HttpHeaderName", own.http_header_name())?,
                values: values.collect(),
                regexes: regexes.map(|regex| digester.seal(regex)).collect(),
            }
        }
        "query-string" => {
            let own = subject.required("QueryStringConfig", told.query_string_config())?;
            let pair = |pair: &types::QueryStringKeyValuePair| {
                let (key, value) = (pair.key(), pair.value());
                let (key, value) = (key.unwrap_or_default(), value.unwrap_or_default());
                digester.seal(&format!("{key}={value}"))
            };
            Condition::QueryString {
                values: own.values().iter().map(pair).collect(),
            }
        }
        unknown => Condition::Unknown {
            field: Text::new(unknown),
        },
    })
}

fn transform(
    told: &types::RuleTransform,
    digester: &Digester,
    subject: &Subject,
) -> Converted<Transform> {
    let rewrites = |told: &[types::RewriteConfig]| -> Converted<Vec<Rewrite>> {
        let rewrite = |told: &types::RewriteConfig| {
            // An empty text takes away what matched.
            let replace = subject.required("Rewrites.Replace", told.replace())?;
            let (path, query) = match replace.split_once('?') {
                Some((path, query)) => (path, Some(digester.seal(query))),
                None => (replace, None),
            };
            Ok(Rewrite {
                regex: subject.text("Rewrites.Regex", told.regex())?,
                replace: Text::new(path),
                query,
            })
        };
        told.iter().map(rewrite).collect()
    };
    Ok(match subject.required("Transforms.Type", told.r#type())? {
        types::TransformTypeEnum::HostHeaderRewrite => {
            let own = told.host_header_rewrite_config();
            let own = subject.required("HostHeaderRewriteConfig", own)?;
            Transform::HostHeaderRewrite {
                rewrites: rewrites(own.rewrites())?,
            }
        }
        types::TransformTypeEnum::UrlRewrite => {
            let own = subject.required("UrlRewriteConfig", told.url_rewrite_config())?;
            Transform::UrlRewrite {
                rewrites: rewrites(own.rewrites())?,
            }
        }
        unknown => Transform::Unknown {
            kind: Text::new(unknown.as_str()),
        },
    })
}

/// Actions in the order AWS takes them.
fn actions(told: &[types::Action], subject: &Subject) -> Converted<Vec<Action>> {
    let mut ordered: Vec<_> = told.iter().collect();
    ordered.sort_by_key(|action| action.order());
    ordered
        .into_iter()
        .map(|told| action(told, subject))
        .collect()
}

fn action(told: &types::Action, subject: &Subject) -> Converted<Action> {
    let kind = subject.required("Actions.Type", told.r#type())?;
    Ok(match kind {
        types::ActionTypeEnum::Forward => Action::Forward {
            groups: groups(told, subject)?,
        },
        types::ActionTypeEnum::Redirect => {
            let own = subject.required("RedirectConfig", told.redirect_config())?;
            // A part that is not given stays as it was; AWS has a word for that.
            let part = |told: Option<&str>, same: &str| Text::new(told.unwrap_or(same));
            let status = own
                .status_code()
                .map(types::RedirectActionStatusCodeEnum::as_str);
            Action::Redirect {
                host: part(own.host(), "#{host}"),
                port: part(own.port(), "#{port}"),
                protocol: part(own.protocol(), "#{protocol}"),
                path: part(own.path(), "/#{path}"),
                query_reads: keywords(own.query().unwrap_or("#{query}")),
                status: subject.text("RedirectConfig.StatusCode", status)?,
            }
        }
        types::ActionTypeEnum::FixedResponse => {
            let own = subject.required("FixedResponseConfig", told.fixed_response_config())?;
            Action::FixedResponse {
                status: subject.text("FixedResponseConfig.StatusCode", own.status_code())?,
            }
        }
        types::ActionTypeEnum::AuthenticateCognito
        | types::ActionTypeEnum::AuthenticateOidc
        | types::ActionTypeEnum::JwtValidation => Action::Authenticate {
            by: Text::new(kind.as_str()),
        },
        unknown => Action::Unknown {
            action: Text::new(unknown.as_str()),
        },
    })
}

/// The reserved keywords in a part of a redirect, each once.
fn keywords(part: &str) -> Vec<Text> {
    const RESERVED: [&str; 5] = ["#{host}", "#{port}", "#{path}", "#{protocol}", "#{query}"];
    let found = RESERVED.into_iter().filter(|word| part.contains(word));
    found.map(Text::new).collect()
}

fn groups(told: &types::Action, subject: &Subject) -> Converted<Vec<WeightedGroup>> {
    let weighted = told.forward_config().map(|own| own.target_groups());
    let weighted = weighted.unwrap_or_default();
    if weighted.is_empty() {
        let single = subject.optional_id("TargetGroupArn", told.target_group_arn())?;
        let group = |group| WeightedGroup {
            group,
            weight: None,
        };
        return Ok(single.map(group).into_iter().collect());
    }
    weighted
        .iter()
        .map(|told| {
            Ok(WeightedGroup {
                group: subject.id("TargetGroupArn", told.target_group_arn())?,
                weight: subject.number("Weight", told.weight())?,
            })
        })
        .collect()
}

pub(crate) fn target_group(told: &types::TargetGroup, region: &Region) -> Converted<TargetGroup> {
    let subject = Subject::new("target group", told.target_group_arn());
    let target_type = match subject.required("TargetType", told.target_type())? {
        types::TargetTypeEnum::Alb => TargetType::Alb,
        types::TargetTypeEnum::Instance => TargetType::Instance,
        types::TargetTypeEnum::Ip => TargetType::Ip,
        types::TargetTypeEnum::Lambda => TargetType::Lambda,
        unknown => TargetType::Unknown(Text::new(unknown.as_str())),
    };
    Ok(TargetGroup {
        arn: subject.id("TargetGroupArn", told.target_group_arn())?,
        region: region.clone(),
        name: subject.text("TargetGroupName", told.target_group_name())?,
        target_type,
        protocol: told.protocol().map(|protocol| Text::new(protocol.as_str())),
        port: subject.number("Port", told.port())?,
        vpc: subject.optional_id("VpcId", told.vpc_id())?,
        load_balancers: subject.ids("LoadBalancerArns", told.load_balancer_arns())?,
        targets: None,
        attributes: None,
        tags: None,
    })
}

pub(crate) fn target(told: &types::TargetHealthDescription) -> Converted<Target> {
    let target = told.target();
    let subject = Subject::new("target", target.and_then(|target| target.id()));
    let target = subject.required("Target", target)?;
    let state = told.target_health().and_then(|health| health.state());
    Ok(Target {
        id: address(&subject.text("Target.Id", target.id())?),
        port: subject.number("Target.Port", target.port())?,
        health: subject.text(
            "TargetHealth.State",
            state.map(types::TargetHealthStateEnum::as_str),
        )?,
    })
}

/// Attributes of a load balancer or target group; an empty value is a value.
pub(crate) fn attributes<'a>(
    told: impl Iterator<Item = (Option<&'a str>, Option<&'a str>)>,
    subject: &Subject,
) -> Converted<BTreeMap<Text, Text>> {
    told.map(|(key, value)| {
        let key = subject.text("Attributes.Key", key)?;
        Ok((key, Text::new(value.unwrap_or_default())))
    })
    .collect()
}

/// The capacity reserved for a load balancer: what was asked for. Zones tell what is in effect of
/// it, which without anything asked for makes no sense.
pub(crate) fn capacity_reservation(
    told: &DescribeCapacityReservationOutput,
    subject: &Subject,
) -> Converted<CapacityReservation> {
    let units = match told.minimum_load_balancer_capacity() {
        Some(minimum) => {
            let units = subject.number::<u32>("CapacityUnits", minimum.capacity_units())?;
            Some(subject.required("CapacityUnits", units)?)
        }
        None => None,
    };
    if let Some(units @ 1..) = units {
        return Ok(CapacityReservation::Units(units));
    }
    let mut zones = told.capacity_reservation_state().iter();
    if zones.any(|zone| zone.effective_capacity_units().unwrap_or_default() > 0.0) {
        return Err(subject.unparseable("capacity is reserved in a zone and nobody asked for it"));
    }
    Ok(CapacityReservation::Nothing)
}

pub(crate) fn tags(told: &types::TagDescription) -> Converted<(Text, Tags)> {
    let subject = Subject::new("tags of", told.resource_arn());
    let tags = told.tags().iter().map(|tag| {
        let key = subject.text("Key", tag.key())?;
        Ok((key, Text::new(tag.value().unwrap_or_default())))
    });
    Ok((
        subject.text("ResourceArn", told.resource_arn())?,
        tags.collect::<Converted<_>>()?,
    ))
}
