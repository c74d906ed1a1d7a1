"""What is measured beside kafkapy, and what starts each: all take the command line of `kafkapy serve`.

kfake (github.com/twmb/franz-go/pkg/kfake) is a fake of Apache Kafka in Go. bench/kfake puts it behind that
command line; it is built with `go build` from the Go module proxy when the sources there have changed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from compat.apache_kafka import NoApacheKafka, serve_command

HERE = Path(__file__).parent
BUILD_SECONDS = 300.0
Command = Sequence[str] | None  # the words before the options; None stands for those of kafkapy


class Missing(Exception):
    """A broker is not here; why not."""


def kafkapy() -> Command:
    return None


def apache_kafka() -> Command:
    """Missing."""
    try:
        return serve_command()
    except NoApacheKafka as missing:
        raise Missing(str(missing)) from None


def kfake() -> Command:
    """Missing when it is not built yet and cannot be."""
    sources = [HERE / "kfake" / name for name in ("go.mod", "go.sum", "main.go")]
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    program = cache / "kafkapy-bench" / f"kfake-{digest}"
    if not program.is_file():
        build(sources[0].parent, program)
    return [str(program)]


def build(module: Path, program: Path) -> None:
    """Missing when Go or what the module needs is not here."""
    go = shutil.which("go")
    if go is None:
        raise Missing("there is no Go to build it with")
    try:
        subprocess.run(
            [go, "build", "-o", program, "."],
            cwd=module,
            check=True,
            capture_output=True,
            timeout=BUILD_SECONDS,
        )
    except subprocess.CalledProcessError as problem:
        raise Missing(f"it was not built: {problem.stderr.decode(errors='replace').strip()}") from None
    except subprocess.TimeoutExpired:
        raise Missing(f"it was not built in {BUILD_SECONDS:.0f} s") from None


def floor() -> Command:
    return [sys.executable, "-P", str(HERE / "floor.py")]


BROKERS: Mapping[str, Callable[[], Command]] = {
    "kafkapy": kafkapy,
    "Apache Kafka": apache_kafka,
    "kfake": kfake,
    "floor": floor,
}
ALONE = frozenset({"floor"})
"""What kafkapy is not to be better than: no broker."""
