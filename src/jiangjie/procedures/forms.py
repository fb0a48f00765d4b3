"""How an organisation edits its procedure: a form over the body, or the whole as YAML."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jiangjie.accounts.models import Role

ACTING_ROLES = [
    Role.WORKER, Role.CLERK, Role.OFFICE, Role.COMMITTEE, Role.ASSESSOR, Role.SUPERVISOR,
    Role.PAYROLL,
]  # fmt: skip


def role_choices() -> list[tuple[str, Any]]:
    return [(role.value, role.label) for role in ACTING_ROLES]


class TitleForm(forms.Form):
    title = forms.CharField(label=_("程序名称"), max_length=100)


class PartForm(forms.Form):
    """One step or stage of the version that is changed."""

    code = forms.CharField(widget=forms.HiddenInput, max_length=10)
    title = forms.CharField(label=_("名称"), max_length=100)
    role = forms.ChoiceField(label=_("负责角色"), choices=role_choices)
    evidence = forms.CharField(
        label=_("必备材料"), required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("每行一种；没有这些材料，步骤不算完成。"),
    )  # fmt: skip
    min_workdays = forms.IntegerField(
        label=_("最少工作日"), required=False, min_value=0, max_value=250
    )

    def clean_evidence(self) -> list[str]:
        lines = (line.strip() for line in self.cleaned_data["evidence"].splitlines())
        return list(dict.fromkeys(line for line in lines if line))


class ExtraStepForm(forms.Form):
    """A step of the organisation's own, between two others; left out when it has no name."""

    title = forms.CharField(label=_("名称"), required=False, max_length=100)
    role = forms.ChoiceField(label=_("负责角色"), choices=role_choices, required=False)
    after = forms.ChoiceField(label=_("排在哪一步之后"), required=False)
    ground = forms.CharField(label=_("内容和依据"), required=False, max_length=500)
    evidence = forms.CharField(
        label=_("必备材料"), required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("每行一种。"),
    )  # fmt: skip

    def __init__(self, *args: Any, steps: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["after"].choices = steps  # type: ignore[attr-defined]

    clean_evidence = PartForm.clean_evidence

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("title") and not self.cleaned_data.get("ground"):
            self.add_error("ground", _("请写明这一步的内容和依据。"))
        return self.cleaned_data


# Without `absolute_max` a posted total would have Django build a thousand forms.
PartFormSet = forms.formset_factory(PartForm, extra=0, max_num=100, absolute_max=100)
ExtraStepFormSet = forms.formset_factory(ExtraStepForm, extra=2, max_num=20, absolute_max=21)


def initial_parts(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "code": part["code"],
            "title": part["title"],
            "role": part["role"],
            "evidence": "\n".join(part.get("evidence", [])),
            "min_workdays": part.get("min_workdays", 0),
        }
        for step in body["steps"]
        for part in (step, *step.get("stages", []))
    ]


def step_choices(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(step["code"], f"{step['code']} {step['title']}") for step in body["steps"]]


def edited(
    body: Mapping[str, Any],
    *,
    title: str,
    parts: list[dict[str, Any]],
    extra: list[dict[str, Any]],
) -> dict[str, Any]:
    """The body with what the forms changed; an own step comes in right after the one it names."""
    new: dict[str, Any] = deepcopy(dict(body))
    new["title"] = title
    wanted = {part["code"]: part for part in parts}
    for step in new["steps"]:
        for part in (step, *step.get("stages", [])):
            given = wanted.get(part["code"])
            if given is None:
                continue
            part["title"], part["role"] = given["title"], given["role"]
            _set(part, "evidence", given["evidence"])
            if part is step:
                _set(part, "min_workdays", given["min_workdays"] or 0)
    for given in extra:
        if given.get("title"):
            _insert(new["steps"], given)
    return new


def _set(part: dict[str, Any], name: str, value: Any) -> None:
    if value:
        part[name] = value
    else:
        part.pop(name, None)


def _insert(steps: list[dict[str, Any]], given: Mapping[str, Any]) -> None:
    """Put the step after the one named; whatever followed that one now follows the new one."""
    place = next(n for n, step in enumerate(steps) if step["code"] == given["after"])
    code = next(f"X{n:02d}" for n in range(1, 100) if all(s["code"] != f"X{n:02d}" for s in steps))
    for step in steps:
        step["after"] = [code if each == given["after"] else each for each in step["after"]]
    step = {
        "code": code,
        "title": given["title"],
        "role": given["role"],
        "after": [given["after"]],
        "by_record": True,
        "ground": {"text": given["ground"], "source": "本机构程序", "confidence": "S"},
    }
    _set(step, "evidence", given["evidence"])
    steps.insert(place + 1, step)


class UploadForm(forms.Form):
    file = forms.FileField(label=_("YAML文件"), required=False)
    text = forms.CharField(
        label=_("或粘贴YAML内容"), required=False, max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false"}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        file, text = self.cleaned_data.get("file"), self.cleaned_data.get("text")
        if bool(file) == bool(text):
            raise forms.ValidationError(_("请上传一个文件或粘贴内容。"))
        if file:
            try:
                self.cleaned_data["text"] = file.read(800_001).decode("utf-8-sig")
            except UnicodeDecodeError:
                raise forms.ValidationError(_("文件不是UTF-8编码的文本。")) from None
        return self.cleaned_data
