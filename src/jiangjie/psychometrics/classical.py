"""Classical test theory: difficulty, discrimination, reliability, and what each option attracts.

Scores are a matrix of people by items. NaN is an item that a person was not given; an item that was
given and left empty scores 0. All of it is defined for few people; the intervals say how much it means.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from scipy.special import fdtri

from jiangjie.kernel.errors import gettext_noop

Numbers = npt.NDArray[np.float64]

RARE = 0.05  # share below which a distractor attracts nobody to speak of (Haladyna & Downing 1993)
LOW = 0.2  # corrected correlation below which an item hardly tells people apart (Ebel 1965)


class Finding(StrEnum):
    """What an analyst should look at; the texts are for people."""

    NOBODY = "nobody"
    ALL_RIGHT = "all_right"
    ALL_WRONG = "all_wrong"
    NEGATIVE = "negative"
    WEAK = "weak"
    UNUSED = "unused"
    ATTRACTS_THE_ABLE = "attracts_the_able"


FINDINGS: dict[Finding, str] = {
    Finding.NOBODY: gettext_noop("无人作答，无从分析"),
    Finding.ALL_RIGHT: gettext_noop("全部得满分，区分度无从计算"),
    Finding.ALL_WRONG: gettext_noop("全部得零分，区分度无从计算；请核对答案"),
    Finding.NEGATIVE: gettext_noop("得分高的人反而更容易答错，请核对答案"),
    Finding.WEAK: gettext_noop("区分度低于0.20"),
    Finding.UNUSED: gettext_noop("选择该项的不足5%，起不到干扰作用"),
    Finding.ATTRACTS_THE_ABLE: gettext_noop("得分高的人更常选该项，请核对答案或选项"),
}


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """`difficulty` is the mean share of the item's points (p); `discrimination` the correlation with
    the total of all other items (corrected point-biserial). None: cannot be computed.
    """

    people: int
    difficulty: float | None
    difficulty_error: float | None  # standard error of `difficulty`
    discrimination: float | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class TestStatistics:
    """`alpha` is Cronbach's (1951), which for items marked right or wrong is KR-20 (Kuder &
    Richardson 1937), over people who were given every item. `alpha_interval` holds it with 95 %
    (Feldt 1965). `measurement_error` is the SEM in points. None: cannot be computed.
    """

    people: int  # who were given every item
    mean: float | None
    deviation: float | None
    alpha: float | None
    alpha_interval: tuple[float, float] | None
    measurement_error: float | None
    is_right_or_wrong: bool  # so that `alpha` may be called KR-20
    items: tuple[ItemStatistics, ...]


def analyse(scores: Numbers, maxima: Numbers) -> TestStatistics:
    """`scores` of people by items; `maxima` the points of each item, above 0."""
    _check(scores, maxima)
    whole = scores[~np.isnan(scores).any(axis=1)]
    people, count = whole.shape
    totals = whole.sum(axis=1)
    deviation = float(totals.std(ddof=1)) if people > 1 else None
    alpha = _alpha(whole)
    values = scores[~np.isnan(scores)]
    tops = np.broadcast_to(maxima, scores.shape)[~np.isnan(scores)]
    return TestStatistics(
        people=people,
        mean=float(totals.mean()) if people else None,
        deviation=deviation,
        alpha=alpha,
        alpha_interval=None if alpha is None else _feldt(alpha, people, count),
        measurement_error=(
            None if alpha is None or deviation is None else deviation * max(0.0, 1 - alpha) ** 0.5
        ),
        is_right_or_wrong=bool(((values == 0) | (values == tops)).all()),
        items=tuple(_item(scores, maxima, place) for place in range(len(maxima))),
    )


def _check(scores: Numbers, maxima: Numbers) -> None:
    if scores.ndim != 2 or maxima.shape != (scores.shape[1],):
        raise ValueError("scores are people by items, maxima one number an item")
    if not (maxima > 0).all() or (scores < 0).any() or (scores > maxima).any():
        raise ValueError("an item scores from 0 to its points")


def _item(scores: Numbers, maxima: Numbers, place: int) -> ItemStatistics:
    given = ~np.isnan(scores[:, place])
    people = int(given.sum())
    if not people:
        return ItemStatistics(0, None, None, None, (Finding.NOBODY,))
    shares = scores[given, place] / maxima[place]
    difficulty = float(shares.mean())
    error = float(shares.std(ddof=1)) / people**0.5 if people > 1 else None
    discrimination = correlation(shares, _rest(scores[given], maxima, place))
    findings: list[Finding] = []
    if difficulty in (0.0, 1.0):
        findings.append(Finding.ALL_RIGHT if difficulty else Finding.ALL_WRONG)
    elif discrimination is not None and discrimination < 0:
        findings.append(Finding.NEGATIVE)
    elif discrimination is not None and discrimination < LOW:
        findings.append(Finding.WEAK)
    return ItemStatistics(people, difficulty, error, discrimination, tuple(findings))


def _rest(scores: Numbers, maxima: Numbers, place: int) -> Numbers:
    """Each person's share of the points of all other items that he was given."""
    others = np.delete(scores, place, axis=1)
    points = np.where(np.isnan(others), 0.0, np.delete(maxima, place)).sum(axis=1)
    shares: Numbers = np.nansum(others, axis=1) / np.where(points > 0, points, 1.0)
    return shares


