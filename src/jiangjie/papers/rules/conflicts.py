"""Why a blueprint cannot be kept: rules that cannot all hold, and what each would have to allow.

The set is minimal: without any one of its rules the others can hold. It is found by leaving out
rule after rule and solving again; a solver's own account of a contradiction can be wrong.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jiangjie.kernel.errors import gettext_noop
from jiangjie.papers.rules import exact, relaxation
from jiangjie.papers.rules.blueprint import (
    Count,
    Exclusive,
    Exposure,
    Forms,
    Length,
    Numbers,
    Overlap,
    Rule,
    Stimulus,
    Together,
    Total,
    Where,
    numbers,
)
from jiangjie.papers.rules.model import Instance, Model, kinds_of
from jiangjie.papers.rules.programs import Status
from jiangjie.papers.rules.split import split

_WORK = 1.0  # for each question
_QUESTIONS = 400  # in all; what is then still open is left as it stands
_MANY = 10_000  # variables of a question that is first asked another way
_HARD = 20  # questions that one counts for which was not settled
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
        if self._left <= 0:
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
        is_large = model.forms * len(kinds_of(model)) > _MANY
        if is_large and not model.overlap and self._is_dealt(model):
            return True
        status, _ = exact.find(model, seed=seed, work=_WORK)
        if status is Status.UNKNOWN:
            self._left -= _HARD
        return {Status.FEASIBLE: True, Status.INFEASIBLE: False}.get(status)

    def _is_dealt(self, model: Model) -> bool:
        """Whether good papers are found on the way of the assembly."""
        blueprint = self.instance.blueprint
        relaxed = relaxation.relax(model, blueprint.objective, seed=blueprint.seed)
        if relaxed is None or not relaxed.is_whole:
            return False
        return split(model, relaxed.uses, seed=blueprint.seed, work=_WORK) is not None


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
    nearest: float | None = None
    relaxed = gettext_noop("去掉这一条即可")
    if asked.can_hold(others) is not True:
        relaxed = gettext_noop("只放宽这一条还不够，另有要求不能同时满足")
    else:
        nearest = _nearest(asked, rule, others)
        if nearest is not None:
            relaxed = _limit_text(rule) % {"limit": _short(nearest)}
    document = asked.instance.blueprint.document
    return Conflict(
        rule.path, _quoted(document, rule.path), _text(asked, rule, alone=alone), relaxed, nearest
    )


def _nearest(asked: _Asked, rule: Rule, others: Sequence[Rule]) -> float | None:
    """The limit nearest to the rule's with which all can hold; wider limits allow no less."""

    def holds(limit: float) -> bool:
        return asked.can_hold([*others, _with(rule, limit)]) is True

    for limits in _limits(asked, rule):
        if limits and holds(limits[-1]):
            return limits[bisect_left(limits, True, key=holds)]
    return None


def _limits(asked: _Asked, rule: Rule) -> list[list[float]]:
    """Other limits of the rule, from the nearest to the widest; for a length, first downwards."""
    pool = asked.instance.pool
    most = len(pool.ids)
    downwards = [float(limit) for limit in range(_limit(rule) - 1, -1, -1)]
    upwards = [float(limit) for limit in range(_limit(rule) + 1, most + 1)]
    match rule:
        case Length(low=int(), high=int()):
            return [downwards[:-1], upwards]
        case Forms():
            return [downwards[:-1]]
        case Count(low=int()) | Stimulus(low=int()) | Length(low=int()):
            return [downwards]
        case Count() | Stimulus() | Length():
            return [upwards]
        case Total(column=column):
            return [_sum_limits(numbers(pool, column), rule)]
        case Exposure(column=column, high=high):
            values = np.unique(numbers(pool, column))
            return [[float(limit) for limit in values[values > high]]]
        case Overlap():
            return [upwards]
        case Exclusive() | Together():
            return []


def _limit(rule: Rule) -> int:
    match rule:
        case Forms(number=number):
            return number
        case Length(low=int(limit)) | Count(low=int(limit)) | Stimulus(low=int(limit)):
            return limit
        case Length(high=int(limit)) | Count(high=int(limit)) | Stimulus(high=int(limit)):
            return limit
        case Overlap(high=limit):
            return limit
        case _:
            return 0


def _sum_limits(values: Numbers, rule: Total) -> list[float]:
    """Some thousand limits up to what all items sum up to, as round as their distance allows."""
    is_low = rule.low is not None
    start = float(rule.low if rule.low is not None else rule.high or 0.0)
    end = float(values[values < 0].sum() if is_low else values[values > 0].sum())
    if end >= start if is_low else end <= start:
        return []
    step = 10.0 ** np.floor(np.log10(abs(end - start) / 1000))
    sign = -1.0 if is_low else 1.0
    first = sign * np.floor(sign * start / step)
    count = int(np.ceil(abs(end - start) / step)) + 1
    return [float(round((first + sign * at) * step, 9)) for at in range(1, count + 1)]


def _with(rule: Rule, limit: float) -> Rule:
    match rule:
        case Forms():
            return replace(rule, number=int(limit))
        case Length(low=int(low), high=int(high)):  # a length in between would do as well
            return replace(rule, low=min(low, int(limit)), high=max(high, int(limit)))
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
            return gettext_noop("其余要求不变，每套可为%(limit)s题")
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
                    return (
                        gettext_noop("题库中满足%(where)s的题只有%(have)d道，每套至少需要%(low)d道")
                        % values
                    )
                return (
                    gettext_noop("每套至少%(low)d道满足%(where)s的题（题库中共%(have)d道）")
                    % values
                )
            return (
                gettext_noop("每套至多%(high)d道满足%(where)s的题（题库中共%(have)d道）") % values
            )
        case Total(column=column, low=low, high=high):
            values = {"column": column, "low": _short(low), "high": _short(high)}
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
            return gettext_noop("只用%(column)s不超过%(high)s的题（题库中共%(have)d道）") % {
                "column": column, "high": _short(limit), "have": have,
            }  # fmt: skip
        case Overlap(high=0):
            return gettext_noop("各套之间不重复用题（题库中共%(have)d道）") % {
                "have": len(pool.ids)
            }
        case Overlap(high=limit):
            return gettext_noop("任意两套至多重复%(high)d题") % {"high": limit}


def _short(number: float | None) -> str:
    return "" if number is None else f"{number:.10g}"


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
