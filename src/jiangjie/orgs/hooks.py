"""What this app asks of those above it: the occupations that exist, and how long a filing holds.

The catalogue and the policy app register themselves in `AppConfig.ready()`.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KnownOccupation:
    name: str
    work_types: tuple[str, ...]
    levels: frozenset[int]  # of its standards in force; empty: none is known


@dataclass(frozen=True, slots=True)
class FilingTerm:
    """How long a filing holds by the policy of a region, offered to the officer as a default."""

    years: int
    source: str
    confidence: str


OccupationLookup = Callable[[Collection[str]], Mapping[str, KnownOccupation]]
TermLookup = Callable[[str], FilingTerm]

OfferedOccupations = Callable[[], Sequence[tuple[str, str]]]

_occupations: list[OccupationLookup] = []
_offered: list[OfferedOccupations] = []
_terms: list[TermLookup] = []


def register_occupations(lookup: OccupationLookup, offered: OfferedOccupations) -> None:
    _occupations[:] = [lookup]
    _offered[:] = [offered]


def register_filing_term(lookup: TermLookup) -> None:
    _terms[:] = [lookup]


def occupations(codes: Collection[str]) -> Mapping[str, KnownOccupation]:
    """The known ones of these occupation codes; an unknown code is simply missing."""
    return _occupations[0](codes)


def offered_occupations() -> Sequence[tuple[str, str]]:
    """Code and name of the occupations with a standard in force, to choose from. One query."""
    return _offered[0]()


def filing_term(region: str) -> FilingTerm:
    """By the policy pack of a six-digit area code."""
    return _terms[0](region)
