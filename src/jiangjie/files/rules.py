"""Which files are taken: by suffix, and only when the content is what the suffix says.

Pure functions: the first bytes and the names in, a media type or a refusal out.
"""

from collections.abc import Collection
from dataclasses import dataclass

from jiangjie.kernel.errors import BadInput, gettext_noop

HEAD = 64 * 1024  # bytes of a file that the functions here look at


@dataclass(frozen=True, slots=True)
class Kind:
    media_type: str
    signatures: tuple[bytes, ...] = ()  # what the file begins with; none: it is text
    member: str = ""  # for zip packages: a member that makes it this kind


_OFFICE = "application/vnd.openxmlformats-officedocument"
KINDS = {
    ".pdf": Kind("application/pdf", (b"%PDF-",)),
    ".png": Kind("image/png", (b"\x89PNG\r\n\x1a\n",)),
    ".jpg": Kind("image/jpeg", (b"\xff\xd8\xff",)),
    ".jpeg": Kind("image/jpeg", (b"\xff\xd8\xff",)),
    ".xlsx": Kind(f"{_OFFICE}.spreadsheetml.sheet", (b"PK\x03\x04",), "xl/workbook.xml"),
    ".docx": Kind(f"{_OFFICE}.wordprocessingml.document", (b"PK\x03\x04",), "word/document.xml"),
    ".zip": Kind("application/zip", (b"PK\x03\x04",)),
    ".csv": Kind("text/csv"),
    ".txt": Kind("text/plain"),
}
IMAGES = frozenset({".png", ".jpg", ".jpeg"})
PHOTOS = IMAGES
EVIDENCE = frozenset({".pdf", ".docx", ".xlsx"}) | IMAGES
ROSTERS = frozenset({".xlsx", ".csv"})

MAX_PIXELS = 50_000_000  # house decision: beyond it opening the picture exhausts memory
MAX_UNPACKED = 400 * 1024 * 1024  # bytes; house decision against packages that swell


def check_upload(
    *, name: str, size: int, head: bytes, allowed: Collection[str], max_size: int
) -> Kind:
    """The kind of an upload. BadInput says what is wrong with it and what would be taken."""
    suffix = suffix_of(name)
    if suffix not in allowed or suffix not in KINDS:
        raise BadInput(
            gettext_noop("不接受文件“%(name)s”的类型，请上传：%(allowed)s。"),
            name=name,
            allowed=" ".join(sorted(allowed)),
        )
    if size == 0:
        raise BadInput(gettext_noop("文件“%(name)s”是空的。"), name=name)
    if size > max_size:
        raise BadInput(
            gettext_noop("文件“%(name)s”有%(size)s MB，超过上限%(limit)s MB。"),
            name=name,
            size=f"{size / 1048576:.1f}",
            limit=max_size // 1048576,
        )
    kind = KINDS[suffix]
    fits = head.startswith(kind.signatures) if kind.signatures else _is_text(head)
    if not fits:
        raise BadInput(
            gettext_noop("文件“%(name)s”的内容不是%(suffix)s格式，可能已损坏或改过扩展名。"),
            name=name,
            suffix=suffix,
        )
    if suffix in IMAGES:
        _check_pixels(name, image_size(head))
    return kind


def check_package(*, name: str, members: Collection[str], unpacked: int) -> None:
    """A zip package: it holds what its suffix says, carries no macro and does not swell."""
    kind = KINDS[suffix_of(name)]
    if kind.member and kind.member not in members:
        raise BadInput(
            gettext_noop("文件“%(name)s”的内容不是%(suffix)s格式，可能已损坏或改过扩展名。"),
            name=name,
            suffix=suffix_of(name),
        )
    if any(member.lower().endswith("vbaproject.bin") for member in members):
        raise BadInput(gettext_noop("文件“%(name)s”含有宏，请另存为不含宏的文件。"), name=name)
    if unpacked > MAX_UNPACKED:
        raise BadInput(gettext_noop("文件“%(name)s”解压后过大，无法接受。"), name=name)


def suffix_of(name: str) -> str:
    """ ".pdf" for "证明.PDF"; "" where there is none."""
    stem, dot, end = name.rpartition(".")
    return f".{end.lower()}" if dot and stem else ""


def image_size(head: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG or JPEG; None where the head does not tell."""
    if head.startswith(b"\x89PNG") and head[12:16] == b"IHDR" and len(head) >= 24:
        return int.from_bytes(head[16:20]), int.from_bytes(head[20:24])
    place = 2
    while head.startswith(b"\xff\xd8") and place + 9 <= len(head) and head[place] == 0xFF:
        marker = head[place + 1]
        if marker == 0xFF:  # fill byte
            place += 1
        elif 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:  # start of frame
            height, width = head[place + 5 : place + 7], head[place + 7 : place + 9]
            return int.from_bytes(width), int.from_bytes(height)
        else:
            place += 2 + int.from_bytes(head[place + 2 : place + 4])
    return None


def _check_pixels(name: str, size: tuple[int, int] | None) -> None:
    if size is None or 0 in size:
        raise BadInput(gettext_noop("图片“%(name)s”已损坏，无法读取尺寸。"), name=name)
    if size[0] * size[1] > MAX_PIXELS:
        raise BadInput(
            gettext_noop("图片“%(name)s”有%(width)d×%(height)d像素，请缩小后上传。"),
            name=name,
            width=size[0],
            height=size[1],
        )


def _is_text(head: bytes) -> bool:
    """Text as offices write it: UTF-8, or GB 18030 from older programs."""
    if b"\x00" in head:
        return False
    for encoding in ("utf-8", "gb18030"):
        for cut in range(4):  # the head may end inside a character
            try:
                head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            return True
    return False
