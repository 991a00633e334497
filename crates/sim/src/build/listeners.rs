//! Listeners in detail: rules, certificates, encryption, web ACLs.

use unbridge_model::elb::{
    Action, AddressLooked, Certificate, Condition, Rewrite, Rule, TargetType, Transform, WebAcl,
    WebAclOn, WebAclRule, WebAclStatement, WeightedGroup,
};
use unbridge_model::text::Text;

use super::site::GroupPlan;
use super::{BuildError, Estate, put};
use crate::account::{RawValues, stand_in};

/// A rule under construction: its conditions, what it changes, and what it does in the end.
#[derive(Debug, Clone, Default)]
pub struct RuleBuilder {
    conditions: Vec<Condition>,
    transforms: Vec<Transform>,
    before: Vec<Action>,
    end: Option<RuleEnd>,
    raw: RawValues,
}

/// What a rule does in the end.
#[derive(Debug, Clone)]
enum RuleEnd {
    Forward(Vec<(String, u16)>),
    Other(Action),
}

fn texts(values: &[&str]) -> Vec<Text> {
    values.iter().map(|value| Text::new(value)).collect()
}

impl RuleBuilder {
    /// The Host header is one of these patterns.
    #[must_use]
    pub fn host(self, values: &[&str]) -> Self {
        self.when(Condition::HostHeader {
            values: texts(values),
            regexes: Vec::new(),
        })
    }

    /// The Host header matches this regular expression.
    #[must_use]
    pub fn host_regex(self, regex: &str) -> Self {
        self.when(Condition::HostHeader {
            values: Vec::new(),
            regexes: texts(&[regex]),
        })
    }

    /// The path is one of these patterns.
    #[must_use]
    pub fn path(self, values: &[&str]) -> Self {
        self.when(Condition::PathPattern {
            values: texts(values),
            regexes: Vec::new(),
        })
    }

    /// The path matches this regular expression.
    #[must_use]
    pub fn path_regex(self, regex: &str) -> Self {
        self.when(Condition::PathPattern {
            values: Vec::new(),
            regexes: texts(&[regex]),
        })
    }

    /// The method is one of these.
    #[must_use]
    pub fn method(self, values: &[&str]) -> Self {
        self.when(Condition::HttpRequestMethod {
            values: texts(values),
        })
    }

    /// The source address is in one of these ranges.
    #[must_use]
    pub fn source(self, ranges: &[&str]) -> Self {
        self.when(Condition::SourceIp {
            values: texts(ranges),
        })
    }

    /// A header is one of these patterns.
    #[must_use]
    pub fn header(mut self, name: &str, values: &[&str]) -> Self {
        let values = values.iter().map(|value| self.keep(value)).collect();
        self.when(Condition::HttpHeader {
            name: Text::new(name),
            values,
            regexes: Vec::new(),
        })
    }

    /// A header matches this regular expression.
    #[must_use]
    pub fn header_regex(mut self, name: &str, regex: &str) -> Self {
        let regexes = vec![self.keep(regex)];
        self.when(Condition::HttpHeader {
            name: Text::new(name),
            values: Vec::new(),
            regexes,
        })
    }

    /// The query string holds one of these pairs, `key=value`; `=value` for whatever key.
    #[must_use]
    pub fn query(mut self, pairs: &[&str]) -> Self {
        let values = pairs.iter().map(|pair| self.keep(pair)).collect();
        self.when(Condition::QueryString { values })
    }

    /// Any condition.
    #[must_use]
    pub fn when(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }

    /// Rewrites the Host header.
    #[must_use]
    pub fn rewrite_host(self, regex: &str, replace: &str) -> Self {
        let rewrites = rewrite(regex, replace);
        self.transform(Transform::HostHeaderRewrite { rewrites })
    }

    /// Rewrites path and query string.
    #[must_use]
    pub fn rewrite_url(self, regex: &str, replace: &str) -> Self {
        let rewrites = rewrite(regex, replace);
        self.transform(Transform::UrlRewrite { rewrites })
    }

    /// Any transform.
    #[must_use]
    pub fn transform(mut self, transform: Transform) -> Self {
        self.transforms.push(transform);
        self
    }

