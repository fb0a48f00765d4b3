"""Screens of filings: officer decides, evaluator's administrator drafts, strangers see nothing."""

from datetime import date

import pytest
from django.urls import reverse

from jiangjie.accounts.models import Role, User
from jiangjie.notices.hooks import tasks_for
from jiangjie.orgs import services
from jiangjie.orgs.models import Filing, FilingState, Organisation, OrgKind
from jiangjie.orgs.rules import ScopeWish
from tests.factories import CRANE, MARCH_2, file, make_org, make_user, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_march_2(monkeypatch):
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: MARCH_2)


@pytest.fixture
def world():
    return make_world()


def waiting(world) -> Filing:
    filing = services.draft_filing(
        org=world.port, bureau=world.bureau, wishes=[ScopeWish(CRANE, "", (2, 3))],
        by=world.admin, at=MARCH_2,
    )  # fmt: skip
    return services.submit_filing(filing_id=filing.pk, by=world.admin, at=MARCH_2)


def form_of(world, *lines, **more) -> dict[str, object]:
    form = {
        "bureau": world.bureau.pk, "note": "方案见附件",
        "scope-TOTAL_FORMS": len(lines), "scope-INITIAL_FORMS": 0,
    }  # fmt: skip
    for place, (code, work_type, levels) in enumerate(lines):
        form |= {
            f"scope-{place}-occupation_code": code,
            f"scope-{place}-work_type": work_type,
            f"scope-{place}-levels": levels,
        }
    return form | more


@pytest.mark.parametrize("count", [1, 3])
def test_filing_list_costs_the_same_for_any_number(client, django_assert_num_queries, world, count):
    for n in range(count):
        file(make_org(OrgKind.EVALUATOR), world.bureau, prefix=f"Y00003702001{n}")
    client.force_login(world.officer)
    client.get(reverse("orgs:filing_list"))

    with django_assert_num_queries(6):
        response = client.get(reverse("orgs:filing_list"))

    assert len(response.context["page"].object_list) == count + 2


@pytest.mark.parametrize("count", [1, 3])
def test_organisation_list_costs_the_same_for_any_number(
    client, django_assert_num_queries, world, count
):
    for _ in range(count):
        make_org(OrgKind.EMPLOYER, parent=world.port)
    client.force_login(world.admin)
    client.get(reverse("orgs:organisation_list"))

    with django_assert_num_queries(7):
        response = client.get(reverse("orgs:organisation_list"))

    assert len(response.context["page"].object_list) == 3 + count


def test_an_administrator_drafts_and_submits(client, world):
    client.force_login(world.admin)

    response = client.post(
        reverse("orgs:filing_edit"),
        form_of(world, (CRANE, "流动式起重机司机", [2, 3]), ("", "", [])),
    )
    filing = world.port.filings.get(state=FilingState.DRAFT)
    assert response["Location"] == reverse("orgs:filing_detail", args=[filing.pk])
    client.post(reverse("orgs:filing_submit", args=[filing.pk]))

    filing.refresh_from_db()
    assert filing.state == FilingState.SUBMITTED
    assert list(filing.scopes.values_list("occupation_code", "work_type", "levels")) == [
        (CRANE, "流动式起重机司机", [2, 3])
    ]


def test_a_line_without_levels_comes_back_with_what_was_typed(client, world):
    client.force_login(world.admin)

    response = client.post(reverse("orgs:filing_edit"), form_of(world, (CRANE, "", [])))

    assert response.status_code == 422
    assert response.context["scopes"][0].errors == {"levels": ["请至少选择一个等级。"]}
    assert CRANE in response.content.decode()


def test_the_editor_starts_from_what_is_filed(client, world):
    client.force_login(world.admin)

    response = client.get(reverse("orgs:filing_edit"))

    codes = [form.initial.get("occupation_code") for form in response.context["scopes"]]
    assert codes == [CRANE, "6-31-01-03", "6-31-01-02", None, None, None]


def test_an_officer_files_it_with_a_term_proposed_by_policy(client, world):
    filing = waiting(world)
    client.force_login(world.officer)

    page = client.get(reverse("orgs:filing_detail", args=[filing.pk]))
    assert page.context["accept"].initial == {
        "valid_from": date(2026, 3, 2), "valid_until": date(2029, 3, 1),
    }  # fmt: skip
    client.post(
        reverse("orgs:filing_accept", args=[filing.pk]),
        {
            "code": "鲁370200001", "prefix": "Y000037020001", "valid_from": "2026-03-02",
            "valid_until": "2029-03-01",
        },
    )  # fmt: skip

    filing.refresh_from_db()
    assert (filing.state, filing.code, filing.prefix, filing.valid_until) == (
        FilingState.FILED, "鲁370200001", "Y000037020001", date(2029, 3, 1),
    )  # fmt: skip


