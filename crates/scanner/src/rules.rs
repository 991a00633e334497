//! What an ALB listener does with a request: conditions, transforms and actions, as far as what is
//! known of the request decides them.
//!
//! Matching as the Elastic Load Balancing user guide has it ("Listener rules", "Condition types"):
//! `*` and `?` are the only wildcards, host patterns ignore case, path patterns do not; the rule
//! with the lowest priority whose conditions all hold decides.

use std::collections::BTreeSet;

use regex::RegexBuilder;
use unbridge_model::elb::{Action, Condition, Listener, Rewrite, Rule, Transform};
use unbridge_model::route::ListenerEnd;
use unbridge_model::text::Text;

/// What is known of a request at a listener. What is not is `None`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct AtListener<'r> {
    /// The Host header, as sent.
    pub(crate) host: Option<&'r str>,
    /// The path, without query string.
    pub(crate) path: Option<&'r str>,
    /// The Host header as it is written, also where only a request tells its value.
    pub(crate) written_host: &'r str,
    /// The path as an address writes it, parameters in braces.
    pub(crate) written_path: &'r str,
    /// The method.
    pub(crate) verb: Option<&'r str>,
    /// The query string.
    pub(crate) query: Option<&'r str>,
    /// The port of the listener.
    pub(crate) port: u16,
    /// `HTTP` or `HTTPS`.
    pub(crate) protocol: &'r str,
}

/// An answer that may need to know more than is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Yes,
    No,
    Maybe,
}

/// Where requests may end at a listener, and what their targets see then.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RuleEnd {
    /// What is done in the end; `None` for an action this version does not know.
    pub(crate) end: Option<ListenerEnd>,
    /// The Host header after transforms; what is not known stands in braces.
    pub(crate) host: Text,
    /// The path after transforms; what is not known stands in braces.
    pub(crate) path: Text,
}

/// Every end a request can come to, given what is known of it; `None` when rules were not read.
pub(crate) fn ends(listener: &Listener, request: &AtListener<'_>) -> Option<BTreeSet<RuleEnd>> {
    let mut found = BTreeSet::new();
    for rule in listener.rules.as_ref()? {
        let answer = matches(rule, request);
        if answer != Answer::No {
            found.insert(end(&rule.actions, &rule.transforms, request));
        }
        if answer == Answer::Yes {
            return Some(found);
        }
    }
    found.insert(end(&listener.default_actions, &[], request));
    Some(found)
}

/// Names of what a rule, or a listener by its default actions, has that this version does not know.
pub(crate) fn unknown_fields(
    conditions: &[Condition],
    transforms: &[Transform],
    actions: &[Action],
) -> Vec<Text> {
    let conditions = conditions.iter().filter_map(|condition| match condition {
        Condition::Unknown { field } => Some(field.clone()),
        // A condition on this header sees what host conditions see, by digest only.
        Condition::HttpHeader { name, .. } if name.eq_ignore_ascii_case("host") => {
            Some(Text::new("http-header Host"))
        }
        Condition::HostHeader { .. }
        | Condition::PathPattern { .. }
        | Condition::HttpRequestMethod { .. }
        | Condition::SourceIp { .. }
        | Condition::HttpHeader { .. }
        | Condition::QueryString { .. } => None,
    });
    let transforms = transforms.iter().filter_map(|transform| match transform {
        Transform::Unknown { kind } => Some(kind.clone()),
        Transform::HostHeaderRewrite { .. } | Transform::UrlRewrite { .. } => None,
    });
    let actions = actions.iter().filter_map(|action| match action {
        Action::Unknown { action } => Some(action.clone()),
        Action::Forward { .. }
        | Action::Redirect { .. }
        | Action::FixedResponse { .. }
        | Action::Authenticate { .. } => None,
    });
    conditions.chain(transforms).chain(actions).collect()
}

/// Whether a rule, or a listener by its default actions, looks at the Host header or the port in it.
/// Signing people in does: where they come back to is built from the Host header.
pub(crate) fn looks_at_host(
    conditions: &[Condition],
    transforms: &[Transform],
    actions: &[Action],
) -> bool {
    let looks = |action: &Action| match action {
        Action::Redirect {
            host,
            port,
            path,
            query_reads,
            ..
        } => [host, port, path]
            .into_iter()
            .chain(query_reads)
            .any(|part| part.contains("#{host}") || part.contains("#{port}")),
        Action::Authenticate { .. } => true,
        Action::Forward { .. } | Action::FixedResponse { .. } | Action::Unknown { .. } => false,
    };
    conditions
        .iter()
        .any(|condition| matches!(condition, Condition::HostHeader { .. }))
        || transforms
            .iter()
            .any(|transform| matches!(transform, Transform::HostHeaderRewrite { .. }))
        || actions.iter().any(looks)
}

