"""Deeds: who a person is, and the records that speak for him. One transaction, one event each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction

from jiangjie.accounts.models import User
from jiangjie.files.models import Blob
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.kernel.identity import mask_id
from jiangjie.ledger import services as ledger
from jiangjie.ledger.references import ref
from jiangjie.orgs.models import Organisation
from jiangjie.people import rules
from jiangjie.people.identity import blind_index, seal, unseal
from jiangjie.people.models import (
    Achievement,
    Apprenticeship,
    Education,
    Employment,
    HeldCertificate,
    Honour,
    Person,
    ProfessionalTitle,
    Training,
)

BATCH = 1000

# Every kind of record has the fields of Record and its person.
AnyRecord: TypeAlias = (
    Achievement
    | Apprenticeship
    | Education
    | Employment
    | HeldCertificate
    | Honour
    | ProfessionalTitle
    | Training
)
RecordT = TypeVar(
    "RecordT",
    Achievement,
    Apprenticeship,
    Education,
    Employment,
    HeldCertificate,
    Honour,
    ProfessionalTitle,
    Training,
)


@dataclass(frozen=True, slots=True)
class PersonWish:
    """One person as a form or a roster's row gives him."""

    name: str
    id_type: str
    id_number: str
    birth_date: date | None = None
    is_female: bool | None = None
    nation: str = ""
    schooling: str = ""
    phone: str = ""
    is_demo: bool = False


def ensure_person(
    *,
    name: str,
    id_type: str,
    id_number: str,
    birth_date: date | None = None,
    is_female: bool | None = None,
    nation: str = "",
    schooling: str = "",
    phone: str = "",
    is_demo: bool = False,
    org: Organisation | None = None,
    by: User | None,
    at: datetime,
) -> Person:
    """The person with this number, made if he is new. Errors as ensure_people."""
    wish = PersonWish(
        name, id_type, id_number, birth_date, is_female, nation, schooling, phone, is_demo
    )
    return ensure_people([wish], org=org, by=by, at=at)[0]


@transaction.atomic
def ensure_people(
    rows: Sequence[PersonWish],
    *,
    org: Organisation | None = None,
    by: User | None,
    at: datetime,
) -> list[Person]:
    """One person for each row, in its order. Three statements a thousand rows, and one event.

    Known ones are found by the blind index; what they lack (phone, schooling …) is filled in,
    what they have is left. `org` is the one acted for. RuleViolation people.name_contradicts if a number belongs to another
    name, and as rules.check_identity; then nobody is made.
    """
    wishes = [
        (
            rules.check_identity(
                name=row.name,
                id_type=row.id_type,
                number=row.id_number,
                birth_date=row.birth_date,
                is_female=row.is_female,
            ),
            row,
        )
        for row in rows
    ]
    indexes = [blind_index(identity.id_type, identity.number) for identity, _ in wishes]
    drafts: dict[bytes, Person] = {}
    for index, (identity, row) in zip(indexes, wishes, strict=True):
        drafts.setdefault(
            index,
            Person(
                name=identity.name,
                id_type=identity.id_type,
                id_cipher=seal(identity.number),
                id_index=index,
                id_masked=mask_id(identity.number),
                birth_date=identity.birth_date,
                is_female=identity.is_female,
                nation=row.nation,
                schooling=row.schooling,
                phone=row.phone,
                is_demo=row.is_demo,
            ),
        )
    before = set(_by_index(drafts))
    new = [draft for index, draft in drafts.items() if index not in before]
    # Another import may add the same person now: he is then found below, not doubled.
    Person.objects.bulk_create(new, ignore_conflicts=True, batch_size=BATCH)
    people = _by_index(drafts)
    completed: dict[bytes, Person] = {}
    for index, (identity, row) in zip(indexes, wishes, strict=True):
        person = people[index]
        if not rules.same_name(person.name, identity.name):
            raise RuleViolation(
                "people.name_contradicts",
                gettext_noop("证件号码%(number)s已登记在另一姓名下，请核对姓名和号码。"),
                number=person.id_masked,
            )
        if index in before and _complete(person, identity, row):
            completed[index] = person
    Person.objects.bulk_update(
        completed.values(),
        ["birth_date", "is_female", "nation", "schooling", "phone"],
        batch_size=BATCH,
    )
    made = [people[bytes(draft.id_index)] for draft in new]
    if made or completed:
        first = made[0] if made else next(iter(completed.values()))
        ledger.record(
            "people.registered",
            subject=first,
            org=org,
            by=by,
            at=at,
            made=[person.pk for person in made],
            completed=[person.pk for person in completed.values()],
        )
    return [people[index] for index in indexes]


