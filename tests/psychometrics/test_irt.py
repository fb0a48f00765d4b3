"""Estimates against published values (Bock & Lieberman's LSAT6) and against made-up people whose
parameters are known; and what is refused."""

import os
from pathlib import Path

import numpy as np
import pytest

from jiangjie.psychometrics.irt import (
    NONE,
    WEAK,
    Model,
    Numbers,
    Reason,
    abilities,
    calibrate,
    information,
)

SHARED = Path(os.environ.get("JIANGJIE_SHARED", Path(__file__).parents[3] / "shared"))
LSAT6 = SHARED / "data" / "irt" / "lsat6.csv"


@pytest.fixture(scope="module")
def lsat6() -> Numbers:
    if not LSAT6.exists():
        pytest.skip(f"the published answers are not at {LSAT6}")
    return np.loadtxt(LSAT6, delimiter=",", skiprows=1)


def made_up(people: int, a: Numbers, b: Numbers, seed: int = 1) -> Numbers:
    draw = np.random.default_rng(seed)
    theta = draw.normal(size=(people, 1))
    return (draw.random((people, len(a))) < 1 / (1 + np.exp(-a * (theta - b)))).astype(float)


def test_two_parameters_of_lsat6_as_published(lsat6: Numbers) -> None:
    found = calibrate(lsat6)
    assert (found.model, found.prior, found.is_converged) == (Model.TWO_PARAMETER, NONE, True)
    assert found.log_likelihood == pytest.approx(-2466.653, abs=1e-3)
    assert [item.a for item in found.items] == pytest.approx(
        [0.8254, 0.7229, 0.8905, 0.6886, 0.6575], abs=1e-3
    )
    assert [item.b for item in found.items] == pytest.approx(
        [-3.360, -1.370, -0.280, -1.866, -3.124], abs=2e-3
    )
    # Standard errors as R's ltm prints them.
    assert [item.a_error for item in found.items] == pytest.approx(
        [0.2581, 0.1867, 0.2326, 0.1852, 0.2100], abs=1e-3
    )
    assert [item.b_error for item in found.items] == pytest.approx(
        [0.8669, 0.3073, 0.0997, 0.4341, 0.8700], abs=3e-3
    )


def test_rasch_of_lsat6_as_published(lsat6: Numbers) -> None:
    found = calibrate(lsat6, model=Model.RASCH)
    assert found.log_likelihood == pytest.approx(-2466.938, abs=1e-3)
    assert {round(item.a or 0, 4) for item in found.items} == {0.7551}
    assert [item.b for item in found.items] == pytest.approx(
        [-3.6153, -1.3224, -0.3176, -1.7301, -2.7802], abs=1e-3
    )


def test_parameters_of_made_up_people_come_back() -> None:
    draw = np.random.default_rng(7)
    a, b = draw.lognormal(0, 0.3, 20), draw.normal(0, 1, 20)
    found = calibrate(made_up(4000, a, b))
    far = [
        (
            ((item.a or 0) - slope) / (item.a_error or 1),
            ((item.b or 0) - place) / (item.b_error or 1),
        )
        for item, slope, place in zip(found.items, a, b, strict=True)
    ]
    # Forty distances in standard errors: none is extreme, and together they are of size one.
    assert np.abs(far).max() < 4
    assert 0.6 < float(np.std(far)) < 1.4


def test_answers_not_given_bias_nothing() -> None:
    a, b = np.full(12, 1.2), np.linspace(-1.5, 1.5, 12)
    answers = made_up(3000, a, b)
    answers[:1500, :4] = np.nan  # two forms with a common part
    answers[1500:, 8:] = np.nan
    found = calibrate(answers)
    far = [
        ((item.b or 0) - place) / (item.b_error or 1)
        for item, place in zip(found.items, b, strict=True)
    ]
    assert np.abs(far).max() < 3.5
    whole = calibrate(made_up(3000, a, b)).items[0]
    assert (found.items[0].b_error or 0) > 1.2 * (whole.b_error or 9)


@pytest.mark.parametrize(
    ("people", "model", "prior"),
    [(60, Model.RASCH, WEAK), (199, Model.RASCH, WEAK), (200, Model.TWO_PARAMETER, WEAK),
     (500, Model.TWO_PARAMETER, NONE)],
)  # fmt: skip
def test_as_much_is_asked_as_people_can_tell(people: int, model: Model, prior: object) -> None:
    found = calibrate(made_up(people, np.ones(10), np.linspace(-1, 1, 10)))
    assert (found.model, found.prior, found.is_converged) == (model, prior, True)
    assert all(item.b_error for item in found.items)


def test_fewer_than_twenty_are_not_estimated() -> None:
    found = calibrate(made_up(19, np.ones(10), np.zeros(10)))
    assert (found.reasons, found.log_likelihood) == ((Reason.TOO_FEW_PEOPLE,), None)
    assert {(item.b, item.reasons) for item in found.items} == {(None, (Reason.TOO_FEW_PEOPLE,))}


def test_each_item_says_why_it_is_not_estimated() -> None:
    answers = made_up(40, np.ones(8), np.linspace(-1, 1, 8))
    answers[:, 0], answers[:, 1], answers[:, 2] = 1, 0, np.nan
    found = calibrate(answers)
    assert [item.reasons for item in found.items[:3]] == [
        (Reason.ALL_RIGHT,), (Reason.ALL_WRONG,), (Reason.NOT_GIVEN,),
    ]  # fmt: skip
    assert [item.is_usable for item in found.items] == [False] * 3 + [True] * 5


def test_a_wrong_key_shows_as_a_negative_slope() -> None:
    answers = made_up(1000, np.full(10, 1.3), np.linspace(-1, 1, 10))
    answers[:, 4] = 1 - answers[:, 4]
    found = calibrate(answers)
    assert [item.reasons for item in found.items] == [
        (Reason.NEGATIVE,) if place == 4 else () for place in range(10)
    ]


def test_everybody_has_an_ability_and_few_items_leave_it_wide() -> None:
    answers = made_up(800, np.ones(15), np.linspace(-2, 2, 15))
    answers[0], answers[1] = 1, 0
    found = calibrate(answers)
    mean, spread = abilities(answers, found)
    assert np.isfinite(mean).all()
    assert mean[0] == mean.max()
    assert mean[1] == mean.min()
    assert 0.3 < spread.min() <= spread.max() < 1


def test_information_is_greatest_where_the_item_is_as_hard_as_the_person_is_able() -> None:
    told = information(np.array([2.0]), np.array([0.5]), np.array([0.0, 0.5, 1.0]))
    assert told[0, 1] == pytest.approx(1.0)  # a²/4
    assert told[0, 0] == pytest.approx(told[0, 2]) == pytest.approx(0.786448, abs=1e-6)
