"""Short words for the facts of made-up workers, in the JSON form of the command contract."""

from typing import Any

CRANE = "6-30-05-01"
Doc = dict[str, Any]


def worked(
    start: str, end: str | None = None, relation: str = "same", post: int | None = None
) -> Doc:
    one = {"from": start, "to": end, "occupation": CRANE, "relation": relation, "post_level": post}
    return {"employment": [one]}


def holds(level: int, issued: str, relation: str = "same") -> Doc:
    one = {"number": f"N{level}", "occupation": CRANE, "relation": relation, "level": level}
    return {"certificates": [one | {"issued": issued}]}


def schooled(
    school: str,
    start: str,
    end: str,
    *,
    graduated: bool = True,
    major: str = "same",
    goal: int | None = None,
) -> Doc:
    one = {"school": school, "major": major, "from": start, "to": end, "graduated": graduated}
    return {"education": [one | {"goal_level_recognised": goal}]}


def titled(grade: str, granted: str, relation: str = "same") -> Doc:
    return {"titles": [{"grade": grade, "relation": relation, "granted": granted}]}


def apprenticed(completed: str, relation: str = "same") -> Doc:
    return {"apprenticeship": [{"relation": relation, "completed": completed}]}


def awarded(name: str, year: int) -> Doc:
    return {"awards": [{"name": name, "year": year}]}


def attested(*names: str) -> Doc:
    return {"achievements": list(names)}


def born(day: str) -> Doc:
    return {"birth_date": day}


def person(*parts: Doc) -> Doc:
    """All parts together; lists of the same kind are joined. Born 1990-05-05 unless said."""
    whole: Doc = {"birth_date": "1990-05-05"}
    for part in parts:
        for key, value in part.items():
            whole[key] = [*whole.get(key, []), *value] if isinstance(value, list) else value
    return whole
