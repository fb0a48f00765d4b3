"""A bag in the hands of somebody who alters it and then makes all check sums fit again."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from jiangjie.kernel.canonical import canonical_bytes

TAGS = ("bagit.txt", "bag-info.txt", "manifest-sha256.txt")


@dataclass
class Loose:
    """The files of a bag by path."""

    files: dict[str, bytes]
    keeps_sums: bool = False  # whether the manifests are left as they were
    _names: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, content: bytes) -> "Loose":
        with zipfile.ZipFile(io.BytesIO(content)) as bag:
            return cls({name.partition("/")[2]: bag.read(name) for name in bag.namelist()})

    def copy(self) -> "Loose":
        return Loose(dict(self.files))

    def doc(self, path: str) -> Any:
        return json.loads(self.files[path])

    def put(self, path: str, value: Any) -> None:
        self.files[path] = canonical_bytes(value)

    def edit(self, path: str, change: Callable[[Any], Any]) -> None:
        """`change` alters the document in place, or returns another."""
        doc = self.doc(path)
        changed = change(doc)
        self.put(path, doc if changed is None else changed)

    def path_of(self, part: str) -> str:
        """The one path with these words in it."""
        (found,) = [path for path in self.files if part in path]
        return found

    def make_sums_fit(self) -> None:
        payload = {path: content for path, content in self.files.items() if path[:5] == "data/"}
        size = sum(map(len, payload.values()))
        self.files["manifest-sha256.txt"] = _manifest(payload)
        info = self.files["bag-info.txt"].decode().splitlines()
        kept = [line for line in info if not line.startswith("Payload-Oxum")]
        kept.append(f"Payload-Oxum: {size}.{len(payload)}")
        self.files["bag-info.txt"] = "".join(f"{line}\n" for line in kept).encode()
        tags = {path: self.files[path] for path in TAGS}
        self.files["tagmanifest-sha256.txt"] = _manifest(tags)

    def write_zip(self, path: Path, *, deflated: bool = False) -> Path:
        if not self.keeps_sums:
            self.make_sums_fit()
        kind = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
        with zipfile.ZipFile(path, "w", kind) as bag:
            for name, content in self.files.items():
                bag.writestr(f"bag/{name}", content)
        return path

    def write_folder(self, root: Path) -> Path:
        if not self.keeps_sums:
            self.make_sums_fit()
        for name, content in self.files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content)
        return root


def _manifest(files: dict[str, bytes]) -> bytes:
    return "".join(
        f"{sha256(content).hexdigest()}  {path}\n" for path, content in sorted(files.items())
    ).encode()
