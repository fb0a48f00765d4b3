"""Deeds on experts, venues and what is lent. One transaction and one event each."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from jiangjie.accounts.models import User
from jiangjie.catalogue.models import Occupation
from jiangjie.files import services as files
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.notices import services as notices
from jiangjie.orgs.models import Organisation, OrgKind
from jiangjie.people.identity import seal_bytes, unseal_bytes
from jiangjie.people.models import Person
from jiangjie.people.services import PersonWish, ensure_people
from jiangjie.planning.models import Batch
from jiangjie.resources import queries, rules, workbooks
from jiangjie.resources.models import (
    Absence,
    Booking,
    BookingKind,
    DutyPay,
    Equipment,
    Expert,
    ExpertImport,
    ExpertTraining,
    Loan,
    Qualification,
    Room,
    Venue,
)

# ---- experts --------------------------------------------------------------------------------

EXPERT_FIELDS = (
    "duties", "employer", "grade", "card_number", "card_from", "card_until", "hired_from",
    "hired_until", "most_panels", "note",
)  # fmt: skip


@transaction.atomic
def register_expert(
    *, org: Organisation, person: PersonWish, occupations: Mapping[str, str],
    by: User | None, at: datetime, **fields: Any,
) -> Expert:  # fmt: skip
    """Enter a person into the register; he is found by his identity number, or made.

    `occupations`: code → name. RuleViolation resources.expert_before.
    """
    (human,) = ensure_people([person], org=org, by=by, at=at)
    return enter(org=org, person=human, occupations=occupations, by=by, at=at, **fields)


@transaction.atomic
def enter(
    *, org: Organisation, person: Person, occupations: Mapping[str, str],
    by: User | None, at: datetime, **fields: Any,
) -> Expert:  # fmt: skip
    """Enter a known person into the register of an organisation."""
    _check_dates(fields)
    Organisation.objects.select_for_update(no_key=True).get(pk=org.pk)
    if Expert.objects.filter(org=org, person=person).exists():
        raise RuleViolation(
            "resources.expert_before",
            gettext_noop("%(name)s已在本单位专家库中。"),
            name=person.name,
        )
    expert = Expert.objects.create(org=org, person=person, **fields)
    _qualify(expert, occupations)
    ledger.record(
        "resources.expert_entered", subject=expert, org=org, by=by, at=at, person=person.pk,
        occupations=sorted(occupations), **_plain(fields),
    )  # fmt: skip
    return expert


@transaction.atomic
def change_expert(
    *, expert_id: int, occupations: Mapping[str, str] | None = None, by: User, at: datetime,
    **fields: Any,
) -> Expert:  # fmt: skip
    """Card, grade, term of hiring and so on; `occupations` replace the former ones."""
    _check_dates(fields)
    expert = _expert(expert_id)
    for name, value in fields.items():
        setattr(expert, name, value)
    expert.save(update_fields=list(fields))
    if occupations is not None:
        expert.qualifications.exclude(occupation_code__in=occupations).delete()
        _qualify(expert, occupations)
    ledger.record(
        "resources.expert_changed", subject=expert, org=expert.org, by=by, at=at,
        occupations=None if occupations is None else sorted(occupations), **_plain(fields),
    )  # fmt: skip
    return expert


def _qualify(expert: Expert, occupations: Mapping[str, str]) -> None:
    Qualification.objects.bulk_create(
        (Qualification(expert=expert, occupation_code=code, occupation_name=name)
         for code, name in occupations.items()),
        ignore_conflicts=True,
    )  # fmt: skip


def _check_dates(fields: Mapping[str, Any]) -> None:
    rules.check_last_not_before(fields["hired_from"], fields.get("hired_until"))
    if fields.get("card_from") or fields.get("card_until"):
        if not (fields.get("card_from") and fields.get("card_until")):
            raise RuleViolation("resources.card_half", gettext_noop("证卡有效期起和止须一并填写。"))
        rules.check_last_not_before(fields["card_from"], fields["card_until"])
    if not fields.get("duties"):
        raise RuleViolation("resources.no_duty", gettext_noop("请选择至少一项承担的工作。"))


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in fields.items()
        if name != "note"
    }


@transaction.atomic
def add_training(
    *, expert_id: int, programme: str, hours: int, finished_on: date, passed: bool, by: User,
    at: datetime,
) -> ExpertTraining:  # fmt: skip
    expert = _expert(expert_id)
    made = ExpertTraining.objects.create(
        expert=expert, programme=programme, hours=hours, finished_on=finished_on, passed=passed
    )
    ledger.record(
        "resources.training_added", subject=expert, org=expert.org, by=by, at=at,
        programme=programme, hours=hours, finished_on=finished_on, passed=passed,
    )  # fmt: skip
    return made


@transaction.atomic
def tell_absence(
    *, person: Person, first_day: date, last_day: date, reason: str, org: Organisation | None,
    by: User, at: datetime,
) -> Absence:  # fmt: skip
    """Days on which he cannot come. Also in the past: it says so, and changes nothing then."""
    rules.check_last_not_before(first_day, last_day)
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    if Absence.objects.filter(
        person=person, first_day__lte=last_day, last_day__gte=first_day
    ).exists():
        raise RuleViolation("resources.absent_before", gettext_noop("这段时间已登记过不能参加。"))
    told = Absence.objects.create(
        person=person, first_day=first_day, last_day=last_day, reason=reason, told_by=by, told_at=at
    )
    ledger.record(
        "resources.absence_told", subject=told, org=org, by=by, at=at, person=person.pk,
        first_day=first_day, last_day=last_day,
    )  # fmt: skip
    return told


@transaction.atomic
def take_back_absence(
    *, absence: Absence, org: Organisation | None, by: User, at: datetime
) -> None:
    """He can come after all."""
    ledger.record(
        "resources.absence_taken_back", subject=absence, org=org, by=by, at=at,
        person=absence.person_id, first_day=absence.first_day, last_day=absence.last_day,
    )  # fmt: skip
    Absence.objects.filter(pk=absence.pk).delete()


@transaction.atomic
def pay_duty(
    *, expert_id: int, duty: str, day: date, amount_fen: int, voucher: str,
    batch: Batch | None, by: User, at: datetime,
) -> DutyPay:  # fmt: skip
    """What one day's duty was paid; the same duty and day only once."""
    expert = _expert(expert_id)
    if day > timezone.localdate(at):
        raise RuleViolation("resources.paid_ahead", gettext_noop("不能登记尚未发生的工作。"))
    if DutyPay.objects.filter(expert=expert, duty=duty, day=day, taken_back_at=None).exists():
        raise RuleViolation(
            "resources.paid_before", gettext_noop("这一天的这项工作已登记过劳务费。")
        )
    paid = DutyPay.objects.create(
        expert=expert, duty=duty, day=day, amount_fen=amount_fen, voucher=voucher, batch=batch,
        paid_by=by, paid_at=at,
    )  # fmt: skip
    ledger.record(
        "resources.duty_paid", subject=paid, org=expert.org, by=by, at=at, context=batch,
        expert=expert.pk, duty=duty, day=day, amount_fen=amount_fen, voucher=voucher,
    )  # fmt: skip
    return paid


