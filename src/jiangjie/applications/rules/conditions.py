"""The kinds of condition a clause is made of, compiled from the JSON of a policy pack.

A condition answers on which days it holds, not only whether it holds today: the first day of a
clause is then the first day that all its conditions share.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from jiangjie.applications.rules import tenure
from jiangjie.applications.rules.facts import Facts, Schooling
from jiangjie.applications.rules.tenure import FOREVER, Period
from jiangjie.kernel.levels import Level

Days: TypeAlias = tuple[Period, ...]  # disjoint, in order, not touching
Scope: TypeAlias = frozenset[str]  # relations that count

NEVER: Days = ()
ALWAYS: Days = ((date.min, FOREVER),)


@dataclass(frozen=True, slots=True)
class Finding:
    """One condition of a clause on the day of the verdict, in words for the worker."""

    text: str
    met: bool
    have: str
    need: str
    missing: str | None  # None when met

    def to_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "met": self.met,
            "have": self.have,
            "need": self.need,
            "missing": self.missing,
        }


class Worker:
    """Facts with the merged periods that several conditions ask for."""

    __slots__ = ("_merged", "facts")

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._merged: dict[tuple[Scope, int], Days] = {}

    def employed(self, scope: Scope, post_level: int = 0) -> Days:
        """Periods in an occupation of `scope`, in posts of at least `post_level`."""
        key = (scope, post_level)
        if key not in self._merged:
            self._merged[key] = tenure.merged(
                (one.start, FOREVER if one.end is None else one.end)
                for one in self.facts.employment
                if one.relation in scope and (one.post_level or 0) >= post_level
            )
        return self._merged[key]


class Condition(ABC):
    """A predicate on a worker's facts; `text` says it in Chinese."""

    __slots__ = ()
    text: str

    @abstractmethod
    def days(self, worker: Worker) -> Days:
        """The days on which it holds if nothing changes but time."""

    @abstractmethod
    def finding(self, worker: Worker, on: date) -> Finding: ...


class Possession(Condition):
    """Holds from the day on which something was got; how long it is had does not matter."""

    __slots__ = ()
    need: str

    @abstractmethod
    def got(self, worker: Worker) -> date | None:
        """The earliest day of it."""

    def days(self, worker: Worker) -> Days:
        return _from(self.got(worker))

    def finding(self, worker: Worker, on: date) -> Finding:
        day = self.got(worker)
        if day is not None and day <= on:
            have = "有" if day == date.min else f"{day}取得"
            return Finding(self.text, True, have, self.need, None)
        have = "无" if day is None else f"{day}才取得"
        return Finding(self.text, False, have, self.need, self.need)


@dataclass(frozen=True, slots=True)
class Certificate(Possession):
    """A certificate of exactly this level: a clause names the level, and none is skipped."""

    level: int
    scope: Scope
    text: str
    need: str

    def got(self, worker: Worker) -> date | None:
        return min(
            (
                one.issued
                for one in worker.facts.certificates
                if one.level == self.level and one.relation in self.scope
            ),
            default=None,
        )


@dataclass(frozen=True, slots=True)
class ProfessionalTitle(Possession):
    grades: frozenset[str]
    scope: Scope
    text: str
    need: str

    def got(self, worker: Worker) -> date | None:
        return min(
            (
                one.granted
                for one in worker.facts.titles
                if one.grade in self.grades and one.relation in self.scope
            ),
            default=None,
        )


@dataclass(frozen=True, slots=True)
class ApprenticeshipDone(Possession):
    scope: Scope
    text: str
    need: str

    def got(self, worker: Worker) -> date | None:
        return min(
            (one.completed for one in worker.facts.apprenticeship if one.relation in self.scope),
            default=None,
        )