@transaction.atomic
def register_employee(
    *,
    person: PersonWish,
    employment: Mapping[str, Any],
    evidence: Blob | None = None,
    org: Organisation,
    by: User,
    at: datetime,
) -> Person:
    """A person, new or known, with the employment by which `org` may see him."""
    found = ensure_people([person], org=org, by=by, at=at)[0]
    add_record(
        Employment, person=found, values=employment, org=org, evidence=evidence, by=by, at=at
    )
    return found


def _by_index(indexes: Mapping[bytes, object]) -> dict[bytes, Person]:
    found = Person.objects.filter(id_index__in=list(indexes))
    return {bytes(person.id_index): person for person in found}


def _complete(person: Person, identity: rules.Identity, row: PersonWish) -> bool:
    """Fill what the person lacks; whether anything was."""
    given: dict[str, Any] = {
        "birth_date": identity.birth_date,
        "is_female": identity.is_female,
        "nation": row.nation,
        "schooling": row.schooling,
        "phone": row.phone,
    }
    lacking = {
        field: value
        for field, value in given.items()
        if value not in (None, "") and getattr(person, field) in (None, "")
    }
    for field, value in lacking.items():
        setattr(person, field, value)
    return bool(lacking)


@transaction.atomic
def change_person(
    *,
    person_id: int,
    org: Organisation,
    name: str,
    nation: str,
    schooling: str,
    phone: str,
    by: User,
    at: datetime,
) -> Person:
    """Correct what is not the number. A changed name leaves the former one in the event."""
    person = Person.objects.select_for_update().get(pk=person_id)
    fields = {"name": name.strip(), "nation": nation, "schooling": schooling, "phone": phone}
    if not fields["name"]:
        raise RuleViolation("people.no_name", gettext_noop("请填写姓名。"))
    before = {field: getattr(person, field) for field in fields}
    for field, value in fields.items():
        setattr(person, field, value)
    person.save(update_fields=list(fields))
    ledger.record("people.changed", subject=person, org=org, by=by, at=at, before=before)
    return person


@transaction.atomic
def link_user(
    *, person: Person, user: User, org: Organisation, by: User | None, at: datetime
) -> Person:
    """Give the person his log-in; one each."""
    person = Person.objects.select_for_update().get(pk=person.pk)
    if person.user_id not in (None, user.pk) or Person.objects.filter(user=user).exclude(
        pk=person.pk
    ):
        raise RuleViolation("people.linked", gettext_noop("该人员或该账号已经关联。"))
    person.user = user
    person.save(update_fields=["user"])
    ledger.record("people.linked", subject=person, org=org, by=by, at=at, user=user.pk)
    return person


@transaction.atomic
def reveal_id_number(
    person: Person, *, purpose: str, org: Organisation, by: User, at: datetime
) -> str:
    """The number in clear, for a stated purpose; the ledger keeps who saw it and why."""
    if not purpose.strip():
        raise RuleViolation("people.no_purpose", gettext_noop("请填写查看证件号码的用途。"))
    ledger.record(
        "people.id_revealed", subject=person, org=org, by=by, at=at, purpose=purpose.strip()
    )
    return unseal(bytes(person.id_cipher))


@transaction.atomic
def add_record(
    model: type[RecordT],
    *,
    person: Person,
    values: Mapping[str, Any],
    org: Organisation | None,
    evidence: Blob | None = None,
    by: User | None,
    at: datetime,
) -> RecordT:
    """A new record of any kind, not yet verified; `values` are the kind's own fields, `org` is
    the organisation acted for.

    RuleViolation people.bad_record (with the field's own words), people.bad_period.
    """
    record = model(person=person, evidence=evidence, **values)
    _check(record)
    record.save()
    _record_event("added", record, person=person, org=org, by=by, at=at, values=values)
    return record


