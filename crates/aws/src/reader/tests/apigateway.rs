//! API Gateway, both generations.

use unbridge_model::apigateway::{
    CarriedField, Integration, IntegrationType, LinkReach, Method, Protocol, Verb,
};
use unbridge_model::call::AutoDeploy;
use unbridge_model::id::{HttpApiId, RestApiId, StageName};

use super::*;

fn rest() -> RestApiId {
    id("a1b2c3d4e5")
}

fn stage() -> StageName {
    id("prod")
}

#[test]
fn links_of_both_versions_are_read() {
    let (page, request) = ask(
        &Call::GetVpcLinks,
        Some("here"),
        Answer::json(
            r#"{"item":[{"id":"lnk1","name":"orders","status":"AVAILABLE","tags":{"a":"b"},
                "targetArns":["arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/n/1"]}],
                "position":"there"}"#,
        ),
    );
    assert!(
        request.contains("/vpclinks?position=here&limit=500"),
        "{request}"
    );
    let page = page.expect("a page");
    assert_eq!(page.next, Some(PageToken("there".to_owned())));
    let Facts::VpcLinks(links) = page.facts else {
        panic!("links");
    };
    let LinkReach::V1 { targets } = &links[0].reach else {
        panic!("version 1");
    };
    assert_eq!(targets[0].name(), "n");
    assert_eq!(
        (links[0].status.as_str(), links[0].tags.len()),
        ("AVAILABLE", 1)
    );

    let (page, request) = ask(
        &Call::GetVpcLinksV2,
        None,
        Answer::json(
            r#"{"items":[{"vpcLinkId":"lnk2","name":"all","vpcLinkStatus":"PENDING",
                "subnetIds":["subnet-1"],"securityGroupIds":["sg-1"]}]}"#,
        ),
    );
    assert!(
        request.contains("/v2/vpclinks") && !request.contains("maxResults"),
        "{request}"
    );
    let page = page.expect("a page");
    assert_eq!(page.next, None);
    let Facts::VpcLinks(links) = page.facts else {
        panic!("links");
    };
    assert!(matches!(&links[0].reach, LinkReach::V2 { subnets, .. } if subnets.len() == 1));
}

#[test]
fn an_absent_id_is_an_error_that_names_field_and_object() {
    let answer = Answer::json(r#"{"item":[{"id":"lnk1","name":"orders","targetArns":["nlb"]}]}"#);
    let (page, _) = ask(&Call::GetVpcLinks, None, answer);
    let error = page.expect_err("no page");
    assert_eq!(error.class, GapClass::Unparseable);
    assert!(
        error.message.starts_with("VPC link lnk1: targetArns: "),
        "{}",
        error.message
    );

    let answer = Answer::json(r#"{"item":[{"name":"orders"}]}"#);
    let (page, _) = ask(&Call::GetRestApis, None, answer);
    assert_eq!(
        page.expect_err("no page").message,
        "a REST API: id is missing"
    );
}

/// Three methods as `GetResources` tells them; null templates and all.
const DRAFT: &str = r#"{"item":[
  {"id":"r0","path":"/"},
  {"id":"r1","path":"/orders/{id}","resourceMethods":{
    "GET":{"httpMethod":"GET","methodIntegration":{
      "type":"HTTP","httpMethod":"GET","uri":"https://u:p@nlb.example.com/orders?key=hunter2",
      "connectionType":"VPC_LINK","connectionId":"${stageVariables.link}",
      "requestParameters":{
        "integration.request.header.Host":"'orders.example.com'",
        "integration.request.header.X-Key":"'hunter2'"},
      "requestTemplates":{"application/json":null,"text/plain":"$input"},
      "passthroughBehavior":"NEVER","contentHandling":"CONVERT_TO_TEXT",
      "timeoutInMillis":5000,"cacheNamespace":"r1","cacheKeyParameters":["b","a"],
      "tlsConfig":{"insecureSkipVerification":true},"responseTransferMode":"STREAM",
      "integrationTarget":"arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/a/1",
      "integrationResponses":{
        "200":{"statusCode":"200","responseTemplates":{"application/json":null}},
        "404":{"statusCode":"404","selectionPattern":"4\\d{2}",
               "responseParameters":{"method.response.header.X":"'y'"},
               "responseTemplates":{"application/json":"{}"}}}}},
    "ANY":{"httpMethod":"ANY","methodIntegration":{
      "type":"HTTP_PROXY","httpMethod":"ANY","uri":"http://nlb.example.com/",
      "connectionType":"INTERNET","passthroughBehavior":"WHEN_NO_MATCH",
      "timeoutInMillis":29000,"cacheNamespace":"r1","cacheKeyParameters":[]}},
    "OPTIONS":{"httpMethod":"OPTIONS"}}}]}"#;

