//! Ad hoc.
use unbridge_aws::*;
use unbridge_model::{call::*, digest::Digester, id::*, place::Place, port::Reader};
fn main() {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(run());
}
async fn run() {
    let settings = Settings { profile: std::env::args().nth(1) };
    let session = match Session::open(&settings, None).await { Ok(s) => s, Err(e) => { println!("OPEN {e:?}"); return } };
    println!("home {:?}", session.home());
    match session.caller().await { Ok(c) => println!("{c:?}"), Err(e) => { println!("CALLER {:?} {}", e.class, e.message); return } }
    println!("{:?}", session.enabled_regions().await.map(|r| r.len()));
    let home = session.home().unwrap().clone();
    let reader = AwsReader::new(session, Digester::new(&[1; 32]));
    let place = Place::regional(AccountId::new("123456789012").unwrap(), home);
    let mut calls = vec![Call::GetVpcLinks, Call::GetVpcLinksV2, Call::GetRestApis, Call::GetApis, Call::DescribeLoadBalancers, Call::DescribeTargetGroups, Call::DescribeNetworkInterfaces, Call::DescribeVpcEndpointServiceConfigurations, Call::DescribeVpcEndpointConnections];
    while let Some(call) = calls.pop() {
        let t = std::time::Instant::now();
        match reader.read(&place, &call, None).await {
            Err(e) => println!("{call:?} => ERROR {:?}: {}", e.class, e.message),
            Ok(page) => {
                println!("{call:?} ({:?}) next={:?} => {:?}", t.elapsed(), page.next, page.facts);
                match page.facts {
                    Facts::RestApis(apis) => for a in apis { calls.push(Call::GetResources{api: a.id.clone()}); calls.push(Call::GetStages{api: a.id}); },
                    Facts::Stages(s) => if let Call::GetStages{api} = &call { for s in s { calls.push(Call::GetExport{api: api.clone(), stage: s.name}); } },
                    Facts::HttpApis(apis) => for a in apis { calls.push(Call::GetIntegrations{api: a.id.clone()}); calls.push(Call::GetRoutes{api: a.id.clone()}); calls.push(Call::GetApiStages{api: a.id}); },
                    Facts::HttpStages(s) => if let Call::GetApiStages{api} = &call { for s in s { calls.push(Call::ExportApi{api: api.clone(), stage: s.name}); } },
                    Facts::LoadBalancers(l) => for l in l { calls.push(Call::DescribeListeners{load_balancer: l.arn.clone()}); calls.push(Call::DescribeLoadBalancerAttributes{load_balancer: l.arn.clone()}); calls.push(Call::DescribeTags{resources: vec![l.arn.into()]}); if let Some(v)=l.vpc { calls.push(Call::DescribeSubnets{vpc: v.clone()}); calls.push(Call::DescribeSecurityGroups{vpc: v}); } },
                    Facts::Listeners(l) => for l in l { calls.push(Call::DescribeRules{listener: l.arn}); },
                    Facts::TargetGroups(l) => for l in l { calls.push(Call::DescribeTargetHealth{group: l.arn.clone()}); calls.push(Call::DescribeTargetGroupAttributes{group: l.arn}); },
                    _ => {}
                }
            }
        }
    }
    println!("{:?}", reader.read(&place, &Call::GetResources{api: RestApiId::new("gone").unwrap()}, None).await);
    println!("{:?}", reader.read(&place, &Call::DescribeListeners{load_balancer: LoadBalancerArn::new("arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/gone/1").unwrap()}, None).await);
}
