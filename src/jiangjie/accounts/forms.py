"""What the members' screens take in."""

from datetime import date
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from jiangjie.accounts.models import Membership, Role, User
from jiangjie.accounts.queries import running
from jiangjie.orgs.fields import DayField
from jiangjie.orgs.models import Organisation


class MemberFilter(forms.Form):
    q = forms.CharField(label=_("姓名或登录名"), required=False, max_length=100)
    role = forms.ChoiceField(
        label=_("角色"), required=False, choices=[("", _("全部角色")), *Role.choices]
    )
    state = forms.ChoiceField(
        label=_("状态"), required=False,
        choices=[("", _("在任")), ("all", _("全部（含已结束）"))],
    )  # fmt: skip

    def narrow(
        self, members: QuerySet[User], held: QuerySet[Membership], today: date
    ) -> QuerySet[User]:
        """`held` are the memberships that the reader may see."""
        self.is_valid()
        given = self.cleaned_data
        if given.get("state") != "all":
            held = held.filter(running(today))
        if role := given.get("role"):
            held = held.filter(role=role)
        members = members.filter(pk__in=held.order_by().values("user"))
        if text := given.get("q"):
            members = members.filter(Q(display_name__icontains=text) | Q(username__icontains=text))
        return members


class _OrgForm(forms.Form):
    """A form with a choice among the organisations of one's family."""

    org = forms.ModelChoiceField(Organisation.objects.none(), label=_("单位"))

    def __init__(self, *args: Any, orgs: QuerySet[Organisation], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["org"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 -- tells the type checker
        field.queryset = orgs


class MemberForm(_OrgForm):
    display_name = forms.CharField(label=_("姓名"), max_length=100)
    username = forms.SlugField(
        label=_("登录名"), max_length=60, help_text=_("字母、数字、下划线或短横线。")
    )
    roles = forms.MultipleChoiceField(
        label=_("角色"), choices=Role.choices, widget=forms.CheckboxSelectMultiple
    )
    since = DayField(label=_("自"))
    field_order = ("display_name", "username", "org", "roles", "since")


class InvitationForm(_OrgForm):
    """An account that exists already; both names, so that nobody is invited by a slip."""

    username = forms.CharField(
        label=_("登录名"), max_length=150, help_text=_("请向本人询问其在本系统的登录名。")
    )
    display_name = forms.CharField(label=_("姓名"), max_length=100)
    role = forms.ChoiceField(label=_("角色"), choices=Role.choices)
    since = DayField(label=_("自"))
    until = DayField(label=_("至"), required=False, help_text=_("最后一天；不填为长期。"))
    field_order = ("username", "display_name", "org", "role", "since", "until")


class RoleForm(_OrgForm):
    role = forms.ChoiceField(label=_("角色"), choices=Role.choices)
    since = DayField(label=_("自"))
    until = DayField(label=_("至"), required=False, help_text=_("最后一天；不填为长期。"))
