//! Terraform and OpenTofu states, as far as they say which objects they manage.
//!
//! Terraform sets no tags of its own, so a state is the only proof. Read are addresses and ids; the
//! other attributes, which may be secrets, are not kept. Knows no files.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use unbridge_model::finding::OwnedKind;
use unbridge_model::text::Text;

/// The objects that states manage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TerraformState(BTreeMap<(OwnedKind, Text), Text>);

/// A file that is no state.
#[derive(Debug)]
pub enum NotAState {
    /// It is no JSON, or JSON of another shape. What stands there may be a secret and is not told.
    Malformed {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// A state of a version that is not known.
    Version(u64),
    /// JSON without anything of a state.
    Foreign,
}

impl fmt::Display for NotAState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { line, column } => write!(
                f,
                "no Terraform state: line {line}, column {column} is not what stands there in one"
            ),
            Self::Version(version) => {
                write!(
                    f,
                    "a Terraform state of version {version}; version 4 is known"
                )
            }
            Self::Foreign => f.write_str(
                "no Terraform state: neither a state file nor what `terraform show -json` prints",
            ),
        }
    }
}

impl std::error::Error for NotAState {}

impl TerraformState {
    /// Adds what a state file of version 4 manages, or what `terraform show -json` says of one.
    ///
    /// # Errors
    /// [`NotAState`] when it is neither; nothing is added then.
    pub fn add(&mut self, json: &[u8]) -> Result<(), NotAState> {
        let file: File = serde_json::from_slice(json).map_err(|error| NotAState::Malformed {
            line: error.line(),
            column: error.column(),
        })?;
        match file {
            File {
                version: Some(4),
                resources,
                ..
            } => {
                let resources = resources.into_iter().flatten();
                resources.for_each(|one| self.add_resource(one));
            }
            File {
                version: Some(version),
                ..
            } => return Err(NotAState::Version(version)),
            File {
                values: Some(values),
                ..
            } => self.add_module(values.root_module),
            // What is shown of an empty state.
            File {
                format_version: Some(_),
                ..
            } => {}
            _ => return Err(NotAState::Foreign),
        }
        Ok(())
    }

    /// The address of the resource that manages an object.
    pub(crate) fn address(&self, kind: OwnedKind, id: &Text) -> Option<&Text> {
        self.0.get(&(kind, id.clone()))
    }

    fn add_resource(&mut self, resource: Resource) {
        if resource.mode != "managed" {
            return;
        }
        let module = resource
            .module
            .map(|module| module + ".")
            .unwrap_or_default();
        let address = format!("{module}{}.{}", resource.kind, resource.name);
        for instance in resource.instances {
            self.add_object(&resource.kind, &address, &instance.attributes);
        }
    }

    fn add_module(&mut self, module: Module) {
        for shown in module.resources {
            if shown.mode == "managed" {
                self.add_object(&shown.kind, &shown.address, &shown.values);
            }
        }
        for child in module.child_modules {
            self.add_module(child);
        }
    }

    fn add_object(&mut self, kind: &str, address: &str, attributes: &Attributes) {
        let Some((kind, id)) = attributes.object(kind) else {
            return;
        };
        // An API counts as managed by whatever manages its integrations: a move writes to those.
        // The API's own resource says it better.
        let is_part = kind == OwnedKind::Api && address.contains("_integration.");
        let key = (kind, Text::from(id));
        if !is_part || !self.0.contains_key(&key) {
            self.0.insert(key, Text::from(address.to_owned()));
        }
    }
}

/// A state file, or what is shown of one.
#[derive(Deserialize)]
struct File {
    version: Option<u64>,
    format_version: Option<String>,
    resources: Option<Vec<Resource>>,
    values: Option<Values>,
}

#[derive(Deserialize)]
struct Resource {
    mode: String,
    #[serde(rename = "type")]
    kind: String,
    name: String,
    module: Option<String>,
    #[serde(default)]
    instances: Vec<Instance>,
}

#[derive(Deserialize)]
struct Instance {
    #[serde(default)]
    attributes: Attributes,
}

