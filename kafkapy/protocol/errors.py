"""The two exceptions that cross layers: a refusal with a protocol meaning, and bytes that do not parse."""

from kafkapy.protocol.error_code import ErrorCode


class KafkaError(Exception):
    """A refusal that the client is told about: `code`, and `detail` for people (by default Kafka's words)."""

    def __init__(self, code: ErrorCode, detail: str | None = None) -> None:
        self.code = code
        self.detail = code.message if detail is None else detail
        super().__init__(f"{code.name}: {self.detail}")


class MalformedMessage(Exception):
    """Bytes that are no valid message: the connection that sent them cannot go on."""
