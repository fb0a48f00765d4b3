"""Who marks which question: two markers each, a third in reserve, nobody more than his share."""

from collections.abc import Collection, Mapping, Sequence

from jiangjie.kernel.errors import RuleViolation, gettext_noop


def share_out(questions: Sequence[int], markers: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """By question its first, second and, with three markers or more, third marker.

    Questions go round: the number of questions of any two markers in a place differs by one at
    most. One marker sees one question across all scripts.
    """
    if len(markers) < 2:
        raise RuleViolation(
            "marking.too_few_markers", gettext_noop("非客观题由两人独立阅卷，至少指定两名阅卷人。")
        )
    places = min(3, len(markers))
    return {
        question: tuple(markers[(turn + place) % len(markers)] for place in range(places))
        for turn, question in enumerate(questions)
    }


def check_markers(
    *,
    markers: Collection[int],
    examined: Collection[int],
    own_units: Mapping[int, str],
    names: Mapping[int, str],
) -> None:
    """Nobody marks in a round in which he is examined himself; nor, where the round says so, one
    whose own unit has candidates in it.

    `examined` are users among the candidates, `own_units` the unit by user it bars.
    """
    for marker in markers:
        if marker in examined:
            raise RuleViolation(
                "marking.is_candidate",
                gettext_noop("%(name)s是本次考试的考生，不能阅卷。"),
                name=names[marker],
            )
        if marker in own_units:
            raise RuleViolation(
                "marking.own_unit",
                gettext_noop("%(name)s所在的%(unit)s有考生参加本次考试，按本轮设置应回避。"),
                name=names[marker],
                unit=own_units[marker],
            )


def check_different(markers: Sequence[int]) -> None:
    if len(set(markers)) != len(markers):
        raise same_marker()


def same_marker() -> RuleViolation:
    return RuleViolation("marking.same_marker", gettext_noop("同一题的阅卷人应为不同的人。"))
