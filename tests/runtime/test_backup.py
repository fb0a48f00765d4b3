"""A backup restored into an empty home is the same installation."""

import json
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from jiangjie.runtime.cluster import Cluster
from jiangjie.runtime.keys import load_or_create
from tests.runtime.installations import Installation, empty_home


def tables(home: Path) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    cluster = Cluster(home)
    password = load_or_create(home / "keys").database.hex()
    cluster.ensure_running(password)
    with psycopg.connect(cluster.url(password)) as connection:
        names = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        ).fetchall()
        return {
            name: [row for (row,) in connection.execute(f"SELECT t::text FROM {name} t ORDER BY 1")]
            for (name,) in names
        }


def files(home: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(home)): path.read_bytes()
        for folder in (home / "files", home / "keys")
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with empty_home() as home:
        made = Installation(home)
        done = made.run(
            "createadmin", "--org", "示例港口集团", "--kind", "evaluator", "--region", "370200",
            "--username", "boss", "--name", "张三", "--password-stdin",
            text="correct-horse-battery\n",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        stored = home / "files" / "ab" / "cd" / ("abcd" + "0" * 60)
        stored.parent.mkdir(parents=True)
        stored.write_bytes(b"a stored file")
        (stored.parent / ".draft.new").write_bytes(b"half")
        assert made.run("tick").returncode == 0
        yield made


@pytest.fixture(scope="module")
def backup(installation: Installation) -> Path:
    file = installation.home.parent / "backup.tar.gz"
    done = installation.run("backup", str(file))
    assert done.returncode == 0, done.stderr
    assert file.stat().st_mode & 0o777 == 0o600  # it holds the keys
    return file


def test_restored_installation_is_the_same(installation: Installation, backup: Path) -> None:
    with empty_home() as home:
        restored = Installation(home)
        done = restored.run("restore", str(backup))
        assert done.returncode == 0, done.stderr
        assert tables(home) == tables(installation.home)
        assert files(home) == {
            name: content
            for name, content in files(installation.home).items()
            if not name.endswith(".new")
        }
        assert [path.name for path in home.parent.iterdir()] == ["home"]
        assert (home / "keys" / "field.key").stat().st_mode & 0o777 == 0o600
        checked = restored.run("check", "--ledger", "--json")
        ledger = [fact for fact in json.loads(checked.stdout)["facts"] if fact["name"] == "ledger"]
        assert [fact["is_bad"] for fact in ledger] == [False, False]
        # The ledger is as closed as before.
        cluster = Cluster(home)
        url = cluster.url(load_or_create(home / "keys").database.hex())
        with psycopg.connect(url) as connection, pytest.raises(psycopg.IntegrityError):
            connection.execute("TRUNCATE ledger_event CASCADE")


def test_home_in_use_is_not_overwritten(installation: Installation, backup: Path) -> None:
    before = files(installation.home)
    done = installation.run("restore", str(backup))
    assert (done.returncode, done.stdout) == (2, "")
    assert "不是空的" in done.stderr
    assert files(installation.home) == before


def test_backup_is_not_overwritten(installation: Installation, backup: Path) -> None:
    before = backup.read_bytes()
    done = installation.run("backup", str(backup))
    assert done.returncode == 2
    assert "已存在" in done.stderr
    assert backup.read_bytes() == before


def test_without_keys_the_keys_must_be_given(installation: Installation) -> None:
    file = installation.home.parent / "keyless.tar.gz"
    assert installation.run("backup", str(file), "--without-keys").returncode == 0
    with tarfile.open(file) as tar:
        assert not [name for name in tar.getnames() if "key" in name]
    with empty_home() as home:
        restored = Installation(home)
        done = restored.run("restore", str(file))
        assert done.returncode == 2
        assert "--keys" in done.stderr
        assert not home.exists()
        done = restored.run("restore", str(file), "--keys", str(installation.home / "keys"))
        assert done.returncode == 0, done.stderr
        assert tables(home) == tables(installation.home)


@pytest.mark.parametrize("harm", ["cut", "altered", "foreign", "escaping"])
def test_unsound_file_restores_nothing(backup: Path, tmp_path: Path, harm: str) -> None:
    file = tmp_path / "backup.tar.gz"
    if harm == "cut":
        file.write_bytes(backup.read_bytes()[:-2000])
    elif harm == "foreign":
        file.write_bytes(b"PK\x03\x04 something else")
    else:
        with tarfile.open(backup) as old, tarfile.open(file, "w:gz") as new:
            for member in old:
                content = old.extractfile(member)
                assert content is not None
                if member.name.startswith("files/") and harm == "altered":
                    folder = tmp_path / "x"
                    folder.write_bytes(b"a forged file")
                    new.add(folder, member.name)
                    continue
                if member.name.startswith("files/") and harm == "escaping":
                    member.name = "../../outside"
                new.addfile(member, content)
    with empty_home() as home:
        done = Installation(home).run("restore", str(file))
        assert done.returncode == 2, done.stderr
        assert "Traceback" not in done.stderr
        assert [path.name for path in home.parent.iterdir()] == []
    shutil.rmtree(tmp_path)
