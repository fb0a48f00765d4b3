"""Screens of filings: officer decides, evaluator's administrator drafts, strangers see nothing."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from jiangjie.accounts.models import Role, User
from jiangjie.kernel.errors import RuleViolation
from jiangjie.ledger.models import Event
from jiangjie.notices.hooks import tasks_for
from jiangjie.orgs import services
from jiangjie.orgs.models import (
    AllianceMember,
    Filing,
    FilingFile,
    FilingState,
    Organisation,
    OrgKind,
)
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


# ---- attachments ----------------------------------------------------------------------------

PDF = b"%PDF-1.4 plan"


def test_attachments_while_the_filing_can_be_changed_for_those_who_see_it(client, world):
    filing = services.draft_filing(
        org=world.port, bureau=world.bureau, wishes=[ScopeWish(CRANE, "", (2, 3))],
        by=world.admin, at=MARCH_2,
    )  # fmt: skip
    client.force_login(world.admin)
    add = reverse("orgs:file_add", args=[filing.pk])

    def upload(name="方案.pdf", content=PDF, title="评价方案"):
        return client.post(add, {"title": title, "file": SimpleUploadedFile(name, content)})

    assert upload(title="").status_code == 422
    assert upload(name="方案.exe").status_code == 422
    assert upload().status_code == 302
    upload("多余.pdf", PDF + b"2", "重复")
    first, second = FilingFile.objects.order_by("pk")
    assert client.post(reverse("orgs:file_remove", args=[second.pk])).status_code == 302
    services.submit_filing(filing_id=filing.pk, by=world.admin, at=MARCH_2)
    assert upload().status_code == 422
    assert client.post(reverse("orgs:file_remove", args=[first.pk])).status_code == 422
    page = client.get(reverse("orgs:filing_detail", args=[filing.pk]))
    assert list(page.context["files"]) == [first]
    assert [event.action for event in Event.objects.filter(action__contains="file_")] == [
        "orgs.filing_file_added", "orgs.filing_file_added", "orgs.filing_file_removed",
    ]  # fmt: skip

    get = reverse("orgs:file", args=[first.pk])
    answers = {}
    for name in ("admin", "office", "officer", "stranger", "clerk_a", "nobody"):
        client.force_login(getattr(world, name))
        answer = client.get(get)
        answers[name] = answer.status_code
        if answer.streaming:
            assert b"".join(answer.streaming_content) == PDF
    assert answers == {
        "admin": 200, "office": 200, "officer": 200, "stranger": 404, "clerk_a": 403,
        "nobody": 403,
    }  # fmt: skip
    client.force_login(world.officer)
    assert client.get(reverse("orgs:file", args=[second.pk])).status_code == 404


# ---- alliances ------------------------------------------------------------------------------


def test_a_bureau_keeps_an_alliance_of_filed_evaluators(client, world):
    other = make_org(OrgKind.EVALUATOR)
    file(other, world.bureau, prefix="Y000037020099")
    client.force_login(world.officer)
    client.post(reverse("orgs:alliance_new"), {"name": "滨海起重联评体"})
    alliance = Organisation.objects.get(kind=OrgKind.ALLIANCE)
    assert (alliance.parent, alliance.region) == (world.bureau, world.bureau.region)
    join = reverse("orgs:alliance_join", args=[alliance.pk])

    def ask(org, **more):
        return client.post(join, {"org": org.pk, "since": "2026-03-02", **more}).status_code

    assert ask(world.unit_a) == 422  # not filed here
    assert ask(world.port, is_lead="on") == 302
    assert ask(world.port) == 422  # before
    assert ask(other, is_lead="on") == 302
    members = AllianceMember.objects.filter(alliance=alliance).order_by("pk")
    assert [(each.org, each.is_lead) for each in members] == [(world.port, False), (other, True)]
    detail = reverse("orgs:organisation_detail", args=[alliance.pk])
    client.force_login(world.office)  # of a member
    assert client.get(detail).status_code == 200
    assert client.get(detail).context["member"] is None
    assert client.post(join, {}).status_code == 403
    client.force_login(world.stranger)  # of none
    assert client.get(detail).status_code == 404
    client.force_login(world.officer)
    leave = reverse("orgs:alliance_leave", args=[members.get(org=world.port).pk])
    assert client.post(leave).status_code == 302
    assert client.post(leave).status_code == 422
    assert members.get(org=world.port).until == MARCH_2.date()
    client.force_login(world.office)  # of who has left
    assert client.get(detail).status_code == 404
    assert [event.action for event in Event.objects.filter(action__contains="alliance")] == [
        "orgs.alliance_joined", "orgs.alliance_joined", "orgs.alliance_left",
    ]  # fmt: skip


def test_only_an_alliance_has_members_and_they_are_filed(world):
    for alliance, org, code in (
        (world.port, world.port, "orgs.not_an_alliance"),
        (make_org(OrgKind.ALLIANCE, parent=world.bureau), world.unit_a, "orgs.member_not_filed"),
    ):
        with pytest.raises(RuleViolation) as why:
            services.join_alliance(
                alliance=alliance, org=org, is_lead=False, since=MARCH_2.date(),
                by=world.officer, at=MARCH_2,
            )  # fmt: skip
        assert why.value.code == code
