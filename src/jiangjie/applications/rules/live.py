"""A verdict outside any batch, for 「我能申报什么」 on a worker's own page."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from jiangjie.applications.rules.eligibility import compile_set, request_from_json, verdict


def judge(
    facts: Mapping[str, Any], condition_set: Mapping[str, Any], as_of: date
) -> dict[str, Any]:
    """The verdict in the form of `jiangjie eligibility`. BadInput names the unusable fact."""
    request = request_from_json(facts, "$")
    return verdict(
        request.facts,
        compile_set(condition_set),
        target_level=request.target_level,
        as_of=as_of,
    ).to_json()
