from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from jiangjie.web.menu import MenuItem, register


class ResourcesConfig(AppConfig):
    name = "jiangjie.resources"

    def ready(self) -> None:
        from jiangjie.ledger.actions import name_actions  # noqa: PLC0415 -- models are ready now
        from jiangjie.notices.hooks import register_tasks  # noqa: PLC0415
        from jiangjie.resources import tasks  # noqa: PLC0415

        register_tasks(tasks.tasks)
        name_actions(
            {
                "resources.expert_entered": _("专家登记入库"),
                "resources.expert_changed": _("修改专家登记"),
                "resources.training_added": _("登记专家培训"),
                "resources.absence_told": _("登记不能参加的日期"),
                "resources.absence_taken_back": _("撤销不能参加的日期"),
                "resources.duty_paid": _("登记劳务费"),
                "resources.payment_taken_back": _("撤销劳务费登记"),
                "resources.import_checked": _("检查专家工作簿"),
                "resources.import_applied": _("导入专家"),
                "resources.import_opened": _("下载标注的专家工作簿"),
                "resources.venue_added": _("新增场地"),
                "resources.venue_changed": _("修改场地"),
                "resources.room_added": _("新增考场或工位"),
                "resources.room_changed": _("修改考场或工位"),
                "resources.room_booked": _("预订考场或工位"),
                "resources.room_closed": _("停用考场或工位"),
                "resources.booking_cancelled": _("取消预订或停用"),
                "resources.equipment_added": _("新增设备"),
                "resources.equipment_inspected": _("登记设备检验"),
                "resources.equipment_retired": _("停用设备"),
                "resources.lent": _("共享给联评体"),
                "resources.consented": _("专家同意共享"),
                "resources.loan_ended": _("结束共享"),
            }
        )
        staff = frozenset({"office", "committee", "supervisor", "admin", "officer"})
        register(
            MenuItem(_("专家库"), "resources:expert_list", "users-group", staff, order=50),
            MenuItem(_("场地"), "resources:venue_list", "map-pin", staff, order=51),
            MenuItem(
                _("我的考评时间"), "resources:availability", "calendar-event",
                frozenset({"assessor", "supervisor"}), order=36,
            ),
        )  # fmt: skip
