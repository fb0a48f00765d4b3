"""Two marks of one answer, the third where they differ, and the score out of a hundred.

Points and scores are hundredths. No text of the state sets a limit of deviation or says how a third
mark counts: both are settings of a round, house decisions that the screens mark as such.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import combinations

from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.kernel.scores import FULL_SCORE

HOUSE = "本系统规定（推定）：非客观题两人独立阅卷，超出允许误差由第三人评"
DEFAULT_LIMIT = 20  # percent of the question's points
PAIR, THIRD = (1, 2), 3  # places of the markers of a question


class Third(StrEnum):
    """What stands when a third has marked."""

    NEAREST_TWO = "nearest"  # the mean of the two marks that lie closest
    MEAN_OF_THREE = "mean"
    THIRD_STANDS = "third"


def needs_third(first: int, second: int, *, points: int, limit_percent: int) -> bool:
    """Whether two marks differ by more than the limit allows; exactly the limit is allowed."""
    return abs(first - second) * 100 > points * limit_percent


def final(marks: Sequence[int], *, points: int, limit_percent: int, third: Third) -> int | None:
    """What an answer earns: `marks` of the first, the second and, where asked for, the third.

    None while a mark is missing. Halves of a hundredth are rounded up. Where the third mark lies
    exactly between the others, the higher two count.
    """
    if len(marks) < 2:
        return None
    if not needs_third(marks[0], marks[1], points=points, limit_percent=limit_percent):
        return mean(marks[:2])
    if len(marks) < 3:
        return None
    match third:
        case Third.THIRD_STANDS:
            return marks[2]
        case Third.MEAN_OF_THREE:
            return mean(marks)
    return mean(min(combinations(marks, 2), key=lambda two: (abs(two[0] - two[1]), -sum(two))))


def mean(marks: Sequence[int]) -> int:
    """Rounded half up."""
    return (2 * sum(marks) + len(marks)) // (2 * len(marks))


def out_of_hundred(earned: int, possible: int) -> int:
    """The score in proportion to the paper's full mark, rounded half up to a hundredth."""
    return (2 * earned * FULL_SCORE + possible) // (2 * possible)


def step(points: int) -> int:
    """The least difference of two marks that the screen offers: half a point, of small questions
    less."""
    return 50 if points >= 100 else max(points // 4, 1)


MOST_BUTTONS = 21


def buttons(points: int) -> tuple[int, ...]:
    """Marks that a marker gives by one touch, from none to all: whole points where there are many
    steps, and of a very long question as many as a hand can overlook."""
    for each in (step(points), 100, 200, 500, 1000):
        found = (*range(0, points, each), points)
        if len(found) <= MOST_BUTTONS:
            return found
    return (0, points)


def check_points(given: int, points: int) -> None:
    if not 0 <= given <= points:
        raise RuleViolation(
            "marking.points_impossible",
            gettext_noop("得分应在0至%(points)s分之间。"),
            points=f"{points / 100:g}",
        )


def check_limit(limit_percent: int) -> None:
    if not 0 <= limit_percent <= 100:
        raise RuleViolation(
            "marking.limit_impossible", gettext_noop("允许误差应为题目分值的0%%至100%%。")
        )


def check_whole(marks: Mapping[str, int | None]) -> None:
    """A script is summed only when every question has its points."""
    if missing := [number for number, points in marks.items() if points is None]:
        raise RuleViolation(
            "marking.not_whole",
            gettext_noop("还有%(count)d题没有得分，不能合计。"),
            count=len(missing),
        )
