"""Reading a pool (rows of text) and a blueprint (parsed JSON); every refusal names its place."""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from jiangjie.kernel.errors import BadInput, gettext_noop
from jiangjie.papers.rules.blueprint import (
    Blueprint,
    Count,
    Exclusive,
    Exposure,
    Forms,
    Length,
    MatchDifficulty,
    MaximinInformation,
    MinimaxDeviation,
    Objective,
    Overlap,
    Pool,
    Rule,
    Stimulus,
    Together,
    Total,
    Where,
)

ID_COLUMNS = ("id", "item")  # "item" as in eatATA's published pools
DEFAULT_SCALING = 1.7
OBJECTIVES = ("maximin_information", "minimax_deviation", "match_difficulty")
_LEAST_WEIGHT = 0.01
_MOST = 1_000_000  # beyond it a number of items or papers is a slip of the pen


def read_pool(rows: Iterable[tuple[int, Sequence[str]]], source: str) -> Pool:
    """The pool in `rows` of (line number, cells), headings first; empty lines are passed over."""
    lines = ((line, [cell.strip() for cell in cells]) for line, cells in rows)
    filled = ((line, cells) for line, cells in lines if any(cells))
    line, names = next(filled, (0, []))
    if not names:
        raise BadInput(gettext_noop("%(file)s：没有表头。"), file=source)
    for place, name in enumerate(names):
        if not name or name in names[:place]:
            text = (
                gettext_noop("%(file)s第%(line)d行第%(place)d列：列名为空。")
                if not name
                else gettext_noop("%(file)s第%(line)d行第%(place)d列：列名%(name)s重复。")
            )
            raise BadInput(text, file=source, line=line, place=place + 1, name=name)
    id_column = next((name for name in ID_COLUMNS if name in names), None)
    if id_column is None:
        raise BadInput(gettext_noop("%(file)s第%(line)d行：缺少id列。"), file=source, line=line)
    numbers: list[int] = []
    cells_of: list[list[str]] = []
    at, seen = names.index(id_column), dict[str, int]()
    for line, cells in filled:
        if len(cells) != len(names):
            raise BadInput(
                gettext_noop("%(file)s第%(line)d行：应有%(want)d个单元格，实有%(have)d个。"),
                file=source,
                line=line,
                want=len(names),
                have=len(cells),
            )
        name = cells[at]
        if not name:
            raise BadInput(
                gettext_noop("%(file)s第%(line)d行%(column)s列：不得为空。"),
                file=source,
                line=line,
                column=id_column,
            )
        if name in seen:
            raise BadInput(
                gettext_noop("%(file)s第%(line)d行%(column)s列：%(id)s与第%(first)d行重复。"),
                file=source,
                line=line,
                column=id_column,
                id=name,
                first=seen[name],
            )
        seen[name] = line
        numbers.append(line)
        cells_of.append(cells)
    if not cells_of:
        raise BadInput(gettext_noop("%(file)s：没有试题。"), file=source)
    columns = dict(zip(names, zip(*cells_of, strict=True), strict=True))
    return Pool(source, columns[id_column], tuple(numbers), columns)


def read_blueprint(doc: object, pool: Pool, source: str) -> Blueprint:
    """The blueprint in `doc`; columns that it counts on must be in the pool, with numbers."""
    read = _Fields(
        doc,
        "$",
        source,
        required=("forms", "objective"),
        optional=(
            "length", "overlap", "counts", "sums", "exclusive", "together",
            "stimulus", "exposure", "D", "seed",
        ),
    )  # fmt: skip
    scaling = read.number("D") if "D" in read else DEFAULT_SCALING
    if scaling <= 0:
        raise read.bad("D", gettext_noop("%(file)s %(path)s：应大于0。"))
    rules: list[Rule] = [Forms("$.forms", read.integer("forms", least=1))]
    rules += _overlap(read)
    rules += _length(read)
    for each in read.objects("counts", ("where",), ("min", "max")):
        rules += _counts(each, pool)
    for each in read.objects("sums", ("column",), ("min", "max")):
        rules += _sums(each, pool)
    rules += [Exclusive(path, ids) for path, ids in _sets(read, "exclusive", pool)]
    rules += [Together(path, ids) for path, ids in _sets(read, "together", pool)]
    if read.has("stimulus"):
        rules += _stimulus(read.object("stimulus", ("column",), ("min_items", "max_items")), pool)
    if read.has("exposure"):
        part = read.object("exposure", ("column", "max"))
        column = _numeric(part, "column", pool)
        rules.append(Exposure(part.path, column, part.number("max")))
    objective = _objective(read.object("objective", (), OBJECTIVES), pool, scaling)
    seed = read.integer("seed", least=0) if "seed" in read else 0
    return Blueprint(source, tuple(rules), objective, seed, read.document)


