//! Which words tell which evidence: the match that a new finding has to enter.
//!
//! It takes every field by name, so that a field added to the evidence has no way around being
//! shown.

use unbridge_model::finding::Finding;

use super::{Evidence, behaviour, cannot_move, later, shape, users};

/// The evidence of a finding.
pub(crate) fn evidence(finding: &Finding) -> Evidence {
    match finding {
        Finding::NlbBridgesAlb { albs, ports } => shape::nlb_bridges_alb(albs, ports),
        Finding::NlbDirectTarget { listeners } => shape::nlb_direct_target(listeners),
        Finding::MixedNlb {
            bridging_ports,
            others,
        } => shape::mixed_nlb(bridging_ports, others),
        Finding::IpTargetBridge {
            group,
            albs,
            stale_targets,
        } => shape::ip_target_bridge(group, albs, stale_targets),
        Finding::UnusedV1Link { vpc_link_id, name } => shape::unused_v1_link(vpc_link_id, name),
        Finding::ChainBroken {
            api,
            stage,
            methods,
            why,
        } => shape::chain_broken(api, stage.as_ref(), methods, why),
        Finding::AlreadyDirect { apis, albs } => shape::already_direct(apis, albs),
        Finding::NlbAlbWithoutGateway { albs } => shape::nlb_alb_without_gateway(albs),
        Finding::NlbWeightedForward { port, groups } => shape::nlb_weighted_forward(*port, groups),
        Finding::AlbHealthCheckWrong {
            group,
            targets,
            traffic,
        } => shape::alb_health_check_wrong(group, targets, *traffic),
        Finding::WebsocketUsesV1Link { api, vpc_link_id } => {
            users::websocket_uses_v1_link(api, vpc_link_id.as_ref())
        }
        Finding::EndpointServiceConsumer {
            service,
            owners,
            known_as,
        } => users::endpoint_service_consumer(service, owners, *known_as),
        Finding::StaticAddresses { addresses } => users::static_addresses(addresses),
        Finding::DnsAlias { users } => users::listed(users, ("record", "records")),
        Finding::AcceleratorEndpoint { users } => {
            users::listed(users, ("endpoint group", "endpoint groups"))
        }
        Finding::CloudfrontOrigin { users } => users::listed(
            users,
            (
                "distribution or VPC origin",
                "distributions and VPC origins",
            ),
        ),
        Finding::VerifiedAccessEndpoint { users } => {
            users::listed(users, ("endpoint", "endpoints"))
        }
        Finding::TrafficMirrorTarget { users } => {
            users::listed(users, ("mirror target", "mirror targets"))
        }
        Finding::AlarmOnNlb { users } => users::listed(users, ("alarm", "alarms")),
        Finding::TrafficNotExplained {
            traffic,
            ports,
            explained: _,
        } => users::traffic_not_explained(*traffic, ports),
        Finding::UnknownUsers { gaps, sources } => users::unknown_users(gaps, sources),
        Finding::TlsEndsAtNlb {
            port,
            alb,
            alb_port,
            alb_protocol,
        } => behaviour::tls_ends_at_nlb(*port, alb, *alb_port, alb_protocol),
        Finding::NoAlbListenerForPort { alb, port, apis } => {
            behaviour::no_alb_listener_for_port(alb, *port, apis)
        }
        Finding::PortNotAllowed { alb, port } => behaviour::port_not_allowed(alb, *port),
        Finding::HostHeaderRuleChanges {
            alb,
            port,
            before,
            after,
            rules,
            apis,
        } => behaviour::host_header_rule_changes((alb, *port), (before, after), rules, apis),
        Finding::CertificateNameMismatch {
            alb,
            port,
            host,
            problem,
        } => behaviour::certificate_name_mismatch(alb, *port, host, problem),
        Finding::SourceIpRule {
            alb,
            port,
            rules,
            ranges,
        } => behaviour::source_ip_rule(alb, *port, rules, ranges),
        Finding::UnknownRuleField {
            alb,
            port,
            rules,
            fields,
        } => behaviour::unknown_rule_field(alb, *port, rules, fields),
        Finding::WafOnAlb {
            alb,
            web_acl,
            by_source,
            maybe_by_source,
        } => behaviour::waf_on_alb(alb, web_acl, by_source, maybe_by_source),
        Finding::AlbSecurityGroupClosed { alb, port, groups } => {
            behaviour::alb_security_group_closed(alb, *port, groups)
        }
        Finding::NaclBlocksLink {
            alb,
            blocked,
            usable,
        } => behaviour::nacl_blocks_link(alb, blocked, usable),
        Finding::NoFreeAddresses { alb, full, usable } => {
            behaviour::no_free_addresses(alb, full, usable)
        }
        Finding::SharedVpc {
            alb,
            subnets,
            owners,
        } => behaviour::shared_vpc(alb, subnets, owners),
        Finding::RareTraffic {
            vpc_link_id,
            traffic,
        } => behaviour::rare_traffic(vpc_link_id, *traffic),
        Finding::StagePathCheck { apis } => behaviour::stage_path_check(apis),
        Finding::StageCache { api, stage, size } => behaviour::stage_cache(api, stage, size),
        Finding::BackendClientCertificate { stages, listeners } => {
            behaviour::backend_client_certificate(stages, listeners)
        }
        Finding::AlbInternetFacingTarget { albs } => behaviour::alb_internet_facing_target(albs),
        Finding::StageVariableLink {
            api,
            stage,
            connection_id,
            vpc_link_id,
        } => cannot_move::stage_variable_link(api, stage, connection_id, vpc_link_id),
        Finding::DraftDiffersFromStage {
            api,
            stage,
            differences,
            settings,
        } => cannot_move::draft_differs_from_stage(api, stage, differences, settings),
        Finding::CanaryInProgress {
            api,
            stage,
            deployment_id,
            percent,
            effect,
        } => cannot_move::canary_in_progress(api, stage, deployment_id, *percent, *effect),
        Finding::StageTargetsDiffer {
            api,
            method,
            targets,
        } => cannot_move::stage_targets_differ(api, method, targets),
        Finding::AzNotSupported {
            alb,
            subnets,
            usable,
        } => cannot_move::az_not_supported(alb, subnets, usable),
        Finding::RegionNotSupported { region } => cannot_move::region_not_supported(region),
        Finding::CrossAccount {
            load_balancer,
            apis,
        } => cannot_move::cross_account(load_balancer, apis),
        Finding::LinkQuota { links, quota } => cannot_move::link_quota(*links, *quota),
        Finding::DeletionProtection { attribute } => later::deletion_protection(attribute),
        Finding::UriNamesNlb {
            apis,
            methods,
            host,
        } => later::uri_names_nlb(apis, *methods, host),
        Finding::HistoryNamesV1Link { api, deployments } => {
            later::history_names_v1_link(api, *deployments)
        }
        Finding::OwnerUnknown { objects } => later::owned(objects, "nothing names an owner of"),
        Finding::ManagedByTerraform { objects } => {
            later::owned(objects, "tags or states name the owner of")
        }
        Finding::ManagedByCloudformation { objects }
        | Finding::ManagedByKubernetes { objects }
        | Finding::ManagedByBeanstalk { objects }
        | Finding::ManagedByRefactorSpaces { objects } => {
            later::owned(objects, "tags name the owner of")
        }
        Finding::DeployedByPipeline { api, deployments } => {
            later::deployed_by_pipeline(api, *deployments)
        }
        Finding::InternetFacingNlb { ports } => later::internet_facing_nlb(ports),
        Finding::InternetFacingAlbBehindGateway { albs } => {
            later::internet_facing_alb_behind_gateway(albs)
        }
        Finding::OpenSecurityGroup { groups } => later::open_security_group(groups),
    }
}
