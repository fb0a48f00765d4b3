"""A second opinion on every answer before it is shown.

Written from the text of the rules and on names instead of matrices; it shares no code with what
makes answers, so that one mistake does not pass both.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import isclose

from jiangjie.arrangement.rules.panels import Problem

_CARDS = {"assessor": "考评员", "senior_assessor": "高级考评员"}


def faults(
    problem: Problem,
    panels: Mapping[str, Sequence[str]],
    max_levels: Mapping[str, int],
    *,
    total: float,
    worst: float,
    worst_bound: float,
) -> list[str]:
    """What is wrong with an answer, in English for a developer; [] when nothing is."""
    experts = {expert.id: expert for expert in problem.experts}
    rows = {expert.id: row for row, expert in enumerate(problem.experts)}
    barred = {(problem.experts[e].id, problem.tasks[t].id) for e, t in problem.conflicts}
    highest = {_CARDS[key]: level for key, level in max_levels.items() if key in _CARDS}
    share = Decimal(problem.outside_share.numerator) / Decimal(problem.outside_share.denominator)
    found = []
    if set(panels) != {task.id for task in problem.tasks}:
        return ["the panels are not those of the tasks"]
    sums = []
    for column, task in enumerate(problem.tasks):
        members = panels[task.id]
        if len(members) != task.panel_size:
            found.append(f"{task.id}: {len(members)} members instead of {task.panel_size}")
        if task.odd and len(members) % 2 != 1:
            found.append(f"{task.id}: an even panel")
        if len(set(members)) != len(members):
            found.append(f"{task.id}: somebody sits twice")
        strangers = [name for name in members if name not in experts]
        if strangers:
            return [*found, f"{task.id}: unknown members {strangers}"]
        for name in members:
            expert = experts[name]
            if task.occupation is not None and task.occupation not in expert.occupations:
                found.append(f"{task.id}: {name} is not of the occupation")
            if task.level is not None and highest.get(expert.grade or "", 0) < task.level:
                found.append(f"{task.id}: {name} may not assess level {task.level}")
            if (name, task.id) in barred:
                found.append(f"{task.id}: {name} has a conflict")
        outsiders = sum(experts[name].org != task.org for name in members)
        if outsiders < share * len(members):
            found.append(f"{task.id}: only {outsiders} from outside")
        sums.append(sum(float(problem.scores[rows[name]][column]) for name in members))
    loads = Counter(name for members in panels.values() for name in members)
    found += [
        f"{expert.id}: {loads[expert.id]} tasks"
        for expert in problem.experts
        if not expert.min_load <= loads[expert.id] <= expert.max_load
    ]
    for name, said, counted in (("sum", total, sum(sums)), ("min", worst, min(sums))):
        if not isclose(said, counted, rel_tol=1e-9, abs_tol=1e-9):
            found.append(f"{name} is {counted}, not {said}")
    if worst > worst_bound:
        found.append(f"min {worst} is above its bound {worst_bound}")
    return found
