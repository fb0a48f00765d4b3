"""Room nodes (考场节点): a sitting packed, run on another installation, and taken back.

docs/decisions/0012-room-node.md says why it is so. What a node brings back is a union: answers
have one name each (seat, session, sequence) and are signed, so files may come twice, in any order,
from the first node and from its spare.
"""

import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core import serializers
from django.db import models, transaction
from django.utils import timezone

from jiangjie.accounts.models import Membership, Role, User
from jiangjie.applications.models import Application
from jiangjie.catalogue.models import Occupation, Standard
from jiangjie.exams import keys, queries
from jiangjie.exams.models import (
    Answer,
    Incident,
    MachineSession,
    Paper,
    Place,
    Presence,
    RoomPackage,
    RoomReturn,
    Seat,
    Sitting,
)
from jiangjie.exams.rules import room_files, saving
from jiangjie.exams.services.answering import TAIL
from jiangjie.exams.services.arranging import check_not_closed, locked, record
from jiangjie.files import services as files
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger.leaves import leaf_bytes
from jiangjie.ledger.models import Event
from jiangjie.ledger.references import ref
from jiangjie.orgs.models import Organisation
from jiangjie.people.identity import seal, unseal
from jiangjie.people.models import Person
from jiangjie.planning.models import AnnualPlan, Batch, BatchLine
from jiangjie.procedures.models import Run
from jiangjie.procedures.queries import require_step

CODE_BEFORE = timedelta(minutes=30)  # the start code is given out so long before the planned time
FLOOR = 1000  # by which the numbers of machine sessions rise with a take-over

# ---- at the centre: out ---------------------------------------------------------------------


@transaction.atomic
def pack_room(*, sitting_id: int, by: User, at: datetime) -> RoomPackage:
    """Give the sitting to a room node. From here on it is run there, and only there."""
    sitting = locked(sitting_id)
    check_not_closed(sitting)
    seats = Seat.objects.filter(sitting=sitting)
    if sitting.bell_at is not None or seats.filter(session__gt=0).exists():
        raise RuleViolation(
            "exams.under_way", gettext_noop("已有考生登录或已开考，不能再交给考场节点。")
        )
    if not seats.exists() or seats.filter(paper=None).exists():
        raise RuleViolation(
            "exams.not_ready_for_node", gettext_noop("请先编排座位并装入试卷，再生成考场包。")
        )
    if not sitting.invigilators.exists():
        raise RuleViolation("exams.without_invigilator", gettext_noop("请先指定监考员。"))
    sitting.place = Place.AWAY
    sitting.save(update_fields=["place"])
    package = RoomPackage.objects.create(
        sitting=sitting, uid=secrets.token_hex(16), made_by=by, made_at=at
    )
    record("exams.room_packed", sitting, by=by, at=at, package=package.uid)
    return package


@transaction.atomic
def withdraw_package(*, package_id: int, reason: str, by: User, at: datetime) -> Sitting:
    """Run the sitting here after all, or pack it anew. Not once the start code has been given."""
    package = _locked_package(package_id)
    if not reason.strip():
        raise RuleViolation("exams.reason_missing", gettext_noop("请写明理由。"))
    if package.returns.exists() or _was_code_given(package):
        raise RuleViolation(
            "exams.node_under_way", gettext_noop("开考密码已经发出或结果已导入，考场包不能收回。")
        )
    package.withdrawn_at = at
    package.save(update_fields=["withdrawn_at"])
    sitting = package.sitting
    sitting.place = Place.HERE
    sitting.save(update_fields=["place"])
    record(
        "exams.room_withdrawn", sitting, by=by, at=at, package=package.uid, reason=reason.strip()
    )
    return sitting


@transaction.atomic
def give_start_code(*, package_id: int, by: User, at: datetime) -> str:
    """The code that opens the papers on the node; on record each time it is shown.

    RuleViolation before its time, and while the procedure has not come to the theory examination.
    """
    package = _locked_package(package_id)
    sitting = package.sitting
    if at < sitting.planned_at - CODE_BEFORE:
        raise RuleViolation(
            "exams.too_early_for_code",
            gettext_noop("计划开考前%(minutes)d分钟起才能取开考密码。"),
            minutes=CODE_BEFORE // timedelta(minutes=1),
        )
    require_step(sitting.batch.run, queries.STAGE, timezone.localdate(at))
    record("exams.start_code_given", sitting, by=by, at=at, package=package.uid)
    return keys.start_code(package.uid)


