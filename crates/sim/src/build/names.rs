//! Ids and names of things in a region, derived from the names people gave them: the same estate
//! has the same ids every time. Owns their form only.

use unbridge_model::elb::{LoadBalancerType, Scheme};
use unbridge_model::id::{
    AcceleratorArn, AcceleratorListenerArn, AccountId, CertificateArn, DeploymentId,
    EndpointServiceId, HostedZoneId, HttpApiId, HttpIntegrationId, InvalidId, ListenerArn,
    LoadBalancerArn, NetworkInterfaceId, Region, ResourceId, RestApiId, RouteId, RuleArn,
    SecurityGroupId, SubnetId, TargetGroupArn, VpcId, VpcLinkId,
};
use unbridge_model::text::Text;

use crate::random::mixed;

/// Where things stand, which is part of their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Names {
    pub(crate) account: AccountId,
    pub(crate) region: Region,
}

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// A number as lower-case letters and digits, of exactly this length.
pub(crate) fn short(mut number: u64, length: usize) -> String {
    let mut digits = vec!['0'; length];
    for digit in digits.iter_mut().rev() {
        let index = usize::try_from(number % 36).unwrap_or(0);
        *digit = char::from(DIGITS[index]);
        number /= 36;
    }
    digits.into_iter().collect()
}

impl Names {
    /// A number for a thing, the same wherever the thing is named.
    fn number(&self, kind: &str, name: &str) -> u64 {
        let parts = [self.account.as_str(), self.region.as_str(), kind, name];
        hashed(parts.iter().flat_map(|part| part.bytes().chain([0])))
    }

    fn elb(&self, resource: &str) -> String {
        let (region, account) = (&self.region, &self.account);
        format!("arn:aws:elasticloadbalancing:{region}:{account}:{resource}")
    }

    fn ec2(&self, prefix: &str, name: &str) -> String {
        format!("{prefix}-0{:016x}", self.number(prefix, name))
    }

    pub(crate) fn rest_api(&self, name: &str) -> Result<RestApiId, InvalidId> {
        RestApiId::new(short(self.number("rest-api", name), 10))
    }

    pub(crate) fn http_api(&self, name: &str) -> Result<HttpApiId, InvalidId> {
        HttpApiId::new(short(self.number("http-api", name), 10))
    }

    pub(crate) fn resource(&self, api: &RestApiId, path: &str) -> Result<ResourceId, InvalidId> {
        ResourceId::new(short(self.number(api.as_str(), path), 6))
    }

    pub(crate) fn deployment(
        &self,
        api: &RestApiId,
        number: usize,
    ) -> Result<DeploymentId, InvalidId> {
        let name = format!("deployment {number}");
        DeploymentId::new(short(self.number(api.as_str(), &name), 6))
    }

    /// The deployment of a stage of an HTTP API that comes after another one.
    pub(crate) fn http_deployment(
        &self,
        api: &HttpApiId,
        stage: &str,
        after: Option<&DeploymentId>,
    ) -> Result<DeploymentId, InvalidId> {
        let after = after.map_or("none", |id| id.as_str());
        let name = format!("deployment of {stage} after {after}");
        DeploymentId::new(short(self.number(api.as_str(), &name), 6))
    }

    pub(crate) fn integration(
        &self,
        api: &HttpApiId,
        key: &str,
    ) -> Result<HttpIntegrationId, InvalidId> {
        HttpIntegrationId::new(short(self.number(api.as_str(), key), 7))
    }

    pub(crate) fn route(&self, api: &HttpApiId, key: &str) -> Result<RouteId, InvalidId> {
        let name = format!("route {key}");
        RouteId::new(short(self.number(api.as_str(), &name), 7))
    }

    pub(crate) fn link(&self, name: &str) -> Result<VpcLinkId, InvalidId> {
        VpcLinkId::new(short(self.number("link", name), 6))
    }

    pub(crate) fn load_balancer(
        &self,
        kind: LoadBalancerType,
        name: &str,
    ) -> Result<LoadBalancerArn, InvalidId> {
        let word = match kind {
            LoadBalancerType::Application => "app",
            LoadBalancerType::Gateway => "gwy",
            LoadBalancerType::Network => "net",
        };
        let number = self.number("load-balancer", name);
        LoadBalancerArn::new(self.elb(&format!("loadbalancer/{word}/{name}/{number:016x}")))
    }

