"""A batch's track as a page shows it: words of the reader, links, signatures."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from jiangjie.accounts.access import is_open_to
from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Role
from jiangjie.kernel.clauses import Clause
from jiangjie.ledger.actions import action_name
from jiangjie.ledger.queries import events_of
from jiangjie.planning.models import Batch
from jiangjie.procedures import hooks
from jiangjie.procedures import queries as procedures
from jiangjie.procedures.models import Choice, SignOff
from jiangjie.procedures.rules import Standing, Step, StepState, next_step

HISTORY = 30  # latest events that a batch's page shows


@dataclass(frozen=True, slots=True)
class ShownStep:
    """What components/track.html reads; `state` "todo" is a step whose turn has not come."""

    number: int
    code: str
    name: str
    state: str
    waits_for: str
    is_mine: bool
    until: date | None
    is_late: bool
    basis: str
    confidence: str
    ground: Clause
    note: str
    missing: tuple[str, ...]
    signed: tuple[str, ...]
    done_on: date | None
    url: str
    is_optional: bool = False
    stages: tuple["ShownStep", ...] = ()


def shown_track(
    batch: Batch, track: Sequence[StepState], acting: Acting, marks: Mapping[str, Sequence[str]]
) -> tuple[ShownStep, ...]:
    return tuple(_shown(number, step, batch, acting, marks) for number, step in enumerate(track, 1))


def shown_next(steps: Sequence[ShownStep], track: Sequence[StepState]) -> ShownStep | None:
    """What to do now: what waits for the reader, else what the batch waits for."""
    parts = [part for step in steps for part in (step.stages or (step,))]
    mine = next((part for part in parts if part.is_mine and not part.is_optional), None)
    following = next_step(track)
    if mine or following is None:
        return mine
    inner = next_step(following.stages)
    return next(part for part in (*parts, *steps) if part.code == (inner or following).code)


def strip(track: Sequence[StepState]) -> tuple[dict[str, object], ...]:
    """For components/track_strip.html: of the open steps only the next one is named."""
    following = next_step(track)
    return tuple(
        {
            "number": number,
            "name": step.title,
            "state": _state_word(step) if step.state is not Standing.OPEN or step is following
            else "todo",
        }
        for number, step in enumerate(track, 1)
    )  # fmt: skip


def _shown(
    number: int,
    step: StepState,
    batch: Batch,
    acting: Acting,
    marks: Mapping[str, Sequence[str]],
    due: date | None = None,
) -> ShownStep:
    """`due`: of the step that a stage belongs to, where the stage has none of its own."""
    is_open = step.state is Standing.OPEN
    is_mine = is_open and waits_for_me(step.waits_for, batch, acting)
    role = Role(step.waits_for).label
    return ShownStep(
        number=number,
        code=step.code,
        name=step.title,
        state=_state_word(step),
        waits_for=(gettext("%(role)s（等您办理）") % {"role": role} if is_mine else str(role))
        if is_open
        else "",
        is_mine=is_mine,
        until=(step.due or due) if is_open else None,
        is_late=step.is_late,
        basis=step.ground.source if is_open else "",
        confidence=step.ground.confidence.value if is_open else "",
        ground=step.ground,
        note=_note(step),
        missing=step.missing,
        signed=tuple(marks.get(step.code, ())),
        done_on=step.done_at,
        url=step_url(step.code, batch, acting),
        is_optional=step.is_optional,
        stages=tuple(
            _shown(place, stage, batch, acting, marks) for place, stage in enumerate(step.stages, 1)
        ),
    )


def _state_word(step: StepState) -> str:
    return "todo" if step.state is Standing.BLOCKED else step.state.value


def _note(step: StepState) -> str:
    if step.after:
        return gettext("须先完成：%(steps)s") % {"steps": "、".join(step.after)}
    if step.is_optional and step.state is Standing.OPEN and not step.detail:
        return gettext("选做步骤，不影响后续步骤")
    return step.detail


def waits_for_me(role: str, batch: Batch, acting: Acting) -> bool:
    """An officer reads only; a clerk works in a unit of the batch's organisation."""
    if acting.org is None or role not in acting.roles:
        return False
    return acting.org == batch.org or role == Role.CLERK


def step_url(code: str, batch: Batch, acting: Acting) -> str:
    """The screen where the step is done, or for whoever has no business there the step's own."""
    name = hooks.step_link(code)
    is_reader = acting.org is None or acting.has(Role.OFFICER)
    if name is not None and not is_reader:
        url = reverse(name, args=[batch.pk])
        if is_open_to(acting, url):
            return url
    return reverse("planning:batch_step", args=[batch.pk, code])


def marks_of(batch: Batch) -> dict[str, list[str]]:
    """Signatures and records by step, in words. Three queries."""
    found: dict[str, list[str]] = defaultdict(list)
    if batch.plan.approved_by:
        found["S01"].append(_signed(3, batch.plan.approved_by, batch.plan.approved_at))
    for signature in procedures.sign_offs(batch.run):
        choice = "" if signature.choice == Choice.PASS else f"（{signature.get_choice_display()}）"
        found[signature.step].append(_signed(signature.layer, signature.by, signature.at) + choice)
    cases = (
        SignOff.objects.filter(run=batch.run_id)
        .exclude(subject="")
        .values_list("step", "layer")
        .annotate(cases=Count("subject", distinct=True))
        .order_by("step", "layer")
    )
    for step, layer, count in cases:
        found[step].append(
            gettext("第%(layer)s层已签%(count)s人") % {"layer": layer, "count": count}
        )
    for record in procedures.records(batch.run):
        found[record.step].append(
            gettext("%(name)s %(day)s 登记") % {"name": record.by, "day": _day(record.at)}
            + (f"：{record.evidence_kind}" if record.evidence_kind else "")
        )
    return found


def history(batch: Batch) -> list[dict[str, object]]:
    """The latest deeds, newest first, for components/timeline.html. One query."""
    parts = procedures.procedure_of(batch.run.definition).parts
    return [
        {
            "at": event.at,
            "title": f"{action_name(event.action)} {_step_title(parts, event.data)}".strip(),
            "who": str(event.by or ""),
            "text": event.data.get("reason") or event.data.get("note") or "",
        }
        for event in events_of(batch).reverse()[:HISTORY]
    ]


def _step_title(parts: Mapping[str, Step], data: Mapping[str, Any]) -> str:
    part = parts.get(data.get("step", ""))
    return f"“{part.title}”" if part else ""


def _signed(layer: int, name: object, at: datetime | None) -> str:
    return gettext("第%(layer)s层 %(name)s %(day)s 签字") % {
        "layer": layer,
        "name": name,
        "day": _day(at),
    }


def _day(at: datetime | None) -> str:
    return timezone.localdate(at).isoformat() if at else ""
