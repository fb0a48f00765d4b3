"""Pairs of candidates with improbably many identical wrong answers: a hint, never a proof.

For each question that two people both answered wrongly, the chance that they chose the same wrong
option is taken from how all who were wrong chose. The number of coincidences of a pair is then a
sum of independent draws; its upper tail is computed exactly. (Cf. Wesolowsky, 2000, Detecting
excessive similarity in answers on multiple choice exams, Journal of Applied Statistics 27.)
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

FEWEST = 5  # wrong answers in common below which nothing is said (house decision)


@dataclass(frozen=True, slots=True)
class Pair:
    first: int
    second: int
    both_wrong: int
    same: int
    expected: float
    probability: float  # of as many coincidences or more, times the number of pairs (Bonferroni)


def similar_pairs(wrong: Mapping[int, Mapping[str, str]], *, level: float = 0.001) -> list[Pair]:
    """`wrong`: by person, the wrong answer by question; right and empty answers left out.

    Pairs whose probability, corrected for the number of pairs, lies below `level`, the least
    probable first.
    """
    chance = _chances(wrong)
    pairs = list(combinations(sorted(wrong), 2))
    found = []
    for first, second in pairs:
        shared = wrong[first].keys() & wrong[second].keys()
        if len(shared) < FEWEST:
            continue
        same = sum(wrong[first][each] == wrong[second][each] for each in shared)
        chances = [chance[each] for each in sorted(shared)]
        probability = min(1.0, _tail(chances, same) * len(pairs))
        if probability < level:
            found.append(Pair(first, second, len(shared), same, sum(chances), probability))
    return sorted(found, key=lambda pair: pair.probability)


def _chances(wrong: Mapping[int, Mapping[str, str]]) -> dict[str, float]:
    """By question, the chance that two who are wrong agree; one is added to each count, so that
    an option nobody else took is not held impossible."""
    chosen: dict[str, Counter[str]] = defaultdict(Counter)
    for answers in wrong.values():
        for question, answer in answers.items():
            chosen[question][answer] += 1
    found = {}
    for question, counts in chosen.items():
        total = sum(counts.values()) + len(counts) + 1
        shares = [(count + 1) / total for count in counts.values()]
        found[question] = sum(share * share for share in shares) + (1 / total) ** 2
    return found


def _tail(chances: Sequence[float], at_least: int) -> float:
    """The chance of `at_least` successes or more in independent draws."""
    exactly = [1.0]
    for chance in chances:
        exactly = [
            (exactly[n] * (1 - chance) if n < len(exactly) else 0.0)
            + (exactly[n - 1] * chance if n else 0.0)
            for n in range(len(exactly) + 1)
        ]
    return sum(exactly[at_least:])
