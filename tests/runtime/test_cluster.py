"""Our own PostgreSQL: as root and as an ordinary user, and never a foreign folder's mode."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest

from jiangjie.kernel.errors import BadInput
from jiangjie.runtime.cluster import Cluster
from tests.runtime.installations import empty_home

PASSWORD = "ab" * 12
NOBODY = 65534


def modes(*places: Path) -> dict[Path, int]:
    """The mode of each place and of all folders above it."""
    return {
        path: stat.S_IMODE(path.stat().st_mode)
        for place in places
        for path in [place, *place.parents]
        if path.exists()
    }


def test_second_start_finds_the_first_and_data_survives() -> None:
    program = Path(sys.prefix)
    with empty_home() as home:
        before = modes(home.parent, program)
        cluster = Cluster(home, durable=False)
        assert cluster.ensure_running(PASSWORD) is True
        assert cluster.ensure_running(PASSWORD) is False
        cluster.ensure_database(PASSWORD)
        cluster.ensure_database(PASSWORD)
        with psycopg.connect(cluster.url(PASSWORD)) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS number")
        cluster.stop()
        assert not cluster.is_running()
        assert cluster.ensure_running(PASSWORD) is True
        with psycopg.connect(cluster.url(PASSWORD)) as connection:
            assert connection.execute("SELECT number FROM kept").fetchall() == [(1,)]
        assert modes(home.parent, program) == before
        assert stat.S_IMODE(cluster.data.stat().st_mode) == 0o700
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(cluster.url("00" * 12))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders that others can't enter")
def test_root_with_a_closed_home_keeps_the_data_outside_of_it() -> None:
    folder = Path(tempfile.mkdtemp())  # mode 0700
    cluster = Cluster(folder / "home", durable=False)
    before = modes(folder, Path("/var/lib"))
    try:
        cluster.ensure_running(PASSWORD)
        cluster.ensure_database(PASSWORD)
        with psycopg.connect(cluster.url(PASSWORD)) as connection:
            assert connection.execute("SELECT 1").fetchall() == [(1,)]
        assert not cluster.root.is_relative_to(folder)
        assert {path: mode for path, mode in modes(folder).items() if path in before} == {
            path: mode for path, mode in before.items() if path in modes(folder)
        }
        assert cluster.data.stat().st_uid != 0
    finally:
        cluster.stop()
        for each in (cluster.root, cluster.socket, folder):
            shutil.rmtree(each)


_AS_USER = f"""
import sys
from pathlib import Path
import psycopg
from jiangjie.runtime.cluster import Cluster
cluster = Cluster(Path(sys.argv[1]) / "home", durable=False)
try:
    print(cluster.ensure_running("{PASSWORD}"), cluster.ensure_running("{PASSWORD}"))
    cluster.ensure_database("{PASSWORD}")
    with psycopg.connect(cluster.url("{PASSWORD}")) as connection:
        print(connection.execute("SELECT 1").fetchone())
finally:
    cluster.stop()
    print(cluster.is_running(), cluster.root.stat().st_uid, cluster.socket)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes an ordinary user, which only root can")
def test_ordinary_user_runs_it_himself() -> None:
    # This Python may lie in root's own folder; Debian's can then run the same packages.
    path = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path if entry)

    def as_nobody(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 -- our own command
            command,
            user=NOBODY,
            group=NOBODY,
            extra_groups=[],
            cwd="/",
            env={"HOME": "/nonexistent", "PATH": "/usr/bin:/bin", "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=False,
        )

    def is_able(python: str) -> bool:
        try:
            return as_nobody(python, "-c", "import jiangjie.runtime.cluster").returncode == 0
        except OSError:
            return False

    python = next(filter(is_able, [sys.executable, "/usr/bin/python3"]), None)
    if python is None:
        pytest.skip("no Python of this version that an ordinary user can run")
    folder = Path(tempfile.mkdtemp())
    os.chown(folder, NOBODY, NOBODY)
    before = modes(folder, Path(sys.prefix))
    try:
        done = as_nobody(python, "-c", _AS_USER, str(folder))
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        assert lines[:2] == ["True False", "(1,)"]
        stopped, owner, socket = lines[2].split()
        assert (stopped, owner) == ("False", str(NOBODY))
        assert modes(folder, Path(sys.prefix)) == before
        shutil.rmtree(socket)
    finally:
        shutil.rmtree(folder)


def test_unusable_folder_is_said_in_words(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")
    with pytest.raises(BadInput, match="数据库目录"):
        Cluster(file / "home").ensure_running(PASSWORD)


def test_data_of_another_version_is_said_in_words() -> None:
    with empty_home() as home:
        cluster = Cluster(home, durable=False)
        cluster.ensure_running(PASSWORD)
        cluster.stop()
        (cluster.data / "PG_VERSION").write_text("9.6\n")
        with pytest.raises(BadInput, match="数据库无法启动"):
            cluster.ensure_running(PASSWORD)
