from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from jiangjie.web import menu


class PeopleConfig(AppConfig):
    name = "jiangjie.people"

    def ready(self) -> None:
        from jiangjie.ledger.actions import name_actions  # noqa: PLC0415 -- needs models

        name_actions(
            {
                "people.registered": _("登记人员"),
                "people.changed": _("修改人员信息"),
                "people.linked": _("关联账号"),
                "people.id_revealed": _("查看证件号码"),
                "people.record_added": _("新增记录"),
                "people.records_added": _("批量新增记录"),
                "people.record_corrected": _("更正记录"),
                "people.record_ended": _("结束工作经历"),
                "people.record_verified": _("核验记录"),
                "people.record_removed": _("删除未核验的记录"),
            }
        )
        menu.register(
            menu.MenuItem(_("我的档案"), "me:me", "user", frozenset({"worker"}), order=5),
            menu.MenuItem(
                _("人员"),
                "people:person_list",
                "users-group",
                frozenset({"clerk", "office", "admin"}),
                order=700,
            ),
        )