/// The same as an export tells them.
const EXPORT: &str = r##"{"openapi":"3.0.1","info":{"title":"x"},"paths":{
  "/orders/{id}":{
    "parameters":[{"name":"id","in":"path"}],
    "x-amazon-apigateway-any-method":{"x-amazon-apigateway-integration":{
      "type":"http_proxy","httpMethod":"ANY","uri":"http://nlb.example.com/",
      "passthroughBehavior":"when_no_match"}},
    "options":{"responses":{"200":{"$ref":"#/nowhere"}}},
    "get":{"x-amazon-apigateway-integration":{
      "type":"http","httpMethod":"GET","uri":"https://u:p@nlb.example.com/orders?key=hunter2",
      "connectionType":"VPC_LINK","connectionId":"${stageVariables.link}",
      "requestParameters":{
        "integration.request.header.X-Key":"'hunter2'",
        "integration.request.header.Host":"'orders.example.com'"},
      "requestTemplates":{"text/plain":"$input","application/json":""},
      "passthroughBehavior":"never","contentHandling":"CONVERT_TO_TEXT",
      "timeoutInMillis":5000,"cacheKeyParameters":["a","b"],"cacheNamespace":"r1",
      "tlsConfig":{"insecureSkipVerification":true},"responseTransferMode":"STREAM",
      "integration-target":"arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/a/1",
      "responses":{
        "4\\d{2}":{"statusCode":"404",
                   "responseParameters":{"method.response.header.X":"'y'"},
                   "responseTemplates":{"application/json":"{}"}},
        "default":{"statusCode":"200"}}}}}}}"##;

fn methods(call: &Call, answer: &'static str) -> Vec<Method> {
    match facts(call, Answer::json(answer)) {
        Facts::Methods(methods) => methods,
        Facts::Export(export) => export.methods,
        other => panic!("methods: {other:?}"),
    }
}

#[test]
fn a_draft_and_its_export_give_equal_integrations() {
    let draft = methods(&Call::GetResources { api: rest() }, DRAFT);
    let export = methods(
        &Call::GetExport {
            api: rest(),
            stage: stage(),
        },
        EXPORT,
    );
    assert_eq!(draft.len(), 3);
    assert!(draft.iter().all(|method| method.resource == Some(id("r1"))));
    assert!(export.iter().all(|method| method.resource.is_none()));
    let comparable = |methods: &[Method]| -> Vec<_> {
        methods
            .iter()
            .map(|m| (m.path.clone(), m.verb, m.integration.clone()))
            .collect()
    };
    assert_eq!(comparable(&draft), comparable(&export));
    assert_eq!(draft[2].verb, Verb::Options);
    assert_eq!(draft[2].integration, None);

    let mapped = draft[1].integration.as_deref().expect("an integration");
    assert_eq!(mapped.kind, IntegrationType::Http);
    let text = format!("{mapped:?}");
    assert!(!text.contains("hunter2") && !text.contains("u:p"), "{text}");
    let clear = |template: &Option<unbridge_model::template::Template>| {
        template.as_ref().map(ToString::to_string)
    };
    assert_eq!(
        mapped.uri.as_ref().map(ToString::to_string).as_deref(),
        Some("https://nlb.example.com/orders")
    );
    assert_eq!(mapped.uri_rest, Some(digester().seal("u:p@?key=hunter2")));
    assert_eq!(
        clear(&mapped.vpc_link).as_deref(),
        Some("${stageVariables.link}")
    );
    assert_eq!(
        clear(&mapped.host_mapping).as_deref(),
        Some("'orders.example.com'")
    );
    let carried: Vec<_> = mapped.carried.iter().map(|(field, _)| field).collect();
    assert_eq!(
        carried,
        [
            CarriedField::CacheKeyParameters,
            CarriedField::ContentHandling,
            CarriedField::IntegrationResponses,
            CarriedField::PassthroughBehavior,
            CarriedField::RequestParameters,
            CarriedField::RequestTemplates,
            CarriedField::ResponseTransferMode,
            CarriedField::TimeoutInMillis,
            CarriedField::TlsConfig,
        ]
    );
    let proxy = draft[0].integration.as_deref().expect("an integration");
    assert_eq!(
        (proxy.vpc_link.as_ref(), proxy.carried.iter().count()),
        (None, 0)
    );
}

#[test]
fn the_requests_ask_for_everything_at_once() {
    let call = Call::GetResources { api: rest() };
    let (_, request) = ask(&call, None, Answer::json(DRAFT));
    assert!(
        request.contains("/restapis/a1b2c3d4e5/resources?limit=500&embed=methods"),
        "{request}"
    );
    let call = Call::GetExport {
        api: rest(),
        stage: stage(),
    };
    let (_, request) = ask(&call, None, Answer::json(EXPORT));
    assert!(
        request.contains("/stages/prod/exports/oas30?extensions=apigateway"),
        "{request}"
    );
}