class _Fields:
    """The fields of one JSON object."""

    def __init__(
        self,
        doc: object,
        path: str,
        source: str,
        *,
        required: Collection[str],
        optional: Collection[str] = (),
    ) -> None:
        self.path, self._source = path, source
        if not isinstance(doc, Mapping):
            raise self._bad(path, gettext_noop("%(file)s %(path)s：应为对象。"))
        for key in doc:
            if key not in required and key not in optional:
                raise self.bad(key, gettext_noop("%(file)s %(path)s：未知字段。"))
        for key in required:
            if key not in doc:
                raise self.bad(key, gettext_noop("%(file)s %(path)s：缺少此字段。"))
        self.document: dict[str, Any] = dict(doc)

    def __contains__(self, key: str) -> bool:
        return key in self.document

    def has(self, key: str) -> bool:
        return self.document.get(key) is not None

    def bad(self, key: str, text: str, **values: object) -> BadInput:
        return self._bad(f"{self.path}.{key}", text, **values)

    def _bad(self, path: str, text: str, **values: object) -> BadInput:
        return BadInput(text, file=self._source, path=path, **values)

    def integer(self, key: str, *, least: int) -> int:
        value = self.document[key]
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not least <= value <= _MOST
            or value != int(value)
        ):
            raise self.bad(
                key,
                gettext_noop("%(file)s %(path)s：应为%(least)d至%(most)d的整数。"),
                least=least,
                most=_MOST,
            )
        return int(value)

    def number(self, key: str) -> float:
        return self._number(key, self.document[key])

    def _number(self, key: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.bad(key, gettext_noop("%(file)s %(path)s：应为数。"))
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not abs(number) <= 1e12:
            raise self.bad(key, gettext_noop("%(file)s %(path)s：应为不太大的有限数。"))
        return number

    def numbers(self, key: str) -> tuple[float, ...]:
        values = self._list(key)
        if not values:
            raise self.bad(key, gettext_noop("%(file)s %(path)s：至少写一项。"))
        return tuple(self._number(f"{key}[{place}]", one) for place, one in enumerate(values))

    def text(self, key: str) -> str:
        value = self.document[key]
        if not isinstance(value, str) or not value.strip():
            raise self.bad(key, gettext_noop("%(file)s %(path)s：应为非空文字。"))
        return value.strip()

    def object(
        self, key: str, required: Collection[str], optional: Collection[str] = ()
    ) -> "_Fields":
        return _Fields(
            self.document[key],
            f"{self.path}.{key}",
            self._source,
            required=required,
            optional=optional,
        )

    def objects(
        self, key: str, required: Collection[str], optional: Collection[str]
    ) -> Iterator["_Fields"]:
        for place, one in enumerate(self._list(key)):
            path = f"{self.path}.{key}[{place}]"
            yield _Fields(one, path, self._source, required=required, optional=optional)

    def id_sets(self, key: str) -> Iterator[tuple[str, list[Any]]]:
        for place, one in enumerate(self._list(key)):
            if not isinstance(one, list) or len(one) < 2:
                text = gettext_noop("%(file)s %(path)s：应为至少两个id的列表。")
                raise self.bad(f"{key}[{place}]", text)
            yield f"{key}[{place}]", one

    def _list(self, key: str) -> list[Any]:
        value = self.document.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.bad(key, gettext_noop("%(file)s %(path)s：应为列表。"))
        return value


def _overlap(read: _Fields) -> list[Rule]:
    value = read.document.get("overlap", "none")
    if value == "none":
        return [Overlap("$.overlap", 0)]
    if value == "full":
        return []
    if not isinstance(value, Mapping):
        text = gettext_noop('%(file)s %(path)s：应为"none"、"full"或{"max": k}。')
        raise read.bad("overlap", text)
    part = read.object("overlap", ("max",))
    return [Overlap(f"{part.path}.max", part.integer("max", least=0))]


def _length(read: _Fields) -> list[Rule]:
    if not read.has("length"):
        return []
    if not isinstance(read.document["length"], Mapping):
        exact = read.integer("length", least=1)
        return [Length("$.length", exact, exact)]
    part = read.object("length", (), ("min", "max"))
    rules: list[Rule] = []
    if "min" in part:
        rules.append(Length(f"{part.path}.min", part.integer("min", least=0), None))
    if "max" in part:
        rules.append(Length(f"{part.path}.max", None, part.integer("max", least=1)))
    return _one_at_least(rules, part, "min", "max")


def _counts(part: _Fields, pool: Pool) -> list[Rule]:
    where = _where(part, pool)
    rules: list[Rule] = []
    if "min" in part:
        rules.append(Count(f"{part.path}.min", where, low=part.integer("min", least=0)))
    if "max" in part:
        rules.append(Count(f"{part.path}.max", where, high=part.integer("max", least=0)))
    return _one_at_least(rules, part, "min", "max")


def _where(part: _Fields, pool: Pool) -> Where:
    wanted = part.document["where"]
    if not isinstance(wanted, Mapping):
        raise part.bad("where", gettext_noop("%(file)s %(path)s：应为对象。"))
    pairs: list[tuple[str, str | float]] = []
    for column, value in wanted.items():
        if column not in pool.columns:
            raise part.bad(f"where.{column}", gettext_noop("%(file)s %(path)s：题库没有这一列。"))
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            text = gettext_noop("%(file)s %(path)s：应为文字或数。")
            raise part.bad(f"where.{column}", text)
        pairs.append((column, value.strip() if isinstance(value, str) else float(value)))
    return tuple(pairs)


def _sums(part: _Fields, pool: Pool) -> list[Rule]:
    column = _numeric(part, "column", pool)
    rules: list[Rule] = []
    if "min" in part:
        rules.append(Total(f"{part.path}.min", column, low=part.number("min")))
    if "max" in part:
        rules.append(Total(f"{part.path}.max", column, high=part.number("max")))
    return _one_at_least(rules, part, "min", "max")


def _stimulus(part: _Fields, pool: Pool) -> list[Rule]:
    column = _column(part, "column", pool)
    rules: list[Rule] = []
    if "min_items" in part:
        low = part.integer("min_items", least=1)
        rules.append(Stimulus(f"{part.path}.min_items", column, low=low))
    if "max_items" in part:
        high = part.integer("max_items", least=1)
        rules.append(Stimulus(f"{part.path}.max_items", column, high=high))
    return _one_at_least(rules, part, "min_items", "max_items")


def _one_at_least(rules: list[Rule], part: _Fields, low: str, high: str) -> list[Rule]:
    if not rules:
        raise part.bad(low, gettext_noop("%(file)s %(path)s：与%(other)s至少写一个。"), other=high)
    return rules


def _sets(read: _Fields, key: str, pool: Pool) -> Iterator[tuple[str, tuple[str, ...]]]:
    known = set(pool.ids) if key in read else set()
    for path, ids in read.id_sets(key):
        for place, one in enumerate(ids):
            if not isinstance(one, str) or one not in known:
                text = gettext_noop("%(file)s %(path)s：题库没有这道题。")
                raise read.bad(f"{path}[{place}]", text)
            if one in ids[:place]:
                raise read.bad(f"{path}[{place}]", gettext_noop("%(file)s %(path)s：重复。"))
        yield f"{read.path}.{path}", tuple(ids)


def _objective(part: _Fields, pool: Pool, scaling: float) -> Objective:
    if len(part.document) != 1:
        raise part.bad(
            "*", gettext_noop("%(file)s %(path)s：应恰写一个目标：%(known)s。"),
            known="、".join(OBJECTIVES),
        )  # fmt: skip
    (name,) = part.document
    if name == "maximin_information":
        inner = part.object(name, ("theta",))
        theta = inner.numbers("theta")
        _parameters(pool, inner)
        return MaximinInformation(theta, scaling)
    if name == "minimax_deviation":
        inner = part.object(name, ("column", "target"))
        return MinimaxDeviation(_numeric(inner, "column", pool), inner.number("target"))
    inner = part.object(name, ("column", "mean", "sd"), ("sd_weight",))
    sd = inner.number("sd")
    if sd < 0:
        raise inner.bad("sd", gettext_noop("%(file)s %(path)s：不得为负。"))
    weight = inner.number("sd_weight") if "sd_weight" in inner else 1.0
    if not _LEAST_WEIGHT <= weight <= 1:
        raise inner.bad(
            "sd_weight", gettext_noop("%(file)s %(path)s：应在%(least)s到1之间。"),
            least=_LEAST_WEIGHT,
        )  # fmt: skip
    return MatchDifficulty(_numeric(inner, "column", pool), inner.number("mean"), sd, weight)


def _parameters(pool: Pool, part: _Fields) -> None:
    """Item parameters that information can be computed from: b, or a and b, or a, b and c."""
    if "b" not in pool.columns:
        raise BadInput(
            gettext_noop("%(file)s：缺少b列，%(path)s无从计算。"),
            file=pool.source, path=part.path,
        )  # fmt: skip
    for column in ("a", "b", "c"):
        if column in pool.columns:
            _check_numeric(pool, column)
    for line, cell in zip(pool.lines, pool.columns.get("c", ()), strict=False):
        if not 0 <= float(cell) < 1:
            raise BadInput(
                gettext_noop("%(file)s第%(line)d行c列：应为0至1（不含1）的数。"),
                file=pool.source, line=line,
            )  # fmt: skip


def _column(part: _Fields, key: str, pool: Pool) -> str:
    column = part.text(key)
    if column not in pool.columns:
        raise part.bad(key, gettext_noop("%(file)s %(path)s：题库没有%(name)s列。"), name=column)
    return column


def _numeric(part: _Fields, key: str, pool: Pool) -> str:
    column = _column(part, key, pool)
    _check_numeric(pool, column)
    return column


def _check_numeric(pool: Pool, column: str) -> None:
    for line, cell in zip(pool.lines, pool.columns[column], strict=True):
        try:
            good = abs(float(cell)) <= 1e12
        except ValueError:
            good = False
        if not good:
            raise BadInput(
                gettext_noop("%(file)s第%(line)d行%(column)s列：应为数。"),
                file=pool.source, line=line, column=column,
            )  # fmt: skip