#[derive(Deserialize)]
struct Values {
    root_module: Module,
}

#[derive(Deserialize)]
struct Module {
    #[serde(default)]
    resources: Vec<Shown>,
    #[serde(default)]
    child_modules: Vec<Module>,
}

#[derive(Deserialize)]
struct Shown {
    address: String,
    mode: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    values: Attributes,
}

/// What tells which object of AWS a resource is. Resources of other providers have anything here.
#[derive(Default, Deserialize)]
#[serde(transparent)]
struct Attributes(serde_json::Value);

impl Attributes {
    /// The object, as findings name it. Types are those of the AWS provider.
    fn object(&self, kind: &str) -> Option<(OwnedKind, String)> {
        let text = |name: &str| Some(self.0.get(name)?.as_str()?.to_owned());
        let by = |kind: OwnedKind, id: &str| Some((kind, text(id)?));
        let stage = |api: &str, stage: &str| {
            Some((OwnedKind::Stage, format!("{}/{}", text(api)?, text(stage)?)))
        };
        match kind {
            "aws_api_gateway_rest_api" | "aws_apigatewayv2_api" => by(OwnedKind::Api, "id"),
            "aws_api_gateway_integration" => by(OwnedKind::Api, "rest_api_id"),
            "aws_apigatewayv2_integration" => by(OwnedKind::Api, "api_id"),
            "aws_api_gateway_stage" => stage("rest_api_id", "stage_name"),
            "aws_apigatewayv2_stage" => stage("api_id", "name"),
            "aws_api_gateway_vpc_link" | "aws_apigatewayv2_vpc_link" => {
                by(OwnedKind::VpcLink, "id")
            }
            "aws_lb" | "aws_alb" => by(OwnedKind::LoadBalancer, "arn"),
            "aws_lb_target_group" | "aws_alb_target_group" => by(OwnedKind::TargetGroup, "arn"),
            "aws_security_group" | "aws_default_security_group" => {
                by(OwnedKind::SecurityGroup, "id")
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn state(json: &serde_json::Value) -> Result<TerraformState, NotAState> {
        let mut state = TerraformState::default();
        state.add(json.to_string().as_bytes())?;
        Ok(state)
    }

    fn told(state: &TerraformState) -> Vec<(OwnedKind, &str, &str)> {
        let all = state.0.iter();
        all.map(|((kind, id), address)| (*kind, id.as_str(), address.as_str()))
            .collect()
    }

    fn resource(kind: &str, attributes: &serde_json::Value) -> serde_json::Value {
        json!({
            "mode": "managed", "type": kind, "name": "x",
            "instances": [{"schema_version": 0, "attributes": attributes}],
        })
    }

    #[test]
    fn a_state_file_tells_what_it_manages() {
        let state = state(&json!({
            "version": 4, "terraform_version": "1.9.0", "serial": 3, "lineage": "l", "outputs": {},
            "resources": [
                resource("aws_api_gateway_rest_api", &json!({"id": "a1", "name": "orders"})),
                resource("aws_api_gateway_stage", &json!({"rest_api_id": "a1", "stage_name": "prod"})),
                resource("aws_apigatewayv2_stage", &json!({"api_id": "h1", "name": "$default"})),
                resource("aws_lb", &json!({"id": "arn:x", "arn": "arn:x", "name": "orders-nlb"})),
                resource("aws_lb_target_group", &json!({"arn": "arn:t"})),
                resource("aws_api_gateway_vpc_link", &json!({"id": "v1"})),
                resource("aws_security_group", &json!({"id": "sg-1"})),
                resource("aws_iam_role", &json!({"id": "no-object-of-a-move"})),
                {"mode": "data", "type": "aws_lb", "name": "read",
                 "instances": [{"attributes": {"arn": "arn:only-read"}}]},
                {"mode": "managed", "module": "module.net", "type": "aws_alb", "name": "web",
                 "instances": [{"index_key": 0, "attributes": {"arn": "arn:y"}}]},
            ],
        }));
        let state = state.expect("a state");
        assert_eq!(
            told(&state),
            [
                (OwnedKind::Api, "a1", "aws_api_gateway_rest_api.x"),
                (OwnedKind::Stage, "a1/prod", "aws_api_gateway_stage.x"),
                (OwnedKind::Stage, "h1/$default", "aws_apigatewayv2_stage.x"),
                (OwnedKind::SecurityGroup, "sg-1", "aws_security_group.x"),
                (OwnedKind::VpcLink, "v1", "aws_api_gateway_vpc_link.x"),
                (OwnedKind::LoadBalancer, "arn:x", "aws_lb.x"),
                (OwnedKind::LoadBalancer, "arn:y", "module.net.aws_alb.web"),
                (OwnedKind::TargetGroup, "arn:t", "aws_lb_target_group.x"),
            ]
        );
    }

    #[test]
    fn an_api_belongs_to_what_manages_its_integrations_unless_it_is_managed_itself() {
        let integration = || resource("aws_api_gateway_integration", &json!({"rest_api_id": "a1"}));
        let api = || resource("aws_api_gateway_rest_api", &json!({"id": "a1"}));
        let of = |resources: Vec<serde_json::Value>| {
            state(&json!({"version": 4, "resources": resources})).expect("a state")
        };
        let alone = of(vec![integration()]);
        let by_part = [(OwnedKind::Api, "a1", "aws_api_gateway_integration.x")];
        assert_eq!(told(&alone), by_part);
        let itself = [(OwnedKind::Api, "a1", "aws_api_gateway_rest_api.x")];
        assert_eq!(told(&of(vec![integration(), api()])), itself);
        assert_eq!(told(&of(vec![api(), integration()])), itself);
    }

    #[test]
    fn what_terraform_shows_is_read_with_its_modules() {
        let shown = |address: &str, mode: &str, arn: &str| {
            json!({"address": address, "mode": mode, "type": "aws_lb", "name": "x",
                   "values": {"arn": arn}})
        };
        let state = state(&json!({
            "format_version": "1.0", "terraform_version": "1.9.0",
            "values": {"root_module": {
                "resources": [shown("data.aws_lb.x", "data", "arn:d"), shown("aws_lb.x", "managed", "arn:x")],
                "child_modules": [{"address": "module.m", "resources": [
                    shown("module.m.aws_lb.x[0]", "managed", "arn:y")]}],
            }},
        }));
        assert_eq!(
            told(&state.expect("a state")),
            [
                (OwnedKind::LoadBalancer, "arn:x", "aws_lb.x"),
                (OwnedKind::LoadBalancer, "arn:y", "module.m.aws_lb.x[0]"),
            ]
        );
    }

    #[test]
    fn what_is_no_state_is_refused_without_a_word_of_it() {
        let refused = |json: serde_json::Value| state(&json).expect_err("a refusal");
        assert!(matches!(
            refused(json!({"version": 3})),
            NotAState::Version(3)
        ));
        assert!(matches!(refused(json!({"a": 1})), NotAState::Foreign));
        for secret in [
            json!("hunter2"),
            json!({"version": "hunter2"}),
            json!({"values": {"root_module": "hunter2"}}),
        ] {
            let told = refused(secret).to_string();
            assert!(
                told.contains("line 1") && !told.contains("hunter2"),
                "{told}"
            );
        }
        let mut none = TerraformState::default();
        none.add(b"{\"version\": 4,").expect_err("half a state");
        assert_eq!(none, TerraformState::default());
    }

    #[test]
    fn an_empty_state_and_other_providers_are_no_trouble() {
        let none = TerraformState::default();
        for empty in [
            json!({"version": 4, "resources": null}),
            json!({"format_version": "1.0", "terraform_version": "1.9.0"}),
        ] {
            assert_eq!(state(&empty).expect("a state"), none);
        }
        let foreign = json!({"version": 4, "resources": [
            resource("random_thing", &json!({"id": 7, "name": ["x"]})),
            resource("other_thing", &json!(null)),
            resource("aws_lb", &json!({"id": "x", "arn": "arn:x"})),
        ]});
        assert_eq!(told(&state(&foreign).expect("a state")).len(), 1);
    }
}
