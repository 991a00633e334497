//! The calls of API Gateway, both generations.

use unbridge_model::call::{Call, Facts, Page};
use unbridge_model::port::ReadError;
use unbridge_model::text::interned;

use super::{Asked, Clients, of_another_service, page, whole};
use crate::classify::classify;
use crate::convert::{Subject, apigateway, export, http_api};

/// The largest page of the first generation.
const LIMIT: i32 = 500;
/// The same for the second, which takes it as text.
const MAX_RESULTS: &str = "500";

pub(super) async fn read(
    clients: &Clients,
    call: &Call,
    asked: Asked<'_>,
) -> Result<Page, ReadError> {
    let (v1, v2) = (&clients.apigateway, &clients.apigatewayv2);
    let Asked {
        region,
        digester,
        from,
    } = asked;
    match call {
        Call::GetVpcLinks => {
            let request = v1.get_vpc_links().limit(LIMIT).set_position(from);
            let answer = request.send().await.map_err(classify)?;
            let convert = |told: &_| apigateway::vpc_link(told, region);
            page(answer.items(), answer.position(), convert, Facts::VpcLinks)
        }
        Call::GetVpcLinksV2 => {
            let request = v2.get_vpc_links();
            let answer = request.set_next_token(from).send().await;
            let answer = answer.map_err(classify)?;
            let convert = |told: &_| http_api::vpc_link(told, region);
            page(
                answer.items(),
                answer.next_token(),
                convert,
                Facts::VpcLinks,
            )
        }
        Call::GetRestApis => {
            let request = v1.get_rest_apis().limit(LIMIT).set_position(from);
            let answer = request.send().await.map_err(classify)?;
            let convert = |told: &_| apigateway::rest_api(told, region);
            page(answer.items(), answer.position(), convert, Facts::RestApis)
        }
        Call::GetResources { api } => {
            let request = v1.get_resources().rest_api_id(api.as_str());
            let request = request.embed("methods").limit(LIMIT).set_position(from);
            let answer = request.send().await.map_err(classify)?;
            let convert = |told: &_| apigateway::methods(told, api, digester);
            page(answer.items(), answer.position(), convert, |methods| {
                Facts::Methods(methods.into_iter().flatten().collect())
            })
        }
        Call::GetStages { api } => {
            let request = v1.get_stages().rest_api_id(api.as_str());
            let answer = request.send().await.map_err(classify)?;
            let convert = |told: &_| apigateway::stage(told, api);
            page(answer.item(), None, convert, Facts::Stages)
        }
        Call::GetExport { api, stage } => {
            let request = v1
                .get_export()
                .rest_api_id(api.as_str())
                .stage_name(stage.as_str())
                .export_type("oas30")
                .parameters("extensions", "apigateway")
                .accepts("application/json");
            let answer = request.send().await.map_err(classify)?;
            let subject = Subject::new("export of", Some(&format!("{api}/{stage}")));
            let document = subject.required("body", answer.body())?;
            let methods = interned(|| export::methods(document.as_ref(), api, stage, digester))?;
            Ok(whole(Facts::Methods(methods)))
        }
        Call::GetApis => {
            let request = v2.get_apis().max_results(MAX_RESULTS);
            let answer = request.set_next_token(from).send().await;
            let answer = answer.map_err(classify)?;
            let convert = |told: &_| http_api::api(told, region);
            page(
                answer.items(),
                answer.next_token(),
                convert,
                Facts::HttpApis,
            )
        }
        Call::GetIntegrations { api } => {
            let request = v2.get_integrations().api_id(api.as_str());
            let request = request.max_results(MAX_RESULTS).set_next_token(from);
            let answer = request.send().await.map_err(classify)?;
            let convert = |told: &_| http_api::http_integration(told, api, digester);
            let facts = Facts::HttpIntegrations;
            page(answer.items(), answer.next_token(), convert, facts)
        }
        Call::GetRoutes { api } => {
            let request = v2.get_routes().api_id(api.as_str());
            let request = request.set_next_token(from);
            let answer = request.send().await.map_err(classify)?;
            let convert = |told: &_| http_api::route(told, api);
            let facts = Facts::HttpRoutes;
            page(answer.items(), answer.next_token(), convert, facts)
        }
        Call::GetApiStages { api } => {
            let request = v2.get_stages().api_id(api.as_str());
            let request = request.set_next_token(from);
            let answer = request.send().await.map_err(classify)?;
            let convert = |told: &_| http_api::stage(told, api);
            let facts = Facts::HttpStages;
            page(answer.items(), answer.next_token(), convert, facts)
        }
        Call::ExportApi { api, stage } => {
            let request = v2
                .export_api()
                .api_id(api.as_str())
                .stage_name(stage.as_str())
                .specification("OAS30")
                .output_type("JSON")
                .include_extensions(true);
            let answer = request.send().await.map_err(classify)?;
            let subject = Subject::new("export of", Some(&format!("{api}/{stage}")));
            let document = subject.required("body", answer.body())?;
            let routes = interned(|| export::routes(document.as_ref(), api, stage, digester))?;
            Ok(whole(Facts::ExportedRoutes(routes)))
        }
        Call::DescribeLoadBalancers
        | Call::DescribeTargetGroups
        | Call::DescribeListeners { .. }
        | Call::DescribeRules { .. }
        | Call::DescribeTargetHealth { .. }
        | Call::DescribeLoadBalancerAttributes { .. }
        | Call::DescribeTargetGroupAttributes { .. }
        | Call::DescribeTags { .. }
        | Call::DescribeSubnets { .. }
        | Call::DescribeSecurityGroups { .. }
        | Call::DescribeNetworkInterfaces
        | Call::DescribeVpcEndpointServiceConfigurations
        | Call::DescribeVpcEndpointConnections => Err(of_another_service(call)),
    }
}
