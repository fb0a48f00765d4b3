"""Packs and the calendar on screen."""

from datetime import date
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from jiangjie.policy import packs, services
from jiangjie.policy.forms import GROUPS
from jiangjie.policy.models import CalendarYear
from tests.factories import MARCH_2, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_march_2(monkeypatch):
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: MARCH_2)


@pytest.fixture
def world():
    return make_world()


def test_every_entry_of_a_pack_is_shown_with_its_source(client, world):
    client.force_login(world.worker)
    pack = packs.load("shandong")

    response = client.get(reverse("policy:pack_detail", args=["shandong"]))

    shown = [entry.key for _, entries in response.context["groups"] for entry in entries]
    assert sorted(shown) == sorted(pack.entries)
    assert [each.id for each in response.context["sets"]] == list(pack.condition_sets)
    page = response.content.decode()
    for key in ("publicity.result", "exceptional_routes"):
        assert pack.entry(key).source.document in page
        assert pack.entry(key).note in page


def test_entries_are_found_by_word_and_by_confidence(client, world):
    client.force_login(world.worker)
    pack = packs.load("national-2018")

    def found(**query) -> set[str]:
        url = reverse("policy:pack_detail", args=["national-2018"])
        groups = client.get(url, query).context["groups"]
        return {entry.key for _, entries in groups for entry in entries}

    assert found(q="备案有效期") == {"filing.validity_years"}
    assert found(confidence="unsure") | found(confidence="sure") == set(pack.entries)
    assert found(confidence="unsure") & found(confidence="sure") == set()
    assert found(confidence="R") == {
        key for key, entry in pack.entries.items() if entry.confidence.value == "R"
    }


def test_a_frozen_pack_is_shown_by_its_digest(client, world):
    version = services.freeze(packs.load("shandong"), at=MARCH_2)
    client.force_login(world.office)

    response = client.get(reverse("policy:pack_detail", args=[version.digest]))

    assert response.context["pack"].digest == version.digest
    assert client.get(reverse("policy:pack_detail", args=["nowhere"])).status_code == 404


def test_two_packs_compared(client, world):
    client.force_login(world.office)

    response = client.get(reverse("policy:pack_changes", args=["national-2023", "shandong"]))

    assert {change.key for change in response.context["changes"]} == {
        "treatment.required", "exceptional_routes", "eligibility.appointed",
    }  # fmt: skip
    assert response.context["sets"] == {
        "added": ["SD-2020-特级", "SD-2023-首席"], "removed": [], "changed": [],
    }  # fmt: skip


def test_the_export_has_one_row_for_each_entry(client, world):
    client.force_login(world.office)

    response = client.get(reverse("policy:pack_export", args=["shandong"]))

    sheet = load_workbook(BytesIO(b"".join(response))).active
    keys = [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert keys == list(packs.load("shandong").entries)


def test_next_years_table_is_entered_when_the_notice_appears(client, world):
    client.force_login(world.officer)

    response = client.post(
        reverse("policy:year_edit", args=[2027]),
        {
            "year": "2027", "days_off": "2027-01-01\n2027-02-08，2027-02-09", "made_up": "",
            "source": "示例通知（虚构）",
        },
    )  # fmt: skip

    assert response["Location"] == reverse("policy:year_list")
    year = CalendarYear.objects.get()
    assert (year.year, year.days_off) == (
        2027, [date(2027, 1, 1), date(2027, 2, 8), date(2027, 2, 9)],
    )  # fmt: skip
    years = client.get(reverse("policy:year_list")).context["years"]
    assert [years[0].year, years[0].source] == [2027, "示例通知（虚构）"]


def test_a_day_that_cannot_be_read_comes_back(client, world):
    client.force_login(world.admin)

    response = client.post(
        reverse("policy:year_edit", args=[2027]),
        {"year": "2027", "days_off": "2027-02-30", "source": "示例通知（虚构）"},
    )

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["days_off"]


def test_others_read_the_calendar_and_do_not_write_it(client, world):
    client.force_login(world.clerk_a)

    assert client.get(reverse("policy:year_list")).status_code == 200
    assert client.get(reverse("policy:year_edit", args=[2027])).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_calendar_costs_the_same_for_any_number_of_years(
    client, django_assert_num_queries, world, count
):
    for year in range(2027, 2027 + count):
        services.confirm_year(
            year=year, days_off=[date(year, 1, 1)], made_up=[], source="示例通知（虚构）",
            org=world.bureau, by=world.officer, at=MARCH_2,
        )  # fmt: skip
    client.force_login(world.clerk_a)
    client.get(reverse("policy:year_list"))

    with django_assert_num_queries(5):
        client.get(reverse("policy:year_list"))


def test_every_group_of_entries_has_a_title():
    groups = {key.partition(".")[0] for key in packs.load("shandong").entries}

    assert groups - set(GROUPS) == set()
