"""From a pool and a blueprint to papers, with a bound on what any papers could reach.

Relax, split, exchange, and where a gap is left and the program is small enough, prove.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from jiangjie.kernel.errors import BadInput, gettext_noop
from jiangjie.papers.rules import exact, relaxation
from jiangjie.papers.rules.blueprint import (
    Blueprint,
    MatchDifficulty,
    MaximinInformation,
    MinimaxDeviation,
    Numbers,
    Objective,
    Pool,
)
from jiangjie.papers.rules.checker import check
from jiangjie.papers.rules.conflicts import Conflict, explain
from jiangjie.papers.rules.model import Flags, Instance, Model, badness
from jiangjie.papers.rules.programs import Status
from jiangjie.papers.rules.relaxation import Relaxation
from jiangjie.papers.rules.split import split
from jiangjie.papers.rules.swaps import Swaps

GAP = 1e-4  # relative gap that counts as proved, as in HiGHS
_AIM = 1e-5  # where the exchange of items may stop
_STEPS = 1000
_ROUNDS = 5
_FAR = 0.01  # share of the objective by which a goal is too far off
_SEARCHABLE = 8000  # variables of a program of all papers that is searched as a whole
_WORK = 5.0
_SEARCH_WORK = 60.0  # when nothing else found any papers


@dataclass(frozen=True, slots=True)
class Assembly:
    """`objective` and `bound` in the blueprint's own sense: information is to be large, a
    deviation small. Without papers (`forms` None) `conflict` says which rules cannot all hold.
    """

    forms: tuple[tuple[str, ...], ...] | None
    objective: float | None
    bound: float | None
    conflict: tuple[Conflict, ...] = ()


class Phase(StrEnum):
    """What the search has come to, told to whoever watches it."""

    RELAX = "relax"
    EXCHANGE = "exchange"
    PROVE = "prove"
    EXPLAIN = "explain"


# Called at each phase with the best papers so far (None: none yet). What it raises ends the search.
Watch = Callable[[Phase, Assembly | None], None]
_Tell = Callable[[Phase, list[Flags] | None, float], None]


def assemble(pool: Pool, blueprint: Blueprint, watch: Watch | None = None) -> Assembly:
    """The same for the same pool, blueprint and seed. BadInput when the work set apart for it
    neither found papers nor proved that there are none.
    """
    tell = watch or (lambda _phase, _best: None)
    instance = Instance(pool, blueprint)
    model = instance.model(blueprint.rules)
    copies = 1
    if model.overlap is None:  # any paper may be used again, so the best one is
        model, copies = replace(model, forms=1, overlap=0), blueprint.forms

    def told(phase: Phase, flags: list[Flags] | None, bound: float) -> None:
        best = None if flags is None else _checked(pool, blueprint, model, copies, flags, bound)
        tell(phase, best)

    best = _best(instance, model, told)
    if best is None:
        tell(Phase.EXPLAIN, None)
        return Assembly(None, None, None, explain(instance))
    return _checked(pool, blueprint, model, copies, *best)


def _checked(
    pool: Pool, blueprint: Blueprint, model: Model, copies: int, flags: list[Flags], bound: float
) -> Assembly:
    """Papers recounted by `check`, which shares nothing with the search."""
    forms = [[pool.ids[item] for item in form] for form in model.items(flags)] * copies
    faults = check(forms, pool, blueprint)
    if faults:
        raise AssertionError(f"assembled papers break the rules: {faults}")
    worst = _worst(model, blueprint.objective, flags)
    if bound > worst + 1e-6 * max(1.0, abs(worst)):
        raise AssertionError(f"papers beat the bound: {worst} < {bound}")
    sign = -1.0 if isinstance(blueprint.objective, MaximinInformation) else 1.0
    return Assembly(
        tuple(map(tuple, forms)),
        objective=sign * worst + 0.0,
        bound=sign * min(bound, worst) + 0.0,
    )


def _best(instance: Instance, model: Model, tell: _Tell) -> tuple[list[Flags], float] | None:
    """Papers and a bound of their badness; None when it is proved that there are no papers."""
    blueprint = instance.blueprint
    objective, seed = blueprint.objective, blueprint.seed
    tell(Phase.RELAX, None, 0.0)
    relaxed = relaxation.relax(model, objective, seed=seed)
    if relaxed is None:
        return None
    forms = _start(model, objective, relaxed, seed)
    if forms is None:
        return None
    search = _Search(model, objective, forms, relaxed, seed)
    tell(Phase.EXCHANGE, search.forms, search.bound)
    search.exchange()
    tell(Phase.PROVE, search.forms, search.bound)
    if isinstance(objective, MatchDifficulty):  # its relaxation is tighter on a smaller range
        for _ in range(_ROUNDS):
            search.bound = relaxation.linear_bound(
                model, objective, best=search.bound, worst=search.worst, seed=seed
            )
        return search.forms, search.bound
    steps = [search.tighten, search.improve, search.prove]
    if isinstance(objective, MinimaxDeviation):  # its bound is seldom what is missing
        steps = [search.improve, search.tighten, search.prove]
    for step in steps:
        if search.is_proved:
            break
        step()
        tell(Phase.PROVE, search.forms, search.bound)
    return search.forms, search.bound


class _Search:
    """Papers and the bound of their badness, brought together step by step."""

    def __init__(
        self,
        model: Model,
        objective: Objective,
        forms: list[Flags],
        relaxed: Relaxation,
        seed: int,
    ) -> None:
        self.forms, self.bound = forms, relaxed.bound
        self._model, self._objective = model, objective
        self._wish, self._seed = relaxed.wish, seed

    @property
    def worst(self) -> float:
        return _worst(self._model, self._objective, self.forms)

    @property
    def is_proved(self) -> bool:
        return self.worst <= _near(self._objective, self.bound, GAP)

    def exchange(self) -> None:
        swaps = Swaps(self._model, self._objective, self.forms, self._wish, seed=self._seed)
        aim = _near(self._objective, self.bound, _AIM)
        goal = self.bound
        for _ in range(_ROUNDS):
            before = swaps.worst
            swaps.improve(goal=goal, until=aim, steps=_STEPS)
            self.forms = list(swaps.forms)
            if swaps.worst <= _near(self._objective, self.bound, _FAR) or (
                goal > self.bound and swaps.worst >= before
            ):
                break
            # A goal far off makes good papers better at the cost of bad ones: take a nearer one.
            goal = max(self.bound, swaps.worst - _FAR * abs(swaps.worst))

    def tighten(self) -> None:
        self.bound = relaxation.whole_bound(
            self._model, self._objective, best=self.bound, seed=self._seed
        )

    def improve(self) -> None:
        if self._model.forms * len(self._model.units) <= _SEARCHABLE:
            forms = exact.improve(
                self._model,
                self._objective,
                self.forms,
                best=self.bound,
                worst=self.worst,
                seed=self._seed,
                work=_WORK,
            )
            self._take(forms)

    def prove(self) -> None:
        self.bound, forms = exact.prove(
            self._model,
            self._objective,
            best=self.bound,
            worst=self.worst,
            seed=self._seed,
            work=_WORK,
        )
        if forms is not None:
            self._take(forms)

    def _take(self, forms: list[Flags]) -> None:
        if _worst(self._model, self._objective, forms) < self.worst:
            self.forms = forms
            self.exchange()


def _start(
    model: Model, objective: Objective, relaxed: Relaxation, seed: int
) -> list[Flags] | None:
    """Some good papers that keep to the rules; None when there are none."""
    if model.overlap and model.forms > 1:  # papers without common items are a good start
        apart = replace(model, overlap=0)
        parted = relaxation.relax(apart, objective, seed=seed)
        apart_forms = None if parted is None else _dealt(apart, parted, seed)
        if parted is not None and apart_forms is not None:
            search = _Search(apart, objective, apart_forms, parted, seed)
            search.exchange()
            return search.forms
    forms = _dealt(model, relaxed, seed)
    if forms is not None:
        return forms
    status, forms = exact.find(model, seed=seed, work=_SEARCH_WORK, wish=relaxed.wish)
    if status is Status.UNKNOWN:
        raise BadInput(
            gettext_noop(
                "限定的计算量之内，既没有组出试卷，也没能证明组不出。请减少套数或放宽要求后再试。"
            )
        )
    return forms if status is Status.FEASIBLE else None


def _dealt(model: Model, relaxed: Relaxation, seed: int) -> list[Flags] | None:
    return split(model, relaxed.uses, seed=seed, work=_WORK) if relaxed.is_whole else None


def _near(objective: Objective, bound: float, gap: float) -> float:
    """What counts as having reached the bound: to the relative gap, or where the bound is next
    to nothing, to that share of the unit of measurement.
    """
    unit = 0.0
    if isinstance(objective, MatchDifficulty):
        unit = objective.sd
    elif isinstance(objective, MinimaxDeviation):
        unit = abs(objective.target) * 1e-2
    return bound + gap * max(abs(bound), unit)


def _worst(model: Model, objective: Objective, forms: list[Flags]) -> float:
    sums: Numbers = np.array(forms, dtype=np.float64) @ model.measures.T
    return float(badness(objective, sums).max())
