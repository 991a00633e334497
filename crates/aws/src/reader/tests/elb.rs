//! Elastic Load Balancing.

use unbridge_model::elb::{
    Action, CapacityReservation, Condition, LoadBalancerType, Rewrite, Scheme, TargetType,
    Transform,
};

use super::*;

fn listener() -> unbridge_model::id::ListenerArn {
    id("arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/a/1/2")
}

#[test]
fn load_balancers_are_read_in_the_largest_pages() {
    let (page, request) = ask(
        &Call::DescribeLoadBalancers,
        Some("m1"),
        Answer::xml(
            "<DescribeLoadBalancersResponse><DescribeLoadBalancersResult><LoadBalancers><member>\
             <LoadBalancerArn>arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/n/1</LoadBalancerArn>\
             <LoadBalancerName>n</LoadBalancerName><Type>network</Type><Scheme>internal</Scheme>\
             <DNSName>N-1.elb.EU-west-1.amazonaws.com</DNSName><VpcId>vpc-1</VpcId>\
             <AvailabilityZones><member><ZoneName>eu-west-1a</ZoneName><SubnetId>subnet-1</SubnetId>\
             <LoadBalancerAddresses><member><IpAddress>1.2.3.4</IpAddress>\
             <AllocationId>eipalloc-1</AllocationId><IPv6Address>2001:0db8::0:1</IPv6Address>\
             </member></LoadBalancerAddresses>\
             </member></AvailabilityZones></member></LoadBalancers>\
             <NextMarker>m2</NextMarker></DescribeLoadBalancersResult></DescribeLoadBalancersResponse>",
        ),
    );
    assert!(request.contains("Marker=m1&PageSize=400"), "{request}");
    let page = page.expect("a page");
    assert_eq!(page.next, Some(PageToken("m2".to_owned())));
    let Facts::LoadBalancers(found) = page.facts else {
        panic!("load balancers");
    };
    let found = &found[0];
    assert_eq!(
        (found.kind, found.scheme),
        (LoadBalancerType::Network, Some(Scheme::Internal))
    );
    assert_eq!(
        found.dns_name.as_ref().map(|name| name.as_str()),
        Some("n-1.elb.eu-west-1.amazonaws.com")
    );
    assert_eq!(
        found.zones[0].chosen_addresses,
        ["eipalloc-1", "2001:db8::1"]
    );
}

const RULES: &str = "<DescribeRulesResponse><DescribeRulesResult><Rules>\
  <member><RuleArn>arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/a/1/2/3</RuleArn>\
    <Priority>10</Priority><IsDefault>false</IsDefault>\
    <Conditions>\
      <member><Field>host-header</Field><Values><member>a.example.com</member></Values></member>\
      <member><Field>path-pattern</Field><PathPatternConfig><RegexValues>\
        <member>^/v[0-9]+</member></RegexValues></PathPatternConfig></member>\
      <member><Field>http-header</Field><HttpHeaderConfig><HttpHeaderName>X-Key</HttpHeaderName>\
        <Values><member>hunter2</member></Values>\
        <RegexValues><member>^hunter</member></RegexValues></HttpHeaderConfig></member>\
      <member><Field>query-string</Field><QueryStringConfig><Values><member><Key>k</Key>\
        <Value>hunter2</Value></member></Values></QueryStringConfig></member>\
      <member><Field>phase-of-the-moon</Field></member>\
    </Conditions>\
    <Transforms><member><Type>host-header-rewrite</Type><HostHeaderRewriteConfig><Rewrites>\
        <member><Regex>^a\\.(.*)</Regex><Replace>$1</Replace></member></Rewrites>\
        </HostHeaderRewriteConfig></member>\
      <member><Type>url-rewrite</Type><UrlRewriteConfig><Rewrites><member>\
        <Regex>^/v1</Regex><Replace></Replace></member></Rewrites></UrlRewriteConfig></member>\
      <member><Type>teleport</Type></member></Transforms>\
    <Actions>\
      <member><Type>forward</Type><Order>2</Order><ForwardConfig><TargetGroups><member>\
        <TargetGroupArn>arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/t/1</TargetGroupArn>\
        <Weight>5</Weight></member></TargetGroups></ForwardConfig></member>\
      <member><Type>authenticate-oidc</Type><Order>1</Order></member>\
      <member><Type>levitate</Type><Order>3</Order></member>\
    </Actions></member>\
  <member><RuleArn>arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/a/1/2/4</RuleArn>\
    <Priority>default</Priority><IsDefault>true</IsDefault></member>\
  </Rules></DescribeRulesResult></DescribeRulesResponse>";

