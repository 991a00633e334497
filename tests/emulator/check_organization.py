"""Checks of an AWS Organization: its API, roles in its accounts, keys that end, many accounts."""
from __future__ import annotations

import os
import tempfile
import time
from typing import Any, Callable

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from checking import Aws, Doc, Emulator, cbor, refused, words

HEAD, ROLE = "780000000000", "audit"


def account(n: int) -> str:
    return f"{int(HEAD) + n:012d}"


TRUSTED = {"name": ROLE, "trusts": [HEAD]}


def make(emu: Emulator, **kw: Any) -> Doc:
    """Three levels of units; 45 accounts in one of them, so that pages end inside."""
    emu.lab("reset", {"account": HEAD})
    return emu.lab("organization", {
        "management": {"id": HEAD, "email": "head@example.com"}, "roles": [TRUSTED], "tree": {
            "tags": {"top": "yes"}, "accounts": [{"id": account(1), "name": "tools"}],
            "ous": [{"name": "Prod", "tags": {"env": "prod", "empty": ""}, "ous": [
                {"name": "Web", "accounts": [{"id": account(n)} for n in range(10, 55)]},
                {"name": "Data", "accounts": [
                    {"id": account(2), "status": "SUSPENDED", "tags": {"team": "data"}},
                    {"id": account(3), "status": "PENDING_CLOSURE"}]}]},
                {"name": "Idle"}]}, **kw})


def drain(call: Callable[..., Doc], key: str, **kw: Any) -> tuple[list[Any], list[int]]:
    """Everything, and how many rows each page had."""
    rows: list[Any] = []
    sizes: list[int] = []
    while True:
        answer = call(**kw)
        rows += answer[key]
        sizes.append(len(answer[key]))
        if "NextToken" not in answer:
            return rows, sizes
        kw["NextToken"] = answer["NextToken"]


def session(emu: Emulator, keys: Doc, region: str = "us-east-1", token: str | None = None) -> Any:
    """SDK clients with the keys of a role."""
    made = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"],
                         keys["SessionToken"] if token is None else token or None,
                         region_name=region)
    return lambda service: made.client(service, endpoint_url=emu.url, config=Config(
        retries={"total_max_attempts": 1}))


def assume(aws: Any, target: str, role: str = ROLE, name: str = "a-session", **kw: Any) -> Doc:
    partition = kw.pop("partition", "aws")
    client = aws.sts if isinstance(aws, Aws) else aws("sts")
    return client.assume_role(RoleArn=f"arn:{partition}:iam::{target}:role/{role}",
                              RoleSessionName=name, **kw)


def no(call: Callable[..., Any], *args: Any, **kw: Any) -> tuple[int, str, str]:
    try:
        call(*args, **kw)
    except ClientError as exc:
        return (exc.response["ResponseMetadata"]["HTTPStatusCode"], exc.response["Error"]["Code"],
                exc.response["Error"].get("Message", ""))
    raise AssertionError("not refused")


def not_authorized(who: str, target: str, role: str = ROLE) -> tuple[int, str, str]:
    return 403, "AccessDenied", (f"User: {who} is not authorized to perform: sts:AssumeRole on "
                                 f"resource: arn:aws:iam::{target}:role/{role}")


# --------------------------------------------------------------------- Organizations

