//! The read role as a CloudFormation template that a StackSet brings to every account.
//!
//! It is the same template in every partition: ARNs in it name the partition of the account that they
//! are made in. Written as YAML for its comments; every text in it is ours or a checked name.

use std::fmt::Write as _;

use super::scan::of_calls;
use super::{ExternalId, OtherUsers, Partition, Policy, Principal, RoleName, Statement};

/// The name that the commands in the comments give to the StackSet and to the file.
const STACK: &str = "unbridge-audit";

/// What a template is to be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollout {
    /// The partition, for the region in the commands.
    pub partition: Partition,
    /// Whether the role may read what shows other users of load balancers.
    pub users: OtherUsers,
    /// The role.
    pub role: RoleName,
    /// Who may take it; without one the template asks.
    pub trusted: Option<Principal>,
    /// The word to say with it; without one the template asks, and takes none for an answer.
    pub external_id: Option<ExternalId>,
}

/// The template, with the commands that roll it out in comments.
#[must_use]
pub fn stack_set(rollout: &Rollout) -> String {
    let mut text = comments(rollout);
    text.push_str(HEAD);
    text.push_str(&parameters(rollout));
    text.push_str(ROLE);
    text.push_str(&statements(&of_calls("${AWS::Partition}", rollout.users)));
    text.push_str(OUTPUTS);
    text
}

fn comments(rollout: &Rollout) -> String {
    let Rollout {
        partition, role, ..
    } = rollout;
    let (set, plain) = match rollout.trusted {
        Some(_) => ("", ""),
        None => (
            " \\\n#     --parameters ParameterKey=TrustedPrincipal,ParameterValue=ACCOUNT_OR_ARN",
            " \\\n#     --parameter-overrides TrustedPrincipal=ACCOUNT_OR_ARN",
        ),
    };
    let region = partition.main_region();
    let role = role.as_str();
    format!(
        "\
# The role {role}, which `unbridge scan --organization --assume-role {role}` takes in each
# account. It may do what a scan asks, and nothing else.
#
# Keep this as {STACK}.yaml. In the management account, or with --call-as DELEGATED_ADMIN where
# StackSets are delegated to, bring it to every account of an organizational unit or of the root, and to
# those that join it later:
#
#   aws cloudformation create-stack-set --region {region} \\
#     --stack-set-name {STACK} --template-body file://{STACK}.yaml \\
#     --capabilities CAPABILITY_NAMED_IAM --permission-model SERVICE_MANAGED \\
#     --auto-deployment Enabled=true,RetainStacksOnAccountRemoval=false{set}
#   aws cloudformation create-stack-instances --region {region} \\
#     --stack-set-name {STACK} --regions {region} \\
#     --deployment-targets OrganizationalUnitIds=ROOT_OR_OU_ID \\
#     --operation-preferences FailureTolerancePercentage=100,MaxConcurrentPercentage=100
#
# Roles belong to no region: one is enough. A StackSet leaves the management account out, so there:
#
#   aws cloudformation deploy --region {region} \\
#     --stack-name {STACK} --template-file {STACK}.yaml \\
#     --capabilities CAPABILITY_NAMED_IAM{plain}
#
# A role or user that is trusted has to be there first: IAM refuses the name of one that is not.
"
    )
}

const HEAD: &str = "\
AWSTemplateFormatVersion: \"2010-09-09\"
Description: What unbridge reads in this account, and nothing else
";

fn parameters(rollout: &Rollout) -> String {
    // No name that is checked holds a quote.
    let default = |name: Option<String>| match name {
        Some(name) => format!("    Default: \"{name}\"\n"),
        None => String::new(),
    };
    let trusted = default(rollout.trusted.as_ref().map(ToString::to_string));
    let external_id = rollout.external_id.as_ref().map(ExternalId::as_str);
    let external_id = default(Some(external_id.unwrap_or_default().to_owned()));
    let role = default(Some(rollout.role.as_str().to_owned()));
    format!(
        r#"Parameters:
  TrustedPrincipal:
    Type: String
    Description: Account of 12 digits whose identities may take the role, or the ARN of one role or user
{trusted}    AllowedPattern: ^(\d{{12}}|arn:aws[a-z-]*:iam::\d{{12}}:(root|(role|user)/[\w+=,.@/-]+))$
  ExternalId:
    Type: String
    Description: What has to be said with --external-id to take the role; empty for nothing
    NoEcho: true
{external_id}    AllowedPattern: ^$|^[\w+=,.@:/-]{{2,1224}}$
  RoleName:
    Type: String
    Description: Name of the role, the same in every account
{role}    AllowedPattern: ^[\w+=,.@-]{{1,64}}$
  MaxSessionDuration:
    Type: Number
    Description: Seconds that a session may last; one taken by a role never lasts longer than 3600
    Default: 3600
    MinValue: 3600
    MaxValue: 43200
"#
    )
}

const ROLE: &str = "\
Conditions:
  AsksExternalId: !Not [!Equals [!Ref ExternalId, \"\"]]
Resources:
  AuditRole:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Ref RoleName
      Description: What unbridge reads, and nothing else
      MaxSessionDuration: !Ref MaxSessionDuration
      AssumeRolePolicyDocument:
        Version: \"2012-10-17\"
        Statement:
          - Sid: UnbridgeTakesRole
            Effect: Allow
            Principal:
              AWS: !Ref TrustedPrincipal
            Action: sts:AssumeRole
            Condition: !If
              - AsksExternalId
              - StringEquals:
                  sts:ExternalId: !Ref ExternalId
              - !Ref AWS::NoValue
      Policies:
        - PolicyName: unbridge-scan
          PolicyDocument:
            Version: \"2012-10-17\"
            Statement:
";

const OUTPUTS: &str = "\
Outputs:
  RoleArn:
    Description: The role
    Value: !GetAtt AuditRole.Arn
";

fn statements(policy: &Policy) -> String {
    policy.statement.iter().map(statement).collect()
}

fn statement(of: &Statement) -> String {
    let mut text = format!(
        "              - Sid: {}\n                Effect: {}\n                Action:\n",
        of.sid, of.effect
    );
    let items = |text: &mut String, item: &str| {
        let _ = writeln!(text, "                  - {item}");
    };
    for action in &of.action {
        items(&mut text, action);
    }
    text.push_str("                Resource:\n");
    for resource in &of.resource {
        match resource.contains("${") {
            true => items(&mut text, &format!("!Sub \"{resource}\"")),
            false => items(&mut text, &format!("\"{resource}\"")),
        }
    }
    text
}