@transaction.atomic
def add_records(
    records: Sequence[AnyRecord],
    *,
    org: Organisation,
    by: User | None,
    at: datetime,
    context: models.Model | None = None,
) -> None:
    """Many new records of any kinds at once, as a roster brings them: a statement a kind, one
    event. The caller has checked them; those that exist (a certificate number) are passed over.
    """
    kinds: dict[type[AnyRecord], list[AnyRecord]] = {}
    for record in records:
        kinds.setdefault(type(record), []).append(record)
    for kind, some in kinds.items():
        manager: models.Manager[Any] = kind._default_manager
        manager.bulk_create(some, ignore_conflicts=True, batch_size=BATCH)
    if records:
        ledger.record(
            "people.records_added", subject=context or records[0].person, org=org, by=by, at=at,
            context=context, people=sorted({record.person_id for record in records}),
            kinds={kind._meta.label_lower: len(some) for kind, some in kinds.items()},
        )  # fmt: skip


@transaction.atomic
def correct_record(
    record: RecordT,
    *,
    values: Mapping[str, Any],
    org: Organisation | None,
    evidence: Blob | None = None,
    by: User | None,
    at: datetime,
) -> RecordT:
    """Other values for a record. It must then be verified anew; the former values are kept."""
    record = _locked(record)
    before = {field: getattr(record, field) for field in values}
    for field, value in values.items():
        setattr(record, field, value)
    if evidence is not None:
        record.evidence = evidence
    record.verified_at = record.verified_by = None
    _check(record)
    record.save()
    _record_event(
        "corrected", record, person=record.person, org=org, by=by, at=at,
        values=values, before=before,
    )  # fmt: skip
    return record


@transaction.atomic
def end_employment(
    *, employment_id: int, until: date, org: Organisation, by: User, at: datetime
) -> Employment:
    """The employment ends; `until` is the first day no longer employed. Verification stays."""
    employment = Employment.objects.select_for_update().get(pk=employment_id)
    if employment.until is not None:
        raise RuleViolation("people.employment_over", gettext_noop("该段工作经历已经结束。"))
    employment.until = until
    _check(employment)
    employment.save(update_fields=["until"])
    _record_event(
        "ended", employment, person=employment.person, org=org, by=by, at=at,
        values={"until": until},
    )  # fmt: skip
    return employment


@transaction.atomic
def verify_record(record: RecordT, *, org: Organisation, by: User, at: datetime) -> RecordT:
    """Somebody has seen the original. Not one's own record; a second time changes nothing."""
    record = _locked(record)
    if record.verified_at is not None:
        return record
    if record.person.user_id == by.pk:
        raise RuleViolation("people.own_record", gettext_noop("不能核验本人的材料。"))
    record.verified_at, record.verified_by = at, by
    record.save(update_fields=["verified_at", "verified_by"])
    _record_event("verified", record, person=record.person, org=org, by=by, at=at)
    return record


@transaction.atomic
def remove_record(record: RecordT, *, org: Organisation | None, by: User, at: datetime) -> None:
    """Take back a record that nobody has verified; a verified one is corrected instead."""
    record = _locked(record)
    if record.verified_at is not None:
        raise RuleViolation(
            "people.verified_stays", gettext_noop("已核验的记录不能删除，只能更正。")
        )
    values = {
        field.name: getattr(record, field.attname)
        for field in record._meta.concrete_fields
        if field.name not in ("id", "person", "evidence", "verified_at", "verified_by")
    }
    _record_event("removed", record, person=record.person, org=org, by=by, at=at, values=values)
    record.delete()


def _locked(record: RecordT) -> RecordT:
    manager: models.Manager[RecordT] = type(record)._default_manager
    return manager.select_for_update(of=("self",)).select_related("person").get(pk=record.pk)


def _check(record: AnyRecord) -> None:
    try:
        record.full_clean(exclude=["evidence", "verified_by", "org"])
    except ValidationError as why:
        if isinstance(record, Employment) and record.until and record.until <= record.since:
            raise RuleViolation(
                "people.bad_period", gettext_noop("结束日期应晚于开始日期。")
            ) from why
        raise RuleViolation(
            "people.bad_record",
            gettext_noop("记录有误：%(why)s"),
            why="；".join(why.messages),
        ) from why


def _record_event(
    what: str,
    record: AnyRecord,
    *,
    person: Person,
    org: Organisation | None,
    by: User | None,
    at: datetime,
    values: Mapping[str, Any] | None = None,
    before: Mapping[str, Any] | None = None,
) -> None:
    """The subject is the person, so that one query tells his whole history."""
    ledger.record(
        f"people.record_{what}",
        subject=person,
        org=org,
        by=by,
        at=at,
        record=ref(record),
        evidence=record.evidence_id,
        values=_plain(values or {}),
        before=_plain(before or {}),
    )


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.pk if isinstance(value, models.Model) else value
        for name, value in values.items()
    }
