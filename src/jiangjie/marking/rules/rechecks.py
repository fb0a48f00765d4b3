"""成绩复核: who may ask until when, who checks, and when it is settled.

Terms come from the batch's pack: score_recheck.apply_workdays, answer_workdays, people.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.kernel.workdays import WorkCalendar

KEPT, CORRECTED = "kept", "corrected"


def last_day(released_on: date, workdays: int, calendar: WorkCalendar) -> date:
    """The day of release is not counted (民法典第二百零一条)."""
    return calendar.add_workdays(released_on, workdays)


def check_in_term(*, today: date, until: date, source: str) -> None:
    if today > until:
        raise RuleViolation(
            "marking.recheck_too_late",
            gettext_noop("成绩复核的申请期限至%(until)s，已经过期。"),
            source=source,
            until=until,
        )


def check_uninvolved(
    *, user: int, person: int | None, candidate: int, markers: Collection[int]
) -> None:
    """Neither the candidate himself nor a marker of the script."""
    if person == candidate:
        raise RuleViolation(
            "marking.own_script", gettext_noop("不能复核或更正本人的成绩。"), source=UNINVOLVED
        )
    if user in markers:
        raise RuleViolation(
            "marking.checker_marked",
            gettext_noop("您评阅过这份答卷，复核和更正须由未参加评阅的人进行。"),
            source=UNINVOLVED,
        )


UNINVOLVED = "本系统规定（推定）：复核和更正由考生本人和阅卷人以外的两人进行"


def check_second(*, user: int, earlier: Collection[int]) -> None:
    if user in earlier:
        raise RuleViolation(
            "marking.checked_already", gettext_noop("您已复核过，须由另一人再次复核。")
        )


@dataclass(frozen=True, slots=True)
class Finding:
    by: int
    is_in_order: bool


def outcome(findings: Sequence[Finding], slips: Sequence[bool | None], *, people: int) -> str:
    """KEPT, CORRECTED, or "" while it is open.

    `slips` are the correction slips of the re-check: accepted, refused, or None while undecided.
    Whoever decides a slip has checked too, so a refused one leaves the score as it is.
    """
    if None in slips:
        return ""
    if any(slips):
        return CORRECTED
    if slips or len(findings) >= people:
        return KEPT
    return ""


@dataclass(frozen=True, slots=True)
class Line:
    """One question of a summing check."""

    number: int
    points: int  # hundredths
    earned: int | None


@dataclass(frozen=True, slots=True)
class Summing:
    """What a re-check looks at: nothing left unmarked, nothing above its points, the sum."""

    missing: tuple[int, ...]
    above: tuple[int, ...]
    earned: int
    stated: int

    @property
    def is_right(self) -> bool:
        return not self.missing and not self.above and self.earned == self.stated


def summing(lines: Sequence[Line], stated: int) -> Summing:
    return Summing(
        missing=tuple(each.number for each in lines if each.earned is None),
        above=tuple(each.number for each in lines if (each.earned or 0) > each.points),
        earned=sum(each.earned or 0 for each in lines),
        stated=stated,
    )
