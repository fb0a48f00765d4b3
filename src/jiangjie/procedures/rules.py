"""The procedure and how far a run has come: plain values in, plain values out.

A definition (YAML, checked by definitions/schema.json) becomes a `Procedure`. How far a run is
follows from facts alone; nothing here is stored. Steps are the organisation's work (S01…),
stages are what happens inside the evaluation step (T01… inside S11).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from jiangjie.kernel.clauses import Clause, Confidence
from jiangjie.kernel.errors import RuleViolation, gettext_noop

# ---- the definition -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of review (评审层次) with what it answers for."""

    layer: int  # 1-3
    name: str
    act: str  # 初审, 复审, 终审
    role: str  # accounts.Role value
    responsibility: str


@dataclass(frozen=True, slots=True)
class Step:
    """A step, or a stage inside one."""

    code: str
    title: str
    role: str  # who acts, accounts.Role value
    after: tuple[str, ...]  # codes of the predecessors
    ground: Clause
    signs: tuple[int, ...] = ()  # layers that must sign
    exceptional: tuple[int, ...] = ()  # layers that sign besides where the pack demands it
    evidence: tuple[str, ...] = ()  # kinds of evidence without which it is not done
    keeps: tuple[str, ...] = ()  # what the archive keeps of it
    optional: bool = False  # may be left out
    by_record: bool = False  # done by somebody's record; else by the facts of an app
    min_workdays: int = 0
    stages: tuple["Step", ...] = ()


@dataclass(frozen=True, slots=True)
class Procedure:
    code: str
    version: int
    title: str
    source: str
    confidence: Confidence
    layers: tuple[Layer, ...]
    steps: tuple[Step, ...]

    @property
    def parts(self) -> dict[str, Step]:
        """Every step and stage by its code."""
        return {part.code: part for step in self.steps for part in (step, *step.stages)}

    def part(self, code: str) -> Step:
        """The step or stage; RuleViolation when this procedure has none of that code."""
        try:
            return self.parts[code]
        except KeyError:
            raise RuleViolation(
                "procedures.unknown_step",
                gettext_noop("本程序没有步骤%(step)s。"),
                step=code,
            ) from None

    def layer(self, number: int) -> Layer:
        return next(layer for layer in self.layers if layer.layer == number)


def parse(body: Mapping[str, Any]) -> Procedure:
    """The procedure of a body that the schema accepts."""
    return Procedure(
        code=body["code"],
        version=body["version"],
        title=body["title"],
        source=body["source"],
        confidence=Confidence(body["confidence"]),
        layers=tuple(Layer(**layer) for layer in body["layers"]),
        steps=tuple(_step(step) for step in body["steps"]),
    )


def _step(body: Mapping[str, Any], *, is_stage: bool = False) -> Step:
    ground = body["ground"]
    return Step(
        code=body["code"],
        title=body["title"],
        role=body["role"],
        after=tuple(body["after"]),
        ground=Clause(
            body["code"], ground["text"], ground["source"], Confidence(ground["confidence"])
        ),
        signs=tuple(body.get("signs", ())),
        exceptional=tuple(body.get("exceptional", ())),
        evidence=tuple(body.get("evidence", ())),
        keeps=tuple(body.get("keeps", ())),
        optional=body.get("optional", False),
        by_record=is_stage or body.get("by_record", False),
        min_workdays=body.get("min_workdays", 0),
        stages=tuple(_step(stage, is_stage=True) for stage in body.get("stages", ())),
    )


def check_sound(procedure: Procedure) -> None:
    """Raise RuleViolation unless the procedure can be run at all.

    Codes are unique, predecessors are known and beside each other (a stage follows stages of its
    own step), nothing follows itself by any way round, and layers are 1, 2, 3 without a gap.
    """
    numbers = [layer.layer for layer in procedure.layers]
    if numbers != list(range(1, len(numbers) + 1)):
        raise RuleViolation(
            "procedures.layers_not_in_order",
            gettext_noop("评审层次应从第1层起依次编号，最多3层。"),
        )
    codes = [part.code for step in procedure.steps for part in (step, *step.stages)]
    for code in codes:
        if codes.count(code) > 1:
            raise RuleViolation(
                "procedures.code_twice", gettext_noop("编号%(step)s出现多次。"), step=code
            )
    for part in procedure.parts.values():
        for number in (*part.signs, *part.exceptional):
            if number not in numbers:
                raise RuleViolation(
                    "procedures.unknown_layer",
                    gettext_noop("%(step)s要求第%(layer)s层签字，但程序没有这一层。"),
                    step=part.code,
                    layer=number,
                )
    _check_order(procedure.steps)
    for step in procedure.steps:
        _check_order(step.stages)


