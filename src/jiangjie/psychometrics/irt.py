"""Rasch and two-parameter logistic models by marginal maximum likelihood.

P(right | θ) = 1 / (1 + exp(−a(θ − b))), θ ~ N(0, 1), without the constant 1.7. Bock & Aitkin (1981),
Marginal maximum likelihood estimation of item parameters: application of an EM algorithm,
Psychometrika 46; made faster by squared extrapolation: Varadhan & Roland (2008), Simple and globally
convergent methods for accelerating the convergence of any EM algorithm, Scand. J. Statist. 35.

What few people cannot tell is not told: `Reason` says why, item by item.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from jiangjie.kernel.errors import gettext_noop

Numbers = npt.NDArray[np.float64]

FEWEST = (
    20  # below, nothing is estimated (house decision; ±1 logit takes 30: Linacre 1994, RMT 7:4)
)
TWO_PARAMETER_FROM = 200  # Drasgow (1989), Applied Psychological Measurement 13
NO_PRIOR_FROM = 500
IMPRECISE = 1.0  # standard error of b, in logits, above which an item's place is hardly known

_NODES = 41
_WIDEST = 6.0
_STEEPEST, _FARTHEST = 8.0, 30.0  # |slope| and |intercept| that an estimate may reach
_CYCLES = 500
_ROWS = 1024  # patterns at a time, so that a table of them stays in the cache
_CHANGE = 2e-5  # in slope and intercept at which EM has come to rest


class Model(StrEnum):
    RASCH = "rasch"  # one slope for all items
    TWO_PARAMETER = "2pl"


class Reason(StrEnum):
    TOO_FEW_PEOPLE = "too_few_people"
    NOT_GIVEN = "not_given"
    ALL_RIGHT = "all_right"
    ALL_WRONG = "all_wrong"
    TOO_FEW_ITEMS = "too_few_items"
    NOT_CONVERGED = "not_converged"
    NEGATIVE = "negative"
    NO_DISCRIMINATION = "no_discrimination"
    IMPRECISE = "imprecise"


REASONS: dict[Reason, str] = {
    Reason.TOO_FEW_PEOPLE: gettext_noop("作答人数不足20人，不作估计"),
    Reason.NOT_GIVEN: gettext_noop("无人作答，不作估计"),
    Reason.ALL_RIGHT: gettext_noop("全部答对，难度无从估计"),
    Reason.ALL_WRONG: gettext_noop("全部答错，难度无从估计"),
    Reason.TOO_FEW_ITEMS: gettext_noop("可用题目不足3道，不作估计"),
    Reason.NOT_CONVERGED: gettext_noop("计算没有收敛，估计值不可使用"),
    Reason.NEGATIVE: gettext_noop("区分度为负，请核对答案"),
    Reason.NO_DISCRIMINATION: gettext_noop("区分度接近零，难度无从确定"),
    Reason.IMPRECISE: gettext_noop("标准误大于1个logit，仅供参考"),
}


@dataclass(frozen=True, slots=True)
class Prior:
    """Normal priors of slope and intercept; `name` is printed beside every estimate made with it."""

    name: str
    slope_mean: float = 1.0
    slope_sd: float | None = None
    intercept_sd: float | None = None


NONE = Prior("")
WEAK = Prior("a ~ N(1, 0.5²), d ~ N(0, 3²)", slope_sd=0.5, intercept_sd=3.0)


@dataclass(frozen=True, slots=True)
class ItemEstimate:
    """Slope `a`, difficulty `b` and their standard errors; None: not estimated, `reasons` says why."""

    a: float | None
    b: float | None
    a_error: float | None = None
    b_error: float | None = None
    reasons: tuple[Reason, ...] = ()

    @property
    def is_usable(self) -> bool:
        return self.b is not None and Reason.NOT_CONVERGED not in self.reasons


@dataclass(frozen=True, slots=True)
class Calibration:
    model: Model
    prior: Prior
    people: int
    items: tuple[ItemEstimate, ...]
    log_likelihood: float | None  # of the answers, without the prior
    cycles: int
    is_converged: bool
    reasons: tuple[Reason, ...] = ()  # why nothing at all was estimated


def calibrate(
    answers: npt.NDArray[np.floating],
    *,
    model: Model | None = None,
    prior: Prior | None = None,
    with_errors: bool = True,
) -> Calibration:
    """Item parameters from `answers`, people by items: 1 right, 0 wrong, NaN not given.

    Left to itself it takes the Rasch model below 200 people, and a weak prior below 500.
    """
    people, count = answers.shape
    is_given = ~np.isnan(answers)
    model = model or (Model.RASCH if people < TWO_PARAMETER_FROM else Model.TWO_PARAMETER)
    prior = prior or (WEAK if people < NO_PRIOR_FROM else NONE)
    barred = [_bar(answers[:, item][is_given[:, item]]) for item in range(count)]
    usable = np.array([reason is None for reason in barred])
    whole: tuple[Reason, ...] = ()
    if people < FEWEST:
        whole = (Reason.TOO_FEW_PEOPLE,)
    elif usable.sum() < 3:
        whole = (Reason.TOO_FEW_ITEMS,)
    if whole:
        items = tuple(
            ItemEstimate(None, None, reasons=(reason,) if reason else whole) for reason in barred
        )
        return Calibration(model, prior, people, items, None, 0, False, whole)
    data = _Grouped.of(np.asarray(answers[:, usable], dtype=np.float64))
    fit = _Fit(data, model, prior)
    errors = fit.errors() if with_errors else None
    estimates = iter(_estimates(fit, errors))
    return Calibration(
        model, prior, people,
        tuple(
            next(estimates) if reason is None else ItemEstimate(None, None, reasons=(reason,))
            for reason in barred
        ),
        fit.log_likelihood, fit.cycles, fit.is_converged,
    )  # fmt: skip


def _bar(given: npt.NDArray[np.floating]) -> Reason | None:
    """Why an item cannot be estimated, whatever the rest of the paper says."""
    if not len(given):
        return Reason.NOT_GIVEN
    share = given.mean()
    return Reason.ALL_RIGHT if share == 1 else Reason.ALL_WRONG if share == 0 else None


@dataclass(frozen=True, slots=True)
class _Grouped:
    """Answers of which each pattern stands once, with the number of people who gave it."""

    right: Numbers  # patterns by items: 1 right, 0 wrong or not given
    given: Numbers | None  # 1 given, 0 not; None: everybody was given everything
    weights: Numbers

    @classmethod
    def of(cls, answers: Numbers) -> "_Grouped":
        given = ~np.isnan(answers)
        right = given & (answers == 1)
        # One string of bits a person: sorting those is far cheaper than sorting rows of numbers.
        bits = np.packbits(np.concatenate([right, given], axis=1), axis=1)
        keys = np.ascontiguousarray(bits).view(np.dtype((np.void, bits.shape[1]))).ravel()
        _, first, counts = np.unique(keys, return_index=True, return_counts=True)
        return cls(
            right[first].astype(np.float64),
            None if given.all() else given[first].astype(np.float64),
            counts.astype(np.float64),
        )


class _Fit:
    """EM on slope and intercept (aθ + d): `slopes`, `intercepts` at rest, or after all cycles."""

    def __init__(self, data: _Grouped, model: Model, prior: Prior) -> None:
        self._data, self._model, self._prior = data, model, prior
        self._nodes = np.linspace(-_WIDEST, _WIDEST, _NODES)
        density = np.exp(-0.5 * self._nodes**2)
        self._log_density: Numbers = np.log(density / density.sum())
        given = data.weights @ data.given if data.given is not None else data.weights.sum()
        share = data.weights @ data.right / given
        start = np.concatenate([np.ones_like(share), 1.2 * np.log(share / (1 - share))])
        self.cycles, self.is_converged = 0, False
        self._parameters = self._rest(start)
        self.log_likelihood = sum(each for _, _, each in self._posteriors(self._parameters))

    @property
    def slopes(self) -> Numbers:
        return self._parameters[: len(self._parameters) // 2]

    @property
    def intercepts(self) -> Numbers:
        return self._parameters[len(self._parameters) // 2 :]

    def _rest(self, start: Numbers) -> Numbers:
        """Where EM comes to rest. Each cycle takes two steps and extrapolates along both."""
        now = back = start
        best = -np.inf
        while self.cycles < _CYCLES:
            first, value = self._step(now)
            if value < best - 1e-9 * abs(best):  # the extrapolation went too far: take it back
                now, best = back, -np.inf
                continue
            best = value
            if np.abs(first - now).max() < _CHANGE:
                self.is_converged = True
                return first
            second, _ = self._step(first)
            r, v = first - now, second - 2 * first + now
            length = -max(1.0, float(r @ r) ** 0.5 / max(float(v @ v) ** 0.5, 1e-300))
            back = second
            now = _held(now - 2 * length * r + length**2 * v)
        return now

    def _curve(self, parameters: Numbers) -> tuple[Numbers, Numbers]:
        """Logits and chances of a right answer, items by nodes."""
        half = len(parameters) // 2
        logits = np.outer(parameters[:half], self._nodes) + parameters[half:, None]
        return logits, 1 / (1 + np.exp(-logits))

    def _posteriors(self, parameters: Numbers) -> Iterator[tuple[slice, Numbers, float]]:
        """Some patterns at a time: their weighted posterior of ability, patterns by nodes, and
        log-likelihood.
        """
        logits, chances = self._curve(parameters)
        misses = np.log1p(-np.minimum(chances, 1 - 1e-16))
        given, weights = self._data.given, self._data.weights
        whole = misses.sum(axis=0) + self._log_density
        for start in range(0, len(weights), _ROWS):
            rows = slice(start, start + _ROWS)
            joint = self._data.right[rows] @ logits
            joint += whole if given is None else given[rows] @ misses + self._log_density
            top = joint.max(axis=1)
            joint -= top[:, None]
            np.exp(joint, out=joint)
            mass = joint.sum(axis=1)
            joint *= (weights[rows] / mass)[:, None]
            yield rows, joint, float(weights[rows] @ (np.log(mass) + top))

    def _step(self, parameters: Numbers) -> tuple[Numbers, float]:
        """One EM step, and the penalised log-likelihood before it."""
        self.cycles += 1
        value = self._log_prior(parameters)
        shape = len(parameters) // 2, len(self._nodes)
        right, given = np.zeros(shape), np.zeros(shape)
        for rows, posterior, likelihood in self._posteriors(parameters):
            value += likelihood
            right += self._data.right[rows].T @ posterior
            if self._data.given is None:
                given += posterior.sum(axis=0)
            else:
                given += self._data.given[rows].T @ posterior
        return self._maximised(parameters, right, given), value

    def _log_prior(self, parameters: Numbers) -> float:
        half, prior = len(parameters) // 2, self._prior
        slopes = parameters[:half] if self._model is Model.TWO_PARAMETER else parameters[:1]
        value = 0.0
        if prior.slope_sd:
            value -= float((((slopes - prior.slope_mean) / prior.slope_sd) ** 2).sum()) / 2
        if prior.intercept_sd:
            value -= float(((parameters[half:] / prior.intercept_sd) ** 2).sum()) / 2
        return value

    def _maximised(self, parameters: Numbers, right: Numbers, given: Numbers) -> Numbers:
        """Newton's steps on the expected counts, all items at once."""
        prior = self._prior
        pull_a = 1 / prior.slope_sd**2 if prior.slope_sd else 0.0
        pull_d = 1 / prior.intercept_sd**2 if prior.intercept_sd else 0.0
        half, nodes = len(parameters) // 2, self._nodes
        for _ in range(4):
            chances = self._curve(parameters)[1]
            surprise = right - given * chances
            spread = given * chances * (1 - chances)
            slopes, intercepts = parameters[:half], parameters[half:]
            to_d = surprise.sum(axis=1) - pull_d * intercepts
            dd = spread.sum(axis=1) + pull_d
            to_a, ad, aa = surprise @ nodes, spread @ nodes, spread @ nodes**2
            if self._model is Model.RASCH:
                # One slope: the items' intercepts are eliminated, then the slope solved for.
                slope_pull = to_a.sum() - pull_a * (slopes[0] - prior.slope_mean)
                step = (slope_pull - (ad / dd * to_d).sum()) / (
                    aa.sum() + pull_a - (ad**2 / dd).sum()
                )
                by_a, by_d = np.full(half, step), (to_d - ad * step) / dd
            else:
                to_a = to_a - pull_a * (slopes - prior.slope_mean)
                aa = aa + pull_a
                area = np.maximum(aa * dd - ad**2, 1e-12)
                by_a, by_d = (dd * to_a - ad * to_d) / area, (aa * to_d - ad * to_a) / area
            change = np.clip(np.concatenate([by_a, by_d]), -2, 2)
            parameters = _held(parameters + change)
            if np.abs(change).max() < 1e-7:
                break
        return parameters

    def errors(self) -> Numbers | None:
        """Covariance of all slopes and intercepts (Rasch: one slope, then intercepts): inverse of
        the observed information, complete less missing (Louis 1982, J. R. Statist. Soc. B 44).
        None where it cannot be inverted.
        """
        chances = self._curve(self._parameters)[1]
        count, nodes = len(chances), self._nodes
        inner = np.zeros((len(nodes), count, count))  # Σ posterior · residual · residual', by node
        amounts = np.zeros_like(chances)
        known = np.zeros((2 * count, 2 * count))
        for rows, posterior, _ in self._posteriors(self._parameters):
            right, weights = self._data.right[rows], self._data.weights[rows]
            given = np.ones_like(right) if self._data.given is None else self._data.given[rows]
            for place in range(len(nodes)):
                residual = right - given * chances[:, place]
                residual *= np.sqrt(posterior[:, place])[:, None]
                inner[place] += residual.T @ residual
            amounts += given.T @ posterior
            share = posterior / weights[:, None]
            by_slope = right * (share @ nodes)[:, None] - given * ((share * nodes) @ chances.T)
            by_intercept = right - given * (share @ chances.T)
            expected = np.concatenate([by_slope, by_intercept], axis=1)
            known += (expected * weights[:, None]).T @ expected
        square, complete = np.empty((2, 2 * count, 2 * count))
        spread = amounts * chances * (1 - chances)
        for (row, column), power in (((0, 0), 2), ((0, 1), 1), ((1, 0), 1), ((1, 1), 0)):
            block = np.ix_(*(np.arange(count) + count * half for half in (row, column)))
            square[block] = np.tensordot(nodes**power, inner, 1)
            complete[block] = np.diag(spread @ nodes**power)
        information = complete - (square - known)
        prior = self._prior
        if self._model is Model.RASCH:
            fold = np.zeros((2 * count, count + 1))
            fold[:count, 0] = 1
            fold[count:, 1:] = np.eye(count)
            information = fold.T @ information @ fold
        slopes = 1 if self._model is Model.RASCH else count
        pulls = np.zeros(len(information))
        pulls[:slopes] = 1 / prior.slope_sd**2 if prior.slope_sd else 0
        pulls[slopes:] = 1 / prior.intercept_sd**2 if prior.intercept_sd else 0
        information += np.diag(pulls)
        try:
            np.linalg.cholesky(information)
        except np.linalg.LinAlgError:
            return None
        return np.asarray(np.linalg.inv(information), dtype=np.float64)


