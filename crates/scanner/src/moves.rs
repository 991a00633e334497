//! What a move would change for the requests over one NLB: the listeners they would reach, and
//! what a rule, a certificate or an application there would see before and after.
//!
//! A move keeps the host of every address and its path; it changes scheme and port to those of the
//! ALB's listener where they differ, and the address that requests come from. Whatever else would
//! change is a finding.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use unbridge_model::assessment::{IssuerCheck, Sent};
use unbridge_model::elb::{AddressLooked, Listener, LoadBalancer, WebAclOn, WebAclRule};
use unbridge_model::finding::{ApiRef, ApiType, CertificateProblem, Finding};
use unbridge_model::id::{LoadBalancerArn, VpcLinkId};
use unbridge_model::route::{Hop, UriScheme};
use unbridge_model::snapshot::RegionFacts;
use unbridge_model::text::Text;

use crate::bundles::Bundle;
use crate::rules::{looks_at_host, unknown_fields};

/// The listener of an ALB that chains over an NLB reach, and what they send there.
pub(crate) struct Destination<'r> {
    pub(crate) alb: &'r LoadBalancer,
    pub(crate) listener: &'r Listener,
    pub(crate) port: u16,
    /// Ports of the NLB's listeners on the way.
    pub(crate) nlb_ports: BTreeSet<u16>,
    /// What integrations send, where an address says it, and whose they are.
    pub(crate) sent: BTreeMap<Sent, BTreeSet<Arc<ApiRef>>>,
    pub(crate) apis: BTreeSet<Arc<ApiRef>>,
    /// How requests reach the NLB.
    pub(crate) entrances: BTreeSet<Entrance>,
}

/// How requests reach an NLB, which decides whose addresses its targets see.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Entrance {
    /// Over a version 1 link: the NLB's own addresses are seen.
    V1Link,
    /// Over a version 2 link: those of the link, or the NLB's own.
    V2Link(VpcLinkId),
    /// From anywhere.
    Internet,
}

fn entrance(bundle: &Bundle) -> Entrance {
    match bundle.way.hops.first() {
        Some(Hop::VpcLinkV1(_)) => Entrance::V1Link,
        Some(Hop::VpcLinkV2(id)) => Entrance::V2Link(id.clone()),
        Some(Hop::NlbListener { .. } | Hop::TargetGroup(_) | Hop::AlbListener { .. }) | None => {
            Entrance::Internet
        }
    }
}

/// Where the chains over an NLB go.
pub(crate) fn destinations<'r>(facts: &'r RegionFacts, bundles: &[Bundle]) -> Vec<Destination<'r>> {
    let mut found: BTreeMap<(&LoadBalancerArn, u16), Destination<'r>> = BTreeMap::new();
    for bundle in bundles {
        let Some((alb, listener, port)) = bundle.way.hops.iter().find_map(|hop| match hop {
            Hop::AlbListener {
                alb,
                port,
                listener,
            } => Some((alb, listener, *port)),
            Hop::VpcLinkV1(_)
            | Hop::VpcLinkV2(_)
            | Hop::NlbListener { .. }
            | Hop::TargetGroup(_) => None,
        }) else {
            continue;
        };
        let Some(alb) = facts.load_balancers.get(alb) else {
            continue;
        };
        let listeners = alb.listeners.iter().flatten();
        let Some(listener) = listeners.into_iter().find(|l| l.arn == *listener) else {
            continue;
        };
        let destination = found
            .entry((&alb.arn, port))
            .or_insert_with(|| Destination {
                alb,
                listener,
                port,
                nlb_ports: BTreeSet::new(),
                sent: BTreeMap::new(),
                apis: BTreeSet::new(),
                entrances: BTreeSet::new(),
            });
        let api = &bundle.start.api;
        destination.apis.insert(Arc::clone(api));
        destination.entrances.insert(entrance(bundle));
        destination
            .nlb_ports
            .extend(bundle.way.nlb().map(|(_, port)| port));
        if let Some(sent) = &bundle.way.sent {
            let apis = destination.sent.entry(sent.clone()).or_default();
            apis.insert(Arc::clone(api));
        }
    }
    found.into_values().collect()
}

/// APIs as findings name them.
pub(crate) fn named(apis: &BTreeSet<Arc<ApiRef>>) -> Vec<ApiRef> {
    apis.iter().map(|api| (**api).clone()).collect()
}

