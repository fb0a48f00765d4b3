"""Why a problem has no answer: a smallest set of rules that cannot all hold.

Found by leaving rules out (a deletion filter), never from a solver's own account of it: without
any one rule of the set, the rest of the set can be met.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain
from math import floor
from typing import TypeVar

import numpy as np

from jiangjie.arrangement.rules.flows import can_be_seated
from jiangjie.arrangement.rules.panels import (
    GRADES,
    Pairs,
    Problem,
    Seats,
    is_inside,
    is_of_trade,
    is_qualified,
    most_inside,
    outside_needed,
    pairs_where,
)
from jiangjie.kernel.errors import gettext_noop
from jiangjie.kernel.levels import Level

# In the order in which the filter tries to do without them. Panels first: what is left then is
# the fewest panels that cannot be filled together, and what stands in their way.
KINDS = (
    "panel_size",
    "odd",
    "occupation",
    "level",
    "min_load",
    "max_load",
    "conflicts",
    "outside_share",
)


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rule:
    """One demand of the problem. `places`: the expert or task it is of; two for a conflict."""

    kind: str
    places: tuple[int, ...]
    path: str


@dataclass(frozen=True, slots=True)
class Relaxation:
    """What would make the whole problem solvable, all other rules kept.

    `to` is the nearest value of the rule that would do; None with `helps`: without the rule.
    `all_by`: the least change that would do if all loads of this kind that are named gave way by
    it; None where even that would not, and for other kinds.
    """

    helps: bool
    to: int | float | None
    all_by: int | None


@dataclass(frozen=True, slots=True)
class Broken:
    rule: Rule
    text: str
    values: Mapping[str, object]
    relaxation: Relaxation


@dataclass(frozen=True, slots=True, eq=False)
class Oracle:
    """Whether a subset of the rules of one problem can be met. Fewer rules: never harder.

    A panel whose size is left out may have any members: nothing is asked of its parity or of its
    outside share, both of which are said of a size.
    """

    problem: Problem
    of_trade: Pairs
    qualified: Pairs
    inside: Pairs

    @classmethod
    def of(cls, problem: Problem, max_levels: Mapping[str, int]) -> "Oracle":
        return cls(
            problem,
            of_trade=pairs_where(problem, is_of_trade),
            qualified=pairs_where(
                problem, lambda expert, task: is_qualified(expert, task, max_levels)
            ),
            inside=pairs_where(problem, is_inside),
        )

    def can_hold(self, rules: Collection[Rule]) -> bool:
        experts, tasks = self.problem.experts, self.problem.tasks
        held: dict[str, list[tuple[int, ...]]] = {kind: [] for kind in KINDS}
        for rule in rules:
            held[rule.kind].append(rule.places)
        sized = {task for (task,) in held["panel_size"]}
        if any(task in sized and tasks[task].panel_size % 2 == 0 for (task,) in held["odd"]):
            return False
        may_serve: Pairs = np.ones_like(self.inside)
        for kind, pairs in (("occupation", self.of_trade), ("level", self.qualified)):
            asking = [task for (task,) in held[kind]]
            may_serve[:, asking] &= pairs[:, asking]
        for expert, task in held["conflicts"]:
            may_serve[expert, task] = False
        min_loads = np.zeros(len(experts), dtype=np.int64)
        max_loads = np.full(len(experts), len(tasks))
        for (expert,) in held["min_load"]:
            min_loads[expert] = experts[expert].min_load
        for (expert,) in held["max_load"]:
            max_loads[expert] = experts[expert].max_load
        share = self.problem.outside_share if held["outside_share"] else Fraction(0)
        return can_be_seated(
            Seats(
                may_serve,
                self.inside,
                sizes=np.array([task.panel_size for task in tasks]),
                most_inside=most_inside(tasks, share),
                min_loads=min_loads,
                max_loads=max_loads,
            ),
            is_free=np.array([task not in sized for task in range(len(tasks))]),
        )


def rules_of(problem: Problem) -> list[Rule]:
    """Every rule that asks for something, in the order of KINDS."""
    found = [
        Rule("panel_size", (j,), f"$.tasks[{j}].panel_size") for j in range(len(problem.tasks))
    ]
    for j, task in enumerate(problem.tasks):
        for kind, asks in (
            ("odd", task.odd),
            ("occupation", task.occupation is not None),
            ("level", task.level is not None),
        ):
            if asks:
                found.append(Rule(kind, (j,), f"$.tasks[{j}].{kind}"))
    for i, expert in enumerate(problem.experts):
        if expert.min_load:
            found.append(Rule("min_load", (i,), f"$.experts[{i}].min_load"))
        found.append(Rule("max_load", (i,), f"$.experts[{i}].max_load"))
    found += [
        Rule("conflicts", pair, f"$.conflicts[{place}]")
        for place, pair in enumerate(problem.conflicts)
    ]
    if problem.outside_share:
        found.append(Rule("outside_share", (), "$.outside_share"))
    return sorted(found, key=lambda rule: KINDS.index(rule.kind))


def smallest_conflict(rules: Sequence[T], can_hold: Callable[[Collection[T]], bool]) -> list[T]:
    """Rules of which none can be left out; [] where all can hold.

    Chunks are left out first, halving: n rules with a set of k cost about k·log n trials.
    """
    if can_hold(rules):
        return []
    kept = list(rules)
    chunk = len(kept)
    while chunk:
        start = 0
        while start < len(kept):
            without = kept[:start] + kept[start + chunk :]
            if can_hold(without):
                start += chunk
            else:
                kept = without
        chunk //= 2
    return kept


def explain(problem: Problem, max_levels: Mapping[str, int]) -> list[Broken]:
    """The rules that cannot all hold, in words; [] where there is a seating."""
    rules = rules_of(problem)
    oracle = Oracle.of(problem, max_levels)
    conflict = smallest_conflict(rules, oracle.can_hold)
    may_grow = any(rule.kind == "min_load" for rule in conflict)
    all_by = {
        kind: _least_change(oracle, [rule for rule in conflict if rule.kind == kind], rules)
        for kind in {rule.kind for rule in conflict} & {"min_load", "max_load"}
    }
    broken = []
    for rule in conflict:
        helps = oracle.can_hold([one for one in rules if one is not rule])
        to = _nearest(oracle, rule, rules, may_grow) if helps else None
        relaxation = Relaxation(helps, to, all_by.get(rule.kind))
        broken.append(Broken(rule, *_words(problem, rule, max_levels), relaxation))
    return broken


def _nearest(
    oracle: Oracle, rule: Rule, rules: Collection[Rule], may_grow: bool
) -> int | float | None:
    """The value nearest to the rule's own with which all rules can hold, if it has such."""
    problem = oracle.problem

    def holds_with(changed: Problem) -> bool:
        return replace(oracle, problem=changed).can_hold(rules)

    if rule.kind == "outside_share":
        steps = sorted(
            {
                Fraction(count, task.panel_size)
                for task in problem.tasks
                for count in range(outside_needed(problem.outside_share, task.panel_size))
            }
        )
        # Rounded down, so that what is written asks for no more than the fraction itself.
        shares = [Fraction(floor(step * 10_000), 10_000) for step in steps]
        place = _last(shares, lambda share: holds_with(replace(problem, outside_share=share)))
        return None if place is None else float(shares[place])
    if rule.kind in ("min_load", "max_load"):
        (i,) = rule.places
        expert = problem.experts[i]
        by = _least_change(oracle, [rule], rules)
        if by is None:
            return None
        return expert.min_load - by if rule.kind == "min_load" else expert.max_load + by
    if rule.kind == "panel_size":
        (j,) = rule.places
        task = problem.tasks[j]
        smaller = range(min(task.panel_size - 1, len(problem.experts)), 0, -1)
        larger = range(task.panel_size + 1, len(problem.experts) + 1) if may_grow else range(0)
        for size in chain(smaller, larger):
            changed = replace(task, panel_size=size)
            if holds_with(replace(problem, tasks=_with(problem.tasks, j, changed))):
                return size
    return None


