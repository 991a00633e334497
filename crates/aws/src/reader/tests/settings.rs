//! Settings of REST APIs and their methods: a draft and what was deployed from it are equal (H4),
//! and nothing of them leaves in clear but names (H20).

use std::collections::BTreeMap;

use unbridge_model::apigateway::{
    ByIdOrName, Method, MethodField, MethodSettings, Setting, SettingKind, Verb,
};
use unbridge_model::call::{DraftSetting, Export};
use unbridge_model::id::RestApiId;
use unbridge_model::text::Text;

use super::*;

fn api() -> RestApiId {
    id("a1b2c3d4e5")
}

const RESOURCES: &str = r#"{"item":[{"id":"r1","path":"/orders/{id}","resourceMethods":{
  "GET":{"httpMethod":"GET","authorizationType":"CUSTOM","authorizerId":"au1",
    "apiKeyRequired":true,"operationName":"getOrder","requestValidatorId":"va1",
    "requestParameters":{"method.request.path.id":true,"method.request.querystring.q":true,
      "method.request.header.X-Trace":false},
    "methodResponses":{"200":{"statusCode":"200","responseModels":{"application/json":"Empty"},
        "responseParameters":{"method.response.header.X-Total":true}},
      "404":{"statusCode":"404"}}},
  "POST":{"httpMethod":"POST","authorizationType":"COGNITO_USER_POOLS","authorizerId":"au2",
    "authorizationScopes":["orders/write","orders/read"],"apiKeyRequired":false,
    "requestModels":{"application/json":"Order"}},
  "PUT":{"httpMethod":"PUT","authorizationType":"AWS_IAM","authorizerId":"au1"},
  "DELETE":{"httpMethod":"DELETE","authorizationType":"NONE","apiKeyRequired":false,
    "requestParameters":{"method.request.path.id":true}}}}]}"#;

const OAS30: &str = r##"{"openapi":"3.0.1","info":{"title":"orders"},"paths":{"/orders/{id}":{
  "get":{"operationId":"getOrder",
    "parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}},
      {"name":"X-Trace","in":"header","schema":{"type":"string"}},
      {"name":"q","in":"query","required":true,"schema":{"type":"string"}}],
    "responses":{"404":{"description":"404 response","content":{}},
      "200":{"description":"200 response","headers":{"X-Total":{"schema":{"type":"string"}}},
        "content":{"application/json":{"schema":{"$ref":"#/components/schemas/Empty"}}}}},
    "security":[{"lambda":[]},{"api_key":[]}],
    "x-amazon-apigateway-request-validator":"everything"},
  "post":{"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Order"}}},"required":true},
    "security":[{"pool":["orders/read","orders/write"]}]},
  "put":{"security":[{"sigv4":[]}]},
  "delete":{"responses":{"default":{"description":"Default response"}},
    "parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}]}}},
  "components":{
    "schemas":{"Empty":{"type":"object"},
      "Order":{"required":["kind","of"],"type":"object","properties":{
        "kind":{"type":"string","enum":["a","b"]},"of":{"$ref":"#/components/schemas/Empty"},
        "price":{"minimum":25.0,"type":"number"}}}},
    "securitySchemes":{
      "lambda":{"type":"apiKey","name":"X-Token","in":"header","x-amazon-apigateway-authtype":"custom",
        "x-amazon-apigateway-authorizer":{"type":"token","authorizerResultTtlInSeconds":60,
          "authorizerUri":"arn:aws:apigateway:eu-west-1:lambda:path/hunter2/invocations",
          "identityValidationExpression":"Bearer .*"}},
      "pool":{"type":"apiKey","name":"Authorization","in":"header",
        "x-amazon-apigateway-authtype":"cognito_user_pools",
        "x-amazon-apigateway-authorizer":{"type":"cognito_user_pools","providerARNs":["arn:2","arn:1"]}},
      "sigv4":{"type":"apiKey","name":"Authorization","in":"header","x-amazon-apigateway-authtype":"awsSigv4"},
      "api_key":{"type":"apiKey","name":"x-api-key","in":"header"}}},
  "x-amazon-apigateway-request-validators":{"everything":{"validateRequestParameters":true,"validateRequestBody":true}},
  "x-amazon-apigateway-gateway-responses":{
    "DEFAULT_4XX":{"responseParameters":{"gatewayresponse.header.X":"'hunter2'"}},
    "ACCESS_DENIED":{"statusCode":403,"responseTemplates":{"application/json":"{\"message\":$context.error.messageString}","text/plain":"no"}},
    "THROTTLED":{"statusCode":503}},
  "x-amazon-apigateway-policy":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",
    "Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/*"}]},
  "x-amazon-apigateway-binary-media-types":["image/png","application/octet-stream"],
  "x-amazon-apigateway-minimum-compression-size":1024,
  "x-amazon-apigateway-api-key-source":"AUTHORIZER"}"##;