@dataclass(frozen=True, slots=True)
class AwardWon(Possession):
    """Of an award only the year is known; it counts from the first day of that year."""

    names: frozenset[str]
    text: str
    need: str

    def got(self, worker: Worker) -> date | None:
        return min(
            (date(one.year, 1, 1) for one in worker.facts.awards if one.name in self.names),
            default=None,
        )


@dataclass(frozen=True, slots=True)
class Attested(Possession):
    """A fact that the office checked on evidence; it has no date."""

    names: frozenset[str]
    text: str
    need: str

    def got(self, worker: Worker) -> date | None:
        return None if self.names.isdisjoint(worker.facts.achievements) else date.min


@dataclass(frozen=True, slots=True)
class CheckedByOffice(Condition):
    """What the facts cannot say; the office looks at it when it checks the application."""

    text: str

    def days(self, worker: Worker) -> Days:
        return ALWAYS

    def finding(self, worker: Worker, on: date) -> Finding:
        return Finding(self.text, True, "资格审核时核实", self.text, None)


@dataclass(frozen=True, slots=True)
class Waited(Condition):
    """Calendar years since birth or since a certificate, worked or not."""

    years: int
    origin: Certificate | None  # None: since birth
    unit: str
    text: str

    def days(self, worker: Worker) -> Days:
        start = self._start(worker)
        return NEVER if start is None else _from(tenure.add_years(start, self.years))

    def finding(self, worker: Worker, on: date) -> Finding:
        need = f"{self.years}{self.unit}"
        start = self._start(worker)
        if start is None:
            return Finding(self.text, False, tenure.duration(on, on), need, need)
        day = tenure.add_years(start, self.years)
        met = day <= on
        missing = None if met else tenure.duration(max(start, on), day)
        return Finding(self.text, met, tenure.duration(start, on), need, missing)

    def _start(self, worker: Worker) -> date | None:
        return worker.facts.birth_date if self.origin is None else self.origin.got(worker)


@dataclass(frozen=True, slots=True)
class Years(Condition):
    """Years of work, added up; with `origin` only what was worked from that day on."""

    years: int
    scope: Scope
    post_level: int  # 0: any post
    origin: Certificate | ProfessionalTitle | None
    text: str

    def days(self, worker: Worker) -> Days:
        return _from(tenure.day_reached(self._periods(worker), self.years))

    def finding(self, worker: Worker, on: date) -> Finding:
        need = f"{self.years}年"
        periods = self._periods(worker)
        day = tenure.day_reached(periods, self.years)
        met = day is not None and day <= on
        total = tenure.served(periods, on)
        if total is None:
            return Finding(self.text, met, "0天", need, None if met else need)
        start, end = total
        enough = tenure.add_years(start, self.years)
        if met:
            # Reached before a later period moved the days over one leap day more.
            have = need if end < enough else tenure.duration(start, end)
            return Finding(self.text, True, have, need, None)
        return Finding(
            self.text, False, tenure.duration(start, end), need, tenure.duration(end, enough)
        )

    def _periods(self, worker: Worker) -> Days:
        periods = worker.employed(self.scope, self.post_level)
        if self.origin is None:
            return periods
        start = self.origin.got(worker)
        return NEVER if start is None else tenure.since(periods, start)


@dataclass(frozen=True, slots=True)
class Employed(Condition):
    """In such work on the day itself (在岗、仍从事)."""

    scope: Scope
    text: str

    def days(self, worker: Worker) -> Days:
        return worker.employed(self.scope)

    def finding(self, worker: Worker, on: date) -> Finding:
        met = any(start <= on < end for start, end in self.days(worker))
        have = "在岗" if met else "不在岗"
        return Finding(self.text, met, have, "在岗", None if met else "在岗")


