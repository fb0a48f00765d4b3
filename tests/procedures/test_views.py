from copy import deepcopy

import pytest
from django.urls import reverse

from jiangjie.procedures import definition_files, queries, services
from jiangjie.procedures.forms import initial_parts
from jiangjie.procedures.models import Definition
from tests.factories import MARCH_2, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(monkeypatch):
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: MARCH_2)
    services.seed(at=MARCH_2)
    return make_world()


def url(name, *args):
    return reverse(f"procedures:{name}", args=args)


def own_version(world, title="港口版"):
    body = {**deepcopy(queries.minimum().body), "title": title}
    body["steps"][9]["role"] = "clerk"
    return services.make_version(org=world.port, body=body, by=world.office, at=MARCH_2)


def form_post(body, **changes):
    """What a browser sends for the edit form when nothing was typed, plus `changes`."""
    parts = initial_parts(body)
    data = {
        "procedure-title": body["title"],
        "parts-TOTAL_FORMS": len(parts), "parts-INITIAL_FORMS": len(parts),
        "extra-TOTAL_FORMS": 1, "extra-INITIAL_FORMS": 0,
        "extra-0-title": "", "extra-0-role": "worker", "extra-0-after": "S01",
        "extra-0-ground": "", "extra-0-evidence": "",
    }  # fmt: skip
    for number, part in enumerate(parts):
        data |= {f"parts-{number}-{name}": value for name, value in part.items()}
    return data | changes


def test_who_sees_which_versions(client, world):
    base, own = queries.minimum(), own_version(world)
    seen = {}
    for who in ("office", "committee", "officer", "clerk_a", "worker", "stranger", "nobody"):
        client.force_login(getattr(world, who))
        seen[who] = tuple(
            client.get(url("definition_detail", each.pk)).status_code for each in (base, own)
        )
    assert seen == {
        "office": (200, 200), "committee": (200, 200), "officer": (200, 404),
        "clerk_a": (200, 404), "worker": (403, 403), "stranger": (200, 404), "nobody": (403, 403),
    }  # fmt: skip


def test_a_new_step_is_put_between_two_others_on_screen(client, world):
    base = queries.minimum()
    client.force_login(world.office)
    typed = {
        "procedure-title": "港口版", "extra-0-title": "工会意见", "extra-0-role": "clerk",
        "extra-0-after": "S03", "extra-0-ground": "集体协商的要求", "extra-0-evidence": "会议记录\n签到表\n",
        "parts-3-evidence": "公告张贴照片",
    }  # fmt: skip

    answer = client.post(url("definition_edit", base.pk), form_post(base.body, **typed))

    own = Definition.objects.get(org=world.port)
    assert answer["Location"] == url("definition_detail", own.pk)
    procedure = queries.procedure_of(own)
    new = procedure.part("X01")
    assert (new.after, new.evidence, new.by_record) == (("S03",), ("会议记录", "签到表"), True)
    assert [step.code for step in procedure.steps][:5] == ["S01", "S02", "S03", "X01", "S04"]
    assert procedure.part("S04").after == ("S02", "X01")
    changes = client.get(url("definition_detail", own.pk)).context["changes"]
    assert {(each["step"], each["after"]) for each in changes} == {
        ("", "港口版"), ("X01", "工会意见"), ("S04", "S02、X01"), ("S04", "公告张贴照片"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ({}, "procedures.nothing_changed"),
        ({"parts-8-evidence": ""}, "procedures.below_minimum"),
    ],
)
def test_a_version_that_may_not_be_is_refused_beside_the_form(client, world, typed, code):
    base = queries.minimum()
    client.force_login(world.office)

    answer = client.post(
        url("definition_edit", base.pk), form_post(base.body, **typed), HTTP_HX_REQUEST="true"
    )

    assert (answer.status_code, answer.context["refusal"].code) == (422, code)
    assert not Definition.objects.filter(org=world.port).exists()


def test_a_step_without_its_ground_is_asked_for(client, world):
    base = queries.minimum()
    client.force_login(world.office)
    data = form_post(base.body, **{"extra-0-title": "工会意见"})
    answer = client.post(url("definition_edit", base.pk), data)
    assert answer.status_code == 422
    assert set(answer.context["extra"].forms[0].errors) == {"ground"}


def test_down_as_yaml_changed_and_up_again(client, world):
    base = queries.minimum()
    client.force_login(world.office)
    text = client.get(url("definition_yaml", base.pk)).content.decode()
    changed = text.replace("min_workdays: 5", "min_workdays: 7")

    assert client.post(url("definition_upload"), {"text": changed}).status_code == 302
    own = Definition.objects.get(org=world.port)
    assert queries.procedure_of(own).part("S13").min_workdays == 7
    assert definition_files.read(text) == base.body


@pytest.mark.parametrize("text", ["", "code: [", "steps: 1"])
def test_an_upload_that_is_no_definition(client, world, text):
    client.force_login(world.office)
    assert client.post(url("definition_upload"), {"text": text}).status_code == 422
    assert Definition.objects.count() == 1


def test_the_committee_activates_and_the_office_does_not(client, world):
    own = own_version(world)
    client.force_login(world.office)
    assert client.post(url("definition_activate", own.pk)).status_code == 403
    client.force_login(world.stranger)
    assert client.post(url("definition_activate", own.pk)).status_code == 403
    client.force_login(world.committee)
    assert client.post(url("definition_activate", own.pk)).status_code == 302

    assert queries.definition_in_force(world.port) == own


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same(client, world, django_assert_num_queries, count):
    for number in range(count):
        own_version(world, f"第{number}稿")
    client.force_login(world.office)
    with django_assert_num_queries(LIST_QUERIES):
        answer = client.get(url("definition_list"))
    assert len(answer.context["definitions"]) == count + 1


# session, user, roles, definitions, in force (own, minimum), unread notices
LIST_QUERIES = 7
