"""Deeds on rosters (报名名册): check a workbook, take its good rows in, exactly once.

The workbook holds identity numbers in clear, so its bytes are kept sealed.
"""

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from jiangjie.accounts.models import User
from jiangjie.applications.models import Application, ApplicationState, RosterImport
from jiangjie.applications.rules import review as rules
from jiangjie.applications.rules.roster import (
    NO_WORK_TYPE,
    RosterCheck,
    RosterRow,
    check_against_batch,
    check_rows,
    column_letter,
)
from jiangjie.applications.services.cases import (
    check_takes_applications,
    freeze_verdict,
    judge,
)
from jiangjie.applications.workbooks.marking import write_marked
from jiangjie.applications.workbooks.reading import Roster, read_roster
from jiangjie.catalogue.dictionary import occupations
from jiangjie.files import services as files
from jiangjie.files.models import Blob
from jiangjie.kernel import canonical
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.orgs.models import Organisation
from jiangjie.orgs.queries import family_ids
from jiangjie.people.identity import seal_bytes, unseal_bytes
from jiangjie.people.models import (
    Education,
    Employment,
    HeldCertificate,
    Person,
    ProfessionalTitle,
)
from jiangjie.people.services import AnyRecord, PersonWish, add_records, ensure_people
from jiangjie.planning.models import Batch, BatchLine

LineKey = tuple[str, str, int]


@transaction.atomic
def check_roster(
    *, batch: Batch, content: bytes, file_name: str, by: User, at: datetime
) -> RosterImport:
    """Dry run: what the import would do, kept with a marked copy. Takes nobody in.

    Raises BadInput for what is no roster at all.
    """
    batch = Batch.objects.select_related("org", "run").get(pk=batch.pk)
    roster, check = _checked(batch, content, file_name, at)
    marked = None
    if check.faults:
        buffer = io.BytesIO()
        write_marked(roster, check, buffer)
        marked = _keep(buffer.getvalue(), at)
    made = RosterImport.objects.create(
        batch=batch, blob=_keep(content, at), marked=marked, file_name=file_name,
        rows=check.rows, good=len(check.good), checked_by=by, checked_at=at,
        faults=[
            {
                "row": fault.row, "column": fault.column, "letter": fault.column_letter,
                "code": fault.code, "text": fault.text, "values": _plain(fault.values),
                "value_masked": fault.value_masked,
            }
            for fault in check.faults
        ],
    )  # fmt: skip
    ledger.record(
        "applications.roster_checked", subject=made, org=batch.org, by=by, at=at, context=batch,
        rows=made.rows, good=made.good, faults=len(check.faults), digest=made.blob_id,
    )  # fmt: skip
    return made


@transaction.atomic
def apply_roster(*, roster_id: int, good_rows_only: bool, by: User, at: datetime) -> RosterImport:
    """Take the roster's people in as submitted applications, all in one transaction.

    Whoever has an application in the batch already stays as he is, so a second import changes
    nothing. With faults it is refused unless `good_rows_only`.
    """
    made = (
        RosterImport.objects.select_for_update(of=("self",))
        .select_related("batch__org", "batch__run__definition", "batch__pack", "blob")
        .get(pk=roster_id)
    )
    # One import at a time into a batch: two clerks with one file must not both create.
    batch = (
        Batch.objects.select_for_update(of=("self",))
        .select_related("org", "run__definition", "pack")
        .get(pk=made.batch_id)
    )
    check_takes_applications(batch, timezone.localdate(at))
    if made.faults and not good_rows_only:
        raise RuleViolation(
            "applications.roster_has_faults",
            gettext_noop("名册有%(count)d处错误。请改正后重新上传，或选择“只导入无误的行”。"),
            count=len(made.faults),
        )
    content = unseal_bytes(files.read(made.blob))
    _, check = _checked(batch, content, made.file_name, at)
    cases, unchanged = _take_in(made, batch, check.good, by, at)
    made.applied_at, made.applied_by = made.applied_at or at, made.applied_by or by
    made.created += len(cases)
    made.unchanged = unchanged
    made.save(update_fields=["applied_at", "applied_by", "created", "unchanged"])
    ledger.record(
        "applications.roster_applied", subject=made, org=batch.org, by=by, at=at, context=batch,
        created=len(cases), unchanged=unchanged, digest=made.blob_id,
        cases=[[case.pk, case.line_id, canonical.digest(case.facts)] for case in cases],
    )  # fmt: skip
    return made


def open_roster(roster: RosterImport, *, marked: bool, by: User, at: datetime) -> bytes:
    """The workbook as uploaded, or its marked copy; it shows numbers, so the ledger notes it."""
    blob = roster.marked if marked else roster.blob
    if blob is None:
        raise RuleViolation(
            "applications.no_marked_copy", gettext_noop("名册没有错误，无标注副本。")
        )
    ledger.record(
        "applications.roster_opened", subject=roster, org=roster.batch.org, by=by, at=at,
        context=roster.batch, marked=marked,
    )  # fmt: skip
    return unseal_bytes(files.read(blob))


def lines_of(batch: Batch) -> dict[LineKey, BatchLine]:
    """The batch's lines by occupation code, work type ("--" for none) and level."""
    return {
        (line.frozen["occupation_code"], line.work_type or NO_WORK_TYPE, line.level): line
        for line in batch.lines.all()
    }


