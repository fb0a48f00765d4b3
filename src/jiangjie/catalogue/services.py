"""Deeds: bringing in the shipped catalogue, and an enterprise's own standards."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from jiangjie.accounts.models import User
from jiangjie.catalogue import dictionary, rules
from jiangjie.catalogue.models import Occupation, Standard, StandardKind, WorkType
from jiangjie.catalogue.standards import STANDARDS
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.orgs.models import Organisation
from jiangjie.policy.queries import pack_for_region


@transaction.atomic
def seed(*, at: datetime) -> None:
    """Occupations of the dictionary, work types and standards that ship with the program.

    Safe to repeat: a shipped row takes the shipped values, other rows are left alone. It is the
    program's own data, so no event is written; `at` is the moment by the caller's clock.
    """
    shipped = dictionary.occupations().values()
    Occupation.objects.bulk_create(
        [
            Occupation(
                code=each.code,
                name=each.name,
                is_green=each.is_green,
                is_digital=each.is_digital,
                confidence=each.confidence.value,
            )
            for each in shipped
        ],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "is_green", "is_digital", "confidence"],
    )
    WorkType.objects.bulk_create(
        [
            WorkType(
                occupation_id=standard.occupation,
                name=name,
                source=standard.title,
                confidence=confidence,
            )
            for standard in STANDARDS
            for name, confidence in standard.work_types.items()
        ],
        update_conflicts=True,
        unique_fields=["occupation", "name"],
        update_fields=["source", "confidence"],
    )
    Standard.objects.bulk_create(
        [
            Standard(
                code=each.code,
                title=each.title,
                kind=StandardKind.NATIONAL,
                occupation_id=each.occupation,
                levels=sorted(map(int, each.conditions)),
                conditions=dict(each.conditions),
                related_occupations=list(each.related_occupations),
                related_majors=list(each.related_majors),
                issued_on=each.issued_on,
                source=each.source,
                confidence=each.confidence,
            )
            for each in STANDARDS
        ],
        update_conflicts=True,
        unique_fields=["owner", "code"],
        update_fields=[
            "title", "levels", "conditions", "related_occupations", "related_majors",
            "issued_on", "source", "confidence",
        ],
    )  # fmt: skip


@transaction.atomic
def add_enterprise_standard(
    *,
    org: Organisation,
    code: str,
    title: str,
    occupation: Occupation,
    conditions: Mapping[str, str],
    related_occupations: Sequence[str],
    related_majors: Sequence[str],
    issued_on: date,
    source: str,
    by: User,
    at: datetime,
) -> Standard:
    """An evaluator's 行业企业评价规范 (R-03), `source` being the document that issued it.

    RuleViolation catalogue.national_exists where a national standard is in force,
    catalogue.code_taken, catalogue.unknown_occupation, and as rules.check_conditions. A new
    version is a new standard with its own code; the older one is then withdrawn.
    """
    rules.check_conditions(conditions, sets=pack_for_region(org.region).condition_sets)
    national = Standard.objects.filter(
        occupation=occupation, kind=StandardKind.NATIONAL, is_current=True
    )
    if found := national.first():
        raise RuleViolation(
            "catalogue.national_exists",
            gettext_noop("该职业已有国家职业标准“%(title)s”，应按国家标准评价。"),
            source="鲁人社发〔2019〕14号",
            title=found.title,
        )
    # Not against other enterprises' codes: a refusal would tell what they have written.
    if Standard.objects.filter(Q(owner=org) | Q(owner=None), code=code.strip()).exists():
        raise RuleViolation("catalogue.code_taken", gettext_noop("该标准编号已被使用。"))
    known = set(Occupation.objects.filter(pk__in=related_occupations).values_list("pk", flat=True))
    for related in related_occupations:
        if related not in known:
            raise RuleViolation(
                "catalogue.unknown_occupation",
                gettext_noop("职业分类大典中没有职业编码%(occupation)s。"),
                occupation=related,
            )
    standard = Standard.objects.create(
        code=code.strip(),
        title=title.strip(),
        kind=StandardKind.ENTERPRISE,
        occupation=occupation,
        owner=org,
        levels=sorted(map(int, conditions)),
        conditions=dict(conditions),
        related_occupations=list(related_occupations),
        related_majors=list(related_majors),
        issued_on=issued_on,
        source=source.strip(),
        confidence="S",
    )
    ledger.record(
        "catalogue.standard_added",
        subject=standard,
        org=org,
        by=by,
        at=at,
        code=standard.code,
        conditions=standard.conditions,
        source=standard.source,
    )
    return standard


@transaction.atomic
def withdraw_standard(*, standard_id: int, by: User, at: datetime) -> Standard:
    """No new batch may use it; those that froze it go on."""
    standard = Standard.objects.select_for_update().get(pk=standard_id)
    if not standard.is_current:
        return standard
    standard.is_current = False
    standard.save(update_fields=["is_current"])
    ledger.record(
        "catalogue.standard_withdrawn", subject=standard, org=standard.owner, by=by, at=at
    )
    return standard


@transaction.atomic
def add_work_type(
    *, occupation: Occupation, name: str, source: str, org: Organisation, by: User, at: datetime
) -> WorkType:
    """A 工种 that the shipped list lacks, with where it was read."""
    if not name.strip() or not source.strip():
        raise RuleViolation("catalogue.no_name", gettext_noop("请填写工种名称和依据。"))
    if occupation.work_types.filter(name=name.strip()).exists():
        raise RuleViolation("catalogue.work_type_taken", gettext_noop("该职业已有此工种。"))
    added = WorkType.objects.create(occupation=occupation, name=name.strip(), source=source.strip())
    ledger.record(
        "catalogue.work_type_added",
        subject=added,
        org=org,
        by=by,
        at=at,
        occupation=occupation.pk,
        name=added.name,
    )
    return added
