"""Items that were chosen for all papers together, dealt out paper by paper."""

import numpy as np

from jiangjie.papers.rules.blueprint import Numbers
from jiangjie.papers.rules.exact import add_group
from jiangjie.papers.rules.model import Flags, Model
from jiangjie.papers.rules.programs import Engine, Program

# How far a paper's measures may first be from an equal share; the exchange of items does the rest.
_BANDS = (0.02, 0.1, np.inf)


def split(model: Model, uses: Numbers, *, seed: int, work: float) -> list[Flags] | None:
    """Papers that use each unit `uses` times and keep to the rules; None when none were found.

    Each paper is chosen so that what is left keeps to the rules of the papers left, in sum.
    """
    for band in _BANDS:
        forms: list[Flags] = []
        left = uses.copy()
        for number in range(model.forms):
            form = _next(model, left, forms, model.forms - 1 - number, band, seed, work)
            if form is None:
                break
            forms.append(form)
            left = left - form
        else:
            if model.keeps(forms):
                return forms
    return None


def _next(
    model: Model,
    left: Numbers,
    earlier: list[Flags],
    later: int,
    band: float,
    seed: int,
    work: float,
) -> Flags | None:
    active = np.flatnonzero(left > 0)
    have = left[active]
    program = Program(Engine.SEARCH, seed=seed + len(earlier), work=work)
    places = program.variables(len(active), 0.0, 1.0)
    program.restrict(places, np.maximum(0.0, np.minimum(1.0, have - later)).tolist(),
                     np.minimum(1.0, have).tolist())  # fmt: skip

    def row(values: Numbers, low: float, high: float) -> None:
        """Both this paper and, in sum, those that come later."""
        total = float(values @ have)
        # What the limits are exceeded by when the sum of all was rounded.
        slack = 1e-9 * max(1.0, abs(total))
        program.row(
            places,
            values,
            max(low, total - later * high - slack) if later else low,
            min(high, total - later * low + slack) if later else high,
            terms=model.longest,
        )

    for values, low, high in zip(model.rows[:, active], model.low, model.high, strict=True):
        row(values, low, high)
    if band < np.inf and later:
        for values in model.measures[:, active]:
            share = float(values @ have) / (later + 1)
            width = band * float(abs(values) @ have) / (later + 1)
            program.row(places, values, share - width, share + width, terms=model.longest)
    where = np.full(len(model.units), -1, dtype=np.intp)
    where[active] = np.arange(len(active))
    for inside in model.exclusive:
        at = where[inside]
        at = at[at >= 0]
        if len(at):
            total = float(have[at].sum())
            program.row([places[one] for one in at.tolist()], np.ones(len(at)), total - later, 1.0)
    for group in model.groups:
        at = where[group.units]
        sizes, at = group.sizes[at >= 0], at[at >= 0]
        if len(at):
            here = [places[one] for one in at.tolist()]
            add_group(program, model, here, sizes, most=1)
            if later:
                _add_later(program, model, here, sizes, float(sizes @ have[at]), later)
    if model.overlap is not None and model.cap > 1:
        for form in earlier:
            program.row(places, (model.sizes * form)[active], -np.inf, float(model.overlap))
    outcome = program.solve()
    if not outcome.is_found:
        return None
    form = np.zeros(len(model.units), dtype=bool)
    form[active] = outcome.values[: len(active)] > 0.5
    return form


def _add_later(
    program: Program, model: Model, here: list[int], sizes: Numbers, total: float, later: int
) -> None:
    """What is left of a stimulus can be divided among the papers left."""
    (uses,) = program.variables(1, 0.0, float(later))
    low, high = float(model.group_low), float(model.group_high)
    program.row([*here, uses], np.append(sizes, low), -np.inf, total)
    program.row([*here, uses], np.append(sizes, high), total, np.inf)
