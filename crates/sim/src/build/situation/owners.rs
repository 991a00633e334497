//! Somebody owns the things that a move changes.

use super::Words;
use crate::build::Estate;

pub(super) fn deployed_by_pipeline(estate: Estate, words: &Words<'_>) -> Estate {
    words
        .bridge(estate)
        .rest_api(words.name, |api| api.deploy_weekly("prod", 12))
}

fn owned(estate: Estate, words: &Words<'_>, key: &str, value: &str) -> Estate {
    words.bridge(estate).tag_all(words.name, key, value)
}

pub(super) fn managed_by_beanstalk(estate: Estate, words: &Words<'_>) -> Estate {
    let environment = format!("{}-env", words.name);
    owned(
        estate,
        words,
        "elasticbeanstalk:environment-name",
        &environment,
    )
}

pub(super) fn managed_by_cloudformation(estate: Estate, words: &Words<'_>) -> Estate {
    let stack = format!("{}-stack", words.name);
    owned(estate, words, "aws:cloudformation:stack-name", &stack)
}

pub(super) fn managed_by_kubernetes(estate: Estate, words: &Words<'_>) -> Estate {
    let stack = format!("default/{}", words.name);
    words
        .bridge(estate)
        .tag(&words.alb, "elbv2.k8s.aws/cluster", "apps")
        .tag(&words.alb, "ingress.k8s.aws/stack", &stack)
}

pub(super) fn managed_by_refactor_spaces(estate: Estate, words: &Words<'_>) -> Estate {
    // The tag that Refactor Spaces puts on what it makes.
    let environment = format!("env-{}", words.name);
    owned(
        estate,
        words,
        "aws:refactor-spaces:environment-id",
        &environment,
    )
}

pub(super) fn managed_by_terraform(estate: Estate, words: &Words<'_>) -> Estate {
    owned(estate, words, "ManagedBy", "Terraform")
}
