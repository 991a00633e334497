//! Who else leads to a load balancer, and what is told of its traffic.

use unbridge_model::apigateway::{ApiMapping, DomainName};
use unbridge_model::elb::Traffic;
use unbridge_model::id::StageName;
use unbridge_model::text::Text;
use unbridge_model::user::{Pointer, User, UserKind};

use super::names::GlobalNames;
use super::{BuildError, Estate, put};
use crate::account::{AcceleratorListenerState, AcceleratorState, HostedZoneState};

impl Estate {
    /// An alias record for a load balancer. Its zone is the name without the first label, and is
    /// made when it is not there.
    #[must_use]
    pub fn dns_alias(self, name: &str, load_balancer: &str) -> Self {
        let pointer = self.dns_of(load_balancer).map(|dns| vec![dns]);
        self.record(name, "A", pointer)
    }

    /// An address record with the node addresses of a load balancer.
    #[must_use]
    pub fn dns_addresses(self, name: &str, load_balancer: &str) -> Self {
        let addresses = self.look(|work| {
            let arn = work.find(load_balancer)?.arn.clone();
            let interfaces = work.state()?.network_interfaces.iter();
            let own = interfaces.filter(|known| known.load_balancer == arn.tail());
            let addresses = own.flat_map(|known| known.addresses.iter().cloned());
            Ok(addresses.map(Pointer::Address).collect())
        });
        self.record(name, "A", addresses)
    }

    /// An accelerator with one listener, whose endpoint group leads to a load balancer.
    #[must_use]
    pub fn accelerator(self, name: &str, load_balancer: &str) -> Self {
        self.then(|work| {
            let target = work.find(load_balancer)?.arn.clone();
            let region = work.region.clone();
            let names = GlobalNames(&work.account.id);
            let arn = names.accelerator(name)?;
            let listener = names.accelerator_listener(&arn)?;
            let group = User {
                kind: UserKind::AcceleratorEndpoint,
                region,
                id: Text::from(format!("{listener}/endpoint-group/000000000001")),
                points_at: vec![Pointer::Arn(target)],
            };
            let accelerator = AcceleratorState {
                arn,
                listeners: vec![AcceleratorListenerState {
                    arn: listener,
                    endpoint_groups: vec![group],
                }],
            };
            put(
                &mut work.account.global.accelerators,
                accelerator,
                |known| &known.arn,
            );
            Ok(())
        })
    }

    /// A distribution of `CloudFront` with the load balancer's public name as origin.
    #[must_use]
    pub fn distribution(self, name: &str, load_balancer: &str) -> Self {
        let origin = self.dns_of(load_balancer);
        self.then(|work| {
            let id = GlobalNames(&work.account.id).cloudfront("E", name);
            let user = global(UserKind::CloudfrontOrigin, id, vec![origin?]);
            put(&mut work.account.global.distributions, user, |known| {
                &known.id
            });
            Ok(())
        })
    }

    /// A VPC origin of `CloudFront` that leads to the load balancer.
    #[must_use]
    pub fn vpc_origin(self, name: &str, load_balancer: &str) -> Self {
        self.then(|work| {
            let target = Pointer::Arn(work.find(load_balancer)?.arn.clone());
            let id = GlobalNames(&work.account.id).cloudfront("vo_", name);
            let user = global(UserKind::CloudfrontVpcOrigin, id, vec![target]);
            put(&mut work.account.global.vpc_origins, user, |known| {
                &known.id
            });
            Ok(())
        })
    }

    /// A Verified Access endpoint that leads to the load balancer.
    #[must_use]
    pub fn verified_access(self, name: &str, load_balancer: &str) -> Self {
        self.here(|site| {
            let target = Pointer::Arn(site.find(load_balancer)?.arn.clone());
            let user = User {
                kind: UserKind::VerifiedAccessEndpoint,
                region: Some(site.names.region.clone()),
                id: site.names.of_vpc("vae", name),
                points_at: vec![target],
            };
            put(&mut site.state.verified_access_endpoints, user, |known| {
                &known.id
            });
            Ok(())
        })
    }