def _check_order(steps: Sequence[Step]) -> None:
    known = {step.code for step in steps}
    left = {step.code: set(step.after) for step in steps}
    for code, after in left.items():
        if unknown := sorted(after - known):
            raise RuleViolation(
                "procedures.unknown_predecessor",
                gettext_noop("%(step)s的前置步骤%(missing)s不存在。"),
                step=code,
                missing="、".join(unknown),
            )
    while free := [code for code, after in left.items() if not after & left.keys()]:
        for code in free:
            del left[code]
    if left:
        raise RuleViolation(
            "procedures.cycle",
            gettext_noop("步骤%(steps)s互为前置，无法开始。"),
            steps="、".join(sorted(left)),
        )


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Where an organisation's own procedure asks for less than the bureau's minimum."""

    step: str  # code, or "" for the layers
    text: str  # gettext source with %(name)s places
    values: Mapping[str, object]


def shortfalls(own: Procedure, minimum: Procedure) -> tuple[Shortfall, ...]:
    """Everything in which `own`, a sound procedure, is below `minimum`; () when it may be used.

    It may add steps, stages, evidence, signing layers and working days, and give a step to another
    role. It may not leave out a step or a stage, a predecessor (directly or by a way round), a signing
    layer, a kind of evidence, a working day, nor make optional what the minimum demands, nor
    let one role hold two layers.
    """
    found: list[Shortfall] = []

    def lacks(step: str, text: str, **values: object) -> None:
        found.append(Shortfall(step, text, {"step": step, **values}))

    own_layers = {layer.layer for layer in own.layers}
    for layer in minimum.layers:
        if layer.layer not in own_layers:
            lacks("", gettext_noop("缺少第%(layer)s层评审（%(name)s）。"),
                  layer=layer.layer, name=layer.name)  # fmt: skip
    if len({layer.role for layer in own.layers}) < len(own.layers):
        lacks("", gettext_noop("两个评审层次不能由同一角色承担。"))
    parts = own.parts
    before = _all_before(own)
    for step in minimum.steps:
        for demanded in (step, *step.stages):
            mine = parts.get(demanded.code)
            if mine is None:
                lacks(demanded.code, gettext_noop("缺少%(step)s %(title)s。"),
                      title=demanded.title)  # fmt: skip
                continue
            if mine.optional and not demanded.optional:
                lacks(demanded.code, gettext_noop("%(step)s不能改为选做。"))
            if mine.by_record != demanded.by_record:
                lacks(demanded.code, gettext_noop("%(step)s的完成方式不能改变。"))
            if gone := _without(demanded.evidence, mine.evidence):
                lacks(demanded.code, gettext_noop("%(step)s缺少材料：%(names)s。"), names=gone)
            if gone := _without(demanded.signs, mine.signs):
                lacks(demanded.code, gettext_noop("%(step)s缺少第%(names)s层签字。"), names=gone)
            if gone := _without(demanded.exceptional, (*mine.exceptional, *mine.signs)):
                lacks(demanded.code, gettext_noop("%(step)s的例外途径缺少第%(names)s层签字。"),
                      names=gone)  # fmt: skip
            if gone := _without(demanded.after, before[demanded.code]):
                lacks(demanded.code, gettext_noop("%(step)s不再以%(names)s为前置。"), names=gone)
            if mine.min_workdays < demanded.min_workdays:
                lacks(demanded.code, gettext_noop("%(step)s不得少于%(days)s个工作日。"),
                      days=demanded.min_workdays)  # fmt: skip
    return tuple(found)


def check_not_below(own: Procedure, minimum: Procedure) -> None:
    """Raise RuleViolation when an organisation's procedure asks for less than the bureau's."""
    for first in shortfalls(own, minimum):
        raise RuleViolation(
            "procedures.below_minimum", first.text, source=minimum.title, **first.values
        )


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two versions; "" stands for nothing there."""

    step: str
    what: str  # a gettext source string
    before: str
    after: str
    is_role: bool = False  # then before and after are role codes