@transaction.atomic
def take_back_payment(*, payment_id: int, reason: str, by: User, at: datetime) -> DutyPay:
    paid = (
        DutyPay.objects.select_for_update(of=("self",))
        .select_related("expert__org")
        .get(pk=payment_id)
    )
    if not reason.strip():
        raise RuleViolation("resources.reason_missing", gettext_noop("请填写原因。"))
    if paid.taken_back_at is not None:
        raise RuleViolation("resources.taken_back_before", gettext_noop("这笔登记已撤销。"))
    paid.taken_back_at, paid.taken_back_reason = at, reason.strip()
    paid.save(update_fields=["taken_back_at", "taken_back_reason"])
    ledger.record(
        "resources.payment_taken_back", subject=paid, org=paid.expert.org, by=by, at=at,
        reason=paid.taken_back_reason,
    )  # fmt: skip
    return paid


# ---- venues ---------------------------------------------------------------------------------


@transaction.atomic
def add_venue(*, org: Organisation, by: User, at: datetime, **fields: Any) -> Venue:
    """`fields`: name, address, contact, is_accessible, directions."""
    Organisation.objects.select_for_update(no_key=True).get(pk=org.pk)
    _check_name_free(Venue.objects.filter(org=org), fields["name"])
    venue = Venue.objects.create(org=org, **fields)
    ledger.record("resources.venue_added", subject=venue, org=org, by=by, at=at, name=venue.name)
    return venue


