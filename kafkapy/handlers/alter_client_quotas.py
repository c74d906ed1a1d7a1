"""AlterClientQuotas (API key 49), v0-1: sets and removes quotas (KIP-546).

An address may be given by a name that can be resolved; it is the name that is kept, as in Kafka.
Not supported: enforcement; quotas are kept and described, but nobody is slowed down by them yet.
"""

import asyncio
from ipaddress import IPv6Address, ip_address

from kafkapy.cluster.client_quotas import IP, QuotaAlteration
from kafkapy.cluster.client_quotas import alter_client_quotas as alter
from kafkapy.cluster.image import QuotaEntity
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.alter_client_quotas import (
    AlterClientQuotasRequest,
    AlterClientQuotasResponse,
    EntityData,
    EntryData,
    ResponseEntryData,
)


def _fail(request: AlterClientQuotasRequest, code: ErrorCode) -> AlterClientQuotasResponse:
    return AlterClientQuotasResponse(
        entries=[
            ResponseEntryData(error_code=code, error_message=code.message, entity=entry.entity)
            for entry in request.entries
        ]
    )


@handles(AlterClientQuotasRequest, "0-1", fail=_fail)
async def alter_client_quotas(
    ctx: RequestContext, request: AlterClientQuotasRequest
) -> AlterClientQuotasResponse:
    alterations = [_alteration(entry) for entry in request.entries]
    addresses = {name for each in alterations for kind, name in each.entity if kind == IP and name}
    hosts = {address for address in addresses if await _is_host(address)}
    change = alter(ctx.broker.metadata.image, alterations, hosts)
    if not request.validate_only:
        ctx.broker.metadata.commit(change.records, ctx.now_ms)
    return AlterClientQuotasResponse(
        entries=[
            ResponseEntryData(
                error_code=each.error.code if each.error else ErrorCode.NONE,
                error_message=each.error.detail if each.error else None,
                entity=_entity_data(each.entity),
            )
            for each in change.results
        ]
    )


def _alteration(entry: EntryData) -> QuotaAlteration:
    entity = {part.entity_type: part.entity_name for part in entry.entity}
    return QuotaAlteration(
        tuple(sorted(entity.items())),
        [(each.key, None if each.remove else each.value) for each in entry.ops],
    )


async def _is_host(name: str) -> bool:
    """Whether it is an address, or a name that has one. IPv6 may be in brackets, as Java takes it."""
    in_brackets = name.startswith("[") and name.endswith("]")
    try:
        _ = IPv6Address(name[1:-1]) if in_brackets else ip_address(name)
    except ValueError:
        try:
            await asyncio.get_running_loop().getaddrinfo(name, None)
        except (OSError, ValueError):  # no such name, or none that could be looked up
            return False
    return True


def _entity_data(entity: QuotaEntity) -> list[EntityData]:
    return [EntityData(entity_type=kind, entity_name=name) for kind, name in entity]