    /// Forwards to these groups by weight. A group that is not there is made, with targets of its
    /// own.
    #[must_use]
    pub fn forward(mut self, groups: &[(&str, u16)]) -> Self {
        let groups = groups.iter();
        let groups = groups.map(|(name, weight)| ((*name).to_owned(), *weight));
        self.end = Some(RuleEnd::Forward(groups.collect()));
        self
    }

    /// Redirects to a host, port and path, `#{host}` and the like for those of the request.
    #[must_use]
    pub fn redirect(self, host: &str, port: &str, path: &str) -> Self {
        self.end(Action::Redirect {
            host: Text::new(host),
            port: Text::new(port),
            protocol: Text::new("#{protocol}"),
            path: Text::new(path),
            query_reads: Vec::new(),
            status: Text::new("HTTP_301"),
        })
    }

    /// Answers itself.
    #[must_use]
    pub fn respond(self, status: &str) -> Self {
        self.end(Action::FixedResponse {
            status: Text::new(status),
        })
    }

    /// Signs people in before anything else.
    #[must_use]
    pub fn authenticate(mut self, by: &str) -> Self {
        self.before.push(Action::Authenticate { by: Text::new(by) });
        self
    }

    /// Any action as the last one.
    #[must_use]
    pub fn end(mut self, action: Action) -> Self {
        self.end = Some(RuleEnd::Other(action));
        self
    }

    fn keep(&mut self, raw: &str) -> unbridge_model::digest::Digest {
        let digest = stand_in(raw);
        self.raw.insert(digest, raw.to_owned());
        digest
    }
}

fn rewrite(regex: &str, replace: &str) -> Vec<Rewrite> {
    vec![Rewrite {
        query: None,
        regex: Text::new(regex),
        replace: Text::new(replace),
    }]
}

impl Estate {
    /// A rule of an ALB's listener, which does what the listener's default does.
    #[must_use]
    pub fn rule(self, alb: &str, port: u16, priority: u32, conditions: Vec<Condition>) -> Self {
        self.alb_rule(alb, port, priority, |rule| {
            conditions.into_iter().fold(rule, RuleBuilder::when)
        })
    }

    /// A rule of an ALB's listener. Without an end of its own it does what the listener's default
    /// does.
    #[must_use]
    pub fn alb_rule(
        self,
        alb: &str,
        port: u16,
        priority: u32,
        describe: impl FnOnce(RuleBuilder) -> RuleBuilder,
    ) -> Self {
        self.here(|site| {
            let plan = describe(RuleBuilder::default());
            let mut actions = plan.before;
            match plan.end {
                Some(RuleEnd::Forward(wanted)) => {
                    let mut groups = Vec::new();
                    for (name, weight) in wanted {
                        groups.push(WeightedGroup {
                            group: site.service_of(alb, &name)?,
                            weight: Some(weight),
                        });
                    }
                    actions.push(Action::Forward { groups });
                }
                Some(RuleEnd::Other(action)) => actions.push(action),
                None => {
                    let default = &site.listener_mut(alb, port)?.default_actions;
                    actions.extend(default.iter().cloned());
                }
            }
            site.state.raw.extend(plan.raw);
            let names = site.names.clone();
            let listener = site.listener_mut(alb, port)?;
            let rule = Rule {
                arn: names.rule(&listener.arn, priority)?,
                priority,
                conditions: plan.conditions,
                actions,
                transforms: plan.transforms,
            };
            put(listener.rules.get_or_insert_default(), rule, |known| {
                &known.arn
            });
            Ok(())
        })
    }

    /// What an ALB's listener does when no rule matches.
    #[must_use]
    pub fn default_action(self, alb: &str, port: u16, action: Action) -> Self {
        self.here(|site| {
            let owner = site.find(alb)?.arn.clone();
            for group in site.groups_behind(alb, port)? {
                group.load_balancers.retain(|lb| *lb != owner);
            }
            site.listener_mut(alb, port)?.default_actions = vec![action];
            Ok(())
        })
    }

