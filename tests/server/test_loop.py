"""The broker runs on uvloop where it is installed, and without it just the same."""

import asyncio
import importlib.util
import sys

import pytest

from kafkapy.server.loop import run_until_complete


async def _name_of_the_loop(names: list[str]) -> None:
    names.append(type(asyncio.get_running_loop()).__module__)


def test_uvloop_is_used_where_it_is_installed() -> None:
    names: list[str] = []
    run_until_complete(_name_of_the_loop(names))
    assert names[0].startswith("uvloop" if importlib.util.find_spec("uvloop") else "asyncio")


def test_asyncio_does_where_uvloop_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    names: list[str] = []
    run_until_complete(_name_of_the_loop(names))
    assert names[0].startswith("asyncio")


def test_an_error_comes_out() -> None:
    async def fail() -> None:
        raise ValueError("the reason")

    with pytest.raises(ValueError, match="the reason"):
        run_until_complete(fail())
