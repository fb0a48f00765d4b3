"""The shipped catalogue, what a batch freezes of it, and an enterprise's own standards."""

from datetime import date
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from jiangjie.catalogue import rules, services
from jiangjie.catalogue.models import Occupation, Standard, WorkType
from jiangjie.kernel.errors import RuleViolation
from jiangjie.ledger.models import Event
from jiangjie.policy.packs import load
from tests.factories import CRANE, ELECTRICIAN, FITTER, MARCH_2, make_user, make_world

pytestmark = pytest.mark.django_db
MASON = "6-29-01-01"  # 砌筑工: no shipped standard


@pytest.fixture
def world():
    return make_world()


def add(world, **values) -> Standard:
    given = {
        "org": world.port, "code": "Q/BHG-2026-01", "title": "砌筑工评价规范",
        "occupation": Occupation.objects.get(pk=MASON), "conditions": {"3": "GZB-2018"},
        "related_occupations": [], "related_majors": ["建筑施工"],
        "issued_on": date(2026, 1, 5), "source": "滨海港〔2026〕1号",
    } | values  # fmt: skip
    return services.add_enterprise_standard(**given, by=world.office, at=MARCH_2)


def refused(deed, *arguments, **named) -> str:
    before = Event.objects.count()
    with pytest.raises(RuleViolation) as refusal:
        deed(*arguments, **named)
    assert Event.objects.count() == before
    return refusal.value.code


def test_the_seed_may_be_repeated():
    for _ in range(2):
        services.seed(at=MARCH_2)

    assert Occupation.objects.count() == 1644
    assert Standard.objects.count() == 7
    assert list(
        WorkType.objects.filter(occupation=CRANE).order_by("pk").values_list("name", flat=True)
    )[:3] == ["流动式起重机司机", "门座式起重机司机", "桥式起重机司机"]


def test_every_shipped_standard_names_conditions_that_a_pack_has():
    services.seed(at=MARCH_2)
    sets = load("shandong").condition_sets

    for standard in Standard.objects.all():
        rules.check_conditions(standard.conditions, sets=sets)
        assert sorted(map(int, standard.conditions)) == standard.levels
        known = Occupation.objects.filter(pk__in=standard.related_occupations).count()
        assert known == len(standard.related_occupations)


@pytest.mark.parametrize(
    ("code", "levels"),
    [
        (CRANE, [2, 3, 4, 5, 6, 7, 8]),
        (ELECTRICIAN, [2, 3, 4, 5, 6, 7, 8]),
        (FITTER, [2, 3, 4, 5, 6, 7, 8]),
        ("3-02-02-01", [4, 5, 6, 7, 8]),
        ("4-14-02-02", [4, 5, 6, 7, 8]),
    ],
)
def test_levels_of_the_shipped_standards(code, levels):
    services.seed(at=MARCH_2)

    assert Standard.objects.get(occupation=code).levels == levels


def test_a_line_freezes_what_the_batch_will_need():
    services.seed(at=MARCH_2)
    standard = Standard.objects.select_related("occupation").get(occupation=CRANE)

    frozen = rules.freeze_line(standard, work_type="流动式起重机司机", level=7)

    assert frozen == {
        "standard": "GZB-6-30-05-01",
        "title": "起重装卸机械操作工国家职业技能标准",
        "kind": "national",
        "occupation_code": CRANE,
        "occupation_name": "起重装卸机械操作工",
        "work_type": "流动式起重机司机",
        "level": 7,
        "conditions": "SD-2020-特级",
        "related_occupations": standard.related_occupations,
        "related_majors": standard.related_majors,
        "source": standard.source,
        "confidence": "M",
    }
    with pytest.raises(RuleViolation) as refusal:
        rules.freeze_line(standard, work_type="", level=1)
    assert refusal.value.code == "catalogue.level_not_in_standard"


def test_an_enterprises_standard_is_its_familys_only(client, world):
    standard = add(world)
    url = reverse("catalogue:standard_detail", args=[standard.pk])

    seen = []
    for user in (world.office, world.clerk_b, world.officer, world.stranger):
        client.force_login(user)
        seen.append(client.get(url).status_code)
    assert seen == [200, 200, 404, 404]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"conditions": {}}, "catalogue.no_level"),
        ({"conditions": {"3": "GZB-1999"}}, "catalogue.no_conditions"),
        ({"conditions": {"7": "GZB-2018"}}, "catalogue.no_conditions"),
        ({"conditions": {"7": "SD-2020-特级"}}, "catalogue.no_first_level"),
        ({"code": "GZB-6-30-05-01"}, "catalogue.code_taken"),
        ({"related_occupations": ["9-99-99-99"]}, "catalogue.unknown_occupation"),
    ],
)
def test_what_an_enterprises_standard_cannot_be(world, values, code):
    assert refused(add, world, **values) == code


