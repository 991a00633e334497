"""Checks of REST APIs beside their methods: settings, what deployments freeze, exports."""
from __future__ import annotations

import json

from checking import Aws, Doc, Emulator, export, refused, words


def features(emu: Emulator, account: str = "720000000001", **kw: object) -> tuple[Aws, Doc, str]:
    emu.lab("reset", {"account": account})
    made = emu.lab("seed", {"scenario": "features", "account": account, **kw})
    return Aws(emu.url, account), made, made["apis"]["features-api"]["id"]


def whole(aws: Aws, api: str, kind: str = "oas30") -> Doc:
    return export(aws, api, "prod", exportType=kind)


def test_features(emu: Emulator) -> None:
    aws, made, api = features(emu)
    gw = aws.apigateway
    doc = whole(aws, api)
    order = doc["paths"]["/orders"]["post"]
    assert order["security"] == [{"shop-token": []}, {"api_key": []}], order
    assert order["x-amazon-apigateway-request-validator"] == "check-all", order
    assert order["requestBody"]["content"] == {"application/json": {"schema": {
        "$ref": "#/components/schemas/Order"}}}, order
    sent = order["x-amazon-apigateway-integration"]
    assert set(sent["responses"]) == {"default", "4\\d{2}"} and sent["timeoutInMillis"] == 5000
    assert sent["contentHandling"] == "CONVERT_TO_TEXT" and sent["passthroughBehavior"] == "never"
    schemes = doc["components"]["securitySchemes"]
    assert set(schemes) == {"shop-token", "shop-request", "shop-pool", "sigv4", "api_key"}, schemes
    token = schemes["shop-token"]
    assert token["name"] == "X-Token" and token["x-amazon-apigateway-authtype"] == "custom"
    assert token["x-amazon-apigateway-authorizer"]["identityValidationExpression"] == \
        "^Bearer .+$", token
    assert schemes["shop-pool"]["x-amazon-apigateway-authtype"] == "cognito_user_pools"
    assert schemes["sigv4"]["x-amazon-apigateway-authtype"] == "awsSigv4"
    assert set(doc["components"]["schemas"]) == {"Order", "Item", "Error", "Empty"}, doc
    assert doc["components"]["schemas"]["Order"]["properties"]["items"]["items"] == {
        "$ref": "#/components/schemas/Item"}, doc["components"]["schemas"]
    one = doc["paths"]["/orders/{id}"]["get"]
    assert one["security"] == [{"shop-pool": ["shop/read", "shop/admin"]}], one
    assert one["x-amazon-apigateway-integration"]["cacheNamespace"] == "orders", one
    assert doc["paths"]["/stream"]["get"]["x-amazon-apigateway-integration"][
        "responseTransferMode"] == "STREAM"
    assert doc["x-amazon-apigateway-policy"]["Statement"][0]["Resource"] == (
        f"arn:aws:execute-api:us-east-1:{aws.account}:{api}/*"), doc["x-amazon-apigateway-policy"]
    assert doc["x-amazon-apigateway-binary-media-types"] == ["image/png", "application/pdf"]
    assert doc["x-amazon-apigateway-minimum-compression-size"] == 1024
    assert doc["x-amazon-apigateway-api-key-source"] == "AUTHORIZER"
    assert set(doc["x-amazon-apigateway-gateway-responses"]) == {"DEFAULT_4XX", "THROTTLED"}
    assert doc["x-amazon-apigateway-request-validators"]["check-parameters"] == {
        "validateRequestBody": False, "validateRequestParameters": True}
    swagger = whole(aws, api, "swagger")
    assert swagger["paths"]["/orders"]["post"]["consumes"] == ["application/json"], swagger
    assert {"in": "body", "name": "Order", "required": True, "schema": {
        "$ref": "#/definitions/Order"}} in swagger["paths"]["/orders"]["post"]["parameters"]
    bare = export(aws, api, "prod", parameters={})
    assert "x-amazon-apigateway-integration" not in json.dumps(bare), bare
    assert "x-amazon-apigateway-authorizer" not in json.dumps(bare), bare
    # the draft's own lists
    [shown] = gw.get_rest_apis()["items"]
    assert json.loads(json.loads(f'"{shown["policy"]}"')) == doc["x-amazon-apigateway-policy"]
    assert shown["binaryMediaTypes"] == ["image/png", "application/pdf"] and shown[
        "minimumCompressionSize"] == 1024 and shown["apiKeySource"] == "AUTHORIZER", shown
    for call, size in ((gw.get_authorizers, 3), (gw.get_request_validators, 2),
                       (gw.get_models, 5), (gw.get_gateway_responses, 21), (gw.get_deployments, 1)):
        rows, position = [], None
        while True:
            page = call(restApiId=api, limit=2, **({"position": position} if position else {}))
            rows, position = rows + page["items"], page.get("position")
            assert len(page["items"]) <= 2
            if not position:
                break
        assert len(rows) == size, (call, rows)
        if call == gw.get_gateway_responses:
            own = {r["responseType"]: r for r in rows}
    assert [k for k, r in own.items() if not r["defaultResponse"]] == ["DEFAULT_4XX", "THROTTLED"]
    assert own["ACCESS_DENIED"]["statusCode"] == "403" and "statusCode" not in own["DEFAULT_5XX"]
    assert own["ACCESS_DENIED"]["responseParameters"], own["ACCESS_DENIED"]
    [deployed] = gw.get_deployments(restApiId=api)["items"]
    assert deployed["description"] == "release 1" and deployed["createdDate"], deployed


