"""Scores in hundredths (int): 60 points are 6000."""

import re
import unicodedata

from jiangjie.kernel.errors import MalformedValue, gettext_noop

FULL_SCORE = 10000  # hundredths

_POINTS = re.compile(r"(-?\d+)(?:\.(\d+))?", re.ASCII)


class BadScore(MalformedValue):
    """Not a score; `code` is score_malformed, score_decimals or score_range."""


def parse_score(value: str | float) -> int:
    """Hundredths of a score from 0 to 100: "60" → 6000, "59.99" → 5999, a cell's 60.5 → 6050.

    BadScore if it is no number, out of that range, or has more than two decimals: a score is
    never rounded on its way in.
    """
    text = unicodedata.normalize("NFKC", value if isinstance(value, str) else repr(value))
    found = _POINTS.fullmatch(text.strip())
    if not found:
        raise BadScore("score_malformed", gettext_noop("成绩应为数字，如60或59.5。"))
    points, decimals = found[1], found[2] or ""
    if len(decimals) > 2:
        raise BadScore("score_decimals", gettext_noop("成绩最多保留两位小数。"))
    score = int(points) * 100 + int(decimals.ljust(2, "0"))
    if points.startswith("-") or score > FULL_SCORE:
        raise BadScore("score_range", gettext_noop("成绩应在0至100之间。"))
    return score


def format_score(hundredths: int) -> str:
    """6000 → "60", 6050 → "60.5", 5999 → "59.99"."""
    points, rest = divmod(hundredths, 100)
    return f"{points}.{rest:02d}".rstrip("0").rstrip(".") if rest else str(points)
