"""「我能申报什么」: which levels come next for a person, and what is missing for each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from jiangjie.catalogue.models import Standard
from jiangjie.kernel.errors import BadInput
from jiangjie.people import hooks
from jiangjie.people.models import Person
from jiangjie.people.queries import facts_of_loaded
from jiangjie.policy.packs import Pack

NEXT = 3  # levels above the highest held


@dataclass(frozen=True, slots=True)
class LevelOutlook:
    standard: Standard
    level: int  # ord
    verdict: Mapping[str, Any] | None  # None where it cannot be judged, see `problem`
    problem: BadInput | None


def own_occupations(person: Person, today: date) -> list[str]:
    """Codes of the occupations he works in now, else of the last one he worked in."""
    jobs = sorted(person.employments.all(), key=lambda job: (job.since, job.pk), reverse=True)
    running = [job for job in jobs if job.until is None or job.until > today]
    return list(dict.fromkeys(job.occupation_code for job in running or jobs[:1]))


def next_levels(standard: Standard, person: Person) -> list[int]:
    """The levels of a standard above the highest certificate held in its occupation."""
    held = max(
        (
            each.level
            for each in person.held_certificates.all()
            if each.occupation_code == standard.occupation_id
        ),
        default=0,
    )
    return [level for level in sorted(standard.levels) if level > held][:NEXT]


def outlooks(
    person: Person, standards: Iterable[Standard], *, pack: Pack, today: date
) -> Sequence[LevelOutlook]:
    """Live verdicts for a person loaded with his records; no query.

    They tell what a batch would decide today; a batch decides with the pack that it froze.
    """
    found = []
    for standard in standards:
        facts = facts_of_loaded(
            person,
            occupation_code=standard.occupation_id,
            related_occupations=standard.related_occupations,
            related_majors=standard.related_majors,
        )
        for level in next_levels(standard, person):
            try:
                raw = pack.condition_set(standard.conditions.get(str(level), ""))
                verdict = hooks.judge(facts | {"target_level": level}, raw, today)
                found.append(LevelOutlook(standard, level, verdict, None))
            except BadInput as why:
                found.append(LevelOutlook(standard, level, None, why))
    return found
