//! What AWS does not document, as switches: a rehearsal runs with every setting of all of them.

use std::fmt;

/// One setting of everything that is not known of AWS. The default is what is thought likeliest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Switches {
    /// Whether a backend behind a version 2 link sees the stage's name.
    pub stage_in_path: StageInPath,
    /// What a version 1 link makes of an `integrationTarget` that was left behind.
    pub leftover_target: LeftoverTarget,
    /// Whether the host of an address behind a version 2 link has to be known.
    pub host_resolution: HostResolution,
    /// What the first patch of a canary release makes.
    pub first_canary_patch: FirstCanaryPatch,
}

/// Whether the path that a backend gets over a version 2 link begins with the stage's name. Rule
/// `stage-in-path`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StageInPath {
    /// It is the path of the address, as over a version 1 link: what working deployments show.
    #[default]
    NotSent,
    /// `/prod` stands before it: what the page on private integrations says.
    Sent,
}

/// What happens to an integration that goes back to a version 1 link and keeps its
/// `integrationTarget`, which cannot be taken away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeftoverTarget {
    /// It goes over the link as if there were no target.
    #[default]
    Ignored,
    /// The patch is refused.
    Refused,
}

/// Whether API Gateway looks up the host of an address that goes over a version 2 link. Rule
/// `host-resolution`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostResolution {
    /// It is a Host header and nothing more.
    #[default]
    NotNeeded,
    /// A name of a load balancer that is gone fails.
    Needed,
}

/// What the patches of deployment and percentage make on a stage without canary release.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FirstCanaryPatch {
    /// A canary release on the deployment that was sent.
    #[default]
    AsSent,
    /// A canary release on the stage's own deployment: the same patch has to be sent again.
    OnOwnDeployment,
}

impl Switches {
    /// Every setting, the default first.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for stage_in_path in [StageInPath::NotSent, StageInPath::Sent] {
            for leftover_target in [LeftoverTarget::Ignored, LeftoverTarget::Refused] {
                for host_resolution in [HostResolution::NotNeeded, HostResolution::Needed] {
                    for first_canary_patch in
                        [FirstCanaryPatch::AsSent, FirstCanaryPatch::OnOwnDeployment]
                    {
                        all.push(Self {
                            stage_in_path,
                            leftover_target,
                            host_resolution,
                            first_canary_patch,
                        });
                    }
                }
            }
        }
        all
    }
}

impl fmt::Display for Switches {
    /// What differs from the default, in words for a trace.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = Vec::new();
        match self.stage_in_path {
            StageInPath::NotSent => {}
            StageInPath::Sent => words.push("the backend's path begins with the stage's name"),
        }
        match self.leftover_target {
            LeftoverTarget::Ignored => {}
            LeftoverTarget::Refused => {
                words.push("a left-over integrationTarget is refused with a version 1 link");
            }
        }
        match self.host_resolution {
            HostResolution::NotNeeded => {}
            HostResolution::Needed => words.push("the host of an address has to be known"),
        }
        match self.first_canary_patch {
            FirstCanaryPatch::AsSent => {}
            FirstCanaryPatch::OnOwnDeployment => {
                words.push("the first canary patch runs the stage's own deployment");
            }
        }
        match words.is_empty() {
            true => f.write_str("as documented or likeliest"),
            false => f.write_str(&words.join(", ")),
        }
    }
}
