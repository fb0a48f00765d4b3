"""Money in fen (int), read from and written as yuan."""

import re
import unicodedata

from jiangjie.kernel.errors import MalformedValue, gettext_noop

_YUAN = re.compile(r"(-?)(\d+|\d{1,3}(?:,\d{3})+)(?:\.(\d+))?", re.ASCII)


class BadAmount(MalformedValue):
    """Not an amount of money; `code` is amount_malformed or amount_decimals."""


def format_yuan(fen: int) -> str:
    """123456 → "1,234.56"."""
    yuan, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{yuan:,}.{rest:02d}"


def parse_yuan(value: str | float) -> int:
    """Fen of an amount in yuan: "1,234.56", "￥1234.5", "1234元", or a number from a cell.

    BadAmount if it is no amount or finer than a fen; a cell's float counts as its shortest
    decimal form, so 0.1 is 10 fen and 0.1 + 0.2 is refused.
    """
    text = unicodedata.normalize("NFKC", value if isinstance(value, str) else repr(value))
    found = _YUAN.fullmatch(text.strip().removeprefix("¥").removesuffix("元").strip())
    if not found:
        raise BadAmount("amount_malformed", gettext_noop("金额应以元为单位，如1,234.56。"))
    sign, yuan, decimals = found[1], found[2].replace(",", ""), found[3] or ""
    if len(decimals) > 2:
        raise BadAmount("amount_decimals", gettext_noop("金额最多到分，小数不超过两位。"))
    fen = int(yuan) * 100 + int(decimals.ljust(2, "0"))
    return -fen if sign else fen
