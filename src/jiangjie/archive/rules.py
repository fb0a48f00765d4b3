"""What belongs into the five volumes of a batch's archive, and what of it is there.

Pure: counts in, volumes out, so that the offline verifier derives the same from a bag alone.
The folders are those of a published 档案管理制度; none of a national text was seen (confidence S~).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from jiangjie.kernel.clauses import Clause, Confidence
from jiangjie.kernel.errors import RuleViolation, gettext_noop

FORMAT = "jiangjie-archive/1"
FOLDERS = (
    "1-报名、资格审核卷",
    "2-备案材料卷",
    "3-认定过程卷",
    "4-试卷及结果卷",
    "5-证书管理卷",
)
TITLES = (
    gettext_noop("报名、资格审核卷"),
    gettext_noop("备案材料卷"),
    gettext_noop("认定过程卷"),
    gettext_noop("试卷及结果卷"),
    gettext_noop("证书管理卷"),
)
CONSULTATION = Clause(
    id="R-08",
    text=gettext_noop("档案由专人管理，当事人不得查阅本人所在批次的档案。"),
    source="职业技能等级认定档案管理制度 查阅",
    confidence=Confidence.REPOSTED,
)
REVIEWED_LEVELS = frozenset({5, 6, 7, 8})  # 技师 and above write papers and defend them

# Where the evidence of a step is filed; what is not named here lies in the third volume.
_VOLUME_OF_STEP = {
    "S01": 2, "S02": 2, "S03": 2, "S04": 1, "S05": 1, "S06": 1, "S07": 1, "S08": 1, "S10": 2,
    "T07": 4, "T08": 4, "T09": 4, "S12": 4, "S13": 4, "S14": 5, "S15": 5,
}  # fmt: skip


def folder_of_step(code: str) -> str:
    return FOLDERS[_VOLUME_OF_STEP.get(code, 3) - 1]


class State(StrEnum):
    PRESENT = "present"
    MISSING = "missing"
    NOT_APPLICABLE = "na"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a volume must hold. `missing` is a gettext source with places for `values`."""

    code: str  # "1.3"
    title: str  # a gettext source string
    step: str  # where it is done
    role: str  # accounts.Role value of whoever must do it
    state: State
    count: int
    missing: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    is_required: bool = True

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code, "title": self.title, "state": self.state.value,
            "count": self.count, "required": self.is_required,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Volume:
    number: int
    title: str  # a gettext source string
    items: tuple[Item, ...]

    @property
    def required(self) -> int:
        return sum(_counts(item) for item in self.items)

    @property
    def present(self) -> int:
        return sum(_counts(item) and item.state is State.PRESENT for item in self.items)

    @property
    def is_complete(self) -> bool:
        return self.present == self.required

    def to_json(self) -> dict[str, Any]:
        return {
            "number": self.number, "title": self.title,
            "items": [item.to_json() for item in self.items],
        }  # fmt: skip


def _counts(item: Item) -> bool:
    return item.is_required and item.state is not State.NOT_APPLICABLE