#[test]
fn rules_keep_what_routes_and_seal_what_may_be_secret() {
    let call = Call::DescribeRules {
        listener: listener(),
    };
    let Facts::Rules(rules) = facts(&call, Answer::xml(RULES)) else {
        panic!("rules");
    };
    let [rule] = rules.as_slice() else {
        panic!("the default rule is left out");
    };
    assert_eq!(rule.priority, 10);
    assert_eq!(
        rule.conditions,
        [
            Condition::HostHeader {
                values: vec!["a.example.com".into()],
                regexes: Vec::new(),
            },
            Condition::PathPattern {
                values: Vec::new(),
                regexes: vec!["^/v[0-9]+".into()],
            },
            Condition::HttpHeader {
                name: "X-Key".into(),
                values: vec![digester().seal("hunter2")],
                regexes: vec![digester().seal("^hunter")],
            },
            Condition::QueryString {
                values: vec![digester().seal("k=hunter2")],
            },
            Condition::Unknown {
                field: "phase-of-the-moon".into(),
            },
        ]
    );
    let rewrite = |regex: &str, replace: &str| {
        vec![Rewrite {
            query: None,
            regex: regex.into(),
            replace: replace.into(),
        }]
    };
    assert_eq!(
        rule.transforms,
        [
            Transform::HostHeaderRewrite {
                rewrites: rewrite("^a\\.(.*)", "$1"),
            },
            Transform::UrlRewrite {
                rewrites: rewrite("^/v1", ""),
            },
            Transform::Unknown {
                kind: "teleport".into(),
            },
        ]
    );
    let [
        Action::Authenticate { by },
        Action::Forward { groups },
        Action::Unknown { action },
    ] = rule.actions.as_slice()
    else {
        panic!("actions in their order: {:?}", rule.actions);
    };
    assert_eq!(
        (by.as_str(), action.as_str()),
        ("authenticate-oidc", "levitate")
    );
    assert_eq!(groups[0].weight, Some(5));
}

#[test]
fn listeners_keep_ports_certificates_and_default_actions() {
    let Facts::Listeners(listeners) = facts(
        &Call::DescribeListeners {
            load_balancer: id(
                "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/a/1",
            ),
        },
        Answer::xml(
            "<DescribeListenersResponse><DescribeListenersResult><Listeners><member>\
             <ListenerArn>arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/a/1/2</ListenerArn>\
             <Port>443</Port><Protocol>HTTPS</Protocol>\
             <MutualAuthentication><Mode>off</Mode></MutualAuthentication>\
             <Certificates><member><CertificateArn>arn:aws:acm:x</CertificateArn></member></Certificates>\
             <DefaultActions><member><Type>redirect</Type><RedirectConfig><Port>8443</Port>\
             <Query>key=hunter2&amp;from=#{host}:#{port}&amp;#{query}</Query><StatusCode>HTTP_301</StatusCode></RedirectConfig></member>\
             <member><Type>forward</Type><TargetGroupArn>arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/t/1</TargetGroupArn></member>\
             <member><Type>forward</Type></member></DefaultActions>\
             </member></Listeners></DescribeListenersResult></DescribeListenersResponse>",
        ),
    ) else {
        panic!("listeners");
    };
    let listener = &listeners[0];
    assert_eq!(
        (listener.port, listener.mutual_authentication.as_ref()),
        (Some(443), None)
    );
    assert_eq!(listener.certificates, [id("arn:aws:acm:x")]);
    let [
        Action::Redirect {
            host,
            port,
            query_reads,
            ..
        },
        Action::Forward { groups },
        Action::Forward { groups: none },
    ] = listener.default_actions.as_slice()
    else {
        panic!("actions: {:?}", listener.default_actions);
    };
    assert_eq!((host.as_str(), port.as_str()), ("#{host}", "8443"));
    assert_eq!(*query_reads, ["#{host}", "#{port}", "#{query}"]);
    assert!(!format!("{listener:?}").contains("hunter2"));
    assert_eq!((groups.len(), groups[0].weight, none.len()), (1, None, 0));
}

