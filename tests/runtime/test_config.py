"""Settings: where each comes from, and what is said of a wrong one."""

import json
from pathlib import Path

import pytest

from jiangjie.kernel.errors import BadInput
from jiangjie.runtime import config, keys
from jiangjie.runtime.checkup import _hidden
from tests.runtime.installations import Installation, empty_home


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ("DATABASE_URL", "PORT", "DEBUG"):
        monkeypatch.delenv(f"JIANGJIE_{name}", raising=False)
    monkeypatch.setenv("JIANGJIE_HOME", str(tmp_path))
    return tmp_path


def test_environment_goes_before_the_file_and_the_file_before_the_default(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "jiangjie.toml").write_text('port = 9000\npublic_url = "https://a.example"\n')
    monkeypatch.setenv("JIANGJIE_PORT", "9001")
    found, origin = config.load()
    assert (found.port, found.public_url, found.host) == (9001, "https://a.example", "127.0.0.1")
    assert (origin["port"], origin["public_url"], origin["host"], origin["home"]) == (
        "environment",
        str(home / "jiangjie.toml"),
        "default",
        "environment",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [("prot = 1", "prot"), ("port = 'x'", "port"), ("port = ", "jiangjie.toml")],
)
def test_wrong_file_is_said_with_its_place(home: Path, text: str, said: str) -> None:
    (home / "jiangjie.toml").write_text(text)
    with pytest.raises(BadInput, match=said):
        config.load()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("postgresql://u:secret@h:5432/d", "postgresql://u:…@h:5432/d"),
        ("postgresql://u@h/d", "postgresql://u@h/d"),
        ("8000", "8000"),
    ],
)
def test_passwords_are_hidden(value: str, shown: str) -> None:
    assert _hidden(value) == shown


def test_keys_are_made_once_and_only_for_their_owner(home: Path) -> None:
    first = keys.load_or_create(home / "keys")
    assert keys.load_or_create(home / "keys") == first
    assert {name: len(getattr(first, name)) for name in keys.SIZES} == keys.SIZES
    assert {path.stat().st_mode & 0o777 for path in (home / "keys").iterdir()} == {0o600}


def test_missing_key_is_made_and_a_damaged_one_is_not_replaced(home: Path) -> None:
    first = keys.load_or_create(home / "keys")
    (home / "keys" / "index.key").unlink()
    assert keys.load_or_create(home / "keys").field == first.field
    (home / "keys" / "field.key").write_text("damaged")
    with pytest.raises(BadInput, match=r"field\.key"):
        keys.load_or_create(home / "keys")
    assert (home / "keys" / "field.key").read_text() == "damaged"


def test_unusable_home_is_said_in_words(home: Path) -> None:
    (home / "file").write_text("")
    done = Installation(home / "file" / "home").run("serve")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Not a directory" in done.stderr
    assert "Traceback" not in done.stderr


def test_home_that_takes_no_files_is_said_in_words() -> None:
    done = Installation(Path("/proc/home")).run("serve")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("密钥目录/proc/home/keys不可用：")
    assert "Traceback" not in done.stderr


def test_check_tells_settings_their_origin_and_what_is_missing() -> None:
    with empty_home() as folder:
        done = Installation(folder).run("check", "--json")
        told = json.loads(done.stdout)
        assert (done.returncode, told["ok"]) == (1, False)
        settings = {each["name"]: (each["value"], each["origin"]) for each in told["settings"]}
        assert settings["home"] == (str(folder), "environment")
        assert settings["port"] == ("8000", "default")
        assert [fact["name"] for fact in told["facts"] if fact["is_bad"]] == ["migrations"]