#[test]
fn an_export_that_makes_no_sense_is_an_error_without_its_values() {
    let call = Call::GetExport {
        api: rest(),
        stage: stage(),
    };
    let check = |body, expect: &str| {
        let (page, _) = ask(&call, None, Answer::json(body));
        let error = page.expect_err("no page");
        assert_eq!(error.class, GapClass::Unparseable);
        assert_eq!(error.message, expect);
    };
    check(
        r#"{"paths":{"/x":{"get":{"x-amazon-apigateway-integration":
            {"type":"http","timeoutInMillis":"hunter2"}}}}}"#,
        "export of a1b2c3d4e5/prod: GET /x: x-amazon-apigateway-integration has an unknown form",
    );
    check(
        r#"{"paths":"hunter2"}"#,
        "export of a1b2c3d4e5/prod: no OpenAPI document, at line 1 column 18",
    );
    check(
        r#"{"info":{}}"#,
        "export of a1b2c3d4e5/prod: no OpenAPI document, at line 1 column 11",
    );
}

#[test]
fn stages_keep_their_variables_in_clear_for_the_scanner() {
    let Facts::Stages(stages) = facts(
        &Call::GetStages { api: rest() },
        Answer::json(
            r#"{"item":[{"stageName":"prod","deploymentId":"d1","variables":{"link":"lnk1"},
                "clientCertificateId":"cc1","cacheClusterEnabled":true,"cacheClusterSize":"0.5",
                "canarySettings":{"percentTraffic":12.5,"stageVariableOverrides":{"link":"lnk2"}}}]}"#,
        ),
    ) else {
        panic!("stages");
    };
    assert_eq!(stages[0].client_certificate, Some("cc1".into()));
    assert_eq!(stages[0].cache, Some("0.5".into()));
    let canary = stages[0].canary.as_ref().expect("a canary");
    assert_eq!(canary.deployment, stages[0].deployment);
    assert!((canary.percent - 12.5).abs() < f64::EPSILON);
    assert_eq!(canary.overrides["link"].needed_for_routing(), "lnk2");
    assert_eq!(stages[0].variables["link"].needed_for_routing(), "lnk1");
    assert!(!format!("{stages:?}").contains("lnk1"));
}

fn http() -> HttpApiId {
    id("h1h2h3")
}

const LISTENER: &str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/net/n/1/2";

#[test]
fn http_apis_are_read() {
    let Facts::HttpApis(apis) = facts(
        &Call::GetApis,
        Answer::json(
            r#"{"items":[{"apiId":"h1","name":"shop","protocolType":"HTTP"},
                         {"apiId":"w1","name":"chat","protocolType":"WEBSOCKET"}]}"#,
        ),
    ) else {
        panic!("APIs");
    };
    assert_eq!(
        (apis[0].protocol, apis[1].protocol),
        (Protocol::Http, Protocol::Websocket)
    );
    let Facts::HttpRoutes(routes) = facts(
        &Call::GetRoutes { api: http() },
        Answer::json(
            r#"{"items":[{"routeKey":"GET /x","target":"integrations/i1"},{"routeKey":"$default"}]}"#,
        ),
    ) else {
        panic!("routes");
    };
    assert_eq!(routes[0].integration, Some(id("i1")));
    assert_eq!(routes[1].integration, None);
    let Facts::HttpStages(stages) = facts(
        &Call::GetApiStages { api: http() },
        Answer::json(
            r#"{"items":[{"stageName":"$default","autoDeploy":true},
                {"stageName":"v1","deploymentId":"d1"}]}"#,
        ),
    ) else {
        panic!("stages");
    };
    assert_eq!(
        (stages[0].auto_deploy, stages[1].auto_deploy),
        (AutoDeploy::On, AutoDeploy::Off)
    );
    assert_eq!(stages[0].deployment, None);
    assert_eq!(stages[1].deployment, Some(id("d1")));
}

#[test]
fn a_stage_whose_last_deployment_failed_may_run_older_routes() {
    let Facts::HttpStages(stages) = facts(
        &Call::GetApiStages { api: http() },
        Answer::json(
            r#"{"items":[{"stageName":"a","autoDeploy":true,
                "lastDeploymentStatusMessage":"Successfully deployed stage with deployment ID 'x1'"},
                {"stageName":"b","autoDeploy":true,
                "lastDeploymentStatusMessage":"Deployment attempt failed: no integration"}]}"#,
        ),
    ) else {
        panic!("stages");
    };
    assert_eq!(
        (stages[0].auto_deploy, stages[1].auto_deploy),
        (AutoDeploy::On, AutoDeploy::Off)
    );
}