impl Destination<'_> {
    /// The scheme that the listener speaks.
    pub(crate) fn scheme(&self) -> UriScheme {
        match self.listener.protocol.as_deref() {
            Some("HTTPS") => UriScheme::Https,
            Some(_) | None => UriScheme::Http,
        }
    }

    /// Everything that a move to this listener would change, besides the network path.
    pub(crate) fn findings(
        &self,
        nlb: &LoadBalancer,
        facts: &RegionFacts,
        scanned_at: &str,
    ) -> Vec<Finding> {
        let mut found = Vec::new();
        found.extend(self.port_not_allowed());
        found.extend(self.host_changes());
        found.extend(self.unknown_rules());
        found.extend(self.tls_ends(nlb, facts, scanned_at));
        found.extend(self.web_acl());
        found
    }

    /// Source: API Gateway developer guide, "Set up HTTP integrations": the ports an integration
    /// may name. An HTTP API names a listener instead.
    fn port_not_allowed(&self) -> Option<Finding> {
        let allowed = matches!(self.port, 80 | 443 | 1024..);
        let by_address = self.apis.iter().any(|api| api.kind == ApiType::Rest);
        (!allowed && by_address).then(|| Finding::PortNotAllowed {
            alb: self.alb.arn.clone(),
            port: self.port,
        })
    }

    /// A Host header holds the port of an address when it is not the scheme's own.
    fn host_changes(&self) -> Vec<Finding> {
        let mut changes: BTreeMap<(Text, Text), BTreeSet<Arc<ApiRef>>> = BTreeMap::new();
        for (sent, apis) in &self.sent {
            let before = sent.host_header(sent.scheme, sent.port);
            let after = sent.host_header(self.scheme(), self.port);
            if before != after {
                let known = changes.entry((before, after)).or_default();
                known.extend(apis.iter().cloned());
            }
        }
        let finding =
            |((before, after), apis): ((Text, Text), BTreeSet<_>)| Finding::HostHeaderRuleChanges {
                alb: self.alb.arn.clone(),
                port: self.port,
                before,
                after,
                rules: self.rules_on_host(),
                apis: named(&apis),
            };
        changes.into_iter().map(finding).collect()
    }

    fn rules_on_host(&self) -> Vec<Text> {
        let rules = self.listener.rules.iter().flatten();
        let looking = rules
            .filter(|rule| looks_at_host(&rule.conditions, &rule.transforms, &rule.actions))
            .map(|rule| rule.arn.clone().into());
        let default = looks_at_host(&[], &[], &self.listener.default_actions)
            .then(|| self.listener.arn.clone().into());
        looking.chain(default).collect()
    }

    fn unknown_rules(&self) -> Option<Finding> {
        let (mut rules, mut fields) = (Vec::new(), BTreeSet::new());
        for rule in self.listener.rules.iter().flatten() {
            let unknown = unknown_fields(&rule.conditions, &rule.transforms, &rule.actions);
            if !unknown.is_empty() {
                rules.push(rule.arn.clone().into());
                fields.extend(unknown);
            }
        }
        let unknown = unknown_fields(&[], &[], &self.listener.default_actions);
        if !unknown.is_empty() {
            rules.push(self.listener.arn.clone().into());
            fields.extend(unknown);
        }
        (!rules.is_empty()).then(|| Finding::UnknownRuleField {
            alb: self.alb.arn.clone(),
            port: self.port,
            rules,
            fields: fields.into_iter().collect(),
        })
    }

    /// Behind a TLS listener of an NLB the ALB's certificate was never checked; after a move it is.
    /// Behind a TCP listener it is the ALB's that is checked today.
    fn tls_ends(&self, nlb: &LoadBalancer, facts: &RegionFacts, scanned_at: &str) -> Vec<Finding> {
        let listeners = nlb.listeners.iter().flatten();
        let ports: Vec<u16> = listeners
            .filter(|listener| listener.protocol.as_deref() == Some("TLS"))
            .filter_map(|listener| listener.port.filter(|port| self.nlb_ports.contains(port)))
            .collect();
        let ends = ports.iter().map(|port| Finding::TlsEndsAtNlb {
            port: *port,
            alb: self.alb.arn.clone(),
            alb_port: self.port,
            alb_protocol: self
                .listener
                .protocol
                .clone()
                .unwrap_or_else(|| Text::new("")),
        });
        let mut found: Vec<_> = ends.collect();
        if !ports.is_empty() && self.scheme() == UriScheme::Https {
            let mut problems = BTreeSet::new();
            let by_listener = self.apis.iter().filter(|api| api.kind == ApiType::Http);
            let sealed = |api: &Arc<ApiRef>| (api.name.clone(), CertificateProblem::NameSealed);
            problems.extend(by_listener.map(sealed));
            for sent in self.sent.keys() {
                let problem = self.certificate_problem(sent, facts, scanned_at);
                problems.extend(problem.map(|problem| (sent.name.clone(), problem)));
            }
            found.extend(problems.into_iter().map(|(host, problem)| {
                Finding::CertificateNameMismatch {
                    alb: self.alb.arn.clone(),
                    port: self.port,
                    host,
                    problem,
                }
            }));
        }
        found
    }

    /// What is wrong with the listener's certificates for requests to this host.
    fn certificate_problem(
        &self,
        sent: &Sent,
        facts: &RegionFacts,
        scanned_at: &str,
    ) -> Option<CertificateProblem> {
        let arns = &self.listener.certificates;
        let known: Vec<_> = arns
            .iter()
            .filter_map(|arn| facts.certificates.get(arn))
            .collect();
        let fits = |name: &Text| is_good_for(name, &sent.name);
        let fitting = known
            .iter()
            .filter(|certificate| certificate.names.iter().any(fits));
        let mut worst = None;
        for certificate in fitting {
            let ended = certificate
                .not_after
                .as_ref()
                .filter(|end| end.as_str() <= scanned_at);
            let problem = match (ended, sent.issuer, certificate.kind.as_str()) {
                (Some(end), _, _) => CertificateProblem::Expired {
                    not_after: end.clone(),
                },
                (None, IssuerCheck::Trusted, "PRIVATE") => CertificateProblem::NotPublic {
                    origin: certificate.kind.clone(),
                },
                (None, IssuerCheck::Trusted, "IMPORTED") => CertificateProblem::Imported,
                (None, IssuerCheck::Trusted | IssuerCheck::Any, _) => return None,
            };
            worst = Some(problem);
        }
        let unread: Vec<Text> = arns
            .iter()
            .filter(|arn| !facts.certificates.contains_key(*arn))
            .map(|arn| arn.clone().into())
            .collect();
        if !unread.is_empty() || arns.is_empty() {
            return Some(CertificateProblem::Unread {
                certificates: unread,
            });
        }
        let names = || known.iter().flat_map(|c| c.names.iter().cloned());
        worst.or_else(|| {
            Some(CertificateProblem::NoName {
                names: names().collect(),
            })
        })
    }

    fn web_acl(&self) -> Option<Finding> {
        let Some(WebAclOn::Acl(acl)) = &self.alb.web_acl else {
            return None;
        };
        let by = |looked| {
            let rules = acl
                .rules
                .iter()
                .filter(move |rule| address_of(rule) == looked);
            rules.map(|rule| rule.name.clone()).collect()
        };
        Some(Finding::WafOnAlb {
            alb: self.alb.arn.clone(),
            web_acl: acl.name.clone(),
            by_source: by(AddressLooked::Source),
            maybe_by_source: by(AddressLooked::Unknown),
        })
    }
}

