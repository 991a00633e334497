//! EC2.

use unbridge_model::network::{AclEffect, Direction, RouteTableScope};

use super::*;

#[test]
fn subnets_of_a_vpc_are_read() {
    let call = Call::DescribeSubnets { vpc: id("vpc-1") };
    let (page, request) = ask(
        &call,
        None,
        Answer::xml(
            "<DescribeSubnetsResponse><subnetSet><item><subnetId>subnet-1</subnetId>\
             <vpcId>vpc-1</vpcId><availabilityZoneId>euw1-az1</availabilityZoneId>\
             <cidrBlock>10.0.0.0/24</cidrBlock><availableIpAddressCount>250</availableIpAddressCount>\
             <ownerId>123456789012</ownerId></item></subnetSet><nextToken/></DescribeSubnetsResponse>",
        ),
    );
    for part in [
        "MaxResults=1000",
        "Filter.1.Name=vpc-id",
        "Filter.1.Value.1=vpc-1",
    ] {
        assert!(request.contains(part), "{request}");
    }
    let page = page.expect("a page");
    assert_eq!(page.next, None, "an empty token is the end");
    let Facts::Subnets(subnets) = page.facts else {
        panic!("subnets");
    };
    assert_eq!(
        (subnets[0].free_addresses, subnets[0].zone_id.as_str()),
        (250, "euw1-az1")
    );
}

#[test]
fn security_rules_name_every_kind_of_peer() {
    let call = Call::DescribeSecurityGroups { vpc: id("vpc-1") };
    let Facts::SecurityGroups(groups) = facts(
        &call,
        Answer::xml(
            "<DescribeSecurityGroupsResponse><securityGroupInfo><item><groupId>sg-1</groupId>\
             <groupName>alb</groupName><vpcId>vpc-1</vpcId><ipPermissions><item>\
             <ipProtocol>tcp</ipProtocol><fromPort>80</fromPort><toPort>81</toPort>\
             <ipRanges><item><cidrIp>10.0.0.0/8</cidrIp></item></ipRanges>\
             <ipv6Ranges><item><cidrIpv6>::/0</cidrIpv6></item></ipv6Ranges>\
             <groups><item><groupId>sg-2</groupId></item></groups>\
             <prefixListIds><item><prefixListId>pl-1</prefixListId></item></prefixListIds>\
             </item></ipPermissions><ipPermissionsEgress><item><ipProtocol>-1</ipProtocol>\
             </item></ipPermissionsEgress><tagSet><item><key>a</key><value/></item></tagSet>\
             </item></securityGroupInfo></DescribeSecurityGroupsResponse>",
        ),
    ) else {
        panic!("groups");
    };
    let group = &groups[0];
    let peers: Vec<_> = group.ingress[0].peers.iter().map(|p| p.as_str()).collect();
    assert_eq!(peers, ["10.0.0.0/8", "::/0", "sg-2", "pl-1"]);
    assert_eq!(
        (group.ingress[0].from_port, group.ingress[0].to_port),
        (Some(80), Some(81))
    );
    assert_eq!(
        (group.egress[0].protocol.as_str(), group.egress[0].from_port),
        ("-1", None)
    );
    assert_eq!(group.tags["a"], "");
}

#[test]
fn only_interfaces_of_load_balancers_are_kept() {
    let (page, request) = ask(
        &Call::DescribeNetworkInterfaces,
        None,
        Answer::xml(
            "<DescribeNetworkInterfacesResponse><networkInterfaceSet>\
             <item><networkInterfaceId>eni-1</networkInterfaceId><description>ELB app/a/1</description>\
             <privateIpAddress>10.0.0.1</privateIpAddress><privateIpAddressesSet><item>\
             <privateIpAddress>10.0.0.1</privateIpAddress>\
             <association><publicIp>198.51.100.7</publicIp></association></item></privateIpAddressesSet>\
             <ipv6AddressesSet><item><ipv6Address>2001:DB8:0:0:0:0:0:1</ipv6Address></item></ipv6AddressesSet></item>\
             <item><networkInterfaceId>eni-2</networkInterfaceId><description>ELB classic</description></item>\
             <item><networkInterfaceId>eni-3</networkInterfaceId></item>\
             </networkInterfaceSet></DescribeNetworkInterfacesResponse>",
        ),
    );
    assert!(request.contains("Filter.1.Name=description"), "{request}");
    assert!(
        request.contains("ELB%20%2A") || request.contains("ELB+*"),
        "{request}"
    );
    let Facts::NetworkInterfaces(found) = page.expect("a page").facts else {
        panic!("interfaces");
    };
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].load_balancer, "app/a/1");
    assert_eq!(
        found[0].addresses,
        ["10.0.0.1", "198.51.100.7", "2001:db8::1"]
    );
}

