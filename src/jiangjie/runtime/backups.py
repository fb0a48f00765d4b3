"""One file that holds an installation: database, stored files, settings and, by wish, keys.

A gzip tar: `database.dump` (pg_dump's own form), `files/…`, `keys/…`, `jiangjie.toml`, and last
`manifest.json` with the SHA-256 of each. Plain tools open it without us.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from datetime import datetime
from importlib.metadata import version
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO
from urllib.parse import unquote, urlsplit, urlunsplit

from jiangjie.kernel.errors import BadInput, gettext_noop
from jiangjie.runtime import keys as key_files
from jiangjie.runtime.cluster import Cluster
from jiangjie.runtime.config import Config

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "database.dump"
_PIECE = 1 << 20  # bytes

Tool = Callable[[str], Path]  # name of a PostgreSQL program → where it is


def back_up(
    target: Path, *, config: Config, database_url: str, tool: Tool, with_keys: bool, at: datetime
) -> int:
    """Write the file whole or not at all; returns its size in bytes. BadInput tells why not.

    The database first: a row names only files that were already there, and those never change,
    so with a dump as of one moment the files copied after it are complete.
    """
    draft = target.with_name(f".{target.name}.new")
    dump = target.with_name(f".{target.name}.dump")
    try:
        _pg(tool("pg_dump"), database_url, "--format=custom", "--no-owner", f"--file={dump}")
        digests: dict[str, str] = {}
        with draft.open("xb") as out:
            os.fchmod(out.fileno(), 0o600)
            with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as tar:
                for name, path in _contents(config, dump, with_keys):
                    digests[name] = _digest(path)
                    tar.add(path, name, recursive=False, filter=_anonymous)
                manifest = {
                    "format": FORMAT,
                    "program": version("jiangjie"),
                    "made_at": at.isoformat(),
                    "digests": digests,
                }
                _add_text(tar, MANIFEST, json.dumps(manifest, indent=1))
            out.flush()
            os.fsync(out.fileno())
        draft.replace(target)
    except OSError as why:
        raise BadInput(gettext_noop("备份没有完成：%(why)s"), why=why) from why
    finally:
        draft.unlink(missing_ok=True)
        dump.unlink(missing_ok=True)
    return target.stat().st_size


def restore(source: Path, *, config: Config, keys: Path | None) -> dict[str, object]:
    """Make the installation anew in an empty home; returns the manifest.

    Everything is unpacked beside the home, compared with the manifest, loaded, and only then
    moved to its place. `keys`: the folder of key files, where the backup has none.
    """
    home = config.home
    if home.exists() and any(path.name != ".postgres.lock" for path in home.iterdir()):
        raise BadInput(gettext_noop("目录%(home)s不是空的，只能恢复到空目录。"), home=home)
    draft = home.with_name(f".{home.name}.restoring")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir(parents=True)
        manifest = _unpack(source, draft)
        _place_keys(draft, keys)
        dump = draft / DUMP
        if config.database_url:
            _load_into(config.database_url, dump, Cluster(home).tool)
            dump.unlink()
            _move_home(draft, home)
        else:
            _load_into_own_cluster(draft, home, dump)
    except (OSError, tarfile.TarError, EOFError) as why:
        raise BadInput(gettext_noop("恢复没有完成：%(why)s"), why=why) from why
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def _contents(config: Config, dump: Path, with_keys: bool) -> Iterator[tuple[str, Path]]:
    yield DUMP, dump
    if (config.home / "jiangjie.toml").exists():
        yield "jiangjie.toml", config.home / "jiangjie.toml"
    for path in sorted(config.files.glob("??/??/*")):
        if not path.name.startswith("."):  # a draft of a write under way
            yield f"files/{path.relative_to(config.files).as_posix()}", path
    if with_keys:
        for name in key_files.SIZES:
            yield f"keys/{name}.key", config.keys / f"{name}.key"


def _unpack(source: Path, draft: Path) -> dict[str, object]:
    """Write the members into `draft`; BadInput unless each is as the manifest says."""
    found: dict[str, str] = {}
    manifest: dict[str, object] = {}
    with tarfile.open(source, "r:gz") as tar:
        for member in tar:
            content = tar.extractfile(member)
            place = PurePosixPath(member.name)
            if content is None or place.is_absolute() or ".." in place.parts:
                raise BadInput(gettext_noop("备份文件中有不该有的内容：%(name)s"), name=member.name)
            if member.name == MANIFEST:
                manifest = json.load(content)
                continue
            path = draft / place
            path.parent.mkdir(parents=True, exist_ok=True)
            found[member.name] = _copy_out(content, path)
            if place.parts[0] == "keys":
                path.chmod(0o600)
    if manifest.get("format") != FORMAT:
        raise BadInput(gettext_noop("%(file)s不是完整的备份文件。"), file=source)
    if found != manifest["digests"]:
        raise BadInput(gettext_noop("%(file)s的内容与清单不符，可能已损坏或被改动。"), file=source)
    return manifest


def _copy_out(content: IO[bytes], path: Path) -> str:
    seen = hashlib.sha256()
    with path.open("xb") as out:
        while piece := content.read(_PIECE):
            seen.update(piece)
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    return seen.hexdigest()


def _place_keys(draft: Path, given: Path | None) -> None:
    folder = draft / "keys"
    if given is not None:
        folder.mkdir(exist_ok=True)
        for name in key_files.SIZES:
            shutil.copyfile(given / f"{name}.key", folder / f"{name}.key")
            (folder / f"{name}.key").chmod(0o600)
    missing = [name for name in key_files.SIZES if not (folder / f"{name}.key").exists()]
    if missing:
        raise BadInput(
            gettext_noop("备份中没有密钥（%(names)s），请用 --keys 指定密钥目录。"),
            names=", ".join(missing),
        )
    folder.chmod(0o700)


def _load_into_own_cluster(draft: Path, home: Path, dump: Path) -> None:
    """A cluster is made beside the home, loaded and stopped, and then moves with its folder."""
    password = key_files.load_or_create(draft / "keys").database.hex()
    new, final = Cluster(draft), Cluster(home)
    new.ensure_running(password)
    try:
        new.ensure_database(password)
        _load_into(new.url(password), dump, new.tool)
    finally:
        new.stop()
        shutil.rmtree(new.socket, ignore_errors=True)
    dump.unlink()
    if not new.root.is_relative_to(draft):
        new.root.rename(final.root)
    _move_home(draft, home)


def _load_into(url: str, dump: Path, tool: Tool) -> None:
    """BadInput unless the database is empty; all or nothing is loaded."""
    listed = _pg(tool("psql"), url, "--tuples-only", "--command=\\dt", "--quiet")
    if listed.strip():
        raise BadInput(gettext_noop("数据库不是空的，只能恢复到空数据库。"))
    _pg(
        tool("pg_restore"), url, "--no-owner", "--no-privileges", "--exit-on-error",
        "--single-transaction", str(dump),
    )  # fmt: skip


def _move_home(draft: Path, home: Path) -> None:
    if home.exists():
        (home / ".postgres.lock").unlink(missing_ok=True)
        home.rmdir()
    draft.rename(home)


def _pg(program: Path, url: str, *arguments: str) -> str:
    """Run a PostgreSQL program; the password goes by the environment, not the process list."""
    parts = urlsplit(url)
    address = parts.netloc.rpartition("@")
    user = address[0].partition(":")[0]
    plain = urlunsplit(parts._replace(netloc=f"{user}@{address[2]}" if user else address[2]))
    done = subprocess.run(  # noqa: S603 -- our own binary and arguments, no shell
        [str(program), f"--dbname={plain}", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env={
            "PATH": "/usr/bin:/bin",
            "LC_ALL": "C.UTF-8",
            "PGPASSWORD": unquote(parts.password or ""),
        },
    )
    if done.returncode:
        raise BadInput(
            gettext_noop("%(program)s失败：%(why)s"),
            program=program.name,
            why=done.stderr.strip()[-800:],
        )
    return done.stdout


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(text.encode())
    tar.addfile(member, BytesIO(text.encode()))
