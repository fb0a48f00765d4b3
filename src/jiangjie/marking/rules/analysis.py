"""What the answers of one form say about its questions, and of all forms about the bank's items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median

import numpy as np

from jiangjie.exams.rules.units import Unit
from jiangjie.itembank.rules.content import Kind
from jiangjie.psychometrics import classical, irt
from jiangjie.psychometrics.classical import (
    FINDINGS,
    Finding,
    ItemStatistics,
    OptionStatistics,
    TestStatistics,
)

FEW = 100  # people below which item statistics are uncertain (house decision; the errors are shown)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_Z = 1.959963984540054  # of 95 %


@dataclass(frozen=True, slots=True)
class Sat:
    """One candidate's script: marks and answers by unit, seconds spent, score out of 100.00."""

    marks: Mapping[str, int]
    answers: Mapping[str, str]
    seconds: Mapping[str, int]
    score: int
    pass_mark: int | None


@dataclass(frozen=True, slots=True)
class UnitAnalysis:
    unit: Unit
    statistics: ItemStatistics
    options: tuple[OptionStatistics, ...]
    seconds: int | None  # median of those who spent any

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """What is to be looked at: an option's letter or "", and the text (a gettext source)."""
        return [("", FINDINGS[each]) for each in self.statistics.findings] + [
            (option.letter, FINDINGS[each]) for option in self.options for each in option.findings
        ]

    @property
    def is_urgent(self) -> bool:
        """The key may be wrong."""
        urgent = {Finding.NEGATIVE, Finding.ALL_WRONG, Finding.ATTRACTS_THE_ABLE}
        return bool(urgent & set(self.statistics.findings)) or any(
            urgent & set(option.findings) for option in self.options
        )


@dataclass(frozen=True, slots=True)
class FormAnalysis:
    people: int
    test: TestStatistics  # points in hundredths
    units: tuple[UnitAnalysis, ...]
    passed: int
    judged: int  # people whose level has a pass mark
    histogram: tuple[int, ...]  # of scores: 0-9, 10-19 … 90-100

    @property
    def pass_rate(self) -> float | None:
        return self.passed / self.judged if self.judged else None

    @property
    def pass_interval(self) -> tuple[float, float] | None:
        return wilson(self.passed, self.judged) if self.judged else None

    @property
    def is_few(self) -> bool:
        return self.people < FEW


def wilson(successes: int, tries: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927, JASA 22)."""
    share, z2 = successes / tries, _Z * _Z
    middle = (share + z2 / (2 * tries)) / (1 + z2 / tries)
    half = _Z * sqrt(share * (1 - share) / tries + z2 / (4 * tries * tries)) / (1 + z2 / tries)
    return max(0.0, middle - half), min(1.0, middle + half)


def analyse_form(units: Sequence[Unit], sat: Sequence[Sat]) -> FormAnalysis:
    scores = _matrix(units, sat)
    maxima = np.array([unit.points for unit in units], dtype=float)
    test = classical.analyse(scores, maxima)
    judged = [each for each in sat if each.pass_mark is not None]
    histogram = [0] * 10
    for each in sat:
        histogram[min(each.score // 1000, 9)] += 1
    return FormAnalysis(
        people=len(sat),
        test=test,
        units=tuple(
            UnitAnalysis(
                unit=unit,
                statistics=test.items[place],
                options=_options(unit, sat, scores[:, place], scores, maxima),
                seconds=_median([each.seconds.get(str(unit.number), 0) for each in sat]),
            )
            for place, unit in enumerate(units)
        ),
        passed=sum(each.score >= (each.pass_mark or 0) for each in judged),
        judged=len(judged),
        histogram=tuple(histogram),
    )


def _matrix(units: Sequence[Unit], sat: Sequence[Sat]) -> classical.Numbers:
    rows = [[each.marks[str(unit.number)] for unit in units] for each in sat]
    return np.array(rows, dtype=float).reshape(len(sat), len(units))


def _options(
    unit: Unit,
    sat: Sequence[Sat],
    own: classical.Numbers,
    scores: classical.Numbers,
    maxima: classical.Numbers,
) -> tuple[OptionStatistics, ...]:
    if not unit.content.kind.has_options and unit.content.kind is not Kind.TRUE_FALSE:
        return ()
    letters = LETTERS[: len(unit.content.options)] or "TF"
    rest = (scores.sum(axis=1) - own) / max(float(maxima.sum()) - unit.points, 1.0)
    choices = [each.answers.get(str(unit.number), "") for each in sat]
    return classical.options(choices, unit.content.key, rest, letters)


def _median(seconds: Sequence[int]) -> int | None:
    spent = [each for each in seconds if each]
    return round(median(spent)) if spent else None


# ---- for the bank ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Learned:
    """Of one item version over all forms; the estimates are empty where they cannot be told."""

    item: str
    people: int
    p_value: float
    discrimination: float | None
    rasch: irt.ItemEstimate
    two: irt.ItemEstimate  # parameters


_UNTOLD = irt.ItemEstimate(None, None)


def learned(forms: Sequence[tuple[Sequence[Unit], Sequence[Sat]]]) -> list[Learned]:
    """A case or composite item counts as one, with the points of all its parts.

    The Rasch difficulty is told of items marked right or wrong, from 20 people on; two parameters
    from 200.
    """
    points: dict[str, int] = {}
    for units, _ in forms:
        for item in dict.fromkeys(unit.item for unit in units):
            points[item] = sum(unit.points for unit in units if unit.item == item)
    codes = list(points)
    rows = [[_of_item(item, units, each) for item in codes] for units, sat in forms for each in sat]
    if not rows:
        return []
    scores = np.array(rows, dtype=float)
    maxima = np.array([points[item] for item in codes], dtype=float)
    found = classical.analyse(scores, maxima).items
    rasch = _calibrated(scores, maxima, irt.Model.RASCH)
    two = {}
    if len(rows) >= irt.TWO_PARAMETER_FROM:
        two = _calibrated(scores, maxima, irt.Model.TWO_PARAMETER)
    return [
        Learned(
            item, each.people, each.difficulty, each.discrimination,
            rasch.get(place, _UNTOLD), two.get(place, _UNTOLD),
        )
        for place, (item, each) in enumerate(zip(codes, found, strict=True))
        if each.difficulty is not None
    ]  # fmt: skip


def _of_item(item: str, units: Sequence[Unit], sat: Sat) -> float:
    marks = [sat.marks[str(unit.number)] for unit in units if unit.item == item]
    return float(sum(marks)) if marks else float("nan")


def _calibrated(
    scores: classical.Numbers, maxima: classical.Numbers, model: irt.Model
) -> dict[int, irt.ItemEstimate]:
    shares = scores / maxima
    plain = np.isnan(shares) | (shares == 0) | (shares == 1)
    places = [place for place in range(len(maxima)) if plain[:, place].all()]
    if not places:
        return {}
    calibrated = irt.calibrate(shares[:, places], model=model)
    return {
        place: each for place, each in zip(places, calibrated.items, strict=True) if each.is_usable
    }
