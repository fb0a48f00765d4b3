"""Reading a bag (RFC 8493), a folder or a zip, and its fixity. Streams: never a whole bag in memory."""

import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from jiangjie.kernel.errors import BadInput, gettext_noop
from jiangjie.verify.report import ALTERED, EXTRA, MISSING, UNREADABLE, Report

PIECE = 1 << 20
MANIFEST, TAG_MANIFEST = "manifest-sha256.txt", "tagmanifest-sha256.txt"
# Bags come from strangers: what is unpacked stays within bounds.
MAX_FILES, MAX_BYTES = 200_000, 64 << 30


class Container(Protocol):
    def names(self) -> list[str]: ...
    def open(self, name: str) -> IO[bytes]: ...


class Folder:
    def __init__(self, root: Path) -> None:
        self._root = root

    def names(self) -> list[str]:
        return sorted(
            path.relative_to(self._root).as_posix()
            for path in self._root.rglob("*")
            if path.is_file() and not path.is_symlink()
        )

    def open(self, name: str) -> IO[bytes]:
        return (self._root / name).open("rb")


class Zip:
    """A zip with the bag at its root, or in its one folder."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path)
        entries = [entry for entry in self._zip.infolist() if not entry.is_dir()]
        if len(entries) > MAX_FILES or sum(entry.file_size for entry in entries) > MAX_BYTES:
            raise zipfile.BadZipFile("too large")
        names = [entry.filename for entry in entries]
        if len(set(names)) != len(names):
            raise zipfile.BadZipFile("a name occurs twice")
        tops = {PurePosixPath(name).parts[0] for name in names}
        inner = len(tops) == 1 and f"{next(iter(tops))}/bagit.txt" in names
        self._prefix = f"{next(iter(tops))}/" if inner else ""

    def names(self) -> list[str]:
        return sorted(
            entry.filename.removeprefix(self._prefix)
            for entry in self._zip.infolist()
            if not entry.is_dir()
        )

    def open(self, name: str) -> IO[bytes]:
        return self._zip.open(self._prefix + name)


def open_bag(path: Path) -> Container:
    """BadInput when there is nothing to read, or no bag."""
    try:
        found: Container = Folder(path) if path.is_dir() else Zip(path)
        names = found.names()
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as why:
        raise BadInput(
            gettext_noop("%(file)s 不是可读取的档案包：%(why)s"), file=path, why=why
        ) from why
    if "bagit.txt" not in names:
        raise BadInput(gettext_noop("%(file)s 不是档案包：缺少 bagit.txt。"), file=path)
    return found


def digest_of(bag: Container, name: str) -> str:
    seen = hashlib.sha256()
    with bag.open(name) as file:
        while piece := file.read(PIECE):
            seen.update(piece)
    return seen.hexdigest()


def check_fixity(bag: Container, report: Report) -> dict[str, str]:
    """Compare every file with both manifests; returns the digests as they are, by name."""
    names = set(bag.names())
    digests: dict[str, str] = {}
    for name in sorted(names):
        try:
            digests[name] = digest_of(bag, name)
        except (OSError, zipfile.BadZipFile, EOFError, RuntimeError) as why:
            report.error(UNREADABLE, name, f"文件无法读取：{why}")
    for manifest, listed_here in ((MANIFEST, _is_payload), (TAG_MANIFEST, _is_tag)):
        if manifest not in digests:
            report.error(MISSING, manifest, "缺少清单文件")
            continue
        listed = dict(_lines(bag, manifest, report))
        for name in sorted(listed.keys() - names):
            report.error(MISSING, name, "清单中的文件不存在")
        for name in sorted(names - listed.keys()):
            if listed_here(name):
                report.error(EXTRA, name, "文件不在清单中")
        for name in sorted(listed.keys() & digests.keys()):
            if listed[name] != digests[name]:
                report.error(ALTERED, name, "文件摘要与清单不符，内容已被改动")
    return digests


def _is_payload(name: str) -> bool:
    return name.startswith("data/")


def _is_tag(name: str) -> bool:
    return not name.startswith("data/") and name != TAG_MANIFEST


def _lines(bag: Container, manifest: str, report: Report) -> Iterator[tuple[str, str]]:
    with bag.open(manifest) as file:
        text = file.read().decode("utf-8", "replace")
    for number, line in enumerate(text.splitlines(), start=1):
        digest, _, name = line.partition("  ")
        if len(digest) != 64 or not name:
            report.error(UNREADABLE, f"{manifest}#{number}", "清单行格式不正确")
        else:
            yield name.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%"), digest