@transaction.atomic
def change_venue(*, venue_id: int, by: User, at: datetime, **fields: Any) -> Venue:
    venue = _venue(venue_id)
    _check_name_free(Venue.objects.filter(org=venue.org).exclude(pk=venue.pk), fields["name"])
    for name, value in fields.items():
        setattr(venue, name, value)
    venue.save(update_fields=list(fields))
    ledger.record("resources.venue_changed", subject=venue, org=venue.org, by=by, at=at, **fields)
    return venue


@transaction.atomic
def add_room(*, venue_id: int, by: User, at: datetime, **fields: Any) -> Room:
    """`fields`: kind, name, seats, per_hour, occupation_code, work_type, is_accessible."""
    venue = _venue(venue_id)
    _check_name_free(venue.rooms.all(), fields["name"])
    _check_capacity(fields)
    room = Room.objects.create(venue=venue, **fields)
    ledger.record("resources.room_added", subject=room, org=venue.org, by=by, at=at, **fields)
    return room


@transaction.atomic
def change_room(*, room_id: int, by: User, at: datetime, **fields: Any) -> Room:
    room = _room(room_id)
    _check_name_free(Room.objects.filter(venue=room.venue).exclude(pk=room.pk), fields["name"])
    _check_capacity(fields)
    for name, value in fields.items():
        setattr(room, name, value)
    room.save(update_fields=list(fields))
    ledger.record(
        "resources.room_changed", subject=room, org=room.venue.org, by=by, at=at, **_plain(fields)
    )
    return room


def _check_capacity(fields: Mapping[str, Any]) -> None:
    if fields["kind"] == "theory" and not fields["seats"]:
        raise RuleViolation("resources.no_seats", gettext_noop("理论考场须填写座位数。"))
    if fields["kind"] == "practical" and not (fields["per_hour"] and fields["work_type"]):
        raise RuleViolation(
            "resources.no_rate", gettext_noop("实操工位须填写职业或工种，以及每小时可考人数。")
        )


def _check_name_free(others: Any, name: str) -> None:
    if others.filter(name=name).exists():
        raise RuleViolation(
            "resources.name_taken", gettext_noop("已有同名的“%(name)s”。"), name=name
        )


@transaction.atomic
def book(
    *, room_id: int, starts_at: datetime, ends_at: datetime, purpose: str, org: Organisation,
    by: User, at: datetime, batch: Batch | None = None,
) -> Booking:  # fmt: skip
    """Take a room. RuleViolation resources.room_taken names what stands in the way; of two who
    ask at once the database lets one pass."""
    rules.check_span(starts_at, ends_at)
    room = _room(room_id)
    _check_lent(room, org, starts_at, ends_at)
    return _take(
        room, BookingKind.USE, starts_at, ends_at, org=org, batch=batch, purpose=purpose, by=by,
        at=at, action="resources.room_booked",
    )  # fmt: skip


@transaction.atomic
def close(
    *, room_ids: Collection[int], starts_at: datetime, ends_at: datetime, reason: str, by: User,
    at: datetime,
) -> list[Booking]:  # fmt: skip
    """Close rooms for a time: it is taken like a booking, so what is booked has to move first."""
    rules.check_span(starts_at, ends_at)
    if not reason.strip():
        raise RuleViolation("resources.reason_missing", gettext_noop("请填写原因。"))
    if not room_ids:
        raise RuleViolation("resources.no_room", gettext_noop("请选择考场或工位。"))
    rooms = [_room(pk) for pk in sorted(room_ids)]
    return [
        _take(
            room, BookingKind.CLOSED, starts_at, ends_at, org=room.venue.org, batch=None,
            purpose=reason.strip(), by=by, at=at, action="resources.room_closed",
        )
        for room in rooms
    ]  # fmt: skip


