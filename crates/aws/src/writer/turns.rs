//! Has every call of a writer wait for its turn. When that comes is not known here.

use std::sync::Arc;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeSerializationInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use unbridge_model::plan::budget::RunCall;
use unbridge_model::port::Turns;

/// Waits before each call. It blocks, as its writer does: one call is made at a time, and connections
/// are kept by another thread.
#[derive(Debug, Clone)]
pub(super) struct Waiting(pub(super) Arc<dyn Turns>);

impl Intercept for Waiting {
    fn name(&self) -> &'static str {
        "Waiting"
    }

    /// Before anything of the call counts as its time.
    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let metadata = config.load::<Metadata>();
        match metadata.and_then(|known| call(known.service(), known.name())) {
            Some(call) => self.0.wait(call),
            None => tracing::warn!(?metadata, "a call without a budget"),
        }
        Ok(())
    }
}

/// A call by the names that the SDK has for it.
fn call(service: &str, operation: &str) -> Option<RunCall> {
    match service {
        "ApiGatewayV2" => RunCall::named(&format!("{operation}V2")),
        _ => RunCall::named(operation),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Debug, Default)]
    struct Noted(Mutex<Vec<RunCall>>);

    impl Turns for Noted {
        fn wait(&self, call: RunCall) {
            self.0.lock().expect("the calls").push(call);
        }
    }

    #[test]
    fn each_call_waits_by_its_own_name_and_generation() {
        use aws_sdk_apigateway::config::{BehaviorVersion, Region};

        let noted = Arc::new(Noted::default());
        let waiting = || Waiting(noted.clone());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        let runtime = runtime.expect("a runtime");
        macro_rules! ask {
            ($sdk:ident, $call:ident) => {
                let config = $sdk::Config::builder()
                    .behavior_version(BehaviorVersion::latest())
                    .region(Region::new("eu-west-1"))
                    .interceptor(waiting())
                    .build();
                // It has no credentials: the call waits, and is not made.
                let call = $sdk::Client::from_conf(config).$call();
                let ended = runtime.block_on(call.send());
                assert!(ended.is_err());
            };
        }
        ask!(aws_sdk_apigateway, get_rest_apis);
        ask!(aws_sdk_apigatewayv2, get_apis);
        ask!(aws_sdk_ec2, describe_security_groups);
        ask!(aws_sdk_elasticloadbalancingv2, describe_load_balancers);
        assert_eq!(
            *noted.0.lock().expect("the calls"),
            [
                RunCall::GetRestApis,
                RunCall::GetApisV2,
                RunCall::DescribeSecurityGroups,
                RunCall::DescribeLoadBalancers,
            ]
        );
    }
}
