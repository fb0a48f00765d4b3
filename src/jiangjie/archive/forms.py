from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from jiangjie.archive.models import Bag
from jiangjie.planning.models import Batch


class ArchiveFilter(forms.Form):
    q = forms.CharField(label=_("批次编号、名称或单位"), max_length=100, required=False)
    bagged = forms.ChoiceField(
        label=_("档案包"),
        choices=[("", _("全部")), ("yes", _("已制作")), ("no", _("未制作"))],
        required=False,
    )

    def narrow(self, batches: QuerySet[Batch]) -> QuerySet[Batch]:
        if not self.is_valid():
            return batches
        if text := self.cleaned_data["q"].strip():
            batches = batches.filter(
                Q(number__icontains=text) | Q(title__icontains=text) | Q(org__name__icontains=text)
            )
        if bagged := self.cleaned_data["bagged"]:
            made = Bag.objects.filter(made_at__isnull=False).values("batch")
            is_made = Q(pk__in=made)
            batches = batches.filter(is_made if bagged == "yes" else ~is_made)
        return batches