#[test]
fn target_groups_targets_attributes_and_tags_are_read() {
    let group: unbridge_model::id::TargetGroupArn =
        id("arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/t/1");
    let Facts::TargetGroups(groups) = facts(
        &Call::DescribeTargetGroups,
        Answer::xml(
            "<DescribeTargetGroupsResponse><DescribeTargetGroupsResult><TargetGroups><member>\
             <TargetGroupArn>arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/t/1</TargetGroupArn>\
             <TargetGroupName>t</TargetGroupName><TargetType>alb</TargetType><Port>80</Port>\
             <Protocol>TCP</Protocol><VpcId>vpc-1</VpcId></member></TargetGroups>\
             </DescribeTargetGroupsResult></DescribeTargetGroupsResponse>",
        ),
    ) else {
        panic!("groups");
    };
    assert_eq!(
        (&groups[0].target_type, groups[0].port),
        (&TargetType::Alb, Some(80))
    );

    let Facts::Targets(targets) = facts(
        &Call::DescribeTargetHealth {
            group: group.clone(),
        },
        Answer::xml(
            "<DescribeTargetHealthResponse><DescribeTargetHealthResult><TargetHealthDescriptions><member>\
             <Target><Id>10.0.0.1</Id><Port>8080</Port></Target>\
             <TargetHealth><State>unhealthy</State></TargetHealth></member>\
             <member><Target><Id>2001:DB8:0::1</Id></Target>\
             <TargetHealth><State>healthy</State></TargetHealth></member>\
             </TargetHealthDescriptions></DescribeTargetHealthResult></DescribeTargetHealthResponse>",
        ),
    ) else {
        panic!("targets");
    };
    assert_eq!(
        (targets[0].port, targets[0].health.as_str()),
        (Some(8080), "unhealthy")
    );
    let ids: Vec<_> = targets.iter().map(|target| target.id.as_str()).collect();
    assert_eq!(ids, ["10.0.0.1", "2001:db8::1"]);

    let Facts::Attributes(attributes) = facts(
        &Call::DescribeTargetGroupAttributes {
            group: group.clone(),
        },
        Answer::xml(
            "<DescribeTargetGroupAttributesResponse><DescribeTargetGroupAttributesResult><Attributes><member>\
             <Key>stickiness.enabled</Key><Value>false</Value></member><member>\
             <Key>access_logs.s3.bucket</Key><Value/></member></Attributes>\
             </DescribeTargetGroupAttributesResult></DescribeTargetGroupAttributesResponse>",
        ),
    ) else {
        panic!("attributes");
    };
    assert_eq!(attributes["stickiness.enabled"], "false");
    assert_eq!(attributes["access_logs.s3.bucket"], "");

    let Facts::Tags(tags) = facts(
        &Call::DescribeTags {
            resources: vec![group.clone().into()],
        },
        Answer::xml(
            "<DescribeTagsResponse><DescribeTagsResult><TagDescriptions><member>\
             <ResourceArn>arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/t/1</ResourceArn>\
             <Tags><member><Key>team</Key><Value>orders</Value></member></Tags></member>\
             </TagDescriptions></DescribeTagsResult></DescribeTagsResponse>",
        ),
    ) else {
        panic!("tags");
    };
    assert_eq!(tags[group.as_str()]["team"], "orders");
}

