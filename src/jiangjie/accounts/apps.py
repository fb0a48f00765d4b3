from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from jiangjie.web import menu


class AccountsConfig(AppConfig):
    name = "jiangjie.accounts"

    def ready(self) -> None:
        from jiangjie.ledger.actions import name_actions  # noqa: PLC0415 -- above this app

        name_actions(
            {
                "accounts.user_created": _("新建账号"),
                "accounts.role_given": _("授予角色"),
                "accounts.role_ended": _("结束角色"),
                "accounts.password_reset": _("重置密码"),
            }
        )
        menu.register(
            menu.MenuItem(
                _("成员与角色"), "accounts:member_list", "users", frozenset({"admin"}), order=860
            )
        )
