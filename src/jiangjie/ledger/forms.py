from django import forms
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jiangjie.ledger.actions import named_actions
from jiangjie.ledger.models import Event


def _actions() -> list[tuple[str, str | Promise]]:
    """Asked anew for each form: the apps name their actions after this module is read."""
    return [("", _("全部")), *sorted(named_actions().items(), key=lambda named: str(named[1]))]


class EventFilter(forms.Form):
    """What the list of events is narrowed to; the empty form leaves it whole."""

    q = forms.CharField(
        label=_("对象"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"placeholder": _("对象编号或经办人")}),
    )
    action = forms.ChoiceField(label=_("事项"), required=False, choices=_actions)
    since = forms.DateField(
        label=_("自"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    until = forms.DateField(
        label=_("至"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )

    def narrow(self, events: QuerySet[Event]) -> QuerySet[Event]:
        """The events that fit; a field that cannot be read narrows nothing and is shown as wrong."""
        self.is_valid()
        given = self.cleaned_data
        if text := given.get("q"):
            events = events.filter(
                Q(subject__startswith=text)
                | Q(context=text)
                | Q(by__display_name=text)
                | Q(by__username=text)
            )
        if action := given.get("action"):
            events = events.filter(action=action)
        if since := given.get("since"):
            events = events.filter(at__date__gte=since)
        if until := given.get("until"):
            events = events.filter(at__date__lte=until)
        return events
