from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from jiangjie.web import menu


class LedgerConfig(AppConfig):
    name = "jiangjie.ledger"

    def ready(self) -> None:
        menu.register(
            menu.MenuItem(
                _("办理记录"),
                "ledger:event_list",
                "history",
                frozenset({"office", "admin", "officer"}),
                order=900,
            )
        )
