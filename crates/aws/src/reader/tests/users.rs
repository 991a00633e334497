//! Other users of load balancers: Route 53, Global Accelerator, CloudFront, and EC2's.

use unbridge_model::user::{Pointer, User, UserKind};

use super::*;

const NLB: &str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/n/1";

fn users(page: Page) -> Vec<User> {
    let Facts::Users(users) = page.facts else {
        panic!("users");
    };
    users
}

fn name(name: &str) -> Pointer {
    Pointer::DnsName(name.into())
}

fn nlb() -> Pointer {
    Pointer::Arn(id(NLB))
}

#[test]
fn hosted_zones_are_read_by_their_bare_ids() {
    let (page, request) = ask(
        &Call::ListHostedZones,
        Some("m1"),
        Answer::xml(
            "<ListHostedZonesResponse><HostedZones><HostedZone><Id>/hostedzone/Z1</Id>\
             <Name>example.com.</Name><CallerReference>x</CallerReference></HostedZone></HostedZones>\
             <Marker>m1</Marker><IsTruncated>true</IsTruncated><NextMarker>m2</NextMarker>\
             <MaxItems>100</MaxItems></ListHostedZonesResponse>",
        ),
    );
    assert!(
        request.contains("https://route53.amazonaws.com/2013-04-01/hostedzone?")
            && request.contains("marker=m1"),
        "{request}"
    );
    let page = page.expect("a page");
    assert_eq!(page.next, Some(PageToken("m2".to_owned())));
    assert_eq!(page.facts, Facts::HostedZones(vec![id("Z1")]));
}

const RECORDS: &str = "<ListResourceRecordSetsResponse><ResourceRecordSets>\
    <ResourceRecordSet><Name>\\052.Example.com.</Name><Type>A</Type><SetIdentifier>blue</SetIdentifier>\
    <AliasTarget><HostedZoneId>Z2</HostedZoneId>\
    <DNSName>dualstack.N-1.elb.eu-west-1.amazonaws.com.</DNSName>\
    <EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget></ResourceRecordSet>\
    <ResourceRecordSet><Name>c.example.com.</Name><Type>CNAME</Type><TTL>60</TTL><ResourceRecords>\
    <ResourceRecord><Value>n-1.elb.eu-west-1.amazonaws.com</Value></ResourceRecord></ResourceRecords>\
    </ResourceRecordSet>\
    <ResourceRecordSet><Name>v.example.com.</Name><Type>AAAA</Type><TTL>60</TTL><ResourceRecords>\
    <ResourceRecord><Value>2001:DB8:0::1</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>\
    <ResourceRecordSet><Name>t.example.com.</Name><Type>TXT</Type><TTL>60</TTL><ResourceRecords>\
    <ResourceRecord><Value>\"hunter2\"</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>\
    </ResourceRecordSets><IsTruncated>true</IsTruncated><NextRecordName>w.example.com.</NextRecordName>\
    <NextRecordType>A</NextRecordType><NextRecordIdentifier>two words</NextRecordIdentifier>\
    <MaxItems>300</MaxItems></ListResourceRecordSetsResponse>";

#[test]
fn records_lead_to_names_and_addresses_and_texts_are_left() {
    let call = Call::ListResourceRecordSets { zone: id("Z1") };
    let (page, request) = ask(&call, None, Answer::xml(RECORDS));
    assert!(
        request.contains("/hostedzone/Z1/rrset?") && request.contains("maxitems=300"),
        "{request}"
    );
    let page = page.expect("a page");
    let next = page.next.clone().expect("another page");
    let users = users(page);
    let told: Vec<_> = users
        .iter()
        .map(|user| (user.id.as_str(), user.points_at.clone()))
        .collect();
    let address = Pointer::Address("2001:db8::1".into());
    assert_eq!(
        told,
        [
            (
                "Z1 *.example.com A blue",
                vec![name("n-1.elb.eu-west-1.amazonaws.com")]
            ),
            (
                "Z1 c.example.com CNAME",
                vec![name("n-1.elb.eu-west-1.amazonaws.com")]
            ),
            ("Z1 v.example.com AAAA", vec![address]),
        ]
    );
    assert!(users.iter().all(|user| user.region.is_none()));

    let (_, request) = ask(&call, Some(&next.0), Answer::xml(RECORDS));
    for part in ["name=w.example.com.", "type=A", "identifier=two%20words"] {
        assert!(request.contains(part), "{request}");
    }
}

const ACCELERATOR: &str = "arn:aws:globalaccelerator::123456789012:accelerator/x";

fn accelerated(answer: &'static str) -> Answer {
    Answer::new(200, "application/x-amz-json-1.1", answer)
}

