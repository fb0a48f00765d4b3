"""What the apps above tell the procedure: the facts of their steps, and where a step is done.

Filled in their `AppConfig.ready()`. A fact function takes run ids and answers all of them with a
constant number of queries.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from jiangjie.procedures.rules import StepFact

FactsOf = Callable[[Sequence[int]], Mapping[int, Mapping[str, StepFact]]]

_facts: list[FactsOf] = []
_links: dict[str, str] = {}


def register_facts(function: FactsOf) -> None:
    """Where two apps speak of one step, the one registered later has the last word."""
    if function not in _facts:
        _facts.append(function)


def fact_functions() -> Iterator[FactsOf]:
    return iter(_facts)


def register_step_link(step_code: str, url_name: str) -> None:
    """The screen of a step; its address takes the batch's pk."""
    _links[step_code] = url_name


def step_link(step_code: str) -> str | None:
    return _links.get(step_code)
