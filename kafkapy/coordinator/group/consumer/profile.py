"""What a member of a consumer group has told about itself."""

from dataclasses import dataclass
from typing import NamedTuple


class ClassicSide(NamedTuple):
    """What is known besides of a member that speaks the classic protocol."""

    session_timeout_ms: int
    protocols: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """`names` are sorted; `regex` is "" for none; `classic` is None for members of the consumer protocol."""

    member_id: str
    instance_id: str | None = None
    rack_id: str | None = None
    client_id: str = ""
    client_host: str = ""
    names: tuple[str, ...] = ()
    regex: str = ""
    rebalance_timeout_ms: int = -1
    server_assignor: str | None = None
    classic: ClassicSide | None = None
