"""Reading a bag, a folder or a zip file, without unpacking it; and the digests of its files.

Nothing in a bag is trusted: paths are checked before they are used, links are not followed, and
a member is never read as a whole unless it is asked for.
"""

import hashlib
import lzma
import os
import re
import threading
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from jiangjie.kernel.errors import BadInput, gettext_noop

# What reading a damaged file or member may raise.
UNREADABLE = (
    OSError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, ValueError, EOFError,
    NotImplementedError, RuntimeError,
)  # fmt: skip
LARGEST = 1 << 30  # bytes of one data file that is read as a whole
_PIECE = 1 << 18  # stays in a core's cache between reading and hashing
_LARGE = 1 << 20
_TOGETHER = 64  # small files that one thread hashes in a go
_LOCAL_HEADER = 30
_DECLARED = re.compile("([^/]+/)?bagit[.]txt")


@dataclass(frozen=True, slots=True)
class Unsafe:
    path: str
    why: str  # a gettext source string


class Container(Protocol):
    """Files by their path inside the bag."""

    @property
    def sizes(self) -> Mapping[str, int]: ...

    @property
    def unsafe(self) -> tuple[Unsafe, ...]: ...

    def read(self, path: str) -> bytes:
        """ValueError for more than LARGEST; else what UNREADABLE lists, or KeyError."""
        ...

    def pieces(self, path: str, buffer: bytearray) -> Iterator[memoryview | bytes]: ...


LINK = gettext_noop("是链接或特殊文件，没有读取")
OUTSIDE = gettext_noop("路径指向档案包之外")
TWICE = gettext_noop("同名文件出现两次")
LOCKED = gettext_noop("文件被加密，不能读取")
BEYOND = gettext_noop("不在档案包目录内")


@contextmanager
def opened(source: str | os.PathLike[str] | BinaryIO) -> Iterator[Container]:
    """BadInput when there is nothing, or neither a folder nor a zip file."""
    if not isinstance(source, str | os.PathLike):
        yield Zip(source)
        return
    path = Path(source)
    if path.is_dir():
        yield Folder(path)
        return
    try:
        file = path.open("rb")
    except OSError as why:
        raise BadInput(
            gettext_noop("%(path)s：无法打开：%(why)s。"), path=str(path), why=why.strerror or why
        ) from why
    with file:
        yield Zip(file)


def _check_size(bag: Container, path: str) -> None:
    if bag.sizes[path] > LARGEST:
        raise ValueError(f"more than {LARGEST} bytes")


class Folder:
    def __init__(self, root: Path) -> None:
        self._root = root
        self.sizes: dict[str, int] = {}
        unsafe: list[Unsafe] = []
        folders = [""]
        while folders:
            folder = folders.pop()
            for entry in os.scandir(root / folder):
                name = folder + entry.name
                if entry.is_dir(follow_symlinks=False):
                    folders.append(f"{name}/")
                elif entry.is_file(follow_symlinks=False):
                    self.sizes[name] = entry.stat(follow_symlinks=False).st_size
                else:
                    unsafe.append(Unsafe(name, LINK))
        self.unsafe = tuple(unsafe)

    def read(self, path: str) -> bytes:
        _check_size(self, path)
        return (self._root / path).read_bytes()

    def pieces(self, path: str, buffer: bytearray) -> Iterator[memoryview]:
        view = memoryview(buffer)
        with open(f"{self._root}/{path}", "rb", buffering=0) as file:
            while count := file.readinto(buffer):
                yield view[:count]


class Zip:
    """Members that are stored and not deflated are read past the zip's own, slower, check sum:
    the manifest's is the stronger one."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        try:
            self._zip = zipfile.ZipFile(file)
            members = self._zip.infolist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as why:
            raise BadInput(
                gettext_noop("不是文件夹，也不是可以打开的zip文件：%(why)s。"), why=str(why)
            ) from why
        self._members: dict[str, zipfile.ZipInfo] = {}
        unsafe: list[Unsafe] = []
        root = _root_of([member.filename for member in members])
        for member in members:
            name = member.filename
            if member.is_dir():
                continue
            if why_not := _unsafe(member, root):
                unsafe.append(Unsafe(name, why_not))
            elif name[len(root) :] in self._members:
                unsafe.append(Unsafe(name, TWICE))
            else:
                self._members[name[len(root) :]] = member
        self.sizes = {path: member.file_size for path, member in self._members.items()}
        self.unsafe = tuple(unsafe)

    def read(self, path: str) -> bytes:
        _check_size(self, path)
        return self._zip.read(self._members[path])

    def pieces(self, path: str, buffer: bytearray) -> Iterator[memoryview | bytes]:
        member = self._members[path]
        if member.compress_type != zipfile.ZIP_STORED:
            with self._zip.open(member) as file:
                while piece := file.read(_PIECE):
                    yield piece
            return
        handle, view = self._file.fileno(), memoryview(buffer)
        header = os.pread(handle, _LOCAL_HEADER, member.header_offset)
        skipped = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        place, left = member.header_offset + _LOCAL_HEADER + skipped, member.file_size
        while left:
            count = os.preadv(handle, [view[: min(left, len(view))]], place)
            if not count:
                return  # cut off: the digest tells
            yield view[:count]
            place, left = place + count, left - count


def _root_of(names: Sequence[str]) -> str:
    """The one folder in which RFC 8493 puts a bag into a zip; "" when it lies at the top."""
    declared = [name.removesuffix("bagit.txt") for name in names if _DECLARED.fullmatch(name)]
    if declared:
        return min(declared, key=len)
    tops = {name.partition("/")[0] for name in names}
    top = next(iter(tops), "")
    return f"{top}/" if len(tops) == 1 and f"{top}/" != "data/" else ""


def _unsafe(member: zipfile.ZipInfo, root: str) -> str:
    name = member.filename
    if name.startswith("/") or ".." in name.split("/") or "\\" in name or "\0" in name:
        return OUTSIDE
    if not name.startswith(root):
        return BEYOND
    if member.flag_bits & 1:
        return LOCKED
    kind = member.external_attr >> 16 & 0o170000
    return "" if kind in (0, 0o100000) else LINK


def digests(container: Container, algorithms: Mapping[str, str]) -> dict[str, str]:
    """The digest of each file by the algorithm named beside its path; "" if it cannot be read.

    Hashing lets go of the interpreter lock, so two threads come close to twice one core.
    """
    # The longest first, so that no thread ends alone on a big one.
    paths = sorted(algorithms, key=lambda path: (-container.sizes[path], path))
    large = sum(container.sizes[path] >= _LARGE for path in paths)
    groups = [[path] for path in paths[:large]] + [
        paths[begin : begin + _TOGETHER] for begin in range(large, len(paths), _TOGETHER)
    ]

    own = threading.local()  # a buffer for each thread

    def hashed(some: list[str]) -> list[tuple[str, str]]:
        if not hasattr(own, "buffer"):
            own.buffer = bytearray(_PIECE)
        return [(path, _digest(container, path, algorithms[path], own.buffer)) for path in some]

    with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as threads:
        return dict(pair for group in threads.map(hashed, groups) for pair in group)


def _digest(container: Container, path: str, algorithm: str, buffer: bytearray) -> str:
    seen = hashlib.new(algorithm, usedforsecurity=False)
    try:
        for piece in container.pieces(path, buffer):
            seen.update(piece)
    except UNREADABLE:
        return ""
    return seen.hexdigest()
