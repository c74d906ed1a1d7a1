"""What a command answers: records to commit, and a result per item of the request."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from kafkapy.cluster.record_types import MetadataRecord

R = TypeVar("R")

MAX_RECORDS_PER_CHANGE = 10_000
"""More than this in one request is refused (`QuorumController.MAX_RECORDS_PER_USER_OP`)."""


@dataclass(frozen=True, slots=True)
class Change(Generic[R]):
    """Nothing has happened until `records` went through `Metadata.commit`; `results` then tell what did."""

    records: list[MetadataRecord]
    results: list[R]
