"""Both ways of looking at records: compiled, and in Python."""

import pytest

from kafkapy.records import scan


@pytest.fixture(params=["compiled", "python"])
def either_scan(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test runs with the compiled scan, if there is one, and without."""
    if request.param == "python":
        monkeypatch.setattr(scan, "_compiled", None)
    elif scan._compiled is None:
        pytest.skip("there was no C compiler when kafkapy was installed")
