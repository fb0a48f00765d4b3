"""Item information of the logistic models, and from it the test information of a paper."""

import numpy as np

from jiangjie.papers.rules.blueprint import Numbers, Pool, numbers


def item_information(a: Numbers, b: Numbers, c: Numbers, theta: Numbers, scaling: float) -> Numbers:
    """Fisher information, one row per θ, one column per item: Lord's 3PL form, with D = `scaling`.

    I(θ) = (D·a)² · (1−P)/P · ((P−c)/(1−c))², P = c + (1−c)/(1+exp(−D·a·(θ−b))).
    """
    slope = scaling * a
    z = slope * (theta[:, None] - b)
    # From exp(-|z|), so that a far-off θ gives 0 instead of an overflow.
    small = np.exp(-np.abs(z))
    logistic = np.where(z >= 0, 1.0, small) / (1.0 + small)
    p = c + (1.0 - c) * logistic
    # (1-P)/P·((P-c)/(1-c))² with the logistic: the same, without 0/0 where c = 0 and P → 0.
    ratio = np.where(c > 0, logistic / np.where(p > 0, p, 1.0), 1.0)
    return np.asarray(slope**2 * (1.0 - c) * (1.0 - logistic) * logistic * ratio)


def pool_information(pool: Pool, theta: tuple[float, ...], scaling: float) -> Numbers:
    """By the pool's columns: a, b, c; without c a 2PL, without a and c a 1PL."""
    count = len(pool.ids)
    b = numbers(pool, "b")
    a = numbers(pool, "a") if "a" in pool.columns else np.ones(count)
    c = numbers(pool, "c") if "c" in pool.columns else np.zeros(count)
    return item_information(a, b, c, np.array(theta, dtype=np.float64), scaling)