/// The same deployment as version 2.0.
const SWAGGER: &str = r##"{"swagger":"2.0","paths":{"/orders/{id}":{
  "get":{"operationId":"getOrder","produces":["application/json"],
    "parameters":[{"name":"id","in":"path","required":true,"type":"string"},
      {"name":"X-Trace","in":"header","required":false,"type":"string"},
      {"name":"q","in":"query","required":true,"type":"string"}],
    "responses":{"404":{"description":"404 response"},
      "200":{"description":"200 response","schema":{"$ref":"#/definitions/Empty"},"headers":{"X-Total":{"type":"string"}}}},
    "security":[{"lambda":[]},{"api_key":[]}],
    "x-amazon-apigateway-request-validator":"everything"},
  "post":{"consumes":["application/json"],
    "parameters":[{"in":"body","name":"Order","required":true,"schema":{"$ref":"#/definitions/Order"}}],
    "security":[{"pool":["orders/read","orders/write"]}]},
  "put":{"security":[{"sigv4":[]}]},
  "delete":{"parameters":[{"name":"id","in":"path","required":true,"type":"string"}]}}},
  "definitions":{"Empty":{"type":"object","title":"Empty Schema"},
    "Order":{"required":["kind","of"],"type":"object","properties":{
      "kind":{"type":"string","enum":["a","b"]},"of":{"$ref":"#/definitions/Empty"},
      "price":{"minimum":25,"type":"number"}}}},
  "securityDefinitions":{
    "lambda":{"type":"apiKey","name":"X-Token","in":"header","x-amazon-apigateway-authtype":"custom",
      "x-amazon-apigateway-authorizer":{"type":"token","authorizerResultTtlInSeconds":60,
        "authorizerUri":"arn:aws:apigateway:eu-west-1:lambda:path/hunter2/invocations",
        "identityValidationExpression":"Bearer .*"}},
    "pool":{"type":"apiKey","name":"Authorization","in":"header",
      "x-amazon-apigateway-authtype":"cognito_user_pools",
      "x-amazon-apigateway-authorizer":{"type":"cognito_user_pools","providerARNs":["arn:1","arn:2"]}},
    "sigv4":{"type":"apiKey","name":"Authorization","in":"header","x-amazon-apigateway-authtype":"awsSigv4"},
    "api_key":{"type":"apiKey","name":"x-api-key","in":"header"}},
  "x-amazon-apigateway-request-validators":{"everything":{"validateRequestParameters":true,"validateRequestBody":true}},
  "x-amazon-apigateway-gateway-responses":{
    "DEFAULT_4XX":{"responseParameters":{"gatewayresponse.header.X":"'hunter2'"}},
    "ACCESS_DENIED":{"statusCode":"403","responseTemplates":{"text/plain":"no"}},
    "THROTTLED":{"statusCode":503}},
  "x-amazon-apigateway-policy":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",
    "Action":"execute-api:Invoke","Resource":"execute-api:/*"}]},
  "x-amazon-apigateway-binary-media-types":["application/octet-stream","image/png"],
  "x-amazon-apigateway-minimum-compression-size":1024,
  "x-amazon-apigateway-api-key-source":"AUTHORIZER"}"##;

