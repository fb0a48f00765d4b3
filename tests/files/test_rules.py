"""Which uploads are taken. No database."""

import pytest

from jiangjie.files import rules
from jiangjie.kernel.errors import BadInput

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (640).to_bytes(4) + (480).to_bytes(4) + b"\x08\x06"
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xc0\x00\x11\x08" + (480).to_bytes(2) + (640).to_bytes(2) + b"\x03\x01"
)
ALL = frozenset(rules.KINDS)


def taken(name: str, head: bytes, size: int | None = None) -> str:
    return rules.check_upload(
        name=name,
        size=len(head) if size is None else size,
        head=head,
        allowed=ALL,
        max_size=20 * 1024 * 1024,
    ).media_type


@pytest.mark.parametrize(
    ("name", "head", "media_type"),
    [
        ("证明.pdf", b"%PDF-1.7\n", "application/pdf"),
        ("证明.PDF", b"%PDF-1.7\n", "application/pdf"),
        ("照片.png", PNG, "image/png"),
        ("照片.jpg", JPEG, "image/jpeg"),
        ("照片.v2.jpeg", JPEG, "image/jpeg"),
        ("名单.csv", "姓名,工种\n张三,电工\n".encode(), "text/csv"),
        ("名单.csv", "姓名,工种\n张三,电工\n".encode("gb18030"), "text/csv"),
        ("名单.csv", "姓".encode()[:-1] + b"", "text/csv"),  # the head ends inside a character
        ("包.zip", b"PK\x03\x04", "application/zip"),
    ],
)
def test_file_whose_content_fits_its_suffix_is_taken(
    name: str, head: bytes, media_type: str
) -> None:
    assert taken(name, head) == media_type


@pytest.mark.parametrize(
    ("name", "head", "said"),
    [
        ("病毒.exe", b"MZ", "不接受"),
        ("没有扩展名", b"%PDF-", "不接受"),
        (".pdf", b"%PDF-", "不接受"),
        ("名单.xlsm", b"PK\x03\x04", "不接受"),
        ("证明.pdf", b"<html>", "内容不是.pdf格式"),
        ("照片.png", JPEG, "内容不是.png格式"),
        ("名单.csv", b"PK\x03\x04\x00\x00", "内容不是.csv格式"),
        ("名单.csv", b"\xff\xff\xff\xff\xff\xff", "内容不是.csv格式"),
        ("照片.png", PNG[:20], "已损坏"),
        ("照片.png", PNG.replace((640).to_bytes(4), (640000).to_bytes(4)), "请缩小"),
        ("空.pdf", b"", "是空的"),
    ],
)
def test_other_file_is_refused_with_its_name_and_the_reason(
    name: str, head: bytes, said: str
) -> None:
    with pytest.raises(BadInput, match=said) as why:
        taken(name, head)
    assert name in str(why.value)


def test_size_limit_is_inclusive() -> None:
    limit = 20 * 1024 * 1024
    assert taken("证明.pdf", b"%PDF-1.7", limit) == "application/pdf"
    with pytest.raises(BadInput, match=r"20.0 MB，超过上限20 MB"):
        taken("证明.pdf", b"%PDF-1.7", limit + 1)


@pytest.mark.parametrize(
    ("members", "unpacked", "said"),
    [
        ({"word/document.xml"}, 10, "内容不是.xlsx格式"),
        ({"xl/workbook.xml", "xl/vbaProject.bin"}, 10, "含有宏"),
        ({"xl/workbook.xml"}, rules.MAX_UNPACKED + 1, "解压后过大"),
    ],
)
def test_package_is_looked_into(members: set[str], unpacked: int, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        rules.check_package(name="名单.xlsx", members=members, unpacked=unpacked)
    rules.check_package(name="名单.xlsx", members={"xl/workbook.xml"}, unpacked=rules.MAX_UNPACKED)


def test_picture_size_is_read_from_the_head() -> None:
    assert rules.image_size(PNG) == rules.image_size(JPEG) == (640, 480)
    assert rules.image_size(b"\xff\xd8\xff") is rules.image_size(b"GIF89a") is None