#[test]
fn an_http_integration_and_its_export_are_equal() {
    let Facts::HttpIntegrations(listed) = facts(
        &Call::GetIntegrations { api: http() },
        Answer::json(
            r#"{"items":[{"integrationId":"i1","integrationType":"HTTP_PROXY",
                "integrationMethod":"ANY","connectionType":"VPC_LINK","connectionId":"lnk2",
                "integrationUri":"arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/net/n/1/2",
                "payloadFormatVersion":"1.0","timeoutInMillis":30000,
                "requestParameters":{"overwrite:header.host":"shop.example.com"},
                "responseParameters":{"200":{"append:header.x":"y"}},
                "tlsConfig":{"serverNameToVerify":"shop.example.com"}}]}"#,
        ),
    ) else {
        panic!("integrations");
    };
    let (page, request) = ask(
        &Call::ExportApi {
            api: http(),
            stage: id("v1"),
        },
        None,
        Answer::json(
            r##"{"paths":{
              "/$default":{"x-amazon-apigateway-any-method":{"isDefaultRoute":true,
                "x-amazon-apigateway-integration":{
                  "$ref":"#/components/x-amazon-apigateway-integrations/one"}}},
              "/none":{"get":{"responses":{}}},
              "/x":{"get":{"x-amazon-apigateway-integration":{
                  "payloadFormatVersion":"1.0","connectionId":"lnk2","type":"http_proxy",
                  "httpMethod":"ANY","connectionType":"VPC_LINK","timeoutInMillis":30000,
                  "uri":"arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/net/n/1/2",
                  "requestParameters":{"overwrite:header.host":"shop.example.com"},
                  "responseParameters":{"200":{"append:header.x":"y"}},
                  "tlsConfig":{"serverNameToVerify":"shop.example.com"}}}}},
              "components":{"x-amazon-apigateway-integrations":{"one":{
                  "type":"http_proxy","uri":"http://nlb"}}}}"##,
        ),
    );
    for part in [
        "/v2/apis/h1h2h3/exports/OAS30",
        "outputType=JSON",
        "stageName=v1",
        "includeExtensions=true",
    ] {
        assert!(request.contains(part), "{request}");
    }
    let Facts::ExportedRoutes(routes) = page.expect("a page").facts else {
        panic!("routes");
    };
    let keys: Vec<_> = routes.iter().map(|route| route.key.as_str()).collect();
    assert_eq!(keys, ["$default", "GET /x"]);
    let listed: &Integration = &listed[0].integration;
    assert_eq!(listed, &routes[1].integration);
    assert_eq!(
        listed.uri.as_ref().map(ToString::to_string).as_deref(),
        Some(LISTENER)
    );
    assert!(listed.host_mapping.is_some());
}

#[test]
fn deployments_are_read_with_their_times() {
    let (page, request) = ask(
        &Call::GetDeployments { api: rest() },
        Some("here"),
        Answer::json(
            r#"{"item":[{"id":"d1","createdDate":1767225600},{"id":"d2"}],"position":"there"}"#,
        ),
    );
    assert!(
        request.contains("/restapis/a1b2c3d4e5/deployments?") && request.contains("position=here"),
        "{request}"
    );
    let page = page.expect("a page");
    assert_eq!(page.next, Some(PageToken("there".to_owned())));
    let Facts::Deployments(deployments) = page.facts else {
        panic!("deployments");
    };
    let times: Vec<_> = deployments
        .iter()
        .map(|d| d.created_at.as_deref())
        .collect();
    assert_eq!(times, [Some("2026-01-01T00:00:00Z"), None]);
}

#[test]
fn custom_domain_names_and_their_mappings_are_read() {
    let Facts::DomainNames(names) = facts(
        &Call::GetDomainNames,
        Answer::json(r#"{"items":[{"domainName":"api.example.com"}]}"#),
    ) else {
        panic!("names");
    };
    assert_eq!(names[0].name, "api.example.com");
    assert_eq!(names[0].mappings, None);
    let call = Call::GetApiMappings {
        domain: names[0].name.clone(),
    };
    let (page, request) = ask(
        &call,
        Some("t1"),
        Answer::json(
            r#"{"items":[{"apiId":"a1b2c3d4e5","stage":"prod","apiMappingKey":"orders/v1"},
                         {"apiId":"h1","stage":"$default","apiMappingKey":""}],"nextToken":"t2"}"#,
        ),
    );
    assert!(
        request.contains("/v2/domainnames/api.example.com/apimappings?nextToken=t1"),
        "{request}"
    );
    let page = page.expect("a page");
    assert_eq!(page.next, Some(PageToken("t2".to_owned())));
    let Facts::ApiMappings(mappings) = page.facts else {
        panic!("mappings");
    };
    assert_eq!(mappings[0].key, Some("orders/v1".into()));
    assert_eq!(
        (mappings[1].stage.as_str(), &mappings[1].key),
        ("$default", &None)
    );
}
