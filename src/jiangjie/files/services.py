"""Storing and reading bytes. Files lie under "ab/cd/<digest>" in the default storage."""

import hashlib
import os
import zipfile
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, cast

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile

from jiangjie.documents.pictures import upright
from jiangjie.files import rules
from jiangjie.files.models import Blob
from jiangjie.kernel.errors import BadInput, gettext_noop

_PIECE = 1 << 20  # bytes


class DamagedFile(Exception):
    """The storage gives other bytes than were stored; the message names the digest."""


def store(content: bytes | BinaryIO, *, media_type: str, at: datetime) -> Blob:
    """Keep the bytes under their digest; the same bytes are stored once. A stream is rewound.

    The file is whole and on the disk before the row names it; a failure leaves neither.
    BadInput when the disk is full or cannot be written.
    """
    stream = BytesIO(content) if isinstance(content, bytes) else content
    digest, size = _measure(stream)
    name = path_of(digest)
    if not default_storage.exists(name) or default_storage.size(name) != size:
        try:
            default_storage.save(name, File(stream))
        except OSError as why:
            raise BadInput(
                gettext_noop("文件没有保存：%(why)s。请联系管理员检查存储空间。"),
                why=os.strerror(why.errno) if why.errno else why,
            ) from why
    blob, _ = Blob.objects.get_or_create(
        digest=digest, defaults={"size": size, "media_type": media_type, "stored_at": at}
    )
    return blob


def read(blob: Blob) -> bytes:
    """All bytes, compared with the digest. DamagedFile, or FileNotFoundError when it is gone."""
    with default_storage.open(path_of(blob.digest)) as file:
        content = cast(bytes, file.read())
    if hashlib.sha256(content).hexdigest() != blob.digest:
        raise DamagedFile(blob.digest)
    return content


def open_blob(blob: Blob) -> BinaryIO:
    """The bytes as a stream, to be closed by the caller. FileNotFoundError when it is gone."""
    return cast(BinaryIO, default_storage.open(path_of(blob.digest)))


def store_upload(upload: "UploadedFile[bytes]", *, allowed: frozenset[str], at: datetime) -> Blob:
    """Keep an upload whose suffix is allowed and whose content fits it; else BadInput."""
    name = os.path.basename(upload.name or "")
    stream = cast(BinaryIO, upload.file)
    stream.seek(0)
    kind = rules.check_upload(
        name=name,
        size=upload.size or 0,
        head=stream.read(rules.HEAD),
        allowed=allowed,
        max_size=settings.MAX_UPLOAD_BYTES,
    )
    if kind.signatures == (b"PK\x03\x04",):
        stream.seek(0)
        try:
            with zipfile.ZipFile(stream) as package:
                members = package.infolist()
        except (zipfile.BadZipFile, OSError, ValueError) as why:
            raise BadInput(gettext_noop("文件“%(name)s”已损坏，无法打开。"), name=name) from why
        rules.check_package(
            name=name,
            members={member.filename for member in members},
            unpacked=sum(member.file_size for member in members),
        )
    return store(stream, media_type=kind.media_type, at=at)


def store_photo(upload: "UploadedFile[bytes]", *, at: datetime) -> Blob:
    """Keep a photograph, turned upright and without what the phone wrote into it; else BadInput."""
    name = os.path.basename(upload.name or "")
    stream = cast(BinaryIO, upload.file)
    stream.seek(0)
    content = stream.read()
    kind = rules.check_upload(
        name=name, size=len(content), head=content[: rules.HEAD], allowed=rules.PHOTOS,
        max_size=settings.MAX_UPLOAD_BYTES,
    )  # fmt: skip
    return store(upright(content), media_type=kind.media_type, at=at)


def path_of(digest: str) -> str:
    return f"{digest[:2]}/{digest[2:4]}/{digest}"


def _measure(stream: BinaryIO) -> tuple[str, int]:
    """Digest and size; the stream is at its start before and after."""
    stream.seek(0)
    seen, size = hashlib.sha256(), 0
    while piece := stream.read(_PIECE):
        seen.update(piece)
        size += len(piece)
    stream.seek(0)
    return seen.hexdigest(), size


def sweep_drafts(*, at: datetime) -> int:
    """Remove what a crash left half-written a day ago or earlier; returns how many."""
    before = at.timestamp() - 24 * 3600
    left = [
        path
        for path in Path(settings.CONFIG.files).glob("??/??/.*.new")
        if path.stat().st_mtime < before
    ]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)