/// Which address a rule looks at, the one that a move changes first.
fn address_of(rule: &WebAclRule) -> AddressLooked {
    let looked: Vec<_> = rule
        .statements
        .iter()
        .map(
            |statement| match (statement.address, statement.group.as_deref()) {
                (AddressLooked::Unknown, Some(group)) => managed(group),
                (address, _) => address,
            },
        )
        .collect();
    [
        AddressLooked::Source,
        AddressLooked::Unknown,
        AddressLooked::Header,
    ]
    .into_iter()
    .find(|address| looked.contains(address))
    .unwrap_or(AddressLooked::Nothing)
}

/// What AWS's own managed rule groups look at. Source: AWS WAF developer guide, "AWS Managed Rules
/// rule groups list". Others are unknown; so are the lists of bad addresses, which hold public ones
/// where both an NLB and a link send from private ones.
fn managed(group: &str) -> AddressLooked {
    match group {
        "AWS/AWSManagedRulesAdminProtectionRuleSet"
        | "AWS/AWSManagedRulesCommonRuleSet"
        | "AWS/AWSManagedRulesKnownBadInputsRuleSet"
        | "AWS/AWSManagedRulesLinuxRuleSet"
        | "AWS/AWSManagedRulesPHPRuleSet"
        | "AWS/AWSManagedRulesSQLiRuleSet"
        | "AWS/AWSManagedRulesUnixRuleSet"
        | "AWS/AWSManagedRulesWindowsRuleSet"
        | "AWS/AWSManagedRulesWordPressRuleSet" => AddressLooked::Nothing,
        _ => AddressLooked::Unknown,
    }
}

/// Whether a certificate's name is good for a host; `*.` stands for exactly one label.
fn is_good_for(name: &str, host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let name = name.to_ascii_lowercase();
    match name.strip_prefix("*.") {
        Some(parent) => host.split_once('.').is_some_and(|(_, rest)| rest == parent),
        None => name == host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn managed_rules_that_look_at_no_address_are_known_and_others_are_not() {
        let common = managed("AWS/AWSManagedRulesCommonRuleSet");
        assert_eq!(common, AddressLooked::Nothing);
        for unknown in ["AWS/AWSManagedRulesAmazonIpReputationList", "Other/Common"] {
            assert_eq!(managed(unknown), AddressLooked::Unknown, "{unknown}");
        }
    }

    #[test]
    fn a_star_in_a_certificate_stands_for_one_label() {
        assert!(is_good_for("*.example.com", "API.example.com"));
        assert!(!is_good_for("*.example.com", "a.b.example.com"));
        assert!(!is_good_for("*.example.com", "example.com"));
        assert!(is_good_for("api.example.com", "api.example.com."));
    }
}
