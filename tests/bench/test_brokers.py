"""What is not here is left out of the comparison, with the reason."""

from pathlib import Path

import pytest

from bench import brokers, compare
from bench.brokers import Missing


def test_without_go_kfake_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Missing, match="there is no Go to build it with"):
        brokers.kfake()


def test_what_go_says_is_told_when_kfake_cannot_be_built(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    go.write_text("#!/bin/sh\necho no such module >&2\nexit 1\n")
    go.chmod(0o755)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Missing, match="it was not built: no such module"):
        brokers.kfake()


def test_a_broker_that_is_not_here_or_does_not_start_is_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing() -> brokers.Command:
        raise Missing("it is elsewhere")

    found = {"kfake": missing, "Apache Kafka": lambda: ["false"], "floor": brokers.floor}
    monkeypatch.setattr(compare, "BROKERS", found)
    assert compare.present(list(found), tmp_path) == {"floor": brokers.floor()}
    said = capsys.readouterr().err
    assert "kfake is not measured: it is elsewhere" in said
    assert "Apache Kafka is not measured: the broker did not start" in said
