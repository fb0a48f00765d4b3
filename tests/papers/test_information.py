"""Item information against the textbook formula and values worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiangjie.papers.rules.information import item_information, pool_information
from tests.papers.pools import pool_of


def lord(a: float, b: float, c: float, theta: float, scaling: float) -> float:
    """Lord (1980), as printed."""
    p = c + (1 - c) / (1 + math.exp(-scaling * a * (theta - b)))
    return (scaling * a) ** 2 * (1 - p) / p * ((p - c) / (1 - c)) ** 2


@given(
    a=st.floats(0.2, 3),
    b=st.floats(-4, 4),
    c=st.floats(0, 0.5),
    theta=st.floats(-4, 4),
    scaling=st.sampled_from([1.0, 1.7, 1.702]),
)
def test_it_is_lords_formula(a: float, b: float, c: float, theta: float, scaling: float) -> None:
    got = item_information(np.array([a]), np.array([b]), np.array([c]), np.array([theta]), scaling)
    assert got.shape == (1, 1)
    assert got[0, 0] == pytest.approx(lord(a, b, c, theta, scaling), rel=1e-9, abs=1e-12)


def test_far_from_the_item_there_is_none() -> None:
    one = np.array([1.0])
    got = item_information(one, one, 0 * one, np.array([-1e4, 1e4]), 1.7)
    assert got.ravel().tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("columns", "cells", "expected"),
    [
        (["b"], ["0"], 1.7**2 / 4),  # 1PL
        (["a", "b"], ["2", "0"], 3.4**2 / 4),  # 2PL
        (["a", "b", "c"], ["2", "0", "0.2"], 3.4**2 * (0.4 / 0.6) * 0.25),  # 3PL
    ],
)
def test_the_model_follows_the_columns(
    columns: list[str], cells: list[str], expected: float
) -> None:
    pool = pool_of([["id", *columns], ["i1", *cells]])
    assert pool_information(pool, (0.0,), 1.7)[0, 0] == pytest.approx(expected)