_COMPARED = {
    "title": gettext_noop("名称"),
    "role": gettext_noop("负责角色"),
    "after": gettext_noop("前置步骤"),
    "signs": gettext_noop("签字层次"),
    "exceptional": gettext_noop("例外途径签字层次"),
    "evidence": gettext_noop("必备材料"),
    "keeps": gettext_noop("归档保存"),
    "optional": gettext_noop("选做"),
    "by_record": gettext_noop("由登记完成"),
    "min_workdays": gettext_noop("最少工作日"),
}


def changes(before: Procedure, after: Procedure) -> tuple[Change, ...]:
    """What an organisation changed, step by step in the order of the new version."""
    found: list[Change] = []
    if before.title != after.title:
        found.append(Change("", gettext_noop("名称"), before.title, after.title))
    for old_layer, new_layer in zip(before.layers, after.layers, strict=False):
        if old_layer != new_layer:
            found.append(
                Change(
                    f"L{new_layer.layer}",
                    gettext_noop("评审层次"),
                    f"{old_layer.name} {old_layer.role} {old_layer.responsibility}",
                    f"{new_layer.name} {new_layer.role} {new_layer.responsibility}",
                )
            )
    old_parts, new_parts = before.parts, after.parts
    for code, part in new_parts.items():
        old = old_parts.get(code)
        if old is None:
            found.append(Change(code, gettext_noop("新增步骤"), "", part.title))
            continue
        found += [
            Change(
                code,
                name,
                _plain(getattr(old, field)),
                _plain(getattr(part, field)),
                is_role=field == "role",
            )
            for field, name in _COMPARED.items()
            if getattr(old, field) != getattr(part, field)
        ]
        if old.ground != part.ground:
            found.append(Change(code, gettext_noop("依据"), old.ground.text, part.ground.text))
    found += [
        Change(code, gettext_noop("删去步骤"), old.title, "")
        for code, old in old_parts.items()
        if code not in new_parts
    ]
    return tuple(found)


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return "、".join(map(str, value))
    return ("✓" if value else "") if isinstance(value, bool) else str(value)


def _without(demanded: Iterable[object], mine: Collection[object]) -> str:
    return "、".join(str(item) for item in demanded if item not in mine)


def _all_before(procedure: Procedure) -> dict[str, set[str]]:
    """By code, all that comes before a step or stage by any way. Ends only for a sound procedure."""
    parts = procedure.parts
    found: dict[str, set[str]] = {}

    def collect(code: str) -> set[str]:
        if code not in found:
            found[code] = set(parts[code].after).union(*map(collect, parts[code].after))
        return found[code]

    for code in parts:
        collect(code)
    return found


# ---- how far a run has come -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StepFact:
    """What is known of a step or stage. `detail` and `missing` are in the reader's language."""

    is_done: bool
    done_at: date | None = None
    detail: str = ""
    due: date | None = None
    missing: tuple[str, ...] = ()
    is_skipped: bool = False  # left out with a reason; counts only for an optional one
    waits_for: str = ""  # a role, where it is another than the definition's


NOTHING_KNOWN = StepFact(is_done=False)


class Standing(StrEnum):
    DONE = "done"
    OPEN = "open"
    BLOCKED = "blocked"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class StepState:
    """One step (or stage) of a run's track."""

    code: str
    title: str
    state: Standing
    waits_for: str  # role
    due: date | None
    ground: Clause
    detail: str
    missing: tuple[str, ...]  # of an open step: what is not there yet
    stages: tuple["StepState", ...] = ()
    done_at: date | None = None
    after: tuple[str, ...] = ()  # of a blocked step: titles of what must come first
    is_optional: bool = False
    is_late: bool = False


