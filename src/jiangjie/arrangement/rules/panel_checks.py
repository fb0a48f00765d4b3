"""What a panel must keep, checked name by name: on every change by hand, after every search, and
again on the day. Shares no code with the search.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from jiangjie.kernel.clauses import Clause
from jiangjie.kernel.errors import gettext_noop
from jiangjie.resources.rules import Finding, overlap

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Member:
    """An expert as one panel sees him. `against`: card, hiring, absence, ties to its candidates."""

    id: int
    name: str
    is_inside: bool  # works for the evaluator of the batch
    is_of_duty: bool
    occupations: frozenset[str]
    against: tuple[Finding, ...]
    most_panels: int
    sat_last_time: bool = False  # on a panel of the same occupation in the evaluator's last batch


@dataclass(frozen=True, slots=True)
class PanelFacts:
    id: int
    name: str
    part: str
    occupation: str | None  # None: nothing is asked
    size: int
    least: int
    is_odd: bool
    size_clause: Clause
    span: Span
    needs_chair: bool
    candidates: int
    per_person: int | None  # candidates that one member may have, None: no limit


@dataclass(frozen=True, slots=True)
class Demands:
    """What is asked of every panel of a batch, with where each is stated."""

    outside_percent: int
    replaced: tuple[int, int] | None  # numerator and denominator of 轮换
    ratio_clause: Clause
    rotation_clause: Clause | None


@dataclass(frozen=True, slots=True)
class Report:
    """`members[id]`: what is said of one; `panel`: of the panel as a whole."""

    members: Mapping[int, tuple[Finding, ...]]
    panel: tuple[Finding, ...]
    hard: int = field(init=False)
    soft: int = field(init=False)

    def __post_init__(self) -> None:
        every = [*self.panel, *(one for found in self.members.values() for one in found)]
        object.__setattr__(self, "hard", sum(one.is_hard for one in every))
        object.__setattr__(self, "soft", sum(not one.is_hard for one in every))


def member_findings(
    member: Member, panel: PanelFacts, others: Mapping[int, Span], *, is_supervised: bool
) -> tuple[Finding, ...]:
    """What speaks against one member. `others`: the spans of his other panels of the batch, by
    panel; `is_supervised`: one of them and this are supervision and work that it supervises."""
    found = list(member.against)
    if not member.is_of_duty:
        found.append(
            _house("arrangement.not_of_duty", gettext_noop("专家库中没有登记承担这项工作。"))
        )
    if panel.occupation is not None and panel.occupation not in member.occupations:
        found.append(
            _house(
                "arrangement.not_of_occupation",
                gettext_noop("不能考评职业%(occupation)s。"),
                occupation=panel.occupation,
            )
        )
    if is_supervised:
        found.append(
            Finding(
                "arrangement.supervises_himself",
                gettext_noop("质量督导人员不得兼任本批次的考评、监考工作。"),
                {},
                "本系统规定",
                "R",
                True,
            )
        )
    if any(overlap(panel.span, span) for span in others.values()):
        found.append(_house("arrangement.elsewhere", gettext_noop("同一时间已安排在另一个组。")))
    if len(others) + 1 > member.most_panels:
        found.append(
            _house(
                "arrangement.too_many_panels",
                gettext_noop("每批次最多承担%(most)d个组。"),
                most=member.most_panels,
            )
        )
    return tuple(found)


def panel_findings(
    panel: PanelFacts, members: Sequence[Member], chair: int | None, demands: Demands
) -> tuple[Finding, ...]:
    """What is said of the panel as a whole."""
    found: list[Finding] = []
    count = len(members)
    if count != panel.size:
        found.append(
            _house(
                "arrangement.wrong_size",
                gettext_noop("应有%(need)d人，现有%(have)d人。"),
                need=panel.size,
                have=count,
            )
        )
    if wrong := size_finding(panel.size, panel.least, panel.size_clause, is_odd=panel.is_odd):
        found.append(wrong)
    if panel.per_person is not None and panel.candidates > panel.per_person * panel.size:
        found.append(
            _of(
                demands.ratio_clause,
                "arrangement.too_many_candidates",
                gettext_noop("%(people)d名考生超过每人%(each)d名的配比。"),
                is_hard=False,
                people=panel.candidates,
                each=panel.per_person,
            )
        )
    outside = sum(not member.is_inside for member in members)
    if panel.occupation is not None and outside < ceil(demands.outside_percent * panel.size / 100):
        found.append(
            _house(
                "arrangement.too_few_outside",
                gettext_noop("外单位成员%(have)d人，不足%(percent)d%%。"),
                have=outside,
                percent=demands.outside_percent,
            )
        )
    if panel.needs_chair and members and chair is None:
        found.append(
            _house("arrangement.no_chair", gettext_noop("还没有指定组长。"), is_hard=False)
        )
    if demands.replaced and demands.rotation_clause and panel.occupation is not None:
        stayed = sum(member.sat_last_time for member in members)
        numerator, denominator = demands.replaced
        if stayed and (count - stayed) * denominator < count * numerator:
            found.append(
                _of(
                    demands.rotation_clause,
                    "arrangement.too_few_replaced",
                    gettext_noop(
                        "%(stayed)d人上一批次也参加了，轮换不足%(numerator)d/%(denominator)d。"
                    ),
                    is_hard=False,
                    stayed=stayed,
                    numerator=numerator,
                    denominator=denominator,
                )
            )
    return tuple(found)


def size_finding(size: int, least: int, clause: Clause, *, is_odd: bool) -> Finding | None:
    """考评组 and 评审 at least three and odd, 监考 at least two: as the pack says."""
    if size >= least and not (is_odd and size % 2 == 0):
        return None
    text = (
        gettext_noop("人数须不少于%(least)d人且为单数。")
        if is_odd
        else gettext_noop("人数须不少于%(least)d人。")
    )
    return _of(clause, "arrangement.size_not_allowed", text, least=least)


def must_stay_away(found: Collection[Finding]) -> bool:
    return any(one.is_hard for one in found)


def _house(code: str, text: str, *, is_hard: bool = True, **values: object) -> Finding:
    """What follows from the register or from the plan itself: there is no clause to cite."""
    return Finding(code, text, values, "", "S", is_hard)


def _of(clause: Clause, code: str, text: str, *, is_hard: bool = True, **values: object) -> Finding:
    return Finding(code, text, values, clause.source, clause.confidence.value, is_hard)
