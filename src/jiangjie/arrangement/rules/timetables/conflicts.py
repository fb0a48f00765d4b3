"""Why a problem has no timetable: rules that cannot all hold, and what each would give if it went.

Found by leaving rules out, never from a solver's own account of it. Where a question could not be
decided it counts as "these can hold": what is named is still contradictory, but there may be
more in it than needed, and `is_smallest` says so.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from jiangjie.arrangement.rules.conflicts import smallest_conflict
from jiangjie.arrangement.rules.timetables.bounds import has_seats
from jiangjie.arrangement.rules.timetables.exact import is_small, prove
from jiangjie.arrangement.rules.timetables.model import Model, Rule, build, rules_of
from jiangjie.arrangement.rules.timetables.placing import Placing
from jiangjie.arrangement.rules.timetables.problem import Problem
from jiangjie.kernel.errors import gettext_noop

TRIED = 8  # placements for each session, before a proof is asked for
FEW = 200  # rules
PROOF_WORK = 5.0
MOST_QUESTIONS = 400

_PATHS = {
    "session": "sessions",
    "length": "sessions",
    "kind": "sessions",
    "barred": "candidates",
    "away": "candidates",
    "accessible": "candidates",
    "clash": "candidates",
    "closed": "rooms",
    "per_hour": "rooms",
    "capacity": "rooms",
}
_FIELDS = {"accessible": "needs_access"}


@dataclass(frozen=True, slots=True)
class Broken:
    """`helps`: whether all the rest of the problem could hold without this rule, None where that
    could not be decided. `to`: the nearest value with which it would do."""

    rule: Rule
    path: str
    text: str
    values: Mapping[str, object]
    helps: bool | None
    to: int | None


@dataclass(frozen=True, slots=True)
class Conflict:
    rules: tuple[Broken, ...]
    is_smallest: bool


def is_impossible_by_counting(model: Model) -> bool:
    return not has_seats(model)


def decide(model: Model, seed: int = 1) -> bool | None:
    """Whether there is a timetable; None where neither one nor a proof was found."""
    if is_impossible_by_counting(model):
        return False
    if Placing(model, seed).run(TRIED * model.sessions + TRIED):
        return True
    if not is_small(model):
        return None
    return prove(model, work=PROOF_WORK, only_feasible=True).feasible


def explain(problem: Problem, go_on: Callable[[], bool] = lambda: True) -> Conflict:
    """For a problem of which `decide` or a proof says that it has no timetable."""
    rules = rules_of(problem)
    by_counting = is_impossible_by_counting(build(problem))
    unsure = 0

    def can_hold(kept: Collection[Rule]) -> bool:
        nonlocal unsure
        chosen = set(kept)
        model = build(problem, [rule for rule in rules if rule not in chosen])
        if by_counting:
            return not is_impossible_by_counting(model)
        if unsure >= MOST_QUESTIONS or not go_on():
            unsure = MOST_QUESTIONS + 1
            return True
        answer = decide(model)
        unsure += answer is None
        return answer is not False

    smallest = _by_groups(rules, can_hold)
    return Conflict(tuple(_broken(problem, rule) for rule in smallest), is_smallest=unsure == 0)


def _by_groups(rules: list[Rule], can_hold: Callable[[Collection[Rule]], bool]) -> list[Rule]:
    """Of many rules whole kinds are left out first: few questions settle most of them."""
    if len(rules) <= FEW:
        return smallest_conflict(rules, can_hold) or rules
    kinds = list(dict.fromkeys(rule.kind for rule in rules))
    kept = smallest_conflict(
        kinds, lambda some: can_hold([rule for rule in rules if rule.kind in set(some)])
    )
    of_kinds = [rule for rule in rules if rule.kind in kept]
    return smallest_conflict(of_kinds, can_hold) or of_kinds


def _broken(problem: Problem, rule: Rule) -> Broken:
    helps = decide(build(problem, [rule]))
    path, text, values = _words(problem, rule)
    to = _nearest(problem, rule) if helps and len(rule.places) == 1 else None
    return Broken(rule, path, text, values, helps, to)


def _nearest(problem: Problem, rule: Rule) -> int | None:
    (place,) = rule.places
    if rule.kind == "rest":
        values = range(problem.rest - 1, -1, -1)
        return _first(values, lambda value: replace(problem, rest=value))
    if rule.kind in ("capacity", "per_hour"):
        room = problem.rooms[place]
        everybody = sum(len(session.candidates) for session in problem.sessions)
        now = room.capacity if rule.kind == "capacity" else room.per_hour or 0

        def changed(value: int) -> Problem:
            other = (
                replace(room, capacity=value)
                if rule.kind == "capacity"
                else replace(room, per_hour=value)
            )
            return replace(
                problem, rooms=(*problem.rooms[:place], other, *problem.rooms[place + 1 :])
            )

        return _first(range(now + 1, max(everybody, now + 1) * 60 + 1), changed)
    return None


def _first(values: range, changed: Callable[[int], Problem]) -> int | None:
    """The first value with which there is a timetable; all after it do, too."""
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) // 2
        if decide(build(changed(values[middle]))):
            high = middle
        else:
            low = middle + 1
    return values[low] if low < len(values) else None


def _words(problem: Problem, rule: Rule) -> tuple[str, str, dict[str, object]]:
    """The path, the rule as a gettext source string, and the values for its places."""
    place = rule.places[0]
    count = len(rule.places)
    where = _path(rule)
    if rule.kind in ("session", "length", "kind"):
        session = problem.sessions[place]
        about: dict[str, object] = {
            "session": session.id,
            "count": count,
            "minutes": session.minutes,
            "kind": session.kind or "",
        }
        texts = {
            "session": (
                gettext_noop("场次“%(session)s”须举行"),
                gettext_noop("“%(session)s”等%(count)d场须举行"),
            ),
            "length": (
                gettext_noop("场次“%(session)s”须排在不少于%(minutes)d分钟的时段"),
                gettext_noop("“%(session)s”等%(count)d场须排在不少于%(minutes)d分钟的时段"),
            ),
            "kind": (
                gettext_noop("场次“%(session)s”须在%(kind)s类考场"),
                gettext_noop("“%(session)s”等%(count)d场须在%(kind)s类考场"),
            ),
        }
        return where, texts[rule.kind][count > 1], about
    if rule.kind in ("barred", "away", "accessible", "clash"):
        about = {"candidate": problem.candidates[place].id, "count": count}
        texts = {
            "barred": (
                gettext_noop("考生“%(candidate)s”须回避若干考场"),
                gettext_noop("“%(candidate)s”等%(count)d名考生须回避若干考场"),
            ),
            "away": (
                gettext_noop("考生“%(candidate)s”在若干时段不能到场"),
                gettext_noop("“%(candidate)s”等%(count)d名考生在若干时段不能到场"),
            ),
            "accessible": (
                gettext_noop("考生“%(candidate)s”须在无障碍考场"),
                gettext_noop("“%(candidate)s”等%(count)d名考生须在无障碍考场"),
            ),
            "clash": (
                gettext_noop("考生“%(candidate)s”不能同时参加两场"),
                gettext_noop("“%(candidate)s”等%(count)d名考生不能同时参加两场"),
            ),
        }
        return where, texts[rule.kind][count > 1], about
    if rule.kind in ("closed", "per_hour", "capacity"):
        room = problem.rooms[place]
        about = {
            "room": room.id,
            "count": count,
            "capacity": room.capacity,
            "per_hour": room.per_hour or 0,
            "periods": len(room.closed),
        }
        texts = {
            "closed": (
                gettext_noop("考场“%(room)s”有%(periods)d个时段不开放"),
                gettext_noop("“%(room)s”等%(count)d个考场有时段不开放"),
            ),
            "per_hour": (
                gettext_noop("考场“%(room)s”每小时至多%(per_hour)d人"),
                gettext_noop("“%(room)s”等%(count)d个考场每小时人数有限"),
            ),
            "capacity": (
                gettext_noop("考场“%(room)s”至多%(capacity)d人"),
                gettext_noop("“%(room)s”等%(count)d个考场座位有限"),
            ),
        }
        return where, texts[rule.kind][count > 1], about
    if rule.kind == "travel":
        return where, gettext_noop("考生在两地之间须有路上的时间"), {}
    if rule.kind == "rest":
        return where, gettext_noop("考生两场之间至少休息%(minutes)d分钟"), {"minutes": problem.rest}
    if count > 1:
        about = {"rule": rule.kind, "count": count}
        return where, gettext_noop("全部%(count)d条%(rule)s要求"), about
    if rule.kind == "alone":
        return (
            where,
            gettext_noop("场次“%(session)s”须独占考场"),
            {"session": problem.sessions[place].id},
        )
    one, other = (problem.sessions[e].id for e in getattr(problem, rule.kind)[place])
    texts_of_pairs = {
        "after": gettext_noop("场次“%(one)s”须在“%(other)s”之后"),
        "together": gettext_noop("场次“%(one)s”与“%(other)s”须同时举行"),
        "not_together": gettext_noop("场次“%(one)s”与“%(other)s”不能同时举行"),
    }
    return where, texts_of_pairs[rule.kind], {"one": one, "other": other}


def _path(rule: Rule) -> str:
    if rule.kind in ("travel", "rest"):
        return f"$.{rule.kind}"
    place = rule.places[0]
    if rule.kind not in _PATHS:
        return f"$.rules.{rule.kind}" if rule.kind == "alone" else f"$.rules.{rule.kind}[{place}]"
    path = f"$.{_PATHS[rule.kind]}[{place}]"
    if rule.kind in ("session", "clash"):
        return path
    return f"{path}.{_FIELDS.get(rule.kind, rule.kind)}"