def combine(facts: Iterable[StepFact]) -> StepFact:
    """What several apps know of one step: done when one says so; of the rest the last word holds."""
    whole = NOTHING_KNOWN
    for fact in facts:
        whole = StepFact(
            is_done=whole.is_done or fact.is_done,
            done_at=fact.done_at or whole.done_at,
            detail=fact.detail or whole.detail,
            due=fact.due or whole.due,
            missing=fact.missing or whole.missing,
            is_skipped=whole.is_skipped or fact.is_skipped,
            waits_for=fact.waits_for or whole.waits_for,
        )
    return whole


@dataclass(frozen=True, slots=True)
class Recorded:
    """One step record as far as progress depends on it."""

    kind: str  # of evidence, "" for a plain note
    on: date
    is_skipped: bool
    note: str = ""


def with_records(step: Step, fact: StepFact, records: Sequence[Recorded]) -> StepFact:
    """The fact together with what was recorded by hand.

    A step done by record needs one record and each kind of evidence; a step done elsewhere needs
    its evidence as well. Records are only ever added, so what is done stays done.
    """
    kept = [record for record in records if not record.is_skipped]
    kinds = {record.kind for record in kept}
    missing = tuple(kind for kind in step.evidence if kind not in kinds)
    is_done = (fact.is_done or (step.by_record and bool(kept))) and not missing
    left_out = next((record for record in records if record.is_skipped), None)
    return replace(
        fact,
        is_done=is_done,
        done_at=fact.done_at or (max(record.on for record in kept) if is_done and kept else None),
        missing=(*fact.missing, *missing),
        is_skipped=fact.is_skipped or left_out is not None,
        detail=fact.detail or (left_out.note if left_out and not is_done else ""),
    )


def progress(
    procedure: Procedure, facts: Mapping[str, StepFact], today: date
) -> tuple[StepState, ...]:
    """The whole track of a run.

    A step is done by its fact, the evaluation step by its stages; it is open once everything before
    it is done or left out. An optional step holds nobody up, and counts as left out once a later
    step is done; an optional stage has to be left out in so many words.
    """
    inner: dict[str, tuple[StepState, ...]] = {}
    whole = dict(facts)
    for step in procedure.steps:
        if step.stages:
            inner[step.code] = stages = _states(step.stages, facts, today)
            whole[step.code] = _of_stages(facts.get(step.code, NOTHING_KNOWN), stages)
    return tuple(
        replace(state, stages=_within(state, inner.get(state.code, ())))
        for state in _states(procedure.steps, whole, today, passes_optional=True)
    )


def _states(
    steps: Sequence[Step],
    facts: Mapping[str, StepFact],
    today: date,
    *,
    passes_optional: bool = False,
) -> tuple[StepState, ...]:
    by_code = {step.code: step for step in steps}
    known = {step.code: facts.get(step.code, NOTHING_KNOWN) for step in steps}

    def is_settled(code: str) -> bool:
        """Done or left out; or optional, so that what comes before it decides."""
        step, fact = by_code[code], known[code]
        if fact.is_done or (step.optional and fact.is_skipped):
            return True
        return passes_optional and step.optional and all(map(is_settled, step.after))

    overtaken = {code for step in steps if known[step.code].is_done for code in step.after}

    def state_of(step: Step) -> StepState:
        fact = known[step.code]
        first = tuple(by_code[code].title for code in step.after if not is_settled(code))
        if fact.is_done:
            standing = Standing.DONE
        elif step.optional and (fact.is_skipped or (passes_optional and step.code in overtaken)):
            standing = Standing.SKIPPED
        else:
            standing = Standing.BLOCKED if first else Standing.OPEN
        is_open = standing is Standing.OPEN
        return StepState(
            code=step.code,
            title=step.title,
            state=standing,
            waits_for=fact.waits_for or step.role,
            due=fact.due,
            ground=step.ground,
            detail=fact.detail,
            missing=fact.missing if is_open else (),
            done_at=fact.done_at if standing is Standing.DONE else None,
            after=first if standing is Standing.BLOCKED else (),
            is_optional=step.optional,
            is_late=is_open and fact.due is not None and fact.due < today,
        )

    return tuple(map(state_of, steps))


