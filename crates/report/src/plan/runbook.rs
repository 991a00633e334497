//! A plan as a runbook in Markdown: every step with its commands, what to see afterwards, what to
//! wait for, and the way back.

use std::fmt::{self, Write};

use unbridge_model::plan::condition::{Condition, Gate};
use unbridge_model::plan::{Plan, Step, Undo};

use super::cli_words::{Change, State, change, find, id_of, owner, said, state};
use super::script::order::{at_no_return, drain};
use super::{gates, meaning, plan_summary, span};
use crate::layout::count;
use crate::look::{Colour, Look};
use crate::markdown::escape::{Place, code, prose};
use crate::safe::printable;
use unbridge_model::plan::order::{Back, Rank, ways_back};

/// How wide the summary is, in characters.
const COLUMNS: u16 = 100;

/// Writes the runbook.
///
/// # Errors
/// When `out` does not take it.
pub fn plan_runbook(plan: &Plan, out: &mut dyn Write) -> fmt::Result {
    let mut page = Page {
        plan,
        text: String::new(),
    };
    page.begin()?;
    let (before, behind) = at_no_return(plan);
    let mut number = 0;
    for of_phase in before.chunk_by(|one, next| one.phase == next.phase) {
        page.phase(of_phase);
        for step in of_phase {
            number += 1;
            page.step(number, step);
        }
    }
    page.no_return(behind);
    for of_phase in behind.chunk_by(|one, next| one.phase == next.phase) {
        page.phase(of_phase);
        for step in of_phase {
            number += 1;
            page.step(number, step);
        }
    }
    page.going_back(before);
    out.write_str(&page.text)
}

/// A page in the making.
struct Page<'p> {
    plan: &'p Plan,
    text: String,
}

