//! What AWS does not document, as switches: a rehearsal runs with every setting of all of them.

use std::collections::BTreeSet;
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

/// Which of the switches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SwitchKind {
    /// [`Switches::stage_in_path`]. It decides about every request over a version 2 link.
    StageInPath,
    /// [`Switches::leftover_target`]. It decides when an integration that has a target goes to a
    /// version 1 link.
    LeftoverTarget,
    /// [`Switches::host_resolution`]. It decides about a request over a version 2 link whose host
    /// is the name of a load balancer that is gone.
    HostResolution,
    /// [`Switches::first_canary_patch`]. It decides when a stage without canary release is sent
    /// one on another deployment than its own.
    FirstCanaryPatch,
}

impl SwitchKind {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::StageInPath,
        Self::LeftoverTarget,
        Self::HostResolution,
        Self::FirstCanaryPatch,
    ];
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
        Self::differing(&SwitchKind::ALL.into())
    }

    /// Every setting that differs from the default in these switches alone, the default first.
    ///
    /// A run under one setting may ask switches that it does not ask under another: who leaves out
    /// what was not asked looks again at what the runs of the others asked.
    #[must_use]
    pub fn differing(kinds: &BTreeSet<SwitchKind>) -> Vec<Self> {
        kinds.iter().fold(vec![Self::default()], |all, kind| {
            all.into_iter()
                .flat_map(|one| [one, one.turned(*kind)])
                .collect()
        })
    }

    /// The same with one of them turned to its other setting.
    #[must_use]
    pub fn turned(mut self, kind: SwitchKind) -> Self {
        match kind {
            SwitchKind::StageInPath => {
                self.stage_in_path = match self.stage_in_path {
                    StageInPath::NotSent => StageInPath::Sent,
                    StageInPath::Sent => StageInPath::NotSent,
                }
            }
            SwitchKind::LeftoverTarget => {
                self.leftover_target = match self.leftover_target {
                    LeftoverTarget::Ignored => LeftoverTarget::Refused,
                    LeftoverTarget::Refused => LeftoverTarget::Ignored,
                }
            }
            SwitchKind::HostResolution => {
                self.host_resolution = match self.host_resolution {
                    HostResolution::NotNeeded => HostResolution::Needed,
                    HostResolution::Needed => HostResolution::NotNeeded,
                }
            }
            SwitchKind::FirstCanaryPatch => {
                self.first_canary_patch = match self.first_canary_patch {
                    FirstCanaryPatch::AsSent => FirstCanaryPatch::OnOwnDeployment,
                    FirstCanaryPatch::OnOwnDeployment => FirstCanaryPatch::AsSent,
                }
            }
        }
        self
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_combination_of_the_given_switches_is_told_once_and_the_default_first() {
        let mut all = Switches::all();
        assert_eq!(all[0], Switches::default());
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 16);
        let kinds = BTreeSet::from([SwitchKind::HostResolution, SwitchKind::LeftoverTarget]);
        let some = Switches::differing(&kinds);
        assert_eq!(some[0], Switches::default());
        assert_eq!(some.iter().collect::<BTreeSet<_>>().len(), 4);
        for one in some {
            assert_eq!(one.stage_in_path, StageInPath::default());
            assert_eq!(one.first_canary_patch, FirstCanaryPatch::default());
        }
        assert_eq!(Switches::differing(&BTreeSet::new()), [Switches::default()]);
    }

    #[test]
    fn a_switch_turned_twice_is_as_it_was() {
        for kind in SwitchKind::ALL {
            let turned = Switches::default().turned(kind);
            assert_ne!(turned, Switches::default());
            assert_eq!(turned.turned(kind), Switches::default());
        }
    }
}
