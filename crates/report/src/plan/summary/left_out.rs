//! What was asked for and is not in a plan: what waits, for what, and how it goes on; changes that
//! are to be made elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::finding::{FindingCode, OwnedKind};
use unbridge_model::id::{LoadBalancerArn, TargetGroupArn};
use unbridge_model::plan::Body;
use unbridge_model::plan::elsewhere::{Elsewhere, OwnerTool, PropertyChange};
use unbridge_model::plan::waiting::{Subject, Waiting, WaitingCode};
use unbridge_model::text::Text;

use super::{api, heading, load_balancer, stage};
use crate::layout::{self, count, some};
use crate::look::Tone;
use crate::words;

/// How many things are named before the rest is only counted.
const MOST: usize = 12;

/// How many parts of a reason are told before the rest is only counted.
const PARTS: usize = 6;

/// How many things that wait for the same are named before the rest is only counted.
const SUBJECTS: usize = 24;

/// Puts what is left out, and the flags that take it in.
pub(super) fn put(page: &mut String, body: &Body, command: Option<&str>, columns: usize) {
    put_waiting(page, body, columns);
    put_elsewhere(page, body, columns);
    let flags = flags(body);
    if !flags.is_empty() {
        heading(
            page,
            "Whoever takes all of that upon themselves plans it with",
        );
        let mut pieces: Vec<String> = command.map(words::name).into_iter().collect();
        pieces.extend(flags);
        // It is copied, so its line is not broken.
        page.push_str(&format!("  {}\n", pieces.join(" ")));
    }
}

/// The flags that take in what waits, each once: codes in one `--accept`.
fn flags(body: &Body) -> Vec<String> {
    let mut accepted = BTreeSet::new();
    let mut others = BTreeSet::new();
    for flag in body
        .waiting
        .iter()
        .filter_map(|waiting| waiting.flag.as_ref())
    {
        match flag.strip_prefix("--accept ") {
            Some(codes) => accepted.extend(codes.split(',')),
            None => {
                others.insert(words::name(flag));
            }
        }
    }
    let accepted: Vec<&str> = accepted.into_iter().collect();
    let accept =
        (!accepted.is_empty()).then(|| format!("--accept {}", words::name(&accepted.join(","))));
    accept.into_iter().chain(others).collect()
}

fn put_waiting(page: &mut String, body: &Body, columns: usize) {
    if body.waiting.is_empty() {
        return;
    }
    let many = count(body.waiting.len(), "thing", "things");
    page.push('\n');
    let title = format!("{}: {many} left out", Tone::Care.of("WAITING"));
    layout::fill(page, "", &title, columns);
    for ((code, finding, why, next), waiting) in alike(body) {
        let code = Tone::Care.of(code);
        let finding = finding.map_or_else(String::new, |code| format!(" ({code})"));
        let text = format!("{code}{finding}: {}", words::name(&shortened(why)));
        layout::fill(page, "  ", &text, columns);
        let subjects: Vec<_> = waiting
            .chunk_by(|one, next| one.what == next.what)
            .collect();
        for of_one in subjects.iter().take(SUBJECTS) {
            put_one(page, body, of_one, columns);
        }
        let more = subjects.len().saturating_sub(SUBJECTS);
        if more > 0 {
            layout::fill(page, "    ", &format!("+{more} more"), columns);
        }
        let next = words::name(next);
        match next.starts_with("aws ") {
            // It is copied, so its line is not broken.
            true => page.push_str(&format!("    next: {next}\n")),
            false => layout::fill(page, "    next: ", &next, columns),
        }
    }
}

/// A reason that goes through many things, as far as a person reads: the plan has all of it.
fn shortened(why: &str) -> String {
    let parts: Vec<&str> = why.split("; ").collect();
    match parts.len().saturating_sub(PARTS) {
        0 => why.to_owned(),
        more => format!("{}; +{more} more", parts[..PARTS].join("; ")),
    }
}

/// Why something waits, and what to do.
type Reason<'a> = (WaitingCode, Option<FindingCode>, &'a Text, &'a Text);

/// What waits for the same, together.
fn alike(body: &Body) -> BTreeMap<Reason<'_>, Vec<&Waiting>> {
    let mut alike: BTreeMap<Reason<'_>, Vec<&Waiting>> = BTreeMap::new();
    for waiting in &body.waiting {
        let reason = (waiting.code, waiting.finding, &waiting.why, &waiting.next);
        alike.entry(reason).or_default().push(waiting);
    }
    alike
}

/// A thing that waits, and the flags that take it in.
fn put_one(page: &mut String, body: &Body, waiting: &[&Waiting], columns: usize) {
    let what = waiting.first().map(|one| subject(body, &one.what));
    layout::fill(
        page,
        "    ",
        &Tone::Strong.of(what.unwrap_or_default()),
        columns,
    );
    for flag in waiting.iter().filter_map(|one| one.flag.as_ref()) {
        layout::put(page, "      or: ", &words::name(flag), columns);
    }
}

