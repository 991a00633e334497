//! What is found around an NLB that chains pass: health and traffic, what its addresses and its
//! deletion mean, who owns it, and what can be reached from the internet.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use unbridge_model::apigateway::{HttpDeployed, Protocol, RestApi};
use unbridge_model::assessment::SeenIn;
use unbridge_model::elb::{LoadBalancer, Scheme, TargetGroup};
use unbridge_model::finding::{
    ApiRef, ApiStage, Explained, Finding, OpenGroup, OwnedKind, TrafficSeen,
};
use unbridge_model::id::{LoadBalancerArn, SecurityGroupId, StageName, VpcLinkId};
use unbridge_model::network::SecurityGroup;
use unbridge_model::route::End;
use unbridge_model::snapshot::RegionFacts;
use unbridge_model::text::{FastHasher, Text};

use crate::bundles::Bundle;
use crate::findings::Shape;
use crate::moves::{Destination, named};
use crate::network_path::open_ports;
use crate::ownership::{Owners, deployed_by_pipeline, history};
use crate::passage::group_of;
use crate::terraform::TerraformState;
use crate::topology::{GroupReach, Topology};
use crate::uri::names_of;

/// Days with traffic, of the days looked back, below which a link would fall asleep: version 2
/// links do after 60 days without traffic (API Gateway developer guide, "VPC links V2").
const RARE_DAYS: u16 = 4;

/// One NLB, the chains over it and where they go.
pub(crate) struct Around<'r, 's> {
    pub(crate) nlb: &'r LoadBalancer,
    pub(crate) facts: &'r RegionFacts,
    pub(crate) topology: &'r Topology<'s>,
    pub(crate) shape: &'r Shape,
    pub(crate) bundles: &'r [Bundle],
    pub(crate) destinations: &'r [Destination<'r>],
    pub(crate) rest_apis: &'r RestApisById<'r>,
    pub(crate) scanned_at: &'r str,
    pub(crate) terraform: &'r TerraformState,
}

/// The REST APIs of a region: every NLB looks for a few among thousands.
pub(crate) type RestApisById<'r> = HashMap<&'r str, &'r RestApi, BuildHasherDefault<FastHasher>>;

