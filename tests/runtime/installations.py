"""Installations of their own for tests, driven through the real command."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from jiangjie.runtime.cluster import Cluster

COMMAND = [sys.executable, "-m", "jiangjie.cli"]


def until(is_so: Callable[[], object], *, seconds: float = 30) -> None:
    """Wait for another process; fails when it takes too long."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@dataclass(frozen=True)
class Installation:
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("JIANGJIE_", "DJANGO_", "PYTEST_"))
        }
        return kept | {"JIANGJIE_HOME": str(self.home)}

    def run(self, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 -- our own command
            [*COMMAND, *arguments],
            env=self.environment,
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    @contextlib.contextmanager
    def served(self, *arguments: str) -> Iterator["Server"]:
        process = subprocess.Popen(  # noqa: S603 -- our own command
            [*COMMAND, "serve", *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            found = re.search(r"http://127\.0\.0\.1:(\d+)/", said)
            assert found, f"it said {said!r}"
            yield Server(process, int(found[1]))
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(60)
            assert process.stdout is not None
            process.stdout.close()


@dataclass(frozen=True)
class Server:
    process: subprocess.Popen[str]
    port: int

    def get(self, path: str) -> str:
        with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            text: str = answer.read().decode()
            return text

    def answers(self, path: str) -> bool:
        with contextlib.suppress(OSError):
            return bool(self.get(path))
        return False

    def children(self) -> dict[int, str]:
        """Process id → command line of the living children."""
        return children_of(self.process.pid)


def children_of(parent: int) -> dict[int, str]:
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent and fields[0] != "Z":
                line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                found[int(folder.name)] = line
    return found


def is_alive(process: int) -> bool:
    with contextlib.suppress(OSError):
        return (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2][1] != "Z"
    return False


@contextlib.contextmanager
def empty_home() -> Iterator[Path]:
    """A folder that everybody may enter, for a cluster of its own; all is taken away at the end."""
    folder = Path(tempfile.mkdtemp(prefix="jiangjie-home-"))
    folder.chmod(0o755)
    home = folder / "home"
    try:
        yield home
    finally:
        cluster = Cluster(home)
        if cluster.data.exists():
            cluster.stop()
        for each in (cluster.root, cluster.socket, folder):
            shutil.rmtree(each, ignore_errors=True)