def _least_change(oracle: Oracle, changed: Collection[Rule], rules: Collection[Rule]) -> int | None:
    """By how much the loads of these rules, all of one kind, must give way for all to hold."""
    problem = oracle.problem
    places = {rule.places[0] for rule in changed}
    kind = next(iter(changed)).kind

    def gives_way(by: int) -> bool:
        experts = tuple(
            expert
            if i not in places
            else replace(expert, min_load=max(0, expert.min_load - by))
            if kind == "min_load"
            else replace(expert, max_load=expert.max_load + by)
            for i, expert in enumerate(problem.experts)
        )
        return replace(oracle, problem=replace(problem, experts=experts)).can_hold(rules)

    most = max([len(problem.tasks), *(problem.experts[i].min_load for i in places)])
    place = _last(range(most, 0, -1), gives_way)
    return None if place is None else most - place


def _last(values: Sequence[T], holds: Callable[[T], bool]) -> int | None:
    """The place of the last value that holds, where all before it hold too."""
    low, high = -1, len(values)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(values[middle]) else (low, middle)
    return None if low < 0 else low


def _with(things: tuple[T, ...], place: int, thing: T) -> tuple[T, ...]:
    return (*things[:place], thing, *things[place + 1 :])


def _words(
    problem: Problem, rule: Rule, max_levels: Mapping[str, int]
) -> tuple[str, dict[str, object]]:
    """The rule as a gettext source string, and the values for its places."""
    if rule.kind == "outside_share":
        return (
            gettext_noop("每个小组中不属于任务单位的成员不少于%(percent)s%%"),
            {"percent": f"{float(problem.outside_share * 100):g}"},
        )
    if rule.kind in ("min_load", "max_load", "conflicts"):
        expert = problem.experts[rule.places[0]]
        if rule.kind == "conflicts":
            return (
                gettext_noop("专家“%(expert)s”须回避任务“%(task)s”"),
                {"expert": expert.id, "task": problem.tasks[rule.places[1]].id},
            )
        if rule.kind == "min_load":
            return (
                gettext_noop("专家“%(expert)s”至少承担%(count)d项任务"),
                {"expert": expert.id, "count": expert.min_load},
            )
        return (
            gettext_noop("专家“%(expert)s”至多承担%(count)d项任务"),
            {"expert": expert.id, "count": expert.max_load},
        )
    task = problem.tasks[rule.places[0]]
    if rule.kind == "panel_size":
        return (
            gettext_noop("任务“%(task)s”的小组为%(count)d人"),
            {"task": task.id, "count": task.panel_size},
        )
    if rule.kind == "odd":
        return gettext_noop("任务“%(task)s”的小组人数须为单数"), {"task": task.id}
    if rule.kind == "occupation":
        return (
            gettext_noop("任务“%(task)s”的成员须能考评职业%(occupation)s"),
            {"task": task.id, "occupation": task.occupation},
        )
    level = Level(task.level or 0)
    able = [name for name, key in GRADES.items() if level <= max_levels[key]]
    return (
        gettext_noop("任务“%(task)s”评价%(level)s，成员须为%(grades)s"),
        {"task": task.id, "level": level.certificate_text, "grades": "、".join(able)},
    )
