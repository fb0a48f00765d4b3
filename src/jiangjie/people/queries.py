"""Reads: who may see whom, a person's records, and his facts for an eligibility verdict."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Role, User
from jiangjie.orgs.queries import family_ids
from jiangjie.people import rules
from jiangjie.people.identity import blind_index
from jiangjie.people.models import (
    Achievement,
    Apprenticeship,
    Education,
    Employment,
    HeldCertificate,
    Honour,
    IdType,
    Person,
    ProfessionalTitle,
)

STAFF = (
    Role.CLERK, Role.OFFICE, Role.COMMITTEE, Role.ADMIN, Role.SUPERVISOR, Role.PAYROLL,
)  # fmt: skip
RECORDS = (
    "employments", "held_certificates", "educations", "titles", "apprenticeships", "honours",
    "achievements", "trainings",
)  # fmt: skip


def people_visible_to(acting: Acting, user: User | None = None) -> QuerySet[Person]:
    """Whoever is or was employed in the acting organisation's family; oneself always.

    A bureau's officers do not browse people.
    """
    seen = Q(pk__in=[])
    if user is not None:
        seen |= Q(user=user)
    if acting.org is not None and acting.has(*STAFF):
        employed = Employment.objects.filter(org__in=family_ids(acting.org))
        seen |= Q(pk__in=employed.values("person"))
    return Person.objects.filter(seen).order_by("name", "pk")


def people_employed_in(orgs: Collection[int], *, on: date) -> Q:
    """Narrows people to those employed in these organisations on a day."""
    employed = Employment.objects.filter(
        Q(until=None) | Q(until__gt=on), org__in=orgs, since__lte=on
    )
    return Q(pk__in=employed.values("person"))


def search(people: QuerySet[Person], text: str) -> QuerySet[Person]:
    """By a part of the name, or by a whole identity number of whatever type."""
    text = text.strip()
    if not text:
        return people
    compact = "".join(text.split()).upper()
    found = Q(name__icontains=text)
    if len(compact) >= 5 and compact.isascii():
        found = Q(id_index__in=[blind_index(kind, compact) for kind in IdType.values])
    return people.filter(found)


def person_by_number(id_type: str, number: str) -> Person | None:
    """Whoever has this number; it must be in the checked form."""
    return Person.objects.filter(id_index=blind_index(id_type, number)).first()


def people_by_numbers(numbers: Collection[tuple[str, str]]) -> dict[tuple[str, str], Person]:
    """The known ones of these (type, checked number) pairs. One query."""
    wanted = {blind_index(*pair): pair for pair in numbers}
    return {
        wanted[bytes(person.id_index)]: person
        for person in Person.objects.filter(id_index__in=list(wanted))
    }


def current_employments(people: Sequence[Person], on: date) -> dict[int, Employment]:
    """The latest employment that runs on a day, by person. One query."""
    running = (
        Employment.objects.filter(
            Q(until=None) | Q(until__gt=on), person__in=people, since__lte=on
        )
        .select_related("org")
        .order_by("since", "pk")
    )
    return {employment.person_id: employment for employment in running}


def with_records(people: QuerySet[Person]) -> QuerySet[Person]:
    """People with all their records and who verified them; one query for each kind."""
    return people.prefetch_related(
        *(
            Prefetch(name, Person._meta.get_field(name).related_model.objects.order_by("pk")  # type: ignore[union-attr]
                     .select_related("verified_by", "evidence"))
            for name in RECORDS
        )
    )  # fmt: skip


def facts_of(
    people: Sequence[Person],
    *,
    occupation_code: str,
    related_occupations: Collection[str],
    related_majors: Collection[str],
) -> dict[int, dict[str, Any]]:
    """The request of `jiangjie eligibility` by person, without id, occupation and target level
    filled in: `id` is the person's number, `target_level` is the caller's to set.

    Seven queries, however many people. A schooling without its first day is taken to begin with
    its last: it then proves the graduation and nothing more. Records count whether verified or not: the reviewer sees
    which are not. The kinds of an achievement are told once each.
    """
    ids = [person.pk for person in people]
    facts: dict[int, dict[str, Any]] = {
        person.pk: {
            "id": str(person.pk),
            "occupation": occupation_code,
            "target_level": 0,
            "birth_date": person.birth_date.isoformat() if person.birth_date else None,
            "employment": [],
            "certificates": [],
            "education": [],
            "titles": [],
            "apprenticeship": [],
            "awards": [],
            "achievements": [],
        }
        for person in people
    }
    _add_work(facts, ids, occupation_code, related_occupations)
    _add_learning(facts, ids, related_majors)
    return facts


def _add_work(
    facts: dict[int, dict[str, Any]], ids: list[int], own: str, related: Collection[str]
) -> None:
    def relation(code: str) -> str:
        return rules.occupation_relation(code, occupation_code=own, related=related)

    for job in Employment.objects.filter(person__in=ids).order_by("since", "pk"):
        facts[job.person_id]["employment"].append(
            {
                "from": job.since.isoformat(),
                "to": job.until.isoformat() if job.until else None,
                "occupation": job.occupation_code,
                "relation": relation(job.occupation_code),
                "post_level": job.post_level,
            }
        )
    for held in HeldCertificate.objects.filter(person__in=ids).order_by("issued_on", "pk"):
        facts[held.person_id]["certificates"].append(
            {
                "number": held.number,
                "occupation": held.occupation_code,
                "relation": relation(held.occupation_code),
                "level": held.level,
                "issued": held.issued_on.isoformat(),
            }
        )
    for done in Apprenticeship.objects.filter(person__in=ids).order_by("completed_on", "pk"):
        facts[done.person_id]["apprenticeship"].append(
            {
                "relation": relation(done.occupation_code),
                "completed": done.completed_on.isoformat(),
            }
        )
    for honour in Honour.objects.filter(person__in=ids).order_by("year", "pk"):
        facts[honour.person_id]["awards"].append({"name": honour.name, "year": honour.year})
    for shown in Achievement.objects.filter(person__in=ids).order_by("kind", "pk"):
        kinds = facts[shown.person_id]["achievements"]
        if shown.kind not in kinds:
            kinds.append(shown.kind)


def _add_learning(
    facts: dict[int, dict[str, Any]], ids: list[int], related_majors: Collection[str]
) -> None:
    for study in Education.objects.filter(person__in=ids).order_by("until", "pk"):
        facts[study.person_id]["education"].append(
            {
                "school": study.school_type,
                "major": rules.major_relation(study.major, related_majors=related_majors),
                "from": (study.since or study.until).isoformat(),
                "to": study.until.isoformat(),
                "graduated": study.graduated,
                "goal_level_recognised": study.goal_level_recognised,
            }
        )
    for title in ProfessionalTitle.objects.filter(person__in=ids).order_by("granted_on", "pk"):
        facts[title.person_id]["titles"].append(
            {
                "grade": title.grade,
                "relation": rules.title_relation(
                    title.speciality, related_majors=related_majors
                ),
                "granted": title.granted_on.isoformat(),
            }
        )
