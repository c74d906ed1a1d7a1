"""The actor that creates, configures, empties and deletes topics."""

from typing import TYPE_CHECKING

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.create_topics import CreatableTopic, CreatableTopicConfig, CreateTopicsRequest
from kafkapy.protocol.messages.delete_records import (
    DeleteRecordsPartition,
    DeleteRecordsRequest,
    DeleteRecordsTopic,
)
from kafkapy.protocol.messages.delete_topics import DeleteTopicsRequest
from kafkapy.protocol.messages.incremental_alter_configs import (
    AlterableConfig,
    AlterConfigsResource,
    IncrementalAlterConfigsRequest,
)
from tests.faults.power.ledger import Topic

if TYPE_CHECKING:
    from tests.faults.power.actors import Actors

MOST_TOPICS = 5
SETTING = "max.message.bytes"
TOPIC_RESOURCE, SET = 2, 0


async def administer(actors: "Actors") -> None:
    """More topics are created than deleted, until there are enough."""
    ledger, chance = actors.ledger, actors.chance
    while True:
        await actors.turn()
        usable = [name for name, topic in ledger.topics.items() if topic.is_usable]
        if not usable or (len(usable) < MOST_TOPICS and chance.random() < 0.4):
            await _create(actors)
            continue
        name = chance.choice(usable)
        what = chance.random()
        if what < 0.1 and len(usable) > 1:
            await _delete(actors, name)
        elif what < 0.2:
            await _configure(actors, name)
        elif what < 0.35 and not ledger.topics[name].keeps_all:
            await _empty(actors, name)


async def _create(actors: "Actors") -> None:
    chance = actors.chance
    topic = Topic(chance.randint(1, 3), keeps_all=chance.random() < 0.6)
    name = f"t{actors.ledger.next_number()}"
    actors.ledger.topics[name] = topic
    configs = {
        "internal.segment.bytes": str(chance.randint(2000, 6000)),
        "index.interval.bytes": str(chance.choice((0, 300, 4096))),
        "preallocate": chance.choice(("true", "false")),
        "segment.ms": str(chance.choice((500, 3_600_000))),
    }
    if not topic.keeps_all:
        configs |= {"retention.bytes": str(chance.choice((0, 5000))), "retention.ms": "100000000"}
    request = CreateTopicsRequest(
        topics=[
            CreatableTopic(
                name=name,
                num_partitions=topic.partitions,
                replication_factor=1,
                assignments=[],
                configs=[CreatableTopicConfig(name=key, value=value) for key, value in configs.items()],
            )
        ]
    )
    response = await actors.broker.send(request, 5)
    assert response.topics[0].error_code == ErrorCode.NONE, response
    topic.is_created = True


async def _delete(actors: "Actors", name: str) -> None:
    topic = actors.ledger.topics[name]
    topic.is_being_deleted = True
    response = await actors.broker.send(DeleteTopicsRequest(topic_names=[name], timeout_ms=1000), 5)
    assert response.responses[0].error_code == ErrorCode.NONE, response
    topic.is_deleted = True


async def _configure(actors: "Actors", name: str) -> None:
    topic = actors.ledger.topics[name]
    value = str(100_000 + actors.ledger.next_number())
    topic.settings.append(value)
    change = AlterableConfig(name=SETTING, config_operation=SET, value=value)
    resource = AlterConfigsResource(resource_type=TOPIC_RESOURCE, resource_name=name, configs=[change])
    request = IncrementalAlterConfigsRequest(resources=[resource], validate_only=False)
    response = await actors.broker.send(request, 1)
    if response.responses[0].error_code == ErrorCode.NONE:
        topic.acknowledged_setting = max(topic.acknowledged_setting, topic.settings.index(value))


async def _empty(actors: "Actors", name: str) -> None:
    """Delete records up to the high watermark of one partition."""
    index = actors.chance.randrange(actors.ledger.topics[name].partitions)
    partition = DeleteRecordsPartition(partition_index=index, offset=-1)
    request = DeleteRecordsRequest(
        topics=[DeleteRecordsTopic(name=name, partitions=[partition])], timeout_ms=1000
    )
    await actors.broker.send(request, 2)