    /// The DNS name AWS gives a load balancer.
    pub(crate) fn dns(&self, kind: LoadBalancerType, scheme: Scheme, name: &str) -> Text {
        let number = self.number("load-balancer", name);
        let region = &self.region;
        Text::from(match (kind, scheme) {
            (LoadBalancerType::Application, Scheme::Internal) => {
                format!(
                    "internal-{name}-{}.{region}.elb.amazonaws.com",
                    number >> 34
                )
            }
            (LoadBalancerType::Application, Scheme::InternetFacing) => {
                format!("{name}-{}.{region}.elb.amazonaws.com", number >> 34)
            }
            (LoadBalancerType::Gateway | LoadBalancerType::Network, _) => {
                format!("{name}-{number:016x}.elb.{region}.amazonaws.com")
            }
        })
    }

    pub(crate) fn listener(
        &self,
        owner: &LoadBalancerArn,
        port: u16,
    ) -> Result<ListenerArn, InvalidId> {
        let number = self.number(owner.as_str(), &port.to_string());
        ListenerArn::new(self.elb(&format!("listener/{}/{number:016x}", owner.tail())))
    }

    pub(crate) fn rule(&self, listener: &ListenerArn, priority: u32) -> Result<RuleArn, InvalidId> {
        let number = self.number(listener.as_str(), &priority.to_string());
        let rule = listener
            .as_str()
            .replacen(":listener/", ":listener-rule/", 1);
        RuleArn::new(format!("{rule}/{number:016x}"))
    }

    pub(crate) fn target_group(&self, name: &str) -> Result<TargetGroupArn, InvalidId> {
        let number = self.number("target-group", name);
        TargetGroupArn::new(self.elb(&format!("targetgroup/{name}/{number:016x}")))
    }

    pub(crate) fn vpc(&self, name: &str) -> Result<VpcId, InvalidId> {
        VpcId::new(self.ec2("vpc", name))
    }

    pub(crate) fn subnet(&self, vpc: &str, zone: usize) -> Result<SubnetId, InvalidId> {
        SubnetId::new(self.ec2("subnet", &format!("{vpc} {zone}")))
    }

    pub(crate) fn security_group(&self, name: &str) -> Result<SecurityGroupId, InvalidId> {
        SecurityGroupId::new(self.ec2("sg", name))
    }

    pub(crate) fn interface(
        &self,
        owner: &LoadBalancerArn,
        zone: usize,
    ) -> Result<NetworkInterfaceId, InvalidId> {
        NetworkInterfaceId::new(self.ec2("eni", &format!("{owner} {zone}")))
    }

    pub(crate) fn service(&self, nlb: &LoadBalancerArn) -> Result<EndpointServiceId, InvalidId> {
        EndpointServiceId::new(self.ec2("vpce-svc", nlb.as_str()))
    }

    pub(crate) fn endpoint(&self, service: &EndpointServiceId, owner: &AccountId) -> Text {
        Text::from(self.ec2("vpce", &format!("{service} {owner}")))
    }

    pub(crate) fn instance(&self, group: &str, number: usize) -> Text {
        Text::from(self.ec2("i", &format!("{group} {number}")))
    }

    /// The id of something of a VPC that has no type of its own: `acl-...`, `rtb-...`.
    pub(crate) fn of_vpc(&self, prefix: &str, name: &str) -> Text {
        Text::from(self.ec2(prefix, name))
    }

    /// The id of a setting that methods name by it.
    pub(crate) fn setting(&self, api: &RestApiId, kind: &str, name: &str) -> Text {
        let name = format!("{kind} {name}");
        Text::from(short(self.number(api.as_str(), &name), 6))
    }

    pub(crate) fn certificate(&self, name: &str) -> Result<CertificateArn, InvalidId> {
        let (region, account) = (&self.region, &self.account);
        let number = self.number("certificate", name);
        CertificateArn::new(format!(
            "arn:aws:acm:{region}:{account}:certificate/{:08x}-0000-4000-8000-{:012x}",
            number >> 32,
            number & 0xFFFF_FFFF
        ))
    }

    /// `eu-west-1b` for 1.
    pub(crate) fn zone(&self, zone: usize) -> Text {
        let letter = ["a", "b", "c"].get(zone).copied().unwrap_or("d");
        Text::from(format!("{}{letter}", self.region))
    }

    /// `euw1-az2` for 1. Zones where AWS offers version 2 links come first.
    pub(crate) fn zone_id(&self, zone: usize) -> Text {
        let mut parts = self.region.as_str().split('-');
        let area = parts.next().unwrap_or_default();
        let words: String = parts
            .map(|part| match part {
                "northeast" => "ne",
                "northwest" => "nw",
                "southeast" => "se",
                "southwest" => "sw",
                word => word.get(..1).unwrap_or_default(),
            })
            .collect();
        let numbers = match self.region.as_str() {
            "us-east-1" | "ap-northeast-1" | "ca-central-1" => [1, 2, 4],
            "us-west-1" | "eu-west-3" => [1, 3, 2],
            "ap-east-1" => [2, 3, 1],
            _ => [1, 2, 3],
        };
        let number = numbers.get(zone).copied().unwrap_or(zone + 1);
        Text::from(format!("{area}{words}-az{number}"))
    }