    /// A traffic mirror target that leads to the load balancer.
    #[must_use]
    pub fn mirror_target(self, name: &str, load_balancer: &str) -> Self {
        self.here(|site| {
            let target = Pointer::Arn(site.find(load_balancer)?.arn.clone());
            let user = User {
                kind: UserKind::TrafficMirrorTarget,
                region: Some(site.names.region.clone()),
                id: site.names.of_vpc("tmt", name),
                points_at: vec![target],
            };
            put(&mut site.state.traffic_mirror_targets, user, |known| {
                &known.id
            });
            Ok(())
        })
    }

    /// An alarm on a metric of the load balancer.
    #[must_use]
    pub fn alarm(self, name: &str, load_balancer: &str) -> Self {
        self.here(|site| {
            let metrics = Text::new(site.find(load_balancer)?.arn.tail());
            let (region, account) = (&site.names.region, &site.names.account);
            let user = User {
                kind: UserKind::Alarm,
                region: Some(region.clone()),
                id: Text::from(format!(
                    "arn:aws:cloudwatch:{region}:{account}:alarm:{name}"
                )),
                points_at: vec![Pointer::Metrics(metrics)],
            };
            put(&mut site.state.alarms, user, |known| &known.id);
            Ok(())
        })
    }

    /// A custom domain name that leads to a stage of a REST API.
    #[must_use]
    pub fn domain(self, name: &str, api: &str, stage: &str) -> Self {
        self.here(|site| {
            let known = site.state.rest_api_named(api);
            let known = known.ok_or_else(|| BuildError::missing("API", api))?;
            let mapping = ApiMapping {
                api: known.api.id.clone().into(),
                stage: StageName::new(stage)?.into(),
                key: None,
            };
            let domain = DomainName {
                name: Text::new(name),
                region: site.names.region.clone(),
                mappings: Some(vec![mapping]),
            };
            put(&mut site.state.domain_names, domain, |known| &known.name);
            Ok(())
        })
    }

    /// Says what passed an NLB over the last 60 days: on so many days, so many flows a day.
    #[must_use]
    pub fn traffic(self, nlb: &str, active_days: u16, flows_a_day: u64) -> Self {
        self.here(|site| {
            let flows = u64::from(active_days) * flows_a_day;
            site.find_mut(nlb)?.traffic = Some(Traffic {
                days: 60,
                active_days,
                flows,
                bytes: flows * 6250,
            });
            Ok(())
        })
    }

    /// Nothing passed an NLB over the last 60 days.
    #[must_use]
    pub fn idle(self, nlb: &str) -> Self {
        self.traffic(nlb, 0, 0)
    }

    /// Elastic addresses stand before a load balancer.
    #[must_use]
    pub fn elastic_addresses(self, name: &str) -> Self {
        self.here(|site| {
            let allocations = (0..3).map(|zone| {
                let name = format!("{name} {zone}");
                site.names.of_vpc("eipalloc", &name)
            });
            let allocations: Vec<Text> = allocations.collect();
            let zones = site.find_mut(name)?.zones.iter_mut();
            for (zone, allocation) in zones.zip(allocations) {
                zone.chosen_addresses = vec![allocation];
            }
            Ok(())
        })
    }

    fn dns_of(&self, load_balancer: &str) -> Result<Pointer, BuildError> {
        self.look(|work| {
            let dns = work.find(load_balancer)?.dns_name.clone();
            let dns = dns.ok_or_else(|| BuildError::missing("name of", load_balancer))?;
            Ok(Pointer::DnsName(dns))
        })
    }

    fn record(self, name: &str, kind: &str, points_at: Result<Vec<Pointer>, BuildError>) -> Self {
        self.then(|work| {
            let zone_name = name.split_once('.').map_or(name, |(_, zone)| zone);
            let id = GlobalNames(&work.account.id).hosted_zone(zone_name)?;
            let zones = &mut work.account.global.hosted_zones;
            let record = global(
                UserKind::DnsRecord,
                Text::from(format!("{zone_name} {name} {kind}")),
                points_at?,
            );
            match zones.iter_mut().find(|zone| zone.id == id) {
                Some(zone) => put(&mut zone.records, record, |known| &known.id),
                None => zones.push(HostedZoneState {
                    id,
                    name: Text::new(zone_name),
                    records: vec![record],
                }),
            }
            Ok(())
        })
    }
}

fn global(kind: UserKind, id: Text, points_at: Vec<Pointer>) -> User {
    User {
        kind,
        region: None,
        id,
        points_at,
    }
}
