"""One search: the board as problems for the solver, its answers step by step, and why not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np
from django.utils.translation import gettext

from jiangjie.arrangement import board as boards
from jiangjie.arrangement.board import Board, Sitting
from jiangjie.arrangement.models import NEEDS_CARD, PanelPart, RunKind, Solving
from jiangjie.arrangement.rules import filling, panel_checks
from jiangjie.arrangement.rules.conflicts import Broken, explain
from jiangjie.arrangement.rules.panels import Expert, Problem, Task
from jiangjie.kernel.errors import gettext_noop
from jiangjie.resources.queries import max_levels
from jiangjie.resources.rules import GRADE_NAMES, Finding

# What the solver knows by itself; everything else that forbids is a pair to it.
_KNOWN = {"resources.grade_too_low", "arrangement.not_of_occupation"}
_COUNTED = "arrangement.too_many_panels"  # this too, as a load


def steps(run: Solving) -> Iterator[dict[str, Any]]:
    """Changes to the run's row, one a step: the best so far, checked, and how far it is.

    First a quick whole seating, then a fair one; a repair needs one pass only. Panels at different
    times go one after another; supervision last, for it shares nobody.
    """
    board = boards.read(run.batch, outside_percent=run.outside_percent)
    groups, limits = _groups(board), max_levels(board.pack)
    repair = run.kind == RunKind.REPAIR
    found: dict[int, list[int]] = {}
    figures: dict[int, filling.Filled] = {}
    done, total = 0, len(groups) * (1 if repair else 2)
    yield {"total": total, "done": 0}
    for is_quick in (True,) if repair else (True, False):
        for place, sittings in enumerate(groups):
            problem, locked, now = _problem(board, sittings, found, run)
            if repair:
                problem = filling.for_repair(problem, now)
            elif is_quick:
                problem = replace(problem, objective="max_sum")
            best = filling.fill(problem, limits, locked)
            if best is None and is_quick:
                yield {"conflict": _why_not(board, sittings, problem, limits, locked), "found": {}}
                return
            if best is not None:
                found |= _panels(board, sittings, best)
                figures[place] = best
            done += 1
            yield {"done": done, **_told(board, found, list(figures.values()), run)}


def _groups(board: Board) -> list[list[Sitting]]:
    work = [each for each in board.sittings if each.panel.part != PanelPart.SUPERVISION]
    watch = [each for each in board.sittings if each.panel.part == PanelPart.SUPERVISION]
    by_time = filling.at_one_time(work, lambda each: each.span)
    # Only panels that ask for an occupation ask for outsiders too.
    split = [
        [each for each in group if (each.panel.part in NEEDS_CARD) == with_card]
        for group in by_time
        for with_card in (True, False)
    ]
    return [group for group in [*split, watch] if group]


def _problem(
    board: Board, sittings: Sequence[Sitting], found: Mapping[int, list[int]], run: Solving
) -> tuple[Problem, dict[str, list[str]], dict[str, list[str]]]:
    """The solver's problem, the locked seats, and the present ones; people and panels by name."""
    experts = list(board.experts.values())
    names = names_of(board)
    # A panel of another time or kind that was filled before this one takes from his load.
    mine = {each.panel.pk for each in sittings}
    others = {
        each.panel.pk: found.get(
            each.panel.pk, [seat.expert_id for seat in each.seats if seat.is_locked]
        )
        for each in board.sittings
        if each.panel.pk not in mine
    }
    loads = {each.pk: sum(each.pk in members for members in others.values()) for each in experts}
    scores = np.zeros((len(experts), len(sittings)))
    conflicts: list[tuple[int, int]] = []
    locked: dict[str, list[str]] = {}
    now: dict[str, list[str]] = {}
    for column, sitting in enumerate(sittings):
        facts = board.facts(sitting.panel, len(sitting.cases))
        for row, member in enumerate(board.members(sitting, experts)):
            scores[row, column] = board.worth(member)
            elsewhere = {
                pk: board.by_panel[pk].span
                for pk, members in others.items()
                if member.id in members
            }
            kinds = {board.by_panel[pk].panel.part == PanelPart.SUPERVISION for pk in elsewhere}
            said = panel_checks.member_findings(
                member,
                facts,
                elsewhere,
                is_supervised=(facts.part != PanelPart.SUPERVISION) in kinds,
            )
            if any(one.is_hard and one.code not in _KNOWN and one.code != _COUNTED for one in said):
                conflicts.append((row, column))
        barred = {row for row, at in conflicts if at == column}
        rows = {each.pk: row for row, each in enumerate(experts)}
        keep = [seat for seat in sitting.seats if rows[seat.expert_id] not in barred]
        locked[sitting.panel.name] = [names[s.expert_id] for s in keep if s.is_locked]
        now[sitting.panel.name] = [names[s.expert_id] for s in keep]
    together = 1 if any(each.panel.part != PanelPart.SUPERVISION for each in sittings) else None
    problem = Problem(
        experts=tuple(
            Expert(
                names[each.pk],
                "inside" if board.is_inside(each, sittings[0].day) else f"outside {each.pk}",
                None, GRADE_NAMES.get(each.grade),
                frozenset(one.occupation_code for one in each.qualifications.all()), 0,
                max(0, min(each.most_panels - loads[each.pk], together or len(sittings))),
            )
            for each in experts
        ),
        tasks=tuple(_task(board, each) for each in sittings),
        scores=scores, conflicts=tuple(conflicts),
        outside_share=Fraction(
            run.outside_percent if sittings[0].panel.part in NEEDS_CARD else 0, 100
        ),
        objective="fair", seed=run.seed,
    )  # fmt: skip
    return problem, locked, now


