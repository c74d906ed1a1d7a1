"""DeleteTopics (API key 20): deletes topics.

v4: first flexible version.  v5: error message.  v6: by name or topic id (KIP-516).
"""

from kafkapy.protocol.schema import ZERO_UUID, array, int16, int32, message, string, struct, uuid


@struct
class DeleteTopicState:
    name: str | None = string(nullable="0+", default=None)
    topic_id: bytes = uuid()


@message(key=20, valid="0-6", flexible="4+")
class DeleteTopicsRequest:
    topics: list[DeleteTopicState] = array(DeleteTopicState, "6+", default=[])
    topic_names: list[str] = array(string, "0-5", default=[], ignorable=True)
    timeout_ms: int = int32()


@struct
class DeletableTopicResult:
    name: str | None = string(nullable="6+")
    topic_id: bytes = uuid("6+", default=ZERO_UUID, ignorable=True)
    error_code: int = int16(default=0)
    error_message: str | None = string("5+", nullable="5+", default=None, ignorable=True)


@message(key=20, valid="0-6", flexible="4+")
class DeleteTopicsResponse:
    throttle_time_ms: int = int32("1+", default=0, ignorable=True)
    responses: list[DeletableTopicResult] = array(DeletableTopicResult)
