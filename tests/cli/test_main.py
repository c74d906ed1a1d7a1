"""The command line answers at once, and says in one line what is wrong with it."""

import subprocess
import sys

import pytest

import kafkapy
from kafkapy.cli.main import COMMANDS, main

HEAVY = {"asyncio", "uvloop", "ssl", "logging.handlers", "kafkapy.broker.broker", "kafkapy.protocol.schema"}


@pytest.mark.parametrize("words", [["--help"], ["serve", "--help"], ["--version"]])
def test_help_imports_nothing_of_the_broker(words: list[str]) -> None:
    program = (
        "import sys\n"
        "from kafkapy.cli.main import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: print(*sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=True)
    assert "kafkapy" in done.stdout
    assert not HEAVY & set(done.stderr.split())


def test_help_shows_every_command_and_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    shown = capsys.readouterr().out
    for name, (_, summary) in COMMANDS.items():
        assert name in shown
        assert summary in shown
    assert "kafkapy serve --memory" in shown


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_examples(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    assert f"examples:\n  kafkapy {command}" in capsys.readouterr().out


def test_the_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"kafkapy {kafkapy.__version__}\n"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ([], "kafkapy: the following arguments are required: COMMAND (see kafkapy --help)"),
        (["frob"], "kafkapy: argument COMMAND: invalid choice: 'frob'"),
        (["serve", "--frob"], "kafkapy: unrecognized arguments: --frob (see kafkapy --help)"),
        (["serve", "--memory", "--data-dir", "x"], "argument --data-dir: not allowed with argument --memory"),
        (["check"], "kafkapy check: the following arguments are required: DIR (see kafkapy check --help)"),
        (["serve", "--listen"], "kafkapy serve: argument --listen: expected one argument"),
    ],
)
def test_a_wrong_call_is_answered_with_one_line_and_exit_code_2(
    words: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert line in shown.err
    assert shown.err.count("\n") == 1


def test_the_module_can_be_run() -> None:
    done = subprocess.run([sys.executable, "-m", "kafkapy", "--version"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"kafkapy {kafkapy.__version__}\n")
