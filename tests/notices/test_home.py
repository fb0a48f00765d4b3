"""待我处理 and the inbox."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Role, User
from jiangjie.notices import hooks, queries
from jiangjie.notices.hooks import Task
from jiangjie.notices.models import Notice
from jiangjie.notices.services import notify
from tests.ledger.factories import make_org, make_user

AT = datetime(2026, 6, 30, 1, 0, tzinfo=UTC)
TODAY = date(2026, 6, 30)
pytestmark = pytest.mark.django_db


def task(title: str, group: str, due: date | None) -> Task:
    return Task(title, "2026年第一批", "/x/", due, "第二十条", group)


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> list[hooks.TaskSource]:
    """The registry without the apps' own sources."""
    found: list[hooks.TaskSource] = []
    monkeypatch.setattr(hooks, "_sources", found)
    return found


def log_in(client: Client, *roles: Role) -> User:
    user = make_user(make_org(), *roles)
    client.force_login(user)
    return user


def test_tasks_are_grouped_and_the_most_urgent_comes_first(
    sources: list[hooks.TaskSource],
) -> None:
    day = timedelta(days=1)
    hooks.register_tasks(
        lambda user, acting, today: [
            task("甲", "公示", today + 9 * day),
            task("乙", "审核", None),
            task("丙", "审核", today),
        ]
    )
    hooks.register_tasks(lambda user, acting, today: [task("丁", "公示", today - day)])
    nobody = Acting(None, frozenset(), ())
    waiting = queries.waiting_for(User(), nobody, TODAY)
    assert [
        (group.title, [(each.task.title, each.is_late) for each in group.tasks])
        for group in waiting.groups
    ] == [("公示", [("丁", True), ("甲", False)]), ("审核", [("丙", False), ("乙", False)])]
    assert (waiting.total, waiting.late) == (4, 1)


def test_source_is_asked_for_the_user_in_his_acting_role(
    client: Client, sources: list[hooks.TaskSource]
) -> None:
    asked = []

    def source(user: User, acting: Acting, today: date) -> list[Task]:
        asked.append((user, acting.org, acting.roles))
        return [task("初审3份申报", "资格审核", None)]

    hooks.register_tasks(source)
    hooks.register_tasks(source)  # twice is once
    user = log_in(client, Role.CLERK)
    page = client.get("/").content.decode()
    assert asked == [(user, user.memberships.get().org, frozenset({"clerk"}))]
    assert page.count("初审3份申报") == 1
    assert "共1件" in page


def test_empty_home_says_what_will_appear(client: Client, sources: list[hooks.TaskSource]) -> None:
    log_in(client, Role.WORKER)
    assert "现在没有等您办理的事项" in client.get("/").content.decode()


def test_home_asks_a_stranger_to_log_in(client: Client) -> None:
    assert client.get("/").status_code == 302


def test_notice_goes_to_each_user_once() -> None:
    a, b = make_user(), make_user()
    notify([a, b, a], "您的申报被退回：%(reason)s", link="/me/", at=AT, reason="缺照片")
    notices = Notice.objects.order_by("user")
    assert [(notice.user, notice.message) for notice in notices] == [
        (a, "您的申报被退回：缺照片"),
        (b, "您的申报被退回：缺照片"),
    ]


def test_notice_without_a_value_fails_at_once() -> None:
    with pytest.raises(KeyError, match="reason"):
        notify([make_user()], "退回：%(reason)s", link="", at=AT)
    assert not Notice.objects.exists()


def test_opening_a_notice_marks_it_read_and_leads_to_its_page(client: Client) -> None:
    user = log_in(client)
    notice = notify([user], "公示开始", link="/publicity/1/", at=AT)[0]
    answer = client.post(f"/inbox/{notice.pk}/open/")
    assert (answer.status_code, answer["Location"]) == (302, "/publicity/1/")
    notice.refresh_from_db()
    first = notice.read_at
    assert first is not None
    client.post(f"/inbox/{notice.pk}/open/")
    notice.refresh_from_db()
    assert notice.read_at == first


def test_notice_never_leads_to_another_site(client: Client) -> None:
    notice = notify([log_in(client)], "x", link="//evil.example/", at=AT)[0]
    assert client.post(f"/inbox/{notice.pk}/open/")["Location"] == "/inbox/"


def test_another_users_notice_does_not_exist(client: Client) -> None:
    notice = notify([make_user()], "别人的消息", link="/publicity/1/", at=AT)[0]
    log_in(client)
    assert client.post(f"/inbox/{notice.pk}/open/").status_code == 404
    assert "别人的消息" not in client.get("/inbox/").content.decode()
    client.post("/inbox/read-all/")
    notice.refresh_from_db()
    assert notice.read_at is None


def test_all_are_marked_read_at_once(client: Client) -> None:
    user = log_in(client)
    notify([user], "甲", link="", at=AT)
    notify([user], "乙", link="", at=AT)
    assert queries.unread_count(user) == 2
    assert client.post("/inbox/read-all/")["Location"] == "/inbox/"
    assert queries.unread_count(user) == 0
    page = client.get("/inbox/?show=unread").content.decode()
    assert "没有未读消息" in page


@pytest.mark.parametrize("count", [1, 3])
def test_inbox_costs_the_same_queries(
    client: Client, django_assert_num_queries: Any, count: int
) -> None:
    user = log_in(client)
    for number in range(count):
        notify([user], f"消息{number}", link="", at=AT)
    with django_assert_num_queries(6):
        page = client.get("/inbox/").content.decode()
    assert page.count("notice-unread") == count
