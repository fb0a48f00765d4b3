"""Why a blueprint cannot be kept: rules that cannot all hold, and what each would have to allow.

The set is minimal: without any one of its rules the others can hold. It is found by leaving out
rule after rule and solving again; a solver's own account of a contradiction can be wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jiangjie.itembank.rules import exact, relaxation
from jiangjie.itembank.rules.blueprint import (
    Count,
    Exclusive,
    Exposure,
    Forms,
    Length,
    Overlap,
    Rule,
    Stimulus,
    Together,
    Total,
    Where,
    forms_of,
    numbers,
)
from jiangjie.itembank.rules.model import Instance
from jiangjie.itembank.rules.programs import Status
from jiangjie.kernel.errors import gettext_noop

_WORK = 2.0  # for each question
_QUESTIONS = 400  # in all; what is then still open is left as it stands
# Rules are tried in this order, so the plainest ones are the likeliest to be left in the set.
_ORDER = (Exclusive, Together, Stimulus, Total, Exposure, Overlap, Forms, Length, Count)


@dataclass(frozen=True, slots=True)
class Conflict:
    """One rule of a set that cannot all hold."""

    path: str  # where it stands in the blueprint
    rule: Any  # as written there
    text: str
    relaxed: str  # what would do if all other rules of the blueprint stay
    nearest: float | None  # the limit that would do; None: there is none

    def to_json(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "rule": self.rule,
            "text": self.text,
            "relaxed": self.relaxed,
            "nearest": self.nearest,
        }


def explain(instance: Instance) -> tuple[Conflict, ...]:
    """A minimal set of rules of a blueprint that cannot be kept."""
    asked = _Asked(instance)
    rules = instance.blueprint.rules
    kept = _minimal(asked, rules)
    return tuple(_told(asked, rule, rules, alone=len(kept) == 1) for rule in kept)


class _Asked:
    """Which sets of rules can hold, each asked once."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self._left = _QUESTIONS
        self._known: dict[frozenset[Rule], bool | None] = {}

    def can_hold(self, rules: Sequence[Rule]) -> bool | None:
        """None: not settled within the work set apart."""
        key = frozenset(rules)
        if key not in self._known:
            self._known[key] = self._settle(rules)
        return self._known[key]

    def _settle(self, rules: Sequence[Rule]) -> bool | None:
        if self._left == 0:
            return None
        self._left -= 1
        model, seed = self.instance.model(rules), self.instance.blueprint.seed
        if model.overlap is None:
            model = replace(model, forms=1, overlap=0)
        if not relaxation.is_possible_in_sum(model, seed=seed):
            return False
        if model.overlap and exact.find(
            replace(model, overlap=0), seed=seed, work=_WORK
        )[0] is Status.FEASIBLE:  # papers without common items will do as well  # fmt: skip
            return True
        status, _ = exact.find(model, seed=seed, work=_WORK)
        return {Status.FEASIBLE: True, Status.INFEASIBLE: False}.get(status)