def test_where_a_national_standard_exists_it_is_used(world):
    occupation = Occupation.objects.get(pk=CRANE)

    assert refused(add, world, occupation=occupation) == "catalogue.national_exists"


def test_two_enterprises_may_use_one_code_and_one_enterprise_only_once(world):
    add(world)

    theirs = add(world, org=world.stranger_org)

    assert theirs.owner == world.stranger_org
    assert refused(add, world) == "catalogue.code_taken"


def test_occupations_that_can_be_evaluated_come_first(client, world):
    client.force_login(world.worker)

    page = client.get(reverse("catalogue:occupation_list")).context["page"]

    counts = [each.standard_count for each in page]
    assert counts == sorted(counts, key=lambda count: count == 0)
    assert counts[0] > 0


@pytest.mark.parametrize(("text", "count"), [("6-30-05-", 5), ("起重装卸", 1), ("没有的职业", 0)])
def test_occupations_are_found_by_code_or_name(client, world, text, count):
    client.force_login(world.worker)

    page = client.get(reverse("catalogue:occupation_list"), {"q": text}).context["page"]

    assert page.paginator.count == count


def test_the_occupation_list_costs_the_same_for_any_number(
    client, django_assert_num_queries, world
):
    client.force_login(world.worker)
    url = reverse("catalogue:occupation_list")
    client.get(url)

    for text in ("起重装卸", "6-30-05-"):
        with django_assert_num_queries(6):
            client.get(url, {"q": text})


def test_the_export_follows_the_filter(client, world):
    client.force_login(world.office)

    response = client.get(reverse("catalogue:occupation_export"), {"only": "standard"})

    sheet = load_workbook(BytesIO(b"".join(response))).active
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == [
        "3-02-02-01", "4-08-08-23", "4-14-02-02", "6-29-01-06", CRANE, FITTER, ELECTRICIAN,
    ]  # fmt: skip


def test_a_standards_page_shows_each_clause_with_its_source(client, world):
    client.force_login(world.worker)
    standard = Standard.objects.get(occupation=CRANE)

    response = client.get(reverse("catalogue:standard_detail", args=[standard.pk]))

    entries = {entry.level: entry for entry in response.context["entries"]}
    assert [clause.id for clause in entries[3].clauses] == [
        "GZB-2018/3/1", "GZB-2018/3/2", "GZB-2018/3/3",
    ]  # fmt: skip
    assert entries[7].clauses[0].source in response.content.decode()


def test_the_office_writes_a_standard_on_screen(client, world):
    client.force_login(world.office)

    response = client.post(
        reverse("catalogue:standard_new"),
        {
            "title": "砌筑工评价规范", "code": "Q/BHG-02", "occupation": MASON,
            "source": "滨海港〔2026〕2号", "issued_on": "2026-01-05", "level_3": "GZB-2018",
            "related_occupations": "6-29-01-02、6-29-01-03", "related_majors": "建筑施工 土木工程",
        },
    )  # fmt: skip

    standard = Standard.objects.get(code="Q/BHG-02")
    assert response["Location"] == reverse("catalogue:standard_detail", args=[standard.pk])
    assert (standard.owner, standard.levels, standard.related_occupations) == (
        world.port, [3], ["6-29-01-02", "6-29-01-03"],
    )  # fmt: skip


def test_only_its_own_office_withdraws_a_standard(client, world):
    standard = add(world)
    national = Standard.objects.get(occupation=CRANE)

    def withdraw(user, which) -> int:
        client.force_login(user)
        url = reverse("catalogue:standard_withdraw", args=[which.pk])
        return client.post(url).status_code

    assert withdraw(world.stranger, standard) == 404
    assert withdraw(world.office, national) == 403
    assert withdraw(world.clerk_a, standard) == 403
    assert withdraw(world.office, standard) == 302
    standard.refresh_from_db()
    assert not standard.is_current


def test_a_work_type_is_added_once(client, world):
    client.force_login(world.office)
    url = reverse("catalogue:work_type_new", args=[CRANE])

    added = client.post(url, {"name": "集装箱正面吊运机司机", "source": "滨海港岗位规范"})
    again = client.post(url, {"name": "集装箱正面吊运机司机", "source": "滨海港岗位规范"})

    assert (added.status_code, again.status_code) == (302, 422)
    client.force_login(make_user("无职", world.port))
    assert client.post(url, {"name": "x", "source": "y"}).status_code == 403
