from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from jiangjie.web import menu


class CatalogueConfig(AppConfig):
    name = "jiangjie.catalogue"

    def ready(self) -> None:
        from jiangjie.catalogue.queries import (  # noqa: PLC0415 -- needs models
            known_occupations,
            offered_occupations,
        )
        from jiangjie.ledger.actions import name_actions  # noqa: PLC0415 -- needs models
        from jiangjie.orgs import hooks  # noqa: PLC0415

        hooks.register_occupations(known_occupations, offered_occupations)
        name_actions(
            {
                "catalogue.standard_added": _("新增评价规范"),
                "catalogue.standard_withdrawn": _("废止评价规范"),
                "catalogue.work_type_added": _("补充工种"),
            }
        )
        menu.register(
            menu.MenuItem(_("职业与标准"), "catalogue:occupation_list", "book", order=910)
        )
