"""Reading a problem from JSON. Every refusal is a BadInput that names the JSON path.

A matrix that lies in a file of its own is fetched by the caller: nothing here does I/O.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jiangjie.arrangement.rules.panels import GRADES, OBJECTIVES, Expert, Problem, Scores, Task
from jiangjie.kernel.errors import BadInput, gettext_noop
from jiangjie.kernel.levels import Level

MOST = 1_000_000  # of anything that is counted
MOST_SCORE = 1e15  # beyond, sums lose their decimals

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")  # cannot be written out again

# name of the file -> the matrix in it; raises BadInput without a path of its own
Fetch = Callable[[str], NDArray[Any]]


def problem_from_json(doc: object, fetch: Fetch) -> Problem:
    read = Fields(
        doc,
        "$",
        required=("experts", "tasks", "scores", "objective"),
        optional=("conflicts", "outside_share", "seed"),
    )
    tasks = tuple(_task(one, path) for one, path in read.items("tasks"))
    experts = tuple(_expert(one, path, len(tasks)) for one, path in read.items("experts"))
    task_places = places_of("tasks", [task.id for task in tasks])
    expert_places = places_of("experts", [expert.id for expert in experts])
    share = Fraction(str(read.number("outside_share", 0, least=0, most=1)))
    if share:
        _require_organisations("experts", [expert.org for expert in experts])
        _require_organisations("tasks", [task.org for task in tasks])
    return Problem(
        experts=experts,
        tasks=tasks,
        scores=_scores(read.value("scores"), (len(experts), len(tasks)), fetch),
        conflicts=tuple(
            _conflict(pair, path, expert_places, task_places)
            for pair, path in read.items("conflicts", may_be_empty=True)
        ),
        outside_share=share,
        objective=read.one_of("objective", OBJECTIVES),
        seed=read.whole("seed", 1, least=0, most=2**32 - 1),
    )


def _expert(doc: object, path: str, tasks: int) -> Expert:
    read = Fields(
        doc,
        path,
        required=("id",),
        optional=("org", "unit", "grade", "occupations", "min_load", "max_load"),
    )
    return Expert(
        id=read.text("id"),
        org=read.text_or_none("org"),
        unit=read.text_or_none("unit"),
        grade=read.one_of("grade", tuple(GRADES)) if read.is_given("grade") else None,
        occupations=frozenset(
            text_of(one, where) for one, where in read.items("occupations", may_be_empty=True)
        ),
        min_load=read.whole("min_load", 0, least=0, most=MOST),
        max_load=read.whole("max_load", tasks, least=0, most=MOST),
    )


def _task(doc: object, path: str) -> Task:
    read = Fields(
        doc,
        path,
        required=("id", "panel_size"),
        optional=("org", "unit", "occupation", "level", "odd"),
    )
    return Task(
        id=read.text("id"),
        org=read.text_or_none("org"),
        unit=read.text_or_none("unit"),
        occupation=read.text_or_none("occupation"),
        level=read.whole("level", 0, least=min(Level), most=max(Level)) or None,
        panel_size=read.whole("panel_size", 0, least=1, most=MOST),
        odd=read.flag("odd"),
    )


def places_of(name: str, ids: Sequence[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, one in enumerate(ids):
        if one in places:
            raise bad(
                f"$.{name}[{place}].id",
                gettext_noop("%(path)s：与第%(first)d项的id重复。"),
                first=places[one] + 1,
            )
        places[one] = place
    return places


def _require_organisations(name: str, orgs: Sequence[str | None]) -> None:
    for place, org in enumerate(orgs):
        if org is None:
            raise bad(
                f"$.{name}[{place}].org",
                gettext_noop("%(path)s：规定了outside_share，就须写明单位。"),
            )


def _conflict(
    pair: object, path: str, experts: Mapping[str, int], tasks: Mapping[str, int]
) -> tuple[int, int]:
    if not isinstance(pair, list) or len(pair) != 2:
        raise bad(path, gettext_noop('%(path)s：应为["专家id", "任务id"]。'))
    expert, task = text_of(pair[0], f"{path}[0]"), text_of(pair[1], f"{path}[1]")
    if expert not in experts:
        raise bad(f"{path}[0]", gettext_noop("%(path)s：experts中没有这个id。"))
    if task not in tasks:
        raise bad(f"{path}[1]", gettext_noop("%(path)s：tasks中没有这个id。"))
    return experts[expert], tasks[task]


def _scores(doc: object, shape: tuple[int, int], fetch: Fetch) -> Scores:
    if isinstance(doc, Mapping):
        file = Fields(doc, "$.scores", required=("npy",), optional=()).text("npy")
        try:
            return _checked(fetch(file), "$.scores.npy", shape)
        except BadInput as why:
            if "path" in why.values:
                raise
            raise bad("$.scores.npy", gettext_noop("%(path)s：%(why)s"), why=str(why)) from why
    if not isinstance(doc, list):
        raise bad("$.scores", gettext_noop('%(path)s：应为{"npy": 文件名}或逐行的数。'))
    if len(doc) != shape[0]:
        raise bad(
            "$.scores",
            gettext_noop("%(path)s：应有%(need)d行（每位专家一行），现有%(have)d行。"),
            need=shape[0],
            have=len(doc),
        )
    for i, row in enumerate(doc):
        if not isinstance(row, list) or len(row) != shape[1]:
            raise bad(
                f"$.scores[{i}]",
                gettext_noop("%(path)s：应有%(need)d个数（每项任务一个）。"),
                need=shape[1],
            )
        for j, value in enumerate(row):
            _number(value, f"$.scores[{i}][{j}]")
    return np.array(doc, dtype=np.float64)


def _checked(matrix: NDArray[Any], path: str, shape: tuple[int, int]) -> Scores:
    if matrix.shape != shape:
        raise bad(
            path,
            gettext_noop("%(path)s：应为%(need)s的矩阵（专家×任务），现为%(have)s。"),
            need="×".join(map(str, shape)),
            have="×".join(map(str, matrix.shape)) or "0维",
        )
    if matrix.dtype.kind not in "fiu":
        raise bad(
            path, gettext_noop("%(path)s：应为实数矩阵，现为%(have)s。"), have=matrix.dtype.name
        )
    scores = np.asarray(matrix, dtype=np.float64)
    is_usable = np.abs(scores) <= MOST_SCORE  # false for what is not a number, too
    if not is_usable.all():
        i, j = np.argwhere(~is_usable)[0]
        raise bad(
            path,
            gettext_noop("%(path)s：第%(row)d行第%(column)d列不是有限的数。"),
            row=i + 1,
            column=j + 1,
        )
    return scores


class Fields:
    """The fields of one JSON object. An optional field that is null counts as left out."""

    __slots__ = ("_doc", "_path")

    def __init__(
        self, doc: object, path: str, *, required: Sequence[str], optional: Sequence[str]
    ) -> None:
        if not isinstance(doc, Mapping):
            raise bad(path, gettext_noop("%(path)s：应为对象。"))
        for key in doc:
            if key not in required and key not in optional:
                raise bad(f"{path}.{key}", gettext_noop("%(path)s：未知字段。"))
        for key in required:
            if doc.get(key) is None:
                raise bad(f"{path}.{key}", gettext_noop("%(path)s：缺少此字段。"))
        self._doc, self._path = doc, path

    def value(self, key: str) -> object:
        return self._doc[key]

    def value_or(self, key: str, default: object) -> object:
        return self._doc[key] if self.is_given(key) else default

    def is_given(self, key: str) -> bool:
        return self._doc.get(key) is not None

    def text(self, key: str) -> str:
        return text_of(self._doc[key], f"{self._path}.{key}")

    def text_or_none(self, key: str) -> str | None:
        return self.text(key) if self.is_given(key) else None

    def one_of(self, key: str, known: Sequence[str]) -> str:
        value = self._doc[key]
        if not isinstance(value, str) or value not in known:
            raise bad(
                f"{self._path}.{key}",
                gettext_noop("%(path)s：应为其中之一：%(known)s。"),
                known="、".join(known),
            )
        return value

    def flag(self, key: str) -> bool:
        value = self._doc[key] if self.is_given(key) else False
        if not isinstance(value, bool):
            raise bad(f"{self._path}.{key}", gettext_noop("%(path)s：应为true或false。"))
        return value

    def whole(self, key: str, default: int, *, least: int, most: int) -> int:
        if not self.is_given(key):
            return default
        value = self._doc[key]
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise bad(
                f"{self._path}.{key}",
                gettext_noop("%(path)s：应为%(least)d至%(most)d的整数。"),
                least=least,
                most=most,
            )
        return value

    def number(self, key: str, default: float, *, least: float, most: float) -> float:
        if not self.is_given(key):
            return default
        value = _number(self._doc[key], f"{self._path}.{key}")
        if not least <= value <= most:
            raise bad(
                f"{self._path}.{key}",
                gettext_noop("%(path)s：应在%(least)g至%(most)g之间。"),
                least=least,
                most=most,
            )
        return value

    def items(self, key: str, *, may_be_empty: bool = False) -> list[tuple[object, str]]:
        """Each value of the list with its path."""
        value = self._doc[key] if self.is_given(key) else []
        if not isinstance(value, list):
            raise bad(f"{self._path}.{key}", gettext_noop("%(path)s：应为列表。"))
        if not value and not may_be_empty:
            raise bad(f"{self._path}.{key}", gettext_noop("%(path)s：不能为空。"))
        return [(one, f"{self._path}.{key}[{place}]") for place, one in enumerate(value)]


def text_of(value: object, path: str) -> str:
    if not isinstance(value, str) or not value.strip() or _LONE_SURROGATE.search(value):
        raise bad(path, gettext_noop("%(path)s：应为非空文字。"))
    return value


def _number(value: object, path: str) -> float:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not -MOST_SCORE <= value <= MOST_SCORE  # true for what is not a number
    ):
        raise bad(path, gettext_noop("%(path)s：应为有限的数。"))
    return value


def bad(path: str, text: str, **values: object) -> BadInput:
    return BadInput(text, path=path, **values)