#[test]
fn accelerators_are_followed_to_their_load_balancers() {
    let (page, request) = ask(
        &Call::ListAccelerators,
        Some("t1"),
        accelerated(
            r#"{"Accelerators":[{"AcceleratorArn":"arn:aws:globalaccelerator::123456789012:accelerator/x"}],
                "NextToken":"t2"}"#,
        ),
    );
    for part in [
        "https://globalaccelerator.us-west-2.amazonaws.com/",
        "GlobalAccelerator_V20180706.ListAccelerators",
        "\"NextToken\":\"t1\"",
    ] {
        assert!(request.contains(part), "{request}");
    }
    let page = page.expect("a page");
    assert_eq!(page.next, Some(PageToken("t2".to_owned())));
    assert_eq!(page.facts, Facts::Accelerators(vec![id(ACCELERATOR)]));

    let call = Call::ListListeners {
        accelerator: id(ACCELERATOR),
    };
    let (page, request) = ask(
        &call,
        None,
        accelerated(
            r#"{"Listeners":[{"ListenerArn":"arn:aws:globalaccelerator::123456789012:accelerator/x/listener/y"}]}"#,
        ),
    );
    assert!(request.contains(".ListListeners") && request.contains(ACCELERATOR));
    let listener = format!("{ACCELERATOR}/listener/y");
    let expect = Facts::AcceleratorListeners(vec![id(&listener)]);
    assert_eq!(page.expect("a page").facts, expect);

    let call = Call::ListEndpointGroups {
        listener: id(&listener),
    };
    let (page, request) = ask(
        &call,
        None,
        accelerated(
            r#"{"EndpointGroups":[
                {"EndpointGroupArn":"g1","EndpointDescriptions":[{"EndpointId":"i-1"},
                  {"EndpointId":"arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/n/1"}]},
                {"EndpointGroupArn":"g2","EndpointDescriptions":[{"EndpointId":"eipalloc-1"}]}]}"#,
        ),
    );
    assert!(request.contains(".ListEndpointGroups") && request.contains(&listener));
    let users = users(page.expect("a page"));
    assert_eq!(
        users,
        [User {
            kind: UserKind::AcceleratorEndpoint,
            region: None,
            id: "g1".into(),
            points_at: vec![nlb()],
        }]
    );
}

#[test]
fn origins_of_distributions_are_read_without_their_headers() {
    let (page, request) = ask(
        &Call::ListDistributions,
        Some("m1"),
        Answer::xml(
            "<DistributionList><Marker>m1</Marker><NextMarker>m2</NextMarker><MaxItems>100</MaxItems>\
             <IsTruncated>true</IsTruncated><Quantity>1</Quantity><Items><DistributionSummary><Id>E1</Id>\
             <ARN>arn:aws:cloudfront::123456789012:distribution/E1</ARN><Status>Deployed</Status>\
             <LastModifiedTime>2026-01-01T00:00:00Z</LastModifiedTime><DomainName>d1.cloudfront.net</DomainName>\
             <Origins><Quantity>1</Quantity><Items><Origin><Id>o1</Id>\
             <DomainName>N-1.elb.eu-west-1.amazonaws.com</DomainName>\
             <CustomHeaders><Quantity>1</Quantity><Items><OriginCustomHeader><HeaderName>X-Key</HeaderName>\
             <HeaderValue>hunter2</HeaderValue></OriginCustomHeader></Items></CustomHeaders></Origin></Items>\
             </Origins><Comment/><Enabled>true</Enabled></DistributionSummary></Items></DistributionList>",
        ),
    );
    assert!(
        request.contains("https://cloudfront.amazonaws.com/2020-05-31/distribution?")
            && request.contains("Marker=m1"),
        "{request}"
    );
    let page = page.expect("a page");
    assert_eq!(page.next, Some(PageToken("m2".to_owned())));
    assert_eq!(
        users(page),
        [User {
            kind: UserKind::CloudfrontOrigin,
            region: None,
            id: "E1".into(),
            points_at: vec![name("n-1.elb.eu-west-1.amazonaws.com")],
        }]
    );
}