pub(crate) fn subject(body: &Body, what: &Subject) -> String {
    match what {
        Subject::Nlb(arn) | Subject::Alb(arn) => load_balancer(arn),
        Subject::Api { id, name } => {
            format!("API {} ({})", words::name(name), words::name(id))
        }
        Subject::Method {
            api: id,
            path,
            verb,
        } => {
            let verb = verb.map(|verb| format!("{verb} ")).unwrap_or_default();
            format!("{verb}{} of API {}", words::name(path), api(body, id))
        }
        Subject::Stage(of) => format!("API {}", stage(body, &of.api, &of.stage)),
        Subject::Vpc(id) => format!("VPC {id}"),
        Subject::VpcLink(id) => format!("link {id}"),
        Subject::SecurityGroup(id) => format!("security group {id}"),
    }
}

/// What is changed alike in one owned object, by resource and properties.
type Alike<'a> = BTreeMap<(&'a Text, &'a [PropertyChange]), Vec<String>>;

fn put_elsewhere(page: &mut String, body: &Body, columns: usize) {
    if body.elsewhere.is_empty() {
        return;
    }
    let many = count(body.elsewhere.len(), "change", "changes");
    page.push('\n');
    let title = format!("{}: {many} for others to make", Tone::Care.of("ELSEWHERE"));
    layout::fill(page, "", &title, columns);
    let same = |one: &Elsewhere, next: &Elsewhere| {
        (one.owner, one.kind, &one.id) == (next.owner, next.kind, &next.id)
    };
    for of_object in body.elsewhere.chunk_by(same) {
        layout::fill(page, "  ", &owned(body, &of_object[0]), columns);
        let mut alike: Alike<'_> = BTreeMap::new();
        for change in of_object {
            let which = alike.entry((&change.resource, &change.set)).or_default();
            which.push(words::name(&change.which));
        }
        for ((resource, set), which) in alike {
            let text = format!("{}: {}", words::name(resource), some(&which, MOST));
            layout::fill(page, "    ", &text, columns);
            for property in set {
                put_property(page, property, columns);
            }
        }
    }
}

/// `API orders-api (c65npcywlk), which CloudFormation owns (aws:cloudformation:stack-name=orders)`.
fn owned(body: &Body, of: &Elsewhere) -> String {
    let name = match of.kind {
        OwnedKind::Api => format!("API {}", api(body, &of.id)),
        OwnedKind::Stage => match of.id.split_once('/') {
            Some((id, stage)) => format!("API {} stage {}", api(body, id), words::name(stage)),
            None => format!("stage {}", words::name(&of.id)),
        },
        OwnedKind::SecurityGroup => format!("security group {}", words::name(&of.id)),
        OwnedKind::VpcLink => format!("link {}", words::name(&of.id)),
        OwnedKind::LoadBalancer => match LoadBalancerArn::new(of.id.clone()) {
            Ok(arn) => load_balancer(&arn),
            Err(_) => format!("load balancer {}", words::name(&of.id)),
        },
        OwnedKind::TargetGroup => match TargetGroupArn::new(of.id.clone()) {
            Ok(arn) => words::group(&arn),
            Err(_) => format!("target group {}", words::name(&of.id)),
        },
    };
    let name = Tone::Strong.of(name);
    let evidence = of.evidence.as_ref();
    let evidence = evidence.map_or_else(String::new, |told| format!(" ({})", words::name(told)));
    match tool(of.owner) {
        Some(tool) => format!("{name}, which {tool} owns{evidence}"),
        None => format!("{name}, whose owner nothing tells{evidence}"),
    }
}

fn tool(owner: OwnerTool) -> Option<&'static str> {
    match owner {
        OwnerTool::Cloudformation => Some("CloudFormation"),
        OwnerTool::Terraform => Some("Terraform"),
        OwnerTool::Kubernetes => Some("Kubernetes"),
        OwnerTool::Beanstalk => Some("Elastic Beanstalk"),
        OwnerTool::RefactorSpaces => Some("Refactor Spaces"),
        OwnerTool::Unknown => None,
    }
}

fn put_property(page: &mut String, change: &PropertyChange, columns: usize) {
    let property = words::name(&change.property);
    let mut put = |sign: String, value: &Text| {
        let text = format!("{property}: {}", words::name(value));
        layout::fill(page, &format!("      {sign} "), &text, columns);
    };
    if let Some(old) = &change.old {
        put(Tone::Bad.of("-"), old);
    }
    put(Tone::Good.of("+"), &change.new);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_reason_with_many_parts_the_first_are_told_and_the_rest_is_counted() {
        let all: Vec<String> = (1..=8).map(|part| format!("part {part}")).collect();
        assert_eq!(shortened(&all[..PARTS].join("; ")), all[..PARTS].join("; "));
        let told = shortened(&all.join("; "));
        assert!(told.ends_with("part 6; +2 more"), "{told}");
    }
}
