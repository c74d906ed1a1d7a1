"""Declaring messages."""

import dataclasses

import pytest

from kafkapy.protocol import codec
from kafkapy.protocol.schema import (
    ZERO_UUID,
    Schema,
    array,
    boolean,
    float64,
    int8,
    int32,
    message,
    nested,
    parse_versions,
    schema_of,
    string,
    struct,
    uuid,
    wires_of,
)


@struct
class Part:
    index: int = int32()
    note: str | None = string("1+", nullable="2+", default="")


@message(key=900, valid="0-3", flexible="2+")
class Whole:
    parts: list[Part] = array(Part)
    main: Part | None = nested(Part, "3+", nullable="3+", default=None)
    ids: list[bytes] = array(uuid, "0-1", default=[], ignorable=True)
    level: int = int8("2+", default=-1, tag=0)


@pytest.mark.parametrize(
    ("text", "versions"),
    [("3+", range(3, 32768)), ("1-4", range(1, 5)), ("2", range(2, 3)), ("none", range(0)), (None, range(0))],
)
def test_versions_are_written_as_kafka_writes_them(text: str | None, versions: range) -> None:
    assert parse_versions(text) == versions


def test_a_class_knows_its_key_and_versions() -> None:
    assert schema_of(Whole) == Schema(900, range(4), range(2, 32768))


def test_fields_keep_their_order_and_options() -> None:
    wires = wires_of(Whole)
    assert list(wires) == ["parts", "main", "ids", "level"]
    assert (wires["parts"].kind, wires["parts"].element) == ("array", Part)
    assert (wires["ids"].element, wires["ids"].ignorable) == ("uuid", True)
    assert (wires["level"].tag, wires["level"].tagged, wires["level"].default) == (0, range(2, 32768), -1)


def test_a_field_without_default_must_be_given() -> None:
    with pytest.raises(TypeError, match="parts"):
        Whole()
    with pytest.raises(TypeError, match="positional"):
        Part(1)


def test_a_default_list_is_a_new_one_each_time() -> None:
    first, second = Whole(parts=[]), Whole(parts=[])
    first.ids.append(ZERO_UUID)
    assert second.ids == []
    decoded = codec.decode(Whole, 3, codec.encode(second, 3))
    decoded.ids.append(ZERO_UUID)
    assert codec.decode(Whole, 3, codec.encode(second, 3)).ids == []


def test_messages_are_compared_by_value_and_take_no_other_attributes() -> None:
    assert Part(index=1) == Part(index=1, note="") != Part(index=2)
    assert Part(index=1) != (1, "")
    assert repr(Part(index=1)) == "Part(index=1, note='')"
    with pytest.raises(AttributeError):
        Part(index=1).nothing = 1


def test_messages_are_dataclasses_from_the_first_to_the_last_instance() -> None:
    @struct
    class Fresh:
        index: int = int32()
        ids: list[int] = array(int32, default=[])

    first = Fresh(index=1)
    assert dataclasses.replace(first, index=2) == Fresh(index=2, ids=[])
    assert first != Fresh(index=1, ids=[3])
    assert repr(first).endswith("Fresh(index=1, ids=[])")
    with pytest.raises(TypeError, match="unexpected keyword argument 'indices'"):
        Fresh(index=1, indices=[])


def test_kafkas_implicit_defaults_stand_in_for_fields_of_other_versions() -> None:
    @message(valid="0-1", flexible="1+")
    class Everything:
        number: int = int32("1+", default=0)
        real: float = float64("1+", default=0.0)
        flag: bool = boolean("1+", default=False)
        name: str = string("1+", default="")
        topic_id: bytes = uuid("1+", default=ZERO_UUID)

    empty = codec.decode(Everything, 0, b"")
    assert empty == Everything()
    assert codec.encode(empty, 1) == bytes(4 + 8 + 1) + b"\1" + bytes(16) + b"\0"


def test_a_null_struct_is_one_byte() -> None:
    assert codec.encode(Whole(parts=[]), 3) == b"\1" + b"\xff" + b"\0"
    assert (
        codec.encode(Whole(parts=[], main=Part(index=5, note=None)), 3)
        == b"\1" + b"\1" + b"\0\0\0\5\0\0" + b"\0"
    )
