"""What the apps above find waiting in a batch that is under way.

All are asked with one set of tracks: to derive how far a batch has come is the dearest read there
is, and a home page needs it once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import User
from jiangjie.notices.hooks import Task
from jiangjie.planning.models import Batch
from jiangjie.procedures.rules import StepState


@dataclass(frozen=True, slots=True)
class Underway:
    """A batch that is not archived yet."""

    batch: Batch
    track: Sequence[StepState]
    parts: Mapping[str, StepState]  # steps and stages by code


BatchTaskSource = Callable[[User, Acting, Sequence[Underway]], Iterable[Task]]

_sources: list[BatchTaskSource] = []


def register_batch_tasks(source: BatchTaskSource) -> None:
    """Called in `AppConfig.ready()`. A source gets the batches of the organisation acted for, and
    makes a constant, small number of queries."""
    if source not in _sources:
        _sources.append(source)


def batch_task_sources() -> Iterator[BatchTaskSource]:
    return iter(_sources)
