"""Screens of the archive: for whom, at what cost, and never for whom it is about."""

import io
import re
import zipfile
from datetime import date, timedelta

import pytest
from django.urls import reverse

from jiangjie.accounts.acting import acting_of
from jiangjie.archive import services
from jiangjie.archive.models import Bag
from jiangjie.archive.tasks import tasks
from jiangjie.certificates.models import IssueRun
from jiangjie.ledger.models import Event
from tests.archive.factories import JULY_10, make_bag, make_finished_batch
from tests.factories import make_world
from tests.planning.factories import make_approved_plan, make_batch

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: JULY_10)


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def batch(world):
    return make_batch(world)


def pages(batch, bag):
    return [
        reverse("archive:batch_list"), reverse("archive:export"),
        reverse("archive:detail", args=[batch.pk]), reverse("archive:bag", args=[bag.pk]),
    ]  # fmt: skip


@pytest.fixture
def bag(world, batch):
    return services.ask_bag(batch=batch, by=world.office, at=JULY_10)


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("office", 200), ("committee", 200), ("supervisor", 200), ("admin", 200),
        ("officer", 200), ("worker", 403), ("clerk_a", 403), ("assessor", 403),
        ("payroll", 403), ("nobody", 403),
    ],
)  # fmt: skip
def test_who_may_look(client, world, batch, bag, role, status):
    client.force_login(getattr(world, role))
    assert [client.get(page).status_code for page in pages(batch, bag)] == [status] * 4


def test_another_organisations_archive_does_not_exist(client, world, batch, bag):
    client.force_login(world.stranger)
    assert [client.get(page).status_code for page in pages(batch, bag)] == [200, 200, 404, 404]
    assert list(client.get(reverse("archive:batch_list")).context["page"]) == []
    for name, pk in (("ask", batch.pk), ("cancel", bag.pk), ("download", bag.pk)):
        assert client.post(reverse(f"archive:{name}", args=[pk])).status_code == 404


@pytest.mark.parametrize("role", ["committee", "supervisor", "admin", "officer"])
def test_only_the_office_asks_and_cancels(client, world, batch, bag, role):
    client.force_login(getattr(world, role))
    before = Bag.objects.count()
    assert client.post(reverse("archive:ask", args=[batch.pk])).status_code == 403
    assert client.post(reverse("archive:cancel", args=[bag.pk])).status_code == 403
    assert (Bag.objects.count(), Bag.objects.get().state) == (before, "running")


def test_a_candidate_is_refused_with_the_clause_whatever_his_role(client, tmp_path):
    story = make_finished_batch(tmp_path)
    bag = make_bag(story)
    person = story.batch.applications.order_by("pk")[0].person
    person.user = story.world.office
    person.save()
    client.force_login(story.world.office)
    answers = [
        client.get(reverse("archive:detail", args=[story.batch.pk])),
        client.get(reverse("archive:bag", args=[bag.pk])),
        client.get(reverse("archive:progress", args=[bag.pk])),
        client.post(reverse("archive:download", args=[bag.pk])),
        client.post(reverse("archive:ask", args=[story.batch.pk])),
    ]
    assert [answer.status_code for answer in answers] == [403] * 5
    for answer in answers:
        assert answer.context["refusal"].code == "archive.own_batch"
        assert "当事人不得查阅" in answer.content.decode()
    assert not Event.objects.filter(action="archive.bag_opened").exists()


def test_the_meter_names_what_is_missing_who_does_it_and_where(client, world, batch):
    client.force_login(world.office)
    page = client.get(reverse("archive:detail", args=[batch.pk]))
    first = page.context["volumes"][0].items[0]
    assert (first.title, first.missing, first.role, first.url) == (
        "认定公告", "公告尚未发布", "评价办公室", reverse("planning:batch_announce", args=[batch.pk]),
    )  # fmt: skip
    assert (page.context["present"], page.context["required"]) == (0, 17)
    assert f'href="{first.url}"' in page.content.decode()


def test_a_finished_batch_is_complete_and_its_clock_runs(client, tmp_path):
    story = make_finished_batch(tmp_path)
    client.force_login(story.world.supervisor)
    page = client.get(reverse("archive:detail", args=[story.batch.pk]))
    assert page.context["present"] == page.context["required"] == 18
    retention = page.context["retention"]
    assert (retention.since, retention.paper_until, retention.electronic_until) == (
        date(2026, 5, 6), date(2029, 5, 6), date(2031, 5, 6),
    )  # fmt: skip


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_any_number(client, world, django_assert_num_queries, count):
    plan = make_approved_plan(world, levels=(4,))
    for number in range(count):
        batch = make_batch(world, plan, title=f"第{number}批")
        services.make_bag(
            bag_id=services.ask_bag(batch=batch, by=world.office, at=JULY_10).pk, at=JULY_10
        )
    client.force_login(world.office)
    client.get(reverse("archive:batch_list"))
    with django_assert_num_queries(6):  # session, user, roles, unread notices, count, page
        page = client.get(reverse("archive:batch_list"))
    assert [batch.bag_count for batch in page.context["page"]] == [1] * count