/// Whether a listener surely does the same with requests that differ in their Host header alone:
/// every condition on it decides alike, and nothing else looks at it. `false` where rules were not
/// read, or only the port in the header would decide, which is not documented.
#[must_use]
pub fn same_for_hosts(listener: &Listener, one: &str, other: &str) -> bool {
    let Some(rules) = &listener.rules else {
        return false;
    };
    let decided = |condition: &Condition, host| {
        let request = AtListener {
            host: Some(host),
            ..AtListener::default()
        };
        holds(condition, &request)
    };
    let alike = |condition: &Condition| match condition {
        Condition::HostHeader { .. } => {
            let answer = decided(condition, one);
            answer != Answer::Maybe && answer == decided(condition, other)
        }
        Condition::PathPattern { .. }
        | Condition::HttpRequestMethod { .. }
        | Condition::SourceIp { .. }
        | Condition::HttpHeader { .. }
        | Condition::QueryString { .. }
        | Condition::Unknown { .. } => true,
    };
    let same = |rule: &Rule| {
        rule.conditions.iter().all(alike) && !looks_at_host(&[], &rule.transforms, &rule.actions)
    };
    rules.iter().all(same) && !looks_at_host(&[], &[], &listener.default_actions)
}

fn matches(rule: &Rule, request: &AtListener<'_>) -> Answer {
    let mut whole = Answer::Yes;
    for condition in &rule.conditions {
        match holds(condition, request) {
            Answer::No => return Answer::No,
            Answer::Maybe => whole = Answer::Maybe,
            Answer::Yes => {}
        }
    }
    whole
}

fn holds(condition: &Condition, request: &AtListener<'_>) -> Answer {
    match condition {
        Condition::HostHeader { values, regexes } => request.host.map_or(Answer::Maybe, |host| {
            // Whether the port in a Host header takes part is not documented.
            let bare = host.rsplit_once(':').map_or(host, |(name, _)| name);
            agreed([host, bare].map(|host| {
                any(
                    values.iter().any(|v| is_like(v, host, Case::Ignored)),
                    regexes,
                    host,
                    Case::Ignored,
                )
            }))
        }),
        Condition::PathPattern { values, regexes } => request.path.map_or(Answer::Maybe, |path| {
            any(
                values.iter().any(|v| is_like(v, path, Case::Told)),
                regexes,
                path,
                Case::Told,
            )
        }),
        Condition::HttpRequestMethod { values } => request.verb.map_or(Answer::Maybe, |verb| {
            match values.iter().any(|value| *value == *verb) {
                true => Answer::Yes,
                false => Answer::No,
            }
        }),
        Condition::SourceIp { .. }
        | Condition::HttpHeader { .. }
        | Condition::QueryString { .. }
        | Condition::Unknown { .. } => Answer::Maybe,
    }
}

fn agreed([one, other]: [Answer; 2]) -> Answer {
    if one == other { one } else { Answer::Maybe }
}

fn any(by_wildcard: bool, regexes: &[Text], text: &str, case: Case) -> Answer {
    if by_wildcard {
        return Answer::Yes;
    }
    let mut answer = Answer::No;
    for regex in regexes {
        match fits_regex(regex, text, case) {
            Some(true) => return Answer::Yes,
            Some(false) => {}
            None => answer = Answer::Maybe,
        }
    }
    answer
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Told,
    Ignored,
}

/// Whether a regular expression matches; `None` when this version cannot read it.
fn fits_regex(regex: &str, text: &str, case: Case) -> Option<bool> {
    let regex = RegexBuilder::new(regex)
        .case_insensitive(case == Case::Ignored)
        .build()
        .ok()?;
    Some(regex.is_match(text))
}

