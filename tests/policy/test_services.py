"""Frozen packs and confirmed calendar years."""

from datetime import date

import pytest

from jiangjie.kernel.errors import RuleViolation
from jiangjie.kernel.workdays import CalendarGap
from jiangjie.ledger.models import Event
from jiangjie.policy import packs, queries, services
from jiangjie.policy.models import PackVersion
from tests.factories import MARCH_2, make_org, make_user

pytestmark = pytest.mark.django_db


def confirm(**values):
    org = make_org("bureau")
    given = {
        "year": 2027, "days_off": [date(2027, 1, 1)], "made_up": [date(2027, 1, 9)],
        "source": "示例通知（虚构）",
    } | values  # fmt: skip
    return services.confirm_year(**given, org=org, by=make_user("冯人社", org), at=MARCH_2)


def test_a_pack_is_frozen_once_and_read_back_whole():
    pack = packs.load("shandong")

    first = services.freeze(pack, at=MARCH_2)
    again = services.freeze(pack, at=MARCH_2)

    assert first == again
    assert queries.pack_of(PackVersion.objects.get()) == pack
    assert first.digest == pack.digest


@pytest.mark.parametrize(("region", "name"), [("370203", "shandong"), ("440300", "national-2023")])
def test_the_pack_nearest_to_a_region(region, name):
    assert queries.pack_for_region(region).id == name


def test_a_year_is_refused_until_it_is_confirmed():
    with pytest.raises(CalendarGap):
        queries.work_calendar().is_workday(date(2027, 1, 4))

    confirm()

    calendar = queries.work_calendar()
    days = [date(2027, 1, 1), date(2027, 1, 4), date(2027, 1, 9), date(2027, 1, 10)]
    assert [calendar.is_workday(day) for day in days] == [False, True, True, False]


def test_a_confirmed_year_stands_over_the_shipped_one():
    monday = date(2026, 3, 2)
    assert queries.work_calendar().is_workday(monday)

    confirm(year=2026, days_off=[monday], made_up=[])

    assert not queries.work_calendar().is_workday(monday)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"source": " "}, "calendar.no_source"),
        ({"days_off": [date(2026, 12, 31)]}, "calendar.day_outside_year"),
        ({"made_up": [date(2027, 1, 4)]}, "calendar.made_up_on_weekday"),
        ({"days_off": [date(2027, 1, 9)]}, "calendar.day_off_and_worked"),
    ],
)
def test_what_cannot_be_confirmed(values, code):
    with pytest.raises(RuleViolation) as refusal:
        confirm(**values)
    assert refusal.value.code == code
    assert not Event.objects.filter(action="policy.year_confirmed").exists()


def test_the_former_table_of_a_year_stays_in_the_ledger():
    confirm()
    confirm(made_up=[], source="更正通知（虚构）")

    before = [
        event.data["before"]
        for event in Event.objects.filter(action="policy.year_confirmed").order_by("pk")
    ]
    assert before == [
        None,
        {"days_off": ["2027-01-01"], "made_up": ["2027-01-09"], "source": "示例通知（虚构）"},
    ]
