"""Bytes go in once, come out unchanged, and no failure leaves half of them."""

import os
import resource
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from jiangjie.files import http, rules, services
from jiangjie.files.models import Blob
from jiangjie.kernel.errors import BadInput

AT = datetime(2026, 6, 30, 1, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "jiangjie.files.storage.DurableStorage",
            "OPTIONS": {"location": str(tmp_path)},
        },
    }
    return tmp_path


def stored_files(folder: Path) -> dict[str, str]:
    """Path inside the folder → digest of what is there."""
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.django_db
def test_same_bytes_are_stored_once(folder: Path) -> None:
    digest = sha256(b"content").hexdigest()
    first = services.store(b"content", media_type="text/plain", at=AT)
    again = services.store(BytesIO(b"content"), media_type="text/csv", at=AT + timedelta(days=1))
    assert first == again == Blob.objects.get()
    assert (again.size, again.media_type, again.stored_at) == (7, "text/plain", AT)
    assert stored_files(folder) == {f"{digest[:2]}/{digest[2:4]}/{digest}": digest}
    assert services.read(first) == b"content"
    with services.open_blob(first) as stream:
        assert stream.read() == b"content"


@pytest.mark.django_db
def test_stream_is_stored_from_its_start() -> None:
    stream = BytesIO(b"0123456789")
    stream.seek(5)
    assert services.read(services.store(stream, media_type="text/plain", at=AT)) == b"0123456789"


@pytest.mark.django_db
def test_damaged_and_lost_files_are_not_given_out(folder: Path) -> None:
    blob = services.store(b"content", media_type="text/plain", at=AT)
    path = folder / services.path_of(blob.digest)
    path.write_bytes(b"forged!")
    with pytest.raises(services.DamagedFile, match=blob.digest):
        services.read(blob)
    path.unlink()
    with pytest.raises(FileNotFoundError):
        services.read(blob)
    services.store(b"content", media_type="text/plain", at=AT)  # whoever has it brings it back
    assert services.read(blob) == b"content"


@pytest.mark.django_db
def test_disk_that_takes_no_more_leaves_nothing(folder: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, limits[1]))
    try:
        with pytest.raises(BadInput, match="文件没有保存：File too large"):
            services.store(os.urandom(3_000_000), media_type="text/plain", at=AT)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (stored_files(folder), Blob.objects.count()) == ({}, 0)


@pytest.mark.django_db
def test_upload_is_stored_by_its_content(folder: Path) -> None:
    upload = SimpleUploadedFile("../../证明.pdf", b"%PDF-1.7 ...", content_type="text/html")
    blob = services.store_upload(upload, allowed=rules.EVIDENCE, at=AT)
    assert (blob.media_type, blob.size) == ("application/pdf", 12)


@pytest.mark.django_db
def test_upload_of_a_wrong_kind_stores_nothing(folder: Path) -> None:
    book = BytesIO()
    with zipfile.ZipFile(book, "w") as package:
        package.writestr("xl/workbook.xml", "<workbook/>")
        package.writestr("xl/vbaProject.bin", "macro")
    for name, content, said in [
        ("名单.xlsx", book.getvalue(), "含有宏"),
        ("名单.xlsx", book.getvalue()[:60], "已损坏"),
        ("名单.xlsx", b"%PDF-", "内容不是"),
        ("名单.txt", b"text", "不接受"),
    ]:
        with pytest.raises(BadInput, match=said):
            services.store_upload(SimpleUploadedFile(name, content), allowed=rules.ROSTERS, at=AT)
    assert (stored_files(folder), Blob.objects.count()) == ({}, 0)


@pytest.mark.django_db
def test_upload_beyond_the_limit_is_refused(settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 1024 * 1024
    upload = SimpleUploadedFile("证明.pdf", b"%PDF-" + bytes(1024 * 1024))
    with pytest.raises(BadInput, match="超过上限1 MB"):
        services.store_upload(upload, allowed=rules.EVIDENCE, at=AT)


@pytest.mark.django_db
def test_download_has_the_readable_name_and_the_bytes() -> None:
    blob = services.store(b"%PDF-1.7", media_type="application/pdf", at=AT)
    answer = http.download(blob, "证书 张三.pdf", inline=True)
    assert answer["Content-Disposition"] == (
        "inline; filename*=utf-8''%E8%AF%81%E4%B9%A6%20%E5%BC%A0%E4%B8%89.pdf"
    )
    assert (answer["Content-Type"], answer["Content-Length"]) == ("application/pdf", "8")
    assert b"".join(cast(BinaryIO, answer.streaming_content)) == b"%PDF-1.7"
    answer.close()


@pytest.mark.django_db
def test_what_a_browser_might_run_is_never_shown_inline() -> None:
    blob = services.store(b"<script>", media_type="text/html", at=AT)
    answer = http.download(blob, "x.html", inline=True)
    assert answer["Content-Disposition"].startswith("attachment")
    answer.close()


_STORE_FOR_EVER = """
import sys, random
from django.conf import settings
from django.core.files import File
from io import BytesIO
from hashlib import sha256
from jiangjie.files.storage import DurableStorage
settings.configure()
storage = DurableStorage(location=sys.argv[1])
for seed in range(10**9):  # until killed
    content = random.Random(seed).randbytes(20_000_000)
    digest = sha256(content).hexdigest()
    storage.save(f"{digest[:2]}/{digest[2:4]}/{digest}", File(BytesIO(content)))
"""


def test_killed_writer_leaves_no_half_file_under_a_digest(folder: Path) -> None:
    for _ in range(3):
        writer = subprocess.Popen([sys.executable, "-c", _STORE_FOR_EVER, str(folder)])  # noqa: S603
        seen = len(list(folder.glob("??/??/.*.new")))
        while writer.poll() is None and len(list(folder.glob("??/??/.*.new"))) == seen:
            pass  # until it is in the middle of a write
        writer.kill()
        writer.wait()
    files = stored_files(folder)
    drafts = {name for name in files if name.endswith(".new")}
    assert drafts  # it was killed in a write
    whole = {name: digest for name, digest in files.items() if name not in drafts}
    assert whole == {services.path_of(digest): digest for digest in whole.values()}


def test_drafts_of_a_crash_are_swept_after_a_day(folder: Path, settings: Any) -> None:
    draft = Path(settings.CONFIG.files) / "ab" / "cd" / ".abcd.123.new"
    draft.parent.mkdir(parents=True, exist_ok=True)
    draft.write_bytes(b"half")
    written = datetime.fromtimestamp(draft.stat().st_mtime, UTC)
    assert services.sweep_drafts(at=written + timedelta(hours=23)) == 0
    assert services.sweep_drafts(at=written + timedelta(hours=25)) == 1
    assert not draft.exists()
    assert default_storage.location == str(folder)
