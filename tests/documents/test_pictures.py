"""Photographs: turned as their mark says, byte for byte where there is nothing to turn."""

import struct
from io import BytesIO
from zlib import crc32

import pytest
from PIL import Image

from jiangjie.documents.pictures import BadPicture, upright

# What EXIF 0x0112 says of the corner that lies top left, and where a red one comes to lie.
TURNS = {1: (0, 0), 2: (7, 0), 3: (7, 3), 4: (0, 3), 5: (0, 0), 6: (3, 0), 7: (3, 7), 8: (0, 7)}


def picture(kind: str = "PNG", orientation: int | None = None) -> bytes:
    """8 wide, 4 high, white with the top left pixel red."""
    image = Image.new("RGB", (8, 4), "white")
    image.putpixel((0, 0), (255, 0, 0))
    exif, out = Image.Exif(), BytesIO()
    if orientation is not None:
        exif[0x0112] = orientation
    image.save(out, kind, exif=exif)
    return out.getvalue()


@pytest.mark.parametrize(("orientation", "corner"), TURNS.items())
def test_every_mark_is_followed_and_then_gone(orientation, corner):
    with Image.open(BytesIO(upright(picture(orientation=orientation)))) as turned:
        red = [
            (x, y) for x in range(turned.width) for y in range(turned.height)
            if turned.convert("RGB").getpixel((x, y)) == (255, 0, 0)
        ]  # fmt: skip
        assert (red, len(turned.getexif()), turned.format) == ([corner], 0, "PNG")


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_without_a_mark_nothing_is_touched(kind):
    assert upright(picture(kind)) == picture(kind)


@pytest.mark.parametrize(
    "broken", [b"", b"GIF89a", picture("JPEG")[:150], picture()[:40], b"\xff\xd8\xff" + b"x" * 99]
)
def test_what_cannot_be_decoded_is_refused(broken):
    with pytest.raises(BadPicture):
        upright(broken)


@pytest.mark.parametrize("side", [8_001, 30_000])  # refused by us, and by the library already
def test_a_small_file_that_claims_a_huge_picture_is_refused(side):
    head = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rest = picture()[33:]  # after the signature and the head
    bomb = picture()[:8] + struct.pack(">I", 13) + head + struct.pack(">I", crc32(head)) + rest
    with pytest.raises(BadPicture):
        upright(bomb)