def _minimal(asked: _Asked, rules: Sequence[Rule]) -> list[Rule]:
    for rule in rules:
        if not isinstance(rule, Forms | Overlap) and asked.can_hold([rule]) is False:
            return [rule]
    kept = list(rules)
    # Halves first, then single rules: most rules have nothing to do with the contradiction.
    size = max(1, len(kept) // 2)
    while True:
        order = sorted(kept, key=lambda rule: _ORDER.index(type(rule)))
        for start in range(0, len(order), size):
            part = order[start : start + size]
            rest = [rule for rule in kept if rule not in part]
            if asked.can_hold(rest) is False:
                kept = rest
        if size == 1:
            return kept
        size = (size + 1) // 2 if size > 1 else 1


def _told(asked: _Asked, rule: Rule, rules: Sequence[Rule], *, alone: bool) -> Conflict:
    others = [one for one in rules if one != rule]
    nearest, relaxed = None, gettext_noop("去掉这一条即可")
    if asked.can_hold(others) is not True:
        relaxed = gettext_noop("只放宽这一条还不够，另有要求不能同时满足")
    else:
        limits = _limits(asked, rule)
        place = _first(
            len(limits), lambda at: asked.can_hold([*others, _with(rule, limits[at])]) is True
        )
        if place is not None:
            nearest = limits[place]
            relaxed = _limit_text(rule) % {"limit": f"{nearest:.10g}"}
    document = asked.instance.blueprint.document
    return Conflict(
        rule.path, _quoted(document, rule.path), _text(asked, rule, alone=alone), relaxed, nearest
    )


def _first(count: int, holds: Any) -> int | None:
    """The first place from which on it holds; None when it does not hold at the last."""
    if count == 0 or not holds(count - 1):
        return None
    low, high = 0, count - 1
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _limits(asked: _Asked, rule: Rule) -> list[float]:
    """Other limits of the rule, from the nearest to the widest."""
    instance = asked.instance
    most = len(instance.pool.ids)
    match rule:
        case Count(low=int(low)) | Stimulus(low=int(low)):
            return [float(limit) for limit in range(low - 1, -1, -1)]
        case Count(high=int(high)) | Stimulus(high=int(high)):
            return [float(limit) for limit in range(high + 1, most + 1)]
        case Length(low=int(low), high=int(high)):
            # The blueprint wants one length: shorter ones first, for there are fewer rules to break.
            return [float(limit) for limit in range(low - 1, 0, -1)]
        case Length(low=int(low)):
            return [float(limit) for limit in range(low - 1, -1, -1)]
        case Length(high=int(high)):
            return [float(limit) for limit in range(high + 1, most + 1)]
        case Total(column=column):
            return _sum_limits(numbers(instance.pool, column), rule)
        case Exposure(column=column, high=high):
            values = np.unique(numbers(instance.pool, column))
            return [float(limit) for limit in values[values > high]]
        case Overlap(high=high):
            return [float(limit) for limit in range(high + 1, most + 1)]
        case Forms(number=number):
            return [float(limit) for limit in range(number - 1, 0, -1)]
        case Exclusive() | Together():
            return []


def _sum_limits(values: np.ndarray[Any, np.dtype[np.float64]], rule: Total) -> list[float]:
    """A thousand limits up to what any paper could sum up to, and round ones."""
    start = rule.low if rule.low is not None else rule.high
    assert start is not None  # noqa: S101 -- a Total has one of the two
    ends = values[values < 0].sum(), values[values > 0].sum()
    end = float(ends[0] if rule.low is not None else ends[1])
    step = 10.0 ** np.floor(np.log10(max(abs(end - start), 1e-9) / 1000))
    count = int(np.ceil(abs(end - start) / step)) + 1
    sign = -1.0 if rule.low is not None else 1.0
    first = np.floor(start / step) if sign < 0 else np.ceil(start / step)
    return [float(round((first + sign * at) * step, 9)) for at in range(1, count + 1)]


def _with(rule: Rule, limit: float) -> Rule:
    match rule:
        case Forms():
            return replace(rule, number=int(limit))
        case Length(low=int(), high=int()):
            return replace(rule, low=int(limit), high=int(limit))
        case Total(low=float()):
            return replace(rule, low=limit)
        case Total() | Exposure():
            return replace(rule, high=limit)
        case Length(low=int()) | Count(low=int()) | Stimulus(low=int()):
            return replace(rule, low=int(limit))
        case Length() | Count() | Stimulus() | Overlap():
            return replace(rule, high=int(limit))
        case Exclusive() | Together():
            return rule


def _limit_text(rule: Rule) -> str:
    match rule:
        case Forms():
            return gettext_noop("其余要求不变，最多能组%(limit)s套")
        case Length(low=int(), high=int()):
            return gettext_noop("其余要求不变，最多能组%(limit)s题一套")
        case Count(low=int()) | Total(low=float()) | Length(low=int()) | Stimulus(low=int()):
            return gettext_noop("其余要求不变，下限须降到%(limit)s")
        case _:
            return gettext_noop("其余要求不变，上限须升到%(limit)s")


def _text(asked: _Asked, rule: Rule, *, alone: bool) -> str:
    pool = asked.instance.pool
    match rule:
        case Forms(number=number):
            return gettext_noop("共%(number)d套") % {"number": number}
        case Length(low=low, high=high):
            if low == high:
                return gettext_noop("每套%(number)d题") % {"number": low}
            text = gettext_noop("每套至少%(low)s题") if high is None else gettext_noop(
                "每套至多%(high)s题"
            )  # fmt: skip
            return text % {"low": low, "high": high}
        case Count(where=where, low=low, high=high):
            coefficients = asked.instance.coefficients(rule)
            assert coefficients is not None  # noqa: S101 -- a count adds up
            values = {"where": _where(where), "have": int(coefficients.sum()), "low": low,
                      "high": high}  # fmt: skip
            if high is None:
                if alone:
                    return gettext_noop(
                        "题库中满足%(where)s的题只有%(have)d道，每套至少需要%(low)d道"
                    ) % values
                return gettext_noop(
                    "每套至少%(low)d道满足%(where)s的题（题库中共%(have)d道）"
                ) % values
            return gettext_noop(
                "每套至多%(high)d道满足%(where)s的题（题库中共%(have)d道）"
            ) % values
        case Total(column=column, low=low, high=high):
            values = {"column": column, "low": f"{low}", "high": f"{high}"}
            if high is None:
                return gettext_noop("每套%(column)s之和至少%(low)s") % values
            return gettext_noop("每套%(column)s之和至多%(high)s") % values
        case Exclusive(ids=ids):
            return gettext_noop("%(ids)s不同在一套") % {"ids": "、".join(ids)}
        case Together(ids=ids):
            return gettext_noop("%(ids)s必须同在一套") % {"ids": "、".join(ids)}
        case Stimulus(column=column, low=low, high=high):
            values = {"column": column, "low": low, "high": high}
            if high is None:
                return gettext_noop("用到的每个%(column)s至少%(low)d题") % values
            return gettext_noop("用到的每个%(column)s至多%(high)d题") % values
        case Exposure(column=column, high=limit):
            have = int((numbers(pool, column) <= limit).sum())
            return gettext_noop("只用%(column)s不超过%(high)g的题（题库中共%(have)d道）") % {
                "column": column, "high": limit, "have": have,
            }  # fmt: skip
        case Overlap(high=0):
            return gettext_noop("各套之间不重复用题（题库中共%(have)d道）") % {
                "have": len(pool.ids)
            }
        case Overlap(high=limit):
            return gettext_noop("任意两套至多重复%(high)d题") % {"high": limit}


def _where(where: Where) -> str:
    return "、".join(
        f"{column}={value if isinstance(value, str) else format(value, 'g')}"
        for column, value in where
    )


def _quoted(document: dict[str, Any], path: str) -> Any:
    """The part of the blueprint at a path like $.counts[0].min: the entry of a list as a whole."""
    name, _, rest = path.removeprefix("$.").partition("[")
    if rest:
        return document[name][int(rest.partition("]")[0])]
    name = name.partition(".")[0]
    return {name: document.get(name, "none" if name == "overlap" else None)}
