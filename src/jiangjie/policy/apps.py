from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from jiangjie.web import menu


class PolicyConfig(AppConfig):
    name = "jiangjie.policy"

    def ready(self) -> None:
        from jiangjie.ledger.actions import name_actions  # noqa: PLC0415 -- needs models
        from jiangjie.orgs import hooks  # noqa: PLC0415 -- models are not loaded before
        from jiangjie.policy import queries  # noqa: PLC0415

        def filing_term(region: str) -> hooks.FilingTerm:
            entry = queries.pack_for_region(region).entry("filing.validity_years")
            years = entry.value if isinstance(entry.value, int) else 0
            return hooks.FilingTerm(years, str(entry.source), entry.confidence.value)

        hooks.register_filing_term(filing_term)
        name_actions({"policy.year_confirmed": _("录入放假调休安排")})
        menu.register(menu.MenuItem(_("政策规则"), "policy:pack_list", "scale", order=920))
