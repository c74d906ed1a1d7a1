"""What can be wrong with a file: bytes flipped, cut off, zeroed, or there twice."""

from collections.abc import Callable
from random import Random

Way = Callable[[bytes, Random], bytes]
SECTOR_BYTES = 512


def flipped(content: bytes, chance: Random) -> bytes:
    """Some bits somewhere."""
    made = bytearray(content)
    for _ in range(chance.choice((1, 1, 8))):
        made[chance.randrange(len(made))] ^= 1 << chance.randrange(8)
    return bytes(made)


def cut(content: bytes, chance: Random) -> bytes:
    """Shorter, perhaps empty."""
    return content[: chance.choice((0, chance.randrange(len(content)), chance.randrange(len(content))))]


def zeroed(content: bytes, chance: Random) -> bytes:
    """Some bytes, a sector, or everything from somewhere on."""
    start = chance.randrange(len(content))
    count = chance.choice((8, SECTOR_BYTES, len(content)))
    stop = min(start + count, len(content))
    return content[:start] + bytes(stop - start) + content[stop:]


def doubled(content: bytes, chance: Random) -> bytes:
    """A piece is there twice."""
    start = chance.randrange(len(content))
    stop = chance.randint(start + 1, len(content))
    return content[:stop] + content[start:stop] + content[stop:]


WAYS: dict[str, Way] = {"flipped": flipped, "cut": cut, "zeroed": zeroed, "doubled": doubled}