def _take(
    room: Room, kind: str, starts_at: datetime, ends_at: datetime, *, org: Organisation,
    batch: Batch | None, purpose: str, by: User, at: datetime, action: str,
) -> Booking:  # fmt: skip
    if room.retired_on is not None or room.venue.retired_on is not None:
        raise RuleViolation("resources.room_retired", gettext_noop("该考场或工位已停用。"))
    other = (
        Booking.objects.filter(
            room=room, cancelled_at=None, starts_at__lt=ends_at, ends_at__gt=starts_at
        )
        .order_by("starts_at")
        .first()
    )
    if other is not None:
        raise _taken(room, other)
    try:
        with transaction.atomic():
            made = Booking.objects.create(
                room=room, kind=kind, starts_at=starts_at, ends_at=ends_at, org=org, batch=batch,
                purpose=purpose, booked_by=by, booked_at=at,
            )  # fmt: skip
    except IntegrityError as why:  # somebody was faster
        if "resources_booking_no_clash" not in str(why):
            raise
        raise RuleViolation(
            "resources.room_taken",
            gettext_noop("%(room)s在这段时间刚被占用，请另选时间。"),
            room=str(room),
        ) from why
    ledger.record(
        action, subject=made, org=room.venue.org, by=by, at=at, context=batch, room=room.pk,
        starts_at=starts_at, ends_at=ends_at, purpose=purpose, booked_for=org.pk,
    )  # fmt: skip
    return made


def _taken(room: Room, other: Booking) -> RuleViolation:
    first, last = timezone.localtime(other.starts_at), timezone.localtime(other.ends_at)
    return RuleViolation(
        "resources.room_taken",
        gettext_noop("%(room)s已被占用：%(first)s至%(last)s（%(purpose)s）。"),
        room=str(room), first=f"{first:%Y-%m-%d %H:%M}", last=f"{last:%Y-%m-%d %H:%M}",
        purpose=other.purpose,
    )  # fmt: skip


def _check_lent(room: Room, org: Organisation, starts_at: datetime, ends_at: datetime) -> None:
    """A room of another organisation is booked within the term of its loan only."""
    if room.venue.org_id == org.pk:
        return
    for moment in (starts_at, ends_at):
        day = timezone.localdate(moment)
        if not queries.running_loans(org, day).filter(venue=room.venue).exists():
            raise RuleViolation(
                "resources.not_lent",
                gettext_noop("%(on)s不在该场地的共享期内。"),
                on=day,
            )


@transaction.atomic
def cancel_booking(*, booking_id: int, by: User, at: datetime) -> Booking:
    """Give a room back, or open a closed one again. Safe to repeat."""
    booking = (
        Booking.objects.select_for_update(of=("self",))
        .select_related("room__venue__org")
        .get(pk=booking_id)
    )
    if booking.cancelled_at is None:
        booking.cancelled_at = at
        booking.save(update_fields=["cancelled_at"])
        ledger.record(
            "resources.booking_cancelled", subject=booking, org=booking.room.venue.org, by=by,
            at=at, room=booking.room_id,
        )  # fmt: skip
    return booking


@transaction.atomic
def add_equipment(*, venue_id: int, by: User, at: datetime, **fields: Any) -> Equipment:
    """`fields`: room, name, serial, quantity, inspected_on, inspect_by."""
    venue = _venue(venue_id)
    room = fields.get("room")
    if room is not None and room.venue_id != venue.pk:
        raise RuleViolation("resources.room_elsewhere", gettext_noop("该考场不在这个场地内。"))
    made = Equipment.objects.create(venue=venue, **fields)
    ledger.record(
        "resources.equipment_added", subject=made, org=venue.org, by=by, at=at, name=made.name,
        serial=made.serial, quantity=made.quantity, inspect_by=made.inspect_by,
    )  # fmt: skip
    return made


@transaction.atomic
def record_inspection(
    *, equipment_id: int, inspected_on: date, inspect_by: date | None, by: User, at: datetime
) -> Equipment:
    """It was inspected, and when it has to be again."""
    piece = (
        Equipment.objects.select_for_update(of=("self",))
        .select_related("venue__org")
        .get(pk=equipment_id)
    )
    rules.check_last_not_before(inspected_on, inspect_by)
    piece.inspected_on, piece.inspect_by = inspected_on, inspect_by
    piece.save(update_fields=["inspected_on", "inspect_by"])
    ledger.record(
        "resources.equipment_inspected", subject=piece, org=piece.venue.org, by=by, at=at,
        inspected_on=inspected_on, inspect_by=inspect_by,
    )  # fmt: skip
    return piece