const APIS: &str = r#"{"item":[{"id":"a1b2c3d4e5","name":"orders","apiKeySource":"AUTHORIZER",
  "binaryMediaTypes":["application/octet-stream","image~1png"],"minimumCompressionSize":1024,
  "policy":"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\",\\\"Principal\\\":\\\"*\\\",\\\"Action\\\":\\\"execute-api:Invoke\\\",\\\"Resource\\\":\\\"arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5\/*\\\"}]}"},
  {"id":"plain","name":"plain","apiKeySource":"HEADER","binaryMediaTypes":[]}]}"#;

const AUTHORIZERS: &str = r#"{"item":[
  {"id":"au1","name":"lambda","type":"TOKEN","authType":"custom","authorizerResultTtlInSeconds":60,
   "authorizerUri":"arn:aws:apigateway:eu-west-1:lambda:path/hunter2/invocations",
   "identitySource":"method.request.header.X-Token","identityValidationExpression":"Bearer .*"},
  {"id":"au2","name":"pool","type":"COGNITO_USER_POOLS","authType":"cognito_user_pools",
   "providerARNs":["arn:1","arn:2"],"identitySource":"method.request.header.Authorization",
   "authorizerResultTtlInSeconds":300}]}"#;

const VALIDATORS: &str = r#"{"item":[{"id":"va1","name":"everything","validateRequestBody":true,
  "validateRequestParameters":true}]}"#;

const MODELS: &str = r##"{"item":[
  {"id":"m1","name":"Empty","contentType":"application/json",
   "schema":"{\"$schema\":\"http://json-schema.org/draft-04/schema#\",\"title\":\"Empty Schema\",\"type\":\"object\"}"},
  {"id":"m2","name":"Order","contentType":"application/json",
   "schema":"{\"type\":\"object\",\"required\":[\"of\",\"kind\"],\"properties\":{\"kind\":{\"type\":\"string\",\"enum\":[\"a\",\"b\"]},\"of\":{\"$ref\":\"https://apigateway.amazonaws.com/restapis/a1b2c3d4e5/models/Empty\"},\"price\":{\"type\":\"number\",\"minimum\":25}}}"}]}"##;

const RESPONSES: &str = r#"{"item":[
  {"responseType":"DEFAULT_4XX","defaultResponse":false,
   "responseParameters":{"gatewayresponse.header.X":"'hunter2'"},
   "responseTemplates":{"application/json":"{\"message\":$context.error.messageString}"}},
  {"responseType":"ACCESS_DENIED","statusCode":"403","defaultResponse":false,"responseParameters":{},
   "responseTemplates":{"application/json":null,"text/plain":"no"}},
  {"responseType":"THROTTLED","statusCode":"503","defaultResponse":false},
  {"responseType":"UNAUTHORIZED","statusCode":"401","defaultResponse":true}]}"#;

fn listed(call: Call, answer: &'static str) -> Vec<DraftSetting> {
    let (page, request) = ask(&call, Some("here"), Answer::json(answer));
    assert!(
        request.contains("/restapis/a1b2c3d4e5/") && request.contains("position=here"),
        "{request}"
    );
    let Facts::Settings(settings) = page.expect("a page").facts else {
        panic!("settings");
    };
    settings
}

/// All settings of the draft, and the names of what methods name by id.
fn draft_settings() -> (Vec<Setting>, BTreeMap<Text, Text>) {
    let Facts::RestApis(apis) = facts(&Call::GetRestApis, Answer::json(APIS)) else {
        panic!("APIs");
    };
    assert_eq!(apis[1].settings, Some(Vec::new()), "defaults say nothing");
    let mut settings = apis[0].settings.clone().expect("settings");
    let mut names = BTreeMap::new();
    let pages = [
        listed(Call::GetAuthorizers { api: api() }, AUTHORIZERS),
        listed(Call::GetRequestValidators { api: api() }, VALIDATORS),
        listed(Call::GetModels { api: api() }, MODELS),
        listed(Call::GetGatewayResponses { api: api() }, RESPONSES),
    ];
    for told in pages.into_iter().flatten() {
        if let (Some(id), Some(name)) = (told.id, &told.setting.name) {
            names.insert(id, name.clone());
        }
        settings.push(told.setting);
    }
    settings.sort_unstable();
    (settings, names)
}

