"""What waits for somebody. Each app says what its rows mean for a user; nothing is stored here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import User


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that waits. Texts are in the reader's language already."""

    title: str  # the deed: "初审12份申报"
    detail: str  # where: "2026年第一批认定"
    link: str  # a path of this site
    due: date | None  # the last day for it
    ground: str  # the clause or step that asks for it
    group: str  # heading: "资格审核"


TaskSource = Callable[[User, Acting, date], Iterable[Task]]

_sources: list[TaskSource] = []


def register_tasks(source: TaskSource) -> None:
    """Called in `AppConfig.ready()`. A source makes a constant, small number of queries."""
    if source not in _sources:
        _sources.append(source)


def tasks_for(user: User, acting: Acting, today: date) -> list[Task]:
    """All that waits for the user in the roles he acts in, the earliest due first."""
    found = [task for source in _sources for task in source(user, acting, today)]
    return sorted(found, key=lambda task: (task.due or date.max, task.group, task.title))