def _task(board: Board, sitting: Sitting) -> Task:
    facts = board.facts(sitting.panel, len(sitting.cases))
    level = sitting.panel.line.level if facts.occupation and sitting.panel.line else None
    return Task(facts.name, "inside", None, facts.occupation, level, facts.size, facts.is_odd)


def names_of(board: Board) -> dict[int, str]:
    """What each expert is called where rules are named: by his name, and if two share it, by the
    masked number too."""
    names: dict[int, str] = {}
    seen: dict[str, int] = {}
    for each in board.experts.values():
        seen[each.person.name] = seen.get(each.person.name, 0) + 1
    for each in board.experts.values():
        name = each.person.name
        names[each.pk] = name if seen[name] == 1 else f"{name}（{each.org.name}·{each.pk}）"
    return names


def _panels(
    board: Board, sittings: Sequence[Sitting], filled: filling.Filled
) -> dict[int, list[int]]:
    experts = {name: pk for pk, name in names_of(board).items()}
    return {
        each.panel.pk: [experts[name] for name in filled.panels[each.panel.name]]
        for each in sittings
    }


def _told(
    board: Board, found: Mapping[int, list[int]], figures: Sequence[filling.Filled], run: Solving
) -> dict[str, Any]:
    """What is written down; only after the checker by names has passed the whole."""
    whole = {**{pk: [] for pk in board.seated}, **found}
    if wrong := hard_findings(board, whole, only=found):
        raise AssertionError(f"the answer breaks rules: {[str(one.refusal()) for one in wrong]}")
    moved = filling.moves(
        {str(pk): [str(one) for one in members] for pk, members in board.seated.items()},
        {str(pk): [str(one) for one in members] for pk, members in found.items()},
    )
    is_whole = len(found) == len(board.sittings)
    is_fill = run.kind == RunKind.FILL
    return {
        "found": {str(pk): members for pk, members in found.items()} if is_whole else {},
        "figures": {
            "worst": round(min(each.worst for each in figures)) if is_fill else None,
            "bound": ceil(min(each.bound for each in figures) - 1e-6) if is_fill else None,
            "leave": sum(len(leave) for _, leave, _ in moved),
            "come": sum(len(come) for _, _, come in moved),
        },
    }  # fmt: skip


def hard_findings(
    board: Board, seated: Mapping[int, Sequence[int]], only: Mapping[int, object] | None = None
) -> list[Finding]:
    """Everything that forbids a seating, panel by panel, each with panel and member in front."""
    found = []
    for sitting in board.sittings:
        if only is not None and sitting.panel.pk not in only:
            continue
        report = board.report(sitting, seated)
        said = [
            (board.experts[pk].person.name, one)
            for pk, each in report.members.items()
            for one in each
        ]
        said += [("", one) for one in report.panel]
        found += [_placed(sitting.panel.name, member, one) for member, one in said if one.is_hard]
    return found


def _placed(panel: str, member: str, one: Finding) -> Finding:
    return Finding(
        one.code, gettext_noop("%(where)s：%(what)s"),
        {"where": f"{panel} {member}".strip(), "what": gettext(one.text) % one.values},
        one.source, one.confidence, True,
    )  # fmt: skip


def _reason(board: Board, sittings: Sequence[Sitting], one: Broken) -> dict[str, Any]:
    """The rule in words; for somebody who may not serve, why he may not."""
    if one.rule.kind != "conflicts":
        values = {k: v if isinstance(v, int) else str(v) for k, v in one.values.items()}
        return {"text": one.text, "values": values}
    expert = list(board.experts.values())[one.rule.places[0]]
    said = board.fitness(sittings[one.rule.places[1]], [expert])[expert.pk]
    why = "".join(str(each.refusal()) for each in said if each.is_hard)
    return {
        "text": gettext_noop("%(expert)s不能参加%(task)s：%(why)s"),
        "values": {"expert": expert.person.name, "task": one.values["task"], "why": why},
    }


def _allowed(one: Broken, least: Sequence[int]) -> int | float | None:
    """To what a rule may give way; a panel never below what the pack asks for."""
    to = one.relaxation.to
    if one.rule.kind == "panel_size" and to is not None and to < least[one.rule.places[0]]:
        return None
    return to


def _why_not(
    board: Board,
    sittings: Sequence[Sitting],
    problem: Problem,
    limits: Mapping[str, int],
    locked: Mapping[str, Sequence[str]],
) -> list[dict[str, Any]]:
    """A smallest set of rules that cannot all hold, and what giving up each would bring."""
    conflict = explain(problem, limits)
    least = [boards.size_of(board.pack, each.panel.part).least for each in sittings]
    if conflict:
        return [
            {
                "kind": one.rule.kind, **_reason(board, sittings, one),
                "helps": one.relaxation.helps, "to": _allowed(one, least),
                "all_by": one.relaxation.all_by,
            }
            for one in conflict
        ]  # fmt: skip
    # Without the locks it can be done: which panel's locks stand in the way?
    return [
        {
            "kind": "locked", "text": gettext_noop("%(panel)s的锁定人员：%(names)s"),
            "values": {"panel": panel, "names": "、".join(names)},
            "helps": filling.can_be_filled(problem, limits, {**locked, panel: ()}),
            "to": None, "all_by": None,
        }
        for panel, names in locked.items()
        if names
    ]  # fmt: skip
