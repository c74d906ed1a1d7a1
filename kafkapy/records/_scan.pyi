from kafkapy.records.header import Buffer

def greatest_timestamp(
    body: Buffer, count: int, base_timestamp: int, oldest: int, newest: int, needs_keys: bool, /
) -> int | None: ...
