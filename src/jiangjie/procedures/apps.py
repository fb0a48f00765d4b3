from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from jiangjie.web import menu


class ProceduresConfig(AppConfig):
    name = "jiangjie.procedures"

    def ready(self) -> None:
        from jiangjie.ledger.actions import name_actions  # noqa: PLC0415 -- needs models

        name_actions(
            {
                "procedures.seeded": _("载入标准程序"),
                "procedures.version_made": _("起草程序版本"),
                "procedures.version_activated": _("启用程序版本"),
                "procedures.signed": _("签字"),
                "procedures.recorded": _("登记步骤"),
            }
        )
        menu.register(
            menu.MenuItem(
                _("评价程序"),
                "procedures:definition_list",
                "stairs-up",
                frozenset({"office", "committee", "supervisor", "admin", "officer"}),
                order=820,
            )
        )
