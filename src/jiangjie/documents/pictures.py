"""Photographs on their way into the store and into a sheet."""

import base64
import zlib
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from jiangjie.kernel.errors import BadInput, gettext_noop

_PNG = b"\x89PNG\r\n\x1a\n"


class BadPicture(BadInput):
    """Bytes that are no whole JPEG or PNG."""


MOST_PIXELS = 64_000_000  # a kilobyte can claim billions, and decoding takes memory for all


def upright(data: bytes) -> bytes:
    """The picture as it is meant to be seen: turned as its EXIF mark says, and without its EXIF,
    in which a phone notes where and with what it was taken. A picture without EXIF comes back
    byte for byte. BadPicture for what cannot be decoded as JPEG or PNG.
    """
    try:
        with Image.open(BytesIO(data), formats=("JPEG", "PNG")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise ValueError("too many pixels")
            picture.load()
            if not picture.getexif():
                return data
            kind, colours = picture.format, picture.info.get("icc_profile")
            turned = ImageOps.exif_transpose(picture)
    except (
        UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError
    ) as why:  # fmt: skip
        raise BadPicture(
            gettext_noop("照片打不开，可能已损坏。请重新拍照或另存为 JPEG 后上传。")
        ) from why
    clean, out = turned.copy(), BytesIO()
    clean.info = {}
    clean.save(out, kind, quality=95, icc_profile=colours)
    return out.getvalue()


def framed_photograph(data: bytes) -> str:
    """An SVG of 一寸 (25 x 35 mm) that the photograph fills; what stands out is cropped evenly.

    An SVG, because text reaches the compiler several times faster than a list of bytes, and the
    JPEG is embedded as it is. Pixels are taken as they lie: `upright` turned them at upload.
    Raises BadPicture.
    """
    if _is_whole_jpeg(data):
        kind = "jpeg"
    elif _is_whole_png(data):
        kind = "png"
    else:
        raise BadPicture(gettext_noop("照片不是完整的 JPEG 或 PNG 图片。"))
    address = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="25mm" height="35mm" viewBox="0 0 25 35">'
        f'<image width="25" height="35" preserveAspectRatio="xMidYMid slice" href="{address}"/>'
        "</svg>"
    )


def _is_whole_jpeg(data: bytes) -> bool:
    # Start of image, a scan, and the end of image after it: a broken upload lacks the last.
    scan = data.rfind(b"\xff\xda")
    return data.startswith(b"\xff\xd8\xff") and 0 < scan < data.rfind(b"\xff\xd9")


def _is_whole_png(data: bytes) -> bool:
    if not data.startswith(_PNG):
        return False
    at = len(_PNG)
    while at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        body, check = data[at + 4 : at + 8 + size], data[at + 8 + size : at + 12 + size]
        if zlib.crc32(body).to_bytes(4, "big") != check:
            return False
        if body.startswith(b"IEND"):
            return True
        at += 12 + size
    return False
