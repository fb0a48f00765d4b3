"""From two keys into the room: what is loaded, what takes its place, and what no candidate gets."""

from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core import signing
from django.test import Client
from django.urls import reverse

from jiangjie.accounts.models import Role
from jiangjie.accounts.services import give_role
from jiangjie.exams import candidate_views
from jiangjie.exams import queries as rooms
from jiangjie.exams import services as exams
from jiangjie.exams.models import Paper as RoomPaper
from jiangjie.exams.models import Seat, Sitting
from jiangjie.ledger.models import Event
from jiangjie.papers.models import Paper
from tests.exams.factories import Machine, id_tail, seats
from tests.factories import LONG_AGO, MARCH_2
from tests.papers.factories import OPENS_AT, PapersWorld, make_sealed_set, make_set, open_paper
from tests.papers.test_services import refused
from tests.results.factories import record

pytestmark = pytest.mark.django_db
BELL = OPENS_AT + timedelta(minutes=30)


def later(minutes: float):
    return BELL + timedelta(minutes=minutes)


@pytest.fixture(autouse=True)
def _clock(monkeypatch) -> None:
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: OPENS_AT)


def make_room(papers: PapersWorld) -> Sitting:
    """Two candidates, an invigilator, no paper."""
    world = papers.world
    record(world, papers.batch, "S09", "S10", "T01", "T02", "T03", "T04", at=OPENS_AT)
    give_role(
        user=world.assessor, org=world.port, role=Role.INVIGILATOR, since=LONG_AGO, by=world.admin,
        at=MARCH_2,
    )  # fmt: skip
    for number, case in enumerate(papers.witnesses, start=1):
        case.ticket = f"2604180{number}"
        case.save(update_fields=["ticket"])
    room = exams.arrange(
        batch=papers.batch, title="理论知识考试", room="第一考场", planned_at=BELL, minutes=90,
        invigilators=[world.assessor], by=world.office, at=MARCH_2,
    )  # fmt: skip
    exams.seat_candidates(sitting_id=room.pk, by=world.office, at=MARCH_2)
    return room


def load(room: Sitting, *forms: Paper, by, at=OPENS_AT, **more: object):
    return exams.load_opened(
        sitting_id=room.pk, set_id=forms[0].set_id, paper_ids=[form.pk for form in forms], by=by,
        at=at, **more,
    )  # fmt: skip


def sign_in(seat: Seat, at=OPENS_AT) -> Machine:
    opened = exams.sign_in(
        room_code=seat.sitting.room_code, ticket=seat.application.ticket, id_tail=id_tail(seat),
        address=None, agent="", at=at,
    )  # fmt: skip
    return Machine(seat, opened.session)


def ring(papers: PapersWorld, room: Sitting, at=BELL) -> None:
    for seat in seats(room):
        exams.check_in(seat_id=seat.pk, by=papers.world.assessor, at=OPENS_AT)
    exams.ring(sitting_id=room.pk, by=papers.world.assessor, at=at)


def test_only_what_two_keys_have_opened_comes_into_the_room(papers: PapersWorld) -> None:
    room, world = make_room(papers), papers.world
    draft = make_set(papers).papers.get(form="A")
    with refused("exams.paper_not_opened"):
        load(room, draft, by=world.office)
    made, codes = make_sealed_set(papers)
    one, other = (made.papers.get(form=form) for form in "AB")
    with refused("exams.paper_not_opened"):
        load(room, one, by=world.office)
    open_paper(papers, one, codes)
    with refused("exams.paper_not_opened"):
        load(room, one, other, by=world.office)
    with refused("exams.paper_not_opened"):  # the forms of another set
        exams.load_opened(
            sitting_id=room.pk, set_id=draft.set_id, paper_ids=[one.pk], by=world.office,
            at=OPENS_AT,
        )  # fmt: skip
    open_paper(papers, other, codes)
    made_there = load(room, one, other, by=world.assessor)
    assert [(each.code, each.line) for each in made_there] == [(one.code, None), (other.code, None)]
    assert {seat.paper.code for seat in seats(room)} == {one.code, other.code}


def test_the_page_of_the_sitting_says_what_is_missing_and_loads_in_one_step(
    client, papers: PapersWorld
) -> None:
    room, world = make_room(papers), papers.world
    page = reverse("exams:sitting", args=[room.pk])

    def shown(user) -> str:
        client.force_login(user)
        return client.get(page).content.decode()

    assert reverse("papers:batch", args=[papers.batch.pk]) in shown(world.office)
    made, codes = make_sealed_set(papers)
    one, other = (made.papers.get(form=form) for form in "AB")
    opening = reverse("papers:opening", args=[one.pk])
    assert opening in shown(world.supervisor)
    assert "启封后才能装入考场" in shown(world.assessor)
    assert opening not in shown(world.assessor)  # he may not go there
    for paper in (one, other):
        open_paper(papers, paper, codes)
    assert "装入本场次" not in shown(world.supervisor)
    assert "装入本场次" in shown(world.assessor)
    deed = reverse("exams:load", args=[room.pk])
    fields = {"set_id": made.pk, "paper_ids": [one.pk, other.pk]}
    client.force_login(world.supervisor)
    assert client.post(deed, fields).status_code == 403
    client.force_login(world.stranger)
    assert client.post(deed, fields).status_code == 404
    client.force_login(world.assessor)
    assert client.post(deed, {"set_id": made.pk, "paper_ids": ["x", "9" * 40]}).status_code == 422
    assert client.post(deed, fields)["Location"] == page
    assert RoomPaper.objects.filter(sitting=room).count() == 2
    assert "换卷原因" not in shown(world.assessor)
    assert client.post(deed, {**fields, "reason": "换"}).status_code == 422  # the office's affair
    assert "换卷原因" in shown(world.office)