@transaction.atomic
def retire_equipment(*, equipment_id: int, by: User, at: datetime) -> Equipment:
    piece = (
        Equipment.objects.select_for_update(of=("self",))
        .select_related("venue__org")
        .get(pk=equipment_id)
    )
    if piece.retired_on is None:
        piece.retired_on = timezone.localdate(at)
        piece.save(update_fields=["retired_on"])
        ledger.record(
            "resources.equipment_retired", subject=piece, org=piece.venue.org, by=by, at=at
        )
    return piece


# ---- sharing --------------------------------------------------------------------------------


@transaction.atomic
def lend(
    *, alliance: Organisation, first_day: date, last_day: date, note: str, by: User, at: datetime,
    expert: Expert | None = None, venue: Venue | None = None,
) -> Loan:  # fmt: skip
    """Offer an expert or a venue to an alliance of the owner. A venue is lent at once; an expert
    consents himself."""
    thing = expert or venue
    if thing is None:
        raise ValueError("an expert or a venue is lent")
    rules.check_last_not_before(first_day, last_day)
    Organisation.objects.select_for_update(no_key=True).get(pk=alliance.pk)
    joined = queries.alliances_of(thing.org, timezone.localdate(at))
    if alliance.kind != OrgKind.ALLIANCE or not joined.filter(pk=alliance.pk).exists():
        raise RuleViolation("resources.not_a_member", gettext_noop("本单位不是该联评体的成员。"))
    if Loan.objects.filter(
        alliance=alliance, expert=expert, venue=venue, ended_at=None, first_day__lte=last_day,
        last_day__gte=first_day,
    ).exists():  # fmt: skip
        raise RuleViolation("resources.lent_before", gettext_noop("这段时间已共享给该联评体。"))
    loan = Loan.objects.create(
        alliance=alliance, expert=expert, venue=venue, first_day=first_day, last_day=last_day,
        note=note, offered_by=by, offered_at=at, consented_at=at if venue else None,
    )  # fmt: skip
    ledger.record(
        "resources.lent", subject=loan, org=thing.org, by=by, at=at, alliance=alliance.pk,
        expert=expert.pk if expert else None, venue=venue.pk if venue else None,
        first_day=first_day, last_day=last_day,
    )  # fmt: skip
    if expert is not None and expert.person.user is not None:
        notices.notify(
            [expert.person.user],
            gettext_noop("%(org)s拟将您共享给%(alliance)s担任专家，请确认是否同意。"),
            link="/me/availability/", at=at, org=expert.org.name, alliance=alliance.name,
        )  # fmt: skip
    return loan


@transaction.atomic
def consent(*, loan_id: int, by: User, at: datetime) -> Loan:
    """The expert agrees to be lent; nobody does it for him."""
    loan = (
        Loan.objects.select_for_update(of=("self",))
        .select_related("expert__org", "expert__person")
        .get(pk=loan_id)
    )
    if loan.expert is None or loan.expert.person.user_id != by.pk:
        raise RuleViolation("resources.not_his_consent", gettext_noop("须由专家本人同意。"))
    if loan.ended_at is not None:
        raise RuleViolation("resources.loan_ended", gettext_noop("该共享已结束。"))
    if loan.consented_at is None:
        loan.consented_at = at
        loan.save(update_fields=["consented_at"])
        ledger.record("resources.consented", subject=loan, org=loan.expert.org, by=by, at=at)
    return loan


@transaction.atomic
def end_loan(*, loan_id: int, by: User, at: datetime) -> Loan:
    """The owner, or the expert himself, ends it. Safe to repeat."""
    loan = (
        Loan.objects.select_for_update(of=("self",))
        .select_related("expert__org", "venue__org")
        .get(pk=loan_id)
    )
    if loan.ended_at is None:
        loan.ended_at = at
        loan.save(update_fields=["ended_at"])
        thing = loan.expert or loan.venue
        ledger.record(
            "resources.loan_ended", subject=loan, org=thing.org if thing else None, by=by, at=at
        )
    return loan


