"""Where the bytes lie: written whole beside their place, on the disk for sure, then renamed."""

import os
from pathlib import Path
from uuid import uuid4

from django.core.files import File
from django.core.files.storage import FileSystemStorage

_PIECE = 1 << 20  # bytes


class DurableStorage(FileSystemStorage):
    """A folder in which a file under its name is always whole, whatever stops the machine.

    A name is given once: its content never changes (it is a digest).
    """

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _save(self, name: str, content: "File[bytes]") -> str:
        place = Path(self.path(name))
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.with_name(f".{place.name}.{uuid4().hex}.new")
        try:
            with draft.open("xb") as file:
                while piece := content.read(_PIECE):
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(place)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        # The new name itself is on the disk only with its folders.
        for folder in (place.parent, *place.parents[1:3]):
            _sync(folder)
        return name


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