impl Around<'_, '_> {
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        let bridges_nothing = self.shape.bridging.is_empty() && self.shape.dead.is_empty();
        if bridges_nothing && self.destinations.is_empty() {
            return found;
        }
        found.extend(self.health());
        found.extend(self.static_addresses());
        found.extend(self.unexplained_traffic());
        found.extend(self.rare_traffic());
        found.extend(self.deletion_protection());
        found.extend(self.uri_names_nlb());
        found.extend(self.exposure());
        let apis = self.rest_apis();
        found.extend(self.of_apis(&apis));
        found.extend(self.owners(&apis));
        found
    }

    /// An NLB without a healthy target sends to every one, so unhealthy is not broken.
    fn health(&self) -> Vec<Finding> {
        let traffic = match self.nlb.traffic {
            None => TrafficSeen::Unknown,
            Some(traffic) if traffic.active_days == 0 => TrafficSeen::NoneSeen,
            Some(_) => TrafficSeen::Flowing,
        };
        let bridging = |group: &&TargetGroup| match self.topology.group_reach(group) {
            GroupReach::Albs(_) => true,
            GroupReach::Other | GroupReach::Empty | GroupReach::Unseen => false,
        };
        let groups = self.topology.groups_of(&self.nlb.arn).filter(bridging);
        let finding = |group: &TargetGroup| {
            let targets = group.targets.iter().flatten();
            let sick: Vec<Text> = targets
                .clone()
                .filter(|target| target.health == "unhealthy")
                .map(|target| target.id.clone())
                .collect();
            let healthy = targets.clone().any(|target| target.health == "healthy");
            (!sick.is_empty() && !healthy).then(|| Finding::AlbHealthCheckWrong {
                group: group.arn.clone(),
                targets: sick,
                traffic,
            })
        };
        groups.filter_map(finding).collect()
    }

    fn static_addresses(&self) -> Option<Finding> {
        let zones = self.nlb.zones.iter();
        let addresses: BTreeSet<_> = zones
            .flat_map(|zone| zone.chosen_addresses.clone())
            .collect();
        (!addresses.is_empty()).then(|| Finding::StaticAddresses {
            addresses: addresses.into_iter().collect(),
        })
    }

    /// Flows and requests cannot be compared, and metrics do not tell listeners apart. So while an
    /// API passes the NLB, only ports that none uses are in doubt; once none passes it, whatever
    /// flows is somebody else's. What flowed before the APIs left counts as well, as long as it is
    /// within the days looked back.
    fn unexplained_traffic(&self) -> Option<Finding> {
        let traffic = self.nlb.traffic.filter(|traffic| traffic.active_days > 0)?;
        let deployed = self
            .bundles
            .iter()
            .filter(|bundle| bundle.seen_in != SeenIn::Draft);
        let used: BTreeSet<u16> = deployed
            .filter_map(|bundle| Some(bundle.way.nlb()?.1))
            .collect();
        let bridging = self.shape.bridging.iter().copied();
        let ports: Vec<u16> = bridging.filter(|port| !used.contains(port)).collect();
        (!ports.is_empty()).then(|| Finding::TrafficNotExplained {
            traffic: traffic.into(),
            ports,
            explained: if used.is_empty() {
                Explained::Nothing
            } else {
                Explained::InPart
            },
        })
    }

    fn rare_traffic(&self) -> Vec<Finding> {
        let Some(traffic) = self.nlb.traffic.filter(|t| t.active_days < RARE_DAYS) else {
            return Vec::new();
        };
        let links: BTreeSet<&VpcLinkId> =
            self.bundles.iter().filter_map(|b| b.way.link()).collect();
        let v1 = links
            .into_iter()
            .filter(|link| self.facts.v1_links.contains_key(*link));
        v1.map(|link| Finding::RareTraffic {
            vpc_link_id: link.clone(),
            traffic: traffic.into(),
        })
        .collect()
    }

    fn deletion_protection(&self) -> Option<Finding> {
        let attribute = "deletion_protection.enabled";
        let value = self.nlb.attributes.as_ref()?.get(attribute)?;
        (*value == *"true").then(|| Finding::DeletionProtection {
            attribute: Text::new(attribute),
        })
    }

    fn uri_names_nlb(&self) -> Option<Finding> {
        let own = self.nlb.dns_name.as_ref()?;
        let is_own = |name: &str| names_of(name).iter().any(|name| *name == **own);
        let (mut apis, mut methods) = (BTreeSet::new(), 0_u32);
        for bundle in self.bundles {
            let sent = bundle.way.sent.as_ref();
            if sent.is_some_and(|sent| is_own(&sent.name)) {
                methods += bundle.methods;
                apis.insert(Arc::clone(&bundle.start.api));
            }
        }
        (methods > 0).then(|| Finding::UriNamesNlb {
            apis: named(&apis),
            methods,
            host: own.clone(),
        })
    }

    fn exposure(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        if self.nlb.scheme == Some(Scheme::InternetFacing) && !self.shape.bridging.is_empty() {
            found.push(Finding::InternetFacingNlb {
                ports: self.shape.bridging.clone(),
            });
        }
        let public: Vec<LoadBalancerArn> = self
            .destinations
            .iter()
            .map(|to| to.alb)
            .filter(|alb| alb.scheme == Some(Scheme::InternetFacing))
            .map(|alb| alb.arn.clone())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        if !public.is_empty() {
            found.push(Finding::InternetFacingAlbBehindGateway {
                albs: public.clone(),
            });
            found.push(Finding::AlbInternetFacingTarget { albs: public });
        }
        found.extend(self.open_groups());
        found
    }

    fn open_groups(&self) -> Option<Finding> {
        let albs = self.destinations.iter().map(|to| to.alb);
        let balancers: BTreeMap<_, _> = albs.chain([self.nlb]).map(|lb| (&lb.arn, lb)).collect();
        let open = |lb: &LoadBalancer| -> Vec<OpenGroup> {
            let carried = lb
                .security_groups
                .iter()
                .filter_map(|id| self.group(lb, id));
            carried
                .filter_map(|group| {
                    Some(OpenGroup {
                        group: group.id.clone(),
                        load_balancer: lb.arn.clone(),
                        ports: open_ports(group)?,
                    })
                })
                .collect()
        };
        let groups: Vec<_> = balancers.into_values().flat_map(open).collect();
        (!groups.is_empty()).then_some(Finding::OpenSecurityGroup { groups })
    }

    fn group(&self, lb: &LoadBalancer, id: &SecurityGroupId) -> Option<&SecurityGroup> {
        let groups = self
            .facts
            .vpcs
            .get(lb.vpc.as_ref()?)?
            .security_groups
            .as_ref()?;
        group_of(groups, id)
    }

    /// APIs over the NLB, by id.
    fn apis(&self) -> BTreeMap<&str, &Arc<ApiRef>> {
        let apis = self.bundles.iter().map(|bundle| &bundle.start.api);
        apis.map(|api| (api.id.as_str(), api)).collect()
    }

    fn rest_apis(&self) -> Vec<(&Arc<ApiRef>, &RestApi)> {
        let find = |(id, api): (&str, _)| Some((api, *self.rest_apis.get(id)?));
        self.apis().into_iter().filter_map(find).collect()
    }

    fn of_apis(&self, apis: &[(&Arc<ApiRef>, &RestApi)]) -> Vec<Finding> {
        let to_alb = |bundle: &Bundle| matches!(bundle.way.end, End::Alb { .. });
        if !self.bundles.iter().any(to_alb) {
            return Vec::new();
        }
        let mut found = Vec::new();
        if !apis.is_empty() {
            found.push(Finding::StagePathCheck {
                apis: apis.iter().map(|(api, _)| (***api).clone()).collect(),
            });
        }
        found.extend(self.client_certificates(apis));
        for (api_ref, api) in apis {
            found.extend(history(api_ref, api));
            found.extend(deployed_by_pipeline(api_ref, api, self.scanned_at));
        }
        found
    }

    fn client_certificates(&self, apis: &[(&Arc<ApiRef>, &RestApi)]) -> Option<Finding> {
        let showing = |(api, rest): &(&Arc<ApiRef>, &RestApi)| -> Vec<ApiStage> {
            let stages = rest.stages.iter().flatten();
            let showing = stages.filter(|stage| stage.client_certificate.is_some());
            showing
                .filter(|stage| self.passes(api, &stage.name))
                .map(|stage| ApiStage {
                    api: (***api).clone(),
                    stage: stage.name.clone(),
                })
                .collect()
        };
        let stages: Vec<_> = apis.iter().flat_map(showing).collect();
        let asking = |to: &&Destination<'_>| {
            let mode = to.listener.mutual_authentication.as_deref();
            mode.is_some_and(|mode| mode != "off")
        };
        let listeners: Vec<Text> = self
            .destinations
            .iter()
            .filter(asking)
            .map(|to| to.listener.arn.clone().into())
            .collect();
        let any = !stages.is_empty() || !listeners.is_empty();
        any.then_some(Finding::BackendClientCertificate { stages, listeners })
    }

    fn passes(&self, api: &Arc<ApiRef>, stage: &StageName) -> bool {
        let mut starts = self.bundles.iter().map(|bundle| &bundle.start);
        starts.any(|start| start.stage.as_ref() == Some(stage) && start.api.id == api.id)
    }

    /// Everything that a move or a retirement writes to.
    fn owners(&self, apis: &[(&Arc<ApiRef>, &RestApi)]) -> impl Iterator<Item = Finding> {
        let mut owners = Owners::new(self.terraform);
        for (_, api) in apis {
            owners.add(OwnedKind::Api, api.id.clone(), Some(&api.tags));
            for stage in api.stages.iter().flatten() {
                let id = Text::from(format!("{}/{}", api.id, stage.name));
                owners.add(OwnedKind::Stage, id, Some(&stage.tags));
            }
        }
        let apis = self.apis();
        for api in &self.facts.http_apis {
            if apis.contains_key(api.id.as_str()) {
                owners.add(OwnedKind::Api, api.id.clone(), Some(&api.tags));
                // Nothing is written to a stage that runs its API's routes as they stand.
                let written = api.stages.iter().flatten();
                let written = written.filter(|stage| match api.protocol {
                    Protocol::Http => stage.deployed != HttpDeployed::Auto,
                    Protocol::Websocket => false,
                });
                for stage in written {
                    let id = Text::from(format!("{}/{}", api.id, stage.name));
                    owners.add(OwnedKind::Stage, id, Some(&stage.tags));
                }
            }
        }
        for to in self.destinations {
            let alb = to.alb;
            owners.add_known(OwnedKind::LoadBalancer, alb.arn.clone(), alb.tags.as_ref());
            for group in to
                .alb
                .security_groups
                .iter()
                .filter_map(|id| self.group(to.alb, id))
            {
                owners.add(
                    OwnedKind::SecurityGroup,
                    group.id.clone(),
                    Some(&group.tags),
                );
            }
        }
        for id in self.topology.v1_links_over(&self.nlb.arn) {
            let tags = self.facts.v1_links.get(id).map(|link| &link.tags);
            owners.add(OwnedKind::VpcLink, id.clone(), tags);
        }
        owners.add(
            OwnedKind::LoadBalancer,
            self.nlb.arn.clone(),
            self.nlb.tags.as_ref(),
        );
        for group in self.topology.groups_of(&self.nlb.arn) {
            owners.add(
                OwnedKind::TargetGroup,
                group.arn.clone(),
                group.tags.as_ref(),
            );
        }
        owners.findings()
    }
}