@dataclass(frozen=True, slots=True)
class Schooled(Condition):
    """A graduate, with 含应届 also a student in the last year, or a student only.

    The last year at school begins a year before the last day (`to` ≤ the day + 1 year) and ends
    with it. Whoever has not graduated by then does not count.
    """

    schools: frozenset[str]
    major: Scope
    goal_level: int  # 0: no assessed aim needed
    graduates: bool
    students: str  # "no", "final_year", "all"
    text: str
    need: str

    def days(self, worker: Worker) -> Days:
        return union(self._days_of(one) for one in self._matching(worker))

    def finding(self, worker: Worker, on: date) -> Finding:
        matching = self._matching(worker)
        for one in matching:
            if any(start <= on < end for start, end in self._days_of(one)):
                standing = f"{one.end}毕业" if one.end <= on else f"在读，{one.end}毕业"
                return Finding(self.text, True, f"{one.school}（{standing}）", self.need, None)
        have = "、".join(f"{one.school}（至{one.end}）" for one in matching) or "无"
        return Finding(self.text, False, have, self.need, self.need)

    def _matching(self, worker: Worker) -> list[Schooling]:
        return [
            one
            for one in worker.facts.education
            if one.school in self.schools
            and one.major in self.major
            and (one.goal_level_recognised or 0) >= self.goal_level
        ]

    def _days_of(self, one: Schooling) -> Days:
        if self.students == "no":
            start = one.end
        elif self.students == "all":
            start = one.start
        else:
            start = max(one.start, tenure.first_day_within_a_year_of(one.end))
        end = FOREVER if self.graduates and one.graduated else one.end
        return ((start, end),) if start < end else NEVER


@dataclass(frozen=True, slots=True)
class AnyOf(Condition):
    """At least one alternative, each a list of conditions that hold together."""

    alternatives: tuple[tuple[Condition, ...], ...]
    text: str

    def days(self, worker: Worker) -> Days:
        return union(common_days(worker, one) for one in self.alternatives)

    def finding(self, worker: Worker, on: date) -> Finding:
        """In the words of the alternative that is met, or else of the nearest one."""
        judged = [
            (spell_start(common_days(worker, one), on), [part.finding(worker, on) for part in one])
            for one in self.alternatives
        ]
        _, parts = min(
            judged,
            key=lambda pair: (pair[0] or FOREVER, sum(not part.met for part in pair[1])),
        )
        met = all(part.met for part in parts)
        return Finding(
            self.text,
            met,
            "，".join(part.have for part in parts),
            "，".join(part.need for part in parts),
            None if met else "，".join(part.missing for part in parts if part.missing),
        )


def common_days(worker: Worker, conditions: Iterable[Condition]) -> Days:
    """The days on which all of them hold."""
    common = ALWAYS
    for condition in conditions:
        common = _intersection(common, condition.days(worker))
        if not common:
            break
    return common


def union(days: Iterable[Days]) -> Days:
    """The days on which any of them holds."""
    return tenure.merged(period for one in days for period in one)


def spell_start(days: Days, on: date) -> date | None:
    """The first day of the spell that `on` lies in, or else of the next one; None without one."""
    return next((start for start, end in days if on < end), None)


def compile_condition(raw: Mapping[str, Any]) -> Condition:
    """A condition of pack.schema.json."""
    if "any" in raw:
        alternatives = tuple(
            tuple(compile_condition(part) for part in alternative) for alternative in raw["any"]
        )
        text = "；或".join("，".join(part.text for part in one) for one in alternatives)
        return AnyOf(alternatives, text)
    return _COMPILERS[raw["kind"]](raw)


def _compile_years(raw: Mapping[str, Any]) -> Condition:
    scope, years = frozenset(raw["scope"]), raw["years"]
    post_level = raw.get("post_level", 0)
    origin = _compile_origin(raw["since"]) if "since" in raw else None
    work = f"累计从事{_occupation(raw['scope'])}满{years}年"
    if post_level:
        work = f"在{Level(post_level).label}岗位{work}"
    if origin is not None:
        work = f"取得{origin.need}后{work}"
    return Years(years, scope, post_level, origin, work)