def test_organization_as_a_tree(emu: Emulator) -> None:
    made = make(emu)
    org = Aws(emu.url, HEAD).organizations
    told = org.describe_organization()["Organization"]
    assert told["MasterAccountId"] == HEAD and told["MasterAccountEmail"] == "head@example.com"
    assert told["Arn"] == f"arn:aws:organizations::{HEAD}:organization/{told['Id']}", told
    [root] = org.list_roots()["Roots"]
    assert root["Id"] == made["root"] and root["Name"] == "Root", root

    def walk(parent: str, path: list[str]) -> dict[str, str]:
        found = {a["Id"]: "/".join(path) for a in
                 drain(org.list_accounts_for_parent, "Accounts", ParentId=parent)[0]}
        for unit in drain(org.list_organizational_units_for_parent, "OrganizationalUnits",
                          ParentId=parent)[0]:
            assert org.describe_organizational_unit(OrganizationalUnitId=unit["Id"])[
                "OrganizationalUnit"] == unit
            found |= walk(unit["Id"], [*path, unit["Name"]])
        return found
    where = walk(root["Id"], [])
    assert where == {HEAD: "", account(1): "", account(2): "Prod/Data", account(3): "Prod/Data",
                     **{account(n): "Prod/Web" for n in range(10, 55)}}, where
    rows, sizes = drain(org.list_accounts, "Accounts")
    accounts = {a["Id"]: a for a in rows}
    assert set(accounts) == set(where) and sizes == [20, 20, 9], sizes
    assert {key: (a["Status"], a["State"]) for key, a in accounts.items()
            if a["Status"] != "ACTIVE"} == {account(2): ("SUSPENDED", "CLOSED"),
                                            account(3): ("PENDING_CLOSURE", "PENDING_CLOSURE")}
    one = accounts[account(2)]
    ous = made["ous"]
    assert one["Paths"] == [f"{made['id']}/{root['Id']}/{ous['Prod']}/{ous['Prod/Data']}/"
                            f"{account(2)}/"], one
    assert one["Arn"] == f"arn:aws:organizations::{HEAD}:account/{made['id']}/{account(2)}"
    assert org.describe_account(AccountId=account(2))["Account"] == one
    for child, parent, kind in ((account(1), root["Id"], "ROOT"), (ous["Prod"], root["Id"], "ROOT"),
                                (account(2), ous["Prod/Data"], "ORGANIZATIONAL_UNIT")):
        assert org.list_parents(ChildId=child)["Parents"] == [{"Id": parent, "Type": kind}], child
    for key, tags in ((account(2), {"team": "data"}), (root["Id"], {"top": "yes"}),
                      (ous["Prod"], {"env": "prod", "empty": ""}), (account(1), {})):
        shown = org.list_tags_for_resource(ResourceId=key)["Tags"]
        assert {t["Key"]: t["Value"] for t in shown} == tags, key


def test_organization_pages(emu: Emulator) -> None:
    made = make(emu)
    org, web = Aws(emu.url, HEAD).organizations, made["ous"]["Prod/Web"]
    assert drain(org.list_accounts_for_parent, "Accounts", ParentId=web)[1] == [20, 20, 5]
    assert drain(org.list_accounts_for_parent, "Accounts", ParentId=web, MaxResults=15)[1] == [
        15, 15, 15]
    bad = "400 InvalidInputException"
    assert refused(org.list_accounts, MaxResults=21) == bad
    assert refused(org.list_accounts, MaxResults=0) == bad
    assert refused(org.list_accounts, NextToken="nonsense") == bad
    token = org.list_accounts_for_parent(ParentId=web)["NextToken"]
    assert refused(org.list_accounts, NextToken=token) == bad
    make(emu, short_pages=True)
    rows, sizes = drain(org.list_accounts, "Accounts")
    assert len(rows) == len({a["Id"] for a in rows}) == 49
    assert 0 in sizes[:-1] and max(sizes) == 10, sizes
    assert drain(org.list_roots, "Roots")[1] == [1, 0]
    assert drain(org.list_organizational_units_for_parent, "OrganizationalUnits",
                 ParentId=made["ous"]["Idle"])[0] == []


