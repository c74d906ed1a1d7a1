"""How a refusing disk looks from outside."""

import errno

import pytest

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.storage.storage_errors import offline_on_error


class Shelf:
    """Something that uses a disk."""

    def __init__(self) -> None:
        self.is_offline = False
        self.uses = 0

    def failed(self, error: OSError) -> KafkaError:
        self.is_offline = True
        return KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, f"the shelf: {error}")

    @offline_on_error
    def use(self, error: Exception | None = None) -> int:
        """Counts."""
        self.uses += 1
        if error is not None:
            raise error
        return self.uses


def test_an_operating_system_error_becomes_a_storage_error_and_the_end() -> None:
    shelf = Shelf()
    assert shelf.use() == 1
    with pytest.raises(KafkaError, match=r"the shelf: .*No space") as failure:
        shelf.use(OSError(errno.ENOSPC, "No space left"))
    assert failure.value.code is ErrorCode.KAFKA_STORAGE_ERROR
    with pytest.raises(KafkaError, match=ErrorCode.KAFKA_STORAGE_ERROR.name):
        shelf.use()
    assert shelf.uses == 2


def test_other_errors_pass_and_change_nothing() -> None:
    shelf = Shelf()
    with pytest.raises(KafkaError, match="OFFSET_OUT_OF_RANGE"):
        shelf.use(KafkaError(ErrorCode.OFFSET_OUT_OF_RANGE))
    assert shelf.use() == 2
    assert (Shelf.use.__name__, Shelf.use.__doc__) == ("use", "Counts.")