def test_every_drift(emu: Emulator) -> None:
    """Each changes what a redeploy would ship, and nothing of what the stage runs."""
    account = "720000000002"
    _aws, made, _api = features(emu, account)
    for drift in made["drifts"]:
        aws, _made, api = features(emu, account, drift=drift)
        before = whole(aws, api)
        aws.apigateway.create_deployment(restApiId=api, stageName="prod")
        after = whole(aws, api)
        for doc in (before, after):
            doc["info"].pop("version")
        assert before != after, drift
    aws, _made, api = features(emu, account)
    before = whole(aws, api)
    aws.apigateway.create_deployment(restApiId=api, stageName="prod")
    after = whole(aws, api)
    for doc in (before, after):
        doc["info"].pop("version")
    assert before == after, "without drift a redeploy ships nothing"


def test_xml_bodies(emu: Emulator) -> None:
    aws, _made, api = features(emu, "720000000003", xml=True)
    ask = {"restApiId": api, "stageName": "prod", "exportType": "oas30"}
    assert refused(aws.apigateway.get_export, **ask) == "400 BadRequestException"
    assert words(aws.apigateway.get_export, **ask).startswith("Only found non-JSON body models")
    doc = whole(aws, api, "swagger")
    assert doc["paths"]["/letters"]["post"]["consumes"] == ["application/xml"], doc


def test_api_settings(emu: Emulator) -> None:
    aws, _made, api = features(emu, "720000000004")
    gw = aws.apigateway

    def patch(op: str, path: str, value: str | None = None) -> None:
        gw.update_rest_api(restApiId=api, patchOperations=[
            {"op": op, "path": path, **({"value": value} if value is not None else {})}])
    patch("add", "/binaryMediaTypes/text~1csv")
    patch("remove", "/binaryMediaTypes/image~1png")
    patch("replace", "/minimumCompressionSize", "5")
    patch("replace", "/disableExecuteApiEndpoint", "true")
    patch("replace", "/apiKeySource", "HEADER")
    patch("replace", "/policy", "")
    shown = gw.get_rest_api(restApiId=api)
    assert shown["binaryMediaTypes"] == ["application/pdf", "text/csv"], shown
    assert shown["minimumCompressionSize"] == 5 and shown["disableExecuteApiEndpoint"], shown
    assert shown["apiKeySource"] == "HEADER" and "policy" not in shown, shown
    gw.update_stage(restApiId=api, stageName="prod", patchOperations=[
        {"op": "replace", "path": "/clientCertificateId", "value": "cert01"},
        {"op": "replace", "path": "/cacheClusterEnabled", "value": "true"},
        {"op": "replace", "path": "/cacheClusterSize", "value": "0.5"},
        {"op": "replace", "path": "/*/*/caching/enabled", "value": "true"}])
    [stage] = gw.get_stages(restApiId=api)["item"]
    assert stage["clientCertificateId"] == "cert01" and stage["cacheClusterEnabled"], stage
    assert stage["cacheClusterSize"] == "0.5" and stage["methodSettings"]["*/*"][
        "cachingEnabled"], stage
    assert "clientCertificateId" not in gw.update_stage(
        restApiId=api, stageName="prod", patchOperations=[
            {"op": "remove", "path": "/clientCertificateId"}])
    new = gw.create_rest_api(name="new")
    assert [x["name"] for x in gw.get_models(restApiId=new["id"])["items"]] == ["Empty", "Error"]


