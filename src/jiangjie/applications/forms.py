"""Forms of the application screens; they check shapes, the services check rules."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from jiangjie.applications.models import Application, ApplicationState, Route
from jiangjie.kernel.levels import Level
from jiangjie.people.identity import blind_index
from jiangjie.people.models import IdType
from jiangjie.planning.models import Batch, BatchLine
from jiangjie.procedures.models import Choice


def line_label(line: BatchLine) -> str:
    occupation = str(line.frozen["occupation_name"])
    work_type = f"（{line.work_type}）" if line.work_type else ""
    return f"{occupation}{work_type} · {Level(line.level).certificate_text}"


if TYPE_CHECKING:
    LineChoices = forms.ModelChoiceField[BatchLine]
else:
    LineChoices = forms.ModelChoiceField


class LineChoice(LineChoices):
    def label_from_instance(self, obj: BatchLine) -> str:
        return line_label(obj)


class ApplicationForm(forms.Form):
    """A worker's own form: which level, by which way, photo."""

    line = LineChoice(label=_("申报职业（工种）和等级"), queryset=BatchLine.objects.none())
    route = forms.ChoiceField(label=_("申报方式"), choices=Route.choices, initial=Route.REGULAR)
    route_reason = forms.CharField(
        label=_("理由"), required=False, max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("破格、越级、直接认定、免理论时必填，并须上传证明材料。"),
    )  # fmt: skip
    photo = forms.FileField(
        label=_("近期一寸白底证件照"), required=False,
        widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png"}),
    )  # fmt: skip

    def __init__(self, *args: Any, batch: Batch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = batch.lines.order_by("standard_id", "work_type", "level")
        self.fields["line"].queryset = lines  # type: ignore[attr-defined]


class EvidenceForm(forms.Form):
    kind = forms.CharField(
        label=_("材料名称"), max_length=60,
        widget=forms.TextInput(attrs={"list": "evidence-kinds"}),
    )  # fmt: skip
    file = forms.FileField(label=_("文件（PDF、JPG、PNG）"))


class RosterForm(forms.Form):
    file = forms.FileField(
        label=_("报名名册（.xlsx 或 .csv）"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
    )


class ApplicationFilter(forms.Form):
    q = forms.CharField(label=_("姓名或证件号码"), required=False)
    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("全部")), *ApplicationState.choices]
    )
    turn = forms.ChoiceField(
        label=_("待审层次"), required=False,
        choices=[("", _("全部")), ("1", _("基层初审")), ("2", _("办公室复审")), ("3", _("委员会审定"))],
    )  # fmt: skip
    eligible = forms.ChoiceField(
        label=_("条件核查"), required=False,
        choices=[("", _("全部")), ("yes", _("符合")), ("no", _("不符合"))],
    )  # fmt: skip
    route = forms.ChoiceField(
        label=_("申报方式"), required=False, choices=[("", _("全部")), *Route.choices]
    )
    level = forms.ChoiceField(label=_("等级"), required=False)

    def __init__(self, *args: Any, levels: Sequence[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"].choices = [  # type: ignore[attr-defined]
            ("", _("全部")), *((str(n), Level(n).certificate_text) for n in levels),
        ]  # fmt: skip

    def narrow(self, cases: QuerySet[Application]) -> QuerySet[Application]:
        if not self.is_valid():
            return cases
        given = self.cleaned_data
        if text := given["q"].strip():
            compact = "".join(text.split()).upper()
            found = Q(person__name__icontains=text) | Q(ticket=compact)
            if len(compact) >= 15:
                found |= Q(person__id_index__in=[blind_index(k, compact) for k in IdType.values])
            cases = cases.filter(found)
        if given["state"]:
            cases = cases.filter(state=given["state"])
        if given["turn"]:
            cases = cases.filter(turn=int(given["turn"]))
        if given["eligible"]:
            cases = cases.filter(is_eligible=given["eligible"] == "yes")
        if given["route"]:
            cases = cases.filter(route=given["route"])
        if given["level"]:
            cases = cases.filter(line__level=int(given["level"]))
        return cases


class ReviewForm(forms.Form):
    """A decision on the chosen cases, or on all that wait and meet a clause (`everyone`)."""

    layer = forms.IntegerField(min_value=1, max_value=3, widget=forms.HiddenInput)
    case = forms.TypedMultipleChoiceField(coerce=int, required=False)
    everyone = forms.ChoiceField(
        required=False, choices=[("", ""), ("eligible", ""), ("ineligible", "")]
    )
    choice = forms.ChoiceField(choices=Choice.choices)
    reason = forms.CharField(max_length=500, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sent = self.data.getlist("case") if hasattr(self.data, "getlist") else []
        self.fields["case"].choices = [  # type: ignore[attr-defined]
            (value, value) for value in sent if str(value).isdigit()
        ]