def _checked(
    batch: Batch, content: bytes, file_name: str, at: datetime
) -> tuple[Roster, RosterCheck]:
    """The roster with every fault, those against the batch's own lines too."""
    roster = read_roster(content, file=file_name)
    found = check_rows(
        roster.header, roster.rows(), as_of=timezone.localdate(at), occupations=occupations()
    )
    lines = lines_of(batch)
    letters = {name: column_letter(index) for name, index in roster.match.columns.items()}
    good, faults = [], list(found.faults)
    for row in found.good:
        fault = check_against_batch(row, lines, column_letters=letters)
        if fault is None:
            good.append(row)
        else:
            faults.append(fault)
    faults.sort(key=lambda fault: fault.row)
    return roster, replace(found, good=good, faults=faults)


def _take_in(
    made: RosterImport, batch: Batch, rows: Sequence[RosterRow], by: User, at: datetime
) -> tuple[list[Application], int]:
    """(cases made, rows unchanged). People, records and cases of the new ones, in bulk."""
    people = ensure_people(
        [
            PersonWish(
                name=row.name, id_type=row.id_type, id_number=row.id_number,
                birth_date=row.birth_date, is_female=row.is_female, nation=row.nation,
                schooling=row.schooling, phone=row.phone, is_demo=batch.org.is_demo,
            )
            for row in rows
        ],
        by=by,
        at=at,
    )  # fmt: skip
    known = set(
        batch.applications.exclude(state=ApplicationState.WITHDRAWN).values_list(
            "person_id", flat=True
        )
    )
    units = {unit.name: unit for unit in Organisation.objects.filter(pk__in=family_ids(batch.org))}
    lines = lines_of(batch)
    new = [
        (row, person, lines[row.occupation_code, row.work_type, int(row.target_level)])
        for row, person in zip(rows, people, strict=True)
        if person.pk not in known
    ]
    add_records(
        _new_records([(row, person) for row, person, _ in new], units, batch.org),
        org=batch.org, by=by, at=at, context=batch,
    )  # fmt: skip
    judged = judge(batch, [(person, line) for _, person, line in new])
    cases = []
    for (row, person, line), (facts, outcome) in zip(new, judged, strict=True):
        case = Application(
            batch=batch, line=line, person=person, unit=units.get(row.employer, batch.org),
            unit_name=row.employer, department=row.department, team=row.team, roster=made,
            state=ApplicationState.SUBMITTED, turn=rules.UNIT, submitted_at=at, submitted_by=by,
        )  # fmt: skip
        freeze_verdict(case, facts, outcome)
        cases.append(case)
    Application.objects.bulk_create(cases, batch_size=1000)
    return cases, len(rows) - len(cases)


def _new_records(
    rows: Sequence[tuple[RosterRow, Person]],
    units: Mapping[str, Organisation],
    evaluator: Organisation,
) -> list[AnyRecord]:
    """What the rows tell of people, without what is on file about them already. Four queries."""
    people = [person for _, person in rows]
    jobs = {
        (job.person_id, job.occupation_code, job.since)
        for job in Employment.objects.filter(person__in=people)
    }
    studies = {
        (study.person_id, study.school_type, study.until)
        for study in Education.objects.filter(person__in=people)
    }
    titles = {
        (title.person_id, title.grade, title.granted_on)
        for title in ProfessionalTitle.objects.filter(person__in=people)
    }
    codes = {each.name: code for code, each in occupations().items()}
    found: list[AnyRecord] = []
    for row, person in rows:
        found += [
            job for job in _jobs(row, person, units, evaluator)
            if (person.pk, job.occupation_code, job.since) not in jobs
        ]  # fmt: skip
        if row.certificate is not None:
            found.append(
                HeldCertificate(
                    person=person, number=row.certificate.number,
                    occupation_code=codes.get(row.certificate.occupation, ""),
                    occupation_name=row.certificate.occupation, level=row.certificate.level,
                    issued_on=row.certificate.issued,
                )
            )  # fmt: skip
        if (
            row.school_type
            and row.graduated
            and ((person.pk, row.school_type, row.graduated) not in studies)
        ):
            found.append(
                Education(
                    person=person, school_type=row.school_type, major=row.major,
                    until=row.graduated,
                )
            )  # fmt: skip
        if (
            row.title_grade
            and row.title_granted
            and ((person.pk, row.title_grade, row.title_granted) not in titles)
        ):
            found.append(
                ProfessionalTitle(
                    person=person, grade=row.title_grade, speciality=row.major,
                    granted_on=row.title_granted,
                )
            )  # fmt: skip
    return found


def _jobs(
    row: RosterRow, person: Person, units: Mapping[str, Organisation], evaluator: Organisation
) -> list[Employment]:
    """The work in the occupation since the day the roster names; what came before the entry
    into this unit is a period of its own at an employer that the roster does not name."""
    start = row.occupation_since or row.hired
    if start is None:
        return []
    entry = max(start, row.hired or start)
    common = {
        "person": person,
        "occupation_code": row.occupation_code,
        "occupation_name": row.occupation,
        "work_type": "" if row.work_type == NO_WORK_TYPE else row.work_type,
    }
    here = Employment(
        **common, org=units.get(row.employer, evaluator), employer=row.employer,
        department=row.department, team=row.team, since=entry,
    )  # fmt: skip
    if start == entry:
        return [here]
    return [
        Employment(**common, employer="入职前单位（名册未载明）", since=start, until=entry),
        here,
    ]


def fault_counts(roster: RosterImport) -> Counter[str]:
    """How many faults in each column, for the summary at the top of the list."""
    return Counter(fault["column"] for fault in roster.faults)


def _keep(content: bytes, at: datetime) -> Blob:
    return files.store(seal_bytes(content), media_type="application/octet-stream", at=at)


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {
        name: value if isinstance(value, str | int) else str(value)
        for name, value in values.items()
    }