fn export(document: &'static str) -> Export {
    let call = Call::GetExport {
        api: api(),
        stage: id("prod"),
    };
    let Facts::Export(export) = facts(&call, Answer::json(document)) else {
        panic!("an export");
    };
    export
}

fn by_name(settings: &MethodSettings, names: &BTreeMap<Text, Text>) -> MethodSettings {
    let name = |of: &Option<ByIdOrName>| {
        of.as_ref().map(|of| match of {
            ByIdOrName::Id(id) => ByIdOrName::Name(names[id].clone()),
            named => named.clone(),
        })
    };
    MethodSettings {
        authorizer: name(&settings.authorizer),
        validator: name(&settings.validator),
        sealed: settings.sealed.clone(),
    }
}

fn by_verb(
    methods: &[Method],
    names: &BTreeMap<Text, Text>,
) -> BTreeMap<Verb, Option<MethodSettings>> {
    methods
        .iter()
        .map(|method| {
            (
                method.verb,
                method.settings.as_deref().map(|s| by_name(s, names)),
            )
        })
        .collect()
}

#[test]
fn a_draft_and_both_forms_of_its_export_have_equal_settings() {
    let (draft, names) = draft_settings();
    let Facts::Methods(methods) =
        facts(&Call::GetResources { api: api() }, Answer::json(RESOURCES))
    else {
        panic!("methods");
    };
    let methods = by_verb(&methods, &names);
    for document in [OAS30, SWAGGER] {
        let export = export(document);
        assert_eq!(export.settings, draft);
        assert_eq!(by_verb(&export.methods, &names), methods);
        assert!(!format!("{export:?}").contains("hunter2"));
    }
    assert_eq!(methods[&Verb::Delete], None, "defaults say nothing");
    let put = methods[&Verb::Put].as_ref().expect("settings");
    assert_eq!(put.authorizer, None, "left behind in the draft");
    let get = methods[&Verb::Get].as_ref().expect("settings");
    let fields: Vec<_> = get.sealed.iter().map(|(field, _)| field).collect();
    assert_eq!(
        fields,
        [
            MethodField::ApiKeyRequired,
            MethodField::AuthorizationType,
            MethodField::MethodResponses,
            MethodField::OperationName,
            MethodField::RequestParameters,
        ]
    );
    let told: Vec<_> = draft
        .iter()
        .map(|setting| (setting.kind, setting.name.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            (SettingKind::ApiKeySource, None),
            (SettingKind::Authorizer, Some("lambda")),
            (SettingKind::Authorizer, Some("pool")),
            (SettingKind::BinaryMediaTypes, None),
            (SettingKind::GatewayResponse, Some("ACCESS_DENIED")),
            (SettingKind::GatewayResponse, Some("DEFAULT_4XX")),
            (SettingKind::GatewayResponse, Some("THROTTLED")),
            (SettingKind::MinimumCompressionSize, None),
            (SettingKind::Model, Some("Empty")),
            (SettingKind::Model, Some("Order")),
            (SettingKind::RequestValidator, Some("everything")),
            (SettingKind::ResourcePolicy, None),
        ]
    );
}

