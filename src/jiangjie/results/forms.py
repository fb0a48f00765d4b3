"""What is typed: the grid of scores, correction slips, filters of the lists."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiangjie.accounts.models import User
from jiangjie.applications.models import Application
from jiangjie.kernel.errors import MalformedValue
from jiangjie.planning.models import Batch
from jiangjie.results import rules
from jiangjie.results.models import Correction, Outcome, ScoreEntry

SORTS = {
    "ticket": "ticket",
    "name": "person__name",
    "unit": "unit_name",
    "outcome": "decision__outcome",
}


@dataclass(slots=True)
class Cell:
    """One line of the grid: what it says now, and what is wrong with that."""

    case: Application
    text: str
    is_settled: bool
    error: str = ""

    @property
    def name(self) -> str:
        return f"score-{self.case.pk}"


class ScoreGrid:
    """The scores of one page of candidates as text fields. What was typed is never lost: it is
    shown again beside its error."""

    def __init__(
        self,
        part: str,
        cases: Iterable[Application],
        typed: Mapping[int, ScoreEntry],
        settled: set[int],
        data: Mapping[str, str] | None = None,
    ) -> None:
        self.part, self.typed = part, typed
        self.cells = []
        for case in cases:
            before = rules.format_value(typed[case.pk].value) if case.pk in typed else ""
            cell = Cell(case, before, case.pk in settled)
            if data is not None and not cell.is_settled:
                cell.text = data.get(cell.name, before).strip()
            self.cells.append(cell)

    def paste(self, column: str) -> None:
        """Put a column copied from a worksheet into the grid: lines of "ticket⇥score" to their
        tickets, lines of a score alone to the lines from the top."""
        lines = [line.rstrip("\r") for line in column.strip("\r\n").split("\n")]
        by_ticket = {cell.case.ticket: cell for cell in self.cells if not cell.is_settled}
        from_top = iter(self.cells)
        for line in lines:
            if "\t" in line:
                ticket, *others = (each.strip() for each in line.split("\t"))
                if ticket in by_ticket:
                    by_ticket[ticket].text = others[-1]
                continue
            cell = next(from_top, None)
            if cell is not None and not cell.is_settled and line.strip():
                cell.text = line.strip()

    def read(self) -> list[tuple[int, rules.Value]] | None:
        """The values of every filled line; None when a cell cannot be taken, which then says so."""
        rows: list[tuple[int, rules.Value]] = []
        for cell in self.cells:
            if cell.is_settled:
                continue
            if not cell.text:
                if cell.case.pk in self.typed:
                    cell.error = _("已录入的成绩不能清空；没有参加的填“缺考”。")
                continue
            try:
                rows.append((cell.case.pk, rules.parse_value(self.part, cell.text)))
            except MalformedValue as why:
                cell.error = _(why.text) % why.values
        return None if self.errors else rows

    @property
    def errors(self) -> Sequence[Cell]:
        return [cell for cell in self.cells if cell.error]


class SheetForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("成绩登记表"), help_text=gettext_lazy("用本页下载的模板填写，xlsx格式。")
    )


class HandoverForm(forms.Form):
    """Who leaves, who goes on, and why."""

    leaver = forms.ModelChoiceField(
        User.objects.none(), label=gettext_lazy("原录入人"), widget=forms.RadioSelect,
        empty_label=None,
    )  # fmt: skip
    successor = forms.ModelChoiceField(
        User.objects.none(), label=gettext_lazy("接手人"),
        help_text=gettext_lazy("未参与本科目另一遍录入的评价办公室人员或考评员。"),
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("移交原因"), max_length=200,
        help_text=gettext_lazy("如调离、离职、病假。已录入的成绩和原录入人保留在记录中。"),
    )  # fmt: skip

    def __init__(
        self, *args: Any, leavers: Collection[User], successors: QuerySet[User], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        known = User.objects.filter(pk__in=[user.pk for user in leavers])
        self.fields["leaver"].queryset = known  # type: ignore[attr-defined]
        self.fields["successor"].queryset = successors  # type: ignore[attr-defined]


class CorrectionForm(forms.Form):
    """The new value as it is typed, and why."""

    value = forms.CharField(label=gettext_lazy("更正为"), max_length=10)
    reason = forms.CharField(
        label=gettext_lazy("更正理由"),
        max_length=500,
        help_text=gettext_lazy("写明错在哪里、以哪份原始记录为准。"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, part: str, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.part = part

    def clean_value(self) -> rules.Value:
        try:
            return rules.parse_value(self.part, self.cleaned_data["value"])
        except MalformedValue as why:
            raise forms.ValidationError(_(why.text) % why.values) from why


class BatchFilter(forms.Form):
    q = forms.CharField(label=gettext_lazy("批次"), required=False, max_length=80)

    def narrow(self, batches: QuerySet[Batch]) -> QuerySet[Batch]:
        self.is_valid()
        if text := self.cleaned_data.get("q"):
            batches = batches.filter(Q(title__icontains=text) | Q(number=text))
        return batches


class ResultFilter(forms.Form):
    q = forms.CharField(
        label=gettext_lazy("查询"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("姓名、准考证号或单位")}),
    )
    level = forms.TypedChoiceField(
        label=gettext_lazy("等级"), required=False, coerce=int, empty_value=None
    )
    outcome = forms.ChoiceField(label=gettext_lazy("评定结果"), required=False)

    def __init__(self, data: Mapping[str, str], levels: Sequence[tuple[int, str]]) -> None:
        super().__init__(data)
        self.fields["level"].choices = [("", _("全部")), *levels]  # type: ignore[attr-defined]
        self.fields["outcome"].choices = [  # type: ignore[attr-defined]
            ("", _("全部")),
            ("none", _("未评定")),
            *Outcome.choices,
        ]

    def narrow(self, cases: QuerySet[Application]) -> QuerySet[Application]:
        self.is_valid()
        given = self.cleaned_data
        if text := given.get("q"):
            cases = cases.filter(
                Q(person__name__icontains=text) | Q(ticket=text) | Q(unit_name__icontains=text)
            )
        if level := given.get("level"):
            cases = cases.filter(line__level=level)
        if outcome := given.get("outcome"):
            cases = cases.filter(
                Q(decision=None) if outcome == "none" else Q(decision__outcome=outcome)
            )
        sort = self.data.get("sort", "")
        if column := SORTS.get(sort.removeprefix("-")):
            order = F(column).desc(nulls_last=True) if sort[0] == "-" else F(column).asc()
            cases = cases.order_by(order, "ticket", "pk")
        return cases


class CorrectionFilter(forms.Form):
    q = forms.CharField(label=gettext_lazy("姓名或准考证号"), required=False, max_length=80)
    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        required=False,
        choices=[
            ("", gettext_lazy("全部")),
            ("open", gettext_lazy("待审核")),
            ("accepted", gettext_lazy("已更正")),
            ("refused", gettext_lazy("不予更正")),
        ],
    )

    def narrow(self, slips: QuerySet[Correction]) -> QuerySet[Correction]:
        self.is_valid()
        given = self.cleaned_data
        if text := given.get("q"):
            slips = slips.filter(
                Q(mark__application__person__name__icontains=text)
                | Q(mark__application__ticket=text)
            )
        if state := given.get("state"):
            slips = slips.filter(
                is_accepted={"open": None, "accepted": True, "refused": False}[state]
            )
        return slips