/// Whether a text is like a pattern in which `*` stands for any characters and `?` for one.
fn is_like(pattern: &str, text: &str, case: Case) -> bool {
    let fold = |c: char| match case {
        Case::Told => c,
        Case::Ignored => c.to_ascii_lowercase(),
    };
    let pattern: Vec<char> = pattern.chars().map(fold).collect();
    let text: Vec<char> = text.chars().map(fold).collect();
    let (mut p, mut t) = (0, 0);
    // Where to go on when what follows the last `*` turns out not to fit.
    let mut retry = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => (p, t) = (p + 1, t + 1),
            Some(_) | None => {
                let Some((after, from)) = retry else {
                    return false;
                };
                retry = Some((after, from + 1));
                (p, t) = (after, from + 1);
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

fn end(actions: &[Action], transforms: &[Transform], request: &AtListener<'_>) -> RuleEnd {
    let mut host = Text::new(request.host.unwrap_or(request.written_host));
    let mut path = Text::new(request.path.unwrap_or(request.written_path));
    for transform in transforms {
        match transform {
            Transform::HostHeaderRewrite { rewrites } => {
                let known = request.host.and_then(|_| rewritten(rewrites, &host));
                host = known.unwrap_or_else(|| Text::new("{host}"));
            }
            // It may see the query string, so that its outcome is only known without one.
            Transform::UrlRewrite { rewrites } => {
                let whole = request.path.is_some() && request.query.is_some_and(str::is_empty);
                let known = whole.then(|| rewritten(rewrites, &path)).flatten();
                path = known.unwrap_or_else(|| Text::new("{path}"));
            }
            Transform::Unknown { .. } => {
                (host, path) = (Text::new("{host}"), Text::new("{path}"));
            }
        }
    }
    RuleEnd {
        end: listener_end(actions, &host, request),
        host,
        path,
    }
}

/// The first rewrite whose expression matches is applied; `None` when this version cannot read one.
fn rewritten(rewrites: &[Rewrite], text: &str) -> Option<Text> {
    for Rewrite { regex, replace, .. } in rewrites {
        let regex = RegexBuilder::new(regex).build().ok()?;
        if regex.is_match(text) {
            let new = regex.replace(text, braced(replace));
            return Some(Text::from(new.into_owned()));
        }
    }
    Some(Text::new(text))
}

/// Groups in braces: this library would take `$1a` for a group named `1a`.
fn braced(replace: &str) -> String {
    let mut parts = replace.split('$');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        match part.split_at(digits) {
            ("", rest) => out.push_str(&format!("$${rest}")),
            (group, rest) => out.push_str(&format!("${{{group}}}{rest}")),
        }
    }
    out
}

/// What the actions come to: signing people in comes before anything else.
fn listener_end(actions: &[Action], host: &str, request: &AtListener<'_>) -> Option<ListenerEnd> {
    match actions.first()? {
        Action::Authenticate { by } => Some(ListenerEnd::Authenticate { by: by.clone() }),
        Action::Forward { groups } => {
            let live = groups
                .iter()
                .filter(|group| groups.len() == 1 || group.weight != Some(0));
            Some(ListenerEnd::Forward {
                groups: live.map(|weighted| weighted.group.clone()).collect(),
            })
        }
        Action::FixedResponse { status } => Some(ListenerEnd::FixedResponse {
            status: status.clone(),
        }),
        Action::Redirect { status, .. } => Some(ListenerEnd::Redirect {
            location: location(actions.first()?, host, request)?,
            status: Text::new(status.trim_start_matches("HTTP_")),
        }),
        Action::Unknown { .. } => None,
    }
}

/// The address of a redirect with what it keeps of the request filled in.
fn location(action: &Action, host: &str, request: &AtListener<'_>) -> Option<Text> {
    let Action::Redirect {
        host: to,
        port,
        protocol,
        path: new_path,
        ..
    } = action
    else {
        return None;
    };
    let bare = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let own_port = request.port.to_string();
    let path = request.path.unwrap_or(request.written_path);
    let fill = |part: &str| {
        part.replace("#{host}", bare)
            .replace("#{port}", &own_port)
            .replace("#{protocol}", request.protocol)
            .replace("#{path}", path.trim_start_matches('/'))
    };
    let [to, port, protocol, new_path] = [to, port, protocol, new_path].map(|part| fill(part));
    let scheme = protocol.to_ascii_lowercase();
    Some(Text::from(format!("{scheme}://{to}:{port}{new_path}")))
}

#[cfg(test)]
mod tests {
    use unbridge_model::id::{ListenerArn, RuleArn};

    use super::*;

    #[test]
    fn only_two_characters_are_wildcards() {
        let check = |pattern, text, expect| {
            assert_eq!(
                is_like(pattern, text, Case::Told),
                expect,
                "{pattern} {text}"
            );
        };
        check("/orders/*", "/orders/7", true);
        check("/orders/*", "/orders", false);
        check("*", "", true);
        check("/a*b*c", "/axbxbc", true);
        check("/a*d", "/abbbd", true);
        check("/a*d", "/abbb", false);
        check("/a?c", "/abc", true);
        check("/a?c", "/ac", false);
        check("/[ab]", "/a", false);
        check("/Orders", "/orders", false);
        assert!(is_like("*.Example.com", "api.example.COM", Case::Ignored));
    }

    #[test]
    fn a_regular_expression_minds_case_where_told() {
        assert_eq!(fits_regex("^api", "API.example", Case::Ignored), Some(true));
        assert_eq!(fits_regex("^api", "API.example", Case::Told), Some(false));
        assert_eq!(fits_regex("(", "API.example", Case::Told), None);
    }

    #[test]
    fn a_condition_on_the_host_as_a_header_is_not_understood() {
        let on = |name| Condition::HttpHeader {
            name: Text::new(name),
            values: Vec::new(),
            regexes: Vec::new(),
        };
        assert_eq!(
            unknown_fields(&[on("HOST")], &[], &[]),
            ["http-header Host"].map(Text::new)
        );
        assert!(unknown_fields(&[on("x-tenant")], &[], &[]).is_empty());
    }

    #[test]
    fn a_host_pattern_is_undecided_when_only_the_port_decides() {
        let condition = Condition::HostHeader {
            values: vec![Text::new("api.example")],
            regexes: Vec::new(),
        };
        let with = |host| AtListener {
            host: Some(host),
            ..AtListener::default()
        };
        assert_eq!(holds(&condition, &with("api.example")), Answer::Yes);
        assert_eq!(holds(&condition, &with("api.example:8080")), Answer::Maybe);
        assert_eq!(holds(&condition, &with("other.example")), Answer::No);
    }

    #[test]
    fn hosts_are_told_apart_by_conditions_that_decide_otherwise_h8() {
        let arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener";
        let same = |pattern: &str, one: &str, other: &str| {
            let rule = Rule {
                arn: RuleArn::new(format!("{arn}-rule/app/a/1/2/3")).expect("an ARN"),
                priority: 1,
                conditions: vec![Condition::HostHeader {
                    values: vec![Text::new(pattern)],
                    regexes: Vec::new(),
                }],
                actions: Vec::new(),
                transforms: Vec::new(),
            };
            let listener = Listener {
                arn: ListenerArn::new(format!("{arn}/app/a/1/2")).expect("an ARN"),
                port: Some(8080),
                protocol: Some(Text::new("HTTP")),
                certificates: Vec::new(),
                mutual_authentication: None,
                default_actions: Vec::new(),
                rules: Some(vec![rule]),
            };
            same_for_hosts(&listener, one, other)
        };
        assert!(same("other.example", "shop.example", "shop.example:8080"));
        assert!(same("*", "shop.example", "shop.example:8080"));
        // Whether the port takes part is not documented.
        assert!(!same("shop.example", "shop.example", "shop.example:8080"));
        assert!(!same("a.example", "a.example", "b.example"));
    }

    #[test]
    fn a_redirect_looks_at_the_host_that_its_query_string_reads_and_so_does_signing_in() {
        let redirect = |keyword| Action::Redirect {
            host: Text::new("www.example"),
            port: Text::new("443"),
            protocol: Text::new("HTTPS"),
            path: Text::new("/"),
            query_reads: vec![Text::new(keyword)],
            status: Text::new("HTTP_301"),
        };
        let check = |action, expect| assert_eq!(looks_at_host(&[], &[], &[action]), expect);
        check(redirect("#{query}"), false);
        check(redirect("#{host}"), true);
        check(redirect("#{port}"), true);
        let by = Text::new("authenticate-oidc");
        check(Action::Authenticate { by }, true);
    }

    #[test]
    fn a_rewrite_fills_its_groups_in() {
        let rewrites = [Rewrite {
            query: None,
            regex: Text::new("^/api/(.*)$"),
            replace: Text::new("/v2/$1x"),
        }];
        assert_eq!(rewritten(&rewrites, "/api/a").as_deref(), Some("/v2/ax"));
        assert_eq!(rewritten(&rewrites, "/b").as_deref(), Some("/b"));
    }
}