def correlation(first: Numbers, second: Numbers) -> float | None:
    """Pearson's; None where one of the two does not vary."""
    if len(first) < 3:
        return None
    x, y = first - first.mean(), second - second.mean()
    spread = float((x @ x) * (y @ y))
    return None if spread < 1e-18 else float(x @ y) / math.sqrt(spread)


def _alpha(whole: Numbers) -> float | None:
    people, count = whole.shape
    if people < 3 or count < 2:
        return None
    variance = float(whole.sum(axis=1).var(ddof=1))
    if variance <= 0:
        return None
    alpha: float = count / (count - 1) * (1 - float(whole.var(axis=0, ddof=1).sum()) / variance)
    return alpha


def _feldt(alpha: float, people: int, count: int) -> tuple[float, float]:
    """95 % interval of alpha: (1 − α)/(1 − sample α) is F with n−1 and (n−1)(k−1) degrees (Feldt
    1965, The approximate sampling distribution of Kuder-Richardson reliability coefficient twenty).
    """
    ends = fdtri(people - 1, (people - 1) * (count - 1), [0.975, 0.025])
    low, high = (1 - (1 - alpha) * float(end) for end in ends)
    return low, high


@dataclass(frozen=True, slots=True)
class OptionStatistics:
    letter: str  # "A"; "" are those who chose nothing
    is_key: bool
    people: int
    share: float
    discrimination: float | None  # correlation of choosing it with the rest of the paper
    findings: tuple[Finding, ...]


def options(
    choices: Sequence[str], key: str, rest: Numbers, letters: str
) -> tuple[OptionStatistics, ...]:
    """What each option attracts. `choices` are letters as given ("C", "ACD", ""), `rest` each
    person's score on the rest of the paper. A multiple-choice answer counts for each of its letters.
    """
    if len(choices) != len(rest):
        raise ValueError("one choice and one score a person")
    found = []
    for letter in (*letters, ""):
        chosen = np.array([(letter in one) if letter else not one for one in choices], dtype=float)
        people, is_key = int(chosen.sum()), bool(letter) and letter in key
        share = people / len(choices) if choices else 0.0
        discrimination = correlation(chosen, rest)
        findings: tuple[Finding, ...] = ()
        if letter and not is_key and share < RARE:
            findings = (Finding.UNUSED,)
        elif letter and not is_key and discrimination is not None and discrimination > 0:
            findings = (Finding.ATTRACTS_THE_ABLE,)
        found.append(OptionStatistics(letter, is_key, people, share, discrimination, findings))
    return tuple(found)
