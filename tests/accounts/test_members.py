"""Accounts and roles: who may give them, when they end, for whom one acts."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from jiangjie.accounts import services
from jiangjie.accounts.acting import acting_of
from jiangjie.accounts.models import Invitation, Membership, Role, User
from jiangjie.accounts.rules import separation_hint
from jiangjie.kernel.errors import RuleViolation
from jiangjie.ledger.models import Event
from jiangjie.notices.hooks import tasks_for
from jiangjie.orgs.models import OrgKind
from tests.factories import MARCH_2, make_org, make_user, make_world

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def on_march_2(monkeypatch):
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: MARCH_2)


@pytest.fixture
def world():
    return make_world()


def give(world, role=Role.CLERK, *, user=None, org=None, since=TODAY, until=None) -> Membership:
    return services.give_role(
        user=user or world.office, org=org or world.port, role=role, since=since, until=until,
        by=world.admin, at=MARCH_2,
    )  # fmt: skip


def end(world, held, last_day=TODAY) -> Membership:
    return services.end_role(membership_id=held.pk, last_day=last_day, by=world.admin, at=MARCH_2)


def refused(deed, *arguments, **named) -> str:
    before = Event.objects.count()
    with pytest.raises(RuleViolation) as refusal:
        deed(*arguments, **named)
    assert Event.objects.count() == before
    return refusal.value.code


def test_a_role_holds_from_its_first_day_to_its_last(world):
    give(world, since=TODAY, until=TODAY + timedelta(days=1))

    held = [
        Role.CLERK in acting_of(world.office, None, TODAY + timedelta(days=days)).roles
        for days in (-1, 0, 1, 2)
    ]
    assert held == [False, True, True, False]


def test_an_ended_role_holds_through_its_last_day_and_may_be_given_anew(world):
    held = give(world)
    end(world, held)

    assert Role.CLERK in acting_of(world.office, None, TODAY).roles
    assert Role.CLERK not in acting_of(world.office, None, TODAY + timedelta(days=1)).roles
    give(world, since=TODAY + timedelta(days=1))
    assert refused(end, world, held) == "accounts.role_over"


def test_a_role_withdrawn_before_it_began_was_never_held(world):
    held = give(world, since=TODAY + timedelta(days=10))
    end(world, held)

    for days in (0, 9, 10, 11):
        acting = acting_of(world.office, None, TODAY + timedelta(days=days))
        assert Role.CLERK not in acting.roles


def test_what_cannot_be_given(world):
    assert refused(give, world, Role.OFFICE) == "accounts.role_held"
    assert refused(give, world, Role.OFFICER) == "accounts.role_not_of_org"
    assert refused(give, world, Role.CLERK, org=world.bureau) == "accounts.role_not_of_org"
    assert (
        refused(give, world, since=TODAY, until=TODAY - timedelta(days=1)) == "accounts.bad_period"
    )


def test_the_last_administrator_stays(world):
    own = world.admin.memberships.get()

    assert refused(end, world, own) == "accounts.last_admin"
    give(world, Role.ADMIN, user=world.office)
    assert end(world, own).until == TODAY


def test_a_user_name_is_given_once(world):
    def create():
        return services.create_user(
            username=world.office.username, display_name="同名", password=None, org=world.port,
            roles=[], since=TODAY, by=world.admin, at=MARCH_2,
        )  # fmt: skip

    assert refused(create) == "accounts.username_taken"


@pytest.mark.parametrize(
    ("roles", "is_hinted"),
    [
        ({"clerk"}, False),
        ({"clerk", "worker"}, False),
        ({"clerk", "office"}, True),
        ({"office", "committee"}, True),
        ({"supervisor", "assessor"}, True),
        ({"supervisor", "payroll"}, False),
    ],
)
def test_separation_hint(roles, is_hinted):
    assert bool(separation_hint(roles)) is is_hinted


# ---- screens ------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3])
def test_member_list_costs_the_same_for_any_number(client, django_assert_num_queries, world, count):
    for n in range(count):
        make_user(f"甲{n}", world.unit_b, Role.ASSESSOR)
    client.force_login(world.admin)
    url = reverse("accounts:member_list")
    client.get(url)

    with django_assert_num_queries(11):
        response = client.get(url, {"q": "甲"})

    assert [str(user) for user in response.context["page"]] == [f"甲{n}" for n in range(count)]


def test_the_list_shows_who_is_in_office_unless_all_are_asked_for(client, world):
    end(world, world.payroll.memberships.get(), TODAY - timedelta(days=1))
    client.force_login(world.admin)
    url = reverse("accounts:member_list")

    def found(**query) -> list[str]:
        return [str(user) for user in client.get(url, query).context["page"]]

    assert found(role="payroll") == []
    assert found(role="payroll", state="all") == ["王薪酬"]


def test_a_new_member_gets_a_password_for_once_and_must_change_it(client, world):
    client.force_login(world.admin)
    response = client.post(
        reverse("accounts:member_new"),
        {
            "display_name": "新经办", "username": "new-clerk", "org": world.unit_b.pk,
            "roles": ["clerk", "worker"], "since": "2026-03-02",
        },
    )  # fmt: skip
    password = response.context["password"]
    member = User.objects.get(username="new-clerk")
    assert response["Cache-Control"] == "no-store"
    assert {(m.org, m.role) for m in member.memberships.all()} == {
        (world.unit_b, "clerk"), (world.unit_b, "worker"),
    }  # fmt: skip

    client.logout()
    client.post(reverse("account_login"), {"login": "new-clerk", "password": password})
    assert client.get(reverse("accounts:profile"))["Location"] == reverse("account_change_password")
    changed = "Gangkou-2026-anquan"
    client.post(
        reverse("account_change_password"),
        {"oldpassword": password, "password1": changed, "password2": changed},
    )
    assert client.get(reverse("accounts:profile")).status_code == 200


def test_resetting_a_password_shuts_the_old_one_out(client, world):
    member = services.create_user(
        username="old", display_name="旧", password="Gangkou-2020-anquan", org=world.port,
        roles=[Role.PAYROLL], since=TODAY, by=None, at=MARCH_2,
    )  # fmt: skip
    client.force_login(world.admin)

    response = client.post(reverse("accounts:password_reset", args=[member.pk]))

    member.refresh_from_db()
    assert member.check_password(response.context["password"])
    assert not member.check_password("Gangkou-2020-anquan")
    assert member.must_change_password


@pytest.mark.parametrize("who", ["office", "clerk_a", "officer", "worker", "nobody"])
def test_members_are_the_administrators_affair(client, world, who):
    client.force_login(getattr(world, who))

    assert client.get(reverse("accounts:member_list")).status_code == 403


def test_another_organisations_members_do_not_exist(client, world):
    client.force_login(make_user("外管", world.stranger_org, Role.ADMIN))
    held = world.office.memberships.get()

    assert client.get(reverse("accounts:member_detail", args=[world.office.pk])).status_code == 404
    assert (
        client.post(reverse("accounts:password_reset", args=[world.office.pk])).status_code == 404
    )
    assert client.post(reverse("accounts:role_end", args=[held.pk])).status_code == 404
    held.refresh_from_db()
    assert held.until is None


def test_an_administrator_gives_no_role_in_another_organisation(client, world):
    client.force_login(world.admin)

    response = client.post(
        reverse("accounts:member_detail", args=[world.office.pk]),
        {"org": world.stranger_org.pk, "role": "office", "since": "2026-03-02"},
    )

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["org"]


def test_switching_to_another_of_ones_own_organisations(client, world):
    second = make_org(OrgKind.EVALUATOR)
    services.give_role(
        user=world.office, org=second, role=Role.SUPERVISOR, since=TODAY, by=None, at=MARCH_2
    )
    client.force_login(world.office)
    url = reverse("accounts:switch")

    assert client.post(url, {"org": second.pk})["Location"] == reverse("home")
    page = client.get(reverse("accounts:profile"))
    assert page.wsgi_request.acting.org == second
    assert client.post(url, {"org": world.stranger_org.pk}).status_code == 404
    assert client.post(url, {"org": "x"}).status_code == 404


def test_no_password_is_reset_for_who_acts_elsewhere_too(client, world):
    services.give_role(
        user=world.office, org=world.stranger_org, role=Role.SUPERVISOR, since=TODAY, by=None,
        at=MARCH_2,
    )  # fmt: skip
    before = User.objects.get(pk=world.office.pk).password
    client.force_login(world.admin)

    response = client.post(reverse("accounts:password_reset", args=[world.office.pk]))

    assert response.status_code == 422
    assert response.context["refusal"].code == "accounts.foreign_account"
    assert User.objects.get(pk=world.office.pk).password == before


# ---- invitations ----------------------------------------------------------------------------


def invite(world, **wishes):
    return services.invite(**{
        "username": world.stranger.username, "display_name": world.stranger.display_name,
        "org": world.port, "role": Role.ASSESSOR, "since": TODAY, "by": world.admin,
        "at": MARCH_2, **wishes,
    })  # fmt: skip


def answer(invitation, by, *, accept=True):
    return services.answer_invitation(invitation_id=invitation.pk, accept=accept, by=by, at=MARCH_2)


def roles_at(org, user, day=TODAY):
    return (
        acting_of(user, org.pk, day).roles if org in acting_of(user, org.pk, day).choices else set()
    )


def test_an_invited_role_holds_once_the_person_has_accepted(world):
    invitation = invite(world, until=TODAY + timedelta(days=30))
    assert roles_at(world.port, world.stranger) == set()
    assert refused(answer, invitation, world.office) == "accounts.not_invited"

    held = answer(invitation, world.stranger)

    assert (held.role, held.org, held.until) == (
        Role.ASSESSOR, world.port, TODAY + timedelta(days=30)
    )  # fmt: skip
    assert roles_at(world.port, world.stranger) == {"assessor"}
    assert refused(answer, invitation, world.stranger) == "accounts.answered_before"
    assert [
        (event.action, event.by)
        for event in Event.objects.filter(
            org=world.port, action__startswith="accounts.inv"
        ).order_by("pk")
    ] == [("accounts.invited", world.admin), ("accounts.invitation_closed", world.stranger)]


def test_declined_or_withdrawn_it_gives_nothing_and_may_be_made_again(world):
    answer(invite(world), world.stranger, accept=False)
    again = invite(world)
    services.withdraw_invitation(invitation_id=again.pk, by=world.admin, at=MARCH_2)
    assert roles_at(world.port, world.stranger) == set()
    invite(world)


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        ({"username": "nobody-here"}, "accounts.nobody_of_that_name"),
        ({"display_name": "别人"}, "accounts.nobody_of_that_name"),
        ({"until": TODAY - timedelta(days=1)}, "accounts.bad_period"),
        ({"role": Role.OFFICER}, "accounts.role_not_of_org"),
    ],
)
def test_invitations_that_are_refused(world, wishes, code):
    assert refused(invite, world, **wishes) == code


def test_one_open_invitation_and_none_for_a_role_that_is_held(world):
    invitation = invite(world)
    assert refused(invite, world) == "accounts.invited_before"
    answer(invitation, world.stranger)
    assert refused(invite, world) == "accounts.role_held"


def test_inviting_and_accepting_on_screen(client, world):
    client.force_login(world.admin)
    page = reverse("accounts:invitation_new")
    form = {
        "username": world.stranger.username, "display_name": "写错的名字", "org": world.port.pk,
        "role": "assessor", "since": "2026-03-02",
    }  # fmt: skip
    assert client.post(page, form).status_code == 422
    assert client.post(page, {**form, "role": "nothing"}).status_code == 422
    form["display_name"] = world.stranger.display_name
    assert client.post(page, form).status_code == 302
    (invitation,) = Invitation.objects.all()
    listed = client.get(reverse("accounts:member_list"))
    assert list(listed.context["invitations"]) == [invitation]

    client.force_login(world.office)
    answer_url = reverse("accounts:invitation_answer", args=[invitation.pk])
    assert client.post(answer_url, {"choice": "accept"}).status_code == 404
    client.force_login(world.stranger)
    assert [task.title for task in tasks_for(world.stranger, acting_of(world.stranger, None, TODAY), TODAY)
            if task.group == "账号"] == ["答复角色邀请"]  # fmt: skip
    assert list(client.get(reverse("accounts:profile")).context["invitations"]) == [invitation]
    client.post(answer_url, {"choice": "accept"})
    assert roles_at(world.port, world.stranger) == {"assessor"}
    withdraw = reverse("accounts:invitation_withdraw", args=[invitation.pk])
    client.force_login(world.admin)
    assert client.post(withdraw).status_code == 404  # answered: no longer in the list