def test_returning_needs_a_reason(client, world):
    filing = waiting(world)
    client.force_login(world.officer)
    url = reverse("orgs:filing_return", args=[filing.pk])

    refused = client.post(url, {"reason": " "})
    assert refused.status_code == 422
    assert refused.context["refusal"].code == "orgs.reason_missing"
    client.post(url, {"reason": "缺少考评人员名单"})

    filing.refresh_from_db()
    assert (filing.state, filing.answer) == (FilingState.RETURNED, "缺少考评人员名单")


def test_a_strangers_filing_does_not_exist(client, world):
    filing = waiting(world)
    client.force_login(make_user("外人", world.stranger_org, Role.ADMIN))

    assert client.get(reverse("orgs:filing_detail", args=[filing.pk])).status_code == 404
    assert client.post(reverse("orgs:filing_submit", args=[filing.pk])).status_code == 404
    other_bureau = make_org(OrgKind.BUREAU)
    client.force_login(make_user("外区", other_bureau, Role.OFFICER))
    for deed in ("accept", "return", "revoke"):
        url = reverse(f"orgs:filing_{deed}", args=[filing.pk])
        assert client.post(url, {"reason": "x"}).status_code == 404
    filing.refresh_from_db()
    assert filing.state == FilingState.SUBMITTED


def test_the_evaluator_does_not_decide_its_own_filing(client, world):
    filing = waiting(world)
    client.force_login(world.admin)

    for deed in ("accept", "return", "revoke"):
        url = reverse(f"orgs:filing_{deed}", args=[filing.pk])
        assert client.post(url, {"reason": "x"}).status_code == 403


def test_a_draft_is_not_shown_to_the_bureau(client, world):
    filing = services.draft_filing(
        org=world.port, bureau=world.bureau, wishes=[ScopeWish(CRANE, "", (2,))],
        by=world.admin, at=MARCH_2,
    )  # fmt: skip
    client.force_login(world.officer)

    assert client.get(reverse("orgs:filing_detail", args=[filing.pk])).status_code == 404


def test_filings_wait_for_the_officer_and_returned_ones_for_the_administrator(rf, world):
    from jiangjie.accounts.acting import acting_of  # noqa: PLC0415

    filing = waiting(world)

    def titles(user: User) -> list[str]:
        found = tasks_for(user, acting_of(user, None, date(2026, 3, 2)), date(2026, 3, 2))
        return [task.title for task in found if task.group == "备案"]

    assert (titles(world.officer), titles(world.admin)) == (["审核备案"], [])
    services.return_filing(filing_id=filing.pk, reason="缺件", by=world.officer, at=MARCH_2)
    assert (titles(world.officer), titles(world.admin)) == ([], ["修改被退回的备案"])


def test_an_officer_opens_an_evaluator_with_its_administrator(client, world):
    client.force_login(world.officer)

    response = client.post(
        reverse("orgs:evaluator_new"),
        {
            "name": "新港装卸有限公司", "region": "370203", "admin_name": "新管理员",
            "admin_username": "xingang-admin",
        },
    )  # fmt: skip

    org = Organisation.objects.get(name="新港装卸有限公司")
    admin = User.objects.get(username="xingang-admin")
    assert admin.check_password(response.context["password"])
    assert admin.must_change_password
    assert [(m.org, m.role) for m in admin.memberships.all()] == [(org, Role.ADMIN)]


def test_an_administrator_adds_a_unit_only_below_his_own(client, world):
    client.force_login(world.admin)

    client.post(reverse("orgs:unit_new", args=[world.port.pk]), {"name": "滨海港油品码头分公司"})
    foreign = client.post(
        reverse("orgs:unit_new", args=[world.stranger_org.pk]), {"name": "夹带单位"}
    )

    unit = Organisation.objects.get(name="滨海港油品码头分公司")
    assert (unit.parent, unit.kind) == (world.port, OrgKind.EMPLOYER)
    assert foreign.status_code == 404