#[test]
fn endpoint_services_and_connections_are_read() {
    let Facts::EndpointServices(services) = facts(
        &Call::DescribeVpcEndpointServiceConfigurations,
        Answer::xml(
            "<DescribeVpcEndpointServiceConfigurationsResponse><serviceConfigurationSet><item>\
             <serviceId>vpce-svc-1</serviceId><serviceState>Available</serviceState>\
             <networkLoadBalancerArnSet><item>arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/n/1</item></networkLoadBalancerArnSet>\
             </item></serviceConfigurationSet></DescribeVpcEndpointServiceConfigurationsResponse>",
        ),
    ) else {
        panic!("services");
    };
    assert_eq!(services[0].load_balancers[0].name(), "n");

    let call = Call::DescribeVpcEndpointConnections;
    let Facts::EndpointConnections(connections) = facts(
        &call,
        Answer::xml(
            "<DescribeVpcEndpointConnectionsResponse><vpcEndpointConnectionSet><item>\
             <serviceId>vpce-svc-1</serviceId><vpcEndpointId>vpce-1</vpcEndpointId>\
             <vpcEndpointOwner>210987654321</vpcEndpointOwner>\
             <vpcEndpointState>PendingAcceptance</vpcEndpointState></item>\
             </vpcEndpointConnectionSet></DescribeVpcEndpointConnectionsResponse>",
        ),
    ) else {
        panic!("connections");
    };
    assert_eq!(connections[0].state, "pendingAcceptance");

    let answer = Answer::xml(
        "<DescribeVpcEndpointConnectionsResponse><vpcEndpointConnectionSet><item>\
         <vpcEndpointId>vpce-1</vpcEndpointId><vpcEndpointState>available</vpcEndpointState>\
         </item></vpcEndpointConnectionSet></DescribeVpcEndpointConnectionsResponse>",
    );
    let (page, _) = ask(&call, None, answer);
    assert_eq!(
        page.expect_err("no page").message,
        "connection of endpoint vpce-1: ServiceId is missing"
    );
}

#[test]
fn network_acls_are_read_in_the_order_that_decides() {
    let (page, request) = ask(
        &Call::DescribeNetworkAcls { vpc: id("vpc-1") },
        Some("t1"),
        Answer::xml(
            "<DescribeNetworkAclsResponse><networkAclSet><item><networkAclId>acl-1</networkAclId>\
             <vpcId>vpc-1</vpcId><associationSet><item><subnetId>subnet-1</subnetId></item></associationSet>\
             <entrySet>\
             <item><ruleNumber>32767</ruleNumber><protocol>-1</protocol><ruleAction>deny</ruleAction>\
             <egress>false</egress><cidrBlock>0.0.0.0/0</cidrBlock></item>\
             <item><ruleNumber>100</ruleNumber><protocol>6</protocol><ruleAction>allow</ruleAction>\
             <egress>false</egress><cidrBlock>10.0.0.0/16</cidrBlock>\
             <portRange><from>443</from><to>444</to></portRange></item>\
             <item><ruleNumber>100</ruleNumber><protocol>-1</protocol><ruleAction>allow</ruleAction>\
             <egress>true</egress><ipv6CidrBlock>::/0</ipv6CidrBlock></item>\
             </entrySet></item></networkAclSet><nextToken>t2</nextToken></DescribeNetworkAclsResponse>",
        ),
    );
    for part in ["Filter.1.Value.1=vpc-1", "NextToken=t1"] {
        assert!(request.contains(part), "{request}");
    }
    let page = page.expect("a page");
    assert_eq!(page.next, Some(PageToken("t2".to_owned())));
    let Facts::NetworkAcls(acls) = page.facts else {
        panic!("network ACLs");
    };
    assert_eq!(acls[0].subnets, [id("subnet-1")]);
    let entries: Vec<_> = acls[0]
        .entries
        .iter()
        .map(|e| {
            (
                e.direction,
                e.number,
                e.effect,
                e.from_port,
                e.cidr.as_str(),
            )
        })
        .collect();
    assert_eq!(
        entries,
        [
            (
                Direction::Ingress,
                100,
                AclEffect::Allow,
                Some(443),
                "10.0.0.0/16"
            ),
            (
                Direction::Ingress,
                32767,
                AclEffect::Deny,
                None,
                "0.0.0.0/0"
            ),
            (Direction::Egress, 100, AclEffect::Allow, None, "::/0"),
        ]
    );
}

#[test]
fn route_tables_tell_whom_they_serve_and_where_they_lead() {
    let (page, request) = ask(
        &Call::DescribeRouteTables { vpc: id("vpc-1") },
        None,
        Answer::xml(
            "<DescribeRouteTablesResponse><routeTableSet>\
             <item><routeTableId>rtb-1</routeTableId><associationSet>\
             <item><main>true</main></item><item><main>false</main><subnetId>subnet-2</subnetId></item>\
             <item><main>false</main><gatewayId>igw-1</gatewayId></item></associationSet>\
             <routeSet><item><destinationCidrBlock>10.0.0.0/16</destinationCidrBlock>\
             <gatewayId>local</gatewayId><state>active</state></item>\
             <item><destinationCidrBlock>0.0.0.0/0</destinationCidrBlock>\
             <natGatewayId>nat-1</natGatewayId><state>blackhole</state></item>\
             <item><destinationPrefixListId>pl-1</destinationPrefixListId>\
             <gatewayId>vpce-1</gatewayId><state>active</state></item></routeSet></item>\
             <item><routeTableId>rtb-2</routeTableId><associationSet><item>\
             <subnetId>subnet-1</subnetId></item></associationSet></item>\
             </routeTableSet></DescribeRouteTablesResponse>",
        ),
    );
    assert!(request.contains("Filter.1.Value.1=vpc-1"), "{request}");
    let Facts::RouteTables(tables) = page.expect("a page").facts else {
        panic!("route tables");
    };
    assert_eq!(
        tables[0].serves,
        RouteTableScope::Main(vec![id("subnet-2")])
    );
    assert_eq!(
        tables[1].serves,
        RouteTableScope::Subnets(vec![id("subnet-1")])
    );
    let routes: Vec<_> = tables[0]
        .routes
        .iter()
        .map(|route| (route.destination.as_str(), route.target.as_str()))
        .collect();
    assert_eq!(
        routes,
        [
            ("0.0.0.0/0", "blackhole"),
            ("10.0.0.0/16", "local"),
            ("pl-1", "vpce-1")
        ]
    );
}
