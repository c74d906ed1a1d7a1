"""How a codec refuses a stream."""

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError


def corrupt(codec: str, detail: str) -> KafkaError:
    return KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR, f"{codec} data that does not decompress: {detail}")


def too_large(max_bytes: int) -> KafkaError:
    """MESSAGE_TOO_LARGE, because a producer answers that by sending smaller batches."""
    return KafkaError(ErrorCode.MESSAGE_TOO_LARGE, f"The records decompress to more than {max_bytes} bytes")
