//! What a person does at a gate that a tool would judge.

use unbridge_model::id::{Region, StageName};
use unbridge_model::plan::condition::Gate;

/// What a person does at a gate.
pub(super) struct Told {
    /// What to look at.
    pub(super) watch: String,
    /// What has to be answered with yes.
    pub(super) question: Option<String>,
}

const REST: &str = "4XXError and 5XXError of the stage (CloudWatch, AWS/ApiGateway), \
                    HTTPCode_Target_4XX_Count, HTTPCode_Target_5XX_Count, HTTPCode_ELB_4XX_Count \
                    and HTTPCode_ELB_5XX_Count of the ALB";
const HTTP: &str = "4xx and 5xx of the stages (CloudWatch, AWS/ApiGateway), \
                    HTTPCode_Target_4XX_Count, HTTPCode_Target_5XX_Count, HTTPCode_ELB_4XX_Count \
                    and HTTPCode_ELB_5XX_Count of the ALB";

pub(super) fn told(gate: &Gate, region: &Region) -> Told {
    match gate {
        Gate::Proof { api, stage, like } => {
            let at = |stage: &StageName| {
                let name = region.as_str();
                let end = match name.starts_with("cn-") {
                    true => "amazonaws.com.cn",
                    false => "amazonaws.com",
                };
                format!("https://{api}.execute-api.{name}.{end}/{stage}")
            };
            Told {
                watch: format!(
                    "send the same requests to {} and to {}",
                    at(stage),
                    at(like)
                ),
                question: Some(format!("Does {stage} answer as {like} does?")),
            }
        }
        Gate::Bake { stage, .. } => Told {
            watch: format!("watch {REST}"),
            question: Some(format!("Does stage {stage} answer as it did before?")),
        },
        Gate::BakeHttp { stages, .. } => {
            let stages: Vec<&str> = stages.iter().map(StageName::as_str).collect();
            let (these, do_they) = match stages.as_slice() {
                [one] => (format!("stage {one}"), "Does"),
                many => (format!("stages {}", many.join(", ")), "Do"),
            };
            let they = if do_they == "Does" { "it" } else { "they" };
            Told {
                watch: format!("watch {HTTP}"),
                question: Some(format!("{do_they} {these} answer as {they} did before?")),
            }
        }
        Gate::Drain { .. } => Told {
            watch: "requests that are on their way end".to_owned(),
            question: None,
        },
    }
}
