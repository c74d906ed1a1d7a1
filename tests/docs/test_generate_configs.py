"""docs/configs.md is what the tables and the code say."""

import runpy
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parent.parent.parent / "docs"


@pytest.fixture(scope="module")
def generator() -> dict[str, Any]:
    return runpy.run_path(str(DOCS / "generate_configs.py"))


def test_the_committed_document_is_up_to_date(generator: dict[str, Any]) -> None:
    assert (DOCS / "configs.md").read_text() == generator["render"](), "run python docs/generate_configs.py"


def test_a_key_is_read_by_its_attribute_by_its_name_or_through_a_topic(generator: dict[str, Any]) -> None:
    read = generator["keys_read"]()
    assert {"num.partitions", "listeners", "retention.ms", "log.retention.ms", "log.segment.bytes"} <= read


def test_keys_that_are_ignored_for_good_are_not_read(generator: dict[str, Any]) -> None:
    assert (
        not {"num.io.threads", "sasl.kerberos.kinit.cmd", "remote.log.reader.threads"}
        & generator["keys_read"]()
    )
