//! Who owns what a move changes.

use super::CodeText;

pub(super) const OWNER_UNKNOWN: CodeText = CodeText {
    title: "nobody is known to own what a move changes",
    meaning: "Neither a tag nor a given Terraform state says who owns these objects. That does not \
              mean that nobody does: Terraform and scripts need leave no trace.",
    remedy: "Ask who made them before anything is changed. Give Terraform's states with \
             --terraform-state: it sets no tags of its own.",
    effect: "None: it decides how a move is made, not whether.",
};

pub(super) const MANAGED_BY_CLOUDFORMATION: CodeText = CodeText {
    title: "CloudFormation owns what a move changes",
    meaning: "Tags say that CloudFormation stacks made these objects. CDK, SAM and Serverless \
              work through CloudFormation as well.",
    remedy: "Change the templates that make them, not the objects: what is edited beside it is \
             put back by the next run.",
    effect: "None: it decides how a move is made, not whether.",
};

pub(super) const MANAGED_BY_TERRAFORM: CodeText = CodeText {
    title: "Terraform owns what a move changes",
    meaning: "Tags, or a Terraform state that was given with --terraform-state, say that \
              Terraform manages these objects.",
    remedy: "Change the configuration that makes them, not the objects: what is edited beside it \
             is put back by the next run.",
    effect: "None: it decides how a move is made, not whether.",
};

pub(super) const MANAGED_BY_KUBERNETES: CodeText = CodeText {
    title: "a Kubernetes controller owns what a move changes",
    meaning: "Tags say that a controller in a Kubernetes cluster made these objects for a \
              Service, an Ingress or a Gateway.",
    remedy: "Change the manifests in the cluster, not the objects: the controller puts them back \
             within minutes.",
    effect: "None: it decides how a move is made, not whether.",
};

pub(super) const MANAGED_BY_BEANSTALK: CodeText = CodeText {
    title: "Elastic Beanstalk owns what a move changes",
    meaning: "Tags say that an Elastic Beanstalk environment made these objects.",
    remedy: "Change the environment's configuration, not the objects: the environment's next \
             update puts them back.",
    effect: "None: it decides how a move is made, not whether.",
};

pub(super) const MANAGED_BY_REFACTOR_SPACES: CodeText = CodeText {
    title: "Refactor Spaces owns what a move changes",
    meaning: "Tags say that Migration Hub Refactor Spaces made these objects: it builds API \
              Gateway, VPC link and NLB by itself.",
    remedy: "Change the Refactor Spaces application, not the objects.",
    effect: "None: it decides how a move is made, not whether.",
};

pub(super) const DEPLOYED_BY_PIPELINE: CodeText = CodeText {
    title: "a pipeline seems to deploy the API",
    meaning: "The API is deployed so regularly that a pipeline seems to do it. Its next run may \
              put the VPC link v1 back.",
    remedy: "Change the API in the pipeline's source, so that its next run deploys the move.",
    effect: "None: it decides how a move is made, not whether.",
};