def _locked_package(package_id: int) -> RoomPackage:
    package = RoomPackage.objects.get(pk=package_id)
    package.sitting = locked(package.sitting_id)
    if package.withdrawn_at is not None or package.sitting.place != Place.AWAY:
        raise RuleViolation("exams.package_withdrawn", gettext_noop("该考场包已收回。"))
    return package


def _was_code_given(package: RoomPackage) -> bool:
    return Event.objects.filter(
        subject=ref(package.sitting), action="exams.start_code_given",
        data__package=package.uid,
    ).exists()  # fmt: skip


def package_file(package: RoomPackage) -> bytes:
    """The file for the node and its spare, signed by this installation, opened by the load code.

    No key of a paper, no whole identity number, no password is in it.
    """
    sitting = package.sitting
    node = keys.room_keys(package.uid)
    seats = list(
        Seat.objects.filter(sitting=sitting)
        .select_related("application__person", "application__line", "application__photo")
        .order_by("number")
    )
    photos = {
        seat.application.photo.pk: seat.application.photo
        for seat in seats if seat.application.photo is not None
    }  # fmt: skip
    body = {
        "keys": {name: key.hex() for name, key in node.items()},
        "tails": {
            seat.application.person_id: unseal(bytes(seat.application.person.id_cipher))[-TAIL:]
            for seat in seats
        },
        "photos": {
            digest: [blob.media_type, b64encode(files.read(blob)).decode()]
            for digest, blob in photos.items()
        },
        "standards": json.loads(serializers.serialize("json", _standards(sitting))),
        "rows": json.loads(serializers.serialize("json", _rows(package, seats))),
    }
    head = {
        "uid": package.uid, "title": sitting.title, "room": sitting.room,
        "planned_at": sitting.planned_at.isoformat(), "made_at": package.made_at.isoformat(),
    }  # fmt: skip
    return room_files.write_package(
        head, body, with_code=keys.load_code(package.uid), key=settings.KEYS.ledger_key()
    )


def _standards(sitting: Sitting) -> list[models.Model]:
    used = Standard.objects.filter(pk__in=sitting.batch.lines.values("standard"))
    return [*Occupation.objects.filter(standards__in=used).distinct(), *used]


def _rows(package: RoomPackage, seats: Sequence[Seat]) -> Iterator[models.Model]:
    """What the sitting stands on, each after what it points to, bare of all that it does not need."""
    sitting = package.sitting
    batch = sitting.batch
    org, maker = batch.org, package.made_by
    watching = list(sitting.invigilators.all())
    yield Organisation(
        pk=org.pk, kind=org.kind, name=org.name, region=org.region, is_demo=org.is_demo
    )
    people = {user.pk: user for user in (maker, *watching, *_checked_by(seats))}
    for user in people.values():
        alike = User(pk=user.pk, username=user.username, display_name=user.display_name,
                     is_demo=user.is_demo, is_active=user in watching)  # fmt: skip
        alike.set_unusable_password()
        yield alike
    yield from Membership.objects.filter(user__in=watching, org=org, role=Role.INVIGILATOR)
    yield batch.pack
    batch.run.definition.made_by = None
    yield batch.run.definition
    yield Run(
        pk=batch.run_id, org=org, definition=batch.run.definition, opened_at=batch.run.opened_at
    )
    yield AnnualPlan(
        pk=batch.plan_id, org=org, year=batch.plan.year, made_by=maker, made_at=package.made_at
    )
    yield Batch(
        pk=batch.pk, org=org, plan_id=batch.plan_id, number=batch.number, title=batch.title,
        run_id=batch.run_id, pack=batch.pack, as_of=batch.as_of, apply_from=batch.apply_from,
        apply_until=batch.apply_until, exam_on=batch.exam_on, venue=batch.venue, opened_by=maker,
        opened_at=batch.opened_at,
    )  # fmt: skip
    yield from BatchLine.objects.filter(batch=batch)
    for seat in seats:
        case = seat.application
        person = case.person
        yield Person(pk=person.pk, name=person.name, id_type=person.id_type, id_cipher=b"",
                     id_index=sha256(f"{package.uid}{person.pk}".encode()).digest(),
                     id_masked=person.id_masked, is_demo=person.is_demo)  # fmt: skip
        yield Application(pk=case.pk, batch=batch, line=case.line, person=person, unit=org,
                          unit_name=case.unit_name, state=case.state, ticket=case.ticket,
                          photo_id=case.photo_id)  # fmt: skip
    sitting.arranged_by = maker
    yield sitting
    yield package
    for paper in Paper.objects.filter(sitting=sitting):
        key = keys.unseal_bytes(bytes(paper.package_key))
        paper.package_key = room_files.lock(key, keys.start_code(package.uid))
        paper.sealed = b""  # marked at the centre
        paper.loaded_by = None
        yield paper
    yield from seats