# ---- shared ---------------------------------------------------------------------------------


def _expert(pk: int) -> Expert:
    """Held until the transaction ends."""
    return (
        Expert.objects.select_for_update(of=("self",), no_key=True)
        .select_related("org", "person__user")
        .get(pk=pk)
    )


def _venue(pk: int) -> Venue:
    return (
        Venue.objects.select_for_update(of=("self",), no_key=True).select_related("org").get(pk=pk)
    )


def _room(pk: int) -> Room:
    return (
        Room.objects.select_for_update(of=("self",), no_key=True)
        .select_related("venue__org")
        .get(pk=pk)
    )


# ---- import ---------------------------------------------------------------------------------


@transaction.atomic
def check_import(
    *, org: Organisation, content: bytes, file_name: str, by: User, at: datetime
) -> ExpertImport:
    """Dry run: what the import would do, kept sealed. Enters nobody. BadInput for no workbook."""
    good, faults = workbooks.read(content, file_name=file_name, occupations=_names)
    made = ExpertImport.objects.create(
        org=org, file_name=file_name, good=len(good), faults=[each.to_json() for each in faults],
        blob=files.store(seal_bytes(content), media_type="application/octet-stream", at=at),
        checked_by=by, checked_at=at,
    )  # fmt: skip
    ledger.record(
        "resources.import_checked", subject=made, org=org, by=by, at=at, good=made.good,
        faults=len(faults), digest=made.blob_id,
    )  # fmt: skip
    return made


@transaction.atomic
def apply_import(*, import_id: int, good_rows_only: bool, by: User, at: datetime) -> ExpertImport:
    """Enter the good rows; who is in the register already gets what the row says. Repeatable."""
    made = (
        ExpertImport.objects.select_for_update(of=("self",))
        .select_related("org", "blob")
        .get(pk=import_id)
    )
    if made.faults and not good_rows_only:
        raise RuleViolation(
            "resources.import_has_faults",
            gettext_noop("有%(count)d处错误。请改正后重新上传，或选择“只导入无误的行”。"),
            count=len(made.faults),
        )
    content = unseal_bytes(files.read(made.blob))
    good, _ = workbooks.read(content, file_name=made.file_name, occupations=_names)
    people = ensure_people(
        [replace(row.person, is_demo=made.org.is_demo) for row in good], org=made.org, by=by, at=at
    )
    present = dict(
        Expert.objects.filter(org=made.org, person__in=people).values_list("person", "pk")
    )
    made.added = made.changed = 0
    for row, person in zip(good, people, strict=True):
        if (known := present.get(person.pk)) is None:
            enter(
                org=made.org, person=person, occupations=row.occupations, by=by, at=at, **row.fields
            )
            made.added += 1
        elif _differs(known, row):
            change_expert(expert_id=known, occupations=row.occupations, by=by, at=at, **row.fields)
            made.changed += 1
    made.applied_at = made.applied_at or at
    made.save(update_fields=["applied_at", "added", "changed"])
    ledger.record(
        "resources.import_applied", subject=made, org=made.org, by=by, at=at, added=made.added,
        changed=made.changed,
    )  # fmt: skip
    return made


def _differs(expert_id: int, row: workbooks.ExpertRow) -> bool:
    expert = Expert.objects.get(pk=expert_id)
    codes = set(expert.qualifications.values_list("occupation_code", flat=True))
    return codes != set(row.occupations) or any(
        getattr(expert, name) != value for name, value in row.fields.items()
    )


@transaction.atomic
def open_marked(made: ExpertImport, *, by: User, at: datetime) -> bytes:
    """The workbook as it came, with every fault marked. It shows identity numbers: an event."""
    ledger.record("resources.import_opened", subject=made, org=made.org, by=by, at=at)
    return workbooks.marked(
        unseal_bytes(files.read(made.blob)),
        [(each["row"], each["column"], gettext(each["text"]) % each["values"]) for each in made.faults],
        file_name=made.file_name,
    )  # fmt: skip


def _names(codes: Sequence[str]) -> dict[str, str]:
    return dict(Occupation.objects.filter(pk__in=codes).values_list("code", "name"))