    /// The account under which API Gateway connects to the endpoint services of version 1 links.
    pub(crate) fn gateway_account(&self) -> Result<AccountId, InvalidId> {
        AccountId::new(match self.region.as_str() {
            "us-east-1" => "392220576650",
            "us-east-2" => "718770453195",
            "us-west-1" => "968246515281",
            "us-west-2" => "109351309407",
            "ca-central-1" => "796887884028",
            "eu-west-1" => "631144002099",
            "eu-west-2" => "544388816663",
            "eu-west-3" => "061510835048",
            "eu-central-1" => "474240146802",
            "eu-central-2" => "166639821150",
            "eu-north-1" => "394634713161",
            "eu-south-1" => "753362059629",
            "eu-south-2" => "359345898052",
            "ap-northeast-1" => "969236854626",
            "ap-northeast-2" => "020402002396",
            "ap-northeast-3" => "360671645888",
            "ap-southeast-1" => "195145609632",
            "ap-southeast-2" => "798376113853",
            "ap-southeast-3" => "652364314486",
            "ap-southeast-4" => "849137399833",
            "ap-south-1" => "507069717855",
            "ap-south-2" => "644042651268",
            "ap-east-1" => "174803364771",
            "sa-east-1" => "287228555773",
            "me-south-1" => "855739686837",
            "me-central-1" => "614065512851",
            // AWS has one there too, but does not publish it.
            _ => "990000000001",
        })
    }
}

/// Names of what belongs to an account and to no region.
pub(crate) struct GlobalNames<'a>(pub(crate) &'a AccountId);

impl GlobalNames<'_> {
    fn number(&self, kind: &str, name: &str) -> u64 {
        let parts = [self.0.as_str(), kind, name];
        let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
        hashed(bytes)
    }

    pub(crate) fn hosted_zone(&self, name: &str) -> Result<HostedZoneId, InvalidId> {
        let number = short(self.number("hosted-zone", name), 12);
        HostedZoneId::new(format!("Z0{}", number.to_uppercase()))
    }

    pub(crate) fn accelerator(&self, name: &str) -> Result<AcceleratorArn, InvalidId> {
        let number = self.number("accelerator", name);
        let account = self.0;
        AcceleratorArn::new(format!(
            "arn:aws:globalaccelerator::{account}:accelerator/{:08x}-0000-4000-8000-{:012x}",
            number >> 32,
            number & 0xFFFF_FFFF
        ))
    }

    pub(crate) fn accelerator_listener(
        &self,
        accelerator: &AcceleratorArn,
    ) -> Result<AcceleratorListenerArn, InvalidId> {
        let number = self.number("accelerator-listener", accelerator.as_str());
        AcceleratorListenerArn::new(format!("{accelerator}/listener/{}", short(number, 8)))
    }

    /// `CloudFront`'s ids: `E` and 13 letters and digits, `vo_` for VPC origins.
    pub(crate) fn cloudfront(&self, prefix: &str, name: &str) -> Text {
        let number = short(self.number(prefix, name), 12).to_uppercase();
        Text::from(format!("{prefix}{number}"))
    }
}

/// FNV-1a, then mixed.
pub(crate) fn hashed(bytes: impl Iterator<Item = u8>) -> u64 {
    mixed(bytes.fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_form_aws_gives_them() {
        let names = |region: &str| Names {
            account: AccountId::new("123456789012").expect("an account"),
            region: Region::new(region).expect("a region"),
        };
        let ireland = names("eu-west-1");
        assert_eq!(ireland.zone_id(0), "euw1-az1");
        assert_eq!(names("ap-southeast-2").zone_id(2), "apse2-az3");
        assert_eq!(names("us-east-1").zone_id(2), "use1-az4");
        assert_eq!(ireland.zone(1), "eu-west-1b");
        assert_eq!(short(35, 3), "00z");
        let link = ireland.link("orders").expect("a link");
        assert_eq!(link.as_str().len(), 6);
        assert_eq!(link, ireland.link("orders").expect("a link"));
        assert_ne!(link, names("us-east-1").link("orders").expect("a link"));
        let nlb = ireland.load_balancer(LoadBalancerType::Network, "orders");
        let nlb = nlb.expect("an NLB");
        let dns = ireland.dns(LoadBalancerType::Network, Scheme::Internal, "orders");
        let number = nlb.tail().trim_start_matches("net/orders/");
        assert_eq!(dns, *format!("orders-{number}.elb.eu-west-1.amazonaws.com"));
    }
}
