//! What is asked about one load balancer in play: listeners with rules and certificates,
//! attributes, the web ACL before an ALB, and the capacity reserved for an NLB.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use unbridge_model::call::Call;
use unbridge_model::elb::{
    CapacityReservation, Listener, LoadBalancer, LoadBalancerType, Rule, WebAclOn,
};
use unbridge_model::id::{CertificateArn, LoadBalancerArn};
use unbridge_model::port::{Reader, Timer};
use unbridge_model::snapshot::Record;
use unbridge_model::text::Text;

use super::ask::{Asker, listed};

/// Certificates that were asked about, answered or not: many listeners show the same one.
pub(super) type AskedCertificates = RefCell<BTreeSet<CertificateArn>>;

/// What calls of their own tell about a load balancer.
pub(super) struct Details {
    pub(super) arn: LoadBalancerArn,
    pub(super) listeners: Option<Vec<Listener>>,
    pub(super) attributes: Option<BTreeMap<Text, Text>>,
    pub(super) web_acl: Option<WebAclOn>,
    pub(super) capacity_reservation: Option<CapacityReservation>,
}

pub(super) async fn read<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    lb: &LoadBalancer,
    asked: &AskedCertificates,
) -> Details {
    let attributes = Call::DescribeLoadBalancerAttributes {
        load_balancer: lb.arn.clone(),
    };
    let (listeners, attributes, web_acl, capacity_reservation) = futures::join!(
        read_listeners(asker, lb, asked),
        asker.one(attributes, listed!(Attributes)),
        read_web_acl(asker, lb),
        read_capacity_reservation(asker, lb),
    );
    Details {
        arn: lb.arn.clone(),
        listeners,
        attributes,
        web_acl,
        capacity_reservation,
    }
}

/// Of an ALB; other load balancers take no web ACL.
async fn read_web_acl<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    lb: &LoadBalancer,
) -> Option<WebAclOn> {
    if lb.kind != LoadBalancerType::Application {
        return None;
    }
    let call = Call::GetWebAclForResource {
        load_balancer: lb.arn.clone(),
    };
    asker.one(call, listed!(WebAcl)).await
}

/// Of an NLB; what an ALB costs stays as it is.
async fn read_capacity_reservation<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    lb: &LoadBalancer,
) -> Option<CapacityReservation> {
    if lb.kind != LoadBalancerType::Network {
        return None;
    }
    let call = Call::DescribeCapacityReservation {
        load_balancer: lb.arn.clone(),
    };
    asker.one(call, listed!(CapacityReservation)).await
}

async fn read_listeners<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    lb: &LoadBalancer,
    asked: &AskedCertificates,
) -> Option<Vec<Listener>> {
    let call = Call::DescribeListeners {
        load_balancer: lb.arn.clone(),
    };
    let listeners = asker.listing(call, listed!(Listeners)).await;
    let listeners = listeners.once(|listener| listener.arn.clone()).whole()?;
    let whole = listeners.into_iter().map(async |mut listener| {
        let (rules, certificates) = futures::join!(
            read_rules(asker, lb, &listener),
            read_certificates(asker, &listener, asked),
        );
        listener.rules = rules;
        // Without an answer the one that its listener was told with is still known.
        listener.certificates = certificates.unwrap_or(listener.certificates);
        listener
    });
    Some(futures::future::join_all(whole).await)
}

/// Of an ALB's listener; those of NLBs have none.
async fn read_rules<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    lb: &LoadBalancer,
    listener: &Listener,
) -> Option<Vec<Rule>> {
    if lb.kind != LoadBalancerType::Application {
        return None;
    }
    let call = Call::DescribeRules {
        listener: listener.arn.clone(),
    };
    let rules = asker.listing(call, listed!(Rules)).await;
    rules.once(|rule| rule.arn.clone()).whole()
}

/// The certificates that a listener shows, and what each says that nobody asked about before.
async fn read_certificates<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    listener: &Listener,
    asked: &AskedCertificates,
) -> Option<Vec<CertificateArn>> {
    if !matches!(listener.protocol.as_deref(), Some("HTTPS" | "TLS")) {
        return None;
    }
    let call = Call::DescribeListenerCertificates {
        listener: listener.arn.clone(),
    };
    let listing = asker.listing(call, listed!(ListenerCertificates)).await;
    // The default certificate is told a second time when it is on the list as well.
    let certificates = listing.once(Clone::clone).whole();
    let shown = certificates.as_ref().unwrap_or(&listener.certificates);
    let fresh = shown
        .iter()
        .filter(|arn| is_of_acm(arn) && asked.borrow_mut().insert((*arn).clone()));
    let each = fresh.map(async |arn| {
        let certificate = arn.clone();
        let call = Call::DescribeCertificate { certificate };
        if let Some(certificate) = asker.one(call, listed!(Certificate)).await {
            asker.put(Record::Certificate(certificate));
        }
    });
    futures::future::join_all(each).await;
    certificates
}

/// Server certificates of IAM are not ACM's to describe.
fn is_of_acm(certificate: &CertificateArn) -> bool {
    certificate.as_str().split(':').nth(2) == Some("acm")
}
