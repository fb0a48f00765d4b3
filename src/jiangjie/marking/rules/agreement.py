"""How a marker marks: mean, spread, and how far from the other marker. Plain numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

FEW = 30  # answers below which means and spreads say little (house decision)


@dataclass(frozen=True, slots=True)
class Habit:
    """Shares of the points, 0 to 1, of one marker. None: cannot be computed.

    `lean`: how much higher than the other marker of the same answers on average; `apart`: the
    mean distance; `within`: the share of double-marked answers inside the limit.
    """

    answers: int
    mean: float | None
    spread: float | None
    compared: int
    lean: float | None
    apart: float | None
    within: float | None

    @property
    def is_few(self) -> bool:
        return self.answers < FEW


def habit(
    own: Sequence[float], pairs: Sequence[tuple[float, float]], *, limit_percent: int
) -> Habit:
    """`own` are his marks as shares of the points, `pairs` his and the other's on one answer."""
    gaps = [mine - other for mine, other in pairs]
    limit = limit_percent / 100 + 1e-9  # shares are quotients of whole numbers
    return Habit(
        answers=len(own),
        mean=fmean(own) if own else None,
        spread=stdev(own) if len(own) > 1 else None,
        compared=len(pairs),
        lean=fmean(gaps) if gaps else None,
        apart=fmean(map(abs, gaps)) if gaps else None,
        within=sum(abs(gap) <= limit for gap in gaps) / len(gaps) if gaps else None,
    )