    /// A certificate of Certificate Manager for these names, good until June 2027.
    #[must_use]
    pub fn certificate(self, name: &str, good_for: &[&str]) -> Self {
        self.here(|site| {
            let certificate = Certificate {
                arn: site.names.certificate(name)?,
                region: site.names.region.clone(),
                names: texts(good_for),
                kind: Text::new("AMAZON_ISSUED"),
                not_after: Some(Text::new("2027-06-01T23:59:59Z")),
            };
            put(&mut site.state.certificates, certificate, |known| {
                &known.arn
            });
            Ok(())
        })
    }

    /// Changes a certificate.
    #[must_use]
    pub fn edit_certificate(self, name: &str, change: impl FnOnce(&mut Certificate)) -> Self {
        self.here(|site| {
            let arn = site.names.certificate(name)?;
            let mut known = site.state.certificates.iter_mut();
            let found = known.find(|known| known.arn == arn);
            change(found.ok_or_else(|| BuildError::missing("certificate", name))?);
            Ok(())
        })
    }

    /// Lets an ALB's listener speak HTTPS and show these certificates, the first by default.
    #[must_use]
    pub fn https(self, alb: &str, port: u16, certificates: &[&str]) -> Self {
        self.here(|site| {
            let certificates = certificates.iter();
            let arns = certificates
                .map(|name| site.names.certificate(name))
                .collect::<Result<_, _>>()?;
            let listener = site.listener_mut(alb, port)?;
            listener.protocol = Some(Text::new("HTTPS"));
            listener.certificates = arns;
            Ok(())
        })
    }

    /// Lets a listener ask its callers for a certificate: `verify`, `passthrough`.
    #[must_use]
    pub fn mutual_authentication(self, alb: &str, port: u16, mode: &str) -> Self {
        self.here(|site| {
            site.listener_mut(alb, port)?.mutual_authentication = Some(Text::new(mode));
            Ok(())
        })
    }

    /// A TLS listener of an NLB in front of an ALB's addresses. It speaks TLS again to an ALB
    /// listener that speaks HTTPS, and plain TCP to any other.
    #[must_use]
    pub fn forward_tls(
        self,
        nlb: &str,
        port: u16,
        alb: &str,
        alb_port: u16,
        certificate: &str,
    ) -> Self {
        self.here(|site| {
            let arn = site.names.certificate(certificate)?;
            let protocol = site.listener_mut(alb, alb_port)?.protocol.clone();
            let speaks = match protocol.as_deref() {
                Some("HTTPS") => "TLS",
                _ => "TCP",
            };
            let group = site.address_group(format!("{nlb}-{port}"), alb, alb_port)?;
            let mut groups = site.state.target_groups.iter_mut();
            if let Some(known) = groups.find(|known| known.arn == group) {
                known.protocol = Some(Text::new(speaks));
            }
            site.listener(nlb, port, "TLS", vec![(group, None)])?;
            site.listener_mut(nlb, port)?.certificates = vec![arn];
            Ok(())
        })
    }

    /// Puts a web ACL before an ALB: its rules are names, each with what statement of which kind
    /// looks at which address.
    #[must_use]
    pub fn web_acl(self, alb: &str, name: &str, rules: &[(&str, &str, AddressLooked)]) -> Self {
        self.here(|site| {
            let (region, account) = (&site.names.region, &site.names.account);
            let rules = rules.iter().map(|(rule, kind, address)| WebAclRule {
                name: Text::new(rule),
                statements: vec![WebAclStatement {
                    kind: Text::new(kind),
                    group: None,
                    address: *address,
                }],
            });
            let acl = WebAcl {
                arn: Text::from(format!(
                    "arn:aws:wafv2:{region}:{account}:regional/webacl/{name}/00000000-0000-4000-8000-000000000000"
                )),
                name: Text::new(name),
                rules: rules.collect(),
            };
            site.find_mut(alb)?.web_acl = Some(WebAclOn::Acl(acl));
            Ok(())
        })
    }

    /// Another listener of an ALB, which speaks HTTP to a service of its own.
    #[must_use]
    pub fn alb_listener(self, alb: &str, port: u16) -> Self {
        self.here(|site| {
            let targets = site.target_addresses()?;
            let group = site.group(GroupPlan {
                name: format!("{alb}-{port}-service"),
                target_type: TargetType::Ip,
                protocol: "HTTP",
                port: 8080,
                targets,
            })?;
            site.listener(alb, port, "HTTP", vec![(group, None)])
        })
    }
}