#[test]
fn all_certificates_of_a_listener_are_read() {
    let call = Call::DescribeListenerCertificates {
        listener: listener(),
    };
    let (page, request) = ask(
        &call,
        Some("m1"),
        Answer::xml(
            "<DescribeListenerCertificatesResponse><DescribeListenerCertificatesResult><Certificates>\
             <member><CertificateArn>arn:aws:acm:x</CertificateArn><IsDefault>true</IsDefault></member>\
             <member><CertificateArn>arn:aws:iam::123456789012:server-certificate/y</CertificateArn>\
             <IsDefault>false</IsDefault></member></Certificates><NextMarker>m2</NextMarker>\
             </DescribeListenerCertificatesResult></DescribeListenerCertificatesResponse>",
        ),
    );
    for part in ["Marker=m1", "PageSize=400", "listener%2Fapp%2Fa%2F1%2F2"] {
        assert!(request.contains(part), "{request}");
    }
    let page = page.expect("a page");
    assert_eq!(page.next, Some(PageToken("m2".to_owned())));
    let Facts::ListenerCertificates(found) = page.facts else {
        panic!("certificates");
    };
    assert_eq!(
        found,
        [
            id("arn:aws:acm:x"),
            id("arn:aws:iam::123456789012:server-certificate/y")
        ]
    );
}

/// What becomes of this answer.
fn reservation(told: &str) -> Result<CapacityReservation, ReadError> {
    let load_balancer =
        id("arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/n/1");
    let call = Call::DescribeCapacityReservation { load_balancer };
    let body = format!(
        "<DescribeCapacityReservationResponse><DescribeCapacityReservationResult>{told}\
         </DescribeCapacityReservationResult></DescribeCapacityReservationResponse>"
    );
    let (page, request) = ask(&call, None, Answer::xml(body.leak()));
    for part in [
        "Action=DescribeCapacityReservation",
        "loadbalancer%2Fnet%2Fn%2F1",
    ] {
        assert!(request.contains(part), "{request}");
    }
    page.map(|page| match page.facts {
        Facts::CapacityReservation(reservation) => reservation,
        other => panic!("{other:?}"),
    })
}

#[test]
fn reserved_capacity_is_told_from_none_and_from_what_makes_no_sense_h22() {
    let minimum =
        |units: &str| format!("<MinimumLoadBalancerCapacity>{units}</MinimumLoadBalancerCapacity>");
    let state = |effective: &str| {
        format!(
            "<CapacityReservationState><member><State><Code>provisioned</Code></State>\
             <AvailabilityZone>eu-west-1a</AvailabilityZone>\
             <EffectiveCapacityUnits>{effective}</EffectiveCapacityUnits></member>\
             </CapacityReservationState>"
        )
    };
    let units = |units: &str| minimum(&format!("<CapacityUnits>{units}</CapacityUnits>"));
    let nothing = Ok(CapacityReservation::Nothing);
    assert_eq!(reservation(""), nothing);
    assert_eq!(reservation(&units("0")), nothing);
    assert_eq!(reservation(&state("0.0")), nothing);
    let reserved = Ok(CapacityReservation::Units(5500));
    assert_eq!(reservation(&units("5500")), reserved);
    assert_eq!(reservation(&(units("5500") + &state("2750.0"))), reserved);
    for odd in [
        minimum(""),
        units("-1"),
        state("2750.0"),
        units("0") + &state("1.5"),
    ] {
        let error = reservation(&odd).expect_err("nothing to understand");
        assert_eq!(error.class, GapClass::Unparseable, "{}", error.message);
    }
}