def test_http_guards(emu: Emulator) -> None:
    aws = Aws(emu.url, "720000000005")
    v2, rest = aws.apigatewayv2, aws.apigateway.create_rest_api(name="rest")
    api = v2.create_api(Name="h", ProtocolType="HTTP")["ApiId"]
    jwt = v2.create_authorizer(ApiId=api, Name="jwt", AuthorizerType="JWT", IdentitySource=[
        "$request.header.Authorization"], JwtConfiguration={"Audience": ["a"], "Issuer":
                                                            "https://i"})["AuthorizerId"]
    fn = v2.create_authorizer(ApiId=api, Name="fn", AuthorizerType="REQUEST", AuthorizerUri="arn:x",
                              IdentitySource=["$request.header.X-Key"],
                              AuthorizerPayloadFormatVersion="2.0")["AuthorizerId"]
    made = v2.create_integration(ApiId=api, IntegrationType="HTTP_PROXY", IntegrationMethod="GET",
                                 IntegrationUri="https://example.com")["IntegrationId"]
    for key, auth, ident in (("GET /a", "JWT", jwt), ("GET /b", "CUSTOM", fn)):
        v2.create_route(ApiId=api, RouteKey=key, Target=f"integrations/{made}",
                        AuthorizationType=auth, AuthorizerId=ident,
                        AuthorizationScopes=["s"] if auth == "JWT" else [])
    v2.create_stage(ApiId=api, StageName="prod", DeploymentId=v2.create_deployment(
        ApiId=api)["DeploymentId"])
    pages = [v2.get_authorizers(ApiId=api, MaxResults="1")]
    pages.append(v2.get_authorizers(ApiId=api, MaxResults="1", NextToken=pages[0]["NextToken"]))
    assert [p["Items"][0]["Name"] for p in pages] == ["jwt", "fn"], pages
    routes = {r["RouteKey"]: r for r in v2.get_routes(ApiId=api)["Items"]}
    assert routes["GET /a"]["AuthorizerId"] == jwt and routes["GET /a"][
        "AuthorizationScopes"] == ["s"], routes
    doc = json.loads(v2.export_api(ApiId=api, Specification="OAS30", OutputType="JSON",
                                   StageName="prod")["body"].read())
    assert doc["paths"]["/a"]["get"]["security"] == [{"jwt": ["s"]}], doc
    assert doc["components"]["securitySchemes"]["jwt"]["x-amazon-apigateway-authorizer"][
        "jwtConfiguration"]["issuer"] == "https://i", doc
    v2.create_domain_name(DomainName="a.example.com", DomainNameConfigurations=[
        {"CertificateArn": "arn:c", "EndpointType": "REGIONAL"}])
    v2.create_domain_name(DomainName="b.example.com", DomainNameConfigurations=[
        {"CertificateArn": "arn:c", "EndpointType": "REGIONAL"}])
    first = v2.get_domain_names(MaxResults="1")
    rest_ = v2.get_domain_names(MaxResults="1", NextToken=first["NextToken"])
    assert {x["Items"][0]["DomainName"] for x in (first, rest_)} == {"a.example.com",
                                                                    "b.example.com"}
    v2.create_api_mapping(DomainName="a.example.com", ApiId=api, Stage="prod", ApiMappingKey="h")
    v2.create_api_mapping(DomainName="a.example.com", ApiId=rest["id"], Stage="prod",
                          ApiMappingKey="r")
    first = v2.get_api_mappings(DomainName="a.example.com", MaxResults="1")
    more = v2.get_api_mappings(DomainName="a.example.com", MaxResults="1",
                               NextToken=first["NextToken"])
    assert {x["Items"][0]["ApiId"] for x in (first, more)} == {api, rest["id"]}, (first, more)
