from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from jiangjie.web import menu


class AccountsConfig(AppConfig):
    name = "jiangjie.accounts"

    def ready(self) -> None:
        from jiangjie.accounts.tasks import invitation_tasks  # noqa: PLC0415 -- needs models
        from jiangjie.ledger.actions import name_actions  # noqa: PLC0415 -- above this app
        from jiangjie.notices.hooks import register_tasks  # noqa: PLC0415

        register_tasks(invitation_tasks)
        name_actions(
            {
                "accounts.user_created": _("新建账号"),
                "accounts.invited": _("邀请担任角色"),
                "accounts.invitation_closed": _("答复或撤回邀请"),
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
