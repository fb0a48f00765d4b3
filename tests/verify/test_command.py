"""`jiangjie verify-archive`: where there is neither Django, nor a database, nor a network."""

import json
import subprocess
import sys

import pytest

from jiangjie.cli import main
from jiangjie.verify.dossier import APPLICATIONS
from jiangjie.verify.ledger import CHECKPOINT
from tests.archive.tampering import Loose

pytestmark = pytest.mark.django_db  # for the bag, made once

WITHOUT_DJANGO = """
import importlib.abc, socket, sys

class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"django", "psycopg", "procrastinate"}:
            raise ImportError(f"{name} is not here")

sys.meta_path.insert(0, Refuse())

def refuse(*_):
    raise OSError('no network')

socket.socket.connect = socket.getaddrinfo = refuse
from jiangjie.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def bag(whole_bag, tmp_path):
    path = tmp_path / "bag.zip"
    path.write_bytes(whole_bag)
    return path


@pytest.fixture
def altered(whole_bag, tmp_path):
    loose = Loose.of(whole_bag)
    loose.edit(APPLICATIONS, lambda rows: rows[0].update(state="rejected"))
    return loose.write_folder(tmp_path / "altered")


def test_it_needs_neither_django_nor_database_nor_network(bag):
    done = subprocess.run(  # noqa: S603 -- our own interpreter
        [sys.executable, "-c", WITHOUT_DJANGO, "verify-archive", str(bag), "--json"],
        capture_output=True, timeout=60, check=False, env={"PATH": "/nowhere"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    report = json.loads(done.stdout)
    assert list(report) == ["ok", "findings", "recomputed"]
    assert (report["ok"], report["findings"]) == (True, [])
    assert report["recomputed"]["numbers"] == 4


def test_what_was_altered_is_told_with_item_path_and_message(altered, capsys):
    assert main(["verify-archive", str(altered), "--json"]) == 1
    out = capsys.readouterr()
    report = json.loads(out.out)
    first = report["findings"][0]
    assert (report["ok"], out.err) == (False, "")
    assert list(first) == ["item", "severity", "path", "message"]
    assert (first["item"], first["severity"], first["path"]) == (
        "真实性-5", "error", APPLICATIONS,
    )  # fmt: skip


def test_the_text_says_what_holds_and_what_does_not(bag, altered, capsys):
    assert main(["verify-archive", str(bag)]) == 0
    assert "结论：一致" in capsys.readouterr().out
    assert main(["verify-archive", str(altered)]) == 1
    told = capsys.readouterr().out
    assert "结论：不一致" in told
    assert "真实性-13 三层签字齐全，职责分离" in told
    assert "申报状态为“rejected”，按签字应为“qualified”" in told


def test_a_kept_checkpoint_is_compared(bag, whole_bag, tmp_path, capsys):
    note = tmp_path / "checkpoint.txt"
    note.write_bytes(Loose.of(whole_bag).files[CHECKPOINT])
    assert main(["verify-archive", str(bag), "--checkpoint", str(note)]) == 0
    note.write_text("nonsense\n")
    assert main(["verify-archive", str(bag), "--checkpoint", str(note)]) == 1
    assert "真实性-6" in capsys.readouterr().out


@pytest.mark.parametrize(
    "make",
    [
        lambda path: None,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"PK\x03\x04" + bytes(100)),
        lambda path: path.write_text("some text"),
        lambda path: path.mkdir(),
    ],
    ids=["nothing", "empty", "broken zip", "text", "empty folder"],
)
def test_what_is_no_bag_is_unusable(tmp_path, capsys, make):
    path = tmp_path / "bag"
    make(path)
    assert main(["verify-archive", str(path), "--json"]) == 2
    out = capsys.readouterr()
    assert out.out == ""
    assert out.err.strip()


def test_a_checkpoint_that_is_not_there_is_unusable(bag, capsys):
    assert main(["verify-archive", str(bag), "--checkpoint", "/nowhere/x"]) == 2
    assert "/nowhere/x" in capsys.readouterr().err


def test_half_a_bag_is_unusable_as_zip(bag, tmp_path, capsys):
    half = tmp_path / "half.zip"
    half.write_bytes(bag.read_bytes()[:-2000])
    assert main(["verify-archive", str(half)]) == 2
    assert capsys.readouterr().err.strip()