@pytest.mark.parametrize("count", [1, 3])
def test_the_meter_costs_the_same_for_any_number(
    client, world, batch, django_assert_num_queries, count
):
    for hour in range(count):
        at = JULY_10 + timedelta(hours=hour)
        made = services.ask_bag(batch=batch, by=world.office, at=at)
        services.make_bag(bag_id=made.pk, at=at)
    client.force_login(world.office)
    client.get(reverse("archive:batch_list"))
    with django_assert_num_queries(19):
        client.get(reverse("archive:detail", args=[batch.pk]))


def test_search_filter_sort_and_export(client, world):
    plan = make_approved_plan(world, levels=(4,))
    first, second = make_batch(world, plan, title="甲批"), make_batch(world, plan, title="乙批")
    bag = services.ask_bag(batch=first, by=world.office, at=JULY_10)
    services.make_bag(bag_id=bag.pk, at=JULY_10)
    client.force_login(world.office)

    def listed(**query):
        return list(client.get(reverse("archive:batch_list"), query).context["page"])

    assert listed(q="甲") == [first]
    assert listed(bagged="yes") == [first]
    assert listed(bagged="no") == [second]
    assert listed(sort="-number") == [second, first]
    book = client.get(reverse("archive:export"), {"q": "甲"})
    with zipfile.ZipFile(io.BytesIO(book.content)) as parts:
        text = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "甲批" in text
    assert "乙批" not in text


def test_from_the_button_to_the_file(client, world, batch):
    client.force_login(world.office)
    answer = client.post(reverse("archive:ask", args=[batch.pk]))
    bag = Bag.objects.get()
    assert answer.url == reverse("archive:bag", args=[bag.pk])
    waiting = client.get(answer.url).content.decode()
    poll = reverse("archive:progress", args=[bag.pk])
    assert f'hx-get="{poll}"' in waiting
    assert re.search(r"<progress max=", client.get(poll).content.decode())

    services.make_bag(bag_id=bag.pk, at=JULY_10)

    assert client.get(poll).headers["HX-Refresh"] == "true"
    page = client.get(answer.url).content.decode()
    assert "核验一致" in page
    assert "缺：认定公告" in page
    download = client.post(reverse("archive:download", args=[bag.pk]))
    content = b"".join(download.streaming_content)
    assert content[:2] == b"PK"
    assert download.headers["Content-Type"] == "application/zip"
    event = Event.objects.latest("pk")
    assert (event.action, event.by) == ("archive.bag_opened", world.office)


def test_a_download_is_a_post_because_it_leaves_an_event(client, world, bag):
    client.force_login(world.office)
    assert client.get(reverse("archive:download", args=[bag.pk])).status_code == 405
    assert client.post(reverse("archive:download", args=[bag.pk])).status_code == 422


def test_a_cancelled_and_a_failed_bag_say_what_next(client, world, batch, bag):
    client.force_login(world.office)
    client.post(reverse("archive:cancel", args=[bag.pk]))
    page = reverse("archive:bag", args=[bag.pk])
    assert "已取消" in client.get(page).content.decode()
    Bag.objects.filter(pk=bag.pk).update(cancelled_at=None, error="磁盘已满")
    assert "磁盘已满" in client.get(page).content.decode()


def test_the_office_is_told_to_archive_once_certificates_are_made(world, batch):
    office = acting_of(world.office, None, JULY_10.date())
    committee = acting_of(world.committee, None, JULY_10.date())
    assert list(tasks(world.office, office, JULY_10.date())) == []
    IssueRun.objects.create(
        batch=batch, issued_on=JULY_10.date(), total=1, started_by=world.office,
        started_at=JULY_10, finished_at=JULY_10,
    )  # fmt: skip
    (task,) = tasks(world.office, office, JULY_10.date())
    assert task.link == reverse("archive:detail", args=[batch.pk])
    assert list(tasks(world.committee, committee, JULY_10.date())) == []
    services.ask_bag(batch=batch, by=world.office, at=JULY_10)
    assert list(tasks(world.office, office, JULY_10.date())) == []