#[test]
fn vpc_origins_lead_to_load_balancers() {
    let (page, request) = ask(
        &Call::ListVpcOrigins,
        None,
        Answer::xml(
            "<VpcOriginList><Marker/><MaxItems>100</MaxItems><IsTruncated>false</IsTruncated>\
             <Quantity>2</Quantity><Items><VpcOriginSummary><Id>vo_1</Id><Name>n</Name><Status>Deployed</Status>\
             <CreatedTime>2026-01-01T00:00:00Z</CreatedTime><LastModifiedTime>2026-01-01T00:00:00Z</LastModifiedTime>\
             <Arn>arn:aws:cloudfront::123456789012:vpcorigin/vo_1</Arn><OriginEndpointArn>\
             arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/n/1</OriginEndpointArn>\
             </VpcOriginSummary><VpcOriginSummary><Id>vo_2</Id><Name>i</Name><Status>Deployed</Status>\
             <CreatedTime>2026-01-01T00:00:00Z</CreatedTime><LastModifiedTime>2026-01-01T00:00:00Z</LastModifiedTime>\
             <Arn>arn:aws:cloudfront::123456789012:vpcorigin/vo_2</Arn>\
             <OriginEndpointArn>arn:aws:ec2:eu-west-1:123456789012:instance/i-1</OriginEndpointArn>\
             </VpcOriginSummary></Items></VpcOriginList>",
        ),
    );
    assert!(request.contains("/2020-05-31/vpc-origin?"), "{request}");
    let page = page.expect("a page");
    assert_eq!(page.next, None);
    assert_eq!(
        users(page),
        [User {
            kind: UserKind::CloudfrontVpcOrigin,
            region: None,
            id: "vo_1".into(),
            points_at: vec![nlb()],
        }]
    );
}

#[test]
fn a_verified_access_endpoint_that_leads_to_addresses_is_an_error_that_names_it() {
    let check = |answer, id: &str, kind: &str| {
        let (page, _) = ask(
            &Call::DescribeVerifiedAccessEndpoints,
            None,
            Answer::xml(answer),
        );
        let error = page.expect_err("no page");
        assert_eq!(error.class, GapClass::Unparseable);
        assert!(
            error.message.contains(id) && error.message.contains(kind),
            "{}",
            error.message
        );
    };
    check(
        "<DescribeVerifiedAccessEndpointsResponse><verifiedAccessEndpointSet><item>\
         <verifiedAccessEndpointId>vae-1</verifiedAccessEndpointId>\
         <endpointType>network-interface</endpointType><networkInterfaceOptions>\
         <networkInterfaceId>eni-1</networkInterfaceId></networkInterfaceOptions>\
         </item></verifiedAccessEndpointSet></DescribeVerifiedAccessEndpointsResponse>",
        "vae-1",
        "network-interface",
    );
    check(
        "<DescribeVerifiedAccessEndpointsResponse><verifiedAccessEndpointSet><item>\
         <verifiedAccessEndpointId>vae-2</verifiedAccessEndpointId>\
         <endpointType>cidr</endpointType><cidrOptions><cidr>10.0.0.0/24</cidr></cidrOptions>\
         </item></verifiedAccessEndpointSet></DescribeVerifiedAccessEndpointsResponse>",
        "vae-2",
        "cidr",
    );
}

#[test]
fn verified_access_endpoints_and_traffic_mirrors_lead_to_load_balancers() {
    let check = |call: &Call, answer, kind, expect: &str| {
        let users = users(ask(call, None, Answer::xml(answer)).0.expect("a page"));
        assert_eq!(
            users,
            [User {
                kind,
                region: Some(id("eu-west-1")),
                id: expect.into(),
                points_at: vec![nlb()],
            }]
        );
    };
    check(
        &Call::DescribeVerifiedAccessEndpoints,
        "<DescribeVerifiedAccessEndpointsResponse><verifiedAccessEndpointSet><item>\
         <verifiedAccessEndpointId>vae-1</verifiedAccessEndpointId><loadBalancerOptions><loadBalancerArn>\
         arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/n/1</loadBalancerArn>\
         </loadBalancerOptions></item><item><verifiedAccessEndpointId>vae-2</verifiedAccessEndpointId>\
         <rdsOptions><protocol>tcp</protocol></rdsOptions>\
         </item></verifiedAccessEndpointSet></DescribeVerifiedAccessEndpointsResponse>",
        UserKind::VerifiedAccessEndpoint,
        "vae-1",
    );
    check(
        &Call::DescribeTrafficMirrorTargets,
        "<DescribeTrafficMirrorTargetsResponse><trafficMirrorTargetSet><item>\
         <trafficMirrorTargetId>tmt-1</trafficMirrorTargetId><networkLoadBalancerArn>\
         arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/n/1</networkLoadBalancerArn>\
         </item><item><trafficMirrorTargetId>tmt-2</trafficMirrorTargetId>\
         <networkInterfaceId>eni-1</networkInterfaceId></item></trafficMirrorTargetSet>\
         </DescribeTrafficMirrorTargetsResponse>",
        UserKind::TrafficMirrorTarget,
        "tmt-1",
    );
}