#[test]
fn a_changed_setting_differs_and_only_that_one() {
    let before = export(OAS30);
    for (from, to, kind) in [
        ("path/hunter2/", "path/hunter3/", SettingKind::Authorizer),
        (
            "\"validateRequestBody\":true",
            "\"validateRequestBody\":false",
            SettingKind::RequestValidator,
        ),
        ("\"minimum\":25.0", "\"minimum\":26.0", SettingKind::Model),
        (
            "\"statusCode\":503",
            "\"statusCode\":504",
            SettingKind::GatewayResponse,
        ),
        (
            "\"Effect\":\"Allow\"",
            "\"Effect\":\"Deny\"",
            SettingKind::ResourcePolicy,
        ),
        (
            "\"image/png\"",
            "\"image/gif\"",
            SettingKind::BinaryMediaTypes,
        ),
        ("1024", "2048", SettingKind::MinimumCompressionSize),
    ] {
        assert!(OAS30.contains(from), "{from}");
        let after = export(OAS30.replacen(from, to, 1).leak());
        let changed: Vec<_> = after
            .settings
            .iter()
            .filter(|setting| !before.settings.contains(setting))
            .map(|setting| setting.kind)
            .collect();
        assert_eq!(changed, [kind]);
        assert_eq!(after.methods, before.methods);
    }
}

#[test]
fn a_changed_method_differs_in_the_field_that_changed() {
    let before = export(OAS30);
    for (from, to, field) in [
        (r#",{"api_key":[]}"#, "", MethodField::ApiKeyRequired),
        (r#""orders/read","#, "", MethodField::AuthorizationScopes),
        (
            r#""put":{"security":[{"sigv4":[]}]}"#,
            r#""put":{}"#,
            MethodField::AuthorizationType,
        ),
        (r#""X-Total""#, r#""X-Count""#, MethodField::MethodResponses),
        ("getOrder", "readOrder", MethodField::OperationName),
        ("schemas/Order", "schemas/Empty", MethodField::RequestModels),
        (
            r#""q","in":"query","required":true"#,
            r#""q","in":"query""#,
            MethodField::RequestParameters,
        ),
    ] {
        assert!(OAS30.contains(from), "{from}");
        let after = export(OAS30.replacen(from, to, 1).leak());
        let none = MethodSettings::default();
        let changed: Vec<_> = before
            .methods
            .iter()
            .zip(&after.methods)
            .flat_map(|(before, after)| {
                let before = before.settings.as_deref().unwrap_or(&none);
                let after = after.settings.as_deref().unwrap_or(&none);
                before.sealed.differing(&after.sealed)
            })
            .collect();
        assert_eq!(changed, [field]);
    }
}

#[test]
fn a_scheme_that_makes_no_sense_is_an_error() {
    let document = r#"{"paths":{"/x":{"get":{"security":[{"mtls":[]}]}}}}"#;
    let call = Call::GetExport {
        api: api(),
        stage: id("prod"),
    };
    let (page, _) = ask(&call, None, Answer::json(document));
    let error = page.expect_err("no page");
    assert_eq!(error.class, GapClass::Unparseable);
    assert!(
        error
            .message
            .ends_with(r#"GET /x: security scheme "mtls" has an unknown form"#),
        "{}",
        error.message
    );
}

#[test]
fn an_export_that_openapi_3_cannot_hold_is_asked_for_as_swagger_on_a_page_of_its_own() {
    let call = Call::GetExport {
        api: api(),
        stage: id("prod"),
    };
    let refusal = Answer::new(
        400,
        "application/json",
        r#"{"__type":"BadRequestException","message":"Only found non-JSON body models"}"#,
    );
    let (page, request) = ask(&call, None, refusal);
    assert!(request.contains("/exports/oas30?"), "{request}");
    let page = page.expect("a page without facts");
    assert_eq!(page.facts, Facts::Export(Export::default()));
    let next = page.next.expect("another page");

    let (page, request) = ask(&call, Some(&next.0), Answer::json(SWAGGER));
    assert!(
        request.contains("/exports/swagger?extensions=apigateway"),
        "{request}"
    );
    let page = page.expect("a page");
    assert_eq!(page.next, None);
    assert!(matches!(page.facts, Facts::Export(export) if export.methods.len() == 4));

    let (page, _) = ask(&call, Some(&next.0), refusal);
    assert_eq!(page.expect_err("no page").class, GapClass::Refused);
}
