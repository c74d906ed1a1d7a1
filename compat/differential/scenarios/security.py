"""Access rules, SASL and delegation tokens, where there is no authorizer and every listener is PLAINTEXT."""

from dataclasses import replace

from compat.differential.conversation import Conversation, scenario, versions
from kafkapy.protocol.messages.create_acls import AclCreation, CreateAclsRequest
from kafkapy.protocol.messages.create_delegation_token import (
    CreatableRenewers,
    CreateDelegationTokenRequest,
)
from kafkapy.protocol.messages.delete_acls import DeleteAclsFilter, DeleteAclsRequest
from kafkapy.protocol.messages.describe_acls import DescribeAclsRequest
from kafkapy.protocol.messages.describe_delegation_token import (
    DescribeDelegationTokenOwner,
    DescribeDelegationTokenRequest,
)
from kafkapy.protocol.messages.expire_delegation_token import ExpireDelegationTokenRequest
from kafkapy.protocol.messages.renew_delegation_token import RenewDelegationTokenRequest
from kafkapy.protocol.messages.sasl_authenticate import SaslAuthenticateRequest
from kafkapy.protocol.messages.sasl_handshake import SaslHandshakeRequest

ANY, TOPIC, READ, ALLOW, LITERAL = 1, 2, 3, 3, 3
NUMBERS = (0, 2, 14, 99, -1)

EVERYTHING = DescribeAclsRequest(
    resource_type_filter=ANY,
    resource_name_filter=None,
    pattern_type_filter=ANY,
    principal_filter=None,
    host_filter=None,
    operation=ANY,
    permission_type=ANY,
)
RULE = AclCreation(
    resource_type=TOPIC,
    resource_name="t",
    resource_pattern_type=LITERAL,
    principal="User:alice",
    host="*",
    operation=READ,
    permission_type=ALLOW,
)
FILTER = DeleteAclsFilter(
    resource_type_filter=ANY,
    resource_name_filter=None,
    pattern_type_filter=ANY,
    principal_filter=None,
    host_filter=None,
    operation=ANY,
    permission_type=ANY,
)


@scenario
def descriptions_of_rules(talk: Conversation) -> None:
    for version in versions(DescribeAclsRequest):
        talk.ask(EVERYTHING, version)
        talk.ask(replace(EVERYTHING, resource_name_filter="", principal_filter="nobody"), version, "names")
        for field in ("resource_type_filter", "pattern_type_filter", "operation", "permission_type"):
            for number in NUMBERS:
                talk.ask(replace(EVERYTHING, **{field: number}), version, f"{field} {number}")


@scenario
def new_rules(talk: Conversation) -> None:
    for version in versions(CreateAclsRequest):
        talk.ask(CreateAclsRequest(creations=[]), version, "none")
        talk.ask(CreateAclsRequest(creations=[RULE]), version)
        talk.ask(CreateAclsRequest(creations=[RULE, replace(RULE, resource_name="")]), version, "two")
        for field in ("resource_type", "resource_pattern_type", "operation", "permission_type"):
            for number in NUMBERS:
                rules = [RULE, replace(RULE, **{field: number})]
                talk.ask(CreateAclsRequest(creations=rules), version, f"{field} {number}")


@scenario
def removals_of_rules(talk: Conversation) -> None:
    for version in versions(DeleteAclsRequest):
        talk.ask(DeleteAclsRequest(filters=[]), version, "none")
        talk.ask(DeleteAclsRequest(filters=[FILTER]), version)
        talk.ask(DeleteAclsRequest(filters=[FILTER, FILTER]), version, "twice")
        for field in ("resource_type_filter", "pattern_type_filter", "operation", "permission_type"):
            for number in NUMBERS:
                filters = [FILTER, replace(FILTER, **{field: number})]
                talk.ask(DeleteAclsRequest(filters=filters), version, f"{field} {number}")


@scenario
def sasl_without_need(talk: Conversation) -> None:
    for version in versions(SaslHandshakeRequest):
        for mechanism in ("PLAIN", "GSSAPI", "SCRAM-SHA-256", "NONE", ""):
            talk.ask(SaslHandshakeRequest(mechanism=mechanism), version, mechanism)
    for version in versions(SaslAuthenticateRequest):
        for token in (b"", b"\0alice\0secret"):
            talk.ask(SaslAuthenticateRequest(auth_bytes=token), version, repr(token))


@scenario
def delegation_tokens(talk: Conversation) -> None:
    renewers = [CreatableRenewers(principal_type="User", principal_name="bob")]
    token = CreateDelegationTokenRequest(renewers=renewers, max_lifetime_ms=-1)
    for version in versions(CreateDelegationTokenRequest):
        talk.ask(token, version)
        talk.ask(replace(token, renewers=[], max_lifetime_ms=0), version, "no renewers")
        bad = [CreatableRenewers(principal_type="Group", principal_name="")]
        talk.ask(replace(token, renewers=bad), version, "bad renewers")
    for kind in ("User", "Group", "", None):
        for name in ("alice", "ANONYMOUS", "", None):
            owned = replace(token, owner_principal_type=kind, owner_principal_name=name)
            talk.ask(owned, 3, f"{kind} {name}")
    for version in versions(RenewDelegationTokenRequest):
        for hmac in (b"", b"no such token"):
            talk.ask(RenewDelegationTokenRequest(hmac=hmac, renew_period_ms=-1), version)
            talk.ask(ExpireDelegationTokenRequest(hmac=hmac, expiry_time_period_ms=-1), version)
    alice = DescribeDelegationTokenOwner(principal_type="User", principal_name="alice")
    for version in versions(DescribeDelegationTokenRequest):
        for owners in (None, [], [alice], [alice, alice]):
            talk.ask(DescribeDelegationTokenRequest(owners=owners), version)