def test_no_candidate_gets_an_item_early_another_paper_or_a_key(papers: PapersWorld) -> None:
    """All that a machine can ask for, before the bell and after it."""
    room, world = make_room(papers), papers.world
    made, codes = make_sealed_set(papers)
    forms = [open_paper(papers, made.papers.get(form=form), codes) for form in "AB"]
    contents = {each.code: rooms.content_of(each) for each in load(room, *forms, by=world.office)}
    one, other = seats(room)
    machine, _ = sign_in(one), sign_in(other)
    client = Client(headers={"X-Exam-Page": "1"})
    client.cookies[candidate_views.COOKIE] = signing.dumps([one.pk, 1], salt=candidate_views.SALT)

    def words(seat: Seat) -> list[str]:
        return [each.content.stem for each in contents[seat.paper.code].questions]

    own_only = set(words(one)) - set(words(other))
    others_only = set(words(other)) - set(words(one))
    assert own_only and others_only
    before = b"".join(
        client.get(path).content for path in ("/exam/paper/", "/exam/start/", "/exam/package/")
    )
    assert not any(text.encode() in before for text in (*own_only, *others_only))
    assert client.get("/exam/start/").json()["state"] == "waiting"
    package = bytes(one.paper.package)
    assert client.get("/exam/package/").content == package != bytes(other.paper.package)
    ring(papers, room)
    exams.start(seat_id=other.pk, session=1, at=BELL)
    begun = client.get("/exam/start/").json()
    key = candidate_views.b64decode(begun["package_key"])
    shown = AESGCM(key).decrypt(package[:12], package[12:], None).decode()
    assert all(text in shown for text in own_only)
    assert not any(text in shown for text in others_only)
    assert '"key"' not in shown
    with pytest.raises(InvalidTag):
        AESGCM(key).decrypt(bytes(other.paper.package)[:12], bytes(other.paper.package)[12:], None)
    for paper in forms:  # nor by the doors of the staff, with or without an account of his own
        for address in (
            reverse("papers:paper_pdf", args=[paper.pk, "key"]), reverse("papers:set", args=[made.pk])
        ):  # fmt: skip
            assert client.post(address)["Location"].startswith("/account/login/")
    assert machine.answer(1, "A", later(1)).stored == [(1, 1)]


def test_a_spare_takes_the_place_with_a_reason(papers: PapersWorld) -> None:
    room, world = make_room(papers), papers.world
    made, codes = make_sealed_set(papers)
    main, spare = (open_paper(papers, made.papers.get(form=form), codes) for form in ("A", "备1"))
    load(room, main, by=world.office)
    with refused("exams.reason_missing"):
        load(room, spare, by=world.office)
    with refused("exams.office_replaces"):
        load(room, spare, by=world.assessor, reason="泄题", may_replace=False)
    load(room, spare, by=world.office, reason="A卷封袋破损")
    assert {seat.paper.code for seat in seats(room)} == {spare.code}
    event = Event.objects.get(action="exams.paper_replaced")
    assert (event.data["reason"], list(event.data["forms"])) == ("A卷封袋破损", [spare.code])
    assert room.incidents.get().text == "A卷封袋破损"
    ring(papers, room)
    assert [exams.start(seat_id=seat.pk, session=sign_in(seat).session, at=later(1)).answers
            for seat in seats(room)] == [{}, {}]  # fmt: skip


def test_after_the_bell_a_paper_is_replaced_until_the_first_answer_is_in(
    papers: PapersWorld,
) -> None:
    room, world = make_room(papers), papers.world
    made, codes = make_sealed_set(papers)
    main, spare = (open_paper(papers, made.papers.get(form=form), codes) for form in ("A", "备1"))
    load(room, main, by=world.office)
    old = [sign_in(seat) for seat in seats(room)]
    ring(papers, room)
    exams.start(seat_id=old[0].seat.pk, session=1, at=later(1))
    load(room, spare, by=world.office, at=later(2), reason="试卷印有答案")
    room.refresh_from_db()
    assert (room.bell_at, room.extended_minutes) == (None, 0)
    with refused("exams.not_started"):  # on its way when the paper was taken back
        old[0].answer(1, "B", later(2))
    ring(papers, room, at=later(10))
    fresh = sign_in(old[0].seat, at=later(11))
    with refused("exams.machine_replaced"):
        exams.start(seat_id=fresh.seat.pk, session=1, at=later(11))
    begun = exams.start(seat_id=fresh.seat.pk, session=fresh.session, at=later(11))
    assert (begun.bell_at, begun.answers) == (later(10), {})
    sent = fresh.send(*old[0].sent, at=later(11))
    assert [code for _, _, code in sent.refused] == ["exams.after_the_bell"]
    assert fresh.answer(1, "C", later(12)).stored == [(fresh.session, 1)]
    with refused("exams.answered"):
        load(room, main, by=world.office, at=later(13), reason="再换")
    assert {seat.paper.code for seat in seats(room)} == {spare.code}
