"""What linters cannot check: sizes, docstrings, purity, and a test file for every source file."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "kafkapy").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
PURE = ("protocol", "records", "storage", "coordinator", "cluster")
IMPURE_IMPORTS = {"asyncio", "socket", "random", "time", "datetime", "uuid", "secrets"}
MAY_WAIT = {"kafkapy/coordinator/runtime.py"}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def every_file(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=relative)


def imports(tree: ast.AST) -> Iterator[str]:
    """Names of imported packages; the type of a source of chance that is handed in does not count."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and {alias.name for alias in node.names} != {"Random"}:
            yield (node.module or "").partition(".")[0]


@every_file(SOURCES + TESTS)
def test_files_and_functions_stay_readable(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 600, f"{relative(path)} is longer than 600 lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= 60, f"{relative(path)}: {node.name} has {length} lines"


@every_file(SOURCES)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text())), f"{relative(path)} has no docstring"


@every_file([p for p in SOURCES if relative(p).split("/")[1] in PURE])
def test_the_pure_core_takes_time_chance_and_the_network_as_arguments(path: Path) -> None:
    if relative(path) in MAY_WAIT:
        return
    tree = ast.parse(path.read_text())
    assert not (set(imports(tree)) & IMPURE_IMPORTS)
    assert not any(isinstance(node, ast.Await | ast.AsyncFunctionDef) for node in ast.walk(tree))


def test_no_module_is_named_for_nothing_in_particular() -> None:
    assert not [
        relative(p)
        for p in SOURCES
        if p.stem in {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
    ]


def test_every_handler_file_registers_exactly_one_api() -> None:
    for path in (ROOT / "kafkapy" / "handlers").glob("*.py"):
        if path.stem in {"__init__", "registry", "context"}:
            continue
        decorators = [
            decorator
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            for decorator in node.decorator_list
            if isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") == "handles"
        ]
        assert len(decorators) == 1, f"{relative(path)} must hold one @handles"
