"""Reads: who may see whom, a person's records, and his facts for an eligibility verdict."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects

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
    Training,
)

STAFF = (
    Role.CLERK, Role.OFFICE, Role.COMMITTEE, Role.ADMIN, Role.SUPERVISOR, Role.PAYROLL,
)  # fmt: skip
RECORDS: dict[str, Any] = {
    "employments": Employment,
    "held_certificates": HeldCertificate,
    "educations": Education,
    "titles": ProfessionalTitle,
    "apprenticeships": Apprenticeship,
    "honours": Honour,
    "achievements": Achievement,
    "trainings": Training,
}
FACT_RECORDS = tuple(name for name in RECORDS if name != "trainings")


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
        Employment.objects.filter(Q(until=None) | Q(until__gt=on), person__in=people, since__lte=on)
        .select_related("org")
        .order_by("since", "pk")
    )
    return {employment.person_id: employment for employment in running}


def with_records(people: QuerySet[Person]) -> QuerySet[Person]:
    """People with all their records and who verified them; one query for each kind."""
    return people.prefetch_related(
        *(
            Prefetch(
                name,
                model._default_manager.select_related("verified_by", "evidence").order_by("pk"),
            )
            for name, model in RECORDS.items()
        )
    )


def facts_of(
    people: Sequence[Person],
    *,
    occupation_code: str,
    related_occupations: Collection[str],
    related_majors: Collection[str],
) -> dict[int, dict[str, Any]]:
    """The request of `jiangjie eligibility` by person; `id` is the person's number, and
    `target_level` is 0: the caller's to set. Seven queries, however many people.

    Records count whether verified or not: the reviewer sees which are not. A schooling without
    its first day is taken to begin with its last: it proves the graduation and nothing more.
    """
    # New objects, so that what the caller's own have in memory is not taken for the present.
    fresh = [Person(pk=person.pk, birth_date=person.birth_date) for person in people]
    prefetch_related_objects(fresh, *FACT_RECORDS)
    return {
        person.pk: facts_of_loaded(
            person,
            occupation_code=occupation_code,
            related_occupations=related_occupations,
            related_majors=related_majors,
        )
        for person in fresh
    }


def facts_of_loaded(
    person: Person,
    *,
    occupation_code: str,
    related_occupations: Collection[str],
    related_majors: Collection[str],
) -> dict[str, Any]:
    """The same for one of `with_records`, without a query."""

    def relation(code: str) -> str:
        return rules.occupation_relation(
            code, occupation_code=occupation_code, related=related_occupations
        )

    return {
        "id": str(person.pk),
        "occupation": occupation_code,
        "target_level": 0,
        "birth_date": person.birth_date.isoformat() if person.birth_date else None,
        "employment": [
            {
                "from": job.since.isoformat(),
                "to": job.until.isoformat() if job.until else None,
                "occupation": job.occupation_code,
                "relation": relation(job.occupation_code),
                "post_level": job.post_level,
            }
            for job in sorted(person.employments.all(), key=lambda job: (job.since, job.pk))
        ],
        "certificates": [
            {
                "number": held.number,
                "occupation": held.occupation_code,
                "relation": relation(held.occupation_code),
                "level": held.level,
                "issued": held.issued_on.isoformat(),
            }
            for held in sorted(
                person.held_certificates.all(), key=lambda held: (held.issued_on, held.pk)
            )
        ],
        "education": [
            {
                "school": study.school_type,
                "major": rules.major_relation(study.major, related_majors=related_majors),
                "from": (study.since or study.until).isoformat(),
                "to": study.until.isoformat(),
                "graduated": study.graduated,
                "goal_level_recognised": study.goal_level_recognised,
            }
            for study in sorted(person.educations.all(), key=lambda study: (study.until, study.pk))
        ],
        "titles": [
            {
                "grade": title.grade,
                "relation": rules.title_relation(title.speciality, related_majors=related_majors),
                "granted": title.granted_on.isoformat(),
            }
            for title in sorted(person.titles.all(), key=lambda title: (title.granted_on, title.pk))
        ],
        "apprenticeship": [
            {
                "relation": relation(done.occupation_code),
                "completed": done.completed_on.isoformat(),
            }
            for done in sorted(
                person.apprenticeships.all(), key=lambda done: (done.completed_on, done.pk)
            )
        ],
        "awards": [
            {"name": honour.name, "year": honour.year}
            for honour in sorted(person.honours.all(), key=lambda honour: (honour.year, honour.pk))
        ],
        "achievements": sorted({shown.kind for shown in person.achievements.all()}),
    }