def _checked_by(seats: Sequence[Seat]) -> Iterator[User]:
    found = {seat.checked_in_by_id for seat in seats if seat.checked_in_by_id}
    yield from User.objects.filter(pk__in=found)


# ---- on the node ----------------------------------------------------------------------------


@transaction.atomic
def load_room(*, body: Mapping[str, Any], load_code: str, is_spare: bool, at: datetime) -> Sitting:
    """Put the package's content into this empty installation, whose keys are the package's.

    Invigilators log in with their names and the load code. RuleViolation when there is a sitting
    already: one home, one room.
    """
    if Sitting.objects.exists():
        raise RuleViolation(
            "exams.node_in_use",
            gettext_noop("本机数据目录已有一场考试，请用JIANGJIE_HOME指定一个空目录。"),
        )
    for media_type, content in body["photos"].values():
        files.store(b64decode(content), media_type=media_type, at=at)
    standards = _known_standards(body["standards"])
    rows = list(body["rows"])
    for row in rows:
        if row["model"] == "planning.batchline":
            row["fields"]["standard"] = standards[row["fields"]["standard"]]
    for each in serializers.deserialize("json", json.dumps(rows)):
        thing = each.object
        if isinstance(thing, Person):
            thing.id_cipher = seal("*" * 12 + body["tails"][str(thing.pk)])
        if isinstance(thing, User) and thing.is_active:
            thing.set_password(room_files.grouped(load_code))
        each.save()
    sitting = Sitting.objects.select_related("batch__org").get()
    sitting.place = Place.SPARE if is_spare else Place.NODE
    sitting.save(update_fields=["place"])
    record("exams.room_loaded", sitting, by=None, at=at, spare=is_spare)
    return sitting