def _of_stages(fact: StepFact, stages: Sequence[StepState]) -> StepFact:
    """The fact of a step that consists of its stages, and waits for whoever is next in them."""
    is_done = all(stage.state in {Standing.DONE, Standing.SKIPPED} for stage in stages)
    following = next((stage for stage in stages if stage.state is Standing.OPEN), None)
    days = [stage.done_at for stage in stages if stage.done_at]
    return replace(
        fact,
        is_done=is_done,
        done_at=max(days) if is_done and days else None,
        waits_for=following.waits_for if following else fact.waits_for,
    )


def _within(step: StepState, stages: tuple[StepState, ...]) -> tuple[StepState, ...]:
    """Stages as the step lets them stand: none is open before the step is."""
    if step.state is not Standing.BLOCKED:
        return stages
    return tuple(
        replace(stage, state=Standing.BLOCKED, missing=(), is_late=False)
        if stage.state is Standing.OPEN
        else stage
        for stage in stages
    )


def next_step(track: Iterable[StepState]) -> StepState | None:
    """What to do now: the first open step that is not optional, else the first open one."""
    open_steps = [step for step in track if step.state is Standing.OPEN]
    return next((step for step in open_steps if not step.is_optional), None) or next(
        iter(open_steps), None
    )


def check_open(track: Iterable[StepState], code: str) -> StepState:
    """The state of a step or stage that may be worked on; RuleViolation while it is blocked."""
    for step in track:
        for part in (step, *step.stages):
            if part.code != code:
                continue
            if part.state is Standing.BLOCKED:
                raise RuleViolation(
                    "procedures.step_blocked",
                    gettext_noop("“%(step)s”尚不能办理，须先完成：%(missing)s。"),
                    source=part.ground.source,
                    step=part.title,
                    missing="、".join(part.after or step.after),
                )
            return part
    raise RuleViolation(
        "procedures.unknown_step", gettext_noop("本程序没有步骤%(step)s。"), step=code
    )


# ---- who may sign, who may leave out --------------------------------------------------------

SEPARATION = "评审层次职责分离（推定）：同一人不得在两个层次为同一对象签字，不得审核本人"


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that the same user gave before in this run."""

    subject: str  # "" concerns everybody
    layer: int


def check_separation(
    *,
    layer: int,
    subjects: Collection[str],
    earlier: Iterable[Signed],
    own_person: int | None,
    people_of: Mapping[str, int],
) -> None:
    """Raise RuleViolation when a user may not sign for these subjects on this layer.

    He must have signed on no other layer for one of them, and be none of them himself. A
    signature for the whole run concerns every candidate of it.
    """
    wanted = set(subjects)
    is_whole = "" in wanted
    for signed in earlier:
        if signed.layer != layer and (is_whole or signed.subject == "" or signed.subject in wanted):
            raise RuleViolation(
                "procedures.two_layers",
                gettext_noop("您已在第%(earlier)s层签字，不能再为同一对象在第%(layer)s层签字。"),
                source=SEPARATION,
                earlier=signed.layer,
                layer=layer,
            )
    concerned = people_of.values() if is_whole else [people_of[s] for s in wanted if s in people_of]
    if own_person is not None and own_person in concerned:
        raise RuleViolation(
            "procedures.own_case", gettext_noop("不能审核本人的事项。"), source=SEPARATION
        )


def check_may_sign(step: Step, layer: int) -> None:
    """Raise RuleViolation unless the procedure gives this layer a signature in the step."""
    if layer not in (*step.signs, *step.exceptional):
        raise RuleViolation(
            "procedures.layer_signs_not_here",
            gettext_noop("第%(layer)s层在“%(step)s”没有签字职责。"),
            source=step.ground.source,
            layer=layer,
            step=step.title,
        )


def check_may_leave_out(step: Step, state: StepState, reason: str) -> None:
    """Raise RuleViolation unless the step may be marked 不适用 now, for this reason."""
    if not step.optional:
        raise RuleViolation(
            "procedures.not_optional",
            gettext_noop("“%(step)s”是必经步骤，不能标记为不适用。"),
            source=step.ground.source,
            step=step.title,
        )
    if not reason.strip():
        raise RuleViolation(
            "procedures.reason_needed", gettext_noop("标记为不适用时必须写明理由。")
        )
    if state.state is Standing.DONE:
        raise RuleViolation(
            "procedures.already_done", gettext_noop("“%(step)s”已经完成。"), step=step.title
        )
