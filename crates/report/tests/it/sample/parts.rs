//! Ids, ways and chains, short to write.

use std::sync::Arc;

use unbridge_model::apigateway::Verb;
use unbridge_model::assessment::{Chain, SeenIn, Start, Way};
use unbridge_model::finding::{ApiRef, ApiType};
use unbridge_model::id::{
    AccountId, ListenerArn, LoadBalancerArn, Region, StageName, TargetGroupArn, VpcLinkId,
};
use unbridge_model::route::{End, Hop};

pub(crate) const EU: &str = "eu-west-1";
pub(crate) const US: &str = "us-east-1";
pub(crate) const ACCOUNT: &str = "111122223333";

pub(crate) fn region(code: &str) -> Region {
    Region::new(code).expect("a region")
}

pub(crate) fn account() -> AccountId {
    AccountId::new(ACCOUNT).expect("an account")
}

pub(crate) fn arn(region: &str, what: &str) -> String {
    format!("arn:aws:elasticloadbalancing:{region}:{ACCOUNT}:{what}/50dc6c495c0c9188")
}

pub(crate) fn nlb_arn(region: &str, name: &str) -> LoadBalancerArn {
    LoadBalancerArn::new(arn(region, &format!("loadbalancer/net/{name}"))).expect("an ARN")
}

pub(crate) fn alb_arn(name: &str) -> LoadBalancerArn {
    LoadBalancerArn::new(arn(EU, &format!("loadbalancer/app/{name}"))).expect("an ARN")
}

pub(crate) fn group(name: &str) -> TargetGroupArn {
    TargetGroupArn::new(arn(EU, &format!("targetgroup/{name}"))).expect("an ARN")
}

pub(crate) fn listener(alb: &str) -> ListenerArn {
    ListenerArn::new(format!(
        "{}/f2f7dc8efc522ab2",
        arn(EU, &format!("listener/app/{alb}"))
    ))
    .expect("an ARN")
}

pub(crate) fn link(id: &str) -> VpcLinkId {
    VpcLinkId::new(id).expect("a link")
}

pub(crate) fn stage(name: &str) -> StageName {
    StageName::new(name).expect("a stage")
}

pub(crate) fn api(kind: ApiType, id: &str, name: &str) -> Arc<ApiRef> {
    Arc::new(ApiRef {
        kind,
        id: id.into(),
        name: name.into(),
    })
}

/// Link, NLB listener, target group, ALB listener: the way that this tool is about.
pub(crate) fn way(nlb: &str, alb: &str) -> Arc<Way> {
    Arc::new(Way {
        sent: None,
        hops: vec![
            Hop::VpcLinkV1(link("abc123")),
            Hop::NlbListener {
                nlb: nlb_arn(EU, nlb),
                port: 80,
            },
            Hop::TargetGroup(group(&format!("{nlb}-to-alb"))),
            Hop::AlbListener {
                alb: alb_arn(alb),
                port: 80,
                listener: listener(alb),
            },
        ],
        end: End::Alb {
            alb: alb_arn(alb),
            port: 80,
        },
    })
}

pub(crate) fn cut_way(nlb: &str, end: End) -> Arc<Way> {
    Arc::new(Way {
        sent: None,
        hops: vec![
            Hop::VpcLinkV1(link("abc123")),
            Hop::NlbListener {
                nlb: nlb_arn(EU, nlb),
                port: 8080,
            },
        ],
        end,
    })
}

pub(crate) fn chain(
    api: &Arc<ApiRef>,
    on: Option<&str>,
    verb: Verb,
    path: &str,
    seen_in: SeenIn,
    way: &Arc<Way>,
) -> Chain {
    Chain {
        start: Arc::new(Start {
            api: Arc::clone(api),
            stage: on.map(stage),
        }),
        path: path.into(),
        verb: Some(verb),
        seen_in,
        way: Arc::clone(way),
    }
}