def test_organization_is_not_for_everybody(emu: Emulator) -> None:
    made = make(emu, delegated=[account(10)])
    head, member = Aws(emu.url, HEAD).organizations, Aws(emu.url, account(11)).organizations
    stranger = Aws(emu.url, "790000000001").organizations
    for call in (member.list_accounts, member.list_roots):
        assert no(call) == (400, "AccessDeniedException",
                            "You don't have permissions to access this resource.")
    assert refused(member.list_tags_for_resource, ResourceId=HEAD) == "400 AccessDeniedException"
    assert member.describe_organization()["Organization"]["MasterAccountId"] == HEAD
    assert no(stranger.describe_organization) == (
        400, "AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
    delegate = Aws(emu.url, account(10)).organizations
    assert len(drain(delegate.list_accounts, "Accounts")[0]) == 49
    assert [a["Id"] for a in head.list_delegated_administrators()["DelegatedAdministrators"]] == [
        account(10)]
    for call, kw, code in (
            (head.list_accounts_for_parent, {"ParentId": "r-zzzz"}, "ParentNotFoundException"),
            (head.list_accounts_for_parent, {"ParentId": "Prod"}, "InvalidInputException"),
            (head.list_parents, {"ChildId": "790000000001"}, "ChildNotFoundException"),
            (head.describe_organizational_unit, {"OrganizationalUnitId": "ou-zzzz-00000000"},
             "OrganizationalUnitNotFoundException"),
            (head.describe_account, {"AccountId": "790000000001"}, "AccountNotFoundException"),
            (head.list_tags_for_resource, {"ResourceId": "790000000001"},
             "TargetNotFoundException")):
        assert refused(call, **kw) == f"400 {code}", code
    assert refused(head.create_organizational_unit, ParentId=made["root"], Name="x") == (
        "501 EmulatorNotImplemented")
    emu.lab("denied", {"account": HEAD, "actions": ["organizations:ListAccounts"]})
    assert "not authorized to perform: organizations:ListAccounts" in words(head.list_accounts)
    emu.lab("denied", {"account": HEAD, "actions": []})
    emu.lab("throttle", {"account": HEAD, "mode": "aws"})
    answers = [refused(head.list_accounts) for _ in range(15)]
    emu.lab("throttle", {"account": HEAD, "mode": "off"})
    assert answers[:10] == ["ok"] * 10 and answers[-1] == "400 TooManyRequestsException", answers
    for shows, keys in (("State", {"State"}), ("Status", {"Status"})):
        make(emu, shows=shows)
        assert {"State", "Status"} & set(head.list_accounts()["Accounts"][0]) == keys
    emu.lab("reset", {"account": HEAD})
    assert refused(head.list_accounts) == "400 AWSOrganizationsNotInUseException"


# --------------------------------------------------------------------- roles

def test_assume_role_in_an_organization(emu: Emulator) -> None:
    make(emu)
    head, target, since = Aws(emu.url, HEAD), account(10), len(emu.lab("journal"))
    got = assume(head, target, name="scan.1@me", DurationSeconds=900)
    keys = got["Credentials"]
    arn = f"arn:aws:sts::{target}:assumed-role/{ROLE}/scan.1@me"
    assert got["AssumedRoleUser"]["Arn"] == arn and keys["AccessKeyId"].startswith("ASIA"), got
    assert 890 < keys["Expiration"].timestamp() - time.time() < 901, keys["Expiration"]
    aws = session(emu, keys)
    caller = aws("sts").get_caller_identity()
    assert (caller["Account"], caller["Arn"]) == (target, arn), caller
    assert caller["UserId"] == got["AssumedRoleUser"]["AssumedRoleId"], caller
    aws("apigateway").create_rest_api(name="of-the-member")
    assert [a["name"] for a in Aws(emu.url, target).apigateway.get_rest_apis()["items"]] == [
        "of-the-member"]
    assert aws("iam").get_role(RoleName=ROLE)["Role"]["MaxSessionDuration"] == 3600
    assert [(e["account"], e["action"]) for e in emu.lab(f"journal?since={since}")][:4] == [
        (HEAD, "AssumeRole"), (target, "GetCallerIdentity"), (target, "CreateRestApi"),
        (target, "GetRestApis")]
    emu.lab("denied", {"account": target, "actions": ["apigateway:GET"]})
    assert f"User: {arn} is not authorized" in words(aws("apigateway").get_rest_apis)
    emu.lab("denied", {"account": target, "actions": []})


def test_roles_that_refuse(emu: Emulator) -> None:
    make(emu)
    head, user = Aws(emu.url, HEAD), f"arn:aws:iam::{HEAD}:user/tester"
    one = account(10)

    def roles(*rows: Doc) -> None:
        emu.lab("organization/account", {"id": one, "roles": list(rows)})
    nobody = not_authorized(user, one)
    assert no(assume, head, one, role="other") == not_authorized(user, one, "other")
    for trusts, let_in in (([HEAD], True), (["999999999999"], False), ([], False), (["*"], True),
                           ([f"arn:aws:iam::{HEAD}:root"], True), ([user], True),
                           ([f"arn:aws:iam::{HEAD}:user/somebody"], False),
                           (["999999999999", user], True)):
        roles({**TRUSTED, "trusts": trusts})
        if let_in:
            assume(head, one)
        else:
            assert no(assume, head, one) == nobody, trusts
    roles({**TRUSTED, "external_id": "secret:1"})
    assert no(assume, head, one) == nobody
    assert no(assume, head, one, ExternalId="secret:2") == nobody
    assume(head, one, ExternalId="secret:1")
    roles({**TRUSTED, "path": "/audit/"})
    assert no(assume, head, one) == nobody
    assert assume(head, one, role=f"audit/{ROLE}")["AssumedRoleUser"]["Arn"] == (
        f"arn:aws:sts::{one}:assumed-role/{ROLE}/a-session")
    roles({**TRUSTED, "max_session": 7200})
    assume(head, one, DurationSeconds=7200)
    assert no(assume, head, one, DurationSeconds=7201) == (
        400, "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    start = "1 validation error detected: Value "
    for kw, text in (
            ({"DurationSeconds": 899}, "'899' at 'durationSeconds' failed to satisfy constraint: "
             "Member must have value greater than or equal to 900"),
            ({"DurationSeconds": 43201}, "'43201' at 'durationSeconds' failed to satisfy "
             "constraint: Member must have value less than or equal to 43200"),
            ({"name": "a b"}, "'a b' at 'roleSessionName' failed to satisfy constraint: Member must "
             r"satisfy regular expression pattern: [\w+=,.@-]*"),
            ({"name": "x" * 65}, f"'{'x' * 65}' at 'roleSessionName' failed to satisfy constraint: "
             "Member must have length less than or equal to 64")):
        assert no(assume, head, one, **kw) == (400, "ValidationError", start + text), kw
    # accounts of no organization keep giving every role to everybody
    assume(head, "790000000001", role="whatever")
    emu.lab("denied", {"account": HEAD, "actions": [
        {"action": "sts:AssumeRole", "resource": f"arn:aws:iam::{one}:role/*"}]})
    assert no(assume, head, one) == nobody
    assume(head, account(11))
    emu.lab("denied", {"account": HEAD, "actions": []})


def test_role_chains(emu: Emulator) -> None:
    """A role that may assume the next one, by hand and by profiles of a configuration file."""
    make(emu)
    head, hub, end = Aws(emu.url, HEAD), account(1), account(10)
    emu.lab("organization/account", {"id": end, "roles": [
        {**TRUSTED, "trusts": [f"arn:aws:iam::{hub}:role/{ROLE}"], "max_session": 43200}]})
    assert no(assume, head, end)[1] == "AccessDenied"
    middle = session(emu, assume(head, hub)["Credentials"])
    last = session(emu, assume(middle, end)["Credentials"])
    assert last("sts").get_caller_identity()["Account"] == end
    assert no(assume, middle, end, DurationSeconds=3601) == (
        400, "ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for "
        "roles assumed by role chaining.")
    assert no(assume, middle, account(2))[2] == (
        f"User: arn:aws:sts::{hub}:assumed-role/{ROLE}/a-session is not authorized to perform: "
        f"sts:AssumeRole on resource: arn:aws:iam::{account(2)}:role/{ROLE}")
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/config", "w") as f:
            f.write(f"[profile base]\naws_access_key_id = AKIA{HEAD}TEST\n"
                    "aws_secret_access_key = x\n"
                    f"[profile hub]\nrole_arn = arn:aws:iam::{hub}:role/{ROLE}\n"
                    "source_profile = base\n"
                    f"[profile end]\nrole_arn = arn:aws:iam::{end}:role/{ROLE}\n"
                    "source_profile = hub\nrole_session_name = by-profile\n")
        before = dict(os.environ)
        os.environ |= {"AWS_CONFIG_FILE": f"{folder}/config", "AWS_ENDPOINT_URL": emu.url}
        try:
            made = boto3.Session(profile_name="end", region_name="us-east-1")
            assert made.client("sts").get_caller_identity()["Arn"] == (
                f"arn:aws:sts::{end}:assumed-role/{ROLE}/by-profile")
        finally:
            os.environ.clear()
            os.environ |= before


def test_partitions(emu: Emulator) -> None:
    for n, (partition, region) in enumerate((("aws-cn", "cn-north-1"),
                                             ("aws-us-gov", "us-gov-west-1"))):
        top, one = f"79100000000{n}", f"79100000001{n}"
        made = emu.lab("organization", {"management": top, "partition": partition, "roles": [
            {"name": ROLE, "trusts": [f"arn:{partition}:iam::{top}:root"]}],
            "tree": {"accounts": [{"id": one}]}})
        head = Aws(emu.url, top, region)
        assert head.organizations.describe_organization()["Organization"]["Arn"] == (
            f"arn:{partition}:organizations::{top}:organization/{made['id']}")
        keys = assume(head, one, partition=partition)["Credentials"]
        arn = f"arn:{partition}:sts::{one}:assumed-role/{ROLE}/a-session"
        assert session(emu, keys, region)("sts").get_caller_identity()["Arn"] == arn
        assert no(assume, head, one) == (400, "ValidationError", "Request ARN is invalid")
        abroad = session(emu, keys, "us-east-1")        # keys are good in their partition only
        assert refused(abroad("sts").get_caller_identity) == "403 InvalidClientTokenId"
        light = emu.lab("seed", {"scenario": "light", "account": one, "region": region})
        shown = session(emu, keys, region)("elbv2").describe_load_balancers()["LoadBalancers"]
        assert shown and all(x["LoadBalancerArn"].startswith(f"arn:{partition}:") for x in shown)
        home = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
        assert all(x["DNSName"].endswith(f".{home}") for x in shown), shown
        assert light["accounts"][0]["bridges"] == 4


# --------------------------------------------------------------------- keys that end

# one of each wire format
CALLS: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("apigateway", lambda aws: aws("apigateway").get_rest_apis()),
    ("elbv2", lambda aws: aws("elbv2").describe_load_balancers()),
    ("ec2", lambda aws: aws("ec2").describe_vpcs()),
    ("route53", lambda aws: aws("route53").list_hosted_zones()),
    ("acm", lambda aws: aws("acm").list_certificates()),
    ("s3", lambda aws: aws("s3").list_buckets()),
    ("sts", lambda aws: aws("sts").get_caller_identity()))


def answers(aws: Any) -> dict[str, str]:
    return {name: refused(lambda call=call: call(aws)) for name, call in CALLS}


def test_keys_that_end(emu: Emulator) -> None:
    make(emu)
    head, one = Aws(emu.url, HEAD), account(10)
    old, other = assume(head, one)["Credentials"], assume(head, account(11))["Credentials"]
    invalid = {"apigateway": "403 UnrecognizedClientException", "elbv2": "403 InvalidClientTokenId",
               "ec2": "401 AuthFailure", "route53": "403 InvalidClientTokenId",
               "acm": "400 UnrecognizedClientException", "s3": "403 InvalidAccessKeyId",
               "sts": "403 InvalidClientTokenId"}
    assert set(answers(session(emu, old)).values()) == {"ok"}
    assert answers(session(emu, old, token="")) == invalid
    assert answers(session(emu, old, token=other["SessionToken"])) == {
        **invalid, "s3": "400 InvalidToken"}
    assert emu.lab("expire", {"account": one}) != {"expired": 0}
    assert answers(session(emu, old)) == {
        "apigateway": "403 ExpiredTokenException", "elbv2": "403 ExpiredToken",
        "ec2": "400 RequestExpired", "route53": "403 ExpiredToken",
        "acm": "400 ExpiredTokenException", "s3": "400 ExpiredToken", "sts": "403 ExpiredToken"}
    assert set(answers(session(emu, assume(head, one)["Credentials"])).values()) == {"ok"}
    assert refused(session(emu, other)("sts").get_caller_identity) == "ok"
    assert emu.lab("expire", {})["expired"] >= 2
    assert refused(session(emu, other)("sts").get_caller_identity) == "403 ExpiredToken"
    # sessions that end by themselves, and say when
    emu.lab("organization/account", {"id": one, "session_seconds": 0.3})
    brief = assume(head, one, DurationSeconds=3600)["Credentials"]
    assert brief["Expiration"].timestamp() <= time.time() + 0.3
    assert refused(session(emu, brief)("sts").get_caller_identity) == "ok"
    time.sleep(0.35)
    assert refused(session(emu, brief)("sts").get_caller_identity) == "403 ExpiredToken"


def test_an_account_closes(emu: Emulator) -> None:
    """While keys of it are in use."""
    make(emu)
    head, one = Aws(emu.url, HEAD), account(10)
    aws, own = session(emu, assume(head, one)["Credentials"]), Aws(emu.url, one)
    denied = {"apigateway": "403 AccessDeniedException", "elbv2": "403 AccessDenied",
              "ec2": "403 UnauthorizedOperation", "route53": "403 AccessDenied",
              "acm": "400 AccessDeniedException", "s3": "403 AccessDenied",
              "sts": "403 AccessDenied"}
    unsubscribed = {"apigateway": "403 SubscriptionRequiredException", "elbv2": "403 OptInRequired",
                    "ec2": "401 OptInRequired", "route53": "403 OptInRequired",
                    "acm": "400 SubscriptionRequiredException", "s3": "403 NotSignedUp",
                    "sts": "403 OptInRequired"}
    emu.lab("organization/account", {"id": one, "status": "PENDING_CLOSURE"})
    assert set(answers(aws).values()) == {"ok"}
    changed = emu.lab("organization/account", {"id": one, "status": "SUSPENDED"})
    assert changed["status"] == "SUSPENDED", changed
    assert answers(aws) == denied
    assert refused(own.elbv2.describe_load_balancers) == "403 AccessDenied"
    assert cbor(own, "ListMetrics", {})[0] == 400
    assert no(assume, head, one) == not_authorized(f"arn:aws:iam::{HEAD}:user/tester", one)
    emu.lab("organization/account", {"id": one, "closed_as": "subscription"})
    assert answers(aws) == unsubscribed
    emu.lab("organization/account", {"id": one, "closed_as": "token"})
    assert answers(aws)["sts"] == "403 InvalidClientTokenId"
    emu.lab("organization/account", {"id": one, "status": "ACTIVE"})
    assert set(answers(aws).values()) == {"ok"}


def test_signatures_of_sessions(_emu: Emulator) -> None:
    """A program has to sign with the secret that came with the key."""
    emu = Emulator("--verify-sigv4")
    try:
        make(emu)
        keys = assume(Aws(emu.url, HEAD), account(10))["Credentials"]
        good = session(emu, keys)
        wrong = session(emu, {**keys, "SecretAccessKey": "x"})
        for aws, elb, s3 in ((good, "ok", "ok"), (wrong, "403 SignatureDoesNotMatch",
                                                  "403 SignatureDoesNotMatch")):
            assert refused(aws("elbv2").describe_load_balancers) == elb
            assert refused(aws("s3").list_buckets) == s3
        good("s3").create_bucket(Bucket="signed")
        key = "a=1/b+c d/ü&e"                   # every character that signing may stumble over
        good("s3").put_object(Bucket="signed", Key=key, Body=b"x")
        assert [x["Key"] for x in good("s3").list_objects_v2(Bucket="signed")["Contents"]] == [key]
    finally:
        emu.stop()


# --------------------------------------------------------------------- many accounts

def test_many_accounts(emu: Emulator) -> None:
    wanted = [f"7920000000{n:02d}" for n in range(50)]
    begun = time.monotonic()
    made = emu.lab("seed", {"scenario": "light", "accounts": wanted})
    assert time.monotonic() - begun < 6, made["seconds"]
    assert [row["account"] for row in made["accounts"]] == wanted
    assert {row["bridges"] for row in made["accounts"]} == {0, 1, 2, 3, 4}
    dns = [nlb["dns"] for row in made["accounts"] for nlb in row["load_balancers"].values()]
    assert len(set(dns)) == len(dns)
    by_kind = {row["kind"]: row for row in made["crossing"]}
    assert set(by_kind) == {"alias", "distribution", "accelerator"}
    assert all(row["user"] != row["owner"] for row in made["crossing"])
    row = by_kind["alias"]
    zones = Aws(emu.url, row["user"]).route53
    [zone] = zones.list_hosted_zones()["HostedZones"]
    records = zones.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    assert f"{row['dns']}." in [r["AliasTarget"]["DNSName"] for r in records if "AliasTarget" in r]
    row = by_kind["distribution"]
    shown = Aws(emu.url, row["user"]).cloudfront.list_distributions()["DistributionList"]["Items"]
    assert shown[0]["Origins"]["Items"][0]["DomainName"] == row["dns"]
    row = by_kind["accelerator"]
    ga = Aws(emu.url, row["user"], "us-west-2").globalaccelerator
    [one] = ga.list_accelerators()["Accelerators"]
    [listener] = ga.list_listeners(AcceleratorArn=one["AcceleratorArn"])["Listeners"]
    [group] = ga.list_endpoint_groups(ListenerArn=listener["ListenerArn"])["EndpointGroups"]
    assert group["EndpointDescriptions"][0]["EndpointId"] == row["load_balancer"]
    owner = Aws(emu.url, row["owner"])
    assert row["load_balancer"] in [
        x["LoadBalancerArn"] for x in owner.elbv2.describe_load_balancers()["LoadBalancers"]]
    first = made["accounts"][0]
    answer = emu.lab(f"route?account={wanted[0]}&api={first['apis']['payments-api']}&stage=prod"
                     "&path=/x")
    assert answer["end"]["kind"] == "forward" and len(answer["hops"]) > 2, answer
    pair = emu.lab("seed", {"scenario": "reference", "only": ["billing"],
                            "accounts": ["793000000001", "793000000002"]})
    assert [row["account"] for row in pair["accounts"]] == ["793000000001", "793000000002"]
    both = emu.lab("seed", {"scenario": "light", "account": "793000000003",
                            "regions": ["us-east-1", "eu-west-1"]})
    assert [(row["region"], row["bridges"]) for row in both["accounts"]] == [
        ("us-east-1", 4), ("eu-west-1", 2)]


def test_scenario_organization(emu: Emulator) -> None:
    top = "794000000000"
    made = emu.lab("seed", {"scenario": "organization", "account": top})
    assert len(made["members"]) == 6 and len(made["readable"]) == 3
    org, head = Aws(emu.url, top).organizations, Aws(emu.url, top)
    rows, sizes = drain(org.list_accounts, "Accounts")
    assert {a["Id"] for a in rows} == {top, *made["members"]} and 0 in sizes
    assert [a["Id"] for a in rows if a["Status"] == "SUSPENDED"] == [made["closed"]]
    for key in made["readable"]:
        assume(head, key, role=made["role"])
    for key in (made["closed"], made["lacking"], made["refusing"]):
        assert no(assume, head, key, role=made["role"])[:2] == (403, "AccessDenied"), key
    assert made["hidden"][0]["user"] == made["lacking"]
    assert made["hidden"][0]["owner"] in made["readable"]
    seen = [row for row in made["crossing"] if row["user"] in made["readable"]]
    assert {row["kind"] for row in seen} == {"alias", "distribution", "accelerator"}
    assert made["hidden"][0]["dns"] not in [row["dns"] for row in seen]
    more = emu.lab("seed", {"scenario": "organization", "account": "795000000000", "members": 300,
                            "filled": False, "external_id": "xyz"})
    assert more["seconds"] < 2 and len(more["readable"]) == 297 and not more["accounts"]
    assume(Aws(emu.url, "795000000000"), more["readable"][0], role=more["role"], ExternalId="xyz")
