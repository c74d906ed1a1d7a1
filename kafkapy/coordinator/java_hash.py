"""Java's `String.hashCode`, which decides the partition of a group, and the order of Java's `HashMap`."""

from functools import lru_cache


@lru_cache(maxsize=16_384)
def java_hash(text: str) -> int:
    """The signed 32-bit hash over the UTF-16 code units of `text`."""
    value = 0
    encoded = text.encode("utf-16-be", "surrogatepass")
    for high, low in zip(encoded[::2], encoded[1::2], strict=True):
        value = (31 * value + (high << 8 | low)) & 0xFFFFFFFF
    return value - 0x1_0000_0000 if value & 0x8000_0000 else value


def partition_of(key: str, partition_count: int) -> int:
    """The partition of an internal topic that holds `key`: a group id or a transactional id."""
    value = java_hash(key)
    return (0 if value == -(2**31) else abs(value)) % partition_count


def small_map_bucket(text: str) -> int:
    """Where a Java `HashMap` of at most 12 strings iterates over `text`."""
    value = java_hash(text) & 0xFFFFFFFF
    return (value ^ value >> 16) & 15
