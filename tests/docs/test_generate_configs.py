"""docs/configs.md is what the tables say."""

import runpy
from pathlib import Path

DOCS = Path(__file__).parent.parent.parent / "docs"


def test_the_committed_document_is_up_to_date() -> None:
    render = runpy.run_path(str(DOCS / "generate_configs.py"))["render"]
    assert (DOCS / "configs.md").read_text() == render(), "run python docs/generate_configs.py"
