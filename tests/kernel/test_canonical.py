import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import IntEnum, StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiangjie.kernel.canonical import canonical_bytes, digest, jsonable


class Colour(StrEnum):
    RED = "red"


class Grade(IntEnum):
    TOP = 6


SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"b": 1, "a": [True, None, "x"]}, '{"a":[true,null,"x"],"b":1}'),
        ({"级别": "三级／高级工"}, '{"级别":"三级／高级工"}'),
        ({"１": 1, "1": 2}, '{"1":2,"１":1}'),
        ('\u20ac$\u000f\nA\'B"\\\\"/', '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'),
        # RFC 8785, 3.2.3: keys in the order of their UTF-16 code units.
        (
            {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "ö": 7},
            '{"\\r":2,"1":4,"\x80":6,"ö":7,"€":1,"\U0001f600":5,"\ufb33":3}',
        ),
        ({"grade": Grade.TOP, "colour": Colour.RED}, '{"colour":"red","grade":6}'),
        ([], "[]"),
    ],
)
def test_canonical_bytes(value, expected):
    assert canonical_bytes(value) == expected.encode()


def test_digest():
    # sha256 of {}
    assert digest({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


@given(VALUES)
def test_the_bytes_are_json_of_the_same_value_and_stable(value):
    once = canonical_bytes(value)
    assert json.loads(once) == value
    assert canonical_bytes(json.loads(once)) == once


@given(st.dictionaries(st.text(), SCALARS))
def test_the_order_of_keys_does_not_matter(value):
    assert digest(dict(reversed(value.items()))) == digest(value)


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (1.0, r"\$: float"),
        ({"scores": [1, 2.5]}, r"\$\.scores\[1\]: float"),
        ({"fee": Decimal("1.00")}, r"\$\.fee: Decimal"),
        ({"day": date(2026, 1, 1)}, r"\$\.day: date"),
        ({"names": {"a"}}, r"\$\.names: set"),
        ({1: "a"}, r"\$: key 1"),
        ({"a": b"x"}, r"\$\.a: bytes"),
    ],
)
def test_only_json_without_floats_has_a_canonical_form(value, path):
    with pytest.raises(TypeError, match=path):
        canonical_bytes(value)


@pytest.mark.parametrize("value", [2**53, -(2**53), "\ud800"])
def test_what_other_readers_would_change_is_refused(value):
    with pytest.raises(ValueError, match=r"integer|codepoint"):
        canonical_bytes(value)


def test_jsonable():
    beijing = timezone(timedelta(hours=8))
    assert jsonable(
        {
            "day": date(2026, 10, 1),
            "at": (datetime(2026, 10, 1, 9, 2, 3, tzinfo=beijing),),
            "same": datetime(2026, 10, 1, 1, 2, 3, tzinfo=UTC),
            "grade": Grade.TOP,
        }
    ) == {
        "day": "2026-10-01",
        "at": ["2026-10-01T01:02:03.000000Z"],
        "same": "2026-10-01T01:02:03.000000Z",
        "grade": 6,
    }


def test_jsonable_leaves_no_enum_behind():
    plain = jsonable([Colour.RED, Grade.TOP, {Colour.RED: True}])
    assert plain == ["red", 6, {"red": True}]
    assert [type(part) for part in plain] == [str, int, dict]
    assert [type(key) for key in plain[2]] == [str]


@pytest.mark.parametrize("value", [1.5, Decimal(1), b"x", {1}, datetime(2026, 1, 1)])  # noqa: DTZ001
def test_jsonable_refuses_what_it_would_have_to_guess(value):
    with pytest.raises(TypeError, match=r"\$\.x"):
        jsonable({"x": value})
