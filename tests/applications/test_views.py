"""Screens of applications: who may open them, what they cost, what a refusal looks like."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from jiangjie.accounts.acting import acting_of
from jiangjie.accounts.models import Role
from jiangjie.applications import services
from jiangjie.applications.models import Application, RosterImport
from jiangjie.notices.hooks import tasks_for
from jiangjie.people.services import link_user
from jiangjie.procedures.queries import track
from tests.applications.factories import (
    MARCH_10,
    hold,
    make_draft,
    make_qualified,
    make_submitted,
    make_worker,
    roster_row,
    write_roster,
)
from tests.factories import make_user, make_world
from tests.planning.factories import make_announced_batch

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def batch(world):
    return make_announced_batch(world)


@pytest.fixture
def _in_march(monkeypatch):
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: MARCH_10)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_any_number_of_cases(
    client, world, batch, django_assert_num_queries, count
):
    for _ in range(count):
        make_submitted(world, batch)
    client.force_login(world.office)
    client.get(reverse("applications:list", args=[batch.pk]))

    with django_assert_num_queries(12):
        response = client.get(reverse("applications:list", args=[batch.pk]))

    assert len(response.context["page"].object_list) == count


def test_a_clerk_sees_his_own_unit_only(client, world, batch):
    make_submitted(world, batch, make_worker(world, world.unit_a))
    theirs = make_submitted(world, batch, make_worker(world, world.unit_b))
    client.force_login(world.clerk_a)

    page = client.get(reverse("applications:list", args=[batch.pk])).context["page"]
    other = client.get(reverse("applications:detail", args=[theirs.pk]))

    assert [case.unit for case in page] == [world.unit_a]
    assert other.status_code == 404


@pytest.mark.parametrize("name", ["list", "export", "summary", "rosters"])
def test_another_organisations_batch_does_not_exist(client, world, batch, name):
    client.force_login(world.stranger)

    assert client.get(reverse(f"applications:{name}", args=[batch.pk])).status_code == 404


@pytest.mark.usefixtures("_in_march")
def test_a_worker_applies_from_his_phone(client, world, batch):
    hold(world.worker.person, world.unit_a)
    client.force_login(world.worker)

    page = client.get(reverse("applications:mine"))
    assert [len(offer["open"]) for offer in page.context["offers"]] == [1]
    line = batch.lines.get()
    started = client.post(reverse("applications:start", args=[line.pk]))
    case = Application.objects.get()
    assert started.url == reverse("applications:edit", args=[case.pk])
    refused = client.post(reverse("applications:submit", args=[case.pk]), {})
    assert (refused.status_code, refused.context["refusal"].code) == (
        422, "applications.not_promised",
    )  # fmt: skip
    client.post(reverse("applications:submit", args=[case.pk]), {"promised": "on"})
    case.refresh_from_db()
    assert (case.state, case.submitted_by) == ("submitted", world.worker)
    own = client.get(reverse("applications:own", args=[case.pk]))
    assert own.context["case"].verdict["eligible"] is True


def test_nobody_opens_anothers_own_case(client, world, batch):
    case = make_draft(world, batch)
    client.force_login(world.worker)

    for name in ("own", "edit", "live_verdict"):
        assert client.get(reverse(f"applications:{name}", args=[case.pk])).status_code == 404
    for name in ("submit", "withdraw", "evidence_add"):
        assert client.post(reverse(f"applications:{name}", args=[case.pk])).status_code == 404


@pytest.mark.usefixtures("_in_march")
def test_a_layer_is_signed_by_its_role_only(client, world, batch):
    case = make_submitted(world, batch)
    url = reverse("applications:review", args=[batch.pk])
    wish = {"layer": 1, "case": case.pk, "choice": "pass"}

    client.force_login(world.office)
    assert client.post(url, wish).status_code == 403
    client.force_login(world.clerk_b)  # another unit's clerk: the case is not in his list
    assert client.post(url, wish).status_code == 422
    client.force_login(world.clerk_a)
    assert client.post(url, wish).status_code == 302
    case.refresh_from_db()
    assert case.turn == 2


@pytest.mark.usefixtures("_in_march")
def test_all_that_meet_a_clause_are_passed_at_once(client, world, batch):
    cases = [make_submitted(world, batch) for _ in range(3)]
    Application.objects.filter(pk=cases[0].pk).update(is_eligible=False)
    client.force_login(world.clerk_a)

    client.post(
        reverse("applications:review", args=[batch.pk]),
        {"layer": 1, "everyone": "eligible", "choice": "pass"},
    )

    turns = Application.objects.order_by("pk").values_list("turn", flat=True)
    assert list(turns) == [1, 2, 2]


@pytest.mark.usefixtures("_in_march")
def test_a_refused_review_is_told_beside_the_control(client, world, batch):
    case = make_submitted(world, batch)
    client.force_login(world.clerk_a)

    response = client.post(
        reverse("applications:review", args=[batch.pk]),
        {"layer": 1, "case": case.pk, "choice": "reject"},
        headers={"HX-Request": "true"},
    )

    assert (response.status_code, response.context["refusal"].code) == (
        422, "procedures.reason_needed",
    )  # fmt: skip
    assert "<html" not in response.content.decode()


@pytest.mark.usefixtures("_in_march")
def test_a_roster_is_checked_shown_and_taken_in(client, world, batch, tmp_path):
    content = write_roster(tmp_path / "r.xlsx", [roster_row(1), roster_row(2, 姓名=" ")])
    client.force_login(world.clerk_a)
    (tmp_path / "名册.xlsx").write_bytes(content)

    with (tmp_path / "名册.xlsx").open("rb") as file:
        sent = client.post(reverse("applications:rosters", args=[batch.pk]), {"file": file})
    roster = RosterImport.objects.get()
    assert sent.url == reverse("applications:roster", args=[roster.pk])
    page = client.get(sent.url)
    assert [fault["message"] for fault in page.context["page"]] == ["姓名不能为空。"]
    refused = client.post(reverse("applications:roster_apply", args=[roster.pk]))
    assert refused.status_code == 422
    client.post(reverse("applications:roster_apply", args=[roster.pk]), {"good_rows_only": "yes"})
    assert Application.objects.count() == 1
    book = client.post(reverse("applications:roster_workbook", args=[roster.pk]), {"marked": "yes"})
    assert book.content.startswith(b"PK")


@pytest.mark.usefixtures("_in_march")
def test_a_file_that_is_no_roster_is_refused_by_name(client, world, batch, tmp_path):
    (tmp_path / "照片.xlsx").write_bytes(b"\x89PNG")
    client.force_login(world.clerk_a)

    with (tmp_path / "照片.xlsx").open("rb") as file:
        response = client.post(reverse("applications:rosters", args=[batch.pk]), {"file": file})

    assert response.status_code == 422
    assert "照片.xlsx" in response.context["refusal"].message


def test_papers_are_printed(client, world, batch):
    case = make_qualified(world, batch)[0]
    client.force_login(world.office)

    for url in (
        reverse("applications:summary", args=[batch.pk]),
        reverse("applications:form", args=[case.pk]),
    ):
        assert client.get(url).content.startswith(b"%PDF")


def test_a_draft_is_its_persons_and_its_clerks_until_it_is_submitted(client, world, batch):
    draft = make_draft(world, batch, make_worker(world, world.unit_a))
    link_user(
        person=draft.person, user=world.nobody, org=world.port, by=None, at=MARCH_10
    )  # fmt: skip
    colleague = make_user("同室经办", world.unit_a, Role.CLERK)
    readers = (world.clerk_a, colleague, world.office, world.committee, world.stranger)

    def answers():
        found = []
        for reader in readers:
            client.force_login(reader)
            found.append(client.get(reverse("applications:detail", args=[draft.pk])).status_code)
        return found

    assert answers() == [200, 404, 404, 404, 404]
    client.force_login(world.office)
    page = client.get(reverse("applications:list", args=[batch.pk]))
    assert (list(page.context["page"]), page.context["counts"]) == ([], {})
    client.force_login(world.nobody)
    assert client.get(reverse("applications:edit", args=[draft.pk])).status_code == 200
    services.submit(application_id=draft.pk, promised=True, by=world.clerk_a, at=MARCH_10)
    assert answers() == [200, 200, 200, 200, 404]


def test_one_deadline_on_the_clerks_list_and_on_the_track(world, batch):
    make_submitted(world, batch)
    today = MARCH_10.date()
    (task,) = [
        task
        for task in tasks_for(world.clerk_a, acting_of(world.clerk_a, None, today), today)
        if task.group == "资格审核"
    ]
    step = next(each for each in track(batch.run, today) if each.code == "S06")
    assert (task.due, step.due) == (batch.exam_on - timedelta(days=1),) * 2
    assert task.title == "初审1份申报"


@pytest.mark.usefixtures("_in_march")
def test_a_photo_is_turned_upright_and_a_broken_one_refused(client, world, batch):
    hold(world.worker.person, world.unit_a)
    client.force_login(world.worker)
    line = batch.lines.get()
    client.post(reverse("applications:start", args=[line.pk]))
    case = Application.objects.get()

    def send(content):
        upload = SimpleUploadedFile("手机照.jpg", content)
        page = reverse("applications:edit", args=[case.pk])
        return client.post(page, {"line": line.pk, "route": "regular", "photo": upload})

    lying = lying_photo()
    broken = send(lying[:200])
    assert (broken.status_code, list(broken.context["form"].errors)) == (422, ["photo"])
    assert send(lying).status_code == 302
    kept = client.get(reverse("applications:photo", args=[case.pk]))
    with Image.open(BytesIO(b"".join(kept.streaming_content))) as picture:
        assert (picture.size, dict(picture.getexif())) == ((30, 40), {})


def lying_photo() -> bytes:
    """40 wide and 30 high, marked as to be turned a quarter; with a note of where it was taken."""
    out = BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "某手机"
    Image.new("RGB", (40, 30), "white").save(out, "JPEG", exif=exif)
    return out.getvalue()