@dataclass(frozen=True, slots=True)
class Records:
    """What was recorded for a step or stage."""

    count: int = 0  # not counting those that leave it out
    kinds: frozenset[str] = frozenset()  # of evidence
    is_left_out: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that completeness depends on; counts of people where nothing else is said."""

    levels: frozenset[int]
    is_plan_approved: bool
    is_reported: bool
    is_announced: bool
    is_closed: bool  # no more applications
    submitted: int
    undecided: int
    qualified: int
    records: Mapping[str, Records]  # by step
    decided: int
    is_result_final: bool  # every layer has signed the list
    to_issue: int  # passed, not struck off by an objection, without a certificate
    certificates: int
    revoked: int
    handed_over: int  # of the valid ones
    appointed: int  # of the valid ones

    @property
    def valid(self) -> int:
        return self.certificates - self.revoked


def volumes(known: Known) -> tuple[Volume, ...]:
    """The five volumes in order; the same items for every batch."""
    found = (_first, _second, _third, _fourth, _fifth)
    return tuple(
        Volume(number, title, tuple(make(known)))
        for number, (title, make) in enumerate(zip(TITLES, found, strict=True), start=1)
    )


_NOT_DONE = gettext_noop("尚未办理")
_NO_RECORD = gettext_noop("尚未登记，也未说明不适用")


def _first(known: Known) -> list[Item]:
    reviewed = known.submitted - known.undecided
    return [
        _item("1.1", gettext_noop("认定公告"), "S04", "office", int(known.is_announced),
              "" if known.is_announced else gettext_noop("公告尚未发布")),
        _item("1.2", gettext_noop("个人（团体）报名材料"), "S05", "clerk", known.submitted,
              "" if known.submitted else gettext_noop("尚无申报")),
        _item("1.3", gettext_noop("资格审核数据汇总表"), "S06", "office", reviewed,
              _review_gap(known), {"count": known.undecided}),
        _item("1.4", gettext_noop("审核通过名册"), "S06", "office", known.qualified,
              "" if known.qualified and not _review_gap(known) else
              gettext_noop("资格审核尚未完成或无人通过")),
        _recorded("1.5", gettext_noop("培训方案"), "S08", "office", known, is_required=False),
    ]  # fmt: skip


def _review_gap(known: Known) -> str:
    if known.undecided:
        return gettext_noop("%(count)d份申报尚无审核结论")
    if not known.is_closed:
        return gettext_noop("申报尚未截止")
    return "" if known.submitted else gettext_noop("尚无申报")


def _second(known: Known) -> list[Item]:
    if not known.is_plan_approved:
        gap = gettext_noop("年度计划尚未审定")
    else:
        gap = "" if known.is_reported else gettext_noop("本批次尚未报备")
    return [
        _item("2.1", gettext_noop("认定计划申报表"), "S02", "office", int(not gap), gap),
        _recorded("2.2", gettext_noop("考务实施方案"), "S10", "office", known, "考务实施方案"),
    ]


def _third(known: Known) -> list[Item]:
    return [
        _recorded("3.1", gettext_noop("监考签到"), "T05", "assessor", known),
        _recorded("3.2", gettext_noop("试卷发放、收取登记"), "S09", "office", known, "试卷交接单"),
        _recorded("3.3", gettext_noop("考生签到"), "T03", "assessor", known, "考生签到表"),
        _recorded("3.4", gettext_noop("考场情况记录单"), "T06", "assessor", known),
        _recorded("3.5", gettext_noop("考评人员签到"), "T02", "assessor", known),
        _recorded("3.6", gettext_noop("内部督导表"), "T10", "supervisor", known, "督导报告"),
    ]


def _fourth(known: Known) -> list[Item]:
    gap = ""
    if not known.qualified or known.decided < known.qualified:
        gap = gettext_noop("尚有考生未评定结果")
    elif not known.is_result_final:
        gap = gettext_noop("结果汇总表尚未由各层签署")
    defended = known.levels & REVIEWED_LEVELS
    return [
        _item("4.1", gettext_noop("结果汇总表"), "S12", "committee", known.decided, gap),
        _recorded("4.2", gettext_noop("理论、技能、综合试卷与答题卡"), "T09", "office", known),
        _recorded("4.3", gettext_noop("技能评分记录表"), "T08", "assessor", known, "评分表"),
        _recorded("4.4", gettext_noop("论文评审表与答辩评分表"), "T07", "assessor", known)
        if defended
        else _none("4.4", gettext_noop("论文评审表与答辩评分表"), "T07", "assessor"),
        _recorded("4.5", gettext_noop("工件、实物（照片或录像）"), "T06", "assessor", known,
                  is_required=False),
    ]  # fmt: skip


def _fifth(known: Known) -> list[Item]:
    if known.is_result_final and known.decided and not known.to_issue + known.certificates:
        return [_none(*item) for item in _FIFTH]  # nobody passed: no certificate, nothing to pay
    if known.to_issue:
        gap = gettext_noop("%(count)d人尚未制发证书")
    else:
        gap = "" if known.certificates else gettext_noop("尚未制发证书")
    left = known.valid - known.handed_over
    unpaid = known.valid - known.appointed
    confirmed, fetched, voided, paid = _FIFTH
    return [
        _item(*confirmed, known.certificates, gap, {"count": known.to_issue}),
        _item(*fetched, known.handed_over,
              _left(known, left, gettext_noop("%(count)d本证书尚未登记领取")), {"count": left}),
        _item(*voided, known.revoked, "") if known.revoked else _none(*voided),
        _item(*paid, known.appointed,
              _left(known, unpaid, gettext_noop("%(count)d人尚未聘任兑现")), {"count": unpaid},
              is_required=False),
    ]  # fmt: skip


_FIFTH = (
    ("5.1", gettext_noop("证书数据审核确认表"), "S14", "office"),
    ("5.2", gettext_noop("领取登记"), "S14", "office"),
    ("5.3", gettext_noop("补办、作废记录"), "S14", "office"),
    ("5.4", gettext_noop("聘任与兑现待遇记录"), "S15", "payroll"),
)


def _left(known: Known, left: int, text: str) -> str:
    if not known.certificates:
        return _NOT_DONE
    return text if left else ""


def _recorded(
    code: str, title: str, step: str, role: str, known: Known, kind: str = "", *,
    is_required: bool = True,
) -> Item:  # fmt: skip
    """There once somebody recorded the step (with this kind of evidence) or left it out."""
    records = known.records.get(step, Records())
    if records.count and (not kind or kind in records.kinds):
        return _item(code, title, step, role, records.count, "", is_required=is_required)
    if records.is_left_out:
        return _none(code, title, step, role)
    return _item(code, title, step, role, 0, _NO_RECORD, is_required=is_required)


def _none(code: str, title: str, step: str, role: str) -> Item:
    return Item(code, title, step, role, State.NOT_APPLICABLE, 0)


def _item(
    code: str, title: str, step: str, role: str, count: int, missing: str,
    values: Mapping[str, object] | None = None, *, is_required: bool = True,
) -> Item:  # fmt: skip
    state = State.MISSING if missing else State.PRESENT
    return Item(code, title, step, role, state, count, missing, values or {}, is_required)


def check_not_concerned(*, is_candidate: bool) -> None:
    """R-08: the party concerned does not consult the archive of his own batch."""
    if is_candidate:
        raise RuleViolation(
            "archive.own_batch",
            gettext_noop("您是本批次的申报人，不得查阅本批次的档案。"),
            source=CONSULTATION.source,
        )


def kept_until(day: date, years: int) -> date:
    """The last day of keeping: `years` years after `day`, 29 February becoming 28 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def missing_items(found: Collection[Volume]) -> list[Item]:
    """Required and not there, in the order of the volumes."""
    return [
        item
        for volume in found
        for item in volume.items
        if item.is_required and item.state is State.MISSING
    ]
