"""What the packaged fonts can print. Both weights have the same characters (a test holds them)."""

import struct
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "fonts"
REGULAR = FOLDER / "NotoSerifSC-Regular.ttf"
SEMIBOLD = FOLDER / "NotoSerifSC-SemiBold.ttf"


# Signs of formulas that only the mathematical face inside the compiler has; the compiler refuses what
# that one lacks too.
MATHEMATICAL = frozenset(
    chr(code)
    for first, last in (
        (0x0391, 0x03F6), (0x2032, 0x2057), (0x2100, 0x214F), (0x2190, 0x23DF), (0x27C0, 0x27FF),
        (0x2980, 0x2AFF), (0x1D400, 0x1D7FF),
    )
    for code in range(first, last + 1)
)  # fmt: skip


def unprintable(text: str) -> list[str]:
    """The characters of `text` that have no glyph, each once, in order of code point.

    A line break is layout, not a character. For names at import as much as for a sheet: better a
    question to the clerk in time than an empty box on a certificate.
    """
    return sorted(set(text) - characters(REGULAR) - {"\n"})


@cache
def characters(font: Path) -> frozenset[str]:
    """The characters that a TrueType file maps to glyphs, from its full-Unicode table (format 12).

    Raises ValueError for a font without that table.
    """
    data = font.read_bytes()
    (tables,) = struct.unpack_from(">H", data, 4)
    places = {
        data[at : at + 4]: struct.unpack_from(">L", data, at + 8)[0]
        for at in range(12, 12 + 16 * tables, 16)
    }
    cmap = places[b"cmap"]
    (count,) = struct.unpack_from(">H", data, cmap + 2)
    for number in range(count):
        (offset,) = struct.unpack_from(">L", data, cmap + 4 + 8 * number + 4)
        table = cmap + offset
        if struct.unpack_from(">H", data, table)[0] == 12:
            (groups,) = struct.unpack_from(">L", data, table + 12)
            ranges = struct.iter_unpack(">LLL", data[table + 16 : table + 16 + 12 * groups])
            return frozenset(
                chr(code) for first, last, _ in ranges for code in range(first, last + 1)
            )
    raise ValueError(f"{font.name} has no full-Unicode character table")
