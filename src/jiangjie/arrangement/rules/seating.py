"""Seats that keep colleagues apart (按单位打乱), out of a shuffled order of people."""

from collections import Counter
from collections.abc import Mapping, Sequence

Seat = tuple[int, int]  # row and column, from 1


def seated(
    order: Sequence[str], units: Mapping[str, str], rows: int, columns: int
) -> dict[str, Seat]:
    """By person, the seat. Rows are filled from the front, each from the left.

    Each seat goes to the first in the order whose unit sits neither to the left nor in front;
    but when a unit makes up at least half of those who still stand, its first goes before all
    others. Where nobody fits, the first in the order sits down. ValueError: too few seats.
    """
    if len(order) > rows * columns:
        raise ValueError(f"{len(order)} people, {rows} rows of {columns}")
    standing = list(order)
    left_of = Counter(units[one] for one in order)
    found: dict[str, Seat] = {}
    taken: dict[Seat, str] = {}  # the unit
    for place in range(len(order)):
        row, column = divmod(place, columns)
        seat = (row + 1, column + 1)
        near = {taken.get((row + 1, column)), taken.get((row, column + 1))} - {""}
        largest, count = max(left_of.items(), key=lambda one: (one[1], one[0]))
        urgent = largest and 2 * count >= len(standing) and largest not in near
        wanted = [one for one in standing if units[one] == largest] if urgent else standing
        person = next((one for one in wanted if units[one] not in near), standing[0])
        standing.remove(person)
        left_of[units[person]] -= 1
        found[person], taken[seat] = seat, units[person]
    return found


def neighbours_of_one_unit(seats: Mapping[str, Seat], units: Mapping[str, str]) -> int:
    """Pairs of colleagues side by side or one in front of the other. "" is no unit."""
    at = {seat: units[person] for person, seat in seats.items()}
    return sum(
        bool(unit) and at.get(other) == unit
        for (row, column), unit in at.items()
        for other in ((row, column + 1), (row + 1, column))
    )
