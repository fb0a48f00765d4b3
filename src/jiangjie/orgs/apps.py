from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from jiangjie.web import menu


class OrgsConfig(AppConfig):
    name = "jiangjie.orgs"

    def ready(self) -> None:
        from jiangjie.ledger.actions import name_actions  # noqa: PLC0415 -- above this app
        from jiangjie.notices.hooks import register_tasks  # noqa: PLC0415
        from jiangjie.orgs.tasks import filing_tasks  # noqa: PLC0415 -- needs models

        register_tasks(filing_tasks)
        name_actions(
            {
                "orgs.created": _("登记单位"),
                "orgs.changed": _("修改单位信息"),
                "orgs.alliance_joined": _("加入联评体"),
                "orgs.alliance_left": _("退出联评体"),
                "orgs.filing_file_added": _("增加备案附件"),
                "orgs.filing_file_removed": _("撤下备案附件"),
                "orgs.filing_drafted": _("起草备案"),
                "orgs.filing_submitted": _("提交备案"),
                "orgs.filing_filed": _("准予备案"),
                "orgs.filing_returned": _("退回备案"),
                "orgs.filing_revoked": _("撤销备案"),
            }
        )
        menu.register(
            menu.MenuItem(
                _("备案"),
                "orgs:filing_list",
                "certificate",
                frozenset({"officer", "admin", "office"}),
                order=840,
            ),
            menu.MenuItem(
                _("单位"),
                "orgs:organisation_list",
                "building",
                frozenset({"officer", "admin", "office", "clerk", "committee", "supervisor"}),
                order=850,
            ),
        )
