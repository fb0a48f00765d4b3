"""Writing one BagIt bag (RFC 8493) as a zip file, file by file; nothing is held as a whole."""

import zipfile
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import IO, BinaryIO, Self

_MODE = 0o644 << 16  # -rw-r--r--


class BagWriter:
    """Payload first, in the order in which it is added, then the tag files.

    Members are stored, not deflated: pictures and PDFs do not shrink, and fixity is then checked
    at the speed of the hash alone.
    """

    def __init__(self, target: BinaryIO, *, name: str, at: datetime) -> None:
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, strict_timestamps=False)
        self._name, self._time = name, at.timetuple()[:6]
        self.digests: dict[str, str] = {}  # payload by path
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def add(self, path: str, pieces: Iterable[bytes]) -> str:
        """Add `path` (beginning with "data/") and return its SHA-256. ValueError if it is there."""
        if path in self.digests:
            raise ValueError(f"{path} twice")
        digest, size = self._write(path, pieces)
        self.digests[path] = digest
        self._size += size
        return digest

    def finish(self, info: Iterable[tuple[str, str]]) -> None:
        """Write the tag files. The zip is whole once the writer is left."""
        tags = {
            "bagit.txt": "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
            "bag-info.txt": "".join(
                f"{label}: {value}\n"
                for label, value in (*info, ("Payload-Oxum", f"{self._size}.{len(self.digests)}"))
            ),
            "manifest-sha256.txt": _manifest(self.digests),
        }
        written = {path: self._write(path, [text.encode()])[0] for path, text in tags.items()}
        self._write("tagmanifest-sha256.txt", [_manifest(written).encode()])

    def _write(self, path: str, pieces: Iterable[bytes]) -> tuple[str, int]:
        entry = zipfile.ZipInfo(f"{self._name}/{path}", self._time)
        entry.external_attr = _MODE
        digest, size = sha256(), 0
        with self._zip.open(entry, "w", force_zip64=True) as member:
            for piece in pieces:
                member.write(piece)
                digest.update(piece)
                size += len(piece)
        return digest.hexdigest(), size


def _manifest(digests: dict[str, str]) -> str:
    """RFC 8493, 2.1.3: only line breaks and the percent sign are escaped in a path."""
    return "".join(f"{digest}  {_escaped(path)}\n" for path, digest in sorted(digests.items()))


def _escaped(path: str) -> str:
    return path.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")


def pieces_of(stream: IO[bytes], size: int = 1 << 20) -> Iterable[bytes]:
    return iter(partial(stream.read, size), b"")
