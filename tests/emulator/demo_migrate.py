#!/usr/bin/env python3
"""A migration by hand, judged by the data-plane oracle: same target group, host, scheme and path.

    demo_migrate.py --endpoint http://127.0.0.1:PORT [--account 111122223333]

Seeds the account, moves billing-api and part of orders-api to a v2 link, and shows the traps: a
stage runs its old snapshot until it is deployed, orders-alb refuses the new link's group, a v1
link cannot be deleted while a stage names it.
"""
from __future__ import annotations

import argparse
import json
import urllib.parse
import urllib.request
from typing import Any

import boto3


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--endpoint", required=True)
    p.add_argument("--account", default="111122223333")
    args = p.parse_args()

    def lab(path: str, body: Any = None) -> Any:
        data = json.dumps(body).encode() if body else None
        with urllib.request.urlopen(f"{args.endpoint}/_lab/{path}", data=data) as answer:
            return json.load(answer)

    ref = lab("seed", {"scenario": "reference", "account": args.account,
                       "only": ["orders", "billing"]})
    session = boto3.Session(f"AKIA{args.account}DEMO", "secret", region_name="us-east-1")
    gw, v2, ec2 = (session.client(x, endpoint_url=args.endpoint)
                   for x in ("apigateway", "apigatewayv2", "ec2"))
    groups, albs = ref["security_groups"], ref["load_balancers"]

    def route(app: str, stage: str, verb: str, path: str) -> dict[str, Any]:
        return lab("route?" + urllib.parse.urlencode({
            "account": args.account, "api": ref["apis"][app]["id"], "stage": stage, "verb": verb,
            "path": path}))

    def show(title: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        keys = ("status", "host", "scheme", "path", "target_group")
        diff = {k: (old.get(k), new.get(k)) for k in keys if old.get(k) != new.get(k)}
        print(f"\n{title}\n   before", " > ".join(old["hops"]), old["status"])
        print("   after ", " > ".join(new["hops"]), new["status"])
        print("   differs:", diff or "nothing")

    probes = [("billing-api", "prod", "GET", "/invoices/7"), ("orders-api", "dev", "GET", "/orders"),
              ("orders-api", "dev", "PUT", "/orders/42"),
              ("orders-api", "dev", "GET", "/orders/1/items/2"),
              ("orders-api", "dev", "GET", "/anything/else")]
    before = {x: route(*x) for x in probes}
    link = v2.create_vpc_link(Name="migrated", SubnetIds=ref["subnets"],
                              SecurityGroupIds=[groups["app-sg"]])["VpcLinkId"]
    for app, path, verb in (("billing", "/{proxy+}", "ANY"), ("orders", "/orders", "GET"),
                            ("orders", "/orders/{orderId}", "ANY"),
                            ("orders", "/orders/{orderId}/items/{itemId}", "GET")):
        api = ref["apis"][f"{app}-api"]
        gw.update_integration(
            restApiId=api["id"], resourceId=api["resources"][path], httpMethod=verb,
            patchOperations=[{"op": "replace", "path": "/connectionId", "value": link},
                             {"op": "replace", "path": "/integrationTarget",
                              "value": albs[f"{app}-alb"]["arn"]}])
    show("not deployed yet", before[probes[0]], route(*probes[0]))
    gw.create_deployment(restApiId=ref["apis"]["billing-api"]["id"], stageName="prod")
    gw.create_deployment(restApiId=ref["apis"]["orders-api"]["id"], stageName="dev")
    for x in probes:
        show(f"deployed: {x[2]} {x[3]}", before[x], route(*x))
    ec2.authorize_security_group_ingress(GroupId=groups["alb-sg"], IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": port, "ToPort": port,
         "UserIdGroupPairs": [{"GroupId": groups["app-sg"]}]} for port in (80, 443)])
    for x in probes[1:4]:
        show(f"orders-alb admits the link: {x[2]} {x[3]}", before[x], route(*x))
    for name in ("billing-link", "orders-link"):
        try:
            gw.delete_vpc_link(vpcLinkId=ref["links"][name])
            print(f"\nDeleteVpcLink {name}: accepted")
        except gw.exceptions.BadRequestException as exc:
            print(f"\nDeleteVpcLink {name}: {exc}")


if __name__ == "__main__":
    main()