def _held(parameters: Numbers) -> Numbers:
    """Inside the range in which the exponentials stay finite."""
    half = len(parameters) // 2
    limits = np.repeat([_STEEPEST, _FARTHEST], half)
    held: Numbers = np.clip(parameters, -limits, limits)
    return held


def _estimates(fit: _Fit, covariance: Numbers | None) -> list[ItemEstimate]:
    found = []
    count = len(fit.slopes)
    for item, (a, d) in enumerate(zip(fit.slopes, fit.intercepts, strict=True)):
        reasons: list[Reason] = []
        if not fit.is_converged:
            reasons.append(Reason.NOT_CONVERGED)
        if abs(a) < 0.05:
            found.append(ItemEstimate(float(a), None, reasons=(*reasons, Reason.NO_DISCRIMINATION)))
            continue
        b = -d / a
        a_error = b_error = None
        if covariance is not None:
            is_rasch = len(covariance) == count + 1
            at_a, at_d = (0, 1 + item) if is_rasch else (item, count + item)
            aa, dd, ad = covariance[at_a, at_a], covariance[at_d, at_d], covariance[at_a, at_d]
            a_error = float(np.sqrt(aa))
            b_error = float(np.sqrt(max(0.0, dd + b * b * aa + 2 * b * ad)) / abs(a))
        if a < 0:
            reasons.append(Reason.NEGATIVE)
        if b_error is not None and b_error > IMPRECISE:
            reasons.append(Reason.IMPRECISE)
        found.append(ItemEstimate(float(a), float(b), a_error, b_error, tuple(reasons)))
    return found