def _compile_origin(raw: Mapping[str, Any]) -> Certificate | ProfessionalTitle:
    if "certificate" in raw:
        return _certificate(raw["certificate"], raw["scope"])
    return _title(raw["title"], raw["scope"])


def _certificate(level: int, scope: Sequence[str]) -> Certificate:
    need = f"{Level(level).certificate_text}证书"
    return Certificate(level, frozenset(scope), f"取得{_occupation(scope)}{need}", need)


def _title(grades: Sequence[str], scope: Sequence[str]) -> ProfessionalTitle:
    need = f"{'或'.join(grades)}职称"
    return ProfessionalTitle(frozenset(grades), frozenset(scope), f"取得专业对应的{need}", need)


def _compile_held(raw: Mapping[str, Any]) -> Condition:
    origin = _certificate(raw["level"], raw["scope"])
    return Waited(raw["years"], origin, "年", f"{origin.text}满{raw['years']}年")


def _compile_age(raw: Mapping[str, Any]) -> Condition:
    return Waited(raw["years"], None, "周岁", f"年满{raw['years']}周岁")


def _compile_graduate(raw: Mapping[str, Any]) -> Condition:
    final_year, goal = raw["final_year"], raw.get("goal_level", 0)
    major = "" if "other" in raw["major"] else _occupation(raw["major"]).replace("职业", "专业")
    aim = f"以{Level(goal).label.removesuffix('工')}技能为培养目标、经评估论证的" if goal else ""
    need = f"{aim}{raw['label']}{major}毕业{'（含应届）' if final_year else ''}"
    return Schooled(
        schools=frozenset(raw["schools"]),
        major=frozenset(raw["major"]),
        goal_level=goal,
        graduates=True,
        students="final_year" if final_year else "no",
        text=need,
        need=need,
    )


def _compile_student(raw: Mapping[str, Any]) -> Condition:
    need = f"{raw['label']}在读"
    return Schooled(
        schools=frozenset(raw["schools"]),
        major=frozenset(("same", "related", "other")),
        goal_level=0,
        graduates=False,
        students="all",
        text=need,
        need=need,
    )


def _compile_apprenticeship(raw: Mapping[str, Any]) -> Condition:
    return ApprenticeshipDone(
        frozenset(raw["scope"]), f"{_occupation(raw['scope'])}学徒期满", "学徒期满"
    )


def _compile_attested(raw: Mapping[str, Any]) -> Condition:
    need = raw.get("label") or "、".join(raw["names"])
    return Attested(frozenset(raw["names"]), need, need)


def _compile_employed(raw: Mapping[str, Any]) -> Condition:
    return Employed(frozenset(raw["scope"]), f"仍从事{_occupation(raw['scope'])}")


_COMPILERS: dict[str, Callable[[Mapping[str, Any]], Condition]] = {
    "age": _compile_age,
    "years": _compile_years,
    "certificate": lambda raw: _certificate(raw["level"], raw["scope"]),
    "certificate_held": _compile_held,
    "graduate": _compile_graduate,
    "student": _compile_student,
    "title": lambda raw: _title(raw["grades"], raw["scope"]),
    "apprenticeship": _compile_apprenticeship,
    "award": lambda raw: AwardWon(frozenset(raw["names"]), raw["label"], raw["label"]),
    "attested": _compile_attested,
    "employed": _compile_employed,
    "office": lambda raw: CheckedByOffice(raw["text"]),
}


def _occupation(scope: Sequence[str]) -> str:
    return "本职业或相关职业" if "related" in scope else "本职业"


def _from(day: date | None) -> Days:
    return NEVER if day is None else ((day, FOREVER),)


def _intersection(one: Days, other: Days) -> Days:
    if len(one) == len(other) == 1:
        start, end = max(one[0][0], other[0][0]), min(one[0][1], other[0][1])
        return ((start, end),) if start < end else NEVER
    shared = ((max(start, first), min(end, last)) for start, end in one for first, last in other)
    return tenure.merged(shared)
