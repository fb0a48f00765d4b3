"""What this app asks of those above it: the verdict on a person's facts."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

# (facts as `jiangjie eligibility` takes them, condition set of a pack, day) -> verdict as it
# prints it. The target level stands in the facts. BadInput where they cannot be judged.
Judge = Callable[[Mapping[str, Any], Mapping[str, Any], date], Mapping[str, Any]]

_judges: list[Judge] = []


def register_judge(judge: Judge) -> None:
    _judges[:] = [judge]


def judge(
    facts: Mapping[str, Any], condition_set: Mapping[str, Any], as_of: date
) -> Mapping[str, Any]:
    return _judges[0](facts, condition_set, as_of)
