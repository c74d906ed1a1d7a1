from kafkapy.records.header import Buffer

def greatest_timestamp(
    body: Buffer, count: int, base_timestamp: int, oldest: int, newest: int, needs_keys: bool, /
) -> int | None: ...
def pass_batches(
    block: Buffer,
    at: int,
    last_possible: int,
    epoch: int,
    interval: int,
    remembered: int,
    next_offset: int,
    largest: int,
    largest_at: int,
    unindexed: int,
    /,
) -> tuple[int, int, int, int, int, list[tuple[int, int, int, int]], list[tuple[int, int]]]: ...