def information(a: Numbers, b: Numbers, theta: Numbers) -> Numbers:
    """Fisher information of items at abilities, items by abilities."""
    chances = 1 / (1 + np.exp(-a[:, None] * (theta - b[:, None])))
    told: Numbers = a[:, None] ** 2 * chances * (1 - chances)
    return told


def abilities(
    answers: npt.NDArray[np.floating], calibration: Calibration
) -> tuple[Numbers, Numbers]:
    """Expected ability of each person and its standard deviation, given a normal prior (EAP; Bock &
    Mislevy 1982, Applied Psychological Measurement 6). Finite for all right and all wrong as well.
    """
    usable = [place for place, item in enumerate(calibration.items) if item.is_usable]
    a = np.array([calibration.items[place].a or 0.0 for place in usable])
    b = np.array([calibration.items[place].b or 0.0 for place in usable])
    nodes = np.linspace(-_WIDEST, _WIDEST, _NODES)
    logits = a[:, None] * (nodes - b[:, None])
    chosen = np.asarray(answers[:, usable], dtype=np.float64)
    given = ~np.isnan(chosen)
    joint: Numbers = (
        np.where(given, chosen, 0.0) @ logits - given @ np.logaddexp(0, logits) - nodes**2 / 2
    )
    joint = np.exp(joint - joint.max(axis=1, keepdims=True))
    joint /= joint.sum(axis=1, keepdims=True)
    mean: Numbers = joint @ nodes
    spread: Numbers = np.sqrt(np.maximum(joint @ nodes**2 - mean**2, 0.0))
    return mean, spread