def _known_standards(rows: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """The centre's standards → ours; a dictionary of occupations came with the program."""
    found = {}
    for each in serializers.deserialize("json", json.dumps(list(rows))):
        thing = each.object
        if isinstance(thing, Occupation):
            if not Occupation.objects.filter(pk=thing.pk).exists():
                each.save()
        elif isinstance(thing, Standard):
            ours = Standard.objects.filter(code=thing.code).first()
            if ours is None:
                theirs, thing.pk, thing.owner_id = thing.pk, None, None
                thing.save(force_insert=True)
                found[theirs] = thing.pk
            else:
                found[thing.pk] = ours.pk
    return found


@transaction.atomic
def take_over(*, sitting_id: int, by: User, at: datetime) -> Sitting:
    """The spare becomes the room's node. The other one must be switched off before."""
    sitting = locked(sitting_id)
    if sitting.place != Place.SPARE:
        raise RuleViolation("exams.no_spare", gettext_noop("本机不是备用节点。"))
    sitting.place = Place.NODE
    sitting.session_floor += FLOOR
    sitting.save(update_fields=["place", "session_floor"])
    heard = sitting.packages.get().followed_at
    record(
        "exams.room_taken_over", sitting, by=by, at=at, heard=heard.isoformat() if heard else None
    )
    return sitting


@transaction.atomic
def results(*, sitting_id: int, at: datetime, since: datetime | None = None) -> bytes:
    """All that happened on this node, signed with its key; `since`: answers from then on only."""
    sitting = Sitting.objects.select_related("batch").get(pk=sitting_id)
    package = sitting.packages.get()
    return room_files.write_results(_lines(sitting, package, at, since), settings.KEYS.ledger_key())


def _lines(
    sitting: Sitting, package: RoomPackage, at: datetime, since: datetime | None
) -> Iterator[dict[str, Any]]:
    yield {
        "kind": "head", "form": room_files.RESULTS, "uid": package.uid, "made_at": at,
        "takes_over": sitting.session_floor, "bell_at": sitting.bell_at, "bell_by": sitting.bell_by_id,
        "extended_minutes": sitting.extended_minutes, "closed_at": sitting.closed_at,
        # Only this node and its spare can open them.
        "keys": {
            str(paper.pk): bytes(paper.package_key).hex()
            for paper in sitting.papers.order_by("pk") if sitting.bell_at
        },
    }  # fmt: skip
    for row in (
        Seat.objects.filter(sitting=sitting)
        .order_by("pk")
        .values("pk", "presence__answered", *_SEAT)
    ):
        yield {"kind": "seat", "answered": row.pop("presence__answered") or 0, **row}
    for row in (
        MachineSession.objects.filter(seat__sitting=sitting)
        .order_by("seat", "number").values(*_SESSION)
    ):  # fmt: skip
        yield {"kind": "session", **row}
    answers = Answer.objects.filter(seat__sitting=sitting)
    if since is not None:
        answers = answers.filter(received_at__gte=since)
    for row in answers.order_by("pk").values(*_ANSWER).iterator(10_000):
        yield {"kind": "answer", **row, "signature": bytes(row["signature"]).hex()}
    for row in Incident.objects.filter(sitting=sitting).values(*_INCIDENT):
        yield {**row, "kind": "incident", "what": row["kind"]}
    for event in Event.objects.filter(context=ref(sitting.batch)).order_by("pk"):
        yield {"kind": "event", "leaf": leaf_bytes(event).decode()}


_SEAT = (
    "extra_minutes", "extra_reason", "restored_minutes", "checked_in_at", "checked_in_by",
    "session", "may_move", "started_at", "handed_in_at", "handed_in_by", "hand_in_reason",
)  # fmt: skip
_SESSION = ("seat", "number", "address", "agent", "opened_at", "replaced_at")
_ANSWER = (
    "seat", "session", "sequence", "unit", "value", "made_ms", "seconds", "signature",
    "received_at", "is_late_arrival",
)  # fmt: skip
_INCIDENT = ("seat", "kind", "text", "at", "by")


@transaction.atomic
def follow(*, content: bytes, at: datetime) -> int:
    """The spare takes over what the first node has just told. Returns how many answers were new."""
    package = RoomPackage.objects.select_related("sitting").get()
    lines = room_files.read_results(content, settings.KEYS.ledger_key().public_key())
    sitting = locked(package.sitting_id)
    if sitting.place != Place.SPARE:
        raise RuleViolation("exams.no_spare", gettext_noop("本机不是备用节点。"))
    fresh = _merge(sitting, lines, root=b"")
    for pk, key in lines[0]["keys"].items():
        Paper.objects.filter(pk=int(pk), sitting=sitting).update(package_key=bytes.fromhex(key))
    package.followed_at = at
    package.save(update_fields=["followed_at"])
    return fresh


# ---- at the centre: back --------------------------------------------------------------------


@transaction.atomic
def take_results(*, package_id: int, content: bytes, by: User, at: datetime) -> RoomReturn:
    """Take in a results file of the node or of its spare. The same file again changes nothing.

    BadInput for a file that the node has not signed; RuleViolation for one of another package, and
    where it contradicts what is known. After it the office closes the room, which marks the sheets.
    """
    package = _locked_package(package_id)
    sitting = package.sitting
    if sitting.closed_at is not None:
        raise RuleViolation("exams.closed", gettext_noop("本场考试已收卷。"))
    lines = room_files.read_results(content, keys.room_public_key(package.uid))
    head = lines[0]
    if head["kind"] != "head" or head["uid"] != package.uid:
        raise RuleViolation("exams.other_package", gettext_noop("这是另一场考试的结果文件。"))
    blob = files.store(content, media_type="application/jsonl", at=at)
    known = RoomReturn.objects.filter(package=package, blob=blob).first()
    if known is not None:
        return known
    fresh = _merge(sitting, lines, root=keys.room_keys(package.uid)["index"])
    made = RoomReturn.objects.create(
        package=package, blob=blob, fresh=fresh, is_closed=head["closed_at"] is not None,
        answers=sum(line["kind"] == "answer" for line in lines), taken_by=by, taken_at=at,
    )  # fmt: skip
    record(
        "exams.room_returned", sitting, by=by, at=at, package=package.uid, file=blob.digest,
        answers=made.answers, fresh=fresh, closed=made.is_closed,
    )  # fmt: skip
    return made


# ---- both: what another node says joins what is known ------------------------------------------


def _merge(sitting: Sitting, lines: Sequence[Mapping[str, Any]], *, root: bytes) -> int:
    """How many answers were new. Nothing that is known is lost or changed."""
    told: dict[str, list[Mapping[str, Any]]] = {
        kind: [line for line in lines if line["kind"] == kind]
        for kind in ("seat", "session", "answer", "incident")
    }
    seats = {seat.pk: seat for seat in Seat.objects.select_for_update().filter(sitting=sitting)}
    if any(line["seat"] not in seats for line in told["session"] + told["answer"]):
        raise RuleViolation("exams.other_package", gettext_noop("这是另一场考试的结果文件。"))
    _merge_bell(sitting, lines[0])
    for line in told["seat"]:
        _merge_seat(seats[line["pk"]], line)
    Seat.objects.bulk_update(seats.values(), list(_SEAT), batch_size=500)
    MachineSession.objects.bulk_create(
        (
            MachineSession(
                seat_id=line["seat"], number=line["number"], address=line["address"],
                agent=line["agent"], opened_at=_at(line["opened_at"]),
                replaced_at=_time(line["replaced_at"]),
            )
            for line in told["session"]
        ),
        ignore_conflicts=True, batch_size=1000,
    )  # fmt: skip
    for line in told["session"]:
        if line["replaced_at"]:
            MachineSession.objects.filter(
                seat=line["seat"], number=line["number"], replaced_at=None
            ).update(replaced_at=_time(line["replaced_at"]))
    Presence.objects.bulk_create(
        (
            Presence(seat_id=line["pk"], answered=line["answered"])
            for line in told["seat"]
            if line["session"]
        ),
        update_conflicts=True,
        update_fields=["answered"],
        unique_fields=["seat"],
    )
    known = set(Incident.objects.filter(sitting=sitting).values_list(*_INCIDENT))
    Incident.objects.bulk_create(
        Incident(sitting=sitting, seat_id=seat, kind=kind, text=text, at=when, by_id=by)
        for seat, kind, text, when, by in (
            (line["seat"], line["what"], line["text"], _at(line["at"]), line["by"])
            for line in told["incident"]
        )
        if (seat, kind, text, when, by) not in known
    )
    return _merge_answers(seats, told["answer"], root)


def _merge_bell(sitting: Sitting, head: Mapping[str, Any]) -> None:
    rung = _time(head["bell_at"])
    if sitting.bell_at is not None and rung is not None and rung != sitting.bell_at:
        raise RuleViolation(
            "exams.two_bells",
            gettext_noop("两台节点各自打铃，时间不同，不能合并。请先查明哪一台组织了考试。"),
        )
    sitting.bell_at = sitting.bell_at or rung
    sitting.bell_by_id = sitting.bell_by_id or head["bell_by"]
    sitting.extended_minutes = max(sitting.extended_minutes, head["extended_minutes"])
    sitting.save(update_fields=["bell_at", "bell_by", "extended_minutes"])


def _merge_seat(seat: Seat, line: Mapping[str, Any]) -> None:
    """What has happened to a seat only ever grows."""
    for name in ("checked_in", "handed_in"):
        if getattr(seat, f"{name}_at") is None and line[f"{name}_at"]:
            setattr(seat, f"{name}_at", _time(line[f"{name}_at"]))
            setattr(seat, f"{name}_by_id", line[f"{name}_by"])
            if name == "handed_in":
                seat.hand_in_reason = line["hand_in_reason"]
    started = _time(line["started_at"])
    seat.started_at = min(filter(None, (seat.started_at, started)), default=None)
    seat.restored_minutes = max(seat.restored_minutes, line["restored_minutes"])
    if line["session"] >= seat.session:
        seat.session, seat.may_move = line["session"], line["may_move"]
        seat.extra_minutes, seat.extra_reason = line["extra_minutes"], line["extra_reason"]


def _merge_answers(
    seats: Mapping[int, Seat], lines: Sequence[Mapping[str, Any]], root: bytes
) -> int:
    signing = {
        place: keys.seat_key(*place, root)
        for place in {(line["seat"], line["session"]) for line in lines}
    }
    answers = [
        Answer(
            seat_id=line["seat"], session=line["session"], sequence=line["sequence"],
            unit=line["unit"], value=line["value"], made_ms=line["made_ms"],
            seconds=line["seconds"], signature=bytes.fromhex(line["signature"]),
            received_at=_at(line["received_at"]), is_late_arrival=line["is_late_arrival"],
        )
        for line in lines
    ]  # fmt: skip
    known = {
        (seat, session, sequence): bytes(signature)
        for seat, session, sequence, signature in Answer.objects.filter(seat__in=seats).values_list(
            "seat", "session", "sequence", "signature"
        )
    }
    fresh = []
    for answer in answers:
        place = answer.seat_id, answer.session
        if not saving.is_signed(signing[place], answer.seat_id, queries.save_of(answer)):
            raise RuleViolation(
                "exams.forged_answer",
                gettext_noop("%(seat)d号座位有答案的签名不正确，结果文件不能导入。"),
                seat=seats[answer.seat_id].number,
            )
        before = known.get((*place, answer.sequence))
        if before is None:
            fresh.append(answer)
        elif before != answer.signature:
            raise RuleViolation(
                "exams.two_answers",
                gettext_noop("%(seat)d号座位有两份不同的答案使用同一编号，结果文件不能导入。"),
                seat=seats[answer.seat_id].number,
            )
    Answer.objects.bulk_create(fresh, batch_size=1000)
    return len(fresh)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _time(text: str | None) -> datetime | None:
    return _at(text) if text else None
