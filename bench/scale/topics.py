"""Partitions by the thousand: no request may create 10,000, so several topics share them."""

from bench import frames
from bench.load import Connection
from bench.scenarios import create

PARTITIONS_EACH = 1000
Partition = tuple[bytes, int]
"""Topic id and index."""


def create_partitions(connection: Connection, count: int) -> list[Partition]:
    """So many partitions, in as few topics as may be."""
    created = []
    for first in range(0, count, PARTITIONS_EACH):
        size = min(PARTITIONS_EACH, count - first)
        topic_id = create(connection, frames.unique_name("scale"), size)
        created += [(topic_id, index) for index in range(size)]
    return created
