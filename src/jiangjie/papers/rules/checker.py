"""Whether papers keep to a blueprint, counted anew item by item.

Written apart from the assembly and sharing none of its matrices: every result is checked here
before anybody sees it.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from jiangjie.kernel.errors import gettext_noop
from jiangjie.papers.rules.blueprint import (
    Blueprint,
    Count,
    Exclusive,
    Exposure,
    Forms,
    Length,
    Overlap,
    Pool,
    Rule,
    Stimulus,
    Together,
    Total,
    is_match,
)

TOLERANCE = 1e-6  # relative to the limit, at least absolute: sums of decimals are not exact


def check(forms: Sequence[Sequence[str]], pool: Pool, blueprint: Blueprint) -> list[str]:
    """What is wrong with the papers `forms` (ids); empty when all rules hold."""
    used = set[str]().union(*forms)
    rows = {
        name: {column: cells[place] for column, cells in pool.columns.items()}
        for place, name in enumerate(pool.ids)
        if name in used
    }
    faults: list[str] = []
    wanted = blueprint.forms
    if len(forms) != wanted:
        faults.append(
            gettext_noop("$.forms：应有%(want)d套，实有%(have)d套")
            % {"want": wanted, "have": len(forms)}
        )
    for number, form in enumerate(forms, 1):
        strange = [name for name in form if name not in rows]
        twice = [name for name, times in Counter(form).items() if times > 1]
        said = gettext_noop("第%(form)d套：%(what)s")
        if strange or twice:
            faults.append(said % {"form": number, "what": "、".join([*strange, *twice])})
            continue
        for rule in blueprint.rules:
            what = _broken(rule, [rows[name] for name in form], form)
            if what is not None:
                faults.append(said % {"form": number, "what": f"{rule.path} {what}"})
    for rule in blueprint.rules:
        if isinstance(rule, Overlap):
            for (one, first), (two, second) in combinations(enumerate(forms, 1), 2):
                shared = len(set(first) & set(second))
                if shared > rule.high:
                    faults.append(
                        gettext_noop("第%(one)d套与第%(two)d套：%(path)s 重复%(shared)d题")
                        % {"one": one, "two": two, "path": rule.path, "shared": shared}
                    )
    return faults


def _broken(rule: Rule, rows: list[dict[str, str]], form: Sequence[str]) -> str | None:
    """What a single paper shows against the rule; None when it holds."""
    match rule:
        case Length():
            return _outside(len(rows), rule.low, rule.high)
        case Count():
            have = sum(all(is_match(row[c], value) for c, value in rule.where) for row in rows)
            return _outside(have, rule.low, rule.high)
        case Total():
            return _outside(sum(float(row[rule.column]) for row in rows), rule.low, rule.high)
        case Exclusive():
            have = len(set(rule.ids) & set(form))
            return None if have <= 1 else str(have)
        case Together():
            have = len(set(rule.ids) & set(form))
            return None if have in (0, len(rule.ids)) else str(have)
        case Stimulus():
            used = Counter(row[rule.column] for row in rows if row[rule.column])
            for name, have in sorted(used.items()):
                what = _outside(have, rule.low, rule.high)
                if what is not None:
                    return f"{name}：{what}"
            return None
        case Exposure():
            worst = max((float(row[rule.column]) for row in rows), default=rule.high)
            return _outside(worst, None, rule.high)
        case Forms() | Overlap():
            return None  # of all papers together


def _outside(have: float, low: float | None, high: float | None) -> str | None:
    if low is not None and have < low - TOLERANCE * max(1.0, abs(low)):
        return f"{have:g} < {low:g}"
    if high is not None and have > high + TOLERANCE * max(1.0, abs(high)):
        return f"{have:g} > {high:g}"
    return None