impl Page<'_> {
    fn paragraph(&mut self, text: &str) {
        let text = prose(&printable(text), Place::Text);
        self.text.push_str(&format!("\n{text}\n"));
    }

    fn item(&mut self, text: &str) {
        let text = prose(&printable(text), Place::Text);
        self.text.push_str(&format!("- {text}\n"));
    }

    /// A block of code. The text is printable: each line is one of ours.
    fn block(&mut self, language: &str, text: &str) {
        let mut longest = 0;
        let mut run = 0;
        for c in text.chars() {
            run = if c == '`' { run + 1 } else { 0 };
            longest = longest.max(run);
        }
        let fence = "`".repeat(longest.max(2) + 1);
        let text = text.trim_end();
        self.text
            .push_str(&format!("\n{fence}{language}\n{text}\n{fence}\n"));
    }

    fn begin(&mut self) -> fmt::Result {
        let plan = self.plan;
        let body = &plan.body;
        let id = plan.plan_id.short();
        self.text
            .push_str(&format!("# Runbook of plan {}\n", code(id, Place::Text)));
        if plan.proven().is_none() && !body.steps.is_empty() {
            self.text
                .push_str("\n> **NOT PROVEN:** rehearse it before it is carried out.\n");
        }
        if !body.complete || !body.missing.is_empty() {
            self.text
                .push_str("\n> **INCOMPLETE:** it was made without seeing everything.\n");
        }
        let mut summary = String::new();
        let look = Look {
            width: COLUMNS,
            colour: Colour::Never,
        };
        plan_summary(plan, None, look, &mut summary)?;
        self.block("text", &summary);
        if body.steps.is_empty() {
            return Ok(());
        }
        self.text.push_str("\n## Before the first step\n");
        self.paragraph(
            "All commands are of the AWS CLI, for bash, in one terminal: what a step makes stands in a variable that later steps use. Credentials are those of this account:",
        );
        let account = format!(
            "aws sts get-caller-identity --query Account --output text   # {}\nexport AWS_PAGER='' AWS_DEFAULT_REGION={} AWS_REGION={}",
            body.account, body.region, body.region
        );
        self.block("sh", &account);
        self.paragraph(
            "Where something is not as it has to be: stop, and go back as the last section says. A command that was refused or not answered is not repeated before a look at whether it was done.",
        );
        Ok(())
    }

    fn phase(&mut self, steps: &[Step]) {
        if let Some(first) = steps.first() {
            let (phase, meaning) = (first.phase, meaning(first.phase));
            let phase = prose(&phase.to_string(), Place::Text);
            self.text.push_str(&format!("\n## Phase {phase}\n"));
            self.paragraph(&format!("It {meaning}."));
        }
    }

    fn step(&mut self, number: usize, step: &Step) {
        let id = code(step.id.as_str(), Place::Text);
        self.text.push_str(&format!("\n### {number}. {id}\n"));
        self.paragraph(&step.forward);
        if !step.preconditions.is_empty() {
            self.paragraph("Before, this has to be so:");
            self.text.push('\n');
            self.states(&step.preconditions);
        }
        let Some(owner) = owner(self.plan, &step.id) else {
            return;
        };
        let region = &self.plan.body.region;
        let change = change(&step.operation, &owner, region);
        self.paragraph("Do:");
        self.change(&change, step);
        if let Some(find) = find(&step.operation, &owner) {
            self.paragraph(
                "Where its answer was lost, this says whether it was made, and as what:",
            );
            self.block("sh", &format!("aws {}", find.shell()));
        }
        if !step.verification.is_empty() {
            let within = span(step.verify_within);
            self.paragraph(&format!("Afterwards, within {within}, this has to be so:"));
            self.text.push('\n');
            self.states(&step.verification);
        }
        if let Some(gate) = &step.gate {
            self.gate(gate);
        }
        match &step.undo {
            Undo::Operation { .. } => self.paragraph(&format!("Way back: {}", step.backward)),
            Undo::Nothing => self.paragraph("Way back: none is needed, others take it back."),
            Undo::Impossible { why } => {
                let why = prose(&printable(why), Place::Text);
                self.text
                    .push_str(&format!("\n**There is no way back:** {why}\n"));
            }
        }
    }

    /// Conditions with the commands that print `true` where they hold.
    fn states(&mut self, conditions: &[Condition]) {
        for condition in conditions {
            self.item(&said(condition).told());
        }
        let calls: Vec<String> = conditions.iter().filter_map(|one| self.call(one)).collect();
        if !calls.is_empty() {
            let each = if calls.len() == 1 {
                "This prints"
            } else {
                "Each of these prints"
            };
            self.text.push_str(&format!("\n{each} `true`:\n"));
            self.block("sh", &calls.join("\n"));
        }
        let not_here: Vec<String> = conditions.iter().filter_map(why_not).collect();
        for text in not_here {
            self.paragraph(&text);
        }
    }

    fn call(&self, condition: &Condition) -> Option<String> {
        match state(condition) {
            State::True(call) => Some(format!("aws {} --output json", call.shell())),
            State::Alike { .. }
            | State::Furnished { .. }
            | State::LinkUnused { .. }
            | State::Admitted { .. }
            | State::Not(_) => None,
        }
    }

    fn change(&mut self, change: &Change, step: &Step) {
        let made = id_of(&step.id);
        match change {
            Change::Call(call) if step.operation.makes().is_some() => {
                let call = call.shell();
                self.block(
                    "sh",
                    &format!("{made}=$(aws {call} --output text)\necho \"${made}\""),
                );
            }
            Change::Call(call) => self.block("sh", &format!("aws {}", call.shell())),
            Change::StageLike { look, create, .. } => {
                self.block(
                    "sh",
                    &format!(
                        "variables=$(aws {} --query 'variables || `{{}}`' --output json)\naws {} --variables \"$variables\"",
                        look.shell(),
                        create.shell()
                    ),
                );
                self.paragraph("No one command gives it the rest: what this shows, apart from null, it has to be given too, by update-stage (clientCertificateId, throttling) and wafv2 associate-web-acl:");
                let query = "{clientCertificateId: clientCertificateId, all: methodSettings.\"*/*\", webAclArn: webAclArn}";
                self.block("sh", &format!("aws {} --query '{query}'", look.shell()));
            }
            Change::Furnish { look, own, .. } => {
                self.paragraph("What the first of these shows, apart from null, the second has to show too. What it lacks, update-stage (clientCertificateId, throttling) and wafv2 associate-web-acl give it: until then it can be reached without that.");
                let query = "{clientCertificateId: clientCertificateId, all: methodSettings.\"*/*\", webAclArn: webAclArn}";
                let looks =
                    [look, own].map(|look| format!("aws {} --query '{query}'", look.shell()));
                self.block("sh", &looks.join("\n"));
            }
            Change::IntegrationLike { look, set } => {
                self.paragraph("No one command does it: what this prints is given to create-integration, without IntegrationId, IntegrationResponseSelectionExpression and ApiGatewayManaged, and with what is set below. Here jq does so.");
                let look = look.shell();
                let set = set.shell();
                self.block("sh", &format!("input=$(aws {look} --output json | jq -ac --argjson set {set} \\\n  'del(.IntegrationId, .IntegrationResponseSelectionExpression, .ApiGatewayManaged) + $set')\n{made}=$(aws apigatewayv2 create-integration --cli-input-json \"$input\" --query IntegrationId --output text)\necho \"${made}\""));
            }
            Change::CloseEgress { look, group } => {
                self.block(
                    "sh",
                    &format!("rules=$(aws {} --output json | jq -ac 'map(with_entries(select(.value != null and .value != [])))')\naws ec2 revoke-security-group-egress --group-id {} --ip-permissions \"$rules\"", look.shell(), group.shell()),
                );
            }
        }
    }

    fn gate(&mut self, gate: &Gate) {
        let told = gates::told(gate, &self.plan.body.region);
        let how_long = match gate {
            Gate::Proof { .. } => String::new(),
            Gate::Bake { seconds, .. } | Gate::BakeHttp { seconds, .. } => {
                format!(" For {}:", span(*seconds))
            }
            Gate::Drain { seconds } => format!(" For {}, so that", span(*seconds)),
        };
        let question = told.question.unwrap_or_default();
        let text = format!("Then wait.{how_long} {}. {question}", told.watch);
        self.paragraph(text.trim_end());
    }

    fn no_return(&mut self, behind: &[Step]) {
        if self.plan.body.steps.is_empty() {
            return;
        }
        self.text.push_str("\n## The point of no return\n");
        if behind.is_empty() {
            self.paragraph("This plan has none: every step above has a way back, and nothing of the old way is deleted. That is a plan of its own.");
            return;
        }
        let steps = count(behind.len(), "step", "steps");
        self.text.push_str(&format!(
            "\n**From here on there is no way back.** The {steps} below delete the old way for good. The script of this plan does not do them.\n"
        ));
    }

    fn going_back(&mut self, steps: &[Step]) {
        let ways = ways_back(steps);
        if ways.is_empty() {
            return;
        }
        self.text.push_str("\n## Going back\n");
        self.paragraph("In this order, and only what was done: what could drop a request goes first, and what a request could be using goes last. Where something is no longer as this plan has made it, somebody else has changed it: stop.");
        let mut drained = false;
        for (number, way) in ways.iter().enumerate() {
            if way.rank > Rank::Draft && !drained {
                drained = true;
                let time = span(drain(steps));
                self.paragraph(&format!(
                    "Then wait for {time}, so that requests that are on their way end."
                ));
            }
            self.way_back(number + 1, way);
        }
    }

    fn way_back(&mut self, number: usize, way: &Back<'_>) {
        let step = way.step;
        let (Undo::Operation { operation, only_if }, Some(owner)) =
            (&step.undo, owner(self.plan, &step.id))
        else {
            return;
        };
        let id = code(step.id.as_str(), Place::Text);
        self.text
            .push_str(&format!("\n### Back {number}: from {id}\n"));
        self.paragraph(&step.backward);
        if !only_if.is_empty() {
            self.paragraph("Only if this is so:");
            self.text.push('\n');
            self.states(only_if);
        }
        let change = change(operation, &owner, &self.plan.body.region);
        match change {
            Change::Call(call) => self.block("sh", &format!("aws {}", call.shell())),
            Change::StageLike { .. }
            | Change::Furnish { .. }
            | Change::IntegrationLike { .. }
            | Change::CloseEgress { .. } => {
                self.change(&change, step);
            }
        }
    }
}

/// Why no command tells it, and what does.
fn why_not(condition: &Condition) -> Option<String> {
    Some(match state(condition) {
        State::True(_) => return None,
        State::Alike { stage, like, .. } => format!(
            "No one command tells whether stages run the same: export {} and {} (apigateway get-export, extensions=apigateway) and compare the two; the script of this plan does so.",
            stage.told(),
            like.told()
        ),
        State::Furnished { stage, like, .. } => format!(
            "No one command tells it: compare the client certificates, the throttling of all methods and the web ACLs of {} and {} (apigateway get-stage); the script of this plan does so.",
            stage.told(),
            like.told()
        ),
        State::LinkUnused { link } => format!(
            "No one command tells who uses VPC link {}: AWS refuses to delete a link that an integration names by its id, and does not look at stage variables; the script of this plan looks at both.",
            link.told()
        ),
        State::Admitted {
            link,
            load_balancer,
            port,
        } => format!(
            "No one command tells it: of the security groups of {}, one has to let TCP {port} in from a group of VPC link {}, or from all of its subnets; the script of this plan looks at their rules.",
            load_balancer.told(),
            link.told()
        ),
        State::Not(not) => format!("No command tells it: {}.", not.why),
    })
}
